/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/kernel-check.h"

#include <assert.h>
#include <math.h>

#include "base/memory.h"
#include "base/random.h"
#include "so3/field-type.h"
#include "so3/rotation.h"
#include "so3/wigner.h"

#define SIDE_MAX (2 * SW_FIELD_L_MAX + 1)

/* Writes K at v into ret [2 l_out+1][2 l_in+1]. */
typedef SwStatus (*Evaluate) (const SwBasisSpec *spec,
                              const double *values,
                              const double v[3],
                              double complex *ret,
                              SwError *error);

static SwStatus
evaluate_transfer (const SwBasisSpec *spec,
                   const double *samples,
                   const double w[3],
                   double complex *ret,
                   SwError *error)
{
  sw_kernel_transfer (spec, samples, w, ret);
  return SW_OK;
}

static SwStatus
evaluate_space (const SwBasisSpec *spec,
                const double *weights,
                const double d[3],
                double complex *ret,
                SwError *error)
{
  double k[SIDE_MAX * SIDE_MAX];
  const SwStatus status = sw_kernel_evaluate (spec, weights, d, k, error);
  for (unsigned i = 0; status == SW_OK && i < (2 * spec->l_out + 1) * (2 * spec->l_in + 1); i++)
    ret[i] = k[i];
  return status;
}

/* Adds |K(Rv) - D_out K(v) D_in^T|^2 and |K(v)|^2. */
static SwStatus
compare (const SwBasisSpec *spec,
         const double *values,
         Evaluate evaluate,
         const double v[3],
         const double rotation[9],
         double sums[2],
         SwError *error)
{
  const unsigned n_o = 2 * spec->l_out + 1, n_i = 2 * spec->l_in + 1;
  double complex k[SIDE_MAX * SIDE_MAX], turned[SIDE_MAX * SIDE_MAX], half[SIDE_MAX * SIDE_MAX];
  double d_o[SIDE_MAX * SIDE_MAX], d_i[SIDE_MAX * SIDE_MAX], rv[3];
  SwStatus status;

  sw_rotation_apply (rotation, v, rv);
  sw_wigner_d (spec->l_out, rotation, d_o);
  sw_wigner_d (spec->l_in, rotation, d_i);
  status = evaluate (spec, values, v, k, error);
  if (status == SW_OK)
    status = evaluate (spec, values, rv, turned, error);
  if (status != SW_OK)
    return status;
  for (unsigned a = 0; a < n_o; a++)
    for (unsigned b = 0; b < n_i; b++)
      {
        half[a * n_i + b] = 0;
        for (unsigned c = 0; c < n_o; c++)
          half[a * n_i + b] += d_o[a * n_o + c] * k[c * n_i + b];
      }
  for (unsigned a = 0; a < n_o; a++)
    for (unsigned b = 0; b < n_i; b++)
      {
        double complex difference = turned[a * n_i + b];
        for (unsigned c = 0; c < n_i; c++)
          difference -= half[a * n_i + c] * d_i[b * n_i + c];
        sums[0] += creal (difference * conj (difference));
        sums[1] += creal (k[a * n_i + b] * conj (k[a * n_i + b]));
      }
  return SW_OK;
}

static SwStatus
check (const SwBasisSpec *spec,
       const double *values,
       Evaluate evaluate,
       double radius,
       unsigned n,
       uint64_t seed,
       SwKernelErrors *ret,
       SwError *error)
{
  double cube[2] = { 0 }, random[2] = { 0 };
  SwRandom state;

  assert (n > 0);
  sw_random_init (&state, seed);
  for (unsigned i = 0; i < n; i++)
    {
      double v[3], rotation[9], square;
      SwStatus status;
      do
        {
          square = 0;
          for (int k = 0; k < 3; k++)
            {
              v[k] = 2 * sw_random_uniform (&state) - 1;
              square += v[k] * v[k];
            }
        }
      while (square > 1 || square < 1e-6);
      for (int k = 0; k < 3; k++)
        v[k] *= radius;
      sw_quat_to_matrix (sw_quat_random (&state), rotation);
      status = compare (spec, values, evaluate, v, rotation, random, error);
      if (status == SW_OK)
        {
          sw_rotation_cube (i % SW_ROTATION_N_CUBE, rotation);
          status = compare (spec, values, evaluate, v, rotation, cube, error);
        }
      if (status != SW_OK)
        return status;
    }
  ret->cube = cube[1] > 0 ? sqrt (cube[0] / cube[1]) : 0;
  ret->random = random[1] > 0 ? sqrt (random[0] / random[1]) : 0;
  return SW_OK;
}

SwStatus
sw_kernel_check_sampled (const SwBasisSpec *spec,
                         SwBasisKind kind,
                         const double *weights,
                         double w_max,
                         unsigned n,
                         uint64_t seed,
                         SwKernelErrors *ret,
                         SwError *error)
{
  const size_t n_values = (size_t) (2 * spec->l_out + 1) * (2 * spec->l_in + 1) * spec->size
                          * spec->size * spec->size;
  double *samples = SW_NEW (double, n_values);
  SwStatus status;

  if (samples == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a kernel");
  status = sw_kernel_sample (spec, kind, weights, samples, error);
  if (status == SW_OK)
    status = check (spec, samples, evaluate_transfer, w_max, n, seed, ret, error);
  sw_free (samples);
  return status;
}

SwStatus
sw_kernel_check_continuous (const SwBasisSpec *spec,
                            const double *weights,
                            double w_max,
                            unsigned n,
                            uint64_t seed,
                            SwKernelErrors *ret_space,
                            SwKernelErrors *ret_frequency,
                            SwError *error)
{
  const double reach = spec->size / 2 + 2 * spec->sigma;
  SwKernelErrors space, frequency;
  SwStatus status = check (spec, weights, evaluate_space, reach, n, seed, &space, error);

  if (status == SW_OK)
    status = check (spec, weights, sw_kernel_transform, w_max, n, seed, &frequency, error);
  if (status != SW_OK)
    return status;
  *ret_space = space;
  *ret_frequency = frequency;
  return SW_OK;
}
