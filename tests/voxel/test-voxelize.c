/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built twice, for float and double. Allowed errors: the cut of a Gaussian (1e-6 of its peak per atom), the spreading function
 * (1e-6 at 7 voxels, 1e-12 at 13), and rounding. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include <glib.h>

#include "testlib/testlib.h"
#include "voxel/voxelize.h"

#define N_ATOMS 40

#ifdef SW_DOUBLE
#define SPREAD_ERROR 1e-10
#else
#define SPREAD_ERROR 1e-5
#endif

typedef struct
{
  double positions[N_ATOMS][3];
  float weights[N_ATOMS];
} Cloud;

static void
fill_cloud (Cloud *cloud, double radius)
{
  for (int a = 0; a < N_ATOMS; a++)
    {
      double r;
      do
        {
          r = 0;
          for (int i = 0; i < 3; i++)
            {
              cloud->positions[a][i] = g_test_rand_double_range (-radius, radius);
              r += cloud->positions[a][i] * cloud->positions[a][i];
            }
        }
      while (r > radius * radius);
      cloud->weights[a] = (float) g_test_rand_double_range (0.5, 2);
    }
}

static SwVoxelParams
params_of (size_t size, bool bandlimited)
{
  return (SwVoxelParams){ .n_channels = 1,
                          .size = size,
                          .centre = bandlimited ? floor (size / 2.0) : (double) (size - 1) / 2,
                          .spacing = 2,
                          .sigma = 1,
                          .bandlimited = bandlimited,
                          .w_max = 2.2 };
}

static real *
run (const SwVoxelParams *params, const Cloud *cloud, const double *rotation, SwVoxelReport *report)
{
  const SwAtomArray atoms = { N_ATOMS, cloud->positions, cloud->weights, NULL };
  SwError error = { 0 };
  real *out = g_new0 (real, params->n_channels * params->size * params->size * params->size);
  const SwStatus status = sw_voxelize (params, &atoms, rotation, NULL, out, report, &error);
  if (status != SW_OK)
    g_error ("%s", error.text);
  return out;
}

static void
turn (const double *m, const double *p, double *q)
{
  for (int i = 0; i < 3; i++)
    q[i] = m == NULL ? p[i] : m[3 * i] * p[0] + m[3 * i + 1] * p[1] + m[3 * i + 2] * p[2];
}

static void
test_sampled (void)
{
  static const size_t sizes[] = { 12, 15 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int mass = 0; mass < 2; mass++)
      {
        SwVoxelParams params = params_of (sizes[s], false);
        const size_t n = params.size;
        Cloud cloud;
        SwVoxelReport report;
        g_autofree real *out = NULL;
        g_autofree double *expected = g_new0 (double, n * n * n);
        double m[9], worst = 0;
        params.norm = mass ? SW_DENSITY_UNIT_MASS : SW_DENSITY_PEAK;
        fill_cloud (&cloud, 9);
        sw_test_random_rotation (m);
        out = run (&params, &cloud, m, &report);
        for (int a = 0; a < N_ATOMS; a++)
          {
            double q[3], total = 0;
            turn (m, cloud.positions[a], q);
            for (int pass = 0; pass < 2; pass++)
              for (size_t v = 0; v < n * n * n; v++)
                {
                  const double x = ((double) (v % n) - params.centre) * 2 - q[0];
                  const double y = ((double) (v / n % n) - params.centre) * 2 - q[1];
                  const double z = ((double) (v / n / n) - params.centre) * 2 - q[2];
                  const double g = exp (-0.5 * (x * x + y * y + z * z));
                  if (pass == 0)
                    total += g;
                  else
                    expected[v] += (double) cloud.weights[a] * (mass ? g / total : g);
                }
          }
        for (size_t v = 0; v < n * n * n; v++)
          worst = fmax (worst, fabs (expected[v] - (double) out[v]));
        g_test_message ("size %zu, mass %d: worst %g", n, mass, worst);
        g_assert_cmpfloat (worst, <, 3e-6 + 20 * (double) SW_EPS);
        g_assert_cmpuint (report.n_used, ==, N_ATOMS);
        g_assert_cmpuint (report.n_outside, ==, 0);
      }
}

/* exp (-w^2 sigma^2 / 2) sum_a weight_a exp (-i w (x_a + centre)) in voxels: the definition, mode by mode. */
static double complex
direct_mode (const SwVoxelParams *params, const Cloud *cloud, const double *m, const double w[3])
{
  const double sigma = params->sigma / params->spacing;
  double complex sum = 0;
  for (int a = 0; a < N_ATOMS; a++)
    {
      double q[3];
      turn (m, cloud->positions[a], q);
      sum += (double) cloud->weights[a]
             * cexp (-I * (w[0] * q[0] + w[1] * q[1] + w[2] * q[2]) / params->spacing);
    }
  return sum * exp (-0.5 * sigma * sigma * (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]))
         * (params->norm == SW_DENSITY_PEAK ? pow (2 * M_PI, 1.5) * sigma * sigma * sigma : 1);
}

/* A mode of a grid by direct summation, its phase counted from the centre. */
static double complex
grid_mode (const SwVoxelParams *params, const real *grid, const double w[3])
{
  const size_t n = params->size;
  double complex sum = 0;
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        sum += (double) grid[(z * n + y) * n + x]
               * cexp (-I
                       * (w[0] * ((double) x - params->centre) + w[1] * ((double) y - params->centre)
                          + w[2] * ((double) z - params->centre)));
  return sum;
}

static void
test_modes (void)
{
  static const size_t sizes[] = { 10, 11, 16, 3, 1 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      const SwVoxelParams params = params_of (sizes[s], true);
      const long n = (long) params.size, k_max = (n - 1) / 2;
      Cloud cloud;
      g_autofree real *out = NULL;
      double m[9], worst = 0, scale = 0;
      fill_cloud (&cloud, fmax (0.1, (double) n - 2));
      sw_test_random_rotation (m);
      out = run (&params, &cloud, m, NULL);
      for (int trial = 0; trial < 60; trial++)
        {
          const long k[3] = { g_test_rand_int_range (-(int) k_max, (int) k_max + 1),
                              g_test_rand_int_range (-(int) k_max, (int) k_max + 1),
                              g_test_rand_int_range (-(int) k_max, (int) k_max + 1) };
          const double w[3] = { 2 * M_PI * k[0] / n, 2 * M_PI * k[1] / n, 2 * M_PI * k[2] / n };
          const bool inside = w[0] * w[0] + w[1] * w[1] + w[2] * w[2] <= params.w_max * params.w_max;
          const double complex expected = inside ? direct_mode (&params, &cloud, m, w) : 0;
          worst = fmax (worst, cabs (expected - grid_mode (&params, out, w)));
        }
      scale = cabs (direct_mode (&params, &cloud, m, (double[3]){ 0, 0, 0 }));
      g_test_message ("size %ld: worst mode %g of the total mass", n, worst / scale);
      g_assert_cmpfloat (worst, <, SPREAD_ERROR * scale);
    }
}

/* Modes of a turned cloud are the turned modes of the cloud: at w and at R w, both within the ball. The Fourier series of the grid
 * is evaluated only where both lie on its lattice, so the turned one comes from the definition and the other from the grid. */
static void
test_random_rotation (void)
{
  const SwVoxelParams params = params_of (16, true);
  Cloud cloud;
  double m[9], worst = 0, scale;
  g_autofree real *turned = NULL;
  fill_cloud (&cloud, 12);
  sw_test_random_rotation (m);
  turned = run (&params, &cloud, m, NULL);
  scale = cabs (direct_mode (&params, &cloud, NULL, (double[3]){ 0, 0, 0 }));
  for (int trial = 0; trial < 60; trial++)
    {
      double w[3], back[3], size = 0;
      for (int i = 0; i < 3; i++)
        {
          w[i] = 2 * M_PI * g_test_rand_int_range (-5, 6) / 16;
          size += w[i] * w[i];
        }
      if (size > params.w_max * params.w_max)
        continue;
      for (int i = 0; i < 3; i++)
        back[i] = m[i] * w[0] + m[3 + i] * w[1] + m[6 + i] * w[2];
      worst = fmax (worst, cabs (grid_mode (&params, turned, w) - direct_mode (&params, &cloud, NULL, back)));
    }
  g_test_message ("worst %g of the total mass", worst / scale);
  g_assert_cmpfloat (worst, <, 1e-4 * scale);
}

/* A quarter turn about z, then about x, of the atoms is that of the voxels. Band-limited at even sizes: voxel 0 has no partner
 * opposite the centre, its index wraps around. */
static void
test_cube_rotations (void)
{
  static const double about_z[9] = { 0, -1, 0, 1, 0, 0, 0, 0, 1 };
  static const double about_x[9] = { 1, 0, 0, 0, 0, -1, 0, 1, 0 };
  static const size_t sizes[] = { 12, 13 };
  for (int bandlimited = 0; bandlimited < 2; bandlimited++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (int axis = 0; axis < 2; axis++)
        {
          SwVoxelParams params = params_of (sizes[s], bandlimited);
          const long n = (long) params.size;
          const double *m = axis == 0 ? about_z : about_x;
          Cloud cloud;
          g_autofree real *plain = NULL;
          g_autofree real *turned = NULL;
          double worst = 0, peak = 0;
          /* A ball larger than the grid of modes: the Nyquist planes of even sizes would show. */
          params.w_max = 4;
          fill_cloud (&cloud, 9);
          plain = run (&params, &cloud, NULL, NULL);
          turned = run (&params, &cloud, m, NULL);
          for (long z = 0; z < n; z++)
            for (long y = 0; y < n; y++)
              for (long x = 0; x < n; x++)
                {
                  const double p[3] = { x - params.centre, y - params.centre, z - params.centre };
                  double q[3];
                  long i[3];
                  turn (m, p, q);
                  for (int d = 0; d < 3; d++)
                    i[d] = (lround (q[d] + params.centre) + n) % n;
                  worst = fmax (worst,
                                fabs ((double) plain[(z * n + y) * n + x]
                                      - (double) turned[(i[2] * n + i[1]) * n + i[0]]));
                  peak = fmax (peak, fabs ((double) plain[(z * n + y) * n + x]));
                }
          g_test_message ("band-limited %d, size %ld: worst %g of the peak", bandlimited, n, worst / peak);
          /* Atoms on the voxel's half-way point round either way in the nearest voxel: the cut differs by 1e-6. */
          g_assert_cmpfloat (worst, <, (bandlimited ? 4e-6 : 2e-6) * peak);
        }
}

static void
test_mass (void)
{
  for (int bandlimited = 0; bandlimited < 2; bandlimited++)
    {
      SwVoxelParams params = params_of (14, bandlimited);
      Cloud cloud;
      g_autofree real *out = NULL;
      double sum = 0, expected = 0;
      params.norm = SW_DENSITY_UNIT_MASS;
      fill_cloud (&cloud, 11);
      out = run (&params, &cloud, NULL, NULL);
      for (size_t v = 0; v < 14 * 14 * 14; v++)
        sum += (double) out[v];
      for (int a = 0; a < N_ATOMS; a++)
        expected += (double) cloud.weights[a];
      g_assert_cmpfloat (fabs (sum - expected), <, (SPREAD_ERROR + 100 * (double) SW_EPS) * expected);
    }
}

static void
test_channels_and_outside (void)
{
  for (int bandlimited = 0; bandlimited < 2; bandlimited++)
    {
      SwVoxelParams params = params_of (11, bandlimited);
      const double positions[5][3] = { { 0, 0, 0 }, { 2, 0, 0 }, { 0, 4, 0 }, { 100, 0, 0 }, { 0, 0, -13 } };
      const uint8_t channels[5] = { 0, 1, 7, 1, 0 };
      const SwAtomArray atoms = { 5, positions, NULL, channels };
      real out[2 * 11 * 11 * 11];
      SwVoxelReport report;
      SwError error;
      params.n_channels = 2;
      params.w_max = M_PI;
      g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, &report, &error), ==, SW_OK);
      g_assert_cmpuint (report.n_outside, ==, 2);
      g_assert_cmpuint (report.n_used, ==, bandlimited ? 2 : 3);
      /* The largest voxel of each channel is where its atom lies. */
      for (size_t c = 0; c < 2; c++)
        {
          size_t best = 0;
          for (size_t v = 0; v < 1331; v++)
            if (out[c * 1331 + v] > out[c * 1331 + best])
              best = v;
          g_assert_cmpuint (best, ==, (5 * 11 + 5) * 11 + 5 + c);
        }
    }
}

static void
test_refused (void)
{
  SwVoxelParams params = params_of (9, true);
  double positions[1][3] = { { 0, NAN, 0 } };
  const SwAtomArray atoms = { 1, positions, NULL, NULL };
  double m[9] = { 1, 0, 0, 0, 1, 0, 0, 0, INFINITY };
  real out[9 * 9 * 9];
  SwError error;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error), ==, SW_ERROR_NUMERIC);
  positions[0][1] = INFINITY;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error), ==, SW_ERROR_NUMERIC);
  positions[0][1] = 0;
  g_assert_cmpint (sw_voxelize (&params, &atoms, m, NULL, out, NULL, &error), ==, SW_ERROR_NUMERIC);
  params.sigma = 0;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error), ==, SW_ERROR_INVALID);
  params = params_of (9, true);
  params.w_max = 0;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error), ==, SW_ERROR_INVALID);
  params = params_of (9, false);
  params.spacing = -1;
  g_assert_cmpint (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error), ==, SW_ERROR_INVALID);
}

/* <y, V w> = <V^T y, w>: exact but for rounding and, band-limited, nothing else: both ways use the same spreading function. */
static void
test_adjoint (void)
{
  for (int kind = 0; kind < 4; kind++)
    {
      SwVoxelParams params = params_of (20, kind % 2 == 1);
      Cloud cloud;
      uint8_t channels[N_ATOMS];
      double m[9], d_weights[N_ATOMS] = { 0 }, left = 0, right = 0, size = 0;
      SwError error = { 0 };

      params.norm = kind >= 2 ? SW_DENSITY_UNIT_MASS : SW_DENSITY_PEAK;
      params.n_channels = 2;
      fill_cloud (&cloud, 24); /* some outside the box of 40 */
      sw_test_random_rotation (m);
      for (size_t a = 0; a < N_ATOMS; a++)
        channels[a] = (uint8_t) g_test_rand_int_range (0, 3); /* 2: left out */
      const size_t n = 2 * 20 * 20 * 20;
      const SwAtomArray atoms = { N_ATOMS, cloud.positions, cloud.weights, channels };
      g_autofree real *out = g_new0 (real, n), *y = g_new0 (real, n);
      for (size_t i = 0; i < n; i++)
        y[i] = (real) g_test_rand_double_range (-1, 1);
      if (sw_voxelize (&params, &atoms, m, NULL, out, NULL, &error) != SW_OK
          || sw_voxelize_adjoint (&params, &atoms, m, y, d_weights, &error) != SW_OK)
        g_error ("%s", error.text);
      for (size_t i = 0; i < n; i++)
        {
          left += (double) y[i] * (double) out[i];
          size += fabs ((double) y[i] * (double) out[i]);
        }
      for (size_t a = 0; a < N_ATOMS; a++)
        right += d_weights[a] * (double) cloud.weights[a];
      g_test_message ("kind %d: %g and %g of %g, difference in eps %g", kind, left, right, size,
                      fabs (left - right) / size / SW_EPS);
      g_assert_cmpfloat (size, >, 0);
      g_assert_cmpfloat (fabs (left - right), <, 40 * SW_EPS * size);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/voxelize/sampled", test_sampled);
  g_test_add_func ("/voxel/voxelize/modes", test_modes);
  g_test_add_func ("/voxel/voxelize/random-rotation", test_random_rotation);
  g_test_add_func ("/voxel/voxelize/cube-rotations", test_cube_rotations);
  g_test_add_func ("/voxel/voxelize/mass", test_mass);
  g_test_add_func ("/voxel/voxelize/channels-and-outside", test_channels_and_outside);
  g_test_add_func ("/voxel/voxelize/refused", test_refused);
  g_test_add_func ("/voxel/voxelize/adjoint", test_adjoint);
  return g_test_run ();
}
