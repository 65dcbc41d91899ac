/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/view-scene.h: from documents and results to what is to be seen; no widgets */
#pragma once

#include "app/look.h"
#include "render/scene.h"
#include "workbench/comparison.h"

G_BEGIN_DECLS

typedef enum
{
  SW_SHOW_MOLECULE = 1 << 0,
  SW_SHOW_FIELD = 1 << 1,
  SW_SHOW_DENSITY = 1 << 2,
  SW_SHOW_BOX = 1 << 3,
  SW_SHOW_GATE = 1 << 4, /* the gate of the field in place of the field */
} SwShow;

/* The point of the structure that lies at the origin of the world. model: may be NULL. */
void
sw_view_scene_centre (const SwStructure *structure, const SwLoadedModel *model, double ret[3]);
/* Density, box and fields: f(Rx) in pane 0, R f(x) in 1, the difference in 2. NULL: none. */
void sw_view_scene_set_comparison (SwScene *scene, const SwComparison *comparison, SwShow show, const SwLook *look);
/* The counterpart's f(Rx) and R f(x) in panes 2 and 3, in place of the difference; after the above. NULL: nothing there. */
void sw_view_scene_set_twin (SwScene *scene, const SwComparison *twin, SwShow show, const SwLook *look);

G_END_DECLS
