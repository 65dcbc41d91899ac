/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/bandlimited-private.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/scalar-act.h"

static SwStatus
backward_batchnorm (SwBandlimited *engine, SwBandlimitedOp *op, bool fresh, real *d_parameters, SwError *error)
{
  const SwBatchShare *share = share_of (engine, SW_BANDLIMITED_TRAIN);
  const SwLayer *layer = op->layer;
  const size_t n_blocks = engine->levels[op->to].n_blocks, n_scalars = op->out.copies[0], n_copies = op->out.n_copies;
  const double n_batch = (double) (share != NULL ? share->n_total : engine->batch);
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  double *sums = engine->sums, *along = sums + n_copies, *d_mean = sums + 2 * n_copies;
  memset (along, 0, 2 * n_copies * sizeof (double));
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
      const real *d_out = engine->gradients + op->gradient_place + b * op->size;
      sw_spectral_dot (&op->out, n_blocks, d_out, in, true, sums);
      for (size_t c = 0; c < n_copies; c++)
        {
          along[c] += sums[c];
          if (c < n_scalars)
            {
              const double d = (double) d_out[sw_spectral_mean_at (c)];
              along[c] += d * ((double) in[sw_spectral_mean_at (c)] - op->means[c]);
              d_mean[c] += d;
            }
        }
    }
  for (size_t c = 0; c < n_scalars && weight != NULL && d_parameters != NULL; c++)
    {
      d_parameters[layer->weight_offset + c] += (real) (along[c] * (double) op->factors[c]);
      d_parameters[layer->bias_offset + c] += (real) d_mean[c];
    }
  const SwStatus status = sw_batch_share_sum (engine->options.frozen ? NULL : share, 2 * n_copies, along, error);
  if (status != SW_OK)
    return status;
  real *factors = (real *) sums, *of_in = (real *) (sums + 3 * n_copies);
  for (size_t c = 0; c < n_copies; c++)
    {
      const double s = (double) op->factors[c];
      factors[c] = op->factors[c] * (weight != NULL && c < n_scalars ? weight[c] : 1);
      of_in[c] = (real) (-s * s * (double) factors[c] * along[c] / n_batch);
    }
  for (size_t c = 0; c < n_scalars; c++)
    d_mean[c] *= (double) factors[c] / n_batch;
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
      const real *d_out = engine->gradients + op->gradient_place + b * op->size;
      real *d_in = gradient_of (engine, layer->input[0], b);
      if (engine->options.frozen)
        {
          sw_spectral_scale (&op->out, n_blocks, factors, d_out, d_in, !fresh);
          continue;
        }
      sw_spectral_scale_two (&op->out, n_blocks, factors, d_out, of_in, in, d_in, !fresh);
      for (size_t c = 0; c < n_scalars; c++)
        d_in[sw_spectral_mean_at (c)] -= (real) (d_mean[c] + (double) of_in[c] * op->means[c]);
    }
  return SW_OK;
}

/* The bias of a scalar or a gate is added to mode 0 of its channel, so its gradient is that of mode 0. */
static void
backward_pointwise (SwBandlimited *engine, SwBandlimitedOp *op, size_t b, bool fresh, real *d_parameters)
{
  const SwLayer *layer = op->layer;
  const SwLevel *level = &engine->grids[op->to];
  const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
  const real *d_out = engine->gradients + op->gradient_place + b * op->size;
  real *d_in = gradient_of (engine, layer->input[0], b);
  real *d_biases = layer->n_biases > 0 && d_parameters != NULL ? d_parameters + layer->bias_offset : NULL;
  if (op->vector)
    {
      const SwScalarActShape shape = { 1, op->out.n_channels, 1, layer->act };
      sw_scalar_act_backward (&shape, in, op->pointwise.biases, d_out, d_in, d_biases);
      return;
    }
  const size_t n_first = op->pointwise.n_scalars + op->pointwise.n_gates;
  if (layer->kind == SW_LAYER_NORM_ACT)
    {
      memset (engine->sums, 0, op->out.n_copies * level->n * sizeof (double));
      op->pointwise.d_biases = engine->sums;
    }
  else
    for (size_t c = 0; c < n_first && d_biases != NULL && !fresh; c++)
      d_biases[c] -= d_in[sw_spectral_mean_at (c)]; /* what is there already */
  const SwStage stage = sw_bandlimited_backward_stage (engine, op, in, d_out, d_in, !fresh);
  sw_stage_run (&stage, engine->modes[op->to], engine->work);
  if (layer->kind == SW_LAYER_NORM_ACT)
    {
      const double volume = pow ((double) level->n, 3);
      for (size_t z = 0; z < level->n; z++)
        for (size_t c = 0; c < op->out.n_copies; c++)
          if (op->pointwise.bias_of[c] != SIZE_MAX && d_biases != NULL)
            d_biases[op->pointwise.bias_of[c]] += (real) (engine->sums[z * op->out.n_copies + c] / volume);
    }
  else
    for (size_t c = 0; c < n_first && d_biases != NULL; c++)
      d_biases[c] += d_in[sw_spectral_mean_at (c)];
}

/* Gradients that begin with the step of layer i are cleared here, but for those that it assigns: fresh[j], of its input j. */
static void
begin_gradients (SwBandlimited *engine, size_t i, bool fresh[2])
{
  const SwLayer *layer = engine->ops[i].layer;
  const SwLayerKind kind = layer->kind;
  const bool assigns = !engine->ops[i].vector
                       && (kind == SW_LAYER_CONV || kind == SW_LAYER_BATCHNORM || kind == SW_LAYER_ADD || is_pointwise (kind));
  fresh[0] = fresh[1] = false;
  for (int f = -1; f < (int) engine->n_ops; f++)
    {
      const SwBandlimitedOp *op = f < 0 ? NULL : &engine->ops[f];
      if (sw_bandlimited_gradient_start (engine, f) != i || (op != NULL && op->in_place))
        continue;
      bool assigned = false;
      for (int j = 0; j < (kind == SW_LAYER_ADD ? 2 : 1) && op != NULL && !op->shared && assigns && !assigned; j++)
        assigned = fresh[j] = sw_bandlimited_root (engine, layer->input[j]) == f;
      const size_t place = op == NULL ? engine->input_gradient_place : op->gradient_place;
      if (!assigned)
        memset (engine->gradients + place, 0, (op == NULL ? engine->input_size : op->size) * engine->batch * sizeof (real));
    }
}

static SwStatus
backward_op (SwBandlimited *engine, size_t i, const bool fresh[2], real *d_parameters, SwError *error)
{
  SwBandlimitedOp *op = &engine->ops[i];
  const SwLayer *layer = op->layer;
  const SwModes *modes = engine->modes[op->from];
  const size_t n_blocks = engine->levels[op->to].n_blocks;
  if (resolve (engine, (int) i, SW_BANDLIMITED_TRAIN) != (int) i)
    return SW_OK;
  if (layer->kind == SW_LAYER_BATCHNORM && op->vector)
    return sw_bandlimited_backward_vector_norm (engine, op, d_parameters, error);
  if (layer->kind == SW_LAYER_BATCHNORM)
    return backward_batchnorm (engine, op, fresh[0], d_parameters, error);
  if (layer->kind == SW_LAYER_CONV && d_parameters != NULL && engine->batch == 0)
    memset (engine->d_matrices, 0, op->mix.n_shells * op->mix.matrix_size * sizeof (double));
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
      const real *d_out = engine->gradients + op->gradient_place + b * op->size;
      real *d_in = gradient_of (engine, layer->input[0], b);
      real *d_wide = engine->gradients + op->wide_gradient_place + b * op->wide;
      switch (layer->kind)
        {
        case SW_LAYER_CONV:
          if (op->reboxed)
            sw_rebox_backward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, d_out, d_wide, engine->work);
          else if (op->wide > 0)
            {
              memset (d_wide, 0, op->wide * sizeof (real));
              sw_spectral_fold_backward (&op->fold, op->out.n_channels, d_out, d_wide);
            }
          if (op->wide > 0)
            d_out = d_wide;
          if (d_parameters != NULL)
            sw_mix_backward_matrices (&op->mix, modes, in, d_out, engine->d_matrices, b > 0, engine->scratch);
          sw_mix_backward_input (&op->mix, modes, d_out, engine->levels[op->from].n_blocks, d_in, !fresh[0], engine->scratch);
          break;
        case SW_LAYER_GATE:
        case SW_LAYER_NORM_ACT:
        case SW_LAYER_SCALAR_ACT:
          backward_pointwise (engine, op, b, fresh[0], d_parameters);
          break;
        case SW_LAYER_LOWPASS:
        case SW_LAYER_AVGPOOL:
          if (op->reboxed)
            {
              sw_rebox_backward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, d_out, d_wide, engine->work);
              sw_spectral_window (modes, op->out.n_channels, op->rebox.from.n_blocks, op->window, d_wide, d_in, true);
            }
          else if (op->wide > 0)
            sw_spectral_fold_backward (&op->fold, op->out.n_channels, d_out, d_in);
          else
            sw_spectral_window (modes, op->out.n_channels, n_blocks, op->window, d_out, d_in, true);
          break;
        case SW_LAYER_DROPOUT:
          {
            const real *factors = op->factors + b * op->out.n_copies;
            if (op->vector)
              {
                sw_dropout_add (&layer->out, 1, 1, factors, d_out, d_in);
                break;
              }
            real *inner = (real *) engine->sums;
            for (size_t c = 0; c < op->out.n_copies; c++)
              inner[c] = factors[op->copy_map[c]];
            sw_spectral_scale (&op->out, n_blocks, inner, d_out, d_in, !op->in_place);
          }
          break;
        case SW_LAYER_ADD:
          {
            real *d_other = gradient_of (engine, layer->input[1], b);
            sw_spectral_window (modes, op->out.n_channels, n_blocks, NULL, d_out, d_in, !fresh[0]);
            sw_spectral_window (modes, op->out.n_channels, n_blocks, NULL, d_out, d_other, !fresh[1]);
          }
          break;
        case SW_LAYER_GLOBAL_POOL:
          if (op->window != NULL)
            {
              real *inner = (real *) engine->sums;
              for (size_t c = 0; c < op->out.n_channels; c++)
                inner[c] = d_out[op->channel_map[c]];
              sw_spectral_centre_adjoint (modes, op->out.n_channels, engine->levels[op->from].n_blocks, op->window, inner, d_in);
              break;
            }
          for (size_t c = 0; c < op->out.n_channels; c++)
            d_in[sw_spectral_mean_at (c)] += (real) pool_scale (engine, op) * d_out[op->channel_map[c]];
          break;
        case SW_LAYER_LINEAR:
          {
            const SwLinearShape shape = { 1, op->in.n_channels, op->out.n_channels };
            sw_linear_backward (&shape, in, engine->model->parameters + layer->weight_offset, d_out, d_in,
                                d_parameters != NULL ? d_parameters + layer->weight_offset : NULL,
                                layer->n_biases > 0 && d_parameters != NULL ? d_parameters + layer->bias_offset : NULL);
          }
          break;
        default:
          break;
        }
    }
  if (layer->kind == SW_LAYER_CONV && d_parameters != NULL)
    sw_mix_weight_gradient (&op->mix, engine->d_matrices, d_parameters + layer->weight_offset);
  return SW_OK;
}

/* The adjoint of sw_bandlimited_read_input: F_k = taper 1/n^3 sum_x f exp (-ikx), so d_f = 1/n^3 sum_k taper dF_k exp (ikx). */
static SwStatus
backward_input (SwBandlimited *engine, size_t b, real *d_input, SwError *error)
{
  const SwLevel *level = &engine->levels[0];
  const size_t n_channels = engine->input_order.n_channels, voxels = engine->n * engine->n * engine->n;
  real *d_modes = gradient_of (engine, -1, b);
  sw_spectral_window (engine->modes[0], n_channels, level->n_blocks, level->taper, d_modes, d_modes, false);
  real *grid = SW_NEW (real, n_channels * voxels);
  if (grid == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the gradient of the input");
  const SwStatus status = sw_bandlimited_export (engine, 0, &engine->input_order, d_modes, grid, error);
  for (size_t i = 0; i < n_channels * voxels && status == SW_OK; i++)
    d_input[b * n_channels * voxels + i] += grid[i] / (real) voxels;
  sw_free (grid);
  return status;
}

SwStatus
sw_bandlimited_backward (void *state, const real *d_output, real *d_parameters, real *d_input, const SwProgress *progress, SwError *error)
{
  SwBandlimited *engine = state;
  if (engine->batch == 0 && !engine->shared)
    return sw_error_set (error, SW_ERROR_INVALID, "backward needs a forward pass for training before it");
  SwStatus status = SW_OK;
  const int last = (int) engine->n_ops - 1;
  const size_t n_outputs = field_size (engine, last, SW_BANDLIMITED_TRAIN);
  for (size_t i = engine->n_ops; i-- > 0 && status == SW_OK;)
    {
      if (!sw_progress (progress, 1.0 - (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      bool fresh[2];
      begin_gradients (engine, i, fresh);
      for (size_t b = 0; b < engine->batch && (int) i == last; b++)
        memcpy (gradient_of (engine, last, b), d_output + b * n_outputs, n_outputs * sizeof (real));
      status = backward_op (engine, i, fresh, d_parameters, error);
    }
  for (size_t b = 0; b < engine->batch && d_input != NULL && status == SW_OK; b++)
    status = backward_input (engine, b, d_input, error);
  return status;
}
