/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/laboratory-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/laboratory-break.h"
#include "app/numbers.h"
#include "app/plot.h"
#include "chart/page.h"

/* Sample points of each layer: the curves are read by eye. */
#define N_POINTS 1000
#define N_AXES 5 /* x, y, z, of the present rotation, any */
#define PLOT_HEIGHT 230
#define PLOT_HEIGHT_ALL 340

struct _SwLaboratoryPanel
{
  AdwBin parent_instance;

  GtkDropDown *axes, *layers;
  GtkEntry *any_axis;
  GtkSpinButton *steps, *random;
  GtkCheckButton *bandlimited, *sampled, *twin, *intact;
  GtkToggleButton *log;
  GtkWidget *start_button, *cancel_button, *export_button, *outcome, *hint;
  GtkProgressBar *progress;
  SwPlot *angles, *histogram;
  GtkBox *worst;
  GtkLabel *note;
  SwLaboratoryBreak *breaks;

  GSimpleActionGroup *actions; /* owned */
  SwSession *session;          /* owned */
  SwSweep *sweep;              /* owned */
  SwSweepChart *chart;         /* owned: what the plots show */
  GPtrArray *layer_names;      /* of char *, as in the drop-down; NULL for every layer */
  GCancellable *cancellable;   /* owned while it computes */
  gboolean filling;            /* the list of layers changes by itself */
};

enum
{
  CHANGED,
  PROBLEM,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwLaboratoryPanel, sw_laboratory_panel, ADW_TYPE_BIN)

/* ---- what is chosen */

static const char *
chosen_layer (SwLaboratoryPanel *self)
{
  const guint i = gtk_drop_down_get_selected (self->layers);
  return i < self->layer_names->len ? g_ptr_array_index (self->layer_names, i) : NULL;
}

/* The layer that numbers beside the plot are about. */
static const char *
number_layer (SwLaboratoryPanel *self)
{
  const char *layer = chosen_layer (self);
  return layer != NULL ? layer : "output";
}

static gboolean
get_axis (SwLaboratoryPanel *self, double ret[3])
{
  const guint which = gtk_drop_down_get_selected (self->axes);
  double angle;

  ret[0] = ret[1] = ret[2] = 0.0;
  if (which < 3)
    ret[which] = 1.0;
  else if (which == 3)
    sw_quat_to_axis_angle (sw_session_get_rotation (self->session), ret, &angle);
  else
    return sw_sweep_parse_axis (gtk_editable_get_text (GTK_EDITABLE (self->any_axis)), ret);
  return TRUE;
}

static gboolean
checked (GtkCheckButton *button)
{
  return gtk_check_button_get_active (button);
}

/* ---- what is shown */

static void
update (SwLaboratoryPanel *self)
{
  const gboolean busy = self->cancellable != NULL;
  const gboolean ready = sw_session_get_document (self->session) != NULL && sw_session_get_model (self->session) != NULL;
  double axis[3];
  const gboolean axis_fine = get_axis (self, axis);

  gtk_widget_set_visible (self->start_button, !busy);
  gtk_widget_set_sensitive (self->start_button, ready && axis_fine);
  gtk_widget_set_visible (self->cancel_button, busy);
  gtk_widget_set_visible (GTK_WIDGET (self->progress), busy);
  gtk_widget_set_visible (self->outcome, self->sweep != NULL);
  gtk_widget_set_visible (self->hint, self->sweep == NULL && !busy);
  gtk_widget_set_sensitive (self->export_button, self->sweep != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->any_axis), gtk_drop_down_get_selected (self->axes) == N_AXES - 1);
  if (axis_fine)
    gtk_widget_remove_css_class (GTK_WIDGET (self->any_axis), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->any_axis), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->intact), sw_laboratory_break_is_broken (self->breaks));
}

static char *
describe (SwLaboratoryPanel *self, const SwChart *chart, gsize first, gsize n)
{
  GString *text = g_string_new (chart->title);

  for (gsize c = 0; c < self->sweep->n_curves; c++)
    {
      const SwSweepLayer *layer = sw_sweep_curve_find (&self->sweep->curves[c], number_layer (self));
      SwSweepSummary summary;
      if (layer == NULL || layer->silent)
        continue;
      sw_sweep_summarize (layer->all, first, n, &summary);
      g_autofree char *mean = sw_numbers_format_error (summary.mean), *max = sw_numbers_format_error (summary.max);
      g_string_append (text, "; ");
      /* Translators: which network or engine; two numbers such as "0.21 %" */
      g_string_append_printf (text, _ ("%s: mean %s, at most %s"), self->sweep->curves[c].label, mean, max);
    }
  return g_string_free (text, FALSE);
}

static GtkWidget *
small_label (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), 20);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 36);
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static GtkWidget *
worst_row (SwLaboratoryPanel *self, guint c)
{
  const SwSweepCurve *curve = &self->sweep->curves[c];
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  SwQuat rotation;
  double error;

  if (curve->problem != NULL)
    {
      /* Translators: which network or engine; why it could not be measured */
      g_autofree char *text = g_strdup_printf (_ ("%s: %s"), curve->label, curve->problem);
      gtk_box_append (GTK_BOX (row), small_label (text));
      return row;
    }
  if (!sw_laboratory_panel_get_worst (self, c, &rotation, &error))
    {
      g_autofree char *text = g_strdup_printf (_ ("%s: silent, nothing to compare"), curve->label);
      gtk_box_append (GTK_BOX (row), small_label (text));
      return row;
    }
  g_autofree char *where = sw_numbers_format_rotation (rotation), *number = sw_numbers_format_error (error);
  /* Translators: which network or engine; an error; "40.0° about (0.00, 0.00, 1.00)" */
  g_autofree char *text = g_strdup_printf (_ ("%s: %s at %s"), curve->label, number, where);
  g_autofree char *spoken = g_strdup_printf (_ ("Turn the input to the worst rotation of %s"), curve->label);
  GtkWidget *label = small_label (text), *button = gtk_button_new_with_label (_ ("Go"));
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.worst-rotation");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", (int) c);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), button);
  return row;
}

static void
show_worst (SwLaboratoryPanel *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->worst))) != NULL)
    gtk_box_remove (self->worst, child);
  for (guint c = 0; c < self->sweep->n_curves; c++)
    gtk_box_append (self->worst, worst_row (self, c));
}

static void
show_charts (SwLaboratoryPanel *self)
{
  SwSweepChart *old = self->chart;
  SwSweepChartOptions options;

  if (self->sweep == NULL)
    return;
  sw_laboratory_panel_get_chart_options (self, &options);
  self->chart = sw_sweep_chart_new (self->sweep, &options);
  const SwChartPage *page = &self->chart->page;
  const gboolean about = self->sweep->n_angles > 0, sample = self->sweep->params.n_random > 0;
  gtk_widget_set_visible (GTK_WIDGET (self->angles), about);
  gtk_widget_set_visible (GTK_WIDGET (self->histogram), sample);
  gtk_widget_set_size_request (GTK_WIDGET (self->angles), -1, options.layer == NULL ? PLOT_HEIGHT_ALL : PLOT_HEIGHT);
  if (about)
    {
      g_autofree char *text = describe (self, &page->charts[0], 0, self->sweep->n_angles);
      sw_plot_set_chart (self->angles, &page->charts[0], NULL, NULL, text);
    }
  if (sample)
    {
      const SwChart *chart = &page->charts[page->n_charts - 1];
      g_autofree char *text = describe (self, chart, self->sweep->n_angles, self->sweep->params.n_random);
      sw_plot_set_chart (self->histogram, chart, NULL, NULL, text);
    }
  sw_sweep_chart_free (old);
  show_worst (self);
}

static const char *
stage_in_view (SwLaboratoryPanel *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  return comparison != NULL ? sw_run_result_get_layer (comparison->at_rotation, comparison->layer)->stage : "output";
}

/* What can be shown of the sweep: every layer, the output, each stage. The choice stays where it can. */
static void
fill_layers (SwLaboratoryPanel *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  /* At first the layer that is looked at. */
  g_autofree char *before = g_strdup (self->layer_names->len > 0 ? chosen_layer (self) : stage_in_view (self));
  const SwSweepCurve *curve = NULL;
  guint selected = before == NULL ? 0 : 1;

  for (gsize c = 0; curve == NULL && c < self->sweep->n_curves; c++)
    if (self->sweep->curves[c].problem == NULL)
      curve = &self->sweep->curves[c];
  self->filling = TRUE;
  g_ptr_array_set_size (self->layer_names, 0);
  g_ptr_array_add (self->layer_names, NULL);
  gtk_string_list_append (names, _ ("Every layer"));
  g_ptr_array_add (self->layer_names, g_strdup ("output"));
  gtk_string_list_append (names, _ ("Output"));
  for (gsize k = 0; curve != NULL && k + 1 < curve->n_layers; k++)
    {
      const char *stage = curve->layers[k].stage;
      if (curve->layers[k].size <= 1)
        continue;
      if (g_strcmp0 (before, stage) == 0)
        selected = self->layer_names->len;
      g_ptr_array_add (self->layer_names, g_strdup (stage));
      gtk_string_list_append (names, g_str_equal (stage, "input") ? _ ("Input") : stage);
    }
  gtk_drop_down_set_model (self->layers, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->layers, selected);
  self->filling = FALSE;
}

static void
take (SwLaboratoryPanel *self, SwSweep *sweep)
{
  if (sweep == NULL && self->sweep == NULL)
    return;
  if (sweep == NULL)
    {
      sw_plot_set_chart (self->angles, NULL, NULL, NULL, "");
      sw_plot_set_chart (self->histogram, NULL, NULL, NULL, "");
      g_clear_pointer (&self->chart, sw_sweep_chart_free);
    }
  g_clear_pointer (&self->sweep, sw_sweep_unref);
  self->sweep = sweep;
  if (sweep != NULL)
    {
      g_autofree char *time = sw_numbers_format_time (sweep->seconds);
      /* Translators: name of a structure; how long it took */
      g_autofree char *text = g_strdup_printf (_ ("Measured on %s in %s. A click on a curve turns the input there."), sweep->document, time);
      gtk_label_set_label (self->note, text);
      fill_layers (self);
      show_charts (self);
    }
  update (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_layer_chosen (SwLaboratoryPanel *self)
{
  if (!self->filling)
    show_charts (self);
}

static void
on_angle_picked (SwPlot *plot, double degrees, SwLaboratoryPanel *self)
{
  if (self->sweep == NULL)
    return;
  const SwQuat q = sw_quat_from_axis_angle (self->sweep->params.axis, degrees * G_PI / 180.0);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.rotation", "(dddd)", q.w, q.x, q.y, q.z);
}

/* ---- the work */

static void
on_progress (double fraction, const char *sentence, gpointer data)
{
  SwLaboratoryPanel *self = data;

  gtk_progress_bar_set_fraction (self->progress, CLAMP (fraction, 0.0, 1.0));
  gtk_progress_bar_set_text (self->progress, sentence);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwLaboratoryPanel) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SwSweep) sweep = sw_sweep_measure_finish (result, &error);

  if (self->session == NULL) /* the window is gone */
    return;
  g_clear_object (&self->cancellable);
  if (sweep != NULL)
    take (self, g_steal_pointer (&sweep));
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[PROBLEM], 0, error->message);
  update (self);
}

/* Broken or not, beside the intact network where that is wanted. */
static gboolean
fill_cases (SwLaboratoryPanel *self, SwSweepCases *cases, GError **error)
{
  SwCatalog *catalog = sw_session_get_catalog (self->session);
  SwLoadedModel *model = (SwLoadedModel *) sw_session_get_model (self->session);
  const SwCatalogNetwork *entry = sw_catalog_find_network (catalog, model->name);
  const gboolean broken = sw_laboratory_break_is_broken (self->breaks);
  unsigned choices = (checked (self->bandlimited) ? SW_SWEEP_BANDLIMITED : 0u) | (checked (self->sampled) ? SW_SWEEP_SAMPLED : 0u);

  if (checked (self->twin) && entry != NULL && entry->twin[0] != '\0')
    choices |= SW_SWEEP_TWIN;
  if (!sw_sweep_cases_fill (cases, catalog, model, sw_session_get_job_options (self->session), choices, error))
    return FALSE;
  if (broken && checked (self->intact))
    {
      const SwJobOptions options = { .engine = sw_session_get_engine_used (self->session) };
      sw_sweep_cases_add (cases, model, &options, options.engine == SW_ENGINE_SAMPLED ? _ ("intact, sampled") : _ ("intact, band-limited"));
    }
  return TRUE;
}

void
sw_laboratory_panel_start (SwLaboratoryPanel *self)
{
  SwDocument *document = sw_session_get_document (self->session);
  SwSweepParams params = { .n_steps = (gsize) gtk_spin_button_get_value_as_int (self->steps),
                           .n_random = (gsize) gtk_spin_button_get_value_as_int (self->random),
                           .n_points = N_POINTS };
  g_auto (SwSweepCases) cases = { 0 };
  g_autoptr (GError) error = NULL;

  if (self->cancellable != NULL || document == NULL || sw_session_get_model (self->session) == NULL || !get_axis (self, params.axis))
    return;
  if (!fill_cases (self, &cases, &error))
    {
      g_signal_emit (self, signals[PROBLEM], 0, error->message);
      return;
    }
  self->cancellable = g_cancellable_new ();
  gtk_progress_bar_set_fraction (self->progress, 0.0);
  gtk_progress_bar_set_text (self->progress, _ ("Preparing"));
  sw_sweep_measure_async (&cases, document, &params, self->cancellable, on_progress, self, on_done, g_object_ref (self));
  update (self);
}

gboolean
sw_laboratory_panel_cancel (SwLaboratoryPanel *self)
{
  if (self->cancellable == NULL || g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  g_cancellable_cancel (self->cancellable);
  return TRUE;
}

SwSweep *
sw_laboratory_panel_get_sweep (SwLaboratoryPanel *self)
{
  return self->sweep;
}

gboolean
sw_laboratory_panel_get_worst (SwLaboratoryPanel *self, guint curve, SwQuat *ret_rotation, double *ret_error)
{
  SwSweep *sweep = self->sweep;

  if (sweep == NULL || curve >= sweep->n_curves)
    return FALSE;
  const SwSweepLayer *layer = sw_sweep_curve_find (&sweep->curves[curve], number_layer (self));
  const gboolean sample = sweep->params.n_random > 0;
  SwSweepSummary summary;
  if (layer == NULL || layer->silent)
    return FALSE;
  sw_sweep_summarize (layer->all, sample ? sweep->n_angles : 0, sample ? sweep->params.n_random : sweep->n_angles, &summary);
  if (!isfinite (summary.max))
    return FALSE;
  *ret_rotation = sweep->rotations[summary.worst];
  *ret_error = summary.max;
  return TRUE;
}

void
sw_laboratory_panel_get_chart_options (SwLaboratoryPanel *self, SwSweepChartOptions *ret)
{
  *ret = (SwSweepChartOptions){ .layer = chosen_layer (self), .linear = !gtk_toggle_button_get_active (self->log) };
}

/* ---- following the session: the sweep stays what it was measured on; only another document makes it void */

static void
on_document_changed (SwLaboratoryPanel *self)
{
  sw_laboratory_panel_cancel (self);
  take (self, NULL);
  update (self);
}

void
sw_laboratory_panel_set_session (SwLaboratoryPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  sw_laboratory_break_set_session (self->breaks, session);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (on_document_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "choice-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

/* ---- choices by action */

static void
set_axis (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  static const char *const names[] = { "x", "y", "z", "current" };
  SwLaboratoryPanel *self = data;
  const char *text = g_variant_get_string (parameter, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (text, names[i]))
      {
        gtk_drop_down_set_selected (self->axes, i);
        return;
      }
  gtk_editable_set_text (GTK_EDITABLE (self->any_axis), text);
  gtk_drop_down_set_selected (self->axes, N_AXES - 1);
}

static void
set_steps (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_spin_button_set_value (((SwLaboratoryPanel *) data)->steps, g_variant_get_int32 (parameter));
}

static void
set_random (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_spin_button_set_value (((SwLaboratoryPanel *) data)->random, g_variant_get_int32 (parameter));
}

static void
set_log (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_toggle_button_set_active (((SwLaboratoryPanel *) data)->log, g_variant_get_boolean (parameter));
}

static void
set_cases (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLaboratoryPanel *self = data;
  g_auto (GStrv) words = g_strsplit (g_variant_get_string (parameter, NULL), ",", -1);
  const char *const *list = (const char *const *) words;

  gtk_check_button_set_active (self->bandlimited, g_strv_contains (list, "bandlimited"));
  gtk_check_button_set_active (self->sampled, g_strv_contains (list, "sampled"));
  gtk_check_button_set_active (self->twin, g_strv_contains (list, "twin"));
}

/* Before a sweep it is remembered as the choice that is kept. */
static void
set_layer (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwLaboratoryPanel *self = data;
  const char *wanted = g_variant_get_string (parameter, NULL);

  for (guint i = 0; i < self->layer_names->len; i++)
    if (g_strcmp0 (g_ptr_array_index (self->layer_names, i), g_str_equal (wanted, "all") ? NULL : wanted) == 0)
      {
        gtk_drop_down_set_selected (self->layers, i);
        return;
      }
  if (self->sweep != NULL)
    return;
  g_autoptr (GtkStringList) names = gtk_string_list_new ((const char *[]){ wanted, NULL });
  self->filling = TRUE;
  g_ptr_array_set_size (self->layer_names, 0);
  g_ptr_array_add (self->layer_names, g_strdup (wanted));
  gtk_drop_down_set_model (self->layers, G_LIST_MODEL (names));
  self->filling = FALSE;
}

GActionGroup *
sw_laboratory_panel_get_actions (SwLaboratoryPanel *self)
{
  return G_ACTION_GROUP (self->actions);
}

/* ---- parts */

static GtkWidget *
append (GtkBox *box, GtkWidget *child)
{
  gtk_box_append (box, child);
  return child;
}

static GtkBox *
vertical (int spacing)
{
  return GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, spacing));
}

/* A caption and a control in one line. */
static void
append_row (GtkBox *box, const char *title, GtkWidget *control)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *label = gtk_label_new_with_mnemonic (title);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), control);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), control);
  gtk_box_append (box, row);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
}

static GtkCheckButton *
check (GtkBox *box, const char *title, gboolean active)
{
  GtkCheckButton *button = GTK_CHECK_BUTTON (gtk_check_button_new_with_mnemonic (title));

  gtk_check_button_set_active (button, active);
  gtk_box_append (box, GTK_WIDGET (button));
  return button;
}

static GtkSpinButton *
spin (double low, double high, double value, double step, const char *tooltip)
{
  GtkSpinButton *button = GTK_SPIN_BUTTON (gtk_spin_button_new_with_range (low, high, step));

  gtk_spin_button_set_value (button, value);
  gtk_editable_set_width_chars (GTK_EDITABLE (button), 4);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (button), 4);
  gtk_widget_set_tooltip_text (GTK_WIDGET (button), tooltip);
  return button;
}

static GtkWidget *
make_head (void)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = gtk_label_new (_ ("Equivariance Laboratory")), *close = gtk_button_new_from_icon_name ("window-close-symbolic");

  gtk_label_set_xalign (GTK_LABEL (title), 0.0f);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (title, "heading");
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_set_tooltip_text (close, _ ("Close"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (close), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Close the laboratory"), -1);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (close), "win.laboratory");
  gtk_box_append (GTK_BOX (head), title);
  gtk_box_append (GTK_BOX (head), close);
  return head;
}

static void
make_choices (SwLaboratoryPanel *self, GtkBox *box)
{
  const char *const axes[N_AXES + 1]
      = { _ ("x"), _ ("y"), _ ("z"), _ ("of the present rotation"), _ ("any: x, y, z"), NULL };
  GtkBox *cases = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10));

  self->axes = GTK_DROP_DOWN (gtk_drop_down_new_from_strings (axes));
  gtk_drop_down_set_selected (self->axes, 2);
  append_row (box, _ ("Turn about the _axis"), GTK_WIDGET (self->axes));
  self->any_axis = GTK_ENTRY (gtk_entry_new ());
  gtk_editable_set_text (GTK_EDITABLE (self->any_axis), "1, 1, 1");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->any_axis), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Axis: x, y, z"), -1);
  gtk_box_append (box, GTK_WIDGET (self->any_axis));
  self->steps = spin (0.0, SW_SWEEP_STEPS_MAX, 24.0, 4.0, _ ("From 0° to 360°; 0: do not turn about the axis"));
  self->random = spin (0.0, 10000.0, 20.0, 10.0, _ ("Drawn uniformly from all rotations, always the same ones"));
  GtkBox *numbers = GTK_BOX (gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 16));
  append_row (numbers, _ ("_Steps"), GTK_WIDGET (self->steps));
  append_row (numbers, _ ("Ra_ndom"), GTK_WIDGET (self->random));
  gtk_box_append (box, GTK_WIDGET (numbers));
  self->bandlimited = check (cases, _ ("_Band-limited"), TRUE);
  self->sampled = check (cases, _ ("Sa_mpled"), TRUE);
  self->twin = check (cases, _ ("Or_dinary CNN"), TRUE);
  gtk_box_append (box, GTK_WIDGET (cases));
  self->intact = check (box, _ ("The intact network beside the broken one"), TRUE);
}

static GtkWidget *
make_buttons (SwLaboratoryPanel *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->start_button = gtk_button_new_with_mnemonic (_ ("Sta_rt"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->start_button), "win.sweep");
  gtk_widget_add_css_class (self->start_button, "suggested-action");
  gtk_widget_set_tooltip_text (self->start_button, _ ("Measure at all these rotations (F7)"));
  self->cancel_button = gtk_button_new_with_mnemonic (_ ("_Cancel"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->cancel_button), "win.cancel");
  self->progress = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
  gtk_progress_bar_set_show_text (self->progress, TRUE);
  gtk_progress_bar_set_ellipsize (self->progress, PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (GTK_WIDGET (self->progress), TRUE);
  gtk_widget_set_valign (GTK_WIDGET (self->progress), GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (row), self->start_button);
  gtk_box_append (GTK_BOX (row), self->cancel_button);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->progress));
  return row;
}

static GMenuModel *
make_export_menu (void)
{
  static const struct
  {
    const char *label, *suffix;
  } items[] = {
    { N_ ("Report (PDF and JSON)…"), "pdf" }, { N_ ("Plot (SVG)…"), "svg" },       { N_ ("Plot (PNG)…"), "png" },
    { N_ ("Table (CSV)…"), "csv" },           { N_ ("Everything (JSON)…"), "json" },
  };
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autofree char *action = g_strdup_printf ("win.export-sweep::%s", items[i].suffix);
      g_menu_append (menu, _ (items[i].label), action);
    }
  return G_MENU_MODEL (menu);
}

static SwPlot *
make_plot (GtkBox *box)
{
  SwPlot *plot = sw_plot_new ("", SW_CHART_LOG);

  gtk_widget_set_size_request (GTK_WIDGET (plot), -1, PLOT_HEIGHT);
  gtk_widget_set_focusable (GTK_WIDGET (plot), TRUE);
  gtk_box_append (box, GTK_WIDGET (plot));
  return plot;
}

static GtkWidget *
make_outcome (SwLaboratoryPanel *self)
{
  GtkBox *box = vertical (10);
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autoptr (GMenuModel) menu = make_export_menu ();

  self->layers = GTK_DROP_DOWN (gtk_drop_down_new (NULL, NULL));
  gtk_widget_set_hexpand (GTK_WIDGET (self->layers), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->layers), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Layer that is plotted"), -1);
  self->log = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_label (_ ("Log")));
  gtk_toggle_button_set_active (self->log, TRUE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->log), _ ("Logarithmic axis"));
  self->export_button = gtk_menu_button_new ();
  gtk_menu_button_set_label (GTK_MENU_BUTTON (self->export_button), _ ("Export"));
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->export_button), menu);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->layers));
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->log));
  gtk_box_append (GTK_BOX (row), self->export_button);
  gtk_box_append (box, row);
  self->angles = make_plot (box);
  self->histogram = make_plot (box);
  GtkWidget *title = append (box, gtk_label_new (_ ("Worst Rotations")));
  gtk_label_set_xalign (GTK_LABEL (title), 0.0f);
  gtk_widget_add_css_class (title, "heading");
  self->worst = GTK_BOX (append (box, GTK_WIDGET (vertical (4))));
  self->note = GTK_LABEL (append (box, small_label ("")));
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "dim-label");
  return GTK_WIDGET (box);
}

/* ---- object */

static void
sw_laboratory_panel_dispose (GObject *object)
{
  SwLaboratoryPanel *self = SW_LABORATORY_PANEL (object);

  sw_laboratory_panel_cancel (self);
  g_clear_object (&self->session);
  adw_bin_set_child (ADW_BIN (self), NULL); /* the plots, which borrow the chart */
  g_clear_pointer (&self->chart, sw_sweep_chart_free);
  g_clear_pointer (&self->sweep, sw_sweep_unref);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (sw_laboratory_panel_parent_class)->dispose (object);
}

static void
sw_laboratory_panel_finalize (GObject *object)
{
  SwLaboratoryPanel *self = SW_LABORATORY_PANEL (object);

  g_ptr_array_unref (self->layer_names);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (sw_laboratory_panel_parent_class)->finalize (object);
}

static void
sw_laboratory_panel_class_init (SwLaboratoryPanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_laboratory_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_laboratory_panel_finalize;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_LABORATORY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEM] = g_signal_new ("problem", SW_TYPE_LABORATORY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   G_TYPE_STRING);
}

static void
sw_laboratory_panel_init (SwLaboratoryPanel *self)
{
  static const GActionEntry entries[] = {
    { "axis", set_axis, "s" }, { "steps", set_steps, "i" }, { "random", set_random, "i" },
    { "log", set_log, "b" },   { "cases", set_cases, "s" }, { "layer", set_layer, "s" },
  };
  GtkBox *box = vertical (10), *choices = vertical (8);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->layer_names = g_ptr_array_new_with_free_func (g_free);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_add_css_class (GTK_WIDGET (self), "explain-panel");
  gtk_widget_set_margin_top (GTK_WIDGET (box), 12);
  gtk_widget_set_margin_bottom (GTK_WIDGET (box), 12);
  gtk_widget_set_margin_start (GTK_WIDGET (box), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (box), 12);
  gtk_box_append (box, make_head ());
  make_choices (self, choices);
  gtk_box_append (box, GTK_WIDGET (choices));
  gtk_box_append (box, make_buttons (self));
  self->hint = append (box, small_label (_ ("Measures |f(Rx) − R f(x)| / |f(x)| of every layer at each of these rotations, and plots it.")));
  gtk_widget_add_css_class (self->hint, "dim-label");
  self->outcome = append (box, make_outcome (self));
  self->breaks = sw_laboratory_break_new ();
  gtk_box_append (box, GTK_WIDGET (self->breaks));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (box));
  adw_bin_set_child (ADW_BIN (self), scroller);

  g_signal_connect_object (self->layers, "notify::selected", G_CALLBACK (on_layer_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->log, "toggled", G_CALLBACK (on_layer_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->angles, "picked", G_CALLBACK (on_angle_picked), self, 0);
  g_signal_connect_object (self->axes, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->any_axis, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
}
