/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "so3/bessel.h"

/* The power series in long double, good for x up to about 8. */
static double
series (unsigned n, double x)
{
  long double term = 1, sum = 0;
  for (unsigned k = 1; k <= n; k++)
    term *= (long double) x / (2 * k + 1);
  for (int k = 0; k < 200; k++)
    {
      sum += term;
      term *= -(long double) x * x / (2.0L * (k + 1) * (2 * (n + k + 1) + 1));
    }
  return (double) sum;
}

static void
test_series (void)
{
  double worst = 0;
  for (unsigned n = 0; n <= SW_BESSEL_ORDER_MAX; n++)
    for (double x = 1e-12; x < 8; x = x * 1.07 + 1e-13)
      worst = fmax (worst, fabs (sw_bessel_j (n, x) - series (n, x)));
  g_test_message ("worst |j - series|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-14);
}

/* Small x keeps its relative accuracy: j_n = x^n / (2n+1)!!. */
static void
test_small (void)
{
  for (unsigned n = 0; n <= SW_BESSEL_ORDER_MAX; n++)
    for (double x = 1e-10; x < 0.3; x *= 3)
      g_assert_cmpfloat (fabs (sw_bessel_j (n, x) / series (n, x) - 1), <, 1e-13);
  g_assert_cmpfloat (sw_bessel_j (0, 0), ==, 1);
  g_assert_cmpfloat (sw_bessel_j (3, 0), ==, 0);
}

/* sum_n (2n+1) j_n^2 = 1 needs all orders; the closed forms of j_2 and the recurrence at large x do
 * not. */
static void
test_large (void)
{
  for (double x = 1; x < 300; x += 0.37)
    {
      const double j2 = (3 / (x * x) - 1) * sin (x) / x - 3 * cos (x) / (x * x);
      double all[SW_BESSEL_ORDER_MAX + 1];
      g_assert_cmpfloat (fabs (sw_bessel_j (2, x) - j2), <, 2e-15 * (1 + 6 / (x * x)));
      sw_bessel_j_all (SW_BESSEL_ORDER_MAX, x, all);
      for (unsigned n = 0; n <= SW_BESSEL_ORDER_MAX; n++)
        {
          g_assert_cmpfloat (fabs (all[n] - sw_bessel_j (n, x)), <, 1e-14);
          if (n > 0 && n < SW_BESSEL_ORDER_MAX)
            g_assert_cmpfloat (fabs (all[n - 1] + all[n + 1] - (2 * n + 1) / x * all[n]), <,
                               1e-14 * (2 + 25 / x));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/so3/bessel/series", test_series);
  g_test_add_func ("/so3/bessel/small", test_small);
  g_test_add_func ("/so3/bessel/large", test_large);
  return g_test_run ();
}
