/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/train-settings.h: what is to be trained, and the runs there are
 *
 * Filled from the table of experiments and the catalogue of networks. Signal "changed": another choice, or the memory that a
 * run needs became known.
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "experiments/run.h"

G_BEGIN_DECLS

#define SW_TYPE_TRAIN_SETTINGS (sw_train_settings_get_type ())
G_DECLARE_FINAL_TYPE (SwTrainSettings, sw_train_settings, SW, TRAIN_SETTINGS, AdwBin)

SwTrainSettings *sw_train_settings_new (SwSession *session);
/* False, with the reason in the window, when no run can be begun like this. Strings are lent until the next change. */
gboolean sw_train_settings_get (SwTrainSettings *self, SwRunSettings *ret);
/* For the run's folder; free. */
char *sw_train_settings_dup_name (SwTrainSettings *self);
/* Reads the folder of runs again. current: path of the run that is watched, or NULL. */
void sw_train_settings_refresh_runs (SwTrainSettings *self, const char *current);
/* For tests: another length of run, number of validation samples, and grid. */
void sw_train_settings_override (SwTrainSettings *self, unsigned epochs, gsize n_validation, unsigned size);

G_END_DECLS
