/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/train-settings.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/memory.h"
#include "experiments/training.h"

#define N_RUNS_SHOWN 12

struct _SwTrainSettings
{
  AdwBin parent_instance;

  AdwComboRow *experiment_row, *network_row, *preset_row, *engine_row;
  AdwActionRow *data_row, *memory_row;
  AdwEntryRow *name_row;
  AdwPreferencesGroup *group;
  GtkLabel *preset_label, *memory_label;
  GtkSpinButton *epochs, *rate, *seed, *batch, *validate_every, *n_validation, *threads;
  GtkListBox *runs;
  GtkWidget *no_runs;

  SwSession *session; /* owned */
  GtkFileChooserNative *chooser; /* owned while open */
  GCancellable *measuring; /* owned; the memory of the last choice */
  char *data, *preset_name, *problem;
  gsize memory; /* 0: unknown */
  unsigned size; /* 0: the network's */
  gboolean updating;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwTrainSettings, sw_train_settings, ADW_TYPE_BIN)

/* ---- what is chosen */

static const SwExperiment *
experiment_of (SwTrainSettings *self)
{
  gsize n = 0;
  const SwExperiment *const *table = sw_experiments (&n);
  const guint i = adw_combo_row_get_selected (self->experiment_row);
  return table[i < n ? i : 0];
}

static gboolean
wants_twin (SwTrainSettings *self)
{
  return adw_combo_row_get_selected (self->network_row) == 1;
}

static const SwPreset *
nth_preset (const SwExperiment *experiment, gboolean twin, guint wanted)
{
  guint k = 0;
  for (gsize i = 0; i < experiment->n_presets; i++)
    if (experiment->presets[i].conventional == (twin != FALSE) && k++ == wanted)
      return &experiment->presets[i];
  return NULL;
}

static const SwPreset *
preset_of (SwTrainSettings *self)
{
  const guint i = adw_combo_row_get_selected (self->preset_row);
  const SwPreset *preset = nth_preset (experiment_of (self), wants_twin (self), i);
  return preset != NULL ? preset : nth_preset (experiment_of (self), wants_twin (self), 0);
}

gboolean
sw_train_settings_get (SwTrainSettings *self, SwRunSettings *ret)
{
  const SwExperiment *experiment = experiment_of (self);
  const SwPreset *preset = preset_of (self);

  g_free (self->preset_name);
  self->preset_name = g_strdup (preset != NULL ? preset->name : NULL);
  *ret = (SwRunSettings){
    .experiment = experiment->name,
    .twin = wants_twin (self),
    .preset = self->preset_name,
    .data = experiment->data != NULL ? self->data : NULL,
    .engine = adw_combo_row_get_selected (self->engine_row) == 1 ? SW_ENGINE_SAMPLED : SW_ENGINE_BANDLIMITED,
    .epochs = (unsigned) gtk_spin_button_get_value_as_int (self->epochs),
    .rate = gtk_spin_button_get_value (self->rate),
    .batch = (gsize) gtk_spin_button_get_value_as_int (self->batch),
    .seed = (guint64) gtk_spin_button_get_value_as_int (self->seed),
    .validate_every = (unsigned) gtk_spin_button_get_value_as_int (self->validate_every),
    .n_validation = (gsize) gtk_spin_button_get_value_as_int (self->n_validation),
    .size = self->size,
    .threads = (unsigned) gtk_spin_button_get_value_as_int (self->threads),
  };
  return preset != NULL && self->problem == NULL && (experiment->data == NULL || self->data != NULL);
}

char *
sw_train_settings_dup_name (SwTrainSettings *self)
{
  const SwExperiment *experiment = experiment_of (self);
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->name_row));
  if (typed[0] != '\0')
    return g_strdup (typed);
  return g_strdup (wants_twin (self) && experiment->twin != NULL ? experiment->twin : experiment->network);
}

/* ---- the memory it needs, in a thread: an engine lays out its grids for the number */

typedef struct
{
  char *network;
  SwTrainingRequest request;
} Measure;

static void
measure_free (Measure *measure)
{
  g_free (measure->network);
  g_free (measure);
}

static void
measure_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Measure *measure = data;
  SwNetwork *network = NULL;
  SwError plain = { 0 };
  GError *error = NULL;
  gsize bytes = 0;

  if (sw_network_read (measure->network, &network, &plain) != SW_OK)
    {
      g_task_return_new_error (task, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, "%s", plain.text);
      return;
    }
  if (network->conventional)
    measure->request.options.engine = SW_ENGINE_SAMPLED;
  if (sw_training_memory (&measure->request, network, 1, &bytes, &error))
    g_task_return_int (task, (gssize) MIN (bytes, G_MAXSSIZE));
  else
    g_task_return_error (task, error);
  sw_network_unref (network);
}

static char *
format_bytes (gsize bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static void
set_problem (SwTrainSettings *self, const char *text)
{
  g_free (self->problem);
  self->problem = g_strdup (text);
  adw_action_row_set_subtitle (self->memory_row, text != NULL ? text : _ ("While it trains"));
  if (text != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->memory_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->memory_row), "error");
}

static void
on_measured (GObject *source, GAsyncResult *result, gpointer data)
{
  SwTrainSettings *self = SW_TRAIN_SETTINGS (source);
  g_autoptr (GError) error = NULL;
  const gssize bytes = g_task_propagate_int (G_TASK (result), &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->memory = error == NULL ? (gsize) bytes : 0;
  if (error != NULL)
    {
      g_autofree char *markup = g_markup_escape_text (error->message, -1);
      gtk_label_set_label (self->memory_label, "–");
      set_problem (self, markup);
    }
  else
    {
      const gsize there = sw_memory_available ();
      g_autofree char *text = format_bytes (self->memory), *left = format_bytes (there);
      gtk_label_set_label (self->memory_label, text);
      g_autofree char *problem
          /* Translators: %s is an amount of memory such as 1.2 GiB */
          = self->memory > there ? g_strdup_printf (_ ("Only %s are free. A smaller batch needs less."), left) : NULL;
      set_problem (self, problem);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
measure_memory (SwTrainSettings *self)
{
  const SwExperiment *experiment = experiment_of (self);
  const char *name = wants_twin (self) ? experiment->twin : experiment->network;
  const SwCatalogNetwork *network = sw_catalog_find_network (sw_session_get_catalog (self->session), name);
  const SwPreset *preset = preset_of (self);
  SwRunSettings settings;

  if (self->measuring != NULL)
    g_cancellable_cancel (self->measuring);
  g_clear_object (&self->measuring);
  gtk_label_set_label (self->memory_label, "…");
  (void) sw_train_settings_get (self, &settings);
  if (network == NULL || preset == NULL)
    {
      gtk_label_set_label (self->memory_label, "–");
      set_problem (self, network == NULL ? _ ("The network of this experiment was not found.")
                                         : _ ("The experiment has no recipe for this network."));
      g_signal_emit (self, signals[CHANGED], 0);
      return;
    }
  Measure *measure = g_new0 (Measure, 1);
  measure->network = g_strdup (network->path);
  measure->request.experiment = experiment;
  measure->request.config = preset->config;
  measure->request.config.batch = settings.batch;
  measure->request.options.engine = settings.engine;
  measure->request.options.size = self->size;
  self->measuring = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (self, self->measuring, on_measured, NULL);
  g_task_set_task_data (task, measure, (GDestroyNotify) measure_free);
  g_task_run_in_thread (task, measure_thread);
}

/* ---- choices */

static void
on_value (SwTrainSettings *self)
{
  if (self->updating)
    return;
  measure_memory (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
apply_preset (SwTrainSettings *self)
{
  const SwPreset *preset = preset_of (self);
  if (preset == NULL)
    return;
  const SwTrainConfig *config = &preset->config;
  const gboolean was = self->updating;
  self->updating = TRUE;
  gtk_label_set_label (self->preset_label, _ (preset->description));
  gtk_spin_button_set_value (self->epochs, config->epochs);
  gtk_spin_button_set_value (self->rate, config->schedule.base);
  gtk_spin_button_set_value (self->batch, (double) config->batch);
  gtk_spin_button_set_value (self->validate_every, config->validate_every);
  self->updating = was;
}

static void
fill_presets (SwTrainSettings *self)
{
  const SwExperiment *experiment = experiment_of (self);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  const SwPreset *preset;

  for (guint i = 0; (preset = nth_preset (experiment, wants_twin (self), i)) != NULL; i++)
    {
      g_autofree char *name = g_strdup (preset->name);
      name[0] = g_ascii_toupper (name[0]);
      gtk_string_list_append (names, name);
    }
  const gboolean was = self->updating;
  self->updating = TRUE;
  adw_combo_row_set_model (self->preset_row, G_LIST_MODEL (names));
  self->updating = was;
  gtk_widget_set_sensitive (GTK_WIDGET (self->engine_row), !wants_twin (self));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->engine_row), wants_twin (self)
                                                                      ? _ ("This network has only one")
                                                                      : _ ("Band-limited is exact"));
  apply_preset (self);
}

static void
show_experiment (SwTrainSettings *self)
{
  const SwExperiment *experiment = experiment_of (self);
  g_autofree char *about = g_markup_escape_text (_ (experiment->description), -1);
  adw_preferences_group_set_description (self->group, about);
  gtk_widget_set_visible (GTK_WIDGET (self->data_row), experiment->data != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->network_row), experiment->twin != NULL);
  if (experiment->twin == NULL)
    {
      const gboolean was = self->updating;
      self->updating = TRUE;
      adw_combo_row_set_selected (self->network_row, 0);
      self->updating = was;
    }
  g_autofree char *markup
      = g_markup_escape_text (self->data != NULL ? self->data : experiment->data != NULL ? experiment->data : "", -1);
  adw_action_row_set_subtitle (self->data_row, markup);
  fill_presets (self);
}

static void
on_experiment (SwTrainSettings *self)
{
  if (self->updating)
    return;
  g_clear_pointer (&self->data, g_free);
  show_experiment (self);
  on_value (self);
}

static void
on_network (SwTrainSettings *self)
{
  if (self->updating)
    return;
  fill_presets (self);
  on_value (self);
}

static void
on_preset (SwTrainSettings *self)
{
  if (self->updating)
    return;
  apply_preset (self);
  on_value (self);
}

static void
on_folder_response (GtkNativeDialog *dialog, int response, SwTrainSettings *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog)) : NULL;
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (path != NULL)
    {
      g_free (self->data);
      self->data = g_steal_pointer (&path);
      show_experiment (self);
      on_value (self);
    }
  g_clear_object (&self->chooser);
}

static void
choose_folder (SwTrainSettings *self)
{
  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Data Folder"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_folder_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- runs */

static char *
describe_run (const SwRunEntry *entry)
{
  g_autofree char *accuracy = isfinite (entry->accuracy) ? g_strdup_printf (_ (", %.1f %% right"), 100.0 * entry->accuracy)
                                                         : g_strdup ("");
  if (entry->running)
    return g_strdup_printf (_ ("Goes on: epoch %u of %u%s"), entry->epoch, entry->epochs, accuracy);
  if (entry->state == SW_RUN_FINISHED)
    return g_strdup_printf (_ ("Finished%s"), accuracy);
  if (entry->kept)
    return g_strdup_printf (_ ("Kept after epoch %u%s"), entry->epoch, accuracy);
  return g_strdup_printf (_ ("Can be resumed: epoch %u of %u%s"), entry->epoch, entry->epochs, accuracy);
}

void
sw_train_settings_refresh_runs (SwTrainSettings *self, const char *current)
{
  g_autoptr (GPtrArray) list = sw_runs_list (N_RUNS_SHOWN);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->runs))) != NULL)
    gtk_list_box_remove (self->runs, child);
  for (guint i = 0; i < MIN (list->len, N_RUNS_SHOWN); i++)
    {
      const SwRunEntry *entry = g_ptr_array_index (list, i);
      g_autofree char *subtitle = describe_run (entry);
      g_autofree char *title = g_markup_escape_text (entry->name, -1);
      GtkWidget *row = adw_action_row_new ();
      GtkWidget *image = gtk_image_new_from_icon_name (entry->running                           ? "media-playback-start-symbolic"
                                                       : sw_run_entry_is_unfinished (entry) ? "media-playback-pause-symbolic"
                                                                                            : "object-select-symbolic");
      GtkWidget *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
      gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (remove, "flat");
      gtk_widget_set_tooltip_text (remove, _ ("Delete This Run and Its Weights"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Delete this run"), -1);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (remove), "train.ask-remove");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (remove), "s", entry->path);
      gtk_widget_set_sensitive (remove, !entry->running);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), remove);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "train.open");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", entry->path);
      if (g_strcmp0 (entry->path, current) == 0)
        gtk_widget_add_css_class (row, "current-run");
      gtk_list_box_append (self->runs, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->runs), list->len > 0);
  gtk_widget_set_visible (self->no_runs, list->len == 0);
}

void
sw_train_settings_override (SwTrainSettings *self, unsigned epochs, gsize n_validation, unsigned size)
{
  gtk_spin_button_set_value (self->epochs, epochs);
  gtk_spin_button_set_value (self->n_validation, (double) n_validation);
  self->size = size;
  on_value (self);
}

/* ---- building */

static GtkSpinButton *
add_spin (SwTrainSettings *self, GtkWidget *group, const char *title, const char *subtitle, double low, double high, double step,
          guint digits)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *spin = gtk_spin_button_new_with_range (low, high, step);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_spin_button_set_digits (GTK_SPIN_BUTTON (spin), digits);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 6);
  gtk_widget_set_valign (spin, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (spin, "numeric");
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), spin);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), spin);
  if (ADW_IS_EXPANDER_ROW (group))
    adw_expander_row_add_row (ADW_EXPANDER_ROW (group), row);
  else
    adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_object (spin, "value-changed", G_CALLBACK (on_value), self, G_CONNECT_SWAPPED);
  return GTK_SPIN_BUTTON (spin);
}

static AdwComboRow *
add_combo (SwTrainSettings *self, GtkWidget *group, const char *title, const char *const *names, GCallback changed)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) model = gtk_string_list_new (names);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (model));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_signal_connect_object (row, "notify::selected", changed, self, G_CONNECT_SWAPPED);
  return ADW_COMBO_ROW (row);
}

/* A row of its own: as the subtitle of a combo row a sentence leaves no room for the choice. */
static void
add_preset_label (SwTrainSettings *self, GtkWidget *group)
{
  GtkWidget *row = adw_preferences_row_new ();
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "caption");
  gtk_widget_set_margin_start (label, 12);
  gtk_widget_set_margin_end (label, 12);
  gtk_widget_set_margin_top (label, 8);
  gtk_widget_set_margin_bottom (label, 8);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  self->preset_label = GTK_LABEL (label);
}

static void
add_more (SwTrainSettings *self, GtkWidget *group)
{
  GtkWidget *more = adw_expander_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (more), _ ("More Settings"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), more);
  self->name_row = ADW_ENTRY_ROW (adw_entry_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name_row), _ ("Name of the run (optional)"));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (more), GTK_WIDGET (self->name_row));
  self->batch = add_spin (self, more, _ ("Batch"), _ ("Samples of one step; more need more memory"), 1, 4096, 1, 0);
  self->validate_every = add_spin (self, more, _ ("Validate Every"), _ ("Epochs between looks at unseen samples"), 1, 1000, 1, 0);
  self->n_validation
      = add_spin (self, more, _ ("Validation Samples"), _ ("How many unseen samples; 0: as the experiment says"), 0, 100000, 8, 0);
  self->threads = add_spin (self, more, _ ("Threads"), _ ("Processors to use; 0: all of them"), 0, g_get_num_processors (), 1, 0);
}

static GtkWidget *
build_new_run (SwTrainSettings *self)
{
  static const char *const kinds[] = { N_ ("Steerable"), N_ ("Ordinary (twin)"), NULL };
  static const char *const engines[] = { N_ ("Band-limited"), N_ ("Sampled"), NULL };
  const char *kind_names[] = { _ (kinds[0]), _ (kinds[1]), NULL };
  const char *engine_names[] = { _ (engines[0]), _ (engines[1]), NULL };
  GtkWidget *group = adw_preferences_group_new ();
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();
  gsize n = 0;
  const SwExperiment *const *table = sw_experiments (&n);

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (titles, (gpointer) _ (table[i]->title));
  g_ptr_array_add (titles, NULL);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("New Run"));
  self->group = ADW_PREFERENCES_GROUP (group);
  self->experiment_row
      = add_combo (self, group, _ ("Experiment"), (const char *const *) titles->pdata, G_CALLBACK (on_experiment));
  self->network_row = add_combo (self, group, _ ("Network"), kind_names, G_CALLBACK (on_network));
  self->data_row = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->data_row), _ ("Data Folder"));
  adw_action_row_set_subtitle_lines (self->data_row, 2);
  GtkWidget *choose = gtk_button_new_with_label (_ ("Choose…"));
  gtk_widget_set_valign (choose, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (choose, "clicked", G_CALLBACK (choose_folder), self);
  adw_action_row_add_suffix (self->data_row, choose);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->data_row));
  self->preset_row = add_combo (self, group, _ ("Recipe"), NULL, G_CALLBACK (on_preset));
  add_preset_label (self, group);
  self->epochs = add_spin (self, group, _ ("Epochs"), _ ("How often all samples are seen"), 1, 100000, 10, 0);
  self->rate = add_spin (self, group, _ ("Learning Rate"), _ ("Size of a step; too large diverges"), 0.00001, 1.0, 0.001, 5);
  self->seed = add_spin (self, group, _ ("Seed"), _ ("The same seed repeats the same run"), 0, G_MAXINT, 1, 0);
  self->engine_row = add_combo (self, group, _ ("Engine"), engine_names, G_CALLBACK (on_value));
  add_more (self, group);
  self->memory_row = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->memory_row), _ ("Memory Needed"));
  self->memory_label = GTK_LABEL (gtk_label_new ("…"));
  gtk_widget_add_css_class (GTK_WIDGET (self->memory_label), "numeric");
  adw_action_row_add_suffix (self->memory_row, GTK_WIDGET (self->memory_label));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->memory_row));
  return group;
}

static GtkWidget *
build_runs (SwTrainSettings *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Runs"));
  self->runs = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->runs, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->runs), "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->runs), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Training runs"), -1);
  self->no_runs = gtk_label_new (_ ("Nothing was trained here yet."));
  gtk_widget_add_css_class (self->no_runs, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (self->no_runs), 0.0f);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), GTK_WIDGET (self->runs));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->no_runs);
  return group;
}

static void
sw_train_settings_dispose (GObject *object)
{
  SwTrainSettings *self = SW_TRAIN_SETTINGS (object);
  self->updating = TRUE;
  if (self->measuring != NULL)
    g_cancellable_cancel (self->measuring);
  g_clear_object (&self->measuring);
  g_clear_object (&self->chooser);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (sw_train_settings_parent_class)->dispose (object);
}

static void
sw_train_settings_finalize (GObject *object)
{
  SwTrainSettings *self = SW_TRAIN_SETTINGS (object);
  g_free (self->data);
  g_free (self->preset_name);
  g_free (self->problem);
  G_OBJECT_CLASS (sw_train_settings_parent_class)->finalize (object);
}

static void
sw_train_settings_class_init (SwTrainSettingsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_train_settings_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_train_settings_finalize;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_TRAIN_SETTINGS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sw_train_settings_init (SwTrainSettings *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *start = gtk_button_new_with_mnemonic (_ ("_Start Training"));

  self->updating = TRUE;
  gtk_box_append (GTK_BOX (box), build_new_run (self));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (start), "train.start");
  gtk_widget_set_tooltip_text (start, _ ("In a process of its own: closing the window does not end it"));
  gtk_widget_add_css_class (start, "pill");
  gtk_widget_add_css_class (start, "suggested-action");
  gtk_widget_set_halign (start, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), start);
  gtk_box_append (GTK_BOX (box), build_runs (self));
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_bottom (box, 24);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), box);
  adw_bin_set_child (ADW_BIN (self), scrolled);
  gtk_widget_set_size_request (GTK_WIDGET (self), 350, -1);
  gtk_widget_set_hexpand (GTK_WIDGET (self), FALSE);
}

SwTrainSettings *
sw_train_settings_new (SwSession *session)
{
  SwTrainSettings *self = g_object_new (SW_TYPE_TRAIN_SETTINGS, NULL);
  self->session = g_object_ref (session);
  show_experiment (self);
  gtk_spin_button_set_value (self->seed, 1);
  self->updating = FALSE;
  measure_memory (self);
  return self;
}
