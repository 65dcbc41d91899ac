/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Softmax and cross-entropy: closed form, gradient, large logits, NaN. */
#include <float.h>
#include <glib.h>
#include <math.h>

#include "train/loss.h"

#define EPSILON (sizeof (real) == 4 ? 1.2e-7 : 2.3e-16)

static void
test_closed_form (void)
{
  const real logits[3] = { 0, (real) log (2.0), (real) log (5.0) };
  real p[3];
  sw_loss_softmax (3, logits, p);
  g_assert_cmpfloat_with_epsilon (p[0], 1.0 / 8, 4 * EPSILON);
  g_assert_cmpfloat_with_epsilon (p[1], 2.0 / 8, 4 * EPSILON);
  g_assert_cmpfloat_with_epsilon (p[2], 5.0 / 8, 4 * EPSILON);
  g_assert_cmpfloat_with_epsilon (sw_loss_cross_entropy (3, logits, 1, 1.0, NULL), log (4.0), 4 * EPSILON);
  g_assert_cmpuint (sw_loss_argmax (3, logits), ==, 2);
  /* in place */
  real own[3] = { logits[0], logits[1], logits[2] };
  sw_loss_softmax (3, own, own);
  g_assert_cmpmem (own, sizeof own, p, sizeof p);
  /* of equals the first */
  const real equal[3] = { 1, 4, 4 };
  g_assert_cmpuint (sw_loss_argmax (3, equal), ==, 1);
}

static void
test_gradient (void)
{
  for (int trial = 0; trial < 20; trial++)
    {
      const size_t n = (size_t) g_test_rand_int_range (1, 12), label = (size_t) g_test_rand_int_range (0, (gint32) n);
      const double weight = g_test_rand_double_range (0.1, 2);
      real x[12], d[12];
      double sum = 0;
      for (size_t i = 0; i < n; i++)
        x[i] = (real) g_test_rand_double_range (-4, 4);
      sw_loss_cross_entropy (n, x, label, weight, d);
      for (size_t i = 0; i < n; i++)
        {
          const double h = sizeof (real) == 4 ? 1e-2 : 1e-5;
          const real keep = x[i];
          double up, down;
          volatile real high = (real) ((double) keep + h), low = (real) ((double) keep - h);
          x[i] = high;
          up = sw_loss_cross_entropy (n, x, label, 1.0, NULL);
          x[i] = low;
          down = sw_loss_cross_entropy (n, x, label, 1.0, NULL);
          x[i] = keep;
          g_assert_cmpfloat_with_epsilon (weight * (up - down) / ((double) high - (double) low), d[i], 2 * h * h + 1e-9);
          sum += (double) d[i];
        }
      /* A constant added to all logits changes nothing. */
      g_assert_cmpfloat_with_epsilon (sum, 0, 12 * 2 * EPSILON);
    }
}

static void
test_large (void)
{
  const real logits[3] = { (real) 1e30, (real) -1e30, 0 };
  real p[3], d[3];
  sw_loss_softmax (3, logits, p);
  g_assert_cmpfloat (p[0], ==, 1);
  g_assert_cmpfloat (p[1], ==, 0);
  g_assert_cmpfloat (sw_loss_cross_entropy (3, logits, 0, 1.0, d), ==, 0);
  g_assert_cmpfloat (d[0], ==, 0);
  g_assert_cmpfloat (sw_loss_cross_entropy (3, logits, 1, 1.0, d), >, 1.9e30);
  g_assert_cmpfloat (d[0], ==, 1);
  g_assert_cmpfloat (d[1], ==, -1);
  /* Near a large number differences still count. */
  const real shifted[2] = { 1024, 1025 };
  g_assert_cmpfloat_with_epsilon (sw_loss_cross_entropy (2, shifted, 0, 1.0, NULL), log1p (exp (1.0)), 1e-9);
}

static void
test_nan (void)
{
  for (size_t bad = 0; bad < 3; bad++)
    for (size_t label = 0; label < 3; label++)
      {
        real logits[3] = { 1, 2, 3 };
        logits[bad] = (real) NAN;
        g_assert_true (isnan (sw_loss_cross_entropy (3, logits, label, 1.0, NULL)));
        logits[bad] = (real) INFINITY;
        g_assert_false (isfinite (sw_loss_cross_entropy (3, logits, label, 1.0, NULL)));
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/loss/closed-form", test_closed_form);
  g_test_add_func ("/train/loss/gradient", test_gradient);
  g_test_add_func ("/train/loss/large", test_large);
  g_test_add_func ("/train/loss/nan", test_nan);
  return g_test_run ();
}
