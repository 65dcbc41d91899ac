/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/dropout.h"

void
sw_dropout_draw (SwRandom *random, double probability, size_t n_batch, size_t n_fields, const SwBatchShare *share, real *factors)
{
  const size_t before = share != NULL ? share->first : 0, total = share != NULL ? share->n_total : n_batch;
  for (size_t i = 0; i < total * n_fields; i++)
    {
      const real factor = sw_random_uniform (random) < probability ? 0 : (real) (1 / (1 - probability));
      if (i >= before * n_fields && i < (before + n_batch) * n_fields)
        factors[i - before * n_fields] = factor;
    }
}

void
sw_dropout_add (const SwFieldType *fields,
                size_t n_batch,
                size_t n_voxels,
                const real *restrict factors,
                const real *restrict f,
                real *restrict out)
{
  for (size_t b = 0; b < n_batch; b++)
    for (size_t p = 0; p < fields->n_parts; p++)
      for (size_t i = 0; i < fields->parts[p].copies; i++)
        {
          const size_t n = (2 * fields->parts[p].l + 1) * n_voxels;
          const real d = *factors++;
          if (d != 0)
            for (size_t v = 0; v < n; v++)
              out[v] += d * f[v];
          f += n;
          out += n;
        }
}
