/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The data-efficiency study: one network and its twin, trained on smaller and smaller parts of the same set. */
#include "config.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "experiments/study.h"
#include "experiments/training.h"

static volatile sig_atomic_t stop_asked;

static void
ask_stop (int number)
{
  stop_asked = number;
}

typedef struct
{
  const char *name;
  double seconds;
  size_t n_train;
} Watch;

static bool
observe (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  Watch *watch = data;
  watch->seconds = report->seconds;
  if (event == SW_TRAIN_EPOCH)
    sw_cli_note (_ ("%s: epoch %u of %u, accuracy %.1f %%, validation %.1f %%"), watch->name, report->epoch + 1, report->n_epochs,
                 100 * report->accuracy, 100 * report->validation_accuracy);
  return stop_asked == 0;
}

typedef struct
{
  const SwExperiment *experiment;
  SwCatalog *catalog;
  const char *data, *folder;
  unsigned epochs, epochs_most;
  uint64_t seed;
  SwJobOptions job;
} Study;

/* Trains (or goes on, or finds it done) and measures one network on one part. */
static bool
run_one (const Study *study, bool twin, unsigned reduction, SwStudyRow *ret, GError **error)
{
  const char *network = twin ? study->experiment->twin : study->experiment->network;
  g_autofree char *name = g_strdup_printf ("%s-%u", network, reduction), *run = g_build_filename (study->folder, name, NULL);
  g_autofree char *best = g_build_filename (run, "best.safetensors", NULL);
  g_autoptr (SwLoadedModel) fresh = NULL, trained = NULL;
  g_autoptr (SwTrainingEvaluation) turned = NULL, given = NULL;
  SwModelRequest wanted = { .network = network, .random = true, .seed = study->seed };
  SwTrainingRequest request = { .experiment = study->experiment, .data = study->data, .reduction = reduction };
  Watch watch = { .name = name };
  SwModel *model = NULL;
  SwError plain = { 0 };
  bool done;

  fresh = sw_loaded_model_new (study->catalog, &wanted, error);
  if (fresh == NULL)
    return false;
  request.preset = sw_experiment_preset (study->experiment, NULL, fresh->network->conventional);
  request.config = request.preset->config;
  request.config.seed = study->seed;
  request.config.epochs = study->epochs > 0 ? study->epochs : request.config.epochs;
  /* As many steps for a small part as for the whole, as the paper does, up to the limit. */
  if ((uint64_t) request.config.epochs * reduction > study->epochs_most)
    request.config.epochs = MAX (request.config.epochs, study->epochs_most);
  else
    request.config.epochs *= reduction;
  request.config.validate_every = MAX (1, request.config.epochs / 20);
  request.options = (SwRunOptions){ .engine = fresh->network->conventional ? SW_ENGINE_SAMPLED : study->job.engine,
                                    .size = study->job.size,
                                    .w_max = study->job.w_max };
  request.folder = run;
  request.resume = g_file_test (run, G_FILE_TEST_IS_DIR);
  if (sw_model_dup (fresh->model, &model, &plain) != SW_OK)
    {
      g_set_error_literal (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, plain.text);
      return false;
    }
  done = sw_training_run (&request, model, NULL, observe, &watch, error);
  sw_model_free (model);
  if (!done)
    return false;

  wanted = (SwModelRequest){ .network = network, .weights = best };
  trained = sw_loaded_model_new (study->catalog, &wanted, error);
  if (trained == NULL)
    return false;
  if (sw_model_dup (trained->model, &model, &plain) != SW_OK)
    {
      g_set_error_literal (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_FAILED, plain.text);
      return false;
    }
  turned = sw_training_evaluate (study->experiment, model, &request.options, study->data, SW_PART_TEST, 0, study->seed, NULL, error);
  if (turned != NULL)
    given = sw_training_evaluate (study->experiment, model, &request.options, study->data, SW_PART_TEST_AS_GIVEN, 0, study->seed,
                                  NULL, error);
  sw_model_free (model);
  if (given == NULL)
    return false;
  *ret = (SwStudyRow){ .network = network,
                       .conventional = fresh->network->conventional,
                       .reduction = reduction,
                       .n_train = turned->n_train / reduction + (turned->n_train % reduction > 0),
                       .n_test = turned->result.n,
                       .epochs = request.config.epochs,
                       .accuracy = turned->result.accuracy,
                       .accuracy_given = given->result.accuracy,
                       .seconds = watch.seconds };
  return true;
}

static bool
parse_reductions (const char *text, GArray *ret)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  for (size_t i = 0; words[i] != NULL; i++)
    {
      guint64 number;
      if (!g_ascii_string_to_unsigned (g_strstrip (words[i]), 10, 1, 64, &number, NULL))
        return false;
      const unsigned reduction = (unsigned) number;
      g_array_append_val (ret, reduction);
    }
  return ret->len > 0;
}

int
sw_command_study (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *data = NULL, *folder = NULL, *reductions = NULL;
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (unsigned)), rows = g_array_new (FALSE, FALSE, sizeof (SwStudyRow));
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (GError) error = NULL;
  gboolean no_twin = FALSE;
  int epochs = 0, most = 0, status;
  const GOptionEntry entries[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, N_ ("The experiment's data"), "FOLDER" },
    { "folder", 'f', 0, G_OPTION_ARG_FILENAME, &folder, N_ ("Where runs, table and plot go; what is there is gone on with"), "FOLDER" },
    { "reductions", 0, 0, G_OPTION_ARG_STRING, &reductions, N_ ("By what the training set is divided: 1,2,4,8,16"), "LIST" },
    { "epochs", 0, 0, G_OPTION_ARG_INT, &epochs, N_ ("For the whole set; for a part N times as many"), "N" },
    { "epochs-most", 0, 0, G_OPTION_ARG_INT, &most, N_ ("But no more than these for a part"), "N" },
    { "no-twin", 0, 0, G_OPTION_ARG_NONE, &no_twin, N_ ("Without the conventional twin"), NULL },
    { NULL },
  };
  Study study = { 0 };

  if (!sw_cli_parse (&options, arguments, _ ("EXPERIMENT"),
                     _ ("Trains an experiment's network and its twin on parts of the training set, and writes study.csv and study.svg."),
                     entries, SW_CLI_MODEL | SW_CLI_WORDS, &status))
    return status;
  if (options.files == NULL || options.files[0] == NULL || options.files[1] != NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("name one experiment, for example “cath”"));
  study.experiment = sw_experiment_find (options.files[0]);
  if (study.experiment == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("no experiment is called “%s”"), options.files[0]);
  if (folder == NULL || epochs < 0 || most < 0)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--folder names where the study goes; --epochs and --epochs-most want numbers above 0"));
  if (!parse_reductions (reductions != NULL ? reductions : "1,2,4,8,16", parts))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--reductions wants whole numbers from 1 to 64, separated by commas, not “%s”"), reductions);
  if (g_mkdir_with_parents (folder, 0777) != 0)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s: cannot be made"), folder);
  study.catalog = catalog = sw_catalog_new ();
  study.data = data;
  study.folder = folder;
  study.epochs = (unsigned) epochs;
  study.epochs_most = most > 0 ? (unsigned) most : G_MAXUINT;
  study.seed = options.seed;
  study.job = options.job;

  signal (SIGINT, ask_stop);
  signal (SIGTERM, ask_stop);
  for (guint i = 0; i < parts->len; i++)
    for (int twin = 0; twin < (no_twin ? 1 : 2); twin++)
      {
        g_autofree char *csv = g_build_filename (folder, "study.csv", NULL), *svg = g_build_filename (folder, "study.svg", NULL);
        SwStudyRow row;
        if (!run_one (&study, twin == 1, g_array_index (parts, unsigned, i), &row, &error))
          return stop_asked != 0 ? 128 + stop_asked : sw_cli_fail_error (error);
        g_array_append_val (rows, row);
        /* After each run: a study takes days, and what is done is worth seeing. */
        if (!sw_study_write_csv ((SwStudyRow *) (void *) rows->data, rows->len, csv, &error)
            || !sw_study_write_svg ((SwStudyRow *) (void *) rows->data, rows->len, strcmp (study.experiment->name, "cath") == 0, svg, &error))
          return sw_cli_fail_error (error);
        if (!options.json)
          printf (_ ("%-24s 1/%-3u %5zu samples  %5.1f %% turned, %5.1f %% as given\n"), row.network, row.reduction, row.n_train,
                  100 * row.accuracy, 100 * row.accuracy_given);
        fflush (stdout);
      }
  if (options.json)
    {
      json_t *list = json_array ();
      for (guint i = 0; i < rows->len; i++)
        {
          const SwStudyRow *row = &g_array_index (rows, SwStudyRow, i);
          json_array_append_new (list, json_pack ("{s:s, s:b, s:i, s:I, s:I, s:i, s:f, s:f, s:f}", "network", row->network, "conventional",
                                                  (int) row->conventional, "reduction", (int) row->reduction, "training_samples",
                                                  (json_int_t) row->n_train, "test_samples", (json_int_t) row->n_test, "epochs",
                                                  (int) row->epochs, "accuracy_rotated", row->accuracy, "accuracy",
                                                  row->accuracy_given, "seconds", row->seconds));
        }
      sw_cli_print_json (list);
    }
  return 0;
}
