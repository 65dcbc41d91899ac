/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/laboratory-panel.h: errors against the angle, a random sample of rotations, and what can be broken
 *
 * Computes beside the session, with workers of its own. What it is told to do comes through actions: win.sweep,
 * win.worst-rotation, win.export-sweep, win.break-*, and lab.* (sw_laboratory_panel_get_actions), which set its choices:
 *   lab.axis (s)    "x", "y", "z", "current" or three numbers with commas between
 *   lab.steps (i), lab.random (i), lab.layer (s: a stage, "output" or "all"), lab.cases (s: as swivel-cli's --cases), lab.log (b)
 *
 * Signals: "changed": a sweep came or went; "problem" (message).
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "workbench/sweep-chart.h"

G_BEGIN_DECLS

#define SW_TYPE_LABORATORY_PANEL (sw_laboratory_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwLaboratoryPanel, sw_laboratory_panel, SW, LABORATORY_PANEL, AdwBin)

void sw_laboratory_panel_set_session (SwLaboratoryPanel *self, SwSession *session);
GActionGroup *sw_laboratory_panel_get_actions (SwLaboratoryPanel *self);
/* Nothing happens without a document, or while a sweep runs. */
void sw_laboratory_panel_start (SwLaboratoryPanel *self);
/* FALSE: nothing ran. */
gboolean sw_laboratory_panel_cancel (SwLaboratoryPanel *self);
/* NULL: none. */
SwSweep *sw_laboratory_panel_get_sweep (SwLaboratoryPanel *self);
/* Of the layer that is shown (the output where all are), over the random sample, else about the axis. */
gboolean sw_laboratory_panel_get_worst (SwLaboratoryPanel *self, guint curve, SwQuat *ret_rotation, double *ret_error);
/* As the charts are shown; the layer belongs to the panel. */
void sw_laboratory_panel_get_chart_options (SwLaboratoryPanel *self, SwSweepChartOptions *ret);

G_END_DECLS
