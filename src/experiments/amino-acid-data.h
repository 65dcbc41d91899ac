/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/amino-acid-data.h: the residues of many protein structures, each with what surrounds it
 *
 * From a table of structure files (cath-table.h). All atoms of all files are kept in memory, 18 bytes each (five million for 3,500
 * domains); grids are made when a sample is wanted. Files that are missing or hold no protein are problems, and the rest goes on.
 */
#pragma once

#include <glib.h>

#include "structure/environment-atoms.h"
#include "voxel/environment.h"

G_BEGIN_DECLS

/* A table with more unusable files than this part of all is refused: it is then the table that is wrong. */
#define SW_AMINO_ACID_PROBLEMS_MAX 0.2

typedef struct
{
  SwEnvironmentInput *input;
  SwEnvironmentCells *cells; /* over the arrays of input */
  char *code;               /* CATH number or other label: domains of one code are homologues */
  size_t split;             /* folds that occur, numbered from 0 */
} SwAminoAcidDomain;

typedef struct
{
  size_t n_domains;
  SwAminoAcidDomain *domains;
  size_t n_splits;
  GPtrArray *problems; /* sentences, owned */
} SwAminoAcidSet;

/* path: a .tsv, or a folder with one in it, or in its folder "labels". */
SwAminoAcidSet *sw_amino_acid_set_load (const char *path, GError **error);
void sw_amino_acid_set_free (SwAminoAcidSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwAminoAcidSet, sw_amino_acid_set_free)

/* The grid around a residue of a domain, complete (environment-atoms.h). frame: turned into the frame of its backbone first; then
 * rotation (row-major, or NULL). own_backbone: environment.h. */
SwStatus sw_amino_acid_domain_fill (const SwAminoAcidDomain *domain,
                                    size_t residue,
                                    const SwVoxelParams *params,
                                    bool own_backbone,
                                    bool frame,
                                    const double *rotation,
                                    real *out,
                                    SwError *error) SW_WARN_UNUSED;

G_END_DECLS
