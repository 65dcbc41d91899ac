/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "picture/molecule-scene.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
sw_molecule_scene_set (SwScene *scene, const SwStructure *structure, const double centre[3])
{
  const size_t n = structure->n_atoms;
  g_autofree float (*positions)[3] = g_malloc_n (MAX (n, 1), sizeof *positions);
  g_autofree SwMoleculeResidue *residues = g_new0 (SwMoleculeResidue, structure->n_residues + 1);
  g_autofree const char **chain_names = g_new0 (const char *, structure->n_chains + 1);

  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      positions[i][k] = (float) (structure->positions[i][k] - centre[k]);
  for (size_t i = 0; i < structure->n_chains; i++)
    chain_names[i] = structure->chains[i].name;
  for (size_t i = 0; i < structure->n_residues; i++)
    {
      const SwResidue *residue = &structure->residues[i];
      residues[i] = (SwMoleculeResidue){
        .ca = residue->ca,
        .o = -1,
        .chain = residue->chain,
        .secondary = residue->secondary,
        .type = residue->kind == SW_RESIDUE_AMINO_ACID ? residue->one_letter : '\0',
        .is_nucleotide = residue->kind == SW_RESIDUE_NUCLEOTIDE,
      };
      for (uint32_t j = residue->atom_first; j < residue->atom_first + residue->n_atoms; j++)
        if (strcmp (structure->atom_names[j], "O") == 0)
          residues[i].o = j;
    }
  const SwMolecule molecule = {
    .n_atoms = n,
    .positions = (const float (*)[3]) positions,
    .elements = structure->elements,
    .residue_of = structure->residue_of,
    .n_bonds = structure->n_bonds,
    .bonds = structure->bonds,
    .n_residues = structure->n_residues,
    .residues = residues,
    .b_factors = structure->b_factors,
    .chain_names = chain_names,
  };
  sw_scene_set_molecule (scene, SW_PANE_ALL, &molecule);
}

char *
sw_molecule_scene_dup_label (const SwStructure *structure, int64_t atom)
{
  if (atom < 0 || (size_t) atom >= structure->n_atoms)
    return NULL;
  const SwResidue *residue = &structure->residues[structure->residue_of[atom]];
  const char insertion[2] = { residue->insertion == ' ' ? '\0' : residue->insertion, '\0' };
  /* Translators: atom CA of residue ALA 12 (with insertion code) of chain A */
  g_autofree char *first = g_strdup_printf (_ ("%s of %s %d%s, chain %s"), structure->atom_names[atom], residue->name,
                                            (int) residue->number, insertion, structure->chains[residue->chain].name);
  const char *symbol = sw_element_symbol (structure->elements[atom]);
  if (structure->b_factors == NULL)
    return g_strdup_printf ("%s\n%s", first, symbol);
  /* Translators: element; B-factor in square angstrom */
  g_autofree char *second = g_strdup_printf (_ ("%s, B %.1f Å²"), symbol, (double) structure->b_factors[atom]);
  return g_strdup_printf ("%s\n%s", first, second);
}
