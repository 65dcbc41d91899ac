/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/training-link.h"

#include <glib/gi18n.h>

#include "experiments/tetris.h"

typedef struct
{
  SwWindow *window; /* borrowed: owns the link */
  SwSession *session;
  SwTrainPage *page;
  AdwToastOverlay *toasts;
  AdwToast *runs_toast;    /* weak; tells of unfinished runs */
  gboolean stale;          /* the shown network learned while another page was in sight */
  SwWatchState watched[3]; /* states that were seen last: of the train page's run and of the lesson's two */
} Link;

static void
link_free (gpointer data)
{
  Link *link = data;
  g_clear_weak_pointer (&link->runs_toast);
  g_free (link);
}

static void
say (Link *link, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);
  adw_toast_set_timeout (toast, 6);
  adw_toast_overlay_add_toast (link->toasts, toast);
}

static gboolean
is_for_blocks (const char *network)
{
  return g_strcmp0 (network, sw_experiment_tetris.network) == 0 || g_strcmp0 (network, sw_experiment_tetris.twin) == 0;
}

/* In the picture of the structure that is open, or of a piece where the network was made for pieces. */
static void
show_weights (Link *link, const char *path, const char *network)
{
  const SwDocument *document = sw_session_get_document (link->session);
  GActionGroup *actions = G_ACTION_GROUP (link->window);

  g_action_group_change_action_state (actions, "network", g_variant_new_string (network));
  if (g_strcmp0 (sw_session_get_network (link->session), network) != 0)
    return;
  link->stale = FALSE;
  g_action_group_change_action_state (actions, "weights", g_variant_new_string (path));
  if (document == NULL || (is_for_blocks (network) && document->kind != SW_DOCUMENT_BLOCKS))
    g_action_group_activate_action (actions, "block", g_variant_new_int32 (0));
  else
    g_action_group_activate_action (actions, "picture", NULL);
}

static void
on_show_weights (SwTrainPage *page, const char *path, const char *network, Link *link)
{
  show_weights (link, path, network);
}

static void
on_learned (SwTrainPage *page, const char *path, const char *network, Link *link)
{
  if (g_strcmp0 (sw_session_get_weights (link->session), path) != 0)
    return;
  if (gtk_widget_get_mapped (GTK_WIDGET (sw_window_get_stage (link->window))))
    sw_session_refresh_weights (link->session);
  else
    link->stale = TRUE;
}

static void
on_stage_mapped (GtkWidget *stage, Link *link)
{
  if (link->stale)
    sw_session_refresh_weights (link->session);
  link->stale = FALSE;
}

static void
on_train_page_mapped (GtkWidget *page, Link *link)
{
  if (link->runs_toast != NULL)
    adw_toast_dismiss (link->runs_toast);
}

static void
on_models_changed (GtkWidget *page, Link *link)
{
  sw_session_reload_catalog (link->session);
}

static void
on_problem (GtkWidget *page, const char *text, Link *link)
{
  say (link, text);
}

/* A class waits minutes for a run; whoever looks elsewhere meanwhile is told. */
static void
look_at_run (Link *link, SwRunWatch *watch, SwWatchState *seen)
{
  const SwWatchState before = *seen;
  const char *path = sw_run_watch_get_path (watch), *problem = sw_run_watch_get_problem (watch);
  GApplication *application = G_APPLICATION (gtk_window_get_application (GTK_WINDOW (link->window)));

  *seen = sw_run_watch_get_state (watch);
  if ((before != SW_WATCH_RUNNING && before != SW_WATCH_STOPPING) || path == NULL || application == NULL
      || gtk_window_is_active (GTK_WINDOW (link->window)))
    return;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *title = NULL;
  if (*seen == SW_WATCH_FINISHED)
    /* Translators: %s is the name of a training run */
    title = g_strdup_printf (_ ("“%s” has finished training"), name);
  else if (*seen == SW_WATCH_PAUSED && problem != NULL)
    title = g_strdup_printf (_ ("“%s” was interrupted and can be resumed"), name);
  else
    return;
  g_autoptr (GNotification) notification = g_notification_new (title);
  if (problem != NULL)
    g_notification_set_body (notification, problem);
  g_notification_set_default_action_and_target (notification, "app.train-run", "s", path);
  g_application_send_notification (application, path, notification);
}

static void
on_train_run_changed (SwRunWatch *watch, Link *link)
{
  look_at_run (link, watch, &link->watched[0]);
}

static void
on_steerable_run_changed (SwRunWatch *watch, Link *link)
{
  look_at_run (link, watch, &link->watched[1]);
}

static void
on_ordinary_run_changed (SwRunWatch *watch, Link *link)
{
  look_at_run (link, watch, &link->watched[2]);
}

static void
activate_train_run (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  Link *link = data;
  const char *path = g_variant_get_string (parameter, NULL);

  g_action_group_activate_action (G_ACTION_GROUP (link->window), "train", NULL);
  if (g_strcmp0 (sw_run_watch_get_path (sw_train_page_get_watch (link->page)), path) != 0)
    g_action_group_activate_action (sw_train_page_get_actions (link->page), "open", parameter);
}

/* A run that goes on without a window, or that was cut off, is not forgotten. */
static void
announce_runs (Link *link)
{
  g_autoptr (GPtrArray) list = sw_runs_list (12);

  for (guint i = 0; i < list->len; i++)
    {
      const SwRunEntry *entry = g_ptr_array_index (list, i);
      if (!entry->running && (entry->kept || entry->state != SW_RUN_STARTED))
        continue;
      /* Translators: %s is the name of a training run */
      g_autofree char *text = g_strdup_printf (
          entry->running ? _ ("“%s” is still training") : _ ("“%s” was interrupted and can be resumed"), entry->name);
      g_autofree char *markup = g_markup_escape_text (text, -1);
      AdwToast *toast = adw_toast_new (markup);
      adw_toast_set_button_label (toast, _ ("_Show"));
      adw_toast_set_action_name (toast, "win.train-run");
      adw_toast_set_action_target (toast, "s", entry->path);
      adw_toast_set_timeout (toast, 10);
      g_set_weak_pointer (&link->runs_toast, toast);
      adw_toast_overlay_add_toast (link->toasts, toast);
      return;
    }
}

void
sw_training_link_new (SwWindow *window, AdwToastOverlay *toasts)
{
  static const GActionEntry actions[] = { { "train-run", activate_train_run, "s" } };
  Link *link = g_new0 (Link, 1);
  SwLessonPage *lesson = sw_window_get_lesson_page (window);

  link->window = window;
  link->session = sw_window_get_session (window);
  link->page = sw_window_get_train_page (window);
  link->toasts = toasts;
  g_object_set_data_full (G_OBJECT (window), "training-link", link, link_free);
  g_action_map_add_action_entries (G_ACTION_MAP (window), actions, G_N_ELEMENTS (actions), link);
  g_signal_connect (link->page, "show-weights", G_CALLBACK (on_show_weights), link);
  g_signal_connect (link->page, "learned", G_CALLBACK (on_learned), link);
  g_signal_connect (link->page, "models-changed", G_CALLBACK (on_models_changed), link);
  g_signal_connect (link->page, "problem", G_CALLBACK (on_problem), link);
  g_signal_connect (link->page, "map", G_CALLBACK (on_train_page_mapped), link);
  g_signal_connect (sw_train_page_get_watch (link->page), "changed", G_CALLBACK (on_train_run_changed), link);
  g_signal_connect (sw_lesson_page_get_watch (lesson, 0), "changed", G_CALLBACK (on_steerable_run_changed), link);
  g_signal_connect (sw_lesson_page_get_watch (lesson, 1), "changed", G_CALLBACK (on_ordinary_run_changed), link);
  g_signal_connect (lesson, "models-changed", G_CALLBACK (on_models_changed), link);
  g_signal_connect (lesson, "problem", G_CALLBACK (on_problem), link);
  g_signal_connect (sw_window_get_stage (window), "map", G_CALLBACK (on_stage_mapped), link);
  announce_runs (link);
}
