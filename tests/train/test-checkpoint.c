/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A checkpoint comes back bit for bit, and a bad one leaves everything as it was. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tiny.h"
#include "train/checkpoint.h"

typedef struct
{
  SwNetwork *network;
  SwModel *model;
  SwAdam adam;
  SwTrainState state;
} Side;

static void
side_init (Side *side, unsigned n_outputs, unsigned seed)
{
  SwError error;
  GRand *rand = g_rand_new_with_seed (seed);
  side->network = tiny_network (n_outputs);
  side->model = tiny_model (side->network, seed);
  g_assert_cmpint (sw_adam_init (&side->adam, side->network->n_parameters, &error), ==, SW_OK);
  for (size_t i = 0; i < side->adam.n; i++)
    {
      side->adam.m[i] = (real) g_rand_double_range (rand, -1, 1);
      side->adam.v[i] = (real) g_rand_double_range (rand, 0, 1);
    }
  for (size_t i = 0; i < side->network->n_buffers; i++)
    side->model->buffers[i] = (real) g_rand_double_range (rand, 0, 1);
  side->adam.step = seed + 100;
  side->state = (SwTrainState){ .seed = seed, .epoch = 3, .step = 2, .loss_sum = 1.0 / 3, .n_correct = 5, .n_seen = 8,
                                .best_score = 0.7, .best_epoch = 1, .seconds = 12.5 };
  g_rand_free (rand);
}

static void
side_clear (Side *side)
{
  sw_adam_clear (&side->adam);
  sw_model_free (side->model);
  sw_network_unref (side->network);
}

static void
check_same (const Side *a, const Side *b)
{
  const size_t n = a->network->n_parameters * sizeof (real), n_buffers = a->network->n_buffers * sizeof (real);
  g_assert_cmpuint (n_buffers, >, 0);
  g_assert_cmpmem (a->model->parameters, n, b->model->parameters, n);
  g_assert_cmpmem (a->model->buffers, n_buffers, b->model->buffers, n_buffers);
  g_assert_cmpmem (a->adam.m, n, b->adam.m, n);
  g_assert_cmpmem (a->adam.v, n, b->adam.v, n);
  g_assert_cmpuint (a->adam.step, ==, b->adam.step);
  g_assert_cmpmem (&a->state, sizeof a->state, &b->state, sizeof b->state);
}

typedef struct
{
  char *folder, *path;
  Side written, other, control; /* other and control are equal */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  SwError error;
  f->folder = tiny_folder_new ();
  f->path = g_build_filename (f->folder, "checkpoint", NULL);
  side_init (&f->written, 2, 1);
  side_init (&f->other, 2, 2);
  side_init (&f->control, 2, 2);
  g_assert_cmpint (sw_checkpoint_write (f->path, &f->written.state, f->written.model, &f->written.adam, &error), ==, SW_OK);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  side_clear (&f->written);
  side_clear (&f->other);
  side_clear (&f->control);
  tiny_folder_remove (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static SwStatus
read_into (const Fixture *f, Side *side, SwError *error)
{
  return sw_checkpoint_read (f->path, &side->state, side->model, &side->adam, error);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  SwError error;
  g_assert_cmpint (read_into (f, &f->other, &error), ==, SW_OK);
  check_same (&f->written, &f->other);
}

static void
check_refused (Fixture *f, SwStatus expected, const char *word)
{
  SwError error = { 0 };
  g_assert_cmpint (read_into (f, &f->other, &error), ==, expected);
  g_assert_nonnull (strstr (error.text, f->path));
  if (word != NULL)
    g_assert_nonnull (strstr (error.text, word));
  check_same (&f->control, &f->other);
}

static void
test_cut_off (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (f->path, &bytes, &size, NULL));
  for (int i = 0; i < 40; i++)
    {
      const gsize n = i < 4 ? (gsize) i : i == 4 ? size - 1 : (gsize) g_test_rand_int_range (0, (gint32) size);
      g_assert_true (g_file_set_contents (f->path, bytes, (gssize) n, NULL));
      check_refused (f, SW_ERROR_FORMAT, NULL);
    }
  /* and longer than it should be */
  g_autofree char *longer = g_malloc0 (size + 4);
  memcpy (longer, bytes, size);
  g_assert_true (g_file_set_contents (f->path, longer, (gssize) size + 4, NULL));
  check_refused (f, SW_ERROR_FORMAT, NULL);
  g_remove (f->path);
  check_refused (f, SW_ERROR_IO, NULL);
}

/* One bit of each byte, wherever it is. */
static void
test_altered (Fixture *f, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (f->path, &bytes, &size, NULL));
  for (gsize i = 0; i < size; i += i < 200 ? 1 : 1 + (gsize) g_test_rand_int_range (0, 64))
    {
      const char bit = (char) (1 << g_test_rand_int_range (0, 7));
      SwError error = { 0 };
      FILE *file;
      bytes[i] ^= bit;
      file = g_fopen (f->path, "wb");
      g_assert_nonnull (file);
      g_assert_cmpuint (fwrite (bytes, 1, size, file), ==, size);
      fclose (file);
      bytes[i] ^= bit;
      g_assert_cmpint (read_into (f, &f->other, &error), !=, SW_OK);
      g_assert_cmpuint (strlen (error.text), >, 0);
      check_same (&f->control, &f->other);
    }
}

static void
test_other_network (Fixture *f, gconstpointer data)
{
  Side wide, control;
  SwError error = { 0 };
  side_init (&wide, 3, 5);
  side_init (&control, 3, 5);
  g_assert_cmpint (read_into (f, &wide, &error), ==, SW_ERROR_INVALID);
  g_assert_nonnull (strstr (error.text, "another network"));
  check_same (&control, &wide);
  side_clear (&wide);
  side_clear (&control);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/train/checkpoint/round-trip", Fixture, NULL, set_up, test_round_trip, tear_down);
  g_test_add ("/train/checkpoint/cut-off", Fixture, NULL, set_up, test_cut_off, tear_down);
  g_test_add ("/train/checkpoint/altered", Fixture, NULL, set_up, test_altered, tear_down);
  g_test_add ("/train/checkpoint/other-network", Fixture, NULL, set_up, test_other_network, tear_down);
  return g_test_run ();
}
