/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/job-private.h: the steps of a job, for comparison.c and equivariance.c
 *
 * After a forward pass the runner holds the fields until the next one; they are read off one at a
 * time, so that measuring a deep network does not keep all of its fields twice.
 */
#pragma once

#include "voxel/triangles.h"
#include "voxel/voxelize.h"
#include "workbench/job.h"
#include "workbench/resample.h"
#include "workbench/samples-private.h"

G_BEGIN_DECLS

typedef struct
{
  SwChannels channels;
  size_t n_channels;
  size_t size;
  double spacing, sigma, centre, w_max; /* angstrom, angstrom, voxels, radians per voxel */
  bool unit_mass;
  bool surface_only; /* the channels are those of a surface */
  SwSurfaceScale scale; /* of occupancy */
} SwInputGrid;

struct SwWorker
{
  SwLoadedModel *loaded;
  SwModel *model; /* the worker's own numbers */
  SwJobOptions options;
  SwRunner *runner;
  bool keeps_fields; /* how the runner was made */
  size_t memory_runner;
  SwInputGrid grid;
  float *input; /* [c, z, y, x] */

  SwDocument *document; /* whose atoms and statistics these are */
  SwInputAtoms *atoms;  /* NULL for a volume */
  GPtrArray *unlike;    /* of char *: in what the document is unlike the training data */
  float *volume;        /* smoothed copy of the document's volume, or NULL */
  SwResampleGrid *volume_grid;
  SwSurfacePoints points; /* of the document's surface; n = 0: none, or occupancy */

  size_t n_atoms, n_outside; /* of the last voxelisation */
  double seconds_voxelize, seconds_forward;

  SwRunResult *identity; /* last run at the identity, for sw_worker_compare; or NULL */
  SwDocument *identity_document;
  int identity_layer;
  bool identity_silent;
  SwSamples *identity_samples; /* of that layer, or NULL */
  size_t identity_n_points;
  SwFineGrid *identity_fine; /* of one copy of that layer, or NULL */
  size_t identity_copy;
};

/* In comparison.c. */
void sw_worker_forget_identity (SwWorker *worker);

/* Atoms to a grid, whatever the channels. rotation: row-major, NULL for none; weights: [input->n_atoms], NULL for 1. */
SwStatus sw_voxelize_input (SwChannels channels,
                            const SwInputAtoms *input,
                            const SwVoxelParams *params,
                            const double *rotation,
                            const float *weights,
                            const SwProgress *progress,
                            float *out,
                            SwVoxelReport *ret_report,
                            SwError *error) SW_WARN_UNUSED;

/* The surface of any document on the worker's grid. points: of the surface, if they are known already, else NULL. matrix: row-major,
 * NULL for the identity. May be called while the network runs: looks only at what is constant in the worker. */
SwStatus sw_worker_voxelize_surface (const SwWorker *worker,
                                     const SwDocument *document,
                                     const SwSurfacePoints *points,
                                     const double *matrix,
                                     const SwProgress *progress,
                                     float *out,
                                     SwError *plain) SW_WARN_UNUSED;
/* Is the document's surface put on the grid as occupied voxels? Else as the density of its area. */
bool sw_worker_takes_occupancy (const SwWorker *worker);
/* Atoms, statistics and a runner that keeps fields or not. */
bool sw_worker_prepare (SwWorker *worker,
                        SwDocument *document,
                        bool keep_fields,
                        const SwProgress *progress,
                        GError **error);
/* How the worker puts atoms on its grid. */
void sw_worker_get_voxel_params (const SwWorker *worker, SwVoxelParams *ret);
/* Fills worker->input for the prepared document. */
bool
sw_worker_voxelize (SwWorker *worker, SwQuat rotation, const SwProgress *progress, GError **error);
/* Runs on worker->input. */
bool sw_worker_forward (SwWorker *worker, const SwProgress *progress, GError **error);
/* Of n > 0 outputs, with the largest subtracted first; returns the index of the largest. */
size_t sw_softmax (size_t n, const float *outputs, float *ret_scores);
/* What is known of a layer (-1: the input) after forward; strings live as long as the model. */
void sw_worker_describe (const SwWorker *worker, int layer, SwRunLayer *ret);
size_t sw_run_layer_n_values (const SwRunLayer *layer);
/* The field of a layer into out, [dim (fields), size, size, size]. */
bool sw_worker_read_field (const SwWorker *worker, int layer, float *out, GError **error);

/* A result that has nothing but an input; takes field (sw_alloc). warning may be NULL. */
SwRunResult *sw_run_result_new_density (const SwRunLayer *input,
                                        float *field,
                                        SwQuat rotation,
                                        size_t n_atoms,
                                        size_t n_outside,
                                        double seconds,
                                        const char *warning);

G_END_DECLS
