/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiments/experiment.h"

#include <string.h>

#include "experiments/amino-acid.h"
#include "experiments/cath.h"
#include "experiments/shrec17.h"
#include "experiments/tetris.h"

static const SwExperiment *const table[] = { &sw_experiment_tetris, &sw_experiment_cath, &sw_experiment_cath_class,
                                               &sw_experiment_shrec17, &sw_experiment_shrec17_upright,
                                           &sw_experiment_amino_acid, &sw_experiment_amino_acid_balanced };

const SwExperiment *const *
sw_experiments (size_t *ret_n)
{
  *ret_n = G_N_ELEMENTS (table);
  return table;
}

const SwExperiment *
sw_experiment_find (const char *name)
{
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (strcmp (table[i]->name, name) == 0)
      return table[i];
  return NULL;
}

const SwPreset *
sw_experiment_preset (const SwExperiment *experiment, const char *name, bool conventional)
{
  for (size_t i = 0; i < experiment->n_presets; i++)
    if (experiment->presets[i].conventional == conventional
        && (name == NULL || strcmp (experiment->presets[i].name, name) == 0))
      return &experiment->presets[i];
  return NULL;
}
