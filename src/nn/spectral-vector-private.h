/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-vector-private.h: the vector that the band-limited engine computes with
 *
 * SW_LANES numbers side by side, through the compiler's vector extension: the width that the processor has, without
 * intrinsics. In spectral tensors lanes are modes, on the grid they are channels.
 */
#pragma once

#include <stddef.h>
#include <string.h>

#include "base/real.h"

#ifdef __AVX512F__
#define SW_LANES 16
#else
#define SW_LANES 8
#endif

typedef real SwVec __attribute__ ((vector_size (SW_LANES * sizeof (real)), aligned (sizeof (real)), may_alias));
typedef real SwVecHalf
    __attribute__ ((vector_size (SW_LANES / 2 * sizeof (real)), aligned (sizeof (real)), may_alias));
typedef real SwVecQuarter
    __attribute__ ((vector_size (SW_LANES / 4 * sizeof (real)), aligned (sizeof (real)), may_alias));

/* Vectors never cross a call that is not inlined, so the convention for passing them does not matter. */
#define SW_VEC_INLINE static inline __attribute__ ((always_inline))

/* The sum of all lanes, by halves. */
SW_VEC_INLINE real
sw_vec_sum (SwVec v)
{
#if SW_LANES == 16
  const SwVecHalf h = __builtin_shufflevector (v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector (v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const SwVecQuarter q = __builtin_shufflevector (h, h, 0, 1, 2, 3) + __builtin_shufflevector (h, h, 4, 5, 6, 7);
#else
  const SwVecHalf q = __builtin_shufflevector (v, v, 0, 1, 2, 3) + __builtin_shufflevector (v, v, 4, 5, 6, 7);
#endif
  return (q[0] + q[2]) + (q[1] + q[3]);
}

#define SW_LANES_ROUND(n) (((n) + SW_LANES - 1) / SW_LANES * SW_LANES)
