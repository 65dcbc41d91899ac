/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both ways are separable: an atom is the product of three short rows, fx fy fz, added into a box
 * of voxels. Atoms are taken in chunks: first all rows of a chunk are computed (parallel over
 * atoms), then added (parallel over slabs of z, each slab owned by one thread). Every voxel gets
 * its atoms in the order of the input, so the sum does not depend on the number of threads. */
#include "voxel/voxelize.h"

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

#define CHUNK 8192
/* Width in fine voxels of the function that spreads atoms in the band-limited case; its error is
 * about 10^(1 - width). */
#ifdef SW_DOUBLE
#define SPREAD_WIDTH 13
#else
#define SPREAD_WIDTH 7
#endif

typedef struct
{
  size_t size;  /* voxels along each edge of the grid spread on */
  size_t width; /* reserved length of a row */
  bool periodic;
  real *rows;      /* [CHUNK, 3, width] */
  int32_t *starts; /* [CHUNK, 3]; first voxel, may be negative when periodic */
  int32_t *counts; /* [CHUNK, 3]; 0 leaves the atom out */
} Spreader;

/* ---- adding rows ---- */

static void
add_slab (const Spreader *s, size_t n_atoms, size_t z_from, size_t z_to, real *restrict grid)
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

static void
add_chunk (const Spreader *s, size_t n_atoms, real *grid)
{
  const size_t n_slabs = s->size < 8 ? s->size : 8;
#pragma omp parallel for schedule(dynamic)
  for (size_t slab = 0; slab < n_slabs; slab++)
    add_slab (s, n_atoms, slab * s->size / n_slabs, (slab + 1) * s->size / n_slabs, grid);
}

/* The adjoint of adding one atom's rows: the sum of the grid under them. */
static double
gather (const Spreader *s, size_t a, const real *restrict grid)
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

static SwStatus
spreader_init (Spreader *s, size_t size, size_t width, bool periodic, SwError *error)
{
  *s = (Spreader){ .size = size, .width = width, .periodic = periodic };
  s->rows = SW_NEW (real, CHUNK * 3 * width);
  s->starts = SW_NEW (int32_t, CHUNK * 3);
  s->counts = SW_NEW (int32_t, CHUNK * 3);
  if (s->rows == NULL || s->starts == NULL || s->counts == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
  return SW_OK;
}

static void
spreader_clear (Spreader *s)
{
  sw_free (s->rows);
  sw_free (s->starts);
  sw_free (s->counts);
}

/* ---- positions ---- */

/* Voxel index (a real number) of an atom along x y z. */
static void
place (const SwVoxelParams *params,
       const SwAtomArray *atoms,
       const double *rotation,
       size_t atom,
       double u[3])
{
  const double *p = atoms->positions[atom];
  for (int i = 0; i < 3; i++)
    {
      const double q = rotation == NULL ? p[i]
                                        : rotation[3 * i] * p[0] + rotation[3 * i + 1] * p[1]
                                              + rotation[3 * i + 2] * p[2];
      u[i] = q / params->spacing + params->centre;
    }
}

static bool
is_outside (const double u[3], size_t size)
{
  for (int i = 0; i < 3; i++)
    if (!(u[i] >= -0.5 && u[i] <= (double) size - 0.5))
      return true;
  return false;
}

static bool
in_channel (const SwAtomArray *atoms, size_t atom, size_t channel)
{
  return atoms->channels == NULL ? channel == 0 : atoms->channels[atom] == channel;
}

/* ---- sampled at voxel centres ---- */

/* One axis: exp (-(i - u)^2 / 2 sigma^2) for the voxels within reach. Built outwards from the
 * nearest voxel by a recurrence: with d = nearest - u, (d + k)^2 = d^2 + 2 d k + k^2, so each value
 * is exp (-d^2/2s^2) q^k c_k. Returns the sum of all values in reach, inside the grid or not. */
static double
gaussian_row (double u,
              double sigma,
              const double *c,
              int32_t reach,
              size_t size,
              real *row,
              int32_t *ret_start,
              int32_t *ret_count,
              double *ret_inside)
{
  const double nearest = floor (u + 0.5), d = nearest - u;
  const double e = exp (-d * d / (2 * sigma * sigma)), q = exp (-d / (sigma * sigma));
  const int64_t first = (int64_t) nearest - reach, last = (int64_t) nearest + reach;
  const int64_t start = first < 0 ? 0 : first;
  const int64_t end = last >= (int64_t) size ? (int64_t) size - 1 : last;
  double all = e, inside = 0, up = e, down = e;
  *ret_start = (int32_t) start;
  *ret_count = end >= start ? (int32_t) (end - start + 1) : 0;
  if ((int64_t) nearest >= start && (int64_t) nearest <= end)
    {
      row[(int64_t) nearest - start] = (real) e;
      inside += e;
    }
  for (int32_t k = 1; k <= reach; k++)
    {
      up *= q;
      down /= q;
      const double right = up * c[k], left = down * c[k];
      all += left + right;
      if ((int64_t) nearest + k >= start && (int64_t) nearest + k <= end)
        {
          row[(int64_t) nearest + k - start] = (real) right;
          inside += right;
        }
      if ((int64_t) nearest - k >= start && (int64_t) nearest - k <= end)
        {
          row[(int64_t) nearest - k - start] = (real) left;
          inside += left;
        }
    }
  *ret_inside = inside;
  return all;
}

typedef struct
{
  Spreader spreader;
  double sigma;      /* voxels */
  double reach_real; /* voxels */
  int32_t reach;
  double *c; /* [reach + 1]: exp (-k^2 / 2 sigma^2) */
} Sampled;

static void
sampled_clear (Sampled *s)
{
  sw_free (s->c);
  spreader_clear (&s->spreader);
}

static SwStatus
sampled_init (Sampled *s, const SwVoxelParams *params, SwError *error)
{
  const size_t n = params->size;

  *s = (Sampled){ .sigma = params->sigma / params->spacing };
  /* exp (-5.3^2 / 2) = 8e-7: what is cut off is below 1e-6 of the peak. The nearest voxel may be
   * half a voxel away. */
  s->reach_real = fmin (floor (5.3 * s->sigma + 0.5), (double) (2 * n));
  s->reach = (int32_t) s->reach_real;
  s->c = SW_NEW (double, (size_t) s->reach + 1);
  if (s->c == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the voxeliser");
  for (int32_t k = 0; k <= s->reach; k++)
    s->c[k] = exp (-(double) k * k / (2 * s->sigma * s->sigma));
  return spreader_init (&s->spreader, n,
                        2 * (size_t) s->reach + 1 < n ? 2 * (size_t) s->reach + 1 : n, false, error);
}

/* Rows of one atom of weight 1 into slot a; false when it does not reach the grid. */
static bool
sampled_rows (Sampled *s,
              const SwVoxelParams *params,
              const SwAtomArray *atoms,
              const double *rotation,
              size_t atom,
              size_t a,
              bool *ret_outside)
{
  const size_t n = params->size;
  Spreader *spreader = &s->spreader;
  real *rows = spreader->rows + 3 * a * spreader->width;
  bool outside, reaches = true;
  double u[3], scale = 1;

  spreader->counts[3 * a] = 0;
  place (params, atoms, rotation, atom, u);
  *ret_outside = outside = is_outside (u, n);
  for (int i = 0; i < 3 && reaches; i++)
    reaches = u[i] > -s->reach_real - 1 && u[i] < (double) n + s->reach_real;
  if (!reaches)
    return false;
  for (int i = 0; i < 3; i++)
    {
      double inside;
      const double all = gaussian_row (u[i], s->sigma, s->c, s->reach, n,
                                       rows + (size_t) i * spreader->width,
                                       spreader->starts + 3 * a + i, spreader->counts + 3 * a + i,
                                       &inside);
      /* As published: over the grid. An atom outside only lends its tail. */
      if (params->norm == SW_DENSITY_UNIT_MASS)
        scale /= outside ? all : inside;
    }
  for (int i = 0; i < 3; i++)
    if (spreader->counts[3 * a + i] == 0)
      spreader->counts[3 * a] = 0;
  if (spreader->counts[3 * a] == 0)
    return false;
  for (int32_t i = 0; i < spreader->counts[3 * a + 2]; i++)
    rows[2 * spreader->width + (size_t) i] *= (real) scale;
  return true;
}

static void
weigh (Spreader *s, size_t a, float weight)
{
  real *row = s->rows + (3 * a + 2) * s->width;
  for (int32_t i = 0; i < s->counts[3 * a + 2]; i++)
    row[i] *= (real) weight;
}

static SwStatus
sampled (const SwVoxelParams *params,
         const SwAtomArray *atoms,
         const double *rotation,
         const SwProgress *progress,
         real *out,
         SwVoxelReport *report,
         SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  size_t n_used = 0, n_outside = 0;
  Sampled s;
  SwStatus status = sampled_init (&s, params, error);

  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    for (size_t from = 0; from < atoms->n_atoms; from += CHUNK)
      {
        const size_t n_atoms = atoms->n_atoms - from < CHUNK ? atoms->n_atoms - from : CHUNK;
#pragma omp parallel for reduction(+ : n_used, n_outside)
        for (size_t a = 0; a < n_atoms; a++)
          {
            bool outside = false;
            s.spreader.counts[3 * a] = 0;
            if (!in_channel (atoms, from + a, channel))
              continue;
            if (sampled_rows (&s, params, atoms, rotation, from + a, a, &outside))
              {
                n_used++;
                if (atoms->weights != NULL)
                  weigh (&s.spreader, a, atoms->weights[from + a]);
              }
            n_outside += outside;
          }
        add_chunk (&s.spreader, n_atoms, out + channel * n_grid);
        if (!sw_progress (progress,
                          ((double) channel + (double) from / (double) atoms->n_atoms)
                              / (double) params->n_channels,
                          NULL))
          {
            status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
            break;
          }
      }
  sampled_clear (&s);
  report->n_used = n_used;
  report->n_outside = n_outside;
  return status;
}

static SwStatus
sampled_adjoint (const SwVoxelParams *params,
                 const SwAtomArray *atoms,
                 const double *rotation,
                 const real *d_out,
                 double *d_weights,
                 SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  Sampled s;
  SwStatus status = sampled_init (&s, params, error);

  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    for (size_t from = 0; from < atoms->n_atoms; from += CHUNK)
      {
        const size_t n_atoms = atoms->n_atoms - from < CHUNK ? atoms->n_atoms - from : CHUNK;
#pragma omp parallel for
        for (size_t a = 0; a < n_atoms; a++)
          {
            bool outside;
            if (in_channel (atoms, from + a, channel)
                && sampled_rows (&s, params, atoms, rotation, from + a, a, &outside))
              d_weights[from + a] += gather (&s.spreader, a, d_out + channel * n_grid);
          }
      }
  sampled_clear (&s);
  return status;
}

/* ---- band-limited ---- */

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
bandlimited_rows (Spreader *s,
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

static SwStatus
bandlimited (const SwVoxelParams *params,
             const SwAtomArray *atoms,
             const double *rotation,
             const SwProgress *progress,
             real *out,
             SwVoxelReport *report,
             SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  size_t n_used = 0, n_outside = 0;
  Spreader s = { 0 };
  Bandlimited b = { 0 };
  SwStatus status = bandlimited_init (&b, params, out, error);

  if (status == SW_OK)
    status = spreader_init (&s, b.n_fine, SPREAD_WIDTH, true, error);
  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    {
      memset (b.fine, 0, b.n_fine * b.n_fine * b.n_fine * sizeof *b.fine);
      for (size_t from = 0; from < atoms->n_atoms; from += CHUNK)
        {
          const size_t n_atoms = atoms->n_atoms - from < CHUNK ? atoms->n_atoms - from : CHUNK;
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
                weigh (&s, a, atoms->weights[from + a]);
            }
          add_chunk (&s, n_atoms, b.fine);
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
  spreader_clear (&s);
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

static SwStatus
bandlimited_adjoint (const SwVoxelParams *params,
                     const SwAtomArray *atoms,
                     const double *rotation,
                     const real *d_out,
                     double *d_weights,
                     SwError *error)
{
  const size_t n_grid = params->size * params->size * params->size;
  real *scratch = SW_NEW (real, n_grid); /* what the plan of the way forward wants */
  Spreader s = { 0 };
  Bandlimited b = { 0 };
  SwStatus status = scratch == NULL ? sw_error_set (error, SW_ERROR_MEMORY, "not enough memory")
                                    : bandlimited_init (&b, params, scratch, error);

  if (status == SW_OK)
    status = spreader_init (&s, b.n_fine, SPREAD_WIDTH, true, error);
  for (size_t channel = 0; status == SW_OK && channel < params->n_channels; channel++)
    {
      status = bandlimited_spread_back (&b, d_out + channel * n_grid, error);
      for (size_t from = 0; status == SW_OK && from < atoms->n_atoms; from += CHUNK)
        {
          const size_t n_atoms = atoms->n_atoms - from < CHUNK ? atoms->n_atoms - from : CHUNK;
#pragma omp parallel for
          for (size_t a = 0; a < n_atoms; a++)
            if (in_channel (atoms, from + a, channel)
                && bandlimited_rows (&s, params, atoms, rotation, from + a, a))
              d_weights[from + a] += gather (&s, a, b.fine);
        }
    }
  spreader_clear (&s);
  bandlimited_clear (&b);
  sw_free (scratch);
  return status;
}

/* ---- public ---- */

SwStatus
sw_voxel_params_check (const SwVoxelParams *params, SwError *error)
{
  if (params->n_channels == 0 || params->size == 0)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a grid needs at least one voxel and one channel");
  /* 2 (2n)^3 must stay an int along an edge and a size_t in all. */
  if (params->size > 4096)
    return sw_error_set (error, SW_ERROR_INVALID, "a grid of %zu voxels along an edge is too large",
                         params->size);
  if (!(params->spacing > 0) || !isfinite (params->spacing))
    return sw_error_set (error, SW_ERROR_INVALID, "the voxel spacing must be above zero");
  if (!(params->sigma > 0) || !isfinite (params->sigma))
    return sw_error_set (error, SW_ERROR_INVALID, "the width of an atom must be above zero");
  if (!isfinite (params->centre))
    return sw_error_set (error, SW_ERROR_NUMERIC, "the centre of the grid is not a number");
  if (params->bandlimited && (!(params->w_max > 0) || !isfinite (params->w_max)))
    return sw_error_set (error, SW_ERROR_INVALID, "the band limit must be above zero");
  return SW_OK;
}

static SwStatus
check (const SwVoxelParams *params,
       const SwAtomArray *atoms,
       const double *rotation,
       SwError *error)
{
  const SwStatus status = sw_voxel_params_check (params, error);
  if (status != SW_OK)
    return status;
  for (int i = 0; rotation != NULL && i < 9; i++)
    if (!isfinite (rotation[i]))
      return sw_error_set (error, SW_ERROR_NUMERIC,
                           "the rotation has an element that is not a number");
  for (size_t a = 0; a < atoms->n_atoms; a++)
    {
      for (int i = 0; i < 3; i++)
        if (!isfinite (atoms->positions[a][i]))
          return sw_error_set (error, SW_ERROR_NUMERIC,
                               "atom %zu has a position that is not a number", a);
      if (atoms->weights != NULL && !isfinite (atoms->weights[a]))
        return sw_error_set (error, SW_ERROR_NUMERIC, "atom %zu has a weight that is not a number",
                             a);
    }
  return SW_OK;
}

SwStatus
sw_voxelize (const SwVoxelParams *params,
             const SwAtomArray *atoms,
             const double *rotation,
             const SwProgress *progress,
             real *out,
             SwVoxelReport *ret_report,
             SwError *error)
{
  SwVoxelReport report = { 0 };
  SwStatus status = check (params, atoms, rotation, error);
  if (status != SW_OK)
    return status;
  memset (out, 0, params->n_channels * params->size * params->size * params->size * sizeof *out);
  status = params->bandlimited
               ? bandlimited (params, atoms, rotation, progress, out, &report, error)
               : sampled (params, atoms, rotation, progress, out, &report, error);
  if (status == SW_OK && ret_report != NULL)
    *ret_report = report;
  return status;
}

SwStatus
sw_voxelize_adjoint (const SwVoxelParams *params,
                     const SwAtomArray *atoms,
                     const double *rotation,
                     const real *d_out,
                     double *d_weights,
                     SwError *error)
{
  const SwStatus status = check (params, atoms, rotation, error);
  if (status != SW_OK)
    return status;
  return params->bandlimited
             ? bandlimited_adjoint (params, atoms, rotation, d_out, d_weights, error)
             : sampled_adjoint (params, atoms, rotation, d_out, d_weights, error);
}
