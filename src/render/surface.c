/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The surface of a molecule as the network sees it: one level of the density, coloured by the nearest atom, found in cells. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

/* angstrom; atoms farther than one cell away do not colour anything */
#define CELL 5.0

typedef struct
{
  double low[3];
  int n[3];
  int32_t *heads; /* [z, y, x]: first atom of a cell, -1 */
  int32_t *next;  /* [n_atoms] */
  float (*at)[3]; /* [n_atoms], in the frame of the density */
} Cells;

static void
cells_init (Cells *cells, const SwMoleculeData *molecule, SwQuat rotation)
{
  double matrix[9], high[3];
  sw_quat_to_matrix (rotation, matrix);
  cells->at = g_malloc_n (molecule->n_atoms, sizeof *cells->at);
  cells->next = g_new (int32_t, molecule->n_atoms);
  for (int i = 0; i < 3; i++)
    {
      cells->low[i] = -molecule->radius;
      high[i] = molecule->radius;
      cells->n[i] = (int) fmin (ceil ((high[i] - cells->low[i]) / CELL) + 1.0, 400.0);
    }
  const size_t n_cells = (size_t) cells->n[0] * (size_t) cells->n[1] * (size_t) cells->n[2];
  cells->heads = g_new (int32_t, n_cells);
  memset (cells->heads, 0xff, n_cells * sizeof *cells->heads);
  for (size_t a = 0; a < molecule->n_atoms; a++)
    {
      const double p[3] = { (double) molecule->positions[a][0], (double) molecule->positions[a][1],
                            (double) molecule->positions[a][2] };
      double q[3];
      int c[3];
      sw_rotation_apply (matrix, p, q);
      if (!isfinite (q[0] + q[1] + q[2]))
        continue;
      for (int i = 0; i < 3; i++)
        {
          cells->at[a][i] = (float) q[i];
          c[i] = CLAMP ((int) ((q[i] - cells->low[i]) / CELL), 0, cells->n[i] - 1);
        }
      int32_t *head = &cells->heads[((size_t) c[2] * (size_t) cells->n[1] + (size_t) c[1]) * (size_t) cells->n[0] + (size_t) c[0]];
      cells->next[a] = *head;
      *head = (int32_t) a;
    }
}

static int32_t
nearest (const Cells *cells, const float p[3])
{
  int32_t best = -1;
  double best_square = INFINITY;
  int c[3];
  for (int i = 0; i < 3; i++)
    c[i] = (int) floor (((double) p[i] - cells->low[i]) / CELL);
  for (int z = MAX (c[2] - 1, 0); z <= MIN (c[2] + 1, cells->n[2] - 1); z++)
    for (int y = MAX (c[1] - 1, 0); y <= MIN (c[1] + 1, cells->n[1] - 1); y++)
      for (int x = MAX (c[0] - 1, 0); x <= MIN (c[0] + 1, cells->n[0] - 1); x++)
        for (int32_t a = cells->heads[((size_t) z * (size_t) cells->n[1] + (size_t) y) * (size_t) cells->n[0] + (size_t) x];
             a >= 0; a = cells->next[a])
          {
            double square = 0.0;
            for (int i = 0; i < 3; i++)
              square += ((double) p[i] - (double) cells->at[a][i]) * ((double) p[i] - (double) cells->at[a][i]);
            if (square < best_square)
              {
                best_square = square;
                best = a;
              }
          }
  return best;
}

void
sw_surface_build (const SwPane *pane, SwMesh *mesh)
{
  static const uint8_t grey[4] = { 176, 180, 188, 255 };
  const SwFieldData *density = pane->density.data;
  const SwColorScheme scheme = sw_pane_get_scheme (pane);
  /* The rotation of the atoms when the density was made: since then both have turned by the same. */
  const SwQuat rotation = sw_quat_multiply (sw_quat_conjugate (pane->density.rotation), pane->input_rotation);
  Cells cells;

  sw_isosurface_build (density->data, &density->grid, SW_SURFACE_LEVEL * density->max, grey, mesh);
  cells_init (&cells, pane->molecule, rotation);
  for (guint i = 0; i < mesh->vertices->len; i++)
    {
      SwMeshVertex *vertex = &g_array_index (mesh->vertices, SwMeshVertex, i);
      const int32_t atom = nearest (&cells, vertex->position);
      if (atom >= 0)
        sw_pane_get_atom_color (pane, scheme, (size_t) atom, vertex->color);
    }
  g_free (cells.heads);
  g_free (cells.next);
  g_free (cells.at);
}
