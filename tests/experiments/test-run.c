/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs as processes: what they print, how they are found again. argv[1] is swivel-cli. */
#include "config.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "experiments/run.h"

static const char text[]
    = "{\"event\":\"start\",\"protocol\":1,\"experiment\":\"tetris\",\"network\":\"tetris\",\"title\":\"Tetris\","
      "\"twin\":false,\"engine\":\"bandlimited\",\"epochs\":4,\"parameters\":10,\"memory\":1000,\"pid\":7,"
      "\"classes\":[\"a\",\"b\"]}\n"
      "{\"event\":\"step\",\"epoch\":1,\"epochs\":4,\"step\":1,\"steps\":2,\"loss\":2.0,\"remaining\":30.5}\n"
      "{\"event\":\"epoch\",\"epoch\":1,\"epochs\":4,\"rate\":0.1,\"loss\":1.5,\"accuracy\":0.25,\"validation\":{\"loss\":1.25,"
      "\"accuracy\":0.5,\"train_equivariance_error\":0.01,\"equivariance_error\":0.02,"
      "\"confusion\":[[3,1],[2,2]],\"misjudged\":[{\"sample\":5,\"label\":1,\"answer\":0,\"probability\":0.75}]}}\n"
      "{\"event\":\"validating\",\"epoch\":2,\"sample\":1,\"samples\":4}\n"
      "{\"event\":\"epoch\",\"epoch\":2,\"epochs\":4,\"rate\":0.1,\"loss\":1.0,\"accuracy\":0.5,\"remaining\":null,\"validation\":null}\n"
      "no JSON at all\n"
      "{\"event\":\"of a later version\"}\n"
      "[1, 2]\n"
      /* killed, and resumed at the checkpoint after epoch 1 */
      "{\"event\":\"step\",\"epoch\":3,\"ep\n"
      "{\"event\":\"epoch\",\"epoch\":2,\"epochs\":4,\"rate\":0.1,\"loss\":0.75,\"accuracy\":0.625}\n";

static void
test_log (void)
{
  /* In pieces of any length the same comes out. */
  for (size_t piece = 1; piece < sizeof text; piece = piece * 3 + 1)
    {
      g_autoptr (SwRunLog) log = sw_run_log_new (NULL);
      for (size_t at = 0; at < sizeof text - 1; at += piece)
        sw_run_log_feed (log, text + at, MIN (piece, sizeof text - 1 - at));
      g_assert_cmpint (log->state, ==, SW_RUN_STARTED);
      g_assert_cmpstr (log->title, ==, "Tetris");
      g_assert_cmpuint (log->points->len, ==, 2);
      const SwRunPoint *points = (const SwRunPoint *) (void *) log->points->data;
      g_assert_cmpfloat (points[0].loss, ==, 1.5);
      g_assert_cmpfloat (points[0].validation_equivariance, ==, 0.02);
      g_assert_cmpfloat (points[1].loss, ==, 0.75);
      g_assert_true (isnan (points[1].validation_loss));
      g_assert_true (sw_run_log_last_validation (log) == &points[0]);
      g_assert_cmpuint (log->n_classes, ==, 2);
      g_assert_cmpuint (log->confusion[2], ==, 2);
      g_assert_cmpuint (log->mistakes->len, ==, 1);
      g_assert_cmpuint (g_array_index (log->mistakes, SwRunMistake, 0).truth, ==, 1);
      g_assert_cmpfloat (log->done, ==, 0.5);
      g_assert_true (isnan (log->remaining));
      g_assert_true (isnan (log->validating));

      static const char end[] = "{\"event\":\"failed\",\"kind\":\"failed\",\"message\":\"disk full\"}\n";
      sw_run_log_feed (log, end, sizeof end - 1);
      g_assert_cmpint (log->state, ==, SW_RUN_FAILED);
      g_assert_cmpstr (log->message, ==, "disk full");
    }
}

/* Whatever stands in the file, nothing breaks. */
static void
test_log_of_noise (void)
{
  g_autoptr (SwRunLog) log = sw_run_log_new (NULL);
  static const char *const lines[] = {
    "{\"event\":\"start\",\"classes\":7,\"epochs\":-4}\n",
    "{\"event\":\"epoch\",\"epoch\":-1}\n",
    "{\"event\":\"epoch\",\"epoch\":99999999999999}\n",
    "{\"event\":\"epoch\",\"epoch\":1,\"loss\":\"x\",\"validation\":{\"confusion\":[[1],[2,3]],\"misjudged\":[1,null,{}]}}\n",
    "{\"event\":\"step\",\"epoch\":2,\"step\":9,\"steps\":0}\n",
    "{\"event\":17}\n",
    "{\"event\":\"failed\"}\n",
  };
  for (size_t i = 0; i < G_N_ELEMENTS (lines); i++)
    sw_run_log_feed (log, lines[i], strlen (lines[i]));
  for (int i = 0; i < 20000; i++)
    {
      char noise[8];
      for (size_t k = 0; k < sizeof noise; k++)
        noise[k] = (char) g_test_rand_int_range (0, 256);
      sw_run_log_feed (log, noise, sizeof noise);
    }
  g_assert_cmpuint (log->points->len, ==, 1);
  g_assert_null (log->confusion);
  g_assert_cmpint (log->state, ==, SW_RUN_FAILED);
}

static void
wait_for (GSubprocess *process)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (g_subprocess_wait (process, NULL, &error));
  g_assert_no_error (error);
}

static SwRunEntry *
only_entry (void)
{
  g_autoptr (GPtrArray) list = sw_runs_list (0);
  g_assert_cmpuint (list->len, ==, 1);
  return sw_run_entry_new (((SwRunEntry *) g_ptr_array_index (list, 0))->path);
}

static void
await_running (const char *path, bool running)
{
  for (int i = 0; i < 1200; i++)
    {
      if (sw_run_is_running (path, NULL) == running)
        return;
      g_usleep (50000);
    }
  g_error ("%s: waited in vain for a process to %s", path, running ? "begin" : "end");
}

/* A process is started, found by its lock, paused, killed, resumed, finished, and its folder is removed. */
static void
test_process (void)
{
  const SwRunSettings settings = { .experiment = "tetris", .engine = SW_ENGINE_BANDLIMITED, .preset = "published", .epochs = 400,
                                   .validate_every = 1, .n_validation = 2, .size = 16, .seed = 3, .threads = 1 };
  g_autofree char *path = NULL, *weights = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = sw_run_start (&settings, " ../my run", &path, &error);

  g_assert_no_error (error);
  g_test_message ("%s", path);
  await_running (path, true);
  g_autoptr (SwRunLog) log = sw_run_log_new (path);
  for (int i = 0; i < 1200 && log->points->len < 2; i++)
    {
      g_usleep (50000);
      (void) sw_run_log_poll (log, 1 << 20);
    }
  g_assert_cmpuint (log->points->len, >=, 2);
  g_assert_cmpint (log->state, ==, SW_RUN_STARTED);
  g_assert_cmpuint (g_strv_length (log->classes), ==, 8);
  /* Both engines turn the pieces as bodies, so the steerable network's error is small from the beginning. */
  g_assert_true (isfinite (g_array_index (log->points, SwRunPoint, 0).validation_equivariance));
  {
    g_autoptr (SwRunEntry) entry = only_entry ();
    g_assert_true (entry->running);
    g_assert_false (sw_run_entry_is_unfinished (entry));
    g_assert_cmpuint (entry->epochs, ==, 400);
    g_assert_false (sw_run_remove (path, &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
  }

  g_assert_true (sw_run_stop (path));
  wait_for (process);
  {
    g_autoptr (SwRunEntry) entry = only_entry ();
    g_assert_false (entry->running);
    g_assert_true (entry->has_weights);
    g_assert_cmpint (entry->state, ==, SW_RUN_STOPPED);
    g_assert_true (sw_run_entry_is_unfinished (entry));
    g_assert_cmpstr (entry->network, ==, "tetris");
  }
  g_assert_false (sw_run_stop (path));

  /* Killed: it says nothing, and still can be resumed. */
  g_clear_object (&process);
  process = sw_run_resume (path, &error);
  g_assert_no_error (error);
  await_running (path, true);
  g_subprocess_force_exit (process);
  wait_for (process);
  {
    g_autoptr (SwRunEntry) entry = only_entry ();
    g_assert_true (sw_run_entry_is_unfinished (entry));
    g_assert_true (sw_run_keep (path, &error));
    g_autoptr (SwRunEntry) kept = only_entry ();
    g_assert_false (sw_run_entry_is_unfinished (kept));
  }

  weights = sw_run_dup_weights (path);
  g_assert_nonnull (weights);
  g_assert_true (sw_run_remove (path, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* What cannot train says why. */
static void
test_refusal (void)
{
  const SwRunSettings settings = { .experiment = "no such experiment", .seed = 1 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = sw_run_start (&settings, "refused", &path, &error);

  g_assert_no_error (error);
  wait_for (process);
  g_autofree char *reason = sw_run_dup_error (path);
  g_assert_nonnull (reason);
  g_assert_nonnull (strstr (reason, "no such experiment"));
  g_assert_true (sw_run_remove (path, NULL));
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("swivel-runs-XXXXXX", NULL);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    g_setenv ("SWIVEL_CLI", argv[1], TRUE);
  g_test_add_func ("/experiments/run-log/pieces", test_log);
  g_test_add_func ("/experiments/run-log/noise", test_log_of_noise);
  g_test_add_func ("/experiments/run/process", test_process);
  g_test_add_func ("/experiments/run/refusal", test_refusal);
  const int result = g_test_run ();
  g_autofree char *runs = sw_runs_dup_folder ();
  g_autofree char *swivel = g_path_get_dirname (runs);
  (void) g_rmdir (runs);
  (void) g_rmdir (swivel);
  (void) g_rmdir (folder);
  return result;
}
