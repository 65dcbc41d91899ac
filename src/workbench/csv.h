/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/csv.h: cells of a table with commas */
#pragma once

#include <glib.h>

#include "structure/structure.h"

G_BEGIN_DECLS

/* Each puts a comma before its cell. Empty where there is no number; six digits. */
void sw_csv_append_number (GString *text, double value);
/* Quoted where it must be, made valid UTF-8. */
void sw_csv_append_word (GString *text, const char *word);
/* ",chain,number,insertion,name" of a residue. */
void sw_csv_append_residue (GString *text, const SwStructure *structure, size_t residue);

G_END_DECLS
