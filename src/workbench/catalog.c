/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/catalog.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>

#include "nn/network.h"

/* A safetensors header of one network is a few hundred kilobytes. */
#define WEIGHTS_HEADER_MAX ((guint64) 16 << 20)

struct SwCatalog
{
  gatomicrefcount count;
  GPtrArray *folders;  /* owned strings, NULL terminated */
  GArray *networks;    /* of SwCatalogNetwork */
  GArray *weights;     /* of SwCatalogWeights */
  GArray *examples;    /* of SwCatalogExample */
  GStringChunk *texts; /* every string of the tables */
};

/* ---- folders ---- */

/* A program in its build tree stands a few folders below build.ninja. */
static bool
runs_from_build_tree (void)
{
  g_autofree char *folder = g_file_read_link ("/proc/self/exe", NULL);

  for (unsigned level = 0; folder != NULL && level < 5; level++)
    {
      char *parent = g_path_get_dirname (folder);
      g_autofree char *marker = g_build_filename (parent, "build.ninja", NULL);

      g_free (folder);
      folder = parent;
      if (g_file_test (marker, G_FILE_TEST_IS_REGULAR))
        return true;
    }
  return false;
}

static void
add_folder (SwCatalog *catalog, char *path)
{
  bool known = false;

  for (guint i = 0; i < catalog->folders->len; i++)
    known = known || g_str_equal (g_ptr_array_index (catalog->folders, i), path);
  if (!known && g_file_test (path, G_FILE_TEST_IS_DIR))
    g_ptr_array_add (catalog->folders, path);
  else
    g_free (path);
}

static void
find_folders (SwCatalog *catalog)
{
  const char *chosen = g_getenv ("SWIVEL_DATADIR");

  if (chosen != NULL && chosen[0] != '\0')
    add_folder (catalog, g_strdup (chosen));
  add_folder (catalog, g_build_filename (g_get_user_data_dir (), "swivel", NULL));
  if (runs_from_build_tree ())
    add_folder (catalog, g_strdup (SW_SOURCE_DATADIR));
  add_folder (catalog, g_strdup (SW_PKGDATADIR));
  g_ptr_array_add (catalog->folders, NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of the files of folder/sub that end in suffix, sorted; those that earlier folders had
 * already are left out. */
static GPtrArray *
list_files (const char *folder, const char *sub, const char *suffix, GHashTable *seen)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = g_build_filename (folder, sub, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.' && g_str_has_suffix (name, suffix)
        && g_hash_table_add (seen, g_strdup (name)))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static const char *
keep (SwCatalog *catalog, const char *text)
{
  return g_string_chunk_insert (catalog->texts, text);
}

/* ---- networks ---- */

static void
add_network (SwCatalog *catalog, const char *folder, const char *file)
{
  g_autofree char *path = g_build_filename (folder, "networks", file, NULL);
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (".json"));
  SwCatalogNetwork entry = {
    .name = keep (catalog, name), .path = keep (catalog, path), .description = "", .twin = ""
  };
  SwNetwork *network = NULL;
  SwError error = { 0 };

  entry.title = entry.name;
  if (sw_network_read (path, &network, &error) != SW_OK)
    entry.problem = keep (catalog, error.text);
  else
    {
      if (network->title[0] != '\0')
        entry.title = keep (catalog, network->title);
      if (network->description != NULL)
        entry.description = keep (catalog, network->description);
      entry.twin = keep (catalog, network->twin);
      entry.conventional = network->conventional;
      entry.n_parameters = network->n_parameters;
      entry.size = network->size;
      entry.voxel_angstrom = network->voxel_angstrom;
      entry.n_classes = network->n_classes;
      entry.takes_meshes = network->input_kind == SW_INPUT_MESH;
      entry.only_meshes = network->channels == SW_INPUT_CHANNELS_SURFACE;
    }
  sw_network_unref (network);
  g_array_append_val (catalog->networks, entry);
}

static int
compare_networks (gconstpointer a, gconstpointer b)
{
  const SwCatalogNetwork *x = a, *y = b;
  const bool x_quick = g_str_equal (x->name, "quick"), y_quick = g_str_equal (y->name, "quick");

  if (x_quick != y_quick)
    return x_quick ? -1 : 1;
  if (x->conventional != y->conventional)
    return x->conventional ? 1 : -1;
  return strcmp (x->name, y->name);
}

/* Sorted, with each conventional network moved behind its partner. */
static void
order_networks (SwCatalog *catalog)
{
  GArray *sorted = g_array_new (FALSE, FALSE, sizeof (SwCatalogNetwork));
  GArray *all = catalog->networks;

  g_array_sort (all, compare_networks);
  for (guint i = 0; i < all->len; i++)
    {
      const SwCatalogNetwork *entry = &g_array_index (all, SwCatalogNetwork, i);
      bool placed = false;

      for (guint j = 0; entry->conventional && !placed && j < sorted->len; j++)
        if (g_str_equal (g_array_index (sorted, SwCatalogNetwork, j).name, entry->twin))
          {
            const SwCatalogNetwork copy = *entry;
            g_array_insert_val (sorted, j + 1, copy);
            placed = true;
          }
      if (!placed)
        g_array_append_vals (sorted, entry, 1);
    }
  g_array_free (all, TRUE);
  catalog->networks = sorted;
}

/* ---- weights ---- */

/* The header of a safetensors file: eight bytes of length, then JSON. NULL for anything else. */
static json_t *
read_weights_header (const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, NULL);
  guint8 head[8];
  guint64 length = 0;
  gsize got = 0;
  g_autofree char *text = NULL;

  if (stream == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), head, sizeof head, &got, NULL, NULL)
      || got != sizeof head)
    return NULL;
  for (int i = 7; i >= 0; i--)
    length = length << 8 | head[i];
  if (length == 0 || length > WEIGHTS_HEADER_MAX)
    return NULL;
  text = g_try_malloc (length);
  if (text == NULL
      || !g_input_stream_read_all (G_INPUT_STREAM (stream), text, length, &got, NULL, NULL)
      || got != length)
    return NULL;
  return json_loadb (text, length, 0, NULL);
}

static void
add_weights (SwCatalog *catalog, const char *path, const char *name, bool from_run)
{
  json_t *header = read_weights_header (path);
  const char *text
      = json_string_value (json_object_get (json_object_get (header, "__metadata__"), "network"));
  json_t *network = text != NULL ? json_loads (text, 0, NULL) : NULL;
  const char *network_name = json_string_value (json_object_get (network, "name"));
  const SwCatalogWeights entry
      = { .path = keep (catalog, path),
          .name = keep (catalog, name),
          .network = network_name != NULL ? keep (catalog, network_name) : "",
          .from_run = from_run };

  if (header != NULL)
    g_array_append_val (catalog->weights, entry);
  json_decref (network);
  json_decref (header);
}

static void
add_weights_file (SwCatalog *catalog, const char *folder, const char *file)
{
  g_autofree char *path = g_build_filename (folder, "weights", file, NULL);
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (".safetensors"));

  add_weights (catalog, path, name, false);
}

static void
add_runs (SwCatalog *catalog, const char *folder, GHashTable *seen)
{
  static const char *const files[] = { "best.safetensors", "last.safetensors" };
  g_autoptr (GPtrArray) runs = list_files (folder, "runs", "", seen);

  for (guint i = 0; i < runs->len; i++)
    for (size_t k = 0; k < G_N_ELEMENTS (files); k++)
      {
        const char *run = g_ptr_array_index (runs, i);
        g_autofree char *path = g_build_filename (folder, "runs", run, files[k], NULL);
        if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
          continue;
        add_weights (catalog, path, run, true);
        break;
      }
}

/* ---- examples ---- */

/* inside/index.json, inside being "examples" or "shapes": { "examples": [ { "file": ..., "title": ..., "description": ... }, ... ] },
 * in the order to be shown. */
static void
add_examples (SwCatalog *catalog, const char *folder, const char *inside)
{
  g_autofree char *path = g_build_filename (folder, inside, "index.json", NULL);
  json_t *index = json_load_file (path, 0, NULL), *item;
  json_t *items = json_object_get (index, "examples");
  size_t i;

  json_array_foreach (items, i, item)
  {
    const char *file = json_string_value (json_object_get (item, "file"));
    const char *title = json_string_value (json_object_get (item, "title"));
    const char *description = json_string_value (json_object_get (item, "description"));
    g_autofree char *full = file != NULL ? g_build_filename (folder, inside, file, NULL) : NULL;
    g_autofree char *id = file != NULL ? g_strndup (file, strcspn (file, ".")) : NULL;
    SwCatalogExample entry;

    if (full == NULL || !g_file_test (full, G_FILE_TEST_IS_REGULAR))
      continue;
    entry.path = keep (catalog, full);
    entry.id = keep (catalog, id);
    entry.title = keep (catalog, title != NULL ? title : id);
    entry.description = keep (catalog, description != NULL ? description : "");
    g_array_append_val (catalog->examples, entry);
  }
  json_decref (index);
}

/* ---- the catalogue ---- */

SwCatalog *
sw_catalog_new (void)
{
  SwCatalog *catalog = g_new0 (SwCatalog, 1);
  g_autoptr (GHashTable) networks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) weights = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) runs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  g_atomic_ref_count_init (&catalog->count);
  catalog->folders = g_ptr_array_new_with_free_func (g_free);
  catalog->networks = g_array_new (FALSE, FALSE, sizeof (SwCatalogNetwork));
  catalog->weights = g_array_new (FALSE, FALSE, sizeof (SwCatalogWeights));
  catalog->examples = g_array_new (FALSE, FALSE, sizeof (SwCatalogExample));
  catalog->texts = g_string_chunk_new (4096);
  find_folders (catalog);
  for (guint i = 0; i + 1 < catalog->folders->len; i++)
    {
      const char *folder = g_ptr_array_index (catalog->folders, i);
      g_autoptr (GPtrArray) json = list_files (folder, "networks", ".json", networks);
      g_autoptr (GPtrArray) tensors = list_files (folder, "weights", ".safetensors", weights);

      for (guint j = 0; j < json->len; j++)
        add_network (catalog, folder, g_ptr_array_index (json, j));
      for (guint j = 0; j < tensors->len; j++)
        add_weights_file (catalog, folder, g_ptr_array_index (tensors, j));
      add_runs (catalog, folder, runs);
      add_examples (catalog, folder, "examples");
      add_examples (catalog, folder, "shapes");
    }
  order_networks (catalog);
  return catalog;
}

SwCatalog *
sw_catalog_ref (SwCatalog *catalog)
{
  g_atomic_ref_count_inc (&catalog->count);
  return catalog;
}

void
sw_catalog_unref (SwCatalog *catalog)
{
  if (catalog == NULL || !g_atomic_ref_count_dec (&catalog->count))
    return;
  g_ptr_array_unref (catalog->folders);
  g_array_unref (catalog->networks);
  g_array_unref (catalog->weights);
  g_array_unref (catalog->examples);
  g_string_chunk_free (catalog->texts);
  g_free (catalog);
}

const char *const *
sw_catalog_folders (const SwCatalog *catalog)
{
  return (const char *const *) catalog->folders->pdata;
}

const SwCatalogNetwork *
sw_catalog_networks (const SwCatalog *catalog, size_t *ret_n)
{
  *ret_n = catalog->networks->len;
  return (const SwCatalogNetwork *) (void *) catalog->networks->data;
}

const SwCatalogNetwork *
sw_catalog_find_network (const SwCatalog *catalog, const char *name)
{
  for (guint i = 0; i < catalog->networks->len; i++)
    {
      const SwCatalogNetwork *entry = &g_array_index (catalog->networks, SwCatalogNetwork, i);
      if (g_str_equal (entry->name, name))
        return entry;
    }
  return NULL;
}

const SwCatalogWeights *
sw_catalog_weights (const SwCatalog *catalog, size_t *ret_n)
{
  *ret_n = catalog->weights->len;
  return (const SwCatalogWeights *) (void *) catalog->weights->data;
}

const SwCatalogExample *
sw_catalog_examples (const SwCatalog *catalog, size_t *ret_n)
{
  *ret_n = catalog->examples->len;
  return (const SwCatalogExample *) (void *) catalog->examples->data;
}

const char *
sw_catalog_default_example (const SwCatalog *catalog)
{
  return catalog->examples->len > 0 ? g_array_index (catalog->examples, SwCatalogExample, 0).path
                                    : NULL;
}

char *
sw_catalog_dup_path (const SwCatalog *catalog, const char *relative)
{
  for (guint i = 0; i + 1 < catalog->folders->len; i++)
    {
      char *path = g_build_filename (g_ptr_array_index (catalog->folders, i), relative, NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return path;
      g_free (path);
    }
  return NULL;
}
