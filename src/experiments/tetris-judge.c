/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>

#include "base/memory.h"
#include "experiments/tetris.h"
#include "experiments/training.h"
#include "train/loss.h"

struct SwTetrisJudge
{
  SwModel *model;
  SwRunner *runner;
  SwVoxelParams params;
  real *input;
};

void
sw_tetris_judge_free (SwTetrisJudge *judge)
{
  if (judge == NULL)
    return;
  sw_runner_free (judge->runner);
  sw_model_free (judge->model);
  sw_free (judge->input);
  g_free (judge);
}

static void
set_error (GError **error, const SwError *plain)
{
  g_set_error_literal (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, plain->text);
}

SwTetrisJudge *
sw_tetris_judge_new (const char *network_path, const char *weights, GError **error)
{
  SwTetrisJudge *judge = g_new0 (SwTetrisJudge, 1);
  SwNetwork *network = NULL;
  SwError plain = { 0 };
  SwRunOptions options = { 0 };
  SwStatus status = sw_network_read (network_path, &network, &plain);

  if (status == SW_OK && network->n_outputs != SW_TETRIS_N_PIECES)
    status = sw_error_set (&plain, SW_ERROR_INVALID, "%s: has %zu outputs, there are %d pieces", network_path, network->n_outputs,
                           SW_TETRIS_N_PIECES);
  if (status == SW_OK)
    status = weights != NULL ? sw_model_read (weights, network, &judge->model, &plain)
                             : sw_model_new (network, 0, &judge->model, &plain);
  if (status == SW_OK)
    {
      options.engine = network->conventional ? SW_ENGINE_SAMPLED : SW_ENGINE_BANDLIMITED;
      options.calibrate = !judge->model->calibrated;
      status = sw_runner_new (judge->model, &options, &judge->runner, &plain);
    }
  if (status == SW_OK)
    {
      const size_t size = sw_runner_input_size (judge->runner);
      judge->params = (SwVoxelParams){ .n_channels = 1,
                                       .size = size,
                                       .centre = sw_runner_centre (judge->runner, size),
                                       .bandlimited = options.engine == SW_ENGINE_BANDLIMITED,
                                       .w_max = network->w_max };
      judge->input = SW_NEW (real, size * size * size);
      if (judge->input == NULL)
        status = sw_error_set (&plain, SW_ERROR_MEMORY, "not enough memory for an input of %zu^3 voxels", size);
    }
  sw_network_unref (network);
  if (status == SW_OK)
    return judge;
  set_error (error, &plain);
  sw_tetris_judge_free (judge);
  return NULL;
}

bool
sw_tetris_judge (SwTetrisJudge *judge, size_t piece, SwQuat rotation, float scores[SW_TETRIS_N_PIECES], GError **error)
{
  SwBox boxes[SW_TETRIS_N_CELLS];
  SwError plain = { 0 };
  double matrix[9];

  sw_quat_to_matrix (sw_quat_normalize (rotation), matrix);
  sw_tetris_boxes (piece, boxes);
  SwStatus status = sw_voxelize_boxes (&judge->params, SW_TETRIS_N_CELLS, boxes, matrix, judge->input, &plain);
  if (status == SW_OK)
    status = sw_runner_forward (judge->runner, judge->input, NULL, &plain);
  if (status != SW_OK)
    {
      set_error (error, &plain);
      return false;
    }
  sw_loss_softmax (SW_TETRIS_N_PIECES, sw_runner_output (judge->runner), scores);
  return true;
}
