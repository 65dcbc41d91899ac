/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/load-report-private.h"

#include <glib/gi18n.h>

static void
add_read (SwReport *report, const SwStructure *pub, const SwRaw *raw, const SwLoadOptions *options, bool packed)
{
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
add_dropped (SwReport *report, const SwStructure *pub, const SwDropped *dropped, const SwLoadOptions *options)
{
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
  if (pub->n_amino_acids == 0)
    sw_report_add (report, SW_REPORT_WARNING, "no-protein", 1,
                   _ ("There is no protein; networks for C-alpha atoms cannot run on it"));
}

static void
add_pdb (SwReport *report, const SwPdbText *text)
{
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
add_elements (SwReport *report, size_t n_guessed, size_t n_unknown)
{
  sw_report_add (
      report, SW_REPORT_GUESSED, "elements", n_guessed,
      ngettext ("%zu element is missing in the file and was taken from the atom name",
                "%zu elements are missing in the file and were taken from the atom names",
                n_guessed),
      n_guessed);
  if (n_unknown > 0)
    sw_report_add (report, SW_REPORT_WARNING, "elements-unknown", n_unknown,
                   ngettext ("The element of %zu atom could not be told",
                             "The element of %zu atoms could not be told", n_unknown),
                   n_unknown);
}

void
sw_load_report_fill (SwReport *report, const SwStructure *structure, const SwLoadFacts *facts)
{
  const SwPdbText *text = facts->text;

  add_read (report, structure, facts->raw, facts->options, facts->packed);
  add_dropped (report, structure, facts->dropped, facts->options);
  if (text != NULL)
    add_pdb (report, text);
  add_elements (report, facts->n_guessed, facts->n_unknown);
  if (facts->raw->warning[0] != '\0')
    sw_report_add (report, SW_REPORT_WARNING, "parts", 1, _ ("Not everything could be read: %s"), facts->raw->warning);
  if (structure->secondary_source == SW_SECONDARY_SOURCE_COMPUTED)
    sw_report_add (
        report, SW_REPORT_GUESSED, "secondary", 1,
        _ ("Helices and strands are not in the file; they were found from the C-alpha trace"));
}
