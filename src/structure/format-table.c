/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/format-table.h"

#include <stdio.h>
#include <string.h>

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "structure/packed-private.h"
#include "structure/pdb-text-private.h"

#define HEAD ((size_t) 65536)

static bool
starts (const unsigned char *bytes, size_t size, const char *magic, size_t n)
{
  return size >= n && memcmp (bytes, magic, n) == 0;
}

#define STARTS(text) starts (bytes, size, text, sizeof text - 1)

static size_t
skip_blank (const unsigned char *bytes, size_t size)
{
  size_t i = starts (bytes, size, "\xef\xbb\xbf", 3) ? 3 : 0;
  while (i < size)
    if (g_ascii_isspace (bytes[i]))
      i++;
    else if (bytes[i] == '#')
      while (i < size && bytes[i] != '\n' && bytes[i] != '\r')
        i++;
    else
      break;
  return i;
}

static bool
sniff_mmcif (const unsigned char *bytes, size_t size)
{
  const size_t i = skip_blank (bytes, size);
  return i + 5 <= size && g_ascii_strncasecmp ((const char *) bytes + i, "data_", 5) == 0;
}

static bool
sniff_pdb (const unsigned char *bytes, size_t size)
{
  return !sniff_mmcif (bytes, size) && sw_pdb_text_looks_like (bytes, size);
}

static bool
sniff_map (const unsigned char *bytes, size_t size)
{
  return size >= 212 && memcmp (bytes + 208, "MAP", 3) == 0;
}

static bool
sniff_npy (const unsigned char *bytes, size_t size)
{
  return STARTS ("\x93NUMPY");
}

static bool
sniff_packed (const unsigned char *bytes, size_t size)
{
  return STARTS ("BZh")
         || STARTS ("\xfd"
                    "7zXZ")
         || STARTS ("\x28\xb5\x2f\xfd");
}

static bool
sniff_zip (const unsigned char *bytes, size_t size)
{
  return STARTS ("PK\x03\x04");
}

static bool
sniff_bcif (const unsigned char *bytes, size_t size)
{
  /* MessagePack map with the keys of BinaryCIF. */
  return size > 16 && (bytes[0] & 0xf0) == 0x80
         && g_strstr_len ((const char *) bytes, (gssize) MIN (size, (size_t) 64), "encoder")
                != NULL;
}

static bool
sniff_mmtf (const unsigned char *bytes, size_t size)
{
  return size > 16 && bytes[0] == 0xde
         && (memmem (bytes, MIN (size, HEAD), "mmtf", 4) != NULL
             || memmem (bytes, MIN (size, HEAD), "bondAtomList", 12) != NULL);
}

static bool
sniff_mtz (const unsigned char *bytes, size_t size)
{
  return STARTS ("MTZ ");
}

static bool
sniff_json (const unsigned char *bytes, size_t size)
{
  const size_t i = skip_blank (bytes, size);
  return i < size && bytes[i] == '{';
}

static bool
sniff_xml (const unsigned char *bytes, size_t size)
{
  const size_t i = skip_blank (bytes, size);
  return i + 1 < size && bytes[i] == '<'
         && (g_ascii_isalpha (bytes[i + 1]) || strchr ("?!", bytes[i + 1]) != NULL);
}

static bool
sniff_mol2 (const unsigned char *bytes, size_t size)
{
  return memmem (bytes, MIN (size, (size_t) 4096), "@<TRIPOS>", 9) != NULL;
}

static bool
sniff_sdf (const unsigned char *bytes, size_t size)
{
  return memmem (bytes, MIN (size, (size_t) 400), " V2000", 6) != NULL
         || memmem (bytes, MIN (size, (size_t) 400), " V3000", 6) != NULL;
}

static bool
sniff_dx (const unsigned char *bytes, size_t size)
{
  const size_t i = skip_blank (bytes, size);
  return starts (bytes + i, size - i, "object 1", 8);
}

/* Second line a number, third an atom in GROMACS's columns. */
static bool
sniff_gro (const unsigned char *bytes, size_t size)
{
  const char *text = (const char *) bytes, *end = text + MIN (size, (size_t) 4096);
  const char *second = memchr (text, '\n', (size_t) (end - text)), *third;
  char *after;
  if (second == NULL || ++second >= end)
    return false;
  third = memchr (second, '\n', (size_t) (end - second));
  if (third == NULL || third - second > 20 || end - ++third < 46)
    return false;
  if (g_ascii_strtoull (second, &after, 10) == 0 || after == second)
    return false;
  return third[24] == '.' && third[32] == '.' && third[40] == '.';
}

static bool
word_at (const unsigned char *bytes, size_t size, size_t i, const char *word)
{
  const size_t n = strlen (word);
  return i + n < size && memcmp (bytes + i, word, n) == 0 && (bytes[i + n] == ' ' || bytes[i + n] == '\t');
}

/* Lines that an OBJ file begins with: vertices, or names of materials, objects, groups. */
static bool
sniff_obj (const unsigned char *bytes, size_t size)
{
  static const char *const words[] = { "v", "vn", "vt", "vp", "f", "o", "g", "s", "mtllib", "usemtl" };
  size_t i = skip_blank (bytes, size), n_lines = 0;
  for (; i < size && n_lines < 8; n_lines++)
    {
      bool known = false;
      for (size_t w = 0; w < G_N_ELEMENTS (words); w++)
        known = known || word_at (bytes, size, i, words[w]);
      if (!known)
        return false;
      if (word_at (bytes, size, i, "v"))
        return true;
      while (i < size && bytes[i] != '\n')
        i++;
      i += skip_blank (bytes + i, size - i);
    }
  return n_lines >= 8;
}

static bool
sniff_off (const unsigned char *bytes, size_t size)
{
  static const char *const prefixes[] = { "", "C", "N", "CN", "ST", "STC", "STN", "STCN", "4", "n", "4n" };
  const size_t i = skip_blank (bytes, size);
  for (size_t p = 0; p < G_N_ELEMENTS (prefixes); p++)
    {
      const size_t n = strlen (prefixes[p]);
      if (i + n + 3 < size && memcmp (bytes + i, prefixes[p], n) == 0 && memcmp (bytes + i + n, "OFF", 3) == 0
          && (g_ascii_isspace (bytes[i + n + 3]) || g_ascii_isdigit (bytes[i + n + 3])))
        return true;
    }
  return false;
}

static bool
sniff_ply (const unsigned char *bytes, size_t size)
{
  return STARTS ("ply\n") || STARTS ("ply\r");
}

static bool
sniff_gltf (const unsigned char *bytes, size_t size)
{
  const size_t i = skip_blank (bytes, size);
  if (STARTS ("glTF"))
    return true;
  return i < size && bytes[i] == '{' && memmem (bytes, size, "\"asset\"", 7) != NULL
         && (memmem (bytes, size, "\"meshes\"", 8) != NULL || memmem (bytes, size, "\"accessors\"", 11) != NULL
             || memmem (bytes, size, "\"bufferViews\"", 13) != NULL || memmem (bytes, size, "\"scenes\"", 8) != NULL);
}

/* A binary file has no mark: the number of triangles makes sense, and the first normals are of length 1 or 0. */
static bool
sniff_stl (const unsigned char *bytes, size_t size)
{
  uint32_t n;
  if (size >= 5 && g_ascii_strncasecmp ((const char *) bytes, "solid", 5) == 0)
    return memmem (bytes, MIN (size, (size_t) 4096), "facet", 5) != NULL || memmem (bytes, MIN (size, (size_t) 4096), "FACET", 5) != NULL
           || memmem (bytes, MIN (size, (size_t) 4096), "endsolid", 8) != NULL || size >= 134;
  if (size < 134)
    return false;
  n = (uint32_t) bytes[80] | (uint32_t) bytes[81] << 8 | (uint32_t) bytes[82] << 16 | (uint32_t) bytes[83] << 24;
  if (n == 0 || n > 100000000)
    return false;
  for (size_t t = 0; t < MIN (n, 16u) && 84 + 50 * (t + 1) <= size; t++)
    {
      double squared = 0;
      for (size_t k = 0; k < 12; k++)
        {
          const unsigned char *p = bytes + 84 + 50 * t + 4 * k;
          const uint32_t bits = (uint32_t) p[0] | (uint32_t) p[1] << 8 | (uint32_t) p[2] << 16 | (uint32_t) p[3] << 24;
          float value;
          memcpy (&value, &bits, sizeof value);
          if (k < 3)
            squared += (double) value * (double) value;
          else if (value > 1e15f || value < -1e15f)
            return false;
        }
      /* Written so that a normal that is no number passes: it does not matter. */
      if (squared > 2.25 || (squared > 0 && squared < 0.25))
        return false;
    }
  return true;
}

static bool
sniff_hdf5 (const unsigned char *bytes, size_t size)
{
  return STARTS ("\x89HDF\r\n\x1a\n");
}

static bool
sniff_picture (const unsigned char *bytes, size_t size)
{
  return STARTS ("\x89PNG") || STARTS ("\xff\xd8\xff") || STARTS ("GIF8") || STARTS ("%PDF");
}

static bool
sniff_utf16 (const unsigned char *bytes, size_t size)
{
  return STARTS ("\xff\xfe") || STARTS ("\xfe\xff");
}

static const char *const none[] = { NULL };
static const char *const pdb_suffixes[] = { "pdb", "ent", "pdb1", "pqr", "pdbqt", NULL };
static const char *const pdb_types[] = { "chemical/x-pdb", NULL };
static const char *const cif_suffixes[] = { "cif", "mmcif", "mcif", NULL };
static const char *const cif_types[] = { "chemical/x-mmcif", "chemical/x-cif", NULL };
static const char *const map_suffixes[] = { "ccp4", "map", "mrc", NULL };
static const char *const map_types[] = { "application/x-ccp4-map", NULL };
static const char *const npy_suffixes[] = { "npy", NULL };
static const char *const npy_types[] = { "application/x-npy", NULL };
static const char *const obj_suffixes[] = { "obj", NULL };
static const char *const obj_types[] = { "model/obj", NULL };
static const char *const off_suffixes[] = { "off", NULL };
static const char *const ply_suffixes[] = { "ply", NULL };
static const char *const stl_suffixes[] = { "stl", NULL };
static const char *const stl_types[] = { "model/stl", NULL };
static const char *const gltf_suffixes[] = { "gltf", "glb", NULL };
static const char *const gltf_types[] = { "model/gltf+json", "model/gltf-binary", NULL };

/* Those with a sure mark come before those that are guessed from text. */
static const SwFormat table[] = {
  { "npy", SW_FORMAT_VOLUME, "NumPy", npy_suffixes, npy_types, NULL, sniff_npy },
  { "ccp4", SW_FORMAT_VOLUME, "CCP4/MRC", map_suffixes, map_types, NULL, sniff_map },
  { "packed", SW_FORMAT_REFUSED, N_ ("bzip2, xz or zstd"), none, none,
    N_ ("Unpack it first, or pack it with gzip."), sniff_packed },
  { "zip", SW_FORMAT_REFUSED, N_ ("ZIP archive"), none, none, N_ ("Unpack it first."), sniff_zip },
  { "mtz", SW_FORMAT_REFUSED, N_ ("MTZ reflections"), none, none,
    N_ ("Compute a CCP4 map from it first."), sniff_mtz },
  { "hdf5", SW_FORMAT_REFUSED, "HDF5", none, none, NULL, sniff_hdf5 },
  { "picture", SW_FORMAT_REFUSED, N_ ("picture or PDF document"), none, none, NULL, sniff_picture },
  { "bcif", SW_FORMAT_REFUSED, "BinaryCIF", none, none,
    N_ ("Get the entry as mmCIF (.cif) instead."), sniff_bcif },
  { "mmtf", SW_FORMAT_REFUSED, "MMTF", none, none, N_ ("Get the entry as mmCIF (.cif) instead."),
    sniff_mmtf },
  { "utf16", SW_FORMAT_REFUSED, N_ ("UTF-16 text"), none, none,
    N_ ("Save it as plain text (UTF-8)."), sniff_utf16 },
  { "mmcif", SW_FORMAT_STRUCTURE, "mmCIF", cif_suffixes, cif_types, NULL, sniff_mmcif },
  { "pdb", SW_FORMAT_STRUCTURE, "PDB", pdb_suffixes, pdb_types, NULL, sniff_pdb },
  { "ply", SW_FORMAT_SURFACE, "PLY", ply_suffixes, none, NULL, sniff_ply },
  { "off", SW_FORMAT_SURFACE, "OFF", off_suffixes, none, NULL, sniff_off },
  { "gltf", SW_FORMAT_SURFACE, "glTF", gltf_suffixes, gltf_types, NULL, sniff_gltf },
  { "obj", SW_FORMAT_SURFACE, "OBJ", obj_suffixes, obj_types, NULL, sniff_obj },
  { "json", SW_FORMAT_REFUSED, "JSON", none, none, N_ ("Get the entry as mmCIF (.cif) instead."),
    sniff_json },
  { "xml", SW_FORMAT_REFUSED, N_ ("XML or web page"), none, none,
    N_ ("Get the entry as mmCIF (.cif) instead; perhaps the download gave an error page."),
    sniff_xml },
  { "mol2", SW_FORMAT_REFUSED, "MOL2", none, none, N_ ("Convert it to PDB or mmCIF."), sniff_mol2 },
  { "sdf", SW_FORMAT_REFUSED, "MOL/SDF", none, none, N_ ("Convert it to PDB or mmCIF."),
    sniff_sdf },
  { "dx", SW_FORMAT_REFUSED, "OpenDX", none, none, N_ ("Convert it to a CCP4/MRC map."), sniff_dx },
  { "gro", SW_FORMAT_REFUSED, "GROMACS .gro", none, none, N_ ("Convert it to PDB (gmx editconf)."),
    sniff_gro },
  { "stl", SW_FORMAT_SURFACE, "STL", stl_suffixes, stl_types, NULL, sniff_stl },
};

const SwFormat *
sw_format_table (size_t *ret_n)
{
  *ret_n = G_N_ELEMENTS (table);
  return table;
}

static const SwFormat *
sniff_plain (const unsigned char *bytes, size_t size)
{
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].sniff (bytes, size))
      return &table[i];
  return NULL;
}

const SwFormat *
sw_format_sniff (const void *bytes, size_t size)
{
  const SwFormat *format;
  unsigned char *head;
  size_t n;
  if (!starts (bytes, size, "\x1f\x8b\x08", 3))
    return sniff_plain (bytes, size);
  head = g_malloc (HEAD + 1);
  n = sw_bytes_unpack_head (bytes, size, head, HEAD);
  head[n] = '\0';
  format = sniff_plain (head, n);
  g_free (head);
  return format;
}

const SwFormat *
sw_format_sniff_file (const char *path, GError **error)
{
  struct stat info;
  FILE *stream = NULL;
  unsigned char *head;
  const SwFormat *format;
  size_t n;
  if (stat (path, &info) == 0 && S_ISDIR (info.st_mode))
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, _ ("%s is a folder"), path);
      return NULL;
    }
  if (stat (path, &info) == 0 && !S_ISREG (info.st_mode))
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, _ ("%s is not a regular file"),
                   path);
      return NULL;
    }
  stream = g_fopen (path, "rb");
  if (stream == NULL)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO,
                   /* Translators: a file name and the reason given by the system */
                   _ ("Cannot open %s: %s"), path, g_strerror (errno));
      return NULL;
    }
  head = g_malloc (HEAD + 1);
  n = fread (head, 1, HEAD, stream);
  head[n] = '\0';
  fclose (stream);
  format = sw_format_sniff (head, n);
  g_free (head);
  return format;
}
