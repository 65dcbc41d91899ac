/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/surface-private.h"

#include <string.h>

#include <glib/gi18n.h>

#define HEADER 84
#define FACET 50

static uint32_t
little32 (const unsigned char *p)
{
  return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

static void
read_binary (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  const size_t n = little32 (bytes->bytes + HEADER - 4);

  if (n > SW_SURFACE_TRIANGLES_MAX)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("more than %zu million triangles are not taken; simplify the mesh"),
                     SW_SURFACE_TRIANGLES_MAX / 1000000);
  else if ((bytes->size - HEADER) / FACET < n)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: it says %zu triangles and has %zu"), n,
                     (bytes->size - HEADER) / FACET);
  for (size_t t = 0; t < n && b->error == NULL; t++)
    {
      const unsigned char *facet = bytes->bytes + HEADER + t * FACET;
      uint32_t corners[3];
      for (size_t c = 0; c < 3; c++)
        {
          double x[3];
          for (size_t i = 0; i < 3; i++)
            {
              const uint32_t bits = little32 (facet + 12 + 12 * c + 4 * i);
              float value;
              memcpy (&value, &bits, sizeof value);
              x[i] = (double) value;
            }
          corners[c] = sw_surface_add_point (b, x);
        }
      sw_surface_add_face (b, 3, corners);
      if (t % 4096 == 0)
        sw_surface_go_on (b);
    }
}

static bool
word_is (const char *word, size_t n, const char *text)
{
  return n == strlen (text) && g_ascii_strncasecmp (word, text, n) == 0;
}

static void
read_text (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  SwLine line = { .next = (const char *) bytes->bytes, .stop = (const char *) bytes->bytes + bytes->size };
  g_autoptr (GArray) corners = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  bool inside = false;

  while (b->error == NULL && sw_line_next (&line) && (line.number % 4096 != 0 || sw_surface_go_on (b)))
    {
      const char *word;
      const size_t n = sw_line_word (&line, &word);

      if (word_is (word, n, "outer") || word_is (word, n, "facet"))
        {
          g_array_set_size (corners, 0);
          inside = true;
        }
      else if (word_is (word, n, "vertex"))
        {
          double x[3];
          uint32_t corner;
          if (!sw_line_number (&line, &x[0]) || !sw_line_number (&line, &x[1]) || !sw_line_number (&line, &x[2]))
            sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a vertex wants three numbers"), line.number);
          else if (!inside || corners->len >= 3)
            sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a facet has three vertices"), line.number);
          else
            {
              corner = sw_surface_add_point (b, x);
              g_array_append_val (corners, corner);
            }
        }
      else if (word_is (word, n, "endloop"))
        {
          sw_surface_add_face (b, corners->len, (const uint32_t *) (void *) corners->data);
          inside = false;
        }
      else if (n > 0 && !word_is (word, n, "solid") && !word_is (word, n, "endsolid") && !word_is (word, n, "endfacet"))
        sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: “%.*s” is not known in STL"), line.number,
                         (int) MIN (n, (size_t) 40), word);
    }
  if (inside)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: it ends in a facet"));
}

void
sw_surface_read_stl (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  /* Binary files may begin with "solid" as well: the size of one that does is that of its triangles. */
  const bool fits = bytes->size >= HEADER
                    && bytes->size == HEADER + (size_t) FACET * (size_t) little32 (bytes->bytes + HEADER - 4);

  if (fits || bytes->size < 5 || g_ascii_strncasecmp ((const char *) bytes->bytes, "solid", 5) != 0)
    {
      if (bytes->size < HEADER)
        sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short"));
      else
        read_binary (b, bytes);
    }
  else
    read_text (b, bytes);
}
