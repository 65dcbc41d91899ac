/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped Tetris weights: the steerable network knows all eight pieces in orientations that it never saw; the conventional one
 * knows them in the orientations that it was trained with, and loses most of them when they are turned. */
#include <glib.h>
#include <jansson.h>

#include "experiments/tetris.h"

typedef struct
{
  SwModel *model;
  json_t *record; /* of its training */
  SwRunOptions options;
} Shipped;

static bool
read_shipped (const char *name, Shipped *ret)
{
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *path = g_strdup_printf ("%s/weights/%s.safetensors", folder != NULL ? folder : "data", name);
  SwError error;
  *ret = (Shipped){ 0 };
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("these weights do not come with the program");
      return false;
    }
  if (sw_model_read (path, NULL, &ret->model, &error) != SW_OK)
    g_error ("%s", error.text);
  g_assert_cmpstr (ret->model->network->name, ==, name);
  g_assert_cmpstr (ret->model->licence, ==, "CC0-1.0");
  g_assert_nonnull (ret->model->training);
  ret->record = json_loads (ret->model->training, 0, NULL);
  g_assert_true (json_is_object (ret->record));
  g_assert_cmpstr (json_string_value (json_object_get (ret->record, "experiment")), ==, "tetris");
  g_assert_true (g_str_has_prefix (json_string_value (json_object_get (ret->record, "program")), "swivel "));
  g_assert_true (json_is_integer (json_object_get (ret->record, "seed")));
  g_assert_cmpint (json_integer_value (json_object_get (ret->record, "epochs_trained")), >, 0);
  g_assert_true (json_is_real (json_object_get (ret->record, "best_validation_accuracy")));
  ret->options.engine = ret->model->network->conventional ? SW_ENGINE_SAMPLED : SW_ENGINE_BANDLIMITED;
  return true;
}

static SwEvaluation
evaluate (const Shipped *shipped, SwDataPart part, uint64_t seed, size_t n, size_t *confusion)
{
  const SwExperiment *experiment = sw_experiment_find ("tetris");
  SwEvaluation evaluation;
  SwDataset data;
  SwRunner *runner;
  SwError error;
  g_autoptr (GError) problem = NULL;
  if (sw_runner_new (shipped->model, &shipped->options, &runner, &error) != SW_OK)
    g_error ("%s", error.text);
  g_assert_true (experiment->open (NULL, shipped->model->network, &shipped->options, seed, n, &data, &problem));
  if (sw_evaluate (runner, &data, part, seed, n, confusion, NULL, &evaluation, &error) != SW_OK)
    g_error ("%s", error.text);
  g_test_message ("seed %lu: accuracy %g, loss %g", (unsigned long) seed, evaluation.accuracy, evaluation.loss);
  experiment->close (&data);
  sw_runner_free (runner);
  return evaluation;
}

static void
shipped_clear (Shipped *shipped)
{
  json_decref (shipped->record);
  sw_model_free (shipped->model);
}

static void
test_steerable (void)
{
  size_t confusion[SW_TETRIS_N_PIECES * SW_TETRIS_N_PIECES];
  Shipped shipped;
  if (!read_shipped ("tetris", &shipped))
    g_error ("data/weights/tetris.safetensors is missing");
  g_assert_cmpuint (shipped.model->network->n_parameters, ==, 41198);
  const SwEvaluation evaluation
      = evaluate (&shipped, SW_PART_VALIDATION, (uint64_t) g_test_rand_int_range (0, 1 << 30), 40, confusion);
  /* 400 of 400 were right when the weights were made; one slip in 40 would be 97.5 % */
  g_assert_cmpfloat (evaluation.accuracy, >, 0.99);
  for (size_t i = 0; i < SW_TETRIS_N_PIECES; i++)
    g_assert_cmpuint (confusion[i * SW_TETRIS_N_PIECES + i], ==, 5);
  /* What the window says of them. */
  const json_t *test = json_object_get (json_object_get (shipped.record, "card"), "test");
  g_assert_cmpint (json_integer_value (json_object_get (test, "samples")), ==, 400);
  g_assert_cmpfloat (json_real_value (json_object_get (test, "accuracy_rotated")), >=, 0.99);
  shipped_clear (&shipped);
}

static void
test_conventional (void)
{
  Shipped shipped;
  if (!read_shipped ("tetris-cnn", &shipped))
    return;
  const uint64_t seed = (uint64_t) json_integer_value (json_object_get (shipped.record, "seed"));
  g_assert_cmpuint (shipped.model->network->n_parameters, ==, 6221832);
  g_assert_cmpfloat (evaluate (&shipped, SW_PART_TRAIN, seed, SW_TETRIS_N_PIECES, NULL).accuracy, >, 0.99);
  g_assert_cmpfloat (evaluate (&shipped, SW_PART_VALIDATION, (uint64_t) g_test_rand_int_range (0, 1 << 30), 24, NULL).accuracy, <, 0.7);
  shipped_clear (&shipped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/experiments/tetris-weights/steerable", test_steerable);
  g_test_add_func ("/experiments/tetris-weights/conventional", test_conventional);
  return g_test_run ();
}
