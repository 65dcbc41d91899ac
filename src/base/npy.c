/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/npy.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/file.h"
#include "base/memory.h"

#define FILE_BYTES_MAX ((size_t) 4 << 30)
#define HEADER_BYTES_MAX ((size_t) 1 << 20)

/* ---- the header: a Python dictionary literal with three known keys ---- */

/* Position after the colon of 'key': , or NULL. */
static const char *
find_key (const char *header, const char *key)
{
  char quoted[32];
  const char *p;
  snprintf (quoted, sizeof quoted, "'%s'", key);
  p = strstr (header, quoted);
  if (p == NULL)
    return NULL;
  p += strlen (quoted);
  p += strspn (p, " ");
  if (*p != ':')
    return NULL;
  p++;
  return p + strspn (p, " ");
}

static SwStatus
read_header (const char *header, const char *name, SwNpy *array, bool *ret_swap, bool *ret_fortran, SwError *error)
{
  const char *descr = find_key (header, "descr"), *order = find_key (header, "fortran_order"), *shape = find_key (header, "shape");
  const int one = 1;
  const bool little = *(const char *) &one == 1;
  char *end;
  size_t bytes;

  if (descr == NULL || order == NULL || shape == NULL || *shape != '(')
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: the header of the array is damaged", name);
  if (*descr != '\'' || descr[1] == '\0' || strchr ("<>|=", descr[1]) == NULL || descr[2] == '\0')
    return sw_error_set (error, SW_ERROR_INVALID, "%s: the array has a record type; only plain numbers are read", name);
  array->kind = descr[2];
  if (array->kind == 'O')
    return sw_error_set (error, SW_ERROR_INVALID, "%s: holds Python objects; these are never unpickled", name);
  array->item_size = strtoul (descr + 3, &end, 10);
  if (strchr ("fiubS", array->kind) == NULL || *end != '\'' || array->item_size == 0
      || (array->kind != 'S' && array->item_size != 1 && array->item_size != 2 && array->item_size != 4 && array->item_size != 8)
      || (array->kind == 'f' && array->item_size < 4) || (array->kind == 'b' && array->item_size != 1)
      || (array->kind == 'S' && array->item_size > 4096))
    return sw_error_set (error, SW_ERROR_INVALID, "%s: the array's type \"%.12s\" is not supported", name, descr);
  *ret_swap = array->kind != 'S' && array->item_size > 1 && (descr[1] == '>') == little && descr[1] != '=' && descr[1] != '|';
  if (strncmp (order, "True", 4) != 0 && strncmp (order, "False", 5) != 0)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: the header of the array is damaged", name);
  *ret_fortran = order[0] == 'T';

  array->n_items = 1;
  for (const char *p = shape + 1 + strspn (shape + 1, " "); *p != ')';)
    {
      unsigned long long n;
      if (*p < '0' || *p > '9')
        return sw_error_set (error, SW_ERROR_FORMAT, "%s: the shape of the array is damaged", name);
      if (array->n_dims == SW_NPY_DIMS_MAX)
        return sw_error_set (error, SW_ERROR_INVALID, "%s: the array has more than %d dimensions", name, SW_NPY_DIMS_MAX);
      n = strtoull (p, &end, 10);
      array->shape[array->n_dims++] = (size_t) n;
      if (sw_mul (array->n_items, (size_t) n, &array->n_items) != 0)
        return sw_error_set (error, SW_ERROR_INVALID, "%s: the array is impossibly large", name);
      p = end + strspn (end, " ");
      if (*p == ',')
        p += 1 + strspn (p + 1, " ");
      else if (*p != ')')
        return sw_error_set (error, SW_ERROR_FORMAT, "%s: the shape of the array is damaged", name);
    }
  if (sw_mul (array->n_items, array->item_size, &bytes) != 0)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: the array is impossibly large", name);
  return SW_OK;
}

static void
copy_item (unsigned char *out, const unsigned char *in, size_t size, bool swap)
{
  if (swap)
    for (size_t k = 0; k < size; k++)
      out[k] = in[size - 1 - k];
  else
    memcpy (out, in, size);
}

/* Fortran order: the first index is fastest in the file. */
static void
copy_fortran (SwNpy *array, const unsigned char *in, bool swap)
{
  size_t index[SW_NPY_DIMS_MAX] = { 0 };
  for (size_t i = 0; i < array->n_items; i++)
    {
      size_t place = 0;
      for (size_t d = 0; d < array->n_dims; d++)
        place = place * array->shape[d] + index[d];
      copy_item (array->data + place * array->item_size, in + i * array->item_size, array->item_size, swap);
      for (size_t d = 0; d < array->n_dims && ++index[d] == array->shape[d]; d++)
        index[d] = 0;
    }
}

SwStatus
sw_npy_parse (const unsigned char *bytes, size_t size, const char *name, SwNpy *ret, SwError *error)
{
  SwNpy array = { 0 };
  size_t n_header, start;
  char *header;
  bool swap = false, fortran = false;
  SwStatus status;

  if (size < 10 || memcmp (bytes, "\x93NUMPY", 6) != 0)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: not a NumPy array", name);
  if (bytes[6] == 1)
    {
      start = 10;
      n_header = bytes[8] | (size_t) bytes[9] << 8;
    }
  else if ((bytes[6] == 2 || bytes[6] == 3) && size >= 12)
    {
      start = 12;
      n_header = bytes[8] | (size_t) bytes[9] << 8 | (size_t) bytes[10] << 16 | (size_t) bytes[11] << 24;
    }
  else
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: version %d of the NumPy format is not known", name, bytes[6]);
  if (n_header > size - start || n_header > HEADER_BYTES_MAX)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: the array is cut off in its header", name);

  header = strndup ((const char *) bytes + start, n_header);
  if (header == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", name);
  status = read_header (header, name, &array, &swap, &fortran, error);
  free (header);
  if (status != SW_OK)
    return status;
  bytes += start + n_header;
  size -= start + n_header;
  if (size < array.n_items * array.item_size)
    return sw_error_set (error, SW_ERROR_FORMAT, "%s: the array is cut off: %zu bytes of %zu", name, size,
                         array.n_items * array.item_size);
  array.data = sw_alloc (array.n_items, array.item_size);
  if (array.data == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory for %zu bytes", name, array.n_items * array.item_size);
  if (fortran && array.n_dims > 1)
    copy_fortran (&array, bytes, swap);
  else if (swap)
    for (size_t i = 0; i < array.n_items; i++)
      copy_item (array.data + i * array.item_size, bytes + i * array.item_size, array.item_size, true);
  else
    memcpy (array.data, bytes, array.n_items * array.item_size);
  *ret = array;
  return SW_OK;
}

void
sw_npy_clear (SwNpy *array)
{
  sw_free (array->data);
  *array = (SwNpy){ 0 };
}

double
sw_npy_get (const SwNpy *array, size_t i)
{
  const unsigned char *p = array->data + i * array->item_size;
  float f;
  double d;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  uint16_t u16;
  uint32_t u32;
  uint64_t u64;
  switch (array->kind)
    {
    case 'f':
      if (array->item_size == 4)
        return memcpy (&f, p, 4), (double) f;
      return memcpy (&d, p, 8), d;
    case 'i':
      switch (array->item_size)
        {
        case 1:
          return (double) (signed char) *p;
        case 2:
          return memcpy (&i16, p, 2), (double) i16;
        case 4:
          return memcpy (&i32, p, 4), (double) i32;
        default:
          return memcpy (&i64, p, 8), (double) i64;
        }
    default:
      switch (array->item_size)
        {
        case 1:
          return (double) *p;
        case 2:
          return memcpy (&u16, p, 2), (double) u16;
        case 4:
          return memcpy (&u32, p, 4), (double) u32;
        default:
          return memcpy (&u64, p, 8), (double) u64;
        }
    }
}

SwStatus
sw_npy_read (const char *path, SwNpy *ret, SwError *error)
{
  unsigned char *bytes;
  size_t size;
  SwStatus status = sw_file_read (path, FILE_BYTES_MAX, &bytes, &size, error);
  if (status != SW_OK)
    return status;
  status = sw_npy_parse (bytes, size, path, ret, error);
  sw_free (bytes);
  return status;
}

SwNpy
sw_npy_view_float (const float *data, size_t n_dims, const size_t *shape)
{
  SwNpy array = { .kind = 'f', .item_size = sizeof (float), .n_dims = n_dims, .n_items = 1 };
  for (size_t i = 0; i < n_dims; i++)
    {
      array.shape[i] = shape[i];
      array.n_items *= shape[i];
    }
  array.data = (unsigned char *) (uintptr_t) data;
  return array;
}

/* Version 1.0 header: padded so that the data start at a multiple of 64. Returns its length; text has 512 bytes. */
static size_t
make_header (const SwNpy *array, unsigned char *text)
{
  char shape[SW_NPY_DIMS_MAX * 24 + 8] = "", dictionary[400];
  size_t n, total;
  for (size_t i = 0; i < array->n_dims; i++)
    snprintf (shape + strlen (shape), sizeof shape - strlen (shape), "%zu,%s", array->shape[i], i + 1 < array->n_dims ? " " : "");
  if (array->n_dims > 1)
    shape[strlen (shape) - 1] = '\0';
  snprintf (dictionary, sizeof dictionary, "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (%s), }",
            array->kind == 'S' || array->item_size == 1 ? '|' : '<', array->kind, array->item_size, shape);
  n = strlen (dictionary);
  total = (10 + n + 1 + 63) / 64 * 64;
  memcpy (text, "\x93NUMPY\x01\x00", 8);
  text[8] = (unsigned char) ((total - 10) & 255);
  text[9] = (unsigned char) ((total - 10) >> 8);
  memset (text + 10, ' ', total - 10);
  memcpy (text + 10, dictionary, n);
  text[total - 1] = '\n';
  return total;
}

SwStatus
sw_npy_write (const char *path, const SwNpy *array, SwError *error)
{
  unsigned char header[512];
  const size_t n = make_header (array, header);
  SwFileWriter *writer;
  const SwStatus status = sw_file_writer_new (path, &writer, error);
  if (status != SW_OK)
    return status;
  fwrite (header, 1, n, sw_file_writer_stream (writer));
  fwrite (array->data, array->item_size, array->n_items, sw_file_writer_stream (writer));
  return sw_file_writer_commit (writer, error);
}

/* ---- archives ---- */

struct SwNpz
{
  zip_t *zip;
  char *path;
  size_t max_bytes, n;
  char **names;
};

SwStatus
sw_npz_open (const char *path, size_t max_bytes, SwNpz **ret, SwError *error)
{
  SwNpz *npz = calloc (1, sizeof *npz);
  SwStatus status = SW_OK;
  zip_int64_t n;
  int code = 0;

  if (npz == NULL || (npz->path = strdup (path)) == NULL)
    {
      free (npz);
      return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
    }
  npz->max_bytes = max_bytes;
  npz->zip = zip_open (path, ZIP_RDONLY, &code);
  if (npz->zip == NULL)
    {
      zip_error_t reason;
      zip_error_init_with_code (&reason, code);
      status = sw_error_set (error, code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS ? SW_ERROR_FORMAT : SW_ERROR_IO, "%s: %s", path,
                             zip_error_strerror (&reason));
      zip_error_fini (&reason);
      goto fail;
    }
  n = zip_get_num_entries (npz->zip, 0);
  npz->names = calloc (n > 0 ? (size_t) n : 1, sizeof *npz->names);
  if (npz->names == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
      goto fail;
    }
  for (zip_int64_t i = 0; i < n; i++)
    {
      const char *name = zip_get_name (npz->zip, (zip_uint64_t) i, 0);
      const size_t length = name != NULL ? strlen (name) : 0;
      if (length <= 4 || strcmp (name + length - 4, ".npy") != 0)
        continue;
      npz->names[npz->n] = strndup (name, length - 4);
      if (npz->names[npz->n] == NULL)
        {
          status = sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
          goto fail;
        }
      npz->n++;
    }
  *ret = npz;
  return SW_OK;

fail:
  sw_npz_free (npz);
  return status;
}

size_t
sw_npz_n_entries (const SwNpz *npz)
{
  return npz->n;
}

const char *
sw_npz_name (const SwNpz *npz, size_t i)
{
  return npz->names[i];
}

SwStatus
sw_npz_read (SwNpz *npz, const char *name, SwNpy *ret, SwError *error)
{
  char entry[512], label[1024];
  zip_stat_t info;
  zip_file_t *file;
  unsigned char *bytes;
  zip_int64_t got = 0;
  SwStatus status;

  snprintf (entry, sizeof entry, "%s.npy", name);
  snprintf (label, sizeof label, "%s: %s", npz->path, name);
  if (zip_stat (npz->zip, entry, 0, &info) != 0 || !(info.valid & ZIP_STAT_SIZE))
    return sw_error_set (error, SW_ERROR_NOT_FOUND, "%s: there is no array \"%s\"", npz->path, name);
  if (info.size > npz->max_bytes)
    return sw_error_set (error, SW_ERROR_INVALID, "%s: unpacks to %llu MB; %zu MB are allowed", label,
                         (unsigned long long) info.size >> 20, npz->max_bytes >> 20);
  bytes = sw_alloc ((size_t) info.size, 1);
  if (bytes == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", label);
  file = zip_fopen (npz->zip, entry, 0);
  if (file == NULL)
    {
      sw_free (bytes);
      return sw_error_set (error, SW_ERROR_FORMAT, "%s: %s", label, zip_strerror (npz->zip));
    }
  while ((zip_uint64_t) got < info.size)
    {
      const zip_int64_t n = zip_fread (file, bytes + got, info.size - (zip_uint64_t) got);
      if (n <= 0)
        break;
      got += n;
    }
  zip_fclose (file);
  status = (zip_uint64_t) got == info.size
               ? sw_npy_parse (bytes, (size_t) info.size, label, ret, error)
               : sw_error_set (error, SW_ERROR_FORMAT, "%s: is damaged: %lld bytes of %llu", label, (long long) got,
                               (unsigned long long) info.size);
  sw_free (bytes);
  return status;
}

void
sw_npz_free (SwNpz *npz)
{
  if (npz == NULL)
    return;
  if (npz->zip != NULL)
    zip_discard (npz->zip);
  for (size_t i = 0; i < npz->n; i++)
    free (npz->names[i]);
  free (npz->names);
  free (npz->path);
  free (npz);
}

/* The archive is built in memory, so that its file is written like every other: aside, synced, renamed. */
SwStatus
sw_npz_write (const char *path, const SwNpzEntry *entries, size_t n_entries, SwError *error)
{
  zip_error_t reason;
  zip_source_t *archive;
  zip_t *zip = NULL;
  unsigned char **blocks = calloc (n_entries > 0 ? n_entries : 1, sizeof *blocks);
  unsigned char *whole = NULL;
  zip_stat_t info;
  SwStatus status = SW_ERROR_MEMORY;

  zip_error_init (&reason);
  archive = zip_source_buffer_create (NULL, 0, 0, &reason);
  if (blocks == NULL || archive == NULL)
    goto out;
  zip = zip_open_from_source (archive, ZIP_TRUNCATE, &reason);
  if (zip == NULL)
    goto out;
  zip_source_keep (archive);
  for (size_t i = 0; i < n_entries; i++)
    {
      unsigned char header[512];
      const size_t n = make_header (&entries[i].array, header);
      const size_t size = entries[i].array.n_items * entries[i].array.item_size;
      char name[512];
      zip_source_t *source;
      snprintf (name, sizeof name, "%s.npy", entries[i].name);
      blocks[i] = sw_alloc (n + size, 1);
      if (blocks[i] == NULL)
        goto out;
      memcpy (blocks[i], header, n);
      memcpy (blocks[i] + n, entries[i].array.data, size);
      source = zip_source_buffer (zip, blocks[i], n + size, 0);
      if (source == NULL)
        goto out;
      if (zip_file_add (zip, name, source, ZIP_FL_ENC_UTF_8) < 0)
        {
          zip_source_free (source);
          goto out;
        }
    }
  if (zip_close (zip) != 0)
    goto out;
  zip = NULL;
  if (zip_source_stat (archive, &info) != 0 || zip_source_open (archive) != 0)
    goto out;
  whole = sw_alloc ((size_t) info.size, 1);
  if (whole == NULL || zip_source_read (archive, whole, info.size) != (zip_int64_t) info.size)
    goto out;
  zip_source_close (archive);
  status = sw_file_write (path, whole, (size_t) info.size, error);

out:
  if (status == SW_ERROR_MEMORY)
    sw_error_set (error, status, "%s: not enough memory to pack %zu arrays", path, n_entries);
  if (zip != NULL)
    zip_discard (zip);
  if (archive != NULL)
    zip_source_free (archive);
  if (blocks != NULL)
    for (size_t i = 0; i < n_entries; i++)
      sw_free (blocks[i]);
  free (blocks);
  sw_free (whole);
  zip_error_fini (&reason);
  return status;
}
