/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the colours of a molecule mean, and that every representation is drawn where its atoms are. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "render/headless.h"
#include "render/shapes-private.h"

#define N_RESIDUES 12
#define SIDE 260

typedef struct
{
  float positions[N_RESIDUES + 1][3];
  uint8_t elements[N_RESIDUES + 1];
  uint32_t residue_of[N_RESIDUES + 1];
  float b_factors[N_RESIDUES + 1];
  uint32_t bonds[N_RESIDUES - 1][2];
  SwMoleculeResidue residues[N_RESIDUES + 1];
} Chain;

static const char *const chain_names[] = { "A", "Lig", NULL };

/* A helix of C-alpha atoms, half alanine and half lysine, and a zinc of a second chain. */
static void
chain_init (Chain *c, SwMolecule *ret)
{
  memset (c, 0, sizeof *c);
  for (int i = 0; i <= N_RESIDUES; i++)
    {
      const double angle = 100.0 * i * M_PI / 180.0;
      const bool is_zinc = i == N_RESIDUES;
      c->positions[i][0] = is_zinc ? 9.0f : (float) (2.3 * cos (angle));
      c->positions[i][1] = is_zinc ? 0.0f : (float) (1.5 * (i - 0.5 * (N_RESIDUES - 1)));
      c->positions[i][2] = is_zinc ? 0.0f : (float) (2.3 * sin (angle));
      c->elements[i] = is_zinc ? 30 : 6;
      c->residue_of[i] = (uint32_t) i;
      c->b_factors[i] = (float) (i * 10);
      c->residues[i] = (SwMoleculeResidue){ .ca = is_zinc ? -1 : i, .o = -1, .chain = is_zinc, .secondary = is_zinc ? 0 : 1 };
      c->residues[i].type = is_zinc ? '\0' : i < N_RESIDUES / 2 ? 'A' : 'K';
      if (i + 1 < N_RESIDUES)
        {
          c->bonds[i][0] = (uint32_t) i;
          c->bonds[i][1] = (uint32_t) i + 1;
        }
    }
  *ret = (SwMolecule){ .n_atoms = N_RESIDUES + 1,
                       .positions = (const float (*)[3]) c->positions,
                       .elements = c->elements,
                       .residue_of = c->residue_of,
                       .n_bonds = N_RESIDUES - 1,
                       .bonds = (const uint32_t (*)[2]) c->bonds,
                       .n_residues = N_RESIDUES + 1,
                       .residues = c->residues,
                       .b_factors = c->b_factors,
                       .chain_names = chain_names };
}

static void
test_legends (void)
{
  SwScene *scene = sw_scene_new ();
  SwColorLegend legend;
  SwMolecule molecule;
  Chain chain;
  chain_init (&chain, &molecule);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_false (legend.is_shown);
  sw_scene_set_molecule (scene, SW_PANE_ALL, &molecule);

  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_SPHERES, SW_COLOR_ELEMENT);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_true (legend.is_shown);
  g_assert_cmpuint (legend.n_entries, ==, 2);
  g_assert_cmpstr (legend.entries[0].label, ==, "C");
  g_assert_cmpstr (legend.entries[1].label, ==, "Zn");

  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_CARTOON, SW_COLOR_CHAIN);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_cmpuint (legend.n_entries, ==, 2);
  g_assert_cmpstr (legend.entries[1].label, ==, "Lig");

  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_CARTOON, SW_COLOR_RESIDUE);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_cmpuint (legend.n_entries, ==, 3); /* hydrophobic, positive, other */

  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_CARTOON, SW_COLOR_B_FACTOR);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_true (legend.is_scale);
  g_assert_cmpstr (legend.low, ==, "0");
  g_assert_cmpstr (legend.high, ==, "120");

  /* The legend shows the very colours of the atoms. */
  for (int s = SW_COLOR_ELEMENT; s < SW_COLOR_GIVEN; s++)
    {
      sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_SPHERES, (SwColorScheme) s);
      sw_scene_get_color_legend (scene, 0, &legend);
      g_assert_true (legend.is_shown);
      for (size_t a = 0; a < molecule.n_atoms; a++)
        {
          uint8_t color[4];
          bool found = false;
          sw_pane_get_atom_color (&scene->panes[0], (SwColorScheme) s, a, color);
          for (size_t i = 0; i < legend.n_entries; i++)
            found |= memcmp (legend.entries[i].color, color, 4) == 0;
          for (size_t i = 0; legend.is_scale && i < G_N_ELEMENTS (legend.scale); i++)
            found |= abs (legend.scale[i][0] - color[0]) + abs (legend.scale[i][1] - color[1])
                         + abs (legend.scale[i][2] - color[2])
                     < 16;
          if (!found)
            g_error ("%s: the colour of atom %u is not in the legend", sw_color_scheme_name ((SwColorScheme) s), (unsigned) a);
        }
    }

  /* Without B-factors there is nothing to explain. */
  molecule.b_factors = NULL;
  sw_scene_set_molecule (scene, SW_PANE_ALL, &molecule);
  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_CARTOON, SW_COLOR_B_FACTOR);
  sw_scene_get_color_legend (scene, 0, &legend);
  g_assert_false (legend.is_shown);
  sw_scene_free (scene);
}

static void
test_residue_classes (void)
{
  size_t n[SW_N_RESIDUE_CLASSES] = { 0 };
  for (const char *letter = "ACDEFGHIKLMNPQRSTVWY"; *letter != '\0'; letter++)
    n[sw_residue_class (*letter)]++;
  g_assert_cmpuint (n[SW_RESIDUE_CLASS_OTHER], ==, 0);
  g_assert_cmpuint (n[SW_RESIDUE_CLASS_HYDROPHOBIC], ==, 6);
  g_assert_cmpint (sw_residue_class ('\0'), ==, SW_RESIDUE_CLASS_OTHER);
  g_assert_cmpint (sw_residue_class ('X'), ==, SW_RESIDUE_CLASS_OTHER);
}

#define N 24

/* Two atoms far apart: the surface around each has its colour, also after a turn of the input that the density has seen. */
static void
test_surface (void)
{
  const float positions[2][3] = { { -5, 0, 0 }, { 5, 1, 0 } };
  const uint8_t elements[2] = { 7, 8 };
  const SwGridGeometry grid = { .n = { N, N, N }, .spacing = 1.0 };
  const SwQuat rotation = sw_quat_from_axis_angle ((const double[3]){ 0, 0, 1 }, 1.1);
  double matrix[9];
  sw_quat_to_matrix (rotation, matrix);
  g_autofree float *density = g_new0 (float, N * N * N);
  for (int a = 0; a < 2; a++)
    {
      const double p[3] = { positions[a][0], positions[a][1], positions[a][2] };
      double q[3];
      sw_rotation_apply (matrix, p, q);
      for (int z = 0; z < N; z++)
        for (int y = 0; y < N; y++)
          for (int x = 0; x < N; x++)
            {
              const double d[3] = { x - 0.5 * (N - 1) - q[0], y - 0.5 * (N - 1) - q[1], z - 0.5 * (N - 1) - q[2] };
              density[(z * N + y) * N + x] += (float) exp (-(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / 4.0);
            }
    }
  double largest = 0.0;
  for (int v = 0; v < N * N * N; v++)
    largest = fmax (largest, density[v]);
  SwScene *scene = sw_scene_new ();
  sw_scene_set_molecule (scene, 0, &(SwMolecule){ .n_atoms = 2, .positions = positions, .elements = elements });
  sw_scene_set_molecule_style (scene, 0, SW_MOLECULE_SURFACE, SW_COLOR_ELEMENT);
  g_assert_cmpint (sw_pane_get_style (&scene->panes[0]), ==, SW_MOLECULE_BALL_AND_STICK); /* no density yet */
  sw_scene_set_density (scene, 0, &grid, density, &(SwFieldStyle){ .is_hidden = true });
  /* The molecule has turned a little further than the density's result. */
  const SwQuat rest = sw_quat_from_axis_angle ((const double[3]){ 0, 1, 0 }, 0.3);
  sw_scene_set_input_rotation (scene, 0, sw_quat_multiply (rest, rotation));
  sw_scene_set_density_rotation (scene, 0, rest);
  g_assert_cmpint (sw_pane_get_style (&scene->panes[0]), ==, SW_MOLECULE_SURFACE);
  SwLegend hidden;
  sw_scene_get_density_legend (scene, 0, &hidden);
  g_assert_false (hidden.is_shown);

  SwMesh mesh = sw_mesh_new ();
  sw_surface_build (&scene->panes[0], &mesh);
  /* Closed: every edge in two triangles, once in each direction. */
  g_autoptr (GHashTable) edges = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint t = 0; t < mesh.indices->len; t += 3)
    for (int k = 0; k < 3; k++)
      {
        const uint32_t a = g_array_index (mesh.indices, uint32_t, t + (guint) k);
        const uint32_t b = g_array_index (mesh.indices, uint32_t, t + (guint) (k + 1) % 3);
        gint64 *key = g_new (gint64, 1);
        *key = (gint64) a << 32 | b;
        g_assert_true (g_hash_table_add (edges, key));
      }
  size_t n_found[2] = { 0, 0 };
  for (guint t = 0; t < mesh.indices->len; t += 3)
    for (int k = 0; k < 3; k++)
      {
        const uint32_t a = g_array_index (mesh.indices, uint32_t, t + (guint) k);
        const uint32_t b = g_array_index (mesh.indices, uint32_t, t + (guint) (k + 1) % 3);
        const gint64 back = (gint64) b << 32 | a;
        g_assert_true (g_hash_table_contains (edges, &back));
      }
  for (guint i = 0; i < mesh.vertices->len; i++)
    {
      const SwMeshVertex *v = &g_array_index (mesh.vertices, SwMeshVertex, i);
      double distances[2];
      for (int a = 0; a < 2; a++)
        {
          const double p[3] = { positions[a][0], positions[a][1], positions[a][2] };
          double q[3];
          sw_rotation_apply (matrix, p, q);
          distances[a] = hypot (hypot (v->position[0] - q[0], v->position[1] - q[1]), v->position[2] - q[2]);
        }
      const int nearest = distances[1] < distances[0];
      uint8_t color[4];
      sw_color_element (elements[nearest], color);
      g_assert_cmpmem (v->color, 4, color, 4);
      n_found[nearest]++;
      /* exp (-d^2 / 4) = level; the other atom adds nothing. Between voxels, up to 1.7 apart along a diagonal, the density is taken as straight and the surface lies a little outside. */
      g_assert_cmpfloat_with_epsilon (distances[nearest], sqrt (-4.0 * log (SW_SURFACE_LEVEL * largest)), 0.36);
    }
  g_assert_cmpuint (n_found[0], >, 50);
  g_assert_cmpuint (n_found[1], >, 50);
  sw_mesh_clear (&mesh);
  sw_scene_free (scene);
}

/* Every representation covers the pixels of its atoms, and little else. */
static void
test_representations (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  if (headless == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  SwMolecule molecule;
  Chain chain;
  chain_init (&chain, &molecule);
  const SwGridGeometry grid = { .n = { N, N, N }, .spacing = 1.25 };
  g_autofree float *density = g_new0 (float, N * N * N);
  for (size_t a = 0; a < molecule.n_atoms; a++)
    for (int z = 0; z < N; z++)
      for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++)
          {
            const double d[3] = { (x - 0.5 * (N - 1)) * 1.25 - chain.positions[a][0], (y - 0.5 * (N - 1)) * 1.25 - chain.positions[a][1],
                                  (z - 0.5 * (N - 1)) * 1.25 - chain.positions[a][2] };
            density[(z * N + y) * N + x] += (float) exp (-(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]) / 4.0);
          }
  for (int style = SW_MOLECULE_BALL_AND_STICK; style < SW_MOLECULE_OFF; style++)
    {
      SwScene *scene = sw_scene_new ();
      SwCamera camera;
      sw_scene_set_background (scene, SW_BACKGROUND_TRANSPARENT);
      sw_scene_set_effects (scene, 0.0, 0.0, 0.0);
      sw_scene_set_molecule (scene, 0, &molecule);
      sw_scene_set_molecule_style (scene, 0, (SwMoleculeStyle) style, SW_COLOR_CHAIN);
      sw_scene_set_density (scene, 0, &grid, density, &(SwFieldStyle){ .is_hidden = true });
      sw_scene_fit (scene, SW_PANE_ALL, SIDE, SIDE);
      sw_scene_get_camera (scene, 0, &camera);
      g_autofree uint8_t *pixels = sw_headless_render (headless, scene, SIDE, SIDE, SW_QUALITY_REST, &error);
      g_assert_no_error (error);
      size_t n_covered = 0, n_pixels = 0;
      for (size_t a = 0; a < molecule.n_atoms; a++)
        {
          double x, y, depth;
          const double p[3] = { chain.positions[a][0], chain.positions[a][1], chain.positions[a][2] };
          sw_camera_project (&camera, p, SIDE, SIDE, &x, &y, &depth);
          const uint8_t *pixel = pixels + 4 * ((int) y * SIDE + (int) x);
          n_covered += pixel[3] > 200;
          /* Blue chain A, orange zinc; balls beside ribbons have the colours of elements. */
          if (a < N_RESIDUES)
            g_assert_cmpint (pixel[2], >, pixel[0]);
          else if (style != SW_MOLECULE_CARTOON && style != SW_MOLECULE_TRACE)
            g_assert_cmpint (pixel[0], >, pixel[2]);
        }
      for (int i = 0; i < SIDE * SIDE; i++)
        n_pixels += pixels[4 * i + 3] > 128;
      g_test_message ("%s: %u of %u atoms covered, %u pixels", sw_molecule_style_name ((SwMoleculeStyle) style),
                      (unsigned) n_covered, (unsigned) molecule.n_atoms, (unsigned) n_pixels);
      g_assert_cmpuint (n_covered, ==, molecule.n_atoms);
      g_assert_cmpuint (n_pixels, >, 500);
      g_assert_cmpuint (n_pixels, <, SIDE * SIDE / 2);
      sw_scene_free (scene);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/render/molecule-look/legends", test_legends);
  g_test_add_func ("/render/molecule-look/residue-classes", test_residue_classes);
  g_test_add_func ("/render/molecule-look/surface", test_surface);
  g_test_add_func ("/render/molecule-look/representations", test_representations);
  return g_test_run ();
}
