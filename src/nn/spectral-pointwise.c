/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-pointwise.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

#define SMALL ((real) 1e-6)

/* exp with nothing that keeps the compiler from vectorising a loop over it; NaN stays NaN. */
static inline __attribute__ ((always_inline)) real
exponential (real t)
{
#ifdef SW_DOUBLE
  return exp (t);
#else
  const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
  float x = t > 87.0f ? 87.0f : t;
  x = x < -87.0f ? -87.0f : x;
  const float shifted = x * 1.44269504088896341f + magic, n = shifted - magic;
  float r = x - n * 0.693145751953125f;
  r = r - n * 1.42860682030941723e-6f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  uint32_t bits;
  memcpy (&bits, &shifted, sizeof bits);
  const uint32_t power = ((bits - 0x4b400000u) + 127u) << 23;
  float scale;
  memcpy (&scale, &power, sizeof scale);
  return p * scale;
#endif
}

void
sw_spectral_act (SwActivation act, size_t n, real *t)
{
  switch (act)
    {
    case SW_ACT_RELU:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        t[i] = t[i] < 0 ? 0 : t[i];
      break;
    case SW_ACT_SIGMOID:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        t[i] = 1 / (1 + exponential (-t[i]));
      break;
    case SW_ACT_TANH:
      for (size_t i = 0; i < n; i++)
        t[i] = (real) tanh ((double) t[i]);
      break;
    case SW_ACT_SOFTPLUS:
      for (size_t i = 0; i < n; i++)
        t[i] = t[i] > 30 ? t[i] : (real) log1p (exp ((double) t[i]));
      break;
    case SW_ACT_ELU:
      for (size_t i = 0; i < n; i++)
        t[i] = t[i] < 0 ? (real) expm1 ((double) t[i]) : t[i];
      break;
    case SW_ACT_NONE:
      break;
    }
}

void
sw_spectral_act_slope (SwActivation act, size_t n, const real *t, const real *value, real *slope)
{
  switch (act)
    {
    case SW_ACT_RELU:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        slope[i] = t[i] > 0 ? 1 : 0;
      break;
    case SW_ACT_SIGMOID:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        slope[i] = value[i] * (1 - value[i]);
      break;
    case SW_ACT_TANH:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        slope[i] = 1 - value[i] * value[i];
      break;
    case SW_ACT_SOFTPLUS:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        slope[i] = 1 / (1 + exponential (-t[i]));
      break;
    case SW_ACT_ELU:
#pragma omp simd
      for (size_t i = 0; i < n; i++)
        slope[i] = t[i] < 0 ? value[i] + 1 : 1;
      break;
    case SW_ACT_NONE:
      for (size_t i = 0; i < n; i++)
        slope[i] = 1;
      break;
    }
}

/* Number of a gate for every channel of the output behind the scalars. */
static void
set_gates (SwPointwise *p)
{
  int32_t gate = 0;
  for (size_t part = 0; part < p->out.type.n_parts; part++)
    {
      const SwFieldPart f = p->out.type.parts[part];
      if (f.l == 0)
        continue;
      for (size_t i = 0; i < f.copies; i++, gate++)
        for (size_t m = 0; m < 2 * f.l + 1; m++)
          p->gate_of[p->out.channel_at[f.l] + m * p->out.copies[f.l] + p->out.part_at[part] + i - p->n_scalars] = gate;
    }
}

SwStatus
sw_pointwise_init (SwPointwise *pointwise, const SwLayer *layer, size_t n)
{
  *pointwise = (SwPointwise){ .kind = layer->kind,
                              .act = layer->act,
                              .gate_act = layer->gate_act,
                              .n = n,
                              .in = sw_channel_order (&layer->in),
                              .out = sw_channel_order (&layer->out) };
  pointwise->n_scalars = pointwise->out.copies[0];
  pointwise->n_gates = layer->kind == SW_LAYER_GATE ? pointwise->in.n_channels - pointwise->out.n_channels : 0;
  pointwise->gate_of = SW_NEW0 (int32_t, pointwise->out.n_channels + 1);
  pointwise->bias_of = SW_NEW (size_t, pointwise->out.n_copies + 1);
  if (pointwise->gate_of == NULL || pointwise->bias_of == NULL)
    {
      sw_pointwise_clear (pointwise);
      return SW_ERROR_MEMORY;
    }
  if (layer->kind == SW_LAYER_GATE && pointwise->n_gates > 0)
    set_gates (pointwise);
  const bool scalar_biases = layer->kind != SW_LAYER_NORM_ACT || layer->n_biases == pointwise->out.n_copies;
  size_t bias = 0;
  for (size_t part = 0; part < pointwise->out.type.n_parts; part++)
    {
      const SwFieldPart f = pointwise->out.type.parts[part];
      for (size_t i = 0; i < f.copies; i++)
        pointwise->bias_of[pointwise->out.copy_at[f.l] + pointwise->out.part_at[part] + i]
            = layer->n_biases > 0 && (f.l > 0 || scalar_biases) ? bias++ : SIZE_MAX;
    }
  return SW_OK;
}

void
sw_pointwise_clear (SwPointwise *pointwise)
{
  sw_free (pointwise->gate_of);
  sw_free (pointwise->bias_of);
  pointwise->gate_of = NULL;
  pointwise->bias_of = NULL;
}

size_t
sw_pointwise_scratch (const SwPointwise *pointwise)
{
  return 3 * pointwise->n * (pointwise->n_scalars + pointwise->n_gates + 1) + pointwise->out.n_channels;
}

/* Arguments of the scalars' activation [n][scalars] and behind them of the gates' [n][gates]. */
static void
gather_arguments (const SwPointwise *p, size_t stride, const real *in, real *t)
{
  const size_t ns = p->n_scalars, ng = p->n_gates;
  real *g = t + p->n * ns;
  for (size_t x = 0; x < p->n; x++, in += stride)
    {
      for (size_t j = 0; j < ns; j++)
        t[x * ns + j] = in[j] + (p->biases != NULL ? p->biases[j] : 0);
      for (size_t j = 0; j < ng; j++)
        g[x * ng + j] = in[ns + j] + (p->biases != NULL ? p->biases[ns + j] : 0);
    }
}

static void
store_gates (const SwPointwise *p, size_t z, size_t y, const real *g)
{
  const size_t n = p->n, c = n / 2;
  for (size_t x = 0; x < n; x++)
    for (size_t j = 0; j < p->n_gates; j++)
      p->gates[((j * n + (z + c) % n) * n + (y + c) % n) * n + (x + c) % n] = g[x * p->n_gates + j];
}

static void
gate_line (const SwPointwise *p, size_t z, size_t y, size_t in_stride, const real *restrict in, size_t out_stride, real *restrict out, real *restrict t)
{
  const size_t n = p->n, ns = p->n_scalars, ng = p->n_gates, nf = p->out.n_channels - ns;
  const int32_t *restrict gate_of = p->gate_of;
  const real *g = t + n * ns;
  gather_arguments (p, in_stride, in, t);
  sw_spectral_act (p->act, n * ns, t);
  sw_spectral_act (p->gate_act, n * ng, t + n * ns);
  if (p->gates != NULL)
    store_gates (p, z, y, g);
  if (out == NULL)
    return;
  for (size_t x = 0; x < n; x++)
    {
      const real *f = in + x * in_stride + ns + ng;
      real *o = out + x * out_stride;
      const real *restrict gate = g + x * ng;
      for (size_t j = 0; j < ns; j++)
        o[j] = t[x * ns + j];
#pragma omp simd
      for (size_t c = 0; c < nf; c++)
        o[ns + c] = f[c] * gate[gate_of[c]];
    }
}

static void
norm_line (const SwPointwise *p, size_t in_stride, const real *restrict in, size_t out_stride, real *restrict out)
{
  for (size_t x = 0; x < p->n; x++, in += in_stride, out += out_stride)
    for (unsigned l = 0; l <= p->out.l_max; l++)
      for (size_t c = 0; c < p->out.copies[l]; c++)
        {
          const size_t bias = p->bias_of[p->out.copy_at[l] + c], step = p->out.copies[l];
          const real b = p->biases != NULL && bias != SIZE_MAX ? p->biases[bias] : 0;
          const real *f = in + p->out.channel_at[l] + c;
          real *o = out + p->out.channel_at[l] + c;
          if (l == 0)
            {
              *o = *f + b;
              sw_spectral_act (p->act, 1, o);
              continue;
            }
          double sum = 0;
          for (size_t m = 0; m < 2 * l + 1; m++)
            sum += (double) f[m * step] * (double) f[m * step];
          const real r = (real) sqrt (sum) + SMALL;
          real factor = r - b;
          sw_spectral_act (SW_ACT_SOFTPLUS, 1, &factor);
          factor /= r;
          for (size_t m = 0; m < 2 * l + 1; m++)
            o[m * step] = factor * f[m * step];
        }
}

void
sw_pointwise_line (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const SwPointwise *p = data;
  if (p->kind == SW_LAYER_NORM_ACT)
    norm_line (p, in_stride, in, out_stride, out);
  else
    gate_line (p, z, y, in_stride, in, out_stride, out, scratch);
}

/* d_gate[g] = sum of products over the channels that gate g multiplies. */
static void
sum_by_gate (const SwPointwise *p, const real *restrict products, real *restrict d_gate)
{
  for (size_t part = 0; part < p->out.type.n_parts; part++)
    {
      const SwFieldPart f = p->out.type.parts[part];
      if (f.l == 0)
        continue;
      const size_t step = p->out.copies[f.l], copies = f.copies;
      const real *from = products + p->out.channel_at[f.l] + p->out.part_at[part] - p->n_scalars;
      for (size_t i = 0; i < copies; i++)
        {
          real sum = 0;
          for (size_t m = 0; m < 2 * f.l + 1; m++)
            sum += from[m * step + i];
          *d_gate++ = sum;
        }
    }
}

static void
gate_line_backward (const SwPointwise *p, size_t stride, const real *restrict in, size_t out_stride, real *restrict out, real *restrict t)
{
  const size_t n = p->n, ns = p->n_scalars, ng = p->n_gates, n0 = ns + ng, nf = p->out.n_channels - ns;
  real *value = t + n * n0, *slope = value + n * n0, *restrict products = slope + n * n0;
  const int32_t *restrict gate_of = p->gate_of;
  gather_arguments (p, stride, in, t);
  memcpy (value, t, n * n0 * sizeof (real));
  sw_spectral_act (p->act, n * ns, value);
  sw_spectral_act (p->gate_act, n * ng, value + n * ns);
  sw_spectral_act_slope (p->act, n * ns, t, value, slope);
  sw_spectral_act_slope (p->gate_act, n * ng, t + n * ns, value + n * ns, slope + n * ns);
  const real *g = value + n * ns, *g_slope = slope + n * ns;
  for (size_t x = 0; x < n; x++)
    {
      const real *f = in + x * stride + n0, *d = in + x * stride + p->in.n_channels;
      real *o = out + x * out_stride;
      for (size_t j = 0; j < ns; j++)
        o[j] = d[j] * slope[x * ns + j];
      const real *restrict gate = g + x * ng;
#pragma omp simd
      for (size_t c = 0; c < nf; c++)
        {
          products[c] = d[ns + c] * f[c];
          o[n0 + c] = d[ns + c] * gate[gate_of[c]];
        }
      sum_by_gate (p, products, o + ns);
      for (size_t j = 0; j < ng; j++)
        o[ns + j] *= g_slope[x * ng + j];
    }
}

static void
norm_line_backward (const SwPointwise *p, size_t z, size_t stride, const real *restrict in, size_t out_stride, real *restrict out)
{
  for (size_t x = 0; x < p->n; x++, in += stride, out += out_stride)
    for (unsigned l = 0; l <= p->out.l_max; l++)
      for (size_t c = 0; c < p->out.copies[l]; c++)
        {
          const size_t copy = p->out.copy_at[l] + c, bias = p->bias_of[copy], step = p->out.copies[l];
          const real b = p->biases != NULL && bias != SIZE_MAX ? p->biases[bias] : 0;
          const real *f = in + p->out.channel_at[l] + c, *d = f + p->in.n_channels;
          real *o = out + p->out.channel_at[l] + c;
          if (l == 0)
            {
              const real t = *f + b;
              real value = t, slope = 0;
              sw_spectral_act (p->act, 1, &value);
              sw_spectral_act_slope (p->act, 1, &t, &value, &slope);
              *o = *d * slope;
              p->d_biases[z * p->out.n_copies + copy] += (double) *o;
              continue;
            }
          double sum = 0, along = 0;
          for (size_t m = 0; m < 2 * l + 1; m++)
            {
              sum += (double) f[m * step] * (double) f[m * step];
              along += (double) f[m * step] * (double) d[m * step];
            }
          const double length = sqrt (sum), r = length + (double) SMALL;
          const real t = (real) r - b;
          real value = t, slope = 0;
          sw_spectral_act (SW_ACT_SOFTPLUS, 1, &value);
          sw_spectral_act_slope (SW_ACT_SOFTPLUS, 1, &t, &value, &slope);
          const double h = (double) value / r, h_slope = ((double) slope - h) / r;
          const real across = (real) (length > 0 ? along * h_slope / length : 0);
          for (size_t m = 0; m < 2 * l + 1; m++)
            o[m * step] = (real) h * d[m * step] + across * f[m * step];
          p->d_biases[z * p->out.n_copies + copy] -= along * (double) slope / r;
        }
}

void
sw_pointwise_line_backward (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const SwPointwise *p = data;
  if (p->kind == SW_LAYER_NORM_ACT)
    norm_line_backward (p, z, in_stride, in, out_stride, out);
  else
    gate_line_backward (p, in_stride, in, out_stride, out, scratch);
}
