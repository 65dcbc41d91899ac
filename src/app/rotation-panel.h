/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/rotation-panel.h: the rotation of the input, read and entered as numbers */
#pragma once

#include <gtk/gtk.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_ROTATION_PANEL (sw_rotation_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwRotationPanel, sw_rotation_panel, SW, ROTATION_PANEL, GtkBox)

void sw_rotation_panel_set_session (SwRotationPanel *self, SwSession *session);

G_END_DECLS
