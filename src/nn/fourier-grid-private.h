/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fourier-grid-private.h: tiles of a grid to spectra and back, for nn/fourier-private.h
 *
 * Real transforms of a block of channels, which are the lanes: two rows of voxels make one complex line along x. Spectra carry a
 * factor of 2 for that.
 */
#pragma once

#include "nn/fourier-private.h"

/* Where index 0 .. S - 1 of a transform comes from along one axis: voxel first + at, or nowhere (-1). */
typedef struct
{
  size_t first, n;
  ptrdiff_t at[SW_FOURIER_SIZE_MAX];
} SwFourierWindow;

/* z, y, x of tile `tile`: the voxels of a side that lie in it or up to `margin` beyond its edges. */
void sw_fourier_windows (const SwFourier *fourier,
                         const SwFourierSide *side,
                         size_t margin,
                         size_t tile,
                         SwFourierWindow windows[3]);

/* Reals of scratch for either of the next two. */
size_t sw_fourier_transform_length (const SwFourier *fourier);
/* One block of n_lanes channels of one tile to its place in the spectrum, whose frequencies are spectrum_step reals apart.
 * from: the block's first channel, of a cube of `edge`. */
void sw_fourier_load (const SwFourier *fourier,
                      size_t edge,
                      const SwFourierWindow windows[3],
                      size_t n_lanes,
                      const real *restrict from,
                      real *restrict spectrum,
                      size_t spectrum_step,
                      real *restrict scratch);
/* And back, with the inverse's factors; bias: [n_lanes] or NULL. */
void sw_fourier_store (const SwFourier *fourier,
                       size_t edge,
                       const SwFourierWindow windows[3],
                       size_t n_lanes,
                       const real *restrict spectrum,
                       size_t spectrum_step,
                       const real *restrict bias,
                       bool add,
                       real *restrict to,
                       real *restrict scratch);
