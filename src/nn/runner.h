/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/runner.h: run a model on a grid, in either engine
 *
 * A runner owns all memory for one model, engine and grid size; forward allocates nothing. Use one runner from one thread at
 * a time. Grids are cubes, arrays are [c, z, y, x], x fastest; channels as in so3/field-type.h.
 */
#pragma once

#include "base/progress.h"
#include "base/real.h"
#include "nn/model.h"

typedef enum
{
  SW_ENGINE_BANDLIMITED,
  SW_ENGINE_SAMPLED,
} SwEngine;

const char *sw_engine_name (SwEngine engine); /* "bandlimited", "sampled" */
SwStatus sw_engine_parse (const char *name, SwEngine *ret, SwError *error) SW_WARN_UNUSED;

/* {0} gives the defaults */
typedef struct
{
  SwEngine engine;
  unsigned size;       /* edge of the input grid; 0: as the network says for this engine */
  double w_max;        /* band-limited: 0: as the network says */
  bool plain_stride;   /* stride without low-pass (the laboratory's "break it" switch) */
  SwBasisKind basis;   /* sampled: paper's shells or projected ones */
  bool keep_fields;    /* keep every layer's field for sw_runner_field; else only the output */
  bool calibrate;      /* batch norm: use this input's own statistics and store them in the model */
  size_t train_batch;  /* > 0: nn/train-step.h may be used, with up to this many samples at once */
  bool frozen;         /* with train_batch: batch norm takes the running statistics and no gradient flows through them, so
                          that backward differentiates what sw_runner_forward computes */
} SwRunOptions;

typedef struct SwRunner SwRunner;

/* What is known of a layer's output once it has run. */
typedef struct
{
  const SwLayer *layer;
  SwFieldType fields;
  size_t size;         /* edge of its grid; 1 for pooled vectors */
  double spacing;      /* of its grid, in voxels of the input grid */
  double seconds;      /* time of the last forward pass */
  double norm[SW_FIELD_L_MAX + 1]; /* root mean square over the grid of all fields of order l; 0 where absent */
  bool has_field;      /* sw_runner_field can give it */
} SwLayerResult;

/* Bytes that a runner would take. */
SwStatus sw_runner_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error) SW_WARN_UNUSED;
/* The model is borrowed and must outlive the runner. Refuses before allocating when memory would not suffice; an ordinary
 * convolution has no band-limited form and is refused there. */
SwStatus sw_runner_new (SwModel *model, const SwRunOptions *options, SwRunner **ret, SwError *error) SW_WARN_UNUSED;
void sw_runner_free (SwRunner *runner);
/* The network of the runner's model; borrowed. */
const SwNetwork *sw_runner_network (const SwRunner *runner);
/* Edge of the input grid that forward wants. */
size_t sw_runner_input_size (const SwRunner *runner);
/* To be called after the model's parameters or buffers were changed. */
SwStatus sw_runner_update (SwRunner *runner, SwError *error) SW_WARN_UNUSED;

/* input: [c, z, y, x], the network's input channels. In the band-limited engine the grid is periodic; what lies outside the
 * ball is cut. The result is valid until the next call. */
SwStatus sw_runner_forward (SwRunner *runner, const real *input, const SwProgress *progress, SwError *error) SW_WARN_UNUSED;

/* Before the softmax: [network->n_outputs]. */
const real *sw_runner_output (const SwRunner *runner);
/* Indexed like network->layers. */
const SwLayerResult *sw_runner_result (const SwRunner *runner, size_t layer);
/* The input as the engine sees it (after the ball): [c, z, y, x]. */
SwStatus sw_runner_input_field (const SwRunner *runner, real *out, SwError *error) SW_WARN_UNUSED;
/* The field after a layer: out [c, z, y, x] on its grid. For a GATE layer's input (raw fields and gates before the
 * activation) ask for the layer before it. */
SwStatus sw_runner_field (const SwRunner *runner, size_t layer, real *out, SwError *error) SW_WARN_UNUSED;
/* The gate values s(g) of a GATE layer: out [n_gates, z, y, x]. */
SwStatus sw_runner_gates (const SwRunner *runner, size_t layer, real *out, SwError *error) SW_WARN_UNUSED;
/* Centre of rotation of a layer's grid in its voxel indices, the same along each axis: floor (n / 2) in the band-limited
 * engine, (n - 1) / 2 in the sampled one. The input grid's is the same rule. */
double sw_runner_centre (const SwRunner *runner, size_t size);
