/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/explain-panel.h: why does it say so? Residues ranked by what they say for a class
 *
 * Computes in a thread of its own, beside the session's. The explanation is dropped when document, network or
 * engine change. Signals: "changed" when there is another explanation or none any more; "residue-chosen" (index in the
 * structure); "problem" (sentence).
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "workbench/attribution-export.h"

G_BEGIN_DECLS

#define SW_TYPE_EXPLAIN_PANEL (sw_explain_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwExplainPanel, sw_explain_panel, SW, EXPLAIN_PANEL, AdwBin)

void sw_explain_panel_set_session (SwExplainPanel *self, SwSession *session);
/* Begins, unless it computes already or there is nothing to explain. */
void sw_explain_panel_start (SwExplainPanel *self);
/* TRUE when there was something to cancel. */
gboolean sw_explain_panel_cancel (SwExplainPanel *self);
/* NULL when there is none. */
SwAttribution *sw_explain_panel_get_attribution (SwExplainPanel *self);
/* By suffix, as sw_attribution_write, in the colours of the picture; in any thread. */
gboolean sw_explain_write (const SwAttribution *attribution, const char *path, char **ret_second, GError **error);
/* The colour of a value in the range of the explanation. */
void sw_explain_color (const SwAttribution *attribution, double value, guint8 ret_rgba[4]);

G_END_DECLS
