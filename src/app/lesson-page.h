/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/lesson-page.h: "Teach a network about rotation": Tetris in three steps for a newcomer
 *
 * Both networks train side by side in processes of their own, with both curves in one plot; then a block is turned and both
 * say what it is. Commands are actions of the group "lesson": train, pause, resume, again, piece (i), as-trained, random.
 * Signals: "models-changed", "problem" (sentence), as of the train page.
 */
#pragma once

#include <adwaita.h>

#include "app/block-view.h"
#include "app/judge.h"
#include "app/run-watch.h"
#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_LESSON_PAGE (sw_lesson_page_get_type ())
G_DECLARE_FINAL_TYPE (SwLessonPage, sw_lesson_page, SW, LESSON_PAGE, AdwBin)

#define SW_LESSON_N_NETWORKS 2 /* steerable, ordinary */

/* Once. */
void sw_lesson_page_set_session (SwLessonPage *self, SwSession *session);
GActionGroup *sw_lesson_page_get_actions (SwLessonPage *self);
void sw_lesson_page_refresh (SwLessonPage *self);
/* The threads end; the page asks nothing more. */
void sw_lesson_page_shutdown (SwLessonPage *self);
/* For tests. */
SwRunWatch *sw_lesson_page_get_watch (SwLessonPage *self, guint network);
SwJudge *sw_lesson_page_get_judge (SwLessonPage *self, guint network);
SwBlockView *sw_lesson_page_get_block (SwLessonPage *self);
void sw_lesson_page_override (SwLessonPage *self, unsigned epochs, gsize n_validation, unsigned size);

G_END_DECLS
