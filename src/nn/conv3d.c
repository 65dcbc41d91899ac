/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/conv3d.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "nn/correlate-private.h"
#include "nn/winograd-private.h"

/* Backward_weights keeps ROWS x taps by 2 vectors of output channels in registers. */
#define WEIGHT_LANES (2 * SW_LANES)
#define WEIGHT_CACHE 16384

static SwCorrelate
forward_correlate (const SwConv3dShape *shape, size_t size_out)
{
  SwCorrelate c = { .c_in = shape->c_in, .c_out = shape->c_out };

  sw_packed_grid_init (&c.grid, shape->size, shape->stride, shape->padding);
  for (int a = 0; a < 3; a++)
    c.axis[a] = (SwCorrelateAxis) {
      .n_taps = shape->kernel, .offset = 0, .n_out = size_out, .tap_first = 0, .tap_step = 1
    };
  c.out_x = 1;
  c.out_y = size_out;
  c.out_z = size_out * size_out;
  c.out_channel = size_out * c.out_z;
  sw_correlate_init (&c);
  return c;
}

/* d_in at x = s j + f takes taps d = d_0 + s t, d_0 = (f + padding) mod s, from d_out at o = (x + padding - d) / s
 * = j + c - t: a correlation of d_out with the taps in reverse order. */
typedef struct
{
  size_t n_taps, n_out;
  ptrdiff_t tap_last, shift;
} Phase;

static Phase
backward_phase (const SwConv3dShape *shape, size_t f)
{
  const size_t s = shape->stride, d_first = (f + shape->padding) % s;
  Phase phase = { 0 };

  phase.n_out = shape->size > f ? (shape->size - f + s - 1) / s : 0;
  phase.n_taps = shape->kernel > d_first ? (shape->kernel - d_first + s - 1) / s : 0;
  phase.tap_last = (ptrdiff_t) (d_first + s * phase.n_taps) - (ptrdiff_t) s;
  phase.shift = (ptrdiff_t) ((f + shape->padding - d_first) / s) - (ptrdiff_t) phase.n_taps + 1;
  return phase;
}

/* Gap that serves all phases: the furthest read before the first or after the last voxel of d_out. */
static size_t
backward_pad (const SwConv3dShape *shape, size_t size_out)
{
  ptrdiff_t pad = 0;

  for (size_t f = 0; f < shape->stride; f++)
    {
      const Phase phase = backward_phase (shape, f);
      const ptrdiff_t right = (ptrdiff_t) (phase.n_out + phase.n_taps) + phase.shift - 1
                              - (ptrdiff_t) size_out;
      if (phase.n_out == 0 || phase.n_taps == 0)
        continue;
      pad = -phase.shift > pad ? -phase.shift : pad;
      pad = right > pad ? right : pad;
    }
  return (size_t) pad;
}

/* Phase f[z, y, x] of the backward pass; false when no tap or voxel belongs to it. */
static bool
backward_correlate (const SwConv3dShape *shape, size_t size_out, const size_t f[3], SwCorrelate *ret)
{
  const size_t n = shape->size, s = shape->stride;
  SwCorrelate c = { .c_in = shape->c_out, .c_out = shape->c_in };

  sw_packed_grid_init (&c.grid, size_out, 1, backward_pad (shape, size_out));
  for (int a = 0; a < 3; a++)
    {
      const Phase phase = backward_phase (shape, f[a]);
      if (phase.n_out == 0 || phase.n_taps == 0)
        return false;
      c.axis[a] = (SwCorrelateAxis) { .n_taps = phase.n_taps,
                                      .offset = (size_t) ((ptrdiff_t) c.grid.pad + phase.shift),
                                      .n_out = phase.n_out,
                                      .tap_first = phase.tap_last,
                                      .tap_step = -(ptrdiff_t) s };
    }
  c.out_x = s;
  c.out_y = s * n;
  c.out_z = s * n * n;
  c.out_channel = n * n * n;
  sw_correlate_init (&c);
  *ret = c;
  return true;
}

static size_t
aligned_length (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

/* d_out with channels as lanes: [block of channels][z][y][x][WEIGHT_LANES] */
static size_t
lanes_length (const SwConv3dPlan *plan)
{
  const size_t n_blocks = (plan->shape.c_out + WEIGHT_LANES - 1) / WEIGHT_LANES;
  return n_blocks * plan->size_out * plan->size_out * plan->size_out * WEIGHT_LANES;
}

static size_t
weight_sums_length (const SwConv3dPlan *plan)
{
  const SwConv3dShape *shape = &plan->shape;
  const size_t n_blocks = (shape->c_out + WEIGHT_LANES - 1) / WEIGHT_LANES;
  return n_blocks * shape->c_in * shape->kernel * shape->kernel * shape->kernel * WEIGHT_LANES;
}

/* Few input channels: threads share planes, each part with sums of its own. */
static size_t
weight_parts (const SwConv3dPlan *plan)
{
  return plan->shape.c_in >= 8 ? 1 : plan->size_out < 8 ? plan->size_out : 8;
}

/* The same four for whichever way serves. */
static size_t
weights_length (const SwCorrelate *c)
{
  return sw_winograd_serves (c) ? sw_winograd_weights_length (c) : sw_correlate_weights_length (c);
}

static size_t
scratch_length (const SwCorrelate *c, int n_threads)
{
  return sw_winograd_serves (c) ? sw_winograd_scratch_length (c, n_threads)
                                : sw_correlate_scratch_length (c, n_threads);
}

static void
pack (const SwCorrelate *c,
      const real *restrict kernel,
      size_t stride_out,
      size_t stride_in,
      size_t edge,
      real *restrict packed)
{
  if (sw_winograd_serves (c))
    sw_winograd_pack (c, kernel, stride_out, stride_in, edge, packed);
  else
    sw_correlate_pack (c, kernel, stride_out, stride_in, edge, packed);
}

static void
run (const SwCorrelate *c,
     const real *restrict src,
     const real *restrict packed,
     const real *restrict bias,
     bool add,
     real *restrict out,
     real *restrict scratch,
     int n_threads)
{
  if (sw_winograd_serves (c))
    sw_winograd_run (c, src, packed, bias, add, out, scratch, n_threads);
  else
    sw_correlate_run (c, src, packed, bias, add, out, scratch, n_threads);
}

/* Coordinates are those of the input. */
static SwFourierShape
fourier_shape (const SwConv3dPlan *plan, bool backward)
{
  const SwConv3dShape *shape = &plan->shape;
  const SwFourierSide in = { .edge = shape->size, .first = 0, .step = 1 };
  const SwFourierSide out = { .edge = plan->size_out,
                              .first = (ptrdiff_t) (shape->kernel / 2) - (ptrdiff_t) shape->padding,
                              .step = (ptrdiff_t) shape->stride };
  return (SwFourierShape) { .source = backward ? out : in,
                            .target = backward ? in : out,
                            .c_source = backward ? shape->c_out : shape->c_in,
                            .c_target = backward ? shape->c_in : shape->c_out,
                            .kernel = shape->kernel,
                            .n_batch = shape->n_batch };
}

/* Seconds of one processor per multiply-add of the sums over taps, measured with those of fourier.c. */
#define SECONDS_SUM 1.4e-11
#define SECONDS_WINOGRAD_3 1.1e-11
#define SECONDS_WINOGRAD_5 0.62e-11
#define SECONDS_WEIGHTS 1.7e-11 /* lanes that are empty count */

static double
sums_cost (const SwConv3dPlan *plan, const SwCorrelate *c)
{
  const double n = (double) plan->size_out, n_terms = n * n * n * (double) (plan->n_kernel * plan->shape.n_batch);
  return n_terms * (!sw_winograd_serves (c) ? SECONDS_SUM : plan->shape.kernel == 3 ? SECONDS_WINOGRAD_3 : SECONDS_WINOGRAD_5);
}

static double
weights_cost (const SwConv3dPlan *plan)
{
  const size_t half = WEIGHT_LANES / 2;
  const double n = (double) plan->size_out, n_terms = n * n * n * (double) (plan->n_kernel * plan->shape.n_batch);
  const double n_lanes = (double) ((plan->shape.c_out + half - 1) / half * half);
  return n_terms * SECONDS_WEIGHTS * n_lanes / (double) plan->shape.c_out;
}

static bool
chooses_fourier (const SwConv3dPlan *plan, const SwFourierShape *by, bool backward, double sums)
{
  if (plan->shape.way == SW_CONV3D_SUMS || !sw_fourier_serves (by))
    return false;
  return plan->shape.way == SW_CONV3D_FOURIER || sw_fourier_cost (by, backward) < sums;
}

static void
plan_forward (SwConv3dPlan *plan)
{
  const SwConv3dShape *shape = &plan->shape;
  const SwCorrelate c = forward_correlate (shape, plan->size_out);
  const SwFourierShape by = fourier_shape (plan, false);

  plan->n_packed = weights_length (&c);
  plan->n_scratch = aligned_length (sw_packed_grid_length (&c.grid, shape->c_in))
                    + aligned_length (scratch_length (&c, plan->n_threads));
  plan->by_fourier = chooses_fourier (plan, &by, false, sums_cost (plan, &c));
}

static void
plan_backward (SwConv3dPlan *plan)
{
  const SwConv3dShape *shape = &plan->shape;
  const SwCorrelate forward = forward_correlate (shape, plan->size_out);
  const SwFourierShape by = fourier_shape (plan, true);
  const size_t s = shape->stride;
  size_t most = 0, src = 0;

  for (size_t f = 0; f < s * s * s; f++)
    {
      SwCorrelate c;
      if (!backward_correlate (shape, plan->size_out, (size_t[3]) { f / s / s, f / s % s, f % s }, &c))
        continue;
      const size_t scratch = aligned_length (scratch_length (&c, plan->n_threads));
      most = scratch > most ? scratch : most;
      src = aligned_length (sw_packed_grid_length (&c.grid, shape->c_out));
      plan->n_packed_backward += aligned_length (weights_length (&c));
    }
  const size_t weights = aligned_length (sw_packed_grid_length (&forward.grid, shape->c_in))
                         + lanes_length (plan) + weight_parts (plan) * weight_sums_length (plan);
  plan->n_scratch_backward = src + most > weights ? src + most : weights;
  /* of a single channel, an image, nobody asks the gradient when training */
  const double sums = weights_cost (plan) + (shape->c_in > 1 ? sums_cost (plan, &forward) : 0);
  plan->backward_by_fourier = chooses_fourier (plan, &by, true, sums);
}

void
sw_conv3d_plan_clear (SwConv3dPlan *plan)
{
  sw_fourier_clear (&plan->fourier);
  sw_fourier_clear (&plan->fourier_backward);
}

SwStatus
sw_conv3d_plan (const SwConv3dShape *shape, SwConv3dPlan *ret, SwError *error)
{
  const size_t k = shape->kernel, n = shape->size;
  SwConv3dPlan plan = { .shape = *shape, .n_threads = omp_get_max_threads () };
  const size_t n_batch = shape->n_batch > 0 ? shape->n_batch : 1;
  size_t edge, pitch, bytes;

  if (k % 2 == 0 || k > SW_KERNEL_MAX)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a convolution kernel of size %zu; it must be odd and at most %d", k,
                         SW_KERNEL_MAX);
  if (shape->c_in == 0 || shape->c_out == 0 || n == 0 || shape->stride == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "a convolution without channels, voxels or stride");
  if (shape->padding >= k)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "padding %zu is not below the size of the kernel, %zu", shape->padding, k);
  if (n > 4096 || shape->stride > 64 || shape->c_in > 1 << 20 || shape->c_out > 1 << 20
      || sw_mul (n + 4 * k, n + 4 * k, &edge) != 0 || sw_mul (edge, n + 4 * k, &edge) != 0
      || sw_mul (edge, 8 * (shape->c_in + shape->c_out), &bytes) != 0)
    return sw_error_set (error, SW_ERROR_INVALID, "a convolution of absurd size");
  pitch = n + 2 * shape->padding;
  if (pitch < k)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a grid of %zu voxels is smaller than a kernel of %zu with padding %zu", n, k,
                         shape->padding);
  plan.size_out = (pitch - k) / shape->stride + 1;
  plan.n_kernel = shape->c_out * shape->c_in * k * k * k;

  plan.shape.n_batch = n_batch;
  plan_forward (&plan);
  plan_backward (&plan);
  SwStatus status = SW_OK;
  if (plan.by_fourier)
    {
      const SwFourierShape by = fourier_shape (&plan, false);
      status = sw_fourier_init (&plan.fourier, &by, false);
      if (status == SW_OK)
        {
          plan.n_packed = sw_fourier_weights_length (&plan.fourier);
          plan.n_scratch = sw_fourier_scratch_length (&plan.fourier, false, plan.n_threads);
        }
    }
  if (plan.backward_by_fourier && status == SW_OK)
    {
      const SwFourierShape by = fourier_shape (&plan, true);
      status = sw_fourier_init (&plan.fourier_backward, &by, true);
      if (status == SW_OK)
        {
          plan.n_packed_backward = sw_fourier_weights_length (&plan.fourier_backward);
          plan.n_scratch_backward = sw_fourier_scratch_length (&plan.fourier_backward, true, plan.n_threads);
        }
    }
  if (status != SW_OK)
    {
      sw_conv3d_plan_clear (&plan);
      return sw_error_set (error, status, "no memory for a plan of a convolution");
    }
  *ret = plan;
  return SW_OK;
}

void
sw_conv3d_pack (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed)
{
  const SwConv3dShape *shape = &plan->shape;
  const SwCorrelate c = forward_correlate (shape, plan->size_out);
  const size_t n_taps = shape->kernel * shape->kernel * shape->kernel;

  if (plan->by_fourier)
    {
      sw_fourier_pack (&plan->fourier, kernel, shape->c_in * n_taps, n_taps, false, packed, plan->n_threads);
      return;
    }
  pack (&c, kernel, shape->c_in * n_taps, n_taps, shape->kernel, packed);
}

void
sw_conv3d_pack_backward (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed)
{
  const SwConv3dShape *shape = &plan->shape;
  const size_t n_taps = shape->kernel * shape->kernel * shape->kernel, s = shape->stride;

  if (plan->backward_by_fourier)
    {
      sw_fourier_pack (&plan->fourier_backward, kernel, n_taps, shape->c_in * n_taps, true, packed,
                       plan->n_threads);
      return;
    }
  for (size_t f = 0; f < s * s * s; f++)
    {
      SwCorrelate c;
      if (!backward_correlate (shape, plan->size_out, (size_t[3]) { f / s / s, f / s % s, f % s }, &c))
        continue;
      pack (&c, kernel, n_taps, shape->c_in * n_taps, shape->kernel, packed);
      packed += aligned_length (weights_length (&c));
    }
}

void
sw_conv3d_forward (const SwConv3dPlan *plan,
                   size_t n_batch,
                   const real *restrict in,
                   const real *restrict packed,
                   const real *restrict bias,
                   real *restrict out,
                   real *restrict scratch)
{
  const SwCorrelate c = forward_correlate (&plan->shape, plan->size_out);
  const size_t n_in = c.c_in * plan->shape.size * plan->shape.size * plan->shape.size;

  if (plan->by_fourier)
    {
      sw_fourier_run (&plan->fourier, n_batch, in, packed, bias, false, out, scratch, plan->n_threads);
      return;
    }
  real *const src = scratch;
  scratch += aligned_length (sw_packed_grid_length (&c.grid, c.c_in));
  for (size_t b = 0; b < n_batch; b++)
    {
      sw_packed_grid_fill (&c.grid, c.c_in, in + b * n_in, src, plan->n_threads);
      run (&c, src, packed, bias, false, out + b * c.c_out * c.out_channel, scratch, plan->n_threads);
    }
}

static void
backward_data (const SwConv3dPlan *plan,
               const real *restrict d_out,
               const real *restrict packed,
               real *restrict d_in,
               real *restrict scratch)
{
  const SwConv3dShape *shape = &plan->shape;
  const size_t n = shape->size, s = shape->stride;
  real *src = NULL;

  for (size_t f = 0; f < s * s * s; f++)
    {
      const size_t at[3] = { f / s / s, f / s % s, f % s };
      SwCorrelate c;
      if (!backward_correlate (shape, plan->size_out, at, &c))
        continue;
      if (src == NULL)
        {
          src = scratch;
          scratch += aligned_length (sw_packed_grid_length (&c.grid, c.c_in));
          sw_packed_grid_fill (&c.grid, c.c_in, d_out, src, plan->n_threads);
        }
      run (&c, src, packed, NULL, true, d_in + (at[0] * n + at[1]) * n + at[2], scratch,
                        plan->n_threads);
      packed += aligned_length (weights_length (&c));
    }
}

/* ---- gradient of the weights: lanes are output channels, taps of a few rows are in registers ---- */

/* sum[row, x tap][lane] += x[row + tap] d_out[lane] over one run of voxels; n_vectors of the WEIGHT_LANES */
static inline __attribute__ ((always_inline)) void
weight_tile (const size_t n_rows,
             const size_t n_taps,
             const size_t n_vectors,
             size_t n_y,
             size_t n_x,
             size_t pitch,
             const real *const rows[],
             const size_t offsets[],
             const real *restrict d_out,
             real *restrict sums)
{
  SwVector sum[5][15][2];

#pragma GCC unroll 5
  for (size_t r = 0; r < n_rows; r++)
#pragma GCC unroll 15
    for (size_t u = 0; u < n_taps; u++)
      for (size_t v = 0; v < n_vectors; v++)
        sum[r][u][v] = (SwVector) { 0 };
  for (size_t y = 0; y < n_y; y++)
    for (size_t x = 0; x < n_x; x++)
      {
        const SwVector *d = (const SwVector *) (d_out + (y * n_x + x) * WEIGHT_LANES);
        const SwVector d0 = d[0], d1 = d[n_vectors - 1];
#pragma GCC unroll 5
        for (size_t r = 0; r < n_rows; r++)
          {
            const real *at = rows[r] + y * pitch + x;
#pragma GCC unroll 15
            for (size_t u = 0; u < n_taps; u++)
              {
                const real v = at[offsets[u]];
                sum[r][u][0] += v * d0;
                if (n_vectors > 1)
                  sum[r][u][1] += v * d1;
              }
          }
      }
#pragma GCC unroll 5
  for (size_t r = 0; r < n_rows; r++)
#pragma GCC unroll 15
    for (size_t u = 0; u < n_taps; u++)
      {
        SwVector *to = (SwVector *) (sums + (r * n_taps + u) * WEIGHT_LANES);
        for (size_t v = 0; v < n_vectors; v++)
          to[v] += sum[r][u][v];
      }
}

/* Stride 1 has the taps side by side, which the compiler then addresses by constants. It must not keep taps from one voxel to
 * the next: spreading them from registers takes the places of multiply-adds, loads do not. */
static void __attribute__ ((optimize ("no-predictive-commoning")))
weight_tiles (size_t n_rows,
              size_t n_taps,
              size_t n_vectors,
              bool adjacent,
              size_t n_y,
              size_t n_x,
              size_t pitch,
              const real *const rows[],
              const size_t offsets[],
              const real *restrict d_out,
              real *restrict sums)
{
  static const size_t side_by_side[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };

#define CASE(r, u, v)                                                                              \
  if (n_rows == r && n_taps == u && n_vectors == v)                                                \
    {                                                                                              \
      if (adjacent)                                                                                \
        weight_tile (r, u, v, n_y, n_x, pitch, rows, side_by_side, d_out, sums);                   \
      else                                                                                         \
        weight_tile (r, u, v, n_y, n_x, pitch, rows, offsets, d_out, sums);                        \
      return;                                                                                      \
    }
#if SW_TILE_ROWS == 8
  CASE (4, 3, 2)
  CASE (3, 3, 2)
  CASE (2, 5, 2)
  CASE (4, 5, 1)
  CASE (3, 5, 1)
  CASE (2, 5, 1)
  CASE (3, 7, 1)
  CASE (2, 7, 1)
#endif
  CASE (4, 3, 1)
  CASE (3, 3, 1)
  CASE (2, 3, 1)
  CASE (1, 3, 1)
  CASE (1, 5, 1)
  CASE (1, 7, 1)
  CASE (2, 3, 2)
  CASE (1, 3, 2)
  CASE (1, 5, 2)
  CASE (1, 7, 2)
  CASE (4, 1, 2)
#undef CASE
  for (size_t r = 0; r < n_rows; r++)
    for (size_t u = 0; u < n_taps; u++)
      weight_tile (1, 1, 2, n_y, n_x, pitch, rows + r, offsets + u, d_out,
                   sums + (r * n_taps + u) * WEIGHT_LANES);
}

/* Rows of taps per tile. */
static size_t
weight_rows (size_t n_taps, size_t n_vectors)
{
#if SW_TILE_ROWS == 8
  if (n_vectors == 1 && (n_taps == 5 || n_taps == 7))
    return n_taps == 5 ? 4 : 3;
  return n_taps == 1 ? 4 : n_taps == 3 ? 4 : n_taps == 5 ? 2 : 1;
#else
  return n_taps == 1 ? 4 : n_taps == 3 ? (n_vectors == 1 ? 4 : 2) : 1;
#endif
}

static void
fill_lanes (const SwConv3dPlan *plan, const real *restrict d_out, real *restrict lanes)
{
  const size_t c_out = plan->shape.c_out, n_blocks = (c_out + WEIGHT_LANES - 1) / WEIGHT_LANES;
  const size_t n_plane = plan->size_out * plan->size_out, n_voxels = n_plane * plan->size_out;

#pragma omp parallel for schedule(static) num_threads(plan->n_threads)
  for (size_t bz = 0; bz < n_blocks * plan->size_out; bz++)
    {
      const size_t b = bz / plan->size_out, z = bz % plan->size_out;
      real *to = lanes + bz * n_plane * WEIGHT_LANES;
      const real *from = d_out + b * WEIGHT_LANES * n_voxels + z * n_plane;
      const size_t n_lanes = c_out - b * WEIGHT_LANES < WEIGHT_LANES ? c_out - b * WEIGHT_LANES : WEIGHT_LANES;
      /* few voxels at a time, so that their lines stay in the cache */
      for (size_t first = 0; first < n_plane; first += 16)
        {
          const size_t end = first + 16 < n_plane ? first + 16 : n_plane;
          for (size_t l = 0; l < n_lanes; l++)
            for (size_t v = first; v < end; v++)
              to[v * WEIGHT_LANES + l] = from[l * n_voxels + v];
          for (size_t v = first; v < end; v++)
            for (size_t l = n_lanes; l < WEIGHT_LANES; l++)
              to[v * WEIGHT_LANES + l] = 0;
        }
    }
}

/* Planes z_first .. z_end for input channel i, all taps, one block of output channels. */
static void
weight_task (const SwConv3dPlan *plan,
             const SwPackedGrid *grid,
             size_t i,
             size_t z_first,
             size_t z_end,
             size_t n_vectors,
             const real *restrict src,
             const real *restrict lanes,
             real *restrict sums)
{
  const SwConv3dShape *shape = &plan->shape;
  const size_t k = shape->kernel, s = shape->stride, n = plan->size_out;
  const size_t per_tile = weight_rows (k, n_vectors);
  /* rows of d_out that stay in the first cache while the rows of taps go by */
  const size_t in_cache = WEIGHT_CACHE / (n * WEIGHT_LANES * sizeof (real));
  const size_t chunk = in_cache > 0 ? in_cache : 1, n_chunks = (n + chunk - 1) / chunk;
  size_t offsets[SW_KERNEL_MAX];

  for (size_t u = 0; u < k; u++)
    offsets[u] = u % s * grid->phase + u / s;
  for (size_t zc = z_first * n_chunks; zc < z_end * n_chunks; zc++)
    for (size_t first = 0; first < k * k;)
      {
        const size_t z = zc / n_chunks, y_first = zc % n_chunks * n / n_chunks;
        const size_t n_y = (zc % n_chunks + 1) * n / n_chunks - y_first;
        const real *rows[5];
        size_t n_rows = 0;
        for (; first < k * k && n_rows < per_tile; first++)
          {
            const size_t uz = first / k, uy = first % k, padded_z = s * z + uz;
            /* a row of taps in the padding adds nothing; it ends the tile, whose rows are neighbours */
            if (padded_z < shape->padding || padded_z >= shape->size + shape->padding)
              {
                if (n_rows > 0)
                  break;
                continue;
              }
            rows[n_rows++] = src + i * grid->channel + (padded_z - shape->padding) * grid->plane
                             + uy % s * s * grid->phase + (uy / s + y_first) * grid->pitch;
          }
        if (n_rows == 0)
          continue;
        const size_t tile_first = first - n_rows;
        weight_tiles (n_rows, k, n_vectors, s == 1, n_y, n, grid->pitch, rows, offsets,
                      lanes + (z * n + y_first) * n * WEIGHT_LANES, sums + tile_first * k * WEIGHT_LANES);
      }
}

static void
backward_weights (const SwConv3dPlan *plan,
                  const real *restrict in,
                  const real *restrict d_out,
                  real *restrict d_kernel,
                  real *restrict scratch)
{
  const SwConv3dShape *shape = &plan->shape;
  const size_t k = shape->kernel, n = plan->size_out;
  const SwCorrelate c = forward_correlate (shape, n);
  const size_t n_blocks = (shape->c_out + WEIGHT_LANES - 1) / WEIGHT_LANES;
  const size_t n_taps = k * k * k, n_parts = weight_parts (plan), n_sums = weight_sums_length (plan);
  real *const src = scratch;
  real *const lanes = src + aligned_length (sw_packed_grid_length (&c.grid, shape->c_in));
  real *const sums = lanes + lanes_length (plan);

  sw_packed_grid_fill (&c.grid, shape->c_in, in, src, plan->n_threads);
  fill_lanes (plan, d_out, lanes);
  memset (sums, 0, n_parts * n_sums * sizeof (real));
#pragma omp parallel for schedule(dynamic) num_threads(plan->n_threads)
  for (size_t task = 0; task < n_blocks * shape->c_in * n_parts; task++)
    {
      const size_t part = task % n_parts, i = task / n_parts % shape->c_in;
      const size_t b = task / n_parts / shape->c_in;
      const size_t n_vectors = shape->c_out - b * WEIGHT_LANES <= WEIGHT_LANES / 2 ? 1 : 2;
      weight_task (plan, &c.grid, i, part * n / n_parts, (part + 1) * n / n_parts, n_vectors, src,
                   lanes + b * n * n * n * WEIGHT_LANES,
                   sums + part * n_sums + (b * shape->c_in + i) * n_taps * WEIGHT_LANES);
    }
  for (size_t part = 0; part < n_parts; part++)
    for (size_t o = 0; o < shape->c_out; o++)
      for (size_t i = 0; i < shape->c_in; i++)
        {
          const real *from = sums + part * n_sums + (o / WEIGHT_LANES * shape->c_in + i) * n_taps * WEIGHT_LANES
                             + o % WEIGHT_LANES;
          real *to = d_kernel + (o * shape->c_in + i) * n_taps;
          for (size_t t = 0; t < n_taps; t++)
            to[t] += from[t * WEIGHT_LANES];
        }
}

void
sw_conv3d_backward (const SwConv3dPlan *plan,
                    size_t n_batch,
                    const real *restrict in,
                    const real *restrict d_out,
                    const real *restrict packed,
                    real *restrict d_in,
                    real *restrict d_kernel,
                    real *restrict scratch)
{
  const size_t n = plan->shape.size, m = plan->size_out;
  const size_t n_in = plan->shape.c_in * n * n * n, n_out = plan->shape.c_out * m * m * m;

  if (plan->backward_by_fourier)
    {
      sw_fourier_gradient (&plan->fourier_backward, n_batch, d_out, in, packed, d_in, d_kernel, scratch,
                           plan->n_threads);
      return;
    }
  for (size_t b = 0; b < n_batch; b++)
    {
      if (d_in != NULL)
        backward_data (plan, d_out + b * n_out, packed, d_in + b * n_in, scratch);
      if (d_kernel != NULL)
        backward_weights (plan, in + b * n_in, d_out + b * n_out, d_kernel, scratch);
    }
}
