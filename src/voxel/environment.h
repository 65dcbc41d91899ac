/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/environment.h: the atoms around one residue, without its own side chain, as densities
 *
 * The centre of the grid is the residue's C-alpha. Atoms within sw_environment_radius of it are Gaussians of height 1, each in the
 * channel of its kind. The residue's own backbone has channels of its own, so that a network that pools over the grid knows
 * where the centre is; its side chain is left out, or all of its atoms are. Where C-beta would be, were it there, and
 * SW_ENVIRONMENT_SIDE_CHAIN further along that direction, two more Gaussians say where the side chain was: both follow from N, CA
 * and C alone.
 *
 * Values are those of the Gaussian at the voxels' centres, cut at SW_ENVIRONMENT_CUT widths: with widths of 0.8 voxels and more
 * what aliases into the ball of the band-limited engine (2.2 radians) is below 0.5 %. Forty times as fast as the exact modes of
 * sw_voxelize, which would cost as much as the network.
 */
#pragma once

#include "voxel/voxelize.h"

#define SW_ENVIRONMENT_CUT 4.2
#define SW_ENVIRONMENT_LEFT_OUT 255
/* Channels of the two points, and the distance of the second from C-alpha in angstrom. */
#define SW_ENVIRONMENT_CHANNEL_CB 4
#define SW_ENVIRONMENT_CHANNEL_SIDE_CHAIN 5
#define SW_ENVIRONMENT_SIDE_CHAIN 3.2

/* [n_atoms] each; lent. */
typedef struct
{
  size_t n_atoms;
  const float (*positions)[3];   /* angstrom */
  const uint8_t *channels;       /* as a neighbour; SW_ENVIRONMENT_LEFT_OUT: not taken */
  const uint8_t *own_channels;   /* as an atom of the residue in the middle */
  const uint32_t *residues;
} SwEnvironmentAtoms;

/* Which atoms are near a point, without looking at all of them. */
typedef struct SwEnvironmentCells SwEnvironmentCells;

/* The arrays must outlive it. Refuses positions that are not finite. */
SwStatus sw_environment_cells_new (const SwEnvironmentAtoms *atoms, SwEnvironmentCells **ret, SwError *error) SW_WARN_UNUSED;
void sw_environment_cells_free (SwEnvironmentCells *cells); /* takes NULL */

/* angstrom: a voxel less than half the grid, so that the periodic images of the band-limited engine do not touch. */
double sw_environment_radius (const SwVoxelParams *params);

/* The residue in the middle. */
typedef struct
{
  uint32_t residue;         /* as in SwEnvironmentAtoms */
  float n[3], ca[3], c[3];  /* angstrom; ca is the centre of the grid */
  bool own_backbone;        /* keep those of its atoms that have an own channel, and the two points */
  bool frame;               /* turn it into the frame of its backbone first */
} SwEnvironmentCentre;

/* The environment of a residue. rotation: row-major, after the frame; NULL for identity. out: [n_channels, z, y, x], assigned.
 * ret_n: atoms used, or NULL. Needs no memory; may be called from several threads. */
SwStatus sw_voxelize_environment (const SwVoxelParams *params,
                                  const SwEnvironmentCells *cells,
                                  const SwEnvironmentCentre *centre,
                                  const double *rotation,
                                  real *out,
                                  size_t *ret_n,
                                  SwError *error) SW_WARN_UNUSED;

/* The rotation that brings the frame of a backbone to the axes: x along N to C, z towards where the side chain leaves, right-handed.
 * False when the three atoms lie on a line. */
bool sw_environment_frame (const double n[3], const double ca[3], const double c[3], double ret_rotation[9]);
