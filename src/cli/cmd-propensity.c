/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/timer.h"
#include "cli/cli.h"
#include "workbench/classify.h"
#include "workbench/model-card.h"
#include "workbench/propensity.h"

typedef enum
{
  FORMAT_TABLE,
  FORMAT_CSV,
  FORMAT_LINES,
  FORMAT_JSON, /* one array, written as it comes */
} Format;

static void
print_object (Format format, json_t *json, size_t n_before)
{
  char *dump = json_dumps (json, JSON_COMPACT | JSON_REAL_PRECISION (6));
  json_decref (json);
  if (format == FORMAT_JSON)
    fputs (n_before > 0 ? ",\n" : "[\n", stdout);
  fputs (dump != NULL ? dump : "null", stdout);
  if (format == FORMAT_LINES)
    putchar ('\n');
  free (dump);
}

/* A structure beside the others: "1cbs.propensity.cif" for "1cbs.cif.gz". */
static char *
name_in_folder (const char *folder, const char *path, const char *suffix)
{
  g_autofree char *base = g_path_get_basename (path);
  const char *const endings[] = { ".gz", ".cif", ".mmcif", ".pdb", ".ent" };
  for (size_t i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (base, endings[i]) && strlen (base) > strlen (endings[i]))
      base[strlen (base) - strlen (endings[i])] = '\0';
  return g_strdup_printf ("%s%s%s.propensity.%s", folder, G_DIR_SEPARATOR_S, base, suffix);
}

static void
print_table (const SwPropensity *propensity)
{
  const SwStructure *structure = propensity->document->structure;
  g_autofree char *shown = g_filename_display_name (propensity->document->path);

  printf ("%s\n", shown);
  for (size_t i = 0; i < propensity->n_residues; i++)
    {
      const SwPropensityResidue *own = &propensity->residues[i];
      const SwResidue *residue = &structure->residues[own->residue];
      printf ("  %-4s %5d%c %-4s", structure->chains[residue->chain].name, (int) residue->number, residue->insertion, residue->name);
      if (!own->known)
        printf (" %s\n", _ ("  (backbone incomplete)"));
      else if (own->rank == 0)
        printf (" %8s  %s %.1f %%\n", "", sw_amino_acid_name (own->best), 100.0 * (double) own->probabilities[own->best]);
      else
        printf (" %6.1f %%  %s %.1f %%\n", 100.0 * (double) own->probability, sw_amino_acid_name (own->best),
                100.0 * (double) own->probabilities[own->best]);
    }
}

static bool
print (Format format, const SwPropensity *propensity, size_t n_before)
{
  if (format == FORMAT_TABLE)
    print_table (propensity);
  else if (format == FORMAT_CSV)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      sw_propensity_append_csv (text, propensity, propensity->document->path);
      fputs (text->str, stdout);
    }
  else
    print_object (format, sw_propensity_to_json (propensity), n_before);
  /* Someone may be reading along, and a pipe may be closed. */
  return fflush (stdout) == 0;
}

static void
print_failure (Format format, const char *path, const GError *failure, size_t n_before)
{
  if (strstr (failure->message, path) != NULL)
    sw_cli_note ("%s", failure->message);
  else
    sw_cli_note ("%s: %s", path, failure->message);
  if (format == FORMAT_LINES || format == FORMAT_JSON)
    {
      g_autofree char *file = g_utf8_make_valid (path, -1), *message = g_utf8_make_valid (failure->message, -1);
      print_object (format, json_pack ("{s:s, s:s}", "file", file, "error", message), n_before);
    }
}

typedef struct
{
  Format format;
  const char *output, *folder; /* or NULL */
  gboolean pdb;
  size_t n_printed, n_done, n_failed, n_residues, n_native;
  double right, right3;
} Work;

/* False when nothing more can be printed. */
static bool
do_file (Work *work, SwPropensityEngine *engine, const SwDocumentOptions *options, const char *path)
{
  g_autoptr (GError) failure = NULL;
  g_autoptr (SwDocument) document = sw_document_load (path, options, NULL, &failure);
  g_autoptr (SwPropensity) propensity = NULL;
  g_autofree char *written = NULL;
  bool go_on = true;

  if (document != NULL)
    propensity = sw_propensity_run (engine, document, NULL, &failure);
  if (propensity != NULL && work->output != NULL)
    (void) sw_propensity_write (propensity, work->output, &failure);
  else if (propensity != NULL && work->folder != NULL)
    {
      written = name_in_folder (work->folder, path, work->pdb ? "pdb" : "cif");
      (void) sw_propensity_write (propensity, written, &failure);
    }
  if (failure != NULL)
    {
      work->n_failed++;
      print_failure (work->format, path, failure, work->n_printed++);
    }
  if (propensity != NULL)
    {
      work->n_done += failure == NULL;
      work->n_residues += propensity->n_known;
      work->n_native += propensity->n_native;
      if (propensity->n_native > 0)
        {
          work->right += propensity->accuracy * (double) propensity->n_native;
          work->right3 += propensity->top3 * (double) propensity->n_native;
        }
      /* A structure that could not be written has had its line. */
      if (work->output == NULL && failure == NULL)
        go_on = print (work->format, propensity, work->n_printed++);
    }
  return go_on;
}

static int
check_options (const SwCliOptions *options, gboolean csv, gboolean lines, const char *output, const char *folder, gboolean pdb)
{
  if (csv + lines + options->json > 1)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("give one of --csv, --jsonl and --json"));
  if (output != NULL && folder != NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("give one of --output and --structures"));
  if (pdb && folder == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--pdb goes with --structures"));
  if (options->channels != NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--channels has nothing to choose here: the network sees each residue's surroundings"));
  if (output != NULL && !sw_propensity_can_write (output))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("%s: propensities are written as .csv, .cif or .pdb"), output);
  if (folder != NULL && !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("%s: is no folder"), folder);
  return 0;
}

int
sw_command_propensity (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *output = NULL, *folder = NULL;
  gboolean csv = FALSE, lines = FALSE, pdb = FALSE;
  int status;
  const GOptionEntry entries[] = {
    { "csv", 0, 0, G_OPTION_ARG_NONE, &csv, N_ ("Print a row of CSV for each residue, with all twenty probabilities"), NULL },
    { "jsonl", 0, 0, G_OPTION_ARG_NONE, &lines, N_ ("Print a JSON object in a line for each file"), NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("Of one structure: write .csv, or .cif or .pdb with the probabilities in percent as B factors"), "FILE" },
    { "structures", 0, 0, G_OPTION_ARG_FILENAME, &folder,
      N_ ("Write each structure there, with the probability of its own amino acids in percent as B factors (mmCIF)"), "FOLDER" },
    { "pdb", 0, 0, G_OPTION_ARG_NONE, &pdb, N_ ("These as PDB files"), NULL },
    { NULL },
  };
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwLoadedModel) loaded = NULL;
  g_autoptr (SwPropensityEngine) engine = NULL;
  g_autoptr (SwModelCard) card = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GError) error = NULL;
  SwModelRequest request = { 0 };
  Work work = { 0 };
  bool go_on = true;

  if (!sw_cli_parse (&options, arguments, _ ("FILE_OR_FOLDER…"),
                     _ ("How probable each of the twenty amino acids is at each place of a protein, from the atoms around it. "
                        "Folders are searched through. A file that fails is listed and the rest goes on; the exit status is then 1."),
                     entries, SW_CLI_DOCUMENTS | SW_CLI_MODEL, &status))
    return status;
  status = check_options (&options, csv, lines, output, folder, pdb);
  if (status != 0)
    return status;
  files = sw_classify_list_files ((const char *const *) options.files, false, &error);
  if (files == NULL)
    return sw_cli_fail_error (error);
  if (files->len == 0)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s: there are no structure files in it"), options.files[0]);
  if (output != NULL && files->len > 1)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--output wants one structure; --structures takes a folder for many"));
  catalog = sw_catalog_new ();
  request = (SwModelRequest){ .network = options.network != NULL || options.weights != NULL ? options.network : SW_PROPENSITY_NETWORK,
                              .weights = options.weights,
                              .random = options.random,
                              .seed = options.seed };
  loaded = sw_loaded_model_new (catalog, &request, &error);
  if (loaded != NULL)
    {
      if (!options.engine_given && !sw_model_has_engine (loaded, options.job.engine))
        options.job.engine = SW_ENGINE_SAMPLED;
      engine = sw_propensity_engine_new (loaded, &options.job, 0, &error);
    }
  if (engine == NULL)
    return sw_cli_fail_error (error);
  if (loaded->random)
    sw_cli_note (_ ("there are no trained weights for “%s”: these are random"), loaded->network->name);
  card = sw_model_card_new (loaded);
  sw_cli_note ("%s %s", card->training, card->result);
  work = (Work){ .format = csv                     ? FORMAT_CSV
                           : lines                 ? FORMAT_LINES
                           : options.json          ? FORMAT_JSON
                                                   : FORMAT_TABLE,
                 .output = output, .folder = folder, .pdb = pdb };
  if (csv && output == NULL)
    {
      g_autoptr (GString) head = g_string_new (NULL);
      sw_propensity_append_csv_head (head, true);
      fputs (head->str, stdout);
    }
  const double start = sw_timer_now ();
  for (guint i = 0; i < files->len && go_on; i++)
    go_on = do_file (&work, engine, &options.document, files->pdata[i]);
  if (!go_on)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("the output cannot be written"));
  if (work.format == FORMAT_JSON)
    puts (work.n_printed > 0 ? "\n]" : "[]");
  const double seconds = sw_timer_now () - start;
  /* translators: numbers of files done and failed, of residues, seconds, residues a second, megabytes */
  sw_cli_note (_ ("%zu files done, %zu failed; %zu residues in %.1f s: %.0f a second; at most %.0f MB of memory"), work.n_done,
               work.n_failed, work.n_residues, seconds, (double) work.n_residues / seconds, (double) sw_memory_peak () / 1e6);
  if (work.n_native > 0)
    /* translators: percent, percent */
    sw_cli_note (_ ("the residue's own amino acid comes first in %.1f %% of the places, among the first three in %.1f %%"),
                 100.0 * work.right / (double) work.n_native, 100.0 * work.right3 / (double) work.n_native);
  return work.n_failed > 0 ? SW_EXIT_ERROR : 0;
}
