/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/samples-private.h: a field at sample points, to be compared with the same field after a
 * rotation */
#pragma once

#include <glib.h>

#include "nn/fine-grid.h"
#include "workbench/comparison.h"

G_BEGIN_DECLS

/* Below this, times the norm of the input, a field counts as silent. */
#define SW_SILENT 1e-6

typedef struct SwSamples SwSamples;

/* Takes field [c, z, y, x] at the voxel centres y with |y - c| <= 0.3 size, at most n_points (0:
 * 4000) chosen by seed. */
SwSamples *sw_samples_new (
    const SwRunLayer *layer, const float *field, size_t n_points, uint64_t seed, GError **error);
void sw_samples_free (SwSamples *samples);
/* Compares with the field after the rotation. A rotation of the cube maps voxel centres onto voxel
 * centres: nothing is interpolated. */
bool sw_samples_compare (const SwSamples *samples,
                         const float *rotated,
                         SwQuat rotation,
                         SwLayerError *ret,
                         GError **error);

/* In comparison.c: no number means anything. */
void sw_layer_error_set_silent (SwLayerError *ret);
/* Root mean square of field below SW_SILENT times that of input. */
bool sw_field_is_silent (const float *field, size_t n_values, const float *input, size_t n_input);
/* [R f](y) = D(R) f(R^-1 y) for one copy of order l, [2l+1, z, y, x]; NaN where R^-1 y is outside
 * of the grid. */
bool sw_field_rotate (const SwRunLayer *layer,
                      unsigned l,
                      const float *field,
                      SwQuat rotation,
                      float *out,
                      GError **error);
/* The same for many rotations of one field, made ready with sw_fine_grid_new; false: no memory. */
bool sw_fine_grid_rotate (
    const SwFineGrid *fine, const SwRunLayer *layer, unsigned l, SwQuat rotation, float *out);

G_END_DECLS
