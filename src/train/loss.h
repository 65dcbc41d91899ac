/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/loss.h: softmax cross-entropy */
#pragma once

#include <stddef.h>

#include "base/real.h"

/* logits: [n]; label < n. Returns -log softmax (logits)[label]. d_logits: [n], assigned weight * (softmax - one-hot), or
 * NULL. The two must not overlap. Sums in double; a NaN among the logits gives NaN. */
double sw_loss_cross_entropy (size_t n,
                              const real *restrict logits,
                              size_t label,
                              double weight,
                              real *restrict d_logits);

/* out: [n], probabilities; may be the same array as logits. */
void sw_loss_softmax (size_t n, const real *logits, real *out);

/* Index of the largest of n > 0 numbers, the first of equals. */
size_t sw_loss_argmax (size_t n, const real *logits);
