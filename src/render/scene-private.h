/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/scene-private.h: the inside of a scene, for the renderer
 *
 * Data that is expensive to upload is immutable, counted, and has a serial number that no other
 * data of this process has: what the renderer made of it is kept under that number.
 */
#pragma once

#include <glib.h>

#include "render/glyph-seed-private.h"
#include "render/scene.h"

typedef struct
{
  int n_refs;
  uint64_t serial;
  size_t n_atoms, n_bonds, n_residues;
  float (*positions)[3];
  float *radii;
  uint8_t *elements;
  uint8_t (*colors)[4]; /* or NULL */
  uint32_t *residue_of; /* or NULL */
  uint32_t (*bonds)[2];
  SwMoleculeResidue *residues;
  float *b_factors;   /* or NULL */
  char **chain_names; /* or NULL */
  float b_low, b_high;
  uint32_t n_chains;
  double radius; /* about the origin, with the atoms' own */
} SwMoleculeData;

typedef struct
{
  int n_refs;
  uint64_t serial;
  size_t n_vertices, n_triangles;
  float (*vertices)[3];
  uint32_t (*triangles)[3];
  double radius; /* about the origin */
} SwTrianglesData;

typedef struct
{
  int n_refs;
  uint64_t serial;
  unsigned l;
  SwGridGeometry grid;
  size_t n_voxels;
  float *data; /* [2l+1,z,y,x] */
  double max;  /* largest norm; 0 when all is 0 or NaN */
  bool has_negative;
  double radius; /* of the box about the origin */
} SwFieldData;

typedef struct
{
  SwFieldData *data; /* or NULL */
  SwFieldStyle style;
  SwQuat rotation;
} SwFieldPlace;

typedef struct
{
  SwMoleculeData *molecule; /* or NULL */
  SwTrianglesData *triangles; /* or NULL */
  SwMoleculeStyle style;
  SwColorScheme scheme;
  SwQuat input_rotation;
  int64_t highlight;
  SwFieldPlace density, field;
  bool has_box;
  SwGridGeometry box;
  size_t tick;
  SwCamera camera;
  char *label;
  /* Seeds of the field as drawn last, kept for the legend and for picking. */
  SwGlyphSeeds seeds;
  uint64_t seeds_serial;
  SwFieldStyle seeds_style;
} SwPane;

struct SwScene
{
  unsigned n_panes;
  bool is_linked;
  SwBackground background;
  double depth_cue, occlusion, outline;
  SwPane panes[SW_PANES_MAX];
};

/* What a style means for this data: nothing is 0 or AUTO any more. threshold is a fraction of
 * range_max. */
typedef struct
{
  SwDisplay display;
  bool is_diverging;
  SwColormap colormap;
  double range_max, threshold, opacity, glyph_scale;
  size_t n_glyphs_max;
  unsigned n_levels;
  double slice[3];
} SwFieldLook;

/* Do glyphs stand where seeds are? */
bool sw_display_has_seeds (SwDisplay display);

void
sw_field_look (const SwScene *scene, const SwFieldPlace *place, bool is_density, SwFieldLook *ret);
SwMoleculeStyle sw_pane_get_style (const SwPane *pane);
SwColorScheme sw_pane_get_scheme (const SwPane *pane);
/* Radius at which an atom is drawn as a ball; 0 when it is not. */
float sw_pane_get_ball_radius (SwMoleculeStyle style, const SwMoleculeData *molecule, size_t atom);
void sw_pane_get_atom_color (const SwPane *pane, SwColorScheme scheme, size_t atom, uint8_t ret[4]);
const SwGlyphSeeds *sw_pane_get_seeds (SwScene *scene, SwPane *pane);
