/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "chart/draw.h"

#include <math.h>

#define MARGIN_RIGHT 14.0
#define GAP 6.0
#define SMALL 0.83

typedef struct
{
  const SwChart *chart;
  const SwChartLook *look;
  cairo_t *cr;
  double left, top, width, height; /* of the frame */
  double low, high;                /* of the vertical axis, as drawn: log10 for SW_CHART_LOG */
  double first, last;              /* of the horizontal one, likewise */
} Job;

void
sw_chart_get_color (unsigned color, bool dark, double ret[3])
{
  static const unsigned char light_colors[SW_CHART_COLORS][3]
      = { { 0x00, 0x72, 0xb2 }, { 0xd5, 0x5e, 0x00 }, { 0x00, 0x80, 0x5d }, { 0xa8, 0x55, 0x8a },
          { 0x8a, 0x6d, 0x00 }, { 0x2a, 0x8f, 0xbd }, { 0x6b, 0x6b, 0x6b }, { 0x7a, 0x3f, 0x1d } };
  static const unsigned char dark_colors[SW_CHART_COLORS][3]
      = { { 0x5c, 0xb3, 0xee }, { 0xff, 0x9d, 0x5c }, { 0x3c, 0xcf, 0xa3 }, { 0xe3, 0xa5, 0xcb },
          { 0xe5, 0xc8, 0x4e }, { 0x9a, 0xdc, 0xf7 }, { 0xb8, 0xb8, 0xb8 }, { 0xd9, 0xa8, 0x86 } };
  const unsigned char *c = (dark ? dark_colors : light_colors)[color % SW_CHART_COLORS];

  for (int i = 0; i < 3; i++)
    ret[i] = c[i] / 255.0;
}

/* ---- text */

static PangoLayout *
layout_of (const Job *job, const char *text, double scale, bool bold)
{
  PangoLayout *layout
      = job->look->context != NULL ? pango_layout_new (job->look->context) : pango_cairo_create_layout (job->cr);
  PangoAttrList *attributes = pango_attr_list_new ();

  if (job->look->context == NULL)
    {
      PangoFontDescription *font = pango_font_description_from_string (job->look->font);
      pango_layout_set_font_description (layout, font);
      pango_font_description_free (font);
    }
  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

/* anchor: 0 left, 0.5 middle, 1 right of x; likewise for y. Returns the width. */
static double
draw_text (
    const Job *job, const char *text, double x, double y, double anchor_x, double anchor_y, double scale, bool bold)
{
  g_autoptr (PangoLayout) layout = layout_of (job, text, scale, bold);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (job->cr, x - anchor_x * width, y - anchor_y * height);
  pango_cairo_show_layout (job->cr, layout);
  return width;
}

static void
measure_text (const Job *job, const char *text, double scale, int *ret_width, int *ret_height)
{
  g_autoptr (PangoLayout) layout = layout_of (job, text, scale, false);
  pango_layout_get_pixel_size (layout, ret_width, ret_height);
}

static void
set_ink (const Job *job, double alpha)
{
  const double *ink = job->look->ink;
  cairo_set_source_rgba (job->cr, ink[0], ink[1], ink[2], alpha);
}

static void
set_color (const Job *job, unsigned color, double alpha)
{
  double c[3];
  sw_chart_get_color (color, job->look->dark, c);
  cairo_set_source_rgba (job->cr, c[0], c[1], c[2], alpha);
}

static void
set_dash (const Job *job, SwChartDash dash)
{
  static const double dashed[] = { 5.0, 4.0 }, dotted[] = { 0.1, 4.5 };

  cairo_set_dash (job->cr, dash == SW_CHART_DASHED ? dashed : dotted, dash == SW_CHART_SOLID ? 0 : 2, 0.0);
}

static char *
format_value (const Job *job, double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  if (job->chart->y_scale == SW_CHART_PERCENT)
    return g_strdup_printf ("%.1f %%", 100.0 * value);
  return job->look->format_value != NULL ? job->look->format_value (value) : g_strdup_printf ("%.3g", value);
}

/* ---- axes */

static void
choose_range (Job *job)
{
  const SwChart *chart = job->chart;
  double low = INFINITY, high = -INFINITY;
  bool bars = false;

  for (size_t s = 0; s < chart->n_series; s++)
    for (size_t i = 0; i < chart->series[s].n; i++)
      {
        const double y = chart->series[s].y[i];
        bars = bars || chart->series[s].bars;
        if (!isfinite (y) || (chart->y_scale == SW_CHART_LOG && y <= 0.0))
          continue;
        low = fmin (low, y);
        high = fmax (high, y);
      }
  if (chart->y_scale == SW_CHART_PERCENT)
    {
      job->low = 0.0;
      job->high = 1.0;
    }
  else if (!isfinite (low))
    {
      job->low = chart->y_scale == SW_CHART_LOG ? -3.0 : 0.0;
      job->high = chart->y_scale == SW_CHART_LOG ? 0.0 : 1.0;
    }
  else if (chart->y_scale == SW_CHART_LOG)
    {
      job->low = floor (log10 (low));
      /* A whole decade above the curve would be empty. */
      job->high = fmax (fmin (ceil (log10 (high)), log10 (high) + 0.15), job->low + 1.0);
    }
  else
    {
      job->low = fmin (low, 0.0);
      job->high = high > job->low ? (bars ? 1.08 : 1.0) * high : job->low + 1.0;
    }
  const bool log_x = chart->x_scale == SW_CHART_LOG;
  job->first = log_x ? log10 (fmax (chart->x_min, 1e-300)) : chart->x_min;
  job->last = log_x ? log10 (fmax (chart->x_max, 1e-300)) : chart->x_max;
  if (!(job->last > job->first))
    job->last = job->first + 1.0;
}

static double
x_at (const Job *job, double x)
{
  const double value = job->chart->x_scale == SW_CHART_LOG ? log10 (fmax (x, 1e-300)) : x;
  return job->left + job->width * CLAMP ((value - job->first) / (job->last - job->first), 0.0, 1.0);
}

static double
y_at (const Job *job, double y)
{
  const double value = job->chart->y_scale == SW_CHART_LOG ? log10 (fmax (y, 1e-300)) : y;
  return job->top + job->height * (1.0 - CLAMP ((value - job->low) / (job->high - job->low), 0.0, 1.05));
}

/* 1, 2 or 5 times a power of ten, so that there are at most n steps. */
static double
nice_step (double span, unsigned n)
{
  const double raw = span / n, power = pow (10.0, floor (log10 (raw)));
  return (raw <= power ? 1.0 : raw <= 2.0 * power ? 2.0 : raw <= 5.0 * power ? 5.0 : 10.0) * power;
}

static char *
format_log (double tick)
{
  static const char *const digits[10] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
  const double percent = 100.0 * pow (10.0, tick);

  if (percent >= 0.00099)
    return g_strdup_printf (percent < 999.0 ? "%.3g %%" : "%.0f %%", percent);
  GString *text = g_string_new (tick < 0.0 ? "10⁻" : "10");
  g_autofree char *plain = g_strdup_printf ("%.0f", fabs (tick));
  for (const char *p = plain; *p != '\0'; p++)
    g_string_append (text, digits[*p - '0']);
  return g_string_free (text, FALSE);
}

static char *
format_tick (const Job *job, double tick)
{
  if (job->chart->y_scale == SW_CHART_PERCENT)
    return g_strdup_printf ("%.0f %%", 100.0 * tick);
  if (job->chart->y_scale == SW_CHART_LOG)
    return format_log (tick);
  return g_strdup_printf ("%.3g", tick);
}

static double
tick_step (const Job *job)
{
  if (job->chart->y_scale == SW_CHART_PERCENT)
    return 0.25;
  if (job->chart->y_scale == SW_CHART_LOG)
    return fmax (1.0, ceil ((job->high - job->low) / 5.0));
  return nice_step (job->high - job->low, 4);
}

static double
label_width (const Job *job)
{
  double width = 36.0;

  for (double tick = job->low; tick <= job->high + 1e-9; tick += tick_step (job))
    {
      g_autofree char *text = format_tick (job, tick);
      int w, h;
      measure_text (job, text, SMALL, &w, &h);
      width = fmax (width, w);
    }
  return width;
}

static void
draw_x_tick (const Job *job, double at, const char *text, bool line)
{
  const double x = job->left + job->width * (at - job->first) / (job->last - job->first);

  if (line)
    {
      set_ink (job, 0.12);
      cairo_move_to (job->cr, floor (x) + 0.5, job->top);
      cairo_line_to (job->cr, floor (x) + 0.5, job->top + job->height);
      cairo_stroke (job->cr);
    }
  set_ink (job, 0.7);
  draw_text (job, text, x, job->top + job->height + 8.0, 0.5, 0.0, SMALL, false);
}

/* Powers of ten; where there are few of them, twice and five times them too. */
static void
draw_log_axis (const Job *job)
{
  const double span = job->last - job->first;
  const double step = span > 6.0 ? 2.0 : 1.0;

  for (double decade = step * floor (job->first / step); decade <= job->last; decade += step)
    for (int i = 0; i < 3; i++)
      {
        const double tick = decade + (i == 1 ? log10 (2.0) : i == 2 ? log10 (5.0) : 0.0);
        if ((i > 0 && span > 2.5) || tick < job->first || tick > job->last)
          continue;
        g_autofree char *text = format_log (tick);
        draw_x_tick (job, tick, text, true);
      }
}

static void
draw_linear_axis (const Job *job)
{
  const SwChart *chart = job->chart;
  const bool given = chart->x_step > 0.0, wide = job->width > 320.0;
  const double step = given ? chart->x_step * (wide ? 1.0 : 2.0)
                            : fmax (1.0, nice_step (fmax (job->last - job->first, 1.0), wide ? 6 : 4));

  for (int i = (int) ceil (job->first / step - 1e-9); i * step <= job->last + 1e-9; i++)
    {
      g_autofree char *text = g_strdup_printf (chart->x_format, i * step + 0.0); /* no "-0" */
      if (given || i > 0)
        draw_x_tick (job, i * step, text, given);
    }
}

static void
draw_axes (Job *job)
{
  const SwChart *chart = job->chart;
  const double bottom = job->top + job->height;

  cairo_set_line_width (job->cr, 1.0);
  for (double tick = job->low; tick <= job->high + 1e-9; tick += tick_step (job))
    {
      const double y = floor (job->top + job->height * (1.0 - (tick - job->low) / (job->high - job->low))) + 0.5;
      g_autofree char *text = format_tick (job, tick);
      set_ink (job, tick == job->low ? 0.35 : 0.12);
      cairo_move_to (job->cr, job->left, y);
      cairo_line_to (job->cr, job->left + job->width, y);
      cairo_stroke (job->cr);
      set_ink (job, 0.7);
      draw_text (job, text, job->left - GAP, y, 1.0, 0.5, SMALL, false);
    }
  set_ink (job, 0.7);
  if (chart->x_name != NULL)
    draw_text (job, chart->x_name, job->left - GAP, bottom + 8.0, 1.0, 0.0, SMALL, false);
  if (chart->x_scale == SW_CHART_LOG)
    draw_log_axis (job);
  else
    draw_linear_axis (job);
}

/* ---- curves */

/* The outline of each group of columns. */
static void
draw_bars (const Job *job, const SwChartSeries *series)
{
  const double ground = y_at (job, 0.0);

  for (size_t i = 0; i < series->n; i++)
    {
      if (!(series->y[i] > 0.0))
        continue;
      cairo_move_to (job->cr, x_at (job, series->x[i]), ground);
      for (; i < series->n && series->y[i] > 0.0; i++)
        {
          cairo_line_to (job->cr, x_at (job, series->x[i]), y_at (job, series->y[i]));
          cairo_line_to (job->cr, x_at (job, series->x[i + 1]), y_at (job, series->y[i]));
        }
      cairo_line_to (job->cr, x_at (job, series->x[i]), ground);
      set_color (job, series->color, 0.22);
      cairo_fill_preserve (job->cr);
      set_color (job, series->color, 1.0);
      cairo_set_line_width (job->cr, 1.5);
      set_dash (job, series->dash);
      cairo_stroke (job->cr);
      cairo_set_dash (job->cr, NULL, 0, 0.0);
    }
}

static void
draw_series (const Job *job, const SwChartSeries *series)
{
  bool begun = false;
  double column = -1.0, low = 0.0, high = 0.0;
  size_t n_points = 0;

  set_color (job, series->color, 1.0);
  cairo_set_line_width (job->cr, 2.0);
  cairo_set_line_join (job->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (job->cr, CAIRO_LINE_CAP_ROUND);
  set_dash (job, series->dash);
  for (size_t i = 0; i < series->n; i++)
    {
      if (!isfinite (series->y[i]))
        continue;
      const double x = x_at (job, series->x[i]), y = y_at (job, series->y[i]);
      n_points++;
      /* Points of one pixel column become its span. */
      if (begun && floor (x) == column && !series->dots)
        {
          if (y < low)
            cairo_line_to (job->cr, x, low = y);
          else if (y > high)
            cairo_line_to (job->cr, x, high = y);
          continue;
        }
      if (begun)
        cairo_line_to (job->cr, x, y);
      else
        cairo_move_to (job->cr, x, y);
      begun = true;
      column = floor (x);
      low = high = y;
    }
  cairo_stroke (job->cr);
  cairo_set_dash (job->cr, NULL, 0, 0.0);
  if (series->dots || n_points == 1)
    for (size_t i = 0; i < series->n; i++)
      if (isfinite (series->y[i]) && (n_points < 80 || i + 1 == series->n))
        {
          cairo_arc (job->cr, x_at (job, series->x[i]), y_at (job, series->y[i]), 3.0, 0.0, 2.0 * G_PI);
          cairo_fill (job->cr);
        }
}

/* The point nearest to x that has a value; -1: none. */
static gssize
nearest (const SwChartSeries *series, double x)
{
  gssize best = -1;

  for (size_t i = 0; i < series->n; i++)
    if (isfinite (series->y[i]) && (best < 0 || fabs (series->x[i] - x) < fabs (series->x[best] - x)))
      best = (gssize) i;
  return best;
}

/* Title and names; returns where the frame may begin. */
static double
draw_legend (const Job *job, double width)
{
  const SwChart *chart = job->chart;
  double x, y = 2.0;

  set_ink (job, 1.0);
  x = 2.0 + draw_text (job, chart->title, 2.0, y, 0.0, 0.0, 1.0, true) + 14.0;
  y += 3.0;
  if (chart->y_name != NULL)
    {
      set_ink (job, 0.7);
      x += draw_text (job, chart->y_name, x - 6.0, y, 0.0, 0.0, SMALL, false) + 8.0;
    }
  for (size_t s = 0; s < chart->n_series; s++)
    {
      const SwChartSeries *series = &chart->series[s];
      g_autoptr (PangoLayout) layout = layout_of (job, series->name, SMALL, false);
      int w, h;
      pango_layout_get_pixel_size (layout, &w, &h);
      if (x + 24.0 + w > width && x > 2.0)
        {
          x = 2.0;
          y += h + 4.0;
        }
      set_color (job, series->color, 1.0);
      cairo_set_line_width (job->cr, 2.5);
      cairo_set_line_cap (job->cr, CAIRO_LINE_CAP_ROUND);
      set_dash (job, series->dash);
      cairo_move_to (job->cr, x, y + 0.5 * h);
      cairo_line_to (job->cr, x + 18.0, y + 0.5 * h);
      cairo_stroke (job->cr);
      cairo_set_dash (job->cr, NULL, 0, 0.0);
      set_ink (job, 0.8);
      cairo_move_to (job->cr, x + 23.0, y);
      pango_cairo_show_layout (job->cr, layout);
      x += 23.0 + w + 14.0;
    }
  return y + 28.0;
}

/* ---- what is under the pointer */

static double
value_at (const Job *job, double at)
{
  const double value = job->first + (at - job->left) / job->width * (job->last - job->first);
  return job->chart->x_scale == SW_CHART_LOG ? pow (10.0, value) : value;
}

static void
draw_box (const Job *job, const char *text, double x)
{
  const double *paper = job->look->paper;
  const double radius = 6.0, top = job->top + 4.0;
  g_autoptr (PangoLayout) layout = layout_of (job, text, SMALL, false);
  int w, h;

  pango_layout_get_pixel_size (layout, &w, &h);
  const double left = x + 12.0 + w + 16.0 < job->left + job->width ? x + 10.0 : x - 26.0 - w;
  cairo_new_sub_path (job->cr);
  cairo_arc (job->cr, left + w + 16.0 - radius, top + radius, radius, -G_PI_2, 0.0);
  cairo_arc (job->cr, left + w + 16.0 - radius, top + h + 10.0 - radius, radius, 0.0, G_PI_2);
  cairo_arc (job->cr, left + radius, top + h + 10.0 - radius, radius, G_PI_2, G_PI);
  cairo_arc (job->cr, left + radius, top + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path (job->cr);
  cairo_set_source_rgba (job->cr, paper[0], paper[1], paper[2], 0.95);
  cairo_fill_preserve (job->cr);
  cairo_set_line_width (job->cr, 1.0);
  set_ink (job, 0.2);
  cairo_stroke (job->cr);
  set_ink (job, 1.0);
  cairo_move_to (job->cr, left + 8.0, top + 5.0);
  pango_cairo_show_layout (job->cr, layout);
}

static void
draw_hover_bars (const Job *job, double wanted, double at)
{
  const SwChart *chart = job->chart;
  g_autoptr (GString) text = g_string_new (NULL);

  for (size_t s = 0; s < chart->n_series; s++)
    for (size_t i = 0; i < chart->series[s].n; i++)
      if (wanted >= chart->series[s].x[i] && wanted < chart->series[s].x[i + 1])
        g_string_append_printf (text, "%s%s  %.0f", text->len > 0 ? "\n" : "", chart->series[s].name, chart->series[s].y[i]);
  if (text->len > 0)
    draw_box (job, text->str, at);
}

static void
draw_hover (const Job *job, double at)
{
  const SwChart *chart = job->chart;
  const double wanted = value_at (job, at);
  double shown = NAN;
  g_autoptr (GString) text = g_string_new (NULL);

  if (chart->n_series > 0 && chart->series[0].bars)
    {
      draw_hover_bars (job, wanted, at);
      return;
    }
  for (size_t s = 0; s < chart->n_series; s++)
    {
      const gssize i = nearest (&chart->series[s], wanted);
      if (i >= 0 && (isnan (shown) || fabs (chart->series[s].x[i] - wanted) < fabs (shown - wanted)))
        shown = chart->series[s].x[i];
    }
  if (isnan (shown))
    return;
  const double x = x_at (job, shown);
  set_ink (job, 0.4);
  cairo_set_line_width (job->cr, 1.0);
  cairo_move_to (job->cr, floor (x) + 0.5, job->top);
  cairo_line_to (job->cr, floor (x) + 0.5, job->top + job->height);
  cairo_stroke (job->cr);
  if (chart->x_hover != NULL)
    g_string_append_printf (text, chart->x_hover, shown);
  for (size_t s = 0; s < chart->n_series; s++)
    {
      const SwChartSeries *series = &chart->series[s];
      const gssize i = nearest (series, shown);
      if (i < 0 || (series->x[i] != shown && (!series->dots || chart->nearby == NULL)))
        continue;
      g_autofree char *value = format_value (job, series->y[i]);
      if (series->x[i] == shown)
        g_string_append_printf (text, "\n%s  %s", series->name, value);
      else
        g_string_append_printf (text, chart->nearby, series->name, value, series->x[i]);
      set_color (job, series->color, 1.0);
      cairo_arc (job->cr, x_at (job, series->x[i]), y_at (job, series->y[i]), 4.0, 0.0, 2.0 * G_PI);
      cairo_fill (job->cr);
    }
  draw_box (job, text->str, x);
}

static void
set_frame (Job *job, double width, double height)
{
  int w, h;

  measure_text (job, "0", SMALL, &w, &h);
  choose_range (job);
  job->left = label_width (job) + GAP + 2.0;
  if (job->chart->x_name != NULL)
    {
      measure_text (job, job->chart->x_name, SMALL, &w, &h);
      job->left = fmax (job->left, w + GAP + 2.0);
    }
  job->width = width - job->left - MARGIN_RIGHT;
  job->height = height - job->top - (h + 12.0);
}

void
sw_chart_draw (
    const SwChart *chart, cairo_t *cr, double width, double height, const SwChartLook *look, double hover_x)
{
  Job the_job = { .chart = chart, .look = look, .cr = cr }, *job = &the_job;
  bool any = false;

  job->top = draw_legend (job, width);
  set_frame (job, width, height);
  if (job->width <= 20.0 || job->height <= 20.0)
    return;
  draw_axes (job);
  for (size_t s = 0; s < chart->n_series; s++)
    {
      if (chart->series[s].bars)
        draw_bars (job, &chart->series[s]);
      else
        draw_series (job, &chart->series[s]);
      any = any || nearest (&chart->series[s], 0.0) >= 0;
    }
  if (!any && chart->empty != NULL)
    {
      set_ink (job, 0.5);
      draw_text (job, chart->empty, job->left + 0.5 * job->width, job->top + 0.375 * job->height, 0.5, 0.5, 0.9, false);
    }
  else if (any && hover_x >= job->left && hover_x <= job->left + job->width)
    draw_hover (job, hover_x);
}

double
sw_chart_x_at (const SwChart *chart, double width, double height, const SwChartLook *look, cairo_t *cr, double at)
{
  Job job = { .chart = chart, .look = look, .cr = cr };

  set_frame (&job, width, height);
  return at < job.left || at > job.left + job.width ? NAN : value_at (&job, at);
}
