/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/kernel-window.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/legend-view.h"
#include "app/scene-view.h"
#include "app/weak.h"
#include "picture/keys.h"
#include "workbench/kernel-study.h"

#define L_MAX 3 /* what networks of the program use, and what can be told apart by eye */

struct _SwKernelWindow
{
  AdwWindow parent_instance;

  SwSession *session; /* owned */
  SwLoadedModel *model; /* owned; or NULL */
  GArray *layers;       /* gsize: convolutions of the model, as in the drop-down after "The basis" */

  GtkDropDown *source, *element, *display;
  GtkStringList *sources, *elements;
  GtkSpinButton *l_in, *l_out, *size, *copy_in, *copy_out, *column;
  GtkSwitch *projected;
  GtkWidget *basis_rows, *layer_rows;
  GtkLabel *copy_label, *numbers, *problem;
  SwSceneView *view;
  SwLegendView *legend;

  SwKernelStudy *study; /* owned; or NULL */
  GCancellable *cancellable;
  gboolean updating;
};

G_DEFINE_FINAL_TYPE (SwKernelWindow, sw_kernel_window, ADW_TYPE_WINDOW)

/* ---- from the study to the picture */

static void
show_study (SwKernelWindow *self)
{
  static const SwDisplay displays[] = { SW_DISPLAY_AUTO, SW_DISPLAY_SLICES, SW_DISPLAY_ISOSURFACE, SW_DISPLAY_VOLUME };
  SwScene *scene = sw_scene_view_get_scene (self->view);
  const SwKernelStudy *study = self->study;
  const unsigned m_in = (unsigned) MAX (gtk_spin_button_get_value_as_int (self->column) + (int) study->l_in, 0);
  const guint choice = gtk_drop_down_get_selected (self->display);

  /* One scale for both: the same weights. */
  double largest = 0.0;
  for (int fine = 0; fine < 2; fine++)
    {
      unsigned l;
      const gsize n = fine ? study->fine_size : study->size, n_voxels = n * n * n;
      g_autofree float *values = sw_kernel_study_dup_column (study, fine, MIN (m_in, 2 * study->l_in), &l);
      for (gsize v = 0; v < n_voxels; v++)
        {
          double square = 0.0;
          for (unsigned m = 0; m < 2 * l + 1; m++)
            square += pow ((double) values[m * n_voxels + v], 2.0);
          largest = MAX (largest, sqrt (square));
        }
    }
  for (int fine = 0; fine < 2; fine++)
    {
      unsigned l;
      const double spacing = fine ? 1.0 / SW_KERNEL_FINE : 1.0;
      const gsize n = fine ? study->fine_size : study->size;
      g_autofree float *values = sw_kernel_study_dup_column (study, fine, MIN (m_in, 2 * study->l_in), &l);
      const SwGridGeometry grid = { .n = { n, n, n }, .spacing = spacing };
      const SwFieldStyle style = {
        .display = displays[MIN (choice, G_N_ELEMENTS (displays) - 1)],
        .range_max = largest,
        .n_glyphs_max = fine ? 260 : 400,
        .n_levels = displays[MIN (choice, G_N_ELEMENTS (displays) - 1)] == SW_DISPLAY_ISOSURFACE ? 2 : 1,
      };
      sw_scene_set_field (scene, fine, MIN (l, SW_SCENE_L_MAX), &grid, values, &style);
    }
  const SwGridGeometry box = { .n = { study->size, study->size, study->size }, .spacing = 1.0 };
  sw_scene_set_box (scene, SW_PANE_ALL, &box, 1);
  sw_legend_view_take_keys (self->legend, sw_keys_new (scene, 0, 0.0));
  sw_scene_view_redraw (self->view);

  g_autofree char *text = g_strdup_printf (
      /* Translators: K is a kernel, D a Wigner matrix, R a rotation; the numbers are relative errors */
      _ ("Turned: |K(Rx) − D K(x) D⁻¹| / |K|\nsampled, rotations of the cube: %.1e\nsampled, any rotation: %.1e\nband-limited, any rotation: %.1e"),
      study->sampled_errors.cube, study->sampled_errors.random, study->frequency_errors.random);
  gtk_label_set_label (self->numbers, text);
}

/* ---- computing */

static void
study_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;
  SwKernelStudy *study = sw_kernel_study_new (data, &error);
  if (study != NULL)
    g_task_return_pointer (task, study, (GDestroyNotify) sw_kernel_study_free);
  else
    g_task_return_error (task, error);
}

static void
show_problem (SwKernelWindow *self, const char *text)
{
  gtk_label_set_label (self->problem, text);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text[0] != '\0');
}

static void
on_study (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwKernelWindow) self = sw_weak_take (data);
  g_autoptr (GError) error = NULL;
  SwKernelStudy *study = g_task_propagate_pointer (G_TASK (result), &error);

  if (self == NULL || self->session == NULL)
    {
      sw_kernel_study_free (study);
      return;
    }
  if (study == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem (self, error->message);
      return;
    }
  const gboolean is_first = self->study == NULL || self->study->size != study->size;
  g_clear_pointer (&self->study, sw_kernel_study_free);
  self->study = study;
  show_problem (self, "");
  show_study (self);
  if (is_first)
    sw_scene_view_fit (self->view);
}

static guint
layer_index (SwKernelWindow *self)
{
  return gtk_drop_down_get_selected (self->source);
}

static const SwLayer *
present_layer (SwKernelWindow *self)
{
  const guint i = layer_index (self);
  if (i == 0 || i == GTK_INVALID_LIST_POSITION || i > self->layers->len)
    return NULL;
  return &self->model->network->layers[g_array_index (self->layers, gsize, i - 1)];
}

static void
fill_elements (SwKernelWindow *self)
{
  SwKernelChoice choice;
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->elements));
  const guint selected = gtk_drop_down_get_selected (self->element);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (sw_kernel_choice_basis ((unsigned) gtk_spin_button_get_value_as_int (self->l_out),
                              (unsigned) gtk_spin_button_get_value_as_int (self->l_in),
                              (unsigned) gtk_spin_button_get_value_as_int (self->size), SW_BASIS_RULE_COMPROMISE, SW_BASIS_SAMPLED, 0,
                              self->model, &choice, NULL))
    for (gsize i = 0; i < choice.spec.n_elements; i++)
      /* Translators: a basis element: radial shell and angular order */
      g_ptr_array_add (names, g_strdup_printf (_ ("shell %u, J = %u"), choice.spec.elements[i].shell, choice.spec.elements[i].j));
  const guint n_names = names->len;
  g_ptr_array_add (names, NULL);
  gtk_string_list_splice (self->elements, 0, n, (const char *const *) names->pdata);
  if (n_names > 0)
    gtk_drop_down_set_selected (self->element, selected < n_names ? selected : 0);
}

static void
update_rows (SwKernelWindow *self)
{
  const SwLayer *layer = present_layer (self);
  unsigned l_in = (unsigned) gtk_spin_button_get_value_as_int (self->l_in);
  unsigned l_out = (unsigned) gtk_spin_button_get_value_as_int (self->l_out);
  gsize channel;

  self->updating = TRUE;
  gtk_widget_set_visible (self->basis_rows, layer == NULL);
  gtk_widget_set_visible (self->layer_rows, layer != NULL);
  if (layer != NULL)
    {
      gtk_spin_button_set_range (self->copy_in, 1, (double) sw_field_type_copies (&layer->in));
      gtk_spin_button_set_range (self->copy_out, 1, (double) sw_field_type_copies (&layer->out));
      (void) sw_field_copy_locate (&layer->in, (gsize) gtk_spin_button_get_value_as_int (self->copy_in) - 1, &l_in, &channel);
      (void) sw_field_copy_locate (&layer->out, (gsize) gtk_spin_button_get_value_as_int (self->copy_out) - 1, &l_out, &channel);
      g_autofree char *text = g_strdup_printf (_ ("from l = %u to l = %u, size %u³"), l_in, l_out, layer->kernel);
      gtk_label_set_label (self->copy_label, text);
    }
  else
    fill_elements (self);
  gtk_spin_button_set_range (self->column, -(double) l_in, l_in);
  gtk_widget_set_sensitive (GTK_WIDGET (self->column), l_in > 0 && l_out > 0);
  self->updating = FALSE;
}

static void
compute (SwKernelWindow *self)
{
  g_autoptr (GError) error = NULL;
  SwKernelChoice choice;
  gboolean ok;

  if (self->updating)
    return;
  update_rows (self);
  if (present_layer (self) != NULL)
    ok = sw_kernel_choice_learned (self->model, g_array_index (self->layers, gsize, layer_index (self) - 1),
                                   (gsize) gtk_spin_button_get_value_as_int (self->copy_out) - 1,
                                   (gsize) gtk_spin_button_get_value_as_int (self->copy_in) - 1, &choice, &error);
  else
    ok = sw_kernel_choice_basis ((unsigned) gtk_spin_button_get_value_as_int (self->l_out),
                                 (unsigned) gtk_spin_button_get_value_as_int (self->l_in),
                                 (unsigned) gtk_spin_button_get_value_as_int (self->size), SW_BASIS_RULE_COMPROMISE,
                                 gtk_switch_get_active (self->projected) ? SW_BASIS_PROJECTED : SW_BASIS_SAMPLED,
                                 MIN (gtk_drop_down_get_selected (self->element), 1000), self->model, &choice, &error);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_label_set_label (self->numbers, "");
  if (!ok)
    {
      show_problem (self, error->message);
      return;
    }
  self->cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, on_study, sw_weak_new (self));
  g_task_set_task_data (task, g_memdup2 (&choice, sizeof choice), g_free);
  g_task_run_in_thread (task, study_thread);
}

static void
redraw (SwKernelWindow *self)
{
  if (self->study != NULL && !self->updating)
    show_study (self);
}

/* The convolutions of the session's network. */
static void
follow_session (SwKernelWindow *self)
{
  SwLoadedModel *model = (SwLoadedModel *) sw_session_get_model (self->session);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (model == self->model)
    return;
  g_clear_pointer (&self->model, sw_loaded_model_unref);
  self->model = model != NULL ? sw_loaded_model_ref (model) : NULL;
  g_array_set_size (self->layers, 0);
  for (gsize i = 0; model != NULL && i < model->network->n_layers; i++)
    if (model->network->layers[i].kind == SW_LAYER_CONV)
      {
        g_array_append_val (self->layers, i);
        g_ptr_array_add (names, g_strdup (model->network->layers[i].name));
      }
  g_ptr_array_add (names, NULL);
  self->updating = TRUE;
  gtk_string_list_splice (self->sources, 1, g_list_model_get_n_items (G_LIST_MODEL (self->sources)) - 1,
                          (const char *const *) names->pdata);
  gtk_drop_down_set_selected (self->source, 0);
  self->updating = FALSE;
  compute (self);
}

/* ---- building */

static void
add_row (GtkWidget *box, const char *label, GtkWidget *widget)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *text = gtk_label_new_with_mnemonic (label);
  gtk_label_set_xalign (GTK_LABEL (text), 0.0f);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (text), widget);
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (row), text);
  gtk_box_append (GTK_BOX (row), widget);
  gtk_box_append (GTK_BOX (box), row);
}

static GtkSpinButton *
add_spin (SwKernelWindow *self, GtkWidget *box, const char *label, double min, double max, double step, double value, GCallback changed)
{
  GtkWidget *spin = gtk_spin_button_new_with_range (min, max, step);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), value);
  gtk_spin_button_set_snap_to_ticks (GTK_SPIN_BUTTON (spin), TRUE);
  add_row (box, label, spin);
  g_signal_connect_object (spin, "value-changed", changed, self, G_CONNECT_SWAPPED);
  return GTK_SPIN_BUTTON (spin);
}

static GtkDropDown *
add_drop_down (SwKernelWindow *self, GtkWidget *box, const char *label, GtkStringList *model, GCallback changed)
{
  GtkWidget *drop_down = gtk_drop_down_new (G_LIST_MODEL (model), NULL);
  add_row (box, label, drop_down);
  g_signal_connect_object (drop_down, "notify::selected", changed, self, G_CONNECT_SWAPPED);
  return GTK_DROP_DOWN (drop_down);
}

static GtkWidget *
caption_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_widget_set_halign (label, GTK_ALIGN_START);
  gtk_widget_set_margin_start (label, 14);
  gtk_widget_add_css_class (label, "pane-caption");
  return label;
}

static GtkWidget *
build_picture (SwKernelWindow *self)
{
  GtkWidget *overlay = gtk_overlay_new (), *captions = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  self->view = sw_scene_view_new (_ ("Picture of the kernel, sampled and band-limited"));
  gtk_widget_set_size_request (GTK_WIDGET (self->view), 320, 260);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), GTK_WIDGET (self->view));
  gtk_box_set_homogeneous (GTK_BOX (captions), TRUE);
  gtk_box_append (GTK_BOX (captions), caption_new (_ ("Sampled on voxels")));
  gtk_box_append (GTK_BOX (captions), caption_new (_ ("Band-limited")));
  gtk_widget_set_valign (captions, GTK_ALIGN_START);
  gtk_widget_set_margin_top (captions, 12);
  gtk_widget_set_can_target (captions, FALSE);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), captions);
  self->legend = g_object_new (SW_TYPE_LEGEND_VIEW, "halign", GTK_ALIGN_END, "valign", GTK_ALIGN_END, "margin-end", 12, "margin-bottom",
                               12, "can-target", FALSE, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->legend), "legend");
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), GTK_WIDGET (self->legend));
  sw_scene_set_n_panes (sw_scene_view_get_scene (self->view), 2);
  gtk_widget_set_hexpand (overlay, TRUE);
  return overlay;
}

static void
sw_kernel_window_dispose (GObject *object)
{
  SwKernelWindow *self = SW_KERNEL_WINDOW (object);

  self->updating = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->session);
  g_clear_pointer (&self->model, sw_loaded_model_unref);
  g_clear_pointer (&self->study, sw_kernel_study_free);
  g_clear_pointer (&self->layers, g_array_unref);
  G_OBJECT_CLASS (sw_kernel_window_parent_class)->dispose (object);
}

static void
sw_kernel_window_class_init (SwKernelWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_kernel_window_dispose;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
sw_kernel_window_init (SwKernelWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *content = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *side = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10), *scroller = gtk_scrolled_window_new ();
  const char *first[] = { _ ("The basis"), NULL };
  const char *ways[] = { _ ("Automatic"), _ ("Three slices"), _ ("Isosurface"), _ ("Volume"), NULL };

  self->layers = g_array_new (FALSE, FALSE, sizeof (gsize));
  self->updating = TRUE;
  gtk_window_set_title (GTK_WINDOW (self), _ ("Kernels"));
  gtk_window_set_default_size (GTK_WINDOW (self), 1060, 640);
  gtk_widget_set_margin_start (side, 16);
  gtk_widget_set_margin_end (side, 16);
  gtk_widget_set_margin_top (side, 14);
  gtk_widget_set_margin_bottom (side, 14);

  self->sources = gtk_string_list_new (first);
  self->source = add_drop_down (self, side, _ ("_Kernels of"), self->sources, G_CALLBACK (compute));
  self->basis_rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  self->l_in = add_spin (self, self->basis_rows, _ ("_From order l"), 0, L_MAX, 1, 0, G_CALLBACK (compute));
  self->l_out = add_spin (self, self->basis_rows, _ ("_To order l"), 0, L_MAX, 1, 1, G_CALLBACK (compute));
  self->size = add_spin (self, self->basis_rows, _ ("_Size in voxels"), 3, 9, 2, 5, G_CALLBACK (compute));
  self->elements = gtk_string_list_new (NULL);
  self->element = add_drop_down (self, self->basis_rows, _ ("_Element"), self->elements, G_CALLBACK (compute));
  self->projected = GTK_SWITCH (gtk_switch_new ());
  add_row (self->basis_rows, _ ("_Projected basis"), GTK_WIDGET (self->projected));
  g_signal_connect_object (self->projected, "notify::active", G_CALLBACK (compute), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (side), self->basis_rows);
  self->layer_rows = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  self->copy_in = add_spin (self, self->layer_rows, _ ("_From field"), 1, 2, 1, 1, G_CALLBACK (compute));
  self->copy_out = add_spin (self, self->layer_rows, _ ("_To field"), 1, 2, 1, 1, G_CALLBACK (compute));
  self->copy_label = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (self->copy_label, 0.0f);
  gtk_widget_add_css_class (GTK_WIDGET (self->copy_label), "dim-label");
  gtk_box_append (GTK_BOX (self->layer_rows), GTK_WIDGET (self->copy_label));
  gtk_box_append (GTK_BOX (side), self->layer_rows);
  self->column = add_spin (self, side, _ ("_Column m"), 0, 1, 1, 0, G_CALLBACK (redraw));
  g_autoptr (GtkStringList) titles = gtk_string_list_new (ways);
  self->display = add_drop_down (self, side, _ ("_Draw as"), g_object_ref (titles), G_CALLBACK (redraw));
  gtk_box_append (GTK_BOX (side), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  self->numbers = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (self->numbers, 0.0f);
  gtk_label_set_wrap (self->numbers, TRUE);
  gtk_label_set_selectable (self->numbers, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->numbers), "numeric");
  gtk_box_append (GTK_BOX (side), GTK_WIDGET (self->numbers));
  self->problem = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (self->problem, 0.0f);
  gtk_label_set_wrap (self->problem, TRUE);
  gtk_label_set_max_width_chars (self->problem, 30);
  gtk_widget_add_css_class (GTK_WIDGET (self->problem), "warning");
  gtk_box_append (GTK_BOX (side), GTK_WIDGET (self->problem));

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), side);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_widget_set_size_request (scroller, 330, -1);
  gtk_widget_set_hexpand (scroller, FALSE); /* its labels would like to */
  gtk_box_append (GTK_BOX (content), scroller);
  gtk_box_append (GTK_BOX (content), gtk_separator_new (GTK_ORIENTATION_VERTICAL));
  gtk_box_append (GTK_BOX (content), build_picture (self));
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_widget_set_vexpand (content, TRUE);
  gtk_box_append (GTK_BOX (box), content);
  adw_window_set_content (ADW_WINDOW (self), box);
  self->updating = FALSE;
}

SwKernelWindow *
sw_kernel_window_new (SwSession *session, GtkWindow *parent)
{
  SwKernelWindow *self = g_object_new (SW_TYPE_KERNEL_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (follow_session), self, G_CONNECT_SWAPPED);
  follow_session (self);
  compute (self);
  return self;
}

const char *
sw_kernel_window_get_numbers (SwKernelWindow *self)
{
  return gtk_label_get_label (self->numbers);
}
