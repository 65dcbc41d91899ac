/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/block-view.h: a Tetris piece as a solid, turned by the pointer or the arrow keys
 *
 * Drawn by cairo: a few faces sorted by depth need no OpenGL. Seen along -z, x to the right, y up. Signal "turned" when a
 * person turns it.
 */
#pragma once

#include <gtk/gtk.h>

#include "so3/rotation.h"

G_BEGIN_DECLS

#define SW_TYPE_BLOCK_VIEW (sw_block_view_get_type ())
G_DECLARE_FINAL_TYPE (SwBlockView, sw_block_view, SW, BLOCK_VIEW, GtkWidget)

/* Can it be turned? A small picture of a list cannot. */
SwBlockView *sw_block_view_new (gboolean turns, int size);
void sw_block_view_set_piece (SwBlockView *self, gsize piece);
gsize sw_block_view_get_piece (SwBlockView *self);
void sw_block_view_set_rotation (SwBlockView *self, SwQuat rotation);
SwQuat sw_block_view_get_rotation (SwBlockView *self);
/* A rotation in which the shape of every piece is easily seen. */
SwQuat sw_block_view_default_rotation (void);

G_END_DECLS
