/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The numbers that the program is built for, on a real C-alpha trace. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "workbench/equivariance.h"

/* Two gated layers at 2 angstrom, sigma half a voxel, no weights of anybody's. */
static const char network_json[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"two-layers\", \"title\": \"Two layers\","
      "\"description\": \"Two gated layers.\","
      "\"input\": {\"kind\": \"atoms\", \"channels\": \"ca\", \"fields\": \"1x0\", \"size\": %d, \"voxel\": 2.0,"
      " \"sigma\": 0.5}, \"bandlimited\": {\"size\": %d, \"w_max\": 2.2},"
      "\"layers\": [{\"type\": \"gated\", \"name\": \"one\", \"fields\": \"4x0+4x1\", \"kernel\": 5},"
      "{\"type\": \"gated\", \"name\": \"two\", \"fields\": \"8x0\", \"kernel\": 5},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": 4}]}";

static SwCatalog *catalog;
static SwDocument *protein;

static SwEquivariance *
measure (SwEngine engine, int size, size_t n_rotations, bool cube)
{
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "two-layers.json", NULL);
  g_autofree char *text = g_strdup_printf (network_json, size, size);
  const SwModelRequest request = { .network = path, .random = true, .seed = 3 };
  const SwJobOptions options = { .engine = engine };
  const SwEquivarianceParams params
      = { .n_rotations = n_rotations, .seed = 5, .n_points = 400, .no_cube = !cube };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) model = NULL;
  g_autoptr (SwWorker) worker = NULL;
  SwEquivariance *result;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  model = sw_loaded_model_new (catalog, &request, &error);
  g_assert_no_error (error);
  worker = sw_worker_new (model, &options, &error);
  g_assert_no_error (error);
  result = sw_equivariance_measure (worker, protein, &params, NULL, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (folder);
  return result;
}

static const SwLayerErrors *
find (const SwErrorTable *table, const char *name)
{
  for (size_t i = 0; i < table->n_layers; i++)
    if (g_str_equal (table->layers[i].name, name))
      return &table->layers[i];
  g_assert_not_reached ();
}

/* The first layer's vectors: under 1 % in the band-limited engine, and thirty times below the sampled one. */
static void
test_first_layer (void)
{
  g_autoptr (SwEquivariance) limited = measure (SW_ENGINE_BANDLIMITED, 40, 4, false);
  g_autoptr (SwEquivariance) sampled = measure (SW_ENGINE_SAMPLED, 41, 4, false);
  const double a = find (&limited->random, "one.gate")->by_l[1].mean;
  const double b = find (&sampled->random, "one.gate")->by_l[1].mean;

  g_test_message ("after the gate: band-limited %.3g, sampled %.3g, ratio %.3g", a, b, b / a);
  g_test_message ("convolution: band-limited %.3g, sampled %.3g; output: %.3g, %.3g",
                  find (&limited->random, "one.conv")->by_l[1].mean,
                  find (&sampled->random, "one.conv")->by_l[1].mean, limited->random.output.mean,
                  sampled->random.output.mean);
  g_assert_cmpfloat (a, <, 0.01);
  g_assert_cmpfloat (b / a, >, 30.0);
}

static double
worst_cube (const SwEquivariance *result)
{
  double worst = result->cube.output.max;

  for (size_t i = 0; i < result->cube.n_layers; i++)
    if (!result->cube.layers[i].silent)
      worst = fmax (worst, result->cube.layers[i].all.max);
  return worst;
}

static void
test_cube (void)
{
  for (int size = 40; size <= 41; size++)
    {
      g_autoptr (SwEquivariance) limited = measure (SW_ENGINE_BANDLIMITED, size, 1, true);
      g_autoptr (SwEquivariance) sampled = measure (SW_ENGINE_SAMPLED, size, 1, true);
      g_test_message ("size %d: band-limited %.3g, sampled %.3g", size, worst_cube (limited), worst_cube (sampled));
      g_assert_cmpuint (limited->cube.n_rotations, ==, SW_ROTATION_N_CUBE);
      g_assert_cmpfloat (worst_cube (limited), <, 1e-5);
      /* No stride here, so the sampled engine is exact at both sizes, too. */
      g_assert_cmpfloat (worst_cube (sampled), <, 1e-5);
    }
}

/* The same seeds give the same rotations, and JSON tells them. */
static void
test_report (void)
{
  g_autoptr (SwEquivariance) a = measure (SW_ENGINE_BANDLIMITED, 32, 2, false);
  g_autoptr (SwEquivariance) b = measure (SW_ENGINE_BANDLIMITED, 32, 2, false);
  json_t *json = sw_equivariance_to_json (a);

  g_assert_cmpmem (a->rotations, 2 * sizeof (SwQuat), b->rotations, 2 * sizeof (SwQuat));
  g_assert_cmpfloat (fabs (a->random.output.mean - b->random.output.mean), <=, 1e-5 * a->random.output.mean + 1e-7);
  g_assert_cmpuint (json_array_size (json_object_get (json, "rotations")), ==, 2);
  g_assert_nonnull (json_object_get (json, "conventions"));
  g_assert_null (json_object_get (json, "cube"));
  json_decref (json);
}

static bool
stop (double fraction, const char *sentence, void *data)
{
  return ++*(int *) data < 3;
}

static void
test_cancel (void)
{
  const SwModelRequest request = { .network = "quick", .random = true };
  const SwJobOptions options = { 0 };
  int n = 0;
  const SwProgress progress = { stop, &n };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  g_autoptr (SwWorker) worker = sw_worker_new (model, &options, &error);
  g_autoptr (SwEquivariance) result = sw_equivariance_measure (worker, protein, NULL, &progress, &error);

  g_assert_null (result);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", "1crn.pdb.gz", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = sw_catalog_new ();
  protein = sw_document_load (path, NULL, NULL, NULL);
  g_assert_nonnull (protein);
  g_test_add_func ("/workbench/equivariance/first-layer", test_first_layer);
  g_test_add_func ("/workbench/equivariance/cube", test_cube);
  g_test_add_func ("/workbench/equivariance/report", test_report);
  g_test_add_func ("/workbench/equivariance/cancel", test_cancel);
  status = g_test_run ();
  sw_document_unref (protein);
  sw_catalog_unref (catalog);
  return status;
}
