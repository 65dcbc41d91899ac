/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/choose-private.h"

#include <math.h>
#include <string.h>

#include "structure/elements-private.h"

/* The component's kind; where the name says nothing, its atoms do. */
static unsigned
kind_of (const SwRaw *raw, const SwRawResidue *residue, char *ret_letter)
{
  bool n = false, ca = false, c = false, sugar = false, base = false;
  unsigned kind = sw_residue_kind (residue->name, ret_letter);
  /* UNK is an unknown amino acid by the book, and in practice also an unknown ligand. */
  const bool unknown = strcmp (residue->name, "UNK") == 0;
  if (kind != SW_RESIDUE_OTHER && !unknown)
    return kind;
  for (uint32_t a = 0; a < residue->n_atoms; a++)
    {
      const SwRawAtom *atom = &raw->atoms[residue->atom_first + a];
      const char *name = atom->name;
      n = n || strcmp (name, "N") == 0;
      ca = ca || (strcmp (name, "CA") == 0 && atom->element == 6);
      c = c || strcmp (name, "C") == 0;
      sugar = sugar || strcmp (name, "C4'") == 0 || strcmp (name, "C4*") == 0;
      base = base || strcmp (name, "O3'") == 0 || strcmp (name, "O3*") == 0;
    }
  if (ca && (unknown || (n && c)))
    {
      *ret_letter = 'X';
      return SW_RESIDUE_AMINO_ACID;
    }
  /* ADP and its like have a sugar too, but stand as HETATM; modified nucleotides are in gemmi's
   * table. */
  if (sugar && base && residue->n_atoms >= 12 && !raw->atoms[residue->atom_first].hetero)
    {
      *ret_letter = 'X';
      return SW_RESIDUE_NUCLEOTIDE;
    }
  *ret_letter = ' ';
  return SW_RESIDUE_OTHER;
}

/* Letter of the alternate location to keep in a residue: best mean occupancy, on a tie the first. 0
 * when there is none. */
static char
best_altloc (const SwRaw *raw, const SwRawResidue *residue, bool first_only)
{
  double sum[256] = { 0 };
  unsigned count[256] = { 0 };
  unsigned char order[256];
  size_t n = 0;
  char best = 0;
  double best_mean = -INFINITY;
  for (uint32_t a = 0; a < residue->n_atoms; a++)
    {
      const SwRawAtom *atom = &raw->atoms[residue->atom_first + a];
      const unsigned char letter = (unsigned char) atom->altloc;
      if (letter == 0)
        continue;
      if (first_only)
        return atom->altloc;
      if (count[letter]++ == 0)
        order[n++] = letter;
      sum[letter] += (double) atom->occupancy;
    }
  for (size_t i = 0; i < n; i++)
    if (sum[order[i]] / count[order[i]] > best_mean + 1e-6)
      {
        best_mean = sum[order[i]] / count[order[i]];
        best = (char) order[i];
      }
  return best;
}

static double
mean_occupancy (const SwRaw *raw, const SwRawResidue *residue)
{
  double sum = 0;
  for (uint32_t a = 0; a < residue->n_atoms; a++)
    sum += (double) raw->atoms[residue->atom_first + a].occupancy;
  return residue->n_atoms > 0 ? sum / residue->n_atoms : 0;
}

/* keep: [n_atoms]. Applies the policy to one residue. */
static void
choose_in_residue (const SwRaw *raw,
                   const SwRawResidue *residue,
                   const SwLoadOptions *options,
                   uint8_t *keep,
                   SwDropped *dropped)
{
  const SwRawAtom *atoms = raw->atoms + residue->atom_first;
  const char letter = options->altloc == SW_ALTLOC_ALL ? 0
                      : options->altloc == SW_ALTLOC_LETTER
                          ? options->altloc_letter
                          : best_altloc (raw, residue, options->altloc == SW_ALTLOC_FIRST);
  keep += residue->atom_first;
  if (options->altloc == SW_ALTLOC_ALL)
    return;
  for (uint32_t a = 0; a < residue->n_atoms; a++)
    {
      bool take = atoms[a].altloc == 0 || atoms[a].altloc == letter;
      /* A name that has no atom with this letter is not lost: its best one stays. Quadratic, hence
       * only in residues of a size that occurs. */
      if (!take && options->altloc != SW_ALTLOC_LETTER && residue->n_atoms < 1000)
        {
          take = true;
          for (uint32_t b = 0; b < residue->n_atoms && take; b++)
            if (b != a && strcmp (atoms[a].name, atoms[b].name) == 0)
              take = !(atoms[b].altloc == 0 || atoms[b].altloc == letter
                       || atoms[b].occupancy > atoms[a].occupancy
                       || (atoms[b].occupancy == atoms[a].occupancy && b < a));
        }
      if (!take)
        {
          keep[a] = 0;
          dropped->altlocs++;
        }
    }
}

static bool
all_alternate (const SwRaw *raw, const SwRawResidue *residue)
{
  for (uint32_t a = 0; a < residue->n_atoms; a++)
    if (raw->atoms[residue->atom_first + a].altloc == 0)
      return false;
  return residue->n_atoms > 0;
}

/* Residues of different names at one number (microheterogeneity): one is kept. */
static void
choose_residues (const SwRaw *raw, const SwLoadOptions *options, uint8_t *keep, SwDropped *dropped)
{
  for (size_t c = 0; c < raw->n_chains; c++)
    {
      const uint32_t first = raw->chains[c].residue_first, end = first + raw->chains[c].n_residues;
      for (uint32_t r = first; r < end;)
        {
          uint32_t next = r + 1, best = r;
          while (next < end && raw->residues[next].number == raw->residues[r].number
                 && raw->residues[next].insertion == raw->residues[r].insertion
                 && strcmp (raw->residues[next].name, raw->residues[r].name) != 0
                 && all_alternate (raw, &raw->residues[next])
                 && all_alternate (raw, &raw->residues[r]))
            {
              if (options->altloc == SW_ALTLOC_HIGHEST
                  && mean_occupancy (raw, &raw->residues[next])
                         > mean_occupancy (raw, &raw->residues[best]) + 1e-6)
                best = next;
              next++;
            }
          for (uint32_t i = r; i < next; i++)
            if (i == best || options->altloc == SW_ALTLOC_ALL
                || options->altloc == SW_ALTLOC_LETTER)
              choose_in_residue (raw, &raw->residues[i], options, keep, dropped);
            else
              {
                memset (keep + raw->residues[i].atom_first, 0, raw->residues[i].n_atoms);
                dropped->altlocs += raw->residues[i].n_atoms;
                dropped->residues_altloc++;
              }
          r = next;
        }
    }
}

static void
choose_kinds (const SwRaw *raw,
              const unsigned char *kinds,
              const SwLoadOptions *options,
              uint8_t *keep,
              SwDropped *dropped)
{
  size_t n_dry = 0;
  for (size_t r = 0; r < raw->n_residues; r++)
    if (kinds[r] != SW_RESIDUE_WATER)
      n_dry += raw->residues[r].n_atoms;
  dropped->waters_kept = n_dry == 0 && !options->waters && raw->n_residues > 0;
  for (size_t r = 0; r < raw->n_residues; r++)
    for (uint32_t i = 0; i < raw->residues[r].n_atoms; i++)
      {
        const size_t a = raw->residues[r].atom_first + i;
        if (!keep[a])
          continue;
        if (kinds[r] == SW_RESIDUE_WATER && !options->waters && !dropped->waters_kept)
          {
            keep[a] = 0;
            dropped->waters++;
          }
        else if (kinds[r] == SW_RESIDUE_OTHER && options->no_ligands)
          {
            keep[a] = 0;
            dropped->ligands++;
          }
        else if (raw->atoms[a].element == 1 && !options->hydrogens)
          {
            keep[a] = 0;
            dropped->hydrogens++;
          }
      }
}

void
sw_choose_atoms (const SwRaw *raw,
                 const SwLoadOptions *options,
                 uint8_t *keep,
                 unsigned char *kinds,
                 char *letters,
                 SwDropped *dropped)
{
  *dropped = (SwDropped){ 0 };
  memset (keep, 1, raw->n_atoms);
  for (size_t r = 0; r < raw->n_residues; r++)
    kinds[r] = (unsigned char) kind_of (raw, &raw->residues[r], &letters[r]);
  choose_residues (raw, options, keep, dropped);
  choose_kinds (raw, kinds, options, keep, dropped);
}
