// SPDX-License-Identifier: GPL-3.0-or-later
// The volumes over a picture that was drawn straight; blending puts them there.
#include "lib/view.glsl"

uniform sampler2D volume;
uniform vec2 volume_scale; // from pixels here to coordinates of the volume's texture

#ifdef VERTEX_STAGE
void
main ()
{
  gl_Position = vec4 (gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
layout (location = 0) out vec4 out_color; // premultiplied

void
main ()
{
  out_color = texture (volume, gl_FragCoord.xy * volume_scale);
}
#endif
