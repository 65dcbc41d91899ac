/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chart/page.h: charts as SVG, PNG and PDF
 *
 * SVG and PDF are true vectors. swivel-cli does not link this: cairo as Debian builds it pulls in a windowing system. It
 * loads libswivel-chart.so when a file is asked for, and finds there what SW_CHART_PAGE_RENDER names.
 */
#pragma once

#include <gio/gio.h>

#include "chart/chart.h"

G_BEGIN_DECLS

typedef enum
{
  SW_CHART_SVG,
  SW_CHART_PNG, /* at twice the size, for slides */
  SW_CHART_PDF, /* one sheet of A4 with title, facts and table */
} SwChartFormat;

typedef GBytes *(*SwChartPageRender) (const SwChartPage *page, SwChartFormat format, GError **error);
#define SW_CHART_PAGE_RENDER "sw_chart_page_render"

/* The file as bytes. */
GBytes *sw_chart_page_render (const SwChartPage *page, SwChartFormat format, GError **error);

G_END_DECLS
