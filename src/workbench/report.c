/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "workbench/error.h"

json_t *
sw_json_number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

json_t *
sw_json_text (const char *string)
{
  g_autofree char *valid = g_utf8_make_valid (string != NULL ? string : "", -1);
  return json_string (valid);
}

static json_t *
quaternion (SwQuat q)
{
  return json_pack ("[f,f,f,f]", q.w, q.x, q.y, q.z);
}

static const char *const report_levels[] = { "read", "dropped", "guessed", "warning" };

static json_t *
report_to_json (const SwLoadReport *report)
{
  json_t *array = json_array ();

  for (size_t i = 0; i < report->n_items; i++)
    {
      const SwReportItem *item = &report->items[i];
      json_array_append_new (array,
                             json_pack ("{s:s,s:s,s:I,s:o}", "level", report_levels[item->level],
                                        "code", item->code, "count", (json_int_t) item->count,
                                        "text", sw_json_text (item->text)));
    }
  return array;
}

static json_t *
structure_to_json (const SwStructure *structure)
{
  json_t *chains = json_array (), *assemblies = json_array ();

  for (size_t i = 0; i < structure->n_chains; i++)
    {
      const SwChain *chain = &structure->chains[i];
      json_array_append_new (chains, json_pack ("{s:o,s:I,s:I,s:I,s:I}", "name", sw_json_text (chain->name),
                                                "atoms", (json_int_t) chain->n_atoms, "residues",
                                                (json_int_t) chain->n_residues, "amino_acids",
                                                (json_int_t) chain->n_amino_acids, "nucleotides",
                                                (json_int_t) chain->n_nucleotides));
    }
  for (size_t i = 0; i < structure->n_assemblies; i++)
    json_array_append_new (assemblies, sw_json_text (structure->assembly_names[i]));
  return json_pack (
      "{s:o,s:o,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:f,s:[f,f,f],s:[f,f,f]"
      ",s:[f,f,f]}",
      "entry", sw_json_text (structure->entry_id), "title", sw_json_text (structure->title), "format",
      structure->format, "atoms", (json_int_t) structure->n_atoms, "residues",
      (json_int_t) structure->n_residues, "amino_acids", (json_int_t) structure->n_amino_acids,
      "nucleotides", (json_int_t) structure->n_nucleotides, "waters",
      (json_int_t) structure->n_waters, "hydrogens", (json_int_t) structure->n_hydrogens,
      "c_alphas", (json_int_t) structure->n_ca, "bonds", (json_int_t) structure->n_bonds, "model",
      (json_int_t) structure->model, "models", (json_int_t) structure->n_models, "n_chains",
      (json_int_t) structure->n_chains, "chains", chains, "assemblies", assemblies, "assembly",
      sw_json_text (structure->assembly), "radius_angstrom", structure->radius, "centre",
      structure->mean[0], structure->mean[1], structure->mean[2], "box_min", structure->box_min[0],
      structure->box_min[1], structure->box_min[2], "box_max", structure->box_max[0],
      structure->box_max[1], structure->box_max[2]);
}

static json_t *
volume_to_json (const SwVolume *volume)
{
  return json_pack (
      "{s:s,s:[I,I,I],s:f,s:[f,f,f],s:o,s:o,s:o,s:o,s:b}", "format", volume->format, "shape_zyx",
      (json_int_t) volume->n[0], (json_int_t) volume->n[1], (json_int_t) volume->n[2],
      "spacing_angstrom", volume->spacing, "origin", volume->origin[0], volume->origin[1],
      volume->origin[2], "min", sw_json_number ((double) volume->min), "max",
      sw_json_number ((double) volume->max), "mean", sw_json_number (volume->mean), "deviation",
      sw_json_number (volume->deviation), "resampled", volume->resampled);
}

static json_t *
surface_to_json (const SwDocument *document)
{
  const SwSurface *surface = document->surface;
  return json_pack ("{s:s,s:I,s:I,s:f,s:f,s:[f,f,f],s:[f,f,f],s:[f,f,f]}", "format", surface->format, "vertices",
                    (json_int_t) surface->n_vertices, "triangles", (json_int_t) surface->n_triangles, "area", document->frame.area,
                    "radius", document->frame.radius, "centre_of_area", document->frame.centre[0], document->frame.centre[1],
                    document->frame.centre[2], "box_min", surface->box_min[0], surface->box_min[1], surface->box_min[2], "box_max",
                    surface->box_max[0], surface->box_max[1], surface->box_max[2]);
}

json_t *
sw_document_to_json (const SwDocument *document)
{
  json_t *json = json_pack ("{s:o,s:o,s:o,s:s,s:o}", "path", sw_json_text (document->path), "name",
                            sw_json_text (document->name), "summary", sw_json_text (document->summary), "kind",
                            document->structure != NULL ? "structure"
                            : document->volume != NULL  ? "volume"
                            : document->surface != NULL ? "surface"
                                                        : "blocks",
                            "report",
                            report_to_json (document->report));

  if (document->structure != NULL)
    json_object_set_new (json, "structure", structure_to_json (document->structure));
  else if (document->volume != NULL)
    json_object_set_new (json, "volume", volume_to_json (document->volume));
  else if (document->surface != NULL)
    json_object_set_new (json, "surface", surface_to_json (document));
  return json;
}

json_t *
sw_catalog_to_json (const SwCatalog *catalog)
{
  size_t n, n_weights;
  const SwCatalogNetwork *networks = sw_catalog_networks (catalog, &n);
  const SwCatalogWeights *weights = sw_catalog_weights (catalog, &n_weights);
  json_t *array = json_array ();

  for (size_t i = 0; i < n; i++)
    {
      const SwCatalogNetwork *entry = &networks[i];
      json_t *files = json_array ();
      json_t *item;

      for (size_t j = 0; j < n_weights; j++)
        if (g_str_equal (weights[j].network, entry->name))
          json_array_append_new (files, sw_json_text (weights[j].path));
      item = json_pack ("{s:s,s:o,s:o,s:o,s:s,s:b,s:I,s:i,s:f,s:I,s:o}", "name", entry->name,
                        "path", sw_json_text (entry->path), "title", sw_json_text (entry->title), "description",
                        sw_json_text (entry->description), "twin", entry->twin, "conventional",
                        entry->conventional, "parameters", (json_int_t) entry->n_parameters, "size",
                        (int) entry->size, "voxel_angstrom", entry->voxel_angstrom, "classes",
                        (json_int_t) entry->n_classes, "weights", files);
      if (entry->problem != NULL)
        json_object_set_new (item, "problem", sw_json_text (entry->problem));
      json_array_append_new (array, item);
    }
  return array;
}

static json_t *
layer_to_json (const SwRunLayer *layer)
{
  char type[256];
  json_t *norms = json_object ();

  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    for (size_t i = 0; i < layer->fields.n_parts; i++)
      if (layer->fields.parts[i].l == l)
        {
          const char key[2] = { (char) ('0' + l), '\0' };
          json_object_set_new (norms, key, sw_json_number (layer->norm[l]));
        }
  return json_pack ("{s:s,s:s,s:s,s:s,s:I,s:f,s:f,s:o}", "name", layer->name, "stage", layer->stage,
                    "kind", layer->kind, "fields",
                    sw_field_type_format (&layer->fields, type, sizeof type), "size",
                    (json_int_t) layer->size, "spacing_angstrom", layer->spacing, "seconds",
                    layer->seconds, "norm", norms);
}

json_t *
sw_run_result_to_json (const SwRunResult *result)
{
  json_t *classes = json_array (), *layers = json_array (), *warnings = json_array ();

  for (size_t i = 0; i < result->n_outputs; i++)
    {
      g_autofree char *number = g_strdup_printf ("%zu", i);
      json_array_append_new (
          classes,
          json_pack ("{s:o,s:f,s:f}", "class",
                     sw_json_text (result->class_names != NULL ? result->class_names[i] : number), "score",
                     (double) result->scores[i], "logit", (double) result->logits[i]));
    }
  for (size_t i = 0; i < result->n_layers; i++)
    json_array_append_new (layers, layer_to_json (&result->layers[i]));
  for (const char *const *warning = result->warnings; *warning != NULL; warning++)
    json_array_append_new (warnings, sw_json_text (*warning));
  return json_pack (
      "{s:s,s:s,s:o,s:I,s:f,s:o,s:I,s:o,s:I,s:I,s:f,s:f,s:I,s:I,s:o}", "network",
      result->model_name, "engine", sw_engine_name (result->engine), "rotation",
      quaternion (result->rotation), "size", (json_int_t) result->input.size, "voxel_angstrom",
      result->input.spacing, "classes", classes, "top", (json_int_t) result->top, "layers", layers,
      "atoms", (json_int_t) result->n_atoms, "atoms_outside", (json_int_t) result->n_atoms_outside,
      "seconds_voxelize", result->seconds_voxelize, "seconds_forward", result->seconds_forward,
      "memory_runner_bytes", (json_int_t) result->memory_runner, "memory_peak_bytes",
      (json_int_t) result->memory_peak, "warnings", warnings);
}

json_t *
sw_kernels_to_json (const SwKernels *kernels)
{
  const SwBasisSpec *spec = &kernels->spec;
  json_t *elements = json_array ();

  for (size_t i = 0; i < spec->n_elements; i++)
    json_array_append_new (elements, json_pack ("{s:i,s:i}", "shell", (int) spec->elements[i].shell,
                                                "j", (int) spec->elements[i].j));
  return json_pack (
      "{s:i,s:i,s:i,s:s,s:s,s:f,s:[I,i,i,i,i,i],s:o,s:s}", "l_out", (int) spec->l_out, "l_in",
      (int) spec->l_in, "size", (int) spec->size, "rule", sw_basis_rule_name (spec->rule), "basis",
      kernels->kind == SW_BASIS_PROJECTED ? "projected" : "sampled", "sigma_voxels", spec->sigma,
      "shape", (json_int_t) spec->n_elements, (int) (2 * spec->l_out + 1),
      (int) (2 * spec->l_in + 1), (int) spec->size, (int) spec->size, (int) spec->size, "elements",
      elements, "conventions", sw_conventions);
}

/* ---- equivariance ---- */

static json_t *
summary_to_json (const SwErrorSummary *summary)
{
  return json_pack ("{s:o,s:o,s:I}", "mean", sw_json_number (summary->mean), "max",
                    sw_json_number (summary->max), "worst_rotation", (json_int_t) summary->worst);
}

static json_t *
table_to_json (const SwErrorTable *table)
{
  json_t *layers = json_array ();

  for (size_t i = 0; i < table->n_layers; i++)
    {
      const SwLayerErrors *entry = &table->layers[i];
      char type[256];
      json_t *by_l = json_object ();

      for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
        if (!isnan (entry->by_l[l].mean))
          {
            const char key[2] = { (char) ('0' + l), '\0' };
            json_object_set_new (by_l, key, summary_to_json (&entry->by_l[l]));
          }
      json_array_append_new (
          layers, json_pack ("{s:s,s:s,s:s,s:s,s:I,s:b,s:o,s:o}", "name", entry->name, "stage",
                             entry->stage, "kind", entry->kind, "fields",
                             sw_field_type_format (&entry->fields, type, sizeof type), "size",
                             (json_int_t) entry->size, "silent", entry->silent, "error",
                             summary_to_json (&entry->all), "error_by_l", by_l));
    }
  return json_pack ("{s:I,s:o,s:I,s:o,s:o}", "rotations", (json_int_t) table->n_rotations, "output",
                    summary_to_json (&table->output), "class_changes",
                    (json_int_t) table->n_class_changes, "distance_ratio",
                    sw_json_number (table->distance_ratio), "layers", layers);
}

json_t *
sw_equivariance_to_json (const SwEquivariance *result)
{
  json_t *rotations = json_array (), *json;

  for (size_t i = 0; i < result->n_rotations; i++)
    json_array_append_new (rotations, quaternion (result->rotations[i]));
  json = json_pack (
      "{s:s,s:o,s:s,s:o,s:b,s:I,s:s,s:I,s:f,s:f,s:f,s:s,s:b,s:I,s:I,s:o,s:f,s:s,s:i}", "program",
      "swivel " SW_VERSION, "document", sw_json_text (result->document), "network", result->model_name,
      "weights", sw_json_text (result->model->weights_path), "random_weights", result->model->random,
      "weights_seed", (json_int_t) result->model->seed, "engine", sw_engine_name (result->engine),
      "size", (json_int_t) result->size, "voxel_angstrom", result->spacing, "sigma_angstrom",
      result->sigma_angstrom, "w_max", result->w_max, "basis",
      result->options.basis == SW_BASIS_PROJECTED ? "projected" : "sampled", "plain_stride",
      result->options.plain_stride, "seed", (json_int_t) result->seed, "points",
      (json_int_t) result->n_points, "rotations", rotations, "seconds", result->seconds,
      "conventions", sw_conventions, "conventions_version", SW_CONVENTIONS_VERSION);
  json_object_set_new (json, "worst", sw_json_number (sw_equivariance_worst (result)));
  json_object_set_new (json, "random", table_to_json (&result->random));
  if (result->cube.n_rotations > 0)
    json_object_set_new (json, "cube", table_to_json (&result->cube));
  if (result->trilinear.n_rotations > 0)
    json_object_set_new (json, "resampled_trilinear", table_to_json (&result->trilinear));
  if (result->tricubic.n_rotations > 0)
    json_object_set_new (json, "resampled_tricubic", table_to_json (&result->tricubic));
  return json;
}

bool
sw_json_write (const json_t *json, const char *path, GError **error)
{
  char *dump = json_dumps (json, JSON_INDENT (2) | JSON_REAL_PRECISION (9));
  SwError plain = { 0 };
  SwStatus status
      = dump != NULL ? sw_file_write (path, dump, strlen (dump), &plain) : SW_ERROR_MEMORY;

  free (dump);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, NULL);
  return status == SW_OK;
}

bool
sw_equivariance_write (const SwEquivariance *result, const char *path, GError **error)
{
  json_t *json = sw_equivariance_to_json (result);
  const bool fine = sw_json_write (json, path, error);

  json_decref (json);
  return fine;
}
