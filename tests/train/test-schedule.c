/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The learning rate at the edges of each schedule. */
#include <glib.h>
#include <math.h>

#include "train/schedule.h"

static void
test_decay (void)
{
  const SwSchedule s = { .kind = SW_SCHEDULE_DECAY, .base = 0.1, .start = 100, .decay = 0.98 };
  g_assert_cmpfloat (sw_schedule_rate (&s, 0, 250), ==, 0.1);
  g_assert_cmpfloat (sw_schedule_rate (&s, 100, 250), ==, 0.1);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, 101, 250), 0.098, 1e-15);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, 102, 250), 0.09604, 1e-15);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, 249, 250), 0.1 * pow (0.98, 149), 1e-15);
}

static void
test_steps (void)
{
  const SwSchedule s = { .kind = SW_SCHEDULE_STEPS, .base = 2, .start = 10 };
  static const double at[6] = { 0, 9, 10, 19, 20, 99 }, rate[6] = { 2, 2, 0.2, 0.2, 0.02, 0.02 };
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, at[i], 100), rate[i], 1e-15);
}

static void
test_cosine (void)
{
  const SwSchedule s = { .kind = SW_SCHEDULE_COSINE, .base = 1, .start = 4 };
  double before = 2;
  for (int i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, i, 25), 0.2 * (i + 1), 1e-15);
  g_assert_cmpfloat (sw_schedule_rate (&s, 4, 25), ==, 1);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, 14, 25), 0.505, 1e-14);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&s, 24, 25), 0.01, 1e-14);
  /* Never rises again, nor leaves the range when asked beyond the end. */
  for (int i = 4; i < 40; i++)
    {
      const double rate = sw_schedule_rate (&s, i, 25);
      g_assert_cmpfloat (rate, <=, before);
      g_assert_cmpfloat (rate, >=, 0.01 - 1e-12);
      before = rate;
    }
  /* Runs of one epoch, and runs that end with their rise. */
  g_assert_true (isfinite (sw_schedule_rate (&s, 0, 1)));
  g_assert_true (isfinite (sw_schedule_rate (&s, 4, 5)));
}

static void
test_names (void)
{
  SwScheduleKind kind;
  SwError error = { 0 };
  for (int i = SW_SCHEDULE_DECAY; i <= SW_SCHEDULE_COSINE; i++)
    {
      g_assert_cmpint (sw_schedule_kind_parse (sw_schedule_kind_name ((SwScheduleKind) i), &kind, &error), ==, SW_OK);
      g_assert_cmpint (kind, ==, i);
    }
  g_assert_cmpint (sw_schedule_kind_parse ("linear", &kind, &error), ==, SW_ERROR_NOT_FOUND);
  g_assert_nonnull (g_strrstr (error.text, "linear"));
  g_assert_nonnull (g_strrstr (error.text, "cosine"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/schedule/decay", test_decay);
  g_test_add_func ("/train/schedule/steps", test_steps);
  g_test_add_func ("/train/schedule/cosine", test_cosine);
  g_test_add_func ("/train/schedule/names", test_names);
  return g_test_run ();
}
