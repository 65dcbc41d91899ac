/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-private.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "nn/fourier-mix-private.h"

/* What the spectra of all items that are taken at once may be. */
#define SPECTRA_BYTES ((size_t) 640 << 20)
#define TILES_MAX 16
/* Rows that are gathered together: two real ones make one complex line. */
#define ROWS (2 * SW_FFT_LINES)
/* Parts of the sum over f_x in the gradient of the kernel. Fixed, so that the sum does not depend on the number of threads. */
#define GROUPS 4

#define PAIR (2 * SW_LANES)

/* Where index 0 .. S - 1 of a transform comes from along one axis: voxel first + at, or nowhere (-1). */
typedef struct
{
  size_t first, n;
  ptrdiff_t at[SW_FOURIER_SIZE_MAX];
} Window;

static size_t
aligned (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

static size_t
cube (size_t n)
{
  return n * n * n;
}

static ptrdiff_t
last_of (const SwFourierSide *side)
{
  return side->first + side->step * ((ptrdiff_t) side->edge - 1);
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
  const ptrdiff_t low = shape->target.first - h, high = last_of (&shape->target) + h;
  const ptrdiff_t s_low = shape->source.first, s_high = last_of (&shape->source);
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
  return s * s * (s / 2 + 1) * PAIR * (sw_fourier_blocks (shape->c_source) + sw_fourier_blocks (shape->c_target));
}

static size_t
items_at_once (const SwFourierShape *shape, size_t n_tiles, size_t s)
{
  const size_t n_all = shape->n_batch * cube (n_tiles);
  const size_t most = SPECTRA_BYTES / sizeof (real) / spectrum_length (shape, s);
  const size_t n_rounds = most < 1 ? n_all : (n_all + most - 1) / most;
  return (n_all + n_rounds - 1) / n_rounds;
}

/* Measured on one processor with 16 floats per vector; see README.md. In seconds per vector operation. */
#define SECONDS_PRODUCT 0.27e-9
#define SECONDS_EXPAND 0.45e-9
#define SECONDS_COLLECT 0.7e-9
#define SECONDS_TRANSFORM 3.0e-9
#define SECONDS_PASS 1.2e-9

static double
transform_cost (size_t s, size_t span)
{
  double passes = 0;
  for (size_t rest = s; rest > 1;)
    {
      const size_t r = rest % 5 == 0 ? 5 : rest % 8 == 0 && rest != 16 ? 8 : rest % 4 == 0 ? 4 : rest % 3 == 0 ? 3 : 2;
      rest /= r;
      passes++;
    }
  /* the passes along x and y see only rows that are not empty */
  const double share = (double) span / (double) s;
  const double f = (double) (s * s * (s / 2 + 1));
  return f * (SECONDS_TRANSFORM * share + SECONDS_PASS * passes * (1 + share + share * share));
}

static double
cost_of (const SwFourierShape *shape, bool gradient, size_t n_tiles, size_t tile, size_t s)
{
  const size_t n_items = items_at_once (shape, n_tiles, s), n_all = shape->n_batch * cube (n_tiles);
  const double rounds = (double) ((n_all + n_items - 1) / n_items);
  const double f = (double) (s * s * (s / 2 + 1));
  const double blocks_s = (double) sw_fourier_blocks (shape->c_source);
  const double blocks_t = (double) sw_fourier_blocks (shape->c_target);
  const double k = (double) shape->kernel;
  const double expand = (k + 1) * SECONDS_EXPAND;
  double cost = (double) n_all * (blocks_s * transform_cost (s, tile + shape->kernel - 1 < s ? tile + shape->kernel - 1 : s)
                                  + blocks_t * transform_cost (s, tile));

  cost += f * (double) shape->c_source * blocks_t * (rounds * expand + (double) n_all * 4 * SECONDS_PRODUCT);
  if (gradient)
    {
      cost += (double) n_all * blocks_t * transform_cost (s, tile);
      cost += f * (double) shape->c_target * blocks_s
              * (rounds * (k + 1) * SECONDS_COLLECT + (double) n_all * 4 * SECONDS_PRODUCT);
    }
  return cost;
}

static double
best (const SwFourierShape *shape, bool gradient, size_t *ret_tiles, size_t *ret_tile, size_t *ret_size)
{
  const size_t span = (size_t) (last_of (&shape->target) - shape->target.first) + 1;
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
         * cube (fourier->shape.kernel);
}

static size_t
side_length (const SwFourier *fourier, size_t n_channels)
{
  const size_t s = fourier->size;
  return s * s * (s / 2 + 1) * fourier->n_items * sw_fourier_blocks (n_channels) * PAIR;
}

static size_t
gradient_length (const SwFourier *fourier)
{
  return cube (fourier->shape.kernel) * fourier->shape.c_target * sw_fourier_blocks (fourier->shape.c_source)
         * SW_LANES;
}

/* Volume, plane, lines, rows, the transform's own: of one thread. */
static size_t
transform_length (const SwFourier *fourier)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1;
  return s * s * n_fx * PAIR + s * n_fx * PAIR + SW_FFT_LINES * s * PAIR + ROWS * s * SW_LANES
         + aligned ((sw_fft_scratch_size (&fourier->fft) + sizeof (real) - 1) / sizeof (real));
}

static size_t
thread_length (const SwFourier *fourier, bool gradient)
{
  const size_t a = transform_length (fourier), b = aligned (sw_fourier_mix_scratch (fourier, gradient));
  return a > b ? a : b;
}

size_t
sw_fourier_scratch_length (const SwFourier *fourier, bool gradient, int n_threads)
{
  return side_length (fourier, fourier->shape.c_source) + side_length (fourier, fourier->shape.c_target)
         + (gradient ? GROUPS * gradient_length (fourier) : 0)
         + (size_t) n_threads * thread_length (fourier, gradient);
}

/* ---- kernels ---- */

/* Taps along one axis of [k][k][k] vectors to components; see fourier-mix-private.h. */
static void
split_axis (size_t k, size_t stride, SwVec *v)
{
  SwVec line[2 * SW_FOURIER_HALF_MAX + 1];
  const size_t h = k / 2;

  for (size_t n = 0; n < cube (k); n++)
    {
      if (n / stride % k != 0)
        continue;
      for (size_t t = 0; t < k; t++)
        line[t] = v[n + t * stride];
      v[n] = line[h];
      for (size_t j = 1; j <= h; j++)
        {
          v[n + (2 * j - 1) * stride] = line[h + j] + line[h - j];
          v[n + 2 * j * stride] = line[h + j] - line[h - j];
        }
    }
}

/* Its transpose. */
static void
join_axis (size_t k, size_t stride, SwVec *v)
{
  SwVec line[2 * SW_FOURIER_HALF_MAX + 1];
  const size_t h = k / 2;

  for (size_t n = 0; n < cube (k); n++)
    {
      if (n / stride % k != 0)
        continue;
      line[h] = v[n];
      for (size_t j = 1; j <= h; j++)
        {
          line[h + j] = v[n + (2 * j - 1) * stride] + v[n + 2 * j * stride];
          line[h - j] = v[n + (2 * j - 1) * stride] - v[n + 2 * j * stride];
        }
      for (size_t t = 0; t < k; t++)
        v[n + t * stride] = line[t];
    }
}

void
sw_fourier_pack (const SwFourier *fourier,
                 const real *restrict kernel,
                 size_t stride_target,
                 size_t stride_source,
                 bool reversed,
                 real *restrict packed,
                 int n_threads)
{
  const size_t k = fourier->shape.kernel, n_taps = cube (k), c = fourier->shape.c_source;
  const size_t n_blocks = sw_fourier_blocks (fourier->shape.c_target);

#pragma omp parallel for schedule(static) num_threads(n_threads)
  for (size_t task = 0; task < n_blocks * c; task++)
    {
      const size_t block = task / c, i = task % c, left = fourier->shape.c_target - block * SW_LANES;
      const size_t n_lanes = left < SW_LANES ? left : SW_LANES;
      real taps[(2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * SW_LANES];
      for (size_t l = 0; l < SW_LANES; l++)
        {
          const real *from = kernel + (block * SW_LANES + l) * stride_target + i * stride_source;
          for (size_t t = 0; t < n_taps; t++)
            taps[t * SW_LANES + l] = l < n_lanes ? from[reversed ? n_taps - 1 - t : t] : 0;
        }
      for (size_t stride = 1; stride < n_taps; stride *= k)
        split_axis (k, stride, (SwVec *) taps);
      for (size_t t = 0; t < n_taps; t++)
        memcpy (packed + ((block * n_taps + t) * c + i) * SW_LANES, taps + t * SW_LANES, SW_LANES * sizeof (real));
    }
}

/* ---- transforms ---- */

/* Voxels of the side within low .. high, at index (position - origin) mod S. */
static void
window_init (Window *window, const SwFourierSide *side, size_t s, ptrdiff_t low, ptrdiff_t high, ptrdiff_t origin)
{
  window->n = window->first = 0;
  for (size_t i = 0; i < s; i++)
    window->at[i] = -1;
  for (size_t j = 0; j < side->edge; j++)
    {
      const ptrdiff_t position = side->first + side->step * (ptrdiff_t) j;
      if (position < low || position > high)
        continue;
      if (window->n == 0)
        window->first = j;
      const ptrdiff_t rest = (position - origin) % (ptrdiff_t) s;
      window->at[rest < 0 ? rest + (ptrdiff_t) s : rest] = (ptrdiff_t) window->n++;
    }
}

/* z, y, x windows of an item; margin: what source tiles see beyond their edges. */
static void
windows_init (const SwFourier *fourier, const SwFourierSide *side, size_t margin, size_t item, Window windows[3])
{
  const size_t n = fourier->n_tiles;
  const size_t at[3] = { item / n / n % n, item / n % n, item % n };

  for (int a = 0; a < 3; a++)
    {
      const ptrdiff_t origin = fourier->shape.target.first + (ptrdiff_t) (at[a] * fourier->tile);
      const ptrdiff_t end = origin + (ptrdiff_t) fourier->tile - 1, last = last_of (&fourier->shape.target);
      const ptrdiff_t high = smaller (end, last) + (ptrdiff_t) margin;
      window_init (&windows[a], side, fourier->size, origin - (ptrdiff_t) margin, high, origin);
    }
}

/* The parts of a thread's scratch. */
typedef struct
{
  real *volume; /* [z][f_y][f_x][re, im][lane] */
  real *plane;  /* [y][f_x][re, im][lane] */
  real *lines;  /* [line][f_x: 0 .. S - 1][re, im][lane] */
  real *rows;   /* [ROWS][x][lane] */
  void *fft;
} Bench;

static Bench
bench_of (const SwFourier *fourier, real *scratch)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1;
  Bench bench;

  bench.volume = scratch;
  bench.plane = bench.volume + s * s * n_fx * PAIR;
  bench.lines = bench.plane + s * n_fx * PAIR;
  bench.rows = bench.lines + SW_FFT_LINES * s * PAIR;
  bench.fft = bench.rows + ROWS * s * SW_LANES;
  return bench;
}

/* Offsets of a window in units of `unit`. */
static void
offsets_init (const Window *window, size_t s, size_t unit, ptrdiff_t *offsets)
{
  for (size_t i = 0; i < s; i++)
    offsets[i] = window->at[i] < 0 ? -1 : window->at[i] * (ptrdiff_t) unit;
}

static void
steps_init (size_t s, size_t unit, ptrdiff_t *offsets)
{
  for (size_t i = 0; i < s; i++)
    offsets[i] = (ptrdiff_t) (i * unit);
}

/* Lines from first on, `apart` reals from one to the next, the last of n repeated. inverse: re and im exchanged. */
static void
lines_at (SwFftLines *lines, real *first, size_t apart, size_t n, bool inverse, const ptrdiff_t *offset)
{
  for (size_t l = 0; l < SW_FFT_LINES; l++)
    {
      real *const at = first + (l < n ? l : n - 1) * apart;
      lines->re[l] = inverse ? at + SW_LANES : at;
      lines->im[l] = inverse ? at : at + SW_LANES;
    }
  lines->offset = offset;
}

/* Rows y_first .. of plane z of one block of channels to [row][x][lane]. */
static void
gather_rows (const real *restrict from, size_t edge, size_t n_lanes, size_t n_rows, size_t n_x, size_t row_length, real *restrict rows)
{
  const size_t n_voxels = cube (edge);
  for (size_t r = 0; r < n_rows; r++)
    for (size_t x = 0; x < n_x; x++)
      {
        real *to = rows + r * row_length + x * SW_LANES;
        const real *at = from + r * edge + x;
        for (size_t l = 0; l < n_lanes; l++)
          to[l] = at[l * n_voxels];
        for (size_t l = n_lanes; l < SW_LANES; l++)
          to[l] = 0;
      }
}

/* One block of channels of one item, from voxels to its place in the spectrum. from: the block's first channel. */
static void
load_item (const SwFourier *fourier,
           size_t edge,
           const Window windows[3],
           size_t n_lanes,
           const real *restrict from,
           real *restrict spectrum,
           size_t spectrum_step,
           real *restrict scratch)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1;
  const Window *wz = &windows[0], *wy = &windows[1], *wx = &windows[2];
  const Bench bench = bench_of (fourier, scratch);
  ptrdiff_t in_x[SW_FOURIER_SIZE_MAX], out_x[SW_FOURIER_SIZE_MAX], in_y[SW_FOURIER_SIZE_MAX];
  ptrdiff_t out_y[SW_FOURIER_SIZE_MAX], in_z[SW_FOURIER_SIZE_MAX], out_z[SW_FOURIER_SIZE_MAX];
  const size_t row_length = s * SW_LANES;
  SwFftLines in, out;

  offsets_init (wx, s, SW_LANES, in_x);
  steps_init (s, PAIR, out_x);
  offsets_init (wy, s, n_fx * PAIR, in_y);
  steps_init (s, n_fx * PAIR, out_y);
  offsets_init (wz, s, s * n_fx * PAIR, in_z);
  steps_init (s, spectrum_step, out_z);
  for (size_t z = 0; z < wz->n; z++)
    {
      for (size_t y = 0; y < wy->n; y += ROWS)
        {
          const size_t n_rows = wy->n - y < ROWS ? wy->n - y : ROWS;
          gather_rows (from + ((wz->first + z) * edge + wy->first + y) * edge + wx->first, edge, n_lanes, n_rows,
                       wx->n, row_length, bench.rows);
          if (n_rows % 2 == 1)
            memset (bench.rows + n_rows * row_length, 0, wx->n * SW_LANES * sizeof (real));
          const size_t n_lines = (n_rows + 1) / 2;
          for (size_t l = 0; l < SW_FFT_LINES; l++)
            {
              in.re[l] = bench.rows + 2 * (l < n_lines ? l : n_lines - 1) * row_length;
              in.im[l] = in.re[l] + row_length;
            }
          in.offset = in_x;
          lines_at (&out, bench.lines, s * PAIR, n_lines, false, out_x);
          sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
          /* two real rows in one complex line, twice each */
          for (size_t l = 0; l < n_lines; l++)
            for (size_t f = 0; f < n_fx; f++)
              {
                const SwVec *a = (const SwVec *) (bench.lines + (l * s + f) * PAIR);
                const SwVec *b = (const SwVec *) (bench.lines + (l * s + (f == 0 ? 0 : s - f)) * PAIR);
                SwVec *to = (SwVec *) (bench.plane + ((y + 2 * l) * n_fx + f) * PAIR);
                to[0] = a[0] + b[0];
                to[1] = a[1] - b[1];
                if (2 * l + 1 < n_rows)
                  {
                    SwVec *other = to + n_fx * 2;
                    other[0] = a[1] + b[1];
                    other[1] = b[0] - a[0];
                  }
              }
        }
      real *const volume = bench.volume + z * s * n_fx * PAIR;
      for (size_t f = 0; f < n_fx; f += SW_FFT_LINES)
        {
          const size_t n = n_fx - f < SW_FFT_LINES ? n_fx - f : SW_FFT_LINES;
          lines_at (&in, bench.plane + f * PAIR, PAIR, n, false, in_y);
          lines_at (&out, volume + f * PAIR, PAIR, n, false, out_y);
          sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
        }
    }
  for (size_t f = 0; f < s; f++)
    for (size_t fx = 0; fx < n_fx; fx += SW_FFT_LINES)
      {
        const size_t n = n_fx - fx < SW_FFT_LINES ? n_fx - fx : SW_FFT_LINES;
        lines_at (&in, bench.volume + (f * n_fx + fx) * PAIR, PAIR, n, false, in_z);
        lines_at (&out, spectrum + (fx * s + f) * s * spectrum_step, s * s * spectrum_step, n, false, out_z);
        sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
      }
}

static void
scatter_rows (real *restrict to, size_t edge, size_t n_lanes, size_t n_rows, size_t n_x, size_t row_length, const real *restrict rows, real scale, const real *restrict bias, bool add)
{
  const size_t n_voxels = cube (edge);
  for (size_t l = 0; l < n_lanes; l++)
    {
      const real b = bias != NULL ? bias[l] : 0;
      for (size_t r = 0; r < n_rows; r++)
        {
          real *row = to + l * n_voxels + r * edge;
          const real *at = rows + r * row_length + l;
          if (add)
            for (size_t x = 0; x < n_x; x++)
              row[x] += scale * at[x * SW_LANES] + b;
          else
            for (size_t x = 0; x < n_x; x++)
              row[x] = scale * at[x * SW_LANES] + b;
        }
    }
}

/* The way back. */
static void
store_item (const SwFourier *fourier,
            size_t edge,
            const Window windows[3],
            size_t n_lanes,
            const real *restrict spectrum,
            size_t spectrum_step,
            const real *restrict bias,
            bool add,
            real *restrict to,
            real *restrict scratch)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1;
  const Window *wz = &windows[0], *wy = &windows[1], *wx = &windows[2];
  const Bench bench = bench_of (fourier, scratch);
  ptrdiff_t in_x[SW_FOURIER_SIZE_MAX], out_x[SW_FOURIER_SIZE_MAX], in_y[SW_FOURIER_SIZE_MAX];
  ptrdiff_t out_y[SW_FOURIER_SIZE_MAX], in_z[SW_FOURIER_SIZE_MAX], out_z[SW_FOURIER_SIZE_MAX];
  const size_t row_length = s * SW_LANES;
  const real scale = (real) (0.5 / (double) cube (s));
  SwFftLines in, out;

  steps_init (s, spectrum_step, in_z);
  offsets_init (wz, s, s * n_fx * PAIR, out_z);
  steps_init (s, n_fx * PAIR, in_y);
  offsets_init (wy, s, n_fx * PAIR, out_y);
  steps_init (s, PAIR, in_x);
  offsets_init (wx, s, SW_LANES, out_x);
  for (size_t f = 0; f < s; f++)
    for (size_t fx = 0; fx < n_fx; fx += SW_FFT_LINES)
      {
        const size_t n = n_fx - fx < SW_FFT_LINES ? n_fx - fx : SW_FFT_LINES;
        /* only read */
        lines_at (&in, (real *) spectrum + (fx * s + f) * s * spectrum_step, s * s * spectrum_step, n, true, in_z);
        lines_at (&out, bench.volume + (f * n_fx + fx) * PAIR, PAIR, n, true, out_z);
        sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
      }
  for (size_t z = 0; z < wz->n; z++)
    {
      real *const volume = bench.volume + z * s * n_fx * PAIR;
      for (size_t f = 0; f < n_fx; f += SW_FFT_LINES)
        {
          const size_t n = n_fx - f < SW_FFT_LINES ? n_fx - f : SW_FFT_LINES;
          lines_at (&in, volume + f * PAIR, PAIR, n, true, in_y);
          lines_at (&out, bench.plane + f * PAIR, PAIR, n, true, out_y);
          sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
        }
      for (size_t y = 0; y < wy->n; y += ROWS)
        {
          const size_t n_rows = wy->n - y < ROWS ? wy->n - y : ROWS, n_lines = (n_rows + 1) / 2;
          for (size_t l = 0; l < n_lines; l++)
            for (size_t f = 0; f < n_fx; f++)
              {
                const SwVec *from = (const SwVec *) (bench.plane + ((y + 2 * l) * n_fx + f) * PAIR);
                const SwVec *next = from + n_fx * 2;
                SwVec br = { 0 }, bi = { 0 };
                if (2 * l + 1 < n_rows)
                  {
                    br = next[0];
                    bi = next[1];
                  }
                SwVec *a = (SwVec *) (bench.lines + (l * s + f) * PAIR);
                a[0] = from[0] - bi;
                a[1] = from[1] + br;
                if (f > 0 && 2 * f < s)
                  {
                    SwVec *b = (SwVec *) (bench.lines + (l * s + s - f) * PAIR);
                    b[0] = from[0] + bi;
                    b[1] = br - from[1];
                  }
              }
          lines_at (&in, bench.lines, s * PAIR, n_lines, true, in_x);
          for (size_t l = 0; l < SW_FFT_LINES; l++)
            {
              out.im[l] = bench.rows + 2 * (l < n_lines ? l : n_lines - 1) * row_length;
              out.re[l] = out.im[l] + row_length;
            }
          out.offset = out_x;
          sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
          scatter_rows (to + ((wz->first + z) * edge + wy->first + y) * edge + wx->first, edge, n_lanes, n_rows,
                        wx->n, row_length, bench.rows, scale, bias, add);
        }
    }
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
  const size_t n_blocks = sw_fourier_blocks (c), n_tiles = cube (fourier->n_tiles), n_voxels = cube (side->edge);

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < round->n_items * n_blocks; task++)
    {
      const size_t block = task % n_blocks, item = task / n_blocks, sample = (round->first + item) / n_tiles;
      const size_t left = c - block * SW_LANES;
      Window windows[3];
      windows_init (fourier, side, margin, (round->first + item) % n_tiles, windows);
      load_item (fourier, side->edge, windows, left < SW_LANES ? left : SW_LANES,
                 from + (sample * c + block * SW_LANES) * n_voxels, spectrum + (item * n_blocks + block) * PAIR,
                 round->n_items * n_blocks * PAIR, scratch_of (round));
    }
}

static void
store_all (const Round *round, const real *restrict spectrum, const real *restrict bias, bool add, real *restrict to)
{
  const SwFourier *fourier = round->fourier;
  const SwFourierSide *side = &fourier->shape.target;
  const size_t c = fourier->shape.c_target, n_blocks = sw_fourier_blocks (c), n_tiles = cube (fourier->n_tiles);
  const size_t n_voxels = cube (side->edge);

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < round->n_items * n_blocks; task++)
    {
      const size_t block = task % n_blocks, item = task / n_blocks, sample = (round->first + item) / n_tiles;
      const size_t left = c - block * SW_LANES;
      Window windows[3];
      windows_init (fourier, side, 0, (round->first + item) % n_tiles, windows);
      store_item (fourier, side->edge, windows, left < SW_LANES ? left : SW_LANES,
                  spectrum + (item * n_blocks + block) * PAIR, round->n_items * n_blocks * PAIR,
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
  const size_t plane = s * s * round->n_items * PAIR;
  const size_t block_length = cube (shape->kernel) * shape->c_source * SW_LANES;

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < n_fx * n_blocks; task++)
    {
      const size_t fx = task / n_blocks, block = task % n_blocks;
      sw_fourier_mix_plane (fourier, fx, round->n_items, source + fx * plane * sw_fourier_blocks (shape->c_source),
                            packed + block * block_length, target + fx * plane * n_blocks, block,
                            scratch_of (round));
    }
}

static void
gradient_all (const Round *round, const real *restrict source, const real *restrict target, real *restrict sums)
{
  const SwFourier *fourier = round->fourier;
  const SwFourierShape *shape = &fourier->shape;
  const size_t n_blocks = sw_fourier_blocks (shape->c_source), s = fourier->size, n_fx = s / 2 + 1;
  const size_t plane = s * s * round->n_items * PAIR;
  const size_t block_length = cube (shape->kernel) * shape->c_target * SW_LANES;

#pragma omp parallel for schedule(dynamic) num_threads(round->n_threads)
  for (size_t task = 0; task < GROUPS * n_blocks; task++)
    {
      const size_t group = task / n_blocks, block = task % n_blocks;
      for (size_t fx = group * n_fx / GROUPS; fx < (group + 1) * n_fx / GROUPS; fx++)
        sw_fourier_gradient_plane (fourier, fx, round->n_items, source + fx * plane * n_blocks,
                                   target + fx * plane * sw_fourier_blocks (shape->c_target),
                                   sums + task * block_length, block, scratch_of (round));
    }
}

/* Adds the groups to d_kernel [c_source, c_target, z, y, x]. */
static void
add_gradient (const SwFourier *fourier, const real *restrict sums, real *restrict d_kernel, int n_threads)
{
  const SwFourierShape *shape = &fourier->shape;
  const size_t k = shape->kernel, n_taps = cube (k), c = shape->c_target, length = gradient_length (fourier);
  const size_t n_blocks = sw_fourier_blocks (shape->c_source);
  const real scale = (real) (0.25 / (double) cube (fourier->size));

#pragma omp parallel for schedule(static) num_threads(n_threads)
  for (size_t task = 0; task < n_blocks * c; task++)
    {
      const size_t block = task / c, i = task % c, left = shape->c_source - block * SW_LANES;
      real taps[(2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * SW_LANES];
      for (size_t t = 0; t < n_taps; t++)
        {
          const real *from = sums + ((block * n_taps + t) * c + i) * SW_LANES;
          for (size_t l = 0; l < SW_LANES; l++)
            taps[t * SW_LANES + l]
                = (from[l] + from[length + l]) + (from[2 * length + l] + from[3 * length + l]);
        }
      for (size_t stride = 1; stride < n_taps; stride *= k)
        join_axis (k, stride, (SwVec *) taps);
      for (size_t l = 0; l < SW_LANES && l < left; l++)
        {
          real *to = d_kernel + ((block * SW_LANES + l) * c + i) * n_taps;
          for (size_t t = 0; t < n_taps; t++)
            to[t] += scale * taps[t * SW_LANES + l];
        }
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
  const size_t n_all = n_batch * cube (fourier->n_tiles);
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
  const size_t n_all = n_batch * cube (fourier->n_tiles);
  real *const y = scratch, *const x = y + side_length (fourier, shape->c_source);
  real *const sums = x + side_length (fourier, shape->c_target);
  Round round = { .fourier = fourier,
                  .threads = sums + GROUPS * gradient_length (fourier),
                  .thread_length = thread_length (fourier, true),
                  .n_threads = n_threads };

  assert (n_batch <= shape->n_batch);
  memset (sums, 0, GROUPS * gradient_length (fourier) * sizeof (real));
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
    add_gradient (fourier, sums, d_kernel, n_threads);
}
