/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/batchnorm.h: every field divided by the root mean square of its length
 *
 *   scalars:  out = (f - mean) / sqrt (variance + epsilon) [weight + bias]
 *   l >= 1:   out = f / sqrt (variance + epsilon),  variance = mean over batch and space of |f|^2
 *
 * One factor per field, so D(R) passes through. Weight and bias exist in ordinary networks (all scalars) only.
 */
#pragma once

#include "base/real.h"
#include "nn/batch-share.h"
#include "nn/network.h"

typedef struct
{
  size_t n_batch, n_voxels; /* n_batch may be 0 in a shared batch */
  SwFieldType fields;
  double epsilon;
} SwBatchnormShape;

/* means: [scalar fields], variances: [fields], of f [b, c, v]; biased, summed in double. */
void sw_batchnorm_statistics (const SwBatchnormShape *shape,
                              const real *restrict f,
                              real *restrict means,
                              real *restrict variances);
/* Those of a part of a batch become those of the batch. share may be NULL. */
SwStatus sw_batchnorm_share_statistics (const SwBatchnormShape *shape,
                                        const SwBatchShare *share,
                                        real *restrict means,
                                        real *restrict variances,
                                        SwError *error) SW_WARN_UNUSED;
/* weight, bias: [fields] or NULL. */
void sw_batchnorm_forward (const SwBatchnormShape *shape,
                           const real *restrict f,
                           const real *restrict means,
                           const real *restrict variances,
                           const real *restrict weight,
                           const real *restrict bias,
                           real *restrict out);
/* Adds to d_f, and to d_weight and d_bias where not NULL. own: means and variances are those of f, and the gradient flows
 * through them; where the batch is shared, they are those of the whole batch, and d_weight and d_bias get the part of f. */
SwStatus sw_batchnorm_backward (const SwBatchnormShape *shape,
                            const real *restrict f,
                            const real *restrict means,
                            const real *restrict variances,
                            const real *restrict weight,
                            bool own,
                            const SwBatchShare *share,
                            const real *restrict d_out,
                            real *restrict d_f,
                            real *restrict d_weight,
                            real *restrict d_bias,
                            SwError *error) SW_WARN_UNUSED;
/* What flows back through the statistics alone: d_means [scalar fields] and d_variances [fields] are given, adds to d_f.
 * n_total: samples of the whole batch. */
void sw_batchnorm_backward_statistics (const SwBatchnormShape *shape,
                                       size_t n_total,
                                       const real *restrict f,
                                       const real *restrict means,
                                       const double *restrict d_means,
                                       const double *restrict d_variances,
                                       real *restrict d_f);
