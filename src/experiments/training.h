/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/training.h: one training run of an experiment, and its evaluation
 *
 * A run lives in a folder (train/run-folder.h). config.json there says what was asked for; a run is resumed with what it
 * says.
 */
#pragma once

#include <jansson.h>

#include "experiments/experiment.h"

G_BEGIN_DECLS

#define SW_TRAINING_ERROR (sw_training_error_quark ())
GQuark sw_training_error_quark (void);

typedef enum
{
  SW_TRAINING_ERROR_FAILED,    /* the sentence says why */
  SW_TRAINING_ERROR_STOPPED,   /* by the observer; the checkpoint is written, resume goes on */
  SW_TRAINING_ERROR_DIVERGED,  /* loss or gradient not finite */
  SW_TRAINING_ERROR_BUSY,      /* another process trains in the folder */
} SwTrainingError;

/* A plain value; strings are the caller's. */
typedef struct
{
  const SwExperiment *experiment;
  const SwPreset *preset;
  SwTrainConfig config; /* the preset's, perhaps changed */
  SwRunOptions options; /* engine, size, w_max, plain_stride, basis */
  const char *data;     /* the experiment's data folder, or NULL */
  const char *weights;  /* file that the model's weights were read from; NULL: they are random, drawn with the seed */
  size_t n_validation;  /* 0: as the experiment sees fit */
  size_t reduction;     /* trains on every n-th sample only; 0 or 1: on all */
  const char *folder;   /* run folder, made when missing; NULL: nothing is written */
  bool resume;
} SwTrainingRequest;

/* Bytes that the run will take in each of n_processes. */
bool sw_training_memory (const SwTrainingRequest *request,
                         const SwNetwork *network,
                         int n_processes,
                         size_t *ret,
                         GError **error);
/* Edge of the grid and band limit that the options stand for. */
size_t sw_training_size (const SwRunOptions *options, const SwNetwork *network);
double sw_training_w_max (const SwRunOptions *options, const SwNetwork *network);

/* Trains model in place from its present weights. reduce: NULL for one process; of several, only the first keeps the folder. On
 * success and on a stop the folder holds best.safetensors and last.safetensors, with the training record in their metadata, and
 * validation.json with the last validation. */
bool sw_training_run (const SwTrainingRequest *request,
                      SwModel *model,
                      const SwReduce *reduce,
                      SwTrainObserver observer,
                      void *observer_data,
                      GError **error);

/* The last validation of a report as JSON: cli/README.md. NULL before the first. A new reference. */
json_t *sw_training_validation_to_json (const SwTrainReport *report, size_t n_classes);

typedef struct
{
  SwEvaluation result;
  size_t n_train; /* training samples there are */
  size_t n_classes;
  size_t *confusion; /* [n_classes][n_classes], rows: truth; owned */
} SwTrainingEvaluation;

/* Accuracy on n samples of a part (0: all there are, or as the experiment sees fit). Of an experiment without a test part,
 * SW_PART_VALIDATION is drawn afresh. */
SwTrainingEvaluation *sw_training_evaluate (const SwExperiment *experiment,
                                            SwModel *model,
                                            const SwRunOptions *options,
                                            const char *data,
                                            SwDataPart part,
                                            size_t n,
                                            uint64_t seed,
                                            const SwProgress *progress,
                                            GError **error);
/* Writes the model to path with a model card in its training record: the experiment's, and the accuracy on the test samples
 * turned at random and as given. */
bool sw_training_publish (const SwExperiment *experiment,
                          SwModel *model,
                          const SwRunOptions *options,
                          const char *data,
                          uint64_t seed,
                          const char *path,
                          const SwProgress *progress,
                          GError **error);
void sw_training_evaluation_free (SwTrainingEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwTrainingEvaluation, sw_training_evaluation_free)

G_END_DECLS
