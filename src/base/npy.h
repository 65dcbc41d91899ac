/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/npy.h: NumPy's .npy arrays and .npz archives
 *
 * Format: numpy.lib.format, versions 1.0 to 3.0. Read: booleans, integers and floats of 1 to 8 bytes and byte
 * strings, both byte orders, C and Fortran order. Object arrays (pickles) are refused. Written: float32,
 * float64, int32, int64 and byte strings, little-endian, C order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define SW_NPY_DIMS_MAX 8

typedef struct
{
  char kind;        /* 'f', 'i', 'u', 'b' (boolean) or 'S' */
  size_t item_size; /* bytes of one element in data */
  size_t n_dims;
  size_t shape[SW_NPY_DIMS_MAX]; /* outermost first */
  size_t n_items;
  unsigned char *data; /* native byte order, C order; owned */
} SwNpy;

/* Parses the bytes of one .npy; name is used in messages. */
SwStatus sw_npy_parse (const unsigned char *bytes,
                       size_t size,
                       const char *name,
                       SwNpy *ret,
                       SwError *error) SW_WARN_UNUSED;
void sw_npy_clear (SwNpy *array);
/* Element i as a double; for kinds f, i, u, b. */
double sw_npy_get (const SwNpy *array, size_t i);

SwStatus sw_npy_read (const char *path, SwNpy *ret, SwError *error) SW_WARN_UNUSED;
SwStatus sw_npy_write (const char *path, const SwNpy *array, SwError *error) SW_WARN_UNUSED;

/* A float32 view of caller's data, to be written; nothing is copied or owned. */
SwNpy sw_npy_view_float (const float *data, size_t n_dims, const size_t *shape);

typedef struct SwNpz SwNpz;

/* Opens an archive for reading. An entry that unpacks to more than max_bytes is refused (zip bombs). */
SwStatus sw_npz_open (const char *path, size_t max_bytes, SwNpz **ret, SwError *error) SW_WARN_UNUSED;
size_t sw_npz_n_entries (const SwNpz *npz);
/* Name of an entry without ".npy"; owned by the archive. */
const char *sw_npz_name (const SwNpz *npz, size_t i);
SwStatus sw_npz_read (SwNpz *npz, const char *name, SwNpy *ret, SwError *error) SW_WARN_UNUSED;
void sw_npz_free (SwNpz *npz);

typedef struct
{
  const char *name; /* without ".npy" */
  SwNpy array;
} SwNpzEntry;

/* Writes a whole archive (deflated), atomically. */
SwStatus sw_npz_write (const char *path,
                       const SwNpzEntry *entries,
                       size_t n_entries,
                       SwError *error) SW_WARN_UNUSED;
