/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/glyph-seed-private.h: which voxels get a glyph
 *
 * Voxels in the order of falling norm, each taken unless one already taken is nearer than gap
 * voxels; the gap is the smallest of a fixed ladder that keeps within the budget. Ties go to the
 * lower index.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "render/scene.h"

typedef struct
{
  size_t n;
  uint32_t *voxels; /* [n], strongest first */
  float *norms;     /* [n] */
  size_t n_found;   /* voxels above the threshold */
  double gap;       /* voxels */
} SwGlyphSeeds;

/* data [n_m, n[0], n[1], n[2]]; threshold in units of the data, compared with the norm over m. */
void sw_glyph_seeds_init (SwGlyphSeeds *seeds,
                          const float *data,
                          size_t n_m,
                          const size_t n[3],
                          double threshold,
                          size_t n_max);
void sw_glyph_seeds_clear (SwGlyphSeeds *seeds);
