/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/diagram-window.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/weak.h"
#include "picture/diagram.h"
#include "render/colormap.h"

#define THUMBNAIL 84
/* Of the window; it opens as wide as its rows are, where that is not too wide for a small screen. */
#define WIDTH 720
#define WIDTH_MAX 1180
#define HEIGHT 700

struct _SwDiagramWindow
{
  AdwWindow parent_instance;

  SwSession *session; /* owned */
  SwDiagram *diagram; /* owned; or NULL */
  SwLoadedModel *model; /* owned: of the diagram */
  GPtrArray *thumbnails; /* cairo_surface_t by box; NULL members */
  guint n_thumbnails;
  int focus_box;
  GtkDrawingArea *area;
  GtkScrolledWindow *scroller;
  GtkFileChooserNative *chooser;
  GCancellable *cancellable; /* while a run is under way */
  gboolean wants_run;
};

G_DEFINE_FINAL_TYPE (SwDiagramWindow, sw_diagram_window, ADW_TYPE_WINDOW)

/* ---- a run that keeps every field */

typedef struct
{
  SwLoadedModel *model;
  SwDocument *document;
  SwJobOptions options;
  SwQuat rotation;
} Run;

static void
run_free (gpointer data)
{
  Run *run = data;
  sw_loaded_model_unref (run->model);
  sw_document_unref (run->document);
  g_free (run);
}

static bool
is_wanted (double fraction, const char *sentence, void *data)
{
  return !g_cancellable_is_cancelled (data);
}

static void
run_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Run *run = data;
  GError *error = NULL;
  const SwProgress progress = { is_wanted, cancellable };
  SwRunResult *result = NULL;
  g_autoptr (SwWorker) worker = sw_worker_new (run->model, &run->options, &error);

  if (worker != NULL)
    result = sw_worker_run (worker, run->document, run->rotation, SW_KEEP_ALL, &progress, &error);
  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) sw_run_result_unref);
  else
    g_task_return_error (task, error);
}

/* Grey levels of a thumbnail through the map of the fields. */
static cairo_surface_t *
surface_new (const float *values, gsize n)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) n, (int) n);
  guint8 *data = cairo_image_surface_get_data (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  guint8 colors[256][4];

  sw_colormap_fill (SW_COLORMAP_VIRIDIS, 256, colors);
  cairo_surface_flush (surface);
  for (gsize y = 0; y < n; y++)
    for (gsize x = 0; x < n; x++)
      {
        const guint8 *c = colors[(int) (255.0f * CLAMP (values[y * n + x], 0.0f, 1.0f))];
        ((guint32 *) (void *) (data + (gssize) y * stride))[x] = (guint32) c[0] << 16 | (guint32) c[1] << 8 | c[2];
      }
  cairo_surface_mark_dirty (surface);
  return surface;
}

static void
surface_free (gpointer surface)
{
  if (surface != NULL)
    cairo_surface_destroy (surface);
}

static void
make_thumbnails (SwDiagramWindow *self, const SwRunResult *run)
{
  g_ptr_array_set_size (self->thumbnails, 0);
  self->n_thumbnails = 0;
  for (gsize i = 0; i < self->diagram->n_boxes; i++)
    {
      gsize n = 0;
      const int layer = self->diagram->boxes[i].layer;
      /* The field that is shown, where it is of this layer; else the first. */
      const gboolean is_shown = g_strcmp0 (self->diagram->boxes[i].title, sw_session_get_layer (self->session)) == 0;
      g_autofree float *values = sw_diagram_dup_thumbnail (run, layer, is_shown ? sw_session_get_copy (self->session) : 0, &n);
      g_ptr_array_add (self->thumbnails, values != NULL ? surface_new (values, n) : NULL);
      self->n_thumbnails += values != NULL;
    }
}

static void start_run (SwDiagramWindow *self);

static void
lay_out (SwDiagramWindow *self, const SwRunResult *run)
{
  g_clear_pointer (&self->diagram, sw_diagram_free);
  self->diagram = sw_diagram_new (self->model, run, THUMBNAIL);
  gtk_drawing_area_set_content_width (self->area, (int) ceil (self->diagram->width));
  gtk_drawing_area_set_content_height (self->area, (int) ceil (self->diagram->height));
}

static void
on_run (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SwDiagramWindow) self = sw_weak_take (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (SwRunResult) run = g_task_propagate_pointer (G_TASK (result), &error);
  const Run *asked = g_task_get_task_data (G_TASK (result));

  if (self == NULL || self->session == NULL)
    return;
  g_clear_object (&self->cancellable);
  if (run != NULL && asked->model == self->model)
    {
      lay_out (self, run);
      make_thumbnails (self, run);
      gtk_widget_queue_draw (GTK_WIDGET (self->area));
    }
  if (self->wants_run)
    start_run (self);
}

static void
start_run (SwDiagramWindow *self)
{
  SwDocument *document = sw_session_get_document (self->session);

  self->wants_run = self->cancellable != NULL;
  if (self->wants_run || document == NULL || self->model == NULL)
    return;
  Run *run = g_new0 (Run, 1);
  run->model = sw_loaded_model_ref (self->model);
  run->document = sw_document_ref (document);
  run->options = *sw_session_get_job_options (self->session);
  run->options.engine = sw_session_get_engine_used (self->session);
  run->rotation = sw_session_get_rotation (self->session);
  self->cancellable = g_cancellable_new ();
  g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, on_run, sw_weak_new (self));
  g_task_set_task_data (task, run, run_free);
  g_task_run_in_thread (task, run_thread);
}

static void
follow (SwDiagramWindow *self)
{
  SwLoadedModel *model = (SwLoadedModel *) sw_session_get_model (self->session);

  if (model == NULL)
    return;
  if (model != self->model)
    {
      g_clear_pointer (&self->model, sw_loaded_model_unref);
      self->model = sw_loaded_model_ref (model);
      g_ptr_array_set_size (self->thumbnails, 0);
      self->n_thumbnails = 0;
      self->focus_box = 0;
      lay_out (self, NULL);
    }
  start_run (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->area));
}

/* ---- drawing */

static void
write_text (cairo_t *cr, GtkWidget *widget, double x, double y, const char *text, double size, gboolean bold, double alpha)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  PangoFontDescription *font = pango_font_description_copy (pango_context_get_font_description (gtk_widget_get_pango_context (widget)));
  GdkRGBA color;

  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_width (layout, 174 * PANGO_SCALE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  cairo_set_source_rgba (cr, (double) color.red, (double) color.green, (double) color.blue, alpha);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
}

static void
draw_box (SwDiagramWindow *self, cairo_t *cr, gsize i, const char *shown)
{
  const SwDiagramBox *box = &self->diagram->boxes[i];
  GtkWidget *widget = GTK_WIDGET (self->area);
  const gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const double bottom = box->y + box->height, ink = dark ? 1.0 : 0.0;
  cairo_surface_t *surface = i < self->thumbnails->len ? g_ptr_array_index (self->thumbnails, i) : NULL;

  cairo_rectangle (cr, box->x, box->y, box->width, box->height);
  if (box->is_wide)
    cairo_set_source_rgba (cr, 0.2, 0.5, 0.85, dark ? 0.35 : 0.18);
  else
    cairo_set_source_rgba (cr, ink, ink, ink, 0.07);
  cairo_fill_preserve (cr);
  const gboolean is_shown = g_strcmp0 (box->title, shown) == 0;
  if (is_shown || (gtk_widget_has_focus (widget) && (int) i == self->focus_box))
    {
      cairo_set_source_rgba (cr, 0.2, 0.52, 0.9, is_shown ? 1.0 : 0.6);
      cairo_set_line_width (cr, is_shown ? 3.0 : 2.0);
      if (!is_shown)
        cairo_set_dash (cr, (const double[]){ 4.0, 3.0 }, 2, 0.0);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0.0);
    }
  cairo_new_path (cr);
  if (surface != NULL)
    {
      const double scale = (double) THUMBNAIL / cairo_image_surface_get_width (surface);
      cairo_save (cr);
      cairo_translate (cr, box->x + 0.5 * (box->width - THUMBNAIL), box->y + 6.0);
      cairo_scale (cr, scale, scale);
      cairo_set_source_surface (cr, surface, 0, 0);
      cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
      cairo_paint (cr);
      cairo_restore (cr);
    }
  write_text (cr, widget, box->x + 10, bottom - 50, box->title, 12.0, TRUE, 1.0);
  write_text (cr, widget, box->x + 10, bottom - 34, box->type, 10.5, FALSE, 0.95);
  write_text (cr, widget, box->x + 10, bottom - 19, box->detail, 10.5, FALSE, 0.7);
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  SwDiagramWindow *self = data;
  const double ink = adw_style_manager_get_dark (adw_style_manager_get_default ()) ? 1.0 : 0.0;

  if (self->diagram == NULL)
    return;
  write_text (cr, GTK_WIDGET (area), 26, 20, self->diagram->title, 17.0, TRUE, 1.0);
  cairo_set_line_width (cr, 1.5);
  cairo_set_source_rgba (cr, ink, ink, ink, 0.5);
  for (gsize i = 0; i < self->diagram->n_lines; i++)
    {
      const double *p = self->diagram->lines[i].points;
      const double length = hypot (p[6] - p[4], p[7] - p[5]), ux = (p[6] - p[4]) / MAX (length, 1e-9), uy = (p[7] - p[5]) / MAX (length, 1e-9);
      cairo_move_to (cr, p[0], p[1]);
      cairo_curve_to (cr, p[2], p[3], p[4], p[5], p[6], p[7]);
      cairo_stroke (cr);
      cairo_move_to (cr, p[6], p[7]);
      cairo_line_to (cr, p[6] - 9 * ux + 4 * uy, p[7] - 9 * uy - 4 * ux);
      cairo_line_to (cr, p[6] - 9 * ux - 4 * uy, p[7] - 9 * uy + 4 * ux);
      cairo_fill (cr);
    }
  for (gsize i = 0; i < self->diagram->n_boxes; i++)
    draw_box (self, cr, i, sw_session_get_layer (self->session));
}

/* ---- choosing */

static void
choose (SwDiagramWindow *self, int box)
{
  if (self->diagram == NULL || box < 0 || (gsize) box >= self->diagram->n_boxes)
    return;
  self->focus_box = box;
  const char *name = self->diagram->boxes[box].title;
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  const SwRunResult *run = sw_session_get_first_run (self->session);
  const int layer = run != NULL ? sw_run_result_find (run, name) : -2;
  if (parent != NULL && layer >= -1 && sw_run_result_get_layer (run, layer)->has_field)
    gtk_widget_activate_action (GTK_WIDGET (parent), "win.layer", "s", name);
  gtk_widget_queue_draw (GTK_WIDGET (self->area));
}

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, SwDiagramWindow *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->area));
  if (self->diagram != NULL)
    choose (self, sw_diagram_find (self->diagram, x, y));
}

/* The focused box stays in sight. */
static void
scroll_to_focus (SwDiagramWindow *self)
{
  const SwDiagramBox *box = &self->diagram->boxes[self->focus_box];
  gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (self->scroller), box->y - 20, box->y + box->height + 20);
  gtk_adjustment_clamp_page (gtk_scrolled_window_get_hadjustment (self->scroller), box->x - 20, box->x + box->width + 20);
  g_autofree char *text
      = g_strdup_printf ("%s, %s, %s", box->title, box->type, box->detail);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->area), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self->area));
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SwDiagramWindow *self)
{
  const int dx = key == GDK_KEY_Left ? -1 : key == GDK_KEY_Right ? 1 : 0, dy = key == GDK_KEY_Up ? -1 : key == GDK_KEY_Down ? 1 : 0;

  if (self->diagram == NULL)
    return FALSE;
  if (key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_space)
    {
      choose (self, self->focus_box);
      return TRUE;
    }
  if (dx == 0 && dy == 0)
    return FALSE;
  self->focus_box = sw_diagram_step (self->diagram, self->focus_box, dx, dy);
  scroll_to_focus (self);
  return TRUE;
}

/* ---- saving */

static void
on_save_response (GtkNativeDialog *dialog, int response, SwDiagramWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (response == GTK_RESPONSE_ACCEPT && self->diagram != NULL)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
      g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
      if (path == NULL || !sw_diagram_write_svg (self->diagram, path, FALSE, &error))
        {
          GtkWidget *problem = adw_message_dialog_new (GTK_WINDOW (self), _ ("Could Not Save the Diagram"),
                                                       error != NULL ? error->message : _ ("Only local files can be written."));
          adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (problem), "close", _ ("_Close"));
          gtk_window_present (GTK_WINDOW (problem));
        }
    }
  g_clear_object (&self->chooser);
}

static void
save (SwDiagramWindow *self)
{
  if (self->chooser != NULL || self->diagram == NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Save Diagram"), GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"),
                                               _ ("_Cancel"));
  g_autofree char *name = g_strdup_printf ("%s.svg", self->model->name);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_save_response), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
sw_diagram_window_dispose (GObject *object)
{
  SwDiagramWindow *self = SW_DIAGRAM_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->session);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (sw_diagram_window_parent_class)->dispose (object);
}

static void
sw_diagram_window_finalize (GObject *object)
{
  SwDiagramWindow *self = SW_DIAGRAM_WINDOW (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->model, sw_loaded_model_unref);
  g_clear_pointer (&self->diagram, sw_diagram_free);
  g_ptr_array_unref (self->thumbnails);
  G_OBJECT_CLASS (sw_diagram_window_parent_class)->finalize (object);
}

static void
sw_diagram_window_class_init (SwDiagramWindowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_diagram_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_diagram_window_finalize;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (klass), GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
sw_diagram_window_init (SwDiagramWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *header = adw_header_bar_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Save as SVG…"));
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->thumbnails = g_ptr_array_new_with_free_func (surface_free);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Network"));
  gtk_window_set_default_size (GTK_WINDOW (self), WIDTH, HEIGHT);
  self->area = GTK_DRAWING_AREA (gtk_drawing_area_new ());
  gtk_drawing_area_set_draw_func (self->area, draw, self, NULL);
  gtk_widget_set_focusable (GTK_WIDGET (self->area), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Diagram of the network; arrow keys move along it, Enter shows a layer"), -1);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->area), GTK_EVENT_CONTROLLER (click));
  g_signal_connect (key, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self->area), key);
  self->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  gtk_scrolled_window_set_child (self->scroller, GTK_WIDGET (self->area));
  gtk_widget_set_vexpand (GTK_WIDGET (self->scroller), TRUE);
  g_signal_connect_object (button, "clicked", G_CALLBACK (save), self, G_CONNECT_SWAPPED);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), button);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->scroller));
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_focus (GTK_WINDOW (self), GTK_WIDGET (self->area));
}

SwDiagramWindow *
sw_diagram_window_new (SwSession *session, GtkWindow *parent)
{
  SwDiagramWindow *self = g_object_new (SW_TYPE_DIAGRAM_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (follow), self, G_CONNECT_SWAPPED);
  follow (self);
  if (self->diagram != NULL)
    gtk_window_set_default_size (GTK_WINDOW (self), (int) CLAMP (ceil (self->diagram->width), WIDTH, WIDTH_MAX), HEIGHT);
  return self;
}

guint
sw_diagram_window_get_n_thumbnails (SwDiagramWindow *self)
{
  return self->n_thumbnails;
}

int
sw_diagram_window_get_focus_box (SwDiagramWindow *self)
{
  return self->focus_box;
}
