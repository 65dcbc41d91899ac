/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/plot.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"
#include "chart/draw.h"

#define N_SERIES_MAX 4

struct _SwPlot
{
  GtkWidget parent_instance;

  char *title;
  SwChartScale scale;
  SwChartSeries series[N_SERIES_MAX]; /* names, x and y owned */
  SwChart curves;      /* of these */
  const SwChart *chart; /* what is drawn */
  gpointer owner;       /* of the chart, when it is not curves */
  GDestroyNotify release;
  gboolean errors;      /* values are relative errors */
  double hover_x;       /* widget coordinate; negative: no pointer */
};

enum
{
  PICKED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwPlot, sw_plot, GTK_TYPE_WIDGET)

void
sw_plot_get_color (guint color, GdkRGBA *ret)
{
  double c[3];

  sw_chart_get_color (color, adw_style_manager_get_dark (adw_style_manager_get_default ()), c);
  *ret = (GdkRGBA){ (float) c[0], (float) c[1], (float) c[2], 1.0f };
}

static void
series_clear (SwChartSeries *series)
{
  g_free ((char *) series->name);
  g_free ((double *) series->x);
  g_free ((double *) series->y);
  *series = (SwChartSeries){ 0 };
}

/* ---- drawing */

static void
get_look (SwPlot *self, SwChartLook *ret)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  const gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GdkRGBA ink, paper;

  gtk_style_context_get_color (style, &ink);
  if (!gtk_style_context_lookup_color (style, "popover_bg_color", &paper))
    gdk_rgba_parse (&paper, dark ? "#303030" : "#ffffff");
  *ret = (SwChartLook){ .ink = { (double) ink.red, (double) ink.green, (double) ink.blue },
                        .paper = { (double) paper.red, (double) paper.green, (double) paper.blue },
                        .dark = dark,
                        .context = gtk_widget_get_pango_context (GTK_WIDGET (self)),
                        .font = "Sans 10",
                        .format_value = self->errors ? sw_numbers_format_error : sw_numbers_format_value };
}

static void
sw_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwPlot *self = SW_PLOT (widget);
  const double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  SwChartLook look;

  if (width < 40.0 || height < 40.0)
    return;
  get_look (self, &look);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  sw_chart_draw (self->chart, cr, width, height, &look, self->hover_x);
  cairo_destroy (cr);
}

/* ---- data */

static void
describe (SwPlot *self)
{
  g_autoptr (GString) text = g_string_new (self->title);

  for (gsize s = 0; s < self->curves.n_series; s++)
    {
      const SwChartSeries *series = &self->series[s];
      double y = NAN;
      for (gsize k = 0; k < series->n; k++)
        if (isfinite (series->y[k]))
          y = series->y[k];
      g_autofree char *value = !isfinite (y)                        ? g_strdup ("–")
                               : self->scale == SW_CHART_PERCENT ? g_strdup_printf ("%.1f %%", 100.0 * y)
                                                                    : sw_numbers_format_value (y);
      g_string_append_printf (text, "; %s: %s", series->name, value);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str, -1);
}

static void
take_chart (SwPlot *self, const SwChart *chart, gpointer owner, GDestroyNotify release)
{
  if (self->release != NULL && self->owner != NULL)
    self->release (self->owner);
  self->chart = chart;
  self->owner = owner;
  self->release = release;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
sw_plot_set_series (SwPlot *self, gsize n, const SwPlotSeries *series, double x_max)
{
  double last = 0.0;

  g_return_if_fail (SW_IS_PLOT (self) && n <= N_SERIES_MAX);
  for (gsize s = 0; s < N_SERIES_MAX; s++)
    series_clear (&self->series[s]);
  self->curves.n_series = n;
  for (gsize s = 0; s < n; s++)
    {
      self->series[s] = (SwChartSeries){ .name = g_strdup (series[s].name),
                                         .color = series[s].color,
                                         .dash = series[s].marked ? SW_CHART_DASHED : SW_CHART_SOLID,
                                         .dots = series[s].marked,
                                         .n = series[s].n,
                                         .x = g_memdup2 (series[s].x, series[s].n * sizeof (double)),
                                         .y = g_memdup2 (series[s].y, series[s].n * sizeof (double)) };
      if (series[s].n > 0)
        last = MAX (last, series[s].x[series[s].n - 1]);
    }
  /* The axis grows with the curve, else a long run would begin as a dot. */
  self->curves.x_max = MAX (x_max > 0.0 ? MIN (x_max, MAX (10.0, ceil (1.12 * last))) : last, 1.0);
  take_chart (self, &self->curves, NULL, NULL);
  describe (self);
}

void
sw_plot_set_chart (SwPlot *self, const SwChart *chart, gpointer owner, GDestroyNotify release, const char *description)
{
  g_return_if_fail (SW_IS_PLOT (self));
  self->errors = TRUE;
  take_chart (self, chart != NULL ? chart : &self->curves, owner, release);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, description, -1);
}

/* ---- pointer and keys */

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
pick (SwPlot *self, double at)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);
  SwChartLook look;

  get_look (self, &look);
  const double x = sw_chart_x_at (self->chart, width, height, &look, cr, at);
  cairo_destroy (cr);
  cairo_surface_destroy (surface);
  if (isfinite (x))
    g_signal_emit (self, signals[PICKED], 0, x);
}

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, SwPlot *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->hover_x = x;
  pick (self, x);
}

/* The mark moves by a fortieth of the width; Return picks it. */
static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SwPlot *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double step = width / ((state & GDK_SHIFT_MASK) != 0 ? 200.0 : 40.0);

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    {
      const double from = self->hover_x < 0.0 ? 0.5 * width : self->hover_x;
      self->hover_x = CLAMP (from + (key == GDK_KEY_Left ? -step : step), 0.0, width);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      return TRUE;
    }
  if ((key == GDK_KEY_Return || key == GDK_KEY_KP_Enter) && self->hover_x >= 0.0)
    {
      pick (self, self->hover_x);
      return TRUE;
    }
  return FALSE;
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

  if (self->release != NULL && self->owner != NULL)
    self->release (self->owner);
  for (gsize s = 0; s < N_SERIES_MAX; s++)
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
  signals[PICKED] = g_signal_new ("picked", SW_TYPE_PLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
sw_plot_init (SwPlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (widget, motion);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (widget, keys);
  self->hover_x = -1.0;
  gtk_widget_set_hexpand (widget, TRUE);
}

SwPlot *
sw_plot_new (const char *title, SwChartScale scale)
{
  SwPlot *self = g_object_new (SW_TYPE_PLOT, NULL);

  self->title = g_strdup (title);
  self->scale = scale;
  self->curves = (SwChart){ .title = self->title,
                            /* Translators: under the horizontal axis of a plot, left of its numbers */
                            .x_name = _ ("epoch"),
                            .y_scale = self->scale,
                            .x_min = 1.0,
                            .x_max = 1.0,
                            .x_format = "%.0f",
                            /* Translators: %.0f is the number of an epoch of training */
                            .x_hover = _ ("Epoch %.0f"),
                            /* Translators: name of a curve, its value, and at which epoch it was measured */
                            .nearby = _ ("\n%s  %s at %.0f"),
                            .empty = _ ("not measured yet"),
                            .series = self->series };
  self->chart = &self->curves;
  describe (self);
  return self;
}
