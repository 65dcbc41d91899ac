/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One process at a time in a run folder; its table of epochs can be taken back. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tiny.h"
#include "train/run-folder.h"

/* Status of an attempt of another process; its message goes to text. */
static SwStatus
open_elsewhere (const char *path, char *text, size_t size)
{
  int ends[2], result;
  pid_t child;
  ssize_t n;
  g_assert_cmpint (pipe (ends), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      SwRunFolder *folder = NULL;
      SwError error = { 0 };
      const SwStatus status = sw_run_folder_open (path, &folder, &error);
      if (write (ends[1], error.text, strlen (error.text) + 1) < 0)
        _exit (99);
      _exit ((int) status);
    }
  close (ends[1]);
  n = read (ends[0], text, size - 1);
  text[n > 0 ? n : 0] = '\0';
  close (ends[0]);
  g_assert_cmpint (waitpid (child, &result, 0), ==, child);
  g_assert_true (WIFEXITED (result));
  return (SwStatus) WEXITSTATUS (result);
}

static void
test_lock (void)
{
  g_autofree char *parent = tiny_folder_new ();
  g_autofree char *path = g_build_filename (parent, "run", NULL);
  g_autofree char *own = g_strdup_printf ("(%ld)", (long) getpid ());
  SwRunFolder *folder;
  SwError error = { 0 };
  char text[1100];
  g_assert_cmpint (sw_run_folder_open (path, &folder, &error), ==, SW_OK);
  g_assert_cmpint (open_elsewhere (path, text, sizeof text), ==, SW_ERROR_INVALID);
  g_assert_nonnull (strstr (text, path));
  g_assert_nonnull (strstr (text, own));
  sw_run_folder_close (folder);
  /* Free again, also after a process that ended without closing. */
  g_assert_cmpint (open_elsewhere (path, text, sizeof text), ==, SW_OK);
  g_assert_cmpint (sw_run_folder_open (path, &folder, &error), ==, SW_OK);
  sw_run_folder_close (folder);
  sw_run_folder_close (NULL);
  tiny_folder_remove (path);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
}

static void
test_refused (void)
{
  g_autofree char *parent = tiny_folder_new ();
  g_autofree char *file = g_build_filename (parent, "file", NULL);
  g_autofree char *deep = g_build_filename (parent, "missing", "run", NULL);
  SwRunFolder *folder = NULL;
  SwError error = { 0 };
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_cmpint (sw_run_folder_open (file, &folder, &error), ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, file));
  g_assert_cmpint (sw_run_folder_open (deep, &folder, &error), ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, deep));
  g_assert_null (folder);
  tiny_folder_remove (parent);
}

static void
check_table (const char *path, const char *expected)
{
  g_autofree char *file = g_build_filename (path, "t.csv", NULL), *text = NULL;
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_table (void)
{
  g_autofree char *path = tiny_folder_new ();
  g_autofree char *file = g_build_filename (path, "t.csv", NULL);
  SwRunFolder *folder;
  SwError error = { 0 };
  g_assert_cmpint (sw_run_folder_open (path, &folder, &error), ==, SW_OK);
  g_assert_cmpint (sw_run_folder_truncate (folder, "t.csv", 3, &error), ==, SW_OK); /* none yet */
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_assert_cmpint (sw_run_folder_append (folder, "t.csv", "a,b", "1,2", &error), ==, SW_OK);
  g_assert_cmpint (sw_run_folder_append (folder, "t.csv", "a,b", "3,4", &error), ==, SW_OK);
  g_assert_cmpint (sw_run_folder_append (folder, "t.csv", "a,b", "5,6", &error), ==, SW_OK);
  check_table (path, "a,b\n1,2\n3,4\n5,6\n");
  g_assert_cmpint (sw_run_folder_truncate (folder, "t.csv", 5, &error), ==, SW_OK);
  check_table (path, "a,b\n1,2\n3,4\n5,6\n");
  g_assert_cmpint (sw_run_folder_truncate (folder, "t.csv", 2, &error), ==, SW_OK);
  check_table (path, "a,b\n1,2\n3,4\n");
  /* A line that was being written when the process died. */
  g_assert_true (g_file_set_contents (file, "a,b\n1,2\n3,", -1, NULL));
  g_assert_cmpint (sw_run_folder_truncate (folder, "t.csv", 2, &error), ==, SW_OK);
  check_table (path, "a,b\n1,2\n");
  g_assert_cmpint (sw_run_folder_truncate (folder, "t.csv", 0, &error), ==, SW_OK);
  check_table (path, "a,b\n");
  g_assert_cmpint (sw_run_folder_append (folder, "t.csv", "a,b", "7,8", &error), ==, SW_OK);
  check_table (path, "a,b\n7,8\n");
  sw_run_folder_close (folder);
  tiny_folder_remove (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/run-folder/lock", test_lock);
  g_test_add_func ("/train/run-folder/refused", test_refused);
  g_test_add_func ("/train/run-folder/table", test_table);
  return g_test_run ();
}
