/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

SwStatus
sw_error_set (SwError *error, SwStatus code, const char *format, ...)
{
  if (error != NULL)
    {
      va_list args;
      error->code = code;
      va_start (args, format);
      vsnprintf (error->text, sizeof error->text, format, args);
      va_end (args);
    }
  return code;
}

SwStatus
sw_error_prefix (SwError *error, SwStatus code, const char *format, ...)
{
  if (error != NULL)
    {
      char prefix[sizeof error->text];
      char whole[2 * sizeof error->text + 2];
      va_list args;
      va_start (args, format);
      vsnprintf (prefix, sizeof prefix, format, args);
      va_end (args);
      snprintf (whole, sizeof whole, "%s: %s", prefix, error->text);
      error->code = code;
      memcpy (error->text, whole, sizeof error->text - 1);
      error->text[sizeof error->text - 1] = '\0';
    }
  return code;
}

const char *
sw_status_text (SwStatus status)
{
  switch (status)
    {
    case SW_OK:
      return "no error";
    case SW_ERROR_MEMORY:
      return "not enough memory";
    case SW_ERROR_IO:
      return "input or output failed";
    case SW_ERROR_FORMAT:
      return "wrong format";
    case SW_ERROR_INVALID:
      return "invalid value";
    case SW_ERROR_NOT_FOUND:
      return "not found";
    case SW_ERROR_CANCELLED:
      return "cancelled";
    case SW_ERROR_NUMERIC:
      return "not a finite number";
    }
  return "unknown error";
}
