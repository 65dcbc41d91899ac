/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/window-private.h"

#include <glib/gi18n.h>

#include "app/numbers.h"
#include "app/settings.h"
#include "app/window-save.h"
#include "experiments/tetris.h"

static void
activate_start (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_window_show_page (data, "start");
}

/* Ctrl+W: from the picture back to the start, from there out. */
static void
activate_close (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (!sw_window_on_page (self, "start"))
    sw_window_show_page (self, "start");
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
activate_train (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_window_show_page (data, "train");
}

/* To what is open; to the start where nothing is. */
static void
activate_picture (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  sw_window_show_page (self, sw_session_get_document (self->session) != NULL ? "main" : "start");
}

static void
activate_lesson (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_window_show_page (data, "lesson");
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
  sw_window_show_page (self, "main");
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
  if (sw_view_get_picked_atom (sw_stage_get_view (self->stage)) >= 0
      || sw_view_get_picked_voxel (sw_stage_get_view (self->stage)) >= 0)
    sw_view_clear_pick (sw_stage_get_view (self->stage));
  else if (sw_window_cancel_taking (self))
    return;
  else if (self->loading != NULL)
    g_cancellable_cancel (self->loading);
  else if (sw_play_get_kind (self->play) != SW_PLAY_NONE)
    g_action_change_state (sw_window_find_action (self, "play"), g_variant_new_string ("none"));
  else if (!sw_laboratory_panel_cancel (self->laboratory) && !sw_explain_panel_cancel (self->explain_panel)
           && !sw_propensity_panel_cancel (self->propensity_panel))
    sw_session_cancel (self->session);
}

/* ---- why does it sw_window_say so? */

static void
change_show_explanation (GSimpleAction *action, GVariant *state, gpointer data)
{
  sw_window_show_side (data, g_variant_get_boolean (state) ? "explanation" : NULL);
}

void
sw_window_explanation_changed (SwWindow *self)
{
  SwAttribution *attribution = sw_explain_panel_get_attribution (self->explain_panel);

  sw_window_enable (self, "export-explanation", attribution != NULL);
  sw_view_set_attribution (sw_stage_get_view (self->stage),
                           adw_flap_get_reveal_flap (self->explain_flap)
                                   && g_strcmp0 (gtk_stack_get_visible_child_name (self->side), "explanation") == 0
                               ? attribution
                               : NULL);
}

void
sw_window_residue_chosen (SwWindow *self, guint residue)
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
      sw_window_say (self, _ ("Only answers about structures can be explained: a density has no residues."));
      return;
    }
  g_action_change_state (sw_window_find_action (self, "show-explanation"), g_variant_new_boolean (TRUE));
  sw_explain_panel_start (self->explain_panel);
}

static gboolean
write_explanation (gconstpointer what, const char *path, char **ret_second, GError **error)
{
  return sw_explain_write (what, path, ret_second, error);
}

static void
activate_export_explanation (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwAttribution *attribution = sw_explain_panel_get_attribution (self->explain_panel);
  const SwSave save = { _ ("Export Explanation"), _ ("Could Not Save the Explanation"), write_explanation,
                        (GDestroyNotify) sw_attribution_unref };

  if (attribution == NULL)
    return;
  g_autofree char *name = g_strdup_printf ("%s-explained.%s", attribution->document->name,
                                           g_variant_get_string (parameter, NULL));
  sw_window_save (self, &save, name, sw_attribution_ref (attribution));
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
      sw_window_say (self, text);
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
      sw_window_say (self, text);
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
                     : g_str_equal (name, "four")  ? 4
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
  GAction *turns = sw_window_find_action (self, "drag-turns");
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
      g_autoptr (GVariant) value = g_action_get_state (sw_window_find_action (self, show_actions[i].name));
      if (g_variant_get_boolean (value))
        show |= show_actions[i].flag;
    }
  sw_view_set_show (sw_stage_get_view (self->stage), show);
}

void
sw_window_update_dark (SwWindow *self)
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
  sw_window_say (self, _ ("Numbers copied"));
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
  { "open", sw_window_choose_files },
  { "open-path", activate_open_path, "s" },
  { "start", activate_start },
  { "train", activate_train },
  { "lesson", activate_lesson },
  { "picture", activate_picture },
  { "block", activate_block, "i" },
  { "close", activate_close },
  { "cancel", activate_cancel },
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
static const SwWindowKey keys[] = {
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

void
sw_window_add_keys (SwWindow *self, const SwWindowKey *table, guint n)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_name (controller, "keys");

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = NULL;
      GVariant *target = NULL;
      if (!g_action_parse_detailed_name (table[i].action, &name, &target, NULL))
        g_assert_not_reached ();
      GtkShortcut *shortcut = gtk_shortcut_new (
          gtk_shortcut_trigger_parse_string (table[i].trigger), gtk_named_action_new (name));
      if (target != NULL)
        {
          gtk_shortcut_set_arguments (shortcut, target);
          g_variant_unref (target);
        }
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
activate_undo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const char *name = sw_undo_get_undo_name (self->undo);
  if (name == NULL)
    return;
  /* Translators: what was taken back, for example "Rotation" */
  g_autofree char *text = g_strdup_printf (_ ("Undone: %s"), name);
  sw_undo_undo (self->undo);
  sw_window_say (self, text);
}

static void
activate_redo (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const char *name = sw_undo_get_redo_name (self->undo);
  if (name == NULL)
    return;
  /* Translators: what was done again, for example "Rotation" */
  g_autofree char *text = g_strdup_printf (_ ("Done again: %s"), name);
  sw_undo_redo (self->undo);
  sw_window_say (self, text);
}

static void
on_undo_changed (SwWindow *self)
{
  sw_window_enable (self, "undo", sw_undo_get_undo_name (self->undo) != NULL);
  sw_window_enable (self, "redo", sw_undo_get_redo_name (self->undo) != NULL);
}

static void
sw_window_add_undo (SwWindow *self)
{
  static const GActionEntry entries[] = { { "undo", activate_undo }, { "redo", activate_redo } };
  static const SwWindowKey undo_keys[] = { { "<Control>z", "win.undo" }, { "<Control><Shift>z", "win.redo" } };
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  sw_window_add_keys (self, undo_keys, G_N_ELEMENTS (undo_keys));
  self->undo = sw_undo_new (G_ACTION_MAP (self), self->session);
  g_signal_connect_object (self->undo, "changed", G_CALLBACK (on_undo_changed), self, G_CONNECT_SWAPPED);
  on_undo_changed (self);
}

void
sw_window_add_actions (SwWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sw_window_add_keys (self, keys, G_N_ELEMENTS (keys));
  sw_window_add_look_actions (self);
  sw_window_add_take_actions (self);
  sw_window_add_laboratory_actions (self);
  sw_window_add_undo (self); /* watches the actions before it */
  sw_window_add_propensity_actions (self);
}
