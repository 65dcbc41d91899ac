/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marching tetrahedra: every cube of eight voxels is cut along its long diagonal into six
 * tetrahedra (Kuhn), whose faces match from cube to cube. There are no ambiguous cases, so the
 * surface is closed; vertices on an edge are shared through a table of the seven edges that start
 * at each voxel of two layers. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const float *values;
  const SwGridGeometry *grid;
  double level, sign;
  const uint8_t *color;
  SwMesh *mesh;
  size_t n[3];        /* x, y, z with the layer around */
  int32_t *layers[2]; /* [ny, nx, 7] */
} March;

static double
value_at (const March *march, const int p[3])
{
  const size_t *n = march->grid->n;
  const int x = p[0] - 1, y = p[1] - 1, z = p[2] - 1;
  if (x < 0 || y < 0 || z < 0 || x >= (int) n[2] || y >= (int) n[1] || z >= (int) n[0])
    return 0.0;
  const double value = march->values[((size_t) z * n[1] + (size_t) y) * n[2] + (size_t) x];
  return isfinite (value) ? march->sign * value : 0.0;
}

static void
gradient_at (const March *march, const int p[3], double ret[3])
{
  for (int i = 0; i < 3; i++)
    {
      int before[3] = { p[0], p[1], p[2] }, after[3] = { p[0], p[1], p[2] };
      before[i]--;
      after[i]++;
      ret[i] = value_at (march, after) - value_at (march, before);
    }
}

/* The vertex between two corners of a cube; a's offset is within b's. */
static uint32_t
edge_vertex (March *march, const int cube[3], unsigned corner_a, unsigned corner_b)
{
  const unsigned from = corner_a & corner_b, direction = corner_a ^ corner_b;
  const int a[3] = { cube[0] + (int) (from & 1), cube[1] + (int) (from >> 1 & 1),
                     cube[2] + (int) (from >> 2 & 1) };
  const int b[3] = { a[0] + (int) (direction & 1), a[1] + (int) (direction >> 1 & 1),
                     a[2] + (int) (direction >> 2 & 1) };
  int32_t *slot
      = &march->layers[a[2] & 1][((size_t) a[1] * march->n[0] + (size_t) a[0]) * 7 + direction - 1];
  if (*slot >= 0)
    return (uint32_t) *slot;
  const double va = value_at (march, a), vb = value_at (march, b);
  const double t = (march->level - va) / (vb - va);
  double ga[3], gb[3], length = 0.0;
  gradient_at (march, a, ga);
  gradient_at (march, b, gb);
  SwMeshVertex vertex;
  for (int i = 0; i < 3; i++)
    {
      const double place = a[i] + t * (b[i] - a[i]) - 1.0;
      vertex.position[i]
          = (float) (march->grid->centre[i]
                     + (place - 0.5 * (double) (march->grid->n[2 - i] - 1)) * march->grid->spacing);
      ga[i] = -(ga[i] + t * (gb[i] - ga[i]));
      length += ga[i] * ga[i];
    }
  for (int i = 0; i < 3; i++)
    vertex.normal[i] = length > 0.0 ? (float) (ga[i] / sqrt (length)) : i == 2;
  memcpy (vertex.color, march->color, 4);
  *slot = (int32_t) march->mesh->vertices->len;
  g_array_append_val (march->mesh->vertices, vertex);
  return (uint32_t) *slot;
}

static void
add_triangle (March *march, uint32_t a, uint32_t b, uint32_t c, bool is_flipped)
{
  const uint32_t triangle[3] = { a, is_flipped ? c : b, is_flipped ? b : c };
  g_array_append_vals (march->mesh->indices, triangle, 3);
}

/* corners in right-handed order of the tetrahedron (is_left otherwise). */
static void
march_tetrahedron (
    March *march, const int cube[3], const double v[8], const unsigned corners[4], bool is_left)
{
  unsigned in[4], out[4], n_in = 0, n_out = 0;
  /* Parity of the permutation (in..., out...) of the corners. */
  unsigned order[4];
  for (unsigned k = 0; k < 4; k++)
    if (v[corners[k]] >= march->level)
      in[n_in++] = k;
    else
      out[n_out++] = k;
  if (n_in == 0 || n_out == 0)
    return;
  memcpy (order, in, n_in * sizeof *in);
  memcpy (order + n_in, out, n_out * sizeof *out);
  bool is_odd = is_left;
  for (int i = 0; i < 4; i++)
    for (int j = i + 1; j < 4; j++)
      is_odd ^= order[i] > order[j];
#define VERTEX(i, j) edge_vertex (march, cube, corners[order[i]], corners[order[j]])
  if (n_in == 1)
    add_triangle (march, VERTEX (0, 1), VERTEX (0, 2), VERTEX (0, 3), is_odd);
  else if (n_in == 3)
    add_triangle (march, VERTEX (0, 3), VERTEX (1, 3), VERTEX (2, 3), is_odd);
  else
    {
      const uint32_t a = VERTEX (0, 2), b = VERTEX (0, 3), c = VERTEX (1, 3), d = VERTEX (1, 2);
      add_triangle (march, a, b, c, is_odd);
      add_triangle (march, a, c, d, is_odd);
    }
#undef VERTEX
}

void
sw_isosurface_build (const float *values,
                     const SwGridGeometry *grid,
                     double level,
                     const uint8_t color[4],
                     SwMesh *mesh)
{
  g_return_if_fail (level != 0.0);
  March march = { .values = values,
                  .grid = grid,
                  .level = fabs (level),
                  .sign = level < 0.0 ? -1.0 : 1.0,
                  .color = color,
                  .mesh = mesh,
                  .n = { grid->n[2] + 2, grid->n[1] + 2, grid->n[0] + 2 } };
  /* Bits of a corner: 1 is x, 2 is y, 4 is z. From 0 to 7 along three axes in each of their orders.
   */
  static const unsigned paths[6][4] = { { 0, 1, 3, 7 }, { 0, 2, 6, 7 }, { 0, 4, 5, 7 },
                                        { 0, 2, 3, 7 }, { 0, 1, 5, 7 }, { 0, 4, 6, 7 } };
  const size_t layer = march.n[0] * march.n[1] * 7;
  for (int i = 0; i < 2; i++)
    {
      march.layers[i] = g_new (int32_t, layer);
      memset (march.layers[i], 0xff, layer * sizeof (int32_t));
    }
  for (int z = 0; z + 1 < (int) march.n[2]; z++)
    {
      for (int y = 0; y + 1 < (int) march.n[1]; y++)
        for (int x = 0; x + 1 < (int) march.n[0]; x++)
          {
            const int cube[3] = { x, y, z };
            double v[8];
            unsigned n_in = 0;
            for (unsigned k = 0; k < 8; k++)
              {
                const int p[3]
                    = { x + (int) (k & 1), y + (int) (k >> 1 & 1), z + (int) (k >> 2 & 1) };
                v[k] = value_at (&march, p);
                n_in += v[k] >= march.level;
              }
            if (n_in == 0 || n_in == 8)
              continue;
            for (int k = 0; k < 6; k++)
              march_tetrahedron (&march, cube, v, paths[k], k >= 3);
          }
      memset (march.layers[z & 1], 0xff, layer * sizeof (int32_t));
    }
  g_free (march.layers[0]);
  g_free (march.layers[1]);
}
