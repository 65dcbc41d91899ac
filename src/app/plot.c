/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/plot.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"

#define N_SERIES_MAX 4
#define MARGIN_RIGHT 14.0
#define MARGIN_BOTTOM 28.0
#define GAP 6.0

typedef struct
{
  char *name;
  guint color;
  gboolean marked;
  gsize n;
  double *x, *y;
} Series;

struct _SwPlot
{
  GtkWidget parent_instance;

  char *title;
  SwPlotScale scale;
  Series series[N_SERIES_MAX];
  gsize n_series;
  double x_max;
  double low, high;      /* of the vertical axis, as drawn: log10 for SW_PLOT_LOG */
  double hover_x;        /* widget coordinate; negative: no pointer */
};

typedef struct
{
  double left, top, width, height;
} Frame;

G_DEFINE_FINAL_TYPE (SwPlot, sw_plot, GTK_TYPE_WIDGET)

void
sw_plot_get_color (guint color, GdkRGBA *ret)
{
  /* Blue, orange, green, purple of Okabe and Ito, darker on light ground and lighter on dark. */
  static const char *const light[] = { "#0072b2", "#d55e00", "#00805d", "#a8558a" };
  static const char *const dark[] = { "#5cb3ee", "#ff9d5c", "#3ccfa3", "#e3a5cb" };
  const gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  gdk_rgba_parse (ret, (is_dark ? dark : light)[color % G_N_ELEMENTS (light)]);
}

static void
series_clear (Series *series)
{
  g_clear_pointer (&series->name, g_free);
  g_clear_pointer (&series->x, g_free);
  g_clear_pointer (&series->y, g_free);
}

static char *
format_value (const SwPlot *self, double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  if (self->scale == SW_PLOT_PERCENT)
    return g_strdup_printf ("%.1f %%", 100.0 * value);
  return sw_numbers_format_value (value);
}

/* ---- axes */

static void
choose_range (SwPlot *self)
{
  double low = INFINITY, high = -INFINITY;

  for (gsize s = 0; s < self->n_series; s++)
    for (gsize i = 0; i < self->series[s].n; i++)
      {
        const double y = self->series[s].y[i];
        if (!isfinite (y) || (self->scale == SW_PLOT_LOG && y <= 0.0))
          continue;
        low = MIN (low, y);
        high = MAX (high, y);
      }
  if (self->scale == SW_PLOT_PERCENT)
    {
      self->low = 0.0;
      self->high = 1.0;
    }
  else if (!isfinite (low))
    {
      self->low = self->scale == SW_PLOT_LOG ? -3.0 : 0.0;
      self->high = self->scale == SW_PLOT_LOG ? 0.0 : 1.0;
    }
  else if (self->scale == SW_PLOT_LOG)
    {
      self->low = floor (log10 (low));
      self->high = ceil (log10 (high));
      if (self->high <= self->low)
        self->high = self->low + 1.0;
    }
  else
    {
      self->low = MIN (low, 0.0);
      self->high = high > self->low ? high : self->low + 1.0;
    }
}

/* 1, 2 or 5 times a power of ten, so that there are at most n steps. */
static double
nice_step (double span, unsigned n)
{
  const double raw = span / n, power = pow (10.0, floor (log10 (raw)));
  return (raw <= power ? 1.0 : raw <= 2.0 * power ? 2.0 : raw <= 5.0 * power ? 5.0 : 10.0) * power;
}

static PangoLayout *
layout_of (SwPlot *self, const char *text, double scale, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoAttrList *attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

/* anchor: 0 left, 0.5 middle, 1 right of x; likewise for y. Returns the width. */
static double
draw_text (SwPlot *self, cairo_t *cr, const char *text, double x, double y, double anchor_x, double anchor_y, double scale,
           gboolean bold)
{
  g_autoptr (PangoLayout) layout = layout_of (self, text, scale, bold);
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (cr, x - anchor_x * width, y - anchor_y * height);
  pango_cairo_show_layout (cr, layout);
  return width;
}

static double
x_at (const SwPlot *self, const Frame *frame, double x)
{
  return frame->left + frame->width * (self->x_max > 1.0 ? (x - 1.0) / (self->x_max - 1.0) : 0.0);
}

static double
y_at (const SwPlot *self, const Frame *frame, double y)
{
  const double value = self->scale == SW_PLOT_LOG ? log10 (MAX (y, 1e-300)) : y;
  return frame->top + frame->height * (1.0 - CLAMP ((value - self->low) / (self->high - self->low), -0.05, 1.05));
}

static void
set_color (cairo_t *cr, const GdkRGBA *color, double alpha)
{
  cairo_set_source_rgba (cr, color->red, color->green, color->blue, color->alpha * alpha);
}

static char *
format_tick (const SwPlot *self, double tick)
{
  if (self->scale == SW_PLOT_PERCENT)
    return g_strdup_printf ("%.0f %%", 100.0 * tick);
  if (self->scale == SW_PLOT_LOG)
    {
      const double percent = 100.0 * pow (10.0, tick);
      return percent >= 0.001 ? g_strdup_printf ("%g %%", percent) : g_strdup_printf ("10^%.0f", tick);
    }
  return g_strdup_printf ("%.3g", tick);
}

static double
tick_step (const SwPlot *self)
{
  if (self->scale == SW_PLOT_PERCENT)
    return 0.25;
  if (self->scale == SW_PLOT_LOG)
    return MAX (1.0, ceil ((self->high - self->low) / 5.0));
  return nice_step (self->high - self->low, 4);
}

static double
label_width (SwPlot *self)
{
  double width = 36.0;
  for (double tick = self->low; tick <= self->high + 1e-9; tick += tick_step (self))
    {
      g_autofree char *text = format_tick (self, tick);
      g_autoptr (PangoLayout) layout = layout_of (self, text, 0.83, FALSE);
      int w, h;
      pango_layout_get_pixel_size (layout, &w, &h);
      width = MAX (width, w);
    }
  return width;
}

static void
draw_axes (SwPlot *self, cairo_t *cr, const Frame *frame, const GdkRGBA *ink)
{
  cairo_set_line_width (cr, 1.0);
  for (double tick = self->low; tick <= self->high + 1e-9; tick += tick_step (self))
    {
      const double y = floor (frame->top + frame->height * (1.0 - (tick - self->low) / (self->high - self->low))) + 0.5;
      g_autofree char *text = format_tick (self, tick);
      set_color (cr, ink, tick == self->low ? 0.35 : 0.12);
      cairo_move_to (cr, frame->left, y);
      cairo_line_to (cr, frame->left + frame->width, y);
      cairo_stroke (cr);
      set_color (cr, ink, 0.7);
      draw_text (self, cr, text, frame->left - GAP, y, 1.0, 0.5, 0.83, FALSE);
    }
  const double step = MAX (1.0, nice_step (MAX (self->x_max - 1.0, 1.0), frame->width > 320 ? 6 : 4));
  set_color (cr, ink, 0.7);
  /* Translators: under the horizontal axis of a plot, left of its numbers */
  draw_text (self, cr, _ ("epoch"), frame->left - GAP, frame->top + frame->height + 8.0, 1.0, 0.0, 0.83, FALSE);
  for (double tick = step; tick <= self->x_max + 1e-9; tick += step)
    {
      g_autofree char *text = g_strdup_printf ("%.0f", tick);
      const double x = x_at (self, frame, tick);
      if (x < frame->left)
        continue;
      draw_text (self, cr, text, x, frame->top + frame->height + 8.0, 0.5, 0.0, 0.83, FALSE);
    }
}

/* ---- curves */

static void
draw_series (SwPlot *self, cairo_t *cr, const Frame *frame, const Series *series)
{
  const double dashes[] = { 5.0, 4.0 };
  GdkRGBA color;
  gboolean begun = FALSE;
  double column = -1.0, low = 0.0, high = 0.0;

  sw_plot_get_color (series->color, &color);
  set_color (cr, &color, 1.0);
  cairo_set_line_width (cr, 2.0);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  if (series->marked)
    cairo_set_dash (cr, dashes, 2, 0.0);
  for (gsize i = 0; i < series->n; i++)
    {
      if (!isfinite (series->y[i]))
        continue;
      const double x = x_at (self, frame, series->x[i]), y = y_at (self, frame, series->y[i]);
      /* Points of one pixel column become its span. */
      if (begun && floor (x) == column && !series->marked)
        {
          if (y < low)
            cairo_line_to (cr, x, low = y);
          else if (y > high)
            cairo_line_to (cr, x, high = y);
          continue;
        }
      if (begun)
        cairo_line_to (cr, x, y);
      else
        cairo_move_to (cr, x, y);
      begun = TRUE;
      column = floor (x);
      low = high = y;
    }
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0.0);
  gsize n_points = 0;
  for (gsize i = 0; i < series->n; i++)
    n_points += isfinite (series->y[i]);
  if (series->marked || n_points == 1)
    for (gsize i = 0; i < series->n; i++)
      if (isfinite (series->y[i]) && (n_points < 80 || i + 1 == series->n))
        {
          cairo_arc (cr, x_at (self, frame, series->x[i]), y_at (self, frame, series->y[i]), 3.0, 0.0, 2.0 * G_PI);
          cairo_fill (cr);
        }
}

/* The point nearest to x that has a value; -1: none. */
static gssize
nearest (const Series *series, double x)
{
  gssize best = -1;
  for (gsize i = 0; i < series->n; i++)
    if (isfinite (series->y[i]) && (best < 0 || fabs (series->x[i] - x) < fabs (series->x[best] - x)))
      best = (gssize) i;
  return best;
}

static double
draw_legend (SwPlot *self, cairo_t *cr, double width, const GdkRGBA *ink)
{
  const double dashes[] = { 4.0, 3.0 };
  double x, y = 2.0;

  set_color (cr, ink, 1.0);
  x = 2.0 + draw_text (self, cr, self->title, 2.0, y, 0.0, 0.0, 1.0, TRUE) + 14.0;
  y += 3.0;
  for (gsize s = 0; s < self->n_series; s++)
    {
      const Series *series = &self->series[s];
      GdkRGBA color;
      g_autoptr (PangoLayout) layout = layout_of (self, series->name, 0.83, FALSE);
      int w, h;
      pango_layout_get_pixel_size (layout, &w, &h);
      if (x + 24.0 + w > width && x > 2.0)
        {
          x = 2.0;
          y += h + 4.0;
        }
      sw_plot_get_color (series->color, &color);
      set_color (cr, &color, 1.0);
      cairo_set_line_width (cr, 2.5);
      if (series->marked)
        cairo_set_dash (cr, dashes, 2, 0.0);
      cairo_move_to (cr, x, y + 0.5 * h);
      cairo_line_to (cr, x + 18.0, y + 0.5 * h);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0.0);
      set_color (cr, ink, 0.8);
      cairo_move_to (cr, x + 23.0, y);
      pango_cairo_show_layout (cr, layout);
      x += 23.0 + w + 14.0;
    }
  return y + 24.0;
}

static void
draw_hover (SwPlot *self, cairo_t *cr, const Frame *frame, const GdkRGBA *ink, const GdkRGBA *paper)
{
  const double wanted = 1.0 + (self->hover_x - frame->left) / frame->width * (self->x_max - 1.0);
  double shown = NAN;
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize s = 0; s < self->n_series; s++)
    {
      const gssize i = nearest (&self->series[s], wanted);
      if (i >= 0 && (isnan (shown) || fabs (self->series[s].x[i] - wanted) < fabs (shown - wanted)))
        shown = self->series[s].x[i];
    }
  if (isnan (shown))
    return;
  const double x = x_at (self, frame, shown);
  set_color (cr, ink, 0.4);
  cairo_set_line_width (cr, 1.0);
  cairo_move_to (cr, floor (x) + 0.5, frame->top);
  cairo_line_to (cr, floor (x) + 0.5, frame->top + frame->height);
  cairo_stroke (cr);
  /* Translators: %.0f is the number of an epoch of training */
  g_string_append_printf (text, _ ("Epoch %.0f"), shown);
  for (gsize s = 0; s < self->n_series; s++)
    {
      const Series *series = &self->series[s];
      const gssize i = nearest (series, shown);
      GdkRGBA color;
      if (i < 0 || (series->x[i] != shown && !series->marked))
        continue;
      g_autofree char *value = format_value (self, series->y[i]);
      if (series->x[i] == shown)
        g_string_append_printf (text, "\n%s  %s", series->name, value);
      else
        /* Translators: name of a curve, its value, and at which epoch it was measured */
        g_string_append_printf (text, _ ("\n%s  %s at %.0f"), series->name, value, series->x[i]);
      sw_plot_get_color (series->color, &color);
      set_color (cr, &color, 1.0);
      cairo_arc (cr, x_at (self, frame, series->x[i]), y_at (self, frame, series->y[i]), 4.0, 0.0, 2.0 * G_PI);
      cairo_fill (cr);
    }
  g_autoptr (PangoLayout) layout = layout_of (self, text->str, 0.83, FALSE);
  int w, h;
  pango_layout_get_pixel_size (layout, &w, &h);
  const double left = x + 12.0 + w + 16.0 < frame->left + frame->width ? x + 10.0 : x - 26.0 - w;
  const double top = frame->top + 4.0;
  const double radius = 6.0;
  cairo_new_sub_path (cr);
  cairo_arc (cr, left + w + 16.0 - radius, top + radius, radius, -G_PI_2, 0.0);
  cairo_arc (cr, left + w + 16.0 - radius, top + h + 10.0 - radius, radius, 0.0, G_PI_2);
  cairo_arc (cr, left + radius, top + h + 10.0 - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, left + radius, top + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path (cr);
  set_color (cr, paper, 0.95);
  cairo_fill_preserve (cr);
  set_color (cr, ink, 0.2);
  cairo_stroke (cr);
  set_color (cr, ink, 1.0);
  cairo_move_to (cr, left + 8.0, top + 5.0);
  pango_cairo_show_layout (cr, layout);
}

static void
sw_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwPlot *self = SW_PLOT (widget);
  const double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GdkRGBA ink, paper;
  Frame frame;
  gboolean any = FALSE;

  if (width < 40.0 || height < 40.0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "popover_bg_color", &paper))
    gdk_rgba_parse (&paper, adw_style_manager_get_dark (adw_style_manager_get_default ()) ? "#303030" : "#ffffff");
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  frame.top = draw_legend (self, cr, width, &ink) + 4.0;
  frame.left = label_width (self) + GAP + 2.0;
  frame.width = width - frame.left - MARGIN_RIGHT;
  frame.height = height - frame.top - MARGIN_BOTTOM;
  if (frame.width > 20.0 && frame.height > 20.0)
    {
      draw_axes (self, cr, &frame, &ink);
      for (gsize s = 0; s < self->n_series; s++)
        {
          draw_series (self, cr, &frame, &self->series[s]);
          any = any || nearest (&self->series[s], 0.0) >= 0;
        }
      if (!any)
        {
          set_color (cr, &ink, 0.5);
          draw_text (self, cr, _ ("not measured yet"), frame.left + 0.5 * frame.width, frame.top + 0.375 * frame.height, 0.5, 0.5,
                     0.9, FALSE);
        }
      else if (self->hover_x >= frame.left && self->hover_x <= frame.left + frame.width)
        draw_hover (self, cr, &frame, &ink, &paper);
    }
  cairo_destroy (cr);
}

/* ---- data */

static void
describe (SwPlot *self)
{
  g_autoptr (GString) text = g_string_new (self->title);
  for (gsize s = 0; s < self->n_series; s++)
    {
      const gssize i = nearest (&self->series[s], INFINITY);
      double y = i >= 0 ? self->series[s].y[i] : NAN;
      for (gsize k = 0; k < self->series[s].n; k++)
        if (isfinite (self->series[s].y[k]))
          y = self->series[s].y[k];
      g_autofree char *value = format_value (self, y);
      g_string_append_printf (text, "; %s: %s", self->series[s].name, value);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str, -1);
}

void
sw_plot_set_series (SwPlot *self, gsize n, const SwPlotSeries *series, double x_max)
{
  g_return_if_fail (SW_IS_PLOT (self) && n <= N_SERIES_MAX);
  for (gsize s = 0; s < self->n_series; s++)
    series_clear (&self->series[s]);
  double last = 0.0;
  self->n_series = n;
  for (gsize s = 0; s < n; s++)
    {
      self->series[s] = (Series){ .name = g_strdup (series[s].name),
                                  .color = series[s].color,
                                  .marked = series[s].marked,
                                  .n = series[s].n,
                                  .x = g_memdup2 (series[s].x, series[s].n * sizeof (double)),
                                  .y = g_memdup2 (series[s].y, series[s].n * sizeof (double)) };
      if (series[s].n > 0)
        last = MAX (last, series[s].x[series[s].n - 1]);
    }
  /* The axis grows with the curve, else a long run would begin as a dot. */
  self->x_max = MAX (x_max > 0.0 ? MIN (x_max, MAX (10.0, ceil (1.12 * last))) : last, 1.0);
  choose_range (self);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, SwPlot *self)
{
  self->hover_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_leave (GtkEventControllerMotion *controller, SwPlot *self)
{
  self->hover_x = -1.0;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
sw_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
                 int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 180;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 400 : 220;
}

static void
sw_plot_finalize (GObject *object)
{
  SwPlot *self = SW_PLOT (object);
  for (gsize s = 0; s < self->n_series; s++)
    series_clear (&self->series[s]);
  g_free (self->title);
  G_OBJECT_CLASS (sw_plot_parent_class)->finalize (object);
}

static void
sw_plot_class_init (SwPlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = sw_plot_finalize;
  widget_class->snapshot = sw_plot_snapshot;
  widget_class->measure = sw_plot_measure;
  gtk_widget_class_set_css_name (widget_class, "swplot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sw_plot_init (SwPlot *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  self->hover_x = -1.0;
  self->x_max = 1.0;
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

SwPlot *
sw_plot_new (const char *title, SwPlotScale scale)
{
  SwPlot *self = g_object_new (SW_TYPE_PLOT, NULL);
  self->title = g_strdup (title);
  self->scale = scale;
  choose_range (self);
  describe (self);
  return self;
}
