/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/train-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/block-view.h"
#include "app/matrix-view.h"
#include "app/numbers.h"
#include "app/plot.h"
#include "experiments/tetris.h"

#define N_MISTAKES_SHOWN 12

struct _SwTrainPage
{
  AdwBin parent_instance;

  AdwFlap *flap;
  GtkStack *stack;
  GtkLabel *title, *status, *problem;
  GtkProgressBar *progress;
  GtkWidget *pause_button, *resume_button, *keep_button, *show_button, *settings_button;
  GtkWidget *problem_box, *mistakes_box, *matrix_box;
  SwPlot *loss, *accuracy, *equivariance, *rate;
  SwMatrixView *matrix;
  GtkFlowBox *mistakes;
  GtkLabel *mistakes_title, *mistakes_note, *matrix_note;

  SwSession *session;        /* owned */
  SwTrainSettings *settings; /* owned by the flap */
  SwRunWatch *watch;         /* owned */
  GSimpleActionGroup *actions; /* owned */
  SwWatchState shown_state;
  gboolean shown_weights;
  guint shown_points;
};

enum
{
  SHOW_WEIGHTS,
  LEARNED,
  MODELS_CHANGED,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwTrainPage, sw_train_page, ADW_TYPE_BIN)

/* ---- what is shown */

static char *
format_left (double seconds)
{
  if (!isfinite (seconds))
    return NULL;
  if (seconds < 100.0)
    return g_strdup_printf (_ ("%.0f s left"), seconds);
  if (seconds < 100.0 * 60.0)
    return g_strdup_printf (_ ("%.0f min left"), seconds / 60.0);
  return g_strdup_printf (_ ("%.1f h left"), seconds / 3600.0);
}

static void
append_part (GString *text, const char *part)
{
  if (part == NULL || part[0] == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}

static char *
describe_state (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  const SwWatchState state = sw_run_watch_get_state (self->watch);
  const SwRunPoint *point = sw_run_log_last_validation (log);
  GString *text = g_string_new (NULL);
  g_autofree char *epoch = log->epoch > 0 ? g_strdup_printf (_ ("Epoch %u of %u"), log->epoch, log->epochs) : NULL;

  append_part (text, state == SW_WATCH_STOPPING   ? _ ("Writing the checkpoint…")
                     : state == SW_WATCH_PAUSED   ? _ ("Paused")
                     : state == SW_WATCH_FINISHED ? _ ("Finished")
                     : state == SW_WATCH_KEPT     ? _ ("Stopped and kept")
                     : log->epoch == 0            ? _ ("Getting ready…")
                                                  : NULL);
  append_part (text, epoch);
  if (point != NULL)
    {
      g_autofree char *right = g_strdup_printf (_ ("%.1f %% of unseen samples right"), 100.0 * point->validation_accuracy);
      append_part (text, right);
    }
  if (state == SW_WATCH_RUNNING && log->epoch > 0)
    {
      g_autofree char *left = format_left (log->remaining);
      g_autofree char *speed
          = isfinite (log->samples_per_second) ? g_strdup_printf (_ ("%.1f samples/s"), log->samples_per_second) : NULL;
      if (isfinite (log->validating))
        append_part (text, _ ("looking at unseen samples"));
      append_part (text, left);
      append_part (text, speed);
    }
  return g_string_free (text, FALSE);
}

static void
show_curves (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  const gsize n = log->points->len;
  g_autofree double *x = g_new (double, n + 1);
  enum { N_CURVES = 7 };
  g_autofree double *values = g_new (double, N_CURVES * (n + 1));
  double *y[N_CURVES];

  for (gsize k = 0; k < N_CURVES; k++)
    y[k] = values + k * (n + 1);
  for (gsize i = 0; i < n; i++)
    {
      const SwRunPoint *point = &g_array_index (log->points, SwRunPoint, i);
      x[i] = point->epoch;
      y[0][i] = point->loss;
      y[1][i] = point->validation_loss;
      y[2][i] = point->accuracy;
      y[3][i] = point->validation_accuracy;
      y[4][i] = point->train_equivariance;
      y[5][i] = point->validation_equivariance;
      y[6][i] = point->rate;
    }
  const double end = log->epochs;
  const SwPlotSeries losses[] = { { _ ("training"), 0, FALSE, n, x, y[0] }, { _ ("validation"), 1, TRUE, n, x, y[1] } };
  const SwPlotSeries accuracies[] = { { _ ("training"), 0, FALSE, n, x, y[2] }, { _ ("validation"), 1, TRUE, n, x, y[3] } };
  const SwPlotSeries errors[] = { { _ ("training"), 0, FALSE, n, x, y[4] }, { _ ("validation"), 1, TRUE, n, x, y[5] } };
  const SwPlotSeries rates[] = { { _ ("rate"), 2, FALSE, n, x, y[6] } };
  sw_plot_set_series (self->loss, 2, losses, end);
  sw_plot_set_series (self->accuracy, 2, accuracies, end);
  sw_plot_set_series (self->equivariance, 2, errors, end);
  sw_plot_set_series (self->rate, 1, rates, end);
}

static const char *
class_name (const SwRunLog *log, gsize i, char buffer[16])
{
  if (log->classes != NULL && i < g_strv_length (log->classes))
    return log->classes[i];
  g_snprintf (buffer, 16, "%u", (unsigned) i + 1);
  return buffer;
}

static GtkWidget *
mistake_card (const SwRunLog *log, const SwRunMistake *mistake, gboolean blocks)
{
  char truth_buffer[16], answer_buffer[16];
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *answer = g_strdup_printf (_ ("taken for %s"), class_name (log, mistake->answer, answer_buffer));
  g_autofree char *sure = g_strdup_printf (_ ("%.0f %% sure"), 100.0 * mistake->probability);
  const char *lines[] = { class_name (log, mistake->truth, truth_buffer), answer, sure };

  if (blocks)
    {
      SwBlockView *piece = sw_block_view_new (FALSE, 60);
      sw_block_view_set_piece (piece, mistake->truth);
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (piece));
    }
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      GtkWidget *label = gtk_label_new (lines[i]);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_max_width_chars (GTK_LABEL (label), 14);
      gtk_widget_add_css_class (label, i == 0 ? "caption-heading" : "caption");
      gtk_widget_add_css_class (label, "numeric");
      if (i == 2)
        gtk_widget_add_css_class (label, "dim-label");
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "mistake-card");
  return box;
}

static void
show_mistakes (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  const gboolean blocks = g_strcmp0 (log->experiment, "tetris") == 0;
  const guint n = log->mistakes->len, n_shown = MIN (n, N_MISTAKES_SHOWN);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->mistakes))) != NULL)
    gtk_flow_box_remove (self->mistakes, child);
  for (guint i = 0; i < n_shown; i++)
    {
      GtkWidget *card = mistake_card (log, &g_array_index (log->mistakes, SwRunMistake, i), blocks);
      gtk_flow_box_append (self->mistakes, card);
      gtk_widget_set_focusable (gtk_widget_get_parent (card), FALSE);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->mistakes), n > 0);
  gtk_label_set_label (self->mistakes_note, log->confusion == NULL ? _ ("Known after the first validation.")
                                            : n == 0               ? _ ("None: every unseen sample was recognised.")
                                                                   : "");
  gtk_widget_set_visible (GTK_WIDGET (self->mistakes_note), n == 0);
}

static void
show_matrix (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  const gboolean any = log->confusion != NULL;
  sw_matrix_view_set (self->matrix, any ? log->n_classes : 0, log->confusion, log->classes);
  gtk_widget_set_visible (GTK_WIDGET (self->matrix), any);
  gtk_label_set_label (self->matrix_note, any ? _ ("Rows: what it is. Columns: what the network said.")
                                              : _ ("Known after the first validation."));
}

static void
set_enabled (SwTrainPage *self, const char *name, gboolean enabled)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), name);
  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

static void
update_actions (SwTrainPage *self)
{
  const SwWatchState state = sw_run_watch_get_state (self->watch);
  g_autofree char *weights = sw_run_watch_dup_weights (self->watch);
  SwRunSettings settings;

  set_enabled (self, "start", sw_train_settings_get (self->settings, &settings) && state != SW_WATCH_RUNNING
                                  && state != SW_WATCH_STOPPING);
  set_enabled (self, "pause", state == SW_WATCH_RUNNING);
  set_enabled (self, "resume", state == SW_WATCH_PAUSED || state == SW_WATCH_KEPT);
  set_enabled (self, "keep", state == SW_WATCH_RUNNING || state == SW_WATCH_PAUSED);
  set_enabled (self, "show", weights != NULL);
  gtk_widget_set_visible (self->pause_button, state == SW_WATCH_RUNNING || state == SW_WATCH_STOPPING);
  gtk_widget_set_visible (self->resume_button, state == SW_WATCH_PAUSED || state == SW_WATCH_KEPT);
  gtk_widget_set_visible (self->keep_button, state == SW_WATCH_RUNNING || state == SW_WATCH_STOPPING || state == SW_WATCH_PAUSED);
}

static void
update (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  const char *path = sw_run_watch_get_path (self->watch), *problem = sw_run_watch_get_problem (self->watch);
  const SwWatchState state = sw_run_watch_get_state (self->watch);

  update_actions (self);
  gtk_stack_set_visible_child_name (self->stack, path != NULL ? "run" : "empty");
  if (state != self->shown_state)
    {
      sw_train_settings_refresh_runs (self->settings, path);
      self->shown_state = state;
    }
  if (path == NULL)
    return;
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *text = describe_state (self);
  gtk_label_set_label (self->title, name);
  gtk_label_set_label (self->status, text);
  gtk_progress_bar_set_fraction (self->progress, log->done);
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (self->problem_box, problem != NULL);
  show_curves (self);
  /* Rebuilding cards at each step would take the pointer's tooltip away. */
  const guint points = log->points->len;
  if (points == self->shown_points && points > 0)
    return;
  self->shown_points = points;
  show_matrix (self);
  show_mistakes (self);
}

static const char *
network_of (SwTrainPage *self)
{
  const SwRunLog *log = sw_run_watch_get_log (self->watch);
  return log != NULL && log->network != NULL ? log->network : "";
}

static void
on_weights_changed (SwTrainPage *self)
{
  g_autofree char *weights = sw_run_watch_dup_weights (self->watch);
  g_autoptr (GVariant) follow = g_action_group_get_action_state (G_ACTION_GROUP (self->actions), "follow");

  if (weights == NULL)
    return;
  if (!self->shown_weights || sw_run_watch_get_state (self->watch) != SW_WATCH_RUNNING)
    g_signal_emit (self, signals[MODELS_CHANGED], 0);
  self->shown_weights = TRUE;
  if (g_variant_get_boolean (follow))
    g_signal_emit (self, signals[LEARNED], 0, weights, network_of (self));
  update_actions (self);
}

static void
on_failed (SwTrainPage *self, const char *message)
{
  g_signal_emit (self, signals[PROBLEM], 0, message);
}

/* ---- actions */

static void
begin_watching (SwTrainPage *self)
{
  self->shown_points = 0;
  self->shown_weights = FALSE;
  self->shown_state = SW_WATCH_NOTHING;
  if (adw_flap_get_folded (self->flap))
    adw_flap_set_reveal_flap (self->flap, FALSE);
}

static void
activate_start (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = sw_train_settings_dup_name (self->settings);
  SwRunSettings settings;

  if (!sw_train_settings_get (self->settings, &settings))
    return;
  begin_watching (self);
  if (!sw_run_watch_start (self->watch, &settings, name, &error))
    on_failed (self, error->message);
}

static void
activate_pause (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_run_watch_pause (SW_TRAIN_PAGE (data)->watch);
}

static void
activate_keep (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_run_watch_keep (SW_TRAIN_PAGE (data)->watch);
}

static void
activate_resume (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  g_autoptr (GError) error = NULL;
  if (!sw_run_watch_resume (self->watch, &error))
    on_failed (self, error->message);
}

static void
activate_close (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  sw_run_watch_close (self->watch);
  adw_flap_set_reveal_flap (self->flap, TRUE);
}

static void
activate_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  begin_watching (self);
  sw_run_watch_open (self->watch, g_variant_get_string (parameter, NULL));
}

static void
activate_remove (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  g_autofree char *path = g_variant_dup_string (parameter, NULL);
  g_autofree char *folder = g_path_get_dirname (path), *runs = sw_runs_dup_folder ();
  g_autoptr (GError) error = NULL;

  /* A script may say anything: only runs are deleted. */
  if (g_strcmp0 (folder, runs) != 0)
    return;
  if (!sw_run_remove (path, &error))
    on_failed (self, error->message);
  else if (g_strcmp0 (path, sw_run_watch_get_path (self->watch)) == 0)
    sw_run_watch_close (self->watch);
  sw_train_settings_refresh_runs (self->settings, sw_run_watch_get_path (self->watch));
  g_signal_emit (self, signals[MODELS_CHANGED], 0);
}

static void
on_remove_response (AdwMessageDialog *dialog, const char *response, SwTrainPage *self)
{
  if (g_str_equal (response, "delete"))
    g_action_group_activate_action (G_ACTION_GROUP (self->actions), "remove",
                                    g_variant_new_string (g_object_get_data (G_OBJECT (dialog), "path")));
}

static void
activate_ask_remove (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  const char *path = g_variant_get_string (parameter, NULL);
  g_autofree char *name = g_path_get_basename (path);
  /* Translators: %s is the name of a training run */
  g_autofree char *heading = g_strdup_printf (_ ("Delete “%s”?"), name);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), heading,
                                              _ ("Its curves, its checkpoint and the trained weights are lost."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete", _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "path", g_strdup (path), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
activate_show (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwTrainPage *self = data;
  g_autofree char *weights = sw_run_watch_dup_weights (self->watch);
  if (weights != NULL)
    g_signal_emit (self, signals[SHOW_WEIGHTS], 0, weights, network_of (self));
}

static const GActionEntry action_entries[] = {
  { "start", activate_start },   { "pause", activate_pause },       { "keep", activate_keep },
  { "resume", activate_resume }, { "close", activate_close },       { "open", activate_open, "s" },
  { "show", activate_show },     { "remove", activate_remove, "s" }, { "ask-remove", activate_ask_remove, "s" },
  { "follow", NULL, NULL, "true" },
};

void
sw_train_page_refresh (SwTrainPage *self)
{
  if (sw_run_watch_get_path (self->watch) == NULL)
    {
      g_autoptr (GPtrArray) list = sw_runs_list (12);
      for (guint i = 0; i < list->len; i++)
        {
          const SwRunEntry *entry = g_ptr_array_index (list, i);
          if (!entry->running)
            continue;
          begin_watching (self);
          sw_run_watch_open (self->watch, entry->path);
          break;
        }
    }
  sw_train_settings_refresh_runs (self->settings, sw_run_watch_get_path (self->watch));
}

/* ---- building */

static GtkWidget *
label_new (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
button_new (const char *label, const char *action, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tooltip);
  return button;
}

static GtkWidget *
build_header (SwTrainPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *follow = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *follow_switch = gtk_switch_new (), *follow_label;

  self->title = GTK_LABEL (label_new ("", "title-2"));
  gtk_label_set_ellipsize (self->title, PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_wrap (self->title, FALSE);
  self->status = GTK_LABEL (label_new ("", "dim-label"));
  gtk_widget_add_css_class (GTK_WIDGET (self->status), "numeric");
  self->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Progress of the run"), -1);
  self->pause_button = button_new (_ ("_Pause"), "train.pause", _ ("Writes a checkpoint; the run can be resumed"));
  self->resume_button = button_new (_ ("_Resume"), "train.resume", _ ("Goes on at the last checkpoint"));
  self->keep_button = button_new (_ ("Stop and _Keep"), "train.keep", _ ("Ends the run; the model stays in the list"));
  self->show_button = button_new (_ ("Sho_w Fields"), "train.show", _ ("See what this network computes, in the picture"));
  gtk_widget_add_css_class (self->resume_button, "suggested-action");
  gtk_box_append (GTK_BOX (buttons), self->pause_button);
  gtk_box_append (GTK_BOX (buttons), self->resume_button);
  gtk_box_append (GTK_BOX (buttons), self->keep_button);
  gtk_box_append (GTK_BOX (buttons), self->show_button);
  follow_label = gtk_label_new_with_mnemonic (_ ("Show the network as it _learns"));
  gtk_widget_set_tooltip_text (follow_label, _ ("After each checkpoint the picture shows the fields of the present network"));
  gtk_label_set_mnemonic_widget (GTK_LABEL (follow_label), follow_switch);
  gtk_label_set_wrap (GTK_LABEL (follow_label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (follow_label), 0.0f);
  gtk_widget_set_valign (follow_switch, GTK_ALIGN_CENTER);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (follow_switch), "train.follow");
  gtk_accessible_update_property (GTK_ACCESSIBLE (follow_switch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Show the network as it learns"), -1);
  gtk_box_append (GTK_BOX (follow), follow_switch);
  gtk_box_append (GTK_BOX (follow), follow_label);

  self->problem_box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  gtk_box_append (GTK_BOX (self->problem_box), gtk_image_new_from_icon_name ("dialog-warning-symbolic"));
  self->problem = GTK_LABEL (label_new ("", "body"));
  gtk_box_append (GTK_BOX (self->problem_box), GTK_WIDGET (self->problem));
  gtk_widget_add_css_class (self->problem_box, "problem-box");

  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->status));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->progress));
  gtk_box_append (GTK_BOX (box), self->problem_box);
  gtk_box_append (GTK_BOX (box), buttons);
  gtk_box_append (GTK_BOX (box), follow);
  return box;
}

static GtkFlowBox *
flow_new (guint n_max)
{
  GtkWidget *flow = gtk_flow_box_new ();
  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (flow), TRUE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (flow), 1);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (flow), n_max);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (flow), 12);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (flow), 12);
  return GTK_FLOW_BOX (flow);
}

static void
add_card (GtkFlowBox *flow, GtkWidget *child)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (card), child);
  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "plot-card");
  gtk_flow_box_append (flow, card);
  gtk_widget_set_focusable (gtk_widget_get_parent (card), FALSE);
}

static GtkWidget *
build_run (SwTrainPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkFlowBox *plots = flow_new (2), *details = flow_new (2);

  gtk_box_append (GTK_BOX (box), build_header (self));
  self->loss = sw_plot_new (_ ("Loss"), SW_CHART_LINEAR);
  self->accuracy = sw_plot_new (_ ("Accuracy"), SW_CHART_PERCENT);
  self->equivariance = sw_plot_new (_ ("Equivariance Error"), SW_CHART_LOG);
  self->rate = sw_plot_new (_ ("Learning Rate"), SW_CHART_LINEAR);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->equivariance),
                               _ ("How much the outputs change when the input is turned, before the softmax"));
  add_card (plots, GTK_WIDGET (self->loss));
  add_card (plots, GTK_WIDGET (self->accuracy));
  add_card (plots, GTK_WIDGET (self->equivariance));
  add_card (plots, GTK_WIDGET (self->rate));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (plots));

  self->matrix_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (self->matrix_box), label_new (_ ("Confusion"), "heading"));
  self->matrix_note = GTK_LABEL (label_new ("", "caption"));
  gtk_widget_add_css_class (GTK_WIDGET (self->matrix_note), "dim-label");
  gtk_box_append (GTK_BOX (self->matrix_box), GTK_WIDGET (self->matrix_note));
  self->matrix = sw_matrix_view_new ();
  gtk_widget_set_vexpand (GTK_WIDGET (self->matrix), TRUE);
  gtk_box_append (GTK_BOX (self->matrix_box), GTK_WIDGET (self->matrix));
  add_card (details, self->matrix_box);

  self->mistakes_box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_box_append (GTK_BOX (self->mistakes_box), label_new (_ ("Misjudged Samples"), "heading"));
  self->mistakes_note = GTK_LABEL (label_new ("", "caption"));
  gtk_widget_add_css_class (GTK_WIDGET (self->mistakes_note), "dim-label");
  gtk_box_append (GTK_BOX (self->mistakes_box), GTK_WIDGET (self->mistakes_note));
  self->mistakes = flow_new (3);
  gtk_flow_box_set_column_spacing (self->mistakes, 6);
  gtk_flow_box_set_row_spacing (self->mistakes, 6);
  gtk_flow_box_set_min_children_per_line (self->mistakes, 2);
  gtk_box_append (GTK_BOX (self->mistakes_box), GTK_WIDGET (self->mistakes));
  add_card (details, self->mistakes_box);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (details));

  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 24);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), box);
  return scrolled;
}

static GtkWidget *
build_empty (void)
{
  GtkWidget *page = adw_status_page_new ();
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "sw-learn-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("Nothing Is Training"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page),
                                   _ ("Choose an experiment and start it, or open one of the runs. Curves, mistakes and the network's "
                                      "fields appear here while it learns."));
  return page;
}

void
sw_train_page_set_session (SwTrainPage *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  self->settings = sw_train_settings_new (session);
  g_signal_connect_object (self->settings, "changed", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  adw_flap_set_flap (self->flap, GTK_WIDGET (self->settings));
  update (self);
}

GActionGroup *
sw_train_page_get_actions (SwTrainPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

SwRunWatch *
sw_train_page_get_watch (SwTrainPage *self)
{
  return self->watch;
}

SwTrainSettings *
sw_train_page_get_settings (SwTrainPage *self)
{
  return self->settings;
}

static void
redraw (GtkWidget *widget)
{
  gtk_widget_queue_draw (widget);
}

static void
sw_train_page_dispose (GObject *object)
{
  SwTrainPage *self = SW_TRAIN_PAGE (object);
  if (self->watch != NULL)
    g_signal_handlers_disconnect_by_data (self->watch, self);
  g_clear_object (&self->watch);
  g_clear_object (&self->actions);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (sw_train_page_parent_class)->dispose (object);
}

static void
sw_train_page_class_init (SwTrainPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_train_page_dispose;
  signals[SHOW_WEIGHTS] = g_signal_new ("show-weights", SW_TYPE_TRAIN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        G_TYPE_STRING, G_TYPE_STRING);
  signals[LEARNED] = g_signal_new ("learned", SW_TYPE_TRAIN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                   G_TYPE_STRING, G_TYPE_STRING);
  signals[MODELS_CHANGED]
      = g_signal_new ("models-changed", SW_TYPE_TRAIN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", SW_TYPE_TRAIN_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);
}

static void
sw_train_page_init (SwTrainPage *self)
{
  GtkWidget *overlay = gtk_overlay_new ();

  self->watch = sw_run_watch_new ();
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  g_signal_connect_object (self->watch, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "weights-changed", G_CALLBACK (on_weights_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->watch, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);

  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (self->stack, build_empty (), "empty");
  gtk_stack_add_named (self->stack, build_run (self), "run");
  self->settings_button = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (self->settings_button), "sidebar-show-symbolic");
  gtk_widget_set_tooltip_text (self->settings_button, _ ("Settings and Runs"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->settings_button), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Settings and runs"), -1);
  gtk_widget_set_halign (self->settings_button, GTK_ALIGN_END);
  gtk_widget_set_valign (self->settings_button, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->settings_button, 12);
  gtk_widget_set_margin_end (self->settings_button, 12);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), GTK_WIDGET (self->stack));
  gtk_widget_set_hexpand (overlay, TRUE);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->settings_button);
  self->flap = ADW_FLAP (adw_flap_new ());
  adw_flap_set_fold_policy (self->flap, ADW_FLAP_FOLD_POLICY_AUTO);
  adw_flap_set_separator (self->flap, gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  adw_flap_set_content (self->flap, overlay);
  adw_flap_set_swipe_to_open (self->flap, FALSE);
  adw_flap_set_swipe_to_close (self->flap, FALSE);
  g_object_bind_property (self->flap, "reveal-flap", self->settings_button, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  g_object_bind_property (self->flap, "folded", self->settings_button, "visible", G_BINDING_SYNC_CREATE);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->flap));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "train", G_ACTION_GROUP (self->actions));
  GtkWidget *const coloured[] = { GTK_WIDGET (self->loss), GTK_WIDGET (self->accuracy), GTK_WIDGET (self->equivariance),
                                  GTK_WIDGET (self->rate), GTK_WIDGET (self->matrix) };
  for (guint i = 0; i < G_N_ELEMENTS (coloured); i++)
    g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (redraw), coloured[i], G_CONNECT_SWAPPED);
}
