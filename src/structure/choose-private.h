/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/choose-private.h: which atoms of a file are kept
 *
 * Alternate locations, microheterogeneity, hydrogens, waters and ligands, by the person's choices; and of what kind each
 * residue is, on which the choice depends.
 */
#pragma once

#include "structure/gemmi-shim-private.h"
#include "structure/structure.h"

typedef struct
{
  size_t altlocs, hydrogens, waters, ligands; /* atoms left out */
  size_t residues_altloc;                     /* residues of microheterogeneity left out */
  bool waters_kept;                           /* there is nothing else */
} SwDropped;

/* Assigns keep[n_atoms] (1 or 0), kinds[n_residues] (SwResidueKind), letters[n_residues] and dropped. */
void sw_choose_atoms (const SwRaw *raw,
                      const SwLoadOptions *options,
                      uint8_t *keep,
                      unsigned char *kinds,
                      char *letters,
                      SwDropped *dropped);
