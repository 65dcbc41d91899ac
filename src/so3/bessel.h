/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/bessel.h: spherical Bessel functions of the first kind, orders 0 to 12 */
#pragma once

/* j_order(x), x >= 0; relative to max |j| accurate to 1e-14. */
double sw_bessel_j (unsigned order, double x);
