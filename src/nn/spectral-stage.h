/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-stage.h: from modes to the grid, something pointwise there, and back, one line of voxels at a time
 *
 * Spectral tensors are [block][channel][re, im][lane] (spectral-modes.h). Two real channels travel as one complex one. Lines of
 * modes outside the ball are left out of every transform, and the grid never exists as a whole: a plane of it stays in
 * the cache of the processor core that works on it.
 */
#pragma once

#include "nn/spectral-modes.h"

/* One line along x of the grid: in [n][in_stride], channels of all inputs one after the other; out [n][out_stride], to be
 * filled (channels beyond n_out: any finite number). in is NULL without inputs, out without output. May write to in. z, y: of the
 * grid, 0 being the centre of rotation. scratch: of this thread, line_scratch reals. */
typedef void (*SwStageLine) (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch);

#define SW_STAGE_INPUTS_MAX 2

typedef struct
{
  const SwLevel *grid; /* its edge n */
  /* Inputs: tensors of ball `in_ball`. */
  size_t n_inputs;
  const SwLevel *in_ball;
  const real *input[SW_STAGE_INPUTS_MAX];
  size_t input_channels[SW_STAGE_INPUTS_MAX];
  size_t input_blocks[SW_STAGE_INPUTS_MAX]; /* blocks that the tensor has; the rest counts as zero */
  const real *input_scale[SW_STAGE_INPUTS_MAX]; /* per shell, or NULL */
  /* Output, or NULL. */
  const SwLevel *out_ball;
  real *output;
  bool output_add; /* out += */
  size_t output_channels;
  const real *output_scale; /* per shell, or NULL; 1 / n^3 comes on top */
  SwStageLine line;
  void *data;
  size_t line_scratch;
} SwStage;

/* Bytes of workspace. */
size_t sw_stage_work_size (const SwStage *stage);
void sw_stage_run (const SwStage *stage, const SwModes *modes, void *work);
