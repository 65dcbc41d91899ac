/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shipped CATH weights: known folds are named, in any orientation; the record says where they come from; on the held-out
 * superfamilies, where the data are, they do what data/weights/README.md says, turned or not. */
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "experiments/cath.h"
#include "experiments/training.h"
#include "nn/runner.h"
#include "so3/rotation.h"
#include "structure/structure.h"
#include "train/loss.h"
#include "voxel/trace.h"

typedef struct
{
  const char *name;
  const SwExperiment *experiment;
  double accuracy; /* at least, on the test part */
  struct
  {
    const char *file, *class_name;
  } known[3];
} Shipped;

static const Shipped shipped[] = {
  { "cath-architecture", &sw_experiment_cath, 0.55,
    { { "1cbs.cif.gz", "2.40 Beta barrel" }, { "1tim.pdb.gz", "3.20 Alpha-beta barrel" }, { "1f4p.pdb.gz", "3.40 3-layer (aba) sandwich" } } },
  { "cath-class", &sw_experiment_cath_class, 0.86,
    { { "1cbs.cif.gz", "2 Mainly beta" }, { "1tim.pdb.gz", "3 Alpha and beta" }, { "4hhb.cif.gz", "1 Mainly alpha" } } },
};

static SwModel *
read_model (const Shipped *s)
{
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *path = g_strdup_printf ("%s/weights/%s.safetensors", folder != NULL ? folder : "data", s->name);
  SwModel *model = NULL;
  SwError error = { 0 };
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("these weights do not come with the program");
      return NULL;
    }
  if (sw_model_read (path, NULL, &model, &error) != SW_OK)
    g_error ("%s", error.text);
  return model;
}

static void
test_record (gconstpointer data)
{
  const Shipped *s = data;
  SwModel *model = read_model (s);
  json_t *record, *card;
  if (model == NULL)
    return;
  g_assert_cmpstr (model->network->name, ==, s->name);
  g_assert_nonnull (strstr (model->licence, "CC BY 4.0"));
  g_assert_nonnull (strstr (model->licence, "www.cathdb.info"));
  record = json_loads (model->training, JSON_REJECT_DUPLICATES, NULL);
  g_assert_true (json_is_object (record));
  g_assert_null (strchr (json_string_value (json_object_get (record, "data")), '/'));
  card = json_object_get (record, "card");
  g_assert_cmpint (json_integer_value (json_object_get (json_object_get (card, "test"), "samples")), >, 300);
  g_assert_cmpuint (json_array_size (json_object_get (json_object_get (card, "range"), "atoms")), ==, 2);
  json_decref (record);
  sw_model_free (model);
}

/* Class of a chain at a rotation, and the outputs. */
static size_t
answer (SwRunner *runner, const SwInputAtoms *atoms, SwQuat rotation, real *input, double *outputs)
{
  const SwNetwork *network = sw_runner_network (runner);
  const size_t size = sw_runner_input_size (runner);
  const SwVoxelParams params = { .n_channels = SW_TRACE_N_CHANNELS,
                                 .size = size,
                                 .centre = sw_runner_centre (runner, size),
                                 .spacing = network->voxel_angstrom,
                                 .sigma = network->sigma_voxels * network->voxel_angstrom,
                                 .norm = SW_DENSITY_UNIT_MASS,
                                 .bandlimited = true,
                                 .w_max = network->w_max };
  double matrix[9];
  SwError error = { 0 };
  sw_quat_to_matrix (rotation, matrix);
  g_assert_cmpint (sw_voxelize_trace (&params, atoms->n_atoms, (const double (*)[3]) atoms->positions, matrix, NULL, NULL, input, NULL,
                                      &error),
                   ==, SW_OK);
  g_assert_cmpint (sw_runner_forward (runner, input, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < network->n_outputs; i++)
    outputs[i] = (double) sw_runner_output (runner)[i];
  return sw_loss_argmax (network->n_outputs, sw_runner_output (runner));
}

static void
test_known (gconstpointer data)
{
  const Shipped *s = data;
  SwModel *model = read_model (s);
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  SwRunner *runner = NULL;
  SwRandom random;
  SwError plain = { 0 };
  if (model == NULL)
    return;
  g_assert_cmpint (sw_runner_new (model, &options, &runner, &plain), ==, SW_OK);
  const size_t size = sw_runner_input_size (runner), n = model->network->n_outputs;
  g_autofree real *input = g_new (real, SW_TRACE_N_CHANNELS * size * size * size);
  sw_random_init (&random, 1);
  for (size_t k = 0; k < G_N_ELEMENTS (s->known); k++)
    {
      g_autofree char *path = g_strdup_printf ("%s/examples/%s", g_getenv ("SW_DATADIR"), s->known[k].file);
      /* one chain: a domain */
      const SwLoadOptions load = { .selection = "A" };
      g_autoptr (GError) error = NULL;
      g_autoptr (SwStructure) structure = sw_structure_load (path, &load, NULL, &error);
      g_autoptr (SwInputAtoms) atoms = NULL;
      g_autofree double *still = g_new (double, n), *turned = g_new (double, n);
      double worst = 0, norm = 0;
      g_assert_no_error (error);
      atoms = sw_structure_dup_input_atoms (structure, SW_CHANNELS_TRACE, SW_CENTRE_MEAN, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (model->network->class_names[answer (runner, atoms, SW_QUAT_IDENTITY, input, still)], ==,
                       s->known[k].class_name);
      for (int r = 0; r < 5; r++)
        {
          double difference = 0;
          g_assert_cmpstr (model->network->class_names[answer (runner, atoms, sw_quat_random (&random), input, turned)], ==,
                           s->known[k].class_name);
          norm = 0;
          for (size_t i = 0; i < n; i++)
            {
              difference += (turned[i] - still[i]) * (turned[i] - still[i]);
              norm += still[i] * still[i];
            }
          worst = fmax (worst, sqrt (difference / norm));
        }
      g_test_message ("%s: outputs change by at most %.3f of their norm when turned", s->known[k].file, worst);
      g_assert_cmpfloat (worst, <, 0.15);
    }
  sw_runner_free (runner);
  sw_model_free (model);
}

static void
test_held_out (gconstpointer data)
{
  const Shipped *s = data;
  const char *shared = g_getenv ("SW_SHARED_DATA");
  g_autofree char *folder = shared != NULL ? g_build_filename (shared, "cath", NULL) : NULL;
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  double accuracy[2];
  SwModel *model;
  if (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("no shared data: SW_SHARED_DATA names no folder with cath/");
      return;
    }
  model = read_model (s);
  if (model == NULL)
    return;
  for (int given = 0; given < 2; given++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SwTrainingEvaluation) evaluation
          = sw_training_evaluate (s->experiment, model, &options, folder, given ? SW_PART_TEST_AS_GIVEN : SW_PART_TEST, 0, 1, NULL, &error);
      g_assert_no_error (error);
      accuracy[given] = evaluation->result.accuracy;
      g_test_message ("%s, %s: %.4f of %zu", s->name, given ? "as given" : "turned", accuracy[given], evaluation->result.n);
      g_assert_cmpfloat (accuracy[given], >, s->accuracy);
    }
  g_assert_cmpfloat (fabs (accuracy[0] - accuracy[1]), <, 0.03);
  sw_model_free (model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (shipped); i++)
    {
      g_autofree char *record = g_strdup_printf ("/experiments/cath-weights/%s/record", shipped[i].name);
      g_autofree char *known = g_strdup_printf ("/experiments/cath-weights/%s/known", shipped[i].name);
      g_autofree char *held_out = g_strdup_printf ("/experiments/cath-weights/%s/held-out", shipped[i].name);
      g_test_add_data_func (record, &shipped[i], test_record);
      g_test_add_data_func (known, &shipped[i], test_known);
      g_test_add_data_func (held_out, &shipped[i], test_held_out);
    }
  return g_test_run ();
}
