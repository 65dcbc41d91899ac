/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/sampled-private.h: the sampled engine's state, shared by its parts
 *
 * sampled-plan.c: sizes, lifetimes, memory. sampled-kernel.c: parameters to dense kernels. engine-sampled.c: forward, and what
 * the runner asks. sampled-backward.c: gradients.
 */
#pragma once

#include <stdint.h>

#include "nn/batchnorm.h"
#include "nn/conv3d.h"
#include "nn/engine-private.h"
#include "nn/gate.h"
#include "nn/norm-act.h"
#include "nn/separable.h"
#include "nn/steerable-kernel.h"

/* A field's place in the arena. */
typedef struct
{
  size_t birth, death; /* first and last step at which it is needed */
  size_t length;       /* reals */
  size_t offset;
} SwSampledPlace;

typedef struct
{
  const SwLayer *layer;
  size_t size_in, size_out; /* edges */
  size_t c_in, c_out;
  bool alias;       /* no field of its own: the input's (dropout in inference, batch norm that is folded) */
  bool folded;      /* batch norm that is folded into all of its readers */
  size_t field, d_field; /* indices of places */
  SwConv3dPlan conv;
  SwSteerableKernel *kernel;
  real *packed, *bias; /* [n_packed], [c_out]; bias is NULL where there is none */
  SwSeparable filter;
  real *means, *variances; /* batch norm: what this pass normalises with */
  real *factors;           /* dropout: [b, fields] */
} SwSampledStep;

typedef enum
{
  SW_SAMPLED_INFER,
  SW_SAMPLED_CALIBRATE,
  SW_SAMPLED_TRAIN,
} SwSampledMode;

typedef struct
{
  SwModel *model;
  const SwNetwork *network;
  SwRunOptions options;
  size_t size, n_batch_max, n_layers;
  SwSampledStep *steps;
  SwLayerResult *results;
  size_t n_places;
  SwSampledPlace *places;
  size_t arena_length, scratch_length, kernel_length, memory;
  real *arena, *scratch, *kernel, *d_kernel, *packed_backward, *input;
  real *d_input; /* training: where a pointwise layer right on the input leaves a gradient that nobody asked for */
  size_t packed_backward_length;
  bool has_trained, dropout_active;
  size_t n_batch; /* of the last training pass */
  SwBatchShare share;
  bool shared;
} SwSampled;

#define SW_SAMPLED_NO_PLACE SIZE_MAX

static inline size_t
cube (size_t n)
{
  return n * n * n;
}

static inline size_t
n_inputs (const SwLayer *layer)
{
  return layer->kind == SW_LAYER_ADD ? 2 : 1;
}

/* The layer whose field stands for layer i's, following aliases; -1: the network's input. */
static inline int
resolve (const SwSampled *engine, int i)
{
  while (i >= 0 && engine->steps[i].alias)
    i = engine->steps[i].layer->input[0];
  return i;
}

static inline real *
place_of (const SwSampled *engine, size_t place)
{
  return engine->arena + engine->places[place].offset;
}

/* The field that layer i reads as its input k. */
static inline const real *
input_of (const SwSampled *engine, size_t i, size_t k)
{
  const int in = resolve (engine, engine->steps[i].layer->input[k]);
  return in < 0 ? engine->input : place_of (engine, engine->steps[in].field);
}

static inline const SwSampledStep *
folded_of (const SwSampled *engine, const SwSampledStep *step)
{
  const int i = step->layer->folded_batchnorm;
  return step->layer->kind == SW_LAYER_CONV && i >= 0 && engine->steps[i].folded ? &engine->steps[i] : NULL;
}

static inline SwGateShape
gate_shape (const SwSampledStep *step, size_t n_batch)
{
  return (SwGateShape) { .n_batch = n_batch,
                         .n_voxels = cube (step->size_out),
                         .fields = step->layer->out,
                         .act = step->layer->act,
                         .gate_act = step->layer->gate_act };
}

static inline SwNormActShape
norm_act_shape (const SwSampledStep *step, size_t n_batch)
{
  return (SwNormActShape) { .n_batch = n_batch,
                            .n_voxels = cube (step->size_out),
                            .fields = step->layer->out,
                            .act = step->layer->act,
                            .scalar_biases
                            = step->layer->n_biases == sw_field_type_copies (&step->layer->out) };
}

static inline SwBatchnormShape
batchnorm_shape (const SwSampledStep *step, size_t n_batch)
{
  return (SwBatchnormShape) { .n_batch = n_batch,
                              .n_voxels = cube (step->size_out),
                              .fields = step->layer->out,
                              .epsilon = step->layer->epsilon };
}

static inline const real *
parameters_of (const SwSampled *engine, size_t offset, size_t n)
{
  return n > 0 ? engine->model->parameters + offset : NULL;
}

/* Of the batches in training; NULL: the batch is this runner's alone. */
static inline const SwBatchShare *
share_of (const SwSampled *engine)
{
  return engine->shared ? &engine->share : NULL;
}

/* sampled-plan.c: an engine without the memory that the plan asks for. */
SwStatus sw_sampled_plan (const SwNetwork *network, const SwRunOptions *options, SwSampled **ret, SwError *error) SW_WARN_UNUSED;
void sw_sampled_free (void *state); /* takes NULL */

/* sampled-kernel.c */
/* Channel c's field of a type, and which scalar it is (SIZE_MAX for l >= 1). */
void sw_sampled_field_of_channel (const SwFieldType *type, size_t c, size_t *copy, size_t *scalar);
/* 1 / sqrt (variance + epsilon) of channel i's field, and the mean that is taken away (0 for l >= 1). */
real sw_sampled_normaliser (const SwSampledStep *norm, size_t i, size_t *copy, size_t *scalar, real *mean);
/* engine->kernel becomes the layer's dense kernel with a folded batch norm in it, step->bias its bias. */
void sw_sampled_build_kernel (SwSampled *engine, SwSampledStep *step);

/* sampled-backward.c: as in the table of engines */
SwStatus sw_sampled_backward (void *state,
                              const real *d_output,
                              real *d_parameters,
                              real *d_input,
                              const SwProgress *progress,
                              SwError *error) SW_WARN_UNUSED;
