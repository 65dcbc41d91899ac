/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/matrix-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/plot.h"

/* With more classes names and counts do not fit: shades alone, and the pointer tells. */
#define N_NAMED_MAX 16
#define GAP 6.0

struct _SwMatrixView
{
  GtkWidget parent_instance;
  gsize n;
  gsize *counts;
  char **names;
};

typedef struct
{
  double left, top, cell;
} Grid;

G_DEFINE_FINAL_TYPE (SwMatrixView, sw_matrix_view, GTK_TYPE_WIDGET)

static PangoLayout *
layout_of (SwMatrixView *self, const char *text, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoAttrList *attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (0.83));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

static char *
name_of (const SwMatrixView *self, gsize i)
{
  return self->names != NULL ? g_strdup (self->names[i]) : g_strdup_printf ("%u", (unsigned) i + 1);
}

static gsize
row_sum (const SwMatrixView *self, gsize row)
{
  gsize sum = 0;
  for (gsize j = 0; j < self->n; j++)
    sum += self->counts[row * self->n + j];
  return sum;
}

static double
names_width (SwMatrixView *self)
{
  double widest = 0.0;
  for (gsize i = 0; i < self->n && self->n <= N_NAMED_MAX; i++)
    {
      g_autofree char *name = name_of (self, i);
      g_autoptr (PangoLayout) layout = layout_of (self, name, FALSE);
      int w, h;
      pango_layout_get_pixel_size (layout, &w, &h);
      widest = MAX (widest, w);
    }
  return widest;
}

static Grid
grid_of (SwMatrixView *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  const double names = names_width (self);
  Grid grid = { .left = names + GAP, .top = 0.72 * names + GAP };
  const double free_width = width - grid.left - 0.6 * names, free_height = height - grid.top - 2.0;
  grid.cell = MAX (1.0, floor (MIN (MIN (free_width, free_height) / (double) MAX (self->n, 1), 44.0)));
  return grid;
}

static void
draw_names (SwMatrixView *self, cairo_t *cr, const Grid *grid, const GdkRGBA *ink)
{
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.8);
  for (gsize i = 0; i < self->n; i++)
    {
      g_autofree char *name = name_of (self, i);
      g_autoptr (PangoLayout) layout = layout_of (self, name, FALSE);
      const double at = ((double) i + 0.5) * grid->cell;
      int w, h;
      pango_layout_get_pixel_size (layout, &w, &h);
      cairo_move_to (cr, grid->left - GAP - w, grid->top + at - 0.5 * h);
      pango_cairo_show_layout (cr, layout);
      cairo_save (cr);
      cairo_translate (cr, grid->left + at - 0.25 * h, grid->top - GAP);
      cairo_rotate (cr, -G_PI_4);
      cairo_move_to (cr, 0.0, -0.5 * h);
      pango_cairo_show_layout (cr, layout);
      cairo_restore (cr);
    }
}

static void
sw_matrix_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwMatrixView *self = SW_MATRIX_VIEW (widget);
  const double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GdkRGBA ink, right, wrong;

  if (self->n == 0 || width < 20.0 || height < 20.0)
    return;
  const Grid grid = grid_of (self);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  sw_plot_get_color (0, &right);
  sw_plot_get_color (1, &wrong);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  if (self->n <= N_NAMED_MAX)
    draw_names (self, cr, &grid, &ink);
  for (gsize i = 0; i < self->n; i++)
    {
      const double sum = (double) MAX (row_sum (self, i), 1);
      for (gsize j = 0; j < self->n; j++)
        {
          const gsize count = self->counts[i * self->n + j];
          const double share = (double) count / sum, gap = grid.cell > 6.0 ? 1.0 : 0.0;
          const GdkRGBA *color = i == j ? &right : &wrong;
          cairo_rectangle (cr, grid.left + (double) j * grid.cell, grid.top + (double) i * grid.cell, grid.cell - gap,
                           grid.cell - gap);
          if (count > 0)
            cairo_set_source_rgba (cr, color->red, color->green, color->blue, 0.18 + 0.72 * share);
          else
            cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 0.06);
          cairo_fill (cr);
          if (count == 0 || self->n > N_NAMED_MAX || grid.cell < 18.0)
            continue;
          g_autofree char *text = g_strdup_printf ("%" G_GSIZE_FORMAT, count);
          g_autoptr (PangoLayout) layout = layout_of (self, text, i == j);
          const gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
          int w, h;
          pango_layout_get_pixel_size (layout, &w, &h);
          if (share > 0.45)
            cairo_set_source_rgb (cr, dark ? 0.0 : 1.0, dark ? 0.0 : 1.0, dark ? 0.0 : 1.0);
          else
            cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, 1.0);
          cairo_move_to (cr, grid.left + ((double) j + 0.5) * grid.cell - 0.5 * (w + gap),
                         grid.top + ((double) i + 0.5) * grid.cell - 0.5 * (h + gap));
          pango_cairo_show_layout (cr, layout);
        }
    }
  cairo_destroy (cr);
}

static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  SwMatrixView *self = SW_MATRIX_VIEW (widget);
  const Grid grid = grid_of (self);
  const double column = ((double) x - grid.left) / grid.cell, row = ((double) y - grid.top) / grid.cell;

  if (keyboard || self->n == 0 || column < 0.0 || row < 0.0 || column >= (double) self->n || row >= (double) self->n)
    return FALSE;
  const gsize i = (gsize) row, j = (gsize) column;
  g_autofree char *truth = name_of (self, i), *answer = name_of (self, j);
  /* Translators: true class, answer of the network, how often, of how many */
  g_autofree char *text = g_strdup_printf (_ ("%s, taken for %s: %u of %u"), truth, answer, (unsigned) self->counts[i * self->n + j],
                                           (unsigned) row_sum (self, i));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

void
sw_matrix_view_set (SwMatrixView *self, gsize n, const gsize *counts, char *const *names)
{
  gsize right = 0, all = 0;

  g_clear_pointer (&self->counts, g_free);
  g_clear_pointer (&self->names, g_strfreev);
  self->n = n;
  self->counts = g_memdup2 (counts, n * n * sizeof *counts);
  if (names != NULL && g_strv_length ((char **) names) == n)
    self->names = g_strdupv ((char **) names);
  for (gsize i = 0; i < n; i++)
    {
      right += counts[i * n + i];
      all += row_sum (self, i);
    }
  g_autofree char *text = g_strdup_printf (_ ("Confusion matrix: %u of %u right"), (unsigned) right, (unsigned) all);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
sw_matrix_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 260;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 340 : 320;
}

static void
sw_matrix_view_finalize (GObject *object)
{
  SwMatrixView *self = SW_MATRIX_VIEW (object);
  g_free (self->counts);
  g_strfreev (self->names);
  G_OBJECT_CLASS (sw_matrix_view_parent_class)->finalize (object);
}

static void
sw_matrix_view_class_init (SwMatrixViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = sw_matrix_view_finalize;
  widget_class->snapshot = sw_matrix_view_snapshot;
  widget_class->measure = sw_matrix_view_measure;
  widget_class->query_tooltip = on_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "swmatrixview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
sw_matrix_view_init (SwMatrixView *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

SwMatrixView *
sw_matrix_view_new (void)
{
  return g_object_new (SW_TYPE_MATRIX_VIEW, NULL);
}
