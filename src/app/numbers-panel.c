/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/numbers-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"
#include "workbench/model-card.h"

/* So many classes fit beside the rotation panel; the largest scores are shown. */
#define N_SCORES 4

/* Where the numbers change colour: below, nothing can be seen in the picture; above, anyone sees
 * it. */
#define ERROR_SMALL 0.02
#define ERROR_LARGE 0.10

struct _SwNumbersPanel
{
  GtkBox parent_instance;

  GtkLabel *layer_error, *layer_caption, *output_error, *by_order, *timing;
  GtkLabel *scores_heading, *weights_label, *card_label, *unlike_label;
  GtkGrid *scores;

  GtkLabel *score_name[N_SCORES], *score_value[N_SCORES];
  GtkLevelBar *score_bar[N_SCORES];
  SwSession *session;         /* owned */
  const SwLoadedModel *carded; /* whose card is shown; only compared */
};

G_DEFINE_FINAL_TYPE (SwNumbersPanel, sw_numbers_panel, GTK_TYPE_BOX)

static void
show_error (GtkLabel *label, double error, const char *what)
{
  static const char *const classes[] = { "error-small", "error-medium", "error-large" };
  g_autofree char *text = sw_numbers_format_error (error);
  g_autofree char *spoken = g_strdup_printf ("%s: %s", what, text);

  gtk_label_set_label (label, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (label), classes[i]);
  if (isfinite (error))
    gtk_widget_add_css_class (GTK_WIDGET (label),
                              classes[error < ERROR_SMALL ? 0 : error < ERROR_LARGE ? 1 : 2]);
}

static void
update_errors (SwNumbersPanel *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);

  if (comparison == NULL)
    {
      show_error (self->layer_error, NAN, _ ("Equivariance error of this layer"));
      show_error (self->output_error, NAN, _ ("Equivariance error of the output"));
      gtk_label_set_label (self->by_order, "");
      gtk_label_set_label (self->timing, "");
      return;
    }
  const SwRunResult *run = comparison->at_rotation;
  const SwRunLayer *layer = sw_run_result_get_layer (run, comparison->layer);
  show_error (self->layer_error, comparison->error.silent ? NAN : comparison->error.error,
              _ ("Equivariance error of this layer"));
  show_error (self->output_error, comparison->output_error,
              _ ("Equivariance error of the output"));
  gtk_label_set_label (self->layer_caption, layer->name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->layer_caption), layer->name);

  GString *text = g_string_new (NULL);
  if (comparison->error.silent)
    g_string_append (text, _ ("silent: nothing to compare"));
  for (unsigned l = 0; l <= SW_FIELD_L_MAX && !comparison->error.silent && layer->typed; l++)
    if (isfinite (comparison->error.error_l[l]))
      {
        g_autofree char *error = sw_numbers_format_error (comparison->error.error_l[l]);
        g_string_append_printf (text, "%sl=%u  %s", text->len > 0 ? "   " : "", l, error);
      }
  if (!layer->typed)
    g_string_append (text, _ ("channels taken as scalars"));
  gtk_label_set_label (self->by_order, text->str);
  g_string_free (text, TRUE);

  const double rate = sw_session_get_rate (self->session);
  g_autofree char *forward = sw_numbers_format_time (run->seconds_forward);
  /* Translators: time of the network; then updates per second while turning */
  g_autofree char *timing
      = rate > 0.0 ? g_strdup_printf (_ ("network %s, %.0f pictures/s"), forward, rate)
                   : g_strdup_printf (_ ("network %s"), forward);
  gtk_label_set_label (self->timing, timing);
}

static gsize
nth_largest (const float *values, gsize n, gsize rank, gboolean *taken)
{
  gsize best = n;
  for (gsize i = 0; i < n; i++)
    if (!taken[i] && (best == n || values[i] > values[best]))
      best = i;
  if (best < n)
    taken[best] = TRUE;
  return best;
}

static void
update_scores (SwNumbersPanel *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const SwRunResult *run
      = comparison != NULL ? comparison->at_rotation : sw_session_get_first_run (self->session);
  const SwRunResult *first = sw_session_get_first_run (self->session);
  const SwLoadedModel *model = sw_session_get_model (self->session);
  const gsize n = run != NULL && run->scores != NULL ? run->n_outputs : 0;
  /* Ordered by the scores of the first run, so that bars do not change places while turning. */
  const float *order = first != NULL && first->n_outputs == n ? first->scores
                       : run != NULL                                ? run->scores
                                                                    : NULL;
  g_autofree gboolean *taken = g_new0 (gboolean, n + 1);

  for (gsize rank = 0; rank < N_SCORES; rank++)
    {
      const gsize i = rank < n ? nth_largest (order, n, rank, taken) : n;
      const gboolean shown = i < n;
      gtk_widget_set_visible (GTK_WIDGET (self->score_name[rank]), shown);
      gtk_widget_set_visible (GTK_WIDGET (self->score_bar[rank]), shown);
      gtk_widget_set_visible (GTK_WIDGET (self->score_value[rank]), shown);
      if (!shown)
        continue;
      g_autofree char *name = run->class_names != NULL
                                  ? g_strdup (run->class_names[i])
                                  : g_strdup_printf (_ ("Output %u"), (unsigned) i + 1);
      g_autofree char *value = g_strdup_printf ("%.3f", (double) run->scores[i]);
      g_autofree char *spoken = g_strdup_printf ("%s: %s", name, value);
      gtk_label_set_label (self->score_name[rank], name);
      gtk_label_set_label (self->score_value[rank], value);
      gtk_level_bar_set_value (self->score_bar[rank], CLAMP ((double) run->scores[i], 0.0, 1.0));
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->score_bar[rank]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
      if (i == run->top)
        gtk_widget_add_css_class (GTK_WIDGET (self->score_name[rank]), "top-score");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self->score_name[rank]), "top-score");
    }
  g_autofree char *heading
      = n > N_SCORES
            ? g_strdup_printf (_ ("Class scores, the first %u of %u"), N_SCORES, (unsigned) n)
            : g_strdup (_ ("Class scores"));
  gtk_label_set_label (self->scores_heading, heading);
  const gboolean changed = comparison != NULL && comparison->class_changed;
  gtk_label_set_label (self->weights_label, changed                          ? _ ("The class changed!")
                                            : model == NULL                  ? ""
                                            : model->random                  ? _ ("untrained weights")
                                                                             : _ ("trained weights"));
  if (changed)
    gtk_widget_add_css_class (GTK_WIDGET (self->weights_label), "error-large");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->weights_label), "error-large");
}

/* What the model is for and how well it did, before its answer. */
static void
update_card (SwNumbersPanel *self)
{
  const SwLoadedModel *model = sw_session_get_model (self->session);

  if (model == self->carded)
    return;
  self->carded = model;
  /* Of random weights the line below says all there is. */
  gtk_widget_set_visible (GTK_WIDGET (self->card_label), model != NULL && !model->random);
  if (model == NULL)
    return;
  g_autoptr (SwModelCard) card = sw_model_card_new (model);
  g_autofree char *whole = sw_model_card_dup_text (card);
  g_autofree char *line = g_strdup_printf ("%s %s", card->training, card->result);
  gtk_label_set_label (self->card_label, g_strstrip (line));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->card_label), whole);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->card_label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, whole, -1);
}

/* In what the structure is unlike what the model knows. */
static void
update_unlike (SwNumbersPanel *self)
{
  const SwRunResult *run = sw_session_get_first_run (self->session);
  const guint n = run != NULL && run->warnings != NULL ? g_strv_length ((char **) run->warnings) : 0;

  gtk_widget_set_visible (GTK_WIDGET (self->unlike_label), n > 0);
  if (n == 0)
    return;
  g_autofree char *all = g_strjoinv ("\n", (char **) run->warnings);
  g_autofree char *line
      = n == 1 ? g_strdup (run->warnings[0])
               /* Translators: a sentence, and how many more there are */
               : g_strdup_printf (ngettext ("%s (and %u more)", "%s (and %u more)", n - 1), run->warnings[0], n - 1);
  gtk_label_set_label (self->unlike_label, line);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->unlike_label), all);
}

static void
update (SwNumbersPanel *self)
{
  update_errors (self);
  update_card (self);
  update_unlike (self);
  update_scores (self);
}

void
sw_numbers_panel_set_session (SwNumbersPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
sw_numbers_panel_dispose (GObject *object)
{
  SwNumbersPanel *self = SW_NUMBERS_PANEL (object);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_NUMBERS_PANEL);
  G_OBJECT_CLASS (sw_numbers_panel_parent_class)->dispose (object);
}

static void
sw_numbers_panel_class_init (SwNumbersPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_numbers_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/swivel/Swivel/numbers-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, layer_error);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, layer_caption);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, output_error);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, by_order);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, timing);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, scores_heading);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, weights_label);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, card_label);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, unlike_label);
  gtk_widget_class_bind_template_child (widget_class, SwNumbersPanel, scores);
}

static void
sw_numbers_panel_init (SwNumbersPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < N_SCORES; i++)
    {
      self->score_name[i] = GTK_LABEL (gtk_label_new (""));
      gtk_label_set_xalign (self->score_name[i], 0.0f);
      gtk_label_set_ellipsize (self->score_name[i], PANGO_ELLIPSIZE_END);
      gtk_label_set_width_chars (self->score_name[i], 14);
      gtk_label_set_max_width_chars (self->score_name[i], 20);
      gtk_widget_add_css_class (GTK_WIDGET (self->score_name[i]), "caption");
      self->score_bar[i] = GTK_LEVEL_BAR (gtk_level_bar_new ());
      gtk_widget_set_hexpand (GTK_WIDGET (self->score_bar[i]), TRUE);
      gtk_widget_set_valign (GTK_WIDGET (self->score_bar[i]), GTK_ALIGN_CENTER);
      gtk_widget_set_size_request (GTK_WIDGET (self->score_bar[i]), 80, -1);
      gtk_widget_add_css_class (GTK_WIDGET (self->score_bar[i]), "score-bar");
      gtk_level_bar_remove_offset_value (self->score_bar[i], GTK_LEVEL_BAR_OFFSET_LOW);
      gtk_level_bar_remove_offset_value (self->score_bar[i], GTK_LEVEL_BAR_OFFSET_HIGH);
      gtk_level_bar_remove_offset_value (self->score_bar[i], GTK_LEVEL_BAR_OFFSET_FULL);
      self->score_value[i] = GTK_LABEL (gtk_label_new (""));
      gtk_label_set_width_chars (self->score_value[i], 5);
      gtk_label_set_xalign (self->score_value[i], 1.0f);
      gtk_widget_add_css_class (GTK_WIDGET (self->score_value[i]), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (self->score_value[i]), "numeric");
      gtk_grid_attach (self->scores, GTK_WIDGET (self->score_name[i]), 0, i, 1, 1);
      gtk_grid_attach (self->scores, GTK_WIDGET (self->score_bar[i]), 1, i, 1, 1);
      gtk_grid_attach (self->scores, GTK_WIDGET (self->score_value[i]), 2, i, 1, 1);
    }
}
