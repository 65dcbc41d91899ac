/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/cath-table.h: structure files with their labels, as a table
 *
 * Tab-separated with a head line and the columns "file" (relative to the table, or to the folder above it), "fold" and "cath" or
 * "label", and "domain" if there is one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct
{
  char *name, *path, *code; /* code: the label; path: NULL when read without files */
  size_t fold;
} SwCathRow;

/* Rows (SwCathRow *, owned by the array) that name a file; without_files: the others too, and no paths. NULL with an
 * SW_CATH_ERROR, which names file and line. */
GPtrArray *sw_cath_table_read (const char *path, bool without_files, GError **error);

/* Puts in place of each of n folds its rank among those that occur, from 0; how many occur. */
size_t sw_cath_table_number_folds (size_t *folds, size_t n);

G_END_DECLS
