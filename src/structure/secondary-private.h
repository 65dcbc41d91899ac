/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/secondary-private.h: helices and strands from the C-alpha trace
 *
 * For files that name none. Five consecutive C-alpha atoms whose distances are those of an ideal
 * helix or strand within a tolerance make their middle residue one; runs shorter than three (helix:
 * four) are dropped. A picture's aid, not DSSP.
 */
#pragma once

#include "structure/structure.h"

/* Fills residues[].secondary; returns the number of residues in helices or strands. */
size_t sw_secondary_assign (size_t n_residues, SwResidue *residues, const double (*positions)[3]);
