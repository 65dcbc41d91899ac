/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/clebsch-gordan.h: Clebsch-Gordan coefficients in the real basis, l up to 6
 *
 * Q[m_out][m_in][M] with (D_out (x) D_in) Q = Q D_J and Frobenius norm 1 (hence Q = isometry / sqrt(2J+1)),
 * signs fixed as described in so3/README.md. Closed form (Racah), no SVD.
 */
#pragma once

/* ret: [2 l_out + 1][2 l_in + 1][2J + 1]; |l_out - l_in| <= J <= l_out + l_in <= 12. */
void sw_clebsch_gordan (unsigned l_out, unsigned l_in, unsigned j, double *ret);
