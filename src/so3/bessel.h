/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/bessel.h: spherical Bessel functions of the first kind, orders 0 to 12 */
#pragma once

#define SW_BESSEL_ORDER_MAX 12

/* j_order(x), x >= 0; relative to max |j| accurate to 1e-14. */
double sw_bessel_j (unsigned order, double x);

/* j_0 .. j_order_max at x in one recurrence: ret [order_max + 1]. */
void sw_bessel_j_all (unsigned order_max, double x, double *ret);
