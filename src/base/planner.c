/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/planner.h"

#include <pthread.h>

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

void
sw_planner_lock (void)
{
  pthread_mutex_lock (&planner);
}

void
sw_planner_unlock (void)
{
  pthread_mutex_unlock (&planner);
}
