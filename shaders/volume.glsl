// SPDX-License-Identifier: GPL-3.0-or-later
// One or two volumes, marched together from the eye to the first opaque surface. Texture: rgb the gradient's
// direction, a the value, as volume-texture.c makes it.
#include "lib/view.glsl"
#include "lib/light.glsl"

uniform sampler2D geometry_depth;
uniform float pixel_ratio;
uniform int n_volumes;
uniform sampler3D volume0;
uniform sampler3D volume1;
uniform sampler2D colors;         // a row of 256 per volume
uniform mat4 volume_from_view[2]; // to texture coordinates
uniform vec3 bound_low[2];        // of what is above the threshold, in texture coordinates
uniform vec3 bound_high[2];
uniform vec4 transfer[2];         // value scale, threshold, extinction per angstrom, 1 when signed
uniform float step_length;        // angstrom

#ifdef VERTEX_STAGE
out vec3 v_point;
void
main ()
{
  vec2 corner = vec2 (gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
  vec4 point = projection_inverse * vec4 (corner, view_is_orthographic () ? -1.0 : 0.0, 1.0);
  v_point = point.xyz / point.w;
  gl_Position = vec4 (corner, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
in vec3 v_point;
layout (location = 0) out vec4 out_color; // premultiplied

vec2
crossing (int i, vec3 origin, vec3 direction)
{
  vec3 o = (volume_from_view[i] * vec4 (origin, 1.0)).xyz;
  vec3 d = mat3 (volume_from_view[i]) * direction;
  d += vec3 (equal (d, vec3 (0.0))) * 1e-9;
  vec3 a = (bound_low[i] - o) / d, b = (bound_high[i] - o) / d;
  vec3 near = min (a, b), far = max (a, b);
  return vec2 (max (max (near.x, near.y), near.z), min (min (far.x, far.y), far.z));
}

// Colour (not multiplied) and opacity of a step.
vec4
take (int i, vec4 texel, vec3 to_eye, float span)
{
  float value = transfer[i].w > 0.5 ? 2.0 * texel.a - 1.0 : texel.a;
  value *= transfer[i].x;
  float size = abs (value);
  float part = clamp ((size - transfer[i].y) / (1.0 - transfer[i].y), 0.0, 1.0);
  if (part <= 0.0)
    return vec4 (0.0);
  float place = transfer[i].w > 0.5 ? 0.5 + 0.5 * clamp (value, -1.0, 1.0) : clamp (size, 0.0, 1.0);
  vec3 color = texture (colors, vec2 (place * (255.0 / 256.0) + 0.5 / 256.0, 0.25 + 0.5 * float (i))).rgb;
  // The gradient points to larger values of the texture: outwards is down for positive ones, up for negative.
  vec3 gradient = 2.0 * texel.rgb - 1.0;
  float steep = min (1.0, dot (gradient, gradient) * 4.0);
  vec3 normal = transpose (mat3 (volume_from_view[i])) * gradient;
  normal = normalize (normal + vec3 (0.0, 0.0, 1e-6)) * (value > 0.0 ? -1.0 : 1.0);
  vec3 lit = light_shade (color, normal, to_eye, 0.35);
  float alpha = 1.0 - exp (-transfer[i].z * span * part * (0.35 + part));
  return vec4 (mix (color, lit, 0.8 * steep), alpha);
}

void
main ()
{
  vec3 origin, direction;
  view_ray (v_point, origin, direction);
  vec2 range = crossing (0, origin, direction);
  vec2 range1 = vec2 (1e9, -1e9);
  if (n_volumes > 1)
    range1 = crossing (1, origin, direction);
  vec2 all = range;
  if (n_volumes > 1)
    {
      bool has0 = range.x < range.y, has1 = range1.x < range1.y;
      all = has0 && has1 ? vec2 (min (range.x, range1.x), max (range.y, range1.y)) : has1 ? range1 : range;
    }
  float depth = texelFetch (geometry_depth, ivec2 (gl_FragCoord.xy * pixel_ratio), 0).r;
  float solid = depth < 1.0 ? view_z (depth) / direction.z : 1e9;
  all = vec2 (max (all.x, 0.0), min (all.y, solid));
  out_color = vec4 (0.0);
  if (all.x >= all.y)
    return;
  float noise = fract (52.9829189 * fract (dot (gl_FragCoord.xy, vec2 (0.06711056, 0.00583715))));
  float t = all.x + noise * step_length;
  vec3 sum = vec3 (0.0);
  float left = 1.0;
  float span = step_length;
  for (int i = 0; i < 1024; i++)
    {
      if (t >= all.y || left < 0.02)
        break;
      vec3 point = origin + t * direction;
      vec4 texel = texture (volume0, (volume_from_view[0] * vec4 (point, 1.0)).xyz);
      vec4 sample0 = t >= range.x && t <= range.y ? take (0, texel, -direction, span) : vec4 (0.0);
      sum += left * sample0.a * sample0.rgb;
      left *= 1.0 - sample0.a;
      float alpha = sample0.a;
      if (n_volumes > 1)
        {
          texel = texture (volume1, (volume_from_view[1] * vec4 (point, 1.0)).xyz);
          vec4 sample1 = t >= range1.x && t <= range1.y ? take (1, texel, -direction, span) : vec4 (0.0);
          sum += left * sample1.a * sample1.rgb;
          left *= 1.0 - sample1.a;
          alpha += sample1.a;
        }
      // Longer steps where there is nothing.
      span = alpha > 0.0 ? step_length : min (span * 1.3, 2.0 * step_length);
      t += span;
    }
  if (left < 0.02)
    left = 0.0;
  float fog = clamp ((0.5 * (all.x + all.y) - depth_cue.x) / (depth_cue.y - depth_cue.x), 0.0, 1.0);
  vec3 far = 0.5 * (background_top.rgb + background_bottom.rgb);
  sum = mix (sum, far * (1.0 - left), 0.3 * depth_cue.z * fog);
  out_color = vec4 (sum, 1.0 - left);
}
#endif
