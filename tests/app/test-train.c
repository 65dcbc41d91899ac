/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training from the window, end to end with real processes. Skipped without a display. argv[1] is swivel-cli. */
#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>

#include "app-test.h"

/* A grid on which a step takes some hundredths of a second. */
#define SIZE 16
#define LONG_RUN 100000

static SwApplication *application;

static void
act (SwWindow *window, const char *name, const char *path)
{
  GActionGroup *group = g_str_has_prefix (name, "lesson.") ? sw_lesson_page_get_actions (sw_window_get_lesson_page (window))
                                                            : sw_train_page_get_actions (sw_window_get_train_page (window));
  const char *bare = strchr (name, '.') + 1;
  g_assert_true (g_action_group_get_action_enabled (group, bare));
  g_action_group_activate_action (group, bare, path != NULL ? g_variant_new_string (path) : NULL);
}

static gboolean
can (SwWindow *window, const char *name)
{
  return g_action_group_get_action_enabled (sw_train_page_get_actions (sw_window_get_train_page (window)), name);
}

static SwWindow *
train_window (void)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.train", NULL);
  WAIT_UNTIL (can (window, "start") || sw_run_watch_get_path (sw_train_page_get_watch (sw_window_get_train_page (window))) != NULL);
  return window;
}

static SwRunWatch *
watch_of (SwWindow *window)
{
  return sw_train_page_get_watch (sw_window_get_train_page (window));
}

static guint
n_points (SwRunWatch *watch)
{
  const SwRunLog *log = sw_run_watch_get_log (watch);
  return log != NULL ? log->points->len : 0;
}

/* The window's list of models. */
static gboolean
has_model (SwWindow *window, const char *run)
{
  gsize n = 0;
  const SwCatalogWeights *weights = sw_catalog_weights (sw_session_get_catalog (sw_window_get_session (window)), &n);
  for (gsize i = 0; i < n; i++)
    if (weights[i].from_run && g_strcmp0 (weights[i].name, run) == 0 && g_strcmp0 (weights[i].network, "tetris") == 0)
      return TRUE;
  return FALSE;
}

/* A run is paused, found again by another window, goes on without any window, is killed, resumed, shown, and kept. */
static void
test_life_of_a_run (void)
{
  SwWindow *window = train_window ();
  SwRunWatch *watch = watch_of (window);

  g_assert_false (can (window, "pause"));
  g_assert_false (can (window, "resume"));
  sw_train_settings_override (sw_train_page_get_settings (sw_window_get_train_page (window)), LONG_RUN, 4, SIZE);
  act (window, "train.start", NULL);
  g_assert_cmpint (sw_run_watch_get_state (watch), ==, SW_WATCH_RUNNING);
  g_assert_false (can (window, "start"));
  g_autofree char *path = g_strdup (sw_run_watch_get_path (watch));
  g_autofree char *name = g_path_get_basename (path);
  WAIT_UNTIL (n_points (watch) >= 2);
  g_assert_false (can (window, "resume"));

  /* The window's own process dies. */
  int process = 0;
  g_assert_true (sw_run_is_running (path, &process));
  g_assert_cmpint (kill (process, SIGKILL), ==, 0);
  WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_PAUSED);
  g_assert_nonnull (sw_run_watch_get_problem (watch));
  act (window, "train.resume", NULL);
  g_assert_null (sw_run_watch_get_problem (watch));
  const guint at_death = n_points (watch);
  WAIT_UNTIL (n_points (watch) > at_death);

  act (window, "train.pause", NULL);
  WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_PAUSED);
  g_assert_null (sw_run_watch_get_problem (watch));
  g_assert_true (can (window, "resume"));
  WAIT_UNTIL (has_model (window, name));
  const guint before = n_points (watch);
  gtk_window_destroy (GTK_WINDOW (window));

  /* Another window: the paused run is there and goes on. */
  window = train_window ();
  watch = watch_of (window);
  g_assert_cmpint (sw_run_watch_get_state (watch), ==, SW_WATCH_NOTHING);
  act (window, "train.open", path);
  g_assert_cmpint (sw_run_watch_get_state (watch), ==, SW_WATCH_PAUSED);
  WAIT_UNTIL (n_points (watch) >= before);
  act (window, "train.resume", NULL);
  WAIT_UNTIL (n_points (watch) > before);
  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_true (sw_run_is_running (path, &process));

  /* A third one finds the process that goes on, and is told when it dies. */
  window = train_window ();
  watch = watch_of (window);
  g_assert_cmpint (sw_run_watch_get_state (watch), ==, SW_WATCH_RUNNING);
  g_assert_cmpstr (sw_run_watch_get_path (watch), ==, path);
  g_assert_cmpint (kill (process, SIGKILL), ==, 0);
  WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_PAUSED);
  g_assert_nonnull (sw_run_watch_get_problem (watch));
  g_test_message ("killed: %s", sw_run_watch_get_problem (watch));

  /* The picture follows the network as it learns. */
  act (window, "train.resume", NULL);
  g_assert_null (sw_run_watch_get_problem (watch));
  act (window, "train.show", NULL);
  SwSession *session = sw_window_get_session (window);
  g_assert_cmpstr (sw_session_get_network (session), ==, "tetris");
  g_assert_true (g_str_has_prefix (sw_session_get_weights (session), path));
  g_assert_cmpint (sw_session_get_document (session)->kind, ==, SW_DOCUMENT_BLOCKS);
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL);
  g_assert_false (sw_session_get_model (session)->random);
  SwComparison *first = sw_comparison_ref ((SwComparison *) sw_session_get_comparison (session));
  WAIT_UNTIL (sw_session_get_comparison (session) != NULL && sw_session_get_comparison (session) != first);
  sw_comparison_unref (first);

  act (window, "train.keep", NULL);
  WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_KEPT);
  g_assert_true (has_model (window, name));
  act (window, "train.remove", path);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (has_model (window, name));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* ---- a desktop that shows notifications ---- */

static void
on_notification (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *method,
                 GVariant *parameters, GDBusMethodInvocation *invocation, gpointer data)
{
  char **title = data;
  g_autoptr (GVariant) summary = NULL;
  if (strcmp (method, "Notify") == 0)
    {
      g_free (*title);
      summary = g_variant_get_child_value (parameters, 3);
      *title = g_variant_dup_string (summary, NULL);
    }
  g_dbus_method_invocation_return_value (invocation, strcmp (method, "Notify") == 0 ? g_variant_new ("(u)", 1) : NULL);
}

/* NULL without a session bus, or where a desktop is there already. *title: of the notification that came last. */
static GDBusConnection *
desktop_new (char **title)
{
  static const GDBusInterfaceVTable table = { .method_call = on_notification };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (
      "<node><interface name='org.freedesktop.Notifications'><method name='Notify'><arg type='s' direction='in'/>"
      "<arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
      "<arg type='u' direction='out'/></method><method name='CloseNotification'><arg type='u' direction='in'/></method>"
      "</interface></node>", NULL);
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  GDBusConnection *bus = address == NULL ? NULL
      : g_dbus_connection_new_for_address_sync (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                             | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, NULL);
  if (bus == NULL)
    return NULL;
  g_autoptr (GVariant) got = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
      g_variant_new ("(su)", "org.freedesktop.Notifications", 4 /* do not queue */), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  guint owner = 0;
  if (got != NULL)
    g_variant_get (got, "(u)", &owner);
  if (owner != 1
      || g_dbus_connection_register_object (bus, "/org/freedesktop/Notifications", node->interfaces[0], &table, title, NULL, NULL) == 0)
    g_clear_object (&bus);
  return bus;
}

static void
test_finish (void)
{
  g_autofree char *title = NULL;
  g_autoptr (GDBusConnection) desktop = desktop_new (&title);
  SwWindow *window = train_window ();
  SwRunWatch *watch = watch_of (window);

  sw_train_settings_override (sw_train_page_get_settings (sw_window_get_train_page (window)), 2, 4, SIZE);
  act (window, "train.start", NULL);
  WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_FINISHED);
  const SwRunLog *log = sw_run_watch_get_log (watch);
  g_autofree char *path = g_strdup (sw_run_watch_get_path (watch));
  g_autofree char *name = g_path_get_basename (path);
  g_assert_cmpuint (log->points->len, ==, 2);
  g_assert_nonnull (log->confusion);
  g_assert_cmpuint (log->n_classes, ==, 8);
  g_assert_true (isfinite (sw_run_log_last_validation (log)->validation_equivariance));
  WAIT_UNTIL (has_model (window, name));
  /* A person who looks elsewhere is told. */
  if (desktop != NULL && !gtk_window_is_active (GTK_WINDOW (window)))
    {
      WAIT_UNTIL (title != NULL);
      g_test_message ("%s", title);
      g_assert_nonnull (strstr (title, name));
    }
  /* Deleting anything but a run is refused. */
  act (window, "train.remove", g_get_home_dir ());
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_DIR));
  act (window, "train.remove", path);
  g_assert_cmpint (sw_run_watch_get_state (watch), ==, SW_WATCH_NOTHING);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_lesson (void)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  SwLessonPage *page = sw_window_get_lesson_page (window);
  char *paths[SW_LESSON_N_NETWORKS] = { NULL };

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.lesson", NULL);
  sw_lesson_page_override (page, 1, 8, SIZE);
  act (window, "lesson.train", NULL);
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      SwRunWatch *watch = sw_lesson_page_get_watch (page, s);
      WAIT_UNTIL (sw_run_watch_get_state (watch) == SW_WATCH_FINISHED || sw_run_watch_get_problem (watch) != NULL);
      if (sw_run_watch_get_problem (watch) != NULL)
        g_error ("%s", sw_run_watch_get_problem (watch));
      paths[s] = g_strdup (sw_run_watch_get_path (watch));
      g_assert_cmpint (sw_run_watch_get_log (watch)->conventional, ==, s == 1);
    }

  /* Both say what the piece is; turned, the steerable one says nearly the same. */
  float before[SW_TETRIS_N_PIECES];
  const SwQuat start = sw_block_view_get_rotation (sw_lesson_page_get_block (page));
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    WAIT_UNTIL (sw_judge_get_scores (sw_lesson_page_get_judge (page, s)) != NULL);
  memcpy (before, sw_judge_get_scores (sw_lesson_page_get_judge (page, 0)), sizeof before);
  float sum = 0.0f;
  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    sum += before[i];
  g_assert_cmpfloat_with_epsilon (sum, 1.0f, 1e-4f);
  act (window, "lesson.random", NULL);
  const float *after = sw_judge_get_scores (sw_lesson_page_get_judge (page, 0));
  WAIT_UNTIL (memcmp (before, after, sizeof before) != 0);
  for (gsize i = 0; i < SW_TETRIS_N_PIECES; i++)
    g_assert_cmpfloat_with_epsilon (before[i], after[i], 0.1f);
  g_assert_cmpfloat (sw_quat_distance (start, sw_block_view_get_rotation (sw_lesson_page_get_block (page))), >, 1e-6);
  gtk_window_destroy (GTK_WINDOW (window));
  for (guint s = 0; s < SW_LESSON_N_NETWORKS; s++)
    {
      g_assert_true (sw_run_remove (paths[s], NULL));
      g_free (paths[s]);
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("swivel-train-XXXXXX", NULL);
  g_setenv ("GTK_A11Y", "none", TRUE);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    g_setenv ("SWIVEL_CLI", argv[1], TRUE);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      (void) g_rmdir (folder);
      return 0;
    }
  application = app_test_application_new ();
  g_test_add_func ("/app/train/life-of-a-run", test_life_of_a_run);
  g_test_add_func ("/app/train/finish", test_finish);
  g_test_add_func ("/app/train/lesson", test_lesson);
  const int result = g_test_run ();
  g_object_unref (application);
  g_autofree char *runs = sw_runs_dup_folder ();
  g_autofree char *swivel = g_path_get_dirname (runs);
  (void) g_rmdir (runs);
  (void) g_rmdir (swivel);
  (void) g_rmdir (folder);
  return result;
}
