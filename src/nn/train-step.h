/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/train-step.h: one forward and backward pass of a batch, for training
 *
 * A runner made with options.train_batch = n > 0 keeps what backward needs. All samples of a batch pass a layer together,
 * so that batch norm sees the statistics of the whole batch (mean over batch and space; gradients flow through them).
 * Gradients are added, never assigned, and run over the same order whatever the number of threads, so that a run
 * repeats bit for bit on one machine with one thread count.
 *
 * Batches larger than memory allows are accumulated: several forward and backward calls into one gradient array; batch norm then
 * sees each part on its own.
 */
#pragma once

#include "base/random.h"
#include "nn/batch-share.h"
#include "nn/runner.h"

/* The batches of the passes that follow are shared; NULL: not any more. The struct is copied. An error of its sum ends the pass. */
void sw_runner_share_batch (SwRunner *runner, const SwBatchShare *share);

/* input: [b, c, z, y, x] with n_batch <= options.train_batch; 0 samples only of a shared batch. random drives dropout (NULL: no dropout). Running statistics of
 * batch norm are moved by each layer's momentum when update_statistics is true. */
SwStatus sw_runner_forward_train (SwRunner *runner,
                                  size_t n_batch,
                                  const real *input,
                                  SwRandom *random,
                                  bool update_statistics,
                                  const SwProgress *progress,
                                  SwError *error) SW_WARN_UNUSED;

/* [n_batch, n_outputs], before the softmax; of the last sw_runner_forward_train. */
const real *sw_runner_train_output (const SwRunner *runner);

/* d_output: [n_batch, n_outputs]. Adds dLoss/dparameters to d_parameters [network->n_parameters], or NULL: not wanted, which
 * saves a third. d_input: [b, c, z, y, x], added to, or NULL. */
SwStatus sw_runner_backward (SwRunner *runner,
                             const real *d_output,
                             real *d_parameters,
                             real *d_input,
                             const SwProgress *progress,
                             SwError *error) SW_WARN_UNUSED;
