/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "structure/environment-atoms.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/memory.h"

static const char names[SW_AMINO_ACIDS][4] = { "ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE",
                                               "LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL" };
static const char letters[SW_AMINO_ACIDS + 1] = "ARNDCQEGHILKMFPSTWYV";

enum
{
  OWN_CA,
  OWN_N,
  OWN_C,
  OWN_O,
  OWN_CB,         /* where it would be, and a point further out: no atoms, voxel/environment.c puts them */
  OWN_SIDE_CHAIN,
  BACKBONE_N,
  BACKBONE_C,
  BACKBONE_O,
  ALIPHATIC_C,
  AROMATIC_C,
  POLAR_N,
  CHARGED_N,
  POLAR_O,
  CHARGED_O,
  SULPHUR,
};

static const char *const channel_names[SW_ENVIRONMENT_N_CHANNELS] = {
  "own CA", "own N", "own C", "own O", "own CB", "own side chain", "N", "C",
  "O", "side-chain C", "aromatic C", "polar N", "charged N", "polar O", "charged O", "S",
};

const char *
sw_amino_acid_name (size_t i)
{
  return i < SW_AMINO_ACIDS ? names[i] : "UNK";
}

char
sw_amino_acid_letter (size_t i)
{
  return i < SW_AMINO_ACIDS ? letters[i] : 'X';
}

size_t
sw_amino_acid_find (const char *name)
{
  if (strcmp (name, "MSE") == 0)
    name = "MET";
  for (size_t i = 0; i < SW_AMINO_ACIDS; i++)
    if (strcmp (name, names[i]) == 0)
      return i;
  return SW_AMINO_ACIDS;
}

const char *
sw_environment_channel_name (size_t i)
{
  return i < SW_ENVIRONMENT_N_CHANNELS ? channel_names[i] : "";
}

static bool
is_one_of (const char *name, const char *const *list)
{
  for (; *list != NULL; list++)
    if (strcmp (name, *list) == 0)
      return true;
  return false;
}

/* Channel of an atom as a neighbour. */
static uint8_t
channel_of (const char *residue, const char *atom, unsigned element)
{
  static const char *const aromatic[] = { "PHE", "TYR", "TRP", "HIS", NULL };
  static const char *const basic[] = { "ARG", "LYS", NULL };
  static const char *const acid[] = { "ASP", "GLU", NULL };
  if (strcmp (atom, "N") == 0)
    return BACKBONE_N;
  if (strcmp (atom, "CA") == 0 || strcmp (atom, "C") == 0)
    return BACKBONE_C;
  if (strcmp (atom, "O") == 0 || strcmp (atom, "OXT") == 0)
    return BACKBONE_O;
  switch (element)
    {
    case 6:
      return is_one_of (residue, aromatic) && strcmp (atom, "CB") != 0 ? AROMATIC_C : ALIPHATIC_C;
    case 7:
      return is_one_of (residue, basic) ? CHARGED_N : POLAR_N;
    case 8:
      return is_one_of (residue, acid) ? CHARGED_O : POLAR_O;
    case 16:
    case 34:
      return SULPHUR;
    default:
      return SW_ENVIRONMENT_NO_CHANNEL;
    }
}

static uint8_t
own_channel_of (uint8_t channel, const char *atom)
{
  switch (channel)
    {
    case BACKBONE_N:
      return OWN_N;
    case BACKBONE_C:
      return strcmp (atom, "CA") == 0 ? OWN_CA : OWN_C;
    case BACKBONE_O:
      return OWN_O;
    default:
      return SW_ENVIRONMENT_NO_CHANNEL;
    }
}

static void
take_residue (SwEnvironmentInput *input, const SwStructure *structure, size_t index)
{
  const SwResidue *residue = &structure->residues[index];
  SwEnvironmentResidue *own = &input->residues[input->n_residues];
  bool have[4] = { false };

  *own = (SwEnvironmentResidue){ .residue = (uint32_t) index, .amino_acid = (uint8_t) sw_amino_acid_find (residue->name) };
  for (size_t a = residue->atom_first; a < (size_t) residue->atom_first + residue->n_atoms; a++)
    {
      const uint8_t channel = channel_of (residue->name, structure->atom_names[a], structure->elements[a]);
      const uint8_t own_channel = own_channel_of (channel, structure->atom_names[a]);
      float *to;
      if (channel == SW_ENVIRONMENT_NO_CHANNEL)
        continue;
      to = input->positions[input->n_atoms];
      for (int i = 0; i < 3; i++)
        to[i] = (float) structure->positions[a][i];
      if (own_channel <= OWN_O && !have[own_channel])
        {
          float *place = own_channel == OWN_CA ? own->ca : own_channel == OWN_N ? own->n : own->c;
          have[own_channel] = true;
          if (own_channel != OWN_O)
            memcpy (place, to, sizeof own->ca);
        }
      input->channels[input->n_atoms] = channel;
      input->own_channels[input->n_atoms] = own_channel;
      input->residue_of[input->n_atoms] = (uint32_t) input->n_residues;
      input->atoms[input->n_atoms++] = (uint32_t) a;
    }
  own->complete = have[OWN_CA] && have[OWN_N] && have[OWN_C] && have[OWN_O];
  input->n_complete += own->complete;
  input->n_residues++;
}

SwEnvironmentInput *
sw_structure_dup_environment_input (const SwStructure *structure, GError **error)
{
  g_autoptr (SwEnvironmentInput) input = g_new0 (SwEnvironmentInput, 1);
  const char *path = structure->path[0] != '\0' ? structure->path : _ ("The structure");
  size_t n_atoms = 0;

  for (size_t r = 0; r < structure->n_residues; r++)
    if (structure->residues[r].kind == SW_RESIDUE_AMINO_ACID)
      n_atoms += structure->residues[r].n_atoms;
  input->positions = sw_alloc (n_atoms + 1, sizeof *input->positions);
  input->channels = sw_alloc (n_atoms + 1, sizeof *input->channels);
  input->own_channels = sw_alloc (n_atoms + 1, sizeof *input->own_channels);
  input->residue_of = sw_alloc (n_atoms + 1, sizeof *input->residue_of);
  input->atoms = sw_alloc (n_atoms + 1, sizeof *input->atoms);
  input->residues = sw_alloc (structure->n_residues + 1, sizeof *input->residues);
  if (input->positions == NULL || input->channels == NULL || input->own_channels == NULL || input->residue_of == NULL
      || input->atoms == NULL || input->residues == NULL)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("Not enough memory for the atoms"));
      return NULL;
    }
  for (size_t r = 0; r < structure->n_residues; r++)
    if (structure->residues[r].kind == SW_RESIDUE_AMINO_ACID)
      take_residue (input, structure, r);
  if (input->n_complete == 0)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY,
                   input->n_residues == 0 ? _ ("%s has no protein: there is not one amino acid")
                                          : _ ("%s has no amino acid with all of its backbone (N, CA, C and O)"),
                   path);
      return NULL;
    }
  return g_steal_pointer (&input);
}

void
sw_environment_input_free (SwEnvironmentInput *input)
{
  if (input == NULL)
    return;
  sw_free (input->positions);
  sw_free (input->channels);
  sw_free (input->own_channels);
  sw_free (input->residue_of);
  sw_free (input->atoms);
  sw_free (input->residues);
  g_free (input);
}
