/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/legend-view.h"

#include <adwaita.h>

#include "picture/keys-draw.h"

struct _SwLegendView
{
  GtkWidget parent_instance;
  GPtrArray *keys; /* of SwKey */
};

G_DEFINE_FINAL_TYPE (SwLegendView, sw_legend_view, GTK_TYPE_WIDGET)

void
sw_legend_view_take_keys (SwLegendView *self, GPtrArray *keys)
{
  if (self->keys != NULL && sw_keys_equal (self->keys, keys))
    {
      g_ptr_array_unref (keys);
      return;
    }
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  self->keys = keys;
  g_autofree char *text = sw_keys_dup_text (keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_set_visible (GTK_WIDGET (self), keys->len > 0);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

const GPtrArray *
sw_legend_view_get_keys (SwLegendView *self)
{
  return self->keys;
}

static void
sw_legend_view_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  SwLegendView *self = SW_LEGEND_VIEW (widget);
  int width = 0, height = 0;

  if (self->keys != NULL)
    sw_keys_measure (self->keys, 1.0, &width, &height);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width : height;
  *minimum_baseline = *natural_baseline = -1;
}

static void
sw_legend_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwLegendView *self = SW_LEGEND_VIEW (widget);
  const graphene_rect_t bounds
      = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (widget), (float) gtk_widget_get_height (widget));

  if (self->keys == NULL || self->keys->len == 0)
    return;
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  sw_keys_draw (self->keys, cr, 1.0, adw_style_manager_get_dark (adw_style_manager_get_default ()));
  cairo_destroy (cr);
}

static void
sw_legend_view_dispose (GObject *object)
{
  g_clear_pointer (&SW_LEGEND_VIEW (object)->keys, g_ptr_array_unref);
  G_OBJECT_CLASS (sw_legend_view_parent_class)->dispose (object);
}

static void
sw_legend_view_class_init (SwLegendViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_legend_view_dispose;
  widget_class->measure = sw_legend_view_measure;
  widget_class->snapshot = sw_legend_view_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "swlegend");
}

static void
sw_legend_view_init (SwLegendView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}
