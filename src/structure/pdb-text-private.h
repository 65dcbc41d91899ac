/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/pdb-text-private.h: a PDB file (or PQR, PDBQT) made fit for gemmi
 *
 * gemmi 0.5.7 turns unreadable coordinates into 0, breaks off over ANISOU and charge columns it
 * will not need, and reads all models. This pass checks every ATOM and HETATM line, keeps one
 * model, fills in missing elements, marks repeated copies of a chain in the segment column
 * ("~001"), and writes clean 80-column lines. Line n of the file stays line n.
 */
#pragma once

#include "structure/structure.h"

typedef struct
{
  char *text; /* sw_free */
  size_t size;
  size_t n_models, n_atoms;
  size_t n_guessed;         /* elements */
  size_t n_corrected;       /* element columns that cannot be true */
  size_t n_unknown;         /* elements that could not be told */
  size_t n_copies;          /* repeated copies of chains */
  size_t n_after_end;       /* ATOM lines after END */
  size_t n_dummies;         /* DUM pseudo-atoms left out */
  size_t cut_line;          /* last line cut short: its number, 0 when none */
  size_t n_unclosed_models; /* MODEL without ENDMDL */
  bool pqr, pdbqt;
  bool has_cell;
  double cell[6];
  char space_group[16];
} SwPdbText;

/* Does any line look like an atom? For sniffing. */
bool sw_pdb_text_looks_like (const unsigned char *bytes, size_t size);

bool sw_pdb_text_read (const unsigned char *bytes,
                       size_t size,
                       const char *name,
                       size_t model,
                       SwPdbText *ret,
                       GError **error);
void sw_pdb_text_clear (SwPdbText *text);
