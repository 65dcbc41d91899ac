/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loss.h"

#include <math.h>

size_t
sw_loss_argmax (size_t n, const real *logits)
{
  size_t best = 0;
  for (size_t i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

/* log sum exp, shifted by the largest so that nothing overflows. */
static double
log_sum (size_t n, const real *logits)
{
  const double shift = (double) logits[sw_loss_argmax (n, logits)];
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += exp ((double) logits[i] - shift);
  return shift + log (sum);
}

double
sw_loss_cross_entropy (size_t n,
                       const real *restrict logits,
                       size_t label,
                       double weight,
                       real *restrict d_logits)
{
  const double norm = log_sum (n, logits);
  if (d_logits != NULL)
    for (size_t i = 0; i < n; i++)
      d_logits[i] = (real) (weight * (exp ((double) logits[i] - norm) - (i == label ? 1.0 : 0.0)));
  return norm - (double) logits[label];
}

void
sw_loss_softmax (size_t n, const real *logits, real *out)
{
  const double norm = log_sum (n, logits);
  for (size_t i = 0; i < n; i++)
    out[i] = (real) exp ((double) logits[i] - norm);
}
