/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/train-output.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define SECONDS_BETWEEN_LINES 0.1

static char *
format_seconds (double seconds)
{
  if (!isfinite (seconds))
    return g_strdup ("?");
  if (seconds < 90)
    return g_strdup_printf ("%.0f s", seconds);
  if (seconds < 90 * 60)
    return g_strdup_printf ("%.0f min", seconds / 60);
  return g_strdup_printf ("%.1f h", seconds / 3600);
}

/* ---- lines of JSON ---- */

static json_t *
number (double x)
{
  return isfinite (x) ? json_real (x) : json_null ();
}

static json_t *
path_in_folder (const SwTrainOutput *output, const char *name)
{
  g_autofree char *path = NULL;
  if (output->request->folder == NULL)
    return json_null ();
  path = g_build_filename (output->request->folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? json_string (path) : json_null ();
}

/* A reader that went away does not end the run: SIGPIPE is ignored, and so is the error. */
static void
print_line (json_t *object)
{
  char *text = json_dumps (object, JSON_COMPACT | JSON_REAL_PRECISION (9));
  json_decref (object);
  if (text != NULL)
    {
      puts (text);
      fflush (stdout);
    }
  free (text);
}

static json_t *
start_to_json (const SwTrainOutput *output, const SwTrainReport *report)
{
  const SwTrainingRequest *request = output->request;
  const SwNetwork *network = output->network;
  json_t *classes = json_array ();
  for (size_t i = 0; i < network->n_classes; i++)
    json_array_append_new (classes, json_string (network->class_names[i]));
  return json_pack (
      "{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:I, s:f, s:b, s:I, s:I, s:i, s:I, s:I, s:I, s:I, s:o, s:I, s:i, s:I, s:s?, s:b, s:i, "
      "s:I, s:f}",
      "event", "start", "program", "swivel " SW_VERSION, "experiment", request->experiment->name, "title", request->experiment->title,
      "network", network->name, "twin", (int) network->conventional, "preset", request->preset->name, "engine",
      sw_engine_name (request->options.engine), "size", (json_int_t) sw_training_size (&request->options, network), "w_max",
      sw_training_w_max (&request->options, network), "plain_stride", (int) request->options.plain_stride, "parameters",
      (json_int_t) network->n_parameters, "memory", (json_int_t) output->memory, "epochs", (int) report->n_epochs, "steps",
      (json_int_t) report->n_steps, "batch", (json_int_t) request->config.batch, "training_samples", (json_int_t) report->n_train,
      "validation_samples", (json_int_t) report->n_validation, "classes", classes, "seed", (json_int_t) request->config.seed,
      "processes", output->n_processes, "pid", (json_int_t) getpid (), "folder", request->folder, "resumed", (int) report->resumed,
      "epoch", (int) report->epoch, "step", (json_int_t) report->step, "seconds", report->seconds);
}

static json_t *
progress_to_json (const SwTrainReport *report, const char *event)
{
  return json_pack ("{s:s, s:i, s:i, s:I, s:I, s:f, s:o, s:o, s:o, s:f, s:o}", "event", event, "epoch", (int) report->epoch + 1,
                    "epochs", (int) report->n_epochs, "step", (json_int_t) report->step, "steps", (json_int_t) report->n_steps,
                    "rate", report->rate, "loss", number (report->loss), "accuracy", number (report->accuracy),
                    "samples_per_second", number (report->samples_per_second), "seconds", report->seconds, "remaining",
                    number (report->remaining));
}

static void
show_json (SwTrainOutput *output, const SwTrainReport *report, SwTrainEvent event)
{
  const double now = (double) g_get_monotonic_time () * 1e-6;
  const bool soon = now - output->last_line < SECONDS_BETWEEN_LINES;
  json_t *line = NULL;
  switch (event)
    {
    case SW_TRAIN_START:
      line = start_to_json (output, report);
      break;
    case SW_TRAIN_STEP:
      if (soon)
        return;
      output->last_line = now;
      line = progress_to_json (report, "step");
      break;
    case SW_TRAIN_VALIDATING:
      if (soon)
        return;
      output->last_line = now;
      line = json_pack ("{s:s, s:i, s:I, s:I}", "event", "validating", "epoch", (int) report->epoch + 1, "sample",
                        (json_int_t) report->n_validated, "samples", (json_int_t) report->n_validation);
      break;
    case SW_TRAIN_EPOCH:
      line = progress_to_json (report, "epoch");
      json_object_set_new (line, "validation",
                           report->validated ? sw_training_validation_to_json (report, output->network->n_outputs) : json_null ());
      break;
    case SW_TRAIN_CHECKPOINT:
      line = json_pack ("{s:s, s:i, s:I, s:o, s:o}", "event", "checkpoint", "epoch", (int) output->epochs_done, "step",
                        (json_int_t) report->step, "last", path_in_folder (output, "last.safetensors"), "best",
                        path_in_folder (output, "best.safetensors"));
      break;
    }
  if (line != NULL)
    print_line (line);
}

static void
end_json (const SwTrainOutput *output, const GError *error)
{
  const SwTrainReport *last = &output->last;
  const char *folder = output->request->folder;
  if (error == NULL)
    print_line (json_pack ("{s:s, s:i, s:o, s:o, s:f, s:s?, s:o, s:o}", "event", "done", "epoch", (int) output->epochs_done,
                           "best_epoch", last->have_best ? json_integer ((json_int_t) last->best_epoch + 1) : json_null (),
                           "best_accuracy", last->have_best ? json_real (last->best_accuracy) : json_null (), "seconds",
                           last->seconds, "folder", folder, "best", path_in_folder (output, "best.safetensors"), "last",
                           path_in_folder (output, "last.safetensors")));
  else if (g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_STOPPED))
    {
      g_autofree char *resume
          = folder != NULL ? g_strdup_printf ("swivel-cli train %s --run %s --resume", output->request->experiment->name, folder) : NULL;
      print_line (json_pack ("{s:s, s:i, s:I, s:s?, s:s?}", "event", "stopped", "epoch", (int) output->epochs_done, "step",
                             (json_int_t) last->step, "folder", folder, "resume", resume));
    }
  else
    {
      const char *kind = g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_DIVERGED) ? "diverged"
                         : g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_BUSY)   ? "busy"
                                                                                                : "failed";
      print_line (json_pack ("{s:s, s:s, s:s}", "event", "failed", "kind", kind, "message", error->message));
    }
}

/* ---- words ---- */

static void
print_bar (const SwTrainReport *report, bool end_of_epoch)
{
  const double done = ((double) report->epoch + (end_of_epoch ? 1.0 : (double) report->step / (double) report->n_steps))
                      / (double) report->n_epochs;
  const int filled = (int) (CLAMP (done, 0.0, 1.0) * BAR_WIDTH);
  g_autofree char *left = format_seconds (report->remaining);
  fprintf (stderr, "\r\033[K[%.*s%*s] %u/%u  loss %.4f  %s %.1f %%  %.2f/s  %s ", filled, "########################",
           BAR_WIDTH - filled, "", report->epoch + 1, report->n_epochs, report->loss, _ ("accuracy"), 100 * report->accuracy,
           report->samples_per_second, left);
}

static void
print_validation (const SwTrainReport *report)
{
  g_autofree char *left = format_seconds (report->remaining);
  g_autofree char *equivariance
      = isfinite (report->validation_equivariance) ? g_strdup_printf (", %s %.2g", _ ("equivariance error"), report->validation_equivariance)
                                              : g_strdup ("");
  fprintf (stderr, _ ("epoch %u/%u: loss %.4f, accuracy %.1f %%; validation loss %.4f, accuracy %.1f %%%s; %.2f samples/s, %s\n"),
           report->epoch + 1, report->n_epochs, report->loss, 100 * report->accuracy, report->validation_loss,
           100 * report->validation_accuracy, equivariance, report->samples_per_second, left);
}

void
sw_train_output_show (SwTrainOutput *output, const SwTrainReport *report, SwTrainEvent event)
{
  output->last = *report;
  output->last.confusion = NULL;
  output->last.misjudged = NULL;
  if (event == SW_TRAIN_START || event == SW_TRAIN_EPOCH)
    output->epochs_done = report->epoch + (event == SW_TRAIN_EPOCH ? 1 : 0);
  if (output->silent)
    return;
  if (output->json)
    {
      show_json (output, report, event);
      return;
    }
  if (event == SW_TRAIN_EPOCH && report->validated)
    {
      if (output->terminal)
        fputs ("\r\033[K", stderr);
      print_validation (report);
    }
  if (output->terminal && (event == SW_TRAIN_STEP || event == SW_TRAIN_EPOCH))
    print_bar (report, event == SW_TRAIN_EPOCH);
  if (output->terminal && event == SW_TRAIN_VALIDATING)
    fprintf (stderr, "\r\033[K%s %zu/%zu ", _ ("validation"), report->n_validated, report->n_validation);
}

void
sw_train_output_end (SwTrainOutput *output, const GError *error)
{
  if (output->silent)
    return;
  if (output->json)
    end_json (output, error);
  else if (output->terminal)
    fputc ('\n', stderr);
}
