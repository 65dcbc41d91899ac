/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "workbench/export.h"
#include "workbench/report.h"
#include "workbench/voxel-job.h"

int
sw_command_voxelize (char **arguments)
{
  g_auto (SwCliOptions) options = { 0 };
  g_autofree char *output = NULL;
  int copy = -1, size = 0, status;
  double voxel = 0.0, sigma = 0.0;
  gboolean bandlimited = FALSE, unit_mass = FALSE, box = FALSE;
  g_autofree char *channels = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("File to write: .npz, .npy, .map, .mrc or .ccp4"), "FILE" },
    { "size", 0, 0, G_OPTION_ARG_INT, &size, N_ ("Voxels along each edge (what the atoms need)"),
      "N" },
    { "voxel", 0, 0, G_OPTION_ARG_DOUBLE, &voxel, N_ ("Edge of a voxel (1)"), "ANGSTROM" },
    { "sigma", 0, 0, G_OPTION_ARG_DOUBLE, &sigma, N_ ("Width of an atom's Gaussian (one voxel)"),
      "ANGSTROM" },
    { "channels", 0, 0, G_OPTION_ARG_STRING, &channels, N_ ("one, element, ca or trace"), "WHICH" },
    { "copy", 0, 0, G_OPTION_ARG_INT, &copy, N_ ("For maps: which channel, from 0"), "N" },
    { "bandlimited", 0, 0, G_OPTION_ARG_NONE, &bandlimited,
      N_ ("Cut the spectrum to a ball; periodic"), NULL },
    { "unit-mass", 0, 0, G_OPTION_ARG_NONE, &unit_mass,
      N_ ("Each atom's voxels sum to 1, instead of height 1"), NULL },
    { "box", 0, 0, G_OPTION_ARG_NONE, &box,
      N_ ("Meshes, not band-limited: the turned bounding box fills the grid, as published"), NULL },
    { NULL },
  };
  SwVoxelJob job = { 0 };
  g_autoptr (SwDocument) document = NULL;
  g_autoptr (SwRunResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (!sw_cli_parse (&options, arguments, _ ("FILE"),
                     _ ("Turns atoms, or the surface of a mesh, into a density on a cubic grid and writes it."), entries,
                     SW_CLI_DOCUMENT | SW_CLI_ROTATION, &status))
    return status;
  if (output == NULL)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("name a file with --output"));
  if (size < 0 || voxel < 0.0 || sigma < 0.0)
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--size, --voxel and --sigma want numbers above 0"));
  if (channels != NULL && !sw_channels_from_string (channels, &job.channels))
    return sw_cli_fail (SW_EXIT_USAGE, _ ("--channels wants one, element, ca or trace, not “%s”"),
                        channels);
  document = sw_cli_load_document (&options);
  if (document == NULL)
    return SW_EXIT_ERROR;
  job.size = (unsigned) size;
  job.voxel_angstrom = voxel;
  job.sigma_angstrom = sigma;
  job.bandlimited = bandlimited;
  job.unit_mass = unit_mass;
  job.box = box;
  job.rotation = options.rotation;
  result = sw_voxel_job_run (document, &job, &sw_cli_progress, &error);
  sw_cli_progress_end ();
  if (result == NULL || !sw_export_field (result, -1, copy, output, &error))
    return sw_cli_fail_error (error);
  for (const char *const *warning = result->warnings; *warning != NULL; warning++)
    sw_cli_note ("%s", *warning);
  if (options.json)
    sw_cli_print_json (json_pack ("{s:s,s:I,s:I,s:f,s:f,s:I,s:I,s:f}", "output", output, "size",
                                  (json_int_t) result->input.size, "channels",
                                  (json_int_t) sw_field_type_dim (&result->input.fields),
                                  "voxel_angstrom", result->input.spacing, "centre_voxel",
                                  result->input.centre, "atoms", (json_int_t) result->n_atoms,
                                  "atoms_outside", (json_int_t) result->n_atoms_outside, "seconds",
                                  result->seconds_voxelize));
  else if (document->surface != NULL)
    /* translators: edge of a grid, edge of a voxel in 1/32 of the radius of the shape, a file */
    printf (_ ("%zu^3 voxels of %.3g, written to %s\n"), result->input.size, result->input.spacing, output);
  else
    printf (_ ("%zu^3 voxels of %.3g Å, %zu atoms, written to %s\n"), result->input.size,
            result->input.spacing, result->n_atoms - result->n_atoms_outside, output);
  return 0;
}
