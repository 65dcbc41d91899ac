/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/bandlimited-private.h"

#include <assert.h>

#include "base/memory.h"

typedef struct
{
  const real *from; /* [c, z, y, x] */
  real *to;
  const size_t *map; /* inner to public channel */
  size_t n, n_channels;
} GridJob;

static size_t
voxel_at (const GridJob *job, size_t c, size_t z, size_t y)
{
  const size_t n = job->n, centre = n / 2;
  return ((job->map[c] * n + (z + centre) % n) * n + (y + centre) % n) * n;
}

static void
read_line (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const GridJob *job = data;
  for (size_t c = 0; c < job->n_channels; c++)
    {
      const real *from = job->from + voxel_at (job, c, z, y);
      for (size_t x = 0; x < job->n; x++)
        out[x * out_stride + c] = from[(x + job->n / 2) % job->n];
    }
}

static void
write_line (void *data, size_t z, size_t y, size_t in_stride, real *in, size_t out_stride, real *out, real *scratch)
{
  const GridJob *job = data;
  for (size_t c = 0; c < job->n_channels; c++)
    {
      real *to = job->to + voxel_at (job, c, z, y);
      for (size_t x = 0; x < job->n; x++)
        to[(x + job->n / 2) % job->n] = in[x * in_stride + c];
    }
}

static SwStage
input_stage (const SwBandlimited *engine, GridJob *job, real *modes)
{
  const SwLevel *level = &engine->levels[0];
  return (SwStage){ .grid = level, .out_ball = level, .output = modes, .output_channels = engine->input_order.n_channels,
                    .output_scale = level->taper, .line = read_line, .data = job };
}

static SwStage
export_stage (const SwLevel *level, size_t n_channels, const real *modes, GridJob *job)
{
  return (SwStage){ .grid = level, .n_inputs = 1, .in_ball = level, .input = { modes }, .input_channels = { n_channels },
                    .input_blocks = { level->n_blocks }, .line = write_line, .data = job };
}

SwStage
sw_bandlimited_forward_stage (const SwBandlimited *engine, SwBandlimitedOp *op, const real *in, real *out)
{
  const SwLevel *level = &engine->grids[op->to];
  return (SwStage){ .grid = level, .n_inputs = 1, .in_ball = level, .input = { in }, .input_channels = { op->in.n_channels },
                    .input_blocks = { level->n_blocks }, .out_ball = out != NULL ? level : NULL, .output = out,
                    .output_channels = op->out.n_channels, .output_scale = level->taper, .line = sw_pointwise_line,
                    .data = &op->pointwise, .line_scratch = sw_pointwise_scratch (&op->pointwise) };
}

SwStage
sw_bandlimited_backward_stage (const SwBandlimited *engine, SwBandlimitedOp *op, const real *in, const real *d_out, real *d_in, bool add)
{
  const SwLevel *level = &engine->grids[op->to];
  return (SwStage){ .grid = level, .n_inputs = 2, .in_ball = level, .input = { in, d_out },
                    .input_channels = { op->in.n_channels, op->out.n_channels },
                    .input_blocks = { level->n_blocks, level->n_blocks }, .input_scale = { NULL, level->taper },
                    .out_ball = level, .output = d_in, .output_add = add, .output_channels = op->in.n_channels,
                    .line = sw_pointwise_line_backward, .data = &op->pointwise,
                    .line_scratch = sw_pointwise_scratch (&op->pointwise) };
}

/* The largest workspace of all stages. */
size_t
sw_bandlimited_work_size (const SwBandlimited *engine)
{
  GridJob job = { 0 };
  const SwStage input = input_stage (engine, &job, NULL);
  size_t size = sw_stage_work_size (&input);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      SwBandlimitedOp *op = &engine->ops[i];
      if (op->vector)
        continue;
      if (op->reboxed)
        {
          const size_t a = sw_rebox_work_size (&op->rebox, op->out.n_channels);
          size = a > size ? a : size;
        }
      if (is_pointwise (op->layer->kind))
        {
          real some;
          const SwStage forward = sw_bandlimited_forward_stage (engine, op, NULL, &some);
          const SwStage backward = sw_bandlimited_backward_stage (engine, op, NULL, NULL, NULL, false);
          const size_t a = sw_stage_work_size (&forward);
          const size_t b = engine->options.train_batch > 0 ? sw_stage_work_size (&backward) : 0;
          size = a > size ? a : size;
          size = b > size ? b : size;
        }
      if (engine->options.keep_fields || i + 1 == engine->n_ops)
        {
          const SwStage stage = export_stage (&engine->levels[op->to], op->out.n_channels, NULL, &job);
          const size_t a = sw_stage_work_size (&stage);
          size = a > size ? a : size;
        }
    }
  return size;
}

void
sw_bandlimited_read_input (SwBandlimited *engine, const real *input, size_t b)
{
  size_t map[SW_FIELD_PARTS_MAX * 4], *channels = map;
  const size_t n_channels = engine->input_order.n_channels;
  assert (n_channels <= sizeof map / sizeof map[0]);
  sw_channel_order_map (&engine->input_order, channels);
  GridJob job = { .from = input, .map = channels, .n = engine->n, .n_channels = n_channels };
  const SwStage stage = input_stage (engine, &job, engine->arena + engine->input_place + b * engine->input_size);
  sw_stage_run (&stage, engine->modes[0], engine->work);
}

SwStatus
sw_bandlimited_export (const SwBandlimited *engine, size_t at, const SwChannelOrder *order, const real *modes, real *out, SwError *error)
{
  const SwLevel *level = &engine->levels[at];
  size_t *map = SW_NEW (size_t, order->n_channels + 1);
  GridJob job = { .to = out, .map = map, .n = level->n, .n_channels = order->n_channels };
  const SwStage stage = export_stage (level, order->n_channels, modes, &job);
  const size_t size = sw_stage_work_size (&stage);
  void *work = size <= engine->work_size ? engine->work : sw_alloc (size, 1);
  if (map != NULL && work != NULL)
    {
      sw_channel_order_map (order, map);
      sw_stage_run (&stage, engine->modes[at], work);
    }
  const bool failed = map == NULL || work == NULL;
  if (work != engine->work)
    sw_free (work);
  sw_free (map);
  return failed ? sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a field of %zu voxels along each edge", level->n)
                : SW_OK;
}
