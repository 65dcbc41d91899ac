/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/shrec17.h: what a triangle mesh shows, in whatever way it lies
 *
 * Weiler et al. 2018, section 5.2: SHREC17, large-scale 3D shape retrieval. Data: shape-data.h. The split "val" is for validation and "test" for
 * the test, as published. Where there are no meshes of a split "test", "val" is the test, and a part of "train" is for validation: of each
 * class every sixth or so, families together (names with the same beginning of digits; equal numbers of corners and triangles).
 *
 * Epochs are balanced: of each class as many meshes take part as the smallest class has (the published networks) or up to three times as many
 * (networks fed with "surface"), others in each epoch.
 */
#pragma once

#include "experiments/experiment.h"
#include "experiments/shape-data.h"

G_BEGIN_DECLS

extern const SwExperiment sw_experiment_shrec17;         /* turned at random in training */
extern const SwExperiment sw_experiment_shrec17_upright; /* trained and chosen as the meshes lie, tested turned */

/* The part of each shape: SW_PART_TRAIN, _VALIDATION or _TEST, or -1 for none; [set->shapes->len]. */
void sw_shrec17_divide (const SwShapeSet *set, int *ret_parts);

/* Shape behind sample `index` of the validation or the test of a dataset that these experiments have opened; lent. */
const SwShape *sw_shrec17_shape (const SwDataset *dataset, SwDataPart part, size_t index);

G_END_DECLS
