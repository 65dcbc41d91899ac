/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/checkpoint.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"

#define CHECKPOINT_BYTES_MAX ((size_t) 8 << 30)

static const char magic[24] = "swivel checkpoint 1\n";

typedef struct
{
  char magic[24];
  uint64_t real_size, network_crc, n_parameters, n_buffers, adam_step;
  SwTrainState state;
} Head;

static uint64_t
network_crc (const SwNetwork *network)
{
  return crc32 (0, (const unsigned char *) network->json, (uInt) strlen (network->json));
}

static uint32_t
crc_of (uint32_t crc, const void *data, size_t size)
{
  const unsigned char *p = data;
  while (size > 0)
    {
      const uInt n = size > (1u << 30) ? 1u << 30 : (uInt) size;
      crc = (uint32_t) crc32 (crc, p, n);
      p += n;
      size -= n;
    }
  return crc;
}

SwStatus
sw_checkpoint_write (const char *path, const SwTrainState *state, const SwModel *model, const SwAdam *adam, SwError *error)
{
  const SwNetwork *network = model->network;
  Head head;
  struct
  {
    const void *data;
    size_t size;
  } parts[5];
  SwFileWriter *writer;
  SwStatus status;
  uint32_t crc = 0;

  memset (&head, 0, sizeof head);
  memcpy (head.magic, magic, sizeof magic);
  head.real_size = sizeof (real);
  head.network_crc = network_crc (network);
  head.n_parameters = network->n_parameters;
  head.n_buffers = network->n_buffers;
  head.adam_step = adam->step;
  head.state = *state;
  parts[0].data = &head, parts[0].size = sizeof head;
  parts[1].data = model->parameters, parts[1].size = network->n_parameters * sizeof (real);
  parts[2].data = model->buffers, parts[2].size = network->n_buffers * sizeof (real);
  parts[3].data = adam->m, parts[3].size = adam->n * sizeof (real);
  parts[4].data = adam->v, parts[4].size = adam->n * sizeof (real);

  status = sw_file_writer_new (path, &writer, error);
  if (status != SW_OK)
    return status;
  for (int i = 0; i < 5; i++)
    {
      crc = crc_of (crc, parts[i].data, parts[i].size);
      fwrite (parts[i].data, 1, parts[i].size, sw_file_writer_stream (writer));
    }
  fwrite (&crc, 1, sizeof crc, sw_file_writer_stream (writer));
  return sw_file_writer_commit (writer, error);
}

SwStatus
sw_checkpoint_read (const char *path, SwTrainState *state, SwModel *model, SwAdam *adam, SwError *error)
{
  const SwNetwork *network = model->network;
  const size_t n_parameters = network->n_parameters, n_buffers = network->n_buffers;
  const size_t expected = sizeof (Head) + (n_parameters * 3 + n_buffers) * sizeof (real) + sizeof (uint32_t);
  unsigned char *bytes;
  const unsigned char *p;
  size_t size;
  Head head;
  uint32_t crc;
  SwStatus status = sw_file_read (path, CHECKPOINT_BYTES_MAX, &bytes, &size, error);

  if (status != SW_OK)
    return status;
  if (size < sizeof head || memcmp (bytes, magic, sizeof magic) != 0)
    {
      status = sw_error_set (error, SW_ERROR_FORMAT, "%s: not a checkpoint of Swivel", path);
      goto out;
    }
  memcpy (&head, bytes, sizeof head);
  if (head.real_size != sizeof (real))
    status = sw_error_set (error, SW_ERROR_INVALID, "%s: was written with numbers of %d bytes, this program uses %d", path,
                           (int) head.real_size, (int) sizeof (real));
  else if (head.network_crc != network_crc (network) || head.n_parameters != n_parameters
           || head.n_buffers != n_buffers || adam->n != n_parameters)
    status = sw_error_set (error, SW_ERROR_INVALID, "%s: belongs to another network than \"%s\"", path, network->name);
  else if (size != expected)
    status = sw_error_set (error, SW_ERROR_FORMAT, "%s: has %zu bytes where %zu belong: it was cut off", path, size, expected);
  if (status != SW_OK)
    goto out;
  memcpy (&crc, bytes + size - sizeof crc, sizeof crc);
  if (crc != crc_of (0, bytes, size - sizeof crc))
    {
      status = sw_error_set (error, SW_ERROR_FORMAT, "%s: was altered: its checksum does not fit", path);
      goto out;
    }
  p = bytes + sizeof head;
  memcpy (model->parameters, p, n_parameters * sizeof (real));
  p += n_parameters * sizeof (real);
  memcpy (model->buffers, p, n_buffers * sizeof (real));
  p += n_buffers * sizeof (real);
  memcpy (adam->m, p, n_parameters * sizeof (real));
  p += n_parameters * sizeof (real);
  memcpy (adam->v, p, n_parameters * sizeof (real));
  adam->step = head.adam_step;
  *state = head.state;

out:
  sw_free (bytes);
  return status;
}
