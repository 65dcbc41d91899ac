/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meshes: the same cube in every format, what is left out and what is refused, and every file of the shared meshes. Allowed error of
 * areas: rounding of coordinates to float in the binary formats. */
#include <math.h>
#include <string.h>
#include <zlib.h>

#include <glib/gstdio.h>

#include "structure/surface.h"

static const float corners[8][3]
    = { { 0, 0, 0 }, { 1, 0, 0 }, { 1, 1, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 1, 0, 1 }, { 1, 1, 1 }, { 0, 1, 1 } };
static const int sides[6][4] = { { 0, 3, 2, 1 }, { 4, 5, 6, 7 }, { 0, 1, 5, 4 }, { 2, 3, 7, 6 }, { 1, 2, 6, 5 }, { 0, 4, 7, 3 } };

static double
area_of (const SwSurface *s)
{
  double sum = 0;
  for (size_t t = 0; t < s->n_triangles; t++)
    {
      const double *a = s->vertices[s->triangles[t][0]], *b = s->vertices[s->triangles[t][1]], *c = s->vertices[s->triangles[t][2]];
      double w[3];
      for (int i = 0; i < 3; i++)
        {
          const int j = (i + 1) % 3, k = (i + 2) % 3;
          w[i] = (b[j] - a[j]) * (c[k] - a[k]) - (b[k] - a[k]) * (c[j] - a[j]);
        }
      sum += 0.5 * sqrt (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    }
  return sum;
}

static size_t
count_of (const SwSurface *s, const char *code)
{
  for (size_t i = 0; i < s->report.n_items; i++)
    if (strcmp (s->report.items[i].code, code) == 0)
      return s->report.items[i].count;
  return 0;
}

static SwSurface *
load (const void *bytes, size_t size)
{
  g_autoptr (GError) error = NULL;
  SwSurface *s = sw_surface_load_bytes (bytes, size, "test", NULL, &error);
  if (s == NULL)
    g_error ("%s", error->message);
  return s;
}

static SwSurface *
load_text (const char *text)
{
  return load (text, strlen (text));
}

static void
refused (const void *bytes, size_t size, int code, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (sw_surface_load_bytes (bytes, size, "test", NULL, &error));
  g_assert_error (error, SW_STRUCTURE_ERROR, code);
  g_assert_true (g_str_has_prefix (error->message, "test"));
  if (strstr (error->message, says) == NULL)
    g_error ("“%s” does not say “%s”", error->message, says);
}

static void
refused_text (const char *text, int code, const char *says)
{
  refused (text, strlen (text), code, says);
}

static void
check_cube (SwSurface *s, const char *format)
{
  g_assert_cmpstr (s->format, ==, format);
  g_assert_cmpuint (s->n_vertices, ==, 8);
  g_assert_cmpuint (s->n_triangles, ==, 12);
  g_assert_cmpfloat (fabs (area_of (s) - 6), <, 1e-6);
  g_assert_cmpuint (count_of (s, "open"), ==, 0);
  g_assert_cmpuint (count_of (s, "winding"), ==, 0);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpfloat (s->box_min[i], ==, 0);
      g_assert_cmpfloat (s->box_max[i], ==, 1);
    }
  sw_surface_unref (s);
}

static void
put32 (GByteArray *out, guint32 value, bool big)
{
  const guint32 ordered = big ? GUINT32_TO_BE (value) : GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &ordered, 4);
}

static void
put_float (GByteArray *out, float value, bool big)
{
  guint32 bits;
  memcpy (&bits, &value, 4);
  put32 (out, bits, big);
}

static char *
obj_cube (void)
{
  GString *text = g_string_new ("# a cube\nmtllib none.mtl\no cube\n");
  for (int i = 0; i < 8; i++)
    g_string_append_printf (text, "v %.1f %.1f %.1f\n", (double) corners[i][0], (double) corners[i][1], (double) corners[i][2]);
  g_string_append (text, "vt 0 0\nvn 0 0 1\ns off\n");
  for (int f = 0; f < 6; f++)
    if (f % 2 == 0)
      g_string_append_printf (text, "f %d/1/1 %d/1/1 %d//1 %d\r\n", sides[f][0] + 1, sides[f][1] + 1, sides[f][2] + 1, sides[f][3] + 1);
    else
      g_string_append_printf (text, "f %d %d \\\n %d %d\n", sides[f][0] - 8, sides[f][1] - 8, sides[f][2] - 8, sides[f][3] - 8);
  g_string_append (text, "l 1 2\n");
  return g_string_free (text, FALSE);
}

static void
test_obj (void)
{
  g_autofree char *text = obj_cube ();
  SwSurface *s = load_text (text);
  g_assert_cmpuint (count_of (s, "polygons"), ==, 6);
  g_assert_cmpuint (count_of (s, "other"), ==, 1);
  check_cube (s, "OBJ");
  refused_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", SW_STRUCTURE_ERROR_FORMAT, "vertex 4");
  refused_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -4\n", SW_STRUCTURE_ERROR_FORMAT, "line 4");
  refused_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 0 2\n", SW_STRUCTURE_ERROR_FORMAT, "line 4");
  refused_text ("v 0 0 zero\n", SW_STRUCTURE_ERROR_FORMAT, "line 1");
  refused_text ("v 0 0 0\nv 1 1 1\n", SW_STRUCTURE_ERROR_EMPTY, "no triangles");
  refused_text ("v 0 0 0\nv 1 1 1\nv 2 2 2\nf 1 2 3\n", SW_STRUCTURE_ERROR_EMPTY, "no area");
}

static char *
off_cube (const char *head)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%s8 6 0\n", head);
  for (int i = 0; i < 8; i++)
    g_string_append_printf (text, "%g %g %ge0 # corner\n", (double) corners[i][0], (double) corners[i][1], (double) corners[i][2]);
  for (int f = 0; f < 6; f++)
    g_string_append_printf (text, "\n4 %d %d %d %d 255 0 0\n", sides[f][0], sides[f][1], sides[f][2], sides[f][3]);
  return g_string_free (text, FALSE);
}

static void
test_off (void)
{
  static const char *const heads[] = { "OFF\n", "# first\nOFF\n", "OFF", "OFF ", "COFF\n" };
  for (size_t i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autofree char *text = off_cube (heads[i]);
      check_cube (load_text (text), "OFF");
    }
  refused_text ("4OFF\n3 1 0\n0 0 0 0\n", SW_STRUCTURE_ERROR_UNSUPPORTED, "three dimensions");
  refused_text ("OFF BINARY\n????", SW_STRUCTURE_ERROR_UNSUPPORTED, "binary");
  refused_text ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n", SW_STRUCTURE_ERROR_FORMAT, "cut short");
  refused_text ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", SW_STRUCTURE_ERROR_FORMAT, "line 6");
  refused_text ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n999999 0 1 2\n", SW_STRUCTURE_ERROR_FORMAT, "line 6");
}

static GByteArray *
ply_cube (const char *encoding)
{
  GByteArray *out = g_byte_array_new ();
  const bool text = strcmp (encoding, "ascii") == 0, big = strcmp (encoding, "binary_big_endian") == 0;
  g_autofree char *head = g_strdup_printf ("ply\nformat %s 1.0\ncomment made by hand\nelement vertex 8\nproperty uchar red\nproperty float x\n"
                                           "property float y\nproperty float z\nelement material 1\nproperty list uchar int numbers\n"
                                           "element face 6\nproperty list uchar int vertex_indices\nend_header\n",
                                           encoding);
  g_byte_array_append (out, (const guint8 *) head, (guint) strlen (head));
  if (text)
    {
      GString *body = g_string_new (NULL);
      for (int i = 0; i < 8; i++)
        g_string_append_printf (body, "7 %g %g %g\n", (double) corners[i][0], (double) corners[i][1], (double) corners[i][2]);
      g_string_append (body, "2 5 6\n");
      for (int f = 0; f < 6; f++)
        g_string_append_printf (body, "4 %d %d %d %d\n", sides[f][0], sides[f][1], sides[f][2], sides[f][3]);
      g_byte_array_append (out, (const guint8 *) body->str, (guint) body->len);
      g_string_free (body, TRUE);
      return out;
    }
  for (int i = 0; i < 8; i++)
    {
      g_byte_array_append (out, (const guint8 *) "\7", 1);
      for (int k = 0; k < 3; k++)
        put_float (out, corners[i][k], big);
    }
  g_byte_array_append (out, (const guint8 *) "\2", 1);
  put32 (out, 5, big);
  put32 (out, 6, big);
  for (int f = 0; f < 6; f++)
    {
      g_byte_array_append (out, (const guint8 *) "\4", 1);
      for (int k = 0; k < 4; k++)
        put32 (out, (guint32) sides[f][k], big);
    }
  return out;
}

static void
test_ply (void)
{
  static const char *const encodings[] = { "ascii", "binary_little_endian", "binary_big_endian" };
  for (size_t i = 0; i < G_N_ELEMENTS (encodings); i++)
    {
      g_autoptr (GByteArray) bytes = ply_cube (encodings[i]);
      check_cube (load (bytes->data, bytes->len), "PLY");
      refused (bytes->data, bytes->len - 3, SW_STRUCTURE_ERROR_FORMAT, "face 6 of 6");
    }
  refused_text ("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n0 0 0\n",
                SW_STRUCTURE_ERROR_EMPTY, "points");
  refused_text ("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n0\n", SW_STRUCTURE_ERROR_FORMAT, "lack x");
  refused_text ("ply\nformat ascii 1.0\nelement vertex 9\n", SW_STRUCTURE_ERROR_FORMAT, "header");
  refused_text ("ply\nformat ascii 1.0\nelement tristrips 1\nproperty list int int vertex_indices\nend_header\n",
                SW_STRUCTURE_ERROR_UNSUPPORTED, "strips");
}

static GByteArray *
stl_cube (const char *head)
{
  GByteArray *out = g_byte_array_new ();
  guint8 blank[80] = { 0 };
  memcpy (blank, head, strlen (head));
  g_byte_array_append (out, blank, 80);
  put32 (out, 12, false);
  for (int f = 0; f < 6; f++)
    for (int half = 0; half < 2; half++)
      {
        for (int k = 0; k < 3; k++)
          put_float (out, 0, false);
        for (int k = 0; k < 3; k++)
          for (int i = 0; i < 3; i++)
            put_float (out, corners[sides[f][k == 0 ? 0 : k + half]][i], false);
        g_byte_array_append (out, (const guint8 *) "\0\0", 2);
      }
  return out;
}

static void
test_stl (void)
{
  g_autoptr (GByteArray) plain = stl_cube ("made by hand"), misleading = stl_cube ("solid of some program");
  GString *text = g_string_new ("solid cube\n");

  check_cube (load (plain->data, plain->len), "STL");
  check_cube (load (misleading->data, misleading->len), "STL");
  refused (plain->data, plain->len - 50, SW_STRUCTURE_ERROR_FORMAT, "cut short");
  for (int f = 0; f < 6; f++)
    for (int half = 0; half < 2; half++)
      {
        g_string_append (text, " facet normal 0 0 0\n  outer loop\n");
        for (int k = 0; k < 3; k++)
          {
            const float *p = corners[sides[f][k == 0 ? 0 : k + half]];
            g_string_append_printf (text, "   vertex %e %e %e\n", (double) p[0], (double) p[1], (double) p[2]);
          }
        g_string_append (text, "  endloop\n endfacet\n");
      }
  refused (text->str, text->len - 30, SW_STRUCTURE_ERROR_FORMAT, "cut short");
  g_string_append (text, "endsolid cube\n");
  check_cube (load (text->str, text->len), "STL");
  refused_text ("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 0 0 1\nvertex 1 0 0\nvertex 1 1 0\nendloop\n",
                SW_STRUCTURE_ERROR_FORMAT, "line 7");
  g_string_free (text, TRUE);
}

/* Positions as floats, indices as bytes, in one buffer. */
static GByteArray *
gltf_buffer (void)
{
  GByteArray *out = g_byte_array_new ();
  for (int i = 0; i < 8; i++)
    for (int k = 0; k < 3; k++)
      put_float (out, corners[i][k], false);
  for (int f = 0; f < 6; f++)
    for (int half = 0; half < 2; half++)
      for (int k = 0; k < 3; k++)
        {
          const guint8 index = (guint8) sides[f][k == 0 ? 0 : k + half];
          g_byte_array_append (out, &index, 1);
        }
  return out;
}

static char *
gltf_json (const char *uri, const char *node, const char *extra)
{
  g_autofree char *entry = uri != NULL ? g_strdup_printf ("\"uri\":\"%s\",", uri) : g_strdup ("");
  return g_strdup_printf (
      "{\"asset\":{\"version\":\"2.0\"},%s\"scene\":0,\"scenes\":[{\"nodes\":[0]}],\"nodes\":[{\"children\":[1],%s},{\"mesh\":0}],"
      "\"meshes\":[{\"primitives\":[{\"attributes\":{\"POSITION\":0},\"indices\":1}]}],"
      "\"accessors\":[{\"bufferView\":0,\"componentType\":5126,\"count\":8,\"type\":\"VEC3\"},"
      "{\"bufferView\":1,\"componentType\":5121,\"count\":36,\"type\":\"SCALAR\"}],"
      "\"bufferViews\":[{\"buffer\":0,\"byteLength\":96},{\"buffer\":0,\"byteOffset\":96,\"byteLength\":36}],"
      "\"buffers\":[{%s\"byteLength\":132}]}",
      extra, node, entry);
}

static void
test_gltf (void)
{
  g_autoptr (GByteArray) buffer = gltf_buffer (), glb = g_byte_array_new ();
  g_autofree char *base64 = g_base64_encode (buffer->data, buffer->len);
  g_autofree char *uri = g_strconcat ("data:application/octet-stream;base64,", base64, NULL);
  g_autofree char *embedded = gltf_json (uri, "\"translation\":[0,0,0]", "");
  /* a quarter turn about z, twice as large, moved: the same cube, of four times the area */
  g_autofree char *moved = gltf_json (uri, "\"rotation\":[0,0,0.70710678,0.70710678],\"scale\":[2,2,2],\"translation\":[5,0,0]", "");
  g_autofree char *json = gltf_json (NULL, "\"translation\":[0,0,0]", "");
  g_autofree char *circle = gltf_json (uri, "\"children\":[0]", "");
  g_autofree char *draco = gltf_json (uri, "\"children\":[]", "\"extensionsRequired\":[\"KHR_draco_mesh_compression\"],");
  g_autofree char *elsewhere = gltf_json ("../secret.bin", "\"translation\":[0,0,0]", "");
  g_autofree char *beside = gltf_json ("cube%20data.bin", "\"translation\":[0,0,0]", "");
  SwSurface *s;

  check_cube (load_text (embedded), "glTF");
  s = load_text (moved);
  g_assert_cmpfloat (fabs (area_of (s) - 24), <, 1e-5);
  g_assert_cmpfloat (fabs (s->box_min[0] - 3), <, 1e-6);
  g_assert_cmpfloat (fabs (s->box_max[1] - 2), <, 1e-6);
  sw_surface_unref (s);
  {
    const size_t padded = (strlen (json) + 3) / 4 * 4;
    g_byte_array_append (glb, (const guint8 *) "glTF", 4);
    put32 (glb, 2, false);
    put32 (glb, (guint32) (12 + 8 + padded + 8 + buffer->len), false);
    put32 (glb, (guint32) padded, false);
    put32 (glb, 0x4e4f534a, false);
    g_byte_array_append (glb, (const guint8 *) json, (guint) strlen (json));
    g_byte_array_append (glb, (const guint8 *) "   ", (guint) (padded - strlen (json)));
    put32 (glb, buffer->len, false);
    put32 (glb, 0x004e4942, false);
    g_byte_array_append (glb, buffer->data, buffer->len);
  }
  check_cube (load (glb->data, glb->len), "glTF");
  refused (glb->data, glb->len - 5, SW_STRUCTURE_ERROR_FORMAT, "cut short");
  refused_text (circle, SW_STRUCTURE_ERROR_FORMAT, "nodes");
  refused_text (draco, SW_STRUCTURE_ERROR_UNSUPPORTED, "KHR_draco_mesh_compression");
  refused_text (elsewhere, SW_STRUCTURE_ERROR_UNSUPPORTED, "same folder");
  refused_text (beside, SW_STRUCTURE_ERROR_UNSUPPORTED, "a file of its own");
  {
    /* What is small when packed and fills the memory when parsed. */
    GString *many = g_string_new ("{\"asset\":{\"version\":\"2.0\"},\"meshes\":[0");
    for (int i = 0; i < 10000001; i++)
      g_string_append (many, ",0");
    g_string_append (many, "]}");
    refused_text (many->str, SW_STRUCTURE_ERROR_TOO_LARGE, "10 million");
    g_string_free (many, TRUE);
  }
  {
    g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
    g_autofree char *data = g_build_filename (folder, "cube data.bin", NULL), *file = g_build_filename (folder, "cube.gltf", NULL);
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (data, (const char *) buffer->data, buffer->len, NULL));
    g_assert_true (g_file_set_contents (file, beside, -1, NULL));
    s = sw_surface_load (file, NULL, &error);
    g_assert_no_error (error);
    check_cube (s, "glTF");
    g_remove (data);
    g_assert_null (sw_surface_load (file, NULL, &error));
    g_assert_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO);
    g_remove (file);
    g_rmdir (folder);
  }
}

static void
test_gzip (void)
{
  g_autofree char *text = obj_cube (), *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "cube.obj.gz", NULL);
  g_autoptr (GError) error = NULL;
  gzFile file = gzopen (path, "wb");
  gzwrite (file, text, (unsigned) strlen (text));
  gzclose (file);
  check_cube (sw_surface_load (path, NULL, &error), "OBJ");
  g_remove (path);
  g_rmdir (folder);
}

/* A comb of n teeth, seen from both sides; a fan over it would cover its gaps. Its last corner count is that of the widest polygons in
 * use. */
static void
test_polygon (gconstpointer data)
{
  const int n_teeth = GPOINTER_TO_INT (data);
  for (int back = 0; back < 2; back++)
    {
      GString *text = g_string_new (NULL);
      GString *face = g_string_new ("f");
      SwSurface *s;
      const int n = 4 * n_teeth + 2;
      for (int t = 0; t < n_teeth; t++)
        g_string_append_printf (text, "v %d 1 %d\nv %d 3 %d\nv %d 3 %d\nv %d 1 %d\n", 2 * t, 2 * t, 2 * t, 2 * t, 2 * t + 1, 2 * t + 1,
                                2 * t + 1, 2 * t + 1);
      g_string_append_printf (text, "v %d 0 %d\nv 0 0 0\n", 2 * n_teeth - 1, 2 * n_teeth - 1);
      for (int i = 0; i < n; i++)
        g_string_append_printf (face, " %d", back ? n - i : i + 1);
      g_string_append (text, face->str);
      s = load_text (text->str);
      /* a base of height 1 and teeth of 1 x 2, on a plane at 45 degrees */
      g_assert_cmpfloat (fabs (area_of (s) - sqrt (2) * (2 * n_teeth - 1 + 2 * n_teeth)), <, 1e-9 * n_teeth);
      g_assert_cmpuint (s->n_triangles, ==, n - 2);
      sw_surface_unref (s);
      g_string_free (text, TRUE);
      g_string_free (face, TRUE);
    }
}

/* What is unsound is left out and counted; what is sound stays. */
static void
test_unsound (void)
{
  SwSurface *s = load_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nv nan 0 0\nv 1e999 0 0\nv 0 0 0\nv 2 0 0\n"
                            "f 1 2 3\nf 1 2 4\nf 1 2 5\nf 1 6 2\nf 1 2 7\nf 1 2\nf 3 2 6\n");
  g_assert_cmpuint (s->n_triangles, ==, 2);
  g_assert_cmpuint (s->n_vertices, ==, 4);
  g_assert_cmpuint (count_of (s, "not-finite"), ==, 2);
  g_assert_cmpuint (count_of (s, "without-corner"), ==, 3);
  g_assert_cmpuint (count_of (s, "flat"), ==, 2);
  g_assert_cmpuint (count_of (s, "joined"), ==, 1);
  sw_surface_unref (s);
  /* two triangles that face opposite ways, and three at an edge */
  s = load_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nv 0 -1 0\nf 1 2 3\nf 1 2 4\n");
  g_assert_cmpuint (count_of (s, "winding"), ==, 1);
  g_assert_cmpuint (count_of (s, "open"), ==, 4);
  sw_surface_unref (s);
  s = load_text ("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nv 0 -1 0\nf 1 2 3\nf 1 2 4\nf 1 2 5\n");
  g_assert_cmpuint (count_of (s, "crowded"), ==, 1);
  sw_surface_unref (s);
  /* one triangle, far away and tiny */
  s = load_text ("v 1e8 0 0\nv 1.00000001e8 0 0\nv 1e8 1e-3 0\nf 1 2 3\n");
  g_assert_cmpuint (s->n_triangles, ==, 1);
  sw_surface_unref (s);
  refused_text ("", SW_STRUCTURE_ERROR_EMPTY, "empty");
  refused_text ("hello\n", SW_STRUCTURE_ERROR_FORMAT, "no mesh");
}

static void
walk (const char *folder, size_t *n)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        walk (path, n);
      else if (g_str_has_suffix (name, ".gz") && (*n)++ % 8 == 0)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (SwSurface) s = sw_surface_load (path, NULL, &error);
          if (s == NULL)
            g_error ("%s", error->message);
          g_assert_cmpfloat (area_of (s), >, 0);
        }
    }
}

/* Every eighth of the shared meshes. */
static void
test_shared (void)
{
  const char *shared = g_getenv ("SW_SHARED_DATA");
  g_autofree char *folder = shared != NULL ? g_build_filename (shared, "meshes", NULL) : NULL;
  size_t n = 0;
  if (folder == NULL || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("no shared meshes");
      return;
    }
  walk (folder, &n);
  g_assert_cmpuint (n, >, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/structure/surface/obj", test_obj);
  g_test_add_func ("/structure/surface/off", test_off);
  g_test_add_func ("/structure/surface/ply", test_ply);
  g_test_add_func ("/structure/surface/stl", test_stl);
  g_test_add_func ("/structure/surface/gltf", test_gltf);
  g_test_add_func ("/structure/surface/gzip", test_gzip);
  g_test_add_data_func ("/structure/surface/polygon-10", GINT_TO_POINTER (2), test_polygon);
  g_test_add_data_func ("/structure/surface/polygon-258", GINT_TO_POINTER (64), test_polygon);
  g_test_add_func ("/structure/surface/unsound", test_unsound);
  g_test_add_func ("/structure/surface/shared", test_shared);
  return g_test_run ();
}
