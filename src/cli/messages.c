/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"

#define BAR_WIDTH 30

int
sw_cli_fail (int status, const char *format, ...)
{
  va_list list;
  g_autofree char *text = NULL;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  sw_cli_progress_end ();
  fprintf (stderr, "swivel-cli: %s\n", text);
  return status;
}

int
sw_cli_fail_error (const GError *error)
{
  return sw_cli_fail (SW_EXIT_ERROR, "%s", error->message);
}

void
sw_cli_note (const char *format, ...)
{
  va_list list;
  g_autofree char *text = NULL;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  sw_cli_progress_end ();
  fprintf (stderr, "swivel-cli: %s\n", text);
}

void
sw_cli_print_json (json_t *json)
{
  char *dump = json_dumps (json, JSON_INDENT (2) | JSON_REAL_PRECISION (9));

  json_decref (json);
  if (dump != NULL)
    puts (dump);
  free (dump);
}

static bool bar_is_shown;

static bool
show_bar (double fraction, const char *sentence, void *data)
{
  char bar[BAR_WIDTH + 1];
  const int filled = fraction >= 0.0 ? (int) (CLAMP (fraction, 0.0, 1.0) * BAR_WIDTH) : 0;

  if (!isatty (STDERR_FILENO))
    return true;
  for (int i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < filled ? '#' : '.';
  bar[BAR_WIDTH] = '\0';
  fprintf (stderr, "\r\033[K[%s] %s", bar, sentence != NULL ? sentence : "");
  fflush (stderr);
  bar_is_shown = true;
  return true;
}

const SwProgress sw_cli_progress = { show_bar, NULL };

void
sw_cli_progress_end (void)
{
  if (bar_is_shown)
    fputs ("\r\033[K", stderr);
  bar_is_shown = false;
}
