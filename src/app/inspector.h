/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/inspector.h: what is written of a voxel that was clicked */
#pragma once

#include <glib.h>

#include "workbench/comparison.h"

G_BEGIN_DECLS

/* Pango markup: place, components of f(Rx) and of R f(x), their norms, and how far they are apart; NULL when there is no such voxel. */
char *sw_inspector_dup_markup (const SwComparison *comparison, gint64 voxel);

G_END_DECLS
