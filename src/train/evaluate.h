/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/evaluate.h: how well a network does on samples that it did not learn from */
#pragma once

#include <stdbool.h>

#include "base/progress.h"
#include "nn/runner.h"
#include "train/dataset.h"
#include "train/reduce.h"

typedef struct
{
  double loss, accuracy;
  double top3; /* the label is among the three highest outputs */
  size_t n;
} SwEvaluation;

/* A sample that was taken for another class. */
typedef struct
{
  size_t sample; /* its index: sw_dataset_validation_sample makes it again */
  size_t label, answer;
  double probability, label_probability; /* of answer and of label */
} SwMisjudged;

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

/* The same, shared by the processes of reduce (NULL: one), with the list of misjudged samples: room for n, or NULL. The result does
 * not depend on the number of processes. With several, progress must not stop it. */
SwStatus sw_evaluate_all (SwRunner *runner,
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
                          SwError *error) SW_WARN_UNUSED;

#define SW_EVALUATE_N_TURNED 2

/* Mean of |p' - p| / |p| over a few samples spread over the part, each turned once (its body, never its grid); p is the output
 * before the softmax. Training samples are those of the epoch. NaN where the data cannot be turned or p is silent. */
SwStatus sw_evaluate_equivariance (SwRunner *runner,
                                   const SwDataset *dataset,
                                   SwDataPart part,
                                   uint64_t seed,
                                   uint64_t epoch,
                                   double *ret,
                                   SwError *error) SW_WARN_UNUSED;

/* Bytes of the samples that an evaluation prepares ahead. */
size_t sw_evaluate_memory (size_t length, size_t n);
