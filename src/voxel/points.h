/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/points.h: points that carry several numbers each, to grids
 *
 * As sw_voxelize, with one Gaussian per point that is added to every channel with a weight of its own. Few points and many
 * channels: the band-limited grid comes from the direct sum over the modes in the ball,
 *   F_c(w) = exp (-w^2 sigma^2 / 2) sum_p a_pc exp (-i w x_p),
 * whose phases all channels share.
 */
#pragma once

#include "voxel/voxelize.h"

typedef struct
{
  size_t n_points;
  const double (*positions)[3]; /* [n_points], angstrom, centred */
  const float *weights;         /* [n_points][params->n_channels] */
} SwPointArray;

/* out: [c, z, y, x]. Positions are taken as they are: what turns with them is the caller's. Refuses NaN and infinite numbers. */
SwStatus sw_voxelize_points (const SwVoxelParams *params,
                             const SwPointArray *points,
                             const SwProgress *progress,
                             real *out,
                             SwVoxelReport *ret_report,
                             SwError *error) SW_WARN_UNUSED;

/* The transpose: d_weights [n_points][n_channels], assigned, from d_out [c, z, y, x]: <d_out, V w> = <d_weights, w>. The weights
 * of the points are not looked at. */
SwStatus sw_voxelize_points_adjoint (const SwVoxelParams *params,
                                     size_t n_points,
                                     const double (*positions)[3],
                                     const real *d_out,
                                     double *d_weights,
                                     SwError *error) SW_WARN_UNUSED;
