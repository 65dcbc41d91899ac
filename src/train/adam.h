/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/adam.h: Adam with L1 and L2 terms added to the gradient
 *
 * Kingma and Ba 2015, in the form of the paper's code (coupled penalties; the root of the second moment gets epsilon before
 * the bias correction):
 *   g += l1 sign (p) + l2 p
 *   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2
 *   p -= rate sqrt (1 - b2^t) / (1 - b1^t) * m / (sqrt (v) + epsilon)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/real.h"
#include "base/status.h"

/* A stretch of the parameters with its own penalties; parameters outside every group have none. Groups must not overlap. */
typedef struct
{
  size_t offset, n;
  double l1, l2;
} SwAdamGroup;

typedef struct
{
  size_t n;
  real *m, *v; /* [n], owned */
  uint64_t step;
  double beta1, beta2, epsilon;
} SwAdam;

/* 0.9, 0.999, 1e-8. */
SwStatus sw_adam_init (SwAdam *adam, size_t n, SwError *error) SW_WARN_UNUSED;
void sw_adam_clear (SwAdam *adam);

/* parameters, gradient: [n]; the gradient is used up (penalties are added to it). */
void sw_adam_update (SwAdam *adam,
                     size_t n_groups,
                     const SwAdamGroup *groups,
                     double rate,
                     real *restrict parameters,
                     real *restrict gradient);
