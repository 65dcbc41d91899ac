/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>

#include "app/application.h"
#include "base/threads.h"
#include "workbench/locale.h"

int
main (int argc, char **argv)
{
  sw_threads_wait_asleep (argv);
  sw_locale_init ();

  /* Asked for before GTK looks for a display, so that a clear sentence can be said. */
  if (!gtk_init_check ())
    {
      /* Answered without one. */
      for (int i = 1; i < argc; i++)
        if (g_str_equal (argv[i], "--version") || g_str_equal (argv[i], "--help") || g_str_equal (argv[i], "-h"))
          {
            g_autoptr (SwApplication) silent = sw_application_new ();
            return g_application_run (G_APPLICATION (silent), argc, argv);
          }
      g_printerr ("%s\n", _ ("swivel: there is no display to open a window on (DISPLAY and "
                             "WAYLAND_DISPLAY). swivel-cli does the same job without one."));
      return 1;
    }
  g_autoptr (SwApplication) application = sw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
