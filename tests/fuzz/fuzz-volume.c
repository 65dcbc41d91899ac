/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "structure/volume.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  SwVolume *volume = sw_volume_load_bytes (data, size, "fuzz", NULL, NULL, &error);

  if (volume != NULL)
    {
      const size_t n = volume->n[0] * volume->n[1] * volume->n[2];
      if (n == 0 || !(volume->spacing > 0))
        abort ();
      for (size_t i = 0; i < n; i++)
        if (!isfinite (volume->data[i]))
          abort ();
      sw_volume_unref (volume);
    }
  else if (error == NULL || error->message[0] == '\0')
    abort ();
  g_clear_error (&error);
  return 0;
}
