/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/reduce.h: several processes that share every step of a run */
#pragma once

#include <stddef.h>

#include "base/status.h"

/* Sums arrays over the processes of a run, element by element, into all of them alike. All processes call sum in the same
 * order with the same n. sum is NULL and size 1 for one process. */
typedef struct
{
  int rank, size;
  SwStatus (*sum) (void *data, size_t n, double *values, SwError *error);
  void *data;
} SwReduce;
