/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model files are read by path: the bytes go into a file in memory. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "nn/model.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static int fd = -1;
  SwModel *model = NULL;
  SwError error = { 0 };
  char path[64];

  if (fd < 0)
    fd = memfd_create ("fuzz", 0);
  if (fd < 0 || ftruncate (fd, 0) != 0 || pwrite (fd, data, size, 0) != (ssize_t) size)
    return 0;
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  if (sw_model_read (path, NULL, &model, &error) == SW_OK)
    sw_model_free (model);
  else if (error.text[0] == '\0')
    abort ();
  return 0;
}
