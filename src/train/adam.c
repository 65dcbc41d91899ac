/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/adam.h"

#include <math.h>

#include "base/memory.h"

SwStatus
sw_adam_init (SwAdam *adam, size_t n, SwError *error)
{
  *adam = (SwAdam){ .n = n, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8 };
  adam->m = SW_NEW0 (real, n);
  adam->v = SW_NEW0 (real, n);
  if (adam->m == NULL || adam->v == NULL)
    {
      sw_adam_clear (adam);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the moments of %zu parameters", n);
    }
  return SW_OK;
}

void
sw_adam_clear (SwAdam *adam)
{
  sw_free (adam->m);
  sw_free (adam->v);
  *adam = (SwAdam){ 0 };
}

void
sw_adam_update (SwAdam *adam,
                size_t n_groups,
                const SwAdamGroup *groups,
                double rate,
                real *restrict parameters,
                real *restrict gradient)
{
  const real b1 = (real) adam->beta1, b2 = (real) adam->beta2, epsilon = (real) adam->epsilon;
  real *restrict m = adam->m, *restrict v = adam->v;
  double t;
  real step;

  for (size_t k = 0; k < n_groups; k++)
    {
      const real l1 = (real) groups[k].l1, l2 = (real) groups[k].l2;
      const size_t end = groups[k].offset + groups[k].n;
      for (size_t i = groups[k].offset; i < end; i++)
        {
          const real p = parameters[i];
          gradient[i] += l1 * (real) ((p > 0) - (p < 0)) + l2 * p;
        }
    }

  adam->step++;
  t = (double) adam->step;
  step = (real) (rate * sqrt (1.0 - pow (adam->beta2, t)) / (1.0 - pow (adam->beta1, t)));
  for (size_t i = 0; i < adam->n; i++)
    {
      const real g = gradient[i];
      m[i] = b1 * m[i] + (1 - b1) * g;
      v[i] = b2 * v[i] + (1 - b2) * g * g;
      parameters[i] -= step * m[i] / ((real) sqrt ((double) v[i]) + epsilon);
    }
}
