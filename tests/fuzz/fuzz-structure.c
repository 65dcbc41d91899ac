/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "structure/structure.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  SwStructure *structure = sw_structure_load_bytes (data, size, "fuzz", NULL, NULL, &error);

  if (structure != NULL)
    {
      if (structure->n_atoms == 0)
        abort ();
      for (size_t i = 0; i < structure->n_atoms; i++)
        for (int k = 0; k < 3; k++)
          if (!(fabs (structure->positions[i][k]) <= SW_COORDINATE_MAX))
            abort ();
      for (size_t i = 0; i < structure->n_bonds; i++)
        if (structure->bonds[i][0] >= structure->bonds[i][1]
            || structure->bonds[i][1] >= structure->n_atoms)
          abort ();
      sw_structure_unref (structure);
    }
  else if (error == NULL || error->message[0] == '\0')
    abort ();
  g_clear_error (&error);
  return 0;
}
