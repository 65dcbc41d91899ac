/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/voxelize-private.h"

#include <math.h>
#include <string.h>

SwStatus
sw_voxel_params_check (const SwVoxelParams *params, SwError *error)
{
  if (params->n_channels == 0 || params->size == 0)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a grid needs at least one voxel and one channel");
  /* 2 (2n)^3 must stay an int along an edge and a size_t in all. */
  if (params->size > 4096)
    return sw_error_set (error, SW_ERROR_INVALID, "a grid of %zu voxels along an edge is too large",
                         params->size);
  if (!(params->spacing > 0) || !isfinite (params->spacing))
    return sw_error_set (error, SW_ERROR_INVALID, "the voxel spacing must be above zero");
  if (!(params->sigma > 0) || !isfinite (params->sigma))
    return sw_error_set (error, SW_ERROR_INVALID, "the width of an atom must be above zero");
  if (!isfinite (params->centre))
    return sw_error_set (error, SW_ERROR_NUMERIC, "the centre of the grid is not a number");
  if (params->bandlimited && (!(params->w_max > 0) || !isfinite (params->w_max)))
    return sw_error_set (error, SW_ERROR_INVALID, "the band limit must be above zero");
  return SW_OK;
}

static SwStatus
check (const SwVoxelParams *params,
       const SwAtomArray *atoms,
       const double *rotation,
       SwError *error)
{
  const SwStatus status = sw_voxel_params_check (params, error);
  if (status != SW_OK)
    return status;
  for (int i = 0; rotation != NULL && i < 9; i++)
    if (!isfinite (rotation[i]))
      return sw_error_set (error, SW_ERROR_NUMERIC,
                           "the rotation has an element that is not a number");
  for (size_t a = 0; a < atoms->n_atoms; a++)
    {
      for (int i = 0; i < 3; i++)
        if (!isfinite (atoms->positions[a][i]))
          return sw_error_set (error, SW_ERROR_NUMERIC,
                               "atom %zu has a position that is not a number", a);
      if (atoms->weights != NULL && !isfinite (atoms->weights[a]))
        return sw_error_set (error, SW_ERROR_NUMERIC, "atom %zu has a weight that is not a number",
                             a);
    }
  return SW_OK;
}

SwStatus
sw_voxelize (const SwVoxelParams *params,
             const SwAtomArray *atoms,
             const double *rotation,
             const SwProgress *progress,
             real *out,
             SwVoxelReport *ret_report,
             SwError *error)
{
  SwVoxelReport report = { 0 };
  SwStatus status = check (params, atoms, rotation, error);
  if (status != SW_OK)
    return status;
  memset (out, 0, params->n_channels * params->size * params->size * params->size * sizeof *out);
  status = params->bandlimited
               ? sw_voxelize_bandlimited (params, atoms, rotation, progress, out, &report, error)
               : sw_voxelize_sampled (params, atoms, rotation, progress, out, &report, error);
  if (status == SW_OK && ret_report != NULL)
    *ret_report = report;
  return status;
}

SwStatus
sw_voxelize_adjoint (const SwVoxelParams *params,
                     const SwAtomArray *atoms,
                     const double *rotation,
                     const real *d_out,
                     double *d_weights,
                     SwError *error)
{
  const SwStatus status = check (params, atoms, rotation, error);
  if (status != SW_OK)
    return status;
  return params->bandlimited
             ? sw_voxelize_bandlimited_adjoint (params, atoms, rotation, d_out, d_weights, error)
             : sw_voxelize_sampled_adjoint (params, atoms, rotation, d_out, d_weights, error);
}
