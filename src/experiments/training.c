/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/training.h"

#include <glib/gi18n.h>
#include <jansson.h>
#include <string.h>

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

/* What was asked for: goes into config.json and, with the weights, into their training record. */
static json_t *
describe (const SwTrainingRequest *request, const SwNetwork *network)
{
  const SwTrainConfig *config = &request->config;
  return json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:f, s:b, s:I, s:I, s:{s:s, s:f, s:f, s:f}, s:f, s:f, s:I}", "program",
      "swivel " SW_VERSION, "experiment", request->experiment->name, "network", network->name, "preset",
      request->preset != NULL ? request->preset->name : "own", "engine", sw_engine_name (request->options.engine), "basis",
      request->options.basis == SW_BASIS_PROJECTED ? "projected" : "sampled", "size", (int) request->options.size, "w_max",
      request->options.w_max, "plain_stride", request->options.plain_stride, "epochs", (json_int_t) config->epochs, "batch",
      (json_int_t) config->batch, "schedule", "kind", sw_schedule_kind_name (config->schedule.kind), "base",
      config->schedule.base, "start", config->schedule.start, "decay", config->schedule.decay, "l1", config->l1, "l2", config->l2,
      "seed", (json_int_t) config->seed);
}

/* A folder of another run is not overwritten, and a run is resumed as it was begun. */
static bool
check_config (SwRunFolder *folder, const SwTrainingRequest *request, json_t *config, GError **error)
{
  const char *path = sw_run_folder_file (folder, "config.json");
  json_error_t reason;
  char *text = json_dumps (config, JSON_INDENT (2) | JSON_REAL_PRECISION (12));
  bool fits = true, exists = g_file_test (path, G_FILE_TEST_EXISTS);
  json_t *old = exists ? json_load_file (path, JSON_REJECT_DUPLICATES, &reason) : NULL;
  if (exists && old == NULL)
    {
      g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, _ ("%s: is damaged (line %d: %s); take another folder"),
                   path, reason.line, reason.text);
      free (text);
      return false;
    }
  if (old != NULL)
    {
      /* Another release may go on with a run. */
      json_object_del (old, "program");
      /* Through the same text, which rounds numbers like 1/3. */
      json_t *own = text != NULL ? json_loads (text, 0, &reason) : json_object ();
      json_object_del (own, "program");
      if (request->resume && !json_equal (old, own))
        {
          g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED,
                       _ ("%s: the run there was begun with other settings; resume it with those, or take another folder"),
                       request->folder);
          fits = false;
        }
      else if (!request->resume)
        {
          g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED,
                       _ ("%s: there is a run in this folder; resume it, or take another folder"), request->folder);
          fits = false;
        }
      json_decref (own);
      json_decref (old);
      free (text);
      return fits;
    }
  SwError plain = { 0 };
  SwStatus status = text != NULL ? sw_file_write (path, text, strlen (text), &plain) : SW_ERROR_MEMORY;
  free (text);
  if (status != SW_OK)
    set_error (error, status, &plain);
  return status == SW_OK;
}

bool
sw_training_memory (const SwTrainingRequest *request, const SwNetwork *network, size_t *ret, GError **error)
{
  SwError plain = { 0 };
  const SwStatus status = sw_train_memory (network, &request->options, &request->config, ret, &plain);
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
  SwRunFolder *folder = NULL;
  SwDataset dataset = { 0 };
  SwError plain = { 0 };
  json_t *config = describe (request, model->network);
  SwStatus status = SW_OK;
  bool result = false;

  if (config == NULL)
    {
      g_set_error_literal (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, _ ("not enough memory"));
      return false;
    }
  /* Of several processes the first keeps the folder. */
  if (request->folder != NULL && (reduce == NULL || reduce->rank == 0))
    {
      status = sw_run_folder_open (request->folder, &folder, &plain);
      if (status != SW_OK)
        {
          set_error (error, status, &plain);
          if (status == SW_ERROR_INVALID && error != NULL && *error != NULL)
            (*error)->code = SW_TRAINING_ERROR_BUSY;
          goto out;
        }
      if (!check_config (folder, request, config, error))
        goto out;
    }
  if (!request->experiment->open (request->data, model->network, &request->options, request->config.seed,
                                  request->n_validation, &dataset, error))
    goto out;
  free (model->training);
  model->training = json_dumps (config, JSON_COMPACT | JSON_REAL_PRECISION (12));
  status = sw_train (model, &request->options, &request->config, &dataset, reduce, folder, request->resume, observer,
                     observer_data, &plain);
  if (status != SW_OK)
    set_error (error, status, &plain);
  result = status == SW_OK;
  request->experiment->close (&dataset);

out:
  sw_run_folder_close (folder);
  json_decref (config);
  return result;
}

SwTrainingEvaluation *
sw_training_evaluate (const SwExperiment *experiment,
                      SwModel *model,
                      const SwRunOptions *options,
                      const char *data,
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
  evaluation->n_classes = model->network->n_outputs;
  evaluation->confusion = g_new0 (size_t, evaluation->n_classes * evaluation->n_classes);
  if (dataset.n_classes != evaluation->n_classes)
    status = sw_error_set (&plain, SW_ERROR_INVALID, "the data have %zu classes, the network \"%s\" has %zu outputs",
                           dataset.n_classes, model->network->name, evaluation->n_classes);
  else
    status = sw_runner_new (model, options, &runner, &plain);
  if (status == SW_OK)
    status = sw_evaluate (runner, &dataset, SW_PART_VALIDATION, seed, dataset.n_validation, evaluation->confusion, progress,
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
