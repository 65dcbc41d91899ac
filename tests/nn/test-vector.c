/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes behind the grids, in both engines: the mean under a Gaussian about the centre is that of the field before it, and batch
 * norm of a pooled vector takes mean and variance of a batch; gradients of both. Built for float (values) and double (gradients too).
 */
#include <float.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn/model.h"
#include "nn/runner.h"
#include "nn/train-step.h"

#define SIZE 9
#define N_BATCH 3
#define VOXELS (SIZE * SIZE * SIZE)
#ifdef SW_DOUBLE
#define EPS DBL_EPSILON
#else
#define EPS FLT_EPSILON
#endif

static const char text[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"vector\", \"title\": \"t\", \"description\": \"d\","
      "\"input\": {\"kind\": \"atoms\", \"fields\": \"1x0\", \"size\": 9}, \"layers\": ["
      "{\"type\": \"gated\", \"name\": \"a\", \"fields\": \"2x0+1x1\", \"kernel\": 3, \"activation\": \"softplus\"},"
      "{\"type\": \"gated\", \"name\": \"b\", \"fields\": \"5x0\", \"kernel\": 3, \"activation\": \"softplus\"},"
      "{\"type\": \"pool\", \"name\": \"p\", \"sigma\": 1.3},"
      "{\"type\": \"linear\", \"name\": \"h\", \"outputs\": 6, \"activation\": \"softplus\", \"batchnorm\": {}},"
      "{\"type\": \"linear\", \"name\": \"o\", \"outputs\": 3, \"batchnorm\": {}}]}";

typedef struct
{
  SwNetwork *network;
  SwModel *model;
  SwRunner *runner;
  real input[N_BATCH * VOXELS];
  real weights[N_BATCH * 3];
} Trial;

static void
begin (Trial *trial, SwEngine engine)
{
  const SwRunOptions options = { .engine = engine, .train_batch = N_BATCH, .keep_fields = true, .basis = SW_BASIS_PROJECTED };
  SwError error = { 0 };
  if (sw_network_parse (text, strlen (text), "vector", &trial->network, &error) != SW_OK)
    g_error ("%s", error.text);
  if (sw_model_new (trial->network, 5, &trial->model, &error) != SW_OK)
    g_error ("%s", error.text);
  if (sw_runner_new (trial->model, &options, &trial->runner, &error) != SW_OK)
    g_error ("%s", error.text);
  for (size_t b = 0; b < N_BATCH; b++)
    for (int z = 0; z < SIZE; z++)
      for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++)
          {
            const double dx = x - 3.2 - (double) b, dy = y - 5.1, dz = z - 4.4 + 0.5 * (double) b;
            trial->input[b * VOXELS + (size_t) ((z * SIZE + y) * SIZE + x)] = (real) exp (-0.3 * (dx * dx + dy * dy + dz * dz));
          }
  for (size_t i = 0; i < G_N_ELEMENTS (trial->weights); i++)
    trial->weights[i] = (real) g_test_rand_double_range (-1, 1);
}

static void
end (Trial *trial)
{
  sw_runner_free (trial->runner);
  sw_model_free (trial->model);
  sw_network_unref (trial->network);
}

/* The pool's output against the sum that it stands for. */
static void
test_centre (gconstpointer data)
{
  const SwEngine engine = (SwEngine) GPOINTER_TO_INT (data);
  g_autofree Trial *trial = g_new0 (Trial, 1);
  g_autofree real *field = g_new (real, 5 * VOXELS);
  SwError error = { 0 };
  real out[5];
  begin (trial, engine);
  const int pool = sw_network_find (trial->network, "p"), before = sw_network_find (trial->network, "b");
  g_assert_cmpint (sw_runner_forward (trial->runner, trial->input, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_runner_field (trial->runner, (size_t) before, field, &error), ==, SW_OK);
  g_assert_cmpint (sw_runner_field (trial->runner, (size_t) pool, out, &error), ==, SW_OK);
  g_assert_cmpuint (sw_runner_result (trial->runner, (size_t) before)->size, ==, SIZE);
  const double centre = sw_runner_centre (trial->runner, SIZE);
  for (size_t c = 0; c < 5; c++)
    {
      double sum = 0, weight = 0;
      for (int z = 0; z < SIZE; z++)
        for (int y = 0; y < SIZE; y++)
          for (int x = 0; x < SIZE; x++)
            {
              const double r2 = (x - centre) * (x - centre) + (y - centre) * (y - centre) + (z - centre) * (z - centre);
              const double w = exp (-0.5 * r2 / (1.3 * 1.3));
              sum += w * (double) field[((c * SIZE + (size_t) z) * SIZE + (size_t) y) * SIZE + (size_t) x];
              weight += w;
            }
      g_test_message ("%zu: %.7g, expected %.7g", c, (double) out[c], sum / weight);
      /* the Gaussian is 3 sigma wide in a periodic box of 9: 1e-2 of it is beyond the edge in the band-limited engine */
      g_assert_cmpfloat (fabs ((double) out[c] - sum / weight), <=,
                         (engine == SW_ENGINE_SAMPLED ? 100 * (double) EPS : 1e-2) * (1 + fabs (sum / weight)));
    }
  end (trial);
}

static double
loss_of (Trial *trial)
{
  SwError error = { 0 };
  double loss = 0;
  g_assert_cmpint (sw_runner_update (trial->runner, &error), ==, SW_OK);
  g_assert_cmpint (sw_runner_forward_train (trial->runner, N_BATCH, trial->input, NULL, false, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < N_BATCH * 3; i++)
    loss += (double) trial->weights[i] * (double) sw_runner_train_output (trial->runner)[i];
  return loss;
}

/* With one layer behind it, the outputs over a batch have the mean of the bias: what was normalised has mean zero. */
static void
test_norm (gconstpointer data)
{
  g_autofree Trial *trial = g_new0 (Trial, 1);
  begin (trial, (SwEngine) GPOINTER_TO_INT (data));
  (void) loss_of (trial);
  const SwLayer *last = &trial->network->layers[trial->network->n_layers - 1];
  for (size_t k = 0; k < 3; k++)
    {
      double mean = 0;
      for (size_t b = 0; b < N_BATCH; b++)
        mean += (double) sw_runner_train_output (trial->runner)[b * 3 + k] / N_BATCH;
      g_assert_cmpfloat (fabs (mean - (double) trial->model->parameters[last->bias_offset + k]), <, 1000 * (double) EPS);
    }
  end (trial);
}

#ifdef SW_DOUBLE
static void
test_gradient (gconstpointer data)
{
  g_autofree Trial *trial = g_new0 (Trial, 1);
  SwError error = { 0 };
  begin (trial, (SwEngine) GPOINTER_TO_INT (data));
  const size_t n = trial->network->n_parameters;
  g_autofree real *gradient = g_new0 (real, n), *d_input = g_new0 (real, N_BATCH * VOXELS), *saved = g_new (real, n);
  g_autofree real *direction = g_new (real, n);
  (void) loss_of (trial);
  g_assert_cmpint (sw_runner_backward (trial->runner, trial->weights, gradient, d_input, NULL, &error), ==, SW_OK);
  memcpy (saved, trial->model->parameters, n * sizeof (real));
  for (size_t i = 0; i < trial->network->n_layers; i++)
    {
      const SwLayer *layer = &trial->network->layers[i];
      const size_t from = layer->weight_offset, count = layer->n_weights;
      double expected = 0, scale = 0, value[2];
      const double h = 1e-5;
      if (count == 0)
        continue;
      for (size_t k = 0; k < count; k++)
        {
          direction[k] = g_test_rand_double_range (-1, 1);
          expected += direction[k] * gradient[from + k];
          scale += fabs (direction[k] * gradient[from + k]);
        }
      for (int side = 0; side < 2; side++)
        {
          for (size_t k = 0; k < count; k++)
            trial->model->parameters[from + k] = saved[from + k] + (side == 0 ? -h : h) * direction[k];
          value[side] = loss_of (trial);
        }
      memcpy (trial->model->parameters, saved, n * sizeof (real));
      g_test_message ("%s: slope %.9g, gradient %.9g", layer->name, (value[1] - value[0]) / (2 * h), expected);
      g_assert_cmpfloat (scale, >, 0);
      g_assert_cmpfloat (fabs ((value[1] - value[0]) / (2 * h) - expected), <=, 1e-6 * scale + 1e-9);
    }
  end (trial);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int e = 0; e < 2; e++)
    {
      const char *name = sw_engine_name ((SwEngine) e);
      g_autofree char *centre = g_strdup_printf ("/nn/vector/%s/centre", name), *norm = g_strdup_printf ("/nn/vector/%s/norm", name);
      g_test_add_data_func (centre, GINT_TO_POINTER (e), test_centre);
      g_test_add_data_func (norm, GINT_TO_POINTER (e), test_norm);
#ifdef SW_DOUBLE
      g_autofree char *gradient = g_strdup_printf ("/nn/vector/%s/gradient", name);
      g_test_add_data_func (gradient, GINT_TO_POINTER (e), test_gradient);
#endif
    }
  return g_test_run ();
}
