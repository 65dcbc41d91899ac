/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/error.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

/* clang-format off */
G_DEFINE_QUARK (sw-workbench-error-quark, sw_workbench_error)
/* clang-format on */

static int
code_of (SwStatus status)
{
  switch (status)
    {
    case SW_ERROR_MEMORY:
      return SW_WORKBENCH_ERROR_MEMORY;
    case SW_ERROR_IO:
      return SW_WORKBENCH_ERROR_IO;
    case SW_ERROR_FORMAT:
      return SW_WORKBENCH_ERROR_FORMAT;
    case SW_ERROR_NOT_FOUND:
      return SW_WORKBENCH_ERROR_NOT_FOUND;
    case SW_ERROR_NUMERIC:
      return SW_WORKBENCH_ERROR_NUMERIC;
    case SW_OK:
    case SW_ERROR_INVALID:
    case SW_ERROR_CANCELLED:
      break;
    }
  return SW_WORKBENCH_ERROR_INVALID;
}

void
sw_workbench_set_error (GError **error, SwStatus status, const SwError *plain, const char *prefix)
{
  const char *text
      = plain != NULL && plain->text[0] != '\0' ? plain->text : sw_status_text (status);

  if (status == SW_ERROR_CANCELLED)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
      return;
    }
  g_set_error (error, SW_WORKBENCH_ERROR, code_of (status), "%s%s%s", prefix != NULL ? prefix : "",
               prefix != NULL ? ": " : "", text);
}
