/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the styles of a scene mean for the data that is there. */
#include "render/scene-private.h"

#include <math.h>
#include <string.h>

void
sw_field_look (const SwScene *scene, const SwFieldPlace *place, bool is_density, SwFieldLook *ret)
{
  const SwFieldStyle *style = &place->style;
  const SwFieldData *data = place->data;
  const bool is_dark = scene->background == SW_BACKGROUND_DARK;
  *ret = (SwFieldLook){ .display = style->display };
  if (ret->display == SW_DISPLAY_AUTO || (is_density && ret->display > SW_DISPLAY_ISOSURFACE))
    ret->display = is_density || data->l == 0 ? SW_DISPLAY_VOLUME
                   : data->l == 1             ? SW_DISPLAY_ARROWS
                                              : SW_DISPLAY_GLYPHS;
  if (((ret->display == SW_DISPLAY_ARROWS || ret->display == SW_DISPLAY_STREAMLINES) && data->l != 1)
      || (ret->display == SW_DISPLAY_SUPERQUADRICS && data->l != 2))
    ret->display = data->l == 0   ? SW_DISPLAY_VOLUME
                   : data->l == 1 ? SW_DISPLAY_ARROWS
                                  : SW_DISPLAY_GLYPHS;
  const bool is_glyph = ret->display == SW_DISPLAY_GLYPHS || ret->display == SW_DISPLAY_SUPERQUADRICS;
  ret->is_diverging
      = (is_glyph && data->l > 0) || (data->l == 0 && !is_density && !style->is_sequential);
  ret->colormap = style->colormap;
  if (!style->has_colormap || sw_colormap_is_diverging (style->colormap) != ret->is_diverging)
    {
      if (ret->is_diverging)
        ret->colormap = SW_COLORMAP_BLUE_ORANGE;
      /* Thin things in the dark end of viridis cannot be seen on a dark background. */
      else if (is_dark && (ret->display == SW_DISPLAY_ARROWS || ret->display == SW_DISPLAY_STREAMLINES))
        ret->colormap = SW_COLORMAP_GLOW;
      else if (ret->display == SW_DISPLAY_ARROWS || !is_density)
        ret->colormap = SW_COLORMAP_VIRIDIS;
      else
        ret->colormap = is_dark ? SW_COLORMAP_ICE : SW_COLORMAP_INK;
    }
  ret->range_max = style->range_max > 0.0 && isfinite (style->range_max) ? style->range_max
                   : data->max > 0.0                                     ? data->max
                                                                         : 1.0;
  static const double thresholds[SW_N_DISPLAYS] = {
    [SW_DISPLAY_VOLUME] = 0.08,
    [SW_DISPLAY_ISOSURFACE] = 0.25,
    [SW_DISPLAY_ARROWS] = 0.05,
    [SW_DISPLAY_GLYPHS] = 0.05,
    [SW_DISPLAY_SLICES] = 0.08,
    [SW_DISPLAY_STREAMLINES] = 0.12,
    [SW_DISPLAY_SUPERQUADRICS] = 0.05,
  };
  ret->threshold = style->threshold > 0.0   ? fmin (style->threshold, 1.0)
                   : style->threshold < 0.0 ? 0.0
                                            : thresholds[ret->display];
  ret->opacity = style->opacity > 0.0                                  ? fmin (style->opacity, 1.0)
                 : is_density && ret->display == SW_DISPLAY_ISOSURFACE ? 0.35
                                                                       : 1.0;
  ret->n_levels = CLAMP (style->n_levels, 1, SW_LEVELS_MAX);
  for (int i = 0; i < 3; i++)
    ret->slice[i] = CLAMP (style->slice[i], -0.5, 0.5);
  ret->glyph_scale = style->glyph_scale > 0.0 ? style->glyph_scale : 1.0;
  ret->n_glyphs_max = style->n_glyphs_max > 0 ? MIN (style->n_glyphs_max, 100000) : 500;
}

bool
sw_display_has_seeds (SwDisplay display)
{
  return display == SW_DISPLAY_ARROWS || display == SW_DISPLAY_GLYPHS || display == SW_DISPLAY_STREAMLINES
         || display == SW_DISPLAY_SUPERQUADRICS;
}

const SwGlyphSeeds *
sw_pane_get_seeds (SwScene *scene, SwPane *pane)
{
  const SwFieldData *data = pane->field.data;
  if (pane->seeds_serial != data->serial
      || memcmp (&pane->seeds_style, &pane->field.style, sizeof pane->seeds_style) != 0)
    {
      SwFieldLook look;
      sw_field_look (scene, &pane->field, false, &look);
      sw_glyph_seeds_clear (&pane->seeds);
      sw_glyph_seeds_init (&pane->seeds, data->data, 2 * data->l + 1, data->grid.n,
                           look.threshold * look.range_max, look.n_glyphs_max);
      pane->seeds_serial = data->serial;
      pane->seeds_style = pane->field.style;
    }
  return &pane->seeds;
}

static void
legend (SwScene *scene, SwPane *pane, bool is_density, SwLegend *ret)
{
  const SwFieldPlace *place = is_density ? &pane->density : &pane->field;
  *ret = (SwLegend){ 0 };
  if (place->data == NULL || place->style.is_hidden)
    return;
  SwFieldLook look;
  sw_field_look (scene, place, is_density, &look);
  *ret = (SwLegend){
    .is_shown = true,
    .l = place->data->l,
    .display = look.display,
    .is_diverging = look.is_diverging,
    .colormap = look.colormap,
    .range_max = look.range_max,
    .threshold = look.threshold * look.range_max,
  };
  ret->n_levels = look.display == SW_DISPLAY_ISOSURFACE ? look.n_levels : 1;
  if (sw_display_has_seeds (look.display))
    {
      const SwGlyphSeeds *seeds = sw_pane_get_seeds (scene, pane);
      ret->n_glyphs = seeds->n;
      ret->n_glyphs_found = seeds->n_found;
    }
}

void
sw_scene_get_legend (SwScene *scene, unsigned pane, SwLegend *ret)
{
  legend (scene, &scene->panes[MIN (pane, SW_PANES_MAX - 1)], false, ret);
}

void
sw_scene_get_density_legend (SwScene *scene, unsigned pane, SwLegend *ret)
{
  legend (scene, &scene->panes[MIN (pane, SW_PANES_MAX - 1)], true, ret);
}

void
sw_scene_get_histogram (const SwScene *scene, unsigned pane, size_t n_bins, size_t *ret_counts, double *ret_max)
{
  const SwFieldData *data = scene->panes[MIN (pane, SW_PANES_MAX - 1)].field.data;
  memset (ret_counts, 0, n_bins * sizeof *ret_counts);
  *ret_max = data != NULL ? data->max : 0.0;
  if (data == NULL || data->max <= 0.0)
    return;
  for (size_t v = 0; v < data->n_voxels; v++)
    {
      double square = 0.0;
      for (size_t m = 0; m < 2 * data->l + 1; m++)
        square += (double) data->data[m * data->n_voxels + v] * (double) data->data[m * data->n_voxels + v];
      if (isfinite (square))
        ret_counts[MIN ((size_t) (sqrt (square) / data->max * (double) n_bins), n_bins - 1)]++;
    }
}

/* ---- names */

static const char *const style_names[SW_N_MOLECULE_STYLES] = {
  "auto", "ball-and-stick", "sticks", "spheres", "trace", "cartoon", "surface", "off",
};
static const char *const scheme_names[SW_N_COLOR_SCHEMES] = {
  "auto", "element", "chain", "rainbow", "secondary", "residue", "b-factor", "plddt", "given",
};
static const char *const display_names[SW_N_DISPLAYS] = {
  "auto", "volume", "isosurface", "arrows", "glyphs", "slices", "streamlines", "superquadrics",
};

static bool
find_name (const char *const *names, int n, const char *name, int *ret)
{
  for (int i = 0; i < n; i++)
    if (strcmp (names[i], name) == 0)
      {
        *ret = i;
        return true;
      }
  return false;
}

const char *
sw_molecule_style_name (SwMoleculeStyle style)
{
  return style_names[style];
}

bool
sw_molecule_style_from_name (const char *name, SwMoleculeStyle *ret_style)
{
  int i;
  if (!find_name (style_names, SW_N_MOLECULE_STYLES, name, &i))
    return false;
  *ret_style = (SwMoleculeStyle) i;
  return true;
}

const char *
sw_color_scheme_name (SwColorScheme scheme)
{
  return scheme_names[scheme];
}

bool
sw_color_scheme_from_name (const char *name, SwColorScheme *ret_scheme)
{
  int i;
  if (!find_name (scheme_names, SW_N_COLOR_SCHEMES, name, &i))
    return false;
  *ret_scheme = (SwColorScheme) i;
  return true;
}

const char *
sw_display_name (SwDisplay display)
{
  return display_names[display];
}

bool
sw_display_from_name (const char *name, SwDisplay *ret_display)
{
  int i;
  if (!find_name (display_names, SW_N_DISPLAYS, name, &i))
    return false;
  *ret_display = (SwDisplay) i;
  return true;
}
