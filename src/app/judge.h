/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/judge.h: one network that says what a Tetris piece is, in a thread of its own
 *
 * The newest question replaces one that waits, so turning never queues work. Signal "answered" on the main thread.
 */
#pragma once

#include <gtk/gtk.h>

#include "experiments/tetris.h"

G_BEGIN_DECLS

#define SW_TYPE_JUDGE (sw_judge_get_type ())
G_DECLARE_FINAL_TYPE (SwJudge, sw_judge, SW, JUDGE, GObject)

SwJudge *sw_judge_new (void);
/* Paths; weights NULL: random ones. Read at the next question, again after each call. */
void sw_judge_set_network (SwJudge *self, const char *network, const char *weights);
void sw_judge_ask (SwJudge *self, gsize piece, SwQuat rotation);
/* Probabilities of the pieces; NULL before the first answer and after a problem. */
const float *sw_judge_get_scores (SwJudge *self);
/* What the answer was about. */
gsize sw_judge_get_piece (SwJudge *self);
/* Why there is no answer, or NULL. */
const char *sw_judge_get_problem (SwJudge *self);
/* Waits for the thread. */
void sw_judge_shutdown (SwJudge *self);

G_END_DECLS
