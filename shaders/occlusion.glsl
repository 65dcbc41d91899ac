// SPDX-License-Identifier: GPL-3.0-or-later
// Ambient occlusion from depth and normals ("alchemy", McGuire et al. 2011): red is the light that is left,
// green a coarse depth for the filter that follows.
#include "lib/view.glsl"

uniform sampler2D geometry_depth;
uniform sampler2D geometry_normal;
uniform float pixel_ratio; // geometry pixels per pixel of this pass
uniform float radius;      // angstrom
uniform int n_samples;

#ifdef VERTEX_STAGE
void
main ()
{
  gl_Position = vec4 (gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
layout (location = 0) out vec4 out_occlusion;

vec3
point_at (vec2 pixel, float depth)
{
  vec2 ndc = 2.0 * (pixel - pane.xy) / pane.zw - 1.0;
  float z = view_z (depth);
  float w = view_is_orthographic () ? 1.0 : -z;
  return vec3 (ndc.x * w / projection[0][0], ndc.y * w / projection[1][1], z);
}

void
main ()
{
  vec2 centre = floor (gl_FragCoord.xy * pixel_ratio) + 0.5;
  float depth = texelFetch (geometry_depth, ivec2 (centre), 0).r;
  if (depth >= 1.0)
    {
      out_occlusion = vec4 (1.0);
      return;
    }
  vec3 point = point_at (centre, depth);
  vec3 normal = 2.0 * texelFetch (geometry_normal, ivec2 (centre), 0).xyz - 1.0;
  float w = view_is_orthographic () ? 1.0 : -point.z;
  float reach = 0.5 * radius * projection[1][1] / w * pane.w;
  reach = clamp (reach, 4.0, 0.25 * pane.w);
  ivec2 cell = ivec2 (gl_FragCoord.xy) & 3;
  float turn = 6.2831853 * float ((cell.x * 5 + cell.y * 7 + cell.x * cell.y * 3) & 15) / 16.0;
  vec2 low = pane.xy, high = pane.xy + pane.zw - 1.0;
  float sum = 0.0;
  for (int i = 0; i < n_samples; i++)
    {
      float part = (float (i) + 0.5) / float (n_samples);
      float angle = turn + 2.399963 * float (i);
      vec2 pixel = centre + reach * sqrt (part) * vec2 (cos (angle), sin (angle));
      pixel = floor (clamp (pixel, low, high)) + 0.5;
      float d = texelFetch (geometry_depth, ivec2 (pixel), 0).r;
      vec3 to = point_at (pixel, d) - point;
      float square = dot (to, to);
      float fade = max (0.0, 1.0 - square / (radius * radius * 2.25));
      sum += max (0.0, dot (to, normal) - 0.02 * radius) * fade * inversesqrt (square + 0.01 * radius * radius);
    }
  float light = max (0.0, 1.0 - 1.55 * unit.z * sum / float (n_samples));
  float far = clamp ((-point.z - depth_cue.x) / (depth_cue.y - depth_cue.x), 0.0, 0.99);
  out_occlusion = vec4 (light, far, 0.0, 1.0);
}
#endif
