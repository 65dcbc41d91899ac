/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/field-popover.h: how the field is drawn: representation, histogram with range and threshold, opacity, levels, slices
 *
 * Shows the look and the data of a view; changes them through actions of the window alone.
 */
#pragma once

#include "app/view.h"

G_BEGIN_DECLS

#define SW_TYPE_FIELD_POPOVER (sw_field_popover_get_type ())
G_DECLARE_FINAL_TYPE (SwFieldPopover, sw_field_popover, SW, FIELD_POPOVER, GtkPopover)

void sw_field_popover_set_view (SwFieldPopover *self, SwView *view);

G_END_DECLS
