/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/sampled-private.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/pool.h"
#include "nn/scalar-act.h"

/* Gradient through a folded batch norm. engine->kernel is the effective kernel K r, engine->d_kernel its gradient, which
 * becomes that of K:
 *   bias[o] = - sum_i mean[i] sum_t K r,  out = K r * f + bias  (scalars o and i) */
static void
unfold (SwSampled *engine, const SwSampledStep *step, const SwSampledStep *norm, const double *d_bias, double *d_means, double *d_variances)
{
  const size_t n_taps = (size_t) step->layer->kernel * step->layer->kernel * step->layer->kernel;

  for (size_t i = 0; i < step->c_in; i++)
    {
      size_t copy, scalar;
      real mean;
      const real root = sw_sampled_normaliser (norm, i, &copy, &scalar, &mean);
      double d_root = 0, d_mean = 0;
      for (size_t o = 0; o < step->c_out; o++)
        {
          const real *k = engine->kernel + (o * step->c_in + i) * n_taps;
          real *d_k = engine->d_kernel + (o * step->c_in + i) * n_taps;
          size_t copy_out, scalar_out;
          double sum = 0;
          sw_sampled_field_of_channel (&step->layer->out, o, &copy_out, &scalar_out);
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
backward_conv (SwSampled *engine, size_t i, const real *in, const real *d_out, real *d_in, real *d_parameters, SwError *error)
{
  SwSampledStep *step = &engine->steps[i];
  const SwLayer *layer = step->layer;
  const size_t n_batch = engine->n_batch;
  const size_t n_v = cube (step->size_out), n_out = step->c_out * n_v;
  const SwSampledStep *norm = folded_of (engine, step);
  const size_t n_norm = norm != NULL ? sw_field_type_copies (&norm->layer->out) : 0;
  /* own statistics depend on the input through the folded kernel, so its gradient is wanted then, too */
  const bool through_norm = norm != NULL && !engine->options.frozen;
  double *sums = NULL;

  sw_sampled_build_kernel (engine, step);
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
backward_step (SwSampled *engine, size_t i, real *const d_in[2], real *d_parameters, SwError *error)
{
  SwSampledStep *step = &engine->steps[i];
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
      if (layer->pool_sigma > 0)
        sw_pool_centre_backward (n_batch * step->c_in, step->size_in, layer->pool_sigma / layer->stride_in, d_out, d_in[0]);
      else
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
wants_gradient (const SwSampled *engine, int i, bool input)
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

SwStatus
sw_sampled_backward (void *state,
                 const real *d_output,
                 real *d_parameters,
                 real *d_input,
                 const SwProgress *progress,
                 SwError *error)
{
  SwSampled *engine = state;
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
      const SwSampledStep *step = &engine->steps[i];
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
          const SwSampledStep *source = &engine->steps[in];
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
