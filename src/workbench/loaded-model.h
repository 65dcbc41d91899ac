/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/loaded-model.h: a network with its weights, from the catalogue, from files or from a
 * seed
 *
 * Immutable once loaded; ref and unref are atomic. Workers make their own copy of the numbers.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "nn/model.h"
#include "workbench/catalog.h"

G_BEGIN_DECLS

typedef struct
{
  const SwModel *model;
  const SwNetwork *network; /* model->network */
  const char *name;         /* the network's */
  const char *title;
  const char *weights_path; /* "" when the weights are random */
  bool random;              /* weights drawn from seed */
  uint64_t seed;
} SwLoadedModel;

typedef struct
{
  const char *network; /* a name of the catalogue or the path of a JSON file; NULL: the one in the
                          weights file, or "quick" */
  const char *
      weights; /* path of a safetensors file; NULL: the catalogue's for this network, else random */
  bool random; /* random weights even where the catalogue has trained ones */
  uint64_t seed; /* of random weights */
} SwModelRequest;

SwLoadedModel *
sw_loaded_model_new (const SwCatalog *catalog, const SwModelRequest *request, GError **error);
SwLoadedModel *sw_loaded_model_ref (SwLoadedModel *model);
void sw_loaded_model_unref (SwLoadedModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwLoadedModel, sw_loaded_model_unref)

G_END_DECLS
