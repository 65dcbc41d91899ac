/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/guide-goal.h: the numbers that goals of lessons are about (data/lessons/README.md) */
#pragma once

#include "app/laboratory-panel.h"
#include "app/session.h"
#include "workbench/lesson.h"

G_BEGIN_DECLS

gboolean sw_guide_knows (const char *value);
/* NaN when there is no such number now: nothing is open, or it is still computed. */
double sw_guide_measure (const char *value, SwSession *session, SwLaboratoryPanel *laboratory);
/* Do all conditions of the step hold? actions: of the window, for states. */
gboolean sw_guide_is_reached (const SwLessonStep *step, SwSession *session, SwLaboratoryPanel *laboratory, GActionGroup *actions);

G_END_DECLS
