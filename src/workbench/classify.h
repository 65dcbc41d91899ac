/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/classify.h: class scores of many files, one after the other
 *
 * One thread reads and voxelises ahead while the caller's runs the network, through a few slots: memory does not grow with
 * the number of files. Items come in the order of the files. A file that fails is an item with an error, and the rest
 * goes on.
 *
 * Weights without running statistics (random ones): they are measured on the first file that can be read.
 */
#pragma once

#include "workbench/job.h"

G_BEGIN_DECLS

typedef struct
{
  size_t index;        /* of the file, from 0 */
  const char *path;
  const char *message; /* why it failed; NULL when it did not: then what follows counts */
  const char *name;    /* entry id or file name */
  size_t n_outputs;
  const float *scores; /* [n_outputs], after the softmax */
  size_t top;          /* index of the largest */
  size_t n_atoms, n_atoms_outside;
  const char *const *warnings; /* NULL terminated; empty for nothing unusual */
} SwClassified;

/* Lent for the time of the call; returns false to stop. Called on the thread that called sw_classify. */
typedef bool (*SwClassifiedFunc) (const SwClassified *item, gpointer data);

typedef struct
{
  size_t n_done, n_failed;
  double seconds;         /* in all */
  double seconds_network; /* in the forward pass */
  double seconds_waiting; /* for files to be read and voxelised */
} SwClassifyReport;

/* The files that paths stand for: folders are searched through for files whose suffix is that of a structure (or, for networks that take
 * them, of a mesh), in the order of their names; other paths are taken as they are. Free with g_ptr_array_unref; of char *. NULL with error set
 * when a folder cannot be read. */
GPtrArray *sw_classify_list_files (const char *const *paths, bool meshes, GError **error);

/* options NULL: defaults. False with error set when nothing more can be done (memory, cancelled, stopped by callback is
 * no error). */
bool sw_classify (SwWorker *worker,
                  const GPtrArray *files,
                  const SwDocumentOptions *options,
                  const SwProgress *progress,
                  SwClassifiedFunc callback,
                  gpointer data,
                  SwClassifyReport *ret_report,
                  GError **error);

G_END_DECLS
