/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/renderer.h: draws a scene with the OpenGL context that is current
 *
 * Wants OpenGL 3.3 core or OpenGL ES 3.0. GL objects are made at the first draw and again after
 * sw_renderer_release_gl, so a context may be lost and replaced. One renderer draws one scene.
 */
#pragma once

#include <gio/gio.h>

#include "render/scene.h"

G_BEGIN_DECLS

#define SW_RENDER_ERROR (sw_render_error_quark ())
GQuark sw_render_error_quark (void);

typedef enum
{
  SW_RENDER_ERROR_CONTEXT, /* no context, or an unusable one; the text names the driver */
  SW_RENDER_ERROR_SHADER,  /* a shader does not compile or link: text has the driver's log */
  SW_RENDER_ERROR_MEMORY,  /* the GL could not make a buffer or texture */
  SW_RENDER_ERROR_FILE,    /* a picture could not be written */
} SwRenderError;

typedef enum
{
  SW_QUALITY_INTERACTIVE, /* while something moves: fewer pixels, steps and samples */
  SW_QUALITY_REST,        /* when it has come to rest */
  SW_QUALITY_EXPORT,      /* for files */
  SW_N_QUALITIES,
} SwQuality;

typedef struct SwRenderer SwRenderer;

SwRenderer *sw_renderer_new (void);
/* Draws all panes into framebuffer (as glGetIntegerv (GL_FRAMEBUFFER_BINDING) says inside
 * GtkGLArea's render), which is bound again on return; width, height in device pixels; scale is
 * device pixels per logical pixel (line widths). Fully overwrites the framebuffer. On failure
 * nothing useful is drawn. */
gboolean sw_renderer_draw (SwRenderer *renderer,
                           SwScene *scene,
                           unsigned framebuffer,
                           int width,
                           int height,
                           double scale,
                           SwQuality quality,
                           GError **error);
/* The context must be current (GtkGLArea: in unrealize). */
void sw_renderer_release_gl (SwRenderer *renderer);
/* Without a context the GL objects are left to die with theirs. Takes NULL. */
void sw_renderer_free (SwRenderer *renderer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwRenderer, sw_renderer_free)

typedef struct
{
  char renderer[128]; /* "llvmpipe (LLVM 15.0.6, 256 bits)" */
  char version[128];
  gboolean is_es;
  gboolean is_software; /* drawn by the processor: say so */
} SwDriverInfo;

/* About the context that is current. */
gboolean sw_renderer_get_driver (SwDriverInfo *ret, GError **error);

G_END_DECLS
