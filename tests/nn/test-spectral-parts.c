/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the band-limited engine against their definitions: transforms, exponentials, the convolution as a direct sum. */
#include <complex.h>
#include <glib.h>
#include <math.h>
#include <omp.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/spectral-fft.h"
#include "nn/spectral-mix.h"
#include "nn/spectral-pointwise.h"
#include "so3/clebsch-gordan.h"
#include "so3/harmonics.h"

static void
test_fft (void)
{
  const size_t sizes[] = { 1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 25, 36, 37, 48, 49, 50, 64 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (size_t p = sw_fft_channel_unit (); p <= 7 * sw_fft_channel_unit (); p += sw_fft_channel_unit ())
      {
        const size_t n = sizes[s], line = n * 2 * p;
        SwFft fft;
        g_assert_cmpint (sw_fft_init (&fft, n), ==, SW_OK);
        real *in = g_new (real, SW_FFT_LINES * line), *out = g_new0 (real, SW_FFT_LINES * line);
        void *scratch = sw_alloc (sw_fft_scratch_size (&fft), 1);
        ptrdiff_t *offset = g_new (ptrdiff_t, n);
        for (size_t i = 0; i < SW_FFT_LINES * line; i++)
          in[i] = (real) g_test_rand_double_range (-1, 1);
        for (size_t i = 0; i < n; i++)
          offset[i] = i == n / 2 && n > 4 ? -1 : (ptrdiff_t) (i * 2 * p);
        SwFftLines from = { .offset = offset }, to = { .offset = offset };
        for (size_t i = 0; i < SW_FFT_LINES; i++)
          {
            from.re[i] = in + i * line;
            from.im[i] = from.re[i] + p;
            to.re[i] = out + i * line;
            to.im[i] = to.re[i] + p;
          }
        sw_fft_run (&fft, p, &from, &to, scratch);
        double worst = 0;
        for (size_t i = 0; i < SW_FFT_LINES; i++)
          for (size_t c = 0; c < p; c++)
            for (size_t j = 0; j < n; j++)
              {
                /* More digits than the transform has: in double the plain sum would err more than what it checks. */
                long double complex sum = 0;
                for (size_t t = 0; t < n; t++)
                  if (offset[t] >= 0)
                    sum += ((long double) in[i * line + t * 2 * p + c] + _Complex_I * (long double) in[i * line + t * 2 * p + p + c])
                           * cexpl (-2 * acosl (-1) * _Complex_I * (long double) (j * t % n) / (long double) n);
                const double complex got = (double) out[i * line + j * 2 * p + c] + _Complex_I * (double) out[i * line + j * 2 * p + p + c];
                if (offset[j] < 0)
                  g_assert_true (got == 0);
                else
                  worst = fmax (worst, (double) cabsl (got - sum));
              }
        g_assert_cmpfloat (worst, <=, 8 * (double) SW_EPS * sqrt ((double) n));
        g_free (in);
        g_free (out);
        g_free (offset);
        sw_free (scratch);
        sw_fft_clear (&fft);
      }
}

static void
test_sigmoid (void)
{
  double worst = 0;
  for (double t = -80; t <= 80; t += 0.00917)
    {
      real value = (real) t;
      const double expected = 1 / (1 + exp (-(double) value));
      sw_spectral_act (SW_ACT_SIGMOID, 1, &value);
      worst = fmax (worst, fabs ((double) value - expected) / expected);
    }
  g_test_message ("worst relative error of the sigmoid %.2g", worst);
  g_assert_cmpfloat (worst, <=, 4 * (double) SW_EPS);
  real nan_in[1] = { (real) NAN };
  sw_spectral_act (SW_ACT_SIGMOID, 1, nan_in);
  g_assert_true (isnan (nan_in[0]));
}

/* Kernel at w from its definition: no frames, no helicities. Without the factor for the number of inputs. */
static void
direct_kernel (unsigned lo, unsigned li, unsigned size, const real *weights, const double w[3], double complex *ret)
{
  SwBasisSpec spec;
  double scales[SW_BASIS_ELEMENTS_MAX], q[7 * 7 * 13], y[169];
  g_assert_cmpint (sw_basis_spec_init (&spec, lo, li, size, SW_BASIS_RULE_COMPROMISE, NULL), ==, SW_OK);
  g_assert_cmpint (sw_basis_scales (&spec, scales, NULL), ==, SW_OK);
  const double length = sqrt (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  sw_harmonics (12, w, y);
  const size_t no = 2 * lo + 1, ni = 2 * li + 1;
  for (size_t i = 0; i < no * ni; i++)
    ret[i] = 0;
  for (size_t e = 0; e < spec.n_elements; e++)
    {
      const unsigned j = spec.elements[e].j;
      double h;
      sw_basis_radial_transform (spec.elements[e].shell, j, spec.sigma, 1, &length, &h);
      sw_clebsch_gordan (lo, li, j, q);
      const double complex phase = j % 4 == 0 ? 1 : j % 4 == 1 ? _Complex_I : j % 4 == 2 ? -1 : -_Complex_I;
      for (size_t i = 0; i < no * ni; i++)
        {
          double sum = 0;
          for (size_t m = 0; m < 2 * j + 1; m++)
            sum += q[i * (2 * j + 1) + m] * y[j * j + m];
          ret[i] += 4 * G_PI * phase * h * sum * (double) weights[e] * scales[e] * sqrt ((2.0 * lo + 1.0) / (double) spec.n_elements);
        }
    }
}

static void
test_direct_sum (void)
{
  SwModes modes;
  SwLevel level;
  SwMix mix;
  SwRadialCache cache = { 0 };
  SwError error;
  SwFieldType in, out;
  g_assert_cmpint (sw_modes_init (&modes, 16, sw_level_k_max (16, 1, 2.2), 3), ==, SW_OK);
  const SwBand band = { 2.2, 0.85 };
  g_assert_cmpint (sw_level_init (&level, &modes, 1, &band, 16), ==, SW_OK);
  g_assert_cmpint (sw_field_type_parse ("2x1+1x0+1x3+1x2", &in, &error), ==, SW_OK);
  g_assert_cmpint (sw_field_type_parse ("1x2+2x0+1x3+2x1+3x0", &out, &error), ==, SW_OK);
  g_assert_cmpint (sw_mix_init (&mix, &modes, &level, &level, &in, &out, 5, SW_BASIS_RULE_COMPROMISE, &cache, &error), ==, SW_OK);
  real *weights = g_new (real, mix.n_weights);
  for (size_t i = 0; i < mix.n_weights; i++)
    weights[i] = (real) g_test_rand_double_range (-1, 1);
  sw_mix_set_weights (&mix, weights);
  const size_t lanes = sw_spectral_lanes (), ci = mix.in.n_channels, co = mix.out.n_channels;
  real *x = g_new0 (real, modes.n_blocks * lanes * 2 * ci), *y = g_new0 (real, modes.n_blocks * lanes * 2 * co);
  real *scratch = g_new (real, sw_mix_scratch_size (&mix) * (size_t) omp_get_max_threads ());
  size_t to_in[64], to_out[64];
  sw_channel_order_map (&mix.in, to_in);
  sw_channel_order_map (&mix.out, to_out);
  for (size_t s = 0; s < modes.n_blocks * lanes; s++)
    for (size_t c = 0; c < 2 * ci && modes.present[s]; c++)
      x[s / lanes * lanes * 2 * ci + c * lanes + s % lanes] = (real) g_test_rand_double_range (-1, 1);
  sw_mix_forward (&mix, &modes, x, y, scratch);
  double difference = 0, size = 0;
  const double fields = 5; /* of the input */
  for (size_t s = 0; s < modes.n_blocks * lanes; s += 3)
    {
      if (!modes.present[s])
        continue;
      const double w[3] = { 2 * G_PI * modes.k[s][0] / 16, 2 * G_PI * modes.k[s][1] / 16, 2 * G_PI * modes.k[s][2] / 16 };
      double complex f[64], g[64] = { 0 }, kernel[49];
      for (size_t c = 0; c < ci; c++)
        {
          const real *at = x + s / lanes * lanes * 2 * ci + 2 * c * lanes + s % lanes;
          f[to_in[c]] = (double) at[0] + _Complex_I * (double) at[lanes];
        }
      const real *weight = weights;
      size_t first_out = 0;
      for (size_t po = 0; po < out.n_parts; po++)
        {
          size_t first_in = 0;
          const size_t no = 2 * out.parts[po].l + 1;
          for (size_t pi = 0; pi < in.n_parts; pi++)
            {
              const size_t ni = 2 * in.parts[pi].l + 1;
              SwBasisSpec spec;
              g_assert_cmpint (sw_basis_spec_init (&spec, out.parts[po].l, in.parts[pi].l, 5, SW_BASIS_RULE_COMPROMISE, NULL), ==, SW_OK);
              for (size_t o = 0; o < out.parts[po].copies; o++)
                for (size_t i = 0; i < in.parts[pi].copies; i++, weight += spec.n_elements)
                  {
                    direct_kernel (out.parts[po].l, in.parts[pi].l, 5, weight, w, kernel);
                    for (size_t a = 0; a < no; a++)
                      for (size_t b = 0; b < ni; b++)
                        g[first_out + o * no + a] += kernel[a * ni + b] * f[first_in + i * ni + b] / sqrt (fields);
                  }
              first_in += in.parts[pi].copies * ni;
            }
          first_out += out.parts[po].copies * no;
        }
      for (size_t c = 0; c < co; c++)
        {
          const real *at = y + s / lanes * lanes * 2 * co + 2 * c * lanes + s % lanes;
          difference += pow (cabs ((double) at[0] + _Complex_I * (double) at[lanes] - g[to_out[c]]), 2);
          size += pow (cabs (g[to_out[c]]), 2);
        }
    }
  g_test_message ("against the direct sum: %.2g", sqrt (difference / size));
  g_assert_cmpfloat (sqrt (difference / size), <, 10 * (double) SW_EPS);
  sw_radial_cache_clear (&cache);
  sw_mix_clear (&mix);
  sw_level_clear (&level);
  sw_modes_clear (&modes);
  g_free (weights);
  g_free (x);
  g_free (y);
  g_free (scratch);
}

/* The same weights are the same kernel in space: sum_d K(d) exp (i w d) of the sampled basis, at a low frequency. */
static void
test_sampled (void)
{
  for (unsigned lo = 0; lo <= 2; lo++)
    for (unsigned li = 0; li <= 2; li++)
      {
        SwBasisSpec spec;
        g_assert_cmpint (sw_basis_spec_init (&spec, lo, li, 7, SW_BASIS_RULE_COMPROMISE, NULL), ==, SW_OK);
        const size_t pairs = (2 * lo + 1) * (2 * li + 1), voxels = 343;
        double *basis = g_new (double, spec.n_elements * pairs * voxels), difference = 0, size = 0;
        g_assert_cmpint (sw_basis_sample (&spec, SW_BASIS_SAMPLED, basis, NULL), ==, SW_OK);
        const double w[3] = { 0.5, -0.3, 0.4 };
        for (size_t e = 0; e < spec.n_elements; e++)
          {
            if (spec.elements[e].shell != 2) /* neither at the centre nor cut by the cube */
              continue;
            real weights[SW_BASIS_ELEMENTS_MAX] = { 0 };
            double complex direct[25];
            weights[e] = (real) sqrt ((double) spec.n_elements / (2.0 * lo + 1.0));
            direct_kernel (lo, li, 7, weights, w, direct);
            for (size_t i = 0; i < pairs; i++)
              {
                double complex sum = 0;
                for (int v = 0; v < 343; v++)
                  sum += basis[(e * pairs + i) * voxels + (size_t) v]
                         * cexp (_Complex_I * (w[0] * (v % 7 - 3) + w[1] * (v / 7 % 7 - 3) + w[2] * (v / 49 - 3)));
                difference += pow (cabs (sum - direct[i]), 2);
                size += pow (cabs (direct[i]), 2);
              }
          }
        g_test_message ("l %u from %u: %.2g", lo, li, sqrt (difference / size));
        g_assert_cmpfloat (sqrt (difference / size), <, 0.1);
        g_free (basis);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/spectral/fft", test_fft);
  g_test_add_func ("/nn/spectral/sigmoid", test_sigmoid);
  g_test_add_func ("/nn/spectral/direct-sum", test_direct_sum);
  g_test_add_func ("/nn/spectral/sampled", test_sampled);
  return g_test_run ();
}
