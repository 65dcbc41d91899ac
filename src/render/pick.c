/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies under a point of the picture: a ray against spheres, on the processor. */
#include "render/scene-private.h"

#include <math.h>
#include <string.h>

/* The ray of a point, in the frame before rotation. */
static bool
pick_ray (SwScene *scene,
          double x,
          double y,
          double width,
          double height,
          unsigned *ret_pane,
          double ret_origin[3],
          double ret_direction[3])
{
  unsigned index;
  if (!sw_scene_pane_at (scene, x, y, width, height, &index))
    return false;
  SwRectangle r;
  sw_scene_get_pane_rectangle (scene, index, width, height, &r);
  sw_camera_ray (&scene->panes[index].camera, x - r.x, y - r.y, r.width, r.height, ret_origin,
                 ret_direction);
  *ret_pane = index;
  return true;
}

static void
turn_back (SwQuat rotation, double origin[3], double direction[3])
{
  double matrix[9], v[3];
  sw_quat_to_matrix (sw_quat_conjugate (rotation), matrix);
  sw_rotation_apply (matrix, origin, v);
  memcpy (origin, v, sizeof v);
  sw_rotation_apply (matrix, direction, v);
  memcpy (direction, v, sizeof v);
}

/* Distance along the ray to a sphere, or infinity. */
static double
hit_sphere (const double origin[3],
            const double direction[3],
            const double centre[3],
            double radius)
{
  double b = 0.0, c = -radius * radius;
  double along = 0.0, square = 0.0;
  for (int i = 0; i < 3; i++)
    along += (centre[i] - origin[i]) * direction[i];
  for (int i = 0; i < 3; i++)
    {
      const double d = centre[i] - origin[i] - along * direction[i];
      square += d * d;
    }
  b = along;
  c += square;
  return c <= 0.0 && b > 0.0 ? b - sqrt (-c) : INFINITY;
}

int64_t
sw_scene_pick (SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane)
{
  unsigned index;
  double origin[3], direction[3];
  if (!pick_ray (scene, x, y, width, height, &index, origin, direction))
    return -1;
  if (ret_pane != NULL)
    *ret_pane = index;
  const SwPane *pane = &scene->panes[index];
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  if (style == SW_MOLECULE_OFF)
    return -1;
  turn_back (pane->input_rotation, origin, direction);
  double best = INFINITY;
  int64_t found = -1;
  for (size_t a = 0; a < molecule->n_atoms; a++)
    {
      double radius = sw_pane_get_ball_radius (style, molecule, a);
      if (radius == 0.0)
        {
          /* The ribbon is picked by its C-alpha atoms, which lie near it; the surface by its atoms. */
          if (style == SW_MOLECULE_SURFACE)
            radius = (double) molecule->radii[a];
          else if (molecule->residues[molecule->residue_of[a]].ca != (int64_t) a)
            continue;
          else
            radius = 1.9;
        }
      const double centre[3]
          = { molecule->positions[a][0], molecule->positions[a][1], molecule->positions[a][2] };
      const double distance = hit_sphere (origin, direction, centre, radius);
      if (distance < best)
        {
          best = distance;
          found = (int64_t) a;
        }
    }
  return found;
}

int64_t
sw_scene_pick_glyph (
    SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane)
{
  unsigned index;
  double origin[3], direction[3];
  if (!pick_ray (scene, x, y, width, height, &index, origin, direction))
    return -1;
  if (ret_pane != NULL)
    *ret_pane = index;
  SwPane *pane = &scene->panes[index];
  const SwFieldData *data = pane->field.data;
  if (data == NULL)
    return -1;
  SwFieldLook look;
  sw_field_look (scene, &pane->field, false, &look);
  if (look.display != SW_DISPLAY_ARROWS && look.display != SW_DISPLAY_GLYPHS)
    return -1;
  const SwGlyphSeeds *seeds = sw_pane_get_seeds (scene, pane);
  turn_back (pane->field.rotation, origin, direction);
  double best = INFINITY;
  int64_t found = -1;
  for (size_t i = 0; i < seeds->n; i++)
    {
      const size_t *n = data->grid.n;
      const size_t v = seeds->voxels[i];
      const double centre[3] = {
        data->grid.centre[0]
            + ((double) (v % n[2]) - 0.5 * (double) (n[2] - 1)) * data->grid.spacing,
        data->grid.centre[1]
            + ((double) (v / n[2] % n[1]) - 0.5 * (double) (n[1] - 1)) * data->grid.spacing,
        data->grid.centre[2]
            + ((double) (v / (n[1] * n[2])) - 0.5 * (double) (n[0] - 1)) * data->grid.spacing,
      };
      const double radius = 0.9 * seeds->gap * data->grid.spacing * look.glyph_scale
                            * fmin (fmax (seeds->norms[i] / look.range_max, 0.1), 1.0);
      const double distance = hit_sphere (origin, direction, centre, radius);
      if (distance < best)
        {
          best = distance;
          found = (int64_t) v;
        }
    }
  return found;
}
