/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/session-private.h: the session's members
 *
 *   session.c           documents, the thread, results, the common choices
 *   session-laboratory.c  what the laboratory changes: the network's own choices, and its counterpart
 */
#pragma once

#include "app/session-work-private.h"

G_BEGIN_DECLS

struct _SwSession
{
  GObject parent_instance;

  SwCatalog *catalog;
  GPtrArray *entries; /* of Entry */
  GtkStringList *names;
  guint current;

  char *network;
  char *network_before; /* before a mesh brought its own; or NULL */
  char *weights;
  guint freshness;
  SwEngine engine;
  char *layer;
  gsize copy;
  SwQuat rotation;
  SwJobOptions job_options; /* the laboratory's switches; its engine is not used */
  gboolean with_twin;

  SwLoadedModel *model;
  SwRunResult *first;
  SwComparison *comparison;
  SwComparison *twin_comparison; /* of the same rotation as comparison, or NULL */
  gint64 arrival; /* of the last comparison while turning; 0: none */
  double rate;
  double interval; /* mean seconds between comparisons while turning; 0: at rest */

  guint generation; /* changes with document, network and engine: older replies are void */
  gint64 busy_since;
  guint poll_id;

  GThread *thread;
  GMutex mutex; /* guards what follows */
  GCond cond;
  SwSessionRequest *pending; /* owned */
  SwSessionRequest *running; /* lent by the thread */
  gboolean quit;
  double fraction;
  char *sentence;
};

/* After a choice that makes every result so far worthless. */
void sw_session_run_anew (SwSession *self);
/* Asks the thread for the present choices; drop_running: what it is at is worthless. */
void sw_session_request_run (SwSession *self, gboolean drop_running);

G_END_DECLS
