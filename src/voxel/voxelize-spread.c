/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/voxelize-private.h"

#include "base/memory.h"

static void
add_slab (const SwSpreader *s, size_t n_atoms, size_t z_from, size_t z_to, real *restrict grid)
{
  const size_t n = s->size;
  for (size_t a = 0; a < n_atoms; a++)
    {
      const int32_t *start = s->starts + 3 * a, *count = s->counts + 3 * a;
      const real *fx = s->rows + 3 * a * s->width, *fy = fx + s->width, *fz = fy + s->width;
      const bool wraps = s->periodic && (start[0] < 0 || (size_t) (start[0] + count[0]) > n);
      if (count[0] == 0)
        continue;
      for (int32_t k = 0; k < count[2]; k++)
        {
          const size_t z = (size_t) ((start[2] + k + (int64_t) n) % (int64_t) n);
          if (z < z_from || z >= z_to)
            continue;
          for (int32_t j = 0; j < count[1]; j++)
            {
              const size_t y = (size_t) ((start[1] + j + (int64_t) n) % (int64_t) n);
              const real c = fz[k] * fy[j];
              real *restrict row = grid + (z * n + y) * n;
              if (wraps)
                for (int32_t i = 0; i < count[0]; i++)
                  row[(size_t) ((start[0] + i + (int64_t) n) % (int64_t) n)] += c * fx[i];
              else
                {
                  real *restrict to = row + start[0];
#pragma omp simd
                  for (int32_t i = 0; i < count[0]; i++)
                    to[i] += c * fx[i];
                }
            }
        }
    }
}

void
sw_spreader_add (const SwSpreader *s, size_t n_atoms, real *grid)
{
  const size_t n_slabs = s->size < 8 ? s->size : 8;
#pragma omp parallel for schedule(dynamic)
  for (size_t slab = 0; slab < n_slabs; slab++)
    add_slab (s, n_atoms, slab * s->size / n_slabs, (slab + 1) * s->size / n_slabs, grid);
}

double
sw_spreader_gather (const SwSpreader *s, size_t a, const real *restrict grid)
{
  const int64_t n = (int64_t) s->size;
  const int32_t *start = s->starts + 3 * a, *count = s->counts + 3 * a;
  const real *fx = s->rows + 3 * a * s->width, *fy = fx + s->width, *fz = fy + s->width;
  double sum = 0;

  for (int32_t k = 0; k < count[2]; k++)
    for (int32_t j = 0; j < count[1]; j++)
      {
        const int64_t z = (start[2] + k + n) % n, y = (start[1] + j + n) % n;
        const real *row = grid + (z * n + y) * n;
        double along = 0;
        for (int32_t i = 0; i < count[0]; i++)
          along += (double) fx[i] * (double) row[(start[0] + i + n) % n];
        sum += (double) fz[k] * (double) fy[j] * along;
      }
  return sum;
}

SwStatus
sw_spreader_init (SwSpreader *s, size_t size, size_t width, bool periodic, SwError *error)
{
  *s = (SwSpreader){ .size = size, .width = width, .periodic = periodic };
  s->rows = SW_NEW (real, SW_SPREADER_CHUNK * 3 * width);
  s->starts = SW_NEW (int32_t, SW_SPREADER_CHUNK * 3);
  s->counts = SW_NEW (int32_t, SW_SPREADER_CHUNK * 3);
  if (s->rows == NULL || s->starts == NULL || s->counts == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
  return SW_OK;
}

void
sw_spreader_clear (SwSpreader *s)
{
  sw_free (s->rows);
  sw_free (s->starts);
  sw_free (s->counts);
}

void
sw_spreader_weigh (SwSpreader *s, size_t a, float weight)
{
  real *row = s->rows + (3 * a + 2) * s->width;
  for (int32_t i = 0; i < s->counts[3 * a + 2]; i++)
    row[i] *= (real) weight;
}
