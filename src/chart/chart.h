/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart/chart.h: a chart and a page of charts as plain data; nothing here draws
 *
 * Who has numbers fills a SwChart; draw.h puts it on a cairo context (the window), page.h into a file. All strings are
 * translated already and, like the arrays, belong to who made the chart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum
{
  SW_CHART_LINEAR,
  SW_CHART_LOG,     /* values above 0; labels in per cent */
  SW_CHART_PERCENT, /* values 0 to 1, axis 0 % to 100 % */
} SwChartScale;

typedef enum
{
  SW_CHART_SOLID,
  SW_CHART_DASHED,
  SW_CHART_DOTTED,
} SwChartDash;

#define SW_CHART_COLORS 8
#define SW_CHART_SERIES_MAX 64

/* Points whose y is not finite are left out and do not break the line. */
typedef struct
{
  const char *name;
  unsigned color; /* taken modulo SW_CHART_COLORS */
  SwChartDash dash;
  bool dots; /* a dot for each point: few points */
  bool bars; /* y[i] is a column between x[i] and x[i + 1]; then x has n + 1 values */
  size_t n;
  const double *x, *y; /* [n], x ascending */
} SwChartSeries;

typedef struct
{
  const char *title;
  const char *x_name; /* under the axis; NULL: none */
  const char *y_name; /* of what the values are, beside the title; NULL: none */
  SwChartScale x_scale, y_scale; /* x: LINEAR or LOG */
  double x_min, x_max;
  double x_step;        /* between labels; 0: chosen. Linear axes only */
  const char *x_format; /* printf format of one double: "%.0f" */
  const char *x_hover;  /* likewise, above the values under the pointer: "Epoch %.0f"; NULL: none */
  const char *nearby;   /* two formats, "%s" for name and value and "%.0f" for x: a point beside the line; NULL: left out */
  const char *empty;    /* what stands there when there is no point; NULL: nothing */
  size_t n_series;
  const SwChartSeries *series;
} SwChart;

/* A name and what it is, or a line of its own when the value is NULL. */
typedef struct
{
  const char *name, *value;
} SwChartFact;

/* Charts one below the other; as PDF with title, facts and a table on one sheet of A4. */
typedef struct
{
  const char *title, *subtitle;
  size_t n_charts;
  const SwChart *charts;
  size_t n_facts;
  const SwChartFact *facts;
  size_t n_rows, n_columns; /* of the table; the first row is its head */
  const char *const *cells; /* [n_rows * n_columns] */
  const char *footer;
} SwChartPage;
