/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture in the real window: representations, colours, keys, picking. Skipped without a display. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "app-test.h"
#include "app/diagram-window.h"
#include "app/inspector.h"
#include "app/kernel-window.h"
#include "app/legend-view.h"
#include "picture/keys.h"

static SwApplication *application;

static SwWindow *
window_with (const char *name)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  gtk_window_present (GTK_WINDOW (window));
  sw_window_open (window, &file, 1);
  SwSession *session = sw_window_get_session (window);
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session));
  return window;
}

static void
change (SwWindow *window, const char *action, GVariant *state)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), action, state);
}

static void
test_molecule (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  SwView *view = sw_stage_get_view (sw_window_get_stage (window));
  SwScene *scene = sw_view_get_scene (view);
  SwLegendView *legend = SW_LEGEND_VIEW (app_test_find (GTK_WIDGET (window), SW_TYPE_LEGEND_VIEW));
  SwMoleculeStyle style;
  SwColorScheme scheme;

  g_assert_nonnull (legend);
  change (window, "molecule-style", g_variant_new_string ("surface"));
  change (window, "molecule-color", g_variant_new_string ("residue"));
  sw_scene_get_molecule_style (scene, 0, &style, &scheme);
  g_assert_cmpint (style, ==, SW_MOLECULE_SURFACE);
  g_assert_cmpint (scheme, ==, SW_COLOR_RESIDUE);
  g_autofree char *text = sw_keys_dup_text (sw_legend_view_get_keys (legend));
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "Hydrophobic"));
  /* The density is hidden, the surface stays. */
  change (window, "show-density", g_variant_new_boolean (FALSE));
  sw_scene_get_molecule_style (scene, 0, &style, &scheme);
  g_assert_cmpint (style, ==, SW_MOLECULE_SURFACE);
  change (window, "show-density", g_variant_new_boolean (TRUE));
  /* What nobody knows changes nothing. */
  change (window, "molecule-color", g_variant_new_string ("rubbish"));
  sw_scene_get_molecule_style (scene, 0, &style, &scheme);
  g_assert_cmpint (scheme, ==, SW_COLOR_RESIDUE);
  /* The keys go around all of them. */
  for (int i = 0; i < SW_COLOR_GIVEN; i++)
    g_action_group_activate_action (G_ACTION_GROUP (window), "next-molecule-color", NULL);
  sw_scene_get_molecule_style (scene, 0, &style, &scheme);
  g_assert_cmpint (scheme, ==, SW_COLOR_RESIDUE);
  change (window, "molecule-style", g_variant_new_string ("auto"));
  change (window, "molecule-color", g_variant_new_string ("auto"));
  change (window, "outlines", g_variant_new_boolean (FALSE));
  g_assert_false (sw_view_get_look (view)->outlines);
  change (window, "outlines", g_variant_new_boolean (TRUE));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_field (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwSession *session = sw_window_get_session (window);
  SwView *view = sw_stage_get_view (sw_window_get_stage (window));
  SwScene *scene = sw_view_get_scene (view);
  SwLegend legend, other;

  /* What does not suit the order is drawn as usual; the choice stays for the next field. */
  change (window, "field-display", g_variant_new_string ("streamlines"));
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpuint (legend.l, ==, 1);
  g_assert_cmpint (legend.display, ==, SW_DISPLAY_STREAMLINES);
  change (window, "field", g_variant_new_int32 (0));
  WAIT_UNTIL (sw_session_get_comparison (session)->copy == 0 && sw_session_is_current (session));
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpuint (legend.l, ==, 0);
  g_assert_cmpint (legend.display, ==, SW_DISPLAY_VOLUME);

  /* Range and threshold are parts of the largest value, and the same in all pictures. */
  const double largest = legend.range_max;
  change (window, "field-range", g_variant_new ("(dd)", 0.2, 0.5));
  for (unsigned pane = 0; pane < 3; pane++)
    {
      sw_scene_get_legend (scene, pane, &legend);
      g_assert_cmpfloat_with_epsilon (legend.range_max / largest, 0.5, 1e-6);
      g_assert_cmpfloat_with_epsilon (legend.threshold / largest, 0.2, 1e-6);
    }
  change (window, "field-range", g_variant_new ("(dd)", 0.6, 0.5)); /* nonsense */
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpfloat_with_epsilon (legend.threshold / largest, 0.2, 1e-6);

  /* A kept scale is that of every layer. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "range-lock", NULL);
  change (window, "layer", g_variant_new_string ("input"));
  WAIT_UNTIL (sw_session_get_comparison (session)->layer == -1);
  sw_scene_get_legend (scene, 0, &other);
  g_assert_cmpfloat_with_epsilon (other.range_max / legend.range_max, 1.0, 1e-6);
  g_action_group_activate_action (G_ACTION_GROUP (window), "range-lock", NULL);
  sw_scene_get_legend (scene, 0, &other);
  g_assert_cmpfloat (fabs (other.range_max / legend.range_max - 1.0), >, 1e-3);

  change (window, "field-display", g_variant_new_string ("slices"));
  g_action_group_activate_action (G_ACTION_GROUP (window), "move-slice", g_variant_new ("(ii)", 2, 3));
  const double edge = (double) sw_session_get_comparison (session)->pair->size;
  g_assert_cmpfloat_with_epsilon (sw_view_get_look (view)->slice[2], 3.0 / edge, 1e-9);
  g_action_group_activate_action (G_ACTION_GROUP (window), "move-slice", g_variant_new ("(ii)", 2, 1000));
  g_assert_cmpfloat (sw_view_get_look (view)->slice[2], ==, 0.5);
  change (window, "field-display", g_variant_new_string ("isosurface"));
  change (window, "field-levels", g_variant_new_int32 (3));
  change (window, "field-levels", g_variant_new_int32 (300));
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpuint (legend.n_levels, ==, 3);
  g_action_group_activate_action (G_ACTION_GROUP (window), "reset-field-look", NULL);
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpint (legend.display, ==, SW_DISPLAY_VOLUME);
  g_assert_cmpuint (legend.n_levels, ==, 1);

  /* What is written of a voxel. */
  const SwComparison *comparison = sw_session_get_comparison (session);
  g_autofree char *markup = sw_inspector_dup_markup (comparison, 5);
  g_assert_true (pango_parse_markup (markup, -1, 0, NULL, NULL, NULL, NULL));
  g_assert_nonnull (strstr (markup, "(5, 0, 0)"));
  g_assert_null (sw_inspector_dup_markup (comparison, -1));
  g_assert_null (sw_inspector_dup_markup (comparison, G_MAXINT64));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_kernels (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwKernelWindow *kernels = sw_kernel_window_new (sw_window_get_session (window), GTK_WINDOW (window));
  GtkDropDown *source;

  gtk_window_present (GTK_WINDOW (kernels));
  WAIT_UNTIL (sw_kernel_window_get_numbers (kernels)[0] != '\0');
  g_assert_nonnull (strstr (sw_kernel_window_get_numbers (kernels), "e-"));
  source = GTK_DROP_DOWN (app_test_find (GTK_WIDGET (kernels), GTK_TYPE_DROP_DOWN));
  const guint n = g_list_model_get_n_items (gtk_drop_down_get_model (source));
  g_assert_cmpuint (n, >, 2); /* the basis, and layers of the network */
  for (guint i = n; i > 0; i--)
    {
      gtk_drop_down_set_selected (source, i - 1);
      WAIT_UNTIL (sw_kernel_window_get_numbers (kernels)[0] != '\0');
    }
  /* Closed while it computes. */
  gtk_drop_down_set_selected (source, 1);
  gtk_window_destroy (GTK_WINDOW (kernels));
  g_action_group_activate_action (G_ACTION_GROUP (window), "kernels", NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_diagram (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwSession *session = sw_window_get_session (window);
  SwDiagramWindow *diagram = sw_diagram_window_new (session, GTK_WINDOW (window));

  gtk_window_present (GTK_WINDOW (diagram));
  WAIT_UNTIL (sw_diagram_window_get_n_thumbnails (diagram) > 3);
  g_action_group_activate_action (G_ACTION_GROUP (window), "random-rotation", NULL);
  change (window, "network", g_variant_new_string ("quick-cnn"));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session)
              && g_str_equal (sw_session_get_model (session)->name, "quick-cnn"));
  WAIT_UNTIL (sw_diagram_window_get_n_thumbnails (diagram) > 3);
  /* Closed while it computes. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "random-rotation", NULL);
  WAIT_UNTIL (sw_session_is_current (session));
  gtk_window_destroy (GTK_WINDOW (diagram));
  change (window, "network", g_variant_new_string ("quick"));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
undo (SwWindow *window, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), action, NULL);
}

static void
test_undo (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwSession *session = sw_window_get_session (window);
  SwView *view = sw_stage_get_view (sw_window_get_stage (window));
  GActionGroup *actions = G_ACTION_GROUP (window);

  /* Nothing was done yet, though the session has chosen a layer by itself. */
  g_assert_false (g_action_group_get_action_enabled (actions, "undo"));
  change (window, "outlines", g_variant_new_boolean (FALSE));
  change (window, "molecule-color", g_variant_new_string ("residue"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 10.0, 0.0);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 10.0, 0.0);
  change (window, "field-range", g_variant_new ("(dd)", 0.1, 0.9));
  change (window, "field-range", g_variant_new ("(dd)", 0.1, 0.8));
  g_assert_true (g_action_group_get_action_enabled (actions, "undo"));
  /* Close ones are one step. */
  undo (window, "undo");
  g_assert_cmpfloat (sw_view_get_look (view)->high, ==, 1.0);
  undo (window, "undo");
  g_assert_cmpfloat (sw_quat_distance (sw_session_get_rotation (session), SW_QUAT_IDENTITY), <, 1e-9);
  undo (window, "undo");
  g_assert_cmpint (sw_view_get_look (view)->color, ==, SW_COLOR_AUTO);
  undo (window, "undo");
  g_assert_true (sw_view_get_look (view)->outlines);
  g_assert_false (g_action_group_get_action_enabled (actions, "undo"));
  for (int i = 0; i < 4; i++)
    undo (window, "redo");
  g_assert_false (g_action_group_get_action_enabled (actions, "redo"));
  g_assert_cmpfloat (sw_view_get_look (view)->high, ==, 0.8);
  g_assert_cmpfloat_with_epsilon (sw_quat_distance (sw_session_get_rotation (session), SW_QUAT_IDENTITY), 20.0 * G_PI / 180.0, 1e-9);
  /* Another change ends what could be done again. */
  undo (window, "undo");
  change (window, "outlines", g_variant_new_boolean (TRUE));
  g_assert_false (g_action_group_get_action_enabled (actions, "redo"));
  /* The layer that was shown comes back with the network. */
  WAIT_UNTIL (sw_session_is_current (session));
  change (window, "layer", g_variant_new_string ("input"));
  WAIT_UNTIL (sw_session_get_comparison (session)->layer == -1);
  change (window, "network", g_variant_new_string ("quick-cnn"));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session));
  undo (window, "undo");
  g_assert_cmpstr (sw_session_get_network (session), ==, "quick");
  g_assert_cmpstr (sw_session_get_layer (session), ==, "input");
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session));
  change (window, "molecule-color", g_variant_new_string ("auto"));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_copy (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (window));

  g_action_group_activate_action (G_ACTION_GROUP (window), "copy-picture", NULL);
  WAIT_UNTIL (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), GDK_TYPE_TEXTURE));
  g_action_group_activate_action (G_ACTION_GROUP (window), "copy-numbers", NULL);
  WAIT_UNTIL (gdk_content_formats_contain_gtype (gdk_clipboard_get_formats (clipboard), G_TYPE_STRING));
  /* Closed while a picture is drawn. */
  g_action_group_activate_action (G_ACTION_GROUP (window), "copy-picture", NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  application = app_test_application_new ();
  g_test_add_func ("/app/picture/molecule", test_molecule);
  g_test_add_func ("/app/picture/field", test_field);
  g_test_add_func ("/app/picture/kernels", test_kernels);
  g_test_add_func ("/app/picture/diagram", test_diagram);
  g_test_add_func ("/app/picture/undo", test_undo);
  g_test_add_func ("/app/picture/copy", test_copy);
  const int result = g_test_run ();
  sw_window_finish_pictures ();
  g_object_unref (application);
  return result;
}
