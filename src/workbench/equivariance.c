/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/equivariance.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "workbench/error.h"
#include "workbench/job-private.h"
#include "workbench/samples-private.h"

#define ROTATIONS_DEFAULT 20
#define POINTS_DEFAULT 4000

typedef struct
{
  SwEquivariance result; /* first: callers hold a pointer to it */
  SwLoadedModel *loaded;
  char *document;
  SwQuat *rotations;
  SwLayerErrors *tables[4];
} Report;

/* What one measurement holds while it runs. */
typedef struct
{
  SwWorker *worker;
  SwDocument *document;
  const SwProgress *progress;
  size_t n_layers;
  int *layers;         /* [n_layers], the input first */
  SwSamples **samples; /* [n_layers], of f(x) */
  bool *silent;        /* [n_layers] */
  float *field;        /* room for the largest field */
  float *input;        /* x, for view (b) */
  double *logits;      /* f(x), [n_outputs] */
  size_t top;
  bool output_silent;
  double distance; /* mean to the other inputs; NaN */
  size_t n_done, n_todo;
} Measurement;

/* What view of the input a rotation is measured with. */
typedef enum
{
  VIEW_ATOMS,
  VIEW_TRILINEAR,
  VIEW_TRICUBIC,
} View;

static void
clear_measurement (Measurement *self)
{
  for (size_t i = 0; self->samples != NULL && i < self->n_layers; i++)
    sw_samples_free (self->samples[i]);
  g_free (self->samples);
  g_free (self->layers);
  g_free (self->silent);
  g_free (self->logits);
  sw_free (self->field);
  sw_free (self->input);
}

static bool
is_last_of_stage (const SwNetwork *network, size_t layer)
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
find_silent (Measurement *self, bool *silent)
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
take_baseline (Measurement *self, const SwEquivarianceParams *params, GError **error)
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
          || (i >= 0 && params->stages_only && !is_last_of_stage (network, (size_t) i)))
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
      self->samples[i] = sw_samples_new (&info, self->field, params->n_points, params->seed, error);
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

static void
summary_add (SwErrorSummary *summary, size_t n_before, size_t rotation, double error)
{
  if (isnan (error))
    return;
  if (n_before == 0 || isnan (summary->mean))
    {
      *summary = (SwErrorSummary){ .mean = error, .max = error, .worst = rotation };
      return;
    }
  summary->mean += (error - summary->mean) / (double) (n_before + 1);
  if (error > summary->max)
    {
      summary->max = error;
      summary->worst = rotation;
    }
}

static double
output_distance (const Measurement *self)
{
  const real *output = sw_runner_output (self->worker->runner);
  double sum = 0.0;

  for (size_t i = 0; i < self->worker->model->network->n_outputs; i++)
    sum += ((double) output[i] - self->logits[i]) * ((double) output[i] - self->logits[i]);
  return sqrt (sum);
}

static void
add_output (const Measurement *self, SwErrorTable *table, size_t n_before, size_t rotation)
{
  const size_t n = self->worker->model->network->n_outputs;
  const real *output = sw_runner_output (self->worker->runner);
  double norm = 0.0;
  size_t top = 0;

  for (size_t i = 0; i < n; i++)
    {
      norm += self->logits[i] * self->logits[i];
      if (output[i] > output[top])
        top = i;
    }
  if (self->output_silent)
    return;
  summary_add (&table->output, n_before, rotation, output_distance (self) / sqrt (norm));
  table->n_class_changes += top != self->top;
}

static bool
make_input (Measurement *self, SwQuat rotation, View view, GError **error)
{
  SwWorker *worker = self->worker;
  const size_t n = worker->grid.size, n_voxels = n * n * n;
  const double centre = worker->grid.centre;
  const SwResampleGrid grid
      = { .n = { n, n, n }, .centre = { centre, centre, centre }, .spacing = 1.0 };
  double matrix[9];

  if (view == VIEW_ATOMS)
    return sw_worker_voxelize (worker, rotation, self->progress, error);
  sw_quat_to_matrix (rotation, matrix);
  for (size_t c = 0; c < worker->grid.n_channels; c++)
    sw_resample_rotated (&grid, self->input + c * n_voxels, matrix, view == VIEW_TRICUBIC, &grid,
                         worker->input + c * n_voxels);
  return true;
}

static bool
measure_one (Measurement *self,
             SwErrorTable *table,
             SwLayerErrors *layers,
             SwQuat rotation,
             size_t index,
             View view,
             GError **error)
{
  g_autofree char *sentence
      = g_strdup_printf (_ ("Rotation %zu of %zu"), self->n_done + 1, self->n_todo);
  const double fraction = (double) self->n_done / (double) self->n_todo;

  if (!sw_progress (self->progress, fraction, sentence))
    {
      sw_workbench_set_error (error, SW_ERROR_CANCELLED, NULL, NULL);
      return false;
    }
  if (!make_input (self, rotation, view, error) || !sw_worker_forward (self->worker, NULL, error))
    return false;
  for (size_t i = 0; i < self->n_layers; i++)
    {
      SwLayerError e;
      if (self->silent[i])
        continue;
      if (!sw_worker_read_field (self->worker, self->layers[i], self->field, error)
          || !sw_samples_compare (self->samples[i], self->field, rotation, &e, error))
        return false;
      summary_add (&layers[i].all, table->n_rotations, index, e.error);
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        summary_add (&layers[i].by_l[l], table->n_rotations, index, e.error_l[l]);
    }
  add_output (self, table, table->n_rotations, index);
  table->n_rotations++;
  self->n_done++;
  return true;
}

static SwLayerErrors *
new_layers (const Measurement *self)
{
  static const SwErrorSummary nothing = { .mean = NAN, .max = NAN };
  SwLayerErrors *layers = g_new0 (SwLayerErrors, self->n_layers);

  for (size_t i = 0; i < self->n_layers; i++)
    {
      SwRunLayer info;
      sw_worker_describe (self->worker, self->layers[i], &info);
      layers[i] = (SwLayerErrors){ .layer = self->layers[i],
                                   .name = info.name,
                                   .stage = info.stage,
                                   .kind = info.kind,
                                   .fields = info.fields,
                                   .size = info.size,
                                   .silent = self->silent[i],
                                   .all = nothing };
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        layers[i].by_l[l] = nothing;
    }
  return layers;
}

static bool
measure_table (Measurement *self,
               SwErrorTable *table,
               SwLayerErrors **ret_layers,
               size_t n,
               const SwQuat *rotations,
               View view,
               GError **error)
{
  SwLayerErrors *layers = *ret_layers = new_layers (self);

  *table = (SwErrorTable){ .n_layers = self->n_layers,
                           .layers = layers,
                           .output = { .mean = NAN, .max = NAN },
                           .distance_ratio = NAN };
  for (size_t i = 0; i < n; i++)
    if (!measure_one (self, table, layers, rotations[i], i, view, error))
      return false;
  if (self->distance > 0.0)
    {
      double norm = 0.0;
      for (size_t i = 0; i < self->worker->model->network->n_outputs; i++)
        norm += self->logits[i] * self->logits[i];
      table->distance_ratio = table->output.mean * sqrt (norm) / self->distance;
    }
  return true;
}

/* Mean |p(x2) - p(x)|, with the statistics of x. */
static bool
measure_others (Measurement *self, const SwEquivarianceParams *params, GError **error)
{
  SwWorker *worker = self->worker;
  SwInputAtoms *own = worker->atoms;
  double sum = 0.0;
  size_t n = 0;

  self->distance = NAN;
  for (size_t i = 0; own != NULL && i < params->n_others; i++)
    {
      bool fine;
      if (params->others[i]->structure == NULL)
        continue;
      worker->atoms = sw_structure_dup_input_atoms (params->others[i]->structure,
                                                    worker->grid.channels, SW_CENTRE_MEAN, NULL);
      fine = worker->atoms == NULL
             || (sw_worker_voxelize (worker, SW_QUAT_IDENTITY, self->progress, error)
                 && sw_worker_forward (worker, NULL, error));
      if (fine && worker->atoms != NULL)
        {
          sum += output_distance (self);
          n++;
        }
      sw_input_atoms_free (worker->atoms);
      worker->atoms = own;
      if (!fine)
        return false;
    }
  if (n > 0)
    self->distance = sum / (double) n;
  return true;
}

static bool
measure (Measurement *self, Report *report, const SwEquivarianceParams *params, GError **error)
{
  SwEquivariance *result = &report->result;
  SwQuat cube[SW_ROTATION_N_CUBE];
  const bool resampled = params->resampled;
  double matrix[9];

  if (!sw_worker_prepare (self->worker, self->document, true, self->progress, error)
      || !sw_worker_voxelize (self->worker, SW_QUAT_IDENTITY, self->progress, error)
      || !sw_worker_forward (self->worker, NULL, error) || !take_baseline (self, params, error)
      || !measure_others (self, params, error))
    return false;
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      sw_rotation_cube (i, matrix);
      cube[i] = sw_quat_from_matrix (matrix);
    }
  self->n_todo
      = result->n_rotations * (resampled ? 3 : 1) + (params->no_cube ? 0 : SW_ROTATION_N_CUBE);
  if (!measure_table (self, &result->random, &report->tables[0], result->n_rotations,
                      report->rotations, VIEW_ATOMS, error))
    return false;
  if (!params->no_cube
      && !measure_table (self, &result->cube, &report->tables[1], SW_ROTATION_N_CUBE, cube,
                         VIEW_ATOMS, error))
    return false;
  if (!resampled)
    return true;
  return measure_table (self, &result->trilinear, &report->tables[2], result->n_rotations,
                        report->rotations, VIEW_TRILINEAR, error)
         && measure_table (self, &result->tricubic, &report->tables[3], result->n_rotations,
                           report->rotations, VIEW_TRICUBIC, error);
}

SwEquivariance *
sw_equivariance_measure (SwWorker *worker,
                         SwDocument *document,
                         const SwEquivarianceParams *params,
                         const SwProgress *progress,
                         GError **error)
{
  static const SwEquivarianceParams defaults = { 0 };
  Report *report = g_new0 (Report, 1);
  g_autoptr (SwEquivariance) result = &report->result;
  Measurement self = { .worker = worker, .document = document, .progress = progress };
  const double start = sw_timer_now ();
  SwRandom random;
  bool fine;

  if (params == NULL)
    params = &defaults;
  report->loaded = sw_loaded_model_ref (worker->loaded);
  report->document = g_strdup (document->name);
  result->n_rotations = params->n_rotations > 0 ? params->n_rotations : ROTATIONS_DEFAULT;
  result->rotations = report->rotations = g_new (SwQuat, result->n_rotations);
  sw_random_init (&random, params->seed);
  for (size_t i = 0; i < result->n_rotations; i++)
    report->rotations[i] = sw_quat_random (&random);
  result->document = report->document;
  result->model_name = worker->loaded->name;
  result->model = worker->loaded;
  result->options = worker->options;
  result->size = worker->grid.size;
  result->spacing = worker->grid.spacing;
  result->sigma_angstrom = worker->grid.sigma;
  result->w_max = worker->options.engine == SW_ENGINE_BANDLIMITED ? worker->grid.w_max : 0.0;
  result->engine = worker->options.engine;
  result->seed = params->seed;
  result->n_points = params->n_points > 0 ? params->n_points : POINTS_DEFAULT;
  fine = measure (&self, report, params, error);
  clear_measurement (&self);
  if (!fine)
    return NULL;
  result->seconds = sw_timer_now () - start;
  return g_steal_pointer (&result);
}

void
sw_equivariance_free (SwEquivariance *result)
{
  Report *report = (Report *) result;

  if (report == NULL)
    return;
  for (int i = 0; i < 4; i++)
    g_free (report->tables[i]);
  g_free (report->rotations);
  g_free (report->document);
  sw_loaded_model_unref (report->loaded);
  g_free (report);
}

double
sw_equivariance_worst (const SwEquivariance *result)
{
  double worst = isnan (result->random.output.max) ? 0.0 : result->random.output.max;

  for (size_t i = 0; i < result->random.n_layers; i++)
    if (result->random.layers[i].all.max > worst)
      worst = result->random.layers[i].all.max;
  return worst;
}
