/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled domains: archives in the published layout with every type, what is wrong with them, tables of structure files, parts,
 * and a network that learns helices from strands. The real sets where they are. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <zip.h>

#include "base/npy.h"
#include "experiments/cath-data.h"
#include "experiments/cath.h"
#include "experiments/study.h"
#include "experiments/training.h"
#include "voxel/trace.h"

#define N_DOMAINS 48
#define MOST 30
#define N_SPLITS 4

/* What an archive holds, in the types that are written; changed by a test before it is written. */
typedef struct
{
  int64_t n_atoms[N_DOMAINS];
  int32_t n_atoms_32[N_DOMAINS];
  double positions[N_DOMAINS][MOST][3];
  float positions_32[N_DOMAINS][MOST][3];
  char types[N_DOMAINS][MOST][10];
  double residues[N_DOMAINS][MOST];
  int64_t labels[N_DOMAINS][2];
  int64_t splits[10];
  char ids[N_DOMAINS][7];
} Data;

static char *folder;

/* Helices of class 1.10, strands of class 2.40. */
static Data *
make_data (void)
{
  Data *d = g_new0 (Data, 1);
  for (int i = 0; i < N_DOMAINS; i++)
    {
      const int strand = i % 2;
      double mean[3] = { 0 };
      d->n_atoms[i] = d->n_atoms_32[i] = 20 + i % 10;
      for (int a = 0; a < d->n_atoms[i]; a++)
        {
          const double turn = (strand ? 175.0 : 100.0) * M_PI / 180 * a + i, radius = strand ? 0.95 : 2.3;
          /* folded at the middle, so that it fits a small grid */
          const double along = (strand ? 3.3 : 1.5) * (a < 15 ? a : 30 - a);
          d->positions[i][a][0] = radius * cos (turn) + (a < 15 ? 0 : 9);
          d->positions[i][a][1] = radius * sin (turn);
          d->positions[i][a][2] = along;
          g_strlcpy (d->types[i][a], "CA", sizeof d->types[i][a]);
        }
      for (int a = 0; a < MOST; a++)
        d->residues[i][a] = a < d->n_atoms[i] ? a + 1 : -1;
      for (int a = 0; a < d->n_atoms[i]; a++)
        for (int k = 0; k < 3; k++)
          mean[k] += d->positions[i][a][k] / (double) d->n_atoms[i];
      for (int a = 0; a < d->n_atoms[i]; a++)
        for (int k = 0; k < 3; k++)
          {
            d->positions[i][a][k] -= mean[k];
            d->positions_32[i][a][k] = (float) d->positions[i][a][k];
          }
      d->labels[i][0] = strand ? 2 : 1;
      d->labels[i][1] = strand ? 40 : 10;
      memcpy (d->ids[i], "1abcA00", 7);
      d->ids[i][3] = (char) ('a' + i % 26);
    }
  for (int s = 0; s < N_SPLITS; s++)
    d->splits[s] = s * N_DOMAINS / N_SPLITS;
  return d;
}

static SwNpy
array (char kind, size_t item_size, const void *data, size_t n_dims, size_t a, size_t b, size_t c)
{
  SwNpy r = { .kind = kind, .item_size = item_size, .n_dims = n_dims, .shape = { a, b, c }, .data = (unsigned char *) data };
  r.n_items = a * (n_dims > 1 ? b : 1) * (n_dims > 2 ? c : 1);
  return r;
}

enum
{
  E_N_ATOMS,
  E_POSITIONS,
  E_TYPES,
  E_RESIDUES,
  E_LABELS,
  E_SPLITS,
  E_IDS,
  N_E
};

static void
list (const Data *d, SwNpzEntry ret[N_E])
{
  ret[E_N_ATOMS] = (SwNpzEntry){ "n_atoms", array ('i', 8, d->n_atoms, 1, N_DOMAINS, 0, 0) };
  ret[E_POSITIONS] = (SwNpzEntry){ "positions", array ('f', 8, d->positions, 3, N_DOMAINS, MOST, 3) };
  ret[E_TYPES] = (SwNpzEntry){ "atom_types", array ('S', 10, d->types, 2, N_DOMAINS, MOST, 0) };
  ret[E_RESIDUES] = (SwNpzEntry){ "res_indices", array ('f', 8, d->residues, 2, N_DOMAINS, MOST, 0) };
  ret[E_LABELS] = (SwNpzEntry){ "labels", array ('i', 8, d->labels, 2, N_DOMAINS, 2, 0) };
  ret[E_SPLITS] = (SwNpzEntry){ "split_start_indices", array ('i', 8, d->splits, 1, N_SPLITS, 0, 0) };
  ret[E_IDS] = (SwNpzEntry){ "domain_ids", array ('S', 7, d->ids, 1, N_DOMAINS, 0, 0) };
}

static char *
write_entries (const SwNpzEntry *entries, size_t n)
{
  char *path = g_build_filename (folder, "set.npz", NULL);
  SwError error = { 0 };
  g_assert_cmpint (sw_npz_write (path, entries, n, &error), ==, SW_OK);
  return path;
}

static SwNetwork *
make_network (const char *channels, const char *classes, int n_outputs)
{
  const bool trace = strcmp (channels, "trace") == 0;
  g_autofree char *text = g_strdup_printf (
      "{\"format\": \"swivel-network 1\", \"name\": \"small\", \"title\": \"Small\", \"description\": \"\", \"twin\": \"\","
      "\"input\": {\"kind\": \"atoms\", \"channels\": \"%s\", \"fields\": \"%s\", \"size\": 12, \"voxel\": 5, \"sigma\": 0.7},"
      "\"bandlimited\": {\"size\": 12, \"w_max\": 2.2}, %s"
      "\"layers\": [{\"type\": \"gated\", \"name\": \"a\", \"fields\": \"4x0+2x1+1x2\", \"kernel\": 3, \"batchnorm\": {\"momentum\": 0.5}},"
      "{\"type\": \"gated\", \"name\": \"b\", \"fields\": \"8x0\", \"kernel\": 3, \"batchnorm\": {\"momentum\": 0.5}},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": %d}]}",
      channels, trace ? SW_TRACE_FIELDS : "1x0", classes, n_outputs);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  if (sw_network_parse (text, strlen (text), "small", &network, &error) != SW_OK)
    g_error ("%s", error.text);
  return network;
}
#define CLASSES "\"classes\": [\"1 Helices\", \"2 Strands\"],"
#define ARCHITECTURES "\"classes\": [\"2.40 Strands\", \"1.10 Helices\"],"

static void
assert_refused (const char *path, const SwNetwork *network, const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwCathSet) set = sw_cath_set_load (path, network, 0, &error);
  g_assert_null (set);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, word));
}

/* ---- archives ---- */

static void
test_types (void)
{
  g_autofree Data *d = make_data ();
  SwNetwork *network = make_network ("trace", CLASSES, 2);
  for (int narrow = 0; narrow < 2; narrow++)
    {
      SwNpzEntry e[N_E];
      g_autofree char *path = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (SwCathSet) set = NULL;
      list (d, e);
      if (narrow)
        {
          e[E_POSITIONS].array = array ('f', 4, d->positions_32, 3, N_DOMAINS, MOST, 3);
          e[E_N_ATOMS].array = array ('i', 4, d->n_atoms_32, 1, N_DOMAINS, 0, 0);
        }
      /* domain_ids are no part of the published files */
      path = write_entries (e, narrow ? N_E - 1 : N_E);
      set = sw_cath_set_load (path, network, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (set->n_domains, ==, N_DOMAINS);
      g_assert_cmpuint (set->n_splits, ==, N_SPLITS);
      g_assert_cmpuint (set->n_classes, ==, 2);
      g_assert_cmpstr (set->domains[3].name, ==, narrow ? "3" : "1abdA00");
      for (size_t i = 0; i < N_DOMAINS; i++)
        {
          const SwCathDomain *domain = &set->domains[i];
          g_assert_cmpuint (domain->n_atoms, ==, (size_t) d->n_atoms[i]);
          g_assert_cmpuint (domain->class_index, ==, i % 2);
          g_assert_cmpuint (domain->split, ==, i / (N_DOMAINS / N_SPLITS));
          for (size_t a = 0; a < domain->n_atoms; a++)
            for (int k = 0; k < 3; k++)
              g_assert_cmpfloat_with_epsilon (set->positions[domain->first + a][k], d->positions[i][a][k], 1e-5);
        }
    }
  sw_network_unref (network);
}

/* The network's classes decide: their order, their level, and what is left out. */
static void
test_classes (void)
{
  g_autofree Data *d = make_data ();
  SwNetwork *named = make_network ("ca", ARCHITECTURES, 2), *nameless = make_network ("ca", "", 2);
  SwNpzEntry e[N_E];
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SwCathSet) set = NULL, all = NULL;
  d->labels[5][1] = 60;
  list (d, e);
  path = write_entries (e, N_E);
  set = sw_cath_set_load (path, named, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n_domains, ==, N_DOMAINS - 1);
  g_assert_cmpuint (set->n_other_classes, ==, 1);
  g_assert_cmpuint (set->domains[0].class_index, ==, 1);
  all = sw_cath_set_load (path, nameless, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->n_classes, ==, 3);
  g_assert_cmpstr (all->class_names[2], ==, "2.60");
  g_assert_cmpuint (all->domains[5].class_index, ==, 2);
  sw_network_unref (named);
  sw_network_unref (nameless);
}

static void
test_refused (void)
{
  SwNetwork *network = make_network ("trace", CLASSES, 2), *deep = make_network ("ca", ARCHITECTURES, 2);
  static const struct
  {
    int entry;
    SwNpy array; /* data: taken from the sound one */
    const char *word;
  } shapes[] = {
    { E_POSITIONS, { .kind = 'f', .item_size = 8, .n_dims = 3, .shape = { N_DOMAINS, MOST * 3, 1 } }, "positions" },
    { E_POSITIONS, { .kind = 'f', .item_size = 8, .n_dims = 2, .shape = { N_DOMAINS, MOST * 3 } }, "positions" },
    { E_POSITIONS, { .kind = 'i', .item_size = 8, .n_dims = 3, .shape = { N_DOMAINS, MOST, 3 } }, "positions" },
    { E_N_ATOMS, { .kind = 'i', .item_size = 8, .n_dims = 2, .shape = { N_DOMAINS, 1 } }, "n_atoms" },
    { E_N_ATOMS, { .kind = 'S', .item_size = 8, .n_dims = 1, .shape = { N_DOMAINS } }, "n_atoms" },
    { E_LABELS, { .kind = 'i', .item_size = 8, .n_dims = 2, .shape = { N_DOMAINS / 2, 4 } }, "labels" },
    { E_TYPES, { .kind = 'S', .item_size = 10, .n_dims = 1, .shape = { N_DOMAINS * MOST } }, "atom_types" },
    { E_TYPES, { .kind = 'f', .item_size = 8, .n_dims = 2, .shape = { N_DOMAINS, MOST } }, "atom_types" },
    { E_SPLITS, { .kind = 'i', .item_size = 8, .n_dims = 1, .shape = { 2 } }, "split_start_indices" },
    { E_IDS, { .kind = 'S', .item_size = 7, .n_dims = 1, .shape = { N_DOMAINS - 1 } }, "domain_ids" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree Data *d = make_data ();
      SwNpzEntry e[N_E];
      g_autofree char *path = NULL;
      list (d, e);
      SwNpy *one = &e[shapes[i].entry].array;
      unsigned char *data = one->data;
      *one = shapes[i].array;
      one->data = data;
      one->n_items = one->shape[0] * MAX (one->shape[1], 1) * MAX (one->shape[2], 1);
      path = write_entries (e, N_E);
      assert_refused (path, network, shapes[i].word);
    }
  for (int what = 0; what < 8; what++)
    {
      static const char *const words[]
          = { "row 7", "row 7", "row 7", "split_start_indices", "split_start_indices", "not called CA", "not a CATH number",
              "no array" };
      g_autofree Data *d = make_data ();
      SwNpzEntry e[N_E];
      g_autofree char *path = NULL;
      double half[N_DOMAINS][2] = { { 1.5, 10 } };
      list (d, e);
      if (what == 0)
        d->n_atoms[7] = MOST + 1;
      else if (what == 1)
        d->n_atoms[7] = -1;
      else if (what == 2)
        d->positions[7][2][1] = NAN;
      else if (what == 3)
        d->splits[2] = d->splits[1];
      else if (what == 4)
        d->splits[3] = N_DOMAINS;
      else if (what == 5)
        memset (d->types[3], 'N', sizeof d->types[3]);
      else if (what == 6)
        e[E_LABELS].array = array ('f', 8, half, 2, N_DOMAINS, 2, 0);
      path = write_entries (e + (what == 7 ? 1 : 0), N_E - (what == 7 ? 1 : 0));
      assert_refused (path, network, words[what]);
    }
  {
    g_autofree Data *d = make_data ();
    SwNpzEntry e[N_E];
    g_autofree char *path = NULL;
    list (d, e);
    e[E_LABELS].array = array ('i', 8, d->labels, 1, N_DOMAINS, 0, 0);
    path = write_entries (e, N_E);
    assert_refused (path, deep, "levels");
  }
  sw_network_unref (network);
  sw_network_unref (deep);
}

/* Python objects and a header that promises more than 2 GiB, never unpacked. */
static void
test_unsafe (void)
{
  static const char *const heads[2] = { "{'descr': '|O', 'fortran_order': False, 'shape': (48,), }",
                                        "{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 30, 3), }" };
  SwNetwork *network = make_network ("trace", CLASSES, 2);
  for (int i = 0; i < 2; i++)
    {
      g_autofree Data *d = make_data ();
      SwNpzEntry e[N_E];
      g_autofree char *path = NULL;
      unsigned char npy[1024] = "\x93NUMPY\x01\x00";
      zip_t *zip;
      zip_source_t *source;
      list (d, e);
      path = write_entries (e, N_E);
      memset (npy + 10, ' ', 118);
      memcpy (npy + 10, heads[i], strlen (heads[i]));
      npy[8] = 118;
      npy[127] = '\n';
      zip = zip_open (path, 0, NULL);
      g_assert_nonnull (zip);
      source = zip_source_buffer (zip, npy, sizeof npy, 0);
      g_assert_cmpint (zip_file_add (zip, "positions.npy", source, ZIP_FL_OVERWRITE), >=, 0);
      g_assert_cmpint (zip_close (zip), ==, 0);
      {
        g_autoptr (GError) error = NULL;
        g_assert_null (sw_cath_set_load (path, network, 0, &error));
        g_test_message ("%s", error->message);
        g_assert_nonnull (strstr (error->message, "positions"));
        if (i == 0)
          g_assert_nonnull (strstr (error->message, "unpickled"));
      }
    }
  sw_network_unref (network);
}

/* ---- parts ---- */

static void
test_parts (void)
{
  g_assert_cmpint (sw_cath_part_of_split (5, 8), ==, SW_PART_TRAIN);
  g_assert_cmpint (sw_cath_part_of_split (6, 8), ==, SW_PART_TEST);
  g_assert_cmpint (sw_cath_part_of_split (7, 8), ==, SW_PART_VALIDATION);
  /* the published sets */
  g_assert_cmpint (sw_cath_part_of_split (6, 10), ==, SW_PART_TRAIN);
  g_assert_cmpint (sw_cath_part_of_split (7, 10), ==, SW_PART_VALIDATION);
  g_assert_cmpint (sw_cath_part_of_split (8, 10), ==, SW_PART_TEST);
  g_assert_cmpint (sw_cath_part_of_split (9, 10), ==, SW_PART_TEST);
}

static size_t
count_strands (const SwDataset *set, SwDataPart part, size_t n, real *input)
{
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    {
      SwRandom random;
      SwError error = { 0 };
      size_t label;
      sw_random_init (&random, i);
      g_assert_cmpint (set->sample (set->data, part, i, 12, NULL, &random, input, &label, &error), ==, SW_OK);
      count += label;
    }
  return count;
}

static void
test_dataset (void)
{
  const size_t length = SW_TRACE_N_CHANNELS * 12 * 12 * 12;
  g_autofree Data *d = make_data ();
  g_autofree real *a = g_new (real, length), *b = g_new (real, length);
  SwNetwork *network = make_network ("trace", CLASSES, 2);
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  SwNpzEntry e[N_E];
  SwDataset set = { 0 };
  SwRandom random;
  SwError plain = { 0 };
  size_t label;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  list (d, e);
  path = write_entries (e, N_E);
  g_assert_true (sw_experiment_cath_class.open (path, network, &options, 1, 0, &set, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (set.n_train, ==, 24);
  g_assert_cmpuint (set.n_test, ==, 12);
  g_assert_cmpuint (set.n_validation, ==, 12);
  g_assert_cmpuint (count_strands (&set, SW_PART_TEST, 12, a), ==, 6);
  /* any beginning is balanced */
  for (size_t n = 2; n <= 24; n += 2)
    g_assert_cmpuint (count_strands (&set, SW_PART_TRAIN, n, a), ==, n / 2);
  /* as given: the generator plays no part; turned: it does */
  for (int given = 0; given < 2; given++)
    {
      const SwDataPart part = given ? SW_PART_TEST_AS_GIVEN : SW_PART_TEST;
      sw_random_init (&random, 1);
      g_assert_cmpint (set.sample (set.data, part, 3, 12, NULL, &random, a, &label, &plain), ==, SW_OK);
      sw_random_init (&random, 2);
      g_assert_cmpint (set.sample (set.data, part, 3, 12, NULL, &random, b, &label, &plain), ==, SW_OK);
      g_assert_cmpint (memcmp (a, b, length * sizeof *a) == 0, ==, given);
    }
  sw_experiment_cath_class.close (&set);
  g_assert_null (set.data);

  g_assert_false (sw_experiment_cath_class.open (NULL, network, &options, 1, 0, &set, &error));
  g_assert_nonnull (strstr (error->message, "--data"));
  g_clear_error (&error);
  /* a class without members in the validation */
  for (int i = 36; i < N_DOMAINS; i++)
    d->labels[i][0] = 1;
  g_free (path);
  path = write_entries (e, N_E);
  g_assert_false (sw_experiment_cath_class.open (path, network, &options, 1, 0, &set, &error));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "validation"));
  g_assert_nonnull (strstr (error->message, "2 Strands"));
  sw_network_unref (network);
}

/* ---- tables ---- */

static void
write_pdb (const Data *d, int row)
{
  g_autofree char *path = g_strdup_printf ("%s/d%d.pdb", folder, row);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  for (int a = 0; a < d->n_atoms[row]; a++)
    g_string_append_printf (text, "ATOM  %5d  CA  ALA A%4d    %8.3f%8.3f%8.3f  1.00 10.00           C\n", a + 1, a + 1,
                            d->positions[row][a][0] + 5, d->positions[row][a][1], d->positions[row][a][2]);
  g_assert_true (g_file_set_contents (path, text->str, -1, &error));
}

static void
test_table (void)
{
  g_autofree Data *d = make_data ();
  SwNetwork *network = make_network ("trace", ARCHITECTURES, 2);
  g_autofree char *path = g_build_filename (folder, "labels.tsv", NULL), *water = g_build_filename (folder, "water.pdb", NULL);
  g_autoptr (GString) text = g_string_new ("domain\tcath\tfold\tfile\r\n");
  g_autoptr (SwCathSet) set = NULL, some = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 12; i++)
    {
      write_pdb (d, i);
      g_string_append_printf (text, "dom%d\t%s.1.1\t%d\td%d.pdb\n", i, i % 2 ? "2.40" : "1.10", 2 * (i / 4), i);
    }
  g_string_append (text, "gone\t1.10.1.1\t0\tgone.pdb\nwater\t1.10.1.1\t0\twater.pdb\nother\t9.10.1.1\t0\td0.pdb\nno file\t1.10.1.1\t0\t\n");
  g_assert_true (g_file_set_contents (water, "HETATM    1  O   HOH A   1       1.000   2.000   3.000  1.00 10.00           O\n", -1,
                                      &error));
  g_assert_true (g_file_set_contents (path, text->str, -1, &error));
  set = sw_cath_set_load (path, network, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n_domains, ==, 12);
  g_assert_cmpuint (set->n_splits, ==, 3);
  g_assert_cmpuint (set->n_other_classes, ==, 1);
  g_assert_cmpuint (set->problems->len, ==, 2);
  g_assert_nonnull (strstr (set->problems->pdata[0], "gone.pdb"));
  g_assert_nonnull (strstr (set->problems->pdata[1], "water.pdb"));
  g_assert_cmpuint (set->domains[5].class_index, ==, 0);
  g_assert_cmpuint (set->domains[11].split, ==, 2);
  g_assert_cmpfloat_with_epsilon (set->positions[set->domains[5].first][0], d->positions[5][0][0], 2e-3);
  some = sw_cath_set_load (path, network, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (some->n_domains, <=, 4);
  g_assert_cmpuint (some->n_domains, >=, 3);

  g_assert_true (g_file_set_contents (path, "domain\tcath\tfile\nx\t1.10\td0.pdb\n", -1, &error));
  assert_refused (path, network, "fold");
  g_assert_true (g_file_set_contents (path, "cath\tfold\tfile\n1.10\tzero\td0.pdb\n", -1, &error));
  assert_refused (path, network, "line 2");
  g_assert_true (g_file_set_contents (path, "cath\tfold\tfile\n1.10\t0\tgone.pdb\n", -1, &error));
  assert_refused (path, network, "gone.pdb");
  g_assert_true (g_file_set_contents (path, "", -1, &error));
  assert_refused (path, network, "columns");
  sw_network_unref (network);
}

/* A further archive: label and fold from the table, for training only, nothing twice. */
static void
test_more (void)
{
  g_autofree Data *d = make_data (), *more = make_data ();
  SwNetwork *network = make_network ("trace", ARCHITECTURES, 2);
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  g_autofree char *main_path = g_build_filename (folder, "main.npz", NULL), *list_text = NULL, *without = NULL;
  g_autofree char *table = g_build_filename (folder, "more.tsv", NULL), *more_path = NULL, *written = NULL;
  g_autoptr (GString) text = g_string_new ("domain\tcath\tfold\tfile\n");
  g_autoptr (SwCathSet) set = NULL;
  g_autoptr (GError) error = NULL;
  SwDataset dataset = { 0 };
  SwNpzEntry e[N_E];

  for (int i = 0; i < N_DOMAINS; i++)
    {
      d->ids[i][0] = (char) ('0' + i / 26);
      memcpy (more->ids[i], d->ids[i], 7);
      if (i >= 4)
        more->ids[i][6] = '9'; /* four are the same domains */
      /* folds 0 to 3, and one that is not there */
      g_string_append_printf (text, "%.7s\t%s.7\t%d\t\n", more->ids[i], i % 2 ? "2.40" : "1.10", i == 47 ? 9 : i % 4);
    }
  list (d, e);
  written = write_entries (e, N_E);
  g_assert_cmpint (g_rename (written, main_path), ==, 0);
  list (more, e);
  e[E_LABELS].array = array ('i', 8, more->labels, 1, N_DOMAINS, 0, 0);
  more_path = write_entries (e, N_E);
  g_assert_true (g_file_set_contents (table, text->str, -1, &error));
  list_text = g_strjoin (G_SEARCHPATH_SEPARATOR_S, main_path, more_path, table, NULL);
  set = sw_cath_set_load (list_text, network, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n_domains, ==, N_DOMAINS + N_DOMAINS - 4 - 1);
  g_assert_false (set->domains[N_DOMAINS - 1].extra);
  g_assert_true (set->domains[N_DOMAINS].extra);
  g_assert_cmpuint (set->domains[N_DOMAINS].split, ==, 0);
  g_assert_cmpuint (set->domains[N_DOMAINS].n_atoms, ==, (size_t) more->n_atoms[4]);
  g_assert_true (sw_experiment_cath.open (list_text, network, &options, 1, 0, &dataset, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (dataset.n_train, ==, 24 + 22); /* of the further ones, folds 0 and 1 */
  g_assert_cmpuint (dataset.n_test, ==, 12);
  sw_experiment_cath.close (&dataset);
  without = g_strjoin (G_SEARCHPATH_SEPARATOR_S, main_path, more_path, NULL);
  g_assert_null (sw_cath_set_load (without, network, 0, &error));
  g_assert_nonnull (strstr (error->message, "table"));
  sw_network_unref (network);
}

/* ---- learning ---- */

static void
test_study (void)
{
  const SwStudyRow rows[] = { { "one", false, 1, 2400, 370, 12, 0.61, 0.62, 100 }, { "two", true, 1, 2400, 370, 12, 0.5, 0.55, 200 },
                              { "one", false, 4, 600, 370, 48, 0.5, 0.5, 90 } };
  g_autofree char *csv = g_build_filename (folder, "study.csv", NULL), *svg = g_build_filename (folder, "study.svg", NULL);
  g_autofree char *table = NULL, *plot = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  g_assert_true (sw_study_write_csv (rows, 3, csv, &error));
  g_assert_true (sw_study_write_svg (rows, 3, true, svg, &error));
  g_assert_true (g_file_get_contents (csv, &table, NULL, &error));
  lines = g_strsplit (table, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_cmpstr (lines[3], ==, "one,0,4,600,370,48,0.5000,0.5000,90");
  g_assert_true (g_file_get_contents (svg, &plot, NULL, &error));
  g_assert_nonnull (strstr (plot, "</svg>"));
  /* all of it at the right edge, half of the samples' axis for a quarter */
  g_assert_nonnull (strstr (plot, "cx=\"620.0\""));
  g_assert_nonnull (strstr (plot, "cx=\"340.0\""));
  g_assert_cmpint (g_str_has_prefix (plot, "<svg "), ==, 1);
}

static void
test_learns (void)
{
  g_autofree Data *d = make_data ();
  SwNetwork *network = make_network ("trace", CLASSES, 2);
  SwModel *model = NULL;
  SwNpzEntry e[N_E];
  SwError plain = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  SwTrainingRequest request = { .experiment = &sw_experiment_cath_class,
                                .preset = sw_experiment_preset (&sw_experiment_cath_class, "fast", false) };

  list (d, e);
  path = write_entries (e, N_E);
  g_assert_cmpint (sw_model_new (network, 1, &model, &plain), ==, SW_OK);
  g_assert_nonnull (request.preset);
  request.config = request.preset->config;
  request.config.epochs = 12;
  request.config.batch = 8;
  request.config.seed = 1;
  request.config.schedule.base = 0.02;
  request.data = path;
  request.reduction = 2;
  g_assert_true (sw_training_run (&request, model, NULL, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (model->training, "\"reduction\":2"));
  g_assert_nonnull (strstr (model->licence, "CATH"));
  for (int given = 0; given < 2; given++)
    {
      g_autoptr (SwTrainingEvaluation) evaluation
          = sw_training_evaluate (&sw_experiment_cath_class, model, &request.options, path,
                                  given ? SW_PART_TEST_AS_GIVEN : SW_PART_TEST, 0, 1, NULL, &error);
      g_assert_no_error (error);
      g_test_message ("%zu samples, accuracy %.3f, loss %.3f", evaluation->result.n, evaluation->result.accuracy,
                      evaluation->result.loss);
      g_assert_cmpuint (evaluation->result.n, ==, 12);
      g_assert_cmpfloat (evaluation->result.accuracy, >=, 0.9);
    }
  {
    g_autofree char *weights = g_build_filename (folder, "out.safetensors", NULL);
    g_assert_true (sw_training_publish (&sw_experiment_cath_class, model, &request.options, path, 1, weights, NULL, &error));
    g_assert_no_error (error);
    g_test_message ("%s", model->training);
    g_assert_null (strstr (model->training, folder));
    g_assert_nonnull (strstr (model->training, "\"card\":{"));
    g_assert_nonnull (strstr (model->training, "\"radius_of_gyration\":["));
    g_assert_nonnull (strstr (model->training, "\"samples\":12"));
    g_assert_true (g_file_test (weights, G_FILE_TEST_EXISTS));
  }
  sw_model_free (model);
  sw_network_unref (network);
}

/* ---- the real sets ---- */

static void
test_shared (void)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  SwNetwork *classes = make_network ("trace", "\"classes\": [\"1 a\", \"2 b\", \"3 c\"],", 3);
  SwNetwork *nameless = make_network ("trace", "", 10);
  g_autofree char *data = shared != NULL ? g_build_filename (shared, "cath", NULL) : NULL;
  if (data == NULL || !g_file_test (data, G_FILE_TEST_IS_DIR))
    g_test_skip ("no shared data: SW_SHARED_DATA names no folder with cath/");
  else
    {
      /* the archive is found by the level of the classes */
      g_autoptr (GError) error = NULL;
      g_autoptr (SwCathSet) three = sw_cath_set_load (data, classes, 0, &error), ten = NULL;
      g_autofree char *path = g_build_filename (data, "cathS20_10arch_ca.npz", NULL);
      g_assert_no_error (error);
      g_assert_cmpuint (three->n_domains, ==, 4995);
      g_assert_cmpuint (three->n_splits, ==, 8);
      ten = sw_cath_set_load (path, nameless, 0, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ten->n_domains, ==, 3177);
      g_assert_cmpuint (ten->n_classes, ==, 10);
      g_assert_cmpstr (ten->class_names[9], ==, "3.90");
    }
  sw_network_unref (classes);
  sw_network_unref (nameless);
}

int
main (int argc, char **argv)
{
  int result;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-cath-XXXXXX", NULL);
  g_test_add_func ("/experiments/cath/types", test_types);
  g_test_add_func ("/experiments/cath/classes", test_classes);
  g_test_add_func ("/experiments/cath/refused", test_refused);
  g_test_add_func ("/experiments/cath/unsafe", test_unsafe);
  g_test_add_func ("/experiments/cath/parts", test_parts);
  g_test_add_func ("/experiments/cath/dataset", test_dataset);
  g_test_add_func ("/experiments/cath/table", test_table);
  g_test_add_func ("/experiments/cath/more", test_more);
  g_test_add_func ("/experiments/cath/study", test_study);
  g_test_add_func ("/experiments/cath/learns", test_learns);
  g_test_add_func ("/experiments/cath/shared", test_shared);
  result = g_test_run ();
  dir = g_dir_open (folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
  return result;
}
