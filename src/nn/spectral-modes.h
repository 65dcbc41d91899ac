/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-modes.h: the modes of the periodic box, their shells and frames, and the grids that look at them
 *
 * The box has an edge of n_box input voxels and f(x) = sum_k F_k exp(2 pi i k (x - c) / n_box), c the centre of rotation, k
 * integer. Fields are real, so one of k and -k is kept: ky > 0, or ky = 0 and kx > 0, or kx = ky = 0 and kz >= 0.
 * Modes are sorted by |k|^2 into shells; each shell is padded to whole blocks of sw_spectral_lanes () modes. The ball of a
 * strided level is a prefix of the blocks, so striding is cutting.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "nn/spectral-fft.h"

size_t sw_spectral_lanes (void);

typedef struct
{
  size_t n_box;
  size_t n_shells, n_blocks;
  unsigned *shell_square; /* [n_shells], |k|^2 */
  size_t *shell_block;    /* [n_shells + 1], first block */
  int16_t (*k)[3];        /* [n_blocks][lanes], x y z */
  bool *present;          /* [n_blocks][lanes], false: padding */
  unsigned l_max;
  size_t frame_size;      /* vectors per block: sum of (2l+1)^2, l = 1 .. l_max */
  real *frame;            /* [n_blocks][l][2l+1][2l+1][lanes]: D_l(R_k), R_k e_z = k / |k| */
} SwModes;

/* All modes with |k|^2 <= k_max^2. */
SwStatus sw_modes_init (SwModes *modes, size_t n_box, double k_max, unsigned l_max) SW_WARN_UNUSED;
void sw_modes_clear (SwModes *modes);
/* Blocks of that ball and bytes of its tables, without making them. */
void sw_modes_count (double k_max, unsigned l_max, size_t *ret_n_blocks, size_t *ret_bytes);

/* Two lines of modes along z, at (kx, ky) and (-kx, -ky); only one of them is stored. */
typedef struct
{
  size_t column, mirror; /* equal for kx = ky = 0 */
  int reach;             /* kz = -reach .. reach (0 .. reach where the column is its own mirror) */
  size_t slot_at;        /* of kz = 0 in slots */
} SwColumnPair;

/* One resolution: a ball and a cubic grid. Index 0 of the grid is the centre of rotation. */
typedef struct
{
  unsigned stride; /* input voxels per voxel of the level, nominal */
  size_t n;        /* edge of the grid */
  double k_max;
  size_t n_shells, n_blocks; /* of the ball: a prefix */
  real *taper;               /* [n_shells], roll-off at the edge of the ball */
  SwFft fft;
  int reach;       /* largest |kx| */
  size_t n_lines;  /* 2 reach + 1 values of kx */
  int *line_reach; /* [n_lines], largest |ky| that has a column */
  size_t *line_column; /* [n_lines], column of ky = 0 */
  size_t n_columns, n_pairs, n_empty;
  SwColumnPair *pairs; /* [n_pairs] */
  size_t *empty;       /* [n_empty], columns outside the disc that fill up groups of lines */
  int32_t *slots;      /* modes of the pairs */
} SwLevel;

/* What a level keeps of a spectrum. */
typedef struct
{
  double w_max;   /* radians per voxel of the level */
  double rolloff; /* where the roll-off begins, as a part of w_max */
} SwBand;

/* n: edge of the grid, large enough for the ball (sw_level_grid_size). */
SwStatus sw_level_init (SwLevel *level, const SwModes *modes, unsigned stride, const SwBand *band, size_t n) SW_WARN_UNUSED;
void sw_level_clear (SwLevel *level);
/* Radius of the ball of a level, and edge of its grid. */
double sw_level_k_max (size_t n_box, unsigned stride, double w_max);
/* exact_size: ceil (n_box / stride) and no other. */
size_t sw_level_grid_size (size_t n_box, unsigned stride, double w_max, bool exact_size);
/* Radians per voxel of the level. */
double sw_level_frequency (const SwLevel *level, const SwModes *modes, size_t shell);
