/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/block-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"
#include "experiments/tetris.h"
#include "render/camera.h"

/* Half the edge of the space that a piece needs in any orientation, in its voxels. */
#define REACH 12.4
#define KEY_DEGREES 5.0

struct _SwBlockView
{
  GtkWidget parent_instance;

  gsize piece;
  SwQuat rotation;
  gboolean turns;
  int size;
  double start_x, start_y;
  SwQuat start;
};

enum
{
  TURNED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwBlockView, sw_block_view, GTK_TYPE_WIDGET)

SwQuat
sw_block_view_default_rotation (void)
{
  const double across[3] = { 1.0, 0.0, 0.0 }, up[3] = { 0.0, 1.0, 0.0 };
  return sw_quat_multiply (sw_quat_from_axis_angle (across, 0.5), sw_quat_from_axis_angle (up, -0.65));
}

typedef struct
{
  double corner[4][3];
  double depth, light;
} Face;

static int
farthest_first (const void *a, const void *b)
{
  const double x = ((const Face *) a)->depth, y = ((const Face *) b)->depth;
  return x < y ? -1 : x > y;
}

/* The middle of the four blocks, about which the piece is shown. */
static void
middle_of (const SwBox boxes[SW_TETRIS_N_CELLS], double ret[3])
{
  for (int d = 0; d < 3; d++)
    {
      double low = INFINITY, high = -INFINITY;
      for (int c = 0; c < SW_TETRIS_N_CELLS; c++)
        {
          low = MIN (low, boxes[c].low[d]);
          high = MAX (high, boxes[c].high[d]);
        }
      ret[d] = 0.5 * (low + high);
    }
}

/* Is another block on the other side of this face? */
static gboolean
is_hidden (const SwBox boxes[SW_TETRIS_N_CELLS], int cell, int axis, gboolean high)
{
  const int b = (axis + 1) % 3, c = (axis + 2) % 3;
  for (int other = 0; other < SW_TETRIS_N_CELLS; other++)
    if (other != cell
        && fabs (high ? boxes[other].low[axis] - boxes[cell].high[axis] : boxes[other].high[axis] - boxes[cell].low[axis]) < 1e-9
        && boxes[other].low[b] == boxes[cell].low[b] && boxes[other].low[c] == boxes[cell].low[c])
      return TRUE;
  return FALSE;
}

static int
make_faces (const SwBlockView *self, Face faces[SW_TETRIS_N_CELLS * 6])
{
  static const double sun[3] = { -0.35, 0.65, 0.67 };
  SwBox boxes[SW_TETRIS_N_CELLS];
  double matrix[9], middle[3];
  int n = 0;

  sw_tetris_boxes (self->piece, boxes);
  middle_of (boxes, middle);
  sw_quat_to_matrix (self->rotation, matrix);
  for (int cell = 0; cell < SW_TETRIS_N_CELLS; cell++)
    for (int axis = 0; axis < 3; axis++)
      for (int high = 0; high < 2; high++)
        {
          double normal[3] = { 0.0, 0.0, 0.0 }, turned[3];
          Face *face = &faces[n];
          normal[axis] = high ? 1.0 : -1.0;
          sw_rotation_apply (matrix, normal, turned);
          if (turned[2] <= 1e-6 || is_hidden (boxes, cell, axis, high))
            continue;
          face->depth = 0.0;
          for (int k = 0; k < 4; k++)
            {
              static const int order[4][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 0, 1 } };
              const int b = (axis + 1) % 3, c = (axis + 2) % 3;
              double corner[3];
              corner[axis] = (high ? boxes[cell].high[axis] : boxes[cell].low[axis]) - middle[axis];
              corner[b] = (order[k][0] ? boxes[cell].high[b] : boxes[cell].low[b]) - middle[b];
              corner[c] = (order[k][1] ? boxes[cell].high[c] : boxes[cell].low[c]) - middle[c];
              sw_rotation_apply (matrix, corner, face->corner[k]);
              face->depth += face->corner[k][2] / 4.0;
            }
          face->light = MAX (0.0, turned[0] * sun[0] + turned[1] * sun[1] + turned[2] * sun[2]);
          n++;
        }
  qsort (faces, (gsize) n, sizeof *faces, farthest_first);
  return n;
}

static void
sw_block_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwBlockView *self = SW_BLOCK_VIEW (widget);
  const double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const double scale = 0.5 * MIN (width, height) / REACH;
  Face faces[SW_TETRIS_N_CELLS * 6];
  GdkRGBA color;

  if (width < 8.0 || height < 8.0)
    return;
  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), "accent_bg_color", &color))
    gdk_rgba_parse (&color, "#3584e4");
  const int n = make_faces (self, faces);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_width (cr, MAX (0.75, 0.28 * scale));
  for (int i = 0; i < n; i++)
    {
      const double light = 0.42 + 0.66 * faces[i].light;
      for (int k = 0; k < 4; k++)
        {
          const double x = 0.5 * width + scale * faces[i].corner[k][0], y = 0.5 * height - scale * faces[i].corner[k][1];
          if (k == 0)
            cairo_move_to (cr, x, y);
          else
            cairo_line_to (cr, x, y);
        }
      cairo_close_path (cr);
      cairo_set_source_rgb (cr, MIN (1.0, color.red * light), MIN (1.0, color.green * light), MIN (1.0, color.blue * light));
      cairo_fill_preserve (cr);
      cairo_set_source_rgba (cr, 0.0, 0.0, 0.0, 0.55);
      cairo_stroke (cr);
    }
  cairo_destroy (cr);
  if (self->turns && gtk_widget_has_visible_focus (widget))
    gtk_snapshot_render_focus (snapshot, gtk_widget_get_style_context (widget), 0, 0, width, height);
}

static void
describe (SwBlockView *self)
{
  g_autofree char *rotation = sw_numbers_format_rotation (self->rotation);
  /* Translators: name of a Tetris piece, then its rotation */
  g_autofree char *text = g_strdup_printf (_ ("Piece “%s”, turned %s"), sw_tetris_name (self->piece), rotation);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
sw_block_view_set_piece (SwBlockView *self, gsize piece)
{
  self->piece = MIN (piece, SW_TETRIS_N_PIECES - 1);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gsize
sw_block_view_get_piece (SwBlockView *self)
{
  return self->piece;
}

void
sw_block_view_set_rotation (SwBlockView *self, SwQuat rotation)
{
  self->rotation = sw_quat_normalize (rotation);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

SwQuat
sw_block_view_get_rotation (SwBlockView *self)
{
  return self->rotation;
}

static void
turn (SwBlockView *self, SwQuat rotation)
{
  sw_block_view_set_rotation (self, rotation);
  g_signal_emit (self, signals[TURNED], 0);
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, SwBlockView *self)
{
  self->start_x = x;
  self->start_y = y;
  self->start = self->rotation;
  gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grabbing");
}

static void
on_drag_update (GtkGestureDrag *gesture, double dx, double dy, SwBlockView *self)
{
  const double width = gtk_widget_get_width (GTK_WIDGET (self)), height = gtk_widget_get_height (GTK_WIDGET (self));
  turn (self, sw_quat_multiply (
                  sw_arcball_drag (self->start_x, self->start_y, self->start_x + dx, self->start_y + dy, width, height), self->start));
}

static void
on_drag_end (GtkGestureDrag *gesture, double dx, double dy, SwBlockView *self)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grab");
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SwBlockView *self)
{
  const double step = KEY_DEGREES * G_PI / 180.0;
  const double right = key == GDK_KEY_Right ? step : key == GDK_KEY_Left ? -step : 0.0;
  const double down = key == GDK_KEY_Down ? step : key == GDK_KEY_Up ? -step : 0.0;
  const double up_axis[3] = { 0.0, 1.0, 0.0 }, right_axis[3] = { 1.0, 0.0, 0.0 };

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0 || (right == 0.0 && down == 0.0))
    return FALSE;
  turn (self, sw_quat_multiply (right != 0.0 ? sw_quat_from_axis_angle (up_axis, right) : sw_quat_from_axis_angle (right_axis, down),
                                self->rotation));
  return TRUE;
}

static void
sw_block_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                       int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = SW_BLOCK_VIEW (widget)->size;
}

static void
sw_block_view_class_init (SwBlockViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  widget_class->snapshot = sw_block_view_snapshot;
  widget_class->measure = sw_block_view_measure;
  gtk_widget_class_set_css_name (widget_class, "swblockview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[TURNED] = g_signal_new ("turned", SW_TYPE_BLOCK_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sw_block_view_init (SwBlockView *self)
{
  self->rotation = sw_block_view_default_rotation ();
}

SwBlockView *
sw_block_view_new (gboolean turns, int size)
{
  SwBlockView *self = g_object_new (SW_TYPE_BLOCK_VIEW, NULL);
  self->turns = turns;
  self->size = size;
  describe (self);
  if (turns)
    {
      GtkGesture *drag = gtk_gesture_drag_new ();
      GtkEventController *keys = gtk_event_controller_key_new ();
      g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
      g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
      g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
      g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
      gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
      gtk_widget_add_controller (GTK_WIDGET (self), keys);
      gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
      gtk_widget_set_cursor_from_name (GTK_WIDGET (self), "grab");
    }
  return self;
}
