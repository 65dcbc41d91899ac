// SPDX-License-Identifier: GPL-3.0-or-later
// Triangles: ribbons, tubes, isosurfaces.
#include "lib/view.glsl"

uniform float opacity; // 1: opaque; otherwise more at the rim
uniform float is_flat; // 1: colours as they are, to be read off

#ifdef VERTEX_STAGE
layout (location = 0) in vec3 position;
layout (location = 1) in vec3 normal;
layout (location = 2) in vec4 color;

out vec3 v_point;
out vec3 v_normal;
out vec4 v_color;

void
main ()
{
  vec4 point = model_view * vec4 (position, 1.0);
  v_point = point.xyz;
  v_normal = mat3 (model_view) * normal;
  v_color = color;
  gl_Position = projection * point;
}
#endif

#ifdef FRAGMENT_STAGE
#include "lib/light.glsl"
#include "lib/surface.glsl"
in vec3 v_point;
in vec3 v_normal;
in vec4 v_color;
void
main ()
{
  vec3 origin, direction;
  view_ray (v_point, origin, direction);
  vec3 normal = normalize (v_normal + vec3 (0.0, 0.0, 1e-6));
  float facing = -dot (normal, direction);
  if (facing < 0.0)
    {
      normal = -normal;
      facing = -facing;
    }
  float alpha = opacity < 1.0 ? mix (min (1.0, 2.2 * opacity), 0.75 * opacity, facing) : 1.0;
  if (is_flat > 0.5)
    surface_write (vec4 (v_color.rgb, alpha), normal, v_point.z, 0.0);
  else
    surface_light (vec4 (v_color.rgb, alpha * v_color.a), normal, direction, 0.8, v_point.z);
}
#endif
