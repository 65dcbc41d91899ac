/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/batchnorm.h"

#include <math.h>

#include "base/memory.h"

typedef struct
{
  size_t channel, n_m, scalar;
} Field;

static Field
field_at (const SwFieldType *type, size_t index)
{
  size_t channel = 0, scalar = 0;

  for (size_t p = 0; p < type->n_parts; p++)
    {
      const size_t copies = type->parts[p].copies, n_m = 2 * type->parts[p].l + 1;
      if (index < copies)
        return (Field) { .channel = channel + index * n_m, .n_m = n_m, .scalar = scalar + index };
      index -= copies;
      channel += copies * n_m;
      scalar += n_m == 1 ? copies : 0;
    }
  return (Field) { 0 };
}

void
sw_batchnorm_statistics (const SwBatchnormShape *shape,
                         const real *restrict f,
                         real *restrict means,
                         real *restrict variances)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;
  const double total = (double) (shape->n_batch > 0 ? shape->n_batch : 1) * (double) n;

#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (&shape->fields, i);
      double mean = 0, sum = 0;
      if (field.n_m == 1)
        {
          for (size_t b = 0; b < shape->n_batch; b++)
            {
              const real *row = f + (b * dim + field.channel) * n;
#pragma omp simd reduction(+ : mean)
              for (size_t v = 0; v < n; v++)
                mean += (double) row[v];
            }
          mean /= total;
          means[field.scalar] = (real) mean;
        }
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const real *row = f + (b * dim + field.channel) * n;
#pragma omp simd reduction(+ : sum)
          for (size_t v = 0; v < field.n_m * n; v++)
            sum += ((double) row[v] - mean) * ((double) row[v] - mean);
        }
      variances[i] = (real) (sum / total);
    }
}

SwStatus
sw_batchnorm_share_statistics (const SwBatchnormShape *shape,
                               const SwBatchShare *share,
                               real *restrict means,
                               real *restrict variances,
                               SwError *error)
{
  const size_t n_copies = sw_field_type_copies (&shape->fields);
  double *own, *whole; /* [copies] each: means of scalars, then variances */
  SwStatus status;
  if (share == NULL)
    return SW_OK;
  own = SW_NEW0 (double, 2 * n_copies);
  if (own == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the statistics of %zu fields", n_copies);
  whole = own + n_copies;
  const double weight = (double) shape->n_batch / (double) share->n_total;
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (&shape->fields, i);
      if (field.n_m == 1)
        own[i] = (double) means[field.scalar];
      whole[i] = weight * own[i];
    }
  status = sw_batch_share_sum (share, n_copies, whole, error);
  if (status != SW_OK)
    goto out;
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (&shape->fields, i);
      const double d = own[i] - whole[i];
      if (field.n_m == 1)
        means[field.scalar] = (real) whole[i];
      whole[i] = weight * ((double) variances[i] + d * d);
    }
  status = sw_batch_share_sum (share, n_copies, whole, error);
  for (size_t i = 0; i < n_copies && status == SW_OK; i++)
    variances[i] = (real) whole[i];
out:
  sw_free (own);
  return status;
}

void
sw_batchnorm_forward (const SwBatchnormShape *shape,
                      const real *restrict f,
                      const real *restrict means,
                      const real *restrict variances,
                      const real *restrict weight,
                      const real *restrict bias,
                      real *restrict out)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;

#pragma omp parallel for schedule(dynamic)
  for (size_t bi = 0; bi < shape->n_batch * n_copies; bi++)
    {
      const size_t i = bi % n_copies;
      const Field field = field_at (&shape->fields, i);
      const size_t at = (bi / n_copies * dim + field.channel) * n;
      const double factor = (weight != NULL ? (double) weight[i] : 1)
                            / sqrt ((double) variances[i] + shape->epsilon);
      const real scale = (real) factor, mean = field.n_m == 1 ? means[field.scalar] : 0;
      const real shift = bias != NULL ? bias[i] : 0;
      for (size_t v = 0; v < field.n_m * n; v++)
        out[at + v] = (f[at + v] - mean) * scale + shift;
    }
}

SwStatus
sw_batchnorm_backward (const SwBatchnormShape *shape,
                       const real *restrict f,
                       const real *restrict means,
                       const real *restrict variances,
                       const real *restrict weight,
                       bool own,
                       const SwBatchShare *share,
                       const real *restrict d_out,
                       real *restrict d_f,
                       real *restrict d_weight,
                       real *restrict d_bias,
                       SwError *error)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;
  const double total = (double) (share != NULL ? share->n_total : shape->n_batch) * (double) n;
  double *sums = SW_NEW (double, 2 * n_copies), *along = sums + n_copies;
  SwStatus status = SW_OK;

  if (sums == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the gradient of %zu fields", n_copies);
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (&shape->fields, i);
      const double root = 1 / sqrt ((double) variances[i] + shape->epsilon);
      const double mean = field.n_m == 1 ? (double) means[field.scalar] : 0;
      sums[i] = along[i] = 0;
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const size_t at = (b * dim + field.channel) * n;
          for (size_t v = 0; v < field.n_m * n; v++)
            {
              sums[i] += (double) d_out[at + v];
              along[i] += (double) d_out[at + v] * ((double) f[at + v] - mean);
            }
        }
      if (d_bias != NULL)
        d_bias[i] += (real) sums[i];
      if (d_weight != NULL)
        d_weight[i] += (real) (along[i] * root);
    }
  if (own)
    status = sw_batch_share_sum (share, 2 * n_copies, sums, error);
#pragma omp parallel for schedule(dynamic)
  for (size_t i = 0; i < n_copies; i++)
    {
      const Field field = field_at (&shape->fields, i);
      const double root = 1 / sqrt ((double) variances[i] + shape->epsilon);
      const double w = weight != NULL ? (double) weight[i] : 1;
      const double mean = field.n_m == 1 ? (double) means[field.scalar] : 0;
      const real scale = (real) (w * root);
      const real back = own ? (real) (w * root * root * root * along[i] / total) : 0;
      const real back_mean = own && field.n_m == 1 ? (real) (w * root * sums[i] / total) : 0;
      for (size_t b = 0; b < shape->n_batch; b++)
        {
          const size_t at = (b * dim + field.channel) * n;
          for (size_t v = 0; v < field.n_m * n; v++)
            d_f[at + v] += scale * d_out[at + v] - back_mean - back * (f[at + v] - (real) mean);
        }
    }
  sw_free (sums);
  return status;
}

void
sw_batchnorm_backward_statistics (const SwBatchnormShape *shape,
                                  size_t n_total,
                                  const real *restrict f,
                                  const real *restrict means,
                                  const double *restrict d_means,
                                  const double *restrict d_variances,
                                  real *restrict d_f)
{
  const size_t dim = sw_field_type_dim (&shape->fields), n_copies = sw_field_type_copies (&shape->fields);
  const size_t n = shape->n_voxels;
  const double total = (double) n_total * (double) n;

#pragma omp parallel for schedule(dynamic)
  for (size_t bi = 0; bi < shape->n_batch * n_copies; bi++)
    {
      const size_t i = bi % n_copies;
      const Field field = field_at (&shape->fields, i);
      const size_t at = (bi / n_copies * dim + field.channel) * n;
      const real mean = field.n_m == 1 ? means[field.scalar] : 0;
      const real slope = (real) (2 * d_variances[i] / total);
      const real shift = field.n_m == 1 ? (real) (d_means[field.scalar] / total) : 0;
      for (size_t v = 0; v < field.n_m * n; v++)
        d_f[at + v] += slope * (f[at + v] - mean) + shift;
    }
}
