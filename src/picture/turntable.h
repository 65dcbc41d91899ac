/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/turntable.h: the camera goes once around, or the input turns once, as an animated WebP or as PNG frames
 *
 * Frame i of n shows the scene after a turn of 360 i / n degrees, so that it repeats without a jump.
 */
#pragma once

#include "base/progress.h"
#include "picture/compose.h"

G_BEGIN_DECLS

typedef struct
{
  SwComposeOptions compose;
  unsigned n_frames;     /* 2 to 720 */
  unsigned milliseconds; /* of each frame */
  double axis[3];        /* in the world; 0 0 0: upwards on the screen */
} SwTurntableOptions;

/* path ending in .webp: one animated file; in .png: NAME-000.png, NAME-001.png, ... beside it. The camera of the scene is put
 * back. Files appear whole or not at all. */
gboolean sw_turntable_write (SwHeadless *headless,
                             SwScene *scene,
                             const SwTurntableOptions *options,
                             const char *path,
                             const SwProgress *progress,
                             GError **error);

G_END_DECLS
