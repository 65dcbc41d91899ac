/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/loop.h: a training run, resumable at any step
 *
 * Every random number is drawn from a generator seeded by (seed, epoch, sample or step), so that the state of a run is its
 * weights, the optimiser's moments and two counters, and a run that was interrupted reaches the same weights bit for bit as one
 * that was not (same machine, same number of threads).
 */
#pragma once

#include "base/progress.h"
#include "base/random.h"
#include "nn/runner.h"
#include "train/adam.h"
#include "train/run-folder.h"
#include "train/schedule.h"

typedef enum
{
  SW_PART_TRAIN,
  SW_PART_VALIDATION,
} SwDataPart;

/* Where samples come from. Samples are independent: sample may be called from several threads at once, each with its own
 * random. */
typedef struct
{
  size_t n_train, n_validation;
  size_t n_classes;
  /* Fills input [c, z, y, x] of edge `size` and the label of a sample. random is seeded by run, epoch and index. */
  SwStatus (*sample) (void *data,
                      SwDataPart part,
                      size_t index,
                      size_t size,
                      SwRandom *random,
                      real *input,
                      size_t *ret_label,
                      SwError *error);
  void *data;
  /* The same sample, turned further about the centre as a body (rotation: row-major), for the equivariance error. random is
   * seeded as for sample, so that both draw alike. NULL: not defined for these data. */
  SwStatus (*turned) (void *data,
                      SwDataPart part,
                      size_t index,
                      size_t size,
                      const double rotation[9],
                      SwRandom *random,
                      real *input,
                      SwError *error);
} SwDataset;

/* What the network said of one sample. */
typedef struct
{
  size_t label, answer;
  double probability; /* of the answer */
  double label_probability;
} SwJudgement;

typedef struct
{
  unsigned epochs;
  size_t batch;            /* samples of an optimiser step, over all processes */
  size_t batch_at_once;    /* samples that pass the network together; 0: as many as the process has of a batch */
  SwSchedule schedule;
  double l1, l2;           /* on convolution weights only, as the paper's code does */
  uint64_t seed;
  unsigned validate_every; /* epochs; 0: never */
  double checkpoint_seconds; /* between checkpoints inside a long epoch */
  double stop_score;       /* validation accuracy at which the run is done early; 0: never */
} SwTrainConfig;

typedef struct
{
  unsigned epoch, n_epochs;
  size_t step, n_steps; /* in the epoch */
  double rate;
  double loss, accuracy; /* over the part of the epoch that is done */
  bool validated;        /* the following hold for this epoch */
  double validation_loss, validation_accuracy;
  bool best; /* the best validation so far */
  const size_t *confusion; /* [n_classes][n_classes], rows: truth; of the last validation; NULL before it */
  size_t n_judged;
  const SwJudgement *judged; /* [n_judged], samples of the last validation, in order; NULL before it */
  /* Mean |f(Rx) - f(x)| / |f(x)| of the outputs before the softmax, over a few samples and one rotation for each; NaN where not
   * measured. */
  double train_equivariance, validation_equivariance;
  double samples_per_second;
  double seconds;   /* spent so far */
  double remaining; /* estimate, seconds */
} SwTrainReport;

/* Called after every step (end_of_epoch false) and after every epoch; returns false to stop: the run then writes a checkpoint and
 * returns SW_ERROR_CANCELLED. */
typedef bool (*SwTrainObserver) (const SwTrainReport *report, bool end_of_epoch, void *data);

/* Sums arrays over the processes of a run. NULL functions and size 1 for one process. */
typedef struct
{
  int rank, size;
  SwStatus (*sum) (void *data, size_t n, double *values, SwError *error);
  void *data;
} SwReduce;

/* Trains model, in place. folder may be NULL (nothing is written); resume goes on from its checkpoint if there is one. On
 * success the model holds the last weights; the best ones are in the folder. A loss that is not finite ends the run with
 * SW_ERROR_NUMERIC, naming epoch, step and the first layer whose weights (or, where all are finite, gradients) are not finite; the checkpoint before it
 * stays. */
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

typedef struct
{
  double loss, accuracy;
  size_t n;
} SwEvaluation;

/* Forward passes over n samples of a part. confusion: [n_classes][n_classes], assigned, or NULL. */
SwStatus sw_evaluate (SwRunner *runner,
                      const SwDataset *dataset,
                      SwDataPart part,
                      uint64_t seed,
                      size_t n,
                      size_t *confusion,
                      const SwProgress *progress,
                      SwEvaluation *ret,
                      SwError *error) SW_WARN_UNUSED;

/* Bytes that sw_train will take. */
SwStatus sw_train_memory (const SwNetwork *network,
                          const SwRunOptions *options,
                          const SwTrainConfig *config,
                          size_t *ret,
                          SwError *error) SW_WARN_UNUSED;

/* A generator of its own for each (seed, stream, a, b). */
void sw_train_random (SwRandom *random, uint64_t seed, uint64_t stream, uint64_t a, uint64_t b);
