/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <unistd.h>

#include "app/application.h"

/* Threads of the numerical core that wait must sleep, not spin: the picture needs the processor (software OpenGL above
 * all; measured on a busy machine: 17 ms instead of 1.6 s for a network). libgomp reads its environment when it is
 * loaded, so the program starts itself once more with the variable set. */
static void
let_waiting_threads_sleep (char **argv)
{
  if (g_getenv ("OMP_WAIT_POLICY") == NULL && g_setenv ("OMP_WAIT_POLICY", "passive", TRUE))
    execv ("/proc/self/exe", argv); /* where that fails, the program goes on as it is */
}

int
main (int argc, char **argv)
{
  let_waiting_threads_sleep (argv);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SW_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  /* Asked for before GTK looks for a display, so that a clear sentence can be said. */
  if (!gtk_init_check ())
    {
      for (int i = 1; i < argc; i++)
        if (g_str_equal (argv[i], "--version"))
          {
            g_print ("swivel %s\n", SW_VERSION);
            return 0;
          }
      g_printerr ("%s\n", _ ("swivel: there is no display to open a window on (DISPLAY and "
                             "WAYLAND_DISPLAY). swivel-cli does the same job without one."));
      return 1;
    }
  g_autoptr (SwApplication) application = sw_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
