/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "voxel/boxes.h"
#include "voxel/trace.h"
#include "workbench/error.h"
#include "workbench/job-private.h"
#include "workbench/model-card.h"

/* Where a network's file leaves the question open (meshes and blocks have no angstrom). */
#define VOXEL_ANGSTROM_DEFAULT 2.0
#define SIGMA_VOXELS_DEFAULT 1.0

bool
sw_model_has_engine (const SwLoadedModel *model, SwEngine engine)
{
  return engine == SW_ENGINE_SAMPLED || !model->network->conventional;
}

static bool
choose_grid (SwWorker *worker, GError **error)
{
  const SwNetwork *network = worker->loaded->network;
  const SwJobOptions *options = &worker->options;
  SwInputGrid *grid = &worker->grid;

  switch (network->channels)
    {
    case SW_INPUT_CHANNELS_ONE:
      grid->channels = SW_CHANNELS_ONE;
      break;
    case SW_INPUT_CHANNELS_ELEMENT:
      grid->channels = SW_CHANNELS_ELEMENT;
      break;
    case SW_INPUT_CHANNELS_CA:
      grid->channels = SW_CHANNELS_CA;
      break;
    case SW_INPUT_CHANNELS_TRACE:
      grid->channels = SW_CHANNELS_TRACE;
      break;
    case SW_INPUT_CHANNELS_SURFACE:
      grid->surface_only = true;
      break;
    case SW_INPUT_CHANNELS_ENVIRONMENT:
      grid->channels = SW_CHANNELS_ENVIRONMENT;
      break;
    }
  if (options->override_channels)
    grid->channels = options->channels;
  grid->n_channels = sw_field_type_dim (&network->input);
  grid->scale = network->scale_box ? SW_SCALE_BOX : SW_SCALE_SPHERE;
  if (options->override_scale)
    grid->scale = options->scale;
  if (options->override_channels && grid->surface_only)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("The network “%s” takes triangle meshes, not atoms."), network->name);
      return false;
    }
  if (options->override_channels && sw_channels_count (options->channels) != grid->n_channels)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("The network “%s” takes %zu input channels; “%s” gives %zu."), network->name,
                   grid->n_channels, sw_channels_to_string (options->channels),
                   sw_channels_count (options->channels));
      return false;
    }
  grid->spacing = options->voxel_angstrom > 0.0 ? options->voxel_angstrom : network->voxel_angstrom;
  if (!(grid->spacing > 0.0))
    grid->spacing = VOXEL_ANGSTROM_DEFAULT;
  grid->sigma = options->sigma_voxels > 0.0 ? options->sigma_voxels : network->sigma_voxels;
  if (!(grid->sigma > 0.0))
    grid->sigma = SIGMA_VOXELS_DEFAULT;
  grid->sigma *= grid->spacing;
  grid->w_max = options->w_max > 0.0 ? options->w_max : network->w_max;
  grid->unit_mass = grid->channels == SW_CHANNELS_CA || grid->channels == SW_CHANNELS_TRACE;
  return true;
}

static bool
make_runner (SwWorker *worker, bool keep_fields, bool calibrate, GError **error)
{
  const SwRunOptions options = { .engine = worker->options.engine,
                                 .size = worker->options.size,
                                 .w_max = worker->options.w_max,
                                 .plain_stride = worker->options.plain_stride,
                                 .basis = worker->options.basis,
                                 .keep_fields = keep_fields,
                                 .calibrate = calibrate };
  SwError plain = { 0 };
  SwStatus status;

  sw_runner_free (worker->runner);
  worker->runner = NULL;
  status = sw_runner_memory (worker->model->network, &options, &worker->memory_runner, &plain);
  if (status == SW_OK)
    status = sw_runner_new (worker->model, &options, &worker->runner, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->loaded->name);
      return false;
    }
  worker->keeps_fields = keep_fields;
  return true;
}

SwWorker *
sw_worker_new (SwLoadedModel *model, const SwJobOptions *options, GError **error)
{
  g_autoptr (SwWorker) worker = g_new0 (SwWorker, 1);
  SwError plain = { 0 };
  SwStatus status;
  size_t n;

  worker->loaded = sw_loaded_model_ref (model);
  worker->unlike = g_ptr_array_new_with_free_func (g_free);
  if (options != NULL)
    worker->options = *options;
  if (!sw_model_has_engine (model, worker->options.engine))
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("“%s” is an ordinary CNN: it has no band-limited form and runs in the "
                      "sampled engine only."),
                   model->name);
      return NULL;
    }
  if (!choose_grid (worker, error))
    return NULL;
  status = sw_model_dup (model->model, &worker->model, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, model->name);
      return NULL;
    }
  if (!make_runner (worker, false, false, error))
    return NULL;
  worker->grid.size = n = sw_runner_input_size (worker->runner);
  worker->grid.centre = sw_runner_centre (worker->runner, n);
  worker->input = sw_alloc0 (worker->grid.n_channels * n * n * n, sizeof (float));
  if (worker->input == NULL)
    {
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, model->name);
      return NULL;
    }
  return g_steal_pointer (&worker);
}

static void
forget_document (SwWorker *worker)
{
  g_clear_pointer (&worker->document, sw_document_unref);
  g_clear_pointer (&worker->atoms, sw_input_atoms_free);
  g_ptr_array_set_size (worker->unlike, 0);
  g_clear_pointer (&worker->volume, sw_free);
  sw_surface_points_clear (&worker->points);
  g_clear_pointer (&worker->volume_grid, g_free);
  sw_worker_forget_identity (worker);
}

void
sw_worker_free (SwWorker *worker)
{
  if (worker == NULL)
    return;
  forget_document (worker);
  g_ptr_array_unref (worker->unlike);
  sw_runner_free (worker->runner);
  sw_model_free (worker->model);
  sw_loaded_model_unref (worker->loaded);
  sw_free (worker->input);
  g_free (worker);
}

SwLoadedModel *
sw_worker_get_model (const SwWorker *worker)
{
  return worker->loaded;
}

const SwJobOptions *
sw_worker_get_options (const SwWorker *worker)
{
  return &worker->options;
}

size_t
sw_worker_get_size (const SwWorker *worker)
{
  return worker->grid.size;
}

double
sw_worker_get_spacing (const SwWorker *worker)
{
  return worker->grid.spacing;
}

double
sw_worker_get_centre (const SwWorker *worker)
{
  return worker->grid.centre;
}

/* ---- input ---- */

SwStatus
sw_voxelize_input (SwChannels channels,
                   const SwInputAtoms *input,
                   const SwVoxelParams *params,
                   const double *rotation,
                   const float *weights,
                   const SwProgress *progress,
                   float *out,
                   SwVoxelReport *ret_report,
                   SwError *error)
{
  const SwAtomArray atoms = { .n_atoms = input->n_atoms,
                              .positions = (const double (*)[3]) input->positions,
                              .weights = weights,
                              .channels = input->channels };

  if (channels == SW_CHANNELS_TRACE)
    return sw_voxelize_trace (params, atoms.n_atoms, atoms.positions, rotation, weights, progress,
                              out, ret_report, error);
  return sw_voxelize (params, &atoms, rotation, progress, out, ret_report, error);
}

/* A copy of the map, smoothed where the network's grid is coarser, largest magnitude 1 as an atom's
 * peak is. */
static bool
take_volume (SwWorker *worker, const SwVolume *volume, GError **error)
{
  const size_t count = volume->n[0] * volume->n[1] * volume->n[2];
  const size_t longest = MAX (MAX (volume->n[0], volume->n[1]), volume->n[2]);
  const double ratio = worker->grid.spacing / volume->spacing;
  const double largest = MAX (fabs ((double) volume->min), fabs ((double) volume->max));
  float *scratch;

  if (worker->grid.n_channels != 1)
    {
      g_set_error (
          error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
          _ ("%s: a volume has one channel, the network “%s” takes %zu; choose another network."),
          volume->path, worker->loaded->name, worker->grid.n_channels);
      return false;
    }
  worker->volume = sw_alloc (count, sizeof (float));
  scratch = sw_alloc (longest, sizeof (float));
  if (worker->volume == NULL || scratch == NULL)
    {
      sw_free (scratch);
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, volume->path);
      return false;
    }
  for (size_t i = 0; i < count; i++)
    worker->volume[i] = largest > 0.0 ? (float) ((double) volume->data[i] / largest) : 0.0f;
  if (ratio > 1.0)
    sw_resample_smooth (volume->n, 0.5 * sqrt (ratio * ratio - 1.0), worker->volume, scratch);
  sw_free (scratch);
  worker->volume_grid = g_new0 (SwResampleGrid, 1);
  worker->volume_grid->spacing = volume->spacing;
  for (int a = 0; a < 3; a++)
    {
      worker->volume_grid->n[a] = volume->n[a];
      worker->volume_grid->centre[a] = 0.5 * (double) (volume->n[2 - a] - 1);
    }
  return true;
}

void
sw_worker_get_voxel_params (const SwWorker *worker, SwVoxelParams *ret)
{
  const SwInputGrid *grid = &worker->grid;

  *ret = (SwVoxelParams){ .n_channels = grid->n_channels,
                          .size = grid->size,
                          .centre = grid->centre,
                          .spacing = grid->spacing,
                          .sigma = grid->sigma,
                          .norm = grid->unit_mass ? SW_DENSITY_UNIT_MASS : SW_DENSITY_PEAK,
                          .bandlimited = worker->options.engine == SW_ENGINE_BANDLIMITED,
                          .w_max = grid->w_max };
}

bool
sw_worker_takes_occupancy (const SwWorker *worker)
{
  return sw_network_takes_occupancy (worker->model->network, worker->options.engine == SW_ENGINE_BANDLIMITED);
}

/* Points of the surface, unless its voxels are wanted. Networks for other things take it as a density. */
static bool
take_surface (SwWorker *worker, const SwDocument *document, GError **error)
{
  const SwTriangleArray triangles = sw_document_get_triangles (document);
  SwError plain = { 0 };
  SwStatus status;

  if (worker->grid.n_channels != 1 && !worker->grid.surface_only)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s: a mesh has no atoms, which the network “%s” wants; choose one for meshes, for example “shapes”."),
                   document->name, worker->loaded->name);
      return false;
    }
  if (sw_worker_takes_occupancy (worker))
    return true;
  status = sw_surface_points_init (&worker->points, &triangles, &document->frame,
                                   sw_surface_points_enough (&document->frame, worker->grid.spacing), &plain);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, document->name);
  return status == SW_OK;
}

SwStatus
sw_worker_voxelize_surface (const SwWorker *worker,
                            const SwDocument *document,
                            const SwSurfacePoints *points,
                            const double *matrix,
                            const SwProgress *progress,
                            float *out,
                            SwError *plain)
{
  const SwTriangleArray triangles = sw_document_get_triangles (document);
  SwSurfacePoints own = { 0 };
  SwVoxelParams params;
  SwStatus status;

  sw_worker_get_voxel_params (worker, &params);
  if (params.n_channels != 1 && !worker->grid.surface_only)
    return sw_error_set (plain, SW_ERROR_INVALID, "this is a mesh, and the network \"%s\" wants atoms", worker->loaded->name);
  if (sw_worker_takes_occupancy (worker))
    return sw_voxelize_occupancy (&params, &triangles, &document->frame, matrix, worker->grid.scale, out, plain);
  if (points != NULL)
    return sw_voxelize_surface (&params, points, matrix, progress, out, NULL, plain);
  status = sw_surface_points_init (&own, &triangles, &document->frame,
                                   sw_surface_points_enough (&document->frame, params.spacing), plain);
  if (status == SW_OK)
    status = sw_voxelize_surface (&params, &own, matrix, progress, out, NULL, plain);
  sw_surface_points_clear (&own);
  return status;
}

static bool
takes_structures (const SwWorker *worker, const SwDocument *document, GError **error)
{
  if (!worker->grid.surface_only)
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
               _ ("%s: the network “%s” takes triangle meshes, not atoms; choose another network."), document->name,
               worker->loaded->name);
  return false;
}

static bool
takes_blocks (const SwWorker *worker, const SwDocument *document, GError **error)
{
  if (worker->grid.n_channels == 1)
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
               _ ("%s: blocks have one channel, the network “%s” takes %zu; choose another network."),
               document->name, worker->loaded->name, worker->grid.n_channels);
  return false;
}

bool
sw_worker_voxelize (SwWorker *worker, SwQuat rotation, const SwProgress *progress, GError **error)
{
  const SwInputGrid *grid = &worker->grid;
  const double start = sw_timer_now ();
  double matrix[9];

  sw_quat_to_matrix (sw_quat_normalize (rotation), matrix);
  worker->n_atoms = worker->n_outside = 0;
  if (worker->volume != NULL)
    {
      const SwResampleGrid out = { .n = { grid->size, grid->size, grid->size },
                                   .centre = { grid->centre, grid->centre, grid->centre },
                                   .spacing = grid->spacing };
      sw_resample_rotated (worker->volume_grid, worker->volume, matrix, true, &out, worker->input);
    }
  else if (worker->document->surface != NULL)
    {
      SwError plain = { 0 };
      const SwStatus status
          = sw_worker_voxelize_surface (worker, worker->document, &worker->points, matrix, progress, worker->input, &plain);

      if (status != SW_OK)
        {
          sw_workbench_set_error (error, status, &plain, worker->document->name);
          return false;
        }
    }
  else if (worker->document->blocks != NULL)
    {
      const SwVoxelParams params = { .n_channels = 1,
                                     .size = grid->size,
                                     .centre = grid->centre,
                                     .bandlimited = worker->options.engine == SW_ENGINE_BANDLIMITED,
                                     .w_max = grid->w_max };
      SwError plain = { 0 };
      const SwStatus status = sw_voxelize_boxes (&params, worker->document->n_blocks, worker->document->blocks,
                                                 matrix, worker->input, &plain);

      if (status != SW_OK)
        {
          sw_workbench_set_error (error, status, &plain, worker->document->name);
          return false;
        }
    }
  else
    {
      const SwInputAtoms *input = worker->atoms;
      SwVoxelParams params;
      SwVoxelReport report = { 0 };
      SwError plain = { 0 };
      SwStatus status;

      sw_worker_get_voxel_params (worker, &params);
      status = sw_voxelize_input (grid->channels, input, &params, matrix, NULL, progress,
                                  worker->input, &report, &plain);
      if (status != SW_OK)
        {
          sw_workbench_set_error (error, status, &plain, worker->document->name);
          return false;
        }
      worker->n_atoms = input->n_atoms;
      worker->n_outside = report.n_outside;
    }
  worker->seconds_voxelize = sw_timer_now () - start;
  return true;
}

bool
sw_worker_forward (SwWorker *worker, const SwProgress *progress, GError **error)
{
  const double start = sw_timer_now ();
  SwError plain = { 0 };
  const SwStatus status = sw_runner_forward (worker->runner, worker->input, progress, &plain);

  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->loaded->name);
      return false;
    }
  worker->seconds_forward = sw_timer_now () - start;
  for (size_t i = 0; i < worker->model->network->n_outputs; i++)
    if (!isfinite (sw_runner_output (worker->runner)[i]))
      {
        g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NUMERIC,
                     _ ("%s: output %zu of “%s” is not a finite number; are the weights sound?"),
                     worker->document->name, i, worker->loaded->name);
        return false;
      }
  return true;
}

/* Statistics of the batch norms from one pass over the input as it stands. */
static bool
calibrate (SwWorker *worker, const SwProgress *progress, GError **error)
{
  const SwModel *original = worker->loaded->model;

  memcpy (worker->model->buffers, original->buffers, original->network->n_buffers * sizeof (real));
  return make_runner (worker, false, true, error)
         && sw_worker_voxelize (worker, SW_QUAT_IDENTITY, progress, error)
         && sw_worker_forward (worker, progress, error);
}

bool
sw_worker_prepare (SwWorker *worker,
                   SwDocument *document,
                   bool keep_fields,
                   const SwProgress *progress,
                   GError **error)
{
  const SwModel *original = worker->loaded->model;
  bool fresh = false;

  if (worker->document != document)
    {
      forget_document (worker);
      worker->document = sw_document_ref (document);
      if (document->volume != NULL)
        {
          if (!take_volume (worker, document->volume, error))
            goto fail;
        }
      else if (document->surface != NULL)
        {
          if (!take_surface (worker, document, error))
            goto fail;
        }
      else if (document->blocks != NULL)
        {
          if (!takes_blocks (worker, document, error))
            goto fail;
        }
      else
        {
          if (!takes_structures (worker, document, error))
            goto fail;
          worker->atoms = sw_structure_dup_input_atoms (document->structure, worker->grid.channels,
                                                        SW_CENTRE_MEAN, error);
          if (worker->atoms == NULL)
            goto fail;
          sw_model_card_check (worker->loaded, document, worker->atoms, worker->unlike);
        }
      if (!original->calibrated && original->network->n_buffers > 0)
        {
          if (!calibrate (worker, progress, error))
            goto fail;
          fresh = true;
        }
    }
  /* A runner that calibrates would do so at every pass: make the one that only runs. */
  if (fresh || worker->runner == NULL || (keep_fields && !worker->keeps_fields))
    if (!make_runner (worker, keep_fields, false, error))
      goto fail;
  return true;

fail:
  forget_document (worker);
  return false;
}

/* ---- fields ---- */

size_t
sw_run_layer_n_values (const SwRunLayer *layer)
{
  return sw_field_type_dim (&layer->fields) * layer->size * layer->size * layer->size;
}

void
sw_worker_describe (const SwWorker *worker, int layer, SwRunLayer *ret)
{
  const SwNetwork *network = worker->model->network;

  *ret = (SwRunLayer){ .name = "input", .stage = "input", .kind = "input", .typed = true };
  if (layer < 0)
    {
      ret->fields = network->input;
      ret->size = worker->grid.size;
      ret->spacing = worker->grid.spacing;
      ret->seconds = worker->seconds_voxelize;
      ret->has_field = true;
    }
  else
    {
      const SwLayerResult *result = sw_runner_result (worker->runner, (size_t) layer);
      const SwLayer *spec = &network->layers[layer];

      ret->name = spec->name;
      ret->stage = spec->stage;
      ret->kind = sw_layer_kind_name (spec->kind);
      ret->fields = result->fields;
      ret->is_gate = spec->kind == SW_LAYER_GATE;
      ret->n_gates = ret->is_gate ? sw_field_type_gates (&spec->out) : 0;
      ret->typed = !network->conventional;
      ret->size = result->size;
      ret->spacing = result->spacing * worker->grid.spacing;
      ret->seconds = result->seconds;
      memcpy (ret->norm, result->norm, sizeof ret->norm);
      ret->has_field = result->has_field;
    }
  ret->centre = ret->size > 1 ? sw_runner_centre (worker->runner, ret->size) : 0.0;
}

bool
sw_worker_read_field (const SwWorker *worker, int layer, float *out, GError **error)
{
  SwError plain = { 0 };
  const SwStatus status = layer < 0 ? sw_runner_input_field (worker->runner, out, &plain)
                                    : sw_runner_field (worker->runner, (size_t) layer, out, &plain);

  if (status == SW_OK)
    return true;
  sw_workbench_set_error (error, status, &plain,
                          layer < 0 ? "input" : worker->model->network->layers[layer].name);
  return false;
}
