/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pointwise and pooling layers of grids against their formulas written out, and filters against their adjoints. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "nn/batchnorm.h"
#include "nn/dropout.h"
#include "nn/gate.h"
#include "nn/norm-act.h"
#include "nn/scalar-act.h"
#include "nn/separable.h"

static real *
random_array (size_t n)
{
  real *a = SW_NEW (real, n);
  for (size_t i = 0; i < n; i++)
    a[i] = (real) g_test_rand_double_range (-2, 2);
  return a;
}

static SwFieldType
type_of (const char *text)
{
  SwFieldType type;
  if (sw_field_type_parse (text, &type, NULL) != SW_OK)
    g_error ("%s", text);
  return type;
}

/* Every row function against the scalar one, over all that a sigmoid can be asked for, and NaN stays NaN. */
static void
test_activations (void)
{
  static const SwActivation all[]
      = { SW_ACT_NONE, SW_ACT_RELU, SW_ACT_SIGMOID, SW_ACT_TANH, SW_ACT_SOFTPLUS, SW_ACT_ELU };
  const double h = 1e-3;
  real f[1001], out[1001];

  for (size_t a = 0; a < G_N_ELEMENTS (all); a++)
    {
      for (size_t i = 0; i < 1001; i++)
        f[i] = (real) ((double) i * 0.3 - 150 + 0.01);
      sw_act_row (all[a], 1001, (real) 0.125, f, out);
      for (size_t i = 0; i < 1001; i++)
        {
          const double expected = (double) sw_act_value (all[a], f[i] + (real) 0.125);
          g_assert_cmpfloat (fabs ((double) out[i] - expected), <=, 4 * (double) SW_EPS * fmax (1, fabs (expected)));
        }
      f[3] = (real) NAN;
      sw_act_row (all[a], 1001, 0, f, out);
      g_assert_true (isnan (out[3]));
      for (double t = -5.05; t < 5; t += 0.3)
        {
          const double slope = ((double) sw_act_value (all[a], (real) (t + h)) - (double) sw_act_value (all[a], (real) (t - h)))
                               / (2 * h);
          g_assert_cmpfloat_with_epsilon (slope, (double) sw_act_slope (all[a], (real) t),
                                          1e-6 + 10 * (double) SW_EPS / h);
        }
    }
}

static void
test_gate (void)
{
  const size_t n = 1500, n_batch = 2;
  const SwGateShape shape = { .n_batch = n_batch,
                              .n_voxels = n,
                              .fields = type_of ("2x0+1x2+1x0+2x1"),
                              .act = SW_ACT_TANH,
                              .gate_act = SW_ACT_SIGMOID };
  /* channels: 2 scalars, 5 of l = 2, 1 scalar, 6 of l = 1, 3 gates */
  static const int gate_of[14] = { -1, -1, 0, 0, 0, 0, 0, -1, 1, 1, 1, 2, 2, 2 };
  static const int scalar_of[14] = { 0, 1, -1, -1, -1, -1, -1, 2 };
  real *f = random_array (n_batch * 17 * n), *bias = random_array (6), *out = SW_NEW (real, n_batch * 14 * n);
  real *gates = SW_NEW (real, n_batch * 3 * n);

  sw_gate_forward (&shape, f, bias, out);
  sw_gate_values (&shape, f, bias, gates);
  for (size_t b = 0; b < n_batch; b++)
    for (size_t c = 0; c < 14; c++)
      for (size_t v = 0; v < n; v++)
        {
          const double in = (double) f[(b * 17 + c) * n + v], got = (double) out[(b * 14 + c) * n + v];
          double expected;
          if (gate_of[c] < 0)
            expected = tanh (in + (double) bias[scalar_of[c]]);
          else
            {
              const double g = (double) f[(b * 17 + 14 + (size_t) gate_of[c]) * n + v]
                               + (double) bias[3 + gate_of[c]];
              expected = in / (1 + exp (-g));
              g_assert_cmpfloat_with_epsilon ((double) gates[(b * 3 + (size_t) gate_of[c]) * n + v],
                                              1 / (1 + exp (-g)), 4 * (double) SW_EPS);
            }
          g_assert_cmpfloat_with_epsilon (got, expected, 8 * (double) SW_EPS);
        }
  sw_free (f);
  sw_free (bias);
  sw_free (out);
  sw_free (gates);
}

/* After the layer every field has mean square length 1 and scalars have mean 0. */
static void
test_batchnorm (void)
{
  const size_t n = 300;
  const SwBatchnormShape shape
      = { .n_batch = 3, .n_voxels = n, .fields = type_of ("2x0+2x1+1x3"), .epsilon = 0 };
  real *f = random_array (3 * 15 * n), *out = SW_NEW (real, 3 * 15 * n);
  real means[2], variances[5];

  for (size_t i = 0; i < 3 * 15 * n; i++)
    f[i] = f[i] * (real) (1 + i % 7) + 1;
  sw_batchnorm_statistics (&shape, f, means, variances);
  sw_batchnorm_forward (&shape, f, means, variances, NULL, NULL, out);
  sw_batchnorm_statistics (&shape, out, means, variances);
  for (size_t i = 0; i < 2; i++)
    g_assert_cmpfloat_with_epsilon ((double) means[i], 0, 20 * (double) SW_EPS);
  for (size_t i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon ((double) variances[i], 1, 20 * (double) SW_EPS);
  sw_free (f);
  sw_free (out);
}

/* Along a random direction; apart from the network's gradient test since x / |x| has no derivative at 0. */
static void
test_norm_act (void)
{
  const size_t n = 40, n_batch = 2, n_in = n_batch * 10 * n;
  const SwNormActShape shape = { .n_batch = n_batch,
                                 .n_voxels = n,
                                 .fields = type_of ("2x0+1x1+1x2"),
                                 .act = SW_ACT_TANH,
                                 .scalar_biases = true };
  const double h = pow ((double) SW_EPS, 1.0 / 3);
  real *f = random_array (n_in), *bias = random_array (4), *e = random_array (n_in), *e_bias = random_array (4);
  real *y = random_array (n_in), *out = SW_NEW (real, n_in), *d_f = SW_NEW0 (real, n_in);
  real *moved = SW_NEW (real, n_in), moved_bias[4], d_bias[4] = { 0 };
  double loss[2] = { 0, 0 }, expected = 0, size = 0;

  /* away from 0: every first component is at least 1 */
  for (size_t i = 0; i < n_in; i++)
    f[i] += f[i] < 0 ? -1 : 1;
  for (int k = 0; k < 2; k++)
    {
      const real step = (real) (k == 0 ? h : -h);
      for (size_t i = 0; i < n_in; i++)
        moved[i] = f[i] + step * e[i];
      for (size_t i = 0; i < 4; i++)
        moved_bias[i] = bias[i] + step * e_bias[i];
      sw_norm_act_forward (&shape, moved, moved_bias, out);
      for (size_t i = 0; i < n_in; i++)
        loss[k] += (double) y[i] * (double) out[i];
    }
  sw_norm_act_backward (&shape, f, bias, y, d_f, d_bias);
  for (size_t i = 0; i < n_in; i++)
    {
      expected += (double) d_f[i] * (double) e[i];
      size += fabs ((double) d_f[i] * (double) e[i]);
    }
  for (size_t i = 0; i < 4; i++)
    {
      expected += (double) d_bias[i] * (double) e_bias[i];
      size += fabs ((double) d_bias[i] * (double) e_bias[i]);
    }
  const double d = fabs ((loss[0] - loss[1]) / (2 * h) - expected) / size;
  g_test_message ("%g of %g", d, 50 * h * h);
  g_assert_cmpfloat (d, <, 50 * h * h);
  sw_free (f);
  sw_free (bias);
  sw_free (e);
  sw_free (e_bias);
  sw_free (y);
  sw_free (out);
  sw_free (d_f);
  sw_free (moved);
}

static void
check_filter (const SwSeparable *filter, size_t n, const double *taps)
{
  const size_t m = sw_separable_output_size (filter, n), t_n = filter->n_taps, n_channels = 2;
  real *f = random_array (n_channels * n * n * n), *y = random_array (n_channels * m * m * m);
  real *out = SW_NEW (real, n_channels * m * m * m), *back = SW_NEW0 (real, n_channels * n * n * n);
  real *scratch = SW_NEW (real, sw_separable_scratch (filter, n, 2));
  double worst = 0, left = 0, right = 0, size = 0;

  g_assert_cmpuint (m, ==, (n + filter->stride - 1) / filter->stride);
  memset (scratch, 0xff, sw_separable_scratch (filter, n, 2) * sizeof (real));
  sw_separable_forward (filter, n_channels, n, f, out, scratch, 2);
  for (size_t c = 0; c < n_channels; c++)
    for (size_t o = 0; o < m * m * m; o++)
      {
        double sum = 0;
        for (size_t t = 0; t < t_n * t_n * t_n; t++)
          {
            const ptrdiff_t half = (ptrdiff_t) (t_n / 2), s = (ptrdiff_t) filter->stride, e = (ptrdiff_t) n;
            const ptrdiff_t z = (ptrdiff_t) (o / m / m) * s + (ptrdiff_t) (t / t_n / t_n) - half;
            const ptrdiff_t y_in = (ptrdiff_t) (o / m % m) * s + (ptrdiff_t) (t / t_n % t_n) - half;
            const ptrdiff_t x = (ptrdiff_t) (o % m) * s + (ptrdiff_t) (t % t_n) - half;
            if (z >= 0 && y_in >= 0 && x >= 0 && z < e && y_in < e && x < e)
              sum += taps[t / t_n / t_n] * taps[t / t_n % t_n] * taps[t % t_n]
                     * (double) f[(((ptrdiff_t) c * e + z) * e + y_in) * e + x];
          }
        worst = fmax (worst, fabs (sum - (double) out[c * m * m * m + o]));
      }
  g_assert_cmpfloat (worst, <, 10 * (double) SW_EPS);
  sw_separable_backward (filter, n_channels, n, y, back, scratch, 2);
  for (size_t i = 0; i < n_channels * m * m * m; i++)
    {
      left += (double) y[i] * (double) out[i];
      size += 2 * fabs ((double) y[i]); /* |f| <= 2, the taps add up to 1 */
    }
  for (size_t i = 0; i < n_channels * n * n * n; i++)
    right += (double) f[i] * (double) back[i];
  g_assert_cmpfloat (fabs (left - right), <, 20 * (double) SW_EPS * size);
  sw_free (f);
  sw_free (y);
  sw_free (out);
  sw_free (back);
  sw_free (scratch);
}

static void
test_filters (void)
{
  static const size_t sizes[] = { 1, 2, 5, 8, 13 };
  const double thirds[3] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };
  SwSeparable filter;

  /* scale 2: sigma 0.8660, 5 taps; scale 4: sigma 1.9365, 11 taps (the paper's code) */
  sw_separable_lowpass (&filter, 4, 1);
  g_assert_cmpuint (filter.n_taps, ==, 11);
  sw_separable_lowpass (&filter, 1, 1);
  g_assert_cmpuint (filter.n_taps, ==, 1);
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (size_t stride = 1; stride <= 3; stride++)
      {
        double taps[5], sum = 0;
        for (int t = 0; t < 5; t++)
          sum += taps[t] = exp (-(t - 2) * (t - 2) / (2 * 0.75));
        for (int t = 0; t < 5; t++)
          taps[t] /= sum;
        sw_separable_lowpass (&filter, 2, stride);
        g_assert_cmpuint (filter.n_taps, ==, 5);
        check_filter (&filter, sizes[i], taps);
        sw_separable_avgpool (&filter, stride);
        check_filter (&filter, sizes[i], thirds);
      }
}

static void
test_dropout (void)
{
  const size_t n = 10, n_draws = 20000;
  const SwFieldType type = type_of ("1x0+1x1");
  SwRandom random;
  real *factors = SW_NEW (real, n_draws), *f = random_array (n_draws / 2 * 4 * n);
  real *out = SW_NEW0 (real, n_draws / 2 * 4 * n);
  double sum = 0;

  sw_random_init (&random, 5);
  sw_dropout_draw (&random, 0.25, n_draws / 2, 2, NULL, factors);
  sw_dropout_add (&type, n_draws / 2, n, factors, f, out);
  for (size_t i = 0; i < n_draws; i++)
    {
      g_assert_true (factors[i] == 0 || fabs ((double) factors[i] - 4.0 / 3) < 1e-6);
      sum += (double) factors[i];
    }
  /* three deviations of the mean of 20,000 draws */
  g_assert_cmpfloat_with_epsilon (sum / (double) n_draws, 1, 3 * 0.577 / sqrt ((double) n_draws));
  for (size_t b = 0; b < n_draws / 2; b++)
    for (size_t c = 0; c < 4; c++)
      for (size_t v = 0; v < n; v++)
        g_assert_true (out[(b * 4 + c) * n + v] == factors[2 * b + (c > 0)] * f[(b * 4 + c) * n + v]);
  sw_free (factors);
  sw_free (f);
  sw_free (out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/grid-layers/activations", test_activations);
  g_test_add_func ("/nn/grid-layers/gate", test_gate);
  g_test_add_func ("/nn/grid-layers/batchnorm", test_batchnorm);
  g_test_add_func ("/nn/grid-layers/norm-act", test_norm_act);
  g_test_add_func ("/nn/grid-layers/filters", test_filters);
  g_test_add_func ("/nn/grid-layers/dropout", test_dropout);
  return g_test_run ();
}
