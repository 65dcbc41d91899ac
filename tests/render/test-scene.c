/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "render/scene.h"

static void
test_panes (void)
{
  SwScene *scene = sw_scene_new ();
  for (unsigned n = 1; n <= 4; n++)
    {
      sw_scene_set_n_panes (scene, n);
      double area = 0.0;
      for (unsigned i = 0; i < n; i++)
        {
          SwRectangle r;
          unsigned found;
          sw_scene_get_pane_rectangle (scene, i, 641, 403, &r);
          area += r.width * r.height;
          g_assert_true (sw_scene_pane_at (scene, r.x + 0.5, r.y + 0.5, 641, 403, &found));
          g_assert_cmpuint (found, ==, i);
        }
      g_assert_cmpfloat (area, ==, 641.0 * 403.0);
    }
  sw_scene_free (scene);
}

static void
test_pick (void)
{
  SwScene *scene = sw_scene_new ();
  const float positions[3][3] = { { 3, 0, 0 }, { 3, 0, -4 }, { -3, 1, 0 } };
  sw_scene_set_molecule (scene, SW_PANE_ALL, &(SwMolecule){ .n_atoms = 3, .positions = positions });
  sw_scene_set_n_panes (scene, 2);
  sw_scene_fit (scene, SW_PANE_ALL, 800, 400);
  SwCamera camera;
  sw_scene_get_camera (scene, 1, &camera);
  unsigned pane = 9;
  for (int atom = 0; atom < 3; atom += 2)
    {
      double x, y, depth;
      const double p[3] = { positions[atom][0], positions[atom][1], positions[atom][2] };
      g_assert_true (sw_camera_project (&camera, p, 400, 400, &x, &y, &depth));
      g_assert_cmpint (sw_scene_pick (scene, 400 + x, y, 800, 400, &pane), ==, atom);
      g_assert_cmpuint (pane, ==, 1);
    }
  g_assert_cmpint (sw_scene_pick (scene, 401, 1, 800, 400, &pane), ==, -1);
  /* Half a turn about y brings the hidden atom to the front. */
  sw_scene_set_input_rotation (scene, SW_PANE_ALL,
                               sw_quat_from_axis_angle ((const double[3]){ 0, 1, 0 }, M_PI));
  double x, y, depth;
  sw_camera_project (&camera, (const double[3]){ -3, 0, 4 }, 400, 400, &x, &y, &depth);
  g_assert_cmpint (sw_scene_pick (scene, 400 + x, y, 800, 400, &pane), ==, 1);
  sw_scene_free (scene);
}

static void
test_legend (void)
{
  SwScene *scene = sw_scene_new ();
  const SwGridGeometry grid = { .n = { 2, 2, 2 }, .spacing = 1.0 };
  float data[3 * 8] = { 0 };
  data[0] = 3.0f;
  data[8] = 4.0f;
  SwLegend legend;
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_false (legend.is_shown);
  sw_scene_set_field (scene, 0, 1, &grid, data, NULL);
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_true (legend.is_shown);
  g_assert_cmpint (legend.display, ==, SW_DISPLAY_ARROWS);
  g_assert_cmpfloat_with_epsilon (legend.range_max, 5.0, 1e-6);
  g_assert_cmpuint (legend.n_glyphs, ==, 1);
  g_assert_cmpint (sw_scene_pick_glyph (scene, 0, 0, 100, 100, NULL), ==, -1);
  sw_scene_set_field_style (scene, 0, &(SwFieldStyle){ .range_max = 10.0, .threshold = 0.9 });
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_cmpfloat (legend.range_max, ==, 10.0);
  g_assert_cmpuint (legend.n_glyphs, ==, 0);
  sw_scene_set_field (scene, 0, 0, &grid, data, &(SwFieldStyle){ .is_sequential = true });
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_false (legend.is_diverging);
  g_assert_false (sw_colormap_is_diverging (legend.colormap));
  sw_scene_set_field_style (scene, 0, &(SwFieldStyle){ 0 });
  sw_scene_get_legend (scene, 0, &legend);
  g_assert_true (legend.is_diverging);
  g_assert_true (sw_colormap_is_diverging (legend.colormap));
  sw_scene_free (scene);
}

static void
test_names (void)
{
  for (int i = 0; i < SW_N_MOLECULE_STYLES; i++)
    {
      SwMoleculeStyle found;
      g_assert_true (sw_molecule_style_from_name (sw_molecule_style_name (i), &found));
      g_assert_cmpint (found, ==, i);
    }
  for (int i = 0; i < SW_N_COLOR_SCHEMES; i++)
    {
      SwColorScheme found;
      g_assert_true (sw_color_scheme_from_name (sw_color_scheme_name (i), &found));
      g_assert_cmpint (found, ==, i);
    }
  for (int i = 0; i < SW_N_DISPLAYS; i++)
    {
      SwDisplay found;
      g_assert_true (sw_display_from_name (sw_display_name (i), &found));
      g_assert_cmpint (found, ==, i);
    }
  SwDisplay none;
  g_assert_false (sw_display_from_name ("", &none));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/scene/panes", test_panes);
  g_test_add_func ("/render/scene/pick", test_pick);
  g_test_add_func ("/render/scene/legend", test_legend);
  g_test_add_func ("/render/scene/names", test_names);
  return g_test_run ();
}
