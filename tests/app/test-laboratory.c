/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laboratory in the real window: sweep, worst rotation, breaking and mending, the twin, play. Skipped without a display. */
#include "config.h"

#include <glib/gstdio.h>
#include <math.h>

#include "app-test.h"
#include "app/laboratory-break.h"
#include "app/laboratory-panel.h"
#include "app/play.h"

static SwApplication *application;

static SwWindow *
window_with (const char *name, const char *network)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  SwSession *session = sw_window_get_session (window);

  gtk_window_present (GTK_WINDOW (window));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "network", g_variant_new_string (network));
  g_action_group_change_action_state (G_ACTION_GROUP (window), "engine", g_variant_new_string ("bandlimited"));
  sw_window_open (window, &file, 1);
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_is_current (session));
  return window;
}

static void
set (SwWindow *window, const char *action, GVariant *state)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), action, state);
}

static gboolean
is_on (SwWindow *window, const char *action)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), action);
  return g_variant_get_boolean (state);
}

/* A sweep by actions alone; its worst rotation is called up; it is written; it can be cancelled; another document ends it. */
static void
test_sweep (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb", "stride");
  GtkWidget *widget = GTK_WIDGET (window);
  SwSession *session = sw_window_get_session (window);
  SwLaboratoryPanel *panel = SW_LABORATORY_PANEL (app_test_find (widget, SW_TYPE_LABORATORY_PANEL));
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "swivel-sweep-test.svg", NULL), *second = NULL;
  g_autoptr (GError) error = NULL;
  SwQuat worst;
  double size;

  g_assert_nonnull (panel);
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "export-sweep"));
  gtk_widget_activate_action (widget, "lab.axis", "s", "x");
  gtk_widget_activate_action (widget, "lab.steps", "i", 4);
  gtk_widget_activate_action (widget, "lab.random", "i", 3);
  gtk_widget_activate_action (widget, "lab.cases", "s", "sampled,twin");
  gtk_widget_activate_action (widget, "win.sweep", NULL);
  g_assert_true (is_on (window, "laboratory"));
  WAIT_UNTIL (sw_laboratory_panel_get_sweep (panel) != NULL);
  const SwSweep *sweep = sw_laboratory_panel_get_sweep (panel);
  g_assert_cmpuint (sweep->n_curves, ==, 2);
  g_assert_cmpuint (sweep->n_angles, ==, 5);
  g_assert_cmpuint (sweep->params.n_random, ==, 3);
  g_assert_cmpfloat (sweep->params.axis[0], ==, 1.0);
  g_assert_cmpfloat (sw_sweep_curve_find (&sweep->curves[0], "layer3")->all[1], <, 1e-5);
  g_assert_cmpfloat (sw_sweep_curve_find (&sweep->curves[1], "layer3")->all[1], >, 0.2);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "export-sweep"));

  gtk_widget_activate_action (widget, "lab.layer", "s", "layer3");
  g_assert_true (sw_laboratory_panel_get_worst (panel, 1, &worst, &size));
  gtk_widget_activate_action (widget, "win.worst-rotation", "i", 1);
  g_assert_cmpfloat (sw_quat_distance (sw_session_get_rotation (session), worst), <, 1e-6);
  app_test_settle (session);
  SwSweepChartOptions shown;
  sw_laboratory_panel_get_chart_options (panel, &shown);
  g_assert_cmpstr (shown.layer, ==, "layer3");
  g_assert_false (shown.linear);
  g_assert_true (sw_sweep_write (sweep, &shown, sw_chart_page_render, path, &second, &error));
  g_assert_no_error (error);
  g_unlink (path);

  gtk_widget_activate_action (widget, "lab.steps", "i", 3000);
  gtk_widget_activate_action (widget, "win.sweep", NULL);
  g_assert_true (sw_laboratory_panel_cancel (panel));
  WAIT_UNTIL (!sw_laboratory_panel_cancel (panel));
  g_assert_true (sw_laboratory_panel_get_sweep (panel) == sweep);
  /* one panel at a time */
  set (window, "show-explanation", g_variant_new_boolean (TRUE));
  g_assert_false (is_on (window, "laboratory"));
  gtk_widget_activate_action (widget, "win.block", "i", 1);
  g_assert_null (sw_laboratory_panel_get_sweep (panel));
  gtk_window_destroy (GTK_WINDOW (window));
}

static double
error_at_quarter_turn (SwWindow *window)
{
  SwSession *session = sw_window_get_session (window);
  app_test_settle (session);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.cube", "i", 5);
  app_test_settle (session);
  return sw_session_get_comparison (session)->error.error;
}

/* An even grid breaks the quarter turns of a strided network in the sampled engine and nothing in the other; mended, all is well. */
static void
test_break (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb", "stride");
  SwSession *session = sw_window_get_session (window);

  set (window, "engine", g_variant_new_string ("sampled"));
  app_test_settle (session);
  set (window, "layer", g_variant_new_string ("layer2"));
  app_test_settle (session);
  const double whole = error_at_quarter_turn (window);
  set (window, "break-size", g_variant_new_boolean (TRUE));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_get_comparison (session)->at_rotation->input.size == 34);
  const double broken = error_at_quarter_turn (window);
  g_test_message ("layer2 at a quarter turn: %.3g whole, %.3g on an even grid", whole, broken);
  g_assert_cmpfloat (whole, <, 1e-5);
  g_assert_cmpfloat (broken, >, 0.02);
  set (window, "engine", g_variant_new_string ("bandlimited"));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_get_comparison (session)->at_rotation->input.size == 33
              && sw_session_get_comparison (session)->at_rotation->engine == SW_ENGINE_BANDLIMITED);
  g_assert_cmpfloat (error_at_quarter_turn (window), <, 1e-5);
  set (window, "break-box", g_variant_new_boolean (TRUE));
  set (window, "break-sigma", g_variant_new_double (0.4));
  app_test_settle (session);
  WAIT_UNTIL (sw_session_get_comparison (session)->at_rotation->input.size < 32);
  app_test_settle (session);
  g_assert_cmpfloat (sw_session_get_job_options (session)->sigma_voxels, ==, 0.4);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.mend", NULL);
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_get_comparison (session)->at_rotation->input.size == 32);
  g_assert_false (is_on (window, "break-size") || is_on (window, "break-box"));
  g_assert_cmpfloat (sw_session_get_job_options (session)->sigma_voxels, ==, 0.0);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_break_options (void)
{
  const SwNetwork network = { .size = 33, .bandlimited_size = 32, .voxel_angstrom = 2.0 };
  const SwBreaks none = { 0 }, all = { .stride = TRUE, .size = TRUE, .band = TRUE, .sigma = 0.5 }, box = { .box = TRUE };
  SwJobOptions options;

  sw_laboratory_break_options (&none, &network, SW_ENGINE_SAMPLED, 20.0, &options);
  g_assert_true (options.size == 0 && !options.plain_stride && options.w_max == 0.0 && options.sigma_voxels == 0.0);
  sw_laboratory_break_options (&all, &network, SW_ENGINE_SAMPLED, 20.0, &options);
  g_assert_true (options.size == 34 && options.plain_stride && options.w_max > 3.0 && options.sigma_voxels == 0.5);
  /* smaller than the molecule is wide, and of the same parity as before */
  sw_laboratory_break_options (&box, &network, SW_ENGINE_SAMPLED, 20.0, &options);
  g_assert_cmpuint (options.size, ==, 11);
  sw_laboratory_break_options (&box, &network, SW_ENGINE_BANDLIMITED, 20.0, &options);
  g_assert_cmpuint (options.size, ==, 12);
  sw_laboratory_break_options (&box, &network, SW_ENGINE_BANDLIMITED, 500.0, &options);
  g_assert_cmpuint (options.size, ==, 32);
}

/* Four pictures: the twin is run at the same rotation, on the layer in the same place, and errs. */
static void
test_twin (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb", "stride");
  SwSession *session = sw_window_get_session (window);
  SwScene *scene = sw_view_get_scene (sw_stage_get_view (sw_window_get_stage (window)));
  SwLegend legend;

  g_assert_null (sw_session_get_twin_comparison (session));
  set (window, "layer", g_variant_new_string ("layer3"));
  set (window, "panes", g_variant_new_string ("four"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 90.0, 0.0);
  app_test_settle (session);
  WAIT_UNTIL (sw_session_get_twin_comparison (session) != NULL);
  app_test_settle (session);
  const SwComparison *own = sw_session_get_comparison (session), *twin = sw_session_get_twin_comparison (session);
  g_assert_cmpuint (sw_scene_get_n_panes (scene), ==, 4);
  g_assert_cmpstr (twin->at_rotation->model_name, ==, "stride-cnn");
  g_assert_cmpfloat (sw_quat_distance (own->at_rotation->rotation, twin->at_rotation->rotation), <, 1e-9);
  g_assert_cmpstr (sw_run_result_get_layer (twin->at_rotation, twin->layer)->stage, ==, "layer3");
  g_test_message ("steerable %.3g, ordinary %.3g", own->error.error, twin->error.error);
  g_assert_cmpfloat (twin->error.error, >, 20.0 * own->error.error);
  for (unsigned pane = 0; pane < 4; pane++)
    {
      sw_scene_get_legend (scene, pane, &legend);
      g_assert_true (legend.is_shown);
      g_assert_cmpfloat_with_epsilon (legend.range_max, (double) (pane < 2 ? own : twin)->pair->magnitude, 1e-6 * legend.range_max);
    }
  set (window, "panes", g_variant_new_string ("two"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 10.0, 0.0);
  app_test_settle (session);
  g_assert_null (sw_session_get_twin_comparison (session));
  gtk_window_destroy (GTK_WINDOW (window));
}

static char *
play_of (SwWindow *window)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "play");
  return g_variant_dup_string (state, NULL);
}

/* Plays until it is told again, with and without animations; another document stops it. */
static void
test_play (void)
{
  static const char *const kinds[] = { "tumble", "walk", "cube" };
  SwWindow *window = window_with ("ideal-helix.pdb", "stride");
  SwSession *session = sw_window_get_session (window);
  GtkSettings *settings = gtk_widget_get_settings (GTK_WIDGET (window));

  for (int animated = 1; animated >= 0; animated--)
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
      {
        const SwQuat before = sw_session_get_rotation (session);
        g_object_set (settings, "gtk-enable-animations", animated, NULL);
        set (window, "play", g_variant_new_string (kinds[i]));
        WAIT_UNTIL (sw_quat_distance (sw_session_get_rotation (session), before) > 0.01);
        if (i == 2)
          WAIT_UNTIL (sw_quat_distance (sw_session_get_rotation (session), SW_QUAT_IDENTITY) > 1.5);
        set (window, "play", g_variant_new_string (kinds[i]));
        g_autofree char *state = play_of (window);
        g_assert_cmpstr (state, ==, "none");
        /* However many rotations there were, they are one step. */
        g_action_group_activate_action (G_ACTION_GROUP (window), "undo", NULL);
        g_assert_cmpfloat (sw_quat_distance (sw_session_get_rotation (session), before), <, 1e-6);
        g_action_group_activate_action (G_ACTION_GROUP (window), "redo", NULL);
      }
  set (window, "play", g_variant_new_string ("walk"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.cancel", NULL);
  g_autofree char *cancelled = play_of (window);
  g_assert_cmpstr (cancelled, ==, "none");
  set (window, "play", g_variant_new_string ("tumble"));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.block", "i", 1);
  g_autofree char *stopped = play_of (window);
  g_assert_cmpstr (stopped, ==, "none");
  gtk_window_destroy (GTK_WINDOW (window));
}

/* In the long run the walk prefers no rotation: for the uniform distribution the mean of every matrix entry is 0 and the mean of
 * its square 1/3, and the angle to any fixed rotation has mean pi/2 + 2/pi. */
static void
test_walk (void)
{
  enum { N = 60000 };
  double velocity[3] = { 0.0, 0.0, 0.0 }, sum[9] = { 0.0 }, squares[9] = { 0.0 }, angle = 0.0;
  SwQuat q = SW_QUAT_IDENTITY;
  SwRandom random;

  sw_random_init (&random, 5);
  for (int i = 0; i < N; i++)
    {
      double matrix[9];
      for (int k = 0; k < 10; k++)
        q = sw_quat_normalize (sw_play_walk (q, velocity, 0.1, &random));
      sw_quat_to_matrix (q, matrix);
      for (int k = 0; k < 9; k++)
        {
          sum[k] += matrix[k] / N;
          squares[k] += matrix[k] * matrix[k] / N;
        }
      angle += sw_quat_distance (q, SW_QUAT_IDENTITY) / N;
    }
  g_test_message ("mean angle %.4f, expected %.4f", angle, G_PI_2 + 2.0 / G_PI);
  g_assert_cmpfloat_with_epsilon (angle, G_PI_2 + 2.0 / G_PI, 0.03);
  for (int k = 0; k < 9; k++)
    {
      g_assert_cmpfloat_with_epsilon (sum[k], 0.0, 0.04);
      g_assert_cmpfloat_with_epsilon (squares[k], 1.0 / 3.0, 0.03);
    }
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
  g_test_add_func ("/app/laboratory/break-options", test_break_options);
  g_test_add_func ("/app/laboratory/walk", test_walk);
  g_test_add_func ("/app/laboratory/sweep", test_sweep);
  g_test_add_func ("/app/laboratory/break", test_break);
  g_test_add_func ("/app/laboratory/twin", test_twin);
  g_test_add_func ("/app/laboratory/play", test_play);
  const int result = g_test_run ();
  g_object_unref (application);
  return result;
}
