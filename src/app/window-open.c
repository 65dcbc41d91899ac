/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/window-private.h"

#include <glib/gi18n.h>

#include "app/settings.h"
#include "structure/format-table.h"

/* A file that is read sooner shows no card. */
#define LOAD_CARD_MILLISECONDS 250

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

void
sw_window_hide_load_card (SwWindow *self)
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
  sw_window_show_problem (self, heading, body->str);
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

  sw_window_hide_load_card (self);
  g_clear_object (&self->loading);
  if (sw_session_load_finish (self->session, result, &error))
    {
      if (!self->reloading)
        {
          remember (path);
          sw_window_show_page (self, "main");
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
    sw_window_show_page (self, "start");
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

void
sw_window_reload (SwWindow *self)
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
        sw_window_say (self, _ ("The text that was dropped names no file."));
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

void
sw_window_add_drop_target (SwWindow *self)
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

void
sw_window_use_last_folder (GtkFileChooser *chooser)
{
  g_autofree char *folder = sw_settings_dup_string ("last-folder");
  if (folder[0] == '\0')
    return;
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  (void) gtk_file_chooser_set_current_folder (chooser, file, NULL);
}

void
sw_window_keep_last_folder (GtkFileChooser *chooser)
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
      sw_window_keep_last_folder (GTK_FILE_CHOOSER (dialog));
      sw_window_open (self, (GFile *const *) files->pdata, files->len);
    }
  g_clear_object (&self->chooser);
}

void
sw_window_choose_files (GSimpleAction *action, GVariant *parameter, gpointer data)
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
  sw_window_use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_open_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
