/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/glyph-table-private.h"

#include <math.h>

/* Length that the strongest glyph may have on either side of its middle. */
static double
reach (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds)
{
  return 0.9 * seeds->gap * field->grid.spacing * look->glyph_scale;
}

static void
voxel_position (const SwGridGeometry *grid, size_t voxel, float ret[3])
{
  const size_t index[3]
      = { voxel % grid->n[2], voxel / grid->n[2] % grid->n[1], voxel / (grid->n[2] * grid->n[1]) };
  for (int i = 0; i < 3; i++)
    ret[i] = (float) (grid->centre[i]
                      + ((double) index[i] - 0.5 * (double) (grid->n[2 - i] - 1)) * grid->spacing);
}

static GArray *
build_harmonic (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds)
{
  GArray *glyphs = g_array_sized_new (FALSE, TRUE, sizeof (SwGlyphInstance), (guint) seeds->n);
  const size_t n_m = 2 * field->l + 1;
  /* |f(u)| <= norm sqrt((2l+1) / 4 pi), reached when the field is a zonal harmonic. */
  const double scale
      = reach (field, look, seeds) / (look->range_max * sqrt ((double) n_m / (4.0 * M_PI)));
  for (size_t i = 0; i < seeds->n; i++)
    {
      SwGlyphInstance glyph = { 0 };
      voxel_position (&field->grid, seeds->voxels[i], glyph.position);
      /* Beyond a locked range glyphs stop growing, or they would hide their neighbours. */
      const double clip = fmin (1.0, 1.25 * look->range_max / seeds->norms[i]);
      for (size_t m = 0; m < n_m; m++)
        glyph.coefficients[m]
            = (float) (clip * scale * field->data[m * field->n_voxels + seeds->voxels[i]]);
      g_array_append_val (glyphs, glyph);
    }
  return glyphs;
}

static void
mesh_harmonic (unsigned level, GArray **ret_vertices, GArray **ret_indices)
{
  sw_icosphere (level + 1, ret_vertices, ret_indices);
}

static GArray *
build_arrow (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds)
{
  GArray *arrows = g_array_sized_new (FALSE, TRUE, sizeof (SwArrowInstance), (guint) seeds->n);
  const double longest = 2.0 * reach (field, look, seeds);
  uint8_t colors[256][4];
  sw_colormap_fill (look->colormap, 256, colors);
  for (size_t i = 0; i < seeds->n; i++)
    {
      SwArrowInstance arrow = { 0 };
      const size_t v = seeds->voxels[i];
      voxel_position (&field->grid, v, arrow.middle);
      const double part = fmin (seeds->norms[i] / look->range_max, 1.0);
      const double unit = longest * part / seeds->norms[i];
      /* m = -1, 0, 1 are y, z, x. */
      arrow.vector[0] = (float) (unit * field->data[2 * field->n_voxels + v]);
      arrow.vector[1] = (float) (unit * field->data[v]);
      arrow.vector[2] = (float) (unit * field->data[field->n_voxels + v]);
      /* Short arrows keep some width, so that their colour can be seen. */
      arrow.width = (float) (longest * fmax (part, fmin (0.3, 3.0 * part)));
      for (int k = 0; k < 4; k++)
        arrow.color[k] = colors[(int) lround (255.0 * part)][k];
      g_array_append_val (arrows, arrow);
    }
  return arrows;
}

static void
mesh_arrow (unsigned level, GArray **ret_vertices, GArray **ret_indices)
{
  sw_arrow_mesh (6 + 4 * level, ret_vertices, ret_indices);
}

const SwGlyphKind sw_glyph_table[] = {
  { "arrow", SW_DISPLAY_ARROWS, 1, 1, build_arrow, mesh_arrow },
  { "harmonic", SW_DISPLAY_GLYPHS, 0, SW_SCENE_L_MAX, build_harmonic, mesh_harmonic },
};
const size_t sw_glyph_table_length = G_N_ELEMENTS (sw_glyph_table);

const SwGlyphKind *
sw_glyph_kind (SwDisplay display, unsigned l)
{
  for (size_t i = 0; i < sw_glyph_table_length; i++)
    if (sw_glyph_table[i].display == display && l >= sw_glyph_table[i].l_min
        && l <= sw_glyph_table[i].l_max)
      return &sw_glyph_table[i];
  return NULL;
}
