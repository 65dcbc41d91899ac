/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/model-card.h: what a model is for, what it was trained on, how well it did, and what is unlike that
 *
 * Read from the network's description and the weights' training record (JSON). Of the record: experiment, preset,
 * data, training_samples, test_samples and test_accuracy (or validation_samples and best_validation_accuracy), and the
 * object "card" of voxel/cloud.h:
 * data (a phrase), test (samples, accuracy, accuracy_rotated) and range (1st and 99th percentile of four numbers).
 */
#pragma once

#include <jansson.h>

#include "workbench/document.h"
#include "workbench/loaded-model.h"

G_BEGIN_DECLS

/* Translated sentences; "" where nothing is known. */
typedef struct
{
  char *purpose;  /* the network's description */
  char *training; /* what it was trained on; of random weights: that they are */
  char *result;   /* how well it did, and on what */
  char *licence;
  double accuracy; /* on test samples, else on validation samples; NAN when not known */
} SwModelCard;

SwModelCard *sw_model_card_new (const SwLoadedModel *model);
void sw_model_card_free (SwModelCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwModelCard, sw_model_card_free)

/* The three sentences, one below the other. */
char *sw_model_card_dup_text (const SwModelCard *card);
json_t *sw_model_card_to_json (const SwModelCard *card);

/* Adds to warnings (of char *, free function g_free) a sentence for each way in which the atoms that the network is given
 * are unlike what it was trained on. Nothing for random weights and volumes. */
void sw_model_card_check (const SwLoadedModel *model,
                          const SwDocument *document,
                          const SwInputAtoms *atoms,
                          GPtrArray *warnings);

G_END_DECLS
