/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/bandlimited-private.h: the band-limited engine's state, shared by its parts
 *
 * bandlimited-plan.c: levels, boxes, memory, making and freeing. bandlimited-stages.c: all that visits the grid.
 * engine-bandlimited.c: forward, and what the runner asks. bandlimited-backward.c: gradients.
 */
#pragma once

#include <math.h>

#include "nn/engine-private.h"
#include "nn/spectral-channels.h"
#include "nn/spectral-linear.h"
#include "nn/spectral-mix.h"
#include "nn/spectral-pointwise.h"
#include "nn/spectral-rebox.h"
#include "nn/spectral-stage.h"

#define SW_BANDLIMITED_LEVELS_MAX 16

typedef enum
{
  SW_BANDLIMITED_INFER,
  SW_BANDLIMITED_CALIBRATE,
  SW_BANDLIMITED_TRAIN,
} SwBandlimitedMode;

typedef struct
{
  const SwLayer *layer;
  bool vector;       /* output is pooled: [b][channels], public order */
  bool alias;        /* dropout: without it the output is the input */
  bool in_place;     /* dropout: output and input share a place, as nothing else reads the input */
  bool shared;       /* a dropout that is not in place, or its input: one gradient or two, as dropout is on */
  size_t last;       /* last layer that reads the output, also through a dropout */
  size_t from, to;   /* levels of input and output */
  SwChannelOrder in, out;
  size_t size;       /* reals per sample of the output */
  size_t place;      /* start in the arena, in reals */
  size_t gradient_place;
  SwMix mix;
  SwPointwise pointwise;
  real *window;      /* LOWPASS, AVGPOOL: per shell, owned */
  SwSpectralFold fold;
  bool reboxed;      /* the box of `to` is larger than that of `from` */
  SwRebox rebox;
  size_t wide;       /* reals per sample of the field before it is folded or reboxed, or 0 */
  size_t wide_place, wide_gradient_place;
  real *factors;     /* BATCHNORM: 1 / sqrt (variance + epsilon), inner copies; DROPOUT: [b][copies]; owned */
  double *means;     /* BATCHNORM: [scalars], inner; owned */
  size_t *copy_map, *channel_map; /* inner to public; owned */
} SwBandlimitedOp;

typedef struct
{
  const SwNetwork *network;
  SwModel *model;
  SwRunOptions options;
  size_t n, n_batch_max;
  size_t n_levels;
  SwLevel levels[SW_BANDLIMITED_LEVELS_MAX];
  SwLevel grids[SW_BANDLIMITED_LEVELS_MAX];  /* the same balls on the grids of the nonlinearities */
  size_t n_boxes;
  SwModes boxes[SW_BANDLIMITED_LEVELS_MAX];
  const SwModes *modes[SW_BANDLIMITED_LEVELS_MAX]; /* of each level, one of the boxes */
  size_t n_ops;
  SwBandlimitedOp *ops;
  SwLayerResult *results;
  SwChannelOrder input_order;
  size_t input_size;  /* reals per sample of the input's modes */
  size_t input_place, input_gradient_place, input_last;
  size_t arena_size, gradients_size;
  real *arena;        /* fields, [sample][size] each */
  real *gradients;    /* training only; each lives from its last reader's step backward to its own */
  void *work;         /* of the grid stages */
  size_t work_size;
  real *scratch;      /* of the mixing */
  double *d_matrices; /* training: largest of all */
  double *sums;       /* [2][copies] of the widest layer, and planes' sums of norm biases */
  size_t sums_size;
  size_t batch;       /* of the last training pass, 0: none */
  bool dropout_active;
  SwBatchShare share;
  bool shared;
} SwBandlimited;

static inline bool
is_pointwise (SwLayerKind kind)
{
  return kind == SW_LAYER_GATE || kind == SW_LAYER_NORM_ACT || kind == SW_LAYER_SCALAR_ACT;
}

static inline bool
folds (const SwBandlimited *engine, const SwBandlimitedOp *op)
{
  return engine->options.plain_stride && !op->vector && op->to != op->from;
}

static inline size_t
tensor_size (const SwLevel *level, size_t n_channels)
{
  return level->n_blocks * n_channels * 2 * sw_spectral_lanes ();
}

static inline const real *
parameters_at (const SwBandlimited *engine, size_t offset, size_t n)
{
  return n > 0 ? engine->model->parameters + offset : NULL;
}

static inline int
resolve (const SwBandlimited *engine, int layer, SwBandlimitedMode mode)
{
  while (layer >= 0 && engine->ops[layer].alias && (mode != SW_BANDLIMITED_TRAIN || !engine->dropout_active))
    layer = engine->ops[layer].layer->input[0];
  return layer;
}

/* Field after a layer, sample b. */
static inline real *
field_of (const SwBandlimited *engine, int layer, size_t b, SwBandlimitedMode mode)
{
  const int at = resolve (engine, layer, mode);
  return engine->arena
         + (at < 0 ? engine->input_place + b * engine->input_size : engine->ops[at].place + b * engine->ops[at].size);
}

static inline real *
gradient_of (const SwBandlimited *engine, int layer, size_t b)
{
  const int at = resolve (engine, layer, SW_BANDLIMITED_TRAIN);
  return engine->gradients
         + (at < 0 ? engine->input_gradient_place + b * engine->input_size
                   : engine->ops[at].gradient_place + b * engine->ops[at].size);
}

static inline size_t
field_size (const SwBandlimited *engine, int layer, SwBandlimitedMode mode)
{
  const int at = resolve (engine, layer, mode);
  return at < 0 ? engine->input_size : engine->ops[at].size;
}

/* The layer whose memory a field lies in. */
static inline int
sw_bandlimited_root (const SwBandlimited *engine, int layer)
{
  while (layer >= 0 && engine->ops[layer].in_place)
    layer = engine->ops[layer].layer->input[0];
  return layer;
}

/* The step backward, by its layer, in which the gradient of a field begins to be summed. */
static inline size_t
sw_bandlimited_gradient_start (const SwBandlimited *engine, int layer)
{
  const size_t last = layer < 0 ? engine->input_last : engine->ops[layer].last;
  return last < engine->n_ops ? last : engine->n_ops - 1;
}

/* Of the batches in training; NULL: the batch is this runner's alone. */
static inline const SwBatchShare *
share_of (const SwBandlimited *engine, SwBandlimitedMode mode)
{
  return mode == SW_BANDLIMITED_TRAIN && engine->shared ? &engine->share : NULL;
}

/* The pool is a sum over the box of its level in terms of the input's volume, so that empty room does not thin it out and a
 * network's boxes may change under its weights. */
static inline double
pool_scale (const SwBandlimited *engine, const SwBandlimitedOp *op)
{
  return pow ((double) engine->modes[op->from]->n_box / (double) engine->n, 3);
}

/* bandlimited-plan.c: as in the table of engines */
SwStatus sw_bandlimited_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error) SW_WARN_UNUSED;
SwStatus sw_bandlimited_new (SwModel *model, const SwRunOptions *options, void **ret, SwError *error) SW_WARN_UNUSED;
void sw_bandlimited_free (void *state); /* takes NULL */
SwStatus sw_bandlimited_update (void *state, SwError *error) SW_WARN_UNUSED;

/* bandlimited-vector.c: batch norm behind the pool */
SwStatus sw_bandlimited_forward_vector_norm (SwBandlimited *engine,
                                             SwBandlimitedOp *op,
                                             size_t n_batch,
                                             SwBandlimitedMode mode,
                                             bool move,
                                             SwError *error) SW_WARN_UNUSED;
SwStatus sw_bandlimited_backward_vector_norm (SwBandlimited *engine, SwBandlimitedOp *op, real *d_parameters, SwError *error) SW_WARN_UNUSED;

/* bandlimited-stages.c */
/* The grid stage of a nonlinearity; out NULL: values are only looked at. */
SwStage sw_bandlimited_forward_stage (const SwBandlimited *engine, SwBandlimitedOp *op, const real *in, real *out);
SwStage sw_bandlimited_backward_stage (const SwBandlimited *engine,
                                       SwBandlimitedOp *op,
                                       const real *in,
                                       const real *d_out,
                                       real *d_in,
                                       bool add);
/* Bytes of the largest workspace of all stages. */
size_t sw_bandlimited_work_size (const SwBandlimited *engine);
/* [c, z, y, x] to the modes of sample b. */
void sw_bandlimited_read_input (SwBandlimited *engine, const real *input, size_t b);
/* Modes of level `at` to out [c, z, y, x] in public order. */
SwStatus sw_bandlimited_export (const SwBandlimited *engine,
                                size_t at,
                                const SwChannelOrder *order,
                                const real *modes,
                                real *out,
                                SwError *error) SW_WARN_UNUSED;

/* bandlimited-backward.c: as in the table of engines */
SwStatus sw_bandlimited_backward (void *state,
                                  const real *d_output,
                                  real *d_parameters,
                                  real *d_input,
                                  const SwProgress *progress,
                                  SwError *error) SW_WARN_UNUSED;
