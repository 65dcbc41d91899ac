/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-rebox.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "nn/spectral-stage.h"

/* Width of the window's fall, in voxels of the level: a sharper one would not fit the level's band and fold back. */
#define FALL 2.5

static size_t
common_divisor (size_t a, size_t b)
{
  while (b > 0)
    {
      const size_t rest = a % b;
      a = b;
      b = rest;
    }
  return a;
}

/* Offset from the centre of rotation, which has index 0. */
static ptrdiff_t
offset_of (size_t i, size_t n)
{
  return i > n / 2 ? (ptrdiff_t) i - (ptrdiff_t) n : (ptrdiff_t) i;
}

SwStatus
sw_rebox_init (SwRebox *rebox, const SwModes *from_modes, const SwModes *to_modes, unsigned stride, const SwBand *band)
{
  const size_t from = from_modes->n_box, to = to_modes->n_box, divisor = common_divisor (from, to);
  size_t factor = 1;
  *rebox = (SwRebox){ 0 };
  while (factor * from < (2 * (size_t) sw_level_k_max (from, stride, band->w_max) + 1) * divisor
         || factor * to < (2 * (size_t) sw_level_k_max (to, stride, band->w_max) + 1) * divisor || factor * stride < divisor)
    factor++;
  const size_t n = factor * from / divisor;
  if (sw_level_init (&rebox->from, from_modes, stride, band, n) != SW_OK
      || sw_level_init (&rebox->to, to_modes, stride, band, factor * to / divisor) != SW_OK
      || (rebox->window = SW_NEW (real, n * n * n)) == NULL)
    {
      sw_rebox_clear (rebox);
      return SW_ERROR_MEMORY;
    }
  const double spacing = (double) from / (double) n, end = 0.5 * (double) from, width = fmin (FALL * stride, end);
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        {
          const double d[3] = { (double) offset_of (x, n), (double) offset_of (y, n), (double) offset_of (z, n) };
          const double r = spacing * sqrt (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
          const double t = fmin (fmax ((r - end + width) / width, 0.0), 1.0);
          rebox->window[(z * n + y) * n + x] = (real) (0.5 * (1.0 + cos (M_PI * t)));
        }
  return SW_OK;
}

void
sw_rebox_clear (SwRebox *rebox)
{
  sw_level_clear (&rebox->from);
  sw_level_clear (&rebox->to);
  sw_free (rebox->window);
  *rebox = (SwRebox){ 0 };
}

typedef struct
{
  const SwRebox *rebox;
  size_t n_channels;
  real scale;
  real *grid; /* [z][y][x][channel] of the small grid */
} Job;

/* The small grid's lines: to memory, and from there. */
static void
write_small (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const Job *job = data;
  const size_t n = job->rebox->from.n, c = job->n_channels;
  const real *window = job->rebox->window + (z * n + y) * n;
  real *to = job->grid + (z * n + y) * n * c;
  for (size_t x = 0; x < n; x++)
    for (size_t i = 0; i < c; i++)
      to[x * c + i] = window[x] * in[x * in_stride + i];
}

static void
read_small (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const Job *job = data;
  const size_t n = job->rebox->from.n, c = job->n_channels;
  const real *window = job->rebox->window + (z * n + y) * n, *from = job->grid + (z * n + y) * n * c;
  for (size_t x = 0; x < n; x++)
    for (size_t i = 0; i < c; i++)
      out[x * out_stride + i] = job->scale * window[x] * from[x * c + i];
}

/* Where voxel i of a large line lies on the small one; SIZE_MAX: outside. */
static size_t
small_index (const SwRebox *rebox, size_t i)
{
  const ptrdiff_t d = offset_of (i, rebox->to.n), n = (ptrdiff_t) rebox->from.n;
  if (2 * d > n || 2 * d <= -n)
    return SIZE_MAX;
  return (size_t) (d < 0 ? d + n : d);
}

static void
read_large (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const Job *job = data;
  const size_t n = job->rebox->from.n, c = job->n_channels;
  const size_t sz = small_index (job->rebox, z), sy = small_index (job->rebox, y);
  for (size_t x = 0; x < job->rebox->to.n; x++)
    {
      const size_t sx = small_index (job->rebox, x);
      if (sz == SIZE_MAX || sy == SIZE_MAX || sx == SIZE_MAX)
        memset (out + x * out_stride, 0, c * sizeof (real));
      else
        memcpy (out + x * out_stride, job->grid + ((sz * n + sy) * n + sx) * c, c * sizeof (real));
    }
}

static void
write_large (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const Job *job = data;
  const size_t n = job->rebox->from.n, c = job->n_channels;
  const size_t sz = small_index (job->rebox, z), sy = small_index (job->rebox, y);
  for (size_t x = 0; x < job->rebox->to.n; x++)
    {
      const size_t sx = small_index (job->rebox, x);
      if (sz != SIZE_MAX && sy != SIZE_MAX && sx != SIZE_MAX)
        memcpy (job->grid + ((sz * n + sy) * n + sx) * c, in + x * in_stride, c * sizeof (real));
    }
}

static SwStage
stage_to_grid (const SwLevel *level, size_t n_channels, const real *modes, const real *scale, SwStageLine line, Job *job)
{
  return (SwStage){ .grid = level, .n_inputs = 1, .in_ball = level, .input = { modes }, .input_channels = { n_channels },
                    .input_blocks = { level->n_blocks }, .input_scale = { scale }, .line = line, .data = job };
}

static SwStage
stage_from_grid (const SwLevel *level, size_t n_channels, real *modes, const real *scale, SwStageLine line, Job *job)
{
  return (SwStage){ .grid = level, .out_ball = level, .output = modes, .output_channels = n_channels, .output_scale = scale,
                    .line = line, .data = job };
}

static size_t
grid_size (const SwRebox *rebox, size_t n_channels)
{
  const size_t n = rebox->from.n;
  return (n * n * n * n_channels * sizeof (real) + SW_ALIGN - 1) / SW_ALIGN * SW_ALIGN;
}

size_t
sw_rebox_work_size (const SwRebox *rebox, size_t n_channels)
{
  size_t size = 0;
  for (int i = 0; i < 2; i++)
    {
      const SwLevel *level = i == 0 ? &rebox->from : &rebox->to;
      const SwStage to = stage_to_grid (level, n_channels, NULL, NULL, NULL, NULL);
      const SwStage from = stage_from_grid (level, n_channels, NULL, NULL, NULL, NULL);
      const size_t a = sw_stage_work_size (&to), b = sw_stage_work_size (&from);
      size = a > size ? a : size;
      size = b > size ? b : size;
    }
  return size + grid_size (rebox, n_channels);
}

void
sw_rebox_forward (const SwRebox *rebox, const SwModes *from_modes, const SwModes *to_modes, size_t n_channels, const real *in, real *out, void *work)
{
  Job job = { .rebox = rebox, .n_channels = n_channels, .grid = work };
  void *const rest = (char *) work + grid_size (rebox, n_channels);
  const SwStage first = stage_to_grid (&rebox->from, n_channels, in, NULL, write_small, &job);
  const SwStage second = stage_from_grid (&rebox->to, n_channels, out, rebox->to.taper, read_large, &job);
  sw_stage_run (&first, from_modes, rest);
  sw_stage_run (&second, to_modes, rest);
}

void
sw_rebox_backward (const SwRebox *rebox, const SwModes *from_modes, const SwModes *to_modes, size_t n_channels, const real *d_out, real *d_in, void *work)
{
  Job job = { .rebox = rebox, .n_channels = n_channels, .grid = work };
  void *const rest = (char *) work + grid_size (rebox, n_channels);
  const double part = (double) rebox->from.n / (double) rebox->to.n;
  job.scale = (real) (part * part * part); /* sums over modes: 1 / n^3 of the large grid, where the stage gives that of the small one */
  const SwStage first = stage_to_grid (&rebox->to, n_channels, d_out, rebox->to.taper, write_large, &job);
  const SwStage second = stage_from_grid (&rebox->from, n_channels, d_in, NULL, read_small, &job);
  sw_stage_run (&first, to_modes, rest);
  sw_stage_run (&second, from_modes, rest);
}
