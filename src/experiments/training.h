/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/training.h: one training run of an experiment, and its evaluation
 *
 * A run lives in a folder (train/run-folder.h). config.json there says what was asked for; a run is resumed with what it
 * says.
 */
#pragma once

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
  size_t n_validation;  /* 0: as the experiment sees fit */
  const char *folder;   /* run folder, made when missing; NULL: nothing is written */
  bool resume;
} SwTrainingRequest;

/* Bytes that the run will take. */
bool sw_training_memory (const SwTrainingRequest *request, const SwNetwork *network, size_t *ret, GError **error);

/* Trains model in place from its present weights. reduce: NULL for one process. On success and on a stop the folder holds
 * best.safetensors and last.safetensors, with the training record in their metadata. */
bool sw_training_run (const SwTrainingRequest *request,
                      SwModel *model,
                      const SwReduce *reduce,
                      SwTrainObserver observer,
                      void *observer_data,
                      GError **error);

typedef struct
{
  SwEvaluation result;
  size_t n_classes;
  size_t *confusion; /* [n_classes][n_classes], rows: truth; owned */
} SwTrainingEvaluation;

/* Accuracy on n freshly drawn validation samples (0: as the experiment sees fit). */
SwTrainingEvaluation *sw_training_evaluate (const SwExperiment *experiment,
                                            SwModel *model,
                                            const SwRunOptions *options,
                                            const char *data,
                                            size_t n,
                                            uint64_t seed,
                                            const SwProgress *progress,
                                            GError **error);
void sw_training_evaluation_free (SwTrainingEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwTrainingEvaluation, sw_training_evaluation_free)

G_END_DECLS
