/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/safetensors.h: named arrays of numbers in a file that other tools can read
 *
 * Format: 8 bytes length N (little-endian), N bytes of JSON header, then the data. Nothing in the file is trusted: the header has
 * 100 MB at most, every shape times its type must give the span of its offsets, spans must lie in the data and may not
 * overlap. Types: F32, and F16 and BF16, which are widened on reading; F32 and F16 are written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define SW_TENSOR_DIMS_MAX 8

typedef struct
{
  const char *name;
  size_t n_dims;
  size_t shape[SW_TENSOR_DIMS_MAX];
  const float *data; /* row-major */
  bool half;         /* reading: was F16; writing: as F16, rounded to nearest even, unless a number is too large for it */
} SwTensor;

typedef struct
{
  const char *key, *value;
} SwTensorMeta;

typedef struct SwTensorFile SwTensorFile;

SwStatus sw_tensor_file_read (const char *path, SwTensorFile **ret, SwError *error) SW_WARN_UNUSED;
/* From memory; bytes are copied. name stands for the path in messages. */
SwStatus sw_tensor_file_parse (const unsigned char *bytes, size_t size, const char *name, SwTensorFile **ret, SwError *error) SW_WARN_UNUSED;
void sw_tensor_file_free (SwTensorFile *file); /* takes NULL */

size_t sw_tensor_file_n (const SwTensorFile *file);
/* In the order of the header; lent. */
const SwTensor *sw_tensor_file_get (const SwTensorFile *file, size_t i);
/* NULL when there is none of that name. */
const SwTensor *sw_tensor_file_find (const SwTensorFile *file, const char *name);
/* A text of the metadata, or NULL; lent. */
const char *sw_tensor_file_meta (const SwTensorFile *file, const char *key);

SwStatus sw_tensor_file_write (const char *path,
                               size_t n_tensors,
                               const SwTensor *tensors,
                               size_t n_meta,
                               const SwTensorMeta *meta,
                               SwError *error) SW_WARN_UNUSED;
