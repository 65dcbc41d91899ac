/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The amino acids in the real window: computing, choosing a residue, files, cancelling, closing. Skipped without a display. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app-test.h"
#include "app/propensity-panel.h"
#include "app/sequence-view.h"
#include "app/window-save.h"
#include "render/scene-private.h"

static SwApplication *application;

static SwWindow *
window_with (const char *name)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  gtk_window_present (GTK_WINDOW (window));
  sw_window_open (window, &file, 1);
  app_test_settle (sw_window_get_session (window));
  WAIT_UNTIL (sw_session_get_document (sw_window_get_session (window)) != NULL);
  return window;
}

static SwPropensityPanel *
panel_of (SwWindow *window)
{
  return SW_PROPENSITY_PANEL (app_test_find (GTK_WIDGET (window), SW_TYPE_PROPENSITY_PANEL));
}

static void
activate (SwWindow *window, const char *action)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), action, NULL);
}

/* As from the keyboard. */
static void
press (GtkWidget *widget, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean taken = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (GTK_IS_EVENT_CONTROLLER_KEY (controller))
        g_signal_emit_by_name (controller, "key-pressed", key, 0, 0, &taken);
    }
  g_assert_true (taken);
}

static gboolean
write_csv (gconstpointer what, const char *path, char **ret_second, GError **error)
{
  return sw_propensity_write (what, path, error);
}

static guint
count_lines (const char *text)
{
  guint n = 0;
  for (const char *at = text; (at = strchr (at, '\n')) != NULL; at++)
    n++;
  return n;
}

static char *
close_dialog (void)
{
  GListModel *toplevels = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (toplevels); i++)
    {
      g_autoptr (GtkWindow) dialog = g_list_model_get_item (toplevels, i);
      if (ADW_IS_MESSAGE_DIALOG (dialog))
        {
          char *body = g_strdup (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (dialog)));
          gtk_window_destroy (dialog);
          return body;
        }
    }
  return NULL;
}

static void
test_panel (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  GActionGroup *actions = G_ACTION_GROUP (window);
  SwPropensityPanel *panel = panel_of (window);
  SwScene *scene = sw_view_get_scene (sw_stage_get_view (sw_window_get_stage (window)));
  GtkWidget *sequence = app_test_find (GTK_WIDGET (panel), SW_TYPE_SEQUENCE_VIEW);
  g_autofree char *folder = g_dir_make_tmp ("swivel-propensity-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "1crn.csv", NULL), *nowhere = g_build_filename (folder, "no", "1crn.csv", NULL);
  const SwSave save = { "Export", "Could Not Save", write_csv, (GDestroyNotify) sw_propensity_unref };
  SwMoleculeStyle style;
  SwColorScheme scheme;

  g_assert_false (g_action_group_get_action_enabled (actions, "export-propensity"));
  activate (window, "propensity");
  WAIT_UNTIL (sw_propensity_panel_get_propensity (panel) != NULL);
  SwPropensity *propensity = sw_propensity_panel_get_propensity (panel);
  g_assert_cmpuint (propensity->n_residues, ==, 46);
  g_assert_cmpuint (propensity->n_known, ==, 46);
  for (gsize i = 0; i < propensity->n_residues; i++)
    {
      double sum = 0.0;
      for (guint k = 0; k < SW_AMINO_ACIDS; k++)
        sum += (double) propensity->residues[i].probabilities[k];
      g_assert_cmpfloat_with_epsilon (sum, 1.0, 1e-4);
    }
  g_assert_true (g_action_group_get_action_enabled (actions, "export-propensity"));

  /* the molecule takes the colours of the panel, and gives them back with it */
  WAIT_UNTIL ((sw_scene_get_molecule_style (scene, 0, &style, &scheme), scheme == SW_COLOR_GIVEN));
  g_action_group_change_action_state (actions, "show-propensity", g_variant_new_boolean (FALSE));
  sw_scene_get_molecule_style (scene, 0, &style, &scheme);
  g_assert_cmpint (scheme, !=, SW_COLOR_GIVEN);
  activate (window, "propensity");
  g_assert_true (sw_propensity_panel_get_propensity (panel) == propensity);

  /* a chosen residue is marked in every picture */
  const SwStructure *structure = propensity->document->structure;
  press (sequence, GDK_KEY_Home);
  g_assert_cmpint (scene->panes[0].highlight, ==, structure->residues[0].ca);
  press (sequence, GDK_KEY_Right);
  press (sequence, GDK_KEY_Right);
  g_assert_cmpint (scene->panes[0].highlight, ==, structure->residues[2].ca);
  press (sequence, GDK_KEY_End);
  press (sequence, GDK_KEY_Right);
  g_assert_cmpint (scene->panes[1].highlight, ==, structure->residues[45].ca);

  /* as a file, in a thread; what cannot be written is named */
  sw_window_save_to (window, &save, path, sw_propensity_ref (propensity));
  WAIT_UNTIL (g_file_test (path, G_FILE_TEST_EXISTS));
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpuint (count_lines (text), >=, 47);
  sw_window_save_to (window, &save, nowhere, sw_propensity_ref (propensity));
  g_autofree char *body = NULL;
  WAIT_UNTIL ((body = close_dialog ()) != NULL);
  g_test_message ("%s", body);
  g_assert_nonnull (strstr (body, nowhere));

  /* another document makes it void; only structures have amino acids */
  g_action_group_activate_action (actions, "block", g_variant_new_int32 (1));
  g_assert_null (sw_propensity_panel_get_propensity (panel));
  g_assert_false (g_action_group_get_action_enabled (actions, "export-propensity"));
  activate (window, "propensity");
  g_assert_false (sw_propensity_panel_cancel (panel));
  g_assert_cmpint (g_remove (path), ==, 0);
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_cancel (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  SwPropensityPanel *panel = panel_of (window);

  activate (window, "propensity");
  activate (window, "cancel");
  g_assert_false (sw_propensity_panel_cancel (panel)); /* it was that which Escape stopped */
  app_test_settle (sw_window_get_session (window));
  /* It can be asked for again as soon as it has ended. */
  WAIT_UNTIL ((activate (window, "propensity"), sw_propensity_panel_cancel (panel)));
  g_assert_null (sw_propensity_panel_get_propensity (panel));
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
note (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* Closed, and nothing that ran for it is left. */
static void
close_and_wait (SwWindow *window)
{
  gboolean gone = FALSE;

  g_object_set_data_full (G_OBJECT (window), "gone", &gone, note);
  gtk_window_destroy (GTK_WINDOW (window));
  WAIT_UNTIL (gone);
}

/* With everything that still runs. */
static void
test_close (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  g_autofree char *folder = g_dir_make_tmp ("swivel-propensity-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "1crn.csv", NULL);
  const SwSave save = { "Export", "Could Not Save", write_csv, (GDestroyNotify) sw_propensity_unref };
  SwPropensityPanel *panel = panel_of (window);

  activate (window, "propensity");
  WAIT_UNTIL (sw_propensity_panel_get_propensity (panel) != NULL);
  /* What was asked for is written though the window is gone. */
  sw_window_save_to (window, &save, path, sw_propensity_ref (sw_propensity_panel_get_propensity (panel)));
  close_and_wait (window);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  window = window_with ("1crn.pdb.gz");
  activate (window, "propensity");
  gboolean gone = FALSE;
  panel = g_object_ref (panel_of (window));
  g_object_set_data_full (G_OBJECT (window), "gone", &gone, note);
  gtk_window_close (GTK_WINDOW (window));
  WAIT_UNTIL (gone);
  g_assert_false (sw_propensity_panel_cancel (panel)); /* the window has done that */
  g_assert_null (sw_propensity_panel_get_propensity (panel));
  g_object_unref (panel);

  /* and while it reads */
  window = sw_window_new (ADW_APPLICATION (application));
  g_autofree char *large = g_build_filename (g_getenv ("SW_DATADIR"), "examples", "4hhb.cif.gz", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (large);
  gtk_window_present (GTK_WINDOW (window));
  sw_window_open (window, &file, 1);
  close_and_wait (window);
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
  g_test_add_func ("/app/propensity/panel", test_panel);
  g_test_add_func ("/app/propensity/cancel", test_cancel);
  g_test_add_func ("/app/propensity/close", test_close);
  const int result = g_test_run ();
  g_object_unref (application);
  return result;
}
