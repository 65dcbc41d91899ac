/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "picture/surface-scene.h"

void
sw_surface_scene_set (SwScene *scene, const SwDocument *document)
{
  const SwSurface *surface = document != NULL ? document->surface : NULL;

  if (surface == NULL)
    {
      sw_scene_set_triangles (scene, SW_PANE_ALL, NULL);
      return;
    }
  const double scale = SW_SURFACE_RADIUS / document->frame.radius;
  g_autofree float (*vertices)[3] = g_malloc_n (surface->n_vertices, sizeof *vertices);
  for (size_t v = 0; v < surface->n_vertices; v++)
    for (int i = 0; i < 3; i++)
      vertices[v][i] = (float) ((surface->vertices[v][i] - document->frame.centre[i]) * scale);
  const SwTriangles triangles = { .n_vertices = surface->n_vertices,
                                  .vertices = (const float (*)[3]) vertices,
                                  .n_triangles = surface->n_triangles,
                                  .triangles = surface->triangles };
  sw_scene_set_triangles (scene, SW_PANE_ALL, &triangles);
}

double
sw_surface_scene_get_unit (const SwDocument *document)
{
  return document != NULL && document->surface != NULL ? document->frame.radius / SW_SURFACE_RADIUS : 0.0;
}
