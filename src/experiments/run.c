/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "experiments/training.h"

/* The end of progress.jsonl that tells the state of a run. */
#define TAIL_BYTES 65536
/* Behind the window that watches it. */
#define NICENESS 5

static void
set_problem (GError **error, const char *path, const char *text)
{
  g_set_error (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, "%s: %s", path, text);
}

char *
sw_runs_dup_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "swivel", "runs", NULL);
}

/* ---- the list */

void
sw_run_entry_free (SwRunEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry->experiment);
  g_free (entry->network);
  g_free (entry->preset);
  g_free (entry);
}

bool
sw_run_is_running (const char *path, int *ret_process)
{
  g_autofree char *file = g_build_filename (path, "lock", NULL);
  char text[32] = "";
  bool running = false;
  const int lock = open (file, O_RDONLY | O_CLOEXEC);

  if (lock < 0)
    return false;
  if (flock (lock, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    {
      const ssize_t n = pread (lock, text, sizeof text - 1, 0);
      text[n > 0 ? n : 0] = '\0';
      if (ret_process != NULL)
        *ret_process = (int) strtol (text, NULL, 10);
      running = true;
    }
  close (lock);
  return running;
}

static void
read_tail (SwRunEntry *entry)
{
  g_autofree char *path = g_build_filename (entry->path, SW_RUN_PROGRESS_FILE, NULL);
  g_autoptr (SwRunLog) log = sw_run_log_new (NULL);
  g_autofree char *buffer = g_malloc (TAIL_BYTES);
  GStatBuf info;
  const int file = open (path, O_RDONLY | O_CLOEXEC);

  if (file < 0)
    return;
  if (g_stat (path, &info) == 0)
    {
      entry->changed = (int64_t) info.st_mtime * G_USEC_PER_SEC;
      const ssize_t n = pread (file, buffer, TAIL_BYTES, info.st_size > TAIL_BYTES ? info.st_size - TAIL_BYTES : 0);
      if (n > 0)
        sw_run_log_feed (log, buffer, (size_t) n);
      const SwRunPoint *point = sw_run_log_last_validation (log);
      entry->state = log->state;
      entry->epoch = log->epoch;
      if (log->epochs > 0)
        entry->epochs = log->epochs;
      entry->done = log->done;
      if (point != NULL)
        entry->accuracy = point->validation_accuracy;
    }
  close (file);
}

static char *
dup_text (json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));
  return g_strdup (text != NULL ? text : "");
}

SwRunEntry *
sw_run_entry_new (const char *path)
{
  g_autofree char *config_path = g_build_filename (path, "config.json", NULL);
  g_autofree char *command_path = g_build_filename (path, "command.json", NULL);
  g_autofree char *kept = g_build_filename (path, "kept", NULL);
  g_autofree char *weights = sw_run_dup_weights (path);
  json_t *config = json_load_file (config_path, 0, NULL);
  SwRunEntry *entry = NULL;

  if (config != NULL || g_file_test (command_path, G_FILE_TEST_EXISTS))
    {
      entry = g_new0 (SwRunEntry, 1);
      entry->name = g_path_get_basename (path);
      entry->path = g_strdup (path);
      entry->experiment = dup_text (config, "experiment");
      entry->network = dup_text (config, "network");
      entry->preset = dup_text (config, "preset");
      entry->epochs = (unsigned) json_integer_value (json_object_get (config, "epochs"));
      entry->accuracy = NAN;
      entry->kept = g_file_test (kept, G_FILE_TEST_EXISTS);
      entry->has_weights = weights != NULL;
      const SwExperiment *experiment = sw_experiment_find (entry->experiment);
      entry->conventional = experiment != NULL && g_strcmp0 (entry->network, experiment->twin) == 0;
      read_tail (entry);
      entry->running = sw_run_is_running (path, NULL);
    }
  json_decref (config);
  return entry;
}

bool
sw_run_entry_is_unfinished (const SwRunEntry *entry)
{
  return !entry->running && !entry->kept && entry->state != SW_RUN_FINISHED;
}

typedef struct
{
  char *path;
  int64_t changed;
} Folder;

static void
folder_clear (gpointer data)
{
  g_free (((Folder *) data)->path);
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  const Folder *x = a, *y = b;
  if (x->changed != y->changed)
    return x->changed > y->changed ? -1 : 1;
  return strcmp (y->path, x->path);
}

GPtrArray *
sw_runs_list (unsigned n_max)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sw_run_entry_free);
  g_autoptr (GArray) folders = g_array_new (FALSE, FALSE, sizeof (Folder));
  g_autofree char *runs = sw_runs_dup_folder ();
  g_autoptr (GDir) dir = g_dir_open (runs, 0, NULL);
  const char *name;

  g_array_set_clear_func (folders, folder_clear);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (runs, name, NULL);
      g_autofree char *progress = g_build_filename (path, SW_RUN_PROGRESS_FILE, NULL);
      GStatBuf info;
      if (name[0] == '.' || (g_stat (progress, &info) != 0 && (g_stat (path, &info) != 0 || !S_ISDIR (info.st_mode))))
        continue;
      const Folder folder = { .path = g_steal_pointer (&path), .changed = info.st_mtime };
      g_array_append_val (folders, folder);
    }
  g_array_sort (folders, newest_first);
  for (guint i = 0; i < folders->len && (n_max == 0 || list->len < n_max); i++)
    {
      SwRunEntry *entry = sw_run_entry_new (g_array_index (folders, Folder, i).path);
      if (entry != NULL)
        g_ptr_array_add (list, entry);
    }
  return list;
}

/* ---- the process */

char *
sw_run_find_program (void)
{
  const char *chosen = g_getenv ("SWIVEL_CLI");
  g_autofree char *folder = g_file_read_link ("/proc/self/exe", NULL);

  if (chosen != NULL && chosen[0] != '\0')
    return g_strdup (chosen);
  for (unsigned level = 0; folder != NULL && level < 5; level++)
    {
      char *parent = g_path_get_dirname (folder);
      g_autofree char *beside = g_build_filename (parent, "swivel-cli", NULL);
      g_autofree char *marker = g_build_filename (parent, "build.ninja", NULL);
      g_autofree char *built = g_build_filename (parent, "src", "cli", "swivel-cli", NULL);

      g_free (folder);
      folder = parent;
      if (level == 0 && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&beside);
      if (g_file_test (marker, G_FILE_TEST_IS_REGULAR) && g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&built);
    }
  return g_find_program_in_path ("swivel-cli");
}

static void
add (GPtrArray *words, const char *option, char *value)
{
  g_ptr_array_add (words, g_strdup (option));
  g_ptr_array_add (words, value);
}

char **
sw_run_arguments (const SwRunSettings *settings, const char *folder)
{
  GPtrArray *words = g_ptr_array_new ();
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ptr_array_add (words, g_strdup ("train"));
  g_ptr_array_add (words, g_strdup (settings->experiment));
  g_ptr_array_add (words, g_strdup ("--json"));
  add (words, "--run", g_strdup (folder));
  if (settings->twin)
    g_ptr_array_add (words, g_strdup ("--twin"));
  else
    add (words, "--engine", g_strdup (sw_engine_name (settings->engine)));
  if (settings->preset != NULL)
    add (words, "--preset", g_strdup (settings->preset));
  if (settings->data != NULL)
    add (words, "--data", g_strdup (settings->data));
  if (settings->epochs > 0)
    add (words, "--epochs", g_strdup_printf ("%u", settings->epochs));
  if (settings->rate > 0)
    add (words, "--rate", g_strdup (g_ascii_dtostr (number, sizeof number, settings->rate)));
  if (settings->batch > 0)
    add (words, "--batch", g_strdup_printf ("%zu", settings->batch));
  if (settings->validate_every > 0)
    add (words, "--validate-every", g_strdup_printf ("%u", settings->validate_every));
  if (settings->n_validation > 0)
    add (words, "--validation", g_strdup_printf ("%zu", settings->n_validation));
  if (settings->size > 0)
    add (words, "--size", g_strdup_printf ("%u", settings->size));
  add (words, "--seed", g_strdup_printf ("%" G_GUINT64_FORMAT, settings->seed));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

/* In the child, between fork and exec. */
static void
leave_window (gpointer data)
{
  (void) data;
  (void) setsid ();
  errno = 0;
  (void) !nice (NICENESS);
}

static GSubprocess *
spawn (const char *path, char *const *arguments, unsigned threads, bool resume, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autofree char *program = sw_run_find_program ();
  g_autofree char *progress = g_build_filename (path, SW_RUN_PROGRESS_FILE, NULL);
  g_autofree char *errors = g_build_filename (path, "errors.txt", NULL);
  g_autofree char *kept = g_build_filename (path, "kept", NULL);
  g_autofree char *n_threads = g_strdup_printf ("%u", threads);

  if (program == NULL)
    {
      set_problem (error, "swivel-cli", _ ("the program that trains was not found; install it, or put it into PATH"));
      return NULL;
    }
  const int out = open (progress, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const int err = open (errors, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (out < 0 || err < 0)
    {
      set_problem (error, path, g_strerror (errno));
      if (out >= 0)
        close (out);
      if (err >= 0)
        close (err);
      return NULL;
    }
  g_subprocess_launcher_take_stdout_fd (launcher, out);
  g_subprocess_launcher_take_stderr_fd (launcher, err);
  g_subprocess_launcher_set_child_setup (launcher, leave_window, NULL, NULL);
  if (threads > 0)
    g_subprocess_launcher_setenv (launcher, "OMP_NUM_THREADS", n_threads, TRUE);
  /* Threads that spin while they wait would take the processors from the window. */
  g_subprocess_launcher_setenv (launcher, "OMP_WAIT_POLICY", "passive", TRUE);
  g_ptr_array_add (words, program);
  for (char *const *word = arguments; *word != NULL; word++)
    g_ptr_array_add (words, *word);
  if (resume)
    g_ptr_array_add (words, (gpointer) "--resume");
  g_ptr_array_add (words, NULL);
  (void) g_unlink (kept);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) words->pdata, error);
}

static bool
write_command (const char *path, char *const *arguments, unsigned threads, GError **error)
{
  g_autofree char *file = g_build_filename (path, "command.json", NULL);
  json_t *words = json_array ();
  SwError plain = { 0 };

  for (char *const *word = arguments; *word != NULL; word++)
    json_array_append_new (words, json_string (*word));
  json_t *command = json_pack ("{s:o, s:i}", "arguments", words, "threads", (int) threads);
  char *text = command != NULL ? json_dumps (command, JSON_INDENT (1)) : NULL;
  const bool written = text != NULL && sw_file_write (file, text, strlen (text), &plain) == SW_OK;
  if (!written)
    set_problem (error, file, plain.text[0] != '\0' ? plain.text : _ ("the arguments cannot be written as JSON"));
  free (text);
  json_decref (command);
  return written;
}

/* Names that are folders of their own and harmless in a shell. */
static char *
tidy_name (const char *name)
{
  g_autofree char *tidy = g_utf8_make_valid (name != NULL ? name : "", -1);
  g_strstrip (tidy);
  for (char *p = tidy; *p != '\0'; p++)
    if (*p == '/' || *p == '\\' || g_ascii_iscntrl (*p) || (*p == '.' && p == tidy))
      *p = '-';
  return tidy[0] != '\0' ? g_steal_pointer (&tidy) : g_strdup ("run");
}

static char *
make_folder (const char *name, GError **error)
{
  g_autofree char *runs = sw_runs_dup_folder ();
  g_autofree char *tidy = tidy_name (name);

  if (g_mkdir_with_parents (runs, 0777) != 0)
    {
      set_problem (error, runs, g_strerror (errno));
      return NULL;
    }
  for (unsigned i = 1; i < 100000; i++)
    {
      g_autofree char *numbered = i > 1 ? g_strdup_printf ("%s-%u", tidy, i) : g_strdup (tidy);
      g_autofree char *path = g_build_filename (runs, numbered, NULL);
      if (g_mkdir (path, 0777) == 0)
        return g_steal_pointer (&path);
      if (errno != EEXIST)
        break;
    }
  set_problem (error, runs, g_strerror (errno));
  return NULL;
}

GSubprocess *
sw_run_start (const SwRunSettings *settings, const char *name, char **ret_path, GError **error)
{
  g_autofree char *path = make_folder (name, error);
  g_auto (GStrv) arguments = path != NULL ? sw_run_arguments (settings, path) : NULL;
  GSubprocess *process = NULL;

  if (path == NULL)
    return NULL;
  if (write_command (path, arguments, settings->threads, error))
    process = spawn (path, arguments, settings->threads, false, error);
  if (process != NULL)
    *ret_path = g_steal_pointer (&path);
  else
    (void) sw_run_remove (path, NULL);
  return process;
}

GSubprocess *
sw_run_resume (const char *path, GError **error)
{
  g_autofree char *file = g_build_filename (path, "command.json", NULL);
  json_t *command = json_load_file (file, 0, NULL);
  json_t *words = json_object_get (command, "arguments");
  const json_int_t threads = json_integer_value (json_object_get (command, "threads"));
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  GSubprocess *process = NULL;
  bool sound = json_array_size (words) >= 2;
  size_t i;
  json_t *word;

  json_array_foreach (words, i, word)
  {
    const char *text = json_string_value (word);
    sound = sound && text != NULL;
    /* The folder may have been moved since. */
    if (i > 0 && g_strcmp0 (json_string_value (json_array_get (words, i - 1)), "--run") == 0)
      text = path;
    g_ptr_array_add (arguments, g_strdup (text));
  }
  g_ptr_array_add (arguments, NULL);
  if (!sound)
    set_problem (error, file, _ ("does not say how the run was begun; resume it with “swivel-cli train … --resume”"));
  else
    process = spawn (path, (char *const *) arguments->pdata, threads > 0 ? (unsigned) threads : 0, true, error);
  json_decref (command);
  return process;
}

bool
sw_run_stop (const char *path)
{
  int process = 0;
  return sw_run_is_running (path, &process) && process > 1 && kill (process, SIGTERM) == 0;
}

bool
sw_run_keep (const char *path, GError **error)
{
  g_autofree char *file = g_build_filename (path, "kept", NULL);
  return g_file_set_contents (file, "", 0, error);
}

char *
sw_run_dup_error (const char *path)
{
  g_autofree char *file = g_build_filename (path, "errors.txt", NULL);
  g_autofree char *text = NULL;
  gsize n = 0;

  if (!g_file_get_contents (file, &text, &n, NULL))
    return NULL;
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) MIN (n, 65536));
  g_strstrip (valid);
  const char *line = strrchr (valid, '\n');
  line = line != NULL ? line + 1 : valid;
  return line[0] != '\0' ? g_strdup (line) : NULL;
}

char *
sw_run_dup_weights (const char *path)
{
  static const char *const names[] = { "best.safetensors", "last.safetensors" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      char *file = g_build_filename (path, names[i], NULL);
      if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
        return file;
      g_free (file);
    }
  return NULL;
}

bool
sw_run_remove (const char *path, GError **error)
{
  static const char *const names[]
      = { "best.safetensors", "last.safetensors", "checkpoint", "config.json", "metrics.csv", "validation.json", "command.json",
          SW_RUN_PROGRESS_FILE, "errors.txt", "kept", "lock" };

  if (sw_run_is_running (path, NULL))
    {
      set_problem (error, path, _ ("a process is training in this folder"));
      return false;
    }
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_build_filename (path, names[i], NULL);
      (void) g_unlink (file);
    }
  if (g_rmdir (path) != 0)
    {
      set_problem (error, path, g_strerror (errno));
      return false;
    }
  return true;
}
