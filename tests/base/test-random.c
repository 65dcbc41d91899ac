/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "base/random.h"

/* First outputs for the state 1, 2, 3, 4, worked out by hand from the generator's definition. */
static void
test_definition (void)
{
  SwRandom random = { .s = { 1, 2, 3, 4 } };
  g_assert_cmpuint (sw_random_next (&random), ==, 11520);
  g_assert_cmpuint (sw_random_next (&random), ==, 0);
  g_assert_cmpuint (sw_random_next (&random), ==, 1509978240);
}

static void
test_repeats (void)
{
  SwRandom a, b;
  sw_random_init (&a, 7);
  b = a;
  for (int i = 0; i < 100; i++)
    g_assert_cmpfloat (sw_random_normal (&a), ==, sw_random_normal (&b));
}

/* Means and variances of 200,000 draws, within five standard errors. */
static void
test_moments (void)
{
  enum { N = 200000 };
  SwRandom random;
  double sum = 0, square = 0, uniform = 0;
  unsigned counts[6] = { 0 };
  sw_random_init (&random, 1);
  for (int i = 0; i < N; i++)
    {
      const double x = sw_random_normal (&random);
      sum += x;
      square += x * x;
      uniform += sw_random_uniform (&random);
      counts[sw_random_below (&random, 6)]++;
    }
  g_assert_cmpfloat (fabs (sum / N), <, 5 / sqrt (N));
  g_assert_cmpfloat (fabs (square / N - 1), <, 5 * sqrt (2.0 / N));
  g_assert_cmpfloat (fabs (uniform / N - 0.5), <, 5 * sqrt (1.0 / 12 / N));
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat (fabs (counts[i] - N / 6.0), <, 5 * sqrt (N * 5.0 / 36));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/random/definition", test_definition);
  g_test_add_func ("/base/random/repeats", test_repeats);
  g_test_add_func ("/base/random/moments", test_moments);
  return g_test_run ();
}
