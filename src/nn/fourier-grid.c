/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-grid-private.h"

#include <string.h>

#include "base/memory.h"
#include "nn/fourier-lanes-private.h"
#include "nn/fourier-mix-private.h"

/* Rows that are gathered together: two real ones make one complex line. */
#define ROWS (2 * SW_FFT_LINES)

#define PAIR SW_FOURIER_PAIR

static size_t
aligned (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

/* Volume, plane, lines, rows, the transform's own: of one thread. */
/* Strides are odd numbers of pairs, lest the elements of a line share a few places in the cache. */
static size_t
row_of (size_t n_fx)
{
  return (n_fx | 1) * PAIR;
}

static size_t
layer_of (size_t s)
{
  return s * row_of (s / 2 + 1) + (s % 2 == 0 ? PAIR : 0);
}

size_t
sw_fourier_transform_length (const SwFourier *fourier)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1;
  return s * layer_of (s) + s * row_of (n_fx) + SW_FFT_LINES * s * PAIR + ROWS * s * SW_LANES
         + aligned ((sw_fft_scratch_size (&fourier->fft) + sizeof (real) - 1) / sizeof (real));
}

/* Voxels of the side within low .. high, at index (position - origin) mod S. */
static void
window_init (SwFourierWindow *window, const SwFourierSide *side, size_t s, ptrdiff_t low, ptrdiff_t high, ptrdiff_t origin)
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

void
sw_fourier_windows (const SwFourier *fourier, const SwFourierSide *side, size_t margin, size_t tile, SwFourierWindow windows[3])
{
  const size_t n = fourier->n_tiles;
  const size_t at[3] = { tile / n / n, tile / n % n, tile % n };

  for (int a = 0; a < 3; a++)
    {
      const ptrdiff_t origin = fourier->shape.target.first + (ptrdiff_t) (at[a] * fourier->tile);
      const ptrdiff_t end = origin + (ptrdiff_t) fourier->tile - 1, last = sw_fourier_last (&fourier->shape.target);
      const ptrdiff_t high = (end < last ? end : last) + (ptrdiff_t) margin;
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
  bench.plane = bench.volume + s * layer_of (s);
  bench.lines = bench.plane + s * row_of (n_fx);
  bench.rows = bench.lines + SW_FFT_LINES * s * PAIR;
  bench.fft = bench.rows + ROWS * s * SW_LANES;
  return bench;
}

/* Offsets of a window in units of `unit`. */
static void
offsets_init (const SwFourierWindow *window, size_t s, size_t unit, ptrdiff_t *offsets)
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

void
sw_fourier_load (const SwFourier *fourier,
           size_t edge,
           const SwFourierWindow windows[3],
           size_t n_lanes,
           const real *restrict from,
           real *restrict spectrum,
           size_t spectrum_step,
           real *restrict scratch)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1, row = row_of (n_fx), layer = layer_of (s);
  const SwFourierWindow *wz = &windows[0], *wy = &windows[1], *wx = &windows[2];
  const Bench bench = bench_of (fourier, scratch);
  ptrdiff_t in_x[SW_FOURIER_SIZE_MAX], out_x[SW_FOURIER_SIZE_MAX], in_y[SW_FOURIER_SIZE_MAX];
  ptrdiff_t out_y[SW_FOURIER_SIZE_MAX], in_z[SW_FOURIER_SIZE_MAX], out_z[SW_FOURIER_SIZE_MAX];
  const size_t row_length = s * SW_LANES, n_voxels = sw_fourier_cube (edge);
  SwFftLines in, out;

  offsets_init (wx, s, SW_LANES, in_x);
  steps_init (s, PAIR, out_x);
  offsets_init (wy, s, row, in_y);
  steps_init (s, row, out_y);
  offsets_init (wz, s, layer, in_z);
  steps_init (s, spectrum_step, out_z);
  for (size_t z = 0; z < wz->n; z++)
    {
      for (size_t y = 0; y < wy->n; y += ROWS)
        {
          const size_t n_rows = wy->n - y < ROWS ? wy->n - y : ROWS;
          for (size_t r = 0; r < n_rows; r++)
            sw_lanes_gather (from + ((wz->first + z) * edge + wy->first + y + r) * edge + wx->first, n_voxels, n_lanes,
                             wx->n, bench.rows + r * row_length);
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
                SwVec *to = (SwVec *) (bench.plane + (y + 2 * l) * row + f * PAIR);
                to[0] = a[0] + b[0];
                to[1] = a[1] - b[1];
                if (2 * l + 1 < n_rows)
                  {
                    SwVec *other = (SwVec *) ((real *) to + row);
                    other[0] = a[1] + b[1];
                    other[1] = b[0] - a[0];
                  }
              }
        }
      real *const volume = bench.volume + z * layer;
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
        lines_at (&in, bench.volume + f * row + fx * PAIR, PAIR, n, false, in_z);
        lines_at (&out, spectrum + (fx * s + f) * s * spectrum_step, s * s * spectrum_step, n, false, out_z);
        sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
      }
}

void
sw_fourier_store (const SwFourier *fourier,
            size_t edge,
            const SwFourierWindow windows[3],
            size_t n_lanes,
            const real *restrict spectrum,
            size_t spectrum_step,
            const real *restrict bias,
            bool add,
            real *restrict to,
            real *restrict scratch)
{
  const size_t s = fourier->size, n_fx = s / 2 + 1, row = row_of (n_fx), layer = layer_of (s);
  const SwFourierWindow *wz = &windows[0], *wy = &windows[1], *wx = &windows[2];
  const Bench bench = bench_of (fourier, scratch);
  ptrdiff_t in_x[SW_FOURIER_SIZE_MAX], out_x[SW_FOURIER_SIZE_MAX], in_y[SW_FOURIER_SIZE_MAX];
  ptrdiff_t out_y[SW_FOURIER_SIZE_MAX], in_z[SW_FOURIER_SIZE_MAX], out_z[SW_FOURIER_SIZE_MAX];
  const size_t row_length = s * SW_LANES, n_voxels = sw_fourier_cube (edge);
  const real scale = (real) (0.5 / (double) sw_fourier_cube (s));
  SwFftLines in, out;

  steps_init (s, spectrum_step, in_z);
  offsets_init (wz, s, layer, out_z);
  steps_init (s, row, in_y);
  offsets_init (wy, s, row, out_y);
  steps_init (s, PAIR, in_x);
  offsets_init (wx, s, SW_LANES, out_x);
  for (size_t f = 0; f < s; f++)
    for (size_t fx = 0; fx < n_fx; fx += SW_FFT_LINES)
      {
        const size_t n = n_fx - fx < SW_FFT_LINES ? n_fx - fx : SW_FFT_LINES;
        /* only read */
        lines_at (&in, (real *) spectrum + (fx * s + f) * s * spectrum_step, s * s * spectrum_step, n, true, in_z);
        lines_at (&out, bench.volume + f * row + fx * PAIR, PAIR, n, true, out_z);
        sw_fft_run (&fourier->fft, SW_LANES, &in, &out, bench.fft);
      }
  for (size_t z = 0; z < wz->n; z++)
    {
      real *const volume = bench.volume + z * layer;
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
                const SwVec *from = (const SwVec *) (bench.plane + (y + 2 * l) * row + f * PAIR);
                const SwVec *next = (const SwVec *) ((const real *) from + row);
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
          for (size_t r = 0; r < n_rows; r++)
            sw_lanes_scatter (bench.rows + r * row_length, n_voxels, n_lanes, wx->n, scale, bias, add,
                              to + ((wz->first + z) * edge + wy->first + y + r) * edge + wx->first);
        }
    }
}

