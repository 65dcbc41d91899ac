/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session-private.h"

const SwJobOptions *
sw_session_get_job_options (SwSession *self)
{
  return &self->job_options;
}

void
sw_session_set_job_options (SwSession *self, const SwJobOptions *options)
{
  if (sw_session_same_options (&self->job_options, options))
    return;
  self->job_options = *options;
  sw_session_run_anew (self);
}

gboolean
sw_session_get_with_twin (SwSession *self)
{
  return self->with_twin;
}

void
sw_session_set_with_twin (SwSession *self, gboolean with_twin)
{
  if (self->with_twin == with_twin)
    return;
  self->with_twin = with_twin;
  sw_session_request_run (self, FALSE);
}

const SwComparison *
sw_session_get_twin_comparison (SwSession *self)
{
  return self->twin_comparison;
}
