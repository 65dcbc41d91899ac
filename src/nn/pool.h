/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/pool.h: mean over the grid, out[b, c] = (1 / n) sum_v f[b, c, v]; sums in double */
#pragma once

#include <stddef.h>

#include "base/real.h"

/* f: [rows, v], rows = b c; out: [rows]. */
void sw_pool_forward (size_t n_rows, size_t n_voxels, const real *restrict f, real *restrict out);
/* The same with voxels weighed by a Gaussian of width sigma (voxels of this grid, above 0) about the centre (n - 1) / 2 of each
 * axis, of sum 1. f: [rows, n, n, n], n at most SW_POOL_EDGE_MAX. */
#define SW_POOL_EDGE_MAX 512
void sw_pool_centre_forward (size_t n_rows, size_t n, double sigma, const real *restrict f, real *restrict out);
void sw_pool_centre_backward (size_t n_rows, size_t n, double sigma, const real *restrict d_out, real *restrict d_f);
/* Adds to d_f. */
void sw_pool_backward (size_t n_rows, size_t n_voxels, const real *restrict d_out, real *restrict d_f);
