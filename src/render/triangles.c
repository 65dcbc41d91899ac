/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/shapes-private.h"

#include <math.h>

/* A warm grey: fields are drawn in blue, red and yellow. */
static const uint8_t color[4] = { 196, 190, 180, 255 };

static void
cross (const float *a, const float *b, const float *c, float ret[3])
{
  for (int i = 0; i < 3; i++)
    {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      ret[i] = (b[j] - a[j]) * (c[k] - a[k]) - (b[k] - a[k]) * (c[j] - a[j]);
    }
}

static void
normalize (float n[3])
{
  const float length = sqrtf (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
  for (int i = 0; i < 3 && length > 0; i++)
    n[i] /= length;
}

static void
add_vertex (SwMesh *mesh, const float *position, const float *normal)
{
  const SwMeshVertex vertex = { .position = { position[0], position[1], position[2] },
                                .normal = { normal[0], normal[1], normal[2] },
                                .color = { color[0], color[1], color[2], color[3] } };
  g_array_append_val (mesh->vertices, vertex);
}

void
sw_triangles_build (const SwTrianglesData *triangles, SwMesh *mesh)
{
  const bool flat = triangles->n_triangles <= SW_TRIANGLES_FLAT_MAX;
  g_autofree float (*normals)[3] = flat ? NULL : g_malloc0_n (triangles->n_vertices, sizeof *normals);

  for (size_t t = 0; t < triangles->n_triangles; t++)
    {
      const uint32_t *corners = triangles->triangles[t];
      float normal[3];
      cross (triangles->vertices[corners[0]], triangles->vertices[corners[1]], triangles->vertices[corners[2]], normal);
      if (flat)
        normalize (normal);
      for (int c = 0; c < 3; c++)
        {
          const uint32_t index = flat ? mesh->vertices->len : corners[c];
          g_array_append_val (mesh->indices, index);
          if (flat)
            add_vertex (mesh, triangles->vertices[corners[c]], normal);
          else
            /* Neighbours that face the other way are turned round: the winding means nothing. */
            {
              float *sum = normals[corners[c]];
              const float along = sum[0] * normal[0] + sum[1] * normal[1] + sum[2] * normal[2];
              for (int i = 0; i < 3; i++)
                sum[i] += along < 0 ? -normal[i] : normal[i];
            }
        }
    }
  for (size_t v = 0; v < triangles->n_vertices && !flat; v++)
    {
      normalize (normals[v]);
      add_vertex (mesh, triangles->vertices[v], normals[v]);
    }
}
