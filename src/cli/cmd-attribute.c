/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "render/colormap.h"
#include "workbench/attribution-export.h"

#define RESIDUES_SHOWN 10
#define N_COLORS 5

static void
print_residue (const SwAttribution *attribution, size_t i)
{
  const size_t r = attribution->ranking[i];
  const SwAttributionResidue *residue = &attribution->residues[r];
  g_autofree char *name = sw_attribution_dup_residue_name (attribution, r);

  printf ("  %4zu  %-14s %+10.4g  ± %-9.2g", i + 1, name, residue->value, residue->error);
  if (attribution->has_occlusion)
    printf ("  %+10.4g", residue->occlusion);
  putchar ('\n');
}

static void
print_attribution (const SwAttribution *attribution)
{
  const size_t n = attribution->n_ranked, shown = MIN (n, RESIDUES_SHOWN);

  /* translators: network, class, log odds and their spread, probability */
  printf (_ ("%s: %s, log odds %.3f ± %.2g, probability %.3f\n"), attribution->model_name, attribution->class_name,
          attribution->score, attribution->score_spread, attribution->probability);
  printf (_ ("first-order share of all residues: %.4g ± %.2g, mean over %zu rotations\n"), attribution->sum,
          attribution->sum_error, attribution->n_rotations);
  if (attribution->has_occlusion)
    printf (_ ("rank correlation with leaving residues out: %.3f (last column)\n"), attribution->rank_correlation);
  printf (_ ("most for it:\n"));
  for (size_t i = 0; i < shown; i++)
    print_residue (attribution, i);
  if (n > shown)
    printf (_ ("most against it:\n"));
  for (size_t i = MAX (shown, n - MIN (n, RESIDUES_SHOWN)); i < n; i++)
    print_residue (attribution, i);
}

int
sw_command_attribute (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *class_name = NULL, *output = NULL, *second = NULL, *seed = NULL;
  int rotations = SW_ATTRIBUTION_ROTATIONS, status;
  gboolean occlusion = FALSE;
  const GOptionEntry entries[] = {
    { "class", 'c', 0, G_OPTION_ARG_STRING, &class_name, N_ ("Class to explain (the one with the highest score)"), "NAME" },
    { "rotations", 0, 0, G_OPTION_ARG_INT, &rotations, N_ ("Random rotations to average over (8)"), "N" },
    { "rotations-seed", 0, 0, G_OPTION_ARG_STRING, &seed, N_ ("Seed of the rotations (0)"), "S" },
    { "occlusion", 0, 0, G_OPTION_ARG_NONE, &occlusion, N_ ("Also leave out each residue and run again"), NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("Table (.csv), structure (.cif, .pdb) or script for ChimeraX (.cxc) or PyMOL (.pml)"), "FILE" },
    { NULL },
  };
  SwAttributionParams params = { 0 };
  uint8_t colors[N_COLORS][4];
  const SwPalette palette = { N_COLORS, (const uint8_t (*)[4]) colors };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwCatalog) catalog = NULL;
  g_autoptr (SwWorker) worker = NULL;
  g_autoptr (SwAttribution) attribution = NULL;
  g_autoptr (GError) error = NULL;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Says which atoms and residues speak for a class: gradient times mass, averaged over rotations."),
                     entries, SW_CLI_DOCUMENT | SW_CLI_MODEL, &status))
    return status;
  if (rotations < 1 || rotations > SW_ATTRIBUTION_ROTATIONS_MAX)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--rotations wants 1 to %d, not %d"), SW_ATTRIBUTION_ROTATIONS_MAX, rotations);
  if (output != NULL && !sw_attribution_can_write (output))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--output wants a name in .csv, .cif, .pdb, .cxc or .pml, not “%s”"), output);
  if (seed != NULL && !sw_cli_parse_seed (seed, &params.seed))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--rotations-seed wants a whole number from 0, not “%s”"), seed);
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  catalog = sw_catalog_new ();
  worker = sw_cli_make_worker (&options, catalog);
  if (worker == NULL)
    return SW_EXIT_ERROR;
  params.n_rotations = (size_t) rotations;
  params.occlusion = occlusion;
  params.class_given = class_name != NULL;
  if (class_name != NULL
      && !sw_attribution_find_class (sw_worker_get_model (worker), class_name, &params.class_index, &error))
    return sw_cli_fail_error (error);
  attribution = sw_attribution_compute (worker, document, &params, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (attribution == NULL)
    return sw_cli_fail_error (error);
  sw_colormap_fill (SW_COLORMAP_BLUE_ORANGE, N_COLORS, colors);
  if (output != NULL && !sw_attribution_write (attribution, &palette, output, &second, &error))
    return sw_cli_fail_error (error);
  for (const char *const *warning = attribution->warnings; *warning != NULL; warning++)
    sw_cli_note ("%s", *warning);
  if (second != NULL)
    sw_cli_note (_ ("the script loads %s"), second);
  if (options.json)
    sw_cli_print_json (sw_attribution_to_json (attribution));
  else
    print_attribution (attribution);
  return 0;
}
