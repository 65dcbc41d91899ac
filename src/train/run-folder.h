/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/run-folder.h: where a training run keeps its files, one process at a time
 *
 *   config.json          what was asked for
 *   metrics.csv          a line per epoch
 *   best.safetensors     weights of the best epoch so far
 *   last.safetensors     weights of the last checkpoint
 *   checkpoint           everything needed to go on (train/checkpoint.h)
 *   lock                 held while a process trains here
 */
#pragma once

#include <stddef.h>

#include "base/status.h"

typedef struct SwRunFolder SwRunFolder;

/* Makes the folder if it is missing, takes the lock. A second process is refused, naming the first. */
SwStatus sw_run_folder_open (const char *path, SwRunFolder **ret, SwError *error) SW_WARN_UNUSED;
/* Releases the lock and frees; takes NULL. */
void sw_run_folder_close (SwRunFolder *folder);
/* Path of a file in the folder, in buffer of the folder's own; valid until the next call. */
const char *sw_run_folder_file (SwRunFolder *folder, const char *name);

/* Appends a line to a CSV file; the header line is written when the file is new. */
SwStatus sw_run_folder_append (SwRunFolder *folder, const char *name, const char *header, const char *line, SwError *error) SW_WARN_UNUSED;
/* Keeps the header and the first n_lines lines after it: what an interrupted run wrote beyond its checkpoint goes. */
SwStatus sw_run_folder_truncate (SwRunFolder *folder, const char *name, size_t n_lines, SwError *error) SW_WARN_UNUSED;
