/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/bessel.h"

#include <assert.h>
#include <math.h>

/* j_(n-1) + j_(n+1) = (2n+1)/x j_n. Upwards this is stable while n < x; below that, downwards from
 * an order so high that the starting values do not matter (Miller), scaled with the larger of j_0
 * and j_1. */
void
sw_bessel_j_all (unsigned order_max, double x, double *ret)
{
  assert (order_max <= SW_BESSEL_ORDER_MAX && x >= 0);
  if (x < 1e-8)
    {
      /* j_n = x^n / (2n+1)!! up to a relative x^2 */
      double term = 1;
      for (unsigned n = 0; n <= order_max; n++)
        {
          ret[n] = term;
          term *= x / (2 * n + 3);
        }
      return;
    }
  const double s = sin (x), inverse = 1 / x, j0 = s * inverse;
  const double j1 = (j0 - cos (x)) * inverse;
  if (x > order_max)
    {
      /* x > 1 wherever j1 is used: no cancellation */
      ret[0] = j0;
      if (order_max > 0)
        ret[1] = j1;
      for (unsigned n = 1; n < order_max; n++)
        ret[n + 1] = (2 * n + 1) * inverse * ret[n] - ret[n - 1];
      return;
    }
  /* Sixteen orders above the wanted one: the error falls by (x / (2n+1))^2 < 1/4 and faster at
   * each. */
  double above = 0, here = 1e-300;
  for (unsigned n = order_max + 16; n > 0; n--)
    {
      const double below = (2 * n + 1) * inverse * here - above;
      if (n <= order_max)
        ret[n] = here;
      above = here;
      here = below;
      if (fabs (here) > 1e200)
        {
          const double shrink = 1e-200;
          above *= shrink;
          here *= shrink;
          for (unsigned k = n; k <= order_max; k++)
            ret[k] *= shrink;
        }
    }
  ret[0] = here;
  const double scale = x < 1 || order_max == 0 || fabs (j0) >= fabs (j1) ? j0 / here : j1 / above;
  for (unsigned n = 0; n <= order_max; n++)
    ret[n] *= scale;
}

double
sw_bessel_j (unsigned order, double x)
{
  double j[SW_BESSEL_ORDER_MAX + 1];
  sw_bessel_j_all (order, x, j);
  return j[order];
}
