/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam against three steps computed by hand, with penalties on groups. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "train/adam.h"

#define TOLERANCE (sizeof (real) == 4 ? 1e-6 : 1e-14)

/* p = 1, gradients 1, -2, 0.5, rate 0.1; m and v by hand:
 *   m: 0.1, -0.11, -0.049      v: 0.001, 0.004999, 0.005244001
 * and p -= rate sqrt (1 - b2^t) / (1 - b1^t) m / (sqrt v + epsilon). */
static void
test_sequence (void)
{
  static const double gradients[3] = { 1, -2, 0.5 };
  static const double m[3] = { 0.1, -0.11, -0.049 }, v[3] = { 0.001, 0.004999, 0.005244001 };
  static const double bias1[3] = { 0.1, 0.19, 0.271 }, bias2[3] = { 0.001, 0.001999, 0.002997001 };
  SwAdam adam;
  SwError error;
  real p = 1;
  double expected = 1;
  g_assert_cmpint (sw_adam_init (&adam, 1, &error), ==, SW_OK);
  for (int t = 0; t < 3; t++)
    {
      real g = (real) gradients[t];
      sw_adam_update (&adam, 0, NULL, 0.1, &p, &g);
      expected -= 0.1 * sqrt (bias2[t]) / bias1[t] * m[t] / (sqrt (v[t]) + 1e-8);
      g_assert_cmpuint (adam.step, ==, t + 1);
      g_assert_cmpfloat_with_epsilon (adam.m[0], m[t], TOLERANCE);
      g_assert_cmpfloat_with_epsilon (adam.v[0], v[t], TOLERANCE);
      g_assert_cmpfloat_with_epsilon (p, expected, TOLERANCE);
    }
  /* The first step moves by the rate, whatever the gradient; the numbers above end here. */
  g_assert_cmpfloat_with_epsilon (expected, 0.95027944, 1e-8);
  sw_adam_clear (&adam);
  g_assert_null (adam.m);
}

/* Epsilon stands outside the bias correction: for a gradient of its own size the first step is much smaller than the rate. */
static void
test_epsilon (void)
{
  SwAdam adam;
  SwError error;
  real p = 0, g = (real) 1e-8;
  g_assert_cmpint (sw_adam_init (&adam, 1, &error), ==, SW_OK);
  sw_adam_update (&adam, 0, NULL, 1.0, &p, &g);
  g_assert_cmpfloat_with_epsilon (p, -sqrt (0.001) * 1e-8 / (sqrt (0.001) * 1e-8 + 1e-8), 1e-5);
  sw_adam_clear (&adam);
}

static void
test_groups (void)
{
  const SwAdamGroup groups[2] = { { .offset = 1, .n = 2, .l1 = 0.25, .l2 = 0.5 }, { .offset = 4, .n = 1, .l2 = 2 } };
  real p[5] = { 3, -2, 0, 3, 5 }, g[5] = { 1, 1, 1, 1, 1 };
  const real expected[5] = { 1, 1 - (real) 0.25 - 1, 1, 1, 11 };
  SwAdam adam;
  SwError error;
  g_assert_cmpint (sw_adam_init (&adam, 5, &error), ==, SW_OK);
  sw_adam_update (&adam, 2, groups, 0.01, p, g);
  g_assert_cmpmem (g, sizeof g, expected, sizeof expected);
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (adam.m[i], 0.1 * (double) expected[i], 10 * TOLERANCE);
  /* A first step has the rate's length and the total gradient's sign. */
  g_assert_cmpfloat_with_epsilon (p[0], 2.99, 1e-5);
  g_assert_cmpfloat_with_epsilon (p[1], -1.99, 1e-5);
  sw_adam_clear (&adam);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/adam/sequence", test_sequence);
  g_test_add_func ("/train/adam/epsilon", test_epsilon);
  g_test_add_func ("/train/adam/groups", test_groups);
  return g_test_run ();
}
