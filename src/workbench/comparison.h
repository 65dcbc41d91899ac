/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/comparison.h: f(Rx) beside R f(x)
 *
 * f(Rx): the input was turned, then the network ran. R f(x): the network ran on the input as it
 * was, then its field was turned: [R f](y) = D(R) f(R^-1 y) about the centre of the grid, between
 * voxels by trigonometric interpolation (in pictures to 3e-5 of the largest value,
 * nn/fine-grid.h). Channels of an ordinary CNN have no type; each is treated as a scalar.
 *
 * Errors are those of the protocol (equivariance.h), step 5:
 *   e_l = sqrt (sum_y |f'(R y) - D(R) f(y)|^2 / sum_y |f(y)|^2)
 * over voxel centres y with |y - c| <= 0.6 times half the width of the grid.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workbench/job.h"

G_BEGIN_DECLS

typedef struct
{
  bool silent;  /* the norm is below 1e-6 of the input's: errors mean nothing */
  double error; /* all l together */
  double error_l[SW_FIELD_L_MAX
                 + 1]; /* NaN where there are no fields of this order, or they are silent */
} SwLayerError;

/* Both results must hold the field of the layer (-1: the input), of the same model, engine and
 * size, the first at the identity. n_points: at most so many sample points, chosen by seed; 0:
 * 4000. */
bool sw_compare_layer (const SwRunResult *at_identity,
                       const SwRunResult *at_rotation,
                       int layer,
                       size_t n_points,
                       uint64_t seed,
                       SwLayerError *ret,
                       GError **error);

/* |p' - p| / |p| of the outputs before the softmax; needs no fields. */
double sw_compare_output (const SwRunResult *at_identity, const SwRunResult *at_rotation);

/* One copy of a field in both ways, on the layer's grid. Arrays are [2l+1, z, y, x], components m =
 * -l..l. */
typedef struct
{
  unsigned l;
  size_t size;
  double spacing;            /* angstrom */
  double centre;             /* voxel index */
  const float *f_of_rotated; /* f(Rx) */
  const float *rotated_f;    /* R f(x) */
  const float *difference;   /* f(Rx) - R f(x) */
  float magnitude; /* largest |f(Rx)| or |R f(x)| over the grid: one scale for all three pictures */
} SwFieldPair;

void sw_field_pair_free (SwFieldPair *pair);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwFieldPair, sw_field_pair_free)

/* copy: index of the field among all copies of the layer, in channel order. */
SwFieldPair *sw_field_pair_new (const SwRunResult *at_identity,
                                const SwRunResult *at_rotation,
                                int layer,
                                size_t copy,
                                GError **error);
/* Order l and first channel of a copy; false when there are not so many. */
bool
sw_field_copy_locate (const SwFieldType *type, size_t copy, unsigned *ret_l, size_t *ret_channel);

/* Everything the window shows for one rotation. Immutable, counted atomically. */
typedef struct
{
  SwRunResult *at_rotation; /* owned; holds the field of layer */
  int layer;
  size_t copy;
  SwFieldPair *pair;  /* owned; NULL for pooled vectors */
  SwLayerError error; /* of the layer */
  double output_error;
  bool class_changed;
} SwComparison;

SwComparison *sw_comparison_ref (SwComparison *comparison);
void sw_comparison_unref (SwComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwComparison, sw_comparison_unref)

/* Runs the document at the rotation, and at the identity where the worker does not remember that
 * run (it keeps the last one: document and layer), and compares. n_points as in sw_compare_layer;
 * the window takes 500. */
SwComparison *sw_worker_compare (SwWorker *worker,
                                 SwDocument *document,
                                 SwQuat rotation,
                                 int layer,
                                 size_t copy,
                                 size_t n_points,
                                 const SwProgress *progress,
                                 GError **error);

G_END_DECLS
