/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/catalog.h: the data files that come with the program, and the person's own
 *
 * Data folders, searched in this order:
 *   1. $SWIVEL_DATADIR, when set;
 *   2. $XDG_DATA_HOME/swivel, the person's own;
 *   3. the source tree's data/, when the program runs from its build tree;
 *   4. the installed <datadir>/swivel.
 * Each may hold networks/NAME.json, weights/FILE.safetensors and examples/FILE with
 * examples/index.json, and shapes/ (meshes) with shapes/index.json. Of two files of the same name the earlier folder's is taken. Weights in
 * runs/NAME (best.safetensors, else last.safetensors), where the window trains, are listed too.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct
{
  const char *name; /* file name without ".json"; what --network takes */
  const char *path;
  const char *title;
  const char *description;
  const char *twin;  /* name of the conventional counterpart (or of the steerable one), or "" */
  bool conventional; /* an ordinary CNN: runs in the sampled engine only */
  size_t n_parameters;
  unsigned size;         /* edge of the input grid */
  double voxel_angstrom; /* edge of a voxel */
  size_t n_classes;      /* 0 when the outputs have no names */
  bool takes_meshes;     /* made for triangle meshes */
  bool only_meshes;      /* and for nothing else */
  const char *problem;   /* why the file cannot be used, or NULL; the numbers above are then 0 */
} SwCatalogNetwork;

typedef struct
{
  const char *path;
  const char *name;    /* file name without ".safetensors" */
  const char *network; /* name of the network in its metadata */
  bool from_run;       /* best or last weights of a training run: never taken unless asked for */
} SwCatalogWeights;

typedef struct
{
  const char *path;
  const char *id;          /* file name without suffixes: "1cbs" */
  const char *title;       /* "Retinoic acid binding protein (1CBS)" or the id */
  const char *description; /* one sentence, or "" */
} SwCatalogExample;

/* A snapshot, immutable; ref and unref are atomic. */
typedef struct SwCatalog SwCatalog;

/* Looks through the folders. Never fails: what cannot be read is missing or carries its problem. */
SwCatalog *sw_catalog_new (void);
SwCatalog *sw_catalog_ref (SwCatalog *catalog);
void sw_catalog_unref (SwCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwCatalog, sw_catalog_unref)

/* The folders that exist, in order of search, NULL terminated. */
const char *const *sw_catalog_folders (const SwCatalog *catalog);
/* In the order in which they are to be shown: "quick" first, each twin after its partner. */
const SwCatalogNetwork *sw_catalog_networks (const SwCatalog *catalog, size_t *ret_n);
/* NULL when there is none of that name. */
const SwCatalogNetwork *sw_catalog_find_network (const SwCatalog *catalog, const char *name);
/* All weights; for those of one network compare member network. */
const SwCatalogWeights *sw_catalog_weights (const SwCatalog *catalog, size_t *ret_n);
const SwCatalogExample *sw_catalog_examples (const SwCatalog *catalog, size_t *ret_n);
/* The structure that is opened when none is named: the first example; NULL when there are none. */
const char *sw_catalog_default_example (const SwCatalog *catalog);

/* Path of a data file, e.g. "ui/help.txt", in the first folder that has it; NULL if none has. */
char *sw_catalog_dup_path (const SwCatalog *catalog, const char *relative);

G_END_DECLS
