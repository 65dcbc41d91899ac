/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/job.h: voxelise a document in one orientation, run a model on it, keep what is wanted
 *
 * A worker owns the runner of one (model, engine, options): building it is expensive, running it
 * for another rotation or another document is not. Use a worker from one thread at a time. Results
 * are immutable and counted atomically; they outlive the worker.
 *
 * Untrained models have no running statistics: the worker measures them in one pass over the
 * document in its own orientation (rotation = identity), once per document, in its own engine.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/progress.h"
#include "nn/runner.h"
#include "so3/field-type.h"
#include "so3/rotation.h"
#include "workbench/document.h"
#include "workbench/loaded-model.h"

G_BEGIN_DECLS

/* {0}: everything as the network says, band-limited engine where it exists. */
typedef struct
{
  SwEngine engine;
  unsigned size;         /* edge of the input grid; 0: as the network says */
  double voxel_angstrom; /* 0: as the network says */
  double sigma_voxels;   /* width of an atom's Gaussian; 0: as the network says */
  double w_max;          /* band-limited: radians per voxel; 0: as the network says */
  bool override_channels;
  SwChannels
      channels; /* with override_channels: which atoms, in which channels; their number must fit */
  bool override_scale; /* for networks of meshes that take occupied voxels: */
  SwSurfaceScale scale;
  bool plain_stride; /* stride without low-pass */
  SwBasisKind basis; /* sampled engine */
} SwJobOptions;

/* Can this model run in this engine? An ordinary CNN has no band-limited form. */
bool sw_model_has_engine (const SwLoadedModel *model, SwEngine engine);

/* One layer of a finished run; also used for the input. Arrays are [c, z, y, x] with c as in
 * fields. */
typedef struct
{
  const char *name;  /* "block1.conv"; unique; "input" for the input */
  const char *stage; /* the network's entry it belongs to: "block1" */
  const char *kind;  /* "conv", "gate", ... */
  SwFieldType fields;
  bool is_gate; /* has gates, see sw_run_result_get_gates */
  bool typed; /* false: channels of an ordinary CNN, which transform like nothing; shown as scalars
               */
  size_t n_gates;
  size_t size;    /* edge of its grid; 1 for pooled vectors */
  double spacing; /* of its grid, angstrom */
  double centre;  /* centre of rotation in voxel indices of its grid, the same along each axis */
  double seconds; /* forward */
  double norm[SW_FIELD_L_MAX + 1]; /* root mean square of all fields of order l; 0 where absent */
  bool has_field;                  /* the engine can hand out its field */
} SwRunLayer;

typedef struct
{
  const char *model_name;
  SwEngine engine;
  SwQuat rotation;
  SwRunLayer input;
  size_t n_layers;
  const SwRunLayer *layers; /* [n_layers], order of execution, indexed like network->layers */

  size_t n_outputs;
  const float *logits;            /* [n_outputs], before the softmax */
  const float *scores;            /* [n_outputs], after it */
  const char *const *class_names; /* [n_outputs] or NULL */
  size_t top;                     /* index of the largest */

  size_t n_atoms;         /* that were asked for */
  size_t n_atoms_outside; /* of these, centres outside the grid: left out */
  double seconds_voxelize, seconds_forward;
  size_t memory_runner;        /* bytes held by the worker's runner */
  size_t memory_peak;          /* of the whole process so far, bytes */
  const char *const *warnings; /* translated sentences, NULL terminated */
} SwRunResult;

SwRunResult *sw_run_result_ref (SwRunResult *result);
void sw_run_result_unref (SwRunResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwRunResult, sw_run_result_unref)

/* Layer -1 is the input: the density as the engine sees it. */
const SwRunLayer *sw_run_result_get_layer (const SwRunResult *result, int layer);
/* Index of a layer by name, or of the last layer of a stage that has a field; "input" is -1; -2 if
 * there is none. */
int sw_run_result_find (const SwRunResult *result, const char *name);
/* [dim (fields), size, size, size]; NULL when it was not kept. */
const float *sw_run_result_get_field (const SwRunResult *result, int layer);
/* The gate values s(g) of a gate layer, [n_gates, size, size, size]; NULL when not kept or none. */
const float *sw_run_result_get_gates (const SwRunResult *result, int layer);

typedef struct SwWorker SwWorker;

/* Refuses before allocating when there is not enough memory. Takes references of its own. */
SwWorker *sw_worker_new (SwLoadedModel *model, const SwJobOptions *options, GError **error);
void sw_worker_free (SwWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwWorker, sw_worker_free)

SwLoadedModel *sw_worker_get_model (const SwWorker *worker);
const SwJobOptions *sw_worker_get_options (const SwWorker *worker);
/* Edge of the input grid, angstrom per voxel, and centre in voxel indices. */
size_t sw_worker_get_size (const SwWorker *worker);
double sw_worker_get_spacing (const SwWorker *worker);
double sw_worker_get_centre (const SwWorker *worker);

/* As sw_run_result_find, before anything has run; -2 if there is none. */
int sw_worker_find_layer (const SwWorker *worker, const char *name);
/* "input, block1.conv, ..." for messages. */
char *sw_worker_dup_layer_names (const SwWorker *worker);
/* What is shown where nothing was chosen: the first layer on a grid with fields of order 1 after
 * its activation, and its first field of order 1; else the first layer and field. */
int sw_worker_default_layer (const SwWorker *worker);
size_t sw_worker_default_copy (const SwWorker *worker, int layer);
/* Centre of the atoms that the network is given, in the frame of the file, after a run; 0 for
 * volumes. */
void sw_worker_get_input_centre (const SwWorker *worker, double ret[3]);

/* Which fields a result keeps. */
#define SW_KEEP_NONE (-2)
#define SW_KEEP_ALL (-3)

/* keep: a layer, -1 (the input), SW_KEEP_NONE or SW_KEEP_ALL. The input's field is kept unless
 * SW_KEEP_NONE. */
SwRunResult *sw_worker_run (SwWorker *worker,
                            SwDocument *document,
                            SwQuat rotation,
                            int keep,
                            const SwProgress *progress,
                            GError **error);

G_END_DECLS
