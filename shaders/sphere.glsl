// SPDX-License-Identifier: GPL-3.0-or-later
// Spheres as pictures of themselves: a square that faces the eye, and a ray in every pixel.
#include "lib/view.glsl"

uniform float opacity; // 1: opaque; otherwise more at the rim

#ifdef VERTEX_STAGE
layout (location = 0) in vec2 corner;
layout (location = 1) in vec4 sphere; // centre, radius
layout (location = 2) in vec4 color;

flat out vec4 v_sphere;
flat out vec4 v_color;
out vec3 v_point;

void
main ()
{
  vec3 centre = (model_view * vec4 (sphere.xyz, 1.0)).xyz;
  float radius = sphere.w;
  vec3 axis_x = vec3 (1.0, 0.0, 0.0), axis_y = vec3 (0.0, 1.0, 0.0);
  float size = radius;
  if (!view_is_orthographic ())
    {
      float distance = length (centre);
      vec3 direction = centre / distance;
      axis_x = normalize (cross (vec3 (0.0, 1.0, 0.0), direction));
      axis_y = cross (direction, axis_x);
      size = radius * distance / sqrt (max (distance * distance - radius * radius, 1e-4));
    }
  v_sphere = vec4 (centre, radius);
  v_color = color;
  v_point = centre + size * (corner.x * axis_x + corner.y * axis_y);
  gl_Position = projection * vec4 (v_point, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
#include "lib/light.glsl"
#include "lib/surface.glsl"
flat in vec4 v_sphere;
flat in vec4 v_color;
in vec3 v_point;
void
main ()
{
  vec3 origin, direction;
  view_ray (v_point, origin, direction);
  vec3 offset = v_sphere.xyz - origin;
  float along = dot (offset, direction);
  vec3 nearest = offset - along * direction;
  float inside = v_sphere.w * v_sphere.w - dot (nearest, nearest);
  if (inside < 0.0)
    discard;
  vec3 hit = origin + (along - sqrt (inside)) * direction;
  vec3 normal = (hit - v_sphere.xyz) / v_sphere.w;
  float alpha = opacity;
  if (opacity < 1.0)
    alpha = mix (1.0, opacity, clamp (-dot (normal, direction), 0.0, 1.0));
  surface_light (vec4 (v_color.rgb, alpha * v_color.a), normal, direction, 1.0, hit.z);
  gl_FragDepth = view_depth (hit.z);
}
#endif
