/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/weak.h: a window for the end of a task that does not keep it
 *
 * A window that outlived its parent in a task would look for it when it goes (GTK 4.8).
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* User data of the task; taken back once, by sw_weak_take. */
gpointer sw_weak_new (gpointer object);
/* A reference, or NULL when the object is gone; frees weak. */
gpointer sw_weak_take (gpointer weak);

G_END_DECLS
