/* SPDX-License-Identifier: GPL-3.0-or-later */
/* testlib/testlib.h: comparisons that tests share
 *
 * Compiled with real = float (testlib_dep) and real = double (testlib_double_dep). Each prints the worst number also when it
 * passes, and marks the running test as failed when it does not. Random numbers come from g_test_rand_*, so that --seed
 * repeats a failure.
 */
#pragma once

#include <stddef.h>

#include "base/real.h"

/* Uniform in -1 .. 1. */
void sw_test_random (size_t n, real *ret);

/* A rotation (row-major), by Haar measure. */
void sw_test_random_rotation (double ret[9]);
/* Points turned by it. */
void sw_test_turn (size_t n, const double (*x)[3], const double matrix[9], double (*ret)[3]);

/* max |a - b| <= tolerance * max |b|; where b is all zero a must be, too. NaN fails. */
void sw_test_check_close (const char *what, size_t n, const real *a, const real *b, double tolerance);

/* A loss of n numbers x; *ret_absolute receives the sum of the absolute values of its terms. The sum should be taken in
 * double. */
typedef double (*SwTestLoss) (const real *x, void *data, double *ret_absolute);

/* The slope of the loss along a random direction e, by central differences with step h = eps^(1/3), against <gradient, e>.
 * Allowed is 50 h^2 of the sum of absolute terms, of the loss and of <gradient, e>. x is changed and put back. */
void sw_test_check_gradient (
    const char *what, size_t n, real *x, const real *gradient, SwTestLoss loss, void *data);

/* Writes G x: reads n_in (n_out) numbers, writes n_out (n_in). */
typedef void (*SwTestLinear) (const real *in, real *out, void *data);

/* <y, G x> = <G^T y, x> for random x and y, within 4 eps of the sum of the absolute values of the terms of both sides, times
 * `looser` (1 for short sums; the rounding of a sum of n terms grows like its square root). */
void sw_test_check_adjoint (const char *what,
                            size_t n_in,
                            size_t n_out,
                            SwTestLinear apply,
                            SwTestLinear apply_transposed,
                            void *data,
                            double looser);
