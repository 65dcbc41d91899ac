/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/experiment.h: the paper's experiments as rows of one table
 *
 * An experiment says which data it needs, which networks take part, how the paper trained, and what the paper reached. The
 * command line and the window list this table; training itself is train/loop.h.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#include "train/loop.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name;        /* "published", "quick" */
  const char *description; /* one sentence */
  bool conventional;       /* for the conventional twin */
  SwTrainConfig config;
} SwPreset;

typedef struct SwExperiment
{
  const char *name;        /* "tetris": what the command line takes */
  const char *title;
  const char *description; /* for a newcomer, two sentences */
  const char *network, *twin; /* names of the catalogue */
  const char *data;        /* what folder it needs, or NULL: it makes its own data */
  double published, published_twin; /* test accuracy in the paper; 0: there is none */
  const char *licence;        /* of weights trained on its data, with what to credit; NULL: not said */
  size_t n_presets;
  const SwPreset *presets; /* the first of each kind (conventional or not) is its default */

  /* Opens the data; any beginning of the training samples is a fair part of them. engine and w_max as in the runner, so that inputs fit it. seed draws what is drawn once for a run.
   * n_validation: samples asked for, 0: as the experiment sees fit. */
  bool (*open) (const char *folder,
                const SwNetwork *network,
                const SwRunOptions *options,
                uint64_t seed,
                size_t n_validation,
                SwDataset *ret,
                GError **error);
  void (*close) (SwDataset *dataset);
  /* What the model card says of the training samples: {"data": a phrase, "range": {...}} (voxel/cloud.h), a new reference; the
   * function may be NULL. */
  json_t *(*card) (const SwDataset *dataset);
} SwExperiment;

const SwExperiment *const *sw_experiments (size_t *ret_n);
/* NULL when there is none of that name. */
const SwExperiment *sw_experiment_find (const char *name);
/* The preset of that name for this kind of network (NULL: the default one); NULL when there is none. */
const SwPreset *sw_experiment_preset (const SwExperiment *experiment, const char *name, bool conventional);

G_END_DECLS
