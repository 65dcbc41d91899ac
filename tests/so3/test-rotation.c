/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "so3/rotation.h"

static SwRandom random_state;

static double
difference (const double *a, const double *b)
{
  double worst = 0;
  for (int i = 0; i < 9; i++)
    worst = fmax (worst, fabs (a[i] - b[i]));
  return worst;
}

static void
multiply (const double a[9], const double b[9], double ret[9])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      ret[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
}

/* Rz(a) Ry(b) Rz(c), active and right-handed, multiplied out. */
static void
test_euler (void)
{
  for (int trial = 0; trial < 200; trial++)
    {
      const double a = g_test_rand_double_range (-3, 3), c = g_test_rand_double_range (-3, 3);
      const double b = trial == 0 ? 0 : trial == 1 ? M_PI : g_test_rand_double_range (0, M_PI);
      const double rz_a[9] = { cos (a), -sin (a), 0, sin (a), cos (a), 0, 0, 0, 1 };
      const double ry_b[9] = { cos (b), 0, sin (b), 0, 1, 0, -sin (b), 0, cos (b) };
      const double rz_c[9] = { cos (c), -sin (c), 0, sin (c), cos (c), 0, 0, 0, 1 };
      double p[9], expected[9], m[9], a2, b2, c2;
      multiply (rz_a, ry_b, p);
      multiply (p, rz_c, expected);
      const SwQuat q = sw_quat_from_euler_zyz (a, b, c);
      sw_quat_to_matrix (q, m);
      g_assert_cmpfloat (difference (m, expected), <, 1e-14);
      sw_quat_to_euler_zyz (q, &a2, &b2, &c2);
      sw_quat_to_matrix (sw_quat_from_euler_zyz (a2, b2, c2), m);
      g_assert_cmpfloat (difference (m, expected), <, 1e-14);
      g_assert_cmpfloat (fabs (b2 - b), <, 1e-7);
    }
}

static void
test_matrix (void)
{
  for (int trial = 0; trial < 500; trial++)
    {
      SwQuat a = sw_quat_random (&random_state), b = sw_quat_random (&random_state);
      double m_a[9], m_b[9], m_ab[9], p[9], v[3] = { 1, 2, 3 }, u[3], w[3];
      if (trial < 3) /* half turns: w = 0 */
        a = (SwQuat){ 0, trial == 0, trial == 1, trial == 2 };
      sw_quat_to_matrix (a, m_a);
      sw_quat_to_matrix (b, m_b);
      sw_quat_to_matrix (sw_quat_multiply (a, b), m_ab);
      multiply (m_a, m_b, p);
      g_assert_cmpfloat (difference (p, m_ab), <, 1e-14);
      sw_quat_to_matrix (sw_quat_from_matrix (m_a), p);
      g_assert_cmpfloat (difference (p, m_a), <, 1e-14);
      sw_rotation_transpose (m_a, p);
      sw_rotation_apply (m_a, v, u);
      sw_rotation_apply (p, u, w);
      for (int i = 0; i < 3; i++)
        g_assert_cmpfloat (fabs (w[i] - v[i]), <, 1e-14);
      sw_quat_to_matrix (sw_quat_conjugate (a), m_b);
      g_assert_cmpfloat (difference (p, m_b), <, 1e-15);
      /* in place */
      sw_rotation_transpose (p, p);
      g_assert_cmpfloat (difference (p, m_a), ==, 0);
    }
}

static void
test_axis_angle (void)
{
  double m[9], axis[3], angle;
  const double quarter[9] = { 0, -1, 0, 1, 0, 0, 0, 0, 1 };
  sw_quat_to_matrix (sw_quat_from_axis_angle ((double[3]){ 0, 0, 5 }, M_PI / 2), m);
  g_assert_cmpfloat (difference (m, quarter), <, 1e-15);
  sw_quat_to_axis_angle (SW_QUAT_IDENTITY, axis, &angle);
  g_assert_cmpfloat (angle, ==, 0);
  g_assert_cmpfloat (axis[2], ==, 1);
  for (int trial = 0; trial < 100; trial++)
    {
      const SwQuat q = sw_quat_random (&random_state);
      sw_quat_to_axis_angle (q, axis, &angle);
      g_assert_true (angle >= 0 && angle <= M_PI);
      g_assert_cmpfloat (sw_quat_distance (q, sw_quat_from_axis_angle (axis, angle)), <, 1e-14);
      g_assert_cmpfloat (fabs (sw_quat_distance (SW_QUAT_IDENTITY, q) - angle), <, 1e-14);
    }
  /* a tiny turn is not rounded away */
  sw_quat_to_axis_angle (sw_quat_from_axis_angle ((double[3]){ 1, 0, 0 }, 1e-9), axis, &angle);
  g_assert_cmpfloat (fabs (angle / 1e-9 - 1), <, 1e-12);
  /* no axis: no rotation */
  g_assert_cmpfloat (sw_quat_from_axis_angle ((double[3]){ 0, 0, 0 }, 1).w, ==, 1);
}

static void
test_slerp (void)
{
  for (int trial = 0; trial < 100; trial++)
    {
      const SwQuat a = sw_quat_random (&random_state), b = sw_quat_random (&random_state);
      const double t = g_test_rand_double (), d = sw_quat_distance (a, b);
      const SwQuat c = sw_quat_slerp (a, b, t);
      g_assert_cmpfloat (fabs (sw_quat_distance (a, c) - t * d), <, 1e-7);
      g_assert_cmpfloat (fabs (sw_quat_distance (c, b) - (1 - t) * d), <, 1e-7);
      g_assert_cmpfloat (sw_quat_distance (sw_quat_slerp (a, a, t), a), <, 1e-14);
    }
}

/* Twenty-four different rotations, closed under multiplication, exact. */
static void
test_cube (void)
{
  double cube[SW_ROTATION_N_CUBE][9];
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      double *m = cube[i];
      sw_rotation_cube (i, m);
      const double det = m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6])
                         + m[2] * (m[3] * m[7] - m[4] * m[6]);
      g_assert_cmpfloat (det, ==, 1);
      for (int k = 0; k < 9; k++)
        g_assert_true (m[k] == 0 || fabs (m[k]) == 1);
      for (unsigned j = 0; j < i; j++)
        g_assert_cmpfloat (difference (m, cube[j]), >=, 1);
    }
  g_assert_cmpfloat (cube[0][0] + cube[0][4] + cube[0][8], ==, 3);
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    for (unsigned j = 0; j < SW_ROTATION_N_CUBE; j++)
      {
        double p[9];
        unsigned found = 0;
        multiply (cube[i], cube[j], p);
        for (unsigned k = 0; k < SW_ROTATION_N_CUBE; k++)
          found += difference (p, cube[k]) == 0;
        g_assert_cmpuint (found, ==, 1);
      }
}

/* Haar measure: E R_ij = 0, E R_ij^2 = 1/3, E trace^2 = 1; and the angle has density (1 - cos) /
 * pi. */
static void
test_uniform (void)
{
  enum
  {
    N = 40000
  };
  double mean[9] = { 0 }, square[9] = { 0 }, below = 0;
  for (int i = 0; i < N; i++)
    {
      const SwQuat q = sw_quat_random (&random_state);
      double m[9];
      sw_quat_to_matrix (q, m);
      for (int k = 0; k < 9; k++)
        {
          mean[k] += m[k] / N;
          square[k] += m[k] * m[k] / N;
        }
      below += sw_quat_distance (q, SW_QUAT_IDENTITY) < M_PI / 2;
    }
  for (int k = 0; k < 9; k++)
    {
      g_assert_cmpfloat (fabs (mean[k]), <, 5 * sqrt (1.0 / 3 / N));
      g_assert_cmpfloat (fabs (square[k] - 1.0 / 3), <, 5 * sqrt (4.0 / 45 / N));
    }
  const double p = 0.5 - 1 / M_PI;
  g_assert_cmpfloat (fabs (below / N - p), <, 5 * sqrt (p * (1 - p) / N));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  sw_random_init (&random_state, (guint32) g_test_rand_int ());
  g_test_add_func ("/so3/rotation/euler", test_euler);
  g_test_add_func ("/so3/rotation/matrix", test_matrix);
  g_test_add_func ("/so3/rotation/axis-angle", test_axis_angle);
  g_test_add_func ("/so3/rotation/slerp", test_slerp);
  g_test_add_func ("/so3/rotation/cube", test_cube);
  g_test_add_func ("/so3/rotation/uniform", test_uniform);
  return g_test_run ();
}
