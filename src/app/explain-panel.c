/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/explain-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"
#include "render/colormap.h"

#define COLORMAP SW_COLORMAP_BLUE_ORANGE
#define N_COLORS 5

struct _SwExplainPanel
{
  AdwBin parent_instance;

  GtkDropDown *classes;
  GtkAdjustment *rotations;
  GtkCheckButton *occlusion;
  GtkWidget *start_button, *cancel_button, *export_button, *outcome;
  GtkProgressBar *progress;
  GtkLabel *summary, *warnings, *legend_low, *legend_high;
  GtkPicture *legend_bar;
  GtkListView *list;

  SwSession *session; /* owned */
  SwLoadedModel *model; /* owned: whose classes are in the list */
  SwAttribution *attribution; /* owned */
  SwLoadedModel *explained; /* owned: the model of the attribution, or of the one that is computed */
  SwDocument *document; /* owned, likewise */
  SwEngine engine;      /* likewise */
  GCancellable *cancellable; /* owned while it computes */
};

enum
{
  CHANGED,
  RESIDUE_CHOSEN,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwExplainPanel, sw_explain_panel, ADW_TYPE_BIN)

void
sw_explain_color (const SwAttribution *attribution, double value, guint8 ret_rgba[4])
{
  float rgb[3];

  sw_colormap_get (COLORMAP, attribution->largest > 0.0 ? 0.5 + 0.5 * value / attribution->largest : 0.5, rgb);
  for (int i = 0; i < 3; i++)
    ret_rgba[i] = (guint8) (255.0f * rgb[i] + 0.5f);
  ret_rgba[3] = 255;
}

/* ---- what is shown */

static char *
signed_number (double value)
{
  /* U+2212, as the other numbers on screen */
  return g_strdup_printf ("%s%.3g", value < 0.0 ? "−" : "+", fabs (value));
}

static void
show_summary (SwExplainPanel *self)
{
  const SwAttribution *a = self->attribution;
  const SwNetwork *network = self->explained->network;
  g_autofree char *name = network->n_classes == network->n_outputs
                              ? g_strdup (a->class_name)
                              : g_strdup_printf (_ ("Output %u"), (unsigned) a->class_index + 1);
  g_autofree char *score = signed_number (a->score), *sum = signed_number (a->sum);
  g_autofree char *low = signed_number (-a->largest), *high = signed_number (a->largest);
  GString *text = g_string_new (NULL);
  GString *warnings = g_string_new (NULL);

  /* Translators: class, probability, log odds */
  g_string_append_printf (text, _ ("“%s”: probability %.3f, log odds %s."), name, a->probability, score);
  g_string_append_c (text, ' ');
  /* Translators: a number, its error, how many rotations */
  g_string_append_printf (text, _ ("All residues together: %s ± %.2g (first order, mean over %u rotations)."), sum, a->sum_error,
                          (unsigned) a->n_rotations);
  if (a->has_occlusion && isfinite (a->rank_correlation))
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, _ ("Leaving residues out ranks them alike to %.2f (Spearman)."), a->rank_correlation);
    }
  gtk_label_set_label (self->summary, text->str);
  for (const char *const *warning = a->warnings; *warning != NULL; warning++)
    g_string_append_printf (warnings, "%s%s", warnings->len > 0 ? "\n" : "", *warning);
  gtk_label_set_label (self->warnings, warnings->str);
  gtk_widget_set_visible (GTK_WIDGET (self->warnings), warnings->len > 0);
  gtk_label_set_label (self->legend_low, low);
  gtk_label_set_label (self->legend_high, high);
  g_string_free (text, TRUE);
  g_string_free (warnings, TRUE);
}

static void
show_list (SwExplainPanel *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  GtkSingleSelection *selection;

  for (gsize i = 0; self->attribution != NULL && i < self->attribution->n_ranked; i++)
    {
      g_autofree char *name = sw_attribution_dup_residue_name (self->attribution, self->attribution->ranking[i]);
      gtk_string_list_append (names, name);
    }
  selection = gtk_single_selection_new (G_LIST_MODEL (g_steal_pointer (&names)));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_object_unref (selection);
}

static void
update (SwExplainPanel *self)
{
  const gboolean busy = self->cancellable != NULL;
  SwDocument *document = sw_session_get_document (self->session);

  gtk_widget_set_visible (self->start_button, !busy);
  gtk_widget_set_sensitive (self->start_button, document != NULL && document->structure != NULL
                                                    && sw_session_get_model (self->session) != NULL);
  gtk_widget_set_visible (self->cancel_button, busy);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), busy);
  gtk_widget_set_visible (self->outcome, self->attribution != NULL);
  gtk_widget_set_sensitive (self->export_button, self->attribution != NULL);
}

static void
take (SwExplainPanel *self, SwAttribution *attribution)
{
  if (attribution == NULL && self->attribution == NULL)
    return;
  g_clear_pointer (&self->attribution, sw_attribution_unref);
  self->attribution = attribution;
  if (attribution != NULL)
    show_summary (self);
  show_list (self);
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- rows */

static void
on_setup_row (GtkSignalListItemFactory *factory, GtkListItem *item, SwExplainPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *swatch = gtk_label_new (NULL), *name = gtk_label_new (NULL), *value = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (value, "numeric");
  gtk_accessible_update_state (GTK_ACCESSIBLE (swatch), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_box_append (GTK_BOX (box), swatch);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), value);
  gtk_list_item_set_child (item, box);
}

static void
on_bind_row (GtkSignalListItemFactory *factory, GtkListItem *item, SwExplainPanel *self)
{
  const guint position = gtk_list_item_get_position (item);
  GtkWidget *swatch = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *name = gtk_widget_get_next_sibling (swatch), *value = gtk_widget_get_next_sibling (name);

  if (self->attribution == NULL || position >= self->attribution->n_ranked)
    return;
  const SwAttributionResidue *residue = &self->attribution->residues[self->attribution->ranking[position]];
  guint8 color[4];
  sw_explain_color (self->attribution, residue->value, color);
  g_autofree char *markup
      = g_strdup_printf ("<span foreground='#%02x%02x%02x'>■</span>", color[0], color[1], color[2]);
  g_autofree char *number = signed_number (residue->value);
  g_autofree char *text
      = isfinite (residue->error) ? g_strdup_printf ("%s ± %.1g", number, residue->error) : g_strdup (number);
  gtk_label_set_markup (GTK_LABEL (swatch), markup);
  gtk_label_set_label (GTK_LABEL (name), gtk_string_object_get_string (gtk_list_item_get_item (item)));
  gtk_label_set_label (GTK_LABEL (value), text);
}

static void
on_activate_row (GtkListView *list, guint position, SwExplainPanel *self)
{
  if (self->attribution != NULL && position < self->attribution->n_ranked)
    g_signal_emit (self, signals[RESIDUE_CHOSEN], 0, (guint) self->attribution->ranking[position]);
}

/* ---- following the session */

static void
show_classes (SwExplainPanel *self)
{
  SwLoadedModel *model = (SwLoadedModel *) sw_session_get_model (self->session);

  if (model == NULL || model == self->model)
    return;
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  gtk_string_list_append (names, _ ("The highest score"));
  for (gsize i = 0; i < model->network->n_outputs; i++)
    if (model->network->n_classes == model->network->n_outputs)
      gtk_string_list_append (names, model->network->class_names[i]);
    else
      {
        g_autofree char *name = g_strdup_printf (_ ("Output %u"), (unsigned) i + 1);
        gtk_string_list_append (names, name);
      }
  gtk_drop_down_set_model (self->classes, G_LIST_MODEL (names));
  g_clear_pointer (&self->model, sw_loaded_model_unref);
  self->model = sw_loaded_model_ref (model);
}

/* Without a model a new run is on its way; the old explanation stays until it is known to be void. */
static void
follow (SwExplainPanel *self)
{
  const SwLoadedModel *model = sw_session_get_model (self->session);
  const gboolean same = sw_session_get_document (self->session) == self->document
                        && sw_session_get_engine_used (self->session) == self->engine
                        && (model == NULL || model == self->explained);

  show_classes (self);
  if (!same)
    {
      sw_explain_panel_cancel (self);
      take (self, NULL);
    }
  update (self);
}

/* ---- the work */

static void
on_progress (double fraction, const char *sentence, gpointer data)
{
  SwExplainPanel *self = data;

  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
  gtk_progress_bar_set_text (self->progress, sentence);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwExplainPanel) self = data;
  g_autoptr (GError) error = NULL;
  SwAttribution *attribution = sw_attribution_compute_finish (result, &error);

  if (self->session == NULL) /* the window is gone */
    {
      sw_attribution_unref (attribution);
      return;
    }
  const gboolean cancelled = g_cancellable_is_cancelled (self->cancellable);
  g_clear_object (&self->cancellable);
  if (attribution != NULL && !cancelled)
    take (self, g_steal_pointer (&attribution));
  else if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[PROBLEM], 0, error->message);
  sw_attribution_unref (attribution);
  update (self);
}

void
sw_explain_panel_start (SwExplainPanel *self)
{
  SwLoadedModel *model = (SwLoadedModel *) sw_session_get_model (self->session);
  SwDocument *document = sw_session_get_document (self->session);
  const guint chosen = gtk_drop_down_get_selected (self->classes);

  if (self->cancellable != NULL || model == NULL || document == NULL || document->structure == NULL)
    return;
  SwJobOptions options = *sw_session_get_job_options (self->session);
  options.engine = sw_session_get_engine_used (self->session);
  const SwAttributionParams params = {
    .class_given = chosen != 0 && chosen <= model->network->n_outputs,
    .class_index = chosen - 1,
    .n_rotations = (gsize) gtk_adjustment_get_value (self->rotations),
    .occlusion = gtk_check_button_get_active (self->occlusion),
  };
  g_clear_pointer (&self->explained, sw_loaded_model_unref);
  self->explained = sw_loaded_model_ref (model);
  g_clear_pointer (&self->document, sw_document_unref);
  self->document = sw_document_ref (document);
  self->engine = options.engine;
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0.0);
  gtk_progress_bar_set_text (self->progress, _ ("Preparing"));
  sw_attribution_compute_async (model, &options, document, &params, self->cancellable, on_progress, self, on_done,
                                g_object_ref (self));
  update (self);
}

gboolean
sw_explain_panel_cancel (SwExplainPanel *self)
{
  if (self->cancellable == NULL || g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  g_cancellable_cancel (self->cancellable);
  return TRUE;
}

SwAttribution *
sw_explain_panel_get_attribution (SwExplainPanel *self)
{
  return self->attribution;
}

gboolean
sw_explain_write (const SwAttribution *attribution, const char *path, char **ret_second, GError **error)
{
  guint8 colors[N_COLORS][4];
  const SwPalette palette = { N_COLORS, (const guint8(*)[4]) colors };

  sw_colormap_fill (COLORMAP, N_COLORS, colors);
  return sw_attribution_write (attribution, &palette, path, ret_second, error);
}

void
sw_explain_panel_set_session (SwExplainPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "choice-changed", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  update (self);
}

/* ---- object */

static void
sw_explain_panel_dispose (GObject *object)
{
  SwExplainPanel *self = SW_EXPLAIN_PANEL (object);

  sw_explain_panel_cancel (self);
  g_clear_object (&self->session);
  g_clear_pointer (&self->model, sw_loaded_model_unref);
  g_clear_pointer (&self->explained, sw_loaded_model_unref);
  g_clear_pointer (&self->document, sw_document_unref);
  g_clear_pointer (&self->attribution, sw_attribution_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_EXPLAIN_PANEL);
  G_OBJECT_CLASS (sw_explain_panel_parent_class)->dispose (object);
}

static void
sw_explain_panel_finalize (GObject *object)
{
  g_clear_object (&SW_EXPLAIN_PANEL (object)->cancellable);
  G_OBJECT_CLASS (sw_explain_panel_parent_class)->finalize (object);
}

static void
sw_explain_panel_class_init (SwExplainPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_explain_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_explain_panel_finalize;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_EXPLAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[RESIDUE_CHOSEN] = g_signal_new ("residue-chosen", SW_TYPE_EXPLAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[PROBLEM] = g_signal_new ("problem", SW_TYPE_EXPLAIN_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/explain-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, classes);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, rotations);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, occlusion);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, start_button);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, export_button);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, outcome);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, progress);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, summary);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, warnings);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, legend_low);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, legend_high);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, legend_bar);
  gtk_widget_class_bind_template_child (widget_class, SwExplainPanel, list);
}

static void
sw_explain_panel_init (SwExplainPanel *self)
{
  enum { N = 128 };
  guint8 colors[N][4];
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_row), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_row), self);
  gtk_list_view_set_factory (self->list, factory);
  g_object_unref (factory);
  g_signal_connect_object (self->list, "activate", G_CALLBACK (on_activate_row), self, 0);
  sw_colormap_fill (COLORMAP, N, colors);
  g_autoptr (GBytes) bytes = g_bytes_new (colors, sizeof colors);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (N, 1, GDK_MEMORY_R8G8B8A8, bytes, N * 4);
  gtk_picture_set_paintable (self->legend_bar, GDK_PAINTABLE (texture));
}
