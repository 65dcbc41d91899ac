/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/voxelize.h: atoms to densities on a cubic grid
 *
 * Positions in angstrom relative to the centre of rotation, which lies on voxel index `centre` along each axis. The
 * position of voxel i is (i - centre) * spacing. Output [c, z, y, x], x fastest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/real.h"
#include "base/status.h"

typedef struct
{
  size_t n_atoms;
  const double (*positions)[3]; /* angstrom, centred */
  const float *weights;         /* [n_atoms], or NULL for 1 */
  const uint8_t *channels;      /* [n_atoms], or NULL for 0; values >= n_channels are left out */
} SwAtomArray;

typedef enum
{
  SW_DENSITY_PEAK,      /* each Gaussian has height 1 at its centre */
  SW_DENSITY_UNIT_MASS, /* each atom's voxels sum to 1 (CATH); sampled: normalised on the grid, as published */
} SwDensityNorm;

typedef struct
{
  size_t n_channels;
  size_t size;     /* voxels along each edge */
  double centre;   /* voxel index of the centre: (n-1)/2 sampled, floor (n/2) band-limited */
  double spacing;  /* angstrom per voxel */
  double sigma;    /* angstrom */
  SwDensityNorm norm;
  bool bandlimited; /* periodic, cut to the ball |w| <= w_max */
  double w_max;     /* radians per voxel */
} SwVoxelParams;

typedef struct
{
  size_t n_used;
  size_t n_outside; /* centre outside the grid: counted; not used in the band-limited case (it would wrap around) */
} SwVoxelReport;

/* What is wrong with the numbers of a grid, in words. */
SwStatus sw_voxel_params_check (const SwVoxelParams *params, SwError *error) SW_WARN_UNUSED;

/* rotation: row-major, NULL for identity; applied to the positions. out: [c, z, y, x]. Refuses NaN and infinite
 * positions. */
SwStatus sw_voxelize (const SwVoxelParams *params,
                      const SwAtomArray *atoms,
                      const double *rotation,
                      const SwProgress *progress,
                      real *out,
                      SwVoxelReport *ret_report,
                      SwError *error) SW_WARN_UNUSED;

/* The density is linear in the weights. d_out: dL/d(density), [c, z, y, x]; adds dL/dweight of each atom, at weight 1 or any
 * other, to d_weights [n_atoms]. An atom that is left out gets nothing. */
SwStatus sw_voxelize_adjoint (const SwVoxelParams *params,
                              const SwAtomArray *atoms,
                              const double *rotation,
                              const real *d_out,
                              double *d_weights,
                              SwError *error) SW_WARN_UNUSED;
