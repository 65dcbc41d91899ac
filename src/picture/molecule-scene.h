/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/molecule-scene.h: a structure as the molecule of a scene */
#pragma once

#include "render/scene.h"
#include "structure/structure.h"

G_BEGIN_DECLS

/* Into all panes; centre: the point of the structure that lies at the origin of the world, angstrom. */
void sw_molecule_scene_set (SwScene *scene, const SwStructure *structure, const double centre[3]);

/* "CA of ALA 12, chain A" and, on a second line, element and B-factor; translated. NULL when there is no such atom. */
char *sw_molecule_scene_dup_label (const SwStructure *structure, int64_t atom);

G_END_DECLS
