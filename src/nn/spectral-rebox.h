/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-rebox.h: a field from one periodic box into a larger one, with empty room around it
 *
 *   g(x) = w(|x - c|) f(x) inside the small box, 0 outside,   G_k = taper 1/n^3 sum_x g(x) exp(-2 pi i k (x - c) / box)
 *
 * w is 1 near the centre of rotation and falls to 0, as a half period of a cosine over `width` input voxels, at the faces of the
 * small box. It depends on the radius alone, so this commutes with rotations about the centre. Linear.
 */
#pragma once

#include "nn/spectral-modes.h"

/* Both grids have the same spacing, at most a voxel of the level. */
typedef struct
{
  SwLevel from, to; /* the same ball in radians per voxel: modes of the small and of the large box */
  real *window;     /* [z][y][x] of the small grid, owned */
} SwRebox;

/* from_modes, to_modes: of boxes n_box, the second one larger. */
SwStatus sw_rebox_init (SwRebox *rebox,
                        const SwModes *from_modes,
                        const SwModes *to_modes,
                        unsigned stride,
                        const SwBand *band) SW_WARN_UNUSED;
void sw_rebox_clear (SwRebox *rebox);
/* Bytes of work for a field of so many channels. */
size_t sw_rebox_work_size (const SwRebox *rebox, size_t n_channels);
/* in: modes of from; out: modes of to, assigned. */
void sw_rebox_forward (const SwRebox *rebox, const SwModes *from_modes, const SwModes *to_modes, size_t n_channels, const real *in, real *out, void *work);
/* The adjoint; d_in is assigned. */
void sw_rebox_backward (const SwRebox *rebox, const SwModes *from_modes, const SwModes *to_modes, size_t n_channels, const real *d_out, real *d_in, void *work);
