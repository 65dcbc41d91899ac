/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/environment.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* angstrom; a ball of 10 angstrom then touches 27 cells at most 64. */
#define CELL_EDGE 6.0
/* Coordinates may lie far apart; cells grow instead of their number. */
#define CELLS_MAX 96
/* Voxels that an atom reaches along an axis: widths of up to 3 voxels. */
#define ROW_MAX 32

struct SwEnvironmentCells
{
  SwEnvironmentAtoms atoms;
  double low[3], edge;
  size_t n[3];
  uint32_t *starts; /* [n cells + 1] */
  uint32_t *order;  /* [n_atoms], atoms of a cell in the order of the input */
};

static size_t
cell_along (const SwEnvironmentCells *cells, int axis, double x)
{
  const double i = floor ((x - cells->low[axis]) / cells->edge);
  return i <= 0 ? 0 : i >= (double) cells->n[axis] ? cells->n[axis] - 1 : (size_t) i;
}

static size_t
cell_of (const SwEnvironmentCells *cells, const float position[3])
{
  const size_t x = cell_along (cells, 0, (double) position[0]);
  const size_t y = cell_along (cells, 1, (double) position[1]), z = cell_along (cells, 2, (double) position[2]);
  return (z * cells->n[1] + y) * cells->n[0] + x;
}

SwStatus
sw_environment_cells_new (const SwEnvironmentAtoms *atoms, SwEnvironmentCells **ret, SwError *error)
{
  double high[3] = { -INFINITY, -INFINITY, -INFINITY };
  SwEnvironmentCells *cells = SW_NEW0 (SwEnvironmentCells, 1);
  size_t n_cells = 1;

  if (cells == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory");
  *cells = (SwEnvironmentCells){ .atoms = *atoms, .low = { INFINITY, INFINITY, INFINITY }, .edge = CELL_EDGE };
  for (size_t a = 0; a < atoms->n_atoms; a++)
    for (int i = 0; i < 3; i++)
      {
        const double x = (double) atoms->positions[a][i];
        if (!isfinite (x))
          {
            sw_free (cells);
            return sw_error_set (error, SW_ERROR_NUMERIC, "atom %zu has a position that is not finite", a);
          }
        cells->low[i] = fmin (cells->low[i], x);
        high[i] = fmax (high[i], x);
      }
  for (int i = 0; i < 3 && atoms->n_atoms > 0; i++)
    cells->edge = fmax (cells->edge, (high[i] - cells->low[i]) / CELLS_MAX);
  for (int i = 0; i < 3; i++)
    {
      cells->n[i] = atoms->n_atoms > 0 ? (size_t) ((high[i] - cells->low[i]) / cells->edge) + 1 : 1;
      n_cells *= cells->n[i];
    }
  cells->starts = SW_NEW0 (uint32_t, n_cells + 1);
  cells->order = SW_NEW (uint32_t, atoms->n_atoms + 1);
  if (cells->starts == NULL || cells->order == NULL)
    {
      sw_environment_cells_free (cells);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the cells of %zu atoms", atoms->n_atoms);
    }
  for (size_t a = 0; a < atoms->n_atoms; a++)
    cells->starts[cell_of (cells, atoms->positions[a]) + 1]++;
  for (size_t c = 0; c < n_cells; c++)
    cells->starts[c + 1] += cells->starts[c];
  /* Filled from behind, so that starts need no copy: each ends as the first of its cell. */
  for (size_t a = atoms->n_atoms; a > 0; a--)
    cells->order[--cells->starts[cell_of (cells, atoms->positions[a - 1]) + 1]] = (uint32_t) (a - 1);
  memmove (cells->starts, cells->starts + 1, n_cells * sizeof *cells->starts);
  cells->starts[n_cells] = (uint32_t) atoms->n_atoms;
  *ret = cells;
  return SW_OK;
}

void
sw_environment_cells_free (SwEnvironmentCells *cells)
{
  if (cells == NULL)
    return;
  sw_free (cells->starts);
  sw_free (cells->order);
  sw_free (cells);
}

double
sw_environment_radius (const SwVoxelParams *params)
{
  return (0.5 * (double) params->size - 1.0) * params->spacing;
}

/* Values of a Gaussian along an axis; the first voxel, which may be negative. */
static int
fill_row (double u, double sigma, int n, real row[ROW_MAX])
{
  const int first = (int) ceil (u - SW_ENVIRONMENT_CUT * sigma);
  const real scale = (real) (-0.5 / (sigma * sigma)), offset = (real) ((double) first - u);
#pragma omp simd
  for (int i = 0; i < n; i++)
    {
      const real t = offset + (real) i;
#ifdef SW_DOUBLE
      row[i] = exp (scale * t * t);
#else
      row[i] = expf (scale * t * t);
#endif
    }
  return first;
}

/* Index of a voxel, or -1 for one beyond the grid. */
static long
voxel_at (int i, size_t size, bool periodic)
{
  const long n = (long) size;
  if (periodic)
    return ((long) i % n + n) % n;
  return i < 0 || i >= n ? -1 : i;
}

static void
add_atom (const SwVoxelParams *params, const double u[3], real *grid)
{
  const double sigma = params->sigma / params->spacing;
  const int width = (int) floor (2.0 * SW_ENVIRONMENT_CUT * sigma) + 1;
  real rows[3][ROW_MAX];
  int first[3];

  for (int i = 0; i < 3; i++)
    first[i] = fill_row (u[i], sigma, width, rows[i]);
  const bool inside = first[0] >= 0 && first[0] + width <= (int) params->size;
  for (int z = 0; z < width; z++)
    {
      const long vz = voxel_at (first[2] + z, params->size, params->bandlimited);
      for (int y = 0; y < width && vz >= 0; y++)
        {
          const long vy = voxel_at (first[1] + y, params->size, params->bandlimited);
          const real weight = rows[2][z] * rows[1][y];
          real *line = grid + (size_t) (vz * (long) params->size + vy) * params->size;
          if (vy < 0)
            continue;
          if (inside)
            {
              real *restrict part = line + first[0];
#pragma omp simd
              for (int x = 0; x < width; x++)
                part[x] += weight * rows[0][x];
            }
          else
            for (int x = 0; x < width; x++)
              {
                const long vx = voxel_at (first[0] + x, params->size, params->bandlimited);
                if (vx >= 0)
                  line[vx] += weight * rows[0][x];
              }
        }
    }
}

static bool
normalize (double v[3])
{
  const double norm = sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  if (!(norm > 1e-6))
    return false;
  for (int i = 0; i < 3; i++)
    v[i] /= norm;
  return true;
}

static void
cross (const double a[3], const double b[3], double ret[3])
{
  for (int i = 0; i < 3; i++)
    ret[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

bool
sw_environment_frame (const double n[3], const double ca[3], const double c[3], double ret_rotation[9])
{
  double x[3], up[3], y[3], z[3], normal[3], dot = 0;

  /* The side chain leaves the plane of N, CA and C, away from the middle of N and C. */
  for (int i = 0; i < 3; i++)
    {
      x[i] = c[i] - n[i];
      up[i] = ca[i] - 0.5 * (n[i] + c[i]);
    }
  if (!normalize (x) || !normalize (up))
    return false;
  cross (x, up, normal);
  if (!normalize (normal))
    return false;
  /* Half a tetrahedron: sin and cos of 54.75 degrees; the sign is that of L-amino acids. */
  for (int i = 0; i < 3; i++)
    z[i] = 0.577 * up[i] + 0.816 * normal[i];
  for (int i = 0; i < 3; i++)
    dot += z[i] * x[i];
  for (int i = 0; i < 3; i++)
    z[i] -= dot * x[i];
  if (!normalize (z))
    return false;
  cross (z, x, y);
  for (int i = 0; i < 3; i++)
    {
      ret_rotation[i] = x[i];
      ret_rotation[3 + i] = y[i];
      ret_rotation[6 + i] = z[i];
    }
  return true;
}

/* The frame of the backbone, then rotation. */
static bool
turn_frame (const SwEnvironmentCentre *centre, const double *rotation, double ret[9])
{
  double n[3], ca[3], c[3], frame[9];
  for (int i = 0; i < 3; i++)
    {
      n[i] = (double) centre->n[i];
      ca[i] = (double) centre->ca[i];
      c[i] = (double) centre->c[i];
    }
  if (!sw_environment_frame (n, ca, c, frame))
    return false;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      {
        ret[3 * i + j] = rotation == NULL ? frame[3 * i + j] : 0;
        for (int k = 0; k < 3 && rotation != NULL; k++)
          ret[3 * i + j] += rotation[3 * i + k] * frame[3 * k + j];
      }
  return true;
}

static void
add_place (const SwVoxelParams *params, const double p[3], const double *rotation, size_t channel, real *out)
{
  double u[3];
  for (int i = 0; i < 3; i++)
    u[i] = (rotation == NULL ? p[i] : rotation[3 * i] * p[0] + rotation[3 * i + 1] * p[1] + rotation[3 * i + 2] * p[2])
               / params->spacing
           + params->centre;
  add_atom (params, u, out + channel * params->size * params->size * params->size);
}

/* C-beta of an L-amino acid relative to CA, from the planes of an ideal backbone (the usual three numbers, angstrom), and the point
 * beyond it. */
static void
add_points (const SwVoxelParams *params, const SwEnvironmentCentre *centre, const double *rotation, real *out)
{
  double b[3], c[3], a[3], p[3];
  for (int i = 0; i < 3; i++)
    {
      b[i] = (double) centre->ca[i] - (double) centre->n[i];
      c[i] = (double) centre->c[i] - (double) centre->ca[i];
    }
  cross (b, c, a);
  for (int i = 0; i < 3; i++)
    p[i] = -0.58273431 * a[i] + 0.56802827 * b[i] - 0.54067466 * c[i];
  if (params->n_channels > SW_ENVIRONMENT_CHANNEL_CB)
    add_place (params, p, rotation, SW_ENVIRONMENT_CHANNEL_CB, out);
  if (!normalize (p) || params->n_channels <= SW_ENVIRONMENT_CHANNEL_SIDE_CHAIN)
    return;
  for (int i = 0; i < 3; i++)
    p[i] *= SW_ENVIRONMENT_SIDE_CHAIN;
  add_place (params, p, rotation, SW_ENVIRONMENT_CHANNEL_SIDE_CHAIN, out);
}

SwStatus
sw_voxelize_environment (const SwVoxelParams *params,
                         const SwEnvironmentCells *cells,
                         const SwEnvironmentCentre *centre,
                         const double *rotation,
                         real *out,
                         size_t *ret_n,
                         SwError *error)
{
  const SwEnvironmentAtoms *atoms = &cells->atoms;
  const double radius = sw_environment_radius (params);
  const size_t n_grid = params->size * params->size * params->size;
  const double middle[3] = { (double) centre->ca[0], (double) centre->ca[1], (double) centre->ca[2] };
  double matrix[9];
  size_t from[3], to[3], n_used = 0;

  if (2.0 * SW_ENVIRONMENT_CUT * params->sigma / params->spacing + 1.0 > ROW_MAX)
    return sw_error_set (error, SW_ERROR_INVALID, "Gaussians of %g voxels are too wide for an environment",
                         params->sigma / params->spacing);
  if (centre->frame && !turn_frame (centre, rotation, matrix))
    return sw_error_set (error, SW_ERROR_INVALID, "N, CA and C of residue %u lie on a line", centre->residue);
  if (centre->frame)
    rotation = matrix;
  memset (out, 0, params->n_channels * n_grid * sizeof (real));
  for (int i = 0; i < 3; i++)
    {
      from[i] = cell_along (cells, i, middle[i] - radius);
      to[i] = cell_along (cells, i, middle[i] + radius);
    }
  for (size_t z = from[2]; z <= to[2]; z++)
    for (size_t y = from[1]; y <= to[1]; y++)
      {
        const size_t row = (z * cells->n[1] + y) * cells->n[0];
        for (uint32_t k = cells->starts[row + from[0]]; k < cells->starts[row + to[0] + 1]; k++)
          {
            const uint32_t a = cells->order[k];
            const bool own = atoms->residues[a] == centre->residue;
            const size_t channel = !own                   ? atoms->channels[a]
                                   : centre->own_backbone ? atoms->own_channels[a]
                                                          : SW_ENVIRONMENT_LEFT_OUT;
            double p[3];
            if (channel >= params->n_channels)
              continue;
            for (int i = 0; i < 3; i++)
              p[i] = (double) atoms->positions[a][i] - middle[i];
            if (p[0] * p[0] + p[1] * p[1] + p[2] * p[2] > radius * radius)
              continue;
            add_place (params, p, rotation, channel, out);
            n_used++;
          }
      }
  if (centre->own_backbone)
    add_points (params, centre, rotation, out);
  if (ret_n != NULL)
    *ret_n = n_used;
  return SW_OK;
}
