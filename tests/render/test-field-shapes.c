/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slices, streamlines, superquadrics and levels as numbers, and what lies under a point of them. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "render/headless.h"
#include "render/shapes-private.h"
#include "so3/harmonics.h"

#define N 20

static const SwGridGeometry grid = { .n = { N, N, N }, .spacing = 1.5, .centre = { 0.5, 0, -0.5 } };

static double
coordinate (int axis, int index)
{
  return grid.centre[axis] + (index - 0.5 * (N - 1)) * grid.spacing;
}

/* A linear field: slices show it exactly, between voxels too. */
static void
test_slices (void)
{
  g_autofree float *data = g_new (float, N * N * N);
  const double slope[3] = { 0.02, -0.03, 0.01 };
  for (int z = 0; z < N; z++)
    for (int y = 0; y < N; y++)
      for (int x = 0; x < N; x++)
        data[(z * N + y) * N + x]
            = (float) (slope[0] * coordinate (0, x) + slope[1] * coordinate (1, y) + slope[2] * coordinate (2, z));
  SwScene *scene = sw_scene_new ();
  const SwFieldStyle style = { .display = SW_DISPLAY_SLICES, .range_max = 1.0, .slice = { 0.1, 0.0, -0.3 } };
  sw_scene_set_field (scene, 0, 0, &grid, data, &style);
  SwFieldLook look;
  sw_field_look (scene, &scene->panes[0].field, false, &look);
  SwMesh mesh = sw_mesh_new ();
  sw_slices_build (data, &grid, &look, &mesh);
  size_t n_planes[3] = { 0 };
  for (guint i = 0; i < mesh.vertices->len; i++)
    {
      const SwMeshVertex *v = &g_array_index (mesh.vertices, SwMeshVertex, i);
      double value = 0.0;
      uint8_t wanted[4];
      for (int k = 0; k < 3; k++)
        {
          value += slope[k] * v->position[k];
          if (v->normal[k] == 1.0f)
            {
              n_planes[k]++;
              g_assert_cmpfloat_with_epsilon (v->position[k], grid.centre[k] + style.slice[k] * N * grid.spacing, 1e-5);
            }
        }
      sw_colormap_bytes (look.colormap, 0.5 + 0.5 * value, wanted);
      for (int k = 0; k < 3; k++)
        g_assert_cmpint (abs (wanted[k] - v->color[k]), <=, 2);
    }
  for (int k = 0; k < 3; k++)
    g_assert_cmpuint (n_planes[k], >=, N * N);
  sw_mesh_clear (&mesh);

  /* A click on a plane finds it, and dragging along its normal moves it by that much. */
  SwCamera camera;
  sw_scene_fit (scene, SW_PANE_ALL, 400, 400);
  sw_scene_get_camera (scene, 0, &camera);
  camera.orientation = sw_camera_standard (6);
  camera.orthographic = true;
  sw_scene_set_camera (scene, 0, &camera);
  double x, y, depth, x2, y2;
  const double on_z[3] = { coordinate (0, 16), coordinate (1, 16), grid.centre[2] - 0.3 * N * grid.spacing };
  sw_camera_project (&camera, on_z, 400, 400, &x, &y, &depth);
  unsigned pane = 9;
  const int axis = sw_scene_pick_slice (scene, x, y, 400, 400, &pane);
  g_assert_cmpint (axis, >=, 0);
  g_assert_cmpuint (pane, ==, 0);
  const int64_t voxel = sw_scene_pick_voxel (scene, x, y, 400, 400, NULL);
  g_assert_cmpint (voxel, >=, 0);
  for (int a = 0; a < 3; a++)
    {
      double from[3] = { 0 }, to[3] = { 0 };
      to[a] = 0.1 * N * grid.spacing;
      sw_camera_project (&camera, from, 400, 400, &x, &y, &depth);
      sw_camera_project (&camera, to, 400, 400, &x2, &y2, &depth);
      g_assert_cmpfloat_with_epsilon (sw_scene_slice_drag (scene, 0, a, x2 - x, y2 - y, 400), 0.1, 0.02);
    }
  sw_scene_free (scene);
}

/* f = (-y, x, 0): lines are circles about z; f constant: lines are straight. */
static void
test_streamlines (void)
{
  g_autofree float *data = g_new0 (float, 3 * N * N * N);
  for (int round = 0; round < 2; round++)
    {
      for (int z = 0; z < N; z++)
        for (int y = 0; y < N; y++)
          for (int x = 0; x < N; x++)
            {
              const size_t v = (size_t) ((z * N + y) * N + x);
              data[2 * N * N * N + v] = round == 0 ? -(float) (y - 0.5 * (N - 1)) : 0.6f; /* m = 1: x */
              data[v] = round == 0 ? (float) (x - 0.5 * (N - 1)) : 0.8f;                   /* m = -1: y */
            }
      SwScene *scene = sw_scene_new ();
      sw_scene_set_field (scene, 0, 1, &grid, data, &(SwFieldStyle){ .display = SW_DISPLAY_STREAMLINES, .n_glyphs_max = 60 });
      SwFieldLook look;
      sw_field_look (scene, &scene->panes[0].field, false, &look);
      g_assert_cmpint (look.display, ==, SW_DISPLAY_STREAMLINES);
      g_autoptr (GArray) lines = sw_streamlines_build (scene->panes[0].field.data, &look, sw_pane_get_seeds (scene, &scene->panes[0]));
      g_test_message ("%u segments", lines->len);
      g_assert_cmpuint (lines->len, >, 100);
      double worst = 0.0;
      for (guint i = 0; i < lines->len; i++)
        {
          const SwCylinderInstance *c = &g_array_index (lines, SwCylinderInstance, i);
          const double a[2] = { c->start[0] - grid.centre[0], c->start[1] - grid.centre[1] };
          const double b[2] = { c->end[0] - grid.centre[0], c->end[1] - grid.centre[1] };
          const double step[2] = { b[0] - a[0], b[1] - a[1] };
          g_assert_cmpfloat_with_epsilon (c->start[2], c->end[2], 1e-4);
          if (round == 0)
            {
              worst = fmax (worst, fabs (hypot (a[0], a[1]) - hypot (b[0], b[1])));
              g_assert_cmpfloat (a[0] * step[1] - a[1] * step[0], >, 0.0); /* along f, not against it */
            }
          else
            {
              worst = fmax (worst, fabs (step[0] / hypot (step[0], step[1]) - 0.6));
              g_assert_cmpfloat_with_epsilon (hypot (step[0], step[1]), 0.5 * grid.spacing, 1e-4);
            }
        }
      g_test_message ("off by %.2g", worst);
      g_assert_cmpfloat (worst, <, 2e-3);
      sw_scene_free (scene);
    }
}

/* The matrix is the field, and its axes make it again. */
static void
test_tensor (void)
{
  for (int round = 0; round < 50; round++)
    {
      double f[5], matrix[3][3], values[3], axes[3][3];
      for (int m = 0; m < 5; m++)
        f[m] = round == 0 ? m == 2 : g_test_rand_double_range (-1, 1);
      sw_tensor_matrix (f, matrix);
      sw_tensor_axes (matrix, values, axes);
      g_assert_cmpfloat_with_epsilon (values[0] + values[1] + values[2], 0.0, 1e-12);
      g_assert_cmpfloat (fabs (values[0]), >=, fabs (values[1]) - 1e-12);
      g_assert_cmpfloat (fabs (values[1]), >=, fabs (values[2]) - 1e-12);
      for (int try = 0; try < 5; try++)
        {
          double u[3], y[9], wanted = 0.0, direct = 0.0, again = 0.0, length = 0.0;
          for (int k = 0; k < 3; k++)
            u[k] = g_test_rand_double_range (-1, 1);
          length = sqrt (u[0] * u[0] + u[1] * u[1] + u[2] * u[2]);
          for (int k = 0; k < 3; k++)
            u[k] /= length;
          sw_harmonics (2, u, y);
          for (int m = 0; m < 5; m++)
            wanted += f[m] * y[4 + m];
          for (int i = 0; i < 3; i++)
            {
              double along = 0.0;
              for (int k = 0; k < 3; k++)
                {
                  direct += u[i] * matrix[i][k] * u[k];
                  along += axes[i][k] * u[k];
                }
              again += values[i] * along * along;
            }
          g_assert_cmpfloat_with_epsilon (direct, wanted, 1e-10);
          g_assert_cmpfloat_with_epsilon (again, wanted, 1e-10);
        }
    }
}

/* A zonal tensor about z: reaches 2 b along z and b across; orange along z, blue around. */
static void
test_superquadric (void)
{
  const float data[5] = { 0, 0, 1, 0, 0 };
  const SwGridGeometry one = { .n = { 1, 1, 1 }, .spacing = 3.0 };
  SwScene *scene = sw_scene_new ();
  sw_scene_set_field (scene, 0, 2, &one, data, &(SwFieldStyle){ .display = SW_DISPLAY_SUPERQUADRICS });
  SwFieldLook look;
  sw_field_look (scene, &scene->panes[0].field, false, &look);
  g_assert_cmpint (look.display, ==, SW_DISPLAY_SUPERQUADRICS);
  SwMesh mesh = sw_mesh_new ();
  sw_superquadrics_build (scene->panes[0].field.data, &look, sw_pane_get_seeds (scene, &scene->panes[0]), 1000000, &mesh);
  double along = 0.0, across = 0.0;
  uint8_t positive[4], negative[4];
  sw_color_sign (true, positive);
  sw_color_sign (false, negative);
  for (guint i = 0; i < mesh.vertices->len; i++)
    {
      const SwMeshVertex *v = &g_array_index (mesh.vertices, SwMeshVertex, i);
      const double r = hypot (v->position[0], v->position[1]), z = fabs (v->position[2]);
      along = fmax (along, z);
      across = fmax (across, r);
      if (r < 0.5 * z)
        g_assert_cmpmem (v->color, 3, positive, 3);
      if (r > 3.0 * z)
        g_assert_cmpmem (v->color, 3, negative, 3);
      g_assert_cmpfloat_with_epsilon (hypot (hypot (v->normal[0], v->normal[1]), v->normal[2]), 1.0, 1e-4);
      /* Outwards. */
      g_assert_cmpfloat (v->normal[0] * v->position[0] + v->normal[1] * v->position[1] + v->normal[2] * v->position[2], >, 0.0);
    }
  g_test_message ("along %.4f, across %.4f", along, across);
  g_assert_cmpfloat_with_epsilon (along / across, 2.0, 0.02);
  g_assert_cmpfloat_with_epsilon (along, 0.9 * 3.0 * 2.0 * 0.31539156525 / sqrt (5.0 / (4.0 * M_PI)), 1e-4);
  for (guint t = 0; t < mesh.indices->len; t += 3)
    {
      const SwMeshVertex *p[3];
      for (guint k = 0; k < 3; k++)
        p[k] = &g_array_index (mesh.vertices, SwMeshVertex, g_array_index (mesh.indices, uint32_t, t + k));
      double a[3], b[3];
      for (int k = 0; k < 3; k++)
        {
          a[k] = p[1]->position[k] - p[0]->position[k];
          b[k] = p[2]->position[k] - p[0]->position[k];
        }
      const double n[3] = { a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0] };
      g_assert_cmpfloat (n[0] * p[0]->position[0] + n[1] * p[0]->position[1] + n[2] * p[0]->position[2], >=, -1e-6);
    }
  sw_mesh_clear (&mesh);
  /* Orders for which a display is not made are drawn as usual. */
  sw_scene_set_field (scene, 0, 1, &one, data, &(SwFieldStyle){ .display = SW_DISPLAY_SUPERQUADRICS });
  sw_field_look (scene, &scene->panes[0].field, false, &look);
  g_assert_cmpint (look.display, ==, SW_DISPLAY_ARROWS);
  sw_scene_free (scene);
}

/* Nested levels of a ball: what is seen in the middle is the inner one through the outer ones, at the rim the outermost alone;
 * something opaque between them hides the inner one. */
static void
test_levels (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  if (headless == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  g_autofree float *data = g_new (float, N * N * N);
  const SwGridGeometry ball = { .n = { N, N, N }, .spacing = 1.0 };
  for (int z = 0; z < N; z++)
    for (int y = 0; y < N; y++)
      for (int x = 0; x < N; x++)
        {
          const double r = hypot (hypot (x - 0.5 * (N - 1), y - 0.5 * (N - 1)), z - 0.5 * (N - 1));
          data[(z * N + y) * N + x] = (float) fmax (0.0, 1.0 - r / 10.0);
        }
  int alphas[2][3];
  for (int round = 0; round < 2; round++)
    {
      SwScene *scene = sw_scene_new ();
      SwCamera camera;
      sw_scene_set_background (scene, SW_BACKGROUND_TRANSPARENT);
      sw_scene_set_effects (scene, 0.0, 0.0, 0.0);
      sw_scene_get_camera (scene, 0, &camera);
      camera.distance = 40.0;
      camera.orthographic = true;
      sw_scene_set_camera (scene, 0, &camera);
      const SwFieldStyle style = { .display = SW_DISPLAY_ISOSURFACE, .n_levels = round == 0 ? 3 : 1, .threshold = 0.2,
                                   .range_max = 1.0, .opacity = round == 0 ? 0.0 : 0.5, .is_sequential = true };
      sw_scene_set_field (scene, 0, 0, &ball, data, &style);
      SwLegend legend;
      sw_scene_get_legend (scene, 0, &legend);
      g_assert_cmpuint (legend.n_levels, ==, style.n_levels);
      g_autofree uint8_t *pixels = sw_headless_render (headless, scene, 200, 200, SW_QUALITY_EXPORT, &error);
      g_assert_no_error (error);
      /* r = 0, 5 and 7.6 of 8 (outermost), 5.6 and 3.2 */
      const double unit = 200.0 / (2.0 * 40.0 * tan (0.5 * camera.fov));
      const double radii[3] = { 0.0, 4.4, 7.0 };
      for (int i = 0; i < 3; i++)
        alphas[round][i] = pixels[4 * (100 * 200 + (int) (100 + unit * radii[i])) + 3];
      g_test_message ("alpha %d %d %d", alphas[round][0], alphas[round][1], alphas[round][2]);
      sw_scene_free (scene);
    }
  g_assert_cmpint (alphas[0][0], >=, 254);                 /* the core is solid */
  g_assert_cmpint (alphas[0][1], <, 220);                  /* two layers */
  g_assert_cmpint (alphas[0][1], >, alphas[0][2] + 15);    /* one */
  g_assert_cmpint (alphas[0][2], >, 40);
  g_assert_cmpint (alphas[1][0], <, 200);
}

static void
test_histogram (void)
{
  float data[3 * 8] = { 0 };
  const SwGridGeometry two = { .n = { 2, 2, 2 }, .spacing = 1.0 };
  size_t counts[4];
  double max;
  SwScene *scene = sw_scene_new ();
  sw_scene_get_histogram (scene, 0, 4, counts, &max);
  g_assert_cmpfloat (max, ==, 0.0);
  data[0] = 3.0f;
  data[8] = 4.0f;
  data[1] = -2.0f;
  sw_scene_set_field (scene, 0, 1, &two, data, NULL);
  sw_scene_get_histogram (scene, 0, 4, counts, &max);
  g_assert_cmpfloat_with_epsilon (max, 5.0, 1e-6);
  g_assert_cmpuint (counts[0], ==, 6);
  g_assert_cmpuint (counts[1], ==, 1);
  g_assert_cmpuint (counts[2], ==, 0);
  g_assert_cmpuint (counts[3], ==, 1);
  sw_scene_free (scene);
}

/* The voxel that a ray meets first above the threshold. */
static void
test_pick_voxel (void)
{
  g_autofree float *data = g_new0 (float, N * N * N);
  SwCamera camera;
  SwScene *scene = sw_scene_new ();
  const int at[3] = { 5, 12, 9 };
  const size_t voxel = (size_t) ((at[2] * N + at[1]) * N + at[0]);
  data[voxel] = 1.0f;
  sw_scene_set_field (scene, 0, 0, &grid, data, &(SwFieldStyle){ .threshold = 0.5 });
  sw_scene_fit (scene, SW_PANE_ALL, 300, 300);
  sw_scene_get_camera (scene, 0, &camera);
  double x, y, depth;
  const double p[3] = { coordinate (0, at[0]), coordinate (1, at[1]), coordinate (2, at[2]) };
  sw_camera_project (&camera, p, 300, 300, &x, &y, &depth);
  g_assert_cmpint (sw_scene_pick_voxel (scene, x, y, 300, 300, NULL), ==, (int64_t) voxel);
  g_assert_cmpint (sw_scene_pick_voxel (scene, 5, 5, 300, 300, NULL), ==, -1);
  /* Turned, the same voxel is elsewhere. */
  const SwQuat rotation = sw_quat_from_axis_angle ((const double[3]){ 0, 0, 1 }, 2.0);
  double matrix[9], q[3];
  sw_quat_to_matrix (rotation, matrix);
  sw_rotation_apply (matrix, p, q);
  sw_scene_set_field_rotation (scene, 0, rotation);
  sw_camera_project (&camera, q, 300, 300, &x, &y, &depth);
  g_assert_cmpint (sw_scene_pick_voxel (scene, x, y, 300, 300, NULL), ==, (int64_t) voxel);
  sw_scene_free (scene);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/field-shapes/slices", test_slices);
  g_test_add_func ("/render/field-shapes/streamlines", test_streamlines);
  g_test_add_func ("/render/field-shapes/tensor", test_tensor);
  g_test_add_func ("/render/field-shapes/superquadric", test_superquadric);
  g_test_add_func ("/render/field-shapes/levels", test_levels);
  g_test_add_func ("/render/field-shapes/histogram", test_histogram);
  g_test_add_func ("/render/field-shapes/pick-voxel", test_pick_voxel);
  return g_test_run ();
}
