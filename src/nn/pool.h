/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/pool.h: mean over the grid, out[b, c] = (1 / n) sum_v f[b, c, v]; sums in double */
#pragma once

#include <stddef.h>

#include "base/real.h"

/* f: [rows, v], rows = b c; out: [rows]. */
void sw_pool_forward (size_t n_rows, size_t n_voxels, const real *restrict f, real *restrict out);
/* Adds to d_f. */
void sw_pool_backward (size_t n_rows, size_t n_voxels, const real *restrict d_out, real *restrict d_f);
