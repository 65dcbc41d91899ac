/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dlfcn.h>
#include <gio/gio.h>

#include "cli/cli.h"

void *
sw_cli_module_symbol (const char *name, const char *symbol)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = g_path_get_dirname (self != NULL ? self : ".");
  g_autofree char *file = g_strdup_printf ("libswivel-%s.so", name);
  g_autofree char *built = g_build_filename (folder, "..", name, file, NULL);
  g_autofree char *installed = g_build_filename (SW_PKGLIBDIR, file, NULL);
  void *module = dlopen (built, RTLD_NOW | RTLD_LOCAL);

  if (module == NULL)
    module = dlopen (installed, RTLD_NOW | RTLD_LOCAL);
  return module != NULL ? dlsym (module, symbol) : NULL;
}
