/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against all pairs; moved and turned clouds have the same numbers. */
#include <math.h>

#include <glib.h>

#include "voxel/cloud.h"

#define N 400

static void
fill (double (*positions)[3])
{
  for (size_t a = 0; a < N; a++)
    for (int i = 0; i < 3; i++)
      positions[a][i] = g_test_rand_double_range (-30, 30);
}

static void
test_all_pairs (void)
{
  double positions[N][3], mean[3] = { 0 }, squares = 0, largest = 0;
  SwCloudStatistics s;
  size_t pairs = 0;

  fill (positions);
  for (size_t a = 0; a < N; a++)
    for (int i = 0; i < 3; i++)
      mean[i] += positions[a][i] / N;
  for (size_t a = 0; a < N; a++)
    {
      double r = 0;
      for (int i = 0; i < 3; i++)
        r += pow (positions[a][i] - mean[i], 2);
      squares += r;
      largest = fmax (largest, r);
      for (size_t b = 0; b < N; b++)
        {
          double d = 0;
          for (int i = 0; i < 3; i++)
            d += pow (positions[a][i] - positions[b][i], 2);
          pairs += a != b && d <= 100;
        }
    }
  g_assert_cmpint (sw_cloud_statistics (N, (const double (*)[3]) positions, &s), ==, SW_OK);
  g_test_message ("%g neighbours, radius of gyration %g", s.neighbours, s.radius_of_gyration);
  g_assert_cmpfloat (s.atoms, ==, N);
  g_assert_cmpfloat (fabs (s.neighbours - (double) pairs / N), <, 1e-12);
  g_assert_cmpfloat (fabs (s.radius - sqrt (largest)), <, 1e-9);
  g_assert_cmpfloat (fabs (s.radius_of_gyration - sqrt (squares / N)), <, 1e-9);
}

static void
test_moved (void)
{
  double positions[N][3], moved[N][3];
  const double angle = g_test_rand_double_range (0, 6);
  SwCloudStatistics a, b;

  fill (positions);
  for (size_t i = 0; i < N; i++)
    {
      moved[i][0] = cos (angle) * positions[i][0] - sin (angle) * positions[i][1] - 1234;
      moved[i][1] = sin (angle) * positions[i][0] + cos (angle) * positions[i][1] + 99;
      moved[i][2] = positions[i][2] + 5e4;
    }
  g_assert_cmpint (sw_cloud_statistics (N, (const double (*)[3]) positions, &a), ==, SW_OK);
  g_assert_cmpint (sw_cloud_statistics (N, (const double (*)[3]) moved, &b), ==, SW_OK);
  g_assert_cmpfloat (fabs (a.radius - b.radius), <, 1e-6);
  g_assert_cmpfloat (fabs (a.radius_of_gyration - b.radius_of_gyration), <, 1e-6);
  /* a pair at the very edge may fall to the other side by rounding */
  g_assert_cmpfloat (fabs (a.neighbours - b.neighbours), <, 2.5 / N);
}

static void
test_one (void)
{
  const double position[1][3] = { { 1, 2, 3 } };
  SwCloudStatistics s;

  g_assert_cmpint (sw_cloud_statistics (1, position, &s), ==, SW_OK);
  g_assert_cmpfloat (s.neighbours, ==, 0);
  g_assert_cmpfloat (s.radius, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/cloud/all-pairs", test_all_pairs);
  g_test_add_func ("/voxel/cloud/moved", test_moved);
  g_test_add_func ("/voxel/cloud/one", test_one);
  return g_test_run ();
}
