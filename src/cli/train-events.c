/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/train-events.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/timer.h"

#define N_MISJUDGED 32

static void
print_line (json_t *event)
{
  char *text = json_dumps (event, JSON_COMPACT | JSON_REAL_PRECISION (7));
  if (text != NULL)
    puts (text);
  fflush (stdout);
  free (text);
  json_decref (event);
}

/* JSON has no NaN. */
static void
set_number (json_t *object, const char *key, double value)
{
  json_object_set_new (object, key, isfinite (value) ? json_real (value) : json_null ());
}

static void
set_text (json_t *object, const char *key, const char *text)
{
  if (text != NULL && g_utf8_validate (text, -1, NULL))
    json_object_set_new (object, key, json_string (text));
}

void
sw_cli_train_start (const SwTrainingRequest *request, const SwNetwork *network, size_t memory)
{
  const SwTrainConfig *config = &request->config;
  const SwRunOptions *options = &request->options;
  json_t *classes = json_array ();
  json_t *event = json_pack ("{s:s, s:s, s:s, s:b, s:s, s:i, s:f, s:b, s:I, s:I, s:i, s:I, s:I, s:i, s:i, s:b}", "event", "start",
                             "program", "swivel " SW_VERSION, "experiment", request->experiment->name, "twin",
                             (int) network->conventional, "engine", sw_engine_name (options->engine), "size", (int) options->size,
                             "w_max", options->w_max, "plain_stride", (int) options->plain_stride, "parameters",
                             (json_int_t) network->n_parameters, "memory", (json_int_t) memory, "epochs", (int) config->epochs,
                             "batch", (json_int_t) config->batch, "seed", (json_int_t) config->seed, "processes", 1, "pid",
                             (int) getpid (), "resumed", (int) request->resume);

  for (size_t i = 0; i < network->n_classes; i++)
    json_array_append_new (classes, json_string (network->class_names[i]));
  json_object_set_new (event, "classes", classes);
  set_text (event, "network", network->name);
  set_text (event, "title", network->title);
  set_text (event, "preset", request->preset != NULL ? request->preset->name : NULL);
  set_text (event, "folder", request->folder);
  print_line (event);
}

static json_t *
confusion_to_json (const SwTrainReport *report, size_t n_classes)
{
  json_t *rows = json_array ();
  for (size_t i = 0; i < n_classes; i++)
    {
      json_t *row = json_array ();
      for (size_t j = 0; j < n_classes; j++)
        json_array_append_new (row, json_integer ((json_int_t) report->confusion[i * n_classes + j]));
      json_array_append_new (rows, row);
    }
  return rows;
}

static json_t *
misjudged_to_json (const SwTrainReport *report)
{
  json_t *list = json_array ();
  for (size_t i = 0; i < report->n_judged && json_array_size (list) < N_MISJUDGED; i++)
    if (report->judged[i].label != report->judged[i].answer)
      json_array_append_new (list, json_pack ("{s:I, s:I, s:I, s:f, s:f}", "sample", (json_int_t) i, "label",
                                              (json_int_t) report->judged[i].label, "answer",
                                              (json_int_t) report->judged[i].answer, "probability",
                                              report->judged[i].probability, "label_probability",
                                              report->judged[i].label_probability));
  return list;
}

static json_t *
validation_to_json (const SwTrainReport *report, size_t n_classes)
{
  json_t *validation = json_object ();
  set_number (validation, "loss", report->validation_loss);
  set_number (validation, "accuracy", report->validation_accuracy);
  set_number (validation, "equivariance_error", report->validation_equivariance);
  set_number (validation, "train_equivariance_error", report->train_equivariance);
  json_object_set_new (validation, "best", json_boolean (report->best));
  if (report->confusion != NULL)
    json_object_set_new (validation, "confusion", confusion_to_json (report, n_classes));
  if (report->judged != NULL)
    json_object_set_new (validation, "misjudged", misjudged_to_json (report));
  return validation;
}

void
sw_cli_train_report (const SwTrainReport *report, bool end_of_epoch, size_t n_classes, double *io_last_step)
{
  const double now = sw_timer_now ();
  if (!end_of_epoch && *io_last_step > 0.0 && now - *io_last_step < 0.5)
    return;
  *io_last_step = now;
  json_t *event = json_pack ("{s:s, s:i, s:i, s:I, s:I}", "event", end_of_epoch ? "epoch" : "step", "epoch",
                             (int) report->epoch + 1, "epochs", (int) report->n_epochs, "step", (json_int_t) report->step,
                             "steps", (json_int_t) report->n_steps);
  set_number (event, "rate", report->rate);
  set_number (event, "loss", report->loss);
  set_number (event, "accuracy", report->accuracy);
  set_number (event, "samples_per_second", report->samples_per_second);
  set_number (event, "seconds", report->seconds);
  set_number (event, "remaining", report->remaining);
  if (end_of_epoch)
    json_object_set_new (event, "validation", report->validated ? validation_to_json (report, n_classes) : json_null ());
  print_line (event);
}

void
sw_cli_train_end (const SwTrainingRequest *request, bool done, const GError *error)
{
  const bool stopped = g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_STOPPED);
  json_t *event = json_pack ("{s:s}", "event", done ? "done" : stopped ? "stopped" : "failed");

  set_text (event, "folder", request->folder);
  if (!done && !stopped)
    {
      set_text (event, "kind",
                g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_DIVERGED) ? "diverged"
                : g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_BUSY)   ? "busy"
                                                                                       : "failed");
      set_text (event, "message", error != NULL ? error->message : NULL);
    }
  print_line (event);
}
