/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-pointwise.h: gates, norm nonlinearity and scalar activations on one line of the grid
 *
 * Channels are the innermost index and in the inner order (spectral-channels.h): of a gate layer's input first the scalars,
 * then the gates, then the fields with l >= 1. Formulas: nn/gate.h, nn/norm-act.h, nn/scalar-act.h.
 */
#pragma once

#include "nn/network.h"
#include <stdint.h>

#include "nn/spectral-channels.h"

/* values of n numbers in place; relative error of exponentials 2e-7 in float. */
void sw_spectral_act (SwActivation act, size_t n, real *t);
/* slope[i] from argument and value. */
void sw_spectral_act_slope (SwActivation act, size_t n, const real *t, const real *value, real *slope);

typedef struct
{
  SwLayerKind kind;
  SwActivation act, gate_act;
  size_t n; /* voxels of a line */
  SwChannelOrder in, out;
  size_t n_scalars, n_gates;
  int32_t *gate_of;  /* [channels of out - n_scalars], owned */
  size_t *bias_of;   /* NORM_ACT: [copies], entry of the biases or SIZE_MAX; owned */
  const real *biases; /* lent, or NULL */
  /* set for one pass */
  real *gates;        /* forward: gate values [gates, z, y, x], centre at floor (n / 2), or NULL */
  double *d_biases;   /* backward, NORM_ACT: [n planes][copies], inner order */
} SwPointwise;

SwStatus sw_pointwise_init (SwPointwise *pointwise, const SwLayer *layer, size_t n) SW_WARN_UNUSED;
void sw_pointwise_clear (SwPointwise *pointwise);
size_t sw_pointwise_scratch (const SwPointwise *pointwise);
/* SwStageLine: channels of in to channels of out. */
void sw_pointwise_line (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch);
/* SwStageLine: in has the channels of f and then those of dLoss/dout; out: dLoss/df. */
void sw_pointwise_line_backward (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch);
