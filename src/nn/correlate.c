/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/correlate-private.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

/* A tile of outputs: SW_TILE_ROWS channels by SW_TILE_VECTORS vectors stay in registers while all taps and a block of
 * input channels go by. 8 x 3 vectors of 16 floats: 24 multiply-adds for 3 unaligned loads and 8 broadcasts, 97 % of the
 * processor's peak from the first cache. */
#define COLUMNS (SW_TILE_VECTORS * SW_LANES)
/* Tiles side by side in one task; they share the weights while those are in the first cache. */
#define GROUP 4
#define CACHE_BYTES 24576

/* One row of taps (u_z, u_y) of a block of input channels. */
typedef struct
{
  ptrdiff_t src;
  size_t weights; /* in units of a tile's rows */
} Run;

typedef void (*Tile) (size_t n_runs,
                      const Run *restrict runs,
                      size_t n_k,
                      const ptrdiff_t *restrict offsets,
                      const real *restrict weights,
                      const real *restrict src,
                      real *restrict acc,
                      bool first);

static inline __attribute__ ((always_inline)) void
tile (const size_t n_rows,
      const size_t n_vectors,
      size_t n_runs,
      const Run *restrict runs,
      size_t n_k,
      const ptrdiff_t *restrict offsets,
      const real *restrict weights,
      const real *restrict src,
      real *restrict acc,
      bool first)
{
  SwVector sum[SW_TILE_ROWS][SW_TILE_VECTORS];

#pragma GCC unroll 8
  for (size_t o = 0; o < n_rows; o++)
#pragma GCC unroll 3
    for (size_t j = 0; j < n_vectors; j++)
      sum[o][j] = first ? (SwVector) { 0 } : *(const SwVector *) (acc + (o * n_vectors + j) * SW_LANES);
  for (size_t r = 0; r < n_runs; r++)
    {
      const real *w = weights + runs[r].weights * n_rows;
      const real *row = src + runs[r].src;
      for (size_t k = 0; k < n_k; k++)
        {
          const real *at = row + offsets[k];
          SwVector v[SW_TILE_VECTORS];
#pragma GCC unroll 3
          for (size_t j = 0; j < n_vectors; j++)
            v[j] = *(const SwVectorAny *) (at + j * SW_LANES);
#pragma GCC unroll 8
          for (size_t o = 0; o < n_rows; o++)
#pragma GCC unroll 3
            for (size_t j = 0; j < n_vectors; j++)
              sum[o][j] += w[o] * v[j];
          w += n_rows;
        }
    }
#pragma GCC unroll 8
  for (size_t o = 0; o < n_rows; o++)
#pragma GCC unroll 3
    for (size_t j = 0; j < n_vectors; j++)
      *(SwVector *) (acc + (o * n_vectors + j) * SW_LANES) = sum[o][j];
}

#define DEFINE_TILE(n_rows, n_vectors)                                                             \
  static void tile_##n_rows##_##n_vectors (size_t n_runs,                                          \
                                           const Run *restrict runs,                               \
                                           size_t n_k,                                             \
                                           const ptrdiff_t *restrict offsets,                      \
                                           const real *restrict weights,                           \
                                           const real *restrict src,                               \
                                           real *restrict acc,                                     \
                                           bool first)                                             \
  {                                                                                                \
    tile (n_rows, n_vectors, n_runs, runs, n_k, offsets, weights, src, acc, first);                \
  }
#define DEFINE_TILES(n_rows)                                                                       \
  DEFINE_TILE (n_rows, 1)                                                                          \
  DEFINE_TILE (n_rows, 2)                                                                          \
  DEFINE_TILE (n_rows, 3)

DEFINE_TILES (2)
DEFINE_TILES (4)
#if SW_TILE_ROWS == 8
DEFINE_TILES (6)
DEFINE_TILES (8)
#endif

/* [n_rows / 2 - 1][n_vectors - 1] */
static const Tile tiles[SW_TILE_ROWS / 2][SW_TILE_VECTORS] = {
  { tile_2_1, tile_2_2, tile_2_3 },
  { tile_4_1, tile_4_2, tile_4_3 },
#if SW_TILE_ROWS == 8
  { tile_6_1, tile_6_2, tile_6_3 },
  { tile_8_1, tile_8_2, tile_8_3 },
#endif
};

static size_t
tile_rows (size_t n_left)
{
  const size_t even = (n_left + 1) & ~(size_t) 1;
  return even < SW_TILE_ROWS ? even : SW_TILE_ROWS;
}

static size_t
rounded_channels (size_t n)
{
  return (n + 1) & ~(size_t) 1;
}

static size_t
divide_up (size_t a, size_t b)
{
  return (a + b - 1) / b;
}

void
sw_packed_grid_init (SwPackedGrid *grid, size_t size, size_t step, size_t pad)
{
  grid->size = grid->planes = size;
  grid->step = step;
  grid->pad = pad;
  /* The gap at the end of a row is the gap at the beginning of the next. */
  grid->pitch = divide_up (size + pad, step);
  grid->rows = divide_up (size + 2 * pad, step);
  grid->phase = grid->rows * grid->pitch + divide_up (pad, step);
  grid->plane = step * step * grid->phase;
  grid->channel = size * grid->plane;
}

size_t
sw_packed_grid_length (const SwPackedGrid *grid, size_t n_channels)
{
  /* A tile reads up to COLUMNS beyond the last output voxel; strides leave rows that no tap asks for. */
  return n_channels * grid->channel + 2 * COLUMNS + 2 * grid->pitch;
}

void
sw_packed_grid_fill (const SwPackedGrid *grid,
                     size_t n_channels,
                     const real *restrict in,
                     real *restrict out,
                     int n_threads)
{
  const size_t n = grid->size, step = grid->step, pad = grid->pad;
  const size_t tail = sw_packed_grid_length (grid, n_channels) - n_channels * grid->channel;

  memset (out + n_channels * grid->channel, 0, tail * sizeof (real));
#pragma omp parallel for schedule(static) num_threads(n_threads)
  for (size_t cz = 0; cz < n_channels * n; cz++)
    {
      const real *from = in + cz * n * n;
      real *plane = out + cz * grid->plane;
      if (step == 1)
        {
          const size_t pitch = grid->pitch;
          memset (plane, 0, (pad * pitch + pad) * sizeof (real));
          for (size_t y = 0; y < n; y++)
            {
              real *to = plane + (y + pad) * pitch + pad;
              memcpy (to, from + y * n, n * sizeof (real));
              for (size_t x = n; x < pitch; x++)
                to[x] = 0;
            }
          /* the last row's gap was written from its voxel n on: what remains begins at the next row's */
          real *const end = plane + (n + pad) * pitch + pad;
          memset (end, 0, (size_t) (plane + grid->plane - end) * sizeof (real));
          continue;
        }
      memset (plane, 0, grid->plane * sizeof (real));
      for (size_t y = 0; y < n; y++)
        {
          const size_t py = (y + pad) % step, row = (y + pad) / step;
          for (size_t px = 0; px < step; px++)
            {
              const size_t x_first = (px + step - pad % step) % step;
              real *to = plane + (py * step + px) * grid->phase + row * grid->pitch
                         + (x_first + pad) / step;
              for (size_t x = x_first, j = 0; x < n; x += step, j++)
                to[j] = from[y * n + x];
            }
        }
    }
}

void
sw_correlate_init (SwCorrelate *correlate)
{
  const SwCorrelateAxis *axis = correlate->axis;
  /* what a tile reads of one input channel */
  const size_t bytes = sizeof (real) * axis[0].n_taps
                       * (axis[1].n_taps * (correlate->grid.pitch < COLUMNS ? correlate->grid.pitch : COLUMNS)
                          + COLUMNS);
  size_t block = bytes > 0 ? CACHE_BYTES / bytes : 1;
  block = block < 1 ? 1 : block > correlate->c_in ? correlate->c_in : block;
  correlate->block = divide_up (correlate->c_in, divide_up (correlate->c_in, block));
}

static size_t
taps_of (const SwCorrelate *correlate)
{
  return correlate->axis[0].n_taps * correlate->axis[1].n_taps * correlate->axis[2].n_taps;
}

size_t
sw_correlate_weights_length (const SwCorrelate *correlate)
{
  return rounded_channels (correlate->c_out) * correlate->c_in * taps_of (correlate);
}

void
sw_correlate_pack (const SwCorrelate *correlate,
                   const real *restrict kernel,
                   size_t stride_out,
                   size_t stride_in,
                   size_t edge,
                   real *restrict packed)
{
  const SwCorrelateAxis *z = &correlate->axis[0], *y = &correlate->axis[1], *x = &correlate->axis[2];
  const size_t c_out = correlate->c_out;
  real *to = packed;

  for (size_t i_first = 0; i_first < correlate->c_in; i_first += correlate->block)
    {
      const size_t i_end = i_first + correlate->block < correlate->c_in ? i_first + correlate->block
                                                                        : correlate->c_in;
      for (size_t o_first = 0; o_first < c_out; o_first += SW_TILE_ROWS)
        {
          const size_t n_rows = tile_rows (c_out - o_first);
          for (size_t uz = 0; uz < z->n_taps; uz++)
            for (size_t uy = 0; uy < y->n_taps; uy++)
              for (size_t i = i_first; i < i_end; i++)
                for (size_t ux = 0; ux < x->n_taps; ux++)
                  {
                    const ptrdiff_t tz = z->tap_first + z->tap_step * (ptrdiff_t) uz;
                    const ptrdiff_t ty = y->tap_first + y->tap_step * (ptrdiff_t) uy;
                    const ptrdiff_t tx = x->tap_first + x->tap_step * (ptrdiff_t) ux;
                    const ptrdiff_t tap = (tz * (ptrdiff_t) edge + ty) * (ptrdiff_t) edge + tx;
                    const real *from = kernel + o_first * stride_out + i * stride_in + tap;
                    for (size_t o = 0; o < n_rows; o++)
                      *to++ = o_first + o < c_out ? from[o * stride_out] : 0;
                  }
        }
    }
}

static size_t
n_tiles_of (const SwCorrelate *correlate)
{
  const size_t n_q = (correlate->axis[1].n_out - 1) * correlate->grid.pitch + correlate->axis[2].n_out;
  return divide_up (divide_up (n_q, SW_LANES), SW_TILE_VECTORS);
}

/* Offsets first, then an accumulator per thread. */
static size_t
offsets_length (const SwCorrelate *correlate)
{
  const size_t bytes = correlate->block * correlate->axis[2].n_taps * sizeof (ptrdiff_t);
  return divide_up (bytes, 64) * 64 / sizeof (real);
}

size_t
sw_correlate_scratch_length (const SwCorrelate *correlate, int n_threads)
{
  return offsets_length (correlate)
         + (size_t) n_threads * GROUP * rounded_channels (correlate->c_out) * COLUMNS;
}

/* Where tap u of an axis lies relative to output voxel 0 in the packed grid: phase and column. */
static void
locate (const SwPackedGrid *grid, const SwCorrelateAxis *axis, size_t u, size_t *phase, size_t *at)
{
  *phase = (axis->offset + u) % grid->step;
  *at = (axis->offset + u) / grid->step;
}

/* Taps u_first <= u < u_end that meet at least one source voxel for outputs first..last. */
static void
clip_taps (const SwPackedGrid *grid,
           const SwCorrelateAxis *axis,
           size_t size,
           size_t first,
           size_t last,
           size_t *u_first,
           size_t *u_end)
{
  const ptrdiff_t low = (ptrdiff_t) grid->pad - (ptrdiff_t) axis->offset - (ptrdiff_t) (grid->step * last);
  const ptrdiff_t high = (ptrdiff_t) (size + grid->pad) - (ptrdiff_t) axis->offset
                         - (ptrdiff_t) (grid->step * first);
  *u_first = low > 0 ? (size_t) low : 0;
  *u_end = high < 0 ? 0 : (size_t) high < axis->n_taps ? (size_t) high : axis->n_taps;
}

static void
store_tile (const SwCorrelate *correlate,
            size_t z,
            size_t q_first,
            size_t n_columns,
            const real *restrict acc,
            const real *restrict bias,
            bool add,
            real *restrict out)
{
  const size_t pitch = correlate->grid.pitch, n_x = correlate->axis[2].n_out;
  const size_t n_y = correlate->axis[1].n_out, step = correlate->out_x;

  for (size_t o = 0; o < correlate->c_out; o++)
    {
      const real *row = acc + o * n_columns;
      const real b = bias != NULL ? bias[o] : 0;
      real *to_plane = out + o * correlate->out_channel + z * correlate->out_z;
      size_t y = q_first / pitch, x = q_first % pitch, q = 0;
      while (q < n_columns && y < n_y)
        {
          const size_t left = n_columns - q;
          const size_t valid = x >= n_x ? 0 : n_x - x < left ? n_x - x : left;
          real *to = to_plane + y * correlate->out_y + x * step;
          if (add)
            for (size_t j = 0; j < valid; j++)
              to[j * step] += row[q + j] + b;
          else if (step == 1)
            for (size_t j = 0; j < valid; j++)
              to[j] = row[q + j] + b;
          else
            for (size_t j = 0; j < valid; j++)
              to[j * step] = row[q + j] + b;
          q += pitch - x;
          x = 0;
          y++;
        }
    }
}

/* Tiles tile_first .. tile_end of plane z, all input and output channels. */
static void
run_task (const SwCorrelate *correlate,
          size_t z,
          size_t tile_first,
          size_t tile_end,
          const ptrdiff_t *restrict offsets,
          const real *restrict src,
          const real *restrict packed,
          const real *restrict bias,
          bool add,
          real *restrict out,
          real *restrict acc)
{
  const SwPackedGrid *grid = &correlate->grid;
  const SwCorrelateAxis *az = &correlate->axis[0], *ay = &correlate->axis[1], *ax = &correlate->axis[2];
  const size_t n_q = (ay->n_out - 1) * grid->pitch + ax->n_out;
  const size_t n_vectors_all = divide_up (n_q, SW_LANES);
  const size_t n_tiles = n_tiles_of (correlate);
  const size_t c_rounded = rounded_channels (correlate->c_out);
  const size_t acc_tile = c_rounded * COLUMNS;
  const size_t n_taps = taps_of (correlate);
  size_t z_first, z_end;
  bool touched[GROUP] = { false };

  clip_taps (grid, az, grid->planes, z, z, &z_first, &z_end);
  for (size_t i_first = 0; i_first < correlate->c_in; i_first += correlate->block)
    {
      const size_t left = correlate->c_in - i_first;
      const size_t n_in = left < correlate->block ? left : correlate->block;
      const size_t n_k = n_in * ax->n_taps;
      for (size_t t = tile_first; t < tile_end; t++)
        {
          const size_t v_first = t * n_vectors_all / n_tiles;
          const size_t n_vectors = (t + 1) * n_vectors_all / n_tiles - v_first;
          const size_t q_first = v_first * SW_LANES;
          const size_t q_last = q_first + n_vectors * SW_LANES - 1;
          const size_t y_first = q_first / grid->pitch, y_last = q_last / grid->pitch;
          size_t u_first, u_end, n_runs = 0;
          Run runs[SW_KERNEL_MAX * SW_KERNEL_MAX];

          clip_taps (grid, ay, grid->size, y_first, y_last < ay->n_out ? y_last : ay->n_out - 1, &u_first, &u_end);
          for (size_t uz = z_first; uz < z_end; uz++)
            for (size_t uy = u_first; uy < u_end; uy++)
              {
                const size_t source_z = grid->step * z + uz + az->offset - grid->pad;
                size_t phase, row;
                locate (grid, ay, uy, &phase, &row);
                runs[n_runs].src = (ptrdiff_t) (source_z * grid->plane + phase * grid->step * grid->phase
                                                + row * grid->pitch);
                runs[n_runs++].weights = (uz * ay->n_taps + uy) * n_k;
              }
          real *const acc_t = acc + (t - tile_first) * acc_tile;
          for (size_t o = 0; o < correlate->c_out; o += SW_TILE_ROWS)
            {
              const size_t n_rows = tile_rows (correlate->c_out - o);
              tiles[n_rows / 2 - 1][n_vectors - 1] (
                  n_runs, runs, n_k, offsets,
                  packed + i_first * n_taps * c_rounded + o * n_in * n_taps,
                  src + i_first * grid->channel + q_first, acc_t + o * n_vectors * SW_LANES,
                  !touched[t - tile_first]);
            }
          touched[t - tile_first] = true;
        }
    }
  for (size_t t = tile_first; t < tile_end; t++)
    {
      const size_t v_first = t * n_vectors_all / n_tiles;
      const size_t n_vectors = (t + 1) * n_vectors_all / n_tiles - v_first;
      store_tile (correlate, z, v_first * SW_LANES, n_vectors * SW_LANES,
                  acc + (t - tile_first) * acc_tile, bias, add, out);
    }
}

void
sw_correlate_run (const SwCorrelate *correlate,
                  const real *restrict src,
                  const real *restrict packed,
                  const real *restrict bias,
                  bool add,
                  real *restrict out,
                  real *restrict scratch,
                  int n_threads)
{
  const SwPackedGrid *grid = &correlate->grid;
  const size_t n_z = correlate->axis[0].n_out, n_taps_x = correlate->axis[2].n_taps;
  const size_t n_tiles = n_tiles_of (correlate);
  ptrdiff_t *const offsets = (ptrdiff_t *) scratch;
  real *const acc = scratch + offsets_length (correlate);
  const size_t acc_thread = GROUP * rounded_channels (correlate->c_out) * COLUMNS;
  /* enough tasks that threads end together */
  size_t group = GROUP;
  while (group > 1 && n_z * divide_up (n_tiles, group) < (size_t) n_threads * 12)
    group--;
  const size_t n_groups = divide_up (n_tiles, group);

  for (size_t i = 0; i < correlate->block; i++)
    for (size_t u = 0; u < n_taps_x; u++)
      {
        size_t phase, column;
        locate (grid, &correlate->axis[2], u, &phase, &column);
        offsets[i * n_taps_x + u] = (ptrdiff_t) (i * grid->channel + phase * grid->phase + column);
      }
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
  for (size_t task = 0; task < n_z * n_groups; task++)
    {
      const size_t z = task / n_groups, g = task % n_groups;
      run_task (correlate, z, g * n_tiles / n_groups, (g + 1) * n_tiles / n_groups, offsets, src, packed,
                bias, add, out, acc + (size_t) omp_get_thread_num () * acc_thread);
    }
}
