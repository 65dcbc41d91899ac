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
} SwLook;

#define SW_LOOK_INIT { .depth_cue = TRUE, .occlusion = TRUE, .outlines = TRUE }

G_END_DECLS
