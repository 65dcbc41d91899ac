/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct SwFileWriter
{
  char *path;
  char *temporary;
  FILE *stream;
};

SwStatus
sw_file_read (const char *path,
              size_t limit,
              unsigned char **ret_data,
              size_t *ret_size,
              SwError *error)
{
  struct stat info;
  unsigned char *data = NULL;
  SwStatus status;
  size_t size, done = 0;
  const int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  if (fd < 0)
    return sw_error_set (error, SW_ERROR_IO, "%s: %s", path, strerror (errno));
  if (fstat (fd, &info) != 0)
    {
      status = sw_error_set (error, SW_ERROR_IO, "%s: %s", path, strerror (errno));
      goto fail;
    }
  if (S_ISDIR (info.st_mode))
    {
      status = sw_error_set (error, SW_ERROR_IO, "%s: this is a folder, not a file", path);
      goto fail;
    }
  if (!S_ISREG (info.st_mode))
    {
      status = sw_error_set (error, SW_ERROR_IO, "%s: not a regular file", path);
      goto fail;
    }
  size = (size_t) info.st_size;
  if (size > limit)
    {
      status = sw_error_set (error, SW_ERROR_INVALID,
                             "%s: the file has %zu MB; files of this kind may have %zu MB at most", path,
                             size >> 20, limit >> 20);
      goto fail;
    }
  data = sw_alloc (size + 1, 1);
  if (data == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory for %zu bytes", path, size);
      goto fail;
    }
  while (done < size)
    {
      const ssize_t n = read (fd, data + done, size - done);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          status = sw_error_set (error, SW_ERROR_IO, "%s: %s", path, strerror (errno));
          goto fail;
        }
      if (n == 0)
        break;
      done += (size_t) n;
    }
  close (fd);
  data[done] = 0;
  *ret_data = data;
  *ret_size = done;
  return SW_OK;

fail:
  close (fd);
  sw_free (data);
  return status;
}

SwStatus
sw_file_writer_new (const char *path, SwFileWriter **ret, SwError *error)
{
  SwFileWriter *writer = calloc (1, sizeof *writer);
  mode_t mask;
  int fd;

  if (writer == NULL || (writer->path = strdup (path)) == NULL
      || asprintf (&writer->temporary, "%s.XXXXXX", path) < 0)
    {
      if (writer != NULL)
        {
          free (writer->path);
          free (writer);
        }
      return sw_error_set (error, SW_ERROR_MEMORY, "%s: not enough memory", path);
    }
  fd = mkostemp (writer->temporary, O_CLOEXEC);
  if (fd < 0 || (writer->stream = fdopen (fd, "wb")) == NULL)
    {
      const SwStatus status
          = sw_error_set (error, SW_ERROR_IO, "%s: cannot be written: %s", path, strerror (errno));
      if (fd >= 0)
        {
          close (fd);
          unlink (writer->temporary);
        }
      free (writer->path);
      free (writer->temporary);
      free (writer);
      return status;
    }
  /* mkostemp makes the file private; give it the rights that an ordinary new file would have. */
  mask = umask (0);
  umask (mask);
  (void) !fchmod (fd, 0666 & ~mask);
  *ret = writer;
  return SW_OK;
}

FILE *
sw_file_writer_stream (SwFileWriter *writer)
{
  return writer->stream;
}

const char *
sw_file_writer_path (const SwFileWriter *writer)
{
  return writer->temporary;
}

static void
writer_free (SwFileWriter *writer)
{
  free (writer->path);
  free (writer->temporary);
  free (writer);
}

static void
sync_folder (const char *path)
{
  char *copy = strdup (path);
  int fd;
  if (copy == NULL)
    return;
  fd = open (dirname (copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    {
      (void) !fsync (fd);
      close (fd);
    }
  free (copy);
}

SwStatus
sw_file_writer_commit (SwFileWriter *writer, SwError *error)
{
  SwStatus status = SW_OK;
  errno = 0;
  if (fflush (writer->stream) != 0 || ferror (writer->stream) || fsync (fileno (writer->stream)) != 0)
    status = sw_error_set (error, SW_ERROR_IO, "%s: cannot be written: %s", writer->path,
                           errno != 0 ? strerror (errno) : "write error");
  if (fclose (writer->stream) != 0 && status == SW_OK)
    status = sw_error_set (error, SW_ERROR_IO, "%s: cannot be written: %s", writer->path,
                           strerror (errno));
  if (status == SW_OK && rename (writer->temporary, writer->path) != 0)
    status = sw_error_set (error, SW_ERROR_IO, "%s: cannot be replaced: %s", writer->path,
                           strerror (errno));
  if (status == SW_OK)
    sync_folder (writer->path);
  else
    unlink (writer->temporary);
  writer_free (writer);
  return status;
}

void
sw_file_writer_abort (SwFileWriter *writer)
{
  if (writer == NULL)
    return;
  fclose (writer->stream);
  unlink (writer->temporary);
  writer_free (writer);
}

SwStatus
sw_file_write (const char *path, const void *data, size_t size, SwError *error)
{
  SwFileWriter *writer;
  const SwStatus status = sw_file_writer_new (path, &writer, error);
  if (status != SW_OK)
    return status;
  fwrite (data, 1, size, writer->stream);
  return sw_file_writer_commit (writer, error);
}
