/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points with several numbers and what a C-alpha trace says. Built twice, for float and double. Allowed errors: points against
 * sw_voxelize, its spreading function and cut (see test-voxelize.c); identities, rounding of the sums of absolute terms. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <glib.h>

#include "voxel/points.h"
#include "testlib/testlib.h"
#include "voxel/trace.h"

#define N 40
#define SIZE 16

#ifdef SW_DOUBLE
#define EPS DBL_EPSILON
#define SPREAD_ERROR 1e-10
#else
#define EPS FLT_EPSILON
#define SPREAD_ERROR 1e-5
#endif

/* kind 0: alpha helix (100 degrees and 1.5 angstrom a residue, radius 2.3), 1: strand (zigzag, 3.3 a residue), along +z */
static void
fill_chain (int kind, size_t n, double (*x)[3])
{
  for (size_t i = 0; i < n; i++)
    {
      const double turn = (kind == 0 ? 100.0 : 175.0) * M_PI / 180 * (double) i, radius = kind == 0 ? 2.3 : 0.95;
      x[i][0] = radius * cos (turn);
      x[i][1] = radius * sin (turn);
      x[i][2] = (kind == 0 ? 1.5 : 3.3) * (double) i;
    }
}

static SwVoxelParams
params_of (size_t n_channels, bool bandlimited, SwDensityNorm norm)
{
  return (SwVoxelParams){ .n_channels = n_channels,
                          .size = SIZE,
                          .centre = bandlimited ? SIZE / 2 : (SIZE - 1) / 2.0,
                          .spacing = 3,
                          .sigma = 2.4,
                          .norm = norm,
                          .bandlimited = bandlimited,
                          .w_max = 2.2 };
}

static void
test_classes (void)
{
  double x[20][3];
  float w[20][SW_TRACE_N_CHANNELS];
  SwError error = { 0 };
  for (int kind = 0; kind < 2; kind++)
    {
      fill_chain (kind, 20, x);
      g_assert_cmpint (sw_trace_describe (20, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
      for (int i = 3; i < 17; i++)
        {
          g_test_message ("kind %d, residue %d: helix %.3f strand %.3f other %.3f", kind, i, (double) w[i][0], (double) w[i][1],
                          (double) w[i][2]);
          g_assert_cmpfloat (w[i][kind], >, 0.8);
          g_assert_cmpfloat (w[i][1 - kind], <, 0.01);
          g_assert_cmpfloat (fabsf (w[i][0] + w[i][1] + w[i][2] - 1), <, 1e-6);
          /* the direction, y z x, is that of the axis */
          g_assert_cmpfloat (w[i][5 + 3 * kind + 1], >, 0.9f * w[i][kind]);
          /* alone, it has no partners */
          g_assert_cmpfloat (w[i][3] + w[i][4], <, 1e-3);
        }
    }
}

/* A helix in the mirror is no alpha helix. */
static void
test_mirror (void)
{
  double x[20][3];
  float w[20][SW_TRACE_N_CHANNELS];
  SwError error = { 0 };
  fill_chain (0, 20, x);
  for (int i = 0; i < 20; i++)
    x[i][0] = -x[i][0];
  g_assert_cmpint (sw_trace_describe (20, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
  for (int i = 3; i < 17; i++)
    g_assert_cmpfloat (w[i][0], <, 0.01);
}

static void
test_partners (void)
{
  for (int anti = 0; anti < 2; anti++)
    {
      double x[20][3], second[10][3];
      float w[20][SW_TRACE_N_CHANNELS];
      SwError error = { 0 };
      fill_chain (1, 10, x);
      fill_chain (1, 10, second);
      for (int i = 0; i < 10; i++)
        {
          memcpy (x[10 + i], second[anti ? 9 - i : i], sizeof x[0]);
          x[10 + i][0] += 4.8;
        }
      g_assert_cmpint (sw_trace_describe (20, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
      for (int i = 3; i < 7; i++)
        {
          g_test_message ("antiparallel %d: %.3f %.3f", anti, (double) w[i][3], (double) w[i][4]);
          g_assert_cmpfloat (w[i][3 + anti], >, 0.5);
          g_assert_cmpfloat (w[i][4 - anti], <, 0.05);
        }
    }
}

/* A gap in the chain: nothing is read across it. Single atoms have neither class nor direction. */
static void
test_breaks (void)
{
  double x[6][3];
  float w[6][SW_TRACE_N_CHANNELS];
  SwError error = { 0 };
  fill_chain (0, 6, x);
  for (int i = 3; i < 6; i++)
    x[i][2] += 10;
  g_assert_cmpint (sw_trace_describe (6, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
  for (int i = 0; i < 6; i++)
    g_assert_cmpfloat (w[i][2], ==, 1);
  g_assert_cmpint (sw_trace_describe (1, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
  for (int c = 0; c < SW_TRACE_N_CHANNELS; c++)
    g_assert_cmpfloat (w[0][c], ==, c == 2 ? 1 : 0);
  x[0][1] = NAN;
  g_assert_cmpint (sw_trace_describe (6, (const double (*)[3]) x, w[0], &error), ==, SW_ERROR_NUMERIC);
}

static void
fill_walk (double (*x)[3])
{
  for (int a = 0; a < N; a++)
    for (int i = 0; i < 3; i++)
      x[a][i] = (a > 0 ? x[a - 1][i] : -8) + g_test_rand_double_range (-1.6, 2.2);
}

/* Scalars stay, vectors and second-order tensors turn. */
static void
test_turned (void)
{
  double x[N][3], y[N][3], r[9], worst = 0;
  float w[N][SW_TRACE_N_CHANNELS], v[N][SW_TRACE_N_CHANNELS];
  SwError error = { 0 };
  fill_walk (x);
  fill_chain (0, 15, x); /* so that something turns */
  sw_test_random_rotation (r);
  sw_test_turn (N, (const double (*)[3]) x, r, y);
  g_assert_cmpint (sw_trace_describe (N, (const double (*)[3]) x, w[0], &error), ==, SW_OK);
  g_assert_cmpint (sw_trace_describe (N, (const double (*)[3]) y, v[0], &error), ==, SW_OK);
  for (int a = 0; a < N; a++)
    {
      for (int c = 0; c < 5; c++)
        worst = fmax (worst, fabs ((double) (w[a][c] - v[a][c])));
      for (int kind = 0; kind < 2; kind++)
        {
          const float *one = w[a] + 5 + 3 * kind, *two = v[a] + 5 + 3 * kind, *t = v[a] + 11 + 5 * kind;
          const double vector[3] = { (double) one[2], (double) one[0], (double) one[1] };
          double turned[3];
          sw_test_turn (1, &vector, r, &turned);
          worst = fmax (worst, fabs (turned[0] - (double) two[2]));
          worst = fmax (worst, fabs (turned[1] - (double) two[0]));
          worst = fmax (worst, fabs (turned[2] - (double) two[1]));
          /* l = 2 of the direction: share * (sqrt 3 x y, ...) with the share's own size */
          const double share = (double) v[a][kind], s = share > 1e-3 ? share : 1;
          if (share > 1e-3)
            {
              worst = fmax (worst, fabs ((double) t[0] - sqrt (3) * turned[0] * turned[1] / s));
              worst = fmax (worst, fabs ((double) t[2] - (1.5 * turned[2] * turned[2] / s - 0.5 * share)));
              worst = fmax (worst, fabs ((double) t[4] - 0.5 * sqrt (3) * (turned[0] * turned[0] - turned[1] * turned[1]) / s));
            }
        }
    }
  g_test_message ("worst %.2g", worst);
  g_assert_cmpfloat (worst, <, 1e-5);
}

/* One number each: what sw_voxelize gives. */
static void
test_points (gconstpointer data)
{
  const bool bandlimited = GPOINTER_TO_INT (data) & 1;
  const SwDensityNorm norm = GPOINTER_TO_INT (data) & 2 ? SW_DENSITY_PEAK : SW_DENSITY_UNIT_MASS;
  const SwVoxelParams params = params_of (1, bandlimited, norm);
  const size_t count = SIZE * SIZE * SIZE;
  g_autofree real *a = g_new (real, count), *b = g_new (real, count);
  double x[N][3], largest = 0, worst = 0;
  float w[N];
  SwError error = { 0 };
  fill_walk (x);
  for (int i = 0; i < N; i++)
    {
      w[i] = (float) g_test_rand_double_range (-1, 2);
      for (int k = 0; k < 3; k++)
        x[i][k] = remainder (x[i][k], 14); /* well inside */
    }
  const SwAtomArray atoms = { .n_atoms = N, .positions = (const double (*)[3]) x, .weights = w };
  const SwPointArray points = { .n_points = N, .positions = (const double (*)[3]) x, .weights = w };
  SwVoxelReport report;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, a, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_voxelize_points (&params, &points, NULL, b, &report, &error), ==, SW_OK);
  g_assert_cmpuint (report.n_used, ==, N);
  for (size_t i = 0; i < count; i++)
    {
      largest = fmax (largest, fabs ((double) a[i]));
      worst = fmax (worst, fabs ((double) (a[i] - b[i])));
    }
  g_test_message ("worst %.2g of %.2g", worst, largest);
  g_assert_cmpfloat (largest, >, 0);
  g_assert_cmpfloat (worst, <, (bandlimited ? SPREAD_ERROR : 1e-5) * largest);
}

/* <y, V w> = <V' y, w>, and a point outside takes no part. */
static void
test_adjoint (gconstpointer data)
{
  const SwVoxelParams params = params_of (3, GPOINTER_TO_INT (data), SW_DENSITY_UNIT_MASS);
  const size_t count = 3 * SIZE * SIZE * SIZE;
  g_autofree real *f = g_new (real, count), *y = g_new (real, count);
  double x[N][3], d[N][3], left = 0, right = 0, size = 0;
  float w[N][3];
  SwError error = { 0 };
  fill_walk (x);
  for (int a = 0; a < N; a++)
    for (int k = 0; k < 3; k++)
      {
        x[a][k] = remainder (x[a][k], 40);
        w[a][k] = (float) g_test_rand_double_range (-1, 1);
      }
  x[7][0] = 100;
  for (size_t i = 0; i < count; i++)
    y[i] = (real) g_test_rand_double_range (-1, 1);
  const SwPointArray points = { .n_points = N, .positions = (const double (*)[3]) x, .weights = w[0] };
  g_assert_cmpint (sw_voxelize_points (&params, &points, NULL, f, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_voxelize_points_adjoint (&params, N, points.positions, y, d[0], &error), ==, SW_OK);
  for (size_t i = 0; i < count; i++)
    {
      left += (double) f[i] * (double) y[i];
      size += fabs ((double) f[i] * (double) y[i]);
    }
  for (int a = 0; a < N; a++)
    for (int k = 0; k < 3; k++)
      right += d[a][k] * (double) w[a][k];
  g_test_message ("%.9g %.9g, of %.3g", left, right, size);
  g_assert_cmpfloat (d[7][1], ==, 0);
  g_assert_cmpfloat (fabs (left - right), <, 8 * EPS * size);
}

/* The turned trace is the trace of turned atoms, and the adjoint sums an atom's numbers. */
static void
test_trace (void)
{
  const SwVoxelParams params = params_of (SW_TRACE_N_CHANNELS, true, SW_DENSITY_UNIT_MASS);
  const size_t count = SW_TRACE_N_CHANNELS * SIZE * SIZE * SIZE;
  g_autofree real *f = g_new (real, count), *g = g_new (real, count);
  double x[20][3], y[20][3], r[9], d[20], sum = 0, left = 0, right = 0, size = 0;
  float factors[20];
  SwVoxelParams wrong = params;
  SwError error = { 0 };
  fill_chain (0, 20, x);
  for (int i = 0; i < 20; i++)
    x[i][2] -= 15;
  sw_test_random_rotation (r);
  sw_test_turn (20, (const double (*)[3]) x, r, y);
  g_assert_cmpint (sw_voxelize_trace (&params, 20, (const double (*)[3]) x, r, NULL, NULL, f, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_voxelize_trace (&params, 20, (const double (*)[3]) y, NULL, NULL, NULL, g, NULL, &error), ==, SW_OK);
  g_assert_cmpmem (f, count * sizeof *f, g, count * sizeof *g);
  g_assert_cmpint (sw_voxelize_trace_adjoint (&params, 20, (const double (*)[3]) x, r, f, d, &error), ==, SW_OK);
  for (size_t i = 0; i < count; i++)
    left += (double) f[i] * (double) f[i];
  for (int a = 0; a < 20; a++)
    {
      sum += d[a];
      size += fabs (d[a]);
    }
  g_assert_cmpfloat (left, >, 0);
  g_assert_cmpfloat (fabs (sum - left), <, 1000 * EPS * size);
  for (int a = 0; a < 20; a++)
    factors[a] = a == 3 ? 0 : 2;
  g_assert_cmpint (sw_voxelize_trace (&params, 20, (const double (*)[3]) x, r, factors, NULL, g, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < count; i++)
    right += (double) f[i] * (double) g[i];
  /* twice all, without the third */
  g_assert_cmpfloat (fabs (2 * (left - d[3]) - right), <, 1000 * EPS * size);
  wrong.n_channels = 5;
  g_assert_cmpint (sw_voxelize_trace (&wrong, 20, (const double (*)[3]) x, r, NULL, NULL, f, NULL, &error), ==, SW_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/trace/classes", test_classes);
  g_test_add_func ("/voxel/trace/mirror", test_mirror);
  g_test_add_func ("/voxel/trace/partners", test_partners);
  g_test_add_func ("/voxel/trace/breaks", test_breaks);
  g_test_add_func ("/voxel/trace/turned", test_turned);
  g_test_add_func ("/voxel/trace/voxelized", test_trace);
  g_test_add_data_func ("/voxel/points/sampled", GINT_TO_POINTER (0), test_points);
  g_test_add_data_func ("/voxel/points/sampled-peak", GINT_TO_POINTER (2), test_points);
  g_test_add_data_func ("/voxel/points/bandlimited", GINT_TO_POINTER (1), test_points);
  g_test_add_data_func ("/voxel/points/bandlimited-peak", GINT_TO_POINTER (3), test_points);
  g_test_add_data_func ("/voxel/points/adjoint-sampled", GINT_TO_POINTER (0), test_adjoint);
  g_test_add_data_func ("/voxel/points/adjoint-bandlimited", GINT_TO_POINTER (1), test_adjoint);
  return g_test_run ();
}
