/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/measurement-private.h: f(x) remembered, and the errors of f(Rx) for one rotation after the other
 *
 * The steps 1 to 6 of the protocol (README.md) for one worker and one document; equivariance.c and sweep.c add up what
 * comes out. The worker must not run anything else in between.
 */
#pragma once

#include "workbench/comparison.h"
#include "workbench/job-private.h"
#include "workbench/samples-private.h"

G_BEGIN_DECLS

#define SW_MEASUREMENT_POINTS 4000

/* What view of the input a rotation is measured with. */
typedef enum
{
  SW_INPUT_VIEW_ATOMS,
  SW_INPUT_VIEW_TRILINEAR,
  SW_INPUT_VIEW_TRICUBIC,
} SwInputView;

/* Starts as {0}. */
typedef struct
{
  SwWorker *worker; /* borrowed, as are document and progress */
  SwDocument *document;
  const SwProgress *progress;
  size_t n_layers;
  int *layers;         /* [n_layers], the input first */
  SwSamples **samples; /* [n_layers], of f(x) */
  bool *silent;        /* [n_layers] */
  float *field;        /* room for the largest field */
  float *input;        /* x, for turned grids */
  double *logits;      /* f(x), [n_outputs] */
  size_t top;
  bool output_silent;
} SwMeasurement;

/* Runs f(x) and takes its samples. stages_only: only the last layer of each stage; n_points 0: SW_MEASUREMENT_POINTS.
 * To be cleared whether it worked or not. */
bool sw_measurement_begin (SwMeasurement *self,
                           SwWorker *worker,
                           SwDocument *document,
                           bool stages_only,
                           size_t n_points,
                           uint64_t seed,
                           const SwProgress *progress,
                           GError **error);
void sw_measurement_clear (SwMeasurement *self);

/* Stages are measured at these layers. */
bool sw_measurement_is_last_of_stage (const SwNetwork *network, size_t layer);

/* Of one rotation. */
typedef struct
{
  double output; /* |p' - p| / |p|; NaN when silent */
  bool class_changed;
} SwOutputError;

/* Runs f(Rx). ret_layers: [n_layers]; those of silent layers say so. */
bool sw_measurement_turn (SwMeasurement *self,
                          SwQuat rotation,
                          SwInputView view,
                          SwLayerError *ret_layers,
                          SwOutputError *ret_output,
                          GError **error);
/* |p' - p| of what the worker ran last, and |p|. */
double sw_measurement_distance (const SwMeasurement *self);
double sw_measurement_norm (const SwMeasurement *self);

G_END_DECLS
