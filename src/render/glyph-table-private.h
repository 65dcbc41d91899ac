/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/glyph-table-private.h: the kinds of glyph; a new one is a row
 *
 * build makes the instances (CPU), mesh the shape they share; both in the layout that the program's
 * attributes have in renderer.c.
 */
#pragma once

#include "render/shapes-private.h"

typedef struct
{
  float position[3];
  float coefficients[9]; /* m = -l..l, angstrom */
} SwGlyphInstance;

typedef struct
{
  float middle[3], width;
  float vector[3];
  uint8_t color[4];
} SwArrowInstance;

typedef struct
{
  const char *name;
  SwDisplay display;
  unsigned l_min, l_max;
  GArray *(*build) (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds);
  /* level 0 (coarse) to 3 (fine); vertices are float[3] for "harmonic", SwMeshVertex for "arrow".
   */
  void (*mesh) (unsigned level, GArray **ret_vertices, GArray **ret_indices);
} SwGlyphKind;

extern const SwGlyphKind sw_glyph_table[];
extern const size_t sw_glyph_table_length;

const SwGlyphKind *sw_glyph_kind (SwDisplay display, unsigned l);
