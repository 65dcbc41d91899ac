/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/interpolate.h: values of a periodic grid between its voxels, by its own Fourier series
 *
 * The Nyquist planes of even sizes are left out (a rotation cannot map them). Exact for band-limited fields.
 */
#pragma once

#include <stddef.h>

#include "base/real.h"
#include "base/status.h"

typedef struct SwInterpolator SwInterpolator;

/* grid: [c, z, y, x] of edge n, copied. */
SwStatus sw_interpolator_new (size_t n_channels, size_t n, const real *grid, SwInterpolator **ret, SwError *error) SW_WARN_UNUSED;
void sw_interpolator_free (SwInterpolator *interpolator);
/* points: [p][3] as (x, y, z) in voxel indices; out: [c, p]. */
SwStatus sw_interpolator_eval (const SwInterpolator *interpolator, size_t n_points, const double (*points)[3], real *out, SwError *error) SW_WARN_UNUSED;
