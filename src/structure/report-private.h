/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/report-private.h: collecting the items of a load report */
#pragma once

#include "structure/structure.h"

typedef struct
{
  GArray *items; /* SwReportItem; texts owned */
} SwReport;

void sw_report_init (SwReport *report);
/* code: static. The sentence is formatted and copied. Items with a count of 0 at the level DROPPED
 * or GUESSED are left out. */
void sw_report_add (
    SwReport *report, SwReportLevel level, const char *code, size_t count, const char *format, ...)
    G_GNUC_PRINTF (5, 6);
void sw_report_clear (SwReport *report);
