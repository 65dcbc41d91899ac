/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/training-link.h: what the pages for training mean for the rest of the window
 *
 * New weights come into the model list; the picture shows the network of a run, and follows it as it learns while it is in
 * sight; a run that goes on, or that was cut off, is told of when the window opens. Adds the action "train-run" (path).
 */
#pragma once

#include "app/window.h"

G_BEGIN_DECLS

/* Once the window's pages have their session; lives as long as the window. */
void sw_training_link_new (SwWindow *window, AdwToastOverlay *toasts);

G_END_DECLS
