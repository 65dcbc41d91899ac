/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/view-scene.h"

#include <math.h>

/* Fraction of the largest norm below which arrows and glyphs are left out. */
#define GLYPH_THRESHOLD 0.12

void
sw_view_scene_centre (const SwStructure *structure, const SwLoadedModel *model, double ret[3])
{
  for (int i = 0; i < 3; i++)
    ret[i] = structure->mean[i];
  if (model == NULL)
    return;
  /* The network may look at fewer atoms than are drawn, and centres those. */
  const SwChannels channels = model->network->channels == SW_INPUT_CHANNELS_CA
                                      || model->network->channels == SW_INPUT_CHANNELS_TRACE
                                  ? SW_CHANNELS_CA
                                  : SW_CHANNELS_ONE;
  g_autoptr (SwInputAtoms) atoms
      = sw_structure_dup_input_atoms (structure, channels, SW_CENTRE_MEAN, NULL);
  if (atoms != NULL)
    for (int i = 0; i < 3; i++)
      ret[i] = atoms->centre[i];
}

static SwGridGeometry
geometry (gsize size, double spacing, double centre)
{
  /* The centre of rotation is the origin of the world; the middle of the grid lies half a voxel
   * beside it where the engine turns about a voxel of an even grid. */
  const double middle = ((double) (size - 1) / 2.0 - centre) * spacing;
  return (SwGridGeometry){ { size, size, size }, spacing, { middle, middle, middle } };
}

static void
set_density (SwScene *scene, const SwRunResult *run, SwShow show)
{
  const float *input = run != NULL ? sw_run_result_get_field (run, -1) : NULL;
  if (input == NULL)
    {
      sw_scene_set_density (scene, SW_PANE_ALL, NULL, NULL, NULL);
      return;
    }
  const SwRunLayer *layer = &run->input;
  const gsize n = layer->size * layer->size * layer->size;
  const gsize channels = sw_field_type_dim (&layer->fields);
  const SwGridGeometry grid = geometry (layer->size, layer->spacing, layer->centre);
  /* A surface wants the density, too. */
  const SwFieldStyle style = { .is_sequential = true, .opacity = 0.25, .threshold = 0.12, .is_hidden = (show & SW_SHOW_DENSITY) == 0 };
  if (channels == 1)
    {
      sw_scene_set_density (scene, SW_PANE_ALL, &grid, input, &style);
      return;
    }
  g_autofree float *sum = g_new0 (float, n);
  for (gsize c = 0; c < channels; c++)
    for (gsize i = 0; i < n; i++)
      sum[i] += input[c * n + i];
  sw_scene_set_density (scene, SW_PANE_ALL, &grid, sum, &style);
}

/* The gate of a copy: gates are counted over the fields with l >= 1, in channel order. */
static const float *
find_gate (const SwComparison *comparison, const SwRunLayer *layer)
{
  const float *gates = sw_run_result_get_gates (comparison->at_rotation, comparison->layer);
  unsigned l = 0;
  gsize channel = 0, gate = 0;

  if (gates == NULL)
    return NULL;
  for (gsize i = 0; sw_field_copy_locate (&layer->fields, i, &l, &channel); i++)
    {
      if (i == comparison->copy)
        return l > 0 && gate < layer->n_gates
                   ? gates + gate * layer->size * layer->size * layer->size
                   : NULL;
      gate += l > 0;
    }
  return NULL;
}

/* One scale for all panes of a network, else the comparison would lie. Weak arrows far from the molecule are many and say
 * little. */
static SwFieldStyle
field_style (const SwComparison *comparison, const SwLook *look)
{
  const SwFieldPair *pair = comparison->pair;
  const double largest = (double) pair->magnitude;
  SwFieldStyle style = {
    .display = look->display,
    .range_max = look->locked_range > 0.0 ? look->locked_range : look->high * largest,
    .is_sequential = comparison->layer < 0,
    .opacity = look->opacity > 0.0 ? look->opacity : pair->l == 0 ? 0.85 : 0.0,
    .n_levels = look->n_levels,
    .slice = { look->slice[0], look->slice[1], look->slice[2] },
  };

  if (look->low > 0.0 && style.range_max > 0.0)
    style.threshold = fmin (look->low * largest / style.range_max, 1.0);
  else if (pair->l > 0 && look->display != SW_DISPLAY_ISOSURFACE && look->display != SW_DISPLAY_VOLUME)
    style.threshold = GLYPH_THRESHOLD;
  return style;
}

/* f(Rx) and R f(x) in two panes. */
static void
set_pair (SwScene *scene, int pane, const SwFieldPair *pair, const SwFieldStyle *style)
{
  const SwGridGeometry grid = geometry (pair->size, pair->spacing, pair->centre);

  sw_scene_set_field (scene, pane, pair->l, &grid, pair->f_of_rotated, style);
  sw_scene_set_field (scene, pane + 1, pair->l, &grid, pair->rotated_f, style);
}

void
sw_view_scene_set_comparison (SwScene *scene, const SwComparison *comparison, SwShow show, const SwLook *look)
{
  if (comparison == NULL)
    {
      sw_scene_set_field (scene, SW_PANE_ALL, 0, NULL, NULL, NULL);
      sw_scene_set_density (scene, SW_PANE_ALL, NULL, NULL, NULL);
      return;
    }
  const SwRunResult *run = comparison->at_rotation;
  const SwRunLayer *layer = sw_run_result_get_layer (run, comparison->layer);
  set_density (scene, run, show);

  const SwGridGeometry box = geometry (run->input.size, run->input.spacing, run->input.centre);
  sw_scene_set_box (scene, SW_PANE_ALL, (show & SW_SHOW_BOX) != 0 ? &box : NULL, 0);

  const SwFieldPair *pair = comparison->pair;
  if (pair == NULL || (show & SW_SHOW_FIELD) == 0 || pair->l > SW_SCENE_L_MAX)
    {
      sw_scene_set_field (scene, SW_PANE_ALL, 0, NULL, NULL, NULL);
      return;
    }
  const SwGridGeometry grid = geometry (pair->size, pair->spacing, pair->centre);
  const float *gate = (show & SW_SHOW_GATE) != 0 ? find_gate (comparison, layer) : NULL;
  if (gate != NULL)
    {
      const SwFieldStyle style = { .is_sequential = true, .range_max = 1.0, .opacity = 0.8 };
      sw_scene_set_field (scene, SW_PANE_ALL, 0, &grid, gate, &style);
      return;
    }
  SwFieldStyle style = field_style (comparison, look);
  set_pair (scene, 0, pair, &style);
  style.is_sequential = false; /* a difference has both signs */
  sw_scene_set_field (scene, 2, pair->l, &grid, pair->difference, &style);
}

void
sw_view_scene_set_twin (SwScene *scene, const SwComparison *twin, SwShow show, const SwLook *look)
{
  if (twin != NULL && twin->pair != NULL && (show & SW_SHOW_FIELD) != 0 && twin->pair->l <= SW_SCENE_L_MAX)
    {
      const SwFieldStyle style = field_style (twin, look);
      set_pair (scene, 2, twin->pair, &style);
      return;
    }
  for (int pane = 2; pane < 4; pane++)
    sw_scene_set_field (scene, pane, 0, NULL, NULL, NULL);
}
