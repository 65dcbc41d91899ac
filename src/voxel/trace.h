/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/trace.h: what a chain of C-alpha atoms says about itself, as fields
 *
 * Voxels of 3 or 4 angstrom cannot hold the 5 angstrom between strands or the turn of a helix, but the trace can be read
 * before it is voxelised. For each C-alpha (x_i, chain order, a break where neighbours are over SW_TRACE_BOND apart):
 *
 *   quadruple   d = |x_i+3 - x_i|, T = torsion of the four
 *   helix    h  = mean over the quadruples that hold the atom of g((d - 5.1) / 1.0) g((T - 50 deg) / 25 deg)
 *   strand   s  = the same of g((d - 10) / 1.0) g((T + 170 deg) / 45 deg),     g(t) = exp (-t^2 / 2)
 *   direction t = (x_i+1 + x_i+2 - x_i-1 - x_i-2), of length 1
 *   partners    p+- = s_i sum_j s_j g((|x_i - x_j| - 5) / 0.8) (t_i . t_j)^2 where t_i . t_j is positive (parallel) or negative
 *               (antiparallel), |i - j| >= 3
 *
 * and the channels are, as fields of the type SW_TRACE_FIELDS: h, s, 1 - h - s, p+, p-; the vectors h t and s t; the l = 2
 * fields h Y_2(t) and s Y_2(t), of norm h and s. Nothing depends on a frame: turned atoms give turned fields, so a steerable
 * network stays one. T changes its sign in a mirror: the input tells the hands apart.
 */
#pragma once

#include <stddef.h>

#include "voxel/voxelize.h"

#define SW_TRACE_FIELDS "5x0+2x1+2x2"
#define SW_TRACE_N_CHANNELS 21
#define SW_TRACE_BOND 4.6 /* angstrom */

/* positions: angstrom, in chain order. out: [n][SW_TRACE_N_CHANNELS]. Refuses what is not finite. */
SwStatus sw_trace_describe (size_t n, const double (*positions)[3], float *out, SwError *error) SW_WARN_UNUSED;

/* The turned trace as densities, every atom of total mass one times its numbers times its factor, by sw_voxelize_points.
 * params->n_channels is SW_TRACE_N_CHANNELS; rotation: row-major, NULL for identity; factors: [n], NULL for 1, do not change what the
 * trace says. out: [c, z, y, x]. */
SwStatus sw_voxelize_trace (const SwVoxelParams *params,
                            size_t n,
                            const double (*positions)[3],
                            const double *rotation,
                            const float *factors,
                            const SwProgress *progress,
                            real *out,
                            SwVoxelReport *ret_report,
                            SwError *error) SW_WARN_UNUSED;

/* The slope along each atom's factor: out [n], assigned, from d_out [c, z, y, x]. */
SwStatus sw_voxelize_trace_adjoint (const SwVoxelParams *params,
                                    size_t n,
                                    const double (*positions)[3],
                                    const double *rotation,
                                    const real *d_out,
                                    double *out,
                                    SwError *error) SW_WARN_UNUSED;
