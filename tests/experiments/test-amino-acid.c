/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residues as samples: parts by fold, labels, what is missing, natural and balanced draws, the same sample turned; no superfamily in
 * two parts of the real table, where it is. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "experiments/amino-acid.h"
#include "experiments/cath-table.h"
#include "experiments/cath.h"
#include "experiments/training.h"

static char *folder;

static char *
write_table (const char *name, size_t n_missing)
{
  static const struct
  {
    const char *file;
    int fold;
  } rows[] = { { "1f4p.pdb.gz", 0 }, { "1tim.pdb.gz", 1 }, { "1crn.pdb.gz", 2 }, { "1cbs.cif.gz", 3 }, { "1ema.cif.gz", 0 } };
  g_autoptr (GString) text = g_string_new ("domain\tcath\tfold\tfile\n");
  char *path = g_build_filename (folder, name, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (text, "d%zu\t1.1.1.%zu\t%d\t%s/examples/%s\n", i, i, rows[i].fold, g_getenv ("SW_DATADIR"), rows[i].file);
  for (size_t i = 0; i < n_missing; i++)
    g_string_append_printf (text, "m%zu\t9.9.9.%zu\t0\tnowhere-%zu.pdb\n", i, i, i);
  g_assert_true (g_file_set_contents (path, text->str, -1, NULL));
  return path;
}

static SwNetwork *
read_network (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/networks/%s.json", g_getenv ("SW_DATADIR"), name);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  if (sw_network_read (path, &network, &error) != SW_OK)
    g_error ("%s", error.text);
  return network;
}

static SwDataset
open_table (const SwExperiment *experiment, const char *path, const SwNetwork *network)
{
  const SwRunOptions options = { 0 };
  g_autoptr (GError) error = NULL;
  SwDataset dataset = { 0 };
  if (!experiment->open (path, network, &options, 1, 0, &dataset, &error))
    g_error ("%s", error->message);
  return dataset;
}

static size_t
sample (const SwDataset *dataset, SwDataPart part, size_t index, uint64_t seed, const double *turn, real *input)
{
  SwError error = { 0 };
  SwRandom random;
  size_t label = 99;
  sw_random_init (&random, seed);
  const SwStatus status = dataset->sample (dataset->data, part, index, 12, turn, &random, input, &label, &error);
  if (status != SW_OK)
    g_error ("%s", error.text);
  return label;
}

static void
test_parts (void)
{
  g_autofree char *path = write_table ("parts.tsv", 1);
  g_autofree real *a = g_new (real, 16 * 1728), *b = g_new (real, 16 * 1728);
  SwNetwork *network = read_network ("amino-acid");
  size_t seen[20] = { 0 };
  g_test_expect_message (NULL, G_LOG_LEVEL_MESSAGE, "*nowhere-0.pdb: is missing*");
  SwDataset dataset = open_table (&sw_experiment_amino_acid, path, network);
  g_test_assert_expected_messages ();
  /* folds 0 to 3: the last validates, the one before tests, as for CATH; 1crn has 46 residues */
  g_assert_cmpuint (dataset.n_test, ==, 46);
  g_assert_cmpuint (dataset.n_validation, ==, 137);
  g_assert_cmpuint (dataset.n_train, >, 600);
  for (size_t i = 0; i < 46; i++)
    seen[sample (&dataset, SW_PART_TEST, i, i, NULL, a)]++;
  g_assert_cmpuint (seen[4], ==, 6); /* crambin: six cysteines, five alanines, no tryptophan */
  g_assert_cmpuint (seen[0], ==, 5);
  g_assert_cmpuint (seen[17], ==, 0);
  /* The same seed, the same sample; another, another; and turned by nothing it is itself. */
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  sample (&dataset, SW_PART_TRAIN, 3, 7, NULL, a);
  sample (&dataset, SW_PART_TRAIN, 3, 7, NULL, b);
  g_assert_cmpmem (a, 16 * 1728 * sizeof (real), b, 16 * 1728 * sizeof (real));
  sample (&dataset, SW_PART_TRAIN, 3, 8, NULL, b);
  g_assert_cmpint (memcmp (a, b, 16 * 1728 * sizeof (real)), !=, 0);
  sample (&dataset, SW_PART_TRAIN, 3, 7, identity, b);
  for (size_t i = 0; i < 16 * 1728; i++)
    g_assert_cmpfloat (fabs ((double) a[i] - (double) b[i]), <, 1e-4);
  sw_experiment_amino_acid.close (&dataset);
  sw_network_unref (network);
}

static void
test_balanced (void)
{
  g_autofree char *path = write_table ("balanced.tsv", 0);
  g_autofree real *input = g_new (real, 16 * 1728);
  SwNetwork *network = read_network ("amino-acid");
  SwDataset natural = open_table (&sw_experiment_amino_acid, path, network);
  SwDataset balanced = open_table (&sw_experiment_amino_acid_balanced, path, network);
  size_t n = 2000, tryptophans[2] = { 0 };
  for (size_t i = 0; i < n; i++)
    {
      tryptophans[0] += sample (&natural, SW_PART_TRAIN, i % natural.n_train, i, NULL, input) == 17;
      tryptophans[1] += sample (&balanced, SW_PART_TRAIN, i % balanced.n_train, i, NULL, input) == 17;
    }
  g_test_message ("tryptophans of %zu: %zu natural, %zu balanced", n, tryptophans[0], tryptophans[1]);
  g_assert_cmpuint (tryptophans[0], <, n / 40);
  g_assert_cmpuint (tryptophans[1], >, n / 27);
  g_assert_cmpuint (tryptophans[1], <, n / 14);
  sw_experiment_amino_acid.close (&natural);
  sw_experiment_amino_acid_balanced.close (&balanced);
  sw_network_unref (network);
}

static void
test_refused (void)
{
  const SwRunOptions options = { 0 };
  g_autofree char *path = write_table ("missing.tsv", 4);
  g_autoptr (GError) error = NULL;
  SwNetwork *network = read_network ("amino-acid"), *other = read_network ("cath");
  SwDataset dataset = { 0 };
  g_assert_false (sw_experiment_amino_acid.open (path, network, &options, 1, 0, &dataset, &error));
  g_assert_nonnull (strstr (error->message, "4 of its 9 files"));
  g_clear_error (&error);
  g_assert_false (sw_experiment_amino_acid.open (NULL, network, &options, 1, 0, &dataset, &error));
  g_clear_error (&error);
  g_assert_false (sw_experiment_amino_acid.open (path, other, &options, 1, 0, &dataset, &error));
  g_assert_nonnull (strstr (error->message, "cath"));
  sw_network_unref (network);
  sw_network_unref (other);
}

/* The table that the shipped weights were trained with: homologues are in one part only. */
static void
test_leakage (void)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  g_autofree char *path = g_strdup_printf ("%s/labels/cath_domains.tsv", shared != NULL ? shared : "");
  g_autoptr (GHashTable) part_of = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) rows = NULL;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("no shared data: SW_SHARED_DATA names no folder with labels/cath_domains.tsv");
      return;
    }
  rows = sw_cath_table_read (path, false, NULL);
  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++)
    {
      const SwCathRow *row = rows->pdata[i];
      const gpointer part = GINT_TO_POINTER (1 + (int) sw_cath_part_of_split (row->fold, 8));
      const gpointer before = g_hash_table_lookup (part_of, row->code);
      g_assert_true (before == NULL || before == part);
      g_assert_cmpuint (row->fold, <, 8);
      g_hash_table_insert (part_of, row->code, part);
    }
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-amino-acid-XXXXXX", NULL);
  g_test_add_func ("/experiments/amino-acid/parts", test_parts);
  g_test_add_func ("/experiments/amino-acid/balanced", test_balanced);
  g_test_add_func ("/experiments/amino-acid/refused", test_refused);
  g_test_add_func ("/experiments/amino-acid/leakage", test_leakage);
  result = g_test_run ();
  for (const char *const *name = (const char *const[]){ "parts.tsv", "balanced.tsv", "missing.tsv", NULL }; *name != NULL; name++)
    {
      g_autofree char *path = g_build_filename (folder, *name, NULL);
      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
  return result;
}
