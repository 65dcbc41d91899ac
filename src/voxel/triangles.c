/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/triangles.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "voxel/points.h"

#define POINTS_PER_VOXEL 1.0
#define POINTS_MIN 1024
#define POINTS_MAX 40000
/* From here on, a transform for each channel takes less time than the direct sum. */
#define POINTS_DIRECT 2000

static void
cross (const double *a, const double *b, const double *c, double ret[3])
{
  for (int i = 0; i < 3; i++)
    {
      const int j = (i + 1) % 3, k = (i + 2) % 3;
      ret[i] = (b[j] - a[j]) * (c[k] - a[k]) - (b[k] - a[k]) * (c[j] - a[j]);
    }
}

static double
length (const double v[3])
{
  return sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

SwStatus
sw_triangles_measure (const SwTriangleArray *array, SwTriangleFrame *ret, SwError *error)
{
  SwTriangleFrame frame = { 0 };
  double largest = 0;

  for (size_t t = 0; t < array->n_triangles; t++)
    {
      const double *p[3];
      double normal[3], area;
      for (int c = 0; c < 3; c++)
        {
          p[c] = array->vertices[array->triangles[t][c]];
          for (int i = 0; i < 3; i++)
            if (!isfinite (p[c][i]))
              return sw_error_set (error, SW_ERROR_NUMERIC, "triangle %zu has a corner that is not a number", t);
        }
      cross (p[0], p[1], p[2], normal);
      area = 0.5 * length (normal);
      frame.area += area;
      for (int i = 0; i < 3; i++)
        frame.centre[i] += area * (p[0][i] + p[1][i] + p[2][i]) / 3;
    }
  if (!(frame.area > 0) || !isfinite (frame.area))
    return sw_error_set (error, SW_ERROR_INVALID, "the triangles have no area that could be computed with");
  for (int i = 0; i < 3; i++)
    frame.centre[i] /= frame.area;
  for (size_t t = 0; t < array->n_triangles; t++)
    for (int c = 0; c < 3; c++)
      {
        double d[3], squared = 0;
        for (int i = 0; i < 3; i++)
          {
            d[i] = array->vertices[array->triangles[t][c]][i] - frame.centre[i];
            squared += d[i] * d[i];
          }
        largest = fmax (largest, squared);
      }
  frame.radius = sqrt (largest);
  if (!(frame.radius > 0) || !isfinite (frame.radius))
    return sw_error_set (error, SW_ERROR_INVALID, "the triangles have no extent that could be computed with");
  *ret = frame;
  return SW_OK;
}

/* ---- points ---- */

size_t
sw_surface_points_enough (const SwTriangleFrame *frame, double spacing)
{
  const double scale = SW_SURFACE_RADIUS / frame->radius / spacing;
  return (size_t) fmin (fmax (POINTS_PER_VOXEL * frame->area * scale * scale, POINTS_MIN), POINTS_MAX);
}

/* Digits of n in a base, mirrored at the point. */
static double
van_der_corput (size_t n, unsigned base)
{
  double sum = 0, digit = 1.0 / base;
  for (; n > 0; n /= base, digit /= base)
    sum += digit * (double) (n % base);
  return sum;
}

SwStatus
sw_surface_points_init (SwSurfacePoints *points,
                        const SwTriangleArray *array,
                        const SwTriangleFrame *frame,
                        size_t n,
                        SwError *error)
{
  const double scale = SW_SURFACE_RADIUS / frame->radius;
  double sum = 0;
  size_t done = 0;

  *points = (SwSurfacePoints){ .n = n, .area = frame->area * scale * scale / (double) n };
  points->positions = sw_alloc (n, sizeof *points->positions);
  points->normals = sw_alloc (n, sizeof *points->normals);
  if (points->positions == NULL || points->normals == NULL)
    {
      sw_surface_points_clear (points);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for %zu points of a surface", n);
    }
  for (size_t t = 0; t < array->n_triangles; t++)
    {
      const double *a = array->vertices[array->triangles[t][0]], *b = array->vertices[array->triangles[t][1]],
                   *c = array->vertices[array->triangles[t][2]];
      double normal[3], twice;
      cross (a, b, c, normal);
      twice = length (normal);
      sum += 0.5 * twice;
      /* Point i stands at the middle of the i-th n-th part of the area; what rounding leaves goes to the last triangle. */
      while (done < n && (((double) done + 0.5) / (double) n * frame->area < sum || t + 1 == array->n_triangles))
        {
          const double u = van_der_corput (done + 1, 2), v = van_der_corput (done + 1, 3), root = sqrt (u);
          for (int i = 0; i < 3; i++)
            {
              const double x = (1 - root) * a[i] + root * (1 - v) * b[i] + root * v * c[i];
              points->positions[done][i] = (x - frame->centre[i]) * scale;
              points->normals[done][i] = twice > 0 ? (float) (normal[i] / twice) : 0;
            }
          done++;
        }
    }
  return SW_OK;
}

void
sw_surface_points_clear (SwSurfacePoints *points)
{
  sw_free (points->positions);
  sw_free (points->normals);
  *points = (SwSurfacePoints){ 0 };
}

/* ---- density ---- */

static void
turn (const double *r, const double x[3], double ret[3])
{
  for (int i = 0; i < 3; i++)
    ret[i] = r == NULL ? x[i] : r[3 * i] * x[0] + r[3 * i + 1] * x[1] + r[3 * i + 2] * x[2];
}

/* 1 and Y_2 (so3/README.md), times the point's area. */
static void
describe (const double n[3], double area, float *out)
{
  const double s = sqrt (3.0);
  out[0] = (float) area;
  out[1] = (float) (area * s * n[0] * n[1]);
  out[2] = (float) (area * s * n[1] * n[2]);
  out[3] = (float) (area * (1.5 * n[2] * n[2] - 0.5));
  out[4] = (float) (area * s * n[0] * n[2]);
  out[5] = (float) (area * 0.5 * s * (n[0] * n[0] - n[1] * n[1]));
}

SwStatus
sw_voxelize_surface (const SwVoxelParams *given,
                     const SwSurfacePoints *points,
                     const double *rotation,
                     const SwProgress *progress,
                     real *out,
                     SwVoxelReport *ret_report,
                     SwError *error)
{
  SwVoxelParams params = *given;
  const size_t n = points->n, n_channels = params.n_channels;
  const double area = points->area / (params.spacing * params.spacing);
  double (*positions)[3] = NULL;
  float *weights = NULL;
  SwStatus status = sw_voxel_params_check (&params, error);

  if (status == SW_OK && n_channels != 1 && n_channels != SW_SURFACE_N_CHANNELS)
    status = sw_error_set (error, SW_ERROR_INVALID, "a surface has 1 or %d channels, not %zu", SW_SURFACE_N_CHANNELS, n_channels);
  for (int i = 0; status == SW_OK && rotation != NULL && i < 9; i++)
    if (!isfinite (rotation[i]))
      status = sw_error_set (error, SW_ERROR_NUMERIC, "the rotation has an element that is not a number");
  if (status != SW_OK)
    return status;
  params.norm = SW_DENSITY_UNIT_MASS;
  positions = sw_alloc (n, sizeof *positions);
  weights = SW_NEW (float, n *n_channels);
  if (positions == NULL || weights == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for %zu points of a surface", n);
  const bool direct = n_channels > 1 && n <= POINTS_DIRECT;
  for (size_t p = 0; p < n && status == SW_OK; p++)
    {
      const double own[3] = { (double) points->normals[p][0], (double) points->normals[p][1], (double) points->normals[p][2] };
      double normal[3];
      float numbers[SW_SURFACE_N_CHANNELS];
      turn (rotation, points->positions[p], positions[p]);
      turn (rotation, own, normal);
      describe (normal, area, numbers);
      for (size_t c = 0; c < n_channels; c++)
        weights[direct ? p * n_channels + c : c * n + p] = numbers[c];
    }
  if (status == SW_OK && direct)
    {
      const SwPointArray array = { .n_points = n, .positions = (const double (*)[3]) positions, .weights = weights };
      status = sw_voxelize_points (&params, &array, progress, out, ret_report, error);
    }
  params.n_channels = 1;
  for (size_t c = 0; c < n_channels && status == SW_OK && !direct; c++)
    {
      const SwAtomArray atoms = { .n_atoms = n, .positions = (const double (*)[3]) positions, .weights = weights + c * n };
      status = sw_voxelize (&params, &atoms, NULL, progress, out + c * params.size * params.size * params.size, ret_report, error);
    }
  sw_free (positions);
  sw_free (weights);
  return status;
}

/* ---- occupancy ---- */

typedef struct
{
  size_t n;             /* fine voxels along an edge */
  unsigned char *cells; /* [n, n, n] */
} Grid;

/* Does the cube around centre c of half edge h touch the triangle? Akenine-Moeller's separating axes. corners: fine voxels. */
static bool
touches (const double corners[3][3], const double normal[3], const double c[3], double h)
{
  double p[3][3], distance = 0, reach = 0;

  for (int v = 0; v < 3; v++)
    for (int i = 0; i < 3; i++)
      p[v][i] = corners[v][i] - c[i];
  for (int i = 0; i < 3; i++)
    {
      if (fmin (fmin (p[0][i], p[1][i]), p[2][i]) > h || fmax (fmax (p[0][i], p[1][i]), p[2][i]) < -h)
        return false;
      distance += normal[i] * p[0][i];
      reach += fabs (normal[i]);
    }
  if (fabs (distance) > reach * h)
    return false;
  for (int v = 0; v < 3; v++)
    {
      const double *a = p[v], *b = p[(v + 1) % 3], *q = p[(v + 2) % 3];
      for (int i = 0; i < 3; i++)
        {
          /* edge x unit vector i */
          const int j = (i + 1) % 3, k = (i + 2) % 3;
          const double e_j = b[j] - a[j], e_k = b[k] - a[k];
          const double s = e_j * a[k] - e_k * a[j], t = e_j * q[k] - e_k * q[j], r = h * (fabs (e_j) + fabs (e_k));
          if (fmin (s, t) > r || fmax (s, t) < -r)
            return false;
        }
    }
  return true;
}

/* Halves the cube of edge 2^level at corner x y z until it is a voxel. */
static void
descend (Grid *grid, const double corners[3][3], const double normal[3], unsigned level, const size_t at[3])
{
  const double half = 0.5 * (double) ((size_t) 1 << level);
  const double centre[3] = { (double) at[0] + half, (double) at[1] + half, (double) at[2] + half };

  if (at[0] >= grid->n || at[1] >= grid->n || at[2] >= grid->n || !touches (corners, normal, centre, half))
    return;
  if (level == 0)
    {
      unsigned char *cell = &grid->cells[(at[2] * grid->n + at[1]) * grid->n + at[0]];
#pragma omp atomic write
      *cell = 1;
      return;
    }
  for (unsigned child = 0; child < 8; child++)
    {
      const size_t step = (size_t) 1 << (level - 1);
      const size_t below[3] = { at[0] + (child & 1 ? step : 0), at[1] + (child & 2 ? step : 0), at[2] + (child & 4 ? step : 0) };
      descend (grid, corners, normal, level - 1, below);
    }
}

static void
add_triangle (Grid *grid, const double corners[3][3])
{
  double normal[3], low[3], high[3];
  size_t first[3];
  unsigned level = 0;

  cross (corners[0], corners[1], corners[2], normal);
  for (int i = 0; i < 3; i++)
    {
      low[i] = fmin (fmin (corners[0][i], corners[1][i]), corners[2][i]);
      high[i] = fmax (fmax (corners[0][i], corners[1][i]), corners[2][i]);
      /* what lies on the faces of the grid counts */
      low[i] = fmax (low[i] - 1e-6, 0);
      high[i] = fmin (high[i] + 1e-6, (double) grid->n - 0.5);
      if (low[i] > high[i])
        return;
    }
  /* The smallest cubes, two along each axis at most, that cover its box. */
  while ((size_t) 1 << level < grid->n
         && ((size_t) high[0] >> level > ((size_t) low[0] >> level) + 1 || (size_t) high[1] >> level > ((size_t) low[1] >> level) + 1
             || (size_t) high[2] >> level > ((size_t) low[2] >> level) + 1))
    level++;
  for (int i = 0; i < 3; i++)
    first[i] = (size_t) low[i] >> level << level;
  for (unsigned child = 0; child < 8; child++)
    {
      const size_t step = (size_t) 1 << level;
      const size_t at[3] = { first[0] + (child & 1 ? step : 0), first[1] + (child & 2 ? step : 0), first[2] + (child & 4 ? step : 0) };
      descend (grid, corners, normal, level, at);
    }
}

/* x -> (R x) * scale + shift, in fine voxels from the corner of the grid. */
static double
fit (const SwVoxelParams *params,
     const SwTriangleArray *array,
     const SwTriangleFrame *frame,
     const double *rotation,
     SwSurfaceScale scale,
     double ret_shift[3])
{
  double low[3] = { HUGE_VAL, HUGE_VAL, HUGE_VAL }, high[3] = { -HUGE_VAL, -HUGE_VAL, -HUGE_VAL }, longest = 0, factor;

  if (scale == SW_SCALE_SPHERE)
    {
      double centre[3];
      factor = 2 * SW_SURFACE_RADIUS / frame->radius / params->spacing;
      turn (rotation, frame->centre, centre);
      for (int i = 0; i < 3; i++)
        ret_shift[i] = 2 * (params->centre + 0.5) - factor * centre[i];
      return factor;
    }
  for (size_t t = 0; t < array->n_triangles; t++)
    for (int c = 0; c < 3; c++)
      {
        double x[3];
        turn (rotation, array->vertices[array->triangles[t][c]], x);
        for (int i = 0; i < 3; i++)
          {
            low[i] = fmin (low[i], x[i]);
            high[i] = fmax (high[i], x[i]);
          }
      }
  for (int i = 0; i < 3; i++)
    longest = fmax (longest, high[i] - low[i]);
  factor = 2 * (double) params->size / longest;
  for (int i = 0; i < 3; i++)
    ret_shift[i] = (double) params->size - factor * 0.5 * (low[i] + high[i]);
  return factor;
}

SwStatus
sw_voxelize_occupancy (const SwVoxelParams *params,
                       const SwTriangleArray *array,
                       const SwTriangleFrame *frame,
                       const double *rotation,
                       SwSurfaceScale scale,
                       real *out,
                       SwError *error)
{
  const size_t n = params->size;
  Grid grid = { .n = 2 * n };
  double shift[3], factor;

  if (n == 0 || n > 1024)
    return sw_error_set (error, SW_ERROR_INVALID, "a surface is put on a grid of 1 to 1024 voxels along an edge, not %zu", n);
  grid.cells = sw_alloc0 (grid.n * grid.n * grid.n, 1);
  if (grid.cells == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a grid of %zu voxels along an edge", grid.n);
  factor = fit (params, array, frame, rotation, scale, shift);
#pragma omp parallel for schedule(dynamic, 256)
  for (size_t t = 0; t < array->n_triangles; t++)
    {
      double corners[3][3];
      for (int c = 0; c < 3; c++)
        {
          turn (rotation, array->vertices[array->triangles[t][c]], corners[c]);
          for (int i = 0; i < 3; i++)
            corners[c][i] = corners[c][i] * factor + shift[i];
        }
      add_triangle (&grid, (const double (*)[3]) corners);
    }
#pragma omp parallel for
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        {
          unsigned count = 0;
          for (unsigned k = 0; k < 8; k++)
            count += grid.cells[((2 * z + (k >> 2)) * grid.n + 2 * y + (k >> 1 & 1)) * grid.n + 2 * x + (k & 1)];
          out[(z * n + y) * n + x] = (real) count / 8;
        }
  sw_free (grid.cells);
  return SW_OK;
}
