/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/dropout.h: capsule dropout, one draw per sample and field
 *
 *   out[b, i, m, v] = f[b, i, m, v] d[b, i],  d = 0 with the given probability, else 1 / (1 - probability)
 *
 * All components of a field share the draw, so the layer commutes with rotation. It is the identity in inference.
 */
#pragma once

#include "base/random.h"
#include "base/real.h"
#include "nn/batch-share.h"
#include "nn/network.h"

/* factors: [b, fields]. share: this is a part of its batch, which is drawn whole; or NULL. */
void sw_dropout_draw (SwRandom *random, double probability, size_t n_batch, size_t n_fields, const SwBatchShare *share, real *factors);
/* Adds the factor times f to out (which is zero in a forward pass): the layer is its own adjoint. f, out: [b, c, v]. */
void sw_dropout_add (const SwFieldType *fields,
                     size_t n_batch,
                     size_t n_voxels,
                     const real *restrict factors,
                     const real *restrict f,
                     real *restrict out);
