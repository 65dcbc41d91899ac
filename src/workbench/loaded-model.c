/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/loaded-model.h"

#include <glib/gi18n.h>
#include <inttypes.h>

#include "workbench/error.h"

typedef struct
{
  SwLoadedModel loaded; /* first: callers hold a pointer to it */
  gatomicrefcount count;
  SwModel *model;
  char *weights_path;
} LoadedModel;

static SwLoadedModel *
publish (SwModel *model, const char *weights_path, bool random, uint64_t seed)
{
  LoadedModel *self = g_new0 (LoadedModel, 1);

  g_atomic_ref_count_init (&self->count);
  self->model = model;
  self->weights_path = g_strdup (weights_path);
  self->loaded = (SwLoadedModel){ .model = model,
                                  .network = model->network,
                                  .name = model->network->name,
                                  .title = model->network->title[0] != '\0' ? model->network->title
                                                                            : model->network->name,
                                  .weights_path = self->weights_path,
                                  .random = random,
                                  .seed = seed };
  return &self->loaded;
}

static bool
is_path (const char *network)
{
  return strchr (network, G_DIR_SEPARATOR) != NULL || g_str_has_suffix (network, ".json");
}

static char *
list_names (const SwCatalog *catalog)
{
  size_t n;
  const SwCatalogNetwork *networks = sw_catalog_networks (catalog, &n);
  GString *text = g_string_new (NULL);

  for (size_t i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", networks[i].name);
  return g_string_free (text, FALSE);
}

static SwNetwork *
read_network (const SwCatalog *catalog, const char *wanted, GError **error)
{
  const SwCatalogNetwork *entry
      = is_path (wanted) ? NULL : sw_catalog_find_network (catalog, wanted);
  SwNetwork *network = NULL;
  SwError plain = { 0 };
  SwStatus status;

  if (entry == NULL && !is_path (wanted))
    {
      g_autofree char *names = list_names (catalog);
      g_set_error (
          error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND,
          /* translators: first %s: the name asked for; second: a list of names */
          _ ("There is no network “%s”; there are: %s. A path to a JSON file is understood too."),
          wanted, names);
      return NULL;
    }
  status = sw_network_read (entry != NULL ? entry->path : wanted, &network, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return NULL;
    }
  return network;
}

/* NAME.safetensors first, else the first whose metadata name the network. */
static const char *
find_weights (const SwCatalog *catalog, const char *network)
{
  size_t n;
  const SwCatalogWeights *weights = sw_catalog_weights (catalog, &n);
  const char *found = NULL;

  for (size_t i = 0; i < n; i++)
    if (!weights[i].from_run && g_str_equal (weights[i].network, network))
      {
        if (g_str_equal (weights[i].name, network))
          return weights[i].path;
        if (found == NULL)
          found = weights[i].path;
      }
  return found;
}

SwLoadedModel *
sw_loaded_model_new (const SwCatalog *catalog, const SwModelRequest *request, GError **error)
{
  const char *wanted = request->network;
  const char *weights = request->weights;
  SwNetwork *network = NULL;
  SwModel *model = NULL;
  SwError plain = { 0 };
  SwStatus status;

  if (wanted == NULL && weights == NULL)
    wanted = "quick";
  if (wanted != NULL)
    {
      network = read_network (catalog, wanted, error);
      if (network == NULL)
        return NULL;
    }
  if (weights == NULL && !request->random && network != NULL && !is_path (wanted))
    weights = find_weights (catalog, network->name);
  status = weights != NULL ? sw_model_read (weights, network, &model, &plain)
                           : sw_model_new (network, request->seed, &model, &plain);
  sw_network_unref (network);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return NULL;
    }
  return publish (model, weights != NULL ? weights : "", weights == NULL, request->seed);
}

SwLoadedModel *
sw_loaded_model_ref (SwLoadedModel *model)
{
  g_atomic_ref_count_inc (&((LoadedModel *) model)->count);
  return model;
}

void
sw_loaded_model_unref (SwLoadedModel *model)
{
  LoadedModel *self = (LoadedModel *) model;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  sw_model_free (self->model);
  g_free (self->weights_path);
  g_free (self);
}
