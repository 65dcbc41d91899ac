/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/framebuffer.h"

#include <epoxy/gl.h>

unsigned
sw_framebuffer_current (void)
{
  GLint bound = 0;
  glGetIntegerv (GL_FRAMEBUFFER_BINDING, &bound);
  return (unsigned) bound;
}
