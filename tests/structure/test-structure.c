/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <zlib.h>

#include "structure/structure.h"

static char *folder;

#define LINE(record, serial, name, alt, residue, chain, number, x, occupancy, element) \
  record serial " " name alt residue " " chain number "   " x "   0.000   0.000" occupancy " 10.00          " element "  \n"

/* Two conformers of a serine, B the better; a hydrogen, a water, a zinc ion; two models. */
static const char pdb_text[] =
  "HEADER    TEST                                    01-JAN-00   9XYZ              \n"
  "TITLE     A TEST                                                                \n"
  "CRYST1   20.000   30.000   40.000  90.00  90.00  90.00 P 21 21 21    4          \n"
  "MODEL        1\n"
  LINE ("ATOM  ", "    1", " N  ", " ", "SER", "A", "   1 ", "   0.000", "  1.00", " N")
  LINE ("ATOM  ", "    2", " CA ", "A", "SER", "A", "   1 ", "   1.450", "  0.30", " C")
  LINE ("ATOM  ", "    3", " CA ", "B", "SER", "A", "   1 ", "   1.500", "  0.70", " C")
  LINE ("ATOM  ", "    4", " C  ", " ", "SER", "A", "   1 ", "   2.950", "  1.00", " C")
  LINE ("ATOM  ", "    5", " H  ", " ", "SER", "A", "   1 ", "  -0.900", "  1.00", " H")
  LINE ("ATOM  ", "    6", " N  ", " ", "GLY", "B", "   7A", "  10.000", "  1.00", " N")
  LINE ("ATOM  ", "    7", " CA ", " ", "GLY", "B", "   7A", "  11.450", "  1.00", " C")
  LINE ("HETATM", "    8", "ZN  ", " ", " ZN", "A", " 101 ", "   6.500", "  1.00", "ZN")
  LINE ("HETATM", "    9", " O  ", " ", "HOH", "A", " 201 ", "   8.000", "  1.00", " O")
  "ENDMDL\n"
  "MODEL        2\n"
  LINE ("ATOM  ", "    1", " CA ", " ", "SER", "A", "   1 ", "   3.000", "  1.00", " C")
  "ENDMDL\nEND\n";

static SwStructure *
load (const char *text, const SwLoadOptions *options)
{
  g_autoptr (GError) error = NULL;
  SwStructure *structure = sw_structure_load_bytes (text, strlen (text), "test", options, NULL, &error);
  g_assert_no_error (error);
  return structure;
}

static void
refuse (const char *text, const SwLoadOptions *options, int code, const char *fragment)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (sw_structure_load_bytes (text, strlen (text), "test", options, NULL, &error));
  g_assert_error (error, SW_STRUCTURE_ERROR, code);
  if (strstr (error->message, fragment) == NULL || strstr (error->message, "test") == NULL)
    g_error ("message without \"%s\": %s", fragment, error->message);
}

static size_t
count_of (const SwStructure *structure, const char *code)
{
  for (size_t i = 0; i < structure->report.n_items; i++)
    if (strcmp (structure->report.items[i].code, code) == 0)
      return structure->report.items[i].count;
  return 0;
}

static void
test_defaults (void)
{
  g_autoptr (SwStructure) s = load (pdb_text, NULL);
  g_assert_cmpuint (s->n_atoms, ==, 6);
  g_assert_cmpuint (s->n_models, ==, 2);
  g_assert_cmpuint (s->n_chains, ==, 2);
  g_assert_cmpuint (s->n_ca, ==, 2);
  g_assert_cmpstr (s->entry_id, ==, "9XYZ");
  g_assert_cmpstr (s->title, ==, "A TEST");
  g_assert_cmpstr (s->space_group, ==, "P 21 21 21");
  g_assert_cmpfloat (s->cell[2], ==, 40);
  g_assert_cmpfloat (s->positions[1][0], ==, 1.5);
  g_assert_cmpint (s->altlocs[1], ==, 'B');
  g_assert_cmpstr (s->atom_names[1], ==, "CA");
  g_assert_true (s->flags[1] & SW_ATOM_CA);
  g_assert_cmpuint (count_of (s, "altlocs"), ==, 1);
  g_assert_cmpuint (count_of (s, "hydrogens"), ==, 1);
  g_assert_cmpuint (count_of (s, "waters"), ==, 1);
  g_assert_cmpint (s->residues[s->chains[1].residue_first].insertion, ==, 'A');
  g_assert_cmpint (s->residues[s->chains[1].residue_first].number, ==, 7);
  /* N-CA and CA-C of serine, N-CA of glycine. */
  g_assert_cmpuint (s->n_bonds, ==, 3);
  g_assert_cmpuint (s->bonds[0][0], ==, 0);
  g_assert_cmpuint (s->bonds[0][1], ==, 1);
}

static void
test_choices (void)
{
  static const struct
  {
    SwLoadOptions options;
    size_t n_atoms;
    double ca; /* x of the first C-alpha */
  } cases[] = {
    { { .altloc = SW_ALTLOC_FIRST }, 6, 1.45 },
    { { .altloc = SW_ALTLOC_ALL }, 7, 1.45 },
    { { .altloc = SW_ALTLOC_LETTER, .altloc_letter = 'A' }, 6, 1.45 },
    { { .altloc = SW_ALTLOC_LETTER, .altloc_letter = 'C' }, 5, 11.45 },
    { { .hydrogens = true }, 7, 1.5 },
    { { .waters = true }, 7, 1.5 },
    { { .no_ligands = true }, 5, 1.5 },
    { { .model = 2 }, 1, 3 },
    { { .selection = "A" }, 4, 1.5 },
    { { .selection = "B/7.A" }, 2, 11.45 },
    { { .selection = "//B" }, 2, 11.45 },
    { { .selection = "CA[C]" }, 2, 1.5 },
    { { .selection = "B:7A" }, 2, 11.45 },
    { { .selection = "B:7" }, 2, 11.45 },
    { { .selection = "A:-5-999" }, 4, 1.5 },
    { { .selection = "A:-5-999,B:" }, 6, 1.5 },
    { { .selection = "C:1-2,B:3-5,7A-9" }, 2, 11.45 },
    { { .selection = "(SER)" }, 3, 1.5 },
    { { .selection = ";polymer" }, 5, 1.5 },
    { { .selection = ";q>0.9" }, 5, 11.45 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SwStructure) s = load (pdb_text, &cases[i].options);
      size_t first = 0;
      g_assert_cmpuint (s->n_atoms, ==, cases[i].n_atoms);
      while (!(s->flags[first] & SW_ATOM_CA))
        first++;
      g_assert_cmpfloat (s->positions[first][0], ==, cases[i].ca);
    }
}

static void
test_refused (void)
{
  refuse (pdb_text, &(SwLoadOptions){ .model = 3 }, SW_STRUCTURE_ERROR_OPTIONS, "only 2");
  refuse (pdb_text, &(SwLoadOptions){ .selection = "C" }, SW_STRUCTURE_ERROR_EMPTY, "fits none of its 9 atoms");
  refuse (pdb_text, &(SwLoadOptions){ .selection = "B:7B-9" }, SW_STRUCTURE_ERROR_EMPTY, "fits none of its 9 atoms");
  refuse (pdb_text, &(SwLoadOptions){ .selection = "B:8-999999999999" }, SW_STRUCTURE_ERROR_OPTIONS, "syntax");
  refuse (pdb_text, &(SwLoadOptions){ .selection = "A/(SER/x" }, SW_STRUCTURE_ERROR_OPTIONS, "syntax");
  refuse (pdb_text, &(SwLoadOptions){ .assembly = "1" }, SW_STRUCTURE_ERROR_OPTIONS, "no assembly");
  refuse ("", NULL, SW_STRUCTURE_ERROR_EMPTY, "empty");
  refuse ("no structure at all\n", NULL, SW_STRUCTURE_ERROR_FORMAT, "not a structure");
  refuse (LINE ("ATOM  ", "    1", " N  ", " ", "SER", "A", "   1 ", "9999999.", "  1.00", " N") "END\n",
          NULL, SW_STRUCTURE_ERROR_COORDINATES, "line 1: a coordinate is impossibly large");
  refuse ("data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n1 0 0 nan\n",
          NULL, SW_STRUCTURE_ERROR_COORDINATES, "\"nan\" is not a number");
  refuse ("data_x\nloop_\n_atom_site.id\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\n1 0 1e300 0\n",
          NULL, SW_STRUCTURE_ERROR_COORDINATES, "impossibly large");
}

static void
test_elements (void)
{
  static const struct
  {
    const char *line;
    unsigned element;
  } cases[] = {
    { LINE ("ATOM  ", "    1", " CA ", " ", "GLY", "A", "   1 ", "   0.000", "  1.00", "  "), 6 },
    { LINE ("ATOM  ", "    1", " CA ", " ", "GLY", "A", "   1 ", "   0.000", "  1.00", "CA"), 6 },
    { LINE ("HETATM", "    1", "CA  ", " ", " CA", "A", "   1 ", "   0.000", "  1.00", "  "), 20 },
    { LINE ("HETATM", "    1", "CA  ", " ", " CA", "A", "   1 ", "   0.000", "  1.00", "CA"), 20 },
    { LINE ("ATOM  ", "    1", "HG11", " ", "VAL", "A", "   1 ", "   0.000", "  1.00", "  "), 1 },
    { LINE ("ATOM  ", "    1", "1HB ", " ", "ALA", "A", "   1 ", "   0.000", "  1.00", "  "), 1 },
    { LINE ("ATOM  ", "    1", " D  ", " ", "ALA", "A", "   1 ", "   0.000", "  1.00", " D"), 1 },
    { LINE ("HETATM", "    1", "FE  ", " ", "HEM", "A", "   1 ", "   0.000", "  1.00", "  "), 26 },
    { LINE ("HETATM", "    1", "SE  ", " ", "MSE", "A", "   1 ", "   0.000", "  1.00", "  "), 34 },
    { LINE ("HETATM", "    1", "AC5 ", " ", "AP5", "A", "   1 ", "   0.000", "  1.00", "  "), 6 },
    { LINE ("HETATM", "    1", "CL  ", " ", " CL", "A", "   1 ", "   0.000", "  1.00", "CL"), 17 },
    { LINE ("ATOM  ", "    1", " NE1", " ", "TRP", "A", "   1 ", "   0.000", "  1.00", "  "), 7 },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const SwLoadOptions options = { .hydrogens = true };
      g_autoptr (SwStructure) s = load (cases[i].line, &options);
      if (s->elements[0] != cases[i].element)
        g_error ("%.30s: element %u, expected %u", cases[i].line, s->elements[0], cases[i].element);
    }
}

static void
test_assembly (void)
{
  static const char text[] =
    "data_T\nloop_\n_atom_site.group_PDB\n_atom_site.id\n_atom_site.type_symbol\n_atom_site.label_atom_id\n"
    "_atom_site.label_comp_id\n_atom_site.label_asym_id\n_atom_site.label_seq_id\n_atom_site.Cartn_x\n"
    "_atom_site.Cartn_y\n_atom_site.Cartn_z\n"
    "ATOM 1 C CA GLY A 1 1 2 3\nATOM 2 C CA GLY B 1 4 5 6\n"
    "loop_\n_pdbx_struct_assembly.id\n_pdbx_struct_assembly.details\n_pdbx_struct_assembly.method_details\n"
    "_pdbx_struct_assembly.oligomeric_details\n_pdbx_struct_assembly.oligomeric_count\n"
    "1 author_defined_assembly ? dimeric 2\n"
    "_pdbx_struct_assembly_gen.assembly_id 1\n_pdbx_struct_assembly_gen.oper_expression 1,2\n"
    "_pdbx_struct_assembly_gen.asym_id_list A\n"
    "loop_\n_pdbx_struct_oper_list.id\n_pdbx_struct_oper_list.type\n"
    "_pdbx_struct_oper_list.matrix[1][1]\n_pdbx_struct_oper_list.matrix[1][2]\n_pdbx_struct_oper_list.matrix[1][3]\n_pdbx_struct_oper_list.vector[1]\n"
    "_pdbx_struct_oper_list.matrix[2][1]\n_pdbx_struct_oper_list.matrix[2][2]\n_pdbx_struct_oper_list.matrix[2][3]\n_pdbx_struct_oper_list.vector[2]\n"
    "_pdbx_struct_oper_list.matrix[3][1]\n_pdbx_struct_oper_list.matrix[3][2]\n_pdbx_struct_oper_list.matrix[3][3]\n_pdbx_struct_oper_list.vector[3]\n"
    "1 'identity operation' 1 0 0 0 0 1 0 0 0 0 1 0\n2 x -1 0 0 10 0 -1 0 0 0 0 1 0\n";
  g_autoptr (SwStructure) plain = load (text, NULL);
  const SwLoadOptions options = { .assembly = "1" };
  g_autoptr (SwStructure) built = load (text, &options);
  g_autofree char *bomb = NULL;
  g_assert_cmpuint (plain->n_assemblies, ==, 1);
  g_assert_cmpstr (plain->assembly_names[0], ==, "1");
  g_assert_cmpuint (plain->n_atoms, ==, 2);
  g_assert_cmpuint (built->n_atoms, ==, 2);
  g_assert_cmpuint (built->n_chains, ==, 2);
  g_assert_cmpfloat (built->positions[1][0], ==, 9);
  g_assert_cmpfloat (built->positions[1][1], ==, -2);
  refuse (text, &(SwLoadOptions){ .assembly = "7" }, SW_STRUCTURE_ERROR_OPTIONS, "there is 1");
  /* An operator range of a thousand million is not expanded. */
  {
    g_auto (GStrv) parts = g_strsplit (text, "expression 1,2", 2);
    bomb = g_strjoinv ("expression (1-1000000000)", parts);
  }
  {
    g_autoptr (SwStructure) s = load (bomb, NULL);
    g_assert_cmpuint (s->n_assemblies, ==, 0);
    g_assert_cmpuint (count_of (s, "parts"), ==, 1);
  }
}

static void
test_files (void)
{
  g_autofree char *sparse = g_build_filename (folder, "large.pdb", NULL);
  g_autofree char *bomb = g_build_filename (folder, "bomb.pdb.gz", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing.pdb", NULL);
  g_autofree char *block = g_malloc0 (1 << 20);
  const char *paths[] = { folder, missing, sparse, bomb };
  static const int codes[] = { SW_STRUCTURE_ERROR_IO, SW_STRUCTURE_ERROR_IO, SW_STRUCTURE_ERROR_TOO_LARGE,
                               SW_STRUCTURE_ERROR_TOO_LARGE };
  static const char *const fragments[] = { "folder", "", "512 MB", "512 MB" };
  gzFile stream;

  g_assert_true (g_file_set_contents (sparse, "ATOM", 4, NULL));
  g_assert_cmpint (truncate (sparse, (off_t) 1 << 30), ==, 0);
  stream = gzopen (bomb, "wb1");
  for (int i = 0; i < 600; i++)
    g_assert_cmpint (gzwrite (stream, block, 1 << 20), ==, 1 << 20);
  gzclose (stream);
  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (sw_structure_load (paths[i], NULL, NULL, &error));
      g_assert_error (error, SW_STRUCTURE_ERROR, codes[i]);
      g_assert_nonnull (strstr (error->message, paths[i]));
      g_assert_nonnull (strstr (error->message, fragments[i]));
    }
  g_remove (sparse);
  g_remove (bomb);
}

/* Cut anywhere, a file opens with fewer atoms or is refused; it never crashes. */
static void
test_cut (void)
{
  for (size_t n = 0; n < sizeof pdb_text - 1; n += 7)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *copy = g_memdup2 (pdb_text, n > 0 ? n : 1);
      g_autoptr (SwStructure) s = sw_structure_load_bytes (copy, n, "cut", NULL, NULL, &error);
      if (s == NULL)
        g_assert_nonnull (strstr (error->message, "cut"));
      else
        g_assert_cmpuint (s->n_atoms, <=, 6);
    }
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_cancellable_cancel (cancellable);
  g_assert_null (sw_structure_load_bytes (pdb_text, strlen (pdb_text), "test", NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_round_trip (void)
{
  g_autoptr (SwStructure) s = load (pdb_text, NULL);
  const float values[6] = { 1, 2, 3, 4, 5, 6.5f };
  for (int mmcif = 0; mmcif < 2; mmcif++)
    {
      g_autofree char *path = g_build_filename (folder, "out", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SwStructure) back = NULL;
      g_assert_true (sw_structure_write (s, values, mmcif ? SW_WRITE_MMCIF : SW_WRITE_PDB, path, &error));
      g_assert_no_error (error);
      back = sw_structure_load (path, NULL, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (back->n_atoms, ==, s->n_atoms);
      g_assert_cmpstr (back->format, ==, mmcif ? "mmCIF" : "PDB");
      for (size_t a = 0; a < s->n_atoms; a++)
        {
          g_assert_cmpfloat (fabs (back->positions[a][0] - s->positions[a][0]), <, 1e-9);
          g_assert_cmpuint (back->elements[a], ==, s->elements[a]);
          g_assert_cmpfloat (fabsf (back->b_factors[a] - values[a]), <, 1e-4f);
          g_assert_cmpstr (back->atom_names[a], ==, s->atom_names[a]);
        }
      g_remove (path);
    }
  {
    g_autofree char *path = g_build_filename (folder, "no", "such", NULL);
    g_autoptr (GError) error = NULL;
    g_assert_false (sw_structure_write (s, NULL, SW_WRITE_PDB, path, &error));
    g_assert_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO);
  }
}

static void
test_input_atoms (void)
{
  const SwLoadOptions options = { .hydrogens = true, .waters = true };
  g_autoptr (SwStructure) s = load (pdb_text, &options);
  g_autoptr (GError) error = NULL;
  g_autoptr (SwInputAtoms) elements = sw_structure_dup_input_atoms (s, SW_CHANNELS_ELEMENT, SW_CENTRE_ORIGIN, &error);
  g_autoptr (SwInputAtoms) ca = sw_structure_dup_input_atoms (s, SW_CHANNELS_CA, SW_CENTRE_MEAN, &error);
  const double point[1][3] = { { 1, 2, 3 } };
  g_autoptr (SwStructure) one = sw_structure_new_from_points (1, point, NULL, "one", &error);
  SwChannels channels;
  g_assert_cmpuint (elements->n_atoms, ==, 8);
  g_assert_cmpuint (elements->n_channels, ==, 6);
  for (size_t a = 0; a < 8; a++)
    {
      const char *symbol = sw_element_symbol (s->elements[elements->atoms[a]]);
      const char *channel = sw_channels_name (SW_CHANNELS_ELEMENT, elements->channels[a]);
      g_assert_cmpstr (channel, ==, strcmp (symbol, "Zn") == 0 ? "other" : symbol);
    }
  g_assert_cmpuint (ca->n_atoms, ==, 2);
  g_assert_cmpfloat (ca->centre[0], ==, (1.5 + 11.45) / 2);
  g_assert_cmpfloat (fabs (ca->radius - (11.45 - 1.5) / 2), <, 1e-12);
  g_assert_null (sw_structure_dup_input_atoms (one, SW_CHANNELS_CA, SW_CENTRE_MEAN, &error));
  g_assert_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_EMPTY);
  for (SwChannels c = SW_CHANNELS_ONE; c <= SW_CHANNELS_CA; c++)
    {
      g_assert_true (sw_channels_from_string (sw_channels_to_string (c), &channels));
      g_assert_cmpint (channels, ==, c);
    }
  g_assert_false (sw_channels_from_string ("sulphur", &channels));
}

/* An ideal alpha helix (100 degrees, 1.5 angstrom a residue) and a strand. */
static void
test_secondary (void)
{
  for (int strand = 0; strand < 2; strand++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (SwStructure) s = NULL;
      for (int i = 0; i < 20; i++)
        {
          const double angle = i * 100 * M_PI / 180;
          const double x = strand ? 0.9 * (i % 2) : 2.3 * cos (angle), y = strand ? 0 : 2.3 * sin (angle);
          char numbers[3][16];
          g_ascii_formatd (numbers[0], 16, "%.3f", x);
          g_ascii_formatd (numbers[1], 16, "%.3f", y);
          g_ascii_formatd (numbers[2], 16, "%.3f", (strand ? 3.35 : 1.5) * i);
          g_string_append_printf (text, "ATOM  %5d  CA  ALA A%4d    %8s%8s%8s  1.00  0.00           C  \n", i, i,
                                  numbers[0], numbers[1], numbers[2]);
        }
      s = load (text->str, NULL);
      g_assert_cmpint (s->secondary_source, ==, SW_SECONDARY_SOURCE_COMPUTED);
      for (size_t r = 2; r < 18; r++)
        g_assert_cmpint (s->residues[r].secondary, ==, strand ? SW_SECONDARY_STRAND : SW_SECONDARY_HELIX);
    }
}

/* Bonds against all pairs, on a box of random carbons. */
static void
test_bonds (void)
{
  double p[600][3];
  g_autoptr (GError) error = NULL;
  g_autoptr (SwStructure) s = NULL;
  size_t n = 0;
  for (int a = 0; a < 600; a++)
    for (int i = 0; i < 3; i++)
      p[a][i] = g_test_rand_double_range (-9, 9);
  s = sw_structure_new_from_points (600, (const double (*)[3]) p, NULL, NULL, &error);
  g_assert_no_error (error);
  for (uint32_t a = 0; a < 600; a++)
    for (uint32_t b = a + 1; b < 600; b++)
      {
        const double d = hypot (hypot (p[a][0] - p[b][0], p[a][1] - p[b][1]), p[a][2] - p[b][2]);
        if (d > 0.4 && d < 2 * (double) 0.73f + 0.4)
          {
            g_assert_cmpuint (n, <, s->n_bonds);
            g_assert_cmpuint (s->bonds[n][0], ==, a);
            g_assert_cmpuint (s->bonds[n][1], ==, b);
            n++;
          }
      }
  g_assert_cmpuint (n, ==, s->n_bonds);
  g_assert_cmpuint (n, >, 100);
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-structure-XXXXXX", NULL);
  g_test_add_func ("/structure/structure/defaults", test_defaults);
  g_test_add_func ("/structure/structure/choices", test_choices);
  g_test_add_func ("/structure/structure/refused", test_refused);
  g_test_add_func ("/structure/structure/elements", test_elements);
  g_test_add_func ("/structure/structure/assembly", test_assembly);
  g_test_add_func ("/structure/structure/files", test_files);
  g_test_add_func ("/structure/structure/cut", test_cut);
  g_test_add_func ("/structure/structure/cancelled", test_cancelled);
  g_test_add_func ("/structure/structure/round-trip", test_round_trip);
  g_test_add_func ("/structure/structure/input-atoms", test_input_atoms);
  g_test_add_func ("/structure/structure/secondary", test_secondary);
  g_test_add_func ("/structure/structure/bonds", test_bonds);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
