/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/matrix-view.h: a confusion matrix: rows are true classes, columns what the network said */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SW_TYPE_MATRIX_VIEW (sw_matrix_view_get_type ())
G_DECLARE_FINAL_TYPE (SwMatrixView, sw_matrix_view, SW, MATRIX_VIEW, GtkWidget)

SwMatrixView *sw_matrix_view_new (void);
/* counts: [n][n], copied; names: n of them, or NULL. n = 0: nothing to show. */
void sw_matrix_view_set (SwMatrixView *self, gsize n, const gsize *counts, char *const *names);

G_END_DECLS
