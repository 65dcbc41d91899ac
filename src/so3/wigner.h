/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/wigner.h: Wigner D matrices in the real basis, l up to 12
 *
 * Defined by Y_l(R x) = D_l(R) Y_l(x) for the real harmonics of so3/harmonics.h.
 */
#pragma once

#include <stddef.h>

#include "so3/field-type.h"

#define SW_WIGNER_L_MAX 12

/* ret: [2l+1][2l+1], row-major, rows and columns m = -l..l. */
void sw_wigner_d (unsigned l, const double rotation[9], double *ret);

/* out[c] = (D(R) f)[c] for one vector of dim (type) channels; f and out must not overlap. */
void sw_wigner_apply (const SwFieldType *type, const double rotation[9], const double *f, double *out);
/* The same for n vectors, channels outermost: f, out [c][n], float. */
void sw_wigner_apply_many (const SwFieldType *type,
                           const double rotation[9],
                           size_t n,
                           const float *f,
                           float *out);
