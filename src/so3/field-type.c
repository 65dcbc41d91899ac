/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/field-type.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Small enough that sixteen parts of it fit into the 200 bytes that the header promises, and that
 * no number of channels can overflow. */
#define COPIES_MAX 65535

static const char *
skip_space (const char *s)
{
  while (isspace ((unsigned char) *s))
    s++;
  return s;
}

/* Reads decimal digits; the value saturates above COPIES_MAX. NULL when there are none. */
static const char *
read_number (const char *s, unsigned *ret)
{
  unsigned value = 0;
  if (!isdigit ((unsigned char) *s))
    return NULL;
  for (; isdigit ((unsigned char) *s); s++)
    if (value <= COPIES_MAX)
      value = value * 10 + (unsigned) (*s - '0');
  *ret = value;
  return s;
}

SwStatus
sw_field_type_parse (const char *text, SwFieldType *ret, SwError *error)
{
  SwFieldType type = { 0 };
  const char *s = skip_space (text);

  if (*s == '\0')
    return sw_error_set (error, SW_ERROR_FORMAT, "an empty field type; write for example 4x0+4x1");
  for (;;)
    {
      unsigned copies, l;
      const int at = (int) (s - text) + 1;
      const char *t = read_number (s, &copies);
      if (t == NULL || *t != 'x' || !(t = read_number (t + 1, &l)))
        return sw_error_set (
            error, SW_ERROR_FORMAT,
            "field type \"%.80s\": expected COPIESxORDER, as in 4x1, at character %d", text, at);
      if (copies == 0 || copies > COPIES_MAX)
        return sw_error_set (error, SW_ERROR_INVALID,
                             "field type \"%.80s\": the number of copies must be 1 to %d", text,
                             COPIES_MAX);
      if (l > SW_FIELD_L_MAX)
        return sw_error_set (error, SW_ERROR_INVALID,
                             "field type \"%.80s\": orders above l = %d are not supported", text,
                             SW_FIELD_L_MAX);
      if (!sw_field_type_append (&type, copies, l))
        return sw_error_set (error, SW_ERROR_INVALID, "field type \"%.80s\" has more than %d parts",
                             text, SW_FIELD_PARTS_MAX);
      s = skip_space (t);
      if (*s == '\0')
        break;
      if (*s != '+')
        return sw_error_set (error, SW_ERROR_FORMAT,
                             "field type \"%.80s\": expected + at character %d", text,
                             (int) (s - text) + 1);
      s = skip_space (s + 1);
    }
  *ret = type;
  return SW_OK;
}

char *
sw_field_type_format (const SwFieldType *type, char *text, size_t size)
{
  size_t used = 0;
  if (size == 0)
    return text;
  text[0] = '\0';
  for (size_t p = 0; p < type->n_parts && used < size; p++)
    {
      const int n = snprintf (text + used, size - used, "%s%ux%u", p > 0 ? "+" : "",
                              type->parts[p].copies, type->parts[p].l);
      used += (size_t) n;
    }
  return text;
}

bool
sw_field_type_equal (const SwFieldType *a, const SwFieldType *b)
{
  if (a->n_parts != b->n_parts)
    return false;
  for (size_t p = 0; p < a->n_parts; p++)
    if (a->parts[p].copies != b->parts[p].copies || a->parts[p].l != b->parts[p].l)
      return false;
  return true;
}

SwFieldType
sw_field_type_single (unsigned copies, unsigned l)
{
  return (SwFieldType){ .n_parts = 1, .parts = { { copies, l } } };
}

bool
sw_field_type_append (SwFieldType *type, unsigned copies, unsigned l)
{
  if (type->n_parts >= SW_FIELD_PARTS_MAX)
    return false;
  type->parts[type->n_parts++] = (SwFieldPart){ copies, l };
  return true;
}

size_t
sw_field_type_dim (const SwFieldType *type)
{
  size_t dim = 0;
  for (size_t p = 0; p < type->n_parts; p++)
    dim += (size_t) type->parts[p].copies * (2 * type->parts[p].l + 1);
  return dim;
}

size_t
sw_field_type_copies (const SwFieldType *type)
{
  size_t copies = 0;
  for (size_t p = 0; p < type->n_parts; p++)
    copies += type->parts[p].copies;
  return copies;
}

size_t
sw_field_type_gates (const SwFieldType *type)
{
  size_t gates = 0;
  for (size_t p = 0; p < type->n_parts; p++)
    if (type->parts[p].l > 0)
      gates += type->parts[p].copies;
  return gates;
}

unsigned
sw_field_type_l_max (const SwFieldType *type)
{
  unsigned l_max = 0;
  for (size_t p = 0; p < type->n_parts; p++)
    if (type->parts[p].l > l_max)
      l_max = type->parts[p].l;
  return l_max;
}
