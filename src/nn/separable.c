/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/separable.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <string.h>

void
sw_separable_lowpass (SwSeparable *filter, double scale, size_t stride)
{
  *filter = (SwSeparable) { .n_taps = 1, .stride = stride, .taps = { 1 } };
  if (!(scale > 1))
    return;

  const double sigma = 0.5 * sqrt (scale * scale - 1);
  size_t n = 1 + 5 * sigma < SW_SEPARABLE_TAPS_MAX ? (size_t) (1 + 5 * sigma) : SW_SEPARABLE_TAPS_MAX;
  double w[SW_SEPARABLE_TAPS_MAX], sum = 0;
  n += n % 2 == 0;
  for (size_t t = 0; t < n; t++)
    {
      const double r = (double) t - (double) (n / 2);
      w[t] = exp (-r * r / (2 * sigma * sigma));
      sum += w[t];
    }
  filter->n_taps = n;
  for (size_t t = 0; t < n; t++)
    filter->taps[t] = (real) (w[t] / sum);
}

void
sw_separable_avgpool (SwSeparable *filter, size_t stride)
{
  const real third = (real) (1.0 / 3);
  *filter = (SwSeparable) { .n_taps = 3, .stride = stride, .taps = { third, third, third } };
}

size_t
sw_separable_output_size (const SwSeparable *filter, size_t size)
{
  return (size + filter->stride - 1) / filter->stride;
}

size_t
sw_separable_scratch (const SwSeparable *filter, size_t size, int n_threads)
{
  const size_t m = sw_separable_output_size (filter, size);
  return (size_t) n_threads * (size * size * m + size * m * m);
}

/* Outputs o with 0 <= stride o + shift < n. */
static void
valid_range (ptrdiff_t stride, ptrdiff_t shift, size_t n, size_t m, size_t *first, size_t *end)
{
  const ptrdiff_t low = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  const ptrdiff_t high = (ptrdiff_t) n - shift > 0 ? ((ptrdiff_t) n - shift - 1) / stride + 1 : 0;
  *first = (size_t) low;
  *end = high < (ptrdiff_t) m ? (size_t) high : m;
}

/* in [outer][n][inner] to out [outer][m][inner] along the middle axis; the reverse adds to in from out. */
static void
pass (const SwSeparable *filter,
      size_t outer,
      size_t n,
      size_t m,
      size_t inner,
      real *in,
      real *out,
      bool reverse)
{
  for (size_t a = 0; a < outer; a++, in += n * inner, out += m * inner)
    {
      if (!reverse)
        memset (out, 0, m * inner * sizeof (real));
      for (size_t t = 0; t < filter->n_taps; t++)
        {
          const ptrdiff_t shift = (ptrdiff_t) t - (ptrdiff_t) (filter->n_taps / 2);
          const real w = filter->taps[t];
          size_t first, end;
          valid_range ((ptrdiff_t) filter->stride, shift, n, m, &first, &end);
          if (inner == 1)
            {
              const size_t s = filter->stride;
              real *from = in + (ptrdiff_t) (s * first) + shift;
              if (reverse)
                for (size_t o = first; o < end; o++, from += s)
                  *from += w * out[o];
              else
                for (size_t o = first; o < end; o++, from += s)
                  out[o] += w * *from;
              continue;
            }
          for (size_t o = first; o < end; o++)
            {
              real *i_row = in + ((ptrdiff_t) (filter->stride * o) + shift) * (ptrdiff_t) inner;
              real *o_row = out + o * inner;
              if (reverse)
#pragma omp simd
                for (size_t v = 0; v < inner; v++)
                  i_row[v] += w * o_row[v];
              else
#pragma omp simd
                for (size_t v = 0; v < inner; v++)
                  o_row[v] += w * i_row[v];
            }
        }
    }
}

void
sw_separable_forward (const SwSeparable *filter,
                      size_t n_channels,
                      size_t size,
                      const real *restrict in,
                      real *restrict out,
                      real *restrict scratch,
                      int n_threads)
{
  const size_t n = size, m = sw_separable_output_size (filter, size);

#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
  for (size_t c = 0; c < n_channels; c++)
    {
      real *first = scratch + (size_t) omp_get_thread_num () * (n * n * m + n * m * m);
      real *second = first + n * n * m;
      /* z first: its rows are whole planes, and the stride cuts the work for the others */
      pass (filter, 1, n, m, n * n, (real *) in + c * n * n * n, first, false);
      pass (filter, m, n, m, n, first, second, false);
      pass (filter, m * m, n, m, 1, second, out + c * m * m * m, false);
    }
}

void
sw_separable_backward (const SwSeparable *filter,
                       size_t n_channels,
                       size_t size,
                       const real *restrict d_out,
                       real *restrict d_in,
                       real *restrict scratch,
                       int n_threads)
{
  const size_t n = size, m = sw_separable_output_size (filter, size);

#pragma omp parallel for schedule(dynamic) num_threads(n_threads)
  for (size_t c = 0; c < n_channels; c++)
    {
      real *first = scratch + (size_t) omp_get_thread_num () * (n * n * m + n * m * m);
      real *second = first + n * n * m;
      memset (first, 0, (n * n * m + n * m * m) * sizeof (real));
      pass (filter, m * m, n, m, 1, second, (real *) d_out + c * m * m * m, true);
      pass (filter, m, n, m, n, first, second, true);
      pass (filter, 1, n, m, n * n, d_in + c * n * n * n, first, true);
    }
}
