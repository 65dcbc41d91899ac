/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/safetensors.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

#define HEADER_BYTES_MAX ((uint64_t) 100 << 20)
#define FILE_BYTES_MAX ((size_t) 8 << 30)

typedef enum
{
  TYPE_F32,
  TYPE_F16,
  TYPE_BF16,
} Type;

static const struct
{
  const char *name;
  size_t size;
} types[] = { [TYPE_F32] = { "F32", 4 }, [TYPE_F16] = { "F16", 2 }, [TYPE_BF16] = { "BF16", 2 } };

typedef struct
{
  SwTensor tensor;
  Type type;
  size_t begin, end; /* in the data */
} Entry;

struct SwTensorFile
{
  json_t *header; /* keeps the names */
  float *data;
  float *wide; /* tensors of two-byte types, widened */
  size_t n;
  Entry *entries;
};

#define HALF_MAX 65504.0f

static float
from_bits (uint32_t bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* 1 bit of sign, 5 of exponent, 10 of fraction. */
static float
widen_half (uint16_t half)
{
  const uint32_t sign = (uint32_t) (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3ff;
  if (exponent == 31)
    return from_bits (sign | 0x7f800000u | fraction << 13);
  if (exponent == 0)
    return (sign != 0 ? -1.0f : 1.0f) * (float) fraction * 0x1p-24f;
  return from_bits (sign | (exponent + 112) << 23 | fraction << 13);
}

static uint16_t
narrow_half (float value)
{
  const float size = value < 0 ? -value : value;
  uint32_t bits, rest, half;
  memcpy (&bits, &value, sizeof bits);
  const uint16_t sign = (uint16_t) (bits >> 16 & 0x8000);
  if (size < 0x1p-14f) /* subnormal there: a multiple of 2^-24; adding and taking away 2^-1 rounds to one */
    return sign | (uint16_t) ((size + 0.5f - 0.5f) * 0x1p24f);
  bits &= 0x7fffffffu;
  half = (bits >> 13) - (112u << 10);
  rest = bits & 0x1fff;
  half += rest > 0x1000 || (rest == 0x1000 && (half & 1) != 0);
  return sign | (uint16_t) half;
}

static uint64_t
little_endian (const unsigned char *p)
{
  uint64_t value = 0;
  for (int i = 7; i >= 0; i--)
    value = value << 8 | p[i];
  return value;
}

static int
by_begin (const void *a, const void *b)
{
  const Entry *const *x = a, *const *y = b;
  return ((*x)->begin > (*y)->begin) - ((*x)->begin < (*y)->begin);
}

static SwStatus
read_entry (const char *file, const char *name, json_t *value, size_t n_data, Entry *ret, SwError *error)
{
  const char *type = json_string_value (json_object_get (value, "dtype"));
  json_t *shape = json_object_get (value, "shape"), *offsets = json_object_get (value, "data_offsets"), *item;
  json_int_t begin, end;
  size_t i, bytes;
  unsigned known = 0;

  if (type == NULL || !json_is_array (shape) || !json_is_array (offsets) || json_array_size (offsets) != 2
      || !json_is_integer (json_array_get (offsets, 0)) || !json_is_integer (json_array_get (offsets, 1)))
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: tensor \"%.100s\" has no valid dtype, shape and data_offsets", file, name);
  while (known <= TYPE_BF16 && strcmp (type, types[known].name) != 0)
    known++;
  if (known > TYPE_BF16)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: tensor \"%.100s\" has type %.20s; F32, F16 and BF16 are read", file, name, type);
  ret->type = (Type) known;
  bytes = types[known].size;
  if (json_array_size (shape) > SW_TENSOR_DIMS_MAX)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: tensor \"%.100s\" has more than %d dimensions", file, name,
                         SW_TENSOR_DIMS_MAX);
  ret->tensor.name = name;
  ret->tensor.n_dims = json_array_size (shape);
  json_array_foreach (shape, i, item)
    {
      if (!json_is_integer (item) || json_integer_value (item) < 0
          || sw_mul (bytes, (size_t) json_integer_value (item), &bytes) != 0)
        return sw_error_set (error, SW_ERROR_FORMAT, "%s: tensor \"%.100s\" has an impossible shape", file, name);
      ret->tensor.shape[i] = (size_t) json_integer_value (item);
    }
  begin = json_integer_value (json_array_get (offsets, 0));
  end = json_integer_value (json_array_get (offsets, 1));
  if (begin < 0 || end < begin || (uint64_t) end > n_data)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: tensor \"%.100s\" lies outside the file's data", file, name);
  if ((size_t) (end - begin) != bytes)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: tensor \"%.100s\" spans %lld bytes, its shape needs %zu", file, name,
                         (long long) (end - begin), bytes);
  if (begin % (json_int_t) types[known].size != 0)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: tensor \"%.100s\" is not aligned", file, name);
  ret->begin = (size_t) begin;
  ret->end = (size_t) end;
  return SW_OK;
}

static SwStatus
check_overlap (const char *file, const SwTensorFile *f, SwError *error)
{
  const Entry **sorted = calloc (f->n > 0 ? f->n : 1, sizeof *sorted);
  SwStatus status = SW_OK;
  if (sorted == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", file);
  for (size_t i = 0; i < f->n; i++)
    sorted[i] = &f->entries[i];
  qsort (sorted, f->n, sizeof *sorted, by_begin);
  for (size_t i = 1; i < f->n && status == SW_OK; i++)
    if (sorted[i]->begin < sorted[i - 1]->end)
      status = sw_error_set (error, SW_ERROR_FORMAT, "%s: the tensors \"%.80s\" and \"%.80s\" overlap", file,
                             sorted[i - 1]->tensor.name, sorted[i]->tensor.name);
  free (sorted);
  return status;
}

/* Gives every tensor its numbers. */
static SwStatus
place_numbers (const char *name, SwTensorFile *file, SwError *error)
{
  const unsigned char *bytes = (const unsigned char *) file->data;
  size_t n_wide = 0, used = 0;
  for (size_t i = 0; i < file->n; i++)
    if (file->entries[i].type != TYPE_F32)
      n_wide += (file->entries[i].end - file->entries[i].begin) / 2;
  file->wide = SW_NEW (float, n_wide);
  if (file->wide == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", name);
  for (size_t i = 0; i < file->n; i++)
    {
      Entry *entry = &file->entries[i];
      if (entry->type == TYPE_F32)
        {
          entry->tensor.data = file->data + entry->begin / sizeof (float);
          continue;
        }
      entry->tensor.data = file->wide + used;
      entry->tensor.half = entry->type == TYPE_F16;
      for (size_t at = entry->begin; at < entry->end; at += 2)
        {
          const uint16_t two = (uint16_t) (bytes[at] | bytes[at + 1] << 8);
          file->wide[used++] = entry->type == TYPE_F16 ? widen_half (two) : from_bits ((uint32_t) two << 16);
        }
    }
  return SW_OK;
}

SwStatus
sw_tensor_file_parse (const unsigned char *bytes, size_t size, const char *name, SwTensorFile **ret, SwError *error)
{
  SwTensorFile *file;
  json_error_t reason;
  json_t *value;
  const char *key;
  uint64_t n_header;
  size_t n_data;
  SwStatus status = SW_OK;

  if (size < 8)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: too short for a safetensors file", name);
  n_header = little_endian (bytes);
  if (n_header > HEADER_BYTES_MAX)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: not a safetensors file: its header would have %llu bytes", name,
                         (unsigned long long) n_header);
  if (n_header > size - 8)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: cut off: the header has %llu bytes, the file %zu", name,
                         (unsigned long long) n_header, size);
  n_data = size - 8 - (size_t) n_header;

  file = calloc (1, sizeof *file);
  if (file == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", name);
  file->header = json_loadb ((const char *) bytes + 8, (size_t) n_header, JSON_REJECT_DUPLICATES, &reason);
  if (!json_is_object (file->header))
    {
      status = sw_error_set (error, SW_ERROR_FORMAT, "%s: not a safetensors file: its header is no JSON object", name);
      goto fail;
    }
  file->entries = calloc (json_object_size (file->header) + 1, sizeof *file->entries);
  file->data = sw_alloc (n_data > 0 ? n_data : 1, 1);
  if (file->entries == NULL || file->data == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", name);
      goto fail;
    }
  memcpy (file->data, bytes + 8 + n_header, n_data);
  json_object_foreach (file->header, key, value)
    {
      if (strcmp (key, "__metadata__") == 0)
        continue;
      status = read_entry (name, key, value, n_data, &file->entries[file->n], error);
      if (status != SW_OK)
        goto fail;
      file->n++;
    }
  status = check_overlap (name, file, error);
  if (status == SW_OK)
    status = place_numbers (name, file, error);
  if (status != SW_OK)
    goto fail;
  *ret = file;
  return SW_OK;

fail:
  sw_tensor_file_free (file);
  return status;
}

SwStatus
sw_tensor_file_read (const char *path, SwTensorFile **ret, SwError *error)
{
  unsigned char *bytes;
  size_t size;
  SwStatus status = sw_file_read (path, FILE_BYTES_MAX, &bytes, &size, error);
  if (status != SW_OK)
    return status;
  status = sw_tensor_file_parse (bytes, size, path, ret, error);
  sw_free (bytes);
  return status;
}

void
sw_tensor_file_free (SwTensorFile *file)
{
  if (file == NULL)
    return;
  json_decref (file->header);
  free (file->entries);
  sw_free (file->data);
  sw_free (file->wide);
  free (file);
}

size_t
sw_tensor_file_n (const SwTensorFile *file)
{
  return file->n;
}

const SwTensor *
sw_tensor_file_get (const SwTensorFile *file, size_t i)
{
  return &file->entries[i].tensor;
}

const SwTensor *
sw_tensor_file_find (const SwTensorFile *file, const char *name)
{
  for (size_t i = 0; i < file->n; i++)
    if (strcmp (file->entries[i].tensor.name, name) == 0)
      return &file->entries[i].tensor;
  return NULL;
}

const char *
sw_tensor_file_meta (const SwTensorFile *file, const char *key)
{
  return json_string_value (json_object_get (json_object_get (file->header, "__metadata__"), key));
}

static size_t
tensor_items (const SwTensor *tensor)
{
  size_t n = 1;
  for (size_t i = 0; i < tensor->n_dims; i++)
    n *= tensor->shape[i];
  return n;
}

static Type
type_to_write (const SwTensor *tensor)
{
  const size_t n = tensor_items (tensor);
  if (!tensor->half)
    return TYPE_F32;
  for (size_t i = 0; i < n; i++)
    if (!(tensor->data[i] <= HALF_MAX && tensor->data[i] >= -HALF_MAX))
      return TYPE_F32;
  return TYPE_F16;
}

static void
write_numbers (FILE *stream, const SwTensor *tensor, Type type)
{
  const size_t n = tensor_items (tensor);
  if (type == TYPE_F32)
    fwrite (tensor->data, sizeof (float), n, stream);
  else
    for (size_t i = 0; i < n; i++)
      {
        const uint16_t half = narrow_half (tensor->data[i]);
        fputc (half & 255, stream);
        fputc (half >> 8, stream);
      }
}

static json_t *
make_header (size_t n_tensors, const SwTensor *tensors, size_t n_meta, const SwTensorMeta *meta)
{
  json_t *header = json_object (), *metadata = json_object ();
  size_t offset = 0;
  for (size_t i = 0; i < n_meta; i++)
    json_object_set_new (metadata, meta[i].key, json_string (meta[i].value));
  json_object_set_new (header, "__metadata__", metadata);
  /* The data of four-byte numbers come first, so that all are aligned. */
  for (unsigned type = TYPE_F32; type <= TYPE_F16; type++)
    for (size_t i = 0; i < n_tensors; i++)
      if (type_to_write (&tensors[i]) == (Type) type)
        {
          const size_t bytes = tensor_items (&tensors[i]) * types[type].size;
          json_t *shape = json_array ();
          for (size_t k = 0; k < tensors[i].n_dims; k++)
            json_array_append_new (shape, json_integer ((json_int_t) tensors[i].shape[k]));
          json_object_set_new (header, tensors[i].name,
                               json_pack ("{s:s, s:o, s:[I, I]}", "dtype", types[type].name, "shape", shape, "data_offsets",
                                          (json_int_t) offset, (json_int_t) (offset + bytes)));
          offset += bytes;
        }
  return header;
}

SwStatus
sw_tensor_file_write (const char *path, size_t n_tensors, const SwTensor *tensors, size_t n_meta, const SwTensorMeta *meta, SwError *error)
{
  json_t *header = make_header (n_tensors, tensors, n_meta, meta);
  char *text = json_dumps (header, JSON_COMPACT);
  SwFileWriter *writer;
  SwStatus status;
  unsigned char length[8];
  size_t n, padded;

  json_decref (header);
  if (text == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory for the header", path);
  status = sw_file_writer_new (path, &writer, error);
  if (status == SW_OK)
    {
      FILE *stream = sw_file_writer_stream (writer);
      n = strlen (text);
      /* The header is padded with spaces, so that the data are aligned. */
      padded = (n + 7) / 8 * 8;
      for (int i = 0; i < 8; i++)
        length[i] = (unsigned char) (padded >> (8 * i));
      fwrite (length, 1, 8, stream);
      fwrite (text, 1, n, stream);
      for (size_t i = n; i < padded; i++)
        fputc (' ', stream);
      for (unsigned type = TYPE_F32; type <= TYPE_F16; type++)
        for (size_t i = 0; i < n_tensors; i++)
          if (type_to_write (&tensors[i]) == (Type) type)
            write_numbers (stream, &tensors[i], (Type) type);
      status = sw_file_writer_commit (writer, error);
    }
  free (text);
  return status;
}
