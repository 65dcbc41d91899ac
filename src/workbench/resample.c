/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workbench/resample.h"

#include <math.h>

#include "so3/rotation.h"

/* Weights and first index of the samples that make the value at coordinate t. */
static int
weights_at (double t, bool cubic, double weights[4])
{
  const double base = floor (t);
  const double u = t - base;

  if (!cubic)
    {
      weights[0] = 1.0 - u;
      weights[1] = u;
      weights[2] = weights[3] = 0.0;
      return (int) base;
    }
  weights[0] = 0.5 * u * (-1.0 + u * (2.0 - u));
  weights[1] = 0.5 * (2.0 + u * u * (-5.0 + 3.0 * u));
  weights[2] = 0.5 * u * (1.0 + u * (4.0 - 3.0 * u));
  weights[3] = 0.5 * u * u * (u - 1.0);
  return (int) base - 1;
}

static double
value_at (const SwResampleGrid *grid, const float *in, const double at[3], bool cubic)
{
  double w[3][4], sum = 0.0;
  int first[3];
  const int taps = cubic ? 4 : 2;

  for (int a = 0; a < 3; a++)
    {
      const double edge = (double) grid->n[2 - a];
      /* Written so that NaN is outside, too. */
      if (!(at[a] > -1.0 && at[a] < edge))
        return 0.0;
      first[a] = weights_at (at[a], cubic, w[a]);
    }
  for (int k = 0; k < taps; k++)
    for (int j = 0; j < taps; j++)
      for (int i = 0; i < taps; i++)
        {
          const long x = first[0] + i, y = first[1] + j, z = first[2] + k;
          if (x >= 0 && y >= 0 && z >= 0 && x < (long) grid->n[2] && y < (long) grid->n[1]
              && z < (long) grid->n[0])
            sum += w[0][i] * w[1][j] * w[2][k]
                   * (double) in[((size_t) z * grid->n[1] + (size_t) y) * grid->n[2] + (size_t) x];
        }
  return sum;
}

void
sw_resample_rotated (const SwResampleGrid *grid_in,
                     const float *in,
                     const double rotation[9],
                     bool cubic,
                     const SwResampleGrid *grid_out,
                     float *out)
{
  const size_t n_z = grid_out->n[0], n_y = grid_out->n[1], n_x = grid_out->n[2];
  double inverse[9];

  sw_rotation_transpose (rotation, inverse);
#pragma omp parallel for
  for (size_t z = 0; z < n_z; z++)
    for (size_t y = 0; y < n_y; y++)
      for (size_t x = 0; x < n_x; x++)
        {
          const double p[3] = { ((double) x - grid_out->centre[0]) * grid_out->spacing,
                                ((double) y - grid_out->centre[1]) * grid_out->spacing,
                                ((double) z - grid_out->centre[2]) * grid_out->spacing };
          double q[3];

          sw_rotation_apply (inverse, p, q);
          for (int a = 0; a < 3; a++)
            q[a] = q[a] / grid_in->spacing + grid_in->centre[a];
          out[(z * n_y + y) * n_x + x] = (float) value_at (grid_in, in, q, cubic);
        }
}

void
sw_resample_smooth (const size_t n[3], double sigma, float *data, float *scratch)
{
  const long reach = (long) ceil (4.0 * sigma);
  const size_t strides[3] = { n[1] * n[2], n[2], 1 };

  for (int axis = 0; axis < 3; axis++)
    for (size_t line = 0; line < n[0] * n[1] * n[2] / n[axis]; line++)
      {
        const size_t stride = strides[axis], length = n[axis];
        float *first = data + line / stride * stride * length + line % stride;

        for (size_t i = 0; i < length; i++)
          scratch[i] = first[i * stride];
        for (long i = 0; i < (long) length; i++)
          {
            double sum = 0.0, total = 0.0;
            for (long d = -reach; d <= reach; d++)
              if (i + d >= 0 && i + d < (long) length)
                {
                  const double weight = exp (-0.5 * (double) (d * d) / (sigma * sigma));
                  sum += weight * (double) scratch[i + d];
                  total += weight;
                }
            first[(size_t) i * stride] = (float) (sum / total);
          }
      }
}
