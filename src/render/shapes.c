/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

SwMesh
sw_mesh_new (void)
{
  return (SwMesh){ g_array_new (FALSE, FALSE, sizeof (SwMeshVertex)),
                   g_array_new (FALSE, FALSE, sizeof (uint32_t)) };
}

void
sw_mesh_clear (SwMesh *mesh)
{
  g_clear_pointer (&mesh->vertices, g_array_unref);
  g_clear_pointer (&mesh->indices, g_array_unref);
}

static bool
is_finite (const float p[3])
{
  return isfinite (p[0]) && isfinite (p[1]) && isfinite (p[2]);
}

/* Schemes that say something of an atom beside the chain, too. */
static bool
is_per_atom (SwColorScheme scheme)
{
  return scheme == SW_COLOR_GIVEN || scheme == SW_COLOR_B_FACTOR || scheme == SW_COLOR_PLDDT;
}

GArray *
sw_molecule_spheres (const SwPane *pane)
{
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  const SwColorScheme scheme = sw_pane_get_scheme (pane);
  /* What stands beside a ribbon in the ribbon's scheme would not be told apart. */
  const bool is_ribbon = style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE;
  const SwColorScheme ball_scheme
      = is_ribbon && !is_per_atom (scheme) ? SW_COLOR_ELEMENT : scheme;
  GArray *spheres = g_array_new (FALSE, FALSE, sizeof (SwSphereInstance));
  for (size_t a = 0; a < molecule->n_atoms; a++)
    {
      SwSphereInstance sphere = { .radius = sw_pane_get_ball_radius (style, molecule, a) };
      if (sphere.radius <= 0.0f || !is_finite (molecule->positions[a]))
        continue;
      memcpy (sphere.centre, molecule->positions[a], sizeof sphere.centre);
      sw_pane_get_atom_color (pane, ball_scheme, a, sphere.color);
      g_array_append_val (spheres, sphere);
    }
  return spheres;
}

GArray *
sw_molecule_cylinders (const SwPane *pane)
{
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  const SwColorScheme scheme = sw_pane_get_scheme (pane);
  const bool is_ribbon = style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE;
  const SwColorScheme ball_scheme
      = is_ribbon && !is_per_atom (scheme) ? SW_COLOR_ELEMENT : scheme;
  GArray *cylinders = g_array_new (FALSE, FALSE, sizeof (SwCylinderInstance));
  if (style == SW_MOLECULE_SPHERES)
    return cylinders;
  for (size_t i = 0; i < molecule->n_bonds; i++)
    {
      const uint32_t a = molecule->bonds[i][0], b = molecule->bonds[i][1];
      if (a >= molecule->n_atoms || b >= molecule->n_atoms || !is_finite (molecule->positions[a])
          || !is_finite (molecule->positions[b])
          || sw_pane_get_ball_radius (style, molecule, a) <= 0.0f
          || sw_pane_get_ball_radius (style, molecule, b) <= 0.0f)
        continue;
      SwCylinderInstance cylinder = { .radius = style == SW_MOLECULE_STICKS ? 0.22f : 0.14f };
      memcpy (cylinder.start, molecule->positions[a], sizeof cylinder.start);
      memcpy (cylinder.end, molecule->positions[b], sizeof cylinder.end);
      sw_pane_get_atom_color (pane, ball_scheme, a, cylinder.color_start);
      sw_pane_get_atom_color (pane, ball_scheme, b, cylinder.color_end);
      g_array_append_val (cylinders, cylinder);
    }
  return cylinders;
}

static void
add_line (GArray *lines, const double a[3], const double b[3], double width, const uint8_t color[4])
{
  SwCylinderInstance line = { .radius = (float) (0.5 * width) };
  for (int i = 0; i < 3; i++)
    {
      line.start[i] = (float) a[i];
      line.end[i] = (float) b[i];
    }
  memcpy (line.color_start, color, 4);
  memcpy (line.color_end, color, 4);
  g_array_append_val (lines, line);
}

GArray *
sw_box_cylinders (const SwGridGeometry *grid, size_t tick, bool is_dark)
{
  static const uint8_t axes[3][4]
      = { { 214, 84, 74, 255 }, { 88, 168, 90, 255 }, { 74, 124, 214, 255 } };
  const uint8_t grey[4] = { is_dark ? 104 : 168, is_dark ? 110 : 174, is_dark ? 122 : 184, 255 };
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (SwCylinderInstance));
  const size_t n[3] = { grid->n[2], grid->n[1], grid->n[0] };
  const size_t n_max = MAX (n[0], MAX (n[1], n[2]));
  if (tick == 0)
    tick = n_max <= 12 ? 1 : n_max <= 32 ? 5 : n_max <= 128 ? 10 : 50;
  double low[3], high[3];
  for (int i = 0; i < 3; i++)
    {
      low[i] = grid->centre[i] - 0.5 * (double) n[i] * grid->spacing;
      high[i] = grid->centre[i] + 0.5 * (double) n[i] * grid->spacing;
    }
  const double length = 0.018 * (double) n_max * grid->spacing;
  for (int axis = 0; axis < 3; axis++)
    {
      const int u = (axis + 1) % 3, v = (axis + 2) % 3;
      for (int corner = 0; corner < 4; corner++)
        {
          double a[3], b[3];
          a[axis] = low[axis];
          b[axis] = high[axis];
          a[u] = b[u] = corner & 1 ? high[u] : low[u];
          a[v] = b[v] = corner & 2 ? high[v] : low[v];
          add_line (lines, a, b, corner == 0 ? 2.6 : 1.3, corner == 0 ? axes[axis] : grey);
        }
      for (size_t t = tick; t < n[axis]; t += tick)
        {
          double a[3], b[3];
          a[axis] = b[axis] = low[axis] + (double) t * grid->spacing;
          a[u] = low[u];
          b[u] = low[u] - length;
          a[v] = b[v] = low[v];
          add_line (lines, a, b, 1.6, axes[axis]);
        }
    }
  return lines;
}

float *
sw_field_norms (const SwFieldData *field)
{
  float *norms = g_new (float, field->n_voxels);
  for (size_t v = 0; v < field->n_voxels; v++)
    {
      double square = 0.0;
      for (size_t m = 0; m < 2 * field->l + 1; m++)
        square
            += (double) field->data[m * field->n_voxels + v] * field->data[m * field->n_voxels + v];
      norms[v] = isfinite (square) ? (float) sqrt (square) : 0.0f;
    }
  return norms;
}

uint8_t *
sw_volume_texture (const float *values,
                   const SwGridGeometry *grid,
                   double max,
                   bool is_signed,
                   double threshold,
                   float ret_low[3],
                   float ret_high[3])
{
  const size_t nx = grid->n[2], ny = grid->n[1], nz = grid->n[0];
  uint8_t *texels = g_malloc (MAX (4 * nx * ny * nz, 1));
  size_t low[3] = { nx, ny, nz }, high[3] = { 0, 0, 0 };
  const double unit = max > 0.0 ? 1.0 / max : 0.0;
  for (size_t z = 0; z < nz; z++)
    for (size_t y = 0; y < ny; y++)
      for (size_t x = 0; x < nx; x++)
        {
          const size_t v = (z * ny + y) * nx + x;
          const double value = isfinite (values[v]) ? values[v] * unit : 0.0;
          const size_t before[3]
              = { x > 0 ? v - 1 : v, y > 0 ? v - nx : v, z > 0 ? v - nx * ny : v };
          const size_t after[3]
              = { x + 1 < nx ? v + 1 : v, y + 1 < ny ? v + nx : v, z + 1 < nz ? v + nx * ny : v };
          double gradient[3], square = 0.0;
          for (int i = 0; i < 3; i++)
            {
              gradient[i] = (values[after[i]] - values[before[i]]) * unit;
              gradient[i] = isfinite (gradient[i]) ? gradient[i] : 0.0;
              square += gradient[i] * gradient[i];
            }
          /* Full length from a twentieth of the range per voxel on: direction is what counts. */
          const double scale
              = square > 0.0 ? fmin (1.0, sqrt (square) * 10.0) / sqrt (square) : 0.0;
          for (int i = 0; i < 3; i++)
            texels[4 * v + (size_t) i] = (uint8_t) lround (127.5 + 127.0 * gradient[i] * scale);
          const double shown = is_signed ? 0.5 + 0.5 * value : value;
          texels[4 * v + 3] = (uint8_t) lround (255.0 * fmin (fmax (shown, 0.0), 1.0));
          if (fabs (value) * max >= threshold && value != 0.0)
            {
              const size_t place[3] = { x, y, z };
              for (int i = 0; i < 3; i++)
                {
                  low[i] = MIN (low[i], place[i]);
                  high[i] = MAX (high[i], place[i] + 1);
                }
            }
        }
  for (int i = 0; i < 3; i++)
    {
      const double n = (double) grid->n[2 - i];
      ret_low[i] = (float) fmax (0.0, ((double) low[i] - 0.5) / n);
      ret_high[i] = (float) fmin (1.0, ((double) high[i] + 0.5) / n);
    }
  return texels;
}

void
sw_icosphere (unsigned level, GArray **ret_directions, GArray **ret_indices)
{
  static const float golden = 1.6180339887f;
  const float base[12][3] = {
    { -1, golden, 0 }, { 1, golden, 0 }, { -1, -golden, 0 }, { 1, -golden, 0 },
    { 0, -1, golden }, { 0, 1, golden }, { 0, -1, -golden }, { 0, 1, -golden },
    { golden, 0, -1 }, { golden, 0, 1 }, { -golden, 0, -1 }, { -golden, 0, 1 },
  };
  static const uint16_t faces[60]
      = { 0, 11, 5,  0, 5,  1, 0, 1, 7, 0, 7,  10, 0, 10, 11, 1, 5, 9, 5, 11,
          4, 11, 10, 2, 10, 7, 6, 7, 1, 8, 3,  9,  4, 3,  4,  2, 3, 2, 6, 3,
          6, 8,  3,  8, 9,  4, 9, 5, 2, 4, 11, 6,  2, 10, 8,  6, 7, 9, 8, 1 };
  GArray *directions = g_array_new (FALSE, FALSE, 3 * sizeof (float));
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (uint16_t));
  for (int i = 0; i < 12; i++)
    {
      const float length = sqrtf (1.0f + golden * golden);
      const float v[3] = { base[i][0] / length, base[i][1] / length, base[i][2] / length };
      g_array_append_val (directions, v);
    }
  g_array_append_vals (indices, faces, 60);
  for (unsigned step = 0; step < level; step++)
    {
      GHashTable *middles = g_hash_table_new (NULL, NULL);
      GArray *finer = g_array_new (FALSE, FALSE, sizeof (uint16_t));
      for (guint t = 0; t < indices->len; t += 3)
        {
          uint16_t corner[3], middle[3];
          memcpy (corner, &g_array_index (indices, uint16_t, t), sizeof corner);
          for (int k = 0; k < 3; k++)
            {
              const guint a = MIN (corner[k], corner[(k + 1) % 3]);
              const guint b = MAX (corner[k], corner[(k + 1) % 3]);
              const gpointer key = GUINT_TO_POINTER (a << 16 | b);
              guint found = GPOINTER_TO_UINT (g_hash_table_lookup (middles, key));
              if (found == 0)
                {
                  const float *p = (const float *) directions->data + 3 * a;
                  const float *q = (const float *) directions->data + 3 * b;
                  float v[3] = { p[0] + q[0], p[1] + q[1], p[2] + q[2] };
                  const float length = sqrtf (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
                  for (int i = 0; i < 3; i++)
                    v[i] /= length;
                  g_array_append_val (directions, v);
                  found = directions->len - 1; /* never 0: the first twelve are there */
                  g_hash_table_insert (middles, key, GUINT_TO_POINTER (found));
                }
              middle[k] = (uint16_t) found;
            }
          const uint16_t parts[12]
              = { corner[0], middle[0], middle[2], corner[1], middle[1], middle[0],
                  corner[2], middle[2], middle[1], middle[0], middle[1], middle[2] };
          g_array_append_vals (finer, parts, 12);
        }
      g_hash_table_unref (middles);
      g_array_unref (indices);
      indices = finer;
    }
  *ret_directions = directions;
  *ret_indices = indices;
}

void
sw_arrow_mesh (unsigned n_sides, GArray **ret_vertices, GArray **ret_indices)
{
  /* Radius, height, and the normal's radial and axial part; pairs of rings make bands. */
  static const float rings[][4] = {
    { 0.0f, -0.5f, 0.0f, -1.0f },    { 0.055f, -0.5f, 0.0f, -1.0f }, { 0.055f, -0.5f, 1.0f, 0.0f },
    { 0.055f, 0.12f, 1.0f, 0.0f },   { 0.055f, 0.12f, 0.0f, -1.0f }, { 0.14f, 0.12f, 0.0f, -1.0f },
    { 0.14f, 0.12f, 0.94f, 0.346f }, { 0.0f, 0.5f, 0.94f, 0.346f },
  };
  GArray *vertices = g_array_new (FALSE, TRUE, sizeof (SwMeshVertex));
  GArray *indices = g_array_new (FALSE, FALSE, sizeof (uint16_t));
  for (size_t ring = 0; ring < G_N_ELEMENTS (rings); ring++)
    for (unsigned side = 0; side < n_sides; side++)
      {
        const float angle = (float) (2.0 * M_PI * side / n_sides);
        const SwMeshVertex v = {
          .position
          = { rings[ring][0] * cosf (angle), rings[ring][0] * sinf (angle), rings[ring][1] },
          .normal
          = { rings[ring][2] * cosf (angle), rings[ring][2] * sinf (angle), rings[ring][3] },
        };
        g_array_append_val (vertices, v);
      }
  for (unsigned band = 0; band < G_N_ELEMENTS (rings) / 2; band++)
    for (unsigned side = 0; side < n_sides; side++)
      {
        const uint16_t a = (uint16_t) (2 * band * n_sides + side);
        const uint16_t b = (uint16_t) (2 * band * n_sides + (side + 1) % n_sides);
        const uint16_t quad[6] = {
          a, b, (uint16_t) (b + n_sides), a, (uint16_t) (b + n_sides), (uint16_t) (a + n_sides)
        };
        g_array_append_vals (indices, quad, 6);
      }
  *ret_vertices = vertices;
  *ret_indices = indices;
}
