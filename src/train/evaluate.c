/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/evaluate.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "so3/rotation.h"
#include "train/loss.h"

/* What is kept of a sample, as doubles so that it can be summed over processes. */
enum
{
  COLUMN_LABEL,
  COLUMN_ANSWER,
  COLUMN_PROBABILITY,
  COLUMN_LABEL_PROBABILITY,
  COLUMN_LOSS,
  COLUMN_RANK, /* outputs above the label's */
  N_COLUMNS,
};

static size_t
n_ahead (size_t n)
{
  const size_t wanted = (size_t) omp_get_max_threads () + 1;
  return n < wanted ? n : wanted;
}

size_t
sw_evaluate_memory (size_t length, size_t n)
{
  const SwPrefetchParams params = { .length = length, .batch = 1, .ahead = n_ahead (n) };
  return sw_prefetch_memory (&params) + n * N_COLUMNS * sizeof (double);
}

static void
judge (size_t n_outputs, const real *output, size_t label, double *row)
{
  const size_t answer = sw_loss_argmax (n_outputs, output);
  const double loss = sw_loss_cross_entropy (n_outputs, output, label, 1.0, NULL);
  row[COLUMN_LABEL] = (double) label;
  row[COLUMN_ANSWER] = (double) answer;
  row[COLUMN_PROBABILITY] = exp (-sw_loss_cross_entropy (n_outputs, output, answer, 1.0, NULL));
  row[COLUMN_LABEL_PROBABILITY] = exp (-loss);
  row[COLUMN_LOSS] = loss;
  row[COLUMN_RANK] = 0;
  for (size_t k = 0; k < n_outputs; k++)
    row[COLUMN_RANK] += output[k] > output[label];
}

/* Samples rank, rank + size, ... of n into their rows. */
static SwStatus
run_samples (SwRunner *runner,
             SwPrefetch *prefetch,
             size_t n,
             const SwReduce *reduce,
             SwDataPart part,
             const SwProgress *progress,
             double *rows,
             SwError *error)
{
  const size_t n_outputs = sw_runner_network (runner)->n_outputs;
  const size_t first = reduce != NULL ? (size_t) reduce->rank : 0, stride = reduce != NULL ? (size_t) reduce->size : 1;
  size_t asked = first;
  for (size_t i = first; i < n; i += stride)
    {
      const real *input;
      const size_t *label;
      SwStatus status;
      for (; asked < n && sw_prefetch_room (prefetch) > 0; asked += stride)
        sw_prefetch_ask (prefetch, part, 1, &asked);
      status = sw_prefetch_take (prefetch, &input, &label, error);
      if (status == SW_OK)
        status = sw_runner_forward (runner, input, NULL, error);
      if (status != SW_OK)
        return status;
      judge (n_outputs, sw_runner_output (runner), *label, rows + i * N_COLUMNS);
      sw_prefetch_done (prefetch);
      if (!sw_progress (progress, (double) (i + 1) / (double) n, "Evaluating"))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  return SW_OK;
}

SwStatus
sw_evaluate_all (SwRunner *runner,
                 const SwDataset *dataset,
                 SwDataPart part,
                 uint64_t seed,
                 size_t n,
                 const SwReduce *reduce,
                 size_t *confusion,
                 size_t *ret_n_misjudged,
                 SwMisjudged *misjudged,
                 const SwProgress *progress,
                 SwEvaluation *ret,
                 SwError *error)
{
  const SwNetwork *network = sw_runner_network (runner);
  const size_t size = sw_runner_input_size (runner), n_outputs = network->n_outputs;
  const SwPrefetchParams params = { .dataset = dataset,
                                    .part = part,
                                    .seed = seed,
                                    .stream = SW_STREAM_VALIDATION,
                                    .size = size,
                                    .length = sw_field_type_dim (&network->input) * size * size * size,
                                    .batch = 1,
                                    .ahead = n_ahead (n) };
  SwPrefetch *prefetch = NULL;
  SwEvaluation result = { .n = n };
  size_t n_misjudged = 0;
  double *rows;
  SwStatus status;

  if (n == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "there are no samples to evaluate");
  rows = SW_NEW0 (double, n * N_COLUMNS);
  if (rows == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the answers to %zu samples", n);
  status = sw_prefetch_new (&params, &prefetch, error);
  if (status == SW_OK)
    status = run_samples (runner, prefetch, n, reduce, part, progress, rows, error);
  sw_prefetch_free (prefetch);
  if (status == SW_OK && reduce != NULL && reduce->sum != NULL)
    status = reduce->sum (reduce->data, n * N_COLUMNS, rows, error);
  if (status != SW_OK)
    {
      sw_free (rows);
      return status;
    }

  if (confusion != NULL)
    memset (confusion, 0, n_outputs * n_outputs * sizeof *confusion);
  for (size_t i = 0; i < n; i++)
    {
      const double *row = rows + i * N_COLUMNS;
      const size_t label = (size_t) row[COLUMN_LABEL], answer = (size_t) row[COLUMN_ANSWER];
      result.loss += row[COLUMN_LOSS];
      result.accuracy += answer == label;
      result.top3 += row[COLUMN_RANK] < 3;
      if (confusion != NULL)
        confusion[label * n_outputs + answer]++;
      if (misjudged != NULL && answer != label)
        misjudged[n_misjudged++] = (SwMisjudged){ .sample = i,
                                                  .label = label,
                                                  .answer = answer,
                                                  .probability = row[COLUMN_PROBABILITY],
                                                  .label_probability = row[COLUMN_LABEL_PROBABILITY] };
    }
  sw_free (rows);
  result.loss /= (double) n;
  result.accuracy /= (double) n;
  result.top3 /= (double) n;
  if (ret_n_misjudged != NULL)
    *ret_n_misjudged = n_misjudged;
  *ret = result;
  return SW_OK;
}

SwStatus
sw_evaluate (SwRunner *runner,
             const SwDataset *dataset,
             SwDataPart part,
             uint64_t seed,
             size_t n,
             size_t *confusion,
             const SwProgress *progress,
             SwEvaluation *ret,
             SwError *error)
{
  return sw_evaluate_all (runner, dataset, part, seed, n, NULL, confusion, NULL, NULL, progress, ret, error);
}

/* The generator that a sample of an epoch, or of a validation, is drawn with. */
static void
sample_random (SwRandom *random, SwDataPart part, uint64_t seed, uint64_t epoch, size_t index)
{
  if (part == SW_PART_TRAIN)
    sw_train_random (random, seed, SW_STREAM_SAMPLE, epoch, index);
  else
    sw_train_random (random, seed, SW_STREAM_VALIDATION, part, index);
}

/* |p' - p| / |p| of one sample; before: room for p. */
static SwStatus
turn_sample (SwRunner *runner,
             const SwDataset *dataset,
             SwDataPart part,
             uint64_t seed,
             uint64_t epoch,
             size_t index,
             real *input,
             real *before,
             double *ret,
             SwError *error)
{
  const size_t n_outputs = sw_runner_network (runner)->n_outputs, size = sw_runner_input_size (runner);
  double matrix[9], change = 0.0, norm = 0.0;
  const real *after;
  SwRandom random;
  size_t label;
  SwStatus status;

  sample_random (&random, part, seed, epoch, index);
  status = dataset->sample (dataset->data, part, index, size, NULL, &random, input, &label, error);
  if (status == SW_OK)
    status = sw_runner_forward (runner, input, NULL, error);
  if (status != SW_OK)
    return status;
  memcpy (before, sw_runner_output (runner), n_outputs * sizeof (real));
  sw_train_random (&random, seed, SW_STREAM_ROTATION, part, index);
  sw_quat_to_matrix (sw_quat_random (&random), matrix);
  sample_random (&random, part, seed, epoch, index);
  status = dataset->sample (dataset->data, part, index, size, matrix, &random, input, &label, error);
  if (status == SW_OK)
    status = sw_runner_forward (runner, input, NULL, error);
  if (status != SW_OK)
    return status;
  after = sw_runner_output (runner);
  for (size_t k = 0; k < n_outputs; k++)
    {
      change += ((double) after[k] - (double) before[k]) * ((double) after[k] - (double) before[k]);
      norm += (double) before[k] * (double) before[k];
    }
  *ret = sqrt (change / norm);
  return SW_OK;
}

SwStatus
sw_evaluate_equivariance (SwRunner *runner,
                          const SwDataset *dataset,
                          SwDataPart part,
                          uint64_t seed,
                          uint64_t epoch,
                          double *ret,
                          SwError *error)
{
  const SwNetwork *network = sw_runner_network (runner);
  const size_t size = sw_runner_input_size (runner);
  const size_t n_all = part == SW_PART_TRAIN ? dataset->n_train : dataset->n_validation;
  const size_t n = n_all < SW_EVALUATE_N_TURNED ? n_all : SW_EVALUATE_N_TURNED;
  real *input, *before;
  double mean = 0.0;
  SwStatus status = SW_OK;

  *ret = NAN;
  if (!dataset->turns || n == 0)
    return SW_OK;
  input = SW_NEW (real, sw_field_type_dim (&network->input) * size * size * size);
  before = SW_NEW (real, network->n_outputs);
  if (input == NULL || before == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for an input of %zu^3 voxels", size);
  for (size_t i = 0; i < n && status == SW_OK; i++)
    {
      double change;
      status = turn_sample (runner, dataset, part, seed, epoch, i * n_all / n, input, before, &change, error);
      if (status == SW_OK)
        mean += change / (double) n;
    }
  if (status == SW_OK && isfinite (mean))
    *ret = mean;
  sw_free (input);
  sw_free (before);
  return status;
}
