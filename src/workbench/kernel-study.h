/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/kernel-study.h: one steerable kernel to be looked at: an element of a basis, or what a layer has learned
 *
 * Both engines' forms of the same weights: sampled on the cube, and band-limited on a finer grid about the same middle. The
 * check turns the kernel: |K(Rx) - D_out(R) K(x) D_in(R)^-1| / |K|, root mean square (kernel/kernel-check.h).
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "kernel/kernel-check.h"
#include "workbench/loaded-model.h"

G_BEGIN_DECLS

/* A plain value. */
typedef struct
{
  SwBasisSpec spec;
  SwBasisKind kind;
  double weights[SW_BASIS_ELEMENTS_MAX]; /* [spec.n_elements] */
  /* Frequencies of the band-limited form, radians per voxel. */
  double w_max, rolloff;
} SwKernelChoice;

/* weights: all zero but for element, which is 1. Refuses what has no kernels. model NULL: band limit 2.2 and roll-off 0.8. */
bool sw_kernel_choice_basis (unsigned l_out,
                             unsigned l_in,
                             unsigned size,
                             SwBasisRule rule,
                             SwBasisKind kind,
                             size_t element,
                             const SwLoadedModel *model,
                             SwKernelChoice *ret,
                             GError **error);
/* The kernel from copy copy_in to copy copy_out, both in channel order, of a steerable convolution. */
bool sw_kernel_choice_learned (const SwLoadedModel *model,
                               size_t layer,
                               size_t copy_out,
                               size_t copy_in,
                               SwKernelChoice *ret,
                               GError **error);

#define SW_KERNEL_FINE 4 /* points of the finer grid per voxel */

typedef struct
{
  unsigned l_out, l_in;
  size_t size, fine_size; /* edges */
  float *sampled;         /* [2 l_out+1, 2 l_in+1, size^3] */
  float *bandlimited;     /* [2 l_out+1, 2 l_in+1, fine_size^3], 1 / SW_KERNEL_FINE voxels apart */
  SwKernelErrors sampled_errors;
  SwKernelErrors continuous_errors;  /* in space: what the band-limited engine applies, before its sampling in frequency */
  SwKernelErrors frequency_errors;
} SwKernelStudy;

SwKernelStudy *sw_kernel_study_new (const SwKernelChoice *choice, GError **error);
void sw_kernel_study_free (SwKernelStudy *study);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwKernelStudy, sw_kernel_study_free)

/* A column or a row of the kernel as a field that can be drawn: column m_in has order l_out; where l_out is 0 the row has
 * order l_in and m_in plays no part. ret_l: its order. ret: [2 l + 1, n, n, n] of the sampled or the finer grid; free with g_free. */
float *sw_kernel_study_dup_column (const SwKernelStudy *study, bool fine, unsigned m_in, unsigned *ret_l);

G_END_DECLS
