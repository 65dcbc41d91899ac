/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "so3/clebsch-gordan.h"
#include "so3/harmonics.h"
#include "so3/rotation.h"
#include "so3/wigner.h"

enum
{
  L_MAX = 6,
  SIDE = 13,
  SIDE_J = 25
};

/* Columns of all J together are a complete orthogonal set: Q^T Q = 1 / (2J+1) within one J, 0
 * between two, and sum_J (2J+1) Q Q^T = 1. */
static void
test_orthogonality (void)
{
  double worst = 0, worst_complete = 0;
  static double q[SIDE * SIDE * SIDE_J], all[SIDE * SIDE * SIDE * SIDE];
  for (int a = 0; a <= L_MAX; a++)
    for (int b = 0; b <= L_MAX; b++)
      {
        const int rows = (2 * a + 1) * (2 * b + 1);
        int column = 0;
        for (int j = abs (a - b); j <= a + b; j++)
          {
            const int n = 2 * j + 1;
            double square = 0;
            sw_clebsch_gordan ((unsigned) a, (unsigned) b, (unsigned) j, q);
            for (int r = 0; r < rows; r++)
              for (int c = 0; c < n; c++)
                {
                  square += q[r * n + c] * q[r * n + c];
                  all[r * rows + column + c] = q[r * n + c] * sqrt (n);
                }
            worst = fmax (worst, fabs (square - 1));
            column += n;
          }
        g_assert_cmpint (column, ==, rows);
        for (int i = 0; i < rows; i++)
          for (int k = 0; k <= i; k++)
            {
              double by_row = 0, by_column = 0;
              for (int c = 0; c < rows; c++)
                {
                  by_row += all[i * rows + c] * all[k * rows + c];
                  by_column += all[c * rows + i] * all[c * rows + k];
                }
              worst_complete = fmax (worst_complete, fabs (by_row - (i == k)));
              worst_complete = fmax (worst_complete, fabs (by_column - (i == k)));
            }
      }
  g_test_message ("worst norm: %.2e, orthogonality: %.2e", worst, worst_complete);
  g_assert_cmpfloat (worst, <, 1e-12);
  g_assert_cmpfloat (worst_complete, <, 1e-12);
}

/* (D_out (x) D_in) Q = Q D_J */
static void
test_intertwining (void)
{
  double worst = 0;
  SwRandom random;
  static double q[SIDE * SIDE * SIDE_J], left[SIDE * SIDE * SIDE_J], d_j[SIDE_J * SIDE_J];
  double r[9], d_a[SIDE * SIDE], d_b[SIDE * SIDE];
  sw_random_init (&random, (guint32) g_test_rand_int ());
  sw_quat_to_matrix (sw_quat_random (&random), r);
  for (int a = 0; a <= L_MAX; a++)
    for (int b = 0; b <= L_MAX; b++)
      for (int j = abs (a - b); j <= a + b; j++)
        {
          const int n_a = 2 * a + 1, n_b = 2 * b + 1, n = 2 * j + 1;
          sw_clebsch_gordan ((unsigned) a, (unsigned) b, (unsigned) j, q);
          sw_wigner_d ((unsigned) a, r, d_a);
          sw_wigner_d ((unsigned) b, r, d_b);
          sw_wigner_d ((unsigned) j, r, d_j);
          /* D_in on the second index, then D_out on the first */
          for (int i = 0; i < n_a; i++)
            for (int k = 0; k < n_b; k++)
              for (int c = 0; c < n; c++)
                {
                  double sum = 0;
                  for (int s = 0; s < n_b; s++)
                    sum += d_b[k * n_b + s] * q[(i * n_b + s) * n + c];
                  left[(i * n_b + k) * n + c] = sum;
                }
          for (int k = 0; k < n_b; k++)
            for (int c = 0; c < n; c++)
              for (int i = 0; i < n_a; i++)
                {
                  double sum = 0;
                  for (int s = 0; s < n_a; s++)
                    sum += d_a[i * n_a + s] * left[(s * n_b + k) * n + c];
                  for (int s = 0; s < n; s++)
                    sum -= q[(i * n_b + k) * n + s] * d_j[s * n + c];
                  worst = fmax (worst, fabs (sum));
                }
        }
  g_test_message ("worst |(D x D) Q - Q D_J|: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-12);
}

/* l = 1 (x) 1 in the order (y, z, x): magnitudes and signs in closed form. */
static void
test_vectors (void)
{
  double q[45];
  sw_clebsch_gordan (1, 1, 0, q);
  for (int i = 0; i < 9; i++)
    g_assert_cmpfloat (fabs (q[i] - (i % 4 == 0 ? 1 / sqrt (3) : 0)), <, 1e-14);
  /* the cross product: y x z = x and so on, divided by sqrt 6 */
  sw_clebsch_gordan (1, 1, 1, q);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++)
        {
          const double epsilon = (i - j) * (j - k) * (k - i) / 2.0;
          g_assert_cmpfloat (fabs (q[9 * i + 3 * j + k] - epsilon / sqrt (6)), <, 1e-14);
        }
  sw_clebsch_gordan (1, 1, 2, q);
  /* rows yy yz yx zy zz zx xy xz xx; columns xy yz zz xz xx-yy */
  const double a = 1 / sqrt (10), b = 1 / sqrt (30), c = 2 / sqrt (30);
  const double expected[45] = {
    0, 0, -b, 0, -a, 0, a, 0, 0, 0, a, 0, 0,  0, 0, /* y. */
    0, a, 0,  0, 0,  0, 0, c, 0, 0, 0, 0, 0,  a, 0, /* z. */
    a, 0, 0,  0, 0,  0, 0, 0, a, 0, 0, 0, -b, 0, a, /* x. */
  };
  for (int i = 0; i < 45; i++)
    g_assert_cmpfloat (fabs (q[i] - expected[i]), <, 1e-14);
}

/* From and to scalars Q is the unit matrix over sqrt (2l+1). */
static void
test_scalars (void)
{
  for (unsigned l = 0; l <= L_MAX; l++)
    {
      double q[SIDE * SIDE];
      const unsigned n = 2 * l + 1;
      for (int side = 0; side < 2; side++)
        {
          sw_clebsch_gordan (side ? l : 0, side ? 0 : l, l, q);
          for (unsigned i = 0; i < n * n; i++)
            g_assert_cmpfloat (fabs (q[i] - (i % (n + 1) == 0) / sqrt (n)), <, 1e-14);
        }
    }
}

/* The signs: along +z an even coupling takes m = 0 to m = 0 with a positive number; the first entry
 * that is not zero of an odd one is positive. */
static void
test_signs (void)
{
  static double q[SIDE * SIDE * SIDE_J];
  for (int a = 0; a <= L_MAX; a++)
    for (int b = 0; b <= L_MAX; b++)
      for (int j = abs (a - b); j <= a + b; j++)
        {
          sw_clebsch_gordan ((unsigned) a, (unsigned) b, (unsigned) j, q);
          const double middle = q[(a * (2 * b + 1) + b) * (2 * j + 1) + j];
          if ((a + b + j) % 2 == 0)
            g_assert_cmpfloat (middle, >, 1e-3);
          else
            {
              int i = 0;
              g_assert_cmpfloat (fabs (middle), <, 1e-15);
              while (fabs (q[i]) < 1e-9)
                i++;
              g_assert_cmpfloat (q[i], >, 1e-4);
            }
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/so3/clebsch-gordan/orthogonality", test_orthogonality);
  g_test_add_func ("/so3/clebsch-gordan/intertwining", test_intertwining);
  g_test_add_func ("/so3/clebsch-gordan/vectors", test_vectors);
  g_test_add_func ("/so3/clebsch-gordan/scalars", test_scalars);
  g_test_add_func ("/so3/clebsch-gordan/signs", test_signs);
  return g_test_run ();
}
