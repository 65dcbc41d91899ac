/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/surface-private.h"

#include <math.h>

#include "base/memory.h"

/* A polygon of more corners is fanned. */
#define EARS_MAX 512
/* Corners looked at for each corner there is; what is left then crosses itself, or was made to take long, and is fanned. */
#define TRIES 16

static double
turn (const double a[2], const double b[2], const double c[2])
{
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/* Newell's normal: twice the area along each axis, whatever the corners do. Points onto the plane across the largest part. */
static void
flatten (size_t n, const double (*corners)[3], double (*flat)[2])
{
  double normal[3] = { 0, 0, 0 };
  int axis = 0;

  for (size_t i = 0; i < n; i++)
    {
      const double *p = corners[i], *q = corners[(i + 1) % n];
      normal[0] += (p[1] - q[1]) * (p[2] + q[2] - 2 * corners[0][2]);
      normal[1] += (p[2] - q[2]) * (p[0] + q[0] - 2 * corners[0][0]);
      normal[2] += (p[0] - q[0]) * (p[1] + q[1] - 2 * corners[0][1]);
    }
  for (int i = 1; i < 3; i++)
    if (fabs (normal[i]) > fabs (normal[axis]))
      axis = i;
  for (size_t i = 0; i < n; i++)
    {
      flat[i][0] = corners[i][(axis + 1) % 3];
      flat[i][1] = corners[i][(axis + 2) % 3];
      if (normal[axis] < 0)
        flat[i][0] = -flat[i][0]; /* so that the polygon turns left */
    }
}

static bool
is_convex (size_t n, const double (*flat)[2])
{
  for (size_t i = 0; i < n; i++)
    if (turn (flat[i], flat[(i + 1) % n], flat[(i + 2) % n]) < 0)
      return false;
  return true;
}

static bool
same (const double p[2], const double q[2])
{
  return p[0] == q[0] && p[1] == q[1];
}

/* Is corner b of the ring an ear: does it turn left, and is no other corner inside? */
static bool
is_ear (size_t n, const uint32_t *ring, size_t at, const double (*flat)[2])
{
  const double *a = flat[ring[(at + n - 1) % n]], *b = flat[ring[at]], *c = flat[ring[(at + 1) % n]];

  if (!(turn (a, b, c) > 0))
    return false;
  for (size_t i = 0; i < n; i++)
    {
      const double *p = flat[ring[i]];
      if (same (p, a) || same (p, b) || same (p, c))
        continue;
      if (turn (a, b, p) >= 0 && turn (b, c, p) >= 0 && turn (c, a, p) >= 0)
        return false;
    }
  return true;
}

static size_t
fan (size_t n, uint32_t (*out)[3])
{
  for (size_t i = 0; i + 2 < n; i++)
    {
      out[i][0] = 0;
      out[i][1] = (uint32_t) i + 1;
      out[i][2] = (uint32_t) i + 2;
    }
  return n - 2;
}

size_t
sw_polygon_split (size_t n, const double (*corners)[3], uint32_t (*out)[3])
{
  double flat[EARS_MAX][2];
  uint32_t ring[EARS_MAX];
  size_t left = n, n_out = 0, at = 0, tried = 0;

  if (n < 3)
    return 0;
  if (n > EARS_MAX)
    return fan (n, out);
  flatten (n, corners, flat);
  if (is_convex (n, (const double (*)[2]) flat))
    return fan (n, out);
  for (size_t i = 0; i < n; i++)
    ring[i] = (uint32_t) i;
  /* tried: since the last ear; a whole round without one means that there is none. */
  for (size_t total = 0; left > 3 && tried <= left && total < TRIES * n; total++)
    {
      at %= left;
      if (!is_ear (left, ring, at, (const double (*)[2]) flat))
        {
          at++;
          tried++;
          continue;
        }
      out[n_out][0] = ring[(at + left - 1) % left];
      out[n_out][1] = ring[at];
      out[n_out++][2] = ring[(at + 1) % left];
      for (size_t i = at; i + 1 < left; i++)
        ring[i] = ring[i + 1];
      left--;
      tried = 0;
    }
  for (size_t i = 0; i + 2 < left; i++)
    {
      out[n_out][0] = ring[0];
      out[n_out][1] = ring[i + 1];
      out[n_out++][2] = ring[i + 2];
    }
  return n_out;
}
