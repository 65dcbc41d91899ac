/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/kernel-study.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "workbench/error.h"

/* Frequencies with a rotation each. */
#define N_CHECKS 160
#define W_MAX 2.2
#define ROLLOFF 0.8

static void
set_band (SwKernelChoice *choice, const SwLoadedModel *model)
{
  choice->w_max = model != NULL && model->network->w_max > 0.0 ? model->network->w_max : W_MAX;
  choice->rolloff = model != NULL && model->network->rolloff > 0.0 ? model->network->rolloff : ROLLOFF;
}

static bool
init_spec (SwKernelChoice *ret, unsigned l_out, unsigned l_in, unsigned size, SwBasisRule rule, GError **error)
{
  SwError plain = { 0 };
  const SwStatus status = sw_basis_spec_init (&ret->spec, l_out, l_in, size, rule, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return false;
    }
  if (ret->spec.n_elements > 0)
    return true;
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
               _ ("There are no kernels from l = %u to l = %u at size %u: every J is above the limit of its shell; take a larger size"),
               l_in, l_out, size);
  return false;
}

bool
sw_kernel_choice_basis (unsigned l_out,
                        unsigned l_in,
                        unsigned size,
                        SwBasisRule rule,
                        SwBasisKind kind,
                        size_t element,
                        const SwLoadedModel *model,
                        SwKernelChoice *ret,
                        GError **error)
{
  SwKernelChoice choice = { .kind = kind };
  if (!init_spec (&choice, l_out, l_in, size, rule, error))
    return false;
  if (element >= choice.spec.n_elements)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND, _ ("The basis has no element %u; it has %u"),
                   (unsigned) element, (unsigned) choice.spec.n_elements);
      return false;
    }
  choice.weights[element] = 1.0;
  set_band (&choice, model);
  *ret = choice;
  return true;
}

/* Part and copy within the part of a copy in channel order. */
static bool
find_part (const SwFieldType *type, size_t copy, size_t *ret_part, size_t *ret_copy)
{
  for (size_t p = 0; p < type->n_parts; p++)
    {
      if (copy < type->parts[p].copies)
        {
          *ret_part = p;
          *ret_copy = copy;
          return true;
        }
      copy -= type->parts[p].copies;
    }
  return false;
}

bool
sw_kernel_choice_learned (const SwLoadedModel *model,
                          size_t layer,
                          size_t copy_out,
                          size_t copy_in,
                          SwKernelChoice *ret,
                          GError **error)
{
  const SwNetwork *network = model->network;
  SwKernelChoice choice = { .kind = SW_BASIS_SAMPLED };
  size_t part_out, part_in, a, b;
  const SwLayer *conv = layer < network->n_layers ? &network->layers[layer] : NULL;

  if (conv == NULL || conv->kind != SW_LAYER_CONV || !find_part (&conv->out, copy_out, &part_out, &a)
      || !find_part (&conv->in, copy_in, &part_in, &b))
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND, _ ("“%s” has no such steerable kernel"), network->name);
      return false;
    }
  /* Weights: for each output part, each input part: [copies out][copies in][elements] (nn/steerable-kernel.h). */
  size_t offset = conv->weight_offset;
  for (size_t o = 0; o < conv->out.n_parts; o++)
    for (size_t i = 0; i < conv->in.n_parts; i++)
      {
        const SwFieldPart *po = &conv->out.parts[o], *pi = &conv->in.parts[i];
        SwBasisSpec spec;
        SwError plain = { 0 };
        const SwStatus status = sw_basis_spec_init (&spec, po->l, pi->l, conv->kernel, conv->rule, &plain);
        if (status != SW_OK)
          {
            sw_workbench_set_error (error, status, &plain, NULL);
            return false;
          }
        if (o == part_out && i == part_in)
          {
            if (!init_spec (&choice, po->l, pi->l, conv->kernel, conv->rule, error))
              return false;
            const double scale = sqrt ((2.0 * po->l + 1.0) / ((double) spec.n_elements * (double) sw_field_type_copies (&conv->in)));
            const real *weights = model->model->parameters + offset + (a * pi->copies + b) * spec.n_elements;
            for (size_t e = 0; e < spec.n_elements; e++)
              choice.weights[e] = scale * (double) weights[e];
            set_band (&choice, model);
            choice.w_max *= MAX (conv->stride_in, 1); /* of the level's own voxels */
            choice.w_max = fmin (choice.w_max, G_PI);
            *ret = choice;
            return true;
          }
        offset += (size_t) po->copies * pi->copies * spec.n_elements;
      }
  g_assert_not_reached ();
}

static float *
to_float (const double *values, size_t n)
{
  float *ret = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    ret[i] = (float) values[i];
  return ret;
}

SwKernelStudy *
sw_kernel_study_new (const SwKernelChoice *choice, GError **error)
{
  const SwBasisSpec *spec = &choice->spec;
  g_autoptr (SwKernelStudy) study = g_new0 (SwKernelStudy, 1);
  const size_t sides = (2 * spec->l_out + 1) * (2 * spec->l_in + 1);
  SwError plain = { 0 };

  study->l_out = spec->l_out;
  study->l_in = spec->l_in;
  study->size = spec->size;
  study->fine_size = (spec->size - 1) * SW_KERNEL_FINE + 1;
  const size_t n = sides * study->size * study->size * study->size;
  const size_t n_fine = sides * study->fine_size * study->fine_size * study->fine_size;
  g_autofree double *sampled = g_new (double, n), *fine = g_new (double, n_fine);
  SwStatus status = sw_kernel_sample (spec, choice->kind, choice->weights, sampled, &plain);
  if (status == SW_OK)
    status = sw_kernel_sample_bandlimited (spec, choice->weights, choice->rolloff * choice->w_max, choice->w_max, study->fine_size,
                                           1.0 / SW_KERNEL_FINE, fine, &plain);
  if (status == SW_OK)
    status = sw_kernel_check_sampled (spec, choice->kind, choice->weights, choice->w_max, N_CHECKS, 1, &study->sampled_errors, &plain);
  if (status == SW_OK)
    status = sw_kernel_check_continuous (spec, choice->weights, choice->w_max, N_CHECKS, 1, &study->continuous_errors,
                                         &study->frequency_errors, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return NULL;
    }
  study->sampled = to_float (sampled, n);
  study->bandlimited = to_float (fine, n_fine);
  return g_steal_pointer (&study);
}

void
sw_kernel_study_free (SwKernelStudy *study)
{
  if (study == NULL)
    return;
  g_free (study->sampled);
  g_free (study->bandlimited);
  g_free (study);
}

float *
sw_kernel_study_dup_column (const SwKernelStudy *study, bool fine, unsigned m_in, unsigned *ret_l)
{
  const size_t edge = fine ? study->fine_size : study->size, n = edge * edge * edge;
  const float *values = fine ? study->bandlimited : study->sampled;
  const unsigned n_in = 2 * study->l_in + 1, n_out = 2 * study->l_out + 1;

  g_return_val_if_fail (m_in < n_in, NULL);
  if (study->l_out == 0)
    {
      *ret_l = study->l_in;
      return g_memdup2 (values, n_in * n * sizeof *values);
    }
  float *column = g_new (float, n_out * n);
  for (unsigned m = 0; m < n_out; m++)
    memcpy (column + m * n, values + (m * n_in + m_in) * n, n * sizeof *values);
  *ret_l = study->l_out;
  return column;
}
