/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks as a document: turned as bodies, so that nothing of the error comes from turning a grid. */
#include <glib.h>
#include <string.h>

#include "workbench/comparison.h"

static const SwBox boxes[] = {
  { { -6.0, -6.0, -2.0 }, { 0.0, 0.0, 2.0 } },
  { { 0.0, -6.0, -2.0 }, { 6.0, 0.0, 2.0 } },
  { { 0.0, 0.0, -2.0 }, { 6.0, 8.0, 2.0 } },
};

static SwWorker *
worker_of (const char *network)
{
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  const SwModelRequest request = { .network = network, .random = true, .seed = 3 };
  const SwJobOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  g_assert_no_error (error);
  SwWorker *worker = sw_worker_new (model, &options, &error);
  g_assert_no_error (error);
  return worker;
}

static double
error_at (SwWorker *worker, SwDocument *document, SwQuat rotation)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwComparison) comparison
      = sw_worker_compare (worker, document, rotation, sw_worker_default_layer (worker), 0, 500, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("layer %g, output %g", comparison->error.error, comparison->output_error);
  return comparison->error.error;
}

static void
test_turned (void)
{
  g_autoptr (SwDocument) document = sw_document_new_from_blocks (G_N_ELEMENTS (boxes), boxes, "test:blocks", "blocks");
  g_autoptr (SwWorker) worker = worker_of ("tetris");
  const double axis[3] = { 0.3, -0.8, 0.5 };
  double matrix[9];

  g_assert_cmpint (document->kind, ==, SW_DOCUMENT_BLOCKS);
  g_assert_cmpfloat (document->radius, ==, 8.0);
  g_assert_cmpfloat (error_at (worker, document, SW_QUAT_IDENTITY), <, 1e-6);
  sw_rotation_cube (9, matrix);
  g_assert_cmpfloat (error_at (worker, document, sw_quat_from_matrix (matrix)), <, 1e-4);
  g_assert_cmpfloat (error_at (worker, document, sw_quat_from_axis_angle (axis, 0.7)), <, 0.1);
}

/* A network that wants elements says so. */
static void
test_refused (void)
{
  g_autoptr (SwDocument) document = sw_document_new_from_blocks (G_N_ELEMENTS (boxes), boxes, "test:blocks", "blocks");
  g_autoptr (SwWorker) worker = worker_of ("amino-acid");
  g_autoptr (GError) error = NULL;
  g_autoptr (SwRunResult) result = sw_worker_run (worker, document, SW_QUAT_IDENTITY, SW_KEEP_NONE, NULL, &error);

  g_assert_null (result);
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "blocks"));
}

int
main (int argc, char **argv)
{
  g_setenv ("SWIVEL_DATADIR", g_getenv ("SW_DATADIR"), FALSE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workbench/blocks/turned", test_turned);
  g_test_add_func ("/workbench/blocks/refused", test_refused);
  return g_test_run ();
}
