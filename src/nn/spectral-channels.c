/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-channels.h"

SwChannelOrder
sw_channel_order (const SwFieldType *type)
{
  SwChannelOrder order = { .type = *type };
  for (size_t p = 0; p < type->n_parts; p++)
    {
      const SwFieldPart part = type->parts[p];
      order.part_at[p] = order.copies[part.l];
      order.copies[part.l] += part.copies;
      order.n_copies += part.copies;
      if (part.copies > 0 && part.l > order.l_max)
        order.l_max = part.l;
    }
  size_t channel = 0, copy = 0;
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    {
      order.channel_at[l] = channel;
      order.copy_at[l] = copy;
      channel += order.copies[l] * (2 * l + 1);
      copy += order.copies[l];
    }
  order.n_channels = channel;
  return order;
}

void
sw_channel_order_map (const SwChannelOrder *order, size_t *to)
{
  size_t channel = 0;
  for (size_t p = 0; p < order->type.n_parts; p++)
    {
      const SwFieldPart part = order->type.parts[p];
      for (size_t i = 0; i < part.copies; i++)
        for (size_t m = 0; m < 2 * part.l + 1; m++)
          to[order->channel_at[part.l] + m * order->copies[part.l] + order->part_at[p] + i] = channel++;
    }
}

void
sw_channel_order_copy_map (const SwChannelOrder *order, size_t *to)
{
  size_t copy = 0;
  for (size_t p = 0; p < order->type.n_parts; p++)
    for (size_t i = 0; i < order->type.parts[p].copies; i++)
      to[order->copy_at[order->type.parts[p].l] + order->part_at[p] + i] = copy++;
}

size_t
sw_channel_order_rows (const SwChannelOrder *order, unsigned m)
{
  size_t rows = 0;
  for (unsigned l = m; l <= SW_FIELD_L_MAX; l++)
    rows += order->copies[l];
  return rows;
}
