/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out[c, p] = Re sum over k in half of the modes of w_k F_c(k) exp (i k . x_p): blocks of phases are made from one-dimensional
 * tables and contracted with the coefficients by one matrix product each. */
#include "nn/interpolate.h"

/* fftw3.h first: cblas.h brings <complex.h>, which would make FFTW's numbers no arrays. */
#include <fftw3.h>
#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/planner.h"

#ifdef SW_DOUBLE
#define FFT(name) fftw_##name
#define GEMM cblas_dgemm
#else
#define FFT(name) fftwf_##name
#define GEMM cblas_sgemm
#endif

/* Modes whose coefficients are below this part of the largest in every channel are rounding and left out: of a band-limited
 * field that leaves the ball, a fifth of all modes. */
#define NEGLIGIBLE ((real) 2 * SW_EPS)
#define MODES_PER_BLOCK 512
#define POINTS_PER_BLOCK 256

typedef struct
{
  int x, y, z;
} Mode;

struct SwInterpolator
{
  size_t n_channels, n, n_modes;
  int k_max;
  Mode *modes;
  real *coefficients; /* [c][mode][2]: 2 Re and -2 Im (half of that for kx = 0), over n^3 */
};

static SwStatus
transform (size_t n_channels, size_t n, const real *grid, FFT (complex) *spectra, SwError *error)
{
  const size_t n_voxels = n * n * n, n_half = n * n * (n / 2 + 1);
  FFT (plan) plan;
  real *copy = SW_NEW (real, n_voxels);
  if (copy == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to interpolate a grid of %zu^3 voxels", n);
  sw_planner_lock ();
  plan = FFT (plan_dft_r2c_3d) ((int) n, (int) n, (int) n, copy, spectra, FFTW_ESTIMATE);
  sw_planner_unlock ();
  if (plan == NULL)
    {
      sw_free (copy);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to transform a grid of %zu^3 voxels", n);
    }
  for (size_t c = 0; c < n_channels; c++)
    {
      memcpy (copy, grid + c * n_voxels, n_voxels * sizeof (real));
      FFT (execute_dft_r2c) (plan, copy, spectra + c * n_half);
    }
  sw_planner_lock ();
  FFT (destroy_plan) (plan);
  sw_planner_unlock ();
  sw_free (copy);
  return SW_OK;
}

SwStatus
sw_interpolator_new (size_t n_channels, size_t n, const real *grid, SwInterpolator **ret, SwError *error)
{
  const int k_max = (int) (n - 1) / 2;
  const size_t row = n / 2 + 1, n_half = n * n * row, n_all = (size_t) (k_max + 1) * (size_t) (2 * k_max + 1) * (size_t) (2 * k_max + 1);
  const real scale = (real) (1.0 / ((double) n * (double) n * (double) n));
  FFT (complex) *spectra = SW_NEW (FFT (complex), n_channels * n_half);
  SwInterpolator *self = SW_NEW0 (SwInterpolator, 1);
  real largest = 0;
  SwStatus status = SW_OK;

  if (spectra == NULL || self == NULL || (self->modes = SW_NEW (Mode, n_all)) == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to interpolate a grid of %zu^3 voxels", n);
  else
    status = transform (n_channels, n, grid, spectra, error);
  if (status != SW_OK)
    goto fail;
  self->n_channels = n_channels;
  self->n = n;
  self->k_max = k_max;

#define SPECTRUM(c, m)                                                                                                           (spectra + (c) * n_half                                                                                                         + ((size_t) ((m).z < 0 ? (m).z + (int) n : (m).z) * n + (size_t) ((m).y < 0 ? (m).y + (int) n : (m).y)) * row + (size_t) (m).x)
  for (size_t i = 0; i < n_channels * n_half; i++)
    for (int part = 0; part < 2; part++)
      {
        const real size = spectra[i][part] < 0 ? -spectra[i][part] : spectra[i][part];
        largest = size > largest ? size : largest;
      }
  for (int z = -k_max; z <= k_max; z++)
    for (int y = -k_max; y <= k_max; y++)
      for (int x = 0; x <= k_max; x++)
        {
          const Mode mode = { x, y, z };
          bool needed = false;
          if (x == 0 && (y < 0 || (y == 0 && z < 0)))
            continue; /* the conjugate of another one */
          for (size_t c = 0; c < n_channels && !needed; c++)
            {
              const FFT (complex) *value = SPECTRUM (c, mode);
              needed = fabs ((double) (*value)[0]) + fabs ((double) (*value)[1]) > (double) (NEGLIGIBLE * largest);
            }
          if (needed)
            self->modes[self->n_modes++] = mode;
        }
  self->coefficients = SW_NEW (real, n_channels * self->n_modes * 2);
  if (self->coefficients == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to interpolate a grid of %zu^3 voxels", n);
      goto fail;
    }
  for (size_t c = 0; c < n_channels; c++)
    for (size_t i = 0; i < self->n_modes; i++)
      {
        const Mode mode = self->modes[i];
        const FFT (complex) *value = SPECTRUM (c, mode);
        const real weight = scale * (mode.x == 0 && mode.y == 0 && mode.z == 0 ? 1 : 2);
        real *out = self->coefficients + (c * self->n_modes + i) * 2;
        out[0] = weight * (*value)[0];
        out[1] = -weight * (*value)[1];
      }
#undef SPECTRUM
  sw_free (spectra);
  *ret = self;
  return SW_OK;

fail:
  sw_free (spectra);
  sw_interpolator_free (self);
  return status;
}

void
sw_interpolator_free (SwInterpolator *self)
{
  if (self == NULL)
    return;
  sw_free (self->modes);
  sw_free (self->coefficients);
  sw_free (self);
}

/* table: [2 k_max + 1][2][POINTS_PER_BLOCK], cosine and sine of 2 pi k x / n for k = -k_max .. k_max */
static void
fill_table (const SwInterpolator *self, size_t n_points, const double (*points)[3], int axis, real *table)
{
  for (size_t p = 0; p < n_points; p++)
    {
      const double angle = 2.0 * M_PI * points[p][axis] / (double) self->n;
      const double c = cos (angle), s = sin (angle);
      double cosine = 1.0, sine = 0.0;
      /* By turning on: in double, hundreds of turns lose nothing that single precision would keep. */
      for (int k = 0; k <= self->k_max; k++)
        {
          real *up = table + (size_t) (self->k_max + k) * 2 * POINTS_PER_BLOCK + p;
          real *down = table + (size_t) (self->k_max - k) * 2 * POINTS_PER_BLOCK + p;
          const double next = cosine * c - sine * s;
          up[0] = down[0] = (real) cosine;
          up[POINTS_PER_BLOCK] = (real) sine;
          down[POINTS_PER_BLOCK] = (real) -sine;
          sine = sine * c + cosine * s;
          cosine = next;
        }
    }
}

static void
fill_phases (const SwInterpolator *self, const real *tables, size_t table, size_t first, size_t n_modes, size_t n_points, real *phases)
{
  for (size_t i = 0; i < n_modes; i++)
    {
      const Mode mode = self->modes[first + i];
      const real *x = tables + (size_t) (mode.x + self->k_max) * 2 * POINTS_PER_BLOCK;
      const real *y = tables + table + (size_t) (mode.y + self->k_max) * 2 * POINTS_PER_BLOCK;
      const real *z = tables + 2 * table + (size_t) (mode.z + self->k_max) * 2 * POINTS_PER_BLOCK;
      real *restrict cosine = phases + 2 * i * POINTS_PER_BLOCK, *restrict sine = cosine + POINTS_PER_BLOCK;
#pragma omp simd
      for (size_t p = 0; p < n_points; p++)
        {
          const real c = y[p] * z[p] - y[POINTS_PER_BLOCK + p] * z[POINTS_PER_BLOCK + p];
          const real s = y[p] * z[POINTS_PER_BLOCK + p] + y[POINTS_PER_BLOCK + p] * z[p];
          cosine[p] = c * x[p] - s * x[POINTS_PER_BLOCK + p];
          sine[p] = c * x[POINTS_PER_BLOCK + p] + s * x[p];
        }
    }
}

SwStatus
sw_interpolator_eval (const SwInterpolator *self, size_t n_points, const double (*points)[3], real *out, SwError *error)
{
  const size_t table = (size_t) (2 * self->k_max + 1) * 2 * POINTS_PER_BLOCK;
  const size_t n_blocks = (n_points + POINTS_PER_BLOCK - 1) / POINTS_PER_BLOCK;
  bool failed = false;

#pragma omp parallel
  {
    real *tables = SW_NEW (real, 3 * table), *phases = SW_NEW (real, 2 * MODES_PER_BLOCK * POINTS_PER_BLOCK);
    if (tables == NULL || phases == NULL)
      {
#pragma omp atomic write
        failed = true;
      }
#pragma omp barrier
#pragma omp for schedule(dynamic)
    for (size_t block = 0; block < n_blocks; block++)
      {
        const size_t start = block * POINTS_PER_BLOCK;
        const size_t n = n_points - start < POINTS_PER_BLOCK ? n_points - start : POINTS_PER_BLOCK;
        if (failed)
          continue;
        for (int axis = 0; axis < 3; axis++)
          fill_table (self, n, points + start, axis, tables + (size_t) axis * table);
        for (size_t c = 0; c < self->n_channels; c++)
          memset (out + c * n_points + start, 0, n * sizeof (real));
        for (size_t first = 0; first < self->n_modes; first += MODES_PER_BLOCK)
          {
            const size_t n_modes = self->n_modes - first < MODES_PER_BLOCK ? self->n_modes - first : MODES_PER_BLOCK;
            fill_phases (self, tables, table, first, n_modes, n, phases);
            GEMM (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) self->n_channels, (int) n, (int) (2 * n_modes), 1,
                  self->coefficients + 2 * first, (int) (2 * self->n_modes), phases, POINTS_PER_BLOCK, 1, out + start,
                  (int) n_points);
          }
      }
    sw_free (tables);
    sw_free (phases);
  }
  if (failed)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to interpolate at %zu points", n_points);
  return SW_OK;
}
