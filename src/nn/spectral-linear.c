/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-linear.h"

#include <string.h>

#include "base/memory.h"
#include "nn/spectral-vector-private.h"

/* Vectors below which a second thread costs more than it brings. */
#define SMALL_WORK 4096

void
sw_spectral_scale (const SwChannelOrder *order, size_t n_blocks, const real *factors, const real *in, real *out, bool add)
{
#pragma omp parallel for schedule(static) if (n_blocks * order->n_channels * 2 > SMALL_WORK)
  for (size_t b = 0; b < n_blocks; b++)
    {
      const SwVec *x = (const SwVec *) in + b * order->n_channels * 2;
      SwVec *y = (SwVec *) out + b * order->n_channels * 2;
      for (unsigned l = 0; l <= order->l_max; l++)
        for (size_t m = 0; m < 2 * l + 1; m++)
          for (size_t c = 0; c < order->copies[l]; c++)
            {
              const real f = factors[order->copy_at[l] + c];
              const size_t i = 2 * (order->channel_at[l] + m * order->copies[l] + c);
              if (add)
                {
                  y[i] += f * x[i];
                  y[i + 1] += f * x[i + 1];
                }
              else
                {
                  y[i] = f * x[i];
                  y[i + 1] = f * x[i + 1];
                }
            }
    }
}

void
sw_spectral_window (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *in, real *out, bool add)
{
  const size_t size = n_channels * 2 * SW_LANES;
#pragma omp parallel for schedule(static) if (n_blocks * n_channels * 2 > SMALL_WORK)
  for (size_t s = 0; s < modes->n_shells; s++)
    for (size_t b = modes->shell_block[s]; b < modes->shell_block[s + 1] && b < n_blocks; b++)
      {
        const real f = window != NULL ? window[s] : 1;
        const real *x = in + b * size;
        real *y = out + b * size;
        if (add)
          for (size_t i = 0; i < size; i++)
            y[i] += f * x[i];
        else
          for (size_t i = 0; i < size; i++)
            y[i] = f * x[i];
      }
}

SW_VEC_INLINE double
sum_lanes (SwVec v)
{
  real sum = 0;
  for (int i = 0; i < SW_LANES; i++)
    sum += v[i];
  return (double) sum;
}

void
sw_spectral_dot (const SwChannelOrder *order, size_t n_blocks, const real *a, const real *b, bool skip_means, double *ret)
{
  const size_t size = order->n_channels * 2;
#pragma omp parallel for schedule(dynamic, 1) if (n_blocks * size > SMALL_WORK)
  for (size_t copy = 0; copy < order->n_copies; copy++)
    {
      unsigned l = 0;
      while (copy >= order->copy_at[l] + order->copies[l])
        l++;
      double sum = 0;
      for (size_t m = 0; m < 2 * l + 1; m++)
        {
          const size_t channel = order->channel_at[l] + m * order->copies[l] + copy - order->copy_at[l];
          const SwVec *x = (const SwVec *) a + 2 * channel, *y = (const SwVec *) b + 2 * channel;
          /* the first block holds the mean alone */
          if (l > 0 || !skip_means)
            sum += sum_lanes (x[0] * y[0] + x[1] * y[1]);
          for (size_t i = 1; i < n_blocks; i++)
            sum += 2 * sum_lanes (x[i * size] * y[i * size] + x[i * size + 1] * y[i * size + 1]);
        }
      ret[copy] = sum;
    }
}

SwStatus
sw_spectral_fold_init (SwSpectralFold *fold, const SwModes *modes, const SwLevel *from, const SwLevel *to)
{
  *fold = (SwSpectralFold){ .n_from = from->n_blocks, .n_to = to->n_blocks };
  const int n = (int) to->n, half = (n - 1) / 2, edge = 2 * half + 1;
  int32_t *where = SW_NEW (int32_t, (size_t) edge * (size_t) edge * (size_t) edge);
  bool failed = where == NULL;
  for (int i = 0; i < 2; i++)
    {
      fold->slot[i] = SW_NEW (int32_t, from->n_blocks * SW_LANES);
      fold->conjugate[i] = SW_NEW0 (bool, from->n_blocks * SW_LANES);
      failed = failed || fold->slot[i] == NULL || fold->conjugate[i] == NULL;
    }
  if (failed)
    {
      sw_free (where);
      sw_spectral_fold_clear (fold);
      return SW_ERROR_MEMORY;
    }
  for (size_t i = 0; i < (size_t) edge * (size_t) edge * (size_t) edge; i++)
    where[i] = -1;
  for (size_t s = 0; s < to->n_blocks * SW_LANES; s++)
    if (modes->present[s])
      {
        const int16_t *k = modes->k[s];
        where[((k[0] + half) * edge + k[1] + half) * edge + k[2] + half] = (int32_t) s;
      }
  for (size_t s = 0; s < from->n_blocks * SW_LANES; s++)
    for (int side = 0; side < 2; side++)
      {
        fold->slot[side][s] = -1;
        if (!modes->present[s] || (side == 1 && s == 0))
          continue;
        int k[3];
        bool inside = true;
        for (int i = 0; i < 3; i++)
          {
            const int j = (side == 0 ? 1 : -1) * modes->k[s][i];
            k[i] = ((j + half) % n + n) % n - half;
            inside = inside && k[i] <= half;
          }
        if (!inside)
          continue;
        const int32_t at = where[((k[0] + half) * edge + k[1] + half) * edge + k[2] + half];
        /* the source is conj (F_k) on the second side; targets are kept modes only */
        fold->slot[side][s] = at;
        fold->conjugate[side][s] = side == 1;
      }
  sw_free (where);
  return SW_OK;
}

void
sw_spectral_fold_clear (SwSpectralFold *fold)
{
  for (int i = 0; i < 2; i++)
    {
      sw_free (fold->slot[i]);
      sw_free (fold->conjugate[i]);
    }
  *fold = (SwSpectralFold){ 0 };
}

void
sw_spectral_fold (const SwSpectralFold *fold, size_t n_channels, const real *in, real *out)
{
  memset (out, 0, fold->n_to * n_channels * 2 * SW_LANES * sizeof (real));
  for (size_t s = 0; s < fold->n_from * SW_LANES; s++)
    for (int side = 0; side < 2; side++)
      if (fold->slot[side][s] >= 0)
        {
          const size_t t = (size_t) fold->slot[side][s];
          const real *x = in + s / SW_LANES * n_channels * 2 * SW_LANES + s % SW_LANES;
          real *y = out + t / SW_LANES * n_channels * 2 * SW_LANES + t % SW_LANES;
          const real sign = fold->conjugate[side][s] ? -1 : 1;
          for (size_t c = 0; c < n_channels; c++)
            {
              y[2 * c * SW_LANES] += x[2 * c * SW_LANES];
              y[(2 * c + 1) * SW_LANES] += sign * x[(2 * c + 1) * SW_LANES];
            }
        }
}

void
sw_spectral_fold_backward (const SwSpectralFold *fold, size_t n_channels, const real *d_out, real *d_in)
{
  /* dF_k is that of the mode it became: of one kept, or of the mirror of one kept (never both, but for the mean). */
  for (size_t s = 0; s < fold->n_from * SW_LANES; s++)
    for (int side = 0; side < 2; side++)
      if (fold->slot[side][s] >= 0)
        {
          const size_t t = (size_t) fold->slot[side][s];
          if (side == 1 && (fold->slot[0][s] >= 0))
            continue;
          real *x = d_in + s / SW_LANES * n_channels * 2 * SW_LANES + s % SW_LANES;
          const real *y = d_out + t / SW_LANES * n_channels * 2 * SW_LANES + t % SW_LANES;
          const real sign = fold->conjugate[side][s] ? -1 : 1;
          for (size_t c = 0; c < n_channels; c++)
            {
              x[2 * c * SW_LANES] += y[2 * c * SW_LANES];
              x[(2 * c + 1) * SW_LANES] += sign * y[(2 * c + 1) * SW_LANES];
            }
        }
}
