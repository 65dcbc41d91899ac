/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/voxelize-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fftw3.h>

#include "base/memory.h"
#include "base/planner.h"

#ifdef SW_DOUBLE
#define FFT(name) fftw_##name
#else
#define FFT(name) fftwf_##name
#endif

/* Width in fine voxels of the function that spreads atoms in the band-limited case; its error is
 * about 10^(1 - width). */
#ifdef SW_DOUBLE
#define SPREAD_WIDTH 13
#else
#define SPREAD_WIDTH 7
#endif

/* Barnett, Magland and af Klinteberg 2019: exp (beta (sqrt (1 - t^2) - 1)), t = 2 x / width, a
 * compact function with a spectrum that falls as fast as a Gaussian cut at twice its width. */
static const double spread_beta = 2.30 * SPREAD_WIDTH;

static void
spread_row (double u, real row[SPREAD_WIDTH], int32_t *ret_start)
{
  const double first = ceil (u - 0.5 * SPREAD_WIDTH);
  *ret_start = (int32_t) first;
#pragma omp simd
  for (int i = 0; i < SPREAD_WIDTH; i++)
    {
      const double t = (first + i - u) * (2.0 / SPREAD_WIDTH), r = 1 - t * t;
#ifdef SW_DOUBLE
      row[i] = exp (spread_beta * (sqrt (r > 0 ? r : 0) - 1));
#else
      row[i] = expf ((float) spread_beta * (sqrtf ((float) (r > 0 ? r : 0)) - 1));
#endif
    }
}

/* Its Fourier transform at w radians per fine voxel; with x = width/2 sin t the integrand is
 * smooth. Simpson's rule. */
static double
spread_spectrum (double w)
{
  const int n = 400;
  double sum = 0;
  for (int i = 0; i <= n; i++)
    {
      const double t = M_PI * ((double) i / n - 0.5);
      const double weight = i == 0 || i == n ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * exp (spread_beta * (cos (t) - 1)) * cos (t)
             * cos (w * 0.5 * SPREAD_WIDTH * sin (t));
    }
  return 0.5 * SPREAD_WIDTH * sum * M_PI / n / 3;
}

typedef struct
{
  size_t n, n_fine;
  size_t k_max;             /* largest mode index kept along an axis */
  double k_squared;         /* of the ball */
  real *fine;               /* [n_fine]^3 */
  FFT (complex) * modes;    /* [n_fine, 2 k_max + 1, k_max + 1]: z, ky, kx */
  FFT (complex) * spectrum; /* [n, n, n/2 + 1], of the coarse grid */
  double *correction;       /* [k_max + 1]: what each mode along an axis is multiplied with */
  FFT (plan) plane, line, back;
} Bandlimited;

static void
bandlimited_clear (Bandlimited *b)
{
  sw_planner_lock ();
  if (b->plane != NULL)
    FFT (destroy_plan) (b->plane);
  if (b->line != NULL)
    FFT (destroy_plan) (b->line);
  if (b->back != NULL)
    FFT (destroy_plan) (b->back);
  sw_planner_unlock ();
  sw_free (b->fine);
  sw_free (b->modes);
  sw_free (b->spectrum);
  sw_free (b->correction);
}

static SwStatus
bandlimited_init (Bandlimited *b, const SwVoxelParams *params, real *out, SwError *error)
{
  const double sigma = params->sigma / params->spacing;
  const double radius = params->w_max * (double) params->size / (2 * M_PI);
  FFT (complex) * scratch;
  size_t n_fine_grid, n_half;

  *b = (Bandlimited){ .n = params->size };
  /* Odd sizes keep the centre of rotation on a fine voxel too; any size of at least the spreading
   * width will do. */
  b->n_fine = 2 * params->size < SPREAD_WIDTH + 1 ? SPREAD_WIDTH + 1 : 2 * params->size;
  b->k_max = (params->size - 1) / 2; /* without the Nyquist planes of even sizes */
  if (radius < (double) b->k_max)
    b->k_max = (size_t) radius;
  b->k_squared = radius * radius * (1 + 1e-12);
  n_half = b->n_fine / 2 + 1;
  if (sw_mul (b->n_fine * b->n_fine, b->n_fine, &n_fine_grid) != 0)
    return sw_error_set (error, SW_ERROR_MEMORY, "the grid is too large");
  b->fine = SW_NEW (real, n_fine_grid);
  b->modes = SW_NEW (FFT (complex), b->n_fine * (2 * b->k_max + 1) * (b->k_max + 1));
  b->spectrum = SW_NEW (FFT (complex), b->n * b->n * (b->n / 2 + 1));
  b->correction = SW_NEW (double, b->k_max + 1);
  scratch = SW_NEW (FFT (complex), b->n_fine * n_half);
  if (b->fine == NULL || b->modes == NULL || b->spectrum == NULL || b->correction == NULL
      || scratch == NULL)
    {
      sw_free (scratch);
      return sw_error_set (error, SW_ERROR_MEMORY,
                           "not enough memory for the band-limited voxeliser");
    }
  for (size_t k = 0; k <= b->k_max; k++)
    {
      const double w = 2 * M_PI * (double) k / (double) b->n;
      const double w_fine
          = 2 * M_PI * (double) k * (2 * (double) b->n / (double) b->n_fine) / (2 * (double) b->n);
      b->correction[k] = exp (-0.5 * w * w * sigma * sigma) / spread_spectrum (w_fine);
      if (params->norm == SW_DENSITY_PEAK)
        b->correction[k] *= sqrt (2 * M_PI) * sigma;
      b->correction[k] /= (double) b->n; /* FFTW's inverse is not normalised */
    }
  sw_planner_lock ();
  b->plane
      = FFT (plan_dft_r2c_2d) ((int) b->n_fine, (int) b->n_fine, b->fine, scratch, FFTW_ESTIMATE);
  b->line = FFT (plan_dft_1d) ((int) b->n_fine, scratch, scratch, FFTW_FORWARD, FFTW_ESTIMATE);
  b->back = FFT (plan_dft_c2r_3d) ((int) b->n, (int) b->n, (int) b->n, b->spectrum, out,
                                   FFTW_ESTIMATE | FFTW_UNALIGNED);
  sw_planner_unlock ();
  sw_free (scratch);
  if (b->plane == NULL || b->line == NULL || b->back == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "no Fourier transform of this size");
  return SW_OK;
}

static size_t
mode_index (long k, size_t n)
{
  return (size_t) (k < 0 ? k + (long) n : k);
}

/* Fine grid to the modes of the coarse one. Only lines that can reach the ball are transformed. */
static SwStatus
bandlimited_transform (Bandlimited *b)
{
  const size_t n = b->n, m = b->n_fine, n_half = m / 2 + 1;
  const long k_max = (long) b->k_max;
  const size_t n_x = b->k_max + 1, n_y = 2 * b->k_max + 1, coarse_half = n / 2 + 1;
  int failed = 0;

  memset (b->spectrum, 0, n * n * coarse_half * sizeof *b->spectrum);
#pragma omp parallel
  {
    FFT (complex) *scratch = SW_NEW (FFT (complex), m * n_half);
    if (scratch == NULL)
      {
#pragma omp atomic write
        failed = 1;
      }
#pragma omp for
    for (size_t z = 0; z < m; z++)
      {
        if (scratch == NULL)
          continue;
        FFT (execute_dft_r2c) (b->plane, b->fine + z * m * m, scratch);
        for (long ky = -k_max; ky <= k_max; ky++)
          memcpy (b->modes + (z * n_y + (size_t) (ky + k_max)) * n_x,
                  scratch + mode_index (ky, m) * n_half, n_x * sizeof *scratch);
      }
#pragma omp for
    for (size_t y = 0; y < n_y; y++)
      for (size_t kx = 0; kx < n_x; kx++)
        {
          const long ky = (long) y - k_max;
          const double in_plane = (double) (ky * ky) + (double) (kx * kx);
          if (scratch == NULL || in_plane > b->k_squared)
            continue;
          for (size_t z = 0; z < m; z++)
            {
              scratch[z][0] = b->modes[(z * n_y + y) * n_x + kx][0];
              scratch[z][1] = b->modes[(z * n_y + y) * n_x + kx][1];
            }
          FFT (execute_dft) (b->line, scratch, scratch);
          for (long kz = -k_max; kz <= k_max; kz++)
            if (in_plane + (double) (kz * kz) <= b->k_squared)
              {
                const double factor
                    = b->correction[kx] * b->correction[labs (ky)] * b->correction[labs (kz)];
                FFT (complex) *to = b->spectrum
                                    + (mode_index (kz, n) * n + mode_index (ky, n)) * coarse_half
                                    + kx;
                (*to)[0] = (real) (factor * scratch[mode_index (kz, m)][0]);
                (*to)[1] = (real) (factor * scratch[mode_index (kz, m)][1]);
              }
        }
    sw_free (scratch);
  }
  return failed ? SW_ERROR_MEMORY : SW_OK;
}

/* Rows of one atom of weight 1 into slot a; false when it is outside. */
static bool
bandlimited_rows (SwSpreader *s,
                  const SwVoxelParams *params,
                  const SwAtomArray *atoms,
                  const double *rotation,
                  size_t atom,
                  size_t a)
{
  double u[3];

  s->counts[3 * a] = 0;
  place (params, atoms, rotation, atom, u);
  if (is_outside (u, params->size))
    return false;
  for (int i = 0; i < 3; i++)
    {
      spread_row (u[i] * ((double) s->size / (double) params->size),
                  s->rows + (3 * a + (size_t) i) * s->width, s->starts + 3 * a + i);
      s->counts[3 * a + i] = SPREAD_WIDTH;
    }
  return true;
}

SwStatus
sw_voxelize_bandlimited (const SwVoxelParams *params,
                         const SwAtomArray *atoms,
                         const double *rotation,
                         const SwProgress *progress,
                         real *out,
                         SwVoxelReport *report,
                         SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  size_t n_used = 0, n_outside = 0;
  SwSpreader s = { 0 };
  Bandlimited b = { 0 };
  SwStatus status = bandlimited_init (&b, params, out, error);

  if (status == SW_OK)
    status = sw_spreader_init (&s, b.n_fine, SPREAD_WIDTH, true, error);
  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    {
      memset (b.fine, 0, b.n_fine * b.n_fine * b.n_fine * sizeof *b.fine);
      for (size_t from = 0; from < atoms->n_atoms; from += SW_SPREADER_CHUNK)
        {
          const size_t n_atoms = atoms->n_atoms - from < SW_SPREADER_CHUNK ? atoms->n_atoms - from : SW_SPREADER_CHUNK;
#pragma omp parallel for reduction(+ : n_used, n_outside)
          for (size_t a = 0; a < n_atoms; a++)
            {
              s.counts[3 * a] = 0;
              if (!in_channel (atoms, from + a, channel))
                continue;
              if (!bandlimited_rows (&s, params, atoms, rotation, from + a, a))
                {
                  n_outside++;
                  continue;
                }
              n_used++;
              if (atoms->weights != NULL)
                sw_spreader_weigh (&s, a, atoms->weights[from + a]);
            }
          sw_spreader_add (&s, n_atoms, b.fine);
        }
      status = bandlimited_transform (&b);
      if (status != SW_OK)
        {
          status = sw_error_set (error, status, "not enough memory for the band-limited voxeliser");
          break;
        }
      FFT (execute_dft_c2r) (b.back, b.spectrum, out + channel * n_grid);
      if (!sw_progress (progress, (double) (channel + 1) / (double) params->n_channels, NULL))
        status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  sw_spreader_clear (&s);
  bandlimited_clear (&b);
  report->n_used = n_used;
  report->n_outside = n_outside;
  return status;
}

/* The modes of a coarse grid, times the correction, on the fine grid. The density is
 * out(v) = sum_k c_k exp (2 pi i k v / n) sum_j h(j) exp (-2 pi i k j / m), so that
 * d<d, out>/dh(j) = sum_k c_k D_k exp (2 pi i k j / m) with D the plain transform of d. */
static SwStatus
bandlimited_spread_back (const Bandlimited *b, const real *d_out, SwError *error)
{
  const size_t n = b->n, m = b->n_fine, half = n / 2 + 1, half_fine = m / 2 + 1;
  const long k_max = (long) b->k_max;
  real *copy = SW_NEW (real, n * n * n);
  FFT (complex) *fine = SW_NEW0 (FFT (complex), m * m * half_fine);
  FFT (plan) there = NULL, back = NULL;

  if (copy != NULL && fine != NULL)
    {
      sw_planner_lock ();
      there = FFT (plan_dft_r2c_3d) ((int) n, (int) n, (int) n, copy, b->spectrum, FFTW_ESTIMATE);
      back = FFT (plan_dft_c2r_3d) ((int) m, (int) m, (int) m, fine, b->fine, FFTW_ESTIMATE);
      sw_planner_unlock ();
    }
  if (there != NULL && back != NULL)
    {
      memcpy (copy, d_out, n * n * n * sizeof (real));
      FFT (execute) (there);
      for (long kz = -k_max; kz <= k_max; kz++)
        for (long ky = -k_max; ky <= k_max; ky++)
          for (long kx = 0; kx <= k_max; kx++)
            if ((double) (kx * kx + ky * ky + kz * kz) <= b->k_squared)
              {
                const double factor
                    = b->correction[kx] * b->correction[labs (ky)] * b->correction[labs (kz)];
                const FFT (complex) *from
                    = b->spectrum + (mode_index (kz, n) * n + mode_index (ky, n)) * half + kx;
                FFT (complex) *to
                    = fine + (mode_index (kz, m) * m + mode_index (ky, m)) * half_fine + kx;
                (*to)[0] = (real) (factor * (double) (*from)[0]);
                (*to)[1] = (real) (factor * (double) (*from)[1]);
              }
      FFT (execute) (back);
    }
  const bool failed = there == NULL || back == NULL;
  sw_planner_lock ();
  if (there != NULL)
    FFT (destroy_plan) (there);
  if (back != NULL)
    FFT (destroy_plan) (back);
  sw_planner_unlock ();
  sw_free (copy);
  sw_free (fine);
  return failed ? sw_error_set (error, SW_ERROR_MEMORY,
                                "not enough memory for the gradient of a density")
                : SW_OK;
}

SwStatus
sw_voxelize_bandlimited_adjoint (const SwVoxelParams *params,
                                 const SwAtomArray *atoms,
                                 const double *rotation,
                                 const real *d_out,
                                 double *d_weights,
                                 SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  real *scratch = SW_NEW (real, n_grid); /* what the plan of the way forward wants */
  SwSpreader s = { 0 };
  Bandlimited b = { 0 };
  SwStatus status = scratch == NULL ? sw_error_set (error, SW_ERROR_MEMORY, "not enough memory")
                                    : bandlimited_init (&b, params, scratch, error);

  if (status == SW_OK)
    status = sw_spreader_init (&s, b.n_fine, SPREAD_WIDTH, true, error);
  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    {
      status = bandlimited_spread_back (&b, d_out + channel * n_grid, error);
      for (size_t from = 0; status == SW_OK && from < atoms->n_atoms; from += SW_SPREADER_CHUNK)
        {
          const size_t n_atoms = atoms->n_atoms - from < SW_SPREADER_CHUNK ? atoms->n_atoms - from : SW_SPREADER_CHUNK;
#pragma omp parallel for
          for (size_t a = 0; a < n_atoms; a++)
            if (in_channel (atoms, from + a, channel)
                && bandlimited_rows (&s, params, atoms, rotation, from + a, a))
              d_weights[from + a] += sw_spreader_gather (&s, a, b.fine);
        }
    }
  sw_spreader_clear (&s);
  bandlimited_clear (&b);
  sw_free (scratch);
  return status;
}
