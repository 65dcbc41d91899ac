/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/linear.h: out[b, o] = bias[o] + sum_i weight[o, i] f[b, i], summed in double (a network has one, at its end) */
#pragma once

#include <stddef.h>

#include "base/real.h"

typedef struct
{
  size_t n_batch, n_in, n_out;
} SwLinearShape;

/* weight: [o, i]; bias: [o] or NULL. */
void sw_linear_forward (const SwLinearShape *shape,
                        const real *restrict f,
                        const real *restrict weight,
                        const real *restrict bias,
                        real *restrict out);
/* Adds to d_f, d_weight and d_bias (the last two may be NULL). */
void sw_linear_backward (const SwLinearShape *shape,
                         const real *restrict f,
                         const real *restrict weight,
                         const real *restrict d_out,
                         real *restrict d_f,
                         real *restrict d_weight,
                         real *restrict d_bias);
