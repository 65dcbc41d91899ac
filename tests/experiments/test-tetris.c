/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The eight pieces: four cells each, joined, all different, two of them mirror images and nothing else. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "experiments/tetris.h"
#include "so3/rotation.h"

typedef struct
{
  int v[SW_TETRIS_N_CELLS][3];
} Piece;

static Piece
piece_of (size_t i)
{
  /* Edges of the enlarged cells back to whole numbers. */
  static const double edges[4] = { -10, -6, 0, 6 };
  SwBox boxes[SW_TETRIS_N_CELLS];
  Piece piece;
  sw_tetris_boxes (i, boxes);
  for (int c = 0; c < SW_TETRIS_N_CELLS; c++)
    for (int d = 0; d < 3; d++)
      {
        int k = 0;
        while (k < 4 && edges[k] != boxes[c].low[d])
          k++;
        g_assert_cmpint (k, <, 4);
        piece.v[c][d] = k;
      }
  return piece;
}

static int
compare_cells (const void *a, const void *b)
{
  return memcmp (a, b, 3 * sizeof (int));
}

/* Turned, moved to the corner, sorted. */
static Piece
normal_form (const Piece *piece, const double *matrix, bool mirrored)
{
  Piece out;
  for (int d = 0; d < 3; d++)
    {
      int low = 100;
      for (int c = 0; c < SW_TETRIS_N_CELLS; c++)
        {
          const double p[3] = { mirrored ? -piece->v[c][0] : piece->v[c][0], piece->v[c][1], piece->v[c][2] };
          out.v[c][d] = (int) lround (matrix[3 * d] * p[0] + matrix[3 * d + 1] * p[1] + matrix[3 * d + 2] * p[2]);
          low = MIN (low, out.v[c][d]);
        }
      for (int c = 0; c < SW_TETRIS_N_CELLS; c++)
        out.v[c][d] -= low;
    }
  qsort (out.v, SW_TETRIS_N_CELLS, sizeof out.v[0], compare_cells);
  return out;
}

static bool
same_up_to_turns (const Piece *a, const Piece *b, bool mirrored)
{
  double one[9];
  Piece target;
  sw_rotation_cube (0, one);
  target = normal_form (b, one, false);
  for (unsigned r = 0; r < SW_ROTATION_N_CUBE; r++)
    {
      double matrix[9];
      Piece turned;
      sw_rotation_cube (r, matrix);
      turned = normal_form (a, matrix, mirrored);
      if (memcmp (&turned, &target, sizeof turned) == 0)
        return true;
    }
  return false;
}

static void
test_pieces (void)
{
  for (size_t i = 0; i < SW_TETRIS_N_PIECES; i++)
    for (size_t j = 0; j < SW_TETRIS_N_PIECES; j++)
      {
        const Piece a = piece_of (i), b = piece_of (j);
        const bool chiral_pair = i < 2 && j < 2;
        g_assert_true (same_up_to_turns (&a, &b, false) == (i == j));
        g_assert_true (same_up_to_turns (&a, &b, true) == (chiral_pair ? i != j : i == j));
      }
}

/* Training samples repeat, those of validation and test are turned afresh, those as given are not turned. */
static void
test_samples (void)
{
  const SwExperiment *experiment = sw_experiment_find ("tetris");
  const SwNetwork network = { .w_max = 2.2 };
  const SwRunOptions options = { .engine = SW_ENGINE_BANDLIMITED };
  enum { N = 40 };
  SwDataset data;
  real *a = SW_NEW (real, N * N * N), *b = SW_NEW (real, N * N * N);
  SwError error;
  g_autoptr (GError) problem = NULL;
  g_assert_nonnull (experiment);
  g_assert_true (experiment->open (NULL, &network, &options, 4, 0, &data, &problem));
  g_assert_cmpuint (data.n_train, ==, 8);
  g_assert_cmpuint (data.n_test, ==, 400);
  for (int part = SW_PART_TRAIN; part <= SW_PART_TEST_AS_GIVEN; part++)
    {
      SwRandom random;
      size_t label;
      double difference = 0;
      sw_random_init (&random, 1);
      g_assert_cmpint (data.sample (data.data, (SwDataPart) part, 5, N, NULL, &random, a, &label, &error), ==, SW_OK);
      g_assert_cmpuint (label, ==, 5);
      sw_random_init (&random, 2);
      g_assert_cmpint (data.sample (data.data, (SwDataPart) part, 5, N, NULL, &random, b, &label, &error), ==, SW_OK);
      for (size_t i = 0; i < N * N * N; i++)
        difference = fmax (difference, fabs ((double) (a[i] - b[i])));
      if (part == SW_PART_TRAIN || part == SW_PART_TEST_AS_GIVEN)
        g_assert_cmpfloat (difference, ==, 0);
      else
        g_assert_cmpfloat (difference, >, 0.5);
    }
  experiment->close (&data);
  sw_free (a);
  sw_free (b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/experiments/tetris/pieces", test_pieces);
  g_test_add_func ("/experiments/tetris/samples", test_samples);
  return g_test_run ();
}
