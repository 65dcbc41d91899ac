/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dataset.h"

#include <omp.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"

void
sw_train_random (SwRandom *random, uint64_t seed, uint64_t stream, uint64_t a, uint64_t b)
{
  SwRandom mix;
  sw_random_init (&mix, seed);
  sw_random_init (&mix, sw_random_next (&mix) ^ stream);
  sw_random_init (&mix, sw_random_next (&mix) ^ a);
  sw_random_init (random, sw_random_next (&mix) ^ b);
}

SwStatus
sw_dataset_validation_sample (const SwDataset *dataset,
                              SwDataPart part,
                              uint64_t seed,
                              size_t index,
                              size_t size,
                              real *input,
                              size_t *ret_label,
                              SwError *error)
{
  SwRandom random;
  sw_train_random (&random, seed, SW_STREAM_VALIDATION, part, index);
  return dataset->sample (dataset->data, part, index, size, NULL, &random, input, ret_label, error);
}

typedef struct
{
  real *inputs;    /* [batch, length] */
  size_t *labels;  /* [batch] */
  size_t *indices; /* [batch] */
  uint64_t a;
  size_t n, n_begun, n_made;
  size_t first_bad; /* position of the first sample that could not be had; n: none */
  SwStatus status;
  SwError error;
} Batch;

struct SwPrefetch
{
  SwPrefetchParams params;
  Batch *ring; /* [ahead] */
  size_t first, n_asked; /* the oldest batch, and how many are in the ring */
  pthread_t *threads;
  size_t n_threads;
  pthread_mutex_t lock;
  pthread_cond_t wanted, made;
  bool stop;
  double waited;
};

size_t
sw_prefetch_memory (const SwPrefetchParams *params)
{
  return params->ahead * params->batch * (params->length * sizeof (real) + 2 * sizeof (size_t));
}

static Batch *
next_wanted (SwPrefetch *p)
{
  for (size_t k = 0; k < p->n_asked; k++)
    {
      Batch *batch = &p->ring[(p->first + k) % p->params.ahead];
      if (batch->n_begun < batch->n)
        return batch;
    }
  return NULL;
}

static void *
work (void *data)
{
  SwPrefetch *p = data;
  const SwPrefetchParams *params = &p->params;
  Batch *batch;

  /* The samples are what is done in parallel: loops within one stay on this thread. */
  omp_set_num_threads (1);
  pthread_mutex_lock (&p->lock);
  while (!p->stop)
    {
      batch = next_wanted (p);
      if (batch == NULL)
        {
          pthread_cond_wait (&p->wanted, &p->lock);
          continue;
        }
      const size_t i = batch->n_begun++;
      SwRandom random;
      SwError error = { 0 };
      SwStatus status;
      pthread_mutex_unlock (&p->lock);
      sw_train_random (&random, params->seed, params->stream, batch->a, batch->indices[i]);
      status = params->dataset->sample (params->dataset->data, params->part, batch->indices[i], params->size, NULL, &random,
                                        batch->inputs + i * params->length, &batch->labels[i], &error);
      pthread_mutex_lock (&p->lock);
      if (status != SW_OK && i < batch->first_bad)
        {
          batch->first_bad = i;
          batch->status = status;
          batch->error = error;
        }
      if (++batch->n_made == batch->n)
        pthread_cond_broadcast (&p->made);
    }
  pthread_mutex_unlock (&p->lock);
  return NULL;
}

SwStatus
sw_prefetch_new (const SwPrefetchParams *params, SwPrefetch **ret, SwError *error)
{
  SwPrefetch *p = SW_NEW0 (SwPrefetch, 1);
  const size_t n_samples = params->ahead * params->batch;
  size_t n_threads = (size_t) omp_get_max_threads ();
  if (n_threads > n_samples)
    n_threads = n_samples;
  if (p == NULL)
    return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for samples");
  p->params = *params;
  pthread_mutex_init (&p->lock, NULL);
  pthread_cond_init (&p->wanted, NULL);
  pthread_cond_init (&p->made, NULL);
  p->ring = SW_NEW0 (Batch, params->ahead);
  p->threads = SW_NEW0 (pthread_t, n_threads);
  if (p->ring == NULL || p->threads == NULL)
    goto no_memory;
  for (size_t k = 0; k < params->ahead; k++)
    {
      Batch *batch = &p->ring[k];
      batch->inputs = SW_NEW (real, params->batch * params->length);
      batch->labels = SW_NEW (size_t, params->batch);
      batch->indices = SW_NEW (size_t, params->batch);
      if (batch->inputs == NULL || batch->labels == NULL || batch->indices == NULL)
        goto no_memory;
    }
  for (; p->n_threads < n_threads; p->n_threads++)
    if (pthread_create (&p->threads[p->n_threads], NULL, work, p) != 0)
      {
        if (p->n_threads > 0)
          break; /* fewer will do */
        sw_prefetch_free (p);
        return sw_error_set (error, SW_ERROR_MEMORY, "a thread that prepares samples cannot be started");
      }
  *ret = p;
  return SW_OK;

no_memory:
  sw_prefetch_free (p);
  return sw_error_set (error, SW_ERROR_MEMORY, "not enough memory for %zu samples of %zu numbers", n_samples, params->length);
}

void
sw_prefetch_free (SwPrefetch *p)
{
  if (p == NULL)
    return;
  pthread_mutex_lock (&p->lock);
  p->stop = true;
  pthread_cond_broadcast (&p->wanted);
  pthread_mutex_unlock (&p->lock);
  for (size_t i = 0; i < p->n_threads; i++)
    pthread_join (p->threads[i], NULL);
  for (size_t k = 0; p->ring != NULL && k < p->params.ahead; k++)
    {
      sw_free (p->ring[k].inputs);
      sw_free (p->ring[k].labels);
      sw_free (p->ring[k].indices);
    }
  sw_free (p->ring);
  sw_free (p->threads);
  pthread_cond_destroy (&p->made);
  pthread_cond_destroy (&p->wanted);
  pthread_mutex_destroy (&p->lock);
  sw_free (p);
}

size_t
sw_prefetch_room (const SwPrefetch *p)
{
  return p->params.ahead - p->n_asked; /* changed by the caller's thread only */
}

void
sw_prefetch_ask (SwPrefetch *p, uint64_t a, size_t n, const size_t *indices)
{
  Batch *batch;
  pthread_mutex_lock (&p->lock);
  batch = &p->ring[(p->first + p->n_asked) % p->params.ahead];
  memcpy (batch->indices, indices, n * sizeof *indices);
  batch->a = a;
  batch->n = batch->first_bad = n;
  batch->n_begun = batch->n_made = 0;
  batch->status = SW_OK;
  p->n_asked++;
  pthread_cond_broadcast (&p->wanted);
  pthread_mutex_unlock (&p->lock);
}

SwStatus
sw_prefetch_take (SwPrefetch *p, const real **ret_inputs, const size_t **ret_labels, SwError *error)
{
  Batch *batch;
  const double start = sw_timer_now ();
  pthread_mutex_lock (&p->lock);
  batch = &p->ring[p->first];
  while (batch->n_made < batch->n)
    pthread_cond_wait (&p->made, &p->lock);
  pthread_mutex_unlock (&p->lock);
  p->waited += sw_timer_now () - start;
  if (batch->status != SW_OK)
    {
      if (error != NULL)
        *error = batch->error;
      return batch->status;
    }
  *ret_inputs = batch->inputs;
  *ret_labels = batch->labels;
  return SW_OK;
}

void
sw_prefetch_done (SwPrefetch *p)
{
  pthread_mutex_lock (&p->lock);
  p->first = (p->first + 1) % p->params.ahead;
  p->n_asked--;
  pthread_mutex_unlock (&p->lock);
}

double
sw_prefetch_waited (const SwPrefetch *p)
{
  return p->waited;
}
