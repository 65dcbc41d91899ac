/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "render/camera.h"

static void
test_closed_loop (void)
{
  double worst = 0.0;
  for (int i = 0; i < 200; i++)
    {
      const double x0 = g_test_rand_double_range (-50, 700),
                   y0 = g_test_rand_double_range (-50, 500);
      SwQuat start = SW_QUAT_IDENTITY, now;
      /* However the pointer went, what counts is where it is. */
      for (int k = 0; k < 20; k++)
        now = sw_quat_multiply (sw_arcball_drag (x0, y0, g_test_rand_double_range (0, 640),
                                                 g_test_rand_double_range (0, 480), 640, 480),
                                start);
      now = sw_quat_multiply (sw_arcball_drag (x0, y0, x0, y0, 640, 480), start);
      worst = fmax (worst, sw_quat_distance (now, start));
      /* There, and back in a gesture of its own. */
      const SwQuat out = sw_arcball_drag (x0, y0, 320, 200, 640, 480);
      const SwQuat back = sw_arcball_drag (320, 200, x0, y0, 640, 480);
      worst = fmax (worst, sw_quat_distance (sw_quat_multiply (back, out), start));
    }
  g_test_message ("worst angle %g", worst);
  g_assert_cmpfloat (worst, <, 1e-6);
}

static void
test_drag_direction (void)
{
  double axis[3], angle;
  sw_quat_to_axis_angle (sw_arcball_drag (320, 240, 420, 240, 640, 480), axis, &angle);
  g_assert_cmpfloat_with_epsilon (axis[1], 1.0, 1e-9); /* to the right: about y */
  g_assert_cmpfloat_with_epsilon (angle, 2.0 * asin (100.0 / 240.0), 1e-9);
  sw_quat_to_axis_angle (sw_arcball_drag (320, 240, 320, 140, 640, 480), axis, &angle);
  g_assert_cmpfloat_with_epsilon (axis[0], -1.0, 1e-9); /* upwards: the front goes up */
}

static void
test_world_drag (void)
{
  SwCamera camera;
  sw_camera_init (&camera);
  SwRandom random;
  sw_random_init (&random, 7);
  camera.orientation = sw_quat_random (&random);
  const SwQuat drag = sw_arcball_drag (100, 100, 300, 200, 640, 480);
  const SwQuat world = sw_camera_to_world (&camera, drag);
  /* Turning the world and then looking is looking and then turning. */
  g_assert_cmpfloat (sw_quat_distance (sw_quat_multiply (camera.orientation, world),
                                       sw_quat_multiply (drag, camera.orientation)),
                     <, 1e-7);
}

static void
test_ray_and_project (void)
{
  SwRandom random;
  sw_random_init (&random, 3);
  for (int i = 0; i < 100; i++)
    {
      SwCamera camera;
      sw_camera_init (&camera);
      camera.orientation = sw_quat_random (&random);
      camera.orthographic = i & 1;
      sw_camera_fit (&camera, (const double[3]){ 1, -2, 3 }, 10.0, 1.5);
      const double px = 600 * sw_random_uniform (&random), py = 400 * sw_random_uniform (&random);
      double origin[3], direction[3], point[3], x, y, depth;
      sw_camera_ray (&camera, px, py, 600, 400, origin, direction);
      const double t = camera.distance * (camera.orthographic ? 0.0 : 1.0) + 1.0
                       + (camera.orthographic ? 1e6 + camera.distance : 0.0);
      for (int k = 0; k < 3; k++)
        point[k] = origin[k] + t * direction[k];
      g_assert_true (sw_camera_project (&camera, point, 600, 400, &x, &y, &depth));
      g_assert_cmpfloat_with_epsilon (x, px, 1e-5);
      g_assert_cmpfloat_with_epsilon (y, py, 1e-5);
      g_assert_cmpfloat (depth, >, 0.0);
    }
}

static void
test_fit (void)
{
  for (int i = 0; i < 50; i++)
    {
      SwCamera camera;
      sw_camera_init (&camera);
      const double aspect = g_test_rand_double_range (0.3, 3.0);
      const double radius = g_test_rand_double_range (1.0, 100.0);
      sw_camera_fit (&camera, (const double[3]){ 0, 0, 0 }, radius, aspect);
      const double half = aspect < 1.0 ? atan (tan (camera.fov / 2) * aspect) : camera.fov / 2;
      g_assert_cmpfloat_with_epsilon (asin (radius / camera.distance), half, 1e-9);
    }
}

static void
test_pan (void)
{
  SwCamera camera;
  sw_camera_init (&camera);
  sw_camera_fit (&camera, (const double[3]){ 0, 0, 0 }, 10.0, 1.0);
  camera.orientation = sw_camera_standard (6);
  double x, y, depth;
  sw_camera_pan (&camera, 30, -20, 400);
  g_assert_true (
      sw_camera_project (&camera, (const double[3]){ 0, 0, 0 }, 400, 400, &x, &y, &depth));
  g_assert_cmpfloat_with_epsilon (x, 230, 1e-6);
  g_assert_cmpfloat_with_epsilon (y, 180, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/camera/closed-loop", test_closed_loop);
  g_test_add_func ("/render/camera/drag-direction", test_drag_direction);
  g_test_add_func ("/render/camera/world-drag", test_world_drag);
  g_test_add_func ("/render/camera/ray-and-project", test_ray_and_project);
  g_test_add_func ("/render/camera/fit", test_fit);
  g_test_add_func ("/render/camera/pan", test_pan);
  return g_test_run ();
}
