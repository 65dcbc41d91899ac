/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/attribution-export.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "workbench/csv.h"
#include "workbench/error.h"
#include "workbench/report.h"

static const char *const suffixes[] = { ".csv", ".cif", ".pdb", ".cxc", ".pml" };

static int
find_suffix (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (lower, suffixes[i]))
      return (int) i;
  return -1;
}

bool
sw_attribution_can_write (const char *path)
{
  return find_suffix (path) >= 0;
}

static bool
write_text (const char *path, const GString *text, GError **error)
{
  SwError plain = { 0 };
  const SwStatus status = sw_file_write (path, text->str, text->len, &plain);

  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, NULL);
  return status == SW_OK;
}

/* ---- table ---- */

static void
append_residue (GString *text, const char *level, const SwStructure *structure, size_t r)
{
  g_string_append (text, level);
  sw_csv_append_residue (text, structure, r);
}

static bool
write_csv (const SwAttribution *attribution, const char *path, GError **error)
{
  const SwStructure *structure = attribution->document->structure;
  g_autoptr (GString) text = g_string_new (
      "level,chain,number,insertion,residue,atom,element,value,spread,error,occlusion,rank\n");

  for (size_t i = 0; i < attribution->n_ranked; i++)
    {
      const size_t r = attribution->ranking[i];
      const SwAttributionResidue *residue = &attribution->residues[r];

      append_residue (text, "residue", structure, r);
      g_string_append (text, ",,");
      sw_csv_append_number (text, residue->value);
      sw_csv_append_number (text, residue->spread);
      sw_csv_append_number (text, residue->error);
      sw_csv_append_number (text, residue->occlusion);
      g_string_append_printf (text, ",%u\n", residue->rank);
    }
  for (size_t a = 0; a < attribution->n_atoms; a++)
    {
      const SwAttributionAtom *atom = &attribution->atoms[a];

      if (!atom->taken)
        continue;
      append_residue (text, "atom", structure, structure->residue_of[a]);
      sw_csv_append_word (text, structure->atom_names[a]);
      sw_csv_append_word (text, sw_element_symbol (structure->elements[a]));
      sw_csv_append_number (text, atom->value);
      sw_csv_append_number (text, atom->spread);
      sw_csv_append_number (text, atom->error);
      g_string_append (text, ",,\n");
    }
  return write_text (path, text, error);
}

/* ---- structure ---- */

static bool
write_structure (const SwAttribution *attribution, SwWriteFormat format, const char *path, GError **error)
{
  const SwStructure *structure = attribution->document->structure;
  const double scale = attribution->largest > 0.0 ? 100.0 / attribution->largest : 0.0;
  g_autofree float *values = g_new0 (float, attribution->n_atoms + 1);

  for (size_t a = 0; a < attribution->n_atoms; a++)
    values[a] = (float) (scale * attribution->residues[structure->residue_of[a]].value);
  return sw_structure_write (structure, values, format, path, error);
}

/* ---- scripts ---- */

/* What it is, as comments. */
static void
append_head (GString *text, const SwAttribution *attribution)
{
  g_autofree char *name = g_utf8_make_valid (attribution->document->name, -1);

  g_string_append_printf (text,
                          "# %s: which residues speak for \"%s\" in the network %s%s\n"
                          "# 100 means %.6g log odds; mean over %zu rotations, seed %" G_GUINT64_FORMAT ", %s engine, swivel " SW_VERSION
                          "\n",
                          name, attribution->class_name, attribution->model_name,
                          attribution->random_weights ? " (random weights!)" : "", attribution->largest,
                          attribution->n_rotations, attribution->seed, sw_engine_name (attribution->engine));
}

static double
step_value (const SwPalette *palette, size_t i)
{
  return palette->n > 1 ? -100.0 + 200.0 * (double) i / (double) (palette->n - 1) : 0.0;
}

/* https://www.rbvi.ucsf.edu/chimerax/docs/user/commands/color.html#byattribute, key.html */
static void
append_chimerax (GString *text, const SwPalette *palette, const char *file)
{
  g_string_append_printf (text, "open \"%s\"\nhide atoms\nshow cartoons\nshow ligand atoms\ncolor byattribute bfactor palette ",
                          file);
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, "%s%.0f,#%02x%02x%02x", i > 0 ? ":" : "", step_value (palette, i), palette->colors[i][0],
                            palette->colors[i][1], palette->colors[i][2]);
  g_string_append (text, "\nkey");
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, " #%02x%02x%02x:%.0f", palette->colors[i][0], palette->colors[i][1],
                            palette->colors[i][2], step_value (palette, i));
  g_string_append (text, "\nview\n");
}

/* https://pymolwiki.org/index.php/Spectrum, Ramp_New */
static void
append_pymol (GString *text, const SwPalette *palette, const char *file)
{
  g_string_append_printf (text, "load %s, swivel_attribution\nhide everything, swivel_attribution\nshow cartoon, swivel_attribution\n"
                                "show sticks, swivel_attribution and organic\n",
                          file);
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, "set_color swivel%zu, [%d, %d, %d]\n", i, palette->colors[i][0], palette->colors[i][1],
                            palette->colors[i][2]);
  g_string_append (text, "spectrum b,");
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, " swivel%zu", i);
  g_string_append (text, ", swivel_attribution, -100, 100\nramp_new swivel_key, none, [");
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, "%s%.0f", i > 0 ? ", " : "", step_value (palette, i));
  g_string_append (text, "], [");
  for (size_t i = 0; i < palette->n; i++)
    g_string_append_printf (text, "%sswivel%zu", i > 0 ? ", " : "", i);
  g_string_append (text, "]\norient swivel_attribution\n");
}

static bool
write_script (const SwAttribution *attribution,
              const SwPalette *palette,
              bool pymol,
              const char *path,
              char **ret_second,
              GError **error)
{
  g_autofree char *stem = g_strndup (path, strlen (path) - strlen (".cxc"));
  g_autofree char *structure = g_strconcat (stem, ".cif", NULL);
  g_autofree char *file = g_path_get_basename (structure);
  g_autoptr (GString) text = g_string_new (NULL);

  if (!write_structure (attribution, SW_WRITE_MMCIF, structure, error))
    return false;
  append_head (text, attribution);
  if (pymol)
    append_pymol (text, palette, file);
  else
    append_chimerax (text, palette, file);
  if (!write_text (path, text, error))
    return false;
  if (ret_second != NULL)
    *ret_second = g_steal_pointer (&structure);
  return true;
}

bool
sw_attribution_write (const SwAttribution *attribution,
                      const SwPalette *palette,
                      const char *path,
                      char **ret_second,
                      GError **error)
{
  if (ret_second != NULL)
    *ret_second = NULL;
  switch (find_suffix (path))
    {
    case 0:
      return write_csv (attribution, path, error);
    case 1:
      return write_structure (attribution, SW_WRITE_MMCIF, path, error);
    case 2:
      return write_structure (attribution, SW_WRITE_PDB, path, error);
    case 3:
      return write_script (attribution, palette, false, path, ret_second, error);
    case 4:
      return write_script (attribution, palette, true, path, ret_second, error);
    default:
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s: an attribution is written as .csv, .cif, .pdb, .cxc (ChimeraX) or .pml (PyMOL)"), path);
      return false;
    }
}

/* ---- JSON ---- */

json_t *
sw_attribution_to_json (const SwAttribution *attribution)
{
  const SwStructure *structure = attribution->document->structure;
  json_t *residues = json_array (), *atoms = json_array (), *warnings = json_array (), *json;

  for (size_t i = 0; i < attribution->n_ranked; i++)
    {
      const size_t r = attribution->ranking[i];
      const SwAttributionResidue *residue = &attribution->residues[r];
      const SwResidue *spec = &structure->residues[r];
      const char insertion[2] = { spec->insertion != ' ' ? spec->insertion : '\0', '\0' };

      json_array_append_new (
          residues, json_pack ("{s:i,s:o,s:i,s:s,s:o,s:o,s:o,s:o,s:o,s:i}", "rank", (int) residue->rank, "chain",
                               sw_json_text (structure->chains[spec->chain].name), "number", (int) spec->number, "insertion",
                               insertion, "residue", sw_json_text (spec->name), "value", sw_json_number (residue->value), "spread",
                               sw_json_number (residue->spread), "error", sw_json_number (residue->error), "occlusion",
                               sw_json_number (residue->occlusion), "atoms", (int) residue->n_atoms));
    }
  for (size_t a = 0; a < attribution->n_atoms; a++)
    if (attribution->atoms[a].taken)
      json_array_append_new (atoms, json_pack ("{s:I,s:o,s:o,s:o}", "atom", (json_int_t) a, "name",
                                               sw_json_text (structure->atom_names[a]), "value",
                                               sw_json_number (attribution->atoms[a].value), "error",
                                               sw_json_number (attribution->atoms[a].error)));
  for (const char *const *warning = attribution->warnings; *warning != NULL; warning++)
    json_array_append_new (warnings, sw_json_text (*warning));
  json = json_pack ("{s:s,s:o,s:s,s:b,s:s,s:o,s:I,s:I,s:I}", "program", "swivel " SW_VERSION, "document",
                    sw_json_text (attribution->document->path), "network", attribution->model_name, "random_weights",
                    attribution->random_weights, "engine", sw_engine_name (attribution->engine), "class",
                    sw_json_text (attribution->class_name), "class_index", (json_int_t) attribution->class_index, "rotations",
                    (json_int_t) attribution->n_rotations, "seed", (json_int_t) attribution->seed);
  json_object_set_new (json, "log_odds", sw_json_number (attribution->score));
  json_object_set_new (json, "log_odds_spread", sw_json_number (attribution->score_spread));
  json_object_set_new (json, "probability", sw_json_number (attribution->probability));
  json_object_set_new (json, "sum", sw_json_number (attribution->sum));
  json_object_set_new (json, "sum_error", sw_json_number (attribution->sum_error));
  json_object_set_new (json, "rank_correlation", sw_json_number (attribution->rank_correlation));
  json_object_set_new (json, "seconds", sw_json_number (attribution->seconds));
  json_object_set_new (json, "residues", residues);
  json_object_set_new (json, "atoms", atoms);
  json_object_set_new (json, "warnings", warnings);
  return json;
}
