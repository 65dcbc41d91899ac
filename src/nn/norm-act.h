/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/norm-act.h: fields scaled by a function of their own length
 *
 *   out = f / (|f| + e) softplus (|f| + e - bias),  e = 1e-6,  |f| over the components m     l >= 1
 *   out = s (f + bias)                                                                        l = 0
 *
 * |f| does not turn, so D(R) passes through (Weiler et al. 2018, section 4.1: norm nonlinearity).
 */
#pragma once

#include "base/real.h"
#include "nn/network.h"

typedef struct
{
  size_t n_batch, n_voxels;
  SwFieldType fields;
  SwActivation act;    /* of scalars */
  bool scalar_biases;  /* bias has an entry for scalars as well */
} SwNormActShape;

/* f, out: [b, c, v]; bias: an entry per field in their order (without the scalars unless scalar_biases), or NULL. */
void sw_norm_act_forward (const SwNormActShape *shape,
                          const real *restrict f,
                          const real *restrict bias,
                          real *restrict out);
/* Adds to d_f and d_bias (may be NULL). */
void sw_norm_act_backward (const SwNormActShape *shape,
                           const real *restrict f,
                           const real *restrict bias,
                           const real *restrict d_out,
                           real *restrict d_f,
                           real *restrict d_bias);
