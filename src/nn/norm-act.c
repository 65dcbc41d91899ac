/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/norm-act.h"

#include "nn/scalar-act.h"

#define SMALL ((real) 1e-6)

typedef struct
{
  size_t channel, n_m, bias;
  bool has_bias;
} Field;

static Field
field_at (const SwNormActShape *shape, size_t index)
{
  size_t channel = 0, bias = 0;

  for (size_t p = 0; p < shape->fields.n_parts; p++)
    {
      const size_t copies = shape->fields.parts[p].copies, n_m = 2 * shape->fields.parts[p].l + 1;
      const bool has_bias = n_m > 1 || shape->scalar_biases;
      if (index < copies)
        return (Field) { .channel = channel + index * n_m,
                         .n_m = n_m,
                         .bias = has_bias ? bias + index : 0,
                         .has_bias = has_bias };
      index -= copies;
      channel += copies * n_m;
      bias += has_bias ? copies : 0;
    }
  return (Field) { 0 };
}

static real
length_of (const real *f, size_t n_m, size_t stride)
{
  real sum = 0;

  for (size_t m = 0; m < n_m; m++)
    sum += f[m * stride] * f[m * stride];
#ifdef SW_DOUBLE
  return sqrt (sum);
#else
  return sqrtf (sum);
#endif
}

void
sw_norm_act_forward (const SwNormActShape *shape,
                     const real *restrict f,
                     const real *restrict bias,
                     real *restrict out)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;

#pragma omp parallel for schedule(dynamic)
  for (size_t bi = 0; bi < shape->n_batch * n_copies; bi++)
    {
      const Field field = field_at (shape, bi % n_copies);
      const size_t at = (bi / n_copies * dim + field.channel) * n;
      const real shift = bias != NULL && field.has_bias ? bias[field.bias] : 0;
      if (field.n_m == 1)
        {
          sw_act_row (shape->act, n, shift, f + at, out + at);
          continue;
        }
      for (size_t v = 0; v < n; v++)
        {
          const real r = length_of (f + at + v, field.n_m, n) + SMALL;
          const real factor = sw_act_value (SW_ACT_SOFTPLUS, r - shift) / r;
          for (size_t m = 0; m < field.n_m; m++)
            out[at + m * n + v] = factor * f[at + m * n + v];
        }
    }
}

void
sw_norm_act_backward (const SwNormActShape *shape,
                      const real *restrict f,
                      const real *restrict bias,
                      const real *restrict d_out,
                      real *restrict d_f,
                      real *restrict d_bias)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;

#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (shape, i);
      const real shift = bias != NULL && field.has_bias ? bias[field.bias] : 0;
      double d_shift = 0;
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const size_t at = (b * dim + field.channel) * n;
          for (size_t v = 0; v < n; v++)
            {
              const real *x = f + at + v, *d = d_out + at + v;
              real *d_x = d_f + at + v;
              if (field.n_m == 1)
                {
                  const real slope = d[0] * sw_act_slope (shape->act, x[0] + shift);
                  d_x[0] += slope;
                  d_shift += (double) slope;
                  continue;
                }
              const real length = length_of (x, field.n_m, n), r = length + SMALL;
              const real soft = sw_act_value (SW_ACT_SOFTPLUS, r - shift);
              const real slope = sw_act_slope (SW_ACT_SOFTPLUS, r - shift);
              real along = 0;
              for (size_t m = 0; m < field.n_m; m++)
                along += d[m * n] * x[m * n];
              /* the direction of x has no derivative at 0; its limit there is used */
              const real radial = length > 0 ? along * (slope / r - soft / (r * r)) / length : 0;
              for (size_t m = 0; m < field.n_m; m++)
                d_x[m * n] += soft / r * d[m * n] + radial * x[m * n];
              d_shift -= (double) (along * slope / r);
            }
        }
      if (d_bias != NULL && field.has_bias)
        d_bias[field.bias] += (real) d_shift;
    }
}
