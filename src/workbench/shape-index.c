/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/shape-index.h"

#include <glib/gi18n.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "workbench/error.h"
#include "workbench/job-private.h"

#define FORMAT "swivel-shape-index 2"
#define FILE_BYTES_MAX ((size_t) 256 << 20)
#define CLASSES_MAX 10000
/* Below this, a score says no more. */
#define SCORE_MIN 1e-30

typedef struct
{
  SwShapeIndex pub; /* first */
  gatomicrefcount count;
  GArray *entries; /* SwShapeEntry; strings and scores owned */
  char *network, *weights, *choices;
} Index;

static void
entry_clear (gpointer item)
{
  SwShapeEntry *entry = item;
  g_free ((char *) entry->path);
  g_free ((char *) entry->name);
  g_free ((float *) entry->scores);
}

static Index *
index_new (const char *network, const char *weights, const char *choices, size_t n_classes)
{
  Index *self = g_new0 (Index, 1);

  g_atomic_ref_count_init (&self->count);
  self->entries = g_array_new (FALSE, TRUE, sizeof (SwShapeEntry));
  g_array_set_clear_func (self->entries, entry_clear);
  self->network = g_strdup (network);
  self->weights = g_strdup (weights);
  self->choices = g_strdup (choices);
  self->pub.network = self->network;
  self->pub.weights = self->weights;
  self->pub.choices = self->choices;
  self->pub.n_classes = n_classes;
  return self;
}

static void
index_add (Index *self, const char *path, const float *scores)
{
  g_autofree char *base = g_path_get_basename (path);
  SwShapeEntry entry = { .path = g_strdup (path),
                         .name = g_filename_display_name (base),
                         .scores = g_memdup2 (scores, self->pub.n_classes * sizeof *scores) };

  for (size_t c = 1; c < self->pub.n_classes; c++)
    if (scores[c] > scores[entry.top])
      entry.top = c;
  g_array_append_val (self->entries, entry);
  self->pub.n_entries = self->entries->len;
  self->pub.entries = (const SwShapeEntry *) (void *) self->entries->data;
}

SwShapeIndex *
sw_shape_index_ref (SwShapeIndex *index)
{
  g_atomic_ref_count_inc (&((Index *) index)->count);
  return index;
}

void
sw_shape_index_unref (SwShapeIndex *index)
{
  Index *self = (Index *) index;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  g_array_unref (self->entries);
  g_free (self->network);
  g_free (self->weights);
  g_free (self->choices);
  g_free (self);
}

static char *
checksum (const SwLoadedModel *model)
{
  const SwNetwork *network = model->network;
  uLong sum = crc32 (0, (const unsigned char *) model->model->parameters, (uInt) (network->n_parameters * sizeof (real)));
  sum = crc32 (sum, (const unsigned char *) model->model->buffers, (uInt) (network->n_buffers * sizeof (real)));
  return g_strdup_printf ("%08lx", sum);
}

static char *
dup_choices (const SwWorker *worker)
{
  const SwJobOptions *options = &worker->options;
  const SwInputGrid *grid = &worker->grid;
  const bool limited = options->engine == SW_ENGINE_BANDLIMITED;
  const double numbers[] = { grid->spacing, grid->sigma, limited ? grid->w_max : 0.0 };
  GString *text = g_string_new (sw_engine_name (options->engine));
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, " %zu", grid->size);
  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_string_append_printf (text, " %s", g_ascii_formatd (number, sizeof number, "%.6g", numbers[i]));
  if (options->plain_stride)
    g_string_append (text, " plain-stride");
  if (!limited && options->basis == SW_BASIS_PROJECTED)
    g_string_append (text, " projected");
  if (sw_worker_takes_occupancy (worker) && grid->scale == SW_SCALE_BOX)
    g_string_append (text, " box");
  return g_string_free (text, FALSE);
}

bool
sw_shape_index_fits (const SwShapeIndex *index, const SwWorker *worker)
{
  const SwNetwork *network = worker->model->network;
  g_autofree char *weights = checksum (worker->loaded), *choices = dup_choices (worker);
  return index->n_classes == network->n_outputs && strcmp (index->network, network->name) == 0
         && strcmp (index->weights, weights) == 0 && strcmp (index->choices, choices) == 0;
}

char *
sw_shape_index_dup_default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "swivel", "shape-index.json", NULL);
}

/* ---- building ---- */

typedef struct
{
  Index *index;
  SwClassifiedFunc callback;
  gpointer data;
} Build;

static bool
take (const SwClassified *item, gpointer data)
{
  Build *build = data;
  g_autofree char *path = g_canonicalize_filename (item->path, NULL);
  SwClassified own = *item;

  if (item->message == NULL && !g_utf8_validate (path, -1, NULL))
    own.message = _ ("the name of this file is no UTF-8, which the index wants");
  else if (item->message == NULL)
    index_add (build->index, path, item->scores);
  return build->callback == NULL || build->callback (&own, build->data);
}

SwShapeIndex *
sw_shape_index_build (SwWorker *worker,
                      const GPtrArray *files,
                      const SwProgress *progress,
                      SwClassifiedFunc callback,
                      gpointer data,
                      GError **error)
{
  SwLoadedModel *model = sw_worker_get_model (worker);
  g_autofree char *weights = checksum (model), *choices = dup_choices (worker);
  Build build = { .index = index_new (model->network->name, weights, choices, model->network->n_outputs),
                  .callback = callback,
                  .data = data };
  g_autoptr (SwShapeIndex) index = &build.index->pub;

  if (model->network->input_kind != SW_INPUT_MESH)
    {
      g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID, _ ("The network “%s” does not take meshes."), model->name);
      return NULL;
    }
  if (!sw_classify (worker, files, NULL, progress, take, &build, NULL, error))
    return NULL;
  return g_steal_pointer (&index);
}

/* ---- files ---- */

bool
sw_shape_index_write (const SwShapeIndex *index, const char *path, GError **error)
{
  json_t *shapes = json_array (), *json;
  SwError plain = { 0 };
  SwStatus status = SW_ERROR_MEMORY;
  char *text;

  for (size_t i = 0; i < index->n_entries; i++)
    {
      const SwShapeEntry *entry = &index->entries[i];
      json_t *scores = json_array ();
      for (size_t c = 0; c < index->n_classes; c++)
        json_array_append_new (scores, json_real ((double) entry->scores[c]));
      json_array_append_new (shapes, json_pack ("{s:s,s:o}", "path", entry->path, "scores", scores));
    }
  json = json_pack ("{s:s,s:s,s:s,s:s,s:I,s:o}", "format", FORMAT, "network", index->network, "weights", index->weights, "choices",
                    index->choices, "classes", (json_int_t) index->n_classes, "shapes", shapes);
  text = json != NULL ? json_dumps (json, JSON_REAL_PRECISION (7) | JSON_COMPACT) : NULL;
  if (text != NULL)
    status = sw_file_write (path, text, strlen (text), &plain);
  free (text);
  json_decref (json);
  if (status != SW_OK)
    sw_workbench_set_error (error, status, &plain, NULL);
  return status == SW_OK;
}

static Index *
from_json (const json_t *json, const char **ret_problem)
{
  const json_t *shapes = json_object_get (json, "shapes");
  const char *network = json_string_value (json_object_get (json, "network"));
  const char *weights = json_string_value (json_object_get (json, "weights"));
  const char *choices = json_string_value (json_object_get (json, "choices"));
  const json_int_t n_classes = json_integer_value (json_object_get (json, "classes"));
  g_autofree float *scores = NULL;
  Index *self;

  *ret_problem = NULL;
  if (g_strcmp0 (json_string_value (json_object_get (json, "format")), FORMAT) != 0)
    *ret_problem = _ ("this is no index of shapes, or of another version");
  else if (network == NULL || weights == NULL || choices == NULL || n_classes < 1 || n_classes > CLASSES_MAX || !json_is_array (shapes))
    *ret_problem = _ ("an entry is missing");
  if (*ret_problem != NULL)
    return NULL;
  self = index_new (network, weights, choices, (size_t) n_classes);
  scores = g_new (float, n_classes);
  for (size_t i = 0; i < json_array_size (shapes); i++)
    {
      const json_t *shape = json_array_get (shapes, i), *list = json_object_get (shape, "scores");
      const char *path = json_string_value (json_object_get (shape, "path"));
      bool fine = path != NULL && json_array_size (list) == (size_t) n_classes;
      for (size_t c = 0; fine && c < (size_t) n_classes; c++)
        {
          const json_t *score = json_array_get (list, c);
          scores[c] = (float) json_number_value (score);
          fine = json_is_number (score) && isfinite (scores[c]) && scores[c] >= 0 && scores[c] <= 1;
        }
      if (!fine)
        {
          *ret_problem = _ ("a shape's path or scores make no sense");
          sw_shape_index_unref (&self->pub);
          return NULL;
        }
      index_add (self, path, scores);
    }
  return self;
}

SwShapeIndex *
sw_shape_index_read (const char *path, GError **error)
{
  SwError plain = { 0 };
  unsigned char *bytes;
  const char *problem = NULL;
  json_error_t fault = { 0 };
  json_t *json;
  Index *index = NULL;
  size_t size;
  const SwStatus status = sw_file_read (path, FILE_BYTES_MAX, &bytes, &size, &plain);

  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, NULL);
      return NULL;
    }
  json = json_loadb ((const char *) bytes, size, 0, &fault);
  sw_free (bytes);
  if (json == NULL)
    problem = fault.text;
  else
    index = from_json (json, &problem);
  if (index == NULL)
    g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_INVALID, "%s: %s", path, problem);
  json_decref (json);
  return index != NULL ? &index->pub : NULL;
}

/* ---- searching ---- */

/* Log scores less their mean, of length 1 (or all 0). */
static void
direction (size_t n, const float *scores, double *out)
{
  double mean = 0, squared = 0;

  for (size_t c = 0; c < n; c++)
    mean += out[c] = log (MAX ((double) scores[c], SCORE_MIN));
  mean /= (double) n;
  for (size_t c = 0; c < n; c++)
    {
      out[c] -= mean;
      squared += out[c] * out[c];
    }
  for (size_t c = 0; c < n && squared > 0; c++)
    out[c] /= sqrt (squared);
}

static int
compare_matches (gconstpointer a, gconstpointer b)
{
  const SwShapeMatch *p = a, *q = b;
  return p->similarity != q->similarity ? (p->similarity > q->similarity ? -1 : 1) : (p->entry > q->entry) - (p->entry < q->entry);
}

size_t
sw_shape_index_search (const SwShapeIndex *index, const float *scores, const char *except, size_t n, SwShapeMatch *ret)
{
  const size_t n_classes = index->n_classes;
  g_autofree SwShapeMatch *all = g_new (SwShapeMatch, index->n_entries + 1);
  g_autofree double *wanted = g_new (double, n_classes), *there = g_new (double, n_classes);
  g_autofree char *itself = except != NULL ? g_canonicalize_filename (except, NULL) : NULL;
  size_t n_all = 0;

  direction (n_classes, scores, wanted);
  for (size_t i = 0; i < index->n_entries; i++)
    {
      double cosine = 0;
      if (itself != NULL && strcmp (index->entries[i].path, itself) == 0)
        continue;
      direction (n_classes, index->entries[i].scores, there);
      for (size_t c = 0; c < n_classes; c++)
        cosine += wanted[c] * there[c];
      all[n_all++] = (SwShapeMatch){ i, cosine };
    }
  qsort (all, n_all, sizeof *all, compare_matches);
  n = MIN (n, n_all);
  memcpy (ret, all, n * sizeof *ret);
  return n;
}
