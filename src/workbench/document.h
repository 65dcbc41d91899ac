/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/document.h: what is open: a structure, a density map, a NumPy volume, a triangle mesh or solid blocks
 *
 * Immutable once loaded; ref and unref are atomic, so a document may be shared between threads.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "structure/structure.h"
#include "structure/surface.h"
#include "structure/volume.h"
#include "voxel/boxes.h"
#include "voxel/triangles.h"

G_BEGIN_DECLS

typedef enum
{
  SW_DOCUMENT_STRUCTURE,
  SW_DOCUMENT_VOLUME,
  SW_DOCUMENT_BLOCKS,
  SW_DOCUMENT_SURFACE,
} SwDocumentKind;

typedef struct
{
  SwDocumentKind kind;
  const SwStructure *structure; /* NULL unless it is one; so are the next two */
  const SwVolume *volume;
  const SwSurface *surface;
  SwTriangleFrame frame;        /* of the surface: moved to its centre and scaled to SW_SURFACE_RADIUS for networks and the eye */
  size_t n_blocks;              /* 0 for all of these */
  const SwBox *blocks;          /* in voxels of the network; turned as bodies */
  const char *path;             /* as given, or "" when made in memory */
  const char *name;             /* for a title bar: entry id or file name */
  const char *title;            /* of the file, or "" */
  const char *summary;          /* one sentence: "1,213 atoms in 137 residues of 1 chain; ..." */
  const SwLoadReport *report;
  double radius; /* angstrom: structures: largest distance of an atom from the mean; volumes: half
                    the longest edge; surfaces: SW_SURFACE_RADIUS */
} SwDocument;

/* What was asked for; all zero is the default. */
typedef struct
{
  SwLoadOptions structure;
  SwVolumeOptions volume;
} SwDocumentOptions;

/* Recognised by content. options NULL: defaults. Strings in options are copied where kept. */
SwDocument *sw_document_load (const char *path,
                              const SwDocumentOptions *options,
                              GCancellable *cancellable,
                              GError **error);
/* Takes a reference of its own. name: for the title bar. */
SwDocument *sw_document_new_from_structure (SwStructure *structure, const char *name);

/* Copies the blocks. path: its identity among open documents, no file. */
SwDocument *sw_document_new_from_blocks (size_t n_blocks, const SwBox *blocks, const char *path, const char *name);

/* Of a document with a surface; lent. */
SwTriangleArray sw_document_get_triangles (const SwDocument *document);

SwDocument *sw_document_ref (SwDocument *document);
void sw_document_unref (SwDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwDocument, sw_document_unref)

G_END_DECLS
