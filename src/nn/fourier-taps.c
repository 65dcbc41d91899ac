/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-taps-private.h"

#include <string.h>

#include "nn/fourier-lanes-private.h"
#include "nn/fourier-mix-private.h"

/* Taps along one axis of [k][k][k] vectors to components; see fourier-mix-private.h. */
static void
split_axis (size_t k, size_t stride, SwVec *v)
{
  SwVec line[2 * SW_FOURIER_HALF_MAX + 1];
  const size_t h = k / 2;

  for (size_t n = 0; n < sw_fourier_cube (k); n++)
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

  for (size_t n = 0; n < sw_fourier_cube (k); n++)
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
  const size_t k = fourier->shape.kernel, n_taps = sw_fourier_cube (k), c = fourier->shape.c_source;
  const size_t n_blocks = sw_fourier_blocks (fourier->shape.c_target);

#pragma omp parallel for schedule(static) num_threads(n_threads)
  for (size_t task = 0; task < n_blocks * c; task++)
    {
      const size_t block = task / c, i = task % c, left = fourier->shape.c_target - block * SW_LANES;
      const size_t n_lanes = left < SW_LANES ? left : SW_LANES;
      real taps[(2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * SW_LANES];
      sw_lanes_gather (kernel + block * SW_LANES * stride_target + i * stride_source, stride_target, n_lanes, n_taps, taps);
      for (size_t t = 0; reversed && t < n_taps / 2; t++)
        {
          SwVec *a = (SwVec *) taps + t, *b = (SwVec *) taps + n_taps - 1 - t;
          const SwVec swap = *a;
          *a = *b;
          *b = swap;
        }
      for (size_t stride = 1; stride < n_taps; stride *= k)
        split_axis (k, stride, (SwVec *) taps);
      for (size_t t = 0; t < n_taps; t++)
        memcpy (packed + ((block * n_taps + t) * c + i) * SW_LANES, taps + t * SW_LANES, SW_LANES * sizeof (real));
    }
}

size_t
sw_fourier_gradient_length (const SwFourier *fourier)
{
  return sw_fourier_cube (fourier->shape.kernel) * fourier->shape.c_target
         * sw_fourier_blocks (fourier->shape.c_source) * SW_LANES;
}

void
sw_fourier_add_gradient (const SwFourier *fourier,
                         const real *restrict sums,
                         size_t n_groups,
                         real *restrict d_kernel,
                         int n_threads)
{
  const SwFourierShape *shape = &fourier->shape;
  const size_t k = shape->kernel, n_taps = sw_fourier_cube (k), c = shape->c_target, length = sw_fourier_gradient_length (fourier);
  const size_t n_blocks = sw_fourier_blocks (shape->c_source);
  const real scale = (real) (0.25 / (double) sw_fourier_cube (fourier->size));

#pragma omp parallel for schedule(static) num_threads(n_threads)
  for (size_t task = 0; task < n_blocks * c; task++)
    {
      const size_t block = task / c, i = task % c, left = shape->c_source - block * SW_LANES;
      real taps[(2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * (2 * SW_FOURIER_HALF_MAX + 1) * SW_LANES];
      for (size_t t = 0; t < n_taps; t++)
        {
          const real *from = sums + ((block * n_taps + t) * c + i) * SW_LANES;
          SwVec sum = *(const SwVec *) from;
          for (size_t g = 1; g < n_groups; g++)
            sum += *(const SwVec *) (from + g * length);
          ((SwVec *) taps)[t] = sum;
        }
      for (size_t stride = 1; stride < n_taps; stride *= k)
        join_axis (k, stride, (SwVec *) taps);
      sw_lanes_scatter (taps, c * n_taps, left < SW_LANES ? left : SW_LANES, n_taps, scale, NULL, true,
                        d_kernel + (block * SW_LANES * c + i) * n_taps);
    }
}
