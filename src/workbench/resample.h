/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/resample.h: a scalar grid turned and read off on another grid, by local interpolation
 *
 * Only for inputs that are grids to begin with (density maps) and for view (b) of the protocol.
 * Structures are turned as atoms.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A grid [z, y, x] whose point c (x, y, z in voxel indices) is the centre of rotation. */
typedef struct
{
  size_t n[3];      /* z, y, x */
  double centre[3]; /* x, y, z */
  double spacing;   /* any unit, the same for both grids */
} SwResampleGrid;

/* out(p) = in(R^-1 p), p relative to the centres. Outside of in: 0. cubic: Catmull-Rom, else
 * trilinear. in and out must not overlap; rotation is row-major. */
void sw_resample_rotated (const SwResampleGrid *grid_in,
                          const float *in,
                          const double rotation[9],
                          bool cubic,
                          const SwResampleGrid *grid_out,
                          float *out);

/* Gaussian of sigma voxels along each axis, cut at 4 sigma, weights normalised at the edges; in
 * place. scratch: as many floats as the longest edge has voxels. */
void sw_resample_smooth (const size_t n[3], double sigma, float *data, float *scratch);
