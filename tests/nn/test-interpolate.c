/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A grid filled from a few known waves has their values between its voxels, too. */
#include <glib.h>
#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/fine-grid.h"
#include "nn/interpolate.h"

enum
{
  N_WAVES = 12,
  N_POINTS = 700,
  N_CHANNELS = 3,
};

typedef struct
{
  double k[3], amplitude, phase;
} Wave;

static double
value (const Wave *waves, size_t n, double x, double y, double z)
{
  double sum = 0;
  for (int i = 0; i < N_WAVES; i++)
    sum += waves[i].amplitude
           * cos (2 * M_PI / (double) n * (waves[i].k[0] * x + waves[i].k[1] * y + waves[i].k[2] * z) + waves[i].phase);
  return sum;
}

static void
test_waves (gconstpointer data)
{
  const size_t n = GPOINTER_TO_SIZE (data);
  const int k_max = (int) (n - 1) / 2;
  Wave waves[N_CHANNELS][N_WAVES];
  SwRandom random;
  SwInterpolator *interpolator;
  SwError error = { 0 };
  real *grid = SW_NEW (real, N_CHANNELS * n * n * n);
  real *out = SW_NEW (real, N_CHANNELS * N_POINTS);
  double (*points)[3] = sw_alloc (N_POINTS, sizeof *points), worst = 0;

  sw_random_init (&random, n);
  for (int c = 0; c < N_CHANNELS; c++)
    for (int i = 0; i < N_WAVES; i++)
      {
        for (int d = 0; d < 3; d++)
          waves[c][i].k[d] = (double) sw_random_below (&random, (uint64_t) (2 * k_max + 1)) - k_max;
        waves[c][i].amplitude = sw_random_normal (&random);
        waves[c][i].phase = 6 * sw_random_uniform (&random);
      }
  for (size_t c = 0; c < N_CHANNELS; c++)
    for (size_t z = 0; z < n; z++)
      for (size_t y = 0; y < n; y++)
        for (size_t x = 0; x < n; x++)
          grid[((c * n + z) * n + y) * n + x] = (real) value (waves[c], n, (double) x, (double) y, (double) z);
  for (int p = 0; p < N_POINTS; p++)
    for (int d = 0; d < 3; d++)
      points[p][d] = (double) n * (1.4 * sw_random_uniform (&random) - 0.2);

  g_assert_cmpint (sw_interpolator_new (N_CHANNELS, n, grid, &interpolator, &error), ==, SW_OK);
  g_assert_cmpint (sw_interpolator_eval (interpolator, N_POINTS, (const double (*)[3]) points, out, &error), ==, SW_OK);
  for (size_t c = 0; c < N_CHANNELS; c++)
    for (size_t p = 0; p < N_POINTS; p++)
      worst = fmax (worst, fabs ((double) out[c * N_POINTS + p] - value (waves[c], n, points[p][0], points[p][1], points[p][2])));
  g_test_message ("edge %zu: worst %g", n, worst);
  /* Twelve waves of unit size; rounding grows with the number of modes summed and with their frequency. */
  g_assert_cmpfloat (worst, <, 40 * (double) (n + 4) * SW_EPS);
  sw_interpolator_free (interpolator);

  SwFineGrid *fine;
  double largest = 0;
  worst = 0;
  g_assert_cmpint (sw_fine_grid_new (N_CHANNELS, n, grid, &fine, &error), ==, SW_OK);
  sw_fine_grid_eval (fine, N_POINTS, (const double (*)[3]) points, out);
  for (size_t c = 0; c < N_CHANNELS; c++)
    for (size_t p = 0; p < N_POINTS; p++)
      {
        const double wanted = value (waves[c], n, points[p][0], points[p][1], points[p][2]);
        largest = fmax (largest, fabs (wanted));
        worst = fmax (worst, fabs ((double) out[c * N_POINTS + p] - wanted));
      }
  g_test_message ("edge %zu, fine grid: worst %g of %g", n, worst, largest);
  g_assert_cmpfloat (worst, <, 3e-5 * largest);
  sw_fine_grid_free (fine);
  sw_free (grid);
  sw_free (out);
  sw_free (points);
}

/* The Nyquist plane of an even size is left out: its wave vanishes. */
static void
test_nyquist (void)
{
  enum { N = 6 };
  real grid[N * N * N], out[1];
  const double point[1][3] = { { 0, 0, 0 } };
  SwInterpolator *interpolator;
  SwError error = { 0 };
  for (int i = 0; i < N * N * N; i++)
    grid[i] = i % 2 == 0 ? 1 : -1;
  g_assert_cmpint (sw_interpolator_new (1, N, grid, &interpolator, &error), ==, SW_OK);
  g_assert_cmpint (sw_interpolator_eval (interpolator, 1, point, out, &error), ==, SW_OK);
  g_assert_cmpfloat (fabs ((double) out[0]), <, 10 * SW_EPS);
  sw_interpolator_free (interpolator);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/nn/interpolate/odd", GSIZE_TO_POINTER (9), test_waves);
  g_test_add_data_func ("/nn/interpolate/even", GSIZE_TO_POINTER (12), test_waves);
  g_test_add_data_func ("/nn/interpolate/large", GSIZE_TO_POINTER (32), test_waves);
  g_test_add_data_func ("/nn/interpolate/one", GSIZE_TO_POINTER (1), test_waves);
  g_test_add_func ("/nn/interpolate/nyquist", test_nyquist);
  return g_test_run ();
}
