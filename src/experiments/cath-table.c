/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/cath-table.h"

#include <glib/gi18n.h>
#include <stdbool.h>
#include <string.h>

#include "experiments/cath-data.h"

#define TABLE_BYTES_MAX ((gsize) 256 << 20)

static void
table_row_free (gpointer data)
{
  SwCathRow *row = data;
  g_free (row->name);
  g_free (row->path);
  g_free (row->code);
  g_free (row);
}

static int
find_column (char **heads, const char *name)
{
  for (int i = 0; heads[i] != NULL; i++)
    if (strcmp (heads[i], name) == 0)
      return i;
  return -1;
}

/* A path in a table is relative to the table's folder, or to the one above. */
static char *
resolve (const char *table, const char *file)
{
  g_autofree char *folder = g_path_get_dirname (table);
  char *path = g_canonicalize_filename (file, folder);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *above = g_path_get_dirname (folder);
      char *other = g_canonicalize_filename (file, above);
      if (g_file_test (other, G_FILE_TEST_EXISTS))
        {
          g_free (path);
          return other;
        }
      g_free (other);
    }
  return path;
}

GPtrArray *
sw_cath_table_read (const char *path, bool without_files, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (table_row_free);
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (path, FALSE, error);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL, heads = NULL;
  int file, fold, label, name, n_heads;

  if (mapped == NULL)
    return NULL;
  if (g_mapped_file_get_length (mapped) > TABLE_BYTES_MAX)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: is too large for a table of labels"), path);
      return NULL;
    }
  /* An empty file maps to nothing. */
  text = g_mapped_file_get_length (mapped) > 0
             ? g_strndup (g_mapped_file_get_contents (mapped), g_mapped_file_get_length (mapped))
             : g_strdup ("");
  lines = g_strsplit (text, "\n", -1);
  heads = g_strsplit (lines[0] != NULL ? g_strchomp (lines[0]) : "", "\t", -1);
  n_heads = (int) g_strv_length (heads);
  file = find_column (heads, "file");
  fold = find_column (heads, "fold");
  label = find_column (heads, "cath") >= 0 ? find_column (heads, "cath") : find_column (heads, "label");
  name = find_column (heads, "domain");
  if (file < 0 || fold < 0 || label < 0)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: a table of labels has the columns “file”, “fold” and “cath” (or “label”), separated by tabs"), path);
      return NULL;
    }
  for (size_t i = 1; lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = NULL;
      guint64 number;
      SwCathRow *row;
      if (g_strchomp (lines[i])[0] == '\0')
        continue;
      cells = g_strsplit (lines[i], "\t", -1);
      /* The last cells may be empty and cut off. */
      if ((int) g_strv_length (cells) > n_heads || (int) g_strv_length (cells) <= MAX (fold, label))
        {
          g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: line %zu has %u cells, the head line %d"), path, i + 1, g_strv_length (cells), n_heads);
          return NULL;
        }
      const bool has_file = (int) g_strv_length (cells) > file && cells[file][0] != '\0';
      if (!has_file && !without_files)
        continue; /* labelled, but no file of it is given */
      if (!g_ascii_string_to_unsigned (cells[fold], 10, 0, 999, &number, NULL))
        {
          g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: line %zu: the fold “%s” is not a number from 0 to 999"), path, i + 1, cells[fold]);
          return NULL;
        }
      row = g_new0 (SwCathRow, 1);
      row->fold = (size_t) number;
      row->code = g_strdup (cells[label]);
      row->path = without_files ? NULL : resolve (path, cells[file]);
      row->name = name >= 0 && name < (int) g_strv_length (cells) ? g_strdup (cells[name])
                  : has_file                                     ? g_path_get_basename (cells[file])
                                                                 : g_strdup ("");
      g_ptr_array_add (rows, row);
    }
  if (rows->len == 0)
    {
      g_set_error (error, SW_CATH_ERROR, SW_CATH_ERROR_DATA, _ ("%s: names no structure files"), path);
      return NULL;
    }
  return g_steal_pointer (&rows);
}

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const size_t p = *(const size_t *) a, q = *(const size_t *) b;
  return (p > q) - (p < q);
}

size_t
sw_cath_table_number_folds (size_t *folds, size_t n)
{
  g_autofree size_t *sorted = g_memdup2 (folds, n * sizeof *folds);
  size_t n_distinct = 0;
  qsort (sorted, n, sizeof *sorted, compare_sizes);
  for (size_t i = 0; i < n; i++)
    if (i == 0 || sorted[i] != sorted[n_distinct - 1])
      sorted[n_distinct++] = sorted[i];
  for (size_t i = 0; i < n; i++)
    {
      size_t rank = 0;
      while (sorted[rank] != folds[i])
        rank++;
      folds[i] = rank;
    }
  return n_distinct;
}
