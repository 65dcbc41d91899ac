/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/checkpoint.h: the state of a run between two steps
 *
 * A file of its own format: "swivel checkpoint 1\n", a fixed block of numbers, the arrays, and a CRC-32 of all that; written
 * under a temporary name and renamed. Random numbers are drawn from generators seeded by (seed, epoch, sample), so their
 * state need not be kept.
 */
#pragma once

#include <stdint.h>

#include "base/real.h"
#include "base/status.h"
#include "nn/model.h"
#include "train/adam.h"

typedef struct
{
  uint64_t seed;
  uint64_t epoch; /* next step belongs to this epoch ... */
  uint64_t step;  /* ... and is this one in it */
  /* sums over the part of the epoch that is done */
  double loss_sum;
  uint64_t n_correct, n_seen;
  double best_score;   /* of the best weights so far; negative: none */
  uint64_t best_epoch;
  double seconds;      /* spent so far */
} SwTrainState;

SwStatus sw_checkpoint_write (const char *path, const SwTrainState *state, const SwModel *model, const SwAdam *adam, SwError *error) SW_WARN_UNUSED;
/* Fills state, the model's parameters and buffers, and adam, which must have been made for the same network. Refuses, leaving all
 * untouched: another network, a file cut off or altered, a file written by the other precision. */
SwStatus sw_checkpoint_read (const char *path, SwTrainState *state, SwModel *model, SwAdam *adam, SwError *error) SW_WARN_UNUSED;
