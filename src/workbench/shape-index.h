/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/shape-index.h: the answers of a network about many meshes, kept to find similar ones
 *
 * How alike two shapes are: the cosine of the angle between their log scores, each less its mean. Scores of a steerable network
 * do not depend on how the mesh lies, so neither does this.
 *
 * The file is JSON, written atomically; paths are absolute. An index belongs to a network with its weights, engine and grid.
 */
#pragma once

#include "workbench/classify.h"

G_BEGIN_DECLS

typedef struct
{
  const char *path;
  const char *name;    /* file name */
  size_t top;          /* class of the largest score */
  const float *scores; /* [n_classes], after the softmax */
} SwShapeEntry;

/* Immutable once built; ref and unref are atomic. */
typedef struct
{
  const char *network; /* its name */
  const char *weights; /* a checksum of the weights */
  const char *choices; /* engine, grid and the like: with others the same mesh has other scores */
  size_t n_classes;
  size_t n_entries;
  const SwShapeEntry *entries;
} SwShapeIndex;

/* callback: for each mesh, also for those that fail; returns false to stop. Paths that are no UTF-8 cannot be written down: they fail. */
SwShapeIndex *sw_shape_index_build (SwWorker *worker,
                                    const GPtrArray *files,
                                    const SwProgress *progress,
                                    SwClassifiedFunc callback,
                                    gpointer data,
                                    GError **error);
SwShapeIndex *sw_shape_index_read (const char *path, GError **error);
bool sw_shape_index_write (const SwShapeIndex *index, const char *path, GError **error);
SwShapeIndex *sw_shape_index_ref (SwShapeIndex *index);
void sw_shape_index_unref (SwShapeIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwShapeIndex, sw_shape_index_unref)

/* The person's own: $XDG_DATA_HOME/swivel/shape-index.json. */
char *sw_shape_index_dup_default_path (void);
/* Was it made with these weights, on this grid, by this engine? */
bool sw_shape_index_fits (const SwShapeIndex *index, const SwWorker *worker);

typedef struct
{
  size_t entry;
  double similarity; /* -1 to 1 */
} SwShapeMatch;

/* The n most similar ones to scores [n_classes], best first; except: a path that is not among them, or NULL. Returns how many. */
size_t
sw_shape_index_search (const SwShapeIndex *index, const float *scores, const char *except, size_t n, SwShapeMatch *ret);

G_END_DECLS
