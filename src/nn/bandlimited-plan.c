/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/bandlimited-private.h"

#include <math.h>
#include <omp.h>

#include "base/memory.h"

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

/* How many resolutions are finer. */
static size_t
rank_of (size_t n_levels, const unsigned *strides, unsigned stride)
{
  size_t rank = 0;
  for (size_t i = 0; i < n_levels; i++)
    rank += strides[i] < stride;
  return rank;
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
      const size_t rank = rank_of (n_levels, strides, strides[i]);
      if (rank == 0 || stride > strides[level])
        continue;
      size_t box = network->boxes[rank - 1 < network->n_boxes ? rank - 1 : network->n_boxes - 1];
      if (n != own)
        box = (box * n + own * stride) / (2 * own * stride) * 2 * stride;
      largest = box > largest ? box : largest;
    }
  return largest;
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
  if (*n_levels == SW_BANDLIMITED_LEVELS_MAX)
    return sw_error_set (error, SW_ERROR_INVALID, "the network has more than %d resolutions", SW_BANDLIMITED_LEVELS_MAX);
  strides[*n_levels] = stride;
  *ret = (*n_levels)++;
  return SW_OK;
}

/* Kinds, levels and orders of all layers; nothing large. */
static SwStatus
plan_ops (const SwNetwork *network, SwBandlimitedOp *ops, size_t *n_levels, unsigned *strides, unsigned *l_max, SwError *error)
{
  size_t level;
  SwStatus status = find_level (n_levels, strides, 1, &level, error);
  *l_max = 0;
  for (size_t i = 0; i < network->n_layers && status == SW_OK; i++)
    {
      const SwLayer *layer = &network->layers[i];
      SwBandlimitedOp *op = &ops[i];
      const SwBandlimitedOp *source = layer->input[0] >= 0 ? &ops[layer->input[0]] : NULL;
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
          && layer->kind != SW_LAYER_SCALAR_ACT && layer->kind != SW_LAYER_BATCHNORM)
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

/* The output before it is folded or goes to a larger box. */
static const SwLevel *
mixed_level (const SwBandlimited *engine, const SwBandlimitedOp *op)
{
  return folds (engine, op) ? &engine->levels[op->from] : op->reboxed ? &op->rebox.from : &engine->levels[op->to];
}

/* Places in an array that things share which are not needed at the same time. */
typedef struct
{
  size_t n, size; /* size: of the array so far */
  size_t *start, *length, *until;
} Places;

/* The lowest place that is free at `now`; times never go down from call to call. */
static size_t
find_place (Places *places, size_t now, size_t until, size_t size)
{
  size_t at = 0, n = 0;
  for (size_t j = 0; j < places->n; j++)
    if (places->until[j] >= now)
      {
        places->start[n] = places->start[j];
        places->length[n] = places->length[j];
        places->until[n++] = places->until[j];
      }
  places->n = n;
  for (bool moved = true; moved;)
    {
      moved = false;
      for (size_t j = 0; j < places->n; j++)
        if (at < places->start[j] + places->length[j] && places->start[j] < at + size)
          {
            at = places->start[j] + places->length[j];
            moved = true;
          }
    }
  places->start[places->n] = at;
  places->length[places->n] = size;
  places->until[places->n++] = until;
  places->size = at + size > places->size ? at + size : places->size;
  return at;
}

static size_t
batch_size (const SwBandlimited *engine, size_t size)
{
  return (size * engine->n_batch_max + 31) / 32 * 32;
}

/* Last readers, and which dropout works in place. [n + 1] zeros, the first one being the input's: kept, whether backward reads
 * the field; n_readers. */
static void
find_readers (SwBandlimited *engine, bool *kept, size_t *n_readers)
{
  const size_t n = engine->n_ops;
  engine->input_last = 0;
  for (size_t i = 0; i < n; i++)
    engine->ops[i].last = i + 1 == n ? n : i;
  for (size_t i = n; i-- > 0;)
    {
      SwBandlimitedOp *op = &engine->ops[i];
      const SwLayerKind kind = op->layer->kind;
      const bool needs = kind == SW_LAYER_CONV || kind == SW_LAYER_BATCHNORM || kind == SW_LAYER_LINEAR || is_pointwise (kind);
      for (size_t j = 0; j < (kind == SW_LAYER_ADD ? 2u : 1u); j++)
        {
          const int from = op->layer->input[j];
          const size_t reach = op->alias && op->last > i ? op->last : i;
          size_t *to = from < 0 ? &engine->input_last : &engine->ops[from].last;
          *to = *to > reach ? *to : reach;
          kept[from + 1] = kept[from + 1] || needs || (op->alias && kept[i + 1]);
          n_readers[from + 1]++;
        }
    }
  for (size_t i = 0; i < n; i++)
    {
      SwBandlimitedOp *op = &engine->ops[i];
      const int from = op->layer->input[0];
      op->in_place = op->alias && !op->vector && from >= 0 && n_readers[from + 1] == 1;
      op->shared = op->alias && !op->in_place;
      const int root = op->shared ? sw_bandlimited_root (engine, from) : -1;
      if (root >= 0)
        engine->ops[root].shared = true;
    }
}

/* Places of fields and gradients. Without keep_fields a field's place is given on once its last reader has run, unless a pass
 * backward will read it; a gradient's, once its own layer has gone backward. */
static SwStatus
place_fields (SwBandlimited *engine, SwError *error)
{
  const size_t n = engine->n_ops;
  const bool train = engine->options.train_batch > 0;
  Places places = { .start = SW_NEW (size_t, 2 * n + 2), .length = SW_NEW (size_t, 2 * n + 2), .until = SW_NEW (size_t, 2 * n + 2) };
  bool *kept = SW_NEW0 (bool, n + 1);
  size_t *n_readers = SW_NEW0 (size_t, n + 1);
  const bool failed = kept == NULL || n_readers == NULL || places.start == NULL || places.length == NULL || places.until == NULL;
  if (!failed)
    {
      find_readers (engine, kept, n_readers);
      /* the input stays, for sw_runner_input_field */
      engine->input_place = find_place (&places, 0, SIZE_MAX, batch_size (engine, engine->input_size));
      for (size_t i = 0; i < n; i++)
        {
          SwBandlimitedOp *op = &engine->ops[i];
          if (op->wide > 0)
            op->wide_place = find_place (&places, i, i, batch_size (engine, op->wide));
          if (op->in_place)
            op->place = engine->ops[op->layer->input[0]].place;
          else if (!op->alias || train)
            op->place = find_place (&places, i,
                                    engine->options.keep_fields || op->vector || (train && kept[i + 1]) ? SIZE_MAX : op->last,
                                    batch_size (engine, op->size));
        }
      engine->arena_size = places.size;
      places.n = places.size = 0;
      for (size_t i = n; train && i-- > 0;)
        {
          const size_t now = n - 1 - i;
          for (int f = -1; f < (int) n; f++)
            {
              SwBandlimitedOp *op = f < 0 ? NULL : &engine->ops[f];
              if (sw_bandlimited_gradient_start (engine, f) != i || (op != NULL && op->in_place))
                continue;
              *(f < 0 ? &engine->input_gradient_place : &op->gradient_place)
                  = find_place (&places, now, f < 0 ? n : n - 1 - (size_t) f, batch_size (engine, f < 0 ? engine->input_size : op->size));
            }
          if (engine->ops[i].wide > 0)
            engine->ops[i].wide_gradient_place = find_place (&places, now, now, batch_size (engine, engine->ops[i].wide));
        }
      engine->gradients_size = places.size;
      for (size_t i = 0; i < n; i++)
        if (engine->ops[i].in_place)
          engine->ops[i].gradient_place = engine->ops[engine->ops[i].layer->input[0]].gradient_place;
    }
  sw_free (places.start);
  sw_free (places.length);
  sw_free (places.until);
  sw_free (kept);
  sw_free (n_readers);
  return failed ? sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a network of %zu layers", n) : SW_OK;
}

/* ---- construction ---- */

void
sw_bandlimited_free (void *state)
{
  SwBandlimited *engine = state;
  if (engine == NULL)
    return;
  for (size_t i = 0; i < engine->n_ops && engine->ops != NULL; i++)
    {
      SwBandlimitedOp *op = &engine->ops[i];
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
set_window (SwBandlimited *engine, SwBandlimitedOp *op)
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

/* Weights of the modes of a mean under a Gaussian about the centre: index 0 of the grid, where all modes are in phase. */
static SwStatus
set_pool_window (SwBandlimited *engine, SwBandlimitedOp *op)
{
  const SwModes *modes = engine->modes[op->from];
  op->window = SW_NEW (real, modes->n_shells);
  if (op->window == NULL)
    return SW_ERROR_MEMORY;
  for (size_t s = 0; s < modes->n_shells; s++)
    {
      const double w = 2 * M_PI * sqrt ((double) modes->shell_square[s]) / (double) modes->n_box * op->layer->pool_sigma;
      op->window[s] = (real) exp (-0.5 * w * w);
    }
  return SW_OK;
}

static SwStatus
build_op (SwBandlimited *engine, SwBandlimitedOp *op, SwRadialCache *cache, SwError *error)
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
    case SW_LAYER_GLOBAL_POOL:
      if (layer->pool_sigma > 0)
        status = status == SW_OK ? set_pool_window (engine, op) : status;
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

/* Edge of the grid of the nonlinearities of a level whose own has edge n. */
static size_t
fine_size (const SwNetwork *network, const SwRunOptions *options, size_t n_levels, const unsigned *strides, size_t level, size_t n)
{
  size_t rank = rank_of (n_levels, strides, strides[level]);
  rank = rank < network->n_oversampling ? rank : network->n_oversampling - 1;
  if (options->plain_stride || network->oversampling[rank] <= 1.0)
    return n;
  return sw_fft_good_size ((size_t) ceil (network->oversampling[rank] * (double) n - 1e-6));
}

/* The modes of a box, made for the finest level that has it. */
static SwStatus
find_modes (SwBandlimited *engine, size_t box, unsigned stride, unsigned l_max, const SwModes **ret, SwError *error)
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
set_levels (SwBandlimited *engine, size_t n_levels, const unsigned *strides, unsigned l_max, SwError *error)
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
          || sw_level_init (&engine->grids[i], engine->modes[i], strides[i], &band, fine_size (engine->network, options, n_levels, strides, i, n))
                != SW_OK)
        return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for the tables of a grid");
    }
  return SW_OK;
}

static SwStatus
allocate (SwBandlimited *engine, SwError *error)
{
  size_t scratch = 0, matrices = 0;
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const SwBandlimitedOp *op = &engine->ops[i];
      const size_t sums = op->vector && op->out.n_channels > 4 * op->out.n_copies ? op->out.n_channels : 4 * op->out.n_copies;
      engine->sums_size = engine->sums_size > sums ? engine->sums_size : sums;
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
  engine->work_size = sw_bandlimited_work_size (engine);
  const size_t bytes = (engine->arena_size + engine->gradients_size) * sizeof (real) + engine->work_size + (train ? matrices * 8 : 0);
  if (bytes > sw_memory_available ())
    return sw_error_set (error, SW_ERROR_MEMORY, "the network needs %zu MB of memory on a grid of %zu voxels, which there is not",
                         bytes >> 20, engine->n);
  engine->arena = SW_NEW0 (real, engine->arena_size);
  engine->work = sw_alloc (engine->work_size, 1);
  engine->scratch = SW_NEW (real, scratch * (size_t) omp_get_max_threads () + 1);
  engine->sums = SW_NEW0 (double, engine->sums_size + 1);
  if (train)
    {
      engine->gradients = SW_NEW0 (real, engine->gradients_size);
      engine->d_matrices = SW_NEW0 (double, matrices + 1);
    }
  if (engine->arena == NULL || engine->work == NULL || engine->scratch == NULL || engine->sums == NULL
      || (train && (engine->gradients == NULL || engine->d_matrices == NULL)))
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory: the network needs %zu MB on a grid of %zu voxels", bytes >> 20,
                         engine->n);
  return SW_OK;
}

static void
set_results (SwBandlimited *engine)
{
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const SwBandlimitedOp *op = &engine->ops[i];
      const SwLevel *level = &engine->levels[op->to];
      const size_t edge = op->vector ? engine->n : engine->modes[op->to]->n_box;
      engine->results[i] = (SwLayerResult){ .layer = op->layer, .fields = op->layer->out, .size = op->vector ? 1 : level->n,
                                            .spacing = (double) edge / (double) (op->vector ? 1 : level->n) };
    }
}

SwStatus
sw_bandlimited_update (void *state, SwError *error)
{
  SwBandlimited *engine = state;
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      SwBandlimitedOp *op = &engine->ops[i];
      if (op->layer->kind == SW_LAYER_CONV)
        sw_mix_set_weights (&op->mix, engine->model->parameters + op->layer->weight_offset);
      if (is_pointwise (op->layer->kind))
        op->pointwise.biases = parameters_at (engine, op->layer->bias_offset, op->layer->n_biases);
    }
  return SW_OK;
}

SwStatus
sw_bandlimited_new (SwModel *model, const SwRunOptions *options, void **ret, SwError *error)
{
  SwStatus status = check_options (model->network, options, error);
  if (status != SW_OK)
    return status;
  SwBandlimited *engine = SW_NEW0 (SwBandlimited, 1);
  if (engine == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a runner");
  engine->network = model->network;
  engine->model = model;
  engine->options = *options;
  engine->n = size_of (model->network, options);
  engine->n_batch_max = options->train_batch > 0 ? options->train_batch : 1;
  engine->n_ops = model->network->n_layers;
  engine->ops = SW_NEW0 (SwBandlimitedOp, engine->n_ops + 1);
  engine->results = SW_NEW0 (SwLayerResult, engine->n_ops + 1);
  size_t n_levels = 0;
  unsigned strides[SW_BANDLIMITED_LEVELS_MAX], l_max = 0;
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
      status = sw_bandlimited_update (engine, error);
    }
  if (status != SW_OK)
    {
      sw_bandlimited_free (engine);
      return status;
    }
  *ret = engine;
  return SW_OK;
}

SwStatus
sw_bandlimited_memory (const SwNetwork *network, const SwRunOptions *options, size_t *ret, SwError *error)
{
  SwStatus status = check_options (network, options, error);
  if (status != SW_OK)
    return status;
  SwBandlimitedOp *ops = SW_NEW0 (SwBandlimitedOp, network->n_layers + 1);
  if (ops == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for a network of %zu layers", network->n_layers);
  size_t n_levels = 0, blocks[SW_BANDLIMITED_LEVELS_MAX], boxes[SW_BANDLIMITED_LEVELS_MAX], bytes = 0, some, work = 0;
  unsigned strides[SW_BANDLIMITED_LEVELS_MAX], l_max = 0;
  status = plan_ops (network, ops, &n_levels, strides, &l_max, error);
  const size_t lanes = sw_spectral_lanes ();
  const double w_max = w_max_of (network, options);
  for (size_t i = 0; i < n_levels && status == SW_OK; i++)
    {
      boxes[i] = box_of (network, options, n_levels, strides, i);
      sw_modes_count (sw_level_k_max (boxes[i], strides[i], w_max), l_max, &blocks[i], &some);
      bytes += i == 0 || boxes[i] != boxes[i - 1] ? some : 0;
    }
  for (size_t i = 0; i < network->n_layers && status == SW_OK; i++)
    {
      SwBandlimitedOp *op = &ops[i];
      const double k_max = sw_level_k_max (boxes[op->to], strides[op->to], w_max);
      const size_t edge = fine_size (network, options, n_levels, strides, op->to,
                                     sw_level_grid_size (boxes[op->to], strides[op->to], w_max, options->plain_stride));
      op->size = op->vector ? op->out.n_channels : blocks[op->to] * op->out.n_channels * 2 * lanes;
      op->wide = !op->vector && boxes[op->from] != boxes[op->to] ? op->size : 0;
      if (op->layer->kind == SW_LAYER_CONV)
        bytes += sw_mix_memory ((size_t) (k_max * k_max * 0.85) + 4, &op->layer->in, &op->layer->out, op->layer->kernel);
      if (is_pointwise (op->layer->kind) && !op->vector)
        {
          const size_t c = op->in.n_channels + (options->train_batch > 0 ? op->out.n_channels : 0) + 2 * lanes;
          const size_t size = (size_t) ((M_PI * k_max * k_max + 6 * k_max + 4) * (double) (edge * c)) + blocks[op->to] * lanes * 2 * c;
          work = size > work ? size : work;
        }
    }
  SwBandlimited engine = { .options = *options, .n_ops = network->n_layers, .ops = ops,
                           .n_batch_max = options->train_batch > 0 ? options->train_batch : 1 };
  if (status == SW_OK)
    {
      engine.input_size = blocks[0] * sw_field_type_dim (&network->input) * 2 * lanes;
      status = place_fields (&engine, error);
    }
  sw_free (ops);
  *ret = bytes + (engine.arena_size + engine.gradients_size + work) * sizeof (real);
  return status;
}
