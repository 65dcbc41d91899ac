/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/voxel-job.h: a density of a structure or a surface on a grid of one's own, without a network */
#pragma once

#include "workbench/job.h"

G_BEGIN_DECLS

/* {0} gives the defaults */
typedef struct
{
  unsigned size;         /* 0: so that all atoms and their Gaussians lie inside */
  double voxel_angstrom; /* 0: 1 */
  double sigma_angstrom; /* 0: one voxel */
  SwChannels channels;
  bool bandlimited;
  double w_max; /* radians per voxel; 0: 2.2 */
  bool unit_mass;
  bool box; /* surfaces, not band-limited: scaled as published, not by the sphere */
  SwQuat rotation; /* all zero: the identity */
} SwVoxelJob;

/* A result that has only its input, with the field kept. Refuses what needs more memory than there
 * is. Volumes are refused: they are densities already. */
SwRunResult *sw_voxel_job_run (SwDocument *document,
                               const SwVoxelJob *job,
                               const SwProgress *progress,
                               GError **error);

G_END_DECLS
