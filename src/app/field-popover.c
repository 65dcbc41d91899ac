/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/field-popover.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_BINS 64
#define HISTOGRAM_HEIGHT 72

static const struct
{
  const char *name, *title;
  unsigned l_min, l_max;
} displays[] = {
  { "auto", N_ ("Automatic"), 0, SW_SCENE_L_MAX },         { "volume", N_ ("Volume"), 0, SW_SCENE_L_MAX },
  { "isosurface", N_ ("Isosurface"), 0, SW_SCENE_L_MAX },  { "slices", N_ ("Three slices"), 0, SW_SCENE_L_MAX },
  { "arrows", N_ ("Arrows"), 1, 1 },                       { "streamlines", N_ ("Streamlines"), 1, 1 },
  { "glyphs", N_ ("Harmonic glyphs"), 1, SW_SCENE_L_MAX }, { "superquadrics", N_ ("Superquadrics"), 2, 2 },
};

struct _SwFieldPopover
{
  GtkPopover parent_instance;

  SwView *view; /* borrowed: both belong to the stage */
  GtkDropDown *display;
  GtkStringList *titles;
  guint shown[G_N_ELEMENTS (displays)]; /* rows of the drop-down */
  guint n_shown;
  GtkDrawingArea *histogram;
  GtkScale *low, *high, *opacity, *slices[3];
  GtkSpinButton *levels;
  GtkSwitch *lock;
  GtkWidget *levels_row, *opacity_row, *slice_rows[3];
  gsize counts[N_BINS];
  double largest; /* of the data */
  SwLegend legend;
  gboolean updating;
  GtkScale *dragged;
  double drag_start;
};

G_DEFINE_FINAL_TYPE (SwFieldPopover, sw_field_popover, GTK_TYPE_POPOVER)

static void
change (SwFieldPopover *self, const char *action, GVariant *state)
{
  gtk_widget_activate_action_variant (GTK_WIDGET (self), action, state);
}

/* ---- the histogram */

static void
draw_histogram (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  SwFieldPopover *self = data;
  const gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const double ink = dark ? 1.0 : 0.0, low = gtk_range_get_value (GTK_RANGE (self->low)),
               high = gtk_range_get_value (GTK_RANGE (self->high));
  gsize most = 1;

  for (guint i = 0; i < N_BINS; i++)
    most = MAX (most, self->counts[i]);
  for (guint i = 0; i < N_BINS; i++)
    {
      /* Logarithmic: nearly all voxels are nearly nothing. */
      const double part = log1p ((double) self->counts[i]) / log1p ((double) most);
      const double t = (i + 0.5) / N_BINS, shown = fmin (t / fmax (high, 1e-9), 1.0);
      float rgb[3];
      sw_colormap_get (self->legend.colormap, self->legend.is_diverging ? 0.5 + 0.5 * shown : shown, rgb);
      cairo_set_source_rgba (cr, (double) rgb[0], (double) rgb[1], (double) rgb[2], t < low ? 0.25 : 1.0);
      cairo_rectangle (cr, width * (double) i / N_BINS, height * (1.0 - part), (double) width / N_BINS + 0.5, height * part);
      cairo_fill (cr);
    }
  for (int handle = 0; handle < 2; handle++)
    {
      const double x = CLAMP (width * (handle == 0 ? low : high), 1.0, width - 1.0);
      cairo_set_source_rgba (cr, ink, ink, ink, 0.75);
      cairo_rectangle (cr, x - 0.75, 0, 1.5, height);
      cairo_fill (cr);
      cairo_arc (cr, x, handle == 0 ? height - 5 : 5, 5, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, SwFieldPopover *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self->histogram)), at = x / width;
  const double low = gtk_range_get_value (GTK_RANGE (self->low)), high = gtk_range_get_value (GTK_RANGE (self->high));

  self->dragged = fabs (at - low) < fabs (at - high) ? self->low : self->high;
  self->drag_start = at;
  gtk_range_set_value (GTK_RANGE (self->dragged), at);
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, SwFieldPopover *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self->histogram));
  if (self->dragged != NULL && width > 0.0)
    gtk_range_set_value (GTK_RANGE (self->dragged), self->drag_start + dx / width);
}

/* ---- following the view */

static void
fill_displays (SwFieldPopover *self)
{
  const SwLook *look = sw_view_get_look (self->view);
  guint n = 0, selected = 0;
  const char *titles[G_N_ELEMENTS (displays) + 1] = { NULL };
  guint rows[G_N_ELEMENTS (displays)];

  for (guint i = 0; i < G_N_ELEMENTS (displays); i++)
    if (self->legend.l >= displays[i].l_min && self->legend.l <= displays[i].l_max)
      {
        if (g_str_equal (displays[i].name, sw_display_name (look->display)))
          selected = n;
        titles[n] = _ (displays[i].title);
        rows[n++] = i;
      }
  if (n != self->n_shown || memcmp (rows, self->shown, n * sizeof *rows) != 0)
    {
      memcpy (self->shown, rows, n * sizeof *rows);
      self->n_shown = n;
      gtk_string_list_splice (self->titles, 0, g_list_model_get_n_items (G_LIST_MODEL (self->titles)), titles);
    }
  gtk_drop_down_set_selected (self->display, selected);
}

static void
update (SwFieldPopover *self)
{
  const SwLook *look = sw_view_get_look (self->view);
  SwScene *scene = sw_view_get_scene (self->view);

  sw_scene_get_legend (scene, 0, &self->legend);
  self->updating = TRUE;
  gtk_widget_set_sensitive (gtk_popover_get_child (GTK_POPOVER (self)), self->legend.is_shown);
  fill_displays (self);
  sw_scene_get_histogram (scene, 0, N_BINS, self->counts, &self->largest);
  gtk_range_set_value (GTK_RANGE (self->high), look->high);
  gtk_range_set_value (GTK_RANGE (self->low),
                       look->low > 0.0 ? look->low
                       : self->legend.range_max > 0.0 ? look->high * self->legend.threshold / self->legend.range_max : 0.0);
  gtk_range_set_value (GTK_RANGE (self->opacity), look->opacity > 0.0 ? look->opacity : self->legend.l == 0 ? 0.85 : 1.0);
  gtk_spin_button_set_value (self->levels, look->n_levels);
  gtk_switch_set_active (self->lock, look->locked_range > 0.0);
  for (int i = 0; i < 3; i++)
    {
      gtk_range_set_value (GTK_RANGE (self->slices[i]), look->slice[i]);
      gtk_widget_set_visible (self->slice_rows[i], self->legend.display == SW_DISPLAY_SLICES);
    }
  gtk_widget_set_visible (self->levels_row, self->legend.display == SW_DISPLAY_ISOSURFACE);
  gtk_widget_set_visible (self->opacity_row,
                          self->legend.display == SW_DISPLAY_ISOSURFACE || self->legend.display == SW_DISPLAY_VOLUME);
  gtk_widget_queue_draw (GTK_WIDGET (self->histogram));
  self->updating = FALSE;
}

static void
on_show (SwFieldPopover *self)
{
  if (self->view != NULL)
    update (self);
}

static void
on_look_changed (SwFieldPopover *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    update (self);
}

static void
on_display_selected (SwFieldPopover *self)
{
  const guint i = gtk_drop_down_get_selected (self->display);
  if (!self->updating && i < self->n_shown)
    change (self, "win.field-display", g_variant_new_string (displays[self->shown[i]].name));
}

static void
on_range_changed (SwFieldPopover *self, GtkRange *range)
{
  if (self->updating)
    return;
  const double low = gtk_range_get_value (GTK_RANGE (self->low)), high = gtk_range_get_value (GTK_RANGE (self->high));
  /* The handles push each other. */
  if (range == GTK_RANGE (self->low))
    change (self, "win.field-range", g_variant_new ("(dd)", low, MAX (high, low)));
  else
    change (self, "win.field-range", g_variant_new ("(dd)", MIN (low, high), high));
}

static void
on_opacity_changed (SwFieldPopover *self)
{
  if (!self->updating)
    change (self, "win.field-opacity", g_variant_new_double (gtk_range_get_value (GTK_RANGE (self->opacity))));
}

static void
on_levels_changed (SwFieldPopover *self)
{
  if (!self->updating)
    change (self, "win.field-levels", g_variant_new_int32 (gtk_spin_button_get_value_as_int (self->levels)));
}

static void
on_lock_changed (SwFieldPopover *self)
{
  if (!self->updating)
    change (self, "win.range-lock", NULL);
}

static void
on_slice_changed (SwFieldPopover *self)
{
  if (!self->updating)
    change (self, "win.slices",
            g_variant_new ("(ddd)", gtk_range_get_value (GTK_RANGE (self->slices[0])),
                           gtk_range_get_value (GTK_RANGE (self->slices[1])), gtk_range_get_value (GTK_RANGE (self->slices[2]))));
}

void
sw_field_popover_set_view (SwFieldPopover *self, SwView *view)
{
  g_return_if_fail (self->view == NULL);
  self->view = view;
  g_signal_connect_object (view, "look-changed", G_CALLBACK (on_look_changed), self, G_CONNECT_SWAPPED);
}

/* ---- building */

static GtkWidget *
add_row (GtkGrid *grid, int row, const char *label, GtkWidget *widget)
{
  GtkWidget *text = gtk_label_new_with_mnemonic (label);
  gtk_label_set_xalign (GTK_LABEL (text), 0.0f);
  gtk_label_set_mnemonic_widget (GTK_LABEL (text), widget);
  gtk_widget_set_hexpand (widget, TRUE);
  g_object_bind_property (widget, "visible", text, "visible", G_BINDING_SYNC_CREATE);
  gtk_grid_attach (grid, text, 0, row, 1, 1);
  gtk_grid_attach (grid, widget, 1, row, 1, 1);
  return widget;
}

static GtkScale *
add_scale (SwFieldPopover *self, GtkGrid *grid, int row, const char *label, double min, double step, GCallback changed)
{
  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, min, min < 0.0 ? 0.5 : 1.0, step);
  gtk_scale_set_draw_value (GTK_SCALE (scale), TRUE);
  gtk_scale_set_digits (GTK_SCALE (scale), 2);
  gtk_scale_set_value_pos (GTK_SCALE (scale), GTK_POS_RIGHT);
  gtk_range_set_increments (GTK_RANGE (scale), step, 10.0 * step);
  add_row (grid, row, label, scale);
  g_signal_connect_object (scale, "value-changed", changed, self, G_CONNECT_SWAPPED);
  return GTK_SCALE (scale);
}

static void
sw_field_popover_dispose (GObject *object)
{
  SwFieldPopover *self = SW_FIELD_POPOVER (object);
  self->updating = TRUE;
  G_OBJECT_CLASS (sw_field_popover_parent_class)->dispose (object);
}

static void
sw_field_popover_class_init (SwFieldPopoverClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_field_popover_dispose;
}

static void
sw_field_popover_init (SwFieldPopover *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 10);
  GtkGrid *grid = GTK_GRID (gtk_grid_new ());
  static const char *const axes[3] = { N_ ("Slice _x"), N_ ("Slice _y"), N_ ("Slice _z") };

  gtk_widget_set_size_request (box, 330, -1);
  gtk_widget_set_margin_start (box, 8);
  gtk_widget_set_margin_end (box, 8);
  gtk_widget_set_margin_top (box, 8);
  gtk_widget_set_margin_bottom (box, 8);
  gtk_grid_set_row_spacing (grid, 6);
  gtk_grid_set_column_spacing (grid, 12);

  self->histogram = GTK_DRAWING_AREA (gtk_drawing_area_new ());
  gtk_drawing_area_set_content_height (self->histogram, HISTOGRAM_HEIGHT);
  gtk_drawing_area_set_draw_func (self->histogram, draw_histogram, self, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->histogram), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Histogram of the field; the two handles are the sliders below"), -1);
  GtkGesture *drag = gtk_gesture_drag_new ();
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  gtk_widget_add_controller (GTK_WIDGET (self->histogram), GTK_EVENT_CONTROLLER (drag));

  self->titles = gtk_string_list_new (NULL);
  self->display = GTK_DROP_DOWN (gtk_drop_down_new (G_LIST_MODEL (self->titles), NULL));
  add_row (grid, 0, _ ("_Draw as"), GTK_WIDGET (self->display));
  g_signal_connect_object (self->display, "notify::selected", G_CALLBACK (on_display_selected), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (grid));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->histogram));

  GtkGrid *below = GTK_GRID (gtk_grid_new ());
  gtk_grid_set_row_spacing (below, 2);
  gtk_grid_set_column_spacing (below, 12);
  self->low = add_scale (self, below, 0, _ ("_From"), 0.0, 0.01, G_CALLBACK (on_range_changed));
  self->high = add_scale (self, below, 1, _ ("_To"), 0.0, 0.01, G_CALLBACK (on_range_changed));
  gtk_range_set_range (GTK_RANGE (self->high), 0.02, 1.0);
  self->opacity = add_scale (self, below, 2, _ ("_Opacity"), 0.0, 0.05, G_CALLBACK (on_opacity_changed));
  gtk_range_set_range (GTK_RANGE (self->opacity), 0.05, 1.0);
  self->opacity_row = GTK_WIDGET (self->opacity);
  self->levels = GTK_SPIN_BUTTON (gtk_spin_button_new_with_range (1, SW_LEVELS_MAX, 1));
  self->levels_row = add_row (below, 3, _ ("_Levels"), GTK_WIDGET (self->levels));
  g_signal_connect_object (self->levels, "value-changed", G_CALLBACK (on_levels_changed), self, G_CONNECT_SWAPPED);
  for (int i = 0; i < 3; i++)
    {
      self->slices[i] = add_scale (self, below, 4 + i, _ (axes[i]), -0.5, 0.01, G_CALLBACK (on_slice_changed));
      self->slice_rows[i] = GTK_WIDGET (self->slices[i]);
    }
  self->lock = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_halign (GTK_WIDGET (self->lock), GTK_ALIGN_END);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->lock), _ ("Every layer and field is drawn on this scale; the pictures side by side always share one"));
  add_row (below, 7, _ ("_Keep this scale"), GTK_WIDGET (self->lock));
  g_signal_connect_object (self->lock, "notify::active", G_CALLBACK (on_lock_changed), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (below));

  GtkWidget *reset = gtk_button_new_with_label (_ ("Back to Automatic"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (reset), "win.reset-field-look");
  gtk_box_append (GTK_BOX (box), reset);
  gtk_popover_set_child (GTK_POPOVER (self), box);
  g_signal_connect (self, "map", G_CALLBACK (on_show), NULL);
}
