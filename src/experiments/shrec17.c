/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/shrec17.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/memory.h"
#include "experiments/pose.h"

/* Of six members of a class one is for validation, where the data have no part for it. */
#define HOLD_OUT 6
/* Training makes a shape larger or smaller by at most this part: sizes are relative to the farthest corner, which says little. */
#define STRETCH 0.1
/* How many times the members of the smallest class another one has at most in an epoch. Once, as published, where the network is
 * fed as published; a collection of few classes as small as CAPOD's would else be all that is learned. */
#define MOST_TIMES 3

typedef struct
{
  SwShapeSet *set;
  size_t *parts[3]; /* shapes of each part; of the training, by class; owned */
  size_t n[3];
  size_t *first, *count; /* [n_classes]: the training shapes of a class; owned */
  size_t *each;          /* [n_classes]: how many of them take part in an epoch; owned */
  size_t (*slots)[2];    /* [n_slots], class and number in it of each sample of an epoch; owned */
  size_t n_slots;
  bool upright;
  bool occupancy;
  SwSurfaceScale scale;
  SwVoxelParams params;
} Shrec;

/* ---- parts ---- */

static size_t
find_root (size_t *above, size_t i)
{
  while (above[i] != i)
    i = above[i] = above[above[i]];
  return i;
}

static void
join (size_t *above, GHashTable *seen, char *key, size_t i)
{
  gpointer other;
  if (g_hash_table_lookup_extended (seen, key, NULL, &other))
    above[find_root (above, i)] = find_root (above, GPOINTER_TO_SIZE (other));
  else
    g_hash_table_insert (seen, g_strdup (key), GSIZE_TO_POINTER (i));
  g_free (key);
}

/* The same family: names of a class that begin with the same digits, and meshes with the same numbers. */
static void
find_families (const SwShapeSet *set, size_t *above)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < set->shapes->len; i++)
    {
      const SwShape *shape = sw_shape_set_get (set, i);
      const size_t digits = strspn (shape->model, "0123456789");
      above[i] = i;
      if (digits > 2)
        join (above, seen, g_strdup_printf ("%s/%.*s", shape->synset, (int) digits, shape->model), i);
      if (shape->n_triangles > 0)
        join (above, seen, g_strdup_printf ("%s %zu %zu", shape->synset, shape->n_vertices, shape->n_triangles), i);
    }
}

void
sw_shrec17_divide (const SwShapeSet *set, int *ret_parts)
{
  const guint n = set->shapes->len;
  g_autofree size_t *above = g_new (size_t, n), *members = g_new0 (size_t, set->n_classes), *held = g_new0 (size_t, set->n_classes),
                    *met = g_new0 (size_t, set->n_classes), *sizes = g_new0 (size_t, n);
  g_autofree int *fate = g_new (int, n); /* of a family, at its root */
  bool have_test = false;

  for (guint i = 0; i < n; i++)
    {
      const SwShape *shape = sw_shape_set_get (set, i);
      ret_parts[i] = shape->class_index == SIZE_MAX ? -1 : (int) shape->split; /* in the order of the parts */
      have_test = have_test || ret_parts[i] == SW_PART_TEST;
    }
  if (have_test)
    return;
  find_families (set, above);
  for (guint i = 0; i < n; i++)
    {
      fate[i] = -1;
      if (ret_parts[i] == SW_PART_VALIDATION)
        ret_parts[i] = SW_PART_TEST;
      else if (ret_parts[i] == SW_PART_TRAIN)
        members[sw_shape_set_get (set, i)->class_index]++;
    }
  for (guint i = 0; i < n; i++)
    sizes[find_root (above, i)] += ret_parts[i] == SW_PART_TRAIN;
  /* A family goes where its first member goes: to validation while its class has not given its share, and if it is no larger than that. A step
   * of HOLD_OUT shapes lies between two, so that they are spread over the class. */
  for (guint i = 0; i < n; i++)
    if (ret_parts[i] == SW_PART_TRAIN)
      {
        const size_t c = sw_shape_set_get (set, i)->class_index, root = find_root (above, i), share = members[c] / HOLD_OUT;
        met[c]++;
        if (fate[root] < 0)
          fate[root] = sizes[root] + held[c] <= MAX (share, 1) && members[c] > 1 && (held[c] + 1) * HOLD_OUT <= met[c] + HOLD_OUT / 2
                           ? SW_PART_VALIDATION
                           : SW_PART_TRAIN;
        ret_parts[i] = fate[root];
        held[c] += fate[root] == SW_PART_VALIDATION;
      }
}

static bool
divide (Shrec *shrec, const char *folder, size_t most_times, GError **error)
{
  static const char *const names[3] = { N_ ("training"), N_ ("validation"), N_ ("test") };
  const SwShapeSet *set = shrec->set;
  const guint n = set->shapes->len;
  g_autofree int *parts = g_new (int, n);
  size_t least = SIZE_MAX;

  sw_shrec17_divide (set, parts);
  shrec->first = g_new0 (size_t, set->n_classes);
  shrec->count = g_new0 (size_t, set->n_classes);
  for (int p = 0; p < 3; p++)
    {
      shrec->parts[p] = g_new (size_t, n);
      for (size_t c = 0; c < set->n_classes; c++)
        {
          const size_t first = shrec->n[p];
          for (guint i = 0; i < n; i++)
            if (parts[i] == p && sw_shape_set_get (set, i)->class_index == c)
              shrec->parts[p][shrec->n[p]++] = i;
          if (p != SW_PART_TRAIN)
            continue;
          shrec->first[c] = first;
          shrec->count[c] = shrec->n[p] - first;
          least = MIN (least, shrec->count[c]);
          if (shrec->count[c] == 0)
            {
              g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: there is no training mesh of the class “%s”"), folder,
                           set->class_names[c]);
              return false;
            }
        }
      if (shrec->n[p] == 0)
        {
          g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: there are no meshes for the %s"), folder, _ (names[p]));
          return false;
        }
    }
  /* The samples of an epoch: classes alternate. */
  shrec->each = g_new0 (size_t, set->n_classes);
  shrec->slots = g_malloc_n (n, sizeof *shrec->slots);
  for (size_t c = 0; c < set->n_classes; c++)
    shrec->each[c] = MIN (shrec->count[c], most_times * least);
  for (size_t k = 0; k < most_times * least; k++)
    for (size_t c = 0; c < set->n_classes; c++)
      if (k < shrec->each[c])
        {
          shrec->slots[shrec->n_slots][0] = c;
          shrec->slots[shrec->n_slots++][1] = k;
        }
  /* They alternate, as in training: a part of the validation is then fair. */
  for (int p = SW_PART_VALIDATION; p <= SW_PART_TEST; p++)
    {
      g_autofree size_t *sorted = g_memdup2 (shrec->parts[p], shrec->n[p] * sizeof (size_t));
      g_autofree bool *taken = g_new0 (bool, shrec->n[p]);
      size_t done = 0;
      while (done < shrec->n[p])
        {
          size_t last = SIZE_MAX;
          for (size_t i = 0; i < shrec->n[p]; i++)
            {
              const size_t c = sw_shape_set_get (set, (guint) sorted[i])->class_index;
              if (taken[i] || c == last)
                continue;
              taken[i] = true;
              last = c;
              shrec->parts[p][done++] = sorted[i];
            }
        }
    }
  return true;
}

/* ---- samples ---- */

/* A training sample is the k-th of class c; the k-th, (k + each)-th ... shapes of the class take turns at random, so that an
 * epoch has no shape twice. */
static const SwShape *
choose (const Shrec *shrec, SwDataPart part, size_t index, SwRandom *random)
{
  size_t shape;
  if (part == SW_PART_TRAIN)
    {
      const size_t c = shrec->slots[index][0], k = shrec->slots[index][1], each = shrec->each[c];
      const size_t n_turns = (shrec->count[c] - k + each - 1) / each;
      shape = shrec->parts[part][shrec->first[c] + k + each * sw_random_below (random, n_turns)];
    }
  else
    shape = shrec->parts[part == SW_PART_TEST_AS_GIVEN ? SW_PART_TEST : part][index];
  return sw_shape_set_get (shrec->set, (guint) shape);
}

const SwShape *
sw_shrec17_shape (const SwDataset *dataset, SwDataPart part, size_t index)
{
  g_return_val_if_fail (part != SW_PART_TRAIN, NULL);
  return choose (dataset->data, part, index, NULL);
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
  const Shrec *shrec = data;
  const SwShape *shape = choose (shrec, part, index, random);
  const bool as_given = part == SW_PART_TEST_AS_GIVEN || (shrec->upright && part != SW_PART_TEST);
  SwQuat rotation = sw_quat_random (random);
  SwVoxelParams params = shrec->params;
  double matrix[9];

  if (as_given)
    rotation = SW_QUAT_IDENTITY;
  sw_pose_set_size (&params, size);
  if (part == SW_PART_TRAIN && !shrec->occupancy)
    {
      const double stretch = 1 + STRETCH * (2 * sw_random_uniform (random) - 1);
      params.spacing *= stretch;
      params.sigma *= stretch;
    }
  sw_pose_matrix (rotation, further, matrix);
  *ret_label = shape->class_index;
  if (!shrec->occupancy)
    return sw_voxelize_surface (&params, &shape->points, matrix, NULL, input, NULL, error);
  const SwTriangleArray triangles = { .n_triangles = shape->surface->n_triangles,
                                      .vertices = shape->surface->vertices,
                                      .triangles = shape->surface->triangles };
  return sw_voxelize_occupancy (&params, &triangles, &shape->frame, matrix, shrec->scale, input, error);
}

static void
close_data (SwDataset *dataset)
{
  Shrec *shrec = dataset->data;
  if (shrec == NULL)
    return;
  for (int p = 0; p < 3; p++)
    g_free (shrec->parts[p]);
  g_free (shrec->first);
  g_free (shrec->count);
  g_free (shrec->each);
  g_free (shrec->slots);
  sw_shape_set_free (shrec->set);
  g_free (shrec);
  dataset->data = NULL;
}

static json_t *
card (const SwDataset *dataset)
{
  const Shrec *shrec = dataset->data;
  g_autofree char *data
      = g_strdup_printf ("%zu triangle meshes in %zu classes, none of them in the test", shrec->n[SW_PART_TRAIN], dataset->n_classes);
  return json_pack ("{s:s}", "data", data);
}

static bool
open_either (const char *folder, const SwNetwork *network, const SwRunOptions *options, size_t n_validation, bool upright, SwDataset *ret, GError **error)
{
  SwDataset dataset = { .sample = sample, .turns = true };
  Shrec *shrec;

  if (folder == NULL)
    {
      g_set_error_literal (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA,
                           _ ("the experiment wants its meshes: --data with a table (.csv) of them, or a folder"));
      return false;
    }
  if (network->input_kind != SW_INPUT_MESH)
    {
      g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("the network “%s” does not take meshes"), network->name);
      return false;
    }
  dataset.data = shrec = g_new0 (Shrec, 1);
  shrec->upright = upright;
  shrec->params = sw_pose_params (network, options, SW_DENSITY_UNIT_MASS);
  shrec->occupancy = sw_network_takes_occupancy (network, shrec->params.bandlimited);
  shrec->scale = network->scale_box ? SW_SCALE_BOX : SW_SCALE_SPHERE;
  shrec->set = sw_shape_set_load (folder, network, error);
  if (shrec->set == NULL || !sw_shape_set_read (shrec->set, shrec->occupancy ? 0 : network->voxel_angstrom, error)
      || !divide (shrec, folder, network->channels == SW_INPUT_CHANNELS_ONE ? 1 : MOST_TIMES, error))
    {
      close_data (&dataset);
      return false;
    }
  sw_pose_report_problems (shrec->set->problems);
  dataset.n_classes = shrec->set->n_classes;
  dataset.n_train = shrec->n_slots;
  dataset.n_test = shrec->n[SW_PART_TEST];
  dataset.n_validation = shrec->n[SW_PART_VALIDATION];
  if (n_validation > 0 && n_validation < dataset.n_validation)
    dataset.n_validation = n_validation;
  *ret = dataset;
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
  (void) seed; /* the data are what they are; rotations are drawn by the loop's generator */
  return open_either (folder, network, options, n_validation, false, ret, error);
}

static bool
open_upright (const char *folder,
              const SwNetwork *network,
              const SwRunOptions *options,
              uint64_t seed,
              size_t n_validation,
              SwDataset *ret,
              GError **error)
{
  (void) seed;
  return open_either (folder, network, options, n_validation, true, ret, error);
}

#define LICENCE                                                                                                                \
  "CC BY 4.0. Trained on the LDraw Parts Library, www.ldraw.org, CC BY 4.0, converted to triangle meshes, and on CAPOD: P. "     \
  "Papadakis, “The Canonically Posed 3D Objects Dataset”, Eurographics Workshop on 3D Object Retrieval, 2014, CC BY 3.0."

#define PUBLISHED                                                                                                              \
  {                                                                                                                            \
    .epochs = 2000, .batch = 32,                                                                                               \
    .schedule = { .kind = SW_SCHEDULE_STEPS, .base = 0.1, .start = 500, .decay = 0.1 }, .validate_every = 100,                  \
    .checkpoint_seconds = 60                                                                                                   \
  }

static const SwPreset presets[] = {
  { .name = "fast",
    .description = N_ ("For the small network of everyday shapes: Adam at 6e-3, a cosine, 120 epochs of 32 at a time."),
    .config = { .epochs = 120, .batch = 32, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 6e-3, .start = 1 },
                .l2 = 1e-6, .validate_every = 5, .checkpoint_seconds = 60 } },
  { .name = "published",
    .description = N_ ("The paper's recipe: 2000 balanced epochs of 32 at a time, rate 0.1, a tenth of it after 500 and again after 1000."),
    .config = PUBLISHED },
  { .name = "fast",
    .conventional = true,
    .description = N_ ("For the small conventional twin: Adam at 1e-3, a cosine, 120 epochs of 32 at a time."),
    .config = { .epochs = 120, .batch = 32, .schedule = { .kind = SW_SCHEDULE_COSINE, .base = 1e-3, .start = 1 },
                .l2 = 1e-5, .validate_every = 5, .checkpoint_seconds = 60 } },
  { .name = "published",
    .conventional = true,
    .description = N_ ("The paper's recipe, for a conventional network."),
    .config = PUBLISHED },
};

#define COMMON                                                                                                                 \
  .network = "shapes", .twin = "shapes-cnn", .data = N_ ("triangle meshes: a folder for each class, or a table of SHREC17"),      \
  .licence = LICENCE, .n_presets = G_N_ELEMENTS (presets), .presets = presets, .close = close_data, .card = card

const SwExperiment sw_experiment_shrec17 = {
  .name = "shrec17",
  .title = N_ ("SHREC17 shapes"),
  .description = N_ ("What does a triangle mesh show, in whatever way it lies? The answers find similar shapes in a collection. --network "
                     "shrec17 is the published network."),
  .open = open_data,
  COMMON,
};

const SwExperiment sw_experiment_shrec17_upright = {
  .name = "shrec17-upright",
  .title = N_ ("SHREC17 shapes, trained upright"),
  .description = N_ ("The same shapes, but training sees them only as they stand. What is learned then holds for every way they lie, or it "
                     "does not."),
  .open = open_upright,
  COMMON,
};
