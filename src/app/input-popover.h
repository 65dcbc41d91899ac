/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/input-popover.h: which atoms are voxelised, and what the file's report says
 *
 * Emits "reload" when a choice changes; the window then loads the file again with
 * sw_input_popover_get_options. */
#pragma once

#include <adwaita.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_INPUT_POPOVER (sw_input_popover_get_type ())
G_DECLARE_FINAL_TYPE (SwInputPopover, sw_input_popover, SW, INPUT_POPOVER, GtkPopover)

void sw_input_popover_set_session (SwInputPopover *self, SwSession *session);
/* Strings are lent until the next choice. */
void sw_input_popover_get_options (SwInputPopover *self, SwDocumentOptions *ret);
/* Puts the widgets back to what is loaded and says why; NULL: nothing to say. */
void sw_input_popover_refuse (SwInputPopover *self, const char *reason);

G_END_DECLS
