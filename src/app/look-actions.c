/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands that say how the picture is drawn. Their states are the only copy of what was chosen; the look of the view
 * is made from them. */
#include "config.h"

#include "app/window-private.h"

#include <math.h>

#include "app/diagram-window.h"
#include "app/kernel-window.h"
#include "app/settings.h"

static const struct
{
  const char *action, *setting; /* setting NULL: not kept */
} choices[] = {
  { "molecule-style", "molecule-style" }, { "molecule-color", "molecule-color" }, { "depth-cue", "depth-cue" },
  { "occlusion", "occlusion" },           { "outlines", "outlines" },             { "field-display", "field-display" },
  { "field-range", NULL },                { "field-opacity", NULL },              { "field-levels", "field-levels" },
  { "slices", NULL },
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
  g_autoptr (GVariant) display = state_of (self, "field-display");
  g_autoptr (GVariant) range = state_of (self, "field-range");
  g_autoptr (GVariant) opacity = state_of (self, "field-opacity");
  g_autoptr (GVariant) levels = state_of (self, "field-levels");
  g_autoptr (GVariant) slices = state_of (self, "slices");
  g_autoptr (GVariant) lock = state_of (self, "range-lock");
  (void) sw_display_from_name (g_variant_get_string (display, NULL), &look.display);
  g_variant_get (range, "(dd)", &look.low, &look.high);
  look.opacity = g_variant_get_double (opacity);
  look.n_levels = (unsigned) g_variant_get_int32 (levels);
  g_variant_get (slices, "(ddd)", &look.slice[0], &look.slice[1], &look.slice[2]);
  look.locked_range = g_variant_get_boolean (lock) ? self->locked_range : 0.0;
  sw_view_set_look (sw_stage_get_view (self->stage), &look);
}

/* What a state may be; anything else is ignored. */
static gboolean
is_known (const char *action, GVariant *state)
{
  SwMoleculeStyle style;
  SwColorScheme scheme;
  SwDisplay display;
  double a, b, c;

  if (g_str_equal (action, "molecule-style"))
    return sw_molecule_style_from_name (g_variant_get_string (state, NULL), &style) && style != SW_MOLECULE_OFF;
  if (g_str_equal (action, "molecule-color"))
    return sw_color_scheme_from_name (g_variant_get_string (state, NULL), &scheme) && scheme != SW_COLOR_GIVEN;
  if (g_str_equal (action, "field-display"))
    return sw_display_from_name (g_variant_get_string (state, NULL), &display);
  if (g_str_equal (action, "field-levels"))
    return g_variant_get_int32 (state) >= 1 && g_variant_get_int32 (state) <= SW_LEVELS_MAX;
  if (g_str_equal (action, "field-opacity"))
    return g_variant_get_double (state) >= 0.0 && g_variant_get_double (state) <= 1.0;
  if (g_str_equal (action, "field-range"))
    {
      g_variant_get (state, "(dd)", &a, &b);
      return a >= 0.0 && b > 0.0 && a <= b && b <= 1.0;
    }
  if (g_str_equal (action, "slices"))
    {
      g_variant_get (state, "(ddd)", &a, &b, &c);
      return isfinite (a) && isfinite (b) && isfinite (c);
    }
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

/* Slices stop at the walls of the box. */
static void
change_slices (GSimpleAction *action, GVariant *state, gpointer data)
{
  double at[3];
  g_variant_get (state, "(ddd)", &at[0], &at[1], &at[2]);
  g_autoptr (GVariant) within = g_variant_ref_sink (
      g_variant_new ("(ddd)", CLAMP (at[0], -0.5, 0.5), CLAMP (at[1], -0.5, 0.5), CLAMP (at[2], -0.5, 0.5)));
  change_look (action, within, data);
}

/* (axis, voxels) */
static void
activate_move_slice (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  g_autoptr (GVariant) state = state_of (self, "slices");
  int axis, voxels;
  double at[3];

  g_variant_get (parameter, "(ii)", &axis, &voxels);
  g_variant_get (state, "(ddd)", &at[0], &at[1], &at[2]);
  if (axis < 0 || axis > 2 || comparison == NULL || comparison->pair == NULL)
    return;
  at[axis] += voxels / (double) comparison->pair->size;
  g_action_change_state (sw_window_find_action (self, "slices"), g_variant_new ("(ddd)", at[0], at[1], at[2]));
}

static void
change_range_lock (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  SwLegend legend;

  sw_scene_get_legend (sw_view_get_scene (sw_stage_get_view (self->stage)), 0, &legend);
  self->locked_range = legend.is_shown ? legend.range_max : 0.0;
  change_look (action, state, data);
}

static const char *
display_name (int i)
{
  return sw_display_name ((SwDisplay) i);
}

static void
activate_next_display (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwLegend before, after;
  SwScene *scene = sw_view_get_scene (sw_stage_get_view (self->stage));

  /* Those that are not for this order look like the automatic one. */
  sw_scene_get_legend (scene, 0, &before);
  for (int i = 0; i < SW_N_DISPLAYS; i++)
    {
      step_choice (self, "field-display", display_name, SW_N_DISPLAYS);
      sw_scene_get_legend (scene, 0, &after);
      if (after.display != before.display)
        return;
    }
}

static void
activate_reset_field_look (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  g_action_change_state (sw_window_find_action (self, "field-display"), g_variant_new_string ("auto"));
  g_action_change_state (sw_window_find_action (self, "field-range"), g_variant_new ("(dd)", 0.0, 1.0));
  g_action_change_state (sw_window_find_action (self, "field-opacity"), g_variant_new_double (0.0));
  g_action_change_state (sw_window_find_action (self, "field-levels"), g_variant_new_int32 (1));
  g_action_change_state (sw_window_find_action (self, "slices"), g_variant_new ("(ddd)", 0.0, 0.0, 0.0));
  g_action_change_state (sw_window_find_action (self, "range-lock"), g_variant_new_boolean (FALSE));
}

static void
activate_kernels (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  gtk_window_present (GTK_WINDOW (sw_kernel_window_new (self->session, GTK_WINDOW (self))));
}

static void
activate_diagram (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  gtk_window_present (GTK_WINDOW (sw_diagram_window_new (self->session, GTK_WINDOW (self))));
}

static const GActionEntry actions[] = {
  { "molecule-style", NULL, "s", "'auto'", change_look },
  { "molecule-color", NULL, "s", "'auto'", change_look },
  { "depth-cue", NULL, NULL, "true", change_look },
  { "occlusion", NULL, NULL, "true", change_look },
  { "outlines", NULL, NULL, "true", change_look },
  { "next-molecule-style", activate_next_style },
  { "next-molecule-color", activate_next_color },
  { "field-display", NULL, "s", "'auto'", change_look },
  { "field-range", NULL, "(dd)", "(0.0, 1.0)", change_look },
  { "field-opacity", NULL, "d", "0.0", change_look },
  { "field-levels", NULL, "i", "1", change_look },
  { "slices", NULL, "(ddd)", "(0.0, 0.0, 0.0)", change_slices },
  { "range-lock", NULL, NULL, "false", change_range_lock },
  { "kernels", activate_kernels },
  { "diagram", activate_diagram },
  { "next-field-display", activate_next_display },
  { "move-slice", activate_move_slice, "(ii)" },
  { "reset-field-look", activate_reset_field_look },
};

void
sw_window_add_look_actions (SwWindow *self)
{
  static const SwWindowKey keys[] = {
    { "<Shift>m", "win.next-molecule-style" },
    { "k", "win.next-molecule-color" },
    { "o", "win.outlines" },
    { "<Shift>f", "win.next-field-display" },
    { "l", "win.range-lock" },
    { "x", "win.move-slice((0,1))" },
    { "<Shift>x", "win.move-slice((0,-1))" },
    { "y", "win.move-slice((1,1))" },
    { "<Shift>y", "win.move-slice((1,-1))" },
    { "z", "win.move-slice((2,1))" },
    { "<Shift>z", "win.move-slice((2,-1))" },
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
