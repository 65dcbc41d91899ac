/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/pose.h"

#include <glib/gi18n.h>

#define PROBLEMS_SHOWN 10

SwVoxelParams
sw_pose_params (const SwNetwork *network, const SwRunOptions *options, SwDensityNorm norm)
{
  return (SwVoxelParams){ .n_channels = sw_field_type_dim (&network->input),
                          .spacing = network->voxel_angstrom,
                          .sigma = network->sigma_voxels * network->voxel_angstrom,
                          .norm = norm,
                          .bandlimited = options->engine == SW_ENGINE_BANDLIMITED,
                          .w_max = options->w_max > 0 ? options->w_max : network->w_max };
}

void
sw_pose_set_size (SwVoxelParams *params, size_t size)
{
  params->size = size;
  params->centre = params->bandlimited ? (double) (size / 2) : 0.5 * (double) (size - 1);
}

void
sw_pose_matrix (SwQuat first, const double *further, double ret[9])
{
  sw_quat_to_matrix (further != NULL ? sw_quat_multiply (sw_quat_from_matrix (further), first) : first, ret);
}

void
sw_pose_report_problems (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len && i < PROBLEMS_SHOWN; i++)
    g_message ("%s", (const char *) problems->pdata[i]);
  if (problems->len > PROBLEMS_SHOWN)
    g_message (_ ("and %u more files that cannot be used"), problems->len - PROBLEMS_SHOWN);
}
