/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/harmonics.h"

#include <assert.h>
#include <math.h>

/* With u = v / |v|: Y_l^m = sqrt(2) p_l^m(u_z) Re (u_x + i u_y)^m for m > 0, Im for m < 0, where
 * p_l^m = N_lm P_l^m / sin^m is a polynomial in u_z. Nothing is divided by sin, so the poles need
 * no care. Recursion in l with fully normalised coefficients: p_m^m = sqrt ((2m+1) / 2m)
 * p_(m-1)^(m-1),   p_l^m = a (u_z p_(l-1)^m - b p_(l-2)^m) a = sqrt ((4l^2-1) / (l^2-m^2)),  b =
 * sqrt (((l-1)^2-m^2) / (4(l-1)^2-1)) */
void
sw_harmonics (unsigned l_max, const double v[3], double *ret)
{
  const unsigned n = (l_max + 1) * (l_max + 1);
  const double largest = fmax (fabs (v[0]), fmax (fabs (v[1]), fabs (v[2])));
  double p_mm = 0.5 / sqrt (M_PI), re = 1, im = 0;

  assert (l_max <= SW_HARMONICS_L_MAX);
  if (!(largest > 0))
    {
      for (unsigned i = 0; i < n; i++)
        ret[i] = 0;
      ret[0] = p_mm;
      return;
    }
  /* Scaled first, so that the squares of tiny or huge components neither vanish nor overflow. */
  double x = v[0] / largest, y = v[1] / largest, z = v[2] / largest;
  const double r = sqrt (x * x + y * y + z * z);
  x /= r;
  y /= r;
  z /= r;

  for (unsigned m = 0; m <= l_max; m++)
    {
      double previous = 0, p = p_mm;
      for (unsigned l = m; l <= l_max; l++)
        {
          double *y_l = ret + l * l + l;
          if (l > m)
            {
              const double ll = l, mm = m;
              const double a = sqrt ((4 * ll * ll - 1) / (ll * ll - mm * mm));
              const double b
                  = sqrt (((ll - 1) * (ll - 1) - mm * mm) / (4 * (ll - 1) * (ll - 1) - 1));
              const double next = a * (z * p - (l > m + 1 ? b * previous : 0));
              previous = p;
              p = next;
            }
          if (m == 0)
            y_l[0] = p;
          else
            {
              y_l[m] = M_SQRT2 * p * re;
              *(y_l - m) = M_SQRT2 * p * im;
            }
        }
      const double next_re = re * x - im * y;
      im = re * y + im * x;
      re = next_re;
      p_mm *= sqrt ((2 * m + 3.0) / (2 * m + 2.0));
    }
}
