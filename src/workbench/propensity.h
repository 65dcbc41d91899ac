/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/propensity.h: which amino acids fit into each place of a protein
 *
 * Each residue with its backbone in turn is put in the middle of a grid, without its side chain, and the network gives the probability of each
 * of the twenty (voxel/environment.h). Results are immutable once published; ref and unref are atomic.
 */
#pragma once

#include <jansson.h>

#include "base/progress.h"
#include "structure/environment-atoms.h"
#include "workbench/document.h"
#include "workbench/job.h"
#include "workbench/loaded-model.h"

G_BEGIN_DECLS

/* The network for it in the catalogue. */
#define SW_PROPENSITY_NETWORK "amino-acid"

typedef struct
{
  uint32_t residue;   /* of the structure */
  uint8_t native;     /* 0 .. 19, or SW_AMINO_ACIDS: none of the twenty */
  uint8_t best;       /* the most probable */
  uint8_t rank;       /* of the native one, from 1; 0 where it is none of the twenty */
  bool known;         /* there was a backbone: what is below counts, and best and rank */
  float probability;  /* of the native one; NaN where there is none */
  float probabilities[SW_AMINO_ACIDS];
} SwPropensityResidue;

typedef struct
{
  SwDocument *document;
  SwLoadedModel *model;
  size_t n_residues;                   /* amino acids, in the order of the file */
  const SwPropensityResidue *residues;
  size_t n_known, n_native;            /* with a backbone; of those, of the twenty */
  double accuracy, top3, mean;         /* over the latter: native is best, among the best three; mean probability of the native */
  double seconds;
} SwPropensity;

/* Networks in memory, one for each thread; used by one caller at a time. */
typedef struct SwPropensityEngine SwPropensityEngine;

/* Refuses a network that is not for this. choices (may be NULL): engine, size, w_max, voxel_angstrom, sigma_voxels, plain_stride and basis count, as for a
 * job. threads: 0: as many as a parallel loop has. */
SwPropensityEngine *
sw_propensity_engine_new (SwLoadedModel *model, const SwJobOptions *choices, unsigned threads, GError **error);
void sw_propensity_engine_free (SwPropensityEngine *engine); /* takes NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwPropensityEngine, sw_propensity_engine_free)

/* Is this network one that tells amino acids from their surroundings? */
bool sw_propensity_takes (const SwNetwork *network);

/* progress is called on the caller's thread. NULL with error set: no structure, no protein, cancelled. */
SwPropensity *sw_propensity_run (SwPropensityEngine *engine, SwDocument *document, const SwProgress *progress, GError **error);
/* The same in a thread of its own, with the network "amino-acid" of the catalogue. progress (may be NULL) and callback are called in the
 * caller's main context. */
typedef void (*SwPropensityProgress) (double fraction, const char *sentence, gpointer data);
void sw_propensity_run_async (const SwCatalog *catalog,
                              SwDocument *document,
                              GCancellable *cancellable,
                              SwPropensityProgress progress,
                              gpointer progress_data,
                              GAsyncReadyCallback callback,
                              gpointer data);
SwPropensity *sw_propensity_run_finish (GAsyncResult *result, GError **error);
SwPropensity *sw_propensity_ref (SwPropensity *propensity);
void sw_propensity_unref (SwPropensity *propensity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwPropensity, sw_propensity_unref)

/* By suffix: .csv: a row for each residue; .cif, .pdb: the structure with 100 times the probability of the native amino acid in the B-factor
 * column of all atoms of its residue, and -1 where there is none. */
bool sw_propensity_write (const SwPropensity *propensity, const char *path, GError **error);
bool sw_propensity_can_write (const char *path);
/* Of each atom of the structure, as written above; free with g_free. */
float *sw_propensity_dup_atom_values (const SwPropensity *propensity);
/* Head and rows of the table; file: a first column, or NULL for none. */
void sw_propensity_append_csv_head (GString *text, bool with_file);
void sw_propensity_append_csv (GString *text, const SwPropensity *propensity, const char *file);
/* {"file", "name", "residues": [...], ...} */
json_t *sw_propensity_to_json (const SwPropensity *propensity);

G_END_DECLS
