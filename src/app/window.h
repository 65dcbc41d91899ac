/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/window.h: the window: pages, actions, opening, dropping, errors
 *
 * Every command is an action of the window, so that keys, menus, scripts (over D-Bus,
 * org.gtk.Actions) and tests do the same. "status" is an action only to be read: its state is the
 * live sentence.
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "app/lesson-page.h"
#include "app/stage.h"
#include "app/train-page.h"

G_BEGIN_DECLS

#define SW_TYPE_WINDOW (sw_window_get_type ())
G_DECLARE_FINAL_TYPE (SwWindow, sw_window, SW, WINDOW, AdwApplicationWindow)

SwWindow *sw_window_new (AdwApplication *application);
/* Opens one after the other; what cannot be opened is listed in one dialog at the end. */
void sw_window_open (SwWindow *self, GFile *const *files, gsize n_files);
/* The structure that is opened when none is named; false when there is none. */
gboolean sw_window_open_default (SwWindow *self);
SwSession *sw_window_get_session (SwWindow *self);
SwStage *sw_window_get_stage (SwWindow *self);
SwTrainPage *sw_window_get_train_page (SwWindow *self);
SwLessonPage *sw_window_get_lesson_page (SwWindow *self);
/* Waits for the threads that draw pictures to take away; before the program ends. */
void sw_window_finish_pictures (void);

G_END_DECLS
