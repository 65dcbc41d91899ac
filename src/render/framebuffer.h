/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/framebuffer.h: what sw_renderer_draw wants to be told by a window
 *
 * GtkGLArea draws into a framebuffer of its own, never 0, and folders above render/ see no OpenGL.
 */
#pragma once

/* The framebuffer that is bound in the current context. */
unsigned sw_framebuffer_current (void);
