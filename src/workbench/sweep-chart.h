/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/sweep-chart.h: a sweep as charts and as a page, ready to be drawn by chart/ */
#pragma once

#include "chart/page.h"
#include "workbench/sweep.h"

G_BEGIN_DECLS

typedef struct
{
  const char *layer; /* one curve for each case: a layer, a stage or "output"; NULL: every layer of every case */
  bool linear;       /* vertical axis from 0; else logarithmic */
} SwSweepChartOptions;

/* Error against angle, where the sweep has such a series, then the histogram of the random sample, where it has one (of the
 * output when no layer is chosen). Holds a reference of the sweep. */
typedef struct
{
  SwChartPage page;
  SwSweep *sweep; /* owned */
} SwSweepChart;

SwSweepChart *sw_sweep_chart_new (SwSweep *sweep, const SwSweepChartOptions *options);
void sw_sweep_chart_free (SwSweepChart *chart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwSweepChart, sw_sweep_chart_free)

/* By suffix: .csv, .json, .svg, .png; .pdf writes the report and, beside it, the same numbers as FILE.json, whose path is
 * returned in *ret_second (else NULL). render: chart/page.h's, needed for the last three only. */
bool sw_sweep_write (const SwSweep *sweep,
                     const SwSweepChartOptions *options,
                     SwChartPageRender render,
                     const char *path,
                     char **ret_second,
                     GError **error);
/* Is this a suffix that sw_sweep_write knows, and does it need render? */
bool sw_sweep_knows_suffix (const char *path, bool *ret_needs_render);

G_END_DECLS
