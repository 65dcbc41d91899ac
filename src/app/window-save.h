/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/window-save.h: results as files: asks for a name, writes in a thread, says what became of it
 *
 * The program does not end before the file is there, though the window may be closed meanwhile.
 */
#pragma once

#include "app/window.h"

G_BEGIN_DECLS

/* Runs in a thread: touches nothing that a widget has. ret_second: a new string, the second file that belongs to it, where
 * there is one; else left alone. On failure names file and cause. */
typedef gboolean (*SwSaveWrite) (gconstpointer what, const char *path, char **ret_second, GError **error);

typedef struct
{
  const char *title;   /* of the dialog; translated */
  const char *heading; /* of the dialog that says why it could not be saved; translated */
  SwSaveWrite write;
  GDestroyNotify free_what; /* of what is handed over */
} SwSave;

/* Takes what. Does nothing while another file dialog is open. */
void sw_window_save (SwWindow *self, const SwSave *save, const char *name, gpointer what);
/* The same where the path is known already. */
void sw_window_save_to (SwWindow *self, const SwSave *save, const char *path, gpointer what);

G_END_DECLS
