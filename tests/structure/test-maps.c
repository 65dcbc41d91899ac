/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Density maps: made ones against what they were made from, and every file of the shared maps. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/npy.h"
#include "structure/structure.h"
#include "structure/volume.h"

static char *folder, *data;

static SwVolume *
load (const char *file, double spacing)
{
  const SwVolumeOptions options = { spacing };
  g_autofree char *path = g_build_filename (data, file, NULL);
  g_autoptr (GError) error = NULL;
  SwVolume *volume = sw_volume_load (path, &options, NULL, &error);
  if (volume == NULL)
    g_error ("%s", error->message);
  return volume;
}

static float
voxel (const SwVolume *v, size_t x, size_t y, size_t z)
{
  return v->data[(z * v->n[1] + y) * v->n[2] + x];
}

static void
test_write_and_read (void)
{
  g_autofree char *path = g_build_filename (folder, "out.ccp4", NULL);
  const size_t n[3] = { 3, 4, 5 };
  float grid[60];
  /* The second origin is no whole number of voxels. */
  const double origins[2][3] = { { -4, 2, 0 }, { 0.3, -1.7, 2.9 } };
  for (int i = 0; i < 60; i++)
    grid[i] = (float) g_test_rand_double_range (-1, 1);
  for (int o = 0; o < 2; o++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SwVolume) v = NULL;
      g_assert_true (sw_map_write_ccp4 (path, grid, n, 2, origins[o], &error));
      g_assert_no_error (error);
      v = sw_volume_load (path, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpmem (v->n, sizeof v->n, n, sizeof n);
      g_assert_cmpmem (v->data, sizeof grid, grid, sizeof grid);
      g_assert_cmpfloat (fabs (v->spacing - 2), <, 1e-6);
      g_assert_false (v->resampled);
      for (int i = 0; i < 3; i++)
        g_assert_cmpfloat (fabs (v->origin[i] - origins[o][i]), <, 1e-5);
    }
  g_remove (path);
}

/* A broad Gaussian survives a change of grid: finer by interpolation, coarser by smoothing of known width. */
static void
test_resample (void)
{
  g_autofree char *path = g_build_filename (folder, "gauss.ccp4", NULL);
  const size_t n[3] = { 25, 25, 25 };
  const double origin[3] = { -12, -12, -12 };
  g_autofree float *grid = g_new (float, 25 * 25 * 25);
  static const double spacings[] = { 0.8, 2 };
  const double sigma = 3;
  for (int z = 0; z < 25; z++)
    for (int y = 0; y < 25; y++)
      for (int x = 0; x < 25; x++)
        grid[(z * 25 + y) * 25 + x] = (float) exp (-((x - 12) * (x - 12) + (y - 12) * (y - 12) + (z - 12) * (z - 12)) / (2 * sigma * sigma));
  g_assert_true (sw_map_write_ccp4 (path, grid, n, 1, origin, NULL));
  for (int s = 0; s < 2; s++)
    {
      const SwVolumeOptions options = { spacings[s] };
      g_autoptr (GError) error = NULL;
      g_autoptr (SwVolume) v = sw_volume_load (path, &options, NULL, &error);
      /* Smoothing by 0.5 sqrt (q^2 - 1) widens it: variances add. */
      const double q = spacings[s], added = q > 1 ? 0.25 * (q * q - 1) : 0;
      const double wide = sigma * sigma + added, peak = pow (sigma * sigma / wide, 1.5);
      double worst = 0;
      g_assert_no_error (error);
      g_assert_true (v->resampled);
      for (size_t z = 0; z < v->n[0]; z++)
        for (size_t y = 0; y < v->n[1]; y++)
          for (size_t x = 0; x < v->n[2]; x++)
            {
              const double p[3] = { v->origin[0] + x * q, v->origin[1] + y * q, v->origin[2] + z * q };
              const double r = p[0] * p[0] + p[1] * p[1] + p[2] * p[2];
              if (r < 36)
                worst = fmax (worst, fabs (peak * exp (-r / (2 * wide)) - (double) voxel (v, x, y, z)));
            }
      g_test_message ("spacing %g: worst %g of the peak", q, worst);
      g_assert_cmpfloat (worst, <, q > 1 ? 5e-3 : 3e-3);
    }
  g_remove (path);
}

static void
test_npy (void)
{
  g_autofree char *path = g_build_filename (folder, "v.npy", NULL);
  float values[24];
  const size_t shape[4] = { 1, 2, 3, 4 }, flat[2] = { 6, 4 };
  SwNpy array;
  SwError fault;
  g_autoptr (GError) error = NULL;
  g_autoptr (SwVolume) v = NULL;
  for (int i = 0; i < 24; i++)
    values[i] = (float) i;
  array = sw_npy_view_float (values, 4, shape);
  g_assert_cmpint (sw_npy_write (path, &array, &fault), ==, SW_OK);
  v = sw_volume_load (path, &(SwVolumeOptions){ 1.5 }, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (v->n[0], ==, 2);
  g_assert_cmpuint (v->n[2], ==, 4);
  g_assert_cmpfloat (v->spacing, ==, 1.5);
  g_assert_cmpfloat (voxel (v, 3, 2, 1), ==, 23);
  g_assert_cmpfloat (v->mean, ==, 11.5);
  array = sw_npy_view_float (values, 2, flat);
  g_assert_cmpint (sw_npy_write (path, &array, &fault), ==, SW_OK);
  g_assert_null (sw_volume_load (path, NULL, NULL, &error));
  g_assert_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  values[3] = NAN;
  array = sw_npy_view_float (values, 4, shape);
  g_assert_cmpint (sw_npy_write (path, &array, &fault), ==, SW_OK);
  g_assert_null (sw_volume_load (path, NULL, NULL, &error));
  g_assert_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_COORDINATES);
  g_remove (path);
}

/* The same map in four encodings. */
static void
test_encodings (void)
{
  g_autoptr (SwVolume) plain = load ("EMD-3197.map", 0);
  static const struct
  {
    const char *file;
    double scale, allowed; /* file = scale * plain */
  } cases[] = { { "emd_3197.map.gz", 1, 0 },
                { "generated/big_endian.map", 1, 0 },
                { "generated/extended_header.map", 1, 0 },
                { "generated/mode1_int16.map", 1000, 0.51 } };
  g_assert_false (plain->resampled);
  g_assert_cmpfloat (fabs (plain->spacing - 11.4), <, 1e-5);
  g_assert_cmpfloat (fabs (plain->origin[0] + 2 * 11.4), <, 1e-4);
  g_assert_cmpfloat (fabs ((double) plain->max - 5.57674), <, 1e-5);
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      g_autoptr (SwVolume) v = load (cases[c].file, 0);
      g_assert_cmpmem (v->n, sizeof v->n, plain->n, sizeof plain->n);
      for (size_t i = 0; i < 8000; i++)
        g_assert_cmpfloat (fabs ((double) v->data[i] - cases[c].scale * (double) plain->data[i]), <=, cases[c].allowed);
    }
  {
    g_autoptr (SwVolume) v = load ("generated/mode6_uint16.map", 0);
    g_assert_cmpfloat (v->max, ==, 65535);
    g_assert_cmpfloat (v->min, ==, 0);
  }
}

/* Columns, rows and sections along y z x; the values count up in the order of the file. Its cell is not cubic, so it is
 * resampled: the corner voxels fall on points of the map. */
static void
test_axes (void)
{
  g_autoptr (SwVolume) v = load ("iota_yzx.ccp4.gz", 0);
  g_assert_true (v->resampled);
  g_assert_cmpuint (v->source_n[0], ==, 4);
  g_assert_cmpuint (v->source_n[1], ==, 1);
  g_assert_cmpuint (v->source_n[2], ==, 2);
  /* NSTART 20 -3 1 belongs to y z x: x starts at 1 * 150/5, y at 20 * 132/6, z at -3 * 140/7. */
  g_assert_cmpfloat (fabs (v->origin[0] - 30), <, 1e-3);
  g_assert_cmpfloat (fabs (v->origin[1] - 440), <, 1e-3);
  g_assert_cmpfloat (fabs (v->origin[2] + 60), <, 1e-3);
}

static void
test_table (void)
{
  static const struct
  {
    const char *file;
    int code; /* -1: opens */
    const char *fragment;
  } cases[] = {
    { "EMD-3197.map", -1, NULL },
    { "emd_3197.map.gz", -1, NULL },
    { "EMD-3197.map.bz2", SW_STRUCTURE_ERROR_UNSUPPORTED, "bzip2" },
    { "5i55_tiny.ccp4", -1, NULL },
    { "iota_yzx.ccp4.gz", -1, NULL },
    { "h2o-elf-nstart.ccp4.gz", -1, NULL },
    { "h2o-elf-nstart-origin.mrc.gz", -1, NULL },
    { "3pqr-mode0.ccp4.gz", -1, NULL },
    { "3pqr.ccp4.gz", -1, NULL },
    { "test.ccp4", -1, NULL },
    { "1jzv.ccp4.gz", -1, NULL },
    { "test.dx", SW_STRUCTURE_ERROR_UNSUPPORTED, "OpenDX" },
    { "generated/big_endian.map", -1, NULL },
    { "generated/truncated.map", SW_STRUCTURE_ERROR_FORMAT, "cut short" },
    { "generated/header_only.map", SW_STRUCTURE_ERROR_FORMAT, "cut short" },
    { "generated/not_a_map.map", SW_STRUCTURE_ERROR_FORMAT, "neither" },
    { "generated/huge_dimensions.map", SW_STRUCTURE_ERROR_FORMAT, "make no sense" },
    { "generated/negative_dimensions.map", SW_STRUCTURE_ERROR_FORMAT, "make no sense" },
    { "generated/mode1_int16.map", -1, NULL },
    { "generated/mode6_uint16.map", -1, NULL },
    { "generated/extended_header.map", -1, NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_build_filename (data, cases[i].file, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SwVolume) v = sw_volume_load (path, NULL, NULL, &error);
      if (cases[i].code < 0)
        {
          if (v == NULL)
            g_error ("%s", error->message);
          g_assert_cmpfloat (v->spacing, >, 0);
          g_assert_cmpfloat (v->min, <, v->max);
          continue;
        }
      g_assert_null (v);
      if (error->domain != SW_STRUCTURE_ERROR || error->code != cases[i].code
          || strstr (error->message, cases[i].fragment) == NULL || strstr (error->message, cases[i].file) == NULL)
        g_error ("%s: %d %s", cases[i].file, error->code, error->message);
    }
}

int
main (int argc, char **argv)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-maps-XXXXXX", NULL);
  data = g_build_filename (shared != NULL ? shared : "", "maps", NULL);
  g_test_add_func ("/structure/maps/write-and-read", test_write_and_read);
  g_test_add_func ("/structure/maps/resample", test_resample);
  g_test_add_func ("/structure/maps/npy", test_npy);
  if (g_file_test (data, G_FILE_TEST_IS_DIR))
    {
      g_test_add_func ("/structure/maps/encodings", test_encodings);
      g_test_add_func ("/structure/maps/axes", test_axes);
      g_test_add_func ("/structure/maps/table", test_table);
    }
  else
    g_test_message ("no shared data at %s: its maps are not tested", data);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  g_free (data);
  return result;
}
