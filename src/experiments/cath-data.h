/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/cath-data.h: labelled protein domains as C-alpha traces
 *
 * From a NumPy archive in the layout of the paper's cath_10arch_ca.npz (n_atoms [n], positions [n, max, 3], atom_types and
 * res_indices [n, max], labels [n, level], split_start_indices; any integer and float types), or from a table of structure
 * files: tab-separated with a head line and the columns "file" (relative to the table, or to the folder above it), "fold" and
 * "cath" or "label", and "domain" if there is one. Data are never unpickled.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "nn/network.h"

G_BEGIN_DECLS

#define SW_CATH_ERROR (sw_cath_error_quark ())
GQuark sw_cath_error_quark (void);

typedef enum
{
  SW_CATH_ERROR_DATA, /* the sentence names file and cause */
} SwCathError;

/* An entry of an archive that unpacks to more is refused. The published sets take a tenth of it. */
#define SW_CATH_ENTRY_BYTES_MAX ((size_t) 2 << 30)
/* A domain has some hundred residues. */
#define SW_CATH_ATOMS_MAX 100000

typedef struct
{
  char name[16];        /* "1cbsA00", or the number of its row */
  size_t first, n_atoms; /* in positions */
  size_t class_index;
  size_t split;
  bool extra; /* of a further archive: for training only */
} SwCathDomain;

typedef struct
{
  size_t n_domains;
  SwCathDomain *domains; /* owned */
  double (*positions)[3]; /* angstrom, each domain relative to its mean; owned */
  size_t n_classes;
  char **class_names; /* NULL terminated, owned */
  size_t n_splits;
  size_t n_other_classes; /* domains left out: of none of the classes asked for */
  GPtrArray *problems;    /* sentences, owned: files that are missing or hold no protein */
} SwCathSet;

/* list: an .npz, a .tsv, or a folder: of the archives in it the one whose labels have as many levels as the network's classes,
 * else a table. The classes are the network's ("1.10 Orthogonal bundle": the number before the blank is compared, over as many
 * levels as it has), or, when these have no names, all that occur. limit: domains read at most from a table, spread evenly; 0: all. */
/* More to learn from: list may name further archives and a table behind the set, separated by colons ("a.npz:b.npz:labels.tsv"):
 * domains of theirs that the set lacks take label and fold (= split) from the table, found by domain_ids. */
SwCathSet *sw_cath_set_load (const char *list, const SwNetwork *network, size_t limit, GError **error);
void sw_cath_set_free (SwCathSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwCathSet, sw_cath_set_free)

G_END_DECLS
