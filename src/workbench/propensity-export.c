/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "workbench/csv.h"
#include "workbench/error.h"
#include "workbench/propensity.h"
#include "workbench/report.h"

/* What stands in the B-factor column where there is no probability. */
#define NO_VALUE (-1.0f)

static const char *const suffixes[] = { ".csv", ".cif", ".pdb" };

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
sw_propensity_can_write (const char *path)
{
  return find_suffix (path) >= 0;
}

float *
sw_propensity_dup_atom_values (const SwPropensity *propensity)
{
  const SwStructure *structure = propensity->document->structure;
  float *values = g_new (float, structure->n_atoms + 1);

  for (size_t a = 0; a < structure->n_atoms; a++)
    values[a] = NO_VALUE;
  for (size_t i = 0; i < propensity->n_residues; i++)
    {
      const SwPropensityResidue *own = &propensity->residues[i];
      const SwResidue *residue = &structure->residues[own->residue];
      for (size_t a = 0; a < residue->n_atoms && own->known && own->rank > 0; a++)
        values[residue->atom_first + a] = 100.0f * own->probability;
    }
  return values;
}

void
sw_propensity_append_csv_head (GString *text, bool with_file)
{
  g_string_append (text, with_file ? "file,chain,number,insertion,residue,probability,rank,best" : "chain,number,insertion,residue,probability,rank,best");
  for (size_t i = 0; i < SW_AMINO_ACIDS; i++)
    g_string_append_printf (text, ",%s", sw_amino_acid_name (i));
  g_string_append_c (text, '\n');
}

void
sw_propensity_append_csv (GString *text, const SwPropensity *propensity, const char *file)
{
  g_autoptr (GString) row = g_string_new (NULL);

  for (size_t i = 0; i < propensity->n_residues; i++)
    {
      const SwPropensityResidue *residue = &propensity->residues[i];

      g_string_truncate (row, 0);
      if (file != NULL)
        sw_csv_append_word (row, file);
      sw_csv_append_residue (row, propensity->document->structure, residue->residue);
      sw_csv_append_number (row, residue->known ? (double) residue->probability : NAN);
      sw_csv_append_number (row, residue->known && residue->rank > 0 ? residue->rank : NAN);
      sw_csv_append_word (row, residue->known ? sw_amino_acid_name (residue->best) : "");
      for (size_t a = 0; a < SW_AMINO_ACIDS; a++)
        sw_csv_append_number (row, residue->known ? (double) residue->probabilities[a] : NAN);
      /* Each cell has its comma before it. */
      g_string_append (text, row->str + 1);
      g_string_append_c (text, '\n');
    }
}

static bool
write_csv (const SwPropensity *propensity, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  SwError plain = { 0 };
  SwStatus status;

  sw_propensity_append_csv_head (text, false);
  sw_propensity_append_csv (text, propensity, NULL);
  status = sw_file_write (path, text->str, text->len, &plain);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, NULL);
  return status == SW_OK;
}

bool
sw_propensity_write (const SwPropensity *propensity, const char *path, GError **error)
{
  const int suffix = find_suffix (path);
  g_autofree float *values = NULL;

  if (suffix < 0)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s: propensities are written as .csv, .cif or .pdb"), path);
      return false;
    }
  if (suffix == 0)
    return write_csv (propensity, path, error);
  values = sw_propensity_dup_atom_values (propensity);
  return sw_structure_write (propensity->document->structure, values, suffix == 1 ? SW_WRITE_MMCIF : SW_WRITE_PDB, path, error);
}

json_t *
sw_propensity_to_json (const SwPropensity *propensity)
{
  const SwStructure *structure = propensity->document->structure;
  json_t *list = json_array ();

  for (size_t i = 0; i < propensity->n_residues; i++)
    {
      const SwPropensityResidue *own = &propensity->residues[i];
      const SwResidue *residue = &structure->residues[own->residue];
      const char insertion[2] = { residue->insertion != ' ' ? residue->insertion : '\0', '\0' };
      json_t *row = json_pack ("{s:o, s:i, s:s, s:o}", "chain", sw_json_text (structure->chains[residue->chain].name), "number",
                               (int) residue->number, "insertion", insertion, "residue", sw_json_text (residue->name));
      if (own->known)
        {
          json_t *probabilities = json_object ();
          for (size_t a = 0; a < SW_AMINO_ACIDS; a++)
            json_object_set_new (probabilities, sw_amino_acid_name (a), json_real ((double) own->probabilities[a]));
          json_object_set_new (row, "probability", sw_json_number ((double) own->probability));
          json_object_set_new (row, "rank", own->rank > 0 ? json_integer (own->rank) : json_null ());
          json_object_set_new (row, "best", json_string (sw_amino_acid_name (own->best)));
          json_object_set_new (row, "probabilities", probabilities);
        }
      json_array_append_new (list, row);
    }
  return json_pack ("{s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "file", sw_json_text (propensity->document->path), "name",
                    sw_json_text (propensity->document->name), "residues_in_all", (json_int_t) propensity->n_residues, "residues_known",
                    (json_int_t) propensity->n_known, "accuracy", sw_json_number (propensity->accuracy), "top3",
                    sw_json_number (propensity->top3), "mean_probability", sw_json_number (propensity->mean), "residues", list);
}
