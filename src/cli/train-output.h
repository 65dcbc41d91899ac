/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli/train-output.h: what `train` shows while it runs: a bar and a line for each validation, or lines of JSON (README.md) */
#pragma once

#include "cli/cli.h"
#include "experiments/training.h"

typedef struct
{
  const SwTrainingRequest *request;
  const SwNetwork *network;
  size_t memory;
  int n_processes;
  bool silent;              /* not the first of several processes */
  bool terminal, json;
  double last_line;         /* when the last step or sample of a validation was told */
  SwTrainReport last;       /* without its pointers */
  unsigned epochs_done;
} SwTrainOutput;

/* Tells of a report. */
void sw_train_output_show (SwTrainOutput *output, const SwTrainReport *report, SwTrainEvent event);
/* The last line of a run. error: NULL when it is done. */
void sw_train_output_end (SwTrainOutput *output, const GError *error);
