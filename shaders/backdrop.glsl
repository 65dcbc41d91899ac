// SPDX-License-Identifier: GPL-3.0-or-later
// The background alone, for pictures that are drawn straight.
#include "lib/view.glsl"

#ifdef VERTEX_STAGE
void
main ()
{
  gl_Position = vec4 (gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
layout (location = 0) out vec4 out_color;

void
main ()
{
  vec4 color = view_background (gl_FragCoord.y);
  out_color = vec4 (color.rgb * color.a, color.a);
}
#endif
