/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/retrieval.h: finding shapes, measured as in SHREC17
 *
 * A submission is a folder with a file for each query, named by the query's id (with or without suffix), a line "ID DISTANCE" for
 * each answer, best first. Only the order counts. As the organisers' program does: ids of digits are padded to six, the first
 * SW_RETRIEVAL_LINES_MAX lines are read, repeated ids and ids of no shape of the collection are left out, the query itself stays.
 *
 * Of a query with R relevant shapes in the collection (those of its synset, itself among them) and N answers of which n are relevant:
 *   P@N = n / N,  R@N = n / R,  F1@N = 2 P R / (P + R)
 *   AP = sum over relevant answers of (relevant ones up to there / rank) / R
 *   NDCG = DCG / DCG of the best possible list of the whole collection, DCG = sum of gain / (1 for rank 1, else log2 rank)
 *   gain: 0 for another synset; 3 for the same synset and sub-synset; 2 where the answer's sub-synset is the query's synset; else 1.
 * A query without a file, or without answers, counts 0 throughout. micro: mean over queries; macro: mean over synsets of the mean over
 * their queries.
 */
#pragma once

#include "experiments/experiment.h"
#include "experiments/shape-data.h"

G_BEGIN_DECLS

#define SW_RETRIEVAL_LINES_MAX 1000

typedef struct
{
  const char *id, *synset, *subsynset;
} SwRetrievalItem;

typedef struct
{
  double precision, recall, f1, average_precision, ndcg;
} SwRetrievalScore;

typedef struct
{
  size_t n_queries, n_missing; /* missing: without answers */
  size_t n_classes;
  SwRetrievalScore micro, macro;
  double accuracy; /* of the classes predicted, where a network ran; else NaN */
} SwRetrieval;

/* One query: answers are indices of items, best first, without repetition. */
SwRetrievalScore sw_retrieval_query (size_t n_items, const SwRetrievalItem *items, size_t query, size_t n_answers, const size_t *answers);

/* The items of a folder's submission. */
bool sw_retrieval_score_folder (size_t n_items, const SwRetrievalItem *items, const char *folder, SwRetrieval *ret, GError **error);

/* The shapes of a part of the data as items; lent by the set. part: SW_PART_TEST, or SW_PART_VALIDATION or _TRAIN. Free with g_free. */
SwRetrievalItem *sw_retrieval_items (const SwShapeSet *set, SwDataPart part, size_t *ret_n);

/* Runs the model on the shapes of a part (logits summed over so many rotations, or as given), answers each with all shapes of the class predicted
 * for it, by their own score for that class (equal ones by id, descending), as the paper does; writes the submission into folder and
 * measures what stands there. */
bool sw_retrieval_run (const SwExperiment *experiment,
                       SwModel *model,
                       const SwRunOptions *options,
                       const char *data,
                       SwDataPart part,
                       size_t n_copies,
                       uint64_t seed,
                       const char *folder,
                       const SwProgress *progress,
                       SwRetrieval *ret,
                       GError **error);

G_END_DECLS
