/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/conv3d.h, by sums and by Fourier transforms, against seven plain loops, and its two backward passes as adjoints. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/conv3d.h"

typedef struct
{
  SwConv3dPlan plan;
  real *in, *kernel, *bias, *out;
} Case;

static real *
random_array (SwRandom *random, size_t n)
{
  real *a = SW_NEW (real, n);
  for (size_t i = 0; i < n; i++)
    a[i] = (real) sw_random_normal (random);
  return a;
}

static void
case_init (Case *c, const SwConv3dShape *shape, SwRandom *random)
{
  SwError error;

  if (sw_conv3d_plan (shape, &c->plan, &error) != SW_OK)
    g_error ("%s", error.text);
  const size_t n = shape->size, m = c->plan.size_out;
  const size_t b = c->plan.shape.n_batch;
  c->in = random_array (random, b * shape->c_in * n * n * n);
  c->kernel = random_array (random, c->plan.n_kernel);
  c->bias = random_array (random, shape->c_out);
  c->out = SW_NEW (real, b * shape->c_out * m * m * m);
  real *packed = SW_NEW (real, c->plan.n_packed), *scratch = SW_NEW (real, c->plan.n_scratch);
  /* whatever scratch held must not matter */
  for (size_t i = 0; i < c->plan.n_scratch; i++)
    scratch[i] = (real) NAN;
  sw_conv3d_pack (&c->plan, c->kernel, packed);
  sw_conv3d_forward (&c->plan, b, c->in, packed, c->bias, c->out, scratch);
  sw_free (packed);
  sw_free (scratch);
}

static void
case_clear (Case *c)
{
  sw_conv3d_plan_clear (&c->plan);
  sw_free (c->in);
  sw_free (c->kernel);
  sw_free (c->bias);
  sw_free (c->out);
}

/* Of large outputs so many rows are looked at. */
#define N_ROWS 300

/* The greatest difference from the plain sum: by sums, in units of what rounding of its terms allows; by transforms, which
 * mix all voxels, of the root mean square. */
static double
distance_to_loop (const Case *c, SwRandom *random)
{
  const SwConv3dShape *s = &c->plan.shape;
  const ptrdiff_t n = (ptrdiff_t) s->size, m = (ptrdiff_t) c->plan.size_out, k = (ptrdiff_t) s->kernel;
  const ptrdiff_t n_lines = (ptrdiff_t) (s->n_batch * s->c_out) * m * m;
  const ptrdiff_t n_rows = n_lines < N_ROWS ? n_lines : N_ROWS;
  double worst = 0, worst_difference = 0, squares = 0;

  for (ptrdiff_t row = 0; row < n_rows; row++)
    {
      const ptrdiff_t line = n_rows == n_lines ? row : (ptrdiff_t) (sw_random_uniform (random) * (double) n_lines);
      const ptrdiff_t y = line % m, z = line / m % m, o = line / m / m % (ptrdiff_t) s->c_out;
      const ptrdiff_t b = line / m / m / (ptrdiff_t) s->c_out;
      for (ptrdiff_t x = 0; x < m; x++)
        {
          long double sum = (long double) c->bias[o];
          double size = (double) fabsl (sum);
          for (ptrdiff_t i = 0; i < (ptrdiff_t) s->c_in; i++)
            for (ptrdiff_t t = 0; t < k * k * k; t++)
              {
                const ptrdiff_t zi = z * (ptrdiff_t) s->stride + t / k / k - (ptrdiff_t) s->padding;
                const ptrdiff_t yi = y * (ptrdiff_t) s->stride + t / k % k - (ptrdiff_t) s->padding;
                const ptrdiff_t xi = x * (ptrdiff_t) s->stride + t % k - (ptrdiff_t) s->padding;
                if (zi < 0 || yi < 0 || xi < 0 || zi >= n || yi >= n || xi >= n)
                  continue;
                const long double term = (long double) c->kernel[(o * (ptrdiff_t) s->c_in + i) * k * k * k + t]
                                    * (long double) c->in[(((b * (ptrdiff_t) s->c_in + i) * n + zi) * n + yi) * n + xi];
                sum += term;
                size += fabs ((double) term);
              }
          const double d = fabs ((double) ((long double) c->out[line * m + x] - sum));
          if (!(d / size <= worst))
            worst = d / size;
          if (!(d <= worst_difference))
            worst_difference = d;
          squares += (double) (sum * sum);
        }
    }
  const double rms = sqrt (squares / (double) (n_rows * m));
  return (c->plan.by_fourier ? worst_difference / rms : worst) / (double) SW_EPS;
}

static double
dot (const real *a, const real *b, size_t n, double *size)
{
  double sum = 0;
  *size = 0;
  for (size_t i = 0; i < n; i++)
    {
      sum += (double) a[i] * (double) b[i];
      *size += fabs ((double) a[i] * (double) b[i]);
    }
  return sum;
}

static const SwConv3dShape shapes[] = {
  { 1, 1, 1, 1, 1, 0 },   { 1, 1, 3, 3, 1, 1 },   { 1, 5, 7, 3, 1, 1 },  { 3, 7, 9, 3, 1, 0 },
  { 2, 38, 10, 3, 1, 1 }, { 1, 9, 12, 7, 1, 3 },  { 4, 6, 11, 5, 1, 4 }, { 4, 6, 8, 5, 2, 4 },
  { 3, 4, 9, 5, 2, 2 },   { 3, 4, 8, 3, 2, 2 },   { 2, 3, 7, 1, 2, 0 },  { 5, 3, 6, 1, 1, 0 },
  { 2, 3, 13, 9, 1, 4 },  { 2, 3, 10, 5, 3, 1 },  { 33, 27, 5, 3, 1, 1 }, { 24, 30, 13, 3, 1, 1 }, { 25, 24, 6, 5, 1, 4 }, { 30, 33, 9, 5, 1, 1 }, { 20, 70, 4, 3, 1, 2 },
  { 1, 2, 17, 7, 2, 3 },  { 2, 2, 2, 5, 1, 4 },   { 2, 3, 9, 11, 2, 10 }, { 1, 3, 30, 3, 1, 1 },
};

/* Shapes of the published networks' layers with fewer channels, and random ones. */
static const SwConv3dShape fourier_shapes[] = {
  { 1, 20, 50, 7, 1, 3 }, { 5, 17, 50, 3, 1, 1 }, { 7, 18, 25, 3, 1, 1 }, { 20, 19, 13, 3, 1, 1 }, { 33, 20, 7, 3, 1, 1 },
  { 1, 9, 36, 5, 1, 4 },  { 3, 17, 40, 5, 1, 4 }, { 17, 5, 22, 5, 1, 4 }, { 18, 16, 13, 5, 1, 4 }, { 1, 5, 64, 5, 2, 4 },
  { 3, 4, 38, 5, 2, 4 },  { 16, 6, 25, 5, 2, 4 }, { 20, 33, 12, 5, 1, 4 }, { 2, 3, 19, 5, 2, 4 }, { 40, 40, 5, 5, 1, 4 },
};

static SwConv3dShape
random_shape (SwRandom *random)
{
  static const size_t kernels[] = { 1, 3, 5, 7, 9 };
  SwConv3dShape s = { 0 };
  s.kernel = kernels[(size_t) (5 * sw_random_uniform (random))];
  s.padding = (size_t) ((double) s.kernel * sw_random_uniform (random));
  s.stride = 1 + (size_t) (3 * sw_random_uniform (random));
  s.size = 1 + (size_t) (20 * sw_random_uniform (random));
  if (s.size + 2 * s.padding < s.kernel)
    s.size = s.kernel;
  s.c_in = 1 + (size_t) (20 * sw_random_uniform (random));
  s.c_out = 1 + (size_t) (20 * sw_random_uniform (random));
  s.n_batch = 1 + (size_t) (3 * sw_random_uniform (random));
  return s;
}

#define N_RANDOM 25

/* Shape number i of a test that goes one way; false behind the last. */
static bool
next_shape (size_t i, SwConv3dWay way, SwRandom *random, SwConv3dShape *ret)
{
  if (i < G_N_ELEMENTS (shapes))
    *ret = shapes[i];
  else if (i < G_N_ELEMENTS (shapes) + N_RANDOM)
    *ret = random_shape (random);
  else if (way == SW_CONV3D_FOURIER && i < G_N_ELEMENTS (shapes) + N_RANDOM + G_N_ELEMENTS (fourier_shapes))
    *ret = fourier_shapes[i - G_N_ELEMENTS (shapes) - N_RANDOM];
  else
    return false;
  ret->way = way;
  return true;
}

static void
report (const SwConv3dShape *s, double d)
{
  g_test_message ("%zu -> %zu, edge %zu, kernel %zu, stride %zu, padding %zu, %zu samples: %g eps", s->c_in, s->c_out,
                  s->size, s->kernel, s->stride, s->padding, s->n_batch, d);
}

static void
test_loop (gconstpointer data)
{
  const SwConv3dWay way = (SwConv3dWay) GPOINTER_TO_INT (data);
  double worst = 0;
  size_t n_fourier = 0;
  SwConv3dShape shape;
  SwRandom random;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  for (size_t i = 0; next_shape (i, way, &random, &shape); i++)
    {
      Case c;
      case_init (&c, &shape, &random);
      n_fourier += c.plan.by_fourier;
      const double d = distance_to_loop (&c, &random);
      if (!(d <= 100))
        report (&c.plan.shape, d);
      g_assert_true (d <= 100);
      worst = d > worst ? d : worst;
      case_clear (&c);
    }
  g_assert_true (way == SW_CONV3D_SUMS ? n_fourier == 0 : n_fourier > G_N_ELEMENTS (fourier_shapes) + N_RANDOM);
  g_test_message ("worst: %.2f eps of %s", worst,
                  way == SW_CONV3D_SUMS ? "the sum of absolute terms" : "the root mean square");
}

/* <y, K x> = <K^T y, x> = <dK, K>, with nothing kept from what scratch held; each gradient alone is the same. */
static void
test_adjoint (gconstpointer data)
{
  const SwConv3dWay way = (SwConv3dWay) GPOINTER_TO_INT (data);
  double worst = 0;
  SwConv3dShape shape;
  SwRandom random;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  for (size_t i = 0; next_shape (i, way, &random, &shape); i++)
    {
      Case c;
      case_init (&c, &shape, &random);
      const SwConv3dShape *s = &c.plan.shape;
      const size_t m = c.plan.size_out, b = s->n_batch;
      const size_t n_out = b * s->c_out * m * m * m, n_in = b * s->c_in * s->size * s->size * s->size;
      real *y = random_array (&random, n_out), *d_in = SW_NEW0 (real, n_in), *d_in_alone = SW_NEW0 (real, n_in);
      real *d_kernel = SW_NEW0 (real, c.plan.n_kernel), *d_kernel_alone = SW_NEW0 (real, c.plan.n_kernel);
      real *packed = SW_NEW0 (real, c.plan.n_packed_backward);
      real *scratch = SW_NEW (real, c.plan.n_scratch_backward);
      double size, size_in, size_kernel;

      for (size_t v = 0; v < n_out; v++)
        c.out[v] -= c.bias[v / (m * m * m) % s->c_out];
      memset (scratch, 0xff, c.plan.n_scratch_backward * sizeof (real));
      sw_conv3d_pack_backward (&c.plan, c.kernel, packed);
      sw_conv3d_backward (&c.plan, b, c.in, y, packed, d_in, d_kernel, scratch);
      memset (scratch, 0xff, c.plan.n_scratch_backward * sizeof (real));
      /* nor does the number of threads matter */
      c.plan.n_threads = 1;
      sw_conv3d_backward (&c.plan, b, c.in, y, packed, d_in_alone, NULL, scratch);
      sw_conv3d_backward (&c.plan, b, c.in, y, NULL, NULL, d_kernel_alone, scratch);
      g_assert_cmpmem (d_in, n_in * sizeof (real), d_in_alone, n_in * sizeof (real));
      g_assert_cmpmem (d_kernel, c.plan.n_kernel * sizeof (real), d_kernel_alone, c.plan.n_kernel * sizeof (real));
      const double forward = dot (y, c.out, n_out, &size);
      const double data_product = dot (d_in, c.in, n_in, &size_in);
      const double weights = dot (d_kernel, c.kernel, c.plan.n_kernel, &size_kernel);
      const double unit = (double) SW_EPS * (size + size_in + size_kernel);
      const double d = fmax (fabs (forward - data_product), fabs (forward - weights)) / unit;
      if (!(d <= 50))
        report (s, d);
      g_assert_true (d <= 50);
      worst = d > worst ? d : worst;
      sw_free (y);
      sw_free (d_in);
      sw_free (d_in_alone);
      sw_free (d_kernel);
      sw_free (d_kernel_alone);
      sw_free (packed);
      sw_free (scratch);
      case_clear (&c);
    }
  g_test_message ("worst: %.2f eps", worst);
}

static void
test_refuse (void)
{
  static const SwConv3dShape wrong[] = {
    { 1, 1, 8, 4, 1, 0 }, { 1, 1, 8, 17, 1, 0 }, { 1, 1, 8, 3, 1, 3 },  { 1, 1, 2, 3, 1, 0 },
    { 0, 1, 8, 3, 1, 0 }, { 1, 0, 8, 3, 1, 0 },  { 1, 1, 8, 3, 0, 0 }, { 1, 1, (size_t) 1 << 40, 3, 1, 0 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      SwConv3dPlan plan;
      SwError error = { 0 };
      g_assert_cmpint (sw_conv3d_plan (&wrong[i], &plan, &error), ==, SW_ERROR_INVALID);
      g_assert_cmpstr (error.text, !=, "");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/nn/conv3d/loop/sums", GINT_TO_POINTER (SW_CONV3D_SUMS), test_loop);
  g_test_add_data_func ("/nn/conv3d/loop/fourier", GINT_TO_POINTER (SW_CONV3D_FOURIER), test_loop);
  g_test_add_data_func ("/nn/conv3d/adjoint/sums", GINT_TO_POINTER (SW_CONV3D_SUMS), test_adjoint);
  g_test_add_data_func ("/nn/conv3d/adjoint/fourier", GINT_TO_POINTER (SW_CONV3D_FOURIER), test_adjoint);
  g_test_add_func ("/nn/conv3d/refuse", test_refuse);
  return g_test_run ();
}
