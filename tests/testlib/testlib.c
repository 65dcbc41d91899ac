/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "testlib/testlib.h"

#include <glib.h>
#include <math.h>

#include "so3/rotation.h"

/* g_test_fail_printf came with GLib 2.70; a message and a failure say the same and go on with the
 * other checks. */
static void
judge (const char *what, double found, double allowed)
{
  const gboolean good = found <= allowed;
  g_test_message ("%s: %.3e, allowed %.3e%s", what, found, allowed, good ? "" : "  FAILED");
  if (!good)
    g_test_fail ();
}

void
sw_test_random (size_t n, real *ret)
{
  for (size_t i = 0; i < n; i++)
    ret[i] = (real) g_test_rand_double_range (-1, 1);
}

void
sw_test_random_rotation (double ret[9])
{
  SwRandom random;
  sw_random_init (&random, (guint32) g_test_rand_int ());
  sw_quat_to_matrix (sw_quat_random (&random), ret);
}

void
sw_test_turn (size_t n, const double (*x)[3], const double matrix[9], double (*ret)[3])
{
  for (size_t i = 0; i < n; i++)
    sw_rotation_apply (matrix, x[i], ret[i]);
}

void
sw_test_check_close (const char *what, size_t n, const real *a, const real *b, double tolerance)
{
  double worst = 0, largest = 0;
  for (size_t i = 0; i < n; i++)
    {
      const double difference = fabs ((double) a[i] - (double) b[i]);
      /* written so that NaN is kept */
      if (!(difference <= worst))
        worst = difference;
      largest = fmax (largest, fabs ((double) b[i]));
      if (isnan (worst))
        break;
    }
  judge (what, worst, tolerance * largest);
}

void
sw_test_check_gradient (
    const char *what, size_t n, real *x, const real *gradient, SwTestLoss loss, void *data)
{
  const double h = cbrt ((double) SW_EPS);
  real *keep = g_new (real, n), *plus = g_new (real, n), *minus = g_new (real, n);
  double slope, expected = 0, scale = 0, absolute_plus = 0, absolute_minus = 0;

  for (size_t i = 0; i < n; i++)
    {
      const double e = g_test_rand_double_range (-1, 1);
      keep[i] = x[i];
      plus[i] = (real) ((double) x[i] + h * e);
      minus[i] = (real) ((double) x[i] - h * e);
      /* the step that was really taken, after rounding */
      const double term = (double) gradient[i] * ((double) plus[i] - (double) minus[i]) / (2 * h);
      expected += term;
      scale += fabs (term);
    }
  for (size_t i = 0; i < n; i++)
    x[i] = plus[i];
  slope = loss (x, data, &absolute_plus);
  for (size_t i = 0; i < n; i++)
    x[i] = minus[i];
  slope = (slope - loss (x, data, &absolute_minus)) / (2 * h);
  for (size_t i = 0; i < n; i++)
    x[i] = keep[i];
  scale += fmax (absolute_plus, absolute_minus);
  judge (what, fabs (slope - expected), 50 * h * h * scale);
  g_free (keep);
  g_free (plus);
  g_free (minus);
}

void
sw_test_check_adjoint (const char *what,
                       size_t n_in,
                       size_t n_out,
                       SwTestLinear apply,
                       SwTestLinear apply_transposed,
                       void *data,
                       double looser)
{
  real *x = g_new (real, n_in), *gx = g_new0 (real, n_out);
  real *y = g_new (real, n_out), *gy = g_new0 (real, n_in);
  double left = 0, right = 0, scale = 0;

  sw_test_random (n_in, x);
  sw_test_random (n_out, y);
  apply (x, gx, data);
  apply_transposed (y, gy, data);
  for (size_t i = 0; i < n_out; i++)
    {
      left += (double) y[i] * (double) gx[i];
      scale += fabs ((double) y[i] * (double) gx[i]);
    }
  for (size_t i = 0; i < n_in; i++)
    {
      right += (double) gy[i] * (double) x[i];
      scale += fabs ((double) gy[i] * (double) x[i]);
    }
  judge (what, fabs (left - right), 4 * (double) SW_EPS * looser * scale);
  g_free (x);
  g_free (gx);
  g_free (y);
  g_free (gy);
}
