// SPDX-License-Identifier: GPL-3.0-or-later
// Arrows: one mesh along z, of length 1, middle at 0, for every vector.
#include "lib/view.glsl"

#ifdef VERTEX_STAGE
layout (location = 0) in vec3 position;
layout (location = 1) in vec3 normal;
layout (location = 2) in vec4 origin; // middle of the arrow, width
layout (location = 3) in vec3 vector; // angstrom
layout (location = 4) in vec4 color;

out vec3 v_point;
out vec3 v_normal;
flat out vec4 v_color;

void
main ()
{
  float span = max (length (vector), 1e-9);
  vec3 axis = vector / span;
  vec3 side = abs (axis.z) < 0.8 ? vec3 (0.0, 0.0, 1.0) : vec3 (1.0, 0.0, 0.0);
  vec3 axis_x = normalize (cross (side, axis));
  vec3 axis_y = cross (axis, axis_x);
  vec3 local = vec3 (position.xy * origin.w, position.z * span);
  vec3 n = normalize (vec3 (normal.xy / origin.w, normal.z / span));
  vec4 point = model_view
               * vec4 (origin.xyz + local.x * axis_x + local.y * axis_y + local.z * axis, 1.0);
  v_point = point.xyz;
  v_normal = mat3 (model_view) * (n.x * axis_x + n.y * axis_y + n.z * axis);
  v_color = color;
  gl_Position = projection * point;
}
#endif

#ifdef FRAGMENT_STAGE
#include "lib/light.glsl"
#include "lib/surface.glsl"
in vec3 v_point;
in vec3 v_normal;
flat in vec4 v_color;

void
main ()
{
  vec3 start, direction;
  view_ray (v_point, start, direction);
  vec3 normal = normalize (v_normal);
  surface_light (vec4 (v_color.rgb, 1.0), normal, direction, 1.0, v_point.z);
}
#endif
