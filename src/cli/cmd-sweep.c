/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <dlfcn.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "workbench/sweep-chart.h"

#define STEPS_DEFAULT 72

static SwChartPageRender
load_render (void)
{
  SwChartPageRender render = (SwChartPageRender) sw_cli_module_symbol ("chart", SW_CHART_PAGE_RENDER);

  if (render == NULL)
    sw_cli_fail (SW_EXIT_ERROR, _ ("pictures need the drawing module: %s; .csv and .json can be written without it"), dlerror ());
  return render;
}

/* engines: comma-separated; NULL: all that there are. */
static bool
parse_cases (const char *text, unsigned *ret)
{
  static const struct
  {
    const char *name;
    unsigned flag;
  } known[] = {
    { "bandlimited", SW_SWEEP_BANDLIMITED },
    { "sampled", SW_SWEEP_SAMPLED },
    { "twin", SW_SWEEP_TWIN },
  };
  g_auto (GStrv) words = g_strsplit (text, ",", -1);

  *ret = 0;
  for (char **word = words; *word != NULL; word++)
    {
      guint i = 0;
      while (i < G_N_ELEMENTS (known) && !g_str_equal (known[i].name, *word))
        i++;
      if (i == G_N_ELEMENTS (known))
        return false;
      *ret |= known[i].flag;
    }
  return *ret != 0;
}

static void
print_summary (const SwSweep *sweep, const SwSweepCurve *curve, size_t first, size_t n)
{
  for (size_t k = 0; k < curve->n_layers; k++)
    {
      const SwSweepLayer *layer = &curve->layers[k];
      SwSweepSummary summary;
      if (layer->silent)
        {
          printf ("  %-28s %10s\n", layer->name, _ ("silent"));
          continue;
        }
      sw_sweep_summarize (layer->all, first, n, &summary);
      printf ("  %-28s %10.3g %10.3g  ", layer->name, summary.mean, summary.max);
      if (first < sweep->n_angles)
        printf ("%g°\n", sweep->angles[summary.worst]);
      else
        {
          const SwQuat q = sweep->rotations[summary.worst];
          printf ("%.6f,%.6f,%.6f,%.6f\n", q.w, q.x, q.y, q.z);
        }
    }
}

static void
print_sweep (const SwSweep *sweep)
{
  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepCurve *curve = &sweep->curves[c];
      for (int random = 0; random < 2; random++)
        {
          const size_t n = random == 1 ? sweep->params.n_random : sweep->n_angles;
          if (n == 0)
            continue;
          printf ("%s (%s), %s\n", curve->label, curve->model_name, random == 1 ? _ ("random rotations") : _ ("about the axis"));
          if (curve->problem != NULL)
            {
              printf ("  %s\n", curve->problem);
              continue;
            }
          printf ("  %-28s %10s %10s  %s\n", _ ("layer"), _ ("mean"), _ ("largest"), _ ("at"));
          print_summary (sweep, curve, random == 1 ? sweep->n_angles : 0, n);
        }
    }
}

int
sw_command_sweep (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  int steps = STEPS_DEFAULT, random = 0, points = 0, status;
  gboolean all_layers = FALSE, linear = FALSE;
  g_autofree char *axis = NULL, *cases_text = NULL, *layer = NULL, *seed = NULL;
  g_auto (GStrv) outputs = NULL;
  const GOptionEntry entries[] = {
    { "axis", 0, 0, G_OPTION_ARG_STRING, &axis, N_ ("Turn about this axis (z)"), "X,Y,Z" },
    { "steps", 0, 0, G_OPTION_ARG_INT, &steps, N_ ("Steps from 0 to 360 degrees (72); 0: none"), "N" },
    { "random", 0, 0, G_OPTION_ARG_INT, &random, N_ ("Also so many random rotations, uniform on SO(3)"), "N" },
    { "sample-seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of rotations and sample points (0)"), "S" },
    { "cases", 0, 0, G_OPTION_ARG_STRING, &cases_text, N_ ("What is measured (all): bandlimited, sampled, twin, with commas between"),
      "LIST" },
    { "points", 0, 0, G_OPTION_ARG_INT, &points, N_ ("Sample points of each layer, at most (4000)"), "N" },
    { "all-layers", 0, 0, G_OPTION_ARG_NONE, &all_layers, N_ ("Measure every layer, not only the last of each stage"), NULL },
    { "plot", 0, 0, G_OPTION_ARG_STRING, &layer, N_ ("Draw only this layer, or “output”, of each case"), "LAYER" },
    { "linear", 0, 0, G_OPTION_ARG_NONE, &linear, N_ ("Draw errors from 0 instead of by powers of ten"), NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &outputs,
      N_ ("Write .csv, .json, .svg, .png or .pdf (a report, with a JSON file beside it); may be given again"), "FILE" },
    { NULL },
  };
  SwSweepParams params = { .axis = { 0.0, 0.0, 0.0 } };
  unsigned choices = SW_SWEEP_BANDLIMITED | SW_SWEEP_SAMPLED | SW_SWEEP_TWIN;
  SwChartPageRender render = NULL;
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwLoadedModel) model = NULL;
  g_auto (SwSweepCases) cases = { 0 };
  g_autoptr (SwSweep) sweep = NULL;
  g_autoptr (GError) error = NULL;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Measures how the error of every layer depends on the rotation: about one axis, and over a random sample; "
                        "with the other engine and the conventional twin at the same rotations."),
                     entries, SW_CLI_DOCUMENT | SW_CLI_MODEL, &status))
    return status;
  if (steps < 0 || steps > SW_SWEEP_STEPS_MAX || random < 0 || random > SW_SWEEP_RANDOM_MAX || points < 0 || steps + random == 0)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--steps wants 0 to %d, --random 0 to %d, --points a number from 0, and something to do"),
                        SW_SWEEP_STEPS_MAX, SW_SWEEP_RANDOM_MAX);
  if (axis != NULL && !sw_sweep_parse_axis (axis, params.axis))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--axis wants x, y, z or three numbers with commas between, not “%s”"), axis);
  if (cases_text != NULL && !parse_cases (cases_text, &choices))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--cases wants bandlimited, sampled and twin, with commas between, not “%s”"), cases_text);
  if (seed != NULL && !sw_cli_parse_seed (seed, &params.seed))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--sample-seed wants a whole number from 0, not “%s”"), seed);
  for (char **path = outputs; path != NULL && *path != NULL; path++)
    {
      bool needs_render;
      if (!sw_sweep_knows_suffix (*path, &needs_render))
        return sw_cli_fail (SW_EXIT_USAGE, _ ("%s: the name must end in .csv, .json, .svg, .png or .pdf"), *path);
      if (needs_render && render == NULL && (render = load_render ()) == NULL)
        return SW_EXIT_ERROR;
    }
  if ((layer != NULL || linear) && render == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--plot and --linear go with a picture: --output .svg, .png or .pdf"));
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  catalog = sw_catalog_new ();
  const SwModelRequest request
      = { .network = options.network, .weights = options.weights, .random = options.random, .seed = options.seed };
  model = sw_loaded_model_new (catalog, &request, &error);
  if (model == NULL)
    return sw_cli_fail_error (error);
  if (options.engine_given && cases_text == NULL)
    choices = options.job.engine == SW_ENGINE_SAMPLED ? SW_SWEEP_SAMPLED : SW_SWEEP_BANDLIMITED;
  /* A network of one's own has no twin: that is no reason to refuse the rest. */
  const SwCatalogNetwork *entry = sw_catalog_find_network (catalog, model->name);
  if (cases_text == NULL && (entry == NULL || entry->twin[0] == '\0'))
    choices &= ~(unsigned) SW_SWEEP_TWIN;
  if (!sw_sweep_cases_fill (&cases, catalog, model, &options.job, choices, &error))
    return sw_cli_fail_error (error);
  if (layer != NULL && !sw_sweep_cases_have_layer (&cases, layer, all_layers))
    return sw_cli_fail (SW_EXIT_ERROR, _ ("no network has a layer “%s” to draw; there are “input”, stages, and “output”"), layer);
  params.n_steps = (size_t) steps;
  params.n_random = (size_t) random;
  params.n_points = (size_t) points;
  params.all_layers = all_layers;
  sweep = sw_sweep_measure (&cases, document, &params, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (sweep == NULL)
    return sw_cli_fail_error (error);
  for (char **path = outputs; path != NULL && *path != NULL; path++)
    {
      const SwSweepChartOptions chart = { .layer = layer, .linear = linear };
      g_autofree char *second = NULL;
      if (!sw_sweep_write (sweep, &chart, render, *path, &second, &error))
        return sw_cli_fail_error (error);
    }
  if (options.json)
    sw_cli_print_json (sw_sweep_to_json (sweep));
  else
    print_sweep (sweep);
  return 0;
}
