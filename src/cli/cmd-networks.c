/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/report.h"

int
sw_command_networks (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autoptr (SwCatalog) catalog = NULL;
  const SwCatalogNetwork *networks;
  size_t n;
  int status;

  if (!sw_cli_parse (&options, arguments, NULL, _ ("Lists the networks of the data folders."), NULL,
                     0, &status))
    return status;
  catalog = sw_catalog_new ();
  networks = sw_catalog_networks (catalog, &n);
  if (options.json)
    {
      sw_cli_print_json (sw_catalog_to_json (catalog));
      return 0;
    }
  for (size_t i = 0; i < n; i++)
    if (networks[i].problem != NULL)
      sw_cli_note ("%s: %s", networks[i].name, networks[i].problem);
    else
      /* translators: name of a network, number of its parameters, edge of its grid, title */
      printf (_ ("%-20s %10zu parameters  %3u^3  %s\n"), networks[i].name, networks[i].n_parameters,
              networks[i].size, networks[i].title);
  if (n == 0)
    return sw_cli_fail (SW_EXIT_ERROR,
                        _ ("no data folder holds a network; SWIVEL_DATADIR can name one"));
  return 0;
}
