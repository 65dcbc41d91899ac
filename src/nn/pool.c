/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/pool.h"

void
sw_pool_forward (size_t n_rows, size_t n_voxels, const real *restrict f, real *restrict out)
{
#pragma omp parallel for schedule(static)
  for (size_t r = 0; r < n_rows; r++)
    {
      double sum = 0;
      const real *row = f + r * n_voxels;
#pragma omp simd reduction(+ : sum)
      for (size_t v = 0; v < n_voxels; v++)
        sum += (double) row[v];
      out[r] = (real) (sum / (double) n_voxels);
    }
}

void
sw_pool_backward (size_t n_rows, size_t n_voxels, const real *restrict d_out, real *restrict d_f)
{
#pragma omp parallel for schedule(static)
  for (size_t r = 0; r < n_rows; r++)
    {
      const real d = d_out[r] / (real) n_voxels;
      for (size_t v = 0; v < n_voxels; v++)
        d_f[r * n_voxels + v] += d;
    }
}
