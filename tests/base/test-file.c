/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"

static char *folder;

static unsigned
count_files (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  unsigned n = 0;
  while (g_dir_read_name (dir) != NULL)
    n++;
  g_dir_close (dir);
  return n;
}

static void
test_round_trip (void)
{
  g_autofree char *path = g_build_filename (folder, "round", NULL);
  unsigned char *data;
  size_t size;
  SwError error;
  struct stat info;
  g_assert_cmpint (sw_file_write (path, "one\0two", 7, &error), ==, SW_OK);
  g_assert_cmpint (sw_file_read (path, 100, &data, &size, &error), ==, SW_OK);
  g_assert_cmpmem (data, size, "one\0two", 7);
  g_assert_cmpuint (data[7], ==, 0);
  sw_free (data);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0600, ==, 0600);
  g_remove (path);
  g_assert_cmpuint (count_files (), ==, 0);
}

static void
test_refused (void)
{
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autofree char *large = g_build_filename (folder, "large", NULL);
  unsigned char *data = NULL;
  size_t size;
  SwError error = { 0 };
  g_assert_cmpint (sw_file_read (missing, 100, &data, &size, &error), ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, missing));
  g_assert_cmpint (sw_file_read (folder, 100, &data, &size, &error), ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, "folder"));
  g_assert_cmpint (sw_file_read ("/dev/zero", 100, &data, &size, &error), ==, SW_ERROR_IO);
  g_assert_cmpint (sw_file_write (large, "0123456789", 10, &error), ==, SW_OK);
  g_assert_cmpint (sw_file_read (large, 9, &data, &size, &error), ==, SW_ERROR_INVALID);
  g_assert_null (data);
  g_remove (large);
}

/* The old file survives when the new one cannot be finished; nothing is left behind. */
static void
test_full_disk (void)
{
  g_autofree char *path = g_build_filename (folder, "kept", NULL);
  g_autofree char *block = g_malloc0 (1 << 16);
  const struct rlimit small = { 4096, RLIM_INFINITY };
  struct rlimit before;
  unsigned char *data;
  size_t size;
  SwStatus status;
  SwError error = { 0 };

  g_assert_cmpint (sw_file_write (path, "old", 3, &error), ==, SW_OK);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  status = sw_file_write (path, block, 1 << 16, &error);
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_cmpint (status, ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, path));
  g_assert_cmpint (sw_file_read (path, 100, &data, &size, &error), ==, SW_OK);
  g_assert_cmpmem (data, size, "old", 3);
  sw_free (data);
  g_assert_cmpuint (count_files (), ==, 1);
  g_remove (path);
}

static void
test_abort (void)
{
  g_autofree char *path = g_build_filename (folder, "never", NULL);
  SwFileWriter *writer;
  SwError error;
  g_assert_cmpint (sw_file_writer_new (path, &writer, &error), ==, SW_OK);
  fputs ("half", sw_file_writer_stream (writer));
  sw_file_writer_abort (writer);
  sw_file_writer_abort (NULL);
  g_assert_cmpuint (count_files (), ==, 0);
}

static void
test_no_folder (void)
{
  g_autofree char *path = g_build_filename (folder, "no", "such", NULL);
  SwError error = { 0 };
  g_assert_cmpint (sw_file_write (path, "x", 1, &error), ==, SW_ERROR_IO);
  g_assert_nonnull (strstr (error.text, path));
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-file-XXXXXX", NULL);
  g_test_add_func ("/base/file/round-trip", test_round_trip);
  g_test_add_func ("/base/file/refused", test_refused);
  g_test_add_func ("/base/file/full-disk", test_full_disk);
  g_test_add_func ("/base/file/abort", test_abort);
  g_test_add_func ("/base/file/no-folder", test_no_folder);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
