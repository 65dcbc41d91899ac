/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/undo.h: what was changed in a window, by name, to be taken back and done again
 *
 * Watches the stateful actions of a window and the rotation of its session. Changes of one thing that follow each other closely
 * (a drag, a slider) are one step, and so is all that a play turns. Another document begins anew.
 */
#pragma once

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_UNDO (sw_undo_get_type ())
G_DECLARE_FINAL_TYPE (SwUndo, sw_undo, SW, UNDO, GObject)

/* Signal "changed": there is something else to undo or redo. actions outlives the object. */
SwUndo *sw_undo_new (GActionMap *actions, SwSession *session);
/* What would be taken back or done again, translated ("Rotation"); NULL: nothing. */
const char *sw_undo_get_undo_name (SwUndo *self);
const char *sw_undo_get_redo_name (SwUndo *self);
void sw_undo_undo (SwUndo *self);
void sw_undo_redo (SwUndo *self);
/* Ends the present step: what comes next is another one. */
void sw_undo_end_step (SwUndo *self);
/* TRUE while something is taken back or done again. */
gboolean sw_undo_is_applying (SwUndo *self);

G_END_DECLS
