/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>

#include "app/window-private.h"
#include "app/window-save.h"

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

/* ---- as a file */

static gboolean
write_propensity (gconstpointer what, const char *path, char **ret_second, GError **error)
{
  return sw_propensity_write (what, path, error);
}

static void
activate_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwPropensity *propensity = sw_propensity_panel_get_propensity (self->propensity_panel);
  const SwSave save = { _ ("Export Probabilities"), _ ("Could Not Save the Probabilities"), write_propensity,
                        (GDestroyNotify) sw_propensity_unref };

  if (propensity == NULL)
    return;
  g_autofree char *name
      = g_strdup_printf ("%s-propensity.%s", propensity->document->name, g_variant_get_string (parameter, NULL));
  sw_window_save (self, &save, name, sw_propensity_ref (propensity));
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
