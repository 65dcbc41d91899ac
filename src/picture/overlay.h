/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/overlay.h: text, keys and scale bar laid over pixels
 *
 * Drawn with cairo, which Debian links with a windowing system: this part is linked into the window, and is a module for the
 * command line (as src/chart), which finds the function by SW_OVERLAY_PAINT.
 */
#pragma once

#include "picture/keys.h"

G_BEGIN_DECLS

typedef struct
{
  int width, height; /* of the picture, pixels */
  double scale;      /* pixels per logical pixel */
  bool is_dark;
  const GPtrArray *keys; /* or NULL */
  unsigned n_captions;
  struct
  {
    double x, y; /* top left of its pane */
    const char *text;
  } captions[SW_PANES_MAX];
  double bar; /* pixels; 0: none */
  const char *bar_text;
} SwOverlay;

/* pixels: RGBA, not premultiplied, top row first. */
typedef void (*SwOverlayPaint) (const SwOverlay *overlay, uint8_t *pixels);
#define SW_OVERLAY_PAINT "sw_overlay_paint"
void sw_overlay_paint (const SwOverlay *overlay, uint8_t *pixels);

G_END_DECLS
