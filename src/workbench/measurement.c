/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/measurement-private.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "workbench/error.h"

void
sw_measurement_clear (SwMeasurement *self)
{
  for (size_t i = 0; self->samples != NULL && i < self->n_layers; i++)
    sw_samples_free (self->samples[i]);
  g_free (self->samples);
  g_free (self->layers);
  g_free (self->silent);
  g_free (self->logits);
  sw_free (self->field);
  sw_free (self->input);
  *self = (SwMeasurement){ 0 };
}

bool
sw_measurement_is_last_of_stage (const SwNetwork *network, size_t layer)
{
  return layer + 1 == network->n_layers
         || strcmp (network->layers[layer].stage, network->layers[layer + 1].stage) != 0;
}

/* A mean over the grid that is smaller than this part of the field is the rounding of a sum that is zero. */
#define MEAN_SILENT 1e-4

/* A layer is silent when it is below SW_SILENT of its own input, or when that is silent itself: what remains is rounding. (The
 * pooled vector of an untrained network may be: batch norm has just made the mean of this very input zero. Its relative error would
 * be a large number that says nothing, and the layers behind it would only repeat it.) */
static void
find_silent (SwMeasurement *self, bool *silent)
{
  const SwNetwork *network = self->worker->model->network;
  g_autofree double *size = g_new0 (double, network->n_layers);

  for (size_t i = 0; i < network->n_layers; i++)
    {
      const int input = network->layers[i].input[0];
      SwRunLayer info;

      sw_worker_describe (self->worker, (int) i, &info);
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        size[i] += info.norm[l] * info.norm[l];
      size[i] = sqrt (size[i]);
      silent[i] = !(size[i] > 0.0)
                  || (input >= 0
                      && (silent[input]
                          || size[i] < (network->layers[i].kind == SW_LAYER_GLOBAL_POOL ? MEAN_SILENT : SW_SILENT) * size[input]));
    }
}

/* The layers to be measured, and f(x) at their sample points. */
static bool
take_baseline (SwMeasurement *self, bool stages_only, size_t n_points, uint64_t seed, GError **error)
{
  const SwNetwork *network = self->worker->model->network;
  size_t largest = 0, n_input = 0;
  g_autofree bool *silent = g_new0 (bool, network->n_layers);

  self->layers = g_new0 (int, network->n_layers + 1);
  self->samples = g_new0 (SwSamples *, network->n_layers + 1);
  self->silent = g_new0 (bool, network->n_layers + 1);
  self->logits = g_new0 (double, network->n_outputs);
  for (int i = -1; i < (int) network->n_layers; i++)
    {
      SwRunLayer info;
      sw_worker_describe (self->worker, i, &info);
      if (!info.has_field
          || (i >= 0 && stages_only && !sw_measurement_is_last_of_stage (network, (size_t) i)))
        continue;
      self->layers[self->n_layers++] = i;
      largest = MAX (largest, sw_run_layer_n_values (&info));
      if (i < 0)
        n_input = sw_run_layer_n_values (&info);
    }
  self->field = sw_alloc (largest, sizeof (float));
  self->input = sw_alloc (n_input, sizeof (float));
  if (self->field == NULL || self->input == NULL)
    {
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, self->document->name);
      return false;
    }
  if (!sw_worker_read_field (self->worker, -1, self->input, error))
    return false;
  find_silent (self, silent);
  self->output_silent = silent[network->n_layers - 1];
  for (size_t i = 0; i < self->n_layers; i++)
    {
      SwRunLayer info;
      sw_worker_describe (self->worker, self->layers[i], &info);
      if (!sw_worker_read_field (self->worker, self->layers[i], self->field, error))
        return false;
      self->silent[i] = self->layers[i] >= 0 && silent[self->layers[i]];
      self->samples[i] = sw_samples_new (&info, self->field, n_points, seed, error);
      if (self->samples[i] == NULL)
        return false;
    }
  for (size_t i = 0; i < network->n_outputs; i++)
    {
      self->logits[i] = (double) sw_runner_output (self->worker->runner)[i];
      if (self->logits[i] > self->logits[self->top])
        self->top = i;
    }
  return true;
}

bool
sw_measurement_begin (SwMeasurement *self,
                      SwWorker *worker,
                      SwDocument *document,
                      bool stages_only,
                      size_t n_points,
                      uint64_t seed,
                      const SwProgress *progress,
                      GError **error)
{
  self->worker = worker;
  self->document = document;
  self->progress = progress;
  return sw_worker_prepare (worker, document, true, progress, error)
         && sw_worker_voxelize (worker, SW_QUAT_IDENTITY, progress, error)
         && sw_worker_forward (worker, NULL, error)
         && take_baseline (self, stages_only, n_points, seed, error);
}

double
sw_measurement_distance (const SwMeasurement *self)
{
  const real *output = sw_runner_output (self->worker->runner);
  double sum = 0.0;

  for (size_t i = 0; i < self->worker->model->network->n_outputs; i++)
    sum += ((double) output[i] - self->logits[i]) * ((double) output[i] - self->logits[i]);
  return sqrt (sum);
}

double
sw_measurement_norm (const SwMeasurement *self)
{
  double sum = 0.0;

  for (size_t i = 0; i < self->worker->model->network->n_outputs; i++)
    sum += self->logits[i] * self->logits[i];
  return sqrt (sum);
}

static bool
make_input (SwMeasurement *self, SwQuat rotation, SwInputView view, GError **error)
{
  SwWorker *worker = self->worker;
  const size_t n = worker->grid.size, n_voxels = n * n * n;
  const double centre = worker->grid.centre;
  const SwResampleGrid grid
      = { .n = { n, n, n }, .centre = { centre, centre, centre }, .spacing = 1.0 };
  double matrix[9];

  if (view == SW_INPUT_VIEW_ATOMS)
    return sw_worker_voxelize (worker, rotation, self->progress, error);
  sw_quat_to_matrix (rotation, matrix);
  for (size_t c = 0; c < worker->grid.n_channels; c++)
    sw_resample_rotated (&grid, self->input + c * n_voxels, matrix, view == SW_INPUT_VIEW_TRICUBIC, &grid,
                         worker->input + c * n_voxels);
  return true;
}

bool
sw_measurement_turn (SwMeasurement *self,
                     SwQuat rotation,
                     SwInputView view,
                     SwLayerError *ret_layers,
                     SwOutputError *ret_output,
                     GError **error)
{
  const size_t n = self->worker->model->network->n_outputs;
  const real *output;
  size_t top = 0;

  if (!make_input (self, rotation, view, error) || !sw_worker_forward (self->worker, NULL, error))
    return false;
  for (size_t i = 0; i < self->n_layers; i++)
    if (self->silent[i])
      sw_layer_error_set_silent (&ret_layers[i]);
    else if (!sw_worker_read_field (self->worker, self->layers[i], self->field, error)
             || !sw_samples_compare (self->samples[i], self->field, rotation, &ret_layers[i], error))
      return false;
  output = sw_runner_output (self->worker->runner);
  for (size_t i = 1; i < n; i++)
    if (output[i] > output[top])
      top = i;
  *ret_output = (SwOutputError){
    .output = self->output_silent ? NAN : sw_measurement_distance (self) / sw_measurement_norm (self),
    .class_changed = !self->output_silent && top != self->top,
  };
  return true;
}
