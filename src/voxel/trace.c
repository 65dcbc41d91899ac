/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "voxel/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "voxel/points.h"

#define DEGREE (M_PI / 180.0)
/* Partners farther apart than this weigh less than 1e-4. */
#define PARTNER_REACH 8.5

enum
{
  HELIX,
  STRAND,
  OTHER,
  PARALLEL,
  ANTIPARALLEL,
  VECTORS,              /* two of three components */
  TENSORS = VECTORS + 6 /* two of five */
};

typedef struct
{
  double helix, strand;
  double t[3]; /* direction, zero where the atom stands alone */
} Place;

static double
bell (double t)
{
  return exp (-0.5 * t * t);
}

static double
length (const double v[3])
{
  return sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static double
distance (const double a[3], const double b[3])
{
  const double d[3] = { a[0] - b[0], a[1] - b[1], a[2] - b[2] };
  return length (d);
}

static void
cross (const double a[3], const double b[3], double ret[3])
{
  ret[0] = a[1] * b[2] - a[2] * b[1];
  ret[1] = a[2] * b[0] - a[0] * b[2];
  ret[2] = a[0] * b[1] - a[1] * b[0];
}

static double
dot (const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* IUPAC's sign; 0 for atoms in a line. */
static double
torsion (const double (*x)[3])
{
  double a[3], b[3], c[3], m[3], n[3], across[3];
  for (int k = 0; k < 3; k++)
    {
      a[k] = x[1][k] - x[0][k];
      b[k] = x[2][k] - x[1][k];
      c[k] = x[3][k] - x[2][k];
    }
  cross (a, b, m);
  cross (b, c, n);
  cross (m, n, across);
  return atan2 (dot (across, b), length (b) * dot (m, n));
}

static void
add_quadruple (const double (*x)[3], Place *places)
{
  const double d = distance (x[0], x[3]), t = torsion (x);
  const double helix = bell ((d - 5.1) / 1.0) * bell (remainder (t - 50 * DEGREE, 2 * M_PI) / (25 * DEGREE));
  const double strand = bell ((d - 10.0) / 1.0) * bell (remainder (t + 170 * DEGREE, 2 * M_PI) / (45 * DEGREE));
  for (int k = 0; k < 4; k++)
    {
      places[k].helix += helix;
      places[k].strand += strand;
    }
}

/* An unbroken stretch of n atoms. */
static void
describe_stretch (size_t n, const double (*x)[3], Place *places)
{
  for (size_t i = 0; i + 4 <= n; i++)
    add_quadruple (x + i, places + i);
  for (size_t i = 0; i < n; i++)
    {
      const size_t before = i < 3 ? i : 3, after = n - 1 - i < 3 ? n - 1 - i : 3;
      /* Quadruples start between i - before and i - (3 - after). */
      const size_t count = n < 4 ? 0 : before + after - 2;
      double *t = places[i].t, size;
      if (count > 0)
        {
          places[i].helix /= (double) count;
          places[i].strand /= (double) count;
        }
      for (size_t reach = 1; reach <= 2; reach++)
        {
          const double *from = x[i >= reach ? i - reach : 0], *to = x[i + reach < n ? i + reach : n - 1];
          for (int k = 0; k < 3; k++)
            t[k] += to[k] - from[k];
        }
      size = length (t);
      for (int k = 0; k < 3; k++)
        t[k] = size > 1e-9 ? t[k] / size : 0.0;
    }
}

/* ---- partners: cells of PARTNER_REACH, sorted ---- */

typedef struct
{
  int64_t cell[3];
  size_t atom;
} Filed;

static int
compare_filed (const void *a, const void *b)
{
  const Filed *p = a, *q = b;
  for (int k = 0; k < 3; k++)
    if (p->cell[k] != q->cell[k])
      return p->cell[k] < q->cell[k] ? -1 : 1;
  return p->atom < q->atom ? -1 : p->atom > q->atom;
}

/* First entry that does not lie before the cell. */
static size_t
find_cell (size_t n, const Filed *filed, const int64_t cell[3])
{
  const Filed key = { .cell = { cell[0], cell[1], cell[2] }, .atom = 0 };
  size_t low = 0, high = n;
  while (low < high)
    {
      const size_t middle = low + (high - low) / 2;
      if (compare_filed (&filed[middle], &key) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static void
add_partner (const double (*x)[3], const Place *places, size_t i, size_t j, double partners[2])
{
  const double d = distance (x[i], x[j]);
  const double along = dot (places[i].t, places[j].t);
  if (d < PARTNER_REACH)
    partners[along < 0] += places[j].strand * bell ((d - 5.0) / 0.8) * along * along;
}

static SwStatus
find_partners (size_t n, const double (*x)[3], const Place *places, float *out, SwError *error)
{
  Filed *filed = SW_NEW (Filed, n);
  size_t n_filed = 0;

  if (filed == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to describe %zu C-alpha atoms", n);
  for (size_t i = 0; i < n; i++)
    if (places[i].strand > 1e-3)
      {
        for (int k = 0; k < 3; k++)
          filed[n_filed].cell[k] = (int64_t) floor (x[i][k] / PARTNER_REACH);
        filed[n_filed++].atom = i;
      }
  qsort (filed, n_filed, sizeof *filed, compare_filed);
  for (size_t f = 0; f < n_filed; f++)
    {
      const size_t i = filed[f].atom;
      double partners[2] = { 0, 0 };
      /* A row of three cells along the last axis lies together. */
      for (int row = 0; row < 9; row++)
        {
          const int64_t cell[3] = { filed[f].cell[0] + row / 3 - 1, filed[f].cell[1] + row % 3 - 1, filed[f].cell[2] - 1 };
          for (size_t g = find_cell (n_filed, filed, cell); g < n_filed && filed[g].cell[0] == cell[0]
                                                            && filed[g].cell[1] == cell[1] && filed[g].cell[2] <= cell[2] + 2;
               g++)
            {
              const size_t j = filed[g].atom;
              if ((i > j ? i - j : j - i) >= 3)
                add_partner (x, places, i, j, partners);
            }
        }
      out[i * SW_TRACE_N_CHANNELS + PARALLEL] = (float) (places[i].strand * partners[0]);
      out[i * SW_TRACE_N_CHANNELS + ANTIPARALLEL] = (float) (places[i].strand * partners[1]);
    }
  sw_free (filed);
  return SW_OK;
}

/* Real harmonics m = -l..l of a unit vector, of norm 1 each (so3/README.md without its sqrt ((2l+1)/4pi)). */
static void
write_fields (const Place *place, float *out)
{
  const double x = place->t[0], y = place->t[1], z = place->t[2];
  const double alone = x * x + y * y + z * z > 0 ? 1 : 0, r3 = sqrt (3.0);
  const double first[3] = { y, z, x };
  const double second[5] = { r3 * x * y, r3 * y * z, alone * (1.5 * z * z - 0.5), r3 * x * z, 0.5 * r3 * (x * x - y * y) };
  const double share[2] = { place->helix, place->strand };
  out[HELIX] = (float) place->helix;
  out[STRAND] = (float) place->strand;
  out[OTHER] = (float) (1.0 - place->helix - place->strand);
  for (int kind = 0; kind < 2; kind++)
    {
      for (int m = 0; m < 3; m++)
        out[VECTORS + 3 * kind + m] = (float) (share[kind] * first[m]);
      for (int m = 0; m < 5; m++)
        out[TENSORS + 5 * kind + m] = (float) (share[kind] * second[m]);
    }
}

SwStatus
sw_trace_describe (size_t n, const double (*positions)[3], float *out, SwError *error)
{
  Place *places;
  SwStatus status;

  for (size_t i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      /* Cells are counted in whole numbers. */
      if (!(fabs (positions[i][k]) < 1e12))
        return sw_error_set (error, SW_ERROR_NUMERIC, "C-alpha atom %zu has a position that is not a number, or absurd", i);
  places = SW_NEW0 (Place, n);
  if (places == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory to describe %zu C-alpha atoms", n);
  memset (out, 0, n * SW_TRACE_N_CHANNELS * sizeof *out);
  for (size_t from = 0; from < n;)
    {
      size_t to = from + 1;
      while (to < n && distance (positions[to - 1], positions[to]) < SW_TRACE_BOND)
        to++;
      describe_stretch (to - from, positions + from, places + from);
      from = to;
    }
  for (size_t i = 0; i < n; i++)
    write_fields (&places[i], out + i * SW_TRACE_N_CHANNELS);
  status = find_partners (n, positions, places, out, error);
  sw_free (places);
  return status;
}

typedef struct
{
  double (*positions)[3]; /* [n], turned */
  float *weights;         /* [n][SW_TRACE_N_CHANNELS] */
} Turned;

static void
turned_clear (Turned *turned)
{
  sw_free (turned->positions);
  sw_free (turned->weights);
}

static SwStatus
turned_init (Turned *turned,
             const SwVoxelParams *params,
             size_t n,
             const double (*positions)[3],
             const double *rotation,
             SwError *error)
{
  *turned = (Turned){ .positions = sw_alloc (n, sizeof *turned->positions), .weights = SW_NEW (float, n *SW_TRACE_N_CHANNELS) };
  if (turned->positions == NULL || turned->weights == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for %zu C-alpha atoms", n);
  if (params->n_channels != SW_TRACE_N_CHANNELS)
    return sw_error_set (error, SW_ERROR_INVALID, "a C-alpha trace has %d channels, not %zu", SW_TRACE_N_CHANNELS,
                         params->n_channels);
  for (size_t a = 0; a < n; a++)
    for (int i = 0; i < 3; i++)
      turned->positions[a][i] = rotation == NULL ? positions[a][i]
                                                 : rotation[3 * i] * positions[a][0] + rotation[3 * i + 1] * positions[a][1]
                                                       + rotation[3 * i + 2] * positions[a][2];
  return sw_trace_describe (n, (const double (*)[3]) turned->positions, turned->weights, error);
}

SwStatus
sw_voxelize_trace (const SwVoxelParams *params,
                   size_t n,
                   const double (*positions)[3],
                   const double *rotation,
                   const float *factors,
                   const SwProgress *progress,
                   real *out,
                   SwVoxelReport *ret_report,
                   SwError *error)
{
  Turned turned;
  SwStatus status = turned_init (&turned, params, n, positions, rotation, error);

  for (size_t i = 0; status == SW_OK && factors != NULL && i < n * SW_TRACE_N_CHANNELS; i++)
    turned.weights[i] *= factors[i / SW_TRACE_N_CHANNELS];
  if (status == SW_OK)
    {
      const SwPointArray points
          = { .n_points = n, .positions = (const double (*)[3]) turned.positions, .weights = turned.weights };
      status = sw_voxelize_points (params, &points, progress, out, ret_report, error);
    }
  turned_clear (&turned);
  return status;
}

SwStatus
sw_voxelize_trace_adjoint (const SwVoxelParams *params,
                           size_t n,
                           const double (*positions)[3],
                           const double *rotation,
                           const real *d_out,
                           double *out,
                           SwError *error)
{
  double *d_weights = SW_NEW (double, n *SW_TRACE_N_CHANNELS);
  Turned turned;
  SwStatus status = turned_init (&turned, params, n, positions, rotation, error);

  if (status == SW_OK && d_weights == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for %zu C-alpha atoms", n);
  if (status == SW_OK)
    status = sw_voxelize_points_adjoint (params, n, (const double (*)[3]) turned.positions, d_out, d_weights, error);
  for (size_t a = 0; a < n && status == SW_OK; a++)
    {
      out[a] = 0;
      for (size_t c = 0; c < SW_TRACE_N_CHANNELS; c++)
        out[a] += (double) turned.weights[a * SW_TRACE_N_CHANNELS + c] * d_weights[a * SW_TRACE_N_CHANNELS + c];
    }
  turned_clear (&turned);
  sw_free (d_weights);
  return status;
}
