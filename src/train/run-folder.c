/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/run-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define METRICS_BYTES_MAX ((size_t) 256 << 20)

struct SwRunFolder
{
  char *path;
  char *file; /* last result of sw_run_folder_file */
  int lock;
};

static SwStatus
make_folder (const char *path, SwError *error)
{
  struct stat info;
  if (mkdir (path, 0777) == 0)
    return SW_OK;
  if (errno == EEXIST)
    {
      if (stat (path, &info) == 0 && S_ISDIR (info.st_mode))
        return SW_OK;
      return sw_error_set (error, SW_ERROR_IO, "%s: exists and is not a folder", path);
    }
  return sw_error_set (error, SW_ERROR_IO, "%s: the run folder cannot be made: %s", path, strerror (errno));
}

SwStatus
sw_run_folder_open (const char *path, SwRunFolder **ret, SwError *error)
{
  SwRunFolder *folder;
  char text[32] = "";
  SwStatus status = make_folder (path, error);
  if (status != SW_OK)
    return status;
  folder = calloc (1, sizeof *folder);
  if (folder == NULL || (folder->path = strdup (path)) == NULL)
    {
      free (folder);
      return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
    }
  folder->lock = open (sw_run_folder_file (folder, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (folder->lock < 0)
    {
      status = sw_error_set (error, SW_ERROR_IO, "%s: the run folder cannot be written: %s", path, strerror (errno));
      goto fail;
    }
  if (flock (folder->lock, LOCK_EX | LOCK_NB) != 0)
    {
      const ssize_t n = pread (folder->lock, text, sizeof text - 1, 0);
      text[n > 0 ? n : 0] = '\0';
      text[strcspn (text, "\n")] = '\0';
      status = sw_error_set (error, SW_ERROR_INVALID, "%s: another process (%s) is training in this folder", path,
                             text[0] != '\0' ? text : "unknown");
      goto fail;
    }
  snprintf (text, sizeof text, "%ld\n", (long) getpid ());
  if (ftruncate (folder->lock, 0) != 0 || pwrite (folder->lock, text, strlen (text), 0) < 0)
    {
      status = sw_error_set (error, SW_ERROR_IO, "%s: the run folder cannot be written: %s", path, strerror (errno));
      goto fail;
    }
  *ret = folder;
  return SW_OK;

fail:
  sw_run_folder_close (folder);
  return status;
}

void
sw_run_folder_close (SwRunFolder *folder)
{
  if (folder == NULL)
    return;
  if (folder->lock >= 0)
    close (folder->lock);
  free (folder->file);
  free (folder->path);
  free (folder);
}

const char *
sw_run_folder_file (SwRunFolder *folder, const char *name)
{
  free (folder->file);
  if (asprintf (&folder->file, "%s/%s", folder->path, name) < 0)
    folder->file = NULL;
  return folder->file != NULL ? folder->file : "";
}

SwStatus
sw_run_folder_append (SwRunFolder *folder, const char *name, const char *header, const char *line, SwError *error)
{
  const char *path = sw_run_folder_file (folder, name);
  FILE *file = fopen (path, "ae");
  int bad;
  if (file == NULL)
    return sw_error_set (error, SW_ERROR_IO, "%s: %s", path, strerror (errno));
  fseek (file, 0, SEEK_END);
  if (ftell (file) == 0)
    fprintf (file, "%s\n", header);
  fprintf (file, "%s\n", line);
  bad = fflush (file) != 0 || ferror (file);
  if (fclose (file) != 0 || bad)
    return sw_error_set (error, SW_ERROR_IO, "%s: cannot be written: %s", path, strerror (errno));
  return SW_OK;
}

SwStatus
sw_run_folder_truncate (SwRunFolder *folder, const char *name, size_t n_lines, SwError *error)
{
  const char *path = sw_run_folder_file (folder, name);
  unsigned char *text;
  size_t size, end = 0;
  SwStatus status;
  if (access (path, F_OK) != 0)
    return SW_OK;
  status = sw_file_read (path, METRICS_BYTES_MAX, &text, &size, error);
  if (status != SW_OK)
    return status;
  for (size_t line = 0; line <= n_lines && end < size; line++)
    {
      const unsigned char *stop = memchr (text + end, '\n', size - end);
      if (stop == NULL)
        break;
      end = (size_t) (stop - text) + 1;
    }
  if (end < size)
    status = sw_file_write (path, text, end, error);
  sw_free (text);
  return status;
}
