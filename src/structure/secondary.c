/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/secondary-private.h"

#include <math.h>

static double
distance (const SwResidue *residues, const double (*positions)[3], size_t a, size_t b)
{
  const double *p = positions[residues[a].ca], *q = positions[residues[b].ca];
  return sqrt ((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1])
               + (p[2] - q[2]) * (p[2] - q[2]));
}

static bool
is_stretch (const SwResidue *residues, const double (*positions)[3], size_t first)
{
  for (size_t i = first; i < first + 5; i++)
    {
      if (residues[i].ca < 0 || residues[i].kind != SW_RESIDUE_AMINO_ACID
          || residues[i].chain != residues[first].chain)
        return false;
      /* A peptide bond holds neighbours at 3.8 angstrom (2.9 when cis). */
      if (i > first && distance (residues, positions, i - 1, i) > 4.3)
        return false;
    }
  return true;
}

/* d(i, i+2), d(i, i+3), d(i, i+4): 5.4, 5.0, 6.2 in an alpha helix (3.6 residues a turn, rise 1.5,
 * radius 2.3 angstrom); 6.4 to 6.9, 9.6 to 10.6, 12.4 to 13.9 in strands, which are pleated and
 * twisted. */
static SwSecondary
classify (const SwResidue *residues, const double (*positions)[3], size_t first)
{
  const double two_a = distance (residues, positions, first, first + 2);
  const double two_b = distance (residues, positions, first + 1, first + 3);
  const double two_c = distance (residues, positions, first + 2, first + 4);
  const double three_a = distance (residues, positions, first, first + 3);
  const double three_b = distance (residues, positions, first + 1, first + 4);
  const double four = distance (residues, positions, first, first + 4);
  if (fabs (two_b - 5.4) < 0.7 && fabs (three_a - 5.1) < 1.1 && fabs (three_b - 5.1) < 1.1
      && fabs (four - 6.2) < 1.3)
    return SW_SECONDARY_HELIX;
  if (two_a > 5.9 && two_b > 5.9 && two_c > 5.9 && three_a > 8.9 && three_b > 8.9 && four > 11.6)
    return SW_SECONDARY_STRAND;
  return SW_SECONDARY_NONE;
}

size_t
sw_secondary_assign (size_t n_residues, SwResidue *residues, const double (*positions)[3])
{
  size_t n = 0;
  for (size_t i = 0; i < n_residues; i++)
    residues[i].secondary = SW_SECONDARY_NONE;
  for (size_t i = 0; i + 5 <= n_residues; i++)
    if (is_stretch (residues, positions, i))
      residues[i + 2].secondary = (uint8_t) classify (residues, positions, i);
  for (size_t from = 0; from < n_residues;)
    {
      const uint8_t kind = residues[from].secondary;
      size_t to = from + 1;
      while (to < n_residues && residues[to].secondary == kind
             && residues[to].chain == residues[from].chain)
        to++;
      if (kind != SW_SECONDARY_NONE)
        {
          const bool keep = to - from >= (kind == SW_SECONDARY_HELIX ? 4u : 3u);
          for (size_t i = from; i < to && !keep; i++)
            residues[i].secondary = SW_SECONDARY_NONE;
          n += keep ? to - from : 0;
        }
      from = to;
    }
  return n;
}
