/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/voxel-job.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/memory.h"
#include "base/timer.h"
#include "voxel/trace.h"
#include "workbench/error.h"
#include "workbench/job-private.h"

#define SIZE_MAX_VOXELS 2048
#define W_MAX_DEFAULT 2.2
/* Half a grid beyond the outermost atom, in widths of a Gaussian. */
#define MARGIN_SIGMA 4.0

static SwQuat
rotation_of (const SwVoxelJob *job)
{
  return job->rotation.w == 0.0 && job->rotation.x == 0.0 && job->rotation.y == 0.0 && job->rotation.z == 0.0 ? SW_QUAT_IDENTITY
                                                                                                              : job->rotation;
}

static bool
there_is_memory (double edge, double n_channels, GError **error)
{
  const double wanted = edge * edge * edge * n_channels * sizeof (float);

  if (edge <= SIZE_MAX_VOXELS && wanted <= 0.5 * (double) sw_memory_available ())
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_MEMORY,
               /* translators: edge of a grid in voxels, gigabytes wanted, gigabytes there are */
               _ ("A grid of %.0f^3 voxels takes %.1f GB and more while it is made; %.1f GB are free. "
                  "Choose larger voxels or a smaller size."),
               edge, wanted / 1e9, (double) sw_memory_available () / 1e9);
  return false;
}

/* A surface is moved to its centre of area and scaled to SW_SURFACE_RADIUS. Band-limited: its density; else occupied voxels. */
static SwRunResult *
run_surface (const SwDocument *document, const SwVoxelJob *job, const SwProgress *progress, GError **error)
{
  const SwTriangleArray triangles = sw_document_get_triangles (document);
  const double start = sw_timer_now (), spacing = job->voxel_angstrom > 0.0 ? job->voxel_angstrom : 1.0;
  const double sigma = job->sigma_angstrom > 0.0 ? job->sigma_angstrom : spacing;
  const double edge = job->size > 0      ? (double) job->size
                      : job->bandlimited ? 2.0 * ceil ((SW_SURFACE_RADIUS + MARGIN_SIGMA * sigma) / spacing) + 1.0
                                         : 2.0 * ceil (SW_SURFACE_RADIUS / spacing);
  const SwQuat rotation = rotation_of (job);
  const SwVoxelParams params = { .n_channels = 1,
                                 .size = (size_t) edge,
                                 .centre = job->bandlimited ? floor (edge / 2.0) : 0.5 * (edge - 1.0),
                                 .spacing = spacing,
                                 .sigma = sigma,
                                 .norm = SW_DENSITY_UNIT_MASS,
                                 .bandlimited = job->bandlimited,
                                 .w_max = job->w_max > 0.0 ? job->w_max : W_MAX_DEFAULT };
  SwRunLayer info = { .name = "input", .stage = "input", .kind = "input", .typed = true, .has_field = true };
  SwSurfacePoints points = { 0 };
  SwError plain = { 0 };
  SwStatus status = SW_OK;
  double matrix[9];
  float *field;

  if (!there_is_memory (edge, job->bandlimited ? 1.0 : 2.0, error))
    return NULL;
  sw_quat_to_matrix (rotation, matrix);
  field = sw_alloc0 (params.size * params.size * params.size, sizeof (float));
  if (field == NULL)
    status = SW_ERROR_MEMORY;
  else if (!job->bandlimited)
    status = sw_voxelize_occupancy (&params, &triangles, &document->frame, matrix, job->box ? SW_SCALE_BOX : SW_SCALE_SPHERE, field,
                                    &plain);
  else
    status = sw_surface_points_init (&points, &triangles, &document->frame,
                                     sw_surface_points_enough (&document->frame, spacing), &plain);
  if (status == SW_OK && job->bandlimited)
    status = sw_voxelize_surface (&params, &points, matrix, progress, field, NULL, &plain);
  sw_surface_points_clear (&points);
  if (status != SW_OK)
    {
      sw_free (field);
      sw_workbench_set_error (error, status, &plain, document->name);
      return NULL;
    }
  info.fields = sw_field_type_single (1, 0);
  info.size = params.size;
  info.spacing = spacing;
  info.centre = params.centre;
  return sw_run_result_new_density (&info, field, rotation, 0, 0, sw_timer_now () - start, NULL);
}

SwRunResult *
sw_voxel_job_run (SwDocument *document,
                  const SwVoxelJob *job,
                  const SwProgress *progress,
                  GError **error)
{
  const double spacing = job->voxel_angstrom > 0.0 ? job->voxel_angstrom : 1.0;
  const double sigma = job->sigma_angstrom > 0.0 ? job->sigma_angstrom : spacing;
  const double start = sw_timer_now ();
  const SwQuat rotation = rotation_of (job);
  g_autoptr (SwInputAtoms) input = NULL;
  g_autofree char *warning = NULL;
  SwVoxelParams params = { .spacing = spacing,
                           .sigma = sigma,
                           .norm = job->unit_mass ? SW_DENSITY_UNIT_MASS : SW_DENSITY_PEAK,
                           .bandlimited = job->bandlimited,
                           .w_max = job->w_max > 0.0 ? job->w_max : W_MAX_DEFAULT };
  SwVoxelReport report = { 0 };
  SwRunLayer info
      = { .name = "input", .stage = "input", .kind = "input", .typed = true, .has_field = true };
  SwError plain = { 0 };
  SwStatus status;
  double matrix[9], edge;
  size_t count;
  float *field;

  if (document->surface != NULL)
    return run_surface (document, job, progress, error);
  if (document->structure == NULL)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s is a density already; only structures and meshes are voxelised"), document->path);
      return NULL;
    }
  input = sw_structure_dup_input_atoms (document->structure, job->channels, SW_CENTRE_MEAN, error);
  if (input == NULL)
    return NULL;
  edge = job->size > 0 ? (double) job->size
                       : 2.0 * ceil ((input->radius + MARGIN_SIGMA * sigma) / spacing) + 1.0;
  if (!there_is_memory (edge, (double) input->n_channels, error))
    return NULL;
  params.n_channels = input->n_channels;
  params.size = (size_t) edge;
  params.centre = job->bandlimited ? floor (edge / 2.0) : 0.5 * (edge - 1.0);
  count = params.n_channels * params.size * params.size * params.size;
  field = sw_alloc0 (count, sizeof (float));
  sw_quat_to_matrix (rotation, matrix);
  status = field != NULL ? sw_voxelize_input (job->channels, input, &params, matrix, NULL, progress,
                                              field, &report, &plain)
                         : SW_ERROR_MEMORY;
  if (status != SW_OK)
    {
      sw_free (field);
      sw_workbench_set_error (error, status, &plain, document->name);
      return NULL;
    }
  if (report.n_outside > 0)
    warning = g_strdup_printf (ngettext ("%zu of %zu atoms lies outside the grid and was left out",
                                         "%zu of %zu atoms lie outside the grid and were left out",
                                         report.n_outside),
                               report.n_outside, input->n_atoms);
  if (job->channels != SW_CHANNELS_TRACE
      || sw_field_type_parse (SW_TRACE_FIELDS, &info.fields, &plain) != SW_OK)
    info.fields = sw_field_type_single ((unsigned) params.n_channels, 0);
  info.size = params.size;
  info.spacing = spacing;
  info.centre = params.centre;
  return sw_run_result_new_density (&info, field, rotation, input->n_atoms, report.n_outside,
                                    sw_timer_now () - start, warning);
}
