/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/retrieval.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "experiments/shrec17.h"
#include "train/loss.h"

#define LIST_BYTES_MAX ((size_t) 16 << 20)

/* ---- the numbers ---- */

static int
gain_of (const SwRetrievalItem *query, const SwRetrievalItem *answer)
{
  if (strcmp (query->synset, answer->synset) != 0)
    return 0;
  if (strcmp (query->subsynset, answer->subsynset) == 0)
    return 3;
  return strcmp (answer->subsynset, query->synset) == 0 ? 2 : 1;
}

static double
discount (size_t rank)
{
  return rank == 1 ? 1.0 : 1.0 / log2 ((double) rank);
}

SwRetrievalScore
sw_retrieval_query (size_t n_items, const SwRetrievalItem *items, size_t query, size_t n_answers, const size_t *answers)
{
  SwRetrievalScore score = { 0 };
  size_t with_gain[4] = { 0 }, n_relevant = 0, n_found = 0, rank = 0;
  double dcg = 0, ideal = 0;

  for (size_t i = 0; i < n_items; i++)
    {
      const int gain = gain_of (&items[query], &items[i]);
      with_gain[gain]++;
      n_relevant += gain > 0;
    }
  for (int gain = 3; gain > 0; gain--)
    for (size_t i = 0; i < with_gain[gain]; i++)
      ideal += gain * discount (++rank);
  for (size_t a = 0; a < n_answers; a++)
    {
      const int gain = gain_of (&items[query], &items[answers[a]]);
      dcg += gain * discount (a + 1);
      if (gain > 0)
        score.average_precision += (double) ++n_found / (double) (a + 1);
    }
  if (n_answers == 0 || n_found == 0)
    return (SwRetrievalScore){ 0 };
  score.precision = (double) n_found / (double) n_answers;
  score.recall = (double) n_found / (double) n_relevant;
  score.f1 = 2 * score.precision * score.recall / (score.precision + score.recall);
  score.average_precision /= (double) n_relevant;
  score.ndcg = dcg / ideal;
  return score;
}

static void
add (SwRetrievalScore *sum, const SwRetrievalScore *score, double weight)
{
  sum->precision += weight * score->precision;
  sum->recall += weight * score->recall;
  sum->f1 += weight * score->f1;
  sum->average_precision += weight * score->average_precision;
  sum->ndcg += weight * score->ndcg;
}

typedef struct
{
  SwRetrievalScore sum;
  size_t n;
} ClassSum;

static void
average (size_t n_items, const SwRetrievalItem *items, const SwRetrievalScore *scores, SwRetrieval *ret)
{
  g_autoptr (GHashTable) classes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  GHashTableIter iter;
  gpointer value;

  for (size_t i = 0; i < n_items; i++)
    {
      ClassSum *of_class = g_hash_table_lookup (classes, items[i].synset);
      if (of_class == NULL)
        {
          of_class = g_new0 (ClassSum, 1);
          g_hash_table_insert (classes, (char *) items[i].synset, of_class);
        }
      add (&of_class->sum, &scores[i], 1);
      of_class->n++;
      add (&ret->micro, &scores[i], 1.0 / (double) n_items);
    }
  ret->n_classes = g_hash_table_size (classes);
  g_hash_table_iter_init (&iter, classes);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const ClassSum *of_class = value;
      add (&ret->macro, &of_class->sum, 1.0 / (double) of_class->n / (double) ret->n_classes);
    }
}

/* ---- submissions ---- */

/* The answers of one file: indices, in order. */
static size_t
parse_answers (const char *text, GHashTable *places, size_t n_items, size_t *answers)
{
  g_autofree bool *seen = g_new0 (bool, n_items);
  size_t n = 0;

  for (size_t line = 0; line < SW_RETRIEVAL_LINES_MAX && *text != '\0'; line++)
    {
      const char *end = strchr (text, '\n');
      size_t length;
      gpointer place;
      g_autofree char *id = NULL;
      text += strspn (text, " \t\r");
      length = strcspn (text, " \t\r\n,");
      id = sw_shape_pad_id (text, length);
      if (length > 0 && g_hash_table_lookup_extended (places, id, NULL, &place) && !seen[GPOINTER_TO_SIZE (place)])
        {
          seen[GPOINTER_TO_SIZE (place)] = true;
          answers[n++] = GPOINTER_TO_SIZE (place);
        }
      if (end == NULL)
        break;
      text = end + 1;
    }
  return n;
}

/* query -> path of its file. */
static GHashTable *
list_files (const char *folder, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GHashTable) files = NULL;
  const char *name;

  if (dir == NULL)
    return NULL;
  files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_hash_table_replace (files, sw_shape_pad_id (name, strcspn (name, ".")), g_build_filename (folder, name, NULL));
  return g_steal_pointer (&files);
}

bool
sw_retrieval_score_folder (size_t n_items, const SwRetrievalItem *items, const char *folder, SwRetrieval *ret, GError **error)
{
  g_autoptr (GHashTable) files = list_files (folder, error), places = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree SwRetrievalScore *scores = g_new0 (SwRetrievalScore, n_items);
  g_autofree size_t *answers = g_new (size_t, n_items);

  if (files == NULL)
    return false;
  *ret = (SwRetrieval){ .n_queries = n_items, .accuracy = NAN };
  for (size_t i = 0; i < n_items; i++)
    g_hash_table_insert (places, (char *) items[i].id, GSIZE_TO_POINTER (i));
  for (size_t i = 0; i < n_items; i++)
    {
      const char *path = g_hash_table_lookup (files, items[i].id);
      SwError plain = { 0 };
      unsigned char *bytes;
      size_t size, n = 0;

      if (path != NULL)
        {
          if (sw_file_read (path, LIST_BYTES_MAX, &bytes, &size, &plain) != SW_OK)
            {
              g_set_error_literal (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, plain.text);
              return false;
            }
          n = parse_answers ((const char *) bytes, places, n_items, answers);
          sw_free (bytes);
        }
      ret->n_missing += n == 0;
      scores[i] = sw_retrieval_query (n_items, items, i, n, answers);
    }
  if (ret->n_missing == n_items)
    {
      g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: no file in it is named by an id of the collection"), folder);
      return false;
    }
  average (n_items, items, scores, ret);
  return true;
}

SwRetrievalItem *
sw_retrieval_items (const SwShapeSet *set, SwDataPart part, size_t *ret_n)
{
  SwRetrievalItem *items = g_new0 (SwRetrievalItem, set->shapes->len);
  g_autofree int *parts = g_new (int, set->shapes->len);

  *ret_n = 0;
  sw_shrec17_divide (set, parts);
  for (guint i = 0; i < set->shapes->len; i++)
    {
      const SwShape *shape = sw_shape_set_get (set, i);
      if (parts[i] == (int) part)
        items[(*ret_n)++] = (SwRetrievalItem){ shape->id, shape->synset, shape->subsynset };
    }
  return items;
}

/* ---- a network's answers ---- */

typedef struct
{
  size_t n, n_classes;
  const SwShape **shapes;
  float *logits;    /* [n][n_classes], summed over rotations */
  size_t *answers;  /* [n] */
} Answers;

static void
answers_clear (Answers *a)
{
  g_free (a->shapes);
  g_free (a->logits);
  g_free (a->answers);
}

static SwStatus
ask_network (SwRunner *runner,
             const SwDataset *dataset,
             SwDataPart part,
             size_t n_copies,
             uint64_t seed,
             const SwProgress *progress,
             Answers *a,
             SwError *error)
{
  const SwNetwork *network = sw_runner_network (runner);
  const size_t size = sw_runner_input_size (runner);
  real *input = sw_alloc (sw_field_type_dim (&network->input) * size * size * size, sizeof (real));
  SwStatus status = input != NULL ? SW_OK : SW_ERROR_MEMORY;

  for (size_t i = 0; i < a->n && status == SW_OK; i++)
    {
      real *sum = a->logits + i * a->n_classes;
      for (size_t copy = 0; copy < n_copies && status == SW_OK; copy++)
        {
          size_t label;
          status = sw_dataset_validation_sample (dataset, part, seed + copy, i, size, input, &label, error);
          if (status == SW_OK)
            status = sw_runner_forward (runner, input, NULL, error);
          for (size_t c = 0; c < a->n_classes && status == SW_OK; c++)
            sum[c] += sw_runner_output (runner)[c];
        }
      a->answers[i] = sw_loss_argmax (a->n_classes, sum);
      if (status == SW_OK && !sw_progress (progress, (double) (i + 1) / (double) a->n, NULL))
        status = sw_error_set (error, SW_ERROR_CANCELLED, "cancelled");
    }
  sw_free (input);
  return status;
}

typedef struct
{
  const char *id;
  double score;
} Ranked;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *p = a, *q = b;
  return p->score != q->score ? (p->score > q->score ? -1 : 1) : -strcmp (p->id, q->id);
}

static bool
write_submission (const Answers *a, const char *folder, GError **error)
{
  g_autofree Ranked *ranked = g_new (Ranked, a->n);

  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s cannot be made: %s"), folder, g_strerror (errno));
      return false;
    }
  for (size_t i = 0; i < a->n; i++)
    {
      g_autofree char *path = g_build_filename (folder, a->shapes[i]->id, NULL);
      g_autoptr (GString) text = g_string_new (NULL);
      SwError plain = { 0 };
      size_t n = 0;

      for (size_t j = 0; j < a->n; j++)
        if (a->answers[j] == a->answers[i])
          ranked[n++] = (Ranked){ a->shapes[j]->id, (double) a->logits[j * a->n_classes + a->answers[i]] };
      qsort (ranked, n, sizeof *ranked, compare_ranked);
      for (size_t k = 0; k < MIN (n, (size_t) SW_RETRIEVAL_LINES_MAX); k++)
        {
          char number[G_ASCII_DTOSTR_BUF_SIZE];
          /* a distance: grows from the first to the last */
          g_string_append_printf (text, "%s %s\n", ranked[k].id,
                                  g_ascii_formatd (number, sizeof number, "%.6f", ranked[0].score - ranked[k].score));
        }
      if (sw_file_write (path, text->str, text->len, &plain) != SW_OK)
        {
          g_set_error_literal (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, plain.text);
          return false;
        }
    }
  return true;
}

bool
sw_retrieval_run (const SwExperiment *experiment,
                  SwModel *model,
                  const SwRunOptions *options,
                  const char *data,
                  SwDataPart part,
                  size_t n_copies,
                  uint64_t seed,
                  const char *folder,
                  const SwProgress *progress,
                  SwRetrieval *ret,
                  GError **error)
{
  SwDataset dataset = { 0 };
  SwRunner *runner = NULL;
  Answers a = { 0 };
  SwError plain = { 0 };
  SwStatus status = SW_OK;
  g_autofree SwRetrievalItem *items = NULL;
  size_t n_right = 0;
  bool fine = false;

  if (!experiment->open (data, model->network, options, seed, 0, &dataset, error))
    return false;
  a.n = part == SW_PART_VALIDATION ? dataset.n_validation : dataset.n_test;
  a.n_classes = dataset.n_classes;
  a.shapes = g_new0 (const SwShape *, a.n);
  a.logits = g_new0 (float, a.n * a.n_classes);
  a.answers = g_new0 (size_t, a.n);
  items = g_new0 (SwRetrievalItem, a.n);
  for (size_t i = 0; i < a.n; i++)
    {
      a.shapes[i] = sw_shrec17_shape (&dataset, part, i);
      items[i] = (SwRetrievalItem){ a.shapes[i]->id, a.shapes[i]->synset, a.shapes[i]->subsynset };
    }
  if (dataset.n_classes != model->network->n_outputs)
    status = sw_error_set (&plain, SW_ERROR_INVALID, "the data have %zu classes, the network \"%s\" has %zu outputs", dataset.n_classes,
                           model->network->name, model->network->n_outputs);
  if (status == SW_OK)
    status = sw_runner_new (model, options, &runner, &plain);
  if (status == SW_OK)
    status = ask_network (runner, &dataset, part, n_copies, seed, progress, &a, &plain);
  if (status != SW_OK)
    g_set_error_literal (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, plain.text[0] != '\0' ? plain.text : sw_status_text (status));
  else
    fine = write_submission (&a, folder, error) && sw_retrieval_score_folder (a.n, items, folder, ret, error);
  for (size_t i = 0; i < a.n && fine; i++)
    n_right += a.answers[i] == a.shapes[i]->class_index;
  if (fine)
    ret->accuracy = (double) n_right / (double) a.n;
  sw_runner_free (runner);
  answers_clear (&a);
  experiment->close (&dataset);
  return fine;
}
