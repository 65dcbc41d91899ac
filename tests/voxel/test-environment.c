/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Environments of residues: what is in them and what is not, cells against a search through all atoms, turned atoms against turned
 * grids, the frame of the backbone. Built twice, for float and double. */
#include <math.h>
#include <string.h>

#include <glib.h>

#include "voxel/environment.h"

#define N 400
#define CHANNELS 16
#define SIZE 12
#define VOXELS (SIZE * SIZE * SIZE)

typedef struct
{
  float positions[N][3];
  uint8_t channels[N], own_channels[N];
  uint32_t residues[N];
  SwEnvironmentAtoms atoms;
  SwEnvironmentCentre centre;
} Data;

static const SwVoxelParams params = { .n_channels = CHANNELS, .size = SIZE, .centre = SIZE / 2, .spacing = 1.6, .sigma = 1.28,
                                      .norm = SW_DENSITY_PEAK, .bandlimited = true, .w_max = 2.2 };

/* Residue 0 in the middle: N, CA, C, O and a side chain of two atoms; further atoms at random. */
static Data *
make_data (void)
{
  static const float own[6][3]
      = { { -0.5f, 1.36f, 0 }, { 0, 0, 0 }, { 1.52f, 0, 0 }, { 2.15f, -1.06f, 0.1f }, { -0.5f, -0.77f, -1.2f }, { 0.1f, -2.1f, -1.5f } };
  Data *data = g_new0 (Data, 1);
  for (int a = 0; a < N; a++)
    {
      for (int i = 0; i < 3; i++)
        data->positions[a][i] = a < 6 ? own[a][i] : (float) g_test_rand_double_range (-14, 14);
      data->residues[a] = a < 6 ? 0 : (uint32_t) (1 + a / 8);
      data->channels[a] = (uint8_t) (a < 4 ? 6 : 6 + a % 10);
      data->own_channels[a] = a == 0 ? 1 : a == 1 ? 0 : a == 2 ? 2 : a == 3 ? 3 : SW_ENVIRONMENT_LEFT_OUT;
    }
  data->atoms = (SwEnvironmentAtoms){ N, (const float (*)[3]) data->positions, data->channels, data->own_channels, data->residues };
  data->centre = (SwEnvironmentCentre){ .own_backbone = true };
  memcpy (data->centre.n, own[0], sizeof own[0]);
  memcpy (data->centre.ca, own[1], sizeof own[1]);
  memcpy (data->centre.c, own[2], sizeof own[2]);
  return data;
}

static size_t
fill (const Data *data, const double *rotation, real *out)
{
  SwEnvironmentCells *cells = NULL;
  SwError error = { 0 };
  size_t n;
  if (sw_environment_cells_new (&data->atoms, &cells, &error) != SW_OK
      || sw_voxelize_environment (&params, cells, &data->centre, rotation, out, &n, &error) != SW_OK)
    g_error ("%s", error.text);
  sw_environment_cells_free (cells);
  return n;
}

static double
mass (const real *grid, size_t channel)
{
  double sum = 0;
  for (size_t v = 0; v < VOXELS; v++)
    sum += (double) grid[channel * VOXELS + v];
  return sum / (pow (2 * M_PI, 1.5) * pow (params.sigma / params.spacing, 3));
}

/* One atom in each channel of the backbone and the two points; the side chain nowhere, wherever it is moved. */
static void
test_contents (void)
{
  g_autofree Data *data = make_data ();
  g_autofree real *grid = g_new (real, CHANNELS * VOXELS), *moved = g_new (real, CHANNELS * VOXELS);
  size_t expected = 4;
  for (int a = 6; a < N; a++)
    expected += hypot (hypot ((double) data->positions[a][0], (double) data->positions[a][1]), (double) data->positions[a][2])
                <= sw_environment_radius (&params);
  g_assert_cmpuint (fill (data, NULL, grid), ==, expected);
  for (size_t c = 0; c < 6; c++)
    g_assert_cmpfloat (fabs (mass (grid, c) - 1), <, 0.01);
  g_assert_cmpfloat (fabs ((double) grid[(SIZE / 2 * SIZE + SIZE / 2) * SIZE + SIZE / 2] - 1), <, 1e-6);
  data->positions[4][0] += 1;
  data->positions[5][2] += 2;
  fill (data, NULL, moved);
  g_assert_cmpmem (grid, CHANNELS * VOXELS * sizeof (real), moved, CHANNELS * VOXELS * sizeof (real));
  /* but not as a neighbour of another */
  data->centre.residue = 1;
  data->centre.own_backbone = false;
  g_assert_cmpuint (fill (data, NULL, grid), >, 0);
  for (size_t c = 0; c < 6; c++)
    g_assert_cmpfloat (mass (grid, c), ==, 0);
}

/* All atoms of the residue are left out without own_backbone. */
static void
test_own_removed (void)
{
  g_autofree Data *data = make_data ();
  g_autofree real *grid = g_new (real, CHANNELS * VOXELS);
  const size_t with = fill (data, NULL, grid);
  data->centre.own_backbone = false;
  g_assert_cmpuint (fill (data, NULL, grid), ==, with - 4);
  for (size_t c = 0; c < 6; c++)
    g_assert_cmpfloat (mass (grid, c), ==, 0);
}

/* A quarter turn of the atoms is one of the grid, voxel by voxel about SIZE / 2 (where that is inside). */
static void
test_turned (void)
{
  const double quarter[9] = { 0, -1, 0, 1, 0, 0, 0, 0, 1 };
  g_autofree Data *data = make_data ();
  g_autofree real *grid = g_new (real, CHANNELS * VOXELS), *turned = g_new (real, CHANNELS * VOXELS);
  double worst = 0;
  fill (data, NULL, grid);
  fill (data, quarter, turned);
  for (size_t c = 0; c < CHANNELS; c++)
    for (int z = 0; z < SIZE; z++)
      for (int y = 1; y < SIZE; y++)
        for (int x = 1; x < SIZE; x++)
          {
            const int m = SIZE / 2, tx = m - (y - m), ty = m + (x - m);
            const double a = (double) grid[((c * SIZE + (size_t) z) * SIZE + (size_t) y) * SIZE + (size_t) x];
            const double b = (double) turned[((c * SIZE + (size_t) z) * SIZE + (size_t) ty) * SIZE + (size_t) tx];
            worst = fmax (worst, fabs (a - b));
          }
  g_test_message ("worst %.3g", worst);
  /* rows begin at a whole voxel: what is cut off is below exp (-cut^2 / 2) */
  g_assert_cmpfloat (worst, <, 30 * exp (-0.5 * SW_ENVIRONMENT_CUT * SW_ENVIRONMENT_CUT) + 1e-5);
}

/* In the frame of the backbone a turned molecule is the same. */
static void
test_frame (void)
{
  const double axis[3] = { 0.36, 0.48, 0.8 }, angle = 1.1, c = cos (angle), s = sin (angle);
  g_autofree Data *data = make_data ();
  g_autofree real *grid = g_new (real, CHANNELS * VOXELS), *turned = g_new (real, CHANNELS * VOXELS);
  double r[9], worst = 0, frame[9];
  data->centre.frame = true;
  fill (data, NULL, grid);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      {
        const int k = 3 - i - j;
        r[3 * i + j] = i == j ? c + (1 - c) * axis[i] * axis[i]
                              : (1 - c) * axis[i] * axis[j] + ((j + 3 - i) % 3 == 1 ? -s : s) * axis[k];
      }
  for (int a = 0; a < N; a++)
    {
      const float *p = data->positions[a];
      float q[3];
      for (int i = 0; i < 3; i++)
        q[i] = (float) (r[3 * i] * (double) p[0] + r[3 * i + 1] * (double) p[1] + r[3 * i + 2] * (double) p[2]);
      memcpy (data->positions[a], q, sizeof q);
    }
  memcpy (data->centre.n, data->positions[0], sizeof data->centre.n);
  memcpy (data->centre.ca, data->positions[1], sizeof data->centre.ca);
  memcpy (data->centre.c, data->positions[2], sizeof data->centre.c);
  fill (data, NULL, turned);
  for (size_t i = 0; i < CHANNELS * VOXELS; i++)
    worst = fmax (worst, fabs ((double) grid[i] - (double) turned[i]));
  g_test_message ("worst %.3g", worst);
  g_assert_cmpfloat (worst, <, 30 * exp (-0.5 * SW_ENVIRONMENT_CUT * SW_ENVIRONMENT_CUT) + 1e-4);
  const double line[3][3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } };
  g_assert_false (sw_environment_frame (line[0], line[1], line[2], frame));
}

static void
test_refused (void)
{
  g_autofree Data *data = make_data ();
  SwEnvironmentCells *cells = NULL;
  SwError error = { 0 };
  data->positions[77][1] = NAN;
  g_assert_cmpint (sw_environment_cells_new (&data->atoms, &cells, &error), !=, SW_OK);
  g_assert_nonnull (strstr (error.text, "77"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/voxel/environment/contents", test_contents);
  g_test_add_func ("/voxel/environment/own-removed", test_own_removed);
  g_test_add_func ("/voxel/environment/turned", test_turned);
  g_test_add_func ("/voxel/environment/frame", test_frame);
  g_test_add_func ("/voxel/environment/refused", test_refused);
  return g_test_run ();
}
