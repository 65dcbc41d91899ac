/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli/processes.h: a training run that several processes share, on one machine or several: mpirun -n N swivel-cli train ...
 *
 * Present when the program was built with Open MPI; otherwise, and when it was not started by mpirun, there is one process.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>

#include "experiments/training.h"

/* Joins the processes that mpirun started. False, with a message on stderr, where that is impossible. stop: a flag that signals
 * set; a process that waits for another and is told to stop says so after a moment, and at last gives up. */
bool sw_processes_join (volatile sig_atomic_t *stop);
/* Of all processes; size 1 and sum NULL for one. */
const SwReduce *sw_processes_reduce (void);
/* Ends this process's part. status 0 or a stop that all agreed on: waits for the others. Otherwise ends all. */
void sw_processes_leave (int status, bool agreed);
