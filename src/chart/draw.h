/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart/draw.h: a chart on a cairo context; the window and the files are drawn by the same lines */
#pragma once

#include <pango/pangocairo.h>

#include "chart/chart.h"

G_BEGIN_DECLS

typedef struct
{
  double ink[3], paper[3];
  bool dark;             /* lighter colours for the series */
  PangoContext *context; /* of a widget; NULL: cairo's, with font */
  const char *font;      /* "Sans 10" */
  /* Of values under the pointer; NULL: three digits. Free the text. */
  char *(*format_value) (double value);
} SwChartLook;

/* Colours of Okabe and Ito, darker on light ground and lighter on dark: told apart with every kind of colour vision. */
void sw_chart_get_color (unsigned color, bool dark, double ret[3]);
/* hover_x: where the pointer is; negative: nowhere. */
void sw_chart_draw (
    const SwChart *chart, cairo_t *cr, double width, double height, const SwChartLook *look, double hover_x);
/* The x of the data at a place, between x_min and x_max; NaN outside of the frame. */
double sw_chart_x_at (const SwChart *chart, double width, double height, const SwChartLook *look, cairo_t *cr, double at);

G_END_DECLS
