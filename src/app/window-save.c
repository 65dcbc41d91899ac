/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/window-save.h"

#include <glib/gi18n.h>

#include "app/window-private.h"

typedef struct
{
  SwSave save;
  char *heading;
  gpointer what;
  char *path, *second;
  GApplication *application; /* owned; held while it is written */
} Saving;

static void
saving_clear (gpointer data)
{
  Saving *saving = data;
  saving->save.free_what (saving->what);
  g_free (saving->heading);
  g_free (saving->path);
  g_free (saving->second);
}

static void
saving_unref (gpointer saving)
{
  g_atomic_rc_box_release_full (saving, saving_clear);
}

static void
saving_unref_closure (gpointer saving, GClosure *closure)
{
  saving_unref (saving);
}

/* Takes what. */
static Saving *
saving_new (const SwSave *save, gpointer what)
{
  Saving *saving = g_atomic_rc_box_new0 (Saving);
  saving->save = *save;
  saving->heading = g_strdup (save->heading);
  saving->what = what;
  return saving;
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  GError *error = NULL;

  if (saving->save.write (saving->what, saving->path, &saving->second, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  SwWindow *self = SW_WINDOW (source);
  const Saving *saving = g_task_get_task_data (G_TASK (result));
  g_autoptr (GApplication) application = saving->application;
  g_autoptr (GError) error = NULL;
  const gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  if (application != NULL)
    g_application_release (application);
  if (!ok && gtk_window_get_application (GTK_WINDOW (self)) == NULL) /* closed meanwhile */
    {
      g_printerr ("%s\n", error->message);
      return;
    }
  if (!ok)
    {
      sw_window_show_problem (self, saving->heading, error->message);
      return;
    }
  g_autofree char *name = g_path_get_basename (saving->path);
  g_autofree char *second = saving->second != NULL ? g_path_get_basename (saving->second) : NULL;
  /* Translators: names of files */
  g_autofree char *text = second != NULL ? g_strdup_printf (_ ("Saved %s and %s"), name, second) : g_strdup_printf (_ ("Saved %s"), name);
  sw_window_say (self, text);
}

/* Takes the order. */
static void
start (SwWindow *self, Saving *saving)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
  g_autoptr (GTask) task = g_task_new (self, NULL, on_written, NULL);

  if (application != NULL)
    {
      saving->application = g_object_ref (G_APPLICATION (application));
      g_application_hold (saving->application);
    }
  g_task_set_task_data (task, saving, saving_unref);
  g_task_run_in_thread (task, write_thread);
}

static void
on_response (GtkNativeDialog *dialog, int response, gpointer data)
{
  Saving *saving = data;
  SwWindow *self = SW_WINDOW (gtk_native_dialog_get_transient_for (dialog));

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      saving->path = file != NULL ? g_file_get_path (file) : NULL;
      sw_window_keep_last_folder (GTK_FILE_CHOOSER (dialog));
      if (saving->path != NULL)
        start (self, g_atomic_rc_box_acquire (saving));
      else
        sw_window_show_problem (self, saving->heading, _ ("Only local files can be written."));
    }
  g_clear_object (&self->chooser);
}

void
sw_window_save (SwWindow *self, const SwSave *save, const char *name, gpointer what)
{
  if (self->chooser != NULL)
    {
      save->free_what (what);
      return;
    }
  self->chooser
      = gtk_file_chooser_native_new (save->title, GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  sw_window_use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect_data (self->chooser, "response", G_CALLBACK (on_response), saving_new (save, what), saving_unref_closure, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

void
sw_window_save_to (SwWindow *self, const SwSave *save, const char *path, gpointer what)
{
  Saving *saving = saving_new (save, what);
  saving->path = g_strdup (path);
  start (self, saving);
}
