/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/session-work-private.h"

#include "workbench/sweep.h"

/* One field is compared at so many points while the picture is live (comparison.h). */
#define N_POINTS 500

void
sw_session_request_free (SwSessionRequest *request)
{
  if (request == NULL)
    return;
  sw_document_unref (request->document);
  sw_catalog_unref (request->catalog);
  g_free (request->network);
  g_free (request->weights);
  g_free (request->layer);
  g_free (request);
}

void
sw_session_reply_free (SwSessionReply *reply)
{
  g_clear_pointer (&reply->request, sw_session_request_free);
  g_clear_pointer (&reply->model, sw_loaded_model_unref);
  g_clear_pointer (&reply->first, sw_run_result_unref);
  g_clear_pointer (&reply->comparison, sw_comparison_unref);
  g_clear_pointer (&reply->twin, sw_comparison_unref);
  g_clear_error (&reply->error);
  g_free (reply->layer);
  g_object_unref (reply->session);
  g_free (reply);
}

/* What a person most likely wants to see first: the last nonlinearity on the finest grid with arrows
 * among its fields, and of those the first arrow. */
static int
pick_layer (const SwNetwork *network, gsize *ret_copy)
{
  int best = -1;
  double best_score = 0.0;

  *ret_copy = 0;
  for (gsize i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      unsigned l = 0;
      gsize channel = 0, arrow = 0;
      gboolean arrows = FALSE;

      if (layer->kind != SW_LAYER_GATE && layer->kind != SW_LAYER_NORM_ACT
          && layer->kind != SW_LAYER_SCALAR_ACT)
        continue;
      for (gsize copy = 0; !arrows && sw_field_copy_locate (&layer->out, copy, &l, &channel);
           copy++)
        if (l == 1)
          {
            arrows = TRUE;
            arrow = copy;
          }
      const double score
          = (arrows ? 1000.0 : 1.0) / (double) MAX (layer->stride_out, 1) + 1e-3 * (double) i;
      if (score <= best_score)
        continue;
      best_score = score;
      best = (int) i;
      *ret_copy = arrows ? arrow : 0;
    }
  return best;
}

void
sw_session_bench_clear (SwSessionBench *bench)
{
  g_clear_pointer (&bench->network, g_free);
  g_clear_pointer (&bench->weights, g_free);
  g_clear_pointer (&bench->first, sw_run_result_unref);
  g_clear_pointer (&bench->document, sw_document_unref);
  g_clear_pointer (&bench->twin_worker, sw_worker_free);
  g_clear_pointer (&bench->twin_model, sw_loaded_model_unref);
  g_clear_pointer (&bench->worker, sw_worker_free);
  g_clear_pointer (&bench->model, sw_loaded_model_unref);
}

/* The engine is compared apart: what was asked for need not be what runs. */
gboolean
sw_session_same_options (const SwJobOptions *a, const SwJobOptions *b)
{
  return a->size == b->size && a->voxel_angstrom == b->voxel_angstrom && a->sigma_voxels == b->sigma_voxels
         && a->w_max == b->w_max && a->override_channels == b->override_channels
         && (!a->override_channels || a->channels == b->channels) && a->plain_stride == b->plain_stride
         && a->basis == b->basis;
}

static gboolean
bench_prepare (SwSessionBench *bench, SwSessionRequest *request, GError **error)
{
  if (g_strcmp0 (bench->network, request->network) != 0 || bench->engine != request->engine
      || g_strcmp0 (bench->weights, request->weights) != 0
      || bench->freshness != request->freshness || bench->worker == NULL
      || !sw_session_same_options (&bench->options, &request->options))
    {
      sw_session_bench_clear (bench);
      const SwModelRequest wanted
          = { .network = request->network,
              .weights = request->weights[0] != '\0' ? request->weights : NULL };
      bench->model = sw_loaded_model_new (request->catalog, &wanted, error);
      if (bench->model == NULL)
        return FALSE;
      SwJobOptions options = request->options;
      options.engine = request->engine;
      if (!sw_model_has_engine (bench->model, request->engine))
        options.engine = SW_ENGINE_SAMPLED;
      bench->worker = sw_worker_new (bench->model, &options, error);
      if (bench->worker == NULL)
        return FALSE;
      bench->network = g_strdup (request->network);
      bench->weights = g_strdup (request->weights);
      bench->freshness = request->freshness;
      bench->engine = request->engine;
      bench->options = request->options;
    }
  return TRUE;
}

/* The last layer of the same stage that has a field; else none. */
static int
counterpart (const SwNetwork *network, const SwNetwork *twin, int layer)
{
  int found = -2;

  if (layer < 0)
    return -1;
  for (gsize i = 0; i < twin->n_layers; i++)
    if (g_str_equal (twin->layers[i].stage, network->layers[layer].stage) && twin->layers[i].kind != SW_LAYER_DROPOUT)
      found = (int) i;
  return found;
}

/* The counterpart is company: where it cannot come, the rest is shown without it. */
static SwComparison *
compare_twin (SwSessionBench *bench, SwSessionRequest *request, int layer, gsize copy, const SwProgress *progress)
{
  if (bench->twin_worker == NULL)
    {
      g_auto (SwSweepCases) cases = { 0 };
      if (!sw_sweep_cases_fill (&cases, request->catalog, bench->model, &request->options, SW_SWEEP_TWIN, NULL))
        return NULL;
      bench->twin_worker = sw_worker_new (cases.cases[0].model, &cases.cases[0].options, NULL);
      if (bench->twin_worker == NULL)
        return NULL;
      bench->twin_model = sw_loaded_model_ref (cases.cases[0].model);
    }
  const SwNetwork *twin = bench->twin_model->network;
  const int own = counterpart (bench->model->network, twin, layer);
  if (own < -1)
    return NULL;
  const SwFieldType *fields = own < 0 ? &twin->input : &twin->layers[own].out;
  return sw_worker_compare (bench->twin_worker, request->document, request->rotation, own,
                            MIN (copy, sw_field_type_copies (fields) - 1), N_POINTS, progress, NULL);
}

void
sw_session_bench_serve (SwSessionBench *bench, SwSessionReply *reply, const SwProgress *progress)
{
  SwSessionRequest *request = reply->request;

  if (!bench_prepare (bench, request, &reply->error))
    {
      sw_session_bench_clear (bench);
      return;
    }
  const SwNetwork *network = bench->model->network;
  gsize copy = request->copy;
  int layer = -1;
  if (!g_str_equal (request->layer, "input"))
    {
      layer = request->layer[0] != '\0' ? sw_network_find (network, request->layer) : -1;
      if (layer < 0)
        layer = pick_layer (network, &copy);
    }
  const SwFieldType *fields = layer < 0 ? &network->input : &network->layers[layer].out;
  if (copy >= sw_field_type_copies (fields))
    copy = 0;
  reply->model = sw_loaded_model_ref (bench->model);
  reply->layer = g_strdup (layer < 0 ? "input" : network->layers[layer].name);
  reply->copy = copy;
  reply->comparison = sw_worker_compare (bench->worker, request->document, request->rotation, layer,
                                         copy, N_POINTS, progress, &reply->error);
  if (reply->comparison == NULL)
    return;
  if (request->with_twin)
    reply->twin = compare_twin (bench, request, layer, copy, progress);
  if (bench->document != request->document)
    {
      g_clear_pointer (&bench->first, sw_run_result_unref);
      g_clear_pointer (&bench->document, sw_document_unref);
      bench->first = sw_run_result_ref (reply->comparison->at_rotation);
      bench->document = sw_document_ref (request->document);
    }
  reply->first = sw_run_result_ref (bench->first);
}
