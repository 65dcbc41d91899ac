/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "render/headless.h"
#include "workbench/self-test.h"

static json_t *
graphics_to_json (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  SwDriverInfo driver;

  if (headless == NULL)
    return json_pack ("{s:b,s:s}", "usable", 0, "problem", error->message);
  sw_headless_get_driver (headless, &driver);
  return json_pack ("{s:b,s:s,s:s,s:b,s:b}", "usable", 1, "renderer", driver.renderer, "version",
                    driver.version, "gles", driver.is_es, "software", driver.is_software);
}

static void
print_value (const char *key, const json_t *value)
{
  char *text = json_dumps (value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION (4));

  printf ("%-16s %s\n", key, json_is_string (value) ? json_string_value (value) : text);
  free (text);
}

int
sw_command_doctor (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autoptr (SwCatalog) catalog = NULL;
  json_t *json, *value;
  const char *key;
  bool fine;
  int status;

  if (!sw_cli_parse (&options, arguments, NULL,
                     _ ("Says what this installation is made of and runs a short self-test."), NULL,
                     0, &status))
    return status;
  catalog = sw_catalog_new ();
  json = sw_self_test_to_json (catalog, &fine);
  json_object_set_new (json, "graphics", graphics_to_json ());
  if (options.json)
    sw_cli_print_json (json);
  else
    {
      json_object_foreach (json, key, value) print_value (key, value);
      json_decref (json);
    }
  if (!fine)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("the self-test failed"));
  return 0;
}
