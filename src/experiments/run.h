/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/run.h: training runs as processes of their own, and the list of them
 *
 * A window trains by starting `swivel-cli train` on a folder in $XDG_DATA_HOME/swivel/runs. The process belongs to the folder,
 * not to the window: it has a session of its own and writes to files, so it goes on when the window is closed or dies, and is
 * found again by the lock of its folder. Beside what train/run-folder.h names, the folder holds
 *
 *   command.json     the arguments, for resuming
 *   progress.jsonl   what it printed (experiments/run-log.h); a resumed process appends
 *   errors.txt       what it said last on standard error
 *   kept             the person ended it early and keeps the model as it is
 *
 * A process is paused by SIGTERM: it writes its checkpoint and ends.
 */
#pragma once

#include <gio/gio.h>

#include "experiments/experiment.h"
#include "experiments/run-log.h"

G_BEGIN_DECLS

/* 0 or NULL: as the experiment's preset says. */
typedef struct
{
  const char *experiment;
  bool twin;
  const char *preset;
  const char *data;
  SwEngine engine; /* an ordinary CNN ignores it */
  unsigned epochs;
  double rate;
  size_t batch;
  uint64_t seed;
  unsigned validate_every;
  size_t n_validation;
  unsigned size;    /* edge of the grid */
  unsigned threads; /* 0: all processors */
} SwRunSettings;

typedef struct
{
  char *name, *path; /* owned */
  char *experiment, *network, *preset; /* owned, "" when unknown */
  bool conventional;
  bool running; /* a process holds the lock */
  bool kept;
  bool has_weights;
  SwRunState state;
  unsigned epoch, epochs;
  double done;     /* fraction */
  double accuracy; /* of the last validation among its last lines; NaN: unknown */
  int64_t changed; /* microseconds since 1970, of its progress */
} SwRunEntry;

void sw_run_entry_free (SwRunEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwRunEntry, sw_run_entry_free)

/* Where runs are kept; free. */
char *sw_runs_dup_folder (void);
/* Of SwRunEntry, newest first, at most so many (0: all); folders that are no runs are left out. Of the others only the times
 * are looked at. */
GPtrArray *sw_runs_list (unsigned n_max);
SwRunEntry *sw_run_entry_new (const char *path);
/* Neither running, nor finished, nor kept: can be resumed. */
bool sw_run_entry_is_unfinished (const SwRunEntry *entry);

/* Does a process train there? *ret_process: its number, may be NULL. */
bool sw_run_is_running (const char *path, int *ret_process);

/* Path of swivel-cli: $SWIVEL_CLI, beside this program, in its build tree, or in PATH; NULL when there is none. */
char *sw_run_find_program (void);
/* What the child is called with, program left out; free with g_strfreev. */
char **sw_run_arguments (const SwRunSettings *settings, const char *folder);

/* Makes a folder with that name, or with a number behind it, and starts a process there. *ret_path: the folder. */
GSubprocess *sw_run_start (const SwRunSettings *settings, const char *name, char **ret_path, GError **error);
GSubprocess *sw_run_resume (const char *path, GError **error);
/* Asks the process to write its checkpoint and end; false when none runs. */
bool sw_run_stop (const char *path);
/* Marks an interrupted run as done. */
bool sw_run_keep (const char *path, GError **error);
/* The last thing that the process said on standard error, or NULL. */
char *sw_run_dup_error (const char *path);
/* best.safetensors, else last.safetensors, else NULL; free. */
char *sw_run_dup_weights (const char *path);
/* Deletes the files of the run and its folder; refused while a process trains there. */
bool sw_run_remove (const char *path, GError **error);

G_END_DECLS
