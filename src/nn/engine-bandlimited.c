/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The band-limited engine: fields live in Fourier space between layers, and only nonlinearities visit the grid
 * (nn/README.md, band-limited engine). Inference is a batch of one through the same functions as training. */
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/dropout.h"
#include "nn/engine-private.h"
#include "nn/linear.h"
#include "nn/scalar-act.h"
#include "nn/spectral-linear.h"
#include "nn/spectral-mix.h"
#include "nn/spectral-pointwise.h"
#include "nn/spectral-rebox.h"
#include "nn/spectral-stage.h"

#define LEVELS_MAX 16

typedef enum
{
  MODE_INFER,
  MODE_CALIBRATE,
  MODE_TRAIN,
} Mode;

typedef struct
{
  const SwLayer *layer;
  bool vector;       /* output is pooled: [b][channels], public order */
  bool alias;        /* inference: the output is the input (dropout) */
  size_t from, to;   /* levels of input and output */
  SwChannelOrder in, out;
  size_t size;       /* reals per sample of the output */
  size_t place;      /* start in the arena, in reals */
  SwMix mix;
  SwPointwise pointwise;
  real *window;      /* LOWPASS, AVGPOOL: per shell, owned */
  SwSpectralFold fold;
  bool reboxed;      /* the box of `to` is larger than that of `from` */
  SwRebox rebox;
  size_t wide;       /* reals per sample of the field before it is folded or reboxed, or 0 */
  size_t wide_place;
  real *factors;     /* BATCHNORM: 1 / sqrt (variance + epsilon), inner copies; DROPOUT: [b][copies]; owned */
  double *means;     /* BATCHNORM: [scalars], inner; owned */
  size_t *copy_map, *channel_map; /* inner to public; owned */
} Op;

typedef struct
{
  const SwNetwork *network;
  SwModel *model;
  SwRunOptions options;
  size_t n, n_batch_max;
  size_t n_levels;
  SwLevel levels[LEVELS_MAX];
  SwLevel grids[LEVELS_MAX];  /* the same balls on the grids of the nonlinearities */
  size_t n_boxes;
  SwModes boxes[LEVELS_MAX];
  const SwModes *modes[LEVELS_MAX]; /* of each level, one of the boxes */
  size_t n_ops;
  Op *ops;
  SwLayerResult *results;
  SwChannelOrder input_order;
  size_t input_size;  /* reals per sample of the input's modes */
  size_t input_place;
  size_t arena_size;
  real *arena;        /* fields, [sample][size] each */
  real *gradients;    /* the same places, training only */
  void *work;         /* of the grid stages */
  size_t work_size;
  real *scratch;      /* of the mixing */
  double *d_matrices; /* training: largest of all */
  double *sums;       /* [2][copies] of the widest layer, and planes' sums of norm biases */
  size_t sums_size;
  size_t batch;       /* of the last training pass, 0: none */
  bool dropout_active, has_run;
  SwBatchShare share;
  bool shared;
} Engine;

/* ---- sizes ---- */

static double
w_max_of (const SwNetwork *network, const SwRunOptions *options)
{
  return options->w_max > 0 ? options->w_max : network->w_max;
}

static SwBand
band_of (const SwNetwork *network, const SwRunOptions *options)
{
  return (SwBand){ .w_max = w_max_of (network, options), .rolloff = network->rolloff };
}

static size_t
size_of (const SwNetwork *network, const SwRunOptions *options)
{
  if (options->size > 0)
    return options->size;
  return network->bandlimited_size > 0 ? network->bandlimited_size : network->size;
}

/* Edge of the periodic box of a level, in input voxels: never smaller than that of a finer one. Where the size is not the network's
 * own the boxes follow in proportion, in steps that keep the grids of two neighbours in step. */
static size_t
box_of (const SwNetwork *network, const SwRunOptions *options, size_t n_levels, const unsigned *strides, size_t level)
{
  const size_t n = size_of (network, options), own = network->bandlimited_size > 0 ? network->bandlimited_size : network->size;
  size_t largest = n;
  for (size_t i = 0; i < n_levels && network->n_boxes > 0 && !options->plain_stride; i++)
    {
      const size_t stride = strides[i];
      size_t rank = 0;
      for (size_t j = 0; j < n_levels; j++)
        rank += strides[j] < stride;
      if (rank == 0 || stride > strides[level])
        continue;
      size_t box = network->boxes[rank - 1 < network->n_boxes ? rank - 1 : network->n_boxes - 1];
      if (n != own)
        box = (box * n + own * stride) / (2 * own * stride) * 2 * stride;
      largest = box > largest ? box : largest;
    }
  return largest;
}

static bool
is_pointwise (SwLayerKind kind)
{
  return kind == SW_LAYER_GATE || kind == SW_LAYER_NORM_ACT || kind == SW_LAYER_SCALAR_ACT;
}

static SwStatus
find_level (size_t *n_levels, unsigned *strides, unsigned stride, size_t *ret, SwError *error)
{
  for (size_t i = 0; i < *n_levels; i++)
    if (strides[i] == stride)
      {
        *ret = i;
        return SW_OK;
      }
  if (*n_levels == LEVELS_MAX)
    return sw_error_set (error, SW_ERROR_INVALID, "the network has more than %d resolutions", LEVELS_MAX);
  strides[*n_levels] = stride;
  *ret = (*n_levels)++;
  return SW_OK;
}

/* Kinds, levels and orders of all layers; nothing large. */
static SwStatus
plan_ops (const SwNetwork *network, Op *ops, size_t *n_levels, unsigned *strides, unsigned *l_max, SwError *error)
{
  size_t level;
  SwStatus status = find_level (n_levels, strides, 1, &level, error);
  *l_max = 0;
  for (size_t i = 0; i < network->n_layers && status == SW_OK; i++)
    {
      const SwLayer *layer = &network->layers[i];
      Op *op = &ops[i];
      const Op *source = layer->input[0] >= 0 ? &ops[layer->input[0]] : NULL;
      op->layer = layer;
      op->in = sw_channel_order (&layer->in);
      op->out = sw_channel_order (&layer->out);
      op->from = source != NULL ? source->to : 0;
      op->vector = layer->kind == SW_LAYER_GLOBAL_POOL || (source != NULL && source->vector);
      op->alias = layer->kind == SW_LAYER_DROPOUT;
      *l_max = op->in.l_max > *l_max ? op->in.l_max : *l_max;
      *l_max = op->out.l_max > *l_max ? op->out.l_max : *l_max;
      if (layer->kind == SW_LAYER_DENSE_CONV)
        return sw_error_set (error, SW_ERROR_INVALID,
                             "layer %s is an ordinary convolution, which has no band-limited form; use the sampled engine",
                             layer->name);
      if (op->vector && layer->kind != SW_LAYER_GLOBAL_POOL && layer->kind != SW_LAYER_DROPOUT && layer->kind != SW_LAYER_LINEAR
          && layer->kind != SW_LAYER_SCALAR_ACT)
        return sw_error_set (error, SW_ERROR_INVALID, "layer %s: a %s layer cannot follow global pooling", layer->name,
                             sw_layer_kind_name (layer->kind));
      if (!op->vector && layer->kind == SW_LAYER_LINEAR)
        return sw_error_set (error, SW_ERROR_INVALID, "layer %s: a linear layer must follow global pooling", layer->name);
      if (op->vector)
        op->to = op->from;
      else
        status = find_level (n_levels, strides, layer->stride_out, &op->to, error);
    }
  return status;
}

static bool
folds (const Engine *engine, const Op *op)
{
  return engine->options.plain_stride && !op->vector && op->to != op->from;
}

/* The output before it is folded or goes to a larger box. */
static const SwLevel *
mixed_level (const Engine *engine, const Op *op)
{
  return folds (engine, op) ? &engine->levels[op->from] : op->reboxed ? &op->rebox.from : &engine->levels[op->to];
}

static size_t
tensor_size (const SwLevel *level, size_t n_channels)
{
  return level->n_blocks * n_channels * 2 * sw_spectral_lanes ();
}

/* Places in the arena. Without keep_fields a place is given on once its last reader has run. */
static SwStatus
place_fields (Engine *engine, SwError *error)
{
  const size_t n = engine->n_ops;
  const bool keep = engine->options.keep_fields || engine->options.train_batch > 0;
  size_t *last = SW_NEW (size_t, n), *start = SW_NEW (size_t, 2 * n + 2), *length = SW_NEW (size_t, 2 * n + 2);
  size_t *until = SW_NEW (size_t, 2 * n + 2), n_live = 0;
  if (last == NULL || start == NULL || length == NULL || until == NULL)
    {
      sw_free (last);
      sw_free (start);
      sw_free (length);
      sw_free (until);
      return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a network of %zu layers", n);
    }
  size_t input_last = 0;
  for (size_t i = 0; i < n; i++)
    last[i] = i + 1 == n ? n : i;
  for (size_t i = n; i-- > 0;)
    for (size_t j = 0; j < 2; j++)
      {
        const int from = engine->ops[i].layer->input[j];
        if (j == 1 && engine->ops[i].layer->kind != SW_LAYER_ADD)
          continue;
        const size_t reach = engine->ops[i].alias && last[i] > i ? last[i] : i;
        size_t *to = from < 0 ? &input_last : &last[from];
        *to = *to > reach ? *to : reach;
      }
  engine->arena_size = engine->input_size * engine->n_batch_max;
  engine->input_place = 0;
  start[n_live] = 0;
  length[n_live] = engine->arena_size;
  until[n_live++] = SIZE_MAX; /* the input stays, for sw_runner_input_field */
  for (size_t i = 0; i < n; i++)
    for (int part = 0; part < 2; part++)
      {
        Op *op = &engine->ops[i];
        const size_t size = ((part == 0 ? op->wide : op->size) * engine->n_batch_max + 31) / 32 * 32;
        if (size == 0 || (part == 1 && op->alias && engine->options.train_batch == 0))
          continue;
        size_t at = 0;
        if (keep)
          at = engine->arena_size;
        else
          for (bool moved = true; moved;)
            {
              moved = false;
              for (size_t j = 0; j < n_live; j++)
                if (until[j] >= i && at < start[j] + length[j] && start[j] < at + size)
                  {
                    at = (start[j] + length[j] + 31) / 32 * 32;
                    moved = true;
                  }
            }
        start[n_live] = at;
        length[n_live] = size;
        until[n_live++] = part == 0 ? i : last[i];
        *(part == 0 ? &op->wide_place : &op->place) = at;
        engine->arena_size = at + size > engine->arena_size ? at + size : engine->arena_size;
      }
  sw_free (last);
  sw_free (start);
  sw_free (length);
  sw_free (until);
  return SW_OK;
}

/* ---- grid stages ---- */

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
input_stage (const Engine *engine, GridJob *job, real *modes)
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

static SwStage
forward_stage (const Engine *engine, Op *op, const real *in, real *out)
{
  const SwLevel *level = &engine->grids[op->to];
  return (SwStage){ .grid = level, .n_inputs = 1, .in_ball = level, .input = { in }, .input_channels = { op->in.n_channels },
                    .input_blocks = { level->n_blocks }, .out_ball = out != NULL ? level : NULL, .output = out,
                    .output_channels = op->out.n_channels, .output_scale = level->taper, .line = sw_pointwise_line,
                    .data = &op->pointwise, .line_scratch = sw_pointwise_scratch (&op->pointwise) };
}

static SwStage
backward_stage (const Engine *engine, Op *op, const real *in, const real *d_out, real *d_in)
{
  const SwLevel *level = &engine->grids[op->to];
  return (SwStage){ .grid = level, .n_inputs = 2, .in_ball = level, .input = { in, d_out },
                    .input_channels = { op->in.n_channels, op->out.n_channels },
                    .input_blocks = { level->n_blocks, level->n_blocks }, .input_scale = { NULL, level->taper },
                    .out_ball = level, .output = d_in, .output_add = true, .output_channels = op->in.n_channels,
                    .line = sw_pointwise_line_backward, .data = &op->pointwise,
                    .line_scratch = sw_pointwise_scratch (&op->pointwise) };
}

/* The largest workspace of all stages. */
static size_t
work_size_of (const Engine *engine)
{
  GridJob job = { 0 };
  const SwStage input = input_stage (engine, &job, NULL);
  size_t size = sw_stage_work_size (&input);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      Op *op = &engine->ops[i];
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
          const SwStage forward = forward_stage (engine, op, NULL, &some);
          const SwStage backward = backward_stage (engine, op, NULL, NULL, NULL);
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

/* ---- construction ---- */

static void
engine_free (void *state)
{
  Engine *engine = state;
  if (engine == NULL)
    return;
  for (size_t i = 0; i < engine->n_ops && engine->ops != NULL; i++)
    {
      Op *op = &engine->ops[i];
      sw_mix_clear (&op->mix);
      sw_pointwise_clear (&op->pointwise);
      sw_spectral_fold_clear (&op->fold);
      sw_rebox_clear (&op->rebox);
      sw_free (op->window);
      sw_free (op->factors);
      sw_free (op->means);
      sw_free (op->copy_map);
      sw_free (op->channel_map);
    }
  for (size_t i = 0; i < engine->n_levels; i++)
    {
      sw_level_clear (&engine->levels[i]);
      sw_level_clear (&engine->grids[i]);
    }
  for (size_t i = 0; i < engine->n_boxes; i++)
    sw_modes_clear (&engine->boxes[i]);
  sw_free (engine->ops);
  sw_free (engine->results);
  sw_free (engine->arena);
  sw_free (engine->gradients);
  sw_free (engine->work);
  sw_free (engine->scratch);
  sw_free (engine->d_matrices);
  sw_free (engine->sums);
  sw_free (engine);
}

/* Gaussian of the filter, or of the second moment of a mean over three voxels, and the taper of the ball that it fills. */
static SwStatus
set_window (Engine *engine, Op *op)
{
  const SwLevel *from = &engine->levels[op->from], *to = mixed_level (engine, op);
  const SwModes *modes = engine->modes[op->from];
  const double scale = op->layer->scale;
  const double square = op->layer->kind == SW_LAYER_AVGPOOL ? 2.0 / 3.0 : scale > 1 ? 0.25 * (scale * scale - 1) : 0.0;
  op->window = SW_NEW (real, modes->n_shells);
  if (op->window == NULL)
    return SW_ERROR_MEMORY;
  for (size_t s = 0; s < modes->n_shells; s++)
    {
      const double w = sw_level_frequency (from, modes, s);
      const double gauss = folds (engine, op) ? 1 : exp (-0.5 * square * w * w);
      op->window[s] = (real) (gauss * (op->to != op->from && s < to->n_shells && !folds (engine, op) ? (double) to->taper[s] : 1.0));
    }
  return SW_OK;
}

static SwStatus
build_op (Engine *engine, Op *op, SwRadialCache *cache, SwError *error)
{
  const SwLayer *layer = op->layer;
  SwStatus status = SW_OK;
  const SwLevel *from = &engine->levels[op->from], *to = &engine->levels[op->to];
  op->size = op->vector ? op->out.n_channels : tensor_size (to, op->out.n_channels);
  op->reboxed = !op->vector && engine->modes[op->from] != engine->modes[op->to];
  if (op->reboxed)
    {
      const SwBand band = band_of (engine->network, &engine->options);
      status = sw_rebox_init (&op->rebox, engine->modes[op->from], engine->modes[op->to], to->stride, &band);
      if (status != SW_OK)
        return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for layer %s", layer->name);
    }
  op->wide = folds (engine, op) || op->reboxed ? tensor_size (mixed_level (engine, op), op->out.n_channels) : 0;
  op->channel_map = SW_NEW (size_t, op->out.n_channels + 1);
  op->copy_map = SW_NEW (size_t, op->out.n_copies + 1);
  if (op->channel_map == NULL || op->copy_map == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for layer %s", layer->name);
  sw_channel_order_map (&op->out, op->channel_map);
  sw_channel_order_copy_map (&op->out, op->copy_map);
  if (folds (engine, op))
    status = sw_spectral_fold_init (&op->fold, engine->modes[op->from], from, to);
  switch (layer->kind)
    {
    case SW_LAYER_CONV:
      if (status == SW_OK)
        status = sw_mix_init (&op->mix, engine->modes[op->from], from, mixed_level (engine, op), &layer->in, &layer->out,
                              layer->kernel, layer->rule, cache, error);
      if (status == SW_OK && op->mix.n_weights != layer->n_weights)
        return sw_error_set (error, SW_ERROR_INVALID, "layer %s: %zu weights where its kernels need %zu", layer->name,
                             layer->n_weights, op->mix.n_weights);
      break;
    case SW_LAYER_GATE:
    case SW_LAYER_NORM_ACT:
    case SW_LAYER_SCALAR_ACT:
      status = status == SW_OK ? sw_pointwise_init (&op->pointwise, layer, engine->grids[op->to].n) : status;
      break;
    case SW_LAYER_LOWPASS:
    case SW_LAYER_AVGPOOL:
      status = status == SW_OK ? set_window (engine, op) : status;
      break;
    case SW_LAYER_BATCHNORM:
      op->means = SW_NEW0 (double, op->out.copies[0] + 1);
      op->factors = SW_NEW0 (real, op->out.n_copies + 1);
      status = op->means == NULL || op->factors == NULL ? SW_ERROR_MEMORY : status;
      break;
    case SW_LAYER_DROPOUT:
      op->factors = SW_NEW0 (real, op->out.n_copies * engine->n_batch_max + 1);
      status = op->factors == NULL ? SW_ERROR_MEMORY : status;
      break;
    default:
      break;
    }
  if (status == SW_ERROR_MEMORY)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for layer %s", layer->name);
  return status;
}

/* Everything but memory that grows with the grid. */
static SwStatus
check_options (const SwNetwork *network, const SwRunOptions *options, SwError *error)
{
  const double w_max = w_max_of (network, options);
  const size_t n = size_of (network, options);
  if (!(w_max > 0 && w_max <= M_PI))
    return sw_error_set (error, SW_ERROR_INVALID, "w_max is %g; it must be above 0 and at most pi", w_max);
  if (n < 1 || n > 512)
    return sw_error_set (error, SW_ERROR_INVALID, "a grid of %zu voxels along each edge; it must be 1 to 512", n);
  for (size_t i = 0; i < network->n_layers; i++)
    if (network->layers[i].stride_out > n && network->layers[i].stride_out > 1)
      return sw_error_set (error, SW_ERROR_INVALID, "a grid of %zu voxels is too small for layer %s, whose voxels are %u wide", n,
                           network->layers[i].name, network->layers[i].stride_out);
  return SW_OK;
}

/* Edge of the grid of the nonlinearities of a level. */
static size_t
fine_size (const SwNetwork *network, const SwRunOptions *options, size_t n)
{
  return options->plain_stride || network->oversampling <= 1.0 ? n : sw_fft_good_size ((size_t) ceil (network->oversampling * (double) n - 1e-6));
}

/* The modes of a box, made for the finest level that has it. */
static SwStatus
find_modes (Engine *engine, size_t box, unsigned stride, unsigned l_max, const SwModes **ret, SwError *error)
{
  const double k_max = sw_level_k_max (box, stride, w_max_of (engine->network, &engine->options));
  size_t n_blocks, bytes;
  for (size_t i = 0; i < engine->n_boxes; i++)
    if (engine->boxes[i].n_box == box)
      {
        *ret = &engine->boxes[i];
        return SW_OK;
      }
  sw_modes_count (k_max, l_max, &n_blocks, &bytes);
  if (bytes > sw_memory_available () || sw_modes_init (&engine->boxes[engine->n_boxes], box, k_max, l_max) != SW_OK)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the modes of a grid of %zu voxels", box);
  *ret = &engine->boxes[engine->n_boxes++];
  return SW_OK;
}

static SwStatus
set_levels (Engine *engine, size_t n_levels, const unsigned *strides, unsigned l_max, SwError *error)
{
  const SwBand band = band_of (engine->network, &engine->options);
  const SwRunOptions *options = &engine->options;
  for (size_t i = 0; i < n_levels; i++)
    {
      const size_t box = box_of (engine->network, options, n_levels, strides, i);
      const size_t n = sw_level_grid_size (box, strides[i], band.w_max, options->plain_stride);
      const SwStatus status = find_modes (engine, box, strides[i], l_max, &engine->modes[i], error);
      if (status != SW_OK)
        return status;
      engine->n_levels = i + 1;
      if (sw_level_init (&engine->levels[i], engine->modes[i], strides[i], &band, n) != SW_OK
          || sw_level_init (&engine->grids[i], engine->modes[i], strides[i], &band, fine_size (engine->network, options, n)) != SW_OK)
        return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the tables of a grid");
    }
  return SW_OK;
}

static SwStatus
allocate (Engine *engine, SwError *error)
{
  size_t scratch = 0, matrices = 0;
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const Op *op = &engine->ops[i];
      engine->sums_size = engine->sums_size > 4 * op->out.n_copies ? engine->sums_size : 4 * op->out.n_copies;
      if (op->layer->kind == SW_LAYER_NORM_ACT && !op->vector)
        {
          const size_t size = op->out.n_copies * engine->grids[op->to].n;
          engine->sums_size = engine->sums_size > size ? engine->sums_size : size;
        }
      if (op->layer->kind != SW_LAYER_CONV)
        continue;
      const size_t a = sw_mix_scratch_size (&op->mix), b = op->mix.n_shells * op->mix.matrix_size;
      scratch = a > scratch ? a : scratch;
      matrices = b > matrices ? b : matrices;
    }
  const bool train = engine->options.train_batch > 0;
  engine->work_size = work_size_of (engine);
  const size_t bytes = (engine->arena_size * (train ? 2 : 1)) * sizeof (real) + engine->work_size + (train ? matrices * 8 : 0);
  if (bytes > sw_memory_available ())
    return sw_error_set (error, SW_ERROR_MEMORY, "the network needs %zu MB of memory on a grid of %zu voxels, which there is not",
                         bytes >> 20, engine->n);
  engine->arena = SW_NEW0 (real, engine->arena_size);
  engine->work = sw_alloc (engine->work_size, 1);
  engine->scratch = SW_NEW (real, scratch * (size_t) omp_get_max_threads () + 1);
  engine->sums = SW_NEW0 (double, engine->sums_size + 1);
  if (train)
    {
      engine->gradients = SW_NEW0 (real, engine->arena_size);
      engine->d_matrices = SW_NEW0 (double, matrices + 1);
    }
  if (engine->arena == NULL || engine->work == NULL || engine->scratch == NULL || engine->sums == NULL
      || (train && (engine->gradients == NULL || engine->d_matrices == NULL)))
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory: the network needs %zu MB on a grid of %zu voxels", bytes >> 20,
                         engine->n);
  return SW_OK;
}

static void
set_results (Engine *engine)
{
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const Op *op = &engine->ops[i];
      const SwLevel *level = &engine->levels[op->to];
      const size_t edge = op->vector ? engine->n : engine->modes[op->to]->n_box;
      engine->results[i] = (SwLayerResult){ .layer = op->layer, .fields = op->layer->out, .size = op->vector ? 1 : level->n,
                                            .spacing = (double) edge / (double) (op->vector ? 1 : level->n) };
    }
}

static SwStatus engine_update (void *state, SwError *error);

static SwStatus
engine_new (SwModel *model, const SwRunOptions *options, void **ret, SwError *error)
{
  SwStatus status = check_options (model->network, options, error);
  if (status != SW_OK)
    return status;
  Engine *engine = SW_NEW0 (Engine, 1);
  if (engine == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a runner");
  engine->network = model->network;
  engine->model = model;
  engine->options = *options;
  engine->n = size_of (model->network, options);
  engine->n_batch_max = options->train_batch > 0 ? options->train_batch : 1;
  engine->n_ops = model->network->n_layers;
  engine->ops = SW_NEW0 (Op, engine->n_ops + 1);
  engine->results = SW_NEW0 (SwLayerResult, engine->n_ops + 1);
  size_t n_levels = 0;
  unsigned strides[LEVELS_MAX], l_max = 0;
  if (engine->ops == NULL || engine->results == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a runner");
  if (status == SW_OK)
    status = plan_ops (engine->network, engine->ops, &n_levels, strides, &l_max, error);
  if (status == SW_OK)
    status = set_levels (engine, n_levels, strides, l_max, error);
  if (status == SW_OK)
    {
      engine->input_order = sw_channel_order (&engine->network->input);
      engine->input_size = tensor_size (&engine->levels[0], engine->input_order.n_channels);
    }
  SwRadialCache cache = { 0 };
  for (size_t i = 0; i < engine->n_ops && status == SW_OK; i++)
    status = build_op (engine, &engine->ops[i], &cache, error);
  sw_radial_cache_clear (&cache);
  if (status == SW_OK)
    status = place_fields (engine, error);
  if (status == SW_OK)
    status = allocate (engine, error);
  if (status == SW_OK)
    {
      set_results (engine);
      status = engine_update (engine, error);
    }
  if (status != SW_OK)
    {
      engine_free (engine);
      return status;
    }
  *ret = engine;
  return SW_OK;
}

static SwStatus
engine_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error)
{
  SwStatus status = check_options (network, options, error);
  if (status != SW_OK)
    return status;
  Op *ops = SW_NEW0 (Op, network->n_layers + 1);
  if (ops == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a network of %zu layers", network->n_layers);
  size_t n_levels = 0, blocks[LEVELS_MAX], boxes[LEVELS_MAX], bytes = 0, some, columns = 0;
  unsigned strides[LEVELS_MAX], l_max = 0;
  status = plan_ops (network, ops, &n_levels, strides, &l_max, error);
  const size_t lanes = sw_spectral_lanes ();
  const size_t batch = options->train_batch > 0 ? options->train_batch : 1;
  const double w_max = w_max_of (network, options);
  for (size_t i = 0; i < n_levels && status == SW_OK; i++)
    {
      boxes[i] = box_of (network, options, n_levels, strides, i);
      sw_modes_count (sw_level_k_max (boxes[i], strides[i], w_max), l_max, &blocks[i], &some);
      bytes += i == 0 || boxes[i] != boxes[i - 1] ? some : 0;
    }
  size_t kept = 0, largest = 0;
  for (size_t i = 0; i < network->n_layers && status == SW_OK; i++)
    {
      const Op *op = &ops[i];
      const size_t box = boxes[op->to];
      const double k_max = sw_level_k_max (box, strides[op->to], w_max);
      const size_t edge = fine_size (network, options, sw_level_grid_size (box, strides[op->to], w_max, options->plain_stride));
      const size_t size = op->vector ? 1 : blocks[op->to] * op->out.n_channels * 2 * lanes * sizeof (real);
      kept += size;
      largest = size > largest ? size : largest;
      if (op->layer->kind == SW_LAYER_CONV)
        bytes += sw_mix_memory ((size_t) (k_max * k_max * 0.85) + 4, &op->layer->in, &op->layer->out, op->layer->kernel);
      if (is_pointwise (op->layer->kind) && !op->vector)
        {
          const size_t c = op->in.n_channels + (options->train_batch > 0 ? op->out.n_channels : 0) + 2 * lanes;
          const size_t work = (size_t) ((M_PI * k_max * k_max + 6 * k_max + 4) * (double) (edge * c)) + blocks[op->to] * lanes * 2 * c;
          columns = work > columns ? work : columns;
        }
    }
  sw_free (ops);
  if (status != SW_OK)
    return status;
  const bool keep = options->keep_fields || options->train_batch > 0;
  bytes += (keep ? kept : 4 * largest) * batch * (options->train_batch > 0 ? 2 : 1) + columns * sizeof (real);
  *ret = bytes;
  return SW_OK;
}

/* ---- parameters ---- */

static const real *
parameters_at (const Engine *engine, size_t offset, size_t n)
{
  return n > 0 ? engine->model->parameters + offset : NULL;
}

static SwStatus
engine_update (void *state, SwError *error)
{
  Engine *engine = state;
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      Op *op = &engine->ops[i];
      if (op->layer->kind == SW_LAYER_CONV)
        sw_mix_set_weights (&op->mix, engine->model->parameters + op->layer->weight_offset);
      if (is_pointwise (op->layer->kind))
        op->pointwise.biases = parameters_at (engine, op->layer->bias_offset, op->layer->n_biases);
    }
  return SW_OK;
}

/* ---- forward ---- */

static int
resolve (const Engine *engine, int layer, Mode mode)
{
  while (layer >= 0 && engine->ops[layer].alias && (mode != MODE_TRAIN || !engine->dropout_active))
    layer = engine->ops[layer].layer->input[0];
  return layer;
}

/* Field after a layer, sample b; base is the arena or the gradients. */
static real *
field_of (const Engine *engine, real *base, int layer, size_t b, Mode mode)
{
  const int at = resolve (engine, layer, mode);
  return at < 0 ? base + engine->input_place + b * engine->input_size : base + engine->ops[at].place + b * engine->ops[at].size;
}

static size_t
field_size (const Engine *engine, int layer, Mode mode)
{
  const int at = resolve (engine, layer, mode);
  return at < 0 ? engine->input_size : engine->ops[at].size;
}

/* Of the batches in training; NULL: the batch is this runner's alone. */
static const SwBatchShare *
share_of (const Engine *engine, Mode mode)
{
  return mode == MODE_TRAIN && engine->shared ? &engine->share : NULL;
}

static SwStatus
forward_batchnorm (Engine *engine, Op *op, size_t n_batch, Mode mode, bool move, SwError *error)
{
  const SwBatchShare *share = share_of (engine, mode);
  const double n_total = (double) (share != NULL ? share->n_total : n_batch);
  SwStatus status;
  const SwLayer *layer = op->layer;
  const size_t n_blocks = engine->levels[op->to].n_blocks, n_scalars = op->out.copies[0], n_copies = op->out.n_copies;
  real *means = engine->model->buffers + layer->buffer_offset, *variances = means + layer->n_means;
  double *sums = engine->sums, *total = sums + n_copies;
  const size_t lanes = sw_spectral_lanes ();
  if (mode != MODE_INFER && !(mode == MODE_TRAIN && engine->options.frozen))
    {
      memset (op->means, 0, n_scalars * sizeof (double));
      for (size_t b = 0; b < n_batch; b++)
        {
          const real *in = field_of (engine, engine->arena, layer->input[0], b, mode);
          for (size_t c = 0; c < n_scalars; c++)
            op->means[c] += (double) in[sw_spectral_mean_at (c)] / n_total;
        }
      status = sw_batch_share_sum (share, n_scalars, op->means, error);
      if (status != SW_OK)
        return status;
      memset (total, 0, n_copies * sizeof (double));
      for (size_t b = 0; b < n_batch; b++)
        {
          const real *in = field_of (engine, engine->arena, layer->input[0], b, mode);
          sw_spectral_dot (&op->in, n_blocks, in, in, true, sums);
          for (size_t c = 0; c < n_copies; c++)
            {
              const double d = c < n_scalars ? (double) in[sw_spectral_mean_at (c)] - op->means[c] : 0;
              total[c] += (sums[c] + d * d) / n_total;
            }
        }
      status = sw_batch_share_sum (share, n_copies, total, error);
      if (status != SW_OK)
        return status;
      const double m = mode == MODE_CALIBRATE ? 1 : move ? layer->momentum : 0;
      for (size_t c = 0; c < n_copies; c++)
        {
          /* scalars come first in both orders of means: those of all scalar parts, in order */
          if (c < n_scalars && m > 0)
            means[c] = (real) ((1 - m) * (double) means[c] + m * op->means[c]);
          if (m > 0)
            variances[op->copy_map[c]] = (real) ((1 - m) * (double) variances[op->copy_map[c]] + m * total[c]);
          op->factors[c] = (real) (1 / sqrt (total[c] + layer->epsilon));
        }
    }
  else
    for (size_t c = 0; c < n_copies; c++)
      {
        if (c < n_scalars)
          op->means[c] = (double) means[c];
        op->factors[c] = (real) (1 / sqrt ((double) variances[op->copy_map[c]] + layer->epsilon));
      }
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  const real *bias = layer->affine ? parameters_at (engine, layer->bias_offset, layer->n_biases) : NULL;
  real *factors = (real *) sums;
  for (size_t c = 0; c < n_copies; c++)
    factors[c] = op->factors[c] * (weight != NULL && c < n_scalars ? weight[c] : 1);
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, engine->arena, layer->input[0], b, mode);
      real *out = engine->arena + op->place + b * op->size;
      sw_spectral_scale (&op->out, n_blocks, factors, in, out, false);
      for (size_t c = 0; c < n_scalars; c++)
        out[2 * c * lanes] += (real) (-op->means[c] * (double) factors[c]) + (bias != NULL ? bias[c] : 0);
    }
  return SW_OK;
}

/* The pool is a sum over the box of its level in terms of the input's volume, so that empty room does not thin it out and a
 * network's boxes may change under its weights. */
static double
pool_scale (const Engine *engine, const Op *op)
{
  return pow ((double) engine->modes[op->from]->n_box / (double) engine->n, 3);
}

static SwStatus
forward_op (Engine *engine, size_t i, size_t n_batch, Mode mode, SwRandom *random, bool move, SwError *error)
{
  Op *op = &engine->ops[i];
  const SwLayer *layer = op->layer;
  const SwModes *modes = engine->modes[op->from];
  const size_t n_blocks = engine->levels[op->to].n_blocks;
  if (op->alias && resolve (engine, (int) i, mode) != (int) i)
    return SW_OK;
  if (layer->kind == SW_LAYER_BATCHNORM)
    return forward_batchnorm (engine, op, n_batch, mode, move, error);
  if (layer->kind == SW_LAYER_DROPOUT)
    sw_dropout_draw (random, layer->probability, n_batch, op->out.n_copies, share_of (engine, mode), op->factors);
  for (size_t b = 0; b < n_batch; b++)
    {
      const real *in = field_of (engine, engine->arena, layer->input[0], b, mode);
      real *out = engine->arena + op->place + b * op->size, *wide = engine->arena + op->wide_place + b * op->wide;
      switch (layer->kind)
        {
        case SW_LAYER_CONV:
          sw_mix_forward (&op->mix, modes, in, op->wide > 0 ? wide : out, engine->scratch);
          if (op->reboxed)
            sw_rebox_forward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, wide, out, engine->work);
          else if (op->wide > 0)
            sw_spectral_fold (&op->fold, op->out.n_channels, wide, out);
          break;
        case SW_LAYER_GATE:
        case SW_LAYER_NORM_ACT:
        case SW_LAYER_SCALAR_ACT:
          if (op->vector)
            {
              const SwScalarActShape shape = { 1, op->out.n_channels, 1, layer->act };
              sw_scalar_act_forward (&shape, in, op->pointwise.biases, out);
            }
          else
            {
              const SwStage stage = forward_stage (engine, op, in, out);
              sw_stage_run (&stage, modes, engine->work);
            }
          break;
        case SW_LAYER_LOWPASS:
        case SW_LAYER_AVGPOOL:
          if (op->reboxed)
            {
              sw_spectral_window (modes, op->out.n_channels, op->rebox.from.n_blocks, op->window, in, wide, false);
              sw_rebox_forward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, wide, out, engine->work);
            }
          else if (op->wide > 0)
            sw_spectral_fold (&op->fold, op->out.n_channels, in, out);
          else
            sw_spectral_window (modes, op->out.n_channels, n_blocks, op->window, in, out, false);
          break;
        case SW_LAYER_DROPOUT:
          {
            const real *factors = op->factors + b * op->out.n_copies;
            if (op->vector)
              {
                memset (out, 0, op->size * sizeof (real));
                sw_dropout_add (&layer->out, 1, 1, factors, in, out);
              }
            else
              {
                real *inner = (real *) engine->sums;
                for (size_t c = 0; c < op->out.n_copies; c++)
                  inner[c] = factors[op->copy_map[c]];
                sw_spectral_scale (&op->out, n_blocks, inner, in, out, false);
              }
          }
          break;
        case SW_LAYER_ADD:
          {
            const real *other = field_of (engine, engine->arena, layer->input[1], b, mode);
#pragma omp parallel for simd schedule(static) if (op->size > 65536)
            for (size_t j = 0; j < op->size; j++)
              out[j] = in[j] + other[j];
          }
          break;
        case SW_LAYER_GLOBAL_POOL:
          for (size_t c = 0; c < op->out.n_channels; c++)
            out[op->channel_map[c]] = (real) pool_scale (engine, op) * in[sw_spectral_mean_at (c)];
          break;
        case SW_LAYER_LINEAR:
          {
            const SwLinearShape shape = { 1, op->in.n_channels, op->out.n_channels };
            sw_linear_forward (&shape, in, engine->model->parameters + layer->weight_offset,
                               parameters_at (engine, layer->bias_offset, layer->n_biases), out);
          }
          break;
        default:
          break;
        }
    }
  return SW_OK;
}

/* Root mean square over the grid, by Parseval. */
static void
measure (Engine *engine, size_t i)
{
  const Op *op = &engine->ops[i];
  double *norm = engine->results[i].norm;
  const real *out = field_of (engine, engine->arena, (int) i, 0, MODE_INFER);
  memset (norm, 0, sizeof engine->results[i].norm);
  if (op->vector)
    for (size_t c = 0; c < op->out.n_channels; c++)
      {
        unsigned l = 0;
        while (c >= op->out.channel_at[l] + op->out.copies[l] * (2 * l + 1))
          l++;
        norm[l] += (double) out[op->channel_map[c]] * (double) out[op->channel_map[c]];
      }
  else
    {
      sw_spectral_dot (&op->out, engine->levels[op->to].n_blocks, out, out, false, engine->sums);
      for (unsigned l = 0; l <= op->out.l_max; l++)
        for (size_t c = 0; c < op->out.copies[l]; c++)
          norm[l] += engine->sums[op->out.copy_at[l] + c];
    }
  for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
    norm[l] = sqrt (norm[l]);
}

static void
read_input (Engine *engine, const real *input, size_t b)
{
  size_t map[SW_FIELD_PARTS_MAX * 4], *channels = map;
  const size_t n_channels = engine->input_order.n_channels;
  assert (n_channels <= sizeof map / sizeof map[0]);
  sw_channel_order_map (&engine->input_order, channels);
  GridJob job = { .from = input, .map = channels, .n = engine->n, .n_channels = n_channels };
  const SwStage stage = input_stage (engine, &job, engine->arena + engine->input_place + b * engine->input_size);
  sw_stage_run (&stage, engine->modes[0], engine->work);
}

static SwStatus
engine_forward (void *state, const real *input, const SwProgress *progress, SwError *error)
{
  Engine *engine = state;
  const Mode mode = engine->options.calibrate ? MODE_CALIBRATE : MODE_INFER;
  engine->has_run = engine->dropout_active = false;
  engine->batch = 0;
  read_input (engine, input, 0);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const double start = sw_timer_now ();
      const SwStatus status = forward_op (engine, i, 1, mode, NULL, false, error);
      if (status != SW_OK)
        return status;
      engine->results[i].seconds = sw_timer_now () - start;
      measure (engine, i);
    }
  if (mode == MODE_CALIBRATE)
    engine->model->calibrated = true;
  engine->has_run = true;
  for (size_t i = 0; i < engine->n_ops; i++)
    engine->results[i].has_field = engine->options.keep_fields || i + 1 == engine->n_ops;
  return SW_OK;
}

static const real *
engine_output (const void *state)
{
  const Engine *engine = state;
  return field_of (engine, engine->arena, (int) engine->n_ops - 1, 0, MODE_INFER);
}

static const SwLayerResult *
engine_result (const void *state, size_t layer)
{
  const Engine *engine = state;
  return &engine->results[layer];
}

static size_t
engine_input_size (const void *state)
{
  const Engine *engine = state;
  return engine->n;
}

static double
engine_centre (const void *state, size_t size)
{
  return (double) (size / 2);
}

/* ---- fields on request ---- */

static SwStatus
export_field (const Engine *engine, size_t at, const SwChannelOrder *order, const real *modes, real *out, SwError *error)
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

static SwStatus
engine_input_field (const void *state, real *out, SwError *error)
{
  const Engine *engine = state;
  if (!engine->has_run)
    return sw_error_set (error, SW_ERROR_INVALID, "the network has not run yet");
  return export_field (engine, 0, &engine->input_order, engine->arena + engine->input_place, out, error);
}

static SwStatus
engine_field (const void *state, size_t layer, real *out, SwError *error)
{
  const Engine *engine = state;
  if (layer >= engine->n_ops || !engine->has_run || !engine->results[layer].has_field)
    return sw_error_set (error, SW_ERROR_INVALID, "the field of layer %s was not kept",
                         layer < engine->n_ops ? engine->ops[layer].layer->name : "beyond the last");
  const Op *op = &engine->ops[layer];
  const real *field = field_of (engine, engine->arena, (int) layer, 0, MODE_INFER);
  if (op->vector)
    {
      memcpy (out, field, op->size * sizeof (real));
      return SW_OK;
    }
  return export_field (engine, op->to, &op->out, field, out, error);
}

static SwStatus
engine_gates (const void *state, size_t layer, real *out, SwError *error)
{
  const Engine *engine = state;
  if (layer >= engine->n_ops || engine->ops[layer].layer->kind != SW_LAYER_GATE || engine->ops[layer].pointwise.n_gates == 0)
    return sw_error_set (error, SW_ERROR_INVALID, "layer %zu has no gates", layer);
  Op *op = &engine->ops[layer];
  if (!engine->has_run || !engine->options.keep_fields)
    return sw_error_set (error, SW_ERROR_INVALID, "the gates of layer %s were not kept", op->layer->name);
  Op job = *op;
  job.pointwise.gates = out;
  job.pointwise.n = engine->levels[op->to].n;
  SwStage stage = forward_stage (engine, &job, field_of (engine, engine->arena, op->layer->input[0], 0, MODE_INFER), NULL);
  stage.grid = stage.in_ball = &engine->levels[op->to];
  sw_stage_run (&stage, engine->modes[op->to], engine->work);
  return SW_OK;
}

/* ---- training ---- */

static void
engine_share_batch (void *state, const SwBatchShare *share)
{
  Engine *engine = state;
  engine->shared = share != NULL;
  if (share != NULL)
    engine->share = *share;
}

static SwStatus
engine_forward_train (void *state, size_t n_batch, const real *input, SwRandom *random, bool update_statistics,
                      const SwProgress *progress, SwError *error)
{
  Engine *engine = state;
  const size_t sample = engine->input_order.n_channels * engine->n * engine->n * engine->n;
  if ((n_batch == 0 && !engine->shared) || n_batch > engine->options.train_batch)
    return sw_error_set (error, SW_ERROR_INVALID, "a batch of %zu samples in a runner made for %zu", n_batch,
                         engine->options.train_batch);
  engine->has_run = false;
  engine->batch = 0;
  engine->dropout_active = random != NULL;
  for (size_t b = 0; b < n_batch; b++)
    read_input (engine, input + b * sample, b);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      if (!sw_progress (progress, (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      const SwStatus status = forward_op (engine, i, n_batch, MODE_TRAIN, random, update_statistics, error);
      if (status != SW_OK)
        return status;
    }
  engine->batch = n_batch;
  return SW_OK;
}

static const real *
engine_train_output (const void *state)
{
  const Engine *engine = state;
  return field_of (engine, engine->arena, (int) engine->n_ops - 1, 0, MODE_TRAIN);
}

static SwStatus
backward_batchnorm (Engine *engine, Op *op, real *d_parameters, SwError *error)
{
  const SwBatchShare *share = share_of (engine, MODE_TRAIN);
  const SwLayer *layer = op->layer;
  const size_t n_blocks = engine->levels[op->to].n_blocks, n_scalars = op->out.copies[0], n_copies = op->out.n_copies;
  const double n_batch = (double) (share != NULL ? share->n_total : engine->batch);
  const real *weight = layer->affine ? parameters_at (engine, layer->weight_offset, layer->n_weights) : NULL;
  double *sums = engine->sums, *along = sums + n_copies, *d_mean = sums + 2 * n_copies;
  memset (along, 0, 2 * n_copies * sizeof (double));
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, engine->arena, layer->input[0], b, MODE_TRAIN);
      const real *d_out = engine->gradients + op->place + b * op->size;
      sw_spectral_dot (&op->out, n_blocks, d_out, in, true, sums);
      for (size_t c = 0; c < n_copies; c++)
        {
          along[c] += sums[c];
          if (c < n_scalars)
            {
              const double d = (double) d_out[sw_spectral_mean_at (c)];
              along[c] += d * ((double) in[sw_spectral_mean_at (c)] - op->means[c]);
              d_mean[c] += d;
            }
        }
    }
  for (size_t c = 0; c < n_scalars && weight != NULL && d_parameters != NULL; c++)
    {
      d_parameters[layer->weight_offset + c] += (real) (along[c] * (double) op->factors[c]);
      d_parameters[layer->bias_offset + c] += (real) d_mean[c];
    }
  const SwStatus status = sw_batch_share_sum (engine->options.frozen ? NULL : share, 2 * n_copies, along, error);
  if (status != SW_OK)
    return status;
  real *factors = (real *) sums;
  for (size_t c = 0; c < n_copies; c++)
    factors[c] = op->factors[c] * (weight != NULL && c < n_scalars ? weight[c] : 1);
  for (size_t b = 0; b < engine->batch; b++)
    sw_spectral_scale (&op->out, n_blocks, factors, engine->gradients + op->place + b * op->size,
                       field_of (engine, engine->gradients, layer->input[0], b, MODE_TRAIN), true);
  if (engine->options.frozen)
    return SW_OK;
  for (size_t c = 0; c < n_scalars; c++)
    d_mean[c] *= (double) factors[c] / n_batch;
  for (size_t c = 0; c < n_copies; c++)
    {
      const double s = (double) op->factors[c];
      factors[c] = (real) (-s * s * (double) factors[c] * along[c] / n_batch);
    }
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, engine->arena, layer->input[0], b, MODE_TRAIN);
      real *d_in = field_of (engine, engine->gradients, layer->input[0], b, MODE_TRAIN);
      sw_spectral_scale (&op->out, n_blocks, factors, in, d_in, true);
      for (size_t c = 0; c < n_scalars; c++)
        d_in[sw_spectral_mean_at (c)] -= (real) (d_mean[c] + (double) factors[c] * op->means[c]);
    }
  return SW_OK;
}

/* The bias of a scalar or a gate is added to mode 0 of its channel, so its gradient is that of mode 0. */
static void
backward_pointwise (Engine *engine, Op *op, size_t b, real *d_parameters)
{
  const SwLayer *layer = op->layer;
  const SwLevel *level = &engine->grids[op->to];
  const real *in = field_of (engine, engine->arena, layer->input[0], b, MODE_TRAIN);
  const real *d_out = engine->gradients + op->place + b * op->size;
  real *d_in = field_of (engine, engine->gradients, layer->input[0], b, MODE_TRAIN);
  real *d_biases = layer->n_biases > 0 && d_parameters != NULL ? d_parameters + layer->bias_offset : NULL;
  if (op->vector)
    {
      const SwScalarActShape shape = { 1, op->out.n_channels, 1, layer->act };
      sw_scalar_act_backward (&shape, in, op->pointwise.biases, d_out, d_in, d_biases);
      return;
    }
  const size_t n_first = op->pointwise.n_scalars + op->pointwise.n_gates;
  if (layer->kind == SW_LAYER_NORM_ACT)
    {
      memset (engine->sums, 0, op->out.n_copies * level->n * sizeof (double));
      op->pointwise.d_biases = engine->sums;
    }
  else
    for (size_t c = 0; c < n_first && d_biases != NULL; c++)
      d_biases[c] -= d_in[sw_spectral_mean_at (c)]; /* what is there already */
  const SwStage stage = backward_stage (engine, op, in, d_out, d_in);
  sw_stage_run (&stage, engine->modes[op->to], engine->work);
  if (layer->kind == SW_LAYER_NORM_ACT)
    {
      const double volume = pow ((double) level->n, 3);
      for (size_t z = 0; z < level->n; z++)
        for (size_t c = 0; c < op->out.n_copies; c++)
          if (op->pointwise.bias_of[c] != SIZE_MAX && d_biases != NULL)
            d_biases[op->pointwise.bias_of[c]] += (real) (engine->sums[z * op->out.n_copies + c] / volume);
    }
  else
    for (size_t c = 0; c < n_first && d_biases != NULL; c++)
      d_biases[c] += d_in[sw_spectral_mean_at (c)];
}

static SwStatus
backward_op (Engine *engine, size_t i, real *d_parameters, SwError *error)
{
  Op *op = &engine->ops[i];
  const SwLayer *layer = op->layer;
  const SwModes *modes = engine->modes[op->from];
  const size_t n_blocks = engine->levels[op->to].n_blocks;
  if (resolve (engine, (int) i, MODE_TRAIN) != (int) i)
    return SW_OK;
  if (layer->kind == SW_LAYER_BATCHNORM)
    return backward_batchnorm (engine, op, d_parameters, error);
  if (layer->kind == SW_LAYER_CONV && d_parameters != NULL)
    memset (engine->d_matrices, 0, op->mix.n_shells * op->mix.matrix_size * sizeof (double));
  for (size_t b = 0; b < engine->batch; b++)
    {
      const real *in = field_of (engine, engine->arena, layer->input[0], b, MODE_TRAIN);
      const real *d_out = engine->gradients + op->place + b * op->size;
      real *d_in = field_of (engine, engine->gradients, layer->input[0], b, MODE_TRAIN);
      real *d_wide = engine->gradients + op->wide_place + b * op->wide;
      switch (layer->kind)
        {
        case SW_LAYER_CONV:
          if (op->reboxed)
            sw_rebox_backward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, d_out, d_wide, engine->work);
          else if (op->wide > 0)
            sw_spectral_fold_backward (&op->fold, op->out.n_channels, d_out, d_wide);
          if (op->wide > 0)
            d_out = d_wide;
          if (d_parameters != NULL)
            sw_mix_backward_matrices (&op->mix, modes, in, d_out, engine->d_matrices, engine->scratch);
          sw_mix_backward_input (&op->mix, modes, d_out, 0, d_in, true, engine->scratch);
          break;
        case SW_LAYER_GATE:
        case SW_LAYER_NORM_ACT:
        case SW_LAYER_SCALAR_ACT:
          backward_pointwise (engine, op, b, d_parameters);
          break;
        case SW_LAYER_LOWPASS:
        case SW_LAYER_AVGPOOL:
          if (op->reboxed)
            {
              sw_rebox_backward (&op->rebox, modes, engine->modes[op->to], op->out.n_channels, d_out, d_wide, engine->work);
              sw_spectral_window (modes, op->out.n_channels, op->rebox.from.n_blocks, op->window, d_wide, d_in, true);
            }
          else if (op->wide > 0)
            sw_spectral_fold_backward (&op->fold, op->out.n_channels, d_out, d_in);
          else
            sw_spectral_window (modes, op->out.n_channels, n_blocks, op->window, d_out, d_in, true);
          break;
        case SW_LAYER_DROPOUT:
          {
            const real *factors = op->factors + b * op->out.n_copies;
            if (op->vector)
              {
                sw_dropout_add (&layer->out, 1, 1, factors, d_out, d_in);
                break;
              }
            real *inner = (real *) engine->sums;
            for (size_t c = 0; c < op->out.n_copies; c++)
              inner[c] = factors[op->copy_map[c]];
            sw_spectral_scale (&op->out, n_blocks, inner, d_out, d_in, true);
          }
          break;
        case SW_LAYER_ADD:
          {
            real *d_other = field_of (engine, engine->gradients, layer->input[1], b, MODE_TRAIN);
            sw_spectral_window (modes, op->out.n_channels, n_blocks, NULL, d_out, d_in, true);
            sw_spectral_window (modes, op->out.n_channels, n_blocks, NULL, d_out, d_other, true);
          }
          break;
        case SW_LAYER_GLOBAL_POOL:
          for (size_t c = 0; c < op->out.n_channels; c++)
            d_in[sw_spectral_mean_at (c)] += (real) pool_scale (engine, op) * d_out[op->channel_map[c]];
          break;
        case SW_LAYER_LINEAR:
          {
            const SwLinearShape shape = { 1, op->in.n_channels, op->out.n_channels };
            sw_linear_backward (&shape, in, engine->model->parameters + layer->weight_offset, d_out, d_in,
                                d_parameters != NULL ? d_parameters + layer->weight_offset : NULL,
                                layer->n_biases > 0 && d_parameters != NULL ? d_parameters + layer->bias_offset : NULL);
          }
          break;
        default:
          break;
        }
    }
  if (layer->kind == SW_LAYER_CONV && d_parameters != NULL)
    sw_mix_weight_gradient (&op->mix, engine->d_matrices, d_parameters + layer->weight_offset);
  return SW_OK;
}

/* The adjoint of read_input: F_k = taper 1/n^3 sum_x f exp (-ikx), so d_f = 1/n^3 sum_k taper dF_k exp (ikx). */
static SwStatus
backward_input (Engine *engine, size_t b, real *d_input, SwError *error)
{
  const SwLevel *level = &engine->levels[0];
  const size_t n_channels = engine->input_order.n_channels, voxels = engine->n * engine->n * engine->n;
  real *d_modes = engine->gradients + engine->input_place + b * engine->input_size;
  sw_spectral_window (engine->modes[0], n_channels, level->n_blocks, level->taper, d_modes, d_modes, false);
  real *grid = SW_NEW (real, n_channels * voxels);
  if (grid == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the gradient of the input");
  const SwStatus status = export_field (engine, 0, &engine->input_order, d_modes, grid, error);
  for (size_t i = 0; i < n_channels * voxels && status == SW_OK; i++)
    d_input[b * n_channels * voxels + i] += grid[i] / (real) voxels;
  sw_free (grid);
  return status;
}

static SwStatus
engine_backward (void *state, const real *d_output, real *d_parameters, real *d_input, const SwProgress *progress, SwError *error)
{
  Engine *engine = state;
  if (engine->batch == 0 && !engine->shared)
    return sw_error_set (error, SW_ERROR_INVALID, "backward needs a forward pass for training before it");
  SwStatus status = SW_OK;
  memset (engine->gradients, 0, engine->arena_size * sizeof (real));
  const int last = (int) engine->n_ops - 1;
  const size_t n_outputs = field_size (engine, last, MODE_TRAIN);
  for (size_t b = 0; b < engine->batch; b++)
    memcpy (field_of (engine, engine->gradients, last, b, MODE_TRAIN), d_output + b * n_outputs, n_outputs * sizeof (real));
  for (size_t i = engine->n_ops; i-- > 0 && status == SW_OK;)
    {
      if (!sw_progress (progress, 1.0 - (double) i / (double) engine->n_ops, engine->ops[i].layer->name))
        return sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
      status = backward_op (engine, i, d_parameters, error);
    }
  for (size_t b = 0; b < engine->batch && d_input != NULL && status == SW_OK; b++)
    status = backward_input (engine, b, d_input, error);
  return status;
}

const SwEngineTable sw_engine_bandlimited = {
  .memory = engine_memory,
  .new = engine_new,
  .free = engine_free,
  .input_size = engine_input_size,
  .update = engine_update,
  .forward = engine_forward,
  .output = engine_output,
  .result = engine_result,
  .input_field = engine_input_field,
  .field = engine_field,
  .gates = engine_gates,
  .centre = engine_centre,
  .share_batch = engine_share_batch,
  .forward_train = engine_forward_train,
  .train_output = engine_train_output,
  .backward = engine_backward,
};
