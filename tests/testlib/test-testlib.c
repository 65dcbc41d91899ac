/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks themselves: they pass what is right and fail what is wrong. */
#include <glib.h>
#include <math.h>

#include "testlib/testlib.h"

enum
{
  N = 200
};

static double
loss_of_squares (const real *x, void *data, double *ret_absolute)
{
  double sum = 0;
  for (int i = 0; i < N; i++)
    sum += 0.5 * (double) x[i] * (double) x[i];
  *ret_absolute = sum;
  return sum;
}

static void
shift (const real *in, real *out, void *data)
{
  for (int i = 0; i < N; i++)
    out[i] = in[(i + 1) % N];
}

static void
shift_back (const real *in, real *out, void *data)
{
  for (int i = 0; i < N; i++)
    out[(i + 1) % N] = in[i];
}

static void
test_right (void)
{
  real x[N], y[N];
  sw_test_random (N, x);
  for (int i = 0; i < N; i++)
    y[i] = x[i];
  sw_test_check_close ("close", N, x, y, SW_EPS);
  sw_test_check_gradient ("gradient", N, x, y, loss_of_squares, NULL);
  sw_test_check_adjoint ("adjoint", N, N, shift, shift_back, NULL, 1);
}

/* Each of these runs in a process of its own, whose failure is the success; with a seed of its own,
 * too, as a random direction can lie across a wrong gradient. */
static void
wrong_close (void)
{
  const real a[2] = { 1, (real) NAN }, b[2] = { 1, 1 };
  sw_test_check_close ("close", 2, a, b, 1e9);
}

static void
wrong_gradient (void)
{
  real x[N], y[N];
  sw_test_random (N, x);
  for (int i = 0; i < N; i++)
    y[i] = (real) 1.5 * x[i];
  sw_test_check_gradient ("gradient", N, x, y, loss_of_squares, NULL);
}

static void
wrong_adjoint (void)
{
  sw_test_check_adjoint ("adjoint", N, N, shift, shift, NULL, 1);
}

static void
test_wrong (void)
{
  for (int i = 0; i < 3; i++)
    {
      static const char *const paths[3]
          = { "/testlib/wrong/close", "/testlib/wrong/gradient", "/testlib/wrong/adjoint" };
      gint status = 0;
      g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
      const char *const arguments[]
          = { program, "-p", paths[i], "--seed=R02S00000001000000020000000300000004", NULL };
      g_assert_true (g_spawn_sync (NULL, (char **) arguments,
                                   (char **) (const char *const[]){ "SW_TEST_WRONG=1", NULL },
                                   G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                                   NULL, NULL, NULL, &status, NULL));
      g_assert_cmpint (status, !=, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("SW_TEST_WRONG") != NULL)
    {
      g_test_add_func ("/testlib/wrong/close", wrong_close);
      g_test_add_func ("/testlib/wrong/gradient", wrong_gradient);
      g_test_add_func ("/testlib/wrong/adjoint", wrong_adjoint);
    }
  else
    {
      g_test_add_func ("/testlib/right", test_right);
      g_test_add_func ("/testlib/wrong", test_wrong);
    }
  return g_test_run ();
}
