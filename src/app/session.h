/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/session.h: what the window shows, and the one thread that computes it
 *
 * The session holds the open documents, the network, the engine, the layer, the field and the
 * rotation of the input. Whatever changes, it asks its thread for a new comparison; a request that
 * has not begun is replaced by a newer one, so that the thread always works on the newest
 * rotation. Everything here is called on the main thread.
 *
 * Signals (all without arguments, except "failed"):
 *   document-changed   another document, or none
 *   choice-changed     network, weights, engine, layer or field
 *   catalog-changed    the data folders were read again
 *   rotation-changed
 *   run-changed        a new comparison, or none any more
 *   busy-changed       the thread began, ended, or reported progress
 *   failed (message)   a sentence; the previous state stays where there is one
 */
#pragma once

#include <gtk/gtk.h>

#include "so3/rotation.h"
#include "workbench/catalog.h"
#include "workbench/comparison.h"
#include "workbench/document.h"
#include "workbench/job.h"

G_BEGIN_DECLS

#define SW_TYPE_SESSION (sw_session_get_type ())
G_DECLARE_FINAL_TYPE (SwSession, sw_session, SW, SESSION, GObject)

SwSession *sw_session_new (void);
SwCatalog *sw_session_get_catalog (SwSession *self);
/* Reads the data folders again; catalogues asked for before stay valid only for who holds a reference. */
void sw_session_reload_catalog (SwSession *self);

/* ---- documents */

/* Reads a file in a thread of its own. options NULL: defaults; strings are copied. */
void sw_session_load_async (SwSession *self,
                            const char *path,
                            const SwDocumentOptions *options,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data);
/* On success the document is the current one. A file that is open already is replaced. */
gboolean sw_session_load_finish (SwSession *self, GAsyncResult *result, GError **error);
/* Adds a document that is no file, or replaces the one of that path; it is then the current one. */
void sw_session_add_document (SwSession *self, SwDocument *document);
/* Names of the open documents, in order. */
GListModel *sw_session_get_names (SwSession *self);
guint sw_session_get_current (SwSession *self);
void sw_session_set_current (SwSession *self, guint index);
/* NULL when nothing is open. */
SwDocument *sw_session_get_document (SwSession *self);
/* The choices of the current document; valid until it is loaded again. */
const SwDocumentOptions *sw_session_get_options (SwSession *self);

/* ---- choices */

const char *sw_session_get_network (SwSession *self);
void sw_session_set_network (SwSession *self, const char *name);
/* Path of the weights; "" for those of the catalogue. */
const char *sw_session_get_weights (SwSession *self);
void sw_session_set_weights (SwSession *self, const char *path);
/* The file was written again: the present picture stays until the new one comes. */
void sw_session_refresh_weights (SwSession *self);
SwEngine sw_session_get_engine (SwSession *self);
void sw_session_set_engine (SwSession *self, SwEngine engine);
/* The engine that really runs: an ordinary network has only the sampled one. */
SwEngine sw_session_get_engine_used (SwSession *self);
/* Name of a layer, "input" for the input; "" until the first run: then the session picks one. */
const char *sw_session_get_layer (SwSession *self);
void sw_session_set_layer (SwSession *self, const char *name);
/* Index among all copies of the layer. */
gsize sw_session_get_copy (SwSession *self);
void sw_session_set_copy (SwSession *self, gsize copy);
SwQuat sw_session_get_rotation (SwSession *self);
void sw_session_set_rotation (SwSession *self, SwQuat rotation);

/* ---- the laboratory */

/* What is not as the network says; {0} is: everything is. The engine in it is not used. */
const SwJobOptions *sw_session_get_job_options (SwSession *self);
void sw_session_set_job_options (SwSession *self, const SwJobOptions *options);
/* Runs the network's counterpart (twin) at the same rotations, too. */
gboolean sw_session_get_with_twin (SwSession *self);
void sw_session_set_with_twin (SwSession *self, gboolean with_twin);
/* Of the same rotation as the comparison, of the layer that stands where the shown one does; NULL where there is none. */
const SwComparison *sw_session_get_twin_comparison (SwSession *self);

/* ---- results; NULL where there are none */

const SwLoadedModel *sw_session_get_model (SwSession *self);
/* The first run of this document by this network: fixes the order of layers and scores. */
const SwRunResult *sw_session_get_first_run (SwSession *self);
const SwComparison *sw_session_get_comparison (SwSession *self);
/* Does the comparison show the present rotation? */
gboolean sw_session_is_current (SwSession *self);
/* Comparisons that arrived in the last second of turning, per second; 0 when it rests. */
double sw_session_get_rate (SwSession *self);

/* fraction below 0: unknown; sentence NULL when there is none. Free the sentence. */
gboolean sw_session_get_busy (SwSession *self, double *ret_fraction, char **ret_sentence);
/* Microseconds since the present work began; 0 when idle. */
gint64 sw_session_get_busy_time (SwSession *self);
void sw_session_cancel (SwSession *self);
/* Cancels and waits for the thread; called when the window closes. */
void sw_session_shutdown (SwSession *self);

/* The live sentence for the picture, the screen reader and scripts. */
char *sw_session_dup_sentence (SwSession *self);

G_END_DECLS
