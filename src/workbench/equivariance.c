/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/equivariance.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/timer.h"
#include "workbench/error.h"
#include "workbench/measurement-private.h"

#define ROTATIONS_DEFAULT 20

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
  SwMeasurement base;
  SwLayerError *errors; /* [n_layers], of one rotation */
  double distance;      /* mean to the other inputs; NaN */
  size_t n_done, n_todo;
} Measurement;

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

static bool
measure_one (Measurement *self,
             SwErrorTable *table,
             SwLayerErrors *layers,
             SwQuat rotation,
             size_t index,
             SwInputView view,
             GError **error)
{
  g_autofree char *sentence
      = g_strdup_printf (_ ("Rotation %zu of %zu"), self->n_done + 1, self->n_todo);
  const double fraction = (double) self->n_done / (double) self->n_todo;
  SwOutputError output;

  if (!sw_progress (self->base.progress, fraction, sentence))
    {
      sw_workbench_set_error (error, SW_ERROR_CANCELLED, NULL, NULL);
      return false;
    }
  if (!sw_measurement_turn (&self->base, rotation, view, self->errors, &output, error))
    return false;
  for (size_t i = 0; i < self->base.n_layers; i++)
    {
      summary_add (&layers[i].all, table->n_rotations, index, self->errors[i].error);
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        summary_add (&layers[i].by_l[l], table->n_rotations, index, self->errors[i].error_l[l]);
    }
  summary_add (&table->output, table->n_rotations, index, output.output);
  table->n_class_changes += output.class_changed;
  table->n_rotations++;
  self->n_done++;
  return true;
}

static SwLayerErrors *
new_layers (const Measurement *self)
{
  static const SwErrorSummary nothing = { .mean = NAN, .max = NAN };
  SwLayerErrors *layers = g_new0 (SwLayerErrors, self->base.n_layers);

  for (size_t i = 0; i < self->base.n_layers; i++)
    {
      SwRunLayer info;
      sw_worker_describe (self->base.worker, self->base.layers[i], &info);
      layers[i] = (SwLayerErrors){ .layer = self->base.layers[i],
                                   .name = info.name,
                                   .stage = info.stage,
                                   .kind = info.kind,
                                   .fields = info.fields,
                                   .size = info.size,
                                   .silent = self->base.silent[i],
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
               SwInputView view,
               GError **error)
{
  SwLayerErrors *layers = *ret_layers = new_layers (self);

  *table = (SwErrorTable){ .n_layers = self->base.n_layers,
                           .layers = layers,
                           .output = { .mean = NAN, .max = NAN },
                           .distance_ratio = NAN };
  for (size_t i = 0; i < n; i++)
    if (!measure_one (self, table, layers, rotations[i], i, view, error))
      return false;
  if (self->distance > 0.0)
    table->distance_ratio = table->output.mean * sw_measurement_norm (&self->base) / self->distance;
  return true;
}

/* Mean |p(x2) - p(x)|, with the statistics of x. */
static bool
measure_others (Measurement *self, const SwEquivarianceParams *params, GError **error)
{
  SwWorker *worker = self->base.worker;
  SwInputAtoms *own = worker->atoms;
  double sum = 0.0;
  size_t n = 0;

  self->distance = NAN;
  for (size_t i = 0; i < params->n_others; i++)
    {
      bool fine;
      if (params->others[i]->surface != NULL && worker->document->surface != NULL)
        {
          SwError plain = { 0 };
          const SwStatus status
              = sw_worker_voxelize_surface (worker, params->others[i], NULL, NULL, self->base.progress, worker->input, &plain);
          if (status != SW_OK)
            {
              sw_workbench_set_error (error, status, &plain, params->others[i]->name);
              return false;
            }
          if (!sw_worker_forward (worker, NULL, error))
            return false;
          sum += sw_measurement_distance (&self->base);
          n++;
        }
      if (own == NULL || params->others[i]->structure == NULL)
        continue;
      worker->atoms = sw_structure_dup_input_atoms (params->others[i]->structure,
                                                    worker->grid.channels, SW_CENTRE_MEAN, NULL);
      fine = worker->atoms == NULL
             || (sw_worker_voxelize (worker, SW_QUAT_IDENTITY, self->base.progress, error)
                 && sw_worker_forward (worker, NULL, error));
      if (fine && worker->atoms != NULL)
        {
          sum += sw_measurement_distance (&self->base);
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
measure (Measurement *self,
         Report *report,
         SwWorker *worker,
         SwDocument *document,
         const SwEquivarianceParams *params,
         const SwProgress *progress,
         GError **error)
{
  SwEquivariance *result = &report->result;
  SwQuat cube[SW_ROTATION_N_CUBE];
  const bool resampled = params->resampled;
  double matrix[9];

  if (!sw_measurement_begin (&self->base, worker, document, params->stages_only, params->n_points, params->seed, progress, error)
      || !measure_others (self, params, error))
    return false;
  self->errors = g_new0 (SwLayerError, self->base.n_layers);
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      sw_rotation_cube (i, matrix);
      cube[i] = sw_quat_from_matrix (matrix);
    }
  self->n_todo
      = result->n_rotations * (resampled ? 3 : 1) + (params->no_cube ? 0 : SW_ROTATION_N_CUBE);
  if (!measure_table (self, &result->random, &report->tables[0], result->n_rotations,
                      report->rotations, SW_INPUT_VIEW_ATOMS, error))
    return false;
  if (!params->no_cube
      && !measure_table (self, &result->cube, &report->tables[1], SW_ROTATION_N_CUBE, cube,
                         SW_INPUT_VIEW_ATOMS, error))
    return false;
  if (!resampled)
    return true;
  return measure_table (self, &result->trilinear, &report->tables[2], result->n_rotations,
                        report->rotations, SW_INPUT_VIEW_TRILINEAR, error)
         && measure_table (self, &result->tricubic, &report->tables[3], result->n_rotations,
                           report->rotations, SW_INPUT_VIEW_TRICUBIC, error);
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
  Measurement self = { 0 };
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
  result->n_points = params->n_points > 0 ? params->n_points : SW_MEASUREMENT_POINTS;
  fine = measure (&self, report, worker, document, params, progress, error);
  sw_measurement_clear (&self.base);
  g_free (self.errors);
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
