/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/propensity.h"

#include <glib/gi18n.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/runner.h"
#include "voxel/environment.h"
#include "workbench/background-private.h"
#include "workbench/error.h"
#include "workbench/job-private.h"

struct SwPropensityEngine
{
  SwLoadedModel *loaded;
  SwModel *model;
  unsigned n_threads;
  SwRunner **runners; /* [n_threads] */
  float **inputs;     /* [n_threads], [c, z, y, x] */
  SwVoxelParams voxel;
};

bool
sw_propensity_takes (const SwNetwork *network)
{
  bool fine = network->channels == SW_INPUT_CHANNELS_ENVIRONMENT && network->n_classes == SW_AMINO_ACIDS;
  for (size_t i = 0; i < SW_AMINO_ACIDS && fine; i++)
    fine = strcmp (network->class_names[i], sw_amino_acid_name (i)) == 0;
  return fine;
}

void
sw_propensity_engine_free (SwPropensityEngine *engine)
{
  if (engine == NULL)
    return;
  for (unsigned t = 0; t < engine->n_threads; t++)
    {
      sw_runner_free (engine->runners[t]);
      sw_free (engine->inputs[t]);
    }
  g_free (engine->runners);
  g_free (engine->inputs);
  sw_model_free (engine->model);
  sw_loaded_model_unref (engine->loaded);
  g_free (engine);
}

SwPropensityEngine *
sw_propensity_engine_new (SwLoadedModel *loaded, const SwJobOptions *choices, unsigned threads, GError **error)
{
  g_autoptr (SwPropensityEngine) engine = NULL;
  const SwNetwork *network = loaded->network;
  const SwJobOptions as_made = { .engine = network->conventional ? SW_ENGINE_SAMPLED : SW_ENGINE_BANDLIMITED };
  const SwJobOptions *o = choices != NULL ? choices : &as_made;
  const SwRunOptions options = { .engine = o->engine, .size = o->size, .w_max = o->w_max, .plain_stride = o->plain_stride, .basis = o->basis };
  SwError plain = { 0 };
  SwStatus status;

  if (!sw_propensity_takes (network))
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("The network “%s” does not tell amino acids from what surrounds them; “amino-acid” does."), network->name);
      return NULL;
    }
  engine = g_new0 (SwPropensityEngine, 1);
  engine->loaded = sw_loaded_model_ref (loaded);
  engine->n_threads = threads > 0 ? threads : (unsigned) omp_get_max_threads ();
  engine->runners = g_new0 (SwRunner *, engine->n_threads);
  engine->inputs = g_new0 (float *, engine->n_threads);
  status = sw_model_dup (loaded->model, &engine->model, &plain);
  for (unsigned t = 0; t < engine->n_threads && status == SW_OK; t++)
    {
      status = sw_runner_new (engine->model, &options, &engine->runners[t], &plain);
      if (status != SW_OK)
        break;
      const size_t edge = sw_runner_input_size (engine->runners[t]);
      engine->voxel = (SwVoxelParams){ .n_channels = sw_field_type_dim (&network->input),
                                       .size = edge,
                                       .centre = sw_runner_centre (engine->runners[t], edge),
                                       .spacing = o->voxel_angstrom > 0 ? o->voxel_angstrom : network->voxel_angstrom,
                                       .norm = SW_DENSITY_PEAK,
                                       .bandlimited = options.engine == SW_ENGINE_BANDLIMITED,
                                       .w_max = o->w_max > 0 ? o->w_max : network->w_max };
      engine->voxel.sigma = engine->voxel.spacing * (o->sigma_voxels > 0 ? o->sigma_voxels : network->sigma_voxels);
      engine->inputs[t] = sw_alloc0 (engine->voxel.n_channels * edge * edge * edge, sizeof (float));
      status = engine->inputs[t] == NULL ? SW_ERROR_MEMORY : SW_OK;
    }
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, loaded->name);
      return NULL;
    }
  return g_steal_pointer (&engine);
}

/* ---- one residue ---- */

static void
judge (SwPropensityResidue *residue, const float *outputs)
{
  residue->known = true;
  residue->best = (uint8_t) sw_softmax (SW_AMINO_ACIDS, outputs, residue->probabilities);
  residue->probability = NAN;
  residue->rank = 0;
  if (residue->native == SW_AMINO_ACIDS)
    return;
  residue->probability = residue->probabilities[residue->native];
  residue->rank = 1;
  for (size_t i = 0; i < SW_AMINO_ACIDS; i++)
    residue->rank += residue->probabilities[i] > residue->probability;
}

static SwStatus
run_residue (SwPropensityEngine *engine,
             unsigned thread,
             const SwEnvironmentInput *input,
             const SwEnvironmentCells *cells,
             size_t index,
             SwPropensityResidue *ret,
             SwError *error)
{
  const SwNetwork *network = engine->loaded->network;
  const SwEnvironmentResidue *residue = &input->residues[index];
  SwEnvironmentCentre centre
      = { .residue = (uint32_t) index, .own_backbone = !network->own_removed, .frame = network->backbone_frame };
  SwStatus status;

  memcpy (centre.n, residue->n, sizeof centre.n);
  memcpy (centre.ca, residue->ca, sizeof centre.ca);
  memcpy (centre.c, residue->c, sizeof centre.c);
  status = sw_voxelize_environment (&engine->voxel, cells, &centre, NULL, engine->inputs[thread], NULL, error);
  if (status == SW_OK)
    status = sw_runner_forward (engine->runners[thread], engine->inputs[thread], NULL, error);
  if (status == SW_OK)
    judge (ret, sw_runner_output (engine->runners[thread]));
  return status;
}

/* All residues, shared by the threads; the first speaks to the person. */
static SwStatus
run_all (SwPropensityEngine *engine,
         const SwEnvironmentInput *input,
         const SwEnvironmentCells *cells,
         const SwProgress *progress,
         SwPropensityResidue *residues,
         SwError *error)
{
  SwStatus status = SW_OK;
  size_t n_done = 0;
  int stop = 0;

#pragma omp parallel for schedule(dynamic, 4) num_threads((int) engine->n_threads)
  for (size_t r = 0; r < input->n_residues; r++)
    {
      SwError own = { 0 };
      SwStatus reached = SW_OK;
      int stopped;
      size_t done;
#pragma omp atomic read
      stopped = stop;
      if (stopped)
        continue;
      if (input->residues[r].complete)
        reached = run_residue (engine, (unsigned) omp_get_thread_num (), input, cells, r, &residues[r], &own);
#pragma omp atomic capture
      done = ++n_done;
      if (reached == SW_OK && omp_get_thread_num () == 0
          && !sw_progress (progress, (double) done / (double) input->n_residues, _ ("Residues")))
        reached = sw_error_set (&own, SW_ERROR_CANCELLED, "cancelled");
      if (reached != SW_OK)
#pragma omp critical(propensity_failure)
        {
          if (status == SW_OK)
            {
              status = reached;
              *error = own;
            }
#pragma omp atomic write
          stop = 1;
        }
    }
  return status;
}

static void
summarise (SwPropensity *propensity)
{
  size_t first = 0, third = 0;
  double sum = 0;

  for (size_t i = 0; i < propensity->n_residues; i++)
    {
      const SwPropensityResidue *residue = &propensity->residues[i];
      propensity->n_known += residue->known;
      if (!residue->known || residue->rank == 0)
        continue;
      propensity->n_native++;
      first += residue->rank == 1;
      third += residue->rank <= 3;
      sum += (double) residue->probability;
    }
  propensity->accuracy = propensity->n_native > 0 ? (double) first / (double) propensity->n_native : NAN;
  propensity->top3 = propensity->n_native > 0 ? (double) third / (double) propensity->n_native : NAN;
  propensity->mean = propensity->n_native > 0 ? sum / (double) propensity->n_native : NAN;
}

SwPropensity *
sw_propensity_run (SwPropensityEngine *engine, SwDocument *document, const SwProgress *progress, GError **error)
{
  const double start = sw_timer_now ();
  g_autoptr (SwPropensity) propensity = NULL;
  g_autoptr (SwEnvironmentInput) input = NULL;
  SwEnvironmentCells *cells = NULL;
  SwPropensityResidue *residues;
  SwError plain = { 0 };
  SwStatus status;

  if (document->structure == NULL)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID, _ ("%s: is no structure"),
                   document->path[0] != '\0' ? document->path : document->name);
      return NULL;
    }
  input = sw_structure_dup_environment_input (document->structure, error);
  if (input == NULL)
    return NULL;
  propensity = g_atomic_rc_box_new0 (SwPropensity);
  propensity->document = sw_document_ref (document);
  propensity->model = sw_loaded_model_ref (engine->loaded);
  propensity->n_residues = input->n_residues;
  propensity->residues = residues = g_new0 (SwPropensityResidue, input->n_residues);
  for (size_t i = 0; i < input->n_residues; i++)
    {
      residues[i].residue = input->residues[i].residue;
      residues[i].native = input->residues[i].amino_acid;
      residues[i].probability = NAN;
    }
  const SwEnvironmentAtoms atoms = { .n_atoms = input->n_atoms,
                                     .positions = (const float (*)[3]) input->positions,
                                     .channels = input->channels,
                                     .own_channels = input->own_channels,
                                     .residues = input->residue_of };
  status = sw_environment_cells_new (&atoms, &cells, &plain);
  if (status == SW_OK)
    status = run_all (engine, input, cells, progress, residues, &plain);
  sw_environment_cells_free (cells);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, document->name);
      return NULL;
    }
  summarise (propensity);
  propensity->seconds = sw_timer_now () - start;
  return g_steal_pointer (&propensity);
}

SwPropensity *
sw_propensity_ref (SwPropensity *propensity)
{
  return g_atomic_rc_box_acquire (propensity);
}

static void
clear (gpointer data)
{
  SwPropensity *propensity = data;
  sw_document_unref (propensity->document);
  sw_loaded_model_unref (propensity->model);
  g_free ((gpointer) propensity->residues);
}

void
sw_propensity_unref (SwPropensity *propensity)
{
  if (propensity != NULL)
    g_atomic_rc_box_release_full (propensity, clear);
}

/* ---- in a thread ---- */

typedef struct
{
  SwLoadedModel *model;
  SwDocument *document;
  SwPropensityProgress progress;
  gpointer progress_data;
} Job;

static void
job_free (Job *job)
{
  sw_loaded_model_unref (job->model);
  sw_document_unref (job->document);
  g_free (job);
}

static void
work_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job *job = data;
  SwBackground background = { task, job->progress, job->progress_data };
  const SwProgress progress = { sw_background_report, &background };
  GError *error = NULL;
  g_autoptr (SwPropensityEngine) engine = sw_propensity_engine_new (job->model, NULL, 0, &error);
  SwPropensity *result = engine != NULL ? sw_propensity_run (engine, job->document, &progress, &error) : NULL;

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) sw_propensity_unref);
  else
    g_task_return_error (task, error);
}

void
sw_propensity_run_async (const SwCatalog *catalog,
                         SwDocument *document,
                         GCancellable *cancellable,
                         SwPropensityProgress progress,
                         gpointer progress_data,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  const SwModelRequest request = { .network = SW_PROPENSITY_NETWORK };
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  GError *error = NULL;
  SwLoadedModel *model = sw_loaded_model_new (catalog, &request, &error);
  Job *job;

  g_task_set_source_tag (task, sw_propensity_run_async);
  if (model == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  job = g_new0 (Job, 1);
  job->model = model;
  job->document = sw_document_ref (document);
  job->progress = progress;
  job->progress_data = progress_data;
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, work_in_thread);
}

SwPropensity *
sw_propensity_run_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
