/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/amino-acid-data.h"

#include <glib/gi18n.h>
#include <string.h>

#include "experiments/cath-data.h"
#include "experiments/cath-table.h"

static void
domain_clear (SwAminoAcidDomain *domain)
{
  sw_environment_cells_free (domain->cells);
  sw_environment_input_free (domain->input);
  g_free (domain->code);
}

void
sw_amino_acid_set_free (SwAminoAcidSet *set)
{
  if (set == NULL)
    return;
  for (size_t i = 0; i < set->n_domains; i++)
    domain_clear (&set->domains[i]);
  g_free (set->domains);
  g_ptr_array_unref (set->problems);
  g_free (set);
}

/* The atoms of one file; why there are none goes to ret_problem. */
static bool
read_domain (const SwCathRow *row, SwAminoAcidDomain *domain, char **ret_problem)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SwStructure) structure = NULL;
  SwError plain = { 0 };

  if (!g_file_test (row->path, G_FILE_TEST_EXISTS))
    {
      *ret_problem = g_strdup_printf (_ ("%s: is missing"), row->path);
      return false;
    }
  structure = sw_structure_load (row->path, NULL, NULL, &reason);
  if (structure != NULL)
    domain->input = sw_structure_dup_environment_input (structure, &reason);
  if (domain->input == NULL)
    {
      *ret_problem = g_strdup (reason->message);
      return false;
    }
  const SwEnvironmentAtoms atoms = { .n_atoms = domain->input->n_atoms,
                                     .positions = (const float (*)[3]) domain->input->positions,
                                     .channels = domain->input->channels,
                                     .own_channels = domain->input->own_channels,
                                     .residues = domain->input->residue_of };
  if (sw_environment_cells_new (&atoms, &domain->cells, &plain) != SW_OK)
    {
      *ret_problem = g_strdup_printf ("%s: %s", row->path, plain.text);
      g_clear_pointer (&domain->input, sw_environment_input_free);
      return false;
    }
  domain->code = g_strdup (row->code);
  domain->split = row->fold;
  return true;
}

/* Numbers the folds that occur from 0. */
static void
number_splits (SwAminoAcidSet *set)
{
  g_autofree size_t *folds = g_new (size_t, set->n_domains);
  for (size_t i = 0; i < set->n_domains; i++)
    folds[i] = set->domains[i].split;
  set->n_splits = sw_cath_table_number_folds (folds, set->n_domains);
  for (size_t i = 0; i < set->n_domains; i++)
    set->domains[i].split = folds[i];
}

static char *
find_table (const char *path, GError **error)
{
  static const char *const names[] = { "cath_domains.tsv", "labels/cath_domains.tsv" };
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return g_strdup (path);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_build_filename (path, names[i], NULL);
      if (g_file_test (file, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&file);
    }
  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".tsv"))
      return g_build_filename (path, name, NULL);
  g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: has no .tsv table of structure files"), path);
  return NULL;
}

SwAminoAcidSet *
sw_amino_acid_set_load (const char *path, GError **error)
{
  g_autofree char *table = find_table (path, error);
  g_autoptr (GPtrArray) rows = table != NULL ? sw_cath_table_read (table, false, error) : NULL;
  g_autoptr (SwAminoAcidSet) set = NULL;
  g_autofree char **problems = NULL;
  g_autofree bool *usable = NULL;

  if (rows == NULL)
    return NULL;
  set = g_new0 (SwAminoAcidSet, 1);
  set->problems = g_ptr_array_new_with_free_func (g_free);
  set->domains = g_new0 (SwAminoAcidDomain, rows->len);
  problems = g_new0 (char *, rows->len);
  usable = g_new0 (bool, rows->len);
#pragma omp parallel for schedule(dynamic)
  for (guint i = 0; i < rows->len; i++)
    usable[i] = read_domain (rows->pdata[i], &set->domains[i], &problems[i]);
  for (guint i = 0; i < rows->len; i++)
    {
      if (usable[i])
        {
          SwAminoAcidDomain *to = &set->domains[set->n_domains++];
          if (to != &set->domains[i])
            {
              *to = set->domains[i];
              set->domains[i] = (SwAminoAcidDomain){ 0 };
            }
        }
      else
        g_ptr_array_add (set->problems, problems[i]);
    }
  if ((double) set->problems->len > SW_AMINO_ACID_PROBLEMS_MAX * (double) rows->len || set->n_domains == 0)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: %u of its %u files cannot be used; the first: %s"), table,
                   set->problems->len, rows->len, (const char *) set->problems->pdata[0]);
      return NULL;
    }
  number_splits (set);
  return g_steal_pointer (&set);
}

SwStatus
sw_amino_acid_domain_fill (const SwAminoAcidDomain *domain,
                           size_t residue,
                           const SwVoxelParams *params,
                           bool own_backbone,
                           bool frame,
                           const double *rotation,
                           real *out,
                           SwError *error)
{
  const SwEnvironmentResidue *middle = &domain->input->residues[residue];
  SwEnvironmentCentre centre = { .residue = (uint32_t) residue, .own_backbone = own_backbone, .frame = frame };
  memcpy (centre.n, middle->n, sizeof centre.n);
  memcpy (centre.ca, middle->ca, sizeof centre.ca);
  memcpy (centre.c, middle->c, sizeof centre.c);
  return sw_voxelize_environment (params, domain->cells, &centre, rotation, out, NULL, error);
}
