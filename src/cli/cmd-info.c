/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/report.h"

int
sw_command_info (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autoptr (SwDocument) document = NULL;
  int status;

  if (!sw_cli_parse (
          &options, arguments, _ ("FILE"),
          _ ("Says what is in a file: PDB, mmCIF, CCP4/MRC map, NumPy volume or a mesh (OBJ, OFF, PLY, STL, glTF); gzipped or not."),
          NULL, SW_CLI_DOCUMENT, &status))
    return status;
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  if (options.json)
    {
      sw_cli_print_json (sw_document_to_json (document));
      return 0;
    }
  printf ("%s\n", document->name);
  if (document->title[0] != '\0')
    printf ("  %s\n", document->title);
  printf ("  %s\n", document->summary);
  for (size_t i = 0; i < document->report->n_items; i++)
    printf ("  %s\n", document->report->items[i].text);
  return 0;
}
