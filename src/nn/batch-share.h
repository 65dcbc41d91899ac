/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/batch-share.h: a training batch that several runners hold parts of, usually in several processes
 *
 * Batch norm then uses the statistics of the whole batch, and gradients flow through them into all of its samples; dropout draws
 * what the whole batch would draw. So the sum of all runners' gradients is that of one runner with the whole batch, up to rounding.
 */
#pragma once

#include <stddef.h>

#include "base/status.h"

typedef struct
{
  size_t first, n_total; /* this runner has samples first, first + 1, ... of n_total, perhaps none */
  /* Adds up over all runners, element by element. All runners call it in the same order with the same n. */
  SwStatus (*sum) (void *data, size_t n, double *values, SwError *error);
  void *data;
} SwBatchShare;

/* NULL: nobody to share with. */
static inline SwStatus
sw_batch_share_sum (const SwBatchShare *share, size_t n, double *values, SwError *error)
{
  return share != NULL ? share->sum (share->data, n, values, error) : SW_OK;
}
