/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/shapes-private.h: from a scene's data to arrays for the GL, without GL
 *
 * Arrays are made with GLib and owned by the caller.
 */
#pragma once

#include "render/scene-private.h"

typedef struct
{
  float centre[3], radius;
  uint8_t color[4];
} SwSphereInstance;

typedef struct
{
  float start[3], radius;
  float end[3];
  uint8_t color_start[4], color_end[4];
} SwCylinderInstance;

typedef struct
{
  float position[3], normal[3];
  uint8_t color[4];
} SwMeshVertex;

typedef struct
{
  GArray *vertices; /* SwMeshVertex */
  GArray *indices;  /* uint32_t, three to a triangle, counter-clockwise from outside */
} SwMesh;

SwMesh sw_mesh_new (void);
void sw_mesh_clear (SwMesh *mesh);

/* GArray of SwSphereInstance and of SwCylinderInstance. */
GArray *sw_molecule_spheres (const SwPane *pane);
GArray *sw_molecule_cylinders (const SwPane *pane);
/* Radii in pixels. */
GArray *sw_box_cylinders (const SwGridGeometry *grid, size_t tick, bool is_dark);
/* Trace or cartoon of a molecule with residues; is_coarse: a sixth of the triangles or less. */
void sw_ribbon_build (const SwPane *pane, bool is_cartoon, bool is_coarse, SwMesh *mesh);

/* Closed surface of value = level (level > 0: around what is larger; level < 0: around what is
 * smaller), by marching tetrahedra on the grid with a layer of zeros around it; vertices in the
 * frame of the world. */
void sw_isosurface_build (const float *values,
                          const SwGridGeometry *grid,
                          double level,
                          const uint8_t color[4],
                          SwMesh *mesh);

/* The surface of the pane's density at SW_SURFACE_LEVEL of its largest value, each vertex in the colour of the nearest atom;
 * in the frame of the density. */
#define SW_SURFACE_LEVEL 0.22
void sw_surface_build (const SwPane *pane, SwMesh *mesh);

/* RGBA bytes [z,y,x,4]: the gradient's direction, and value / max (signed: 0.5 + 0.5 value / max).
 * Bounds of the voxels with |value| >= threshold in texture coordinates x, y, z; low > high where
 * there is none. */
uint8_t *sw_volume_texture (const float *values,
                            const SwGridGeometry *grid,
                            double max,
                            bool is_signed,
                            double threshold,
                            float ret_low[3],
                            float ret_high[3]);
/* Norm over m, [z,y,x]; NaN becomes 0. */
float *sw_field_norms (const SwFieldData *field);

/* Unit sphere of 20 * 4^level triangles: directions float[3], indices uint16_t. */
void sw_icosphere (unsigned level, GArray **ret_directions, GArray **ret_indices);
/* Arrow along z from -0.5 to 0.5: SwMeshVertex (colour unused), indices uint16_t. */
void sw_arrow_mesh (unsigned n_sides, GArray **ret_vertices, GArray **ret_indices);
