/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/background-private.h: what a GTask's thread has done so far, told in the main context of who began it */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct
{
  GTask *task; /* borrowed */
  void (*tell) (double fraction, const char *sentence, gpointer data); /* may be NULL */
  gpointer data;
} SwBackground;

/* For SwProgress, with a SwBackground as its data. Nothing is told any more once the task has completed; false when it was
 * cancelled. */
bool sw_background_report (double fraction, const char *sentence, void *background);

G_END_DECLS
