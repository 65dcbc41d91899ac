/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/report.h"

/* Other inputs that the output's change is compared with. */
#define OTHERS_MAX 4

static void
print_table (const char *title, const SwErrorTable *table)
{
  printf ("%s\n", title);
  printf ("  %-28s %10s %10s  %s\n", _ ("layer"), _ ("mean"), _ ("largest"), _ ("mean by l"));
  for (size_t i = 0; i < table->n_layers; i++)
    {
      const SwLayerErrors *layer = &table->layers[i];
      if (layer->silent)
        {
          printf ("  %-28s %10s\n", layer->name, _ ("silent"));
          continue;
        }
      printf ("  %-28s %10.3g %10.3g ", layer->name, layer->all.mean, layer->all.max);
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        if (!isnan (layer->by_l[l].mean))
          printf (" %u: %.3g", l, layer->by_l[l].mean);
      putchar ('\n');
    }
  if (isnan (table->output.mean))
    {
      printf ("  %-28s %10s\n", _ ("output"), _ ("silent"));
      return;
    }
  printf ("  %-28s %10.3g %10.3g  ", _ ("output"), table->output.mean, table->output.max);
  printf (ngettext ("class changed %zu time", "class changed %zu times", table->n_class_changes),
          table->n_class_changes);
  if (!isnan (table->distance_ratio))
    printf (_ (", %.3g of the distance to other structures"), table->distance_ratio);
  putchar ('\n');
}

static void
load_others (const SwCatalog *catalog, const SwCliOptions *options, GPtrArray *others)
{
  size_t n;
  const SwCatalogExample *examples = sw_catalog_examples (catalog, &n);

  for (size_t i = 0; i < n && others->len < OTHERS_MAX; i++)
    {
      SwDocument *other = NULL;
      if (!g_str_equal (examples[i].path, options->path))
        other = sw_document_load (examples[i].path, NULL, NULL, NULL);
      if (other != NULL)
        g_ptr_array_add (others, other);
    }
}

int
sw_command_equivariance (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  int rotations = 20, points = 0, status;
  gboolean no_cube = FALSE, resampled = FALSE, stages = FALSE, no_others = FALSE;
  g_autofree char *seed = NULL;
  double fail_above = INFINITY, worst;
  const GOptionEntry entries[] = {
    { "rotations", 0, 0, G_OPTION_ARG_INT, &rotations, N_ ("How many random rotations (20)"), "N" },
    { "seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of rotations and sample points (0)"),
      "S" },
    { "points", 0, 0, G_OPTION_ARG_INT, &points, N_ ("Sample points of each layer, at most (4000)"),
      "N" },
    { "stages", 0, 0, G_OPTION_ARG_NONE, &stages, N_ ("Measure only the last layer of each stage"),
      NULL },
    { "no-cube", 0, 0, G_OPTION_ARG_NONE, &no_cube, N_ ("Leave the 24 rotations of the cube out"),
      NULL },
    { "resampled", 0, 0, G_OPTION_ARG_NONE, &resampled,
      N_ ("Also turn the grid instead of the atoms, to compare"), NULL },
    { "no-others", 0, 0, G_OPTION_ARG_NONE, &no_others, N_ ("Do not compare with other structures"),
      NULL },
    { "fail-above", 0, 0, G_OPTION_ARG_DOUBLE, &fail_above,
      N_ ("Exit with 1 when an error is larger"), "X" },
    { NULL },
  };
  SwEquivarianceParams params = { 0 };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwEquivariance) result = NULL;
  g_autoptr (GPtrArray) others
      = g_ptr_array_new_with_free_func ((GDestroyNotify) sw_document_unref);
  g_autoptr (GError) error = NULL;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Measures |f(Rx) - R f(x)| / |f(x)| for every layer and the output: the "
                        "atoms are turned, never a grid."),
                     entries, SW_CLI_DOCUMENT | SW_CLI_MODEL, &status))
    return status;
  if (rotations < 1 || rotations > 100000 || points < 0 || isnan (fail_above))
    return sw_cli_fail (
        SW_EXIT_USAGE,
        _ ("--rotations wants 1 to 100000, --points a number from 0, --fail-above a number"));
  if (seed != NULL)
    {
      guint64 number;
      if (!sw_cli_parse_seed (seed, &number))
        return sw_cli_fail (SW_EXIT_USAGE, _ ("--seed wants a whole number from 0, not “%s”"),
                            seed);
      params.seed = number;
    }
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  catalog = sw_catalog_new ();
  worker = sw_cli_make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  if (!no_others)
    load_others (catalog, &options, others);
  params.n_rotations = (size_t) rotations;
  params.n_points = (size_t) points;
  params.no_cube = no_cube;
  params.resampled = resampled;
  params.stages_only = stages;
  params.others = (SwDocument *const *) others->pdata;
  params.n_others = others->len;
  result = sw_equivariance_measure (worker, document, &params, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (result == NULL)
    return sw_cli_fail_error (error);
  if (options.json)
    sw_cli_print_json (sw_equivariance_to_json (result));
  else
    {
      print_table (_ ("Random rotations"), &result->random);
      if (result->cube.n_rotations > 0)
        print_table (_ ("Rotations of the cube"), &result->cube);
      if (result->trilinear.n_rotations > 0)
        print_table (_ ("Grid turned instead of atoms, trilinear"), &result->trilinear);
      if (result->tricubic.n_rotations > 0)
        print_table (_ ("Grid turned instead of atoms, cubic"), &result->tricubic);
    }
  worst = sw_equivariance_worst (result);
  if (worst > fail_above)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("the largest error, %.3g, is above %.3g"), worst,
                        fail_above);
  return 0;
}
