/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/conv3d.h against seven plain loops, and its two backward passes as adjoints. */
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
  c->in = random_array (random, shape->c_in * n * n * n);
  c->kernel = random_array (random, c->plan.n_kernel);
  c->bias = random_array (random, shape->c_out);
  c->out = SW_NEW (real, shape->c_out * m * m * m);
  real *packed = SW_NEW (real, c->plan.n_packed), *scratch = SW_NEW (real, c->plan.n_scratch);
  /* whatever scratch held must not matter */
  for (size_t i = 0; i < c->plan.n_scratch; i++)
    scratch[i] = (real) NAN;
  sw_conv3d_pack (&c->plan, c->kernel, packed);
  sw_conv3d_forward (&c->plan, c->in, packed, c->bias, c->out, scratch);
  sw_free (packed);
  sw_free (scratch);
}

static void
case_clear (Case *c)
{
  sw_free (c->in);
  sw_free (c->kernel);
  sw_free (c->bias);
  sw_free (c->out);
}

/* The greatest difference from the plain sum, in units of what rounding of its terms allows. */
static double
distance_to_loop (const Case *c)
{
  const SwConv3dShape *s = &c->plan.shape;
  const ptrdiff_t n = (ptrdiff_t) s->size, m = (ptrdiff_t) c->plan.size_out, k = (ptrdiff_t) s->kernel;
  double worst = 0;

  for (ptrdiff_t o = 0; o < (ptrdiff_t) s->c_out; o++)
    for (ptrdiff_t z = 0; z < m; z++)
      for (ptrdiff_t y = 0; y < m; y++)
        for (ptrdiff_t x = 0; x < m; x++)
          {
            double sum = (double) c->bias[o], size = fabs (sum);
            for (ptrdiff_t i = 0; i < (ptrdiff_t) s->c_in; i++)
              for (ptrdiff_t t = 0; t < k * k * k; t++)
                {
                  const ptrdiff_t zi = z * (ptrdiff_t) s->stride + t / k / k - (ptrdiff_t) s->padding;
                  const ptrdiff_t yi = y * (ptrdiff_t) s->stride + t / k % k - (ptrdiff_t) s->padding;
                  const ptrdiff_t xi = x * (ptrdiff_t) s->stride + t % k - (ptrdiff_t) s->padding;
                  if (zi < 0 || yi < 0 || xi < 0 || zi >= n || yi >= n || xi >= n)
                    continue;
                  const double term = (double) c->kernel[(o * (ptrdiff_t) s->c_in + i) * k * k * k + t]
                                      * (double) c->in[((i * n + zi) * n + yi) * n + xi];
                  sum += term;
                  size += fabs (term);
                }
            const double d = fabs ((double) c->out[((o * m + z) * m + y) * m + x] - sum) / size;
            if (!(d <= worst))
              worst = d;
          }
  return worst / (double) SW_EPS;
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

static void
test_loop (void)
{
  double worst = 0;
  SwRandom random;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      Case c;
      case_init (&c, &shapes[i], &random);
      const double d = distance_to_loop (&c);
      if (!(d <= 100))
        g_test_message ("shape %zu: %g eps", i, d);
      g_assert_true (d <= 100);
      worst = d > worst ? d : worst;
      case_clear (&c);
    }
  g_test_message ("worst: %.2f eps of the sum of absolute terms", worst);
}

/* <y, K x> = <K^T y, x> = <dK, K>, with nothing kept from what scratch held */
static void
test_adjoint (void)
{
  double worst = 0;
  SwRandom random;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      const SwConv3dShape *s = &shapes[i];
      Case c;
      case_init (&c, s, &random);
      const size_t m = c.plan.size_out, n_out = s->c_out * m * m * m, n_in = s->c_in * s->size * s->size * s->size;
      real *y = random_array (&random, n_out), *d_in = SW_NEW0 (real, n_in);
      real *d_kernel = SW_NEW0 (real, c.plan.n_kernel);
      real *packed = SW_NEW0 (real, c.plan.n_packed_backward);
      real *scratch = SW_NEW (real, c.plan.n_scratch_backward);
      double size, size_in, size_kernel;

      for (size_t o = 0; o < s->c_out; o++)
        for (size_t v = 0; v < m * m * m; v++)
          c.out[o * m * m * m + v] -= c.bias[o];
      memset (scratch, 0xff, c.plan.n_scratch_backward * sizeof (real));
      sw_conv3d_pack_backward (&c.plan, c.kernel, packed);
      sw_conv3d_backward_data (&c.plan, y, packed, d_in, scratch);
      memset (scratch, 0xff, c.plan.n_scratch_backward * sizeof (real));
      sw_conv3d_backward_weights (&c.plan, c.in, y, d_kernel, scratch);
      const double forward = dot (y, c.out, n_out, &size);
      const double data = dot (d_in, c.in, n_in, &size_in);
      const double weights = dot (d_kernel, c.kernel, c.plan.n_kernel, &size_kernel);
      const double unit = (double) SW_EPS * (size + size_in + size_kernel);
      const double d = fmax (fabs (forward - data), fabs (forward - weights)) / unit;
      if (!(d <= 50))
        g_test_message ("shape %zu: %g %g %g", i, forward, data, weights);
      g_assert_true (d <= 50);
      worst = d > worst ? d : worst;
      sw_free (y);
      sw_free (d_in);
      sw_free (d_kernel);
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
  g_test_add_func ("/nn/conv3d/loop", test_loop);
  g_test_add_func ("/nn/conv3d/adjoint", test_adjoint);
  g_test_add_func ("/nn/conv3d/refuse", test_refuse);
  return g_test_run ();
}
