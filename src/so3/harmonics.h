/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/harmonics.h: real spherical harmonics, l up to 12
 *
 * Orthonormal on the sphere, no Condon-Shortley phase, components m = -l..l: sqrt(2) N P_l^|m| sin(|m| alpha)
 * for m < 0, cos for m > 0. Y_1 = sqrt(3/4pi) (y, z, x). The reference code's vectors carry another factor (-1)^l.
 */
#pragma once

#define SW_HARMONICS_L_MAX 12

/* ret: [(l_max+1)^2], l ascending, m = -l..l, at the direction of v (any length > 0). At v = 0: Y_0 as always, all
 * others 0. */
void sw_harmonics (unsigned l_max, const double v[3], double *ret);
