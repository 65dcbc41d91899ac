/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/layer-row.h: one layer in the list, and the item it shows */
#pragma once

#include <gtk/gtk.h>

#include "workbench/job.h"

G_BEGIN_DECLS

#define SW_TYPE_LAYER_ITEM (sw_layer_item_get_type ())
G_DECLARE_FINAL_TYPE (SwLayerItem, sw_layer_item, SW, LAYER_ITEM, GObject)

/* norm_max: the largest norm among the layers, for the bar. */
SwLayerItem *sw_layer_item_new (const SwRunLayer *layer, double norm_max);
const char *sw_layer_item_get_name (SwLayerItem *self);
/* "16x0+8x1" */
const char *sw_layer_item_get_fields (SwLayerItem *self);
gboolean sw_layer_item_has_field (SwLayerItem *self);
/* Takes new times and norms; emits "changed". False when the layer is another one. */
gboolean sw_layer_item_update (SwLayerItem *self, const SwRunLayer *layer, double norm_max);

#define SW_TYPE_LAYER_ROW (sw_layer_row_get_type ())
G_DECLARE_FINAL_TYPE (SwLayerRow, sw_layer_row, SW, LAYER_ROW, GtkBox)

SwLayerRow *sw_layer_row_new (void);
/* NULL: none. */
void sw_layer_row_set_item (SwLayerRow *self, SwLayerItem *item);

G_END_DECLS
