/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/renderer-private.h: what the files of the renderer share
 *
 * renderer.c: the context and a frame. renderer-target.c: the pictures a frame is put together from. renderer-item.c: what
 * was made of the scene's data. renderer-pane.c: the passes of one pane.
 */
#pragma once

#include "render/glyph-table-private.h"
#include "render/program-private.h"
#include "render/shapes-private.h"

/* As in shaders/lib/view.glsl, std140. */
typedef struct
{
  float model_view[16], projection[16], projection_inverse[16];
  float pane[4], depth_cue[4], background_top[4], background_bottom[4], unit[4];
} SwViewBlock;

typedef enum
{
  SW_ITEM_SPHERES,
  SW_ITEM_CYLINDERS,
  SW_ITEM_MESH,
  SW_ITEM_GLYPHS,
  SW_ITEM_VOLUME,
} SwItemKind;

/* What was made of some data, kept as long as frames ask for it. */
typedef struct
{
  uint64_t key[4];
  uint64_t frame;
  GLuint vertex_array, buffers[3], texture;
  GLsizei n_indices, n_instances;
  GLenum index_type;
  float low[3], high[3]; /* of a volume */
} SwItem;

enum
{
  SW_TARGET_COLOR,
  SW_TARGET_NORMAL,
  SW_TARGET_DEPTH,
  SW_TARGET_LAYER_COLOR,
  SW_TARGET_LAYER_DEPTH,
  SW_TARGET_OCCLUSION,
  SW_TARGET_VOLUME,
  SW_TARGET_PICTURE,
  SW_N_TARGETS,
};

enum
{
  SW_BUFFER_GEOMETRY,
  SW_BUFFER_LAYER,
  SW_BUFFER_OCCLUSION,
  SW_BUFFER_VOLUME,
  SW_BUFFER_PICTURE,
  SW_N_BUFFERS,
};

typedef struct
{
  double pixels;       /* of the picture per pixel of the target, 0..1 */
  int n_samples;       /* per side of a pixel */
  int occlusion_ratio; /* pixels of the picture per pixel of the pass */
  int volume_ratio;
  int n_steps; /* of a ray through the whole box */
  int n_occlusion;
  size_t n_triangles; /* of glyphs, in all */
  size_t n_glyphs;
  bool is_direct; /* straight into the picture: no occlusion, outlines and layer, coarse ribbons */
} SwBudget;

struct SwRenderer
{
  gboolean has_gl, is_software;
  GLuint programs[SW_N_PROGRAMS];
  GLuint view_buffer, empty_array, quad_buffer, box_buffer, box_indices;
  GLuint targets[SW_N_TARGETS], framebuffers[SW_N_BUFFERS];
  int width, height, n_samples, occlusion_ratio, volume_ratio; /* of the targets; 0: none */
  bool is_direct;
  GLuint colors;                                               /* 256 x 2 */
  GPtrArray *items;
  uint64_t frame;
};

/* ---- renderer-target.c */

/* Targets for a picture of width x height; what is there is kept where it fits. */
gboolean sw_targets_ensure (
    SwRenderer *renderer, int width, int height, const SwBudget *budget, GError **error);
void sw_targets_drop (SwRenderer *renderer);

/* ---- renderer-item.c: found by what they were made of, else made */

SwItem *sw_item_molecule (SwRenderer *renderer, const SwPane *pane, SwItemKind kind, bool is_coarse);
/* The molecule's surface; the pane has a density. */
SwItem *sw_item_surface (SwRenderer *renderer, const SwPane *pane);
/* i: of look's levels, from the outermost. */
SwItem *sw_item_triangles (SwRenderer *renderer, const SwPane *pane);
SwItem *sw_item_isosurface (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look, unsigned i);
/* Slices, streamlines (cylinders) or superquadrics of the pane's field. */
SwItem *sw_item_field_mesh (SwRenderer *renderer, SwScene *scene, SwPane *pane, const SwFieldLook *look, const SwBudget *budget);
SwItem *sw_item_volume (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look);
SwItem *sw_item_glyphs (SwRenderer *renderer,
                        SwScene *scene,
                        SwPane *pane,
                        const SwFieldLook *look,
                        const SwGlyphKind *kind,
                        const SwBudget *budget);
SwItem *sw_item_box (SwRenderer *renderer, const SwPane *pane, bool is_dark);
SwItem *sw_item_highlight (SwRenderer *renderer, const SwPane *pane);
void sw_item_draw (const SwItem *item, bool is_quad);
/* Those not asked for in the last two frames, so that turning between two states does not build anew each time. */
void sw_items_drop_old (SwRenderer *renderer);
void sw_items_drop_all (SwRenderer *renderer);
GLuint sw_buffer_new (GLenum target, const void *data, size_t size);

/* ---- renderer-pane.c */

/* The area of a pane is in pixels of the picture, bottom left origin; scale: pixels of the picture per logical pixel. */
void sw_pane_draw (SwRenderer *renderer,
                   SwScene *scene,
                   unsigned index,
                   const SwBudget *budget,
                   const SwRectangle *area,
                   double scale,
                   GLuint framebuffer);
