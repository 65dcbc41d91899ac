/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/voxelize-private.h"

#include <math.h>

#include "base/memory.h"

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
  SwSpreader spreader;
  double sigma;      /* voxels */
  double reach_real; /* voxels */
  int32_t reach;
  double *c; /* [reach + 1]: exp (-k^2 / 2 sigma^2) */
} Sampled;

static void
sampled_clear (Sampled *s)
{
  sw_free (s->c);
  sw_spreader_clear (&s->spreader);
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
  return sw_spreader_init (&s->spreader, n,
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
  SwSpreader *spreader = &s->spreader;
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

SwStatus
sw_voxelize_sampled (const SwVoxelParams *params,
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
    for (size_t from = 0; from < atoms->n_atoms; from += SW_SPREADER_CHUNK)
      {
        const size_t n_atoms = atoms->n_atoms - from < SW_SPREADER_CHUNK ? atoms->n_atoms - from : SW_SPREADER_CHUNK;
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
                  sw_spreader_weigh (&s.spreader, a, atoms->weights[from + a]);
              }
            n_outside += outside;
          }
        sw_spreader_add (&s.spreader, n_atoms, out + channel * n_grid);
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

SwStatus
sw_voxelize_sampled_adjoint (const SwVoxelParams *params,
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
    for (size_t from = 0; from < atoms->n_atoms; from += SW_SPREADER_CHUNK)
      {
        const size_t n_atoms = atoms->n_atoms - from < SW_SPREADER_CHUNK ? atoms->n_atoms - from : SW_SPREADER_CHUNK;
#pragma omp parallel for
        for (size_t a = 0; a < n_atoms; a++)
          {
            bool outside;
            if (in_channel (atoms, from + a, channel)
                && sampled_rows (&s, params, atoms, rotation, from + a, a, &outside))
              d_weights[from + a] += sw_spreader_gather (&s.spreader, a, d_out + channel * n_grid);
          }
      }
  sampled_clear (&s);
  return status;
}
