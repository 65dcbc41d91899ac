/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/steerable-shells.h: radial weights that keep a sampled kernel steerable (README.md, "Projected shells")
 *
 * A sampled kernel of angular order J is F_m(d) = w(|d|) Y_J^m(d/|d|) on a cube of voxels, one weight per squared distance.
 * Its transfer function strays from the form a(|k|) Y_J^m(k/|k|); how far, relative to its energy over |k| <= pi
 * weighted with exp(-s^2 k^2), is its error. All sums are in closed form but for one radial quadrature.
 */
#pragma once

#include "base/status.h"
#include "kernel/basis.h"

#define SW_SHELLS_SIZE_MAX 9
#define SW_SHELLS_MAX (SW_SHELLS_SIZE_MAX / 2 + 1)
#define SW_SHELLS_J_MAX 12
/* squared distances 0 .. 3 (size/2)^2 */
#define SW_SHELLS_N_DISTANCES (3 * (SW_SHELLS_SIZE_MAX / 2) * (SW_SHELLS_SIZE_MAX / 2) + 1)

/* Blur of the input, in voxels, and the largest error that is kept ("balanced"). */
#define SW_SHELLS_BLUR 0.866
#define SW_SHELLS_THRESHOLD 0.15

typedef struct
{
  bool kept[SW_SHELLS_MAX];                              /* per shell; the others' weights are 0 */
  double energy[SW_SHELLS_MAX];                          /* share of the shell's energy that the projection keeps */
  double weight[SW_SHELLS_MAX][SW_SHELLS_N_DISTANCES]; /* by squared distance, not normalised */
} SwShells;

/* The Gaussian window of a shell at distance r. */
double sw_shell_window (unsigned shell, double sigma, double r);

/* Highest J of a shell. */
unsigned sw_shell_j_max (SwBasisRule rule, unsigned shell);

/* Projects the Gaussian shells of sigma on the span of the functions whose error is below the threshold. size: odd,
 * 1 to 9; j up to SW_SHELLS_J_MAX. */
SwStatus sw_shells_project (unsigned size,
                            unsigned j,
                            SwBasisRule rule,
                            double sigma,
                            double blur,
                            double threshold,
                            SwShells *ret,
                            SwError *error) SW_WARN_UNUSED;

/* The error (0 to 1) of one function; weight: [3 (size/2)^2 + 1] by squared distance. 0 for the zero function. */
double sw_shell_error (unsigned size, unsigned j, double blur, const double *weight);
