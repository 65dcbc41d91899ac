/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies under a point of the picture: a ray against spheres, on the processor. */
#include "render/shapes-private.h"

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
  if (look.display != SW_DISPLAY_ARROWS && look.display != SW_DISPLAY_GLYPHS && look.display != SW_DISPLAY_SUPERQUADRICS)
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

/* The ray in voxels of the field's grid: from origin, a voxel long. */
static bool
voxel_ray (SwScene *scene,
           double x,
           double y,
           double width,
           double height,
           unsigned *ret_pane,
           SwFieldLook *ret_look,
           double origin[3],
           double direction[3])
{
  if (!pick_ray (scene, x, y, width, height, ret_pane, origin, direction))
    return false;
  const SwPane *pane = &scene->panes[*ret_pane];
  const SwFieldData *data = pane->field.data;
  if (data == NULL || data->max <= 0.0)
    return false;
  sw_field_look (scene, &pane->field, false, ret_look);
  turn_back (pane->field.rotation, origin, direction);
  for (int i = 0; i < 3; i++)
    origin[i] = (origin[i] - data->grid.centre[i]) / data->grid.spacing + 0.5 * ((double) data->grid.n[2 - i] - 1.0);
  return true;
}

static bool
is_inside (const size_t n[3], const double place[3])
{
  for (int i = 0; i < 3; i++)
    if (!(place[i] >= -0.5 && place[i] < (double) n[2 - i] - 0.5))
      return false;
  return true;
}

static int64_t
voxel_of (const size_t n[3], const double place[3])
{
  int64_t at[3];
  for (int i = 0; i < 3; i++)
    at[i] = CLAMP ((int64_t) lround (place[i]), 0, (int64_t) n[2 - i] - 1);
  return (at[2] * (int64_t) n[1] + at[1]) * (int64_t) n[2] + at[0];
}

static int
hit_slice (const SwFieldData *data, const SwFieldLook *look, const double origin[3], const double direction[3], double ret_place[3])
{
  double best = INFINITY;
  int found = -1;
  for (int axis = 0; axis < 3; axis++)
    {
      const double t = (sw_slice_place (look, &data->grid, axis) - origin[axis]) / direction[axis];
      double place[3];
      if (!(t > 0.0 && t < best))
        continue;
      for (int i = 0; i < 3; i++)
        place[i] = origin[i] + t * direction[i];
      place[axis] = sw_slice_place (look, &data->grid, axis);
      if (!is_inside (data->grid.n, place))
        continue;
      best = t;
      found = axis;
      memcpy (ret_place, place, sizeof place);
    }
  return found;
}

int
sw_scene_pick_slice (SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane)
{
  unsigned pane;
  SwFieldLook look;
  double origin[3], direction[3], place[3];
  if (!voxel_ray (scene, x, y, width, height, &pane, &look, origin, direction) || look.display != SW_DISPLAY_SLICES)
    return -1;
  if (ret_pane != NULL)
    *ret_pane = pane;
  return hit_slice (scene->panes[pane].field.data, &look, origin, direction, place);
}

double
sw_scene_slice_drag (SwScene *scene, unsigned pane, int axis, double dx, double dy, double pane_height)
{
  const SwPane *p = &scene->panes[MIN (pane, SW_PANES_MAX - 1)];
  const SwFieldData *data = p->field.data;
  double matrix[9], normal[3], view[16];
  float world_view[16];
  if (data == NULL || axis < 0 || axis > 2 || pane_height <= 0.0)
    return 0.0;
  sw_camera_view_matrix (&p->camera, world_view);
  for (int i = 0; i < 16; i++)
    view[i] = (double) world_view[i];
  sw_quat_to_matrix (p->field.rotation, matrix);
  for (int i = 0; i < 3; i++)
    normal[i] = matrix[3 * i + axis];
  /* The normal on the screen; a plane seen from the front follows the pointer upwards. */
  double right = view[0] * normal[0] + view[4] * normal[1] + view[8] * normal[2];
  double up = view[1] * normal[0] + view[5] * normal[1] + view[9] * normal[2];
  const double square = right * right + up * up;
  if (square < 0.04)
    {
      right = 0.0;
      up = 1.0;
    }
  const double unit = 2.0 * p->camera.distance * tan (0.5 * p->camera.fov) / pane_height;
  const double moved = unit * (dx * right - dy * up) / fmax (square, 0.2);
  return moved / ((double) data->grid.n[2 - axis] * data->grid.spacing);
}

int64_t
sw_scene_pick_voxel (SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane)
{
  unsigned index;
  SwFieldLook look;
  double origin[3], direction[3], place[3];
  if (!voxel_ray (scene, x, y, width, height, &index, &look, origin, direction))
    return -1;
  if (ret_pane != NULL)
    *ret_pane = index;
  const SwFieldData *data = scene->panes[index].field.data;
  const size_t *n = data->grid.n;
  if (sw_display_has_seeds (look.display) && look.display != SW_DISPLAY_STREAMLINES)
    return sw_scene_pick_glyph (scene, x, y, width, height, NULL);
  if (look.display == SW_DISPLAY_SLICES)
    return hit_slice (data, &look, origin, direction, place) >= 0 ? voxel_of (n, place) : -1;
  /* From where the ray is nearest to the middle, half the diagonal back. */
  double along = 0.0, reach = 0.0;
  for (int i = 0; i < 3; i++)
    {
      along += (0.5 * ((double) n[2 - i] - 1.0) - origin[i]) * direction[i];
      reach += (double) (n[2 - i] * n[2 - i]);
    }
  reach = 0.5 * sqrt (reach);
  const double threshold = look.threshold * look.range_max;
  for (double t = fmax (along - reach, 0.0); t <= along + reach; t += 0.25)
    {
      double square = 0.0;
      for (int i = 0; i < 3; i++)
        place[i] = origin[i] + t * direction[i];
      if (!is_inside (n, place))
        continue;
      const int64_t voxel = voxel_of (n, place);
      for (size_t m = 0; m < 2 * data->l + 1; m++)
        square += (double) data->data[m * data->n_voxels + (size_t) voxel] * (double) data->data[m * data->n_voxels + (size_t) voxel];
      if (square > 0.0 && sqrt (square) >= threshold)
        return voxel;
    }
  return -1;
}
