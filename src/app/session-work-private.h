/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/session-work-private.h: what the session's thread does with one request
 *
 * Requests and replies are plain values that travel between the threads; the bench keeps model, worker and first run from one
 * request to the next and belongs to the thread. No signals, no widgets.
 */
#pragma once

#include "app/session.h"
#include "base/progress.h"
#include "workbench/loaded-model.h"

typedef struct
{
  int cancelled; /* atomic */
  guint generation;
  SwCatalog *catalog; /* owned */
  SwDocument *document;
  char *network;
  char *weights;  /* "": the catalogue's */
  guint freshness; /* counts how often the file of weights was written */
  SwEngine engine;
  char *layer;
  gsize copy;
  SwQuat rotation;
  SwJobOptions options; /* but for the engine */
  gboolean with_twin;
} SwSessionRequest;

typedef struct
{
  SwSession *session; /* owned */
  SwSessionRequest *request;   /* owned */
  SwLoadedModel *model;
  SwRunResult *first;
  SwComparison *comparison;
  SwComparison *twin; /* NULL where there is no counterpart, or it cannot run */
  char *layer;
  gsize copy;
  GError *error;
} SwSessionReply;

/* Starts as {0}. */
typedef struct
{
  char *network, *weights;
  guint freshness;
  SwEngine engine;
  SwJobOptions options;
  SwLoadedModel *model;
  SwWorker *worker;
  SwDocument *document; /* of first */
  SwRunResult *first;
  SwLoadedModel *twin_model;
  SwWorker *twin_worker; /* NULL until it is asked for */
} SwSessionBench;

gboolean sw_session_same_options (const SwJobOptions *a, const SwJobOptions *b);
/* Both take NULL members; the request may be NULL. */
void sw_session_request_free (SwSessionRequest *request);
void sw_session_reply_free (SwSessionReply *reply);
/* Fills the reply: model, first run, comparison; or its error. */
void sw_session_bench_serve (SwSessionBench *bench, SwSessionReply *reply, const SwProgress *progress);
void sw_session_bench_clear (SwSessionBench *bench);
