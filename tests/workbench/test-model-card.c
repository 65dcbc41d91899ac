/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a training record turns into, and what is found unlike it. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "workbench/model-card.h"

static SwCatalog *catalog;

static SwLoadedModel *
model_with (const char *network, const char *record)
{
  g_autoptr (GError) error = NULL;
  const SwModelRequest random = { .network = network, .random = true, .seed = 1 };
  g_autoptr (SwLoadedModel) drawn = sw_loaded_model_new (catalog, &random, &error);
  g_autofree char *path = NULL;
  SwModel *model = NULL;
  SwLoadedModel *loaded;
  SwError plain = { 0 };
  const int fd = g_file_open_tmp ("swivel-XXXXXX.safetensors", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  if (sw_model_dup (drawn->model, &model, &plain) != SW_OK)
    g_error ("%s", plain.text);
  model->training = strdup (record);
  model->calibrated = true;
  if (sw_model_write (model, path, &plain) != SW_OK)
    g_error ("%s", plain.text);
  sw_model_free (model);
  loaded = sw_loaded_model_new (catalog, &(SwModelRequest){ .weights = path }, &error);
  g_assert_no_error (error);
  g_unlink (path);
  return loaded;
}

static GPtrArray *
check (const SwLoadedModel *model, const char *file, const char *selection)
{
  g_autoptr (GError) error = NULL;
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *path = g_build_filename (folder != NULL ? folder : "data", "examples", file, NULL);
  const SwDocumentOptions options = { .structure = { .selection = selection } };
  g_autoptr (SwDocument) document = sw_document_load (path, &options, NULL, &error);
  g_autoptr (SwInputAtoms) atoms = NULL;
  GPtrArray *warnings = g_ptr_array_new_with_free_func (g_free);

  g_assert_no_error (error);
  atoms = sw_structure_dup_input_atoms (document->structure, SW_CHANNELS_ONE, SW_CENTRE_MEAN, &error);
  g_assert_no_error (error);
  sw_model_card_check (model, document, atoms, warnings);
  for (guint i = 0; i < warnings->len; i++)
    g_test_message ("%s", (const char *) g_ptr_array_index (warnings, i));
  return warnings;
}

static void
test_text (void)
{
  static const struct
  {
    const char *record, *training, *result;
    double accuracy;
  } cases[] = {
    { "{\"card\": {\"data\": \"1,234 domains\", \"test\": {\"samples\": 692, \"accuracy\": 0.615, \"accuracy_rotated\": 0.61}}}",
      "Trained on 1,234 domains.", "Right on 61.5 % of 692 test samples, on 61 % of them turned at random.", 0.615 },
    { "{\"experiment\": \"x\", \"training_samples\": 40, \"validation_accuracy\": 0.5, \"validation_samples\": 8}",
      "Trained in the experiment “x” on 40 samples.", "Right on 50 % of 8 validation samples.", 0.5 },
    { "{\"experiment\": \"x\", \"test_accuracy\": 1, \"validation_accuracy\": 0.5}", "Trained in the experiment “x”.",
      "Right on 100 % of the test samples.", 1.0 },
    { "{\"experiment\": \"x\", \"best_validation_accuracy\": 0.25, \"validation_samples\": 64}", "Trained in the experiment “x”.",
      "Right on 25 % of 64 validation samples.", 0.25 },
    { "{}", "Trained weights without a record of what on.", "", NAN },
    { "[1, 2]", "Trained weights without a record of what on.", "", NAN },
    { "not JSON", "Trained weights without a record of what on.", "", NAN },
    { "{\"card\": 3, \"experiment\": [], \"test_accuracy\": \"high\"}", "Trained weights without a record of what on.", "", NAN },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SwLoadedModel) model = model_with ("quick", cases[i].record);
      g_autoptr (SwModelCard) card = sw_model_card_new (model);
      json_t *json = sw_model_card_to_json (card);

      g_assert_cmpstr (card->training, ==, cases[i].training);
      g_assert_cmpstr (card->result, ==, cases[i].result);
      g_assert_true (isnan (cases[i].accuracy) ? isnan (card->accuracy) : card->accuracy == cases[i].accuracy);
      g_assert_nonnull (json);
      json_decref (json);
    }
}

static void
test_random (void)
{
  g_autoptr (GError) error = NULL;
  const SwModelRequest request = { .network = "quick", .random = true, .seed = 77 };
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  g_autoptr (SwModelCard) card = sw_model_card_new (model);
  g_autoptr (GPtrArray) warnings = check (model, "1crn.pdb.gz", NULL);

  g_assert_nonnull (strstr (card->training, "seed 77"));
  g_assert_cmpuint (warnings->len, ==, 0);
}

/* 1CRN has 327 atoms; its numbers lie inside the first ranges and outside one after the other of the next. */
static void
test_ranges (void)
{
  static const struct
  {
    const char *range;
    guint n;
    const char *text;
  } cases[] = {
    { "{\"atoms\": [300, 400], \"radius\": [5, 50], \"radius_of_gyration\": [5, 20], \"neighbours\": [10, 200]}", 0, NULL },
    { "{\"atoms\": [10, 326]}", 1, "number of atoms is 327; 98 % of the training samples have 10 to 326" },
    { "{\"atoms\": [327, 327]}", 0, NULL },
    { "{\"radius\": [40, 50], \"radius_of_gyration\": [20, 30]}", 2, "Å" },
    { "{\"neighbours\": [1, 2]}", 1, "within 10 Å" },
    /* damaged ones say nothing */
    { "{\"atoms\": [10], \"radius\": 3, \"neighbours\": [\"a\", \"b\"], \"radius_of_gyration\": [9, 2]}", 0, NULL },
    { "7", 0, NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *record = g_strdup_printf ("{\"card\": {\"range\": %s}}", cases[i].range);
      g_autoptr (SwLoadedModel) model = model_with ("quick", record);
      g_autoptr (GPtrArray) warnings = check (model, "1crn.pdb.gz", NULL);

      g_assert_cmpuint (warnings->len, ==, cases[i].n);
      if (cases[i].n > 0)
        g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), cases[i].text));
    }
}

static void
test_kind (void)
{
  g_autoptr (SwLoadedModel) blocks = model_with ("tetris", "{}");
  g_autoptr (SwLoadedModel) atoms = model_with ("quick", "{}");
  g_autoptr (GPtrArray) a = check (blocks, "1crn.pdb.gz", NULL);
  g_autoptr (GPtrArray) b = check (atoms, "1cbs.cif.gz", "(REA)");
  g_autoptr (GPtrArray) c = check (atoms, "1crn.pdb.gz", NULL);

  g_assert_cmpuint (a->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (a, 0), "not trained on molecules"));
  g_assert_cmpuint (b->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (b, 0), "no protein"));
  g_assert_cmpuint (c->len, ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = sw_catalog_new ();
  g_test_add_func ("/workbench/model-card/text", test_text);
  g_test_add_func ("/workbench/model-card/random", test_random);
  g_test_add_func ("/workbench/model-card/ranges", test_ranges);
  g_test_add_func ("/workbench/model-card/kind", test_kind);
  status = g_test_run ();
  sw_catalog_unref (catalog);
  return status;
}
