/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/dataset.h: where samples come from, and their preparation ahead of time
 *
 * Samples are independent: each is drawn with a generator of its own, seeded by the run, the epoch and the sample's index, so
 * it is the same whichever thread makes it and whenever.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/real.h"
#include "base/status.h"

typedef enum
{
  SW_PART_TRAIN,
  SW_PART_VALIDATION,
  SW_PART_TEST,          /* turned at random */
  SW_PART_TEST_AS_GIVEN, /* the same samples, not turned */
} SwDataPart;

/* The functions may be called from several threads at once, each with its own random. */
typedef struct
{
  size_t n_train, n_validation;
  size_t n_test; /* 0: there is no test part beside the validation */
  size_t n_classes;
  /* Fills input [c, z, y, x] of edge `size` and the label of a sample. random is seeded by run, epoch and index. further (row-major):
   * the same sample, turned by it about the centre as a body, for the equivariance error; NULL: as it is. */
  SwStatus (*sample) (void *data,
                      SwDataPart part,
                      size_t index,
                      size_t size,
                      const double *further,
                      SwRandom *random,
                      real *input,
                      size_t *ret_label,
                      SwError *error);
  bool turns; /* sample knows how to turn */
  void *data;
} SwDataset;

/* A generator of its own for each (seed, stream, a, b). */
void sw_train_random (SwRandom *random, uint64_t seed, uint64_t stream, uint64_t a, uint64_t b);

/* Streams: what a generator is for. */
enum
{
  SW_STREAM_ORDER,      /* epoch */
  SW_STREAM_SAMPLE,     /* epoch, index */
  SW_STREAM_DROPOUT,    /* epoch, first sample */
  SW_STREAM_VALIDATION, /* part, index */
  SW_STREAM_ROTATION,   /* of the equivariance error */
};

/* Sample `index` of a part as every validation and evaluation with this seed sees it. */
SwStatus sw_dataset_validation_sample (const SwDataset *dataset,
                                       SwDataPart part,
                                       uint64_t seed,
                                       size_t index,
                                       size_t size,
                                       real *input,
                                       size_t *ret_label,
                                       SwError *error) SW_WARN_UNUSED;

/* Batches made by worker threads while the caller computes. */
typedef struct SwPrefetch SwPrefetch;

typedef struct
{
  const SwDataset *dataset;
  SwDataPart part;
  uint64_t seed, stream;
  size_t size, length; /* edge of the grid; numbers of an input */
  size_t batch;        /* samples of a batch, at most */
  size_t ahead;        /* batches asked for and not yet given back, at most; each has its own memory */
} SwPrefetchParams;

/* Bytes of the batches. */
size_t sw_prefetch_memory (const SwPrefetchParams *params);
/* As many threads as a parallel loop has, at most one for each sample that can be asked for. */
SwStatus sw_prefetch_new (const SwPrefetchParams *params, SwPrefetch **ret, SwError *error) SW_WARN_UNUSED;
/* Waits for the samples that are being made, forgets the others; takes NULL. */
void sw_prefetch_free (SwPrefetch *prefetch);
/* How many batches may still be asked for. */
size_t sw_prefetch_room (const SwPrefetch *prefetch);
/* Asks for a batch: n samples with these indices, drawn with generators (seed, stream, a, index). Needs room. */
void sw_prefetch_ask (SwPrefetch *prefetch, uint64_t a, size_t n, const size_t *indices);
/* Waits for the oldest batch asked for. inputs [n, length] and labels [n] are lent until sw_prefetch_done. A sample that could not
 * be had gives its error, of several that of the first; the batch then still wants sw_prefetch_done. */
SwStatus sw_prefetch_take (SwPrefetch *prefetch, const real **ret_inputs, const size_t **ret_labels, SwError *error) SW_WARN_UNUSED;
/* Gives the batch back that was taken. */
void sw_prefetch_done (SwPrefetch *prefetch);
/* Seconds that sw_prefetch_take has waited, in all. */
double sw_prefetch_waited (const SwPrefetch *prefetch);
