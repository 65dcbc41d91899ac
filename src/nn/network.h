/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/network.h: a network as data
 *
 * A network is read from JSON (format: nn/README.md) and expanded into a list of primitive layers in execution
 * order. Both engines interpret this list. Layers name their inputs by index; -1 is the network's input.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "kernel/basis.h"
#include "so3/field-type.h"

typedef enum
{
  SW_LAYER_CONV,        /* steerable convolution, no bias */
  SW_LAYER_DENSE_CONV,  /* ordinary 3D convolution, optional bias (conventional twins) */
  SW_LAYER_BATCHNORM,   /* equivariant: per field; type of an ordinary one: scalars with affine part */
  SW_LAYER_GATE,        /* in: fields + gates (one scalar per field with l >= 1, last part); out: fields */
  SW_LAYER_NORM_ACT,    /* x/|x| softplus(|x| - b) for l >= 1, scalar activation for l = 0 */
  SW_LAYER_SCALAR_ACT,  /* pointwise activation of scalars (ReLU after an ordinary convolution) */
  SW_LAYER_LOWPASS,     /* Gaussian of scale `stride` (or scale for stride 1), then stride */
  SW_LAYER_AVGPOOL,     /* 3^3 mean, padding 1, stride 2 */
  SW_LAYER_DROPOUT,     /* one draw per sample and copy; identity in inference */
  SW_LAYER_ADD,         /* in[0] + in[1] */
  SW_LAYER_GLOBAL_POOL, /* mean over the grid */
  SW_LAYER_LINEAR,      /* dense, with bias, on a pooled vector */
} SwLayerKind;

typedef enum
{
  SW_ACT_NONE,
  SW_ACT_RELU,
  SW_ACT_SIGMOID,
  SW_ACT_TANH,
  SW_ACT_SOFTPLUS,
  SW_ACT_ELU,
} SwActivation;

typedef struct
{
  char name[64]; /* unique, for example "block1.conv" */
  char stage[64]; /* the JSON entry that it comes from, for example "block1" */
  SwLayerKind kind;
  int input[2]; /* indices of earlier layers, -1: the network's input; input[1] only for SW_LAYER_ADD */
  SwFieldType in, out;

  /* convolutions */
  unsigned kernel, stride, padding; /* kernel is odd */
  SwBasisRule rule;
  bool bias; /* SW_LAYER_DENSE_CONV */
  /* Steerable convolution only: index of the batch norm layer that is folded into this one (its input), or -1.
   * The sampled engine then scales the weights and adds an output bias, padding with raw zeros as the paper does. */
  int folded_batchnorm;

  SwActivation act, gate_act; /* GATE, NORM_ACT, SCALAR_ACT */
  bool affine;                /* BATCHNORM: ordinary one with weight and bias */
  double momentum, epsilon;   /* BATCHNORM */
  double scale;               /* LOWPASS: filter scale; sigma = 0.5 sqrt (scale^2 - 1) voxels */
  double probability;         /* DROPOUT */
  double pool_sigma;          /* GLOBAL_POOL: width in input voxels of the Gaussian about the centre that weighs the mean; 0: all alike */

  unsigned stride_in, stride_out; /* spacing of the grids, in voxels of the network's input */

  /* Parameters: where they start in SwModel's array of parameters, and how many. Layouts: nn/README.md. */
  size_t weight_offset, n_weights;
  size_t bias_offset, n_biases;
  /* Running statistics of batch norm in SwModel's array of buffers: means [n scalar copies], then variances
   * [n copies]. */
  size_t buffer_offset, n_means, n_variances;
} SwLayer;

#define SW_NETWORK_BOXES_MAX 8
#define SW_NETWORK_OVERSAMPLING_MAX 8

typedef enum
{
  SW_INPUT_ATOMS,  /* voxelised structure */
  SW_INPUT_BLOCKS, /* tetris pieces (accepts structures too, as a density) */
  SW_INPUT_MESH,   /* surface occupancy */
} SwInputKind;

typedef enum
{
  SW_INPUT_CHANNELS_ONE,
  SW_INPUT_CHANNELS_ELEMENT, /* H C N O S other, as many as the input type has */
  SW_INPUT_CHANNELS_CA,      /* C-alpha only, each atom of total mass one */
  SW_INPUT_CHANNELS_TRACE,   /* what the C-alpha trace says: fields of voxel/trace.h, each atom of total mass one */
  SW_INPUT_CHANNELS_SURFACE, /* triangles: area, and the order 2 of their normals (voxel/triangles.h) */
  SW_INPUT_CHANNELS_ENVIRONMENT, /* what surrounds one residue (voxel/environment.h) */
} SwInputChannels;

typedef struct
{
  char name[64];
  char title[128];
  char *description;  /* owned */
  char twin[64];      /* name of the conventional counterpart (or of the steerable one), or "" */
  bool conventional;
  SwInputKind input_kind;
  SwInputChannels channels;
  bool own_removed;     /* SW_INPUT_CHANNELS_ENVIRONMENT: all atoms of the residue are left out, not only its side chain */
  bool backbone_frame;  /* and it is turned into the frame of its backbone */
  SwFieldType input;    /* scalars, except SW_INPUT_CHANNELS_TRACE and _SURFACE */
  unsigned size;        /* voxels along each edge of the cubic input grid, sampled engine */
  double voxel_angstrom; /* edge of a voxel */
  double sigma_voxels;   /* width of an atom's Gaussian */
  bool scale_box;        /* meshes, sampled engine: their turned bounding box fills the grid, as published */
  /* band-limited engine */
  unsigned bandlimited_size; /* grid edge; 0: same as size */
  double w_max;              /* radians per voxel of the level */
  double rolloff;            /* where its roll-off begins, as a part of w_max */
  unsigned n_oversampling;   /* at least 1 */
  double oversampling[SW_NETWORK_OVERSAMPLING_MAX]; /* grid of the nonlinearities, in edges of a level's grid, by resolution; the last one repeats */
  unsigned n_boxes;          /* 0: one periodic box for all resolutions */
  unsigned boxes[SW_NETWORK_BOXES_MAX]; /* of the resolutions behind the first: edges in input voxels; the last one repeats */

  size_t n_layers;
  SwLayer *layers; /* owned */
  size_t n_parameters; /* what the published counts count */
  size_t n_buffers;
  size_t n_outputs;
  size_t n_classes;
  char **class_names; /* n_classes strings, owned; n_classes = n_outputs or 0 */
  char *json;         /* the text it was read from, owned */
} SwNetwork;

/* text: JSON of size bytes; name is used in messages. Refuses, with a message that names the entry and the reason: malformed
 * JSON, unknown keys and types, sizes below 1 or above 512, types that do not fit, absurd totals. */
SwStatus sw_network_parse (const char *text,
                           size_t size,
                           const char *name,
                           SwNetwork **ret,
                           SwError *error) SW_WARN_UNUSED;
SwStatus sw_network_read (const char *path, SwNetwork **ret, SwError *error) SW_WARN_UNUSED;
/* Are meshes put on the grid as occupied voxels, or (false) as the density of their surface? voxel/triangles.h. */
static inline bool
sw_network_takes_occupancy (const SwNetwork *network, bool bandlimited)
{
  return network->input_kind == SW_INPUT_MESH && network->channels == SW_INPUT_CHANNELS_ONE && !bandlimited;
}
SwNetwork *sw_network_ref (SwNetwork *network); /* immutable, counted atomically */
void sw_network_unref (SwNetwork *network);     /* takes NULL */
/* Index of the layer of that name, or of the last layer of the stage of that name; -1 if there is none. */
int sw_network_find (const SwNetwork *network, const char *name);
const char *sw_layer_kind_name (SwLayerKind kind);
/* Edge of the grid after a layer in the sampled engine, from the edge before it. */
size_t sw_layer_output_size (const SwLayer *layer, size_t size);
