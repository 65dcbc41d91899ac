/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast are the dense convolutions of the published networks?
 *
 * Answer (RESULTS.md): as fast as PyTorch's oneDNN or faster where conv3d-peer.py runs both in turn. Arguments: c_in c_out kernel
 * padding stride size [samples [0: the best way, 1: sums, 2: Fourier]]; then commands on standard input, a line each: f (forward), b (both backward passes), k (packing),
 * answered by seconds and seconds of processors, so that a script can alternate with a peer. Without arguments: the layers of the tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/random.h"
#include "base/timer.h"
#include "nn/conv3d.h"

typedef struct
{
  SwConv3dPlan plan;
  real *in, *kernel, *packed, *packed_backward, *out, *d_in, *d_kernel, *scratch;
} Case;

static real *
random_array (SwRandom *random, size_t n)
{
  real *a = SW_NEW (real, n);
  if (a == NULL)
    exit (1);
  for (size_t i = 0; i < n; i++)
    a[i] = (real) (sw_random_uniform (random) - 0.5);
  return a;
}

static void
case_init (Case *c, const SwConv3dShape *shape)
{
  SwError error;
  SwRandom random;

  sw_random_init (&random, 1);
  if (sw_conv3d_plan (shape, &c->plan, &error) != SW_OK)
    {
      fprintf (stderr, "%s\n", error.text);
      exit (1);
    }
  const size_t n = shape->size, m = c->plan.size_out;
  const size_t n_scratch = c->plan.n_scratch > c->plan.n_scratch_backward ? c->plan.n_scratch
                                                                          : c->plan.n_scratch_backward;
  c->in = random_array (&random, c->plan.shape.n_batch * shape->c_in * n * n * n);
  c->kernel = random_array (&random, c->plan.n_kernel);
  c->packed = random_array (&random, c->plan.n_packed);
  c->packed_backward = random_array (&random, c->plan.n_packed_backward);
  c->out = random_array (&random, c->plan.shape.n_batch * shape->c_out * m * m * m);
  c->d_in = random_array (&random, c->plan.shape.n_batch * shape->c_in * n * n * n);
  c->d_kernel = random_array (&random, c->plan.n_kernel);
  c->scratch = random_array (&random, n_scratch);
  sw_conv3d_pack (&c->plan, c->kernel, c->packed);
  sw_conv3d_pack_backward (&c->plan, c->kernel, c->packed_backward);
}

static double
processor_now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* Seconds, and seconds of processors. */
static double
run (Case *c, int what, double *processor)
{
  const double start = sw_timer_now (), start_processor = processor_now ();
  switch (what)
    {
    case 'f':
      sw_conv3d_forward (&c->plan, c->plan.shape.n_batch, c->in, c->packed, NULL, c->out, c->scratch);
      break;
    case 'd':
      sw_conv3d_backward (&c->plan, c->plan.shape.n_batch, c->in, c->out, c->packed_backward, c->d_in, NULL, c->scratch);
      break;
    case 'w':
      sw_conv3d_backward (&c->plan, c->plan.shape.n_batch, c->in, c->out, NULL, NULL, c->d_kernel, c->scratch);
      break;
    case 'b':
      if (c->plan.shape.c_in > 1)
        sw_conv3d_pack_backward (&c->plan, c->kernel, c->packed_backward);
      sw_conv3d_backward (&c->plan, c->plan.shape.n_batch, c->in, c->out, c->packed_backward,
                          c->plan.shape.c_in > 1 ? c->d_in : NULL, c->d_kernel, c->scratch);
      break;
    default:
      sw_conv3d_pack (&c->plan, c->kernel, c->packed);
    }
  *processor = processor_now () - start_processor;
  return sw_timer_now () - start;
}

static int
compare (const void *a, const void *b)
{
  const double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

int
main (int argc, char **argv)
{
  static const SwConv3dShape table[] = {
    { 1, 38, 50, 7, 1, 3 },    { 32, 38, 50, 3, 1, 1 },   { 64, 76, 25, 3, 1, 1 },   { 128, 152, 13, 3, 1, 1 },
    { 256, 304, 7, 3, 1, 1 },  { 32, 32, 50, 5, 1, 2 },   { 1, 52, 36, 5, 1, 4 },    { 43, 176, 40, 5, 1, 4 },
    { 144, 192, 22, 5, 1, 4 }, { 160, 128, 13, 5, 1, 4 }, { 1, 36, 64, 5, 2, 4 },    { 30, 36, 34, 5, 1, 4 },
    { 30, 72, 38, 5, 2, 4 },   { 120, 144, 19, 5, 2, 4 }, { 120, 512, 12, 5, 1, 4 },
  };
  Case c = { 0 };

  if (argc >= 7)
    {
      const SwConv3dShape shape = { .c_in = strtoul (argv[1], NULL, 10),
                                    .c_out = strtoul (argv[2], NULL, 10),
                                    .kernel = strtoul (argv[3], NULL, 10),
                                    .padding = strtoul (argv[4], NULL, 10),
                                    .stride = strtoul (argv[5], NULL, 10),
                                    .size = strtoul (argv[6], NULL, 10),
                                    .n_batch = argc > 7 ? strtoul (argv[7], NULL, 10) : 1,
                                    .way = argc > 8 ? (SwConv3dWay) strtoul (argv[8], NULL, 10) : SW_CONV3D_BEST };
      char line[16];
      case_init (&c, &shape);
      while (fgets (line, sizeof line, stdin) != NULL)
        {
          double processor;
          const double seconds = run (&c, line[0], &processor);
          printf ("%.6f %.6f\n", seconds, processor);
          fflush (stdout);
        }
      return 0;
    }
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    {
      const char kinds[] = "fdwk";
      case_init (&c, &table[i]);
      printf ("%3zu -> %3zu k%zu p%zu s%zu %2zu^3", table[i].c_in, table[i].c_out, table[i].kernel, table[i].padding,
              table[i].stride, table[i].size);
      for (int k = 0; k < 4; k++)
        {
          double seconds[5], processor;
          for (int r = 0; r < 5; r++)
            seconds[r] = run (&c, kinds[k], &processor);
          qsort (seconds, 5, sizeof seconds[0], compare);
          const double flop = 2.0 * (double) c.plan.n_kernel * (double) c.plan.size_out * (double) c.plan.size_out
                              * (double) c.plan.size_out;
          printf ("  %c %7.2f ms %4.0f GF/s", kinds[k], seconds[2] * 1e3, flop / seconds[2] / 1e9);
        }
      printf ("\n");
      fflush (stdout);
      sw_free (c.in);
      sw_free (c.kernel);
      sw_free (c.packed);
      sw_free (c.packed_backward);
      sw_free (c.out);
      sw_free (c.d_in);
      sw_free (c.d_kernel);
      sw_free (c.scratch);
    }
  return 0;
}
