/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/steerable-kernel.h: weights times sampled basis = dense kernel, and back
 *
 *   K[o a p, i b q, r] = sum_e w[a, b, e] scale basis_e[p, q, r],
 *   scale = sqrt ((2 l_out + 1) / (N_basis (l_out, l_in) M_in)),  M_in = all fields of the input
 *
 * for output part o, copy a, component p and input part i, copy b, component q. Weights are one vector: for each output
 * part, each input part: [copies out][copies in][N_basis]. Source: Weiler et al. 2018, section 4, and the authors' code.
 */
#pragma once

#include "base/real.h"
#include "kernel/basis.h"
#include "so3/field-type.h"

typedef struct SwSteerableKernel SwSteerableKernel;

SwStatus sw_steerable_kernel_new (const SwFieldType *in,
                                  const SwFieldType *out,
                                  unsigned size,
                                  SwBasisRule rule,
                                  SwBasisKind kind,
                                  SwSteerableKernel **ret,
                                  SwError *error) SW_WARN_UNUSED;
void sw_steerable_kernel_free (SwSteerableKernel *kernel); /* takes NULL */
size_t sw_steerable_kernel_n_weights (const SwSteerableKernel *kernel);
/* Bytes that it holds. */
size_t sw_steerable_kernel_memory (const SwSteerableKernel *kernel);
/* Reals of scratch for the two functions below. */
size_t sw_steerable_kernel_scratch (const SwSteerableKernel *kernel);
/* ret: [c_out, c_in, z, y, x], assigned. */
void sw_steerable_kernel_build (const SwSteerableKernel *kernel,
                                const real *restrict weights,
                                real *restrict ret,
                                real *restrict scratch);
/* Adds to d_weights. */
void sw_steerable_kernel_backward (const SwSteerableKernel *kernel,
                                   const real *restrict d_kernel,
                                   real *restrict d_weights,
                                   real *restrict scratch);
