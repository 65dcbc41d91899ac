/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/headless.h: pictures with no display at all
 *
 * An EGL context without surface (EGL_MESA_platform_surfaceless, or the first EGL device).
 */
#pragma once

#include "render/renderer.h"

G_BEGIN_DECLS

typedef struct SwHeadless SwHeadless;

/* Makes a context (OpenGL 3.3 core, else OpenGL ES 3.0). NULL and an error where there is no usable
 * EGL. */
SwHeadless *sw_headless_new (GError **error);
/* The same, OpenGL ES 3.0 alone; for tests. */
SwHeadless *sw_headless_new_es (GError **error);
void sw_headless_free (SwHeadless *headless);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwHeadless, sw_headless_free)

void sw_headless_make_current (SwHeadless *headless);
void sw_headless_get_driver (SwHeadless *headless, SwDriverInfo *ret);

/* RGBA bytes, not premultiplied, top row first; free with g_free. NULL on failure. At most 16384 a
 * side. */
uint8_t *sw_headless_render (
    SwHeadless *headless, SwScene *scene, int width, int height, SwQuality quality, GError **error);
/* The same into a PNG file, written beside its name first and then renamed. description (may be
 * NULL) becomes the text chunk "Description". */
gboolean sw_headless_render_png (SwHeadless *headless,
                                 SwScene *scene,
                                 int width,
                                 int height,
                                 SwQuality quality,
                                 const char *path,
                                 const char *description,
                                 GError **error);

/* Writes pixels as sw_headless_render gives them. */
gboolean sw_png_write (const char *path,
                       const uint8_t *pixels,
                       int width,
                       int height,
                       const char *description,
                       GError **error);

G_END_DECLS
