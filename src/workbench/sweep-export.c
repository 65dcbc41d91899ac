/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "workbench/error.h"
#include "workbench/report.h"
#include "workbench/sweep.h"

static json_t *
numbers (const double *values, size_t first, size_t n)
{
  json_t *array = json_array ();

  for (size_t i = first; i < first + n; i++)
    json_array_append_new (array, sw_json_number (values[i]));
  return array;
}

static json_t *
quaternion (SwQuat q)
{
  return json_pack ("[f,f,f,f]", q.w, q.x, q.y, q.z);
}

static json_t *
sample_to_json (const SwSweep *sweep, const double *values)
{
  SwSweepSummary summary;

  sw_sweep_summarize (values, sweep->n_angles, sweep->params.n_random, &summary);
  return json_pack ("{s:o,s:o,s:I,s:o,s:o}", "mean", sw_json_number (summary.mean), "max", sw_json_number (summary.max),
                    "worst", (json_int_t) (summary.worst - sweep->n_angles), "worst_rotation_wxyz",
                    quaternion (sweep->rotations[summary.worst]), "errors",
                    numbers (values, sweep->n_angles, sweep->params.n_random));
}

static json_t *
layer_to_json (const SwSweep *sweep, const SwSweepLayer *layer)
{
  char fields[200] = "";
  json_t *json;

  if (layer->fields.n_parts > 0)
    sw_field_type_format (&layer->fields, fields, sizeof fields);
  json = json_pack ("{s:s,s:s,s:s,s:s,s:I,s:b}", "name", layer->name, "stage", layer->stage, "kind", layer->kind, "fields",
                    fields, "size", (json_int_t) layer->size, "silent", layer->silent);
  if (layer->silent)
    return json;
  if (sweep->n_angles > 0)
    {
      json_object_set_new (json, "by_angle", numbers (layer->all, 0, sweep->n_angles));
      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        if (layer->by_l[l] != NULL)
          {
            char name[32];
            g_snprintf (name, sizeof name, "by_angle_l%u", l);
            json_object_set_new (json, name, numbers (layer->by_l[l], 0, sweep->n_angles));
          }
    }
  if (sweep->params.n_random > 0)
    json_object_set_new (json, "random", sample_to_json (sweep, layer->all));
  return json;
}

static json_t *
curve_to_json (const SwSweep *sweep, const SwSweepCurve *curve)
{
  json_t *layers = json_array ();

  for (size_t i = 0; i < curve->n_layers; i++)
    json_array_append_new (layers, layer_to_json (sweep, &curve->layers[i]));
  json_t *json = json_pack (
      "{s:o,s:s,s:s,s:b,s:o,s:b,s:I,s:s,s:I,s:f,s:f,s:f,s:s,s:b,s:I,s:I,s:I,s:f,s:o}", "label", sw_json_text (curve->label), "network",
      curve->model_name, "engine", sw_engine_name (curve->engine), "conventional", curve->conventional, "weights",
      sw_json_text (curve->model->weights_path), "random_weights", curve->model->random, "weights_seed",
      (json_int_t) curve->model->seed, "weights_sha256", curve->weights_sha256, "size", (json_int_t) curve->size,
      "voxel_angstrom", curve->spacing, "sigma_angstrom", curve->sigma_angstrom, "w_max", curve->w_max, "basis",
      curve->options.basis == SW_BASIS_PROJECTED ? "projected" : "sampled", "plain_stride", curve->options.plain_stride,
      "atoms", (json_int_t) curve->n_atoms, "atoms_outside", (json_int_t) curve->n_atoms_outside, "class_changes",
      (json_int_t) curve->n_class_changes, "seconds", curve->seconds, "layers", layers);
  if (curve->problem != NULL)
    json_object_set_new (json, "problem", sw_json_text (curve->problem));
  return json;
}

json_t *
sw_sweep_to_json (const SwSweep *sweep)
{
  json_t *curves = json_array (), *rotations = json_array ();

  for (size_t i = 0; i < sweep->n_curves; i++)
    json_array_append_new (curves, curve_to_json (sweep, &sweep->curves[i]));
  for (size_t i = sweep->n_angles; i < sweep->n_rotations; i++)
    json_array_append_new (rotations, quaternion (sweep->rotations[i]));
  return json_pack ("{s:s,s:o,s:o,s:[f,f,f],s:o,s:I,s:o,s:I,s:o,s:f,s:s,s:i}", "program", sweep->program, "document",
                    sw_json_text (sweep->document), "file", sw_json_text (sweep->path), "axis", sweep->params.axis[0], sweep->params.axis[1],
                    sweep->params.axis[2], "angles", numbers (sweep->angles, 0, sweep->n_angles), "seed",
                    (json_int_t) sweep->params.seed, "random_rotations_wxyz", rotations, "points",
                    (json_int_t) sweep->params.n_points, "curves", curves, "seconds", sweep->seconds, "conventions",
                    sw_conventions, "conventions_version", SW_CONVENTIONS_VERSION);
}

static void
append_number (GString *csv, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (csv, ',');
  if (isfinite (value))
    g_string_append (csv, g_ascii_formatd (number, sizeof number, "%.9g", value));
}

/* In quotes, quotes doubled. */
static void
append_text (GString *csv, const char *string)
{
  g_string_append_c (csv, '"');
  for (; *string != '\0'; string++)
    {
      if (*string == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *string);
    }
  g_string_append_c (csv, '"');
}

bool
sw_sweep_write_csv (const SwSweep *sweep, const char *path, GError **error)
{
  g_autoptr (GString) csv = g_string_new ("curve,network,engine,layer,series,angle_degrees,w,x,y,z,error");
  SwError plain = { 0 };
  SwStatus status;

  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    g_string_append_printf (csv, ",error_l%u", l);
  g_string_append_c (csv, '\n');
  for (size_t c = 0; c < sweep->n_curves; c++)
    for (size_t k = 0; k < sweep->curves[c].n_layers; k++)
      for (size_t r = 0; r < sweep->n_rotations; r++)
        {
          const SwSweepCurve *curve = &sweep->curves[c];
          const SwSweepLayer *layer = &curve->layers[k];
          const bool about_axis = r < sweep->n_angles;
          const SwQuat q = sweep->rotations[r];
          append_text (csv, curve->label);
          g_string_append_printf (csv, ",%s,%s,%s,%s", curve->model_name, sw_engine_name (curve->engine), layer->name,
                                  about_axis ? "axis" : "random");
          append_number (csv, about_axis ? sweep->angles[r] : NAN);
          append_number (csv, q.w);
          append_number (csv, q.x);
          append_number (csv, q.y);
          append_number (csv, q.z);
          append_number (csv, layer->all[r]);
          for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
            append_number (csv, layer->by_l[l] != NULL ? layer->by_l[l][r] : NAN);
          g_string_append_c (csv, '\n');
        }
  status = sw_file_write (path, csv->str, csv->len, &plain);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, NULL);
  return status == SW_OK;
}
