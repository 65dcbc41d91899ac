/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/voxelize-private.h: rows of atoms and the two ways to make them
 *
 * voxelize-spread.c: rows into grids. voxelize-sampled.c: values at voxel centres. voxelize-bandlimited.c: modes of the true
 * density. voxelize.c: what is public, and what is refused.
 *
 * Both ways are separable: an atom is the product of three short rows, fx fy fz, added into a box
 * of voxels. Atoms are taken in chunks: first all rows of a chunk are computed (parallel over
 * atoms), then added (parallel over slabs of z, each slab owned by one thread). Every voxel gets
 * its atoms in the order of the input, so the sum does not depend on the number of threads. */
#pragma once

#include "voxel/voxelize.h"

#define SW_SPREADER_CHUNK 8192

typedef struct
{
  size_t size;  /* voxels along each edge of the grid spread on */
  size_t width; /* reserved length of a row */
  bool periodic;
  real *rows;      /* [SW_SPREADER_CHUNK, 3, width] */
  int32_t *starts; /* [SW_SPREADER_CHUNK, 3]; first voxel, may be negative when periodic */
  int32_t *counts; /* [SW_SPREADER_CHUNK, 3]; 0 leaves the atom out */
} SwSpreader;

/* Voxel index (a real number) of an atom along x y z. */
static inline void
place (const SwVoxelParams *params,
       const SwAtomArray *atoms,
       const double *rotation,
       size_t atom,
       double u[3])
{
  const double *p = atoms->positions[atom];
  for (int i = 0; i < 3; i++)
    {
      const double q = rotation == NULL ? p[i]
                                        : rotation[3 * i] * p[0] + rotation[3 * i + 1] * p[1]
                                              + rotation[3 * i + 2] * p[2];
      u[i] = q / params->spacing + params->centre;
    }
}

static inline bool
is_outside (const double u[3], size_t size)
{
  for (int i = 0; i < 3; i++)
    if (!(u[i] >= -0.5 && u[i] <= (double) size - 0.5))
      return true;
  return false;
}

static inline bool
in_channel (const SwAtomArray *atoms, size_t atom, size_t channel)
{
  return atoms->channels == NULL ? channel == 0 : atoms->channels[atom] == channel;
}

/* voxelize-spread.c */
SwStatus sw_spreader_init (SwSpreader *s, size_t size, size_t width, bool periodic, SwError *error) SW_WARN_UNUSED;
void sw_spreader_clear (SwSpreader *s);
/* Multiplies atom a's rows. */
void sw_spreader_weigh (SwSpreader *s, size_t a, float weight);
/* grid [size, size, size] += the rows of atoms 0 to n_atoms. */
void sw_spreader_add (const SwSpreader *s, size_t n_atoms, real *grid);
/* The adjoint of adding atom a's rows: the sum of the grid under them. */
double sw_spreader_gather (const SwSpreader *s, size_t a, const real *grid);

/* voxelize-sampled.c, voxelize-bandlimited.c: out starts as zeros; the adjoints add to d_weights. */
SwStatus sw_voxelize_sampled (const SwVoxelParams *params,
                              const SwAtomArray *atoms,
                              const double *rotation,
                              const SwProgress *progress,
                              real *out,
                              SwVoxelReport *report,
                              SwError *error) SW_WARN_UNUSED;
SwStatus sw_voxelize_sampled_adjoint (const SwVoxelParams *params,
                                      const SwAtomArray *atoms,
                                      const double *rotation,
                                      const real *d_out,
                                      double *d_weights,
                                      SwError *error) SW_WARN_UNUSED;
SwStatus sw_voxelize_bandlimited (const SwVoxelParams *params,
                                  const SwAtomArray *atoms,
                                  const double *rotation,
                                  const SwProgress *progress,
                                  real *out,
                                  SwVoxelReport *report,
                                  SwError *error) SW_WARN_UNUSED;
SwStatus sw_voxelize_bandlimited_adjoint (const SwVoxelParams *params,
                                          const SwAtomArray *atoms,
                                          const double *rotation,
                                          const real *d_out,
                                          double *d_weights,
                                          SwError *error) SW_WARN_UNUSED;
