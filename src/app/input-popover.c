/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/input-popover.h"

#include <glib/gi18n.h>

#include "app/numbers.h"

struct _SwInputPopover
{
  GtkPopover parent_instance;

  GtkLabel *summary;
  GtkWidget *choices;
  GtkWidget *model_row;
  GtkSpinButton *model_spin;
  GtkAdjustment *model_adjustment;
  AdwComboRow *assembly_row, *altloc_row;
  GtkSwitch *hydrogens, *waters, *ligands;
  AdwEntryRow *selection;
  GtkLabel *problem, *grid_note, *report;

  SwSession *session; /* owned */
  gboolean updating;
};

enum
{
  RELOAD,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwInputPopover, sw_input_popover, GTK_TYPE_POPOVER)

static void
update_report (SwInputPopover *self, const SwDocument *document)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; document->report != NULL && i < document->report->n_items; i++)
    g_string_append_printf (text, "%s• %s", i > 0 ? "\n" : "", document->report->items[i].text);
  gtk_label_set_label (self->report, text->str);
  gtk_widget_set_visible (GTK_WIDGET (self->report), text->len > 0);
  g_string_free (text, TRUE);
}

static void
update_grid (SwInputPopover *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const SwRunResult *run
      = comparison != NULL ? comparison->at_rotation : sw_session_get_first_run (self->session);

  gtk_widget_set_visible (GTK_WIDGET (self->grid_note), run != NULL);
  if (run == NULL)
    return;
  GString *text = g_string_new (NULL);
  if (sw_session_get_document (self->session)->surface != NULL)
    /* Translators: edge of the grid in voxels, how many of them make a radius */
    g_string_append_printf (text, _ ("Grid: %u³ voxels of 1/%.3g of the radius of the shape."), (unsigned) run->input.size,
                            SW_SURFACE_RADIUS / run->input.spacing);
  else
    /* Translators: edge of the grid in voxels (twice), voxel edge in ångström, edge of the box */
    g_string_append_printf (text, _ ("Grid: %u³ voxels of %.2f Å, a box of %.0f Å."),
                            (unsigned) run->input.size, run->input.spacing,
                            (double) run->input.size * run->input.spacing);
  if (run->n_atoms > 0)
    {
      g_string_append_c (text, '\n');
      g_string_append_printf (text,
                              ngettext ("%u atom is voxelised", "%u atoms are voxelised",
                                        run->n_atoms - run->n_atoms_outside),
                              (unsigned) (run->n_atoms - run->n_atoms_outside));
      g_string_append (text, ", ");
      g_string_append_printf (text,
                              ngettext ("%u lies outside the box.", "%u lie outside the box.",
                                        run->n_atoms_outside),
                              (unsigned) run->n_atoms_outside);
    }
  for (const char *const *warning = run->warnings; warning != NULL && *warning != NULL; warning++)
    g_string_append_printf (text, "\n%s", *warning);
  gtk_label_set_label (self->grid_note, text->str);
  g_string_free (text, TRUE);
}

static void
update (SwInputPopover *self)
{
  const SwDocument *document = sw_session_get_document (self->session);
  const SwDocumentOptions *options = sw_session_get_options (self->session);

  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  if (document == NULL)
    return;
  gtk_label_set_label (self->summary, document->summary);
  update_report (self, document);
  update_grid (self);
  const SwStructure *structure = document->structure;
  gtk_widget_set_visible (self->choices, structure != NULL);
  if (structure == NULL)
    return;

  self->updating = TRUE;
  gtk_adjustment_configure (self->model_adjustment, (double) structure->model, 1.0,
                            (double) MAX (structure->n_models, 1), 1.0, 1.0, 0.0);
  gtk_widget_set_visible (self->model_row, structure->n_models > 1);
  g_autoptr (GtkStringList) assemblies = gtk_string_list_new (NULL);
  guint chosen = 0;
  gtk_string_list_append (assemblies, _ ("As in the file"));
  for (gsize i = 0; i < structure->n_assemblies; i++)
    {
      gtk_string_list_append (assemblies, structure->assembly_names[i]);
      if (g_strcmp0 (structure->assembly_names[i], structure->assembly) == 0
          && structure->assembly[0] != '\0')
        chosen = (guint) i + 1;
    }
  adw_combo_row_set_model (self->assembly_row, G_LIST_MODEL (assemblies));
  adw_combo_row_set_selected (self->assembly_row, chosen);
  gtk_widget_set_visible (GTK_WIDGET (self->assembly_row), structure->n_assemblies > 0);
  adw_combo_row_set_selected (self->altloc_row, MIN ((guint) options->structure.altloc, 2));
  gtk_switch_set_active (self->hydrogens, options->structure.hydrogens);
  gtk_switch_set_active (self->waters, options->structure.waters);
  gtk_switch_set_active (self->ligands, !options->structure.no_ligands);
  gtk_editable_set_text (GTK_EDITABLE (self->selection),
                         options->structure.selection != NULL ? options->structure.selection : "");
  self->updating = FALSE;
}

void
sw_input_popover_get_options (SwInputPopover *self, SwDocumentOptions *ret)
{
  const guint assembly = adw_combo_row_get_selected (self->assembly_row);
  const char *selection = gtk_editable_get_text (GTK_EDITABLE (self->selection));

  *ret = (SwDocumentOptions){ 0 };
  ret->structure.model = (gsize) gtk_spin_button_get_value_as_int (self->model_spin);
  ret->structure.altloc = (SwAltlocPolicy) adw_combo_row_get_selected (self->altloc_row);
  ret->structure.hydrogens = gtk_switch_get_active (self->hydrogens);
  ret->structure.waters = gtk_switch_get_active (self->waters);
  ret->structure.no_ligands = !gtk_switch_get_active (self->ligands);
  if (assembly > 0 && assembly != GTK_INVALID_LIST_POSITION)
    ret->structure.assembly = gtk_string_list_get_string (
        GTK_STRING_LIST (adw_combo_row_get_model (self->assembly_row)), assembly);
  if (selection[0] != '\0')
    ret->structure.selection = selection;
}

void
sw_input_popover_refuse (SwInputPopover *self, const char *reason)
{
  update (self);
  if (reason == NULL)
    return;
  gtk_label_set_label (self->problem, reason);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
}

static void
on_choice (SwInputPopover *self)
{
  if (!self->updating)
    g_signal_emit (self, signals[RELOAD], 0);
}

void
sw_input_popover_set_session (SwInputPopover *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update_grid), self,
                           G_CONNECT_SWAPPED);
}

static void
sw_input_popover_dispose (GObject *object)
{
  SwInputPopover *self = SW_INPUT_POPOVER (object);
  self->updating = TRUE;
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_INPUT_POPOVER);
  G_OBJECT_CLASS (sw_input_popover_parent_class)->dispose (object);
}

static void
sw_input_popover_class_init (SwInputPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_input_popover_dispose;
  signals[RELOAD] = g_signal_new ("reload", SW_TYPE_INPUT_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/swivel/Swivel/input-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, summary);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, choices);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, model_row);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, model_spin);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, model_adjustment);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, assembly_row);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, altloc_row);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, hydrogens);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, waters);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, ligands);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, selection);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, problem);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, grid_note);
  gtk_widget_class_bind_template_child (widget_class, SwInputPopover, report);
}

static void
sw_input_popover_init (SwInputPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->model_adjustment, "value-changed", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->assembly_row, "notify::selected", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->altloc_row, "notify::selected", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->hydrogens, "notify::active", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->waters, "notify::active", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->ligands, "notify::active", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "apply", G_CALLBACK (on_choice), self,
                           G_CONNECT_SWAPPED);
}
