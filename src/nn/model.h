/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/model.h: a network with its numbers, and the file that holds them
 *
 * Weights files are safetensors. Tensors are named "<layer>.weight", "<layer>.bias", "<layer>.running_mean",
 * "<layer>.running_var"; metadata: network (JSON), conventions, conventions_version, classes, training, licence.
 */
#pragma once

#include <stdint.h>

#include "base/real.h"
#include "nn/network.h"

typedef struct
{
  SwNetwork *network; /* a reference */
  real *parameters;   /* [network->n_parameters], owned */
  real *buffers;      /* [network->n_buffers], owned */
  bool calibrated;    /* running statistics were measured (or there are none) */
  char *training;     /* training record, JSON, or NULL; owned */
  char *licence;      /* or NULL; owned */
  bool half;          /* sw_model_write: convolution weights as float16, half the size; off by 2^-11 of each at most, but for tiny ones;
                       * sw_model_read: they were */
} SwModel;

/* N(0,1) weights in the paper's parametrisation (reference: He/Xavier normal for ordinary convolutions, as the paper's
 * code), biases 0, running statistics mean 0 and variance 1. */
SwStatus sw_model_new (SwNetwork *network, uint64_t seed, SwModel **ret, SwError *error) SW_WARN_UNUSED;
SwStatus sw_model_dup (const SwModel *model, SwModel **ret, SwError *error) SW_WARN_UNUSED;
void sw_model_free (SwModel *model);
/* network may be NULL: then the one in the file's metadata is used. A file that does not fit is refused with the tensor and the
 * reason. */
SwStatus sw_model_read (const char *path, SwNetwork *network, SwModel **ret, SwError *error) SW_WARN_UNUSED;
SwStatus sw_model_write (const SwModel *model, const char *path, SwError *error) SW_WARN_UNUSED;

/* The text printed in every export: component order, axes, signs. */
#define SW_CONVENTIONS_VERSION 1
extern const char sw_conventions[];
