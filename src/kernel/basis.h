/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/basis.h: spaces of steerable kernels between two irreps
 *
 * Source: Weiler et al. 2018, section 3 and 4; numbers as in the paper's code. A kernel K(d) maps a copy of order l_in to
 * one of order l_out; out(x) = sum_d K(d) in(x + d). Basis elements
 *   scale * exp(-(r - r_s)^2 / 2 sigma^2) / (sqrt(2 pi) sigma) * sum_M Q_J[m_out][m_in][M] Y_J^M(d / r)
 * for shells r_s = 0 .. size/2 (voxels), sigma = 0.6 and J in |l_out-l_in| .. l_out+l_in with J <= J_max(shell).
 * Order: shell outermost, J ascending inside.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/real.h"
#include "base/status.h"

typedef enum
{
  SW_BASIS_RULE_COMPROMISE,   /* J_max 0, 3, 5, 7, ... the paper's choice */
  SW_BASIS_RULE_CONSERVATIVE, /* 0, 2, 4, 6, ... */
  SW_BASIS_RULE_SFCNN,        /* 0, 4, 6, 8, ... */
} SwBasisRule;

/* "compromise", "conservative", "sfcnn" */
const char *sw_basis_rule_name (SwBasisRule rule);
SwStatus sw_basis_rule_parse (const char *name, SwBasisRule *ret, SwError *error) SW_WARN_UNUSED;

typedef struct
{
  unsigned shell; /* index of the radius r_s */
  unsigned j;
} SwBasisElement;

#define SW_BASIS_ELEMENTS_MAX 128

/* What a basis is before it is sampled: a plain value. */
typedef struct
{
  unsigned l_out, l_in;
  unsigned size; /* odd edge of the cube: 1, 3, 5, 7, 9 */
  SwBasisRule rule;
  double sigma; /* voxels, 0.6 */
  size_t n_elements;
  SwBasisElement elements[SW_BASIS_ELEMENTS_MAX];
} SwBasisSpec;

SwStatus sw_basis_spec_init (SwBasisSpec *spec,
                             unsigned l_out,
                             unsigned l_in,
                             unsigned size,
                             SwBasisRule rule,
                             SwError *error) SW_WARN_UNUSED;

typedef enum
{
  SW_BASIS_SAMPLED,   /* the paper's: point samples on the cube */
  SW_BASIS_PROJECTED, /* steerability-projected shells (src/kernel/README.md) */
} SwBasisKind;

/* Samples the basis on its cube. ret: [n_elements][2 l_out+1][2 l_in+1][size][size][size] (z, y, x), each element of
 * Frobenius norm 1 for SW_BASIS_SAMPLED, n_elements as in the spec for both kinds (in a projected basis elements that were
 * dropped are zero, so that the same weights fit). */
SwStatus sw_basis_sample (const SwBasisSpec *spec, SwBasisKind kind, double *ret, SwError *error) SW_WARN_UNUSED;

/* The factor by which sw_basis_sample (kind SAMPLED) multiplied each raw element: ret [n_elements]. The band-limited engine
 * uses the same factors, so that one set of weights means the same kernel in both. */
SwStatus sw_basis_scales (const SwBasisSpec *spec, double *ret, SwError *error) SW_WARN_UNUSED;

/* Radial transform of element e at spatial frequency w (radians per voxel), without the factor 4 pi i^J and without
 * sw_basis_scales: H(w) = integral_0^inf g_s(r) j_J(w r) r^2 dr with g_s the normalised Gaussian window above.
 * ret: [n_w]. */
void sw_basis_radial_transform (unsigned shell,
                                unsigned j,
                                double sigma,
                                size_t n_w,
                                const double *w,
                                double *ret);

/* All shells 0 .. n_shells-1 (at most 8) and all J at once, several times faster than one by one:
 * ret [n_shells][j_max + 1][n_w]. */
void sw_basis_radial_table (unsigned n_shells,
                            unsigned j_max,
                            double sigma,
                            size_t n_w,
                            const double *w,
                            double *ret);
