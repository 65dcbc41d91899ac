/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gradient that a training step hands to Adam is the slope of what the step minimises: mean cross-entropy with dropout's draws,
 * batch norm over what passes together, accumulated parts, and the penalties of convolution weights. Group by group, in double.
 *
 * The gradient is read from the first moment in the checkpoint of a run that was stopped after its first step: m = g / 10. The slope
 * comes from losses that such runs report. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "tiny.h"
#include "train/checkpoint.h"
#include "train/loop.h"

enum
{
  N_TRAIN = 6,
};

/* Small enough that no ReLU is likely to turn at its kink. */
#define STEP 1e-6

static SwStatus
sample (void *data, SwDataPart part, size_t index, size_t size, const double *further, SwRandom *random, real *input, size_t *ret_label, SwError *error)
{
  for (size_t i = 0; i < size * size * size; i++)
    input[i] = (real) sw_random_normal (random);
  *ret_label = index % 3;
  return SW_OK;
}

static const SwDataset dataset = { .n_train = N_TRAIN, .n_classes = 3, .sample = sample };

static bool
stop_after_step (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  double *loss = data;
  if (event == SW_TRAIN_STEP)
    *loss = report->loss;
  return event != SW_TRAIN_STEP;
}

typedef struct
{
  SwNetwork *network;
  SwRunOptions options;
  SwTrainConfig config;
} Case;

/* Loss of the first step from these weights; folder may be NULL. */
static double
first_loss (const Case *c, const real *parameters, SwRunFolder *folder)
{
  SwModel *model = tiny_model (c->network, 1);
  double loss = NAN;
  SwError error = { 0 };
  memcpy (model->parameters, parameters, c->network->n_parameters * sizeof (real));
  if (sw_train (model, &c->options, &c->config, &dataset, NULL, folder, false, stop_after_step, &loss, &error) != SW_ERROR_CANCELLED)
    g_error ("%s", error.text);
  sw_model_free (model);
  return loss;
}

static void
read_gradient (const Case *c, const real *parameters, real *gradient)
{
  g_autofree char *path = tiny_folder_new ();
  SwModel *model = tiny_model (c->network, 2);
  SwRunFolder *folder;
  SwTrainState state;
  SwAdam adam;
  SwError error = { 0 };
  g_assert_cmpint (sw_run_folder_open (path, &folder, &error), ==, SW_OK);
  first_loss (c, parameters, folder);
  g_assert_cmpint (sw_adam_init (&adam, c->network->n_parameters, &error), ==, SW_OK);
  g_assert_cmpint (sw_checkpoint_read (sw_run_folder_file (folder, "checkpoint"), &state, model, &adam, &error), ==, SW_OK);
  g_assert_cmpuint (adam.step, ==, 1);
  for (size_t i = 0; i < adam.n; i++)
    gradient[i] = adam.m[i] / (real) (1 - adam.beta1);
  sw_adam_clear (&adam);
  sw_model_free (model);
  sw_run_folder_close (folder);
  tiny_folder_remove (path);
}

static void
check_group (const Case *c, const char *name, real *parameters, const real *gradient, size_t offset, size_t n, bool penalised)
{
  g_autofree real *kept = g_memdup2 (parameters, c->network->n_parameters * sizeof (real));
  g_autofree double *direction = g_new (double, n);
  double along = 0, size = 0, penalty = 0, up, down;
  for (size_t i = 0; i < n; i++)
    {
      const double p = (double) parameters[offset + i];
      direction[i] = g_test_rand_double_range (-1, 1);
      along += (double) gradient[offset + i] * direction[i];
      size += fabs ((double) gradient[offset + i] * direction[i]);
      if (penalised)
        penalty += (c->config.l1 * (p > 0 ? 1 : -1) + c->config.l2 * p) * direction[i];
    }
  for (size_t i = 0; i < n; i++)
    parameters[offset + i] = kept[offset + i] + (real) (STEP * direction[i]);
  up = first_loss (c, parameters, NULL);
  for (size_t i = 0; i < n; i++)
    parameters[offset + i] = kept[offset + i] - (real) (STEP * direction[i]);
  down = first_loss (c, parameters, NULL);
  memcpy (parameters, kept, c->network->n_parameters * sizeof (real));
  const double slope = (up - down) / (2 * STEP) + penalty, error = fabs (slope - along) / size;
  g_test_message ("%s: slope %.8g, gradient %.8g, off by %.2g of the sum of sizes", name, slope, along, error);
  g_assert_cmpfloat (size, >, 0);
  g_assert_cmpfloat (error, <, 1e-6);
  /* The penalty is no small part, so that it is seen. */
  if (penalised)
    g_assert_cmpfloat (fabs (penalty), >, 1e-3 * size);
}

static void
test_groups (gconstpointer data)
{
  const int which = GPOINTER_TO_INT (data);
  Case c = { .network = tiny_network (3),
             .options = { .engine = (SwEngine) (which & 1) },
             .config = { .epochs = 1, .batch = N_TRAIN, .batch_at_once = (which & 2) != 0 ? 4 : 0,
                         .schedule = { .base = 0.01, .start = 10 }, .l1 = 0.3, .l2 = 0.2, .seed = 9 } };
  SwModel *model = tiny_model (c.network, 5);
  const size_t n = c.network->n_parameters;
  g_autofree real *gradient = g_new (real, n), *parameters = g_new (real, n);
  size_t n_groups = 0, n_penalised = 0;
  for (size_t i = 0; i < n; i++)
    parameters[i] = model->parameters[i] + (real) g_test_rand_double_range (-0.1, 0.1); /* biases too are not 0 */
  read_gradient (&c, parameters, gradient);
  for (size_t i = 0; i < c.network->n_layers; i++)
    {
      const SwLayer *layer = &c.network->layers[i];
      const bool conv = layer->kind == SW_LAYER_CONV;
      g_autofree char *weights = g_strdup_printf ("%s weights", layer->name), *biases = g_strdup_printf ("%s biases", layer->name);
      if (layer->n_weights > 0)
        check_group (&c, weights, parameters, gradient, layer->weight_offset, layer->n_weights, conv);
      if (layer->n_biases > 0)
        check_group (&c, biases, parameters, gradient, layer->bias_offset, layer->n_biases, false);
      n_groups += (layer->n_weights > 0) + (layer->n_biases > 0);
      n_penalised += conv;
    }
  g_assert_cmpuint (n_groups, >=, 5);
  g_assert_cmpuint (n_penalised, ==, 2);
  sw_model_free (model);
  sw_network_unref (c.network);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int which = 0; which < 4; which++)
    {
      g_autofree char *path = g_strdup_printf ("/train/gradient/%s/%s", sw_engine_name ((SwEngine) (which & 1)),
                                               (which & 2) != 0 ? "accumulated" : "whole");
      g_test_add_data_func (path, GINT_TO_POINTER (which), test_groups);
    }
  return g_test_run ();
}
