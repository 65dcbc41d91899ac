/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "picture/compose.h"
#include "picture/molecule-scene.h"
#include "picture/surface-scene.h"
#include "picture/turntable.h"
#include "workbench/comparison.h"
#include "workbench/report.h"

/* Above this many C-alpha atoms a cartoon reads better than balls. */
#define CARTOON_RESIDUES 30
#define SIDE_MAX 16384

typedef struct
{
  char *output, *layer, *style, *display, *background, *panes, *size, *camera, *color;
  int copy, levels, frames;
  double threshold;
  gboolean no_density, no_box, no_field, no_key, no_scale_bar, no_captions;
  int width, height;
  SwMoleculeStyle molecule;
  SwColorScheme scheme;
  SwDisplay shown_as;
  SwBackground behind;
  unsigned n_panes;
  SwQuat view;
} RenderOptions;

static void
clear_render_options (RenderOptions *o)
{
  g_free (o->output);
  g_free (o->layer);
  g_free (o->style);
  g_free (o->display);
  g_free (o->background);
  g_free (o->panes);
  g_free (o->size);
  g_free (o->camera);
  g_free (o->color);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RenderOptions, clear_render_options)

static bool
parse_view (RenderOptions *o)
{
  static const char *const views[]
      = { "front", "back", "right", "left", "top", "bottom", "oblique" };
  char rest;

  o->width = 1200;
  o->height = 800;
  const bool is_turntable = o->frames != 0;
  if (o->output == NULL || (!g_str_has_suffix (o->output, ".png") && !(is_turntable && g_str_has_suffix (o->output, ".webp"))))
    return sw_cli_fail (0, is_turntable ? _ ("name a .webp or .png file with --output") : _ ("name a .png file with --output")), false;
  if (is_turntable && (o->frames < 2 || o->frames > 720))
    return sw_cli_fail (0, _ ("--turntable wants 2 to 720 frames")), false;
  if (!(o->threshold >= 0.0 && o->threshold <= 1.0) || o->levels < 0 || o->levels > SW_LEVELS_MAX)
    return sw_cli_fail (0, _ ("--threshold wants a part from 0 to 1, --levels a number from 1 to %d"), SW_LEVELS_MAX), false;
  if (o->size != NULL
      && (sscanf (o->size, "%dx%d%c", &o->width, &o->height, &rest) != 2 || o->width < 16
          || o->height < 16 || o->width > SIDE_MAX || o->height > SIDE_MAX))
    return sw_cli_fail (0, _ ("--picture wants WIDTHxHEIGHT, 16 to %d each, not “%s”"), SIDE_MAX,
                        o->size),
           false;
  if (o->style != NULL && !sw_molecule_style_from_name (o->style, &o->molecule))
    return sw_cli_fail (0, _ ("--molecule does not know “%s”"), o->style), false;
  if (o->color != NULL && (!sw_color_scheme_from_name (o->color, &o->scheme) || o->scheme == SW_COLOR_GIVEN))
    return sw_cli_fail (0, _ ("--color does not know “%s”"), o->color), false;
  if (o->display != NULL && !sw_display_from_name (o->display, &o->shown_as))
    return sw_cli_fail (0, _ ("--display does not know “%s”"), o->display), false;
  o->behind = SW_BACKGROUND_LIGHT;
  if (g_strcmp0 (o->background, "dark") == 0)
    o->behind = SW_BACKGROUND_DARK;
  else if (g_strcmp0 (o->background, "transparent") == 0)
    o->behind = SW_BACKGROUND_TRANSPARENT;
  else if (o->background != NULL && !g_str_equal (o->background, "light"))
    return sw_cli_fail (0, _ ("--background wants light, dark or transparent, not “%s”"),
                        o->background),
           false;
  o->n_panes = o->panes != NULL ? (unsigned) g_ascii_strtoull (o->panes, NULL, 10) : 3;
  if (o->n_panes < 1 || o->n_panes > 3)
    return sw_cli_fail (0, _ ("--panes wants 1, 2 or 3: f(Rx), R f(x), difference")), false;
  o->view = sw_camera_standard (6);
  for (unsigned i = 0; i < G_N_ELEMENTS (views); i++)
    if (g_strcmp0 (o->camera, views[i]) == 0)
      {
        o->view = sw_camera_standard (i);
        return true;
      }
  if (o->camera != NULL)
    return sw_cli_fail (
               0, _ ("--view wants front, back, left, right, top, bottom or oblique, not “%s”"),
               o->camera),
           false;
  return true;
}

/* The world's origin is the centre of rotation; on an even grid it may lie half a voxel beside the
 * middle. */
static SwGridGeometry
geometry (size_t size, double spacing, double centre)
{
  const double middle = (0.5 * (double) (size - 1) - centre) * spacing;
  return (SwGridGeometry){ { size, size, size }, spacing, { middle, middle, middle } };
}

static void
add_density (SwScene *scene, const SwRunResult *result, bool alone, bool hidden)
{
  const SwRunLayer *input = &result->input;
  const float *field = sw_run_result_get_field (result, -1);
  const size_t n_voxels = input->size * input->size * input->size;
  const size_t n_channels = sw_field_type_dim (&input->fields);
  const SwGridGeometry grid = geometry (input->size, input->spacing, input->centre);
  const SwFieldStyle style = {
    .is_sequential = true, .opacity = alone ? 0.6 : 0.25, .threshold = 0.12, .is_hidden = hidden
  };
  g_autofree float *sum = g_new0 (float, n_voxels);

  for (size_t c = 0; c < n_channels; c++)
    for (size_t v = 0; v < n_voxels; v++)
      sum[v] += field[c * n_voxels + v];
  sw_scene_set_density (scene, SW_PANE_ALL, &grid, sum, &style);
}

static void
add_pair (SwScene *scene, const SwFieldPair *pair, const RenderOptions *o)
{
  const SwGridGeometry grid = geometry (pair->size, pair->spacing, pair->centre);
  const SwFieldStyle style = { .display = o->shown_as, .range_max = (double) pair->magnitude,
                               .threshold = o->threshold, .n_levels = (unsigned) o->levels };
  const float *const pictures[3] = { pair->f_of_rotated, pair->rotated_f, pair->difference };

  for (unsigned pane = 0; pane < o->n_panes; pane++)
    sw_scene_set_field (scene, (int) pane, pair->l, &grid, pictures[pane], &style);
}

static int
draw (SwScene *scene, const SwDocument *document, const RenderOptions *o, const char *description)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = NULL;
  SwCamera camera;

  sw_scene_get_camera (scene, 0, &camera);
  camera.orientation = o->view;
  sw_scene_set_camera (scene, SW_PANE_ALL, &camera);
  sw_scene_fit (scene, SW_PANE_ALL, o->width, o->height);
  headless = sw_headless_new (&error);
  static const char *const captions[] = { "f(Rx)", "R f(x)", "f(Rx) − R f(x)", NULL };
  const SwComposeOptions compose = { .width = o->width,
                                     .height = o->height,
                                     .keys = !o->no_key,
                                     .scale_bar = !o->no_scale_bar,
                                     .own_unit = sw_surface_scene_get_unit (document),
                                     .paint = (SwOverlayPaint) sw_cli_module_symbol ("picture", SW_OVERLAY_PAINT),
                                     .captions = o->no_captions || o->no_field ? NULL : captions };
  if (compose.paint == NULL)
    sw_cli_note (_ ("without the drawing module the picture has no keys, captions and scale bar"));
  if (headless != NULL && o->frames > 0)
    {
      const SwTurntableOptions turntable = { .compose = compose, .n_frames = (unsigned) o->frames, .milliseconds = 6000 / (unsigned) o->frames };
      const gboolean ok = sw_turntable_write (headless, scene, &turntable, o->output, &sw_cli_progress, &error);
      sw_cli_progress_end ();
      return ok ? 0 : sw_cli_fail_error (error);
    }
  if (headless == NULL || !sw_compose_png (headless, scene, &compose, o->output, description, &error))
    return sw_cli_fail_error (error);
  return 0;
}

/* The first layer with vectors that is shown when none was named; else the first with a field on a
 * grid. */
static int
choose_layer (const SwWorker *worker, const RenderOptions *o)
{
  if (o->layer != NULL)
    return sw_worker_find_layer (worker, o->layer);
  return sw_worker_default_layer (worker);
}

int
sw_command_render (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_auto (RenderOptions) o = { .copy = -1 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output, N_ ("PNG file to write"), "FILE" },
    { "picture", 0, 0, G_OPTION_ARG_STRING, &o.size, N_ ("Size of the picture (1200x800)"), "WxH" },
    { "layer", 'l', 0, G_OPTION_ARG_STRING, &o.layer,
      N_ ("Layer whose field is drawn; “input” for the density"), "NAME" },
    { "copy", 0, 0, G_OPTION_ARG_INT, &o.copy,
      N_ ("Which field of the layer, from 0 (the first vector)"), "N" },
    { "panes", 0, 0, G_OPTION_ARG_STRING, &o.panes,
      N_ ("1: f(Rx), 2: and R f(x), 3: and the difference (3)"), "N" },
    { "display", 0, 0, G_OPTION_ARG_STRING, &o.display,
      N_ ("auto, volume, isosurface, slices, arrows, streamlines, glyphs or superquadrics"), "HOW" },
    { "levels", 0, 0, G_OPTION_ARG_INT, &o.levels, N_ ("Nested levels of an isosurface, 1 to 4"), "N" },
    { "threshold", 0, 0, G_OPTION_ARG_DOUBLE, &o.threshold,
      N_ ("Part of the largest value below which nothing is drawn, 0 to 1"), "PART" },
    { "molecule", 0, 0, G_OPTION_ARG_STRING, &o.style,
      N_ ("auto, ball-and-stick, sticks, spheres, trace, cartoon, surface or off"), "HOW" },
    { "color", 0, 0, G_OPTION_ARG_STRING, &o.color,
      N_ ("auto, element, chain, rainbow, secondary, residue, b-factor or plddt"), "BY" },
    { "view", 0, 0, G_OPTION_ARG_STRING, &o.camera,
      N_ ("front, back, left, right, top, bottom or oblique"), "FROM" },
    { "background", 0, 0, G_OPTION_ARG_STRING, &o.background, N_ ("light, dark or transparent"),
      "WHICH" },
    { "no-density", 0, 0, G_OPTION_ARG_NONE, &o.no_density, N_ ("Leave the density out"), NULL },
    { "no-box", 0, 0, G_OPTION_ARG_NONE, &o.no_box, N_ ("Leave the box of the grid out"), NULL },
    { "no-field", 0, 0, G_OPTION_ARG_NONE, &o.no_field,
      N_ ("Only molecule and density, in one pane"), NULL },
    { "turntable", 0, 0, G_OPTION_ARG_INT, &o.frames,
      N_ ("Once around in N frames: animated .webp, or .png for NAME-000.png and so on"), "N" },
    { "no-key", 0, 0, G_OPTION_ARG_NONE, &o.no_key, N_ ("Leave out what the colours mean"), NULL },
    { "no-scale-bar", 0, 0, G_OPTION_ARG_NONE, &o.no_scale_bar, N_ ("Leave the scale bar out"), NULL },
    { "no-captions", 0, 0, G_OPTION_ARG_NONE, &o.no_captions, N_ ("Leave the captions of the panes out"), NULL },
    { NULL },
  };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwComparison) comparison = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *description = NULL;
  const SwRunLayer *layer;
  SwScene *scene;
  SwGridGeometry box;
  double centre[3];
  int index, status;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Draws molecule, density and a field into a PNG file; needs no display."),
                     entries, SW_CLI_DOCUMENT | SW_CLI_MODEL | SW_CLI_ROTATION, &status))
    return status;
  if (!parse_view (&o))
    return SW_EXIT_USAGE;
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  catalog = sw_catalog_new ();
  worker = sw_cli_make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  index = o.no_field ? -1 : choose_layer (worker, &o);
  if (index < -1)
    {
      g_autofree char *names = sw_worker_dup_layer_names (worker);
      return sw_cli_fail (SW_EXIT_ERROR, _ ("the network “%s” has no layer “%s”; there are: %s"),
                          sw_worker_get_model (worker)->name, o.layer, names);
    }
  if (o.copy < 0)
    o.copy = (int) sw_worker_default_copy (worker, index);
  comparison = sw_worker_compare (worker, document, options.rotation, index, (size_t) o.copy, 500,
                                  &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (comparison == NULL)
    return sw_cli_fail_error (error);
  if (comparison->pair == NULL)
    return sw_cli_fail (SW_EXIT_ERROR,
                        _ ("layer “%s” is a vector without a grid; choose an earlier layer"),
                        o.layer);

  layer = sw_run_result_get_layer (comparison->at_rotation, index);
  scene = sw_scene_new ();
  if (o.no_field)
    o.n_panes = 1;
  sw_scene_set_n_panes (scene, o.n_panes);
  sw_scene_set_background (scene, o.behind);
  if (document->structure != NULL)
    {
      sw_worker_get_input_centre (worker, centre);
      sw_molecule_scene_set (scene, document->structure, centre);
      if (o.molecule == SW_MOLECULE_AUTO && document->structure->n_ca > CARTOON_RESIDUES)
        o.molecule = SW_MOLECULE_CARTOON;
      sw_scene_set_molecule_style (scene, SW_PANE_ALL, o.molecule, o.scheme);
      sw_scene_set_input_rotation (scene, SW_PANE_ALL, options.rotation);
    }
  if (document->surface != NULL)
    {
      sw_surface_scene_set (scene, document);
      sw_scene_set_molecule_style (scene, SW_PANE_ALL, o.molecule, o.scheme);
      sw_scene_set_input_rotation (scene, SW_PANE_ALL, options.rotation);
    }
  add_density (scene, comparison->at_rotation, o.no_field, o.no_density || o.molecule == SW_MOLECULE_SURFACE);
  if (!o.no_field && index >= 0)
    add_pair (scene, comparison->pair, &o);
  box = geometry (comparison->at_rotation->input.size, comparison->at_rotation->input.spacing,
                  comparison->at_rotation->input.centre);
  if (!o.no_box)
    sw_scene_set_box (scene, SW_PANE_ALL, &box, 0);
  description = g_strdup_printf (
      "swivel " SW_VERSION ": %s, %s, layer %s, field %d; f(Rx) | R f(x) | difference",
      document->name, comparison->at_rotation->model_name, layer->name, o.copy);
  status = draw (scene, document, &o, description);
  sw_scene_free (scene);
  if (status != 0)
    return status;
  for (const char *const *warning = comparison->at_rotation->warnings; *warning != NULL; warning++)
    sw_cli_note ("%s", *warning);
  if (options.json)
    sw_cli_print_json (json_pack ("{s:s,s:i,s:i,s:s,s:i,s:o,s:o}", "output", o.output, "width",
                                  o.width, "height", o.height, "layer", layer->name, "copy", o.copy,
                                  "layer_error", sw_json_number (comparison->error.error),
                                  "output_error", sw_json_number (comparison->output_error)));
  else
    /* translators: file, layer, relative error of the layer and of the output */
    printf (_ ("%s: layer %s, error %.3g; output error %.3g\n"), o.output, layer->name,
            comparison->error.error, comparison->output_error);
  return 0;
}
