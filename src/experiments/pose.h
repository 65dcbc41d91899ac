/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/pose.h: what the experiments' data have in common: the grid, the orientation of a sample, files that were left out */
#pragma once

#include <glib.h>

#include "nn/runner.h"
#include "so3/rotation.h"
#include "train/dataset.h"
#include "voxel/voxelize.h"

G_BEGIN_DECLS

/* As the network and the engine want it; edge and centre are those of a sample. */
SwVoxelParams sw_pose_params (const SwNetwork *network, const SwRunOptions *options, SwDensityNorm norm);
/* Edge and centre of a sample's grid. */
void sw_pose_set_size (SwVoxelParams *params, size_t size);
/* The rotation of a sample (row-major): first, and then further unless it is NULL (train/dataset.h). */
void sw_pose_matrix (SwQuat first, const double *further, double ret[9]);
/* Sentences about what cannot be used, the first ten of them, as messages. */
void sw_pose_report_problems (const GPtrArray *problems);

G_END_DECLS
