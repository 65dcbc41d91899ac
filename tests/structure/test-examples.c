/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled structures: all open without a warning about damage, all are listed, and the made ones are what they say. */
#include <math.h>
#include <string.h>

#include <glib.h>
#include <jansson.h>

#include "structure/structure.h"

static char *folder;

static SwStructure *
load (const char *file)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autoptr (GError) error = NULL;
  SwStructure *structure = sw_structure_load (path, NULL, NULL, &error);
  g_assert_no_error (error);
  return structure;
}

static void
test_index (void)
{
  g_autofree char *path = g_build_filename (folder, "index.json", NULL);
  g_autoptr (GHashTable) listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  json_t *root = json_load_file (path, 0, NULL), *item;
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;
  size_t i;
  g_assert_nonnull (root);
  json_array_foreach (json_object_get (root, "examples"), i, item)
    {
      const char *file = json_string_value (json_object_get (item, "file"));
      g_autoptr (SwStructure) s = load (file);
      g_assert_cmpuint (strlen (json_string_value (json_object_get (item, "title"))), >, 5);
      g_assert_cmpuint (strlen (json_string_value (json_object_get (item, "description"))), >, 20);
      g_assert_cmpstr (s->title, !=, "");
      for (size_t k = 0; k < s->report.n_items; k++)
        if (s->report.items[k].level == SW_REPORT_WARNING)
          g_assert_cmpstr (s->report.items[k].code, ==, "no-protein");
      g_hash_table_add (listed, g_strdup (file));
    }
  g_assert_cmpuint (i, >=, 8);
  g_assert_true (g_hash_table_contains (listed, json_string_value (json_object_get (root, "default"))));
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".pdb") || g_str_has_suffix (name, ".gz"))
      g_assert_true (g_hash_table_contains (listed, name));
  g_dir_close (dir);
  json_decref (root);
}

static void
test_made (void)
{
  g_autoptr (SwStructure) helix = load ("ideal-helix.pdb");
  g_autoptr (SwStructure) strand = load ("ideal-strand.pdb");
  g_autoptr (SwStructure) left = load ("chiral-left.pdb");
  g_autoptr (SwStructure) right = load ("chiral-right.pdb");
  for (size_t r = 2; r + 2 < helix->n_residues; r++)
    g_assert_cmpint (helix->residues[r].secondary, ==, SW_SECONDARY_HELIX);
  for (size_t r = 2; r + 2 < strand->n_residues; r++)
    g_assert_cmpint (strand->residues[r].secondary, ==, SW_SECONDARY_STRAND);
  /* A chain without breaks and clashes: 4 bonds in a residue and 1 to the next. */
  g_assert_cmpuint (helix->n_bonds, ==, 20 * 5 - 1);
  for (size_t a = 0; a < 4; a++)
    g_assert_cmpfloat (fabs (left->positions[a][2] + right->positions[a][2]), <, 1e-9);
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_build_filename (g_getenv ("SW_DATADIR"), "examples", NULL);
  g_test_add_func ("/structure/examples/index", test_index);
  g_test_add_func ("/structure/examples/made", test_made);
  result = g_test_run ();
  g_free (folder);
  return result;
}
