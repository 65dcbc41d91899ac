/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/look.h: how the picture is drawn, as far as a person chooses: a plain value */
#pragma once

#include <glib.h>

#include "render/scene.h"

G_BEGIN_DECLS

typedef struct
{
  SwMoleculeStyle molecule; /* AUTO: cartoon above 30 residues */
  SwColorScheme color;
  gboolean depth_cue, occlusion, outlines;

  SwDisplay display; /* of fields of another order than it is for: AUTO */
  /* Parts of the largest value of both pictures: what is drawn, and where the scale ends. low 0: by the display. */
  double low, high;
  double opacity;      /* 0: by the order */
  double locked_range; /* the scale ends here in every layer; 0: not locked */
  unsigned n_levels;
  double slice[3]; /* as SwFieldStyle */
} SwLook;

#define SW_LOOK_INIT { .depth_cue = TRUE, .occlusion = TRUE, .outlines = TRUE, .high = 1.0, .n_levels = 1 }

G_END_DECLS
