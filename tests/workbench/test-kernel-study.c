/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kernel that is looked at is the kernel that the network applies. */
#include <glib.h>
#include <math.h>

#include "nn/steerable-kernel.h"
#include "workbench/kernel-study.h"

static void
test_basis (void)
{
  g_autoptr (GError) error = NULL;
  SwKernelChoice choice;
  /* shell 1, J = 1 from scalars to vectors: K(d) is parallel to d. */
  g_assert_true (sw_kernel_choice_basis (1, 0, 5, SW_BASIS_RULE_COMPROMISE, SW_BASIS_SAMPLED, 0, NULL, &choice, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (choice.spec.elements[0].j, ==, 1);
  g_autoptr (SwKernelStudy) study = sw_kernel_study_new (&choice, &error);
  g_assert_no_error (error);
  unsigned l = 9;
  for (int fine = 0; fine < 2; fine++)
    {
      g_autofree float *column = sw_kernel_study_dup_column (study, fine, 0, &l);
      const int n = (int) (fine ? study->fine_size : study->size), middle = n / 2;
      double worst = 0.0, largest = 0.0;
      g_assert_cmpuint (l, ==, 1);
      for (int z = 0; z < n; z++)
        for (int y = 0; y < n; y++)
          for (int x = 0; x < n; x++)
            {
              const size_t v = (size_t) ((z * n + y) * n + x), plane = (size_t) (n * n * n);
              /* m = -1, 0, 1: y, z, x */
              const double f[3] = { column[2 * plane + v], column[v], column[plane + v] };
              const double d[3] = { x - middle, y - middle, z - middle };
              const double cross = hypot (hypot (f[1] * d[2] - f[2] * d[1], f[2] * d[0] - f[0] * d[2]), f[0] * d[1] - f[1] * d[0]);
              worst = fmax (worst, cross);
              largest = fmax (largest, fabs (f[0] * d[0] + f[1] * d[1] + f[2] * d[2]));
            }
      g_test_message ("fine %d: across %.2g of %.2g", fine, worst, largest);
      g_assert_cmpfloat (worst, <, 1e-5 * largest);
    }
  g_test_message ("sampled: cube %.2g, random %.2g; continuous %.2g, %.2g", study->sampled_errors.cube, study->sampled_errors.random,
                  study->continuous_errors.random, study->frequency_errors.random);
  g_assert_cmpfloat (study->sampled_errors.cube, <, 1e-10);
  g_assert_cmpfloat (study->sampled_errors.random, >, 1e-4);
  g_assert_cmpfloat (study->continuous_errors.random, <, 1e-10);

  g_assert_false (sw_kernel_choice_basis (1, 0, 5, SW_BASIS_RULE_COMPROMISE, SW_BASIS_SAMPLED, 999, NULL, &choice, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (sw_kernel_choice_basis (3, 2, 1, SW_BASIS_RULE_COMPROMISE, SW_BASIS_SAMPLED, 0, NULL, &choice, &error));
  g_assert_nonnull (error);
}

/* Every pair of copies of every convolution of a small network, against the dense kernel of the engine. */
static void
test_learned (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  const SwModelRequest request = { .network = "quick", .random = true, .seed = 5 };
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
  g_assert_no_error (error);
  size_t n_kernels = 0;
  double worst = 0.0;
  for (size_t i = 0; i < model->network->n_layers && n_kernels < 120; i++)
    {
      const SwLayer *layer = &model->network->layers[i];
      if (layer->kind != SW_LAYER_CONV)
        continue;
      SwSteerableKernel *kernel = NULL;
      SwError plain = { 0 };
      g_assert_cmpint (sw_steerable_kernel_new (&layer->in, &layer->out, layer->kernel, layer->rule, SW_BASIS_SAMPLED, &kernel, &plain), ==, SW_OK);
      const size_t taps = (size_t) layer->kernel * layer->kernel * layer->kernel;
      const size_t c_in = sw_field_type_dim (&layer->in), c_out = sw_field_type_dim (&layer->out);
      g_autofree real *dense = g_new (real, c_in * c_out * taps), *scratch = g_new (real, sw_steerable_kernel_scratch (kernel) + 1);
      sw_steerable_kernel_build (kernel, model->model->parameters + layer->weight_offset, dense, scratch);
      sw_steerable_kernel_free (kernel);
      size_t channel_out = 0, copy_out = 0;
      for (size_t o = 0; o < layer->out.n_parts; o++)
        for (unsigned a = 0; a < layer->out.parts[o].copies; a++, copy_out++)
          {
            size_t channel_in = 0, copy_in = 0;
            const unsigned n_out = 2 * layer->out.parts[o].l + 1;
            for (size_t p = 0; p < layer->in.n_parts; p++)
              for (unsigned b = 0; b < layer->in.parts[p].copies; b++, copy_in++)
                {
                  const unsigned n_in = 2 * layer->in.parts[p].l + 1;
                  SwKernelChoice choice;
                  if (!sw_kernel_choice_learned (model, i, copy_out, copy_in, &choice, NULL))
                    {
                      channel_in += n_in;
                      continue;
                    }
                  g_autofree double *values = g_new (double, n_out * n_in * taps);
                  g_assert_cmpint (sw_kernel_sample (&choice.spec, choice.kind, choice.weights, values, &plain), ==, SW_OK);
                  for (unsigned m = 0; m < n_out; m++)
                    for (unsigned q = 0; q < n_in; q++)
                      for (size_t t = 0; t < taps; t++)
                        worst = fmax (worst, fabs (values[(m * n_in + q) * taps + t]
                                                   - (double) dense[((channel_out + m) * c_in + channel_in + q) * taps + t]));
                  n_kernels++;
                  channel_in += n_in;
                }
            channel_out += n_out;
          }
    }
  g_test_message ("%u kernels, off by %.2g", (unsigned) n_kernels, worst);
  g_assert_cmpuint (n_kernels, >, 20);
  g_assert_cmpfloat (worst, <, 1e-5);
  SwKernelChoice choice;
  g_assert_false (sw_kernel_choice_learned (model, 0, 999, 0, &choice, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (sw_kernel_choice_learned (model, 10000, 0, 0, &choice, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workbench/kernel-study/basis", test_basis);
  g_test_add_func ("/workbench/kernel-study/learned", test_learned);
  return g_test_run ();
}
