/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/layer-row.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"

struct _SwLayerItem
{
  GObject parent_instance;
  char *name;
  char *fields;
  gsize size;
  double seconds;
  double norm;     /* root mean square of all orders together */
  double fraction; /* of the largest norm, on a logarithmic scale of four decades */
  gboolean has_field;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (SwLayerItem, sw_layer_item, G_TYPE_OBJECT)

static void
take (SwLayerItem *self, const SwRunLayer *layer, double norm_max)
{
  double sum = 0.0;
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    sum += layer->norm[l] * layer->norm[l];
  self->norm = sqrt (sum);
  self->fraction = 0.0;
  if (self->norm > 0.0 && norm_max > 0.0)
    self->fraction = CLAMP (1.0 + log10 (self->norm / norm_max) / 4.0, 0.0, 1.0);
  self->seconds = layer->seconds;
  self->has_field = layer->has_field;
}

SwLayerItem *
sw_layer_item_new (const SwRunLayer *layer, double norm_max)
{
  SwLayerItem *self = g_object_new (SW_TYPE_LAYER_ITEM, NULL);
  char text[256];

  self->name = g_strdup (layer->name);
  if (layer->typed)
    self->fields = g_strdup (sw_field_type_format (&layer->fields, text, sizeof text));
  else
    /* Translators: channels of an ordinary CNN */
    self->fields = g_strdup_printf (_ ("%u ch."), (unsigned) sw_field_type_dim (&layer->fields));
  self->size = layer->size;
  take (self, layer, norm_max);
  return self;
}

gboolean
sw_layer_item_update (SwLayerItem *self, const SwRunLayer *layer, double norm_max)
{
  if (g_strcmp0 (self->name, layer->name) != 0 || self->size != layer->size)
    return FALSE;
  take (self, layer, norm_max);
  g_signal_emit (self, changed_signal, 0);
  return TRUE;
}

const char *
sw_layer_item_get_name (SwLayerItem *self)
{
  return self->name;
}

const char *
sw_layer_item_get_fields (SwLayerItem *self)
{
  return self->fields;
}

gboolean
sw_layer_item_has_field (SwLayerItem *self)
{
  return self->has_field;
}

static void
sw_layer_item_finalize (GObject *object)
{
  SwLayerItem *self = SW_LAYER_ITEM (object);
  g_free (self->name);
  g_free (self->fields);
  G_OBJECT_CLASS (sw_layer_item_parent_class)->finalize (object);
}

static void
sw_layer_item_class_init (SwLayerItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sw_layer_item_finalize;
  changed_signal = g_signal_new ("changed", SW_TYPE_LAYER_ITEM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
sw_layer_item_init (SwLayerItem *self)
{
}

/* ---- the row */

struct _SwLayerRow
{
  GtkBox parent_instance;
  GtkLabel *name, *fields, *detail;
  GtkLevelBar *norm;
  SwLayerItem *item; /* owned */
};

G_DEFINE_FINAL_TYPE (SwLayerRow, sw_layer_row, GTK_TYPE_BOX)

static void
update (SwLayerRow *self)
{
  const SwLayerItem *item = self->item;

  if (item == NULL)
    return;
  gtk_label_set_label (self->name, item->name);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), item->name);
  gtk_label_set_label (self->fields, item->fields);
  g_autofree char *time = sw_numbers_format_time (item->seconds);
  g_autofree char *grid
      = item->size > 1 ? g_strdup_printf ("%u³", (unsigned) item->size) : g_strdup (_ ("pooled"));
  g_autofree char *detail = g_strdup_printf ("%s  ·  %s", grid, time);
  gtk_label_set_label (self->detail, detail);
  gtk_level_bar_set_value (self->norm, item->fraction);
  g_autofree char *norm = sw_numbers_format_value (item->norm);
  /* Translators: root mean square of a layer's fields */
  g_autofree char *tip = g_strdup_printf (_ ("Norm of the fields: %s (bar: four decades)"), norm);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->norm), tip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->norm), GTK_ACCESSIBLE_PROPERTY_LABEL, tip,
                                  -1);
  gtk_widget_set_sensitive (GTK_WIDGET (self), item->has_field);
}

SwLayerRow *
sw_layer_row_new (void)
{
  return g_object_new (SW_TYPE_LAYER_ROW, NULL);
}

void
sw_layer_row_set_item (SwLayerRow *self, SwLayerItem *item)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_set_object (&self->item, item);
  if (item != NULL)
    g_signal_connect_object (item, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

static void
sw_layer_row_dispose (GObject *object)
{
  SwLayerRow *self = SW_LAYER_ROW (object);
  sw_layer_row_set_item (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_LAYER_ROW);
  G_OBJECT_CLASS (sw_layer_row_parent_class)->dispose (object);
}

static void
sw_layer_row_class_init (SwLayerRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_layer_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/layer-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SwLayerRow, name);
  gtk_widget_class_bind_template_child (widget_class, SwLayerRow, fields);
  gtk_widget_class_bind_template_child (widget_class, SwLayerRow, detail);
  gtk_widget_class_bind_template_child (widget_class, SwLayerRow, norm);
}

static void
sw_layer_row_init (SwLayerRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_level_bar_remove_offset_value (self->norm, GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (self->norm, GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (self->norm, GTK_LEVEL_BAR_OFFSET_FULL);
}
