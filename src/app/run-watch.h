/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/run-watch.h: one training run under the eyes of the window
 *
 * Starts, pauses and resumes the process (experiments/run.h) and follows what it prints. The process outlives the watch. All
 * on the main thread; files are read in small pieces.
 *
 * Signals: "changed" whenever state or log are new; "weights-changed" when the run wrote its weights; "failed" (message).
 */
#pragma once

#include <gtk/gtk.h>

#include "experiments/run.h"

G_BEGIN_DECLS

#define SW_TYPE_RUN_WATCH (sw_run_watch_get_type ())
G_DECLARE_FINAL_TYPE (SwRunWatch, sw_run_watch, SW, RUN_WATCH, GObject)

typedef enum
{
  SW_WATCH_NOTHING,
  SW_WATCH_RUNNING,
  SW_WATCH_STOPPING, /* was asked to write its checkpoint */
  SW_WATCH_PAUSED,   /* stopped, killed or failed: can be resumed */
  SW_WATCH_FINISHED,
  SW_WATCH_KEPT,
} SwWatchState;

SwRunWatch *sw_run_watch_new (void);
gboolean sw_run_watch_start (SwRunWatch *self, const SwRunSettings *settings, const char *name, GError **error);
/* Looks at a run that exists, whether a process is there or not. */
void sw_run_watch_open (SwRunWatch *self, const char *path);
gboolean sw_run_watch_resume (SwRunWatch *self, GError **error);
void sw_run_watch_pause (SwRunWatch *self);
/* Ends the run for good; the model stays as it is. */
void sw_run_watch_keep (SwRunWatch *self);
void sw_run_watch_close (SwRunWatch *self);

SwWatchState sw_run_watch_get_state (SwRunWatch *self);
/* NULL when nothing is watched. */
const char *sw_run_watch_get_path (SwRunWatch *self);
const SwRunLog *sw_run_watch_get_log (SwRunWatch *self);
/* Why the process ended unasked; NULL when it did not. */
const char *sw_run_watch_get_problem (SwRunWatch *self);
/* last.safetensors, else best.safetensors, else NULL; free. */
char *sw_run_watch_dup_weights (SwRunWatch *self);

G_END_DECLS
