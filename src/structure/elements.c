/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/elements-private.h"

#include <string.h>

#include <glib.h>

#include "structure/gemmi-shim-private.h"
#include "structure/structure.h"

const char *
sw_element_symbol (unsigned number)
{
  return sw_shim_element_symbol (number);
}

double
sw_element_covalent_radius (unsigned number)
{
  return sw_shim_element_covalent_radius (number);
}

double
sw_element_vdw_radius (unsigned number)
{
  return sw_shim_element_vdw_radius (number);
}

unsigned
sw_residue_kind (const char *name, char *ret_one_letter)
{
  /* Names of force fields (AMBER, CHARMM, GROMOS, OPLS) that no wwPDB component has; sorted by use,
   * not by alphabet. */
  static const struct
  {
    const char *name;
    unsigned kind;
    char letter;
  } more[] = {
    { "HIE", SW_RESIDUE_AMINO_ACID, 'H' },  { "HID", SW_RESIDUE_AMINO_ACID, 'H' },
    { "HIP", SW_RESIDUE_AMINO_ACID, 'H' },  { "HSD", SW_RESIDUE_AMINO_ACID, 'H' },
    { "HSE", SW_RESIDUE_AMINO_ACID, 'H' },  { "HSP", SW_RESIDUE_AMINO_ACID, 'H' },
    { "HISA", SW_RESIDUE_AMINO_ACID, 'H' }, { "HISB", SW_RESIDUE_AMINO_ACID, 'H' },
    { "HISH", SW_RESIDUE_AMINO_ACID, 'H' }, { "CYX", SW_RESIDUE_AMINO_ACID, 'C' },
    { "CYM", SW_RESIDUE_AMINO_ACID, 'C' },  { "ASH", SW_RESIDUE_AMINO_ACID, 'D' },
    { "GLH", SW_RESIDUE_AMINO_ACID, 'E' },  { "LYN", SW_RESIDUE_AMINO_ACID, 'K' },
    { "LSN", SW_RESIDUE_AMINO_ACID, 'K' },  { "TIP", SW_RESIDUE_WATER, ' ' },
    { "TIP3", SW_RESIDUE_WATER, ' ' },      { "TIP4", SW_RESIDUE_WATER, ' ' },
    { "TP3", SW_RESIDUE_WATER, ' ' },       { "TP4", SW_RESIDUE_WATER, ' ' },
    { "T3P", SW_RESIDUE_WATER, ' ' },       { "T4P", SW_RESIDUE_WATER, ' ' },
    { "SOL", SW_RESIDUE_WATER, ' ' },       { "SPC", SW_RESIDUE_WATER, ' ' },
    { "SPCE", SW_RESIDUE_WATER, ' ' },      { "HHO", SW_RESIDUE_WATER, ' ' },
    { "OHH", SW_RESIDUE_WATER, ' ' },       { "RA", SW_RESIDUE_NUCLEOTIDE, 'A' },
    { "RC", SW_RESIDUE_NUCLEOTIDE, 'C' },   { "RG", SW_RESIDUE_NUCLEOTIDE, 'G' },
    { "RU", SW_RESIDUE_NUCLEOTIDE, 'U' },   { "T", SW_RESIDUE_NUCLEOTIDE, 'T' },
    { "ADE", SW_RESIDUE_NUCLEOTIDE, 'A' },  { "CYT", SW_RESIDUE_NUCLEOTIDE, 'C' },
    { "GUA", SW_RESIDUE_NUCLEOTIDE, 'G' },  { "URA", SW_RESIDUE_NUCLEOTIDE, 'U' },
    { "THY", SW_RESIDUE_NUCLEOTIDE, 'T' },
  };
  char upper[8] = "";
  char letter;
  unsigned kind;
  for (size_t i = 0; i < 7 && name[i] != '\0'; i++)
    upper[i] = g_ascii_toupper (name[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (more); i++)
    if (strcmp (upper, more[i].name) == 0)
      {
        if (ret_one_letter != NULL)
          *ret_one_letter = more[i].letter;
        return more[i].kind;
      }
  kind = sw_shim_residue_kind (upper, &letter);
  /* AMBER marks the ends of a nucleic acid: DA5, RU3. */
  if (kind == SW_RESIDUE_OTHER && strlen (upper) == 3 && (upper[0] == 'D' || upper[0] == 'R')
      && strchr ("ACGTU", upper[1]) != NULL && (upper[2] == '3' || upper[2] == '5'))
    {
      kind = SW_RESIDUE_NUCLEOTIDE;
      letter = upper[1];
    }
  if (ret_one_letter != NULL)
    *ret_one_letter = kind == SW_RESIDUE_AMINO_ACID || kind == SW_RESIDUE_NUCLEOTIDE ? letter : ' ';
  return kind;
}

bool
sw_element_fits_polymer (unsigned number)
{
  return number == 1 || number == 6 || number == 7 || number == 8 || number == 15 || number == 16
         || number == 34;
}

static unsigned
single_letter (char c)
{
  const char symbol[2] = { c, '\0' };
  /* Of the one-letter symbols only those that occur in molecules named this way. */
  return c != '\0' && strchr ("HDCNOSPFIKBVWU", c) != NULL ? sw_shim_element_find (symbol) : 0;
}

/* Two-letter elements met in ligands and ions. Left out on purpose: those whose symbols are also
 * common atom names with an element of one letter in front (AC, CE, HE, HG, HO, NB, ND, NE, NP, OS,
 * PA, PB). */
static unsigned
double_letter (const char *name)
{
  static const char known[]
      = " LI BE NA MG AL SI CL AR CA SC TI CR MN FE CO NI CU ZN GA GE AS SE BR KR "
        "RB SR ZR MO RU RH PD AG CD IN SN SB TE XE CS BA LA SM EU GD TB YB LU TA RE "
        "IR PT AU TL BI ";
  const char padded[5] = { ' ', name[0], name[1], ' ', '\0' };
  const char symbol[3] = { name[0], name[1], '\0' };
  return strstr (known, padded) != NULL ? sw_shim_element_find (symbol) : 0;
}

unsigned
sw_element_guess (const char *name, bool aligned, const char *residue)
{
  const unsigned kind = sw_residue_kind (residue, NULL);
  char bare[5] = "", component[8] = "";
  size_t n = 0;
  bool second_column = false; /* the symbol ends in the second column: one letter */
  unsigned found;

  for (size_t i = 0; i < 4 && name[i] != '\0'; i++)
    {
      const char c = g_ascii_toupper (name[i]);
      if (c == ' ')
        {
          second_column = second_column || i == 0;
          continue;
        }
      if (n == 0 && g_ascii_isdigit (c))
        {
          second_column = true; /* "1HB ": old hydrogen names */
          continue;
        }
      bare[n++] = c;
    }
  for (size_t i = 0; i < 7 && residue[i] != '\0'; i++)
    component[i] = g_ascii_toupper (residue[i]);
  if (n == 0)
    return 0;
  if (kind == SW_RESIDUE_AMINO_ACID && bare[0] == 'S' && bare[1] == 'E' && bare[2] == '\0')
    return 34;
  if (kind != SW_RESIDUE_OTHER)
    {
      found = single_letter (bare[0]);
      if (sw_element_fits_polymer (found))
        return found;
      /* "AC5", "OA22": a letter of the part in front, as in old adenine names. */
      found = n > 1 ? single_letter (bare[1]) : 0;
      return sw_element_fits_polymer (found) ? found : single_letter (bare[0]);
    }
  /* An ion is named like its component. */
  if (n >= 2 && strncmp (bare, component, 2) == 0)
    {
      const char symbol[3] = { bare[0], bare[1], '\0' };
      found = sw_shim_element_find (symbol);
      if (found != 0 && (strlen (component) == 2 || g_ascii_isdigit (component[2])))
        return found;
    }
  if (n >= 2 && !(aligned && second_column) && !(aligned && n == 4))
    {
      /* Without columns "CA" of a ligand is more often a carbon than a calcium; ions were met
       * above. */
      found = aligned || n == 2 || g_ascii_isdigit (bare[2]) ? double_letter (bare) : 0;
      if (found != 0 && (aligned || (found != 20 && found != 27 && found != 48)))
        return found;
    }
  found = single_letter (bare[0]);
  if (found == 0 && n > 1)
    found = single_letter (bare[1]);
  return found;
}
