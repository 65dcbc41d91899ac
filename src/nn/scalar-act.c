/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/scalar-act.h"

/* exp for t in [-87, 87] in `real`: 2^n times a polynomial, so that the compiler can use vectors. In double the library's. */
#ifndef SW_DOUBLE
static inline float
quick_exp (float t)
{
  t = t < -87.0f ? -87.0f : t > 87.0f ? 87.0f : t;
  const float n = __builtin_rintf (t * 1.44269504f);
  const float r = (t - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1;
  union
  {
    int i;
    float f;
  } scale = { .i = ((int) n + 127) << 23 };
  return p * scale.f;
}
#endif

void
sw_act_row (SwActivation act, size_t n, real bias, const real *f, real *out)
{
  switch (act)
    {
    case SW_ACT_RELU:
#pragma omp simd
      for (size_t v = 0; v < n; v++)
        {
          const real t = f[v] + bias;
          out[v] = t < 0 ? 0 : t;
        }
      return;
#ifndef SW_DOUBLE
    case SW_ACT_SIGMOID:
#pragma omp simd
      for (size_t v = 0; v < n; v++)
        {
          /* the clamp in quick_exp would hide a NaN */
          const float t = f[v] + bias;
          out[v] = t != t ? t : 1 / (1 + quick_exp (-t));
        }
      return;
#endif
    default:
      for (size_t v = 0; v < n; v++)
        out[v] = sw_act_value (act, f[v] + bias);
    }
}

void
sw_scalar_act_forward (const SwScalarActShape *shape,
                       const real *restrict f,
                       const real *restrict bias,
                       real *restrict out)
{
#pragma omp parallel for schedule(static)
  for (size_t bc = 0; bc < shape->n_batch * shape->n_channels; bc++)
    sw_act_row (shape->act, shape->n_voxels, bias != NULL ? bias[bc % shape->n_channels] : 0,
                f + bc * shape->n_voxels, out + bc * shape->n_voxels);
}

void
sw_scalar_act_backward (const SwScalarActShape *shape,
                        const real *restrict f,
                        const real *restrict bias,
                        const real *restrict d_out,
                        real *restrict d_f,
                        real *restrict d_bias)
{
  const size_t n = shape->n_voxels;

#pragma omp parallel for schedule(static)
  for (size_t c = 0; c < shape->n_channels; c++)
    {
      double sum = 0;
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const size_t at = (b * shape->n_channels + c) * n;
          for (size_t v = 0; v < n; v++)
            {
              const real d = d_out[at + v]
                             * sw_act_slope (shape->act, f[at + v] + (bias != NULL ? bias[c] : 0));
              d_f[at + v] += d;
              sum += (double) d;
            }
        }
      if (d_bias != NULL)
        d_bias[c] += (real) sum;
    }
}
