/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/real.h: the floating type of the numerical core
 *
 * float in the product; double where the same sources are compiled with -DSW_DOUBLE for tests of
 * gradients and identities. Tables (Clebsch-Gordan, D, Y, Bessel) are always double.
 */
#pragma once

#include <float.h>

#ifdef SW_DOUBLE
typedef double real;
#define SW_EPS DBL_EPSILON
#else
typedef float real;
#define SW_EPS FLT_EPSILON
#endif
