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
  if (isfinite (value))
    json_object_set_new (object, key, json_real (value));
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
  json_t *classes = json_array ();
  json_t *event = json_pack ("{s:s, s:i, s:s, s:b, s:s, s:i, s:I, s:I, s:i}", "event", "start", "protocol", 1, "experiment",
                             request->experiment->name, "conventional", (int) network->conventional, "engine",
                             sw_engine_name (request->options.engine), "epochs", (int) request->config.epochs, "parameters",
                             (json_int_t) network->n_parameters, "memory", (json_int_t) memory, "process", (int) getpid ());

  for (size_t i = 0; i < network->n_classes; i++)
    json_array_append_new (classes, json_string (network->class_names[i]));
  json_object_set_new (event, "classes", classes);
  set_text (event, "network", network->name);
  set_text (event, "title", network->title);
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
      json_array_append_new (list, json_pack ("{s:I, s:I, s:I, s:f}", "sample", (json_int_t) i, "truth",
                                              (json_int_t) report->judged[i].label, "answer",
                                              (json_int_t) report->judged[i].answer, "probability",
                                              report->judged[i].probability));
  return list;
}

void
sw_cli_train_report (const SwTrainReport *report, bool end_of_epoch, size_t n_classes, double *io_last_step)
{
  const double now = sw_timer_now ();
  if (!end_of_epoch && *io_last_step > 0.0 && now - *io_last_step < 1.0)
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
  if (end_of_epoch && report->validated)
    {
      set_number (event, "validation_loss", report->validation_loss);
      set_number (event, "validation_accuracy", report->validation_accuracy);
      set_number (event, "train_equivariance", report->train_equivariance);
      set_number (event, "validation_equivariance", report->validation_equivariance);
      if (report->confusion != NULL)
        json_object_set_new (event, "confusion", confusion_to_json (report, n_classes));
      if (report->judged != NULL)
        json_object_set_new (event, "misjudged", misjudged_to_json (report));
    }
  print_line (event);
}

void
sw_cli_train_end (const SwTrainingRequest *request, const SwNetwork *network, bool done, const GError *error)
{
  const bool stopped = g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_STOPPED);
  json_t *event = json_pack ("{s:s, s:s, s:s}", "event", "end", "state", done ? "finished" : stopped ? "stopped" : "failed",
                             "experiment", request->experiment->name);
  set_text (event, "network", network->name);
  set_text (event, "folder", request->folder);
  set_text (event, "message", error != NULL ? error->message : NULL);
  print_line (event);
}
