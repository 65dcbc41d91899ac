/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "structure/surface.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  SwSurface *surface = sw_surface_load_bytes (data, size, "fuzz", NULL, &error);

  if (surface != NULL)
    {
      if (surface->n_triangles == 0)
        abort ();
      for (size_t t = 0; t < surface->n_triangles; t++)
        for (int c = 0; c < 3; c++)
          {
            const uint32_t corner = surface->triangles[t][c];
            if (corner >= surface->n_vertices)
              abort ();
            for (int i = 0; i < 3; i++)
              if (!isfinite (surface->vertices[corner][i]) || surface->vertices[corner][i] < surface->box_min[i]
                  || surface->vertices[corner][i] > surface->box_max[i])
                abort ();
          }
      sw_surface_unref (surface);
    }
  else if (error == NULL || error->message[0] == '\0')
    abort ();
  g_clear_error (&error);
  return 0;
}
