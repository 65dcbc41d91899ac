/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/kernel-check.h"
#include "kernel/quadrature.h"

static SwBasisSpec
spec_of (unsigned l_out, unsigned l_in, unsigned size)
{
  SwBasisSpec spec;
  SwError error;
  if (sw_basis_spec_init (&spec, l_out, l_in, size, SW_BASIS_RULE_COMPROMISE, &error) != SW_OK)
    g_error ("%s", error.text);
  return spec;
}

static void
random_weights (const SwBasisSpec *spec, double *weights)
{
  for (size_t e = 0; e < spec->n_elements; e++)
    weights[e] = g_test_rand_double_range (-1, 1);
}

static double
largest (size_t n, const double *a)
{
  double ret = 0;
  for (size_t i = 0; i < n; i++)
    ret = fmax (ret, fabs (a[i]));
  return ret;
}

/* The continuous kernel at voxel centres is the sampled one. */
static void
test_same_weights (void)
{
  const SwBasisSpec spec = spec_of (2, 1, 5);
  double weights[SW_BASIS_ELEMENTS_MAX], k[15];
  double *samples = g_new (double, 15 * 125);
  random_weights (&spec, weights);
  g_assert_cmpint (sw_kernel_sample (&spec, SW_BASIS_SAMPLED, weights, samples, NULL), ==, SW_OK);
  for (int v = 0; v < 125; v++)
    {
      const double d[3] = { v % 5 - 2, v / 5 % 5 - 2, v / 25 - 2 };
      g_assert_cmpint (sw_kernel_evaluate (&spec, weights, d, k, NULL), ==, SW_OK);
      for (int row = 0; row < 15; row++)
        g_assert_cmpfloat (fabs (k[row] - samples[row * 125 + v]), <, 1e-14);
    }
  g_free (samples);
}

/* K^(w) = integral K(d) exp (i w.d) dd, in spherical coordinates. */
static void
test_transform (void)
{
  enum
  {
    RADII = 80,
    POLAR = 28,
    AROUND = 56
  };
  static const unsigned orders[][2] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 2, 1 }, { 2, 3 } };
  static double r[RADII], wr[RADII], z[POLAR], wz[POLAR];
  double worst = 0;
  sw_gauss_legendre (RADII, 0, 2 + 7 * 0.6, r, wr);
  sw_gauss_legendre (POLAR, -1, 1, z, wz);
  for (size_t i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      const SwBasisSpec spec = spec_of (orders[i][0], orders[i][1], 5);
      const unsigned rows = (2 * spec.l_out + 1) * (2 * spec.l_in + 1);
      const double w[3] = { 0.9, -0.7, 1.1 };
      double weights[SW_BASIS_ELEMENTS_MAX], size = 0;
      double complex expected[35] = { 0 }, found[35];
      random_weights (&spec, weights);
      for (int p = 0; p < POLAR; p++)
        for (int a = 0; a < AROUND; a++)
          for (int q = 0; q < RADII; q++)
            {
              const double phi = 2 * M_PI * a / AROUND, s = sqrt (1 - z[p] * z[p]);
              const double d[3] = { r[q] * s * cos (phi), r[q] * s * sin (phi), r[q] * z[p] };
              const double volume = wr[q] * r[q] * r[q] * wz[p] * 2 * M_PI / AROUND;
              const double phase = w[0] * d[0] + w[1] * d[1] + w[2] * d[2];
              double k[35];
              g_assert_cmpint (sw_kernel_evaluate (&spec, weights, d, k, NULL), ==, SW_OK);
              for (unsigned row = 0; row < rows; row++)
                expected[row] += volume * k[row] * (cos (phase) + I * sin (phase));
            }
      g_assert_cmpint (sw_kernel_transform (&spec, weights, w, found, NULL), ==, SW_OK);
      for (unsigned row = 0; row < rows; row++)
        {
          size = fmax (size, cabs (expected[row]));
          worst = fmax (worst, cabs (expected[row] - found[row]));
        }
      /* Random weights may nearly cancel at one frequency, but not vanish. */
      g_assert_cmpfloat (size, >, 1e-5);
    }
  g_test_message ("worst |K^ - quadrature|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-10);
}

/* The continuous kernel obeys the constraint for every rotation, the sampled one for the cube's;
 * the projected one is nearer to it for the others. */
static void
test_constraint (void)
{
  for (unsigned a = 0; a <= 3; a++)
    for (unsigned b = 0; b <= 3; b++)
      {
        const SwBasisSpec spec = spec_of (a, b, 5);
        SwKernelErrors space, frequency, sampled, projected;
        double weights[SW_BASIS_ELEMENTS_MAX];
        random_weights (&spec, weights);
        g_assert_cmpint (
            sw_kernel_check_continuous (&spec, weights, 2.2, 24, 1, &space, &frequency, NULL), ==,
            SW_OK);
        g_assert_cmpint (
            sw_kernel_check_sampled (&spec, SW_BASIS_SAMPLED, weights, 1.5, 96, 1, &sampled, NULL),
            ==, SW_OK);
        g_assert_cmpint (sw_kernel_check_sampled (&spec, SW_BASIS_PROJECTED, weights, 1.5, 96, 1,
                                                  &projected, NULL),
                         ==, SW_OK);
        g_test_message ("%u -> %u: continuous %.1e %.1e, sampled %.4f, projected %.4f", b, a,
                        space.random, frequency.random, sampled.random, projected.random);
        g_assert_cmpfloat (fmax (space.random, space.cube), <, 1e-12);
        g_assert_cmpfloat (fmax (frequency.random, frequency.cube), <, 1e-12);
        g_assert_cmpfloat (fmax (sampled.cube, projected.cube), <, 1e-12);
        g_assert_cmpfloat (projected.random, <, sampled.random);
      }
}

/* Without a cut (w_max beyond the spectrum) the band-limited samples are the kernel; with one, the
 * transform of samples on a wide fine grid is K^ inside and 0 outside. */
static void
test_bandlimited (void)
{
  enum
  {
    N = 5
  };
  const SwBasisSpec spec = spec_of (1, 1, 3);
  double weights[SW_BASIS_ELEMENTS_MAX], k[9], worst = 0;
  double *samples = g_new (double, 9 * N * N * N);
  /* The shell of radius 0 alone: a Gaussian, whose spectrum ends before 20. */
  for (size_t e = 0; e < spec.n_elements; e++)
    weights[e] = spec.elements[e].shell == 0;
  g_assert_cmpint (sw_kernel_sample_bandlimited (&spec, weights, 20, 20, N, 0.5, samples, NULL), ==,
                   SW_OK);
  for (int v = 0; v < N * N * N; v++)
    {
      const double d[3] = { 0.5 * (v % N - 2), 0.5 * (v / N % N - 2), 0.5 * (v / N / N - 2) };
      g_assert_cmpint (sw_kernel_evaluate (&spec, weights, d, k, NULL), ==, SW_OK);
      for (int row = 0; row < 9; row++)
        worst = fmax (worst, fabs (k[row] - samples[row * N * N * N + v]));
    }
  g_test_message ("worst |all frequencies - kernel|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-10);
  g_free (samples);

  enum
  {
    M = 33
  };
  random_weights (&spec, weights);
  samples = g_new (double, 9 * M * M * M);
  g_assert_cmpint (sw_kernel_sample_bandlimited (&spec, weights, 1.0, 2.0, M, 0.7, samples, NULL),
                   ==, SW_OK);
  const double largest_inside = largest (9 * M * M * M, samples);
  g_assert_true (isfinite (largest_inside) && largest_inside > 1e-3);
  double complex inside[9], outside[9], expected[9];
  double error = 0, size = 0, leak = 0;
  for (int part = 0; part < 2; part++)
    {
      const double w[3] = { part ? 1.9 : 0.4, part ? 1.8 : 0.3, part ? 1.0 : -0.2 };
      double complex *sum = part ? outside : inside;
      memset (sum, 0, sizeof inside);
      for (int v = 0; v < M * M * M; v++)
        {
          const double d[3]
              = { 0.7 * (v % M - 16), 0.7 * (v / M % M - 16), 0.7 * (v / M / M - 16) };
          const double phase = w[0] * d[0] + w[1] * d[1] + w[2] * d[2];
          for (int row = 0; row < 9; row++)
            sum[row] += 0.343 * samples[row * M * M * M + v] * (cos (phase) + I * sin (phase));
        }
    }
  g_assert_cmpint (
      sw_kernel_transform (&spec, weights, (double[3]){ 0.4, 0.3, -0.2 }, expected, NULL), ==,
      SW_OK);
  for (int row = 0; row < 9; row++)
    {
      error = fmax (error, cabs (inside[row] - expected[row]));
      size = fmax (size, cabs (expected[row]));
      leak = fmax (leak, cabs (outside[row]));
    }
  g_test_message ("inside: off by %.2e of %.2e; outside: %.2e", error, size, leak);
  g_assert_cmpfloat (error, <, 0.02 * size);
  g_assert_cmpfloat (leak, <, 0.02 * size);
  g_free (samples);
}

static void
test_memory (void)
{
  const SwBasisSpec spec = spec_of (1, 1, 3);
  double weights[SW_BASIS_ELEMENTS_MAX] = { 1 }, *k = g_new (double, 9 * 27);
  double complex transform[9];
  SwError error;
  for (size_t n = 1; n <= 3; n++)
    {
      sw_memory_fail_after (n);
      g_assert_cmpint (sw_kernel_sample (&spec, SW_BASIS_SAMPLED, weights, k, &error), ==,
                       SW_ERROR_MEMORY);
      sw_memory_fail_after (n);
      g_assert_cmpint (sw_kernel_sample_bandlimited (&spec, weights, 1, 2, 3, 1, k, &error), ==,
                       SW_ERROR_MEMORY);
      if (n > 2)
        continue;
      sw_memory_fail_after (n);
      g_assert_cmpint (
          sw_kernel_transform (&spec, weights, (double[3]){ 1, 0, 0 }, transform, &error), ==,
          SW_ERROR_MEMORY);
    }
  sw_memory_fail_after (0);
  g_free (k);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel/kernel/same-weights", test_same_weights);
  g_test_add_func ("/kernel/kernel/transform", test_transform);
  g_test_add_func ("/kernel/kernel/constraint", test_constraint);
  g_test_add_func ("/kernel/kernel/band-limited", test_bandlimited);
  g_test_add_func ("/kernel/kernel/memory", test_memory);
  return g_test_run ();
}
