/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In double: the gradient of a score that a trained network gives (running statistics, not the batch's), with respect to the grid and, through
 * the voxeliser, to the weight of each atom, against central differences of the forward pass. */
#include <math.h>
#include <string.h>

#include <glib.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/runner.h"
#include "nn/train-step.h"
#include "voxel/voxelize.h"

#define N_ATOMS 12

static const char residual[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"residual\", \"title\": \"Residual\", \"description\": \"\", \"twin\": \"\","
      "\"input\": {\"kind\": \"atoms\", \"channels\": \"one\", \"fields\": \"1x0\", \"size\": 16, \"voxel\": 2.0, \"sigma\": 1.0},"
      "\"bandlimited\": {\"size\": 16, \"w_max\": 2.2},"
      "\"layers\": [{\"type\": \"gated\", \"name\": \"stem\", \"fields\": \"2x0+2x1+1x2\", \"kernel\": 5, \"batchnorm\": {}},"
      "{\"type\": \"residual\", \"name\": \"first\", \"fields\": [\"2x0+2x1+1x2\", \"3x0+2x1\"], \"kernel\": 3, \"stride\": 2, "
      "\"batchnorm\": {\"momentum\": 0.01}, \"dropout\": 0.1},"
      "{\"type\": \"residual\", \"name\": \"second\", \"fields\": [\"3x0+2x1\", \"8x0\"], \"kernel\": 3, \"batchnorm\": {}},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"linear\", \"name\": \"head\", \"outputs\": 3}]}";

typedef struct
{
  SwNetwork *network;
  SwModel *model;
  SwRunner *forward, *backward;
  SwVoxelParams params;
  size_t n_grid; /* numbers in a grid */
  real *grid, *d_grid;
  double positions[N_ATOMS][3];
  float weights[N_ATOMS];
  uint8_t channels[N_ATOMS];
  real *along; /* [n_outputs]: the score is <along, output> */
} Bench;

static void
must (SwStatus status, const SwError *error)
{
  if (status != SW_OK)
    g_error ("%s", error->text);
}

static void
bench_init (Bench *bench, const char *name, SwEngine engine, unsigned size)
{
  const char *folder = g_getenv ("SW_DATADIR");
  g_autofree char *file = g_strdup_printf ("%s.json", name != NULL ? name : "");
  g_autofree char *path = g_build_filename (folder != NULL ? folder : "data", "networks", file, NULL);
  const SwRunOptions options = { .engine = engine, .size = size };
  const SwRunOptions training = { .engine = engine, .size = size, .train_batch = 1, .frozen = true };
  SwError error = { 0 };
  SwRandom random;

  memset (bench, 0, sizeof *bench);
  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  must (name != NULL ? sw_network_read (path, &bench->network, &error)
                     : sw_network_parse (residual, strlen (residual), "residual", &bench->network, &error),
        &error);
  must (sw_model_new (bench->network, (uint64_t) g_test_rand_int (), &bench->model, &error), &error);
  must (sw_runner_new (bench->model, &options, &bench->forward, &error), &error);
  must (sw_runner_new (bench->model, &training, &bench->backward, &error), &error);
  const size_t channels = sw_field_type_dim (&bench->network->input);
  bench->n_grid = channels * size * size * size;
  bench->grid = SW_NEW0 (real, bench->n_grid);
  bench->d_grid = SW_NEW0 (real, bench->n_grid);
  bench->along = SW_NEW0 (real, bench->network->n_outputs);
  for (size_t i = 0; i < bench->network->n_outputs; i++)
    bench->along[i] = (real) sw_random_normal (&random);
  bench->params = (SwVoxelParams){ .n_channels = channels,
                                   .size = size,
                                   .centre = sw_runner_centre (bench->forward, size),
                                   .spacing = 2,
                                   .sigma = 2,
                                   .bandlimited = engine == SW_ENGINE_BANDLIMITED,
                                   .w_max = bench->network->w_max };
  for (size_t a = 0; a < N_ATOMS; a++)
    {
      for (int i = 0; i < 3; i++)
        bench->positions[a][i] = 3.0 * sw_random_normal (&random);
      bench->weights[a] = 0.75f + 0.5f * (float) sw_random_uniform (&random);
      bench->channels[a] = (uint8_t) (a % channels);
    }
}

static void
bench_clear (Bench *bench)
{
  sw_runner_free (bench->forward);
  sw_runner_free (bench->backward);
  sw_model_free (bench->model);
  sw_network_unref (bench->network);
  sw_free (bench->grid);
  sw_free (bench->d_grid);
  sw_free (bench->along);
}

static void
voxelize (Bench *bench)
{
  const SwAtomArray atoms = { N_ATOMS, (const double (*)[3]) bench->positions, bench->weights, bench->channels };
  SwError error = { 0 };
  must (sw_voxelize (&bench->params, &atoms, NULL, NULL, bench->grid, NULL, &error), &error);
}

/* Statistics near those of this grid, so that deep networks stay in range, but not its own. */
static void
calibrate (Bench *bench, SwEngine engine, unsigned size)
{
  const SwRunOptions options = { .engine = engine, .size = size, .calibrate = true };
  SwRunner *runner;
  SwError error = { 0 };

  must (sw_runner_new (bench->model, &options, &runner, &error), &error);
  must (sw_runner_forward (runner, bench->grid, NULL, &error), &error);
  sw_runner_free (runner);
  for (size_t i = 0; i < bench->network->n_buffers; i++)
    bench->model->buffers[i] *= (real) g_test_rand_double_range (0.6, 1.4);
  must (sw_runner_update (bench->forward, &error), &error);
  must (sw_runner_update (bench->backward, &error), &error);
}

static double
score (Bench *bench)
{
  SwError error = { 0 };
  double sum = 0;

  must (sw_runner_forward (bench->forward, bench->grid, NULL, &error), &error);
  for (size_t i = 0; i < bench->network->n_outputs; i++)
    sum += (double) bench->along[i] * (double) sw_runner_output (bench->forward)[i];
  return sum;
}

static void
differentiate (Bench *bench)
{
  SwError error = { 0 };

  memset (bench->d_grid, 0, bench->n_grid * sizeof (real));
  must (sw_runner_forward_train (bench->backward, 1, bench->grid, NULL, false, NULL, &error), &error);
  must (sw_runner_backward (bench->backward, bench->along, NULL, bench->d_grid, NULL, &error), &error);
}

static void
run (const char *name, SwEngine engine, unsigned size)
{
  double d_weights[N_ATOMS] = { 0 }, expected = 0, terms = 0, slope, worst = 0, largest = 0;
  const double h = 1e-5;
  SwError error = { 0 };
  Bench bench;

  bench_init (&bench, name, engine, size);
  voxelize (&bench);
  calibrate (&bench, engine, size);
  for (size_t i = 0; i < bench.n_grid; i++)
    bench.grid[i] += (real) g_test_rand_double_range (-0.2, 0.2);
  g_autofree real *grid = g_memdup2 (bench.grid, bench.n_grid * sizeof (real));
  g_autofree real *e = g_new (real, bench.n_grid);

  /* along a random direction of a grid without empty corners: at a zero a rectifier has no slope.
   * The training pass gives the very outputs of inference */
  const double at = score (&bench);
  double trained = 0;
  differentiate (&bench);
  for (size_t i = 0; i < bench.network->n_outputs; i++)
    trained += (double) bench.along[i] * (double) sw_runner_train_output (bench.backward)[i];
  g_assert_cmpfloat (fabs (trained - at), <, 1e-10 * (1 + fabs (at)));
  for (size_t i = 0; i < bench.n_grid; i++)
    {
      e[i] = (real) g_test_rand_double_range (-1, 1) * 0.1;
      expected += (double) e[i] * (double) bench.d_grid[i];
      terms += fabs ((double) e[i] * (double) bench.d_grid[i]);
    }
  for (size_t i = 0; i < bench.n_grid; i++)
    bench.grid[i] = grid[i] + (real) h * e[i];
  slope = score (&bench);
  for (size_t i = 0; i < bench.n_grid; i++)
    bench.grid[i] = grid[i] - (real) h * e[i];
  slope = (slope - score (&bench)) / (2 * h);
  g_test_message ("%s, %s: grid: %g, by differences %g, relative to the terms %g", bench.network->name, sw_engine_name (engine), expected,
                  slope, fabs (slope - expected) / terms);
  g_assert_cmpfloat (terms, >, 0);
  g_assert_cmpfloat (fabs (slope - expected), <, 1e-6 * terms);

  /* each atom */
  voxelize (&bench);
  differentiate (&bench);
  const SwAtomArray atoms = { N_ATOMS, (const double (*)[3]) bench.positions, bench.weights, bench.channels };
  must (sw_voxelize_adjoint (&bench.params, &atoms, NULL, bench.d_grid, d_weights, &error), &error);
  for (size_t a = 0; a < N_ATOMS; a++)
    {
      const float kept = bench.weights[a], up = kept + 0x1p-18f, down = kept - 0x1p-18f;
      bench.weights[a] = up;
      voxelize (&bench);
      slope = score (&bench);
      bench.weights[a] = down;
      voxelize (&bench);
      slope = (slope - score (&bench)) / ((double) up - (double) down);
      bench.weights[a] = kept;
      worst = fmax (worst, fabs (slope - d_weights[a]));
      largest = fmax (largest, fabs (slope));
    }
  g_test_message ("atoms: worst difference %g of slopes up to %g", worst, largest);
  g_assert_cmpfloat (largest, >, 0);
  /* a step of 2^-18, and rectifiers that bend within it */
  g_assert_cmpfloat (worst, <, 1e-4 * largest);
  bench_clear (&bench);
}

static void
test_bandlimited (void)
{
  run ("quick", SW_ENGINE_BANDLIMITED, 16);
}

static void
test_sampled (void)
{
  run ("quick", SW_ENGINE_SAMPLED, 16);
}

/* Batch norm folded into the convolution behind it, shortcuts, a stride. */
static void
test_folded (void)
{
  run (NULL, SW_ENGINE_SAMPLED, 12);
  run (NULL, SW_ENGINE_BANDLIMITED, 12);
}

static void
test_conventional (void)
{
  run ("quick-cnn", SW_ENGINE_SAMPLED, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workbench/attribution-gradient/bandlimited", test_bandlimited);
  g_test_add_func ("/workbench/attribution-gradient/sampled", test_sampled);
  g_test_add_func ("/workbench/attribution-gradient/folded", test_folded);
  g_test_add_func ("/workbench/attribution-gradient/conventional", test_conventional);
  return g_test_run ();
}
