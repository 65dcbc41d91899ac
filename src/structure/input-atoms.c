/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "base/memory.h"
#include "structure/environment-atoms.h"

static const char *const element_names[] = { "H", "C", "N", "O", "S", "other" };

/* The order of voxel/trace.h. */
static const char *const trace_names[] = {
  "helix", "strand", "other", "parallel partners", "antiparallel partners",
  "helix direction y", "helix direction z", "helix direction x",
  "strand direction y", "strand direction z", "strand direction x",
  "helix axis xy", "helix axis yz", "helix axis zz", "helix axis xz", "helix axis xx-yy",
  "strand axis xy", "strand axis yz", "strand axis zz", "strand axis xz", "strand axis xx-yy",
};

static bool
is_ca_only (SwChannels channels)
{
  return channels == SW_CHANNELS_CA || channels == SW_CHANNELS_TRACE;
}

size_t
sw_channels_count (SwChannels channels)
{
  return channels == SW_CHANNELS_ELEMENT ? G_N_ELEMENTS (element_names)
         : channels == SW_CHANNELS_TRACE ? G_N_ELEMENTS (trace_names)
         : channels == SW_CHANNELS_ENVIRONMENT ? SW_ENVIRONMENT_N_CHANNELS
                                         : 1;
}

const char *
sw_channels_name (SwChannels channels, size_t i)
{
  g_return_val_if_fail (i < sw_channels_count (channels), "");
  return channels == SW_CHANNELS_ELEMENT ? element_names[i]
         : channels == SW_CHANNELS_TRACE ? trace_names[i]
         : channels == SW_CHANNELS_ENVIRONMENT ? sw_environment_channel_name (i)
         : channels == SW_CHANNELS_CA    ? "CA"
                                         : "all";
}

const char *
sw_channels_to_string (SwChannels channels)
{
  static const char *const words[] = { "one", "element", "ca", "trace", "environment" };
  g_return_val_if_fail ((size_t) channels < G_N_ELEMENTS (words), "one");
  return words[channels];
}

bool
sw_channels_from_string (const char *word, SwChannels *ret_channels)
{
  for (SwChannels c = SW_CHANNELS_ONE; c <= SW_CHANNELS_ENVIRONMENT; c++)
    if (g_ascii_strcasecmp (word, sw_channels_to_string (c)) == 0)
      {
        *ret_channels = c;
        return true;
      }
  return false;
}

static uint8_t
channel_of (unsigned element)
{
  switch (element)
    {
    case 1:
      return 0;
    case 6:
      return 1;
    case 7:
      return 2;
    case 8:
      return 3;
    case 16:
      return 4;
    default:
      return 5;
    }
}

static void
find_centre (SwInputAtoms *atoms, SwCentre centre)
{
  double low[3] = { INFINITY, INFINITY, INFINITY }, high[3] = { -INFINITY, -INFINITY, -INFINITY };
  double sum[3] = { 0 };
  for (size_t a = 0; a < atoms->n_atoms; a++)
    for (int i = 0; i < 3; i++)
      {
        sum[i] += atoms->positions[a][i];
        low[i] = fmin (low[i], atoms->positions[a][i]);
        high[i] = fmax (high[i], atoms->positions[a][i]);
      }
  for (int i = 0; i < 3; i++)
    atoms->centre[i] = centre == SW_CENTRE_MEAN  ? sum[i] / (double) atoms->n_atoms
                       : centre == SW_CENTRE_BOX ? 0.5 * (low[i] + high[i])
                                                 : 0;
}

/* The residue whose C-alpha is nearest to the mean of all. */
static size_t
find_middle (const SwEnvironmentInput *input)
{
  double mean[3] = { 0 }, least = INFINITY;
  size_t best = 0;
  for (size_t r = 0; r < input->n_residues; r++)
    for (int i = 0; i < 3 && input->residues[r].complete; i++)
      mean[i] += (double) input->residues[r].ca[i] / (double) input->n_complete;
  for (size_t r = 0; r < input->n_residues; r++)
    {
      double square = 0;
      for (int i = 0; i < 3; i++)
        square += pow ((double) input->residues[r].ca[i] - mean[i], 2);
      if (input->residues[r].complete && square < least)
        {
          least = square;
          best = r;
        }
    }
  return best;
}

static SwInputAtoms *
dup_environment (const SwStructure *structure, GError **error)
{
  g_autoptr (SwEnvironmentInput) input = sw_structure_dup_environment_input (structure, error);
  g_autoptr (SwInputAtoms) atoms = NULL;
  size_t middle;

  if (input == NULL)
    return NULL;
  middle = find_middle (input);
  atoms = g_new0 (SwInputAtoms, 1);
  atoms->n_channels = SW_ENVIRONMENT_N_CHANNELS;
  atoms->positions = sw_alloc (input->n_atoms, sizeof *atoms->positions);
  atoms->channels = sw_alloc (input->n_atoms, sizeof *atoms->channels);
  atoms->atoms = sw_alloc (input->n_atoms, sizeof *atoms->atoms);
  if (atoms->positions == NULL || atoms->channels == NULL || atoms->atoms == NULL)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("Not enough memory for the atoms"));
      return NULL;
    }
  for (int i = 0; i < 3; i++)
    atoms->centre[i] = (double) input->residues[middle].ca[i];
  for (size_t a = 0; a < input->n_atoms; a++)
    {
      const uint8_t channel = input->residue_of[a] == middle ? input->own_channels[a] : input->channels[a];
      double *to = atoms->positions[atoms->n_atoms], square = 0;
      for (int i = 0; i < 3; i++)
        {
          to[i] = (double) input->positions[a][i] - atoms->centre[i];
          square += to[i] * to[i];
        }
      if (channel == SW_ENVIRONMENT_NO_CHANNEL || square > SW_ENVIRONMENT_REACH * SW_ENVIRONMENT_REACH)
        continue;
      atoms->radius = fmax (atoms->radius, sqrt (square));
      atoms->channels[atoms->n_atoms] = channel;
      atoms->atoms[atoms->n_atoms++] = input->atoms[a];
    }
  return g_steal_pointer (&atoms);
}

SwInputAtoms *
sw_structure_dup_input_atoms (const SwStructure *structure,
                              SwChannels channels,
                              SwCentre centre,
                              GError **error)
{
  SwInputAtoms *atoms;
  size_t n = 0;
  double squared = 0;

  g_return_val_if_fail (structure != NULL, NULL);
  if (channels == SW_CHANNELS_ENVIRONMENT)
    return dup_environment (structure, error);
  for (size_t a = 0; a < structure->n_atoms; a++)
    n += !is_ca_only (channels) || (structure->flags[a] & SW_ATOM_CA);
  if (n == 0)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY,
                   is_ca_only (channels)
                       ? _ ("%s has no protein: there is not one C-alpha atom to put on the grid")
                       : _ ("%s has no atoms to put on the grid"),
                   structure->path[0] != '\0' ? structure->path : _ ("The structure"));
      return NULL;
    }
  atoms = g_new0 (SwInputAtoms, 1);
  atoms->n_atoms = n;
  atoms->n_channels = sw_channels_count (channels);
  atoms->positions = sw_alloc (n, sizeof *atoms->positions);
  atoms->channels = sw_alloc (n, sizeof *atoms->channels);
  atoms->atoms = sw_alloc (n, sizeof *atoms->atoms);
  if (atoms->positions == NULL || atoms->channels == NULL || atoms->atoms == NULL)
    {
      sw_input_atoms_free (atoms);
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_TOO_LARGE,
                           _ ("Not enough memory for the atoms"));
      return NULL;
    }
  n = 0;
  for (size_t a = 0; a < structure->n_atoms; a++)
    if (!is_ca_only (channels) || (structure->flags[a] & SW_ATOM_CA))
      {
        memcpy (atoms->positions[n], structure->positions[a], sizeof atoms->positions[n]);
        atoms->channels[n]
            = channels == SW_CHANNELS_ELEMENT ? channel_of (structure->elements[a]) : 0;
        atoms->atoms[n++] = (uint32_t) a;
      }
  find_centre (atoms, centre);
  for (size_t a = 0; a < n; a++)
    {
      double d = 0;
      for (int i = 0; i < 3; i++)
        {
          atoms->positions[a][i] -= atoms->centre[i];
          d += atoms->positions[a][i] * atoms->positions[a][i];
        }
      squared = fmax (squared, d);
    }
  atoms->radius = sqrt (squared);
  return atoms;
}

void
sw_input_atoms_free (SwInputAtoms *atoms)
{
  if (atoms == NULL)
    return;
  sw_free (atoms->positions);
  sw_free (atoms->channels);
  sw_free (atoms->atoms);
  g_free (atoms);
}
