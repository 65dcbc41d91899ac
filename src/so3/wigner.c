/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/wigner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SIDE_MAX (2 * SW_WIGNER_L_MAX + 1)

/* Entry (m, n) of the matrix of order l. */
#define AT(d, l, m, n) ((d)[((m) + (l)) * (2 * (l) + 1) + (n) + (l)])

/* Ivanic and Ruedenberg, J. Phys. Chem. 100 (1996) 6342 with the corrections of 102 (1998) 9099:
 * D_l from D_1 and D_(l-1). Polynomials in the entries of R with fixed coefficients: no angles, no
 * poles, and rotations of the cube stay exact. */
static double
product (int i, int a, int b, int l, const double *d1, const double *previous)
{
  const double plus = AT (d1, 1, i, 1), minus = AT (d1, 1, i, -1);
  const int k = l - 1;
  if (b == l)
    return plus * AT (previous, k, a, k) - minus * AT (previous, k, a, -k);
  if (b == -l)
    return plus * AT (previous, k, a, -k) + minus * AT (previous, k, a, k);
  return AT (d1, 1, i, 0) * AT (previous, k, a, b);
}

static double
entry (int l, int m, int n, const double *d1, const double *prev)
{
  const int am = m < 0 ? -m : m;
  const double denominator = n == l || n == -l ? 2.0 * l * (2 * l - 1) : (double) (l + n) * (l - n);
  double sum = 0;

  if (am < l)
    sum += sqrt ((double) (l + m) * (l - m) / denominator) * product (0, m, n, l, d1, prev);
  if (m == 0)
    {
      const double v = -0.5 * sqrt (2.0 * (l - 1) * l / denominator);
      if (l > 1)
        sum += v * (product (1, 1, n, l, d1, prev) + product (-1, -1, n, l, d1, prev));
      return sum;
    }
  const double v = 0.5 * sqrt ((double) (l + am - 1) * (l + am) / denominator);
  if (m == 1)
    sum += v * M_SQRT2 * product (1, 0, n, l, d1, prev);
  else if (m == -1)
    sum += v * M_SQRT2 * product (-1, 0, n, l, d1, prev);
  else if (m > 0)
    sum += v * (product (1, m - 1, n, l, d1, prev) - product (-1, -m + 1, n, l, d1, prev));
  else
    sum += v * (product (1, m + 1, n, l, d1, prev) + product (-1, -m - 1, n, l, d1, prev));
  if (am < l - 1)
    {
      const double w = -0.5 * sqrt ((double) (l - am - 1) * (l - am) / denominator);
      if (m > 0)
        sum += w * (product (1, m + 1, n, l, d1, prev) + product (-1, -m - 1, n, l, d1, prev));
      else
        sum += w * (product (1, m - 1, n, l, d1, prev) - product (-1, -m + 1, n, l, d1, prev));
    }
  return sum;
}

void
sw_wigner_d (unsigned l, const double r[9], double *ret)
{
  /* (y, z, x) */
  const double d1[9] = { r[4], r[5], r[3], r[7], r[8], r[6], r[1], r[2], r[0] };
  double work[2][SIDE_MAX * SIDE_MAX];
  unsigned now = 0;

  assert (l <= SW_WIGNER_L_MAX);
  if (l == 0)
    {
      ret[0] = 1;
      return;
    }
  memcpy (work[0], d1, sizeof d1);
  for (int k = 2; k <= (int) l; k++, now = !now)
    for (int m = -k; m <= k; m++)
      for (int n = -k; n <= k; n++)
        AT (work[!now], k, m, n) = entry (k, m, n, d1, work[now]);
  memcpy (ret, work[now], (2 * l + 1) * (2 * l + 1) * sizeof *ret);
}

/* The matrices of the orders that occur in type, each computed once. */
static void
matrices (const SwFieldType *type,
          const double rotation[9],
          double d[SW_FIELD_L_MAX + 1][(2 * SW_FIELD_L_MAX + 1) * (2 * SW_FIELD_L_MAX + 1)])
{
  bool done[SW_FIELD_L_MAX + 1] = { false };
  for (size_t p = 0; p < type->n_parts; p++)
    {
      const unsigned l = type->parts[p].l;
      assert (l <= SW_FIELD_L_MAX);
      if (!done[l])
        sw_wigner_d (l, rotation, d[l]);
      done[l] = true;
    }
}

void
sw_wigner_apply (const SwFieldType *type, const double rotation[9], const double *f, double *out)
{
  double d[SW_FIELD_L_MAX + 1][(2 * SW_FIELD_L_MAX + 1) * (2 * SW_FIELD_L_MAX + 1)];

  matrices (type, rotation, d);
  for (size_t p = 0; p < type->n_parts; p++)
    {
      const unsigned l = type->parts[p].l, n_m = 2 * l + 1;
      for (unsigned c = 0; c < type->parts[p].copies; c++, f += n_m, out += n_m)
        for (unsigned m = 0; m < n_m; m++)
          {
            double sum = 0;
            for (unsigned k = 0; k < n_m; k++)
              sum += d[l][m * n_m + k] * f[k];
            out[m] = sum;
          }
    }
}

void
sw_wigner_apply_many (
    const SwFieldType *type, const double rotation[9], size_t n, const float *f, float *out)
{
  double d[SW_FIELD_L_MAX + 1][(2 * SW_FIELD_L_MAX + 1) * (2 * SW_FIELD_L_MAX + 1)];

  matrices (type, rotation, d);
  for (size_t p = 0; p < type->n_parts; p++)
    {
      const unsigned l = type->parts[p].l, n_m = 2 * l + 1;
      const long n_rows = (long) type->parts[p].copies * n_m;
#pragma omp parallel for schedule(static) if (n * (size_t) n_rows > 20000)
      for (long row = 0; row < n_rows; row++)
        {
          const float *restrict f_c = f + (size_t) (row / n_m) * n_m * n;
          float *restrict out_m = out + (size_t) row * n;
          const double *d_m = d[l] + (size_t) (row % n_m) * n_m;
          memset (out_m, 0, n * sizeof *out_m);
          for (unsigned k = 0; k < n_m; k++)
            {
              const float a = (float) d_m[k];
              const float *restrict f_k = f_c + k * n;
              for (size_t i = 0; i < n; i++)
                out_m[i] += a * f_k[i];
            }
        }
      f += (size_t) n_rows * n;
      out += (size_t) n_rows * n;
    }
}
