/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples made ahead of time are those that one thread would make, in the order asked for; the first bad one is told. */
#include <glib.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "train/dataset.h"

enum
{
  LENGTH = 8,
  BATCH = 5,
  AHEAD = 3,
  N_BATCHES = 200,
};

typedef struct
{
  size_t bad, bad_too; /* indices that cannot be had */
  int n_threads;       /* seen by a loop in a sample: must be 1 */
  int n_made;
} Data;

static SwStatus
sample (void *data, SwDataPart part, size_t index, size_t size, const double *further, SwRandom *random, real *input, size_t *ret_label, SwError *error)
{
  Data *d = data;
  const int n_threads = omp_get_max_threads ();
  if (n_threads > g_atomic_int_get (&d->n_threads))
    g_atomic_int_set (&d->n_threads, n_threads);
  g_atomic_int_inc (&d->n_made);
  /* Of different lengths, so that the threads finish out of order. */
  if (sw_random_below (random, 4) == 0)
    g_usleep (300);
  for (size_t i = 0; i < LENGTH; i++)
    input[i] = (real) sw_random_normal (random);
  *ret_label = index + size + (size_t) part;
  if (index == d->bad || index == d->bad_too)
    return sw_error_set (error, SW_ERROR_IO, "sample %zu is missing", index);
  return SW_OK;
}

static SwPrefetch *
prefetch_new (const SwDataset *dataset)
{
  const SwPrefetchParams params = { .dataset = dataset, .seed = 4, .stream = SW_STREAM_SAMPLE, .size = 2, .length = LENGTH,
                                    .batch = BATCH, .ahead = AHEAD };
  SwPrefetch *prefetch;
  SwError error;
  g_assert_cmpint (sw_prefetch_new (&params, &prefetch, &error), ==, SW_OK);
  return prefetch;
}

static size_t
indices_of (size_t batch, size_t *indices)
{
  const size_t n = 1 + batch % BATCH;
  for (size_t i = 0; i < n; i++)
    indices[i] = batch * 31 % 17 + i;
  return n;
}

static void
test_order (void)
{
  Data data = { .bad = SIZE_MAX, .bad_too = SIZE_MAX };
  const SwDataset dataset = { .sample = sample, .data = &data };
  SwPrefetch *prefetch = prefetch_new (&dataset);
  size_t asked = 0;
  g_assert_cmpuint (sw_prefetch_room (prefetch), ==, AHEAD);
  for (size_t b = 0; b < N_BATCHES; b++)
    {
      size_t indices[BATCH], n;
      const real *inputs;
      const size_t *labels;
      SwError error;
      for (; asked < N_BATCHES && sw_prefetch_room (prefetch) > 0; asked++)
        {
          n = indices_of (asked, indices);
          sw_prefetch_ask (prefetch, asked, n, indices);
        }
      n = indices_of (b, indices);
      g_assert_cmpint (sw_prefetch_take (prefetch, &inputs, &labels, &error), ==, SW_OK);
      for (size_t i = 0; i < n; i++)
        {
          real expected[LENGTH];
          size_t label;
          SwRandom random;
          sw_train_random (&random, 4, SW_STREAM_SAMPLE, b, indices[i]);
          g_assert_cmpint (sample (&data, SW_PART_TRAIN, indices[i], 2, NULL, &random, expected, &label, &error), ==, SW_OK);
          g_assert_cmpmem (inputs + i * LENGTH, sizeof expected, expected, sizeof expected);
          g_assert_cmpuint (labels[i], ==, label);
        }
      sw_prefetch_done (prefetch);
    }
  g_assert_cmpfloat (sw_prefetch_waited (prefetch), >=, 0);
  sw_prefetch_free (prefetch);
}

/* Loops in a sample do not start threads of their own: those of the network are at work. */
static void
test_one_thread (void)
{
  Data data = { .bad = SIZE_MAX, .bad_too = SIZE_MAX };
  const SwDataset dataset = { .sample = sample, .data = &data };
  SwPrefetch *prefetch = prefetch_new (&dataset);
  const size_t indices[2] = { 0, 1 };
  const real *inputs;
  const size_t *labels;
  SwError error;
  sw_prefetch_ask (prefetch, 0, 2, indices);
  g_assert_cmpint (sw_prefetch_take (prefetch, &inputs, &labels, &error), ==, SW_OK);
  g_assert_cmpint (data.n_threads, ==, 1);
  sw_prefetch_done (prefetch);
  sw_prefetch_free (prefetch);
}

static void
test_bad (void)
{
  Data data = { .bad = 12, .bad_too = 11 };
  const SwDataset dataset = { .sample = sample, .data = &data };
  SwPrefetch *prefetch = prefetch_new (&dataset);
  const size_t first[4] = { 10, 11, 12, 13 }, second[1] = { 14 };
  const real *inputs = NULL;
  const size_t *labels = NULL;
  SwError error = { 0 };
  sw_prefetch_ask (prefetch, 0, 4, first);
  sw_prefetch_ask (prefetch, 0, 1, second);
  g_assert_cmpint (sw_prefetch_take (prefetch, &inputs, &labels, &error), ==, SW_ERROR_IO);
  g_assert_cmpstr (error.text, ==, "sample 11 is missing");
  g_assert_null (inputs);
  sw_prefetch_done (prefetch);
  g_assert_cmpint (sw_prefetch_take (prefetch, &inputs, &labels, &error), ==, SW_OK);
  g_assert_cmpuint (labels[0], ==, 16);
  sw_prefetch_done (prefetch);
  sw_prefetch_free (prefetch);
}

/* What was asked for and not taken is dropped: the end does not wait for it. */
static void
test_end (void)
{
  for (int trial = 0; trial < 50; trial++)
    {
      Data data = { .bad = SIZE_MAX, .bad_too = SIZE_MAX };
      const SwDataset dataset = { .sample = sample, .data = &data };
      SwPrefetch *prefetch = prefetch_new (&dataset);
      size_t indices[BATCH] = { 0 };
      for (int b = 0; b < trial % (AHEAD + 1); b++)
        sw_prefetch_ask (prefetch, 0, BATCH, indices);
      sw_prefetch_free (prefetch);
      g_assert_cmpint (data.n_made, <=, AHEAD * BATCH);
    }
  sw_prefetch_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/dataset/order", test_order);
  g_test_add_func ("/train/dataset/one-thread", test_one_thread);
  g_test_add_func ("/train/dataset/bad", test_bad);
  g_test_add_func ("/train/dataset/end", test_end);
  return g_test_run ();
}
