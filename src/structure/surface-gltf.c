/* SPDX-License-Identifier: GPL-3.0-or-later */
/* glTF 2.0 (Khronos), as far as a surface needs it: the nodes of the scene with their transformations, meshes of triangles
 * (lists, strips, fans), accessors of positions and indices, and buffers in the file, in a "data:" URI or beside it. Skins and
 * morph targets are left at rest. */
#include "structure/surface-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>
#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"

#define NODES_DEEP 64
/* Meshes drawn, each time they are used. */
#define USES_MAX 100000
#define BUFFERS_MAX 256
/* Commas of the JSON: each value takes some 40 bytes of memory, and a packed file of few bytes may have very many. */
#define COMMAS_MAX ((size_t) 10000000)

typedef struct
{
  SwSurfaceBuilder *b;
  const char *folder;
  json_t *root;
  const unsigned char *chunk; /* GLB's own buffer, or NULL */
  size_t chunk_size;
  unsigned char *buffers[BUFFERS_MAX]; /* sw_free; NULL: not loaded yet, or the chunk */
  size_t sizes[BUFFERS_MAX];
  size_t n_bytes; /* of all buffers loaded */
  size_t n_uses;
} Gltf;

static const double identity[16] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 }; /* columns, as in the file */

static void
damaged (Gltf *g, const char *what)
{
  /* Translators: an entry of a glTF file, for example "accessors" */
  sw_surface_fail (g->b, SW_STRUCTURE_ERROR_FORMAT, _ ("its entry “%s” makes no sense"), what);
}

/* A whole number at a key: fallback where the key is missing; SIZE_MAX, with the error set, where it is none. */
static size_t
whole (Gltf *g, const json_t *object, const char *key, size_t fallback)
{
  const json_t *value = json_object_get (object, key);
  if (value == NULL)
    return fallback;
  if (!json_is_integer (value) || json_integer_value (value) < 0 || json_integer_value (value) >= (json_int_t) 1 << 40)
    {
      damaged (g, key);
      return SIZE_MAX;
    }
  return (size_t) json_integer_value (value);
}

static json_t *
item (Gltf *g, const char *list, size_t index)
{
  json_t *object = json_array_get (json_object_get (g->root, list), index);
  if (!json_is_object (object))
    {
      damaged (g, list);
      return NULL;
    }
  return object;
}

/* ---- buffers ---- */

static void
load_file (Gltf *g, size_t index, const char *uri)
{
  g_autofree char *name = g_uri_unescape_string (uri, NULL), *path = NULL;
  SwError plain = { 0 };

  /* Only what lies in the folder of the file: it must not name anything else on the disk or elsewhere. */
  if (name == NULL || name[0] == '\0' || strchr (name, '/') != NULL || strchr (name, '\\') != NULL || strchr (name, ':') != NULL
      || strcmp (name, "..") == 0)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("its buffer “%.60s” does not lie in the same folder"), uri);
      return;
    }
  if (g->folder == NULL)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("its buffer “%.60s” is a file of its own"), name);
      return;
    }
  path = g_build_filename (g->folder, name, NULL);
  /* Together no more than one may have: the same large file could be named over and over. */
  if (sw_file_read (path, SW_STRUCTURE_BYTES_MAX - g->n_bytes, &g->buffers[index], &g->sizes[index], &plain) != SW_OK)
    sw_surface_fail (g->b, SW_STRUCTURE_ERROR_IO, "%s", plain.text);
  else
    g->n_bytes += g->sizes[index];
}

static void
load_data (Gltf *g, size_t index, const char *uri)
{
  const char *comma = strchr (uri, ',');
  g_autofree unsigned char *bytes = NULL;
  gsize size;

  if (comma == NULL || comma - uri < 7 || strncmp (comma - 7, ";base64", 7) != 0)
    {
      damaged (g, "uri");
      return;
    }
  bytes = g_base64_decode (comma + 1, &size);
  g->buffers[index] = sw_alloc (size, 1);
  if (g->buffers[index] == NULL)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("not enough memory for this mesh"));
      return;
    }
  if (size > 0)
    memcpy (g->buffers[index], bytes, size);
  g->sizes[index] = size;
}

static const unsigned char *
get_buffer (Gltf *g, size_t index, size_t *ret_size)
{
  const json_t *buffer = item (g, "buffers", index);
  const char *uri = json_string_value (json_object_get (buffer, "uri"));
  size_t length;

  if (buffer == NULL)
    return NULL;
  if (index >= BUFFERS_MAX)
    {
      damaged (g, "buffers");
      return NULL;
    }
  length = whole (g, buffer, "byteLength", 0);
  if (g->b->error != NULL)
    return NULL;
  if (uri == NULL)
    {
      if (index != 0 || g->chunk == NULL)
        damaged (g, "buffers");
      else if (g->chunk_size < length)
        sw_surface_fail (g->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: its buffer is not all there"));
      *ret_size = length;
      return g->b->error == NULL ? g->chunk : NULL;
    }
  if (g->buffers[index] == NULL)
    {
      if (g_str_has_prefix (uri, "data:"))
        load_data (g, index, uri);
      else
        load_file (g, index, uri);
    }
  if (g->b->error == NULL && g->sizes[index] < length)
    sw_surface_fail (g->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short: its buffer is not all there"));
  *ret_size = length;
  return g->b->error == NULL ? g->buffers[index] : NULL;
}

/* ---- accessors ---- */

typedef struct
{
  const unsigned char *at;
  size_t n, stride, component; /* component: the type's number in glTF */
} Accessor;

static bool
open_accessor (Gltf *g, size_t index, const char *type, Accessor *ret)
{
  const json_t *accessor = item (g, "accessors", index), *view;
  const bool position = strcmp (type, "VEC3") == 0;
  const unsigned char *bytes;
  size_t view_index, offset, view_offset, view_length, size = 0, element, buffer;

  if (accessor == NULL)
    return false;
  if (json_object_get (accessor, "sparse") != NULL)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("sparse accessors are not read"));
      return false;
    }
  if (g_strcmp0 (json_string_value (json_object_get (accessor, "type")), type) != 0)
    {
      damaged (g, "accessors");
      return false;
    }
  ret->component = whole (g, accessor, "componentType", 0);
  ret->n = whole (g, accessor, "count", 0);
  offset = whole (g, accessor, "byteOffset", 0);
  view_index = whole (g, accessor, "bufferView", SIZE_MAX - 1);
  if (position ? ret->component != 5126 : ret->component != 5121 && ret->component != 5123 && ret->component != 5125)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("its numbers are of a type that is not read (%zu)"), ret->component);
      return false;
    }
  element = position ? 12 : ret->component == 5121 ? 1 : ret->component == 5123 ? 2 : 4;
  view = item (g, "bufferViews", view_index);
  if (view == NULL)
    return false;
  view_offset = whole (g, view, "byteOffset", 0);
  view_length = whole (g, view, "byteLength", 0);
  ret->stride = whole (g, view, "byteStride", element);
  buffer = whole (g, view, "buffer", SIZE_MAX - 1);
  if (g->b->error != NULL)
    return false;
  bytes = get_buffer (g, buffer, &size);
  if (bytes == NULL)
    return false;
  /* All below 2^40: no sum or product overflows. */
  if (ret->stride < element || ret->stride > 252 || view_offset > size || view_length > size - view_offset
      || (ret->n > 0 && (ret->n > view_length || offset + ret->stride * (ret->n - 1) + element > view_length)))
    {
      damaged (g, "bufferViews");
      return false;
    }
  ret->at = bytes + view_offset + offset;
  return true;
}

static void
position_at (const Accessor *accessor, size_t i, const double matrix[16], double ret[3])
{
  double x[3];
  for (size_t k = 0; k < 3; k++)
    {
      const unsigned char *p = accessor->at + i * accessor->stride + 4 * k;
      const uint32_t bits = (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
      float value;
      memcpy (&value, &bits, sizeof value);
      x[k] = (double) value;
    }
  for (int k = 0; k < 3; k++)
    ret[k] = matrix[k] * x[0] + matrix[4 + k] * x[1] + matrix[8 + k] * x[2] + matrix[12 + k];
}

static uint32_t
index_at (const Accessor *accessor, size_t i)
{
  const unsigned char *p = accessor->at + i * accessor->stride;
  return accessor->component == 5121   ? p[0]
         : accessor->component == 5123 ? (uint32_t) p[0] | (uint32_t) p[1] << 8
                                       : (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

/* ---- meshes and nodes ---- */

static void
read_primitive (Gltf *g, const json_t *primitive, const double matrix[16])
{
  const size_t mode = whole (g, primitive, "mode", 4);
  const json_t *attributes = json_object_get (primitive, "attributes");
  Accessor positions = { 0 }, indices = { 0 };
  const bool indexed = json_object_get (primitive, "indices") != NULL;
  const size_t first = g->b->n_map;
  size_t n;

  if (mode < 4 || mode > 6)
    {
      g->b->n_other++;
      return;
    }
  if (json_object_get (attributes, "POSITION") == NULL)
    return;
  if (!open_accessor (g, whole (g, attributes, "POSITION", 0), "VEC3", &positions)
      || (indexed && !open_accessor (g, whole (g, primitive, "indices", 0), "SCALAR", &indices)))
    return;
  for (size_t i = 0; i < positions.n && g->b->error == NULL; i++)
    {
      double x[3];
      position_at (&positions, i, matrix, x);
      sw_surface_add_vertex (g->b, x);
      if (i % 4096 == 0)
        sw_surface_go_on (g->b);
    }
  n = indexed ? indices.n : positions.n;
  for (size_t i = 0; i + 2 < n && g->b->error == NULL; i += mode == 4 ? 3 : 1)
    {
      uint32_t corners[3];
      for (size_t c = 0; c < 3; c++)
        {
          const size_t at = mode == 6 && c == 0 ? 0 : i + c;
          const uint32_t corner = indexed ? index_at (&indices, at) : (uint32_t) at;
          if (corner >= positions.n)
            {
              damaged (g, "indices");
              return;
            }
          corners[c] = (uint32_t) (first + corner);
        }
      sw_surface_add_face (g->b, 3, corners);
      if (i % 4096 == 0)
        sw_surface_go_on (g->b);
    }
}

static void
read_mesh (Gltf *g, size_t index, const double matrix[16])
{
  const json_t *mesh = item (g, "meshes", index);
  const json_t *primitives = json_object_get (mesh, "primitives");

  for (size_t i = 0; i < json_array_size (primitives) && g->b->error == NULL; i++)
    {
      if (++g->n_uses > USES_MAX)
        sw_surface_fail (g->b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("it is put together of more than %d pieces"), USES_MAX);
      else
        read_primitive (g, json_array_get (primitives, i), matrix);
    }
}

static bool
numbers (Gltf *g, const json_t *object, const char *key, size_t n, double *ret)
{
  const json_t *list = json_object_get (object, key);
  if (list == NULL)
    return false;
  if (json_array_size (list) != n)
    damaged (g, key);
  for (size_t i = 0; i < n && g->b->error == NULL; i++)
    {
      const json_t *value = json_array_get (list, i);
      if (!json_is_number (value))
        damaged (g, key);
      ret[i] = json_number_value (value);
    }
  return g->b->error == NULL;
}

static void
multiply (const double a[16], const double b[16], double ret[16])
{
  for (int c = 0; c < 4; c++)
    for (int r = 0; r < 4; r++)
      {
        ret[4 * c + r] = 0;
        for (int k = 0; k < 4; k++)
          ret[4 * c + r] += a[4 * k + r] * b[4 * c + k];
      }
}

static void
local_matrix (Gltf *g, const json_t *node, double ret[16])
{
  double t[3] = { 0, 0, 0 }, q[4] = { 0, 0, 0, 1 }, s[3] = { 1, 1, 1 };

  memcpy (ret, identity, sizeof identity);
  if (numbers (g, node, "matrix", 16, ret))
    return;
  numbers (g, node, "translation", 3, t);
  numbers (g, node, "rotation", 4, q); /* x y z w */
  numbers (g, node, "scale", 3, s);
  const double x = q[0], y = q[1], z = q[2], w = q[3];
  const double r[9] = { 1 - 2 * (y * y + z * z), 2 * (x * y + w * z),     2 * (x * z - w * y),
                        2 * (x * y - w * z),     1 - 2 * (x * x + z * z), 2 * (y * z + w * x),
                        2 * (x * z + w * y),     2 * (y * z - w * x),     1 - 2 * (x * x + y * y) };
  for (int c = 0; c < 3; c++)
    for (int k = 0; k < 3; k++)
      ret[4 * c + k] = r[3 * c + k] * s[c];
  memcpy (ret + 12, t, sizeof t);
}

static void
read_node (Gltf *g, size_t index, const double above[16], int depth)
{
  const json_t *node = item (g, "nodes", index), *children;
  double own[16], matrix[16];

  if (node == NULL)
    return;
  /* A node that is below itself comes to this, too; a wide one to the other. */
  if (depth >= NODES_DEEP || ++g->n_uses > USES_MAX)
    {
      damaged (g, "nodes");
      return;
    }
  local_matrix (g, node, own);
  multiply (above, own, matrix);
  if (json_object_get (node, "mesh") != NULL && g->b->error == NULL)
    read_mesh (g, whole (g, node, "mesh", 0), matrix);
  children = json_object_get (node, "children");
  for (size_t i = 0; i < json_array_size (children) && g->b->error == NULL; i++)
    {
      const json_t *child = json_array_get (children, i);
      if (!json_is_integer (child) || json_integer_value (child) < 0)
        damaged (g, "children");
      else
        read_node (g, (size_t) json_integer_value (child), matrix, depth + 1);
    }
}

static void
read_scene (Gltf *g)
{
  const json_t *required = json_object_get (g->root, "extensionsRequired"), *scenes = json_object_get (g->root, "scenes");
  const char *version = json_string_value (json_object_get (json_object_get (g->root, "asset"), "version"));

  if (version == NULL || !g_str_has_prefix (version, "2."))
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("this is not glTF 2"));
      return;
    }
  if (json_array_size (required) > 0)
    {
      const char *name = json_string_value (json_array_get (required, 0));
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("it needs the extension “%.60s”, which is not read; export it without"),
                       name != NULL ? name : "?");
      return;
    }
  if (json_array_size (scenes) > 0)
    {
      const json_t *scene = item (g, "scenes", whole (g, g->root, "scene", 0));
      const json_t *nodes = json_object_get (scene, "nodes");
      for (size_t i = 0; i < json_array_size (nodes) && g->b->error == NULL; i++)
        {
          const json_t *node = json_array_get (nodes, i);
          if (!json_is_integer (node) || json_integer_value (node) < 0)
            damaged (g, "nodes");
          else
            read_node (g, (size_t) json_integer_value (node), identity, 0);
        }
    }
  else
    for (size_t i = 0; i < json_array_size (json_object_get (g->root, "meshes")) && g->b->error == NULL; i++)
      read_mesh (g, i, identity);
}

static uint32_t
little32 (const unsigned char *p)
{
  return (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
}

/* The chunks of a GLB file. */
static bool
open_binary (Gltf *g, const SwBytes *bytes, const char **ret_json, size_t *ret_size)
{
  size_t at = 12;

  if (bytes->size < 20 || little32 (bytes->bytes + 4) != 2)
    {
      sw_surface_fail (g->b, SW_STRUCTURE_ERROR_UNSUPPORTED, _ ("this is not glTF 2"));
      return false;
    }
  *ret_json = NULL;
  while (at + 8 <= bytes->size)
    {
      const size_t length = little32 (bytes->bytes + at);
      const uint32_t kind = little32 (bytes->bytes + at + 4);
      if (length > bytes->size - at - 8)
        {
          sw_surface_fail (g->b, SW_STRUCTURE_ERROR_FORMAT, _ ("the file is cut short"));
          return false;
        }
      if (kind == 0x4e4f534a && *ret_json == NULL)
        {
          *ret_json = (const char *) bytes->bytes + at + 8;
          *ret_size = length;
        }
      else if (kind == 0x004e4942 && g->chunk == NULL)
        {
          g->chunk = bytes->bytes + at + 8;
          g->chunk_size = length;
        }
      at += 8 + length;
    }
  if (*ret_json == NULL)
    damaged (g, "JSON");
  return *ret_json != NULL;
}

void
sw_surface_read_gltf (SwSurfaceBuilder *b, const SwBytes *bytes, const char *folder)
{
  Gltf g = { .b = b, .folder = folder };
  const char *text = (const char *) bytes->bytes;
  size_t size = bytes->size, n_commas = 0;
  json_error_t fault;

  if (size >= 4 && memcmp (text, "glTF", 4) == 0 && !open_binary (&g, bytes, &text, &size))
    return;
  if (size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      size -= 3;
    }
  for (const char *comma = memchr (text, ',', size); comma != NULL; comma = memchr (comma, ',', (size_t) (text + size - comma)))
    {
      comma++;
      if (++n_commas > COMMAS_MAX)
        {
          sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("its JSON has more than %zu million entries"), COMMAS_MAX / 1000000);
          return;
        }
    }
  g.root = json_loadb (text, size, 0, &fault);
  if (!json_is_object (g.root))
    sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT, _ ("its JSON is damaged in line %d: %s"), fault.line, fault.text);
  else
    read_scene (&g);
  for (size_t i = 0; i < BUFFERS_MAX; i++)
    sw_free (g.buffers[i]);
  json_decref (g.root);
}
