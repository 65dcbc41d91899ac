/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/plot.h: curves over epochs, with axes, a legend, and the values under the pointer
 *
 * Colours are told apart with every kind of colour vision; series differ by dashes or marks too. Thousands of points cost no
 * more than there are pixels.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SW_TYPE_PLOT (sw_plot_get_type ())
G_DECLARE_FINAL_TYPE (SwPlot, sw_plot, SW, PLOT, GtkWidget)

typedef enum
{
  SW_PLOT_LINEAR, /* from 0 */
  SW_PLOT_LOG,
  SW_PLOT_PERCENT, /* values 0 to 1, axis 0 % to 100 % */
} SwPlotScale;

/* Points whose y is NaN are left out and do not break the line. */
typedef struct
{
  const char *name;
  guint color;     /* 0..3 */
  gboolean marked; /* dashed, with a dot for each point: few points */
  gsize n;
  const double *x, *y; /* [n], x ascending */
} SwPlotSeries;

SwPlot *sw_plot_new (const char *title, SwPlotScale scale);
/* x_max: where the curves will end; 0: unknown. Copies. */
void sw_plot_set_series (SwPlot *self, gsize n, const SwPlotSeries *series, double x_max);
/* The colour of a series in the present style. */
void sw_plot_get_color (guint color, GdkRGBA *ret);

G_END_DECLS
