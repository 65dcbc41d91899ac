/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/numbers-panel.h: the errors in large type, and the class scores */
#pragma once

#include <gtk/gtk.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_NUMBERS_PANEL (sw_numbers_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwNumbersPanel, sw_numbers_panel, SW, NUMBERS_PANEL, GtkBox)

void sw_numbers_panel_set_session (SwNumbersPanel *self, SwSession *session);

G_END_DECLS
