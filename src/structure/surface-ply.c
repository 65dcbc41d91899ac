/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/surface-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

enum
{
  ELEMENTS_MAX = 16,
  PROPERTIES_MAX = 64,
};

typedef enum
{
  INT8,
  UINT8,
  INT16,
  UINT16,
  INT32,
  UINT32,
  FLOAT32,
  FLOAT64,
} Type;

static const struct
{
  const char *name;
  Type type;
} type_names[] = { { "char", INT8 },     { "int8", INT8 },     { "uchar", UINT8 },    { "uint8", UINT8 },
                   { "short", INT16 },   { "int16", INT16 },   { "ushort", UINT16 },  { "uint16", UINT16 },
                   { "int", INT32 },     { "int32", INT32 },   { "uint", UINT32 },    { "uint32", UINT32 },
                   { "float", FLOAT32 }, { "float32", FLOAT32 }, { "double", FLOAT64 }, { "float64", FLOAT64 } };
static const size_t sizes[] = { 1, 1, 2, 2, 4, 4, 4, 8 };

typedef enum
{
  SKIP,
  X,
  Y,
  Z,
  CORNERS,
} Role;

typedef struct
{
  Role role;
  bool list;
  Type count, type;
} Property;

typedef struct
{
  bool vertex, face;
  size_t n, n_properties;
  Property properties[PROPERTIES_MAX];
} Element;

typedef enum
{
  TEXT,
  LITTLE,
  BIG,
} Encoding;

typedef struct
{
  SwSurfaceBuilder *b;
  Encoding encoding;
  Element elements[ELEMENTS_MAX];
  size_t n_elements;
  SwLine line; /* TEXT: the words of the body, whatever the lines */
  const unsigned char *at, *stop;
  GArray *corners; /* uint32_t */
} Ply;

static bool
word_is (const char *word, size_t n, const char *text)
{
  return n == strlen (text) && memcmp (word, text, n) == 0;
}

static bool
take_type (Ply *ply, Type *ret)
{
  const char *word;
  const size_t n = sw_line_word (&ply->line, &word);
  for (size_t i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (word_is (word, n, type_names[i].name))
      {
        *ret = type_names[i].type;
        return true;
      }
  sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a property wants the type of its numbers"), ply->line.number);
  return false;
}

static void
read_property (Ply *ply)
{
  Element *element = ply->n_elements > 0 ? &ply->elements[ply->n_elements - 1] : NULL;
  Property property = { .role = SKIP };
  SwLine before = ply->line;
  const char *word;
  size_t n;

  if (element == NULL || element->n_properties == PROPERTIES_MAX)
    {
      sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a property without an element, or too many"), ply->line.number);
      return;
    }
  n = sw_line_word (&ply->line, &word);
  property.list = word_is (word, n, "list");
  if (!property.list)
    ply->line = before;
  else if (!take_type (ply, &property.count))
    return;
  if (!take_type (ply, &property.type))
    return;
  n = sw_line_word (&ply->line, &word);
  if (element->vertex && !property.list && n == 1 && *word >= 'x' && *word <= 'z')
    property.role = (Role) (X + (*word - 'x'));
  if (element->face && property.list && (word_is (word, n, "vertex_indices") || word_is (word, n, "vertex_index")))
    property.role = CORNERS;
  element->properties[element->n_properties++] = property;
}

static bool
has_role (const Element *element, Role role)
{
  for (size_t i = 0; i < element->n_properties; i++)
    if (element->properties[i].role == role)
      return true;
  return false;
}

/* Up to and with the line "end_header". */
static void
read_header (Ply *ply)
{
  bool have_format = false;

  while (ply->b->error == NULL)
    {
      const char *word;
      size_t n;
      if (!sw_line_next (&ply->line))
        {
          sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: its header does not end"));
          return;
        }
      n = sw_line_word (&ply->line, &word);
      if (word_is (word, n, "end_header"))
        break;
      if (word_is (word, n, "format"))
        {
          n = sw_line_word (&ply->line, &word);
          have_format = true;
          if (word_is (word, n, "ascii"))
            ply->encoding = TEXT;
          else if (word_is (word, n, "binary_little_endian"))
            ply->encoding = LITTLE;
          else if (word_is (word, n, "binary_big_endian"))
            ply->encoding = BIG;
          else
            sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("line %zu: no PLY encoding is called “%.*s”"),
                             ply->line.number, (int) MIN (n, (size_t) 40), word);
        }
      else if (word_is (word, n, "element"))
        {
          Element *element = &ply->elements[ply->n_elements];
          int64_t count;
          if (ply->n_elements == ELEMENTS_MAX)
            {
              sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the header has more than %d elements"), (int) ELEMENTS_MAX);
              return;
            }
          n = sw_line_word (&ply->line, &word);
          element->vertex = word_is (word, n, "vertex");
          element->face = word_is (word, n, "face");
          if (word_is (word, n, "tristrips"))
            sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("strips of triangles are not read; save it with faces"));
          if (!sw_line_integer (&ply->line, &count) || count < 0 || count >= UINT32_MAX)
            sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: an element wants its number"), ply->line.number);
          else
            element->n = (size_t) count;
          ply->n_elements++;
        }
      else if (word_is (word, n, "property"))
        read_property (ply);
    }
  if (!have_format)
    sw_surface_fail (ply->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the header does not say how the numbers are written"));
}

/* ---- numbers of the body ---- */

static bool
take_number (Ply *ply, Type type, double *ret)
{
  unsigned char bytes[8];
  const size_t size = sizes[type];

  if (ply->encoding == TEXT)
    {
      for (;;)
        {
          while (ply->line.at < ply->line.end && (*ply->line.at == ' ' || *ply->line.at == '\t'))
            ply->line.at++;
          if (ply->line.at < ply->line.end)
            break;
          if (!sw_line_next (&ply->line))
            return false;
        }
      return sw_line_number (&ply->line, ret);
    }
  if ((size_t) (ply->stop - ply->at) < size)
    return false;
  for (size_t i = 0; i < size; i++)
    bytes[ply->encoding == BIG ? size - 1 - i : i] = ply->at[i];
  ply->at += size;
#if G_BYTE_ORDER == G_BIG_ENDIAN
  for (size_t i = 0; i < size / 2; i++)
    {
      const unsigned char swap = bytes[i];
      bytes[i] = bytes[size - 1 - i];
      bytes[size - 1 - i] = swap;
    }
#endif
#define TAKE(c_type)                                                                                                           \
  {                                                                                                                            \
    c_type value;                                                                                                              \
    memcpy (&value, bytes, sizeof value);                                                                                      \
    *ret = (double) value;                                                                                                     \
    return true;                                                                                                               \
  }
  switch (type)
    {
    case INT8:
      TAKE (int8_t)
    case UINT8:
      TAKE (uint8_t)
    case INT16:
      TAKE (int16_t)
    case UINT16:
      TAKE (uint16_t)
    case INT32:
      TAKE (int32_t)
    case UINT32:
      TAKE (uint32_t)
    case FLOAT32:
      TAKE (float)
    case FLOAT64:
      TAKE (double)
    }
#undef TAKE
  return false;
}

static bool
take_whole (Ply *ply, Type type, double limit, uint32_t *ret)
{
  double value;
  if (!take_number (ply, type, &value) || !(value >= 0) || value >= limit || value != floor (value))
    return false;
  *ret = (uint32_t) value;
  return true;
}

/* One vertex, face or anything else. false: what is there makes no sense. */
static bool
read_item (Ply *ply, const Element *element)
{
  double x[3] = { 0, 0, 0 };

  for (size_t p = 0; p < element->n_properties; p++)
    {
      const Property *property = &element->properties[p];
      double value;
      uint32_t n = 1;
      if (property->list && !take_whole (ply, property->count, (double) SW_SURFACE_CORNERS_MAX + 1, &n))
        return false;
      if (property->role == CORNERS)
        {
          g_array_set_size (ply->corners, 0);
          for (uint32_t i = 0; i < n; i++)
            {
              uint32_t corner;
              if (!take_whole (ply, property->type, (double) UINT32_MAX, &corner))
                return false;
              g_array_append_val (ply->corners, corner);
            }
          sw_surface_add_face (ply->b, n, (const uint32_t *) (void *) ply->corners->data);
          continue;
        }
      for (uint32_t i = 0; i < n; i++)
        if (!take_number (ply, property->type, &value))
          return false;
        else if (property->role != SKIP)
          x[property->role - X] = value;
    }
  if (element->vertex)
    sw_surface_add_vertex (ply->b, x);
  return true;
}

void
sw_surface_read_ply (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  Ply ply = { .b = b,
              .line = { .next = (const char *) bytes->bytes, .stop = (const char *) bytes->bytes + bytes->size },
              .corners = g_array_new (FALSE, FALSE, sizeof (uint32_t)) };
  bool have_vertices = false, have_faces = false;

  read_header (&ply);
  ply.at = (const unsigned char *) ply.line.next;
  ply.stop = bytes->bytes + bytes->size;
  ply.line.at = ply.line.end = ply.line.next;
  for (size_t e = 0; e < ply.n_elements && b->error == NULL; e++)
    {
      const Element *element = &ply.elements[e];
      if (element->vertex && !(has_role (element, X) && has_role (element, Y) && has_role (element, Z)))
        sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("its vertices lack x, y or z"));
      if (element->face && !has_role (element, CORNERS))
        sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("its faces lack their corners (vertex_indices)"));
      have_vertices = have_vertices || (element->vertex && element->n > 0);
      have_faces = have_faces || (element->face && element->n > 0);
      /* Nothing is read of an item without properties: a number alone would keep us busy. */
      for (size_t i = 0; i < element->n && element->n_properties > 0 && b->error == NULL; i++)
        {
          if (!read_item (&ply, element))
            sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT,
                             /* Translators: "vertex", "face" or "element" of a PLY file, which one, and of how many */
                             _ ("%s %zu of %zu is cut short or makes no sense"),
                             element->vertex ? "vertex" : element->face ? "face" : "element", i + 1, element->n);
          if (i % 4096 == 0)
            sw_surface_go_on (b);
        }
    }
  if (have_vertices && !have_faces)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_EMPTY, _ ("these are points without a surface"));
  g_array_unref (ply.corners);
}
