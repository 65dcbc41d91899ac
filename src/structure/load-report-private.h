/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/load-report-private.h: the sentences of a load report: what was read, dropped, guessed, and why */
#pragma once

#include "structure/choose-private.h"
#include "structure/pdb-text-private.h"
#include "structure/report-private.h"

typedef struct
{
  const SwRaw *raw;
  const SwPdbText *text; /* NULL for mmCIF */
  const SwLoadOptions *options;
  const SwDropped *dropped;
  size_t n_guessed, n_unknown; /* elements that the file does not name */
  bool packed;
} SwLoadFacts;

void sw_load_report_fill (SwReport *report, const SwStructure *structure, const SwLoadFacts *facts);
