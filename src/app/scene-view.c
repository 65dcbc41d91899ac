/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/scene-view.h"

#include <adwaita.h>
#include <math.h>

#include "render/framebuffer.h"

#define REST_MILLISECONDS 180
#define STEP_DEGREES 5.0
#define FIT_ZOOM 1.08

struct _SwSceneView
{
  GtkGLArea parent_instance;

  SwScene *scene;
  SwRenderer *renderer;
  SwQuality quality;
  guint rest_id;
  gboolean wants_fit, failed;
  int width, height; /* device pixels */
  double start_x, start_y;
  SwQuat start;
};

G_DEFINE_FINAL_TYPE (SwSceneView, sw_scene_view, GTK_TYPE_GL_AREA)

static gboolean
come_to_rest (gpointer data)
{
  SwSceneView *self = data;
  self->rest_id = 0;
  self->quality = SW_QUALITY_REST;
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
  return G_SOURCE_REMOVE;
}

static void
moved (SwSceneView *self)
{
  self->quality = SW_QUALITY_INTERACTIVE;
  g_clear_handle_id (&self->rest_id, g_source_remove);
  self->rest_id = g_timeout_add (REST_MILLISECONDS, come_to_rest, self);
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
}

static void
turn_camera (SwSceneView *self, SwQuat turn, SwQuat from)
{
  SwCamera camera;
  sw_scene_get_camera (self->scene, 0, &camera);
  camera.orientation = sw_quat_multiply (turn, from);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  moved (self);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, SwSceneView *self)
{
  SwCamera camera;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  sw_scene_get_camera (self->scene, 0, &camera);
  self->start = camera.orientation;
  self->start_x = x;
  self->start_y = y;
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, SwSceneView *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  SwRectangle pane;
  unsigned index = 0;
  (void) sw_scene_pane_at (self->scene, self->start_x, self->start_y, width, height, &index);
  sw_scene_get_pane_rectangle (self->scene, index, width, height, &pane);
  const double x = self->start_x - pane.x, y = self->start_y - pane.y;
  turn_camera (self, sw_arcball_drag (x, y, x + dx, y + dy, pane.width, pane.height), self->start);
}

static void
zoom (SwSceneView *self, double factor)
{
  SwCamera camera;
  sw_scene_get_camera (self->scene, 0, &camera);
  sw_camera_zoom (&camera, factor);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  moved (self);
}

static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, SwSceneView *self)
{
  zoom (self, exp (-0.12 * dy));
  return TRUE;
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SwSceneView *self)
{
  static const double vertical[3] = { 0.0, 1.0, 0.0 }, horizontal[3] = { 1.0, 0.0, 0.0 };
  const double step = STEP_DEGREES * G_PI / 180.0;
  SwCamera camera;

  sw_scene_get_camera (self->scene, 0, &camera);
  switch (key)
    {
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      turn_camera (self, sw_quat_from_axis_angle (vertical, key == GDK_KEY_Left ? -step : step), camera.orientation);
      return TRUE;
    case GDK_KEY_Up:
    case GDK_KEY_Down:
      turn_camera (self, sw_quat_from_axis_angle (horizontal, key == GDK_KEY_Up ? -step : step), camera.orientation);
      return TRUE;
    case GDK_KEY_plus:
    case GDK_KEY_KP_Add:
    case GDK_KEY_equal:
      zoom (self, 1.15);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom (self, 0.87);
      return TRUE;
    case GDK_KEY_0:
      sw_scene_view_fit (self);
      return TRUE;
    default:
      return FALSE;
    }
}

static void
sw_scene_view_unrealize (GtkWidget *widget)
{
  SwSceneView *self = SW_SCENE_VIEW (widget);

  gtk_gl_area_make_current (GTK_GL_AREA (self));
  if (gtk_gl_area_get_error (GTK_GL_AREA (self)) == NULL)
    sw_renderer_release_gl (self->renderer);
  GTK_WIDGET_CLASS (sw_scene_view_parent_class)->unrealize (widget);
}

static void
sw_scene_view_resize (GtkGLArea *area, int width, int height)
{
  SwSceneView *self = SW_SCENE_VIEW (area);
  self->width = width;
  self->height = height;
}

static gboolean
sw_scene_view_render (GtkGLArea *area, GdkGLContext *context)
{
  SwSceneView *self = SW_SCENE_VIEW (area);
  GError *error = NULL;

  if (self->failed || self->width < 1 || self->height < 1)
    return TRUE;
  if (self->wants_fit)
    {
      SwCamera camera;
      sw_scene_fit (self->scene, SW_PANE_ALL, self->width, self->height);
      sw_scene_get_camera (self->scene, 0, &camera);
      sw_camera_zoom (&camera, FIT_ZOOM);
      sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
      self->wants_fit = FALSE;
    }
  sw_scene_set_background (self->scene, adw_style_manager_get_dark (adw_style_manager_get_default ()) ? SW_BACKGROUND_DARK
                                                                                                        : SW_BACKGROUND_LIGHT);
  if (!sw_renderer_draw (self->renderer, self->scene, sw_framebuffer_current (), self->width, self->height,
                         gtk_widget_get_scale_factor (GTK_WIDGET (self)), self->quality, &error))
    {
      /* GtkGLArea shows the sentence in place of the picture. */
      self->failed = TRUE;
      gtk_gl_area_set_error (area, error);
      g_clear_error (&error);
    }
  return TRUE;
}

SwSceneView *
sw_scene_view_new (const char *name)
{
  SwSceneView *self = g_object_new (SW_TYPE_SCENE_VIEW, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return self;
}

SwScene *
sw_scene_view_get_scene (SwSceneView *self)
{
  return self->scene;
}

void
sw_scene_view_redraw (SwSceneView *self)
{
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
}

void
sw_scene_view_fit (SwSceneView *self)
{
  self->wants_fit = TRUE;
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
}

static void
sw_scene_view_dispose (GObject *object)
{
  g_clear_handle_id (&SW_SCENE_VIEW (object)->rest_id, g_source_remove);
  G_OBJECT_CLASS (sw_scene_view_parent_class)->dispose (object);
}

static void
sw_scene_view_finalize (GObject *object)
{
  SwSceneView *self = SW_SCENE_VIEW (object);
  sw_renderer_free (self->renderer);
  sw_scene_free (self->scene);
  G_OBJECT_CLASS (sw_scene_view_parent_class)->finalize (object);
}

static void
sw_scene_view_class_init (SwSceneViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_scene_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_scene_view_finalize;
  widget_class->unrealize = sw_scene_view_unrealize;
  GTK_GL_AREA_CLASS (klass)->render = sw_scene_view_render;
  GTK_GL_AREA_CLASS (klass)->resize = sw_scene_view_resize;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sw_scene_view_init (SwSceneView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  SwCamera camera;

  self->scene = sw_scene_new ();
  self->renderer = sw_renderer_new ();
  self->quality = SW_QUALITY_REST;
  self->wants_fit = TRUE;
  sw_scene_get_camera (self->scene, 0, &camera);
  camera.orientation = sw_camera_standard (6);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  gtk_gl_area_set_required_version (GTK_GL_AREA (self), 3, 3);
  gtk_gl_area_set_auto_render (GTK_GL_AREA (self), FALSE);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);
  gtk_widget_set_cursor_from_name (widget, "grab");

  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  gtk_widget_add_controller (widget, scroll);
  GtkEventController *key = gtk_event_controller_key_new ();
  g_signal_connect (key, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (widget, key);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (sw_scene_view_redraw), self,
                           G_CONNECT_SWAPPED);
}
