/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/error.h: sentences for a person out of statuses of the plain tier */
#pragma once

#include <glib.h>

#include "base/status.h"

G_BEGIN_DECLS

#define SW_WORKBENCH_ERROR (sw_workbench_error_quark ())
GQuark sw_workbench_error_quark (void);

/* Cancelled work is reported as G_IO_ERROR_CANCELLED, everything else in this domain. */
typedef enum
{
  SW_WORKBENCH_ERROR_MEMORY,
  SW_WORKBENCH_ERROR_IO,
  SW_WORKBENCH_ERROR_FORMAT,
  SW_WORKBENCH_ERROR_INVALID,
  SW_WORKBENCH_ERROR_NOT_FOUND,
  SW_WORKBENCH_ERROR_NUMERIC,
} SwWorkbenchError;

/* Turns a failed status into a GError. The text of plain, if there is one, follows "prefix: "
 * (prefix may be NULL). */
void
sw_workbench_set_error (GError **error, SwStatus status, const SwError *plain, const char *prefix);

G_END_DECLS
