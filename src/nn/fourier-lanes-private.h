/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fourier-lanes-private.h: channels to lanes and back
 *
 * Squares of SW_LANES by SW_LANES numbers are turned over in registers.
 */
#pragma once

#include <stdbool.h>

#include "nn/spectral-vector-private.h"

/* to[x][lane] = from[lane stride + x], 0 from lane n_lanes on. */
void sw_lanes_gather (const real *restrict from, size_t stride, size_t n_lanes, size_t n_x, real *restrict to);
/* to[lane stride + x] = scale from[x][lane] + bias[lane], or added to that; bias may be NULL. */
void sw_lanes_scatter (const real *restrict from,
                       size_t stride,
                       size_t n_lanes,
                       size_t n_x,
                       real scale,
                       const real *restrict bias,
                       bool add,
                       real *restrict to);
