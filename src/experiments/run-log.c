/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/run-log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Of a confusion matrix; more classes are not shown. */
#define N_CLASSES_MAX 1000
/* A line with a large matrix has a few hundred kilobytes; longer ones are not ours. */
#define LINE_MAX_BYTES ((size_t) 8 << 20)

SwRunLog *
sw_run_log_new (const char *folder)
{
  SwRunLog *log = g_new0 (SwRunLog, 1);
  log->path = folder != NULL ? g_build_filename (folder, SW_RUN_PROGRESS_FILE, NULL) : NULL;
  log->points = g_array_new (FALSE, FALSE, sizeof (SwRunPoint));
  log->mistakes = g_array_new (FALSE, FALSE, sizeof (SwRunMistake));
  log->rest = g_string_new (NULL);
  log->samples_per_second = log->seconds = log->remaining = log->validating = NAN;
  return log;
}

void
sw_run_log_free (SwRunLog *log)
{
  if (log == NULL)
    return;
  g_free (log->experiment);
  g_free (log->network);
  g_free (log->title);
  g_free (log->engine);
  g_free (log->message);
  g_strfreev (log->classes);
  g_free (log->confusion);
  g_array_unref (log->points);
  g_array_unref (log->mistakes);
  g_string_free (log->rest, TRUE);
  g_free (log->path);
  g_free (log);
}

static double
number (json_t *event, const char *key)
{
  const json_t *value = json_object_get (event, key);
  return json_is_number (value) ? json_number_value (value) : NAN;
}

/* A whole number from 0 to max; 0 for anything else. */
static uint64_t
count (json_t *event, const char *key, uint64_t max)
{
  const json_int_t value = json_integer_value (json_object_get (event, key));
  return value > 0 && (uint64_t) value <= max ? (uint64_t) value : 0;
}

static void
take_text (char **place, json_t *event, const char *key)
{
  g_free (*place);
  *place = g_strdup (json_string_value (json_object_get (event, key)));
}

static void
take_start (SwRunLog *log, json_t *event)
{
  json_t *classes = json_object_get (event, "classes");
  const size_t n = json_array_size (classes);

  log->state = SW_RUN_STARTED;
  take_text (&log->experiment, event, "experiment");
  take_text (&log->network, event, "network");
  take_text (&log->title, event, "title");
  take_text (&log->engine, event, "engine");
  g_clear_pointer (&log->message, g_free);
  log->conventional = json_is_true (json_object_get (event, "twin"));
  log->epochs = (unsigned) count (event, "epochs", UINT32_MAX);
  log->n_parameters = count (event, "parameters", INT64_MAX);
  log->memory = count (event, "memory", INT64_MAX);
  log->process = (int) count (event, "pid", INT32_MAX);
  log->samples_per_second = log->remaining = log->validating = NAN;
  g_clear_pointer (&log->classes, g_strfreev);
  if (n > 0 && n <= N_CLASSES_MAX)
    {
      log->classes = g_new0 (char *, n + 1);
      for (size_t i = 0; i < n; i++)
        {
          const char *name = json_string_value (json_array_get (classes, i));
          log->classes[i] = g_strdup (name != NULL ? name : "");
        }
    }
}

static void
take_confusion (SwRunLog *log, json_t *rows)
{
  const size_t n = json_array_size (rows);
  if (n == 0 || n > N_CLASSES_MAX)
    return;
  for (size_t i = 0; i < n; i++)
    if (json_array_size (json_array_get (rows, i)) != n)
      return;
  g_free (log->confusion);
  log->confusion = g_new0 (size_t, n * n);
  log->n_classes = n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      {
        const json_int_t value = json_integer_value (json_array_get (json_array_get (rows, i), j));
        log->confusion[i * n + j] = value > 0 ? (size_t) value : 0;
      }
}

static void
take_mistakes (SwRunLog *log, json_t *list)
{
  size_t i;
  json_t *item;
  if (!json_is_array (list))
    return;
  g_array_set_size (log->mistakes, 0);
  json_array_foreach (list, i, item)
  {
    const SwRunMistake mistake = { .sample = count (item, "sample", INT64_MAX),
                                   .truth = count (item, "label", N_CLASSES_MAX),
                                   .answer = count (item, "answer", N_CLASSES_MAX),
                                   .probability = number (item, "probability") };
    g_array_append_val (log->mistakes, mistake);
  }
}

static void
take_epoch (SwRunLog *log, json_t *event, unsigned epoch)
{
  json_t *validation = json_object_get (event, "validation");
  const SwRunPoint point = { .epoch = epoch,
                             .rate = number (event, "rate"),
                             .loss = number (event, "loss"),
                             .accuracy = number (event, "accuracy"),
                             .validation_loss = number (validation, "loss"),
                             .validation_accuracy = number (validation, "accuracy"),
                             .train_equivariance = number (validation, "train_equivariance_error"),
                             .validation_equivariance = number (validation, "equivariance_error") };
  guint n = log->points->len;
  while (n > 0 && g_array_index (log->points, SwRunPoint, n - 1).epoch >= epoch)
    n--;
  g_array_set_size (log->points, n);
  g_array_append_val (log->points, point);
  take_confusion (log, json_object_get (validation, "confusion"));
  take_mistakes (log, json_object_get (validation, "misjudged"));
}

static void
take_progress (SwRunLog *log, json_t *event, bool end_of_epoch)
{
  const unsigned epoch = (unsigned) count (event, "epoch", UINT32_MAX);
  const double steps = number (event, "steps"), step = number (event, "step");

  if (epoch == 0)
    return;
  log->state = SW_RUN_STARTED;
  log->validating = NAN;
  log->epoch = epoch;
  if (log->epochs == 0)
    log->epochs = (unsigned) count (event, "epochs", UINT32_MAX);
  const double within = end_of_epoch ? 1.0 : steps > 0.0 ? step / steps : 0.0;
  log->done = log->epochs > 0 ? CLAMP ((epoch - 1.0 + within) / log->epochs, 0.0, 1.0) : 0.0;
  log->samples_per_second = number (event, "samples_per_second");
  log->seconds = number (event, "seconds");
  log->remaining = number (event, "remaining");
  if (end_of_epoch)
    take_epoch (log, event, epoch);
}

static void
take_line (SwRunLog *log, const char *line, size_t n)
{
  json_t *event = n > 0 ? json_loadb (line, n, 0, NULL) : NULL;
  const char *name = json_string_value (json_object_get (event, "event"));

  if (g_strcmp0 (name, "start") == 0)
    take_start (log, event);
  else if (g_strcmp0 (name, "step") == 0 || g_strcmp0 (name, "epoch") == 0)
    take_progress (log, event, name[0] == 'e');
  else if (g_strcmp0 (name, "validating") == 0)
    log->validating = number (event, "sample") / number (event, "samples");
  else if (g_strcmp0 (name, "done") == 0)
    {
      log->state = SW_RUN_FINISHED;
      log->done = 1.0;
      log->remaining = NAN;
    }
  else if (g_strcmp0 (name, "stopped") == 0 || g_strcmp0 (name, "failed") == 0)
    {
      log->state = name[0] == 's' ? SW_RUN_STOPPED : SW_RUN_FAILED;
      log->remaining = NAN;
      take_text (&log->message, event, "message");
    }
  json_decref (event);
}

void
sw_run_log_feed (SwRunLog *log, const char *text, size_t n)
{
  while (n > 0)
    {
      const char *end = memchr (text, '\n', n);
      const size_t part = end != NULL ? (size_t) (end - text) : n;
      if (log->rest->len + part <= LINE_MAX_BYTES)
        g_string_append_len (log->rest, text, (gssize) part);
      if (end == NULL)
        return;
      take_line (log, log->rest->str, log->rest->len);
      g_string_truncate (log->rest, 0);
      text += part + 1;
      n -= part + 1;
    }
}

bool
sw_run_log_poll (SwRunLog *log, size_t max_bytes)
{
  char buffer[16384];
  bool any = false;
  const int file = log->path != NULL ? open (log->path, O_RDONLY | O_CLOEXEC) : -1;

  if (file < 0)
    return false;
  for (size_t total = 0; total < max_bytes;)
    {
      const ssize_t n = pread (file, buffer, sizeof buffer, log->offset);
      if (n <= 0)
        break;
      log->offset += n;
      total += (size_t) n;
      any = true;
      sw_run_log_feed (log, buffer, (size_t) n);
    }
  close (file);
  return any;
}

const SwRunPoint *
sw_run_log_last_validation (const SwRunLog *log)
{
  for (guint i = log->points->len; i > 0; i--)
    {
      const SwRunPoint *point = &g_array_index (log->points, SwRunPoint, i - 1);
      if (isfinite (point->validation_accuracy))
        return point;
    }
  return NULL;
}
