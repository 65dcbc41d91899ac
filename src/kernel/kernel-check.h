/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/kernel-check.h: how far a kernel is from K(R x) = D_out(R) K(x) D_in(R)^-1
 *
 * Relative root mean square over seeded frequencies w with |w| <= w_max (uniform in the ball) and rotations. For kernels on the
 * cube K is the transfer function, which is defined at every frequency, so nothing is interpolated; the continuous kernel is
 * compared in space, at points within its reach, and in frequency.
 */
#pragma once

#include <stdint.h>

#include "kernel/kernel.h"

typedef struct
{
  double cube;   /* over the 24 rotations of the cube */
  double random; /* over rotations uniform on SO(3) */
} SwKernelErrors;

/* n: frequencies, each with a rotation of its own; n > 0. 0 / 0 counts as 0. */
SwStatus sw_kernel_check_sampled (const SwBasisSpec *spec,
                                  SwBasisKind kind,
                                  const double *weights,
                                  double w_max,
                                  unsigned n,
                                  uint64_t seed,
                                  SwKernelErrors *ret,
                                  SwError *error) SW_WARN_UNUSED;

SwStatus sw_kernel_check_continuous (const SwBasisSpec *spec,
                                     const double *weights,
                                     double w_max,
                                     unsigned n,
                                     uint64_t seed,
                                     SwKernelErrors *ret_space,
                                     SwKernelErrors *ret_frequency,
                                     SwError *error) SW_WARN_UNUSED;
