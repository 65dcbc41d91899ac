/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/network.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "nn/network-private.h"

static const char *const kind_names[] = {
  [SW_LAYER_CONV] = "steerable convolution",
  [SW_LAYER_DENSE_CONV] = "ordinary convolution",
  [SW_LAYER_BATCHNORM] = "batch norm",
  [SW_LAYER_GATE] = "gates",
  [SW_LAYER_NORM_ACT] = "norm nonlinearity",
  [SW_LAYER_SCALAR_ACT] = "activation",
  [SW_LAYER_LOWPASS] = "low-pass",
  [SW_LAYER_AVGPOOL] = "average pooling",
  [SW_LAYER_DROPOUT] = "dropout",
  [SW_LAYER_ADD] = "sum",
  [SW_LAYER_GLOBAL_POOL] = "global mean",
  [SW_LAYER_LINEAR] = "linear",
};

const char *
sw_layer_kind_name (SwLayerKind kind)
{
  return kind_names[kind];
}

size_t
sw_layer_output_size (const SwLayer *layer, size_t size)
{
  switch (layer->kind)
    {
    case SW_LAYER_CONV:
    case SW_LAYER_DENSE_CONV:
      {
        const size_t padded = size + 2 * (size_t) layer->padding;
        return padded < layer->kernel ? 0 : (padded - layer->kernel) / layer->stride + 1;
      }
    case SW_LAYER_LOWPASS:
    case SW_LAYER_AVGPOOL:
      return (size + layer->stride - 1) / layer->stride;
    case SW_LAYER_GLOBAL_POOL:
    case SW_LAYER_LINEAR:
      return 1;
    default:
      return size;
    }
}

int
sw_network_find (const SwNetwork *network, const char *name)
{
  for (size_t i = 0; i < network->n_layers; i++)
    if (strcmp (network->layers[i].name, name) == 0)
      return (int) i;
  for (size_t i = network->n_layers; i-- > 0;)
    if (strcmp (network->layers[i].stage, name) == 0)
      return (int) i;
  return -1;
}

SwNetwork *
sw_network_new (void)
{
  SwCountedNetwork *counted = calloc (1, sizeof *counted);
  if (counted == NULL)
    return NULL;
  atomic_init (&counted->references, 1);
  return &counted->network;
}

SwNetwork *
sw_network_ref (SwNetwork *network)
{
  atomic_fetch_add (&((SwCountedNetwork *) network)->references, 1);
  return network;
}

void
sw_network_unref (SwNetwork *network)
{
  if (network == NULL || atomic_fetch_sub (&((SwCountedNetwork *) network)->references, 1) != 1)
    return;
  if (network->class_names != NULL)
    for (size_t i = 0; i < network->n_classes; i++)
      free (network->class_names[i]);
  free (network->class_names);
  free (network->description);
  free (network->layers);
  free (network->json);
  free (network);
}
