/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/sweep-chart.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "workbench/error.h"
#include "workbench/report.h"

#define N_BINS 24

typedef struct
{
  SwSweepChart chart; /* first */
  GPtrArray *owned;   /* every block that the page points into */
  SwChart charts[2];
  GArray *facts;    /* of SwChartFact */
  GPtrArray *cells; /* of const char * */
} Chart;

static void *
keep (Chart *self, void *block)
{
  g_ptr_array_add (self->owned, block);
  return block;
}

void
sw_sweep_chart_free (SwSweepChart *chart)
{
  Chart *self = (Chart *) chart;

  if (self == NULL)
    return;
  g_ptr_array_unref (self->owned);
  g_array_unref (self->facts);
  g_ptr_array_unref (self->cells);
  sw_sweep_unref (chart->sweep);
  g_free (self);
}

/* ---- curves */

static const char *
layer_title (const SwSweep *sweep, const SwSweepLayer *layer)
{
  return g_str_equal (layer->name, "output") ? _ ("output") : g_str_equal (layer->name, "input") ? _ ("input")
                                                : sweep->params.all_layers         ? layer->name
                                                                                   : layer->stage;
}

static SwChartSeries *
make_series (Chart *self, const SwSweepChartOptions *options, size_t *ret_n)
{
  const SwSweep *sweep = self->chart.sweep;
  SwChartSeries *series = keep (self, g_new0 (SwChartSeries, SW_CHART_SERIES_MAX));
  size_t n = 0;

  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepCurve *curve = &sweep->curves[c];
      const SwSweepLayer *chosen = options->layer != NULL ? sw_sweep_curve_find (curve, options->layer) : NULL;
      for (size_t k = 0; k < curve->n_layers && n < SW_CHART_SERIES_MAX; k++)
        {
          const SwSweepLayer *layer = &curve->layers[k];
          if (layer->silent || (options->layer != NULL && layer != chosen))
            continue;
          /* Pooled vectors say what the output says. */
          if (options->layer == NULL && layer->size <= 1 && k + 1 < curve->n_layers)
            continue;
          series[n++] = (SwChartSeries){
            .name = options->layer != NULL ? curve->label
                                           /* Translators: layer, which network or engine */
                                           : keep (self, g_strdup_printf (_ ("%s, %s"), layer_title (sweep, layer), curve->label)),
            .color = (unsigned) (options->layer != NULL ? c : k),
            .dash = (SwChartDash) (c % 3),
            .n = sweep->n_angles,
            .x = sweep->angles,
            .y = layer->all,
          };
        }
    }
  *ret_n = n;
  return series;
}

static char *
axis_name (const SwSweep *sweep)
{
  const double *a = sweep->params.axis;

  for (int i = 0; i < 3; i++)
    if (fabs (fabs (a[i]) - 1.0) < 1e-9)
      return g_strdup_printf ("%s%c", a[i] < 0.0 ? "−" : "", "xyz"[i]);
  return g_strdup_printf ("(%.3g, %.3g, %.3g)", a[0], a[1], a[2]);
}

static void
fill_angles (Chart *self, const SwSweepChartOptions *options, SwChart *ret)
{
  g_autofree char *axis = axis_name (self->chart.sweep);
  const char *layer = options->layer == NULL                       ? _ ("every layer")
                      : g_str_equal (options->layer, "output") ? _ ("output")
                                                                   : options->layer;

  *ret = (SwChart){
    /* Translators: x, y, z or three numbers; a layer */
    .title = keep (self, g_strdup_printf (_ ("Error while turning about %s: %s"), axis, layer)),
    .y_scale = options->linear ? SW_CHART_LINEAR : SW_CHART_LOG,
    .x_max = 360.0,
    .x_step = 45.0,
    .x_format = "%.0f°",
    .x_hover = "%.4g°",
    .empty = _ ("nothing to compare: the layer is silent"),
  };
  ret->series = make_series (self, options, &ret->n_series);
}

/* ---- histogram */

static bool
find_range (const SwSweep *sweep, const char *layer, double *ret_low, double *ret_high)
{
  double low = INFINITY, high = 0.0;

  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepLayer *found = sw_sweep_curve_find (&sweep->curves[c], layer);
      for (size_t r = sweep->n_angles; found != NULL && r < sweep->n_rotations; r++)
        if (found->all[r] > 0.0)
          {
            low = fmin (low, found->all[r]);
            high = fmax (high, found->all[r]);
          }
    }
  *ret_low = low;
  *ret_high = high;
  return high > 0.0;
}

static void
fill_histogram (Chart *self, const SwSweepChartOptions *options, SwChart *ret)
{
  const SwSweep *sweep = self->chart.sweep;
  const char *layer = options->layer != NULL ? options->layer : "output";
  SwChartSeries *series = keep (self, g_new0 (SwChartSeries, sweep->n_curves));
  double *edges = keep (self, g_new0 (double, N_BINS + 1));
  double low, high;

  *ret = (SwChart){
    .title = keep (self, g_strdup_printf (ngettext ("%zu random rotation: %s", "%zu random rotations: %s", sweep->params.n_random),
                                          sweep->params.n_random,
                                          g_str_equal (layer, "output") ? _ ("output") : layer)),
    .x_scale = SW_CHART_LOG,
    .x_min = 1e-3,
    .x_max = 1.0,
    .empty = _ ("nothing to compare: the layer is silent"),
    .series = series,
  };
  if (!find_range (sweep, layer, &low, &high))
    return;
  /* A little room, and a width where all errors are alike. */
  ret->x_min = low / fmax (pow (high / low, 0.05), 1.25);
  ret->x_max = high * fmax (pow (high / low, 0.05), 1.25);
  const double width = log (ret->x_max / ret->x_min) / N_BINS;
  for (int i = 0; i <= N_BINS; i++)
    edges[i] = ret->x_min * exp (width * i);
  for (size_t c = 0; c < sweep->n_curves; c++)
    {
      const SwSweepLayer *found = sw_sweep_curve_find (&sweep->curves[c], layer);
      if (found == NULL || found->silent)
        continue;
      double *counts = keep (self, g_new0 (double, N_BINS));
      for (size_t r = sweep->n_angles; r < sweep->n_rotations; r++)
        if (found->all[r] > 0.0)
          counts[CLAMP ((int) (log (found->all[r] / ret->x_min) / width), 0, N_BINS - 1)] += 1.0;
      series[ret->n_series++] = (SwChartSeries){ .name = sweep->curves[c].label,
                                                 .color = (unsigned) c,
                                                 .dash = (SwChartDash) (c % 3),
                                                 .bars = true,
                                                 .n = N_BINS,
                                                 .x = edges,
                                                 .y = counts };
    }
}

/* ---- the report */

static void
add_fact (Chart *self, const char *name, char *value)
{
  const SwChartFact fact = { name, value != NULL ? keep (self, value) : NULL };
  g_array_append_val (self->facts, fact);
}

static char *
format_error (double error)
{
  return isfinite (error) ? g_strdup_printf (error < 1e-5 && error > 0.0 ? "%.1e" : "%.3g %%", error < 1e-5 ? error : 100.0 * error)
                          : g_strdup ("–");
}

static void
add_curve_fact (Chart *self, const SwSweepCurve *curve)
{
  GString *text = g_string_new (NULL);

  if (curve->problem != NULL)
    g_string_append (text, curve->problem);
  else
    {
      g_string_append_printf (text, "%s, %s; %zu³, ", curve->model_name, sw_engine_name (curve->engine), curve->size);
      if (self->chart.sweep->kind == SW_DOCUMENT_SURFACE)
        /* Translators: how many voxels make a radius; a width in voxels */
        g_string_append_printf (text, _ ("1/%.3g of the radius, σ %.4g voxels"), SW_SURFACE_RADIUS / curve->spacing,
                                curve->sigma_angstrom / curve->spacing);
      else
        g_string_append_printf (text, "%.4g Å, σ %.4g Å", curve->spacing, curve->sigma_angstrom);
      if (curve->w_max > 0.0)
        g_string_append_printf (text, ", w %.4g", curve->w_max);
      if (curve->options.plain_stride)
        g_string_append_printf (text, ", %s", _ ("stride without low-pass"));
      if (curve->n_atoms_outside > 0)
        {
          g_string_append (text, ", ");
          g_string_append_printf (text, ngettext ("%zu atom outside", "%zu atoms outside", curve->n_atoms_outside),
                                  curve->n_atoms_outside);
        }
      if (curve->model->random)
        g_string_append_printf (text, _ ("; random weights, seed %" PRIu64), curve->model->seed);
      g_string_append_printf (text, "; SHA-256 %.16s", curve->weights_sha256);
    }
  add_fact (self, curve->label, g_string_free (text, FALSE));
}

static void
fill_facts (Chart *self)
{
  const SwSweep *sweep = self->chart.sweep;
  g_autofree char *axis = axis_name (sweep);
  GString *set = g_string_new (NULL);

  add_fact (self, _ ("File"), g_strdup (sweep->path[0] != '\0' ? sweep->path : sweep->document));
  if (sweep->n_angles > 0)
    g_string_append_printf (set, _ ("about %s, %zu angles from 0° to 360°"), axis, sweep->n_angles);
  if (sweep->params.n_random > 0)
    g_string_append_printf (set, _ ("%s%zu random ones, uniform on SO(3), seed %" PRIu64), set->len > 0 ? "; " : "",
                            sweep->params.n_random, sweep->params.seed);
  add_fact (self, _ ("Rotations"), g_string_free (set, FALSE));
  for (size_t c = 0; c < sweep->n_curves; c++)
    add_curve_fact (self, &sweep->curves[c]);
  for (size_t c = 0; c < sweep->n_curves && sweep->params.n_random > 0; c++)
    {
      const SwSweepLayer *output = sw_sweep_curve_find (&sweep->curves[c], "output");
      SwSweepSummary summary;
      if (output == NULL || output->silent)
        continue;
      sw_sweep_summarize (output->all, sweep->n_angles, sweep->params.n_random, &summary);
      const SwQuat q = sweep->rotations[summary.worst];
      g_autofree char *error = format_error (summary.max);
      /* Translators: quaternion w, x, y, z; an error; which network or engine */
      add_fact (self, _ ("Worst rotation"), g_strdup_printf (_ ("(%.6f, %.6f, %.6f, %.6f): %s in the output, %s"), q.w, q.x, q.y, q.z,
                                                             error, sweep->curves[c].label));
    }
}

/* Layers of all cases by name, in order of appearance; the output last. */
static void
fill_table (Chart *self)
{
  const SwSweep *sweep = self->chart.sweep;
  const size_t first = sweep->params.n_random > 0 ? sweep->n_angles : 0;
  const size_t n = sweep->params.n_random > 0 ? sweep->params.n_random : sweep->n_angles;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (size_t c = 0; c < sweep->n_curves; c++)
    for (size_t k = 0; k + 1 < sweep->curves[c].n_layers; k++)
      if (!g_ptr_array_find_with_equal_func (names, sweep->curves[c].layers[k].stage, g_str_equal, NULL))
        g_ptr_array_add (names, (char *) sweep->curves[c].layers[k].stage);
  g_ptr_array_add (names, (char *) "output");
  g_ptr_array_add (self->cells, (char *) _ ("Mean (largest) error"));
  for (size_t c = 0; c < sweep->n_curves; c++)
    g_ptr_array_add (self->cells, (char *) sweep->curves[c].label);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_ptr_array_add (self->cells, (char *) (g_str_equal (name, "output") ? _ ("output") : name));
      for (size_t c = 0; c < sweep->n_curves; c++)
        {
          const SwSweepLayer *layer = sw_sweep_curve_find (&sweep->curves[c], name);
          SwSweepSummary summary = { .mean = NAN, .max = NAN };
          if (layer != NULL && !layer->silent)
            sw_sweep_summarize (layer->all, first, n, &summary);
          g_autofree char *mean = format_error (summary.mean), *max = format_error (summary.max);
          g_ptr_array_add (self->cells, keep (self, layer == NULL    ? g_strdup ("")
                                                    : layer->silent ? g_strdup (_ ("silent"))
                                                                    : g_strdup_printf ("%s (%s)", mean, max)));
        }
    }
  self->chart.page.n_rows = names->len + 1;
  self->chart.page.n_columns = sweep->n_curves + 1;
  self->chart.page.cells = (const char *const *) self->cells->pdata;
}

SwSweepChart *
sw_sweep_chart_new (SwSweep *sweep, const SwSweepChartOptions *options)
{
  static const SwSweepChartOptions defaults = { 0 };
  Chart *self = g_new0 (Chart, 1);
  SwChartPage *page = &self->chart.page;

  if (options == NULL)
    options = &defaults;
  self->owned = g_ptr_array_new_with_free_func (g_free);
  self->facts = g_array_new (FALSE, FALSE, sizeof (SwChartFact));
  self->cells = g_ptr_array_new ();
  self->chart.sweep = sw_sweep_ref (sweep);
  page->charts = self->charts;
  if (sweep->n_angles > 0)
    fill_angles (self, options, &self->charts[page->n_charts++]);
  if (sweep->params.n_random > 0)
    fill_histogram (self, options, &self->charts[page->n_charts++]);
  page->title = _ ("Equivariance Report");
  const char *subtitle = sweep->kind == SW_DOCUMENT_SURFACE
                             /* Translators: a network, a mesh */
                             ? _ ("%s on %s: |f(Rx) − R f(x)| / |f(x)|. The mesh is turned, never a grid.")
                         : sweep->kind == SW_DOCUMENT_VOLUME
                             /* Translators: a network, a density map */
                             ? _ ("%s on %s: |f(Rx) − R f(x)| / |f(x)|. Turning the map interpolates its grid, which is part of the error.")
                             /* Translators: a network, a structure */
                             : _ ("%s on %s: |f(Rx) − R f(x)| / |f(x)|. The atoms are turned, never a grid.");
  page->subtitle = keep (self, g_strdup_printf (subtitle, sweep->curves[0].title, sweep->document));
  fill_facts (self);
  page->facts = (const SwChartFact *) self->facts->data;
  page->n_facts = self->facts->len;
  fill_table (self);
  page->footer = keep (self, g_strdup_printf (_ ("%s. Every number is in the JSON file beside this report."), sweep->program));
  return &self->chart;
}

/* ---- files */

static const char *const suffixes[] = { ".csv", ".json", ".svg", ".png", ".pdf" };

static int
find_suffix (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return (int) i;
  return -1;
}

bool
sw_sweep_knows_suffix (const char *path, bool *ret_needs_render)
{
  const int i = find_suffix (path);

  *ret_needs_render = i >= 2;
  return i >= 0;
}

static bool
write_json (const SwSweep *sweep, const char *path, GError **error)
{
  json_t *json = sw_sweep_to_json (sweep);
  const bool fine = sw_json_write (json, path, error);

  json_decref (json);
  return fine;
}

bool
sw_sweep_write (const SwSweep *sweep,
                const SwSweepChartOptions *options,
                SwChartPageRender render,
                const char *path,
                char **ret_second,
                GError **error)
{
  const int suffix = find_suffix (path);
  g_autoptr (SwSweepChart) chart = NULL;
  g_autoptr (GBytes) bytes = NULL;
  SwError plain = { 0 };
  gsize size;

  *ret_second = NULL;
  if (suffix < 0 || (suffix >= 2 && render == NULL))
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s: the name must end in .csv, .json, .svg, .png or .pdf"), path);
      return false;
    }
  if (suffix == 0)
    return sw_sweep_write_csv (sweep, path, error);
  if (suffix == 1)
    return write_json (sweep, path, error);
  chart = sw_sweep_chart_new ((SwSweep *) sweep, options);
  bytes = render (&chart->page, suffix == 2 ? SW_CHART_SVG : suffix == 3 ? SW_CHART_PNG : SW_CHART_PDF, error);
  if (bytes == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return false;
    }
  const void *data = g_bytes_get_data (bytes, &size);
  const SwStatus status = sw_file_write (path, data, size, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return false;
    }
  if (suffix < 4)
    return true;
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".pdf"));
  g_autofree char *second = g_strconcat (stem, ".json", NULL);
  if (!write_json (sweep, second, error))
    return false;
  *ret_second = g_steal_pointer (&second);
  return true;
}
