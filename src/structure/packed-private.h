/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/packed-private.h: the bytes of a file, unpacked */
#pragma once

#include "structure/structure.h"

typedef struct
{
  unsigned char *bytes; /* one zero byte after the end; sw_free */
  size_t size;
  bool packed; /* it was gzip */
} SwBytes;

/* Reads a file of at most SW_STRUCTURE_BYTES_MAX and unpacks gzip up to the same size. */
bool sw_bytes_read (const char *path, GCancellable *cancellable, SwBytes *ret, GError **error);
/* The same for a copy of bytes in memory; name is for messages. */
bool sw_bytes_unpack (const void *bytes,
                      size_t size,
                      const char *name,
                      GCancellable *cancellable,
                      SwBytes *ret,
                      GError **error);
void sw_bytes_clear (SwBytes *bytes);

/* Unpacks the beginning of a gzip stream, as far as limit; for sniffing. Returns the size, 0 when
 * damaged. */
size_t
sw_bytes_unpack_head (const unsigned char *bytes, size_t size, unsigned char *out, size_t limit);
