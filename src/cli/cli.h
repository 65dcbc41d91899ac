/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli/cli.h: what the commands of swivel-cli share
 *
 * A command parses its options, asks the workbench, and prints. With --json exactly one JSON value
 * goes to stdout; messages and progress go to stderr, always.
 */
#pragma once

#include <gio/gio.h>
#include <jansson.h>
#include <stdbool.h>

#include "so3/rotation.h"
#include "workbench/job.h"

/* Exit statuses. */
#define SW_EXIT_ERROR 1
#define SW_EXIT_USAGE 2

typedef struct
{
  const char *name;
  const char *summary;           /* one line, N_() */
  int (*run) (char **arguments); /* NULL terminated, [0] is "swivel-cli NAME"; may be permuted */
} SwCommand;

extern const SwCommand sw_commands[]; /* ends with a NULL name */

int sw_command_info (char **arguments);
int sw_command_voxelize (char **arguments);
int sw_command_run (char **arguments);
int sw_command_equivariance (char **arguments);
int sw_command_sweep (char **arguments);
int sw_command_kernels (char **arguments);
int sw_command_networks (char **arguments);
int sw_command_render (char **arguments);
int sw_command_doctor (char **arguments);
int sw_command_train (char **arguments);
int sw_command_evaluate (char **arguments);
int sw_command_study (char **arguments);
int sw_command_attribute (char **arguments);
int sw_command_classify (char **arguments);
int sw_command_index (char **arguments);
int sw_command_search (char **arguments);
int sw_command_propensity (char **arguments);

/* ---- options that several commands take ---- */

/* Which groups a command wants. */
typedef enum
{
  SW_CLI_DOCUMENT = 1 << 0, /* exactly one FILE, and how to read it */
  SW_CLI_MODEL = 1 << 1,    /* network, weights, engine and grid */
  SW_CLI_ROTATION = 1 << 2,
  SW_CLI_DOCUMENTS = 1 << 4, /* one FILE or more, left in files, and how to read them */
  SW_CLI_WORDS = 1 << 3, /* words of the command's own, left in files */
  SW_CLI_MESHES = 1 << 5, /* with one of the first: the files are meshes, of which nothing is chosen */
} SwCliGroups;

typedef struct
{
  /* document */
  char *path; /* the FILE */
  SwDocumentOptions document;
  /* model */
  char *network, *weights;
  bool random;
  guint64 seed;
  SwJobOptions job;
  bool engine_given;
  /* rotation */
  SwQuat rotation;
  /* all */
  gboolean json, quiet;
  /* as written; turned into the above by sw_cli_parse */
  int model, size;
  char **files;
  char *altloc, *assembly, *selection, *engine, *channels, *basis, *rotation_text, *axis_angle,
      *seed_text;
  gboolean hydrogens, waters, no_ligands, random_given, plain_stride;
  double spacing, voxel, sigma, w_max;
} SwCliOptions;

/* Parses arguments: own entries (may be NULL) and the groups. On failure prints a message and
 * returns the exit status in *ret_status; --help exits by itself. */
bool sw_cli_parse (SwCliOptions *options,
                   char **arguments,
                   const char *parameters,
                   const char *summary,
                   const GOptionEntry *entries,
                   unsigned groups,
                   int *ret_status);
/* A whole number from 0; false when text is something else. */
bool sw_cli_parse_seed (const char *text, guint64 *ret);
void sw_cli_options_clear (SwCliOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SwCliOptions, sw_cli_options_clear)

/* Loads what the options name; NULL after printing an error. */
SwDocument *sw_cli_load_document (const SwCliOptions *options);
/* options->job.engine falls back to the sampled engine where the person named none and the network
 * is an ordinary CNN. */
SwWorker *sw_cli_make_worker (SwCliOptions *options, const SwCatalog *catalog);

/* ---- messages ---- */

/* "swivel-cli: TEXT" on stderr; returns status. */
int sw_cli_fail (int status, const char *format, ...) G_GNUC_PRINTF (2, 3);
int sw_cli_fail_error (const GError *error);
void sw_cli_note (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Prints and drops json. */
void sw_cli_print_json (json_t *json);
/* A bar on stderr when that is a terminal; nothing otherwise. */
extern const SwProgress sw_cli_progress;
/* Takes the bar away. */
void sw_cli_progress_end (void);
/* A function of a module that draws (src/chart, src/picture): beside the program in its build tree, else where it was installed.
 * The module stays open. NULL: dlerror says why. */
void *sw_cli_module_symbol (const char *name, const char *symbol);

