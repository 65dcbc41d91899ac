/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What does a second of dragging cost? Processor time (all threads) of one comparison and of one coarse frame of the window's
 * scene, the frame also without each of its parts. Ten comparisons and thirty frames a second must fit into two seconds of
 * two processors: 10 C + 30 F < 2000 ms. Answers in RESULTS.md, "The window".
 *   bench-drag STRUCTURE [WIDTH HEIGHT [PREFIX]]      PREFIX: also writes the frame, coarse and at rest, as PNG
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <epoxy/gl.h>

#include "base/timer.h"
#include "render/headless.h"
#include "workbench/comparison.h"

#define N_COMPARISONS 20
#define N_FRAMES 30

static double
processor_time (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static SwQuat
turned (int i)
{
  const double axis[3] = { 0.3, 0.8, 0.5 };
  return sw_quat_from_axis_angle (axis, 0.05 * (i + 1));
}

static SwGridGeometry
geometry (size_t size, double spacing, double centre)
{
  const double middle = (0.5 * (double) (size - 1) - centre) * spacing;
  return (SwGridGeometry){ { size, size, size }, spacing, { middle, middle, middle } };
}

static void
set_molecule (SwScene *scene, const SwStructure *structure, const double centre[3])
{
  g_autofree float *positions = g_new (float, 3 * structure->n_atoms);
  g_autofree SwMoleculeResidue *residues = g_new0 (SwMoleculeResidue, structure->n_residues);
  for (size_t i = 0; i < 3 * structure->n_atoms; i++)
    positions[i] = (float) (structure->positions[i / 3][i % 3] - centre[i % 3]);
  for (size_t i = 0; i < structure->n_residues; i++)
    residues[i] = (SwMoleculeResidue){ structure->residues[i].ca, -1, structure->residues[i].chain,
                                       structure->residues[i].secondary };
  sw_scene_set_molecule (scene, SW_PANE_ALL,
                         &(SwMolecule){ .n_atoms = structure->n_atoms,
                                        .positions = (const float (*)[3]) (const void *) positions,
                                        .elements = structure->elements,
                                        .residue_of = structure->residue_of,
                                        .n_residues = structure->n_residues,
                                        .residues = residues });
  sw_scene_set_molecule_style (scene, SW_PANE_ALL, SW_MOLECULE_CARTOON, SW_COLOR_AUTO);
}

static void
set_fields (SwScene *scene, const SwComparison *comparison)
{
  const SwRunResult *run = comparison->at_rotation;
  const SwFieldPair *pair = comparison->pair;
  const SwGridGeometry box = geometry (run->input.size, run->input.spacing, run->input.centre);
  const SwGridGeometry grid = geometry (pair->size, pair->spacing, pair->centre);
  const SwFieldStyle density = { .is_sequential = true, .opacity = 0.25, .threshold = 0.12 };
  const SwFieldStyle field = { .range_max = (double) pair->magnitude,
                               .threshold = pair->l > 0 ? 0.12 : 0.0,
                               .opacity = pair->l == 0 ? 0.85 : 0.0 };
  sw_scene_set_density (scene, SW_PANE_ALL, &box, sw_run_result_get_field (run, -1), &density);
  sw_scene_set_box (scene, SW_PANE_ALL, &box, 0);
  sw_scene_set_field (scene, 0, pair->l, &grid, pair->f_of_rotated, &field);
  sw_scene_set_field (scene, 1, pair->l, &grid, pair->rotated_f, &field);
}

static void
bench_frames (SwScene *scene, SwRenderer *renderer, int width, int height, GLuint framebuffer, const char *name)
{
  double cpu = 0.0, start = 0.0;
  for (int i = -3; i < N_FRAMES; i++)
    {
      g_autoptr (GError) error = NULL;
      if (i == 0)
        {
          cpu = processor_time ();
          start = sw_timer_now ();
        }
      sw_scene_set_input_rotation (scene, SW_PANE_ALL, turned (i));
      sw_scene_set_field_rotation (scene, SW_PANE_ALL, turned (i % 3));
      sw_scene_set_density_rotation (scene, SW_PANE_ALL, turned (i % 3));
      if (!sw_renderer_draw (renderer, scene, framebuffer, width, height, 1.0, SW_QUALITY_INTERACTIVE, &error))
        g_error ("%s", error->message);
      glFinish ();
    }
  printf ("frame %-28s %7.1f ms of processors, %7.1f ms\n", name, (processor_time () - cpu) / N_FRAMES * 1e3,
          (sw_timer_now () - start) / N_FRAMES * 1e3);
}

int
main (int argc, char **argv)
{
  const int width = argc > 3 ? atoi (argv[2]) : 930, height = argc > 3 ? atoi (argv[3]) : 560;
  g_autoptr (GError) error = NULL;
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  g_autoptr (SwDocument) document = argc > 1 ? sw_document_load (argv[1], NULL, NULL, &error) : NULL;
  if (document == NULL)
    g_error ("%s", error != NULL ? error->message : "name a structure");
  g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &(SwModelRequest){ .network = "quick" }, &error);
  if (model == NULL)
    g_error ("%s", error->message);
  g_autoptr (SwWorker) worker = sw_worker_new (model, &(SwJobOptions){ .engine = SW_ENGINE_BANDLIMITED }, &error);
  g_autoptr (SwComparison) comparison = NULL;
  const int layer = sw_worker_find_layer (worker, "layer3.gate");
  const size_t copy = sw_worker_default_copy (worker, layer);
  double cpu = 0.0, start = 0.0, network = 0.0;
  for (int i = -2; i < N_COMPARISONS; i++)
    {
      if (i == 0)
        {
          cpu = processor_time ();
          start = sw_timer_now ();
        }
      g_clear_pointer (&comparison, sw_comparison_unref);
      comparison = sw_worker_compare (worker, document, turned (i + 2), layer, copy, 500, NULL, &error);
      if (comparison == NULL)
        g_error ("%s", error->message);
      network += i >= 0 ? comparison->at_rotation->seconds_forward : 0.0;
    }
  printf ("comparison                         %7.1f ms of processors, %7.1f ms (network %.1f)\n",
          (processor_time () - cpu) / N_COMPARISONS * 1e3, (sw_timer_now () - start) / N_COMPARISONS * 1e3,
          network / N_COMPARISONS * 1e3);

  g_autoptr (SwRunResult) identity = sw_worker_run (worker, document, SW_QUAT_IDENTITY, layer, NULL, &error);
  SwLayerError layer_error;
  double parts[3] = { 0.0 };
  for (int i = -2; i < N_COMPARISONS; i++)
    {
      const double t0 = processor_time ();
      g_autoptr (SwRunResult) run = sw_worker_run (worker, document, turned (i + 2), layer, NULL, &error);
      const double t1 = processor_time ();
      if (!sw_compare_layer (identity, run, layer, 500, 0, &layer_error, &error))
        g_error ("%s", error->message);
      const double t2 = processor_time ();
      g_autoptr (SwFieldPair) pair = sw_field_pair_new (identity, run, layer, copy, &error);
      if (pair == NULL)
        g_error ("%s", error->message);
      const double t3 = processor_time ();
      if (i >= 0)
        {
          parts[0] += t1 - t0;
          parts[1] += t2 - t1;
          parts[2] += t3 - t2;
        }
    }
  printf ("  run %.1f, error of the layer %.1f, picture %.1f ms of processors\n", parts[0] / N_COMPARISONS * 1e3,
          parts[1] / N_COMPARISONS * 1e3, parts[2] / N_COMPARISONS * 1e3);

  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  if (headless == NULL)
    g_error ("%s", error->message);
  sw_headless_make_current (headless);
  GLuint texture, framebuffer;
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glGenFramebuffers (1, &framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);

  SwScene *scene = sw_scene_new ();
  SwRenderer *renderer = sw_renderer_new ();
  double centre[3];
  SwCamera camera;
  sw_worker_get_input_centre (worker, centre);
  sw_scene_set_n_panes (scene, 2);
  set_molecule (scene, document->structure, centre);
  set_fields (scene, comparison);
  sw_scene_get_camera (scene, 0, &camera);
  camera.orientation = sw_camera_standard (6);
  sw_scene_set_camera (scene, SW_PANE_ALL, &camera);
  sw_scene_fit (scene, SW_PANE_ALL, width, height);
  bench_frames (scene, renderer, width, height, framebuffer, "whole");
  if (argc > 4)
    for (int quality = SW_QUALITY_INTERACTIVE; quality <= SW_QUALITY_REST; quality++)
      {
        g_autofree char *path = g_strdup_printf ("%s%d.png", argv[4], quality);
        sw_scene_set_field_rotation (scene, SW_PANE_ALL, SW_QUAT_IDENTITY);
        sw_scene_set_density_rotation (scene, SW_PANE_ALL, SW_QUAT_IDENTITY);
        sw_scene_set_input_rotation (scene, SW_PANE_ALL, comparison->at_rotation->rotation);
        if (!sw_headless_render_png (headless, scene, width, height, (SwQuality) quality, path, NULL, &error))
          g_error ("%s", error->message);
        sw_headless_make_current (headless);
      }
  sw_scene_set_effects (scene, 1.0, 0.0, 1.0);
  bench_frames (scene, renderer, width, height, framebuffer, "without occlusion");
  sw_scene_set_effects (scene, 1.0, 1.0, 1.0);
  sw_scene_set_molecule_style (scene, SW_PANE_ALL, SW_MOLECULE_OFF, SW_COLOR_AUTO);
  bench_frames (scene, renderer, width, height, framebuffer, "without molecule");
  sw_scene_set_molecule_style (scene, SW_PANE_ALL, SW_MOLECULE_CARTOON, SW_COLOR_AUTO);
  sw_scene_set_density (scene, SW_PANE_ALL, NULL, NULL, NULL);
  bench_frames (scene, renderer, width, height, framebuffer, "without density");
  set_fields (scene, comparison);
  sw_scene_set_field (scene, SW_PANE_ALL, 0, NULL, NULL, NULL);
  bench_frames (scene, renderer, width, height, framebuffer, "without field");
  sw_scene_set_density (scene, SW_PANE_ALL, NULL, NULL, NULL);
  sw_scene_set_molecule_style (scene, SW_PANE_ALL, SW_MOLECULE_OFF, SW_COLOR_AUTO);
  sw_scene_set_box (scene, SW_PANE_ALL, NULL, 0);
  bench_frames (scene, renderer, width, height, framebuffer, "of nothing");
  sw_renderer_release_gl (renderer);
  sw_renderer_free (renderer);
  sw_scene_free (scene);
  return 0;
}
