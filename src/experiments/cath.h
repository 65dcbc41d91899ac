/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/cath.h: what fold a protein domain has, from its C-alpha atoms
 *
 * Weiler et al. 2018, section 5.4: ten architectures of CATH, split by homologous superfamily. Data: cath-data.h. Of ten splits
 * 0 to 6 are for training, 7 for validation, 8 and 9 for the test, as published; of any other number the last one is for
 * validation and the one before it for the test.
 */
#pragma once

#include "experiments/experiment.h"

G_BEGIN_DECLS

extern const SwExperiment sw_experiment_cath;       /* ten architectures */
extern const SwExperiment sw_experiment_cath_class; /* mainly alpha, mainly beta, alpha and beta */

/* Part of a split; SW_PART_TEST stands for the test. */
SwDataPart sw_cath_part_of_split (size_t split, size_t n_splits);

G_END_DECLS
