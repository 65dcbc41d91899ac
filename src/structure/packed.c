/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/packed-private.h"

#include <string.h>

#include <glib/gi18n.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"

static bool
is_gzip (const unsigned char *bytes, size_t size)
{
  return size >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

void
sw_bytes_clear (SwBytes *bytes)
{
  sw_free (bytes->bytes);
  *bytes = (SwBytes){ 0 };
}

size_t
sw_bytes_unpack_head (const unsigned char *bytes, size_t size, unsigned char *out, size_t limit)
{
  z_stream stream = { 0 };
  size_t n;
  if (!is_gzip (bytes, size) || inflateInit2 (&stream, 16 + MAX_WBITS) != Z_OK)
    return 0;
  stream.next_in = (unsigned char *) bytes;
  stream.avail_in = (uInt) MIN (size, (size_t) 1 << 20);
  stream.next_out = out;
  stream.avail_out = (uInt) limit;
  (void) inflate (&stream, Z_SYNC_FLUSH);
  n = limit - stream.avail_out;
  inflateEnd (&stream);
  return n;
}

static bool
too_large (const char *name, GError **error)
{
  g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
               /* Translators: a file name and a number of megabytes */
               _ ("%s is too large: more than %u MB when unpacked"), name,
               (unsigned) (SW_STRUCTURE_BYTES_MAX >> 20));
  return false;
}

static bool
grow (unsigned char **block, size_t used, size_t *capacity)
{
  const size_t wanted = MIN (*capacity * 2, SW_STRUCTURE_BYTES_MAX + 1);
  unsigned char *larger = sw_alloc (wanted + 1, 1);
  if (larger == NULL)
    return false;
  memcpy (larger, *block, used);
  sw_free (*block);
  *block = larger;
  *capacity = wanted;
  return true;
}

/* All members of a gzip file, one after the other; zeros after the last one (tapes) are no damage.
 */
static bool
gunzip (const unsigned char *bytes,
        size_t size,
        const char *name,
        GCancellable *cancellable,
        SwBytes *ret,
        GError **error)
{
  z_stream stream = { 0 };
  size_t used = 0, capacity = MIN (MAX (size * 4, (size_t) 1 << 16), SW_STRUCTURE_BYTES_MAX + 1);
  unsigned char *out = sw_alloc (capacity + 1, 1);
  bool member_open = true;

  if (out == NULL || inflateInit2 (&stream, 16 + MAX_WBITS) != Z_OK)
    {
      sw_free (out);
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
                   _ ("Not enough memory to unpack %s"), name);
      return false;
    }
  stream.next_in = (unsigned char *) bytes;
  stream.avail_in = (uInt) size; /* SW_STRUCTURE_BYTES_MAX is below 4 GB */
  for (;;)
    {
      int result;
      size_t room;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        goto fail;
      if (used == capacity)
        {
          if (used > SW_STRUCTURE_BYTES_MAX)
            {
              too_large (name, error);
              goto fail;
            }
          if (!grow (&out, used, &capacity))
            {
              g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
                           _ ("Not enough memory to unpack %s"), name);
              goto fail;
            }
        }
      room = MIN (capacity - used, (size_t) 16 << 20);
      stream.next_out = out + used;
      stream.avail_out = (uInt) room;
      result = inflate (&stream, Z_NO_FLUSH);
      used += room - stream.avail_out;
      if (result == Z_STREAM_END)
        {
          member_open = false;
          while (stream.avail_in > 0 && *stream.next_in == 0)
            {
              stream.next_in++;
              stream.avail_in--;
            }
          if (!is_gzip (stream.next_in, stream.avail_in))
            break;
          member_open = true;
          if (inflateReset (&stream) != Z_OK)
            break;
        }
      else if (result != Z_OK && result != Z_BUF_ERROR)
        {
          g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_FORMAT,
                       /* Translators: a file name, then what zlib found */
                       _ ("%s is damaged: its gzip data cannot be unpacked (%s)"), name,
                       stream.msg != NULL ? stream.msg : "zlib");
          goto fail;
        }
      else if (stream.avail_in == 0 && stream.avail_out > 0)
        break;
    }
  if (member_open)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_FORMAT,
                   _ ("%s is cut short: its gzip data ends in the middle"), name);
      goto fail;
    }
  if (used > SW_STRUCTURE_BYTES_MAX)
    {
      too_large (name, error);
      goto fail;
    }
  inflateEnd (&stream);
  out[used] = '\0';
  *ret = (SwBytes){ out, used, true };
  return true;
fail:
  inflateEnd (&stream);
  sw_free (out);
  return false;
}

bool
sw_bytes_unpack (const void *bytes,
                 size_t size,
                 const char *name,
                 GCancellable *cancellable,
                 SwBytes *ret,
                 GError **error)
{
  unsigned char *copy;
  if (size > SW_STRUCTURE_BYTES_MAX)
    return too_large (name, error);
  if (is_gzip (bytes, size))
    return gunzip (bytes, size, name, cancellable, ret, error);
  copy = sw_alloc (size + 1, 1);
  if (copy == NULL)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
                   _ ("Not enough memory to read %s"), name);
      return false;
    }
  if (size > 0)
    memcpy (copy, bytes, size);
  copy[size] = '\0';
  *ret = (SwBytes){ copy, size, false };
  return true;
}

bool
sw_bytes_read (const char *path, GCancellable *cancellable, SwBytes *ret, GError **error)
{
  unsigned char *bytes;
  size_t size;
  SwError fault = { 0 };
  SwStatus status;
  struct stat info;
  bool good;

  if (stat (path, &info) == 0 && S_ISREG (info.st_mode) && info.st_size >= 0
      && (size_t) info.st_size > SW_STRUCTURE_BYTES_MAX)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
                   /* Translators: a file name, its size and the limit in megabytes */
                   _ ("%s is too large: %u MB; the limit is %u MB"), path,
                   (unsigned) ((size_t) info.st_size >> 20),
                   (unsigned) (SW_STRUCTURE_BYTES_MAX >> 20));
      return false;
    }
  status = sw_file_read (path, SW_STRUCTURE_BYTES_MAX, &bytes, &size, &fault);
  if (status != SW_OK)
    {
      g_set_error_literal (
          error, SW_STRUCTURE_ERROR,
          status == SW_ERROR_IO ? SW_STRUCTURE_ERROR_IO : SW_STRUCTURE_ERROR_TOO_LARGE, fault.text);
      return false;
    }
  if (!is_gzip (bytes, size))
    {
      *ret = (SwBytes){ bytes, size, false };
      return true;
    }
  good = gunzip (bytes, size, path, cancellable, ret, error);
  sw_free (bytes);
  return good;
}
