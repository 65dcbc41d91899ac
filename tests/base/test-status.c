/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "base/status.h"

static void
test_set (void)
{
  SwError error = { 0 };
  g_assert_cmpint (sw_error_set (&error, SW_ERROR_FORMAT, "line %d", 3), ==, SW_ERROR_FORMAT);
  g_assert_cmpint (error.code, ==, SW_ERROR_FORMAT);
  g_assert_cmpstr (error.text, ==, "line 3");
  g_assert_cmpint (sw_error_set (NULL, SW_ERROR_IO, "nobody listens"), ==, SW_ERROR_IO);
}

static void
test_prefix (void)
{
  SwError error = { 0 };
  char name[2000];
  sw_error_set (&error, SW_ERROR_IO, "no such file");
  sw_error_prefix (&error, SW_ERROR_NOT_FOUND, "weights of %s", "tetris");
  g_assert_cmpint (error.code, ==, SW_ERROR_NOT_FOUND);
  g_assert_cmpstr (error.text, ==, "weights of tetris: no such file");

  /* A text that does not fit is cut, and still a string. */
  memset (name, 'a', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  sw_error_prefix (&error, SW_ERROR_IO, "%s", name);
  g_assert_cmpuint (strlen (error.text), ==, sizeof error.text - 1);
}

static void
test_texts (void)
{
  for (int status = SW_OK; status <= SW_ERROR_NUMERIC; status++)
    g_assert_cmpstr (sw_status_text ((SwStatus) status), !=, "unknown error");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/status/set", test_set);
  g_test_add_func ("/base/status/prefix", test_prefix);
  g_test_add_func ("/base/status/texts", test_texts);
  return g_test_run ();
}
