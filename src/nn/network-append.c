/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Primitive layers are appended to a network that is being read: types, strides, sizes and parameters are booked. */
#include "nn/network-parse-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS_MAX 1024
#define PARAMETERS_MAX ((size_t) 1 << 30)

static size_t
scalar_copies (const SwFieldType *type)
{
  size_t n = 0;
  for (size_t i = 0; i < type->n_parts; i++)
    if (type->parts[i].l == 0)
      n += type->parts[i].copies;
  return n;
}

SwLayer *
sw_parser_append (SwParser *parser, SwLayerKind kind, const char *stage, const char *suffix)
{
  SwNetwork *network = parser->network;
  SwLayer *layer;
  int written;
  if (network->n_layers == LAYERS_MAX)
    {
      sw_parser_refuse (parser, SW_ERROR_INVALID, "a network has %d layers at most", LAYERS_MAX);
      return NULL;
    }
  if (network->n_layers == parser->n_allocated)
    {
      const size_t n = parser->n_allocated > 0 ? 2 * parser->n_allocated : 32;
      SwLayer *larger = reallocarray (network->layers, n, sizeof *larger);
      if (larger == NULL)
        {
          sw_parser_refuse (parser, SW_ERROR_MEMORY, "not enough memory");
          return NULL;
        }
      network->layers = larger;
      parser->n_allocated = n;
    }
  layer = &network->layers[network->n_layers];
  memset (layer, 0, sizeof *layer);
  written = snprintf (layer->name, sizeof layer->name, suffix[0] != '\0' ? "%s.%s" : "%s%s", stage, suffix);
  if (written < 0 || (size_t) written >= sizeof layer->name)
    {
      sw_parser_refuse (parser, SW_ERROR_INVALID, "the name is longer than %zu characters", sizeof layer->name - 12);
      return NULL;
    }
  snprintf (layer->stage, sizeof layer->stage, "%s", stage);
  if (sw_network_find (network, layer->name) >= 0)
    {
      sw_parser_refuse (parser, SW_ERROR_INVALID, "there are two layers of the name \"%s\"", layer->name);
      return NULL;
    }
  layer->kind = kind;
  layer->input[0] = parser->last;
  layer->input[1] = -1;
  layer->in = layer->out = parser->type;
  layer->kernel = layer->stride = 1;
  layer->folded_batchnorm = -1;
  layer->stride_in = layer->stride_out = parser->stride;
  parser->last = (int) network->n_layers++;
  return layer;
}

SwStatus
sw_parser_finish (SwParser *parser, SwLayer *layer, size_t n_weights, size_t n_biases)
{
  SwNetwork *network = parser->network;
  const size_t size = sw_layer_output_size (layer, parser->size);
  if (size < 1 || size > SW_PARSER_SIZE_MAX)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "after \"%s\" the grid would have %zu voxels along an edge (1 to %d are allowed)",
                   layer->name, size, SW_PARSER_SIZE_MAX);
  layer->n_weights = n_weights;
  layer->weight_offset = network->n_parameters;
  layer->n_biases = n_biases;
  layer->bias_offset = network->n_parameters + n_weights;
  if (n_weights > PARAMETERS_MAX || network->n_parameters + n_weights + n_biases > PARAMETERS_MAX)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "more than %zu parameters", PARAMETERS_MAX);
  network->n_parameters += n_weights + n_biases;
  parser->type = layer->out;
  parser->stride = layer->stride_out;
  parser->size = size;
  return SW_OK;
}

SwStatus
sw_parser_add_batchnorm (SwParser *parser, const SwParserNorm *norm, const char *stage, const char *suffix)
{
  SwNetwork *network = parser->network;
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_BATCHNORM, stage, suffix);
  size_t n;
  if (layer == NULL)
    return parser->status;
  n = sw_field_type_copies (&layer->in);
  layer->momentum = norm->momentum;
  layer->epsilon = norm->epsilon;
  layer->affine = norm->affine;
  layer->buffer_offset = network->n_buffers;
  layer->n_means = scalar_copies (&layer->in);
  layer->n_variances = n;
  network->n_buffers += layer->n_means + n;
  return sw_parser_finish (parser, layer, norm->affine ? n : 0, norm->affine ? n : 0);
}

static SwStatus
count_weights (SwParser *parser, const SwLayer *layer, size_t *ret)
{
  SwError own = { 0 };
  size_t n = 0;
  for (size_t o = 0; o < layer->out.n_parts; o++)
    for (size_t i = 0; i < layer->in.n_parts; i++)
      {
        SwBasisSpec spec;
        if (sw_basis_spec_init (&spec, layer->out.parts[o].l, layer->in.parts[i].l, layer->kernel, layer->rule, &own) != SW_OK)
          return sw_parser_refuse (parser, SW_ERROR_INVALID, "%s", own.text);
        n += (size_t) layer->out.parts[o].copies * layer->in.parts[i].copies * spec.n_elements;
      }
  *ret = n;
  return SW_OK;
}

SwStatus
sw_parser_add_conv (SwParser *parser,
          const SwParserConv *conv,
          const SwParserNorm *norm,
          const SwFieldType *out,
          size_t n_gates,
          const char *stage,
          const char *norm_suffix,
          const char *suffix)
{
  SwLayer *layer;
  size_t n_weights;
  int folded = -1;
  if (norm->present)
    {
      if (sw_parser_add_batchnorm (parser, norm, stage, norm_suffix) != SW_OK)
        return parser->status;
      if (norm->fold)
        folded = parser->last;
    }
  layer = sw_parser_append (parser, SW_LAYER_CONV, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->out = *out;
  if (n_gates > 0 && !sw_field_type_append (&layer->out, (unsigned) n_gates, 0))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "too many parts in the field type");
  layer->kernel = conv->kernel;
  layer->stride = conv->stride;
  layer->padding = conv->padding;
  layer->rule = conv->rule;
  layer->folded_batchnorm = folded;
  layer->stride_out = layer->stride_in * conv->stride;
  if (count_weights (parser, layer, &n_weights) != SW_OK)
    return parser->status;
  return sw_parser_finish (parser, layer, n_weights, 0);
}

SwStatus
sw_parser_add_dense (SwParser *parser, const SwParserConv *conv, bool bias, const SwFieldType *out, const char *stage, const char *suffix)
{
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_DENSE_CONV, stage, suffix);
  size_t n_in, n_out;
  if (layer == NULL)
    return parser->status;
  layer->out = *out;
  layer->kernel = conv->kernel;
  layer->stride = conv->stride;
  layer->padding = conv->padding;
  layer->bias = bias;
  layer->stride_out = layer->stride_in * conv->stride;
  n_in = sw_field_type_dim (&layer->in);
  n_out = sw_field_type_dim (out);
  return sw_parser_finish (parser, layer, n_in * n_out * conv->kernel * conv->kernel * conv->kernel, bias ? n_out : 0);
}

SwStatus
sw_parser_add_activation (SwParser *parser, SwActivation act, const char *stage, const char *suffix)
{
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_SCALAR_ACT, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->act = act;
  return sw_parser_finish (parser, layer, 0, 0);
}

SwStatus
sw_parser_add_gate (SwParser *parser, SwActivation act, SwActivation gate_act, const SwFieldType *fields, const char *stage, const char *suffix)
{
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_GATE, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->out = *fields;
  layer->act = act;
  layer->gate_act = gate_act;
  return sw_parser_finish (parser, layer, 0, scalar_copies (fields) + sw_field_type_gates (fields));
}

SwStatus
sw_parser_add_lowpass (SwParser *parser, double scale, unsigned stride, const char *stage, const char *suffix)
{
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_LOWPASS, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->scale = scale;
  layer->stride = stride;
  layer->stride_out = layer->stride_in * stride;
  return sw_parser_finish (parser, layer, 0, 0);
}

SwStatus
sw_parser_add_average (SwParser *parser, unsigned stride, const char *stage, const char *suffix)
{
  SwLayer *layer;
  if (stride == 1)
    return SW_OK;
  layer = sw_parser_append (parser, SW_LAYER_AVGPOOL, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->kernel = 3;
  layer->padding = 1;
  layer->stride = stride;
  layer->stride_out = layer->stride_in * stride;
  return sw_parser_finish (parser, layer, 0, 0);
}

SwStatus
sw_parser_add_dropout (SwParser *parser, double probability, const char *stage, const char *suffix)
{
  SwLayer *layer;
  if (probability == 0)
    return SW_OK;
  layer = sw_parser_append (parser, SW_LAYER_DROPOUT, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->probability = probability;
  return sw_parser_finish (parser, layer, 0, 0);
}

SwStatus
sw_parser_add_sum (SwParser *parser, int other, const char *stage)
{
  SwLayer *layer = sw_parser_append (parser, SW_LAYER_ADD, stage, "sum");
  if (layer == NULL)
    return parser->status;
  layer->input[1] = other;
  return sw_parser_finish (parser, layer, 0, 0);
}
