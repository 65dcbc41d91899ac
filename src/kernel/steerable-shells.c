/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/steerable-shells.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/quadrature.h"
#include "so3/bessel.h"

/* Different squared distances in a cube of edge 9. */
#define N_CLASSES_MAX 40
#define N_NODES 64
/* Squared lengths of differences of two offsets. */
#define N_DIFFERENCES (3 * (SW_SHELLS_SIZE_MAX - 1) * (SW_SHELLS_SIZE_MAX - 1) + 1)
/* Projected shells count as parallel when less than this share of a shell's energy is new. */
#define NEW_ENERGY_MIN 1e-6

typedef struct
{
  size_t n;
  unsigned distance[N_CLASSES_MAX];                /* squared */
  double response[N_CLASSES_MAX * N_CLASSES_MAX];  /* T: energy of the response */
  double steerable[N_CLASSES_MAX * N_CLASSES_MAX]; /* S: of its steerable part */
} Forms;

double
sw_shell_window (unsigned shell, double sigma, double r)
{
  const double t = (r - shell) / sigma;
  return exp (-0.5 * t * t) / (sqrt (2 * M_PI) * sigma);
}

unsigned
sw_shell_j_max (SwBasisRule rule, unsigned shell)
{
  switch (rule)
    {
    case SW_BASIS_RULE_CONSERVATIVE:
      return 2 * shell;
    case SW_BASIS_RULE_SFCNN:
      return shell == 0 ? 0 : 2 * shell + 2;
    case SW_BASIS_RULE_COMPROMISE:
    default:
      return shell == 0 ? 0 : 2 * shell + 1;
    }
}

static double
legendre (unsigned j, double t)
{
  double p = 1, previous = 0;
  for (unsigned k = 0; k < j; k++)
    {
      const double next = ((2 * k + 1) * t * p - k * previous) / (k + 1);
      previous = p;
      p = next;
    }
  return p;
}

/* With e the weight exp(-s^2 k^2) inside the ball of radius pi:
 *   T_ab = (2J+1) sum_(d in a, d' in b) P_J(d.d' / |d||d'|) int e j_0(k |d-d'|) k^2 dk
 *   S_ab = (2J+1) n_a n_b int e j_J(k a) j_J(k b) k^2 dk
 * both in units of 4 pi / 4 pi: from the plane wave expansion and the addition theorem. */
static void
forms_init (Forms *forms, unsigned size, unsigned j, double blur)
{
  const int h = (int) size / 2;
  double k[N_NODES], e[N_NODES], pair[N_DIFFERENCES], count[N_CLASSES_MAX] = { 0 };
  double bessel[N_CLASSES_MAX][N_NODES];
  int class_of[SW_SHELLS_N_DISTANCES];

  memset (forms, 0, sizeof *forms);
  sw_gauss_legendre (N_NODES, 0, M_PI, k, e);
  for (int i = 0; i < N_NODES; i++)
    e[i] *= k[i] * k[i] * exp (-blur * blur * k[i] * k[i]);
  for (int d2 = 0; d2 <= 3 * (2 * h) * (2 * h); d2++)
    {
      pair[d2] = 0;
      for (int i = 0; i < N_NODES; i++)
        pair[d2] += e[i] * sw_bessel_j (0, k[i] * sqrt (d2));
    }
  for (int d2 = 0; d2 <= 3 * h * h; d2++)
    class_of[d2] = -1;
  for (int z = 0; z <= h; z++)
    for (int y = 0; y <= z; y++)
      for (int x = 0; x <= y; x++)
        class_of[x * x + y * y + z * z] = 0;
  /* Y_J vanishes at the centre for J > 0: that voxel has no weight then. */
  for (int d2 = j > 0; d2 <= 3 * h * h; d2++)
    if (class_of[d2] == 0)
      {
        forms->distance[forms->n] = (unsigned) d2;
        for (int i = 0; i < N_NODES; i++)
          bessel[forms->n][i] = sw_bessel_j (j, k[i] * sqrt (d2));
        class_of[d2] = (int) forms->n++;
      }
  const size_t n = forms->n;

  /* The sum over b of a term of a is the same for all images of d under the 48 symmetries of the
   * cube: one octant-wedge of d with its number of images is enough. */
  for (int z = 0; z <= h; z++)
    for (int y = 0; y <= z; y++)
      for (int x = 0; x <= y; x++)
        {
          const int d2 = x * x + y * y + z * z;
          const double images = (x ? 2 : 1) * (y ? 2 : 1) * (z ? 2 : 1)
                                * (x == y && y == z   ? 1
                                   : x == y || y == z ? 3
                                                      : 6);
          if (d2 == 0 && j > 0)
            continue;
          double *row = forms->response + (size_t) class_of[d2] * n;
          count[class_of[d2]] += images;
          for (int c = -h; c <= h; c++)
            for (int b = -h; b <= h; b++)
              for (int a = -h; a <= h; a++)
                {
                  const int q2 = a * a + b * b + c * c;
                  const int dot = x * a + y * b + z * c;
                  if (q2 == 0 && j > 0)
                    continue;
                  const double p = j == 0 ? 1 : legendre (j, dot / sqrt ((double) d2 * q2));
                  row[class_of[q2]] += (2 * j + 1) * images * p * pair[d2 + q2 - 2 * dot];
                }
        }
  for (size_t a = 0; a < n; a++)
    for (size_t b = 0; b < n; b++)
      {
        double sum = 0;
        for (int i = 0; i < N_NODES; i++)
          sum += e[i] * bessel[a][i] * bessel[b][i];
        forms->steerable[a * n + b] = (2 * j + 1) * count[a] * count[b] * sum;
      }
}

/* response = L L^T in place (lower triangle); false when not positive definite. */
static bool
cholesky (size_t n, double *a)
{
  for (size_t j = 0; j < n; j++)
    for (size_t i = j; i < n; i++)
      {
        double sum = a[i * n + j];
        for (size_t k = 0; k < j; k++)
          sum -= a[i * n + k] * a[j * n + k];
        if (i > j)
          a[i * n + j] = sum / a[j * n + j];
        else if (sum > 0)
          a[j * n + j] = sqrt (sum);
        else
          return false;
      }
  return true;
}

/* x := L^-1 x, and x := L^-T x */
static void
solve_lower (size_t n, const double *l, double *x, size_t stride)
{
  for (size_t i = 0; i < n; i++)
    {
      for (size_t k = 0; k < i; k++)
        x[i * stride] -= l[i * n + k] * x[k * stride];
      x[i * stride] /= l[i * n + i];
    }
}

static void
solve_upper (size_t n, const double *l, double *x)
{
  for (size_t i = n; i-- > 0;)
    {
      for (size_t k = i + 1; k < n; k++)
        x[i] -= l[k * n + i] * x[k];
      x[i] /= l[i * n + i];
    }
}

/* Cyclic Jacobi: a becomes diagonal, the columns of v its eigenvectors. */
static void
eigen (size_t n, double *a, double *v)
{
  for (size_t i = 0; i < n * n; i++)
    v[i] = i % (n + 1) == 0;
  for (int sweep = 0; sweep < 50; sweep++)
    {
      double off = 0, on = 0;
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
          *(i == j ? &on : &off) += a[i * n + j] * a[i * n + j];
      if (off <= 1e-30 * on)
        return;
      for (size_t p = 0; p < n; p++)
        for (size_t q = p + 1; q < n; q++)
          {
            if (a[p * n + q] == 0)
              continue;
            const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
            const double t = copysign (1, theta) / (fabs (theta) + hypot (theta, 1));
            const double c = 1 / hypot (t, 1), s = t * c;
            for (size_t k = 0; k < n; k++)
              {
                const double x = a[k * n + p], y = a[k * n + q];
                a[k * n + p] = c * x - s * y;
                a[k * n + q] = s * x + c * y;
              }
            for (size_t k = 0; k < n; k++)
              {
                const double x = a[p * n + k], y = a[q * n + k];
                a[p * n + k] = c * x - s * y;
                a[q * n + k] = s * x + c * y;
              }
            for (size_t k = 0; k < n; k++)
              {
                const double x = v[k * n + p], y = v[k * n + q];
                v[k * n + p] = c * x - s * y;
                v[k * n + q] = s * x + c * y;
              }
          }
    }
}

/* Which projected shells to keep: the one with most energy first, then whichever adds most that is
 * new. g: [n_shells][n] in coordinates in which T is 1, of relative energies up to 1. */
static void
choose (size_t n, unsigned shell_min, unsigned n_shells, const double *g, bool *kept)
{
  double rest[SW_SHELLS_MAX][N_CLASSES_MAX];
  for (unsigned s = shell_min; s < n_shells; s++)
    memcpy (rest[s], g + s * n, n * sizeof *g);
  for (;;)
    {
      unsigned best = n_shells;
      double most = NEW_ENERGY_MIN;
      for (unsigned s = shell_min; s < n_shells; s++)
        {
          double energy = 0;
          for (size_t i = 0; i < n; i++)
            energy += rest[s][i] * rest[s][i];
          if (!kept[s] && energy > most)
            {
              most = energy;
              best = s;
            }
        }
      if (best == n_shells)
        return;
      kept[best] = true;
      for (unsigned s = shell_min; s < n_shells; s++)
        {
          double dot = 0;
          if (s == best)
            continue;
          for (size_t i = 0; i < n; i++)
            dot += rest[s][i] * rest[best][i];
          for (size_t i = 0; i < n; i++)
            rest[s][i] -= dot / most * rest[best][i];
        }
    }
}

SwStatus
sw_shells_project (unsigned size,
                   unsigned j,
                   SwBasisRule rule,
                   double sigma,
                   double blur,
                   double threshold,
                   SwShells *ret,
                   SwError *error)
{
  const unsigned n_shells = size / 2 + 1;
  unsigned shell_min = 0;
  SwStatus status = SW_OK;
  Forms *forms;
  double *vectors = NULL, *residual;

  assert (size % 2 == 1 && size <= SW_SHELLS_SIZE_MAX && j <= SW_SHELLS_J_MAX);
  forms = SW_NEW (Forms, 1);
  if (forms != NULL)
    vectors = SW_NEW (double, 2 * N_CLASSES_MAX * N_CLASSES_MAX);
  if (vectors == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY,
                             "not enough memory for the projected kernel basis");
      goto out;
    }
  residual = vectors + N_CLASSES_MAX * N_CLASSES_MAX;
  memset (ret, 0, sizeof *ret);
  while (shell_min < n_shells && sw_shell_j_max (rule, shell_min) < j)
    shell_min++;
  forms_init (forms, size, j, blur);

  const size_t n = forms->n;
  double *l = forms->response;
  for (size_t i = 0; i < n * n; i++)
    residual[i] = forms->response[i] - forms->steerable[i];
  if (n == 0)
    goto out;
  if (!cholesky (n, l))
    {
      status = sw_error_set (error, SW_ERROR_NUMERIC,
                             "the projected kernel basis of size %u, J = %u is singular", size, j);
      goto out;
    }
  /* L^-1 (T - S) L^-T: eigenvalues are squared errors */
  for (size_t i = 0; i < n; i++)
    solve_lower (n, l, residual + i, n);
  for (size_t i = 0; i < n; i++)
    solve_lower (n, l, residual + i * n, 1);
  eigen (n, residual, vectors);

  double projected[SW_SHELLS_MAX * N_CLASSES_MAX] = { 0 };
  for (unsigned s = shell_min; s < n_shells; s++)
    {
      double g[N_CLASSES_MAX], y[N_CLASSES_MAX], total = 0;
      for (size_t i = 0; i < n; i++)
        g[i] = sw_shell_window (s, sigma, sqrt (forms->distance[i]));
      for (size_t i = 0; i < n; i++)
        {
          y[i] = 0;
          for (size_t k = i; k < n; k++)
            y[i] += l[k * n + i] * g[k];
          total += y[i] * y[i];
        }
      for (size_t v = 0; v < n; v++)
        if (residual[v * n + v] < threshold * threshold)
          {
            double dot = 0;
            for (size_t i = 0; i < n; i++)
              dot += vectors[i * n + v] * y[i];
            for (size_t i = 0; i < n; i++)
              projected[s * n + i] += dot * vectors[i * n + v] / sqrt (total);
          }
      for (size_t i = 0; i < n; i++)
        ret->energy[s] += projected[s * n + i] * projected[s * n + i];
    }
  choose (n, shell_min, n_shells, projected, ret->kept);
  for (unsigned s = shell_min; s < n_shells; s++)
    if (ret->kept[s])
      {
        solve_upper (n, l, projected + s * n);
        for (size_t i = 0; i < n; i++)
          ret->weight[s][forms->distance[i]] = projected[s * n + i];
      }
out:
  sw_free (vectors);
  sw_free (forms);
  return status;
}

double
sw_shell_error (unsigned size, unsigned j, double blur, const double *weight)
{
  Forms forms;
  double total = 0, steerable = 0;

  assert (size % 2 == 1 && size <= SW_SHELLS_SIZE_MAX && j <= SW_SHELLS_J_MAX);
  forms_init (&forms, size, j, blur);
  for (size_t a = 0; a < forms.n; a++)
    for (size_t b = 0; b < forms.n; b++)
      {
        const double w = weight[forms.distance[a]] * weight[forms.distance[b]];
        total += w * forms.response[a * forms.n + b];
        steerable += w * forms.steerable[a * forms.n + b];
      }
  return total > 0 ? sqrt (fmax (total - steerable, 0) / total) : 0;
}
