/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/view.h: the picture; turns the input or the camera under the pointer
 *
 * The view owns the scene and follows a session: molecule and rotation at once, fields when a
 * comparison arrives, until then turned rigidly. Primary button: what sw_view_set_drag_turns says;
 * with Shift on a slice: moves it; secondary button, or Alt: always the camera; middle button: pans; wheel and pinch: zoom.
 */
#pragma once

#include <gtk/gtk.h>

#include "app/look.h"
#include "app/session.h"
#include "app/view-scene.h"
#include "render/renderer.h"
#include "render/scene.h"
#include "workbench/attribution.h"
#include "workbench/propensity.h"

G_BEGIN_DECLS

#define SW_TYPE_VIEW (sw_view_get_type ())
G_DECLARE_FINAL_TYPE (SwView, sw_view, SW, VIEW, GtkGLArea)

typedef enum
{
  SW_TURNS_INPUT,
  SW_TURNS_CAMERA,
} SwTurns;

/* Signals: "gl-failed" (message) when there is no usable OpenGL; "grab-changed" when a drag begins
 * or ends; "drawn" after each frame; "look-changed" when the colours may mean something else; "picked" when
 * something was clicked, or nothing. */

void sw_view_set_session (SwView *self, SwSession *session);
SwScene *sw_view_get_scene (SwView *self);
void sw_view_set_n_panes (SwView *self, unsigned n_panes);
void sw_view_set_show (SwView *self, SwShow show);
/* Representation, colours and effects; "look-changed" follows. */
void sw_view_set_look (SwView *self, const SwLook *look);
const SwLook *sw_view_get_look (SwView *self);
/* What was clicked: an atom of the shown document, -1: none. */
gint64 sw_view_get_picked_atom (SwView *self);
/* The voxel of the field, as sw_scene_pick_voxel; -1: none. */
gint64 sw_view_get_picked_voxel (SwView *self);
void sw_view_clear_pick (SwView *self);
/* Largest value of the explanation in whose colours the molecule is drawn; 0: in others. */
double sw_view_get_explanation_range (SwView *self);
void sw_view_set_dark (SwView *self, gboolean dark);
void sw_view_set_drag_turns (SwView *self, SwTurns turns);
/* What the drag in progress turns; -1 when there is none. */
int sw_view_get_grab (SwView *self);

/* degrees about the vertical and the horizontal axis of the screen */
void sw_view_turn_input (SwView *self, double right, double down);
void sw_view_turn_camera (SwView *self, double right, double down);
void sw_view_zoom (SwView *self, double factor);
/* i: as sw_camera_standard */
void sw_view_standard (SwView *self, unsigned i);
void sw_view_fit (SwView *self);
/* Colours the molecule by an explanation of the shown document; NULL: as usual. */
void sw_view_set_attribution (SwView *self, SwAttribution *attribution);
/* Likewise by the probability of each residue's own amino acid; an attribution goes before. */
void sw_view_set_propensity (SwView *self, SwPropensity *propensity);
/* Looks at a residue of the shown document and marks it. */
void sw_view_show_residue (SwView *self, gsize residue);
/* About the driver; false before the first frame or without OpenGL. */
gboolean sw_view_get_driver (SwView *self, SwDriverInfo *ret);

G_END_DECLS
