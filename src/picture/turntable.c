/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "picture/turntable.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include "base/file.h"

#define FRAMES_MAX 720

static gboolean
refuse (GError **error, const char *path, const char *cause)
{
  g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_FILE, "%s: %s", path, cause);
  return FALSE;
}

static gboolean
write_webp (WebPAnimEncoder *encoder, const char *path, unsigned end, GError **error)
{
  WebPData data;
  SwError plain = { 0 };

  WebPDataInit (&data);
  if (!WebPAnimEncoderAdd (encoder, NULL, (int) end, NULL) || !WebPAnimEncoderAssemble (encoder, &data))
    return refuse (error, path, WebPAnimEncoderGetError (encoder));
  const SwStatus status = sw_file_write (path, data.bytes, data.size, &plain);
  WebPDataClear (&data);
  return status == SW_OK || refuse (error, path, plain.text);
}

static gboolean
add_frame (WebPAnimEncoder *encoder, const uint8_t *pixels, const SwComposeOptions *o, unsigned start, const char *path, GError **error)
{
  WebPConfig config;
  WebPPicture picture;

  if (!WebPConfigPreset (&config, WEBP_PRESET_DRAWING, 88.0f) || !WebPPictureInit (&picture))
    return refuse (error, path, _ ("the WebP library is of another version"));
  config.method = 3;
  picture.use_argb = 1;
  picture.width = o->width;
  picture.height = o->height;
  const gboolean ok = WebPPictureImportRGBA (&picture, pixels, 4 * o->width)
                      && WebPAnimEncoderAdd (encoder, &picture, (int) start, &config);
  WebPPictureFree (&picture);
  return ok || refuse (error, path, WebPAnimEncoderGetError (encoder));
}

gboolean
sw_turntable_write (SwHeadless *headless,
                    SwScene *scene,
                    const SwTurntableOptions *options,
                    const char *path,
                    const SwProgress *progress,
                    GError **error)
{
  const SwComposeOptions *o = &options->compose;
  const gboolean is_webp = g_str_has_suffix (path, ".webp");
  double axis[3] = { options->axis[0], options->axis[1], options->axis[2] };
  const double length = sqrt (axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  gboolean ok = TRUE;
  SwCamera start;

  if (!is_webp && !g_str_has_suffix (path, ".png"))
    return refuse (error, path, _ ("the name of the file must end in .webp, or in .png for single frames"));
  if (options->n_frames < 2 || options->n_frames > FRAMES_MAX)
    return refuse (error, path, _ ("a turntable has 2 to 720 frames"));
  sw_scene_get_camera (scene, 0, &start);
  WebPAnimEncoder *encoder = NULL;
  if (is_webp)
    {
      WebPAnimEncoderOptions encoding;
      if (WebPAnimEncoderOptionsInit (&encoding))
        encoder = WebPAnimEncoderNew (o->width, o->height, &encoding);
      if (encoder == NULL)
        return refuse (error, path, _ ("a WebP file cannot be of this size"));
    }
  for (unsigned i = 0; ok && i < options->n_frames; i++)
    {
      const double angle = 2.0 * G_PI * i / options->n_frames;
      SwCamera camera = start;
      if (length > 0.0)
        camera.orientation
            = sw_quat_multiply (start.orientation, sw_quat_from_axis_angle ((const double[3]){ axis[0] / length, axis[1] / length, axis[2] / length }, angle));
      else
        camera.orientation = sw_quat_multiply (sw_quat_from_axis_angle ((const double[3]){ 0.0, 1.0, 0.0 }, angle), start.orientation);
      sw_scene_set_camera (scene, SW_PANE_ALL, &camera);
      if (!sw_progress (progress, (double) i / options->n_frames, _ ("Drawing frames")))
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled"));
          ok = FALSE;
          break;
        }
      g_autofree uint8_t *pixels = sw_compose_render (headless, scene, o, error);
      ok = pixels != NULL;
      if (ok && is_webp)
        ok = add_frame (encoder, pixels, o, i * options->milliseconds, path, error);
      else if (ok)
        {
          g_autofree char *stem = g_strndup (path, strlen (path) - 4);
          g_autofree char *name = g_strdup_printf ("%s-%03u.png", stem, i);
          ok = sw_png_write (name, pixels, o->width, o->height, NULL, error);
        }
    }
  sw_scene_set_camera (scene, SW_PANE_ALL, &start);
  if (ok && is_webp)
    ok = write_webp (encoder, path, options->n_frames * options->milliseconds, error);
  WebPAnimEncoderDelete (encoder);
  return ok;
}
