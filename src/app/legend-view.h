/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/legend-view.h: the keys of a picture (picture/keys.h) as a widget */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SW_TYPE_LEGEND_VIEW (sw_legend_view_get_type ())
G_DECLARE_FINAL_TYPE (SwLegendView, sw_legend_view, SW, LEGEND_VIEW, GtkWidget)

/* Takes the keys; hidden when there are none. */
void sw_legend_view_take_keys (SwLegendView *self, GPtrArray *keys);
/* NULL before the first. */
const GPtrArray *sw_legend_view_get_keys (SwLegendView *self);

G_END_DECLS
