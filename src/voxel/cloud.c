/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/cloud.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

/* Atoms sorted by cubes as wide as the reach: neighbours are in the 27 cubes around. A cube's key is its three indices in 21
 * bits each, enough for 2 million cubes along an edge. */
typedef struct
{
  uint64_t key;
  size_t atom;
} Entry;

static int
compare_entries (const void *a, const void *b)
{
  const Entry *x = a, *y = b;
  return x->key < y->key ? -1 : x->key > y->key ? 1 : x->atom < y->atom ? -1 : x->atom > y->atom;
}

static uint64_t
key_of (int64_t x, int64_t y, int64_t z)
{
  return (uint64_t) (z + 1) << 42 | (uint64_t) (y + 1) << 21 | (uint64_t) (x + 1);
}

/* First entry whose key is not below. */
static size_t
find (const Entry *entries, size_t n, uint64_t key)
{
  size_t low = 0, high = n;
  while (low < high)
    {
      const size_t middle = low + (high - low) / 2;
      if (entries[middle].key < key)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

SwStatus
sw_cloud_statistics (size_t n, const double (*positions)[3], SwCloudStatistics *ret)
{
  const double reach = SW_CLOUD_NEIGHBOUR_ANGSTROM;
  double mean[3] = { 0 }, low[3] = { INFINITY, INFINITY, INFINITY }, squares = 0, largest = 0;
  Entry *entries = SW_NEW (Entry, n);
  int64_t (*cubes)[3] = sw_alloc (n, sizeof *cubes);
  size_t pairs = 0;

  if (entries == NULL || cubes == NULL)
    {
      sw_free (entries);
      sw_free (cubes);
      return SW_ERROR_MEMORY;
    }
  for (size_t a = 0; a < n; a++)
    for (int i = 0; i < 3; i++)
      {
        mean[i] += positions[a][i] / (double) n;
        low[i] = fmin (low[i], positions[a][i]);
      }
  for (size_t a = 0; a < n; a++)
    {
      double d = 0;
      for (int i = 0; i < 3; i++)
        {
          d += (positions[a][i] - mean[i]) * (positions[a][i] - mean[i]);
          cubes[a][i] = (int64_t) fmin (floor ((positions[a][i] - low[i]) / reach), 2e6);
        }
      squares += d;
      largest = fmax (largest, d);
      entries[a] = (Entry){ key_of (cubes[a][0], cubes[a][1], cubes[a][2]), a };
    }
  qsort (entries, n, sizeof *entries, compare_entries);
  for (size_t a = 0; a < n; a++)
    for (int64_t z = cubes[a][2] - 1; z <= cubes[a][2] + 1; z++)
      for (int64_t y = cubes[a][1] - 1; y <= cubes[a][1] + 1; y++)
        {
          /* cubes along x are consecutive */
          const uint64_t last = key_of (cubes[a][0] + 1, y, z);
          for (size_t i = find (entries, n, key_of (cubes[a][0] - 1, y, z)); i < n && entries[i].key <= last; i++)
            {
              const double *p = positions[a], *q = positions[entries[i].atom];
              const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
              pairs += entries[i].atom != a && dx * dx + dy * dy + dz * dz <= reach * reach;
            }
        }
  sw_free (entries);
  sw_free (cubes);
  *ret = (SwCloudStatistics){ .atoms = (double) n,
                              .radius = sqrt (largest),
                              .radius_of_gyration = sqrt (squares / (double) n),
                              .neighbours = (double) pairs / (double) n };
  return SW_OK;
}
