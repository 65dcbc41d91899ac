/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/lesson-page.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/plot.h"
#include "base/random.h"
#include "experiments/tetris.h"

#define SEED 1
#define RUN_PREFIX "lesson-"

typedef struct
{
  SwRunWatch *watch; /* owned */
  SwJudge *judge;    /* owned */
  GtkLabel *status, *verdict, *origin;
  gboolean trained; /* else its answers are guesses */
  gboolean listed;  /* its weights were told of */
  GtkProgressBar *progress;
  GtkLevelBar *bar[SW_TETRIS_N_PIECES];
  GtkLabel *name[SW_TETRIS_N_PIECES], *value[SW_TETRIS_N_PIECES];
} Side;

struct _SwLessonPage
{
  AdwBin parent_instance;

  Side sides[SW_LESSON_N_NETWORKS];
  SwPlot *plot;
  SwBlockView *block;
  GtkDropDown *pieces;
  GtkLabel *summary;
  GtkWidget *train_button, *pause_button, *resume_button, *again_button;

  SwSession *session;          /* owned */
  GSimpleActionGroup *actions; /* owned */
  SwRandom random;
  SwRunSettings override;
  gboolean has_override;
  gboolean updating;
};

enum
{
  MODELS_CHANGED,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwLessonPage, sw_lesson_page, ADW_TYPE_BIN)

static const char *
side_title (guint side)
{
  return side == 0 ? _ ("Steerable network") : _ ("Ordinary network");
}

/* ---- step 3: what both say */

static const char *
catalog_weights (SwLessonPage *self, const char *network)
{
  gsize n = 0;
  const SwCatalogWeights *weights = sw_catalog_weights (sw_session_get_catalog (self->session), &n);
  for (gsize i = 0; i < n; i++)
    if (!weights[i].from_run && g_strcmp0 (weights[i].network, network) == 0)
      return weights[i].path;
  return NULL;
}

static void
ask (SwLessonPage *self)
{
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    sw_judge_ask (self->sides[s].judge, sw_block_view_get_piece (self->block), sw_block_view_get_rotation (self->block));
}

static void
choose_weights (SwLessonPage *self, guint s)
{
  const SwExperiment *experiment = &sw_experiment_tetris;
  const char *name = s == 0 ? experiment->network : experiment->twin;
  const SwCatalogNetwork *network = sw_catalog_find_network (sw_session_get_catalog (self->session), name);
  g_autofree char *own = sw_run_watch_dup_weights (self->sides[s].watch);
  const char *weights = own != NULL ? own : catalog_weights (self, name);

  const SwRunLog *log = sw_run_watch_get_log (self->sides[s].watch);
  g_autofree char *trained = own != NULL ? g_strdup_printf (_ ("as you trained it, epoch %u"), log->epoch) : NULL;
  if (network == NULL)
    return;
  self->sides[s].trained = weights != NULL;
  gtk_label_set_label (self->sides[s].origin, own != NULL       ? trained
                                              : weights != NULL ? _ ("trained; comes with the program")
                                                                : _ ("not trained yet: it guesses"));
  sw_judge_set_network (self->sides[s].judge, network->path, weights);
  ask (self);
}

static void
show_answer (SwLessonPage *self, guint s)
{
  Side *side = &self->sides[s];
  const float *scores = sw_judge_get_scores (side->judge);
  const char *problem = sw_judge_get_problem (side->judge);
  const gsize piece = sw_judge_get_piece (side->judge);
  gsize top = 0;

  gtk_widget_remove_css_class (GTK_WIDGET (side->verdict), "error-small");
  gtk_widget_remove_css_class (GTK_WIDGET (side->verdict), "error-large");
  if (scores == NULL)
    {
      gtk_label_set_label (side->verdict, problem != NULL ? problem : "…");
      return;
    }
  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    if (scores[i] > scores[top])
      top = i;
  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    {
      g_autofree char *text = g_strdup_printf ("%.0f %%", 100.0 * (double) scores[i]);
      g_autofree char *spoken = g_strdup_printf ("%s, %s: %s", side_title (s), _ (sw_tetris_name (i)), text);
      gtk_level_bar_set_value (side->bar[i], CLAMP ((double) scores[i], 0.0, 1.0));
      gtk_label_set_label (side->value[i], text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (side->bar[i]), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
      if (i == piece)
        gtk_widget_add_css_class (GTK_WIDGET (side->name[i]), "top-score");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (side->name[i]), "top-score");
    }
  /* Translators: %s is the name of a Tetris piece */
  g_autofree char *verdict = g_strdup_printf (!side->trained   ? _ ("guesses “%s”")
                                              : top == piece ? _ ("✓ says “%s”") : _ ("✗ says “%s”"), _ (sw_tetris_name (top)));
  gtk_label_set_label (side->verdict, verdict);
  if (side->trained)
    gtk_widget_add_css_class (GTK_WIDGET (side->verdict), top == piece ? "error-small" : "error-large");
}

static void
on_answered (SwJudge *judge, SwLessonPage *self)
{
  show_answer (self, judge == self->sides[0].judge ? 0 : 1);
}

static void
set_piece (SwLessonPage *self, gsize piece)
{
  self->updating = TRUE;
  gtk_drop_down_set_selected (self->pieces, (guint) piece);
  self->updating = FALSE;
  sw_block_view_set_piece (self->block, piece);
  sw_block_view_set_rotation (self->block, sw_tetris_training_rotation (SEED, piece));
  ask (self);
}

static void
on_piece_selected (SwLessonPage *self)
{
  if (!self->updating)
    set_piece (self, gtk_drop_down_get_selected (self->pieces));
}

/* ---- step 2: training */

static gboolean
is_alive (SwWatchState state)
{
  return state == SW_WATCH_RUNNING || state == SW_WATCH_STOPPING;
}

static void
show_status (SwLessonPage *self, guint s)
{
  Side *side = &self->sides[s];
  const SwRunLog *log = sw_run_watch_get_log (side->watch);
  const SwWatchState state = sw_run_watch_get_state (side->watch);
  const char *problem = sw_run_watch_get_problem (side->watch);
  const SwRunPoint *point = log != NULL ? sw_run_log_last_validation (log) : NULL;
  GString *text = g_string_new (NULL);

  if (state == SW_WATCH_NOTHING)
    g_string_append (text, _ ("Has not begun"));
  else if (problem != NULL)
    g_string_append (text, problem);
  else if (log->epoch == 0)
    g_string_append (text, _ ("Getting ready…"));
  else
    {
      g_string_append_printf (text, state == SW_WATCH_PAUSED     ? _ ("Paused at epoch %u of %u")
                                    : state == SW_WATCH_FINISHED ? _ ("Done after epoch %u of %u")
                                                                 : _ ("Epoch %u of %u"),
                              log->epoch, log->epochs);
      if (point != NULL)
        g_string_append_printf (text, _ (" · %.0f %% right in new orientations"), 100.0 * point->validation_accuracy);
    }
  gtk_label_set_label (side->status, text->str);
  gtk_progress_bar_set_fraction (side->progress, log != NULL ? log->done : 0.0);
  g_string_free (text, TRUE);
}

static void
show_curves (SwLessonPage *self)
{
  SwPlotSeries series[SW_LESSON_N_NETWORKS];
  double *x[SW_LESSON_N_NETWORKS], *y[SW_LESSON_N_NETWORKS], end = 0.0;

  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      const SwRunLog *log = sw_run_watch_get_log (self->sides[s].watch);
      const gsize n = log != NULL ? log->points->len : 0;
      x[s] = g_new (double, n + 1);
      y[s] = g_new (double, n + 1);
      for (gsize i = 0; i < n; i++)
        {
          const SwRunPoint *point = &g_array_index (log->points, SwRunPoint, i);
          x[s][i] = point->epoch;
          y[s][i] = point->validation_accuracy;
        }
      series[s] = (SwPlotSeries){ side_title (s), s, s == 1, n, x[s], y[s] };
      if (log != NULL)
        end = MAX (end, (double) log->epochs);
    }
  sw_plot_set_series (self->plot, SW_LESSON_N_NETWORKS, series, end);
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      g_free (x[s]);
      g_free (y[s]);
    }
}

static void
set_enabled (SwLessonPage *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
show_summary (SwLessonPage *self)
{
  const SwRunPoint *points[SW_LESSON_N_NETWORKS];

  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      const SwRunLog *log = sw_run_watch_get_log (self->sides[s].watch);
      points[s] = log != NULL ? sw_run_log_last_validation (log) : NULL;
    }
  g_autofree char *text = NULL;
  if (points[0] != NULL && points[1] != NULL)
    text = g_strdup_printf (_ ("So far the steerable network recognises %.0f %% of the pieces in orientations that it has never "
                               "seen, the ordinary one %.0f %%. An eighth, 12.5 %%, is what guessing gives."),
                            100.0 * points[0]->validation_accuracy, 100.0 * points[1]->validation_accuracy);
  else
    text = g_strdup (_ ("The ordinary network takes more time for each epoch, so its curve grows more slowly. That is not the "
                        "point: look at the height that each curve reaches."));
  gtk_label_set_label (self->summary, text);
}

static void
update (SwLessonPage *self)
{
  gboolean any = FALSE, alive = FALSE, paused = FALSE;

  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      const SwWatchState state = sw_run_watch_get_state (self->sides[s].watch);
      any = any || state != SW_WATCH_NOTHING;
      alive = alive || is_alive (state);
      paused = paused || state == SW_WATCH_PAUSED || state == SW_WATCH_KEPT;
      show_status (self, s);
    }
  show_curves (self);
  show_summary (self);
  set_enabled (self, "train", !any);
  set_enabled (self, "pause", alive);
  set_enabled (self, "resume", paused && !alive);
  set_enabled (self, "again", any && !alive);
  gtk_widget_set_visible (self->train_button, !any);
  gtk_widget_set_visible (self->pause_button, alive);
  gtk_widget_set_visible (self->resume_button, paused && !alive);
  gtk_widget_set_visible (self->again_button, any && !alive);
}

static void
on_weights_changed (SwRunWatch *watch, SwLessonPage *self)
{
  const guint s = watch == self->sides[0].watch ? 0 : 1;

  choose_weights (self, s);
  /* Once when they appear, and when they are final. */
  if (!self->sides[s].listed || sw_run_watch_get_state (watch) != SW_WATCH_RUNNING)
    g_signal_emit (self, signals[MODELS_CHANGED], 0);
  self->sides[s].listed = TRUE;
}

static void
on_failed (SwLessonPage *self, const char *message)
{
  g_signal_emit (self, signals[PROBLEM], 0, message);
}

static void
start_side (SwLessonPage *self, guint s)
{
  g_autoptr (GError) error = NULL;
  SwRunSettings settings = {
    .experiment = sw_experiment_tetris.name,
    .twin = s == 1,
    .engine = SW_ENGINE_BANDLIMITED,
    .seed = SEED,
    .validate_every = 5,
    .n_validation = 32,
    .threads = MAX (1, g_get_num_processors () / SW_LESSON_N_NETWORKS),
  };
  if (self->has_override)
    {
      settings.epochs = self->override.epochs;
      settings.n_validation = self->override.n_validation;
      settings.size = self->override.size;
      settings.validate_every = 1;
    }
  if (!sw_run_watch_start (self->sides[s].watch, &settings, s == 0 ? RUN_PREFIX "steerable" : RUN_PREFIX "ordinary", &error))
    on_failed (self, error->message);
}

static void
activate_train (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    start_side (data, s);
}

static void
activate_pause (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLessonPage *self = data;
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    sw_run_watch_pause (self->sides[s].watch);
}

static void
activate_resume (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLessonPage *self = data;
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      g_autoptr (GError) error = NULL;
      const SwWatchState state = sw_run_watch_get_state (self->sides[s].watch);
      if ((state == SW_WATCH_PAUSED || state == SW_WATCH_KEPT) && !sw_run_watch_resume (self->sides[s].watch, &error))
        on_failed (self, error->message);
    }
}

/* Forgets both networks; their runs stay in the list of the train page. */
static void
activate_again (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLessonPage *self = data;
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      sw_run_watch_close (self->sides[s].watch);
      self->sides[s].listed = FALSE;
      choose_weights (self, s);
    }
  activate_train (NULL, NULL, self);
}

static void
activate_piece (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const int piece = g_variant_get_int32 (parameter);
  if (piece >= 0 && piece < SW_TETRIS_N_PIECES)
    set_piece (data, (gsize) piece);
}

static void
activate_as_trained (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLessonPage *self = data;
  set_piece (self, sw_block_view_get_piece (self->block));
}

static void
activate_random (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLessonPage *self = data;
  sw_block_view_set_rotation (self->block, sw_quat_random (&self->random));
  ask (self);
}

static const GActionEntry action_entries[] = {
  { "train", activate_train },        { "pause", activate_pause },           { "resume", activate_resume },
  { "again", activate_again },        { "piece", activate_piece, "i" },      { "as-trained", activate_as_trained },
  { "random", activate_random },
};

void
sw_lesson_page_refresh (SwLessonPage *self)
{
  g_autoptr (GPtrArray) list = sw_runs_list (100);

  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    for (guint i = 0; i < list->len && sw_run_watch_get_path (self->sides[s].watch) == NULL; i++)
      {
        const SwRunEntry *entry = g_ptr_array_index (list, i);
        const char *wanted = s == 0 ? RUN_PREFIX "steerable" : RUN_PREFIX "ordinary";
        if (g_str_has_prefix (entry->name, wanted))
          sw_run_watch_open (self->sides[s].watch, entry->path);
      }
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    choose_weights (self, s);
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
button_new (const char *label, const char *action)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static GtkWidget *
step_new (unsigned number, const char *title, const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8), *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  g_autofree char *digit = g_strdup_printf ("%u", number);
  GtkWidget *badge = gtk_label_new (digit);
  gtk_widget_add_css_class (badge, "step-number");
  gtk_widget_set_valign (badge, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (head), badge);
  gtk_box_append (GTK_BOX (head), label_new (title, "title-3"));
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), label_new (text, "body"));
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "step-card");
  return box;
}

static GtkWidget *
build_pieces (void)
{
  GtkWidget *step = step_new (1, _ ("Eight pieces, one look at each"),
                              _ ("A network is shown each of these pieces in one orientation only, the one you see here. Afterwards it has to "
                                 "recognise them however they are turned. Two of them, “chiral 1” and “chiral 2”, are mirror images."));
  GtkWidget *flow = gtk_flow_box_new ();

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (flow), TRUE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (flow), 2);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (flow), 8);
  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    {
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
      SwBlockView *piece = sw_block_view_new (FALSE, 76);
      GtkWidget *name = gtk_label_new (_ (sw_tetris_name (i)));
      sw_block_view_set_piece (piece, i);
      sw_block_view_set_rotation (piece, sw_tetris_training_rotation (SEED, i));
      gtk_widget_add_css_class (name, "caption");
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (piece));
      gtk_box_append (GTK_BOX (box), name);
      gtk_flow_box_append (GTK_FLOW_BOX (flow), box);
      gtk_widget_set_focusable (gtk_widget_get_parent (box), FALSE);
    }
  gtk_box_append (GTK_BOX (step), flow);
  return step;
}

static GtkWidget *
build_training (SwLessonPage *self)
{
  GtkWidget *step = step_new (2, _ ("Train two networks"),
                              _ ("Both see the same eight pictures. The steerable network is built so that turning its input only turns what "
                                 "it computes. The ordinary one has 150 times as many weights but no such rule: it can only learn what it is shown."));
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *grid = gtk_grid_new ();

  self->train_button = button_new (_ ("_Train Both"), "lesson.train");
  self->pause_button = button_new (_ ("_Pause"), "lesson.pause");
  self->resume_button = button_new (_ ("_Resume"), "lesson.resume");
  self->again_button = button_new (_ ("Train _Again"), "lesson.again");
  gtk_widget_add_css_class (self->train_button, "suggested-action");
  gtk_widget_add_css_class (self->resume_button, "suggested-action");
  gtk_box_append (GTK_BOX (buttons), self->train_button);
  gtk_box_append (GTK_BOX (buttons), self->pause_button);
  gtk_box_append (GTK_BOX (buttons), self->resume_button);
  gtk_box_append (GTK_BOX (buttons), self->again_button);
  gtk_box_append (GTK_BOX (step), buttons);
  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 18);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      Side *side = &self->sides[s];
      side->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
      gtk_widget_set_hexpand (GTK_WIDGET (side->progress), TRUE);
      gtk_accessible_update_property (GTK_ACCESSIBLE (side->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, side_title (s), -1);
      side->status = GTK_LABEL (label_new ("", "caption"));
      gtk_widget_add_css_class (GTK_WIDGET (side->status), "numeric");
      gtk_widget_add_css_class (GTK_WIDGET (side->status), "dim-label");
      gtk_label_set_yalign (side->status, 0.0f);
      gtk_grid_attach (GTK_GRID (grid), label_new (side_title (s), "heading"), (int) s, 0, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->progress), (int) s, 1, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->status), (int) s, 2, 1, 1);
    }
  gtk_box_append (GTK_BOX (step), grid);
  self->plot = sw_plot_new (_ ("Right in New Orientations"), SW_CHART_PERCENT);
  gtk_widget_set_size_request (GTK_WIDGET (self->plot), -1, 230);
  gtk_box_append (GTK_BOX (step), GTK_WIDGET (self->plot));
  self->summary = GTK_LABEL (label_new ("", "body"));
  gtk_box_append (GTK_BOX (step), GTK_WIDGET (self->summary));
  return step;
}

static GtkWidget *
build_side (SwLessonPage *self, guint s)
{
  Side *side = &self->sides[s];
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 8);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  side->verdict = GTK_LABEL (label_new ("…", "title-4"));
  side->origin = GTK_LABEL (label_new ("", "caption"));
  gtk_widget_add_css_class (GTK_WIDGET (side->origin), "dim-label");
  gtk_grid_attach (GTK_GRID (grid), label_new (side_title (s), "heading"), 0, 0, 3, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->origin), 0, 1, 3, 1);
  gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->verdict), 0, 2, 3, 1);
  for (int i = 0; i < SW_TETRIS_N_PIECES; i++)
    {
      side->name[i] = GTK_LABEL (label_new (_ (sw_tetris_name ((gsize) i)), "caption"));
      gtk_label_set_width_chars (side->name[i], 8);
      side->bar[i] = GTK_LEVEL_BAR (gtk_level_bar_new ());
      gtk_widget_set_hexpand (GTK_WIDGET (side->bar[i]), TRUE);
      gtk_widget_set_valign (GTK_WIDGET (side->bar[i]), GTK_ALIGN_CENTER);
      gtk_widget_set_size_request (GTK_WIDGET (side->bar[i]), 60, -1);
      gtk_widget_add_css_class (GTK_WIDGET (side->bar[i]), "score-bar");
      gtk_level_bar_remove_offset_value (side->bar[i], GTK_LEVEL_BAR_OFFSET_LOW);
      gtk_level_bar_remove_offset_value (side->bar[i], GTK_LEVEL_BAR_OFFSET_HIGH);
      gtk_level_bar_remove_offset_value (side->bar[i], GTK_LEVEL_BAR_OFFSET_FULL);
      gtk_accessible_update_relation (GTK_ACCESSIBLE (side->bar[i]), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                      side->name[i], NULL, -1);
      side->value[i] = GTK_LABEL (gtk_label_new (""));
      gtk_label_set_width_chars (side->value[i], 5);
      gtk_label_set_xalign (side->value[i], 1.0f);
      gtk_widget_add_css_class (GTK_WIDGET (side->value[i]), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (side->value[i]), "numeric");
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->name[i]), 0, 3 + i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->bar[i]), 1, 3 + i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (side->value[i]), 2, 3 + i, 1, 1);
    }
  gtk_widget_set_hexpand (grid, TRUE);
  gtk_widget_set_size_request (grid, 220, -1);
  return grid;
}

static GtkWidget *
build_turning (SwLessonPage *self)
{
  GtkWidget *step = step_new (3, _ ("Turn a block"),
                              _ ("Drag the block. At first it stands as both networks saw it in training. Turn it: the steerable network should keep "
                                 "its answer, the ordinary one soon loses it."));
  GtkWidget *flow = gtk_flow_box_new (), *left = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *tools = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    gtk_string_list_append (names, _ (sw_tetris_name (i)));
  self->block = sw_block_view_new (TRUE, 200);
  gtk_widget_set_hexpand (GTK_WIDGET (self->block), TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->block), _ ("Drag, or use the arrow keys"));
  g_signal_connect_object (self->block, "turned", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
  self->pieces = GTK_DROP_DOWN (gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&names)), NULL));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pieces), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Piece"), -1);
  g_signal_connect_object (self->pieces, "notify::selected", G_CALLBACK (on_piece_selected), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (tools), button_new (_ ("As _Trained"), "lesson.as-trained"));
  gtk_box_append (GTK_BOX (tools), button_new (_ ("Ran_dom"), "lesson.random"));
  gtk_widget_set_halign (tools, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (GTK_WIDGET (self->pieces), GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (left), GTK_WIDGET (self->pieces));
  gtk_box_append (GTK_BOX (left), GTK_WIDGET (self->block));
  gtk_box_append (GTK_BOX (left), tools);

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (flow), GTK_SELECTION_NONE);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (flow), TRUE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (flow), 1);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (flow), 3);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (flow), 18);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (flow), 18);
  GtkWidget *const parts[] = { left, build_side (self, 0), build_side (self, 1) };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gtk_flow_box_append (GTK_FLOW_BOX (flow), parts[i]);
      gtk_widget_set_focusable (gtk_widget_get_parent (parts[i]), FALSE);
    }
  gtk_box_append (GTK_BOX (step), flow);
  return step;
}

void
sw_lesson_page_set_session (SwLessonPage *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  set_piece (self, 0);
  update (self);
}

GActionGroup *
sw_lesson_page_get_actions (SwLessonPage *self)
{
  return G_ACTION_GROUP (self->actions);
}

SwRunWatch *
sw_lesson_page_get_watch (SwLessonPage *self, guint network)
{
  return self->sides[network].watch;
}

SwJudge *
sw_lesson_page_get_judge (SwLessonPage *self, guint network)
{
  return self->sides[network].judge;
}

SwBlockView *
sw_lesson_page_get_block (SwLessonPage *self)
{
  return self->block;
}

void
sw_lesson_page_override (SwLessonPage *self, unsigned epochs, gsize n_validation, unsigned size)
{
  self->override = (SwRunSettings){ .epochs = epochs, .n_validation = n_validation, .size = size };
  self->has_override = TRUE;
}

void
sw_lesson_page_shutdown (SwLessonPage *self)
{
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    if (self->sides[s].judge != NULL)
      sw_judge_shutdown (self->sides[s].judge);
}

static void
sw_lesson_page_dispose (GObject *object)
{
  SwLessonPage *self = SW_LESSON_PAGE (object);
  sw_lesson_page_shutdown (self);
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      if (self->sides[s].watch != NULL)
        g_signal_handlers_disconnect_by_data (self->sides[s].watch, self);
      g_clear_object (&self->sides[s].watch);
      g_clear_object (&self->sides[s].judge);
    }
  g_clear_object (&self->actions);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (sw_lesson_page_parent_class)->dispose (object);
}

static void
sw_lesson_page_class_init (SwLessonPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_lesson_page_dispose;
  signals[MODELS_CHANGED]
      = g_signal_new ("models-changed", SW_TYPE_LESSON_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", SW_TYPE_LESSON_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);
}

static void
redraw (GtkWidget *widget)
{
  gtk_widget_queue_draw (widget);
}

static void
sw_lesson_page_init (SwLessonPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 14);
  GtkWidget *clamp = adw_clamp_new (), *scrolled = gtk_scrolled_window_new ();
  GtkWidget *title = label_new (_ ("Teach a Network About Rotation"), "title-1");

  sw_random_init (&self->random, (guint64) g_get_real_time ());
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), action_entries, G_N_ELEMENTS (action_entries), self);
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      Side *side = &self->sides[s];
      side->watch = sw_run_watch_new ();
      side->judge = sw_judge_new ();
      g_signal_connect_object (side->watch, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (side->watch, "weights-changed", G_CALLBACK (on_weights_changed), self, 0);
      g_signal_connect_object (side->watch, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (side->judge, "answered", G_CALLBACK (on_answered), self, 0);
    }
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), build_pieces ());
  gtk_box_append (GTK_BOX (box), build_training (self));
  gtk_box_append (GTK_BOX (box), build_turning (self));
  gtk_widget_set_margin_top (box, 24);
  gtk_widget_set_margin_bottom (box, 36);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 980);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), clamp);
  adw_bin_set_child (ADW_BIN (self), scrolled);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "lesson", G_ACTION_GROUP (self->actions));
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (redraw), self->plot, G_CONNECT_SWAPPED);
}
