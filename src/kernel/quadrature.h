/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kernel/quadrature.h: Gauss-Legendre nodes */
#pragma once

#include <stddef.h>

/* n nodes and weights on [from, to], ascending; exact for polynomials of degree 2n - 1. */
void sw_gauss_legendre (size_t n, double from, double to, double *ret_nodes, double *ret_weights);
