/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/format-table.h: the formats that can be opened, and those that are only recognised
 *
 * One table feeds the open dialog, the drop target, the command line, the MIME types and the
 * refusals.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  SW_FORMAT_STRUCTURE, /* sw_structure_load */
  SW_FORMAT_VOLUME,    /* sw_volume_load */
  SW_FORMAT_SURFACE,   /* sw_surface_load */
  SW_FORMAT_REFUSED,   /* known by sight only */
} SwFormatKind;

typedef struct
{
  const char *id; /* "pdb", "mmcif", "ccp4", "npy", ... */
  SwFormatKind kind;
  const char *name; /* translated with _() by the caller where shown; "PDB", "mmCIF/PDBx" */
  const char *const *suffixes; /* without dot, NULL terminated; packed ones (.gz) are understood for
                                  all that open */
  const char *const *mime_types;
  const char *advice; /* what to do instead, for refused ones; or NULL */
  /* Is this how the file begins? bytes has at least size bytes, already unpacked; up to 64 kB are
   * given. */
  bool (*sniff) (const unsigned char *bytes, size_t size);
} SwFormat;

const SwFormat *sw_format_table (size_t *ret_n);
/* By content; NULL when nothing fits. Gzip is looked through. */
const SwFormat *sw_format_sniff (const void *bytes, size_t size);
/* Reads the beginning of a file and sniffs. NULL with error set when it cannot be read; NULL
 * without when unknown. */
const SwFormat *sw_format_sniff_file (const char *path, GError **error);

G_END_DECLS
