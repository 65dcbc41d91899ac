/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/boxes.h"

#include <math.h>
#include <string.h>

#include <fftw3.h>

#include "base/memory.h"
#include "base/planner.h"

#ifdef SW_DOUBLE
#define FFT(name) fftw_##name
#else
#define FFT(name) fftwf_##name
#endif

#define SUBPOINTS 3

static void
turn_back (const double *rotation, const double v[3], double ret[3])
{
  for (int i = 0; i < 3; i++)
    ret[i] = rotation == NULL ? v[i] : rotation[i] * v[0] + rotation[3 + i] * v[1] + rotation[6 + i] * v[2];
}

static bool
is_inside (size_t n_boxes, const SwBox *boxes, const double p[3])
{
  for (size_t b = 0; b < n_boxes; b++)
    if (p[0] >= boxes[b].low[0] && p[0] < boxes[b].high[0] && p[1] >= boxes[b].low[1] && p[1] < boxes[b].high[1]
        && p[2] >= boxes[b].low[2] && p[2] < boxes[b].high[2])
      return true;
  return false;
}

static void
fill_sampled (const SwVoxelParams *params, size_t n_boxes, const SwBox *boxes, const double *rotation, real *out)
{
  const size_t n = params->size;
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        {
          int count = 0;
          for (int s = 0; s < SUBPOINTS * SUBPOINTS * SUBPOINTS; s++)
            {
              const double v[3] = { (double) x - params->centre + (s % SUBPOINTS - 1) / (double) SUBPOINTS,
                                    (double) y - params->centre + (s / SUBPOINTS % SUBPOINTS - 1) / (double) SUBPOINTS,
                                    (double) z - params->centre + (s / (SUBPOINTS * SUBPOINTS) - 1) / (double) SUBPOINTS };
              double p[3];
              turn_back (rotation, v, p);
              count += is_inside (n_boxes, boxes, p);
            }
          out[(z * n + y) * n + x] = (real) count / (SUBPOINTS * SUBPOINTS * SUBPOINTS);
        }
}

/* integral over the turned boxes of exp (-i w . r), times scale */
static void
transform (size_t n_boxes, const SwBox *boxes, const double *rotation, const double w[3], double scale, double ret[2])
{
  double own[3];
  turn_back (rotation, w, own);
  ret[0] = ret[1] = 0;
  for (size_t b = 0; b < n_boxes; b++)
    {
      double amplitude = scale, phase = 0;
      for (int d = 0; d < 3; d++)
        {
          const double length = boxes[b].high[d] - boxes[b].low[d], half = 0.5 * own[d] * length;
          amplitude *= fabs (half) < 1e-9 ? length : length * sin (half) / half;
          phase -= own[d] * 0.5 * (boxes[b].high[d] + boxes[b].low[d]);
        }
      ret[0] += amplitude * cos (phase);
      ret[1] += amplitude * sin (phase);
    }
}

static SwStatus
fill_bandlimited (const SwVoxelParams *params, size_t n_boxes, const SwBox *boxes, const double *rotation, real *out, SwError *error)
{
  const size_t n = params->size, row = n / 2 + 1;
  const double unit = 2 * M_PI / (double) n, scale = 1 / pow ((double) n, 3);
  const int k_max = (int) (n - 1) / 2;
  FFT (complex) *modes = sw_alloc0 (n * n * row, sizeof *modes);
  FFT (plan) plan = NULL;
  if (modes != NULL)
    {
      sw_planner_lock ();
      plan = FFT (plan_dft_c2r_3d) ((int) n, (int) n, (int) n, modes, out, FFTW_ESTIMATE);
      sw_planner_unlock ();
    }
  if (plan == NULL)
    {
      sw_free (modes);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a grid of %zu^3 voxels", n);
    }
  for (int z = -k_max; z <= k_max; z++)
    for (int y = -k_max; y <= k_max; y++)
      for (int x = 0; x <= k_max; x++)
        {
          const double w[3] = { unit * x, unit * y, unit * z };
          const double shift = -params->centre * (w[0] + w[1] + w[2]);
          double value[2];
          FFT (complex) * mode;
          if (w[0] * w[0] + w[1] * w[1] + w[2] * w[2] > params->w_max * params->w_max)
            continue;
          transform (n_boxes, boxes, rotation, w, scale, value);
          mode = modes + ((size_t) (z < 0 ? z + (int) n : z) * n + (size_t) (y < 0 ? y + (int) n : y)) * row + (size_t) x;
          (*mode)[0] = (real) (value[0] * cos (shift) - value[1] * sin (shift));
          (*mode)[1] = (real) (value[0] * sin (shift) + value[1] * cos (shift));
        }
  FFT (execute) (plan);
  sw_planner_lock ();
  FFT (destroy_plan) (plan);
  sw_planner_unlock ();
  sw_free (modes);
  return SW_OK;
}

SwStatus
sw_voxelize_boxes (const SwVoxelParams *params,
                   size_t n_boxes,
                   const SwBox *boxes,
                   const double *rotation,
                   real *out,
                   SwError *error)
{
  if (params->size < 1 || params->size > 512)
    return sw_error_set (error, SW_ERROR_INVALID, "a grid has 1 to 512 voxels along an edge, not %zu", params->size);
  if (params->bandlimited)
    return fill_bandlimited (params, n_boxes, boxes, rotation, out, error);
  fill_sampled (params, n_boxes, boxes, rotation, out);
  return SW_OK;
}
