/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/threads.h"
#include "cli/cli.h"
#include "workbench/locale.h"

const SwCommand sw_commands[] = {
  { "info", N_ ("say what is in a structure, a density map or a volume"), sw_command_info },
  { "voxelize", N_ ("turn atoms into a density on a grid and write it"), sw_command_voxelize },
  { "run", N_ ("run a network and print class scores and field norms"), sw_command_run },
  { "equivariance", N_ ("measure how exactly the fields turn with the input"),
    sw_command_equivariance },
  { "sweep", N_ ("plot the error against the angle, for both engines and the twin"), sw_command_sweep },
  { "kernels", N_ ("write the steerable kernels between two orders"), sw_command_kernels },
  { "networks", N_ ("list the networks that there are"), sw_command_networks },
  { "classify", N_ ("class scores of many structures"), sw_command_classify },
  { "index", N_ ("keep a network's answers about the meshes of a folder"), sw_command_index },
  { "search", N_ ("find the shapes of an index that are like a mesh"), sw_command_search },
  { "propensity", N_ ("say which amino acids fit into each place of a protein"), sw_command_propensity },
  { "attribute", N_ ("say which atoms and residues speak for a class"), sw_command_attribute },
  { "render", N_ ("draw molecule, density and fields into a PNG file"), sw_command_render },
  { "train", N_ ("train the network of an experiment"), sw_command_train },
  { "evaluate", N_ ("measure trained weights on fresh samples"), sw_command_evaluate },
  { "study", N_ ("how accuracy grows with the number of training samples"), sw_command_study },
  { "doctor", N_ ("check this installation and this machine"), sw_command_doctor },
  { NULL, NULL, NULL },
};

static void
print_help (FILE *stream)
{
  fprintf (stream, _ ("Usage: swivel-cli COMMAND [OPTIONS]\n\n"));
  for (const SwCommand *command = sw_commands; command->name != NULL; command++)
    fprintf (stream, "  %-13s %s\n", command->name, _ (command->summary));
  fprintf (stream, _ ("\nswivel-cli COMMAND --help explains one command; swivel-cli --version "
                      "tells the version.\n"));
}

int
main (int argc, char **argv)
{
  sw_threads_wait_asleep (argv);
  sw_locale_init ();
  g_set_prgname ("swivel-cli");

  if (argc < 2)
    {
      print_help (stderr);
      return SW_EXIT_USAGE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      puts ("swivel-cli " SW_VERSION);
      return 0;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")
      || g_str_equal (argv[1], "help"))
    {
      print_help (stdout);
      return 0;
    }
  for (const SwCommand *command = sw_commands; command->name != NULL; command++)
    if (g_str_equal (command->name, argv[1]))
      {
        g_autofree char *name = g_strdup_printf ("swivel-cli %s", command->name);
        g_autofree char **arguments = g_new0 (char *, argc);

        g_set_prgname (name);
        arguments[0] = name;
        for (int i = 2; i < argc; i++)
          arguments[i - 1] = argv[i];
        return command->run (arguments);
      }
  return sw_cli_fail (SW_EXIT_USAGE, _ ("there is no command “%s”; see swivel-cli --help"),
                      argv[1]);
}
