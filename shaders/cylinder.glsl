// SPDX-License-Identifier: GPL-3.0-or-later
// Open cylinders between two points, each half in its colour: a box around each, and a ray in every pixel.
#include "lib/view.glsl"

uniform float radius_unit; // radii are multiplied by it
uniform float is_flat;     // 1: unlit, for lines

#ifdef VERTEX_STAGE
layout (location = 0) in vec3 corner; // -1..1 across, 0..1 along
layout (location = 1) in vec4 start;  // point, radius
layout (location = 2) in vec3 end;
layout (location = 3) in vec4 color_start;
layout (location = 4) in vec4 color_end;

flat out vec4 v_start;
flat out vec4 v_axis; // unit, length
flat out vec4 v_color_start;
flat out vec4 v_color_end;
out vec3 v_point;

void
main ()
{
  vec3 a = (model_view * vec4 (start.xyz, 1.0)).xyz;
  vec3 b = (model_view * vec4 (end, 1.0)).xyz;
  float span = max (length (b - a), 1e-6);
  vec3 axis = (b - a) / span;
  vec3 side = abs (axis.z) < 0.8 ? vec3 (0.0, 0.0, 1.0) : vec3 (1.0, 0.0, 0.0);
  vec3 axis_x = normalize (cross (axis, side));
  vec3 axis_y = cross (axis, axis_x);
  float radius = start.w * radius_unit;
  v_start = vec4 (a, radius);
  v_axis = vec4 (axis, span);
  v_color_start = color_start;
  v_color_end = color_end;
  v_point = a + radius * (corner.x * axis_x + corner.y * axis_y) + corner.z * span * axis;
  gl_Position = projection * vec4 (v_point, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
#include "lib/light.glsl"
#include "lib/surface.glsl"
flat in vec4 v_start;
flat in vec4 v_axis;
flat in vec4 v_color_start;
flat in vec4 v_color_end;
in vec3 v_point;
void
main ()
{
  vec3 origin, direction;
  view_ray (v_point, origin, direction);
  // Near the cylinder, so that squares of large distances do not cancel.
  float shift = dot (v_start.xyz - origin, direction);
  origin += shift * direction;
  vec3 offset = origin - v_start.xyz;
  vec3 across = direction - dot (direction, v_axis.xyz) * v_axis.xyz;
  vec3 away = offset - dot (offset, v_axis.xyz) * v_axis.xyz;
  float a = dot (across, across);
  float b = dot (across, away);
  float c = dot (away, away) - v_start.w * v_start.w;
  float inside = b * b - a * c;
  if (inside < 0.0 || a < 1e-9)
    discard;
  vec3 hit = origin + (-b - sqrt (inside)) / a * direction;
  float along = dot (hit - v_start.xyz, v_axis.xyz);
  if (along < 0.0 || along > v_axis.w)
    discard;
  vec3 normal = (hit - v_start.xyz - along * v_axis.xyz) / v_start.w;
  vec4 color = along < 0.5 * v_axis.w ? v_color_start : v_color_end;
  if (is_flat > 0.5)
    surface_write (vec4 (color.rgb, 1.0), normal, hit.z, 0.0);
  else
    surface_light (vec4 (color.rgb, 1.0), normal, direction, 1.0, hit.z);
  gl_FragDepth = view_depth (hit.z);
}
#endif
