/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include <math.h>

static uint64_t
rotate_left (uint64_t x, int k)
{
  return (x << k) | (x >> (64 - k));
}

void
sw_random_init (SwRandom *random, uint64_t seed)
{
  for (int i = 0; i < 4; i++)
    {
      uint64_t z = (seed += 0x9e3779b97f4a7c15u);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      random->s[i] = z ^ (z >> 31);
    }
  random->spare = 0.0;
  random->has_spare = 0;
}

uint64_t
sw_random_next (SwRandom *random)
{
  uint64_t *s = random->s;
  const uint64_t result = rotate_left (s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left (s[3], 45);
  return result;
}

double
sw_random_uniform (SwRandom *random)
{
  return (double) (sw_random_next (random) >> 11) * 0x1p-53;
}

double
sw_random_normal (SwRandom *random)
{
  double u, v, s;
  if (random->has_spare)
    {
      random->has_spare = 0;
      return random->spare;
    }
  do
    {
      u = 2.0 * sw_random_uniform (random) - 1.0;
      v = 2.0 * sw_random_uniform (random) - 1.0;
      s = u * u + v * v;
    }
  while (s >= 1.0 || s == 0.0);
  s = sqrt (-2.0 * log (s) / s);
  random->spare = v * s;
  random->has_spare = 1;
  return u * s;
}

uint64_t
sw_random_below (SwRandom *random, uint64_t n)
{
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  uint64_t x;
  do
    x = sw_random_next (random);
  while (x >= limit);
  return x % n;
}
