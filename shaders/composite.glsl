// SPDX-License-Identifier: GPL-3.0-or-later
// From the geometry buffers to the picture: occlusion, outlines, depth cue, the transparent layer, samples
// averaged, the volumes over it all.
#include "lib/view.glsl"

uniform sampler2D geometry_color;
uniform sampler2D geometry_normal;
uniform sampler2D geometry_depth;
uniform sampler2D layer_color;
uniform sampler2D occlusion;
uniform sampler2D volume;
uniform float has_layer;
uniform float has_volume;
uniform float has_occlusion;
uniform float occlusion_ratio; // pixels of the occlusion buffer per pixel here
uniform vec2 volume_scale;     // from pixels here to coordinates of the volume's texture

#ifdef VERTEX_STAGE
void
main ()
{
  gl_Position = vec4 (gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
#endif

#ifdef FRAGMENT_STAGE
layout (location = 0) out vec4 out_color; // premultiplied where the background is transparent

float
depth_at (ivec2 pixel)
{
  ivec2 low = ivec2 (pane.xy), high = ivec2 (pane.xy + pane.zw) - 1;
  return texelFetch (geometry_depth, clamp (pixel, low, high), 0).r;
}

// Mean over the pattern of four by four, of those near in depth.
float
occlusion_at (vec2 pixel, float far)
{
  ivec2 size = textureSize (occlusion, 0) - 1;
  ivec2 middle = ivec2 (pixel * occlusion_ratio);
  float sum = 0.0, weight = 0.0;
  for (int y = -2; y < 2; y++)
    for (int x = -2; x < 2; x++)
      {
        vec2 value = texelFetch (occlusion, clamp (middle + ivec2 (x, y), ivec2 (0), size), 0).rg;
        float w = max (0.001, 1.0 - abs (value.g - far) * 24.0);
        sum += w * value.r;
        weight += w;
      }
  return sum / weight;
}

void
main ()
{
  int n = int (unit.y);
  ivec2 first = ivec2 (gl_FragCoord.xy) * n;
  vec4 background = view_background (gl_FragCoord.y * unit.y);
  background.rgb *= background.a;
  float light = -1.0;
  vec4 sum = vec4 (0.0);
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++)
      {
        ivec2 pixel = first + ivec2 (x, y);
        float depth = texelFetch (geometry_depth, pixel, 0).r;
        vec4 color = background;
        float z = depth < 1.0 ? view_z (depth) : -depth_cue.y;
        float far = view_far (z);
        if (depth < 1.0)
          {
            color = vec4 (texelFetch (geometry_color, pixel, 0).rgb, 1.0);
            float solid = texelFetch (geometry_normal, pixel, 0).a;
            if (has_occlusion > 0.5 && solid > 0.5)
              {
                if (light < 0.0)
                  light = occlusion_at (gl_FragCoord.xy, far);
                color.rgb *= mix (vec3 (1.0), vec3 (light, light, mix (light, 1.0, 0.06)), solid);
              }
            // A step of depth to something nearer, next to this sample, is an edge.
            int reach = max (1, n / 2);
            float front = min (min (depth_at (pixel + ivec2 (reach, 0)), depth_at (pixel - ivec2 (reach, 0))),
                               min (depth_at (pixel + ivec2 (0, reach)), depth_at (pixel - ivec2 (0, reach))));
            float step = view_z (front) - z;
            color.rgb *= 1.0 - 0.55 * unit.w * solid * smoothstep (0.7, 2.2, step);
            color.rgb = view_haze (color.rgb, z, gl_FragCoord.y * unit.y);
          }
        else
          {
            // Outlines towards the background fall on the background's side.
            int reach = max (1, n / 2);
            float front = min (min (depth_at (pixel + ivec2 (reach, 0)), depth_at (pixel - ivec2 (reach, 0))),
                               min (depth_at (pixel + ivec2 (0, reach)), depth_at (pixel - ivec2 (0, reach))));
            if (front < 1.0)
              {
                float near = 1.0 - view_far (view_z (front));
                float edge = 0.45 * unit.w * (0.3 + 0.7 * near);
                color = vec4 (color.rgb * (1.0 - edge), mix (color.a, 1.0, edge));
              }
          }
        if (has_layer > 0.5)
          {
            // Premultiplied; only what lies before the opaque was drawn.
            vec4 over = texelFetch (layer_color, pixel, 0);
            color = vec4 (over.rgb + color.rgb * (1.0 - over.a), mix (color.a, 1.0, over.a));
          }
        sum += color;
      }
  sum /= float (n * n);
  if (has_volume > 0.5)
    {
      vec4 over = texture (volume, gl_FragCoord.xy * volume_scale);
      sum = vec4 (over.rgb, 0.0) + vec4 (sum.rgb * (1.0 - over.a), mix (sum.a, 1.0, over.a));
    }
  // Half a step of noise hides the bands of the background.
  float noise = fract (52.9829189 * fract (dot (gl_FragCoord.xy, vec2 (0.06711056, 0.00583715))));
  out_color = vec4 (sum.rgb + (noise - 0.5) / 255.0 * sum.a, sum.a);
}
#endif
