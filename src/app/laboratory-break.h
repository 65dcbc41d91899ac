/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/laboratory-break.h: switches that spoil what makes a network equivariant, one by one
 *
 * The switches are actions of the window, win.break-stride, -size, -box, -band (booleans) and win.break-sigma (double: width
 * of an atom in voxels; 0: as the network says); win.mend puts all back. What they mean together is
 * sw_laboratory_break_options.
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean stride; /* takes every second voxel without smoothing first */
  gboolean size;   /* one voxel more: an even size becomes odd, an odd one even */
  gboolean box;    /* half the box: atoms lie outside */
  gboolean band;   /* no band limit below that of the grid */
  double sigma;    /* voxels; 0: as the network says */
} SwBreaks;

/* network may be NULL: then sizes stay. radius: of the molecule, angstrom. */
void sw_laboratory_break_options (const SwBreaks *breaks, const SwNetwork *network, SwEngine engine, double radius, SwJobOptions *ret);

#define SW_TYPE_LABORATORY_BREAK (sw_laboratory_break_get_type ())
G_DECLARE_FINAL_TYPE (SwLaboratoryBreak, sw_laboratory_break, SW, LABORATORY_BREAK, AdwBin)

SwLaboratoryBreak *sw_laboratory_break_new (void);
void sw_laboratory_break_set_session (SwLaboratoryBreak *self, SwSession *session);
gboolean sw_laboratory_break_is_broken (SwLaboratoryBreak *self);

G_END_DECLS
