/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/fourier-taps-private.h: kernels to even and odd parts in blocks of lanes, and gradients of those back; see fourier-mix-private.h */
#pragma once

#include "nn/fourier-private.h"

/* Reals of one group of sums: [block of source channels][component z, y, x][target channel][lane]. */
size_t sw_fourier_gradient_length (const SwFourier *fourier);
/* Adds the sum of the groups to d_kernel [c_source, c_target, z, y, x]. */
void sw_fourier_add_gradient (const SwFourier *fourier,
                              const real *restrict sums,
                              size_t n_groups,
                              real *restrict d_kernel,
                              int n_threads);
