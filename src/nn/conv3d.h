/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/conv3d.h: dense convolution of cubes with zero padding and stride
 *
 *   out[o, r] = bias[o] + sum_i sum_t kernel[o, i, t] in[i, stride r + t - padding]
 *
 * (cross-correlation, as everyone means by convolution here), r and t over z, y, x. The kernel is packed once for many
 * calls. The plan chooses, for each direction, between sums over the taps (correlate-private.h, with fewer products along z
 * winograd-private.h) and Fourier transforms (fourier-private.h), by what they cost according to measured rates; nothing is timed
 * when it runs. After the plan nothing is allocated: lengths in reals are in it; all arrays that were packed or are scratch
 * must be aligned to 64 bytes (sw_alloc).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"
#include "base/status.h"
#include "nn/fourier-private.h"

typedef enum
{
  SW_CONV3D_BEST,    /* what costs least */
  SW_CONV3D_SUMS,
  SW_CONV3D_FOURIER, /* where it is possible: kernels up to 9, sizes up to 128 */
} SwConv3dWay;

typedef struct
{
  size_t c_in, c_out;
  size_t size;                      /* edge of the input cube */
  size_t kernel, stride, padding;   /* kernel is odd, 1 to 15; padding < kernel */
  size_t n_batch;                   /* samples that are given at once, at most; 0 means 1 */
  SwConv3dWay way;
} SwConv3dShape;

/* Good for one shape and number of threads. Not to be copied for longer than it lives: the transforms own tables. */
typedef struct
{
  SwConv3dShape shape;
  size_t size_out;
  int n_threads;
  size_t n_kernel;           /* [c_out, c_in, z, y, x] */
  size_t n_packed;           /* kernel packed for forward */
  size_t n_packed_backward;  /* kernel packed for backward_data */
  size_t n_scratch;          /* forward */
  size_t n_scratch_backward;
  bool by_fourier, backward_by_fourier;
  SwFourier fourier, fourier_backward; /* where by_fourier, backward_by_fourier */
} SwConv3dPlan;

/* Refuses a shape that makes no sense: kernel even or above 15, padding >= kernel, nothing left, sizes that overflow. */
SwStatus sw_conv3d_plan (const SwConv3dShape *shape, SwConv3dPlan *ret, SwError *error) SW_WARN_UNUSED;
/* Takes a plan that is all zero. */
void sw_conv3d_plan_clear (SwConv3dPlan *plan);

/* kernel: [c_out, c_in, z, y, x]; packed: [n_packed], [n_packed_backward]. */
void sw_conv3d_pack (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed);
void sw_conv3d_pack_backward (const SwConv3dPlan *plan, const real *restrict kernel, real *restrict packed);

/* in: [b, c_in, z, y, x]; bias: [c_out] or NULL; out: [b, c_out, z, y, x]; scratch: [n_scratch]. */
void sw_conv3d_forward (const SwConv3dPlan *plan,
                        size_t n_batch,
                        const real *restrict in,
                        const real *restrict packed,
                        const real *restrict bias,
                        real *restrict out,
                        real *restrict scratch);

/* Adds to d_in [b, c_in, z, y, x] and to d_kernel [c_out, c_in, z, y, x]; either may be NULL. packed: by
 * sw_conv3d_pack_backward, not read without d_in. scratch: [n_scratch_backward]. Together they share the transforms of
 * d_out. */
void sw_conv3d_backward (const SwConv3dPlan *plan,
                         size_t n_batch,
                         const real *restrict in,
                         const real *restrict d_out,
                         const real *restrict packed,
                         real *restrict d_in,
                         real *restrict d_kernel,
                         real *restrict scratch);
