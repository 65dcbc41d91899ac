/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/fourier-lanes-private.h"

/* Exchanges the quarter right above of rows a, a + step with that left below, in every square of 2 step. */
#define EXCHANGE(step, low, high) \
  for (int i = 0; i < SW_LANES; i++) \
    if ((i & step) == 0) \
      { \
        const SwVec a = v[i], b = v[i + step]; \
        v[i] = __builtin_shufflevector (a, b, low); \
        v[i + step] = __builtin_shufflevector (a, b, high); \
      }

#if SW_LANES == 16
#define LOW8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define HIGH8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
#define LOW4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define HIGH4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define LOW2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define HIGH2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define LOW1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define HIGH1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#else
#define LOW4 0, 1, 2, 3, 8, 9, 10, 11
#define HIGH4 4, 5, 6, 7, 12, 13, 14, 15
#define LOW2 0, 1, 8, 9, 4, 5, 12, 13
#define HIGH2 2, 3, 10, 11, 6, 7, 14, 15
#define LOW1 0, 8, 2, 10, 4, 12, 6, 14
#define HIGH1 1, 9, 3, 11, 5, 13, 7, 15
#endif

SW_VEC_INLINE void
transpose (SwVec v[SW_LANES])
{
#if SW_LANES == 16
  EXCHANGE (8, LOW8, HIGH8)
#endif
  EXCHANGE (4, LOW4, HIGH4)
  EXCHANGE (2, LOW2, HIGH2)
  EXCHANGE (1, LOW1, HIGH1)
}

void
sw_lanes_gather (const real *restrict from, size_t stride, size_t n_lanes, size_t n_x, real *restrict to)
{
  if (n_x < SW_LANES)
    {
      for (size_t x = 0; x < n_x; x++)
        for (size_t l = 0; l < SW_LANES; l++)
          to[x * SW_LANES + l] = l < n_lanes ? from[l * stride + x] : 0;
      return;
    }
  for (size_t first = 0; first < n_x; first += SW_LANES)
    {
      /* the last square ends where the line does */
      const size_t x = first + SW_LANES <= n_x ? first : n_x - SW_LANES;
      SwVec v[SW_LANES];
      if (n_lanes == SW_LANES)
        for (size_t l = 0; l < SW_LANES; l++)
          v[l] = *(const SwVec *) (from + l * stride + x);
      else
        for (size_t l = 0; l < SW_LANES; l++)
          v[l] = l < n_lanes ? *(const SwVec *) (from + l * stride + x) : (SwVec) { 0 };
      transpose (v);
      for (size_t i = 0; i < SW_LANES; i++)
        *(SwVec *) (to + (x + i) * SW_LANES) = v[i];
    }
}

void
sw_lanes_scatter (const real *restrict from,
                  size_t stride,
                  size_t n_lanes,
                  size_t n_x,
                  real scale,
                  const real *restrict bias,
                  bool add,
                  real *restrict to)
{
  size_t x = 0;

  for (; x + SW_LANES <= n_x; x += SW_LANES)
    {
      SwVec v[SW_LANES];
      for (size_t i = 0; i < SW_LANES; i++)
        v[i] = *(const SwVec *) (from + (x + i) * SW_LANES);
      transpose (v);
      for (size_t l = 0; l < n_lanes; l++)
        {
          SwVec *row = (SwVec *) (to + l * stride + x);
          const SwVec value = scale * v[l] + (bias != NULL ? bias[l] : 0);
          if (add)
            *row += value;
          else
            *row = value;
        }
    }
  if (x == n_x)
    return;
  if (n_x < SW_LANES)
    {
      for (size_t l = 0; l < n_lanes; l++)
        for (size_t i = 0; i < n_x; i++)
          to[l * stride + i]
              = (add ? to[l * stride + i] : 0) + scale * from[i * SW_LANES + l] + (bias != NULL ? bias[l] : 0);
      return;
    }
  /* what is left, as the end of a last square */
  SwVec v[SW_LANES];
  const size_t first = n_x - SW_LANES;
  for (size_t i = 0; i < SW_LANES; i++)
    v[i] = *(const SwVec *) (from + (first + i) * SW_LANES);
  transpose (v);
  for (size_t l = 0; l < n_lanes; l++)
    {
      const SwVec value = scale * v[l] + (bias != NULL ? bias[l] : 0);
      real *row = to + l * stride + first;
      if (!add)
        *(SwVec *) row = value;
      else
        for (size_t i = x - first; i < SW_LANES; i++)
          row[i] += value[i];
    }
}
