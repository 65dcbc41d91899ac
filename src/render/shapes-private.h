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

/* Triangles of a pane with their normals, in one colour. */
void sw_triangles_build (const SwTrianglesData *triangles, SwMesh *mesh);

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

/* Value between voxels, [z,y,x] at x, y, z in voxels; places outside are brought to the border. */
double sw_field_sample (const float *values, const size_t n[3], const double place[3]);
/* Where the plane of an axis lies, voxels. */
double sw_slice_place (const SwFieldLook *look, const SwGridGeometry *grid, int axis);
/* Three planes, coloured; values: as for an isosurface. */
void sw_slices_build (const float *values, const SwGridGeometry *grid, const SwFieldLook *look, SwMesh *mesh);

/* GArray of SwCylinderInstance; l = 1. */
GArray *sw_streamlines_build (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds);

/* u^T T u = sum_m f_m Y_2m(u). */
void sw_tensor_matrix (const double f[5], double ret[3][3]);
/* Eigenvalues of falling magnitude and a right-handed frame of eigenvectors, one a row. */
void sw_tensor_axes (const double matrix[3][3], double ret_values[3], double ret_axes[3][3]);
/* l = 2; at most about n_triangles in all. */
void sw_superquadrics_build (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds, size_t n_triangles, SwMesh *mesh);

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
