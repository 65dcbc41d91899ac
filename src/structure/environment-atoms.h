/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/environment-atoms.h: the amino acids of a structure, as what surrounds each of them
 *
 * Atoms of amino acids only (ligands, waters, nucleic acids and hydrogens are left out), each with the channel that it has as a
 * neighbour and the one that it has in the residue in the middle (voxel/environment.h).
 */
#pragma once

#include "structure/structure.h"

G_BEGIN_DECLS

#define SW_ENVIRONMENT_N_CHANNELS 16
#define SW_ENVIRONMENT_NO_CHANNEL 255 /* SW_ENVIRONMENT_LEFT_OUT */
#define SW_AMINO_ACIDS 20
/* angstrom: how far sw_structure_dup_input_atoms takes atoms, the ball of the shipped network. */
#define SW_ENVIRONMENT_REACH 10.5

typedef struct
{
  uint32_t residue;           /* of the structure */
  uint8_t amino_acid;         /* 0 .. 19, or SW_AMINO_ACIDS: none of the twenty */
  bool complete;              /* has N, CA, C and O: can be in the middle */
  float n[3], ca[3], c[3];    /* angstrom; where complete */
} SwEnvironmentResidue;

typedef struct
{
  size_t n_atoms;
  float (*positions)[3];  /* [n_atoms], angstrom, in the frame of the file */
  uint8_t *channels;      /* [n_atoms] */
  uint8_t *own_channels;  /* [n_atoms]; SW_ENVIRONMENT_NO_CHANNEL for the side chain */
  uint32_t *residue_of;   /* [n_atoms], index into residues below */
  uint32_t *atoms;        /* [n_atoms], index in the structure */
  size_t n_residues, n_complete;
  SwEnvironmentResidue *residues;
} SwEnvironmentInput;

/* Fails with SW_STRUCTURE_ERROR_EMPTY when no amino acid has its backbone. Free with sw_environment_input_free. */
SwEnvironmentInput *sw_structure_dup_environment_input (const SwStructure *structure, GError **error);
void sw_environment_input_free (SwEnvironmentInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwEnvironmentInput, sw_environment_input_free)

/* "ALA" ... "VAL", alphabetical as in the network's file; static. */
const char *sw_amino_acid_name (size_t i);
char sw_amino_acid_letter (size_t i);
/* Of a component name; selenomethionine counts as methionine. SW_AMINO_ACIDS for any other. */
size_t sw_amino_acid_find (const char *name);
/* "own CA", "aromatic C" ...; static. */
const char *sw_environment_channel_name (size_t i);

G_END_DECLS
