/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/surface-scene.h: a mesh as the triangles of a scene */
#pragma once

#include "render/scene.h"
#include "workbench/document.h"

G_BEGIN_DECLS

/* Into all panes, as networks get it: its centre of area at the origin, scaled to SW_SURFACE_RADIUS. A document without a surface: none. */
void sw_surface_scene_set (SwScene *scene, const SwDocument *document);
/* Lengths of the file for 1 in the scene; 0 for a document without a surface (or NULL), whose scene is in angstrom. */
double sw_surface_scene_get_unit (const SwDocument *document);

G_END_DECLS
