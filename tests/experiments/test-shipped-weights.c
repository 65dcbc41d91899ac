/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped weights that were trained on data which does not come with the program: their record and licence; where the data are,
 * they do what their card says. Those of Tetris and CATH have tests of their own. */
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "experiments/experiment.h"
#include "experiments/training.h"

typedef struct
{
  const char *name, *experiment;
  const char *data;   /* below SW_SHARED_DATA */
  const char *source; /* named by the licence */
  size_t samples;     /* of the test to look at */
} Shipped;

static const Shipped shipped[] = {
  { "amino-acid", "amino-acid", "labels/cath_domains.tsv", "www.cathdb.info", 1000 },
  { "shapes", "shrec17", "meshes", "LDraw", 0 },
};

static SwModel *
read_model (const Shipped *s, json_t **ret_card)
{
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *path = g_strdup_printf ("%s/weights/%s.safetensors", folder != NULL ? folder : "data", s->name);
  SwModel *model = NULL;
  SwError error = { 0 };
  if (sw_model_read (path, NULL, &model, &error) != SW_OK)
    g_error ("%s", error.text);
  json_t *record = json_loads (model->training, JSON_REJECT_DUPLICATES, NULL);
  g_assert_cmpstr (model->network->name, ==, s->name);
  g_assert_nonnull (strstr (model->licence, s->source));
  g_assert_cmpstr (json_string_value (json_object_get (record, "experiment")), ==, s->experiment);
  /* Names of files, not where they lay. */
  g_assert_null (strchr (json_string_value (json_object_get (record, "data")), '/'));
  *ret_card = json_incref (json_object_get (record, "card"));
  g_assert_true (json_is_object (*ret_card));
  json_decref (record);
  return model;
}

static void
test_weights (gconstpointer data)
{
  const Shipped *s = data;
  const char *shared = g_getenv ("SW_SHARED_DATA");
  g_autofree char *path = shared != NULL ? g_build_filename (shared, s->data, NULL) : NULL;
  const SwExperiment *experiment = sw_experiment_find (s->experiment);
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  g_autoptr (GError) error = NULL;
  json_t *card;
  SwModel *model = read_model (s, &card);
  const json_t *test = json_object_get (card, "test");
  const double said = json_real_value (json_object_get (test, "accuracy_rotated"));
  g_assert_cmpint (json_integer_value (json_object_get (test, "samples")), >, 100);
  g_assert_cmpfloat (said, >, 2.0 / (double) model->network->n_outputs);
  if (path == NULL || !g_file_test (path, G_FILE_TEST_EXISTS))
    g_test_skip ("the shared data are not here");
  else
    {
      g_autoptr (SwTrainingEvaluation) got
          = sw_training_evaluate (experiment, model, &options, path, SW_PART_TEST, s->samples, 1, NULL, &error);
      g_assert_no_error (error);
      const double n = (double) got->result.n, deviation = sqrt (said * (1 - said) / n);
      g_test_message ("%s: %.1f %% of %zu, the card says %.1f %%", s->name, 100 * got->result.accuracy, got->result.n, 100 * said);
      g_assert_cmpfloat (fabs (got->result.accuracy - said), <, 4 * deviation);
    }
  json_decref (card);
  sw_model_free (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (shipped); i++)
    {
      g_autofree char *path = g_strdup_printf ("/experiments/shipped-weights/%s", shipped[i].name);
      g_test_add_data_func (path, &shipped[i], test_weights);
    }
  return g_test_run ();
}
