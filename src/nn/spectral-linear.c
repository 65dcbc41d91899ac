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
sw_spectral_scale_two (const SwChannelOrder *order, size_t n_blocks, const real *factors_a, const real *a, const real *factors_b, const real *b, real *out, bool add)
{
#pragma omp parallel for schedule(static) if (n_blocks * order->n_channels * 2 > SMALL_WORK)
  for (size_t block = 0; block < n_blocks; block++)
    {
      const SwVec *x = (const SwVec *) a + block * order->n_channels * 2, *y = (const SwVec *) b + block * order->n_channels * 2;
      SwVec *to = (SwVec *) out + block * order->n_channels * 2;
      for (unsigned l = 0; l <= order->l_max; l++)
        for (size_t m = 0; m < 2 * l + 1; m++)
          for (size_t c = 0; c < order->copies[l]; c++)
            {
              const real f = factors_a[order->copy_at[l] + c], g = factors_b[order->copy_at[l] + c];
              const size_t first = 2 * (order->channel_at[l] + m * order->copies[l] + c);
              for (size_t i = first; i < first + 2; i++)
                to[i] = add ? to[i] + f * x[i] + g * y[i] : f * x[i] + g * y[i];
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

void
sw_spectral_centre (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *in, double *out)
{
  for (size_t c = 0; c < n_channels; c++)
    out[c] = 0;
  for (size_t s = 0; s < modes->n_shells; s++)
    for (size_t b = modes->shell_block[s]; b < modes->shell_block[s + 1] && b < n_blocks; b++)
      for (size_t c = 0; c < n_channels; c++)
        {
          const real *x = in + (b * n_channels + c) * 2 * SW_LANES;
          real sum = 0;
          for (size_t i = 0; i < SW_LANES; i++)
            sum += modes->present[b * SW_LANES + i] ? x[i] : 0;
          out[c] += (double) ((modes->shell_square[s] > 0 ? 2 : 1) * window[s] * sum);
        }
}

void
sw_spectral_centre_adjoint (const SwModes *modes, size_t n_channels, size_t n_blocks, const real *window, const real *d_out, real *d_in)
{
  for (size_t s = 0; s < modes->n_shells; s++)
    for (size_t b = modes->shell_block[s]; b < modes->shell_block[s + 1] && b < n_blocks; b++)
      for (size_t c = 0; c < n_channels; c++)
        {
          real *x = d_in + (b * n_channels + c) * 2 * SW_LANES;
          for (size_t i = 0; i < SW_LANES; i++)
            x[i] += modes->present[b * SW_LANES + i] ? window[s] * d_out[c] : 0;
        }
}

SW_VEC_INLINE double
sum_lanes (SwVec v)
{
  double sum = 0;
  for (int i = 0; i < SW_LANES; i++)
    sum += (double) v[i];
  return sum;
}

/* Parts of a sum and copies of a round: fixed, so that the order of the sum is. */
#define DOT_PARTS 16
#define DOT_COPIES 64
/* Blocks after which sums of single precision are added to those of double. */
#define DOT_BLOCKS 8

/* Copies first .. first + n of blocks from .. to, added to sums. */
static void
dot_part (const SwChannelOrder *order, size_t from, size_t to, const SwVec *a, const SwVec *b, bool skip_means, size_t first, size_t n, double *sums)
{
  const size_t size = order->n_channels * 2;
  SwVec sum[DOT_COPIES];
  while (from < to)
    {
      /* the first block holds the mean alone, which has no mirror image */
      const size_t end = from == 0 ? 1 : from + DOT_BLOCKS < to ? from + DOT_BLOCKS : to;
      const double weight = from == 0 ? 1 : 2;
      memset (sum, 0, n * sizeof (SwVec));
      for (size_t i = from; i < end; i++)
        for (unsigned l = from == 0 && skip_means ? 1 : 0; l <= order->l_max; l++)
          {
            const size_t c0 = order->copy_at[l] > first ? order->copy_at[l] : first;
            const size_t c1 = order->copy_at[l] + order->copies[l] < first + n ? order->copy_at[l] + order->copies[l] : first + n;
            for (size_t m = 0; m < 2 * l + 1; m++)
              for (size_t c = c0; c < c1; c++)
                {
                  const size_t at = i * size + 2 * (order->channel_at[l] + m * order->copies[l] + c - order->copy_at[l]);
                  sum[c - first] += a[at] * b[at] + a[at + 1] * b[at + 1];
                }
          }
      for (size_t c = 0; c < n; c++)
        sums[c] += weight * sum_lanes (sum[c]);
      from = end;
    }
}

void
sw_spectral_dot (const SwChannelOrder *order, size_t n_blocks, const real *a, const real *b, bool skip_means, double *ret)
{
  for (size_t first = 0; first < order->n_copies; first += DOT_COPIES)
    {
      const size_t n = order->n_copies - first < DOT_COPIES ? order->n_copies - first : DOT_COPIES;
      double sums[DOT_PARTS][DOT_COPIES] = { 0 };
#pragma omp parallel for schedule(static) if (n_blocks * order->n_channels * 2 > SMALL_WORK)
      for (size_t part = 0; part < DOT_PARTS; part++)
        dot_part (order, part * n_blocks / DOT_PARTS, (part + 1) * n_blocks / DOT_PARTS, (const SwVec *) a, (const SwVec *) b,
                  skip_means, first, n, sums[part]);
      for (size_t c = 0; c < n; c++)
        {
          ret[first + c] = 0;
          for (size_t part = 0; part < DOT_PARTS; part++)
            ret[first + c] += sums[part][c];
        }
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
