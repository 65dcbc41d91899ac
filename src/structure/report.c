/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/report-private.h"

#include <stdarg.h>

static void
item_clear (void *item)
{
  g_free ((char *) ((SwReportItem *) item)->text);
}

void
sw_report_init (SwReport *report)
{
  report->items = g_array_new (false, true, sizeof (SwReportItem));
  g_array_set_clear_func (report->items, item_clear);
}

void
sw_report_add (
    SwReport *report, SwReportLevel level, const char *code, size_t count, const char *format, ...)
{
  SwReportItem item = { level, code, count, NULL };
  va_list arguments;
  if (count == 0 && (level == SW_REPORT_DROPPED || level == SW_REPORT_GUESSED))
    return;
  va_start (arguments, format);
  item.text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_array_append_val (report->items, item);
}

void
sw_report_clear (SwReport *report)
{
  g_clear_pointer (&report->items, g_array_unref);
}
