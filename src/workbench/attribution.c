/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/attribution.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "nn/train-step.h"
#include "voxel/trace.h"
#include "workbench/background-private.h"
#include "workbench/error.h"
#include "workbench/job-private.h"

typedef struct
{
  SwAttribution result; /* first: callers hold a pointer to it */
  gatomicrefcount count;
  SwLoadedModel *loaded; /* owner of names */
  char *class_number;
  SwQuat *rotations;
  SwAttributionResidue *residues;
  SwAttributionAtom *atoms;
  uint32_t *ranking;
  GPtrArray *warnings;
} Attribution;

SwAttribution *
sw_attribution_ref (SwAttribution *attribution)
{
  g_atomic_ref_count_inc (&((Attribution *) attribution)->count);
  return attribution;
}

void
sw_attribution_unref (SwAttribution *attribution)
{
  Attribution *self = (Attribution *) attribution;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  sw_document_unref (self->result.document);
  sw_loaded_model_unref (self->loaded);
  g_free (self->class_number);
  g_free (self->rotations);
  g_free (self->residues);
  g_free (self->atoms);
  g_free (self->ranking);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}

/* ---- ranks ---- */

typedef struct
{
  double value;
  size_t index;
} Ranked;

static int
compare_ranked (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;
  return x->value < y->value ? -1 : x->value > y->value ? 1 : x->index < y->index ? -1 : 1;
}

static void
take_ranks (size_t n, const double *values, Ranked *scratch, double *ranks)
{
  for (size_t i = 0; i < n; i++)
    scratch[i] = (Ranked){ values[i], i };
  qsort (scratch, n, sizeof *scratch, compare_ranked);
  for (size_t i = 0, j; i < n; i = j)
    {
      for (j = i + 1; j < n && !(scratch[j].value > scratch[i].value); j++)
        ;
      for (size_t k = i; k < j; k++)
        ranks[scratch[k].index] = 0.5 * (double) (i + j - 1);
    }
}

double
sw_rank_correlation (size_t n, const double *a, const double *b)
{
  g_autofree Ranked *scratch = g_new (Ranked, n + 1);
  g_autofree double *ranks_a = g_new (double, n + 1), *ranks_b = g_new (double, n + 1);
  const double mean = 0.5 * ((double) n - 1.0);
  double aa = 0.0, bb = 0.0, ab = 0.0;

  take_ranks (n, a, scratch, ranks_a);
  take_ranks (n, b, scratch, ranks_b);
  for (size_t i = 0; i < n; i++)
    {
      aa += (ranks_a[i] - mean) * (ranks_a[i] - mean);
      bb += (ranks_b[i] - mean) * (ranks_b[i] - mean);
      ab += (ranks_a[i] - mean) * (ranks_b[i] - mean);
    }
  return n >= 2 && aa > 0.0 && bb > 0.0 ? ab / sqrt (aa * bb) : NAN;
}

/* ---- the score ---- */

/* Log odds of class c; its slope in each output into d (may be NULL). */
static double
log_odds (size_t n, const float *z, size_t c, float *d)
{
  double largest = -INFINITY, sum = 0.0;

  if (n == 1)
    {
      if (d != NULL)
        d[0] = 1.0f;
      return (double) z[0];
    }
  for (size_t i = 0; i < n; i++)
    if (i != c)
      largest = fmax (largest, (double) z[i]);
  for (size_t i = 0; i < n; i++)
    if (i != c)
      sum += exp ((double) z[i] - largest);
  for (size_t i = 0; i < n && d != NULL; i++)
    d[i] = i == c ? 1.0f : (float) (-exp ((double) z[i] - largest) / sum);
  return (double) z[c] - largest - log (sum);
}

bool
sw_attribution_find_class (const SwLoadedModel *model, const char *word, size_t *ret, GError **error)
{
  const SwNetwork *network = model->network;
  const bool named = network->n_classes == network->n_outputs;
  g_autofree char *wanted = g_utf8_casefold (word, -1);
  g_autoptr (GString) names = g_string_new (NULL);
  size_t n_found = 0, n_whole = 0;
  char *end;
  guint64 number;

  for (size_t i = 0; named && i < network->n_outputs; i++)
    {
      g_autofree char *name = g_utf8_casefold (network->class_names[i], -1);
      if (g_str_equal (name, wanted))
        {
          *ret = i;
          return true;
        }
      const char *at = word[0] != '\0' ? strstr (name, wanted) : NULL;
      if (at != NULL)
        {
          /* "beta barrel" is "2.40 Beta barrel" rather than "3.20 Alpha-beta barrel" */
          const bool whole = at == name || at[-1] == ' ';
          if (whole || n_whole == 0)
            *ret = i;
          n_whole += whole;
          n_found++;
        }
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", network->class_names[i]);
    }
  if (n_found == 1 || n_whole == 1)
    return true;
  number = g_ascii_strtoull (word, &end, 10);
  if (n_found == 0 && end != word && *end == '\0' && word[0] != '-' && number < network->n_outputs)
    {
      *ret = (size_t) number;
      return true;
    }
  if (!named)
    g_string_append_printf (names, "0 – %zu", network->n_outputs - 1);
  g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NOT_FOUND,
               n_found > 1
                   /* translators: network, what was asked for, list of classes */
                   ? _ ("Several classes of “%s” fit “%s”; there are: %s.")
                   : _ ("The network “%s” has no class “%s”; there are: %s."),
               model->name, word, names->str);
  return false;
}

/* ---- the work ---- */

typedef struct
{
  SwWorker *worker;
  const SwProgress *progress;
  SwRunner *runner; /* with the way back */
  SwVoxelParams voxel;
  size_t n_outputs;
  float *weights; /* [atoms on the grid], 1 but for what is occluded */
  float *d_output, *d_input;
  double *d_atoms; /* [atoms on the grid], of one rotation */
  double *sums, *squares; /* [structure's atoms, then residues, then 1: all] over the rotations */
  size_t n_values;
  size_t n_steps, step;
} Work;

static void
work_clear (Work *work)
{
  sw_runner_free (work->runner);
  g_free (work->weights);
  g_free (work->d_output);
  sw_free (work->d_input);
  g_free (work->d_atoms);
  g_free (work->sums);
  g_free (work->squares);
}

static bool
go_on (Work *work, const char *sentence, GError **error)
{
  if (sw_progress (work->progress, (double) work->step / (double) work->n_steps, sentence))
    return true;
  sw_workbench_set_error (error, SW_ERROR_CANCELLED, NULL, NULL);
  return false;
}

/* Long passes can be stopped inside. */
static bool
ask_only (double fraction, const char *sentence, void *data)
{
  const Work *work = data;
  return sw_progress (work->progress, (double) work->step / (double) work->n_steps, NULL);
}

static bool
prepare (Work *work, SwDocument *document, const SwAttributionParams *params, GError **error)
{
  SwWorker *worker = work->worker;
  const SwStructure *structure = document->structure;
  const SwRunOptions options = { .engine = worker->options.engine,
                                 .size = worker->options.size,
                                 .w_max = worker->options.w_max,
                                 .plain_stride = worker->options.plain_stride,
                                 .basis = worker->options.basis,
                                 .train_batch = 1,
                                 .frozen = true };
  const SwProgress inner = { ask_only, work };
  SwError plain = { 0 };
  SwStatus status;

  if (structure == NULL)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
                   _ ("%s has no atoms: only answers about structures can be explained."), document->name);
      return false;
    }
  if (!sw_worker_prepare (worker, document, false, &inner, error))
    return false;
  status = sw_runner_new (worker->model, &options, &work->runner, &plain);
  sw_worker_get_voxel_params (worker, &work->voxel);
  work->n_outputs = worker->model->network->n_outputs;
  if (status == SW_OK)
    {
      const size_t edge = work->voxel.size;
      work->d_input = sw_alloc (work->voxel.n_channels * edge * edge * edge, sizeof (float));
      status = work->d_input != NULL ? SW_OK : SW_ERROR_MEMORY;
    }
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->loaded->name);
      return false;
    }
  work->weights = g_new (float, worker->atoms->n_atoms);
  for (size_t a = 0; a < worker->atoms->n_atoms; a++)
    work->weights[a] = 1.0f;
  work->d_output = g_new0 (float, work->n_outputs);
  work->d_atoms = g_new0 (double, worker->atoms->n_atoms);
  work->n_values = structure->n_atoms + structure->n_residues + 1;
  work->sums = g_new0 (double, work->n_values);
  work->squares = g_new0 (double, work->n_values);
  work->n_steps = params->n_rotations + (params->occlusion ? structure->n_residues : 0);
  return true;
}

static bool
voxelize (Work *work, SwQuat rotation, size_t *ret_outside, GError **error)
{
  SwWorker *worker = work->worker;
  SwVoxelReport report = { 0 };
  SwError plain = { 0 };
  double matrix[9];
  SwStatus status;

  sw_quat_to_matrix (rotation, matrix);
  status = sw_voxelize_input (worker->grid.channels, worker->atoms, &work->voxel, matrix,
                              work->weights, NULL, worker->input, &report, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->document->name);
      return false;
    }
  if (ret_outside != NULL)
    *ret_outside = MAX (*ret_outside, report.n_outside);
  return true;
}

/* Outputs at a rotation; with the way back afterwards when through is true. */
static const float *
outputs (Work *work, bool through, GError **error)
{
  SwWorker *worker = work->worker;
  const SwProgress inner = { ask_only, work };
  SwError plain = { 0 };
  const float *z;
  const SwStatus status
      = through ? sw_runner_forward_train (work->runner, 1, worker->input, NULL, false, &inner, &plain)
                : sw_runner_forward (worker->runner, worker->input, &inner, &plain);

  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->loaded->name);
      return NULL;
    }
  z = through ? sw_runner_train_output (work->runner) : sw_runner_output (worker->runner);
  for (size_t i = 0; i < work->n_outputs; i++)
    if (!isfinite (z[i]))
      {
        g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_NUMERIC,
                     _ ("%s: output %zu of “%s” is not a finite number; are the weights sound?"),
                     worker->document->name, i, worker->loaded->name);
        return NULL;
      }
  return z;
}

static bool
add_gradient (Work *work, Attribution *self, SwQuat rotation, GError **error)
{
  SwWorker *worker = work->worker;
  const SwInputAtoms *input = worker->atoms;
  const SwStructure *structure = worker->document->structure;
  const SwAtomArray atoms = { .n_atoms = input->n_atoms,
                              .positions = (const double (*)[3]) input->positions,
                              .channels = input->channels };
  const size_t edge = work->voxel.size;
  const SwProgress inner = { ask_only, work };
  g_autofree double *residues = g_new0 (double, structure->n_residues);
  SwError plain = { 0 };
  SwStatus status;
  double matrix[9], sum = 0.0;

  memset (work->d_input, 0, work->voxel.n_channels * edge * edge * edge * sizeof (float));
  memset (work->d_atoms, 0, input->n_atoms * sizeof (double));
  status = sw_runner_backward (work->runner, work->d_output, NULL, work->d_input, &inner, &plain);
  sw_quat_to_matrix (rotation, matrix);
  if (status == SW_OK && worker->grid.channels == SW_CHANNELS_TRACE)
    status = sw_voxelize_trace_adjoint (&work->voxel, input->n_atoms, atoms.positions, matrix,
                                        work->d_input, work->d_atoms, &plain);
  else if (status == SW_OK)
    status = sw_voxelize_adjoint (&work->voxel, &atoms, matrix, work->d_input, work->d_atoms, &plain);
  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, worker->loaded->name);
      return false;
    }
  for (size_t a = 0; a < input->n_atoms; a++)
    {
      const size_t atom = input->atoms[a];
      const double value = (double) work->weights[a] * work->d_atoms[a];

      work->sums[atom] += value;
      work->squares[atom] += value * value;
      residues[structure->residue_of[atom]] += value;
      sum += value;
    }
  for (size_t r = 0; r < structure->n_residues; r++)
    {
      work->sums[structure->n_atoms + r] += residues[r];
      work->squares[structure->n_atoms + r] += residues[r] * residues[r];
    }
  work->sums[work->n_values - 1] += sum;
  work->squares[work->n_values - 1] += sum * sum;
  return true;
}

static void
summarise (const Work *work, size_t n, size_t at, double *ret_value, double *ret_spread, double *ret_error)
{
  const double mean = work->sums[at] / (double) n;
  const double variance
      = n > 1 ? fmax (work->squares[at] - (double) n * mean * mean, 0.0) / (double) (n - 1) : NAN;

  *ret_value = mean;
  *ret_spread = sqrt (variance);
  *ret_error = sqrt (variance / (double) n);
}

static bool
gradients (Work *work, Attribution *self, const SwAttributionParams *params, GError **error)
{
  SwAttribution *result = &self->result;
  double sum = 0.0, squares = 0.0;

  for (size_t i = 0; i < params->n_rotations; i++)
    {
      const SwQuat rotation = self->rotations[i];
      g_autofree char *sentence
          /* translators: number of a rotation, how many */
          = g_strdup_printf (_ ("Rotation %zu of %zu"), i + 1, params->n_rotations);
      const float *z;

      if (!go_on (work, sentence, error) || !voxelize (work, rotation, &result->n_atoms_outside, error))
        return false;
      z = outputs (work, true, error);
      if (z == NULL)
        return false;
      if (i == 0 && !params->class_given)
        for (size_t k = 1; k < work->n_outputs; k++)
          if (z[k] > z[result->class_index])
            result->class_index = k;
      const double score = log_odds (work->n_outputs, z, result->class_index, work->d_output);
      if (!add_gradient (work, self, rotation, error))
        return false;
      sum += score;
      squares += score * score;
      result->probability += 1.0 / (1.0 + exp (-score)) / (double) params->n_rotations;
      work->step++;
    }
  const double n = (double) params->n_rotations;
  result->score = sum / n;
  result->score_spread = n > 1.0 ? sqrt (fmax (squares - sum * sum / n, 0.0) / (n - 1.0)) : NAN;
  return true;
}

/* Without each residue in turn. */
static bool
occlude (Work *work, Attribution *self, GError **error)
{
  const SwInputAtoms *input = work->worker->atoms;
  const SwStructure *structure = work->worker->document->structure;
  const SwQuat rotation = self->rotations[0];
  g_autofree double *a = g_new (double, structure->n_residues + 1);
  g_autofree double *b = g_new (double, structure->n_residues + 1);
  const float *z;
  size_t n = 0, first = 0;
  double whole;

  if (!voxelize (work, rotation, NULL, error) || (z = outputs (work, false, error)) == NULL)
    return false;
  whole = log_odds (work->n_outputs, z, self->result.class_index, NULL);
  /* Atoms on the grid keep the structure's order, and those of a residue are contiguous. */
  for (size_t r = 0; r < structure->n_residues; r++)
    {
      SwAttributionResidue *residue = &self->residues[r];
      g_autofree char *sentence
          /* translators: number of a residue, how many */
          = g_strdup_printf (_ ("Without residue %zu of %zu"), r + 1, structure->n_residues);
      const size_t end = first + residue->n_atoms;

      if (!go_on (work, sentence, error))
        return false;
      work->step++;
      if (residue->n_atoms == 0)
        continue;
      g_assert (structure->residue_of[input->atoms[first]] == r);
      for (size_t i = first; i < end; i++)
        work->weights[i] = 0.0f;
      if (!voxelize (work, rotation, NULL, error) || (z = outputs (work, false, error)) == NULL)
        return false;
      for (size_t i = first; i < end; i++)
        work->weights[i] = 1.0f;
      first = end;
      residue->occlusion = whole - log_odds (work->n_outputs, z, self->result.class_index, NULL);
      a[n] = residue->value;
      b[n++] = residue->occlusion;
    }
  self->result.has_occlusion = true;
  self->result.rank_correlation = sw_rank_correlation (n, a, b);
  return true;
}

static int
compare_residues (gconstpointer a, gconstpointer b, gpointer data)
{
  const SwAttributionResidue *residues = data;
  const uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

  return residues[x].value > residues[y].value   ? -1
         : residues[x].value < residues[y].value ? 1
         : x < y                                 ? -1
                                                 : 1;
}

static void
take_values (Work *work, Attribution *self)
{
  SwAttribution *result = &self->result;
  const SwInputAtoms *input = work->worker->atoms;
  const size_t n = result->n_rotations;
  double spread;

  for (size_t i = 0; i < result->n_atoms; i++)
    summarise (work, n, i, &self->atoms[i].value, &self->atoms[i].spread, &self->atoms[i].error);
  for (size_t r = 0; r < result->n_residues; r++)
    {
      SwAttributionResidue *residue = &self->residues[r];
      summarise (work, n, result->n_atoms + r, &residue->value, &residue->spread, &residue->error);
      residue->occlusion = NAN;
    }
  summarise (work, n, work->n_values - 1, &result->sum, &spread, &result->sum_error);
  for (size_t a = 0; a < input->n_atoms; a++)
    {
      self->atoms[input->atoms[a]].taken = true;
      self->residues[result->document->structure->residue_of[input->atoms[a]]].n_atoms++;
    }
  for (uint32_t r = 0; r < result->n_residues; r++)
    if (self->residues[r].n_atoms > 0)
      {
        self->ranking[result->n_ranked++] = r;
        result->largest = fmax (result->largest, fabs (self->residues[r].value));
      }
  g_qsort_with_data (self->ranking, (int) result->n_ranked, sizeof *self->ranking, compare_residues, self->residues);
  for (uint32_t i = 0; i < result->n_ranked; i++)
    self->residues[self->ranking[i]].rank = i + 1;
}

static Attribution *
new_attribution (SwWorker *worker, SwDocument *document, const SwAttributionParams *params)
{
  Attribution *self = g_new0 (Attribution, 1);
  SwRandom random;

  g_atomic_ref_count_init (&self->count);
  self->loaded = sw_loaded_model_ref (worker->loaded);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->rotations = g_new0 (SwQuat, params->n_rotations);
  sw_random_init (&random, params->seed);
  for (size_t i = 0; i < params->n_rotations; i++)
    self->rotations[i] = sw_quat_random (&random);
  self->result = (SwAttribution){ .document = sw_document_ref (document),
                                  .model_name = worker->loaded->name,
                                  .class_index = params->class_given ? params->class_index : 0,
                                  .engine = worker->options.engine,
                                  .n_rotations = params->n_rotations,
                                  .rotations = self->rotations,
                                  .seed = params->seed,
                                  .random_weights = worker->loaded->random,
                                  .rank_correlation = NAN };
  if (document->structure != NULL)
    {
      self->result.n_residues = document->structure->n_residues;
      self->result.n_atoms = document->structure->n_atoms;
      self->result.residues = self->residues = g_new0 (SwAttributionResidue, self->result.n_residues + 1);
      self->result.atoms = self->atoms = g_new0 (SwAttributionAtom, self->result.n_atoms + 1);
      self->result.ranking = self->ranking = g_new0 (uint32_t, self->result.n_residues + 1);
    }
  return self;
}

static void
warn (Attribution *self, const SwWorker *worker)
{
  const SwAttribution *result = &self->result;

  for (guint i = 0; i < worker->unlike->len; i++)
    g_ptr_array_add (self->warnings, g_strdup (g_ptr_array_index (worker->unlike, i)));

  if (self->loaded->random)
    g_ptr_array_add (self->warnings,
                     g_strdup (_ ("The weights are random: the explanation is of an answer that means nothing")));
  if (result->n_atoms_outside > 0)
    g_ptr_array_add (
        self->warnings,
        g_strdup_printf (ngettext ("Up to %zu atom lies outside the grid and has no part in the answer",
                                   "Up to %zu atoms lie outside the grid and have no part in the answer",
                                   result->n_atoms_outside),
                         result->n_atoms_outside));
  if (result->has_occlusion && !(result->rank_correlation >= 0.5))
    g_ptr_array_add (
        self->warnings,
        g_strdup_printf (_ ("Gradient and occlusion rank the residues differently (Spearman %.2f): "
                            "single residues do not decide here"),
                         result->rank_correlation));
  g_ptr_array_add (self->warnings, NULL);
  self->result.warnings = (const char *const *) self->warnings->pdata;
}

SwAttribution *
sw_attribution_compute (SwWorker *worker,
                        SwDocument *document,
                        const SwAttributionParams *params,
                        const SwProgress *progress,
                        GError **error)
{
  SwAttributionParams chosen = params != NULL ? *params : (SwAttributionParams){ 0 };
  const SwNetwork *network = worker->model->network;
  const double start = sw_timer_now ();
  g_autoptr (SwAttribution) result = NULL;
  Attribution *self;
  Work work = { .worker = worker, .progress = progress, .n_steps = 1 };
  bool fine;

  if (chosen.n_rotations == 0)
    chosen.n_rotations = SW_ATTRIBUTION_ROTATIONS;
  g_return_val_if_fail (chosen.n_rotations <= SW_ATTRIBUTION_ROTATIONS_MAX, NULL);
  g_return_val_if_fail (!chosen.class_given || chosen.class_index < network->n_outputs, NULL);
  self = new_attribution (worker, document, &chosen);
  result = &self->result;
  fine = prepare (&work, document, &chosen, error) && gradients (&work, self, &chosen, error);
  if (fine)
    take_values (&work, self);
  fine = fine && (!chosen.occlusion || occlude (&work, self, error));
  work_clear (&work);
  if (!fine)
    return NULL;
  if (network->n_classes == network->n_outputs)
    result->class_name = network->class_names[result->class_index];
  else
    result->class_name = self->class_number = g_strdup_printf ("%zu", result->class_index);
  warn (self, worker);
  result->seconds = sw_timer_now () - start;
  return g_steal_pointer (&result);
}

char *
sw_attribution_dup_residue_name (const SwAttribution *attribution, size_t residue)
{
  const SwStructure *structure = attribution->document->structure;
  const SwResidue *r = &structure->residues[residue];
  const char insertion[2] = { r->insertion != ' ' ? r->insertion : '\0', '\0' };

  return g_strdup_printf ("%s/%s %d%s", structure->chains[r->chain].name, r->name, (int) r->number, insertion);
}

/* ---- in a thread ---- */

typedef struct
{
  SwLoadedModel *model;
  SwJobOptions options;
  SwDocument *document;
  SwAttributionParams params;
  SwAttributionProgress progress;
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
  g_autoptr (SwWorker) worker = sw_worker_new (job->model, &job->options, &error);
  SwAttribution *result
      = worker != NULL ? sw_attribution_compute (worker, job->document, &job->params, &progress, &error) : NULL;

  if (result != NULL)
    g_task_return_pointer (task, result, (GDestroyNotify) sw_attribution_unref);
  else
    g_task_return_error (task, error);
}

void
sw_attribution_compute_async (SwLoadedModel *model,
                              const SwJobOptions *options,
                              SwDocument *document,
                              const SwAttributionParams *params,
                              GCancellable *cancellable,
                              SwAttributionProgress progress,
                              gpointer progress_data,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  job->model = sw_loaded_model_ref (model);
  job->options = options != NULL ? *options : (SwJobOptions){ 0 };
  if (!sw_model_has_engine (model, job->options.engine))
    job->options.engine = SW_ENGINE_SAMPLED;
  job->document = sw_document_ref (document);
  job->params = params != NULL ? *params : (SwAttributionParams){ 0 };
  job->progress = progress;
  job->progress_data = progress_data;
  g_task_set_source_tag (task, sw_attribution_compute_async);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  g_task_run_in_thread (task, work_in_thread);
}

SwAttribution *
sw_attribution_compute_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
