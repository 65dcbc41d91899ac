/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/guide-bar.h: a guided lesson above the picture
 *
 * Shows one step of a lesson, prepares the window by the step's actions, and ticks its goal when it is reached; a goal
 * holds nobody up. Actions win.guide (open or close), win.guide-lesson (name), win.guide-next, win.guide-back.
 *
 * Signal "closed": the last step's Next, or the cross.
 */
#pragma once

#include <adwaita.h>

#include "app/laboratory-panel.h"
#include "app/session.h"
#include "workbench/lesson.h"

G_BEGIN_DECLS

#define SW_TYPE_GUIDE_BAR (sw_guide_bar_get_type ())
G_DECLARE_FINAL_TYPE (SwGuideBar, sw_guide_bar, SW, GUIDE_BAR, AdwBin)

/* All borrowed for the life of the bar, but for session. is_loading: while it is true no action is carried out. */
void sw_guide_bar_set_up (SwGuideBar *self,
                          SwSession *session,
                          SwLaboratoryPanel *laboratory,
                          GActionGroup *window_actions,
                          gboolean (*is_loading) (gpointer data),
                          gpointer data);
/* To be called when is_loading may have changed, or an action has become possible. */
void sw_guide_bar_poke (SwGuideBar *self);

/* Elements: SwLesson *. */
GPtrArray *sw_guide_bar_get_lessons (SwGuideBar *self);
/* name NULL: the one that is shown, else the first. */
gboolean sw_guide_bar_open (SwGuideBar *self, const char *name);
void sw_guide_bar_next (SwGuideBar *self);
void sw_guide_bar_back (SwGuideBar *self);
const SwLessonStep *sw_guide_bar_get_step (SwGuideBar *self);
/* Were the step's actions all carried out? */
gboolean sw_guide_bar_is_ready (SwGuideBar *self);
/* Was the goal of the step reached, once at least? TRUE where there is none. */
gboolean sw_guide_bar_is_reached (SwGuideBar *self);
/* Carries out actions as in the file of a lesson, one after the other as soon as they are possible. */
void sw_guide_bar_run (SwGuideBar *self, gsize n, const char *const *actions);

G_END_DECLS
