/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fine-grid.h: values of a periodic grid between its voxels, at very many points
 *
 * The Fourier series of interpolate.h, summed once on a grid of twice the edge with each mode divided by the transform of a
 * short window; the window then puts a value together from 6 x 6 x 6 of its voxels (a non-uniform fast Fourier transform,
 * Dutt and Rokhlin 1993, with the window exp (b (sqrt (1 - t^2) - 1)) of Barnett, Magland and af Klinteberg 2019). A point
 * costs 36 rows instead of all modes; the error stays below 3e-5 of the largest value (tests/nn/test-interpolate.c), so:
 * interpolate.h for numbers, this for pictures. */
#pragma once

#include <stddef.h>

#include "base/real.h"
#include "base/status.h"

typedef struct SwFineGrid SwFineGrid;

/* grid: [c, z, y, x] of edge n, not kept. */
SwStatus sw_fine_grid_new (size_t n_channels, size_t n, const real *grid, SwFineGrid **ret, SwError *error) SW_WARN_UNUSED;
void sw_fine_grid_free (SwFineGrid *fine);
/* points: [p][3] as (x, y, z) in voxel indices of the first grid; out: [c, p]. */
void sw_fine_grid_eval (const SwFineGrid *fine, size_t n_points, const double (*points)[3], real *out);
