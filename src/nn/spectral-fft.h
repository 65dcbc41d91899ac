/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-fft.h: one-dimensional transforms of many channels at once
 *
 *   out[j] = sum_t in[t] exp(-2 pi i j t / n)     (exchange re and im of both sides for the inverse, unscaled)
 *
 * An element is a vector of channels, so a pass has no shuffles; elements are found through tables of offsets, which
 * transposes, crops and pads in passing. Autosorting Stockham passes of radix 2, 3, 4, 5, 8; any other prime factor by
 * its sum. Same result on every run (a planner that measures would not give that).
 */
#pragma once

#include <stddef.h>

#include "base/real.h"
#include "base/status.h"

#define SW_FFT_PASSES_MAX 12
/* Lines that are transformed together, so that narrow channel counts fill the vector. */
#define SW_FFT_LINES 4
/* Channel counts are multiples of this. */
size_t sw_fft_channel_unit (void);

typedef struct
{
  size_t n;
  size_t n_passes;
  size_t radix[SW_FFT_PASSES_MAX];
  size_t twiddle_at[SW_FFT_PASSES_MAX]; /* of the pass in table: [p][u - 1][re, im] */
  size_t wave_at[SW_FFT_PASSES_MAX];    /* general radix: [radix][cos, sin] */
  real *table;                          /* owned */
} SwFft;

SwStatus sw_fft_init (SwFft *fft, size_t n) SW_WARN_UNUSED;
void sw_fft_clear (SwFft *fft);

/* Four lines of n elements. re, im: first channel of each line's element 0; element t is at + offset[t], and is taken as
 * zero (input) or not stored (output) where offset[t] < 0. */
typedef struct
{
  real *re[SW_FFT_LINES], *im[SW_FFT_LINES];
  const ptrdiff_t *offset;
} SwFftLines;

/* Bytes of scratch per thread. */
size_t sw_fft_scratch_size (const SwFft *fft);
/* in is not written. Lines may coincide (short groups repeat one). n_channels: a multiple of sw_fft_channel_unit.
 * Input and output may be the same lines only where all offsets agree. */
void sw_fft_run (const SwFft *fft,
                 size_t n_channels,
                 const SwFftLines *in,
                 const SwFftLines *out,
                 void *restrict scratch);

/* Smallest n' >= n whose prime factors are 2, 3 and 5 and that needs few passes. */
size_t sw_fft_good_size (size_t n);
