/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/renderer-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (sw - render - error - quark, sw_render_error)

/* ---- context */

gboolean
sw_renderer_get_driver (SwDriverInfo *ret, GError **error)
{
  const char *renderer = (const char *) glGetString (GL_RENDERER);
  const char *version = (const char *) glGetString (GL_VERSION);
  if (renderer == NULL || version == NULL)
    {
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
                   _ ("There is no OpenGL context to draw with."));
      return FALSE;
    }
  memset (ret, 0, sizeof *ret);
  g_strlcpy (ret->renderer, renderer, sizeof ret->renderer);
  g_strlcpy (ret->version, version, sizeof ret->version);
  ret->is_es = !epoxy_is_desktop_gl ();
  ret->is_software = strstr (renderer, "llvmpipe") != NULL || strstr (renderer, "softpipe") != NULL
                     || strstr (renderer, "SwiftShader") != NULL
                     || strstr (renderer, "Software") != NULL;
  if (epoxy_gl_version () < (ret->is_es ? 30 : 33))
    {
      g_set_error (
          error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
          /* Translators: renderer and version as the driver states them. */
          _ ("The graphics driver (%s, %s) is too old: OpenGL 3.3 or OpenGL ES 3.0 is needed."),
          ret->renderer, ret->version);
      return FALSE;
    }
  return TRUE;
}

SwRenderer *
sw_renderer_new (void)
{
  SwRenderer *renderer = g_new0 (SwRenderer, 1);
  renderer->items = g_ptr_array_new ();
  return renderer;
}

void
sw_renderer_release_gl (SwRenderer *renderer)
{
  sw_items_drop_all (renderer);
  if (!renderer->has_gl)
    return;
  sw_targets_drop (renderer);
  for (int i = 0; i < SW_N_PROGRAMS; i++)
    glDeleteProgram (renderer->programs[i]);
  memset (renderer->programs, 0, sizeof renderer->programs);
  glDeleteBuffers (1, &renderer->view_buffer);
  glDeleteBuffers (1, &renderer->quad_buffer);
  glDeleteBuffers (1, &renderer->box_buffer);
  glDeleteBuffers (1, &renderer->box_indices);
  glDeleteVertexArrays (1, &renderer->empty_array);
  glDeleteTextures (1, &renderer->colors);
  renderer->view_buffer = renderer->quad_buffer = renderer->box_buffer = renderer->box_indices = 0;
  renderer->empty_array = renderer->colors = 0;
  renderer->has_gl = FALSE;
}

void
sw_renderer_free (SwRenderer *renderer)
{
  if (renderer == NULL)
    return;
  for (guint i = 0; i < renderer->items->len; i++)
    g_free (g_ptr_array_index (renderer->items, i));
  g_ptr_array_unref (renderer->items);
  g_free (renderer);
}

static gboolean
ensure_gl (SwRenderer *renderer, GError **error)
{
  if (renderer->has_gl)
    return TRUE;
  SwDriverInfo info;
  if (!sw_renderer_get_driver (&info, error))
    return FALSE;
  renderer->is_software = info.is_software;
  renderer->has_gl = TRUE;
  static const float quad[] = { -1, -1, 1, -1, -1, 1, 1, 1 };
  static const float box[]
      = { -1, -1, 0, 1, -1, 0, -1, 1, 0, 1, 1, 0, -1, -1, 1, 1, -1, 1, -1, 1, 1, 1, 1, 1 };
  /* Counter-clockwise from outside; the near faces are culled, so that the eye may be inside. */
  static const uint16_t faces[] = { 0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4,
                                    2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5 };
  glGenVertexArrays (1, &renderer->empty_array);
  glBindVertexArray (renderer->empty_array);
  renderer->quad_buffer = sw_buffer_new (GL_ARRAY_BUFFER, quad, sizeof quad);
  renderer->box_buffer = sw_buffer_new (GL_ARRAY_BUFFER, box, sizeof box);
  renderer->box_indices = sw_buffer_new (GL_ELEMENT_ARRAY_BUFFER, faces, sizeof faces);
  glGenBuffers (1, &renderer->view_buffer);
  glGenTextures (1, &renderer->colors);
  for (int i = 0; i < SW_N_PROGRAMS; i++)
    {
      renderer->programs[i] = sw_program_new ((SwProgramId) i, error);
      if (renderer->programs[i] == 0)
        {
          sw_renderer_release_gl (renderer);
          return FALSE;
        }
    }
  return TRUE;
}

static SwBudget
choose_budget (const SwRenderer *renderer, int width, int height, SwQuality quality)
{
  GLint limit = 4096;
  glGetIntegerv (GL_MAX_TEXTURE_SIZE, &limit);
  SwBudget budget;
  if (quality == SW_QUALITY_EXPORT)
    budget = (SwBudget){ 1.0, 2, 1, 1, 320, 16, 4000000, SIZE_MAX };
  else if (!renderer->is_software)
    budget = quality == SW_QUALITY_REST ? (SwBudget){ 1.0, 2, 1, 1, 256, 14, 2000000, SIZE_MAX }
                                        : (SwBudget){ 1.0, 1, 1, 2, 128, 10, 800000, SIZE_MAX };
  else if (quality == SW_QUALITY_REST)
    budget = (SwBudget){ 1.0, 2, 2, 2, 128, 10, 260000, SIZE_MAX };
  else
    {
      /* So many pixels two cores can fill thirty times a second beside the network. */
      const double pixels = sqrt (250000.0 / ((double) width * height));
      budget = (SwBudget){ fmin (1.0, pixels), 1, 2, 3, 40, 0, 30000, 250, true };
    }
  while (budget.n_samples > 1 && MAX (width, height) * budget.n_samples > limit)
    budget.n_samples--;
  return budget;
}

gboolean
sw_renderer_draw (SwRenderer *renderer,
                  SwScene *scene,
                  unsigned framebuffer,
                  int width,
                  int height,
                  double scale,
                  SwQuality quality,
                  GError **error)
{
  g_return_val_if_fail (renderer != NULL && scene != NULL && width > 0 && height > 0, FALSE);
  while (glGetError () != GL_NO_ERROR)
    ; /* of others */
  if (!ensure_gl (renderer, error))
    return FALSE;
  const SwBudget budget = choose_budget (renderer, width, height, quality);
  const int w = MAX (1, (int) lround (width * budget.pixels));
  const int h = MAX (1, (int) lround (height * budget.pixels));
  gboolean ok = sw_targets_ensure (renderer, w, h, &budget, error);
  if (ok)
    {
      renderer->frame++;
      glDisable (GL_SCISSOR_TEST);
      glDisable (GL_BLEND);
      glDisable (GL_CULL_FACE);
      glDisable (GL_STENCIL_TEST);
      glColorMask (GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
      glDepthMask (GL_TRUE);
      glClearColor (0.0f, 0.0f, 0.0f, 0.0f);
      const int first = budget.is_direct ? SW_BUFFER_PICTURE : SW_BUFFER_GEOMETRY;
      const int last = budget.is_direct ? SW_BUFFER_PICTURE : SW_BUFFER_LAYER;
      for (int i = first; i <= last; i++)
        {
          glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[i]);
          glClear (GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
        }
      const bool is_apart = budget.is_direct || w != width || h != height;
      const GLuint target = is_apart ? renderer->framebuffers[SW_BUFFER_PICTURE] : framebuffer;
      for (unsigned i = 0; i < scene->n_panes; i++)
        {
          SwRectangle area;
          sw_scene_get_pane_rectangle (scene, i, w, h, &area);
          if (area.width < 1.0 || area.height < 1.0)
            continue;
          area.y = h - area.y - area.height;
          sw_pane_draw (renderer, scene, i, &budget, &area, scale * budget.pixels, target);
        }
      if (is_apart)
        {
          glBindFramebuffer (GL_READ_FRAMEBUFFER, target);
          glBindFramebuffer (GL_DRAW_FRAMEBUFFER, framebuffer);
          glBlitFramebuffer (0, 0, w, h, 0, 0, width, height, GL_COLOR_BUFFER_BIT, GL_LINEAR);
        }
      sw_items_drop_old (renderer);
      const GLenum fault = glGetError ();
      if (fault != GL_NO_ERROR)
        {
          ok = FALSE;
          g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
                       _ ("The graphics driver (%s) reports error 0x%x while drawing."),
                       (const char *) glGetString (GL_RENDERER), fault);
        }
    }
  glBindVertexArray (0);
  glUseProgram (0);
  for (int i = 7; i >= 0; i--)
    {
      glActiveTexture (GL_TEXTURE0 + (GLenum) i);
      glBindTexture (GL_TEXTURE_2D, 0);
    }
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glViewport (0, 0, width, height);
  return ok;
}
