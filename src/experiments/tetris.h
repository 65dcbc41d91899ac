/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/tetris.h: eight pieces, learned in one orientation each, recognised in all
 *
 * Weiler et al. 2018, section 5.1, and the authors' examples/tetris.py. Two of the pieces are mirror images. Each training
 * piece is turned once, at random, for the whole run; the test turns every piece afresh.
 */
#pragma once

#include "experiments/experiment.h"
#include "so3/rotation.h"
#include "voxel/boxes.h"

G_BEGIN_DECLS

#define SW_TETRIS_N_PIECES 8
#define SW_TETRIS_N_CELLS 4

extern const SwExperiment sw_experiment_tetris;

const char *sw_tetris_name (size_t piece);
/* The four blocks of a piece as the published code makes them: on a 4^3 grid in its corner, enlarged to 20^3 voxels end to
 * end, so that cells are 4, 6, 6 and 4 voxels wide; relative to the middle of the 20^3. */
void sw_tetris_boxes (size_t piece, SwBox ret[SW_TETRIS_N_CELLS]);

/* How a piece is turned in the training data of a run with this seed. */
SwQuat sw_tetris_training_rotation (uint64_t seed, size_t piece);

/* A trained network that says what a piece is, in any orientation. One thread at a time. */
typedef struct SwTetrisJudge SwTetrisJudge;

/* network: path of its JSON file; weights: path of a safetensors file, or NULL for random ones. */
SwTetrisJudge *sw_tetris_judge_new (const char *network, const char *weights, GError **error);
void sw_tetris_judge_free (SwTetrisJudge *judge);
/* scores: probabilities of the eight pieces. */
bool sw_tetris_judge (SwTetrisJudge *judge, size_t piece, SwQuat rotation, float scores[SW_TETRIS_N_PIECES], GError **error);

G_END_DECLS
