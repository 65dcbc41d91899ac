/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/gate.h"

#include "nn/scalar-act.h"

/* Voxels that are taken together, so that a gate is evaluated once for all components. */
#define CHUNK 1024

/* One field of the output. */
typedef struct
{
  size_t channel, n_m;
  size_t bias;    /* index of its scalar's or gate's bias */
  size_t gate;    /* channel of f that gates it, for l >= 1 */
} Field;

static Field
field_at (const SwGateShape *shape, size_t index)
{
  const SwFieldType *type = &shape->fields;
  const size_t dim = sw_field_type_dim (type), n_gates = sw_field_type_gates (type);
  const size_t n_scalars = sw_field_type_copies (type) - n_gates;
  size_t channel = 0, scalar = 0, gate = 0;

  for (size_t p = 0; p < type->n_parts; p++)
    {
      const size_t n_m = 2 * type->parts[p].l + 1, copies = type->parts[p].copies;
      if (index < copies)
        {
          const Field field = { .channel = channel + index * n_m,
                                .n_m = n_m,
                                .bias = n_m == 1 ? scalar + index : n_scalars + gate + index,
                                .gate = n_m == 1 ? 0 : dim + gate + index };
          return field;
        }
      index -= copies;
      channel += copies * n_m;
      if (n_m == 1)
        scalar += copies;
      else
        gate += copies;
    }
  return (Field) { 0 };
}

void
sw_gate_forward (const SwGateShape *shape,
                 const real *restrict f,
                 const real *restrict bias,
                 real *restrict out)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t c_in = dim + sw_field_type_gates (&shape->fields), n = shape->n_voxels;

#pragma omp parallel for schedule(dynamic)
  for (size_t bi = 0; bi < shape->n_batch * n_copies; bi++)
    {
      const size_t b = bi / n_copies;
      const Field field = field_at (shape, bi % n_copies);
      const real shift = bias != NULL ? bias[field.bias] : 0;
      const real *from = f + (b * c_in + field.channel) * n;
      real *to = out + (b * dim + field.channel) * n;
      if (field.n_m == 1)
        {
          sw_act_row (shape->act, n, shift, from, to);
          continue;
        }
      const real *gate = f + (b * c_in + field.gate) * n;
      for (size_t first = 0; first < n; first += CHUNK)
        {
          const size_t count = n - first < CHUNK ? n - first : CHUNK;
          real s[CHUNK];
          sw_act_row (shape->gate_act, count, shift, gate + first, s);
          for (size_t m = 0; m < field.n_m; m++)
            {
              const real *row = from + m * n + first;
              real *to_row = to + m * n + first;
#pragma omp simd
              for (size_t v = 0; v < count; v++)
                to_row[v] = s[v] * row[v];
            }
        }
    }
}

void
sw_gate_values (const SwGateShape *shape,
                const real *restrict f,
                const real *restrict bias,
                real *restrict out)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_gates = sw_field_type_gates (&shape->fields);
  const size_t n_scalars = sw_field_type_copies (&shape->fields) - n_gates, n = shape->n_voxels;

  for (size_t b = 0; b < shape->n_batch; b++)
    for (size_t g = 0; g < n_gates; g++)
      sw_act_row (shape->gate_act, n, bias != NULL ? bias[n_scalars + g] : 0,
                  f + (b * (dim + n_gates) + dim + g) * n, out + (b * n_gates + g) * n);
}

void
sw_gate_backward (const SwGateShape *shape,
                  const real *restrict f,
                  const real *restrict bias,
                  const real *restrict d_out,
                  real *restrict d_f,
                  real *restrict d_bias)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t c_in = dim + sw_field_type_gates (&shape->fields), n = shape->n_voxels;

  /* a field is one task for the whole batch, so that its bias has one writer */
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (shape, i);
      const real shift = bias != NULL ? bias[field.bias] : 0;
      double d_shift = 0;
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const size_t in_at = (b * c_in + field.channel) * n, out_at = (b * dim + field.channel) * n;
          if (field.n_m == 1)
            {
              for (size_t v = 0; v < n; v++)
                {
                  const real d = d_out[out_at + v] * sw_act_slope (shape->act, f[in_at + v] + shift);
                  d_f[in_at + v] += d;
                  d_shift += (double) d;
                }
              continue;
            }
          const real *gate = f + (b * c_in + field.gate) * n;
          real *d_gate = d_f + (b * c_in + field.gate) * n;
          for (size_t first = 0; first < n; first += CHUNK)
            {
              const size_t count = n - first < CHUNK ? n - first : CHUNK;
              real s[CHUNK], d_s[CHUNK] = { 0 };
              sw_act_row (shape->gate_act, count, shift, gate + first, s);
              for (size_t m = 0; m < field.n_m; m++)
                {
                  const real *row = f + in_at + m * n + first, *d = d_out + out_at + m * n + first;
                  real *d_row = d_f + in_at + m * n + first;
#pragma omp simd
                  for (size_t v = 0; v < count; v++)
                    {
                      d_row[v] += s[v] * d[v];
                      d_s[v] += row[v] * d[v];
                    }
                }
              for (size_t v = 0; v < count; v++)
                {
                  const real slope = shape->gate_act == SW_ACT_SIGMOID
                                         ? s[v] * (1 - s[v])
                                         : sw_act_slope (shape->gate_act, gate[first + v] + shift);
                  d_gate[first + v] += d_s[v] * slope;
                  d_shift += (double) (d_s[v] * slope);
                }
            }
        }
      if (d_bias != NULL)
        d_bias[field.bias] += (real) d_shift;
    }
}
