/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "render/colormap.h"

static double
lightness (SwColormap map, double t)
{
  float c[3];
  sw_colormap_get (map, t, c);
  double y = 0.0;
  static const double weights[3] = { 0.2126, 0.7152, 0.0722 };
  for (int i = 0; i < 3; i++)
    y += weights[i] * pow (c[i], 2.2);
  return cbrt (y);
}

/* Lightness rises or falls all the way (each half of a diverging map), which is what the
 * colour-blind see. */
static void
test_monotone (void)
{
  for (int map = 0; map < SW_N_COLORMAPS; map++)
    for (int half = 0; half <= sw_colormap_is_diverging (map); half++)
      {
        const double a = sw_colormap_is_diverging (map) ? 0.5 * half : 0.0;
        const double b = sw_colormap_is_diverging (map) ? a + 0.5 : 1.0;
        const double sign = lightness (map, b) > lightness (map, a) ? 1.0 : -1.0;
        g_assert_cmpfloat (fabs (lightness (map, b) - lightness (map, a)), >, 0.25);
        for (int i = 0; i < 64; i++)
          {
            const double t = a + (b - a) * i / 64.0, next = a + (b - a) * (i + 1) / 64.0;
            g_assert_cmpfloat (sign * (lightness (map, next) - lightness (map, t)), >, -1e-3);
          }
      }
}

static void
test_names (void)
{
  for (int map = 0; map < SW_N_COLORMAPS; map++)
    {
      SwColormap found;
      g_assert_true (sw_colormap_from_name (sw_colormap_name (map), &found));
      g_assert_cmpint (found, ==, map);
    }
  SwColormap none;
  g_assert_false (sw_colormap_from_name ("jet", &none));
}

static void
test_ends (void)
{
  float a[3], b[3];
  sw_colormap_get (SW_COLORMAP_VIRIDIS, -5.0, a);
  sw_colormap_get (SW_COLORMAP_VIRIDIS, 0.0, b);
  for (int i = 0; i < 3; i++)
    g_assert_cmpfloat (a[i], ==, b[i]);
  g_assert_cmpfloat_with_epsilon (a[0], 0x44 / 255.0, 2e-3);
  sw_colormap_get (SW_COLORMAP_VIRIDIS, NAN, a);
  g_assert_cmpfloat (a[0], ==, 0.5f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/colormap/monotone", test_monotone);
  g_test_add_func ("/render/colormap/names", test_names);
  g_test_add_func ("/render/colormap/ends", test_ends);
  return g_test_run ();
}
