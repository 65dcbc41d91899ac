/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cell list as a sorted array of (cell, atom): memory follows the atoms, not the box, which a
 * stray atom can make huge. */
#include "structure/bonds-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "structure/gemmi-shim-private.h"

#define CROWD_MAX 400
#define AXIS_BITS 21

typedef struct
{
  uint64_t cell;
  uint32_t atom;
} Entry;

typedef struct
{
  uint32_t (*bonds)[2];
  size_t n, capacity;
} List;

static int
compare_entries (const void *a, const void *b)
{
  const Entry *x = a, *y = b;
  if (x->cell != y->cell)
    return x->cell < y->cell ? -1 : 1;
  return x->atom < y->atom ? -1 : x->atom > y->atom;
}

static int
compare_bonds (const void *a, const void *b)
{
  const uint32_t *x = a, *y = b;
  if (x[0] != y[0])
    return x[0] < y[0] ? -1 : 1;
  return x[1] < y[1] ? -1 : x[1] > y[1];
}

static bool
never_bonds (unsigned element)
{
  static const unsigned char ions[] = { 3, 4, 11, 12, 19, 20, 37, 38, 55, 56, 87, 88 };
  return memchr (ions, (int) element, sizeof ions) != NULL;
}

static bool
push (List *list, uint32_t a, uint32_t b)
{
  if (list->n == list->capacity)
    {
      const size_t capacity = list->capacity == 0 ? 4096 : 2 * list->capacity;
      uint32_t (*larger)[2] = sw_alloc (capacity, sizeof *larger);
      if (larger == NULL)
        return false;
      if (list->n > 0)
        memcpy (larger, list->bonds, list->n * sizeof *larger);
      sw_free (list->bonds);
      list->bonds = larger;
      list->capacity = capacity;
    }
  list->bonds[list->n][0] = MIN (a, b);
  list->bonds[list->n][1] = MAX (a, b);
  list->n++;
  return true;
}

static bool
are_bonded (const SwStructure *s, const float *radii, uint32_t a, uint32_t b)
{
  const bool hydrogen_a = s->flags[a] & SW_ATOM_HYDROGEN,
             hydrogen_b = s->flags[b] & SW_ATOM_HYDROGEN;
  const double reach = (double) radii[s->elements[a]] + (double) radii[s->elements[b]]
                       + (hydrogen_a || hydrogen_b ? 0.3 : 0.4);
  double squared = 0;
  if (hydrogen_a && hydrogen_b)
    return false;
  if (s->residue_of[a] != s->residue_of[b]
      && (hydrogen_a || hydrogen_b || ((s->flags[a] | s->flags[b]) & SW_ATOM_WATER)))
    return false;
  if (s->altlocs[a] != 0 && s->altlocs[b] != 0 && s->altlocs[a] != s->altlocs[b])
    return false;
  for (int i = 0; i < 3; i++)
    {
      const double d = s->positions[a][i] - s->positions[b][i];
      squared += d * d;
    }
  return squared > 0.16 && squared < reach * reach;
}

static size_t
lower_bound (const Entry *entries, size_t from, size_t n, uint64_t cell)
{
  size_t to = n;
  while (from < to)
    {
      const size_t middle = from + (to - from) / 2;
      if (entries[middle].cell < cell)
        from = middle + 1;
      else
        to = middle;
    }
  return from;
}

bool
sw_bonds_find (const SwStructure *s,
               uint32_t (**ret_bonds)[2],
               size_t *ret_n_bonds,
               size_t *ret_n_crowded)
{
  float radii[256];
  double edge = 0.5;
  Entry *entries = SW_NEW (Entry, s->n_atoms);
  size_t n = 0, n_crowded = 0;
  List list = { 0 };

  if (entries == NULL)
    return false;
  for (unsigned e = 0; e < 256; e++)
    radii[e] = (float) sw_shim_element_covalent_radius (e);
  for (size_t a = 0; a < s->n_atoms; a++)
    if (!never_bonds (s->elements[a]))
      edge = MAX (edge, 2 * (double) radii[s->elements[a]] + 0.4);
  for (size_t a = 0; a < s->n_atoms; a++)
    {
      uint64_t cell = 0;
      if (never_bonds (s->elements[a]))
        continue;
      /* One empty cell on the low side, so that a neighbour's key cannot run into another row. */
      for (int i = 2; i >= 0; i--)
        cell = cell << AXIS_BITS | ((uint64_t) ((s->positions[a][i] - s->box_min[i]) / edge) + 1);
      entries[n++] = (Entry){ cell, (uint32_t) a };
    }
  qsort (entries, n, sizeof *entries, compare_entries);

  for (size_t from = 0; from < n;)
    {
      const uint64_t cell = entries[from].cell;
      const size_t to = lower_bound (entries, from, n, cell + 1);
      /* Forward half of the neighbourhood: the rest of this row, and four rows of three cells. */
      static const int rows[4][2] = { { 1, 0 }, { -1, 1 }, { 0, 1 }, { 1, 1 } };
      size_t range_from[5], range_to[5];
      if (to - from > CROWD_MAX)
        {
          n_crowded++;
          from = to;
          continue;
        }
      range_from[0] = to;
      range_to[0] = lower_bound (entries, to, n, cell + 2);
      for (int r = 0; r < 4; r++)
        {
          const uint64_t row = cell + (uint64_t) ((int64_t) rows[r][0] * (1 << AXIS_BITS))
                               + ((uint64_t) rows[r][1] << (2 * AXIS_BITS));
          range_from[r + 1] = lower_bound (entries, to, n, row - 1);
          range_to[r + 1] = lower_bound (entries, range_from[r + 1], n, row + 2);
        }
      for (size_t i = from; i < to; i++)
        {
          for (size_t j = i + 1; j < to; j++)
            if (are_bonded (s, radii, entries[i].atom, entries[j].atom)
                && !push (&list, entries[i].atom, entries[j].atom))
              goto fail;
          for (int r = 0; r < 5; r++)
            if (range_to[r] - range_from[r] <= 3 * CROWD_MAX)
              for (size_t j = range_from[r]; j < range_to[r]; j++)
                if (are_bonded (s, radii, entries[i].atom, entries[j].atom)
                    && !push (&list, entries[i].atom, entries[j].atom))
                  goto fail;
        }
      from = to;
    }
  sw_free (entries);
  if (list.n > 0)
    qsort (list.bonds, list.n, sizeof *list.bonds, compare_bonds);
  *ret_bonds = list.bonds;
  *ret_n_bonds = list.n;
  *ret_n_crowded = n_crowded;
  return true;
fail:
  sw_free (entries);
  sw_free (list.bonds);
  return false;
}
