/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several processes (threads here) that share each step reach what one reaches alone: batch norm, dropout, accumulation and
 * validation included. A step of two samples leaves one of three processes without any. */
#include <glib.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "tiny.h"
#include "train/loop.h"

enum
{
  N_PROCESSES_MAX = 3,
  N_TRAIN = 10,
  BATCH = 4,
};

/* Of the largest weight; measured: 2e-15 and 1e-7. */
#define TOLERANCE (sizeof (real) == 4 ? 1e-5 : 1e-12)

static SwStatus
sample (void *data, SwDataPart part, size_t index, size_t size, const double *further, SwRandom *random, real *input, size_t *ret_label, SwError *error)
{
  for (size_t i = 0; i < size * size * size; i++)
    input[i] = (real) (0.3 * sw_random_normal (random));
  *ret_label = index % 2;
  if (index % 2 == 1)
    for (size_t x = 2; x < size - 2; x++)
      input[(size / 2 * size + size / 2) * size + x] += 1;
  return SW_OK;
}

static const SwDataset dataset = { .n_train = N_TRAIN, .n_validation = 5, .n_classes = 2, .sample = sample };

typedef struct
{
  int size;
  pthread_barrier_t barrier;
  double *parts[N_PROCESSES_MAX];
  double *total;
} Meeting;

typedef struct
{
  SwReduce reduce;
  Meeting *meeting;
  SwNetwork *network;
  SwModel *model;
  SwRunOptions options;
  SwTrainConfig config;
  int stop_after; /* steps; 0: never */
  int n_steps;
  double validation_loss;
  size_t confusion[4];
  SwStatus status;
  SwError error;
} Process;

static SwStatus
sum (void *data, size_t n, double *values, SwError *error)
{
  Process *p = data;
  Meeting *m = p->meeting;
  (void) error;
  m->parts[p->reduce.rank] = values;
  pthread_barrier_wait (&m->barrier);
  if (p->reduce.rank == 0)
    {
      m->total = g_new0 (double, n);
      for (int k = 0; k < m->size; k++)
        for (size_t i = 0; i < n; i++)
          m->total[i] += m->parts[k][i];
    }
  pthread_barrier_wait (&m->barrier);
  memcpy (values, m->total, n * sizeof *values);
  pthread_barrier_wait (&m->barrier);
  if (p->reduce.rank == 0)
    g_free (m->total);
  return SW_OK;
}

static bool
observe (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  Process *p = data;
  if (event == SW_TRAIN_EPOCH && report->validated)
    {
      p->validation_loss = report->validation_loss;
      memcpy (p->confusion, report->confusion, sizeof p->confusion);
    }
  return event != SW_TRAIN_STEP || ++p->n_steps != p->stop_after;
}

static void *
train (void *data)
{
  Process *p = data;
  p->status = sw_train (p->model, &p->options, &p->config, &dataset, p->meeting != NULL ? &p->reduce : NULL, NULL, false, observe, p,
                        &p->error);
  return NULL;
}

static double
largest_difference (size_t n, const real *a, const real *b)
{
  double worst = 0, scale = 0;
  for (size_t i = 0; i < n; i++)
    {
      worst = fmax (worst, fabs ((double) a[i] - (double) b[i]));
      scale = fmax (scale, fabs ((double) a[i]));
    }
  return worst / scale;
}

static void
run_together (Process *processes, Meeting *meeting, int size, const Process *alone)
{
  pthread_t threads[N_PROCESSES_MAX];
  meeting->size = size;
  pthread_barrier_init (&meeting->barrier, NULL, (unsigned) size);
  for (int k = 0; k < size; k++)
    {
      processes[k] = *alone;
      processes[k].meeting = meeting;
      processes[k].reduce = (SwReduce){ .rank = k, .size = size, .sum = sum, .data = &processes[k] };
      /* The first process's weights count. */
      processes[k].model = tiny_model (alone->network, k == 0 ? 3 : 50 + (unsigned) k);
    }
  for (int k = 0; k < size; k++)
    g_assert_cmpint (pthread_create (&threads[k], NULL, train, &processes[k]), ==, 0);
  for (int k = 0; k < size; k++)
    pthread_join (threads[k], NULL);
  pthread_barrier_destroy (&meeting->barrier);
}

static void
test_same (gconstpointer data)
{
  SwNetwork *network = tiny_network (2);
  for (size_t at_once = 0; at_once <= 3; at_once += 3)
    {
      Process alone = { .network = network,
                        .model = tiny_model (network, 3),
                        .options = { .engine = (SwEngine) GPOINTER_TO_INT (data) },
                        .config = { .epochs = 3,
                                    .batch = BATCH,
                                    .batch_at_once = at_once,
                                    .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 0.02, .start = 10, .decay = 1 },
                                    .l2 = 1e-3,
                                    .seed = 11,
                                    .validate_every = 1 } };
      Process start = alone;
      train (&alone);
      if (alone.status != SW_OK)
        g_error ("%s", alone.error.text);
      for (int size = 2; size <= N_PROCESSES_MAX; size++)
        {
          Process processes[N_PROCESSES_MAX];
          Meeting meeting = { 0 };
          start.model = alone.model;
          run_together (processes, &meeting, size, &start);
          for (int k = 0; k < size; k++)
            {
              const SwModel *model = processes[k].model;
              if (processes[k].status != SW_OK)
                g_error ("%s", processes[k].error.text);
              const double weights = largest_difference (network->n_parameters, alone.model->parameters, model->parameters);
              const double statistics = largest_difference (network->n_buffers, alone.model->buffers, model->buffers);
              g_test_message ("%d processes, %zu at once: weights %.2g, statistics %.2g", size, at_once, weights, statistics);
              g_assert_cmpfloat (weights, <, TOLERANCE);
              g_assert_cmpfloat (statistics, <, TOLERANCE);
              g_assert_cmpfloat_with_epsilon (processes[k].validation_loss, alone.validation_loss, TOLERANCE * alone.validation_loss);
              g_assert_cmpmem (processes[k].confusion, sizeof alone.confusion, alone.confusion, sizeof alone.confusion);
              /* All processes have the same numbers, to the bit. */
              g_assert_cmpmem (model->parameters, network->n_parameters * sizeof (real), processes[0].model->parameters,
                               network->n_parameters * sizeof (real));
              g_assert_cmpmem (model->buffers, network->n_buffers * sizeof (real), processes[0].model->buffers,
                               network->n_buffers * sizeof (real));
            }
          for (int k = 0; k < size; k++)
            sw_model_free (processes[k].model);
        }
      sw_model_free (alone.model);
    }
  sw_network_unref (network);
}

/* One process that is told to stop stops all, after the same step. */
static void
test_stop (gconstpointer data)
{
  SwNetwork *network = tiny_network (2);
  Process processes[N_PROCESSES_MAX];
  Meeting meeting = { 0 };
  const Process start = { .network = network,
                          .options = { .engine = (SwEngine) GPOINTER_TO_INT (data) },
                          .stop_after = 0,
                          .config = { .epochs = 3, .batch = BATCH, .schedule = { .base = 0.02, .start = 10 }, .seed = 11 } };
  pthread_t threads[2];
  meeting.size = 2;
  pthread_barrier_init (&meeting.barrier, NULL, 2);
  for (int k = 0; k < 2; k++)
    {
      processes[k] = start;
      processes[k].meeting = &meeting;
      processes[k].stop_after = k == 1 ? 4 : 0;
      processes[k].reduce = (SwReduce){ .rank = k, .size = 2, .sum = sum, .data = &processes[k] };
      processes[k].model = tiny_model (network, 3);
    }
  for (int k = 0; k < 2; k++)
    g_assert_cmpint (pthread_create (&threads[k], NULL, train, &processes[k]), ==, 0);
  for (int k = 0; k < 2; k++)
    {
      pthread_join (threads[k], NULL);
      g_assert_cmpint (processes[k].status, ==, SW_ERROR_CANCELLED);
      g_assert_cmpint (processes[k].n_steps, ==, 4);
    }
  pthread_barrier_destroy (&meeting.barrier);
  for (int k = 0; k < 2; k++)
    sw_model_free (processes[k].model);
  sw_network_unref (network);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int engine = SW_ENGINE_BANDLIMITED; engine <= SW_ENGINE_SAMPLED; engine++)
    {
      g_autofree char *same = g_strdup_printf ("/train/processes/%s/same", sw_engine_name ((SwEngine) engine));
      g_autofree char *stop = g_strdup_printf ("/train/processes/%s/stop", sw_engine_name ((SwEngine) engine));
      g_test_add_data_func (same, GINT_TO_POINTER (engine), test_same);
      g_test_add_data_func (stop, GINT_TO_POINTER (engine), test_stop);
    }
  return g_test_run ();
}
