/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "experiments/cath-data.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "base/npy.h"
#include "experiments/cath-table.h"
#include "structure/structure.h"

#define LEVELS_MAX 4

G_DEFINE_QUARK (sw-cath-error-quark, sw_cath_error)

static bool G_GNUC_PRINTF (2, 3)
fail (GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (SW_CATH_ERROR, SW_CATH_ERROR_DATA, format, args);
  va_end (args);
  return false;
}

void
sw_cath_set_free (SwCathSet *set)
{
  if (set == NULL)
    return;
  g_free (set->domains);
  g_free (set->positions);
  g_strfreev (set->class_names);
  g_clear_pointer (&set->problems, g_ptr_array_unref);
  g_free (set);
}

/* ---- classes ---- */

typedef struct
{
  size_t n, level;
  char **codes; /* "1.10"; owned */
} Codes;

static void
codes_clear (Codes *codes)
{
  g_strfreev (codes->codes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Codes, codes_clear)

static size_t
levels_of (const char *code)
{
  size_t n = 1;
  for (; *code != '\0'; code++)
    n += *code == '.';
  return n;
}

/* The numbers in front of the network's class names. */
static bool
codes_from_network (const SwNetwork *network, Codes *codes, GError **error)
{
  codes->n = network->n_classes;
  codes->codes = g_new0 (char *, codes->n + 1);
  for (size_t i = 0; i < codes->n; i++)
    {
      const char *name = network->class_names[i];
      codes->codes[i] = g_strndup (name, strcspn (name, " "));
      if (codes->codes[i][0] == '\0' || codes->codes[i][strspn (codes->codes[i], "0123456789.")] != '\0')
        return fail (error, _ ("the class “%s” of the network “%s” does not begin with a CATH number such as 1.10"), name,
                     network->name);
      if (i > 0 && levels_of (codes->codes[i]) != codes->level)
        return fail (error, _ ("the classes of the network “%s” are not all of one CATH level"), network->name);
      codes->level = levels_of (codes->codes[i]);
    }
  if (codes->level > LEVELS_MAX)
    return fail (error, _ ("the classes of the network “%s” have more than %d CATH levels"), network->name, LEVELS_MAX);
  return true;
}

/* Index of a domain's class, comparing the first levels; n when it is none of them. */
static size_t
find_code (const Codes *codes, const char *code)
{
  for (size_t i = 0; i < codes->n; i++)
    {
      const size_t length = strlen (codes->codes[i]);
      if (strncmp (codes->codes[i], code, length) == 0 && (code[length] == '\0' || code[length] == '.'))
        return i;
    }
  return codes->n;
}

static int
compare_codes (gconstpointer a, gconstpointer b)
{
  const char *p = *(const char *const *) a, *q = *(const char *const *) b;
  while (*p != '\0' && *q != '\0')
    {
      char *p_end, *q_end;
      const guint64 i = g_ascii_strtoull (p, &p_end, 10), j = g_ascii_strtoull (q, &q_end, 10);
      if (i != j)
        return i < j ? -1 : 1;
      p = *p_end == '.' ? p_end + 1 : p_end;
      q = *q_end == '.' ? q_end + 1 : q_end;
    }
  return (*p != '\0') - (*q != '\0');
}

/* A network whose classes have no names takes all that occur, in ascending order. */
static void
codes_from_data (GPtrArray *all, Codes *codes)
{
  g_ptr_array_sort (all, compare_codes);
  g_strfreev (codes->codes);
  codes->codes = g_new0 (char *, all->len + 1);
  for (guint i = 0; i < all->len; i++)
    if (codes->n == 0 || strcmp (codes->codes[codes->n - 1], all->pdata[i]) != 0)
      codes->codes[codes->n++] = g_strdup (all->pdata[i]);
}

static void
take_codes (SwCathSet *set, const SwNetwork *network, Codes *codes)
{
  set->n_classes = codes->n;
  set->class_names = g_new0 (char *, codes->n + 1);
  for (size_t i = 0; i < codes->n; i++)
    set->class_names[i] = g_strdup (network->n_classes > 0 ? network->class_names[i] : codes->codes[i]);
}

static void
centre (size_t n, double (*positions)[3])
{
  double mean[3] = { 0 };
  for (size_t a = 0; a < n; a++)
    for (int i = 0; i < 3; i++)
      mean[i] += positions[a][i] / (double) n;
  for (size_t a = 0; a < n; a++)
    for (int i = 0; i < 3; i++)
      positions[a][i] -= mean[i];
}

/* ---- archives ---- */

enum
{
  N_ATOMS,
  POSITIONS,
  ATOM_TYPES,
  LABELS,
  SPLITS,
  N_REQUIRED,
  DOMAIN_IDS = N_REQUIRED,
  N_ENTRIES
};
static const char *const entry_names[N_ENTRIES]
    = { "n_atoms", "positions", "atom_types", "labels", "split_start_indices", "domain_ids" };

typedef struct
{
  SwNpy entries[N_ENTRIES];
} Archive;

static void
archive_clear (Archive *archive)
{
  for (int i = 0; i < N_ENTRIES; i++)
    sw_npy_clear (&archive->entries[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Archive, archive_clear)

static bool
has_entry (SwNpz *npz, const char *name)
{
  for (size_t i = 0; i < sw_npz_n_entries (npz); i++)
    if (strcmp (sw_npz_name (npz, i), name) == 0)
      return true;
  return false;
}

static bool
archive_read (const char *path, Archive *archive, GError **error)
{
  SwNpz *npz = NULL;
  SwError plain = { 0 };
  bool done = false;

  if (sw_npz_open (path, SW_CATH_ENTRY_BYTES_MAX, &npz, &plain) != SW_OK)
    return fail (error, "%s", plain.text);
  for (int i = 0; i < N_ENTRIES; i++)
    {
      if (!has_entry (npz, entry_names[i]))
        {
          if (i >= N_REQUIRED)
            continue;
          fail (error, _ ("%s: has no array “%s”; a CATH set has n_atoms, positions, atom_types, labels and split_start_indices"),
                path, entry_names[i]);
          goto out;
        }
      if (sw_npz_read (npz, entry_names[i], &archive->entries[i], &plain) != SW_OK)
        {
          fail (error, "%s", plain.text);
          goto out;
        }
    }
  done = true;
out:
  sw_npz_free (npz);
  return done;
}

static bool
is_number (const SwNpy *array)
{
  return array->kind == 'f' || array->kind == 'i' || array->kind == 'u';
}

static bool
is_whole (double value, double low, double high)
{
  return value >= low && value <= high && value == floor (value);
}

/* Shapes and types; the values are looked at where they are used. */
static bool
archive_check (const char *path, const Archive *archive, GError **error)
{
  const SwNpy *e = archive->entries;
  const size_t n = e[N_ATOMS].n_dims == 1 ? e[N_ATOMS].shape[0] : 0;
  for (int i = 0; i < N_ENTRIES; i++)
    if (i != ATOM_TYPES && i != DOMAIN_IDS && !is_number (&e[i]))
      return fail (error, _ ("%s: “%s” holds no numbers"), path, entry_names[i]);
  if (e[ATOM_TYPES].kind != 'S')
    return fail (error, _ ("%s: “%s” is not an array of byte strings"), path, entry_names[ATOM_TYPES]);
  if (n == 0)
    return fail (error, _ ("%s: “%s” is empty or not a plain list"), path, entry_names[N_ATOMS]);
  if (e[POSITIONS].n_dims != 3 || e[POSITIONS].shape[0] != n || e[POSITIONS].shape[2] != 3 || e[POSITIONS].kind != 'f')
    return fail (error, _ ("%s: “%s” should be floats of the shape %zu x atoms x 3"), path, entry_names[POSITIONS], n);
  if (e[ATOM_TYPES].n_dims != 2 || e[ATOM_TYPES].shape[0] != n || e[ATOM_TYPES].shape[1] != e[POSITIONS].shape[1])
    return fail (error, _ ("%s: “%s” should have the shape %zu x %zu, as the positions have"), path, entry_names[ATOM_TYPES], n,
                 e[POSITIONS].shape[1]);
  if ((e[LABELS].n_dims != 2 && e[LABELS].n_dims != 1) || e[LABELS].shape[0] != n
      || (e[LABELS].n_dims == 2 && (e[LABELS].shape[1] == 0 || e[LABELS].shape[1] > LEVELS_MAX)))
    return fail (error, _ ("%s: “%s” should have %zu rows of 1 to %d numbers"), path, entry_names[LABELS], n, LEVELS_MAX);
  if (e[SPLITS].n_dims != 1 || e[SPLITS].shape[0] < 3)
    return fail (error, _ ("%s: “%s” should list three splits or more: for training, test and validation"), path,
                 entry_names[SPLITS]);
  for (size_t s = 0; s < e[SPLITS].shape[0]; s++)
    if (!is_whole (sw_npy_get (&e[SPLITS], s), s == 0 ? 0 : sw_npy_get (&e[SPLITS], s - 1) + 1, (double) n - 1)
        || (s == 0 && sw_npy_get (&e[SPLITS], 0) != 0))
      return fail (error, _ ("%s: “%s” should begin with 0, ascend and stay below %zu"), path, entry_names[SPLITS], n);
  if (e[DOMAIN_IDS].data != NULL
      && (e[DOMAIN_IDS].kind != 'S' || e[DOMAIN_IDS].n_dims != 1 || e[DOMAIN_IDS].shape[0] != n))
    return fail (error, _ ("%s: “%s” should be %zu byte strings"), path, entry_names[DOMAIN_IDS], n);
  return true;
}

static size_t
levels_in (const SwNpy *labels)
{
  return labels->n_dims == 2 ? labels->shape[1] : 1;
}

/* "3.40" of a row, or NULL. */
static char *
code_of_row (const char *path, const SwNpy *labels, size_t row, GError **error)
{
  const size_t n = levels_in (labels);
  g_autoptr (GString) code = g_string_new (NULL);
  for (size_t k = 0; k < n; k++)
    {
      const double value = sw_npy_get (labels, row * n + k);
      if (!is_whole (value, 0, 1e9))
        {
          fail (error, _ ("%s: the label of row %zu is not a CATH number"), path, row);
          return NULL;
        }
      g_string_append_printf (code, "%s%.0f", k > 0 ? "." : "", value);
    }
  return g_string_free (g_steal_pointer (&code), FALSE);
}

/* The C-alpha atoms of a row, appended. */
static bool
read_row (const char *path, const Archive *archive, size_t row, GArray *positions, SwCathDomain *ret, GError **error)
{
  const SwNpy *e = archive->entries;
  const size_t most = e[POSITIONS].shape[1], width = e[ATOM_TYPES].item_size;
  const double count = sw_npy_get (&e[N_ATOMS], row);

  if (!is_whole (count, 1, (double) most))
    return fail (error, _ ("%s: row %zu should have 1 to %zu atoms, not %g"), path, row, most, count);
  ret->first = positions->len;
  for (size_t a = 0; a < (size_t) count; a++)
    {
      const char *type = (const char *) e[ATOM_TYPES].data + (row * most + a) * width;
      double p[3];
      if (strncmp (type, "CA", width) != 0)
        continue;
      for (size_t i = 0; i < 3; i++)
        {
          p[i] = sw_npy_get (&e[POSITIONS], (row * most + a) * 3 + i);
          if (!(fabs (p[i]) <= SW_COORDINATE_MAX))
            return fail (error, _ ("%s: row %zu, atom %zu: a coordinate is not a number, or absurd"), path, row, a);
        }
      g_array_append_val (positions, p);
    }
  ret->n_atoms = positions->len - ret->first;
  if (ret->n_atoms == 0)
    return fail (error, _ ("%s: row %zu has no C-alpha atoms (its atoms are not called CA)"), path, row);
  if (e[DOMAIN_IDS].data != NULL)
    g_snprintf (ret->name, sizeof ret->name, "%.*s", (int) e[DOMAIN_IDS].item_size,
                (const char *) e[DOMAIN_IDS].data + row * e[DOMAIN_IDS].item_size);
  else
    g_snprintf (ret->name, sizeof ret->name, "%zu", row);
  return true;
}

static SwCathSet *
load_archive (const char *path, const SwNetwork *network, GError **error)
{
  g_auto (Archive) archive = { 0 };
  g_auto (Codes) codes = { 0 };
  g_autoptr (SwCathSet) set = g_new0 (SwCathSet, 1);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, 3 * sizeof (double));
  const SwNpy *splits = &archive.entries[SPLITS], *labels = &archive.entries[LABELS];
  size_t n, split = 0;

  set->problems = g_ptr_array_new_with_free_func (g_free);
  if (!archive_read (path, &archive, error) || !archive_check (path, &archive, error)
      || !codes_from_network (network, &codes, error))
    return NULL;
  n = archive.entries[N_ATOMS].shape[0];
  for (size_t row = 0; row < n; row++)
    {
      char *code = code_of_row (path, labels, row, error);
      if (code == NULL)
        return NULL;
      g_ptr_array_add (rows, code);
    }
  if (codes.n == 0)
    {
      g_autoptr (GPtrArray) all = g_ptr_array_new ();
      for (size_t row = 0; row < n; row++)
        g_ptr_array_add (all, rows->pdata[row]);
      codes_from_data (all, &codes);
    }
  else if (codes.level > levels_in (labels))
    {
      fail (error, _ ("%s: its labels have %zu CATH levels, the classes of the network “%s” have %zu"), path, levels_in (labels),
            network->name, codes.level);
      return NULL;
    }
  take_codes (set, network, &codes);
  set->n_splits = splits->shape[0];
  set->domains = g_new0 (SwCathDomain, n);
  for (size_t row = 0; row < n; row++)
    {
      SwCathDomain *domain = &set->domains[set->n_domains];
      while (split + 1 < set->n_splits && (double) row >= sw_npy_get (splits, split + 1))
        split++;
      *domain = (SwCathDomain){ .split = split, .class_index = find_code (&codes, rows->pdata[row]) };
      if (domain->class_index == codes.n)
        set->n_other_classes++;
      else if (read_row (path, &archive, row, positions, domain, error))
        set->n_domains++;
      else
        return NULL;
    }
  set->positions = (double (*)[3]) (void *) g_array_free (g_steal_pointer (&positions), FALSE);
  return g_steal_pointer (&set);
}

/* ---- tables of structure files ---- */

/* Appends the C-alpha atoms of a file; what is wrong with it goes to the problems. */
static bool
read_structure (const SwCathRow *row, GArray *positions, SwCathDomain *ret, GPtrArray *problems)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SwStructure) structure = NULL;
  g_autoptr (SwInputAtoms) atoms = NULL;

  if (!g_file_test (row->path, G_FILE_TEST_EXISTS))
    {
      g_ptr_array_add (problems, g_strdup_printf (_ ("%s: is missing"), row->path));
      return false;
    }
  structure = sw_structure_load (row->path, NULL, NULL, &reason);
  if (structure != NULL)
    atoms = sw_structure_dup_input_atoms (structure, SW_CHANNELS_CA, SW_CENTRE_MEAN, &reason);
  if (atoms == NULL)
    {
      g_ptr_array_add (problems, g_strdup (reason->message));
      return false;
    }
  if (atoms->n_atoms > SW_CATH_ATOMS_MAX)
    {
      g_ptr_array_add (problems, g_strdup_printf (_ ("%s: has %zu residues; a domain has at most %d"), row->path, atoms->n_atoms,
                                                  SW_CATH_ATOMS_MAX));
      return false;
    }
  ret->first = positions->len;
  ret->n_atoms = atoms->n_atoms;
  g_array_append_vals (positions, atoms->positions, (guint) atoms->n_atoms);
  g_strlcpy (ret->name, row->name, sizeof ret->name);
  return true;
}

/* Numbers the folds that occur from 0. */
static void
number_splits (SwCathSet *set)
{
  g_autofree size_t *folds = g_new (size_t, set->n_domains);
  for (size_t i = 0; i < set->n_domains; i++)
    folds[i] = set->domains[i].split;
  set->n_splits = sw_cath_table_number_folds (folds, set->n_domains);
  for (size_t i = 0; i < set->n_domains; i++)
    set->domains[i].split = folds[i];
}

static SwCathSet *
load_table (const char *path, const SwNetwork *network, size_t limit, GError **error)
{
  g_auto (Codes) codes = { 0 };
  g_autoptr (SwCathSet) set = g_new0 (SwCathSet, 1);
  g_autoptr (GArray) positions = g_array_new (FALSE, FALSE, 3 * sizeof (double));
  g_autoptr (GPtrArray) rows = sw_cath_table_read (path, false, error);
  size_t step;

  set->problems = g_ptr_array_new_with_free_func (g_free);
  if (rows == NULL || !codes_from_network (network, &codes, error))
    return NULL;
  if (codes.n == 0)
    {
      g_autoptr (GPtrArray) all = g_ptr_array_new ();
      for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add (all, ((SwCathRow *) rows->pdata[i])->code);
      codes_from_data (all, &codes);
    }
  take_codes (set, network, &codes);
  set->domains = g_new0 (SwCathDomain, rows->len);
  step = limit > 0 && rows->len > limit ? (rows->len + limit - 1) / limit : 1;
  for (guint i = 0; i < rows->len; i += (guint) step)
    {
      const SwCathRow *row = rows->pdata[i];
      SwCathDomain *domain = &set->domains[set->n_domains];
      *domain = (SwCathDomain){ .split = row->fold, .class_index = find_code (&codes, row->code) };
      if (domain->class_index == codes.n)
        set->n_other_classes++;
      else if (read_structure (row, positions, domain, set->problems))
        set->n_domains++;
    }
  if (set->n_domains == 0)
    {
      fail (error, _ ("%s: none of its files can be used; the first: %s"), path,
            set->problems->len > 0 ? (const char *) set->problems->pdata[0] : _ ("of none of the network's classes"));
      return NULL;
    }
  number_splits (set);
  set->positions = (double (*)[3]) (void *) g_array_free (g_steal_pointer (&positions), FALSE);
  return g_steal_pointer (&set);
}

/* ---- either ---- */

/* Levels of the labels of an archive; 0 when it is none of ours. */
static size_t
archive_levels (const char *path)
{
  SwNpz *npz = NULL;
  SwNpy labels = { 0 };
  SwError plain = { 0 };
  size_t n = 0;
  if (sw_npz_open (path, SW_CATH_ENTRY_BYTES_MAX, &npz, &plain) != SW_OK)
    return 0;
  if (sw_npz_read (npz, "labels", &labels, &plain) == SW_OK && is_number (&labels))
    n = levels_in (&labels);
  sw_npy_clear (&labels);
  sw_npz_free (npz);
  return n;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static char *
find_in_folder (const char *folder, const SwNetwork *network, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const size_t level = network->n_classes > 0 ? levels_of (network->class_names[0]) : 0;
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (int archives = 1; archives >= 0; archives--)
    for (guint i = 0; i < names->len; i++)
      {
        g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
        if (g_str_has_suffix (path, archives ? ".npz" : ".tsv")
            && (!archives || (archive_levels (path) != 0 && (level == 0 || archive_levels (path) == level))))
          return g_steal_pointer (&path);
      }
  fail (error, _ ("%s: has no .npz archive whose labels have %zu CATH levels, and no .tsv table"), folder, level);
  return NULL;
}

/* ---- more to learn from ---- */

static size_t
hash_find (GHashTable *table, const char *name, size_t missing)
{
  const gpointer value = g_hash_table_lookup (table, name);
  return value != NULL ? GPOINTER_TO_SIZE (value) - 1 : missing;
}

/* Domains of a further archive that the set lacks, with the labels and folds of a table, as far as they are of a training split. */
static bool
add_archive (SwCathSet *set,
             GArray *positions,
             const Codes *codes,
             GPtrArray *labels,
             GHashTable *row_of,
             GHashTable *known,
             const char *path,
             GError **error)
{
  g_auto (Archive) archive = { 0 };
  size_t n;

  if (!archive_read (path, &archive, error) || !archive_check (path, &archive, error))
    return false;
  if (archive.entries[DOMAIN_IDS].data == NULL)
    return fail (error, _ ("%s: has no “%s”, by which its domains could be found in the table"), path, entry_names[DOMAIN_IDS]);
  n = archive.entries[N_ATOMS].shape[0];
  set->domains = g_renew (SwCathDomain, set->domains, set->n_domains + n);
  for (size_t row = 0; row < n; row++)
    {
      SwCathDomain *domain = &set->domains[set->n_domains];
      const SwNpy *ids = &archive.entries[DOMAIN_IDS];
      char name[sizeof domain->name];
      const SwCathRow *label;
      size_t index;
      g_snprintf (name, sizeof name, "%.*s", (int) ids->item_size, (const char *) ids->data + row * ids->item_size);
      index = hash_find (row_of, name, labels->len);
      if (index == labels->len || g_hash_table_contains (known, name))
        continue;
      label = labels->pdata[index];
      *domain = (SwCathDomain){ .split = label->fold, .class_index = find_code (codes, label->code), .extra = true };
      if (domain->class_index == codes->n)
        set->n_other_classes++;
      else if (label->fold < set->n_splits)
        {
          if (!read_row (path, &archive, row, positions, domain, error))
            return false;
          g_hash_table_add (known, g_strdup (name));
          set->n_domains++;
        }
    }
  return true;
}

static bool
add_more (SwCathSet *set, const SwNetwork *network, char **paths, GError **error)
{
  g_auto (Codes) codes = { 0 };
  g_autoptr (GPtrArray) labels = NULL;
  g_autoptr (GHashTable) row_of = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GArray) positions = NULL;
  const SwCathDomain *last = &set->domains[set->n_domains - 1];
  bool done = true;

  if (!codes_from_network (network, &codes, error))
    return false;
  if (codes.n == 0)
    return fail (error, _ ("the network “%s” has no class names; without them only one set of domains can be read"), network->name);
  for (size_t i = 0; paths[i] != NULL && labels == NULL; i++)
    if (g_str_has_suffix (paths[i], ".tsv"))
      {
        labels = sw_cath_table_read (paths[i], true, error);
        if (labels == NULL)
          return false;
      }
  if (labels == NULL)
    return fail (error, _ ("%s: further archives want a .tsv table with the labels of their domains"), paths[0]);
  for (guint i = 0; i < labels->len; i++)
    g_hash_table_insert (row_of, ((SwCathRow *) labels->pdata[i])->name, GSIZE_TO_POINTER ((gsize) i + 1));
  for (size_t i = 0; i < set->n_domains; i++)
    g_hash_table_add (known, g_strdup (set->domains[i].name));
  positions = g_array_new (FALSE, FALSE, 3 * sizeof (double));
  g_array_append_vals (positions, set->positions, (guint) (last->first + last->n_atoms));
  for (size_t i = 0; paths[i] != NULL && done; i++)
    if (!g_str_has_suffix (paths[i], ".tsv"))
      done = add_archive (set, positions, &codes, labels, row_of, known, paths[i], error);
  g_free (set->positions);
  set->positions = (double (*)[3]) (void *) g_array_free (g_steal_pointer (&positions), FALSE);
  return done;
}

SwCathSet *
sw_cath_set_load (const char *list, const SwNetwork *network, size_t limit, GError **error)
{
  g_auto (GStrv) paths = g_strsplit (list, G_SEARCHPATH_SEPARATOR_S, -1);
  const char *path = paths[0] != NULL ? paths[0] : "";
  g_autofree char *found = NULL;
  g_autoptr (SwCathSet) set = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      found = find_in_folder (path, network, error);
      if (found == NULL)
        return NULL;
      path = found;
    }
  set = g_str_has_suffix (path, ".tsv") ? load_table (path, network, limit, error) : load_archive (path, network, error);
  if (set == NULL)
    return NULL;
  if (set->n_domains == 0)
    {
      fail (error, _ ("%s: has no domain of the network's classes"), path);
      return NULL;
    }
  if (paths[0] != NULL && paths[1] != NULL && !add_more (set, network, paths + 1, error))
    return NULL;
  for (size_t i = 0; i < set->n_domains; i++)
    centre (set->domains[i].n_atoms, set->positions + set->domains[i].first);
  return g_steal_pointer (&set);
}
