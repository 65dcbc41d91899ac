/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-stage.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "nn/spectral-vector-private.h"

#define UNIT (SW_LANES / 4)

typedef struct
{
  size_t n, n_in, n_out;   /* grid edge, real channels */
  size_t p_in, p_out;      /* complex channels, rounded */
  size_t plane;            /* reals per plane of the columns */
  size_t staging;          /* reals */
  size_t columns;          /* reals */
  size_t fft, y_in, y_out, x_in, x_out, z, line; /* reals per thread */
  size_t thread;           /* their sum */
  size_t n_threads;
} Sizes;

static size_t
round_unit (size_t reals)
{
  return (reals + 15) / 16 * 16;
}

static size_t
larger (size_t a, size_t b)
{
  return a > b ? a : b;
}

static size_t
pairs_of (size_t n_channels)
{
  return ((n_channels + 1) / 2 + UNIT - 1) / UNIT * UNIT;
}

static Sizes
sizes_of (const SwStage *stage)
{
  Sizes s = { .n = stage->grid->n, .n_threads = (size_t) omp_get_max_threads () };
  for (size_t i = 0; i < stage->n_inputs; i++)
    s.n_in += stage->input_channels[i];
  const SwLevel *in = stage->n_inputs > 0 ? stage->in_ball : NULL, *out = stage->out_ball;
  s.n_out = out != NULL ? stage->output_channels : 0;
  s.p_in = in != NULL ? pairs_of (s.n_in) : 0;
  s.p_out = out != NULL ? pairs_of (s.n_out) : 0;
  s.plane = larger (in != NULL ? in->n_columns * 2 * s.p_in : 0, out != NULL ? out->n_columns * 2 * s.p_out : 0);
  /* Planes whose distance is a power of two would share the same few sets of the cache. */
  s.plane = round_unit (s.plane) + 16;
  s.staging = round_unit (larger (in != NULL ? in->n_blocks * SW_LANES * 4 * s.p_in : 0,
                                  out != NULL ? out->n_blocks * SW_LANES * 4 * s.p_out : 0));
  s.columns = s.plane * s.n;
  s.fft = round_unit ((sw_fft_scratch_size (&stage->grid->fft) + sizeof (real) - 1) / sizeof (real));
  s.y_in = in != NULL ? round_unit (in->n_lines * s.n * 2 * s.p_in) : 0;
  s.y_out = out != NULL ? round_unit (out->n_lines * s.n * 2 * s.p_out) : 0;
  s.x_in = round_unit (SW_FFT_LINES * s.n * 2 * s.p_in);
  s.x_out = round_unit (SW_FFT_LINES * s.n * 2 * s.p_out);
  s.z = round_unit (SW_FFT_LINES * larger (in != NULL ? in->n_lines * 2 * s.p_in : 0, out != NULL ? out->n_lines * 2 * s.p_out : 0));
  s.line = round_unit (stage->line_scratch);
  s.thread = s.fft + s.y_in + s.y_out + s.x_in + s.x_out + s.z + s.line
             + round_unit (8 * s.n * sizeof (ptrdiff_t) / sizeof (real));
  return s;
}

size_t
sw_stage_work_size (const SwStage *stage)
{
  const Sizes s = sizes_of (stage);
  return (s.staging + s.columns + s.n_threads * s.thread) * sizeof (real) + 2 * SW_ALIGN;
}

typedef struct
{
  real *fft, *y_in, *y_out, *x_in, *x_out, *z, *line;
  ptrdiff_t *offset[8]; /* [n] each */
} Thread;

static Thread
thread_of (const Sizes *s, real *base)
{
  Thread t;
  t.fft = base;
  t.y_in = t.fft + s->fft;
  t.y_out = t.y_in + s->y_in;
  t.x_in = t.y_out + s->y_out;
  t.x_out = t.x_in + s->x_in;
  t.z = t.x_out + s->x_out;
  t.line = t.z + s->z;
  for (size_t i = 0; i < 8; i++)
    t.offset[i] = (ptrdiff_t *) (void *) (t.line + s->line) + i * s->n;
  return t;
}

/* offset[j] = step (frequency of j + reach), -1 where it is not within reach */
static void
band_offsets (ptrdiff_t *offset, size_t n, int reach, size_t step)
{
  for (size_t j = 0; j < n; j++)
    offset[j] = -1;
  for (int k = -reach; k <= reach; k++)
    offset[k < 0 ? (size_t) (k + (int) n) : (size_t) k] = (ptrdiff_t) ((size_t) (k + reach) * step);
}

static void
even_offsets (ptrdiff_t *offset, size_t n, size_t step)
{
  for (size_t j = 0; j < n; j++)
    offset[j] = (ptrdiff_t) (j * step);
}

static SwFftLines
lines_at (real *const base[SW_FFT_LINES], size_t p, bool inverse, const ptrdiff_t *offset)
{
  SwFftLines lines = { .offset = offset };
  for (size_t i = 0; i < SW_FFT_LINES; i++)
    {
      lines.re[i] = base[i] + (inverse ? p : 0);
      lines.im[i] = base[i] + (inverse ? 0 : p);
    }
  return lines;
}

/* Shell of a block, found by walking on from the last one. */
static size_t
shell_of (const SwModes *modes, size_t block, size_t shell)
{
  while (modes->shell_block[shell + 1] <= block)
    shell++;
  while (modes->shell_block[shell] > block)
    shell--;
  return shell;
}

/* Lane i of vector j becomes lane j of vector i: each round shuffles two halves into each other. */
SW_VEC_INLINE void
transpose (SwVec *rows)
{
  SwVec other[SW_LANES], *from = rows, *to = other;
  for (int round = 1; round < SW_LANES; round *= 2)
    {
      for (int i = 0; i < SW_LANES / 2; i++)
        {
          const SwVec a = from[i], b = from[i + SW_LANES / 2];
#if SW_LANES == 16
          to[2 * i] = __builtin_shufflevector (a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
          to[2 * i + 1] = __builtin_shufflevector (a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#else
          to[2 * i] = __builtin_shufflevector (a, b, 0, 8, 1, 9, 2, 10, 3, 11);
          to[2 * i + 1] = __builtin_shufflevector (a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#endif
        }
      SwVec *const swap = from;
      from = to;
      to = swap;
    }
  if (from != rows)
    memcpy (rows, from, SW_LANES * sizeof (SwVec));
}

SW_VEC_INLINE void
store_part (real *to, SwVec v, size_t n)
{
  if (n >= SW_LANES)
    {
      *(SwVec *) to = v;
      return;
    }
  size_t i = 0;
  if (n >= SW_LANES / 2)
    {
#if SW_LANES == 16
      *(SwVecHalf *) to = __builtin_shufflevector (v, v, 0, 1, 2, 3, 4, 5, 6, 7);
#else
      *(SwVecHalf *) to = __builtin_shufflevector (v, v, 0, 1, 2, 3);
#endif
      i = SW_LANES / 2;
    }
  for (; i < n; i++)
    to[i] = v[i];
}

/* Beyond the end of an array this does nothing. */
SW_VEC_INLINE void
ask_for (const real *at, size_t n, bool write)
{
  for (size_t j = 0; j < n; j += 64 / sizeof (real))
    if (write)
      __builtin_prefetch (at + j, 1, 2);
    else
      __builtin_prefetch (at + j, 0, 2);
}

/* [channel][re, im][lane] to [lane][re, im][2 p] */
static void
unpack_block (const SwStage *stage, const SwModes *modes, const Sizes *s, size_t block, size_t shell, real *staging)
{
  const size_t width = 2 * s->p_in;
  real *out = staging + block * SW_LANES * 2 * width;
  size_t first = 0;
  ask_for (out + SW_LANES * 2 * width, SW_LANES * 2 * width, true); /* the next block's */
  for (size_t i = 0; i < stage->n_inputs; i++)
    {
      const size_t n = stage->input_channels[i];
      const bool zero = block >= stage->input_blocks[i];
      const real *in = zero ? NULL : stage->input[i] + block * n * 2 * SW_LANES;
      const real scale = zero ? 0 : stage->input_scale[i] != NULL ? stage->input_scale[i][shell] : 1;
      /* what goes beyond n channels is written again by the next input, or is zero as it should be */
      for (size_t c = 0; c < n; c += SW_LANES)
        for (size_t part = 0; part < 2; part++)
          {
            SwVec rows[SW_LANES];
            for (size_t j = 0; j < SW_LANES; j++)
              {
                rows[j] = (SwVec){ 0 };
                if (!zero && c + j < n)
                  rows[j] = scale * *(const SwVec *) (in + (2 * (c + j) + part) * SW_LANES);
              }
            transpose (rows);
            for (size_t v = 0; v < SW_LANES; v++)
              store_part (out + (2 * v + part) * width + first + c, rows[v], width - first - c);
          }
      first += n;
    }
  for (size_t v = 0; v < SW_LANES; v++)
    for (size_t c = first; c < width; c++)
      out[v * 2 * width + c] = out[v * 2 * width + width + c] = 0;
}

static void
pack_block (const SwStage *stage, const SwModes *modes, const Sizes *s, size_t block, size_t shell, const real *staging)
{
  const size_t width = 2 * s->p_out, n = s->n_out;
  const real *in = staging + block * SW_LANES * 2 * width;
  real *out = stage->output + block * n * 2 * SW_LANES;
  const double volume = (double) s->n * (double) s->n * (double) s->n;
  const real scale = (real) ((stage->output_scale != NULL ? stage->output_scale[shell] : 1) / volume);
  const bool *present = modes->present + block * SW_LANES;
  ask_for (in + SW_LANES * 2 * width, SW_LANES * 2 * width, false);
  for (size_t c = 0; c < n; c += SW_LANES)
    for (size_t part = 0; part < 2; part++)
      {
        SwVec rows[SW_LANES];
        /* the last rows are read beyond their channels; those are not stored */
        for (size_t v = 0; v < SW_LANES; v++)
          {
            rows[v] = (SwVec){ 0 };
            if (present[v])
              rows[v] = scale * *(const SwVec *) (in + (2 * v + part) * width + c);
          }
        transpose (rows);
        for (size_t j = 0; j < SW_LANES && c + j < n; j++)
          {
            SwVec *to = (SwVec *) (out + (2 * (c + j) + part) * SW_LANES);
            if (stage->output_add)
              rows[j] += *to;
            *to = rows[j];
          }
      }
}

/* F_1 + i F_2 at k and at -k, from F at k. a, b: [re p][im p] */
static void
split_mode (const real *restrict f, size_t p, real *restrict a, real *restrict b)
{
  const real *re = f, *im = f + 2 * p;
  for (size_t c = 0; c < p; c++)
    {
      const real r1 = re[c], i1 = im[c], r2 = re[c + p], i2 = im[c + p];
      a[c] = r1 - i2;
      a[c + p] = i1 + r2;
      b[c] = r1 + i2;
      b[c + p] = r2 - i1;
    }
}

static void
join_mode (const real *restrict a, const real *restrict b, size_t p, real *restrict f)
{
  real *re = f, *im = f + 2 * p;
  const real half = (real) 0.5;
  for (size_t c = 0; c < p; c++)
    {
      const real ar = a[c], ai = a[c + p], br = b[c], bi = b[c + p];
      re[c] = half * (ar + br);
      im[c] = half * (ai - bi);
      re[c + p] = half * (ai + bi);
      im[c + p] = half * (br - ar);
    }
}

/* Asks for what the next two pairs of columns will need: their places in all planes and their modes. Those are too far apart for
 * the processor to see what comes next. */
static void
ask_for_columns (const SwLevel *ball, const Sizes *s, size_t first, size_t width, bool to_planes, const real *columns, const real *staging)
{
  for (size_t i = first; i < first + 2 && i < ball->n_pairs; i++)
    {
      const SwColumnPair *pair = &ball->pairs[i];
      const int low = pair->column == pair->mirror ? 0 : -pair->reach;
      for (size_t z = 0; z < s->n; z++)
        {
          ask_for (columns + z * s->plane + pair->column * width, width, to_planes);
          ask_for (columns + z * s->plane + pair->mirror * width, width, to_planes);
        }
      for (int z = low; z <= pair->reach; z++)
        ask_for (staging + (size_t) ball->slots[(ptrdiff_t) pair->slot_at + z] * 2 * width, 2 * width, !to_planes);
    }
}

/* Two pairs of columns, modes to planes. */
static void
columns_from_modes (const SwStage *stage, const Sizes *s, const Thread *t, size_t first, const real *staging, real *columns)
{
  const SwLevel *ball = stage->in_ball;
  const size_t width = 2 * s->p_in;
  const SwColumnPair *pair[2] = { &ball->pairs[first], &ball->pairs[first + 1 < ball->n_pairs ? first + 1 : first] };
  const int reach = pair[0]->reach > pair[1]->reach ? pair[0]->reach : pair[1]->reach;
  const size_t length = (2 * (size_t) reach + 1) * width;
  real *in[SW_FFT_LINES], *out[SW_FFT_LINES];
  ask_for_columns (ball, s, first + 2, width, true, columns, staging);
  for (size_t i = 0; i < 2; i++)
    {
      const bool own = pair[i]->column == pair[i]->mirror;
      real *a = in[2 * i] = t->z + 2 * i * length, *b = t->z + (2 * i + 1) * length;
      in[2 * i + 1] = own ? a : b;
      out[2 * i] = columns + pair[i]->column * width;
      out[2 * i + 1] = columns + pair[i]->mirror * width;
      if (pair[i]->reach < reach)
        memset (a, 0, 2 * length * sizeof (real));
      const ptrdiff_t centre = (ptrdiff_t) ((size_t) reach * width);
      for (int z = own ? 0 : -pair[i]->reach; z <= pair[i]->reach; z++)
        {
          const size_t slot = (size_t) ball->slots[(ptrdiff_t) pair[i]->slot_at + z];
          real *at = a + centre + z * (ptrdiff_t) width, *mirror = in[2 * i + 1] + centre - z * (ptrdiff_t) width;
          if (own && z == 0)
            mirror = b + centre; /* the same number twice */
          split_mode (staging + slot * 2 * width, s->p_in, at, mirror);
        }
    }
  band_offsets (t->offset[0], s->n, reach, width);
  const SwFftLines from = lines_at (in, s->p_in, true, t->offset[0]);
  const SwFftLines to = lines_at (out, s->p_in, true, t->offset[1]);
  sw_fft_run (&stage->grid->fft, s->p_in, &from, &to, t->fft);
}

static void
modes_from_columns (const SwStage *stage, const Sizes *s, const Thread *t, size_t first, real *columns, real *staging)
{
  const SwLevel *ball = stage->out_ball;
  const size_t width = 2 * s->p_out;
  const SwColumnPair *pair[2] = { &ball->pairs[first], &ball->pairs[first + 1 < ball->n_pairs ? first + 1 : first] };
  const int reach = pair[0]->reach > pair[1]->reach ? pair[0]->reach : pair[1]->reach;
  const size_t length = (2 * (size_t) reach + 1) * width;
  real *in[SW_FFT_LINES], *out[SW_FFT_LINES];
  ask_for_columns (ball, s, first + 2, width, false, columns, staging);
  for (size_t i = 0; i < SW_FFT_LINES; i++)
    {
      in[i] = columns + (i % 2 == 0 ? pair[i / 2]->column : pair[i / 2]->mirror) * width;
      out[i] = t->z + i * length;
    }
  band_offsets (t->offset[0], s->n, reach, width);
  const SwFftLines from = lines_at (in, s->p_out, false, t->offset[1]);
  const SwFftLines to = lines_at (out, s->p_out, false, t->offset[0]);
  sw_fft_run (&stage->grid->fft, s->p_out, &from, &to, t->fft);
  for (size_t i = 0; i < 2 && first + i < ball->n_pairs; i++)
    {
      const bool own = pair[i]->column == pair[i]->mirror;
      const ptrdiff_t centre = (ptrdiff_t) ((size_t) reach * width);
      for (int z = own ? 0 : -pair[i]->reach; z <= pair[i]->reach; z++)
        {
          const size_t slot = (size_t) ball->slots[(ptrdiff_t) pair[i]->slot_at + z];
          join_mode (out[2 * i] + centre + z * (ptrdiff_t) width,
                     out[2 * i + 1] + centre - z * (ptrdiff_t) width,
                     s->p_out,
                     staging + slot * 2 * width);
        }
    }
}

/* Lines along y of the plane: all kx, SW_FFT_LINES at a time. */
static void
transform_y (const SwLevel *ball, const SwStage *stage, const Sizes *s, const Thread *t, size_t p, bool inverse, real *plane, real *lines)
{
  const size_t width = 2 * p;
  even_offsets (t->offset[2], s->n, width);
  for (size_t first = 0; first < ball->n_lines; first += SW_FFT_LINES)
    {
      real *outer[SW_FFT_LINES], *inner[SW_FFT_LINES];
      const int reach = ball->line_reach[first];
      for (size_t i = 0; i < SW_FFT_LINES; i++)
        {
          const size_t x = first + i < ball->n_lines ? first + i : ball->n_lines - 1;
          outer[i] = plane + (ball->line_column[x] - (size_t) reach) * width;
          inner[i] = lines + x * s->n * width;
        }
      band_offsets (t->offset[3], s->n, reach, width);
      const SwFftLines modes = lines_at (outer, p, inverse, t->offset[3]);
      const SwFftLines grid = lines_at (inner, p, inverse, t->offset[2]);
      sw_fft_run (&stage->grid->fft, p, inverse ? &modes : &grid, inverse ? &grid : &modes, t->fft);
    }
}

/* next: the plane that this thread is likely to get next, asked for in passing, or NULL. */
static void
do_plane (const SwStage *stage, const Sizes *s, const Thread *t, size_t z, real *plane, const real *next)
{
  const size_t n_next = next != NULL && stage->n_inputs > 0 ? stage->in_ball->n_columns * 2 * s->p_in : 0;
  const size_t n = s->n, w_in = 2 * s->p_in, w_out = 2 * s->p_out;
  if (stage->n_inputs > 0)
    {
      transform_y (stage->in_ball, stage, s, t, s->p_in, true, plane, t->y_in);
      band_offsets (t->offset[4], n, stage->in_ball->reach, n * w_in);
      even_offsets (t->offset[5], n, w_in);
    }
  if (stage->out_ball != NULL)
    {
      even_offsets (t->offset[6], n, w_out);
      band_offsets (t->offset[7], n, stage->out_ball->reach, n * w_out);
    }
  for (size_t first = 0; first < n; first += SW_FFT_LINES)
    {
      real *y_in[SW_FFT_LINES], *y_out[SW_FFT_LINES], *x_in[SW_FFT_LINES], *x_out[SW_FFT_LINES];
      const size_t asked = first * n_next / n, end = first + SW_FFT_LINES < n ? (first + SW_FFT_LINES) * n_next / n : n_next;
      if (asked < end)
        ask_for (next + asked, end - asked, true);
      for (size_t i = 0; i < SW_FFT_LINES; i++)
        {
          const size_t y = first + i < n ? first + i : n - 1;
          y_in[i] = t->y_in + y * w_in;
          y_out[i] = t->y_out + y * w_out;
          x_in[i] = t->x_in + i * n * w_in;
          x_out[i] = t->x_out + i * n * w_out;
        }
      if (stage->n_inputs > 0)
        {
          const SwFftLines from = lines_at (y_in, s->p_in, true, t->offset[4]);
          const SwFftLines to = lines_at (x_in, s->p_in, true, t->offset[5]);
          sw_fft_run (&stage->grid->fft, s->p_in, &from, &to, t->fft);
        }
      for (size_t i = 0; i < SW_FFT_LINES && first + i < n; i++)
        stage->line (stage->data,
                     z,
                     first + i,
                     w_in,
                     stage->n_inputs > 0 ? x_in[i] : NULL,
                     w_out,
                     stage->out_ball != NULL ? x_out[i] : NULL,
                     t->line);
      if (stage->out_ball != NULL)
        {
          for (size_t i = 0; i < SW_FFT_LINES; i++) /* a repeated line must be the same line */
            x_out[i] = first + i < n ? x_out[i] : x_out[n - 1 - first];
          const SwFftLines from = lines_at (x_out, s->p_out, false, t->offset[6]);
          const SwFftLines to = lines_at (y_out, s->p_out, false, t->offset[7]);
          sw_fft_run (&stage->grid->fft, s->p_out, &from, &to, t->fft);
        }
    }
  if (stage->out_ball != NULL)
    transform_y (stage->out_ball, stage, s, t, s->p_out, false, plane, t->y_out);
}

static real *
aligned (void *block)
{
  return (real *) (((uintptr_t) block + SW_ALIGN - 1) / SW_ALIGN * SW_ALIGN);
}

void
sw_stage_run (const SwStage *stage, const SwModes *modes, void *work)
{
  const Sizes s = sizes_of (stage);
  real *const staging = aligned (work), *const columns = staging + s.staging, *const threads = columns + s.columns;
#pragma omp parallel num_threads ((int) s.n_threads)
  {
    const Thread t = thread_of (&s, threads + (size_t) omp_get_thread_num () * s.thread);
    size_t shell = 0;
    even_offsets (t.offset[1], s.n, s.plane);
    memset (t.x_out, 0, s.x_out * sizeof (real)); /* channels that only fill up */
    if (stage->n_inputs > 0)
      {
        const SwLevel *ball = stage->in_ball;
#pragma omp for schedule(static)
        for (size_t b = 0; b < ball->n_blocks; b++)
          {
            shell = shell_of (modes, b, shell);
            unpack_block (stage, modes, &s, b, shell, staging);
          }
#pragma omp for schedule(dynamic, 8) nowait
        for (size_t i = 0; i < (ball->n_pairs + 1) / 2; i++)
          columns_from_modes (stage, &s, &t, 2 * i, staging, columns);
#pragma omp for schedule(static)
        for (size_t i = 0; i < ball->n_empty; i++)
          for (size_t z = 0; z < s.n; z++)
            memset (columns + z * s.plane + ball->empty[i] * 2 * s.p_in, 0, 2 * s.p_in * sizeof (real));
      }
#pragma omp for schedule(dynamic, 1)
    for (size_t z = 0; z < s.n; z++)
      do_plane (stage, &s, &t, z, columns + z * s.plane, z + s.n_threads < s.n ? columns + (z + s.n_threads) * s.plane : NULL);
    if (stage->out_ball != NULL)
      {
        const SwLevel *ball = stage->out_ball;
#pragma omp for schedule(dynamic, 8)
        for (size_t i = 0; i < (ball->n_pairs + 1) / 2; i++)
          modes_from_columns (stage, &s, &t, 2 * i, columns, staging);
#pragma omp for schedule(static)
        for (size_t b = 0; b < ball->n_blocks; b++)
          {
            shell = shell_of (modes, b, shell);
            pack_block (stage, modes, &s, b, shell, staging);
          }
      }
  }
}
