/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/train-page.h: train a network and watch it learn
 *
 * Settings and runs on the left, the run that is watched on the right. Commands are actions of the group "train": start,
 * pause, keep, resume, close, open (path), remove (path), ask-remove (path), show, follow (a switch). Signals: "show-weights" (path, network),
 * when a person wants to see the network of the run in the picture; "learned" (path, network) whenever the run wrote its
 * weights and the switch is on; "models-changed" when there are weights that were not there before; "problem" (sentence).
 */
#pragma once

#include <adwaita.h>

#include "app/run-watch.h"
#include "app/session.h"
#include "app/train-settings.h"

G_BEGIN_DECLS

#define SW_TYPE_TRAIN_PAGE (sw_train_page_get_type ())
G_DECLARE_FINAL_TYPE (SwTrainPage, sw_train_page, SW, TRAIN_PAGE, AdwBin)

/* Once. */
void sw_train_page_set_session (SwTrainPage *self, SwSession *session);
GActionGroup *sw_train_page_get_actions (SwTrainPage *self);
SwRunWatch *sw_train_page_get_watch (SwTrainPage *self);
SwTrainSettings *sw_train_page_get_settings (SwTrainPage *self);
/* The page comes into sight: the runs are read again; one that goes on is shown. */
void sw_train_page_refresh (SwTrainPage *self);

G_END_DECLS
