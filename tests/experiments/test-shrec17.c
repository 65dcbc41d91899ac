/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labelled meshes: the layouts that are read, who is in which part, what an epoch holds; and the retrieval's numbers, by hand. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "experiments/retrieval.h"
#include "experiments/shrec17.h"

static char *folder;

/* ---- files ---- */

static void
write_text (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *above = g_path_get_dirname (path);
  g_mkdir_with_parents (above, 0777);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

/* A pyramid over a polygon of n corners. */
static void
write_mesh (const char *name, int n, double height)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "v 0 0 %g\n", height);
  for (int i = 0; i < n; i++)
    g_string_append_printf (text, "v %.9f %.9f 0\n", cos (2 * M_PI * i / n), sin (2 * M_PI * i / n));
  for (int i = 0; i < n; i++)
    g_string_append_printf (text, "f 1 %d %d\n", 2 + i, 2 + (i + 1) % n);
  write_text (name, text->str);
  g_string_free (text, TRUE);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);
      if (g_file_test (inside, G_FILE_TEST_IS_DIR))
        remove_all (inside);
      else
        g_remove (inside);
    }
  g_rmdir (path);
}

static SwShapeSet *
load (const char *inside)
{
  g_autofree char *path = g_build_filename (folder, inside, NULL);
  g_autoptr (GError) error = NULL;
  SwShapeSet *set = sw_shape_set_load (path, NULL, &error);
  g_assert_no_error (error);
  return set;
}

static const SwShape *
find (const SwShapeSet *set, const char *id)
{
  for (guint i = 0; i < set->shapes->len; i++)
    if (strcmp (sw_shape_set_get (set, i)->id, id) == 0)
      return sw_shape_set_get (set, i);
  return NULL;
}

/* ---- layouts ---- */

static void
test_published (void)
{
  g_autoptr (SwShapeSet) set = NULL;
  g_autoptr (GError) error = NULL;
  write_text ("published/train.csv", "id,synsetId,subSynsetId,modelId\n7,02691156,02690373,a\n123456,03001627,,b\n");
  write_text ("published/val.csv", "id,synsetId,subSynsetId,modelId\r\n000009,02691156,02691156,c\r\n");
  write_mesh ("published/train/000007.obj", 5, 1);
  write_mesh ("published/train/123456.obj", 6, 1);
  write_mesh ("published/val_perturbed/000009.obj", 7, 1);
  set = load ("published");
  g_assert_cmpuint (set->shapes->len, ==, 3);
  g_assert_cmpuint (set->n_classes, ==, 2);
  g_assert_cmpstr (set->class_names[0], ==, "02691156");
  g_assert_cmpstr (find (set, "000007")->subsynset, ==, "02690373");
  g_assert_cmpstr (find (set, "123456")->subsynset, ==, "03001627");
  g_assert_cmpint (find (set, "000009")->split, ==, SW_SHAPE_VAL);
  g_assert_true (sw_shape_set_read (set, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (set->problems->len, ==, 0);
  g_assert_cmpuint (find (set, "000009")->n_triangles, ==, 7);
}

static void
test_folders (void)
{
  g_autoptr (SwShapeSet) classes = NULL, splits = NULL;
  size_t n[3] = { 0 };
  for (int i = 0; i < 10; i++)
    {
      g_autofree char *cone = g_strdup_printf ("classes/cone/%d.obj", i), *hat = g_strdup_printf ("splits/%s/hat/%d.obj",
                                                                                                   i < 6   ? "train"
                                                                                                   : i < 8 ? "val"
                                                                                                           : "test",
                                                                                                   i);
      write_mesh (cone, 5 + i, 2);
      write_mesh (hat, 5 + i, 1);
    }
  write_text ("classes/notes.txt", "nothing");
  classes = load ("classes");
  splits = load ("splits");
  for (guint i = 0; i < classes->shapes->len; i++)
    n[sw_shape_set_get (classes, i)->split]++;
  g_assert_cmpuint (n[SW_SHAPE_TRAIN], ==, 8);
  g_assert_cmpuint (n[SW_SHAPE_VAL], ==, 2);
  g_assert_cmpstr (splits->class_names[0], ==, "hat");
  memset (n, 0, sizeof n);
  for (guint i = 0; i < splits->shapes->len; i++)
    n[sw_shape_set_get (splits, i)->split]++;
  g_assert_cmpuint (n[SW_SHAPE_TRAIN], ==, 6);
  g_assert_cmpuint (n[SW_SHAPE_VAL], ==, 2);
  g_assert_cmpuint (n[SW_SHAPE_TEST], ==, 2);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = { { "id,modelId\n1,a\n", "synsetId" },
                { "id,synsetId,split\n1,a,exam\n", "line 2" },
                { "id,synsetId,split\n1,a,train\n2\n", "line 3" },
                { "id,synsetId,split\n1,a,train\n../../1,a,train\n", "line 3" },
                { "id,synsetId\n,a\n", "line 2" },
                { "id,synsetId,split\n", "no meshes" } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = g_build_filename (folder, "bad.csv", NULL);
      write_text ("bad.csv", cases[i].text);
      g_assert_null (sw_shape_set_load (path, NULL, &error));
      g_assert_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA);
      g_assert_nonnull (strstr (error->message, cases[i].says));
      g_assert_nonnull (strstr (error->message, "bad.csv"));
    }
}

/* ---- parts and epochs ---- */

static void
write_small_collection (void)
{
  GString *table = g_string_new ("id,synsetId,subSynsetId,modelId,split,file\n");
  for (int c = 0; c < 3; c++)
    for (int i = 0; i < (c == 0 ? 8 : 24); i++)
      {
        g_autofree char *name = g_strdup_printf ("small/%d-%d.obj", c, i);
        const char *split = i % 6 == 5 ? "val" : "train";
        /* variants: 300a, 300b; 301a, 301b; ... and in class 2 meshes with equal numbers, three in a row */
        g_string_append_printf (table, "%d,class_%d,class_%d,%d%c,%s,%d-%d.obj\n", 100 * c + i, c, c, 300 + i / 2, "ab"[i % 2], split, c, i);
        write_mesh (name, c == 2 ? 5 + i / 3 : 5 + i, 1 + c);
      }
  write_text ("small/small.csv", table->str);
  g_string_free (table, TRUE);
}

static void
test_divide (void)
{
  g_autoptr (SwShapeSet) set = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree int *parts = NULL;
  size_t n[3][3] = { { 0 } };

  write_small_collection ();
  set = load ("small");
  g_assert_true (sw_shape_set_read (set, 0, &error));
  parts = g_new (int, set->shapes->len);
  sw_shrec17_divide (set, parts);
  for (guint i = 0; i < set->shapes->len; i++)
    {
      const SwShape *a = sw_shape_set_get (set, i);
      n[a->class_index][parts[i]]++;
      if (a->split == SW_SHAPE_VAL)
        g_assert_cmpint (parts[i], ==, SW_PART_TEST);
      for (guint j = 0; j < i; j++)
        {
          const SwShape *b = sw_shape_set_get (set, j);
          /* of what there is to learn from, families stay together */
          if (a->class_index == b->class_index && a->split == SW_SHAPE_TRAIN && b->split == SW_SHAPE_TRAIN
              && (strncmp (a->model, b->model, 3) == 0 || a->n_triangles == b->n_triangles))
            g_assert_cmpint (parts[i], ==, parts[j]);
        }
    }
  for (int c = 0; c < 3; c++)
    {
      g_test_message ("class %d: %zu training, %zu validation, %zu test", c, n[c][0], n[c][1], n[c][2]);
      g_assert_cmpuint (n[c][SW_PART_TRAIN], >, 4);
      g_assert_cmpuint (n[c][SW_PART_VALIDATION], <=, 4);
    }
  g_assert_cmpuint (n[1][SW_PART_VALIDATION], >, 0);
}

static SwNetwork *
network_of (const char *channels, const char *fields)
{
  g_autofree char *text = g_strdup_printf (
      "{\"format\": \"swivel-network 1\", \"name\": \"tiny\", \"title\": \"Tiny\", \"description\": \"For a test.\", \"input\": {\"kind\": "
      "\"mesh\", \"channels\": \"%s\", \"fields\": \"%s\", \"size\": 12, \"voxel\": 7, \"sigma\": 0.7}, \"classes\": [\"Class 0\", \"class "
      "1\", \"class_2\"], \"layers\": [{\"type\": \"gated\", \"name\": \"a\", \"fields\": \"2x0+1x1\", \"kernel\": 3}, {\"type\": \"gated\", \"name\": \"b\", \"fields\": \"4x0\", \"kernel\": 3}, {\"type\": \"pool\", "
      "\"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": 3}]}",
      channels, fields);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  if (sw_network_parse (text, strlen (text), "tiny", &network, &error) != SW_OK)
    g_error ("%s", error.text);
  return network;
}

/* The published networks take as many of each class as the smallest has; nobody twice in an epoch; a turned sample is the turned shape. */
static void
test_epoch (void)
{
  g_autofree char *path = g_build_filename (folder, "small", NULL);
  for (int published = 0; published < 2; published++)
    {
      SwNetwork *network = published ? network_of ("one", "1x0") : network_of ("surface", "1x0+1x2");
      const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
      const size_t count = sw_field_type_dim (&network->input) * 12 * 12 * 12;
      g_autofree real *input = g_new (real, count), *second = g_new (real, count);
      g_autoptr (GError) error = NULL;
      SwDataset dataset = { 0 };
      size_t per_class[3] = { 0 };
      SwError plain = { 0 };
      double norm = 0;

      write_small_collection ();
      g_assert_true (sw_experiment_shrec17.open (path, network, &options, 1, 0, &dataset, &error));
      g_assert_no_error (error);
      for (size_t i = 0; i < dataset.n_train; i++)
        {
          SwRandom random;
          size_t label;
          sw_train_random (&random, 1, SW_STREAM_SAMPLE, 0, i);
          g_assert_cmpint (dataset.sample (dataset.data, SW_PART_TRAIN, i, 12, NULL, &random, input, &label, &plain), ==, SW_OK);
          per_class[label]++;
        }
      g_test_message ("%zu %zu %zu", per_class[0], per_class[1], per_class[2]);
      g_assert_cmpuint (per_class[0], >, 0);
      if (published)
        g_assert_true (per_class[1] == per_class[0] && per_class[2] == per_class[0]);
      else
        g_assert_true (per_class[1] > per_class[0] && per_class[1] <= 3 * per_class[0]);
      for (size_t i = 0; i < 3; i++)
        {
          const double none[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
          SwRandom random;
          size_t label;
          sw_train_random (&random, 1, SW_STREAM_VALIDATION, SW_PART_TEST, i);
          g_assert_cmpint (dataset.sample (dataset.data, SW_PART_TEST, i, 12, NULL, &random, input, &label, &plain), ==, SW_OK);
          sw_train_random (&random, 1, SW_STREAM_VALIDATION, SW_PART_TEST, i);
          g_assert_cmpint (dataset.sample (dataset.data, SW_PART_TEST, i, 12, none, &random, second, &label, &plain), ==, SW_OK);
          for (size_t k = 0; k < count; k++)
            {
              norm += fabs ((double) input[k]);
              g_assert_cmpfloat (fabs ((double) (input[k] - second[k])), <, 1e-5);
            }
          g_assert_cmpuint (label, ==, sw_shrec17_shape (&dataset, SW_PART_TEST, i)->class_index);
        }
      g_assert_cmpfloat (norm, >, 1);
      sw_experiment_shrec17.close (&dataset);
      sw_network_unref (network);
    }
}

/* Trained upright: the training sees no rotation, the test does. */
static void
test_upright (void)
{
  g_autofree char *path = g_build_filename (folder, "small", NULL);
  SwNetwork *network = network_of ("surface", "1x0+1x2");
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  static const SwDataPart parts[] = { SW_PART_VALIDATION, SW_PART_TEST, SW_PART_TEST_AS_GIVEN };
  g_autoptr (GError) error = NULL;
  SwDataset dataset = { 0 };
  SwError plain = { 0 };

  write_small_collection ();
  g_assert_true (sw_experiment_shrec17_upright.open (path, network, &options, 1, 0, &dataset, &error));
  for (size_t p = 0; p < G_N_ELEMENTS (parts); p++)
    {
      const size_t count = 6 * 12 * 12 * 12;
      g_autofree real *a = g_new (real, count), *b = g_new (real, count);
      double worst = 0;
      size_t label;
      for (uint64_t seed = 1; seed < 3; seed++)
        {
          SwRandom random;
          sw_random_init (&random, seed);
          g_assert_cmpint (dataset.sample (dataset.data, parts[p], 0, 12, NULL, &random, seed == 1 ? a : b, &label, &plain), ==, SW_OK);
        }
      for (size_t k = 0; k < count; k++)
        worst = fmax (worst, fabs ((double) (a[k] - b[k])));
      if (parts[p] == SW_PART_TEST)
        g_assert_cmpfloat (worst, >, 0.01);
      else
        g_assert_cmpfloat (worst, ==, 0);
    }
  sw_experiment_shrec17_upright.close (&dataset);
  sw_network_unref (network);
}

/* ---- retrieval ---- */

/* Two synsets. a1 and a2 are of sub-synset s, a3 is of synset a itself (sub-synset "a"), a4 of another. */
static const SwRetrievalItem items[] = { { "000001", "a", "s" }, { "000002", "a", "s" }, { "000003", "a", "a" }, { "000004", "a", "t" },
                                         { "000005", "b", "b" }, { "000006", "b", "b" } };

static void
close_to (double value, double wanted)
{
  g_test_message ("%.9f, by hand %.9f", value, wanted);
  g_assert_cmpfloat (fabs (value - wanted), <, 1e-9);
}

static void
test_by_hand (void)
{
  /* Query a1; answers: a1 (gain 3), b1 (0), a3 (2), a4 (1). Relevant: 4. */
  static const size_t answers[] = { 0, 4, 2, 3 };
  const SwRetrievalScore s = sw_retrieval_query (6, items, 0, 4, answers);
  close_to (s.precision, 3.0 / 4);
  close_to (s.recall, 3.0 / 4);
  close_to (s.f1, 3.0 / 4);
  close_to (s.average_precision, (1.0 + 2.0 / 3 + 3.0 / 4) / 4);
  /* best possible: 3 3 2 1, with weights 1, 1, 1/log2 3, 1/2 */
  close_to (s.ndcg, (3 + 2 / log2 (3) + 1 / 2.0) / (3 + 3 + 2 / log2 (3) + 1 / 2.0));
  /* Query a3 (synset a, sub-synset a): the others are of the same synset with another sub-synset: gain 1. */
  {
    static const size_t others[] = { 0, 2 };
    const SwRetrievalScore t = sw_retrieval_query (6, items, 2, 2, others);
    close_to (t.precision, 1);
    close_to (t.recall, 0.5);
    close_to (t.f1, 2.0 / 3);
    close_to (t.average_precision, 0.5);
    close_to (t.ndcg, (1 + 3) / (3 + 1 + 1 / log2 (3) + 1 / 2.0));
  }
  /* nothing right, nothing at all */
  {
    static const size_t wrong[] = { 0, 1 };
    const SwRetrievalScore t = sw_retrieval_query (6, items, 4, 2, wrong), none = sw_retrieval_query (6, items, 4, 0, NULL);
    g_assert_true (t.precision == 0 && t.f1 == 0 && t.average_precision == 0 && t.ndcg == 0);
    g_assert_true (none.precision == 0 && none.f1 == 0 && none.average_precision == 0 && none.ndcg == 0);
  }
}

/* Repeated ids, unknown ids and what comes after line 1000 do not count; a query without a file counts 0; micro and macro. */
static void
test_submission (void)
{
  g_autofree char *path = g_build_filename (folder, "submission", NULL);
  g_autoptr (GError) error = NULL;
  GString *long_list = g_string_new (NULL);
  SwRetrieval r;

  for (int i = 0; i < 999; i++)
    g_string_append (long_list, "777777 0.5\n");
  g_string_append (long_list, "6 0.9\n5 0.95\n");
  write_text ("submission/1", "000001 0\n1 0.1\n999999 0.2\n000005 0.3\n3 0.4\r\n4 0.5");
  write_text ("submission/000005", long_list->str);
  write_text ("submission/000006.txt", "6\n5\n");
  g_assert_true (sw_retrieval_score_folder (6, items, path, &r, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (r.n_queries, ==, 6);
  g_assert_cmpuint (r.n_missing, ==, 3);
  g_assert_cmpuint (r.n_classes, ==, 2);
  /* query 1: P 3/4; query 5: one answer, the other of its class: P 1, R 1/2; query 6: P 1, R 1 */
  close_to (r.micro.precision, (0.75 + 1 + 1) / 6);
  close_to (r.micro.recall, (0.75 + 0.5 + 1) / 6);
  close_to (r.macro.precision, (0.75 / 4 + 1) / 2);
  close_to (r.macro.recall, (0.75 / 4 + 0.75) / 2);
  close_to (r.macro.average_precision, ((1.0 + 2.0 / 3 + 3.0 / 4) / 4 / 4 + (0.5 + 1) / 2) / 2);
  close_to (r.micro.f1, (0.75 + 2.0 / 3 + 1) / 6);
  g_string_free (long_list, TRUE);
  write_text ("stranger/nobody", "1\n");
  g_free (path);
  path = g_build_filename (folder, "stranger", NULL);
  g_assert_false (sw_retrieval_score_folder (6, items, path, &r, &error));
  g_assert_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA);
}

/* The perfect answers of the shared data get 1 in everything. */
static void
test_perfect (void)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  g_autofree char *table = shared != NULL ? g_build_filename (shared, "meshes", "ldraw.csv", NULL) : NULL;
  g_autofree char *answers = shared != NULL ? g_build_filename (shared, "meshes", "example_submission", "val_normal", NULL) : NULL;
  g_autofree SwRetrievalItem *of_table = NULL;
  g_autoptr (SwShapeSet) set = NULL;
  g_autoptr (GError) error = NULL;
  SwRetrieval r;
  size_t n;

  if (table == NULL || !g_file_test (answers, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("no shared meshes");
      return;
    }
  set = sw_shape_set_load (table, NULL, &error);
  g_assert_no_error (error);
  of_table = sw_retrieval_items (set, SW_PART_TEST, &n);
  g_assert_cmpuint (n, ==, 164);
  g_assert_true (sw_retrieval_score_folder (n, of_table, answers, &r, &error));
  g_assert_cmpuint (r.n_missing, ==, 0);
  g_assert_cmpuint (r.n_classes, ==, 20);
  close_to (r.micro.precision, 1);
  close_to (r.micro.recall, 1);
  close_to (r.micro.f1, 1);
  close_to (r.micro.average_precision, 1);
  close_to (r.macro.average_precision, 1);
  close_to (r.micro.ndcg, 1);
  close_to (r.macro.ndcg, 1);
}

/* What a network writes is what is measured. */
static void
test_run (void)
{
  g_autofree char *data = g_build_filename (folder, "small", NULL), *answers = g_build_filename (folder, "answers", NULL);
  SwNetwork *network = network_of ("surface", "1x0+1x2");
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  g_autofree SwRetrievalItem *of_table = NULL;
  g_autoptr (SwShapeSet) set = NULL;
  g_autoptr (GError) error = NULL;
  SwModel *model = NULL;
  SwError plain = { 0 };
  SwRetrieval written, read;
  size_t n;

  write_small_collection ();
  g_assert_cmpint (sw_model_new (network, 5, &model, &plain), ==, SW_OK);
  g_assert_true (
      sw_retrieval_run (&sw_experiment_shrec17, model, &options, data, SW_PART_TEST, 2, 1, answers, NULL, &written, &error));
  g_assert_no_error (error);
  set = load ("small");
  of_table = sw_retrieval_items (set, SW_PART_TEST, &n);
  g_assert_cmpuint (n, ==, written.n_queries);
  g_assert_true (sw_retrieval_score_folder (n, of_table, answers, &read, &error));
  close_to (read.micro.ndcg, written.micro.ndcg);
  close_to (read.macro.f1, written.macro.f1);
  g_assert_cmpfloat (written.micro.recall, >, 0);
  g_assert_true (written.accuracy >= 0 && written.accuracy <= 1);
  sw_model_free (model);
  sw_network_unref (network);
}

int
main (int argc, char **argv)
{
  int status;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_test_add_func ("/experiments/shrec17/published-layout", test_published);
  g_test_add_func ("/experiments/shrec17/folders", test_folders);
  g_test_add_func ("/experiments/shrec17/refused", test_refused);
  g_test_add_func ("/experiments/shrec17/divide", test_divide);
  g_test_add_func ("/experiments/shrec17/epoch", test_epoch);
  g_test_add_func ("/experiments/shrec17/upright", test_upright);
  g_test_add_func ("/experiments/retrieval/by-hand", test_by_hand);
  g_test_add_func ("/experiments/retrieval/submission", test_submission);
  g_test_add_func ("/experiments/retrieval/perfect", test_perfect);
  g_test_add_func ("/experiments/retrieval/run", test_run);
  status = g_test_run ();
  remove_all (folder);
  g_free (folder);
  return status;
}
