/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/conv3d.h: dense convolution of cubes with zero padding and stride
 *
 *   out[o, r] = bias[o] + sum_i sum_t kernel[o, i, t] in[i, stride r + t - padding]
 *
 * (cross-correlation, as everyone means by convolution here), r and t over z, y, x. One sample at a time. The kernel is
 * packed once for many calls. Nothing is allocated: lengths in reals come from sw_conv3d_plan; all arrays that were
 * packed or are scratch must be aligned to 64 bytes (sw_alloc).
 */
#pragma once

#include <stddef.h>

#include "base/real.h"
#include "base/status.h"

typedef struct
{
  size_t c_in, c_out;
  size_t size;                      /* edge of the input cube */
  size_t kernel, stride, padding;   /* kernel is odd, 1 to 15; padding < kernel */
} SwConv3dShape;

/* A plain value, good for one shape and number of threads. */
typedef struct
{
  SwConv3dShape shape;
  size_t size_out;
  int n_threads;
  size_t n_kernel;           /* [c_out, c_in, z, y, x] */
  size_t n_packed;           /* kernel packed for forward */
  size_t n_packed_backward;  /* kernel packed for backward_data */
  size_t n_scratch;          /* forward */
  size_t n_scratch_backward; /* backward_data and backward_weights, whichever needs more */
} SwConv3dPlan;

/* Refuses a shape that makes no sense: kernel even or above 15, padding >= kernel, nothing left, sizes that overflow. */
SwStatus sw_conv3d_plan (const SwConv3dShape *shape, SwConv3dPlan *ret, SwError *error) SW_WARN_UNUSED;

/* kernel: [c_out, c_in, z, y, x]; packed: [n_packed]. */
void sw_conv3d_pack (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed);
void sw_conv3d_pack_backward (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed);

/* in: [c_in, z, y, x]; bias: [c_out] or NULL; out: [c_out, z, y, x]; scratch: [n_scratch]. */
void sw_conv3d_forward (const SwConv3dPlan *plan,
                        const real *restrict in,
                        const real *restrict packed,
                        const real *restrict bias,
                        real *restrict out,
                        real *restrict scratch);

/* Adds to d_in: [c_in, z, y, x]. packed: by sw_conv3d_pack_backward. */
void sw_conv3d_backward_data (const SwConv3dPlan *plan,
                              const real *restrict d_out,
                              const real *restrict packed,
                              real *restrict d_in,
                              real *restrict scratch);

/* Adds to d_kernel: [c_out, c_in, z, y, x]. The sum runs over a plane in `real`, then over planes likewise: like a pairwise
 * sum of two levels. */
void sw_conv3d_backward_weights (const SwConv3dPlan *plan,
                                 const real *restrict in,
                                 const real *restrict d_out,
                                 real *restrict d_kernel,
                                 real *restrict scratch);
