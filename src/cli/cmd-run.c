/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/export.h"
#include "workbench/model-card.h"
#include "workbench/report.h"

#define CLASSES_SHOWN 5

/* The best few; the indices are sorted by picking the largest left. */
static void
print_classes (const SwRunResult *result)
{
  g_autofree bool *shown = g_new0 (bool, result->n_outputs);

  for (size_t k = 0; k < MIN (result->n_outputs, CLASSES_SHOWN); k++)
    {
      size_t best = 0;
      while (shown[best])
        best++;
      for (size_t i = 0; i < result->n_outputs; i++)
        if (!shown[i] && result->scores[i] > result->scores[best])
          best = i;
      shown[best] = true;
      if (result->class_names != NULL)
        printf ("  %6.2f %%  %s\n", 100.0 * (double) result->scores[best],
                result->class_names[best]);
      else
        printf ("  %6.2f %%  %zu\n", 100.0 * (double) result->scores[best], best);
    }
}

static void
print_result (const SwRunResult *result, const SwDocument *document, const SwModelCard *card)
{
  g_autofree char *about = sw_model_card_dup_text (card);
  char type[256];

  puts (about);

  if (document->surface != NULL)
    /* translators: network, engine, edge of the grid, how many voxels make a radius */
    printf (_ ("%s, %s engine, %zu^3 voxels of 1/%.3g of the radius of the shape\n"), result->model_name, sw_engine_name (result->engine),
            result->input.size, SW_SURFACE_RADIUS / result->input.spacing);
  else
    /* translators: network, engine, edge of the grid, angstrom per voxel */
    printf (_ ("%s, %s engine, %zu^3 voxels of %.3g Å\n"), result->model_name, sw_engine_name (result->engine), result->input.size,
            result->input.spacing);
  print_classes (result);
  printf (_ ("%-28s %-24s %5s %9s  norms by l\n"), _ ("layer"), _ ("fields"), _ ("size"), "ms");
  for (size_t i = 0; i < result->n_layers; i++)
    {
      const SwRunLayer *layer = &result->layers[i];
      printf ("%-28s %-24s %5zu %9.2f ", layer->name,
              sw_field_type_format (&layer->fields, type, sizeof type), layer->size,
              1000.0 * layer->seconds);
      for (unsigned l = 0; l <= sw_field_type_l_max (&layer->fields); l++)
        printf (" %.3g", layer->norm[l]);
      putchar ('\n');
    }
  printf (_ ("voxelised in %.1f ms, forward in %.1f ms, peak memory %.0f MB\n"),
          1000.0 * result->seconds_voxelize, 1000.0 * result->seconds_forward,
          (double) result->memory_peak / 1e6);
}

int
sw_command_run (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *layer_name = NULL, *output = NULL;
  int copy = -1, layer = SW_KEEP_NONE, status;
  const GOptionEntry entries[] = {
    { "layer", 'l', 0, G_OPTION_ARG_STRING, &layer_name,
      N_ ("Layer or stage whose field is written; “input” for the density"), "NAME" },
    { "copy", 0, 0, G_OPTION_ARG_INT, &copy, N_ ("For maps: which scalar field, from 0"), "N" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("File for the field: .npz, .npy, .map, .mrc or .ccp4"), "FILE" },
    { NULL },
  };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwRunResult) result = NULL;
  g_autoptr (SwModelCard) card = NULL;
  g_autoptr (GError) error = NULL;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Runs a network on a structure and prints what comes out."), entries,
                     SW_CLI_DOCUMENT | SW_CLI_MODEL | SW_CLI_ROTATION, &status))
    return status;
  if ((layer_name == NULL) != (output == NULL))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--layer and --output go together"));
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  catalog = sw_catalog_new ();
  worker = sw_cli_make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  if (layer_name != NULL)
    {
      layer = sw_worker_find_layer (worker, layer_name);
      if (layer < -1)
        {
          g_autofree char *names = sw_worker_dup_layer_names (worker);
          return sw_cli_fail (SW_EXIT_ERROR,
                              _ ("the network “%s” has no layer “%s”; there are: %s"),
                              sw_worker_get_model (worker)->name, layer_name, names);
        }
    }
  card = sw_model_card_new (sw_worker_get_model (worker));
  result = sw_worker_run (worker, document, options.rotation, layer, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (result == NULL)
    return sw_cli_fail_error (error);
  if (output != NULL && !sw_export_field (result, layer, copy, output, &error))
    return sw_cli_fail_error (error);
  for (const char *const *warning = result->warnings; *warning != NULL; warning++)
    sw_cli_note ("%s", *warning);
  if (options.json)
    {
      json_t *json = sw_run_result_to_json (result);
      json_object_set_new (json, "model_card", sw_model_card_to_json (card));
      sw_cli_print_json (json);
    }
  else
    print_result (result, document, card);
  return 0;
}
