/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks on a grid: their volume, and that a turned block is the turned grid. */
#include <glib.h>
#include <math.h>

#include "base/memory.h"
#include "voxel/boxes.h"

static const SwBox two[2] = { { { -4, -1, 0 }, { 0, 3, 2 } }, { { 0, -1, 0 }, { 3, 2, 5 } } };
static const double volume_of_two = 4 * 4 * 2 + 3 * 3 * 5;

static double
sum (size_t n, const real *grid)
{
  double total = 0;
  for (size_t i = 0; i < n * n * n; i++)
    total += (double) grid[i];
  return total;
}

static void
fill (const SwVoxelParams *params, const double *rotation, real *out)
{
  SwError error = { 0 };
  g_assert_cmpint (sw_voxelize_boxes (params, 2, two, rotation, out, &error), ==, SW_OK);
}

static void
test_volume (void)
{
  const double turn[9] = { 0.36, 0.48, -0.8, -0.8, 0.6, 0, 0.48, 0.64, 0.6 };
  for (int engine = 0; engine < 2; engine++)
    for (size_t n = 20; n < 22; n++)
      {
        const SwVoxelParams params = { .size = n, .centre = engine ? (double) (n / 2) : 0.5 * (double) (n - 1), .bandlimited = engine, .w_max = 2.2 };
        real *grid = SW_NEW (real, n * n * n);
        double volume;
        fill (&params, turn, grid);
        volume = sum (n, grid);
        g_test_message ("%s, edge %zu: volume %g of %g", engine ? "band-limited" : "sampled", n, volume, volume_of_two);
        /* The mean of the Fourier series is exact; points in voxels count the surface roughly. */
        g_assert_cmpfloat (fabs (volume / volume_of_two - 1), <, engine ? 100 * SW_EPS : 0.02);
        sw_free (grid);
      }
}

/* A quarter turn about z takes (x, y) to (-y, x). */
static void
test_quarter_turn (void)
{
  const double turn[9] = { 0, -1, 0, 1, 0, 0, 0, 0, 1 };
  for (size_t n = 20; n < 22; n++)
    {
      const SwVoxelParams params = { .size = n, .centre = (double) (n / 2), .bandlimited = true, .w_max = 2.2 };
      real *straight = SW_NEW (real, n * n * n), *turned = SW_NEW (real, n * n * n);
      double worst = 0;
      fill (&params, NULL, straight);
      fill (&params, turn, turned);
      for (size_t z = 0; z < n; z++)
        for (size_t y = 0; y < n; y++)
          for (size_t x = 0; x < n; x++)
            {
              const long c = (long) (n / 2);
              const size_t x2 = (size_t) (((c - ((long) y - c)) % (long) n + (long) n) % (long) n), y2 = x;
              worst = fmax (worst, fabs ((double) straight[(z * n + y) * n + x] - (double) turned[(z * n + y2) * n + x2]));
            }
      g_test_message ("edge %zu: worst %g", n, worst);
      g_assert_cmpfloat (worst, <, 50 * SW_EPS);
      sw_free (straight);
      sw_free (turned);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/boxes/volume", test_volume);
  g_test_add_func ("/voxel/boxes/quarter-turn", test_quarter_turn);
  return g_test_run ();
}
