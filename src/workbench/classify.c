/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/classify.h"

#include <glib/gi18n.h>
#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "structure/format-table.h"
#include "workbench/error.h"
#include "workbench/job-private.h"
#include "workbench/model-card.h"

/* One is used by the network, one is filled, one lies between when files differ in size. */
#define N_SLOTS 3

/* ---- the files ---- */

static bool
is_input_file (const char *name, SwFormatKind kind)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  gsize n;
  const SwFormat *formats = sw_format_table (&n);

  if (g_str_has_suffix (lower, ".gz"))
    lower[strlen (lower) - 3] = '\0';
  for (gsize i = 0; i < n; i++)
    for (const char *const *suffix = formats[i].suffixes; formats[i].kind == kind && *suffix != NULL;
         suffix++)
      {
        g_autofree char *ending = g_strconcat (".", *suffix, NULL);
        if (g_str_has_suffix (lower, ending))
          return true;
      }
  return false;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Links to folders are not followed: they may lead in circles. */
static bool
add_folder (GPtrArray *files, const char *path, SwFormatKind kind, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return false;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      const char *entry = g_ptr_array_index (names, i);
      if (!g_file_test (entry, G_FILE_TEST_IS_DIR))
        {
          if (is_input_file (entry, kind))
            g_ptr_array_add (files, g_strdup (entry));
        }
      else if (!g_file_test (entry, G_FILE_TEST_IS_SYMLINK) && !add_folder (files, entry, kind, error))
        return false;
    }
  return true;
}

GPtrArray *
sw_classify_list_files (const char *const *paths, bool meshes, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);

  for (; *paths != NULL; paths++)
    if (!g_file_test (*paths, G_FILE_TEST_IS_DIR))
      g_ptr_array_add (files, g_strdup (*paths));
    else if (!add_folder (files, *paths, meshes ? SW_FORMAT_SURFACE : SW_FORMAT_STRUCTURE, error))
      return NULL;
  return g_steal_pointer (&files);
}

/* ---- reading ahead ---- */

typedef struct
{
  size_t index;
  GError *error;
  SwDocument *document;
  float *input; /* [c, z, y, x]; kept from file to file */
  size_t n_atoms, n_outside;
  GPtrArray *warnings;
} Slot;

typedef struct
{
  SwWorker *worker;
  const GPtrArray *files;
  SwDocumentOptions options;
  SwVoxelParams voxel;
  Slot slots[N_SLOTS];
  GMutex mutex;
  GCond changed;
  size_t n_filled, n_taken; /* counted from the first file; slot i % N_SLOTS */
  bool stop;
} Pipe;

static void
fill_surface (Pipe *pipe, Slot *slot)
{
  SwError plain = { 0 };
  const SwStatus status
      = sw_worker_voxelize_surface (pipe->worker, slot->document, NULL, NULL, NULL, slot->input, &plain);

  if (status != SW_OK)
    sw_workbench_set_error (&slot->error, status, &plain, slot->document->path);
}

/* On the reader's thread. Only constant parts of the worker are looked at: the network runs at the same time. */
static void
fill (Pipe *pipe, Slot *slot)
{
  const char *path = g_ptr_array_index (pipe->files, slot->index);
  const SwInputGrid *grid = &pipe->worker->grid;
  g_autoptr (SwInputAtoms) atoms = NULL;
  SwVoxelReport report = { 0 };
  SwError plain = { 0 };
  SwStatus status;

  slot->document = sw_document_load (path, &pipe->options, NULL, &slot->error);
  if (slot->document == NULL)
    return;
  if (slot->document->surface != NULL)
    {
      fill_surface (pipe, slot);
      return;
    }
  if (slot->document->structure == NULL || grid->surface_only)
    {
      g_set_error (&slot->error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID, grid->surface_only ? _ ("%s is no mesh") : _ ("%s is no structure"), path);
      return;
    }
  atoms = sw_structure_dup_input_atoms (slot->document->structure, grid->channels, SW_CENTRE_MEAN, &slot->error);
  if (atoms == NULL)
    return;
  sw_model_card_check (pipe->worker->loaded, slot->document, atoms, slot->warnings);
  status = sw_voxelize_input (grid->channels, atoms, &pipe->voxel, NULL, NULL, NULL, slot->input, &report, &plain);
  if (status != SW_OK)
    sw_workbench_set_error (&slot->error, status, &plain, path);
  slot->n_atoms = atoms->n_atoms;
  slot->n_outside = report.n_outside;
  if (report.n_outside > 0)
    g_ptr_array_add (slot->warnings,
                     g_strdup_printf (ngettext ("%zu of %zu atoms lies outside the grid and was left out",
                                                "%zu of %zu atoms lie outside the grid and were left out",
                                                report.n_outside),
                                      report.n_outside, atoms->n_atoms));
}

static gpointer
read_ahead (gpointer data)
{
  Pipe *pipe = data;

  /* The network has the processors; this is a tenth of the work. */
  omp_set_num_threads (1);
  for (size_t i = 0; i < pipe->files->len; i++)
    {
      Slot *slot = &pipe->slots[i % N_SLOTS];

      g_mutex_lock (&pipe->mutex);
      while (i >= pipe->n_taken + N_SLOTS && !pipe->stop)
        g_cond_wait (&pipe->changed, &pipe->mutex);
      const bool stop = pipe->stop;
      g_mutex_unlock (&pipe->mutex);
      if (stop)
        break;
      g_clear_error (&slot->error);
      g_clear_pointer (&slot->document, sw_document_unref);
      g_ptr_array_set_size (slot->warnings, 0);
      slot->index = i;
      fill (pipe, slot);
      g_mutex_lock (&pipe->mutex);
      pipe->n_filled = i + 1;
      g_cond_broadcast (&pipe->changed);
      g_mutex_unlock (&pipe->mutex);
    }
  return NULL;
}

static bool
pipe_init (Pipe *pipe, GError **error)
{
  const size_t edge = pipe->voxel.size;

  g_mutex_init (&pipe->mutex);
  g_cond_init (&pipe->changed);
  for (size_t i = 0; i < N_SLOTS; i++)
    {
      pipe->slots[i].warnings = g_ptr_array_new_with_free_func (g_free);
      pipe->slots[i].input = sw_alloc0 (pipe->voxel.n_channels * edge * edge * edge, sizeof (float));
      if (pipe->slots[i].input == NULL)
        {
          sw_workbench_set_error (error, SW_ERROR_MEMORY, NULL, pipe->worker->loaded->name);
          return false;
        }
    }
  return true;
}

static void
pipe_clear (Pipe *pipe)
{
  for (size_t i = 0; i < N_SLOTS; i++)
    {
      Slot *slot = &pipe->slots[i];
      g_clear_error (&slot->error);
      g_clear_pointer (&slot->document, sw_document_unref);
      g_clear_pointer (&slot->warnings, g_ptr_array_unref);
      sw_free (slot->input);
    }
  g_mutex_clear (&pipe->mutex);
  g_cond_clear (&pipe->changed);
}

/* ---- the network ---- */

/* Scores of the slot's grid. The worker runs on its own input: swapped, not copied. */
static bool
run (Pipe *pipe, Slot *slot, float *scores, SwClassified *item, const SwProgress *progress, GError **error)
{
  SwWorker *worker = pipe->worker;
  float *own;
  bool fine;

  /* Statistics where there are none, and a name for messages. */
  if (worker->document == NULL && !sw_worker_prepare (worker, slot->document, false, progress, error))
    return false;
  own = worker->input;
  worker->input = slot->input;
  fine = sw_worker_forward (worker, progress, error);
  worker->input = own;
  if (fine)
    item->top = sw_softmax (item->n_outputs, sw_runner_output (worker->runner), scores);
  return fine;
}

bool
sw_classify (SwWorker *worker,
             const GPtrArray *files,
             const SwDocumentOptions *options,
             const SwProgress *progress,
             SwClassifiedFunc callback,
             gpointer data,
             SwClassifyReport *ret_report,
             GError **error)
{
  const double start = sw_timer_now ();
  const size_t n_outputs = worker->model->network->n_outputs;
  g_autofree float *scores = g_new0 (float, n_outputs);
  SwClassifyReport report = { 0 };
  Pipe pipe = { .worker = worker, .files = files };
  GThread *thread = NULL;
  bool fine, go_on = true;

  if (options != NULL)
    pipe.options = *options;
  sw_worker_get_voxel_params (worker, &pipe.voxel);
  fine = pipe_init (&pipe, error);
  if (fine)
    thread = g_thread_new ("reader", read_ahead, &pipe);
  for (size_t i = 0; fine && go_on && i < files->len; i++)
    {
      Slot *slot = &pipe.slots[i % N_SLOTS];
      const char *path = g_ptr_array_index (files, i);
      g_autofree char *shown = g_filename_display_basename (path);
      g_autoptr (GError) failure = NULL;
      SwClassified item = { .index = i, .path = path, .n_outputs = n_outputs, .scores = scores };
      const double waiting = sw_timer_now ();

      if (!sw_progress (progress, (double) i / (double) files->len, shown))
        {
          sw_workbench_set_error (error, SW_ERROR_CANCELLED, NULL, NULL);
          fine = false;
          break;
        }
      g_mutex_lock (&pipe.mutex);
      while (pipe.n_filled <= i)
        g_cond_wait (&pipe.changed, &pipe.mutex);
      g_mutex_unlock (&pipe.mutex);
      const double running = sw_timer_now ();
      report.seconds_waiting += running - waiting;
      if (slot->error == NULL && !run (&pipe, slot, scores, &item, NULL, &failure))
        {
          /* What does not depend on the file ends it all. */
          if (g_error_matches (failure, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_MEMORY))
            {
              g_propagate_error (error, g_steal_pointer (&failure));
              fine = false;
              break;
            }
        }
      report.seconds_network += sw_timer_now () - running;
      if (slot->error != NULL || failure != NULL)
        {
          item.message = slot->error != NULL ? slot->error->message : failure->message;
          report.n_failed++;
        }
      else
        {
          item.name = slot->document->name;
          item.n_atoms = slot->n_atoms;
          item.n_atoms_outside = slot->n_outside;
          report.n_done++;
        }
      g_ptr_array_add (slot->warnings, NULL);
      item.warnings = (const char *const *) slot->warnings->pdata;
      go_on = callback (&item, data);
      g_mutex_lock (&pipe.mutex);
      pipe.n_taken = i + 1;
      g_cond_broadcast (&pipe.changed);
      g_mutex_unlock (&pipe.mutex);
    }
  if (thread != NULL)
    {
      g_mutex_lock (&pipe.mutex);
      pipe.stop = true;
      g_cond_broadcast (&pipe.changed);
      g_mutex_unlock (&pipe.mutex);
      g_thread_join (thread);
    }
  pipe_clear (&pipe);
  report.seconds = sw_timer_now () - start;
  if (ret_report != NULL)
    *ret_report = report;
  return fine;
}
