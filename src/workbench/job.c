/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/job.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "workbench/error.h"
#include "workbench/job-private.h"

/* Index 0 of the arrays is the input, i + 1 layer i. */
typedef struct
{
  SwRunResult result; /* first: callers hold a pointer to it */
  gatomicrefcount count;
  SwLoadedModel *loaded; /* owner of the strings */
  SwRunLayer *layers;
  float *logits, *scores;
  float **fields;
  float **gates;
  GPtrArray *warnings;
} Result;

SwRunResult *
sw_run_result_ref (SwRunResult *result)
{
  g_atomic_ref_count_inc (&((Result *) result)->count);
  return result;
}

void
sw_run_result_unref (SwRunResult *result)
{
  Result *self = (Result *) result;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  for (size_t i = 0; i <= self->result.n_layers; i++)
    {
      sw_free (self->fields[i]);
      sw_free (self->gates[i]);
    }
  g_free (self->fields);
  g_free (self->gates);
  g_free (self->layers);
  g_free (self->logits);
  g_free (self->scores);
  g_clear_pointer (&self->warnings, g_ptr_array_unref);
  sw_loaded_model_unref (self->loaded);
  g_free (self);
}

static Result *
new_result (SwWorker *worker, SwQuat rotation)
{
  const SwNetwork *network = worker->model->network;
  Result *self = g_new0 (Result, 1);

  g_atomic_ref_count_init (&self->count);
  self->loaded = sw_loaded_model_ref (worker->loaded);
  self->layers = g_new0 (SwRunLayer, network->n_layers);
  self->fields = g_new0 (float *, network->n_layers + 1);
  self->gates = g_new0 (float *, network->n_layers + 1);
  self->logits = g_new0 (float, network->n_outputs);
  self->scores = g_new0 (float, network->n_outputs);
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->result = (SwRunResult){ .model_name = worker->loaded->name,
                                .engine = worker->options.engine,
                                .rotation = rotation,
                                .n_layers = network->n_layers,
                                .layers = self->layers,
                                .n_outputs = network->n_outputs,
                                .logits = self->logits,
                                .scores = self->scores,
                                .n_atoms = worker->n_atoms,
                                .n_atoms_outside = worker->n_outside,
                                .seconds_voxelize = worker->seconds_voxelize,
                                .seconds_forward = worker->seconds_forward,
                                .memory_runner = worker->memory_runner,
                                .memory_peak = sw_memory_peak () };
  if (network->n_classes == network->n_outputs)
    self->result.class_names = (const char *const *) self->loaded->network->class_names;
  sw_worker_describe (worker, -1, &self->result.input);
  for (size_t i = 0; i < network->n_layers; i++)
    sw_worker_describe (worker, (int) i, &self->layers[i]);
  return self;
}

size_t
sw_softmax (size_t n, const float *outputs, float *ret_scores)
{
  double sum = 0.0;
  size_t top = 0;

  for (size_t i = 1; i < n; i++)
    if (outputs[i] > outputs[top])
      top = i;
  for (size_t i = 0; i < n; i++)
    sum += exp ((double) (outputs[i] - outputs[top]));
  for (size_t i = 0; i < n; i++)
    ret_scores[i] = (float) (exp ((double) (outputs[i] - outputs[top])) / sum);
  return top;
}

static void
take_scores (Result *self, const real *output)
{
  memcpy (self->logits, output, self->result.n_outputs * sizeof (float));
  self->result.top = sw_softmax (self->result.n_outputs, output, self->scores);
}

static bool
keep_field (Result *self, const SwWorker *worker, int layer, GError **error)
{
  const SwRunLayer *info = sw_run_result_get_layer (&self->result, layer);
  const size_t count = sw_run_layer_n_values (info);
  SwError plain = { 0 };
  SwStatus status;

  if (count > sw_memory_available () / sizeof (float)
      || (self->fields[layer + 1] = sw_alloc (count, sizeof (float))) == NULL)
    {
      sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, info->name);
      return false;
    }
  if (!sw_worker_read_field (worker, layer, self->fields[layer + 1], error))
    return false;
  if (info->n_gates == 0)
    return true;
  self->gates[layer + 1]
      = sw_alloc (info->n_gates * info->size * info->size * info->size, sizeof (float));
  status = self->gates[layer + 1] != NULL
               ? sw_runner_gates (worker->runner, (size_t) layer, self->gates[layer + 1], &plain)
               : SW_ERROR_MEMORY;
  if (status == SW_OK)
    return true;
  sw_workbench_set_error (error, status, &plain, info->name);
  return false;
}

static void
warn (Result *self, const SwWorker *worker)
{
  const double edge = (double) worker->grid.size * worker->grid.spacing;

  if (worker->n_outside > 0)
    g_ptr_array_add (
        self->warnings,
        g_strdup_printf (
            ngettext ("%zu of %zu atoms lies outside the grid of %.4g Å and was left out; "
                      "a grid of %u voxels would hold all",
                      "%zu of %zu atoms lie outside the grid of %.4g Å and were left out; "
                      "a grid of %u voxels would hold all",
                      worker->n_outside),
            worker->n_outside, worker->n_atoms, edge,
            (unsigned) (2.0 * ceil (worker->atoms->radius / worker->grid.spacing) + 8.0)));
  for (guint i = 0; i < worker->unlike->len; i++)
    g_ptr_array_add (self->warnings, g_strdup (g_ptr_array_index (worker->unlike, i)));
  if (worker->volume != NULL && self->result.rotation.w < 1.0 - 1e-12)
    g_ptr_array_add (
        self->warnings,
        g_strdup (_ ("A volume can only be turned by interpolating between its voxels: "
                     "part of any error comes from there")));
  if (self->loaded->random)
    g_ptr_array_add (self->warnings,
                     g_strdup_printf (_ ("The weights are random (seed %" PRIu64
                                         "): scores mean nothing, equivariance does"),
                                      (uint64_t) self->loaded->seed));
  g_ptr_array_add (self->warnings, NULL);
  self->result.warnings = (const char *const *) self->warnings->pdata;
}

SwRunResult *
sw_worker_run (SwWorker *worker,
               SwDocument *document,
               SwQuat rotation,
               int keep,
               const SwProgress *progress,
               GError **error)
{
  const SwNetwork *network = worker->model->network;
  const bool keep_fields = keep >= 0 || keep == SW_KEEP_ALL;
  g_autoptr (SwRunResult) result = NULL;
  Result *self;

  g_return_val_if_fail (keep >= SW_KEEP_ALL && keep < (int) network->n_layers, NULL);
  if (!sw_worker_prepare (worker, document, keep_fields, progress, error)
      || !sw_worker_voxelize (worker, rotation, progress, error)
      || !sw_worker_forward (worker, progress, error))
    return NULL;
  self = new_result (worker, rotation);
  result = &self->result;
  take_scores (self, sw_runner_output (worker->runner));
  if (keep != SW_KEEP_NONE && !keep_field (self, worker, -1, error))
    return NULL;
  if (keep >= 0 && !self->layers[keep].has_field)
    {
      g_set_error (
          error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID,
          _ ("Layer “%s” has no field of its own: it is merged into the convolution that follows."),
          self->layers[keep].name);
      return NULL;
    }
  for (int i = 0; keep_fields && i < (int) network->n_layers; i++)
    if ((keep == SW_KEEP_ALL || keep == i) && self->layers[i].has_field
        && !keep_field (self, worker, i, error))
      return NULL;
  warn (self, worker);
  self->result.memory_peak = sw_memory_peak ();
  return g_steal_pointer (&result);
}

const SwRunLayer *
sw_run_result_get_layer (const SwRunResult *result, int layer)
{
  g_return_val_if_fail (layer >= -1 && layer < (int) result->n_layers, NULL);
  return layer < 0 ? &result->input : &result->layers[layer];
}

int
sw_run_result_find (const SwRunResult *result, const char *name)
{
  int found = -2;

  if (g_str_equal (name, "input"))
    return -1;
  for (size_t i = 0; i < result->n_layers; i++)
    if (g_str_equal (result->layers[i].name, name))
      return (int) i;
  for (size_t i = 0; i < result->n_layers; i++)
    if (g_str_equal (result->layers[i].stage, name)
        && !g_str_equal (result->layers[i].kind, "dropout"))
      found = (int) i;
  return found;
}

const float *
sw_run_result_get_field (const SwRunResult *result, int layer)
{
  g_return_val_if_fail (layer >= -1 && layer < (int) result->n_layers, NULL);
  return ((const Result *) result)->fields[layer + 1];
}

const float *
sw_run_result_get_gates (const SwRunResult *result, int layer)
{
  g_return_val_if_fail (layer >= -1 && layer < (int) result->n_layers, NULL);
  return ((const Result *) result)->gates[layer + 1];
}

int
sw_worker_find_layer (const SwWorker *worker, const char *name)
{
  return g_str_equal (name, "input") ? -1
         : sw_network_find (worker->model->network, name) >= 0
             ? sw_network_find (worker->model->network, name)
             : -2;
}

char *
sw_worker_dup_layer_names (const SwWorker *worker)
{
  GString *names = g_string_new ("input");

  for (size_t i = 0; i < worker->model->network->n_layers; i++)
    g_string_append_printf (names, ", %s", worker->model->network->layers[i].name);
  return g_string_free (names, FALSE);
}

static bool
has_order (const SwFieldType *type, unsigned l)
{
  for (size_t i = 0; i < type->n_parts; i++)
    if (type->parts[i].l == l && type->parts[i].copies > 0)
      return true;
  return false;
}

int
sw_worker_default_layer (const SwWorker *worker)
{
  const SwNetwork *network = worker->model->network;

  for (size_t i = 0; i < network->n_layers; i++)
    if (network->layers[i].kind == SW_LAYER_GATE && has_order (&network->layers[i].out, 1))
      return (int) i;
  for (size_t i = 0; i < network->n_layers; i++)
    if (network->layers[i].kind == SW_LAYER_SCALAR_ACT || network->layers[i].kind == SW_LAYER_CONV
        || network->layers[i].kind == SW_LAYER_DENSE_CONV)
      return (int) i;
  return 0;
}

size_t
sw_worker_default_copy (const SwWorker *worker, int layer)
{
  const SwFieldType *type
      = layer < 0 ? &worker->model->network->input : &worker->model->network->layers[layer].out;
  size_t copy = 0;

  for (size_t i = 0; i < type->n_parts; i++)
    {
      if (type->parts[i].l == 1)
        return copy;
      copy += type->parts[i].copies;
    }
  return 0;
}

void
sw_worker_get_input_centre (const SwWorker *worker, double ret[3])
{
  for (int i = 0; i < 3; i++)
    ret[i] = worker->atoms != NULL ? worker->atoms->centre[i] : 0.0;
}

SwRunResult *
sw_run_result_new_density (const SwRunLayer *input,
                           float *field,
                           SwQuat rotation,
                           size_t n_atoms,
                           size_t n_outside,
                           double seconds,
                           const char *warning)
{
  Result *self = g_new0 (Result, 1);

  g_atomic_ref_count_init (&self->count);
  self->fields = g_new0 (float *, 1);
  self->gates = g_new0 (float *, 1);
  self->fields[0] = field;
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  if (warning != NULL)
    g_ptr_array_add (self->warnings, g_strdup (warning));
  g_ptr_array_add (self->warnings, NULL);
  self->result = (SwRunResult){ .model_name = "",
                                .rotation = rotation,
                                .input = *input,
                                .n_atoms = n_atoms,
                                .n_atoms_outside = n_outside,
                                .seconds_voxelize = seconds,
                                .memory_peak = sw_memory_peak (),
                                .warnings = (const char *const *) self->warnings->pdata };
  return &self->result;
}
