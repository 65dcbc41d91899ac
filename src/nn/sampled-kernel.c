/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/sampled-private.h"

#include <math.h>
#include <string.h>

void
sw_sampled_field_of_channel (const SwFieldType *type, size_t c, size_t *copy, size_t *scalar)
{
  size_t n_copies = 0, n_scalars = 0;

  for (size_t p = 0; p < type->n_parts; p++)
    {
      const size_t n_m = 2 * type->parts[p].l + 1, n = type->parts[p].copies;
      if (c < n * n_m)
        {
          *copy = n_copies + c / n_m;
          *scalar = n_m == 1 ? n_scalars + c : SIZE_MAX;
          return;
        }
      c -= n * n_m;
      n_copies += n;
      n_scalars += n_m == 1 ? n : 0;
    }
  *copy = *scalar = SIZE_MAX;
}

real
sw_sampled_normaliser (const SwSampledStep *norm, size_t i, size_t *copy, size_t *scalar, real *mean)
{
  sw_sampled_field_of_channel (&norm->layer->out, i, copy, scalar);
  *mean = *scalar != SIZE_MAX ? norm->means[*scalar] : 0;
  return (real) (1 / sqrt ((double) norm->variances[*copy] + norm->layer->epsilon));
}

void
sw_sampled_build_kernel (SwSampled *engine, SwSampledStep *step)
{
  const SwLayer *layer = step->layer;
  const real *weights = engine->model->parameters + layer->weight_offset;
  const size_t n_taps = (size_t) layer->kernel * layer->kernel * layer->kernel;
  const SwSampledStep *norm = folded_of (engine, step);

  if (step->kernel == NULL)
    {
      memcpy (engine->kernel, weights, step->conv.n_kernel * sizeof (real));
      for (size_t o = 0; o < step->c_out; o++)
        step->bias[o] = layer->n_biases > 0 ? engine->model->parameters[layer->bias_offset + o] : 0;
      return;
    }
  sw_steerable_kernel_build (step->kernel, weights, engine->kernel, engine->scratch);
  memset (step->bias, 0, step->c_out * sizeof (real));
  if (norm == NULL)
    return;
  for (size_t i = 0; i < step->c_in; i++)
    {
      size_t copy, scalar;
      real mean;
      const real root = sw_sampled_normaliser (norm, i, &copy, &scalar, &mean);
      for (size_t o = 0; o < step->c_out; o++)
        {
          real *k = engine->kernel + (o * step->c_in + i) * n_taps;
          size_t copy_out, scalar_out;
          double sum = 0;
          for (size_t t = 0; t < n_taps; t++)
            {
              k[t] *= root;
              sum += (double) k[t];
            }
          sw_sampled_field_of_channel (&layer->out, o, &copy_out, &scalar_out);
          if (scalar_out != SIZE_MAX)
            step->bias[o] -= (real) (sum * (double) mean);
        }
    }
}
