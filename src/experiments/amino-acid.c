/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/amino-acid.h"

#include <glib/gi18n.h>
#include <string.h>

#include "experiments/amino-acid-data.h"
#include "experiments/cath-data.h"
#include "experiments/cath.h"
#include "experiments/pose.h"

/* An epoch is a part of the data, so that there is a validation every few minutes. */
#define EPOCH_SAMPLES 16384
#define VALIDATION_SAMPLES 2000
#define TEST_SAMPLES 20000
/* Order of the residues, the same for every run, so that "divided by 4" and "the first 4,000" always mean the same ones. */
#define ORDER_SEED 1

typedef struct
{
  uint32_t domain, residue;
} Place;

typedef struct
{
  SwAminoAcidSet *set;
  Place *parts[3]; /* owned; balanced training: sorted by amino acid */
  size_t n[3];
  size_t n_train;
  size_t of_amino_acid[SW_AMINO_ACIDS + 1]; /* where each begins in a balanced training part */
  bool balanced, own_backbone, frame;
  SwVoxelParams params;
} Residues;

static size_t
label_of (const Residues *residues, const Place *place)
{
  return residues->set->domains[place->domain].input->residues[place->residue].amino_acid;
}

/* Training sample i is one of the i-th part of all residues (natural), so that an epoch goes through all parts and ten epochs
 * through most residues; or of an amino acid drawn first (balanced). */
static const Place *
find_place (const Residues *residues, SwDataPart part, size_t index, SwRandom *random)
{
  const SwDataPart p = part == SW_PART_TEST_AS_GIVEN ? SW_PART_TEST : part;
  size_t from, to;

  if (p != SW_PART_TRAIN)
    return &residues->parts[p][index];
  if (residues->balanced)
    {
      const size_t a = (size_t) sw_random_below (random, SW_AMINO_ACIDS);
      from = residues->of_amino_acid[a];
      to = residues->of_amino_acid[a + 1];
    }
  else
    {
      from = index * residues->n[p] / residues->n_train;
      to = (index + 1) * residues->n[p] / residues->n_train;
    }
  return &residues->parts[p][from + (size_t) sw_random_below (random, to - from)];
}

static SwStatus
sample (void *data,
      SwDataPart part,
      size_t index,
      size_t size,
      const double *further,
      SwRandom *random,
      real *input,
      size_t *ret_label,
      SwError *error)
{
  const Residues *residues = data;
  const Place *place = find_place (residues, part, index, random);
  const SwQuat rotation = part == SW_PART_TEST_AS_GIVEN ? SW_QUAT_IDENTITY : sw_quat_random (random);
  SwVoxelParams params = residues->params;
  double matrix[9];

  sw_pose_set_size (&params, size);
  sw_pose_matrix (rotation, further, matrix);
  *ret_label = label_of (residues, place);
  /* The frame of the backbone turns with the body: nothing is left to draw. */
  return sw_amino_acid_domain_fill (&residues->set->domains[place->domain], place->residue, &params, residues->own_backbone,
                                    residues->frame, residues->frame ? NULL : matrix, input, error);
}

static void
close_data (SwDataset *dataset)
{
  Residues *residues = dataset->data;
  if (residues == NULL)
    return;
  for (int p = 0; p < 3; p++)
    g_free (residues->parts[p]);
  sw_amino_acid_set_free (residues->set);
  g_free (residues);
  dataset->data = NULL;
}

static json_t *
card (const SwDataset *dataset)
{
  const Residues *residues = dataset->data;
  size_t n_domains = 0;
  g_autofree char *data = NULL;
  for (size_t i = 0; i < residues->set->n_domains; i++)
    n_domains += sw_cath_part_of_split (residues->set->domains[i].split, residues->set->n_splits) == SW_PART_TRAIN;
  data = g_strdup_printf ("the surroundings of %zu residues in %zu protein domains of CATH, none of a superfamily of the test",
                          residues->n[SW_PART_TRAIN], n_domains);
  return json_pack ("{s:s}", "data", data);
}

/* ---- parts ---- */

static void
collect (Residues *residues, SwDataPart part)
{
  const SwAminoAcidSet *set = residues->set;
  size_t n = 0;
  SwRandom random;
  Place *places;

  for (int pass = 0; pass < 2; pass++)
    {
      n = 0;
      for (size_t d = 0; d < set->n_domains; d++)
        if (sw_cath_part_of_split (set->domains[d].split, set->n_splits) == part)
          for (size_t r = 0; r < set->domains[d].input->n_residues; r++)
            {
              const SwEnvironmentResidue *residue = &set->domains[d].input->residues[r];
              if (!residue->complete || residue->amino_acid == SW_AMINO_ACIDS)
                continue;
              if (pass == 1)
                residues->parts[part][n] = (Place){ (uint32_t) d, (uint32_t) r };
              n++;
            }
      if (pass == 0)
        residues->parts[part] = g_new (Place, n + 1);
    }
  residues->n[part] = n;
  places = residues->parts[part];
  sw_random_init (&random, ORDER_SEED);
  for (size_t i = n; i > 1; i--)
    {
      const size_t j = (size_t) sw_random_below (&random, i);
      const Place swap = places[i - 1];
      places[i - 1] = places[j];
      places[j] = swap;
    }
}

static bool
sort_by_amino_acid (Residues *residues, const char *folder, GError **error)
{
  const size_t n = residues->n[SW_PART_TRAIN];
  const Place *places = residues->parts[SW_PART_TRAIN];
  Place *sorted = g_new (Place, n + 1);
  size_t k = 0;

  for (size_t a = 0; a < SW_AMINO_ACIDS; a++)
    {
      residues->of_amino_acid[a] = k;
      for (size_t i = 0; i < n; i++)
        if (label_of (residues, &places[i]) == a)
          sorted[k++] = places[i];
      if (k == residues->of_amino_acid[a])
        {
          g_free (sorted);
          g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: the training part has not one %s"), folder,
                       sw_amino_acid_name (a));
          return false;
        }
    }
  residues->of_amino_acid[SW_AMINO_ACIDS] = k;
  g_free (residues->parts[SW_PART_TRAIN]);
  residues->parts[SW_PART_TRAIN] = sorted;
  return true;
}

static bool
divide (Residues *residues, const char *folder, GError **error)
{
  static const char *const names[3] = { N_ ("training"), N_ ("validation"), N_ ("test") };
  if (residues->set->n_splits < 3)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                   _ ("%s: there are %zu splits; three or more are needed, for training, test and validation"), folder,
                   residues->set->n_splits);
      return false;
    }
  for (int p = 0; p < 3; p++)
    {
      collect (residues, (SwDataPart) p);
      if (residues->n[p] == 0)
        {
          g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: the %s split has no residue"), folder, _ (names[p]));
          return false;
        }
    }
  return !residues->balanced || sort_by_amino_acid (residues, folder, error);
}

static bool
check_network (const SwNetwork *network, GError **error)
{
  bool fine = network->channels == SW_INPUT_CHANNELS_ENVIRONMENT && network->n_classes == SW_AMINO_ACIDS;
  for (size_t a = 0; a < SW_AMINO_ACIDS && fine; a++)
    fine = strcmp (network->class_names[a], sw_amino_acid_name (a)) == 0;
  if (!fine)
    g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                 _ ("the network “%s” does not tell amino acids from their surroundings (input channels “environment”, and the "
                    "classes ALA to VAL)"),
                 network->name);
  return fine;
}

static bool
open_set (const char *folder,
          const SwNetwork *network,
          const SwRunOptions *options,
          bool balanced,
          size_t n_validation,
          SwDataset *ret,
          GError **error)
{
  SwDataset dataset = { .sample = sample, .turns = true };
  Residues *residues;

  if (folder == NULL)
    {
      g_set_error_literal (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                           _ ("the amino-acid experiment wants its data: --data with a .tsv table of structure files, or a folder "
                              "with one"));
      return false;
    }
  if (!check_network (network, error))
    return false;
  dataset.data = residues = g_new0 (Residues, 1);
  residues->balanced = balanced;
  residues->own_backbone = !network->own_removed;
  residues->frame = network->backbone_frame;
  residues->params = sw_pose_params (network, options, SW_DENSITY_PEAK);
  residues->set = sw_amino_acid_set_load (folder, error);
  if (residues->set == NULL || !divide (residues, folder, error))
    {
      close_data (&dataset);
      return false;
    }
  sw_pose_report_problems (residues->set->problems);
  residues->n_train = MIN (residues->n[SW_PART_TRAIN], EPOCH_SAMPLES);
  dataset.n_classes = SW_AMINO_ACIDS;
  dataset.n_train = residues->n_train;
  dataset.n_validation = MIN (residues->n[SW_PART_VALIDATION], n_validation > 0 ? n_validation : VALIDATION_SAMPLES);
  dataset.n_test = MIN (residues->n[SW_PART_TEST], TEST_SAMPLES);
  *ret = dataset;
  return true;
}

static bool
open_natural (const char *folder,
              const SwNetwork *network,
              const SwRunOptions *options,
              uint64_t seed,
              size_t n_validation,
              SwDataset *ret,
              GError **error)
{
  (void) seed; /* the data are what they are; residues and rotations are drawn by the loop's generator */
  return open_set (folder, network, options, false, n_validation, ret, error);
}

static bool
open_balanced (const char *folder,
               const SwNetwork *network,
               const SwRunOptions *options,
               uint64_t seed,
               size_t n_validation,
               SwDataset *ret,
               GError **error)
{
  (void) seed;
  return open_set (folder, network, options, true, n_validation, ret, error);
}

#define LICENCE                                                                                                                \
  "CC BY 4.0. Domain definitions and classification from CATH v4.3 (www.cathdb.info), CC BY 4.0; coordinates from the wwPDB, "   \
  "CC0."

static const SwPreset presets[] = {
  { .name = "fast",
    .description = "Adam at 5e-3, a cosine, 24 epochs of 16,384 residues, 16 at a time: about once through the data.",
    .config = { .epochs = 24, .batch = 16, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 4e-3, .start = 0.2 },
                .l2 = 1e-6, .validate_every = 1, .checkpoint_seconds = 60 } },
  { .name = "fast",
    .conventional = true,
    .description = "For the conventional twin: Adam at 1e-3, a cosine, 24 epochs of 16,384 residues, 16 at a time.",
    .config = { .epochs = 24, .batch = 16, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 1e-3, .start = 0.2 },
                .l2 = 1e-6, .validate_every = 1, .checkpoint_seconds = 60 } },
};

const SwExperiment sw_experiment_amino_acid = {
  .name = "amino-acid",
  .title = "Amino-acid propensity",
  .description = "Which amino acid is it whose side chain was taken away? Learned from the atoms around residues of domains of "
                 "other superfamilies, whatever their orientation.",
  .network = "amino-acid",
  .twin = "amino-acid-cnn",
  .data = "structure files with a table of folds and labels",
  .published = 0.58,
  .published_twin = 0.50,
  .licence = LICENCE,
  .n_presets = G_N_ELEMENTS (presets),
  .presets = presets,
  .open = open_natural,
  .close = close_data,
  .card = card,
};

const SwExperiment sw_experiment_amino_acid_balanced = {
  .name = "amino-acid-balanced",
  .title = "Amino-acid propensity, balanced",
  .description = "The same with each of the twenty amino acids as often as any other in training. Validation and test are at "
                 "natural frequencies.",
  .network = "amino-acid",
  .twin = "amino-acid-cnn",
  .data = "structure files with a table of folds and labels",
  .licence = LICENCE,
  .n_presets = G_N_ELEMENTS (presets),
  .presets = presets,
  .open = open_balanced,
  .close = close_data,
  .card = card,
};
