/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "render/glyph-table-private.h"
#include "so3/harmonics.h"

/* Every directed edge once, and its reverse once: closed and consistently turned. */
static void
check_closed (const SwMesh *mesh)
{
  g_autoptr (GHashTable) edges = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  const uint32_t *index = (const uint32_t *) mesh->indices->data;
  g_assert_cmpuint (mesh->indices->len, >, 0);
  for (guint t = 0; t < mesh->indices->len; t += 3)
    for (guint k = 0; k < 3; k++)
      {
        gint64 *key = g_new (gint64, 1);
        *key = (gint64) index[t + k] << 32 | index[t + (k + 1) % 3];
        g_assert_true (g_hash_table_add (edges, key));
      }
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, edges);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const gint64 e = *(gint64 *) key, reverse = (e & 0xffffffff) << 32 | e >> 32;
      g_assert_true (g_hash_table_contains (edges, &reverse));
    }
}

static double
signed_volume (const SwMesh *mesh)
{
  const uint32_t *index = (const uint32_t *) mesh->indices->data;
  double sum = 0.0;
  for (guint t = 0; t < mesh->indices->len; t += 3)
    {
      const float *a = g_array_index (mesh->vertices, SwMeshVertex, index[t]).position;
      const float *b = g_array_index (mesh->vertices, SwMeshVertex, index[t + 1]).position;
      const float *c = g_array_index (mesh->vertices, SwMeshVertex, index[t + 2]).position;
      sum += (double) a[0] * (b[1] * c[2] - b[2] * c[1])
             + (double) a[1] * (b[2] * c[0] - b[0] * c[2])
             + (double) a[2] * (b[0] * c[1] - b[1] * c[0]);
    }
  return sum / 6.0;
}

static void
test_isosurface_closed (void)
{
  static const uint8_t grey[4] = { 128, 128, 128, 255 };
  const SwGridGeometry grid = { .n = { 9, 11, 13 }, .spacing = 0.7, .centre = { 1, 2, 3 } };
  g_autofree float *values = g_new (float, 9 * 11 * 13);
  for (int round = 0; round < 5; round++)
    {
      /* Noise, so that every configuration occurs, also at the border. */
      for (int v = 0; v < 9 * 11 * 13; v++)
        values[v] = (float) g_test_rand_double_range (-1, 1);
      for (int sign = -1; sign <= 1; sign += 2)
        {
          SwMesh mesh = sw_mesh_new ();
          sw_isosurface_build (values, &grid, 0.3 * sign, grey, &mesh);
          check_closed (&mesh);
          g_assert_cmpfloat (signed_volume (&mesh), >, 0.0);
          sw_mesh_clear (&mesh);
        }
    }
}

static void
test_isosurface_sphere (void)
{
  static const uint8_t grey[4] = { 128, 128, 128, 255 };
  const SwGridGeometry grid = { .n = { 40, 40, 40 }, .spacing = 0.5, .centre = { 1, -2, 3 } };
  g_autofree float *values = g_new (float, 40 * 40 * 40);
  for (int v = 0; v < 40 * 40 * 40; v++)
    {
      const double x = (v % 40 - 19.5) * 0.5, y = (v / 40 % 40 - 19.5) * 0.5,
                   z = (v / 1600 - 19.5) * 0.5;
      values[v] = (float) -(10.0 - sqrt (x * x + y * y + z * z));
    }
  for (int sign = -1; sign <= 1; sign += 2)
    {
      for (int v = 0; v < 40 * 40 * 40; v++)
        values[v] = -values[v];
      SwMesh mesh = sw_mesh_new ();
      sw_isosurface_build (values, &grid, -4.0 * sign, grey, &mesh);
      check_closed (&mesh);
      for (guint i = 0; i < mesh.vertices->len; i++)
        {
          const SwMeshVertex *v = &g_array_index (mesh.vertices, SwMeshVertex, i);
          const double d[3] = { v->position[0] - 1.0, v->position[1] + 2.0, v->position[2] - 3.0 };
          const double r = sqrt (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
          g_assert_cmpfloat_with_epsilon (r, 6.0, 0.02);
          g_assert_cmpfloat ((d[0] * v->normal[0] + d[1] * v->normal[1] + d[2] * v->normal[2]) / r,
                             >, 0.995);
        }
      g_assert_cmpfloat_with_epsilon (signed_volume (&mesh) / (4.0 / 3.0 * M_PI * 216.0), 1.0,
                                      0.01);
      sw_mesh_clear (&mesh);
    }
}

static void
test_icosphere (void)
{
  for (unsigned level = 0; level < 5; level++)
    {
      GArray *directions, *indices;
      sw_icosphere (level, &directions, &indices);
      g_assert_cmpuint (directions->len, ==, 10u * (1u << (2 * level)) + 2);
      g_assert_cmpuint (indices->len, ==, 60u * (1u << (2 * level)));
      for (guint i = 0; i < directions->len; i++)
        {
          const float *d = (const float *) directions->data + 3 * i;
          g_assert_cmpfloat_with_epsilon (d[0] * d[0] + d[1] * d[1] + d[2] * d[2], 1.0f, 1e-5f);
        }
      g_array_unref (directions);
      g_array_unref (indices);
    }
}

static void
test_seeds (void)
{
  const size_t n[3] = { 12, 12, 12 }, n_voxels = 12 * 12 * 12;
  g_autofree float *data = g_new (float, 3 * n_voxels);
  for (size_t i = 0; i < 3 * n_voxels; i++)
    data[i] = (float) g_test_rand_double_range (-1, 1);
  data[5] = NAN;
  for (size_t n_max = 1; n_max < 3000; n_max = n_max * 3 + 1)
    {
      SwGlyphSeeds seeds;
      sw_glyph_seeds_init (&seeds, data, 3, n, 0.2, n_max);
      g_assert_cmpuint (seeds.n, <=, n_max);
      g_assert_cmpuint (seeds.n, >, 0);
      for (size_t i = 0; i < seeds.n; i++)
        {
          g_assert_cmpuint (seeds.voxels[i], !=, 5);
          g_assert_cmpfloat (seeds.norms[i], >=, 0.2f);
          g_assert_true (i == 0 || seeds.norms[i] <= seeds.norms[i - 1]);
          for (size_t j = 0; j < i; j++)
            {
              const int a = (int) seeds.voxels[i], b = (int) seeds.voxels[j];
              const double x = a % 12 - b % 12, y = a / 12 % 12 - b / 12 % 12,
                           z = a / 144 - b / 144;
              g_assert_cmpfloat (sqrt (x * x + y * y + z * z), >=, seeds.gap - 1e-6);
            }
        }
      sw_glyph_seeds_clear (&seeds);
    }
}

/* A known tensor gives the known instance, for every row of the table and every l it takes. */
static void
test_instances (void)
{
  for (size_t row = 0; row < sw_glyph_table_length; row++)
    for (unsigned l = sw_glyph_table[row].l_min; l <= sw_glyph_table[row].l_max; l++)
      {
        const SwGlyphKind *kind = &sw_glyph_table[row];
        g_assert_true (sw_glyph_kind (kind->display, l) == kind);
        float data[9];
        double square = 0.0;
        for (unsigned m = 0; m < 2 * l + 1; m++)
          {
            data[m] = (float) g_test_rand_double_range (-1, 1);
            square += data[m] * data[m];
          }
        SwFieldData field = { .l = l, .n_voxels = 1, .data = data };
        field.grid = (SwGridGeometry){ .n = { 1, 1, 1 }, .spacing = 2.0, .centre = { 1, 2, 3 } };
        const SwFieldLook look = { .range_max = sqrt (square), .glyph_scale = 1.0 };
        SwGlyphSeeds seeds;
        sw_glyph_seeds_init (&seeds, data, 2 * l + 1, field.grid.n, 0.0, 10);
        g_assert_cmpuint (seeds.n, ==, 1);
        GArray *made = kind->build (&field, &look, &seeds);
        if (kind->display == SW_DISPLAY_ARROWS)
          {
            const SwArrowInstance *arrow = &g_array_index (made, SwArrowInstance, 0);
            const double unit = 2.0 * 0.9 * 2.0 / sqrt (square);
            g_assert_cmpfloat_with_epsilon (arrow->vector[0], unit * data[2], 1e-5);
            g_assert_cmpfloat_with_epsilon (arrow->vector[1], unit * data[0], 1e-5);
            g_assert_cmpfloat_with_epsilon (arrow->vector[2], unit * data[1], 1e-5);
            g_assert_cmpfloat_with_epsilon (arrow->middle[2], 3.0, 1e-6);
          }
        else
          {
            const SwGlyphInstance *glyph = &g_array_index (made, SwGlyphInstance, 0);
            const double unit = 0.9 * 2.0 / (sqrt (square) * sqrt ((2 * l + 1) / (4 * M_PI)));
            for (unsigned m = 0; m < 2 * l + 1; m++)
              g_assert_cmpfloat_with_epsilon (glyph->coefficients[m], unit * data[m], 1e-5);
            g_assert_cmpfloat_with_epsilon (glyph->position[1], 2.0, 1e-6);
          }
        g_array_unref (made);
        sw_glyph_seeds_clear (&seeds);
      }
}

static void
test_volume_texture (void)
{
  const SwGridGeometry grid = { .n = { 4, 5, 6 }, .spacing = 1.0 };
  float values[4 * 5 * 6] = { 0 };
  const size_t voxel = (2 * 5 + 3) * 6 + 1; /* z 2, y 3, x 1 */
  values[voxel] = -2.0f;
  values[0] = NAN;
  float low[3], high[3];
  g_autofree uint8_t *texels = sw_volume_texture (values, &grid, 2.0, true, 1.0, low, high);
  g_assert_cmpuint (texels[4 * voxel + 3], ==, 0);
  g_assert_cmpuint (texels[4 * (voxel + 2) + 3], ==, 128);
  g_assert_cmpuint (texels[3], ==, 128);
  g_assert_cmpfloat (texels[4 * (voxel - 1)], <, 64); /* falls towards x */
  g_assert_cmpfloat (low[0] * 6, <=, 1.0f);
  g_assert_cmpfloat (high[0] * 6, >=, 2.0f);
  g_assert_cmpfloat (low[2] * 4, <=, 2.0f);
  g_assert_cmpfloat (high[2] * 4, <=, 3.51f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/shapes/isosurface-closed", test_isosurface_closed);
  g_test_add_func ("/render/shapes/isosurface-sphere", test_isosurface_sphere);
  g_test_add_func ("/render/shapes/icosphere", test_icosphere);
  g_test_add_func ("/render/shapes/seeds", test_seeds);
  g_test_add_func ("/render/shapes/instances", test_instances);
  g_test_add_func ("/render/shapes/volume-texture", test_volume_texture);
  return g_test_run ();
}
