/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/boxes.h: solid blocks to densities on a cubic grid
 *
 * The density is 1 inside a union of disjoint axis-parallel boxes that are turned together about the centre, 0 outside.
 * Band-limited: the Fourier series of that density, exact (a product of three sinc functions for each box), cut to the
 * ball. Sampled: the filled part of each voxel, from 3^3 points in it.
 */
#pragma once

#include "voxel/voxelize.h"

typedef struct
{
  double low[3], high[3]; /* x, y, z in voxels, relative to the centre, before turning */
} SwBox;

/* Of params, size, centre, bandlimited and w_max count. rotation: row-major or NULL. out: [z, y, x]. */
SwStatus sw_voxelize_boxes (const SwVoxelParams *params,
                            size_t n_boxes,
                            const SwBox *boxes,
                            const double *rotation,
                            real *out,
                            SwError *error) SW_WARN_UNUSED;
