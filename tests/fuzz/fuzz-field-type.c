/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What parses is printed and parsed again to the same; what does not has a message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "so3/field-type.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char *text = malloc (size + 1), again[200];
  SwFieldType type, other;
  SwError error = { 0 };

  memcpy (text, data, size);
  text[size] = '\0';
  if (sw_field_type_parse (text, &type, &error) == SW_OK)
    {
      sw_field_type_format (&type, again, sizeof again);
      if (sw_field_type_parse (again, &other, NULL) != SW_OK || !sw_field_type_equal (&type, &other)
          || sw_field_type_dim (&type) < sw_field_type_copies (&type))
        abort ();
    }
  else if (error.text[0] == '\0')
    abort ();
  free (text);
  return 0;
}
