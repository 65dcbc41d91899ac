/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/self-test.h"

#include <math.h>
#include <omp.h>

#include "base/memory.h"
#include "nn/libraries.h"
#include "nn/model.h"
#include "workbench/comparison.h"
#include "workbench/report.h"

#define N_POINTS 40
/* Relative errors of the output: a quarter turn is exact but for rounding; a general one as good as
 * the band limit. */
#define CUBE_LIMIT 1e-4
#define GENERAL_LIMIT 0.05

/* C-alpha atoms of an ideal helix. */
static SwDocument *
make_helix (GError **error)
{
  double points[N_POINTS][3];
  g_autoptr (SwStructure) structure = NULL;

  for (int i = 0; i < N_POINTS; i++)
    {
      const double turn = 100.0 * G_PI / 180.0 * i;
      points[i][0] = 2.3 * cos (turn);
      points[i][1] = 2.3 * sin (turn);
      points[i][2] = 1.0 * i;
    }
  structure
      = sw_structure_new_from_points (N_POINTS, (const double (*)[3]) points, NULL, "helix", error);
  return structure != NULL ? sw_document_new_from_structure (structure, "helix") : NULL;
}

static json_t *
run_test (const SwCatalog *catalog, bool *ret_fine, GError **error)
{
  const SwModelRequest request = { .network = "quick", .random = true };
  const SwJobOptions options = { 0 };
  const double z[3] = { 0.0, 0.0, 1.0 }, oblique[3] = { 1.0, 2.0, 3.0 };
  g_autoptr (SwDocument) document = make_helix (error);
  g_autoptr (SwLoadedModel) model
      = document != NULL ? sw_loaded_model_new (catalog, &request, error) : NULL;
  g_autoptr (SwWorker) worker = model != NULL ? sw_worker_new (model, &options, error) : NULL;
  g_autoptr (SwRunResult) before = NULL, quarter = NULL, general = NULL;
  double cube_error, general_error;

  if (worker == NULL)
    return NULL;
  before = sw_worker_run (worker, document, SW_QUAT_IDENTITY, SW_KEEP_NONE, NULL, error);
  if (before == NULL)
    return NULL;
  quarter = sw_worker_run (worker, document, sw_quat_from_axis_angle (z, 0.5 * G_PI), SW_KEEP_NONE,
                           NULL, error);
  if (quarter == NULL)
    return NULL;
  general = sw_worker_run (worker, document, sw_quat_from_axis_angle (oblique, 40.0 * G_PI / 180.0),
                           SW_KEEP_NONE, NULL, error);
  if (general == NULL)
    return NULL;
  cube_error = sw_compare_output (before, quarter);
  general_error = sw_compare_output (before, general);
  *ret_fine = cube_error <= CUBE_LIMIT && general_error <= GENERAL_LIMIT;
  return json_pack ("{s:b,s:o,s:o,s:f}", "passed", *ret_fine, "quarter_turn_error",
                    sw_json_number (cube_error), "general_turn_error",
                    sw_json_number (general_error), "forward_seconds", general->seconds_forward);
}

char *
sw_self_test_dup_libraries (void)
{
  return g_strdup_printf ("%s, %s", sw_libraries_blas (), sw_libraries_fftw ());
}

json_t *
sw_self_test_to_json (const SwCatalog *catalog, bool *ret_fine)
{
  g_autoptr (GError) error = NULL;
  json_t *json = json_object (), *folders = json_array (), *test;
  size_t n;

  *ret_fine = false;
  for (const char *const *folder = sw_catalog_folders (catalog); *folder != NULL; folder++)
    json_array_append_new (folders, json_string (*folder));
  (void) sw_catalog_networks (catalog, &n);
  json_object_set_new (json, "version", json_string (SW_VERSION));
  json_object_set_new (json, "conventions", json_integer (SW_CONVENTIONS_VERSION));
  json_object_set_new (json, "data_folders", folders);
  json_object_set_new (json, "networks", json_integer ((json_int_t) n));
  json_object_set_new (json, "blas", json_string (sw_libraries_blas ()));
  json_object_set_new (json, "blas_threads", json_integer (sw_libraries_blas_threads ()));
  json_object_set_new (json, "fftw", json_string (sw_libraries_fftw ()));
  json_object_set_new (json, "glib", json_sprintf ("%u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version));
  json_object_set_new (json, "threads", json_integer (omp_get_max_threads ()));
  json_object_set_new (json, "memory_free_gb",
                       sw_json_number ((double) sw_memory_available () / 1e9));
  test = run_test (catalog, ret_fine, &error);
  if (test == NULL)
    test = json_pack ("{s:b,s:s}", "passed", 0, "problem", error->message);
  json_object_set_new (json, "self_test", test);
  return json;
}
