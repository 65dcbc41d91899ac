/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/sequence-view.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "render/colormap.h"

#define CELL_WIDTH 17
#define CELL_HEIGHT 21
#define HEAD_HEIGHT 24
#define NUMBER_WIDTH 38 /* of the first residue of a row */

/* A row of cells, or (n == 0) the head of a chain. */
typedef struct
{
  guint first, n;
  int y;
} Row;

struct _SwSequenceView
{
  GtkWidget parent_instance;

  SwPropensity *propensity; /* owned, or NULL */
  GArray *rows;             /* of Row, for the width below */
  int width;
  guint chosen, looked_at;  /* G_MAXUINT: none */
};

enum
{
  CHOSEN,
  LOOKED_AT,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwSequenceView, sw_sequence_view, GTK_TYPE_WIDGET)

void
sw_propensity_color (double probability, guint8 ret_rgba[4])
{
  float rgb[3] = { 0.6f, 0.6f, 0.6f };

  /* Half of what is probable lies below 0.3: the root spreads it. */
  if (isfinite (probability))
    sw_colormap_get (SW_COLORMAP_VIRIDIS, sqrt (CLAMP (probability, 0.0, 1.0)), rgb);
  for (int i = 0; i < 3; i++)
    ret_rgba[i] = (guint8) (255.0f * rgb[i] + 0.5f);
  ret_rgba[3] = 255;
}

static const SwResidue *
residue_at (const SwSequenceView *self, guint i)
{
  return &self->propensity->document->structure->residues[self->propensity->residues[i].residue];
}

/* ---- rows */

static guint
columns_in (int width)
{
  const guint n = (guint) MAX (1, (width - NUMBER_WIDTH) / CELL_WIDTH);
  return n >= 10 ? n / 5 * 5 : n; /* rows that begin at 1, 16, 31 read better than any others */
}

/* Height for a width; rows may be NULL. */
static int
arrange (const SwSequenceView *self, int width, GArray *rows)
{
  const guint n_columns = columns_in (width);
  const guint n = self->propensity != NULL ? (guint) self->propensity->n_residues : 0;
  guint i = 0;
  int y = 0;

  while (i < n)
    {
      const guint32 chain = residue_at (self, i)->chain;
      guint end = i;
      const Row head = { i, 0, y };
      if (rows != NULL)
        g_array_append_val (rows, head);
      y += HEAD_HEIGHT;
      while (end < n && residue_at (self, end)->chain == chain)
        end++;
      for (; i < end; i += MIN (n_columns, end - i))
        {
          const Row row = { i, MIN (n_columns, end - i), y };
          if (rows != NULL)
            g_array_append_val (rows, row);
          y += CELL_HEIGHT;
        }
    }
  return y;
}

static void
measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural, int *minimum_baseline,
         int *natural_baseline)
{
  SwSequenceView *self = SW_SEQUENCE_VIEW (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = NUMBER_WIDTH + 10 * CELL_WIDTH;
      *natural = NUMBER_WIDTH + 20 * CELL_WIDTH;
    }
  else
    *minimum = *natural = arrange (self, for_size > 0 ? for_size : NUMBER_WIDTH + 10 * CELL_WIDTH, NULL);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  SwSequenceView *self = SW_SEQUENCE_VIEW (widget);

  self->width = width;
  g_array_set_size (self->rows, 0);
  (void) arrange (self, width, self->rows);
}

static guint
index_at (const SwSequenceView *self, double x, double y)
{
  for (guint r = 0; r < self->rows->len; r++)
    {
      const Row *row = &g_array_index (self->rows, Row, r);
      if (row->n == 0 || y < row->y || y >= row->y + CELL_HEIGHT || x < NUMBER_WIDTH)
        continue;
      const guint column = (guint) ((x - NUMBER_WIDTH) / CELL_WIDTH);
      if (column < row->n)
        return row->first + column;
    }
  return G_MAXUINT;
}

/* ---- picture */

static void
draw_text (SwSequenceView *self, GtkSnapshot *snapshot, const char *text, double x, double y, double width, const GdkRGBA *color,
           gboolean bold)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  int w, h;

  pango_attr_list_insert (attributes, pango_attr_scale_new (bold ? 0.95 : 0.85));
  if (bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_get_pixel_size (layout, &w, &h);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (width > 0 ? x + 0.5 * (width - w) : x),
                                                          (float) (y + 0.5 * (CELL_HEIGHT - h))));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

static void
draw_cell (SwSequenceView *self, GtkSnapshot *snapshot, guint i, double x, double y, const GdkRGBA *foreground)
{
  const SwPropensityResidue *own = &self->propensity->residues[i];
  const char letter[2] = { residue_at (self, i)->one_letter, '\0' };
  guint8 rgba[4];
  GskRoundedRect outline;
  const graphene_rect_t rect = GRAPHENE_RECT_INIT ((float) x + 0.5f, (float) y + 0.5f, CELL_WIDTH - 1, CELL_HEIGHT - 2);

  sw_propensity_color (own->known ? (double) own->probability : NAN, rgba);
  const GdkRGBA color = { rgba[0] / 255.0f, rgba[1] / 255.0f, rgba[2] / 255.0f, 1.0f };
  const gboolean light = 0.30f * color.red + 0.59f * color.green + 0.11f * color.blue > 0.5f;
  const GdkRGBA text = light ? (GdkRGBA){ 0, 0, 0, 0.9f } : (GdkRGBA){ 1, 1, 1, 1 };
  gtk_snapshot_append_color (snapshot, &color, &rect);
  draw_text (self, snapshot, letter, x, y - 0.5, CELL_WIDTH, &text, FALSE);
  if (i != self->chosen && i != self->looked_at)
    return;
  const float thick = i == self->chosen ? 2.5f : 1.5f;
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT ((float) x - 1, (float) y - 1, CELL_WIDTH + 2, CELL_HEIGHT + 1), 3);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ thick, thick, thick, thick },
                              (GdkRGBA[4]){ *foreground, *foreground, *foreground, *foreground });
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  SwSequenceView *self = SW_SEQUENCE_VIEW (widget);
  GdkRGBA foreground, dim;
  int marked = -1;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &foreground);
  dim = foreground;
  dim.alpha *= 0.6f;
  for (guint r = 0; r < self->rows->len && self->propensity != NULL; r++)
    {
      const Row *row = &g_array_index (self->rows, Row, r);
      const SwResidue *first = residue_at (self, row->first);
      if (row->n == 0)
        {
          /* Translators: name of a chain of a protein */
          g_autofree char *head = g_strdup_printf (_ ("Chain %s"), self->propensity->document->structure->chains[first->chain].name);
          draw_text (self, snapshot, head, 0, row->y + 2, 0, &foreground, TRUE);
          continue;
        }
      g_autofree char *number = g_strdup_printf ("%d", (int) first->number);
      draw_text (self, snapshot, number, 0, row->y, NUMBER_WIDTH - 6, &dim, FALSE);
      for (guint c = 0; c < row->n; c++)
        if (row->first + c != self->chosen && row->first + c != self->looked_at)
          draw_cell (self, snapshot, row->first + c, NUMBER_WIDTH + (double) c * CELL_WIDTH, row->y, &foreground);
        else
          marked = (int) r;
    }
  /* Over their neighbours. */
  for (guint r = 0; marked >= 0 && r < self->rows->len; r++)
    {
      const Row *row = &g_array_index (self->rows, Row, r);
      for (guint c = 0; c < row->n; c++)
        if (row->first + c == self->chosen || row->first + c == self->looked_at)
          draw_cell (self, snapshot, row->first + c, NUMBER_WIDTH + (double) c * CELL_WIDTH, row->y, &foreground);
    }
}

/* ---- the person */

/* What a screen reader says. */
static void
describe (SwSequenceView *self)
{
  g_autofree char *text = NULL;

  if (self->propensity == NULL || self->chosen == G_MAXUINT)
    text = g_strdup (_ ("Sequence"));
  else
    {
      const SwPropensityResidue *own = &self->propensity->residues[self->chosen];
      const SwResidue *residue = residue_at (self, self->chosen);
      if (own->known && own->rank > 0)
        /* Translators: amino acid, its number, percent */
        text = g_strdup_printf (_ ("%s %d: %.0f %%"), residue->name, (int) residue->number, 100.0 * (double) own->probability);
      else
        text = g_strdup_printf ("%s %d", residue->name, (int) residue->number);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
sw_sequence_view_choose (SwSequenceView *self, guint index)
{
  const guint n = self->propensity != NULL ? (guint) self->propensity->n_residues : 0;

  self->chosen = index < n ? index : G_MAXUINT;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
choose (SwSequenceView *self, guint index)
{
  sw_sequence_view_choose (self, index);
  if (self->chosen != G_MAXUINT)
    g_signal_emit (self, signals[CHOSEN], 0, self->chosen);
}

/* A long sequence is scrolled: what the keyboard chose stays in sight. */
static void
scroll_to_chosen (SwSequenceView *self)
{
  GtkWidget *scroller = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_SCROLLED_WINDOW);

  for (guint r = 0; scroller != NULL && r < self->rows->len; r++)
    {
      const Row *row = &g_array_index (self->rows, Row, r);
      if (row->n > 0 && self->chosen >= row->first && self->chosen < row->first + row->n)
        gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), row->y - HEAD_HEIGHT,
                                   row->y + CELL_HEIGHT + 2);
    }
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, SwSequenceView *self)
{
  const guint index = index_at (self, x, y);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (index != G_MAXUINT)
    choose (self, index);
}

static void
look_at (SwSequenceView *self, guint index)
{
  if (index == self->looked_at)
    return;
  self->looked_at = index;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[LOOKED_AT], 0, index);
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, SwSequenceView *self)
{
  look_at (self, index_at (self, x, y));
}

static void
on_leave (GtkEventControllerMotion *controller, SwSequenceView *self)
{
  look_at (self, G_MAXUINT);
}

static gboolean
on_key (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, SwSequenceView *self)
{
  const int n = self->propensity != NULL ? (int) self->propensity->n_residues : 0;
  const int columns = (int) columns_in (self->width), at = self->chosen == G_MAXUINT ? -1 : (int) self->chosen;
  int to;

  if (n == 0 || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) != 0)
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Left:
      to = at - 1;
      break;
    case GDK_KEY_Right:
      to = at + 1;
      break;
    case GDK_KEY_Up:
      to = at - columns;
      break;
    case GDK_KEY_Down:
      to = at + columns;
      break;
    case GDK_KEY_Home:
      to = 0;
      break;
    case GDK_KEY_End:
      to = n - 1;
      break;
    default:
      return FALSE;
    }
  choose (self, (guint) CLAMP (to, 0, n - 1));
  scroll_to_chosen (self);
  return TRUE;
}

/* ---- object */

void
sw_sequence_view_set_propensity (SwSequenceView *self, SwPropensity *propensity)
{
  g_clear_pointer (&self->propensity, sw_propensity_unref);
  self->propensity = propensity != NULL ? sw_propensity_ref (propensity) : NULL;
  self->chosen = self->looked_at = G_MAXUINT;
  g_array_set_size (self->rows, 0);
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
sw_sequence_view_finalize (GObject *object)
{
  SwSequenceView *self = SW_SEQUENCE_VIEW (object);

  g_clear_pointer (&self->propensity, sw_propensity_unref);
  g_array_unref (self->rows);
  G_OBJECT_CLASS (sw_sequence_view_parent_class)->finalize (object);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
sw_sequence_view_class_init (SwSequenceViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = sw_sequence_view_finalize;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  widget_class->get_request_mode = get_request_mode;
  gtk_widget_class_set_css_name (widget_class, "sequence");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST);
  signals[CHOSEN] = g_signal_new ("chosen", SW_TYPE_SEQUENCE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[LOOKED_AT]
      = g_signal_new ("looked-at", SW_TYPE_SEQUENCE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
sw_sequence_view_init (SwSequenceView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new (), *keys = gtk_event_controller_key_new ();

  self->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  self->chosen = self->looked_at = G_MAXUINT;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  describe (self);
}

GtkWidget *
sw_sequence_view_new (void)
{
  return g_object_new (SW_TYPE_SEQUENCE_VIEW, NULL);
}
