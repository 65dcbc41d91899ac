/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/shape-data.h: labelled triangle meshes
 *
 * From
 *  - a table (.csv) with the columns of SHREC17's ground truth, "id,synsetId,subSynsetId,modelId,split", in any order, of which only
 *    "id" and "synsetId" must be there. A column "file" names the mesh relative to the table; without it, the mesh is
 *    SPLIT/ID.* beside the table (or SPLIT_normal/, SPLIT_perturbed/), in any format that is read. Without "split", the
 *    table's name is the split ("train.csv");
 *  - a folder with such tables: all of them;
 *  - a folder with the folders "train", "val" and perhaps "test", each with a folder for each class;
 *  - a folder with a folder for each class: every fifth mesh of a class is then "val".
 * Several of these may be named, separated by colons.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "nn/network.h"
#include "structure/surface.h"
#include "voxel/triangles.h"

G_BEGIN_DECLS

#define SW_SHAPE_ERROR (sw_shape_error_quark ())
GQuark sw_shape_error_quark (void);

typedef enum
{
  SW_SHAPE_ERROR_DATA, /* the sentence names file and cause */
} SwShapeError;

typedef enum
{
  SW_SHAPE_TRAIN,
  SW_SHAPE_VAL,
  SW_SHAPE_TEST,
} SwShapeSplit;

typedef struct
{
  char *id;                /* of six digits where it is a number; else the name of the file */
  char *synset, *subsynset; /* as in the table; equal where there is no sub-synset */
  char *model;             /* or "" */
  char *path;              /* of the mesh; "" when there is none */
  SwShapeSplit split;
  size_t class_index;      /* SIZE_MAX: of no class of the network */
  /* After sw_shape_set_read. */
  size_t n_vertices, n_triangles;
  SwSurface *surface; /* NULL where there are points */
  SwTriangleFrame frame;
  SwSurfacePoints points; /* none unless wanted */
} SwShape;

typedef struct
{
  GArray *shapes; /* of SwShape, owned */
  size_t n_classes;
  char **class_names; /* NULL terminated, owned */
  GPtrArray *problems; /* sentences, owned */
} SwShapeSet;

/* The tables, without reading a mesh. network: its classes by their names ("armchair" is a synset "armchair" or "arm_chair" in any case); where
 * it names none, all synsets there are, sorted. NULL: the latter. */
SwShapeSet *sw_shape_set_load (const char *list, const SwNetwork *network, GError **error);
/* Reads the meshes of the classes. Those that cannot be read become problems and leave the set. spacing: of voxels, for as many points as
 * they need; 0: no points, the surfaces are kept instead. */
bool sw_shape_set_read (SwShapeSet *set, double spacing, GError **error);
void sw_shape_set_free (SwShapeSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwShapeSet, sw_shape_set_free)

static inline SwShape *
sw_shape_set_get (const SwShapeSet *set, size_t index)
{
  return &g_array_index (set->shapes, SwShape, index);
}

/* The first n bytes of an id: "7" is "000007", as the organisers' program has it. */
char *sw_shape_pad_id (const char *id, size_t n);
/* "airplane", "desktop computer": how a synset is called among classes. */
char *sw_shape_class_name (const char *synset);

G_END_DECLS
