/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-fft.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "nn/spectral-vector-private.h"

size_t
sw_fft_channel_unit (void)
{
  return SW_LANES / 4;
}

size_t
sw_fft_good_size (size_t n)
{
  for (;; n++)
    {
      size_t rest = n;
      while (rest > 1 && rest % 5 == 0)
        rest /= 5;
      while (rest > 1 && rest % 2 == 0)
        rest /= 2;
      if (rest > 1 && rest % 3 == 0)
        rest /= 3;
      if (rest > 1 && rest % 3 == 0)
        rest /= 3;
      if (rest <= 1)
        return n;
    }
}

static size_t
next_radix (size_t n)
{
  if (n % 5 == 0)
    return 5;
  if (n % 8 == 0 && n != 16)
    return 8;
  if (n % 4 == 0)
    return 4;
  if (n % 3 == 0)
    return 3;
  if (n % 2 == 0)
    return 2;
  size_t p = 7;
  while (n % p != 0)
    p += 2;
  return p;
}

static bool
is_general (size_t radix)
{
  return radix > 5 && radix != 8;
}

SwStatus
sw_fft_init (SwFft *fft, size_t n)
{
  assert (n > 0);
  *fft = (SwFft){ .n = n };
  size_t size = 0;
  for (size_t rest = n; rest > 1;)
    {
      const size_t r = next_radix (rest);
      const size_t i = fft->n_passes++;
      fft->radix[i] = r;
      fft->twiddle_at[i] = size;
      size += rest / r * (r - 1) * 2;
      fft->wave_at[i] = size;
      size += is_general (r) ? 2 * r : 0;
      rest /= r;
    }
  fft->table = SW_NEW (real, size + 1);
  if (fft->table == NULL)
    return SW_ERROR_MEMORY;
  size_t rest = n;
  for (size_t i = 0; i < fft->n_passes; i++)
    {
      const size_t r = fft->radix[i], m = rest / r;
      real *twiddle = fft->table + fft->twiddle_at[i];
      for (size_t p = 0; p < m; p++)
        for (size_t u = 1; u < r; u++)
          {
            const double angle = -2.0 * M_PI * (double) (p * u % rest) / (double) rest;
            *twiddle++ = (real) cos (angle);
            *twiddle++ = (real) sin (angle);
          }
      if (is_general (r))
        for (size_t t = 0; t < r; t++)
          {
            const double angle = 2.0 * M_PI * (double) t / (double) r;
            fft->table[fft->wave_at[i] + 2 * t] = (real) cos (angle);
            fft->table[fft->wave_at[i] + 2 * t + 1] = (real) sin (angle);
          }
      rest = m;
    }
  return SW_OK;
}

void
sw_fft_clear (SwFft *fft)
{
  sw_free (fft->table);
  *fft = (SwFft){ 0 };
}

/* Two arrays that passes go to and fro between, and one more for the terms of a general radix. */
size_t
sw_fft_scratch_size (const SwFft *fft)
{
  return 3 * fft->n * 2 * sizeof (SwVec) + SW_ALIGN;
}

SW_VEC_INLINE SwVec
load (const int lines, real *const *base, ptrdiff_t at)
{
  if (lines == 1)
    return *(const SwVec *) (base[0] + at);
  if (lines == 2)
    {
      const SwVecHalf a = *(const SwVecHalf *) (base[0] + at), b = *(const SwVecHalf *) (base[1] + at);
#if SW_LANES == 16
      return __builtin_shufflevector (a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
      return __builtin_shufflevector (a, b, 0, 1, 2, 3, 4, 5, 6, 7);
#endif
    }
  const SwVecQuarter a = *(const SwVecQuarter *) (base[0] + at), b = *(const SwVecQuarter *) (base[1] + at);
  const SwVecQuarter c = *(const SwVecQuarter *) (base[2] + at), d = *(const SwVecQuarter *) (base[3] + at);
#if SW_LANES == 16
  const SwVecHalf ab = __builtin_shufflevector (a, b, 0, 1, 2, 3, 4, 5, 6, 7);
  const SwVecHalf cd = __builtin_shufflevector (c, d, 0, 1, 2, 3, 4, 5, 6, 7);
  return __builtin_shufflevector (ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  const SwVecHalf ab = __builtin_shufflevector (a, b, 0, 1, 2, 3);
  const SwVecHalf cd = __builtin_shufflevector (c, d, 0, 1, 2, 3);
  return __builtin_shufflevector (ab, cd, 0, 1, 2, 3, 4, 5, 6, 7);
#endif
}

SW_VEC_INLINE void
store (const int lines, real *const *base, ptrdiff_t at, SwVec v)
{
  if (lines == 1)
    {
      *(SwVec *) (base[0] + at) = v;
      return;
    }
#if SW_LANES == 16
  const SwVecHalf lo = __builtin_shufflevector (v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  const SwVecHalf hi = __builtin_shufflevector (v, v, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  const SwVecHalf lo = __builtin_shufflevector (v, v, 0, 1, 2, 3);
  const SwVecHalf hi = __builtin_shufflevector (v, v, 4, 5, 6, 7);
#endif
  if (lines == 2)
    {
      *(SwVecHalf *) (base[0] + at) = lo;
      *(SwVecHalf *) (base[1] + at) = hi;
      return;
    }
#if SW_LANES == 16
  *(SwVecQuarter *) (base[0] + at) = __builtin_shufflevector (lo, lo, 0, 1, 2, 3);
  *(SwVecQuarter *) (base[1] + at) = __builtin_shufflevector (lo, lo, 4, 5, 6, 7);
  *(SwVecQuarter *) (base[2] + at) = __builtin_shufflevector (hi, hi, 0, 1, 2, 3);
  *(SwVecQuarter *) (base[3] + at) = __builtin_shufflevector (hi, hi, 4, 5, 6, 7);
#else
  *(SwVecQuarter *) (base[0] + at) = __builtin_shufflevector (lo, lo, 0, 1);
  *(SwVecQuarter *) (base[1] + at) = __builtin_shufflevector (lo, lo, 2, 3);
  *(SwVecQuarter *) (base[2] + at) = __builtin_shufflevector (hi, hi, 0, 1);
  *(SwVecQuarter *) (base[3] + at) = __builtin_shufflevector (hi, hi, 2, 3);
#endif
}

/* In place, exp(-2 pi i / radix). */
SW_VEC_INLINE void
butterfly2 (SwVec *re, SwVec *im)
{
  const SwVec ar = re[0], ai = im[0];
  re[0] = ar + re[1];
  im[0] = ai + im[1];
  re[1] = ar - re[1];
  im[1] = ai - im[1];
}

SW_VEC_INLINE void
butterfly3 (SwVec *re, SwVec *im)
{
  const real s = (real) 0.866025403784438646763723170752936183;
  const SwVec tr = re[1] + re[2], ti = im[1] + im[2];
  const SwVec dr = s * (re[1] - re[2]), di = s * (im[1] - im[2]);
  const SwVec mr = re[0] - (real) 0.5 * tr, mi = im[0] - (real) 0.5 * ti;
  re[0] = re[0] + tr;
  im[0] = im[0] + ti;
  re[1] = mr + di;
  im[1] = mi - dr;
  re[2] = mr - di;
  im[2] = mi + dr;
}

SW_VEC_INLINE void
butterfly4 (SwVec *re, SwVec *im)
{
  const SwVec ar = re[0] + re[2], ai = im[0] + im[2], br = re[0] - re[2], bi = im[0] - im[2];
  const SwVec cr = re[1] + re[3], ci = im[1] + im[3], dr = re[1] - re[3], di = im[1] - im[3];
  re[0] = ar + cr;
  im[0] = ai + ci;
  re[1] = br + di;
  im[1] = bi - dr;
  re[2] = ar - cr;
  im[2] = ai - ci;
  re[3] = br - di;
  im[3] = bi + dr;
}

SW_VEC_INLINE void
butterfly5 (SwVec *re, SwVec *im)
{
  const real c1 = (real) 0.309016994374947424102293417182819059, c2 = (real) -0.809016994374947424102293417182819059;
  const real s1 = (real) 0.951056516295153572116439333379382143, s2 = (real) 0.587785252292473129168705954639072769;
  const SwVec pr = re[1] + re[4], pi = im[1] + im[4], qr = re[2] + re[3], qi = im[2] + im[3];
  const SwVec ur = re[1] - re[4], ui = im[1] - im[4], vr = re[2] - re[3], vi = im[2] - im[3];
  const SwVec ar = re[0] + c1 * pr + c2 * qr, ai = im[0] + c1 * pi + c2 * qi;
  const SwVec br = re[0] + c2 * pr + c1 * qr, bi = im[0] + c2 * pi + c1 * qi;
  const SwVec cr = s1 * ur + s2 * vr, ci = s1 * ui + s2 * vi;
  const SwVec dr = s2 * ur - s1 * vr, di = s2 * ui - s1 * vi;
  re[0] = re[0] + pr + qr;
  im[0] = im[0] + pi + qi;
  re[1] = ar + ci;
  im[1] = ai - cr;
  re[4] = ar - ci;
  im[4] = ai + cr;
  re[2] = br + di;
  im[2] = bi - dr;
  re[3] = br - di;
  im[3] = bi + dr;
}

SW_VEC_INLINE void
butterfly8 (SwVec *re, SwVec *im)
{
  const real h = (real) 0.707106781186547524400844362104849039;
  SwVec er[4] = { re[0], re[2], re[4], re[6] }, ei[4] = { im[0], im[2], im[4], im[6] };
  SwVec or[4] = { re[1], re[3], re[5], re[7] }, oi[4] = { im[1], im[3], im[5], im[7] };
  butterfly4 (er, ei);
  butterfly4 (or, oi);
  const SwVec r1 = h * (or [1] + oi[1]), i1 = h * (oi[1] - or [1]);
  const SwVec r2 = oi[2], i2 = -or [2];
  const SwVec r3 = h * (oi[3] - or [3]), i3 = -h * (or [3] + oi[3]);
  re[0] = er[0] + or [0];
  im[0] = ei[0] + oi[0];
  re[4] = er[0] - or [0];
  im[4] = ei[0] - oi[0];
  re[1] = er[1] + r1;
  im[1] = ei[1] + i1;
  re[5] = er[1] - r1;
  im[5] = ei[1] - i1;
  re[2] = er[2] + r2;
  im[2] = ei[2] + i2;
  re[6] = er[2] - r2;
  im[6] = ei[2] - i2;
  re[3] = er[3] + r3;
  im[3] = ei[3] + i3;
  re[7] = er[3] - r3;
  im[7] = ei[3] - i3;
}

typedef struct
{
  size_t lane; /* first channel */
  const SwFftLines *in, *out;
} Job;

/* One pass: m groups, s interleaved transforms. lines is 0 inside, where elements are whole vectors of scratch. */
SW_VEC_INLINE void
pass (const int radix,
      const int lines_in,
      const int lines_out,
      const Job *job,
      const SwVec *restrict src,
      SwVec *restrict dst,
      size_t m,
      size_t s,
      const real *twiddle)
{
  /* local copies: stores of vectors may alias anything else */
  const ptrdiff_t *const in_offset = job->in->offset, *const out_offset = job->out->offset;
  real *in_re[SW_FFT_LINES], *in_im[SW_FFT_LINES], *out_re[SW_FFT_LINES], *out_im[SW_FFT_LINES];
  for (int i = 0; i < lines_in; i++)
    {
      in_re[i] = job->in->re[i] + job->lane;
      in_im[i] = job->in->im[i] + job->lane;
    }
  for (int i = 0; i < lines_out; i++)
    {
      out_re[i] = job->out->re[i] + job->lane;
      out_im[i] = job->out->im[i] + job->lane;
    }
  for (size_t p = 0; p < m; p++)
    {
      const real *w = twiddle + p * (size_t) (radix - 1) * 2;
      for (size_t q = 0; q < s; q++)
        {
          SwVec re[8], im[8];
          for (int t = 0; t < radix; t++)
            {
              const size_t i = q + s * (p + m * (size_t) t);
              if (lines_in == 0)
                {
                  re[t] = src[2 * i];
                  im[t] = src[2 * i + 1];
                }
              else if (in_offset[i] >= 0)
                {
                  re[t] = load (lines_in, in_re, in_offset[i]);
                  im[t] = load (lines_in, in_im, in_offset[i]);
                }
              else
                re[t] = im[t] = (SwVec){ 0 };
            }
          switch (radix)
            {
            case 2:
              butterfly2 (re, im);
              break;
            case 3:
              butterfly3 (re, im);
              break;
            case 4:
              butterfly4 (re, im);
              break;
            case 5:
              butterfly5 (re, im);
              break;
            default:
              butterfly8 (re, im);
              break;
            }
          for (int u = 0; u < radix; u++)
            {
              if (u > 0 && p > 0)
                {
                  const real wr = w[2 * u - 2], wi = w[2 * u - 1];
                  const SwVec t = re[u];
                  re[u] = t * wr - im[u] * wi;
                  im[u] = t * wi + im[u] * wr;
                }
              const size_t i = q + s * ((size_t) radix * p + (size_t) u);
              if (lines_out == 0)
                {
                  dst[2 * i] = re[u];
                  dst[2 * i + 1] = im[u];
                }
              else if (out_offset[i] >= 0)
                {
                  store (lines_out, out_re, out_offset[i], re[u]);
                  store (lines_out, out_im, out_offset[i], im[u]);
                }
            }
        }
    }
}

/* Any odd radix, scratch to scratch, by its sum; terms t and radix - t go together. sum: [radix][2] vectors. */
static void
pass_general (size_t radix,
              const SwVec *restrict src,
              SwVec *restrict dst,
              SwVec *restrict sum,
              size_t m,
              size_t s,
              const real *twiddle,
              const real *wave)
{
  const size_t half = radix / 2;
  for (size_t p = 0; p < m; p++)
    for (size_t q = 0; q < s; q++)
      {
        const SwVec *x = src + 2 * (q + s * p);
        const size_t step = 2 * s * m;
        SwVec total_re = x[0], total_im = x[1];
        for (size_t t = 1; t <= half; t++)
          {
            const SwVec *a = x + t * step, *b = x + (radix - t) * step;
            SwVec *c = sum + 4 * (t - 1);
            c[0] = a[0] + b[0];
            c[1] = a[1] + b[1];
            c[2] = a[0] - b[0];
            c[3] = a[1] - b[1];
            total_re += c[0];
            total_im += c[1];
          }
        SwVec *y = dst + 2 * (q + s * radix * p);
        y[0] = total_re;
        y[1] = total_im;
        for (size_t u = 1; u <= half; u++)
          {
            SwVec er = x[0], ei = x[1], or = { 0 }, oi = { 0 };
            size_t at = 0;
            for (size_t t = 1; t <= half; t++)
              {
                at += u;
                at -= at >= radix ? radix : 0;
                const real cosine = wave[2 * at], sine = wave[2 * at + 1];
                const SwVec *c = sum + 4 * (t - 1);
                er += cosine * c[0];
                ei += cosine * c[1];
                or += sine * c[3];
                oi += sine * c[2];
              }
            const SwVec re[2] = { er + or, er - or }, im[2] = { ei - oi, ei + oi };
            for (int k = 0; k < 2; k++)
              {
                const size_t v = k == 0 ? u : radix - u;
                const real *w = twiddle + (p * (radix - 1) + v - 1) * 2;
                y[2 * s * v] = re[k] * w[0] - im[k] * w[1];
                y[2 * s * v + 1] = re[k] * w[1] + im[k] * w[0];
              }
          }
      }
}

#define PASS_BY_RADIX(lines_in, lines_out) \
  switch (r) \
    { \
    case 2: \
      pass (2, lines_in, lines_out, job, src, dst, m, s, twiddle); \
      break; \
    case 3: \
      pass (3, lines_in, lines_out, job, src, dst, m, s, twiddle); \
      break; \
    case 4: \
      pass (4, lines_in, lines_out, job, src, dst, m, s, twiddle); \
      break; \
    case 5: \
      pass (5, lines_in, lines_out, job, src, dst, m, s, twiddle); \
      break; \
    default: \
      pass (8, lines_in, lines_out, job, src, dst, m, s, twiddle); \
      break; \
    }

static void
pass_inner (const Job *job, size_t r, const SwVec *src, SwVec *dst, size_t m, size_t s, const real *twiddle)
{
  PASS_BY_RADIX (0, 0)
}

/* lines: 1, 2 or 4 lines share a vector. */
SW_VEC_INLINE void
run_lines (const SwFft *fft, const int lines, const Job *job, SwVec *restrict scratch)
{
  const size_t n = fft->n;
  SwVec *src = scratch, *dst = scratch + 2 * n, *extra = scratch + 4 * n;
  const bool direct_in = fft->n_passes > 0 && !is_general (fft->radix[0]);
  const bool direct_out = fft->n_passes > 0 && !is_general (fft->radix[fft->n_passes - 1]);
  if (!direct_in)
    for (size_t i = 0; i < n; i++)
      {
        const ptrdiff_t at = job->in->offset[i];
        src[2 * i] = at < 0 ? (SwVec){ 0 } : load (lines, job->in->re, (ptrdiff_t) job->lane + at);
        src[2 * i + 1] = at < 0 ? (SwVec){ 0 } : load (lines, job->in->im, (ptrdiff_t) job->lane + at);
      }
  size_t m = n, s = 1;
  for (size_t i = 0; i < fft->n_passes; i++)
    {
      const size_t r = fft->radix[i];
      const real *twiddle = fft->table + fft->twiddle_at[i];
      const bool first = i == 0 && direct_in, last = i + 1 == fft->n_passes && direct_out;
      m /= r;
      if (is_general (r))
        pass_general (r, src, dst, extra, m, s, twiddle, fft->table + fft->wave_at[i]);
      else if (first && last)
        PASS_BY_RADIX (lines, lines)
      else if (first)
        PASS_BY_RADIX (lines, 0)
      else if (last)
        PASS_BY_RADIX (0, lines)
      else
        pass_inner (job, r, src, dst, m, s, twiddle);
      s *= r;
      SwVec *const swap = src;
      src = dst;
      dst = swap;
    }
  if (!direct_out)
    for (size_t i = 0; i < n; i++)
      {
        const ptrdiff_t at = job->out->offset[i];
        if (at >= 0)
          {
            store (lines, job->out->re, (ptrdiff_t) job->lane + at, src[2 * i]);
            store (lines, job->out->im, (ptrdiff_t) job->lane + at, src[2 * i + 1]);
          }
      }
}

static void
run_1 (const SwFft *fft, const Job *job, SwVec *scratch)
{
  run_lines (fft, 1, job, scratch);
}

static void
run_2 (const SwFft *fft, const Job *job, SwVec *scratch)
{
  run_lines (fft, 2, job, scratch);
}

static void
run_4 (const SwFft *fft, const Job *job, SwVec *scratch)
{
  run_lines (fft, 4, job, scratch);
}

static SwFftLines
shifted (const SwFftLines *lines, size_t first)
{
  SwFftLines ret = *lines;
  for (size_t i = 0; i + first < SW_FFT_LINES; i++)
    {
      ret.re[i] = lines->re[i + first];
      ret.im[i] = lines->im[i + first];
    }
  return ret;
}

void
sw_fft_run (const SwFft *fft,
            size_t n_channels,
            const SwFftLines *in,
            const SwFftLines *out,
            void *restrict scratch)
{
  assert (n_channels % (SW_LANES / 4) == 0);
  const size_t n_whole = n_channels / SW_LANES;
  SwFftLines in_at[SW_FFT_LINES], out_at[SW_FFT_LINES];
  for (size_t i = 0; i < SW_FFT_LINES; i++)
    {
      in_at[i] = shifted (in, i);
      out_at[i] = shifted (out, i);
    }
  size_t lane = 0;
  for (size_t b = 0; b < n_whole; b++, lane += SW_LANES)
    for (size_t i = 0; i < SW_FFT_LINES; i++)
      run_1 (fft, &(Job){ lane, &in_at[i], &out_at[i] }, scratch);
  if (n_channels - lane >= SW_LANES / 2)
    {
      for (size_t i = 0; i < SW_FFT_LINES; i += 2)
        run_2 (fft, &(Job){ lane, &in_at[i], &out_at[i] }, scratch);
      lane += SW_LANES / 2;
    }
  if (n_channels - lane > 0)
    run_4 (fft, &(Job){ lane, &in_at[0], &out_at[0] }, scratch);
}
