/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fine-grid.h"

#include <fftw3.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/planner.h"

#ifdef SW_DOUBLE
#define FFT(name) fftw_##name
#else
#define FFT(name) fftwf_##name
#endif

enum
{
  N_TAPS = 6,
  N_LANES = 8, /* taps of a row, with zeros behind: one vector */
  N_STEPS = 1024,
};
#define SHAPE (2.30 * N_TAPS)
#define N_QUADRATURE 400

struct SwFineGrid
{
  size_t n_channels, n, n_fine, row; /* row: n_fine and the first taps once more, for windows that wrap */
  real *values;                      /* [c, z, y, row] */
  real weights[N_STEPS + 2][N_LANES];
};

static double
window (double t)
{
  return t > -1.0 && t < 1.0 ? exp (SHAPE * (sqrt (1.0 - t * t) - 1.0)) : 0.0;
}

/* Integral of window (2 x / N_TAPS) cos (2 pi k x / n_fine): Simpson's rule. */
static double
window_transform (double k, double n_fine)
{
  double sum = 0.0;
  for (int i = 0; i <= N_QUADRATURE; i++)
    {
      const double t = (double) i / N_QUADRATURE, w = i == 0 || i == N_QUADRATURE ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
      sum += w * window (t) * cos (M_PI * k * t * N_TAPS / n_fine);
    }
  return sum * N_TAPS / (3.0 * N_QUADRATURE);
}

/* Row s: weights of the voxels -2 .. 3 for a point s / N_STEPS behind voxel 0. */
static void
fill_weights (SwFineGrid *self)
{
  for (int s = 0; s <= N_STEPS + 1; s++)
    for (int i = 0; i < N_TAPS; i++)
      self->weights[s][i] = (real) window (((double) s / N_STEPS + 2.0 - i) * 2.0 / N_TAPS);
}

/* The modes of one channel, in place on the finer grid, each over n^3 and the window's transform. */
static void
spread_modes (const SwFineGrid *self, FFT (complex) *coarse, FFT (complex) *fine, const double *factors)
{
  const int n = (int) self->n, m = (int) self->n_fine, k_max = (n - 1) / 2;
  memset (fine, 0, self->n_fine * self->n_fine * (self->n_fine / 2 + 1) * sizeof *fine);
  for (int z = -k_max; z <= k_max; z++)
    for (int y = -k_max; y <= k_max; y++)
      {
        FFT (complex) *in = coarse + ((size_t) (z < 0 ? z + n : z) * self->n + (size_t) (y < 0 ? y + n : y)) * (self->n / 2 + 1);
        FFT (complex) *out
            = fine + ((size_t) (z < 0 ? z + m : z) * self->n_fine + (size_t) (y < 0 ? y + m : y)) * (self->n_fine / 2 + 1);
        const double factor = factors[z < 0 ? -z : z] * factors[y < 0 ? -y : y];
        for (int x = 0; x <= k_max; x++)
          {
            out[x][0] = (real) (factor * factors[x]) * in[x][0];
            out[x][1] = (real) (factor * factors[x]) * in[x][1];
          }
      }
}

static void
keep_rows (const SwFineGrid *self, const real *cube, real *rows)
{
  const size_t m = self->n_fine;
  for (size_t i = 0; i < m * m; i++)
    {
      memcpy (rows + i * self->row, cube + i * m, m * sizeof (real));
      memcpy (rows + i * self->row + m, cube + i * m, N_LANES * sizeof (real));
    }
}

SwStatus
sw_fine_grid_new (size_t n_channels, size_t n, const real *grid, SwFineGrid **ret, SwError *error)
{
  /* Never less than two windows wide, so that one wraps at most once. */
  const size_t m = 2 * n > 2 * N_LANES ? 2 * n : 2 * N_LANES, row = m + N_LANES;
  const size_t n_voxels = n * n * n;
  SwFineGrid *self = SW_NEW0 (SwFineGrid, 1);
  real *copy = SW_NEW (real, n_voxels), *cube = SW_NEW (real, m * m * m);
  FFT (complex) *coarse = SW_NEW (FFT (complex), n * n * (n / 2 + 1)), *fine = SW_NEW (FFT (complex), m * m * (m / 2 + 1));
  double *factors = sw_alloc (n / 2 + 1, sizeof *factors);
  FFT (plan) forward = NULL, backward = NULL;
  SwStatus status = SW_OK;

  if (self != NULL)
    self->values = SW_NEW (real, n_channels * m * m * row);
  if (self == NULL || self->values == NULL || copy == NULL || cube == NULL || coarse == NULL || fine == NULL || factors == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to interpolate a grid of %zu^3 voxels", n);
      goto end;
    }
  self->n_channels = n_channels;
  self->n = n;
  self->n_fine = m;
  self->row = row;
  fill_weights (self);
  for (size_t k = 0; k <= n / 2; k++)
    factors[k] = 1.0 / ((double) n * window_transform ((double) k, (double) m));
  sw_planner_lock ();
  forward = FFT (plan_dft_r2c_3d) ((int) n, (int) n, (int) n, copy, coarse, FFTW_ESTIMATE);
  backward = FFT (plan_dft_c2r_3d) ((int) m, (int) m, (int) m, fine, cube, FFTW_ESTIMATE);
  sw_planner_unlock ();
  if (forward == NULL || backward == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to transform a grid of %zu^3 voxels", m);
      goto end;
    }
  for (size_t c = 0; c < n_channels; c++)
    {
      memcpy (copy, grid + c * n_voxels, n_voxels * sizeof (real));
      FFT (execute) (forward);
      spread_modes (self, coarse, fine, factors);
      FFT (execute) (backward);
      keep_rows (self, cube, self->values + c * m * m * row);
    }
end:
  sw_planner_lock ();
  if (forward != NULL)
    FFT (destroy_plan) (forward);
  if (backward != NULL)
    FFT (destroy_plan) (backward);
  sw_planner_unlock ();
  sw_free (copy);
  sw_free (cube);
  sw_free (coarse);
  sw_free (fine);
  sw_free (factors);
  if (status != SW_OK)
    sw_fine_grid_free (self);
  else
    *ret = self;
  return status;
}

void
sw_fine_grid_free (SwFineGrid *self)
{
  if (self == NULL)
    return;
  sw_free (self->values);
  sw_free (self);
}

/* First voxel of the window about coordinate x (of the first grid), and its weights. */
static size_t
place_window (const SwFineGrid *self, double x, real weights[N_LANES])
{
  const double m = (double) self->n_fine, at = x * (m / (double) self->n);
  const double wrapped = at - m * floor (at / m);
  const double base = floor (wrapped), step = (wrapped - base) * N_STEPS;
  const size_t s = (size_t) step;
  const real part = (real) (step - (double) s);
  const real *low = self->weights[s], *high = self->weights[s + 1];
#pragma omp simd
  for (int i = 0; i < N_LANES; i++)
    weights[i] = low[i] + part * (high[i] - low[i]);
  return ((size_t) base + self->n_fine - 2) % self->n_fine;
}

void
sw_fine_grid_eval (const SwFineGrid *self, size_t n_points, const double (*points)[3], real *out)
{
  const size_t m = self->n_fine, row = self->row;

#pragma omp parallel for schedule(static)
  for (size_t p = 0; p < n_points; p++)
    {
      real w[3][N_LANES];
      size_t first[3];
      for (int axis = 0; axis < 3; axis++)
        first[axis] = place_window (self, points[p][axis], w[axis]);
      for (size_t c = 0; c < self->n_channels; c++)
        {
          const real *values = self->values + c * m * m * row + first[0];
          real lanes[N_LANES] = { 0 }, sum = 0;
          for (size_t k = 0; k < N_TAPS; k++)
            {
              const size_t z = first[2] + k < m ? first[2] + k : first[2] + k - m;
              for (size_t j = 0; j < N_TAPS; j++)
                {
                  const size_t y = first[1] + j < m ? first[1] + j : first[1] + j - m;
                  const real *line = values + (z * m + y) * row;
                  const real weight = w[2][k] * w[1][j];
#pragma omp simd
                  for (int i = 0; i < N_LANES; i++)
                    lanes[i] += weight * line[i];
                }
            }
          for (int i = 0; i < N_LANES; i++)
            sum += lanes[i] * w[0][i];
          out[c * n_points + p] = sum;
        }
    }
}
