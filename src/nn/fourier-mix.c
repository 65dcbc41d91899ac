/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-mix-private.h"

#include <string.h>

/* Items that share a loaded kernel; 2 accumulators each and 4 more registers. */
#ifdef __AVX512F__
#define ROWS_MAX 12
#define GRADIENT_ROWS 4
#else
#define ROWS_MAX 5
#define GRADIENT_ROWS 1
#endif

#define AT_ONCE_BYTES 28672

static size_t
components (const SwFourier *fourier)
{
  return fourier->shape.kernel;
}

size_t
sw_fourier_mix_scratch (const SwFourier *fourier, bool gradient)
{
  const size_t k = components (fourier), pair = 2 * SW_LANES;
  const size_t c = fourier->shape.c_source;
  /* [y, z][i], [+-][z][i], [+-][i] */
  const size_t run = (k * k + 2 * k + 2) * c * pair;
  const size_t back = (k * k + 2 * k) * fourier->shape.c_target * pair;
  return gradient && back > run ? back : run;
}

/* ---- taps to frequencies ---- */

/* along x: to[n][re, im] from real taps [n / n_c][component][n_c][lane] */
SW_VEC_INLINE void
expand_x (const size_t half, size_t n_outer, size_t n_c, const real *restrict trig, const real *restrict taps, real *restrict to)
{
  const size_t k = 2 * half + 1;
  for (size_t n = 0; n < n_outer; n++)
    for (size_t i = 0; i < n_c; i++)
      {
        const SwVec *v = (const SwVec *) (taps + (n * k * n_c + i) * SW_LANES);
        SwVec re = v[0], im = { 0 };
        for (size_t j = 0; j < half; j++)
          {
            re += trig[2 * j] * v[(2 * j + 1) * n_c];
            im += trig[2 * j + 1] * v[(2 * j + 2) * n_c];
          }
        SwVec *w = (SwVec *) (to + (n * n_c + i) * 2 * SW_LANES);
        w[0] = re;
        w[1] = im;
      }
}

/* along y and z: plus and minus [n][re, im] at f and -f from complex [n / n_c][component][n_c] */
SW_VEC_INLINE void
expand (const size_t half,
        size_t n_outer,
        size_t n_c,
        const real *restrict trig,
        const real *restrict taps,
        real *restrict plus,
        real *restrict minus)
{
  const size_t k = 2 * half + 1;
  for (size_t n = 0; n < n_outer; n++)
    for (size_t i = 0; i < n_c; i++)
      {
        const SwVec *v = (const SwVec *) (taps + (n * k * n_c + i) * 2 * SW_LANES);
        SwVec ar = v[0], ai = v[1], br = { 0 }, bi = { 0 };
        for (size_t j = 0; j < half; j++)
          {
            const SwVec *e = v + (2 * j + 1) * n_c * 2, *o = v + (2 * j + 2) * n_c * 2;
            ar += trig[2 * j] * e[0];
            ai += trig[2 * j] * e[1];
            br += trig[2 * j + 1] * o[0];
            bi += trig[2 * j + 1] * o[1];
          }
        const size_t at = (n * n_c + i) * 2 * SW_LANES;
        SwVec *p = (SwVec *) (plus + at), *m = (SwVec *) (minus + at);
        p[0] = ar - bi;
        p[1] = ai + br;
        m[0] = ar + bi;
        m[1] = ai - br;
      }
}

#define BY_HALF(half, call) \
  switch (half) \
    { \
    case 0: \
      call (0); \
      break; \
    case 1: \
      call (1); \
      break; \
    case 2: \
      call (2); \
      break; \
    case 3: \
      call (3); \
      break; \
    default: \
      call (4); \
      break; \
    }

static void
expand_x_by_half (size_t half, size_t n_outer, size_t n_c, const real *trig, const real *taps, real *to)
{
#define CALL(h) expand_x (h, n_outer, n_c, trig, taps, to)
  BY_HALF (half, CALL)
#undef CALL
}

static void
expand_by_half (size_t half, size_t n_outer, size_t n_c, const real *trig, const real *taps, real *plus, real *minus)
{
#define CALL(h) expand (h, n_outer, n_c, trig, taps, plus, minus)
  BY_HALF (half, CALL)
#undef CALL
}

/* ---- products ---- */

/* y[r] = sum_i w[i] x[r, i] */
SW_VEC_INLINE void
product (const int n_rows,
         size_t n_c,
         const real *restrict x,
         size_t stride_x,
         const real *restrict w,
         real *restrict y,
         size_t stride_y)
{
  const SwVec *k = (const SwVec *) w;
  SwVec re[ROWS_MAX], im[ROWS_MAX];
  /* few rows: more chains, so that they do not wait for themselves */
  SwVec re2[ROWS_MAX], im2[ROWS_MAX];
  const bool split = n_rows < 4;

  for (int r = 0; r < n_rows; r++)
    re[r] = im[r] = re2[r] = im2[r] = (SwVec) { 0 };
  for (size_t first = 0; first < n_c; first += SW_LANES, x += 2 * SW_LANES)
    {
      const size_t n = n_c - first < SW_LANES ? n_c - first : SW_LANES;
      for (size_t i = 0; i < n; i++, k += 2)
        {
          const SwVec wr = k[0], wi = k[1];
#pragma GCC unroll 12
          for (int r = 0; r < n_rows; r++)
            {
              const real xr = x[(size_t) r * stride_x + i], xi = x[(size_t) r * stride_x + SW_LANES + i];
              re[r] += xr * wr;
              im[r] += xr * wi;
              if (split)
                {
                  re2[r] -= xi * wi;
                  im2[r] += xi * wr;
                }
              else
                {
                  re[r] -= xi * wi;
                  im[r] += xi * wr;
                }
            }
        }
    }
#pragma GCC unroll 12
  for (int r = 0; r < n_rows; r++)
    {
      SwVec *to = (SwVec *) (y + (size_t) r * stride_y);
      to[0] = re[r];
      to[1] = im[r];
      if (split)
        {
          to[0] += re2[r];
          to[1] += im2[r];
        }
    }
}

typedef void (*Product) (size_t n_c, const real *x, size_t stride_x, const real *w, real *y, size_t stride_y);

#define DEFINE_PRODUCT(n) \
  static void product_##n (size_t n_c, const real *x, size_t stride_x, const real *w, real *y, size_t stride_y) \
  { \
    product (n, n_c, x, stride_x, w, y, stride_y); \
  }
DEFINE_PRODUCT (1)
DEFINE_PRODUCT (2)
DEFINE_PRODUCT (3)
DEFINE_PRODUCT (4)
DEFINE_PRODUCT (5)
#if ROWS_MAX == 12
DEFINE_PRODUCT (6)
DEFINE_PRODUCT (7)
DEFINE_PRODUCT (8)
DEFINE_PRODUCT (9)
DEFINE_PRODUCT (10)
DEFINE_PRODUCT (11)
DEFINE_PRODUCT (12)
#endif

static const Product products[ROWS_MAX] = {
  product_1, product_2, product_3, product_4,  product_5,
#if ROWS_MAX == 12
  product_6, product_7, product_8, product_9, product_10, product_11, product_12,
#endif
};

/* Few items: a kernel that is used so seldom is not worth storing. All f_z of one f_y, for channels 0 .. n_c - 1 from those that
 * taps [component][n_all][re, im] and x point at; assigns y or adds to it. */
SW_VEC_INLINE void
product_at_once (const size_t half,
                 const int n_rows,
                 size_t s,
                 size_t n_c,
                 size_t n_all,
                 const real *restrict trig,
                 const real *restrict taps,
                 const real *restrict x,
                 size_t stride_x,
                 size_t step_x,
                 real *restrict y,
                 size_t stride_y,
                 size_t step_y,
                 bool first)
{
  for (size_t fz = 0; fz <= s / 2; fz++)
    {
      const bool alone = 2 * fz % s == 0;
      const real *xp = x + fz * step_x, *xm = x + (alone ? fz : s - fz) * step_x;
      real *yp = y + fz * step_y, *ym = y + (alone ? fz : s - fz) * step_y;
      SwVec pr[SW_FOURIER_AT_ONCE], pi[SW_FOURIER_AT_ONCE], mr[SW_FOURIER_AT_ONCE], mi[SW_FOURIER_AT_ONCE];
      real cosine[SW_FOURIER_HALF_MAX], sine[SW_FOURIER_HALF_MAX];

      for (size_t j = 0; j < half; j++)
        {
          cosine[j] = trig[(fz * half + j) * 2];
          sine[j] = trig[(fz * half + j) * 2 + 1];
        }
      for (int r = 0; r < n_rows; r++)
        {
          const SwVec *p = (const SwVec *) (yp + (size_t) r * stride_y);
          const SwVec *m = (const SwVec *) (ym + (size_t) r * stride_y);
          pr[r] = pi[r] = mr[r] = mi[r] = (SwVec) { 0 };
          if (!first)
            {
              pr[r] = p[0];
              pi[r] = p[1];
              mr[r] = m[0];
              mi[r] = m[1];
            }
        }
      for (size_t i = 0; i < n_c; i++)
        {
          const SwVec *v = (const SwVec *) (taps + i * 2 * SW_LANES);
          const size_t at = i / SW_LANES * 2 * SW_LANES + i % SW_LANES;
          SwVec ar = v[0], ai = v[1], br = { 0 }, bi = { 0 };
          for (size_t j = 0; j < half; j++)
            {
              const SwVec *e = v + (2 * j + 1) * n_all * 2, *o = v + (2 * j + 2) * n_all * 2;
              ar += cosine[j] * e[0];
              ai += cosine[j] * e[1];
              br += sine[j] * o[0];
              bi += sine[j] * o[1];
            }
          const SwVec wpr = ar - bi, wpi = ai + br, wmr = ar + bi, wmi = ai - br;
#pragma GCC unroll 3
          for (int r = 0; r < n_rows; r++)
            {
              const real *xpr = xp + (size_t) r * stride_x + at, *xmr = xm + (size_t) r * stride_x + at;
              pr[r] += xpr[0] * wpr;
              pi[r] += xpr[0] * wpi;
              mr[r] += xmr[0] * wmr;
              mi[r] += xmr[0] * wmi;
              pr[r] -= xpr[SW_LANES] * wpi;
              pi[r] += xpr[SW_LANES] * wpr;
              mr[r] -= xmr[SW_LANES] * wmi;
              mi[r] += xmr[SW_LANES] * wmr;
            }
        }
      for (int r = 0; r < n_rows; r++)
        {
          SwVec *p = (SwVec *) (yp + (size_t) r * stride_y), *m = (SwVec *) (ym + (size_t) r * stride_y);
          p[0] = pr[r];
          p[1] = pi[r];
          if (!alone)
            {
              m[0] = mr[r];
              m[1] = mi[r];
            }
        }
    }
}

typedef void (*ProductAtOnce) (size_t s,
                               size_t n_c,
                               size_t n_all,
                               const real *trig,
                               const real *taps,
                               const real *x,
                               size_t stride_x,
                               size_t step_x,
                               real *y,
                               size_t stride_y,
                               size_t step_y,
                               bool first);

#define DEFINE_AT_ONCE(half, n) \
  static void at_once_##half##_##n (size_t s, size_t n_c, size_t n_all, const real *trig, const real *taps, \
                                    const real *x, size_t stride_x, size_t step_x, real *y, size_t stride_y, \
                                    size_t step_y, bool first) \
  { \
    product_at_once (half, n, s, n_c, n_all, trig, taps, x, stride_x, step_x, y, stride_y, step_y, first); \
  }
#define DEFINE_AT_ONCE_BY_ROWS(half) \
  DEFINE_AT_ONCE (half, 1) \
  DEFINE_AT_ONCE (half, 2) \
  DEFINE_AT_ONCE (half, 3)
DEFINE_AT_ONCE_BY_ROWS (0)
DEFINE_AT_ONCE_BY_ROWS (1)
DEFINE_AT_ONCE_BY_ROWS (2)
DEFINE_AT_ONCE_BY_ROWS (3)
DEFINE_AT_ONCE_BY_ROWS (4)

static const ProductAtOnce products_at_once[][SW_FOURIER_AT_ONCE] = {
  { at_once_0_1, at_once_0_2, at_once_0_3 }, { at_once_1_1, at_once_1_2, at_once_1_3 },
  { at_once_2_1, at_once_2_2, at_once_2_3 }, { at_once_3_1, at_once_3_2, at_once_3_3 },
  { at_once_4_1, at_once_4_2, at_once_4_3 },
};

/* Channels whose taps along z stay in the first cache. */
static size_t
channels_at_once (size_t k)
{
  const size_t n = AT_ONCE_BYTES / (k * 2 * SW_LANES * sizeof (real)) / SW_LANES * SW_LANES;
  return n > 0 ? n : SW_LANES;
}

void
sw_fourier_mix_plane (const SwFourier *fourier,
                      size_t fx,
                      size_t n_items,
                      const real *restrict x,
                      const real *restrict kernel_block,
                      real *restrict y,
                      size_t block,
                      real *restrict scratch)
{
  const size_t k = components (fourier), half = k / 2, s = fourier->size;
  const size_t c = fourier->shape.c_source, pair = 2 * SW_LANES;
  const size_t stride_x = sw_fourier_blocks (c) * pair;
  const size_t stride_y = sw_fourier_blocks (fourier->shape.c_target) * pair;
  const size_t step_x = sw_fourier_step (n_items, stride_x / pair), step_y = sw_fourier_step (n_items, stride_y / pair);
  real *const at_x = scratch, *const at_y = at_x + k * k * c * pair, *const at_z = at_y + 2 * k * c * pair;
  const size_t n_groups = (n_items + ROWS_MAX - 1) / ROWS_MAX;

  expand_x_by_half (half, k * k, c, fourier->trig + fx * half * 2, kernel_block, at_x);
  for (size_t fy = 0; fy <= s / 2; fy++)
    {
      expand_by_half (half, k, c, fourier->trig + fy * half * 2, at_x, at_y, at_y + k * c * pair);
      if (n_items <= SW_FOURIER_AT_ONCE)
        {
          const size_t part = channels_at_once (k);
          for (size_t mirror_y = 0; mirror_y < (2 * fy % s == 0 ? 1 : 2); mirror_y++)
            for (size_t first = 0; first < c; first += part)
              {
                const size_t f = (mirror_y ? s - fy : fy) * s;
                products_at_once[half][n_items - 1](
                    s, c - first < part ? c - first : part, c, fourier->trig, at_y + (mirror_y * k * c + first) * pair,
                    x + f * step_x + first * 2, stride_x, step_x, y + f * step_y + block * pair, stride_y, step_y,
                    first == 0);
              }
          continue;
        }
      for (size_t mirror_y = 0; mirror_y < (2 * fy % s == 0 ? 1 : 2); mirror_y++)
        for (size_t fz = 0; fz <= s / 2; fz++)
          {
            expand_by_half (half, 1, c, fourier->trig + fz * half * 2, at_y + mirror_y * k * c * pair, at_z,
                            at_z + c * pair);
            for (size_t mirror_z = 0; mirror_z < (2 * fz % s == 0 ? 1 : 2); mirror_z++)
              {
                const size_t f = (mirror_y ? s - fy : fy) * s + (mirror_z ? s - fz : fz);
                for (size_t g = 0; g < n_groups; g++)
                  {
                    const size_t first = g * n_items / n_groups, end = (g + 1) * n_items / n_groups;
                    products[end - first - 1](c, x + f * step_x + first * stride_x, stride_x, at_z + mirror_z * c * pair,
                                              y + f * step_y + first * stride_y + block * pair, stride_y);
                  }
              }
          }
    }
}

/* ---- gradient ---- */

/* Of taps along z, [component][i][re, im], for n_rows channels i from the one that x points at, all f_z of one f_y. */
SW_VEC_INLINE void
gradient_rows (const size_t half,
               const int n_rows,
               size_t s,
               size_t n_items,
               const real *restrict trig,
               const real *restrict y,
               size_t stride_y,
               size_t step_y,
               const real *restrict x,
               size_t stride_x,
               size_t step_x,
               real *restrict to,
               size_t n_c)
{
  SwVec sum[2 * SW_FOURIER_HALF_MAX + 1][GRADIENT_ROWS][2];

  for (size_t j = 0; j <= 2 * half; j++)
    for (int r = 0; r < n_rows; r++)
      sum[j][r][0] = sum[j][r][1] = (SwVec) { 0 };
  for (size_t fz = 0; fz <= s / 2; fz++)
    {
      SwVec re[2][GRADIENT_ROWS], im[2][GRADIENT_ROWS];
      const bool alone = 2 * fz % s == 0;
      for (int m = 0; m < 2; m++)
        {
          const size_t f = m == 0 ? fz : s - fz;
          for (int r = 0; r < n_rows; r++)
            re[m][r] = im[m][r] = (SwVec) { 0 };
          if (m == 1 && alone)
            break;
          const real *yf = y + f * step_y, *xf = x + f * step_x;
          for (size_t b = 0; b < n_items; b++, yf += stride_y, xf += stride_x)
            {
              const SwVec yr = ((const SwVec *) yf)[0], yi = ((const SwVec *) yf)[1];
#pragma GCC unroll 4
              for (int r = 0; r < n_rows; r++)
                {
                  const real xr = xf[r], xi = xf[SW_LANES + r];
                  re[m][r] += xr * yr;
                  im[m][r] += xr * yi;
                  re[m][r] += xi * yi;
                  im[m][r] -= xi * yr;
                }
            }
        }
#pragma GCC unroll 4
      for (int r = 0; r < n_rows; r++)
        {
          const SwVec ar = re[0][r] + re[1][r], ai = im[0][r] + im[1][r];
          const SwVec br = im[0][r] - im[1][r], bi = re[1][r] - re[0][r];
          sum[0][r][0] += ar;
          sum[0][r][1] += ai;
          for (size_t j = 0; j < half; j++)
            {
              const real cosine = trig[(fz * half + j) * 2], sine = trig[(fz * half + j) * 2 + 1];
              sum[2 * j + 1][r][0] += cosine * ar;
              sum[2 * j + 1][r][1] += cosine * ai;
              sum[2 * j + 2][r][0] += sine * br;
              sum[2 * j + 2][r][1] += sine * bi;
            }
        }
    }
  for (size_t j = 0; j <= 2 * half; j++)
    for (int r = 0; r < n_rows; r++)
      {
        SwVec *v = (SwVec *) (to + (j * n_c + (size_t) r) * 2 * SW_LANES);
        v[0] = sum[j][r][0];
        v[1] = sum[j][r][1];
      }
}

#define DEFINE_GRADIENT(h) \
  static void gradient_##h (int n_rows, size_t s, size_t n_items, const real *trig, const real *y, size_t stride_y, \
                            size_t step_y, const real *x, size_t stride_x, size_t step_x, real *to, size_t n_c) \
  { \
    if (n_rows == GRADIENT_ROWS) \
      gradient_rows (h, GRADIENT_ROWS, s, n_items, trig, y, stride_y, step_y, x, stride_x, step_x, to, n_c); \
    else \
      for (int r = 0; r < n_rows; r++) \
        gradient_rows (h, 1, s, n_items, trig, y, stride_y, step_y, x + r, stride_x, step_x, \
                       to + (size_t) r * 2 * SW_LANES, n_c); \
  }
DEFINE_GRADIENT (0)
DEFINE_GRADIENT (1)
DEFINE_GRADIENT (2)
DEFINE_GRADIENT (3)
DEFINE_GRADIENT (4)

/* The transpose of expand: adds to taps what plus and minus have. */
static void
collect (size_t half, size_t n_outer, size_t n_c, const real *restrict trig, const real *restrict plus, const real *restrict minus, real *restrict taps)
{
  const size_t k = 2 * half + 1;
  for (size_t n = 0; n < n_outer; n++)
    for (size_t i = 0; i < n_c; i++)
      {
        const size_t at = (n * n_c + i) * 2 * SW_LANES;
        const SwVec *p = (const SwVec *) (plus + at), *m = (const SwVec *) (minus + at);
        SwVec mr = { 0 }, mi = { 0 };
        if (minus != NULL)
          {
            mr = m[0];
            mi = m[1];
          }
        const SwVec ar = p[0] + mr, ai = p[1] + mi, br = p[1] - mi, bi = mr - p[0];
        SwVec *v = (SwVec *) (taps + (n * k * n_c + i) * 2 * SW_LANES);
        v[0] += ar;
        v[1] += ai;
        for (size_t j = 0; j < half; j++)
          {
            SwVec *e = v + (2 * j + 1) * n_c * 2, *o = v + (2 * j + 2) * n_c * 2;
            e[0] += trig[2 * j] * ar;
            e[1] += trig[2 * j] * ai;
            o[0] += trig[2 * j + 1] * br;
            o[1] += trig[2 * j + 1] * bi;
          }
      }
}

/* The transpose of expand_x, weight: how many f_x this one stands for. */
static void
collect_x (size_t half, size_t n_outer, size_t n_c, const real *restrict trig, real weight, const real *restrict from, real *restrict taps)
{
  const size_t k = 2 * half + 1;
  for (size_t n = 0; n < n_outer; n++)
    for (size_t i = 0; i < n_c; i++)
      {
        const SwVec *w = (const SwVec *) (from + (n * n_c + i) * 2 * SW_LANES);
        SwVec *v = (SwVec *) (taps + (n * k * n_c + i) * SW_LANES);
        const SwVec re = weight * w[0], im = weight * w[1];
        v[0] += re;
        for (size_t j = 0; j < half; j++)
          {
            v[(2 * j + 1) * n_c] += trig[2 * j] * re;
            v[(2 * j + 2) * n_c] += trig[2 * j + 1] * im;
          }
      }
}

void
sw_fourier_gradient_plane (const SwFourier *fourier,
                           size_t fx,
                           size_t n_items,
                           const real *restrict y,
                           const real *restrict x,
                           real *restrict d_kernel_block,
                           size_t block,
                           real *restrict scratch)
{
  static void (*const gradients[]) (int, size_t, size_t, const real *, const real *, size_t, size_t, const real *,
                                    size_t, size_t, real *, size_t)
      = { gradient_0, gradient_1, gradient_2, gradient_3, gradient_4 };
  const size_t k = components (fourier), half = k / 2, s = fourier->size;
  const size_t c = fourier->shape.c_target, pair = 2 * SW_LANES;
  const size_t stride_y = sw_fourier_blocks (fourier->shape.c_source) * pair;
  const size_t stride_x = sw_fourier_blocks (c) * pair;
  const size_t step_x = sw_fourier_step (n_items, stride_x / pair), step_y = sw_fourier_step (n_items, stride_y / pair);
  real *const at_x = scratch, *const at_y = at_x + k * k * c * pair;

  memset (at_x, 0, k * k * c * pair * sizeof (real));
  for (size_t fy = 0; fy <= s / 2; fy++)
    {
      const bool alone = 2 * fy % s == 0;
      for (size_t mirror = 0; mirror < (alone ? 1 : 2); mirror++)
        {
          const size_t f = (mirror ? s - fy : fy) * s;
          for (size_t i = 0; i < c;)
            {
              const size_t in_block = SW_LANES - i % SW_LANES, left = c - i < in_block ? c - i : in_block;
              const size_t n = left < GRADIENT_ROWS ? left : GRADIENT_ROWS;
              gradients[half]((int) n, s, n_items, fourier->trig, y + f * step_y + block * pair, stride_y, step_y,
                              x + f * step_x + i / SW_LANES * pair + i % SW_LANES, stride_x, step_x,
                              at_y + (mirror * k * c + i) * pair, c);
              i += n;
            }
        }
      collect (half, k, c, fourier->trig + fy * half * 2, at_y, alone ? NULL : at_y + k * c * pair, at_x);
    }
  collect_x (half, k * k, c, fourier->trig + fx * half * 2, 2 * fx % s == 0 ? 1 : 2, at_x, d_kernel_block);
}
