/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-private.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "nn/fourier-grid-private.h"
#include "nn/fourier-mix-private.h"
#include "nn/fourier-taps-private.h"

/* What the spectra of all items that are taken at once may be. */
#define SPECTRA_BYTES ((size_t) 640 << 20)
#define TILES_MAX 16
static size_t
aligned (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

static ptrdiff_t
larger (ptrdiff_t a, ptrdiff_t b)
{
  return a > b ? a : b;
}

static ptrdiff_t
smaller (ptrdiff_t a, ptrdiff_t b)
{
  return a < b ? a : b;
}

/* ---- tiles ---- */

/* Least S for tiles of `tile` voxels. One alone may wrap around as long as what it reads there is zero. */
static size_t
least_size (const SwFourierShape *shape, size_t n_tiles, size_t tile)
{
  const ptrdiff_t h = (ptrdiff_t) shape->kernel / 2;
  const ptrdiff_t low = shape->target.first - h, high = sw_fourier_last (&shape->target) + h;
  const ptrdiff_t s_low = shape->source.first, s_high = sw_fourier_last (&shape->source);
  ptrdiff_t least = (ptrdiff_t) tile;

  if (n_tiles > 1)
    return tile + 2 * (size_t) h;
  least = larger (least, smaller (high, s_high) - larger (low, s_low) + 1);
  if (low < s_low)
    least = larger (least, s_high - low + 1);
  if (high > s_high)
    least = larger (least, high - s_low + 1);
  return (size_t) smaller (least, (ptrdiff_t) tile + 2 * h);
}

static bool
is_smooth (size_t n)
{
  static const size_t primes[] = { 2, 3, 5 };
  for (size_t i = 0; i < 3; i++)
    while (n % primes[i] == 0)
      n /= primes[i];
  return n == 1;
}

static size_t
spectrum_length (const SwFourierShape *shape, size_t s)
{
  return s * s * (s / 2 + 1) * SW_FOURIER_PAIR * (sw_fourier_blocks (shape->c_source) + sw_fourier_blocks (shape->c_target));
}

static size_t
items_at_once (const SwFourierShape *shape, size_t n_tiles, size_t s)
{
  const size_t n_all = shape->n_batch * sw_fourier_cube (n_tiles);
  const size_t most = SPECTRA_BYTES / sizeof (real) / spectrum_length (shape, s);
  const size_t n_rounds = most < 1 ? n_all : (n_all + most - 1) / most;
  return (n_all + n_rounds - 1) / n_rounds;
}

/* Rates, in seconds of one processor with 16 floats per vector, fitted to the layers of the published networks on a busy
 * machine (README.md). Only their ratios matter. */
#define SECONDS_PASS 6e-9    /* a pass of a transform, per element of a block */
#define SECONDS_NEAR 8e-9    /* to and from memory, per element of a block, while a volume and the spectra are in the cache */
#define SECONDS_FAR 45e-9    /* and when they are not */
#define VOLUME_BYTES ((size_t) 3 << 19)
#define CACHE_BYTES ((size_t) 24 << 20)
#define SECONDS_TAP 0.35e-9  /* a tap's share in the kernel at one frequency, per channel and block */
#define SECONDS_STORED 1.6   /* times that where the kernel is stored for several items */
#define SECONDS_TERM 0.3e-9  /* a multiply-add of vectors; of which a complex product has 4 */
#define SECONDS_TERM_STORED 0.42e-9
#define SECONDS_TAP_GRADIENT 0.65e-9
#define SECONDS_TERM_GRADIENT 0.8e-9

static double
n_passes_of (size_t s)
{
  double n = 0;
  for (size_t rest = s; rest > 1; n++)
    rest /= rest % 5 == 0 ? 5 : rest % 8 == 0 && rest != 16 ? 8 : rest % 4 == 0 ? 4 : rest % 3 == 0 ? 3 : 2;
  return n;
}

/* A block of channels of one tile, from or to `span` voxels along an edge: passes along x and y see only rows that are not
 * empty. */
static double
transform_cost (size_t s, size_t span, bool far)
{
  const double share = span < s ? (double) span / (double) s : 1;
  return (double) (s * s * (s / 2 + 1))
         * ((far ? SECONDS_FAR : SECONDS_NEAR) + SECONDS_PASS * n_passes_of (s) * (1 + share + share * share));
}

static double
cost_of (const SwFourierShape *shape, bool gradient, size_t n_tiles, size_t tile, size_t s)
{
  const size_t n_items = items_at_once (shape, n_tiles, s), n_all = shape->n_batch * sw_fourier_cube (n_tiles);
  const bool far = n_items * spectrum_length (shape, s) * sizeof (real) > CACHE_BYTES
                   || s * s * (s / 2 + 1) * SW_FOURIER_PAIR * sizeof (real) > VOLUME_BYTES;
  const double rounds = (double) ((n_all + n_items - 1) / n_items), all = (double) n_all;
  const double f = (double) (s * s * (s / 2 + 1)), k = (double) shape->kernel;
  const double blocks_s = (double) sw_fourier_blocks (shape->c_source);
  const double blocks_t = (double) sw_fourier_blocks (shape->c_target);
  const double c_s = (double) shape->c_source, c_t = (double) shape->c_target;
  /* the sums over taps along x and y are the less of it the more frequencies share them */
  const double taps = (k + 1) * (1 + 10 / (double) s);
  const bool stored = n_items > SW_FOURIER_AT_ONCE;
  const double load = blocks_s * transform_cost (s, tile + shape->kernel - 1, far);
  const double target = blocks_t * transform_cost (s, tile, far);
  const double mix = f * c_s * blocks_t
                     * (rounds * taps * SECONDS_TAP * (stored ? SECONDS_STORED : 1)
                        + all * 4 * (stored ? SECONDS_TERM_STORED : SECONDS_TERM));

  if (!gradient)
    return all * (load + target) + mix;
  const double collect
      = f * c_t * blocks_s * (rounds * taps * SECONDS_TAP_GRADIENT + all * 4 * SECONDS_TERM_GRADIENT);
  /* of a single channel, an image, nobody asks the gradient when training */
  return all * (load + target) + collect + (shape->c_target > 1 ? mix + all * target : 0);
}

static double
best (const SwFourierShape *shape, bool gradient, size_t *ret_tiles, size_t *ret_tile, size_t *ret_size)
{
  const size_t span = (size_t) (sw_fourier_last (&shape->target) - shape->target.first) + 1;
  double least = INFINITY;

  for (size_t n_tiles = 1; n_tiles <= TILES_MAX && n_tiles <= span; n_tiles++)
    {
      const size_t tile = (span + n_tiles - 1) / n_tiles, s_min = least_size (shape, n_tiles, tile);
      for (size_t s = s_min; s <= s_min + s_min / 4 + 2 && s <= SW_FOURIER_SIZE_MAX; s++)
        {
          if (!is_smooth (s))
            continue;
          const double cost = cost_of (shape, gradient, n_tiles, tile, s);
          if (cost < least)
            {
              least = cost;
              *ret_tiles = n_tiles;
              *ret_tile = tile;
              *ret_size = s;
            }
        }
    }
  return least;
}

bool
sw_fourier_serves (const SwFourierShape *shape)
{
  size_t n_tiles, tile, size;
  return shape->kernel % 2 == 1 && shape->kernel / 2 <= SW_FOURIER_HALF_MAX
         && best (shape, false, &n_tiles, &tile, &size) < INFINITY;
}

double
sw_fourier_cost (const SwFourierShape *shape, bool gradient)
{
  size_t n_tiles, tile, size;
  return best (shape, gradient, &n_tiles, &tile, &size);
}

SwStatus
sw_fourier_init (SwFourier *fourier, const SwFourierShape *shape, bool gradient)
{
  const size_t half = shape->kernel / 2;

  *fourier = (SwFourier) { .shape = *shape };
  best (shape, gradient, &fourier->n_tiles, &fourier->tile, &fourier->size);
  const size_t s = fourier->size;
  fourier->n_items = items_at_once (shape, fourier->n_tiles, s);
  fourier->trig = SW_NEW (real, s * half * 2 + 1);
  if (fourier->trig == NULL || sw_fft_init (&fourier->fft, s) != SW_OK)
    {
      sw_fourier_clear (fourier);
      return SW_ERROR_MEMORY;
    }
  for (size_t f = 0; f < s; f++)
    for (size_t j = 0; j < half; j++)
      {
        const double angle = 2 * M_PI * (double) (f * (j + 1) % s) / (double) s;
        fourier->trig[(f * half + j) * 2] = (real) cos (angle);
        fourier->trig[(f * half + j) * 2 + 1] = (real) sin (angle);
      }
  return SW_OK;
}

void
sw_fourier_clear (SwFourier *fourier)
{
  sw_fft_clear (&fourier->fft);
  sw_free (fourier->trig);
  *fourier = (SwFourier) { 0 };
}

/* ---- lengths ---- */

size_t
sw_fourier_weights_length (const SwFourier *fourier)
{
  return sw_fourier_blocks (fourier->shape.c_target) * SW_LANES * fourier->shape.c_source
         * sw_fourier_cube (fourier->shape.kernel);
}

static size_t
side_length (const SwFourier *fourier, size_t n_channels)
{
  const size_t s = fourier->size;
  return s * s * (s / 2 + 1) * sw_fourier_step (fourier->n_items, sw_fourier_blocks (n_channels));
}

/* Parts of the sum over f_x in the gradient of the kernel, so that threads share it evenly. Does not depend on their number. */
static size_t
n_groups_of (const SwFourierShape *shape)
{
  const size_t n_blocks = sw_fourier_blocks (shape->c_source);
  return n_blocks >= 8 ? 1 : n_blocks >= 4 ? 2 : 4;
}

static size_t
thread_length (const SwFourier *fourier, bool gradient)
{
  const size_t a = sw_fourier_transform_length (fourier), b = aligned (sw_fourier_mix_scratch (fourier, gradient));
  return a > b ? a : b;
}

size_t
sw_fourier_scratch_length (const SwFourier *fourier, bool gradient, int n_threads)
{
  return side_length (fourier, fourier->shape.c_source) + side_length (fourier, fourier->shape.c_target)
         + (gradient ? n_groups_of (&fourier->shape) * sw_fourier_gradient_length (fourier) : 0)
         + (size_t) n_threads * thread_length (fourier, gradient);
}

/* ---- all items ---- */

typedef struct
{
  const SwFourier *fourier;
  size_t first, n_items; /* of this round */
  real *threads;
  size_t thread_length;
  int n_threads;
} Round;

static real *
scratch_of (const Round *round)
{
  return round->threads + (size_t) omp_get_thread_num () * round->thread_length;
}

/* margin: that of the windows; see windows_init */
static void
load_all (const Round *round, const SwFourierSide *side, size_t c, size_t margin, const real *restrict from, real *restrict spectrum)
{
  const SwFourier *fourier = round->fourier;
  const size_t n_blocks = sw_fourier_blocks (c), n_tiles = sw_fourier_cube (fourier->n_tiles), n_voxels = sw_fourier_cube (side->edge);

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < round->n_items * n_blocks; task++)
    {
      const size_t block = task % n_blocks, item = task / n_blocks, sample = (round->first + item) / n_tiles;
      const size_t left = c - block * SW_LANES;
      SwFourierWindow windows[3];
      sw_fourier_windows (fourier, side, margin, (round->first + item) % n_tiles, windows);
      sw_fourier_load (fourier, side->edge, windows, left < SW_LANES ? left : SW_LANES,
                 from + (sample * c + block * SW_LANES) * n_voxels, spectrum + (item * n_blocks + block) * SW_FOURIER_PAIR,
                 sw_fourier_step (round->n_items, n_blocks), scratch_of (round));
    }
}

static void
store_all (const Round *round, const real *restrict spectrum, const real *restrict bias, bool add, real *restrict to)
{
  const SwFourier *fourier = round->fourier;
  const SwFourierSide *side = &fourier->shape.target;
  const size_t c = fourier->shape.c_target, n_blocks = sw_fourier_blocks (c), n_tiles = sw_fourier_cube (fourier->n_tiles);
  const size_t n_voxels = sw_fourier_cube (side->edge);

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < round->n_items * n_blocks; task++)
    {
      const size_t block = task % n_blocks, item = task / n_blocks, sample = (round->first + item) / n_tiles;
      const size_t left = c - block * SW_LANES;
      SwFourierWindow windows[3];
      sw_fourier_windows (fourier, side, 0, (round->first + item) % n_tiles, windows);
      sw_fourier_store (fourier, side->edge, windows, left < SW_LANES ? left : SW_LANES,
                  spectrum + (item * n_blocks + block) * SW_FOURIER_PAIR, sw_fourier_step (round->n_items, n_blocks),
                  bias != NULL ? bias + block * SW_LANES : NULL, add,
                  to + (sample * c + block * SW_LANES) * n_voxels, scratch_of (round));
    }
}

static void
mix_all (const Round *round, const real *restrict source, const real *restrict packed, real *restrict target)
{
  const SwFourier *fourier = round->fourier;
  const SwFourierShape *shape = &fourier->shape;
  const size_t n_blocks = sw_fourier_blocks (shape->c_target), s = fourier->size, n_fx = s / 2 + 1;
  const size_t plane_s = s * s * sw_fourier_step (round->n_items, sw_fourier_blocks (shape->c_source));
  const size_t plane_t = s * s * sw_fourier_step (round->n_items, sw_fourier_blocks (shape->c_target));
  const size_t block_length = sw_fourier_cube (shape->kernel) * shape->c_source * SW_LANES;

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < n_fx * n_blocks; task++)
    {
      const size_t fx = task / n_blocks, block = task % n_blocks;
      sw_fourier_mix_plane (fourier, fx, round->n_items, source + fx * plane_s, packed + block * block_length,
                            target + fx * plane_t, block,
                            scratch_of (round));
    }
}

static void
gradient_all (const Round *round, const real *restrict source, const real *restrict target, real *restrict sums)
{
  const SwFourier *fourier = round->fourier;
  const SwFourierShape *shape = &fourier->shape;
  const size_t n_blocks = sw_fourier_blocks (shape->c_source), s = fourier->size, n_fx = s / 2 + 1;
  const size_t plane_s = s * s * sw_fourier_step (round->n_items, sw_fourier_blocks (shape->c_source));
  const size_t plane_t = s * s * sw_fourier_step (round->n_items, sw_fourier_blocks (shape->c_target));
  const size_t n_groups = n_groups_of (shape);
  const size_t block_length = sw_fourier_cube (shape->kernel) * shape->c_target * SW_LANES;

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < n_groups * n_blocks; task++)
    {
      const size_t group = task / n_blocks, block = task % n_blocks;
      for (size_t fx = group * n_fx / n_groups; fx < (group + 1) * n_fx / n_groups; fx++)
        sw_fourier_gradient_plane (fourier, fx, round->n_items, source + fx * plane_s, target + fx * plane_t,
                                   sums + task * block_length, block, scratch_of (round));
    }
}

void
sw_fourier_run (const SwFourier *fourier,
                size_t n_batch,
                const real *restrict source,
                const real *restrict packed,
                const real *restrict bias,
                bool add,
                real *restrict target,
                real *restrict scratch,
                int n_threads)
{
  const SwFourierShape *shape = &fourier->shape;
  const size_t n_all = n_batch * sw_fourier_cube (fourier->n_tiles);
  real *const x = scratch, *const y = x + side_length (fourier, shape->c_source);
  Round round = { .fourier = fourier,
                  .threads = y + side_length (fourier, shape->c_target),
                  .thread_length = thread_length (fourier, false),
                  .n_threads = n_threads };

  assert (n_batch <= shape->n_batch);
  for (round.first = 0; round.first < n_all; round.first += round.n_items)
    {
      const size_t left = n_all - round.first;
      round.n_items = left < fourier->n_items ? left : fourier->n_items;
      load_all (&round, &shape->source, shape->c_source, shape->kernel / 2, source, x);
      mix_all (&round, x, packed, y);
      store_all (&round, y, bias, add, target);
    }
}

void
sw_fourier_gradient (const SwFourier *fourier,
                     size_t n_batch,
                     const real *restrict source,
                     const real *restrict target,
                     const real *restrict packed,
                     real *restrict d_target,
                     real *restrict d_kernel,
                     real *restrict scratch,
                     int n_threads)
{
  const SwFourierShape *shape = &fourier->shape;
  const size_t n_all = n_batch * sw_fourier_cube (fourier->n_tiles);
  real *const y = scratch, *const x = y + side_length (fourier, shape->c_source);
  real *const sums = x + side_length (fourier, shape->c_target);
  Round round = { .fourier = fourier,
                  .threads = sums + n_groups_of (shape) * sw_fourier_gradient_length (fourier),
                  .thread_length = thread_length (fourier, true),
                  .n_threads = n_threads };

  assert (n_batch <= shape->n_batch);
  memset (sums, 0, n_groups_of (shape) * sw_fourier_gradient_length (fourier) * sizeof (real));
  for (round.first = 0; round.first < n_all; round.first += round.n_items)
    {
      const size_t left = n_all - round.first;
      round.n_items = left < fourier->n_items ? left : fourier->n_items;
      load_all (&round, &shape->source, shape->c_source, shape->kernel / 2, source, y);
      if (d_kernel != NULL)
        {
          load_all (&round, &shape->target, shape->c_target, 0, target, x);
          gradient_all (&round, y, x, sums);
        }
      if (d_target != NULL)
        {
          mix_all (&round, y, packed, x);
          store_all (&round, x, NULL, true, d_target);
        }
    }
  if (d_kernel != NULL)
    sw_fourier_add_gradient (fourier, sums, n_groups_of (shape), d_kernel, n_threads);
}
