/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/amino-acid.h: which amino acid fits into a place, from the atoms around it
 *
 * Weiler et al. 2018, section 5.3. Data: amino-acid-data.h, divided by their folds as the CATH sets are (cath.h), so that no
 * homologue crosses. Validation and test are at natural frequencies; a run trains at those, or with each amino acid as often as
 * any other.
 */
#pragma once

#include "experiments/experiment.h"

G_BEGIN_DECLS

extern const SwExperiment sw_experiment_amino_acid;
extern const SwExperiment sw_experiment_amino_acid_balanced;

G_END_DECLS
