/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/field-type.h: what a field is made of, written "4x0+4x1+2x2"
 *
 * copies x l, joined by '+'. A field of this type has, one after the other, for each part its copies, and for
 * each copy its 2l+1 components m = -l..l. Channels in arrays follow this order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define SW_FIELD_L_MAX 6
#define SW_FIELD_PARTS_MAX 16

typedef struct
{
  unsigned copies;
  unsigned l;
} SwFieldPart;

/* A plain value; {0} is the empty type. */
typedef struct
{
  size_t n_parts;
  SwFieldPart parts[SW_FIELD_PARTS_MAX];
} SwFieldType;

SwStatus sw_field_type_parse (const char *text, SwFieldType *ret, SwError *error) SW_WARN_UNUSED;
/* Writes "4x0+4x1" into text (always terminated) and returns it. 200 bytes are always enough. */
char *sw_field_type_format (const SwFieldType *type, char *text, size_t size);
bool sw_field_type_equal (const SwFieldType *a, const SwFieldType *b);
/* copies fields of order l as a type of one part */
SwFieldType sw_field_type_single (unsigned copies, unsigned l);
/* Appends a part as it is (no merging); false when there are too many parts. */
bool sw_field_type_append (SwFieldType *type, unsigned copies, unsigned l);

/* Number of channels, sum of copies (2l+1). */
size_t sw_field_type_dim (const SwFieldType *type);
/* Number of fields, sum of copies. */
size_t sw_field_type_copies (const SwFieldType *type);
/* Number of fields with l >= 1: one gate each. */
size_t sw_field_type_gates (const SwFieldType *type);
unsigned sw_field_type_l_max (const SwFieldType *type);
