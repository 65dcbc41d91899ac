/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "picture/diagram.h"
#include "workbench/report.h"

/* The diagram of one network. */
static int
write_svg (const SwCatalog *catalog, const char *name, const char *path, gboolean dark)
{
  const SwModelRequest request = { .network = name };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);

  if (model == NULL)
    return sw_cli_fail_error (error);
  g_autoptr (SwDiagram) diagram = sw_diagram_new (model, NULL, 0.0);
  if (!sw_diagram_write_svg (diagram, path, dark, &error))
    return sw_cli_fail_error (error);
  printf (_ ("%s: %s, %zu layers\n"), path, model->title, diagram->n_boxes - 1);
  return 0;
}

int
sw_command_networks (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autoptr (SwCatalog) catalog = NULL;
  const SwCatalogNetwork *networks;
  size_t n;
  int status;

  g_autofree char *svg = NULL;
  gboolean dark = FALSE;
  const GOptionEntry entries[] = {
    { "svg", 0, 0, G_OPTION_ARG_FILENAME, &svg, N_ ("Draw the network that is named into this file"), "FILE" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, N_ ("For dark pages"), NULL },
    { NULL },
  };

  if (!sw_cli_parse (&options, arguments, _ ("[NAME]"), _ ("Lists the networks of the data folders, or draws one."), entries,
                     SW_CLI_WORDS, &status))
    return status;
  catalog = sw_catalog_new ();
  const guint n_words = options.files != NULL ? g_strv_length (options.files) : 0;
  if (n_words > 1 || (n_words == 1) != (svg != NULL))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("name one network and, with --svg, the file to draw it into; or neither"));
  if (svg != NULL)
    return write_svg (catalog, options.files[0], svg, dark);
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
