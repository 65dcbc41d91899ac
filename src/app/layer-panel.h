/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/layer-panel.h: which network, engine, layer and field are shown */
#pragma once

#include <gtk/gtk.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_LAYER_PANEL (sw_layer_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwLayerPanel, sw_layer_panel, SW, LAYER_PANEL, GtkBox)

void sw_layer_panel_set_session (SwLayerPanel *self, SwSession *session);

G_END_DECLS
