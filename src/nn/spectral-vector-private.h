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

#define SW_LANES_ROUND(n) (((n) + SW_LANES - 1) / SW_LANES * SW_LANES)
