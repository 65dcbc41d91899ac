/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/surface-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "base/memory.h"
#include "structure/format-table.h"
#include "structure/report-private.h"

/* A coordinate beyond this is taken for damage: its square must stay a number. */
#define COORDINATE_MAX 1e100
/* A triangle has no area when its height is this small a part of its longest side. */
#define FLAT 1e-12
/* Edges are looked at in meshes of at most this many triangles: they are sorted, which takes a tenth of a second here. */
#define EDGES_TRIANGLES_MAX ((size_t) 300000)

typedef struct
{
  SwSurface pub; /* first */
  gatomicrefcount count;
  double (*vertices)[3];    /* sw_free */
  uint32_t (*triangles)[3]; /* sw_free */
  char *path;
  SwReport report;
} Surface;

/* ---- builder ---- */

void
sw_surface_fail (SwSurfaceBuilder *b, SwStructureError code, const char *format, ...)
{
  g_autofree char *text = NULL, *valid = NULL;
  va_list arguments;

  if (b->error != NULL)
    return;
  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* It may quote the file, which need not be UTF-8, and cut it anywhere. */
  valid = g_utf8_make_valid (text, -1);
  g_set_error (&b->error, SW_STRUCTURE_ERROR, (int) code, "%s: %s", b->name, valid);
}

bool
sw_surface_go_on (SwSurfaceBuilder *b)
{
  if (b->error == NULL)
    g_cancellable_set_error_if_cancelled (b->cancellable, &b->error);
  return b->error == NULL;
}

static void
no_memory (SwSurfaceBuilder *b)
{
  sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("not enough memory for this mesh"));
}

/* Room for one more of n items in *block; false, with the error set, when there is none. */
static bool
reserve (SwSurfaceBuilder *b, void **block, size_t n, size_t more, size_t *room, size_t size)
{
  if (n + more > *room)
    {
      const size_t wanted = MAX (MAX (2 * *room, n + more), (size_t) 1024);
      void *larger = sw_alloc (wanted, size);
      if (larger == NULL)
        {
          no_memory (b);
          return false;
        }
      if (n > 0)
        memcpy (larger, *block, n * size);
      sw_free (*block);
      *block = larger;
      *room = wanted;
    }
  return true;
}

static uint64_t
hash_point (const double x[3])
{
  uint64_t bits[3], h = 0x9e3779b97f4a7c15u;
  memcpy (bits, x, sizeof bits);
  for (int i = 0; i < 3; i++)
    {
      h ^= bits[i];
      h *= 0xff51afd7ed558ccdu;
      h ^= h >> 32;
    }
  return h;
}

static bool
grow_table (SwSurfaceBuilder *b)
{
  const size_t size = MAX (4 * b->table_size, (size_t) 4096);
  uint32_t *table = sw_alloc0 (size, sizeof *table);

  if (table == NULL)
    {
      no_memory (b);
      return false;
    }
  for (size_t v = 0; v < b->n_vertices; v++)
    {
      size_t slot = hash_point (b->vertices[v]) & (size - 1);
      while (table[slot] != 0)
        slot = (slot + 1) & (size - 1);
      table[slot] = (uint32_t) v + 1;
    }
  sw_free (b->table);
  b->table = table;
  b->table_size = size;
  return true;
}

static uint32_t
join (SwSurfaceBuilder *b, const double point[3])
{
  double x[3];
  size_t slot;

  if (b->error != NULL)
    return SW_SURFACE_NO_VERTEX;
  for (int i = 0; i < 3; i++)
    {
      x[i] = point[i] + 0.0; /* minus zero is zero */
      if (!(fabs (x[i]) < COORDINATE_MAX))
        {
          b->n_not_finite++;
          return SW_SURFACE_NO_VERTEX;
        }
    }
  if (b->n_vertices >= 3 * SW_SURFACE_TRIANGLES_MAX)
    {
      sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("more than %zu million vertices are not taken"),
                       3 * SW_SURFACE_TRIANGLES_MAX / 1000000);
      return SW_SURFACE_NO_VERTEX;
    }
  if (2 * b->n_vertices >= b->table_size && !grow_table (b))
    return SW_SURFACE_NO_VERTEX;
  for (slot = hash_point (x) & (b->table_size - 1); b->table[slot] != 0; slot = (slot + 1) & (b->table_size - 1))
    if (memcmp (b->vertices[b->table[slot] - 1], x, sizeof x) == 0)
      {
        b->n_joined++;
        return b->table[slot] - 1;
      }
  if (!reserve (b, (void **) &b->vertices, b->n_vertices, 1, &b->vertices_room, sizeof *b->vertices))
    return SW_SURFACE_NO_VERTEX;
  memcpy (b->vertices[b->n_vertices], x, sizeof x);
  b->table[slot] = (uint32_t) ++b->n_vertices;
  return (uint32_t) b->n_vertices - 1;
}

void
sw_surface_add_vertex (SwSurfaceBuilder *b, const double x[3])
{
  if (b->error == NULL && b->n_map >= 3 * SW_SURFACE_TRIANGLES_MAX)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("more than %zu million vertices are not taken"),
                     3 * SW_SURFACE_TRIANGLES_MAX / 1000000);
  if (b->error == NULL && reserve (b, (void **) &b->map, b->n_map, 1, &b->map_room, sizeof *b->map))
    b->map[b->n_map++] = join (b, x);
}

uint32_t
sw_surface_add_point (SwSurfaceBuilder *b, const double x[3])
{
  b->direct = true;
  return join (b, x);
}

static void
add_triangle (SwSurfaceBuilder *b, const uint32_t corners[3])
{
  if (b->n_triangles >= SW_SURFACE_TRIANGLES_MAX)
    {
      sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("more than %zu million triangles are not taken; simplify the mesh"),
                       SW_SURFACE_TRIANGLES_MAX / 1000000);
      return;
    }
  if (reserve (b, (void **) &b->triangles, b->n_triangles, 1, &b->triangles_room, sizeof *b->triangles))
    memcpy (b->triangles[b->n_triangles++], corners, sizeof *b->triangles);
}

void
sw_surface_add_face (SwSurfaceBuilder *b, size_t n, const uint32_t *corners)
{
  if (b->error != NULL)
    return;
  if (n < 3)
    b->n_short++;
  else if (n == 3)
    add_triangle (b, corners);
  else if (b->n_corners >= 4 * SW_SURFACE_TRIANGLES_MAX)
    sw_surface_fail (b, SW_STRUCTURE_ERROR_TOO_LARGE, _ ("more than %zu million triangles are not taken; simplify the mesh"),
                     SW_SURFACE_TRIANGLES_MAX / 1000000);
  else if (reserve (b, (void **) &b->corners, b->n_corners, n + 1, &b->corners_room, sizeof *b->corners))
    {
      b->corners[b->n_corners++] = (uint32_t) n;
      memcpy (b->corners + b->n_corners, corners, n * sizeof *corners);
      b->n_corners += n;
      b->n_polygons++;
    }
}

/* ---- from what was read to what is kept ---- */

/* The joined vertex of an index of the file; the error is set when there is no such index. */
static uint32_t
resolve (SwSurfaceBuilder *b, uint32_t index)
{
  if (b->direct)
    return index;
  if (index >= b->n_map)
    {
      sw_surface_fail (b, SW_STRUCTURE_ERROR_FORMAT,
                       /* Translators: two numbers of vertices, counted from 1 */
                       _ ("a face has vertex %zu as a corner, but there are %zu"), (size_t) index + 1, b->n_map);
      return SW_SURFACE_NO_VERTEX;
    }
  return b->map[index];
}

/* Polygons into triangles of joined vertices, behind the triangles (which must be resolved already). */
static void
split_polygons (SwSurfaceBuilder *b)
{
  size_t room = 0;
  uint32_t *joined = NULL, (*pieces)[3] = NULL;
  double (*places)[3] = NULL;

  for (size_t at = 0; at < b->n_corners && sw_surface_go_on (b);)
    {
      const size_t n = b->corners[at++];
      size_t n_pieces;
      bool missing = false;

      if (n > room)
        {
          sw_free (joined);
          sw_free (pieces);
          sw_free (places);
          room = 2 * n;
          joined = SW_NEW (uint32_t, room);
          pieces = sw_alloc (room, sizeof *pieces);
          places = sw_alloc (room, sizeof *places);
          if (joined == NULL || pieces == NULL || places == NULL)
            {
              no_memory (b);
              break;
            }
        }
      for (size_t i = 0; i < n; i++)
        {
          joined[i] = resolve (b, b->corners[at + i]);
          missing = missing || joined[i] == SW_SURFACE_NO_VERTEX;
          if (!missing)
            memcpy (places[i], b->vertices[joined[i]], sizeof places[i]);
        }
      at += n;
      if (missing)
        {
          b->n_short++;
          continue;
        }
      n_pieces = sw_polygon_split (n, (const double (*)[3]) places, pieces);
      for (size_t t = 0; t < n_pieces && b->error == NULL; t++)
        {
          const uint32_t triangle[3] = { joined[pieces[t][0]], joined[pieces[t][1]], joined[pieces[t][2]] };
          add_triangle (b, triangle);
        }
    }
  sw_free (joined);
  sw_free (pieces);
  sw_free (places);
}

static bool
has_area (const double *a, const double *b, const double *c)
{
  double u[3], v[3], w[3], longest = 0, lengths[3] = { 0, 0, 0 };

  for (int i = 0; i < 3; i++)
    {
      u[i] = b[i] - a[i];
      v[i] = c[i] - a[i];
      lengths[0] += u[i] * u[i];
      lengths[1] += v[i] * v[i];
      lengths[2] += (c[i] - b[i]) * (c[i] - b[i]);
    }
  for (int i = 0; i < 3; i++)
    {
      w[i] = u[(i + 1) % 3] * v[(i + 2) % 3] - u[(i + 2) % 3] * v[(i + 1) % 3];
      longest = MAX (longest, lengths[i]);
    }
  return sqrt (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]) > FLAT * longest;
}

/* Keeps the triangles that are some; returns how many were not. */
static void
keep_sound (SwSurfaceBuilder *b, SwSurface *pub, size_t *ret_flat, size_t *ret_missing)
{
  size_t n = 0;

  *ret_flat = *ret_missing = 0;
  for (int i = 0; i < 3; i++)
    {
      pub->box_min[i] = HUGE_VAL;
      pub->box_max[i] = -HUGE_VAL;
    }
  for (size_t t = 0; t < b->n_triangles; t++)
    {
      const uint32_t *corners = b->triangles[t];
      if (corners[0] == SW_SURFACE_NO_VERTEX || corners[1] == SW_SURFACE_NO_VERTEX || corners[2] == SW_SURFACE_NO_VERTEX)
        (*ret_missing)++;
      else if (!has_area (b->vertices[corners[0]], b->vertices[corners[1]], b->vertices[corners[2]]))
        (*ret_flat)++;
      else
        {
          for (int c = 0; c < 3; c++)
            for (int i = 0; i < 3; i++)
              {
                pub->box_min[i] = MIN (pub->box_min[i], b->vertices[corners[c]][i]);
                pub->box_max[i] = MAX (pub->box_max[i], b->vertices[corners[c]][i]);
              }
          memmove (b->triangles[n++], corners, sizeof *b->triangles);
        }
    }
  b->n_triangles = n;
}

/* ---- edges ---- */

static int
compare_edges (const void *a, const void *b)
{
  const uint64_t p = *(const uint64_t *) a, q = *(const uint64_t *) b;
  return (p > q) - (p < q);
}

/* Edges with a triangle on one side only, with more than two, and with two that run along it the same way. */
static void
look_at_edges (const SwSurfaceBuilder *b, size_t *ret_open, size_t *ret_crowded, size_t *ret_against)
{
  const size_t n = 3 * b->n_triangles;
  uint64_t *edges = SW_NEW (uint64_t, n);

  *ret_open = *ret_crowded = *ret_against = 0;
  if (edges == NULL)
    return;
  /* Both ends, 31 bits each, and a bit for the direction. */
  for (size_t t = 0; t < b->n_triangles; t++)
    for (int c = 0; c < 3; c++)
      {
        const uint64_t p = b->triangles[t][c], q = b->triangles[t][(c + 1) % 3];
        edges[3 * t + (size_t) c] = p < q ? p << 33 | q << 2 : q << 33 | p << 2 | 1;
      }
  qsort (edges, n, sizeof *edges, compare_edges);
  for (size_t i = 0; i < n;)
    {
      size_t j = i + 1;
      while (j < n && edges[j] >> 1 == edges[i] >> 1)
        j++;
      *ret_open += j - i == 1;
      *ret_crowded += j - i > 2;
      *ret_against += j - i == 2 && edges[i] == edges[i + 1];
      i = j;
    }
  sw_free (edges);
}

static void
write_report (SwSurfaceBuilder *b, Surface *self, size_t n_flat, size_t n_missing)
{
  SwReport *report = &self->report;
  size_t n_open, n_crowded, n_against;

  sw_report_add (report, SW_REPORT_READ, "format", 1, "%s", self->pub.format);
  if (b->n_polygons > 0)
    sw_report_add (report, SW_REPORT_READ, "polygons", b->n_polygons,
                   ngettext ("%zu polygon was split into triangles", "%zu polygons were split into triangles", b->n_polygons),
                   b->n_polygons);
  if (b->n_joined > 0)
    sw_report_add (report, SW_REPORT_READ, "joined", b->n_joined,
                   ngettext ("%zu corner at the place of another was joined with it",
                             "%zu corners at the place of others were joined with them", b->n_joined),
                   b->n_joined);
  sw_report_add (report, SW_REPORT_DROPPED, "not-finite", b->n_not_finite,
                 ngettext ("%zu vertex is no finite number and was left out",
                           "%zu vertices are no finite numbers and were left out", b->n_not_finite),
                 b->n_not_finite);
  sw_report_add (report, SW_REPORT_DROPPED, "without-corner", n_missing + b->n_short,
                 ngettext ("%zu face lacks a corner and was left out", "%zu faces lack a corner and were left out",
                           n_missing + b->n_short),
                 n_missing + b->n_short);
  sw_report_add (report, SW_REPORT_DROPPED, "flat", n_flat,
                 ngettext ("%zu triangle has no area and was left out", "%zu triangles have no area and were left out", n_flat),
                 n_flat);
  sw_report_add (report, SW_REPORT_DROPPED, "other", b->n_other,
                 ngettext ("%zu line, point or curve was left out", "%zu lines, points or curves were left out", b->n_other),
                 b->n_other);
  if (b->n_triangles > EDGES_TRIANGLES_MAX)
    return;
  look_at_edges (b, &n_open, &n_crowded, &n_against);
  if (n_open > 0)
    sw_report_add (report, SW_REPORT_WARNING, "open", n_open,
                   ngettext ("The surface is open: %zu edge has a triangle on one side only",
                             "The surface is open: %zu edges have a triangle on one side only", n_open),
                   n_open);
  if (n_crowded > 0)
    sw_report_add (report, SW_REPORT_WARNING, "crowded", n_crowded,
                   ngettext ("At %zu edge more than two triangles meet", "At %zu edges more than two triangles meet", n_crowded),
                   n_crowded);
  if (n_against > 0)
    sw_report_add (report, SW_REPORT_WARNING, "winding", n_against,
                   ngettext ("At %zu edge two triangles face opposite ways; only where the surface is counts here",
                             "At %zu edges two triangles face opposite ways; only where the surface is counts here", n_against),
                   n_against);
}

static void
builder_clear (SwSurfaceBuilder *b)
{
  sw_free (b->vertices);
  sw_free (b->table);
  sw_free (b->map);
  sw_free (b->triangles);
  sw_free (b->corners);
}

static SwSurface *
finish (SwSurfaceBuilder *b, const char *path, const char *format)
{
  Surface *self;
  size_t n_flat = 0, n_missing = 0, n_read;

  for (size_t t = 0; t < b->n_triangles && b->error == NULL; t++)
    for (int c = 0; c < 3; c++)
      b->triangles[t][c] = resolve (b, b->triangles[t][c]);
  if (b->error == NULL)
    split_polygons (b);
  if (b->error != NULL)
    return NULL;
  self = g_new0 (Surface, 1);
  g_atomic_ref_count_init (&self->count);
  sw_report_init (&self->report);
  self->pub.format = format;
  n_read = b->n_triangles + b->n_short;
  keep_sound (b, &self->pub, &n_flat, &n_missing);
  if (b->n_triangles == 0)
    {
      if (n_read == 0)
        sw_surface_fail (b, SW_STRUCTURE_ERROR_EMPTY, _ ("there are no triangles in this file"));
      else
        sw_surface_fail (b, SW_STRUCTURE_ERROR_EMPTY,
                         ngettext ("its only face lacks a corner or has no area", "none of its %zu faces has three corners and an area",
                                   n_read),
                         n_read);
      sw_surface_unref (&self->pub);
      return NULL;
    }
  write_report (b, self, n_flat, n_missing);
  self->path = g_strdup (path);
  self->vertices = g_steal_pointer (&b->vertices);
  self->triangles = g_steal_pointer (&b->triangles);
  self->pub.n_vertices = b->n_vertices;
  self->pub.n_triangles = b->n_triangles;
  self->pub.vertices = (const double (*)[3]) self->vertices;
  self->pub.triangles = (const uint32_t (*)[3]) self->triangles;
  self->pub.path = self->path;
  self->pub.report = (SwLoadReport){ .n_items = self->report.items->len,
                                     .items = (const SwReportItem *) (void *) self->report.items->data };
  return &self->pub;
}

/* ---- public ---- */

static SwSurface *
load (SwBytes *bytes, const char *path, const char *name, GCancellable *cancellable, GError **error)
{
  const SwFormat *format = sw_format_sniff (bytes->bytes, bytes->size);
  g_autofree char *folder = path[0] != '\0' ? g_path_get_dirname (path) : NULL;
  SwSurfaceBuilder b = { .name = name, .cancellable = cancellable };
  SwSurface *surface = NULL;
  const char *read = NULL;

  if (bytes->size == 0)
    sw_surface_fail (&b, SW_STRUCTURE_ERROR_EMPTY, _ ("the file is empty"));
  else if (format == NULL || format->kind != SW_FORMAT_SURFACE)
    sw_surface_fail (&b, SW_STRUCTURE_ERROR_FORMAT, _ ("this is no mesh in a format that is read: OBJ, OFF, PLY, STL, glTF"));
  else if (strcmp (format->id, "obj") == 0)
    {
      read = "OBJ";
      sw_surface_read_obj (&b, bytes);
    }
  else if (strcmp (format->id, "off") == 0)
    {
      read = "OFF";
      sw_surface_read_off (&b, bytes);
    }
  else if (strcmp (format->id, "ply") == 0)
    {
      read = "PLY";
      sw_surface_read_ply (&b, bytes);
    }
  else if (strcmp (format->id, "gltf") == 0)
    {
      read = "glTF";
      sw_surface_read_gltf (&b, bytes, folder);
    }
  else
    {
      read = "STL";
      sw_surface_read_stl (&b, bytes);
    }
  if (b.error == NULL)
    surface = finish (&b, path, read);
  builder_clear (&b);
  if (surface == NULL)
    g_propagate_error (error, b.error);
  return surface;
}

SwSurface *
sw_surface_load (const char *path, GCancellable *cancellable, GError **error)
{
  SwBytes bytes;
  SwSurface *surface;
  g_autofree char *name = NULL;

  g_return_val_if_fail (path != NULL, NULL);
  if (!sw_bytes_read (path, cancellable, &bytes, error))
    return NULL;
  name = g_filename_display_name (path);
  surface = load (&bytes, path, name, cancellable, error);
  sw_bytes_clear (&bytes);
  return surface;
}

SwSurface *
sw_surface_load_bytes (const void *data, size_t size, const char *name, GCancellable *cancellable, GError **error)
{
  SwBytes bytes;
  SwSurface *surface;

  g_return_val_if_fail (name != NULL, NULL);
  if (!sw_bytes_unpack (data, size, name, cancellable, &bytes, error))
    return NULL;
  surface = load (&bytes, "", name, cancellable, error);
  sw_bytes_clear (&bytes);
  return surface;
}

SwSurface *
sw_surface_ref (SwSurface *surface)
{
  g_atomic_ref_count_inc (&((Surface *) surface)->count);
  return surface;
}

void
sw_surface_unref (SwSurface *surface)
{
  Surface *self = (Surface *) surface;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  sw_free (self->vertices);
  sw_free (self->triangles);
  sw_report_clear (&self->report);
  g_free (self->path);
  g_free (self);
}
