/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "kernel/quadrature.h"
#include "kernel/steerable-shells.h"
#include "so3/harmonics.h"

#define SIGMA 0.6

static void
window_weights (unsigned shell, double weight[SW_SHELLS_N_DISTANCES])
{
  for (unsigned d2 = 0; d2 < SW_SHELLS_N_DISTANCES; d2++)
    weight[d2] = sw_shell_window (shell, SIGMA, sqrt (d2));
}

/* The published errors of the Gaussian shells and of their projections, with what is kept of their
 * energy. */
static void
test_published (void)
{
  static const struct
  {
    unsigned size, j, shell;
    double before, after; /* after < 0: dropped */
  } rows[] = {
    { 3, 0, 0, .005, .002 }, { 3, 0, 1, .028, .004 }, { 3, 1, 1, .059, .017 },
    { 3, 2, 1, .132, .093 }, { 3, 3, 1, .455, -1 },   { 5, 0, 0, .006, .001 },
    { 5, 0, 1, .004, .000 }, { 5, 0, 2, .038, .005 }, { 5, 1, 1, .006, .002 },
    { 5, 1, 2, .050, .010 }, { 5, 2, 1, .045, .017 }, { 5, 2, 2, .074, .027 },
    { 5, 3, 1, .377, -1 },   { 5, 3, 2, .118, .018 }, { 5, 4, 2, .192, .070 },
    { 5, 5, 2, .330, -1 },   { 7, 1, 1, .005, .002 }, { 7, 1, 2, .004, .001 },
    { 7, 1, 3, .047, .009 }, { 7, 2, 1, .045, .012 }, { 7, 2, 2, .007, .003 },
    { 7, 2, 3, .056, .018 }, { 7, 3, 1, .376, -1 },   { 7, 3, 2, .014, .002 },
    { 7, 3, 3, .070, .012 }, { 7, 4, 2, .028, .015 }, { 7, 4, 3, .091, .030 },
    { 7, 5, 2, .122, .015 }, { 7, 5, 3, .121, -1 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      double weight[SW_SHELLS_N_DISTANCES];
      SwShells shells;
      window_weights (rows[i].shell, weight);
      const double before = sw_shell_error (rows[i].size, rows[i].j, SW_SHELLS_BLUR, weight);
      g_assert_cmpint (sw_shells_project (rows[i].size, rows[i].j, SW_BASIS_RULE_COMPROMISE, SIGMA,
                                          SW_SHELLS_BLUR, SW_SHELLS_THRESHOLD, &shells, NULL),
                       ==, SW_OK);
      const double after
          = sw_shell_error (rows[i].size, rows[i].j, SW_SHELLS_BLUR, shells.weight[rows[i].shell]);
      g_test_message ("size %u J %u shell %u: %.4f -> %.4f", rows[i].size, rows[i].j, rows[i].shell,
                      before, after);
      g_assert_cmpfloat (fabs (before - rows[i].before), <, 1.5e-3);
      g_assert_cmpint (shells.kept[rows[i].shell], ==, rows[i].after >= 0);
      if (rows[i].after >= 0)
        g_assert_cmpfloat (fabs (after - rows[i].after), <, 1.5e-3);
      else
        for (unsigned d2 = 0; d2 < SW_SHELLS_N_DISTANCES; d2++)
          g_assert_cmpfloat (shells.weight[rows[i].shell][d2], ==, 0);
    }
}

static void
test_energy (void)
{
  SwShells shells;
  g_assert_cmpint (sw_shells_project (5, 3, SW_BASIS_RULE_COMPROMISE, SIGMA, SW_SHELLS_BLUR,
                                      SW_SHELLS_THRESHOLD, &shells, NULL),
                   ==, SW_OK);
  g_assert_cmpfloat (fabs (shells.energy[1] - .83), <, .006);
  g_assert_cmpfloat (fabs (shells.energy[2] - .97), <, .006);
  g_assert_cmpint (sw_shells_project (5, 4, SW_BASIS_RULE_COMPROMISE, SIGMA, SW_SHELLS_BLUR,
                                      SW_SHELLS_THRESHOLD, &shells, NULL),
                   ==, SW_OK);
  g_assert_cmpfloat (fabs (shells.energy[2] - .96), <, .006);
  /* threshold 1 keeps everything: the projection is the shell itself, up to its scale */
  g_assert_cmpint (
      sw_shells_project (5, 2, SW_BASIS_RULE_COMPROMISE, SIGMA, SW_SHELLS_BLUR, 1.1, &shells, NULL),
      ==, SW_OK);
  for (unsigned s = 1; s <= 2; s++)
    {
      double weight[SW_SHELLS_N_DISTANCES];
      window_weights (s, weight);
      const double scale = shells.weight[s][s * s] / weight[s * s];
      g_assert_cmpfloat (fabs (shells.energy[s] - 1), <, 1e-12);
      for (unsigned d2 = 1; d2 <= 12; d2++)
        if (d2 != 7 && d2 != 10 && d2 != 11)
          g_assert_cmpfloat (fabs (shells.weight[s][d2] - scale * weight[d2]), <,
                             1e-10 * fabs (scale));
    }
}

/* Metric A by brute force: transfer functions on a product grid of directions and radii. */
static double
error_by_quadrature (unsigned size, unsigned j, const double *weight)
{
  enum
  {
    RADII = 40,
    POLAR = 20,
    AROUND = 40
  };
  const int h = (int) size / 2;
  const unsigned n_m = 2 * j + 1;
  double k[RADII], wk[RADII], z[POLAR], wz[POLAR], total = 0, steerable = 0;
  sw_gauss_legendre (RADII, 0, M_PI, k, wk);
  sw_gauss_legendre (POLAR, -1, 1, z, wz);
  for (int i = 0; i < RADII; i++)
    {
      double overlap = 0, energy = 0;
      for (int p = 0; p < POLAR; p++)
        for (int a = 0; a < AROUND; a++)
          {
            const double phi = 2 * M_PI * (a + 0.25) / AROUND, r = sqrt (1 - z[p] * z[p]);
            const double u[3] = { r * cos (phi), r * sin (phi), z[p] };
            const double area = wz[p] * 2 * M_PI / AROUND;
            double f[25] = { 0 }, y_k[169];
            for (int c = -h; c <= h; c++)
              for (int b = -h; b <= h; b++)
                for (int x = -h; x <= h; x++)
                  {
                    double y[169];
                    const double d[3] = { x, b, c };
                    const double phase = k[i] * (u[0] * x + u[1] * b + u[2] * c);
                    /* even J: real; odd: imaginary */
                    const double wave
                        = (j % 2 ? sin (phase) : cos (phase)) * weight[x * x + b * b + c * c];
                    if (weight[x * x + b * b + c * c] == 0)
                      continue;
                    sw_harmonics (j, d, y);
                    for (unsigned m = 0; m < n_m; m++)
                      f[m] += wave * y[j * j + m];
                  }
            sw_harmonics (j, u, y_k);
            for (unsigned m = 0; m < n_m; m++)
              {
                overlap += area * f[m] * y_k[j * j + m];
                energy += area * f[m] * f[m];
              }
          }
      const double weight_k
          = wk[i] * k[i] * k[i] * exp (-SW_SHELLS_BLUR * SW_SHELLS_BLUR * k[i] * k[i]);
      total += weight_k * energy;
      steerable += weight_k * overlap * overlap / n_m;
    }
  return sqrt ((total - steerable) / total);
}

static void
test_closed_form (void)
{
  static const unsigned cases[][3] = { { 3, 2, 1 }, { 3, 3, 1 }, { 5, 0, 2 }, { 3, 1, 1 } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double weight[SW_SHELLS_N_DISTANCES];
      window_weights (cases[i][2], weight);
      const double closed = sw_shell_error (cases[i][0], cases[i][1], SW_SHELLS_BLUR, weight);
      const double brute = error_by_quadrature (cases[i][0], cases[i][1], weight);
      g_test_message ("size %u J %u: %.6f, by quadrature %.6f", cases[i][0], cases[i][1], closed,
                      brute);
      g_assert_cmpfloat (fabs (closed - brute), <, 1e-6);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernel/steerable-shells/published", test_published);
  g_test_add_func ("/kernel/steerable-shells/energy", test_energy);
  g_test_add_func ("/kernel/steerable-shells/closed-form", test_closed_form);
  return g_test_run ();
}
