/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fourier-mix-private.h: the products per frequency of nn/fourier-private.h
 *
 * Spectra: [f_x][f_y][f_z][item][channel block][re, im][lane]. One block of target (or source) channels at a time; its kernel is
 * [component z][y][x][channel][lane], components along an axis: the central tap, then w[h+j] + w[h-j] and w[h+j] - w[h-j]
 * for j = 1 .. h.
 */
#pragma once

#include "nn/fourier-private.h"
#include "nn/spectral-vector-private.h"

/* Everything of one f_x: y[item, block] = sum_i W[i] x[item, i]. x, y: the spectra at f_x. scratch: sw_fourier_mix_scratch. */
void sw_fourier_mix_plane (const SwFourier *fourier,
                           size_t fx,
                           size_t n_items,
                           const real *restrict x,
                           const real *restrict kernel_block,
                           real *restrict y,
                           size_t block,
                           real *restrict scratch);
/* Adds to d_kernel_block the share of f_x in sum over items of y[block] conj (x): y has the lanes (source), x is the target's
 * spectrum. */
void sw_fourier_gradient_plane (const SwFourier *fourier,
                                size_t fx,
                                size_t n_items,
                                const real *restrict y,
                                const real *restrict x,
                                real *restrict d_kernel_block,
                                size_t block,
                                real *restrict scratch);
/* Reals per thread that either wants. */
size_t sw_fourier_mix_scratch (const SwFourier *fourier, bool gradient);

/* Up to so many items the kernel at a frequency is used as it arises. */
#define SW_FOURIER_AT_ONCE 3

/* re and im of a block of channels, in reals */
#define SW_FOURIER_PAIR (2 * SW_LANES)

static inline size_t
sw_fourier_cube (size_t n)
{
  return n * n * n;
}

/* From one frequency of a spectrum to the next, in reals. An odd number of pairs, lest a line share a few places in the cache. */
static inline size_t
sw_fourier_step (size_t n_items, size_t n_blocks)
{
  return (n_items * n_blocks | 1) * SW_FOURIER_PAIR;
}

/* Where a side's last voxel lies. */
static inline ptrdiff_t
sw_fourier_last (const SwFourierSide *side)
{
  return side->first + side->step * ((ptrdiff_t) side->edge - 1);
}

static inline size_t
sw_fourier_blocks (size_t n_channels)
{
  return (n_channels + SW_LANES - 1) / SW_LANES;
}
