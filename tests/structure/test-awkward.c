/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every awkward file opens or is refused, as awkward.tsv says; the table was compared with the data's own index, column
 * `expect`, line by line. */
#include <locale.h>
#include <string.h>

#include <glib.h>

#include "base/timer.h"
#include "structure/format-table.h"
#include "structure/structure.h"

static char *data;

static void
check_loaded (const char *path, const char *file, char **fields)
{
  g_autoptr (GError) error = NULL;
  const double start = sw_timer_now ();
  g_autoptr (SwStructure) structure = sw_structure_load (path, NULL, NULL, &error);
  g_autofree char *counts = NULL;
  g_assert_no_error (error);
  g_assert_nonnull (structure);
  counts = g_strdup_printf ("%zu %zu %zu", structure->n_chains, structure->n_ca, structure->n_nucleotides);
  if (structure->n_atoms != g_ascii_strtoull (fields[2], NULL, 10) || strcmp (counts, fields[3]) != 0)
    g_error ("%s: %zu atoms, %s; expected %s, %s", file, structure->n_atoms, counts, fields[2], fields[3]);
  g_assert_cmpuint (structure->report.n_items, >=, 2);
  for (size_t i = 0; i < structure->report.n_items; i++)
    {
      g_assert_true (g_utf8_validate (structure->report.items[i].text, -1, NULL));
      g_assert_cmpstr (structure->report.items[i].text, !=, "");
    }
  for (size_t i = 0; i < structure->n_bonds; i++)
    {
      g_assert_cmpuint (structure->bonds[i][0], <, structure->bonds[i][1]);
      g_assert_cmpuint (structure->bonds[i][1], <, structure->n_atoms);
    }
  for (size_t a = 0; a < structure->n_atoms; a++)
    {
      const SwResidue *residue = &structure->residues[structure->residue_of[a]];
      g_assert_cmpuint (a, >=, residue->atom_first);
      g_assert_cmpuint (a, <, residue->atom_first + residue->n_atoms);
      g_assert_cmpuint (residue->chain, <, structure->n_chains);
    }
  if (g_str_has_prefix (file, "large/"))
    g_test_message ("%s: %zu atoms, %.2f s", file, structure->n_atoms, sw_timer_now () - start);
}

static void
check_refused (const char *path, const char *file, char **fields)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwStructure) structure = sw_structure_load (path, NULL, NULL, &error);
  const char *said;
  if (structure != NULL)
    g_error ("%s was opened", file);
  g_assert_error (error, SW_STRUCTURE_ERROR, (int) g_ascii_strtoll (fields[2], NULL, 10));
  said = strstr (error->message, file);
  g_assert_nonnull (said);
  g_assert_cmpstr (said + strlen (file), ==, fields[3]);
}

static void
test_table (void)
{
  g_autofree char *table = g_build_filename (g_getenv ("SW_SOURCE_ROOT"), "tests", "structure", "awkward.tsv", NULL);
  g_autofree char *index_path = g_build_filename (data, "index.tsv", NULL);
  g_autofree char *text = NULL;
  g_autofree char *index = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) entries = NULL;
  size_t n_loaded = 0, n_refused = 0;

  g_assert_true (g_file_get_contents (table, &text, NULL, NULL));
  g_assert_true (g_file_get_contents (index_path, &index, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (size_t i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = NULL;
      g_autofree char *path = NULL;
      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      fields = g_strsplit (lines[i], "\t", 4);
      g_assert_cmpuint (g_strv_length (fields), ==, 4);
      path = g_build_filename (data, fields[0], NULL);
      if (strcmp (fields[1], "load") == 0)
        {
          check_loaded (path, fields[0], fields);
          n_loaded++;
        }
      else
        {
          check_refused (path, fields[0], fields);
          n_refused++;
        }
      g_hash_table_add (seen, g_strdup (fields[0]));
    }
  g_test_message ("%zu files open, %zu are refused", n_loaded, n_refused);
  entries = g_strsplit (index, "\n", -1);
  for (size_t i = 1; entries[i] != NULL && entries[i][0] != '\0'; i++)
    {
      g_autofree char *file = g_strndup (entries[i], strcspn (entries[i], "\t"));
      if (!g_hash_table_contains (seen, file))
        g_error ("%s is not in awkward.tsv", file);
    }
}

/* The readers' answer and the table of formats agree on every file, read only at its beginning. */
static void
test_sniff (void)
{
  static const struct
  {
    const char *file, *id;
  } cases[] = {
    { "generated/cif_named.pdb", "mmcif" },      { "generated/pdb_named.cif", "pdb" },
    { "generated/gz_without_gz_suffix.pdb", "pdb" }, { "generated/utf8_bom.pdb", "pdb" },
    { "generated/very_long_line.pdb", "pdb" },   { "other_format/1aki.bcif", "bcif" },
    { "other_format/1crn.mmtf", "mmtf" },        { "other_format/1crn.gro", "gro" },
    { "other_format/5e5z.mtz", "mtz" },          { "compressed/4lzt.pdb.bz2", "packed" },
    { "generated/random_bytes.pdb", NULL },      { "large/1xnr.cif.gz", "mmcif" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (data, cases[i].file, NULL);
      const SwFormat *format = sw_format_sniff_file (path, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (format != NULL ? format->id : NULL, ==, cases[i].id);
    }
}

int
main (int argc, char **argv)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  int result;
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  data = g_build_filename (shared != NULL ? shared : "", "awkward", NULL);
  if (g_file_test (data, G_FILE_TEST_IS_DIR))
    {
      g_test_add_func ("/structure/awkward/table", test_table);
      g_test_add_func ("/structure/awkward/sniff", test_sniff);
    }
  else
    g_test_message ("no shared data at %s: the awkward files are not tested", data);
  result = g_test_run ();
  g_free (data);
  return result;
}
