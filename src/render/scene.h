/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/scene.h: what is to be seen
 *
 * A scene is CPU state alone: no function here touches OpenGL, all may be called without a context,
 * all copy what they are given. A renderer looks at the scene's counters and uploads what has
 * changed. One thread at a time.
 *
 * The world is the frame of the grid: x, y, z in angstrom, grids centred at `centre` (mostly 0),
 * the molecule given relative to the centre of the input. The input rotation turns the molecule
 * about the origin; grids and their box stay.
 *
 * A scene has 1, 2 or 4 panes (one context, several viewports). Setters take the pane, or
 * SW_PANE_ALL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/camera.h"
#include "render/colormap.h"

#define SW_PANES_MAX 4
#define SW_PANE_ALL (-1)

typedef struct SwScene SwScene;

SwScene *sw_scene_new (void);
void sw_scene_free (SwScene *scene);
/* A copy that shares nothing, for another thread. */
SwScene *sw_scene_dup (const SwScene *scene);

/* ---- molecule */

typedef struct
{
  int64_t ca; /* atom of the trace (C-alpha, P); -1 when there is none */
  int64_t o;  /* carbonyl oxygen, which orients the ribbon; -1: taken from the trace */
  uint32_t chain;
  uint8_t secondary; /* 0 coil, 1 helix, 2 strand */
  char type;         /* one-letter code of an amino acid; 0 or ' ': none */
  bool is_nucleotide;
} SwMoleculeResidue;

/* Arrays of the caller, copied. NULL is allowed where a default is given. */
typedef struct
{
  size_t n_atoms;
  const float (*positions)[3]; /* [n_atoms], angstrom, relative to the centre of the input */
  const float *radii;          /* [n_atoms], van der Waals, angstrom; NULL: by element */
  const uint8_t *elements;     /* [n_atoms], atomic number; NULL: carbon */
  const uint8_t (*colors)[4];  /* [n_atoms], RGBA; NULL: by the colour scheme */
  const uint32_t *residue_of;  /* [n_atoms]; NULL: no trace, no chains */
  size_t n_bonds;
  const uint32_t (*bonds)[2]; /* [n_bonds], atoms */
  size_t n_residues;
  const SwMoleculeResidue *residues; /* [n_residues], in the order of the chains */
  const float *b_factors;            /* [n_atoms]; NULL: none */
  const char *const *chain_names;    /* by SwMoleculeResidue.chain, NULL terminated; NULL: 1, 2, ... */
} SwMolecule;

typedef enum
{
  SW_MOLECULE_AUTO, /* ball-and-stick, or the cartoon above SW_MOLECULE_AUTO_ATOMS */
  SW_MOLECULE_BALL_AND_STICK,
  SW_MOLECULE_STICKS,
  SW_MOLECULE_SPHERES,
  SW_MOLECULE_TRACE,   /* smooth tube through the C-alpha atoms */
  SW_MOLECULE_CARTOON, /* ribbons by secondary structure; ligands as sticks */
  SW_MOLECULE_SURFACE, /* around the density of the pane, in the colours of the nearest atoms */
  SW_MOLECULE_OFF,
  SW_N_MOLECULE_STYLES,
} SwMoleculeStyle;

#define SW_MOLECULE_AUTO_ATOMS 5000

typedef enum
{
  SW_COLOR_AUTO, /* element, or chain for traces and cartoons (rainbow where there is one chain) */
  SW_COLOR_ELEMENT,
  SW_COLOR_CHAIN,
  SW_COLOR_RAINBOW, /* along the chain */
  SW_COLOR_SECONDARY,
  SW_COLOR_RESIDUE,  /* chemistry of the amino acid */
  SW_COLOR_B_FACTOR, /* 5th to 95th percentile of the atoms */
  SW_COLOR_PLDDT,    /* confidence of a predicted structure, kept in the B-factors; AlphaFold's four classes */
  SW_COLOR_GIVEN, /* SwMolecule.colors */
  SW_N_COLOR_SCHEMES,
} SwColorScheme;

const char *sw_molecule_style_name (SwMoleculeStyle style); /* "ball-and-stick", ... */
bool sw_molecule_style_from_name (const char *name, SwMoleculeStyle *ret_style);
const char *sw_color_scheme_name (SwColorScheme scheme);
bool sw_color_scheme_from_name (const char *name, SwColorScheme *ret_scheme);

/* molecule NULL: none. Shared by the panes when given SW_PANE_ALL. */
void sw_scene_set_molecule (SwScene *scene, int pane, const SwMolecule *molecule);
void
sw_scene_set_molecule_style (SwScene *scene, int pane, SwMoleculeStyle style, SwColorScheme scheme);
/* New colours for the molecule that is there, [n_atoms]; sets the scheme to SW_COLOR_GIVEN. */
void
sw_scene_set_atom_colors (SwScene *scene, int pane, size_t n_atoms, const uint8_t (*colors)[4]);

/* What the colours of the molecule mean. */
#define SW_COLOR_ENTRIES_MAX 16
typedef struct
{
  uint8_t color[4];
  char label[48]; /* translated */
} SwColorEntry;

typedef struct
{
  bool is_shown; /* there is a molecule, and its colours mean something that the scene knows */
  SwColorScheme scheme;
  const char *title; /* translated; static */
  /* Classes, or a scale from low to high. */
  size_t n_entries, n_left_out;
  SwColorEntry entries[SW_COLOR_ENTRIES_MAX];
  bool is_scale;
  uint8_t scale[64][4];
  char low[24], high[24];
} SwColorLegend;

void sw_scene_get_color_legend (const SwScene *scene, unsigned pane, SwColorLegend *ret);
/* The present style and scheme; never AUTO. */
void sw_scene_get_molecule_style (const SwScene *scene, unsigned pane, SwMoleculeStyle *ret_style, SwColorScheme *ret_scheme);
/* Turns the molecule at once; costs nothing. */
void sw_scene_set_input_rotation (SwScene *scene, int pane, SwQuat rotation);
/* A ring around one atom, -1: none. */
void sw_scene_set_highlight (SwScene *scene, int pane, int64_t atom);

/* ---- triangles, in place of a molecule: turned by the input rotation, hidden by SW_MOLECULE_OFF */

/* Arrays of the caller, copied. Lit from both sides, each triangle flat (above SW_TRIANGLES_FLAT_MAX: smooth). */
#define SW_TRIANGLES_FLAT_MAX 500000
typedef struct
{
  size_t n_vertices;
  const float (*vertices)[3]; /* [n_vertices], relative to the centre of the input */
  size_t n_triangles;
  const uint32_t (*triangles)[3]; /* [n_triangles] */
} SwTriangles;

/* NULL: none. */
void sw_scene_set_triangles (SwScene *scene, int pane, const SwTriangles *triangles);

/* ---- grids */

typedef struct
{
  size_t n[3];    /* z, y, x: voxels */
  double spacing; /* angstrom */
  double
      centre[3]; /* x, y, z of the middle of the grid (between the middle voxels when n is even) */
} SwGridGeometry;

typedef enum
{
  SW_DISPLAY_AUTO, /* l = 0 volume, l = 1 arrows, l > 1 glyphs */
  SW_DISPLAY_VOLUME,
  SW_DISPLAY_ISOSURFACE, /* l > 0: of the norm, for these two */
  SW_DISPLAY_ARROWS,
  SW_DISPLAY_GLYPHS,
  SW_DISPLAY_SLICES,        /* three planes; l > 0: of the norm */
  SW_DISPLAY_STREAMLINES,   /* l = 1 */
  SW_DISPLAY_SUPERQUADRICS, /* l = 2 */
  SW_N_DISPLAYS,
} SwDisplay;

const char *sw_display_name (SwDisplay display);
bool sw_display_from_name (const char *name, SwDisplay *ret_display);

#define SW_LEVELS_MAX 4

/* All zero is the default. */
typedef struct
{
  SwDisplay display;
  bool is_sequential; /* l = 0 of one sign (gates, densities); otherwise signed and centred at 0 */
  bool has_colormap;
  SwColormap colormap; /* when has_colormap; otherwise chosen by sign and theme */
  double range_max;    /* colours span -max..max or 0..max; 0: largest magnitude of the data */
  double threshold;    /* fraction of range_max below which nothing is drawn; 0: 0.08 for a volume,
                          0.25 for an isosurface, 0.05 for arrows and glyphs; negative: none */
  double opacity;      /* 0: 1 */
  bool is_hidden;      /* kept, but not drawn: a density that only the surface shows */
  unsigned n_levels;   /* of an isosurface, from the threshold up: 1 (also for 0) to SW_LEVELS_MAX; the innermost is solid */
  double slice[3];     /* x, y, z: where the planes lie, in widths of the box from its middle: -0.5..0.5 */
  size_t n_glyphs_max; /* 0: 500 */
  double
      glyph_scale; /* 0: 1; the largest glyph then spans about 1.8 times the mean gap of glyphs */
} SwFieldStyle;

/* The soft envelope around the molecule: data [z,y,x]. NULL: none. */
void sw_scene_set_density (SwScene *scene,
                           int pane,
                           const SwGridGeometry *grid,
                           const float *data,
                           const SwFieldStyle *style);
void sw_scene_set_density_style (SwScene *scene, int pane, const SwFieldStyle *style);
/* data [2l+1,z,y,x], m = -l..l (l = 1: y, z, x), 0 <= l <= 4. NULL: none. NaN is drawn as nothing.
 */
#define SW_SCENE_L_MAX 4
void sw_scene_set_field (SwScene *scene,
                         int pane,
                         unsigned l,
                         const SwGridGeometry *grid,
                         const float *data,
                         const SwFieldStyle *style);
void sw_scene_set_field_style (SwScene *scene, int pane, const SwFieldStyle *style);
/* Turn what is drawn of density or field rigidly about the origin, e.g. by R R0^-1 until the result
 * for R has come; reset with the identity. */
void sw_scene_set_density_rotation (SwScene *scene, int pane, SwQuat rotation);
void sw_scene_set_field_rotation (SwScene *scene, int pane, SwQuat rotation);

/* The box of a grid with axes (x red, y green, z blue) and a tick every tick voxels (0: chosen).
 * NULL: none. */
void sw_scene_set_box (SwScene *scene, int pane, const SwGridGeometry *grid, size_t tick);

/* ---- the picture */

typedef enum
{
  SW_BACKGROUND_LIGHT,
  SW_BACKGROUND_DARK,
  SW_BACKGROUND_TRANSPARENT, /* alpha 0, colours for a light page */
} SwBackground;

void sw_scene_set_background (SwScene *scene, SwBackground background);
SwBackground sw_scene_get_background (const SwScene *scene);
/* 1, 2 (side by side) or 4 (two by two); 3 shows three side by side. */
void sw_scene_set_n_panes (SwScene *scene, unsigned n_panes);
unsigned sw_scene_get_n_panes (const SwScene *scene);
/* Text for the program's overlay; the renderer draws none. "" when not set. */
void sw_scene_set_label (SwScene *scene, int pane, const char *label);
const char *sw_scene_get_label (const SwScene *scene, unsigned pane);
/* Linked (the default): setting the camera of any pane sets all. */
void sw_scene_set_camera_linked (SwScene *scene, bool linked);
void sw_scene_set_camera (SwScene *scene, int pane, const SwCamera *camera);
void sw_scene_get_camera (const SwScene *scene, unsigned pane, SwCamera *ret_camera);
/* Depth cue, ambient occlusion and outlines, 0..1 each; 1, 1, 1 at first. */
void sw_scene_set_effects (SwScene *scene, double depth_cue, double occlusion, double outline);

/* Smallest sphere about the origin around all that is in the pane (at least 1 angstrom). */
double sw_scene_get_radius (const SwScene *scene, unsigned pane);
/* Eye at the distance where everything fits; width, height of the whole picture. */
void sw_scene_fit (SwScene *scene, int pane, double width, double height);

typedef struct
{
  double x, y, width, height; /* top left origin */
} SwRectangle;

/* Where a pane lies in a picture of width x height (any unit). */
void sw_scene_get_pane_rectangle (
    const SwScene *scene, unsigned pane, double width, double height, SwRectangle *ret);
/* The pane at a point; false in the gap between. */
bool sw_scene_pane_at (
    const SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane);

/* What a legend of the pane's field must say. */
typedef struct
{
  bool is_shown; /* there is a field (or, for the density, a density) */
  unsigned l;
  SwDisplay display; /* as drawn, never AUTO */
  bool is_diverging; /* -range_max..range_max, otherwise 0..range_max */
  SwColormap colormap;
  double range_max;
  double threshold; /* in the units of the data */
  size_t n_glyphs;  /* drawn, of n_glyphs_found above the threshold */
  size_t n_glyphs_found;
  unsigned n_levels;
} SwLegend;

void sw_scene_get_legend (SwScene *scene, unsigned pane, SwLegend *ret);
void sw_scene_get_density_legend (SwScene *scene, unsigned pane, SwLegend *ret);

/* Voxels by |value| (l > 0: by norm) over 0..*ret_max, the largest; zeros where there is no field. */
void sw_scene_get_histogram (const SwScene *scene, unsigned pane, size_t n_bins, size_t *ret_counts, double *ret_max);

/* The atom under a point of a picture of width x height, as it is drawn now; -1 none. *ret_pane
 * (may be NULL) is set whenever the point lies in a pane. On the CPU, no context wanted. */
int64_t
sw_scene_pick (SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane);
/* The glyph or arrow under a point: the index of its voxel (z n_y + y) n_x + x; -1 none. */
int64_t sw_scene_pick_glyph (
    SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane);
/* The voxel under a point: of a glyph; of the nearest plane; else the first on the ray where |value| (l > 0: the norm)
 * reaches the threshold. -1 none. */
int64_t sw_scene_pick_voxel (
    SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane);
/* The plane of slices under a point: 0 x, 1 y, 2 z; -1 none. */
int sw_scene_pick_slice (SwScene *scene, double x, double y, double width, double height, unsigned *ret_pane);
/* How far the plane of an axis moves, in widths of the box, when the pointer goes by dx, dy pixels. */
double sw_scene_slice_drag (SwScene *scene, unsigned pane, int axis, double dx, double dy, double pane_height);
