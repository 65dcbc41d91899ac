// SPDX-License-Identifier: GPL-3.0-or-later
// What every surface writes: its lit colour and its normal. Wants lib/view.glsl and lib/light.glsl.
layout (location = 0) out vec4 out_color;
layout (location = 1) out vec4 out_normal;

// color.a: opacity. solid: 0 for what casts no occlusion and has no outline (lines).
void
surface_write (vec4 color, vec3 normal, float z, float solid)
{
  out_color = depth_cue.w > 0.5 ? vec4 (view_haze (color.rgb, z, gl_FragCoord.y), color.a) : color;
  out_normal = vec4 (0.5 * normal + 0.5, solid);
}

// direction: of the ray from the eye. gloss: strength of highlights.
void
surface_light (vec4 color, vec3 normal, vec3 direction, float gloss, float z)
{
  surface_write (vec4 (light_shade (color.rgb, normal, -direction, gloss), color.a), normal, z, 1.0);
}
