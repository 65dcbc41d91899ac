/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run that was stopped anywhere, any number of times, ends with the weights of one that was not. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tiny.h"
#include "train/loop.h"

enum
{
  N_TRAIN = 10,
  N_VALIDATION = 5,
  BATCH = 4,
  EPOCHS = 4,
  N_STEPS = 3, /* of 4, 4 and 2 samples */
};

/* Noise, and a bright voxel row for the second class. The sample that data names is refused. */
static SwStatus
sample (void *data, SwDataPart part, size_t index, size_t size, const double *further, SwRandom *random, real *input, size_t *ret_label, SwError *error)
{
  const size_t *bad = data;
  for (size_t i = 0; i < size * size * size; i++)
    input[i] = (real) (0.1 * sw_random_normal (random));
  *ret_label = index % 2;
  if (part == SW_PART_TRAIN && index == *bad)
    return sw_error_set (error, SW_ERROR_IO, "sample %zu is missing", index);
  if (*ret_label == 1)
    for (size_t x = 2; x < size - 2; x++)
      input[(size / 2 * size + size / 2) * size + x] += 1;
  return SW_OK;
}

static size_t no_bad = SIZE_MAX;
static const SwDataset dataset
    = { .n_train = N_TRAIN, .n_validation = N_VALIDATION, .n_classes = 2, .sample = sample, .data = &no_bad };
static const SwTrainConfig config = { .epochs = EPOCHS,
                                      .batch = BATCH,
                                      .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 0.05, .start = 1 },
                                      .l1 = 1e-4,
                                      .l2 = 1e-3,
                                      .seed = 11,
                                      .validate_every = 2,
                                      .checkpoint_seconds = 1000 };

/* Stops after `left` calls; looks after the numbers it is told. */
typedef struct
{
  int left;
  unsigned n_steps, n_epochs, n_validated;
  double last_loss, last_accuracy; /* of the last epoch's end */
  int64_t position;                /* steps since the run began, of the last call */
} Watch;

static bool
watch (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  Watch *w = data;
  const bool end_of_epoch = event == SW_TRAIN_EPOCH;
  if (event != SW_TRAIN_STEP && event != SW_TRAIN_EPOCH)
    return true;
  const int64_t position = (int64_t) report->epoch * N_STEPS + (int64_t) report->step;
  g_assert_cmpuint (report->n_steps, ==, N_STEPS);
  g_assert_cmpuint (report->n_epochs, ==, EPOCHS);
  g_assert_cmpuint (report->step, >=, 1);
  g_assert_cmpuint (report->step, <=, N_STEPS);
  g_assert_true (isfinite (report->loss));
  g_assert_cmpfloat (report->accuracy, >=, 0);
  g_assert_cmpfloat (report->accuracy, <=, 1);
  /* Accuracy is of what was seen in the epoch so far. */
  const double seen = MIN ((double) report->step * BATCH, N_TRAIN), right = report->accuracy * seen;
  g_assert_cmpfloat_with_epsilon (right, round (right), 1e-9);
  if (w->position >= 0)
    g_assert_cmpint (position, ==, w->position + (end_of_epoch ? 0 : 1));
  w->position = position;
  if (end_of_epoch)
    {
      g_assert_cmpuint (report->step, ==, N_STEPS);
      g_assert_true (report->validated == (report->epoch % 2 == 1));
      w->n_epochs++;
      w->last_loss = report->loss;
      w->last_accuracy = report->accuracy;
      if (report->validated)
        {
          size_t sum = 0;
          w->n_validated++;
          for (int i = 0; i < 4; i++)
            sum += report->confusion[i];
          g_assert_cmpuint (sum, ==, N_VALIDATION);
          g_assert_cmpuint (report->confusion[0] + report->confusion[1], ==, 3); /* truth in rows */
          g_assert_cmpfloat_with_epsilon (report->validation_accuracy,
                                          (double) (report->confusion[0] + report->confusion[3]) / N_VALIDATION, 1e-12);
        }
    }
  else
    w->n_steps++;
  return --w->left != 0;
}

typedef struct
{
  SwNetwork *network;
  SwRunOptions options;
} Engine;

static void
set_up (Engine *e, gconstpointer data)
{
  e->network = tiny_network (2);
  e->options = (SwRunOptions){ .engine = (SwEngine) GPOINTER_TO_INT (data) };
}

static void
tear_down (Engine *e, gconstpointer data)
{
  sw_network_unref (e->network);
}

static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* metrics.csv without its last two columns, which are times. */
static char *
metrics_of (const char *folder)
{
  g_autofree char *text = read_text (folder, "metrics.csv");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GString *out = g_string_new (NULL);
  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    {
      g_auto (GStrv) cells = g_strsplit (*line, ",", -1);
      g_assert_cmpuint (g_strv_length (cells), ==, 10);
      for (int i = 0; i < 8; i++)
        g_string_append_printf (out, "%s%c", cells[i], i < 7 ? ',' : '\n');
    }
  return g_string_free (out, FALSE);
}

static SwStatus
run (const Engine *e,
     const SwTrainConfig *own,
     const SwDataset *data,
     SwModel *model,
     const char *path,
     bool resume,
     Watch *w,
     SwError *error)
{
  SwRunFolder *folder = NULL;
  SwStatus status;
  if (path != NULL)
    g_assert_cmpint (sw_run_folder_open (path, &folder, error), ==, SW_OK);
  status = sw_train (model, &e->options, own, data, NULL, folder, resume, w != NULL ? watch : NULL, w, error);
  sw_run_folder_close (folder);
  return status;
}

static void
check_file_is (const char *folder, const char *name, const SwModel *model)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  const SwNetwork *network = model->network;
  SwModel *back;
  SwError error = { 0 };
  g_assert_cmpint (sw_model_read (path, NULL, &back, &error), ==, SW_OK);
  g_assert_true (back->calibrated);
  g_assert_cmpmem (back->parameters, network->n_parameters * sizeof (real), model->parameters, network->n_parameters * sizeof (real));
  g_assert_cmpmem (back->buffers, network->n_buffers * sizeof (real), model->buffers, network->n_buffers * sizeof (real));
  sw_model_free (back);
}

static void
check_equal (const SwModel *a, const SwModel *b)
{
  const SwNetwork *network = a->network;
  g_assert_cmpmem (a->parameters, network->n_parameters * sizeof (real), b->parameters, network->n_parameters * sizeof (real));
  g_assert_cmpmem (a->buffers, network->n_buffers * sizeof (real), b->buffers, network->n_buffers * sizeof (real));
}

static void
test_resume (Engine *e, gconstpointer data)
{
  SwModel *straight = tiny_model (e->network, 3), *again = tiny_model (e->network, 3), *start = tiny_model (e->network, 3);
  g_autofree char *path = tiny_folder_new ();
  g_autofree char *best = NULL, *metrics = NULL;
  Watch whole = { .position = -1 };
  SwError error = { 0 };
  g_autofree char *best_path = g_build_filename (path, "best.safetensors", NULL);
  gsize best_size;

  g_assert_cmpint (run (e, &config, &dataset, straight, path, false, &whole, &error), ==, SW_OK);
  g_assert_cmpuint (whole.n_steps, ==, EPOCHS * N_STEPS);
  g_assert_cmpuint (whole.n_epochs, ==, EPOCHS);
  g_assert_cmpuint (whole.n_validated, ==, EPOCHS / 2);
  check_file_is (path, "last.safetensors", straight);
  g_assert_true (g_file_get_contents (best_path, &best, &best_size, NULL));
  metrics = metrics_of (path);
  tiny_folder_remove (path);

  /* The same seed repeats; another does not, nor do the weights stay where they were. */
  g_assert_cmpint (run (e, &config, &dataset, again, NULL, false, NULL, &error), ==, SW_OK);
  check_equal (straight, again);
  g_assert_cmpint (memcmp (start->parameters, straight->parameters, e->network->n_parameters * sizeof (real)), !=, 0);
  g_assert_cmpint (memcmp (start->buffers, straight->buffers, e->network->n_buffers * sizeof (real)), !=, 0);
  SwTrainConfig other = config;
  SwModel *different = tiny_model (e->network, 3);
  other.seed++;
  g_assert_cmpint (run (e, &other, &dataset, different, NULL, false, NULL, &error), ==, SW_OK);
  g_assert_cmpint (memcmp (different->parameters, straight->parameters, e->network->n_parameters * sizeof (real)), !=, 0);
  sw_model_free (different);

  for (int trial = 0; trial < 5; trial++)
    {
      /* The last trials checkpoint after every step. */
      SwTrainConfig own = config;
      SwModel *model = NULL;
      SwStatus status = SW_ERROR_CANCELLED;
      int n_stops = 0;
      Watch w = { .position = -1 };
      own.checkpoint_seconds = trial >= 3 ? 1e-9 : config.checkpoint_seconds;
      g_autofree char *folder = tiny_folder_new ();
      while (status == SW_ERROR_CANCELLED)
        {
          /* A new process: the weights begin as a random model of the same network, of whatever seed after the first. */
          sw_model_free (model);
          model = tiny_model (e->network, n_stops == 0 ? 3 : 77);
          w.left = g_test_rand_int_range (1, 9);
          g_test_message ("trial %d: stops after %d calls", trial, w.left);
          status = run (e, &own, &dataset, model, folder, n_stops > 0, &w, &error);
          n_stops++;
          g_assert_cmpint (n_stops, <, 100);
        }
      g_assert_cmpint (status, ==, SW_OK);
      g_assert_cmpint (n_stops, >, 1);
      check_equal (straight, model);
      g_assert_cmpuint (w.n_steps, ==, EPOCHS * N_STEPS);
      g_assert_cmpuint (w.n_epochs, ==, EPOCHS);
      g_assert_cmpfloat (w.last_loss, ==, whole.last_loss);
      g_assert_cmpfloat (w.last_accuracy, ==, whole.last_accuracy);
      check_file_is (folder, "last.safetensors", straight);
      g_autofree char *own_metrics = metrics_of (folder);
      g_assert_cmpstr (own_metrics, ==, metrics);
      g_autofree char *own_best = NULL, *own_path = g_build_filename (folder, "best.safetensors", NULL);
      gsize size;
      g_assert_true (g_file_get_contents (own_path, &own_best, &size, NULL));
      g_assert_cmpmem (own_best, size, best, best_size);
      /* A finished run has nothing left to do. */
      w.left = 0;
      g_assert_cmpint (run (e, &own, &dataset, model, folder, true, &w, &error), ==, SW_OK);
      g_assert_cmpuint (w.n_steps, ==, EPOCHS * N_STEPS);
      check_equal (straight, model);
      sw_model_free (model);
      tiny_folder_remove (folder);
    }
  sw_model_free (straight);
  sw_model_free (again);
  sw_model_free (start);
}

/* Killed before the first checkpoint: begins anew, and the table does not keep lines twice. */
static void
test_no_checkpoint (Engine *e, gconstpointer data)
{
  SwModel *model = tiny_model (e->network, 3);
  g_autofree char *path = tiny_folder_new ();
  g_autofree char *file = g_build_filename (path, "metrics.csv", NULL);
  SwError error = { 0 };
  g_assert_true (g_file_set_contents (file, "a header\nan older line\nand ano", -1, NULL));
  g_assert_cmpint (run (e, &config, &dataset, model, path, true, NULL, &error), ==, SW_OK);
  g_autofree char *text = read_text (path, "metrics.csv");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, EPOCHS + 2);
  for (int i = 1; i <= EPOCHS; i++)
    g_assert_cmpint (atoi (lines[i]), ==, i);
  sw_model_free (model);
  tiny_folder_remove (path);
}

static void
test_metrics (Engine *e, gconstpointer data)
{
  SwModel *model = tiny_model (e->network, 3);
  g_autofree char *path = tiny_folder_new ();
  Watch w = { .position = -1 };
  SwError error = { 0 };
  g_assert_cmpint (run (e, &config, &dataset, model, path, false, &w, &error), ==, SW_OK);
  g_autofree char *text = read_text (path, "metrics.csv");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, EPOCHS + 2);
  g_assert_cmpstr (lines[0], ==,
                   "epoch,learning_rate,train_loss,train_accuracy,validation_loss,validation_accuracy,"
                   "train_equivariance,validation_equivariance,samples_per_second,seconds");
  for (int i = 1; i <= EPOCHS; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ",", -1);
      g_assert_cmpuint (g_strv_length (cells), ==, 10);
      g_assert_cmpint (atoi (cells[0]), ==, i);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[1], NULL), sw_schedule_rate (&config.schedule, i - 1, EPOCHS), 1e-6);
      g_assert_true ((*cells[4] != '\0') == (i % 2 == 0));
      g_assert_true ((*cells[5] != '\0') == (i % 2 == 0));
    }
  g_auto (GStrv) last = g_strsplit (lines[EPOCHS], ",", -1);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (last[2], NULL), w.last_loss, 1e-5 * w.last_loss);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (last[3], NULL), w.last_accuracy, 1e-5);
  sw_model_free (model);
  tiny_folder_remove (path);
}

/* The loss of the first step is the mean over its samples of an untrained network's loss: near log 2 for logits near 0. */
typedef struct
{
  double loss;
} First;

static bool
keep_first (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  First *first = data;
  first->loss = report->loss;
  return event != SW_TRAIN_STEP;
}

static void
test_loss_is_mean (Engine *e, gconstpointer data)
{
  SwModel *model = tiny_model (e->network, 3);
  const SwLayer *head = &e->network->layers[sw_network_find (e->network, "head")];
  First first;
  SwError error = { 0 };
  memset (model->parameters + head->weight_offset, 0, head->n_weights * sizeof (real));
  memset (model->parameters + head->bias_offset, 0, head->n_biases * sizeof (real));
  g_assert_cmpint (sw_train (model, &e->options, &config, &dataset, NULL, NULL, false, keep_first, &first, &error), ==,
                   SW_ERROR_CANCELLED);
  g_assert_cmpfloat_with_epsilon (first.loss, log (2.0), 1e-6);
  sw_model_free (model);
}

/* Enough steps on a task this easy bring the loss down. */
static void
test_learns (Engine *e, gconstpointer data)
{
  SwTrainConfig own = config;
  SwModel *model = tiny_model (e->network, 3);
  SwRunner *runner;
  SwEvaluation before, after;
  SwError error = { 0 };
  size_t confusion[4];
  own.epochs = 25;
  own.validate_every = 0;
  own.l1 = own.l2 = 0;
  g_assert_cmpint (sw_runner_new (model, &e->options, &runner, &error), ==, SW_OK);
  g_assert_cmpint (sw_evaluate (runner, &dataset, SW_PART_VALIDATION, 1, 40, confusion, NULL, &before, &error), ==, SW_OK);
  g_assert_cmpint (run (e, &own, &dataset, model, NULL, false, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_runner_update (runner, &error), ==, SW_OK);
  g_assert_cmpint (sw_evaluate (runner, &dataset, SW_PART_VALIDATION, 1, 40, confusion, NULL, &after, &error), ==, SW_OK);
  g_test_message ("loss %g, accuracy %g; trained %g, %g", before.loss, before.accuracy, after.loss, after.accuracy);
  g_assert_cmpfloat (after.accuracy, >=, 0.95);
  g_assert_cmpfloat (after.loss, <, 0.5 * before.loss);
  g_assert_cmpfloat_with_epsilon (after.accuracy, (double) (confusion[0] + confusion[3]) / 40, 1e-12);
  sw_runner_free (runner);
  sw_model_free (model);
}

static void
test_not_finite (Engine *e, gconstpointer data)
{
  /* Weights that are NaN from the start ... */
  SwModel *model = tiny_model (e->network, 3);
  const SwLayer *head = &e->network->layers[sw_network_find (e->network, "head")];
  SwTrainConfig own = config;
  SwError error = { 0 };
  model->parameters[head->weight_offset + 1] = (real) NAN;
  g_assert_cmpint (run (e, &config, &dataset, model, NULL, false, NULL, &error), ==, SW_ERROR_NUMERIC);
  g_test_message ("%s", error.text);
  g_assert_nonnull (strstr (error.text, "epoch 1, step 1"));
  g_assert_nonnull (strstr (error.text, "layer \"head\""));
  sw_model_free (model);

  /* ... and a rate that throws them out of range; the checkpoint before stays, without what is not a number. */
  g_autofree char *path = tiny_folder_new ();
  Watch w = { .position = -1, .left = 2 };
  model = tiny_model (e->network, 3);
  g_assert_cmpint (run (e, &config, &dataset, model, path, false, &w, &error), ==, SW_ERROR_CANCELLED);
  g_autofree char *file = g_build_filename (path, "checkpoint", NULL), *before = NULL, *after = NULL;
  gsize n_before, n_after;
  g_assert_true (g_file_get_contents (file, &before, &n_before, NULL));
  own.schedule.base = 1e38;
  g_assert_cmpint (run (e, &own, &dataset, model, path, true, NULL, &error), ==, SW_ERROR_NUMERIC);
  g_test_message ("%s", error.text);
  g_assert_nonnull (strstr (error.text, "layer \""));
  g_assert_true (g_file_get_contents (file, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
  sw_model_free (model);
  tiny_folder_remove (path);
}

static void
test_refused (Engine *e, gconstpointer data)
{
  SwModel *model = tiny_model (e->network, 3), *control = tiny_model (e->network, 3);
  SwDataset other = dataset;
  SwTrainConfig own = config;
  size_t bad = 7;
  SwError error = { 0 };

  other.n_classes = 5;
  g_assert_cmpint (run (e, &config, &other, model, NULL, false, NULL, &error), ==, SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, "5 classes"));
  other = dataset;
  other.n_train = 0;
  g_assert_cmpint (run (e, &config, &other, model, NULL, false, NULL, &error), ==, SW_ERROR_INVALID);
  own.batch = 0;
  g_assert_cmpint (run (e, &own, &dataset, model, NULL, false, NULL, &error), ==, SW_ERROR_INVALID);
  check_equal (control, model);

  /* A sample that cannot be had ends the run with its own words. */
  other = dataset;
  other.data = &bad;
  g_assert_cmpint (run (e, &config, &other, model, NULL, false, NULL, &error), ==, SW_ERROR_IO);
  g_assert_cmpstr (error.text, ==, "sample 7 is missing");

  /* Another seed cannot go on with a run. */
  g_autofree char *path = tiny_folder_new ();
  Watch w = { .position = -1, .left = 1 };
  g_assert_cmpint (run (e, &config, &dataset, model, path, false, &w, &error), ==, SW_ERROR_CANCELLED);
  own = config;
  own.seed = 12;
  g_assert_cmpint (run (e, &own, &dataset, model, path, true, NULL, &error), ==, SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, "seed 11"));
  tiny_folder_remove (path);
  sw_model_free (model);
  sw_model_free (control);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Engine *e, gconstpointer data);
  } tests[] = {
    { "resume", test_resume },           { "no-checkpoint", test_no_checkpoint }, { "metrics", test_metrics },
    { "loss-is-mean", test_loss_is_mean }, { "learns", test_learns },             { "not-finite", test_not_finite },
    { "refused", test_refused },
  };
  g_test_init (&argc, &argv, NULL);
  for (int engine = SW_ENGINE_BANDLIMITED; engine <= SW_ENGINE_SAMPLED; engine++)
    for (size_t i = 0; i < G_N_ELEMENTS (tests); i++)
      {
        g_autofree char *path = g_strdup_printf ("/train/loop/%s/%s", sw_engine_name ((SwEngine) engine), tests[i].name);
        g_test_add (path, Engine, GINT_TO_POINTER (engine), set_up, tests[i].test, tear_down);
      }
  return g_test_run ();
}
