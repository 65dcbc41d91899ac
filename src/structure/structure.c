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
#include "structure/load-report-private.h"
#include "structure/packed-private.h"
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
  if (atom->element == 1)
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
  SwDropped dropped;
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
  sw_choose_atoms (raw, options, keep, kinds, letters, &dropped);

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
  const SwLoadFacts facts = { .raw = raw, .text = text, .options = options, .dropped = &dropped,
                              .n_guessed = n_guessed, .n_unknown = n_unknown, .packed = packed };
  sw_load_report_fill (&s->report, pub, &facts);
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
