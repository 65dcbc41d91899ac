/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/progress.h: how long work reports and how it is cancelled
 *
 * Long functions take a const SwProgress * (may be NULL) and call sw_progress between pieces of work; when
 * it returns false they clean up and return SW_ERROR_CANCELLED. The callback may run on a worker thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct
{
  /* fraction in 0..1 (negative: unknown); sentence may be NULL. Returns false to stop. */
  bool (*report) (double fraction, const char *sentence, void *data);
  void *data;
} SwProgress;

static inline bool
sw_progress (const SwProgress *progress, double fraction, const char *sentence)
{
  return progress == NULL || progress->report == NULL
         || progress->report (fraction, sentence, progress->data);
}
