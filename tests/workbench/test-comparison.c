/* SPDX-License-Identifier: GPL-3.0-or-later */
/* f(Rx) beside R f(x) on a field that is known: the gradient and the value of a sum of Gaussians, turned by hand. */
#include <glib.h>
#include <math.h>

#include "workbench/comparison.h"
#include "workbench/samples-private.h"

#define N 24
#define N_VOXELS ((size_t) N * N * N)
#define CENTRE 12.0
#define WIDTH 2.0

static const double points[3][3] = { { 3.0, -1.0, 2.0 }, { -2.5, 2.0, 0.5 }, { 0.5, 1.5, -3.0 } };

/* One scalar and one vector (y, z, x) of the points turned by matrix. */
static float *
make_field (const double matrix[9])
{
  float *field = g_new0 (float, 4 * N_VOXELS);

  for (int p = 0; p < 3; p++)
    {
      double at[3];
      sw_rotation_apply (matrix, points[p], at);
      for (size_t v = 0; v < N_VOXELS; v++)
        {
          const double d[3] = { (double) (v % N) - CENTRE - at[0], (double) (v / N % N) - CENTRE - at[1],
                                (double) (v / N / N) - CENTRE - at[2] };
          const double g = (1.0 + p) * exp (-0.5 * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / (WIDTH * WIDTH));
          field[v] += (float) g;
          field[N_VOXELS + v] += (float) (g * d[1]);
          field[2 * N_VOXELS + v] += (float) (g * d[2]);
          field[3 * N_VOXELS + v] += (float) (g * d[0]);
        }
    }
  return field;
}

static SwRunLayer
make_layer (void)
{
  SwRunLayer layer = { .name = "known", .stage = "known", .kind = "conv", .typed = true, .size = N, .spacing = 1.0,
                       .centre = CENTRE, .has_field = true };
  g_assert_true (sw_field_type_append (&layer.fields, 1, 0));
  g_assert_true (sw_field_type_append (&layer.fields, 1, 1));
  return layer;
}

static SwQuat
random_rotation (void)
{
  SwRandom random;
  sw_random_init (&random, (guint64) g_test_rand_int ());
  return sw_quat_random (&random);
}

/* What is equivariant has no error, but for the tails of the Gaussians beyond the Nyquist frequency and the box. */
static void
test_exact (void)
{
  const SwRunLayer layer = make_layer ();
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  const SwQuat rotation = random_rotation ();
  double matrix[9];
  g_autofree float *before = make_field (identity), *after = NULL;
  SwSamples *samples = sw_samples_new (&layer, before, 500, 1, NULL);
  SwLayerError e;

  sw_quat_to_matrix (rotation, matrix);
  after = make_field (matrix);
  g_assert_true (sw_samples_compare (samples, after, rotation, &e, NULL));
  g_test_message ("error %g, scalars %g, vectors %g", e.error, e.error_l[0], e.error_l[1]);
  g_assert_cmpfloat (e.error, <, 1e-4);
  g_assert_cmpfloat (e.error_l[0], <, 1e-4);
  g_assert_cmpfloat (e.error_l[1], <, 1e-4);
  g_assert_true (isnan (e.error_l[2]));
  sw_samples_free (samples);
}

/* A field that stayed when it should have turned is found out, and so is the wrong D. */
static void
test_wrong (void)
{
  SwRunLayer layer = make_layer ();
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  const double z[3] = { 0, 0, 1 };
  const SwQuat rotation = sw_quat_from_axis_angle (z, 1.0);
  double matrix[9];
  g_autofree float *before = make_field (identity), *after = NULL;
  SwSamples *samples = sw_samples_new (&layer, before, 0, 1, NULL);
  SwLayerError e;

  g_assert_true (sw_samples_compare (samples, before, rotation, &e, NULL));
  g_assert_cmpfloat (e.error_l[0], >, 0.3);
  sw_samples_free (samples);

  sw_quat_to_matrix (rotation, matrix);
  after = make_field (matrix);
  layer.typed = false;
  samples = sw_samples_new (&layer, before, 0, 1, NULL);
  g_assert_true (sw_samples_compare (samples, after, rotation, &e, NULL));
  g_test_message ("vectors taken for scalars: %g", e.error);
  g_assert_cmpfloat (e.error, >, 0.3);
  sw_samples_free (samples);
}

/* All rotations of the cube, by looking voxels up, and the same ones a hair beside them, by interpolation. */
static void
test_cube (void)
{
  const SwRunLayer layer = make_layer ();
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, axis[3] = { 1, 2, 3 };
  g_autofree float *before = make_field (identity);
  SwSamples *samples = sw_samples_new (&layer, before, 500, 1, NULL);
  double worst = 0.0, worst_beside = 0.0;

  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      double matrix[9];
      SwLayerError e;
      SwQuat rotation, beside;
      g_autofree float *after = NULL;

      sw_rotation_cube (i, matrix);
      rotation = sw_quat_from_matrix (matrix);
      after = make_field (matrix);
      g_assert_true (sw_samples_compare (samples, after, rotation, &e, NULL));
      worst = fmax (worst, e.error);
      beside = sw_quat_multiply (sw_quat_from_axis_angle (axis, 1e-6), rotation);
      g_assert_true (sw_samples_compare (samples, after, beside, &e, NULL));
      worst_beside = fmax (worst_beside, e.error);
    }
  g_test_message ("cube %g, a hair beside %g", worst, worst_beside);
  g_assert_cmpfloat (worst, <, 1e-6);
  g_assert_cmpfloat (worst_beside, <, 1e-4);
  sw_samples_free (samples);
}

static void
test_whole_field (void)
{
  const SwRunLayer layer = make_layer ();
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  const SwQuat rotation = random_rotation ();
  double matrix[9], difference = 0.0, norm = 0.0;
  g_autofree float *before = make_field (identity), *after = NULL, *turned = g_new (float, 3 * N_VOXELS);

  sw_quat_to_matrix (rotation, matrix);
  after = make_field (matrix);
  g_assert_true (sw_field_rotate (&layer, 1, before + N_VOXELS, rotation, turned, NULL));
  for (size_t i = 0; i < 3 * N_VOXELS; i++)
    if (!isnan (turned[i]))
      {
        difference += pow ((double) (turned[i] - after[N_VOXELS + i]), 2.0);
        norm += pow ((double) after[N_VOXELS + i], 2.0);
      }
  g_test_message ("whole field %g", sqrt (difference / norm));
  g_assert_cmpfloat (sqrt (difference / norm), <, 1e-3);
}

static void
test_copies (void)
{
  SwFieldType type;
  unsigned l;
  size_t channel;

  g_assert_cmpint (sw_field_type_parse ("2x0+3x1+1x2", &type, NULL), ==, SW_OK);
  g_assert_true (sw_field_copy_locate (&type, 1, &l, &channel));
  g_assert_cmpuint (l, ==, 0);
  g_assert_cmpuint (channel, ==, 1);
  g_assert_true (sw_field_copy_locate (&type, 4, &l, &channel));
  g_assert_cmpuint (l, ==, 1);
  g_assert_cmpuint (channel, ==, 8);
  g_assert_true (sw_field_copy_locate (&type, 5, &l, &channel));
  g_assert_cmpuint (l, ==, 2);
  g_assert_cmpuint (channel, ==, 11);
  g_assert_false (sw_field_copy_locate (&type, 6, &l, &channel));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workbench/comparison/exact", test_exact);
  g_test_add_func ("/workbench/comparison/wrong", test_wrong);
  g_test_add_func ("/workbench/comparison/cube", test_cube);
  g_test_add_func ("/workbench/comparison/whole-field", test_whole_field);
  g_test_add_func ("/workbench/comparison/copies", test_copies);
  return g_test_run ();
}
