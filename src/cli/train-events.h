/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli/train-events.h: the progress of a run as lines of JSON on standard output, for other programs
 *
 * `swivel-cli train --json` prints one object a line, each flushed at once. Numbers that are not known are left out. Readers
 * must skip events and members that they do not know; experiments/run-log.h is such a reader.
 *
 *   {"event": "start", "protocol": 1, "experiment", "network", "title", "conventional", "engine", "epochs", "parameters",
 *    "memory" (bytes), "classes": [names], "folder", "process"}
 *   {"event": "step", "epoch" (from 1), "epochs", "step", "steps", "rate", "loss", "accuracy", "samples_per_second",
 *    "seconds", "remaining"}     at most once a second
 *   {"event": "epoch", as "step", and after a validation "validation_loss", "validation_accuracy", "train_equivariance",
 *    "validation_equivariance", "confusion": [[row of a true class]], "misjudged": [{"sample", "truth", "answer",
 *    "probability"}]}            at most 32 misjudged ones
 *   {"event": "end", "state": "finished" | "stopped" | "failed", "experiment", "network", "folder", "message"}
 */
#pragma once

#include "experiments/training.h"

G_BEGIN_DECLS

void sw_cli_train_start (const SwTrainingRequest *request, const SwNetwork *network, size_t memory);
/* io_last_step: when a step was last printed; 0 at first. */
void sw_cli_train_report (const SwTrainReport *report, bool end_of_epoch, size_t n_classes, double *io_last_step);
void sw_cli_train_end (const SwTrainingRequest *request, const SwNetwork *network, bool done, const GError *error);

G_END_DECLS
