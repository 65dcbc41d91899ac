/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/renderer-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

void
sw_targets_drop (SwRenderer *renderer)
{
  glDeleteFramebuffers (SW_N_BUFFERS, renderer->framebuffers);
  glDeleteTextures (SW_N_TARGETS, renderer->targets);
  memset (renderer->framebuffers, 0, sizeof renderer->framebuffers);
  memset (renderer->targets, 0, sizeof renderer->targets);
  renderer->width = renderer->height = 0;
}

static GLuint
target_new (int width, int height, GLenum format, GLenum filter)
{
  GLuint texture;
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  if (format == GL_DEPTH_COMPONENT24)
    glTexImage2D (GL_TEXTURE_2D, 0, GL_DEPTH_COMPONENT24, width, height, 0, GL_DEPTH_COMPONENT,
                  GL_UNSIGNED_INT, NULL);
  else
    glTexImage2D (GL_TEXTURE_2D, 0, (GLint) format, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE,
                  NULL);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, (GLint) filter);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, (GLint) filter);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  return texture;
}

static void
attach (SwRenderer *renderer, int buffer, int color, int normal, int depth)
{
  static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[buffer]);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
                          renderer->targets[color], 0);
  if (normal >= 0)
    glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_TEXTURE_2D,
                            renderer->targets[normal], 0);
  if (depth >= 0)
    glFramebufferTexture2D (GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D,
                            renderer->targets[depth], 0);
  glDrawBuffers (normal >= 0 ? 2 : 1, both);
}

gboolean
sw_targets_ensure (SwRenderer *renderer, int width, int height, const SwBudget *budget, GError **error)
{
  if (renderer->width == width && renderer->height == height
      && renderer->n_samples == budget->n_samples
      && renderer->occlusion_ratio == budget->occlusion_ratio
      && renderer->volume_ratio == budget->volume_ratio
      && renderer->is_direct == budget->is_direct)
    return TRUE;
  sw_targets_drop (renderer);
  const int n = budget->n_samples, a = budget->occlusion_ratio, v = budget->volume_ratio;
  GLuint *t = renderer->targets;
  const int full_width = budget->is_direct ? 1 : width * n, full_height = budget->is_direct ? 1 : height * n;
  t[SW_TARGET_COLOR] = target_new (full_width, full_height, GL_RGBA8, GL_NEAREST);
  t[SW_TARGET_NORMAL] = target_new (full_width, full_height, GL_RGBA8, GL_NEAREST);
  t[SW_TARGET_DEPTH] = target_new (width * n, height * n, GL_DEPTH_COMPONENT24, GL_NEAREST);
  t[SW_TARGET_LAYER_COLOR] = target_new (full_width, full_height, GL_RGBA8, GL_NEAREST);
  t[SW_TARGET_LAYER_DEPTH] = target_new (full_width, full_height, GL_DEPTH_COMPONENT24, GL_NEAREST);
  t[SW_TARGET_OCCLUSION]
      = target_new ((width + a - 1) / a, (height + a - 1) / a, GL_RGBA8, GL_NEAREST);
  t[SW_TARGET_VOLUME] = target_new ((width + v - 1) / v, (height + v - 1) / v, GL_RGBA8, GL_LINEAR);
  t[SW_TARGET_PICTURE] = target_new (width, height, GL_RGBA8, GL_LINEAR);
  glGenFramebuffers (SW_N_BUFFERS, renderer->framebuffers);
  attach (renderer, SW_BUFFER_GEOMETRY, SW_TARGET_COLOR, SW_TARGET_NORMAL, SW_TARGET_DEPTH);
  attach (renderer, SW_BUFFER_LAYER, SW_TARGET_LAYER_COLOR, -1, SW_TARGET_LAYER_DEPTH);
  attach (renderer, SW_BUFFER_OCCLUSION, SW_TARGET_OCCLUSION, -1, -1);
  attach (renderer, SW_BUFFER_VOLUME, SW_TARGET_VOLUME, -1, -1);
  attach (renderer, SW_BUFFER_PICTURE, SW_TARGET_PICTURE, -1,
          budget->is_direct ? SW_TARGET_DEPTH : -1);
  gboolean ok = glGetError () == GL_NO_ERROR;
  for (int i = 0; ok && i < SW_N_BUFFERS; i++)
    {
      glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[i]);
      ok = glCheckFramebufferStatus (GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
    }
  if (!ok)
    {
      sw_targets_drop (renderer);
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
                   _ ("The graphics driver (%s) has no memory for a picture of %d by %d pixels."),
                   (const char *) glGetString (GL_RENDERER), width, height);
      return FALSE;
    }
  renderer->width = width;
  renderer->height = height;
  renderer->n_samples = n;
  renderer->occlusion_ratio = a;
  renderer->volume_ratio = v;
  renderer->is_direct = budget->is_direct;
  return TRUE;
}

