// SPDX-License-Identifier: GPL-3.0-or-later
// The block all programs share; SwViewBlock in renderer.c has the same members in the same order.
layout (std140) uniform View
{
  mat4 model_view;
  mat4 projection;
  mat4 projection_inverse;
  vec4 pane;              // x, y, width, height in pixels of the geometry buffers
  vec4 depth_cue;         // nearest, farthest distance of the scene from the eye, strength, 1: surfaces apply it
  vec4 background_top;    // rgb and alpha
  vec4 background_bottom;
  vec4 unit;              // size of a pixel (of the picture) at the centre in angstrom, samples per side,
                          // strength of occlusion, of outlines
};

bool
view_is_orthographic ()
{
  return projection[3][3] == 1.0;
}

// Where the ray of a point of the eye's frame starts, and its direction.
void
view_ray (vec3 point, out vec3 origin, out vec3 direction)
{
  if (view_is_orthographic ())
    {
      origin = vec3 (point.xy, 0.0);
      direction = vec3 (0.0, 0.0, -1.0);
    }
  else
    {
      origin = vec3 (0.0);
      direction = normalize (point);
    }
}

float
view_depth (float z)
{
  float clip_z = projection[2][2] * z + projection[3][2];
  float clip_w = projection[2][3] * z + projection[3][3];
  return 0.5 * clip_z / clip_w + 0.5;
}

// The inverse: z of the eye's frame (negative) from the depth buffer.
float
view_z (float depth)
{
  float ndc = 2.0 * depth - 1.0;
  return view_is_orthographic () ? (ndc - projection[3][2]) / projection[2][2]
                                 : -projection[3][2] / (ndc + projection[2][2]);
}

// How far a point is through the scene, 0 to 1.
float
view_far (float z)
{
  return clamp ((-z - depth_cue.x) / (depth_cue.y - depth_cue.x), 0.0, 1.0);
}

// y: of gl_FragCoord, in pixels of the geometry buffers.
vec4
view_background (float y)
{
  return mix (background_bottom, background_top, (y - pane.y) / pane.w);
}

// What is far fades into the background.
vec3
view_haze (vec3 color, float z, float y)
{
  float far = view_far (z);
  return mix (color, view_background (y).rgb, depth_cue.z * 0.72 * far * far * (0.4 + 0.6 * far));
}
