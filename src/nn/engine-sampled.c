/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paper's engine: kernels sampled on k^3 voxels, zero padding, strides, batch norm folded into the next convolution with
 * raw zeros around the grid.
 *
 * A plan is made first: sizes, the memory of everything and where each layer's field lies in one arena. Fields share
 * places when their lifetimes do not meet. Time runs 0 .. L-1 through the layers and, for training, back again: the
 * gradient of layer i's output is live from step 2 L - (its last reader) to step 2 L - i.
 */
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/batchnorm.h"
#include "nn/conv3d.h"
#include "nn/dropout.h"
#include "nn/engine-private.h"
#include "nn/gate.h"
#include "nn/linear.h"
#include "nn/norm-act.h"
#include "nn/pool.h"
#include "nn/scalar-act.h"
#include "nn/separable.h"
#include "nn/steerable-kernel.h"

/* A field's place in the arena. */
typedef struct
{
  size_t birth, death; /* first and last step at which it is needed */
  size_t length;       /* reals */
  size_t offset;
} Place;

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
} Step;

typedef enum
{
  MODE_INFER,
  MODE_CALIBRATE,
  MODE_TRAIN,
} Mode;

typedef struct
{
  SwModel *model;
  const SwNetwork *network;
  SwRunOptions options;
  size_t size, n_batch_max, n_layers;
  Step *steps;
  SwLayerResult *results;
  size_t n_places;
  Place *places;
  size_t arena_length, scratch_length, kernel_length, memory;
  real *arena, *scratch, *kernel, *d_kernel, *packed_backward, *input;
  real *d_input; /* training: where a pointwise layer right on the input leaves a gradient that nobody asked for */
  size_t packed_backward_length;
  bool has_run, has_trained, dropout_active;
  size_t n_batch; /* of the last training pass */
  SwBatchShare share;
  bool shared;
} Engine;

#define NO_PLACE SIZE_MAX

/* ---- plan ---- */

static size_t
cube (size_t n)
{
  return n * n * n;
}

static size_t
max_size (size_t a, size_t b)
{
  return a > b ? a : b;
}

static size_t
aligned (size_t n)
{
  const size_t unit = SW_ALIGN / sizeof (real);
  return (n + unit - 1) / unit * unit;
}

/* The layer whose field stands for layer i's, following aliases; -1: the network's input. */
static int
resolve (const Engine *engine, int i)
{
  while (i >= 0 && engine->steps[i].alias)
    i = engine->steps[i].layer->input[0];
  return i;
}

static size_t
n_inputs (const SwLayer *layer)
{
  return layer->kind == SW_LAYER_ADD ? 2 : 1;
}

/* A batch norm is folded when every layer that reads it is a steerable convolution that says so. */
static bool
is_folded (const SwNetwork *network, size_t i)
{
  bool read = false;

  for (size_t j = i + 1; j < network->n_layers; j++)
    for (size_t k = 0; k < n_inputs (&network->layers[j]); k++)
      if (network->layers[j].input[k] == (int) i)
        {
          if (network->layers[j].kind != SW_LAYER_CONV || network->layers[j].folded_batchnorm != (int) i)
            return false;
          read = true;
        }
  return read;
}

static SwStatus
plan_step (Engine *engine, size_t i, SwError *error)
{
  const SwLayer *layer = &engine->network->layers[i];
  Step *step = &engine->steps[i];
  const int in = layer->input[0];
  SwStatus status = SW_OK;

  step->layer = layer;
  step->size_in = in < 0 ? engine->size : engine->steps[in].size_out;
  step->size_out = step->size_in;
  step->c_in = in < 0 ? sw_field_type_dim (&engine->network->input) : engine->steps[in].c_out;
  step->c_out = sw_field_type_dim (&layer->out);
  step->field = step->d_field = NO_PLACE;
  if (step->c_in != sw_field_type_dim (&layer->in) || step->c_out == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "layer %s: %zu channels come in where it wants %zu",
                         layer->name, step->c_in, sw_field_type_dim (&layer->in));
  switch (layer->kind)
    {
    case SW_LAYER_CONV:
    case SW_LAYER_DENSE_CONV:
      {
        const SwConv3dShape shape = { .c_in = step->c_in,
                                      .c_out = step->c_out,
                                      .size = step->size_in,
                                      .kernel = layer->kernel,
                                      .stride = layer->stride,
                                      .padding = layer->padding,
                                      .n_batch = engine->n_batch_max };
        status = sw_conv3d_plan (&shape, &step->conv, error);
        if (status == SW_OK && layer->kind == SW_LAYER_CONV)
          status = sw_steerable_kernel_new (&layer->in, &layer->out, layer->kernel, layer->rule,
                                            engine->options.basis, &step->kernel, error);
        if (status != SW_OK)
          return sw_error_prefix (error, status, "layer %s", layer->name);
        if (step->kernel != NULL && sw_steerable_kernel_n_weights (step->kernel) != layer->n_weights)
          return sw_error_set (error, SW_ERROR_INVALID, "layer %s has %zu weights where its basis has %zu",
                               layer->name, layer->n_weights, sw_steerable_kernel_n_weights (step->kernel));
        step->size_out = step->conv.size_out;
        break;
      }
    case SW_LAYER_LOWPASS:
      sw_separable_lowpass (&step->filter, engine->options.plain_stride && layer->stride > 1 ? 1 : layer->scale,
                            layer->stride);
      step->size_out = sw_separable_output_size (&step->filter, step->size_in);
      break;
    case SW_LAYER_AVGPOOL:
      sw_separable_avgpool (&step->filter, layer->stride);
      step->size_out = sw_separable_output_size (&step->filter, step->size_in);
      break;
    case SW_LAYER_BATCHNORM:
      step->folded = step->alias = is_folded (engine->network, i);
      break;
    case SW_LAYER_DROPOUT:
      step->alias = engine->options.train_batch == 0;
      break;
    case SW_LAYER_GLOBAL_POOL:
      step->size_out = 1;
      break;
    case SW_LAYER_ADD:
      {
        const int other = layer->input[1];
        const size_t size = other < 0 ? engine->size : engine->steps[other].size_out;
        if (size != step->size_in)
          return sw_error_set (error, SW_ERROR_INVALID, "layer %s adds grids of %zu and %zu voxels", layer->name,
                               step->size_in, size);
        break;
      }
    case SW_LAYER_LINEAR:
      if (step->size_in != 1)
        return sw_error_set (error, SW_ERROR_INVALID, "layer %s works on a pooled vector", layer->name);
      break;
    case SW_LAYER_GATE:
    case SW_LAYER_NORM_ACT:
    case SW_LAYER_SCALAR_ACT:
      break;
    }
  return SW_OK;
}

/* What layers need besides fields, in reals: the longest of each kind. */
static void
plan_scratch (Engine *engine, size_t *ret_own)
{
  const bool train = engine->options.train_batch > 0;
  size_t own = 0;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      const Step *step = &engine->steps[i];
      const SwLayer *layer = step->layer;
      const size_t copies = sw_field_type_copies (&layer->out);
      if (step->conv.size_out > 0)
        {
          own += aligned (step->conv.n_packed) + aligned (step->c_out);
          engine->kernel_length = max_size (engine->kernel_length, step->conv.n_kernel);
          engine->scratch_length = max_size (engine->scratch_length, step->conv.n_scratch);
          if (step->kernel != NULL)
            engine->scratch_length = max_size (engine->scratch_length, sw_steerable_kernel_scratch (step->kernel));
          if (train)
            {
              engine->scratch_length = max_size (engine->scratch_length, step->conv.n_scratch_backward);
              engine->packed_backward_length
                  = max_size (engine->packed_backward_length, step->conv.n_packed_backward);
            }
        }
      if (step->filter.n_taps > 0)
        engine->scratch_length
            = max_size (engine->scratch_length,
                        sw_separable_scratch (&step->filter, step->size_in, omp_get_max_threads ()));
      if (layer->kind == SW_LAYER_BATCHNORM)
        own += 2 * aligned (copies);
      if (layer->kind == SW_LAYER_DROPOUT)
        own += aligned (engine->n_batch_max * copies);
    }
  *ret_own = own;
}

static void
plan_lifetimes (Engine *engine)
{
  const size_t n = engine->n_layers, end = 2 * n;
  const bool train = engine->options.train_batch > 0;
  const bool keep = engine->options.keep_fields || train;

  for (size_t i = 0; i < n; i++)
    {
      Step *step = &engine->steps[i];
      if (step->alias)
        continue;
      step->field = engine->n_places++;
      engine->places[step->field]
          = (Place) { .birth = i,
                      .death = i == n - 1 || keep ? (train ? end - i : end) : i,
                      .length = aligned (engine->n_batch_max * step->c_out * cube (step->size_out)) };
      if (engine->options.keep_fields)
        engine->places[step->field].death = end;
      if (train)
        {
          step->d_field = engine->n_places++;
          engine->places[step->d_field]
              = (Place) { .birth = end - i, .death = end - i, .length = engine->places[step->field].length };
        }
    }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n_inputs (engine->steps[i].layer); k++)
      {
        const int in = resolve (engine, engine->steps[i].layer->input[k]);
        if (in < 0)
          continue;
        Place *field = &engine->places[engine->steps[in].field];
        field->death = max_size (field->death, i);
        if (train)
          {
            Place *d_field = &engine->places[engine->steps[in].d_field];
            d_field->birth = end - i < d_field->birth ? end - i : d_field->birth;
          }
      }
  /* the last layer may be an alias */
  const int last = resolve (engine, (int) n - 1);
  if (last >= 0)
    engine->places[engine->steps[last].field].death = end;
}

/* First fit, places in the order of their birth. */
static void
plan_arena (Engine *engine)
{
  for (size_t i = 0; i < engine->n_places; i++)
    {
      Place *place = &engine->places[i];
      bool moved = true;
      place->offset = 0;
      while (moved)
        {
          moved = false;
          for (size_t j = 0; j < i; j++)
            {
              const Place *other = &engine->places[j];
              if (other->death >= place->birth && place->death >= other->birth
                  && other->offset < place->offset + place->length
                  && place->offset < other->offset + other->length)
                {
                  place->offset = other->offset + other->length;
                  moved = true;
                }
            }
        }
      engine->arena_length = max_size (engine->arena_length, place->offset + place->length);
    }
}

static void
engine_free (void *state)
{
  Engine *engine = state;

  if (engine == NULL)
    return;
  if (engine->steps != NULL)
    for (size_t i = 0; i < engine->n_layers; i++)
      {
        Step *step = &engine->steps[i];
        sw_steerable_kernel_free (step->kernel);
        sw_conv3d_plan_clear (&step->conv);
        sw_free (step->packed);
        sw_free (step->bias);
        sw_free (step->means);
        sw_free (step->variances);
        sw_free (step->factors);
      }
  sw_free (engine->steps);
  sw_free (engine->results);
  sw_free (engine->places);
  sw_free (engine->arena);
  sw_free (engine->scratch);
  sw_free (engine->kernel);
  sw_free (engine->d_kernel);
  sw_free (engine->packed_backward);
  sw_free (engine->input);
  sw_free (engine->d_input);
  sw_free (engine);
}

static SwStatus
plan (const SwNetwork *network, const SwRunOptions *options, Engine **ret, SwError *error)
{
  Engine *engine = SW_NEW0 (Engine, 1);
  SwStatus status;
  size_t own, kernels = 0, total = 0;

  if (engine != NULL)
    {
      engine->network = network;
      engine->options = *options;
      engine->n_layers = network->n_layers;
      engine->size = options->size > 0 ? options->size : network->size;
      engine->n_batch_max = max_size (options->train_batch, 1);
      engine->steps = SW_NEW0 (Step, network->n_layers);
      engine->results = SW_NEW0 (SwLayerResult, network->n_layers);
      engine->places = SW_NEW0 (Place, 2 * network->n_layers);
    }
  if (engine == NULL || engine->steps == NULL || engine->results == NULL || engine->places == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "no memory for a plan of the network");
      goto fail;
    }
  if (network->n_layers == 0 || engine->size < 1 || engine->size > 1024 || options->train_batch > 4096)
    {
      status = sw_error_set (error, SW_ERROR_INVALID, "%s cannot run on a grid of %zu voxels", network->name,
                             engine->size);
      goto fail;
    }
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      status = plan_step (engine, i, error);
      if (status != SW_OK)
        goto fail;
      if (engine->steps[i].kernel != NULL)
        kernels += sw_steerable_kernel_memory (engine->steps[i].kernel);
    }
  plan_scratch (engine, &own);
  plan_lifetimes (engine);
  plan_arena (engine);
  const bool train = options->train_batch > 0;
  total = engine->arena_length + engine->scratch_length + own + engine->kernel_length * (train ? 2 : 1)
          + engine->packed_backward_length
          + (train ? 2 : 1) * engine->n_batch_max * sw_field_type_dim (&network->input) * cube (engine->size);
  if (sw_mul (total, sizeof (real), &total) != 0)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "%s does not fit into any memory", network->name);
      goto fail;
    }
  engine->memory = total + kernels;
  *ret = engine;
  return SW_OK;
fail:
  engine_free (engine);
  return status;
}

static SwStatus
engine_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error)
{
  Engine *engine;
  const SwStatus status = plan (network, options, &engine, error);

  if (status != SW_OK)
    return status;
  *ret = engine->memory;
  engine_free (engine);
  return SW_OK;
}

/* ---- parameters to kernels ---- */

/* Channel c's field of a type, and which scalar it is (SIZE_MAX for l >= 1). */
static void
field_of_channel (const SwFieldType *type, size_t c, size_t *copy, size_t *scalar)
{
  size_t n_copies = 0, n_scalars = 0;

  for (size_t p = 0; p < type->n_parts; p++)
    {
      const size_t n_m = 2 * type->parts[p].l + 1, n = type->parts[p].copies;
      if (c < n * n_m)
        {
          *copy = n_copies + c / n_m;
          *scalar = n_m == 1 ? n_scalars + c : SIZE_MAX;
          return;
        }
      c -= n * n_m;
      n_copies += n;
      n_scalars += n_m == 1 ? n : 0;
    }
  *copy = *scalar = SIZE_MAX;
}

static const Step *
folded_of (const Engine *engine, const Step *step)
{
  const int i = step->layer->folded_batchnorm;
  return step->layer->kind == SW_LAYER_CONV && i >= 0 && engine->steps[i].folded ? &engine->steps[i] : NULL;
}

/* 1 / sqrt (variance + epsilon) of channel i's field, and the mean that is taken away (0 for l >= 1). */
static real
normaliser (const Step *norm, size_t i, size_t *copy, size_t *scalar, real *mean)
{
  field_of_channel (&norm->layer->out, i, copy, scalar);
  *mean = *scalar != SIZE_MAX ? norm->means[*scalar] : 0;
  return (real) (1 / sqrt ((double) norm->variances[*copy] + norm->layer->epsilon));
}

/* engine->kernel becomes the layer's dense kernel with a folded batch norm in it, step->bias its bias. */
static void
build_kernel (Engine *engine, Step *step)
{
  const SwLayer *layer = step->layer;
  const real *weights = engine->model->parameters + layer->weight_offset;
  const size_t n_taps = (size_t) layer->kernel * layer->kernel * layer->kernel;
  const Step *norm = folded_of (engine, step);

  if (step->kernel == NULL)
    {
      memcpy (engine->kernel, weights, step->conv.n_kernel * sizeof (real));
      for (size_t o = 0; o < step->c_out; o++)
        step->bias[o] = layer->n_biases > 0 ? engine->model->parameters[layer->bias_offset + o] : 0;
      return;
    }
  sw_steerable_kernel_build (step->kernel, weights, engine->kernel, engine->scratch);
  memset (step->bias, 0, step->c_out * sizeof (real));
  if (norm == NULL)
    return;
  for (size_t i = 0; i < step->c_in; i++)
    {
      size_t copy, scalar;
      real mean;
      const real root = normaliser (norm, i, &copy, &scalar, &mean);
      for (size_t o = 0; o < step->c_out; o++)
        {
          real *k = engine->kernel + (o * step->c_in + i) * n_taps;
          size_t copy_out, scalar_out;
          double sum = 0;
          for (size_t t = 0; t < n_taps; t++)
            {
              k[t] *= root;
              sum += (double) k[t];
            }
          field_of_channel (&layer->out, o, &copy_out, &scalar_out);
          if (scalar_out != SIZE_MAX)
            step->bias[o] -= (real) (sum * (double) mean);
        }
    }
}

static void
load_statistics (Engine *engine, Step *step)
{
  const real *buffers = engine->model->buffers + step->layer->buffer_offset;

  memcpy (step->means, buffers, step->layer->n_means * sizeof (real));
  memcpy (step->variances, buffers + step->layer->n_means, step->layer->n_variances * sizeof (real));
}

static SwStatus
engine_update (void *state, SwError *error)
{
  Engine *engine = state;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      Step *step = &engine->steps[i];
      if (step->layer->kind == SW_LAYER_BATCHNORM)
        load_statistics (engine, step);
      if (step->packed != NULL)
        {
          build_kernel (engine, step);
          sw_conv3d_pack (&step->conv, engine->kernel, step->packed);
        }
    }
  engine->has_run = engine->has_trained = false;
  return SW_OK;
}

static SwStatus
allocate (Engine *engine, SwError *error)
{
  const size_t n_input = engine->n_batch_max * sw_field_type_dim (&engine->network->input) * cube (engine->size);
  bool complete = true;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      Step *step = &engine->steps[i];
      const size_t copies = sw_field_type_copies (&step->layer->out);
      if (step->conv.size_out > 0)
        {
          step->packed = SW_NEW (real, step->conv.n_packed);
          step->bias = SW_NEW (real, step->c_out);
          complete = complete && step->packed != NULL && step->bias != NULL;
        }
      if (step->layer->kind == SW_LAYER_BATCHNORM)
        {
          step->means = SW_NEW0 (real, copies);
          step->variances = SW_NEW0 (real, copies);
          complete = complete && step->means != NULL && step->variances != NULL;
        }
      if (step->layer->kind == SW_LAYER_DROPOUT)
        {
          step->factors = SW_NEW (real, engine->n_batch_max * copies);
          complete = complete && step->factors != NULL;
        }
    }
  engine->arena = SW_NEW (real, engine->arena_length);
  engine->scratch = SW_NEW (real, engine->scratch_length);
  engine->kernel = SW_NEW (real, engine->kernel_length);
  engine->input = SW_NEW (real, n_input);
  if (engine->options.train_batch > 0)
    {
      engine->d_kernel = SW_NEW (real, engine->kernel_length);
      engine->packed_backward = SW_NEW (real, engine->packed_backward_length);
      engine->d_input = SW_NEW (real, n_input);
      complete = complete && engine->d_kernel != NULL && engine->packed_backward != NULL
                 && engine->d_input != NULL;
    }
  if (!complete || engine->arena == NULL || engine->scratch == NULL || engine->kernel == NULL
      || engine->input == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "no memory for %s: it takes %.0f MB", engine->network->name,
                         (double) engine->memory / 1e6);
  return SW_OK;
}

static SwStatus
engine_new (SwModel *model, const SwRunOptions *options, void **ret, SwError *error)
{
  Engine *engine;
  SwStatus status = plan (model->network, options, &engine, error);

  if (status != SW_OK)
    return status;
  engine->model = model;
  const size_t available = sw_memory_available ();
  if (engine->memory > available)
    status = sw_error_set (error, SW_ERROR_MEMORY, "%s on %zu voxels takes %.0f MB, and %.0f MB are free",
                           model->network->name, engine->size, (double) engine->memory / 1e6,
                           (double) available / 1e6);
  if (status == SW_OK)
    status = allocate (engine, error);
  if (status == SW_OK)
    status = engine_update (engine, error);
  if (status != SW_OK)
    {
      engine_free (engine);
      return status;
    }
  double spacing = 1;
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      const Step *step = &engine->steps[i];
      const int in = step->layer->input[0];
      spacing = in < 0 ? 1 : engine->results[in].spacing;
      if (step->layer->kind == SW_LAYER_CONV || step->layer->kind == SW_LAYER_DENSE_CONV
          || step->filter.n_taps > 0)
        spacing *= step->layer->stride;
      engine->results[i] = (SwLayerResult) {
        .layer = step->layer, .fields = step->layer->out, .size = step->size_out, .spacing = spacing
      };
    }
  *ret = engine;
  return SW_OK;
}

/* ---- forward ---- */

static real *
place_of (const Engine *engine, size_t place)
{
  return engine->arena + engine->places[place].offset;
}

/* The field that layer i reads as its input k. */
static const real *
input_of (const Engine *engine, size_t i, size_t k)
{
  const int in = resolve (engine, engine->steps[i].layer->input[k]);
  return in < 0 ? engine->input : place_of (engine, engine->steps[in].field);
}

static SwGateShape
gate_shape (const Step *step, size_t n_batch)
{
  return (SwGateShape) { .n_batch = n_batch,
                         .n_voxels = cube (step->size_out),
                         .fields = step->layer->out,
                         .act = step->layer->act,
                         .gate_act = step->layer->gate_act };
}

static SwNormActShape
norm_act_shape (const Step *step, size_t n_batch)
{
  return (SwNormActShape) { .n_batch = n_batch,
                            .n_voxels = cube (step->size_out),
                            .fields = step->layer->out,
                            .act = step->layer->act,
                            .scalar_biases
                            = step->layer->n_biases == sw_field_type_copies (&step->layer->out) };
}

static SwBatchnormShape
batchnorm_shape (const Step *step, size_t n_batch)
{
  return (SwBatchnormShape) { .n_batch = n_batch,
                              .n_voxels = cube (step->size_out),
                              .fields = step->layer->out,
                              .epsilon = step->layer->epsilon };
}

static const real *
parameters_of (const Engine *engine, size_t offset, size_t n)
{
  return n > 0 ? engine->model->parameters + offset : NULL;
}

/* Of the batches in training; NULL: the batch is this runner's alone. */
static const SwBatchShare *
share_of (const Engine *engine)
{
  return engine->shared ? &engine->share : NULL;
}

static SwStatus
forward_batchnorm (Engine *engine, Step *step, size_t n_batch, const real *in, real *out, Mode mode, bool move, SwError *error)
{
  const SwLayer *layer = step->layer;
  const SwBatchnormShape shape = batchnorm_shape (step, n_batch);
  real *buffers = engine->model->buffers + layer->buffer_offset;

  if (mode == MODE_CALIBRATE || (mode == MODE_TRAIN && !engine->options.frozen))
    {
      sw_batchnorm_statistics (&shape, in, step->means, step->variances);
      const SwStatus status = sw_batchnorm_share_statistics (&shape, mode == MODE_TRAIN ? share_of (engine) : NULL, step->means,
                                                             step->variances, error);
      if (status != SW_OK)
        return status;
    }
  if (mode == MODE_CALIBRATE || (mode == MODE_TRAIN && move && !engine->options.frozen))
    {
      const real m = mode == MODE_CALIBRATE ? 1 : (real) layer->momentum;
      for (size_t i = 0; i < layer->n_means; i++)
        buffers[i] += m * (step->means[i] - buffers[i]);
      for (size_t i = 0; i < layer->n_variances; i++)
        buffers[layer->n_means + i] += m * (step->variances[i] - buffers[layer->n_means + i]);
    }
  if (!step->folded)
    sw_batchnorm_forward (&shape, in, step->means, step->variances,
                          parameters_of (engine, layer->weight_offset, layer->n_weights),
                          parameters_of (engine, layer->bias_offset, layer->n_biases), out);
  return SW_OK;
}

static SwStatus
forward_step (Engine *engine, size_t i, size_t n_batch, Mode mode, SwRandom *random, bool move, SwError *error)
{
  Step *step = &engine->steps[i];
  const SwLayer *layer = step->layer;
  const real *in = input_of (engine, i, 0);
  real *out = step->alias ? NULL : place_of (engine, step->field);
  const size_t n_out = step->c_out * cube (step->size_out);
  const real *weights = parameters_of (engine, layer->weight_offset, layer->n_weights);
  const real *biases = parameters_of (engine, layer->bias_offset, layer->n_biases);
  const int n_threads = omp_get_max_threads ();

  switch (layer->kind)
    {
    case SW_LAYER_CONV:
    case SW_LAYER_DENSE_CONV:
      if (mode == MODE_TRAIN || (mode == MODE_CALIBRATE && folded_of (engine, step) != NULL))
        {
          build_kernel (engine, step);
          sw_conv3d_pack (&step->conv, engine->kernel, step->packed);
        }
      sw_conv3d_forward (&step->conv, n_batch, in, step->packed, step->bias, out, engine->scratch);
      break;
    case SW_LAYER_BATCHNORM:
      return forward_batchnorm (engine, step, n_batch, in, out, mode, move, error);
    case SW_LAYER_GATE:
      {
        const SwGateShape shape = gate_shape (step, n_batch);
        sw_gate_forward (&shape, in, biases, out);
        break;
      }
    case SW_LAYER_NORM_ACT:
      {
        const SwNormActShape shape = norm_act_shape (step, n_batch);
        sw_norm_act_forward (&shape, in, biases, out);
        break;
      }
    case SW_LAYER_SCALAR_ACT:
      {
        const SwScalarActShape shape
            = { .n_batch = n_batch, .n_channels = step->c_out, .n_voxels = cube (step->size_out), .act = layer->act };
        sw_scalar_act_forward (&shape, in, biases, out);
        break;
      }
    case SW_LAYER_LOWPASS:
    case SW_LAYER_AVGPOOL:
      sw_separable_forward (&step->filter, n_batch * step->c_in, step->size_in, in, out, engine->scratch,
                            n_threads);
      break;
    case SW_LAYER_DROPOUT:
      if (step->alias)
        break;
      if (mode == MODE_TRAIN && engine->dropout_active)
        {
          const size_t copies = sw_field_type_copies (&layer->out);
          sw_dropout_draw (random, layer->probability, n_batch, copies, share_of (engine), step->factors);
          memset (out, 0, n_batch * n_out * sizeof (real));
          sw_dropout_add (&layer->out, n_batch, cube (step->size_out), step->factors, in, out);
        }
      else
        memcpy (out, in, n_batch * n_out * sizeof (real));
      break;
    case SW_LAYER_ADD:
      {
        const real *other = input_of (engine, i, 1);
#pragma omp parallel for simd schedule(static)
        for (size_t v = 0; v < n_batch * n_out; v++)
          out[v] = in[v] + other[v];
        break;
      }
    case SW_LAYER_GLOBAL_POOL:
      sw_pool_forward (n_batch * step->c_in, cube (step->size_in), in, out);
      break;
    case SW_LAYER_LINEAR:
      {
        const SwLinearShape shape = { .n_batch = n_batch, .n_in = step->c_in, .n_out = step->c_out };
        sw_linear_forward (&shape, in, weights, biases, out);
        break;
      }
    }
  return SW_OK;
}

/* Per order l: sqrt (mean over the grid of the squares of all channels of that order). A folded batch norm's field is not
 * stored: its factors are applied here. */
static void
measure (const Engine *engine, size_t i, double norm[SW_FIELD_L_MAX + 1])
{
  const Step *step = &engine->steps[i];
  const SwFieldType *type = &step->layer->out;
  const size_t n = cube (step->size_out);
  const int at = resolve (engine, (int) i);
  const real *field = at < 0 ? engine->input : place_of (engine, engine->steps[at].field);
  size_t channel = 0;

  for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
    norm[l] = 0;
  for (size_t p = 0; p < type->n_parts; p++)
    {
      const size_t n_channels = type->parts[p].copies * (2 * type->parts[p].l + 1);
      double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
      for (size_t c = channel; c < channel + n_channels; c++)
        {
          const real *row = field + c * n;
          double mean = 0, factor = 1, part = 0;
          if (step->folded)
            {
              size_t copy, scalar;
              real m;
              factor = (double) normaliser (step, c, &copy, &scalar, &m);
              mean = (double) m;
            }
#pragma omp simd reduction(+ : part)
          for (size_t v = 0; v < n; v++)
            part += ((double) row[v] - mean) * ((double) row[v] - mean);
          sum += part * factor * factor;
        }
      norm[type->parts[p].l] += sum / (double) n;
      channel += n_channels;
    }
  for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
    norm[l] = sqrt (norm[l]);
}

static SwStatus
engine_forward (void *state, const real *input, const SwProgress *progress, SwError *error)
{
  Engine *engine = state;
  const Mode mode = engine->options.calibrate ? MODE_CALIBRATE : MODE_INFER;

  engine->has_run = engine->has_trained = engine->dropout_active = false;
  memcpy (engine->input, input,
          sw_field_type_dim (&engine->network->input) * cube (engine->size) * sizeof (real));
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_layers, engine->steps[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const double start = sw_timer_now ();
      const SwStatus status = forward_step (engine, i, 1, mode, NULL, false, error);
      if (status != SW_OK)
        return status;
      engine->results[i].seconds = sw_timer_now () - start;
      measure (engine, i, engine->results[i].norm);
    }
  if (mode == MODE_CALIBRATE)
    engine->model->calibrated = true;
  engine->has_run = true;
  for (size_t i = 0; i < engine->n_layers; i++)
    engine->results[i].has_field = engine->options.keep_fields || i == engine->n_layers - 1;
  return SW_OK;
}

static const real *
engine_output (const void *state)
{
  const Engine *engine = state;
  const int last = resolve (engine, (int) engine->n_layers - 1);
  return last < 0 ? engine->input : place_of (engine, engine->steps[last].field);
}

static const SwLayerResult *
engine_result (const void *state, size_t layer)
{
  const Engine *engine = state;
  return &engine->results[layer];
}

static size_t
engine_input_size (const void *state)
{
  const Engine *engine = state;
  return engine->size;
}

static double
engine_centre (const void *state, size_t size)
{
  (void) state;
  return ((double) size - 1) / 2;
}

static SwStatus
engine_input_field (const void *state, real *out, SwError *error)
{
  const Engine *engine = state;

  if (!engine->has_run)
    return sw_error_set (error, SW_ERROR_INVALID, "the network has not run yet");
  memcpy (out, engine->input,
          sw_field_type_dim (&engine->network->input) * cube (engine->size) * sizeof (real));
  return SW_OK;
}

static SwStatus
engine_field (const void *state, size_t layer, real *out, SwError *error)
{
  const Engine *engine = state;

  if (layer >= engine->n_layers || !engine->has_run || !engine->results[layer].has_field)
    return sw_error_set (error, SW_ERROR_INVALID, "the field of layer %s was not kept",
                         layer < engine->n_layers ? engine->steps[layer].layer->name : "beyond the last");
  const Step *step = &engine->steps[layer];
  const int at = resolve (engine, (int) layer);
  const real *field = at < 0 ? engine->input : place_of (engine, engine->steps[at].field);
  if (step->folded)
    {
      const SwBatchnormShape shape = batchnorm_shape (step, 1);
      sw_batchnorm_forward (&shape, field, step->means, step->variances, NULL, NULL, out);
      return SW_OK;
    }
  memcpy (out, field, step->c_out * cube (step->size_out) * sizeof (real));
  return SW_OK;
}

static SwStatus
engine_gates (const void *state, size_t layer, real *out, SwError *error)
{
  const Engine *engine = state;

  if (layer >= engine->n_layers || engine->steps[layer].layer->kind != SW_LAYER_GATE
      || sw_field_type_gates (&engine->steps[layer].layer->out) == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "layer %zu has no gates", layer);
  if (!engine->has_run || !engine->options.keep_fields)
    return sw_error_set (error, SW_ERROR_INVALID, "the gates of layer %s were not kept",
                         engine->steps[layer].layer->name);
  const Step *step = &engine->steps[layer];
  const SwGateShape shape = gate_shape (step, 1);
  sw_gate_values (&shape, input_of (engine, layer, 0),
                  parameters_of (engine, step->layer->bias_offset, step->layer->n_biases), out);
  return SW_OK;
}

/* ---- training ---- */

static void
engine_share_batch (void *state, const SwBatchShare *share)
{
  Engine *engine = state;
  engine->shared = share != NULL;
  if (share != NULL)
    engine->share = *share;
}

static SwStatus
engine_forward_train (void *state,
                      size_t n_batch,
                      const real *input,
                      SwRandom *random,
                      bool update_statistics,
                      const SwProgress *progress,
                      SwError *error)
{
  Engine *engine = state;

  if ((n_batch == 0 && !engine->shared) || n_batch > engine->options.train_batch)
    return sw_error_set (error, SW_ERROR_INVALID, "a batch of %zu where the runner was made for %zu", n_batch,
                         engine->options.train_batch);
  engine->has_run = engine->has_trained = false;
  engine->dropout_active = random != NULL;
  if (n_batch > 0)
    memcpy (engine->input, input, n_batch * sw_field_type_dim (&engine->network->input) * cube (engine->size) * sizeof (real));
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_layers, engine->steps[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const double start = sw_timer_now ();
      const SwStatus status = forward_step (engine, i, n_batch, MODE_TRAIN, random, update_statistics, error);
      if (status != SW_OK)
        return status;
      engine->results[i].seconds = sw_timer_now () - start;
    }
  engine->n_batch = n_batch;
  engine->has_trained = true;
  return SW_OK;
}

/* Gradient through a folded batch norm. engine->kernel is the effective kernel K r, engine->d_kernel its gradient, which
 * becomes that of K:
 *   bias[o] = - sum_i mean[i] sum_t K r,  out = K r * f + bias  (scalars o and i) */
static void
unfold (Engine *engine, const Step *step, const Step *norm, const double *d_bias, double *d_means, double *d_variances)
{
  const size_t n_taps = (size_t) step->layer->kernel * step->layer->kernel * step->layer->kernel;

  for (size_t i = 0; i < step->c_in; i++)
    {
      size_t copy, scalar;
      real mean;
      const real root = normaliser (norm, i, &copy, &scalar, &mean);
      double d_root = 0, d_mean = 0;
      for (size_t o = 0; o < step->c_out; o++)
        {
          const real *k = engine->kernel + (o * step->c_in + i) * n_taps;
          real *d_k = engine->d_kernel + (o * step->c_in + i) * n_taps;
          size_t copy_out, scalar_out;
          double sum = 0;
          field_of_channel (&step->layer->out, o, &copy_out, &scalar_out);
          const double d_b = scalar_out != SIZE_MAX ? d_bias[o] : 0;
          for (size_t t = 0; t < n_taps; t++)
            {
              const real d = d_k[t] - (real) (d_b * (double) mean);
              sum += (double) k[t];
              d_root += (double) d * (double) k[t];
              d_k[t] = d * root;
            }
          d_mean -= d_b * sum;
        }
      /* d_root / r is dLoss/dr, and dr/dvariance = - r^3 / 2 */
      d_variances[copy] -= 0.5 * d_root * (double) root * (double) root;
      if (scalar != SIZE_MAX)
        d_means[scalar] += d_mean;
    }
}

static SwStatus
backward_conv (Engine *engine, size_t i, const real *in, const real *d_out, real *d_in, real *d_parameters, SwError *error)
{
  Step *step = &engine->steps[i];
  const SwLayer *layer = step->layer;
  const size_t n_batch = engine->n_batch;
  const size_t n_v = cube (step->size_out), n_out = step->c_out * n_v;
  const Step *norm = folded_of (engine, step);
  const size_t n_norm = norm != NULL ? sw_field_type_copies (&norm->layer->out) : 0;
  /* own statistics depend on the input through the folded kernel, so its gradient is wanted then, too */
  const bool through_norm = norm != NULL && !engine->options.frozen;
  double *sums = NULL;

  build_kernel (engine, step);
  if (d_in != NULL)
    sw_conv3d_pack_backward (&step->conv, engine->kernel, engine->packed_backward);
  const bool wants_kernel = d_parameters != NULL || through_norm;
  if (wants_kernel)
    memset (engine->d_kernel, 0, step->conv.n_kernel * sizeof (real));
  sw_conv3d_backward (&step->conv, n_batch, in, d_out, engine->packed_backward, d_in,
                      wants_kernel ? engine->d_kernel : NULL, engine->scratch);
  if (!wants_kernel)
    return SW_OK;
  if (norm != NULL || layer->n_biases > 0)
    {
      sums = SW_NEW0 (double, step->c_out + 2 * n_norm);
      if (sums == NULL)
        return sw_error_set (error, SW_ERROR_MEMORY, "no memory for the gradient of layer %s", layer->name);
#pragma omp parallel for schedule(static)
      for (size_t o = 0; o < step->c_out; o++)
        for (size_t b = 0; b < n_batch; b++)
          for (size_t v = 0; v < n_v; v++)
            sums[o] += (double) d_out[b * n_out + o * n_v + v];
    }
  if (norm != NULL)
    {
      unfold (engine, step, norm, sums, sums + step->c_out, sums + step->c_out + n_norm);
      const SwStatus status = sw_batch_share_sum (through_norm ? share_of (engine) : NULL, 2 * n_norm, sums + step->c_out, error);
      if (status != SW_OK)
        {
          sw_free (sums);
          return status;
        }
      if (d_in != NULL && through_norm)
        {
          const SwBatchnormShape shape = batchnorm_shape (norm, n_batch);
          sw_batchnorm_backward_statistics (&shape, engine->shared ? engine->share.n_total : n_batch, in, norm->means, sums + step->c_out,
                                            sums + step->c_out + n_norm, d_in);
        }
    }
  if (d_parameters == NULL)
    ;
  else if (step->kernel != NULL)
    sw_steerable_kernel_backward (step->kernel, engine->d_kernel, d_parameters + layer->weight_offset,
                                  engine->scratch);
  else
    {
      for (size_t w = 0; w < step->conv.n_kernel; w++)
        d_parameters[layer->weight_offset + w] += engine->d_kernel[w];
      for (size_t o = 0; o < layer->n_biases; o++)
        d_parameters[layer->bias_offset + o] += (real) sums[o];
    }
  sw_free (sums);
  return SW_OK;
}

static SwStatus
backward_step (Engine *engine, size_t i, real *const d_in[2], real *d_parameters, SwError *error)
{
  Step *step = &engine->steps[i];
  const SwLayer *layer = step->layer;
  const size_t n_batch = engine->n_batch, n_v = cube (step->size_out), n_out = n_batch * step->c_out * n_v;
  const real *in = input_of (engine, i, 0), *d_out = place_of (engine, step->d_field);
  const real *weights = parameters_of (engine, layer->weight_offset, layer->n_weights);
  const real *biases = parameters_of (engine, layer->bias_offset, layer->n_biases);
  real *d_weights = layer->n_weights > 0 && d_parameters != NULL ? d_parameters + layer->weight_offset : NULL;
  real *d_biases = layer->n_biases > 0 && d_parameters != NULL ? d_parameters + layer->bias_offset : NULL;

  if (layer->kind == SW_LAYER_CONV || layer->kind == SW_LAYER_DENSE_CONV)
    return backward_conv (engine, i, in, d_out, d_in[0], d_parameters, error);
  if (d_in[0] == NULL && d_in[1] == NULL && layer->n_weights == 0 && layer->n_biases == 0)
    return SW_OK;
  assert (d_in[0] != NULL || layer->kind == SW_LAYER_ADD);
  switch (layer->kind)
    {
    case SW_LAYER_BATCHNORM:
      {
        const SwBatchnormShape shape = batchnorm_shape (step, n_batch);
        return sw_batchnorm_backward (&shape, in, step->means, step->variances, weights, !engine->options.frozen, share_of (engine), d_out, d_in[0],
                                      d_weights, d_biases, error);
      }
    case SW_LAYER_GATE:
      {
        const SwGateShape shape = gate_shape (step, n_batch);
        sw_gate_backward (&shape, in, biases, d_out, d_in[0], d_biases);
        break;
      }
    case SW_LAYER_NORM_ACT:
      {
        const SwNormActShape shape = norm_act_shape (step, n_batch);
        sw_norm_act_backward (&shape, in, biases, d_out, d_in[0], d_biases);
        break;
      }
    case SW_LAYER_SCALAR_ACT:
      {
        const SwScalarActShape shape
            = { .n_batch = n_batch, .n_channels = step->c_out, .n_voxels = n_v, .act = layer->act };
        sw_scalar_act_backward (&shape, in, biases, d_out, d_in[0], d_biases);
        break;
      }
    case SW_LAYER_LOWPASS:
    case SW_LAYER_AVGPOOL:
      sw_separable_backward (&step->filter, n_batch * step->c_in, step->size_in, d_out, d_in[0], engine->scratch,
                             omp_get_max_threads ());
      break;
    case SW_LAYER_DROPOUT:
      if (engine->dropout_active)
        sw_dropout_add (&layer->out, n_batch, n_v, step->factors, d_out, d_in[0]);
      else
        for (size_t v = 0; v < n_out; v++)
          d_in[0][v] += d_out[v];
      break;
    case SW_LAYER_ADD:
      for (size_t k = 0; k < 2; k++)
        if (d_in[k] != NULL)
#pragma omp parallel for simd schedule(static)
          for (size_t v = 0; v < n_out; v++)
            d_in[k][v] += d_out[v];
      break;
    case SW_LAYER_GLOBAL_POOL:
      sw_pool_backward (n_batch * step->c_in, cube (step->size_in), d_out, d_in[0]);
      break;
    case SW_LAYER_LINEAR:
      {
        const SwLinearShape shape = { .n_batch = n_batch, .n_in = step->c_in, .n_out = step->c_out };
        sw_linear_backward (&shape, in, weights, d_out, d_in[0], d_weights, d_biases);
        break;
      }
    case SW_LAYER_CONV:
    case SW_LAYER_DENSE_CONV:
      break;
    }
  return SW_OK;
}

/* Whether a layer's output depends on a parameter, or the input's gradient is wanted. */
static bool
wants_gradient (const Engine *engine, int i, bool input)
{
  if (i < 0)
    return input;
  const SwLayer *layer = engine->steps[i].layer;
  if (layer->n_weights > 0 || layer->n_biases > 0)
    return true;
  for (size_t k = 0; k < n_inputs (layer); k++)
    if (wants_gradient (engine, layer->input[k], input))
      return true;
  return false;
}

static SwStatus
engine_backward (void *state,
                 const real *d_output,
                 real *d_parameters,
                 real *d_input,
                 const SwProgress *progress,
                 SwError *error)
{
  Engine *engine = state;
  const size_t n = engine->n_layers, n_outputs = engine->steps[n - 1].c_out;
  const int last = resolve (engine, (int) n - 1);
  bool *live;

  if (!engine->has_trained)
    return sw_error_set (error, SW_ERROR_INVALID, "a backward pass without the forward pass before it");
  live = SW_NEW0 (bool, n);
  if (live == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "no memory for a backward pass");
  if (last >= 0)
    {
      memcpy (place_of (engine, engine->steps[last].d_field), d_output,
              engine->n_batch * n_outputs * cube (engine->steps[n - 1].size_out) * sizeof (real));
      live[last] = true;
    }
  SwStatus status = SW_OK;
  for (size_t i = n; i-- > 0 && status == SW_OK;)
    {
      const Step *step = &engine->steps[i];
      real *d_in[2] = { NULL, NULL };
      const bool is_conv = step->layer->kind == SW_LAYER_CONV || step->layer->kind == SW_LAYER_DENSE_CONV;
      const bool pointwise = !is_conv && (step->layer->n_weights > 0 || step->layer->n_biases > 0);
      if (!live[i] || step->alias)
        continue;
      if (!sw_progress (progress, (double) (n - i) / (double) n, step->layer->name))
        {
          status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
          break;
        }
      for (size_t k = 0; k < n_inputs (step->layer); k++)
        {
          const int in = resolve (engine, step->layer->input[k]);
          if (in < 0)
            {
              d_in[k] = d_input != NULL ? d_input : pointwise ? engine->d_input : NULL;
              continue;
            }
          if (!pointwise && !wants_gradient (engine, in, d_input != NULL))
            continue;
          const Step *source = &engine->steps[in];
          d_in[k] = place_of (engine, source->d_field);
          if (!live[in])
            memset (d_in[k], 0,
                    engine->n_batch * source->c_out * cube (source->size_out) * sizeof (real));
          live[in] = true;
        }
      status = backward_step (engine, i, d_in, d_parameters, error);
    }
  sw_free (live);
  return status;
}

const SwEngineTable sw_engine_sampled = {
  .memory = engine_memory,
  .new = engine_new,
  .free = engine_free,
  .input_size = engine_input_size,
  .update = engine_update,
  .forward = engine_forward,
  .output = engine_output,
  .result = engine_result,
  .input_field = engine_input_field,
  .field = engine_field,
  .gates = engine_gates,
  .centre = engine_centre,
  .share_batch = engine_share_batch,
  .forward_train = engine_forward_train,
  .train_output = engine_output,
  .backward = engine_backward,
};
