/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/basis.h"
#include "so3/bessel.h"
#include "so3/rotation.h"
#include "so3/wigner.h"

static SwBasisSpec
spec_of (unsigned l_out, unsigned l_in, unsigned size, SwBasisRule rule)
{
  SwBasisSpec spec;
  SwError error;
  if (sw_basis_spec_init (&spec, l_out, l_in, size, rule, &error) != SW_OK)
    g_error ("%s", error.text);
  return spec;
}

static double *
sample (const SwBasisSpec *spec, SwBasisKind kind)
{
  double *ret = g_new (double, spec->n_elements *(2 * spec->l_out + 1) * (2 * spec->l_in + 1)
                                       * spec->size * spec->size * spec->size
                                   + 1);
  SwError error;
  if (sw_basis_sample (spec, kind, ret, &error) != SW_OK)
    g_error ("%s", error.text);
  return ret;
}

/* The published numbers of elements. */
static void
test_counts (void)
{
  static const struct
  {
    unsigned a, b, n[4];
  } compromise[] = {
    { 0, 0, { 2, 3, 4, 5 } },    { 0, 1, { 1, 2, 3, 4 } },   { 0, 2, { 1, 2, 3, 4 } },
    { 0, 3, { 1, 2, 3, 4 } },    { 0, 4, { 0, 1, 2, 3 } },   { 1, 1, { 4, 7, 10, 13 } },
    { 1, 2, { 3, 6, 9, 12 } },   { 1, 3, { 2, 5, 8, 11 } },  { 1, 4, { 1, 4, 7, 10 } },
    { 2, 2, { 5, 10, 15, 20 } }, { 2, 3, { 3, 8, 13, 18 } }, { 2, 4, { 2, 6, 11, 16 } },
    { 3, 3, { 5, 11, 18, 25 } }, { 3, 4, { 3, 8, 15, 22 } }, { 4, 4, { 5, 11, 19, 28 } },
  };
  static const struct
  {
    SwBasisRule rule;
    unsigned a, b, n;
  } others[] = {
    { SW_BASIS_RULE_CONSERVATIVE, 0, 1, 2 }, { SW_BASIS_RULE_CONSERVATIVE, 0, 3, 1 },
    { SW_BASIS_RULE_CONSERVATIVE, 1, 1, 7 }, { SW_BASIS_RULE_CONSERVATIVE, 1, 2, 5 },
    { SW_BASIS_RULE_CONSERVATIVE, 1, 3, 4 }, { SW_BASIS_RULE_CONSERVATIVE, 2, 2, 9 },
    { SW_BASIS_RULE_CONSERVATIVE, 2, 3, 6 }, { SW_BASIS_RULE_CONSERVATIVE, 3, 3, 9 },
    { SW_BASIS_RULE_SFCNN, 1, 1, 7 },        { SW_BASIS_RULE_SFCNN, 1, 2, 6 },
    { SW_BASIS_RULE_SFCNN, 1, 3, 6 },        { SW_BASIS_RULE_SFCNN, 2, 2, 11 },
    { SW_BASIS_RULE_SFCNN, 2, 3, 9 },        { SW_BASIS_RULE_SFCNN, 3, 3, 13 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (compromise); i++)
    for (unsigned k = 0; k < 4; k++)
      {
        const unsigned size = 2 * k + 3;
        const SwBasisSpec there
            = spec_of (compromise[i].a, compromise[i].b, size, SW_BASIS_RULE_COMPROMISE);
        const SwBasisSpec back
            = spec_of (compromise[i].b, compromise[i].a, size, SW_BASIS_RULE_COMPROMISE);
        g_assert_cmpuint (there.n_elements, ==, compromise[i].n[k]);
        g_assert_cmpuint (back.n_elements, ==, compromise[i].n[k]);
      }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpuint (spec_of (others[i].a, others[i].b, 5, others[i].rule).n_elements, ==,
                      others[i].n);
  /* size 1: only equal orders, one element */
  g_assert_cmpuint (spec_of (2, 2, 1, SW_BASIS_RULE_COMPROMISE).n_elements, ==, 1);
  g_assert_cmpuint (spec_of (2, 1, 1, SW_BASIS_RULE_COMPROMISE).n_elements, ==, 0);
  /* the largest fits */
  g_assert_cmpuint (spec_of (6, 6, 9, SW_BASIS_RULE_SFCNN).n_elements, <=, SW_BASIS_ELEMENTS_MAX);
}

/* Shell outermost, J ascending inside. */
static void
test_order (void)
{
  const SwBasisSpec spec = spec_of (1, 2, 5, SW_BASIS_RULE_COMPROMISE);
  static const SwBasisElement expected[6]
      = { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1 }, { 2, 2 }, { 2, 3 } };
  g_assert_cmpuint (spec.n_elements, ==, 6);
  for (int e = 0; e < 6; e++)
    {
      g_assert_cmpuint (spec.elements[e].shell, ==, expected[e].shell);
      g_assert_cmpuint (spec.elements[e].j, ==, expected[e].j);
    }
}

/* Published values; with one input field an element carries sqrt ((2 l_out + 1) / n_elements). */
static void
test_golden (void)
{
  static const int offsets[4][3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 2, 2, 2 } };
  static const double expected[3][4] = { { 0.484248, 0.120748, 0.030109, 0 },
                                         { 0.035871, 0.143855, 0.113354, 3.1e-5 },
                                         { 0.000301, 0.019395, 0.048293, 0.003962 } };
  SwBasisSpec spec = spec_of (0, 0, 5, SW_BASIS_RULE_COMPROMISE);
  double *basis = sample (&spec, SW_BASIS_SAMPLED);
  for (int e = 0; e < 3; e++)
    for (int k = 0; k < 4; k++)
      {
        const int v = (2 + offsets[k][2]) * 25 + (2 + offsets[k][1]) * 5 + 2 + offsets[k][0];
        g_assert_cmpfloat (fabs (basis[e * 125 + v] / sqrt (3) - expected[e][k]), <, 6e-7);
      }
  g_free (basis);

  /* scalar to vector, at (0, 1, 0), (0, 0, 1), (1, 0, 0): the components y, z, x */
  spec = spec_of (1, 0, 5, SW_BASIS_RULE_COMPROMISE);
  basis = sample (&spec, SW_BASIS_SAMPLED);
  for (int e = 0; e < 2; e++)
    for (int m = 0; m < 3; m++)
      {
        static const int voxel[3] = { 2 * 25 + 3 * 5 + 2, 3 * 25 + 2 * 5 + 2, 2 * 25 + 2 * 5 + 3 };
        const double want = e == 0 ? 0.305754 : 0.041142;
        for (int k = 0; k < 3; k++)
          {
            const double value = basis[(e * 3 + m) * 125 + voxel[k]] * sqrt (3.0 / 2);
            g_assert_cmpfloat (fabs (value - (k == m ? want : 0)), <, 6e-7);
          }
      }
  g_free (basis);
}

static void
test_norms (void)
{
  for (int kind = 0; kind < 2; kind++)
    for (unsigned size = 1; size <= 7; size += 2)
      for (unsigned a = 0; a <= 3; a++)
        for (unsigned b = 0; b <= 3; b++)
          {
            const SwBasisSpec spec = spec_of (a, b, size, SW_BASIS_RULE_COMPROMISE);
            const size_t n = (2 * a + 1) * (2 * b + 1) * size * size * size;
            double *basis = sample (&spec, (SwBasisKind) kind);
            unsigned n_zero = 0;
            for (size_t e = 0; e < spec.n_elements; e++)
              {
                double square = 0;
                for (size_t i = 0; i < n; i++)
                  square += basis[e * n + i] * basis[e * n + i];
                n_zero += square == 0;
                g_assert_true (square == 0 || fabs (square - 1) < 1e-12);
              }
            if (kind == SW_BASIS_SAMPLED)
              g_assert_cmpuint (n_zero, ==, 0);
            g_free (basis);
          }
}

/* Sampled values are scale * window * Q Y: the ratio to an independent evaluation is what
 * sw_basis_scales says. */
static void
test_scales (void)
{
  const SwBasisSpec spec = spec_of (0, 0, 5, SW_BASIS_RULE_COMPROMISE);
  double scales[SW_BASIS_ELEMENTS_MAX], *basis = sample (&spec, SW_BASIS_SAMPLED);
  g_assert_cmpint (sw_basis_scales (&spec, scales, NULL), ==, SW_OK);
  for (unsigned e = 0; e < 3; e++)
    for (int x = 0; x <= 2; x++)
      {
        const double t = (x - (double) e) / 0.6;
        const double raw = exp (-t * t / 2) / (sqrt (2 * M_PI) * 0.6) / sqrt (4 * M_PI);
        g_assert_cmpfloat (fabs (basis[e * 125 + 2 * 25 + 2 * 5 + 2 + x] - scales[e] * raw), <,
                           1e-14);
      }
  g_free (basis);
}

/* K(R d) = D_out K(d) D_in^T for the 24 rotations that map the grid onto itself, in both kinds. */
static void
test_cube (void)
{
  double worst = 0;
  for (int kind = 0; kind < 2; kind++)
    for (unsigned a = 0; a <= 4; a++)
      for (unsigned b = 0; b <= 4; b += a > 2 ? 2 : 1)
        {
          const SwBasisSpec spec = spec_of (a, b, 5, SW_BASIS_RULE_COMPROMISE);
          const int n_a = 2 * (int) a + 1, n_b = 2 * (int) b + 1, rows = n_a * n_b;
          double *basis = sample (&spec, (SwBasisKind) kind);
          for (unsigned turn = 0; turn < SW_ROTATION_N_CUBE; turn++)
            {
              double r[9], d_a[81], d_b[81];
              sw_rotation_cube (turn, r);
              sw_wigner_d (a, r, d_a);
              sw_wigner_d (b, r, d_b);
              for (size_t e = 0; e < spec.n_elements; e++)
                for (int v = 0; v < 125; v += 3)
                  {
                    const double d[3] = { v % 5 - 2, v / 5 % 5 - 2, v / 25 - 2 };
                    double rd[3];
                    sw_rotation_apply (r, d, rd);
                    const int u = ((int) rd[2] + 2) * 25 + ((int) rd[1] + 2) * 5 + (int) rd[0] + 2;
                    const double *k = basis + e * (size_t) rows * 125;
                    for (int i = 0; i < n_a; i++)
                      for (int j = 0; j < n_b; j++)
                        {
                          double sum = 0;
                          for (int p = 0; p < n_a; p++)
                            for (int q = 0; q < n_b; q++)
                              sum += d_a[i * n_a + p] * k[(p * n_b + q) * 125 + v]
                                     * d_b[j * n_b + q];
                          worst = fmax (worst, fabs (sum - k[(i * n_b + j) * 125 + u]));
                        }
                  }
            }
          g_free (basis);
        }
  g_test_message ("worst |K(Rd) - D K(d) D^T| over the cube: %.2e", worst);
  g_assert_cmpfloat (worst, <, 1e-13);
}

static void
test_refused (void)
{
  SwBasisSpec spec = { .size = 77 };
  SwError error;
  SwBasisRule rule;
  g_assert_cmpint (sw_basis_spec_init (&spec, 0, 0, 4, SW_BASIS_RULE_COMPROMISE, &error), ==,
                   SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, "odd"));
  g_assert_cmpint (sw_basis_spec_init (&spec, 0, 0, 0, SW_BASIS_RULE_COMPROMISE, &error), ==,
                   SW_ERROR_INVALID);
  g_assert_cmpint (sw_basis_spec_init (&spec, 0, 0, 11, SW_BASIS_RULE_COMPROMISE, &error), ==,
                   SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, "11"));
  g_assert_cmpint (sw_basis_spec_init (&spec, 7, 0, 5, SW_BASIS_RULE_COMPROMISE, &error), ==,
                   SW_ERROR_INVALID);
  g_assert_cmpint (sw_basis_spec_init (&spec, 0, 7, 5, SW_BASIS_RULE_COMPROMISE, &error), ==,
                   SW_ERROR_INVALID);
  g_assert_cmpuint (spec.size, ==, 77);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (sw_basis_rule_parse (sw_basis_rule_name ((SwBasisRule) i), &rule, NULL), ==,
                       SW_OK);
      g_assert_cmpint (rule, ==, i);
    }
  g_assert_cmpint (sw_basis_rule_parse ("Compromise", &rule, &error), ==, SW_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error.text, "conservative"));
}

/* Each allocation fails once: an error, nothing leaked. */
static void
test_memory (void)
{
  const SwBasisSpec spec = spec_of (1, 1, 5, SW_BASIS_RULE_COMPROMISE);
  double *basis = sample (&spec, SW_BASIS_SAMPLED);
  for (size_t n = 1; n <= 2; n++)
    {
      SwError error;
      sw_memory_fail_after (n);
      g_assert_cmpint (sw_basis_sample (&spec, SW_BASIS_SAMPLED, basis, &error), ==,
                       SW_ERROR_MEMORY);
      sw_memory_fail_after (0);
    }
  g_free (basis);
}

/* Against Simpson's rule with 20,000 steps, and the table against the single ones. */
static void
test_radial (void)
{
  enum
  {
    N = 9,
    SHELLS = 5,
    J_MAX = 10,
    STEPS = 20000
  };
  static const double w[N] = { 0, 1e-6, 0.01, 0.4, 1, 2.2, 3.1, 4.4, 5.4 };
  static double table[SHELLS * (J_MAX + 1) * N];
  double worst = 0, worst_table = 0;
  sw_basis_radial_table (SHELLS, J_MAX, 0.6, N, w, table);
  for (unsigned s = 0; s < SHELLS; s++)
    for (unsigned j = 0; j <= J_MAX; j++)
      {
        double h[N];
        sw_basis_radial_transform (s, j, 0.6, N, w, h);
        for (int i = 0; i < N; i++)
          {
            double sum = 0;
            worst_table = fmax (worst_table, fabs (h[i] - table[(s * (J_MAX + 1) + j) * N + i]));
            if ((s + j) % 3 > 0)
              continue;
            for (int k = 0; k <= STEPS; k++)
              {
                const double r = 12.0 * k / STEPS, t = (r - s) / 0.6;
                const double g = exp (-t * t / 2) / (sqrt (2 * M_PI) * 0.6);
                sum += (k == 0 || k == STEPS ? 1
                        : k % 2              ? 4
                                             : 2)
                       * g * sw_bessel_j (j, w[i] * r) * r * r;
              }
            worst = fmax (worst, fabs (h[i] - sum * 12.0 / STEPS / 3));
          }
      }
  g_test_message ("worst |H - Simpson|: %.2e, |H - table|: %.2e", worst, worst_table);
  g_assert_cmpfloat (worst, <, 1e-12);
  g_assert_cmpfloat (worst_table, <, 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel/basis/counts", test_counts);
  g_test_add_func ("/kernel/basis/order", test_order);
  g_test_add_func ("/kernel/basis/golden", test_golden);
  g_test_add_func ("/kernel/basis/norms", test_norms);
  g_test_add_func ("/kernel/basis/scales", test_scales);
  g_test_add_func ("/kernel/basis/cube", test_cube);
  g_test_add_func ("/kernel/basis/refused", test_refused);
  g_test_add_func ("/kernel/basis/memory", test_memory);
  g_test_add_func ("/kernel/basis/radial", test_radial);
  return g_test_run ();
}
