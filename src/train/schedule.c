/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/schedule.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {
  [SW_SCHEDULE_DECAY] = "decay",
  [SW_SCHEDULE_STEPS] = "steps",
  [SW_SCHEDULE_COSINE] = "cosine",
};

const char *
sw_schedule_kind_name (SwScheduleKind kind)
{
  return names[kind];
}

SwStatus
sw_schedule_kind_parse (const char *name, SwScheduleKind *ret, SwError *error)
{
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp (names[i], name) == 0)
      {
        *ret = (SwScheduleKind) i;
        return SW_OK;
      }
  return sw_error_set (error, SW_ERROR_NOT_FOUND,
                       "no learning-rate schedule is called \"%s\"; there are decay, steps and cosine", name);
}

double
sw_schedule_rate (const SwSchedule *schedule, double epoch, double n_epochs)
{
  switch (schedule->kind)
    {
    case SW_SCHEDULE_DECAY:
      return epoch <= schedule->start ? schedule->base
                                      : schedule->base * pow (schedule->decay, epoch - schedule->start);
    case SW_SCHEDULE_STEPS:
      return schedule->base * (epoch < schedule->start ? 1.0 : epoch < 2 * schedule->start ? 0.1 : 0.01);
    case SW_SCHEDULE_COSINE:
      {
        double x;
        if (epoch < schedule->start)
          return schedule->base * (epoch + 1) / (schedule->start + 1);
        x = n_epochs > schedule->start + 1 ? (epoch - schedule->start) / (n_epochs - 1 - schedule->start)
                                           : 1.0;
        return schedule->base * (0.01 + 0.99 * 0.5 * (1.0 + cos (M_PI * fmin (x, 1.0))));
      }
    }
  return schedule->base;
}
