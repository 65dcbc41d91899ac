/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/statistics.h: how fast the window is, for tests/bench/window.sh (swivel --stats)
 *
 * Lines on standard output: "mark NAME seconds=S processor=P" once per name, since the start of the process (P: used by all
 * threads); and each second "second frames=N results=N gap_ms=G cpu=P rss_mb=M": frames of the window that held a new picture, comparisons
 * received, the longest time between two frames of the window, percent of one processor, resident memory.
 * Nothing happens before sw_statistics_start. Main thread only.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void sw_statistics_start (void);
/* Frames of this widget's window count from now on; call when it is realized. */
void sw_statistics_watch (GtkWidget *widget);
void sw_statistics_picture (void);
void sw_statistics_result (void);
/* The time when the next frame of the window is done; a name counts once. */
void sw_statistics_mark (const char *name);

G_END_DECLS
