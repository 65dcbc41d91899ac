/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/propensity-panel.h: which amino acids fit where: the sequence in colour, and the twenty for the residue under the pointer
 *
 * Computes in a thread of its own, with the network "amino-acid" whatever the picture shows. Dropped when another document is
 * shown. Signals: "changed" when there is another result or none any more; "residue-chosen" (index in the structure); "problem"
 * (sentence).
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"
#include "workbench/propensity.h"

G_BEGIN_DECLS

#define SW_TYPE_PROPENSITY_PANEL (sw_propensity_panel_get_type ())
G_DECLARE_FINAL_TYPE (SwPropensityPanel, sw_propensity_panel, SW, PROPENSITY_PANEL, AdwBin)

void sw_propensity_panel_set_session (SwPropensityPanel *self, SwSession *session);
/* Begins, unless it computes already or has its result. */
void sw_propensity_panel_start (SwPropensityPanel *self);
/* TRUE when there was something to cancel. */
gboolean sw_propensity_panel_cancel (SwPropensityPanel *self);
/* NULL when there is none. */
SwPropensity *sw_propensity_panel_get_propensity (SwPropensityPanel *self);

G_END_DECLS
