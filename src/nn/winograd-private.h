/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/winograd-private.h: a correlation with fewer products along z
 *
 * Four output planes at a time need m + r - 1 = 6 (8) products for 3 (5) taps along z in place of 12 (20), by Cook and
 * Toom's interpolation (Winograd 1980; Lavin and Gray 2016): the planes of the source and the taps are combined linearly,
 * multiplied, and combined again. Only z is treated so: planes are combined as they lie, y and x stay as in
 * correlate-private.h. The worst error grows from 3 to 14 eps of the sum of absolute terms (tests/nn/test-conv3d.c).
 */
#pragma once

#include "nn/correlate-private.h"

/* Step 1, 3 or 5 taps along z, and enough channels that the combinations cost less than they save. */
bool sw_winograd_serves (const SwCorrelate *correlate);
size_t sw_winograd_weights_length (const SwCorrelate *correlate);
size_t sw_winograd_scratch_length (const SwCorrelate *correlate, int n_threads);
/* As the functions of correlate-private.h. */
void sw_winograd_pack (const SwCorrelate *correlate,
                       const real *restrict kernel,
                       size_t stride_out,
                       size_t stride_in,
                       size_t edge,
                       real *restrict packed);
void sw_winograd_run (const SwCorrelate *correlate,
                      const real *restrict src,
                      const real *restrict packed,
                      const real *restrict bias,
                      bool add,
                      real *restrict out,
                      real *restrict scratch,
                      int n_threads);
