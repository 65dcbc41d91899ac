/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/sequence-view.h: the sequence of each chain, a cell for each residue in the colour of its own amino acid's probability
 *
 * Wraps like text. Arrow keys, Home and End move the choice, a click chooses, hovering looks. Signals: "chosen" (index of the residue
 * in the propensity, by click, key or activation), "looked-at" (the same for the pointer; G_MAXUINT when it leaves).
 */
#pragma once

#include <gtk/gtk.h>

#include "workbench/propensity.h"

G_BEGIN_DECLS

#define SW_TYPE_SEQUENCE_VIEW (sw_sequence_view_get_type ())
G_DECLARE_FINAL_TYPE (SwSequenceView, sw_sequence_view, SW, SEQUENCE_VIEW, GtkWidget)

GtkWidget *sw_sequence_view_new (void);
/* NULL: nothing. */
void sw_sequence_view_set_propensity (SwSequenceView *self, SwPropensity *propensity);
/* G_MAXUINT: none. No signal. */
void sw_sequence_view_choose (SwSequenceView *self, guint index);
/* The colour of a probability; NaN: of a residue without one. */
void sw_propensity_color (double probability, guint8 ret_rgba[4]);

G_END_DECLS
