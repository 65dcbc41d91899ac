/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/cube-file.h: a scalar grid as a Gaussian cube file, without atoms */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* grid: [z,y,x] of edge n; origin: x y z of voxel [0,0,0], angstrom (written in bohr, as the format wants). comment: one line. */
bool sw_cube_write (const char *path, const float *grid, size_t n, double spacing, const double origin[3], const char *comment, GError **error);

G_END_DECLS
