/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/kernel.h: one kernel, a weighted sum of basis elements, in space and in frequency
 *
 * Weights are as in a network, one for each element of the spec, times elements of Frobenius norm 1 (kind SAMPLED). Matrices
 * are [2 l_out+1][2 l_in+1], called rows below. The continuous kernel is what the band-limited engine applies, so the same
 * weights and scales give all of them.
 */
#pragma once

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "kernel/basis.h"

/* K(d) on the cube: ret [2 l_out+1][2 l_in+1][size][size][size] (z, y, x). */
SwStatus sw_kernel_sample (const SwBasisSpec *spec,
                           SwBasisKind kind,
                           const double *weights,
                           double *ret,
                           SwError *error) SW_WARN_UNUSED;

/* The continuous kernel at d (voxels): ret [2 l_out+1][2 l_in+1]. At d = 0 only J = 0 is there. */
SwStatus sw_kernel_evaluate (const SwBasisSpec *spec,
                             const double *weights,
                             const double d[3],
                             double *ret,
                             SwError *error) SW_WARN_UNUSED;

/* Its transform K^(w) = integral K(d) exp(i w.d) dd = sum weight scale 4 pi i^J H(|w|) Q Y_J(w/|w|); w in radians per
 * voxel. ret [2 l_out+1][2 l_in+1]. */
SwStatus sw_kernel_transform (const SwBasisSpec *spec,
                              const double *weights,
                              const double w[3],
                              double complex *ret,
                              SwError *error) SW_WARN_UNUSED;

/* The continuous kernel without its frequencies above w_max, on a cubic grid of n^3 points of that spacing about 0; what is
 * kept falls from 1 to 0 as a cosine between w_flat and w_max. ret [2 l_out+1][2 l_in+1][n][n][n] (z, y, x). */
SwStatus sw_kernel_sample_bandlimited (const SwBasisSpec *spec,
                                       const double *weights,
                                       double w_flat,
                                       double w_max,
                                       size_t n,
                                       double spacing,
                                       double *ret,
                                       SwError *error) SW_WARN_UNUSED;

/* The transfer function of a kernel on the cube: sum_d K(d) exp(i w.d). samples as from sw_kernel_sample; ret [2 l_out+1]
 * [2 l_in+1]. */
void sw_kernel_transfer (const SwBasisSpec *spec,
                         const double *samples,
                         const double w[3],
                         double complex *ret);
