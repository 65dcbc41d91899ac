/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long do a forward pass and a training step of a network take in either engine, in what memory, and which layers take it?
 *
 * usage: bench-network [--engine bandlimited|sampled] [--size N] [--train N] [--rounds N] [--serve] NETWORK.json
 *
 * Prints median and best of the rounds in ms, the peak memory, and the shares of the forward pass by kind of layer. A training
 * step is forward and backward with a batch of N, without the optimiser. With --serve: commands on standard input, a line
 * each: f (forward), t (training step), answered by seconds and seconds of processor time, so that network-peer.py can alternate. The input is a
 * smooth blob, different in each sample. Answer: RESULTS.md.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/timer.h"
#include "nn/runner.h"
#include "nn/train-step.h"

#define ROUNDS_MAX 1000

typedef struct
{
  SwNetwork *network;
  SwModel *model;
  SwRunner *runner;
  SwRandom random;
  size_t n_batch; /* 0: no training */
  real *input, *d_output, *d_parameters;
} Case;

static void
check (SwStatus status, const SwError *error)
{
  if (status == SW_OK)
    return;
  fprintf (stderr, "%s\n", error->text);
  exit (1);
}

static void
case_init (Case *c, const char *path, const SwRunOptions *options)
{
  SwError error = { 0 };

  check (sw_network_read (path, &c->network, &error), &error);
  check (sw_model_new (c->network, 1, &c->model, &error), &error);
  check (sw_runner_new (c->model, options, &c->runner, &error), &error);
  c->n_batch = options->train_batch;
  sw_random_init (&c->random, 2);
  const size_t n = sw_runner_input_size (c->runner), n_samples = c->n_batch > 0 ? c->n_batch : 1;
  const size_t n_grids = n_samples * sw_field_type_dim (&c->network->input);
  c->input = SW_NEW (real, n_grids * n * n * n);
  c->d_output = SW_NEW (real, n_samples * c->network->n_outputs);
  c->d_parameters = SW_NEW0 (real, c->network->n_parameters);
  if (c->input == NULL || c->d_output == NULL || c->d_parameters == NULL)
    {
      fprintf (stderr, "no memory\n");
      exit (1);
    }
  for (size_t g = 0, i = 0; g < n_grids; g++)
    for (size_t v = 0; v < n * n * n; v++, i++)
      {
        const double half = 0.5 * (double) n;
        const double x = (double) (v % n) - half, y = (double) (v / n % n) - half, z = (double) (v / n / n) - half;
        c->input[i] = (real) (exp (-(x * x + y * y + z * z) / 30) * (1 + 0.5 * sin (x + 2 * y + 3 * z + (double) g)));
      }
  for (size_t i = 0; i < n_samples * c->network->n_outputs; i++)
    c->d_output[i] = (real) (sw_random_uniform (&c->random) - 0.5);
}

static void
case_clear (Case *c)
{
  sw_runner_free (c->runner);
  sw_model_free (c->model);
  sw_network_unref (c->network);
  sw_free (c->input);
  sw_free (c->d_output);
  sw_free (c->d_parameters);
}

static double
run (Case *c, bool train)
{
  SwError error = { 0 };
  const double start = sw_timer_now ();
  if (train)
    {
      /* weights have changed since the last step, as they do in training */
      check (sw_runner_update (c->runner, &error), &error);
      check (sw_runner_forward_train (c->runner, c->n_batch, c->input, &c->random, true, NULL, &error), &error);
      check (sw_runner_backward (c->runner, c->d_output, c->d_parameters, NULL, NULL, &error), &error);
    }
  else
    check (sw_runner_forward (c->runner, c->input, NULL, &error), &error);
  return sw_timer_now () - start;
}

/* Of all threads. */
static double
processor_time (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

static void
print_times (const char *title, double *seconds, size_t n)
{
  qsort (seconds, n, sizeof seconds[0], compare);
  printf ("%-16s median %9.2f ms  best %9.2f ms  of %zu\n", title, seconds[n / 2] * 1e3, seconds[0] * 1e3, n);
}

static const char *
group_name (SwLayerKind kind)
{
  switch (kind)
    {
    case SW_LAYER_CONV:
    case SW_LAYER_DENSE_CONV:
      return "convolutions";
    case SW_LAYER_GATE:
    case SW_LAYER_NORM_ACT:
    case SW_LAYER_SCALAR_ACT:
      return "gates and activations";
    case SW_LAYER_LOWPASS:
      return "low-pass";
    default:
      return "batch norm, add, pool, rest";
    }
}

/* sums: seconds by kind of layer over the rounds. */
static void
print_shares (const double *sums)
{
  static const SwLayerKind first[] = { SW_LAYER_CONV, SW_LAYER_GATE, SW_LAYER_LOWPASS, SW_LAYER_ADD };
  double all = 0;
  for (int k = 0; k <= SW_LAYER_LINEAR; k++)
    all += sums[k];
  for (size_t g = 0; all > 0 && g < sizeof first / sizeof first[0]; g++)
    {
      double sum = 0;
      for (int k = 0; k <= SW_LAYER_LINEAR; k++)
        if (strcmp (group_name ((SwLayerKind) k), group_name (first[g])) == 0)
          sum += sums[k];
      printf ("  %-28s %5.1f %%\n", group_name (first[g]), 100 * sum / all);
    }
}

static void
measure (Case *c, size_t n_rounds)
{
  double seconds[ROUNDS_MAX], sums[SW_LAYER_LINEAR + 1] = { 0 };

  run (c, false);
  for (size_t r = 0; r < n_rounds; r++)
    {
      seconds[r] = run (c, false);
      for (size_t i = 0; i < c->network->n_layers; i++)
        {
          const SwLayerResult *result = sw_runner_result (c->runner, i);
          sums[result->layer->kind] += result->seconds;
        }
    }
  print_times ("forward", seconds, n_rounds);
  print_shares (sums);
  if (c->n_batch > 0)
    {
      char title[48];
      for (size_t r = 0; r < n_rounds; r++)
        seconds[r] = run (c, true);
      snprintf (title, sizeof title, "step, batch %zu", c->n_batch);
      print_times (title, seconds, n_rounds);
    }
  printf ("peak memory %.0f MB\n", (double) sw_memory_peak () / 1e6);
}

static unsigned
number (const char *text)
{
  char *end;
  const unsigned long value = strtoul (text, &end, 10);
  if (end == text || *end != '\0' || value > ROUNDS_MAX)
    {
      fprintf (stderr, "“%s” is not a number from 0 to %d\n", text, ROUNDS_MAX);
      exit (2);
    }
  return (unsigned) value;
}

int
main (int argc, char **argv)
{
  SwRunOptions options = { 0 };
  SwError error = { 0 };
  Case c = { 0 };
  const char *path = NULL;
  unsigned n_rounds = 9;
  bool serve = false;

  for (int i = 1; i < argc; i++)
    {
      const char *value = i + 1 < argc ? argv[i + 1] : "";
      if (strcmp (argv[i], "--serve") == 0)
        serve = true;
      else if (strncmp (argv[i], "--", 2) != 0 && path == NULL)
        path = argv[i];
      else
        {
          if (strcmp (argv[i], "--engine") == 0)
            check (sw_engine_parse (value, &options.engine, &error), &error);
          else if (strcmp (argv[i], "--size") == 0)
            options.size = number (value);
          else if (strcmp (argv[i], "--train") == 0)
            options.train_batch = number (value);
          else if (strcmp (argv[i], "--rounds") == 0)
            n_rounds = number (value);
          else
            n_rounds = 0;
          i++;
        }
    }
  if (path == NULL || n_rounds == 0)
    {
      fprintf (stderr, "usage: bench-network [--engine bandlimited|sampled] [--size N] [--train N] [--rounds N] [--serve] "
                       "NETWORK.json\n");
      return 2;
    }
  case_init (&c, path, &options);
  if (!serve)
    {
      printf ("%s, %s engine, %zu^3\n", c.network->name, sw_engine_name (options.engine), sw_runner_input_size (c.runner));
      measure (&c, n_rounds);
    }
  else
    {
      char line[16];
      while (fgets (line, sizeof line, stdin) != NULL)
        {
          const double before = processor_time (), seconds = run (&c, line[0] == 't' && c.n_batch > 0);
          printf ("%.6f %.6f\n", seconds, processor_time () - before);
          fflush (stdout);
        }
    }
  case_clear (&c);
  return 0;
}
