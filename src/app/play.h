/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/play.h: turns the input by itself
 *
 *   tumble  steadily, about an axis that turns itself
 *   walk    wherever chance leads: small isotropic steps, so that in the long run every rotation is as likely as any other
 *   cube    the 24 rotations of the cube, one after the other
 *
 * With animations switched off in the desktop it goes in steps instead of moving. A drag stops it.
 */
#pragma once

#include "app/session.h"
#include "app/view.h"

G_BEGIN_DECLS

typedef enum
{
  SW_PLAY_NONE,
  SW_PLAY_TUMBLE,
  SW_PLAY_WALK,
  SW_PLAY_CUBE,
  SW_N_PLAYS,
} SwPlayKind;

typedef struct SwPlay SwPlay;

/* stopped is called when it stopped by itself. Borrows both; to be freed before them. */
SwPlay *sw_play_new (SwSession *session, SwView *view, void (*stopped) (gpointer data), gpointer data);
void sw_play_free (SwPlay *play);
void sw_play_start (SwPlay *play, SwPlayKind kind);
SwPlayKind sw_play_get_kind (const SwPlay *play);
const char *sw_play_name (SwPlayKind kind); /* "none", "tumble", "walk", "cube" */
gboolean sw_play_parse (const char *name, SwPlayKind *ret);

/* The steps themselves: where rotation leads after so many seconds. */
SwQuat sw_play_tumble (SwQuat rotation, double time, double seconds);
/* velocity: radians per second, changed too. */
SwQuat sw_play_walk (SwQuat rotation, double velocity[3], double seconds, SwRandom *random);

G_END_DECLS
