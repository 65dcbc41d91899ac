/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "so3/harmonics.h"

enum
{
  N = (SW_HARMONICS_L_MAX + 1) * (SW_HARMONICS_L_MAX + 1)
};

static void
random_direction (double v[3])
{
  double r;
  do
    {
      r = 0;
      for (int i = 0; i < 3; i++)
        {
          v[i] = g_test_rand_double_range (-1, 1);
          r += v[i] * v[i];
        }
    }
  while (r < 1e-4 || r > 1);
  for (int i = 0; i < 3; i++)
    v[i] /= sqrt (r);
}

/* The formulas of the header for l <= 2, written out. */
static void
test_formulas (void)
{
  for (int trial = 0; trial < 20; trial++)
    {
      double v[3], y[9];
      random_direction (v);
      sw_harmonics (2, v, y);
      const double a = sqrt (3 / (4 * M_PI)), b = sqrt (15 / (4 * M_PI));
      const double expected[9] = {
        sqrt (1 / (4 * M_PI)),
        a * v[1],
        a * v[2],
        a * v[0],
        b * v[0] * v[1],
        b * v[1] * v[2],
        b * (3 * v[2] * v[2] - 1) / (2 * sqrt (3)),
        b * v[0] * v[2],
        b * (v[0] * v[0] - v[1] * v[1]) / 2,
      };
      for (int i = 0; i < 9; i++)
        g_assert_cmpfloat (fabs (y[i] - expected[i]), <, 1e-14);
    }
}

/* Exact quadrature: Gauss-Legendre in z (14 nodes found by Newton), 32 equal steps in the other
 * angle. */
static void
test_orthonormal (void)
{
  enum
  {
    NODES = 14,
    STEPS = 32
  };
  static double gram[N * N];
  double worst = 0;
  for (int k = 0; k < NODES; k++)
    {
      double z = cos (M_PI * (k + 0.75) / (NODES + 0.5)), slope = 1;
      for (int iteration = 0; iteration < 50; iteration++)
        {
          double p = 1, q = 0;
          for (int n = 0; n < NODES; n++)
            {
              const double next = ((2 * n + 1) * z * p - n * q) / (n + 1);
              q = p;
              p = next;
            }
          slope = NODES * (z * p - q) / (z * z - 1);
          z -= p / slope;
        }
      const double weight = 2 / ((1 - z * z) * slope * slope) * 2 * M_PI / STEPS;
      for (int s = 0; s < STEPS; s++)
        {
          const double phi = 2 * M_PI * s / STEPS, r = 3 * sqrt (1 - z * z);
          double y[N];
          sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ r * cos (phi), r * sin (phi), 3 * z }, y);
          for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
              gram[i * N + j] += weight * y[i] * y[j];
        }
    }
  for (int i = 0; i < N * N; i++)
    worst = fmax (worst, fabs (gram[i] - (i % (N + 1) == 0)));
  g_test_message ("worst |<Y, Y'> - delta|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-12);
}

/* sum_m Y_m(u) Y_m(v) = (2l+1) / 4pi P_l(u.v), with P_l from its own recurrence. */
static void
test_addition (void)
{
  for (int trial = 0; trial < 50; trial++)
    {
      double u[3], v[3], y_u[N], y_v[N];
      random_direction (u);
      random_direction (v);
      sw_harmonics (SW_HARMONICS_L_MAX, u, y_u);
      sw_harmonics (SW_HARMONICS_L_MAX, v, y_v);
      const double t = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
      double p = 1, previous = 0;
      for (int l = 0; l <= SW_HARMONICS_L_MAX; l++)
        {
          double sum = 0;
          for (int i = l * l; i < (l + 1) * (l + 1); i++)
            sum += y_u[i] * y_v[i];
          g_assert_cmpfloat (fabs (sum - (2 * l + 1) / (4 * M_PI) * p), <, 1e-13);
          const double next = ((2 * l + 1) * t * p - l * previous) / (l + 1);
          previous = p;
          p = next;
        }
    }
}

/* At and close to the poles, at the origin, and for lengths whose squares over- and underflow. */
static void
test_poles (void)
{
  double y[N], near_pole[N];
  for (int sign = -1; sign <= 1; sign += 2)
    {
      sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 0, 0, sign }, y);
      for (int l = 0; l <= SW_HARMONICS_L_MAX; l++)
        for (int m = -l; m <= l; m++)
          {
            const double expected
                = m == 0 ? (l % 2 ? sign : 1) * sqrt ((2 * l + 1) / (4 * M_PI)) : 0;
            g_assert_cmpfloat (fabs (y[l * l + l + m] - expected), <, 1e-13);
          }
      sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 1e-9, 0, sign }, near_pole);
      for (int i = 0; i < N; i++)
        g_assert_cmpfloat (fabs (y[i] - near_pole[i]), <, 1e-7);
    }
  sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 0, 0, 0 }, y);
  g_assert_cmpfloat (fabs (y[0] - sqrt (1 / (4 * M_PI))), <, 1e-15);
  for (int i = 1; i < N; i++)
    g_assert_cmpfloat (y[i], ==, 0);
  double huge[N];
  sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 1, -2, 3 }, y);
  sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 1e300, -2e300, 3e300 }, huge);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (fabs (y[i] - huge[i]), <, 1e-14);
  sw_harmonics (SW_HARMONICS_L_MAX, (double[3]){ 1e-300, -2e-300, 3e-300 }, huge);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat (fabs (y[i] - huge[i]), <, 1e-14);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/so3/harmonics/formulas", test_formulas);
  g_test_add_func ("/so3/harmonics/orthonormal", test_orthonormal);
  g_test_add_func ("/so3/harmonics/addition", test_addition);
  g_test_add_func ("/so3/harmonics/poles", test_poles);
  return g_test_run ();
}
