/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/headless.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define SIDE_MAX 16384

struct SwHeadless
{
  EGLDisplay display;
  EGLContext context;
  SwRenderer *renderer;
};

static EGLDisplay
open_display (void)
{
  EGLDisplay display = EGL_NO_DISPLAY;
  if (epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless")
      && epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_platform_base"))
    {
      display = eglGetPlatformDisplayEXT (EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
      if (display != EGL_NO_DISPLAY && eglInitialize (display, NULL, NULL))
        return display;
    }
  if (epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_platform_device")
      && epoxy_has_egl_extension (EGL_NO_DISPLAY, "EGL_EXT_device_enumeration"))
    {
      EGLDeviceEXT devices[8];
      EGLint n_devices = 0;
      eglQueryDevicesEXT (8, devices, &n_devices);
      for (int i = 0; i < n_devices; i++)
        {
          display = eglGetPlatformDisplayEXT (EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);
          if (display != EGL_NO_DISPLAY && eglInitialize (display, NULL, NULL))
            return display;
        }
    }
  return EGL_NO_DISPLAY;
}

static EGLContext
open_context (EGLDisplay display, gboolean is_es)
{
  const EGLint config_attributes[] = { EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE,
                                       is_es ? EGL_OPENGL_ES3_BIT : EGL_OPENGL_BIT, EGL_NONE };
  static const EGLint gl[] = { EGL_CONTEXT_MAJOR_VERSION,
                               3,
                               EGL_CONTEXT_MINOR_VERSION,
                               3,
                               EGL_CONTEXT_OPENGL_PROFILE_MASK,
                               EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                               EGL_NONE };
  static const EGLint es[]
      = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE };
  EGLConfig config = EGL_NO_CONFIG_KHR;
  EGLint n_configs = 0;
  if (!eglBindAPI (is_es ? EGL_OPENGL_ES_API : EGL_OPENGL_API))
    return EGL_NO_CONTEXT;
  if (!eglChooseConfig (display, config_attributes, &config, 1, &n_configs) || n_configs == 0)
    {
      if (!epoxy_has_egl_extension (display, "EGL_KHR_no_config_context"))
        return EGL_NO_CONTEXT;
      config = EGL_NO_CONFIG_KHR;
    }
  EGLContext context = eglCreateContext (display, config, EGL_NO_CONTEXT, is_es ? es : gl);
  if (context != EGL_NO_CONTEXT
      && !eglMakeCurrent (display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
    {
      eglDestroyContext (display, context);
      context = EGL_NO_CONTEXT;
    }
  return context;
}

static SwHeadless *
headless_new (gboolean with_gl, GError **error)
{
  EGLDisplay display = open_display ();
  if (display == EGL_NO_DISPLAY)
    {
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
                   _ ("No picture can be drawn without a display here: EGL offers neither a "
                      "surfaceless platform nor a device. Mesa's EGL driver (package "
                      "libegl-mesa0) would do."));
      return NULL;
    }
  EGLContext context = with_gl ? open_context (display, FALSE) : EGL_NO_CONTEXT;
  if (context == EGL_NO_CONTEXT)
    context = open_context (display, TRUE);
  if (context == EGL_NO_CONTEXT)
    {
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
                   /* Translators: vendor and version of EGL. */
                   _ ("EGL (%s %s) gives no OpenGL 3.3 and no OpenGL ES 3.0 context."),
                   eglQueryString (display, EGL_VENDOR), eglQueryString (display, EGL_VERSION));
      eglTerminate (display);
      return NULL;
    }
  SwHeadless *headless = g_new0 (SwHeadless, 1);
  headless->display = display;
  headless->context = context;
  SwDriverInfo info;
  if (!sw_renderer_get_driver (&info, error))
    {
      sw_headless_free (headless);
      return NULL;
    }
  headless->renderer = sw_renderer_new ();
  return headless;
}

SwHeadless *
sw_headless_new (GError **error)
{
  return headless_new (TRUE, error);
}

SwHeadless *
sw_headless_new_es (GError **error)
{
  return headless_new (FALSE, error);
}

void
sw_headless_make_current (SwHeadless *headless)
{
  eglMakeCurrent (headless->display, EGL_NO_SURFACE, EGL_NO_SURFACE, headless->context);
}

void
sw_headless_free (SwHeadless *headless)
{
  if (headless == NULL)
    return;
  sw_headless_make_current (headless);
  if (headless->renderer != NULL)
    {
      sw_renderer_release_gl (headless->renderer);
      sw_renderer_free (headless->renderer);
    }
  eglMakeCurrent (headless->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  eglDestroyContext (headless->display, headless->context);
  /* The display is shared by all of the process that asked for this platform: it is left open. */
  g_free (headless);
}

void
sw_headless_get_driver (SwHeadless *headless, SwDriverInfo *ret)
{
  sw_headless_make_current (headless);
  if (!sw_renderer_get_driver (ret, NULL))
    memset (ret, 0, sizeof *ret);
}

/* Bottom row first and premultiplied, to top row first and straight. */
static void
straighten (uint8_t *pixels, int width, int height)
{
  const size_t stride = (size_t) width * 4;
  g_autofree uint8_t *row = g_malloc (stride);
  for (int y = 0; y < height / 2; y++)
    {
      uint8_t *a = pixels + (size_t) y * stride, *b = pixels + (size_t) (height - 1 - y) * stride;
      memcpy (row, a, stride);
      memcpy (a, b, stride);
      memcpy (b, row, stride);
    }
  for (size_t i = 0; i < (size_t) width * (size_t) height; i++)
    {
      uint8_t *p = pixels + 4 * i;
      if (p[3] > 0 && p[3] < 255)
        for (int k = 0; k < 3; k++)
          p[k] = (uint8_t) MIN (255, (255 * p[k] + p[3] / 2) / p[3]);
    }
}

uint8_t *
sw_headless_render (
    SwHeadless *headless, SwScene *scene, int width, int height, SwQuality quality, GError **error)
{
  sw_headless_make_current (headless);
  GLint limit = 0;
  glGetIntegerv (GL_MAX_TEXTURE_SIZE, &limit);
  limit = MIN (limit, SIDE_MAX);
  if (width < 1 || height < 1 || width > limit || height > limit)
    {
      g_set_error (
          error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
          _ ("A picture of %d by %d pixels is not possible here; a side may have 1 to %d."), width,
          height, limit);
      return NULL;
    }
  GLuint texture, framebuffer;
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
  glGenFramebuffers (1, &framebuffer);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  uint8_t *pixels = NULL;
  if (sw_renderer_draw (headless->renderer, scene, framebuffer, width, height, 1.0, quality, error))
    {
      pixels = g_try_malloc ((size_t) width * (size_t) height * 4);
      if (pixels == NULL)
        g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
                     _ ("Not enough memory for a picture of %d by %d pixels."), width, height);
      else
        {
          glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
          glPixelStorei (GL_PACK_ALIGNMENT, 1);
          glReadPixels (0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
          straighten (pixels, width, height);
        }
    }
  glBindFramebuffer (GL_FRAMEBUFFER, 0);
  glDeleteFramebuffers (1, &framebuffer);
  glDeleteTextures (1, &texture);
  return pixels;
}

gboolean
sw_headless_render_png (SwHeadless *headless,
                        SwScene *scene,
                        int width,
                        int height,
                        SwQuality quality,
                        const char *path,
                        const char *description,
                        GError **error)
{
  g_autofree uint8_t *pixels = sw_headless_render (headless, scene, width, height, quality, error);
  return pixels != NULL && sw_png_write (path, pixels, width, height, description, error);
}
