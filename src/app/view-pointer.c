/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pointer in the picture: turns the input or the camera, moves slices, picks, zooms, says what is under it. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "app/view-private.h"
#include "picture/molecule-scene.h"

/* A click that moved less is no drag. */
#define CLICK_PIXELS 3.0

static void
set_grab (SwView *self, int grab)
{
  if (self->grab == grab)
    return;
  self->grab = grab;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), grab == SW_TURNS_INPUT    ? "grabbing"
                                                      : grab == SW_TURNS_CAMERA ? "all-scroll"
                                                      : self->turns == SW_TURNS_INPUT
                                                          ? "grab"
                                                          : "move");
  g_signal_emit_by_name (self, "grab-changed");
  if (grab < 0)
    sw_view_moved (self);
}

static void
pane_of (SwView *self, double x, double y, SwRectangle *ret)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self));
  const double height = gtk_widget_get_height (GTK_WIDGET (self));
  unsigned pane = 0;
  (void) sw_scene_pane_at (self->scene, x, y, width, height, &pane);
  sw_scene_get_pane_rectangle (self->scene, pane, width, height, ret);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, SwView *self)
{
  const guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  const GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  SwCamera camera;

  if (self->session == NULL || sw_session_get_document (self->session) == NULL)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_widget_grab_focus (GTK_WIDGET (self));
  sw_scene_get_camera (self->scene, 0, &camera);
  self->start_x = x;
  self->start_y = y;
  self->last_dx = self->last_dy = 0.0;
  self->slice = -1;
  if (button == GDK_BUTTON_PRIMARY && (state & GDK_SHIFT_MASK) != 0)
    {
      self->slice = sw_scene_pick_slice (self->scene, x, y, gtk_widget_get_width (GTK_WIDGET (self)),
                                         gtk_widget_get_height (GTK_WIDGET (self)), NULL);
      memcpy (self->slice_start, self->look.slice, sizeof self->slice_start);
      if (self->slice >= 0)
        return;
    }
  const gboolean turns_camera = button == GDK_BUTTON_SECONDARY || (state & GDK_ALT_MASK) != 0
                                || self->turns == SW_TURNS_CAMERA;
  self->start = turns_camera ? camera.orientation : sw_session_get_rotation (self->session);
  self->wanted_grab = button == GDK_BUTTON_MIDDLE ? -1 : turns_camera ? SW_TURNS_CAMERA : SW_TURNS_INPUT;
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, SwView *self)
{
  const guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  SwCamera camera;
  SwRectangle pane;

  sw_scene_get_camera (self->scene, 0, &camera);
  pane_of (self, self->start_x, self->start_y, &pane);
  if (self->slice >= 0)
    {
      double slice[3] = { self->slice_start[0], self->slice_start[1], self->slice_start[2] };
      slice[self->slice] += sw_scene_slice_drag (self->scene, 0, self->slice, dx, dy, pane.height);
      gtk_widget_activate_action (GTK_WIDGET (self), "win.slices", "(ddd)", slice[0], slice[1], slice[2]);
      return;
    }
  if (button == GDK_BUTTON_MIDDLE)
    {
      sw_camera_pan (&camera, dx - self->last_dx, dy - self->last_dy, pane.height);
      self->last_dx = dx;
      self->last_dy = dy;
      sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
      sw_view_moved (self);
      return;
    }
  if (self->grab < 0 && fabs (dx) <= CLICK_PIXELS && fabs (dy) <= CLICK_PIXELS)
    return;
  set_grab (self, self->wanted_grab);
  const double x = self->start_x - pane.x, y = self->start_y - pane.y;
  const SwQuat drag = sw_arcball_drag (x, y, x + dx, y + dy, pane.width, pane.height);
  if (self->grab == SW_TURNS_CAMERA)
    {
      camera.orientation = sw_quat_multiply (drag, self->start);
      sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
      sw_view_moved (self);
    }
  else if (self->grab == SW_TURNS_INPUT)
    sw_session_set_rotation (
        self->session, sw_quat_multiply (sw_camera_to_world (&camera, drag), self->start));
}

static void
pick (SwView *self, double x, double y)
{
  self->picked = sw_scene_pick (self->scene, x, y, gtk_widget_get_width (GTK_WIDGET (self)),
                                gtk_widget_get_height (GTK_WIDGET (self)), NULL);
  self->picked_voxel = sw_scene_pick_voxel (self->scene, x, y, gtk_widget_get_width (GTK_WIDGET (self)),
                                            gtk_widget_get_height (GTK_WIDGET (self)), NULL);
  sw_scene_set_highlight (self->scene, SW_PANE_ALL, self->picked);
  g_signal_emit_by_name (self, "picked");
  sw_view_redraw (self);
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, SwView *self)
{
  if (self->grab < 0 && self->slice < 0 && fabs (dx) <= CLICK_PIXELS && fabs (dy) <= CLICK_PIXELS
      && gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture)) == GDK_BUTTON_PRIMARY)
    pick (self, self->start_x, self->start_y);
  set_grab (self, -1);
}

/* The atom under the pointer, by name. */
static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  SwView *self = SW_VIEW (widget);

  if (keyboard || self->grab >= 0 || self->shown == NULL || self->shown->structure == NULL)
    return FALSE;
  const gint64 atom = sw_scene_pick (self->scene, x, y, gtk_widget_get_width (widget),
                                     gtk_widget_get_height (widget), NULL);
  g_autofree char *text = sw_molecule_scene_dup_label (self->shown->structure, atom);
  if (text == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, SwView *self)
{
  const double step
      = gtk_event_controller_scroll_get_unit (controller) == GDK_SCROLL_UNIT_WHEEL ? 0.12 : 0.006;
  sw_view_zoom (self, exp (-step * dy));
  return TRUE;
}

static void
on_pinch_begin (GtkGesture *gesture, GdkEventSequence *sequence, SwView *self)
{
  self->pinch = 1.0;
}

static void
on_pinch (GtkGestureZoom *gesture, double scale, SwView *self)
{
  sw_view_zoom (self, scale / self->pinch);
  self->pinch = scale;
}

void
sw_view_add_pointer (SwView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  GtkGesture *drag = gtk_gesture_drag_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));

  gtk_widget_set_has_tooltip (widget, TRUE);
  g_signal_connect (widget, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);

  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (widget, scroll);

  GtkGesture *pinch = gtk_gesture_zoom_new ();
  g_signal_connect (pinch, "begin", G_CALLBACK (on_pinch_begin), self);
  g_signal_connect (pinch, "scale-changed", G_CALLBACK (on_pinch), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
}
