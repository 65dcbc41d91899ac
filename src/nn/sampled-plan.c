/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/sampled-private.h"

#include <omp.h>

#include "base/memory.h"

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
plan_step (SwSampled *engine, size_t i, SwError *error)
{
  const SwLayer *layer = &engine->network->layers[i];
  SwSampledStep *step = &engine->steps[i];
  const int in = layer->input[0];
  SwStatus status = SW_OK;

  step->layer = layer;
  step->size_in = in < 0 ? engine->size : engine->steps[in].size_out;
  step->size_out = step->size_in;
  step->c_in = in < 0 ? sw_field_type_dim (&engine->network->input) : engine->steps[in].c_out;
  step->c_out = sw_field_type_dim (&layer->out);
  step->field = step->d_field = SW_SAMPLED_NO_PLACE;
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
plan_scratch (SwSampled *engine, size_t *ret_own)
{
  const bool train = engine->options.train_batch > 0;
  size_t own = 0;

  for (size_t i = 0; i < engine->n_layers; i++)
    {
      const SwSampledStep *step = &engine->steps[i];
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
plan_lifetimes (SwSampled *engine)
{
  const size_t n = engine->n_layers, end = 2 * n;
  const bool train = engine->options.train_batch > 0;
  const bool keep = engine->options.keep_fields || train;

  for (size_t i = 0; i < n; i++)
    {
      SwSampledStep *step = &engine->steps[i];
      if (step->alias)
        continue;
      step->field = engine->n_places++;
      engine->places[step->field]
          = (SwSampledPlace) { .birth = i,
                      .death = i == n - 1 || keep ? (train ? end - i : end) : i,
                      .length = aligned (engine->n_batch_max * step->c_out * cube (step->size_out)) };
      if (engine->options.keep_fields)
        engine->places[step->field].death = end;
      if (train)
        {
          step->d_field = engine->n_places++;
          engine->places[step->d_field]
              = (SwSampledPlace) { .birth = end - i, .death = end - i, .length = engine->places[step->field].length };
        }
    }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n_inputs (engine->steps[i].layer); k++)
      {
        const int in = resolve (engine, engine->steps[i].layer->input[k]);
        if (in < 0)
          continue;
        SwSampledPlace *field = &engine->places[engine->steps[in].field];
        field->death = max_size (field->death, i);
        if (train)
          {
            SwSampledPlace *d_field = &engine->places[engine->steps[in].d_field];
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
plan_arena (SwSampled *engine)
{
  for (size_t i = 0; i < engine->n_places; i++)
    {
      SwSampledPlace *place = &engine->places[i];
      bool moved = true;
      place->offset = 0;
      while (moved)
        {
          moved = false;
          for (size_t j = 0; j < i; j++)
            {
              const SwSampledPlace *other = &engine->places[j];
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

void
sw_sampled_free (void *state)
{
  SwSampled *engine = state;

  if (engine == NULL)
    return;
  if (engine->steps != NULL)
    for (size_t i = 0; i < engine->n_layers; i++)
      {
        SwSampledStep *step = &engine->steps[i];
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

SwStatus
sw_sampled_plan (const SwNetwork *network, const SwRunOptions *options, SwSampled **ret, SwError *error)
{
  SwSampled *engine = SW_NEW0 (SwSampled, 1);
  SwStatus status;
  size_t own, kernels = 0, total = 0;

  if (engine != NULL)
    {
      engine->network = network;
      engine->options = *options;
      engine->n_layers = network->n_layers;
      engine->size = options->size > 0 ? options->size : network->size;
      engine->n_batch_max = max_size (options->train_batch, 1);
      engine->steps = SW_NEW0 (SwSampledStep, network->n_layers);
      engine->results = SW_NEW0 (SwLayerResult, network->n_layers);
      engine->places = SW_NEW0 (SwSampledPlace, 2 * network->n_layers);
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
  sw_sampled_free (engine);
  return status;
}
