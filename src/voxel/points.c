/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/points.h"

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

/* A line of modes along x, in the half of the ball with kx >= 0. */
typedef struct
{
  long ky, kz;
  size_t n_x;   /* kx = 0 .. n_x - 1 */
  size_t first; /* in the list of modes */
} Line;

typedef struct
{
  size_t n, k_max, n_lines, n_modes;
  Line *lines;
  real *decay;  /* [k_max + 1]: Gaussian and normalisation along an axis */
  real *axes;   /* [3][2 k_max + 1][2]: exp (-i w u) of a point */
  real *phases; /* [2][n_modes] of a point */
  real *sums;   /* [n_channels][2][n_modes] */
  FFT (complex) *spectrum; /* [n, n, n/2 + 1] */
  real *grid;              /* [n, n, n] */
  FFT (plan) forward, back;
} Modes;

static void
modes_clear (Modes *m)
{
  sw_planner_lock ();
  if (m->forward != NULL)
    FFT (destroy_plan) (m->forward);
  if (m->back != NULL)
    FFT (destroy_plan) (m->back);
  sw_planner_unlock ();
  sw_free (m->lines);
  sw_free (m->decay);
  sw_free (m->axes);
  sw_free (m->phases);
  sw_free (m->sums);
  sw_free (m->spectrum);
  sw_free (m->grid);
}

static SwStatus
modes_init (Modes *m, const SwVoxelParams *params, SwError *error)
{
  const double sigma = params->sigma / params->spacing;
  const double radius = params->w_max * (double) params->size / (2 * M_PI);
  const double squared = radius * radius * (1 + 1e-12);

  *m = (Modes){ .n = params->size, .k_max = (params->size - 1) / 2 }; /* without the Nyquist planes of even sizes */
  if (radius < (double) m->k_max)
    m->k_max = (size_t) radius;
  m->lines = SW_NEW (Line, (2 * m->k_max + 1) * (2 * m->k_max + 1));
  if (m->lines == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
  for (long kz = -(long) m->k_max; kz <= (long) m->k_max; kz++)
    for (long ky = -(long) m->k_max; ky <= (long) m->k_max; ky++)
      {
        const double rest = squared - (double) (kz * kz) - (double) (ky * ky);
        size_t n_x;
        if (rest < 0)
          continue;
        n_x = (size_t) sqrt (rest) + 1;
        if (n_x > m->k_max + 1)
          n_x = m->k_max + 1;
        m->lines[m->n_lines++] = (Line){ .ky = ky, .kz = kz, .n_x = n_x, .first = m->n_modes };
        m->n_modes += n_x;
      }
  m->decay = SW_NEW (real, m->k_max + 1);
  m->axes = SW_NEW (real, 3 * (2 * m->k_max + 1) * 2);
  m->phases = SW_NEW (real, 2 * m->n_modes);
  m->sums = SW_NEW0 (real, params->n_channels * 2 * m->n_modes);
  m->spectrum = SW_NEW (FFT (complex), m->n * m->n * (m->n / 2 + 1));
  m->grid = SW_NEW (real, m->n * m->n * m->n);
  if (m->grid == NULL || m->decay == NULL || m->axes == NULL || m->phases == NULL || m->sums == NULL || m->spectrum == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
  for (size_t k = 0; k <= m->k_max; k++)
    {
      const double w = 2 * M_PI * (double) k / (double) m->n;
      /* FFTW's inverse is not normalised */
      double decay = exp (-0.5 * w * w * sigma * sigma) / (double) m->n;
      if (params->norm == SW_DENSITY_PEAK)
        decay *= sqrt (2 * M_PI) * sigma;
      m->decay[k] = (real) decay;
    }
  sw_planner_lock ();
  m->forward = FFT (plan_dft_r2c_3d) ((int) m->n, (int) m->n, (int) m->n, m->grid, m->spectrum, FFTW_ESTIMATE);
  m->back = FFT (plan_dft_c2r_3d) ((int) m->n, (int) m->n, (int) m->n, m->spectrum, m->grid, FFTW_ESTIMATE);
  sw_planner_unlock ();
  return m->forward != NULL && m->back != NULL ? SW_OK
                                               : sw_error_set (error, SW_ERROR_MEMORY, "no Fourier transform of this size");
}

/* exp (-i w u) of a point at voxel index u (x, y, z), for every mode. */
static void
fill_phases (Modes *m, const double u[3])
{
  const long k_max = (long) m->k_max;
  const size_t stride = (size_t) (2 * k_max + 1) * 2;
  for (int axis = 0; axis < 3; axis++)
    for (long k = -k_max; k <= k_max; k++)
      {
        const double angle = -2 * M_PI * (double) k * u[axis] / (double) m->n;
        real *to = m->axes + (size_t) axis * stride + (size_t) (k + k_max) * 2;
        to[0] = m->decay[labs (k)] * (real) cos (angle);
        to[1] = m->decay[labs (k)] * (real) sin (angle);
      }
  for (size_t l = 0; l < m->n_lines; l++)
    {
      const Line *line = &m->lines[l];
      const real *x = m->axes + (size_t) k_max * 2;
      const real *y = m->axes + stride + (size_t) (line->ky + k_max) * 2;
      const real *z = m->axes + 2 * stride + (size_t) (line->kz + k_max) * 2;
      const real re = y[0] * z[0] - y[1] * z[1], im = y[0] * z[1] + y[1] * z[0];
      real *restrict p = m->phases + line->first, *restrict q = p + m->n_modes;
      for (size_t k = 0; k < line->n_x; k++)
        {
          p[k] = re * x[2 * k] - im * x[2 * k + 1];
          q[k] = re * x[2 * k + 1] + im * x[2 * k];
        }
    }
}

static size_t
wrap (long k, size_t n)
{
  return (size_t) (k < 0 ? k + (long) n : k);
}

static void
to_grid (Modes *m, size_t channel, real *out)
{
  const size_t half = m->n / 2 + 1;
  const real *re = m->sums + channel * 2 * m->n_modes, *im = re + m->n_modes;
  memset (m->spectrum, 0, m->n * m->n * half * sizeof *m->spectrum);
  for (size_t l = 0; l < m->n_lines; l++)
    {
      const Line *line = &m->lines[l];
      FFT (complex) *to = m->spectrum + (wrap (line->kz, m->n) * m->n + wrap (line->ky, m->n)) * half;
      for (size_t k = 0; k < line->n_x; k++)
        {
          to[k][0] = re[line->first + k];
          to[k][1] = im[line->first + k];
        }
    }
  FFT (execute) (m->back);
  memcpy (out + channel * m->n * m->n * m->n, m->grid, m->n * m->n * m->n * sizeof *out);
}

static void
place (const SwVoxelParams *params, const double position[3], double u[3])
{
  for (int i = 0; i < 3; i++)
    u[i] = position[i] / params->spacing + params->centre;
}

static bool
is_outside (const double u[3], size_t size)
{
  for (int i = 0; i < 3; i++)
    if (!(u[i] >= -0.5 && u[i] <= (double) size - 0.5))
      return true;
  return false;
}

static SwStatus
bandlimited (const SwVoxelParams *params,
             const SwPointArray *points,
             const SwProgress *progress,
             real *out,
             SwVoxelReport *report,
             SwError *error)
{
  Modes m = { 0 };
  SwStatus status = modes_init (&m, params, error);
  for (size_t p = 0; p < points->n_points && status == SW_OK; p++)
    {
      double u[3];
      place (params, points->positions[p], u);
      if (is_outside (u, m.n))
        {
          report->n_outside++;
          continue;
        }
      report->n_used++;
      fill_phases (&m, u);
      for (size_t c = 0; c < params->n_channels; c++)
        {
          const real a = (real) points->weights[p * params->n_channels + c];
          real *restrict sums = m.sums + c * 2 * m.n_modes;
          const real *restrict phases = m.phases;
          if (fabs ((double) a) < 1e-6)
            continue;
#pragma omp simd
          for (size_t k = 0; k < 2 * m.n_modes; k++)
            sums[k] += a * phases[k];
        }
      if (p % 256 == 0 && !sw_progress (progress, (double) p / (double) points->n_points, NULL))
        status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  for (size_t c = 0; c < params->n_channels && status == SW_OK; c++)
    to_grid (&m, c, out);
  modes_clear (&m);
  return status;
}

/* The modes of each channel of d_out into sums, those with kx > 0 twice: they stand for their conjugates too. */
static void
from_grid (Modes *m, size_t channel, const real *d_out)
{
  const size_t half = m->n / 2 + 1;
  real *re = m->sums + channel * 2 * m->n_modes, *im = re + m->n_modes;
  memcpy (m->grid, d_out + channel * m->n * m->n * m->n, m->n * m->n * m->n * sizeof *d_out);
  FFT (execute) (m->forward);
  for (size_t l = 0; l < m->n_lines; l++)
    {
      const Line *line = &m->lines[l];
      FFT (complex) *from = m->spectrum + (wrap (line->kz, m->n) * m->n + wrap (line->ky, m->n)) * half;
      for (size_t k = 0; k < line->n_x; k++)
        {
          re[line->first + k] = (k > 0 ? 2 : 1) * from[k][0];
          im[line->first + k] = (k > 0 ? 2 : 1) * from[k][1];
        }
    }
}

static SwStatus
bandlimited_adjoint (const SwVoxelParams *params,
                     size_t n_points,
                     const double (*positions)[3],
                     const real *d_out,
                     double *d_weights,
                     SwError *error)
{
  Modes m = { 0 };
  SwStatus status = modes_init (&m, params, error);
  for (size_t c = 0; c < params->n_channels && status == SW_OK; c++)
    from_grid (&m, c, d_out);
  for (size_t p = 0; p < n_points && status == SW_OK; p++)
    {
      double u[3];
      place (params, positions[p], u);
      if (is_outside (u, m.n))
        continue;
      fill_phases (&m, u);
      for (size_t c = 0; c < params->n_channels; c++)
        {
          const real *sums = m.sums + c * 2 * m.n_modes;
          double sum = 0;
          for (size_t k = 0; k < 2 * m.n_modes; k++)
            sum += (double) (sums[k] * m.phases[k]);
          d_weights[p * params->n_channels + c] = sum;
        }
    }
  modes_clear (&m);
  return status;
}

/* exp (-(i - u)^2 / 2 sigma^2) at the voxels within reach; returns the sum of those on the grid. */
static double
gaussian_row (double u, double sigma, size_t reach, size_t size, real *row, size_t *ret_start, size_t *ret_n)
{
  const double low = ceil (u - (double) reach), high = floor (u + (double) reach);
  const size_t start = low > 0 ? (size_t) low : 0;
  const size_t end = high < (double) size - 1 ? (size_t) (high + 1) : size;
  double sum = 0;
  for (size_t i = start; i < end; i++)
    {
      const double t = ((double) i - u) / sigma, value = exp (-0.5 * t * t);
      row[i - start] = (real) value;
      sum += value;
    }
  *ret_start = start;
  *ret_n = end - start;
  return sum;
}

/* The three short rows whose product is a point's Gaussian. */
typedef struct
{
  size_t reach, width;
  double sigma;
  real *rows; /* [3][width] */
  size_t start[3], count[3];
  real scale;
} Rows;

static SwStatus
rows_init (Rows *r, const SwVoxelParams *params, SwError *error)
{
  *r = (Rows){ .sigma = params->sigma / params->spacing };
  /* As in voxelize-sampled.c: what is cut off is below 1e-6 of the peak. */
  r->reach = (size_t) fmin (ceil (5.3 * r->sigma), (double) params->size);
  r->width = 2 * r->reach + 2;
  r->rows = SW_NEW (real, 3 * r->width);
  return r->rows != NULL ? SW_OK : sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
}

/* false: the point is outside. */
static bool
rows_fill (Rows *r, const SwVoxelParams *params, const double position[3])
{
  double u[3], scale = 1;
  place (params, position, u);
  if (is_outside (u, params->size))
    return false;
  for (size_t axis = 0; axis < 3; axis++)
    {
      const double sum
          = gaussian_row (u[axis], r->sigma, r->reach, params->size, r->rows + axis * r->width, &r->start[axis], &r->count[axis]);
      if (params->norm == SW_DENSITY_UNIT_MASS)
        scale /= sum;
    }
  r->scale = (real) scale;
  return true;
}

static SwStatus
sampled (const SwVoxelParams *params,
         const SwPointArray *points,
         const SwProgress *progress,
         real *out,
         SwVoxelReport *report,
         SwError *error)
{
  const size_t n = params->size;
  Rows r;
  SwStatus status = rows_init (&r, params, error);

  memset (out, 0, params->n_channels * n * n * n * sizeof *out);
  for (size_t p = 0; p < points->n_points && status == SW_OK; p++)
    {
      if (!rows_fill (&r, params, points->positions[p]))
        {
          report->n_outside++;
          continue;
        }
      report->n_used++;
      for (size_t c = 0; c < params->n_channels; c++)
        {
          const real a = r.scale * (real) points->weights[p * params->n_channels + c];
          if (fabsf (points->weights[p * params->n_channels + c]) < 1e-6f)
            continue;
          for (size_t k = 0; k < r.count[2]; k++)
            for (size_t j = 0; j < r.count[1]; j++)
              {
                const real b = a * r.rows[2 * r.width + k] * r.rows[r.width + j];
                real *restrict to = out + ((c * n + r.start[2] + k) * n + r.start[1] + j) * n + r.start[0];
                for (size_t i = 0; i < r.count[0]; i++)
                  to[i] += b * r.rows[i];
              }
        }
      if (p % 256 == 0 && !sw_progress (progress, (double) p / (double) points->n_points, NULL))
        status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  sw_free (r.rows);
  return status;
}

static SwStatus
sampled_adjoint (const SwVoxelParams *params,
                 size_t n_points,
                 const double (*positions)[3],
                 const real *d_out,
                 double *d_weights,
                 SwError *error)
{
  const size_t n = params->size;
  Rows r;
  SwStatus status = rows_init (&r, params, error);

  for (size_t p = 0; p < n_points && status == SW_OK; p++)
    {
      if (!rows_fill (&r, params, positions[p]))
        continue;
      for (size_t c = 0; c < params->n_channels; c++)
        {
          double sum = 0;
          for (size_t k = 0; k < r.count[2]; k++)
            for (size_t j = 0; j < r.count[1]; j++)
              {
                const real *from = d_out + ((c * n + r.start[2] + k) * n + r.start[1] + j) * n + r.start[0];
                double along = 0;
                for (size_t i = 0; i < r.count[0]; i++)
                  along += (double) r.rows[i] * (double) from[i];
                sum += (double) r.rows[2 * r.width + k] * (double) r.rows[r.width + j] * along;
              }
          d_weights[p * params->n_channels + c] = (double) r.scale * sum;
        }
    }
  sw_free (r.rows);
  return status;
}

static SwStatus
check_positions (size_t n, const double (*positions)[3], SwError *error)
{
  for (size_t p = 0; p < n; p++)
    for (int i = 0; i < 3; i++)
      if (!isfinite (positions[p][i]))
        return sw_error_set (error, SW_ERROR_NUMERIC, "atom %zu has a position that is not a number", p);
  return SW_OK;
}

SwStatus
sw_voxelize_points (const SwVoxelParams *params,
                    const SwPointArray *points,
                    const SwProgress *progress,
                    real *out,
                    SwVoxelReport *ret_report,
                    SwError *error)
{
  SwVoxelReport report = { 0 };
  SwStatus status = sw_voxel_params_check (params, error);

  if (status == SW_OK)
    status = check_positions (points->n_points, points->positions, error);
  for (size_t i = 0; i < points->n_points * params->n_channels && status == SW_OK; i++)
    if (!isfinite (points->weights[i]))
      status = sw_error_set (error, SW_ERROR_NUMERIC, "atom %zu has a weight that is not a number", i / params->n_channels);
  if (status == SW_OK)
    status = params->bandlimited ? bandlimited (params, points, progress, out, &report, error)
                                 : sampled (params, points, progress, out, &report, error);
  if (status == SW_OK && ret_report != NULL)
    *ret_report = report;
  return status;
}

SwStatus
sw_voxelize_points_adjoint (const SwVoxelParams *params,
                            size_t n_points,
                            const double (*positions)[3],
                            const real *d_out,
                            double *d_weights,
                            SwError *error)
{
  SwStatus status = sw_voxel_params_check (params, error);

  if (status == SW_OK)
    status = check_positions (n_points, positions, error);
  if (status != SW_OK)
    return status;
  memset (d_weights, 0, n_points * params->n_channels * sizeof *d_weights);
  return params->bandlimited ? bandlimited_adjoint (params, n_points, positions, d_out, d_weights, error)
                             : sampled_adjoint (params, n_points, positions, d_out, d_weights, error);
}
