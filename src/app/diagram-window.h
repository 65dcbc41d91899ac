/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/diagram-window.h: the session's network as a diagram, with a thumbnail of every layer
 *
 * A click or Enter shows the layer in the main window; arrow keys move along the network. The thumbnails follow document,
 * network and rotation; they are computed beside the session, by a worker of their own, one run at a time.
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_DIAGRAM_WINDOW (sw_diagram_window_get_type ())
G_DECLARE_FINAL_TYPE (SwDiagramWindow, sw_diagram_window, SW, DIAGRAM_WINDOW, AdwWindow)

/* parent: has the action win.layer. */
SwDiagramWindow *sw_diagram_window_new (SwSession *session, GtkWindow *parent);
/* For tests: how many layers have a picture; the focused box. */
guint sw_diagram_window_get_n_thumbnails (SwDiagramWindow *self);
int sw_diagram_window_get_focus_box (SwDiagramWindow *self);

G_END_DECLS
