/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/interpolate.h"
#include "so3/wigner.h"
#include "workbench/error.h"
#include "workbench/job-private.h"
#include "workbench/samples-private.h"

#define POINTS_DEFAULT 4000
/* Samples lie within this fraction of half the width of the grid. */
#define REACH 0.6
/* Entries of a matrix this close to -1, 0 or 1 make a rotation of the cube. */
#define CUBE_TOLERANCE 1e-9

struct SwSamples
{
  SwFieldType type; /* as the channels transform */
  char name[64];
  size_t n, n_channels, n_points;
  double centre;
  int (*points)[3]; /* [n_points], x y z, voxel indices */
  float *values;    /* [n_channels, n_points] */
};

void
sw_samples_free (SwSamples *samples)
{
  if (samples == NULL)
    return;
  sw_free (samples->points);
  sw_free (samples->values);
  g_free (samples);
}

/* Channels of an ordinary CNN have no type: scalars. */
static SwFieldType
type_of (const SwRunLayer *layer)
{
  return layer->typed ? layer->fields
                      : sw_field_type_single ((unsigned) sw_field_type_dim (&layer->fields), 0);
}

static size_t
voxel_index (size_t n, const int p[3])
{
  return ((size_t) p[2] * n + (size_t) p[1]) * n + (size_t) p[0];
}

/* All voxel centres in the ball, then a seeded choice (the first steps of a Fisher-Yates shuffle).
 */
static void
choose_points (SwSamples *samples, size_t n_wanted, uint64_t seed)
{
  const int n = (int) samples->n;
  const double reach = samples->n > 1 ? REACH * 0.5 * (double) n : 1.0;
  SwRandom random;

  samples->n_points = 0;
  for (int z = 0; z < n; z++)
    for (int y = 0; y < n; y++)
      for (int x = 0; x < n; x++)
        {
          const double d[3] = { x - samples->centre, y - samples->centre, z - samples->centre };
          if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] <= reach * reach)
            {
              int *point = samples->points[samples->n_points++];
              point[0] = x;
              point[1] = y;
              point[2] = z;
            }
        }
  if (samples->n_points <= n_wanted)
    return;
  sw_random_init (&random, seed);
  for (size_t i = 0; i < n_wanted; i++)
    {
      const size_t j = i + sw_random_below (&random, samples->n_points - i);
      int keep[3];
      memcpy (keep, samples->points[i], sizeof keep);
      memcpy (samples->points[i], samples->points[j], sizeof keep);
      memcpy (samples->points[j], keep, sizeof keep);
    }
  samples->n_points = n_wanted;
}

SwSamples *
sw_samples_new (
    const SwRunLayer *layer, const float *field, size_t n_points, uint64_t seed, GError **error)
{
  SwSamples *samples = g_new0 (SwSamples, 1);
  const size_t n_voxels = layer->size * layer->size * layer->size;

  samples->type = type_of (layer);
  g_strlcpy (samples->name, layer->name, sizeof samples->name);
  samples->n = layer->size;
  samples->n_channels = sw_field_type_dim (&samples->type);
  samples->centre = layer->centre;
  samples->points = sw_alloc (n_voxels, sizeof *samples->points);
  if (samples->points != NULL)
    {
      choose_points (samples, n_points > 0 ? n_points : POINTS_DEFAULT, seed);
      samples->values = sw_alloc (samples->n_channels * samples->n_points, sizeof (float));
    }
  if (samples->values == NULL)
    {
      sw_samples_free (samples);
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, layer->name);
      return NULL;
    }
  for (size_t c = 0; c < samples->n_channels; c++)
    for (size_t p = 0; p < samples->n_points; p++)
      samples->values[c * samples->n_points + p]
          = field[c * n_voxels + voxel_index (samples->n, samples->points[p])];
  return samples;
}

static bool
is_cube_rotation (const double matrix[9])
{
  for (int i = 0; i < 9; i++)
    if (fabs (matrix[i] - round (matrix[i])) > CUBE_TOLERANCE)
      return false;
  return true;
}

/* rotated at c + R (y - c): looked up where R permutes voxel centres, else by the Fourier series of
 * the grid. */
static SwStatus
read_turned (const SwSamples *samples,
             const float *rotated,
             const double matrix[9],
             float *out,
             SwError *plain)
{
  const size_t n = samples->n, n_points = samples->n_points;
  const bool exact = n == 1 || is_cube_rotation (matrix);
  double (*points)[3] = sw_alloc (n_points, sizeof *points);
  SwInterpolator *interpolator = NULL;
  SwStatus status = SW_OK;

  if (points == NULL)
    return SW_ERROR_MEMORY;
  for (size_t p = 0; p < n_points; p++)
    {
      const double d[3]
          = { samples->points[p][0] - samples->centre, samples->points[p][1] - samples->centre,
              samples->points[p][2] - samples->centre };
      sw_rotation_apply (matrix, d, points[p]);
      for (int a = 0; a < 3; a++)
        points[p][a] += samples->centre;
    }
  if (exact)
    for (size_t p = 0; p < n_points; p++)
      {
        const int at[3]
            = { n > 1 ? (int) lround (points[p][0]) : 0, n > 1 ? (int) lround (points[p][1]) : 0,
                n > 1 ? (int) lround (points[p][2]) : 0 };
        for (size_t c = 0; c < samples->n_channels; c++)
          out[c * n_points + p] = rotated[c * n * n * n + voxel_index (n, at)];
      }
  else
    {
      status = sw_interpolator_new (samples->n_channels, n, rotated, &interpolator, plain);
      if (status == SW_OK)
        status = sw_interpolator_eval (interpolator, n_points, (const double (*)[3]) points, out,
                                       plain);
      sw_interpolator_free (interpolator);
    }
  sw_free (points);
  return status;
}

/* Sums over all copies of one l; fields of no norm have no error. */
static void
sum_errors (const SwSamples *samples, const float *turned, const float *after, SwLayerError *ret)
{
  double difference[SW_FIELD_L_MAX + 1] = { 0.0 }, norm[SW_FIELD_L_MAX + 1] = { 0.0 };
  double all_difference = 0.0, all_norm = 0.0;
  size_t i = 0;

  for (size_t part = 0; part < samples->type.n_parts; part++)
    {
      const unsigned l = samples->type.parts[part].l;
      const size_t count = samples->type.parts[part].copies * (2 * l + 1) * samples->n_points;
      for (size_t end = i + count; i < end; i++)
        {
          const double d = (double) after[i] - (double) turned[i];
          difference[l] += d * d;
          norm[l] += (double) samples->values[i] * (double) samples->values[i];
        }
    }
  *ret = (SwLayerError){ 0 };
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    {
      ret->error_l[l] = norm[l] > 0.0 ? sqrt (difference[l] / norm[l]) : NAN;
      all_difference += difference[l];
      all_norm += norm[l];
    }
  ret->silent = !(all_norm > 0.0);
  ret->error = ret->silent ? NAN : sqrt (all_difference / all_norm);
}

bool
sw_samples_compare (const SwSamples *samples,
                    const float *rotated,
                    SwQuat rotation,
                    SwLayerError *ret,
                    GError **error)
{
  const size_t count = samples->n_channels * samples->n_points;
  float *turned = sw_alloc (count, sizeof (float)), *after = sw_alloc (count, sizeof (float));
  double matrix[9];
  SwError plain = { 0 };
  SwStatus status = SW_ERROR_MEMORY;

  sw_quat_to_matrix (sw_quat_normalize (rotation), matrix);
  if (turned != NULL && after != NULL)
    {
      sw_wigner_apply_many (&samples->type, matrix, samples->n_points, samples->values, turned);
      status = read_turned (samples, rotated, matrix, after, &plain);
    }
  if (status == SW_OK)
    sum_errors (samples, turned, after, ret);
  else
    sw_workbench_set_error (error, status, &plain, samples->name);
  sw_free (turned);
  sw_free (after);
  return status == SW_OK;
}

static double
mean_square (const float *values, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += (double) values[i] * (double) values[i];
  return n > 0 ? sum / (double) n : 0.0;
}

bool
sw_field_is_silent (const float *field, size_t n_values, const float *input, size_t n_input)
{
  return !(mean_square (field, n_values) > SW_SILENT * SW_SILENT * mean_square (input, n_input));
}

bool
sw_fine_grid_rotate (
    const SwFineGrid *fine, const SwRunLayer *layer, unsigned l, SwQuat rotation, float *out)
{
  const size_t n = layer->size, n_voxels = n * n * n, n_m = 2 * l + 1;
  const SwFieldType type = sw_field_type_single (1, l);
  double (*points)[3] = sw_alloc (n_voxels, sizeof *points);
  float *before = sw_alloc (n_m * n_voxels, sizeof (float));
  const bool enough = points != NULL && before != NULL;
  double matrix[9], inverse[9];

  if (!enough)
    goto end;
  sw_quat_to_matrix (sw_quat_normalize (rotation), matrix);
  sw_rotation_transpose (matrix, inverse);
  for (size_t v = 0; v < n_voxels; v++)
    {
      const double d[3] = { (double) (v % n) - layer->centre, (double) (v / n % n) - layer->centre,
                            (double) (v / n / n) - layer->centre };
      sw_rotation_apply (inverse, d, points[v]);
      for (int a = 0; a < 3; a++)
        points[v][a] += layer->centre;
    }
  sw_fine_grid_eval (fine, n_voxels, (const double (*)[3]) points, before);
  sw_wigner_apply_many (&type, matrix, n_voxels, before, out);
  for (size_t v = 0; v < n_voxels; v++)
    for (int a = 0; a < 3; a++)
      if (points[v][a] < -0.5 || points[v][a] > (double) n - 0.5)
        for (size_t m = 0; m < n_m; m++)
          out[m * n_voxels + v] = NAN;
end:
  sw_free (points);
  sw_free (before);
  return enough;
}

bool
sw_field_rotate (const SwRunLayer *layer,
                 unsigned l,
                 const float *field,
                 SwQuat rotation,
                 float *out,
                 GError **error)
{
  SwFineGrid *fine = NULL;
  SwError plain = { 0 };
  SwStatus status = sw_fine_grid_new (2 * l + 1, layer->size, field, &fine, &plain);

  if (status == SW_OK && !sw_fine_grid_rotate (fine, layer, l, rotation, out))
    status = SW_ERROR_MEMORY;
  sw_fine_grid_free (fine);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, layer->name);
  return status == SW_OK;
}
