/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/model-card.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "voxel/cloud.h"
#include "workbench/report.h"

static json_t *
read_record (const SwLoadedModel *model)
{
  json_t *record = model->model->training != NULL ? json_loads (model->model->training, 0, NULL) : NULL;

  if (json_is_object (record))
    return record;
  json_decref (record);
  return json_object ();
}

/* NAN when missing or not a finite number. */
static double
number_of (const json_t *object, const char *key)
{
  const json_t *value = json_object_get (object, key);
  const double number = json_is_number (value) ? json_number_value (value) : NAN;

  return isfinite (number) ? number : NAN;
}

static const char *
text_of (const json_t *object, const char *key)
{
  const char *text = json_string_value (json_object_get (object, key));
  return text != NULL ? text : "";
}

static char *
describe_training (const SwLoadedModel *model, const json_t *record)
{
  const char *data = text_of (json_object_get (record, "card"), "data");
  const char *experiment = text_of (record, "experiment");
  const double n = number_of (record, "training_samples");

  if (model->random)
    return g_strdup_printf (_ ("Not trained: the weights are random (seed %" PRIu64 "), its answer means nothing."),
                            (uint64_t) model->seed);
  if (data[0] != '\0')
    /* translators: %s is a phrase such as "1,234 domains of CATH 4.2" */
    return g_strdup_printf (_ ("Trained on %s."), data);
  if (experiment[0] == '\0')
    return g_strdup (_ ("Trained weights without a record of what on."));
  if (isfinite (n))
    /* translators: name of an experiment, number of samples */
    return g_strdup_printf (_ ("Trained in the experiment “%s” on %.0f samples."), experiment, n);
  return g_strdup_printf (_ ("Trained in the experiment “%s”."), experiment);
}

static char *
describe_result (const json_t *record, double *ret_accuracy)
{
  const json_t *test = json_object_get (json_object_get (record, "card"), "test");
  double accuracy = number_of (test, "accuracy"), samples = number_of (test, "samples");
  const double rotated = number_of (test, "accuracy_rotated");
  bool tested = isfinite (accuracy);
  GString *text;

  if (!tested)
    {
      accuracy = number_of (record, "test_accuracy");
      samples = number_of (record, "test_samples");
      tested = isfinite (accuracy);
    }
  if (!tested)
    {
      accuracy = number_of (record, "validation_accuracy");
      if (!isfinite (accuracy)) /* as a training run writes it */
        accuracy = number_of (record, "best_validation_accuracy");
      samples = number_of (record, "validation_samples");
    }
  *ret_accuracy = accuracy;
  if (!isfinite (accuracy))
    return g_strdup ("");
  text = g_string_new (NULL);
  if (isfinite (samples))
    g_string_append_printf (text,
                            tested
                                /* translators: percent of a number of samples */
                                ? _ ("Right on %.3g %% of %.0f test samples")
                                : _ ("Right on %.3g %% of %.0f validation samples"),
                            100.0 * accuracy, samples);
  else
    g_string_append_printf (text, tested ? _ ("Right on %.3g %% of the test samples")
                                         : _ ("Right on %.3g %% of the validation samples"),
                            100.0 * accuracy);
  if (isfinite (rotated))
    /* translators: follows "Right on 61 % of 692 test samples" */
    g_string_append_printf (text, _ (", on %.3g %% of them turned at random"), 100.0 * rotated);
  g_string_append_c (text, '.');
  return g_string_free (text, FALSE);
}

SwModelCard *
sw_model_card_new (const SwLoadedModel *model)
{
  json_t *record = read_record (model);
  SwModelCard *card = g_new0 (SwModelCard, 1);

  card->purpose = g_strdup (model->network->description != NULL ? model->network->description : "");
  card->training = describe_training (model, record);
  card->accuracy = NAN;
  card->result = model->random ? g_strdup ("") : describe_result (record, &card->accuracy);
  card->licence = g_strdup (model->model->licence != NULL ? model->model->licence : "");
  json_decref (record);
  return card;
}

void
sw_model_card_free (SwModelCard *card)
{
  if (card == NULL)
    return;
  g_free (card->purpose);
  g_free (card->training);
  g_free (card->result);
  g_free (card->licence);
  g_free (card);
}

char *
sw_model_card_dup_text (const SwModelCard *card)
{
  GString *text = g_string_new (card->purpose);

  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, card->training);
  if (card->result[0] != '\0')
    g_string_append_printf (text, " %s", card->result);
  return g_string_free (text, FALSE);
}

json_t *
sw_model_card_to_json (const SwModelCard *card)
{
  return json_pack ("{s:s,s:s,s:s,s:s,s:o}", "purpose", card->purpose, "training", card->training, "result", card->result,
                    "licence", card->licence, "accuracy", sw_json_number (card->accuracy));
}

/* ---- what is unlike the training data ---- */

static void
check_range (const json_t *range, const char *key, double value, const char *what, const char *unit, GPtrArray *warnings)
{
  const json_t *pair = json_object_get (range, key);
  const json_t *low_value = json_array_get (pair, 0), *high_value = json_array_get (pair, 1);
  const double low = json_number_value (low_value), high = json_number_value (high_value);

  if (!json_is_number (low_value) || !json_is_number (high_value) || !(low <= high) || (value >= low && value <= high))
    return;
  g_ptr_array_add (warnings,
                   /* translators: what is measured, its value, two bounds, unit */
                   g_strdup_printf (_ ("Unlike the training data: %s is %.4g%s; 98 %% of the training samples have %.4g to %.4g%s"),
                                    what, value, unit, low, high, unit));
}

void
sw_model_card_check (const SwLoadedModel *model,
                     const SwDocument *document,
                     const SwInputAtoms *atoms,
                     GPtrArray *warnings)
{
  const SwStructure *structure = document->structure;
  SwCloudStatistics statistics;
  json_t *record, *range;

  if (model->random || structure == NULL || atoms == NULL)
    return;
  if (model->network->input_kind == SW_INPUT_BLOCKS || model->network->input_kind == SW_INPUT_MESH)
    g_ptr_array_add (warnings,
                     g_strdup_printf (_ ("“%s” was not trained on molecules: its answer about one means nothing"),
                                      model->title));
  else if (structure->n_amino_acids == 0 && structure->n_nucleotides > 0)
    g_ptr_array_add (warnings,
                     g_strdup (_ ("Unlike the training data: there is nucleic acid only, and no protein")));
  else if (structure->n_amino_acids == 0 && structure->n_ca == 0)
    g_ptr_array_add (warnings, g_strdup (_ ("Unlike the training data: there is no protein")));
  record = read_record (model);
  range = json_object_get (json_object_get (record, "card"), "range");
  if (range != NULL
      && sw_cloud_statistics (atoms->n_atoms, (const double (*)[3]) atoms->positions, &statistics) == SW_OK)
    {
      check_range (range, "atoms", statistics.atoms, _ ("the number of atoms"), "", warnings);
      check_range (range, "radius", statistics.radius, _ ("the largest distance from the centre"), " Å", warnings);
      check_range (range, "radius_of_gyration", statistics.radius_of_gyration, _ ("the radius of gyration"), " Å",
                   warnings);
      check_range (range, "neighbours", statistics.neighbours,
                   _ ("the number of other atoms within 10 Å of one"), "", warnings);
    }
  json_decref (record);
}
