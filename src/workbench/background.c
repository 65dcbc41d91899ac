/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workbench/background-private.h"

typedef struct
{
  SwBackground background; /* owns the task */
  double fraction;
  char *sentence;
} Report;

static void
report_free (Report *report)
{
  g_object_unref (report->background.task);
  g_free (report->sentence);
  g_free (report);
}

static gboolean
deliver (gpointer data)
{
  Report *report = data;

  if (!g_task_get_completed (report->background.task))
    report->background.tell (report->fraction, report->sentence, report->background.data);
  return G_SOURCE_REMOVE;
}

bool
sw_background_report (double fraction, const char *sentence, void *background)
{
  const SwBackground *self = background;

  if (self->tell != NULL && sentence != NULL)
    {
      g_autoptr (GSource) source = g_idle_source_new ();
      Report *report = g_new0 (Report, 1);

      *report = (Report){ .background = *self, .fraction = fraction, .sentence = g_strdup (sentence) };
      g_object_ref (self->task);
      g_source_set_priority (source, G_PRIORITY_DEFAULT);
      g_source_set_callback (source, deliver, report, (GDestroyNotify) report_free);
      g_source_attach (source, g_task_get_context (self->task));
    }
  return !g_cancellable_is_cancelled (g_task_get_cancellable (self->task));
}
