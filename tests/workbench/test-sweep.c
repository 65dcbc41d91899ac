/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors against the angle, where they are known: rotations of the cube, one atom in the middle, an ordinary CNN. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "workbench/equivariance.h"
#include "workbench/sweep-chart.h"

/* A gated network and an ordinary one without stride, each on 33^3 voxels: an odd size has a voxel in the middle. */
static const char steerable_json[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"s\", \"title\": \"S\", \"description\": \"-\","
      "\"input\": {\"kind\": \"atoms\", \"channels\": \"one\", \"fields\": \"1x0\", \"size\": 33, \"voxel\": 2.0,"
      " \"sigma\": 0.6}, \"bandlimited\": {\"size\": 33, \"w_max\": 2.2},"
      "\"layers\": [{\"type\": \"gated\", \"name\": \"one\", \"fields\": \"3x0+2x1\", \"kernel\": 5},"
      "{\"type\": \"gated\", \"name\": \"two\", \"fields\": \"4x0\", \"kernel\": 5},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": 3}]}";
static const char ordinary_json[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"o\", \"title\": \"O\", \"description\": \"-\", \"conventional\": true,"
      "\"input\": {\"kind\": \"atoms\", \"channels\": \"one\", \"fields\": \"1x0\", \"size\": 33, \"voxel\": 2.0, \"sigma\": 0.6},"
      "\"layers\": [{\"type\": \"ordinary\", \"name\": \"one\", \"fields\": \"6x0\", \"kernel\": 5},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": 3}]}";

static SwCatalog *catalog;
static SwDocument *protein;
static SwLoadedModel *steerable, *ordinary;

static SwLoadedModel *
load (const char *json)
{
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "n.json", NULL);
  const SwModelRequest request = { .network = path, .random = true, .seed = 3 };
  g_autoptr (GError) error = NULL;
  SwLoadedModel *model;

  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  model = sw_loaded_model_new (catalog, &request, &error);
  g_assert_no_error (error);
  g_remove (path);
  g_rmdir (folder);
  return model;
}

static SwSweep *
measure (SwDocument *document, const SwSweepParams *params)
{
  const SwJobOptions limited = { .engine = SW_ENGINE_BANDLIMITED }, sampled = { .engine = SW_ENGINE_SAMPLED };
  g_auto (SwSweepCases) cases = { 0 };
  g_autoptr (GError) error = NULL;
  SwSweep *sweep;

  sw_sweep_cases_add (&cases, steerable, &limited, "band-limited");
  sw_sweep_cases_add (&cases, steerable, &sampled, "sampled");
  sw_sweep_cases_add (&cases, ordinary, &sampled, "ordinary");
  sweep = sw_sweep_measure (&cases, document, params, NULL, &error);
  g_assert_no_error (error);
  return sweep;
}

/* Quarter turns are exact for both engines; between them lies what each engine costs; the ordinary network is exact nowhere but
 * where nothing was turned. */
static void
test_quarter_turns (void)
{
  const SwSweepParams params = { .axis = { 0.0, 0.0, 2.0 }, .n_steps = 8, .n_points = 400 };
  g_autoptr (SwSweep) sweep = measure (protein, &params);

  g_assert_cmpuint (sweep->n_angles, ==, 9);
  g_assert_cmpfloat (sweep->params.axis[2], ==, 1.0);
  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepLayer *layer = sw_sweep_curve_find (&sweep->curves[c], "one");
      for (size_t i = 0; i < sweep->n_angles; i++)
        {
          g_test_message ("%s, %g degrees: %.3g", sweep->curves[c].label, sweep->angles[i], layer->all[i]);
          if (c == 2)
            g_assert_true (i % 8 == 0 ? layer->all[i] == 0.0 : layer->all[i] > 0.3);
          else if (i % 2 == 0)
            g_assert_cmpfloat (layer->all[i], <, 1e-5);
          else
            g_assert_cmpfloat (layer->all[i], >, 1e-4);
        }
      g_assert_cmpfloat (layer->all[0], ==, layer->all[8]);
    }
  /* Kernels sampled on 5^3 voxels cost more than a band limit. */
  g_assert_cmpfloat (sw_sweep_curve_find (&sweep->curves[1], "one")->all[1], >,
                     5.0 * sw_sweep_curve_find (&sweep->curves[0], "one")->all[1]);
}

/* About any axis of the cube, however long; a body diagonal repeats after 120 degrees. */
static void
test_diagonal (void)
{
  const SwSweepParams params = { .axis = { -3.0, 3.0, 3.0 }, .n_steps = 6, .n_points = 300 };
  g_autoptr (SwSweep) sweep = measure (protein, &params);

  for (size_t c = 0; c < 2; c++)
    for (size_t i = 0; i < sweep->n_angles; i++)
      {
        const double error = sw_sweep_curve_find (&sweep->curves[c], "two")->all[i];
        g_test_message ("%s, %g degrees: %.3g", sweep->curves[c].label, sweep->angles[i], error);
        if (i % 2 == 0)
          g_assert_cmpfloat (error, <, 1e-5);
        else
          g_assert_cmpfloat (error, >, 1e-4);
      }
}

/* One atom is its own centre: turning it changes nothing, so no output may change, of whatever network. */
static void
test_single_atom (void)
{
  const SwSweepParams params = { .n_steps = 5, .n_random = 3, .n_points = 100 };
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", "single-atom.pdb", NULL);
  g_autoptr (SwDocument) atom = sw_document_load (path, NULL, NULL, NULL);
  g_assert_nonnull (atom);
  g_autoptr (SwSweep) sweep = measure (atom, &params);

  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepLayer *output = sw_sweep_curve_find (&sweep->curves[c], "output");
      SwSweepSummary summary;
      if (output->silent)
        continue;
      sw_sweep_summarize (output->all, 0, sweep->n_rotations, &summary);
      g_test_message ("%s: %.3g", sweep->curves[c].label, summary.max);
      g_assert_cmpfloat (summary.max, <, 1e-5);
      g_assert_cmpuint (sweep->curves[c].n_class_changes, ==, 0);
    }
}

/* The random sample is the protocol's: same seed, same rotations, same numbers. */
static void
test_random_sample (void)
{
  const SwSweepParams params = { .n_random = 4, .seed = 11, .n_points = 200, .all_layers = true };
  const SwEquivarianceParams protocol = { .n_rotations = 4, .seed = 11, .n_points = 200, .no_cube = true };
  const SwJobOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  g_autoptr (SwSweep) sweep = measure (protein, &params);
  g_autoptr (GError) error = NULL;
  g_autoptr (SwWorker) worker = sw_worker_new (steerable, &options, &error);
  g_autoptr (SwEquivariance) result = sw_equivariance_measure (worker, protein, &protocol, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sweep->n_angles, ==, 0);
  g_assert_cmpmem (sweep->rotations, 4 * sizeof (SwQuat), result->rotations, 4 * sizeof (SwQuat));
  g_assert_cmpuint (sweep->curves[0].n_layers, ==, result->random.n_layers + 1);
  for (size_t i = 0; i < result->random.n_layers; i++)
    {
      const SwSweepLayer *layer = &sweep->curves[0].layers[i];
      const SwLayerErrors *known = &result->random.layers[i];
      SwSweepSummary summary;
      g_assert_cmpstr (layer->name, ==, known->name);
      g_assert_true (layer->silent == known->silent);
      if (layer->silent)
        continue;
      sw_sweep_summarize (layer->all, 0, 4, &summary);
      g_assert_cmpfloat_with_epsilon (summary.mean, known->all.mean, 1e-5 * known->all.mean + 1e-7);
      g_assert_cmpfloat_with_epsilon (summary.max, known->all.max, 1e-5 * known->all.max + 1e-7);
      if (layer->size > 1)
        g_assert_cmpuint (summary.worst, ==, known->all.worst);
    }
}

static void
test_axis (void)
{
  static const char *const bad[] = { "", "w", "1,2", "0,0,0", "1,2,3,4", "1,b,2", "nan,0,1" };
  double axis[3];

  g_assert_true (sw_sweep_parse_axis ("y", axis));
  g_assert_true (axis[0] == 0.0 && axis[1] == 1.0 && axis[2] == 0.0);
  g_assert_true (sw_sweep_parse_axis ("1, -2.5,3e1", axis));
  g_assert_true (axis[0] == 1.0 && axis[1] == -2.5 && axis[2] == 30.0);
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (sw_sweep_parse_axis (bad[i], axis));
}

static void
test_summary (void)
{
  const double values[] = { 9.0, NAN, 1.0, 3.0, 2.0, 9.0 };
  SwSweepSummary summary;

  sw_sweep_summarize (values, 1, 4, &summary);
  g_assert_cmpfloat (summary.mean, ==, 2.0);
  g_assert_cmpfloat (summary.max, ==, 3.0);
  g_assert_cmpuint (summary.worst, ==, 3);
  sw_sweep_summarize (values, 1, 1, &summary);
  g_assert_true (isnan (summary.mean) && isnan (summary.max) && summary.worst == 1);
}

/* A case that cannot be is named; the others are measured. Without any there is an error. */
static void
test_problem (void)
{
  const SwJobOptions limited = { .engine = SW_ENGINE_BANDLIMITED }, sampled = { .engine = SW_ENGINE_SAMPLED };
  const SwSweepParams params = { .n_steps = 1, .n_points = 50 }, nothing = { 0 };
  g_auto (SwSweepCases) cases = { 0 };
  g_autoptr (GError) error = NULL;

  sw_sweep_cases_add (&cases, ordinary, &limited, "impossible");
  g_assert_null (sw_sweep_measure (&cases, protein, &params, NULL, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  sw_sweep_cases_add (&cases, ordinary, &sampled, "possible");
  g_autoptr (SwSweep) sweep = sw_sweep_measure (&cases, protein, &params, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (sweep->curves[0].problem);
  g_assert_cmpuint (sweep->curves[0].n_layers, ==, 0);
  g_assert_null (sweep->curves[1].problem);
  g_assert_null (sw_sweep_measure (&cases, protein, &nothing, NULL, &error));
  g_assert_nonnull (error);
}

static bool
stop (double fraction, const char *sentence, void *data)
{
  g_assert_cmpfloat (fraction, <=, 1.0);
  return ++*(int *) data < 6;
}

static void
test_cancel (void)
{
  const SwJobOptions options = { .engine = SW_ENGINE_SAMPLED };
  const SwSweepParams params = { .n_steps = 1000, .n_points = 50 };
  g_auto (SwSweepCases) cases = { 0 };
  int n = 0;
  const SwProgress progress = { stop, &n };
  g_autoptr (GError) error = NULL;

  sw_sweep_cases_add (&cases, ordinary, &options, "o");
  g_assert_null (sw_sweep_measure (&cases, protein, &params, &progress, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (n, ==, 6);
}

static SwChartFormat asked;

static GBytes *
pretend (const SwChartPage *page, SwChartFormat format, GError **error)
{
  asked = format;
  return g_bytes_new (page->title, strlen (page->title));
}

/* What is drawn, and the files. */
static void
test_files (void)
{
  const SwSweepParams params = { .n_steps = 4, .n_random = 5, .n_points = 50, .seed = 7 };
  g_autoptr (SwSweep) sweep = measure (protein, &params);
  const SwSweepChartOptions one = { .layer = "one", .linear = true };
  g_autoptr (SwSweepChart) all = sw_sweep_chart_new (sweep, NULL), chosen = sw_sweep_chart_new (sweep, &one);
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *csv = g_build_filename (folder, "a.csv", NULL), *pdf = g_build_filename (folder, "a.pdf", NULL);
  g_autofree char *json = g_build_filename (folder, "a.json", NULL), *text = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;
  double sum = 0.0;

  g_assert_cmpuint (all->page.n_charts, ==, 2);
  g_assert_cmpuint (chosen->page.charts[0].n_series, ==, 3);
  g_assert_cmpuint (all->page.charts[0].n_series, >, 6);
  g_assert_true (chosen->page.charts[0].series[1].y == sw_sweep_curve_find (&sweep->curves[1], "one")->all);
  g_assert_cmpint (chosen->page.charts[0].y_scale, ==, SW_CHART_LINEAR);
  /* Every rotation is in one column of the histogram. */
  for (size_t i = 0; i < chosen->page.charts[1].series[0].n; i++)
    sum += chosen->page.charts[1].series[0].y[i];
  g_assert_cmpfloat (sum, ==, 5.0);
  g_assert_cmpuint (all->page.n_columns, ==, 4);

  g_assert_true (sw_sweep_write (sweep, NULL, NULL, csv, &second, &error));
  g_assert_true (g_file_get_contents (csv, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  size_t n_lines = 1;
  for (size_t c = 0; c < sweep->n_curves; c++)
    n_lines += sweep->curves[c].n_layers * sweep->n_rotations;
  g_assert_cmpuint (g_strv_length (lines), ==, n_lines + 1);
  g_assert_true (sw_sweep_write (sweep, NULL, pretend, pdf, &second, &error));
  g_assert_cmpint (asked, ==, SW_CHART_PDF);
  g_assert_cmpstr (second, ==, json);
  json_t *report = json_load_file (json, 0, NULL);
  g_assert_cmpuint (json_array_size (json_object_get (report, "curves")), ==, 3);
  g_assert_cmpuint (json_array_size (json_object_get (report, "random_rotations_wxyz")), ==, 5);
  g_assert_cmpint (json_integer_value (json_object_get (report, "seed")), ==, 7);
  g_assert_cmpuint (json_string_length (json_object_get (json_array_get (json_object_get (report, "curves"), 0), "weights_sha256")),
                    ==, 64);
  json_decref (report);
  g_remove (csv);
  g_remove (json);
  g_remove (pdf);
  g_free (g_steal_pointer (&second));
  g_assert_false (sw_sweep_write (sweep, NULL, NULL, pdf, &second, &error));
  g_assert_nonnull (strstr (error->message, pdf));
  g_rmdir (folder);
}

/* A mesh has no atoms and no angstrom, and its report does not speak of them. */
static void
test_mesh (void)
{
  const SwSweepParams params = { .n_steps = 2, .n_points = 50 };
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "shapes", "bar-6140.off.gz", NULL);
  g_autoptr (SwDocument) mesh = sw_document_load (path, NULL, NULL, NULL);
  g_assert_nonnull (mesh);
  g_autoptr (SwSweep) of_mesh = measure (mesh, &params), of_atoms = measure (protein, &params);
  g_autoptr (SwSweepChart) chart = sw_sweep_chart_new (of_mesh, NULL), other = sw_sweep_chart_new (of_atoms, NULL);
  size_t n_angstrom = 0;

  g_assert_nonnull (strstr (chart->page.subtitle, "mesh"));
  g_assert_nonnull (strstr (other->page.subtitle, "atoms"));
  for (size_t i = 0; i < chart->page.n_facts; i++)
    g_assert_true (chart->page.facts[i].value == NULL || strstr (chart->page.facts[i].value, "Å") == NULL);
  for (size_t i = 0; i < other->page.n_facts; i++)
    n_angstrom += other->page.facts[i].value != NULL && strstr (other->page.facts[i].value, "Å") != NULL;
  g_assert_cmpuint (n_angstrom, ==, 3);
}

/* Twins from the catalogue, random beside random. */
static void
test_cases (void)
{
  const SwModelRequest request = { .network = "quick", .random = true, .seed = 4 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) quick = sw_loaded_model_new (catalog, &request, &error);
  g_auto (SwSweepCases) cases = { 0 }, none = { 0 };

  g_assert_no_error (error);
  g_assert_true (sw_sweep_cases_fill (&cases, catalog, quick, NULL, SW_SWEEP_BANDLIMITED | SW_SWEEP_SAMPLED | SW_SWEEP_TWIN, &error));
  g_assert_cmpuint (cases.n, ==, 3);
  g_assert_cmpstr (cases.cases[2].model->name, ==, "quick-cnn");
  g_assert_true (cases.cases[2].model->random && cases.cases[2].model->seed == 4);
  g_assert_cmpint (cases.cases[2].options.engine, ==, SW_ENGINE_SAMPLED);
  g_assert_false (sw_sweep_cases_fill (&none, catalog, steerable, NULL, SW_SWEEP_TWIN, &error));
  g_assert_nonnull (error);
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
  steerable = load (steerable_json);
  ordinary = load (ordinary_json);
  g_test_add_func ("/workbench/sweep/quarter-turns", test_quarter_turns);
  g_test_add_func ("/workbench/sweep/diagonal", test_diagonal);
  g_test_add_func ("/workbench/sweep/single-atom", test_single_atom);
  g_test_add_func ("/workbench/sweep/random-sample", test_random_sample);
  g_test_add_func ("/workbench/sweep/axis", test_axis);
  g_test_add_func ("/workbench/sweep/summary", test_summary);
  g_test_add_func ("/workbench/sweep/problem", test_problem);
  g_test_add_func ("/workbench/sweep/cancel", test_cancel);
  g_test_add_func ("/workbench/sweep/files", test_files);
  g_test_add_func ("/workbench/sweep/mesh", test_mesh);
  g_test_add_func ("/workbench/sweep/cases", test_cases);
  status = g_test_run ();
  sw_loaded_model_unref (steerable);
  sw_loaded_model_unref (ordinary);
  sw_document_unref (protein);
  sw_catalog_unref (catalog);
  return status;
}
