/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/scene-private.h"

#include <math.h>
#include <stdlib.h>
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
  g_free (molecule->b_factors);
  g_strfreev (molecule->chain_names);
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

static int
smaller_first (const void *a, const void *b)
{
  const float p = *(const float *) a, q = *(const float *) b;
  return (p > q) - (p < q);
}

/* A few loose ends would take the whole range of a scale. */
static void
find_b_range (SwMoleculeData *molecule)
{
  g_autofree float *sorted = g_new (float, molecule->n_atoms);
  size_t n = 0;
  for (size_t a = 0; a < molecule->n_atoms; a++)
    if (isfinite (molecule->b_factors[a]))
      sorted[n++] = molecule->b_factors[a];
  qsort (sorted, n, sizeof *sorted, smaller_first);
  molecule->b_low = n > 0 ? sorted[(n - 1) / 20] : 0.0f;
  molecule->b_high = n > 0 ? sorted[n - 1 - (n - 1) / 20] : 0.0f;
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
  if (source->b_factors != NULL)
    {
      molecule->b_factors = g_memdup2 (source->b_factors, source->n_atoms * sizeof (float));
      find_b_range (molecule);
    }
  molecule->chain_names = g_strdupv ((char **) source->chain_names);
  if (source->bonds != NULL)
    {
      molecule->n_bonds = source->n_bonds;
      molecule->bonds = g_memdup2 (source->bonds, source->n_bonds * sizeof *source->bonds);
    }
  return molecule;
}

static void
triangles_unref (SwTrianglesData *triangles)
{
  if (triangles == NULL || --triangles->n_refs > 0)
    return;
  g_free (triangles->vertices);
  g_free (triangles->triangles);
  g_free (triangles);
}

static SwTrianglesData *
triangles_new (const SwTriangles *source)
{
  SwTrianglesData *triangles = g_new0 (SwTrianglesData, 1);

  triangles->serial = next_serial ();
  triangles->n_vertices = source->n_vertices;
  triangles->n_triangles = source->n_triangles;
  triangles->vertices = g_memdup2 (source->vertices, source->n_vertices * sizeof *source->vertices);
  triangles->triangles = g_memdup2 (source->triangles, source->n_triangles * sizeof *source->triangles);
  for (size_t v = 0; v < source->n_vertices; v++)
    {
      const float *p = source->vertices[v];
      const double r = sqrt ((double) p[0] * p[0] + (double) p[1] * p[1] + (double) p[2] * p[2]);
      if (isfinite (r))
        triangles->radius = fmax (triangles->radius, r);
    }
  return triangles;
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
      triangles_unref (pane->triangles);
      field_unref (pane->density.data);
      field_unref (pane->field.data);
      sw_glyph_seeds_clear (&pane->seeds);
      g_free (pane->label);
    }
  g_free (scene);
}

static SwMoleculeData *
molecule_dup (const SwMoleculeData *old, const uint8_t (*colors)[4])
{
  return molecule_new (&(SwMolecule){
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
      .b_factors = old->b_factors,
      .chain_names = (const char *const *) old->chain_names,
  });
}

static void
field_place_dup (const SwFieldPlace *from, SwFieldPlace *to)
{
  *to = *from;
  if (from->data != NULL)
    {
      to->data = field_new (from->data->l, &from->data->grid, from->data->data);
      to->data->n_refs = 1;
    }
}

SwScene *
sw_scene_dup (const SwScene *scene)
{
  SwScene *copy = g_memdup2 (scene, sizeof *scene);
  for (int i = 0; i < SW_PANES_MAX; i++)
    {
      const SwPane *from = &scene->panes[i];
      SwPane *to = &copy->panes[i];
      if (from->molecule != NULL)
        {
          to->molecule = molecule_dup (from->molecule, (const uint8_t (*)[4]) from->molecule->colors);
          to->molecule->n_refs = 1;
        }
      field_place_dup (&from->density, &to->density);
      field_place_dup (&from->field, &to->field);
      to->label = g_strdup (from->label);
      to->seeds = (SwGlyphSeeds){ 0 };
      to->seeds_serial = 0;
    }
  return copy;
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
sw_scene_set_triangles (SwScene *scene, int pane, const SwTriangles *triangles)
{
  SwTrianglesData *data = triangles != NULL && triangles->n_triangles > 0 ? triangles_new (triangles) : NULL;
  FOR_PANES (p, pane)
  {
    if (data != NULL)
      data->n_refs++;
    triangles_unref (p->triangles);
    p->triangles = data;
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
        made = molecule_dup (old, colors);
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

SwBackground
sw_scene_get_background (const SwScene *scene)
{
  return scene->background;
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
  if (p->triangles != NULL && p->style != SW_MOLECULE_OFF)
    radius = fmax (radius, p->triangles->radius);
  if (p->density.data != NULL && !p->density.style.is_hidden && !p->has_box)
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
