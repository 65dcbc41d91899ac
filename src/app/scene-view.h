/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/scene-view.h: a scene that is only looked at: dragging, arrows and the wheel move the camera
 *
 * The scene is the view's; whoever changes it calls sw_scene_view_redraw.
 */
#pragma once

#include <gtk/gtk.h>

#include "render/renderer.h"

G_BEGIN_DECLS

#define SW_TYPE_SCENE_VIEW (sw_scene_view_get_type ())
G_DECLARE_FINAL_TYPE (SwSceneView, sw_scene_view, SW, SCENE_VIEW, GtkGLArea)

/* name: for screen readers. */
SwSceneView *sw_scene_view_new (const char *name);
SwScene *sw_scene_view_get_scene (SwSceneView *self);
void sw_scene_view_redraw (SwSceneView *self);
/* With the next frame: everything is seen. */
void sw_scene_view_fit (SwSceneView *self);

G_END_DECLS
