/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attributions of real structures by networks with random weights: sums, rotations, occlusion, exports, cancelling. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "workbench/attribution-export.h"
#include "workbench/attribution.h"

static SwCatalog *catalog;

static SwDocument *
load (const char *file, const char *selection)
{
  g_autoptr (GError) error = NULL;
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *path = g_build_filename (folder != NULL ? folder : "data", "examples", file, NULL);
  const SwDocumentOptions options = { .structure = { .selection = selection } };
  SwDocument *document = sw_document_load (path, &options, NULL, &error);

  g_assert_no_error (error);
  return document;
}

static SwWorker *
make_worker (const char *network, SwEngine engine, guint64 seed)
{
  g_autoptr (GError) error = NULL;
  const SwModelRequest request = { .network = network, .random = true, .seed = seed };
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  const SwJobOptions options = { .engine = engine, .size = 24 };
  SwWorker *worker;

  g_assert_no_error (error);
  worker = sw_worker_new (model, &options, &error);
  g_assert_no_error (error);
  return worker;
}

static SwAttribution *
compute (SwWorker *worker, SwDocument *document, const SwAttributionParams *params)
{
  g_autoptr (GError) error = NULL;
  SwAttribution *attribution = sw_attribution_compute (worker, document, params, NULL, &error);

  g_assert_no_error (error);
  return attribution;
}

/* The same structure, turned and moved; atoms in the same order. */
static SwDocument *
turned (const SwDocument *document, SwQuat rotation)
{
  const SwStructure *structure = document->structure;
  g_autofree double(*positions)[3] = g_malloc_n (structure->n_atoms, sizeof *positions);
  g_autoptr (SwStructure) copy = NULL;
  g_autoptr (GError) error = NULL;
  double matrix[9];

  sw_quat_to_matrix (rotation, matrix);
  for (size_t a = 0; a < structure->n_atoms; a++)
    {
      sw_rotation_apply (matrix, structure->positions[a], positions[a]);
      positions[a][0] += 17.0;
    }
  copy = sw_structure_new_from_points (structure->n_atoms, (const double (*)[3]) positions, structure->elements,
                                       "turned", &error);
  g_assert_no_error (error);
  return sw_document_new_from_structure (copy, "turned");
}

/* Atoms make residues, residues make the sum. */
static void
check_sums (const SwAttribution *attribution)
{
  const SwStructure *structure = attribution->document->structure;
  g_autofree double *residues = g_new0 (double, attribution->n_residues);
  double sum = 0.0, size = 0.0;

  for (size_t a = 0; a < attribution->n_atoms; a++)
    {
      residues[structure->residue_of[a]] += attribution->atoms[a].value;
      sum += attribution->atoms[a].value;
      size += fabs (attribution->atoms[a].value);
    }
  g_assert_cmpfloat (size, >, 0.0);
  for (size_t r = 0; r < attribution->n_residues; r++)
    g_assert_cmpfloat (fabs (residues[r] - attribution->residues[r].value), <, 1e-12 * size);
  g_assert_cmpfloat (fabs (sum - attribution->sum), <, 1e-12 * size);
  for (size_t i = 1; i < attribution->n_ranked; i++)
    g_assert_cmpfloat (attribution->residues[attribution->ranking[i - 1]].value, >=,
                       attribution->residues[attribution->ranking[i]].value);
}

static void
test_sums (void)
{
  g_autoptr (SwDocument) document = load ("1crn.pdb.gz", NULL);
  static const char *const networks[] = { "quick", "quick-cnn" };

  for (size_t i = 0; i < G_N_ELEMENTS (networks); i++)
    for (SwEngine engine = i == 0 ? SW_ENGINE_BANDLIMITED : SW_ENGINE_SAMPLED; engine <= SW_ENGINE_SAMPLED; engine++)
      {
        g_autoptr (SwWorker) worker = make_worker (networks[i], engine, 5);
        const SwAttributionParams params = { .n_rotations = 2, .seed = 1 };
        g_autoptr (SwAttribution) attribution = compute (worker, document, &params);
        g_autoptr (SwAttribution) again = compute (worker, document, &params);

        check_sums (attribution);
        g_assert_cmpuint (attribution->n_ranked, ==, 46);
        g_assert_cmpmem (attribution->atoms, attribution->n_atoms * sizeof *attribution->atoms, again->atoms,
                         again->n_atoms * sizeof *again->atoms);
      }
}

/* The score is the one that a run gives. */
static void
test_score (void)
{
  g_autoptr (SwDocument) document = load ("1crn.pdb.gz", NULL);
  g_autoptr (SwWorker) worker = make_worker ("quick", SW_ENGINE_BANDLIMITED, 3);
  const SwAttributionParams params = { .n_rotations = 1, .seed = 4, .class_given = true, .class_index = 2 };
  g_autoptr (SwAttribution) attribution = compute (worker, document, &params);
  g_autoptr (GError) error = NULL;
  g_autoptr (SwRunResult) run
      = sw_worker_run (worker, document, attribution->rotations[0], SW_KEEP_NONE, NULL, &error);

  g_assert_no_error (error);
  const double p = (double) run->scores[2], odds = log (p / (1.0 - p));
  g_test_message ("log odds %g, by a run %g", attribution->score, odds);
  g_assert_cmpfloat (fabs (attribution->score - odds), <, 1e-4);
  g_assert_cmpfloat (fabs (attribution->probability - p), <, 1e-5);
  g_assert_true (isnan (attribution->score_spread));
}

/* A turned and moved structure has the same attribution within the stated errors. The errors are estimates from n
 * rotations: sum of (difference / error)^2 over the atoms should be about 1 each; a random rotation of the same structure
 * is one more draw. */
static void
check_rotated (const char *network, SwEngine engine, size_t n)
{
  g_autoptr (SwDocument) whole = load ("1crn.pdb.gz", "//A/1-46/CA");
  g_autoptr (SwDocument) document = turned (whole, SW_QUAT_IDENTITY);
  SwRandom random;
  g_autoptr (SwDocument) other = NULL;
  g_autoptr (SwWorker) worker = make_worker (network, engine, 11);
  const SwAttributionParams params = { .n_rotations = n, .seed = 2, .class_given = true, .class_index = 1 };
  const SwAttributionParams fresh = { .n_rotations = n, .seed = 3, .class_given = true, .class_index = 1 };
  g_autoptr (SwAttribution) a = NULL;
  g_autoptr (SwAttribution) b = NULL;
  double chi = 0.0, difference = 0.0, size = 0.0;

  sw_random_init (&random, (guint64) g_test_rand_int ());
  other = turned (whole, sw_quat_random (&random));
  a = compute (worker, document, &params);
  /* statistics of the batch norms belong to a document where the weights are random: keep those of the first */
  b = compute (worker, other, &fresh);
  for (size_t i = 0; i < a->n_atoms; i++)
    {
      const double d = a->atoms[i].value - b->atoms[i].value;
      const double e = a->atoms[i].error * a->atoms[i].error + b->atoms[i].error * b->atoms[i].error;
      chi += d * d / e / (double) a->n_atoms;
      difference += d * d;
      size += a->atoms[i].value * a->atoms[i].value;
    }
  g_test_message ("%s, %s: relative difference %.3g, (difference / error)^2 %.3g on average", network,
                  sw_engine_name (engine), sqrt (difference / size), chi);
  g_assert_cmpfloat (chi, <, 5.0);
  g_assert_cmpfloat (sqrt (difference / size), <, engine == SW_ENGINE_BANDLIMITED ? 0.05 : 0.5);
}

static void
test_rotated (void)
{
  check_rotated ("quick", SW_ENGINE_BANDLIMITED, 6);
  check_rotated ("quick", SW_ENGINE_SAMPLED, 6);
}

static void
test_occlusion (void)
{
  g_autoptr (SwDocument) document = load ("1crn.pdb.gz", "//A/1-24");
  g_autoptr (SwWorker) worker = make_worker ("quick", SW_ENGINE_BANDLIMITED, 9);
  const SwAttributionParams params = { .n_rotations = 2, .seed = 7, .occlusion = true };
  g_autoptr (SwAttribution) attribution = compute (worker, document, &params);

  g_assert_true (attribution->has_occlusion);
  g_test_message ("rank correlation %g", attribution->rank_correlation);
  for (size_t r = 0; r < attribution->n_residues; r++)
    g_assert_true (isfinite (attribution->residues[r].occlusion) == (attribution->residues[r].n_atoms > 0));
  /* 24 residues without any relation: beyond 0.6 once in 500; it is nearer 1 */
  g_assert_cmpfloat (attribution->rank_correlation, >, 0.6);
}

static void
test_rank_correlation (void)
{
  const double a[5] = { 1, 2, 3, 4, 5 }, b[5] = { 2, 4, 8, 16, 32 }, c[5] = { 5, 4, 3, 2, 1 }, d[5] = { 1, 1, 1, 1, 1 };
  const double ties[5] = { 1, 2, 2, 3, 4 };

  g_assert_cmpfloat (sw_rank_correlation (5, a, b), ==, 1.0);
  g_assert_cmpfloat (sw_rank_correlation (5, a, c), ==, -1.0);
  g_assert_true (isnan (sw_rank_correlation (5, a, d)));
  g_assert_true (isnan (sw_rank_correlation (1, a, b)));
  /* ranks 1, 2.5, 2.5, 4, 5: Pearson's 9.5 / sqrt (10 * 9.5) */
  g_assert_cmpfloat (fabs (sw_rank_correlation (5, a, ties) - 9.5 / sqrt (95.0)), <, 1e-14);
}

static void
test_classes (void)
{
  g_autoptr (SwWorker) worker = make_worker ("cath", SW_ENGINE_BANDLIMITED, 1);
  g_autoptr (GError) error = NULL;
  size_t i = 99;

  g_assert_true (sw_attribution_find_class (sw_worker_get_model (worker), "beta barrel", &i, &error));
  g_assert_cmpuint (i, ==, 3);
  g_assert_true (sw_attribution_find_class (sw_worker_get_model (worker), "7", &i, &error));
  g_assert_cmpuint (i, ==, 7);
  g_assert_false (sw_attribution_find_class (sw_worker_get_model (worker), "roll", &i, &error));
  g_assert_nonnull (strstr (error->message, "2.30 Roll"));
  g_clear_error (&error);
  g_assert_false (sw_attribution_find_class (sw_worker_get_model (worker), "10", &i, &error));
  g_clear_error (&error);
  g_assert_false (sw_attribution_find_class (sw_worker_get_model (worker), "", &i, &error));
}

static char *
contents (const char *path)
{
  char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_export (void)
{
  g_autoptr (SwDocument) document = load ("1crn.pdb.gz", NULL);
  g_autoptr (SwWorker) worker = make_worker ("quick", SW_ENGINE_BANDLIMITED, 2);
  const SwAttributionParams params = { .n_rotations = 2 };
  g_autoptr (SwAttribution) attribution = compute (worker, document, &params);
  static const uint8_t colors[3][4] = { { 0, 0, 255, 255 }, { 255, 255, 255, 255 }, { 255, 128, 0, 255 } };
  const SwPalette palette = { 3, colors };
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  static const char *const names[] = { "a.csv", "b.pdb", "c.cif", "d.cxc", "e.pml", "f.txt" };

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *second = NULL;
      g_autoptr (GError) error = NULL;
      const bool fine = sw_attribution_write (attribution, &palette, path, &second, &error);

      g_assert_cmpint (fine, ==, i < 5);
      g_assert_cmpint (sw_attribution_can_write (path), ==, i < 5);
      if (!fine)
        {
          g_assert_nonnull (strstr (error->message, "f.txt"));
          continue;
        }
      g_assert_cmpint (second != NULL, ==, i >= 3);
      if (i == 0)
        {
          g_autofree char *text = contents (path);
          g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
          /* a head, 46 residues, 327 atoms */
          g_assert_cmpuint (g_strv_length (lines), ==, 1 + 46 + 327 + 1);
          for (size_t k = 0; k < 1 + 46 + 327; k++)
            {
              g_auto (GStrv) cells = g_strsplit (lines[k], ",", -1);
              g_assert_cmpuint (g_strv_length (cells), ==, 12);
            }
        }
      else
        {
          const char *written = second != NULL ? second : path;
          g_autoptr (SwStructure) back = sw_structure_load (written, NULL, NULL, &error);
          float largest = 0;
          g_assert_no_error (error);
          g_assert_cmpuint (back->n_atoms, ==, 327);
          for (size_t a = 0; a < back->n_atoms; a++)
            {
              const double value = attribution->residues[back->residue_of[a]].value / attribution->largest * 100.0;
              g_assert_cmpfloat (fabs ((double) back->b_factors[a] - value), <, 0.006);
              largest = MAX (largest, (float) fabs ((double) back->b_factors[a]));
            }
          g_assert_cmpfloat (fabs ((double) largest - 100.0), <, 0.01);
          if (second != NULL)
            {
              g_autofree char *text = contents (path);
              g_autofree char *base = g_path_get_basename (second);
              g_assert_nonnull (strstr (text, base));
              g_assert_nonnull (strstr (text, i == 3 ? "-100,#0000ff:0,#ffffff:100,#ff8000"
                                                     : "spectrum b, swivel0 swivel1 swivel2"));
              g_unlink (second);
            }
        }
      g_unlink (path);
    }
  g_rmdir (folder);
}

/* ---- in a thread ---- */

typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  bool cancel;
  size_t n_reports;
  double last;
  SwAttribution *result;
  GError *error;
} Wait;

static void
on_progress (double fraction, const char *sentence, gpointer data)
{
  Wait *wait = data;

  g_assert_cmpfloat (fraction, >=, wait->last);
  g_assert_nonnull (sentence);
  wait->last = fraction;
  wait->n_reports++;
  if (wait->cancel)
    g_cancellable_cancel (wait->cancellable);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Wait *wait = data;

  wait->result = sw_attribution_compute_finish (result, &wait->error);
  g_main_loop_quit (wait->loop);
}

static void
test_async (void)
{
  g_autoptr (SwDocument) document = load ("1crn.pdb.gz", NULL);
  g_autoptr (SwWorker) worker = make_worker ("quick", SW_ENGINE_BANDLIMITED, 2);
  SwAttributionParams params = { .n_rotations = 3 };

  for (int i = 0; i < 2; i++)
    {
      Wait wait = { .loop = g_main_loop_new (NULL, FALSE), .cancellable = g_cancellable_new (), .cancel = i == 1, .last = -1 };
      if (i == 1)
        params.n_rotations = 5000; /* would take minutes */
      sw_attribution_compute_async (sw_worker_get_model (worker), NULL, document, &params, wait.cancellable, on_progress,
                                    &wait, on_done, &wait);
      g_main_loop_run (wait.loop);
      if (i == 0)
        {
          g_assert_no_error (wait.error);
          check_sums (wait.result);
          g_assert_cmpuint (wait.n_reports, >, 0);
        }
      else
        g_assert_error (wait.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      sw_attribution_unref (wait.result);
      g_clear_error (&wait.error);
      g_object_unref (wait.cancellable);
      g_main_loop_unref (wait.loop);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = sw_catalog_new ();
  g_test_add_func ("/workbench/attribution/sums", test_sums);
  g_test_add_func ("/workbench/attribution/score", test_score);
  g_test_add_func ("/workbench/attribution/rotated", test_rotated);
  g_test_add_func ("/workbench/attribution/occlusion", test_occlusion);
  g_test_add_func ("/workbench/attribution/rank-correlation", test_rank_correlation);
  g_test_add_func ("/workbench/attribution/classes", test_classes);
  g_test_add_func ("/workbench/attribution/export", test_export);
  g_test_add_func ("/workbench/attribution/async", test_async);
  status = g_test_run ();
  sw_catalog_unref (catalog);
  return status;
}
