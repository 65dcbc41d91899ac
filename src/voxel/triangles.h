/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/triangles.h: surfaces of triangles to grids
 *
 * Two ways.
 *
 * 1. Occupancy, as published for SHREC17: on a grid twice as fine, a voxel is occupied when its cube and a triangle have a point
 *    in common; each voxel of the result is the occupied part of its 2^3. A step function of the surface, no more equivariant
 *    than its voxels are fine.
 * 2. Density: the area of the surface as a density, smeared by a Gaussian and, band-limited, cut to the ball, so that the
 *    density of the turned surface is the turned density. The surface is replaced by points of equal area that are
 *    fixed to it (Hammersley's: evenly along the sum of areas, a van der Corput sequence inside a triangle), so it does not
 *    depend on how the surface is cut into triangles but for the order of these.
 *    With six channels ("1x0+1x2", SW_SURFACE_FIELDS) each point adds its area times (1, Y_2(n)), n the unit normal: even, so that the
 *    winding does not matter.
 *
 * The shape is moved and scaled first. SW_SCALE_SPHERE: its centre of area to the centre of the grid, its farthest corner to a
 * given distance; no rotation changes that. SW_SCALE_BOX, as published: the bounding box of the *turned* shape to the centre,
 * its longest edge to the edge of the grid.
 */
#pragma once

#include "voxel/voxelize.h"

#define SW_SURFACE_FIELDS "1x0+1x2"
#define SW_SURFACE_N_CHANNELS 6

/* Distance of the farthest corner from the centre of area, in the unit of SwVoxelParams.spacing: 64 voxels of 1, the published
 * grid, hold the ball. */
#define SW_SURFACE_RADIUS 32.0

typedef struct
{
  size_t n_triangles;
  const double (*vertices)[3];    /* any unit */
  const uint32_t (*triangles)[3]; /* [n_triangles], into vertices */
} SwTriangleArray;

typedef struct
{
  double centre[3]; /* of area */
  double radius;    /* to the farthest corner */
  double area;
} SwTriangleFrame;

/* Refuses corners that are not finite, and surfaces without an area or radius. */
SwStatus sw_triangles_measure (const SwTriangleArray *triangles, SwTriangleFrame *ret, SwError *error) SW_WARN_UNUSED;

/* Points of equal area. */
typedef struct
{
  size_t n;
  double (*positions)[3]; /* [n], scaled to SW_SURFACE_RADIUS, relative to the centre of area */
  float (*normals)[3];    /* [n], of length 1 */
  double area;            /* that each one stands for, same unit squared */
} SwSurfacePoints;

SwStatus sw_surface_points_init (SwSurfacePoints *points,
                                 const SwTriangleArray *triangles,
                                 const SwTriangleFrame *frame,
                                 size_t n,
                                 SwError *error) SW_WARN_UNUSED;
void sw_surface_points_clear (SwSurfacePoints *points);
/* How many are enough for voxels of this size: about one for each squared voxel of the surface, and 1024 at least. */
size_t sw_surface_points_enough (const SwTriangleFrame *frame, double spacing);

/* The density. params->n_channels: 1 or SW_SURFACE_N_CHANNELS; norm is not looked at: the values are areas in squared voxels, over
 * the voxel. rotation: row-major or NULL. out: [c, z, y, x]. */
SwStatus sw_voxelize_surface (const SwVoxelParams *params,
                              const SwSurfacePoints *points,
                              const double *rotation,
                              const SwProgress *progress,
                              real *out,
                              SwVoxelReport *ret_report,
                              SwError *error) SW_WARN_UNUSED;

typedef enum
{
  SW_SCALE_SPHERE,
  SW_SCALE_BOX,
} SwSurfaceScale;

/* Occupancy. Of params, size, and with SW_SCALE_SPHERE centre and spacing count. out: [z, y, x], 0 to 1. */
SwStatus sw_voxelize_occupancy (const SwVoxelParams *params,
                                const SwTriangleArray *triangles,
                                const SwTriangleFrame *frame,
                                const double *rotation,
                                SwSurfaceScale scale,
                                real *out,
                                SwError *error) SW_WARN_UNUSED;
