/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/stage.h: the picture with its captions, legend, badge and progress; or why there is none */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "app/view.h"

G_BEGIN_DECLS

#define SW_TYPE_STAGE (sw_stage_get_type ())
G_DECLARE_FINAL_TYPE (SwStage, sw_stage, SW, STAGE, AdwBin)

void sw_stage_set_session (SwStage *self, SwSession *session);
SwView *sw_stage_get_view (SwStage *self);
void sw_stage_set_n_panes (SwStage *self, unsigned n_panes);
/* What the counterpart of the session's network is called beneath a picture: "ordinary CNN"; lent. */
const char *sw_stage_get_twin_kind (SwStage *self);
/* NULL when pictures can be drawn. */
const char *sw_stage_get_problem (SwStage *self);

G_END_DECLS
