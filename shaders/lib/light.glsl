// SPDX-License-Identifier: GPL-3.0-or-later
// A soft studio: sky above, warm key from the upper left, cool fill from the right, a faint rim. The lights
// hang on the camera. Colours come and go as sRGB.
vec3
light_shade (vec3 color, vec3 normal, vec3 to_eye, float gloss)
{
  vec3 albedo = color * color * (0.6 * color + 0.4); // close to the sRGB curve, and cheap
  const vec3 key = vec3 (-0.440, 0.616, 0.654);
  const vec3 fill = vec3 (0.784, -0.098, 0.613);
  float k = max (0.0, (dot (normal, key) + 0.25) / 1.25);
  float f = max (0.0, (dot (normal, fill) + 0.4) / 1.4);
  float sky = 0.5 + 0.5 * normal.y;
  vec3 light = vec3 (0.92, 0.89, 0.84) * (k * k) + vec3 (0.16, 0.19, 0.25) * f
               + mix (vec3 (0.17, 0.16, 0.17), vec3 (0.30, 0.33, 0.38), sky);
  vec3 h = normalize (key + to_eye);
  float s = max (0.0, dot (normal, h));
  s *= s;
  s *= s;
  s *= s;
  s *= s; // 16th power
  s *= s;
  float facing = 1.0 - max (0.0, dot (normal, to_eye));
  float rim = facing * facing * facing;
  vec3 result = albedo * light + gloss * (0.28 * s + 0.05 * rim);
  return sqrt (clamp (result, 0.0, 1.0));
}
