/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/scene-private.h"

#include <math.h>
#include <string.h>

static uint64_t
next_serial (void)
{
  /* Scenes are used from one thread, but different scenes may live on different ones. */
  static uint64_t serial;
  return __atomic_add_fetch (&serial, 1, __ATOMIC_RELAXED);
}

static void
molecule_unref (SwMoleculeData *molecule)
{
  if (molecule == NULL || --molecule->n_refs > 0)
    return;
  g_free (molecule->positions);
  g_free (molecule->radii);
  g_free (molecule->elements);
  g_free (molecule->colors);
  g_free (molecule->residue_of);
  g_free (molecule->bonds);
  g_free (molecule->residues);
  g_free (molecule);
}

static float
default_radius (unsigned element)
{
  switch (element)
    {
    case 1:
      return 1.1f;
    case 6:
      return 1.7f;
    case 7:
      return 1.55f;
    case 8:
      return 1.52f;
    case 15:
    case 16:
      return 1.8f;
    case 0:
      return 1.7f;
    default:
      return element < 10 ? 1.5f : 2.0f;
    }
}

static SwMoleculeData *
molecule_new (const SwMolecule *source)
{
  SwMoleculeData *molecule = g_new0 (SwMoleculeData, 1);
  molecule->serial = next_serial ();
  molecule->n_atoms = source->n_atoms;
  molecule->positions = g_memdup2 (source->positions, source->n_atoms * sizeof *source->positions);
  molecule->radii = g_new (float, MAX (source->n_atoms, 1));
  molecule->elements = g_malloc (MAX (source->n_atoms, 1));
  for (size_t a = 0; a < source->n_atoms; a++)
    {
      molecule->elements[a] = source->elements != NULL ? source->elements[a] : 6;
      molecule->radii[a]
          = source->radii != NULL ? source->radii[a] : default_radius (molecule->elements[a]);
      const float *p = source->positions[a];
      const double r = sqrt ((double) p[0] * p[0] + (double) p[1] * p[1] + (double) p[2] * p[2]);
      if (isfinite (r))
        molecule->radius = fmax (molecule->radius, r + molecule->radii[a]);
    }
  if (source->colors != NULL)
    molecule->colors = g_memdup2 (source->colors, source->n_atoms * sizeof *source->colors);
  if (source->residue_of != NULL && source->residues != NULL)
    {
      molecule->residue_of = g_memdup2 (source->residue_of, source->n_atoms * sizeof (uint32_t));
      molecule->n_residues = source->n_residues;
      molecule->residues
          = g_memdup2 (source->residues, source->n_residues * sizeof *source->residues);
    }
  for (size_t r = 0; r < molecule->n_residues; r++)
    molecule->n_chains = MAX (molecule->n_chains, molecule->residues[r].chain + 1);
  if (source->bonds != NULL)
    {
      molecule->n_bonds = source->n_bonds;
      molecule->bonds = g_memdup2 (source->bonds, source->n_bonds * sizeof *source->bonds);
    }
  return molecule;
}

static double
grid_radius (const SwGridGeometry *grid)
{
  double square = 0.0;
  for (int i = 0; i < 3; i++)
    {
      const double half = 0.5 * (double) grid->n[2 - i] * grid->spacing;
      square += pow (fabs (grid->centre[i]) + half, 2.0);
    }
  return sqrt (square);
}

static void
field_unref (SwFieldData *field)
{
  if (field == NULL || --field->n_refs > 0)
    return;
  g_free (field->data);
  g_free (field);
}

static SwFieldData *
field_new (unsigned l, const SwGridGeometry *grid, const float *data)
{
  SwFieldData *field = g_new0 (SwFieldData, 1);
  field->serial = next_serial ();
  field->l = l;
  field->grid = *grid;
  field->n_voxels = grid->n[0] * grid->n[1] * grid->n[2];
  const size_t n_m = 2 * l + 1;
  field->data = g_memdup2 (data, n_m * field->n_voxels * sizeof *data);
  double max = 0.0;
  for (size_t v = 0; v < field->n_voxels; v++)
    {
      double square = 0.0;
      for (size_t m = 0; m < n_m; m++)
        square += (double) data[m * field->n_voxels + v] * data[m * field->n_voxels + v];
      if (square > max && isfinite (square))
        max = square;
      if (l == 0 && data[v] < 0.0f)
        field->has_negative = true;
    }
  field->max = sqrt (max);
  field->radius = grid_radius (grid);
  return field;
}

/* ---- making */

SwScene *
sw_scene_new (void)
{
  SwScene *scene = g_new0 (SwScene, 1);
  scene->n_panes = 1;
  scene->is_linked = true;
  scene->depth_cue = scene->occlusion = scene->outline = 1.0;
  for (int i = 0; i < SW_PANES_MAX; i++)
    {
      SwPane *pane = &scene->panes[i];
      pane->input_rotation = pane->density.rotation = pane->field.rotation = SW_QUAT_IDENTITY;
      pane->highlight = -1;
      pane->label = g_strdup ("");
      sw_camera_init (&pane->camera);
    }
  return scene;
}

void
sw_scene_free (SwScene *scene)
{
  if (scene == NULL)
    return;
  for (int i = 0; i < SW_PANES_MAX; i++)
    {
      SwPane *pane = &scene->panes[i];
      molecule_unref (pane->molecule);
      field_unref (pane->density.data);
      field_unref (pane->field.data);
      sw_glyph_seeds_clear (&pane->seeds);
      g_free (pane->label);
    }
  g_free (scene);
}

/* Runs over the panes a setter was asked for. */
#define FOR_PANES(pane_, index)                                                                    \
  g_return_if_fail (scene != NULL && (index) < SW_PANES_MAX && (index) >= SW_PANE_ALL);            \
  for (SwPane *pane_ = &scene->panes[(index) < 0 ? 0 : (index)],                                   \
              *end_ = (index) < 0 ? scene->panes + SW_PANES_MAX : pane_ + 1;                       \
       pane_ < end_; pane_++)

void
sw_scene_set_molecule (SwScene *scene, int pane, const SwMolecule *molecule)
{
  SwMoleculeData *data = molecule != NULL && molecule->n_atoms > 0 ? molecule_new (molecule) : NULL;
  FOR_PANES (p, pane)
  {
    if (data != NULL)
      data->n_refs++;
    molecule_unref (p->molecule);
    p->molecule = data;
    p->highlight = -1;
  }
}

void
sw_scene_set_molecule_style (SwScene *scene, int pane, SwMoleculeStyle style, SwColorScheme scheme)
{
  FOR_PANES (p, pane)
  {
    p->style = style;
    p->scheme = scheme;
  }
}

void
sw_scene_set_atom_colors (SwScene *scene, int pane, size_t n_atoms, const uint8_t (*colors)[4])
{
  SwMoleculeData *old = NULL, *made = NULL;
  FOR_PANES (p, pane)
  {
    if (p->molecule == NULL)
      continue;
    g_return_if_fail (p->molecule->n_atoms == n_atoms || p->molecule == made);
    if (made == NULL || p->molecule != old)
      {
        old = p->molecule;
        made = molecule_new (&(SwMolecule){
            .n_atoms = old->n_atoms,
            .positions = (const float (*)[3]) old->positions,
            .radii = old->radii,
            .elements = old->elements,
            .colors = colors,
            .residue_of = old->residue_of,
            .n_bonds = old->n_bonds,
            .bonds = (const uint32_t (*)[2]) old->bonds,
            .n_residues = old->n_residues,
            .residues = old->residues,
        });
      }
    made->n_refs++;
    molecule_unref (p->molecule);
    p->molecule = made;
    p->scheme = SW_COLOR_GIVEN;
  }
}

void
sw_scene_set_input_rotation (SwScene *scene, int pane, SwQuat rotation)
{
  FOR_PANES (p, pane)
  p->input_rotation = rotation;
}

void
sw_scene_set_highlight (SwScene *scene, int pane, int64_t atom)
{
  FOR_PANES (p, pane)
  p->highlight = p->molecule != NULL && atom < (int64_t) p->molecule->n_atoms ? atom : -1;
}

static void
set_place (SwFieldPlace *place, SwFieldData *data, const SwFieldStyle *style)
{
  if (data != NULL)
    data->n_refs++;
  field_unref (place->data);
  place->data = data;
  if (style != NULL)
    place->style = *style;
}

static bool
grid_is_sane (const SwGridGeometry *grid)
{
  size_t n = 1;
  for (int i = 0; i < 3; i++)
    {
      if (grid->n[i] == 0 || grid->n[i] > 1024)
        return false;
      n *= grid->n[i];
    }
  return n > 0 && grid->spacing > 0.0 && isfinite (grid->spacing);
}

void
sw_scene_set_density (SwScene *scene,
                      int pane,
                      const SwGridGeometry *grid,
                      const float *data,
                      const SwFieldStyle *style)
{
  g_return_if_fail (data == NULL || (grid != NULL && grid_is_sane (grid)));
  SwFieldData *made = data != NULL ? field_new (0, grid, data) : NULL;
  FOR_PANES (p, pane)
  set_place (&p->density, made, style);
}

void
sw_scene_set_density_style (SwScene *scene, int pane, const SwFieldStyle *style)
{
  FOR_PANES (p, pane)
  p->density.style = *style;
}

void
sw_scene_set_field (SwScene *scene,
                    int pane,
                    unsigned l,
                    const SwGridGeometry *grid,
                    const float *data,
                    const SwFieldStyle *style)
{
  g_return_if_fail (l <= SW_SCENE_L_MAX);
  g_return_if_fail (data == NULL || (grid != NULL && grid_is_sane (grid)));
  SwFieldData *made = data != NULL ? field_new (l, grid, data) : NULL;
  FOR_PANES (p, pane)
  set_place (&p->field, made, style);
}

void
sw_scene_set_field_style (SwScene *scene, int pane, const SwFieldStyle *style)
{
  FOR_PANES (p, pane)
  p->field.style = *style;
}

void
sw_scene_set_density_rotation (SwScene *scene, int pane, SwQuat rotation)
{
  FOR_PANES (p, pane)
  p->density.rotation = rotation;
}

void
sw_scene_set_field_rotation (SwScene *scene, int pane, SwQuat rotation)
{
  FOR_PANES (p, pane)
  p->field.rotation = rotation;
}

void
sw_scene_set_box (SwScene *scene, int pane, const SwGridGeometry *grid, size_t tick)
{
  g_return_if_fail (grid == NULL || grid_is_sane (grid));
  FOR_PANES (p, pane)
  {
    p->has_box = grid != NULL;
    if (grid != NULL)
      p->box = *grid;
    p->tick = tick;
  }
}

void
sw_scene_set_background (SwScene *scene, SwBackground background)
{
  scene->background = background;
}

void
sw_scene_set_n_panes (SwScene *scene, unsigned n_panes)
{
  scene->n_panes = CLAMP (n_panes, 1, SW_PANES_MAX);
}

unsigned
sw_scene_get_n_panes (const SwScene *scene)
{
  return scene->n_panes;
}

void
sw_scene_set_label (SwScene *scene, int pane, const char *label)
{
  FOR_PANES (p, pane)
  {
    char *copy = g_strdup (label != NULL ? label : "");
    g_free (p->label);
    p->label = copy;
  }
}

const char *
sw_scene_get_label (const SwScene *scene, unsigned pane)
{
  return scene->panes[MIN (pane, SW_PANES_MAX - 1)].label;
}

void
sw_scene_set_camera_linked (SwScene *scene, bool linked)
{
  scene->is_linked = linked;
}

void
sw_scene_set_camera (SwScene *scene, int pane, const SwCamera *camera)
{
  const int which = scene->is_linked ? SW_PANE_ALL : pane;
  FOR_PANES (p, which)
  p->camera = *camera;
}

void
sw_scene_get_camera (const SwScene *scene, unsigned pane, SwCamera *ret_camera)
{
  *ret_camera = scene->panes[MIN (pane, SW_PANES_MAX - 1)].camera;
}

void
sw_scene_set_effects (SwScene *scene, double depth_cue, double occlusion, double outline)
{
  scene->depth_cue = CLAMP (depth_cue, 0.0, 1.0);
  scene->occlusion = CLAMP (occlusion, 0.0, 1.0);
  scene->outline = CLAMP (outline, 0.0, 1.0);
}

/* ---- looking */

double
sw_scene_get_radius (const SwScene *scene, unsigned pane)
{
  const SwPane *p = &scene->panes[MIN (pane, SW_PANES_MAX - 1)];
  double radius = 1.0;
  if (p->molecule != NULL && p->style != SW_MOLECULE_OFF)
    radius = fmax (radius, p->molecule->radius);
  if (p->density.data != NULL && !p->has_box)
    radius = fmax (radius, p->density.data->radius);
  if (p->field.data != NULL && !p->has_box)
    radius = fmax (radius, p->field.data->radius);
  if (p->has_box)
    radius = fmax (radius, grid_radius (&p->box));
  return radius;
}

void
sw_scene_get_pane_rectangle (
    const SwScene *scene, unsigned pane, double width, double height, SwRectangle *ret)
{
  const unsigned columns = scene->n_panes == 4 ? 2 : scene->n_panes;
  const unsigned rows = scene->n_panes == 4 ? 2 : 1;
  /* Whole units, so that neighbours meet in a picture of pixels. */
  const double x0 = floor (width * (pane % columns) / columns);
  const double x1 = floor (width * (pane % columns + 1) / columns);
  const double y0 = floor (height * (pane / columns) / rows);
  const double y1 = floor (height * (pane / columns + 1) / rows);
  *ret = (SwRectangle){ x0, y0, x1 - x0, y1 - y0 };
}

bool
sw_scene_pane_at (
    const SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane)
{
  for (unsigned i = 0; i < scene->n_panes; i++)
    {
      SwRectangle r;
      sw_scene_get_pane_rectangle (scene, i, width, height, &r);
      if (x >= r.x && y >= r.y && x < r.x + r.width && y < r.y + r.height)
        {
          *ret_pane = i;
          return true;
        }
    }
  return false;
}

void
sw_scene_fit (SwScene *scene, int pane, double width, double height)
{
  SwRectangle r;
  sw_scene_get_pane_rectangle (scene, 0, width, height, &r);
  double radius = 0.0;
  if (scene->is_linked || pane < 0)
    for (unsigned i = 0; i < scene->n_panes; i++)
      radius = fmax (radius, sw_scene_get_radius (scene, i));
  else
    radius = sw_scene_get_radius (scene, (unsigned) pane);
  const int which = scene->is_linked ? SW_PANE_ALL : pane;
  FOR_PANES (p, which)
  sw_camera_fit (&p->camera, (const double[3]){ 0.0, 0.0, 0.0 }, radius,
                 r.height > 0.0 ? r.width / r.height : 1.0);
}

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
  if (ret->display == SW_DISPLAY_ARROWS && data->l != 1)
    ret->display = data->l == 0 ? SW_DISPLAY_VOLUME : SW_DISPLAY_GLYPHS;
  const bool is_glyph = ret->display == SW_DISPLAY_GLYPHS;
  ret->is_diverging
      = (is_glyph && data->l > 0) || (data->l == 0 && !is_density && !style->is_sequential);
  ret->colormap = style->colormap;
  if (!style->has_colormap || sw_colormap_is_diverging (style->colormap) != ret->is_diverging)
    {
      if (ret->is_diverging)
        ret->colormap = SW_COLORMAP_BLUE_ORANGE;
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
  };
  ret->threshold = style->threshold > 0.0   ? fmin (style->threshold, 1.0)
                   : style->threshold < 0.0 ? 0.0
                                            : thresholds[ret->display];
  ret->opacity = style->opacity > 0.0                                  ? fmin (style->opacity, 1.0)
                 : is_density && ret->display == SW_DISPLAY_ISOSURFACE ? 0.35
                                                                       : 1.0;
  ret->glyph_scale = style->glyph_scale > 0.0 ? style->glyph_scale : 1.0;
  ret->n_glyphs_max = style->n_glyphs_max > 0 ? MIN (style->n_glyphs_max, 100000) : 500;
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
  if (place->data == NULL)
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
  if (look.display == SW_DISPLAY_ARROWS || look.display == SW_DISPLAY_GLYPHS)
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

/* ---- how the molecule looks */

SwMoleculeStyle
sw_pane_get_style (const SwPane *pane)
{
  const SwMoleculeData *molecule = pane->molecule;
  if (molecule == NULL)
    return SW_MOLECULE_OFF;
  size_t n_trace = 0;
  for (size_t r = 0; r < molecule->n_residues && n_trace < 2; r++)
    n_trace += molecule->residues[r].ca >= 0;
  SwMoleculeStyle style = pane->style;
  if (style == SW_MOLECULE_AUTO)
    style = molecule->n_atoms > SW_MOLECULE_AUTO_ATOMS ? SW_MOLECULE_CARTOON
                                                       : SW_MOLECULE_BALL_AND_STICK;
  if ((style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE) && n_trace < 2)
    style = SW_MOLECULE_BALL_AND_STICK;
  return style;
}

SwColorScheme
sw_pane_get_scheme (const SwPane *pane)
{
  if (pane->scheme == SW_COLOR_GIVEN && pane->molecule != NULL && pane->molecule->colors != NULL)
    return SW_COLOR_GIVEN;
  if (pane->scheme != SW_COLOR_AUTO && pane->scheme != SW_COLOR_GIVEN)
    return pane->scheme;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  if (style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE)
    return pane->molecule->n_chains > 1 ? SW_COLOR_CHAIN : SW_COLOR_RAINBOW;
  return SW_COLOR_ELEMENT;
}

float
sw_pane_get_ball_radius (SwMoleculeStyle style, const SwMoleculeData *molecule, size_t atom)
{
  switch (style)
    {
    case SW_MOLECULE_SPHERES:
      return molecule->radii[atom];
    case SW_MOLECULE_BALL_AND_STICK:
      return 0.24f * molecule->radii[atom];
    case SW_MOLECULE_STICKS:
      return 0.22f;
    case SW_MOLECULE_CARTOON:
    case SW_MOLECULE_TRACE:
      if (molecule->residue_of != NULL && molecule->residues[molecule->residue_of[atom]].ca >= 0)
        return 0.0f;
      return 0.24f * molecule->radii[atom];
    default:
      return 0.0f;
    }
}

void
sw_pane_get_atom_color (const SwPane *pane, SwColorScheme scheme, size_t atom, uint8_t ret[4])
{
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeResidue *residue
      = molecule->residue_of != NULL ? &molecule->residues[molecule->residue_of[atom]] : NULL;
  switch (scheme)
    {
    case SW_COLOR_GIVEN:
      memcpy (ret, molecule->colors[atom], 4);
      return;
    case SW_COLOR_CHAIN:
      sw_color_chain (residue != NULL ? residue->chain : 0, ret);
      return;
    case SW_COLOR_RAINBOW:
      sw_color_rainbow (molecule->n_residues > 1 ? (double) molecule->residue_of[atom]
                                                       / (double) (molecule->n_residues - 1)
                                                 : 0.0,
                        ret);
      return;
    case SW_COLOR_SECONDARY:
      sw_color_secondary (residue != NULL ? residue->secondary : 0, ret);
      return;
    default:
      sw_color_element (molecule->elements[atom], ret);
    }
}

/* ---- names */

static const char *const style_names[SW_N_MOLECULE_STYLES] = {
  "auto", "ball-and-stick", "sticks", "spheres", "trace", "cartoon", "off",
};
static const char *const scheme_names[SW_N_COLOR_SCHEMES] = {
  "auto", "element", "chain", "rainbow", "secondary", "given",
};
static const char *const display_names[SW_N_DISPLAYS] = {
  "auto", "volume", "isosurface", "arrows", "glyphs",
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
