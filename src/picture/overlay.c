/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "picture/overlay.h"

#include <math.h>
#include <pango/pangocairo.h>

#include "picture/keys-draw.h"

/* Logical pixels. */
#define MARGIN 12.0
#define PADDING 9.0

/* cairo's premultiplied BGRA over RGBA that is not premultiplied. Only the part that is drawn is touched, so that large
 * pictures are not copied. */
static void
stamp (uint8_t *pixels, int width, int height, cairo_surface_t *surface, int x0, int y0)
{
  cairo_surface_flush (surface);
  const int w = cairo_image_surface_get_width (surface), h = cairo_image_surface_get_height (surface);
  const int stride = cairo_image_surface_get_stride (surface);
  const uint8_t *data = cairo_image_surface_get_data (surface);
  for (int y = MAX (0, -y0); y < MIN (h, height - y0); y++)
    for (int x = MAX (0, -x0); x < MIN (w, width - x0); x++)
      {
        const uint32_t *source = (const uint32_t *) (const void *) (data + (size_t) y * (size_t) stride) + x;
        const double alpha = (double) (*source >> 24) / 255.0;
        if (alpha <= 0.0)
          continue;
        uint8_t *p = pixels + 4 * ((size_t) (y + y0) * (size_t) width + (size_t) (x + x0));
        const double below = (1.0 - alpha) * p[3] / 255.0, sum = alpha + below;
        for (int k = 0; k < 3; k++)
          {
            const double over = (double) (*source >> (16 - 8 * k) & 255) / 255.0;
            p[k] = (uint8_t) lround (255.0 * fmin (1.0, (over + below * p[k] / 255.0) / sum));
          }
        p[3] = (uint8_t) lround (255.0 * fmin (1.0, sum));
      }
}

static cairo_surface_t *
card_new (double width, double height, double scale, bool is_dark, bool is_plain, cairo_t **ret_cr)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (width), (int) ceil (height));
  cairo_t *cr = cairo_create (surface);
  const double r = 8.0 * scale;
  if (!is_plain)
    {
      cairo_new_sub_path (cr);
      cairo_arc (cr, width - r, r, r, -G_PI_2, 0.0);
      cairo_arc (cr, width - r, height - r, r, 0.0, G_PI_2);
      cairo_arc (cr, r, height - r, r, G_PI_2, G_PI);
      cairo_arc (cr, r, r, r, G_PI, 1.5 * G_PI);
      cairo_close_path (cr);
      const double grey = is_dark ? 0.14 : 0.98;
      cairo_set_source_rgba (cr, grey, grey, grey, 0.88);
      cairo_fill (cr);
    }
  *ret_cr = cr;
  return surface;
}

static PangoLayout *
text_layout (cairo_t *cr, const char *text, double pixels, bool is_bold, int *ret_width, int *ret_height)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string (is_bold ? "Sans Bold" : "Sans");
  pango_font_description_set_absolute_size (font, pixels * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_size (layout, ret_width, ret_height);
  return layout;
}

static void
set_ink (cairo_t *cr, bool is_dark)
{
  const double grey = is_dark ? 0.96 : 0.12;
  cairo_set_source_rgb (cr, grey, grey, grey);
}

static void
paint_keys (const SwOverlay *o, uint8_t *pixels)
{
  const double scale = o->scale;
  int width, height;
  cairo_t *cr;
  if (o->keys == NULL || o->keys->len == 0)
    return;
  sw_keys_measure (o->keys, scale, &width, &height);
  const double w = width + 2.0 * PADDING * scale, h = height + 2.0 * PADDING * scale;
  cairo_surface_t *card = card_new (w, h, scale, o->is_dark, false, &cr);
  cairo_translate (cr, floor (PADDING * scale), floor (PADDING * scale));
  sw_keys_draw (o->keys, cr, scale, o->is_dark);
  stamp (pixels, o->width, o->height, card, (int) (o->width - w - MARGIN * scale), (int) (o->height - h - MARGIN * scale));
  cairo_destroy (cr);
  cairo_surface_destroy (card);
}

static void
paint_bar (const SwOverlay *o, uint8_t *pixels)
{
  const double scale = o->scale, h = 30.0 * scale, w = fmax (o->bar, 50.0 * scale) + 4.0 * scale;
  cairo_t *cr;
  int tw, th;
  if (o->bar <= 0.0)
    return;
  cairo_surface_t *card = card_new (w, h, scale, o->is_dark, true, &cr);
  PangoLayout *layout = text_layout (cr, o->bar_text, 12.0 * scale, false, &tw, &th);
  set_ink (cr, o->is_dark);
  cairo_move_to (cr, 2.0 * scale + fmax (0.0, 0.5 * (o->bar - tw)), h - 7.0 * scale - th);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
  cairo_rectangle (cr, 2.0 * scale, h - 5.0 * scale, o->bar, 3.0 * scale);
  cairo_fill (cr);
  stamp (pixels, o->width, o->height, card, (int) (MARGIN * scale), (int) (o->height - h - MARGIN * scale));
  cairo_destroy (cr);
  cairo_surface_destroy (card);
}

static void
paint_caption (const SwOverlay *o, unsigned i, uint8_t *pixels)
{
  const double scale = o->scale;
  cairo_t *cr;
  int tw, th;
  cairo_surface_t *probe = card_new (1, 1, scale, o->is_dark, true, &cr);
  g_object_unref (text_layout (cr, o->captions[i].text, 13.0 * scale, true, &tw, &th));
  cairo_destroy (cr);
  cairo_surface_destroy (probe);
  const double w = tw + 2.0 * PADDING * scale, h = th + PADDING * scale;
  cairo_surface_t *card = card_new (w, h, scale, o->is_dark, false, &cr);
  PangoLayout *layout = text_layout (cr, o->captions[i].text, 13.0 * scale, true, &tw, &th);
  set_ink (cr, o->is_dark);
  cairo_move_to (cr, PADDING * scale, 0.5 * PADDING * scale);
  pango_cairo_show_layout (cr, layout);
  g_object_unref (layout);
  stamp (pixels, o->width, o->height, card, (int) (o->captions[i].x + MARGIN * scale), (int) (o->captions[i].y + MARGIN * scale));
  cairo_destroy (cr);
  cairo_surface_destroy (card);
}

void
sw_overlay_paint (const SwOverlay *overlay, uint8_t *pixels)
{
  for (unsigned i = 0; i < overlay->n_captions; i++)
    paint_caption (overlay, i, pixels);
  paint_bar (overlay, pixels);
  paint_keys (overlay, pixels);
}
