/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From JSON entries ("gated", "residual", ...) to primitive layers. The format is described in nn/README.md. */
#include "nn/network.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/network-private.h"

#define FILE_BYTES_MAX ((size_t) 1 << 20)
#define LAYERS_MAX 1024
#define SIZE_MAX_VOXELS 512
#define COPIES_MAX 4096
#define PARAMETERS_MAX ((size_t) 1 << 30)

typedef struct
{
  SwNetwork *network;
  const char *name;  /* of the file, for messages */
  const char *entry; /* being read, for messages */
  size_t n_allocated;
  SwFieldType type; /* of the last layer */
  unsigned stride;  /* total, after the last layer */
  size_t size;      /* edge after the last layer, sampled engine */
  int last;         /* index of the last layer, -1: the input */
  bool pooled;
  SwError *error;
  SwStatus status;
} Parser;

/* ---- reading values ---- */

static SwStatus
refuse (Parser *parser, SwStatus code, const char *format, ...)
{
  char text[600];
  va_list args;
  va_start (args, format);
  vsnprintf (text, sizeof text, format, args);
  va_end (args);
  parser->status = parser->entry != NULL
                       ? sw_error_set (parser->error, code, "%s: \"%s\": %s", parser->name, parser->entry, text)
                       : sw_error_set (parser->error, code, "%s: %s", parser->name, text);
  return parser->status;
}

/* Every key of the object is one of the given, NULL-terminated names. */
static SwStatus
check_keys (Parser *parser, json_t *object, const char *const *allowed)
{
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value)
    {
      bool known = false;
      for (size_t i = 0; allowed[i] != NULL && !known; i++)
        known = strcmp (allowed[i], key) == 0;
      if (!known)
        return refuse (parser, SW_ERROR_INVALID, "the key \"%.80s\" is not known here", key);
    }
  return SW_OK;
}

static SwStatus
get_string (Parser *parser, json_t *object, const char *key, const char *fallback, const char **ret)
{
  json_t *value = json_object_get (object, key);
  if (value == NULL && fallback != NULL)
    {
      *ret = fallback;
      return SW_OK;
    }
  if (value == NULL)
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_string (value))
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a text", key);
  *ret = json_string_value (value);
  return SW_OK;
}

static SwStatus
copy_string (Parser *parser, json_t *object, const char *key, const char *fallback, char *ret, size_t size)
{
  const char *text = NULL;
  const SwStatus status = get_string (parser, object, key, fallback, &text);
  if (status != SW_OK)
    return status;
  if (strlen (text) >= size)
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" has more than %zu characters", key, size - 1);
  strcpy (ret, text);
  return SW_OK;
}

/* fallback < 0: the key must be there. */
static SwStatus
get_count (Parser *parser, json_t *object, const char *key, int fallback, unsigned low, unsigned high, unsigned *ret)
{
  json_t *value = json_object_get (object, key);
  json_int_t number;
  if (value == NULL && fallback >= 0)
    {
      *ret = (unsigned) fallback;
      return SW_OK;
    }
  if (value == NULL)
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_integer (value))
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a whole number", key);
  number = json_integer_value (value);
  if (number < (json_int_t) low || number > (json_int_t) high)
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is %lld; it must lie between %u and %u", key, (long long) number, low, high);
  *ret = (unsigned) number;
  return SW_OK;
}

static SwStatus
get_number (Parser *parser, json_t *object, const char *key, double fallback, double low, double high, double *ret)
{
  json_t *value = json_object_get (object, key);
  double number;
  if (value == NULL && !isnan (fallback))
    {
      *ret = fallback;
      return SW_OK;
    }
  if (value == NULL)
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is missing", key);
  if (!json_is_number (value))
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is not a number", key);
  number = json_number_value (value);
  if (!(number >= low && number <= high))
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is %g; it must lie between %g and %g", key, number, low, high);
  *ret = number;
  return SW_OK;
}

static SwStatus
get_bool (Parser *parser, json_t *object, const char *key, bool fallback, bool *ret)
{
  json_t *value = json_object_get (object, key);
  if (value != NULL && !json_is_boolean (value))
    return refuse (parser, SW_ERROR_INVALID, "\"%s\" is neither true nor false", key);
  *ret = value != NULL ? json_is_true (value) : fallback;
  return SW_OK;
}

static SwStatus
get_choice (Parser *parser, json_t *object, const char *key, int fallback, const char *const *choices, int *ret)
{
  const char *text = NULL;
  json_t *value = json_object_get (object, key);
  char all[200] = "";
  if (value == NULL && fallback >= 0)
    {
      *ret = fallback;
      return SW_OK;
    }
  if (get_string (parser, object, key, NULL, &text) != SW_OK)
    return parser->status;
  for (int i = 0; choices[i] != NULL; i++)
    {
      if (strcmp (choices[i], text) == 0)
        {
          *ret = i;
          return SW_OK;
        }
      snprintf (all + strlen (all), sizeof all - strlen (all), "%s%s", i > 0 ? ", " : "", choices[i]);
    }
  return refuse (parser, SW_ERROR_INVALID, "\"%s\" is \"%.60s\"; it must be one of %s", key, text, all);
}

static SwStatus
check_fields (Parser *parser, const char *text, SwFieldType *ret)
{
  SwError own = { 0 };
  if (sw_field_type_parse (text, ret, &own) != SW_OK)
    return refuse (parser, SW_ERROR_INVALID, "%s", own.text);
  if (ret->n_parts == 0 || sw_field_type_copies (ret) > COPIES_MAX)
    return refuse (parser, SW_ERROR_INVALID, "a field type has 1 to %d copies; \"%.60s\" has %zu", COPIES_MAX, text,
                   sw_field_type_copies (ret));
  return SW_OK;
}

static SwStatus
get_fields (Parser *parser, json_t *object, const char *key, SwFieldType *ret)
{
  const char *text = NULL;
  if (get_string (parser, object, key, NULL, &text) != SW_OK)
    return parser->status;
  return check_fields (parser, text, ret);
}

static const char *const act_names[] = { "none", "relu", "sigmoid", "tanh", "softplus", "elu", NULL };

static SwStatus
get_activation (Parser *parser, json_t *object, const char *key, SwActivation fallback, SwActivation *ret)
{
  int choice;
  if (get_choice (parser, object, key, (int) fallback, act_names, &choice) != SW_OK)
    return parser->status;
  *ret = (SwActivation) choice;
  return SW_OK;
}

/* ---- appending layers ---- */

static size_t
scalar_copies (const SwFieldType *type)
{
  size_t n = 0;
  for (size_t i = 0; i < type->n_parts; i++)
    if (type->parts[i].l == 0)
      n += type->parts[i].copies;
  return n;
}

/* A layer that reads the last one and whose type, stride and size are the last one's until changed. NULL: refused. */
static SwLayer *
append (Parser *parser, SwLayerKind kind, const char *stage, const char *suffix)
{
  SwNetwork *network = parser->network;
  SwLayer *layer;
  int written;
  if (network->n_layers == LAYERS_MAX)
    {
      refuse (parser, SW_ERROR_INVALID, "a network has %d layers at most", LAYERS_MAX);
      return NULL;
    }
  if (network->n_layers == parser->n_allocated)
    {
      const size_t n = parser->n_allocated > 0 ? 2 * parser->n_allocated : 32;
      SwLayer *larger = reallocarray (network->layers, n, sizeof *larger);
      if (larger == NULL)
        {
          refuse (parser, SW_ERROR_MEMORY, "not enough memory");
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
      refuse (parser, SW_ERROR_INVALID, "the name is longer than %zu characters", sizeof layer->name - 12);
      return NULL;
    }
  snprintf (layer->stage, sizeof layer->stage, "%s", stage);
  if (sw_network_find (network, layer->name) >= 0)
    {
      refuse (parser, SW_ERROR_INVALID, "there are two layers of the name \"%s\"", layer->name);
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

/* Books the parameters and makes the layer's output the last one. */
static SwStatus
finish (Parser *parser, SwLayer *layer, size_t n_weights, size_t n_biases)
{
  SwNetwork *network = parser->network;
  const size_t size = sw_layer_output_size (layer, parser->size);
  if (size < 1 || size > SIZE_MAX_VOXELS)
    return refuse (parser, SW_ERROR_INVALID, "after \"%s\" the grid would have %zu voxels along an edge (1 to %d are allowed)",
                   layer->name, size, SIZE_MAX_VOXELS);
  layer->n_weights = n_weights;
  layer->weight_offset = network->n_parameters;
  layer->n_biases = n_biases;
  layer->bias_offset = network->n_parameters + n_weights;
  if (n_weights > PARAMETERS_MAX || network->n_parameters + n_weights + n_biases > PARAMETERS_MAX)
    return refuse (parser, SW_ERROR_INVALID, "more than %zu parameters", PARAMETERS_MAX);
  network->n_parameters += n_weights + n_biases;
  parser->type = layer->out;
  parser->stride = layer->stride_out;
  parser->size = size;
  return SW_OK;
}

typedef struct
{
  bool present, fold, affine;
  double momentum, epsilon;
} Norm;

static SwStatus
add_batchnorm (Parser *parser, const Norm *norm, const char *stage, const char *suffix)
{
  SwNetwork *network = parser->network;
  SwLayer *layer = append (parser, SW_LAYER_BATCHNORM, stage, suffix);
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
  return finish (parser, layer, norm->affine ? n : 0, norm->affine ? n : 0);
}

static SwStatus
count_weights (Parser *parser, const SwLayer *layer, size_t *ret)
{
  SwError own = { 0 };
  size_t n = 0;
  for (size_t o = 0; o < layer->out.n_parts; o++)
    for (size_t i = 0; i < layer->in.n_parts; i++)
      {
        SwBasisSpec spec;
        if (sw_basis_spec_init (&spec, layer->out.parts[o].l, layer->in.parts[i].l, layer->kernel, layer->rule, &own) != SW_OK)
          return refuse (parser, SW_ERROR_INVALID, "%s", own.text);
        n += (size_t) layer->out.parts[o].copies * layer->in.parts[i].copies * spec.n_elements;
      }
  *ret = n;
  return SW_OK;
}

typedef struct
{
  unsigned kernel, stride, padding;
  SwBasisRule rule;
} Conv;

/* With a norm: batch norm before it, folded into it when the norm says so. */
static SwStatus
add_conv (Parser *parser,
          const Conv *conv,
          const Norm *norm,
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
      if (add_batchnorm (parser, norm, stage, norm_suffix) != SW_OK)
        return parser->status;
      if (norm->fold)
        folded = parser->last;
    }
  layer = append (parser, SW_LAYER_CONV, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->out = *out;
  if (n_gates > 0 && !sw_field_type_append (&layer->out, (unsigned) n_gates, 0))
    return refuse (parser, SW_ERROR_INVALID, "too many parts in the field type");
  layer->kernel = conv->kernel;
  layer->stride = conv->stride;
  layer->padding = conv->padding;
  layer->rule = conv->rule;
  layer->folded_batchnorm = folded;
  layer->stride_out = layer->stride_in * conv->stride;
  if (count_weights (parser, layer, &n_weights) != SW_OK)
    return parser->status;
  return finish (parser, layer, n_weights, 0);
}

static SwStatus
add_dense (Parser *parser, const Conv *conv, bool bias, const SwFieldType *out, const char *stage, const char *suffix)
{
  SwLayer *layer = append (parser, SW_LAYER_DENSE_CONV, stage, suffix);
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
  return finish (parser, layer, n_in * n_out * conv->kernel * conv->kernel * conv->kernel, bias ? n_out : 0);
}

static SwStatus
add_activation (Parser *parser, SwActivation act, const char *stage, const char *suffix)
{
  SwLayer *layer = append (parser, SW_LAYER_SCALAR_ACT, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->act = act;
  return finish (parser, layer, 0, 0);
}

static SwStatus
add_gate (Parser *parser, SwActivation act, SwActivation gate_act, const SwFieldType *fields, const char *stage, const char *suffix)
{
  SwLayer *layer = append (parser, SW_LAYER_GATE, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->out = *fields;
  layer->act = act;
  layer->gate_act = gate_act;
  return finish (parser, layer, 0, scalar_copies (fields) + sw_field_type_gates (fields));
}

static SwStatus
add_lowpass (Parser *parser, double scale, unsigned stride, const char *stage, const char *suffix)
{
  SwLayer *layer = append (parser, SW_LAYER_LOWPASS, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->scale = scale;
  layer->stride = stride;
  layer->stride_out = layer->stride_in * stride;
  return finish (parser, layer, 0, 0);
}

static SwStatus
add_average (Parser *parser, unsigned stride, const char *stage, const char *suffix)
{
  SwLayer *layer;
  if (stride == 1)
    return SW_OK;
  layer = append (parser, SW_LAYER_AVGPOOL, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->kernel = 3;
  layer->padding = 1;
  layer->stride = stride;
  layer->stride_out = layer->stride_in * stride;
  return finish (parser, layer, 0, 0);
}

static SwStatus
add_dropout (Parser *parser, double probability, const char *stage, const char *suffix)
{
  SwLayer *layer;
  if (probability == 0)
    return SW_OK;
  layer = append (parser, SW_LAYER_DROPOUT, stage, suffix);
  if (layer == NULL)
    return parser->status;
  layer->probability = probability;
  return finish (parser, layer, 0, 0);
}

/* ---- entries ---- */

static SwStatus
read_conv (Parser *parser, json_t *entry, Conv *ret)
{
  SwError own = { 0 };
  const char *rule = NULL;
  if (get_count (parser, entry, "kernel", 3, 1, 9, &ret->kernel) != SW_OK)
    return parser->status;
  if (ret->kernel % 2 == 0)
    return refuse (parser, SW_ERROR_INVALID, "\"kernel\" is %u; it must be odd, so that the kernel has a centre voxel", ret->kernel);
  if (get_count (parser, entry, "padding", (int) ret->kernel / 2, 0, ret->kernel - 1, &ret->padding) != SW_OK
      || get_count (parser, entry, "stride", 1, 1, 4, &ret->stride) != SW_OK
      || get_string (parser, entry, "rule", "compromise", &rule) != SW_OK)
    return parser->status;
  if (sw_basis_rule_parse (rule, &ret->rule, &own) != SW_OK)
    return refuse (parser, SW_ERROR_INVALID, "%s", own.text);
  return SW_OK;
}

/* "batchnorm": {"momentum": 0.1, "epsilon": 1e-5, "fold": true} or absent. */
static SwStatus
read_norm (Parser *parser, json_t *entry, bool affine, Norm *ret)
{
  static const char *const keys[] = { "momentum", "epsilon", "fold", NULL };
  json_t *object = json_object_get (entry, "batchnorm");
  *ret = (Norm){ .affine = affine };
  if (object == NULL)
    return SW_OK;
  if (!json_is_object (object))
    return refuse (parser, SW_ERROR_INVALID, "\"batchnorm\" is not an object");
  ret->present = true;
  if (check_keys (parser, object, keys) != SW_OK || get_number (parser, object, "momentum", 0.1, 0, 1, &ret->momentum) != SW_OK
      || get_number (parser, object, "epsilon", 1e-5, 1e-12, 1, &ret->epsilon) != SW_OK
      || get_bool (parser, object, "fold", !affine, &ret->fold) != SW_OK)
    return parser->status;
  if (affine && ret->fold)
    return refuse (parser, SW_ERROR_INVALID, "only steerable convolutions fold their batch norm");
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
parse_gated (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "rule", "downsample",
                                      "activation", "gate", "nonlinearity", "batchnorm", "batchnorm_after", "dropout", NULL };
  static const char *const nonlinearities[] = { "gate", "norm", NULL };
  SwFieldType fields;
  SwActivation act = SW_ACT_RELU, gate_act = SW_ACT_SIGMOID;
  Conv conv;
  Norm norm, before;
  double dropout;
  int downsample, nonlinearity;
  unsigned stride;
  bool after = false;

  if (check_keys (parser, entry, keys) != SW_OK || get_fields (parser, entry, "fields", &fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, false, &norm) != SW_OK
      || get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || get_activation (parser, entry, "gate", SW_ACT_SIGMOID, &gate_act) != SW_OK
      || get_choice (parser, entry, "downsample", DOWNSAMPLE_STRIDE, downsample_names, &downsample) != SW_OK
      || get_choice (parser, entry, "nonlinearity", 0, nonlinearities, &nonlinearity) != SW_OK
      || get_bool (parser, entry, "batchnorm_after", false, &after) != SW_OK
      || get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
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
      if (add_conv (parser, &conv, &before, &fields, n_gates, stage, "norm", "conv") != SW_OK)
        return parser->status;
      if (norm.present && after && add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
        return parser->status;
      if (act != SW_ACT_NONE && add_gate (parser, act, gate_act, &fields, stage, "gate") != SW_OK)
        return parser->status;
    }
  else
    {
      SwLayer *layer;
      if (add_conv (parser, &conv, &before, &fields, 0, stage, "norm", "conv") != SW_OK)
        return parser->status;
      if (norm.present && after && add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
        return parser->status;
      layer = append (parser, SW_LAYER_NORM_ACT, stage, "norm_act");
      if (layer == NULL)
        return parser->status;
      layer->act = act;
      if (finish (parser, layer, 0, sw_field_type_copies (&fields)) != SW_OK)
        return parser->status;
    }
  if (stride > 1 && downsample == DOWNSAMPLE_LOWPASS && add_lowpass (parser, stride, stride, stage, "lowpass") != SW_OK)
    return parser->status;
  if (downsample == DOWNSAMPLE_AVERAGE && add_average (parser, stride, stage, "pool") != SW_OK)
    return parser->status;
  return add_dropout (parser, dropout, stage, "dropout");
}

/* Two types: "fields": ["2x0+2x1", "2x0+2x1"]. */
static SwStatus
read_pair (Parser *parser, json_t *entry, SwFieldType ret[2])
{
  json_t *pair = json_object_get (entry, "fields");
  if (!json_is_array (pair) || json_array_size (pair) != 2)
    return refuse (parser, SW_ERROR_INVALID, "\"fields\" of a residual block are a list of two field types");
  for (size_t i = 0; i < 2; i++)
    {
      json_t *value = json_array_get (pair, i);
      if (!json_is_string (value))
        return refuse (parser, SW_ERROR_INVALID, "\"fields\" of a residual block are a list of two field types");
      if (check_fields (parser, json_string_value (value), &ret[i]) != SW_OK)
        return parser->status;
    }
  return SW_OK;
}

/* Joins the last layer with another one. */
static SwStatus
add_sum (Parser *parser, int other, const char *stage)
{
  SwLayer *layer = append (parser, SW_LAYER_ADD, stage, "sum");
  if (layer == NULL)
    return parser->status;
  layer->input[1] = other;
  return finish (parser, layer, 0, 0);
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
mark (const Parser *parser)
{
  return (Mark){ parser->type, parser->stride, parser->size, parser->last };
}

static void
go_to (Parser *parser, const Mark *m)
{
  parser->type = m->type;
  parser->stride = m->stride;
  parser->size = m->size;
  parser->last = m->last;
}

static SwStatus
parse_residual (Parser *parser, json_t *entry, const char *stage, bool dense)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "rule", "activation",
                                      "gate", "batchnorm", "dropout", NULL };
  SwFieldType fields[2];
  SwActivation act = SW_ACT_RELU, gate_act = SW_ACT_SIGMOID;
  Conv conv, point = { 1, 1, 0, SW_BASIS_RULE_COMPROMISE };
  Norm norm;
  double dropout;
  unsigned stride;
  const Mark start = mark (parser);
  int branch;

  if (check_keys (parser, entry, keys) != SW_OK || read_pair (parser, entry, fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, dense, &norm) != SW_OK
      || get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || get_activation (parser, entry, "gate", SW_ACT_SIGMOID, &gate_act) != SW_OK
      || get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
    return parser->status;
  if (act == SW_ACT_NONE)
    return refuse (parser, SW_ERROR_INVALID, "a residual block without an activation is one linear map");
  stride = conv.stride;
  conv.stride = 1;

  if (!dense)
    {
      if (add_conv (parser, &conv, &norm, &fields[0], sw_field_type_gates (&fields[0]), stage, "norm1", "conv1") != SW_OK
          || add_gate (parser, act, gate_act, &fields[0], stage, "gate1") != SW_OK
          || add_dropout (parser, dropout, stage, "dropout1") != SW_OK || add_average (parser, stride, stage, "pool1") != SW_OK
          || add_conv (parser, &conv, &norm, &fields[1], 0, stage, "norm2", "conv2") != SW_OK
          || add_dropout (parser, dropout, stage, "dropout2") != SW_OK)
        return parser->status;
    }
  else if ((norm.present && add_batchnorm (parser, &norm, stage, "norm1") != SW_OK)
           || add_dense (parser, &conv, false, &fields[0], stage, "conv1") != SW_OK
           || add_dropout (parser, dropout, stage, "dropout1") != SW_OK
           || add_average (parser, stride, stage, "pool1") != SW_OK
           || add_activation (parser, act, stage, "act1") != SW_OK
           || (norm.present && add_batchnorm (parser, &norm, stage, "norm2") != SW_OK)
           || add_dense (parser, &conv, false, &fields[1], stage, "conv2") != SW_OK
           || add_dropout (parser, dropout, stage, "dropout2") != SW_OK)
    return parser->status;
  branch = parser->last;

  go_to (parser, &start);
  if (!sw_field_type_equal (&start.type, &fields[1]) || stride > 1)
    {
      if (!dense)
        {
          if (add_conv (parser, &conv, &norm, &fields[1], 0, stage, "shortcut_norm", "shortcut") != SW_OK)
            return parser->status;
        }
      else if ((norm.present && add_batchnorm (parser, &norm, stage, "shortcut_norm") != SW_OK)
               || add_dense (parser, &point, false, &fields[1], stage, "shortcut") != SW_OK)
        return parser->status;
      if (add_dropout (parser, dropout, stage, "shortcut_dropout") != SW_OK
          || add_average (parser, stride, stage, "shortcut_pool") != SW_OK)
        return parser->status;
    }
  if (add_sum (parser, branch, stage) != SW_OK)
    return parser->status;
  return dense ? add_activation (parser, act, stage, "act2") : SW_OK;
}

/* Ordinary: convolution, low-pass or pooling, batch norm (before the convolution or after it), activation. */
static SwStatus
parse_dense (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "repeat", "fields", "kernel", "padding", "stride", "downsample",
                                      "activation", "bias", "batchnorm", "batchnorm_first", "dropout", NULL };
  SwFieldType fields;
  SwActivation act = SW_ACT_NONE;
  Conv conv;
  Norm norm;
  double dropout;
  int downsample;
  bool bias = true, first = false;
  unsigned stride;

  if (check_keys (parser, entry, keys) != SW_OK || get_fields (parser, entry, "fields", &fields) != SW_OK
      || read_conv (parser, entry, &conv) != SW_OK || read_norm (parser, entry, true, &norm) != SW_OK
      || get_activation (parser, entry, "activation", SW_ACT_RELU, &act) != SW_OK
      || get_choice (parser, entry, "downsample", DOWNSAMPLE_STRIDE, downsample_names, &downsample) != SW_OK
      || get_bool (parser, entry, "bias", true, &bias) != SW_OK
      || get_bool (parser, entry, "batchnorm_first", false, &first) != SW_OK
      || get_number (parser, entry, "dropout", 0, 0, 0.99, &dropout) != SW_OK)
    return parser->status;
  if (sw_field_type_l_max (&fields) > 0)
    return refuse (parser, SW_ERROR_INVALID, "an ordinary convolution has scalars only");
  stride = conv.stride;
  if (downsample != DOWNSAMPLE_STRIDE)
    conv.stride = 1;
  if ((norm.present && first && add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
      || add_dense (parser, &conv, bias, &fields, stage, "conv") != SW_OK)
    return parser->status;
  if (stride > 1 && downsample == DOWNSAMPLE_LOWPASS && add_lowpass (parser, stride, stride, stage, "lowpass") != SW_OK)
    return parser->status;
  if (downsample == DOWNSAMPLE_AVERAGE && add_average (parser, stride, stage, "pool") != SW_OK)
    return parser->status;
  if ((norm.present && !first && add_batchnorm (parser, &norm, stage, "norm") != SW_OK)
      || add_dropout (parser, dropout, stage, "dropout") != SW_OK)
    return parser->status;
  return act != SW_ACT_NONE ? add_activation (parser, act, stage, "act") : SW_OK;
}

static SwStatus
parse_pool (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", NULL };
  SwLayer *layer;
  if (check_keys (parser, entry, keys) != SW_OK)
    return parser->status;
  if (parser->pooled)
    return refuse (parser, SW_ERROR_INVALID, "the grid has been pooled already");
  layer = append (parser, SW_LAYER_GLOBAL_POOL, stage, "");
  if (layer == NULL)
    return parser->status;
  parser->pooled = true;
  return finish (parser, layer, 0, 0);
}

static SwStatus
parse_linear (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "outputs", "activation", NULL };
  SwLayer *layer;
  unsigned n;
  SwActivation act = SW_ACT_NONE;
  if (check_keys (parser, entry, keys) != SW_OK || get_count (parser, entry, "outputs", -1, 1, COPIES_MAX, &n) != SW_OK
      || get_activation (parser, entry, "activation", SW_ACT_NONE, &act) != SW_OK)
    return parser->status;
  if (!parser->pooled)
    return refuse (parser, SW_ERROR_INVALID, "a linear layer works on a pooled vector; put a \"pool\" before it");
  if (sw_field_type_l_max (&parser->type) > 0)
    return refuse (parser, SW_ERROR_INVALID, "only scalars may enter a linear layer: it would mix what turns with what does not");
  layer = append (parser, SW_LAYER_LINEAR, stage, "");
  if (layer == NULL)
    return parser->status;
  layer->out = sw_field_type_single (n, 0);
  if (finish (parser, layer, (size_t) n * sw_field_type_dim (&layer->in), n) != SW_OK)
    return parser->status;
  return act != SW_ACT_NONE ? add_activation (parser, act, stage, "act") : SW_OK;
}

static SwStatus
parse_dropout (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "probability", NULL };
  double probability;
  if (check_keys (parser, entry, keys) != SW_OK
      || get_number (parser, entry, "probability", NAN, 0, 0.99, &probability) != SW_OK)
    return parser->status;
  return add_dropout (parser, probability, stage, "");
}

static SwStatus
parse_lowpass (Parser *parser, json_t *entry, const char *stage)
{
  static const char *const keys[] = { "type", "name", "scale", "stride", NULL };
  double scale;
  unsigned stride;
  if (check_keys (parser, entry, keys) != SW_OK || get_number (parser, entry, "scale", NAN, 1, 8, &scale) != SW_OK
      || get_count (parser, entry, "stride", 1, 1, 4, &stride) != SW_OK)
    return parser->status;
  return add_lowpass (parser, scale, stride, stage, "");
}

static SwStatus
parse_entry (Parser *parser, json_t *entry, size_t index)
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
    return refuse (parser, SW_ERROR_INVALID, "is not an object");
  if (get_string (parser, entry, "name", NULL, &name) != SW_OK)
    goto out;
  if (strlen (name) < 1 || strlen (name) > 40)
    {
      refuse (parser, SW_ERROR_INVALID, "a name has 1 to 40 characters");
      goto out;
    }
  parser->entry = name;
  if (get_choice (parser, entry, "type", -1, types, &type) != SW_OK)
    goto out;
  if (pooled && type != 5 && type != 6)
    {
      refuse (parser, SW_ERROR_INVALID, "after the pooling there are only linear and dropout layers");
      goto out;
    }
  repeats = type <= 3;
  if (repeats && get_count (parser, entry, "repeat", 1, 1, 100, &repeat) != SW_OK)
    goto out;
  for (unsigned i = 0; i < repeat && parser->status == SW_OK; i++)
    {
      snprintf (stage, sizeof stage, repeat > 1 ? "%s.%u" : "%s", name, i + 1);
      /* Only the first of several blocks has the stride. */
      if (i == 1 && json_object_get (entry, "stride") != NULL && json_object_set_new (entry, "stride", json_integer (1)) != 0)
        {
          refuse (parser, SW_ERROR_MEMORY, "not enough memory");
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
parse_input (Parser *parser, json_t *root)
{
  static const char *const keys[] = { "kind", "channels", "fields", "size", "voxel", "sigma", NULL };
  static const char *const kinds[] = { "atoms", "blocks", "mesh", NULL };
  static const char *const channels[] = { "one", "element", "ca", "trace", NULL };
  static const char *const fields[] = { "1x0", "6x0", "1x0", "5x0+2x1+2x2" }; /* the last: voxel/trace.h */
  SwNetwork *network = parser->network;
  json_t *input = json_object_get (root, "input");
  SwFieldType wanted;
  int choice;

  if (!json_is_object (input))
    return refuse (parser, SW_ERROR_INVALID, "\"input\" is missing or not an object");
  parser->entry = "input";
  if (check_keys (parser, input, keys) != SW_OK || get_choice (parser, input, "kind", -1, kinds, &choice) != SW_OK)
    return parser->status;
  network->input_kind = (SwInputKind) choice;
  if (get_choice (parser, input, "channels", 0, channels, &choice) != SW_OK)
    return parser->status;
  network->channels = (SwInputChannels) choice;
  if (get_fields (parser, input, "fields", &network->input) != SW_OK
      || get_count (parser, input, "size", -1, 1, SIZE_MAX_VOXELS, &network->size) != SW_OK
      || get_number (parser, input, "voxel", 1, 1e-3, 1e3, &network->voxel_angstrom) != SW_OK
      || get_number (parser, input, "sigma", 0.5, 0.05, 50, &network->sigma_voxels) != SW_OK)
    return parser->status;
  if (sw_field_type_parse (fields[network->channels], &wanted, parser->error) != SW_OK)
    return refuse (parser, SW_ERROR_INVALID, "no fields");
  if (sw_field_type_l_max (&wanted) == 0 && sw_field_type_l_max (&network->input) > 0)
    return refuse (parser, SW_ERROR_INVALID, "densities are scalars: \"fields\" must be of order 0");
  if (!sw_field_type_equal (&network->input, &wanted))
    return refuse (parser, SW_ERROR_INVALID, "\"channels\": \"%s\" gives %s", channels[network->channels],
                   fields[network->channels]);
  parser->entry = NULL;
  return SW_OK;
}

static SwStatus
parse_classes (Parser *parser, json_t *root)
{
  SwNetwork *network = parser->network;
  json_t *classes = json_object_get (root, "classes");
  size_t n;
  if (classes == NULL)
    return SW_OK;
  if (!json_is_array (classes))
    return refuse (parser, SW_ERROR_INVALID, "\"classes\" is not a list");
  n = json_array_size (classes);
  if (n != network->n_outputs)
    return refuse (parser, SW_ERROR_INVALID, "there are %zu class names for %zu outputs", n, network->n_outputs);
  network->class_names = calloc (n > 0 ? n : 1, sizeof *network->class_names);
  if (network->class_names == NULL)
    return refuse (parser, SW_ERROR_MEMORY, "not enough memory");
  network->n_classes = n;
  for (size_t i = 0; i < n; i++)
    {
      json_t *value = json_array_get (classes, i);
      if (!json_is_string (value) || strlen (json_string_value (value)) > 200)
        return refuse (parser, SW_ERROR_INVALID, "classes[%zu] is not a short text", i);
      network->class_names[i] = strdup (json_string_value (value));
      if (network->class_names[i] == NULL)
        return refuse (parser, SW_ERROR_MEMORY, "not enough memory");
    }
  return SW_OK;
}

static SwStatus
parse_root (Parser *parser, json_t *root)
{
  static const char *const keys[] = { "format", "name", "title", "description", "twin", "conventional", "input", "bandlimited",
                                      "classes", "layers", NULL };
  static const char *const bandlimited_keys[] = { "size", "w_max", NULL };
  SwNetwork *network = parser->network;
  json_t *layers, *bandlimited, *entry;
  const char *format = NULL, *description = NULL;
  size_t i;

  if (!json_is_object (root))
    return refuse (parser, SW_ERROR_FORMAT, "is JSON, but not an object");
  if (get_string (parser, root, "format", "", &format) != SW_OK)
    return parser->status;
  if (strcmp (format, "swivel-network 1") != 0)
    return refuse (parser, SW_ERROR_FORMAT, "is JSON, but no network: its \"format\" must be \"swivel-network 1\"");
  if (check_keys (parser, root, keys) != SW_OK || copy_string (parser, root, "name", NULL, network->name, sizeof network->name) != SW_OK
      || copy_string (parser, root, "title", network->name, network->title, sizeof network->title) != SW_OK
      || copy_string (parser, root, "twin", "", network->twin, sizeof network->twin) != SW_OK
      || get_string (parser, root, "description", "", &description) != SW_OK
      || get_bool (parser, root, "conventional", false, &network->conventional) != SW_OK || parse_input (parser, root) != SW_OK)
    return parser->status;
  network->description = strdup (description);
  if (network->description == NULL)
    return refuse (parser, SW_ERROR_MEMORY, "not enough memory");

  network->w_max = 2.2;
  bandlimited = json_object_get (root, "bandlimited");
  if (bandlimited != NULL)
    {
      parser->entry = "bandlimited";
      if (!json_is_object (bandlimited))
        return refuse (parser, SW_ERROR_INVALID, "is not an object");
      if (check_keys (parser, bandlimited, bandlimited_keys) != SW_OK
          || get_count (parser, bandlimited, "size", (int) network->size, 4, SIZE_MAX_VOXELS, &network->bandlimited_size) != SW_OK
          || get_number (parser, bandlimited, "w_max", 2.2, 0.5, 3.14, &network->w_max) != SW_OK)
        return parser->status;
      parser->entry = NULL;
    }

  layers = json_object_get (root, "layers");
  if (!json_is_array (layers) || json_array_size (layers) == 0)
    return refuse (parser, SW_ERROR_INVALID, "\"layers\" is missing, empty or not a list");
  parser->type = network->input;
  parser->stride = 1;
  parser->size = network->size;
  parser->last = -1;
  json_array_foreach (layers, i, entry)
    if (parse_entry (parser, entry, i) != SW_OK)
      return parser->status;
  if (!parser->pooled)
    return refuse (parser, SW_ERROR_INVALID, "a network ends in a \"pool\" (and linear layers)");
  network->n_outputs = sw_field_type_dim (&parser->type);
  return parse_classes (parser, root);
}

SwStatus
sw_network_parse (const char *text, size_t size, const char *name, SwNetwork **ret, SwError *error)
{
  Parser parser = { .name = name, .error = error };
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
