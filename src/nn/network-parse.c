/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From JSON entries ("gated", "residual", ...) to primitive layers. The format is described in nn/README.md. */
#include "nn/network.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/network-parse-private.h"
#include "nn/network-private.h"

#define FILE_BYTES_MAX ((size_t) 1 << 20)

static SwStatus
read_conv (SwParser *parser, json_t *entry, SwParserConv *ret)
{
  SwError own = { 0 };
  const char *rule = NULL;
  if (sw_parser_get_count (parser, entry, "kernel", 3, 1, 9, &ret->kernel) != SW_OK)
    return parser->status;
  if (ret->kernel % 2 == 0)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"kernel\" is %u; it must be odd, so that the kernel has a centre voxel", ret->kernel);
  if (sw_parser_get_count (parser, entry, "padding", (int) ret->kernel / 2, 0, ret->kernel - 1, &ret->padding) != SW_OK
      || sw_parser_get_count (parser, entry, "stride", 1, 1, 4, &ret->stride) != SW_OK
      || sw_parser_get_string (parser, entry, "rule", "compromise", &rule) != SW_OK)
    return parser->status;
  if (sw_basis_rule_parse (rule, &ret->rule, &own) != SW_OK)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "%s", own.text);
  return SW_OK;
}

/* "batchnorm": {"momentum": 0.1, "epsilon": 1e-5, "fold": true} or absent. */
static SwStatus
read_norm (SwParser *parser, json_t *entry, bool affine, SwParserNorm *ret)
{
  static const char *const keys[] = { "momentum", "epsilon", "fold", NULL };
  json_t *object = json_object_get (entry, "batchnorm");
  *ret = (SwParserNorm){ .affine = affine };
  if (object == NULL)
    return SW_OK;
  if (!json_is_object (object))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"batchnorm\" is not an object");
  ret->present = true;
  if (sw_parser_check_keys (parser, object, keys) != SW_OK || sw_parser_get_number (parser, object, "momentum", 0.1, 0, 1, &ret->momentum) != SW_OK
      || sw_parser_get_number (parser, object, "epsilon", 1e-5, 1e-12, 1, &ret->epsilon) != SW_OK
      || sw_parser_get_bool (parser, object, "fold", !affine, &ret->fold) != SW_OK)
    return parser->status;
  if (affine && ret->fold)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "only steerable convolutions fold their batch norm");
  return SW_OK;
}

static const char *const downsample_names[] = { "stride", "lowpass", "average", NULL };

enum
{
  DOWNSAMPLE_STRIDE,
  DOWNSAMPLE_LOWPASS,
  DOWNSAMPLE_AVERAGE,
};

static SwStatus
parse_gated (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "rule", "downsample",
                                      "activation", "gate", "nonlinearity", "batchnorm", "batchnorm_after", "dropout", NULL };
  static const char *const nonlinearities[] = { "gate", "norm", NULL };
  SwFieldType fields;
  SwActivation act = SW_ACT_RELU, gate_act = SW_ACT_SIGMOID;
  SwParserConv conv;
  SwParserNorm norm, before;
  double dropout;
  int downsample, nonlinearity;
  unsigned stride;
  bool after = false;

  if (sw_parser_check_keys (parser, entry, keys) != SW_OK || sw_parser_get_fields (parser, entry, "fields", &fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, false, &norm) != SW_OK
      || sw_parser_get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || sw_parser_get_activation (parser, entry, "gate", SW_ACT_SIGMOID, &gate_act) != SW_OK
      || sw_parser_get_choice (parser, entry, "downsample", DOWNSAMPLE_STRIDE, downsample_names, &downsample) != SW_OK
      || sw_parser_get_choice (parser, entry, "nonlinearity", 0, nonlinearities, &nonlinearity) != SW_OK
      || sw_parser_get_bool (parser, entry, "batchnorm_after", false, &after) != SW_OK
      || sw_parser_get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
    return parser->status;
  stride = conv.stride;
  if (downsample != DOWNSAMPLE_STRIDE)
    conv.stride = 1;
  /* A batch norm behind the convolution has nothing to be folded into. */
  before = norm;
  before.present = norm.present && !after;
  if (nonlinearity == 0)
    {
      /* Without an activation the convolution's fields are the output: no gates, no biases. */
      const size_t n_gates = act != SW_ACT_NONE ? sw_field_type_gates (&fields) : 0;
      if (sw_parser_add_conv (parser, &conv, &before, &fields, n_gates, stage, "norm", "conv") != SW_OK)
        return parser->status;
      if (norm.present && after && sw_parser_add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
        return parser->status;
      if (act != SW_ACT_NONE && sw_parser_add_gate (parser, act, gate_act, &fields, stage, "gate") != SW_OK)
        return parser->status;
    }
  else
    {
      SwLayer *layer;
      if (sw_parser_add_conv (parser, &conv, &before, &fields, 0, stage, "norm", "conv") != SW_OK)
        return parser->status;
      if (norm.present && after && sw_parser_add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
        return parser->status;
      layer = sw_parser_append (parser, SW_LAYER_NORM_ACT, stage, "norm_act");
      if (layer == NULL)
        return parser->status;
      layer->act = act;
      if (sw_parser_finish (parser, layer, 0, sw_field_type_copies (&fields)) != SW_OK)
        return parser->status;
    }
  if (stride > 1 && downsample == DOWNSAMPLE_LOWPASS && sw_parser_add_lowpass (parser, stride, stride, stage, "lowpass") != SW_OK)
    return parser->status;
  if (downsample == DOWNSAMPLE_AVERAGE && sw_parser_add_average (parser, stride, stage, "pool") != SW_OK)
    return parser->status;
  return sw_parser_add_dropout (parser, dropout, stage, "dropout");
}

/* Two types: "fields": ["2x0+2x1", "2x0+2x1"]. */
static SwStatus
read_pair (SwParser *parser, json_t *entry, SwFieldType ret[2])
{
  json_t *pair = json_object_get (entry, "fields");
  if (!json_is_array (pair) || json_array_size (pair) != 2)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"fields\" of a residual block are a list of two field types");
  for (size_t i = 0; i < 2; i++)
    {
      json_t *value = json_array_get (pair, i);
      if (!json_is_string (value))
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"fields\" of a residual block are a list of two field types");
      if (sw_parser_check_fields (parser, json_string_value (value), &ret[i]) != SW_OK)
        return parser->status;
    }
  return SW_OK;
}

/* Where a branch starts, and how to go back there. */
typedef struct
{
  SwFieldType type;
  unsigned stride;
  size_t size;
  int last;
} Mark;

static Mark
mark (const SwParser *parser)
{
  return (Mark){ parser->type, parser->stride, parser->size, parser->last };
}

static void
go_to (SwParser *parser, const Mark *m)
{
  parser->type = m->type;
  parser->stride = m->stride;
  parser->size = m->size;
  parser->last = m->last;
}

static SwStatus
parse_residual (SwParser *parser, json_t *entry, const char *stage, bool dense)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "rule", "activation",
                                      "gate", "batchnorm", "dropout", NULL };
  SwFieldType fields[2];
  SwActivation act = SW_ACT_RELU, gate_act = SW_ACT_SIGMOID;
  SwParserConv conv, point = { 1, 1, 0, SW_BASIS_RULE_COMPROMISE };
  SwParserNorm norm;
  double dropout;
  unsigned stride;
  const Mark start = mark (parser);
  int branch;

  if (sw_parser_check_keys (parser, entry, keys) != SW_OK || read_pair (parser, entry, fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, dense, &norm) != SW_OK
      || sw_parser_get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || sw_parser_get_activation (parser, entry, "gate", SW_ACT_SIGMOID, &gate_act) != SW_OK
      || sw_parser_get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
    return parser->status;
  if (act == SW_ACT_NONE)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "a residual block without an activation is one linear map");
  stride = conv.stride;
  conv.stride = 1;

  if (!dense)
    {
      if (sw_parser_add_conv (parser, &conv, &norm, &fields[0], sw_field_type_gates (&fields[0]), stage, "norm1", "conv1") != SW_OK
          || sw_parser_add_gate (parser, act, gate_act, &fields[0], stage, "gate1") != SW_OK
          || sw_parser_add_dropout (parser, dropout, stage, "dropout1") != SW_OK || sw_parser_add_average (parser, stride, stage, "pool1") != SW_OK
          || sw_parser_add_conv (parser, &conv, &norm, &fields[1], 0, stage, "norm2", "conv2") != SW_OK
          || sw_parser_add_dropout (parser, dropout, stage, "dropout2") != SW_OK)
        return parser->status;
    }
  else if ((norm.present && sw_parser_add_batchnorm (parser, &norm, stage, "norm1") != SW_OK)
           || sw_parser_add_dense (parser, &conv, false, &fields[0], stage, "conv1") != SW_OK
           || sw_parser_add_dropout (parser, dropout, stage, "dropout1") != SW_OK
           || sw_parser_add_average (parser, stride, stage, "pool1") != SW_OK
           || sw_parser_add_activation (parser, act, stage, "act1") != SW_OK
           || (norm.present && sw_parser_add_batchnorm (parser, &norm, stage, "norm2") != SW_OK)
           || sw_parser_add_dense (parser, &conv, false, &fields[1], stage, "conv2") != SW_OK
           || sw_parser_add_dropout (parser, dropout, stage, "dropout2") != SW_OK)
    return parser->status;
  branch = parser->last;

  go_to (parser, &start);
  if (!sw_field_type_equal (&start.type, &fields[1]) || stride > 1)
    {
      if (!dense)
        {
          if (sw_parser_add_conv (parser, &conv, &norm, &fields[1], 0, stage, "shortcut_norm", "shortcut") != SW_OK)
            return parser->status;
        }
      else if ((norm.present && sw_parser_add_batchnorm (parser, &norm, stage, "shortcut_norm") != SW_OK)
               || sw_parser_add_dense (parser, &point, false, &fields[1], stage, "shortcut") != SW_OK)
        return parser->status;
      if (sw_parser_add_dropout (parser, dropout, stage, "shortcut_dropout") != SW_OK
          || sw_parser_add_average (parser, stride, stage, "shortcut_pool") != SW_OK)
        return parser->status;
    }
  if (sw_parser_add_sum (parser, branch, stage) != SW_OK)
    return parser->status;
  return dense ? sw_parser_add_activation (parser, act, stage, "act2") : SW_OK;
}

/* Ordinary: convolution, low-pass or pooling, batch norm (before the convolution or after it), activation. */
static SwStatus
parse_dense (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "downsample",
                                      "activation", "bias", "batchnorm", "batchnorm_first", "dropout", NULL };
  SwFieldType fields;
  SwActivation act = SW_ACT_NONE;
  SwParserConv conv;
  SwParserNorm norm;
  double dropout;
  int downsample;
  bool bias = true, first = false;
  unsigned stride;

  if (sw_parser_check_keys (parser, entry, keys) != SW_OK || sw_parser_get_fields (parser, entry, "fields", &fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, true, &norm) != SW_OK
      || sw_parser_get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || sw_parser_get_choice (parser, entry, "downsample", DOWNSAMPLE_STRIDE, downsample_names, &downsample) != SW_OK
      || sw_parser_get_bool (parser, entry, "bias", true, &bias) != SW_OK
      || sw_parser_get_bool (parser, entry, "batchnorm_first", false, &first) != SW_OK
      || sw_parser_get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
    return parser->status;
  if (sw_field_type_l_max (&fields) > 0)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "an ordinary convolution has scalars only");
  stride = conv.stride;
  if (downsample != DOWNSAMPLE_STRIDE)
    conv.stride = 1;
  if ((norm.present && first && sw_parser_add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
      || sw_parser_add_dense (parser, &conv, bias, &fields, stage, "conv") != SW_OK)
    return parser->status;
  if (stride > 1 && downsample == DOWNSAMPLE_LOWPASS && sw_parser_add_lowpass (parser, stride, stride, stage, "lowpass") != SW_OK)
    return parser->status;
  if (downsample == DOWNSAMPLE_AVERAGE && sw_parser_add_average (parser, stride, stage, "pool") != SW_OK)
    return parser->status;
  if ((norm.present && !first && sw_parser_add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
      || sw_parser_add_dropout (parser, dropout, stage, "dropout") != SW_OK)
    return parser->status;
  return act != SW_ACT_NONE ? sw_parser_add_activation (parser, act, stage, "act") : SW_OK;
}

static SwStatus
parse_pool (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "sigma", NULL };
  SwLayer *layer;
  double sigma;
  if (sw_parser_check_keys (parser, entry, keys) != SW_OK)
    return parser->status;
  if (parser->pooled)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "the grid has been pooled already");
  layer = sw_parser_append (parser, SW_LAYER_GLOBAL_POOL, stage, "");
  if (layer == NULL)
    return parser->status;
  if (sw_parser_get_number (parser, entry, "sigma", 0, 0, 1e3, &sigma) != SW_OK)
    return parser->status;
  layer->pool_sigma = sigma;
  parser->pooled = true;
  return sw_parser_finish (parser, layer, 0, 0);
}

static SwStatus
parse_linear (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "outputs", "activation", "batchnorm", NULL };
  SwLayer *layer;
  SwParserNorm norm;
  unsigned n;
  SwActivation act = SW_ACT_NONE;
  if (sw_parser_check_keys (parser, entry, keys) != SW_OK || sw_parser_get_count (parser, entry, "outputs", -1, 1, SW_PARSER_COPIES_MAX, &n) != SW_OK
      || sw_parser_get_activation (parser, entry, "activation", SW_ACT_NONE, &act) != SW_OK
      || read_norm (parser, entry, false, &norm) != SW_OK)
    return parser->status;
  if (!parser->pooled)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "a linear layer works on a pooled vector; put a \"pool\" before it");
  if (sw_field_type_l_max (&parser->type) > 0)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "only scalars may enter a linear layer: it would mix what turns with what does not");
  if (norm.present && sw_parser_add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
    return parser->status;
  layer = sw_parser_append (parser, SW_LAYER_LINEAR, stage, norm.present ? "linear" : "");
  if (layer == NULL)
    return parser->status;
  layer->out = sw_field_type_single (n, 0);
  if (sw_parser_finish (parser, layer, (size_t) n * sw_field_type_dim (&layer->in), n) != SW_OK)
    return parser->status;
  return act != SW_ACT_NONE ? sw_parser_add_activation (parser, act, stage, "act") : SW_OK;
}

static SwStatus
parse_dropout (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "probability", NULL };
  double probability;
  if (sw_parser_check_keys (parser, entry, keys) != SW_OK
      || sw_parser_get_number (parser, entry, "probability", NAN, 0, 0.99, &probability) != SW_OK)
    return parser->status;
  return sw_parser_add_dropout (parser, probability, stage, "");
}

static SwStatus
parse_lowpass (SwParser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "scale", "stride", NULL };
  double scale;
  unsigned stride;
  if (sw_parser_check_keys (parser, entry, keys) != SW_OK || sw_parser_get_number (parser, entry, "scale", NAN, 1, 8, &scale) != SW_OK
      || sw_parser_get_count (parser, entry, "stride", 1, 1, 4, &stride) != SW_OK)
    return parser->status;
  return sw_parser_add_lowpass (parser, scale, stride, stage, "");
}

static SwStatus
parse_entry (SwParser *parser, json_t *entry, size_t index)
{
  static const char *const types[]
      = { "gated", "residual", "ordinary", "ordinary-residual", "pool", "linear", "dropout", "lowpass", NULL };
  char position[32];
  const char *name = NULL;
  char stage[64];
  int type;
  unsigned repeat = 1;
  bool repeats;
  const bool pooled = parser->pooled;

  snprintf (position, sizeof position, "layers[%zu]", index);
  parser->entry = position;
  if (!json_is_object (entry))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "is not an object");
  if (sw_parser_get_string (parser, entry, "name", NULL, &name) != SW_OK)
    goto out;
  if (strlen (name) < 1 || strlen (name) > 40)
    {
      sw_parser_refuse (parser, SW_ERROR_INVALID, "a name has 1 to 40 characters");
      goto out;
    }
  parser->entry = name;
  if (sw_parser_get_choice (parser, entry, "type", -1, types, &type) != SW_OK)
    goto out;
  if (pooled && type != 5 && type != 6)
    {
      sw_parser_refuse (parser, SW_ERROR_INVALID, "after the pooling there are only linear and dropout layers");
      goto out;
    }
  repeats = type <= 3;
  if (repeats && sw_parser_get_count (parser, entry, "repeat", 1, 1, 100, &repeat) != SW_OK)
    goto out;
  for (unsigned i = 0; i < repeat && parser->status == SW_OK; i++)
    {
      snprintf (stage, sizeof stage, repeat > 1 ? "%s.%u" : "%s", name, i + 1);
      /* Only the first of several blocks has the stride. */
      if (i == 1 && json_object_get (entry, "stride") != NULL && json_object_set_new (entry, "stride", json_integer (1)) != 0)
        {
          sw_parser_refuse (parser, SW_ERROR_MEMORY, "not enough memory");
          break;
        }
      switch (type)
        {
        case 0:
          parse_gated (parser, entry, stage);
          break;
        case 1:
          parse_residual (parser, entry, stage, false);
          break;
        case 2:
          parse_dense (parser, entry, stage);
          break;
        case 3:
          parse_residual (parser, entry, stage, true);
          break;
        case 4:
          parse_pool (parser, entry, stage);
          break;
        case 5:
          parse_linear (parser, entry, stage);
          break;
        case 6:
          parse_dropout (parser, entry, stage);
          break;
        default:
          parse_lowpass (parser, entry, stage);
          break;
        }
    }
out:
  parser->entry = NULL;
  return parser->status;
}

static SwStatus
parse_input (SwParser *parser, json_t *root)
{
  static const char *const keys[] = { "kind", "channels", "own", "frame", "fields", "size", "voxel", "sigma", "scale", NULL };
  static const char *const owns[] = { "backbone", "none", NULL }, *const frames[] = { "none", "backbone", NULL };
  static const char *const scales[] = { "sphere", "box", NULL };
  static const char *const kinds[] = { "atoms", "blocks", "mesh", NULL };
  static const char *const channels[] = { "one", "element", "ca", "trace", "surface", "environment", NULL };
  /* the last three: voxel/trace.h, voxel/triangles.h, voxel/environment.h */
  static const char *const fields[] = { "1x0", "6x0", "1x0", "5x0+2x1+2x2", "1x0+1x2", "16x0" };
  SwNetwork *network = parser->network;
  json_t *input = json_object_get (root, "input");
  SwFieldType wanted;
  int choice;

  if (!json_is_object (input))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"input\" is missing or not an object");
  parser->entry = "input";
  if (sw_parser_check_keys (parser, input, keys) != SW_OK || sw_parser_get_choice (parser, input, "kind", -1, kinds, &choice) != SW_OK)
    return parser->status;
  network->input_kind = (SwInputKind) choice;
  if (sw_parser_get_choice (parser, input, "channels", 0, channels, &choice) != SW_OK)
    return parser->status;
  network->channels = (SwInputChannels) choice;
  if (network->channels != SW_INPUT_CHANNELS_ONE
      && (network->input_kind == SW_INPUT_MESH) != (network->channels == SW_INPUT_CHANNELS_SURFACE))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"channels\": \"%s\" is nothing that a \"%s\" has", channels[choice],
                             kinds[network->input_kind]);
  if (sw_parser_get_choice (parser, input, "own", 0, owns, &choice) != SW_OK)
    return parser->status;
  network->own_removed = choice == 1;
  if (sw_parser_get_choice (parser, input, "frame", 0, frames, &choice) != SW_OK)
    return parser->status;
  network->backbone_frame = choice == 1;
  if (network->channels != SW_INPUT_CHANNELS_ENVIRONMENT && (network->own_removed || network->backbone_frame))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"own\" and \"frame\" belong to \"channels\": \"environment\"");
  if (sw_parser_get_fields (parser, input, "fields", &network->input) != SW_OK
      || sw_parser_get_count (parser, input, "size", -1, 1, SW_PARSER_SIZE_MAX, &network->size) != SW_OK
      || sw_parser_get_number (parser, input, "voxel", 1, 1e-3, 1e3, &network->voxel_angstrom) != SW_OK
      || sw_parser_get_number (parser, input, "sigma", 0.5, 0.05, 50, &network->sigma_voxels) != SW_OK
      || sw_parser_get_choice (parser, input, "scale", 0, scales, &choice) != SW_OK)
    return parser->status;
  network->scale_box = choice == 1;
  if (network->scale_box && network->input_kind != SW_INPUT_MESH)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"scale\" is for meshes");
  if (sw_field_type_parse (fields[network->channels], &wanted, parser->error) != SW_OK)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "no fields");
  if (sw_field_type_l_max (&wanted) == 0 && sw_field_type_l_max (&network->input) > 0)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "densities are scalars: \"fields\" must be of order 0");
  if (!sw_field_type_equal (&network->input, &wanted))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"channels\": \"%s\" gives %s", channels[network->channels],
                   fields[network->channels]);
  parser->entry = NULL;
  return SW_OK;
}

static SwStatus
parse_classes (SwParser *parser, json_t *root)
{
  SwNetwork *network = parser->network;
  json_t *classes = json_object_get (root, "classes");
  size_t n;
  if (classes == NULL)
    return SW_OK;
  if (!json_is_array (classes))
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"classes\" is not a list");
  n = json_array_size (classes);
  if (n != network->n_outputs)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "there are %zu class names for %zu outputs", n, network->n_outputs);
  network->class_names = calloc (n > 0 ? n : 1, sizeof *network->class_names);
  if (network->class_names == NULL)
    return sw_parser_refuse (parser, SW_ERROR_MEMORY, "not enough memory");
  network->n_classes = n;
  for (size_t i = 0; i < n; i++)
    {
      json_t *value = json_array_get (classes, i);
      if (!json_is_string (value) || strlen (json_string_value (value)) > 200)
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "classes[%zu] is not a short text", i);
      network->class_names[i] = strdup (json_string_value (value));
      if (network->class_names[i] == NULL)
        return sw_parser_refuse (parser, SW_ERROR_MEMORY, "not enough memory");
    }
  return SW_OK;
}

/* One number for all resolutions, or a list from the finest one on. */
static SwStatus
parse_oversampling (SwParser *parser, json_t *bandlimited)
{
  SwNetwork *network = parser->network;
  const json_t *list = json_object_get (bandlimited, "oversampling"), *value;
  size_t i;

  network->n_oversampling = 1;
  if (!json_is_array (list))
    return sw_parser_get_number (parser, bandlimited, "oversampling", 1.0, 1.0, 4.0, &network->oversampling[0]);
  network->n_oversampling = (unsigned) json_array_size (list);
  if (network->n_oversampling < 1 || json_array_size (list) > SW_NETWORK_OVERSAMPLING_MAX)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"oversampling\" is not a number or a list of 1 to %d", SW_NETWORK_OVERSAMPLING_MAX);
  json_array_foreach (list, i, value)
    {
      network->oversampling[i] = json_number_value (value);
      if (!json_is_number (value) || !(network->oversampling[i] >= 1.0 && network->oversampling[i] <= 4.0))
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "oversampling[%zu] is not a number between 1 and 4", i);
    }
  return SW_OK;
}

/* Edges of the periodic boxes of the resolutions behind the first one. */
static SwStatus
parse_boxes (SwParser *parser, const json_t *bandlimited)
{
  SwNetwork *network = parser->network;
  const json_t *boxes = json_object_get (bandlimited, "boxes");
  json_int_t least = network->bandlimited_size > 0 ? network->bandlimited_size : network->size;
  const json_t *value;
  size_t i;

  if (boxes == NULL)
    return SW_OK;
  if (!json_is_array (boxes) || json_array_size (boxes) < 1 || json_array_size (boxes) > SW_NETWORK_BOXES_MAX)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"boxes\" is not a list of 1 to %d edges", SW_NETWORK_BOXES_MAX);
  json_array_foreach (boxes, i, value)
    {
      if (!json_is_integer (value) || json_integer_value (value) < least || json_integer_value (value) > SW_PARSER_SIZE_MAX)
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "boxes[%zu] is not a whole number from %d (the box before it) to %d", i, (int) least,
                       SW_PARSER_SIZE_MAX);
      least = json_integer_value (value);
      network->boxes[network->n_boxes++] = (unsigned) least;
    }
  return SW_OK;
}

static SwStatus
parse_root (SwParser *parser, json_t *root)
{
  static const char *const keys[] = { "format", "name", "title", "description", "twin", "conventional", "input", "bandlimited",
                                      "classes", "layers", NULL };
  static const char *const bandlimited_keys[] = { "size", "w_max", "rolloff", "oversampling", "boxes", NULL };
  SwNetwork *network = parser->network;
  json_t *layers, *bandlimited, *entry;
  const char *format = NULL, *description = NULL;
  size_t i;

  if (!json_is_object (root))
    return sw_parser_refuse (parser, SW_ERROR_FORMAT, "is JSON, but not an object");
  if (sw_parser_get_string (parser, root, "format", "", &format) != SW_OK)
    return parser->status;
  if (strcmp (format, "swivel-network 1") != 0)
    return sw_parser_refuse (parser, SW_ERROR_FORMAT, "is JSON, but no network: its \"format\" must be \"swivel-network 1\"");
  if (sw_parser_check_keys (parser, root, keys) != SW_OK || sw_parser_copy_string (parser, root, "name", NULL, network->name, sizeof network->name) != SW_OK
      || sw_parser_copy_string (parser, root, "title", network->name, network->title, sizeof network->title) != SW_OK
      || sw_parser_copy_string (parser, root, "twin", "", network->twin, sizeof network->twin) != SW_OK
      || sw_parser_get_string (parser, root, "description", "", &description) != SW_OK
      || sw_parser_get_bool (parser, root, "conventional", false, &network->conventional) != SW_OK || parse_input (parser, root) != SW_OK)
    return parser->status;
  network->description = strdup (description);
  if (network->description == NULL)
    return sw_parser_refuse (parser, SW_ERROR_MEMORY, "not enough memory");

  network->w_max = 2.2;
  network->rolloff = 0.85;
  network->n_oversampling = 1;
  network->oversampling[0] = 1.0;
  bandlimited = json_object_get (root, "bandlimited");
  if (bandlimited != NULL)
    {
      parser->entry = "bandlimited";
      if (!json_is_object (bandlimited))
        return sw_parser_refuse (parser, SW_ERROR_INVALID, "is not an object");
      if (sw_parser_check_keys (parser, bandlimited, bandlimited_keys) != SW_OK
          || sw_parser_get_count (parser, bandlimited, "size", (int) network->size, 4, SW_PARSER_SIZE_MAX, &network->bandlimited_size) != SW_OK
          || sw_parser_get_number (parser, bandlimited, "w_max", 2.2, 0.5, 3.14, &network->w_max) != SW_OK
          || sw_parser_get_number (parser, bandlimited, "rolloff", 0.85, 0.0, 1.0, &network->rolloff) != SW_OK
          || parse_oversampling (parser, bandlimited) != SW_OK
          || parse_boxes (parser, bandlimited) != SW_OK)
        return parser->status;
      parser->entry = NULL;
    }

  layers = json_object_get (root, "layers");
  if (!json_is_array (layers) || json_array_size (layers) == 0)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "\"layers\" is missing, empty or not a list");
  parser->type = network->input;
  parser->stride = 1;
  parser->size = network->size;
  parser->last = -1;
  json_array_foreach (layers, i, entry)
    if (parse_entry (parser, entry, i) != SW_OK)
      return parser->status;
  if (!parser->pooled)
    return sw_parser_refuse (parser, SW_ERROR_INVALID, "a network ends in a \"pool\" (and linear layers)");
  network->n_outputs = sw_field_type_dim (&parser->type);
  return parse_classes (parser, root);
}

SwStatus
sw_network_parse (const char *text, size_t size, const char *name, SwNetwork **ret, SwError *error)
{
  SwParser parser = { .name = name, .error = error };
  json_error_t reason;
  json_t *root;

  if (size > FILE_BYTES_MAX)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: a network file has 1 MB at most", name);
  root = json_loadb (text, size, JSON_REJECT_DUPLICATES, &reason);
  if (root == NULL)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: not valid JSON: line %d, column %d: %s", name, reason.line, reason.column,
                         reason.text);
  parser.network = sw_network_new ();
  if (parser.network != NULL)
    parser.network->json = strndup (text, size);
  if (parser.network == NULL || parser.network->json == NULL)
    sw_error_set (error, parser.status = SW_ERROR_MEMORY, "%s: not enough memory", name);
  else
    parse_root (&parser, root);
  json_decref (root);
  if (parser.status != SW_OK)
    {
      sw_network_unref (parser.network);
      return parser.status;
    }
  *ret = parser.network;
  return SW_OK;
}

SwStatus
sw_network_read (const char *path, SwNetwork **ret, SwError *error)
{
  unsigned char *text;
  size_t size;
  SwStatus status = sw_file_read (path, FILE_BYTES_MAX, &text, &size, error);
  if (status != SW_OK)
    return status;
  status = sw_network_parse ((const char *) text, size, path, ret, error);
  sw_free (text);
  return status;
}
