/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli/train-events.h: the progress of a run as lines of JSON on standard output, for other programs
 *
 * The table of events is in README.md; experiments/run-log.h reads them.
 */
#pragma once

#include "experiments/training.h"

G_BEGIN_DECLS

void sw_cli_train_start (const SwTrainingRequest *request, const SwNetwork *network, size_t memory);
/* io_last_step: when a step was last printed; 0 at first. */
void sw_cli_train_report (const SwTrainReport *report, bool end_of_epoch, size_t n_classes, double *io_last_step);
void sw_cli_train_end (const SwTrainingRequest *request, bool done, const GError *error);

G_END_DECLS
