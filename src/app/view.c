/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/view-private.h"

#include <math.h>

#include "app/explain-panel.h"
#include "app/sequence-view.h"
#include "app/statistics.h"
#include "picture/molecule-scene.h"
#include "picture/surface-scene.h"
#include "render/framebuffer.h"

/* The picture is drawn in full quality after it has rested so long. */
#define REST_MILLISECONDS 180

#define FIT_ZOOM 1.15

enum
{
  GL_FAILED,
  GRAB_CHANGED,
  DRAWN,
  LOOK_CHANGED,
  PICKED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwView, sw_view, GTK_TYPE_GL_AREA)

/* ---- quality: coarse while something moves */

static gboolean
come_to_rest (gpointer data)
{
  SwView *self = data;
  self->rest_id = 0;
  self->quality = SW_QUALITY_REST;
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
  return G_SOURCE_REMOVE;
}

void
sw_view_moved (SwView *self)
{
  self->quality = SW_QUALITY_INTERACTIVE;
  g_clear_handle_id (&self->rest_id, g_source_remove);
  if (self->grab < 0)
    self->rest_id = g_timeout_add (REST_MILLISECONDS, come_to_rest, self);
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
}

void
sw_view_redraw (SwView *self)
{
  gtk_gl_area_queue_render (GTK_GL_AREA (self));
}

/* ---- from the session into the scene */

static gboolean
is_explained (const SwView *self)
{
  return self->attribution != NULL && self->attribution->document == self->shown;
}

/* Every atom in the colour of its residue: ribbons take one colour for each. */
static void
color_by_attribution (SwView *self)
{
  const SwAttribution *attribution = self->attribution;
  const SwStructure *structure = attribution->document->structure;
  g_autofree guint8(*colors)[4] = g_malloc_n (structure->n_atoms, sizeof *colors);

  for (gsize a = 0; a < structure->n_atoms; a++)
    sw_explain_color (attribution, attribution->residues[structure->residue_of[a]].value, colors[a]);
  sw_scene_set_atom_colors (self->scene, SW_PANE_ALL, structure->n_atoms, (const guint8(*)[4]) colors);
}

static gboolean
is_foretold (const SwView *self)
{
  return !is_explained (self) && self->propensity != NULL && self->propensity->document == self->shown;
}

static void
color_by_propensity (SwView *self)
{
  const SwPropensity *propensity = self->propensity;
  const SwStructure *structure = propensity->document->structure;
  g_autofree guint8(*colors)[4] = g_malloc_n (structure->n_atoms, sizeof *colors);

  for (gsize a = 0; a < structure->n_atoms; a++)
    sw_propensity_color (NAN, colors[a]);
  for (gsize i = 0; i < propensity->n_residues; i++)
    {
      const SwResidue *residue = &structure->residues[propensity->residues[i].residue];
      for (gsize a = 0; a < residue->n_atoms; a++)
        sw_propensity_color ((double) propensity->residues[i].probability, colors[residue->atom_first + a]);
    }
  sw_scene_set_atom_colors (self->scene, SW_PANE_ALL, structure->n_atoms, (const guint8(*)[4]) colors);
}

static void
update_styles (SwView *self)
{
  /* A cartoon of a whole domain reads better behind a field than two thousand balls. */
  SwMoleculeStyle style = SW_MOLECULE_OFF;
  if ((self->show & SW_SHOW_MOLECULE) != 0)
    {
      style = self->look.molecule;
      if (style == SW_MOLECULE_AUTO && self->shown != NULL && self->shown->structure != NULL
          && self->shown->structure->n_ca > 30)
        style = SW_MOLECULE_CARTOON;
    }
  sw_scene_set_molecule_style (self->scene, SW_PANE_ALL, style, is_explained (self) || is_foretold (self) ? SW_COLOR_GIVEN : self->look.color);
  if (is_explained (self))
    color_by_attribution (self);
  else if (is_foretold (self))
    color_by_propensity (self);
  sw_scene_set_effects (self->scene, self->look.depth_cue, self->look.occlusion, self->look.outlines);
  g_signal_emit (self, signals[LOOK_CHANGED], 0);
}

static void
update_document (SwView *self)
{
  SwDocument *document = sw_session_get_document (self->session);
  double centre[3] = { 0.0, 0.0, 0.0 };

  if (document != NULL && document->structure != NULL)
    sw_view_scene_centre (document->structure, sw_session_get_model (self->session), centre);
  if (document == self->shown && centre[0] == self->shown_centre[0]
      && centre[1] == self->shown_centre[1] && centre[2] == self->shown_centre[2])
    return;
  if (document != self->shown)
    {
      self->fitted = FALSE;
      sw_view_clear_pick (self);
    }
  g_clear_pointer (&self->shown, sw_document_unref);
  if (document != NULL)
    self->shown = sw_document_ref (document);
  for (int i = 0; i < 3; i++)
    self->shown_centre[i] = centre[i];

  if (document == NULL || document->structure == NULL)
    sw_scene_set_molecule (self->scene, SW_PANE_ALL, NULL);
  else
    sw_molecule_scene_set (self->scene, document->structure, centre);
  sw_surface_scene_set (self->scene, document);
  update_styles (self);
}

static void
update_run (SwView *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);

  g_clear_pointer (&self->shown_run, sw_comparison_unref);
  if (comparison != NULL)
    self->shown_run = sw_comparison_ref ((SwComparison *) comparison);
  sw_view_scene_set_comparison (self->scene, comparison, self->show, &self->look);
  if (sw_scene_get_n_panes (self->scene) == 4)
    sw_view_scene_set_twin (self->scene, sw_session_get_twin_comparison (self->session), self->show, &self->look);
}

static void
update_rotation (SwView *self)
{
  const SwQuat rotation = sw_session_get_rotation (self->session);
  SwQuat rest = SW_QUAT_IDENTITY;

  sw_scene_set_input_rotation (self->scene, SW_PANE_ALL, rotation);
  if (self->shown_run != NULL)
    rest = sw_quat_multiply (rotation,
                             sw_quat_conjugate (self->shown_run->at_rotation->rotation));
  sw_scene_set_field_rotation (self->scene, SW_PANE_ALL, rest);
  sw_scene_set_density_rotation (self->scene, SW_PANE_ALL, rest);
}

static void
on_document_changed (SwView *self)
{
  update_document (self);
  sw_view_redraw (self);
}

static void
on_run_changed (SwView *self)
{
  if (sw_session_get_comparison (self->session) != NULL)
    sw_statistics_result ();
  update_document (self);
  update_run (self);
  update_rotation (self);
  sw_view_redraw (self);
}

static void
on_rotation_changed (SwView *self)
{
  update_rotation (self);
  sw_view_moved (self);
}

/* ---- OpenGL */

static void
fit (SwView *self)
{
  SwCamera camera;

  if (self->width < 1 || self->height < 1)
    return;
  sw_scene_fit (self->scene, SW_PANE_ALL, self->width, self->height);
  /* The sphere around the box is empty at its poles: come a little closer. */
  sw_scene_get_camera (self->scene, 0, &camera);
  if (sw_scene_get_n_panes (self->scene) < 4)
    sw_camera_zoom (&camera, FIT_ZOOM);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
}

static void
fail (SwView *self, const char *message)
{
  if (self->failed)
    return;
  self->failed = TRUE;
  g_signal_emit (self, signals[GL_FAILED], 0, message);
}

static void
sw_view_realize (GtkWidget *widget)
{
  SwView *self = SW_VIEW (widget);
  GError *error = NULL;

  GTK_WIDGET_CLASS (sw_view_parent_class)->realize (widget);
  sw_statistics_watch (widget);
  gtk_gl_area_make_current (GTK_GL_AREA (self));
  const GError *reason = gtk_gl_area_get_error (GTK_GL_AREA (self));
  if (reason != NULL)
    {
      fail (self, reason->message);
      return;
    }
  self->has_driver = sw_renderer_get_driver (&self->driver, &error);
  if (!self->has_driver)
    {
      fail (self, error->message);
      g_clear_error (&error);
    }
}

static void
sw_view_unrealize (GtkWidget *widget)
{
  SwView *self = SW_VIEW (widget);

  gtk_gl_area_make_current (GTK_GL_AREA (self));
  if (gtk_gl_area_get_error (GTK_GL_AREA (self)) == NULL)
    sw_renderer_release_gl (self->renderer);
  GTK_WIDGET_CLASS (sw_view_parent_class)->unrealize (widget);
}

static void
sw_view_resize (GtkGLArea *area, int width, int height)
{
  SwView *self = SW_VIEW (area);
  self->width = width;
  self->height = height;
  if (!self->fitted)
    sw_view_redraw (self);
}

static gboolean
sw_view_render (GtkGLArea *area, GdkGLContext *context)
{
  SwView *self = SW_VIEW (area);
  const int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  GError *error = NULL;

  if (self->failed || self->width < 1 || self->height < 1)
    return TRUE;
  if (!self->fitted && self->shown != NULL)
    {
      fit (self);
      /* The radius is known for good once the grid has come. */
      self->fitted = self->shown_run != NULL;
    }
  if (!sw_renderer_draw (self->renderer, self->scene, sw_framebuffer_current (), self->width,
                         self->height, scale, self->quality, &error))
    {
      fail (self, error->message);
      g_clear_error (&error);
    }
  sw_statistics_picture ();
  if (self->shown != NULL)
    sw_statistics_mark ("document");
  if (self->shown_run != NULL)
    sw_statistics_mark ("field");
  g_signal_emit (self, signals[DRAWN], 0);
  return TRUE;
}

/* ---- public */

void
sw_view_set_session (SwView *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (on_document_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (on_run_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "rotation-changed", G_CALLBACK (on_rotation_changed), self,
                           G_CONNECT_SWAPPED);
}

SwScene *
sw_view_get_scene (SwView *self)
{
  return self->scene;
}

void
sw_view_set_n_panes (SwView *self, unsigned n_panes)
{
  sw_scene_set_n_panes (self->scene, n_panes);
  if (self->session != NULL)
    {
      sw_session_set_with_twin (self->session, n_panes == 4);
      update_run (self);
    }
  if (self->shown != NULL)
    fit (self);
  sw_view_redraw (self);
}

void
sw_view_set_show (SwView *self, SwShow show)
{
  self->show = show;
  update_styles (self);
  if (self->session != NULL)
    update_run (self);
  sw_view_redraw (self);
}

void
sw_view_set_look (SwView *self, const SwLook *look)
{
  self->look = *look;
  if (self->session != NULL)
    {
      update_run (self);
      update_rotation (self);
    }
  update_styles (self);
  sw_view_redraw (self);
}

const SwLook *
sw_view_get_look (SwView *self)
{
  return &self->look;
}

gint64
sw_view_get_picked_voxel (SwView *self)
{
  return self->picked_voxel;
}

gint64
sw_view_get_picked_atom (SwView *self)
{
  return self->picked;
}

void
sw_view_clear_pick (SwView *self)
{
  self->picked = self->picked_voxel = -1;
  sw_scene_set_highlight (self->scene, SW_PANE_ALL, -1);
  g_signal_emit (self, signals[PICKED], 0);
  sw_view_redraw (self);
}

double
sw_view_get_explanation_range (SwView *self)
{
  return is_explained (self) ? self->attribution->largest : 0.0;
}

void
sw_view_set_dark (SwView *self, gboolean dark)
{
  sw_scene_set_background (self->scene, dark ? SW_BACKGROUND_DARK : SW_BACKGROUND_LIGHT);
  g_signal_emit (self, signals[LOOK_CHANGED], 0);
  sw_view_redraw (self);
}

void
sw_view_set_drag_turns (SwView *self, SwTurns turns)
{
  self->turns = turns;
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), turns == SW_TURNS_INPUT ? "grab" : "move");
}

int
sw_view_get_grab (SwView *self)
{
  return self->grab;
}

static SwQuat
screen_turn (double right, double down)
{
  const double vertical[3] = { 0.0, 1.0, 0.0 }, horizontal[3] = { 1.0, 0.0, 0.0 };
  return sw_quat_multiply (sw_quat_from_axis_angle (vertical, right * G_PI / 180.0),
                           sw_quat_from_axis_angle (horizontal, down * G_PI / 180.0));
}

void
sw_view_turn_input (SwView *self, double right, double down)
{
  SwCamera camera;
  sw_scene_get_camera (self->scene, 0, &camera);
  const SwQuat turn = sw_camera_to_world (&camera, screen_turn (right, down));
  sw_session_set_rotation (self->session,
                           sw_quat_multiply (turn, sw_session_get_rotation (self->session)));
}

void
sw_view_turn_camera (SwView *self, double right, double down)
{
  SwCamera camera;
  sw_scene_get_camera (self->scene, 0, &camera);
  camera.orientation = sw_quat_multiply (screen_turn (right, down), camera.orientation);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  sw_view_moved (self);
}

void
sw_view_zoom (SwView *self, double factor)
{
  SwCamera camera;
  sw_scene_get_camera (self->scene, 0, &camera);
  sw_camera_zoom (&camera, factor);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  sw_view_moved (self);
}

void
sw_view_standard (SwView *self, unsigned i)
{
  SwCamera camera;
  if (i >= SW_CAMERA_N_STANDARD)
    return;
  sw_scene_get_camera (self->scene, 0, &camera);
  camera.orientation = sw_camera_standard (i);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  sw_view_moved (self);
}

void
sw_view_fit (SwView *self)
{
  fit (self);
  sw_view_redraw (self);
}

void
sw_view_set_attribution (SwView *self, SwAttribution *attribution)
{
  if (attribution == self->attribution)
    return;
  g_clear_pointer (&self->attribution, sw_attribution_unref);
  self->attribution = attribution != NULL ? sw_attribution_ref (attribution) : NULL;
  if (attribution == NULL)
    sw_scene_set_highlight (self->scene, SW_PANE_ALL, -1);
  update_styles (self);
  sw_view_redraw (self);
}

void
sw_view_set_propensity (SwView *self, SwPropensity *propensity)
{
  if (propensity == self->propensity)
    return;
  g_clear_pointer (&self->propensity, sw_propensity_unref);
  self->propensity = propensity != NULL ? sw_propensity_ref (propensity) : NULL;
  if (propensity == NULL)
    sw_scene_set_highlight (self->scene, SW_PANE_ALL, -1);
  update_styles (self);
  sw_view_redraw (self);
}

void
sw_view_show_residue (SwView *self, gsize residue)
{
  const SwStructure *structure = self->shown != NULL ? self->shown->structure : NULL;
  double matrix[9], at[3];
  SwCamera camera;

  if (structure == NULL || residue >= structure->n_residues)
    return;
  const SwResidue *r = &structure->residues[residue];
  const gint64 atom = r->ca >= 0 ? r->ca : (gint64) r->atom_first;
  for (int i = 0; i < 3; i++)
    at[i] = structure->positions[atom][i] - self->shown_centre[i];
  sw_quat_to_matrix (sw_session_get_rotation (self->session), matrix);
  sw_scene_get_camera (self->scene, 0, &camera);
  sw_rotation_apply (matrix, at, camera.centre);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  sw_scene_set_highlight (self->scene, SW_PANE_ALL, atom);
  sw_view_redraw (self);
}

gboolean
sw_view_get_driver (SwView *self, SwDriverInfo *ret)
{
  if (!self->has_driver)
    return FALSE;
  *ret = self->driver;
  return TRUE;
}

/* ---- object */

static void
sw_view_dispose (GObject *object)
{
  SwView *self = SW_VIEW (object);

  g_clear_handle_id (&self->rest_id, g_source_remove);
  g_clear_pointer (&self->propensity, sw_propensity_unref);
  g_clear_pointer (&self->attribution, sw_attribution_unref);
  g_clear_object (&self->session);
  g_clear_pointer (&self->shown, sw_document_unref);
  g_clear_pointer (&self->shown_run, sw_comparison_unref);
  G_OBJECT_CLASS (sw_view_parent_class)->dispose (object);
}

static void
sw_view_finalize (GObject *object)
{
  SwView *self = SW_VIEW (object);

  sw_renderer_free (self->renderer);
  sw_scene_free (self->scene);
  G_OBJECT_CLASS (sw_view_parent_class)->finalize (object);
}

static void
sw_view_class_init (SwViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GtkGLAreaClass *area_class = GTK_GL_AREA_CLASS (klass);

  object_class->dispose = sw_view_dispose;
  object_class->finalize = sw_view_finalize;
  widget_class->realize = sw_view_realize;
  widget_class->unrealize = sw_view_unrealize;
  area_class->render = sw_view_render;
  area_class->resize = sw_view_resize;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "swview");

  signals[GL_FAILED] = g_signal_new ("gl-failed", SW_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[GRAB_CHANGED] = g_signal_new ("grab-changed", SW_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 0);
  signals[DRAWN] = g_signal_new ("drawn", SW_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 0);
  signals[LOOK_CHANGED] = g_signal_new ("look-changed", SW_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
  signals[PICKED] = g_signal_new ("picked", SW_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sw_view_init (SwView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  SwCamera camera;

  self->scene = sw_scene_new ();
  self->renderer = sw_renderer_new ();
  /* Seen from a corner the box shows its depth. */
  sw_scene_get_camera (self->scene, 0, &camera);
  camera.orientation = sw_camera_standard (6);
  sw_scene_set_camera (self->scene, SW_PANE_ALL, &camera);
  self->grab = -1;
  self->picked = self->picked_voxel = -1;
  self->slice = -1;
  self->look = (SwLook) SW_LOOK_INIT;
  self->quality = SW_QUALITY_REST;
  self->show = SW_SHOW_MOLECULE | SW_SHOW_FIELD | SW_SHOW_DENSITY | SW_SHOW_BOX;
  gtk_gl_area_set_required_version (GTK_GL_AREA (self), 3, 3);
  gtk_gl_area_set_auto_render (GTK_GL_AREA (self), FALSE);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_vexpand (widget, TRUE);

  sw_view_add_pointer (self);
}
