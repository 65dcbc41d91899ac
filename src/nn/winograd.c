/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/winograd-private.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

#define OUTPUTS 4
#define POINTS_MAX 8
#define ROW_MAX 4096
/* What the combined planes of a chunk may take. */
#define CHUNK_BYTES ((size_t) 24 << 20)

/* y = out [(taps g) * (in d)]: d are n planes, g r taps, y OUTPUTS planes. */
typedef struct
{
  size_t n;
  double in[POINTS_MAX][POINTS_MAX], taps[POINTS_MAX][5], out[OUTPUTS][POINTS_MAX];
} Transform;

/* Points that keep the numbers small; the last of n is infinity. */
static const double points[POINTS_MAX - 1] = { 0, 1, -1, 0.5, -2, 2, -0.5 };

static double
power (double base, size_t exponent)
{
  double p = 1;
  while (exponent-- > 0)
    p *= base;
  return p;
}

/* A product of polynomials of degree OUTPUTS-1 and r-1 from its values at n points; the transpose of that is a
 * correlation. */
static void
transform_init (Transform *t, size_t r)
{
  const size_t n = t->n = OUTPUTS + r - 1;
  double v[POINTS_MAX][2 * POINTS_MAX];

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      {
        const bool infinite = i == n - 1;
        v[i][j] = infinite ? j == n - 1 : power (points[i], j);
        v[i][n + j] = i == j;
        if (j < r)
          t->taps[i][j] = infinite ? j == r - 1 : power (points[i], j);
        if (j < OUTPUTS)
          t->out[j][i] = infinite ? j == OUTPUTS - 1 : power (points[i], j);
      }
  for (size_t c = 0; c < n; c++)
    {
      size_t pivot = c;
      for (size_t i = c; i < n; i++)
        if (fabs (v[i][c]) > fabs (v[pivot][c]))
          pivot = i;
      for (size_t j = 0; j < 2 * n; j++)
        {
          const double swap = v[c][j];
          v[c][j] = v[pivot][j];
          v[pivot][j] = swap;
        }
      const double scale = 1 / v[c][c];
      for (size_t j = 0; j < 2 * n; j++)
        v[c][j] *= scale;
      for (size_t i = 0; i < n; i++)
        {
          const double factor = v[i][c];
          if (i != c)
            for (size_t j = 0; j < 2 * n; j++)
              v[i][j] -= factor * v[c][j];
        }
    }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      t->in[i][j] = fabs (v[j][n + i]) < 1e-12 ? 0 : v[j][n + i];
}

static size_t
aligned (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

static size_t
n_tiles_of (const SwCorrelate *c)
{
  return (c->axis[0].n_out + OUTPUTS - 1) / OUTPUTS;
}

/* One point: a correlation in the plane, of `chunk` combined planes. */
static SwCorrelate
planar (const SwCorrelate *c, size_t chunk)
{
  SwCorrelate p = *c;

  p.grid.planes = chunk;
  p.grid.channel = chunk * p.grid.plane;
  p.axis[0].n_taps = 1;
  p.axis[0].offset = p.grid.pad;
  p.axis[0].n_out = chunk;
  p.out_x = 1;
  p.out_y = c->axis[2].n_out;
  p.out_z = p.out_y * c->axis[1].n_out;
  p.out_channel = chunk * p.out_z;
  sw_correlate_init (&p);
  return p;
}

static size_t
chunk_of (const SwCorrelate *c)
{
  const size_t n = OUTPUTS + c->axis[0].n_taps - 1;
  const size_t bytes = n * sizeof (real)
                       * (c->c_in * c->grid.plane + c->c_out * c->axis[1].n_out * c->axis[2].n_out);
  const size_t chunk = CHUNK_BYTES / bytes > 0 ? CHUNK_BYTES / bytes : 1, n_tiles = n_tiles_of (c);
  return chunk < n_tiles ? chunk : n_tiles;
}

bool
sw_winograd_serves (const SwCorrelate *c)
{
  const size_t r = c->axis[0].n_taps;
  return c->grid.step == 1 && c->out_x == 1 && (r == 3 || r == 5) && c->axis[1].n_taps == r
         && c->axis[2].n_taps == r && c->axis[2].n_out <= ROW_MAX && c->c_in >= 24 && c->c_out >= 24 && c->axis[0].n_out >= OUTPUTS;
}

static size_t
point_weights (const SwCorrelate *c)
{
  const SwCorrelate p = planar (c, 1);
  return aligned (sw_correlate_weights_length (&p));
}

size_t
sw_winograd_weights_length (const SwCorrelate *c)
{
  return (OUTPUTS + c->axis[0].n_taps - 1) * point_weights (c);
}

size_t
sw_winograd_scratch_length (const SwCorrelate *c, int n_threads)
{
  const size_t n = OUTPUTS + c->axis[0].n_taps - 1, chunk = chunk_of (c);
  const SwCorrelate p = planar (c, chunk);
  return n * aligned (sw_packed_grid_length (&p.grid, c->c_in)) + n * aligned (c->c_out * p.out_channel)
         + aligned (sw_correlate_scratch_length (&p, n_threads));
}

void
sw_winograd_pack (const SwCorrelate *c,
                  const real *restrict kernel,
                  size_t stride_out,
                  size_t stride_in,
                  size_t edge,
                  real *restrict packed)
{
  const size_t r = c->axis[0].n_taps, length = point_weights (c);
  Transform t;

  transform_init (&t, r);
  memset (packed, 0, sw_winograd_weights_length (c) * sizeof (real));
  for (size_t u = 0; u < r; u++)
    {
      SwCorrelate p = planar (c, 1);
      p.axis[0].tap_first = c->axis[0].tap_first + c->axis[0].tap_step * (ptrdiff_t) u;
      sw_correlate_pack (&p, kernel, stride_out, stride_in, edge, packed + u * length);
    }
#pragma omp parallel for schedule(static)
  for (size_t v = 0; v < length; v++)
    {
      double g[5];
      for (size_t u = 0; u < r; u++)
        g[u] = (double) packed[u * length + v];
      for (size_t i = 0; i < t.n; i++)
        {
          double sum = 0;
          for (size_t u = 0; u < r; u++)
            sum += t.taps[i][u] * g[u];
          packed[i * length + v] = (real) sum;
        }
    }
}

/* Planes of one channel and tile to the n combinations of them; to: [n] planes `stride` apart. */
static void
combine_source (const SwCorrelate *c,
                const Transform *t,
                const real *restrict channel,
                ptrdiff_t z_first,
                real *restrict to,
                size_t stride)
{
  const size_t n_plane = c->grid.plane, n = t->n;
  const real *planes[POINTS_MAX];
  size_t used[POINTS_MAX], n_used = 0;

  for (size_t j = 0; j < n; j++)
    {
      const ptrdiff_t z = z_first + (ptrdiff_t) j;
      if (z < 0 || z >= (ptrdiff_t) c->grid.size)
        continue;
      planes[n_used] = channel + (size_t) z * n_plane;
      used[n_used++] = j;
    }
  for (size_t first = 0; first < n_plane; first += 512)
    {
      const size_t end = first + 512 < n_plane ? first + 512 : n_plane;
      for (size_t i = 0; i < n; i++)
        {
          real *restrict row = to + i * stride;
          memset (row + first, 0, (end - first) * sizeof (real));
          for (size_t k = 0; k < n_used; k++)
            {
              const real w = (real) t->in[i][used[k]];
              const real *restrict from = planes[k];
              if (w != 0)
#pragma omp simd
                for (size_t v = first; v < end; v++)
                  row[v] += w * from[v];
            }
        }
    }
}

static void
combine_products (const SwCorrelate *c,
                  const Transform *t,
                  const real *restrict products,
                  size_t stride,
                  size_t z_first,
                  real bias,
                  bool add,
                  real *restrict channel)
{
  const size_t n_plane = c->axis[1].n_out * c->axis[2].n_out, n_x = c->axis[2].n_out;
  const size_t n = t->n;

  for (size_t a = 0; a < OUTPUTS && z_first + a < c->axis[0].n_out; a++)
    for (size_t first = 0; first < n_plane; first += n_x)
      {
        real *restrict row = channel + (z_first + a) * c->out_z + first / n_x * c->out_y;
        real sum[ROW_MAX];
        for (size_t x = 0; x < n_x; x++)
          sum[x] = bias;
        for (size_t i = 0; i < n; i++)
          {
            const real w = (real) t->out[a][i];
            const real *restrict from = products + i * stride + first;
            if (w != 0)
#pragma omp simd
              for (size_t x = 0; x < n_x; x++)
                sum[x] += w * from[x];
          }
        if (add)
          for (size_t x = 0; x < n_x; x++)
            row[x] += sum[x];
        else
          memcpy (row, sum, n_x * sizeof (real));
      }
}

void
sw_winograd_run (const SwCorrelate *c,
                 const real *restrict src,
                 const real *restrict packed,
                 const real *restrict bias,
                 bool add,
                 real *restrict out,
                 real *restrict scratch,
                 int n_threads)
{
  const size_t chunk_max = chunk_of (c), n_tiles = n_tiles_of (c), length = point_weights (c);
  const SwCorrelate widest = planar (c, chunk_max);
  const size_t n_source = aligned (sw_packed_grid_length (&widest.grid, c->c_in));
  const size_t n_product = aligned (c->c_out * widest.out_channel);
  const ptrdiff_t shift = (ptrdiff_t) c->axis[0].offset - (ptrdiff_t) c->grid.pad;
  Transform t;

  transform_init (&t, c->axis[0].n_taps);
  real *const source = scratch, *const products = source + t.n * n_source;
  real *const rest = products + t.n * n_product;
  for (size_t first = 0; first < n_tiles; first += chunk_max)
    {
      const size_t chunk = n_tiles - first < chunk_max ? n_tiles - first : chunk_max;
      const SwCorrelate p = planar (c, chunk);
      for (size_t i = 0; i < t.n; i++)
        memset (source + i * n_source + c->c_in * p.grid.channel, 0,
                (sw_packed_grid_length (&p.grid, c->c_in) - c->c_in * p.grid.channel) * sizeof (real));
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
      for (size_t task = 0; task < c->c_in * chunk; task++)
        {
          const size_t channel = task / chunk, tile = task % chunk;
          combine_source (c, &t, src + channel * c->grid.channel,
                          (ptrdiff_t) (OUTPUTS * (first + tile)) + shift,
                          source + channel * p.grid.channel + tile * p.grid.plane, n_source);
        }
      for (size_t i = 0; i < t.n; i++)
        sw_correlate_run (&p, source + i * n_source, packed + i * length, NULL, false,
                          products + i * n_product, rest, n_threads);
#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
      for (size_t task = 0; task < c->c_out * chunk; task++)
        {
          const size_t channel = task / chunk, tile = task % chunk;
          combine_products (c, &t, products + channel * p.out_channel + tile * p.out_z, n_product,
                            OUTPUTS * (first + tile), bias != NULL ? bias[channel] : 0, add,
                            out + channel * c->out_channel);
        }
    }
}
