/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/keys-draw.h: keys on a cairo context */
#pragma once

#include <cairo.h>

#include "picture/keys.h"

G_BEGIN_DECLS

/* Size of the column of keys; scale: pixels per logical pixel. */
void sw_keys_measure (const GPtrArray *keys, double scale, int *ret_width, int *ret_height);
/* From the origin of cr; the background is the caller's. */
void sw_keys_draw (const GPtrArray *keys, cairo_t *cr, double scale, bool is_dark);
G_END_DECLS
