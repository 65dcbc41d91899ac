/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/gate.h: scalars through an activation, every other field times its own sigmoid gate
 *
 *   out[b, c, v]    = s (f[b, c, v] + bias[c])                      scalars
 *   out[b, i, m, v] = g (f[b, gate i, v] + bias[gate i]) f[b, i, m, v]   fields with l >= 1
 *
 * The gates are the last channels of f, one scalar per field with l >= 1 in the order of the fields: outputs of the same
 * convolution (Weiler et al. 2018, section 4.1 and the authors' code). All components of a field are scaled alike, so
 * D(R) passes through.
 */
#pragma once

#include "base/real.h"
#include "nn/network.h"

typedef struct
{
  size_t n_batch, n_voxels;
  SwFieldType fields; /* of the output */
  SwActivation act, gate_act;
} SwGateShape;

/* f: [b, dim (fields) + gates, v]; bias: [scalars, then gates] or NULL; out: [b, dim (fields), v]. */
void sw_gate_forward (const SwGateShape *shape,
                      const real *restrict f,
                      const real *restrict bias,
                      real *restrict out);
/* The gates' values: out [b, gates, v]. */
void sw_gate_values (const SwGateShape *shape,
                     const real *restrict f,
                     const real *restrict bias,
                     real *restrict out);
/* Adds to d_f and d_bias (may be NULL). */
void sw_gate_backward (const SwGateShape *shape,
                       const real *restrict f,
                       const real *restrict bias,
                       const real *restrict d_out,
                       real *restrict d_f,
                       real *restrict d_bias);
