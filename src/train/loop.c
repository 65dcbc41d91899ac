/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loop.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/train-step.h"
#include "train/checkpoint.h"
#include "train/loss.h"

/* Batches of samples in memory: one that the network reads, one that is being made. */
#define N_AHEAD 2

static const char metrics_header[] = "epoch,learning_rate,train_loss,train_accuracy,validation_loss,"
                                     "validation_accuracy,train_equivariance,validation_equivariance,samples_per_second,seconds";

/* A place among the samples of a run: the next part to be prepared. */
typedef struct
{
  uint64_t epoch;
  size_t step, start; /* the step in the epoch; the first sample of the part in the epoch's order */
  size_t *order;      /* [n_train] of that epoch */
  bool shuffled;
} Cursor;

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
  SwPrefetch *prefetch;
  Cursor ahead;
  size_t at_once; /* samples that pass the network together, over all processes */
  real *d_output, *gradient;
  size_t *labels, *confusion, n_misjudged;
  SwMisjudged *misjudged; /* [n_validation] */
  double *sums;         /* for the reduction */
  double rate, started, last_checkpoint, equivariance[2]; /* by part */
  size_t n_steps, n_validated, samples_since_start;
  bool have_confusion, resumed;
} Run;

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
samples_at_once (const SwTrainConfig *config)
{
  return config->batch_at_once > 0 && config->batch_at_once < config->batch ? config->batch_at_once : config->batch;
}

/* Of n samples the most that one of several processes gets. */
static size_t
own_share (size_t n, int n_processes)
{
  return (n + (size_t) n_processes - 1) / (size_t) n_processes;
}

SwStatus
sw_train_memory (const SwNetwork *network,
                 const SwRunOptions *options,
                 const SwTrainConfig *config,
                 int n_processes,
                 size_t *ret,
                 SwError *error)
{
  const SwRunOptions training = training_options (options, own_share (samples_at_once (config), n_processes));
  const size_t size = options->size > 0 ? options->size
                      : options->engine == SW_ENGINE_BANDLIMITED && network->bandlimited_size > 0 ? network->bandlimited_size
                                                                                                   : network->size;
  const size_t length = sw_field_type_dim (&network->input) * size * size * size;
  const SwPrefetchParams samples = { .length = length, .batch = training.train_batch, .ahead = N_AHEAD };
  size_t forward = 0, backward;
  SwRunOptions inference = *options;
  SwStatus status = sw_runner_memory (network, &training, &backward, error);
  if (status != SW_OK)
    return status;
  inference.keep_fields = false;
  if (config->validate_every > 0)
    {
      status = sw_runner_memory (network, &inference, &forward, error);
      if (status != SW_OK)
        return status;
      forward += sw_evaluate_memory (length, 1000);
    }
  *ret = backward + forward + sw_prefetch_memory (&samples)
         + network->n_parameters * (3 * sizeof (real) + (n_processes > 1 ? sizeof (double) : 0));
  return SW_OK;
}

static void
run_clear (Run *run)
{
  sw_prefetch_free (run->prefetch);
  sw_runner_free (run->runner);
  sw_runner_free (run->inference);
  sw_adam_clear (&run->adam);
  sw_free (run->groups);
  sw_free (run->d_output);
  sw_free (run->gradient);
  sw_free (run->labels);
  sw_free (run->ahead.order);
  sw_free (run->misjudged);
  sw_free (run->confusion);
  sw_free (run->sums);
}

static SwStatus
run_init (Run *run, const SwRunOptions *options, SwError *error)
{
  const SwNetwork *network = run->model->network;
  const size_t n_classes = network->n_outputs;
  const size_t n_own = own_share (run->at_once, run->reduce->size);
  const SwRunOptions training = training_options (options, n_own);
  SwPrefetchParams samples = {
    .dataset = run->dataset, .part = SW_PART_TRAIN, .seed = run->config->seed, .stream = SW_STREAM_SAMPLE, .batch = n_own,
    .ahead = N_AHEAD,
  };
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

  samples.size = sw_runner_input_size (run->runner);
  samples.length = sw_field_type_dim (&network->input) * samples.size * samples.size * samples.size;
  run->d_output = SW_NEW (real, n_own * n_classes);
  run->gradient = SW_NEW (real, network->n_parameters);
  run->labels = SW_NEW (size_t, n_own);
  run->ahead.order = SW_NEW (size_t, run->dataset->n_train);
  run->confusion = SW_NEW0 (size_t, n_classes * n_classes);
  run->misjudged = SW_NEW (SwMisjudged, run->dataset->n_validation);
  run->groups = SW_NEW (SwAdamGroup, network->n_layers);
  if (run->reduce->sum != NULL)
    run->sums = SW_NEW (double, network->n_parameters + 2);
  if (run->d_output == NULL || run->gradient == NULL || run->labels == NULL || run->ahead.order == NULL || run->confusion == NULL
      || run->misjudged == NULL || run->groups == NULL || (run->reduce->sum != NULL && run->sums == NULL))
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to train \"%s\" with %zu samples at once", network->name,
                         n_own);
  status = sw_prefetch_new (&samples, &run->prefetch, error);
  if (status != SW_OK)
    return status;
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
shuffle (const Run *run, uint64_t epoch, size_t *order)
{
  const size_t n = run->dataset->n_train;
  SwRandom random;
  sw_train_random (&random, run->config->seed, SW_STREAM_ORDER, epoch, 0);
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  for (size_t i = n; i > 1; i--)
    {
      const size_t j = (size_t) sw_random_below (&random, i);
      const size_t swap = order[i - 1];
      order[i - 1] = order[j];
      order[j] = swap;
    }
}

/* Samples first .. end - 1 of the epoch's order that pass the network together begin at start; this process has own .. own + n - 1
 * of them. A part never crosses a step. */
typedef struct
{
  size_t start, n, own, n_own;
} Part;

static Part
part_at (const Run *run, size_t step, size_t start)
{
  const size_t step_end = (step + 1) * run->config->batch, n_train = run->dataset->n_train;
  const size_t end = step_end < n_train ? step_end : n_train;
  const size_t rank = (size_t) run->reduce->rank, n_processes = (size_t) run->reduce->size;
  Part part = { .start = start, .n = end - start < run->at_once ? end - start : run->at_once };
  part.own = start + part.n * rank / n_processes;
  part.n_own = start + part.n * (rank + 1) / n_processes - part.own;
  return part;
}

/* Asks for as many parts as there is room for; over the end of the epoch, so that the next one does not wait. */
static void
ask_ahead (Run *run)
{
  Cursor *c = &run->ahead;
  while (sw_prefetch_room (run->prefetch) > 0 && c->epoch < run->config->epochs)
    {
      if (c->step < run->n_steps)
        {
          const Part part = part_at (run, c->step, c->start);
          if (!c->shuffled)
            shuffle (run, c->epoch, c->order);
          c->shuffled = true;
          if (part.n_own > 0)
            sw_prefetch_ask (run->prefetch, c->epoch, part.n_own, c->order + part.own);
          c->start = part.start + part.n;
          if (c->start < run->dataset->n_train && c->start < (c->step + 1) * run->config->batch)
            continue;
          c->step++;
        }
      if (c->step >= run->n_steps)
        *c = (Cursor){ .epoch = c->epoch + 1, .order = c->order };
    }
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

/* Loss and right answers of a part, over all processes' samples where they are summed later; its gradient is added. */
static SwStatus
train_part (Run *run, const Part *part, size_t n_step, double *loss, double *correct, SwError *error)
{
  const size_t n_outputs = run->model->network->n_outputs;
  const SwBatchShare share
      = { .first = part->own - part->start, .n_total = part->n, .sum = run->reduce->sum, .data = run->reduce->data };
  const real *inputs = NULL, *output;
  const size_t *labels;
  SwRandom dropout;
  SwStatus status;

  ask_ahead (run);
  if (part->n_own > 0)
    {
      status = sw_prefetch_take (run->prefetch, &inputs, &labels, error);
      if (status != SW_OK)
        return status;
      memcpy (run->labels, labels, part->n_own * sizeof *labels);
    }
  sw_train_random (&dropout, run->config->seed, SW_STREAM_DROPOUT, run->state.epoch, part->start);
  sw_runner_share_batch (run->runner, run->reduce->sum != NULL ? &share : NULL);
  status = sw_runner_forward_train (run->runner, part->n_own, inputs, &dropout, true, NULL, error);
  if (status != SW_OK)
    return status;
  if (part->n_own > 0)
    sw_prefetch_done (run->prefetch); /* the network has its own copy */
  output = sw_runner_train_output (run->runner);
  for (size_t i = 0; i < part->n_own; i++)
    {
      *loss += sw_loss_cross_entropy (n_outputs, output + i * n_outputs, run->labels[i], 1.0 / (double) n_step,
                                      run->d_output + i * n_outputs);
      *correct += sw_loss_argmax (n_outputs, output + i * n_outputs) == run->labels[i];
    }
  return sw_runner_backward (run->runner, run->d_output, run->gradient, NULL, NULL, error);
}

static SwStatus
sum_over_processes (Run *run, double *loss, double *correct, SwError *error)
{
  const size_t n = run->model->network->n_parameters;
  SwStatus status;
  if (run->reduce->sum == NULL)
    return SW_OK;
  for (size_t i = 0; i < n; i++)
    run->sums[i] = (double) run->gradient[i];
  run->sums[n] = *loss;
  run->sums[n + 1] = *correct;
  status = run->reduce->sum (run->reduce->data, n + 2, run->sums, error);
  if (status != SW_OK)
    return status;
  for (size_t i = 0; i < n; i++)
    run->gradient[i] = (real) run->sums[i];
  *loss = run->sums[n];
  *correct = run->sums[n + 1];
  return SW_OK;
}

/* The next optimiser step of the epoch. */
static SwStatus
train_step (Run *run, double rate, SwError *error)
{
  const size_t n_parameters = run->model->network->n_parameters;
  const size_t first = (size_t) run->state.step * run->config->batch, left = run->dataset->n_train - first;
  const size_t n = left < run->config->batch ? left : run->config->batch;
  double loss = 0.0, correct = 0.0;
  SwStatus status;

  memset (run->gradient, 0, n_parameters * sizeof (real));
  for (size_t start = first; start < first + n;)
    {
      const Part part = part_at (run, (size_t) run->state.step, start);
      status = train_part (run, &part, n, &loss, &correct, error);
      if (status != SW_OK)
        return status;
      start += part.n;
    }
  status = sum_over_processes (run, &loss, &correct, error);
  if (status != SW_OK)
    return status;

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

static bool
report (Run *run, SwTrainEvent event, const SwEvaluation *validation, bool best)
{
  const double elapsed = sw_timer_now () - run->started;
  const double speed = (double) run->samples_since_start / fmax (elapsed, 1e-9);
  const double n_seen = (double) run->state.n_seen;
  const bool end_of_epoch = event == SW_TRAIN_EPOCH;
  const double left = ((double) run->config->epochs - (double) run->state.epoch - (end_of_epoch ? 1.0 : 0.0))
                          * (double) run->dataset->n_train
                      - (end_of_epoch ? 0.0 : n_seen);
  const SwTrainReport r = {
    .n_train = run->dataset->n_train,
    .n_validation = run->dataset->n_validation,
    .resumed = run->resumed,
    .epoch = (unsigned) run->state.epoch,
    .n_epochs = run->config->epochs,
    .step = (size_t) run->state.step,
    .n_steps = run->n_steps,
    .rate = run->rate,
    .loss = run->state.n_seen > 0 ? run->state.loss_sum / n_seen : NAN,
    .accuracy = run->state.n_seen > 0 ? (double) run->state.n_correct / n_seen : NAN,
    .n_validated = run->n_validated,
    .validated = validation != NULL,
    .best = best,
    .validation_loss = validation != NULL ? validation->loss : NAN,
    .validation_accuracy = validation != NULL ? validation->accuracy : NAN,
    .train_equivariance = validation != NULL ? run->equivariance[SW_PART_TRAIN] : NAN,
    .validation_equivariance = validation != NULL ? run->equivariance[SW_PART_VALIDATION] : NAN,
    .confusion = run->have_confusion ? run->confusion : NULL,
    .n_misjudged = run->have_confusion ? run->n_misjudged : 0,
    .misjudged = run->have_confusion ? run->misjudged : NULL,
    .have_best = run->state.best_score >= 0,
    .best_epoch = (unsigned) run->state.best_epoch,
    .best_accuracy = run->state.best_score,
    .samples_per_second = speed,
    .seconds = run->state.seconds + elapsed,
    .remaining = speed > 0 ? fmax (left, 0.0) / speed : NAN,
  };
  return run->observer == NULL || run->observer (&r, event, run->observer_data);
}

/* All processes go on, or none. */
static SwStatus
agree (Run *run, bool *go_on, SwError *error)
{
  double stops = *go_on ? 0.0 : 1.0;
  SwStatus status = run->reduce->sum != NULL ? run->reduce->sum (run->reduce->data, 1, &stops, error) : SW_OK;
  *go_on = stops == 0.0;
  return status;
}

/* The training record is what the caller put there and what was reached; no times, so that a run repeats to the byte. */
static SwStatus
write_weights (Run *run, const char *name, SwError *error)
{
  SwModel written = *run->model;
  json_t *record = written.training != NULL ? json_loads (written.training, 0, NULL) : NULL;
  SwStatus status;
  if (!json_is_object (record))
    {
      json_decref (record);
      record = json_object ();
    }
  json_object_set_new (record, "epochs_trained", json_integer ((json_int_t) (run->adam.step / run->n_steps)));
  json_object_set_new (record, "steps_trained", json_integer ((json_int_t) run->adam.step));
  if (run->state.best_score >= 0)
    {
      json_object_set_new (record, "best_epoch", json_integer ((json_int_t) run->state.best_epoch + 1));
      json_object_set_new (record, "best_validation_accuracy", json_real (run->state.best_score));
    }
  written.training = json_dumps (record, JSON_COMPACT | JSON_REAL_PRECISION (12));
  json_decref (record);
  if (written.training == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the training record");
  status = sw_model_write (&written, sw_run_folder_file (run->folder, name), error);
  free (written.training);
  return status;
}

static bool
writes (const Run *run)
{
  return run->folder != NULL && run->reduce->rank == 0;
}

/* The clock of a checkpoint counts what earlier processes spent. */
static SwStatus
save (Run *run, SwError *error)
{
  const double before = run->state.seconds;
  SwStatus status;
  run->last_checkpoint = sw_timer_now ();
  if (!writes (run))
    return SW_OK;
  /* The weights first: if the process dies in between, the checkpoint is still the older one and the run writes them again.
   * The other way round a finished run could be left with old weights. */
  status = write_weights (run, "last.safetensors", error);
  run->state.seconds += sw_timer_now () - run->started;
  if (status == SW_OK)
    status = sw_checkpoint_write (sw_run_folder_file (run->folder, "checkpoint"), &run->state, run->model, &run->adam, error);
  run->state.seconds = before;
  if (status == SW_OK)
    report (run, SW_TRAIN_CHECKPOINT, NULL, false);
  return status;
}

static bool
validating (double fraction, const char *sentence, void *data)
{
  Run *run = data;
  const bool alone = run->reduce->sum == NULL;
  run->n_validated = (size_t) lround (fraction * (double) run->dataset->n_validation);
  return report (run, SW_TRAIN_VALIDATING, NULL, false) || !alone;
}

static SwStatus
validate (Run *run, SwEvaluation *validation, SwError *error)
{
  const SwProgress progress = { validating, run };
  SwStatus status = sw_runner_update (run->inference, error);
  if (status == SW_OK)
    status = sw_evaluate_all (run->inference, run->dataset, SW_PART_VALIDATION, run->config->seed, run->dataset->n_validation,
                              run->reduce, run->confusion, &run->n_misjudged, run->misjudged, &progress, validation, error);
  for (int part = SW_PART_TRAIN; part <= SW_PART_VALIDATION && status == SW_OK && run->reduce->rank == 0; part++)
    status = sw_evaluate_equivariance (run->inference, run->dataset, (SwDataPart) part, run->config->seed, run->state.epoch,
                                       &run->equivariance[part], error);
  run->have_confusion = run->have_confusion || status == SW_OK;
  return status;
}

static SwStatus
append_metrics (Run *run, const SwEvaluation *validation, SwError *error)
{
  char line[256], numbers[64] = ",", turned[64] = ",";
  const double elapsed = sw_timer_now () - run->started;
  if (validation != NULL)
    {
      snprintf (numbers, sizeof numbers, "%.6g,%.6g", validation->loss, validation->accuracy);
      if (isfinite (run->equivariance[0]) && isfinite (run->equivariance[1]))
        snprintf (turned, sizeof turned, "%.4g,%.4g", run->equivariance[0], run->equivariance[1]);
    }
  snprintf (line, sizeof line, "%llu,%.6g,%.6g,%.6g,%s,%s,%.4g,%.1f", (unsigned long long) run->state.epoch + 1, run->rate,
            run->state.loss_sum / (double) run->state.n_seen, (double) run->state.n_correct / (double) run->state.n_seen, numbers,
            turned, (double) run->samples_since_start / fmax (elapsed, 1e-9), run->state.seconds + elapsed);
  return sw_run_folder_append (run->folder, "metrics.csv", metrics_header, line, error);
}

static SwStatus
end_epoch (Run *run, bool *ret_go_on, SwError *error)
{
  const SwTrainConfig *config = run->config;
  const bool last = run->state.epoch + 1 == config->epochs;
  SwEvaluation validation = { 0 };
  bool validated = false, best = false;
  SwStatus status = SW_OK;

  if (run->inference != NULL && ((run->state.epoch + 1) % config->validate_every == 0 || last))
    {
      status = validate (run, &validation, error);
      if (status != SW_OK)
        return status;
      validated = true;
      best = validation.accuracy > run->state.best_score;
      if (best)
        {
          run->state.best_score = validation.accuracy;
          run->state.best_epoch = run->state.epoch;
          if (writes (run))
            status = write_weights (run, "best.safetensors", error);
        }
    }
  if (status == SW_OK && writes (run))
    status = append_metrics (run, validated ? &validation : NULL, error);
  if (status != SW_OK)
    return status;
  *ret_go_on = report (run, SW_TRAIN_EPOCH, validated ? &validation : NULL, best);
  status = agree (run, ret_go_on, error);
  run->state.epoch++;
  run->state.step = 0;
  run->state.loss_sum = 0;
  run->state.n_correct = run->state.n_seen = 0;
  if (config->stop_score > 0 && validated && validation.accuracy >= config->stop_score)
    run->state.epoch = config->epochs;
  return status;
}

static SwStatus
run_epochs (Run *run, SwError *error)
{
  const SwTrainConfig *config = run->config;
  SwStatus status = SW_OK;
  bool go_on = true;

  while (status == SW_OK && go_on && run->state.epoch < config->epochs)
    {
      run->rate = sw_schedule_rate (&config->schedule, (double) run->state.epoch, config->epochs);
      while (status == SW_OK && go_on && run->state.step < run->n_steps)
        {
          status = train_step (run, run->rate, error);
          if (status != SW_OK)
            return status;
          run->state.step++;
          go_on = report (run, SW_TRAIN_STEP, NULL, false);
          status = agree (run, &go_on, error);
          if (status == SW_OK && go_on && run->state.step < run->n_steps && config->checkpoint_seconds > 0
              && sw_timer_now () - run->last_checkpoint > config->checkpoint_seconds)
            status = save (run, error);
        }
      if (status == SW_OK && go_on && run->state.step == run->n_steps)
        {
          status = end_epoch (run, &go_on, error);
          if (status == SW_ERROR_CANCELLED)
            {
              /* In the middle of a validation: the epoch's steps are done, its end is not. */
              go_on = false;
              status = SW_OK;
            }
          else if (status == SW_OK
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
    return sw_run_folder_truncate (run->folder, "metrics.csv", 0, error);
  status = sw_checkpoint_read (path, &run->state, run->model, &run->adam, error);
  if (status != SW_OK)
    return status;
  if (run->state.seed != run->config->seed)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: was started with seed %llu, not %llu", path,
                         (unsigned long long) run->state.seed, (unsigned long long) run->config->seed);
  run->resumed = true;
  return sw_run_folder_truncate (run->folder, "metrics.csv", (size_t) run->state.epoch, error);
}

/* Only the first process has the folder: what it read goes to the others, who add zeros. */
static SwStatus
share_values (const Run *run, size_t n, real *values, SwError *error)
{
  double block[1024];
  for (size_t at = 0; at < n; at += 1024)
    {
      const size_t part = n - at < 1024 ? n - at : 1024;
      SwStatus status;
      for (size_t i = 0; i < part; i++)
        block[i] = run->reduce->rank == 0 ? (double) values[at + i] : 0.0;
      status = run->reduce->sum (run->reduce->data, part, block, error);
      if (status != SW_OK)
        return status;
      for (size_t i = 0; i < part; i++)
        values[at + i] = (real) block[i];
    }
  return SW_OK;
}

static SwStatus
share_state (Run *run, SwError *error)
{
  const SwNetwork *network = run->model->network;
  const SwTrainState *s = &run->state;
  double numbers[9] = { (double) s->epoch, (double) s->step, s->loss_sum, (double) s->n_correct, (double) s->n_seen,
                        s->best_score, (double) s->best_epoch, (double) run->adam.step, run->resumed };
  SwStatus status;
  if (run->reduce->rank != 0)
    memset (numbers, 0, sizeof numbers);
  status = run->reduce->sum (run->reduce->data, 9, numbers, error);
  if (status == SW_OK)
    status = share_values (run, network->n_parameters, run->model->parameters, error);
  if (status == SW_OK)
    status = share_values (run, network->n_buffers, run->model->buffers, error);
  if (status == SW_OK)
    status = share_values (run, run->adam.n, run->adam.m, error);
  if (status == SW_OK)
    status = share_values (run, run->adam.n, run->adam.v, error);
  run->state = (SwTrainState){ .seed = run->config->seed,
                               .epoch = (uint64_t) numbers[0],
                               .step = (uint64_t) numbers[1],
                               .loss_sum = numbers[2],
                               .n_correct = (uint64_t) numbers[3],
                               .n_seen = (uint64_t) numbers[4],
                               .best_score = numbers[5],
                               .best_epoch = (uint64_t) numbers[6],
                               .seconds = run->state.seconds };
  run->adam.step = (uint64_t) numbers[7];
  run->resumed = numbers[8] != 0;
  return status;
}

static SwStatus
begin (Run *run, bool resume, SwError *error)
{
  SwStatus status = SW_OK;
  if (resume && writes (run))
    status = restore (run, error);
  if (status == SW_OK && run->reduce->sum != NULL)
    status = share_state (run, error);
  if (status != SW_OK)
    return status;
  run->model->calibrated = run->model->calibrated || run->adam.step > 0;
  run->ahead = (Cursor){ .epoch = run->state.epoch,
                         .step = (size_t) run->state.step,
                         .start = (size_t) run->state.step * run->config->batch,
                         .order = run->ahead.order };
  return sw_runner_update (run->runner, error);
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
    .equivariance = { NAN, NAN },
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
  run.at_once = samples_at_once (config);
  run.n_steps = (dataset->n_train + config->batch - 1) / config->batch;
  status = run_init (&run, options, error);
  if (status == SW_OK)
    status = begin (&run, resume, error);
  if (status == SW_OK)
    {
      bool go_on;
      run.started = run.last_checkpoint = sw_timer_now ();
      run.rate = sw_schedule_rate (&config->schedule, (double) run.state.epoch, config->epochs);
      go_on = report (&run, SW_TRAIN_START, NULL, false);
      status = agree (&run, &go_on, error);
      if (status == SW_OK && !go_on)
        status = sw_error_set (error, SW_ERROR_CANCELLED, "stopped before the first step");
      if (status == SW_OK)
        status = run_epochs (&run, error);
    }
  run_clear (&run);
  return status;
}
