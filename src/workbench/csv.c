/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/csv.h"

#include <math.h>
#include <string.h>

void
sw_csv_append_number (GString *text, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (text, ',');
  if (isfinite (value))
    g_string_append (text, g_ascii_formatd (number, sizeof number, "%.6g", value));
}

void
sw_csv_append_word (GString *text, const char *word)
{
  g_autofree char *valid = g_utf8_make_valid (word, -1);

  g_string_append_c (text, ',');
  if (strpbrk (valid, ",\"\n\r") == NULL)
    {
      g_string_append (text, valid);
      return;
    }
  g_string_append_c (text, '"');
  for (const char *c = valid; *c != '\0'; c++)
    {
      if (*c == '"')
        g_string_append_c (text, '"');
      g_string_append_c (text, *c);
    }
  g_string_append_c (text, '"');
}

void
sw_csv_append_residue (GString *text, const SwStructure *structure, size_t index)
{
  const SwResidue *residue = &structure->residues[index];
  const char insertion[2] = { residue->insertion != ' ' ? residue->insertion : '\0', '\0' };

  sw_csv_append_word (text, structure->chains[residue->chain].name);
  g_string_append_printf (text, ",%d", (int) residue->number);
  sw_csv_append_word (text, insertion);
  sw_csv_append_word (text, residue->name);
}
