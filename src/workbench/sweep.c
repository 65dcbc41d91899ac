/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/sweep.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/timer.h"
#include "workbench/background-private.h"
#include "workbench/error.h"
#include "workbench/measurement-private.h"

/* Room of one layer: all together, then by l. */
#define N_SERIES (SW_FIELD_L_MAX + 2)

typedef struct
{
  SwSweep result; /* first: callers hold a pointer to it */
  gatomicrefcount count;
  char *document, *path;
  double *angles;
  SwQuat *rotations;
  SwSweepCurve *curves;
  GPtrArray *owned;  /* of blocks that curves point into */
  GPtrArray *models; /* of SwLoadedModel */
} Sweep;

/* ---- cases */

void
sw_sweep_cases_add (SwSweepCases *cases, SwLoadedModel *model, const SwJobOptions *options, const char *label)
{
  g_return_if_fail (cases->n < SW_SWEEP_CASES_MAX);
  cases->cases[cases->n++] = (SwSweepCase){ .model = sw_loaded_model_ref (model),
                                            .options = options != NULL ? *options : (SwJobOptions){ 0 },
                                            .label = g_strdup (label) };
}

void
sw_sweep_cases_clear (SwSweepCases *cases)
{
  for (size_t i = 0; i < cases->n; i++)
    {
      sw_loaded_model_unref (cases->cases[i].model);
      g_free ((char *) cases->cases[i].label);
    }
  *cases = (SwSweepCases){ 0 };
}

static SwLoadedModel *
load_twin (const SwCatalog *catalog, const SwLoadedModel *model, GError **error)
{
  const SwCatalogNetwork *own = sw_catalog_find_network (catalog, model->name);

  if (own == NULL || own->twin[0] == '\0')
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND,
                   _ ("The network “%s” has no counterpart in the catalogue."), model->name);
      return NULL;
    }
  /* Trained beside trained, random beside random: anything else would compare training with none. */
  const SwModelRequest request = { .network = own->twin, .random = model->random, .seed = model->seed };
  return sw_loaded_model_new (catalog, &request, error);
}

static void
add_engine (SwSweepCases *cases, SwLoadedModel *model, const SwJobOptions *options, SwEngine engine)
{
  SwJobOptions own = *options;
  const char *label = model->network->conventional         ? _ ("ordinary CNN")
                      : engine == SW_ENGINE_BANDLIMITED ? _ ("band-limited")
                                                        : _ ("sampled");

  own.engine = engine;
  if (model->network->conventional)
    own.plain_stride = false;
  if (engine == SW_ENGINE_SAMPLED)
    own.w_max = 0.0;
  if (sw_model_has_engine (model, engine))
    sw_sweep_cases_add (cases, model, &own, label);
}

bool
sw_sweep_cases_fill (SwSweepCases *cases,
                     const SwCatalog *catalog,
                     SwLoadedModel *model,
                     const SwJobOptions *options,
                     unsigned choices,
                     GError **error)
{
  const SwJobOptions none = { 0 };

  if (options == NULL)
    options = &none;
  if ((choices & SW_SWEEP_BANDLIMITED) != 0)
    add_engine (cases, model, options, SW_ENGINE_BANDLIMITED);
  if ((choices & SW_SWEEP_SAMPLED) != 0)
    add_engine (cases, model, options, SW_ENGINE_SAMPLED);
  if ((choices & SW_SWEEP_TWIN) != 0)
    {
      g_autoptr (SwLoadedModel) twin = load_twin (catalog, model, error);
      if (twin == NULL)
        return false;
      add_engine (cases, twin, options, twin->network->conventional ? SW_ENGINE_SAMPLED : SW_ENGINE_BANDLIMITED);
    }
  if (cases->n > 0)
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID, _ ("The network “%s” has no such engine."), model->name);
  return false;
}

bool
sw_sweep_cases_have_layer (const SwSweepCases *cases, const char *name, bool all_layers)
{
  if (g_str_equal (name, "output") || g_str_equal (name, "input"))
    return true;
  for (size_t c = 0; c < cases->n; c++)
    {
      const SwNetwork *network = cases->cases[c].model->network;
      for (size_t i = 0; i < network->n_layers; i++)
        if (strcmp (network->layers[i].stage, name) == 0
            || ((all_layers || sw_measurement_is_last_of_stage (network, i)) && strcmp (network->layers[i].name, name) == 0))
          return true;
    }
  return false;
}

bool
sw_sweep_parse_axis (const char *text, double ret[3])
{
  g_auto (GStrv) words = g_strsplit_set (text, ", ", -1);
  size_t n = 0;

  ret[0] = ret[1] = ret[2] = 0.0;
  if (strlen (text) == 1 && strchr ("xyz", text[0]) != NULL)
    {
      ret[text[0] - 'x'] = 1.0;
      return true;
    }
  for (char **word = words; *word != NULL; word++)
    {
      char *end;
      if (**word == '\0')
        continue;
      if (n == 3)
        return false;
      ret[n++] = g_ascii_strtod (*word, &end);
      if (*end != '\0' || !isfinite (ret[n - 1]))
        return false;
    }
  return n == 3 && ret[0] * ret[0] + ret[1] * ret[1] + ret[2] * ret[2] > 0.0;
}

/* ---- result */

SwSweep *
sw_sweep_ref (SwSweep *sweep)
{
  g_atomic_ref_count_inc (&((Sweep *) sweep)->count);
  return sweep;
}

void
sw_sweep_unref (SwSweep *sweep)
{
  Sweep *self = (Sweep *) sweep;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  g_ptr_array_unref (self->owned);
  g_ptr_array_unref (self->models);
  g_free (self->curves);
  g_free (self->rotations);
  g_free (self->angles);
  g_free (self->document);
  g_free (self->path);
  g_free (self);
}

const SwSweepLayer *
sw_sweep_curve_find (const SwSweepCurve *curve, const char *name)
{
  const SwSweepLayer *found = NULL;

  for (size_t i = 0; i < curve->n_layers; i++)
    if (g_str_equal (curve->layers[i].name, name))
      return &curve->layers[i];
    else if (g_str_equal (curve->layers[i].stage, name))
      found = &curve->layers[i];
  return found;
}

void
sw_sweep_summarize (const double *values, size_t first, size_t n, SwSweepSummary *ret)
{
  double sum = 0.0;
  size_t n_known = 0;

  *ret = (SwSweepSummary){ .mean = NAN, .max = NAN, .worst = first };
  for (size_t i = first; i < first + n; i++)
    {
      if (!isfinite (values[i]))
        continue;
      if (n_known++ == 0 || values[i] > ret->max)
        {
          ret->max = values[i];
          ret->worst = i;
        }
      sum += values[i];
    }
  if (n_known > 0)
    ret->mean = sum / (double) n_known;
}

static void *
keep (Sweep *self, void *block)
{
  g_ptr_array_add (self->owned, block);
  return block;
}

/* ---- measuring */

static char *
hash_weights (const SwLoadedModel *model)
{
  g_autoptr (GMappedFile) file
      = model->weights_path[0] != '\0' ? g_mapped_file_new (model->weights_path, FALSE, NULL) : NULL;

  if (file != NULL)
    return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) g_mapped_file_get_contents (file),
                                        g_mapped_file_get_length (file));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) model->model->parameters,
                                      model->network->n_parameters * sizeof (real));
}

typedef struct
{
  const SwProgress *progress;
  const char *label;
  size_t n_done, n_todo;
} Watch;

/* The rows of one layer in the block: all, then by l. */
static double *
series (double *block, size_t n_rotations, size_t layer, size_t which)
{
  return block + (layer * N_SERIES + which) * n_rotations;
}

static SwSweepLayer *
describe_layers (Sweep *self, const SwMeasurement *base, double *block)
{
  const size_t n = self->result.n_rotations;
  SwSweepLayer *layers = keep (self, g_new0 (SwSweepLayer, base->n_layers + 1));

  for (size_t i = 0; i < base->n_layers; i++)
    {
      SwRunLayer info;
      sw_worker_describe (base->worker, base->layers[i], &info);
      layers[i] = (SwSweepLayer){ .name = info.name,
                                  .stage = info.stage,
                                  .kind = info.kind,
                                  .fields = info.fields,
                                  .size = info.size,
                                  .silent = base->silent[i],
                                  .all = series (block, n, i, 0) };
      for (size_t p = 0; p < info.fields.n_parts; p++)
        layers[i].by_l[info.fields.parts[p].l] = series (block, n, i, info.fields.parts[p].l + 1);
    }
  layers[base->n_layers] = (SwSweepLayer){ .name = "output",
                                           .stage = "output",
                                           .kind = "output",
                                           .size = 1,
                                           .silent = base->output_silent,
                                           .all = series (block, n, base->n_layers, 0) };
  return layers;
}

static bool
measure_rotations (
    Sweep *self, SwMeasurement *base, SwSweepCurve *curve, double *block, Watch *watch, GError **error)
{
  const size_t n = self->result.n_rotations;
  g_autofree SwLayerError *errors = g_new0 (SwLayerError, base->n_layers);

  for (size_t r = 0; r < n; r++)
    {
      SwOutputError output;
      /* Translators: which network or engine, number of the rotation, how many there are */
      g_autofree char *sentence = g_strdup_printf (_ ("%s: rotation %zu of %zu"), watch->label, r + 1, n);

      if (!sw_progress (watch->progress, (double) watch->n_done / (double) watch->n_todo, sentence))
        {
          sw_workbench_set_error (error, SW_ERROR_CANCELLED, NULL, NULL);
          return false;
        }
      watch->n_done++;
      /* 360 degrees is where it began. */
      if (r > 0 && r + 1 == self->result.n_angles)
        {
          for (size_t i = 0; i <= base->n_layers; i++)
            for (size_t k = 0; k < N_SERIES; k++)
              series (block, n, i, k)[r] = series (block, n, i, k)[0];
          continue;
        }
      if (!sw_measurement_turn (base, self->rotations[r], SW_INPUT_VIEW_ATOMS, errors, &output, error))
        return false;
      for (size_t i = 0; i < base->n_layers; i++)
        {
          series (block, n, i, 0)[r] = errors[i].error;
          for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
            series (block, n, i, l + 1)[r] = errors[i].error_l[l];
        }
      series (block, n, base->n_layers, 0)[r] = output.output;
      curve->n_class_changes += output.class_changed;
    }
  return true;
}

static bool
measure_case (
    Sweep *self, const SwSweepCase *the_case, SwDocument *document, SwSweepCurve *curve, Watch *watch, GError **error)
{
  const SwSweepParams *params = &self->result.params;
  const double start = sw_timer_now ();
  g_autoptr (SwWorker) worker = NULL;
  SwMeasurement base = { 0 };
  bool fine;

  g_ptr_array_add (self->models, sw_loaded_model_ref (the_case->model));
  *curve = (SwSweepCurve){ .label = keep (self, g_strdup (the_case->label)),
                           .model_name = the_case->model->name,
                           .title = the_case->model->title,
                           .model = the_case->model,
                           .options = the_case->options,
                           .engine = the_case->options.engine,
                           .conventional = the_case->model->network->conventional,
                           .weights_sha256 = keep (self, hash_weights (the_case->model)) };
  worker = sw_worker_new (the_case->model, &the_case->options, error);
  if (worker == NULL)
    return false;
  curve->size = worker->grid.size;
  curve->spacing = worker->grid.spacing;
  curve->sigma_angstrom = worker->grid.sigma;
  curve->w_max = curve->engine == SW_ENGINE_BANDLIMITED ? worker->grid.w_max : 0.0;
  watch->label = the_case->label;
  fine = sw_measurement_begin (&base, worker, document, !params->all_layers, params->n_points, params->seed,
                               watch->progress, error);
  if (fine)
    {
      const size_t n_values = (base.n_layers + 1) * N_SERIES * self->result.n_rotations;
      double *block = keep (self, g_new (double, MAX (n_values, 1)));
      for (size_t i = 0; i < n_values; i++)
        block[i] = NAN;
      curve->n_atoms = worker->n_atoms;
      curve->n_atoms_outside = worker->n_outside;
      curve->layers = describe_layers (self, &base, block);
      fine = measure_rotations (self, &base, curve, block, watch, error);
      curve->n_layers = fine ? base.n_layers + 1 : 0;
    }
  sw_measurement_clear (&base);
  curve->seconds = sw_timer_now () - start;
  return fine;
}

static void
choose_rotations (Sweep *self)
{
  SwSweep *result = &self->result;
  SwRandom random;

  result->n_angles = result->params.n_steps > 0 ? result->params.n_steps + 1 : 0;
  result->n_rotations = result->n_angles + result->params.n_random;
  result->angles = self->angles = g_new0 (double, result->n_angles + 1);
  result->rotations = self->rotations = g_new0 (SwQuat, result->n_rotations + 1);
  for (size_t i = 0; i < result->n_angles; i++)
    {
      self->angles[i] = 360.0 * (double) i / (double) result->params.n_steps;
      self->rotations[i] = sw_quat_from_axis_angle (result->params.axis, self->angles[i] * G_PI / 180.0);
    }
  sw_random_init (&random, result->params.seed);
  for (size_t i = result->n_angles; i < result->n_rotations; i++)
    self->rotations[i] = sw_quat_random (&random);
}

static bool
check_params (const SwSweepCases *cases, const SwSweepParams *params, GError **error)
{
  const double *a = params->axis;

  if (cases->n > 0 && (params->n_steps > 0 || params->n_random > 0) && params->n_steps <= SW_SWEEP_STEPS_MAX
      && params->n_random <= SW_SWEEP_RANDOM_MAX && isfinite (a[0] * a[0] + a[1] * a[1] + a[2] * a[2]))
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
               _ ("A sweep wants 1 to %d steps about an axis, or 1 to %d random rotations, and an axis of finite length."),
               SW_SWEEP_STEPS_MAX, SW_SWEEP_RANDOM_MAX);
  return false;
}

SwSweep *
sw_sweep_measure (const SwSweepCases *cases,
                  SwDocument *document,
                  const SwSweepParams *params,
                  const SwProgress *progress,
                  GError **error)
{
  const double start = sw_timer_now ();
  g_autoptr (SwSweep) result = NULL;
  g_autoptr (GError) first = NULL;
  size_t n_fine = 0;
  double length = 0.0;
  Sweep *self;

  if (!check_params (cases, params, error))
    return NULL;
  self = g_new0 (Sweep, 1);
  result = &self->result;
  g_atomic_ref_count_init (&self->count);
  self->owned = g_ptr_array_new_with_free_func (g_free);
  self->models = g_ptr_array_new_with_free_func ((GDestroyNotify) sw_loaded_model_unref);
  self->document = g_strdup (document->name);
  self->path = g_strdup (document->path);
  *result = (SwSweep){ .document = self->document, .kind = document->kind, .path = self->path, .params = *params, .program = "swivel " SW_VERSION };
  for (int i = 0; i < 3; i++)
    length += params->axis[i] * params->axis[i];
  length = sqrt (length);
  if (length > 0.0)
    for (int i = 0; i < 3; i++)
      result->params.axis[i] /= length;
  else
    result->params.axis[2] = 1.0;
  if (result->params.n_points == 0)
    result->params.n_points = SW_MEASUREMENT_POINTS;
  choose_rotations (self);
  result->n_curves = cases->n;
  result->curves = self->curves = g_new0 (SwSweepCurve, cases->n);
  Watch watch = { .progress = progress, .n_todo = cases->n * result->n_rotations };
  for (size_t i = 0; i < cases->n; i++)
    {
      g_autoptr (GError) problem = NULL;
      watch.n_done = i * result->n_rotations;
      if (measure_case (self, &cases->cases[i], document, &self->curves[i], &watch, &problem))
        {
          n_fine++;
          continue;
        }
      if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return NULL;
        }
      self->curves[i].problem = keep (self, g_strdup (problem->message));
      if (first == NULL)
        first = g_steal_pointer (&problem);
    }
  if (n_fine == 0)
    {
      g_propagate_error (error, g_steal_pointer (&first));
      return NULL;
    }
  result->seconds = sw_timer_now () - start;
  return g_steal_pointer (&result);
}

/* ---- in a thread */

typedef struct
{
  SwSweepCases cases;
  SwDocument *document;
  SwSweepParams params;
  SwSweepProgress progress;
  gpointer progress_data;
} Job;

static void
job_free (Job *job)
{
  sw_sweep_cases_clear (&job->cases);
  sw_document_unref (job->document);
  g_free (job);
}

static void
work_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  SwBackground background = { task, job->progress, job->progress_data };
  const SwProgress progress = { sw_background_report, &background };
  GError *error = NULL;
  SwSweep *result = sw_sweep_measure (&job->cases, job->document, &job->params, &progress, &error);

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) sw_sweep_unref);
  else
    g_task_return_error (task, error);
}

void
sw_sweep_measure_async (const SwSweepCases *cases,
                        SwDocument *document,
                        const SwSweepParams *params,
                        GCancellable *cancellable,
                        SwSweepProgress progress,
                        gpointer progress_data,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  for (size_t i = 0; i < cases->n; i++)
    sw_sweep_cases_add (&job->cases, cases->cases[i].model, &cases->cases[i].options, cases->cases[i].label);
  job->document = sw_document_ref (document);
  job->params = *params;
  job->progress = progress;
  job->progress_data = progress_data;
  g_task_set_source_tag (task, sw_sweep_measure_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, work_in_thread);
}

SwSweep *
sw_sweep_measure_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
