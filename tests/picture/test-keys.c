/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys say what the scene is drawn with, and pictures contain them. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <webp/demux.h>

#include "picture/compose.h"
#include "picture/keys-draw.h"
#include "picture/molecule-scene.h"
#include "picture/turntable.h"

static SwScene *
scene_new (void)
{
  static const double positions[3][3] = { { 0, 0, 0 }, { 4, 0, 0 }, { 0, 4, 0 } };
  static const uint8_t elements[3] = { 6, 7, 8 };
  static const double centre[3] = { 1, 1, 0 };
  const SwGridGeometry grid = { .n = { 4, 4, 4 }, .spacing = 3.0 };
  float vectors[3 * 64] = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SwStructure) structure = sw_structure_new_from_points (3, positions, elements, "three", &error);
  g_assert_no_error (error);
  SwScene *scene = sw_scene_new ();
  sw_molecule_scene_set (scene, structure, centre);
  sw_scene_set_molecule_style (scene, SW_PANE_ALL, SW_MOLECULE_BALL_AND_STICK, SW_COLOR_ELEMENT);
  for (int i = 0; i < 64; i++)
    vectors[i] = (float) i / 63.0f;
  sw_scene_set_field (scene, 0, 1, &grid, vectors, NULL);
  sw_scene_fit (scene, SW_PANE_ALL, 400, 300);
  g_autofree char *label = sw_molecule_scene_dup_label (structure, 1);
  g_assert_nonnull (strstr (label, "N"));
  g_assert_null (sw_molecule_scene_dup_label (structure, -1));
  g_assert_null (sw_molecule_scene_dup_label (structure, 3));
  return scene;
}

static void
test_text (void)
{
  SwScene *scene = scene_new ();
  g_autoptr (GPtrArray) keys = sw_keys_new (scene, 0, 0.0);
  g_autoptr (GPtrArray) again = sw_keys_new (scene, 0, 0.0);
  g_assert_cmpuint (keys->len, ==, 2);
  g_assert_true (sw_keys_equal (keys, again));
  g_autofree char *text = sw_keys_dup_text (keys);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "C, N, O"));
  g_assert_nonnull (strstr (text, "l = 1"));
  sw_scene_set_field (scene, 0, 0, NULL, NULL, NULL);
  g_autoptr (GPtrArray) fewer = sw_keys_new (scene, 0, 0.0);
  g_assert_cmpuint (fewer->len, ==, 1);
  g_assert_false (sw_keys_equal (keys, fewer));
  int w = 0, h = 0, w2 = 0, h2 = 0, h3 = 0;
  sw_keys_measure (keys, 1.0, &w, &h);
  sw_keys_measure (keys, 2.0, &w2, &h2);
  sw_keys_measure (fewer, 1.0, &w, &h3);
  g_assert_cmpint (h3, <, h);
  g_assert_cmpfloat_with_epsilon ((double) h2 / h, 2.0, 0.15);
  g_autofree char *minus = sw_keys_format (-0.25);
  g_assert_cmpstr (minus, ==, "−0.25");
  sw_scene_free (scene);
}

static void
test_bar_length (void)
{
  SwCamera camera;
  sw_camera_init (&camera);
  for (int i = 0; i < 200; i++)
    {
      camera.distance = pow (10.0, g_test_rand_double_range (-1, 4));
      const double length = sw_compose_bar_length (&camera, 600, 500);
      const double part = length / (2.0 * camera.distance * tan (0.5 * camera.fov) / 500.0) / 600.0;
      g_assert_cmpfloat (part, <=, 0.25 + 1e-9);
      g_assert_cmpfloat (part, >=, 0.0999);
      const double mantissa = length / pow (10.0, floor (log10 (length) + 1e-9));
      g_assert_true (fabs (mantissa - 1) < 1e-6 || fabs (mantissa - 2) < 1e-6 || fabs (mantissa - 5) < 1e-6);
    }
}

/* Keys, bar and captions change the picture where they belong and nowhere else; the bar has its length. */
static void
test_compose (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  if (headless == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  SwScene *scene = scene_new ();
  sw_scene_set_background (scene, SW_BACKGROUND_TRANSPARENT);
  static const char *const captions[] = { "f(Rx)", NULL };
  SwComposeOptions options = { .width = 400, .height = 300, .scale = 1.0, .paint = sw_overlay_paint };
  g_autofree uint8_t *plain = sw_compose_render (headless, scene, &options, &error);
  g_assert_no_error (error);
  options.keys = options.scale_bar = true;
  options.captions = captions;
  g_autofree uint8_t *full = sw_compose_render (headless, scene, &options, &error);
  g_assert_no_error (error);
  int corners[4] = { 0 }, elsewhere = 0, longest = 0, run = 0;
  for (int y = 0; y < 300; y++)
    for (int x = 0; x < 400; x++)
      {
        const uint8_t *a = plain + 4 * (y * 400 + x), *b = full + 4 * (y * 400 + x);
        if (memcmp (a, b, 4) != 0)
          {
            corners[(y >= 150) * 2 + (x >= 200)]++;
            elsewhere += x > 180 && y < 100;
          }
        run = memcmp (a, b, 4) != 0 && x > 0 && x < 110 && y > 280 ? run + 1 : 0;
        longest = MAX (longest, run);
      }
  g_assert_cmpint (corners[0], >, 200);  /* caption */
  g_assert_cmpint (corners[2], >, 100);  /* scale bar */
  g_assert_cmpint (corners[3], >, 3000); /* keys */
  g_assert_cmpint (elsewhere, ==, 0);
  SwCamera camera;
  sw_scene_get_camera (scene, 0, &camera);
  const double bar = sw_compose_bar_length (&camera, 400, 300) / (2.0 * camera.distance * tan (0.5 * camera.fov) / 300);
  g_test_message ("bar %d pixels, wanted %.1f", longest, bar);
  g_assert_cmpfloat_with_epsilon (longest, bar, 1.6);
  /* In a unit of which seven are one here, the bar is a round number of those. */
  options.own_unit = 7.0;
  g_autofree uint8_t *own = sw_compose_render (headless, scene, &options, &error);
  g_assert_no_error (error);
  longest = run = 0;
  for (int y = 281; y < 300; y++)
    for (int x = 0; x < 150; x++)
      {
        run = memcmp (plain + 4 * (y * 400 + x), own + 4 * (y * 400 + x), 4) != 0 && x > 0 ? run + 1 : 0;
        longest = MAX (longest, run);
      }
  const double pixel = 2.0 * 7.0 * camera.distance * tan (0.5 * camera.fov) / 300;
  camera.distance *= 7.0;
  const double own_bar = sw_compose_bar_length (&camera, 400, 300) / pixel;
  g_test_message ("own bar %d pixels, wanted %.1f", longest, own_bar);
  g_assert_cmpfloat_with_epsilon (longest, own_bar, 1.6);
  g_assert_cmpfloat (fabs (own_bar - bar), >, 3.0);
  sw_scene_free (scene);
}

/* Four frames: all there, of the right size, unlike each other; the camera is put back. */
static void
test_turntable (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  if (headless == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  SwScene *scene = scene_new ();
  SwCamera before, after;
  sw_scene_get_camera (scene, 0, &before);
  g_autofree char *folder = g_dir_make_tmp ("swivel-turntable-XXXXXX", NULL);
  g_autofree char *webp = g_build_filename (folder, "t.webp", NULL), *png = g_build_filename (folder, "t.png", NULL);
  const SwTurntableOptions options = { .compose = { .width = 96, .height = 64 }, .n_frames = 4, .milliseconds = 40 };
  g_assert_true (sw_turntable_write (headless, scene, &options, webp, NULL, &error));
  g_assert_no_error (error);
  g_autofree char *bytes = NULL;
  gsize size = 0;
  g_assert_true (g_file_get_contents (webp, &bytes, &size, NULL));
  const WebPData data = { (const uint8_t *) bytes, size };
  WebPAnimDecoder *decoder = WebPAnimDecoderNew (&data, NULL);
  WebPAnimInfo info;
  g_assert_nonnull (decoder);
  g_assert_true (WebPAnimDecoderGetInfo (decoder, &info));
  g_assert_cmpuint (info.frame_count, ==, 4);
  g_assert_cmpuint (info.canvas_width, ==, 96);
  WebPAnimDecoderDelete (decoder);
  g_assert_true (sw_turntable_write (headless, scene, &options, png, NULL, &error));
  g_autofree char *first = NULL;
  gsize first_size = 0;
  for (int i = 0; i < 4; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/t-%03d.png", folder, i), *frame = NULL;
      gsize frame_size = 0;
      g_assert_true (g_file_get_contents (name, &frame, &frame_size, NULL));
      if (i > 0)
        g_assert_false (frame_size == first_size && memcmp (frame, first, frame_size) == 0);
      else
        {
          first = g_steal_pointer (&frame);
          first_size = frame_size;
        }
      g_unlink (name);
    }
  sw_scene_get_camera (scene, 0, &after);
  g_assert_cmpmem (&before, sizeof before, &after, sizeof after);
  g_unlink (webp);
  g_rmdir (folder);
  g_assert_false (sw_turntable_write (headless, scene, &options, "x.gif", NULL, &error));
  g_assert_nonnull (error);
  sw_scene_free (scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/keys/text", test_text);
  g_test_add_func ("/picture/compose/bar-length", test_bar_length);
  g_test_add_func ("/picture/compose/parts", test_compose);
  g_test_add_func ("/picture/turntable/frames", test_turntable);
  return g_test_run ();
}
