/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "base/npy.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  SwNpy array = { 0 };
  SwError error = { 0 };

  if (sw_npy_parse (data, size, "fuzz.npy", &array, &error) == SW_OK)
    {
      double sum = 0;
      size_t n = 1;
      for (size_t i = 0; i < array.n_dims; i++)
        n *= array.shape[i];
      if (n != array.n_items)
        abort ();
      if (array.kind != 'S')
        for (size_t i = 0; i < n; i++)
          sum += sw_npy_get (&array, i);
      (void) sum;
      sw_npy_clear (&array);
    }
  else if (error.text[0] == '\0')
    abort ();
  return 0;
}
