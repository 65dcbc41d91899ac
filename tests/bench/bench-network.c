/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long do a forward pass and a training step of a published network take in the sampled engine, and in what memory?
 *
 * usage: bench-network NETWORK.json [batch]; then commands on standard input as in bench-conv3d: f (forward), t (training step
 * without the optimiser), answered by seconds. Without a batch only f. Answer: RESULTS.md.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/timer.h"
#include "nn/runner.h"
#include "nn/train-step.h"

static void
check (SwStatus status, const SwError *error)
{
  if (status == SW_OK)
    return;
  fprintf (stderr, "%s\n", error->text);
  exit (1);
}

int
main (int argc, char **argv)
{
  SwNetwork *network;
  SwModel *model;
  SwRunner *runner;
  SwError error = { 0 };
  SwRandom random;
  char line[16];

  if (argc < 2)
    {
      fprintf (stderr, "usage: bench-network NETWORK.json [batch]\n");
      return 2;
    }
  const size_t n_batch = argc > 2 ? strtoul (argv[2], NULL, 10) : 0;
  check (sw_network_read (argv[1], &network, &error), &error);
  check (sw_model_new (network, 1, &model, &error), &error);
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED, .train_batch = n_batch };
  check (sw_runner_new (model, &options, &runner, &error), &error);
  const size_t n = sw_runner_input_size (runner);
  const size_t n_input = (n_batch > 0 ? n_batch : 1) * sw_field_type_dim (&network->input) * n * n * n;
  real *input = SW_NEW (real, n_input), *d_output = SW_NEW0 (real, (n_batch + 1) * network->n_outputs);
  real *d_parameters = SW_NEW0 (real, network->n_parameters);
  if (input == NULL || d_output == NULL || d_parameters == NULL)
    return 1;
  sw_random_init (&random, 2);
  for (size_t i = 0; i < n_input; i++)
    input[i] = (real) sw_random_uniform (&random);
  for (size_t i = 0; i < (n_batch + 1) * network->n_outputs; i++)
    d_output[i] = (real) (sw_random_uniform (&random) - 0.5);
  while (fgets (line, sizeof line, stdin) != NULL)
    {
      const double start = sw_timer_now ();
      if (line[0] == 't' && n_batch > 0)
        {
          check (sw_runner_forward_train (runner, n_batch, input, &random, true, NULL, &error), &error);
          check (sw_runner_backward (runner, d_output, d_parameters, NULL, NULL, &error), &error);
        }
      else
        check (sw_runner_forward (runner, input, NULL, &error), &error);
      printf ("%.6f\n", sw_timer_now () - start);
      fflush (stdout);
    }
  fprintf (stderr, "peak memory %.0f MB\n", (double) sw_memory_peak () / 1e6);
  sw_runner_free (runner);
  sw_model_free (model);
  sw_network_unref (network);
  sw_free (input);
  sw_free (d_output);
  sw_free (d_parameters);
  return 0;
}
