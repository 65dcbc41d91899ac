/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fourier-private.h: a correlation of many channels by Fourier transforms, and its gradients
 *
 *   target[o, v] = sum_i sum_t w[o, i, t] source[i, v + t - h],     h = (kernel - 1) / 2
 *
 * with v in a coordinate that source and target share: voxel j of a side lies at first + step j, so strides and paddings are
 * positions. Per tile of T^3 target voxels and the S >= T + 2 h that it reads (one tile alone gets by with less, since what
 * wraps around falls on zeros):
 *
 *   Y[f, o] = sum_i W[f, i, o] X[f, i],     W[f] = sum_t w[t] exp (2 pi i f (t - h) / S),
 *
 * a product of complex matrices per frequency. W is never stored: the taps are kept as even and odd parts along each
 * axis, and the three sums over them are taken one inside the other, the innermost in the first cache, where one
 * product of cosines serves the frequencies f_z and -f_z. Many times cheaper than reading W from memory.
 *
 * Spectra lie as [f_x: 0 .. S/2][f_y][f_z][item][channel block][re, im][lane]; an item is a tile of a sample. As many items as
 * SPECTRA_BYTES allow are taken at once. Same result for every number of threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"
#include "base/status.h"
#include "nn/spectral-fft.h"

#define SW_FOURIER_HALF_MAX 4
#define SW_FOURIER_SIZE_MAX 128

/* Voxels 0 .. edge - 1 of a cube lie at first + step j. */
typedef struct
{
  size_t edge;
  ptrdiff_t first, step;
} SwFourierSide;

typedef struct
{
  SwFourierSide source, target;
  size_t c_source, c_target, kernel;
  size_t n_batch; /* samples at once, at most */
} SwFourierShape;

typedef struct
{
  SwFourierShape shape;
  size_t n_tiles, tile, size; /* tiles along an edge, T, S */
  size_t n_items;             /* at once, at most */
  SwFft fft;                  /* owned */
  real *trig;                 /* owned; [f: 0 .. S - 1][j: 1 .. h][cos, sin] of 2 pi f j / S */
} SwFourier;

/* Whether a pass of this kind is possible at all. */
bool sw_fourier_serves (const SwFourierShape *shape);
/* Seconds of one processor that `run` (the products; with the gradient of the kernel: `gradient` too) would take for the best tiles, by
 * the rates in fourier.c. */
double sw_fourier_cost (const SwFourierShape *shape, bool gradient);
SwStatus sw_fourier_init (SwFourier *fourier, const SwFourierShape *shape, bool gradient) SW_WARN_UNUSED;
void sw_fourier_clear (SwFourier *fourier);

size_t sw_fourier_weights_length (const SwFourier *fourier);
size_t sw_fourier_scratch_length (const SwFourier *fourier, bool gradient, int n_threads);

/* w[o, i, t] = kernel[o stride_target + i stride_source + t'], t' = t or, reversed, its mirror image. */
void sw_fourier_pack (const SwFourier *fourier,
                      const real *restrict kernel,
                      size_t stride_target,
                      size_t stride_source,
                      bool reversed,
                      real *restrict packed,
                      int n_threads);

/* source: [b, c_source, cube]; target: [b, c_target, cube], added to or assigned, with bias [c_target] or NULL. */
void sw_fourier_run (const SwFourier *fourier,
                     size_t n_batch,
                     const real *restrict source,
                     const real *restrict packed,
                     const real *restrict bias,
                     bool add,
                     real *restrict target,
                     real *restrict scratch,
                     int n_threads);

/* The backward pass of a convolution whose output is the source and whose input is the target: adds to d_target what
 * sw_fourier_run would (packed reversed), and to d_kernel [c_source, c_target, z, y, x]
 *   sum_v source[o, v] target[i, v + t - h].
 * d_target (then packed does not matter) or d_kernel may be NULL. */
void sw_fourier_gradient (const SwFourier *fourier,
                          size_t n_batch,
                          const real *restrict source,
                          const real *restrict target,
                          const real *restrict packed,
                          real *restrict d_target,
                          real *restrict d_kernel,
                          real *restrict scratch,
                          int n_threads);
