/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/elements-private.h: elements and residues by their names */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* SwResidueKind of a component name: gemmi's table and the names that simulation programs use (HIE,
 * CYX, HSD, TIP3, SOL, ...). Case is ignored. one_letter may be NULL; ' ' when there is none. */
unsigned sw_residue_kind (const char *name, char *ret_one_letter);

/* The element that an atom's name stands for, where the file gives none; 0 when it cannot be told.
 * name: up to four characters. aligned: as in the columns of a PDB file, where " CA " is carbon and
 * "CA  " calcium; otherwise without spaces. residue: component name. */
unsigned sw_element_guess (const char *name, bool aligned, const char *residue);

/* Can this element occur in a standard amino acid or nucleotide? Files that put atom names or types
 * into the element column have "CA" (calcium) there. */
bool sw_element_fits_polymer (unsigned number);
