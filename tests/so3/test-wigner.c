/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "so3/harmonics.h"
#include "so3/rotation.h"
#include "so3/wigner.h"
#include "testlib/testlib.h"

enum
{
  SIDE = 2 * SW_WIGNER_L_MAX + 1
};

static void
multiply (unsigned n, const double *a, const double *b, double *ret)
{
  for (unsigned i = 0; i < n; i++)
    for (unsigned j = 0; j < n; j++)
      {
        ret[i * n + j] = 0;
        for (unsigned k = 0; k < n; k++)
          ret[i * n + j] += a[i * n + k] * b[k * n + j];
      }
}

static double
difference (unsigned n, const double *a, const double *b)
{
  double worst = 0;
  for (unsigned i = 0; i < n; i++)
    worst = fmax (worst, fabs (a[i] - b[i]));
  return worst;
}

/* Y_l(R x) = D_l(R) Y_l(x): what defines D. */
static void
test_harmonics (void)
{
  double worst = 0;
  for (int trial = 0; trial < 50; trial++)
    {
      double r[9], v[3], rv[3], y[169], y_r[169], d[SIDE * SIDE];
      sw_test_random_rotation (r);
      for (int i = 0; i < 3; i++)
        v[i] = g_test_rand_double_range (-1, 1);
      sw_rotation_apply (r, v, rv);
      sw_harmonics (12, v, y);
      sw_harmonics (12, rv, y_r);
      for (unsigned l = 0; l <= SW_WIGNER_L_MAX; l++)
        {
          sw_wigner_d (l, r, d);
          for (unsigned m = 0; m <= 2 * l; m++)
            {
              double sum = 0;
              for (unsigned k = 0; k <= 2 * l; k++)
                sum += d[m * (2 * l + 1) + k] * y[l * l + k];
              worst = fmax (worst, fabs (sum - y_r[l * l + m]));
            }
        }
    }
  g_test_message ("worst |Y(Rx) - D Y(x)|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-12);
}

static void
test_composition (void)
{
  double worst = 0, worst_orthogonal = 0;
  for (int trial = 0; trial < 20; trial++)
    {
      double a[9], b[9], ab[9], d_a[SIDE * SIDE], d_b[SIDE * SIDE], d_ab[SIDE * SIDE];
      double p[SIDE * SIDE];
      sw_test_random_rotation (a);
      sw_test_random_rotation (b);
      multiply (3, a, b, ab);
      for (unsigned l = 0; l <= SW_WIGNER_L_MAX; l++)
        {
          const unsigned n = 2 * l + 1;
          sw_wigner_d (l, a, d_a);
          sw_wigner_d (l, b, d_b);
          sw_wigner_d (l, ab, d_ab);
          multiply (n, d_a, d_b, p);
          worst = fmax (worst, difference (n * n, p, d_ab));
          /* the inverse is the transpose */
          sw_rotation_transpose (a, ab);
          sw_wigner_d (l, ab, d_ab);
          for (unsigned i = 0; i < n; i++)
            for (unsigned j = 0; j < n; j++)
              worst_orthogonal = fmax (worst_orthogonal, fabs (d_ab[i * n + j] - d_a[j * n + i]));
          multiply (3, a, b, ab);
        }
    }
  g_test_message ("worst |D(A) D(B) - D(AB)|: %.2e, |D(A^-1) - D(A)^T|: %.2e", worst,
                  worst_orthogonal);
  g_assert_cmpfloat (worst, <, 1e-12);
  g_assert_cmpfloat (worst_orthogonal, <, 1e-12);
}

/* l = 1 is (y, z, x). */
static void
test_vector (void)
{
  double r[9], d[9];
  static const int axis[3] = { 1, 2, 0 };
  sw_test_random_rotation (r);
  sw_wigner_d (1, r, d);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      g_assert_cmpfloat (d[3 * i + j], ==, r[3 * axis[i] + axis[j]]);
}

/* A turn by a about z mixes m and -m: cos (m a) on the diagonal, sin off it, and nothing else. */
static void
test_about_z (void)
{
  const double a = g_test_rand_double_range (-3, 3);
  const double r[9] = { cos (a), -sin (a), 0, sin (a), cos (a), 0, 0, 0, 1 };
  double d[SIDE * SIDE], worst = 0;
  for (int l = 0; l <= SW_WIGNER_L_MAX; l++)
    {
      sw_wigner_d ((unsigned) l, r, d);
      for (int m = -l; m <= l; m++)
        for (int n = -l; n <= l; n++)
          {
            /* Y_m ~ cos (m phi), Y_-m ~ sin (m phi) for m > 0, and phi -> phi + a */
            const double want = m == n ? cos (m * a) : m == -n ? -sin (m * a) : 0;
            worst = fmax (worst, fabs (d[(m + l) * (2 * l + 1) + n + l] - want));
          }
    }
  g_assert_cmpfloat (worst, <, 1e-13);
}

/* Rotations of the cube: quarter turns about z have entries 0, 1, -1 and nothing between; all 24
 * have entries in l <= 2 that are exact, and the product of two is again one of the 24. */
static void
test_cube (void)
{
  double worst = 0;
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      double r[9], d[SIDE * SIDE], d_t[SIDE * SIDE], p[SIDE * SIDE];
      sw_rotation_cube (i, r);
      for (unsigned l = 0; l <= SW_WIGNER_L_MAX; l++)
        {
          const unsigned n = 2 * l + 1;
          sw_wigner_d (l, r, d);
          for (unsigned k = 0; k < n; k++)
            for (unsigned m = 0; m < n; m++)
              d_t[k * n + m] = d[m * n + k];
          multiply (n, d, d_t, p);
          for (unsigned k = 0; k < n * n; k++)
            worst = fmax (worst, fabs (p[k] - (k % (n + 1) == 0)));
          if (l == 1 || r[8] == 1)
            for (unsigned k = 0; k < n * n; k++)
              g_assert_cmpfloat (fabs (d[k] - round (d[k])), <=, 1e-15);
        }
    }
  g_test_message ("worst |D D^T - 1| over the cube: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-13);
}

static void
test_apply (void)
{
  enum
  {
    DIM = 2 + 3 * 3 + 5 + 2 * 7,
    N = 57
  };
  SwFieldType type;
  double r[9], f[DIM], out[DIM], back[DIM];
  float many[DIM * N], many_out[DIM * N];
  g_assert_cmpint (sw_field_type_parse ("2x0+3x1+1x2+2x3", &type, NULL), ==, SW_OK);
  g_assert_cmpuint (sw_field_type_dim (&type), ==, DIM);
  sw_test_random_rotation (r);
  for (int c = 0; c < DIM * N; c++)
    many[c] = (float) g_test_rand_double_range (-1, 1);
  sw_wigner_apply_many (&type, r, N, many, many_out);
  for (int i = 0; i < N; i++)
    {
      for (int c = 0; c < DIM; c++)
        f[c] = many[c * N + i];
      sw_wigner_apply (&type, r, f, out);
      g_assert_cmpfloat (out[0], ==, f[0]);
      for (int c = 0; c < DIM; c++)
        g_assert_cmpfloat (fabs (out[c] - many_out[c * N + i]), <, 2e-6);
    }
  sw_rotation_transpose (r, r);
  sw_wigner_apply (&type, r, out, back);
  g_assert_cmpfloat (difference (DIM, back, f), <, 1e-13);
  /* a vector turns as space does */
  double v[3] = { f[4], f[2], f[3] }, turned[3];
  sw_rotation_transpose (r, r);
  sw_rotation_apply (r, v, turned);
  g_assert_cmpfloat (
      fabs (out[4] - turned[0]) + fabs (out[2] - turned[1]) + fabs (out[3] - turned[2]), <, 1e-14);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/so3/wigner/harmonics", test_harmonics);
  g_test_add_func ("/so3/wigner/composition", test_composition);
  g_test_add_func ("/so3/wigner/vector", test_vector);
  g_test_add_func ("/so3/wigner/about-z", test_about_z);
  g_test_add_func ("/so3/wigner/cube", test_cube);
  g_test_add_func ("/so3/wigner/apply", test_apply);
  return g_test_run ();
}
