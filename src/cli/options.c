/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

/* n numbers with commas between, and nothing else. */
static bool
parse_numbers (const char *text, size_t n, double *ret)
{
  for (size_t i = 0; i < n; i++)
    {
      char *end;
      ret[i] = g_ascii_strtod (text, &end);
      if (end == text || !isfinite (ret[i]) || *end != (i + 1 < n ? ',' : '\0'))
        return false;
      text = end + 1;
    }
  return true;
}

static bool
parse_rotation (SwCliOptions *options)
{
  double v[4];

  options->rotation = SW_QUAT_IDENTITY;
  if (options->rotation_text != NULL && options->axis_angle != NULL)
    return sw_cli_fail (0, _ ("give --rotation or --axis-angle, not both")), false;
  if (options->rotation_text != NULL)
    {
      if (!parse_numbers (options->rotation_text, 4, v)
          || !(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + v[3] * v[3] > 1e-12))
        return sw_cli_fail (0,
                            _ ("--rotation wants a quaternion w,x,y,z that is not zero, not “%s”"),
                            options->rotation_text),
               false;
      options->rotation = sw_quat_normalize ((SwQuat){ v[0], v[1], v[2], v[3] });
    }
  if (options->axis_angle != NULL)
    {
      if (!parse_numbers (options->axis_angle, 4, v)
          || !(v[0] * v[0] + v[1] * v[1] + v[2] * v[2] > 1e-12))
        return sw_cli_fail (
                   0,
                   _ ("--axis-angle wants x,y,z,degrees with an axis that is not zero, not “%s”"),
                   options->axis_angle),
               false;
      options->rotation = sw_quat_from_axis_angle (v, v[3] * G_PI / 180.0);
    }
  return true;
}

static bool
parse_altloc (SwCliOptions *options)
{
  static const struct
  {
    const char *word;
    SwAltlocPolicy policy;
  } table[] = { { "highest", SW_ALTLOC_HIGHEST },
                { "first", SW_ALTLOC_FIRST },
                { "all", SW_ALTLOC_ALL } };

  if (options->altloc == NULL)
    return true;
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (table[i].word, options->altloc))
      {
        options->document.structure.altloc = table[i].policy;
        return true;
      }
  if (strlen (options->altloc) == 1)
    {
      options->document.structure.altloc = SW_ALTLOC_LETTER;
      options->document.structure.altloc_letter = options->altloc[0];
      return true;
    }
  return sw_cli_fail (0, _ ("--altloc wants highest, first, all or one letter, not “%s”"),
                      options->altloc),
         false;
}

static bool
parse_document (SwCliOptions *options, bool several)
{
  if (options->files == NULL || options->files[0] == NULL)
    return sw_cli_fail (0, _ ("no file was named")), false;
  if (!several && options->files[1] != NULL)
    return sw_cli_fail (0, _ ("one file at a time; “%s” is one too many"), options->files[1]),
           false;
  if (options->model < 0)
    return sw_cli_fail (0, _ ("--model counts from 1, not %d"), options->model), false;
  if (options->spacing < 0.0 || !isfinite (options->spacing))
    return sw_cli_fail (0, _ ("--map-spacing wants angstrom above 0")), false;
  options->path = options->files[0];
  options->document.structure.model = (size_t) options->model;
  options->document.structure.hydrogens = options->hydrogens;
  options->document.structure.waters = options->waters;
  options->document.structure.no_ligands = options->no_ligands;
  options->document.structure.assembly = options->assembly;
  options->document.structure.selection = options->selection;
  options->document.volume.spacing = options->spacing;
  return parse_altloc (options);
}

bool
sw_cli_parse_seed (const char *text, guint64 *ret)
{
  char *end;

  errno = 0;
  *ret = g_ascii_strtoull (text, &end, 10);
  return *end == '\0' && end != text && errno == 0 && text[0] != '-';
}

static bool
parse_model (SwCliOptions *options, bool training)
{
  SwJobOptions *job = &options->job;
  SwError plain = { 0 };

  if (options->engine != NULL && sw_engine_parse (options->engine, &job->engine, &plain) != SW_OK)
    return sw_cli_fail (0, _ ("--engine wants bandlimited or sampled, not “%s”"), options->engine),
           false;
  options->engine_given = options->engine != NULL;
  if (options->size < 0 || options->size > 512 || (options->size > 0 && options->size < 4))
    return sw_cli_fail (0, _ ("--size wants 4 to 512 voxels, not %d"), options->size), false;
  if (options->voxel < 0.0 || options->sigma < 0.0 || options->w_max < 0.0
      || !isfinite (options->voxel) || !isfinite (options->sigma) || options->w_max > G_PI)
    return sw_cli_fail (
               0, _ ("--voxel and --sigma want numbers above 0, --w-max one between 0 and 3.14")),
           false;
  if (options->channels != NULL)
    {
      job->override_channels = true;
      if (!sw_channels_from_string (options->channels, &job->channels))
        return sw_cli_fail (0, _ ("--channels wants one, element, ca or trace, not “%s”"),
                            options->channels),
               false;
    }
  if (options->basis != NULL && !g_str_equal (options->basis, "sampled")
      && !g_str_equal (options->basis, "projected"))
    return sw_cli_fail (0, _ ("--basis wants sampled or projected, not “%s”"), options->basis),
           false;
  if (options->seed_text != NULL)
    {
      if (!sw_cli_parse_seed (options->seed_text, &options->seed))
        return sw_cli_fail (0, _ ("the seed of the weights is a whole number from 0, not “%s”"),
                            options->seed_text),
               false;
      /* Training and evaluating, it is that of the samples too, and stands beside weights. */
      options->random = !training;
    }
  if (options->random && options->weights != NULL)
    return sw_cli_fail (0, _ ("give --weights or a seed, not both")), false;
  job->basis = g_strcmp0 (options->basis, "projected") == 0 ? SW_BASIS_PROJECTED : SW_BASIS_SAMPLED;
  job->size = (unsigned) options->size;
  job->voxel_angstrom = options->voxel;
  job->sigma_voxels = options->sigma;
  job->w_max = options->w_max;
  job->plain_stride = options->plain_stride;
  return true;
}

static void
add_groups (GOptionContext *context, SwCliOptions *o, unsigned groups, bool equivariance)
{
  const GOptionEntry document[] = {
    { "model", 0, 0, G_OPTION_ARG_INT, &o->model, N_ ("Which model of the file, from 1"), "N" },
    { "altloc", 0, 0, G_OPTION_ARG_STRING, &o->altloc,
      N_ ("Alternate locations: highest, first, all or a letter"), "WHICH" },
    { "hydrogens", 0, 0, G_OPTION_ARG_NONE, &o->hydrogens, N_ ("Keep hydrogens"), NULL },
    { "waters", 0, 0, G_OPTION_ARG_NONE, &o->waters, N_ ("Keep waters"), NULL },
    { "no-ligands", 0, 0, G_OPTION_ARG_NONE, &o->no_ligands, N_ ("Leave ligands and ions out"),
      NULL },
    { "assembly", 0, 0, G_OPTION_ARG_STRING, &o->assembly,
      N_ ("Build a biological assembly of the file"), "NAME" },
    { "selection", 0, 0, G_OPTION_ARG_STRING, &o->selection,
      N_ ("Atoms to keep: a domain, A:10-120,150-180, or gemmi's syntax, //A/10-40/CA"), "TEXT" },
    { "map-spacing", 0, 0, G_OPTION_ARG_DOUBLE, &o->spacing,
      N_ ("Bring a density map to this spacing"), "ANGSTROM" },
    { NULL },
  };
  const GOptionEntry model[] = {
    { "network", 'n', 0, G_OPTION_ARG_FILENAME, &o->network,
      N_ ("Network: a name (swivel-cli networks) or a JSON file"), "NAME" },
    { "weights", 'w', 0, G_OPTION_ARG_FILENAME, &o->weights, N_ ("Weights: a safetensors file"),
      "FILE" },
    { equivariance ? "weights-seed" : "seed", 0, 0, G_OPTION_ARG_STRING, &o->seed_text,
      (groups & SW_CLI_WORDS) != 0 ? N_ ("Of all that is drawn: samples, their order, and weights where none are given")
                                   : N_ ("Random weights from this seed"),
      "N" },
    { "engine", 'e', 0, G_OPTION_ARG_STRING, &o->engine,
      N_ ("bandlimited (the default) or sampled (the paper)"), "NAME" },
    { "size", 0, 0, G_OPTION_ARG_INT, &o->size, N_ ("Voxels along each edge of the grid"), "N" },
    { "w-max", 0, 0, G_OPTION_ARG_DOUBLE, &o->w_max, N_ ("Band limit, radians per voxel"), "W" },
    { "plain-stride", 0, 0, G_OPTION_ARG_NONE, &o->plain_stride,
      N_ ("Stride without low-pass filter (breaks equivariance)"), NULL },
    { "basis", 0, 0, G_OPTION_ARG_STRING, &o->basis,
      N_ ("Sampled engine: sampled or projected shells"), "WHICH" },
    { NULL },
  };
  /* What an experiment trains on, its network file says. */
  const GOptionEntry grid[] = {
    { "voxel", 0, 0, G_OPTION_ARG_DOUBLE, &o->voxel, N_ ("Edge of a voxel"), "ANGSTROM" },
    { "sigma", 0, 0, G_OPTION_ARG_DOUBLE, &o->sigma, N_ ("Width of an atom's Gaussian, in voxels"),
      "VOXELS" },
    { "channels", 0, 0, G_OPTION_ARG_STRING, &o->channels, N_ ("one, element, ca or trace"), "WHICH" },
    { NULL },
  };
  const GOptionEntry rotation[] = {
    { "rotation", 'r', 0, G_OPTION_ARG_STRING, &o->rotation_text,
      N_ ("Turn the input by a quaternion"), "w,x,y,z" },
    { "axis-angle", 0, 0, G_OPTION_ARG_STRING, &o->axis_angle, N_ ("Turn the input about an axis"),
      "x,y,z,DEGREES" },
    { NULL },
  };

  if (groups & SW_CLI_MODEL)
    g_option_context_add_main_entries (context, model, GETTEXT_PACKAGE);
  if ((groups & (SW_CLI_MODEL | SW_CLI_WORDS)) == SW_CLI_MODEL)
    g_option_context_add_main_entries (context, grid, GETTEXT_PACKAGE);
  if (groups & SW_CLI_ROTATION)
    g_option_context_add_main_entries (context, rotation, GETTEXT_PACKAGE);
  if ((groups & (SW_CLI_DOCUMENT | SW_CLI_DOCUMENTS)) != 0 && (groups & SW_CLI_MESHES) == 0)
    g_option_context_add_main_entries (context, document, GETTEXT_PACKAGE);
}

bool
sw_cli_parse (SwCliOptions *options,
              char **arguments,
              const char *parameters,
              const char *summary,
              const GOptionEntry *entries,
              unsigned groups,
              int *ret_status)
{
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) strings = g_strdupv (arguments);
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json,
      N_ ("Print one JSON value on standard output"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->files, NULL, NULL },
    { NULL },
  };

  *ret_status = SW_EXIT_USAGE;
  g_option_context_set_summary (context, summary);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  add_groups (context, options, groups, g_str_has_suffix (arguments[0], "equivariance"));
  g_option_context_add_main_entries (context, common, GETTEXT_PACKAGE);
  if (!g_option_context_parse_strv (context, &strings, &error))
    {
      sw_cli_fail (0, _ ("%s; see %s --help"), error->message, arguments[0]);
      return false;
    }
  if (!(groups & (SW_CLI_DOCUMENT | SW_CLI_DOCUMENTS | SW_CLI_WORDS)) && options->files != NULL && options->files[0] != NULL)
    {
      sw_cli_fail (0, _ ("“%s” is one word too many; see %s --help"), options->files[0],
                   arguments[0]);
      return false;
    }
  return ((groups & (SW_CLI_DOCUMENT | SW_CLI_DOCUMENTS)) == 0
          || parse_document (options, (groups & SW_CLI_DOCUMENTS) != 0))
         && ((groups & SW_CLI_MODEL) == 0 || parse_model (options, (groups & SW_CLI_WORDS) != 0))
         && ((groups & SW_CLI_ROTATION) == 0 || parse_rotation (options));
}

void
sw_cli_options_clear (SwCliOptions *options)
{
  g_strfreev (options->files);
  g_free (options->network);
  g_free (options->weights);
  g_free (options->altloc);
  g_free (options->assembly);
  g_free (options->selection);
  g_free (options->engine);
  g_free (options->channels);
  g_free (options->basis);
  g_free (options->rotation_text);
  g_free (options->axis_angle);
  g_free (options->seed_text);
}

SwDocument *
sw_cli_load_document (const SwCliOptions *options)
{
  g_autoptr (GError) error = NULL;
  SwDocument *document = sw_document_load (options->path, &options->document, NULL, &error);

  if (document == NULL)
    {
      if (strstr (error->message, options->path) != NULL)
        sw_cli_fail_error (error);
      else
        sw_cli_fail (0, "%s: %s", options->path, error->message);
    }
  return document;
}

SwWorker *
sw_cli_make_worker (SwCliOptions *options, const SwCatalog *catalog)
{
  const SwModelRequest request = { .network = options->network,
                                   .weights = options->weights,
                                   .random = options->random,
                                   .seed = options->seed };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  SwWorker *worker;

  if (model == NULL)
    {
      sw_cli_fail_error (error);
      return NULL;
    }
  if (!options->engine_given && !sw_model_has_engine (model, options->job.engine))
    {
      options->job.engine = SW_ENGINE_SAMPLED;
      sw_cli_note (_ ("%s is an ordinary CNN: the sampled engine is taken"), model->name);
    }
  worker = sw_worker_new (model, &options->job, &error);
  if (worker == NULL)
    sw_cli_fail_error (error);
  return worker;
}
