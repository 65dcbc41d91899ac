/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/engine-private.h: what an engine provides; nn/runner.c dispatches to it
 *
 * Members answer to the functions of nn/runner.h and nn/train-step.h of the same name; `state` is the engine's own object.
 * runner.c has checked the options that mean the same in every engine, the size of a batch, and that a field that is asked for
 * is there.
 */
#pragma once

#include "nn/runner.h"
#include "nn/train-step.h"

typedef struct
{
  SwStatus (*memory) (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error);
  SwStatus (*new) (SwModel *model, const SwRunOptions *options, void **ret, SwError *error);
  void (*free) (void *state); /* takes NULL */
  size_t (*input_size) (const void *state);
  SwStatus (*update) (void *state, SwError *error);
  SwStatus (*forward) (void *state, const real *input, const SwProgress *progress, SwError *error);
  const real *(*output) (const void *state);
  const SwLayerResult *(*result) (const void *state, size_t layer);
  SwStatus (*input_field) (const void *state, real *out, SwError *error);
  SwStatus (*field) (const void *state, size_t layer, real *out, SwError *error);
  SwStatus (*gates) (const void *state, size_t layer, real *out, SwError *error);
  double (*centre) (const void *state, size_t size);
  void (*share_batch) (void *state, const SwBatchShare *share);
  SwStatus (*forward_train) (void *state,
                             size_t n_batch,
                             const real *input,
                             SwRandom *random,
                             bool update_statistics,
                             const SwProgress *progress,
                             SwError *error);
  const real *(*train_output) (const void *state);
  SwStatus (*backward) (void *state,
                        const real *d_output,
                        real *d_parameters,
                        real *d_input,
                        const SwProgress *progress,
                        SwError *error);
} SwEngineTable;

extern const SwEngineTable sw_engine_bandlimited; /* engine-bandlimited.c */
extern const SwEngineTable sw_engine_sampled;     /* engine-sampled.c */
