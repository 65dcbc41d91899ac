/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/propensity-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/sequence-view.h"
#include "workbench/model-card.h"

#define N_LEGEND 128

struct _SwPropensityPanel
{
  AdwBin parent_instance;

  GtkWidget *start_button, *cancel_button, *export_button, *outcome, *hint;
  GtkProgressBar *progress;
  GtkLabel *summary, *card, *name;
  GtkPicture *legend;
  SwSequenceView *sequence;
  GtkLabel *bar_names[SW_AMINO_ACIDS], *bar_values[SW_AMINO_ACIDS];
  GtkLevelBar *bars[SW_AMINO_ACIDS];
  GtkWidget *bar_grid;

  SwSession *session;         /* owned */
  SwPropensity *propensity;   /* owned */
  SwDocument *document;       /* owned: of the result, or of the one that is computed */
  guint chosen;               /* G_MAXUINT: none */
  GCancellable *cancellable;  /* owned while it computes */
};

enum
{
  CHANGED,
  RESIDUE_CHOSEN,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwPropensityPanel, sw_propensity_panel, ADW_TYPE_BIN)

/* ---- what is shown */

static int
by_probability (gconstpointer a, gconstpointer b, gpointer data)
{
  const float *p = data;
  const float x = p[*(const guint *) a], y = p[*(const guint *) b];
  return (x < y) - (x > y);
}

/* The twenty of a residue, the most probable first. */
static void
show_residue (SwPropensityPanel *self, guint index)
{
  const SwStructure *structure;
  guint order[SW_AMINO_ACIDS];
  g_autofree char *markup = NULL;

  gtk_widget_set_visible (self->bar_grid, FALSE);
  if (self->propensity == NULL || index >= self->propensity->n_residues)
    {
      gtk_label_set_label (self->name, self->propensity != NULL ? _ ("Point at a residue, or choose one with the arrow keys.") : "");
      return;
    }
  const SwPropensityResidue *own = &self->propensity->residues[index];
  structure = self->propensity->document->structure;
  const SwResidue *residue = &structure->residues[own->residue];
  g_autofree char *chain = g_markup_escape_text (structure->chains[residue->chain].name, -1);
  g_autofree char *component = g_markup_escape_text (residue->name, -1);
  if (!own->known)
    /* Translators: chain, amino acid, number */
    markup = g_strdup_printf (_ ("<b>%s/%s %d</b>: its backbone is incomplete"), chain, component, (int) residue->number);
  else if (own->rank == 0)
    markup = g_strdup_printf (_ ("<b>%s/%s %d</b>: none of the twenty"), chain, component, (int) residue->number);
  else
    /* Translators: chain, amino acid, number, percent, place among the twenty */
    markup = g_strdup_printf (_ ("<b>%s/%s %d</b>: %.1f %%, number %u of 20"), chain, component, (int) residue->number,
                              100.0 * (double) own->probability, own->rank);
  gtk_label_set_markup (self->name, markup);
  if (!own->known)
    return;
  gtk_widget_set_visible (self->bar_grid, TRUE);
  for (guint i = 0; i < SW_AMINO_ACIDS; i++)
    order[i] = i;
  g_qsort_with_data (order, SW_AMINO_ACIDS, sizeof *order, by_probability, (gpointer) own->probabilities);
  for (guint i = 0; i < SW_AMINO_ACIDS; i++)
    {
      const gboolean native = order[i] == own->native;
      const double p = (double) own->probabilities[order[i]];
      g_autofree char *value = g_strdup_printf ("%.1f %%", 100.0 * p);
      g_autofree char *name = g_strdup_printf (native ? "<b>%s</b>" : "%s", sw_amino_acid_name (order[i]));
      gtk_label_set_markup (self->bar_names[i], name);
      gtk_level_bar_set_value (self->bars[i], p);
      gtk_label_set_label (self->bar_values[i], value);
      if (native)
        gtk_widget_remove_css_class (GTK_WIDGET (self->bars[i]), "norm-bar");
      else
        gtk_widget_add_css_class (GTK_WIDGET (self->bars[i]), "norm-bar");
    }
}

static void
show_summary (SwPropensityPanel *self)
{
  const SwPropensity *p = self->propensity;
  g_autoptr (SwModelCard) card = sw_model_card_new (p->model);
  g_autofree char *about = sw_model_card_dup_text (card);
  g_autofree char *text
      = p->n_native > 0
            /* Translators: number of residues, percent, percent */
            ? g_strdup_printf (_ ("%zu residues. The protein's own amino acid comes first in %.0f %% of the places, among the first "
                                  "three in %.0f %%."),
                               p->n_known, 100.0 * p->accuracy, 100.0 * p->top3)
            : g_strdup_printf (_ ("%zu residues, none of the twenty amino acids."), p->n_known);

  gtk_label_set_label (self->summary, text);
  gtk_label_set_label (self->card, p->model->random ? _ ("There are no trained weights for this network: these numbers mean nothing.")
                                                    : about);
}

static void
update (SwPropensityPanel *self)
{
  const gboolean busy = self->cancellable != NULL;
  const SwDocument *document = sw_session_get_document (self->session);

  gtk_widget_set_visible (self->start_button, !busy && self->propensity == NULL);
  gtk_widget_set_sensitive (self->start_button, document != NULL && document->structure != NULL);
  gtk_widget_set_visible (self->cancel_button, busy);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), busy);
  gtk_widget_set_visible (self->hint, !busy && self->propensity == NULL);
  gtk_widget_set_visible (self->outcome, self->propensity != NULL);
  gtk_widget_set_visible (self->export_button, self->propensity != NULL);
}

static void
take (SwPropensityPanel *self, SwPropensity *propensity)
{
  if (propensity == NULL && self->propensity == NULL)
    return;
  g_clear_pointer (&self->propensity, sw_propensity_unref);
  self->propensity = propensity;
  self->chosen = G_MAXUINT;
  sw_sequence_view_set_propensity (self->sequence, propensity);
  if (propensity != NULL)
    show_summary (self);
  show_residue (self, G_MAXUINT);
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
follow (SwPropensityPanel *self)
{
  if (sw_session_get_document (self->session) != self->document)
    {
      sw_propensity_panel_cancel (self);
      take (self, NULL);
    }
  update (self);
}

static void
on_chosen (SwPropensityPanel *self, guint index)
{
  self->chosen = index;
  show_residue (self, index);
  if (self->propensity != NULL && index < self->propensity->n_residues)
    g_signal_emit (self, signals[RESIDUE_CHOSEN], 0, (guint) self->propensity->residues[index].residue);
}

static void
on_looked_at (SwPropensityPanel *self, guint index)
{
  show_residue (self, index != G_MAXUINT ? index : self->chosen);
}

/* ---- the work */

static void
on_progress (double fraction, const char *sentence, gpointer data)
{
  SwPropensityPanel *self = data;
  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwPropensityPanel) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SwPropensity) propensity = sw_propensity_run_finish (result, &error);

  if (self->session == NULL) /* the window is gone */
    return;
  const gboolean cancelled = g_cancellable_is_cancelled (self->cancellable);
  g_clear_object (&self->cancellable);
  if (propensity != NULL && !cancelled && propensity->document == sw_session_get_document (self->session))
    take (self, g_steal_pointer (&propensity));
  else if (error != NULL && !cancelled)
    g_signal_emit (self, signals[PROBLEM], 0, error->message);
  update (self);
}

void
sw_propensity_panel_start (SwPropensityPanel *self)
{
  SwDocument *document = sw_session_get_document (self->session);

  if (self->cancellable != NULL || self->propensity != NULL || document == NULL || document->structure == NULL)
    return;
  g_clear_pointer (&self->document, sw_document_unref);
  self->document = sw_document_ref (document);
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0.0);
  sw_propensity_run_async (sw_session_get_catalog (self->session), document, self->cancellable, on_progress, self, on_done,
                           g_object_ref (self));
  update (self);
}

gboolean
sw_propensity_panel_cancel (SwPropensityPanel *self)
{
  if (self->cancellable == NULL || g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  g_cancellable_cancel (self->cancellable);
  return TRUE;
}

SwPropensity *
sw_propensity_panel_get_propensity (SwPropensityPanel *self)
{
  return self->propensity;
}

void
sw_propensity_panel_set_session (SwPropensityPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  update (self);
}

/* ---- object */

static GtkLabel *
label (const char *text, gboolean dim)
{
  GtkWidget *widget = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (widget), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (widget), TRUE);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (widget), GTK_NATURAL_WRAP_NONE);
  if (dim)
    {
      gtk_widget_add_css_class (widget, "dim-label");
      gtk_widget_add_css_class (widget, "caption");
    }
  return GTK_LABEL (widget);
}

static GtkWidget *
make_head (SwPropensityPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *title = gtk_label_new (_ ("Amino Acids"));
  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");
  g_autoptr (GMenu) menu = g_menu_new ();

  g_menu_append (menu, _ ("Table (CSV)"), "win.export-propensity('csv')");
  g_menu_append (menu, _ ("Structure with Probabilities as B Factors (mmCIF)"), "win.export-propensity('cif')");
  g_menu_append (menu, _ ("Structure with Probabilities as B Factors (PDB)"), "win.export-propensity('pdb')");
  gtk_widget_add_css_class (title, "heading");
  gtk_widget_set_hexpand (title, TRUE);
  gtk_label_set_xalign (GTK_LABEL (title), 0.0f);
  self->export_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->export_button), "document-save-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->export_button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (self->export_button, _ ("Export"));
  gtk_widget_set_tooltip_text (close, _ ("Close"));
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (close), "win.show-propensity");
  gtk_widget_add_css_class (self->export_button, "flat");
  gtk_widget_add_css_class (close, "flat");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), self->export_button);
  gtk_box_append (GTK_BOX (box), close);
  return box;
}

static GtkWidget *
make_legend (SwPropensityPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *picture = gtk_picture_new ();
  guint8 colors[N_LEGEND][4];

  for (int i = 0; i < N_LEGEND; i++)
    {
      const double t = (double) i / (N_LEGEND - 1);
      sw_propensity_color (t * t, colors[i]);
    }
  g_autoptr (GBytes) bytes = g_bytes_new (colors, sizeof colors);
  g_autoptr (GdkTexture) texture = gdk_memory_texture_new (N_LEGEND, 1, GDK_MEMORY_R8G8B8A8, bytes, N_LEGEND * 4);
  gtk_picture_set_paintable (GTK_PICTURE (picture), GDK_PAINTABLE (texture));
  gtk_picture_set_content_fit (GTK_PICTURE (picture), GTK_CONTENT_FIT_FILL);
  gtk_widget_set_size_request (picture, 60, 10);
  gtk_widget_set_valign (picture, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (picture, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Colours from 0 to 100 percent"), -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (label ("0 %", TRUE)));
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (label ("100 %", TRUE)));
  return box;
}

static GtkWidget *
make_bars (SwPropensityPanel *self)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 8);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 1);
  for (int i = 0; i < SW_AMINO_ACIDS; i++)
    {
      GtkWidget *bar = gtk_level_bar_new ();
      self->bar_names[i] = label ("", FALSE);
      self->bar_values[i] = label ("", FALSE);
      self->bars[i] = GTK_LEVEL_BAR (bar);
      gtk_widget_add_css_class (GTK_WIDGET (self->bar_names[i]), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (self->bar_values[i]), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (self->bar_values[i]), "numeric");
      gtk_label_set_width_chars (self->bar_names[i], 4);
      gtk_label_set_width_chars (self->bar_values[i], 7);
      gtk_label_set_xalign (self->bar_values[i], 1.0f);
      gtk_widget_add_css_class (bar, "score-bar");
      gtk_level_bar_add_offset_value (self->bars[i], GTK_LEVEL_BAR_OFFSET_LOW, 0.0);
      gtk_widget_set_hexpand (bar, TRUE);
      gtk_widget_set_valign (bar, GTK_ALIGN_CENTER);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (self->bar_names[i]), 0, i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), bar, 1, i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), GTK_WIDGET (self->bar_values[i]), 2, i, 1, 1);
    }
  return grid;
}

static void
sw_propensity_panel_dispose (GObject *object)
{
  SwPropensityPanel *self = SW_PROPENSITY_PANEL (object);

  sw_propensity_panel_cancel (self);
  g_clear_object (&self->session);
  g_clear_pointer (&self->propensity, sw_propensity_unref);
  g_clear_pointer (&self->document, sw_document_unref);
  G_OBJECT_CLASS (sw_propensity_panel_parent_class)->dispose (object);
}

static void
sw_propensity_panel_finalize (GObject *object)
{
  g_clear_object (&SW_PROPENSITY_PANEL (object)->cancellable);
  G_OBJECT_CLASS (sw_propensity_panel_parent_class)->finalize (object);
}

static void
sw_propensity_panel_class_init (SwPropensityPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_propensity_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_propensity_panel_finalize;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_PROPENSITY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[RESIDUE_CHOSEN] = g_signal_new ("residue-chosen", SW_TYPE_PROPENSITY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[PROBLEM]
      = g_signal_new ("problem", SW_TYPE_PROPENSITY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
sw_propensity_panel_init (SwPropensityPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10), *scroller = gtk_scrolled_window_new ();
  GtkWidget *long_sequence = gtk_scrolled_window_new ();

  self->chosen = G_MAXUINT;
  gtk_widget_add_css_class (GTK_WIDGET (self), "explain-panel");
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), make_head (self));
  self->hint = GTK_WIDGET (label (_ ("Takes away the side chain of each residue in turn and says which of the twenty amino acids fits into "
                                     "its place, from the atoms around it."),
                                  TRUE));
  gtk_box_append (GTK_BOX (box), self->hint);
  self->start_button = gtk_button_new_with_mnemonic (_ ("_Compute"));
  self->cancel_button = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_add_css_class (self->start_button, "pill");
  gtk_widget_set_halign (self->start_button, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (self->cancel_button, GTK_ALIGN_CENTER);
  self->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_box_append (GTK_BOX (box), self->start_button);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->progress));
  gtk_box_append (GTK_BOX (box), self->cancel_button);

  self->outcome = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  self->summary = label ("", FALSE);
  self->name = label ("", FALSE);
  self->card = label ("", TRUE);
  self->sequence = SW_SEQUENCE_VIEW (sw_sequence_view_new ());
  self->bar_grid = make_bars (self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (long_sequence), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (long_sequence), 140);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (long_sequence), 300);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (long_sequence), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (long_sequence), GTK_WIDGET (self->sequence));
  gtk_box_append (GTK_BOX (self->outcome), GTK_WIDGET (self->summary));
  gtk_box_append (GTK_BOX (self->outcome), make_legend (self));
  gtk_box_append (GTK_BOX (self->outcome), long_sequence);
  gtk_box_append (GTK_BOX (self->outcome), GTK_WIDGET (self->name));
  gtk_box_append (GTK_BOX (self->outcome), self->bar_grid);
  gtk_box_append (GTK_BOX (self->outcome), GTK_WIDGET (self->card));
  gtk_box_append (GTK_BOX (box), self->outcome);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  adw_bin_set_child (ADW_BIN (self), scroller);
  g_signal_connect_object (self->start_button, "clicked", G_CALLBACK (sw_propensity_panel_start), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->cancel_button, "clicked", G_CALLBACK (sw_propensity_panel_cancel), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sequence, "chosen", G_CALLBACK (on_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sequence, "looked-at", G_CALLBACK (on_looked_at), self, G_CONNECT_SWAPPED);
}
