/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/train-step.h"
#include "so3/rotation.h"
#include "train/checkpoint.h"
#include "train/loss.h"

enum
{
  STREAM_ORDER,
  STREAM_SAMPLE,
  STREAM_DROPOUT,
  STREAM_VALIDATION,
  STREAM_TURN,
};

/* Samples of each part at which the equivariance error is measured. */
#define N_TURNED 8

static const char metrics_header[] = "epoch,learning_rate,train_loss,train_accuracy,validation_loss,"
                                     "validation_accuracy,train_equivariance,validation_equivariance,samples_per_second,seconds";

/* Everything a run owns. */
typedef struct
{
  SwModel *model;
  const SwTrainConfig *config;
  const SwDataset *dataset;
  const SwReduce *reduce;
  SwRunFolder *folder;
  SwTrainObserver observer;
  void *observer_data;

  SwRunner *runner;     /* training */
  SwRunner *inference;  /* validation; NULL when never asked for */
  SwAdam adam;
  SwAdamGroup *groups;
  size_t n_groups;
  SwTrainState state;
  size_t input_length, at_once;
  real *input, *d_output, *gradient;
  size_t *labels, *order, *confusion;
  double *sums;         /* gradient, loss, correct and seen, for the reduction */
  double started, last_checkpoint;
  size_t samples_since_start;
  bool have_confusion;
  SwJudgement *judged; /* of the last validation */
} Run;

void
sw_train_random (SwRandom *random, uint64_t seed, uint64_t stream, uint64_t a, uint64_t b)
{
  SwRandom mix;
  sw_random_init (&mix, seed);
  sw_random_init (&mix, sw_random_next (&mix) ^ stream);
  sw_random_init (&mix, sw_random_next (&mix) ^ a);
  sw_random_init (random, sw_random_next (&mix) ^ b);
}

static SwRunOptions
training_options (const SwRunOptions *options, size_t at_once)
{
  SwRunOptions training = *options;
  training.train_batch = at_once;
  training.keep_fields = false;
  training.calibrate = false;
  return training;
}

static size_t
samples_at_once (const SwTrainConfig *config, int n_processes)
{
  const size_t own = (config->batch + (size_t) n_processes - 1) / (size_t) n_processes;
  return config->batch_at_once > 0 && config->batch_at_once < own ? config->batch_at_once : own;
}

SwStatus
sw_train_memory (const SwNetwork *network, const SwRunOptions *options, const SwTrainConfig *config, size_t *ret, SwError *error)
{
  const SwRunOptions training = training_options (options, samples_at_once (config, 1));
  size_t forward, backward;
  SwRunOptions inference = *options;
  SwStatus status = sw_runner_memory (network, &training, &backward, error);
  if (status != SW_OK)
    return status;
  inference.keep_fields = false;
  status = sw_runner_memory (network, &inference, &forward, error);
  if (status != SW_OK)
    return status;
  *ret = backward + (config->validate_every > 0 ? forward : 0)
         + network->n_parameters * (3 * sizeof (real) + sizeof (double));
  return SW_OK;
}

static void
run_clear (Run *run)
{
  sw_runner_free (run->runner);
  sw_runner_free (run->inference);
  sw_adam_clear (&run->adam);
  sw_free (run->groups);
  sw_free (run->input);
  sw_free (run->d_output);
  sw_free (run->gradient);
  sw_free (run->labels);
  sw_free (run->order);
  sw_free (run->confusion);
  sw_free (run->judged);
  sw_free (run->sums);
}

static SwStatus
run_init (Run *run, const SwRunOptions *options, SwError *error)
{
  const SwNetwork *network = run->model->network;
  const size_t n_classes = network->n_outputs;
  const SwRunOptions training = training_options (options, run->at_once);
  size_t size, channels = sw_field_type_dim (&network->input);
  SwStatus status;

  status = sw_adam_init (&run->adam, network->n_parameters, error);
  if (status == SW_OK)
    status = sw_runner_new (run->model, &training, &run->runner, error);
  if (status == SW_OK && run->config->validate_every > 0 && run->dataset->n_validation > 0)
    {
      SwRunOptions inference = *options;
      inference.keep_fields = false;
      status = sw_runner_new (run->model, &inference, &run->inference, error);
    }
  if (status != SW_OK)
    return status;

  size = sw_runner_input_size (run->runner);
  run->input_length = channels * size * size * size;
  run->input = SW_NEW (real, run->at_once * run->input_length);
  run->d_output = SW_NEW (real, run->at_once * n_classes);
  run->gradient = SW_NEW (real, network->n_parameters);
  run->labels = SW_NEW (size_t, run->at_once);
  run->order = SW_NEW (size_t, run->dataset->n_train);
  run->confusion = SW_NEW0 (size_t, n_classes * n_classes);
  run->judged = SW_NEW0 (SwJudgement, run->dataset->n_validation + 1);
  run->sums = SW_NEW (double, network->n_parameters + 3);
  run->groups = SW_NEW (SwAdamGroup, network->n_layers);
  if (run->input == NULL || run->d_output == NULL || run->gradient == NULL || run->labels == NULL
      || run->order == NULL || run->confusion == NULL || run->judged == NULL || run->sums == NULL || run->groups == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to train \"%s\" with %zu samples at once", network->name,
                         run->at_once);
  for (size_t i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      if ((layer->kind == SW_LAYER_CONV || layer->kind == SW_LAYER_DENSE_CONV) && layer->n_weights > 0)
        run->groups[run->n_groups++] = (SwAdamGroup){
          .offset = layer->weight_offset, .n = layer->n_weights, .l1 = run->config->l1, .l2 = run->config->l2
        };
    }
  return SW_OK;
}

/* The order of an epoch's samples: a Fisher-Yates shuffle of its own generator. */
static void
shuffle (const Run *run)
{
  const size_t n = run->dataset->n_train;
  SwRandom random;
  sw_train_random (&random, run->config->seed, STREAM_ORDER, run->state.epoch, 0);
  for (size_t i = 0; i < n; i++)
    run->order[i] = i;
  for (size_t i = n; i > 1; i--)
    {
      const size_t j = (size_t) sw_random_below (&random, i);
      const size_t swap = run->order[i - 1];
      run->order[i - 1] = run->order[j];
      run->order[j] = swap;
    }
}

static SwStatus
load_samples (Run *run, size_t first, size_t n, SwError *error)
{
  const SwDataset *dataset = run->dataset;
  const size_t size = sw_runner_input_size (run->runner);
  SwStatus status = SW_OK;
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n; i++)
    {
      const size_t index = run->order[first + i];
      SwRandom random;
      SwError own = { 0 };
      SwStatus result;
      sw_train_random (&random, run->config->seed, STREAM_SAMPLE, run->state.epoch, index);
      result = dataset->sample (dataset->data, SW_PART_TRAIN, index, size, &random, run->input + i * run->input_length,
                                &run->labels[i], &own);
      if (result != SW_OK)
#pragma omp critical(sw_train_load)
        {
          status = result;
          if (error != NULL)
            *error = own;
        }
    }
  return status;
}

static bool
layer_is_finite (const SwLayer *layer, const real *values)
{
  for (size_t k = 0; k < layer->n_weights; k++)
    if (!isfinite (values[layer->weight_offset + k]))
      return false;
  for (size_t k = 0; k < layer->n_biases; k++)
    if (!isfinite (values[layer->bias_offset + k]))
      return false;
  return true;
}

/* Weights before gradients: a bad weight spoils the gradients of every layer, also of those before it. */
static const char *
first_bad_layer (const Run *run)
{
  const SwNetwork *network = run->model->network;
  for (size_t i = 0; i < network->n_layers; i++)
    if (!layer_is_finite (&network->layers[i], run->model->parameters))
      return network->layers[i].name;
  for (size_t i = 0; i < network->n_layers; i++)
    if (!layer_is_finite (&network->layers[i], run->gradient))
      return network->layers[i].name;
  return "the output";
}

/* One optimiser step on samples first .. first + n - 1 of the epoch's order. */
static SwStatus
train_step (Run *run, size_t first, size_t n, double rate, SwError *error)
{
  const SwNetwork *network = run->model->network;
  const size_t n_outputs = network->n_outputs, n_parameters = network->n_parameters;
  const size_t rank = (size_t) run->reduce->rank, n_processes = (size_t) run->reduce->size;
  const size_t own_first = first + n * rank / n_processes, own_end = first + n * (rank + 1) / n_processes;
  double loss = 0.0, correct = 0.0;
  SwStatus status;

  memset (run->gradient, 0, n_parameters * sizeof (real));
  for (size_t start = own_first; start < own_end; start += run->at_once)
    {
      const size_t part = own_end - start < run->at_once ? own_end - start : run->at_once;
      const real *output;
      SwRandom dropout;
      status = load_samples (run, start, part, error);
      if (status != SW_OK)
        return status;
      sw_train_random (&dropout, run->config->seed, STREAM_DROPOUT, run->state.epoch, start);
      status = sw_runner_forward_train (run->runner, part, run->input, &dropout, true, NULL, error);
      if (status != SW_OK)
        return status;
      output = sw_runner_train_output (run->runner);
      for (size_t i = 0; i < part; i++)
        {
          loss += sw_loss_cross_entropy (n_outputs, output + i * n_outputs, run->labels[i], 1.0 / (double) n,
                                         run->d_output + i * n_outputs);
          correct += sw_loss_argmax (n_outputs, output + i * n_outputs) == run->labels[i];
        }
      status = sw_runner_backward (run->runner, run->d_output, run->gradient, NULL, NULL, error);
      if (status != SW_OK)
        return status;
    }

  if (run->reduce->sum != NULL)
    {
      for (size_t i = 0; i < n_parameters; i++)
        run->sums[i] = (double) run->gradient[i];
      run->sums[n_parameters] = loss;
      run->sums[n_parameters + 1] = correct;
      status = run->reduce->sum (run->reduce->data, n_parameters + 2, run->sums, error);
      if (status != SW_OK)
        return status;
      for (size_t i = 0; i < n_parameters; i++)
        run->gradient[i] = (real) run->sums[i];
      loss = run->sums[n_parameters];
      correct = run->sums[n_parameters + 1];
    }

  double norm = 0.0;
  for (size_t i = 0; i < n_parameters; i++)
    norm += (double) run->gradient[i] * (double) run->gradient[i];
  if (!isfinite (loss) || !isfinite (norm))
    return sw_error_set (error, SW_ERROR_NUMERIC,
                         "the %s is not a finite number any more at epoch %llu, step %llu; first seen in layer \"%s\". "
                         "A smaller learning rate may help",
                         isfinite (loss) ? "gradient" : "loss", (unsigned long long) run->state.epoch + 1,
                         (unsigned long long) run->state.step + 1, first_bad_layer (run));

  sw_adam_update (&run->adam, run->n_groups, run->groups, rate, run->model->parameters, run->gradient);
  status = sw_runner_update (run->runner, error);
  run->model->calibrated = true; /* the batches moved the running statistics */
  run->state.loss_sum += loss;
  run->state.n_correct += (uint64_t) correct;
  run->state.n_seen += n;
  run->samples_since_start += n;
  return status;
}

static SwStatus
write_checkpoint (Run *run, SwError *error)
{
  SwStatus status;
  run->last_checkpoint = sw_timer_now ();
  if (run->folder == NULL || run->reduce->rank != 0)
    return SW_OK;
  /* The weights first: if the process dies in between, the checkpoint is still the older one and the run writes them again.
   * The other way round a finished run could be left with old weights. */
  status = sw_model_write (run->model, sw_run_folder_file (run->folder, "last.safetensors"), error);
  if (status == SW_OK)
    status = sw_checkpoint_write (sw_run_folder_file (run->folder, "checkpoint"), &run->state, run->model, &run->adam, error);
  return status;
}

/* As sw_evaluate; judged: [n] or NULL. */
static SwStatus
evaluate (SwRunner *runner,
          const SwDataset *dataset,
          SwDataPart part,
          uint64_t seed,
          size_t n,
          size_t *confusion,
          SwJudgement *judged,
          const SwProgress *progress,
          SwEvaluation *ret,
          SwError *error)
{
  const SwNetwork *network = sw_runner_network (runner);
  const size_t size = sw_runner_input_size (runner), n_outputs = network->n_outputs;
  const size_t length = sw_field_type_dim (&network->input) * size * size * size;
  real *input = SW_NEW (real, length);
  SwStatus status = SW_OK;
  SwEvaluation result = { .n = n };

  if (input == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for an input of %zu^3 voxels", size);
  if (confusion != NULL)
    memset (confusion, 0, n_outputs * n_outputs * sizeof *confusion);
  for (size_t i = 0; i < n && status == SW_OK; i++)
    {
      SwRandom random;
      size_t label, answer;
      sw_train_random (&random, seed, STREAM_VALIDATION, part, i);
      status = dataset->sample (dataset->data, part, i, size, &random, input, &label, error);
      if (status == SW_OK)
        status = sw_runner_forward (runner, input, NULL, error);
      if (status != SW_OK)
        break;
      answer = sw_loss_argmax (n_outputs, sw_runner_output (runner));
      result.loss += sw_loss_cross_entropy (n_outputs, sw_runner_output (runner), label, 1.0, NULL);
      result.accuracy += answer == label;
      if (confusion != NULL)
        confusion[label * n_outputs + answer]++;
      if (judged != NULL)
        judged[i] = (SwJudgement){
          .label = label,
          .answer = answer,
          .probability = exp (-sw_loss_cross_entropy (n_outputs, sw_runner_output (runner), answer, 1.0, NULL)),
          .label_probability = exp (-sw_loss_cross_entropy (n_outputs, sw_runner_output (runner), label, 1.0, NULL)),
        };
      if (!sw_progress (progress, (double) (i + 1) / (double) n, "Evaluating"))
        status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  sw_free (input);
  if (status == SW_OK)
    {
      result.loss /= (double) n;
      result.accuracy /= (double) n;
      *ret = result;
    }
  return status;
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
  return evaluate (runner, dataset, part, seed, n, confusion, NULL, progress, ret, error);
}

/* Runs the inference network on a sample as it is and on the same sample turned. */
static SwStatus
measure_equivariance (Run *run, SwDataPart part, double *ret, SwError *error)
{
  const SwDataset *dataset = run->dataset;
  const size_t n_all = part == SW_PART_TRAIN ? dataset->n_train : dataset->n_validation;
  const size_t n = n_all < N_TURNED ? n_all : N_TURNED;
  const size_t n_outputs = run->model->network->n_outputs, size = sw_runner_input_size (run->inference);
  double sum = 0.0;

  *ret = NAN;
  if (dataset->turned == NULL || n == 0)
    return SW_OK;
  for (size_t i = 0; i < n; i++)
    {
      const size_t index = i * n_all / n;
      double matrix[9], change = 0.0, whole = 0.0;
      size_t label;
      SwRandom random;
      SwStatus status;

      for (int turned = 0; turned < 2; turned++)
        {
          sw_train_random (&random, run->config->seed, STREAM_TURN, part, index);
          sw_quat_to_matrix (sw_quat_random (&random), matrix);
          if (part == SW_PART_TRAIN)
            sw_train_random (&random, run->config->seed, STREAM_SAMPLE, run->state.epoch, index);
          else
            sw_train_random (&random, run->config->seed, STREAM_VALIDATION, part, index);
          status = turned ? dataset->turned (dataset->data, part, index, size, matrix, &random, run->input, error)
                          : dataset->sample (dataset->data, part, index, size, &random, run->input, &label, error);
          if (status == SW_OK)
            status = sw_runner_forward (run->inference, run->input, NULL, error);
          if (status != SW_OK)
            return status;
          const real *output = sw_runner_output (run->inference);
          for (size_t k = 0; k < n_outputs; k++)
            {
              const double difference = (double) output[k] - (double) run->d_output[k];
              if (turned)
                {
                  change += difference * difference;
                  whole += (double) run->d_output[k] * (double) run->d_output[k];
                }
              else
                run->d_output[k] = output[k];
            }
        }
      sum += sqrt (change / fmax (whole, 1e-300));
    }
  *ret = sum / (double) n;
  return SW_OK;
}

static bool
report (Run *run, double rate, size_t n_steps, const SwEvaluation *validation, const double equivariance[2], bool end_of_epoch)
{
  const double elapsed = sw_timer_now () - run->started;
  const double speed = (double) run->samples_since_start / fmax (elapsed, 1e-9);
  const double n_seen = (double) run->state.n_seen;
  const double left = ((double) run->config->epochs - (double) run->state.epoch - (end_of_epoch ? 1.0 : 0.0))
                          * (double) run->dataset->n_train
                      - (end_of_epoch ? 0.0 : n_seen);
  const SwTrainReport r = {
    .epoch = (unsigned) run->state.epoch,
    .n_epochs = run->config->epochs,
    .step = (size_t) run->state.step,
    .n_steps = n_steps,
    .rate = rate,
    .loss = run->state.n_seen > 0 ? run->state.loss_sum / n_seen : NAN,
    .accuracy = run->state.n_seen > 0 ? (double) run->state.n_correct / n_seen : NAN,
    .validated = validation != NULL,
    .validation_loss = validation != NULL ? validation->loss : NAN,
    .validation_accuracy = validation != NULL ? validation->accuracy : NAN,
    .best = validation != NULL && run->state.best_epoch == run->state.epoch,
    .confusion = run->have_confusion ? run->confusion : NULL,
    .n_judged = run->have_confusion ? run->dataset->n_validation : 0,
    .judged = run->have_confusion ? run->judged : NULL,
    .train_equivariance = equivariance != NULL ? equivariance[0] : NAN,
    .validation_equivariance = equivariance != NULL ? equivariance[1] : NAN,
    .samples_per_second = speed,
    .seconds = run->state.seconds + elapsed,
    .remaining = speed > 0 ? left / speed : NAN,
  };
  return run->observer == NULL || run->observer (&r, end_of_epoch, run->observer_data);
}

static SwStatus
end_epoch (Run *run, double rate, size_t n_steps, bool *ret_go_on, SwError *error)
{
  const SwTrainConfig *config = run->config;
  const bool last = run->state.epoch + 1 == config->epochs;
  SwEvaluation validation = { 0 };
  double equivariance[2] = { NAN, NAN };
  bool validated = false;
  SwStatus status = SW_OK;

  if (run->inference != NULL && ((run->state.epoch + 1) % config->validate_every == 0 || last))
    {
      status = sw_runner_update (run->inference, error);
      if (status == SW_OK)
        status = evaluate (run->inference, run->dataset, SW_PART_VALIDATION, config->seed, run->dataset->n_validation,
                           run->confusion, run->judged, NULL, &validation, error);
      for (int part = SW_PART_TRAIN; status == SW_OK && part <= SW_PART_VALIDATION; part++)
        status = measure_equivariance (run, (SwDataPart) part, &equivariance[part], error);
      if (status != SW_OK)
        return status;
      validated = run->have_confusion = true;
      if (validation.accuracy > run->state.best_score)
        {
          run->state.best_score = validation.accuracy;
          run->state.best_epoch = run->state.epoch;
          if (run->folder != NULL && run->reduce->rank == 0)
            status = sw_model_write (run->model, sw_run_folder_file (run->folder, "best.safetensors"), error);
        }
    }
  if (status == SW_OK && run->folder != NULL && run->reduce->rank == 0)
    {
      char line[256], numbers[64] = ",", turned[64] = ",";
      const double elapsed = sw_timer_now () - run->started;
      if (validated)
        snprintf (numbers, sizeof numbers, "%.6g,%.6g", validation.loss, validation.accuracy);
      if (isfinite (equivariance[0]) && isfinite (equivariance[1]))
        snprintf (turned, sizeof turned, "%.4g,%.4g", equivariance[0], equivariance[1]);
      snprintf (line, sizeof line, "%llu,%.6g,%.6g,%.6g,%s,%s,%.4g,%.1f", (unsigned long long) run->state.epoch + 1, rate,
                run->state.loss_sum / (double) run->state.n_seen, (double) run->state.n_correct / (double) run->state.n_seen, numbers, turned,
                (double) run->samples_since_start / fmax (elapsed, 1e-9), run->state.seconds + elapsed);
      status = sw_run_folder_append (run->folder, "metrics.csv", metrics_header, line, error);
    }
  if (status != SW_OK)
    return status;
  *ret_go_on = report (run, rate, n_steps, validated ? &validation : NULL, equivariance, true);
  run->state.epoch++;
  run->state.step = 0;
  run->state.loss_sum = 0;
  run->state.n_correct = run->state.n_seen = 0;
  if (config->stop_score > 0 && validated && validation.accuracy >= config->stop_score)
    run->state.epoch = config->epochs;
  return SW_OK;
}

/* The clock of a checkpoint counts what earlier processes spent. */
static SwStatus
save (Run *run, SwError *error)
{
  const double before = run->state.seconds;
  SwStatus status;
  run->state.seconds += sw_timer_now () - run->started;
  status = write_checkpoint (run, error);
  run->state.seconds = before;
  return status;
}

static SwStatus
run_epochs (Run *run, SwError *error)
{
  const SwTrainConfig *config = run->config;
  const size_t n = run->dataset->n_train;
  const size_t n_steps = (n + config->batch - 1) / config->batch;
  SwStatus status = SW_OK;
  bool go_on = true;

  while (status == SW_OK && go_on && run->state.epoch < config->epochs)
    {
      const double rate = sw_schedule_rate (&config->schedule, (double) run->state.epoch, config->epochs);
      shuffle (run);
      while (status == SW_OK && go_on && run->state.step < n_steps)
        {
          const size_t first = (size_t) run->state.step * config->batch;
          status = train_step (run, first, n - first < config->batch ? n - first : config->batch, rate, error);
          if (status != SW_OK)
            return status;
          run->state.step++;
          go_on = report (run, rate, n_steps, NULL, NULL, false);
          if (go_on && run->state.step < n_steps && config->checkpoint_seconds > 0
              && sw_timer_now () - run->last_checkpoint > config->checkpoint_seconds)
            status = save (run, error);
        }
      if (status == SW_OK && run->state.step == n_steps)
        {
          bool more = true;
          status = end_epoch (run, rate, n_steps, &more, error);
          go_on = go_on && more;
          if (status == SW_OK
              && (run->state.epoch == config->epochs
                  || sw_timer_now () - run->last_checkpoint > fmin (config->checkpoint_seconds, 5.0)))
            status = save (run, error);
        }
    }
  if (status == SW_OK && !go_on)
    {
      status = save (run, error);
      if (status == SW_OK && run->state.epoch < config->epochs)
        status = sw_error_set (error, SW_ERROR_CANCELLED, "stopped at epoch %llu", (unsigned long long) run->state.epoch + 1);
    }
  return status;
}

static SwStatus
restore (Run *run, SwError *error)
{
  const char *path = sw_run_folder_file (run->folder, "checkpoint");
  SwStatus status;
  /* Stopped before its first checkpoint: begin anew, and drop the lines of epochs that will be repeated. */
  if (access (path, F_OK) != 0)
    return run->reduce->rank == 0 ? sw_run_folder_truncate (run->folder, "metrics.csv", 0, error) : SW_OK;
  status = sw_checkpoint_read (path, &run->state, run->model, &run->adam, error);
  if (status != SW_OK)
    return status;
  run->model->calibrated = run->model->calibrated || run->adam.step > 0;
  if (run->state.seed != run->config->seed)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: was started with seed %llu, not %llu", path,
                         (unsigned long long) run->state.seed, (unsigned long long) run->config->seed);
  status = sw_runner_update (run->runner, error);
  if (status == SW_OK && run->reduce->rank == 0)
    status = sw_run_folder_truncate (run->folder, "metrics.csv", (size_t) run->state.epoch, error);
  return status;
}

SwStatus
sw_train (SwModel *model,
          const SwRunOptions *options,
          const SwTrainConfig *config,
          const SwDataset *dataset,
          const SwReduce *reduce,
          SwRunFolder *folder,
          bool resume,
          SwTrainObserver observer,
          void *observer_data,
          SwError *error)
{
  static const SwReduce alone = { .rank = 0, .size = 1 };
  Run run = {
    .model = model,
    .config = config,
    .dataset = dataset,
    .reduce = reduce != NULL ? reduce : &alone,
    .folder = folder,
    .observer = observer,
    .observer_data = observer_data,
    .state = { .seed = config->seed, .best_score = -1.0 },
  };
  SwStatus status;

  if (dataset->n_train == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "there are no samples to train on");
  if (dataset->n_classes != model->network->n_outputs)
    return sw_error_set (error, SW_ERROR_INVALID, "the data have %zu classes, the network \"%s\" has %zu outputs",
                         dataset->n_classes, model->network->name, model->network->n_outputs);
  if (config->batch < (size_t) run.reduce->size)
    return sw_error_set (error, SW_ERROR_INVALID, "a batch of %zu cannot be shared by %d processes", config->batch,
                         run.reduce->size);
  run.at_once = samples_at_once (config, run.reduce->size);
  status = run_init (&run, options, error);
  if (status == SW_OK && resume && folder != NULL)
    status = restore (&run, error);
  if (status == SW_OK)
    {
      run.started = run.last_checkpoint = sw_timer_now ();
      status = run_epochs (&run, error);
    }
  run_clear (&run);
  return status;
}
