/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three planes through a scalar field, or through the norm of another, in the colours of its map. Values, not colours, are
 * interpolated between voxels. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

static double
clamp_place (double place, size_t n)
{
  return fmin (fmax (place, 0.0), (double) n - 1.0);
}

double
sw_field_sample (const float *values, const size_t n[3], const double place[3])
{
  size_t low[3];
  double part[3], sum = 0.0;
  for (int i = 0; i < 3; i++)
    {
      const double p = clamp_place (place[i], n[2 - i]);
      low[i] = (size_t) fmin (floor (p), fmax ((double) n[2 - i] - 2.0, 0.0));
      part[i] = p - (double) low[i];
    }
  for (unsigned corner = 0; corner < 8; corner++)
    {
      size_t at[3];
      double weight = 1.0;
      for (int i = 0; i < 3; i++)
        {
          const bool is_high = corner >> i & 1;
          at[i] = MIN (low[i] + is_high, n[2 - i] - 1);
          weight *= is_high ? part[i] : 1.0 - part[i];
        }
      if (weight > 0.0)
        sum += weight * (double) values[(at[2] * n[1] + at[1]) * n[2] + at[0]];
    }
  return sum;
}

double
sw_slice_place (const SwFieldLook *look, const SwGridGeometry *grid, int axis)
{
  const size_t n = grid->n[2 - axis];
  return clamp_place (0.5 * ((double) n - 1.0) + look->slice[axis] * (double) n, n);
}

void
sw_slices_build (const float *values, const SwGridGeometry *grid, const SwFieldLook *look, SwMesh *mesh)
{
  uint8_t colors[256][4];
  const size_t n_max = MAX (grid->n[0], MAX (grid->n[1], grid->n[2]));
  const unsigned fine = n_max <= 24 ? 4 : n_max <= 48 ? 3 : n_max <= 96 ? 2 : 1;
  sw_colormap_fill (look->colormap, 256, colors);
  for (int axis = 0; axis < 3; axis++)
    {
      const int u = (axis + 1) % 3, v = (axis + 2) % 3;
      const size_t nu = (grid->n[2 - u] - 1) * fine + 1, nv = (grid->n[2 - v] - 1) * fine + 1;
      const uint32_t first = mesh->vertices->len;
      double place[3];
      place[axis] = sw_slice_place (look, grid, axis);
      for (size_t b = 0; b < nv; b++)
        for (size_t a = 0; a < nu; a++)
          {
            SwMeshVertex vertex = { 0 };
            place[u] = (double) a / fine;
            place[v] = (double) b / fine;
            const double value = sw_field_sample (values, grid->n, place) / look->range_max;
            const double t = look->is_diverging ? 0.5 + 0.5 * value : value;
            for (int i = 0; i < 3; i++)
              vertex.position[i]
                  = (float) (grid->centre[i] + (place[i] - 0.5 * ((double) grid->n[2 - i] - 1.0)) * grid->spacing);
            vertex.normal[axis] = 1.0f;
            if (isfinite (t))
              memcpy (vertex.color, colors[(int) lround (255.0 * fmin (fmax (t, 0.0), 1.0))], 4);
            else
              memset (vertex.color, 128, 4);
            vertex.color[3] = 255;
            g_array_append_val (mesh->vertices, vertex);
          }
      for (size_t b = 0; b + 1 < nv; b++)
        for (size_t a = 0; a + 1 < nu; a++)
          {
            const uint32_t p = first + (uint32_t) (b * nu + a), q = p + (uint32_t) nu;
            const uint32_t quad[6] = { p, p + 1, q + 1, p, q + 1, q };
            g_array_append_vals (mesh->indices, quad, 6);
          }
    }
}
