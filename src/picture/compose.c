/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "picture/compose.h"

#include <glib/gi18n-lib.h>
#include <math.h>

double
sw_compose_bar_length (const SwCamera *camera, double pane_width, double pane_height)
{
  const double unit = 2.0 * camera->distance * tan (0.5 * camera->fov) / pane_height;
  const double longest = 0.25 * unit * pane_width;
  const double power = pow (10.0, floor (log10 (longest)));
  return longest >= 5.0 * power ? 5.0 * power : longest >= 2.0 * power ? 2.0 * power : power;
}

void
sw_compose_paint (SwScene *scene, const SwComposeOptions *options, uint8_t *pixels)
{
  const double height = options->height;
  SwOverlay overlay = { .width = options->width,
                        .height = options->height,
                        .scale = options->scale > 0.0 ? options->scale : CLAMP (height / 700.0, 0.6, 12.0),
                        .is_dark = sw_scene_get_background (scene) == SW_BACKGROUND_DARK };
  g_autoptr (GPtrArray) keys = options->keys ? sw_keys_new (scene, 0, options->explanation) : NULL;
  g_autofree char *text = NULL;
  SwRectangle r;
  SwCamera camera;

  if (options->paint == NULL)
    return;
  overlay.keys = keys;
  for (unsigned i = 0; options->captions != NULL && i < sw_scene_get_n_panes (scene) && options->captions[i] != NULL; i++)
    {
      sw_scene_get_pane_rectangle (scene, i, options->width, options->height, &r);
      overlay.captions[i].x = r.x;
      overlay.captions[i].y = r.y;
      overlay.captions[i].text = options->captions[i];
      overlay.n_captions++;
    }
  if (options->scale_bar)
    {
      sw_scene_get_pane_rectangle (scene, 0, options->width, options->height, &r);
      sw_scene_get_camera (scene, 0, &camera);
      camera.distance *= options->own_unit > 0.0 ? options->own_unit : 1.0;
      const double length = sw_compose_bar_length (&camera, r.width, r.height);
      overlay.bar = length * r.height / (2.0 * camera.distance * tan (0.5 * camera.fov));
      /* Translators: a length in angstrom */
      text = g_strdup_printf (options->own_unit > 0.0 ? "%g" : _ ("%g Å"), length);
      overlay.bar_text = text;
    }
  options->paint (&overlay, pixels);
}

uint8_t *
sw_compose_render (SwHeadless *headless, SwScene *scene, const SwComposeOptions *options, GError **error)
{
  uint8_t *pixels = sw_headless_render (headless, scene, options->width, options->height, SW_QUALITY_EXPORT, error);
  if (pixels != NULL)
    sw_compose_paint (scene, options, pixels);
  return pixels;
}

gboolean
sw_compose_png (SwHeadless *headless,
                SwScene *scene,
                const SwComposeOptions *options,
                const char *path,
                const char *description,
                GError **error)
{
  g_autofree uint8_t *pixels = sw_compose_render (headless, scene, options, error);
  return pixels != NULL && sw_png_write (path, pixels, options->width, options->height, description, error);
}
