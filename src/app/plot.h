/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/plot.h: a chart as a widget, with the values under the pointer
 *
 * Drawn by chart/draw.h, the same lines that write files. Curves of a training are given with sw_plot_set_series, any
 * other chart with sw_plot_set_chart.
 */
#pragma once

#include <gtk/gtk.h>

#include "chart/chart.h"

G_BEGIN_DECLS

#define SW_TYPE_PLOT (sw_plot_get_type ())
G_DECLARE_FINAL_TYPE (SwPlot, sw_plot, SW, PLOT, GtkWidget)

/* Points whose y is NaN are left out and do not break the line. */
typedef struct
{
  const char *name;
  guint color;
  gboolean marked; /* dashed, with a dot for each point: few points */
  gsize n;
  const double *x, *y; /* [n], x ascending */
} SwPlotSeries;

SwPlot *sw_plot_new (const char *title, SwChartScale scale);
/* Curves over epochs. x_max: where they will end; 0: unknown. Copies. */
void sw_plot_set_series (SwPlot *self, gsize n, const SwPlotSeries *series, double x_max);
/* Any chart; borrowed until the next call or the end of the widget, and owner is kept for that long (may be NULL). description:
 * for assistive technology. NULL: the empty chart of the title. Signal "picked" (double): a click or the Return key at x of
 * the data, after the arrow keys have moved the mark. */
void sw_plot_set_chart (SwPlot *self, const SwChart *chart, gpointer owner, GDestroyNotify release, const char *description);
/* The colour of a series in the present style. */
void sw_plot_get_color (guint color, GdkRGBA *ret);

G_END_DECLS
