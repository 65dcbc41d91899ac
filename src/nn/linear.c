/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/linear.h"

void
sw_linear_forward (const SwLinearShape *shape,
                   const real *restrict f,
                   const real *restrict weight,
                   const real *restrict bias,
                   real *restrict out)
{
  for (size_t b = 0; b < shape->n_batch; b++)
    for (size_t o = 0; o < shape->n_out; o++)
      {
        double sum = bias != NULL ? (double) bias[o] : 0;
        for (size_t i = 0; i < shape->n_in; i++)
          sum += (double) weight[o * shape->n_in + i] * (double) f[b * shape->n_in + i];
        out[b * shape->n_out + o] = (real) sum;
      }
}

void
sw_linear_backward (const SwLinearShape *shape,
                    const real *restrict f,
                    const real *restrict weight,
                    const real *restrict d_out,
                    real *restrict d_f,
                    real *restrict d_weight,
                    real *restrict d_bias)
{
  const size_t n_in = shape->n_in;

  for (size_t b = 0; b < shape->n_batch; b++)
    for (size_t o = 0; o < shape->n_out; o++)
      {
        const real d = d_out[b * shape->n_out + o];
        for (size_t i = 0; i < n_in; i++)
          {
            d_f[b * n_in + i] += d * weight[o * n_in + i];
            if (d_weight != NULL)
              d_weight[o * n_in + i] += d * f[b * n_in + i];
          }
        if (d_bias != NULL)
          d_bias[o] += d;
      }
}
