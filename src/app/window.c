/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/window.h"

#include <glib/gi18n.h>

#include "app/explain-panel.h"
#include "app/input-popover.h"
#include "app/layer-panel.h"
#include "app/layout.h"
#include "app/lesson-page.h"
#include "app/numbers-panel.h"
#include "app/numbers.h"
#include "app/rotation-panel.h"
#include "app/settings.h"
#include "app/start-page.h"
#include "app/train-page.h"
#include "app/training-link.h"
#include "base/random.h"
#include "experiments/tetris.h"
#include "render/headless.h"
#include "structure/format-table.h"

/* A file that is read sooner shows no card. */
#define LOAD_CARD_MILLISECONDS 250

struct _SwWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  GtkWidget *back_button, *open_button, *learn_button, *input_button, *sidebar_button;
  GtkDropDown *documents;
  SwInputPopover *input_popover;
  GtkWidget *drop_area;
  GtkRevealer *drop_hint;
  GtkStack *pages;
  SwStartPage *start_page;
  SwTrainPage *train_page;
  SwLessonPage *lesson_page;
  SwLayerPanel *layer_panel;
  SwStage *stage;
  SwNumbersPanel *numbers;
  SwExplainPanel *explain_panel;
  AdwFlap *explain_flap;
  SwRotationPanel *rotation_panel;
  AdwFlap *flap;
  GtkBox *bottom;
  GtkScrolledWindow *bottom_scroller;
  GtkRevealer *load_revealer;
  GtkSpinner *load_spinner;
  GtkLabel *load_label;

  SwSession *session; /* owned */
  GQueue queue;       /* of paths to open */
  GPtrArray *refused; /* sentences */
  GCancellable *loading; /* owned; NULL when nothing is loaded */
  guint load_card_id;
  SwLayoutKind layout;
  guint layout_id, folded_id; /* a new layout is applied soon */
  gboolean reloading; /* the load in progress only changes what is voxelised */
  gboolean resetting; /* the drop-down follows the session */
  GtkFileChooserNative *chooser; /* owned while open */
  SwRandom random;
  unsigned cube;
};

G_DEFINE_FINAL_TYPE (SwWindow, sw_window, ADW_TYPE_APPLICATION_WINDOW)

static GAction *
find_action (SwWindow *self, const char *name)
{
  return g_action_map_lookup_action (G_ACTION_MAP (self), name);
}

static void
set_state (SwWindow *self, const char *name, GVariant *state)
{
  g_simple_action_set_state (G_SIMPLE_ACTION (find_action (self, name)), state);
}

static void
enable (SwWindow *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (find_action (self, name)), enabled);
}

static void
say (SwWindow *self, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);
  adw_toast_set_timeout (toast, 6);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
show_problem (SwWindow *self, const char *heading, const char *body)
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

static gboolean
on_page (SwWindow *self, const char *name)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), name) == 0;
}

static void
update_status (SwWindow *self)
{
  g_autofree char *sentence = sw_session_dup_sentence (self->session);
  set_state (self, "status", g_variant_new_string (sentence));
}

static void
update_title (SwWindow *self)
{
  static const char *const wanting_document[]
      = { "random-rotation", "reset-rotation", "cube",   "next-cube",    "rotation",     "turn",
          "orbit",           "zoom",           "view",   "fit",          "save-picture", "copy-numbers",
          "layer",           "field",          "show-gate", "explain" };
  const SwDocument *document = sw_session_get_document (self->session);
  const gboolean main_page = on_main_page (self) && document != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (wanting_document); i++)
    enable (self, wanting_document[i], main_page);
  gtk_widget_set_visible (self->back_button, !on_page (self, "start"));
  gtk_widget_set_visible (self->input_button, main_page);
  gtk_widget_set_visible (self->sidebar_button, main_page && adw_flap_get_folded (self->flap));
  const guint n = g_list_model_get_n_items (sw_session_get_names (self->session));
  gtk_widget_set_visible (GTK_WIDGET (self->documents), main_page && n > 1);
  enable (self, "start", !on_page (self, "start"));
  if (!main_page)
    {
      const char *title = on_page (self, "train")    ? _ ("Training")
                          : on_page (self, "lesson") ? _ ("Lesson")
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

static void
show_page (SwWindow *self, const char *name)
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
  set_state (self, "network", g_variant_new_string (network != NULL ? network : ""));
  set_state (self, "weights", g_variant_new_string (sw_session_get_weights (self->session)));
  set_state (self, "engine",
             g_variant_new_string (sw_engine_name (sw_session_get_engine (self->session))));
  set_state (self, "layer", g_variant_new_string (sw_session_get_layer (self->session)));
  set_state (self, "field", g_variant_new_int32 ((int) sw_session_get_copy (self->session)));
  update_title (self);
  update_status (self);
}

static void
on_rotation_changed (SwWindow *self)
{
  const SwQuat q = sw_session_get_rotation (self->session);
  set_state (self, "rotation", g_variant_new ("(dddd)", q.w, q.x, q.y, q.z));
  update_status (self);
}

static void
on_document_selected (SwWindow *self)
{
  if (!self->resetting)
    sw_session_set_current (self->session, gtk_drop_down_get_selected (self->documents));
}

/* ---- loading */

static void load_next (SwWindow *self);

static gboolean
show_load_card (gpointer data)
{
  SwWindow *self = data;
  self->load_card_id = 0;
  gtk_spinner_start (self->load_spinner);
  gtk_widget_set_can_target (GTK_WIDGET (self->load_revealer), TRUE);
  gtk_revealer_set_reveal_child (self->load_revealer, TRUE);
  return G_SOURCE_REMOVE;
}

static void
hide_load_card (SwWindow *self)
{
  g_clear_handle_id (&self->load_card_id, g_source_remove);
  gtk_spinner_stop (self->load_spinner);
  gtk_widget_set_can_target (GTK_WIDGET (self->load_revealer), FALSE);
  gtk_revealer_set_reveal_child (self->load_revealer, FALSE);
}

static void
report_refused (SwWindow *self)
{
  const guint n = self->refused->len;
  if (n == 0)
    return;
  g_autofree char *heading
      = n == 1 ? g_strdup (_ ("Could Not Open the File"))
               : g_strdup_printf (ngettext ("%u File Could Not Be Opened",
                                            "%u Files Could Not Be Opened", n),
                                  n);
  GString *body = g_string_new (NULL);
  for (guint i = 0; i < MIN (n, 8); i++)
    g_string_append_printf (body, "%s%s", i > 0 ? "\n\n" : "",
                            (const char *) g_ptr_array_index (self->refused, i));
  if (n > 8)
    {
      g_string_append (body, "\n\n");
      g_string_append_printf (body, ngettext ("and %u more", "and %u more", n - 8), n - 8);
    }
  show_problem (self, heading, body->str);
  g_string_free (body, TRUE);
  g_ptr_array_set_size (self->refused, 0);
}

static void
remember (const char *path)
{
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  const char *groups[] = { "swivel", NULL };
  GtkRecentData data = {
    .mime_type = (char *) "chemical/x-pdb",
    .app_name = (char *) "Swivel",
    .app_exec = (char *) "swivel %f",
    .groups = (char **) groups,
  };
  if (uri != NULL)
    gtk_recent_manager_add_full (gtk_recent_manager_get_default (), uri, &data);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwWindow) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_queue_pop_head (&self->queue);

  hide_load_card (self);
  g_clear_object (&self->loading);
  if (sw_session_load_finish (self->session, result, &error))
    {
      if (!self->reloading)
        {
          remember (path);
          show_page (self, "main");
          gtk_widget_grab_focus (GTK_WIDGET (sw_stage_get_view (self->stage)));
        }
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_queue_clear_full (&self->queue, g_free);
      sw_input_popover_refuse (self->input_popover, NULL);
    }
  else if (self->reloading)
    sw_input_popover_refuse (self->input_popover, error->message);
  else
    g_ptr_array_add (self->refused, g_strdup (error->message));
  self->reloading = FALSE;
  if (sw_session_get_document (self->session) == NULL)
    show_page (self, "start");
  load_next (self);
}

static void
start_load (SwWindow *self, const char *path, const SwDocumentOptions *options)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_utf8_make_valid (name, -1);
  /* Translators: %s is a file name */
  g_autofree char *text = g_strdup_printf (_ ("Reading %s"), shown);

  gtk_label_set_label (self->load_label, text);
  self->load_card_id = g_timeout_add (LOAD_CARD_MILLISECONDS, show_load_card, self);
  self->loading = g_cancellable_new ();
  sw_session_load_async (self->session, path, options, self->loading, on_loaded,
                         g_object_ref (self));
}

static void
load_next (SwWindow *self)
{
  if (self->loading != NULL)
    return;
  const char *path = g_queue_peek_head (&self->queue);
  if (path == NULL)
    report_refused (self);
  else
    start_load (self, path, NULL);
}

void
sw_window_open (SwWindow *self, GFile *const *files, gsize n_files)
{
  for (gsize i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_file_get_path (files[i]);
      if (path == NULL)
        {
          g_autofree char *uri = g_file_get_uri (files[i]);
          g_ptr_array_add (
              self->refused,
              g_strdup_printf (_ ("%s is not on this computer. Save it first, then open the copy."),
                               uri));
        }
      else if (g_file_test (path, G_FILE_TEST_IS_DIR))
        g_ptr_array_add (
            self->refused,
            g_strdup_printf (_ ("%s is a folder. Open or drop the structure files in it."), path));
      else
        g_queue_push_tail (&self->queue, g_steal_pointer (&path));
    }
  load_next (self);
}

gboolean
sw_window_open_default (SwWindow *self)
{
  const char *path = sw_catalog_default_example (sw_session_get_catalog (self->session));
  if (path == NULL)
    return FALSE;
  /* Straight to the picture: the start page would only flash up. */
  gtk_stack_set_visible_child_name (self->pages, "main");
  g_queue_push_tail (&self->queue, g_strdup (path));
  load_next (self);
  return TRUE;
}

static void
on_reload (SwWindow *self)
{
  const SwDocument *document = sw_session_get_document (self->session);
  SwDocumentOptions options;

  if (document == NULL)
    return;
  if (self->loading != NULL)
    {
      sw_input_popover_refuse (self->input_popover, _ ("Another file is being read."));
      return;
    }
  sw_input_popover_get_options (self->input_popover, &options);
  g_queue_push_head (&self->queue, g_strdup (document->path));
  self->reloading = TRUE;
  start_load (self, document->path, &options);
}

/* ---- dropping */

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, SwWindow *self)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);

  gtk_revealer_set_reveal_child (self->drop_hint, FALSE);
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      g_autoptr (GSList) list = gdk_file_list_get_files (g_value_get_boxed (value));
      for (GSList *item = list; item != NULL; item = item->next)
        g_ptr_array_add (files, g_object_ref (item->data));
    }
  else if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    g_ptr_array_add (files, g_value_dup_object (value));
  else if (G_VALUE_HOLDS_STRING (value))
    {
      g_auto (GStrv) lines = g_strsplit (g_value_get_string (value), "\n", -1);
      for (char **line = lines; *line != NULL; line++)
        {
          g_strstrip (*line);
          if (g_str_has_prefix (*line, "file://") || (*line)[0] == '/')
            g_ptr_array_add (files, g_file_new_for_commandline_arg (*line));
        }
      if (files->len == 0)
        say (self, _ ("The text that was dropped names no file."));
    }
  if (files->len == 0)
    return FALSE;
  sw_window_open (self, (GFile *const *) files->pdata, files->len);
  return TRUE;
}

static GdkDragAction
on_drop_enter (GtkDropTarget *target, double x, double y, SwWindow *self)
{
  gtk_revealer_set_reveal_child (self->drop_hint, TRUE);
  return GDK_ACTION_COPY;
}

static void
on_drop_leave (GtkDropTarget *target, SwWindow *self)
{
  gtk_revealer_set_reveal_child (self->drop_hint, FALSE);
}

static void
add_drop_target (SwWindow *self)
{
  GType types[] = { GDK_TYPE_FILE_LIST, G_TYPE_FILE, G_TYPE_STRING };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  g_signal_connect (target, "enter", G_CALLBACK (on_drop_enter), self);
  g_signal_connect (target, "leave", G_CALLBACK (on_drop_leave), self);
  gtk_event_controller_set_name (GTK_EVENT_CONTROLLER (target), "open-by-drop");
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* ---- dialogs for files */

static void
add_filters (GtkFileChooser *chooser)
{
  gsize n = 0;
  const SwFormat *formats = sw_format_table (&n);
  GtkFileFilter *all = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) any = gtk_file_filter_new ();
  g_autoptr (GPtrArray) single = g_ptr_array_new_with_free_func (g_object_unref);

  gtk_file_filter_set_name (all, _ ("Structures and Maps"));
  for (gsize i = 0; i < n; i++)
    {
      if (formats[i].kind == SW_FORMAT_REFUSED)
        continue;
      GtkFileFilter *filter = gtk_file_filter_new ();
      gtk_file_filter_set_name (filter, _ (formats[i].name));
      for (const char *const *suffix = formats[i].suffixes; *suffix != NULL; suffix++)
        {
          g_autofree char *packed = g_strdup_printf ("%s.gz", *suffix);
          gtk_file_filter_add_suffix (filter, *suffix);
          gtk_file_filter_add_suffix (filter, packed);
          gtk_file_filter_add_suffix (all, *suffix);
          gtk_file_filter_add_suffix (all, packed);
        }
      g_ptr_array_add (single, filter);
    }
  gtk_file_chooser_add_filter (chooser, all);
  for (guint i = 0; i < single->len; i++)
    gtk_file_chooser_add_filter (chooser, g_ptr_array_index (single, i));
  gtk_file_filter_set_name (any, _ ("All Files"));
  gtk_file_filter_add_pattern (any, "*");
  gtk_file_chooser_add_filter (chooser, any);
  g_object_unref (all);
}

static void
use_last_folder (GtkFileChooser *chooser)
{
  g_autofree char *folder = sw_settings_dup_string ("last-folder");
  if (folder[0] == '\0')
    return;
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  (void) gtk_file_chooser_set_current_folder (chooser, file, NULL);
}

static void
keep_last_folder (GtkFileChooser *chooser)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_current_folder (chooser);
  g_autofree char *path = folder != NULL ? g_file_get_path (folder) : NULL;
  if (path != NULL)
    sw_settings_set_string ("last-folder", path);
}

static void
on_open_response (GtkNativeDialog *dialog, int response, SwWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GListModel) model = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (dialog));
      g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
      for (guint i = 0; i < g_list_model_get_n_items (model); i++)
        g_ptr_array_add (files, g_list_model_get_item (model, i));
      keep_last_folder (GTK_FILE_CHOOSER (dialog));
      sw_window_open (self, (GFile *const *) files->pdata, files->len);
    }
  g_clear_object (&self->chooser);
}

static void
activate_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (self->chooser != NULL)
    return;
  self->chooser
      = gtk_file_chooser_native_new (_ ("Open Structures"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  add_filters (GTK_FILE_CHOOSER (self->chooser));
  use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_open_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
on_save_response (GtkNativeDialog *dialog, int response, SwWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
      SwView *view = sw_stage_get_view (self->stage);
      const int width = MAX (gtk_widget_get_width (GTK_WIDGET (self->stage)), 320);
      const int height = MAX (gtk_widget_get_height (GTK_WIDGET (self->stage)), 240);
      g_autofree char *sentence = sw_session_dup_sentence (self->session);

      keep_last_folder (GTK_FILE_CHOOSER (dialog));
      g_autoptr (SwHeadless) headless = path != NULL ? sw_headless_new (&error) : NULL;
      /* Twice the size on screen: enough for print at a column's width. */
      if (headless != NULL
          && sw_headless_render_png (headless, sw_view_get_scene (view), 2 * width, 2 * height,
                                     SW_QUALITY_EXPORT, path, sentence, &error))
        {
          g_autofree char *name = g_file_get_basename (file);
          /* Translators: %s is a file name */
          g_autofree char *text = g_strdup_printf (_ ("Saved %s"), name);
          say (self, text);
        }
      else
        show_problem (self, _ ("Could Not Save the Picture"),
                      error != NULL ? error->message : _ ("Only local files can be written."));
    }
  g_clear_object (&self->chooser);
}

static void
activate_save_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (self->chooser != NULL)
    return;
  self->chooser
      = gtk_file_chooser_native_new (_ ("Save Picture"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_autofree char *name
      = g_strdup_printf ("%s.png", sw_session_get_document (self->session)->name);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_save_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- actions */

static void
activate_start (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_page (data, "start");
}

/* Ctrl+W: from the picture back to the start, from there out. */
static void
activate_close (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (!on_page (self, "start"))
    show_page (self, "start");
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
activate_train (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_page (data, "train");
}

/* To what is open; to the start where nothing is. */
static void
activate_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  show_page (self, sw_session_get_document (self->session) != NULL ? "main" : "start");
}

static void
activate_lesson (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  show_page (data, "lesson");
}

/* A Tetris piece as what is open. */
static void
activate_block (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const int piece = g_variant_get_int32 (parameter);
  SwBox boxes[SW_TETRIS_N_CELLS];

  if (piece < 0 || piece >= SW_TETRIS_N_PIECES)
    return;
  sw_tetris_boxes ((gsize) piece, boxes);
  g_autofree char *path = g_strdup_printf ("tetris:%d", piece);
  g_autofree char *name = g_strdup_printf (_ ("Block “%s”"), _ (sw_tetris_name ((gsize) piece)));
  g_autoptr (SwDocument) document = sw_document_new_from_blocks (SW_TETRIS_N_CELLS, boxes, path, name);
  sw_session_add_document (self->session, document);
  show_page (self, "main");
}

static void
activate_open_path (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (g_variant_get_string (parameter, NULL));
  sw_window_open (data, &file, 1);
}

static void
activate_cancel (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  else if (!sw_explain_panel_cancel (self->explain_panel))
    sw_session_cancel (self->session);
}

/* ---- why does it say so? */

static void
change_show_explanation (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const gboolean shown = g_variant_get_boolean (state);

  g_simple_action_set_state (action, state);
  adw_flap_set_reveal_flap (self->explain_flap, shown);
  /* Colours are explained by the panel: without it they would puzzle. */
  sw_view_set_attribution (sw_stage_get_view (self->stage),
                           shown ? sw_explain_panel_get_attribution (self->explain_panel) : NULL);
}

static void
on_explanation_changed (SwWindow *self)
{
  SwAttribution *attribution = sw_explain_panel_get_attribution (self->explain_panel);

  enable (self, "export-explanation", attribution != NULL);
  sw_view_set_attribution (sw_stage_get_view (self->stage),
                           adw_flap_get_reveal_flap (self->explain_flap) ? attribution : NULL);
}

static void
on_residue_chosen (SwWindow *self, guint residue)
{
  sw_view_show_residue (sw_stage_get_view (self->stage), residue);
}

static void
activate_explain (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwDocument *document = sw_session_get_document (self->session);

  if (document != NULL && document->structure == NULL)
    {
      say (self, _ ("Only answers about structures can be explained: a density has no residues."));
      return;
    }
  g_action_change_state (find_action (self, "show-explanation"), g_variant_new_boolean (TRUE));
  sw_explain_panel_start (self->explain_panel);
}

static void
on_export_response (GtkNativeDialog *dialog, int response, SwWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && sw_explain_panel_get_attribution (self->explain_panel) != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
      g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;
      g_autofree char *second = NULL;

      keep_last_folder (GTK_FILE_CHOOSER (dialog));
      if (path != NULL && sw_explain_panel_write (self->explain_panel, path, &second, &error))
        {
          g_autofree char *second_name = second != NULL ? g_path_get_basename (second) : NULL;
          g_autofree char *text = second != NULL
                                      /* Translators: two file names */
                                      ? g_strdup_printf (_ ("Saved %s and %s, which it loads"), name, second_name)
                                      : g_strdup_printf (_ ("Saved %s"), name);
          say (self, text);
        }
      else
        show_problem (self, _ ("Could Not Save the Explanation"),
                      error != NULL ? error->message : _ ("Only local files can be written."));
    }
  g_clear_object (&self->chooser);
}

static void
activate_export_explanation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwAttribution *attribution = sw_explain_panel_get_attribution (self->explain_panel);

  if (self->chooser != NULL || attribution == NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Export Explanation"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_autofree char *name = g_strdup_printf ("%s-explained.%s", attribution->document->name,
                                           g_variant_get_string (parameter, NULL));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_export_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
activate_reset_rotation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  self->cube = 0;
  sw_session_set_rotation (self->session, SW_QUAT_IDENTITY);
}

static void
activate_random_rotation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  sw_session_set_rotation (self->session, sw_quat_random (&self->random));
}

static void
set_cube (SwWindow *self, unsigned i)
{
  double matrix[9];
  self->cube = i % SW_ROTATION_N_CUBE;
  sw_rotation_cube (self->cube, matrix);
  sw_session_set_rotation (self->session, sw_quat_from_matrix (matrix));
}

static void
activate_cube (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const int i = g_variant_get_int32 (parameter);
  if (i >= 0 && i < SW_ROTATION_N_CUBE)
    set_cube (data, (unsigned) i);
}

static void
activate_next_cube (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  set_cube (self, self->cube + 1);
}

static void
activate_rotation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwQuat q;
  g_variant_get (parameter, "(dddd)", &q.w, &q.x, &q.y, &q.z);
  if (q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z > 1e-12)
    sw_session_set_rotation (self->session, q);
}

static void
activate_turn (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  double right, down;
  g_variant_get (parameter, "(dd)", &right, &down);
  sw_view_turn_input (sw_stage_get_view (self->stage), right, down);
}

static void
activate_orbit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  double right, down;
  g_variant_get (parameter, "(dd)", &right, &down);
  sw_view_turn_camera (sw_stage_get_view (self->stage), right, down);
}

static void
activate_zoom (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  sw_view_zoom (sw_stage_get_view (self->stage), CLAMP (g_variant_get_double (parameter), 0.1, 10));
}

static void
activate_view (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const int i = g_variant_get_int32 (parameter);
  if (i >= 1 && i <= 7)
    sw_view_standard (sw_stage_get_view (self->stage), (unsigned) i - 1);
}

static void
activate_fit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  sw_view_fit (sw_stage_get_view (self->stage));
}

static void
change_network (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *name = g_variant_get_string (state, NULL);
  const SwCatalogNetwork *network
      = sw_catalog_find_network (sw_session_get_catalog (self->session), name);

  if (network == NULL || network->problem != NULL)
    {
      /* Translators: %s is what a script asked for */
      g_autofree char *text = network != NULL ? g_strdup (network->problem)
                                              : g_strdup_printf (_ ("No network “%s”"), name);
      say (self, text);
      return;
    }
  sw_settings_set_string ("network", name);
  sw_session_set_network (self->session, name);
}

static void
change_weights (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *path = g_variant_get_string (state, NULL);

  if (path[0] != '\0' && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      /* Translators: %s is a path */
      g_autofree char *text = g_strdup_printf (_ ("%s: there are no such weights"), path);
      say (self, text);
      return;
    }
  sw_session_set_weights (self->session, path);
}

static void
change_engine (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  SwEngine engine;
  if (sw_engine_parse (g_variant_get_string (state, NULL), &engine, NULL) != SW_OK)
    return;
  sw_settings_set_string ("engine", sw_engine_name (engine));
  sw_session_set_engine (self->session, engine);
}

static void
change_layer (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  sw_session_set_layer (self->session, g_variant_get_string (state, NULL));
}

static void
change_field (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  sw_session_set_copy (self->session, (gsize) MAX (g_variant_get_int32 (state), 0));
}

static void
change_panes (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *name = g_variant_get_string (state, NULL);
  const unsigned n = g_str_equal (name, "one")     ? 1
                     : g_str_equal (name, "three") ? 3
                     : g_str_equal (name, "two")   ? 2
                                                   : 0;
  if (n == 0)
    return;
  g_simple_action_set_state (action, state);
  sw_settings_set_string ("panes", name);
  sw_stage_set_n_panes (self->stage, n);
}

static void
change_drag_turns (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *name = g_variant_get_string (state, NULL);
  const gboolean camera = g_str_equal (name, "camera");
  if (!camera && !g_str_equal (name, "input"))
    return;
  g_simple_action_set_state (action, state);
  sw_settings_set_string ("drag-turns", name);
  sw_view_set_drag_turns (sw_stage_get_view (self->stage),
                          camera ? SW_TURNS_CAMERA : SW_TURNS_INPUT);
}

static void
activate_swap_drag (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  GAction *turns = find_action (self, "drag-turns");
  g_autoptr (GVariant) state = g_action_get_state (turns);
  const gboolean camera = g_str_equal (g_variant_get_string (state, NULL), "camera");
  g_action_change_state (turns, g_variant_new_string (camera ? "input" : "camera"));
}

static const struct
{
  const char *name;
  SwShow flag;
} show_actions[] = {
  { "show-molecule", SW_SHOW_MOLECULE }, { "show-field", SW_SHOW_FIELD },
  { "show-density", SW_SHOW_DENSITY },   { "show-box", SW_SHOW_BOX },
  { "show-gate", SW_SHOW_GATE },
};

static void
change_show (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *name = g_action_get_name (G_ACTION (action));
  SwShow show = 0;

  g_simple_action_set_state (action, state);
  if (!g_str_equal (name, "show-gate"))
    sw_settings_set_boolean (name, g_variant_get_boolean (state));
  for (guint i = 0; i < G_N_ELEMENTS (show_actions); i++)
    {
      g_autoptr (GVariant) value = g_action_get_state (find_action (self, show_actions[i].name));
      if (g_variant_get_boolean (value))
        show |= show_actions[i].flag;
    }
  sw_view_set_show (sw_stage_get_view (self->stage), show);
}

static void
update_dark (SwWindow *self)
{
  const gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  sw_view_set_dark (sw_stage_get_view (self->stage), dark);
}

static void
change_color_scheme (GSimpleAction *action, GVariant *state, gpointer data)
{
  const char *name = g_variant_get_string (state, NULL);
  AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

  if (g_str_equal (name, "light"))
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  else if (g_str_equal (name, "dark"))
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  else if (!g_str_equal (name, "default"))
    return;
  g_simple_action_set_state (action, state);
  sw_settings_set_string ("color-scheme", name);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

static void
activate_copy_numbers (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  g_autofree char *sentence = sw_session_dup_sentence (self->session);
  GString *text = g_string_new (sentence);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (text, '\n');
  if (comparison != NULL)
    {
      const SwRunResult *run = comparison->at_rotation;
      g_string_append_printf (text, "layer_error\t%s\n",
                              g_ascii_dtostr (number, sizeof number, comparison->error.error));
      g_string_append_printf (text, "output_error\t%s\n",
                              g_ascii_dtostr (number, sizeof number, comparison->output_error));
      for (gsize i = 0; i < run->n_outputs; i++)
        g_string_append_printf (text, "score\t%s\t%s\n",
                                run->class_names != NULL ? run->class_names[i] : "",
                                g_ascii_dtostr (number, sizeof number, (double) run->scores[i]));
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text->str);
  g_string_free (text, TRUE);
  say (self, _ ("Numbers copied"));
}

static void
activate_help (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/swivel/Swivel/help.ui");
  GtkWindow *help = GTK_WINDOW (gtk_builder_get_object (builder, "help"));
  gtk_window_set_transient_for (help, GTK_WINDOW (self));
  gtk_window_present (help);
}

static void
activate_sidebar (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  adw_flap_set_reveal_flap (self->flap, !adw_flap_get_reveal_flap (self->flap));
}

static const GActionEntry actions[] = {
  { "open", activate_open },
  { "open-path", activate_open_path, "s" },
  { "start", activate_start },
  { "train", activate_train },
  { "lesson", activate_lesson },
  { "picture", activate_picture },
  { "block", activate_block, "i" },
  { "close", activate_close },
  { "cancel", activate_cancel },
  { "save-picture", activate_save_picture },
  { "copy-numbers", activate_copy_numbers },
  { "explain", activate_explain },
  { "show-explanation", NULL, NULL, "false", change_show_explanation },
  { "export-explanation", activate_export_explanation, "s" },
  { "help", activate_help },
  { "sidebar", activate_sidebar },
  { "reset-rotation", activate_reset_rotation },
  { "random-rotation", activate_random_rotation },
  { "next-cube", activate_next_cube },
  { "cube", activate_cube, "i" },
  { "rotation", activate_rotation, "(dddd)", "(1.0, 0.0, 0.0, 0.0)" },
  { "turn", activate_turn, "(dd)" },
  { "orbit", activate_orbit, "(dd)" },
  { "zoom", activate_zoom, "d" },
  { "view", activate_view, "i" },
  { "fit", activate_fit },
  { "network", NULL, "s", "''", change_network },
  { "weights", NULL, "s", "''", change_weights },
  { "engine", NULL, "s", "'bandlimited'", change_engine },
  { "layer", NULL, "s", "''", change_layer },
  { "field", NULL, "i", "0", change_field },
  { "panes", NULL, "s", "'two'", change_panes },
  { "drag-turns", NULL, "s", "'input'", change_drag_turns },
  { "swap-drag", activate_swap_drag },
  { "show-molecule", NULL, NULL, "true", change_show },
  { "show-field", NULL, NULL, "true", change_show },
  { "show-density", NULL, NULL, "true", change_show },
  { "show-box", NULL, NULL, "true", change_show },
  { "show-gate", NULL, NULL, "false", change_show },
  { "color-scheme", NULL, "s", "'default'", change_color_scheme },
  { "status", NULL, NULL, "''" },
};

/* Keys without Ctrl would take letters away from entries and arrows from lists as application-wide
 * accelerators; here they only get what the focused widget leaves. */
static void
add_keys (SwWindow *self)
{
  static const struct
  {
    const char *trigger, *action;
  } keys[] = {
    { "Left", "win.turn((-5.0,0.0))" },
    { "Right", "win.turn((5.0,0.0))" },
    { "Up", "win.turn((0.0,-5.0))" },
    { "Down", "win.turn((0.0,5.0))" },
    { "<Shift>Left", "win.turn((-1.0,0.0))" },
    { "<Shift>Right", "win.turn((1.0,0.0))" },
    { "<Shift>Up", "win.turn((0.0,-1.0))" },
    { "<Shift>Down", "win.turn((0.0,1.0))" },
    { "<Control>Left", "win.orbit((-5.0,0.0))" },
    { "<Control>Right", "win.orbit((5.0,0.0))" },
    { "<Control>Up", "win.orbit((0.0,-5.0))" },
    { "<Control>Down", "win.orbit((0.0,5.0))" },
    { "plus|equal|KP_Add", "win.zoom(1.15)" },
    { "minus|KP_Subtract", "win.zoom(0.87)" },
    { "0|KP_0", "win.fit" },
    { "r", "win.reset-rotation" },
    { "space", "win.random-rotation" },
    { "c", "win.next-cube" },
    { "t", "win.swap-drag" },
    { "m", "win.show-molecule" },
    { "f", "win.show-field" },
    { "d", "win.show-density" },
    { "b", "win.show-box" },
    { "g", "win.show-gate" },
    { "e", "win.explain" },
    { "1|KP_1", "win.view(1)" },
    { "2|KP_2", "win.view(2)" },
    { "3|KP_3", "win.view(3)" },
    { "4|KP_4", "win.view(4)" },
    { "5|KP_5", "win.view(5)" },
    { "6|KP_6", "win.view(6)" },
    { "7|KP_7", "win.view(7)" },
    { "Escape", "win.cancel" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_name (controller, "keys");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *name = NULL;
      GVariant *target = NULL;
      if (!g_action_parse_detailed_name (keys[i].action, &name, &target, NULL))
        g_assert_not_reached ();
      GtkShortcut *shortcut = gtk_shortcut_new (
          gtk_shortcut_trigger_parse_string (keys[i].trigger), gtk_named_action_new (name));
      if (target != NULL)
        {
          gtk_shortcut_set_arguments (shortcut, target);
          g_variant_unref (target);
        }
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
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
      g_action_change_state (find_action (self, strings[i]), g_variant_new_string (value));
    }
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    g_action_change_state (find_action (self, flags[i]),
                           g_variant_new_boolean (sw_settings_get_boolean (flags[i])));

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
  g_clear_handle_id (&self->layout_id, g_source_remove);
  g_clear_handle_id (&self->folded_id, g_source_remove);
  if (self->session != NULL)
    sw_session_shutdown (self->session);
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
  g_type_ensure (SW_TYPE_START_PAGE);
  g_type_ensure (SW_TYPE_TRAIN_PAGE);
  g_type_ensure (SW_TYPE_LESSON_PAGE);
  g_type_ensure (SW_TYPE_LAYER_PANEL);
  g_type_ensure (SW_TYPE_STAGE);
  g_type_ensure (SW_TYPE_NUMBERS_PANEL);
  g_type_ensure (SW_TYPE_EXPLAIN_PANEL);
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
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  add_keys (self);
  add_drop_target (self);
  hide_load_card (self);

  g_signal_connect_object (self->session, "document-changed", G_CALLBACK (on_document_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "choice-changed", G_CALLBACK (on_choice_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "rotation-changed", G_CALLBACK (on_rotation_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "run-changed", G_CALLBACK (update_status), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->session, "failed", G_CALLBACK (say), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->input_popover, "reload", G_CALLBACK (on_reload), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->documents, "notify::selected", G_CALLBACK (on_document_selected),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->flap, "notify::folded", G_CALLBACK (on_folded), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (update_dark), self, G_CONNECT_SWAPPED);
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
  g_signal_connect_object (self->explain_panel, "changed", G_CALLBACK (on_explanation_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->explain_panel, "residue-chosen", G_CALLBACK (on_residue_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->explain_panel, "problem", G_CALLBACK (say), self, G_CONNECT_SWAPPED);
  enable (self, "export-explanation", FALSE);
  sw_rotation_panel_set_session (self->rotation_panel, self->session);
  sw_input_popover_set_session (self->input_popover, self->session);
  restore_state (self);
  update_dark (self);
  show_page (self, "start");
  sw_training_link_new (self, self->toasts);
}

SwWindow *
sw_window_new (AdwApplication *application)
{
  return g_object_new (SW_TYPE_WINDOW, "application", application, NULL);
}
