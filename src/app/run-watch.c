/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/run-watch.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define POLL_MILLISECONDS 250
/* Of a long run's file, for each poll: a few milliseconds of work. */
#define POLL_BYTES 65536

struct _SwRunWatch
{
  GObject parent_instance;

  char *path;
  SwRunLog *log;
  GSubprocess *process; /* owned; NULL for a process that an earlier window started */
  GCancellable *waiting; /* owned; for the end of process */
  SwWatchState state;
  char *problem;
  gboolean keeping; /* stop was asked for with "keep" */
  gint64 weights_changed;
  guint poll_id;
};

enum
{
  CHANGED,
  WEIGHTS_CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwRunWatch, sw_run_watch, G_TYPE_OBJECT)

char *
sw_run_watch_dup_weights (SwRunWatch *self)
{
  if (self->path == NULL)
    return NULL;
  char *last = g_build_filename (self->path, "last.safetensors", NULL);
  if (g_file_test (last, G_FILE_TEST_IS_REGULAR))
    return last;
  g_free (last);
  return sw_run_dup_weights (self->path);
}

static void
look_at_weights (SwRunWatch *self)
{
  g_autofree char *weights = sw_run_watch_dup_weights (self);
  GStatBuf info;

  if (weights == NULL || g_stat (weights, &info) != 0)
    return;
  const gint64 changed = (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
  if (changed == self->weights_changed)
    return;
  self->weights_changed = changed;
  g_signal_emit (self, signals[WEIGHTS_CHANGED], 0);
}

static void
read_all (SwRunWatch *self)
{
  while (sw_run_log_poll (self->log, POLL_BYTES))
    ;
}

/* The process is gone: what is left tells whether it finished, was stopped, or died. */
static void
settle (SwRunWatch *self)
{
  GError *error = NULL;
  const gboolean asked = self->state == SW_WATCH_STOPPING;

  g_clear_object (&self->process);
  read_all (self);
  if (self->log->state == SW_RUN_FINISHED)
    self->state = SW_WATCH_FINISHED;
  else if (self->keeping && sw_run_keep (self->path, &error))
    self->state = SW_WATCH_KEPT;
  else
    self->state = SW_WATCH_PAUSED;
  if (error != NULL)
    {
      g_signal_emit (self, signals[FAILED], 0, error->message);
      g_error_free (error);
    }
  g_clear_pointer (&self->problem, g_free);
  if (self->state == SW_WATCH_PAUSED && !asked)
    {
      if (self->log->state == SW_RUN_FAILED)
        self->problem = g_strdup (self->log->message);
      else if (self->log->state != SW_RUN_STOPPED)
        {
          g_autofree char *said = self->log->state == SW_RUN_SILENT ? sw_run_dup_error (self->path) : NULL;
          self->problem = said != NULL ? g_steal_pointer (&said)
                                       : g_strdup (_ ("The training process ended unexpectedly. Nothing up to its last "
                                                      "checkpoint is lost: the run can be resumed."));
        }
    }
  self->keeping = FALSE;
  look_at_weights (self);
  g_signal_emit (self, signals[CHANGED], 0);
  if (self->problem != NULL)
    g_signal_emit (self, signals[FAILED], 0, self->problem);
}

static gboolean
is_alive (const SwRunWatch *self)
{
  return self->state == SW_WATCH_RUNNING || self->state == SW_WATCH_STOPPING;
}

static gboolean
poll (gpointer data)
{
  SwRunWatch *self = data;
  const gboolean any = sw_run_log_poll (self->log, POLL_BYTES);

  if (is_alive (self))
    {
      look_at_weights (self);
      if (self->process == NULL && !sw_run_is_running (self->path, NULL))
        {
          settle (self);
          return G_SOURCE_CONTINUE;
        }
    }
  if (any)
    g_signal_emit (self, signals[CHANGED], 0);
  if (any || is_alive (self))
    return G_SOURCE_CONTINUE;
  self->poll_id = 0;
  return G_SOURCE_REMOVE;
}

static void
begin_polling (SwRunWatch *self)
{
  if (self->poll_id == 0)
    self->poll_id = g_timeout_add (POLL_MILLISECONDS, poll, self);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  const gboolean ended = g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error);

  /* Cancelled: the watch looks at another run, or is gone. */
  if (ended || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    settle (data);
}

static void
take_process (SwRunWatch *self, GSubprocess *process)
{
  self->process = process;
  self->state = SW_WATCH_RUNNING;
  g_clear_pointer (&self->problem, g_free);
  self->waiting = g_cancellable_new ();
  g_subprocess_wait_async (process, self->waiting, on_ended, self);
  begin_polling (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
forget (SwRunWatch *self)
{
  if (self->waiting != NULL)
    g_cancellable_cancel (self->waiting);
  g_clear_object (&self->waiting);
  g_clear_object (&self->process);
  g_clear_handle_id (&self->poll_id, g_source_remove);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->log, sw_run_log_free);
  g_clear_pointer (&self->problem, g_free);
  self->state = SW_WATCH_NOTHING;
  self->keeping = FALSE;
  self->weights_changed = 0;
}

gboolean
sw_run_watch_start (SwRunWatch *self, const SwRunSettings *settings, const char *name, GError **error)
{
  char *path = NULL;
  GSubprocess *process = sw_run_start (settings, name, &path, error);

  if (process == NULL)
    return FALSE;
  forget (self);
  self->path = path;
  self->log = sw_run_log_new (path);
  take_process (self, process);
  return TRUE;
}

gboolean
sw_run_watch_resume (SwRunWatch *self, GError **error)
{
  g_return_val_if_fail (self->path != NULL && !is_alive (self), FALSE);
  GSubprocess *process = sw_run_resume (self->path, error);
  if (process == NULL)
    return FALSE;
  g_clear_object (&self->waiting);
  take_process (self, process);
  return TRUE;
}

void
sw_run_watch_open (SwRunWatch *self, const char *path)
{
  g_autoptr (SwRunEntry) entry = sw_run_entry_new (path);

  forget (self);
  if (entry != NULL)
    {
      self->path = g_strdup (path);
      self->log = sw_run_log_new (path);
      self->state = entry->running                       ? SW_WATCH_RUNNING
                    : entry->kept                        ? SW_WATCH_KEPT
                    : entry->state == SW_RUN_FINISHED    ? SW_WATCH_FINISHED
                                                         : SW_WATCH_PAUSED;
      (void) sw_run_log_poll (self->log, 4 * POLL_BYTES);
      if (entry->state == SW_RUN_FAILED)
        self->problem = self->log->message != NULL ? g_strdup (self->log->message) : sw_run_dup_error (path);
      begin_polling (self);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sw_run_watch_pause (SwRunWatch *self)
{
  if (self->state != SW_WATCH_RUNNING)
    return;
  if (self->process != NULL)
    g_subprocess_send_signal (self->process, SIGTERM);
  else
    (void) sw_run_stop (self->path);
  self->state = SW_WATCH_STOPPING;
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sw_run_watch_keep (SwRunWatch *self)
{
  g_autoptr (GError) error = NULL;

  if (is_alive (self))
    {
      self->keeping = TRUE;
      sw_run_watch_pause (self);
    }
  else if (self->state == SW_WATCH_PAUSED)
    {
      if (sw_run_keep (self->path, &error))
        self->state = SW_WATCH_KEPT;
      else
        g_signal_emit (self, signals[FAILED], 0, error->message);
      g_signal_emit (self, signals[CHANGED], 0);
    }
}

void
sw_run_watch_close (SwRunWatch *self)
{
  forget (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

SwWatchState
sw_run_watch_get_state (SwRunWatch *self)
{
  return self->state;
}

const char *
sw_run_watch_get_path (SwRunWatch *self)
{
  return self->path;
}

const SwRunLog *
sw_run_watch_get_log (SwRunWatch *self)
{
  return self->log;
}

const char *
sw_run_watch_get_problem (SwRunWatch *self)
{
  return self->problem;
}

static void
sw_run_watch_dispose (GObject *object)
{
  forget (SW_RUN_WATCH (object));
  G_OBJECT_CLASS (sw_run_watch_parent_class)->dispose (object);
}

static void
sw_run_watch_class_init (SwRunWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_run_watch_dispose;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_RUN_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[WEIGHTS_CHANGED]
      = g_signal_new ("weights-changed", SW_TYPE_RUN_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", SW_TYPE_RUN_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
}

static void
sw_run_watch_init (SwRunWatch *self)
{
}

SwRunWatch *
sw_run_watch_new (void)
{
  return g_object_new (SW_TYPE_RUN_WATCH, NULL);
}
