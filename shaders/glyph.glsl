// SPDX-License-Identifier: GPL-3.0-or-later
// Surfaces r(u) = |f(u)|, f = sum_m c_m Y_lm, coloured by the sign of f. A unit sphere is pushed out in the
// vertex stage. With grad f of the polynomial of degree l the normal is s ((l + 1) f u - grad f), s the sign.
#include "lib/view.glsl"
#include "lib/harmonics.glsl"

uniform int order; // l
uniform vec4 color_positive;
uniform vec4 color_negative;

#ifdef VERTEX_STAGE
layout (location = 0) in vec3 direction;
layout (location = 1) in vec3 position;
layout (location = 2) in vec4 coefficients0; // already in angstrom
layout (location = 3) in vec4 coefficients1;
layout (location = 4) in float coefficients2;

out vec3 v_point;
out vec3 v_normal;
out float v_sign; // f / (largest f of its neighbourhood), to colour per pixel

void
main ()
{
  vec3 gradient;
  float f = harmonics_field (order, direction, coefficients0, coefficients1, coefficients2, gradient);
  vec3 normal = float (order + 1) * f * direction - gradient;
  v_normal = mat3 (model_view) * (f < 0.0 ? -normal : normal);
  v_sign = f;
  vec4 point = model_view * vec4 (position + abs (f) * direction, 1.0);
  v_point = point.xyz;
  gl_Position = projection * point;
}
#endif

#ifdef FRAGMENT_STAGE
#include "lib/light.glsl"
#include "lib/surface.glsl"
in vec3 v_point;
in vec3 v_normal;
in float v_sign;
void
main ()
{
  vec3 origin, ray;
  view_ray (v_point, origin, ray);
  vec3 normal = normalize (v_normal + vec3 (0.0, 0.0, 1e-12));
  if (dot (normal, ray) > 0.0)
    normal = -normal;
  vec4 color = v_sign < 0.0 ? color_negative : color_positive;
  surface_light (vec4 (color.rgb, 1.0), normal, ray, 1.0, v_point.z);
}
#endif
