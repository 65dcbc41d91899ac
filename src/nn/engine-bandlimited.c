/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The band-limited engine: fields live in Fourier space between layers, and only nonlinearities visit the grid
 * (nn/README.md, band-limited engine). Inference is a batch of one through the same functions as training. */
#include <math.h>
#include <string.h>

#include "base/timer.h"
#include "nn/bandlimited-private.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/scalar-act.h"

static SwStatus
forward_batchnorm (SwBandlimited *engine, SwBandlimitedOp *op, size_t n_batch, SwBandlimitedMode mode, bool move, SwError *error)
{
  const SwBatchShare *share = share_of (engine, mode);
  const double n_total = (double) (share != NULL ? share->n_total : n_batch);
  SwStatus status;
  const SwLayer *layer = op->layer;
  const size_t n_blocks = engine->levels[op->to].n_blocks, n_scalars = op->out.copies[0], n_copies = op->out.n_copies;
  real *means = engine->model->buffers + layer->buffer_offset, *variances = means + layer->n_means;
  double *sums = engine->sums, *total = sums + n_copies;
  const size_t lanes = sw_spectral_lanes ();
  if (mode != SW_BANDLIMITED_INFER && !(mode == SW_BANDLIMITED_TRAIN && engine->options.frozen))
    {
      memset (op->means, 0, n_scalars * sizeof (double));
      for (size_t b = 0; b < n_batch; b++)
        {
          const real *in = field_of (engine, layer->input[0], b, mode);
          for (size_t c = 0; c < n_scalars; c++)
            op->means[c] += (double) in[sw_spectral_mean_at (c)] / n_total;
        }
      status = sw_batch_share_sum (share, n_scalars, op->means, error);
      if (status != SW_OK)
        return status;
      memset (total, 0, n_copies * sizeof (double));
      for (size_t b = 0; b < n_batch; b++)
        {
          const real *in = field_of (engine, layer->input[0], b, mode);
          sw_spectral_dot (&op->in, n_blocks, in, in, true, sums);
          for (size_t c = 0; c < n_copies; c++)
            {
              const double d = c < n_scalars ? (double) in[sw_spectral_mean_at (c)] - op->means[c] : 0;
              total[c] += (sums[c] + d * d) / n_total;
            }
        }
      status = sw_batch_share_sum (share, n_copies, total, error);
      if (status != SW_OK)
        return status;
      const double m = mode == SW_BANDLIMITED_CALIBRATE ? 1 : move ? layer->momentum : 0;
      for (size_t c = 0; c < n_copies; c++)
        {
          /* scalars come first in both orders of means: those of all scalar parts, in order */
          if (c < n_scalars && m > 0)
            means[c] = (real) ((1 - m) * (double) means[c] + m * op->means[c]);
          if (m > 0)
            variances[op->copy_map[c]] = (real) ((1 - m) * (double) variances[op->copy_map[c]] + m * total[c]);
          op->factors[c] = (real) (1 / sqrt (total[c] + layer->epsilon));
        }
    }
  else
    for (size_t c = 0; c < n_copies; c++)
      {
        if (c < n_scalars)
          op->means[c] = (double) means[c];
        op->factors[c] = (real) (1 / sqrt ((double) variances[op->copy_map[c]] + layer->epsilon));
      }
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  const real *bias = layer->affine ? parameters_at (engine, layer->bias_offset, layer->n_biases) : NULL;
  real *factors = (real *) sums;
  for (size_t c = 0; c < n_copies; c++)
    factors[c] = op->factors[c] * (weight != NULL && c < n_scalars ? weight[c] : 1);
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, mode);
      real *out = engine->arena + op->place + b * op->size;
      sw_spectral_scale (&op->out, n_blocks, factors, in, out, false);
      for (size_t c = 0; c < n_scalars; c++)
        out[2 * c * lanes] += (real) (-op->means[c] * (double) factors[c]) + (bias != NULL ? bias[c] : 0);
    }
  return SW_OK;
}

static SwStatus
forward_op (SwBandlimited *engine, size_t i, size_t n_batch, SwBandlimitedMode mode, SwRandom *random, bool move, SwError *error)
{
  SwBandlimitedOp *op = &engine->ops[i];
  const SwLayer *layer = op->layer;
  const SwModes *modes = engine->modes[op->from];
  const size_t n_blocks = engine->levels[op->to].n_blocks;
  if (op->alias && resolve (engine, (int) i, mode) != (int) i)
    return SW_OK;
  if (layer->kind == SW_LAYER_BATCHNORM && op->vector)
    return sw_bandlimited_forward_vector_norm (engine, op, n_batch, mode, move, error);
  if (layer->kind == SW_LAYER_BATCHNORM)
    return forward_batchnorm (engine, op, n_batch, mode, move, error);
  if (layer->kind == SW_LAYER_DROPOUT)
    sw_dropout_draw (random, layer->probability, n_batch, op->out.n_copies, share_of (engine, mode), op->factors);
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, mode);
      real *out = engine->arena + op->place + b * op->size, *wide = engine->arena + op->wide_place + b * op->wide;
      switch (layer->kind)
        {
        case SW_LAYER_CONV:
          sw_mix_forward (&op->mix, modes, in, op->wide > 0 ? wide : out, engine->scratch);
          if (op->reboxed)
            sw_rebox_forward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, wide, out, engine->work);
          else if (op->wide > 0)
            sw_spectral_fold (&op->fold, op->out.n_channels, wide, out);
          break;
        case SW_LAYER_GATE:
        case SW_LAYER_NORM_ACT:
        case SW_LAYER_SCALAR_ACT:
          if (op->vector)
            {
              const SwScalarActShape shape = { 1, op->out.n_channels, 1, layer->act };
              sw_scalar_act_forward (&shape, in, op->pointwise.biases, out);
            }
          else
            {
              const SwStage stage = sw_bandlimited_forward_stage (engine, op, in, out);
              sw_stage_run (&stage, modes, engine->work);
            }
          break;
        case SW_LAYER_LOWPASS:
        case SW_LAYER_AVGPOOL:
          if (op->reboxed)
            {
              sw_spectral_window (modes, op->out.n_channels, op->rebox.from.n_blocks, op->window, in, wide, false);
              sw_rebox_forward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, wide, out, engine->work);
            }
          else if (op->wide > 0)
            sw_spectral_fold (&op->fold, op->out.n_channels, in, out);
          else
            sw_spectral_window (modes, op->out.n_channels, n_blocks, op->window, in, out, false);
          break;
        case SW_LAYER_DROPOUT:
          {
            const real *factors = op->factors + b * op->out.n_copies;
            if (op->vector)
              {
                memset (out, 0, op->size * sizeof (real));
                sw_dropout_add (&layer->out, 1, 1, factors, in, out);
              }
            else
              {
                real *inner = (real *) engine->sums;
                for (size_t c = 0; c < op->out.n_copies; c++)
                  inner[c] = factors[op->copy_map[c]];
                sw_spectral_scale (&op->out, n_blocks, inner, in, out, false);
              }
          }
          break;
        case SW_LAYER_ADD:
          {
            const real *other = field_of (engine, layer->input[1], b, mode);
#pragma omp parallel for simd schedule(static) if (op->size > 65536)
            for (size_t j = 0; j < op->size; j++)
              out[j] = in[j] + other[j];
          }
          break;
        case SW_LAYER_GLOBAL_POOL:
          if (op->window != NULL)
            {
              sw_spectral_centre (modes, op->out.n_channels, engine->levels[op->from].n_blocks, op->window, in, engine->sums);
              for (size_t c = 0; c < op->out.n_channels; c++)
                out[op->channel_map[c]] = (real) engine->sums[c];
              break;
            }
          for (size_t c = 0; c < op->out.n_channels; c++)
            out[op->channel_map[c]] = (real) pool_scale (engine, op) * in[sw_spectral_mean_at (c)];
          break;
        case SW_LAYER_LINEAR:
          {
            const SwLinearShape shape = { 1, op->in.n_channels, op->out.n_channels };
            sw_linear_forward (&shape, in, engine->model->parameters + layer->weight_offset,
                               parameters_at (engine, layer->bias_offset, layer->n_biases), out);
          }
          break;
        default:
          break;
        }
    }
  return SW_OK;
}

/* Root mean square over the grid, by Parseval. */
static void
measure (SwBandlimited *engine, size_t i)
{
  const SwBandlimitedOp *op = &engine->ops[i];
  double *norm = engine->results[i].norm;
  const real *out = field_of (engine, (int) i, 0, SW_BANDLIMITED_INFER);
  memset (norm, 0, sizeof engine->results[i].norm);
  if (op->vector)
    for (size_t c = 0; c < op->out.n_channels; c++)
      {
        unsigned l = 0;
        while (c >= op->out.channel_at[l] + op->out.copies[l] * (2 * l + 1))
          l++;
        norm[l] += (double) out[op->channel_map[c]] * (double) out[op->channel_map[c]];
      }
  else
    {
      sw_spectral_dot (&op->out, engine->levels[op->to].n_blocks, out, out, false, engine->sums);
      for (unsigned l = 0; l <= op->out.l_max; l++)
        for (size_t c = 0; c < op->out.copies[l]; c++)
          norm[l] += engine->sums[op->out.copy_at[l] + c];
    }
  for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
    norm[l] = sqrt (norm[l]);
}

static SwStatus
engine_forward (void *state, const real *input, const SwProgress *progress, SwError *error)
{
  SwBandlimited *engine = state;
  const SwBandlimitedMode mode = engine->options.calibrate ? SW_BANDLIMITED_CALIBRATE : SW_BANDLIMITED_INFER;
  engine->dropout_active = false;
  engine->batch = 0;
  sw_bandlimited_read_input (engine, input, 0);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const double start = sw_timer_now ();
      const SwStatus status = forward_op (engine, i, 1, mode, NULL, false, error);
      if (status != SW_OK)
        return status;
      engine->results[i].seconds = sw_timer_now () - start;
      measure (engine, i);
    }
  if (mode == SW_BANDLIMITED_CALIBRATE)
    engine->model->calibrated = true;
  for (size_t i = 0; i < engine->n_ops; i++)
    engine->results[i].has_field = engine->options.keep_fields || i + 1 == engine->n_ops;
  return SW_OK;
}

static const real *
engine_output (const void *state)
{
  const SwBandlimited *engine = state;
  return field_of (engine, (int) engine->n_ops - 1, 0, SW_BANDLIMITED_INFER);
}

static const SwLayerResult *
engine_result (const void *state, size_t layer)
{
  const SwBandlimited *engine = state;
  return &engine->results[layer];
}

static size_t
engine_input_size (const void *state)
{
  const SwBandlimited *engine = state;
  return engine->n;
}

static double
engine_centre (const void *state, size_t size)
{
  return (double) (size / 2);
}

/* ---- fields on request ---- */

static SwStatus
engine_input_field (const void *state, real *out, SwError *error)
{
  const SwBandlimited *engine = state;
  return sw_bandlimited_export (engine, 0, &engine->input_order, engine->arena + engine->input_place, out, error);
}

static SwStatus
engine_field (const void *state, size_t layer, real *out, SwError *error)
{
  const SwBandlimited *engine = state;
  const SwBandlimitedOp *op = &engine->ops[layer];
  const real *field = field_of (engine, (int) layer, 0, SW_BANDLIMITED_INFER);
  if (op->vector)
    {
      memcpy (out, field, op->size * sizeof (real));
      return SW_OK;
    }
  return sw_bandlimited_export (engine, op->to, &op->out, field, out, error);
}

static SwStatus
engine_gates (const void *state, size_t layer, real *out, SwError *error)
{
  const SwBandlimited *engine = state;
  const SwBandlimitedOp *op = &engine->ops[layer];
  const real *in = field_of (engine, op->layer->input[0], 0, SW_BANDLIMITED_INFER);
  SwBandlimitedOp job = *op;
  job.pointwise.gates = out;
  job.pointwise.n = engine->levels[op->to].n;
  SwStage stage = sw_bandlimited_forward_stage (engine, &job, in, NULL);
  stage.grid = stage.in_ball = &engine->levels[op->to];
  sw_stage_run (&stage, engine->modes[op->to], engine->work);
  return SW_OK;
}

/* ---- training ---- */

static void
engine_share_batch (void *state, const SwBatchShare *share)
{
  SwBandlimited *engine = state;
  engine->shared = share != NULL;
  if (share != NULL)
    engine->share = *share;
}

static SwStatus
engine_forward_train (void *state, size_t n_batch, const real *input, SwRandom *random, bool update_statistics,
                      const SwProgress *progress, SwError *error)
{
  SwBandlimited *engine = state;
  const size_t sample = engine->input_order.n_channels * engine->n * engine->n * engine->n;
  engine->batch = 0;
  engine->dropout_active = random != NULL;
  for (size_t b = 0; b < n_batch; b++)
    sw_bandlimited_read_input (engine, input + b * sample, b);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const SwStatus status = forward_op (engine, i, n_batch, SW_BANDLIMITED_TRAIN, random, update_statistics, error);
      if (status != SW_OK)
        return status;
    }
  engine->batch = n_batch;
  return SW_OK;
}

static const real *
engine_train_output (const void *state)
{
  const SwBandlimited *engine = state;
  return field_of (engine, (int) engine->n_ops - 1, 0, SW_BANDLIMITED_TRAIN);
}

const SwEngineTable sw_engine_bandlimited = {
  .memory = sw_bandlimited_memory,
  .new = sw_bandlimited_new,
  .free = sw_bandlimited_free,
  .input_size = engine_input_size,
  .update = sw_bandlimited_update,
  .forward = engine_forward,
  .output = engine_output,
  .result = engine_result,
  .input_field = engine_input_field,
  .field = engine_field,
  .gates = engine_gates,
  .centre = engine_centre,
  .share_batch = engine_share_batch,
  .forward_train = engine_forward_train,
  .train_output = engine_train_output,
  .backward = sw_bandlimited_backward,
};
