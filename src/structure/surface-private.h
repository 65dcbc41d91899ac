/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/surface-private.h: what the readers of meshes share
 *
 * A reader adds vertices and faces to a builder. The first thing that goes wrong stays in builder->error; all functions do
 * nothing from then on, so that readers need not look after every call.
 */
#pragma once

#include "structure/packed-private.h"
#include "structure/surface.h"

#define SW_SURFACE_NO_VERTEX UINT32_MAX

typedef struct
{
  const char *name; /* of the file, for messages */
  GCancellable *cancellable;
  GError *error;

  double (*vertices)[3]; /* joined ones; sw_free */
  size_t n_vertices, vertices_room;
  uint32_t *table; /* [table_size], a power of two; vertex + 1, 0: free */
  size_t table_size;
  uint32_t *map; /* [n_map]: joined vertex of each one in the file, or SW_SURFACE_NO_VERTEX; sw_free */
  size_t n_map, map_room;
  uint32_t (*triangles)[3]; /* indices as the reader gave them, until finish; sw_free */
  size_t n_triangles, triangles_room;
  uint32_t *corners; /* of polygons: count, corners, count, corners ...; sw_free */
  size_t n_corners, corners_room;
  bool direct; /* faces name joined vertices (sw_surface_add_point), not those of the map */

  size_t n_not_finite, n_joined, n_polygons, n_short, n_other;
} SwSurfaceBuilder;

/* Sets the error: "NAME: TEXT". */
void sw_surface_fail (SwSurfaceBuilder *b, SwStructureError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* A vertex of the file, the next index. */
void sw_surface_add_vertex (SwSurfaceBuilder *b, const double x[3]);
/* A corner without an index in the file: the joined vertex there. */
uint32_t sw_surface_add_point (SwSurfaceBuilder *b, const double x[3]);
/* Indices of vertices, perhaps of such that come later. Fewer than three corners are counted and left out. */
void sw_surface_add_face (SwSurfaceBuilder *b, size_t n, const uint32_t *corners);
/* Cancelled? Asked now and then by loops. */
bool sw_surface_go_on (SwSurfaceBuilder *b);

/* surface-polygon.c: n - 2 triangles (fewer where nothing is left to cut) of corner numbers 0 .. n-1. Corners not finite: none. */
size_t sw_polygon_split (size_t n, const double (*corners)[3], uint32_t (*out)[3]);

/* The readers: bytes as a whole, one zero behind. */
void sw_surface_read_obj (SwSurfaceBuilder *b, const SwBytes *bytes);
void sw_surface_read_off (SwSurfaceBuilder *b, const SwBytes *bytes);
void sw_surface_read_ply (SwSurfaceBuilder *b, const SwBytes *bytes);
void sw_surface_read_stl (SwSurfaceBuilder *b, const SwBytes *bytes);
/* folder: where buffers in files of their own lie; NULL: nowhere. */
void sw_surface_read_gltf (SwSurfaceBuilder *b, const SwBytes *bytes, const char *folder);

/* ---- text ---- */

typedef struct
{
  const char *at, *end; /* of the line; no line break in it */
  const char *next;     /* of the text */
  const char *stop;     /* end of the text */
  size_t number;        /* of the line, from 1 */
} SwLine;

/* false at the end of the text. */
bool sw_line_next (SwLine *line);
/* A word: its start and length; length 0 at the end of the line. */
size_t sw_line_word (SwLine *line, const char **ret);
/* false: there is no number. "nan" and "inf" are numbers. */
bool sw_line_number (SwLine *line, double *ret);
/* A whole number in the range of int64_t. */
bool sw_line_integer (SwLine *line, int64_t *ret);
