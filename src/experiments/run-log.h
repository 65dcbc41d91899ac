/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/run-log.h: what a training run has told so far
 *
 * A run that a window started prints its progress (cli/README.md) into progress.jsonl of its folder. The log reads that
 * file piece by piece, so the same code follows a run of one's own, one that goes on from an earlier window, and one that
 * ended long ago. Lines that are no JSON, unknown events and a half-written last line are passed over. A resumed run repeats
 * epochs after its last checkpoint: the later line counts.
 *
 * Plain values; one thread at a time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SW_RUN_PROGRESS_FILE "progress.jsonl"

typedef struct
{
  unsigned epoch; /* from 1 */
  /* NaN where there is none */
  double rate, loss, accuracy, validation_loss, validation_accuracy, train_equivariance, validation_equivariance;
} SwRunPoint;

typedef struct
{
  size_t sample, truth, answer;
  double probability;
} SwRunMistake;

typedef enum
{
  SW_RUN_SILENT,   /* has said nothing yet */
  SW_RUN_STARTED,  /* told of no end: runs, or was killed */
  SW_RUN_STOPPED,  /* with a checkpoint */
  SW_RUN_FINISHED,
  SW_RUN_FAILED,
} SwRunState;

typedef struct
{
  SwRunState state;
  char *experiment, *network, *title, *engine; /* owned; NULL before the start line */
  bool conventional;
  unsigned epochs;
  uint64_t n_parameters, memory;
  int process;
  char *message; /* owned; of an end that failed, or NULL */

  GArray *points;    /* of SwRunPoint, epochs ascending */
  char **classes;    /* owned, NULL terminated; NULL when not named */
  size_t n_classes;  /* of confusion */
  size_t *confusion; /* owned, [n_classes][n_classes], rows: truth; NULL before a validation */
  GArray *mistakes;  /* of SwRunMistake, of the last validation */

  /* where the run is now */
  unsigned epoch; /* from 1; 0: has not begun */
  double done;    /* fraction of the whole run */
  double validating; /* fraction of the validation that goes on; NaN: none does */
  double samples_per_second, seconds, remaining; /* NaN: unknown */

  /* private */
  char *path;
  int64_t offset;
  GString *rest;
} SwRunLog;

/* folder NULL: lines come by sw_run_log_feed alone. */
SwRunLog *sw_run_log_new (const char *folder);
void sw_run_log_free (SwRunLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwRunLog, sw_run_log_free)

/* Text as it was printed, in pieces of any length. */
void sw_run_log_feed (SwRunLog *log, const char *text, size_t n);
/* Reads at most about max_bytes that were appended to the file. False when there was nothing new. */
bool sw_run_log_poll (SwRunLog *log, size_t max_bytes);
/* The last point with a validation; NULL when there is none. */
const SwRunPoint *sw_run_log_last_validation (const SwRunLog *log);

G_END_DECLS
