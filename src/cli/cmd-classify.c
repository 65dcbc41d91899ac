/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "workbench/classify.h"
#include "workbench/model-card.h"
#include "workbench/report.h"

typedef enum
{
  FORMAT_TABLE,
  FORMAT_CSV,
  FORMAT_LINES,
  FORMAT_JSON, /* one array, written as it comes */
} Format;

typedef struct
{
  Format format;
  const SwNetwork *network;
  size_t n;
  bool broken; /* standard output is gone */
} Printer;

static char *
class_name (const Printer *printer, size_t i)
{
  return printer->network->n_classes == printer->network->n_outputs ? g_strdup (printer->network->class_names[i])
                                                                    : g_strdup_printf ("%zu", i);
}

/* ---- CSV ---- */

static void
put_cell (const char *text, char after)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  const bool quoted = strpbrk (valid, ",\"\n\r") != NULL;

  if (quoted)
    putchar ('"');
  for (const char *c = valid; *c != '\0'; c++)
    {
      if (*c == '"')
        putchar ('"');
      putchar (*c);
    }
  if (quoted)
    putchar ('"');
  putchar (after);
}

static void
print_csv_head (const Printer *printer)
{
  fputs ("file,name,class,probability,atoms,outside,", stdout);
  for (size_t i = 0; i < printer->network->n_outputs; i++)
    {
      g_autofree char *name = class_name (printer, i);
      put_cell (name, ',');
    }
  fputs ("warnings,error\n", stdout);
}

static void
print_csv (const Printer *printer, const SwClassified *item)
{
  g_autofree char *warnings = g_strjoinv ("; ", (char **) item->warnings);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  put_cell (item->path, ',');
  if (item->message == NULL)
    {
      g_autofree char *name = class_name (printer, item->top);
      put_cell (item->name, ',');
      put_cell (name, ',');
      printf ("%s,%zu,%zu,", g_ascii_formatd (number, sizeof number, "%.6g", (double) item->scores[item->top]),
              item->n_atoms, item->n_atoms_outside);
    }
  else
    fputs (",,,,,", stdout);
  for (size_t i = 0; i < item->n_outputs; i++)
    printf ("%s,", item->message == NULL
                       ? g_ascii_formatd (number, sizeof number, "%.6g", (double) item->scores[i])
                       : "");
  put_cell (warnings, ',');
  put_cell (item->message != NULL ? item->message : "", '\n');
}

/* ---- JSON ---- */

static void
print_json (const Printer *printer, const SwClassified *item)
{
  json_t *json = json_pack ("{s:o}", "file", sw_json_text (item->path));
  char *dump;

  if (item->message != NULL)
    json_object_set_new (json, "error", sw_json_text (item->message));
  else
    {
      json_t *scores = json_object (), *warnings = json_array ();
      g_autofree char *top = class_name (printer, item->top);

      for (size_t i = 0; i < item->n_outputs; i++)
        {
          g_autofree char *name = class_name (printer, i);
          json_object_set_new (scores, name, json_real ((double) item->scores[i]));
        }
      for (const char *const *warning = item->warnings; *warning != NULL; warning++)
        json_array_append_new (warnings, sw_json_text (*warning));
      json_object_set_new (json, "name", sw_json_text (item->name));
      json_object_set_new (json, "class", sw_json_text (top));
      json_object_set_new (json, "probability", json_real ((double) item->scores[item->top]));
      json_object_set_new (json, "scores", scores);
      json_object_set_new (json, "atoms", json_integer ((json_int_t) item->n_atoms));
      json_object_set_new (json, "atoms_outside", json_integer ((json_int_t) item->n_atoms_outside));
      json_object_set_new (json, "warnings", warnings);
    }
  dump = json_dumps (json, JSON_COMPACT | JSON_REAL_PRECISION (7));
  json_decref (json);
  if (printer->format == FORMAT_JSON)
    fputs (printer->n > 0 ? ",\n" : "[\n", stdout);
  fputs (dump != NULL ? dump : "null", stdout);
  if (printer->format == FORMAT_LINES)
    putchar ('\n');
  free (dump);
}

static void
print_table (const Printer *printer, const SwClassified *item)
{
  g_autofree char *shown = g_filename_display_name (item->path);
  g_autofree char *name = item->message == NULL ? class_name (printer, item->top) : NULL;

  if (item->message == NULL)
    printf ("%5.1f %%  %-28s %s%s\n", 100.0 * (double) item->scores[item->top], name, shown,
            item->warnings[0] != NULL ? _ ("  (see below)") : "");
}

static bool
print_item (const SwClassified *item, gpointer data)
{
  Printer *printer = data;

  sw_cli_progress_end ();
  if (item->message != NULL)
    {
      if (strstr (item->message, item->path) != NULL)
        sw_cli_note ("%s", item->message);
      else
        sw_cli_note ("%s: %s", item->path, item->message);
    }
  switch (printer->format)
    {
    case FORMAT_TABLE:
      print_table (printer, item);
      for (const char *const *warning = item->warnings; *warning != NULL; warning++)
        sw_cli_note ("%s: %s", item->path, *warning);
      break;
    case FORMAT_CSV:
      print_csv (printer, item);
      break;
    case FORMAT_LINES:
    case FORMAT_JSON:
      print_json (printer, item);
      break;
    }
  printer->n++;
  /* Someone may be reading along, and a pipe may be closed. */
  printer->broken = fflush (stdout) != 0;
  return !printer->broken;
}

int
sw_command_classify (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  gboolean csv = FALSE, lines = FALSE;
  int status;
  const GOptionEntry entries[] = {
    { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, N_ ("Print a table with all scores as CSV"), NULL },
    { "jsonl", 0, 0, G_OPTION_ARG_NONE, &lines, N_ ("Print a JSON object in a line for each file"), NULL },
    { NULL },
  };
  Printer printer = { 0 };
  SwClassifyReport report = { 0 };
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwModelCard) card = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;
  bool fine;

  if (!sw_cli_parse (&options, arguments, _ ("FILE_OR_FOLDER…"),
                     _ ("Class scores of many structures, in the order of their names; folders are searched through. A file that "
                        "fails is listed and the rest goes on; the exit status is then 1."),
                     entries, SW_CLI_DOCUMENTS | SW_CLI_MODEL, &status))
    return status;
  if (csv + lines + options.json > 1)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("give one of --csv, --jsonl and --json"));
  printer.format = csv ? FORMAT_CSV : lines ? FORMAT_LINES : options.json ? FORMAT_JSON : FORMAT_TABLE;
  catalog = sw_catalog_new ();
  worker = sw_cli_make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  printer.network = sw_worker_get_model (worker)->network;
  const bool meshes = printer.network->input_kind == SW_INPUT_MESH;
  files = sw_classify_list_files ((const char *const *) options.files, meshes, &error);
  if (files == NULL)
    return sw_cli_fail_error (error);
  if (files->len == 0)
    return sw_cli_fail (SW_EXIT_ERROR, meshes ? _ ("%s: there are no meshes in it") : _ ("%s: there are no structure files in it"),
                        options.files[0]);
  card = sw_model_card_new (sw_worker_get_model (worker));
  sw_cli_note ("%s %s", card->training, card->result);
  if (printer.format == FORMAT_CSV)
    print_csv_head (&printer);
  fine = sw_classify (worker, files, &options.document, &sw_cli_progress, print_item, &printer, &report, &error);
  sw_cli_progress_end ();
  if (printer.format == FORMAT_JSON)
    puts (printer.n > 0 ? "\n]" : "[]");
  if (!fine)
    return sw_cli_fail_error (error);
  if (printer.broken)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("the output cannot be written"));
  /* translators: number of files, of failures, seconds, files per second, percent of the time twice, megabytes */
  sw_cli_note (_ ("%zu files done, %zu failed, in %.1f s: %.1f a second; %.0f %% of the time in the network, %.0f %% waiting for "
                  "files; at most %.0f MB of memory"),
               report.n_done, report.n_failed, report.seconds, (double) files->len / report.seconds,
               100.0 * report.seconds_network / report.seconds, 100.0 * report.seconds_waiting / report.seconds,
               (double) sw_memory_peak () / 1e6);
  return report.n_failed > 0 ? SW_EXIT_ERROR : 0;
}
