/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a molecule looks: its style where none was chosen, the colours of its atoms and what they mean. */
#include "config.h"

#include "render/scene-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- how the molecule looks */

SwMoleculeStyle
sw_pane_get_style (const SwPane *pane)
{
  const SwMoleculeData *molecule = pane->molecule;
  if (molecule == NULL)
    return SW_MOLECULE_OFF;
  size_t n_trace = 0;
  for (size_t r = 0; r < molecule->n_residues && n_trace < 2; r++)
    n_trace += molecule->residues[r].ca >= 0;
  SwMoleculeStyle style = pane->style;
  if (style == SW_MOLECULE_AUTO)
    style = molecule->n_atoms > SW_MOLECULE_AUTO_ATOMS ? SW_MOLECULE_CARTOON
                                                       : SW_MOLECULE_BALL_AND_STICK;
  if (style == SW_MOLECULE_SURFACE && (pane->density.data == NULL || pane->density.data->max <= 0.0))
    style = n_trace < 2 ? SW_MOLECULE_BALL_AND_STICK : SW_MOLECULE_CARTOON;
  if ((style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE) && n_trace < 2)
    style = SW_MOLECULE_BALL_AND_STICK;
  return style;
}

SwColorScheme
sw_pane_get_scheme (const SwPane *pane)
{
  if (pane->scheme == SW_COLOR_GIVEN && pane->molecule != NULL && pane->molecule->colors != NULL)
    return SW_COLOR_GIVEN;
  if (pane->scheme != SW_COLOR_AUTO && pane->scheme != SW_COLOR_GIVEN)
    return pane->scheme;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  if (style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE || style == SW_MOLECULE_SURFACE)
    return pane->molecule->n_chains > 1 ? SW_COLOR_CHAIN : SW_COLOR_RAINBOW;
  return SW_COLOR_ELEMENT;
}

float
sw_pane_get_ball_radius (SwMoleculeStyle style, const SwMoleculeData *molecule, size_t atom)
{
  switch (style)
    {
    case SW_MOLECULE_SPHERES:
      return molecule->radii[atom];
    case SW_MOLECULE_BALL_AND_STICK:
      return 0.24f * molecule->radii[atom];
    case SW_MOLECULE_STICKS:
      return 0.22f;
    case SW_MOLECULE_SURFACE:
      return 0.0f;
    case SW_MOLECULE_CARTOON:
    case SW_MOLECULE_TRACE:
      if (molecule->residue_of != NULL && molecule->residues[molecule->residue_of[atom]].ca >= 0)
        return 0.0f;
      return 0.24f * molecule->radii[atom];
    default:
      return 0.0f;
    }
}

#define B_FACTOR_MAP SW_COLORMAP_VIRIDIS

static unsigned
residue_class (const SwMoleculeResidue *residue)
{
  return residue == NULL           ? SW_RESIDUE_CLASS_OTHER
         : residue->is_nucleotide ? SW_RESIDUE_CLASS_NUCLEOTIDE
                                  : sw_residue_class (residue->type);
}

static double
b_place (const SwMoleculeData *molecule, size_t atom)
{
  if (molecule->b_factors == NULL)
    return NAN;
  const double span = (double) molecule->b_high - (double) molecule->b_low;
  return span > 0.0 ? ((double) molecule->b_factors[atom] - (double) molecule->b_low) / span : 0.5;
}

void
sw_pane_get_atom_color (const SwPane *pane, SwColorScheme scheme, size_t atom, uint8_t ret[4])
{
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeResidue *residue
      = molecule->residue_of != NULL ? &molecule->residues[molecule->residue_of[atom]] : NULL;
  switch (scheme)
    {
    case SW_COLOR_GIVEN:
      memcpy (ret, molecule->colors[atom], 4);
      return;
    case SW_COLOR_CHAIN:
      sw_color_chain (residue != NULL ? residue->chain : 0, ret);
      return;
    case SW_COLOR_RAINBOW:
      sw_color_rainbow (molecule->n_residues > 1 ? (double) molecule->residue_of[atom]
                                                       / (double) (molecule->n_residues - 1)
                                                 : 0.0,
                        ret);
      return;
    case SW_COLOR_SECONDARY:
      sw_color_secondary (residue != NULL ? residue->secondary : 0, ret);
      return;
    case SW_COLOR_RESIDUE:
      sw_color_residue (residue_class (residue), ret);
      return;
    case SW_COLOR_B_FACTOR:
      sw_colormap_bytes (B_FACTOR_MAP, b_place (molecule, atom), ret);
      return;
    case SW_COLOR_PLDDT:
      sw_color_confidence (molecule->b_factors != NULL ? (double) molecule->b_factors[atom] : NAN, ret);
      return;
    default:
      sw_color_element (molecule->elements[atom], ret);
    }
}

/* ---- what the colours mean */

static const char *const titles[SW_N_COLOR_SCHEMES] = {
  [SW_COLOR_AUTO] = "",
  [SW_COLOR_ELEMENT] = N_ ("Elements"),
  [SW_COLOR_CHAIN] = N_ ("Chains"),
  [SW_COLOR_RAINBOW] = N_ ("Along the chain"),
  [SW_COLOR_SECONDARY] = N_ ("Secondary structure"),
  [SW_COLOR_RESIDUE] = N_ ("Residue type"),
  [SW_COLOR_B_FACTOR] = N_ ("B-factor (Å²)"),
  [SW_COLOR_PLDDT] = N_ ("Confidence (pLDDT)"),
  [SW_COLOR_GIVEN] = N_ ("Explanation"),
};

static void
add_entry (SwColorLegend *legend, const uint8_t color[4], const char *label)
{
  if (legend->n_entries == SW_COLOR_ENTRIES_MAX)
    {
      legend->n_left_out++;
      return;
    }
  SwColorEntry *entry = &legend->entries[legend->n_entries++];
  memcpy (entry->color, color, 4);
  g_strlcpy (entry->label, label, sizeof entry->label);
}

static void
add_elements (const SwMoleculeData *molecule, SwColorLegend *legend)
{
  size_t counts[256] = { 0 };
  for (size_t a = 0; a < molecule->n_atoms; a++)
    counts[molecule->elements[a]]++;
  for (;;)
    {
      unsigned best = 0;
      for (unsigned e = 1; e < 256; e++)
        if (counts[e] > counts[best])
          best = e;
      if (counts[best] == 0)
        return;
      counts[best] = 0;
      uint8_t color[4];
      const char *symbol = sw_color_element_symbol (best);
      sw_color_element (best, color);
      add_entry (legend, color, symbol != NULL ? symbol : _ ("other"));
      if (symbol == NULL) /* they share a colour */
        for (unsigned e = 0; e < 256; e++)
          if (sw_color_element_symbol (e) == NULL)
            counts[e] = 0;
    }
}

static void
add_chains (const SwMoleculeData *molecule, SwColorLegend *legend)
{
  const uint32_t n_names
      = molecule->chain_names != NULL ? g_strv_length (molecule->chain_names) : 0;
  g_autofree bool *is_there = g_new0 (bool, MAX (molecule->n_chains, 1));
  for (size_t r = 0; r < molecule->n_residues; r++)
    is_there[molecule->residues[r].chain] = true;
  for (uint32_t c = 0; c < MAX (molecule->n_chains, 1); c++)
    {
      if (molecule->n_chains > 0 && !is_there[c])
        continue;
      uint8_t color[4];
      g_autofree char *name = c < n_names ? g_strdup (molecule->chain_names[c]) : g_strdup_printf ("%u", c + 1);
      sw_color_chain (c, color);
      add_entry (legend, color, name);
    }
}

static void
add_secondary (SwColorLegend *legend)
{
  static const char *const names[] = { N_ ("Coil"), N_ ("Helix"), N_ ("Strand") };
  for (unsigned i = 0; i < 3; i++)
    {
      uint8_t color[4];
      sw_color_secondary ((i + 1) % 3, color);
      add_entry (legend, color, _ (names[(i + 1) % 3]));
    }
}

static void
add_residues (const SwMoleculeData *molecule, SwColorLegend *legend)
{
  bool is_there[SW_N_RESIDUE_CLASSES] = { 0 };
  for (size_t r = 0; r < molecule->n_residues; r++)
    is_there[residue_class (&molecule->residues[r])] = true;
  for (unsigned c = 0; c < SW_N_RESIDUE_CLASSES; c++)
    if (is_there[c])
      {
        uint8_t color[4];
        sw_color_residue (c, color);
        add_entry (legend, color, _ (sw_residue_class_title (c)));
      }
}

static void
add_confidence (SwColorLegend *legend)
{
  static const struct
  {
    double value;
    const char *label;
  } classes[] = { { 95, N_ ("above 90, very high") }, { 80, N_ ("70 to 90, confident") }, { 60, N_ ("50 to 70, low") }, { 20, N_ ("below 50, very low") } };
  for (size_t i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      uint8_t color[4];
      sw_color_confidence (classes[i].value, color);
      add_entry (legend, color, _ (classes[i].label));
    }
}

static void
fill_scale (const SwMoleculeData *molecule, SwColorLegend *legend)
{
  legend->is_scale = true;
  for (size_t i = 0; i < G_N_ELEMENTS (legend->scale); i++)
    {
      const double t = (double) i / (double) (G_N_ELEMENTS (legend->scale) - 1);
      if (legend->scheme == SW_COLOR_RAINBOW)
        sw_color_rainbow (t, legend->scale[i]);
      else
        sw_colormap_bytes (B_FACTOR_MAP, t, legend->scale[i]);
    }
  if (legend->scheme == SW_COLOR_RAINBOW)
    {
      g_strlcpy (legend->low, _ ("first residue"), sizeof legend->low);
      g_strlcpy (legend->high, _ ("last"), sizeof legend->high);
      return;
    }
  g_snprintf (legend->low, sizeof legend->low, "%.0f", (double) molecule->b_low);
  g_snprintf (legend->high, sizeof legend->high, "%.0f", (double) molecule->b_high);
}

void
sw_scene_get_molecule_style (const SwScene *scene, unsigned pane, SwMoleculeStyle *ret_style, SwColorScheme *ret_scheme)
{
  const SwPane *p = &scene->panes[MIN (pane, SW_PANES_MAX - 1)];
  *ret_style = sw_pane_get_style (p);
  *ret_scheme = *ret_style == SW_MOLECULE_OFF ? SW_COLOR_ELEMENT : sw_pane_get_scheme (p);
}

void
sw_scene_get_color_legend (const SwScene *scene, unsigned pane, SwColorLegend *ret)
{
  const SwPane *p = &scene->panes[MIN (pane, SW_PANES_MAX - 1)];
  const SwMoleculeData *molecule = p->molecule;
  *ret = (SwColorLegend){ 0 };
  if (sw_pane_get_style (p) == SW_MOLECULE_OFF)
    return;
  ret->scheme = sw_pane_get_scheme (p);
  ret->title = _ (titles[ret->scheme]);
  switch (ret->scheme)
    {
    case SW_COLOR_ELEMENT:
      add_elements (molecule, ret);
      break;
    case SW_COLOR_CHAIN:
      add_chains (molecule, ret);
      break;
    case SW_COLOR_SECONDARY:
      add_secondary (ret);
      break;
    case SW_COLOR_RESIDUE:
      add_residues (molecule, ret);
      break;
    case SW_COLOR_PLDDT:
      add_confidence (ret);
      break;
    case SW_COLOR_RAINBOW:
      fill_scale (molecule, ret);
      break;
    case SW_COLOR_B_FACTOR:
      if (molecule->b_factors == NULL)
        return;
      fill_scale (molecule, ret);
      break;
    default:
      return; /* given: who gave the colours knows */
    }
  ret->is_shown = true;
}
