/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/surface-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

/* ---- lines and numbers ---- */

bool
sw_line_next (SwLine *line)
{
  const char *feed;
  if (line->next >= line->stop)
    return false;
  line->at = line->next;
  feed = memchr (line->at, '\n', (size_t) (line->stop - line->at));
  line->end = feed != NULL ? feed : line->stop;
  line->next = feed != NULL ? feed + 1 : line->stop;
  if (line->end > line->at && line->end[-1] == '\r')
    line->end--;
  line->number++;
  return true;
}

static bool
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

size_t
sw_line_word (SwLine *line, const char **ret)
{
  while (line->at < line->end && is_blank (*line->at))
    line->at++;
  *ret = line->at;
  while (line->at < line->end && !is_blank (*line->at))
    line->at++;
  return (size_t) (line->at - *ret);
}

/* Decimal digits and a small exponent, which is exact in a double; everything else goes the slow way. */
static bool
quick_number (const char *at, size_t n, double *ret)
{
  static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
  const char *end = at + n;
  const bool negative = at < end && *at == '-';
  uint64_t digits = 0;
  int n_digits = 0, exponent = 0;

  if (at < end && (*at == '-' || *at == '+'))
    at++;
  for (; at < end && g_ascii_isdigit (*at) && n_digits < 16; at++, n_digits++)
    digits = digits * 10 + (uint64_t) (*at - '0');
  if (at < end && *at == '.')
    for (at++; at < end && g_ascii_isdigit (*at) && n_digits < 16; at++, n_digits++, exponent--)
      digits = digits * 10 + (uint64_t) (*at - '0');
  if (at != end || n_digits == 0 || n_digits > 15 || exponent < -22)
    return false;
  *ret = (double) digits / powers[-exponent];
  if (negative)
    *ret = -*ret;
  return true;
}

bool
sw_line_number (SwLine *line, double *ret)
{
  const char *word;
  const size_t n = sw_line_word (line, &word);
  char copy[64], *end;

  if (n == 0 || n >= sizeof copy)
    return false;
  if (quick_number (word, n, ret))
    return true;
  memcpy (copy, word, n);
  copy[n] = '\0';
  /* "1.#QNAN" and the like, which some programs write */
  if (strstr (copy, "#QNAN") != NULL || strstr (copy, "#IND") != NULL)
    {
      *ret = NAN;
      return true;
    }
  if (strpbrk (copy, "xXpP(") != NULL)
    return false;
  *ret = g_ascii_strtod (copy, &end);
  return *end == '\0' && end != copy;
}

bool
sw_line_integer (SwLine *line, int64_t *ret)
{
  const char *word;
  const size_t n = sw_line_word (line, &word);
  char copy[24], *end;

  if (n == 0 || n >= sizeof copy)
    return false;
  memcpy (copy, word, n);
  copy[n] = '\0';
  errno = 0;
  *ret = g_ascii_strtoll (copy, &end, 10);
  return errno == 0 && *end == '\0' && end != copy;
}

/* ---- OBJ ---- */

static bool
word_is (const char *word, size_t n, const char *text)
{
  return n == strlen (text) && memcmp (word, text, n) == 0;
}

/* "7", "7/1", "7//2", "-1/-1": the vertex. false: no such thing. */
static bool
obj_corner (const char *word, size_t n, size_t n_vertices, uint32_t *ret)
{
  const char *at = word, *end = word + n;
  const bool negative = n > 0 && *at == '-';
  uint64_t value = 0;

  if (negative)
    at++;
  if (at == end || !g_ascii_isdigit (*at))
    return false;
  for (; at < end && g_ascii_isdigit (*at); at++)
    if ((value = value * 10 + (uint64_t) (*at - '0')) >= UINT32_MAX)
      return false;
  if ((at < end && *at != '/') || value == 0 || (negative && value > n_vertices))
    return false;
  *ret = (uint32_t) (negative ? n_vertices - value : value - 1);
  return true;
}

static void
obj_face (SwSurfaceBuilder *b, SwLine *line, GArray *corners)
{
  const char *word;
  size_t n;

  for (;;)
    {
      uint32_t corner;
      n = sw_line_word (line, &word);
      if (n == 0 || *word == '#')
        break;
      /* The line goes on behind a backslash. */
      if (n == 1 && *word == '\\' && line->at == line->end)
        {
          if (!sw_line_next (line))
            break;
          continue;
        }
      if (!obj_corner (word, n, b->n_map, &corner))
        {
          sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: “%.*s” is no corner of a face"), line->number,
                           (int) MIN (n, (size_t) 40), word);
          return;
        }
      if (corners->len >= SW_SURFACE_CORNERS_MAX)
        {
          sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a polygon has more than %zu corners"), line->number,
                           SW_SURFACE_CORNERS_MAX);
          return;
        }
      g_array_append_val (corners, corner);
    }
  sw_surface_add_face (b, corners->len, (const uint32_t *) (void *) corners->data);
}

void
sw_surface_read_obj (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  SwLine line = { .next = (const char *) bytes->bytes, .stop = (const char *) bytes->bytes + bytes->size };
  g_autoptr (GArray) corners = g_array_new (FALSE, FALSE, sizeof (uint32_t));

  while (b->error == NULL && sw_line_next (&line) && (line.number % 4096 != 0 || sw_surface_go_on (b)))
    {
      const char *word;
      const size_t n = sw_line_word (&line, &word);

      if (n == 0 || *word == '#')
        continue;
      if (word_is (word, n, "v"))
        {
          double x[3];
          if (!sw_line_number (&line, &x[0]) || !sw_line_number (&line, &x[1]) || !sw_line_number (&line, &x[2]))
            sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a vertex wants three numbers"), line.number);
          sw_surface_add_vertex (b, x);
        }
      else if (word_is (word, n, "f") || word_is (word, n, "fo"))
        {
          g_array_set_size (corners, 0);
          obj_face (b, &line, corners);
        }
      else if (word_is (word, n, "l") || word_is (word, n, "p") || word_is (word, n, "curv") || word_is (word, n, "surf"))
        b->n_other++;
    }
}

/* ---- OFF ---- */

/* The next line that holds anything but a comment. */
static bool
off_line (SwLine *line)
{
  while (sw_line_next (line))
    {
      const char *hash = memchr (line->at, '#', (size_t) (line->end - line->at));
      if (hash != NULL)
        line->end = hash;
      while (line->at < line->end && is_blank (*line->at))
        line->at++;
      if (line->at < line->end)
        return true;
    }
  return false;
}

static bool
off_counts (SwSurfaceBuilder *b, SwLine *line, size_t ret[2])
{
  int64_t counts[2];
  /* The number of edges, which nobody needs, may be missing. */
  for (int i = 0; i < 2; i++)
    {
      if (!sw_line_integer (line, &counts[i]) || counts[i] < 0 || counts[i] >= UINT32_MAX)
        {
          sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: the numbers of vertices and faces are missing"), line->number);
          return false;
        }
      ret[i] = (size_t) counts[i];
    }
  return true;
}

static void
off_cut_short (SwSurfaceBuilder *b)
{
  sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: it has fewer vertices or faces than it says"));
}

static void
off_face (SwSurfaceBuilder *b, SwLine *line, size_t n_vertices, GArray *corners)
{
  int64_t n, corner;

  if (!sw_line_integer (line, &n) || n < 0 || (size_t) n > SW_SURFACE_CORNERS_MAX)
    {
      sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a face wants its number of corners, at most %zu"), line->number,
                       SW_SURFACE_CORNERS_MAX);
      return;
    }
  g_array_set_size (corners, 0);
  for (int64_t i = 0; i < n; i++)
    {
      uint32_t index;
      if (!sw_line_integer (line, &corner) || corner < 0 || (uint64_t) corner >= n_vertices)
        {
          sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a face names a corner that is not there"), line->number);
          return;
        }
      index = (uint32_t) corner;
      g_array_append_val (corners, index);
    }
  sw_surface_add_face (b, corners->len, (const uint32_t *) (void *) corners->data);
}

void
sw_surface_read_off (SwSurfaceBuilder *b, const SwBytes *bytes)
{
  SwLine line = { .next = (const char *) bytes->bytes, .stop = (const char *) bytes->bytes + bytes->size };
  g_autoptr (GArray) corners = g_array_new (FALSE, FALSE, sizeof (uint32_t));
  const char *word;
  size_t n, counts[2];

  if (!off_line (&line))
    {
      off_cut_short (b);
      return;
    }
  n = sw_line_word (&line, &word);
  for (size_t i = 0; i + 3 <= n; i++)
    if (memcmp (word + i, "OFF", 3) == 0)
      {
        if (i > 0 && (word[i - 1] == '4' || word[i - 1] == 'n'))
          {
            sw_surface_fail (b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("OFF in more than three dimensions is not read"));
            return;
          }
        /* Some sets have the numbers on the same line, without a blank: "OFF490 518 0". */
        line.at = word + i + 3;
        break;
      }
  while (line.at < line.end && is_blank (*line.at))
    line.at++;
  if (line.end - line.at >= 6 && memcmp (line.at, "BINARY", 6) == 0)
    {
      sw_surface_fail (b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("binary OFF is not read; save it as text, or as PLY"));
      return;
    }
  if (line.at == line.end && !off_line (&line))
    {
      off_cut_short (b);
      return;
    }
  if (!off_counts (b, &line, counts))
    return;
  for (size_t i = 0; i < counts[0] && b->error == NULL; i++)
    {
      double x[3];
      if (!off_line (&line))
        {
          off_cut_short (b);
          return;
        }
      if (!sw_line_number (&line, &x[0]) || !sw_line_number (&line, &x[1]) || !sw_line_number (&line, &x[2]))
        sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("line %zu: a vertex wants three numbers"), line.number);
      sw_surface_add_vertex (b, x);
      if (i % 4096 == 0)
        sw_surface_go_on (b);
    }
  for (size_t i = 0; i < counts[1] && b->error == NULL; i++)
    {
      if (!off_line (&line))
        {
          off_cut_short (b);
          return;
        }
      off_face (b, &line, counts[0], corners);
      if (i % 4096 == 0)
        sw_surface_go_on (b);
    }
}
