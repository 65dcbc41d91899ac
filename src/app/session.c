/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/session.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"
#include "app/session-private.h"

typedef struct
{
  char *path;
  SwDocumentOptions options; /* strings owned */
  SwDocument *document;      /* owned */
} Entry;

enum
{
  DOCUMENT_CHANGED,
  CHOICE_CHANGED,
  ROTATION_CHANGED,
  RUN_CHANGED,
  BUSY_CHANGED,
  CATALOG_CHANGED,
  FAILED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwSession, sw_session, G_TYPE_OBJECT)

/* ---- small things */

static void
options_clear (SwDocumentOptions *options)
{
  g_free ((char *) options->structure.assembly);
  g_free ((char *) options->structure.selection);
  *options = (SwDocumentOptions){ 0 };
}

static void
options_copy (const SwDocumentOptions *from, SwDocumentOptions *to)
{
  *to = from != NULL ? *from : (SwDocumentOptions){ 0 };
  to->structure.assembly = g_strdup (to->structure.assembly);
  to->structure.selection = g_strdup (to->structure.selection);
}

static void
entry_free (Entry *entry)
{
  g_free (entry->path);
  options_clear (&entry->options);
  g_clear_pointer (&entry->document, sw_document_unref);
  g_free (entry);
}

/* ---- the thread */

typedef struct
{
  SwSession *session;
  SwSessionRequest *request;
} Watch;

static bool
report_progress (double fraction, const char *sentence, void *data)
{
  Watch *watch = data;
  SwSession *self = watch->session;

  g_mutex_lock (&self->mutex);
  self->fraction = fraction;
  if (sentence != NULL && g_strcmp0 (sentence, self->sentence) != 0)
    {
      g_free (self->sentence);
      self->sentence = g_strdup (sentence);
    }
  g_mutex_unlock (&self->mutex);
  return g_atomic_int_get (&watch->request->cancelled) == 0;
}

static gboolean deliver (gpointer data);

static gpointer
thread_main (gpointer data)
{
  SwSession *self = data;
  SwSessionBench bench = { 0 };

  g_mutex_lock (&self->mutex);
  for (;;)
    {
      while (self->pending == NULL && !self->quit)
        g_cond_wait (&self->cond, &self->mutex);
      if (self->quit)
        break;
      SwSessionReply *reply = g_new0 (SwSessionReply, 1);
      reply->session = g_object_ref (self);
      reply->request = self->running = g_steal_pointer (&self->pending);
      self->fraction = -1.0;
      g_mutex_unlock (&self->mutex);

      Watch watch = { self, reply->request };
      const SwProgress progress = { report_progress, &watch };
      sw_session_bench_serve (&bench, reply, &progress);

      g_mutex_lock (&self->mutex);
      self->running = NULL;
      g_clear_pointer (&self->sentence, g_free);
      /* Always on the main thread: g_main_context_invoke would run it right here, under the mutex, whenever the main loop
       * is between two iterations. At the default priority of idle sources results would wait behind an endless drag. */
      g_idle_add_full (G_PRIORITY_DEFAULT, deliver, reply, (GDestroyNotify) sw_session_reply_free);
    }
  g_mutex_unlock (&self->mutex);
  sw_session_bench_clear (&bench);
  return NULL;
}

/* ---- asking and receiving */

static void
stop_polling (SwSession *self)
{
  g_clear_handle_id (&self->poll_id, g_source_remove);
  self->busy_since = 0;
  g_signal_emit (self, signals[BUSY_CHANGED], 0);
}

static gboolean
poll_progress (gpointer data)
{
  g_signal_emit (data, signals[BUSY_CHANGED], 0);
  return G_SOURCE_CONTINUE;
}

void
sw_session_request_run (SwSession *self, gboolean drop_running)
{
  SwDocument *document = sw_session_get_document (self);

  g_mutex_lock (&self->mutex);
  if (drop_running && self->running != NULL)
    g_atomic_int_set (&self->running->cancelled, 1);
  g_clear_pointer (&self->pending, sw_session_request_free);
  if (document != NULL && !self->quit && self->network != NULL)
    {
      SwSessionRequest *request = g_new0 (SwSessionRequest, 1);
      request->generation = self->generation;
      request->document = sw_document_ref (document);
      request->catalog = sw_catalog_ref (self->catalog);
      request->network = g_strdup (self->network);
      request->weights = g_strdup (self->weights);
      request->freshness = self->freshness;
      request->engine = self->engine;
      request->layer = g_strdup (self->layer);
      request->copy = self->copy;
      request->rotation = self->rotation;
      request->options = self->job_options;
      request->with_twin = self->with_twin;
      self->pending = request;
      g_cond_signal (&self->cond);
    }
  g_mutex_unlock (&self->mutex);

  if (document != NULL && self->busy_since == 0 && self->network != NULL)
    {
      self->busy_since = g_get_monotonic_time ();
      self->poll_id = g_timeout_add (100, poll_progress, self);
      g_signal_emit (self, signals[BUSY_CHANGED], 0);
    }
}

static gboolean
deliver (gpointer data)
{
  SwSessionReply *reply = data;
  SwSession *self = reply->session;
  const gboolean valid = reply->request->generation == self->generation;

  if (self->quit)
    return G_SOURCE_REMOVE;
  g_mutex_lock (&self->mutex);
  const gboolean idle = self->pending == NULL && self->running == NULL;
  g_mutex_unlock (&self->mutex);

  if (valid && reply->first != NULL)
    {
      g_clear_pointer (&self->first, sw_run_result_unref);
      self->first = g_steal_pointer (&reply->first);
      g_clear_pointer (&self->model, sw_loaded_model_unref);
      self->model = g_steal_pointer (&reply->model);
      /* An older choice of layer may arrive while a newer one waits: it is no longer shown. */
      /* A request that left the choice to the thread may have been made before the first such choice was known. */
      const gboolean same_choice
          = (g_strcmp0 (reply->request->layer, self->layer) == 0 && reply->request->copy == self->copy)
            || (g_strcmp0 (reply->layer, self->layer) == 0 && reply->copy == self->copy);
      if (reply->comparison != NULL && same_choice)
        {
          const gint64 now = g_get_monotonic_time ();
          const double seconds = (double) (now - self->arrival) * 1e-6;
          /* Smoothed: two replies may arrive in one turn of the main loop. After a rest it starts anew. */
          if (self->arrival == 0 || seconds > 1.0)
            self->interval = 0.0;
          else
            self->interval = self->interval > 0.0 ? 0.8 * self->interval + 0.2 * seconds : seconds;
          self->rate = self->interval > 1e-3 ? 1.0 / self->interval : 0.0;
          self->arrival = now;
          g_clear_pointer (&self->comparison, sw_comparison_unref);
          self->comparison = g_steal_pointer (&reply->comparison);
          g_clear_pointer (&self->twin_comparison, sw_comparison_unref);
          self->twin_comparison = g_steal_pointer (&reply->twin);
          const gboolean picked
              = g_strcmp0 (self->layer, reply->layer) != 0 || self->copy != reply->copy;
          if (picked)
            {
              g_free (self->layer);
              self->layer = g_strdup (reply->layer);
              self->copy = reply->copy;
            }
          g_signal_emit (self, signals[RUN_CHANGED], 0);
          if (picked)
            g_signal_emit (self, signals[CHOICE_CHANGED], 0);
        }
      else
        g_signal_emit (self, signals[RUN_CHANGED], 0);
    }
  if (idle)
    stop_polling (self);
  if (valid && reply->error != NULL
      && !g_error_matches (reply->error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[FAILED], 0, reply->error->message);
  return G_SOURCE_REMOVE;
}

static void
forget_run (SwSession *self)
{
  self->generation++;
  self->arrival = 0;
  g_clear_pointer (&self->comparison, sw_comparison_unref);
  g_clear_pointer (&self->twin_comparison, sw_comparison_unref);
  g_clear_pointer (&self->first, sw_run_result_unref);
  g_clear_pointer (&self->model, sw_loaded_model_unref);
}

/* ---- documents */

typedef struct
{
  char *path;
  SwDocumentOptions options;
} Load;

static void
load_free (Load *load)
{
  g_free (load->path);
  options_clear (&load->options);
  g_free (load);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Load *load = data;
  GError *error = NULL;

  SwDocument *document = sw_document_load (load->path, &load->options, cancellable, &error);
  if (document == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, document, (GDestroyNotify) sw_document_unref);
}

void
sw_session_load_async (SwSession *self,
                       const char *path,
                       const SwDocumentOptions *options,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer data)
{
  g_return_if_fail (SW_IS_SESSION (self));
  g_return_if_fail (path != NULL);

  Load *load = g_new0 (Load, 1);
  load->path = g_strdup (path);
  options_copy (options, &load->options);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  g_task_set_task_data (task, load, (GDestroyNotify) load_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, load_thread);
}

/* With its best weights and a layer of the worker's choice. */
static void
take_network (SwSession *self, const char *name)
{
  g_free (self->network);
  self->network = g_strdup (name);
  g_free (self->layer);
  self->layer = g_strdup ("");
  self->copy = 0;
  g_free (self->weights);
  self->weights = g_strdup ("");
}

/* The network for meshes where a mesh comes and the present one cannot take it, and back. */
static void
suit_network (SwSession *self, const SwDocument *document)
{
  const SwCatalogNetwork *network = sw_catalog_find_network (self->catalog, self->network);
  const char *other = NULL;

  /* A row of the list may be chosen before its document is in it. */
  if (network == NULL || document == NULL)
    return;
  if (document->surface != NULL && !network->takes_meshes)
    {
      g_free (self->network_before);
      self->network_before = g_strdup (self->network);
      other = "shapes";
    }
  else if (document->surface == NULL && network->only_meshes)
    other = self->network_before != NULL ? self->network_before : "quick";
  if (other == NULL || sw_catalog_find_network (self->catalog, other) == NULL)
    return;
  take_network (self, other);
  forget_run (self);
  g_signal_emit (self, signals[CHOICE_CHANGED], 0);
}

/* Takes the document. One of the same path is replaced. */
static void
take_document (SwSession *self, const char *path, SwDocument *document, const SwDocumentOptions *options)
{
  guint index = 0;
  Entry *entry = NULL;
  for (; index < self->entries->len; index++)
    {
      Entry *other = g_ptr_array_index (self->entries, index);
      if (g_strcmp0 (other->path, path) == 0)
        {
          entry = other;
          break;
        }
    }
  const gboolean reload = entry != NULL && index == self->current;
  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->path = g_strdup (path);
      g_ptr_array_add (self->entries, entry);
      index = self->entries->len - 1;
      gtk_string_list_append (self->names, document->name);
    }
  else
    {
      options_clear (&entry->options);
      sw_document_unref (entry->document);
      const char *replacement[] = { document->name, NULL };
      gtk_string_list_splice (self->names, index, 1, replacement);
    }
  options_copy (options, &entry->options);
  entry->document = document;
  self->current = index;
  suit_network (self, document);
  if (!reload)
    self->rotation = SW_QUAT_IDENTITY;
  forget_run (self);
  g_signal_emit (self, signals[DOCUMENT_CHANGED], 0);
  g_signal_emit (self, signals[ROTATION_CHANGED], 0);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
  sw_session_request_run (self, TRUE);
}

gboolean
sw_session_load_finish (SwSession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  GTask *task = G_TASK (result);
  const Load *load = g_task_get_task_data (task);

  SwDocument *document = g_task_propagate_pointer (task, error);
  if (document == NULL)
    return FALSE;

  take_document (self, load->path, document, &load->options);
  return TRUE;
}

void
sw_session_add_document (SwSession *self, SwDocument *document)
{
  const SwDocumentOptions options = { 0 };
  take_document (self, document->path, sw_document_ref (document), &options);
}

GListModel *
sw_session_get_names (SwSession *self)
{
  return G_LIST_MODEL (self->names);
}

guint
sw_session_get_current (SwSession *self)
{
  return self->current;
}

void
sw_session_set_current (SwSession *self, guint index)
{
  if (index >= self->entries->len || index == self->current)
    return;
  self->current = index;
  suit_network (self, sw_session_get_document (self));
  self->rotation = SW_QUAT_IDENTITY;
  forget_run (self);
  g_signal_emit (self, signals[DOCUMENT_CHANGED], 0);
  g_signal_emit (self, signals[ROTATION_CHANGED], 0);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
  sw_session_request_run (self, TRUE);
}

SwDocument *
sw_session_get_document (SwSession *self)
{
  if (self->current >= self->entries->len)
    return NULL;
  return ((Entry *) g_ptr_array_index (self->entries, self->current))->document;
}

const SwDocumentOptions *
sw_session_get_options (SwSession *self)
{
  if (self->current >= self->entries->len)
    return NULL;
  return &((Entry *) g_ptr_array_index (self->entries, self->current))->options;
}

/* ---- choices */

void
sw_session_run_anew (SwSession *self)
{
  forget_run (self);
  g_signal_emit (self, signals[CHOICE_CHANGED], 0);
  g_signal_emit (self, signals[RUN_CHANGED], 0);
  sw_session_request_run (self, TRUE);
}

SwCatalog *
sw_session_get_catalog (SwSession *self)
{
  return self->catalog;
}

void
sw_session_reload_catalog (SwSession *self)
{
  sw_catalog_unref (self->catalog);
  self->catalog = sw_catalog_new ();
  g_signal_emit (self, signals[CATALOG_CHANGED], 0);
}

const char *
sw_session_get_network (SwSession *self)
{
  return self->network;
}

void
sw_session_set_network (SwSession *self, const char *name)
{
  if (g_strcmp0 (self->network, name) == 0)
    return;
  take_network (self, name);
  sw_session_run_anew (self);
}

const char *
sw_session_get_weights (SwSession *self)
{
  return self->weights;
}

void
sw_session_set_weights (SwSession *self, const char *path)
{
  if (g_strcmp0 (self->weights, path) == 0)
    return;
  g_free (self->weights);
  self->weights = g_strdup (path);
  sw_session_run_anew (self);
}

void
sw_session_refresh_weights (SwSession *self)
{
  self->freshness++;
  sw_session_request_run (self, FALSE);
}

SwEngine
sw_session_get_engine (SwSession *self)
{
  return self->engine;
}

void
sw_session_set_engine (SwSession *self, SwEngine engine)
{
  if (self->engine == engine)
    return;
  self->engine = engine;
  sw_session_run_anew (self);
}

SwEngine
sw_session_get_engine_used (SwSession *self)
{
  const SwCatalogNetwork *network
      = self->network != NULL ? sw_catalog_find_network (self->catalog, self->network) : NULL;
  return network != NULL && network->conventional ? SW_ENGINE_SAMPLED : self->engine;
}

const char *
sw_session_get_layer (SwSession *self)
{
  return self->layer;
}

void
sw_session_set_layer (SwSession *self, const char *name)
{
  if (g_strcmp0 (self->layer, name) == 0)
    return;
  g_free (self->layer);
  self->layer = g_strdup (name);
  self->copy = 0;
  /* Keep to arrows where the new layer has them. */
  if (self->first != NULL)
    {
      const int index = sw_run_result_find (self->first, name);
      if (index >= 0)
        {
          const SwRunLayer *layer = sw_run_result_get_layer (self->first, index);
          unsigned l = 0;
          gsize channel = 0;
          for (gsize i = 0;
               layer->typed && sw_field_copy_locate (&layer->fields, i, &l, &channel); i++)
            if (l == 1)
              {
                self->copy = i;
                break;
              }
        }
    }
  g_signal_emit (self, signals[CHOICE_CHANGED], 0);
  sw_session_request_run (self, TRUE);
}

gsize
sw_session_get_copy (SwSession *self)
{
  return self->copy;
}

void
sw_session_set_copy (SwSession *self, gsize copy)
{
  if (self->copy == copy)
    return;
  self->copy = copy;
  g_signal_emit (self, signals[CHOICE_CHANGED], 0);
  sw_session_request_run (self, TRUE);
}

SwQuat
sw_session_get_rotation (SwSession *self)
{
  return self->rotation;
}

void
sw_session_set_rotation (SwSession *self, SwQuat rotation)
{
  self->rotation = sw_quat_normalize (rotation);
  g_signal_emit (self, signals[ROTATION_CHANGED], 0);
  sw_session_request_run (self, FALSE);
}

/* ---- results */

const SwLoadedModel *
sw_session_get_model (SwSession *self)
{
  return self->model;
}

const SwRunResult *
sw_session_get_first_run (SwSession *self)
{
  return self->first;
}

const SwComparison *
sw_session_get_comparison (SwSession *self)
{
  return self->comparison;
}

gboolean
sw_session_is_current (SwSession *self)
{
  return self->comparison != NULL
         && sw_quat_distance (self->comparison->at_rotation->rotation, self->rotation) < 1e-6;
}

double
sw_session_get_rate (SwSession *self)
{
  return self->rate;
}

gboolean
sw_session_get_busy (SwSession *self, double *ret_fraction, char **ret_sentence)
{
  g_mutex_lock (&self->mutex);
  if (ret_fraction != NULL)
    *ret_fraction = self->fraction;
  if (ret_sentence != NULL)
    *ret_sentence = g_strdup (self->sentence);
  g_mutex_unlock (&self->mutex);
  return self->busy_since != 0;
}

gint64
sw_session_get_busy_time (SwSession *self)
{
  return self->busy_since != 0 ? g_get_monotonic_time () - self->busy_since : 0;
}

void
sw_session_cancel (SwSession *self)
{
  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->pending, sw_session_request_free);
  if (self->running != NULL)
    g_atomic_int_set (&self->running->cancelled, 1);
  const gboolean idle = self->running == NULL;
  g_mutex_unlock (&self->mutex);
  if (idle && self->busy_since != 0)
    stop_polling (self);
}

void
sw_session_shutdown (SwSession *self)
{
  if (self->thread == NULL)
    return;
  sw_session_cancel (self);
  g_mutex_lock (&self->mutex);
  self->quit = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (g_steal_pointer (&self->thread));
  g_clear_handle_id (&self->poll_id, g_source_remove);
}

char *
sw_session_dup_sentence (SwSession *self)
{
  SwDocument *document = sw_session_get_document (self);
  if (document == NULL)
    return g_strdup (_ ("Nothing is open."));

  GString *text = g_string_new (NULL);
  g_autofree char *rotation = sw_numbers_format_rotation (self->rotation);
  /* Translators: a name such as 1CBS, and "40.0° about (0.00, 0.00, 1.00)" */
  g_string_append_printf (text, _ ("%s, input turned %s."), document->name, rotation);
  if (self->comparison != NULL)
    {
      g_autofree char *layer = sw_numbers_format_error (
          self->comparison->error.silent ? NAN : self->comparison->error.error);
      g_autofree char *output = sw_numbers_format_error (self->comparison->output_error);
      g_string_append_c (text, ' ');
      /* Translators: layer name, then two numbers such as "0.21 %" */
      g_string_append_printf (text, _ ("Layer %s: equivariance error %s; output: %s."),
                              self->layer, layer, output);
      if (!sw_session_is_current (self))
        {
          g_string_append_c (text, ' ');
          g_string_append (text, _ ("Computing."));
        }
    }
  else if (self->busy_since != 0)
    {
      g_string_append_c (text, ' ');
      g_string_append (text, _ ("Computing."));
    }
  return g_string_free (text, FALSE);
}

/* ---- object */

static void
sw_session_dispose (GObject *object)
{
  SwSession *self = SW_SESSION (object);
  sw_session_shutdown (self);
  forget_run (self);
  g_clear_object (&self->names);
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->pending, sw_session_request_free);
  G_OBJECT_CLASS (sw_session_parent_class)->dispose (object);
}

static void
sw_session_finalize (GObject *object)
{
  SwSession *self = SW_SESSION (object);
  g_clear_pointer (&self->catalog, sw_catalog_unref);
  g_free (self->network_before);
  g_free (self->network);
  g_free (self->weights);
  g_free (self->layer);
  g_free (self->sentence);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (sw_session_parent_class)->finalize (object);
}

static void
sw_session_class_init (SwSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->dispose = sw_session_dispose;
  object_class->finalize = sw_session_finalize;

  const char *const names[N_SIGNALS] = { "document-changed", "choice-changed", "rotation-changed",
                                         "run-changed",      "busy-changed",   "catalog-changed",
                                         "failed" };
  for (guint i = 0; i < FAILED; i++)
    signals[i] = g_signal_new (names[i], SW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new (names[FAILED], SW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sw_session_init (SwSession *self)
{
  self->catalog = sw_catalog_new ();
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  self->names = gtk_string_list_new (NULL);
  self->current = G_MAXUINT;
  self->layer = g_strdup ("");
  self->weights = g_strdup ("");
  self->engine = SW_ENGINE_BANDLIMITED;
  self->rotation = SW_QUAT_IDENTITY;
  self->fraction = -1.0;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("network", thread_main, self);
}

SwSession *
sw_session_new (void)
{
  return g_object_new (SW_TYPE_SESSION, NULL);
}
