/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/random.h: a small seeded generator, the same on every machine
 *
 * xoshiro256** (Blackman and Vigna, 2018) seeded through splitmix64. The state is a plain value, so that a
 * checkpoint can hold it.
 */
#pragma once

#include <stdint.h>

typedef struct
{
  uint64_t s[4];
  double spare; /* second normal of a pair, valid when has_spare */
  uint64_t has_spare;
} SwRandom;

void sw_random_init (SwRandom *random, uint64_t seed);
uint64_t sw_random_next (SwRandom *random);
/* In [0, 1). */
double sw_random_uniform (SwRandom *random);
/* N(0, 1). */
double sw_random_normal (SwRandom *random);
/* In 0 .. n-1, without bias; n > 0. */
uint64_t sw_random_below (SwRandom *random, uint64_t n);
