/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/equivariance.h: the protocol by which equivariance is measured, everywhere the same
 *
 * The atoms are rotated, never a grid: x = voxelise (atoms), x' = voxelise (R atoms), same engine,
 * weights and running statistics. Errors of layers and of the output as in comparison.h. Random
 * rotations are uniform on SO(3) from a seed; the 24 rotations of the cube are reported apart.
 * README.md has the whole protocol.
 */
#pragma once

#include <gio/gio.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workbench/comparison.h"

G_BEGIN_DECLS

/* {0} gives the defaults */
typedef struct
{
  size_t n_rotations; /* random ones; 0: 20 */
  uint64_t seed;      /* of rotations and sample points */
  size_t n_points;    /* 0: 4000 */
  bool stages_only;   /* only the last layer of each stage */
  bool no_cube;       /* leave the rotations of the cube out */
  bool resampled;     /* also view (b): x' made by resampling the grid x, trilinear and cubic */
  /* Other inputs of the same kind, for the ratio of the output's change to the distance between
   * inputs; may be NULL. */
  SwDocument *const *others;
  size_t n_others;
} SwEquivarianceParams;

/* Over several rotations. NaN where there is nothing. */
typedef struct
{
  double mean, max;
  size_t worst; /* index of the rotation of the maximum */
} SwErrorSummary;

typedef struct
{
  int layer; /* -1: the input */
  const char *name, *stage, *kind;
  SwFieldType fields;
  size_t size;
  bool silent;
  SwErrorSummary all;
  SwErrorSummary by_l[SW_FIELD_L_MAX + 1];
} SwLayerErrors;

typedef struct
{
  size_t n_rotations;
  size_t n_layers;
  const SwLayerErrors
      *layers; /* [n_layers]: the input first, then all layers that hand out a field */
  SwErrorSummary output;
  size_t n_class_changes;
  double distance_ratio; /* mean |p' - p| over mean |p(x2) - p(x)|; NaN without other inputs */
} SwErrorTable;

typedef struct
{
  const char *document, *model_name;
  const SwLoadedModel *model; /* owned by the result, like the strings */
  SwJobOptions options;
  size_t size;
  double spacing, sigma_angstrom, w_max; /* angstrom; radians per voxel, 0 in the sampled engine */
  SwEngine engine;
  uint64_t seed;
  size_t n_points;
  size_t n_rotations;
  const SwQuat *rotations; /* [n_rotations] */
  SwErrorTable random;
  SwErrorTable cube;                /* n_rotations 0 when left out */
  SwErrorTable trilinear, tricubic; /* view (b); n_rotations 0 when not asked for */
  double seconds;
} SwEquivariance;

SwEquivariance *sw_equivariance_measure (SwWorker *worker,
                                         SwDocument *document,
                                         const SwEquivarianceParams *params,
                                         const SwProgress *progress,
                                         GError **error);
void sw_equivariance_free (SwEquivariance *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwEquivariance, sw_equivariance_free)

/* The largest error of the random rotations, over layers that are not silent and the output. */
double sw_equivariance_worst (const SwEquivariance *result);
/* The whole report: seeds, versions, conventions, options, errors. A new reference. */
json_t *sw_equivariance_to_json (const SwEquivariance *result);
/* The same as a file, atomically. */
bool sw_equivariance_write (const SwEquivariance *result, const char *path, GError **error);

G_END_DECLS
