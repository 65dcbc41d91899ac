/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/glyph-seed-private.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  float norm;
  uint32_t voxel;
} Candidate;

static int
stronger_first (const void *a, const void *b)
{
  const Candidate *p = a, *q = b;
  if (p->norm != q->norm)
    return p->norm > q->norm ? -1 : 1;
  return p->voxel < q->voxel ? -1 : p->voxel > q->voxel;
}

/* Takes from the sorted candidates; stops beyond n_max. The return value is the number taken. */
static size_t
take (const Candidate *candidates,
      size_t n_candidates,
      const size_t n[3],
      double gap,
      size_t n_max,
      uint8_t *blocked,
      uint32_t *taken)
{
  size_t n_taken = 0;
  const int reach = (int) ceil (gap) - 1;
  memset (blocked, 0, n[0] * n[1] * n[2]);
  for (size_t i = 0; i < n_candidates; i++)
    {
      const uint32_t voxel = candidates[i].voxel;
      if (blocked[voxel])
        continue;
      if (n_taken == n_max)
        return n_max + 1;
      taken[n_taken++] = (uint32_t) i;
      const int x = (int) (voxel % n[2]), y = (int) (voxel / n[2] % n[1]);
      const int z = (int) (voxel / (n[1] * n[2]));
      for (int dz = -reach; dz <= reach; dz++)
        for (int dy = -reach; dy <= reach; dy++)
          for (int dx = -reach; dx <= reach; dx++)
            {
              const int px = x + dx, py = y + dy, pz = z + dz;
              if (px >= 0 && py >= 0 && pz >= 0 && px < (int) n[2] && py < (int) n[1]
                  && pz < (int) n[0] && dx * dx + dy * dy + dz * dz < gap * gap - 1e-9)
                blocked[((size_t) pz * n[1] + (size_t) py) * n[2] + (size_t) px] = 1;
            }
    }
  return n_taken;
}

void
sw_glyph_seeds_init (SwGlyphSeeds *seeds,
                     const float *data,
                     size_t n_m,
                     const size_t n[3],
                     double threshold,
                     size_t n_max)
{
  static const double ladder[]
      = { 1.0, 1.42, 1.74, 2.0, 2.25, 2.5, 2.85, 3.2, 3.6, 4.0, 4.5, 5.0, 6.0, 8.0, 12.0, 20.0 };
  const size_t n_voxels = n[0] * n[1] * n[2];
  *seeds = (SwGlyphSeeds){ .gap = 1.0 };
  Candidate *candidates = g_new (Candidate, n_voxels);
  size_t n_candidates = 0;
  for (size_t v = 0; v < n_voxels; v++)
    {
      double square = 0.0;
      for (size_t m = 0; m < n_m; m++)
        square += (double) data[m * n_voxels + v] * data[m * n_voxels + v];
      const float norm = (float) sqrt (square);
      if (norm > 0.0f && norm >= threshold && isfinite (norm))
        candidates[n_candidates++] = (Candidate){ norm, (uint32_t) v };
    }
  seeds->n_found = n_candidates;
  qsort (candidates, n_candidates, sizeof *candidates, stronger_first);
  g_autofree uint8_t *blocked = g_malloc (MAX (n_voxels, 1));
  g_autofree uint32_t *taken = g_new (uint32_t, MAX (n_max, 1));
  size_t n_taken = 0;
  for (size_t i = 0; i < G_N_ELEMENTS (ladder); i++)
    {
      seeds->gap = ladder[i];
      n_taken = take (candidates, n_candidates, n, seeds->gap, n_max, blocked, taken);
      if (n_taken <= n_max)
        break;
    }
  n_taken = MIN (n_taken, n_max);
  seeds->n = n_taken;
  seeds->voxels = g_new (uint32_t, MAX (n_taken, 1));
  seeds->norms = g_new (float, MAX (n_taken, 1));
  for (size_t i = 0; i < n_taken; i++)
    {
      seeds->voxels[i] = candidates[taken[i]].voxel;
      seeds->norms[i] = candidates[taken[i]].norm;
    }
  g_free (candidates);
}

void
sw_glyph_seeds_clear (SwGlyphSeeds *seeds)
{
  g_free (seeds->voxels);
  g_free (seeds->norms);
  *seeds = (SwGlyphSeeds){ 0 };
}
