/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/schedule.h: the learning rate as a function of time
 *
 * SW_SCHEDULE_DECAY is the paper's: constant while epoch <= start, then base * decay^(epoch - start).
 * SW_SCHEDULE_STEPS (SHREC17): base * {1, 0.1, 0.01} with steps at start and 2 start.
 * SW_SCHEDULE_COSINE: linear rise over `start` epochs, then half a cosine down to 1 % of base at the last epoch.
 */
#pragma once

#include "base/status.h"

typedef enum
{
  SW_SCHEDULE_DECAY,
  SW_SCHEDULE_STEPS,
  SW_SCHEDULE_COSINE,
} SwScheduleKind;

typedef struct
{
  SwScheduleKind kind;
  double base;
  double start; /* epochs */
  double decay; /* SW_SCHEDULE_DECAY, per epoch */
} SwSchedule;

const char *sw_schedule_kind_name (SwScheduleKind kind);
SwStatus sw_schedule_kind_parse (const char *name, SwScheduleKind *ret, SwError *error) SW_WARN_UNUSED;

/* epoch counts from 0 and may have a fraction; n_epochs is the length of the run. */
double sw_schedule_rate (const SwSchedule *schedule, double epoch, double n_epochs);
