/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/export.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "workbench/cube-file.h"
#include "workbench/error.h"

typedef enum
{
  EXPORT_NPZ,
  EXPORT_NPY,
  EXPORT_MAP,
  EXPORT_CUBE,
  EXPORT_UNKNOWN,
} ExportFormat;

static ExportFormat
format_of (const char *path)
{
  static const struct
  {
    const char *suffix;
    ExportFormat format;
  } table[] = { { ".npz", EXPORT_NPZ },
                { ".npy", EXPORT_NPY },
                { ".map", EXPORT_MAP },
                { ".mrc", EXPORT_MAP },
                { ".ccp4", EXPORT_MAP },
                { ".cube", EXPORT_CUBE } };

  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_has_suffix (path, table[i].suffix))
      return table[i].format;
  return EXPORT_UNKNOWN;
}

static bool
refuse_suffix (const char *path, const char *allowed, GError **error)
{
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
               /* translators: a path, then a list of suffixes */
               _ ("%s: the name of the file must end in %s"), path, allowed);
  return false;
}

static bool
finish (SwStatus status, const SwError *plain, const char *path, GError **error)
{
  if (status == SW_OK)
    return true;
  sw_workbench_set_error (error, status, plain, plain->text[0] != '\0' ? NULL : path);
  return false;
}

/* A .npy has no room for words: they go into PATH.txt. */
static bool
write_npy (const char *path, const SwNpy *array, const char *notes, GError **error)
{
  g_autofree char *beside = g_strconcat (path, ".txt", NULL);
  SwError plain = { 0 };
  SwStatus status = sw_npy_write (path, array, &plain);

  if (status == SW_OK)
    status = sw_file_write (beside, notes, strlen (notes), &plain);
  return finish (status, &plain, path, error);
}

static SwNpy
text_entry (const char *text)
{
  return (SwNpy){
    .kind = 'S', .item_size = strlen (text), .n_items = 1, .data = (unsigned char *) text
  };
}

static bool
write_map (const SwRunLayer *info, const float *field, int copy, const char *path, GError **error)
{
  const size_t n = info->size;
  const double corner = -info->centre * info->spacing;
  const double origin[3] = { corner, corner, corner };
  size_t first = 0, channel = 0;
  bool found = false;

  /* The copy-th scalar among the channels. */
  for (size_t i = 0; i < info->fields.n_parts && !found; i++)
    {
      const SwFieldPart *part = &info->fields.parts[i];
      if (part->l == 0 && (size_t) MAX (copy, 0) < first + part->copies)
        {
          channel += (size_t) MAX (copy, 0) - first;
          found = true;
        }
      else
        {
          first += part->l == 0 ? part->copies : 0;
          channel += part->copies * (2 * part->l + 1);
        }
    }
  if (!found || n == 1)
    {
      g_set_error (
          error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
          _ ("%s: a map holds one scalar field on a grid, and layer “%s” has no such field"), path,
          info->name);
      return false;
    }
  if (format_of (path) == EXPORT_CUBE)
    return sw_cube_write (path, field + channel * n * n * n, n, info->spacing, origin, info->name, error);
  return sw_map_write_ccp4 (path, field + channel * n * n * n, (const size_t[3]){ n, n, n },
                            info->spacing, origin, error);
}

bool
sw_export_field (const SwRunResult *result, int layer, int copy, const char *path, GError **error)
{
  const SwRunLayer *info = sw_run_result_get_layer (result, layer);
  const float *field = sw_run_result_get_field (result, layer);
  const float *gates = sw_run_result_get_gates (result, layer);
  const ExportFormat format = format_of (path);
  const size_t n = info->size;
  const size_t shape[4] = { sw_field_type_dim (&info->fields), n, n, n };
  const size_t gate_shape[4] = { info->n_gates, n, n, n };
  char type[256];
  SwNpy array;

  g_return_val_if_fail (field != NULL, false);
  sw_field_type_format (&info->fields, type, sizeof type);
  if (format == EXPORT_UNKNOWN)
    return refuse_suffix (path, ".npz, .npy, .map, .mrc, .ccp4, .cube", error);
  if (format == EXPORT_MAP || format == EXPORT_CUBE)
    return write_map (info, field, copy, path, error);
  array = sw_npy_view_float (field, 4, shape);
  {
    g_autofree char *notes = g_strdup_printf (
        "swivel " SW_VERSION
        "\nnetwork: %s\nengine: %s\nlayer: %s\nfields: %s\nshape: [channel, z, y, x]\n"
        "spacing_angstrom: %.9g\ncentre_voxel: %.9g\nrotation_wxyz: %.17g %.17g %.17g "
        "%.17g\n\n%s\n",
        result->model_name, sw_engine_name (result->engine), info->name, type, info->spacing,
        info->centre, result->rotation.w, result->rotation.x, result->rotation.y,
        result->rotation.z, sw_conventions);
    const float grid[2] = { (float) info->spacing, (float) info->centre };
    const float rotation[4] = { (float) result->rotation.w, (float) result->rotation.x,
                                (float) result->rotation.y, (float) result->rotation.z };
    SwNpzEntry entries[7] = {
      { "field", array },
      { "fields", text_entry (type) },
      { "spacing_angstrom", sw_npy_view_float (&grid[0], 0, NULL) },
      { "centre_voxel", sw_npy_view_float (&grid[1], 0, NULL) },
      { "rotation_wxyz", sw_npy_view_float (rotation, 1, (const size_t[1]){ 4 }) },
      { "conventions", text_entry (notes) },
    };
    size_t n_entries = 6;
    SwError plain = { 0 };

    if (format == EXPORT_NPY)
      return write_npy (path, &array, notes, error);
    if (gates != NULL)
      entries[n_entries++] = (SwNpzEntry){ "gates", sw_npy_view_float (gates, 4, gate_shape) };
    return finish (sw_npz_write (path, entries, n_entries, &plain), &plain, path, error);
  }
}

/* ---- kernels ---- */

SwKernels *
sw_kernels_new (const SwKernelRequest *request, GError **error)
{
  g_autoptr (SwKernels) kernels = g_new0 (SwKernels, 1);
  g_autofree double *samples = NULL;
  SwError plain = { 0 };
  SwStatus status = sw_basis_spec_init (&kernels->spec, request->l_out, request->l_in,
                                        request->size, request->rule, &plain);

  if (status == SW_OK && kernels->spec.n_elements == 0)
    status = sw_error_set (
        &plain, SW_ERROR_INVALID,
        "There are no kernels from l = %u to l = %u at size %u: every J is above the limit of its "
        "shell; take a larger size",
        request->l_in, request->l_out, request->size);
  if (status == SW_OK)
    {
      const size_t edge = request->size;
      kernels->kind = request->kind;
      kernels->n_values = kernels->spec.n_elements * (2 * request->l_out + 1)
                          * (2 * request->l_in + 1) * edge * edge * edge;
      samples = g_new (double, kernels->n_values);
      kernels->values = g_new (float, kernels->n_values);
      status = sw_basis_sample (&kernels->spec, request->kind, samples, &plain);
    }
  if (!finish (status, &plain, "kernels", error))
    return NULL;
  for (size_t i = 0; i < kernels->n_values; i++)
    kernels->values[i] = (float) samples[i];
  return g_steal_pointer (&kernels);
}

void
sw_kernels_free (SwKernels *kernels)
{
  if (kernels == NULL)
    return;
  g_free (kernels->values);
  g_free (kernels);
}

bool
sw_export_kernels (const SwKernels *kernels, const char *path, GError **error)
{
  const SwBasisSpec *spec = &kernels->spec;
  const size_t shape[6] = { spec->n_elements, 2 * spec->l_out + 1, 2 * spec->l_in + 1,
                            spec->size,       spec->size,          spec->size };
  const ExportFormat format = format_of (path);
  const SwNpy array = sw_npy_view_float (kernels->values, 6, shape);
  g_autoptr (GString) notes = g_string_new (NULL);
  SwError plain = { 0 };

  if (format != EXPORT_NPY && format != EXPORT_NPZ)
    return refuse_suffix (path, ".npy, .npz", error);
  g_string_append_printf (
      notes,
      "swivel " SW_VERSION "\nkernels from l = %u to l = %u, rule %s, %s\n"
      "shape: [element, 2 l_out + 1, 2 l_in + 1, z, y, x]\nelements (shell, J):",
      spec->l_in, spec->l_out, sw_basis_rule_name (spec->rule),
      kernels->kind == SW_BASIS_PROJECTED ? "projected" : "sampled");
  for (size_t i = 0; i < spec->n_elements; i++)
    g_string_append_printf (notes, " (%u, %u)", spec->elements[i].shell, spec->elements[i].j);
  g_string_append_printf (notes, "\n\n%s\n", sw_conventions);
  if (format == EXPORT_NPY)
    return write_npy (path, &array, notes->str, error);
  {
    const SwNpzEntry entries[2]
        = { { "kernels", array }, { "conventions", text_entry (notes->str) } };
    return finish (sw_npz_write (path, entries, 2, &plain), &plain, path, error);
  }
}
