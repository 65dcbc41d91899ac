/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a curve and a column land is known: pixels and vectors are looked at there. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "chart/draw.h"
#include "chart/page.h"

static const SwChartLook look = { .ink = { 0.0, 0.0, 0.0 }, .paper = { 1.0, 1.0, 1.0 }, .font = "Sans 10" };
static const double angles[] = { 0.0, 90.0, 180.0, 270.0, 360.0 };

static cairo_surface_t *
draw (const SwChart *chart, double hover)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 500, 300);
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1.0, 1.0, 1.0);
  cairo_paint (cr);
  sw_chart_draw (chart, cr, 500.0, 300.0, &look, hover);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

/* The rows of a column of pixels that are nearly of the colour: their mean; NaN when there are none. */
static double
row_of (cairo_surface_t *surface, int x, unsigned color)
{
  const unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  double c[3], sum = 0.0;
  int n = 0;

  sw_chart_get_color (color, false, c);
  for (int y = 30; y < 300; y++)
    {
      const unsigned char *p = data + y * stride + 4 * x;
      double distance = 0.0;
      for (int i = 0; i < 3; i++)
        distance += fabs (p[2 - i] / 255.0 - c[i]);
      if (distance > 0.12)
        continue;
      sum += y;
      n++;
    }
  return n > 0 ? sum / n : NAN;
}

/* Powers of ten are equally far apart: 1e-1, 1e-3, 1e-2 lie where their logarithms say. */
static void
test_logarithmic (void)
{
  const double steps[3][5] = { { 0.1, 0.1, 0.1, 0.1, 0.1 }, { 1e-2, 1e-2, 1e-2, 1e-2, 1e-2 }, { 1e-3, 1e-3, 1e-3, 1e-3, 1e-3 } };
  SwChartSeries series[3];
  const SwChart chart = { .title = "t", .y_scale = SW_CHART_LOG, .x_max = 360.0, .x_step = 90.0, .x_format = "%.0f", .n_series = 3,
                          .series = series };

  for (unsigned s = 0; s < 3; s++)
    series[s] = (SwChartSeries){ .name = "n", .color = s, .n = 5, .x = angles, .y = steps[s] };
  cairo_surface_t *surface = draw (&chart, -1.0);
  const double a = row_of (surface, 250, 0), b = row_of (surface, 250, 1), c = row_of (surface, 250, 2);
  g_test_message ("rows %g, %g, %g", a, b, c);
  g_assert_cmpfloat (a, <, b);
  g_assert_cmpfloat_with_epsilon (b - a, c - b, 1.01);
  g_assert_cmpfloat (b - a, >, 60.0);
  cairo_surface_destroy (surface);
}

/* NaN is left out, and does not break the line. */
static void
test_gap (void)
{
  const double values[] = { 0.5, NAN, 0.5, NAN, 0.5 }, none[] = { NAN, NAN, NAN, NAN, NAN };
  SwChartSeries series = { .name = "n", .color = 1, .n = 5, .x = angles, .y = values };
  SwChart chart = { .title = "t", .y_scale = SW_CHART_PERCENT, .x_max = 360.0, .x_format = "%.0f", .n_series = 1, .series = &series };
  cairo_surface_t *surface = draw (&chart, -1.0);

  g_assert_cmpfloat_with_epsilon (row_of (surface, 130, 1), row_of (surface, 400, 1), 1.0);
  cairo_surface_destroy (surface);
  series.y = none;
  surface = draw (&chart, 250.0);
  g_assert_true (isnan (row_of (surface, 250, 1)));
  cairo_surface_destroy (surface);
}

/* A mark under the pointer is drawn, and the place is told in the units of the data. */
static void
test_pointer (void)
{
  const double values[] = { 0.5, 0.5, 0.5, 0.5, 0.5 };
  const SwChartSeries series = { .name = "n", .n = 5, .x = angles, .y = values };
  const SwChart chart = { .title = "t", .x_max = 360.0, .x_step = 90.0, .x_format = "%.0f", .x_hover = "%.0f", .n_series = 1,
                          .series = &series };
  cairo_surface_t *without = draw (&chart, -1.0), *with = draw (&chart, 300.0);
  const size_t size = 300 * (size_t) cairo_image_surface_get_stride (with);
  cairo_t *cr = cairo_create (with);

  g_assert_cmpint (memcmp (cairo_image_surface_get_data (without), cairo_image_surface_get_data (with), size), !=, 0);
  const double left = sw_chart_x_at (&chart, 500.0, 300.0, &look, cr, 200.0);
  const double right = sw_chart_x_at (&chart, 500.0, 300.0, &look, cr, 300.0);
  g_assert_cmpfloat (left, >, 0.0);
  g_assert_cmpfloat (right, >, left);
  g_assert_cmpfloat (right, <, 360.0);
  g_assert_true (isnan (sw_chart_x_at (&chart, 500.0, 300.0, &look, cr, 2.0)));
  cairo_destroy (cr);
  cairo_surface_destroy (without);
  cairo_surface_destroy (with);
}

/* A column of four is twice as high as one of two. */
static void
test_columns (void)
{
  const double edges[] = { 1e-3, 1e-2, 1e-1, 1.0 }, counts[] = { 2.0, 0.0, 4.0 };
  const SwChartSeries series = { .name = "n", .color = 0, .bars = true, .n = 3, .x = edges, .y = counts };
  const SwChart chart = { .title = "t", .x_scale = SW_CHART_LOG, .x_min = 1e-3, .x_max = 1.0, .n_series = 1, .series = &series };
  cairo_surface_t *surface = draw (&chart, -1.0);
  const unsigned char *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  int height[3] = { 0 };

  /* Within a column its fill is bluish: more blue than red. */
  for (int i = 0; i < 3; i++)
    for (int y = 30; y < 300; y++)
      {
        const unsigned char *p = data + y * stride + 4 * (115 + 145 * i);
        height[i] += p[0] > p[2] + 20;
      }
  g_test_message ("heights %d, %d, %d", height[0], height[1], height[2]);
  g_assert_cmpint (height[1], ==, 0);
  g_assert_cmpint (ABS (height[2] - 2 * height[0]), <=, 4);
  g_assert_cmpint (height[0], >, 50);
  cairo_surface_destroy (surface);
}

static GBytes *
render (SwChartFormat format)
{
  static const double values[] = { 0.2, 0.4, 0.6, 0.8, 0.5 };
  static const SwChartSeries series = { .name = "n", .n = 5, .x = angles, .y = values };
  static const SwChart chart = { .title = "t", .x_max = 360.0, .x_step = 90.0, .x_format = "%.0f", .n_series = 1, .series = &series };
  static const SwChartFact facts[] = { { "File", "a.pdb" }, { "A line of its own", NULL } };
  static const char *const cells[] = { "layer", "error", "one", "2 %" };
  const SwChartPage page = { .title = "Report", .subtitle = "of a test", .n_charts = 1, .charts = &chart, .n_facts = 2, .facts = facts,
                             .n_rows = 2, .n_columns = 2, .cells = cells, .footer = "end" };
  g_autoptr (GError) error = NULL;
  GBytes *bytes = sw_chart_page_render (&page, format, &error);

  g_assert_no_error (error);
  return bytes;
}

static gboolean
has (const char *data, gsize size, const char *word)
{
  return memmem (data, size, word, strlen (word)) != NULL;
}

/* True vectors: no picture in SVG and PDF, and the text of a file is one page. */
static void
test_files (void)
{
  gsize size;
  g_autoptr (GBytes) svg = render (SW_CHART_SVG), png = render (SW_CHART_PNG), pdf = render (SW_CHART_PDF);
  const char *text = g_bytes_get_data (svg, &size);

  g_assert_true (has (text, size, "<svg"));
  g_assert_true (has (text, size, "<path"));
  g_assert_false (has (text, size, "<image"));
  text = g_bytes_get_data (pdf, &size);
  g_assert_true (g_str_has_prefix (text, "%PDF"));
  g_assert_true (has (text, size, "/Count 1"));
  g_assert_false (has (text, size, "/Subtype /Image"));
  text = g_bytes_get_data (png, &size);
  g_assert_cmpmem (text, 8, "\x89PNG\r\n\x1a\n", 8);
  /* Big-endian width in the header: twice 940. */
  g_assert_cmpint (((guchar) text[18] << 8) + (guchar) text[19], ==, 1880);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chart/logarithmic", test_logarithmic);
  g_test_add_func ("/chart/gap", test_gap);
  g_test_add_func ("/chart/pointer", test_pointer);
  g_test_add_func ("/chart/columns", test_columns);
  g_test_add_func ("/chart/files", test_files);
  return g_test_run ();
}
