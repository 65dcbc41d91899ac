/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that say how the picture is drawn. Their states are the only copy of what was chosen; the look of the view
 * is made from them. */
#include "config.h"

#include "app/window-private.h"

#include "app/settings.h"

static const struct
{
  const char *action, *setting; /* setting NULL: not kept */
} choices[] = {
  { "molecule-style", "molecule-style" }, { "molecule-color", "molecule-color" }, { "depth-cue", "depth-cue" },
  { "occlusion", "occlusion" },           { "outlines", "outlines" },
};

static GVariant *
state_of (SwWindow *self, const char *name)
{
  return g_action_get_state (sw_window_find_action (self, name));
}

static gboolean
flag (SwWindow *self, const char *name)
{
  g_autoptr (GVariant) state = state_of (self, name);
  return g_variant_get_boolean (state);
}

static void
apply_look (SwWindow *self)
{
  SwLook look = SW_LOOK_INIT;
  g_autoptr (GVariant) style = state_of (self, "molecule-style");
  g_autoptr (GVariant) color = state_of (self, "molecule-color");

  (void) sw_molecule_style_from_name (g_variant_get_string (style, NULL), &look.molecule);
  (void) sw_color_scheme_from_name (g_variant_get_string (color, NULL), &look.color);
  look.depth_cue = flag (self, "depth-cue");
  look.occlusion = flag (self, "occlusion");
  look.outlines = flag (self, "outlines");
  sw_view_set_look (sw_stage_get_view (self->stage), &look);
}

/* What a state may be; anything else is ignored. */
static gboolean
is_known (const char *action, GVariant *state)
{
  SwMoleculeStyle style;
  SwColorScheme scheme;

  if (g_str_equal (action, "molecule-style"))
    return sw_molecule_style_from_name (g_variant_get_string (state, NULL), &style) && style != SW_MOLECULE_OFF;
  if (g_str_equal (action, "molecule-color"))
    return sw_color_scheme_from_name (g_variant_get_string (state, NULL), &scheme) && scheme != SW_COLOR_GIVEN;
  return TRUE;
}

static void
change_look (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const char *name = g_action_get_name (G_ACTION (action));

  if (!is_known (name, state))
    return;
  g_simple_action_set_state (action, state);
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (g_str_equal (choices[i].action, name) && choices[i].setting != NULL)
      sw_settings_set_value (choices[i].setting, state);
  apply_look (self);
}

/* The next style or scheme of the table, around its end. */
static void
step_choice (SwWindow *self, const char *name, const char *(*name_of) (int), int n)
{
  GAction *action = sw_window_find_action (self, name);
  g_autoptr (GVariant) state = g_action_get_state (action);
  int i = 0;
  while (i < n && !g_str_equal (name_of (i), g_variant_get_string (state, NULL)))
    i++;
  g_action_change_state (action, g_variant_new_string (name_of ((i + 1) % n)));
}

static const char *
style_name (int i)
{
  return sw_molecule_style_name ((SwMoleculeStyle) i);
}

static const char *
scheme_name (int i)
{
  return sw_color_scheme_name ((SwColorScheme) i);
}

static void
activate_next_style (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  step_choice (data, "molecule-style", style_name, SW_MOLECULE_OFF);
}

static void
activate_next_color (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  step_choice (data, "molecule-color", scheme_name, SW_COLOR_GIVEN);
}

static const GActionEntry actions[] = {
  { "molecule-style", NULL, "s", "'auto'", change_look },
  { "molecule-color", NULL, "s", "'auto'", change_look },
  { "depth-cue", NULL, NULL, "true", change_look },
  { "occlusion", NULL, NULL, "true", change_look },
  { "outlines", NULL, NULL, "true", change_look },
  { "next-molecule-style", activate_next_style },
  { "next-molecule-color", activate_next_color },
};

void
sw_window_add_look_actions (SwWindow *self)
{
  static const SwWindowKey keys[] = {
    { "<Shift>m", "win.next-molecule-style" },
    { "k", "win.next-molecule-color" },
    { "o", "win.outlines" },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sw_window_add_keys (self, keys, G_N_ELEMENTS (keys));
}

void
sw_window_restore_look (SwWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (choices[i].setting != NULL)
      {
        g_autoptr (GVariant) value = sw_settings_get_value (choices[i].setting);
        g_action_change_state (sw_window_find_action (self, choices[i].action), value);
      }
}
