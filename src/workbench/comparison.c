/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/comparison.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "so3/wigner.h"
#include "workbench/error.h"
#include "workbench/job-private.h"
#include "workbench/samples-private.h"

/* Of the whole field, in relation to the input where that is at hand. */
static bool
is_silent (const SwRunResult *at_identity, int layer)
{
  const float *input = sw_run_result_get_field (at_identity, -1);

  return input != NULL && layer >= 0
         && sw_field_is_silent (sw_run_result_get_field (at_identity, layer),
                                sw_run_layer_n_values (sw_run_result_get_layer (at_identity, layer)),
                                input, sw_run_layer_n_values (&at_identity->input));
}

void
sw_layer_error_set_silent (SwLayerError *ret)
{
  *ret = (SwLayerError){ .silent = true, .error = NAN };
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    ret->error_l[l] = NAN;
}

bool
sw_compare_layer (const SwRunResult *at_identity,
                  const SwRunResult *at_rotation,
                  int layer,
                  size_t n_points,
                  uint64_t seed,
                  SwLayerError *ret,
                  GError **error)
{
  const SwRunLayer *info = sw_run_result_get_layer (at_identity, layer);
  const float *before = sw_run_result_get_field (at_identity, layer);
  const float *after = sw_run_result_get_field (at_rotation, layer);
  SwSamples *samples;
  bool fine;

  g_return_val_if_fail (before != NULL && after != NULL, false);
  g_return_val_if_fail (sw_run_result_get_layer (at_rotation, layer)->size == info->size, false);
  samples = sw_samples_new (info, before, n_points, seed, error);
  if (samples == NULL)
    return false;
  fine = sw_samples_compare (samples, after, at_rotation->rotation, ret, error);
  sw_samples_free (samples);
  if (fine && is_silent (at_identity, layer))
    sw_layer_error_set_silent (ret);
  return fine;
}

double
sw_compare_output (const SwRunResult *at_identity, const SwRunResult *at_rotation)
{
  double difference = 0.0, norm = 0.0;

  for (size_t i = 0; i < at_identity->n_outputs; i++)
    {
      const double p = at_identity->logits[i];
      const double d = (double) at_rotation->logits[i] - p;
      difference += d * d;
      norm += p * p;
    }
  return sqrt (difference / norm);
}

bool
sw_field_copy_locate (const SwFieldType *type, size_t copy, unsigned *ret_l, size_t *ret_channel)
{
  size_t channel = 0;

  for (size_t i = 0; i < type->n_parts; i++)
    {
      const SwFieldPart *part = &type->parts[i];
      if (copy < part->copies)
        {
          *ret_l = part->l;
          *ret_channel = channel + copy * (2 * part->l + 1);
          return true;
        }
      copy -= part->copies;
      channel += part->copies * (2 * part->l + 1);
    }
  return false;
}

/* ---- pictures ---- */

typedef struct
{
  SwFieldPair pair; /* first */
  float *values;    /* three fields, one after the other */
} Pair;

void
sw_field_pair_free (SwFieldPair *pair)
{
  if (pair == NULL)
    return;
  sw_free (((Pair *) pair)->values);
  g_free (pair);
}

/* Largest length of the vectors of 2l+1 components. */
static double
largest_magnitude (const float *field, size_t n_m, size_t n_voxels)
{
  double largest = 0.0;

  for (size_t v = 0; v < n_voxels; v++)
    {
      double sum = 0.0;
      for (size_t m = 0; m < n_m; m++)
        sum += (double) field[m * n_voxels + v] * (double) field[m * n_voxels + v];
      largest = fmax (largest, sum);
    }
  return sqrt (largest);
}

/* fine: f(x) made ready to be turned, where it is known already; else set. */
static SwFieldPair *
make_pair (const SwRunResult *at_identity,
           const SwRunResult *at_rotation,
           int layer,
           size_t copy,
           SwFineGrid **fine,
           GError **error)
{
  const SwRunLayer *info = sw_run_result_get_layer (at_identity, layer);
  const float *before = sw_run_result_get_field (at_identity, layer);
  const float *after = sw_run_result_get_field (at_rotation, layer);
  const size_t n = info->size, n_voxels = n * n * n;
  size_t channel, n_m, count;
  unsigned l;
  float *f, *turned, *difference;
  SwError plain = { 0 };
  SwStatus status = SW_OK;
  Pair *self;

  g_return_val_if_fail (before != NULL && after != NULL, NULL);
  if (!sw_field_copy_locate (&info->fields, copy, &l, &channel))
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND,
                   _ ("Layer “%s” has %zu fields; there is no number %zu."), info->name,
                   sw_field_type_copies (&info->fields), copy);
      return NULL;
    }
  n_m = 2 * l + 1;
  count = n_m * n_voxels;
  self = g_new0 (Pair, 1);
  self->values = sw_alloc (3 * count, sizeof (float));
  if (self->values == NULL)
    {
      g_free (self);
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, info->name);
      return NULL;
    }
  f = self->values;
  turned = f + count;
  difference = turned + count;
  memcpy (f, after + channel * n_voxels, count * sizeof (float));
  if (*fine == NULL)
    status = sw_fine_grid_new (n_m, n, before + channel * n_voxels, fine, &plain);
  if (status == SW_OK && !sw_fine_grid_rotate (*fine, info, l, at_rotation->rotation, turned))
    status = SW_ERROR_MEMORY;
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, info->name);
      sw_field_pair_free (&self->pair);
      return NULL;
    }
  /* What the turned grid does not cover is not known, hence no difference. */
  for (size_t v = 0; v < n_voxels; v++)
    for (size_t m = 0; m < n_m; m++)
      {
        const bool known = !isnan (turned[m * n_voxels + v]);
        difference[m * n_voxels + v]
            = known ? f[m * n_voxels + v] - turned[m * n_voxels + v] : 0.0f;
        if (!known)
          turned[m * n_voxels + v] = 0.0f;
      }
  self->pair
      = (SwFieldPair){ .l = l,
                       .size = n,
                       .spacing = info->spacing,
                       .centre = info->centre,
                       .f_of_rotated = f,
                       .rotated_f = turned,
                       .difference = difference,
                       .magnitude = (float) fmax (largest_magnitude (f, n_m, n_voxels),
                                                  largest_magnitude (turned, n_m, n_voxels)) };
  return &self->pair;
}

SwFieldPair *
sw_field_pair_new (const SwRunResult *at_identity,
                   const SwRunResult *at_rotation,
                   int layer,
                   size_t copy,
                   GError **error)
{
  SwFineGrid *fine = NULL;
  SwFieldPair *pair = make_pair (at_identity, at_rotation, layer, copy, &fine, error);

  sw_fine_grid_free (fine);
  return pair;
}

/* ---- one rotation ---- */

typedef struct
{
  SwComparison comparison; /* first */
  gatomicrefcount count;
} Comparison;

SwComparison *
sw_comparison_ref (SwComparison *comparison)
{
  g_atomic_ref_count_inc (&((Comparison *) comparison)->count);
  return comparison;
}

void
sw_comparison_unref (SwComparison *comparison)
{
  Comparison *self = (Comparison *) comparison;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  sw_run_result_unref (comparison->at_rotation);
  sw_field_pair_free (comparison->pair);
  g_free (self);
}

void
sw_worker_forget_identity (SwWorker *worker)
{
  g_clear_pointer (&worker->identity, sw_run_result_unref);
  g_clear_pointer (&worker->identity_document, sw_document_unref);
  g_clear_pointer (&worker->identity_samples, sw_samples_free);
  g_clear_pointer (&worker->identity_fine, sw_fine_grid_free);
}

static bool
remember_identity (
    SwWorker *worker, SwDocument *document, int layer, const SwProgress *progress, GError **error)
{
  SwRunResult *result;

  if (worker->identity != NULL && worker->identity_document == document
      && worker->identity_layer == layer)
    return true;
  result = sw_worker_run (worker, document, SW_QUAT_IDENTITY, layer, progress, error);
  if (result == NULL)
    return false;
  sw_worker_forget_identity (worker);
  worker->identity = result;
  worker->identity_silent = is_silent (result, layer);
  worker->identity_document = sw_document_ref (document);
  worker->identity_layer = layer;
  return true;
}

/* sw_compare_layer with what does not change with the rotation kept. */
static bool
compare_with_identity (SwWorker *worker,
                       const SwRunResult *at_rotation,
                       int layer,
                       size_t n_points,
                       SwLayerError *ret,
                       GError **error)
{
  if (worker->identity_samples == NULL || worker->identity_n_points != n_points)
    {
      g_clear_pointer (&worker->identity_samples, sw_samples_free);
      worker->identity_samples
          = sw_samples_new (sw_run_result_get_layer (worker->identity, layer),
                            sw_run_result_get_field (worker->identity, layer), n_points, 0, error);
      worker->identity_n_points = n_points;
    }
  if (worker->identity_samples == NULL)
    return false;
  if (worker->identity_silent)
    {
      sw_layer_error_set_silent (ret);
      return true;
    }
  return sw_samples_compare (worker->identity_samples, sw_run_result_get_field (at_rotation, layer),
                             at_rotation->rotation, ret, error);
}

SwComparison *
sw_worker_compare (SwWorker *worker,
                   SwDocument *document,
                   SwQuat rotation,
                   int layer,
                   size_t copy,
                   size_t n_points,
                   const SwProgress *progress,
                   GError **error)
{
  g_autoptr (SwComparison) comparison = NULL;
  Comparison *self;

  if (!remember_identity (worker, document, layer, progress, error))
    return NULL;
  self = g_new0 (Comparison, 1);
  g_atomic_ref_count_init (&self->count);
  comparison = &self->comparison;
  comparison->layer = layer;
  comparison->copy = copy;
  /* Exactly the identity: the same run, which need not be made twice. */
  comparison->at_rotation
      = rotation.w == 1.0 && rotation.x == 0.0 && rotation.y == 0.0 && rotation.z == 0.0
            ? sw_run_result_ref (worker->identity)
            : sw_worker_run (worker, document, rotation, layer, progress, error);
  if (comparison->at_rotation == NULL
      || !compare_with_identity (worker, comparison->at_rotation, layer, n_points,
                                 &comparison->error, error))
    return NULL;
  if (sw_run_result_get_layer (worker->identity, layer)->size > 1)
    {
      if (worker->identity_copy != copy)
        g_clear_pointer (&worker->identity_fine, sw_fine_grid_free);
      worker->identity_copy = copy;
      comparison->pair = make_pair (worker->identity, comparison->at_rotation, layer, copy,
                                    &worker->identity_fine, error);
      if (comparison->pair == NULL)
        return NULL;
    }
  comparison->output_error = sw_compare_output (worker->identity, comparison->at_rotation);
  comparison->class_changed = worker->identity->top != comparison->at_rotation->top;
  return g_steal_pointer (&comparison);
}
