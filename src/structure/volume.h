/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/volume.h: densities on a cubic grid, in place of a structure
 *
 * Read: CCP4/MRC maps (modes 0, 1, 2, 6, both byte orders, any axis order, oblique cells; gzipped
 * or not) and NumPy .npy arrays of three dimensions (or four with one channel). Written: CCP4 maps
 * through gemmi.
 *
 * Maps are brought to one cubic grid along x y z: voxel [z,y,x] lies at origin + (x, y, z) *
 * spacing. Where the map is cubic and the spacing its own, the values are copied. Otherwise each
 * axis is smoothed where the new grid is coarser (Gaussian of 0.5 sqrt (q^2 - 1) source voxels, q
 * the ratio of the spacings; cut at 4 sigma, weights normalised at the edges) and the new voxels
 * are read off by tricubic (Catmull-Rom) interpolation along the axes of the cell. Voxels outside
 * the map are 0.
 */
#pragma once

#include "structure/structure.h"

G_BEGIN_DECLS

typedef struct
{
  /* angstrom per voxel; 0: the map's own (the finest of its three), 1 for .npy */
  double spacing;
} SwVolumeOptions;

typedef struct
{
  size_t n[3];       /* z, y, x */
  double spacing;    /* angstrom */
  double origin[3];  /* x, y, z of voxel [0,0,0], angstrom */
  const float *data; /* [z,y,x] */
  float min, max;
  double mean, deviation;
  const char *path;
  const char *format; /* "CCP4/MRC" or "NumPy" */
  bool resampled;
  double source_spacing[3]; /* along the cell's axes, angstrom; of the file */
  size_t source_n[3];       /* along the cell's axes a b c; of the file */
  SwLoadReport report;
} SwVolume;

SwVolume *sw_volume_load (const char *path,
                          const SwVolumeOptions *options,
                          GCancellable *cancellable,
                          GError **error);
SwVolume *sw_volume_load_bytes (const void *bytes,
                                size_t size,
                                const char *name,
                                const SwVolumeOptions *options,
                                GCancellable *cancellable,
                                GError **error);
SwVolume *sw_volume_ref (SwVolume *volume);
void sw_volume_unref (SwVolume *volume);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwVolume, sw_volume_unref)

/* Writes a grid as a CCP4 map (mode 2, cell n * spacing, P1), atomically. grid: [z,y,x] with n[0] =
 * z, n[1] = y, n[2] = x; origin: x y z of voxel [0,0,0] in angstrom, into the ORIGIN words and,
 * where it is a whole number of voxels, into NSTART too. */
bool sw_map_write_ccp4 (const char *path,
                        const float *grid,
                        const size_t n[3],
                        double spacing,
                        const double origin[3],
                        GError **error);

G_END_DECLS
