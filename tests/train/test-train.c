/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loss, optimiser, schedule; checkpoints that were cut or altered; runs that were interrupted. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "train/checkpoint.h"
#include "train/loop.h"
#include "train/loss.h"

static const char text[]
    = "{\"format\": \"swivel-network 1\", \"name\": \"small\", \"title\": \"small\", \"description\": \"\","
      "\"input\": {\"kind\": \"blocks\", \"channels\": \"one\", \"fields\": \"1x0\", \"size\": 7, \"voxel\": 1.0, \"sigma\": 1.0},"
      "\"layers\": [{\"type\": \"gated\", \"name\": \"a\", \"fields\": \"2x0+2x1\", \"kernel\": 3, \"batchnorm\": {}},"
      "{\"type\": \"gated\", \"name\": \"b\", \"fields\": \"4x0\", \"kernel\": 3},"
      "{\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"dropout\", \"name\": \"drop\", \"probability\": 0.2},"
      "{\"type\": \"linear\", \"name\": \"head\", \"outputs\": 2}]}";

static SwNetwork *network;
static char *folder;

static SwModel *
new_model (uint64_t seed)
{
  SwModel *model;
  SwError error;
  if (sw_model_new (network, seed, &model, &error) != SW_OK)
    g_error ("%s", error.text);
  return model;
}

/* ---- parts ---- */

static void
test_loss (void)
{
  enum { N = 5 };
  real logits[N], slope[N];
  const size_t label = (size_t) g_test_rand_int_range (0, N);
  const double h = cbrt ((double) SW_EPS);
  double worst = 0;
  for (int i = 0; i < N; i++)
    logits[i] = (real) g_test_rand_double_range (-3, 3);
  sw_loss_cross_entropy (N, logits, label, 1.0, slope);
  for (int i = 0; i < N; i++)
    {
      const real before = logits[i];
      double up, down;
      logits[i] = (real) ((double) before + h);
      up = sw_loss_cross_entropy (N, logits, label, 1.0, NULL);
      logits[i] = (real) ((double) before - h);
      down = sw_loss_cross_entropy (N, logits, label, 1.0, NULL);
      logits[i] = before;
      worst = fmax (worst, fabs ((up - down) / (2 * h) - (double) slope[i]));
    }
  g_test_message ("worst %g, allowed %g", worst, 50 * h * h);
  g_assert_cmpfloat (worst, <, 50 * h * h);
  logits[0] = (real) 1e4;
  for (int i = 1; i < N; i++)
    logits[i] = 0;
  g_assert_cmpfloat (sw_loss_cross_entropy (N, logits, 1, 1.0, slope), ==, 1e4);
  g_assert_cmpuint (sw_loss_argmax (N, logits), ==, 0);
  logits[2] = NAN;
  g_assert_true (isnan (sw_loss_cross_entropy (N, logits, 1, 1.0, NULL)));
}

/* First step: moments (1 - b1) g and (1 - b2) g^2, so that the step is the rate times the sign of g; penalties in groups only. */
static void
test_adam (void)
{
  real p[3] = { 1, -2, 3 }, g[3] = { (real) 0.5, (real) 0.25, 0 };
  const SwAdamGroup group = { .offset = 2, .n = 1, .l1 = 0.1, .l2 = 0.2 };
  SwAdam adam;
  SwError error;
  g_assert_cmpint (sw_adam_init (&adam, 3, &error), ==, SW_OK);
  sw_adam_update (&adam, 1, &group, 0.01, p, g);
  g_assert_cmpfloat_with_epsilon (p[0], 1 - 0.01, 1e-6);
  g_assert_cmpfloat_with_epsilon (p[1], -2 - 0.01, 1e-6);
  g_assert_cmpfloat_with_epsilon (p[2], 3 - 0.01, 1e-6);
  g_assert_cmpfloat_with_epsilon (g[2], 0.1 + 0.2 * 3, 1e-6);
  g_assert_cmpfloat_with_epsilon (adam.m[0], 0.05, 1e-7);
  g_assert_cmpfloat_with_epsilon (adam.v[0], 0.00025, 1e-8);
  sw_adam_clear (&adam);
}

static void
test_schedule (void)
{
  const SwSchedule decay = { .kind = SW_SCHEDULE_DECAY, .base = 0.1, .start = 100, .decay = 0.98 };
  const SwSchedule steps = { .kind = SW_SCHEDULE_STEPS, .base = 0.1, .start = 500 };
  g_assert_cmpfloat (sw_schedule_rate (&decay, 0, 250), ==, 0.1);
  g_assert_cmpfloat (sw_schedule_rate (&decay, 100, 250), ==, 0.1);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&decay, 110, 250), 0.1 * pow (0.98, 10), 1e-12);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&steps, 499, 2000), 0.1, 1e-12);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&steps, 501, 2000), 0.01, 1e-12);
  g_assert_cmpfloat_with_epsilon (sw_schedule_rate (&steps, 1001, 2000), 0.001, 1e-12);
}

static void
test_checkpoint (void)
{
  g_autofree char *path = g_build_filename (folder, "checkpoint", NULL);
  g_autofree char *bytes = NULL;
  gsize size;
  SwModel *model = new_model (1), *other = new_model (2);
  const SwTrainState state = { .seed = 7, .epoch = 3, .step = 2, .best_score = 0.5 };
  SwTrainState back = { 0 };
  SwAdam adam, adam_back;
  SwError error = { 0 };
  g_assert_cmpint (sw_adam_init (&adam, network->n_parameters, &error), ==, SW_OK);
  g_assert_cmpint (sw_adam_init (&adam_back, network->n_parameters, &error), ==, SW_OK);
  adam.step = 9;
  adam.m[1] = 2;
  g_assert_cmpint (sw_checkpoint_write (path, &state, model, &adam, &error), ==, SW_OK);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));

  for (int i = 0; i < 40; i++)
    {
      const gsize at = (gsize) g_test_rand_int_range (0, (gint32) size);
      const real first = other->parameters[0];
      bytes[at] ^= 1 << g_test_rand_int_range (0, 8);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
      g_assert_cmpint (sw_checkpoint_read (path, &back, other, &adam_back, &error), !=, SW_OK);
      g_assert_nonnull (strstr (error.text, path));
      g_assert_cmpfloat (other->parameters[0], ==, first);
      g_assert_true (g_file_set_contents (path, bytes, (gssize) at, NULL));
      g_assert_cmpint (sw_checkpoint_read (path, &back, other, &adam_back, &error), !=, SW_OK);
      g_clear_pointer (&bytes, g_free);
      g_assert_cmpint (sw_checkpoint_write (path, &state, model, &adam, &error), ==, SW_OK);
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    }
  g_assert_cmpint (sw_checkpoint_read (path, &back, other, &adam_back, &error), ==, SW_OK);
  g_assert_cmpmem (other->parameters, network->n_parameters * sizeof (real), model->parameters, network->n_parameters * sizeof (real));
  g_assert_cmpuint (back.epoch, ==, 3);
  g_assert_cmpuint (adam_back.step, ==, 9);
  g_assert_cmpfloat (adam_back.m[1], ==, 2);
  g_remove (path);
  sw_adam_clear (&adam);
  sw_adam_clear (&adam_back);
  sw_model_free (model);
  sw_model_free (other);
}

/* ---- runs ---- */

static SwStatus
sample (void *data, SwDataPart part, size_t index, size_t size, SwRandom *random, real *input, size_t *ret_label, SwError *error)
{
  const double scale = data != NULL ? NAN : index % 2 == 0 ? 1 : 3;
  for (size_t i = 0; i < size * size * size; i++)
    input[i] = (real) (scale * sw_random_normal (random));
  *ret_label = index % 2;
  return SW_OK;
}

static int stop_after;

static bool
observe (const SwTrainReport *report, bool end_of_epoch, void *data)
{
  return stop_after < 0 || stop_after-- > 0;
}

static SwStatus
train (SwModel *model, const char *path, bool resume, void *bad, SwError *error)
{
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED };
  const SwDataset dataset = { .n_train = 10, .n_validation = 4, .n_classes = 2, .sample = sample, .data = bad };
  const SwTrainConfig config = { .epochs = 5, .batch = 4, .batch_at_once = 3, .seed = 11, .validate_every = 2, .l1 = 1e-4, .l2 = 1e-4,
                                 .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 0.01, .start = 2, .decay = 0.9 } };
  SwRunFolder *run;
  SwStatus status = sw_run_folder_open (path, &run, error);
  if (status != SW_OK)
    return status;
  status = sw_train (model, &options, &config, &dataset, NULL, run, resume, observe, NULL, error);
  sw_run_folder_close (run);
  return status;
}

static void
remove_run (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_remove (file);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (path);
}

/* A run that is stopped after every possible report and resumed by a new process' worth of objects ends bit for bit where the
 * uninterrupted one does, with the same metrics file but for its times. */
static void
test_resume (void)
{
  g_autofree char *whole = g_build_filename (folder, "whole", NULL), *parts = g_build_filename (folder, "parts", NULL);
  SwModel *model = new_model (5);
  SwError error = { 0 };
  bool done = false;
  int n_stops = 0;

  stop_after = -1;
  if (train (model, whole, false, NULL, &error) != SW_OK)
    g_error ("%s", error.text);
  while (!done)
    {
      SwModel *again = new_model (5);
      SwStatus status;
      stop_after = 1 + n_stops % 3;
      status = train (again, parts, true, NULL, &error);
      done = status == SW_OK;
      if (!done)
        g_assert_cmpint (status, ==, SW_ERROR_CANCELLED);
      if (done)
        {
          g_assert_cmpmem (again->parameters, network->n_parameters * sizeof (real), model->parameters,
                           network->n_parameters * sizeof (real));
          g_assert_cmpmem (again->buffers, network->n_buffers * sizeof (real), model->buffers, network->n_buffers * sizeof (real));
        }
      sw_model_free (again);
      g_assert_cmpint (n_stops++, <, 100);
    }
  g_test_message ("%d interruptions", n_stops - 1);
  g_assert_cmpint (n_stops, >, 3);
  sw_model_free (model);
  remove_run (whole);
  remove_run (parts);
}

static void
test_not_finite (void)
{
  g_autofree char *path = g_build_filename (folder, "nan", NULL);
  SwModel *model = new_model (5);
  SwError error = { 0 };
  int bad;
  stop_after = -1;
  g_assert_cmpint (train (model, path, false, &bad, &error), ==, SW_ERROR_NUMERIC);
  g_test_message ("%s", error.text);
  g_assert_nonnull (strstr (error.text, "step 1"));
  sw_model_free (model);
  remove_run (path);
}

static void
test_lock (void)
{
  g_autofree char *path = g_build_filename (folder, "locked", NULL);
  SwRunFolder *first, *second;
  SwError error = { 0 };
  g_assert_cmpint (sw_run_folder_open (path, &first, &error), ==, SW_OK);
  g_assert_cmpint (sw_run_folder_open (path, &second, &error), ==, SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, path));
  sw_run_folder_close (first);
  g_assert_cmpint (sw_run_folder_open (path, &second, &error), ==, SW_OK);
  sw_run_folder_close (second);
  remove_run (path);
}

int
main (int argc, char **argv)
{
  SwError error;
  int result;
  g_test_init (&argc, &argv, NULL);
  if (sw_network_parse (text, strlen (text), "small", &network, &error) != SW_OK)
    g_error ("%s", error.text);
  folder = g_dir_make_tmp ("swivel-train-XXXXXX", NULL);
  g_test_add_func ("/train/loss", test_loss);
  g_test_add_func ("/train/adam", test_adam);
  g_test_add_func ("/train/schedule", test_schedule);
  g_test_add_func ("/train/checkpoint", test_checkpoint);
  g_test_add_func ("/train/resume", test_resume);
  g_test_add_func ("/train/not-finite", test_not_finite);
  g_test_add_func ("/train/lock", test_lock);
  result = g_test_run ();
  sw_network_unref (network);
  g_rmdir (folder);
  g_free (folder);
  return result;
}
