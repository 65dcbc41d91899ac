/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/structure.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "base/file.h"
#include "base/memory.h"
#include "structure/bonds-private.h"
#include "structure/elements-private.h"
#include "structure/format-table.h"
#include "structure/gemmi-shim-private.h"
#include "structure/packed-private.h"
#include "structure/pdb-text-private.h"
#include "structure/report-private.h"
#include "structure/secondary-private.h"

G_DEFINE_QUARK (sw - structure - error - quark, sw_structure_error)

typedef struct
{
  SwStructure pub; /* first: the public pointer is this block */
  gatomicrefcount references;
  double (*positions)[3];
  uint8_t *elements;
  SwAtomName *atom_names;
  uint32_t *residue_of;
  char *altlocs;
  float *occupancies, *b_factors;
  uint16_t *flags;
  SwResidue *residues;
  SwChain *chains;
  uint32_t (*bonds)[2];
  GStringChunk *strings;
  char **assembly_names;
  SwReport report;
} Structure;

/* ---- life ---- */

static void
structure_free (Structure *s)
{
  if (s == NULL)
    return;
  sw_free (s->positions);
  sw_free (s->elements);
  sw_free (s->atom_names);
  sw_free (s->residue_of);
  sw_free (s->altlocs);
  sw_free (s->occupancies);
  sw_free (s->b_factors);
  sw_free (s->flags);
  sw_free (s->residues);
  sw_free (s->chains);
  sw_free (s->bonds);
  g_strfreev (s->assembly_names);
  g_string_chunk_free (s->strings);
  sw_report_clear (&s->report);
  g_free (s);
}

SwStructure *
sw_structure_ref (SwStructure *structure)
{
  g_atomic_ref_count_inc (&((Structure *) structure)->references);
  return structure;
}

void
sw_structure_unref (SwStructure *structure)
{
  if (structure != NULL && g_atomic_ref_count_dec (&((Structure *) structure)->references))
    structure_free ((Structure *) structure);
}

static Structure *
structure_new (size_t n_atoms, size_t n_residues, size_t n_chains)
{
  Structure *s = g_new0 (Structure, 1);
  g_atomic_ref_count_init (&s->references);
  s->strings = g_string_chunk_new (256);
  sw_report_init (&s->report);
  s->positions = sw_alloc (n_atoms, sizeof *s->positions);
  s->elements = sw_alloc0 (n_atoms, sizeof *s->elements);
  s->atom_names = sw_alloc0 (n_atoms, sizeof *s->atom_names);
  s->residue_of = sw_alloc0 (n_atoms, sizeof *s->residue_of);
  s->altlocs = sw_alloc0 (n_atoms, sizeof *s->altlocs);
  s->occupancies = sw_alloc0 (n_atoms, sizeof *s->occupancies);
  s->b_factors = sw_alloc0 (n_atoms, sizeof *s->b_factors);
  s->flags = sw_alloc0 (n_atoms, sizeof *s->flags);
  s->residues = sw_alloc0 (n_residues, sizeof *s->residues);
  s->chains = sw_alloc0 (n_chains, sizeof *s->chains);
  if (s->positions == NULL || s->elements == NULL || s->atom_names == NULL || s->residue_of == NULL
      || s->altlocs == NULL || s->occupancies == NULL || s->b_factors == NULL || s->flags == NULL
      || s->residues == NULL || s->chains == NULL)
    {
      structure_free (s);
      return NULL;
    }
  return s;
}

static bool
fail_memory (const char *name, GError **error)
{
  g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
               _ ("Not enough memory to read %s"), name);
  return false;
}

/* ---- choosing atoms ---- */

typedef struct
{
  size_t altlocs, hydrogens, waters, ligands; /* atoms left out */
  size_t residues_altloc;                     /* residues of microheterogeneity left out */
  bool waters_kept;
} Dropped;

static bool
is_hydrogen (const SwRawAtom *atom)
{
  return atom->element == 1;
}

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
                   Dropped *dropped)
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
choose_residues (const SwRaw *raw, const SwLoadOptions *options, uint8_t *keep, Dropped *dropped)
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
              Dropped *dropped)
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
        else if (is_hydrogen (&raw->atoms[a]) && !options->hydrogens)
          {
            keep[a] = 0;
            dropped->hydrogens++;
          }
      }
}

/* ---- filling the arrays ---- */

static bool
is_backbone (unsigned kind, const char *name)
{
  static const char *const protein[] = { "N", "CA", "C", "O", "OXT", "H", "HA" };
  static const char *const nucleic[] = { "P",   "OP1", "OP2", "O1P", "O2P", "O5'", "C5'",
                                         "C4'", "O4'", "C3'", "O3'", "C2'", "O2'", "C1'" };
  if (kind == SW_RESIDUE_AMINO_ACID)
    for (size_t i = 0; i < G_N_ELEMENTS (protein); i++)
      if (strcmp (name, protein[i]) == 0)
        return true;
  if (kind == SW_RESIDUE_NUCLEOTIDE)
    {
      /* Old files write C4* for C4'. */
      char modern[8];
      g_strlcpy (modern, name, sizeof modern);
      g_strdelimit (modern, "*", '\'');
      for (size_t i = 0; i < G_N_ELEMENTS (nucleic); i++)
        if (strcmp (modern, nucleic[i]) == 0)
          return true;
    }
  return false;
}

static uint16_t
flags_of (const SwRawAtom *atom, unsigned kind, bool guessed)
{
  uint16_t flags = 0;
  if (atom->hetero)
    flags |= SW_ATOM_HETERO;
  if (is_hydrogen (atom))
    flags |= SW_ATOM_HYDROGEN;
  if (kind == SW_RESIDUE_WATER)
    flags |= SW_ATOM_WATER;
  else if (kind == SW_RESIDUE_OTHER)
    flags |= SW_ATOM_LIGAND;
  else
    flags |= SW_ATOM_POLYMER;
  if (kind == SW_RESIDUE_AMINO_ACID && strcmp (atom->name, "CA") == 0
      && (atom->element == 6 || atom->element == 0))
    flags |= SW_ATOM_CA;
  if (is_backbone (kind, atom->name))
    flags |= SW_ATOM_BACKBONE;
  if (guessed)
    flags |= SW_ATOM_ELEMENT_GUESSED;
  return flags;
}

static void
add_residue (
    Structure *s, const SwRaw *raw, size_t index, unsigned kind, char letter, const uint8_t *keep)
{
  SwStructure *pub = &s->pub;
  const SwRawResidue *in = &raw->residues[index];
  SwResidue *out = &s->residues[pub->n_residues];
  SwChain *chain = &s->chains[pub->n_chains];
  const size_t first = pub->n_atoms;
  for (uint32_t i = 0; i < in->n_atoms; i++)
    {
      const SwRawAtom *atom = &raw->atoms[in->atom_first + i];
      const size_t a = pub->n_atoms;
      if (!keep[in->atom_first + i])
        continue;
      memcpy (s->positions[a], atom->position, sizeof atom->position);
      memcpy (s->atom_names[a], atom->name, sizeof atom->name);
      s->elements[a] = atom->element;
      s->residue_of[a] = (uint32_t) pub->n_residues;
      s->altlocs[a] = atom->altloc;
      s->occupancies[a] = atom->occupancy;
      s->b_factors[a] = atom->b_factor;
      s->flags[a] = flags_of (atom, kind, atom->element_guessed);
      pub->n_ca += (s->flags[a] & SW_ATOM_CA) != 0;
      pub->n_hydrogens += (s->flags[a] & SW_ATOM_HYDROGEN) != 0;
      pub->n_atoms++;
    }
  if (pub->n_atoms == first)
    return;
  memcpy (out->name, in->name, sizeof out->name);
  out->number = in->number;
  out->insertion = in->insertion;
  out->kind = (uint8_t) kind;
  out->secondary = in->secondary;
  out->one_letter = letter;
  out->chain = (uint32_t) pub->n_chains;
  out->atom_first = (uint32_t) first;
  out->n_atoms = (uint32_t) (pub->n_atoms - first);
  out->ca = -1;
  for (size_t a = first; a < pub->n_atoms && out->ca < 0; a++)
    if ((s->flags[a] & SW_ATOM_CA)
        || (kind == SW_RESIDUE_NUCLEOTIDE && strcmp (s->atom_names[a], "P") == 0))
      out->ca = (int64_t) a;
  for (size_t a = first; kind == SW_RESIDUE_NUCLEOTIDE && a < pub->n_atoms && out->ca < 0; a++)
    if (strcmp (s->atom_names[a], "C1'") == 0 || strcmp (s->atom_names[a], "C1*") == 0)
      out->ca = (int64_t) a;
  chain->n_amino_acids += kind == SW_RESIDUE_AMINO_ACID;
  chain->n_nucleotides += kind == SW_RESIDUE_NUCLEOTIDE;
  pub->n_amino_acids += kind == SW_RESIDUE_AMINO_ACID;
  pub->n_nucleotides += kind == SW_RESIDUE_NUCLEOTIDE;
  pub->n_waters += kind == SW_RESIDUE_WATER;
  chain->n_residues++;
  pub->n_residues++;
}

static void
publish (Structure *s)
{
  SwStructure *pub = &s->pub;
  double sum[3] = { 0 }, squared = 0;
  pub->positions = (const double (*)[3]) s->positions;
  pub->elements = s->elements;
  pub->atom_names = (const SwAtomName *) s->atom_names;
  pub->residue_of = s->residue_of;
  pub->altlocs = s->altlocs;
  pub->occupancies = s->occupancies;
  pub->b_factors = s->b_factors;
  pub->flags = s->flags;
  pub->residues = s->residues;
  pub->chains = s->chains;
  for (int i = 0; i < 3; i++)
    pub->box_min[i] = pub->box_max[i] = s->positions[0][i];
  for (size_t a = 0; a < pub->n_atoms; a++)
    for (int i = 0; i < 3; i++)
      {
        pub->box_min[i] = fmin (pub->box_min[i], s->positions[a][i]);
        pub->box_max[i] = fmax (pub->box_max[i], s->positions[a][i]);
        sum[i] += s->positions[a][i];
      }
  for (int i = 0; i < 3; i++)
    pub->mean[i] = sum[i] / (double) pub->n_atoms;
  for (size_t a = 0; a < pub->n_atoms; a++)
    {
      double d = 0;
      for (int i = 0; i < 3; i++)
        d += (s->positions[a][i] - pub->mean[i]) * (s->positions[a][i] - pub->mean[i]);
      squared = fmax (squared, d);
    }
  pub->radius = sqrt (squared);
}

static bool
find_bonds (Structure *s, const char *name, GError **error)
{
  size_t n_crowded;
  if (!sw_bonds_find (&s->pub, &s->bonds, &s->pub.n_bonds, &n_crowded))
    return fail_memory (name, error);
  s->pub.bonds = (const uint32_t (*)[2]) s->bonds;
  if (n_crowded > 0)
    sw_report_add (&s->report, SW_REPORT_WARNING, "crowded", n_crowded,
                   _ ("So many atoms lie at one place that no bonds are drawn there"));
  return true;
}

/* ---- the report ---- */

static void
report_read (Structure *s, const SwRaw *raw, const SwLoadOptions *options, bool packed)
{
  const SwStructure *pub = &s->pub;
  SwReport *report = &s->report;
  sw_report_add (report, SW_REPORT_READ, "format", 1, packed ? _ ("%s, gzipped") : "%s",
                 pub->format);
  if (pub->n_models > 1)
    sw_report_add (report, SW_REPORT_READ, "models", pub->n_models,
                   /* Translators: which model of how many */
                   _ ("Model %zu of %zu"), pub->model, pub->n_models);
  /* Translators: the five are put together: "1 chain, 46 residues (46 amino acids, 0 nucleotides), 327 atoms" */
  g_autofree char *chains = g_strdup_printf (ngettext ("%zu chain", "%zu chains", pub->n_chains), pub->n_chains);
  g_autofree char *residues
      = g_strdup_printf (ngettext ("%zu residue", "%zu residues", pub->n_residues), pub->n_residues);
  g_autofree char *amino_acids = g_strdup_printf (
      ngettext ("%zu amino acid", "%zu amino acids", pub->n_amino_acids), pub->n_amino_acids);
  g_autofree char *nucleotides = g_strdup_printf (
      ngettext ("%zu nucleotide", "%zu nucleotides", pub->n_nucleotides), pub->n_nucleotides);
  g_autofree char *atoms = g_strdup_printf (ngettext ("%zu atom", "%zu atoms", pub->n_atoms), pub->n_atoms);
  sw_report_add (report, SW_REPORT_READ, "contents", pub->n_atoms, "%s, %s (%s, %s), %s", chains, residues,
                 amino_acids, nucleotides, atoms);
  if (pub->assembly[0] != '\0')
    sw_report_add (report, SW_REPORT_READ, "assembly", 1, _ ("Assembly %s was built"),
                   pub->assembly);
  else if (pub->n_assemblies > 0)
    sw_report_add (report, SW_REPORT_READ, "assemblies", pub->n_assemblies,
                   g_dngettext (NULL,
                                "The asymmetric unit is shown; the file describes %zu assembly",
                                "The asymmetric unit is shown; the file describes %zu assemblies",
                                pub->n_assemblies),
                   pub->n_assemblies);
  sw_report_add (report, SW_REPORT_DROPPED, "selection", raw->n_not_selected,
                 ngettext ("%zu atom is not in the selection “%s”",
                           "%zu atoms are not in the selection “%s”", raw->n_not_selected),
                 raw->n_not_selected, options->selection != NULL ? options->selection : "");
}

static void
report_dropped (Structure *s, const Dropped *dropped, const SwLoadOptions *options)
{
  SwReport *report = &s->report;
  sw_report_add (
      report, SW_REPORT_DROPPED, "altlocs", dropped->altlocs,
      options->altloc == SW_ALTLOC_HIGHEST ? ngettext (
          "%zu atom of an alternate location with lower occupancy left out",
          "%zu atoms of alternate locations with lower occupancy left out", dropped->altlocs)
      : options->altloc == SW_ALTLOC_FIRST
          ? ngettext ("%zu atom of an alternate location after the first left out",
                      "%zu atoms of alternate locations after the first left out", dropped->altlocs)
          : ngettext ("%zu atom of another alternate location left out",
                      "%zu atoms of other alternate locations left out", dropped->altlocs),
      dropped->altlocs);
  sw_report_add (
      report, SW_REPORT_DROPPED, "microheterogeneity", dropped->residues_altloc,
      ngettext (
          "%zu residue left out because another stands at the same place (microheterogeneity)",
          "%zu residues left out because others stand at the same places (microheterogeneity)",
          dropped->residues_altloc),
      dropped->residues_altloc);
  sw_report_add (
      report, SW_REPORT_DROPPED, "hydrogens", dropped->hydrogens,
      ngettext ("%zu hydrogen atom left out", "%zu hydrogen atoms left out", dropped->hydrogens),
      dropped->hydrogens);
  sw_report_add (
      report, SW_REPORT_DROPPED, "waters", dropped->waters,
      ngettext ("%zu atom of water left out", "%zu atoms of water left out", dropped->waters),
      dropped->waters);
  sw_report_add (report, SW_REPORT_DROPPED, "ligands", dropped->ligands,
                 ngettext ("%zu atom of ligands and ions left out",
                           "%zu atoms of ligands and ions left out", dropped->ligands),
                 dropped->ligands);
  if (dropped->waters_kept)
    sw_report_add (report, SW_REPORT_WARNING, "only-water", 1,
                   _ ("There is nothing but water, so it was kept"));
  if (s->pub.n_amino_acids == 0)
    sw_report_add (report, SW_REPORT_WARNING, "no-protein", 1,
                   _ ("There is no protein; networks for C-alpha atoms cannot run on it"));
}

static void
report_pdb (Structure *s, const SwPdbText *text)
{
  SwReport *report = &s->report;
  if (text->pqr)
    sw_report_add (report, SW_REPORT_WARNING, "pqr", 1,
                   _ ("A PQR file: its charges and radii are not used"));
  if (text->pdbqt)
    sw_report_add (
        report, SW_REPORT_WARNING, "pdbqt", 1,
        _ ("A PDBQT file: elements come from AutoDock's atom types, charges are not used"));
  sw_report_add (report, SW_REPORT_DROPPED, "dummies", text->n_dummies,
                 ngettext ("%zu dummy atom (DUM) left out; it marks a membrane",
                           "%zu dummy atoms (DUM) left out; they mark a membrane", text->n_dummies),
                 text->n_dummies);
  sw_report_add (report, SW_REPORT_DROPPED, "after-end", text->n_after_end,
                 ngettext ("%zu atom line after END was not read",
                           "%zu atom lines after END were not read", text->n_after_end),
                 text->n_after_end);
  sw_report_add (report, SW_REPORT_GUESSED, "elements-corrected", text->n_corrected,
                 ngettext ("%zu element could not be true for an amino acid or nucleotide and was "
                           "taken from the atom name",
                           "%zu elements could not be true for an amino acid or nucleotide and "
                           "were taken from the atom names",
                           text->n_corrected),
                 text->n_corrected);
  if (text->cut_line > 0)
    sw_report_add (
        report, SW_REPORT_WARNING, "cut", 1,
        _ ("The file ends in the middle of line %zu; that atom is missing and perhaps more"),
        text->cut_line);
  if (text->n_unclosed_models > 0)
    sw_report_add (report, SW_REPORT_WARNING, "models-unclosed", text->n_unclosed_models,
                   ngettext ("%zu model is not closed by ENDMDL",
                             "%zu models are not closed by ENDMDL", text->n_unclosed_models),
                   text->n_unclosed_models);
  if (text->n_copies > 0)
    sw_report_add (
        report, SW_REPORT_WARNING, "copies", text->n_copies,
        ngettext (
            "Chain names and residue numbers repeat; %zu repetition was read as further chains",
            "Chain names and residue numbers repeat; %zu repetitions were read as further chains",
            text->n_copies),
        text->n_copies);
}

static void
report_elements (Structure *s, size_t n_guessed, size_t n_unknown)
{
  sw_report_add (
      &s->report, SW_REPORT_GUESSED, "elements", n_guessed,
      ngettext ("%zu element is missing in the file and was taken from the atom name",
                "%zu elements are missing in the file and were taken from the atom names",
                n_guessed),
      n_guessed);
  if (n_unknown > 0)
    sw_report_add (&s->report, SW_REPORT_WARNING, "elements-unknown", n_unknown,
                   ngettext ("The element of %zu atom could not be told",
                             "The element of %zu atoms could not be told", n_unknown),
                   n_unknown);
}

/* ---- from raw to public ---- */

static bool
guess_elements (SwRaw *raw, size_t *ret_guessed, size_t *ret_unknown)
{
  *ret_guessed = *ret_unknown = 0;
  for (size_t r = 0; r < raw->n_residues; r++)
    for (uint32_t i = 0; i < raw->residues[r].n_atoms; i++)
      {
        /* The owner of these arrays lent them to us alone. */
        SwRawAtom *atom = (SwRawAtom *) &raw->atoms[raw->residues[r].atom_first + i];
        if (!atom->element_guessed)
          continue;
        atom->element = (uint8_t) sw_element_guess (atom->name, false, raw->residues[r].name);
        if (atom->element != 0)
          ++*ret_guessed;
        else
          ++*ret_unknown;
      }
  return true;
}

static void
set_texts (Structure *s, const SwRaw *raw, const char *path, const SwLoadOptions *options)
{
  SwStructure *pub = &s->pub;
  g_autofree char *title = g_utf8_make_valid (raw->title, -1);
  g_autofree char *id = g_utf8_make_valid (raw->entry_id, -1);
  g_autofree char *group = g_utf8_make_valid (raw->space_group, -1);
  GPtrArray *names = g_ptr_array_new ();
  g_strdelimit (title, "\n\r\t", ' ');
  pub->path = g_string_chunk_insert (s->strings, path);
  pub->title = g_string_chunk_insert (s->strings, title);
  pub->entry_id = g_string_chunk_insert (s->strings, id);
  pub->space_group = g_string_chunk_insert (s->strings, group);
  pub->assembly
      = g_string_chunk_insert (s->strings, options->assembly != NULL ? options->assembly : "");
  for (size_t i = 0; i < raw->n_assemblies; i++)
    g_ptr_array_add (names, g_utf8_make_valid (raw->assembly_names[i], -1));
  g_ptr_array_add (names, NULL);
  s->assembly_names = (char **) g_ptr_array_free (names, false);
  pub->n_assemblies = raw->n_assemblies;
  pub->assembly_names = (const char *const *) s->assembly_names;
}

/* raw becomes a structure; text is NULL for mmCIF. */
static SwStructure *
build (SwRaw *raw,
       const SwPdbText *text,
       const char *path,
       const char *name,
       bool packed,
       const SwLoadOptions *options,
       GError **error)
{
  Structure *s = structure_new (raw->n_atoms, raw->n_residues, raw->n_chains);
  uint8_t *keep = sw_alloc (raw->n_atoms, 1);
  unsigned char *kinds = sw_alloc (raw->n_residues, 1);
  char *letters = sw_alloc (raw->n_residues, 1);
  Dropped dropped = { 0 };
  size_t n_guessed = text != NULL ? text->n_guessed : 0,
         n_unknown = text != NULL ? text->n_unknown : 0;
  SwStructure *pub;

  if (s == NULL || keep == NULL || kinds == NULL || letters == NULL)
    {
      fail_memory (name, error);
      goto fail;
    }
  pub = &s->pub;
  if (text == NULL)
    guess_elements (raw, &n_guessed, &n_unknown);
  memset (keep, 1, raw->n_atoms);
  for (size_t r = 0; r < raw->n_residues; r++)
    kinds[r] = (unsigned char) kind_of (raw, &raw->residues[r], &letters[r]);
  choose_residues (raw, options, keep, &dropped);
  choose_kinds (raw, kinds, options, keep, &dropped);

  for (size_t c = 0; c < raw->n_chains; c++)
    {
      SwChain *chain = &s->chains[pub->n_chains];
      g_autofree char *chain_name = g_utf8_make_valid (raw->chains[c].name, -1);
      *chain = (SwChain){ .residue_first = (uint32_t) pub->n_residues,
                          .atom_first = (uint32_t) pub->n_atoms };
      for (uint32_t r = 0; r < raw->chains[c].n_residues; r++)
        {
          const size_t index = raw->chains[c].residue_first + r;
          add_residue (s, raw, index, kinds[index], letters[index], keep);
        }
      chain->n_atoms = (uint32_t) (pub->n_atoms - chain->atom_first);
      chain->name = g_string_chunk_insert (s->strings, chain_name);
      pub->n_chains += chain->n_residues > 0;
    }
  if (pub->n_atoms == 0)
    {
      const bool had = raw->n_atoms > 0;
      g_set_error (
          error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY,
          had ? _ (
              "%s: nothing is left of its %zu atoms after leaving out hydrogens, waters or ligands")
          : raw->n_not_selected > 0 ? _ ("%s: the selection fits none of its %zu atoms")
                                    : _ ("%s has no atoms"),
          name, had ? raw->n_atoms : raw->n_not_selected);
      goto fail;
    }
  set_texts (s, raw, path, options);
  pub->format = text != NULL ? "PDB" : "mmCIF";
  pub->n_models = text != NULL ? text->n_models : raw->n_models;
  pub->model = options->model;
  if (text != NULL && text->has_cell)
    {
      memcpy (pub->cell, text->cell, sizeof pub->cell);
      pub->space_group = g_string_chunk_insert (s->strings, text->space_group);
    }
  else
    memcpy (pub->cell, raw->cell, sizeof pub->cell);
  publish (s);
  pub->secondary_source = raw->has_secondary ? SW_SECONDARY_SOURCE_FILE : SW_SECONDARY_SOURCE_NONE;
  if (!raw->has_secondary && sw_secondary_assign (pub->n_residues, s->residues, pub->positions) > 0)
    pub->secondary_source = SW_SECONDARY_SOURCE_COMPUTED;
  report_read (s, raw, options, packed);
  report_dropped (s, &dropped, options);
  if (text != NULL)
    report_pdb (s, text);
  report_elements (s, n_guessed, n_unknown);
  if (raw->warning[0] != '\0')
    sw_report_add (&s->report, SW_REPORT_WARNING, "parts", 1,
                   _ ("Not everything could be read: %s"), raw->warning);
  if (pub->secondary_source == SW_SECONDARY_SOURCE_COMPUTED)
    sw_report_add (
        &s->report, SW_REPORT_GUESSED, "secondary", 1,
        _ ("Helices and strands are not in the file; they were found from the C-alpha trace"));
  if (!find_bonds (s, name, error))
    goto fail;
  pub->report
      = (SwLoadReport){ s->report.items->len, (const SwReportItem *) s->report.items->data };
  sw_free (keep);
  sw_free (kinds);
  sw_free (letters);
  return pub;
fail:
  sw_free (keep);
  sw_free (kinds);
  sw_free (letters);
  structure_free (s);
  return NULL;
}

/* ---- reading ---- */

static void
set_shim_error (int fault, const char *name, const char *message, GError **error)
{
  static const int codes[] = {
    [SW_SHIM_FORMAT] = SW_STRUCTURE_ERROR_FORMAT,
    [SW_SHIM_MEMORY] = SW_STRUCTURE_ERROR_TOO_LARGE,
    [SW_SHIM_OPTIONS] = SW_STRUCTURE_ERROR_OPTIONS,
    [SW_SHIM_TOO_LARGE] = SW_STRUCTURE_ERROR_TOO_LARGE,
    [SW_SHIM_NO_ATOMS] = SW_STRUCTURE_ERROR_EMPTY,
    [SW_SHIM_COORDINATES] = SW_STRUCTURE_ERROR_COORDINATES,
    [SW_SHIM_IO] = SW_STRUCTURE_ERROR_IO,
  };
  g_autofree char *valid = g_utf8_make_valid (message, -1);
  g_set_error (error, SW_STRUCTURE_ERROR, codes[fault],
               /* Translators: a file name and what is wrong with it */
               _ ("%s: %s"), name, valid);
}

/* gemmi keeps every value of a CIF as a string of 32 bytes in a vector that doubles. */
static bool
cif_fits_memory (const unsigned char *bytes, size_t size)
{
  size_t n_values = 0;
  bool blank = true;
  for (size_t i = 0; i < size; i++)
    {
      const bool now = bytes[i] <= ' ';
      n_values += blank && !now;
      blank = now;
    }
  return n_values < sw_memory_available () / 100;
}

static SwStructure *
load (const SwBytes *bytes,
      const char *path,
      const char *name,
      const SwLoadOptions *options,
      GCancellable *cancellable,
      GError **error)
{
  const SwFormat *format = sw_format_sniff (bytes->bytes, bytes->size);
  SwLoadOptions chosen = options != NULL ? *options : (SwLoadOptions){ 0 };
  SwShimOptions shim = { .assembly = chosen.assembly,
                         .selection = chosen.selection,
                         .atoms_max = SW_STRUCTURE_ATOMS_MAX,
                         .coordinate_max = SW_COORDINATE_MAX };
  SwRaw raw = { 0 };
  SwPdbText text = { 0 };
  SwStructure *structure = NULL;
  char message[SW_SHIM_TEXT] = "";
  const size_t bom = bytes->size >= 3 && memcmp (bytes->bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  int fault;

  chosen.model = chosen.model == 0 ? 1 : chosen.model;
  shim.model = chosen.model;
  if (bytes->size == 0)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY, _ ("%s is empty"), name);
      return NULL;
    }
  if (format == NULL)
    {
      g_set_error (
          error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_FORMAT,
          _ ("%s is not a structure: it has neither PDB atom lines nor an mmCIF data block"), name);
      return NULL;
    }
  if (format->kind != SW_FORMAT_STRUCTURE)
    {
      const char *advice = format->kind == SW_FORMAT_VOLUME
                               ? N_ ("It is a density, not a structure.")
                               : format->advice;
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_UNSUPPORTED,
                   /* Translators: a file name, the name of its format, a hint or nothing */
                   _ ("%s is not a PDB or mmCIF file but: %s. %s"), name, _ (format->name),
                   advice != NULL ? _ (advice) : "");
      return NULL;
    }
  if (strcmp (format->id, "pdb") == 0)
    {
      if (!sw_pdb_text_read (bytes->bytes, bytes->size, name, chosen.model, &text, error))
        return NULL;
      if (text.n_atoms == 0)
        {
          sw_pdb_text_clear (&text);
          g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY,
                       _ ("%s has no atoms (no ATOM or HETATM lines)"), name);
          return NULL;
        }
      fault = sw_shim_read_pdb (text.text, text.size, &shim, &raw, message);
    }
  else
    {
      if (!cif_fits_memory (bytes->bytes, bytes->size))
        {
          fail_memory (name, error);
          return NULL;
        }
      fault = sw_shim_read_mmcif ((const char *) bytes->bytes + bom, bytes->size - bom, &shim, &raw,
                                  message);
    }
  if (fault != SW_SHIM_OK)
    set_shim_error (fault, name, message, error);
  else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    structure
        = build (&raw, text.text != NULL ? &text : NULL, path, name, bytes->packed, &chosen, error);
  sw_raw_free (&raw);
  sw_pdb_text_clear (&text);
  return structure;
}

SwStructure *
sw_structure_load (const char *path,
                   const SwLoadOptions *options,
                   GCancellable *cancellable,
                   GError **error)
{
  SwBytes bytes;
  SwStructure *structure;
  g_autofree char *name = NULL;
  g_return_val_if_fail (path != NULL, NULL);
  if (!sw_bytes_read (path, cancellable, &bytes, error))
    return NULL;
  name = g_filename_display_name (path);
  structure = load (&bytes, path, name, options, cancellable, error);
  sw_bytes_clear (&bytes);
  return structure;
}

SwStructure *
sw_structure_load_bytes (const void *data,
                         size_t size,
                         const char *name,
                         const SwLoadOptions *options,
                         GCancellable *cancellable,
                         GError **error)
{
  SwBytes bytes;
  SwStructure *structure;
  g_return_val_if_fail (name != NULL, NULL);
  if (!sw_bytes_unpack (data, size, name, cancellable, &bytes, error))
    return NULL;
  structure = load (&bytes, "", name, options, cancellable, error);
  sw_bytes_clear (&bytes);
  return structure;
}

SwStructure *
sw_structure_new_from_points (size_t n,
                              const double (*positions)[3],
                              const uint8_t *elements,
                              const char *title,
                              GError **error)
{
  static const char *const no_assemblies[] = { NULL };
  Structure *s;
  const char *name = title != NULL ? title : _ ("The point set");
  if (n == 0 || n > SW_STRUCTURE_ATOMS_MAX)
    {
      g_set_error (error, SW_STRUCTURE_ERROR,
                   n == 0 ? SW_STRUCTURE_ERROR_EMPTY : SW_STRUCTURE_ERROR_TOO_LARGE,
                   n == 0 ? _ ("%s has no atoms") : _ ("%s has too many atoms"), name);
      return NULL;
    }
  for (size_t a = 0; a < n; a++)
    for (int i = 0; i < 3; i++)
      if (!(fabs (positions[a][i]) <= SW_COORDINATE_MAX))
        {
          g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_COORDINATES,
                       _ ("%s: atom %zu has a coordinate that is not a number or impossibly large"),
                       name, a + 1);
          return NULL;
        }
  s = structure_new (n, n, 1);
  if (s == NULL)
    {
      fail_memory (name, error);
      return NULL;
    }
  for (size_t a = 0; a < n; a++)
    {
      memcpy (s->positions[a], positions[a], sizeof s->positions[a]);
      s->elements[a] = elements != NULL ? elements[a] : 6;
      g_strlcpy (s->atom_names[a], sw_element_symbol (s->elements[a]), sizeof s->atom_names[a]);
      s->residue_of[a] = (uint32_t) a;
      s->occupancies[a] = 1;
      s->flags[a] = (uint16_t) (SW_ATOM_LIGAND | (s->elements[a] == 1 ? SW_ATOM_HYDROGEN : 0));
      s->pub.n_hydrogens += s->elements[a] == 1;
      s->residues[a] = (SwResidue){ .name = "PNT",
                                    .number = (int32_t) a + 1,
                                    .insertion = ' ',
                                    .one_letter = ' ',
                                    .atom_first = (uint32_t) a,
                                    .n_atoms = 1,
                                    .ca = -1 };
    }
  s->chains[0] = (SwChain){ .name = "A", .n_residues = (uint32_t) n, .n_atoms = (uint32_t) n };
  s->pub.n_atoms = s->pub.n_residues = n;
  s->pub.n_chains = 1;
  s->pub.n_models = s->pub.model = 1;
  s->pub.path = s->pub.entry_id = s->pub.space_group = s->pub.assembly = "";
  s->pub.title = g_string_chunk_insert (s->strings, title != NULL ? title : "");
  s->pub.format = "points";
  s->pub.assembly_names = no_assemblies;
  publish (s);
  if (!find_bonds (s, name, error))
    {
      structure_free (s);
      return NULL;
    }
  sw_report_add (&s->report, SW_REPORT_READ, "contents", n, _ ("%zu points"), n);
  s->pub.report
      = (SwLoadReport){ s->report.items->len, (const SwReportItem *) s->report.items->data };
  return &s->pub;
}

/* ---- writing ---- */

bool
sw_structure_write (const SwStructure *structure,
                    const float *values,
                    SwWriteFormat format,
                    const char *path,
                    GError **error)
{
  SwFileWriter *writer;
  SwError fault = { 0 };
  char message[SW_SHIM_TEXT] = "";
  int result;
  g_return_val_if_fail (structure != NULL && path != NULL, false);
  if (sw_file_writer_new (path, &writer, &fault) != SW_OK)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, fault.text);
      return false;
    }
  result = sw_shim_write_structure (structure, values, format == SW_WRITE_MMCIF,
                                    sw_file_writer_path (writer), message);
  if (result != SW_SHIM_OK)
    {
      sw_file_writer_abort (writer);
      set_shim_error (result, path, message, error);
      return false;
    }
  if (sw_file_writer_commit (writer, &fault) != SW_OK)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, fault.text);
      return false;
    }
  return true;
}
