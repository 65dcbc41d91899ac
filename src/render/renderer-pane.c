/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of one pane, in the order of README.md, "A frame". */
#include "render/renderer-private.h"

#include <cglm/cglm.h>
#include <math.h>
#include <string.h>

typedef struct
{
  SwRenderer *renderer;
  SwScene *scene;
  SwPane *pane;
  const SwBudget *budget;
  SwRectangle area; /* in pixels of the picture, bottom left origin */
  double scale;
  SwViewBlock view;
  mat4 world_view;
  bool has_layer, has_volume, has_occlusion;
} PaneJob;

static void
use_program (PaneJob *job, SwProgramId id, SwQuat rotation)
{
  double m[9];
  sw_quat_to_matrix (rotation, m);
  mat4 model = GLM_MAT4_IDENTITY_INIT, model_view;
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      model[column][row] = (float) m[3 * row + column];
  glm_mat4_mul (job->world_view, model, model_view);
  memcpy (job->view.model_view, model_view, sizeof job->view.model_view);
  glBindBuffer (GL_UNIFORM_BUFFER, job->renderer->view_buffer);
  glBufferData (GL_UNIFORM_BUFFER, sizeof job->view, &job->view, GL_STREAM_DRAW);
  glBindBufferBase (GL_UNIFORM_BUFFER, 0, job->renderer->view_buffer);
  glUseProgram (job->renderer->programs[id]);
}

static void
set_float (const PaneJob *job, SwProgramId id, const char *name, double value)
{
  glUniform1f (sw_program_uniform (job->renderer->programs[id], name), (float) value);
}

static void
set_int (const PaneJob *job, SwProgramId id, const char *name, int value)
{
  glUniform1i (sw_program_uniform (job->renderer->programs[id], name), value);
}

static void
set_texture (
    const PaneJob *job, SwProgramId id, const char *name, int unit, GLenum kind, GLuint texture)
{
  glActiveTexture (GL_TEXTURE0 + (GLenum) unit);
  glBindTexture (kind, texture);
  set_int (job, id, name, unit);
}

static void
draw_cylinders (PaneJob *job, const SwItem *item, SwQuat rotation, double unit, bool is_flat)
{
  use_program (job, SW_PROGRAM_CYLINDER, rotation);
  set_float (job, SW_PROGRAM_CYLINDER, "radius_unit", unit);
  set_float (job, SW_PROGRAM_CYLINDER, "is_flat", is_flat);
  glEnable (GL_CULL_FACE);
  glCullFace (GL_FRONT);
  sw_item_draw (item, false);
  glDisable (GL_CULL_FACE);
}

static void
draw_triangles (PaneJob *job)
{
  if (job->pane->triangles == NULL || job->pane->style == SW_MOLECULE_OFF)
    return;
  use_program (job, SW_PROGRAM_MESH, job->pane->input_rotation);
  set_float (job, SW_PROGRAM_MESH, "opacity", 1.0);
  set_float (job, SW_PROGRAM_MESH, "is_flat", 0.0);
  sw_item_draw (sw_item_triangles (job->renderer, job->pane), false);
}

static void
draw_molecule (PaneJob *job)
{
  const SwPane *pane = job->pane;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  if (style == SW_MOLECULE_OFF)
    return;
  if (style == SW_MOLECULE_SURFACE)
    {
      use_program (job, SW_PROGRAM_MESH, pane->density.rotation);
      set_float (job, SW_PROGRAM_MESH, "opacity", 1.0);
      set_float (job, SW_PROGRAM_MESH, "is_flat", 0.0);
      sw_item_draw (sw_item_surface (job->renderer, pane), false);
      return;
    }
  if (style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE)
    {
      const SwItem *ribbon = sw_item_molecule (job->renderer, pane, SW_ITEM_MESH, job->budget->is_direct);
      use_program (job, SW_PROGRAM_MESH, pane->input_rotation);
      set_float (job, SW_PROGRAM_MESH, "opacity", 1.0);
      set_float (job, SW_PROGRAM_MESH, "is_flat", 0.0);
      sw_item_draw (ribbon, false);
    }
  const SwItem *spheres = sw_item_molecule (job->renderer, pane, SW_ITEM_SPHERES, job->budget->is_direct);
  if (spheres->n_instances > 0)
    {
      use_program (job, SW_PROGRAM_SPHERE, pane->input_rotation);
      set_float (job, SW_PROGRAM_SPHERE, "opacity", 1.0);
      sw_item_draw (spheres, true);
    }
  const SwItem *cylinders = sw_item_molecule (job->renderer, pane, SW_ITEM_CYLINDERS, job->budget->is_direct);
  if (cylinders->n_instances > 0)
    draw_cylinders (job, cylinders, pane->input_rotation, 1.0, false);
}

static void
draw_glyphs (PaneJob *job, const SwFieldLook *look)
{
  const unsigned l = job->pane->field.data->l;
  const SwGlyphKind *kind = sw_glyph_kind (look->display, l);
  if (kind == NULL)
    return;
  const SwItem *item = sw_item_glyphs (job->renderer, job->scene, job->pane, look, kind, job->budget);
  if (item->n_instances == 0)
    return;
  const SwProgramId id = look->display == SW_DISPLAY_ARROWS ? SW_PROGRAM_ARROW : SW_PROGRAM_GLYPH;
  use_program (job, id, job->pane->field.rotation);
  if (id == SW_PROGRAM_GLYPH)
    {
      set_int (job, id, "order", (int) l);
      for (int sign = 0; sign < 2; sign++)
        {
          uint8_t c[4];
          sw_color_sign (sign == 0, c);
          glUniform4f (sw_program_uniform (job->renderer->programs[id],
                                           sign == 0 ? "color_positive" : "color_negative"),
                       c[0] / 255.0f, c[1] / 255.0f, c[2] / 255.0f, 1.0f);
        }
    }
  sw_item_draw (item, false);
}

static void
draw_isosurface (PaneJob *job, const SwFieldPlace *place, const SwFieldLook *look, unsigned level, double opacity)
{
  const SwItem *item = sw_item_isosurface (job->renderer, place->data, look, level);
  use_program (job, SW_PROGRAM_MESH, place->rotation);
  set_float (job, SW_PROGRAM_MESH, "opacity", opacity);
  set_float (job, SW_PROGRAM_MESH, "is_flat", 0.0);
  sw_item_draw (item, false);
}

static void
draw_field_mesh (PaneJob *job, const SwFieldLook *look)
{
  const SwItem *item = sw_item_field_mesh (job->renderer, job->scene, job->pane, look, job->budget);
  if (look->display == SW_DISPLAY_STREAMLINES)
    {
      if (item->n_instances > 0)
        draw_cylinders (job, item, job->pane->field.rotation, 1.0, false);
      return;
    }
  use_program (job, SW_PROGRAM_MESH, job->pane->field.rotation);
  set_float (job, SW_PROGRAM_MESH, "opacity", 1.0);
  set_float (job, SW_PROGRAM_MESH, "is_flat", look->display == SW_DISPLAY_SLICES);
  sw_item_draw (item, false);
}

static void
draw_box (PaneJob *job)
{
  const SwItem *item
      = sw_item_box (job->renderer, job->pane, job->scene->background == SW_BACKGROUND_DARK);
  /* Without samples and outlines, lines of less than a pixel would fall to pieces. */
  const double scale = job->budget->is_direct ? fmax (job->scale, 1.15) : job->scale;
  draw_cylinders (job, item, SW_QUAT_IDENTITY, scale * job->view.unit[0], true);
}

static void
draw_highlight (PaneJob *job)
{
  if (job->pane->highlight < 0 || job->pane->molecule == NULL)
    return;
  use_program (job, SW_PROGRAM_SPHERE, job->pane->input_rotation);
  set_float (job, SW_PROGRAM_SPHERE, "opacity", 0.25);
  sw_item_draw (sw_item_highlight (job->renderer, job->pane), true);
}

static void
volume_matrix (const PaneJob *job, const SwFieldPlace *place, mat4 ret)
{
  /* Texture from grid, grid from world, world from view. */
  double m[9];
  sw_quat_to_matrix (sw_quat_conjugate (place->rotation), m);
  const SwGridGeometry *grid = &place->data->grid;
  mat4 back = GLM_MAT4_IDENTITY_INIT, world;
  for (int row = 0; row < 3; row++)
    {
      const double unit = 1.0 / ((double) grid->n[2 - row] * grid->spacing);
      for (int column = 0; column < 3; column++)
        back[column][row] = (float) (m[3 * row + column] * unit);
      back[3][row] = (float) (0.5 - grid->centre[row] * unit);
    }
  mat4 world_view;
  memcpy (world_view, job->world_view, sizeof world_view);
  glm_mat4_inv (world_view, world);
  glm_mat4_mul (back, world, ret);
}

static void
draw_volumes (PaneJob *job, const SwFieldPlace *const *places, const SwFieldLook *looks, int n)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_VOLUME;
  const GLuint program = renderer->programs[id];
  mat4 matrices[2] = { GLM_MAT4_IDENTITY_INIT, GLM_MAT4_IDENTITY_INIT };
  float low[6] = { 0 }, high[6] = { 0 }, transfer[8] = { 0 };
  uint8_t colors[2][256][4] = { 0 };
  GLuint textures[2] = { 0, 0 };
  double step = INFINITY;
  for (int i = 0; i < n; i++)
    {
      const SwFieldData *field = places[i]->data;
      const SwItem *item = sw_item_volume (renderer, field, &looks[i]);
      volume_matrix (job, places[i], matrices[i]);
      memcpy (low + 3 * i, item->low, sizeof item->low);
      memcpy (high + 3 * i, item->high, sizeof item->high);
      const size_t *size = field->grid.n;
      const double extent = (double) MAX (size[0], MAX (size[1], size[2])) * field->grid.spacing;
      transfer[4 * i] = (float) (field->max / looks[i].range_max);
      transfer[4 * i + 1] = (float) fmin (looks[i].threshold, 0.999);
      /* Full value makes a fortieth of the box opaque by 63 %. */
      transfer[4 * i + 2]
          = (float) (looks[i].opacity * (i == 0 && places[i] == &job->pane->density ? 7.0 : 40.0)
                     / extent);
      transfer[4 * i + 3] = looks[i].is_diverging;
      sw_colormap_fill (looks[i].colormap, 256, colors[i]);
      textures[i] = item->texture;
      step = fmin (step, fmax (1.73 * extent / job->budget->n_steps, 0.35 * field->grid.spacing));
    }
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[SW_BUFFER_VOLUME]);
  const int ratio = renderer->volume_ratio;
  const int x0 = (int) job->area.x / ratio, y0 = (int) job->area.y / ratio;
  const int x1 = ((int) (job->area.x + job->area.width) + ratio - 1) / ratio;
  const int y1 = ((int) (job->area.y + job->area.height) + ratio - 1) / ratio;
  glViewport (x0, y0, x1 - x0, y1 - y0);
  use_program (job, id, SW_QUAT_IDENTITY);
  glActiveTexture (GL_TEXTURE3);
  glBindTexture (GL_TEXTURE_2D, renderer->colors);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, 256, 2, 0, GL_RGBA, GL_UNSIGNED_BYTE, colors);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  set_texture (job, id, "colors", 3, GL_TEXTURE_2D, renderer->colors);
  set_texture (job, id, "geometry_depth", 0, GL_TEXTURE_2D, renderer->targets[SW_TARGET_DEPTH]);
  set_texture (job, id, "volume0", 1, GL_TEXTURE_3D, textures[0]);
  set_texture (job, id, "volume1", 2, GL_TEXTURE_3D, textures[n > 1 ? 1 : 0]);
  set_float (job, id, "pixel_ratio", (double) ratio * renderer->n_samples);
  set_int (job, id, "n_volumes", n);
  set_float (job, id, "step_length", step);
  glUniformMatrix4fv (sw_program_uniform (program, "volume_from_view[0]"), 2, GL_FALSE,
                      (const float *) matrices);
  glUniform3fv (sw_program_uniform (program, "bound_low[0]"), 2, low);
  glUniform3fv (sw_program_uniform (program, "bound_high[0]"), 2, high);
  glUniform4fv (sw_program_uniform (program, "transfer[0]"), 2, transfer);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glActiveTexture (GL_TEXTURE1);
  glBindTexture (GL_TEXTURE_3D, 0);
  glActiveTexture (GL_TEXTURE2);
  glBindTexture (GL_TEXTURE_3D, 0);
}

static void
draw_occlusion (PaneJob *job, double radius)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_OCCLUSION;
  const int ratio = renderer->occlusion_ratio;
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[SW_BUFFER_OCCLUSION]);
  glViewport ((int) job->area.x / ratio, (int) job->area.y / ratio,
              ((int) job->area.width + ratio - 1) / ratio,
              ((int) job->area.height + ratio - 1) / ratio);
  use_program (job, id, SW_QUAT_IDENTITY);
  set_texture (job, id, "geometry_depth", 0, GL_TEXTURE_2D, renderer->targets[SW_TARGET_DEPTH]);
  set_texture (job, id, "geometry_normal", 1, GL_TEXTURE_2D, renderer->targets[SW_TARGET_NORMAL]);
  set_float (job, id, "pixel_ratio", (double) ratio * renderer->n_samples);
  set_float (job, id, "radius", radius);
  set_int (job, id, "n_samples", job->budget->n_occlusion);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
}

static void
set_volume_scale (const PaneJob *job, SwProgramId id)
{
  const SwRenderer *renderer = job->renderer;
  const int v = renderer->volume_ratio;
  glUniform2f (sw_program_uniform (renderer->programs[id], "volume_scale"),
               1.0f / (float) (v * ((renderer->width + v - 1) / v)),
               1.0f / (float) (v * ((renderer->height + v - 1) / v)));
}

static void
draw_composite (PaneJob *job)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_COMPOSITE;
  static const struct
  {
    const char *name;
    int target;
  } textures[] = {
    { "geometry_color", SW_TARGET_COLOR },    { "geometry_normal", SW_TARGET_NORMAL },
    { "geometry_depth", SW_TARGET_DEPTH },    { "layer_color", SW_TARGET_LAYER_COLOR }, { "occlusion", SW_TARGET_OCCLUSION },
    { "volume", SW_TARGET_VOLUME },
  };
  use_program (job, id, SW_QUAT_IDENTITY);
  for (int i = 0; i < (int) G_N_ELEMENTS (textures); i++)
    set_texture (job, id, textures[i].name, i, GL_TEXTURE_2D,
                 renderer->targets[textures[i].target]);
  set_float (job, id, "has_layer", job->has_layer);
  set_float (job, id, "has_volume", job->has_volume);
  set_float (job, id, "has_occlusion", job->has_occlusion);
  set_float (job, id, "occlusion_ratio", 1.0 / renderer->occlusion_ratio);
  set_volume_scale (job, id);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
}

static void
prepare_view (PaneJob *job, unsigned index)
{
  const SwScene *scene = job->scene;
  const SwCamera *camera = &job->pane->camera;
  const int n = job->budget->n_samples;
  const double radius = sw_scene_get_radius (scene, index);
  SwViewBlock *view = &job->view;
  memset (view, 0, sizeof *view);
  float world_view[16];
  sw_camera_view_matrix (camera, world_view);
  memcpy (job->world_view, world_view, sizeof world_view);
  static const double origin[3] = { 0.0, 0.0, 0.0 };
  /* Some room for lines and ribbons that stand out. */
  sw_camera_projection_matrix (camera, job->area.width / job->area.height, origin,
                               1.05 * radius + 3.0, view->projection);
  mat4 projection, inverse;
  memcpy (projection, view->projection, sizeof projection);
  glm_mat4_inv (projection, inverse);
  memcpy (view->projection_inverse, inverse, sizeof inverse);
  view->pane[0] = (float) (job->area.x * n);
  view->pane[1] = (float) (job->area.y * n);
  view->pane[2] = (float) (job->area.width * n);
  view->pane[3] = (float) (job->area.height * n);
  /* The middle of the scene is hardly hazy, its far end is; the box's corners may lie beyond. */
  const double depth = -(double) world_view[14];
  double inner = radius;
  if (job->pane->molecule != NULL && sw_pane_get_style (job->pane) != SW_MOLECULE_OFF)
    inner = fmin (radius, 1.15 * job->pane->molecule->radius);
  if (job->pane->triangles != NULL && job->pane->style != SW_MOLECULE_OFF)
    inner = fmin (radius, 1.15 * job->pane->triangles->radius);
  view->depth_cue[0] = (float) fmax (depth - inner, 0.0);
  view->depth_cue[1] = (float) fmax (depth + inner, view->depth_cue[0] + 1e-3);
  view->depth_cue[2] = (float) scene->depth_cue;
  view->depth_cue[3] = job->budget->is_direct;
  static const float top[3][4]
      = { { 0.985f, 0.988f, 0.995f, 1 }, { 0.105f, 0.118f, 0.142f, 1 }, { 1, 1, 1, 0 } };
  static const float bottom[3][4]
      = { { 0.895f, 0.912f, 0.937f, 1 }, { 0.045f, 0.051f, 0.064f, 1 }, { 1, 1, 1, 0 } };
  memcpy (view->background_top, top[scene->background], sizeof view->background_top);
  memcpy (view->background_bottom, bottom[scene->background], sizeof view->background_bottom);
  view->unit[0] = (float) (2.0 * camera->distance * tan (0.5 * camera->fov) / job->area.height);
  view->unit[1] = (float) n;
  view->unit[2] = (float) scene->occlusion;
  view->unit[3] = (float) scene->outline;
}

/* Has surfaces that can be seen through. */
static bool
has_layers (const SwFieldPlace *place, const SwFieldLook *look)
{
  return place->data != NULL && !place->style.is_hidden && place->data->max > 0.0 && look->display == SW_DISPLAY_ISOSURFACE
         && (look->opacity < 1.0 || look->n_levels > 1);
}

/* Behind what is opaque nothing of a layer is seen. */
static void
start_layer (PaneJob *job)
{
  if (job->budget->is_direct)
    return;
  const SwRenderer *renderer = job->renderer;
  const int n = renderer->n_samples;
  const GLint x0 = (GLint) job->area.x * n, y0 = (GLint) job->area.y * n;
  const GLint x1 = x0 + (GLint) job->area.width * n, y1 = y0 + (GLint) job->area.height * n;
  glBindFramebuffer (GL_READ_FRAMEBUFFER, renderer->framebuffers[SW_BUFFER_GEOMETRY]);
  glBindFramebuffer (GL_DRAW_FRAMEBUFFER, renderer->framebuffers[SW_BUFFER_LAYER]);
  glBlitFramebuffer (x0, y0, x1, y1, x0, y0, x1, y1, GL_DEPTH_BUFFER_BIT, GL_NEAREST);
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[SW_BUFFER_LAYER]);
}

/* The nearest side of each level, the inner ones first; blended as premultiplied colours. */
static void
draw_layers (PaneJob *job, const SwFieldPlace *const places[2], const SwFieldLook looks[2])
{
  glEnable (GL_BLEND);
  glBlendFuncSeparate (GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  for (int i = 0; i < 2; i++)
    {
      if (!has_layers (places[i], &looks[i]))
        continue;
      const unsigned n = looks[i].n_levels;
      for (unsigned level = n > 1 ? n - 1 : 1; level-- > 0;)
        {
          const double opacity = n > 1 ? 0.3 * looks[i].opacity : looks[i].opacity;
          start_layer (job);
          glColorMask (GL_FALSE, GL_FALSE, GL_FALSE, GL_FALSE);
          draw_isosurface (job, places[i], &looks[i], level, opacity);
          glColorMask (GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
          glDepthFunc (GL_LEQUAL);
          draw_isosurface (job, places[i], &looks[i], level, opacity);
          glDepthFunc (GL_LESS);
        }
    }
  start_layer (job);
  draw_highlight (job);
  glDisable (GL_BLEND);
}

/* While something moves, with little to spend: surfaces straight into the picture, the volume over them. */
static void
draw_backdrop (PaneJob *job)
{
  glDisable (GL_DEPTH_TEST);
  use_program (job, SW_PROGRAM_BACKDROP, SW_QUAT_IDENTITY);
  glBindVertexArray (job->renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glEnable (GL_DEPTH_TEST);
}

static void
draw_overlay (PaneJob *job)
{
  SwRenderer *renderer = job->renderer;
  glEnable (GL_BLEND);
  glBlendFunc (GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  use_program (job, SW_PROGRAM_OVERLAY, SW_QUAT_IDENTITY);
  set_texture (job, SW_PROGRAM_OVERLAY, "volume", 0, GL_TEXTURE_2D,
               renderer->targets[SW_TARGET_VOLUME]);
  set_volume_scale (job, SW_PROGRAM_OVERLAY);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glDisable (GL_BLEND);
}

void
sw_pane_draw (SwRenderer *renderer,
              SwScene *scene,
              unsigned index,
              const SwBudget *budget,
              const SwRectangle *area,
              double scale,
              GLuint framebuffer)
{
  SwPane *pane = &scene->panes[index];
  PaneJob the_job = { .renderer = renderer,
                      .scene = scene,
                      .pane = pane,
                      .budget = budget,
                      .area = *area,
                      .scale = scale },
          *job = &the_job;
  const int n = renderer->n_samples;
  const SwFieldPlace *places[2] = { &pane->density, &pane->field }, *volumes[2];
  SwFieldLook looks[2] = { 0 }, volume_looks[2];
  int n_volumes = 0;

  prepare_view (job, index);
  glEnable (GL_DEPTH_TEST);
  glDepthFunc (GL_LESS);
  glDepthMask (GL_TRUE);
  glDisable (GL_BLEND);
  glBindFramebuffer (GL_FRAMEBUFFER,
                     budget->is_direct ? framebuffer : renderer->framebuffers[SW_BUFFER_GEOMETRY]);
  glViewport ((int) area->x * n, (int) area->y * n, (int) area->width * n, (int) area->height * n);
  if (budget->is_direct)
    draw_backdrop (job);
  draw_triangles (job);
  draw_molecule (job);
  if (pane->has_box)
    draw_box (job);
  job->has_layer = pane->highlight >= 0;
  for (int i = 0; i < 2; i++)
    {
      if (places[i]->data == NULL || places[i]->data->max <= 0.0 || places[i]->style.is_hidden)
        continue;
      sw_field_look (scene, places[i], i == 0, &looks[i]);
      if (looks[i].display == SW_DISPLAY_VOLUME)
        {
          volumes[n_volumes] = places[i];
          volume_looks[n_volumes++] = looks[i];
        }
      else if (looks[i].display == SW_DISPLAY_ARROWS || looks[i].display == SW_DISPLAY_GLYPHS)
        draw_glyphs (job, &looks[i]);
      else if (looks[i].display != SW_DISPLAY_ISOSURFACE)
        draw_field_mesh (job, &looks[i]);
      else
        {
          const bool is_layered = has_layers (places[i], &looks[i]);
          job->has_layer |= is_layered;
          if (!is_layered || looks[i].n_levels > 1)
            draw_isosurface (job, places[i], &looks[i], looks[i].n_levels - 1, 1.0);
        }
    }
  if (job->has_layer)
    draw_layers (job, places, looks);
  glDisable (GL_DEPTH_TEST);
  job->has_occlusion = scene->occlusion > 0.0 && !budget->is_direct;
  if (job->has_occlusion)
    draw_occlusion (job, fmin (5.0, 0.16 * sw_scene_get_radius (scene, index) + 0.6));
  job->has_volume = n_volumes > 0;
  if (n_volumes > 0)
    draw_volumes (job, volumes, volume_looks, n_volumes);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glViewport ((int) area->x, (int) area->y, (int) area->width, (int) area->height);
  if (!budget->is_direct)
    draw_composite (job);
  else if (n_volumes > 0)
    draw_overlay (job);
}
