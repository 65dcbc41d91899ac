/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/window-private.h"

#include <glib/gi18n.h>

#include "app/settings.h"
#include "app/training-link.h"

G_DEFINE_FINAL_TYPE (SwWindow, sw_window, ADW_TYPE_APPLICATION_WINDOW)

GAction *
sw_window_find_action (SwWindow *self, const char *name)
{
  return g_action_map_lookup_action (G_ACTION_MAP (self), name);
}

void
sw_window_set_state (SwWindow *self, const char *name, GVariant *state)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (sw_window_find_action (self, name)), state);
}

void
sw_window_enable (SwWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (sw_window_find_action (self, name)), enabled);
}

void
sw_window_say (SwWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);
  adw_toast_set_timeout (toast, 6);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
sw_window_show_problem (SwWindow *self, const char *heading, const char *body)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), heading, body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- pages, title, status */

static gboolean
on_main_page (SwWindow *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), "main") == 0;
}

gboolean
sw_window_on_page (SwWindow *self, const char *name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), name) == 0;
}

static void
update_status (SwWindow *self)
{
  g_autofree char *sentence = sw_session_dup_sentence (self->session);
  sw_window_set_state (self, "status", g_variant_new_string (sentence));
}

static void
update_title (SwWindow *self)
{
  static const char *const wanting_document[]
      = { "random-rotation", "reset-rotation", "cube",   "next-cube",    "rotation",     "turn",
          "orbit",           "zoom",           "view",   "fit",          "save-picture", "copy-numbers", "copy-picture", "export-field",
          "layer",           "field",          "show-gate", "explain",  "laboratory", "sweep", "play",
          "propensity", "show-propensity" };
  const SwDocument *document = sw_session_get_document (self->session);
  const gboolean main_page = on_main_page (self) && document != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wanting_document); i++)
    sw_window_enable (self, wanting_document[i], main_page);
  gtk_widget_set_visible (self->back_button, !sw_window_on_page (self, "start"));
  gtk_widget_set_visible (self->input_button, main_page);
  gtk_widget_set_visible (self->sidebar_button, main_page && adw_flap_get_folded (self->flap));
  const guint n = g_list_model_get_n_items (sw_session_get_names (self->session));
  gtk_widget_set_visible (GTK_WIDGET (self->documents), main_page && n > 1);
  sw_window_enable (self, "start", !sw_window_on_page (self, "start"));
  if (!main_page)
    {
      const char *title = sw_window_on_page (self, "train")    ? _ ("Training")
                          : sw_window_on_page (self, "lesson") ? _ ("Lesson")
                                                     : _ ("Swivel");
      adw_window_title_set_title (self->title, title);
      adw_window_title_set_subtitle (self->title, "");
      gtk_window_set_title (GTK_WINDOW (self), title);
      return;
    }
  const char *name = sw_session_get_network (self->session);
  const SwCatalogNetwork *network
      = name != NULL ? sw_catalog_find_network (sw_session_get_catalog (self->session), name)
                     : NULL;
  const char *engine = sw_session_get_engine_used (self->session) == SW_ENGINE_SAMPLED
                           ? _ ("sampled")
                           : _ ("band-limited");
  g_autofree char *subtitle
      = network != NULL ? g_strdup_printf ("%s · %s", network->title, engine) : g_strdup ("");
  /* Translators: title bar, name of a structure */
  g_autofree char *window_title = g_strdup_printf (_ ("%s – Swivel"), document->name);
  adw_window_title_set_title (self->title, document->name);
  adw_window_title_set_subtitle (self->title, subtitle);
  gtk_window_set_title (GTK_WINDOW (self), window_title);
}

void
sw_window_show_page (SwWindow *self, const char *name)
{
  gtk_stack_set_visible_child_name (self->pages, name);
  if (g_str_equal (name, "start"))
    sw_start_page_refresh (self->start_page);
  else if (g_str_equal (name, "train"))
    sw_train_page_refresh (self->train_page);
  else if (g_str_equal (name, "lesson"))
    sw_lesson_page_refresh (self->lesson_page);
  update_title (self);
}

static void
on_document_changed (SwWindow *self)
{
  self->resetting = TRUE;
  gtk_drop_down_set_selected (self->documents, sw_session_get_current (self->session));
  self->resetting = FALSE;
  self->cube = 0;
  update_title (self);
  update_status (self);
}

static void
on_choice_changed (SwWindow *self)
{
  const char *network = sw_session_get_network (self->session);
  sw_window_set_state (self, "network", g_variant_new_string (network != NULL ? network : ""));
  sw_window_set_state (self, "weights", g_variant_new_string (sw_session_get_weights (self->session)));
  sw_window_set_state (self, "engine",
             g_variant_new_string (sw_engine_name (sw_session_get_engine (self->session))));
  sw_window_set_state (self, "layer", g_variant_new_string (sw_session_get_layer (self->session)));
  sw_window_set_state (self, "field", g_variant_new_int32 ((int) sw_session_get_copy (self->session)));
  update_title (self);
  update_status (self);
}

static void
on_rotation_changed (SwWindow *self)
{
  const SwQuat q = sw_session_get_rotation (self->session);
  sw_window_set_state (self, "rotation", g_variant_new ("(dddd)", q.w, q.x, q.y, q.z));
  update_status (self);
}

static void
on_document_selected (SwWindow *self)
{
  if (!self->resetting)
    sw_session_set_current (self->session, gtk_drop_down_get_selected (self->documents));
}

/* ---- state */

static void
restore_state (SwWindow *self)
{
  static const char *const strings[] = { "panes", "drag-turns", "color-scheme", "engine" };
  static const char *const flags[] = { "show-molecule", "show-field", "show-density", "show-box" };
  g_autofree char *network = sw_settings_dup_string ("network");
  SwCatalog *catalog = sw_session_get_catalog (self->session);

  gtk_window_set_default_size (GTK_WINDOW (self), sw_settings_get_int ("window-width"),
                               sw_settings_get_int ("window-height"));
  if (sw_settings_get_boolean ("window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    {
      g_autofree char *value = sw_settings_dup_string (strings[i]);
      g_action_change_state (sw_window_find_action (self, strings[i]), g_variant_new_string (value));
    }
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    g_action_change_state (sw_window_find_action (self, flags[i]),
                           g_variant_new_boolean (sw_settings_get_boolean (flags[i])));

  sw_window_restore_look (self);

  /* The network may be gone, or a large one may have been the last: take what there is. */
  const SwCatalogNetwork *wanted = sw_catalog_find_network (catalog, network);
  gsize n = 0;
  const SwCatalogNetwork *networks = sw_catalog_networks (catalog, &n);
  for (gsize i = 0; (wanted == NULL || wanted->problem != NULL) && i < n; i++)
    if (networks[i].problem == NULL)
      wanted = &networks[i];
  if (wanted != NULL && wanted->problem == NULL)
    sw_session_set_network (self->session, wanted->name);
}

static void
save_state (SwWindow *self)
{
  const gboolean maximized = gtk_window_is_maximized (GTK_WINDOW (self));
  sw_settings_set_boolean ("window-maximized", maximized);
  if (!maximized)
    {
      int width, height;
      gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
      sw_settings_set_int ("window-width", width);
      sw_settings_set_int ("window-height", height);
    }
}

static gboolean
apply_folded (gpointer data)
{
  SwWindow *self = data;
  self->folded_id = 0;
  update_title (self);
  return G_SOURCE_REMOVE;
}

/* The panel folds while it is allocated; a button may not come or go then. */
static void
on_folded (SwWindow *self)
{
  if (self->folded_id == 0)
    self->folded_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, apply_folded, self, NULL);
}

static gboolean
apply_layout (gpointer data)
{
  SwWindow *self = data;
  const SwLayoutParts parts = { .flap = self->flap,
                                .scroller = self->bottom_scroller,
                                .bottom = self->bottom,
                                .numbers = GTK_BOX (self->numbers),
                                .open_button = GTK_BUTTON (self->open_button),
                                .learn_button = self->learn_button,
                                .input_button = GTK_MENU_BUTTON (self->input_button) };

  self->layout_id = 0;
  sw_layout_apply (&parts, self->layout);
  return G_SOURCE_REMOVE;
}

static void
sw_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SwWindow *self = SW_WINDOW (widget);
  const SwLayoutKind layout = sw_layout_for_width (width);

  GTK_WIDGET_CLASS (sw_window_parent_class)->size_allocate (widget, width, height, baseline);
  if (layout == self->layout)
    return;
  self->layout = layout;
  if (self->layout_id == 0)
    self->layout_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, apply_layout, self, NULL);
}

static gboolean
on_close_request (SwWindow *self)
{
  save_state (self);
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  /* Each holds its panel until it has ended; nobody waits for what they find. */
  sw_laboratory_panel_cancel (self->laboratory);
  sw_explain_panel_cancel (self->explain_panel);
  sw_propensity_panel_cancel (self->propensity_panel);
  sw_lesson_page_shutdown (self->lesson_page);
  sw_session_shutdown (self->session);
  return FALSE;
}

SwSession *
sw_window_get_session (SwWindow *self)
{
  return self->session;
}

SwTrainPage *
sw_window_get_train_page (SwWindow *self)
{
  return self->train_page;
}

SwLessonPage *
sw_window_get_lesson_page (SwWindow *self)
{
  return self->lesson_page;
}

SwStage *
sw_window_get_stage (SwWindow *self)
{
  return self->stage;
}

static void
sw_window_dispose (GObject *object)
{
  SwWindow *self = SW_WINDOW (object);

  g_clear_handle_id (&self->load_card_id, g_source_remove);
  if (self->lesson_page != NULL)
    sw_lesson_page_shutdown (self->lesson_page);
  g_clear_pointer (&self->play, sw_play_free);
  g_clear_handle_id (&self->reveal_id, g_source_remove);
  g_clear_handle_id (&self->layout_id, g_source_remove);
  g_clear_handle_id (&self->folded_id, g_source_remove);
  if (self->session != NULL)
    sw_session_shutdown (self->session);
  if (self->taking != NULL)
    g_cancellable_cancel (self->taking);
  g_clear_object (&self->undo);
  g_clear_object (&self->session);
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_WINDOW);
  G_OBJECT_CLASS (sw_window_parent_class)->dispose (object);
}

static void
sw_window_finalize (GObject *object)
{
  SwWindow *self = SW_WINDOW (object);

  g_queue_clear_full (&self->queue, g_free);
  g_ptr_array_unref (self->refused);
  g_clear_object (&self->loading);
  g_clear_object (&self->taking);
  G_OBJECT_CLASS (sw_window_parent_class)->finalize (object);
}

static void
sw_window_class_init (SwWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = sw_window_dispose;
  object_class->finalize = sw_window_finalize;
  widget_class->size_allocate = sw_window_size_allocate;
  g_type_ensure (SW_TYPE_PROPENSITY_PANEL);
  g_type_ensure (SW_TYPE_START_PAGE);
  g_type_ensure (SW_TYPE_TRAIN_PAGE);
  g_type_ensure (SW_TYPE_LESSON_PAGE);
  g_type_ensure (SW_TYPE_LAYER_PANEL);
  g_type_ensure (SW_TYPE_STAGE);
  g_type_ensure (SW_TYPE_NUMBERS_PANEL);
  g_type_ensure (SW_TYPE_EXPLAIN_PANEL);
  g_type_ensure (SW_TYPE_LABORATORY_PANEL);
  g_type_ensure (SW_TYPE_GUIDE_BAR);
  g_type_ensure (SW_TYPE_ROTATION_PANEL);
  g_type_ensure (SW_TYPE_INPUT_POPOVER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/window.ui");
  gtk_widget_class_bind_template_child (widget_class, SwWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, title);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, back_button);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, open_button);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, learn_button);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, input_button);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, sidebar_button);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, documents);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, input_popover);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, drop_area);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, drop_hint);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, pages);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, start_page);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, train_page);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, lesson_page);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, layer_panel);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, stage);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, numbers);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, explain_panel);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, explain_flap);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, side);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, laboratory);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, guide_revealer);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, guide_bar);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, propensity_panel);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, rotation_panel);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, flap);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, bottom);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, bottom_scroller);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, load_revealer);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, load_spinner);
  gtk_widget_class_bind_template_child (widget_class, SwWindow, load_label);
}

static void
sw_window_init (SwWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_queue_init (&self->queue);
  self->refused = g_ptr_array_new_with_free_func (g_free);
  sw_random_init (&self->random, (guint64) g_get_real_time ());
  self->session = sw_session_new ();
  sw_window_add_actions (self);
  sw_window_add_drop_target (self);
  sw_window_hide_load_card (self);

  g_signal_connect_object (self->session, "document-changed", G_CALLBACK (on_document_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "choice-changed", G_CALLBACK (on_choice_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "rotation-changed", G_CALLBACK (on_rotation_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "run-changed", G_CALLBACK (update_status), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "run-changed", G_CALLBACK (sw_window_apply_breaks), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "failed", G_CALLBACK (sw_window_say), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->input_popover, "reload", G_CALLBACK (sw_window_reload), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->documents, "notify::selected", G_CALLBACK (on_document_selected),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->flap, "notify::folded", G_CALLBACK (on_folded), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (sw_window_update_dark), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "close-request", G_CALLBACK (on_close_request), NULL);

  self->resetting = TRUE;
  gtk_drop_down_set_model (self->documents, sw_session_get_names (self->session));
  self->resetting = FALSE;
  sw_start_page_set_catalog (self->start_page, sw_session_get_catalog (self->session));
  sw_train_page_set_session (self->train_page, self->session);
  sw_lesson_page_set_session (self->lesson_page, self->session);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "train", sw_train_page_get_actions (self->train_page));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "lesson", sw_lesson_page_get_actions (self->lesson_page));
  sw_layer_panel_set_session (self->layer_panel, self->session);
  sw_stage_set_session (self->stage, self->session);
  sw_numbers_panel_set_session (self->numbers, self->session);
  sw_explain_panel_set_session (self->explain_panel, self->session);
  g_signal_connect_object (self->explain_panel, "changed", G_CALLBACK (sw_window_explanation_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->explain_panel, "residue-chosen", G_CALLBACK (sw_window_residue_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->explain_panel, "problem", G_CALLBACK (sw_window_say), self, G_CONNECT_SWAPPED);
  sw_window_enable (self, "export-explanation", FALSE);
  sw_propensity_panel_set_session (self->propensity_panel, self->session);
  g_signal_connect_object (self->propensity_panel, "changed", G_CALLBACK (sw_window_propensity_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->propensity_panel, "residue-chosen", G_CALLBACK (sw_window_residue_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->propensity_panel, "problem", G_CALLBACK (sw_window_say), self, G_CONNECT_SWAPPED);
  sw_laboratory_panel_set_session (self->laboratory, self->session);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "lab", sw_laboratory_panel_get_actions (self->laboratory));
  g_signal_connect_object (self->laboratory, "changed", G_CALLBACK (sw_window_sweep_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->laboratory, "problem", G_CALLBACK (sw_window_say), self, G_CONNECT_SWAPPED);
  sw_window_sweep_changed (self);
  sw_window_set_up_guide (self);
  self->play = sw_play_new (self->session, sw_stage_get_view (self->stage), sw_window_play_stopped, self);
  sw_rotation_panel_set_session (self->rotation_panel, self->session);
  sw_input_popover_set_session (self->input_popover, self->session);
  restore_state (self);
  sw_window_update_dark (self);
  sw_window_show_page (self, "start");
  sw_training_link_new (self, self->toasts);
}

SwWindow *
sw_window_new (AdwApplication *application)
{
  return g_object_new (SW_TYPE_WINDOW, "application", application, NULL);
}
