/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/correlate-private.h: many-channel correlation of cubes, the engine room of nn/conv3d.h
 *
 *   out[o, z, y, x] = sum_i sum_u w[o, i, u] src[i, step (z, y, x) + shift + u]
 *
 * with zeros outside src. Forward convolution and each phase of the backward one are of this form.
 *
 * Source rows are copied once into a layout with gaps of zeros (SwPackedGrid), in which a plane can be read as one
 * long row: output voxel q = y pitch + x reads q + const for every tap, so that lanes run along q whatever the
 * size of the grid, and no row is too short. What falls into the gap is computed and thrown away: (pitch - n_x) /
 * pitch of the work, nothing for full padding. Planes and rows that are all padding are skipped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"

#if defined __AVX512F__
#define SW_VECTOR_BYTES 64
#define SW_TILE_ROWS 8
#elif defined __AVX__
#define SW_VECTOR_BYTES 32
#define SW_TILE_ROWS 4
#else
#define SW_VECTOR_BYTES 16
#define SW_TILE_ROWS 4
#endif
#define SW_TILE_VECTORS 3
#define SW_LANES (SW_VECTOR_BYTES / sizeof (real))
/* A tap's edge may be this long. */
#define SW_KERNEL_MAX 15

typedef real SwVector __attribute__ ((vector_size (SW_VECTOR_BYTES), may_alias));
typedef real SwVectorAny
    __attribute__ ((vector_size (SW_VECTOR_BYTES), aligned (sizeof (real)), may_alias));

/* A cube with gaps: [channel][plane z][phase y, phase x][row][column], padded coordinate X = x + pad, phase X mod step,
 * column X / step. Planes are not padded. */
typedef struct
{
  size_t size;   /* edge of the cube */
  size_t planes; /* along z; the edge, unless the planes were made from those of a cube */
  size_t step, pad;
  size_t pitch, rows, phase, plane, channel; /* in reals */
} SwPackedGrid;

typedef struct
{
  size_t n_taps;
  size_t offset; /* shift + pad, >= 0 */
  size_t n_out;
  ptrdiff_t tap_first, tap_step; /* tap u is the kernel's voxel tap_first + tap_step u */
} SwCorrelateAxis;

typedef struct
{
  SwPackedGrid grid;
  size_t c_in, c_out;
  SwCorrelateAxis axis[3]; /* z, y, x */
  size_t block;            /* input channels that are taken together */
  /* where out[o, z, y, x] goes, in reals */
  size_t out_channel, out_z, out_y, out_x;
} SwCorrelate;

/* pad: how far beyond either end a row is read. */
void sw_packed_grid_init (SwPackedGrid *grid, size_t size, size_t step, size_t pad);
/* Reals of c channels, with what a vector may read beyond the end. */
size_t sw_packed_grid_length (const SwPackedGrid *grid, size_t n_channels);
/* in: [c, z, y, x]; out: sw_packed_grid_length reals. */
void sw_packed_grid_fill (const SwPackedGrid *grid,
                          size_t n_channels,
                          const real *restrict in,
                          real *restrict out,
                          int n_threads);

/* Fills `block` from the other members. */
void sw_correlate_init (SwCorrelate *correlate);
/* Output channels are packed in tiles; the last is rounded up to an even number. */
size_t sw_correlate_weights_length (const SwCorrelate *correlate);
/* kernel[o stride_out + i stride_in + (t_z edge + t_y) edge + t_x] for taps t = tap_first + tap_step u. */
void sw_correlate_pack (const SwCorrelate *correlate,
                        const real *restrict kernel,
                        size_t stride_out,
                        size_t stride_in,
                        size_t edge,
                        real *restrict packed);
size_t sw_correlate_scratch_length (const SwCorrelate *correlate, int n_threads);
/* src: filled packed grid of c_in channels; bias: [c_out] or NULL; out is added to or assigned. scratch is aligned. */
void sw_correlate_run (const SwCorrelate *correlate,
                       const real *restrict src,
                       const real *restrict packed,
                       const real *restrict bias,
                       bool add,
                       real *restrict out,
                       real *restrict scratch,
                       int n_threads);
