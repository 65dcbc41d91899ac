/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batch norm of pooled vectors: all their numbers are scalars, so that a mean and a variance over the batch are all there is to it. */
#include <math.h>
#include <string.h>

#include "nn/bandlimited-private.h"

static SwStatus
measure_batch (SwBandlimited *engine, SwBandlimitedOp *op, size_t n_batch, SwBandlimitedMode mode, bool move, SwError *error)
{
  const SwBatchShare *share = share_of (engine, mode);
  const double n_total = (double) (share != NULL ? share->n_total : n_batch);
  const SwLayer *layer = op->layer;
  const size_t n = op->out.n_channels;
  real *means = engine->model->buffers + layer->buffer_offset, *variances = means + layer->n_means;
  double *total = engine->sums;
  const double m = move ? layer->momentum : 0;
  SwStatus status;

  memset (op->means, 0, n * sizeof (double));
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, mode);
      for (size_t c = 0; c < n; c++)
        op->means[c] += (double) in[c] / n_total;
    }
  status = sw_batch_share_sum (share, n, op->means, error);
  if (status != SW_OK)
    return status;
  memset (total, 0, n * sizeof (double));
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, mode);
      for (size_t c = 0; c < n; c++)
        total[c] += ((double) in[c] - op->means[c]) * ((double) in[c] - op->means[c]) / n_total;
    }
  status = sw_batch_share_sum (share, n, total, error);
  if (status != SW_OK)
    return status;
  for (size_t c = 0; c < n; c++)
    {
      if (m > 0)
        {
          means[c] = (real) ((1 - m) * (double) means[c] + m * op->means[c]);
          variances[c] = (real) ((1 - m) * (double) variances[c] + m * total[c]);
        }
      op->factors[c] = (real) (1 / sqrt (total[c] + layer->epsilon));
    }
  return SW_OK;
}

SwStatus
sw_bandlimited_forward_vector_norm (SwBandlimited *engine,
                                    SwBandlimitedOp *op,
                                    size_t n_batch,
                                    SwBandlimitedMode mode,
                                    bool move,
                                    SwError *error)
{
  const SwLayer *layer = op->layer;
  const size_t n = op->out.n_channels;
  const real *means = engine->model->buffers + layer->buffer_offset, *variances = means + layer->n_means;
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  const real *bias = layer->affine ? parameters_at (engine, layer->bias_offset, layer->n_biases) : NULL;

  /* A single sample has no variance over its batch: its statistics would be nonsense. */
  if (mode == SW_BANDLIMITED_TRAIN && !engine->options.frozen)
    {
      const SwStatus status = measure_batch (engine, op, n_batch, mode, move, error);
      if (status != SW_OK)
        return status;
    }
  else
    for (size_t c = 0; c < n; c++)
      {
        op->means[c] = (double) means[c];
        op->factors[c] = (real) (1 / sqrt ((double) variances[c] + layer->epsilon));
      }
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, mode);
      real *out = engine->arena + op->place + b * op->size;
      for (size_t c = 0; c < n; c++)
        out[c] = (real) (((double) in[c] - op->means[c]) * (double) op->factors[c]) * (weight != NULL ? weight[c] : 1)
                 + (bias != NULL ? bias[c] : 0);
    }
  return SW_OK;
}

SwStatus
sw_bandlimited_backward_vector_norm (SwBandlimited *engine, SwBandlimitedOp *op, real *d_parameters, SwError *error)
{
  const SwBatchShare *share = share_of (engine, SW_BANDLIMITED_TRAIN);
  const SwLayer *layer = op->layer;
  const size_t n = op->out.n_channels;
  const double n_batch = (double) (share != NULL ? share->n_total : engine->batch);
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  /* Sums over the batch of d_out and of d_out times the normalised value. */
  double *d_mean = engine->sums, *along = d_mean + n;

  memset (d_mean, 0, 2 * n * sizeof (double));
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
      const real *d_out = engine->gradients + op->gradient_place + b * op->size;
      for (size_t c = 0; c < n; c++)
        {
          d_mean[c] += (double) d_out[c];
          along[c] += (double) d_out[c] * ((double) in[c] - op->means[c]) * (double) op->factors[c];
        }
    }
  for (size_t c = 0; c < n && weight != NULL && d_parameters != NULL; c++)
    {
      d_parameters[layer->weight_offset + c] += (real) along[c];
      d_parameters[layer->bias_offset + c] += (real) d_mean[c];
    }
  const SwStatus status = sw_batch_share_sum (engine->options.frozen ? NULL : share, 2 * n, d_mean, error);
  if (status != SW_OK)
    return status;
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, layer->input[0], b, SW_BANDLIMITED_TRAIN);
      const real *d_out = engine->gradients + op->gradient_place + b * op->size;
      real *d_in = gradient_of (engine, layer->input[0], b);
      for (size_t c = 0; c < n; c++)
        {
          const double f = (double) op->factors[c], x = ((double) in[c] - op->means[c]) * f;
          const double through = engine->options.frozen ? 0 : (d_mean[c] + x * along[c]) / n_batch;
          d_in[c] += (real) (f * (weight != NULL ? (double) weight[c] : 1) * ((double) d_out[c] - through));
        }
    }
  return SW_OK;
}
