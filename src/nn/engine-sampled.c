/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paper's engine: kernels sampled on k^3 voxels, zero padding, strides, batch norm folded into the next convolution with
 * raw zeros around the grid.
 *
 * A plan is made first: sizes, the memory of everything and where each layer's field lies in one arena. Fields share
 * places when their lifetimes do not meet. Time runs 0 .. L-1 through the layers and, for training, back again: the
 * gradient of layer i's output is live from step 2 L - (its last reader) to step 2 L - i.
 */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/pool.h"
#include "nn/sampled-private.h"
#include "nn/scalar-act.h"

static SwStatus
engine_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error)
{
  SwSampled *engine;
  const SwStatus status = sw_sampled_plan (network, options, &engine, error);

  if (status != SW_OK)
    return status;
  *ret = engine->memory;
  sw_sampled_free (engine);
  return SW_OK;
}

static void
load_statistics (SwSampled *engine, SwSampledStep *step)
{
  const real *buffers = engine->model->buffers + step->layer->buffer_offset;

  memcpy (step->means, buffers, step->layer->n_means * sizeof (real));
  memcpy (step->variances, buffers + step->layer->n_means, step->layer->n_variances * sizeof (real));
}

static SwStatus
engine_update (void *state, SwError *error)
{
  SwSampled *engine = state;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      SwSampledStep *step = &engine->steps[i];
      if (step->layer->kind == SW_LAYER_BATCHNORM)
        load_statistics (engine, step);
      if (step->packed != NULL)
        {
          sw_sampled_build_kernel (engine, step);
          sw_conv3d_pack (&step->conv, engine->kernel, step->packed);
        }
    }
  engine->has_trained = false;
  return SW_OK;
}

static SwStatus
allocate (SwSampled *engine, SwError *error)
{
  const size_t n_input = engine->n_batch_max * sw_field_type_dim (&engine->network->input) * cube (engine->size);
  bool complete = true;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      SwSampledStep *step = &engine->steps[i];
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
  SwSampled *engine;
  SwStatus status = sw_sampled_plan (model->network, options, &engine, error);

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
      sw_sampled_free (engine);
      return status;
    }
  double spacing = 1;
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      const SwSampledStep *step = &engine->steps[i];
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

static SwStatus
forward_batchnorm (SwSampled *engine, SwSampledStep *step, size_t n_batch, const real *in, real *out, SwSampledMode mode, bool move, SwError *error)
{
  const SwLayer *layer = step->layer;
  const SwBatchnormShape shape = batchnorm_shape (step, n_batch);
  real *buffers = engine->model->buffers + layer->buffer_offset;

  if (mode == SW_SAMPLED_CALIBRATE || (mode == SW_SAMPLED_TRAIN && !engine->options.frozen))
    {
      sw_batchnorm_statistics (&shape, in, step->means, step->variances);
      const SwStatus status = sw_batchnorm_share_statistics (&shape, mode == SW_SAMPLED_TRAIN ? share_of (engine) : NULL, step->means,
                                                             step->variances, error);
      if (status != SW_OK)
        return status;
    }
  if (mode == SW_SAMPLED_CALIBRATE || (mode == SW_SAMPLED_TRAIN && move && !engine->options.frozen))
    {
      const real m = mode == SW_SAMPLED_CALIBRATE ? 1 : (real) layer->momentum;
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
forward_step (SwSampled *engine, size_t i, size_t n_batch, SwSampledMode mode, SwRandom *random, bool move, SwError *error)
{
  SwSampledStep *step = &engine->steps[i];
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
      if (mode == SW_SAMPLED_TRAIN || (mode == SW_SAMPLED_CALIBRATE && folded_of (engine, step) != NULL))
        {
          sw_sampled_build_kernel (engine, step);
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
      if (mode == SW_SAMPLED_TRAIN && engine->dropout_active)
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
      if (layer->pool_sigma > 0)
        sw_pool_centre_forward (n_batch * step->c_in, step->size_in, layer->pool_sigma / layer->stride_in, in, out);
      else
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
measure (const SwSampled *engine, size_t i, double norm[SW_FIELD_L_MAX + 1])
{
  const SwSampledStep *step = &engine->steps[i];
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
              factor = (double) sw_sampled_normaliser (step, c, &copy, &scalar, &m);
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
  SwSampled *engine = state;
  const SwSampledMode mode = engine->options.calibrate ? SW_SAMPLED_CALIBRATE : SW_SAMPLED_INFER;

  engine->has_trained = engine->dropout_active = false;
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
  if (mode == SW_SAMPLED_CALIBRATE)
    engine->model->calibrated = true;
  for (size_t i = 0; i < engine->n_layers; i++)
    engine->results[i].has_field = engine->options.keep_fields || i == engine->n_layers - 1;
  return SW_OK;
}

static const real *
engine_output (const void *state)
{
  const SwSampled *engine = state;
  const int last = resolve (engine, (int) engine->n_layers - 1);
  return last < 0 ? engine->input : place_of (engine, engine->steps[last].field);
}

static const SwLayerResult *
engine_result (const void *state, size_t layer)
{
  const SwSampled *engine = state;
  return &engine->results[layer];
}

static size_t
engine_input_size (const void *state)
{
  const SwSampled *engine = state;
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
  const SwSampled *engine = state;

  memcpy (out, engine->input,
          sw_field_type_dim (&engine->network->input) * cube (engine->size) * sizeof (real));
  return SW_OK;
}

static SwStatus
engine_field (const void *state, size_t layer, real *out, SwError *error)
{
  const SwSampled *engine = state;

  const SwSampledStep *step = &engine->steps[layer];
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
  const SwSampled *engine = state;

  const SwSampledStep *step = &engine->steps[layer];
  const SwGateShape shape = gate_shape (step, 1);
  sw_gate_values (&shape, input_of (engine, layer, 0),
                  parameters_of (engine, step->layer->bias_offset, step->layer->n_biases), out);
  return SW_OK;
}

/* ---- training ---- */

static void
engine_share_batch (void *state, const SwBatchShare *share)
{
  SwSampled *engine = state;
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
  SwSampled *engine = state;

  engine->has_trained = false;
  engine->dropout_active = random != NULL;
  if (n_batch > 0)
    memcpy (engine->input, input, n_batch * sw_field_type_dim (&engine->network->input) * cube (engine->size) * sizeof (real));
  for (size_t i = 0; i < engine->n_layers; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_layers, engine->steps[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const double start = sw_timer_now ();
      const SwStatus status = forward_step (engine, i, n_batch, SW_SAMPLED_TRAIN, random, update_statistics, error);
      if (status != SW_OK)
        return status;
      engine->results[i].seconds = sw_timer_now () - start;
    }
  engine->n_batch = n_batch;
  engine->has_trained = true;
  return SW_OK;
}

const SwEngineTable sw_engine_sampled = {
  .memory = engine_memory,
  .new = engine_new,
  .free = sw_sampled_free,
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
  .backward = sw_sampled_backward,
};
