/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/cath.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "experiments/cath-data.h"
#include "experiments/pose.h"
#include "voxel/cloud.h"
#include "voxel/trace.h"

/* Training shakes each atom by this many angstrom along each axis: about the uncertainty of a structure at 2.5 angstrom, and
 * less than what would turn a helix into something else. Measured: README.md. */
#define SHAKE 0.25
/* How many times the members of the smallest class another one has at most. */
#define MOST_TIMES 2
/* Order of the training samples, the same for every run, so that "divided by 4" always means the same domains. */
#define ORDER_SEED 1

typedef struct
{
  SwCathSet *set;
  size_t *parts[3]; /* domain of each sample; owned */
  size_t n[3];
  bool trace;
  SwVoxelParams params;
} Cath;

SwDataPart
sw_cath_part_of_split (size_t split, size_t n_splits)
{
  const size_t validation = n_splits == 10 ? 7 : n_splits - 1;
  const size_t test = n_splits == 10 ? 8 : n_splits - 2;
  return split == validation ? SW_PART_VALIDATION : split >= test ? SW_PART_TEST : SW_PART_TRAIN;
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
  const Cath *cath = data;
  const SwCathDomain *domain = &cath->set->domains[cath->parts[part == SW_PART_TEST_AS_GIVEN ? SW_PART_TEST : part][index]];
  const double (*positions)[3] = (const double (*)[3]) cath->set->positions + domain->first;
  const SwQuat rotation = part == SW_PART_TEST_AS_GIVEN ? SW_QUAT_IDENTITY : sw_quat_random (random);
  g_autofree double (*shaken)[3] = NULL;
  SwVoxelParams params = cath->params;
  double matrix[9];

  sw_pose_set_size (&params, size);
  sw_pose_matrix (rotation, further, matrix);
  if (part == SW_PART_TRAIN)
    {
      shaken = g_malloc_n (domain->n_atoms, sizeof *shaken);
      for (size_t a = 0; a < domain->n_atoms; a++)
        for (int i = 0; i < 3; i++)
          shaken[a][i] = positions[a][i] + SHAKE * sw_random_normal (random);
      positions = (const double (*)[3]) shaken;
    }
  *ret_label = domain->class_index;
  if (cath->trace)
    return sw_voxelize_trace (&params, domain->n_atoms, positions, matrix, NULL, NULL, input, NULL, error);
  const SwAtomArray atoms = { .n_atoms = domain->n_atoms, .positions = positions };
  return sw_voxelize (&params, &atoms, matrix, NULL, input, NULL, error);
}

static void
close_data (SwDataset *dataset)
{
  Cath *cath = dataset->data;
  if (cath == NULL)
    return;
  for (int p = 0; p < 3; p++)
    g_free (cath->parts[p]);
  sw_cath_set_free (cath->set);
  g_free (cath);
  dataset->data = NULL;
}

/* ---- what the training samples look like ---- */

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  const double p = *(const double *) a, q = *(const double *) b;
  return (p > q) - (p < q);
}

/* 1st and 99th percentile. */
static json_t *
range_of (size_t n, double *values)
{
  qsort (values, n, sizeof *values, compare_numbers);
  return json_pack ("[f, f]", values[(size_t) (0.01 * (double) (n - 1))], values[(size_t) (0.99 * (double) (n - 1) + 0.5)]);
}

static json_t *
card (const SwDataset *dataset)
{
  const Cath *cath = dataset->data;
  const size_t n = dataset->n_train;
  g_autofree double *values = g_new0 (double, 4 * n);
  g_autofree char *data = g_strdup_printf ("the C-alpha atoms of %zu protein domains of CATH in %zu classes, none of a superfamily "
                                           "of the test",
                                           n, dataset->n_classes);
  for (size_t i = 0; i < n; i++)
    {
      const SwCathDomain *domain = &cath->set->domains[cath->parts[SW_PART_TRAIN][i]];
      SwCloudStatistics cloud = { 0 };
      if (sw_cloud_statistics (domain->n_atoms, (const double (*)[3]) cath->set->positions + domain->first, &cloud) != SW_OK)
        return json_object ();
      values[i] = cloud.atoms;
      values[n + i] = cloud.radius;
      values[2 * n + i] = cloud.radius_of_gyration;
      values[3 * n + i] = cloud.neighbours;
    }
  return json_pack ("{s:s, s:{s:o, s:o, s:o, s:o}}", "data", data, "range", "atoms", range_of (n, values), "radius",
                    range_of (n, values + n), "radius_of_gyration", range_of (n, values + 2 * n), "neighbours",
                    range_of (n, values + 3 * n));
}

/* ---- parts ---- */

typedef struct
{
  double key;
  size_t domain;
} Ordered;

static int
compare_ordered (gconstpointer a, gconstpointer b)
{
  const Ordered *p = a, *q = b;
  return p->key != q->key ? (p->key < q->key ? -1 : 1) : (p->domain > q->domain) - (p->domain < q->domain);
}

/* A fixed, shuffled order in which the classes alternate: any beginning of it is a fair sample. */
static void
order_part (const SwCathSet *set, size_t n, size_t *part)
{
  g_autofree Ordered *ordered = g_new (Ordered, n);
  g_autofree size_t *count = g_new0 (size_t, set->n_classes), *seen = g_new0 (size_t, set->n_classes);
  SwRandom random;

  sw_random_init (&random, ORDER_SEED);
  for (size_t i = n; i > 1; i--)
    {
      const size_t j = (size_t) sw_random_below (&random, i), swap = part[i - 1];
      part[i - 1] = part[j];
      part[j] = swap;
    }
  for (size_t i = 0; i < n; i++)
    count[set->domains[part[i]].class_index]++;
  for (size_t i = 0; i < n; i++)
    {
      const size_t c = set->domains[part[i]].class_index;
      ordered[i] = (Ordered){ .key = ((double) seen[c]++ + 0.5) / (double) count[c], .domain = part[i] };
    }
  qsort (ordered, n, sizeof *ordered, compare_ordered);
  for (size_t i = 0; i < n; i++)
    part[i] = ordered[i].domain;
}

/* So that no class outweighs another by more than MOST_TIMES. Returns how many stay; members: of each class. */
static size_t
cap_classes (const SwCathSet *set, size_t n, size_t *part, const size_t *members)
{
  g_autofree size_t *kept = g_new0 (size_t, set->n_classes);
  size_t least = SIZE_MAX, n_kept = 0;
  for (size_t c = 0; c < set->n_classes; c++)
    least = MIN (least, members[c]);
  for (size_t i = 0; i < n; i++)
    {
      const size_t c = set->domains[part[i]].class_index;
      if (kept[c] < MOST_TIMES * least)
        {
          kept[c]++;
          part[n_kept++] = part[i];
        }
    }
  order_part (set, n_kept, part);
  return n_kept;
}

static bool
divide (Cath *cath, const char *folder, GError **error)
{
  static const char *const names[3] = { N_ ("training"), N_ ("validation"), N_ ("test") };
  const SwCathSet *set = cath->set;

  if (set->n_splits < 3)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                   _ ("%s: there are %zu splits; three or more are needed, for training, test and validation"), folder,
                   set->n_splits);
      return false;
    }
  for (int p = 0; p < 3; p++)
    {
      g_autofree size_t *members = g_new0 (size_t, set->n_classes);
      cath->parts[p] = g_new (size_t, set->n_domains);
      for (size_t i = 0; i < set->n_domains; i++)
        if (sw_cath_part_of_split (set->domains[i].split, set->n_splits) == (SwDataPart) p)
          {
            if (p != SW_PART_TRAIN && set->domains[i].extra)
              continue;
            cath->parts[p][cath->n[p]++] = i;
            members[set->domains[i].class_index]++;
          }
      for (size_t c = 0; c < set->n_classes; c++)
        if (members[c] == 0)
          {
            g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: the %s split has no domain of the class “%s”"), folder,
                         _ (names[p]), set->class_names[c]);
            return false;
          }
      order_part (set, cath->n[p], cath->parts[p]);
      if (p == SW_PART_TRAIN)
        cath->n[p] = cap_classes (set, cath->n[p], cath->parts[p], members);
    }
  return true;
}

static bool
open_data (const char *folder,
           const SwNetwork *network,
           const SwRunOptions *options,
           uint64_t seed,
           size_t n_validation,
           SwDataset *ret,
           GError **error)
{
  SwDataset dataset = { .sample = sample, .turns = true };
  Cath *cath;

  (void) seed; /* the data are what they are; rotations are drawn by the loop's generator */
  if (folder == NULL)
    {
      g_set_error_literal (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                           _ ("the CATH experiment wants its data: --data with an .npz archive, a .tsv table or a folder of them"));
      return false;
    }
  if (network->channels != SW_INPUT_CHANNELS_CA && network->channels != SW_INPUT_CHANNELS_TRACE)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA,
                   _ ("the network “%s” does not take C-alpha atoms (input channels “ca” or “trace”)"), network->name);
      return false;
    }
  dataset.data = cath = g_new0 (Cath, 1);
  cath->trace = network->channels == SW_INPUT_CHANNELS_TRACE;
  cath->params = sw_pose_params (network, options, SW_DENSITY_UNIT_MASS);
  cath->set = sw_cath_set_load (folder, network, 0, error);
  if (cath->set == NULL || !divide (cath, folder, error))
    {
      close_data (&dataset);
      return false;
    }
  sw_pose_report_problems (cath->set->problems);
  dataset.n_classes = cath->set->n_classes;
  dataset.n_train = cath->n[SW_PART_TRAIN];
  dataset.n_test = cath->n[SW_PART_TEST];
  dataset.n_validation = cath->n[SW_PART_VALIDATION];
  if (n_validation > 0 && n_validation < dataset.n_validation)
    dataset.n_validation = n_validation;
  *ret = dataset;
  return true;
}

#define LICENCE                                                                                                                \
  "CC BY 4.0. Domain definitions and classification from CATH v4.3 (www.cathdb.info), CC BY 4.0; coordinates from the wwPDB, "   \
  "CC0."

static const SwPreset presets[] = {
  { .name = "fast",
    .description = "For the small network that reads the trace: Adam at 5e-3, a cosine, 40 epochs of 16 at a time.",
    .config = { .epochs = 40, .batch = 16, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 5e-3, .start = 1 },
                .l2 = 1e-6, .validate_every = 1, .checkpoint_seconds = 60 } },
  { .name = "published",
    .description = "The paper's recipe: 100 epochs of 16 at a time, rate 0.1, falling by 6 % an epoch after 40.",
    .config = { .epochs = 100, .batch = 16, .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 0.1, .start = 40, .decay = 0.94 },
                .l1 = 1e-8, .l2 = 1e-8, .validate_every = 1, .checkpoint_seconds = 60 } },
  { .name = "fast",
    .conventional = true,
    .description = "For the small conventional twin: Adam at 1e-3, a cosine, 40 epochs of 16 at a time.",
    .config = { .epochs = 40, .batch = 16, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 1e-3, .start = 1 },
                .l2 = 1e-5, .validate_every = 1, .checkpoint_seconds = 60 } },
  { .name = "published",
    .conventional = true,
    .description = "The paper's recipe for its conventional network: rate 5e-4, penalties of 1e-7.",
    .config = { .epochs = 100, .batch = 16, .schedule = { .kind = SW_SCHEDULE_DECAY, .base = 5e-4, .start = 40, .decay = 0.94 },
                .l1 = 1e-7, .l2 = 1e-7, .validate_every = 1, .checkpoint_seconds = 60 } },
};

const SwExperiment sw_experiment_cath = {
  .name = "cath",
  .title = "CATH architecture",
  .description = "Which of ten architectures has a protein domain? Learned from the C-alpha atoms of domains of other "
                 "superfamilies. --network cath is the published network.",
  .network = "cath-architecture",
  .twin = "cath-architecture-cnn",
  .data = "C-alpha sets as .npz, or structure files with a table of labels",
  .published = 0.657,
  .published_twin = 0.609,
  .licence = LICENCE,
  .n_presets = G_N_ELEMENTS (presets),
  .presets = presets,
  .open = open_data,
  .close = close_data,
  .card = card,
};

const SwExperiment sw_experiment_cath_class = {
  .name = "cath-class",
  .title = "CATH class",
  .description = "Is a protein domain mainly helices, mainly strands, or both? Learned from the C-alpha atoms of domains of "
                 "other superfamilies.",
  .network = "cath-class",
  .twin = "cath-class-cnn",
  .data = "C-alpha sets as .npz, or structure files with a table of labels",
  .licence = LICENCE,
  .n_presets = G_N_ELEMENTS (presets),
  .presets = presets,
  .open = open_data,
  .close = close_data,
  .card = card,
};
