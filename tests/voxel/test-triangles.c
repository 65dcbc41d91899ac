/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Surfaces on grids. Built twice, for float and double. Allowed errors: identities, rounding of the sums of absolute terms and of normals
 * (kept as floats); the area in the grid, the sum over voxels of the zero mode, exact but for rounding. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <glib.h>

#include "testlib/testlib.h"
#include "voxel/triangles.h"

#define SIZE 16
#define N_VOXELS (SIZE * SIZE * SIZE)

#ifdef SW_DOUBLE
#define EPS 1e-6 /* of the normals */
#else
#define EPS 1e-5
#endif

/* An L of unequal legs: no symmetry. */
static const double points[6][3] = { { 0, 0, 0 }, { 3, 0, 0 }, { 3, 1, 0 }, { 0, 2, 0.5 }, { 0.5, 0.4, 2.5 }, { 2, 2, 1 } };
static const uint32_t faces[5][3] = { { 0, 1, 2 }, { 0, 2, 3 }, { 0, 3, 4 }, { 0, 4, 1 }, { 2, 5, 3 } };
static const SwTriangleArray shape = { 5, points, faces };

static SwTriangleFrame
measure (const SwTriangleArray *array)
{
  SwTriangleFrame frame;
  SwError error = { 0 };
  g_assert_cmpint (sw_triangles_measure (array, &frame, &error), ==, SW_OK);
  return frame;
}

static SwVoxelParams
params_of (size_t n_channels)
{
  return (SwVoxelParams){ .n_channels = n_channels, .size = SIZE, .centre = SIZE / 2, .spacing = 5, .sigma = 4, .bandlimited = true, .w_max = 2.2 };
}

static void
test_measure (void)
{
  static const double square[4][3] = { { 1, 1, 5 }, { 3, 1, 5 }, { 3, 3, 5 }, { 1, 3, 5 } };
  static const uint32_t halves[2][3] = { { 0, 1, 2 }, { 0, 2, 3 } };
  const SwTriangleArray array = { 2, square, halves };
  const SwTriangleFrame frame = measure (&array);
  double broken[4][3];
  SwTriangleArray bad = { 2, (const double (*)[3]) broken, halves };
  SwTriangleFrame none;
  SwError error = { 0 };

  g_assert_cmpfloat (fabs (frame.area - 4), <, 1e-12);
  g_assert_cmpfloat (fabs (frame.radius - sqrt (2)), <, 1e-12);
  g_assert_cmpfloat (fabs (frame.centre[0] - 2) + fabs (frame.centre[1] - 2) + fabs (frame.centre[2] - 5), <, 1e-12);
  memcpy (broken, square, sizeof broken);
  broken[2][1] = NAN;
  g_assert_cmpint (sw_triangles_measure (&bad, &none, &error), ==, SW_ERROR_NUMERIC);
  memset (broken, 0, sizeof broken);
  g_assert_cmpint (sw_triangles_measure (&bad, &none, &error), ==, SW_ERROR_INVALID);
}

/* Points of equal area: their mean is near the centre of area, each triangle has its share, all lie on the surface. */
static void
test_points (void)
{
  const SwTriangleFrame frame = measure (&shape);
  const double scale = SW_SURFACE_RADIUS / frame.radius;
  SwSurfacePoints p;
  SwError error = { 0 };
  double mean[3] = { 0, 0, 0 }, farthest = 0;
  size_t flat = 0;
  g_assert_cmpint (sw_surface_points_init (&p, &shape, &frame, 4000, &error), ==, SW_OK);
  g_assert_cmpfloat (fabs (p.area * 4000 - frame.area * scale * scale), <, 1e-9 * frame.area * scale * scale);
  for (size_t i = 0; i < p.n; i++)
    {
      double squared = 0;
      for (int k = 0; k < 3; k++)
        {
          mean[k] += p.positions[i][k] / 4000;
          squared += p.positions[i][k] * p.positions[i][k];
        }
      farthest = fmax (farthest, sqrt (squared));
      /* on the first triangle: normal z, in the plane z = 0 */
      if (fabsf (p.normals[i][2]) > 0.9999f)
        {
          g_assert_cmpfloat (fabs (p.positions[i][2] + frame.centre[2] * scale), <, 1e-9);
          flat++;
        }
    }
  g_test_message ("mean %.3g %.3g %.3g, farthest %.4g, %zu on the flat one", mean[0], mean[1], mean[2], farthest, flat);
  g_assert_cmpfloat (sqrt (mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]), <, 0.1);
  g_assert_cmpfloat (farthest, <, SW_SURFACE_RADIUS + 1e-9);
  g_assert_cmpfloat (fabs ((double) flat / 4000 - 1.5 / frame.area), <, 0.002);
  sw_surface_points_clear (&p);
}

/* A turned surface is the turned points, and the whole area is in the grid. */
static void
test_turned (gconstpointer data)
{
  /* below and above where the way of summing changes */
  const size_t n = GPOINTER_TO_SIZE (data);
  const SwVoxelParams params = params_of (SW_SURFACE_N_CHANNELS);
  const size_t count = SW_SURFACE_N_CHANNELS * N_VOXELS;
  g_autofree real *f = g_new (real, count), *g = g_new (real, count), *one = g_new (real, N_VOXELS);
  double r[9], moved[6][3], sum = 0, worst = 0, largest = 0;
  SwTriangleFrame frame = measure (&shape), other;
  SwSurfacePoints p, q;
  SwError error = { 0 };

  sw_test_random_rotation (r);
  sw_test_turn (6, points, r, moved);
  const SwTriangleArray turned = { 5, (const double (*)[3]) moved, faces };
  other = measure (&turned);
  g_assert_cmpfloat (fabs (other.radius - frame.radius), <, 1e-12);
  g_assert_cmpint (sw_surface_points_init (&p, &shape, &frame, n, &error), ==, SW_OK);
  g_assert_cmpint (sw_surface_points_init (&q, &turned, &other, n, &error), ==, SW_OK);
  g_assert_cmpint (sw_voxelize_surface (&params, &p, r, NULL, f, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_voxelize_surface (&params, &q, NULL, NULL, g, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < count; i++)
    {
      worst = fmax (worst, fabs ((double) (f[i] - g[i])));
      largest = fmax (largest, fabs ((double) f[i]));
    }
  for (size_t i = 0; i < N_VOXELS; i++)
    sum += (double) f[i];
  g_test_message ("worst %.2g of %.3g; area %.8g of %.8g", worst, largest, sum, p.area * (double) n / 25);
  g_assert_cmpfloat (worst, <, EPS * largest);
  g_assert_cmpfloat (fabs (sum - p.area * (double) n / 25), <, EPS * sum);
  /* one channel is the first of six */
  const SwVoxelParams alone = params_of (1);
  g_assert_cmpint (sw_voxelize_surface (&alone, &p, r, NULL, one, NULL, &error), ==, SW_OK);
  worst = 0;
  for (size_t i = 0; i < N_VOXELS; i++)
    worst = fmax (worst, fabs ((double) (f[i] - one[i])));
  g_assert_cmpfloat (worst, <, EPS * largest);
  sw_surface_points_clear (&p);
  sw_surface_points_clear (&q);
}

/* The five numbers beside the area are its Y_2, and do not know the winding. */
static void
test_normals (void)
{
  static const uint32_t back[5][3] = { { 0, 2, 1 }, { 0, 3, 2 }, { 4, 3, 0 }, { 4, 0, 1 }, { 3, 5, 2 } };
  const SwTriangleArray around = { 5, points, back };
  const SwVoxelParams params = params_of (SW_SURFACE_N_CHANNELS);
  const size_t count = SW_SURFACE_N_CHANNELS * N_VOXELS;
  const SwTriangleFrame frame = measure (&shape);
  g_autofree real *f = g_new (real, count);
  double sums[6] = { 0 }, wanted[6] = { 0 }, scale = SW_SURFACE_RADIUS / frame.radius / 5;
  SwSurfacePoints p;
  SwError error = { 0 };

  for (int w = 0; w < 2; w++)
    {
      memset (sums, 0, sizeof sums);
      g_assert_cmpint (sw_surface_points_init (&p, w ? &around : &shape, &frame, 4000, &error), ==, SW_OK);
      g_assert_cmpint (sw_voxelize_surface (&params, &p, NULL, NULL, f, NULL, &error), ==, SW_OK);
      for (size_t i = 0; i < count; i++)
        sums[i / N_VOXELS] += (double) f[i];
      memset (wanted, 0, sizeof wanted);
      for (int t = 0; t < 5; t++)
        {
          const double *a = points[faces[t][0]], *b = points[faces[t][1]], *c = points[faces[t][2]];
          double n[3], length = 0;
          for (int i = 0; i < 3; i++)
            {
              const int j = (i + 1) % 3, k = (i + 2) % 3;
              n[i] = (b[j] - a[j]) * (c[k] - a[k]) - (b[k] - a[k]) * (c[j] - a[j]);
              length += n[i] * n[i];
            }
          length = sqrt (length);
          for (int i = 0; i < 3; i++)
            n[i] /= length;
          const double area = 0.5 * length * scale * scale, s = sqrt (3);
          wanted[0] += area;
          wanted[1] += area * s * n[0] * n[1];
          wanted[2] += area * s * n[1] * n[2];
          wanted[3] += area * (1.5 * n[2] * n[2] - 0.5);
          wanted[4] += area * s * n[0] * n[2];
          wanted[5] += area * 0.5 * s * (n[0] * n[0] - n[1] * n[1]);
        }
      for (int c = 0; c < 6; c++)
        {
          g_test_message ("channel %d: %.6g, wanted %.6g", c, sums[c], wanted[c]);
          /* a triangle's share is rounded to whole points */
          g_assert_cmpfloat (fabs (sums[c] - wanted[c]), <, 5.0 / 4000 * wanted[0]);
        }
      sw_surface_points_clear (&p);
    }
}

/* ---- occupancy ---- */

/* The fine voxels that hold a point of a dense sample must be occupied; others only beside one of them. */
static void
test_occupancy (gconstpointer data)
{
  const SwSurfaceScale scale = (SwSurfaceScale) GPOINTER_TO_INT (data);
  const SwTriangleFrame frame = measure (&shape);
  const SwVoxelParams params = { .n_channels = 1, .size = SIZE, .centre = (SIZE - 1) / 2.0, .spacing = 4 };
  g_autofree real *f = g_new (real, N_VOXELS);
  g_autofree bool *seen = g_new0 (bool, 8 * N_VOXELS);
  const int n = 2 * SIZE;
  double r[9], moved[6][3], low[3], high[3], factor, longest = 0, total = 0, missing = 0, beyond = 0;
  SwError error = { 0 };

  sw_test_random_rotation (r);
  sw_test_turn (6, points, r, moved);
  g_assert_cmpint (sw_voxelize_occupancy (&params, &shape, &frame, r, scale, f, &error), ==, SW_OK);
  for (int i = 0; i < 3; i++)
    {
      low[i] = high[i] = moved[0][i];
      for (int v = 1; v < 6; v++)
        {
          low[i] = fmin (low[i], moved[v][i]);
          high[i] = fmax (high[i], moved[v][i]);
        }
      longest = fmax (longest, high[i] - low[i]);
    }
  factor = scale == SW_SCALE_BOX ? n / longest : 2 * SW_SURFACE_RADIUS / frame.radius / 4;
  for (int t = 0; t < 5; t++)
    for (int i = 0; i <= 400; i++)
      for (int j = 0; i + j <= 400; j++)
        {
          int at[3];
          for (int k = 0; k < 3; k++)
            {
              const double x = (moved[faces[t][0]][k] * (400 - i - j) + moved[faces[t][1]][k] * i + moved[faces[t][2]][k] * j) / 400;
              double centre = 0.5 * (low[k] + high[k]);
              if (scale == SW_SCALE_SPHERE)
                centre = r[3 * k] * frame.centre[0] + r[3 * k + 1] * frame.centre[1] + r[3 * k + 2] * frame.centre[2];
              at[k] = (int) fmin (fmax (floor ((x - centre) * factor + SIZE), 0), n - 1);
            }
          seen[(at[2] * n + at[1]) * n + at[0]] = true;
        }
  for (int z = 0; z < SIZE; z++)
    for (int y = 0; y < SIZE; y++)
      for (int x = 0; x < SIZE; x++)
        {
          const double value = (double) f[(z * SIZE + y) * SIZE + x] * 8;
          int inside = 0, near = 0;
          g_assert_cmpfloat (value, ==, round (value));
          for (int k = 0; k < 8; k++)
            inside += seen[((2 * z + (k >> 2)) * n + 2 * y + (k >> 1 & 1)) * n + 2 * x + (k & 1)];
          for (int c = MAX (2 * z - 1, 0); c < MIN (2 * z + 3, n); c++)
            for (int b = MAX (2 * y - 1, 0); b < MIN (2 * y + 3, n); b++)
              for (int a = MAX (2 * x - 1, 0); a < MIN (2 * x + 3, n); a++)
                near += seen[(c * n + b) * n + a];
          total += value;
          missing += inside > value ? inside - value : 0;
          beyond += value > 0 && near == 0;
        }
  g_test_message ("%g fine voxels, %g missing, %g voxels beyond", total, missing, beyond);
  g_assert_cmpfloat (total, >, 300);
  /* a point of the sample within rounding of a wall may be counted on its other side */
  g_assert_cmpfloat (missing, <=, 2);
  g_assert_cmpfloat (beyond, ==, 0);
}

/* A quarter turn permutes voxels. */
static void
test_quarter (void)
{
  /* Some rotation, and a quarter turn about z after it: no wall of a voxel lies in the surface. */
  double quarter[9], none[9];
  const SwTriangleFrame frame = measure (&shape);
  const SwVoxelParams params = { .n_channels = 1, .size = SIZE, .centre = (SIZE - 1) / 2.0, .spacing = 4.1 };
  g_autofree real *f = g_new (real, N_VOXELS), *g = g_new (real, N_VOXELS);
  SwError error = { 0 };
  sw_test_random_rotation (none);
  for (int i = 0; i < 3; i++)
    {
      quarter[i] = -none[3 + i];
      quarter[3 + i] = none[i];
      quarter[6 + i] = none[6 + i];
    }
  for (int scale = SW_SCALE_SPHERE; scale <= SW_SCALE_BOX; scale++)
    {
      double differ = 0;
      g_assert_cmpint (sw_voxelize_occupancy (&params, &shape, &frame, none, (SwSurfaceScale) scale, f, &error), ==, SW_OK);
      g_assert_cmpint (sw_voxelize_occupancy (&params, &shape, &frame, quarter, (SwSurfaceScale) scale, g, &error), ==, SW_OK);
      for (int z = 0; z < SIZE; z++)
        for (int y = 0; y < SIZE; y++)
          for (int x = 0; x < SIZE; x++)
            differ += fabs ((double) (f[(z * SIZE + y) * SIZE + x] - g[(z * SIZE + x) * SIZE + SIZE - 1 - y]));
      /* but for corners that touch a wall: the box's */
      g_test_message ("scale %d: %g", scale, differ);
      g_assert_cmpfloat (differ, <, 1.5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/triangles/measure", test_measure);
  g_test_add_func ("/voxel/triangles/points", test_points);
  g_test_add_data_func ("/voxel/triangles/turned-direct", GSIZE_TO_POINTER (1000), test_turned);
  g_test_add_data_func ("/voxel/triangles/turned-spread", GSIZE_TO_POINTER (3000), test_turned);
  g_test_add_func ("/voxel/triangles/normals", test_normals);
  g_test_add_data_func ("/voxel/triangles/occupancy-sphere", GINT_TO_POINTER (SW_SCALE_SPHERE), test_occupancy);
  g_test_add_data_func ("/voxel/triangles/occupancy-box", GINT_TO_POINTER (SW_SCALE_BOX), test_occupancy);
  g_test_add_func ("/voxel/triangles/quarter-turn", test_quarter);
  return g_test_run ();
}
