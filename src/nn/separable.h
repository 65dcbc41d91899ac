/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/separable.h: the same small filter along z, y and x, then a stride: Gaussian low-pass and average pooling
 *
 *   out[r] = sum_t w[t_z] w[t_y] w[t_x] f[stride r + t - n_taps / 2],  zero outside the grid, ceil (n / stride) voxels
 *
 * Padded zeros count, as in the paper's code: borders darken.
 */
#pragma once

#include <stddef.h>

#include "base/real.h"

#define SW_SEPARABLE_TAPS_MAX 63

typedef struct
{
  size_t n_taps; /* odd */
  size_t stride;
  real taps[SW_SEPARABLE_TAPS_MAX];
} SwSeparable;

/* sigma = 0.5 sqrt (scale^2 - 1) voxels, 1 + 5 sigma taps made odd, sum 1; scale <= 1 is the identity. Scales above 24 are cut off
 * at the greatest number of taps. */
void sw_separable_lowpass (SwSeparable *filter, double scale, size_t stride);
/* Mean of 3 x 3 x 3. */
void sw_separable_avgpool (SwSeparable *filter, size_t stride);
size_t sw_separable_output_size (const SwSeparable *filter, size_t size);
/* Reals of scratch. */
size_t sw_separable_scratch (const SwSeparable *filter, size_t size, int n_threads);
/* in: [c, z, y, x] with edge size; out: [c, ...]. */
void sw_separable_forward (const SwSeparable *filter,
                           size_t n_channels,
                           size_t size,
                           const real *restrict in,
                           real *restrict out,
                           real *restrict scratch,
                           int n_threads);
/* Adds to d_in. */
void sw_separable_backward (const SwSeparable *filter,
                            size_t n_channels,
                            size_t size,
                            const real *restrict d_out,
                            real *restrict d_in,
                            real *restrict scratch,
                            int n_threads);
