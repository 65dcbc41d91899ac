/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/basis.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/quadrature.h"
#include "kernel/steerable-shells.h"
#include "so3/bessel.h"
#include "so3/clebsch-gordan.h"
#include "so3/field-type.h"
#include "so3/harmonics.h"

#define SIGMA 0.6
#define N_RULES 3

static const char *const rule_names[N_RULES] = {
  [SW_BASIS_RULE_COMPROMISE] = "compromise",
  [SW_BASIS_RULE_CONSERVATIVE] = "conservative",
  [SW_BASIS_RULE_SFCNN] = "sfcnn",
};

const char *
sw_basis_rule_name (SwBasisRule rule)
{
  assert ((unsigned) rule < N_RULES);
  return rule_names[rule];
}

SwStatus
sw_basis_rule_parse (const char *name, SwBasisRule *ret, SwError *error)
{
  for (unsigned i = 0; i < N_RULES; i++)
    if (strcmp (name, rule_names[i]) == 0)
      {
        *ret = (SwBasisRule) i;
        return SW_OK;
      }
  return sw_error_set (
      error, SW_ERROR_NOT_FOUND,
      "no kernel basis rule \"%.40s\"; there are compromise, conservative and sfcnn", name);
}

SwStatus
sw_basis_spec_init (SwBasisSpec *spec,
                    unsigned l_out,
                    unsigned l_in,
                    unsigned size,
                    SwBasisRule rule,
                    SwError *error)
{
  SwBasisSpec s = { .l_out = l_out, .l_in = l_in, .size = size, .rule = rule, .sigma = SIGMA };
  const unsigned j_min = l_out > l_in ? l_out - l_in : l_in - l_out;

  if (l_out > SW_FIELD_L_MAX || l_in > SW_FIELD_L_MAX)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a kernel from l = %u to l = %u: orders above %d are not supported", l_in,
                         l_out, SW_FIELD_L_MAX);
  if (size % 2 == 0)
    return sw_error_set (
        error, SW_ERROR_INVALID,
        "a kernel of size %u: the size must be odd, because an even one has no voxel at its "
        "centre and would move the field by half a voxel",
        size);
  if (size > SW_SHELLS_SIZE_MAX)
    return sw_error_set (error, SW_ERROR_INVALID,
                         "a kernel of size %u: sizes above %d are not supported", size,
                         SW_SHELLS_SIZE_MAX);
  if ((unsigned) rule >= N_RULES)
    return sw_error_set (error, SW_ERROR_INVALID, "no kernel basis rule of number %d", (int) rule);
  for (unsigned shell = 0; shell <= size / 2; shell++)
    for (unsigned j = j_min; j <= l_out + l_in && j <= sw_shell_j_max (rule, shell); j++)
      {
        assert (s.n_elements < SW_BASIS_ELEMENTS_MAX);
        s.elements[s.n_elements++] = (SwBasisElement){ shell, j };
      }
  *spec = s;
  return SW_OK;
}

/* Projected shells, made once for each size, rule and J. */
static SwStatus
projected_weights (
    const SwBasisSpec *spec, unsigned j, const double **ret, unsigned shell, SwError *error)
{
  static struct
  {
    bool done;
    SwShells shells;
  } cache[SW_SHELLS_MAX][N_RULES][SW_SHELLS_J_MAX + 1];
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  SwStatus status = SW_OK;

  pthread_mutex_lock (&mutex);
  if (!cache[spec->size / 2][spec->rule][j].done)
    {
      status = sw_shells_project (spec->size, j, spec->rule, SIGMA, SW_SHELLS_BLUR,
                                  SW_SHELLS_THRESHOLD, &cache[spec->size / 2][spec->rule][j].shells,
                                  error);
      cache[spec->size / 2][spec->rule][j].done = status == SW_OK;
    }
  pthread_mutex_unlock (&mutex);
  *ret = cache[spec->size / 2][spec->rule][j].shells.weight[shell];
  return status;
}

/* The radial factor of element e by squared distance, scaled to an element of norm 1 (0 stays 0);
 * returns the scale. |Q Y_J(u)|^2 = 1 / 4pi at every direction, because Q is an isometry over
 * sqrt(2J+1). */
static double
normalise (const SwBasisSpec *spec, size_t e, double weight[SW_SHELLS_N_DISTANCES])
{
  const int h = (int) spec->size / 2;
  double square = 0;
  for (int z = -h; z <= h; z++)
    for (int y = -h; y <= h; y++)
      for (int x = -h; x <= h; x++)
        {
          const int d2 = x * x + y * y + z * z;
          if (d2 > 0 || spec->elements[e].j == 0)
            square += weight[d2] * weight[d2] / (4 * M_PI);
        }
  const double scale = square > 0 ? 1 / sqrt (square) : 0;
  for (int d2 = 0; d2 <= 3 * h * h; d2++)
    weight[d2] *= scale;
  return scale;
}

static void
gaussian_weights (const SwBasisSpec *spec, size_t e, double weight[SW_SHELLS_N_DISTANCES])
{
  const int h = (int) spec->size / 2;
  for (int d2 = 0; d2 <= 3 * h * h; d2++)
    weight[d2] = sw_shell_window (spec->elements[e].shell, spec->sigma, sqrt (d2));
}

SwStatus
sw_basis_scales (const SwBasisSpec *spec, double *ret, SwError *error)
{
  (void) error;
  for (size_t e = 0; e < spec->n_elements; e++)
    {
      double weight[SW_SHELLS_N_DISTANCES];
      gaussian_weights (spec, e, weight);
      ret[e] = normalise (spec, e, weight);
    }
  return SW_OK;
}

SwStatus
sw_basis_sample (const SwBasisSpec *spec, SwBasisKind kind, double *ret, SwError *error)
{
  const unsigned n = spec->size;
  const int h = (int) n / 2;
  const unsigned n_rows = (2 * spec->l_out + 1) * (2 * spec->l_in + 1);
  const size_t n_voxels = (size_t) n * n * n;
  const unsigned j_max = spec->l_out + spec->l_in;
  const unsigned n_y = (j_max + 1) * (j_max + 1);
  SwStatus status = SW_OK;
  double *harmonics = SW_NEW (double, n_voxels *n_y);
  double *q = SW_NEW (double, (size_t) n_rows *(2 * j_max + 1));

  if (harmonics == NULL || q == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a kernel basis");
      goto out;
    }
  for (size_t v = 0; v < n_voxels; v++)
    {
      const double d[3] = { (double) ((int) (v % n) - h), (double) ((int) (v / n % n) - h),
                            (double) ((int) (v / n / n) - h) };
      sw_harmonics (j_max, d, harmonics + v * n_y);
    }
  for (size_t e = 0; e < spec->n_elements; e++)
    {
      const unsigned j = spec->elements[e].j, n_j = 2 * j + 1;
      double weight[SW_SHELLS_N_DISTANCES];
      if (kind == SW_BASIS_PROJECTED)
        {
          const double *projected;
          status = projected_weights (spec, j, &projected, spec->elements[e].shell, error);
          if (status != SW_OK)
            goto out;
          memcpy (weight, projected, sizeof weight);
        }
      else
        gaussian_weights (spec, e, weight);
      normalise (spec, e, weight);
      sw_clebsch_gordan (spec->l_out, spec->l_in, j, q);
      for (unsigned row = 0; row < n_rows; row++)
        for (size_t v = 0; v < n_voxels; v++)
          {
            const int x = (int) (v % n) - h, y = (int) (v / n % n) - h, z = (int) (v / n / n) - h;
            const double *y_j = harmonics + v * n_y + j * j;
            double sum = 0;
            for (unsigned m = 0; m < n_j; m++)
              sum += q[row * n_j + m] * y_j[m];
            ret[(e * n_rows + row) * n_voxels + v] = weight[x * x + y * y + z * z] * sum;
          }
    }
out:
  sw_free (q);
  sw_free (harmonics);
  return status;
}

/* Beyond this many sigma the Gaussian is below 1e-18. */
#define REACH 9.0
#define NODES_MAX 512

/* Enough nodes on an interval of this half length for a Gaussian of sigma times a wave of frequency
 * w: a spacing h at its middle leaves exp(-sigma^2 (2 pi / h - w)^2 / 2). */
static size_t
node_count (double half, double sigma, double w)
{
  const double n = half * (w + REACH / sigma) / 2 + 16;
  return n < NODES_MAX ? (size_t) n : NODES_MAX;
}

/* Shells of the paper are a handful; the window of each at each node. */
#define TABLE_SHELLS_MAX 8

void
sw_basis_radial_table (
    unsigned n_shells, unsigned j_max, double sigma, size_t n_w, const double *w, double *ret)
{
  const double to = (n_shells > 0 ? n_shells - 1 : 0) + REACH * sigma;
  double r[NODES_MAX], weight[NODES_MAX], window[TABLE_SHELLS_MAX][NODES_MAX], w_max = 0;

  assert (j_max <= SW_BESSEL_ORDER_MAX && n_shells <= TABLE_SHELLS_MAX);
  for (size_t i = 0; i < n_w; i++)
    w_max = fmax (w_max, w[i]);
  const size_t n = node_count (0.5 * to, sigma, w_max);
  sw_gauss_legendre (n, 0, to, r, weight);
  for (unsigned s = 0; s < n_shells; s++)
    for (size_t k = 0; k < n; k++)
      window[s][k] = weight[k] * r[k] * r[k] * sw_shell_window (s, sigma, r[k]);

#pragma omp parallel for schedule(static) if (n_w > 64)
  for (size_t i = 0; i < n_w; i++)
    {
      double sum[TABLE_SHELLS_MAX][SW_BESSEL_ORDER_MAX + 1] = { 0 };
      for (size_t k = 0; k < n; k++)
        {
          double bessel[SW_BESSEL_ORDER_MAX + 1];
          sw_bessel_j_all (j_max, w[i] * r[k], bessel);
          for (unsigned s = 0; s < n_shells; s++)
            for (unsigned j = 0; j <= j_max; j++)
              sum[s][j] += window[s][k] * bessel[j];
        }
      for (unsigned s = 0; s < n_shells; s++)
        for (unsigned j = 0; j <= j_max; j++)
          ret[(s * (j_max + 1) + j) * n_w + i] = sum[s][j];
    }
}

void
sw_basis_radial_transform (
    unsigned shell, unsigned j, double sigma, size_t n_w, const double *w, double *ret)
{
  const double from = fmax (0, shell - REACH * sigma), to = shell + REACH * sigma;
  double r[NODES_MAX], weight[NODES_MAX], w_max = 0;

  assert (j <= SW_BESSEL_ORDER_MAX);
  for (size_t i = 0; i < n_w; i++)
    w_max = fmax (w_max, w[i]);
  const size_t n = node_count (0.5 * (to - from), sigma, w_max);
  sw_gauss_legendre (n, from, to, r, weight);
  for (size_t k = 0; k < n; k++)
    weight[k] *= r[k] * r[k] * sw_shell_window (shell, sigma, r[k]);
#pragma omp parallel for schedule(static) if (n_w > 64)
  for (size_t i = 0; i < n_w; i++)
    {
      double sum = 0;
      for (size_t k = 0; k < n; k++)
        sum += weight[k] * sw_bessel_j (j, w[i] * r[k]);
      ret[i] = sum;
    }
}
