/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/stage.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/field-popover.h"
#include "app/inspector.h"
#include "app/legend-view.h"
#include "app/numbers.h"
#include "picture/keys.h"
#include "picture/molecule-scene.h"

/* Work that is done sooner shows no progress bar: it would only flicker. */
#define BUSY_MICROSECONDS 400000

/* Pixels: the narrowest picture whose caption is explained, what is left free between a caption and the tool bar, and the
 * width below which the two modes are icons. */
#define CAPTION_LONG 285
#define CAPTION_GAP 10
#define MODES_LONG 420

struct _SwStage
{
  AdwBin parent_instance;

  GtkStack *stack;
  SwView *view;
  AdwStatusPage *no_gl_page;
  GtkWidget *captions;
  GtkWidget *lower_captions;
  GtkLabel *caption[5]; /* three above, and two in the middle for the twin */
  GtkLabel *badge;
  SwLegendView *legend;
  GtkLabel *pick_label;
  SwFieldPopover *field_popover;
  GtkRevealer *busy_revealer;
  GtkLabel *busy_label;
  GtkProgressBar *busy_bar;
  GtkWidget *toolbar, *modes;
  AdwButtonContent *turn_input_content, *turn_camera_content;

  SwSession *session; /* owned */
  unsigned n_panes;
  int width, height; /* of the picture */
  double shape;    /* width / height of the picture when it was last fitted; 0: never */
  guint layout_id; /* a new layout is applied soon */
  char *problem;
};

G_DEFINE_FINAL_TYPE (SwStage, sw_stage, ADW_TYPE_BIN)

static void
update_badge (SwStage *self)
{
  const int grab = sw_view_get_grab (self->view);
  GtkWidget *badge = GTK_WIDGET (self->badge);

  gtk_widget_remove_css_class (badge, "turns-input");
  gtk_widget_remove_css_class (badge, "turns-camera");
  gtk_widget_remove_css_class (GTK_WIDGET (self), "turns-input");
  gtk_widget_remove_css_class (GTK_WIDGET (self), "turns-camera");
  if (grab == SW_TURNS_INPUT)
    {
      gtk_label_set_label (self->badge, _ ("Turning the input – the box stays"));
      gtk_widget_add_css_class (badge, "turns-input");
      gtk_widget_add_css_class (GTK_WIDGET (self), "turns-input");
    }
  else if (grab == SW_TURNS_CAMERA)
    {
      gtk_label_set_label (self->badge, _ ("Turning the camera – nothing is computed"));
      gtk_widget_add_css_class (badge, "turns-camera");
      gtk_widget_add_css_class (GTK_WIDGET (self), "turns-camera");
    }
  gtk_widget_set_visible (badge, grab >= 0);
}

const char *
sw_stage_get_twin_kind (SwStage *self)
{
  const char *name = sw_session_get_network (self->session);
  const SwCatalogNetwork *own
      = name != NULL ? sw_catalog_find_network (sw_session_get_catalog (self->session), name) : NULL;
  return own != NULL && own->conventional ? _ ("steerable twin") : _ ("ordinary CNN");
}

/* Each network has its own scale: their numbers have no common unit. */
static void
update_twin_captions (SwStage *self, gboolean explained)
{
  const SwComparison *twin = sw_session_get_twin_comparison (self->session);
  const char *name = sw_session_get_network (self->session);
  const SwCatalogNetwork *own
      = name != NULL ? sw_catalog_find_network (sw_session_get_catalog (self->session), name) : NULL;
  const char *kind = sw_stage_get_twin_kind (self);

  gtk_widget_set_margin_top (self->lower_captions, self->height / 2 + 12);
  gtk_widget_set_visible (GTK_WIDGET (self->caption[4]), twin != NULL);
  if (twin == NULL)
    {
      gtk_label_set_label (self->caption[3], own != NULL && own->twin[0] != '\0' ? _ ("The twin is computed…")
                                                                               : _ ("This network has no twin"));
      return;
    }
  g_autofree char *error = sw_numbers_format_error (twin->error.silent ? NAN : twin->error.error);
  /* Translators: "0.21 %" */
  g_autofree char *off = g_strdup_printf (_ ("off by %s"), error);
  g_autofree char *first = g_strdup_printf ("<b>f(Rx)</b>  <span alpha='70%%'>%s%s%s</span>", kind, explained ? ", " : "",
                                            explained ? off : "");
  g_autofree char *second = g_strdup_printf ("<b>R f(x)</b>  <span alpha='70%%'>%s</span>", explained ? kind : "");
  gtk_label_set_markup (self->caption[3], first);
  gtk_label_set_markup (self->caption[4], second);
}

/* With its margins. */
static int
natural_width (GtkWidget *widget)
{
  int width = 0;
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  return width;
}

static void
update_captions (SwStage *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const char *mark = comparison != NULL && !sw_session_is_current (self->session)
                         /* Translators: follows "f(Rx)" while a newer result is computed */
                         ? _ ("  computing…")
                         : "";
  /* The last picture's caption shares its line with the tool bar, or all go below it. */
  const gboolean twin = self->n_panes == 4;
  const unsigned n_above = twin ? 2 : self->n_panes;
  const int pane = self->width / (int) n_above;
  const gboolean explained = pane >= CAPTION_LONG;
  g_autofree char *first
      = g_strdup_printf ("<b>f(Rx)</b>  <span alpha='70%%'>%s%s</span>",
                         explained ? _ ("turn the input, then run") : "", mark);
  g_autofree char *second = g_strdup_printf ("<b>R f(x)</b>  <span alpha='70%%'>%s</span>",
                                             explained ? _ ("run, then turn the field") : "");
  gtk_label_set_markup (self->caption[0], first);
  gtk_label_set_markup (self->caption[1], second);
  gtk_label_set_markup (self->caption[2], "<b>f(Rx) − R f(x)</b>");
  for (unsigned i = 0; i < 3; i++)
    gtk_widget_set_visible (GTK_WIDGET (self->caption[i]), i < n_above);
  const gboolean beside
      = pane >= natural_width (GTK_WIDGET (self->caption[n_above - 1])) + CAPTION_GAP + natural_width (self->toolbar);
  gtk_widget_set_margin_top (self->captions, beside ? 12 : 52);
  gtk_widget_set_visible (self->captions, comparison != NULL && self->problem == NULL);
  gtk_widget_set_visible (self->lower_captions, twin && comparison != NULL && self->problem == NULL);
  if (twin)
    update_twin_captions (self, explained);
}

static void
update_legend (SwStage *self)
{
  SwDocument *document = self->session != NULL ? sw_session_get_document (self->session) : NULL;
  if (document == NULL || self->problem != NULL)
    {
      gtk_widget_set_visible (GTK_WIDGET (self->legend), FALSE);
      return;
    }
  GPtrArray *keys = sw_keys_new (sw_view_get_scene (self->view), 0, sw_view_get_explanation_range (self->view));
  gtk_widget_set_visible (GTK_WIDGET (self->legend), keys->len > 0);
  sw_legend_view_take_keys (self->legend, keys);
}

static void
update_pick (SwStage *self)
{
  SwDocument *document = self->session != NULL ? sw_session_get_document (self->session) : NULL;
  g_autofree char *atom = NULL, *voxel = NULL;

  if (document != NULL && document->structure != NULL)
    atom = sw_molecule_scene_dup_label (document->structure, sw_view_get_picked_atom (self->view));
  if (document != NULL)
    voxel = sw_inspector_dup_markup (sw_session_get_comparison (self->session), sw_view_get_picked_voxel (self->view));
  g_autofree char *escaped = atom != NULL ? g_markup_escape_text (atom, -1) : g_strdup ("");
  g_autofree char *markup
      = g_strdup_printf ("%s%s%s", escaped, atom != NULL && voxel != NULL ? "\n" : "", voxel != NULL ? voxel : "");
  gtk_label_set_markup (self->pick_label, markup);
  gtk_widget_set_visible (GTK_WIDGET (self->pick_label), markup[0] != '\0');
}

static void
update_sentence (SwStage *self)
{
  g_autofree char *sentence = sw_session_dup_sentence (self->session);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("3D view"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sentence,
                                  -1);
}

static void
update_busy (SwStage *self)
{
  double fraction = -1.0;
  g_autofree char *sentence = NULL;
  const gboolean busy = sw_session_get_busy (self->session, &fraction, &sentence);
  /* While it is turned the picture itself shows that work goes on. */
  const gboolean shown = busy && sw_session_get_busy_time (self->session) > BUSY_MICROSECONDS
                         && sw_view_get_grab (self->view) < 0
                         && sw_session_get_rate (self->session) <= 0.0;

  gtk_revealer_set_reveal_child (self->busy_revealer, shown);
  gtk_widget_set_can_target (GTK_WIDGET (self->busy_revealer), shown);
  if (!shown)
    return;
  gtk_label_set_label (self->busy_label, sentence != NULL ? sentence : _ ("Running the network"));
  if (fraction >= 0.0)
    gtk_progress_bar_set_fraction (self->busy_bar, CLAMP (fraction, 0.0, 1.0));
  else
    gtk_progress_bar_pulse (self->busy_bar);
}

static void
update_all (SwStage *self)
{
  if (self->session == NULL)
    return;
  update_captions (self);
  update_legend (self);
  update_pick (self);
  update_sentence (self);
}

static void
on_gl_failed (SwStage *self, const char *message)
{
  g_free (self->problem);
  self->problem = g_strdup (message);
  /* Translators: %s is the reason that the driver gives */
  g_autofree char *text = g_strdup_printf (
      _ ("OpenGL 3.3 or OpenGL ES 3.0 is needed to draw here, and this display offers none: %s\n\n"
         "Install the graphics driver of your system (on Debian: libgl1-mesa-dri), or save "
         "pictures with “swivel-cli render”, which needs no display. Layers, errors and scores "
         "work without pictures."),
      message);
  adw_status_page_set_description (self->no_gl_page, text);
  gtk_stack_set_visible_child_name (self->stack, "no-gl");
  gtk_widget_set_visible (self->toolbar, FALSE);
  gtk_widget_set_visible (self->modes, FALSE);
  if (self->session != NULL)
    update_all (self);
}

static gboolean
apply_width (gpointer data)
{
  SwStage *self = data;
  const gboolean long_modes = self->width >= MODES_LONG;

  /* What was fitted to a picture of quite another shape is cut off, or tiny. */
  const int height = gtk_widget_get_height (GTK_WIDGET (self->view));
  const double shape = height > 0 ? (double) self->width / height : 0.0;

  self->layout_id = 0;
  if (shape > 0.0 && self->shape > 0.0 && fabs (log (shape / self->shape)) > 0.2)
    {
      sw_view_fit (self->view);
      self->shape = shape;
    }
  else if (self->shape <= 0.0)
    self->shape = shape;
  adw_button_content_set_label (self->turn_input_content, long_modes ? _ ("Input") : "");
  adw_button_content_set_label (self->turn_camera_content, long_modes ? _ ("Camera") : "");
  if (self->session != NULL)
    update_captions (self);
  return G_SOURCE_REMOVE;
}

static void
on_resized (SwStage *self, int width, int height)
{
  /* In pixels of the device. */
  width /= gtk_widget_get_scale_factor (GTK_WIDGET (self));
  height /= gtk_widget_get_scale_factor (GTK_WIDGET (self));
  if (width == self->width && height == self->height)
    return;
  self->width = width;
  self->height = height;
  if (self->layout_id == 0)
    self->layout_id = g_idle_add_full (G_PRIORITY_HIGH_IDLE, apply_width, self, NULL);
}

void
sw_stage_set_session (SwStage *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  sw_view_set_session (self->view, session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (update_all), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "rotation-changed", G_CALLBACK (update_all), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (update_all), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "busy-changed", G_CALLBACK (update_busy), self,
                           G_CONNECT_SWAPPED);
  update_all (self);
}

SwView *
sw_stage_get_view (SwStage *self)
{
  return self->view;
}

void
sw_stage_set_n_panes (SwStage *self, unsigned n_panes)
{
  self->n_panes = n_panes;
  sw_view_set_n_panes (self->view, n_panes);
  if (self->session != NULL)
    update_all (self);
}

const char *
sw_stage_get_problem (SwStage *self)
{
  return self->problem;
}

static void
sw_stage_dispose (GObject *object)
{
  SwStage *self = SW_STAGE (object);
  g_clear_object (&self->session);
  g_clear_handle_id (&self->layout_id, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_STAGE);
  G_OBJECT_CLASS (sw_stage_parent_class)->dispose (object);
}

static void
sw_stage_finalize (GObject *object)
{
  g_free (SW_STAGE (object)->problem);
  G_OBJECT_CLASS (sw_stage_parent_class)->finalize (object);
}

static void
sw_stage_class_init (SwStageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_stage_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_stage_finalize;
  g_type_ensure (SW_TYPE_VIEW);
  g_type_ensure (SW_TYPE_LEGEND_VIEW);
  g_type_ensure (SW_TYPE_FIELD_POPOVER);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/stage.ui");
  gtk_widget_class_bind_template_child (widget_class, SwStage, stack);
  gtk_widget_class_bind_template_child (widget_class, SwStage, view);
  gtk_widget_class_bind_template_child (widget_class, SwStage, no_gl_page);
  gtk_widget_class_bind_template_child (widget_class, SwStage, captions);
  gtk_widget_class_bind_template_child_full (widget_class, "caption_0", FALSE,
                                             G_STRUCT_OFFSET (SwStage, caption[0]));
  gtk_widget_class_bind_template_child_full (widget_class, "caption_1", FALSE,
                                             G_STRUCT_OFFSET (SwStage, caption[1]));
  gtk_widget_class_bind_template_child_full (widget_class, "caption_2", FALSE,
                                             G_STRUCT_OFFSET (SwStage, caption[2]));
  gtk_widget_class_bind_template_child_full (widget_class, "caption_3", FALSE,
                                             G_STRUCT_OFFSET (SwStage, caption[3]));
  gtk_widget_class_bind_template_child_full (widget_class, "caption_4", FALSE,
                                             G_STRUCT_OFFSET (SwStage, caption[4]));
  gtk_widget_class_bind_template_child (widget_class, SwStage, lower_captions);
  gtk_widget_class_bind_template_child (widget_class, SwStage, badge);
  gtk_widget_class_bind_template_child (widget_class, SwStage, legend);
  gtk_widget_class_bind_template_child (widget_class, SwStage, pick_label);
  gtk_widget_class_bind_template_child (widget_class, SwStage, field_popover);
  gtk_widget_class_bind_template_child (widget_class, SwStage, busy_revealer);
  gtk_widget_class_bind_template_child (widget_class, SwStage, busy_label);
  gtk_widget_class_bind_template_child (widget_class, SwStage, busy_bar);
  gtk_widget_class_bind_template_child (widget_class, SwStage, toolbar);
  gtk_widget_class_bind_template_child (widget_class, SwStage, modes);
  gtk_widget_class_bind_template_child (widget_class, SwStage, turn_input_content);
  gtk_widget_class_bind_template_child (widget_class, SwStage, turn_camera_content);
}

static void
sw_stage_init (SwStage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->n_panes = 2;
  g_signal_connect_object (self->view, "gl-failed", G_CALLBACK (on_gl_failed), self,
                           G_CONNECT_SWAPPED);
  sw_field_popover_set_view (self->field_popover, self->view);
  g_signal_connect_object (self->view, "look-changed", G_CALLBACK (update_legend), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "picked", G_CALLBACK (update_pick), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "resize", G_CALLBACK (on_resized), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "grab-changed", G_CALLBACK (update_badge), self,
                           G_CONNECT_SWAPPED);
}
