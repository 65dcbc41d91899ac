/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/surface.h: triangle meshes, in place of a structure
 *
 * Read: Wavefront OBJ, OFF (COFF, NOFF, ...), PLY (ASCII and binary, either byte order), STL (ASCII and binary), glTF 2.0 and
 * GLB (triangles, embedded or sidecar buffers); gzipped or not. Only the surface is read: no colours, textures, normals or
 * materials.
 *
 * What is made of a file: polygons are split into triangles (in their plane, by cutting off ears, so that notches stay
 * notches); corners at the same place are joined; corners that are not finite numbers, and triangles without an area, are left
 * out and counted. The order of a triangle's corners is kept but means nothing to anything behind. A file of which nothing is
 * left is refused.
 */
#pragma once

#include <stdint.h>

#include "structure/structure.h"

G_BEGIN_DECLS

/* More are refused. */
#define SW_SURFACE_TRIANGLES_MAX ((size_t) 20000000)
/* Corners of a polygon; more are refused. */
#define SW_SURFACE_CORNERS_MAX ((size_t) 65536)

/* Immutable; ref and unref are atomic. */
typedef struct
{
  size_t n_vertices, n_triangles;
  const double (*vertices)[3];     /* [n_vertices], as in the file */
  const uint32_t (*triangles)[3];  /* [n_triangles], indices of corners; each triangle has an area */
  double box_min[3], box_max[3];   /* of the triangles */
  const char *path;                /* as given; "" when read from memory */
  const char *format;              /* "OBJ", "OFF", "PLY", "STL", "glTF" */
  SwLoadReport report;
} SwSurface;

/* Recognised by content. */
SwSurface *sw_surface_load (const char *path, GCancellable *cancellable, GError **error);
/* name: for messages. glTF with buffers in other files is refused. */
SwSurface *sw_surface_load_bytes (const void *bytes,
                                  size_t size,
                                  const char *name,
                                  GCancellable *cancellable,
                                  GError **error);
SwSurface *sw_surface_ref (SwSurface *surface);
void sw_surface_unref (SwSurface *surface);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwSurface, sw_surface_unref)

G_END_DECLS
