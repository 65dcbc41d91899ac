/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chart/page.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>

#include "chart/draw.h"

/* Of one chart in a picture, and how much finer the PNG is. */
#define CHART_WIDTH 900.0
#define CHART_HEIGHT 440.0
#define PICTURE_MARGIN 20.0
#define PNG_SCALE 2.0

/* A4 in points. */
#define SHEET_WIDTH 595.28
#define SHEET_HEIGHT 841.89
#define SHEET_MARGIN 48.0

static const SwChartLook page_look
    = { .ink = { 0.1, 0.1, 0.12 }, .paper = { 1.0, 1.0, 1.0 }, .font = "Sans 10" };

static cairo_status_t
append (void *closure, const unsigned char *data, unsigned length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

/* Text in a column, wrapped; returns its height. */
static double
put_text (cairo_t *cr, const char *text, const char *font, double x, double y, double width, double alpha)
{
  g_autoptr (PangoLayout) layout = pango_cairo_create_layout (cr);
  PangoFontDescription *description = pango_font_description_from_string (font);
  int height;

  /* Points on a sheet that is measured in points, whatever resolution pango assumes. */
  pango_cairo_context_set_resolution (pango_layout_get_context (layout), 72.0);
  pango_layout_context_changed (layout);
  pango_layout_set_font_description (layout, description);
  pango_font_description_free (description);
  pango_layout_set_width (layout, (int) (width * PANGO_SCALE));
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_size (layout, NULL, &height);
  cairo_set_source_rgba (cr, 0.1, 0.1, 0.12, alpha);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
  return height;
}

static double
put_facts (cairo_t *cr, const SwChartPage *page, double y)
{
  const double width = SHEET_WIDTH - 2.0 * SHEET_MARGIN, name = 92.0;

  for (size_t i = 0; i < page->n_facts; i++)
    {
      const SwChartFact *fact = &page->facts[i];
      if (fact->value == NULL)
        {
          y += put_text (cr, fact->name, "Sans 7.5", SHEET_MARGIN, y, width, 0.8) + 2.0;
          continue;
        }
      put_text (cr, fact->name, "Sans 7.5", SHEET_MARGIN, y, name, 0.65);
      y += put_text (cr, fact->value, "Sans 7.5", SHEET_MARGIN + name, y, width - name, 1.0) + 2.0;
    }
  return y;
}

static double
put_table (cairo_t *cr, const SwChartPage *page, double y, double bottom)
{
  const double width = SHEET_WIDTH - 2.0 * SHEET_MARGIN, first = 0.3 * width;
  const double rest = page->n_columns > 1 ? (width - first) / (double) (page->n_columns - 1) : 0.0;

  for (size_t row = 0; row < page->n_rows && y < bottom; row++)
    {
      double height = 0.0;
      for (size_t column = 0; column < page->n_columns; column++)
        height = fmax (height, put_text (cr, page->cells[row * page->n_columns + column], row == 0 ? "Sans Bold 7.5" : "Sans 7.5",
                                         SHEET_MARGIN + (column > 0 ? first + rest * (double) (column - 1) : 0.0), y,
                                         (column > 0 ? rest : first) - 6.0, 1.0));
      y += height + 2.0;
      cairo_set_source_rgba (cr, 0.1, 0.1, 0.12, row == 0 ? 0.5 : 0.12);
      cairo_set_line_width (cr, 0.5);
      cairo_move_to (cr, SHEET_MARGIN, y - 1.0);
      cairo_line_to (cr, SHEET_WIDTH - SHEET_MARGIN, y - 1.0);
      cairo_stroke (cr);
    }
  return y;
}

static void
draw_sheet (cairo_t *cr, const SwChartPage *page)
{
  const double width = SHEET_WIDTH - 2.0 * SHEET_MARGIN, bottom = SHEET_HEIGHT - SHEET_MARGIN;
  const double scale = width / CHART_WIDTH;
  double y = SHEET_MARGIN;

  y += put_text (cr, page->title, "Sans Bold 15", SHEET_MARGIN, y, width, 1.0) + 3.0;
  if (page->subtitle != NULL)
    y += put_text (cr, page->subtitle, "Sans 9", SHEET_MARGIN, y, width, 0.75) + 10.0;
  for (size_t i = 0; i < page->n_charts; i++)
    {
      cairo_save (cr);
      cairo_translate (cr, SHEET_MARGIN, y);
      cairo_scale (cr, scale, scale);
      sw_chart_draw (&page->charts[i], cr, CHART_WIDTH, CHART_HEIGHT - 60.0, &page_look, -1.0);
      cairo_restore (cr);
      y += scale * (CHART_HEIGHT - 60.0) + 12.0;
    }
  y = put_facts (cr, page, y) + 8.0;
  put_table (cr, page, y, bottom - 24.0);
  if (page->footer != NULL)
    put_text (cr, page->footer, "Sans 6.5", SHEET_MARGIN, bottom - 8.0, width, 0.6);
}

static void
draw_picture (cairo_t *cr, const SwChartPage *page)
{
  cairo_set_source_rgb (cr, 1.0, 1.0, 1.0);
  cairo_paint (cr);
  for (size_t i = 0; i < page->n_charts; i++)
    {
      cairo_save (cr);
      cairo_translate (cr, PICTURE_MARGIN, PICTURE_MARGIN + (double) i * (CHART_HEIGHT + PICTURE_MARGIN));
      sw_chart_draw (&page->charts[i], cr, CHART_WIDTH, CHART_HEIGHT, &page_look, -1.0);
      cairo_restore (cr);
    }
}

GBytes *
sw_chart_page_render (const SwChartPage *page, SwChartFormat format, GError **error)
{
  const double width = CHART_WIDTH + 2.0 * PICTURE_MARGIN;
  const double height = (double) page->n_charts * (CHART_HEIGHT + PICTURE_MARGIN) + PICTURE_MARGIN;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface = NULL;
  cairo_status_t status;
  cairo_t *cr;

  switch (format)
    {
    case SW_CHART_SVG:
      surface = cairo_svg_surface_create_for_stream (append, bytes, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      break;
    case SW_CHART_PNG:
      surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (PNG_SCALE * width), (int) ceil (PNG_SCALE * height));
      cairo_surface_set_device_scale (surface, PNG_SCALE, PNG_SCALE);
      break;
    case SW_CHART_PDF:
      surface = cairo_pdf_surface_create_for_stream (append, bytes, SHEET_WIDTH, SHEET_HEIGHT);
      cairo_pdf_surface_restrict_to_version (surface, CAIRO_PDF_VERSION_1_4);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, page->title);
      break;
    }
  cr = cairo_create (surface);
  if (format == SW_CHART_PDF)
    draw_sheet (cr, page);
  else
    draw_picture (cr, page);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == SW_CHART_PNG)
    status = cairo_surface_write_to_png_stream (surface, append, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, cairo_status_to_string (status));
  return NULL;
}
