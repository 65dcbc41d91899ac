/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-mix.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/spectral-vector-private.h"
#include "so3/clebsch-gordan.h"

#define M_MAX (2 * SW_FIELD_L_MAX + 1)

static unsigned
smaller (unsigned a, unsigned b)
{
  return a < b ? a : b;
}

/* (-1)^(n/2) for even n of either sign */
static double
half_sign (int n)
{
  return n / 2 % 2 == 0 ? 1.0 : -1.0;
}

/* T_e (r, m) without the radial part, [2 m_max + 1] */
static void
angular_part (const SwBasisSpec *spec, unsigned j, double *ret)
{
  double q[M_MAX * M_MAX * (4 * SW_FIELD_L_MAX + 1)];
  const int lo = (int) spec->l_out, li = (int) spec->l_in, m_max = lo < li ? lo : li;
  sw_clebsch_gordan (spec->l_out, spec->l_in, j, q);
  const size_t n_in = 2 * spec->l_in + 1, n_j = 2 * j + 1;
  const double y = 4.0 * M_PI * sqrt ((2.0 * j + 1.0) / (4.0 * M_PI));
  /* i^l = i^(l mod 2) times a sign, which the matrices hold */
  const double sign = half_sign (lo - lo % 2) * half_sign (li - li % 2);
  const bool even = (lo + li + (int) j) % 2 == 0;
  for (int m = -m_max; m <= m_max; m++)
    {
      const int a = abs (m);
      const double diagonal = q[((size_t) (lo + a) * n_in + (size_t) (li + a)) * n_j + j];
      const double across = q[((size_t) (lo + a) * n_in + (size_t) (li - a)) * n_j + j];
      double t = even ? diagonal * half_sign ((int) j - lo - li) : (m < 0 ? -1 : 1) * across * half_sign ((int) j + 1 - lo - li);
      if (!even && m == 0)
        t = 0;
      /* u_+- are not normalised: a factor 1/2 for each pair */
      ret[m + m_max] = y * sign * t * (m == 0 ? 1.0 : 0.5);
    }
}

void
sw_radial_cache_clear (SwRadialCache *cache)
{
  for (size_t i = 0; i < cache->n; i++)
    sw_free (cache->entries[i].h);
  *cache = (SwRadialCache){ 0 };
}

#define W_CHUNK 16

/* H of a shell and J at the radii of a level; NULL when there is no memory. */
static const double *
radial_part (SwRadialCache *cache, const SwModes *modes, const SwLevel *level, unsigned shell, unsigned j, double sigma)
{
  for (size_t i = 0; i < cache->n; i++)
    if (cache->entries[i].stride == level->stride && cache->entries[i].shell == shell && cache->entries[i].j == j)
      return cache->entries[i].h;
  double *h = SW_NEW (double, level->n_shells);
  if (h == NULL || cache->n == sizeof cache->entries / sizeof cache->entries[0])
    {
      sw_free (h);
      return NULL;
    }
#pragma omp parallel for schedule(dynamic, 1)
  for (size_t first = 0; first < level->n_shells; first += W_CHUNK)
    {
      double w[W_CHUNK];
      const size_t n = level->n_shells - first < W_CHUNK ? level->n_shells - first : W_CHUNK;
      for (size_t i = 0; i < n; i++)
        w[i] = sw_level_frequency (level, modes, first + i);
      sw_basis_radial_transform (shell, j, sigma, n, w, h + first);
    }
  cache->entries[cache->n].stride = level->stride;
  cache->entries[cache->n].shell = shell;
  cache->entries[cache->n].j = j;
  cache->entries[cache->n++].h = h;
  return h;
}

static SwStatus
fill_table (SwMix *mix, const SwModes *modes, const SwLevel *in_level, const SwLevel *out_level, unsigned lo, unsigned li,
            SwRadialCache *cache, SwError *error)
{
  SwBasisSpec spec;
  SwStatus status = sw_basis_spec_init (&spec, lo, li, mix->size, mix->rule, error);
  if (status != SW_OK || spec.n_elements == 0)
    return status;
  double scales[SW_BASIS_ELEMENTS_MAX], angular[M_MAX];
  status = sw_basis_scales (&spec, scales, error);
  if (status != SW_OK)
    return status;
  const unsigned m_max = smaller (lo, li);
  const double norm = sqrt ((2.0 * lo + 1.0) / ((double) spec.n_elements * (double) mix->in.n_copies));
  const bool cut = out_level->stride != in_level->stride;
  for (size_t e = 0; e < spec.n_elements; e++)
    {
      const double *radial = radial_part (cache, modes, in_level, spec.elements[e].shell, spec.elements[e].j, spec.sigma);
      if (radial == NULL)
        return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a kernel table");
      angular_part (&spec, spec.elements[e].j, angular);
      for (size_t s = 0; s < mix->n_shells; s++)
        for (size_t m = 0; m < 2 * m_max + 1; m++)
          mix->table[s * mix->table_size + mix->table_at[lo][li] + m * spec.n_elements + e]
              = (real) (radial[s] * angular[m] * scales[e] * norm * (cut ? (double) out_level->taper[s] : 1.0));
    }
  return SW_OK;
}

static SwStatus
set_sizes (SwMix *mix, SwError *error)
{
  mix->m_max = smaller (mix->in.l_max, mix->out.l_max);
  for (unsigned m = 0; m <= mix->m_max; m++)
    {
      mix->rows_in[m] = sw_channel_order_rows (&mix->in, m);
      mix->rows_out[m] = sw_channel_order_rows (&mix->out, m);
    }
  for (int m = -(int) mix->m_max; m <= (int) mix->m_max; m++)
    {
      mix->matrix_at[m + (int) mix->m_max] = mix->matrix_size;
      mix->matrix_size += mix->rows_in[abs (m)] * mix->rows_out[abs (m)];
    }
  for (unsigned lo = 0; lo <= mix->out.l_max; lo++)
    for (unsigned li = 0; li <= mix->in.l_max; li++)
      if (mix->out.copies[lo] > 0 && mix->in.copies[li] > 0)
        {
          SwBasisSpec spec;
          const SwStatus status = sw_basis_spec_init (&spec, lo, li, mix->size, mix->rule, error);
          if (status != SW_OK)
            return status;
          mix->n_elements[lo][li] = spec.n_elements;
          mix->table_at[lo][li] = mix->table_size;
          mix->table_size += spec.n_elements * (2 * smaller (lo, li) + 1);
          mix->n_weights += mix->out.copies[lo] * mix->in.copies[li] * spec.n_elements;
        }
  return SW_OK;
}

SwStatus
sw_mix_init (SwMix *mix,
             const SwModes *modes,
             const SwLevel *in_level,
             const SwLevel *out_level,
             const SwFieldType *in,
             const SwFieldType *out,
             unsigned size,
             SwBasisRule rule,
             SwRadialCache *cache,
             SwError *error)
{
  *mix = (SwMix){ .in = sw_channel_order (in),
                  .out = sw_channel_order (out),
                  .n_shells = out_level->n_shells,
                  .n_blocks = out_level->n_blocks,
                  .size = size,
                  .rule = rule };
  SwStatus status = set_sizes (mix, error);
  if (status != SW_OK)
    return status;
  mix->matrices = SW_NEW0 (real, mix->n_shells * mix->matrix_size);
  mix->table = SW_NEW0 (real, mix->n_shells * mix->table_size + 1);
  if (mix->matrices == NULL || mix->table == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the kernels of a convolution");
  for (unsigned lo = 0; lo <= mix->out.l_max && status == SW_OK; lo++)
    for (unsigned li = 0; li <= mix->in.l_max && status == SW_OK; li++)
      if (mix->n_elements[lo][li] > 0)
        status = fill_table (mix, modes, in_level, out_level, lo, li, cache, error);
  if (status != SW_OK)
    sw_mix_clear (mix);
  return status;
}

void
sw_mix_clear (SwMix *mix)
{
  sw_free (mix->matrices);
  sw_free (mix->table);
  mix->matrices = mix->table = NULL;
}

size_t
sw_mix_memory (size_t n_shells, const SwFieldType *in, const SwFieldType *out, unsigned size)
{
  SwMix mix = { .in = sw_channel_order (in), .out = sw_channel_order (out), .size = size };
  if (set_sizes (&mix, NULL) != SW_OK)
    return 0;
  return n_shells * (mix.matrix_size + mix.table_size) * sizeof (real);
}

/* Calls for every block of weights: between all copies of an input and an output part. */
#define FOR_EACH_PART_PAIR(mix, po, pi, n_e, at) \
  for (size_t po = 0, at = 0; po < (mix)->out.type.n_parts; po++) \
    for (size_t pi = 0, n_e = 0; \
         pi < (mix)->in.type.n_parts \
         && ((n_e = (mix)->n_elements[(mix)->out.type.parts[po].l][(mix)->in.type.parts[pi].l]), true); \
         at += (size_t) (mix)->out.type.parts[po].copies * (mix)->in.type.parts[pi].copies * n_e, pi++)

/* Row of the first copy of a part in the matrix of m: copies of |m| <= l' < l come first. */
static size_t
row_of (const SwChannelOrder *order, size_t part, unsigned m)
{
  return order->copy_at[order->type.parts[part].l] - order->copy_at[m] + order->part_at[part];
}

void
sw_mix_set_weights (SwMix *mix, const real *weights)
{
#pragma omp parallel for schedule(static)
  for (size_t s = 0; s < mix->n_shells; s++)
    {
      real *matrices = mix->matrices + s * mix->matrix_size;
      memset (matrices, 0, mix->matrix_size * sizeof (real));
      FOR_EACH_PART_PAIR (mix, po, pi, n_e, at)
        {
          const SwFieldPart out = mix->out.type.parts[po], in = mix->in.type.parts[pi];
          const int m_max = (int) smaller (out.l, in.l);
          for (int m = -m_max; m <= m_max; m++)
            {
              const unsigned a = (unsigned) abs (m);
              const real *table = mix->table + s * mix->table_size + mix->table_at[out.l][in.l] + (size_t) (m + m_max) * n_e;
              const size_t n_in = mix->rows_in[a];
              real *to = matrices + mix->matrix_at[m + (int) mix->m_max] + row_of (&mix->out, po, a) * n_in
                         + row_of (&mix->in, pi, a);
              const real *w = weights + at;
              for (size_t o = 0; o < out.copies; o++)
                for (size_t i = 0; i < in.copies; i++, w += n_e)
                  {
                    real sum = 0;
                    for (size_t e = 0; e < n_e; e++)
                      sum += w[e] * table[e];
                    to[o * n_in + i] = sum;
                  }
            }
        }
    }
}

#define COPIES_AT_ONCE 8

void
sw_mix_weight_gradient (const SwMix *mix, const double *d_matrices, real *d_weights)
{
  FOR_EACH_PART_PAIR (mix, po, pi, n_e, at)
    {
      const SwFieldPart out = mix->out.type.parts[po], in = mix->in.type.parts[pi];
      const int m_max = (int) smaller (out.l, in.l);
      const size_t first = at;
#pragma omp parallel for schedule(static)
      for (size_t o = 0; o < out.copies; o++)
        for (size_t i = 0; i < in.copies; i += COPIES_AT_ONCE)
          {
            double sum[COPIES_AT_ONCE][SW_BASIS_ELEMENTS_MAX] = { 0 };
            const size_t n = in.copies - i < COPIES_AT_ONCE ? in.copies - i : COPIES_AT_ONCE;
            for (size_t s = 0; s < mix->n_shells; s++)
              for (int m = -m_max; m <= m_max; m++)
                {
                  const unsigned a = (unsigned) abs (m);
                  const real *table = mix->table + s * mix->table_size + mix->table_at[out.l][in.l] + (size_t) (m + m_max) * n_e;
                  const double *d = d_matrices + s * mix->matrix_size + mix->matrix_at[m + (int) mix->m_max]
                                    + (row_of (&mix->out, po, a) + o) * mix->rows_in[a] + row_of (&mix->in, pi, a) + i;
                  for (size_t j = 0; j < n; j++)
                    for (size_t e = 0; e < n_e; e++)
                      sum[j][e] += d[j] * (double) table[e];
                }
            real *to = d_weights + first + (o * in.copies + i) * n_e;
            for (size_t j = 0; j < n; j++)
              for (size_t e = 0; e < n_e; e++)
                to[j * n_e + e] += (real) sum[j][e];
          }
    }
}

/* Rows of all m of one side: where those of m begin. */
static void
row_starts (const size_t *rows, unsigned m_max, size_t *ret)
{
  size_t at = 0;
  for (int m = -(int) m_max; m <= (int) m_max; m++)
    {
      ret[m + (int) m_max] = at;
      at += rows[abs (m)];
    }
}

/* i^l of the components, up to the sign that the matrices hold: (re, im) -> (-im, re) for odd l, its inverse for the adjoint. */
SW_VEC_INLINE void
phase (bool odd, bool adjoint, SwVec *re, SwVec *im)
{
  if (!odd)
    return;
  const SwVec t = *re;
  *re = adjoint ? *im : -*im;
  *im = adjoint ? -t : t;
}

/* All copies of order l of a block to rows [2][lanes] in the frame of each mode. */
SW_VEC_INLINE void
enter (const int l, const SwChannelOrder *order, unsigned m_max, const size_t *rows, bool adjoint, const real *frame, const real *in, real *out)
{
  const size_t n = order->copies[l];
  const SwVec *d = (const SwVec *) frame;
  const SwVec *x = (const SwVec *) in + 2 * order->channel_at[l];
  SwVec *y = (SwVec *) out;
  for (size_t c = 0; c < n; c++)
    {
      SwVec re[M_MAX], im[M_MAX];
      for (int j = 0; j <= 2 * l; j++)
        re[j] = im[j] = (SwVec){ 0 };
      if (l == 0)
        {
          re[0] = x[2 * c];
          im[0] = x[2 * c + 1];
        }
      else
        for (int i = 0; i <= 2 * l; i++)
          {
            const SwVec xr = x[2 * ((size_t) i * n + c)], xi = x[2 * ((size_t) i * n + c) + 1];
            for (int j = 0; j <= 2 * l; j++)
              {
                re[j] += d[i * (2 * l + 1) + j] * xr;
                im[j] += d[i * (2 * l + 1) + j] * xi;
              }
          }
      for (int m = 0; m <= l && m <= (int) m_max; m++)
        {
          const size_t row = order->copy_at[l] - order->copy_at[m] + c;
          SwVec pr = re[l + m], pi = im[l + m], qr = pr, qi = pi;
          if (m > 0)
            {
              pr = re[l + m] + im[l - m];
              pi = im[l + m] - re[l - m];
              qr = re[l + m] - im[l - m];
              qi = im[l + m] + re[l - m];
              phase (l % 2 != 0, adjoint, &qr, &qi);
              SwVec *to = y + 2 * (rows[(int) m_max - m] + row);
              to[0] = qr;
              to[1] = qi;
            }
          phase (l % 2 != 0, adjoint, &pr, &pi);
          SwVec *to = y + 2 * (rows[(int) m_max + m] + row);
          to[0] = pr;
          to[1] = pi;
        }
    }
}

/* The way back. */
SW_VEC_INLINE void
leave (const int l, const SwChannelOrder *order, unsigned m_max, const size_t *rows, bool adjoint, bool add, const real *frame, const real *in, real *out)
{
  const size_t n = order->copies[l];
  const SwVec *d = (const SwVec *) frame;
  SwVec *x = (SwVec *) out + 2 * order->channel_at[l];
  const SwVec *y = (const SwVec *) in;
  for (size_t c = 0; c < n; c++)
    {
      SwVec re[M_MAX], im[M_MAX];
      for (int j = 0; j <= 2 * l; j++)
        re[j] = im[j] = (SwVec){ 0 };
      for (int m = 0; m <= l && m <= (int) m_max; m++)
        {
          const size_t row = order->copy_at[l] - order->copy_at[m] + c;
          const SwVec *p = y + 2 * (rows[(int) m_max + m] + row), *q = y + 2 * (rows[(int) m_max - m] + row);
          SwVec pr = p[0], pi = p[1], qr = q[0], qi = q[1];
          phase (l % 2 != 0, adjoint, &pr, &pi);
          phase (l % 2 != 0, adjoint, &qr, &qi);
          if (m == 0)
            {
              re[l] = pr;
              im[l] = pi;
              continue;
            }
          re[l + m] = pr + qr;
          im[l + m] = pi + qi;
          re[l - m] = qi - pi;
          im[l - m] = pr - qr;
        }
      for (int i = 0; i <= 2 * l; i++)
        {
          SwVec xr = re[0], xi = im[0];
          if (l > 0)
            {
              xr *= d[i * (2 * l + 1)];
              xi *= d[i * (2 * l + 1)];
              for (int j = 1; j <= 2 * l; j++)
                {
                  xr += d[i * (2 * l + 1) + j] * re[j];
                  xi += d[i * (2 * l + 1) + j] * im[j];
                }
            }
          SwVec *to = x + 2 * ((size_t) i * n + c);
          if (add)
            {
              xr += to[0];
              xi += to[1];
            }
          to[0] = xr;
          to[1] = xi;
        }
    }
}

static void
enter_frame (const SwChannelOrder *order, unsigned m_max, const size_t *rows, bool adjoint, const real *frame, const real *in, real *out)
{
  for (unsigned l = 0; l <= order->l_max; l++)
    {
      if (order->copies[l] > 0)
        switch (l)
          {
          case 0: enter (0, order, m_max, rows, adjoint, frame, in, out); break;
          case 1: enter (1, order, m_max, rows, adjoint, frame, in, out); break;
          case 2: enter (2, order, m_max, rows, adjoint, frame, in, out); break;
          case 3: enter (3, order, m_max, rows, adjoint, frame, in, out); break;
          default: enter ((int) l, order, m_max, rows, adjoint, frame, in, out); break;
          }
      frame += l == 0 ? 0 : (2 * l + 1) * (2 * l + 1) * SW_LANES;
    }
}

static void
leave_frame (const SwChannelOrder *order, unsigned m_max, const size_t *rows, bool adjoint, bool add, const real *frame, const real *in, real *out)
{
  for (unsigned l = 0; l <= order->l_max; l++)
    {
      if (order->copies[l] > 0)
        switch (l)
          {
          case 0: leave (0, order, m_max, rows, adjoint, add, frame, in, out); break;
          case 1: leave (1, order, m_max, rows, adjoint, add, frame, in, out); break;
          case 2: leave (2, order, m_max, rows, adjoint, add, frame, in, out); break;
          case 3: leave (3, order, m_max, rows, adjoint, add, frame, in, out); break;
          default: leave ((int) l, order, m_max, rows, adjoint, add, frame, in, out); break;
          }
      frame += l == 0 ? 0 : (2 * l + 1) * (2 * l + 1) * SW_LANES;
    }
}

#define ROWS_AT_ONCE 8

/* out[o] = sum_i k[o][i] in[i], for re and im of one block */
SW_VEC_INLINE void
multiply_rows (const int n, const real *k, size_t stride_o, size_t stride_i, size_t n_in, const SwVec *x, SwVec *y)
{
  SwVec re[ROWS_AT_ONCE], im[ROWS_AT_ONCE];
  for (int o = 0; o < n; o++)
    re[o] = im[o] = (SwVec){ 0 };
  for (size_t i = 0; i < n_in; i++)
    {
      const SwVec xr = x[2 * i], xi = x[2 * i + 1];
      for (int o = 0; o < n; o++)
        {
          const real a = k[(size_t) o * stride_o + i * stride_i];
          re[o] += a * xr;
          im[o] += a * xi;
        }
    }
  for (int o = 0; o < n; o++)
    {
      y[2 * o] = re[o];
      y[2 * o + 1] = im[o];
    }
}

static void
multiply (const real *k, size_t stride_o, size_t stride_i, size_t n_out, size_t n_in, const real *in, real *out)
{
  const SwVec *x = (const SwVec *) in;
  SwVec *y = (SwVec *) out;
  size_t o = 0;
  for (; o + 8 <= n_out; o += 8)
    multiply_rows (8, k + o * stride_o, stride_o, stride_i, n_in, x, y + 2 * o);
  for (; o + 4 <= n_out; o += 4)
    multiply_rows (4, k + o * stride_o, stride_o, stride_i, n_in, x, y + 2 * o);
  for (; o + 2 <= n_out; o += 2)
    multiply_rows (2, k + o * stride_o, stride_o, stride_i, n_in, x, y + 2 * o);
  if (o < n_out)
    multiply_rows (1, k + o * stride_o, stride_o, stride_i, n_in, x, y + 2 * o);
}

static size_t
total_rows (const size_t *rows, unsigned m_max)
{
  size_t n = rows[0];
  for (unsigned m = 1; m <= m_max; m++)
    n += 2 * rows[m];
  return n;
}

size_t
sw_mix_scratch_size (const SwMix *mix)
{
  /* rows of both sides, and the accumulators of a shell's matrices */
  return (2 * (total_rows (mix->rows_in, mix->m_max) + total_rows (mix->rows_out, mix->m_max))) * SW_LANES + mix->matrix_size + 64;
}

static size_t
shell_of (const SwModes *modes, size_t block)
{
  size_t low = 0, high = modes->n_shells;
  while (high - low > 1)
    {
      const size_t middle = (low + high) / 2;
      if (modes->shell_block[middle] <= block)
        low = middle;
      else
        high = middle;
    }
  return low;
}

void
sw_mix_forward (const SwMix *mix, const SwModes *modes, const real *in, real *out, real *scratch)
{
  size_t from[M_MAX], to[M_MAX];
  row_starts (mix->rows_in, mix->m_max, from);
  row_starts (mix->rows_out, mix->m_max, to);
  const size_t scratch_size = sw_mix_scratch_size (mix), n_rows = total_rows (mix->rows_in, mix->m_max);
#pragma omp parallel for schedule(dynamic, 16)
  for (size_t b = 0; b < mix->n_blocks; b++)
    {
      real *x = scratch + (size_t) omp_get_thread_num () * scratch_size, *y = x + n_rows * 2 * SW_LANES;
      const real *frame = modes->frame + b * modes->frame_size * SW_LANES;
      const real *matrices = mix->matrices + shell_of (modes, b) * mix->matrix_size;
      enter_frame (&mix->in, mix->m_max, from, false, frame, in + b * mix->in.n_channels * 2 * SW_LANES, x);
      for (int m = -(int) mix->m_max; m <= (int) mix->m_max; m++)
        {
          const int i = m + (int) mix->m_max;
          const size_t n_in = mix->rows_in[abs (m)];
          multiply (matrices + mix->matrix_at[i], n_in, 1, mix->rows_out[abs (m)], n_in, x + from[i] * 2 * SW_LANES, y + to[i] * 2 * SW_LANES);
        }
      leave_frame (&mix->out, mix->m_max, to, false, false, frame, y, out + b * mix->out.n_channels * 2 * SW_LANES);
    }
}

void
sw_mix_backward_input (const SwMix *mix, const SwModes *modes, const real *d_out, size_t n_in_blocks, real *d_in, bool add, real *scratch)
{
  size_t from[M_MAX], to[M_MAX];
  row_starts (mix->rows_in, mix->m_max, from);
  row_starts (mix->rows_out, mix->m_max, to);
  const size_t scratch_size = sw_mix_scratch_size (mix), n_rows = total_rows (mix->rows_in, mix->m_max);
  const size_t block_in = mix->in.n_channels * 2 * SW_LANES, block_out = mix->out.n_channels * 2 * SW_LANES;
#pragma omp parallel for schedule(dynamic, 16)
  for (size_t b = 0; b < mix->n_blocks; b++)
    {
      real *x = scratch + (size_t) omp_get_thread_num () * scratch_size, *y = x + n_rows * 2 * SW_LANES;
      const real *frame = modes->frame + b * modes->frame_size * SW_LANES;
      const real *matrices = mix->matrices + shell_of (modes, b) * mix->matrix_size;
      enter_frame (&mix->out, mix->m_max, to, true, frame, d_out + b * block_out, y);
      for (int m = -(int) mix->m_max; m <= (int) mix->m_max; m++)
        {
          const int i = m + (int) mix->m_max;
          const size_t n_in = mix->rows_in[abs (m)];
          multiply (matrices + mix->matrix_at[i], 1, n_in, n_in, mix->rows_out[abs (m)], y + to[i] * 2 * SW_LANES, x + from[i] * 2 * SW_LANES);
        }
      leave_frame (&mix->in, mix->m_max, from, true, add, frame, x, d_in + b * block_in);
    }
  if (!add && n_in_blocks > mix->n_blocks)
    memset (d_in + mix->n_blocks * block_in, 0, (n_in_blocks - mix->n_blocks) * block_in * sizeof (real));
}

/* d[o][i] += sum over lanes and re, im of y[o] x[i] */
SW_VEC_INLINE void
outer_block (const int n, const SwVec *y, const SwVec *x, size_t n_in, real *d)
{
  for (size_t i = 0; i < n_in; i++)
    {
      const SwVec xr = x[2 * i], xi = x[2 * i + 1];
      for (int o = 0; o < n; o++)
        d[(size_t) o * n_in + i] += sw_vec_sum (y[2 * o] * xr + y[2 * o + 1] * xi);
    }
}

void
sw_mix_backward_matrices (const SwMix *mix, const SwModes *modes, const real *in, const real *d_out, double *d_matrices, bool add, real *scratch)
{
  size_t from[M_MAX], to[M_MAX];
  row_starts (mix->rows_in, mix->m_max, from);
  row_starts (mix->rows_out, mix->m_max, to);
  const size_t scratch_size = sw_mix_scratch_size (mix), n_rows = total_rows (mix->rows_in, mix->m_max);
  const size_t n_rows_out = total_rows (mix->rows_out, mix->m_max);
#pragma omp parallel for schedule(dynamic, 2)
  for (size_t s = 0; s < mix->n_shells; s++)
    {
      real *x = scratch + (size_t) omp_get_thread_num () * scratch_size, *y = x + n_rows * 2 * SW_LANES;
      real *sums = y + n_rows_out * 2 * SW_LANES;
      memset (sums, 0, mix->matrix_size * sizeof (real));
      for (size_t b = modes->shell_block[s]; b < modes->shell_block[s + 1]; b++)
        {
          const real *frame = modes->frame + b * modes->frame_size * SW_LANES;
          enter_frame (&mix->in, mix->m_max, from, false, frame, in + b * mix->in.n_channels * 2 * SW_LANES, x);
          enter_frame (&mix->out, mix->m_max, to, true, frame, d_out + b * mix->out.n_channels * 2 * SW_LANES, y);
          for (int m = -(int) mix->m_max; m <= (int) mix->m_max; m++)
            {
              const int i = m + (int) mix->m_max;
              const size_t n_in = mix->rows_in[abs (m)], n_out = mix->rows_out[abs (m)];
              const SwVec *xm = (const SwVec *) (x + from[i] * 2 * SW_LANES), *ym = (const SwVec *) (y + to[i] * 2 * SW_LANES);
              real *sum = sums + mix->matrix_at[i];
              size_t o = 0;
              for (; o + 4 <= n_out; o += 4)
                outer_block (4, ym + 2 * o, xm, n_in, sum + o * n_in);
              for (; o < n_out; o++)
                outer_block (1, ym + 2 * o, xm, n_in, sum + o * n_in);
            }
        }
      /* k and -k: each mode counts twice, but for the mean */
      const double weight = modes->shell_square[s] == 0 ? 1.0 : 2.0;
      for (size_t j = 0; j < mix->matrix_size; j++)
        d_matrices[s * mix->matrix_size + j] = (add ? d_matrices[s * mix->matrix_size + j] : 0) + weight * (double) sums[j];
    }
}
