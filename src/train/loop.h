/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/loop.h: a training run, resumable at any step
 *
 * Every random number is drawn from a generator seeded by (seed, epoch, sample or step), so that the state of a run is its
 * weights, the optimiser's moments and counters, and a run that was interrupted reaches the same weights bit for bit as one
 * that was not (same machine, same number of threads).
 */
#pragma once

#include "base/progress.h"
#include "nn/runner.h"
#include "train/adam.h"
#include "train/dataset.h"
#include "train/evaluate.h"
#include "train/reduce.h"
#include "train/run-folder.h"
#include "train/schedule.h"

typedef struct
{
  unsigned epochs;
  size_t batch;            /* samples of an optimiser step, over all processes */
  size_t batch_at_once;    /* of those, samples that pass the network together and share batch norm; 0: all of them */
  SwSchedule schedule;
  double l1, l2;           /* on convolution weights only, as the paper's code does */
  uint64_t seed;
  unsigned validate_every; /* epochs; 0: never */
  double checkpoint_seconds; /* between checkpoints inside a long epoch */
  double stop_score;       /* validation accuracy at which the run is done early; 0: never */
} SwTrainConfig;

typedef enum
{
  SW_TRAIN_STEP,       /* after every step */
  SW_TRAIN_EPOCH,      /* after every epoch, with its validation */
  SW_TRAIN_START,      /* once, before the first step; after what was resumed */
  SW_TRAIN_VALIDATING, /* after every sample of a validation */
  SW_TRAIN_CHECKPOINT, /* what was reached is on the disk */
} SwTrainEvent;

typedef struct
{
  size_t n_train, n_validation;
  bool resumed;          /* a checkpoint was there */
  unsigned epoch, n_epochs;
  size_t step, n_steps; /* in the epoch: steps done */
  double rate;
  double loss, accuracy; /* over the part of the epoch that is done; NaN before it */
  size_t n_validated;    /* SW_TRAIN_VALIDATING: samples so far */
  bool validated;        /* SW_TRAIN_EPOCH: the following hold for this epoch */
  bool best;             /* and are the best so far */
  double validation_loss, validation_accuracy;
  double train_equivariance, validation_equivariance; /* errors of the output, evaluate.h; NaN where not measured */
  /* Of the last validation; NULL before it. */
  const size_t *confusion; /* [n_classes][n_classes], rows: truth */
  size_t n_misjudged;
  const SwMisjudged *misjudged; /* by index of the sample */
  bool have_best; /* the following hold */
  unsigned best_epoch;
  double best_accuracy;
  double samples_per_second;
  double seconds;   /* spent so far */
  double remaining; /* estimate, seconds */
} SwTrainReport;

/* Returns false to stop: the run then writes a checkpoint and returns SW_ERROR_CANCELLED. Of several processes each has its own
 * observer, and all stop when one says so; a validation is then finished first. */
typedef bool (*SwTrainObserver) (const SwTrainReport *report, SwTrainEvent event, void *data);

/* Trains model, in place. folder may be NULL (nothing is written); resume goes on from its checkpoint if there is one. On
 * success the model holds the last weights; the best ones are in the folder. A loss that is not finite ends the run with
 * SW_ERROR_NUMERIC, naming epoch, step and the first layer whose weights (or, where all are finite, gradients) are not finite; the checkpoint before it
 * stays. Samples are prepared by worker threads while the network computes (dataset.h). */
SwStatus sw_train (SwModel *model,
                   const SwRunOptions *options,
                   const SwTrainConfig *config,
                   const SwDataset *dataset,
                   const SwReduce *reduce,
                   SwRunFolder *folder,
                   bool resume,
                   SwTrainObserver observer,
                   void *observer_data,
                   SwError *error) SW_WARN_UNUSED;

/* Bytes that sw_train will take, in each of n_processes. */
SwStatus sw_train_memory (const SwNetwork *network,
                          const SwRunOptions *options,
                          const SwTrainConfig *config,
                          int n_processes,
                          size_t *ret,
                          SwError *error) SW_WARN_UNUSED;
