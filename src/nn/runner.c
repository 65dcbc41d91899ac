/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/runner.h"

#include <string.h>

#include "base/memory.h"
#include "nn/engine-private.h"

struct SwRunner
{
  const SwEngineTable *table;
  SwModel *model;
  SwRunOptions options;
  void *state;
  bool has_run; /* the engine's fields are those of a pass forward with the weights that it has */
  bool shared;
};

static const SwEngineTable *const tables[] = {
  [SW_ENGINE_BANDLIMITED] = &sw_engine_bandlimited,
  [SW_ENGINE_SAMPLED] = &sw_engine_sampled,
};

static const char *const names[] = {
  [SW_ENGINE_BANDLIMITED] = "bandlimited",
  [SW_ENGINE_SAMPLED] = "sampled",
};

const char *
sw_engine_name (SwEngine engine)
{
  return names[engine];
}

SwStatus
sw_engine_parse (const char *name, SwEngine *ret, SwError *error)
{
  for (int i = 0; i < 2; i++)
    if (strcmp (names[i], name) == 0)
      {
        *ret = (SwEngine) i;
        return SW_OK;
      }
  return sw_error_set (error, SW_ERROR_NOT_FOUND, "no engine is called \"%s\"; there are bandlimited and sampled", name);
}

static SwStatus
check_options (const SwNetwork *network, const SwRunOptions *options, SwError *error)
{
  if (options->engine == SW_ENGINE_BANDLIMITED)
    for (size_t i = 0; i < network->n_layers; i++)
      if (network->layers[i].kind == SW_LAYER_DENSE_CONV)
        return sw_error_set (error, SW_ERROR_INVALID,
                             "\"%s\" is a conventional network: an ordinary convolution has no band-limited form; use the sampled "
                             "engine",
                             network->name);
  if (options->size > 512)
    return sw_error_set (error, SW_ERROR_INVALID, "a grid of %u voxels along an edge is too large (512 at most)", options->size);
  if (options->w_max < 0 || options->w_max > 3.1415926535)
    return sw_error_set (error, SW_ERROR_INVALID, "w_max is %g; it must lie between 0 and pi", options->w_max);
  return SW_OK;
}

SwStatus
sw_runner_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error)
{
  const SwStatus status = check_options (network, options, error);
  return status != SW_OK ? status : tables[options->engine]->memory (network, options, ret, error);
}

SwStatus
sw_runner_new (SwModel *model, const SwRunOptions *options, SwRunner **ret, SwError *error)
{
  const size_t available = sw_memory_available ();
  size_t bytes;
  SwRunner *runner;
  SwStatus status = sw_runner_memory (model->network, options, &bytes, error);
  if (status != SW_OK)
    return status;
  if (bytes > available)
    return sw_error_set (error, SW_ERROR_MEMORY, "\"%s\" needs %zu MB of memory here; %zu MB are free. A smaller grid needs less",
                         model->network->name, bytes >> 20, available >> 20);
  runner = SW_NEW0 (SwRunner, 1);
  if (runner == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory");
  runner->table = tables[options->engine];
  runner->model = model;
  runner->options = *options;
  status = runner->table->new (model, options, &runner->state, error);
  if (status != SW_OK)
    {
      sw_free (runner);
      return status;
    }
  *ret = runner;
  return SW_OK;
}

void
sw_runner_free (SwRunner *runner)
{
  if (runner == NULL)
    return;
  runner->table->free (runner->state);
  sw_free (runner);
}

const SwNetwork *
sw_runner_network (const SwRunner *runner)
{
  return runner->model->network;
}

size_t
sw_runner_input_size (const SwRunner *runner)
{
  return runner->table->input_size (runner->state);
}

SwStatus
sw_runner_update (SwRunner *runner, SwError *error)
{
  runner->has_run = false;
  return runner->table->update (runner->state, error);
}

SwStatus
sw_runner_forward (SwRunner *runner, const real *input, const SwProgress *progress, SwError *error)
{
  runner->has_run = false;
  const SwStatus status = runner->table->forward (runner->state, input, progress, error);
  runner->has_run = status == SW_OK;
  return status;
}

const real *
sw_runner_output (const SwRunner *runner)
{
  return runner->table->output (runner->state);
}

const SwLayerResult *
sw_runner_result (const SwRunner *runner, size_t layer)
{
  return runner->table->result (runner->state, layer);
}

SwStatus
sw_runner_input_field (const SwRunner *runner, real *out, SwError *error)
{
  if (!runner->has_run)
    return sw_error_set (error, SW_ERROR_INVALID, "the network has not run yet");
  return runner->table->input_field (runner->state, out, error);
}

SwStatus
sw_runner_field (const SwRunner *runner, size_t layer, real *out, SwError *error)
{
  const SwNetwork *network = runner->model->network;
  if (layer >= network->n_layers || !runner->has_run || !sw_runner_result (runner, layer)->has_field)
    return sw_error_set (error, SW_ERROR_INVALID, "the field of layer %s was not kept",
                         layer < network->n_layers ? network->layers[layer].name : "beyond the last");
  return runner->table->field (runner->state, layer, out, error);
}

SwStatus
sw_runner_gates (const SwRunner *runner, size_t layer, real *out, SwError *error)
{
  const SwNetwork *network = runner->model->network;
  if (layer >= network->n_layers || network->layers[layer].kind != SW_LAYER_GATE
      || sw_field_type_gates (&network->layers[layer].out) == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "layer %zu has no gates", layer);
  if (!runner->has_run || !runner->options.keep_fields)
    return sw_error_set (error, SW_ERROR_INVALID, "the gates of layer %s were not kept", network->layers[layer].name);
  return runner->table->gates (runner->state, layer, out, error);
}

double
sw_runner_centre (const SwRunner *runner, size_t size)
{
  return runner->table->centre (runner->state, size);
}

void
sw_runner_share_batch (SwRunner *runner, const SwBatchShare *share)
{
  runner->shared = share != NULL;
  runner->table->share_batch (runner->state, share);
}

SwStatus
sw_runner_forward_train (SwRunner *runner,
                         size_t n_batch,
                         const real *input,
                         SwRandom *random,
                         bool update_statistics,
                         const SwProgress *progress,
                         SwError *error)
{
  if ((n_batch == 0 && !runner->shared) || n_batch > runner->options.train_batch)
    return sw_error_set (error, SW_ERROR_INVALID, "a batch of %zu samples in a runner made for %zu", n_batch,
                         runner->options.train_batch);
  runner->has_run = false;
  return runner->table->forward_train (runner->state, n_batch, input, random, update_statistics, progress, error);
}

const real *
sw_runner_train_output (const SwRunner *runner)
{
  return runner->table->train_output (runner->state);
}

SwStatus
sw_runner_backward (SwRunner *runner,
                    const real *d_output,
                    real *d_parameters,
                    real *d_input,
                    const SwProgress *progress,
                    SwError *error)
{
  return runner->table->backward (runner->state, d_output, d_parameters, d_input, progress, error);
}
