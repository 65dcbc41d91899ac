/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiments/tetris.h"

#include <glib/gi18n.h>

#include "experiments/pose.h"

#define N_VALIDATION_DEFAULT 64
#define N_TEST_DEFAULT 400

static const char *const names[SW_TETRIS_N_PIECES]
    = { N_ ("chiral 1"), N_ ("chiral 2"), N_ ("square"), N_ ("line"), N_ ("corner"), N_ ("L"), N_ ("T"), N_ ("zigzag") };

/* x, y, z of the cells */
static const unsigned char cells[SW_TETRIS_N_PIECES][SW_TETRIS_N_CELLS][3] = {
  { { 0, 0, 0 }, { 0, 0, 1 }, { 1, 0, 0 }, { 1, 1, 0 } }, { { 0, 1, 0 }, { 0, 1, 1 }, { 1, 1, 0 }, { 1, 0, 0 } },
  { { 0, 0, 0 }, { 1, 0, 0 }, { 0, 1, 0 }, { 1, 1, 0 } }, { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 2 }, { 0, 0, 3 } },
  { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 }, { 1, 0, 0 } }, { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 2 }, { 0, 1, 0 } },
  { { 0, 0, 0 }, { 0, 0, 1 }, { 0, 0, 2 }, { 0, 1, 1 } }, { { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 2, 1, 0 } },
};
static const double edges[5] = { -10, -6, 0, 6, 10 };

typedef struct
{
  SwVoxelParams params;
  SwQuat training[SW_TETRIS_N_PIECES];
} Tetris;

const char *
sw_tetris_name (size_t piece)
{
  return names[piece];
}

void
sw_tetris_boxes (size_t piece, SwBox ret[SW_TETRIS_N_CELLS])
{
  for (size_t c = 0; c < SW_TETRIS_N_CELLS; c++)
    for (size_t d = 0; d < 3; d++)
      {
        ret[c].low[d] = edges[cells[piece][c][d]];
        ret[c].high[d] = edges[cells[piece][c][d] + 1];
      }
}

SwQuat
sw_tetris_training_rotation (uint64_t seed, size_t piece)
{
  SwQuat rotation = SW_QUAT_IDENTITY;
  SwRandom random;
  sw_random_init (&random, seed);
  for (size_t i = 0; i <= piece; i++)
    rotation = sw_quat_random (&random);
  return rotation;
}

static SwQuat
orientation (const Tetris *tetris, SwDataPart part, size_t piece, SwRandom *random)
{
  return part == SW_PART_TRAIN           ? tetris->training[piece]
         : part == SW_PART_TEST_AS_GIVEN ? SW_QUAT_IDENTITY
                                         : sw_quat_random (random);
}

static SwStatus
sample (void *data,
        SwDataPart part,
        size_t index,
        size_t size,
        const double *further,
        SwRandom *random,
        real *input,
        size_t *ret_label,
        SwError *error)
{
  const Tetris *tetris = data;
  const size_t piece = index % SW_TETRIS_N_PIECES;
  SwVoxelParams params = tetris->params;
  SwBox boxes[SW_TETRIS_N_CELLS];
  double matrix[9];

  *ret_label = piece;
  sw_pose_set_size (&params, size);
  sw_pose_matrix (orientation (tetris, part, piece, random), further, matrix);
  sw_tetris_boxes (piece, boxes);
  return sw_voxelize_boxes (&params, SW_TETRIS_N_CELLS, boxes, matrix, input, error);
}

static bool
open_data (const char *folder,
           const SwNetwork *network,
           const SwRunOptions *options,
           uint64_t seed,
           size_t n_validation,
           SwDataset *ret,
           GError **error)
{
  Tetris *tetris = g_new0 (Tetris, 1);
  tetris->params.n_channels = 1;
  tetris->params.bandlimited = options->engine == SW_ENGINE_BANDLIMITED;
  tetris->params.w_max = options->w_max > 0 ? options->w_max : network->w_max;
  for (size_t i = 0; i < SW_TETRIS_N_PIECES; i++)
    tetris->training[i] = sw_tetris_training_rotation (seed, i);
  *ret = (SwDataset){
    .n_train = SW_TETRIS_N_PIECES,
    .n_validation = n_validation > 0 ? n_validation : N_VALIDATION_DEFAULT,
    .n_test = n_validation > 0 ? n_validation : N_TEST_DEFAULT,
    .n_classes = SW_TETRIS_N_PIECES,
    .sample = sample,
    .turns = true,
    .data = tetris,
  };
  return true;
}

static void
close_data (SwDataset *dataset)
{
  g_clear_pointer (&dataset->data, g_free);
}

#define PUBLISHED                                                                                                             \
  {                                                                                                                           \
    .epochs = 250, .batch = SW_TETRIS_N_PIECES,                                                                               \
    .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 0.1, .start = 100, .decay = 0.98 }, .validate_every = 25,                \
    .checkpoint_seconds = 30                                                                                                  \
  }

static const SwPreset presets[] = {
  { .name = "fast",
    .description = N_ ("The paper's rate of 0.1, ending as soon as 64 freshly turned pieces are all recognised."),
    .config = { .epochs = 250, .batch = SW_TETRIS_N_PIECES,
                .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 0.1, .start = 100, .decay = 0.98 },
                .validate_every = 10, .checkpoint_seconds = 30, .stop_score = 0.999 } },
  { .name = "published",
    .description = N_ ("The paper's recipe: 250 steps of Adam on all eight pieces, rate 0.1, falling by 2 % a step after 100."),
    .config = PUBLISHED },
  { .name = "published",
    .description = N_ ("The paper's recipe for its conventional network: the same as for the steerable one."),
    .conventional = true,
    .config = PUBLISHED },
};

const SwExperiment sw_experiment_tetris = {
  .name = "tetris",
  .title = N_ ("Tetris"),
  .description = N_ ("Eight block pieces, each shown in one orientation only, must be recognised in every other. Two of them are "
                 "mirror images of each other."),
  .network = "tetris",
  .twin = "tetris-cnn",
  .published = 0.995,
  .published_twin = 0.267,
  .n_presets = G_N_ELEMENTS (presets),
  .presets = presets,
  .open = open_data,
  .close = close_data,
};
