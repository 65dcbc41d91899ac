/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking it away: pictures, turntables, fields as files, copies. Drawing is done in a thread on a copy of the scene, by a context
 * without a display. */
#include "config.h"

#include "app/window-private.h"

#include <glib/gi18n.h>

#include "app/window-save.h"
#include "picture/surface-scene.h"
#include "picture/turntable.h"
#include "workbench/export.h"

#define SIDE_MAX 16384
#define TURNTABLE_FRAMES 90
#define TURNTABLE_MILLISECONDS 50

typedef struct
{
  SwScene *scene; /* a copy of its own */
  SwComposeOptions compose;
  char *captions[SW_PANES_MAX + 1];
  char *path; /* NULL: into memory */
  char *description;
  gboolean is_turntable;
  uint8_t *pixels; /* where there is no path */
} Taking;

static void
taking_free (gpointer data)
{
  Taking *taking = data;
  sw_scene_free (taking->scene);
  for (guint i = 0; i < SW_PANES_MAX; i++)
    g_free (taking->captions[i]);
  g_free (taking->path);
  g_free (taking->description);
  g_free (taking->pixels);
  g_free (taking);
}

static bool
is_wanted (double fraction, const char *sentence, void *data)
{
  return !g_cancellable_is_cancelled (data);
}

/* Threads that draw: OpenGL must not be taken down under them when the program ends. */
static GMutex drawing_lock;
static GCond drawing_ended;
static guint n_drawing;

void
sw_window_finish_pictures (void)
{
  g_mutex_lock (&drawing_lock);
  while (n_drawing > 0)
    g_cond_wait (&drawing_ended, &drawing_lock);
  g_mutex_unlock (&drawing_lock);
}

static void
draw (GTask *task, Taking *taking, GCancellable *cancellable)
{
  GError *error = NULL;
  gboolean ok = FALSE;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);

  if (headless != NULL && taking->path == NULL)
    ok = (taking->pixels = sw_compose_render (headless, taking->scene, &taking->compose, &error)) != NULL;
  else if (headless != NULL && taking->is_turntable)
    {
      const SwProgress progress = { is_wanted, cancellable };
      const SwTurntableOptions options
          = { .compose = taking->compose, .n_frames = TURNTABLE_FRAMES, .milliseconds = TURNTABLE_MILLISECONDS };
      ok = sw_turntable_write (headless, taking->scene, &options, taking->path, &progress, &error);
    }
  else if (headless != NULL)
    ok = sw_compose_png (headless, taking->scene, &taking->compose, taking->path, taking->description, &error);
  if (ok)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
take_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  draw (task, data, cancellable);
  g_mutex_lock (&drawing_lock);
  n_drawing--;
  g_cond_signal (&drawing_ended);
  g_mutex_unlock (&drawing_lock);
}

static Taking *
taking_new (SwWindow *self, int width, int height)
{
  static const char *const captions[] = { "f(Rx)", "R f(x)", "f(Rx) − R f(x)" };
  SwView *view = sw_stage_get_view (self->stage);
  Taking *taking = g_new0 (Taking, 1);

  taking->scene = sw_scene_dup (sw_view_get_scene (view));
  taking->description = sw_session_dup_sentence (self->session);
  taking->compose = (SwComposeOptions){ .width = width, .height = height, .paint = sw_overlay_paint };
  taking->compose.own_unit = sw_surface_scene_get_unit (sw_session_get_document (self->session));
  taking->compose.explanation = sw_view_get_explanation_range (view);
  const unsigned n_panes = sw_scene_get_n_panes (taking->scene);
  for (unsigned i = 0; i < n_panes; i++)
    taking->captions[i] = n_panes < SW_PANES_MAX || i < 2
                              ? g_strdup (captions[i])
                              : g_strdup_printf ("%s, %s", captions[i - 2], sw_stage_get_twin_kind (self->stage));
  taking->compose.captions = (const char *const *) taking->captions;
  return taking;
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  SwWindow *self = SW_WINDOW (source);
  const Taking *taking = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  const gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  if (self->stage == NULL) /* closed meanwhile */
    return;
  g_clear_object (&self->taking);
  if (!ok)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        sw_window_show_problem (self, _ ("Could Not Save the Picture"), error->message);
      return;
    }
  if (taking->path == NULL)
    {
      const SwComposeOptions *o = &taking->compose;
      g_autoptr (GBytes) bytes = g_bytes_new (taking->pixels, 4 * (gsize) o->width * (gsize) o->height);
      g_autoptr (GdkTexture) texture
          = gdk_memory_texture_new (o->width, o->height, GDK_MEMORY_R8G8B8A8, bytes, 4 * (gsize) o->width);
      gdk_clipboard_set_texture (gtk_widget_get_clipboard (GTK_WIDGET (self)), texture);
      sw_window_say (self, _ ("Picture copied"));
      return;
    }
  g_autofree char *name = g_path_get_basename (taking->path);
  /* Translators: %s is a file name */
  g_autofree char *text = g_strdup_printf (_ ("Saved %s"), name);
  sw_window_say (self, text);
}

/* Takes the order. */
static void
take (SwWindow *self, Taking *taking)
{
  if (self->taking != NULL)
    {
      sw_window_say (self, _ ("A picture is being drawn; Escape stops it"));
      taking_free (taking);
      return;
    }
  self->taking = g_cancellable_new ();
  if (taking->is_turntable)
    sw_window_say (self, _ ("Drawing the turntable; Escape stops it"));
  g_autoptr (GTask) task = g_task_new (self, self->taking, on_taken, NULL);
  g_task_set_task_data (task, taking, taking_free);
  g_mutex_lock (&drawing_lock);
  n_drawing++;
  g_mutex_unlock (&drawing_lock);
  g_task_run_in_thread (task, take_thread);
}

gboolean
sw_window_cancel_taking (SwWindow *self)
{
  if (self->taking == NULL)
    return FALSE;
  g_cancellable_cancel (self->taking);
  return TRUE;
}

/* ---- choices before a file is named */

typedef struct
{
  SwWindow *window; /* owned */
  GtkSpinButton *width, *height;
  GtkDropDown *background;
  GtkSwitch *keys, *scale_bar, *captions, *turntable;
  Taking *taking; /* after the choices */
} Choices;

static void
choices_free (gpointer data, GClosure *closure)
{
  Choices *choices = data;
  g_object_unref (choices->window);
  g_clear_pointer (&choices->taking, taking_free);
  g_free (choices);
}

static void
on_file_chosen (GtkNativeDialog *dialog, int response, gpointer data)
{
  Choices *choices = data;
  SwWindow *self = choices->window;

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      choices->taking->path = file != NULL ? g_file_get_path (file) : NULL;
      sw_window_keep_last_folder (GTK_FILE_CHOOSER (dialog));
      if (choices->taking->path != NULL)
        take (self, g_steal_pointer (&choices->taking));
      else
        sw_window_show_problem (self, _ ("Could Not Save the Picture"), _ ("Only local files can be written."));
    }
  g_clear_object (&self->chooser);
}

static void
on_choices (AdwMessageDialog *dialog, const char *response, gpointer data)
{
  Choices *from = data;
  SwWindow *self = from->window;

  if (!g_str_equal (response, "save") || self->chooser != NULL || sw_session_get_document (self->session) == NULL)
    return;
  Choices *choices = g_new0 (Choices, 1);
  choices->window = g_object_ref (self);
  choices->taking = taking_new (self, gtk_spin_button_get_value_as_int (from->width), gtk_spin_button_get_value_as_int (from->height));
  SwComposeOptions *o = &choices->taking->compose;
  static const SwBackground backgrounds[] = { SW_BACKGROUND_LIGHT, SW_BACKGROUND_LIGHT, SW_BACKGROUND_DARK, SW_BACKGROUND_TRANSPARENT };
  const guint background = gtk_drop_down_get_selected (from->background);
  if (background > 0 && background < G_N_ELEMENTS (backgrounds))
    sw_scene_set_background (choices->taking->scene, backgrounds[background]);
  o->keys = gtk_switch_get_active (from->keys);
  o->scale_bar = gtk_switch_get_active (from->scale_bar);
  if (!gtk_switch_get_active (from->captions))
    o->captions = NULL;
  choices->taking->is_turntable = gtk_switch_get_active (from->turntable);
  self->chooser = gtk_file_chooser_native_new (_ ("Save Picture"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_autofree char *name = g_strdup_printf ("%s.%s", sw_session_get_document (self->session)->name,
                                           choices->taking->is_turntable ? "webp" : "png");
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  sw_window_use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect_data (self->chooser, "response", G_CALLBACK (on_file_chosen), choices, choices_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static GtkWidget *
add_row (GtkWidget *box, const char *label, GtkWidget *widget)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18), *text = gtk_label_new_with_mnemonic (label);
  gtk_label_set_xalign (GTK_LABEL (text), 0.0f);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (text), widget);
  gtk_widget_set_valign (widget, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (row), text);
  gtk_box_append (GTK_BOX (row), widget);
  gtk_box_append (GTK_BOX (box), row);
  return widget;
}

static GtkSwitch *
add_switch (GtkWidget *box, const char *label, gboolean active)
{
  GtkWidget *widget = gtk_switch_new ();
  gtk_switch_set_active (GTK_SWITCH (widget), active);
  return GTK_SWITCH (add_row (box, label, widget));
}

static void
activate_save_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), _ ("Save Picture"), NULL), *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  const char *backgrounds[] = { _ ("As on screen"), _ ("Light"), _ ("Dark"), _ ("Transparent"), NULL };
  Choices *choices = g_new0 (Choices, 1);

  choices->window = g_object_ref (self);
  choices->width = GTK_SPIN_BUTTON (add_row (box, _ ("_Width in pixels"), gtk_spin_button_new_with_range (64, SIDE_MAX, 10)));
  choices->height = GTK_SPIN_BUTTON (add_row (box, _ ("_Height in pixels"), gtk_spin_button_new_with_range (64, SIDE_MAX, 10)));
  /* Twice the size on screen: enough for print at a column's width. */
  gtk_spin_button_set_value (choices->width, 2 * MAX (gtk_widget_get_width (GTK_WIDGET (self->stage)), 160));
  gtk_spin_button_set_value (choices->height, 2 * MAX (gtk_widget_get_height (GTK_WIDGET (self->stage)), 120));
  choices->background = GTK_DROP_DOWN (add_row (box, _ ("_Background"), gtk_drop_down_new_from_strings (backgrounds)));
  choices->keys = add_switch (box, _ ("_Legend"), TRUE);
  choices->scale_bar = add_switch (box, _ ("_Scale bar"), TRUE);
  choices->captions = add_switch (box, _ ("_Captions"), TRUE);
  choices->turntable = add_switch (box, _ ("_Turntable, animated WebP"), FALSE);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "save", _ ("_Save…"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "save", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "save");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_choices), choices, choices_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
activate_copy_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self->stage));
  Taking *taking = taking_new (self, scale * MAX (gtk_widget_get_width (GTK_WIDGET (self->stage)), 64),
                               scale * MAX (gtk_widget_get_height (GTK_WIDGET (self->stage)), 64));

  taking->compose.scale = scale;
  taking->compose.keys = taking->compose.scale_bar = true;
  take (self, taking);
}

/* ---- fields */

static gboolean
write_field (gconstpointer what, const char *path, char **ret_second, GError **error)
{
  const SwComparison *comparison = what;
  return sw_export_field (comparison->at_rotation, comparison->layer, (int) comparison->copy, path, error);
}

static void
activate_export_field (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const SwSave save = { _ ("Save Field"), _ ("Could Not Save the Field"), write_field, (GDestroyNotify) sw_comparison_unref };

  if (comparison == NULL)
    return;
  g_autofree char *name
      = g_strdup_printf ("%s-%s.%s", sw_session_get_document (self->session)->name, sw_session_get_layer (self->session),
                         g_variant_get_string (parameter, NULL));
  sw_window_save (self, &save, name, sw_comparison_ref ((SwComparison *) comparison));
}

void
sw_window_add_take_actions (SwWindow *self)
{
  static const GActionEntry actions[] = {
    { "save-picture", activate_save_picture },
    { "copy-picture", activate_copy_picture },
    { "export-field", activate_export_field, "s" },
  };
  static const SwWindowKey keys[] = { { "<Control>c", "win.copy-picture" } };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  /* Not for the whole application: entries and labels copy their own text. */
  sw_window_add_keys (self, keys, G_N_ELEMENTS (keys));
}
