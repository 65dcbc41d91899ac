/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/processes.h"
#include "cli/train-output.h"
#include "experiments/retrieval.h"
#include "experiments/shrec17.h"

/* Set by a signal; the run then writes its checkpoint and stops. A second signal ends the process at once. */
static volatile sig_atomic_t stop_asked;

static void
ask_stop (int number)
{
  stop_asked = number;
  signal (number, SIG_DFL);
}

static bool
observe (const SwTrainReport *report, SwTrainEvent event, void *data)
{
  sw_train_output_show (data, report, event);
  return stop_asked == 0;
}

static const SwExperiment *
find_experiment (const char *name)
{
  const SwExperiment *experiment = sw_experiment_find (name);
  g_autoptr (GString) all = g_string_new (NULL);
  size_t n;
  const SwExperiment *const *list = sw_experiments (&n);
  if (experiment != NULL)
    return experiment;
  for (size_t i = 0; i < n; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", list[i]->name);
  sw_cli_fail (SW_EXIT_USAGE, _ ("no experiment is called “%s”; there are: %s"), name, all->str);
  return NULL;
}

/* Trains as requested; the exit status. ret_agreed: all processes stop alike. */
static int
carry_out (const SwTrainingRequest *request,
           const SwLoadedModel *loaded,
           const char *licence,
           bool half,
           bool json,
           bool quiet,
           bool *ret_agreed)
{
  const SwReduce *reduce = sw_processes_reduce ();
  const SwNetwork *network = loaded->network;
  g_autoptr (GError) error = NULL;
  SwError plain = { 0 };
  SwTrainOutput output;
  SwModel *model = NULL;
  size_t bytes;
  bool done;

  if (!sw_training_memory (request, network, reduce->size, &bytes, &error))
    return sw_cli_fail_error (error);
  if (reduce->rank == 0)
    {
      sw_cli_note (_ ("%s, %zu parameters, %s engine, %u epochs of %zu samples a step; needs about %zu MB of memory"), network->title,
                   network->n_parameters, sw_engine_name (request->options.engine), request->config.epochs, request->config.batch,
                   bytes >> 20);
      if (reduce->size > 1)
        sw_cli_note (_ ("%d processes share each step; the memory is that of each"), reduce->size);
    }
  if (sw_model_dup (loaded->model, &model, &plain) != SW_OK)
    return sw_cli_fail (SW_EXIT_ERROR, "%s", plain.text);
  if (licence != NULL)
    {
      free (model->licence);
      model->licence = strdup (licence);
    }
  model->half = half;

  signal (SIGINT, ask_stop);
  signal (SIGTERM, ask_stop);
  signal (SIGHUP, ask_stop);
  signal (SIGPIPE, SIG_IGN);
  output = (SwTrainOutput){ .request = request,
                            .network = network,
                            .memory = bytes,
                            .n_processes = reduce->size,
                            .silent = reduce->rank != 0,
                            .terminal = isatty (STDERR_FILENO) && !quiet,
                            .json = json };
  done = sw_training_run (request, model, reduce, observe, &output, &error);
  sw_train_output_end (&output, error);
  sw_model_free (model);
  *ret_agreed = done || g_error_matches (error, SW_TRAINING_ERROR, SW_TRAINING_ERROR_STOPPED);
  if (done)
    return 0;
  if (!*ret_agreed)
    return sw_cli_fail_error (error);
  if (request->folder != NULL && reduce->rank == 0)
    sw_cli_note (_ ("stopped; go on with: swivel-cli train %s --run %s --resume"), request->experiment->name, request->folder);
  return stop_asked != 0 ? 128 + stop_asked : SW_EXIT_ERROR;
}

int
sw_command_train (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *preset_name = NULL, *folder = NULL, *data = NULL, *licence = NULL;
  gboolean resume = FALSE, twin = FALSE, half = FALSE;
  int epochs = 0, batch = 0, at_once = -1, validate_every = -1, n_validation = 0, reduction = 0, status;
  double rate = 0;
  const GOptionEntry entries[] = {
    { "run", 'r', 0, G_OPTION_ARG_FILENAME, &folder, N_ ("Run folder; it is made when missing"), "FOLDER" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &resume, N_ ("Go on with the run in the folder"), NULL },
    { "twin", 0, 0, G_OPTION_ARG_NONE, &twin, N_ ("Train the conventional twin"), NULL },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &preset_name, N_ ("Recipe: published, or another of the experiment's"), "NAME" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, N_ ("Folder with the experiment's data"), "FOLDER" },
    { "epochs", 0, 0, G_OPTION_ARG_INT, &epochs, N_ ("Instead of the recipe's"), "N" },
    { "batch", 0, 0, G_OPTION_ARG_INT, &batch, N_ ("Samples of a step, instead of the recipe's"), "N" },
    { "batch-at-once", 0, 0, G_OPTION_ARG_INT, &at_once,
      N_ ("Of those, samples in memory together (batch norm is over these); 0: all"), "N" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &rate, N_ ("Learning rate, instead of the recipe's"), "X" },
    { "validate-every", 0, 0, G_OPTION_ARG_INT, &validate_every, N_ ("Epochs between validations; 0: none"), "N" },
    { "validation", 0, 0, G_OPTION_ARG_INT, &n_validation, N_ ("Samples of a validation"), "N" },
    { "half", 0, 0, G_OPTION_ARG_NONE, &half, N_ ("Weights' files half the size: convolutions with 16 bits a number"), NULL },
    { "licence", 0, 0, G_OPTION_ARG_STRING, &licence, N_ ("Written into the weights' files, for example CC0-1.0"), "NAME" },
    { "reduction", 0, 0, G_OPTION_ARG_INT, &reduction, N_ ("Train on every N-th sample only"), "N" },
    { NULL },
  };
  const SwExperiment *experiment;
  SwTrainingRequest request = { 0 };
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwLoadedModel) loaded = NULL;
  g_autoptr (GError) error = NULL;
  SwModelRequest model_request = { .random = true };
  bool agreed = false;

  if (!sw_cli_parse (&options, arguments, _ ("EXPERIMENT"), _ ("Trains the network of one of the paper's experiments."), entries,
                     SW_CLI_MODEL | SW_CLI_WORDS, &status))
    return status;
  if (options.files == NULL || options.files[0] == NULL || options.files[1] != NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("name one experiment, for example “tetris”"));
  experiment = find_experiment (options.files[0]);
  if (experiment == NULL)
    return SW_EXIT_USAGE;
  if (resume && folder == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--resume wants the folder of the run: --run FOLDER"));
  if (epochs < 0 || batch < 0 || rate < 0 || n_validation < 0 || reduction < 0)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--epochs, --batch, --rate, --validation and --reduction want numbers above 0"));

  catalog = sw_catalog_new ();
  model_request.network = options.network != NULL ? options.network : twin ? experiment->twin : experiment->network;
  model_request.weights = options.weights;
  model_request.random = options.weights == NULL;
  model_request.seed = options.seed;
  loaded = sw_loaded_model_new (catalog, &model_request, &error);
  if (loaded == NULL)
    return sw_cli_fail_error (error);
  if (loaded->network->conventional && !options.engine_given)
    options.job.engine = SW_ENGINE_SAMPLED;
  request.experiment = experiment;
  request.preset = sw_experiment_preset (experiment, preset_name, loaded->network->conventional);
  if (request.preset == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("the experiment has no recipe “%s” for this network"), preset_name);
  request.config = request.preset->config;
  request.config.seed = options.seed;
  if (epochs > 0)
    request.config.epochs = (unsigned) epochs;
  if (batch > 0)
    request.config.batch = (size_t) batch;
  if (rate > 0)
    request.config.schedule.base = rate;
  if (at_once >= 0)
    request.config.batch_at_once = (size_t) at_once;
  if (validate_every >= 0)
    request.config.validate_every = (unsigned) validate_every;
  request.n_validation = (size_t) n_validation;
  request.reduction = (size_t) reduction;
  request.options = (SwRunOptions){ .engine = options.job.engine,
                                    .size = options.job.size,
                                    .w_max = options.job.w_max,
                                    .plain_stride = options.job.plain_stride,
                                    .basis = options.job.basis };
  request.data = data;
  request.weights = options.weights;
  request.folder = folder;
  request.resume = resume;

  if (!sw_processes_join (&stop_asked))
    return SW_EXIT_ERROR;
  status = carry_out (&request, loaded, licence, half, options.json, options.quiet, &agreed);
  sw_processes_leave (status, agreed);
  return status;
}

static json_t *
confusion_to_json (const SwTrainingEvaluation *evaluation)
{
  json_t *rows = json_array ();
  for (size_t i = 0; i < evaluation->n_classes; i++)
    {
      json_t *row = json_array ();
      for (size_t j = 0; j < evaluation->n_classes; j++)
        json_array_append_new (row, json_integer ((json_int_t) evaluation->confusion[i * evaluation->n_classes + j]));
      json_array_append_new (rows, row);
    }
  return rows;
}

/* Share of a class's samples that were answered right; NaN where it has none. */
static double
recall (const SwTrainingEvaluation *evaluation, size_t class_index)
{
  const size_t *row = evaluation->confusion + class_index * evaluation->n_classes;
  size_t n = 0;
  for (size_t j = 0; j < evaluation->n_classes; j++)
    n += row[j];
  return n > 0 ? (double) row[class_index] / (double) n : NAN;
}

/* What always naming the most frequent class would reach. */
static double
most_frequent (const SwTrainingEvaluation *evaluation)
{
  size_t most = 0;
  for (size_t i = 0; i < evaluation->n_classes; i++)
    {
      size_t n = 0;
      for (size_t j = 0; j < evaluation->n_classes; j++)
        n += evaluation->confusion[i * evaluation->n_classes + j];
      most = n > most ? n : most;
    }
  return (double) most / (double) evaluation->result.n;
}

static void
print_confusion (const SwTrainingEvaluation *evaluation, const SwNetwork *network)
{
  for (size_t i = 0; i < evaluation->n_classes; i++)
    {
      printf ("  %-26.26s", network->n_classes > 0 ? network->class_names[i] : "");
      for (size_t j = 0; j < evaluation->n_classes; j++)
        printf (" %4zu", evaluation->confusion[i * evaluation->n_classes + j]);
      printf (isnan (recall (evaluation, i)) ? "\n" : "  %5.1f %%\n", 100 * recall (evaluation, i));
    }
}

static const char *const part_names[] = { "train", "validation", "test", "test-as-given" };

static bool
part_from_string (const char *name, SwDataPart *ret)
{
  for (size_t i = 0; i < G_N_ELEMENTS (part_names); i++)
    if (strcmp (part_names[i], name) == 0)
      {
        *ret = (SwDataPart) i;
        return true;
      }
  return false;
}

static json_t *
score_to_json (const SwRetrievalScore *score)
{
  return json_pack ("{s:f,s:f,s:f,s:f,s:f}", "P@N", score->precision, "R@N", score->recall, "F1@N", score->f1, "mAP",
                    score->average_precision, "NDCG", score->ndcg);
}

static void
print_score (const char *name, const SwRetrievalScore *score)
{
  printf ("%-9s %7.3f %7.3f %7.3f %7.3f %7.3f\n", name, score->precision, score->recall, score->f1, score->average_precision,
          score->ndcg);
}

static int
print_retrieval (const SwRetrieval *retrieval, const char *folder, bool json)
{
  if (json)
    {
      sw_cli_print_json (json_pack ("{s:s,s:I,s:I,s:I,s:o,s:o,s:o}", "folder", folder, "queries", (json_int_t) retrieval->n_queries,
                                    "without_answers", (json_int_t) retrieval->n_missing, "classes", (json_int_t) retrieval->n_classes,
                                    "microALL", score_to_json (&retrieval->micro), "macroALL", score_to_json (&retrieval->macro),
                                    "accuracy", isnan (retrieval->accuracy) ? json_null () : json_real (retrieval->accuracy)));
      return 0;
    }
  printf (_ ("%zu queries in %zu classes, %zu without answers\n"), retrieval->n_queries, retrieval->n_classes, retrieval->n_missing);
  if (!isnan (retrieval->accuracy))
    printf (_ ("%.1f %% of the classes right\n"), 100 * retrieval->accuracy);
  printf ("%-9s %7s %7s %7s %7s %7s\n", "", "P@N", "R@N", "F1@N", "mAP", "NDCG");
  print_score ("microALL", &retrieval->micro);
  print_score ("macroALL", &retrieval->macro);
  return 0;
}

static int
score_folder (const char *data, SwDataPart part, const char *folder, bool json)
{
  g_autoptr (SwShapeSet) set = NULL;
  g_autofree SwRetrievalItem *items = NULL;
  g_autoptr (GError) error = NULL;
  SwRetrieval retrieval;
  size_t n;

  if (data == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--score wants the table of the collection: --data"));
  set = sw_shape_set_load (data, NULL, &error);
  /* What is held out of the training depends on the meshes. */
  if (set == NULL || (part != SW_PART_TEST && !sw_shape_set_read (set, 0, &error)))
    return sw_cli_fail_error (error);
  items = sw_retrieval_items (set, part, &n);
  if (n == 0)
    return sw_cli_fail (SW_EXIT_ERROR, _ ("%s: there are no shapes of this part"), data);
  if (!sw_retrieval_score_folder (n, items, folder, &retrieval, &error))
    return sw_cli_fail_error (error);
  return print_retrieval (&retrieval, folder, json);
}

int
sw_command_evaluate (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *data = NULL, *part_name = NULL, *publish = NULL, *submission = NULL, *score = NULL;
  int n_copies = 1;
  gboolean twin = FALSE;
  SwDataPart part = SW_PART_VALIDATION;
  int n = 0, status;
  const GOptionEntry entries[] = {
    { "twin", 0, 0, G_OPTION_ARG_NONE, &twin, N_ ("Evaluate the conventional twin"), NULL },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, N_ ("Folder with the experiment's data"), "FOLDER" },
    { "samples", 0, 0, G_OPTION_ARG_INT, &n, N_ ("How many; 0: all, or as the experiment sees fit"), "N" },
    { "publish", 0, 0, G_OPTION_ARG_FILENAME, &publish,
      N_ ("Write the weights with what they were trained on and their test accuracy"), "FILE" },
    { "submission", 0, 0, G_OPTION_ARG_FILENAME, &submission,
      N_ ("Shapes: write ranked lists in the form of SHREC17, and measure the retrieval"), "FOLDER" },
    { "score", 0, 0, G_OPTION_ARG_FILENAME, &score, N_ ("Shapes: measure the ranked lists in a folder; no network runs"), "FOLDER" },
    { "copies", 0, 0, G_OPTION_ARG_INT, &n_copies, N_ ("Shapes, --submission: rotations of each over which scores are summed (1)"), "N" },
    /* translators: leave the words in quotes as they are */
    { "part", 0, 0, G_OPTION_ARG_STRING, &part_name,
      N_ ("“validation” (default), “test” (turned at random), “test-as-given” (not turned) or “train”"), "PART" },
    { NULL },
  };
  const SwExperiment *experiment;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwLoadedModel) loaded = NULL;
  g_autoptr (SwTrainingEvaluation) evaluation = NULL;
  g_autoptr (GError) error = NULL;
  SwModelRequest model_request = { 0 };
  SwRunOptions run = { 0 };
  SwModel *model = NULL;
  SwError plain = { 0 };
  double published;

  if (!sw_cli_parse (&options, arguments, _ ("EXPERIMENT"),
                     _ ("Measures how well trained weights do on freshly drawn samples of an experiment."), entries,
                     SW_CLI_MODEL | SW_CLI_WORDS, &status))
    return status;
  if (options.files == NULL || options.files[0] == NULL || options.files[1] != NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("name one experiment, for example “tetris”"));
  experiment = find_experiment (options.files[0]);
  if (experiment == NULL)
    return SW_EXIT_USAGE;
  if (n < 0)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--samples wants a number above 0"));
  if (part_name != NULL && !part_from_string (part_name, &part))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--part wants validation, test, test-as-given or train, not “%s”"), part_name);
  if ((submission != NULL || score != NULL) && experiment->open != sw_experiment_shrec17.open
      && experiment->open != sw_experiment_shrec17_upright.open)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--submission and --score are for the experiment “shrec17”"));
  if (score != NULL && (submission != NULL || publish != NULL))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--score runs no network: give it without --submission and --publish"));
  if (n_copies < 1 || (n_copies > 1 && submission == NULL))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--copies wants a number above 0, and --submission"));
  if (n > 0 && (submission != NULL || score != NULL))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--submission and --score take all shapes, not --samples"));
  if (score != NULL)
    return score_folder (data, part_name != NULL ? part : SW_PART_TEST, score, options.json);
  catalog = sw_catalog_new ();
  model_request.network = options.network != NULL ? options.network : twin ? experiment->twin : experiment->network;
  model_request.weights = options.weights;
  model_request.random = options.random;
  model_request.seed = options.seed;
  loaded = sw_loaded_model_new (catalog, &model_request, &error);
  if (loaded == NULL)
    return sw_cli_fail_error (error);
  if (loaded->random)
    sw_cli_note (_ ("there are no trained weights for “%s”: these are random"), loaded->network->name);
  run.engine = loaded->network->conventional && !options.engine_given ? SW_ENGINE_SAMPLED : options.job.engine;
  run.size = options.job.size;
  run.w_max = options.job.w_max;
  run.plain_stride = options.job.plain_stride;
  run.basis = options.job.basis;
  if (sw_model_dup (loaded->model, &model, &plain) != SW_OK)
    return sw_cli_fail (SW_EXIT_ERROR, "%s", plain.text);
  if (publish != NULL
      && !sw_training_publish (experiment, model, &run, data, options.seed, publish, &sw_cli_progress, &error))
    {
      sw_cli_progress_end ();
      sw_model_free (model);
      return sw_cli_fail_error (error);
    }
  if (submission != NULL)
    {
      SwRetrieval retrieval;
      const bool fine = part != SW_PART_TRAIN
                        && sw_retrieval_run (experiment, model, &run, data, part_name != NULL ? part : SW_PART_TEST, (size_t) n_copies,
                                             options.seed, submission, &sw_cli_progress, &retrieval, &error);
      sw_cli_progress_end ();
      sw_model_free (model);
      if (part == SW_PART_TRAIN)
        return sw_cli_fail (SW_EXIT_USAGE, _ ("--submission is for the validation and the test"));
      return fine ? print_retrieval (&retrieval, submission, options.json) : sw_cli_fail_error (error);
    }
  evaluation = sw_training_evaluate (experiment, model, &run, data, part, (size_t) n, options.seed, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  sw_model_free (model);
  if (evaluation == NULL)
    return sw_cli_fail_error (error);
  published = loaded->network->conventional ? experiment->published_twin : experiment->published;
  if (options.json)
    sw_cli_print_json (json_pack ("{s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:f, s:f, s:f, s:f, s:o, s:o}", "experiment", experiment->name,
                                  "part", part_names[part], "network", loaded->network->name, "engine",
                                  sw_engine_name (run.engine), "weights", loaded->weights_path, "random_weights",
                                  (int) loaded->random, "samples", (json_int_t) evaluation->result.n, "accuracy",
                                  evaluation->result.accuracy, "top3", evaluation->result.top3, "most_frequent_class",
                                  most_frequent (evaluation), "loss", evaluation->result.loss, "published",
                                  published > 0 ? json_real (published) : json_null (), "confusion",
                                  confusion_to_json (evaluation)));
  else
    {
      printf (_ ("%s: %.1f %% of %zu samples right, loss %.4f"), loaded->network->title, 100 * evaluation->result.accuracy,
              evaluation->result.n, evaluation->result.loss);
      if (published > 0)
        printf (_ (" (the paper: %.1f %%)"), 100 * published);
      putchar ('\n');
      if (evaluation->n_classes > 3)
        /* translators: percent of the samples, twice */
        printf (_ ("among the first three: %.1f %%; always the most frequent class: %.1f %%\n"), 100 * evaluation->result.top3,
                100 * most_frequent (evaluation));
      print_confusion (evaluation, loaded->network);
    }
  return 0;
}
