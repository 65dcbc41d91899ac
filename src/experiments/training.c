/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/training.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"

G_DEFINE_QUARK (sw-training-error-quark, sw_training_error)

static void
set_error (GError **error, SwStatus status, const SwError *plain)
{
  const SwTrainingError code = status == SW_ERROR_CANCELLED ? SW_TRAINING_ERROR_STOPPED
                               : status == SW_ERROR_NUMERIC ? SW_TRAINING_ERROR_DIVERGED
                                                            : SW_TRAINING_ERROR_FAILED;
  g_set_error_literal (error, SW_TRAINING_ERROR, (int) code, plain->text[0] != '\0' ? plain->text : sw_status_text (status));
}

size_t
sw_training_size (const SwRunOptions *options, const SwNetwork *network)
{
  if (options->size > 0)
    return options->size;
  return options->engine == SW_ENGINE_BANDLIMITED && network->bandlimited_size > 0 ? network->bandlimited_size : network->size;
}

double
sw_training_w_max (const SwRunOptions *options, const SwNetwork *network)
{
  if (options->engine != SW_ENGINE_BANDLIMITED)
    return 0.0;
  return options->w_max > 0 ? options->w_max : network->w_max;
}

/* What the run began from. Drawn weights follow from the seed. */
static json_t *
describe_weights (const SwTrainingRequest *request, const SwModel *model)
{
  char checksum[16];
  if (request->weights == NULL)
    return json_string ("random");
  g_snprintf (checksum, sizeof checksum, "%08lx",
              crc32 (0, (const unsigned char *) model->parameters, (uInt) (model->network->n_parameters * sizeof (real))));
  return json_pack ("{s:s, s:s}", "file", request->weights, "crc32", checksum);
}

/* The names of the files alone: a folder of one's own is nobody's business. */
static char *
name_data (const char *data)
{
  g_auto (GStrv) paths = g_strsplit (data != NULL ? data : "", G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (GString) names = g_string_new (NULL);
  for (size_t i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *name = g_path_get_basename (paths[i]);
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Everything that was asked for: goes into config.json and, with the weights, into their training record. */
static json_t *
describe (const SwTrainingRequest *request, const SwModel *model, const SwDataset *dataset, int n_processes)
{
  const SwNetwork *network = model->network;
  const SwTrainConfig *config = &request->config;
  g_autofree char *data = name_data (request->data);
  return json_pack (
      "{s:s, s:s, s:s, s:s, s:s?, s:s?, s:o, s:s, s:s, s:I, s:f, s:b, s:I, s:I, s:I, s:{s:s, s:f, s:f, s:f}, s:f, s:f, s:I, s:I, "
      "s:I, s:I, s:f, s:i}",
      "program", "swivel " SW_VERSION, "experiment", request->experiment->name, "network", network->name, "preset",
      request->preset != NULL ? request->preset->name : "own", "data", request->data != NULL ? data : NULL, "licence", model->licence, "weights",
      describe_weights (request, model), "engine", sw_engine_name (request->options.engine), "basis",
      request->options.basis == SW_BASIS_PROJECTED ? "projected" : "sampled", "size",
      (json_int_t) sw_training_size (&request->options, network), "w_max", sw_training_w_max (&request->options, network),
      "plain_stride", request->options.plain_stride, "epochs", (json_int_t) config->epochs, "batch", (json_int_t) config->batch,
      "batch_at_once", (json_int_t) config->batch_at_once, "schedule", "kind", sw_schedule_kind_name (config->schedule.kind), "base",
      config->schedule.base, "start", config->schedule.start, "decay", config->schedule.decay, "l1", config->l1, "l2", config->l2,
      "seed", (json_int_t) config->seed, "training_samples", (json_int_t) dataset->n_train, "validation_samples",
      (json_int_t) dataset->n_validation, "validate_every", (json_int_t) config->validate_every, "stop_score", config->stop_score,
      "processes", n_processes);
}

/* These say how a run is carried out, not which run it is: another release, place of the data, or number of processes may go
 * on with it. */
static bool
may_change (const char *key)
{
  static const char *const keys[] = { "program", "preset", "data", "licence", "processes" };
  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strcmp (key, keys[i]) == 0)
      return true;
  return false;
}

static void
append_differences (GString *text, const json_t *old, json_t *own)
{
  const char *key;
  json_t *value;
  json_object_foreach (own, key, value)
    {
      const json_t *before = json_object_get (old, key);
      if (may_change (key) || json_equal (before, value))
        continue;
      char *was = before != NULL ? json_dumps (before, JSON_ENCODE_ANY | JSON_REAL_PRECISION (6)) : NULL;
      char *is = json_dumps (value, JSON_ENCODE_ANY | JSON_REAL_PRECISION (6));
      g_string_append_printf (text, "%s%s: %s, %s %s", text->len > 0 ? "; " : "", key, was != NULL ? was : "-", _ ("now"), is);
      free (was);
      free (is);
    }
}

/* A folder of another run is not overwritten, and a run is resumed as it was begun. */
static bool
check_config (SwRunFolder *folder, const SwTrainingRequest *request, json_t *config, GError **error)
{
  const char *path = sw_run_folder_file (folder, "config.json");
  json_error_t reason;
  char *text = json_dumps (config, JSON_INDENT (2) | JSON_REAL_PRECISION (12));
  const bool exists = g_file_test (path, G_FILE_TEST_EXISTS);
  SwError plain = { 0 };
  SwStatus status;

  if (!exists)
    {
      status = text != NULL ? sw_file_write (path, text, strlen (text), &plain) : SW_ERROR_MEMORY;
      free (text);
      if (status != SW_OK)
        set_error (error, status, &plain);
      return status == SW_OK;
    }
  if (!request->resume)
    {
      free (text);
      g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED,
                   _ ("%s: there is a run in this folder; resume it, or take another folder"), request->folder);
      return false;
    }

  json_t *old = json_load_file (path, JSON_REJECT_DUPLICATES, &reason);
  if (!json_is_object (old))
    {
      g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, _ ("%s: is damaged (line %d: %s); take another folder"),
                   path, reason.line, old == NULL ? reason.text : _ ("not an object"));
      json_decref (old);
      free (text);
      return false;
    }
  g_autoptr (GString) differences = g_string_new (NULL);
  /* Through the same text, which rounds numbers like 1/3. */
  json_t *own = text != NULL ? json_loads (text, 0, &reason) : json_object ();
  append_differences (differences, old, own);
  json_decref (own);
  json_decref (old);
  free (text);
  if (differences->len > 0)
    g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED,
                 _ ("%s: the run there was begun with other settings (%s); resume it with those, or take another folder"),
                 request->folder, differences->str);
  return differences->len == 0;
}

/* JSON has no NaN. */
static json_t *
number (double x)
{
  return isfinite (x) ? json_real (x) : json_null ();
}

json_t *
sw_training_validation_to_json (const SwTrainReport *report, size_t n_classes)
{
  json_t *object, *rows, *misjudged;
  if (report->confusion == NULL)
    return NULL;
  object = json_pack ("{s:i, s:f, s:f, s:o, s:o, s:b}", "epoch", (int) report->epoch + 1, "loss", report->validation_loss, "accuracy",
                      report->validation_accuracy, "equivariance_error", number (report->validation_equivariance),
                      "train_equivariance_error", number (report->train_equivariance), "best", (int) report->best);
  rows = json_array ();
  for (size_t i = 0; i < n_classes; i++)
    {
      json_t *row = json_array ();
      for (size_t j = 0; j < n_classes; j++)
        json_array_append_new (row, json_integer ((json_int_t) report->confusion[i * n_classes + j]));
      json_array_append_new (rows, row);
    }
  misjudged = json_array ();
  for (size_t i = 0; i < report->n_misjudged; i++)
    {
      const SwMisjudged *m = &report->misjudged[i];
      json_array_append_new (misjudged, json_pack ("{s:I, s:I, s:I, s:f, s:f}", "sample", (json_int_t) m->sample, "label",
                                                   (json_int_t) m->label, "answer", (json_int_t) m->answer, "probability",
                                                   m->probability, "label_probability", m->label_probability));
    }
  json_object_set_new (object, "confusion", rows);
  json_object_set_new (object, "misjudged", misjudged);
  return object;
}

/* Between the loop and the caller's observer: keeps validation.json. */
typedef struct
{
  SwRunFolder *folder;
  size_t n_classes;
  SwTrainObserver observer;
  void *data;
  SwStatus status;
  SwError error;
} Watch;

static bool
watch (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  Watch *w = data;
  if (event == SW_TRAIN_EPOCH && report->validated && w->folder != NULL)
    {
      json_t *object = sw_training_validation_to_json (report, w->n_classes);
      char *text = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (9));
      if (text != NULL)
        w->status = sw_file_write (sw_run_folder_file (w->folder, "validation.json"), text, strlen (text), &w->error);
      free (text);
      json_decref (object);
      if (w->status != SW_OK)
        return false;
    }
  return w->observer == NULL || w->observer (report, event, w->data);
}

bool
sw_training_memory (const SwTrainingRequest *request,
                    const SwNetwork *network,
                    int n_processes,
                    size_t *ret,
                    GError **error)
{
  SwError plain = { 0 };
  const SwStatus status = sw_train_memory (network, &request->options, &request->config, n_processes, ret, &plain);
  if (status != SW_OK)
    set_error (error, status, &plain);
  return status == SW_OK;
}

bool
sw_training_run (const SwTrainingRequest *request,
                 SwModel *model,
                 const SwReduce *reduce,
                 SwTrainObserver observer,
                 void *observer_data,
                 GError **error)
{
  const bool first = reduce == NULL || reduce->rank == 0;
  SwRunFolder *folder = NULL;
  SwDataset dataset = { 0 };
  SwError plain = { 0 };
  json_t *config = NULL;
  SwStatus status = SW_OK;
  bool result = false;

  /* Of several processes the first keeps the folder. */
  if (request->folder != NULL && first)
    {
      status = sw_run_folder_open (request->folder, &folder, &plain);
      if (status != SW_OK)
        {
          set_error (error, status, &plain);
          if (status == SW_ERROR_INVALID && error != NULL && *error != NULL)
            (*error)->code = SW_TRAINING_ERROR_BUSY;
          return false;
        }
    }
  if (!request->experiment->open (request->data, model->network, &request->options, request->config.seed,
                                  request->n_validation, &dataset, error))
    goto out;
  /* Samples come in an order of which any beginning is a fair part (experiment.h). */
  if (request->reduction > 1)
    dataset.n_train = (dataset.n_train + request->reduction - 1) / request->reduction;
  if (model->licence == NULL && request->experiment->licence != NULL)
    model->licence = strdup (request->experiment->licence);
  config = describe (request, model, &dataset, reduce != NULL ? reduce->size : 1);
  if (config != NULL && request->reduction > 1)
    json_object_set_new (config, "reduction", json_integer ((json_int_t) request->reduction));
  if (config == NULL)
    {
      g_set_error_literal (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, _ ("not enough memory"));
      goto close;
    }
  if (folder != NULL && !check_config (folder, request, config, error))
    goto close;
  free (model->training);
  model->training = json_dumps (config, JSON_COMPACT | JSON_REAL_PRECISION (12));
  Watch own = { .folder = folder, .n_classes = model->network->n_outputs, .observer = observer, .data = observer_data };
  status = sw_train (model, &request->options, &request->config, &dataset, reduce, folder, request->resume, watch, &own, &plain);
  if (own.status != SW_OK)
    set_error (error, own.status, &own.error);
  else if (status != SW_OK)
    set_error (error, status, &plain);
  result = status == SW_OK && own.status == SW_OK;

close:
  request->experiment->close (&dataset);
out:
  sw_run_folder_close (folder);
  json_decref (config);
  return result;
}

static size_t
part_size (const SwDataset *dataset, SwDataPart part, size_t n)
{
  const size_t all = part == SW_PART_TRAIN ? dataset->n_train
                     : part == SW_PART_VALIDATION ? dataset->n_validation
                                                  : dataset->n_test;
  return n > 0 && n < all ? n : all;
}

SwTrainingEvaluation *
sw_training_evaluate (const SwExperiment *experiment,
                      SwModel *model,
                      const SwRunOptions *options,
                      const char *data,
                      SwDataPart part,
                      size_t n,
                      uint64_t seed,
                      const SwProgress *progress,
                      GError **error)
{
  g_autoptr (SwTrainingEvaluation) evaluation = g_new0 (SwTrainingEvaluation, 1);
  SwDataset dataset = { 0 };
  SwRunner *runner = NULL;
  SwError plain = { 0 };
  SwStatus status;

  if (!experiment->open (data, model->network, options, seed, n, &dataset, error))
    return NULL;
  evaluation->n_train = dataset.n_train;
  evaluation->n_classes = model->network->n_outputs;
  evaluation->confusion = g_new0 (size_t, evaluation->n_classes * evaluation->n_classes);
  if (dataset.n_classes != evaluation->n_classes)
    status = sw_error_set (&plain, SW_ERROR_INVALID, "the data have %zu classes, the network \"%s\" has %zu outputs",
                           dataset.n_classes, model->network->name, evaluation->n_classes);
  else if (part_size (&dataset, part, n) == 0)
    status = sw_error_set (&plain, SW_ERROR_INVALID, "the experiment \"%s\" has no such part of its data", experiment->name);
  else
    status = sw_runner_new (model, options, &runner, &plain);
  if (status == SW_OK)
    status = sw_evaluate (runner, &dataset, part, seed, part_size (&dataset, part, n), evaluation->confusion, progress,
                          &evaluation->result, &plain);
  sw_runner_free (runner);
  experiment->close (&dataset);
  if (status != SW_OK)
    {
      set_error (error, status, &plain);
      return NULL;
    }
  return g_steal_pointer (&evaluation);
}

void
sw_training_evaluation_free (SwTrainingEvaluation *evaluation)
{
  if (evaluation == NULL)
    return;
  g_free (evaluation->confusion);
  g_free (evaluation);
}

bool
sw_training_publish (const SwExperiment *experiment,
                     SwModel *model,
                     const SwRunOptions *options,
                     const char *data,
                     uint64_t seed,
                     const char *path,
                     const SwProgress *progress,
                     GError **error)
{
  g_autoptr (SwTrainingEvaluation) turned = NULL, given = NULL;
  SwDataset dataset = { 0 };
  SwError plain = { 0 };
  SwStatus status;
  json_t *record = NULL, *card = NULL;

  turned = sw_training_evaluate (experiment, model, options, data, SW_PART_TEST, 0, seed, progress, error);
  if (turned != NULL)
    given = sw_training_evaluate (experiment, model, options, data, SW_PART_TEST_AS_GIVEN, 0, seed, progress, error);
  if (given == NULL || !experiment->open (data, model->network, options, seed, 0, &dataset, error))
    return false;
  card = experiment->card != NULL ? experiment->card (&dataset) : json_object ();
  experiment->close (&dataset);
  record = model->training != NULL ? json_loads (model->training, JSON_REJECT_DUPLICATES, NULL) : NULL;
  if (!json_is_object (record))
    {
      json_decref (record);
      record = json_object ();
    }
  json_object_set_new (card, "test",
                       json_pack ("{s:I, s:f, s:f}", "samples", (json_int_t) turned->result.n, "accuracy", given->result.accuracy,
                                  "accuracy_rotated", turned->result.accuracy));
  json_object_set_new (record, "card", card);
  if (json_is_string (json_object_get (record, "data")))
    {
      g_autofree char *names = name_data (json_string_value (json_object_get (record, "data")));
      json_object_set_new (record, "data", json_string (names));
    }
  free (model->training);
  model->training = json_dumps (record, JSON_COMPACT | JSON_REAL_PRECISION (6));
  json_decref (record);
  status = sw_model_write (model, path, &plain);
  if (status != SW_OK)
    set_error (error, status, &plain);
  return status == SW_OK;
}
