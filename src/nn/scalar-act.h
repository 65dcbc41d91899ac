/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/scalar-act.h: pointwise activations of scalars
 *
 *   out[b, c, v] = s (f[b, c, v] + bias[c])
 *
 * A scalar does not turn, so any function of it is equivariant.
 */
#pragma once

#include <math.h>
#include <stddef.h>

#include "base/real.h"
#include "nn/network.h"

static inline real
sw_act_value (SwActivation act, real t)
{
  switch (act)
    {
    case SW_ACT_RELU:
      /* written so that NaN stays NaN */
      return t < 0 ? 0 : t;
    case SW_ACT_SIGMOID:
      return (real) (1 / (1 + exp (-(double) t)));
    case SW_ACT_TANH:
      return (real) tanh ((double) t);
    case SW_ACT_SOFTPLUS:
      return t > 30 ? t : (real) log1p (exp ((double) t));
    case SW_ACT_ELU:
      return t < 0 ? (real) expm1 ((double) t) : t;
    case SW_ACT_NONE:
      break;
    }
  return t;
}

static inline real
sw_act_slope (SwActivation act, real t)
{
  real s;

  switch (act)
    {
    case SW_ACT_RELU:
      return t > 0 ? 1 : 0;
    case SW_ACT_SIGMOID:
      s = sw_act_value (SW_ACT_SIGMOID, t);
      return s * (1 - s);
    case SW_ACT_TANH:
      s = sw_act_value (SW_ACT_TANH, t);
      return 1 - s * s;
    case SW_ACT_SOFTPLUS:
      return sw_act_value (SW_ACT_SIGMOID, t);
    case SW_ACT_ELU:
      return t < 0 ? (real) exp ((double) t) : 1;
    case SW_ACT_NONE:
      break;
    }
  return 1;
}

/* s (f + bias) over n voxels of one channel; f and out may be the same. */
void sw_act_row (SwActivation act, size_t n, real bias, const real *f, real *out);

typedef struct
{
  size_t n_batch, n_channels, n_voxels;
  SwActivation act;
} SwScalarActShape;

/* f, out: [b, c, v]; bias: [c] or NULL. */
void sw_scalar_act_forward (const SwScalarActShape *shape,
                            const real *restrict f,
                            const real *restrict bias,
                            real *restrict out);
/* Adds to d_f [b, c, v] and d_bias [c] (or NULL). */
void sw_scalar_act_backward (const SwScalarActShape *shape,
                             const real *restrict f,
                             const real *restrict bias,
                             const real *restrict d_out,
                             real *restrict d_f,
                             real *restrict d_bias);
