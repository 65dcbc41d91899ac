/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/pool.h"

#include <assert.h>
#include <math.h>

/* Weights along an axis, of sum 1. */
static void
centre_weights (size_t n, double sigma, double weights[SW_POOL_EDGE_MAX])
{
  double sum = 0;
  assert (n <= SW_POOL_EDGE_MAX && sigma > 0);
  for (size_t i = 0; i < n; i++)
    {
      const double x = ((double) i - 0.5 * ((double) n - 1)) / sigma;
      weights[i] = exp (-0.5 * x * x);
      sum += weights[i];
    }
  for (size_t i = 0; i < n; i++)
    weights[i] /= sum;
}

void
sw_pool_centre_forward (size_t n_rows, size_t n, double sigma, const real *restrict f, real *restrict out)
{
  double weights[SW_POOL_EDGE_MAX];
  centre_weights (n, sigma, weights);
#pragma omp parallel for schedule(static)
  for (size_t r = 0; r < n_rows; r++)
    {
      double sum = 0;
      for (size_t z = 0; z < n; z++)
        for (size_t y = 0; y < n; y++)
          {
            const real *row = f + ((r * n + z) * n + y) * n;
            double line = 0;
            for (size_t x = 0; x < n; x++)
              line += weights[x] * (double) row[x];
            sum += weights[z] * weights[y] * line;
          }
      out[r] = (real) sum;
    }
}

void
sw_pool_centre_backward (size_t n_rows, size_t n, double sigma, const real *restrict d_out, real *restrict d_f)
{
  double weights[SW_POOL_EDGE_MAX];
  centre_weights (n, sigma, weights);
#pragma omp parallel for schedule(static)
  for (size_t r = 0; r < n_rows; r++)
    for (size_t z = 0; z < n; z++)
      for (size_t y = 0; y < n; y++)
        {
          const double d = (double) d_out[r] * weights[z] * weights[y];
          real *row = d_f + ((r * n + z) * n + y) * n;
          for (size_t x = 0; x < n; x++)
            row[x] += (real) (d * weights[x]);
        }
}

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
