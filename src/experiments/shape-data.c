/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/shape-data.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "structure/format-table.h"

G_DEFINE_QUARK (sw-shape-error-quark, sw_shape_error)

#define TABLE_BYTES_MAX ((size_t) 64 << 20)
#define SHAPES_MAX 1000000

static const char *const split_names[] = { "train", "val", "test" };

static void
shape_clear (void *item)
{
  SwShape *shape = item;
  g_free (shape->id);
  g_free (shape->synset);
  g_free (shape->subsynset);
  g_free (shape->model);
  g_free (shape->path);
  sw_surface_unref (shape->surface);
  sw_surface_points_clear (&shape->points);
}

void
sw_shape_set_free (SwShapeSet *set)
{
  if (set == NULL)
    return;
  g_array_unref (set->shapes);
  g_ptr_array_unref (set->problems);
  g_strfreev (set->class_names);
  g_free (set);
}

static bool
parse_split (const char *text, SwShapeSplit *ret)
{
  for (size_t i = 0; i < G_N_ELEMENTS (split_names); i++)
    if (strcmp (text, split_names[i]) == 0)
      {
        *ret = (SwShapeSplit) i;
        return true;
      }
  return false;
}

/* ---- meshes on the disk ---- */

/* The name without the suffix of a mesh and of gzip; NULL: no mesh. */
static char *
mesh_stem (const char *name)
{
  g_autofree char *stem = g_strdup (name);
  gsize n;
  const SwFormat *formats = sw_format_table (&n);
  char *dot;

  if (g_str_has_suffix (stem, ".gz"))
    stem[strlen (stem) - 3] = '\0';
  dot = strrchr (stem, '.');
  if (dot == NULL || dot == stem)
    return NULL;
  for (gsize i = 0; i < n; i++)
    for (const char *const *suffix = formats[i].suffixes; formats[i].kind == SW_FORMAT_SURFACE && *suffix != NULL; suffix++)
      if (g_ascii_strcasecmp (dot + 1, *suffix) == 0)
        {
          *dot = '\0';
          return g_steal_pointer (&stem);
        }
  return NULL;
}

/* stem -> path of the meshes of a folder; empty when there is no folder. */
static GHashTable *
list_meshes (const char *folder)
{
  GHashTable *meshes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      char *stem = name[0] != '.' ? mesh_stem (name) : NULL;
      if (stem != NULL)
        g_hash_table_replace (meshes, stem, g_build_filename (folder, name, NULL));
    }
  return meshes;
}

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of the folders, or of the meshes, in a folder, sorted. */
static GPtrArray *
list_names (const char *folder, bool folders)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *stem = folders ? NULL : mesh_stem (name);
      if (name[0] != '.' && (folders ? g_file_test (path, G_FILE_TEST_IS_DIR) : stem != NULL))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_sort (names, compare_strings);
  return names;
}

/* ---- tables ---- */

enum
{
  ID,
  SYNSET,
  SUBSYNSET,
  MODEL,
  SPLIT,
  FILE_NAME,
  N_COLUMNS,
};
static const char *const column_names[N_COLUMNS] = { "id", "synsetId", "subSynsetId", "modelId", "split", "file" };

char *
sw_shape_pad_id (const char *id, size_t n)
{
  if (n == 0 || n >= 6 || strspn (id, "0123456789") < n)
    return g_strndup (id, n);
  return g_strdup_printf ("%0*d%.*s", (int) (6 - n), 0, (int) n, id);
}

/* Answers are written to files of these names: none may lead anywhere else. */
static bool
is_id (const char *word)
{
  return word[0] != '\0' && word[0] != '.' && strchr (word, '/') == NULL;
}

static bool
read_head (const char *path, char **words, int columns[N_COLUMNS], GError **error)
{
  for (int c = 0; c < N_COLUMNS; c++)
    {
      columns[c] = -1;
      for (int i = 0; words[i] != NULL; i++)
        if (g_ascii_strcasecmp (g_strstrip (words[i]), column_names[c]) == 0)
          columns[c] = i;
    }
  for (int c = ID; c <= SYNSET; c++)
    if (columns[c] < 0)
      {
        g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: the column “%s” is missing"), path, column_names[c]);
        return false;
      }
  return true;
}

/* meshes: of each split's folders, made when first needed. */
static char *
find_mesh (GHashTable *meshes[3], const char *folder, SwShapeSplit split, const char *id, const char *padded)
{
  static const char *const endings[] = { "", "_normal", "_perturbed" };
  const char *path = NULL;

  for (size_t e = 0; meshes[split] == NULL && e < G_N_ELEMENTS (endings); e++)
    {
      g_autofree char *name = g_strconcat (split_names[split], endings[e], NULL);
      g_autofree char *inside = g_build_filename (folder, name, NULL);
      GHashTable *found = list_meshes (inside);
      if (g_hash_table_size (found) > 0 || e + 1 == G_N_ELEMENTS (endings))
        meshes[split] = found;
      else
        g_hash_table_unref (found);
    }
  path = g_hash_table_lookup (meshes[split], padded);
  if (path == NULL)
    path = g_hash_table_lookup (meshes[split], id);
  return g_strdup (path != NULL ? path : "");
}

static bool
read_table (SwShapeSet *set, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path), *base = g_path_get_basename (path), *text = NULL;
  g_auto (GStrv) lines = NULL;
  GHashTable *meshes[3] = { NULL, NULL, NULL };
  SwShapeSplit of_name = SW_SHAPE_TRAIN;
  unsigned char *bytes;
  SwError plain = { 0 };
  int columns[N_COLUMNS];
  size_t size;
  bool fine = true;

  if (sw_file_read (path, TABLE_BYTES_MAX, &bytes, &size, &plain) != SW_OK)
    {
      g_set_error_literal (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, plain.text);
      return false;
    }
  lines = g_strsplit ((const char *) bytes, "\n", -1);
  sw_free (bytes);
  if (g_str_has_suffix (base, ".csv"))
    base[strlen (base) - 4] = '\0';
  parse_split (base, &of_name);
  for (size_t l = 0; fine && lines[l] != NULL; l++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (lines[l]), ",", -1);
      const int n = (int) g_strv_length (words);
      SwShape shape = { .split = of_name, .class_index = SIZE_MAX };

      if (l == 0)
        {
          fine = read_head (path, words, columns, error);
          continue;
        }
      if (lines[l][0] == '\0')
        continue;
      for (int c = 0; c < N_COLUMNS && fine; c++)
        if (columns[c] >= n)
          {
            g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s, line %zu: the column “%s” is missing"), path, l + 1,
                         column_names[c]);
            fine = false;
          }
      if (fine && columns[SPLIT] >= 0 && !parse_split (words[columns[SPLIT]], &shape.split))
        {
          g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s, line %zu: “%s” is no split (train, val, test)"), path, l + 1,
                       words[columns[SPLIT]]);
          fine = false;
        }
      if (fine && !is_id (words[columns[ID]]))
        {
          g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s, line %zu: “%s” is no id: it is empty, begins with a dot or has a slash"),
                       path, l + 1, words[columns[ID]]);
          fine = false;
        }
      if (fine && set->shapes->len >= SHAPES_MAX)
        {
          g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: more than %d meshes"), path, SHAPES_MAX);
          fine = false;
        }
      if (!fine)
        break;
      shape.id = sw_shape_pad_id (words[columns[ID]], strlen (words[columns[ID]]));
      shape.synset = g_strdup (words[columns[SYNSET]]);
      shape.subsynset
          = g_strdup (columns[SUBSYNSET] >= 0 && words[columns[SUBSYNSET]][0] != '\0' ? words[columns[SUBSYNSET]] : shape.synset);
      shape.model = g_strdup (columns[MODEL] >= 0 ? words[columns[MODEL]] : "");
      shape.path = columns[FILE_NAME] >= 0 ? g_build_filename (folder, words[columns[FILE_NAME]], NULL)
                                           : find_mesh (meshes, folder, shape.split, words[columns[ID]], shape.id);
      g_array_append_val (set->shapes, shape);
    }
  for (int s = 0; s < 3; s++)
    g_clear_pointer (&meshes[s], g_hash_table_unref);
  return fine;
}

/* ---- folders ---- */

/* split < 0: every fifth is for validation. */
static void
read_classes (SwShapeSet *set, const char *folder, int split)
{
  g_autoptr (GPtrArray) classes = list_names (folder, true);

  for (guint c = 0; c < classes->len; c++)
    {
      g_autofree char *inside = g_build_filename (folder, g_ptr_array_index (classes, c), NULL);
      g_autoptr (GPtrArray) names = list_names (inside, false);
      for (guint i = 0; i < names->len; i++)
        {
          const char *class_name = g_ptr_array_index (classes, c), *name = g_ptr_array_index (names, i);
          g_autofree char *stem = mesh_stem (name);
          const SwShape shape = { .id = g_strdup_printf ("%06u", set->shapes->len + 1),
                                  .synset = g_strdup (class_name),
                                  .subsynset = g_strdup (class_name),
                                  .model = g_strdup (stem),
                                  .path = g_build_filename (inside, name, NULL),
                                  .split = split >= 0 ? (SwShapeSplit) split : i % 5 == 4 ? SW_SHAPE_VAL : SW_SHAPE_TRAIN,
                                  .class_index = SIZE_MAX };
          g_array_append_val (set->shapes, shape);
        }
    }
}

static bool
read_place (SwShapeSet *set, const char *path, GError **error)
{
  g_autoptr (GPtrArray) tables = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;
  bool splits = false;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return read_table (set, path, error);
  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return false;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, ".csv"))
      g_ptr_array_add (tables, g_build_filename (path, name, NULL));
  g_ptr_array_sort (tables, compare_strings);
  for (guint i = 0; i < tables->len; i++)
    if (!read_table (set, g_ptr_array_index (tables, i), error))
      return false;
  if (tables->len > 0)
    return true;
  for (size_t s = 0; s < G_N_ELEMENTS (split_names); s++)
    {
      g_autofree char *inside = g_build_filename (path, split_names[s], NULL);
      if (g_file_test (inside, G_FILE_TEST_IS_DIR))
        {
          splits = true;
          read_classes (set, inside, (int) s);
        }
    }
  if (!splits)
    read_classes (set, path, -1);
  return true;
}

/* ---- classes ---- */

char *
sw_shape_class_name (const char *synset)
{
  return g_strdelimit (g_strdup (synset), "_", ' ');
}

static bool
same_class (const char *name, const char *synset)
{
  g_autofree char *spoken = sw_shape_class_name (synset);
  return g_ascii_strcasecmp (name, spoken) == 0 || g_ascii_strcasecmp (name, synset) == 0;
}

static void
name_classes (SwShapeSet *set, const SwNetwork *network)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (network != NULL && network->n_classes > 0)
    for (size_t c = 0; c < network->n_classes; c++)
      g_ptr_array_add (names, g_strdup (network->class_names[c]));
  else
    {
      g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; i < set->shapes->len; i++)
        if (g_hash_table_add (seen, sw_shape_set_get (set, i)->synset))
          g_ptr_array_add (names, g_strdup (sw_shape_set_get (set, i)->synset));
      g_ptr_array_sort (names, compare_strings);
    }
  set->n_classes = names->len;
  g_ptr_array_add (names, NULL);
  set->class_names = (char **) g_ptr_array_steal (names, NULL);
  for (guint i = 0; i < set->shapes->len; i++)
    for (size_t c = 0; c < set->n_classes; c++)
      if (same_class (set->class_names[c], sw_shape_set_get (set, i)->synset))
        sw_shape_set_get (set, i)->class_index = c;
}

SwShapeSet *
sw_shape_set_load (const char *list, const SwNetwork *network, GError **error)
{
  g_auto (GStrv) places = g_strsplit (list, G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (SwShapeSet) set = g_new0 (SwShapeSet, 1);

  set->shapes = g_array_new (FALSE, TRUE, sizeof (SwShape));
  g_array_set_clear_func (set->shapes, shape_clear);
  set->problems = g_ptr_array_new_with_free_func (g_free);
  for (size_t i = 0; places[i] != NULL; i++)
    if (places[i][0] != '\0' && !read_place (set, places[i], error))
      return NULL;
  if (set->shapes->len == 0)
    {
      g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("%s: there are no meshes, and no table (.csv) of them"), list);
      return NULL;
    }
  name_classes (set, network);
  return g_steal_pointer (&set);
}

/* Returns the problem, or NULL. */
static char *
read_shape (SwShape *shape, double spacing)
{
  g_autoptr (GError) failure = NULL;
  SwError plain = { 0 };
  SwTriangleArray triangles;

  if (shape->path[0] == '\0')
    return g_strdup_printf (_ ("there is no file for the mesh %s"), shape->id);
  shape->surface = sw_surface_load (shape->path, NULL, &failure);
  if (shape->surface == NULL)
    return g_strdup (failure->message);
  shape->n_vertices = shape->surface->n_vertices;
  shape->n_triangles = shape->surface->n_triangles;
  triangles = (SwTriangleArray){ .n_triangles = shape->surface->n_triangles,
                                 .vertices = shape->surface->vertices,
                                 .triangles = shape->surface->triangles };
  if (sw_triangles_measure (&triangles, &shape->frame, &plain) != SW_OK
      || (spacing > 0
          && sw_surface_points_init (&shape->points, &triangles, &shape->frame,
                                     sw_surface_points_enough (&shape->frame, spacing), &plain)
                 != SW_OK))
    return g_strdup_printf ("%s: %s", shape->path, plain.text);
  if (spacing > 0)
    g_clear_pointer (&shape->surface, sw_surface_unref);
  return NULL;
}

bool
sw_shape_set_read (SwShapeSet *set, double spacing, GError **error)
{
  const guint n = set->shapes->len;
  g_autofree char **problems = g_new0 (char *, n);
  size_t n_wanted = 0, n_read = 0;

#pragma omp parallel for schedule(dynamic)
  for (guint i = 0; i < n; i++)
    if (sw_shape_set_get (set, i)->class_index != SIZE_MAX)
      problems[i] = read_shape (sw_shape_set_get (set, i), spacing);
  for (guint i = n; i-- > 0;)
    {
      n_wanted += sw_shape_set_get (set, i)->class_index != SIZE_MAX;
      if (problems[i] != NULL)
        {
          g_ptr_array_insert (set->problems, 0, problems[i]);
          g_array_remove_index (set->shapes, i);
        }
      else
        n_read += sw_shape_set_get (set, i)->class_index != SIZE_MAX;
    }
  if (n_read > 0)
    return true;
  g_set_error (error, SW_SHAPE_ERROR, SW_SHAPE_ERROR_DATA, _ ("of %zu meshes of the network's classes none can be read%s%s"), n_wanted,
               set->problems->len > 0 ? ": " : "", set->problems->len > 0 ? (const char *) set->problems->pdata[0] : "");
  return false;
}
