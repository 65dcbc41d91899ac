/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/locale.h"

#include <glib.h>
#include <libintl.h>
#include <locale.h>

void
sw_locale_init (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  const gboolean built = program != NULL && g_str_has_prefix (program, SW_BUILD_ROOT "/");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, built ? SW_BUILD_ROOT "/po" : SW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
