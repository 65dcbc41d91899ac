/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pictures compared with the formula, and with the same thing seen another way. */
#include <epoxy/gl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/headless.h"
#include "so3/harmonics.h"

#define SIDE 240

static SwHeadless *headless;

static SwScene *
plain_scene (double distance)
{
  SwScene *scene = sw_scene_new ();
  sw_scene_set_background (scene, SW_BACKGROUND_TRANSPARENT);
  sw_scene_set_effects (scene, 0.0, 0.0, 0.0);
  SwCamera camera;
  sw_camera_init (&camera);
  camera.distance = distance;
  sw_scene_set_camera (scene, SW_PANE_ALL, &camera);
  return scene;
}

static uint8_t *
draw (SwScene *scene, SwQuality quality)
{
  g_autoptr (GError) error = NULL;
  uint8_t *pixels = sw_headless_render (headless, scene, SIDE, SIDE, quality, &error);
  g_assert_no_error (error);
  return pixels;
}

/* Mean and largest difference of all bytes. */
static double
difference (const uint8_t *a, const uint8_t *b)
{
  double sum = 0.0;
  for (size_t i = 0; i < 4 * SIDE * SIDE; i++)
    sum += abs (a[i] - b[i]);
  return sum / (4 * SIDE * SIDE);
}

static double
hit (const double o[3], const double d[3], const float c[3], double r)
{
  double along = 0.0, square = 0.0;
  for (int i = 0; i < 3; i++)
    along += (c[i] - o[i]) * d[i];
  for (int i = 0; i < 3; i++)
    square += pow (c[i] - o[i] - along * d[i], 2);
  return square < r * r ? along - sqrt (r * r - square) : INFINITY;
}

/* Two spheres that cut each other: which of them a pixel shows is silhouette and depth in one. */
static void
test_spheres (void)
{
  const float positions[2][3] = { { -1.0f, 0.2f, 0.5f }, { 1.2f, 0.0f, -0.4f } };
  const float radii[2] = { 1.9f, 2.2f };
  const uint8_t colors[2][4] = { { 255, 0, 0, 255 }, { 0, 0, 255, 255 } };
  for (int orthographic = 0; orthographic < 2; orthographic++)
    {
      SwScene *scene = plain_scene (14.0);
      SwCamera camera;
      sw_scene_get_camera (scene, 0, &camera);
      camera.orthographic = orthographic;
      camera.orientation = sw_camera_standard (6);
      sw_scene_set_camera (scene, 0, &camera);
      sw_scene_set_molecule (
          scene, 0,
          &(SwMolecule){ .n_atoms = 2, .positions = positions, .radii = radii, .colors = colors });
      sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_SPHERES, SW_COLOR_GIVEN);
      g_autofree uint8_t *pixels = draw (scene, SW_QUALITY_EXPORT);
      int n_wrong = 0, n_shown[3] = { 0 };
      for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
          {
            double o[3], d[3];
            sw_camera_ray (&camera, x + 0.5, y + 0.5, SIDE, SIDE, o, d);
            const double a = hit (o, d, positions[0], radii[0]),
                         b = hit (o, d, positions[1], radii[1]);
            const int expected = isinf (a) && isinf (b) ? 0 : a < b ? 1 : 2;
            const uint8_t *p = pixels + 4 * (y * SIDE + x);
            const int shown = p[3] < 128 ? 0 : p[0] > p[2] ? 1 : 2;
            n_shown[shown]++;
            n_wrong += shown != expected;
          }
      g_test_message ("%d of %d pixels differ; shown %d %d", n_wrong, SIDE * SIDE, n_shown[1],
                      n_shown[2]);
      g_assert_cmpint (n_shown[1], >, 3000);
      g_assert_cmpint (n_shown[2], >, 3000);
      /* Half a pixel of doubt along the outlines. */
      g_assert_cmpint (n_wrong, <, 250);
      sw_scene_free (scene);
    }
}

static void
test_arrow (void)
{
  const SwGridGeometry grid = { .n = { 1, 1, 1 }, .spacing = 3.0 };
  for (int i = 0; i < 12; i++)
    {
      const double angle = g_test_rand_double_range (-M_PI, M_PI);
      const float data[3] = { (float) sin (angle), (float) g_test_rand_double_range (-0.5, 0.5),
                              (float) cos (angle) }; /* y, z, x */
      SwScene *scene = plain_scene (20.0);
      sw_scene_set_field (scene, 0, 1, &grid, data, NULL);
      g_autofree uint8_t *pixels = draw (scene, SW_QUALITY_REST);
      double n = 0, mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
      for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
          {
            const double w = pixels[4 * (y * SIDE + x) + 3];
            const double u = x + 0.5 - SIDE / 2.0, v = SIDE / 2.0 - y - 0.5;
            n += w;
            mx += w * u;
            my += w * v;
            xx += w * u * u;
            xy += w * u * v;
            yy += w * v * v;
          }
      g_assert_cmpfloat (n, >, 255 * 300);
      mx /= n;
      my /= n;
      const double direction
          = 0.5 * atan2 (2 * (xy / n - mx * my), xx / n - mx * mx - yy / n + my * my);
      double off = remainder (direction - angle, M_PI);
      g_test_message ("angle %.3f, off by %.4f", angle, off);
      g_assert_cmpfloat (fabs (off), <, 0.05);
      /* The head is the wide end. */
      double spread[2] = { 0.0, 0.0 };
      for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
          {
            const double u = x + 0.5 - SIDE / 2.0, v = SIDE / 2.0 - y - 0.5;
            const double across = v * cos (angle) - u * sin (angle);
            spread[u * cos (angle) + v * sin (angle) > 0.0]
                += pixels[4 * (y * SIDE + x) + 3] * across * across;
          }
      g_assert_cmpfloat (spread[1], >, 2.0 * spread[0]);
      sw_scene_free (scene);
    }
}

/* Where r(u) = |sum c_m Y_lm(u)| of so3/harmonics.h lies in the picture, and with which sign in
 * front. */
static void
test_glyph (void)
{
  const SwGridGeometry grid = { .n = { 1, 1, 1 }, .spacing = 3.0 };
  for (unsigned l = 0; l <= SW_SCENE_L_MAX; l++)
    for (int round = 0; round < 2; round++)
      {
        float data[9];
        double norm = 0.0;
        for (unsigned m = 0; m < 2 * l + 1; m++)
          {
            data[m] = (float) g_test_rand_double_range (-1, 1);
            norm += data[m] * data[m];
          }
        norm = sqrt (norm);
        const double scale = 2.7 / (norm * sqrt ((2 * l + 1) / (4 * M_PI)));
        SwScene *scene = plain_scene (14.0);
        SwCamera camera;
        sw_scene_get_camera (scene, 0, &camera);
        camera.orientation = sw_camera_standard (6);
        sw_scene_set_camera (scene, 0, &camera);
        sw_scene_set_field (scene, 0, l, &grid, data,
                            &(SwFieldStyle){ .display = SW_DISPLAY_GLYPHS });
        g_autofree uint8_t *pixels = draw (scene, SW_QUALITY_EXPORT);
        g_autofree float *front = g_new (float, SIDE *SIDE);
        g_autofree int8_t *sign = g_new0 (int8_t, SIDE * SIDE);
        for (int i = 0; i < SIDE * SIDE; i++)
          front[i] = INFINITY;
        const int n = 400;
        for (int i = 0; i < n; i++)
          for (int j = 0; j < 2 * n; j++)
            {
              const double theta = M_PI * (i + 0.5) / n, phi = M_PI * j / n;
              const double u[3] = { sin (theta) * cos (phi), sin (theta) * sin (phi), cos (theta) };
              double y[25], f = 0.0, x, py, depth;
              sw_harmonics (l, u, y);
              for (unsigned m = 0; m < 2 * l + 1; m++)
                f += scale * data[m] * y[l * l + m];
              const double p[3] = { fabs (f) * u[0], fabs (f) * u[1], fabs (f) * u[2] };
              sw_camera_project (&camera, p, SIDE, SIDE, &x, &py, &depth);
              const int pixel = (int) py * SIDE + (int) x;
              if (depth < front[pixel])
                {
                  front[pixel] = (float) depth;
                  sign[pixel] = f > 0.0 ? 1 : -1;
                }
            }
        int n_both = 0, n_one = 0, n_sign = 0;
        for (int i = 0; i < SIDE * SIDE; i++)
          {
            const uint8_t *p = pixels + 4 * i;
            const int shown = p[3] < 128 ? 0 : p[0] > p[2] ? 1 : -1;
            n_both += shown != 0 && sign[i] != 0;
            n_one += (shown != 0) != (sign[i] != 0);
            n_sign += shown != 0 && sign[i] != 0 && shown != sign[i];
          }
        g_test_message ("l %u: %d pixels agree, %d outlines differ, %d signs differ", l, n_both,
                        n_one, n_sign);
        g_assert_cmpint (n_both, >, 1500);
        g_assert_cmpint (n_one, <, n_both / 12);
        g_assert_cmpint (n_sign, <, n_both / 20 + 1);
        sw_scene_free (scene);
      }
}

#define N 14

static void
fill_scene (SwScene *scene, SwDisplay display, unsigned l)
{
  static float density[N * N * N], field[(2 * SW_SCENE_L_MAX + 1) * N * N * N];
  const SwGridGeometry grid = { .n = { N, N, N }, .spacing = 1.0 };
  for (int v = 0; v < N * N * N; v++)
    {
      const double x = v % N - 6.0, y = v / N % N - 7.0, z = v / (N * N) - 5.5;
      density[v] = (float) exp (-(x * x + 2 * y * y + z * z) / 12.0);
      for (unsigned m = 0; m < 2 * l + 1; m++)
        field[m * N * N * N + v]
            = (float) (density[v] * sin (0.5 * x * (m + 1) - 0.3 * y + 0.4 * z));
    }
  const float positions[4][3] = { { 0, 0, 0 }, { 1.5f, 0, 0 }, { 2, 1.4f, 0 }, { 2, 1.6f, 1.5f } };
  const uint8_t elements[4] = { 6, 7, 8, 16 };
  const uint32_t bonds[3][2] = { { 0, 1 }, { 1, 2 }, { 2, 3 } };
  sw_scene_set_molecule (scene, SW_PANE_ALL,
                         &(SwMolecule){ .n_atoms = 4,
                                        .positions = positions,
                                        .elements = elements,
                                        .n_bonds = 3,
                                        .bonds = bonds });
  sw_scene_set_density (scene, SW_PANE_ALL, &grid, density, &(SwFieldStyle){ .opacity = 0.5 });
  sw_scene_set_field (scene, SW_PANE_ALL, l, &grid, field, &(SwFieldStyle){ .display = display });
}

static const struct
{
  SwDisplay display;
  unsigned l;
} contents[] = {
  { SW_DISPLAY_VOLUME, 0 }, { SW_DISPLAY_ISOSURFACE, 0 }, { SW_DISPLAY_VOLUME, 2 },
  { SW_DISPLAY_ARROWS, 1 }, { SW_DISPLAY_GLYPHS, 1 },     { SW_DISPLAY_GLYPHS, 2 },
  { SW_DISPLAY_GLYPHS, 3 }, { SW_DISPLAY_GLYPHS, 4 },
};

/* The scene turned by R, and the camera turned by R^-1. */
static void
test_turned (void)
{
  SwRandom random;
  sw_random_init (&random, 11);
  for (size_t i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      const SwQuat r = sw_quat_random (&random);
      SwScene *scene = sw_scene_new ();
      fill_scene (scene, contents[i].display, contents[i].l);
      sw_scene_fit (scene, SW_PANE_ALL, SIDE, SIDE);
      SwCamera camera;
      sw_scene_get_camera (scene, 0, &camera);
      g_autofree uint8_t *unturned = draw (scene, SW_QUALITY_REST);
      sw_scene_set_input_rotation (scene, 0, r);
      sw_scene_set_density_rotation (scene, 0, r);
      sw_scene_set_field_rotation (scene, 0, r);
      g_autofree uint8_t *turned = draw (scene, SW_QUALITY_REST);
      sw_scene_set_input_rotation (scene, 0, SW_QUAT_IDENTITY);
      sw_scene_set_density_rotation (scene, 0, SW_QUAT_IDENTITY);
      sw_scene_set_field_rotation (scene, 0, SW_QUAT_IDENTITY);
      camera.orientation = sw_quat_multiply (camera.orientation, r);
      sw_scene_set_camera (scene, 0, &camera);
      g_autofree uint8_t *seen = draw (scene, SW_QUALITY_REST);
      const double same = difference (turned, seen), other = difference (turned, unturned);
      g_test_message ("%s l %u: %.4f (turned or not: %.2f)", sw_display_name (contents[i].display),
                      contents[i].l, same, other);
      g_assert_cmpfloat (same, <, 0.05);
      g_assert_cmpfloat (other, >, 0.3);
      sw_scene_free (scene);
    }
}

/* A vector field turned as a picture is the field with turned data on a turned grid: a quarter turn
 * about z. */
static void
test_data_turned (void)
{
  static float field[3 * N * N * N], turned_field[3 * N * N * N];
  const size_t n = N * N * N;
  const SwGridGeometry grid = { .n = { N, N, N }, .spacing = 1.0 };
  for (int z = 0; z < N; z++)
    for (int y = 0; y < N; y++)
      for (int x = 0; x < N; x++)
        {
          const size_t v = (size_t) ((z * N + y) * N + x);
          const size_t w = (size_t) ((z * N + x) * N + (N - 1 - y)); /* (x, y) goes to (-y, x) */
          const double size = exp (-0.1 * (pow (x - 4, 2) + pow (y - 8, 2) + pow (z - 6, 2)));
          const double vx = size, vy = 0.5 * size * cos (x), vz = 0.3 * size * sin (y);
          field[v] = (float) vy;
          field[n + v] = (float) vz;
          field[2 * n + v] = (float) vx;
          turned_field[w] = (float) vx;
          turned_field[n + w] = (float) vz;
          turned_field[2 * n + w] = (float) -vy;
        }
  SwScene *scene = plain_scene (40.0);
  const SwFieldStyle style = { .n_glyphs_max = 5000 };
  sw_scene_set_field (scene, 0, 1, &grid, turned_field, &style);
  g_autofree uint8_t *a = draw (scene, SW_QUALITY_REST);
  sw_scene_set_field (scene, 0, 1, &grid, field, &style);
  g_autofree uint8_t *unturned = draw (scene, SW_QUALITY_REST);
  sw_scene_set_field_rotation (scene, 0,
                               sw_quat_from_axis_angle ((const double[3]){ 0, 0, 1 }, M_PI_2));
  g_autofree uint8_t *b = draw (scene, SW_QUALITY_REST);
  g_test_message ("%.4f, not turned %.3f", difference (a, b), difference (a, unturned));
  g_assert_cmpfloat (difference (a, b), <, 0.1);
  g_assert_cmpfloat (difference (a, unturned), >, 0.5);
  sw_scene_free (scene);
}

/* The coarse picture while something moves shows the same as the one at rest, less its refinements. */
static void
test_moving (void)
{
  SwScene *nothing = sw_scene_new ();
  g_autofree uint8_t *empty = draw (nothing, SW_QUALITY_INTERACTIVE);
  for (size_t i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      SwScene *scene = sw_scene_new ();
      fill_scene (scene, contents[i].display, contents[i].l);
      sw_scene_set_box (scene, 0, &(SwGridGeometry){ .n = { N, N, N }, .spacing = 1.0 }, 0);
      sw_scene_set_effects (scene, 1.0, 0.0, 0.0);
      sw_scene_fit (scene, SW_PANE_ALL, SIDE, SIDE);
      g_autofree uint8_t *rest = draw (scene, SW_QUALITY_REST);
      g_autofree uint8_t *moving = draw (scene, SW_QUALITY_INTERACTIVE);
      const double same = difference (rest, moving), other = difference (moving, empty);
      g_test_message ("%s l %u: %.3f (from nothing: %.2f)", sw_display_name (contents[i].display),
                      contents[i].l, same, other);
      g_assert_cmpfloat (same, <, 0.5 * other);
      sw_scene_free (scene);
    }
  sw_scene_free (nothing);
}

static void
test_es (void)
{
  g_autoptr (GError) error = NULL;
  SwHeadless *es = sw_headless_new_es (&error);
  if (es == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      SwScene *scene = sw_scene_new ();
      fill_scene (scene, contents[i].display, contents[i].l);
      sw_scene_fit (scene, SW_PANE_ALL, SIDE, SIDE);
      g_autofree uint8_t *a = draw (scene, SW_QUALITY_REST);
      g_autofree uint8_t *b = sw_headless_render (es, scene, SIDE, SIDE, SW_QUALITY_REST, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (difference (a, b), <, 0.1);
      sw_scene_free (scene);
    }
  sw_headless_free (es);
  sw_headless_make_current (headless);
}

static size_t
count_objects (void)
{
  size_t n = 0;
  for (GLuint i = 1; i < 20000; i++)
    n += glIsBuffer (i) + glIsTexture (i) + glIsVertexArray (i) + glIsFramebuffer (i)
         + glIsProgram (i);
  return n;
}

static void
test_rebuilt_and_bounded (void)
{
  sw_headless_make_current (headless);
  GLuint texture, framebuffer;
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, 64, 48, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glGenFramebuffers (1, &framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  const size_t n_before = count_objects ();
  SwRenderer *renderer = sw_renderer_new ();
  SwScene *scene = sw_scene_new ();
  fill_scene (scene, SW_DISPLAY_GLYPHS, 2);
  sw_scene_fit (scene, SW_PANE_ALL, 64, 48);
  g_autoptr (GError) error = NULL;
  uint8_t first[64 * 48 * 4], second[64 * 48 * 4];
  for (int round = 0; round < 2; round++)
    {
      g_assert_true (
          sw_renderer_draw (renderer, scene, framebuffer, 64, 48, 1.0, SW_QUALITY_REST, &error));
      g_assert_no_error (error);
      GLint bound = 0;
      glGetIntegerv (GL_FRAMEBUFFER_BINDING, &bound);
      g_assert_cmpint (bound, ==, (int) framebuffer);
      glReadPixels (0, 0, 64, 48, GL_RGBA, GL_UNSIGNED_BYTE, round == 0 ? first : second);
      sw_renderer_release_gl (renderer);
      g_assert_cmpuint (count_objects (), ==, n_before);
    }
  g_assert_cmpmem (first, sizeof first, second, sizeof second);
  size_t n_early = 0;
  for (int i = 0; i < 1000; i++)
    {
      if (i % 3 == 0)
        fill_scene (scene, contents[(size_t) i / 3 % G_N_ELEMENTS (contents)].display,
                    contents[(size_t) i / 3 % G_N_ELEMENTS (contents)].l);
      sw_scene_set_n_panes (scene, (unsigned) (i / 16 % 4 + 1));
      g_assert_true (sw_renderer_draw (renderer, scene, framebuffer, 64, 48, 1.0,
                                       SW_QUALITY_INTERACTIVE, &error));
      g_assert_no_error (error);
      if (i == 96)
        n_early = count_objects ();
    }
  const size_t n_late = count_objects ();
  g_test_message ("%zu objects after 96 changes, %zu after 1000", n_early, n_late);
  g_assert_cmpuint (n_late, <=, n_early + 30);
  sw_renderer_release_gl (renderer);
  g_assert_cmpuint (count_objects (), ==, n_before);
  sw_renderer_free (renderer);
  sw_scene_free (scene);
  glDeleteFramebuffers (1, &framebuffer);
  glDeleteTextures (1, &texture);
}

static void
test_awkward (void)
{
  g_autoptr (GError) error = NULL;
  SwScene *scene = sw_scene_new ();
  g_autofree uint8_t *empty = draw (scene, SW_QUALITY_REST);
  const SwGridGeometry grid = { .n = { 2, 3, 1 }, .spacing = 1e-3 };
  float data[9 * 6];
  for (int i = 0; i < 9 * 6; i++)
    data[i] = i % 2 ? NAN : INFINITY;
  const float positions[2][3] = { { NAN, 0, 0 }, { 1e30f, 0, 0 } };
  sw_scene_set_molecule (scene, 0, &(SwMolecule){ .n_atoms = 2, .positions = positions });
  for (unsigned l = 0; l <= SW_SCENE_L_MAX; l++)
    for (int display = 0; display < SW_N_DISPLAYS; display++)
      {
        sw_scene_set_field (scene, 0, l, &grid, data,
                            &(SwFieldStyle){ .display = (SwDisplay) display });
        g_free (draw (scene, SW_QUALITY_INTERACTIVE));
      }
  sw_scene_set_n_panes (scene, 4);
  g_free (sw_headless_render (headless, scene, 1, 1, SW_QUALITY_REST, &error));
  g_assert_no_error (error);
  g_assert_null (sw_headless_render (headless, scene, 0, 10, SW_QUALITY_REST, &error));
  g_assert_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY);
  g_clear_error (&error);
  g_assert_null (sw_headless_render (headless, scene, 1 << 20, 10, SW_QUALITY_REST, &error));
  g_clear_error (&error);
  g_assert_false (sw_headless_render_png (headless, scene, 8, 8, SW_QUALITY_REST,
                                          "/nonexistent/a.png", NULL, &error));
  g_assert_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "/nonexistent"));
  sw_scene_free (scene);
}

static void
test_png (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "a.png", NULL);
  SwScene *scene = sw_scene_new ();
  g_assert_true (sw_headless_render_png (headless, scene, 33, 21, SW_QUALITY_EXPORT, path,
                                         "a description", &error));
  g_assert_no_error (error);
  g_autofree char *data = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  g_assert_cmpmem (data, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_cmpint (data[19], ==, 33);
  g_assert_cmpint (data[23], ==, 21);
  g_assert_nonnull (memmem (data, size, "a description", 13));
  g_remove (path);
  g_rmdir (folder);
  sw_scene_free (scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  headless = sw_headless_new (NULL);
  if (headless == NULL)
    exit (77);
  g_test_add_func ("/render/pictures/spheres", test_spheres);
  g_test_add_func ("/render/pictures/arrow", test_arrow);
  g_test_add_func ("/render/pictures/glyph", test_glyph);
  g_test_add_func ("/render/pictures/turned", test_turned);
  g_test_add_func ("/render/pictures/data-turned", test_data_turned);
  g_test_add_func ("/render/pictures/moving", test_moving);
  g_test_add_func ("/render/pictures/es", test_es);
  g_test_add_func ("/render/pictures/rebuilt-and-bounded", test_rebuilt_and_bounded);
  g_test_add_func ("/render/pictures/awkward", test_awkward);
  g_test_add_func ("/render/pictures/png", test_png);
  const int result = g_test_run ();
  sw_headless_free (headless);
  return result;
}
