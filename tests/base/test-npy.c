/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/npy.h"

static char *folder;

/* A version 1 file: dictionary, then data. */
static SwStatus
parse (const char *dictionary, const void *data, size_t size, SwNpy *ret, SwError *error)
{
  const size_t n = strlen (dictionary);
  g_autofree unsigned char *bytes = g_malloc (10 + n + size);
  memcpy (bytes, "\x93NUMPY\x01\x00", 8);
  bytes[8] = (unsigned char) (n & 255);
  bytes[9] = (unsigned char) (n >> 8);
  memcpy (bytes + 10, dictionary, n);
  memcpy (bytes + 10 + n, data, size);
  return sw_npy_parse (bytes, 10 + n + size, "a.npy", ret, error);
}

static void
test_types (void)
{
  const double doubles[2] = { 1.5, -2 };
  const unsigned char big[4] = { 0, 0, 1, 2 };
  const signed char small[3] = { -1, 2, 3 };
  SwNpy array = { 0 };
  SwError error = { 0 };
  g_assert_cmpint (parse ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n", doubles, 16, &array, &error), ==, SW_OK);
  g_assert_cmpfloat (sw_npy_get (&array, 1), ==, -2);
  sw_npy_clear (&array);
  g_assert_cmpint (parse ("{'descr': '>i4', 'fortran_order': False, 'shape': (), }\n", big, 4, &array, &error), ==, SW_OK);
  g_assert_cmpuint (array.n_items, ==, 1);
  g_assert_cmpfloat (sw_npy_get (&array, 0), ==, 258);
  sw_npy_clear (&array);
  g_assert_cmpint (parse ("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }\n", small, 3, &array, &error), ==, SW_OK);
  g_assert_cmpfloat (sw_npy_get (&array, 0), ==, -1);
  sw_npy_clear (&array);
}

/* Fortran order [2][3] of 1..6 is, in C order, 1 3 5 / 2 4 6. */
static void
test_fortran (void)
{
  const float data[6] = { 1, 2, 3, 4, 5, 6 };
  const float expected[6] = { 1, 3, 5, 2, 4, 6 };
  SwNpy array = { 0 };
  SwError error = { 0 };
  g_assert_cmpint (parse ("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", data, 24, &array, &error), ==, SW_OK);
  for (size_t i = 0; i < 6; i++)
    g_assert_cmpfloat (sw_npy_get (&array, i), ==, (double) expected[i]);
  sw_npy_clear (&array);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *dictionary, *message;
  } cases[] = {
    { "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "unpickled" },
    { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "record" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (9,), }\n", "cut off" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", "shape" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }\n", "large" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, }\n", "shape" },
    { "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", "not supported" },
    { "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }\n", "damaged" },
    { "nothing\n", "damaged" },
  };
  const float data[2] = { 0 };
  SwNpy array = { 0 };
  SwError error = { 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpint (parse (cases[i].dictionary, data, sizeof data, &array, &error), !=, SW_OK);
      g_test_message ("%s", error.text);
      g_assert_true (g_str_has_prefix (error.text, "a.npy: "));
      g_assert_nonnull (strstr (error.text, cases[i].message));
      g_assert_null (array.data);
    }
  g_assert_cmpint (sw_npy_parse ((const unsigned char *) "\x93NUMPY\x01\x00\xff\xff{", 11, "a.npy", &array, &error), !=, SW_OK);
  g_assert_cmpint (sw_npy_parse ((const unsigned char *) "", 0, "a.npy", &array, &error), !=, SW_OK);
}

static void
test_archive (void)
{
  g_autofree char *path = g_build_filename (folder, "a.npz", NULL);
  const float values[6] = { 0, 1, 2, 3, 4, 5 };
  const size_t shape[2] = { 2, 3 };
  const SwNpzEntry entries[2]
      = { { "first", sw_npy_view_float (values, 2, shape) }, { "second", sw_npy_view_float (values, 1, shape) } };
  SwNpz *npz;
  SwNpy array = { 0 };
  SwError error = { 0 };
  g_assert_cmpint (sw_npz_write (path, entries, 2, &error), ==, SW_OK);
  g_assert_cmpint (sw_npz_open (path, 1 << 20, &npz, &error), ==, SW_OK);
  g_assert_cmpuint (sw_npz_n_entries (npz), ==, 2);
  g_assert_cmpstr (sw_npz_name (npz, 0), ==, "first");
  g_assert_cmpint (sw_npz_read (npz, "first", &array, &error), ==, SW_OK);
  g_assert_cmpuint (array.n_dims, ==, 2);
  g_assert_cmpuint (array.shape[1], ==, 3);
  g_assert_cmpmem (array.data, array.n_items * 4, values, sizeof values);
  sw_npy_clear (&array);
  g_assert_cmpint (sw_npz_read (npz, "third", &array, &error), ==, SW_ERROR_NOT_FOUND);
  sw_npz_free (npz);

  /* What would unpack to more than is allowed is refused before it is unpacked. */
  g_assert_cmpint (sw_npz_open (path, 100, &npz, &error), ==, SW_OK);
  g_assert_cmpint (sw_npz_read (npz, "first", &array, &error), ==, SW_ERROR_INVALID);
  sw_npz_free (npz);
  g_assert_true (g_file_set_contents (path, "PK no archive", -1, NULL));
  g_assert_cmpint (sw_npz_open (path, 100, &npz, &error), !=, SW_OK);
  g_assert_nonnull (strstr (error.text, path));
  g_remove (path);
}

static void
test_file (void)
{
  g_autofree char *path = g_build_filename (folder, "a.npy", NULL);
  const float values[3] = { 1, 2, 3 };
  const size_t shape[1] = { 3 };
  const SwNpy out = sw_npy_view_float (values, 1, shape);
  SwNpy in = { 0 };
  SwError error = { 0 };
  g_assert_cmpint (sw_npy_write (path, &out, &error), ==, SW_OK);
  g_assert_cmpint (sw_npy_read (path, &in, &error), ==, SW_OK);
  g_assert_cmpmem (in.data, 12, values, 12);
  sw_npy_clear (&in);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-npy-XXXXXX", NULL);
  g_test_add_func ("/base/npy/types", test_types);
  g_test_add_func ("/base/npy/fortran", test_fortran);
  g_test_add_func ("/base/npy/refused", test_refused);
  g_test_add_func ("/base/npy/file", test_file);
  g_test_add_func ("/base/npy/archive", test_archive);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
