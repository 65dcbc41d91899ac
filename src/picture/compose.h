/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/compose.h: a picture to keep: scene, captions, keys and scale bar in one set of pixels */
#pragma once

#include "picture/overlay.h"
#include "render/headless.h"

G_BEGIN_DECLS

typedef struct
{
  int width, height; /* 16 to 16384 */
  double scale;      /* pixels per logical pixel: size of text and lines; 0: by the height, 1 at 700 */
  bool keys;
  bool scale_bar;
  double own_unit;   /* of the bar: so many for 1 in the scene, and no name (sw_surface_scene_get_unit); 0: angstrom */
  const char *const *captions; /* one for each pane, NULL terminated; NULL: none */
  double explanation;          /* as in sw_keys_new */
  SwOverlayPaint paint;        /* sw_overlay_paint; NULL: the scene alone */
} SwComposeOptions;

/* Captions, keys and bar alone, over pixels of the scene. */
void sw_compose_paint (SwScene *scene, const SwComposeOptions *options, uint8_t *pixels);
/* RGBA bytes, not premultiplied, top row first; free with g_free. */
uint8_t *
sw_compose_render (SwHeadless *headless, SwScene *scene, const SwComposeOptions *options, GError **error);
/* description becomes the text chunk of the file; may be NULL. */
gboolean sw_compose_png (SwHeadless *headless,
                         SwScene *scene,
                         const SwComposeOptions *options,
                         const char *path,
                         const char *description,
                         GError **error);

/* A length of 1, 2 or 5 times a power of ten that takes between a tenth and a quarter of a pane of so many pixels, with
 * units as they are in the middle of the picture. */
double sw_compose_bar_length (const SwCamera *camera, double pane_width, double pane_height);

G_END_DECLS
