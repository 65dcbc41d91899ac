/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One walk measures and draws, so that both agree. */
#include "picture/keys-draw.h"

#include <math.h>
#include <pango/pangocairo.h>

/* Logical pixels. */
#define BAR_WIDTH 176.0
#define BAR_HEIGHT 9.0
#define SWATCH 11.0
#define LINE_GAP 3.0
#define KEY_GAP 10.0
#define COLUMN_GAP 10.0
#define ROWS_MAX 8

typedef struct
{
  cairo_t *cr; /* NULL: only measures */
  PangoLayout *layout;
  double scale, y, width;
  bool is_dark;
} Pen;

static void
write_text (Pen *pen, const char *text, double x, double size, bool is_bold, double alpha, double align, double *ret_width, double *ret_height)
{
  PangoFontDescription *font = pango_font_description_from_string ("Sans");
  int width, height;
  pango_font_description_set_absolute_size (font, size * pen->scale * PANGO_SCALE);
  pango_font_description_set_weight (font, is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (pen->layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (pen->layout, text, -1);
  pango_layout_get_pixel_size (pen->layout, &width, &height);
  if (pen->cr != NULL)
    {
      const double grey = pen->is_dark ? 0.96 : 0.12;
      cairo_set_source_rgba (pen->cr, grey, grey, grey, alpha);
      cairo_move_to (pen->cr, x - align * width, pen->y);
      pango_cairo_show_layout (pen->cr, pen->layout);
    }
  *ret_width = width;
  *ret_height = height;
}

static void
fill_box (Pen *pen, double x, double y, double width, double height, const uint8_t color[4])
{
  if (pen->cr == NULL)
    return;
  cairo_set_source_rgb (pen->cr, color[0] / 255.0, color[1] / 255.0, color[2] / 255.0);
  /* Neighbours of a bar would let the background through at their edges. */
  cairo_set_antialias (pen->cr, CAIRO_ANTIALIAS_NONE);
  cairo_rectangle (pen->cr, x, y, width, height);
  cairo_fill (pen->cr);
  cairo_set_antialias (pen->cr, CAIRO_ANTIALIAS_DEFAULT);
}

static void
walk_bar (Pen *pen, const SwKey *key)
{
  const double s = pen->scale, width = BAR_WIDTH * s;
  double w, h;
  for (size_t i = 0; i < key->n_colors; i++)
    {
      const double x0 = floor (width * (double) i / (double) key->n_colors);
      const double x1 = floor (width * (double) (i + 1) / (double) key->n_colors);
      fill_box (pen, x0, pen->y, x1 - x0, BAR_HEIGHT * s, key->colors[i]);
    }
  pen->y += (BAR_HEIGHT + 1.0) * s;
  for (int i = 0; i < 3; i++)
    write_text (pen, key->labels[i], 0.5 * i * width, 11.0, false, 0.95, 0.5 * i, &w, &h);
  pen->y += h;
  pen->width = fmax (pen->width, width);
}

static void
walk_swatches (Pen *pen, const SwKey *key)
{
  const double s = pen->scale, top = pen->y;
  const size_t n_rows = MIN (key->n_colors, ROWS_MAX);
  double x = 0.0, lowest = top;
  for (size_t first = 0; first < key->n_colors; first += n_rows)
    {
      double column = 0.0;
      pen->y = top;
      for (size_t i = first; i < MIN (first + n_rows, key->n_colors); i++)
        {
          double w, h;
          write_text (pen, key->labels[i], x + (SWATCH + 6.0) * s, 11.0, false, 0.95, 0.0, &w, &h);
          fill_box (pen, x, floor (pen->y + 0.5 * (h - SWATCH * s)), SWATCH * s, SWATCH * s, key->colors[i]);
          pen->y += h + s;
          column = fmax (column, w + (SWATCH + 6.0) * s);
        }
      lowest = fmax (lowest, pen->y);
      x += column + COLUMN_GAP * s;
    }
  pen->y = lowest;
  pen->width = fmax (pen->width, x - COLUMN_GAP * s);
}

static void
walk (Pen *pen, const GPtrArray *keys)
{
  double w, h;
  for (guint i = 0; i < keys->len; i++)
    {
      const SwKey *key = g_ptr_array_index (keys, i);
      if (i > 0)
        pen->y += KEY_GAP * pen->scale;
      write_text (pen, key->title, 0.0, 11.5, true, 1.0, 0.0, &w, &h);
      pen->width = fmax (pen->width, w);
      pen->y += h + LINE_GAP * pen->scale;
      if (key->kind == SW_KEY_BAR)
        walk_bar (pen, key);
      else
        walk_swatches (pen, key);
      if (key->note == NULL)
        continue;
      g_auto (GStrv) lines = g_strsplit (key->note, "\n", -1);
      for (char **line = lines; *line != NULL; line++)
        {
          write_text (pen, *line, 0.0, 10.0, false, 0.72, 0.0, &w, &h);
          pen->y += h;
          pen->width = fmax (pen->width, w);
        }
    }
}

void
sw_keys_measure (const GPtrArray *keys, double scale, int *ret_width, int *ret_height)
{
  PangoContext *context = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  PangoLayout *layout = pango_layout_new (context);
  Pen pen = { .layout = layout, .scale = scale };
  walk (&pen, keys);
  g_object_unref (layout);
  g_object_unref (context);
  *ret_width = (int) ceil (pen.width);
  *ret_height = (int) ceil (pen.y);
}

void
sw_keys_draw (const GPtrArray *keys, cairo_t *cr, double scale, bool is_dark)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  Pen pen = { .cr = cr, .layout = layout, .scale = scale, .is_dark = is_dark };
  walk (&pen, keys);
  g_object_unref (layout);
}
