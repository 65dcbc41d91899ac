/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/model.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/safetensors.h"

const char sw_conventions[]
    = "Arrays are [channel, z, y, x], x fastest; positions are (x, y, z). A field of type \"4x0+4x1\" is its parts one after the "
      "other; a copy of order l has the 2l+1 components m = -l..l of the real spherical harmonics, orthonormal on the sphere, "
      "without the Condon-Shortley phase (m < 0 sine, m > 0 cosine), so l = 1 is (y, z, x). Rotations are active and "
      "right-handed; D is defined by Y(Rx) = D(R) Y(x). A kernel acts by cross-correlation, out(x) = sum_d K(d) in(x+d). "
      "Clebsch-Gordan coefficients have Frobenius norm 1 and positive leading sign. Steerable weights: one vector; for each part of "
      "the output, for each part of the input, [copies out][copies in][basis element], elements shell by shell, J ascending.";

static void
init_layer (const SwNetwork *network, const SwLayer *layer, SwRandom *random, real *parameters)
{
  real *weights = parameters + layer->weight_offset, *biases = parameters + layer->bias_offset;
  double deviation = 0, bound = 0;
  switch (layer->kind)
    {
    case SW_LAYER_CONV:
      /* The scale lives in the basis (reference: normalisation of the paper's code). */
      deviation = 1.0;
      break;
    case SW_LAYER_DENSE_CONV:
      {
        /* He: keeps the variance through ReLU. */
        const size_t fan_in = sw_field_type_dim (&layer->in) * layer->kernel * layer->kernel * layer->kernel;
        deviation = sqrt (2.0 / (double) fan_in);
        break;
      }
    case SW_LAYER_LINEAR:
      bound = 1.0 / sqrt ((double) sw_field_type_dim (&layer->in));
      break;
    case SW_LAYER_BATCHNORM:
      for (size_t i = 0; i < layer->n_weights; i++)
        weights[i] = 1;
      break;
    case SW_LAYER_NORM_ACT:
      for (size_t i = 0; i < layer->n_biases; i++)
        biases[i] = (real) (0.5 + 1.5 * sw_random_uniform (random));
      break;
    default:
      break;
    }
  if (deviation > 0)
    for (size_t i = 0; i < layer->n_weights; i++)
      weights[i] = (real) (deviation * sw_random_normal (random));
  if (bound > 0)
    {
      for (size_t i = 0; i < layer->n_weights; i++)
        weights[i] = (real) (bound * (2 * sw_random_uniform (random) - 1));
      for (size_t i = 0; i < layer->n_biases; i++)
        biases[i] = (real) (bound * (2 * sw_random_uniform (random) - 1));
    }
}

static SwStatus
allocate (SwNetwork *network, SwModel **ret, SwError *error)
{
  SwModel *model = calloc (1, sizeof *model);
  if (model != NULL)
    {
      model->network = sw_network_ref (network);
      model->parameters = SW_NEW0 (real, network->n_parameters);
      model->buffers = SW_NEW0 (real, network->n_buffers);
    }
  if (model == NULL || model->parameters == NULL || model->buffers == NULL)
    {
      sw_model_free (model);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the %zu parameters of \"%s\"", network->n_parameters,
                           network->name);
    }
  for (size_t i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      for (size_t k = 0; k < layer->n_variances; k++)
        model->buffers[layer->buffer_offset + layer->n_means + k] = 1;
    }
  model->calibrated = network->n_buffers == 0;
  *ret = model;
  return SW_OK;
}

SwStatus
sw_model_new (SwNetwork *network, uint64_t seed, SwModel **ret, SwError *error)
{
  SwRandom random;
  const SwStatus status = allocate (network, ret, error);
  if (status != SW_OK)
    return status;
  sw_random_init (&random, seed);
  for (size_t i = 0; i < network->n_layers; i++)
    init_layer (network, &network->layers[i], &random, (*ret)->parameters);
  return SW_OK;
}

static int
dup_text (const char *text, char **ret)
{
  *ret = text != NULL ? strdup (text) : NULL;
  return text != NULL && *ret == NULL ? -1 : 0;
}

SwStatus
sw_model_dup (const SwModel *model, SwModel **ret, SwError *error)
{
  SwModel *copy;
  const SwStatus status = allocate (model->network, &copy, error);
  if (status != SW_OK)
    return status;
  memcpy (copy->parameters, model->parameters, model->network->n_parameters * sizeof (real));
  memcpy (copy->buffers, model->buffers, model->network->n_buffers * sizeof (real));
  copy->calibrated = model->calibrated;
  copy->half = model->half;
  if (dup_text (model->training, &copy->training) != 0 || dup_text (model->licence, &copy->licence) != 0)
    {
      sw_model_free (copy);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory");
    }
  *ret = copy;
  return SW_OK;
}

void
sw_model_free (SwModel *model)
{
  if (model == NULL)
    return;
  sw_network_unref (model->network);
  sw_free (model->parameters);
  sw_free (model->buffers);
  free (model->training);
  free (model->licence);
  free (model);
}

/* ---- files ---- */

/* The arrays of a layer, in the order of the file. */
typedef struct
{
  char name[96];
  size_t n_dims, shape[SW_TENSOR_DIMS_MAX];
  size_t n;
  real *data;
  bool convolution; /* weights of one */
} Array;

#define ARRAYS_PER_LAYER 4

static void
set_array (Array *array, const SwLayer *layer, const char *suffix, real *data, size_t n)
{
  snprintf (array->name, sizeof array->name, "%s.%s", layer->name, suffix);
  array->n_dims = 1;
  array->shape[0] = array->n = n;
  array->data = data;
  array->convolution = false;
}

static size_t
layer_arrays (const SwModel *model, const SwLayer *layer, Array arrays[ARRAYS_PER_LAYER])
{
  size_t n = 0;
  if (layer->n_weights > 0)
    {
      Array *array = &arrays[n++];
      set_array (array, layer, "weight", model->parameters + layer->weight_offset, layer->n_weights);
      array->convolution = layer->kind == SW_LAYER_CONV || layer->kind == SW_LAYER_DENSE_CONV;
      if (layer->kind == SW_LAYER_DENSE_CONV)
        {
          array->n_dims = 5;
          array->shape[0] = sw_field_type_dim (&layer->out);
          array->shape[1] = sw_field_type_dim (&layer->in);
          array->shape[2] = array->shape[3] = array->shape[4] = layer->kernel;
        }
      else if (layer->kind == SW_LAYER_LINEAR)
        {
          array->n_dims = 2;
          array->shape[0] = sw_field_type_dim (&layer->out);
          array->shape[1] = sw_field_type_dim (&layer->in);
        }
    }
  if (layer->n_biases > 0)
    set_array (&arrays[n++], layer, "bias", model->parameters + layer->bias_offset, layer->n_biases);
  if (layer->n_means > 0)
    set_array (&arrays[n++], layer, "running_mean", model->buffers + layer->buffer_offset, layer->n_means);
  if (layer->n_variances > 0)
    set_array (&arrays[n++], layer, "running_var", model->buffers + layer->buffer_offset + layer->n_means, layer->n_variances);
  return n;
}

static SwStatus
fill_array (const char *path, const SwTensorFile *file, const Array *array, SwError *error)
{
  const SwTensor *tensor = sw_tensor_file_find (file, array->name);
  bool same;
  if (tensor == NULL)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: has no tensor \"%s\", which the network needs", path, array->name);
  same = tensor->n_dims == array->n_dims;
  for (size_t i = 0; i < array->n_dims && same; i++)
    same = tensor->shape[i] == array->shape[i];
  if (!same)
    {
      size_t n = 1;
      for (size_t i = 0; i < tensor->n_dims; i++)
        n *= tensor->shape[i];
      return sw_error_set (error, SW_ERROR_INVALID, "%s: tensor \"%s\" has %zu numbers in %zu dimensions, the network needs %zu in %zu",
                           path, array->name, n, tensor->n_dims, array->n, array->n_dims);
    }
  for (size_t i = 0; i < array->n; i++)
    {
      if (!isfinite (tensor->data[i]))
        return sw_error_set (error, SW_ERROR_NUMERIC, "%s: tensor \"%s\" holds a number that is not finite", path, array->name);
      array->data[i] = (real) tensor->data[i];
    }
  return SW_OK;
}

static SwStatus
fill_model (const char *path, const SwTensorFile *file, SwModel *model, SwError *error)
{
  const SwNetwork *network = model->network;
  const char *calibrated = sw_tensor_file_meta (file, "calibrated");
  size_t n_wanted = 0;
  for (size_t i = 0; i < network->n_layers; i++)
    {
      Array arrays[ARRAYS_PER_LAYER];
      const size_t n = layer_arrays (model, &network->layers[i], arrays);
      n_wanted += n;
      for (size_t k = 0; k < n; k++)
        {
          const SwStatus status = fill_array (path, file, &arrays[k], error);
          if (status != SW_OK)
            return status;
          model->half = model->half || (arrays[k].convolution && sw_tensor_file_find (file, arrays[k].name)->half);
        }
    }
  if (sw_tensor_file_n (file) != n_wanted)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: holds %zu tensors, the network \"%s\" has %zu", path, sw_tensor_file_n (file),
                         network->name, n_wanted);
  model->calibrated = network->n_buffers == 0 || calibrated == NULL || strcmp (calibrated, "no") != 0;
  if (dup_text (sw_tensor_file_meta (file, "training"), &model->training) != 0
      || dup_text (sw_tensor_file_meta (file, "licence"), &model->licence) != 0)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
  return SW_OK;
}

SwStatus
sw_model_read (const char *path, SwNetwork *network, SwModel **ret, SwError *error)
{
  SwTensorFile *file;
  SwModel *model = NULL;
  SwNetwork *own = NULL;
  const char *version;
  SwStatus status = sw_tensor_file_read (path, &file, error);
  if (status != SW_OK)
    return status;
  version = sw_tensor_file_meta (file, "conventions_version");
  if (version != NULL && atoi (version) != SW_CONVENTIONS_VERSION)
    {
      status = sw_error_set (error, SW_ERROR_INVALID, "%s: follows version %.20s of the conventions, this program version %d", path,
                             version, SW_CONVENTIONS_VERSION);
      goto out;
    }
  if (network == NULL)
    {
      const char *json = sw_tensor_file_meta (file, "network");
      status = json == NULL ? sw_error_set (error, SW_ERROR_INVALID, "%s: does not say which network its weights belong to", path)
                            : sw_network_parse (json, strlen (json), path, &own, error);
      if (status != SW_OK)
        goto out;
      network = own;
    }
  status = allocate (network, &model, error);
  if (status == SW_OK)
    status = fill_model (path, file, model, error);
  if (status == SW_OK)
    *ret = model;
  else
    sw_model_free (model);

out:
  sw_network_unref (own);
  sw_tensor_file_free (file);
  return status;
}

static char *
class_list (const SwNetwork *network)
{
  json_t *list = json_array ();
  char *text;
  for (size_t i = 0; i < network->n_classes; i++)
    json_array_append_new (list, json_string (network->class_names[i]));
  text = json_dumps (list, JSON_COMPACT);
  json_decref (list);
  return text;
}

SwStatus
sw_model_write (const SwModel *model, const char *path, SwError *error)
{
  const SwNetwork *network = model->network;
  const size_t n_max = network->n_layers * ARRAYS_PER_LAYER, n_numbers = network->n_parameters + network->n_buffers;
  SwTensor *tensors = calloc (n_max > 0 ? n_max : 1, sizeof *tensors);
  Array *arrays = calloc (n_max > 0 ? n_max : 1, sizeof *arrays);
  float *numbers = SW_NEW (float, n_numbers);
  char *classes = class_list (network), version[16];
  SwTensorMeta meta[8];
  size_t n = 0, n_meta = 0, used = 0;
  SwStatus status;

  if (tensors == NULL || arrays == NULL || numbers == NULL || classes == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
      goto out;
    }
  for (size_t i = 0; i < network->n_layers; i++)
    n += layer_arrays (model, &network->layers[i], arrays + n);
  for (size_t i = 0; i < n; i++)
    {
      float *start = numbers + used;
      for (size_t k = 0; k < arrays[i].n; k++)
        numbers[used++] = (float) arrays[i].data[k];
      tensors[i] = (SwTensor){ .name = arrays[i].name, .n_dims = arrays[i].n_dims, .data = start };
      tensors[i].half = model->half && arrays[i].convolution;
      memcpy (tensors[i].shape, arrays[i].shape, sizeof tensors[i].shape);
    }
  snprintf (version, sizeof version, "%d", SW_CONVENTIONS_VERSION);
  meta[n_meta++] = (SwTensorMeta){ "format", "swivel-weights 1" };
  meta[n_meta++] = (SwTensorMeta){ "network", network->json };
  meta[n_meta++] = (SwTensorMeta){ "conventions", sw_conventions };
  meta[n_meta++] = (SwTensorMeta){ "conventions_version", version };
  meta[n_meta++] = (SwTensorMeta){ "classes", classes };
  meta[n_meta++] = (SwTensorMeta){ "calibrated", model->calibrated ? "yes" : "no" };
  if (model->training != NULL)
    meta[n_meta++] = (SwTensorMeta){ "training", model->training };
  if (model->licence != NULL)
    meta[n_meta++] = (SwTensorMeta){ "licence", model->licence };
  status = sw_tensor_file_write (path, n, tensors, n_meta, meta, error);

out:
  free (tensors);
  free (arrays);
  sw_free (numbers);
  free (classes);
  return status;
}
