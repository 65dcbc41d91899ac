/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-channels.h: the order of channels inside the band-limited engine
 *
 * By l, then m, then copy (copies of all parts of that l in the public order, a gate layer's gates behind the scalars), so that
 * one rotation serves neighbours and a gate layer's input without its gates is its output.
 */
#pragma once

#include "so3/field-type.h"

typedef struct
{
  size_t n_channels, n_copies;
  unsigned l_max;
  size_t copies[SW_FIELD_L_MAX + 1];
  size_t channel_at[SW_FIELD_L_MAX + 1]; /* first channel of l */
  size_t copy_at[SW_FIELD_L_MAX + 1];    /* first copy of l, counting copies by l */
  size_t part_at[SW_FIELD_PARTS_MAX];    /* first copy of a part among those of its l */
  SwFieldType type;
} SwChannelOrder;

SwChannelOrder sw_channel_order (const SwFieldType *type);
/* to: [n_channels], public channel of each inner one. */
void sw_channel_order_map (const SwChannelOrder *order, size_t *to);
/* to: [n_copies], public copy of each inner one (by l, then copy). */
void sw_channel_order_copy_map (const SwChannelOrder *order, size_t *to);
/* Rows of order |m| or more: sum of copies[l], l >= |m|. */
size_t sw_channel_order_rows (const SwChannelOrder *order, unsigned m);
