/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-linear.h: what commutes with the Fourier transform: scaling of fields, windows, folding, and sums by Parseval
 *
 * Tensors are [block][channel][re, im][lane]. All sums run over the full ball (k and -k) in double, in one order whatever
 * the number of threads. Inner order of channels and copies (spectral-channels.h).
 */
#pragma once

#include "nn/spectral-channels.h"
#include "nn/spectral-modes.h"

/* out = in times factor[copy]; in == out allowed. add: out += . */
void sw_spectral_scale (const SwChannelOrder *order, size_t n_blocks, const real *factors, const real *in, real *out, bool add);
/* out = a times factors_a[copy] + b times factors_b[copy]. add: out += . */
void sw_spectral_scale_two (const SwChannelOrder *order,
                            size_t n_blocks,
                            const real *factors_a,
                            const real *a,
                            const real *factors_b,
                            const real *b,
                            real *out,
                            bool add);
/* out[b] = window[shell of b] in[b] for n_blocks. add: out += . window NULL: 1. */
void sw_spectral_window (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *in, real *out, bool add);
/* ret: [copies], sum over modes and components of Re conj (a) b; without the mean of scalars where skip_means is true. */
void sw_spectral_dot (const SwChannelOrder *order, size_t n_blocks, const real *a, const real *b, bool skip_means, double *ret);
/* out[c] = sum over all modes (of k and -k one is stored) of window[shell] times the real part of channel c: with the window of a
 * Gaussian, the mean under it about index 0. The adjoint adds the modes of the gradient as a field to d_in, so that the product by
 * sw_spectral_dot is the change; hence no factor of two there. */
void sw_spectral_centre (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *in, double *out);
void sw_spectral_centre_adjoint (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *d_out, real *d_in);
/* Mode 0 of channel c of a tensor. */
static inline size_t
sw_spectral_mean_at (size_t channel)
{
  return 2 * channel * sw_spectral_lanes ();
}

/* Where modes go when a grid is thinned out without a filter: entry i of a fine slot, -1: nowhere. */
typedef struct
{
  size_t n_from, n_to;   /* blocks */
  int32_t *slot[2];      /* [n_from * lanes], of k and of -k; owned */
  bool *conjugate[2];
} SwSpectralFold;

SwStatus sw_spectral_fold_init (SwSpectralFold *fold, const SwModes *modes, const SwLevel *from, const SwLevel *to) SW_WARN_UNUSED;
void sw_spectral_fold_clear (SwSpectralFold *fold);
/* out is assigned. */
void sw_spectral_fold (const SwSpectralFold *fold, size_t n_channels, const real *in, real *out);
/* d_in is added to. */
void sw_spectral_fold_backward (const SwSpectralFold *fold, size_t n_channels, const real *d_out, real *d_in);
