/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>

#include "app/window-private.h"

static void
change_show (GSimpleAction *action, GVariant *state, gpointer data)
{
  sw_window_show_side (data, g_variant_get_boolean (state) ? "propensity" : NULL);
}

static void
activate (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwDocument *document = sw_session_get_document (self->session);

  if (document != NULL && document->structure == NULL)
    {
      sw_window_say (self, _ ("Only structures have amino acids."));
      return;
    }
  sw_window_show_side (self, "propensity");
  sw_propensity_panel_start (self->propensity_panel);
}

void
sw_window_propensity_changed (SwWindow *self)
{
  SwPropensity *propensity = sw_propensity_panel_get_propensity (self->propensity_panel);
  const gboolean shown = adw_flap_get_reveal_flap (self->explain_flap)
                         && g_strcmp0 (gtk_stack_get_visible_child_name (self->side), "propensity") == 0;

  sw_window_enable (self, "export-propensity", propensity != NULL);
  /* Colours are explained by the panel: without it they would puzzle. */
  sw_view_set_propensity (sw_stage_get_view (self->stage), shown ? propensity : NULL);
}

static void
on_export_response (GtkNativeDialog *dialog, int response, SwWindow *self)
{
  const SwPropensity *propensity = sw_propensity_panel_get_propensity (self->propensity_panel);
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && propensity != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
      g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;

      sw_window_keep_last_folder (GTK_FILE_CHOOSER (dialog));
      if (path != NULL && sw_propensity_write (propensity, path, &error))
        {
          g_autofree char *text = g_strdup_printf (_ ("Saved %s"), name);
          sw_window_say (self, text);
        }
      else
        sw_window_show_problem (self, _ ("Could Not Save the Probabilities"),
                                error != NULL ? error->message : _ ("Only local files can be written."));
    }
  g_clear_object (&self->chooser);
}

static void
activate_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwPropensity *propensity = sw_propensity_panel_get_propensity (self->propensity_panel);

  if (self->chooser != NULL || propensity == NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Export Probabilities"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _ ("_Save"), _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_autofree char *name
      = g_strdup_printf ("%s-propensity.%s", propensity->document->name, g_variant_get_string (parameter, NULL));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  sw_window_use_last_folder (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_export_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static const GActionEntry actions[] = {
  { "propensity", activate },
  { "show-propensity", NULL, NULL, "false", change_show },
  { "export-propensity", activate_export, "s" },
};

void
sw_window_add_propensity_actions (SwWindow *self)
{
  static const SwWindowKey keys[] = { { "a", "win.propensity" } };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sw_window_enable (self, "export-propensity", FALSE);
  sw_window_add_keys (self, keys, G_N_ELEMENTS (keys));
}
