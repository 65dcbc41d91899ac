/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/kernel.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "kernel/quadrature.h"
#include "kernel/steerable-shells.h"
#include "so3/bessel.h"
#include "so3/clebsch-gordan.h"
#include "so3/field-type.h"
#include "so3/harmonics.h"

#define SIDE_MAX (2 * SW_FIELD_L_MAX + 1)
#define N_J_MAX (2 * SW_FIELD_L_MAX + 1)

static size_t
n_rows (const SwBasisSpec *spec)
{
  return (size_t) (2 * spec->l_out + 1) * (2 * spec->l_in + 1);
}

static unsigned
j_min (const SwBasisSpec *spec)
{
  return spec->l_out > spec->l_in ? spec->l_out - spec->l_in : spec->l_in - spec->l_out;
}

SwStatus
sw_kernel_sample (
    const SwBasisSpec *spec, SwBasisKind kind, const double *weights, double *ret, SwError *error)
{
  const size_t n = n_rows (spec) * spec->size * spec->size * spec->size;
  double *basis = SW_NEW (double, spec->n_elements *n);
  SwStatus status;

  if (basis == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a kernel basis");
  status = sw_basis_sample (spec, kind, basis, error);
  if (status == SW_OK)
    {
      memset (ret, 0, n * sizeof *ret);
      for (size_t e = 0; e < spec->n_elements; e++)
        for (size_t i = 0; i < n; i++)
          ret[i] += weights[e] * basis[e * n + i];
    }
  sw_free (basis);
  return status;
}

/* Q for all J, one after the other: [rows][2J+1] each, rows^2 numbers together. NULL without
 * memory. */
static double *
couplings (const SwBasisSpec *spec, SwError *error)
{
  double *all = SW_NEW (double, n_rows (spec) * n_rows (spec)), *q = all;
  if (all == NULL)
    {
      (void) !sw_error_set (error, SW_ERROR_MEMORY,
                            "not enough memory for Clebsch-Gordan coefficients");
      return NULL;
    }
  for (unsigned j = j_min (spec); j <= spec->l_out + spec->l_in; j++)
    {
      sw_clebsch_gordan (spec->l_out, spec->l_in, j, q);
      q += n_rows (spec) * (2 * j + 1);
    }
  return all;
}

/* ret += Q_J (radial[J] Y_J(direction)) for all J. */
static void
add_angular (const SwBasisSpec *spec,
             const double *q,
             const double *radial,
             const double direction[3],
             double *ret)
{
  double y[N_J_MAX * N_J_MAX];

  sw_harmonics (spec->l_out + spec->l_in, direction, y);
  for (unsigned j = j_min (spec); j <= spec->l_out + spec->l_in; j++)
    {
      const unsigned n_j = 2 * j + 1;
      if (radial[j] != 0)
        for (size_t row = 0; row < n_rows (spec); row++)
          for (unsigned m = 0; m < n_j; m++)
            ret[row] += radial[j] * q[row * n_j + m] * y[j * j + m];
      q += n_rows (spec) * n_j;
    }
}

SwStatus
sw_kernel_evaluate (
    const SwBasisSpec *spec, const double *weights, const double d[3], double *ret, SwError *error)
{
  const double r = sqrt (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  double scales[SW_BASIS_ELEMENTS_MAX], radial[N_J_MAX] = { 0 };
  const SwStatus status = sw_basis_scales (spec, scales, error);

  if (status != SW_OK)
    return status;
  for (size_t e = 0; e < spec->n_elements; e++)
    radial[spec->elements[e].j]
        += weights[e] * scales[e] * sw_shell_window (spec->elements[e].shell, spec->sigma, r);
  double *q = couplings (spec, error);
  if (q == NULL)
    return SW_ERROR_MEMORY;
  memset (ret, 0, n_rows (spec) * sizeof *ret);
  add_angular (spec, q, radial, d, ret);
  sw_free (q);
  return SW_OK;
}

/* The sum over shells of weight times scale times H at each w: ret [N_J_MAX][n_w]. */
static SwStatus
radial_transforms (const SwBasisSpec *spec,
                   const double *weights,
                   size_t n_w,
                   const double *w,
                   double *ret,
                   SwError *error)
{
  const unsigned n_shells = spec->size / 2 + 1, j_max = spec->l_out + spec->l_in;
  double scales[SW_BASIS_ELEMENTS_MAX];
  double *table = SW_NEW (double, (size_t) n_shells *(j_max + 1) * n_w);
  SwStatus status;

  if (table == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a kernel's transform");
  status = sw_basis_scales (spec, scales, error);
  if (status == SW_OK)
    {
      sw_basis_radial_table (n_shells, j_max, spec->sigma, n_w, w, table);
      memset (ret, 0, N_J_MAX * n_w * sizeof *ret);
      for (size_t e = 0; e < spec->n_elements; e++)
        {
          const SwBasisElement *element = spec->elements + e;
          for (size_t i = 0; i < n_w; i++)
            ret[element->j * n_w + i]
                += weights[e] * scales[e]
                   * table[(element->shell * (j_max + 1) + element->j) * n_w + i];
        }
    }
  sw_free (table);
  return status;
}

SwStatus
sw_kernel_transform (const SwBasisSpec *spec,
                     const double *weights,
                     const double w[3],
                     double complex *ret,
                     SwError *error)
{
  const double length = sqrt (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  double radial[N_J_MAX], part[N_J_MAX], sum[SIDE_MAX * SIDE_MAX];
  const SwStatus status = radial_transforms (spec, weights, 1, &length, radial, error);

  if (status != SW_OK)
    return status;
  double *q = couplings (spec, error);
  if (q == NULL)
    return SW_ERROR_MEMORY;
  /* i^J: even J are real, odd ones imaginary */
  for (unsigned odd = 0; odd < 2; odd++)
    {
      for (unsigned j = 0; j < N_J_MAX; j++)
        part[j] = j % 2 == odd ? 4 * M_PI * (j / 2 % 2 ? -1 : 1) * radial[j] : 0;
      memset (sum, 0, sizeof sum);
      add_angular (spec, q, part, w, sum);
      for (size_t row = 0; row < n_rows (spec); row++)
        ret[row] = odd ? creal (ret[row]) + I * sum[row] : sum[row];
    }
  sw_free (q);
  return SW_OK;
}

SwStatus
sw_kernel_sample_bandlimited (const SwBasisSpec *spec,
                              const double *weights,
                              double w_flat,
                              double w_max,
                              size_t n,
                              double spacing,
                              double *ret,
                              SwError *error)
{
  /* K(d) = sum_J Q Y_J(d/|d|) 2/pi integral H_J(w) window(w) j_J(w |d|) w^2 dw, from the inverse of
   * the plane wave expansion. Half a node per radian of the largest phase, and some for the window.
   */
  const double reach = 0.5 * sqrt (3) * spacing * (double) n;
  const size_t n_w = (size_t) fmin (64 + w_max * (reach + spec->size), 4096);
  const double middle = 0.5 * ((double) n - 1);
  const size_t n_voxels = n * n * n;
  double *w = SW_NEW (double, n_w), *weight = SW_NEW (double, n_w);
  double *radial = SW_NEW (double, n_w *N_J_MAX), *q = couplings (spec, error);
  SwStatus status = SW_OK;

  if (w == NULL || weight == NULL || radial == NULL || q == NULL)
    {
      status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a band-limited kernel");
      goto out;
    }
  /* The window has a kink at w_flat: a rule of its own on each side. */
  const size_t n_flat = w_flat > 0 && w_flat < w_max ? n_w / 2 : w_flat >= w_max ? n_w : 0;
  if (n_flat > 0)
    sw_gauss_legendre (n_flat, 0, fmin (w_flat, w_max), w, weight);
  if (n_flat < n_w)
    sw_gauss_legendre (n_w - n_flat, fmax (w_flat, 0), w_max, w + n_flat, weight + n_flat);
  status = radial_transforms (spec, weights, n_w, w, radial, error);
  if (status != SW_OK)
    goto out;
  for (size_t i = 0; i < n_w; i++)
    {
      const double window
          = i < n_flat
                ? 1
                : 0.5 + 0.5 * cos (M_PI * (w[i] - fmax (w_flat, 0)) / (w_max - fmax (w_flat, 0)));
      weight[i] *= 2 / M_PI * w[i] * w[i] * window;
    }
#pragma omp parallel for schedule(static)
  for (size_t v = 0; v < n_voxels; v++)
    {
      const double d[3]
          = { spacing * ((double) (v % n) - middle), spacing * ((double) (v / n % n) - middle),
              spacing * ((double) (v / n / n) - middle) };
      const double r = sqrt (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
      double by_j[N_J_MAX] = { 0 }, sum[SIDE_MAX * SIDE_MAX] = { 0 };
      for (size_t i = 0; i < n_w; i++)
        {
          double bessel[SW_BESSEL_ORDER_MAX + 1];
          sw_bessel_j_all (spec->l_out + spec->l_in, w[i] * r, bessel);
          for (unsigned j = j_min (spec); j <= spec->l_out + spec->l_in; j++)
            by_j[j] += weight[i] * radial[j * n_w + i] * bessel[j];
        }
      add_angular (spec, q, by_j, d, sum);
      for (size_t row = 0; row < n_rows (spec); row++)
        ret[row * n_voxels + v] = sum[row];
    }
out:
  sw_free (q);
  sw_free (radial);
  sw_free (weight);
  sw_free (w);
  return status;
}

void
sw_kernel_transfer (const SwBasisSpec *spec,
                    const double *samples,
                    const double w[3],
                    double complex *ret)
{
  const unsigned n = spec->size;
  const int h = (int) n / 2;
  const size_t n_voxels = (size_t) n * n * n;

  for (size_t row = 0; row < n_rows (spec); row++)
    ret[row] = 0;
  for (size_t v = 0; v < n_voxels; v++)
    {
      const double phase = w[0] * ((int) (v % n) - h) + w[1] * ((int) (v / n % n) - h)
                           + w[2] * ((int) (v / n / n) - h);
      const double complex wave = cos (phase) + I * sin (phase);
      for (size_t row = 0; row < n_rows (spec); row++)
        ret[row] += samples[row * n_voxels + v] * wave;
    }
}
