/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/file.h: whole files in, whole files out
 *
 * A file is written beside its destination under a temporary name, synced, and renamed over it on commit,
 * so a reader sees the old file or the new one, never a part.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

/* Reads a regular file of at most limit bytes. *ret_data has one extra zero byte after the end and is freed
 * with sw_free. Errors name the path and the cause (folder, permission, too large, ...). */
SwStatus sw_file_read (const char *path,
                       size_t limit,
                       unsigned char **ret_data,
                       size_t *ret_size,
                       SwError *error) SW_WARN_UNUSED;

typedef struct SwFileWriter SwFileWriter;

SwStatus sw_file_writer_new (const char *path, SwFileWriter **ret, SwError *error) SW_WARN_UNUSED;
/* The stream to write to; owned by the writer. Errors of the stream are found by commit. */
FILE *sw_file_writer_stream (SwFileWriter *writer);
/* The temporary name, for libraries that want a path; they must not rename it. */
const char *sw_file_writer_path (const SwFileWriter *writer);
/* Flush, sync, close, rename. Frees the writer in any case; on failure the destination is untouched and
 * the temporary file is gone. */
SwStatus sw_file_writer_commit (SwFileWriter *writer, SwError *error) SW_WARN_UNUSED;
/* Removes the temporary file and frees; takes NULL. */
void sw_file_writer_abort (SwFileWriter *writer);

/* The three steps in one. */
SwStatus sw_file_write (const char *path, const void *data, size_t size, SwError *error) SW_WARN_UNUSED;
