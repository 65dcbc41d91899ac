/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/laboratory-break.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"

/* Just below the grid's own limit of pi. */
#define W_MAX_BROKEN 3.1
/* Of a box that is too small: edge in radii of the molecule, and the least voxels. */
#define BOX_RADII 1.1
#define BOX_LEAST 9u

struct _SwLaboratoryBreak
{
  AdwBin parent_instance;

  GtkWidget *stride, *mend;
  GtkLabel *state;
  GtkScale *sigma;
  SwSession *session; /* owned */
  gboolean filling;   /* the slider follows the action */
};

G_DEFINE_FINAL_TYPE (SwLaboratoryBreak, sw_laboratory_break, ADW_TYPE_BIN)

void
sw_laboratory_break_options (
    const SwBreaks *breaks, const SwNetwork *network, SwEngine engine, double radius, SwJobOptions *ret)
{
  *ret = (SwJobOptions){ .plain_stride = breaks->stride,
                         .sigma_voxels = breaks->sigma,
                         .w_max = breaks->band ? W_MAX_BROKEN : 0.0 };
  if (network == NULL || (!breaks->size && !breaks->box))
    return;
  const unsigned usual = engine == SW_ENGINE_BANDLIMITED && network->bandlimited_size > 0 ? network->bandlimited_size : network->size;
  unsigned size = usual;
  if (breaks->box && network->voxel_angstrom > 0.0)
    {
      size = MAX ((unsigned) (BOX_RADII * radius / network->voxel_angstrom), BOX_LEAST);
      size = MIN (size + (size + usual) % 2, usual);
    }
  ret->size = size + (breaks->size ? 1 : 0);
}

/* ---- what is shown */

static gboolean
has_stride (const SwNetwork *network)
{
  for (gsize i = 0; i < network->n_layers; i++)
    if (network->layers[i].stride_out > 1 && network->layers[i].kind != SW_LAYER_GLOBAL_POOL)
      return TRUE;
  return FALSE;
}

gboolean
sw_laboratory_break_is_broken (SwLaboratoryBreak *self)
{
  const SwJobOptions *o = sw_session_get_job_options (self->session);
  return o->plain_stride || o->size > 0 || o->w_max > 0.0 || o->sigma_voxels > 0.0;
}

static void
update (SwLaboratoryBreak *self)
{
  const SwLoadedModel *model = sw_session_get_model (self->session);
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const gboolean broken = sw_laboratory_break_is_broken (self);
  const double sigma = sw_session_get_job_options (self->session)->sigma_voxels;

  if (model != NULL)
    {
      gtk_widget_set_sensitive (self->stride, has_stride (model->network));
      self->filling = TRUE;
      gtk_range_set_value (GTK_RANGE (self->sigma), sigma > 0.0                            ? sigma
                                                    : model->network->sigma_voxels > 0.0 ? model->network->sigma_voxels
                                                                                         : 1.0);
      self->filling = FALSE;
    }
  gtk_widget_set_sensitive (self->mend, broken);
  if (comparison == NULL)
    {
      gtk_label_set_label (self->state, "");
      return;
    }
  const SwRunResult *run = comparison->at_rotation;
  g_autofree char *error = sw_numbers_format_error (comparison->error.silent ? NAN : comparison->error.error);
  GString *text = g_string_new (NULL);
  /* Translators: edge of the grid, twice; "0.21 %" */
  g_string_append_printf (text, _ ("Now: %u³ voxels, error %s."), (unsigned) run->input.size, error);
  if (run->n_atoms_outside > 0)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, ngettext ("%u of %u atoms is outside.", "%u of %u atoms are outside.", run->n_atoms_outside),
                              (unsigned) run->n_atoms_outside, (unsigned) run->n_atoms);
    }
  gtk_label_set_label (self->state, text->str);
  g_string_free (text, TRUE);
}

static void
on_sigma (SwLaboratoryBreak *self)
{
  if (!self->filling)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.break-sigma", "d", gtk_range_get_value (GTK_RANGE (self->sigma)));
}

void
sw_laboratory_break_set_session (SwLaboratoryBreak *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "choice-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

/* ---- object */

static GtkWidget *
check (GtkGrid *grid, int column, int row, const char *title, const char *action, const char *tooltip)
{
  GtkWidget *button = gtk_check_button_new_with_mnemonic (title);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_grid_attach (grid, button, column, row, 1, 1);
  return button;
}

static void
sw_laboratory_break_dispose (GObject *object)
{
  g_clear_object (&SW_LABORATORY_BREAK (object)->session);
  G_OBJECT_CLASS (sw_laboratory_break_parent_class)->dispose (object);
}

static void
sw_laboratory_break_class_init (SwLaboratoryBreakClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_laboratory_break_dispose;
}

static void
sw_laboratory_break_init (SwLaboratoryBreak *self)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 6));
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *title = gtk_label_new (_ ("Break It"));
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new_with_mnemonic (_ ("_Width of an atom"));

  gtk_label_set_xalign (GTK_LABEL (title), 0.0f);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (title, "heading");
  self->mend = gtk_button_new_with_mnemonic (_ ("M_end"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->mend), "win.mend");
  gtk_widget_set_tooltip_text (self->mend, _ ("Everything as the network says"));
  gtk_box_append (GTK_BOX (head), title);
  gtk_box_append (GTK_BOX (head), self->mend);
  gtk_box_append (box, gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (box, head);
  GtkGrid *grid = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_column_spacing (grid, 12);
  gtk_grid_set_row_spacing (grid, 4);
  gtk_box_append (box, GTK_WIDGET (grid));
  self->stride = check (grid, 0, 0, _ ("Plain _stride, no low-pass"), "win.break-stride",
                        _ ("Takes every second voxel without smoothing: what is finer comes back as something else. Needs a network with a stride"));
  check (grid, 1, 0, _ ("One _voxel more"), "win.break-size",
         _ ("An odd grid becomes even, an even one odd: with a stride, the sampled engine then takes other voxels on one side than on the other"));
  check (grid, 0, 1, _ ("A bo_x too small"), "win.break-box", _ ("Atoms at the rim fall out, others at each rotation"));
  check (grid, 1, 1, _ ("No band _limit"), "win.break-band",
         _ ("Band-limited engine: fields up to the limit of the grid leave no room for what gates add"));
  self->sigma = GTK_SCALE (gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0.2, 2.0, 0.05));
  gtk_scale_set_draw_value (self->sigma, TRUE);
  gtk_scale_set_value_pos (self->sigma, GTK_POS_RIGHT);
  gtk_scale_set_digits (self->sigma, 2);
  gtk_widget_set_hexpand (GTK_WIDGET (self->sigma), TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->sigma), _ ("Sigma of its Gaussian in voxels: below one, the grid cannot hold it"));
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), GTK_WIDGET (self->sigma));
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->sigma), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->sigma));
  gtk_box_append (box, row);
  self->state = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (self->state, 0.0f);
  gtk_label_set_wrap (self->state, TRUE);
  gtk_label_set_max_width_chars (self->state, 40);
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->state), "dim-label");
  gtk_box_append (box, GTK_WIDGET (self->state));
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (box));
  g_signal_connect_object (self->sigma, "value-changed", G_CALLBACK (on_sigma), self, G_CONNECT_SWAPPED);
}

SwLaboratoryBreak *
sw_laboratory_break_new (void)
{
  return g_object_new (SW_TYPE_LABORATORY_BREAK, NULL);
}
