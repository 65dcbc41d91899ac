/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "workbench/report.h"
#include "workbench/shape-index.h"

#define NETWORK "shapes"
#define N_MATCHES 10
#define N_MATCHES_MAX 100000

static SwWorker *
make_worker (SwCliOptions *options, const SwCatalog *catalog)
{
  if (options->network == NULL && options->weights == NULL)
    options->network = g_strdup (NETWORK);
  return sw_cli_make_worker (options, catalog);
}

static bool
tell_failure (const SwClassified *item, gpointer data)
{
  size_t *n_failed = data;

  if (item->message == NULL)
    return true;
  (*n_failed)++;
  sw_cli_progress_end ();
  if (strstr (item->message, item->path) != NULL)
    sw_cli_note ("%s", item->message);
  else
    sw_cli_note ("%s: %s", item->path, item->message);
  return true;
}

int
sw_command_index (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *output = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("Where to write it (the one that “search” takes)"), "FILE" },
    { NULL },
  };
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (SwShapeIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  size_t n_failed = 0;
  int status;

  if (!sw_cli_parse (&options, arguments, _ ("FILE_OR_FOLDER…"),
                     _ ("Asks a network about all meshes in a folder and keeps its answers, so that similar ones are found. A mesh "
                        "that fails is named and the rest goes on; the exit status is then 1."),
                     entries, SW_CLI_DOCUMENTS | SW_CLI_MESHES | SW_CLI_MODEL, &status))
    return status;
  catalog = sw_catalog_new ();
  worker = make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  files = sw_classify_list_files ((const char *const *) options.files, true, &error);
  if (files == NULL)
    return sw_cli_fail_error (error);
  if (files->len == 0)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s: there are no meshes in it"), options.files[0]);
  if (sw_worker_get_model (worker)->random)
    sw_cli_note (_ ("there are no trained weights for “%s”: these are random"), sw_worker_get_model (worker)->name);
  index = sw_shape_index_build (worker, files, &sw_cli_progress, tell_failure, &n_failed, &error);
  sw_cli_progress_end ();
  if (index == NULL)
    return sw_cli_fail_error (error);
  if (index->n_entries == 0)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("none of the meshes could be taken; no index was written"));
  if (output == NULL)
    {
      g_autofree char *folder = NULL;
      output = sw_shape_index_dup_default_path ();
      folder = g_path_get_dirname (output);
      g_mkdir_with_parents (folder, 0777); /* what went wrong, writing says */
    }
  if (!sw_shape_index_write (index, output, &error))
    return sw_cli_fail_error (error);
  if (options.json)
    sw_cli_print_json (json_pack ("{s:o,s:I,s:I,s:s,s:s}", "index", sw_json_text (output), "shapes", (json_int_t) index->n_entries, "failed",
                                  (json_int_t) n_failed, "network", index->network, "weights", index->weights));
  else
    printf (ngettext ("%zu shape, written to %s\n", "%zu shapes, written to %s\n", index->n_entries), index->n_entries, output);
  return n_failed > 0 ? SW_EXIT_ERROR : 0;
}

static const char *
class_name (const SwNetwork *network, size_t index, char text[24])
{
  if (network->n_classes > 0)
    return network->class_names[index];
  g_snprintf (text, 24, "%zu", index);
  return text;
}

static json_t *
match_to_json (const SwShapeIndex *index, const SwNetwork *network, const SwShapeMatch *match)
{
  const SwShapeEntry *entry = &index->entries[match->entry];
  char text[24];
  return json_pack ("{s:s,s:s,s:f,s:f}", "path", entry->path, "class", class_name (network, entry->top, text), "score",
                    (double) entry->scores[entry->top], "similarity", match->similarity);
}

int
sw_command_search (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *path = NULL;
  int n = N_MATCHES, status;
  const GOptionEntry entries[] = {
    { "index", 0, 0, G_OPTION_ARG_FILENAME, &path, N_ ("Index to search (the one that “index” writes)"), "FILE" },
    { "number", 0, 0, G_OPTION_ARG_INT, &n, N_ ("How many (10)"), "N" },
    { NULL },
  };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwRunResult) result = NULL;
  g_autoptr (SwShapeIndex) index = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree SwShapeMatch *matches = NULL;
  const SwNetwork *network;
  char text[24];
  size_t n_found;

  if (!sw_cli_parse (&options, arguments, _ ("MESH"), _ ("Finds the most similar shapes of an index, in whatever way they lie."),
                     entries, SW_CLI_DOCUMENT | SW_CLI_MESHES | SW_CLI_MODEL | SW_CLI_ROTATION, &status))
    return status;
  if (n < 1 || n > N_MATCHES_MAX)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--number wants a number from 1 to %d"), N_MATCHES_MAX);
  if (path == NULL)
    {
      path = sw_shape_index_dup_default_path ();
      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return sw_cli_fail (SW_EXIT_ERROR, _ ("there is no index yet: make one with “swivel-cli index FOLDER”"));
    }
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  index = sw_shape_index_read (path, &error);
  if (index == NULL)
    return sw_cli_fail_error (error);
  catalog = sw_catalog_new ();
  worker = make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  network = sw_worker_get_model (worker)->network;
  if (document->surface == NULL)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s is no mesh"), document->path);
  if (!sw_shape_index_fits (index, worker))
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s was made with another network, or other weights or choices; make it again with “swivel-cli index”"),
                        path);
  result = sw_worker_run (worker, document, options.rotation, SW_KEEP_NONE, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (result == NULL)
    return sw_cli_fail_error (error);
  matches = g_new (SwShapeMatch, n);
  n_found = sw_shape_index_search (index, result->scores, document->path, (size_t) n, matches);
  if (options.json)
    {
      json_t *list = json_array ();
      for (size_t i = 0; i < n_found; i++)
        json_array_append_new (list, match_to_json (index, network, &matches[i]));
      sw_cli_print_json (json_pack ("{s:o,s:o,s:s,s:f,s:o}", "mesh", sw_json_text (document->path), "index", sw_json_text (path), "class",
                                    class_name (network, result->top, text), "score", (double) result->scores[result->top], "matches",
                                    list));
      return 0;
    }
  /* translators: a mesh, its class, percent */
  printf (_ ("%s: %s, %.1f %%\n"), document->name, class_name (network, result->top, text), 100.0 * (double) result->scores[result->top]);
  for (size_t i = 0; i < n_found; i++)
    {
      const SwShapeEntry *entry = &index->entries[matches[i].entry];
      printf ("%7.3f  %-20s %5.1f %%  %s\n", matches[i].similarity, class_name (network, entry->top, text),
              100.0 * (double) entry->scores[entry->top], entry->path);
    }
  return 0;
}
