/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/attribution.h: which atoms and residues speak for a class
 *
 * The score S of a class is its log odds, log p / (1 - p) = z_c - log sum_(j != c) exp z_j, from the outputs z before the
 * softmax: it asks "why this class and not another", does not saturate as p does, and does not change when all
 * outputs move together. A network of one output: that output.
 *
 * An atom of mass m adds m times a Gaussian to the density x. Its attribution is the slope of S in its mass times its
 * mass, m dS/dm: the gradient through network (running statistics of batch norm) and voxeliser. The density is linear in
 * the masses, so the attributions of all atoms add up to <dS/dx, x>, the first-order share of the score: what S would lose
 * if all atoms faded and S were linear. Of a residue: the sum over its atoms.
 *
 * Each is the mean over random rotations of the structure, drawn from a seed; `spread` is the standard deviation over
 * them and `error` that of the mean. Occlusion: the mass of all atoms of a residue set to 0, the centre kept, and
 * S (x) - S (x without it) at the first of the rotations; its rank correlation with the gradient's (Spearman) says how
 * far the first order can be trusted.
 *
 * Results are immutable and counted atomically.
 */
#pragma once

#include "workbench/job.h"

G_BEGIN_DECLS

#define SW_ATTRIBUTION_ROTATIONS 8
#define SW_ATTRIBUTION_ROTATIONS_MAX 10000

/* {0}: the top class, SW_ATTRIBUTION_ROTATIONS rotations, seed 0, no occlusion. */
typedef struct
{
  bool class_given; /* else the class with the highest mean score over the rotations' first */
  size_t class_index;
  size_t n_rotations;
  guint64 seed;
  bool occlusion;
} SwAttributionParams;

typedef struct
{
  double value, spread, error; /* spread and error: NAN with one rotation */
  double occlusion;            /* NAN when not asked for */
  uint32_t n_atoms;            /* that the network takes; 0: the residue has no part, value is 0 */
  uint32_t rank;               /* 1: speaks most for the class; 0 where n_atoms is 0 */
} SwAttributionResidue;

typedef struct
{
  double value, spread, error;
  bool taken; /* by the network */
} SwAttributionAtom;

typedef struct
{
  SwDocument *document; /* lent; a structure */
  const char *model_name;
  const char *class_name; /* the class, or its number where classes have no names */
  size_t class_index;
  SwEngine engine;
  size_t n_rotations;
  const SwQuat *rotations; /* [n_rotations] */
  guint64 seed;
  bool random_weights;

  double score, score_spread; /* log odds: mean and standard deviation over the rotations */
  double probability;         /* mean over the rotations */
  double sum, sum_error;      /* of all attributions: the first-order share of the score */
  size_t n_residues;          /* of the structure */
  const SwAttributionResidue *residues; /* [n_residues] */
  size_t n_atoms;
  const SwAttributionAtom *atoms; /* [n_atoms] of the structure */
  size_t n_ranked;
  const uint32_t *ranking; /* [n_ranked] residues, those that speak most for the class first */
  double largest;          /* largest |value| of a residue; colours span -largest..largest */
  bool has_occlusion;
  double rank_correlation; /* NAN without occlusion, or when one of the two is constant */
  size_t n_atoms_outside;  /* largest over the rotations */
  double seconds;
  const char *const *warnings; /* translated sentences, NULL terminated */
} SwAttribution;

SwAttribution *sw_attribution_ref (SwAttribution *attribution);
void sw_attribution_unref (SwAttribution *attribution);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwAttribution, sw_attribution_unref)

/* Class by number, by name, or by a part of one name (better: whole words of one name), in any case; refuses with a list of the classes. */
bool sw_attribution_find_class (const SwLoadedModel *model, const char *word, size_t *ret, GError **error);

/* params NULL: defaults. Takes a second runner beside the worker's, with room for the way back. */
SwAttribution *sw_attribution_compute (SwWorker *worker,
                                       SwDocument *document,
                                       const SwAttributionParams *params,
                                       const SwProgress *progress,
                                       GError **error);

/* The same in a thread, with a worker of its own. progress (may be NULL) and callback run in the caller's main context;
 * progress is not called any more once callback was. Stopped by cancellable. */
typedef void (*SwAttributionProgress) (double fraction, const char *sentence, gpointer data);
void sw_attribution_compute_async (SwLoadedModel *model,
                                   const SwJobOptions *options,
                                   SwDocument *document,
                                   const SwAttributionParams *params,
                                   GCancellable *cancellable,
                                   SwAttributionProgress progress,
                                   gpointer progress_data,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
SwAttribution *sw_attribution_compute_finish (GAsyncResult *result, GError **error);

/* "A/GLU 73", for lists. Free with g_free. */
char *sw_attribution_dup_residue_name (const SwAttribution *attribution, size_t residue);

/* Spearman's rank correlation of n pairs, mean ranks for ties; NAN for fewer than two or where one side is constant. */
double sw_rank_correlation (size_t n, const double *a, const double *b);

G_END_DECLS
