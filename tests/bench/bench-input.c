/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long do 100,000 atoms take, from the file to the grid? Best of ten; two threads. Limits: 1.5
 * s to load, 50 ms to voxelise on 50^3. Answer, 2026, two shared cores: 0.2 s; 25 ms sampled, 28 ms
 * band-limited. */
#include <stdio.h>

#include <glib.h>

#include "base/random.h"
#include "base/timer.h"
#include "structure/structure.h"
#include "voxel/voxelize.h"

static void
bench_voxelize (void)
{
  static double positions[100000][3];
  static real out[125000];
  const SwAtomArray atoms = { 100000, (const double (*)[3]) positions, NULL, NULL };
  SwRandom random;
  sw_random_init (&random, 1);
  for (size_t a = 0; a < 100000; a++)
    for (int i = 0; i < 3; i++)
      positions[a][i] = 80 * (sw_random_uniform (&random) - 0.5);
  for (int bandlimited = 0; bandlimited < 2; bandlimited++)
    {
      const SwVoxelParams params = { .n_channels = 1,
                                     .size = 50,
                                     .centre = bandlimited ? 25 : 24.5,
                                     .spacing = 2,
                                     .sigma = 1,
                                     .norm = SW_DENSITY_UNIT_MASS,
                                     .bandlimited = bandlimited,
                                     .w_max = 2.2 };
      double best = 1e9;
      for (int t = 0; t < 10; t++)
        {
          const double start = sw_timer_now ();
          SwError error;
          if (sw_voxelize (&params, &atoms, NULL, NULL, out, NULL, &error) != SW_OK)
            g_error ("%s", error.text);
          best = MIN (best, sw_timer_now () - start);
        }
      printf ("voxelize 100000 atoms, 50^3, %-12s %7.1f ms\n",
              bandlimited ? "band-limited" : "sampled", best * 1e3);
    }
}

static void
bench_load (const char *file)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("SW_SHARED_DATA"), "awkward", "large", file, NULL);
  double best = 1e9;
  size_t n = 0;
  for (int t = 0; t < 5; t++)
    {
      const double start = sw_timer_now ();
      g_autoptr (GError) error = NULL;
      g_autoptr (SwStructure) s = sw_structure_load (path, NULL, NULL, &error);
      if (s == NULL)
        {
          printf ("%s\n", error->message);
          return;
        }
      n = s->n_atoms;
      best = MIN (best, sw_timer_now () - start);
    }
  printf ("load %-32s %6zu atoms %7.1f ms\n", file, n, best * 1e3);
}

int
main (void)
{
  bench_voxelize ();
  bench_load ("capsid_2buk_assembly.cif.gz");
  bench_load ("groel_twice_hybrid36.pdb.gz");
  bench_load ("1aon.pdb.gz");
  return 0;
}
